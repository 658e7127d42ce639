"""How dates and numbers of one column are written, decided by its own values, with the evidence.

A column that can be read in two ways is never guessed at: the user is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kam_expert.imports.findings import Ask, Decided
from kam_expert.problems import Phrase

Order = Literal["ymd", "dmy", "mdy"]
Sign = Literal["point", "comma"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
SIGNS: tuple[Sign, ...] = ("point", "comma")

LAST_YEAR_OF_2000 = 68  # of two digits: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999, as POSIX has it
MONTHS_OF_A_YEAR, DAYS_OF_A_MONTH = 12, 31
MANY_TIMES = 3  # as many different values in the place of the day as in that of the year, before they are told apart

_TIME = re.compile(r"[T ]\s*[0-9]{1,2}:[0-9]{2}.*\Z")
_YEAR_FIRST = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?\Z")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})\Z")
_NUMBERS = re.compile(r"([0-9]{1,2})\s*[-/.]\s*([0-9]{1,2})\s*[-/.]\s*([0-9]{4}|[0-9]{2})\Z")
_DAY_NAME = re.compile(r"([0-9]{1,2})[-/. ]*([^\W\d]+)\.?[-/., ]*([0-9]{4}|[0-9]{2})\Z")
_NAME_DAY = re.compile(r"([^\W\d]+)\.? *([0-9]{1,2}),? +([0-9]{4})\Z")
_SIGNED = re.compile(r"[0-9][0-9.,]*\Z")
_EXPONENT = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{1,2}\Z")
_AROUND = re.compile(r"[^\d]*\Z")


@dataclass(frozen=True)
class Ways:
    """One date as written: the ways to read it. `parts`: the three numbers of `25-10-16`, if it has that form."""

    dates: Mapping[Order, date]
    fixed: date | None = None
    parts: tuple[int, int, int] | None = None

    def read(self, order: Order | None) -> date | None:
        return self.fixed or (self.dates.get(order) if order else None)


def ways_of(text: str, months: Mapping[str, int]) -> Ways:
    """The ways to read a date; none if the text is not one. `months`: names of months in small letters."""
    plain = _TIME.sub("", unicodedata.normalize("NFKC", text).strip()).strip()
    for form in (_YEAR_FIRST, _COMPACT):
        if match := form.match(plain):
            year, month, day = (int(part) for part in match.groups())
            return Ways({}, _day(year, month, day))
    for form, places in ((_DAY_NAME, (3, 2, 1)), (_NAME_DAY, (3, 1, 2))):
        if match := form.match(plain):
            year_text, name, day_text = (match.group(place) for place in places)
            number = months.get(name.lower(), 0)
            return Ways({}, _day(_year(year_text), number, int(day_text)))
    match = _NUMBERS.match(plain)
    if match is None:
        return Ways({})
    one, two, three = match.groups()
    readings = {"dmy": _day(_year(three), int(two), int(one)), "mdy": _day(_year(three), int(one), int(two))}
    if len(three) == 2:
        readings["ymd"] = _day(_year(one), int(two), int(three))
    dates = {order: readings[order] for order in ORDERS if readings.get(order) is not None}
    parts = (int(one), int(two), int(three)) if len(three) == 2 else (int(one), int(two), -1)
    return Ways({order: found for order, found in dates.items() if found}, None, parts)


def _year(text: str) -> int:
    number = int(text)
    if len(text) > 2:
        return number
    return number + (2000 if number <= LAST_YEAR_OF_2000 else 1900)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def order_of(found: Iterable[Ways], column: str, file: str) -> Decided[Order | None] | Ask:
    """The order of day, month and year of a column. None: each date of it says so itself."""
    open_ = [ways for ways in found if ways.dates]
    if not open_:
        return Decided(None, Phrase("import.date_plain"))
    option = f"--date-format {column}=" + "|".join(ORDERS if any("ymd" in each.dates for each in open_) else ORDERS[1:])
    short = [each.parts for each in open_ if each.parts is not None and each.parts[2] >= 0]
    year_first = _year_first(short)
    if isinstance(year_first, str):
        return Ask(Phrase("import.ask_year", {"column": column, "file": file, "example": year_first}), option)
    if year_first.value:
        return Decided("ymd", year_first.because)
    day_first = sum(1 for each in open_ if "dmy" in each.dates and "mdy" not in each.dates)
    month_first = sum(1 for each in open_ if "mdy" in each.dates and "dmy" not in each.dates)
    year = year_first.because if short else ""
    counts = {"column": column, "file": file, "day": day_first, "month": month_first, "rows": len(open_), "year": year}
    if day_first and month_first:
        return Ask(Phrase("import.ask_date_mixed", counts), option)
    if not day_first and not month_first:
        example = next((each.dates for each in open_ if len(each.dates) > 1), open_[0].dates)
        readings = {f"as_{order}": str(example.get(order, "")) for order in ("dmy", "mdy")}
        return Ask(Phrase("import.ask_date", {**counts, **readings}), option)
    order: Order = "dmy" if day_first else "mdy"
    return Decided(order, Phrase(f"import.date_{order}", counts))


def _year_first(short: list[tuple[int, int, int]]) -> Decided[bool] | str:
    """Whether the year of two digits comes first; an example if neither range nor variety of the numbers tells."""
    if not short:
        return Decided(False, Phrase("import.date_plain"))
    firsts, lasts = {each[0] for each in short}, {each[2] for each in short}
    first_is_year = any(not 1 <= number <= DAYS_OF_A_MONTH for number in firsts)
    last_is_year = any(not 1 <= number <= DAYS_OF_A_MONTH for number in lasts)
    if first_is_year != last_is_year:
        return Decided(first_is_year, Phrase(f"import.date_year_range_{_place(first_is_year)}"))
    counts = {"first": len(firsts), "last": len(lasts)}
    many = max(counts.values()) >= MANY_TIMES * min(counts.values()) and max(counts.values()) >= MANY_TIMES * 2
    if not first_is_year and many:
        first_fewer = len(lasts) > len(firsts)
        return Decided(first_fewer, Phrase(f"import.date_year_variety_{_place(first_fewer)}", counts), doubtful=True)
    return "-".join(f"{part:02}" for part in short[0])


def _place(first: bool) -> str:
    return "first" if first else "last"


@dataclass(frozen=True)
class Figure:
    """A number as written: its digits with signs, what it is multiplied by, and whether it is negative."""

    digits: str
    scale: float
    negative: bool


def figure_of(text: str, scales: Mapping[str, float]) -> Figure | None:
    """A number with what stands round it taken off: currency, per cent, brackets, words such as 万.

    `scales`: words that multiply, and words that may stand beside a number (1), in small letters. None: not a number.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("−", "-")
    negative = (plain.startswith("(") and plain.endswith(")")) or plain.startswith("-") or plain.endswith("-")
    plain = plain.strip("()-+ ")
    start = next((index for index, character in enumerate(plain) if character.isdecimal()), None)
    if start is None:
        return None
    before, rest = plain[:start].strip(), plain[start:]
    if before.endswith("-"):
        negative, before = True, before.rstrip("- ")
    exponent = _EXPONENT.match(rest)
    end = len(rest) if exponent else max(index for index, sign in enumerate(rest) if sign.isdecimal()) + 1
    after = rest[end:].strip().rstrip(".")
    scale = 1.0
    for word in (before, after):
        if word and word not in scales and not all(unicodedata.category(sign) == "Sc" for sign in word):
            return None
        scale *= scales.get(word, 1.0)
    digits = re.sub(r"(?<=[0-9])[\s'’](?=[0-9]{3})", "", rest[:end])
    if not digits.isascii() or not (_EXPONENT.match(digits) or _SIGNED.match(digits)):
        return None
    return Figure(digits, scale, negative)


