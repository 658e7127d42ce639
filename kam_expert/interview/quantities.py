"""Numbers as people type them: `1.2万`, `1,200万`, `¥12m`, `３成`, `about 15%`; and why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kam_expert.interview.vocabulary import any_of, heard, valued
from kam_expert.rulebook.fact_values import LONGEST_NUMBER
from kam_expert.rulebook.schema import Unit

NUMBER = r"(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_SIMPLE = rf"(?:{NUMBER})"


@lru_cache(maxsize=1)
def _one() -> re.Pattern[str]:
    """A number, with a sign before it and anything behind it."""
    sign = rf"(?P<sign>[-+]|{any_of('number.minus')})?"
    return re.compile(rf"{sign}\s*(?P<digits>{NUMBER})(?![0-9.]|,[0-9])\s*(?P<rest>.*)\Z", re.DOTALL | re.IGNORECASE)


@lru_cache(maxsize=1)
def _range() -> re.Pattern[str]:
    """Two numbers with a word or dash between them."""
    joint = rf"[^\W\d_]*\s*%?\s*(?:-|~|–|—|{any_of('number.between')})"
    return re.compile(rf"(?:between\s+)?(?:-?\s*){_SIMPLE}\s*{joint}\s*{_SIMPLE}", re.IGNORECASE)


@lru_cache(maxsize=1)
def _bound() -> re.Pattern[str]:
    """A number that is only the least or the most."""
    return re.compile(rf"[<>≤≥]|{_SIMPLE}\s*\S*\s*(?:\+|{any_of('number.bound')})\Z", re.IGNORECASE)


def in_tenths(text: str) -> bool:
    """Whether a text counts in tenths, as three tenths of the whole."""
    return any(word in text.lower() for word in heard("number.tenths"))


@dataclass(frozen=True)
class Unread(Exception):
    """The text is not one number; `code` and `parameters` say why."""

    code: str
    parameters: Mapping[str, object]


def unread(code: str, **parameters: object) -> Unread:
    return Unread(code, parameters)


def narrow(text: str) -> str:
    """Full-width characters as their narrow twins, minus signs and dashes of every kind as `-`."""
    return unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("－", "-")


def without_hedge(text: str) -> tuple[str, bool]:
    """The text without words that mean "about", and whether there were any."""
    plain, hedged = text.strip(), False
    for word in sorted(heard("about"), key=len, reverse=True):
        if plain.lower().startswith(word):
            plain, hedged = plain[len(word) :].strip(), True
            break
    for word in sorted(heard("about_after"), key=len, reverse=True):
        if plain.lower().endswith(word):
            plain, hedged = plain[: -len(word)].strip(), True
            break
    return plain, hedged


def read_quantity(text: str, unit: Unit | None, currency: str) -> tuple[int | float, str]:
    """The number in a text and the unit that stands behind it, if any. Raises `Unread`.

    Amounts of money may carry a sign or name of the case's currency; one of another currency is refused.
    """
    plain = narrow(text)
    if not plain:
        raise unread("empty")
    if unit is not None and unit.currencies:
        plain = _without_currency(plain, unit, currency)
    if unit is not None and unit.id == "count":
        if plain.lower() in heard("number.none"):
            return 0, ""
        plain = _without_ordinal(plain)
    if unit is not None and unit.id == "percent":
        plain = re.sub(rf"\A(?:{any_of('number.of_hundred')})", "", plain)
    plain = _in_digits(plain)
    if _range().match(plain):
        raise unread("range", found=text.strip())
    if _bound().search(plain):
        raise unread("bound", found=text.strip())
    match = _one().match(plain)
    if match is None or len(match["digits"]) > LONGEST_NUMBER:
        raise _not_a_number(text, plain)
    number = Decimal(match["digits"].replace(",", "").replace(" ", ""))
    rest = match["rest"].strip()
    if unit is not None and unit.scales:
        number, rest = _scaled(number, rest, unit)
    if unit is not None:
        number, rest = _in_unit(number, rest, unit)
    if match["sign"] not in (None, "+"):
        number = -number
    return (int(number) if number == number.to_integral_value() else float(number)), rest


def _in_unit(number: Decimal, rest: str, unit: Unit) -> tuple[Decimal, str]:
    """The number in the unit that is asked for, where people are used to say it in another one."""
    word = rest.lower()
    if unit.id == "percent" and word in heard("number.tenths"):
        return number * 10, ""
    if unit.id == "percent" and word in heard("number.hundredths"):
        return number, ""
    if unit.id == "months" and word in valued("number.months"):
        return number * int(valued("number.months")[word]), ""
    return number, rest


def _in_digits(plain: str) -> str:
    """The number words that a text begins with as digits: one word, or several signs as in `三百五十万`."""
    digits, times = valued("number.digits"), valued("number.times")
    signs = {word: Decimal(value) for word, value in digits.items() if not word.isascii()}
    tens = {word: int(value) for word, value in times.items() if not word.isascii()}
    end = 0
    while end < len(plain) and (plain[end] in signs or plain[end] in tens):
        end += 1
    if end:
        number = _spoken(plain[:end], signs, tens)
        return plain if number is None else f"{number}{plain[end:]}"
    first, _, rest = plain.partition(" ")
    return f"{digits[first.lower()]} {rest}".strip() if first.lower() in digits else plain


def _spoken(text: str, signs: Mapping[str, Decimal], tens: Mapping[str, int]) -> Decimal | None:
    """The value of a number said sign by sign; None where a sign has no place."""
    total, digit, last = Decimal(0), None, 0
    for sign in text:
        if sign in tens:
            if last and tens[sign] >= last:
                return None
            total, digit, last = total + (1 if digit is None else digit) * tens[sign], None, tens[sign]
        elif digit:
            return None
        else:
            digit = signs[sign]
    if digit is None:
        return total
    told = "".join(text[-2:-1]) in tens and last > 10  # the last sign of 三百五 counts tens
    return total + (digit * last / 10 if told else digit)


def _without_ordinal(plain: str) -> str:
    """A place as a plain number: the first, 2nd, no. 3."""
    bare = re.sub(rf"(?:{any_of('number.ordinal')})\s*", "", plain, count=1, flags=re.IGNORECASE)
    after = rf"(?<=[^\W_])\s*(?:{any_of('number.ordinal_after')})\Z"
    return re.sub(after, "", bare, flags=re.IGNORECASE) if bare != plain or plain[:1].isdigit() else plain


def _not_a_number(text: str, plain: str) -> Unread:
    if re.match(r"[-+]?[0-9]+(?:[.,][0-9]+)*[.,][0-9]+", plain):
        return unread("separators", found=text.strip())
    return unread("number", found=text.strip())


def _scaled(number: Decimal, rest: str, unit: Unit) -> tuple[Decimal, str]:
    """The number times the words that multiply it, as in `3 百万`, and what is left behind them."""
    words = {**{word: int(times) for word, times in valued("number.times").items()}, **unit.scales}
    left = rest.lower()
    while left:
        word = next((each for each in sorted(words, key=len, reverse=True) if left.startswith(each)), None)
        after = "" if word is None else left[len(word) :]
        if word is None or (word.isascii() and after[:1].isalpha() and after[:1].isascii()):
            break
        number, left = number * words[word], after.strip()
    return number, rest[len(rest) - len(left) :] if left else ""


def _without_currency(plain: str, unit: Unit, currency: str) -> str:
    """The amount without the sign, code or name of its currency. Raises `Unread` for another currency."""
    names = {word: tuple(codes.upper().split(",")) for word, codes in valued("number.currency").items()}
    names |= {
        word.lower(): (code,)
        for code, name in unit.currencies.items()
        for word in (code, name.en, name.zh)
        if word.lower() not in names
    }
    low = plain.lower()
    for word in sorted(names, key=len, reverse=True):
        if low.startswith(word) or low.endswith(word):
            if currency not in names[word]:
                raise unread("currency", found=plain, currency=unit.currencies[currency], iso=currency)
            cut = plain[len(word) :] if low.startswith(word) else plain[: -len(word)]
            again = cut.strip()
            return _without_currency(again, unit, currency) if again else again
    return plain
