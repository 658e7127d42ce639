"""From what somebody typed to the value of a fact: understood, doubtful, or refused with the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kam_expert.case import Given
from kam_expert.interview.quantities import Unread, in_tenths, narrow, read_quantity, unread, without_hedge
from kam_expert.interview.vocabulary import LITERAL, any_of, says, valued
from kam_expert.problems import nearest
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.characters import fit
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.fact_values import NO, YES, Refused, read_rows, read_value, rows_in
from kam_expert.rulebook.schema import Fact, Label, Text

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DAY = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*[日号]?\Z")


@dataclass(frozen=True)
class Understood:
    """A value. `hedged`: it was said to be about so much, which asks for a source. `unusual`: outside what is usual."""

    given: Given
    hedged: bool = False
    unusual: bool = False


@dataclass(frozen=True)
class Doubtful:
    """A text with two meanings, the likelier first; somebody has to say which."""

    meanings: tuple[Value, ...]
    hedged: bool = False


@dataclass(frozen=True)
class Declined:
    """Not usable; `code` is a key below `interview.declined`."""

    code: str
    parameters: Mapping[str, object]


Answer = Understood | Doubtful | Declined


def read_answer(fact: Fact, typed: Any, book: Rulebook, currency: str) -> Answer:
    """What an answer means for a fact; `typed` is a text, or any plain value of a file of answers."""
    if isinstance(typed, bool) or (isinstance(typed, int | float) and fact.type in ("number", "rating")):
        typed = ("yes" if typed else "no") if isinstance(typed, bool) else str(typed)
    elif fact.type == "table" and not isinstance(typed, str):
        return _rows(fact, typed, book)
    text = fit(str(typed)).strip()
    literal = text.startswith(LITERAL)
    text = text.removeprefix(LITERAL).strip()
    if not literal and says("command.unknown", text):
        return Understood(Given("unknown"))
    if not literal and says("command.not_applicable", text):
        return Understood(Given("n/a"))
    try:
        match fact.type:
            case "flag":
                return Understood(Given("given", _flag(text)))
            case "choice":
                return Understood(Given("given", _choice(fact, text)))
            case "rating":
                plain, hedged = without_hedge(narrow(text))
                return Understood(Given("given", _rating(plain)), hedged)
            case "text":
                if not text:
                    raise unread("empty")
                return Understood(Given("given", " ".join(text.split())))
            case "table":
                return _rows(fact, _table(fact, text), book)
            case _:
                return _number(fact, text, book, currency)
    except Unread as found:
        return Declined(found.code, {"name": fact.label, **found.parameters})


def bare_amount(fact: Fact, typed: str, found: Understood, counted_in: int) -> Answer:
    """An amount without any word, too small to be meant so where people count in `counted_in`: 350 for 350万."""
    value = found.given.value
    if fact.unit != "money" or isinstance(value, str | None) or not 0 < value < counted_in or not _bare(typed):
        return found
    times = round(value * counted_in, 2)
    return Doubtful((int(times) if times == int(times) else times, value), found.hedged)


def _bare(typed: str) -> bool:
    return not any(character.isalpha() for character in without_hedge(narrow(typed))[0])


def read_day(text: str) -> date | None:
    """A date as `2026-06-30`, `2026/6/30` or `2026年6月30日`; None if it is none."""
    match = _DAY.match(narrow(text))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _flag(text: str) -> bool:
    plain = narrow(text).lower()
    if plain in YES or says("yes", plain):
        return True
    if plain in NO or says("no", plain):
        return False
    raise unread("flag", found=text)


def _rating(text: str) -> int:
    plain = re.sub(rf"\s*(?:{any_of('number.points')})\Z", "", text.lower())
    digits = valued("number.digits").get(plain, plain)
    found = int(digits) if digits.isdecimal() else LETTERS.find(digits) + 1 if len(digits) == 1 else 0
    if not 1 <= found <= 5:
        raise unread("rating", found=text)
    return found


def _choice(fact: Fact, text: str) -> str:
    """An option by its id, label, number, letter, or the beginning of any id or label that fits only one."""
    plain = narrow(text).lower()
    names = list(fact.choices)
    spoken = {name: [name, *_both(fact.choices[name])] for name in names}
    for name, words in spoken.items():
        if plain in {narrow(word).lower() for word in words}:
            return name
    place = int(plain) - 1 if plain.isdecimal() and plain.isascii() else LETTERS.find(plain) if len(plain) == 1 else -1
    if 0 <= place < len(names):
        return names[place]
    begin = [name for name, words in spoken.items() if any(narrow(word).lower().startswith(plain) for word in words)]
    if plain and len(begin) == 1:
        return begin[0]
    if plain and len(begin) > 1:
        raise unread("choice_several", found=text, fitting=tuple(fact.choices[name] for name in begin))
    near = nearest(plain, {narrow(word).lower() for words in spoken.values() for word in words})
    raise unread("choice", found=text, count=len(names), near=near or "")


def _both(label: Label | str) -> tuple[str, ...]:
    return (label.en, label.zh) if isinstance(label, Text) else (str(label),)


def _number(fact: Fact, text: str, book: Rulebook, currency: str) -> Answer:
    plain, hedged = without_hedge(narrow(text))
    unit = book.units.get(fact.unit) if fact.unit is not None else None
    number, rest = read_quantity(plain, unit, currency)
    value = _within(fact, number, rest, book)
    if fact.unit == "percent" and not rest and 0 < abs(number) < 1 and not in_tenths(plain):
        hundredfold = round(number * 100, 6)
        whole = int(hundredfold) if hundredfold == int(hundredfold) else hundredfold
        return Doubtful((_within(fact, whole, "", book), value), hedged)
    return Understood(Given("given", value), hedged, unusual(fact, value))


def unusual(fact: Fact, value: Value | None) -> bool:
    """Whether a number lies outside what the vocabulary calls plausible."""
    if fact.plausible is None or isinstance(value, str) or value is None:
        return False
    low, high = fact.plausible
    return not low <= value <= high


def _within(fact: Fact, number: int | float, rest: str, book: Rulebook) -> Value:
    """The number as a value of the fact: its unit, its range, whole where it must be. Raises `Unread`."""
    try:
        return read_value(fact, f"{number}{rest}" if rest else number, book.units)
    except Refused as refused:
        wrong = refused.problems[0]
        found = f"{number} {rest}".strip()
        if wrong.code == "out_of_range":
            bounds = {key: wrong.parameters[key] for key in ("low", "high", "unit")}
            raise unread("out_of_range", found=found, **bounds) from None
        if wrong.code == "unit_wrong":
            unit = book.units.get(fact.unit or "")
            label = unit.label if unit is not None else Label(en="", zh="")
            raise unread("unit" if label.en else "rest", found=rest, number=number, unit=label) from None
        raise unread("integer", found=found) from None


def _table(fact: Fact, text: str) -> tuple[dict[str, str], ...]:
    try:
        rows = rows_in(fact, text)
        return tuple(
            {name: "unknown" if _empty(fact, name, cell) else cell for name, cell in row.items()} for row in rows
        )
    except Refused as refused:
        wrong = refused.problems[0]
        raise unread("row" if wrong.code == "row_cells" else "empty", **wrong.parameters) from None


def _empty(fact: Fact, column: str, cell: str) -> bool:
    """Whether a cell of a table says that nobody knows."""
    return says("command.unknown", cell) or (fact.columns[column].optional and cell in ("", "-"))


def _rows(fact: Fact, rows: Any, book: Rulebook) -> Answer:
    try:
        return Understood(Given("given", rows=read_rows(fact, rows, book.units)))
    except Refused as refused:
        wrong = refused.problems[0]
        row, column = (*wrong.path, 0, "")[:2] if wrong.path else (0, "")
        label = fact.columns[column].label if isinstance(column, str) and column in fact.columns else column
        found = wrong.parameters.get("found", "")
        return Declined("cell", {"name": fact.label, "found": found, "row": int(row) + 1, "column": label})