def value_of(figure: Figure, sign: Sign) -> float | None:
    """The number; None if its signs do not fit, as in `1,23,4.5.6`."""
    decimal, thousands = (".", ",") if sign == "point" else (",", ".")
    digits = figure.digits
    if not _EXPONENT.match(digits):
        whole, _, part = digits.partition(decimal)
        if thousands in whole and not re.match(
            rf"[0-9]{{1,3}}(?:\{thousands}[0-9]{{2,3}})*\{thousands}[0-9]{{3}}\Z", whole
        ):
            return None
        if part and not part.isdigit():
            return None
        digits = whole.replace(thousands, "") + ("." + part if part else "")
    number = float(digits) * figure.scale
    return -number if figure.negative else number


def sign_of(figures: Iterable[Figure], column: str, file: str) -> Decided[Sign] | Ask:
    """The decimal sign of a column."""
    votes = {"point": 0, "comma": 0}
    open_: list[str] = []
    for figure in figures:
        vote = _vote(figure.digits)
        if vote == "open":
            open_.append(figure.digits)
        elif vote is not None:
            votes[vote] += 1
    point, comma = votes["point"], votes["comma"]
    counts = {"column": column, "file": file, "point": point, "comma": comma, "open": len(open_)}
    option = f"--decimal {column}=point|comma"
    if point and comma:
        return Ask(Phrase("import.ask_sign_mixed", counts), option)
    if point or comma:
        sign: Sign = "point" if point else "comma"
        return Decided(sign, Phrase(f"import.sign_{sign}", counts))
    if open_:
        return Ask(Phrase("import.ask_sign", {**counts, "example": open_[0]}), option)
    return Decided("point", Phrase("import.sign_none"))


def _vote(digits: str) -> Literal["point", "comma", "open"] | None:
    """What one number says about the decimal sign of its column."""
    if _EXPONENT.match(digits):
        return "point" if "." in digits else None
    points, commas = digits.count("."), digits.count(",")
    if not points and not commas:
        return None
    if points and commas:
        return "point" if digits.rfind(".") > digits.rfind(",") else "comma"
    sign = "." if points else ","
    if points + commas > 1:
        return "comma" if points else "point"
    whole, _, part = digits.partition(sign)
    if len(part) != 3 or len(whole) > 3 or whole == "0":
        return "point" if points else "comma"
    return "open"
