"""Columns of cells to columns of facts: each value is read as a case file would read it, and refused likewise.

A column of clean numbers is taken as it is. Whatever else stands in a column is read once for each different value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.case import SOURCES
from kam_expert.engines.columns.frames import NUMBER, coded, rows_of, written
from kam_expert.problems import Phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.fact_values import Refused, Wrong, read_rows, read_value
from kam_expert.rulebook.schema import Fact
from kam_expert.rulebook.validation import shown
from kam_expert.wording import languages, wording
from kam_expert.workbooks.layout import word

State = Literal["unknown", "n/a"]
STATES: tuple[State, ...] = ("unknown", "n/a")
MOST_KEPT = 100_000  # different values of a column that are remembered
YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")
DAMAGED = "\ufffd"
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What stands around a value and does not count: white space as Unicode has it, and Polars."""


@dataclass(frozen=True)
class Cells:
    """One column, read: the values in the form of `frames.written`, null where there is none.

    `unknown`, `absent`: where the cell says that nobody knows it, or that it does not apply. `wrong`: by row, what was
    refused.
    """

    values: pl.Series
    unknown: pl.Series | None = None
    absent: pl.Series | None = None
    wrong: Mapping[int, tuple[Any, Wrong]] = field(default_factory=dict)


class Reader:
    """Reads the cells of one column of one table, and remembers what it has read."""

    def __init__(self, book: Rulebook, fact: Fact) -> None:
        self.book = book
        self.fact = fact
        self.type = book.vocabulary.names[fact.id]
        self.dtype = written(self.type, fact.id)
        self.states = states()
        self.kept: dict[Any, Any] = {}

    @property
    def is_number(self) -> bool:
        return self.type.kind == "number"

    def read(self, cells: pl.Series) -> Cells:
        if isinstance(cells.dtype, pl.List):
            return self._of_values(cells, cells.to_list())
        if self.is_number and cells.dtype.is_numeric():
            return self._numbers(cells.cast(NUMBER))
        if not cells.dtype.is_numeric() and cells.dtype != pl.Boolean:
            cells = cells.cast(pl.String)
        if self.is_number and cells.dtype == pl.String:
            return self._texts_of_numbers(cells)
        return self._by_value(cells)

    def _numbers(self, values: pl.Series) -> Cells:
        """Numbers that are as a case file may state them; the odd ones are read one by one."""
        fact = self.fact
        numbers = values.to_numpy()
        low, high = (1.0, 5.0) if fact.type == "rating" else fact.range or (-np.inf, np.inf)
        good = (numbers >= low) & (numbers <= high) & np.isfinite(numbers)
        if fact.integer or fact.type == "rating":
            good &= np.floor(numbers) == numbers
        if np.count_nonzero(good) + values.null_count() == len(values):
            return Cells(values, wrong={})
        bad = np.flatnonzero(~good & values.is_not_null().to_numpy())
        wrong = {int(row): (found := _plain(float(numbers[row])), self._refused(found)) for row in bad}
        kept = values.scatter(bad, None)
        return Cells(kept, wrong=wrong)

    def _refused(self, value: Any) -> Wrong:
        found = self._meaning(value)
        if isinstance(found, Wrong):
            return found
        return Wrong("wrong_value", {"found": shown(value), "expected": Phrase("expect_number")})

    def _texts_of_numbers(self, cells: pl.Series) -> Cells:
        """Texts that are numbers, of which each different one is read once; the others as they would be anywhere."""
        different, places = _different(cells)
        texts = pl.Series(different, dtype=pl.String)
        numbers = texts.cast(NUMBER, strict=False)
        odd = np.flatnonzero((numbers.is_null() & texts.is_not_null()).to_numpy())
        plain = self._numbers(numbers)
        values, wrong, stated = plain.values.to_numpy(writable=True), dict(plain.wrong), {}
        for place in odd:
            found = self._meaning(different[place])
            if isinstance(found, Wrong):
                wrong[int(place)] = different[place], found
            elif found in STATES_FOUND:
                stated[int(place)] = found
            else:
                values[place] = found
        return _by_row(pl.Series(cells.name, values[places], nan_to_null=True), stated, wrong, places, len(different))

    def _by_value(self, cells: pl.Series) -> Cells:
        """Each different value is read once."""
        different, places = _different(cells)
        found = {place: self._meaning(value) for place, value in enumerate(different) if value is not None}
        wrong = {place: (different[place], each) for place, each in found.items() if isinstance(each, Wrong)}
        stated = {place: each for place, each in found.items() if each in STATES_FOUND}
        good = [None if place in wrong or place in stated else found.get(place) for place in range(len(different))]
        values = pl.Series(cells.name, good, dtype=self.dtype)[places]
        return _by_row(values, stated, wrong, places, len(different))

    def _of_values(self, cells: pl.Series, values: list[Any]) -> Cells:
        """Cells that hold lists: the rows of a table."""
        found: list[Any] = []
        wrong: dict[int, tuple[Any, Wrong]] = {}
        for row, value in enumerate(values):
            meaning = None if value is None else self._read(tuple(value))
            if isinstance(meaning, Wrong):
                wrong[row] = (value, meaning)
                meaning = None
            found.append(meaning)
        return Cells(pl.Series(cells.name, found, dtype=self.dtype), wrong=wrong)

    def _meaning(self, value: Any) -> Any:
        """The value as it is written in a column of facts, the mark of a state, or what is wrong with it."""
        if value not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[value] = self._read(value)
        return self.kept[value]

    def _read(self, value: Any) -> Any:
        if isinstance(value, str):
            state = self.states.get(value.casefold())
            if state is not None:
                return STATE_MARK[state]
            if DAMAGED in value:
                return Wrong("batch_character", {})
        try:
            if self.fact.type == "table":
                rows = read_rows(self.fact, _rows(value), self.book.units)
                return rows_of(self.type, rows)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if self.fact.type == "text" and not isinstance(value, str):
                value = str(value)
            if self.fact.type == "flag":
                value = _yes_or_no(value)
            return coded(self.type, self.fact.id, read_value(self.fact, value, self.book.units))
        except Refused as refused:
            return refused.problems[0]


STATE_MARK: dict[State, tuple[str]] = {"unknown": ("unknown",), "n/a": ("n/a",)}
STATES_FOUND = tuple(STATE_MARK.values())


def _different(cells: pl.Series) -> tuple[list[Any], npt.NDArray[np.integer]]:
    """The different values without the space around them, None where blank, and by row the place of its value."""
    encoded = cells.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    values = [each.strip(SPACE) or None if isinstance(each, str) else each for each in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return [*values, None], places


def _by_row(
    values: pl.Series,
    stated: Mapping[int, tuple[str]],
    wrong: Mapping[int, tuple[Any, Wrong]],
    places: npt.NDArray[np.integer],
    count: int,
) -> Cells:
    """Cells from what is said of each of `count` different values; `places`: by row, the place of its value."""

    def rows(those: list[int]) -> npt.NDArray[np.bool_]:
        chosen = np.zeros(count, dtype=bool)
        chosen[those] = True
        found: npt.NDArray[np.bool_] = chosen[places]
        return found

    def where(state: State) -> pl.Series | None:
        those = [place for place, each in stated.items() if each == STATE_MARK[state]]
        return pl.Series(rows(those)) if those else None

    bad = np.flatnonzero(rows(list(wrong))) if wrong else ()
    return Cells(values, where("unknown"), where("n/a"), {int(row): wrong[int(places[row])] for row in bad})


def states() -> dict[str, State]:
    """How the states of a fact are written, in any language."""
    found: dict[str, State] = {}
    for state in STATES:
        found[state] = state
        for language in languages():
            found[word(wording(language), "state", state).casefold()] = state
    return found


def _yes_or_no(value: Any) -> Any:
    """What tables say for yes and no: 1 and 0, true and false."""
    if value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.casefold(), value)
    return value


def _rows(value: Any) -> Any:
    """The rows of a table, in a cell of text written as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list | tuple):
        return tuple(
            {key: cell for key, cell in row.items() if cell is not None} if isinstance(row, dict) else row
            for row in value
        )
    return value


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _replaced(cells: pl.Series, old: pl.Series, new: list[Any], dtype: Any) -> pl.Series:
    if not len(old):
        return pl.Series(cells.name, [None] * len(cells), dtype=dtype)
    return cells.replace_strict(old, pl.Series(new, dtype=dtype), default=None, return_dtype=dtype)


def sources_read(cells: pl.Series) -> tuple[pl.Series, dict[int, tuple[Any, Wrong]]]:
    """Where facts come from, as a case file says it; blank is unstated."""
    names = {each: each for each in SOURCES}
    for language in languages():
        names |= {word(wording(language), "source", each).casefold(): each for each in SOURCES}

    def read(value: str) -> Any:
        found = names.get(value.casefold())
        expected = Phrase("expect_one_of", {"allowed": ", ".join(SOURCES)})
        return found or Wrong("wrong_value", {"found": shown(value), "expected": expected})

    return _own(cells, read, pl.String())


def days_read(cells: pl.Series) -> tuple[pl.Series, dict[int, tuple[Any, Wrong]]]:
    """Dates, written year first."""
    if cells.dtype == pl.Date:
        return cells, {}
    if isinstance(cells.dtype, pl.Datetime):
        return cells.cast(pl.Date), {}

    def read(value: str) -> Any:
        try:
            parts = YEAR_FIRST.fullmatch(value)
            return date.fromisoformat(value) if parts is None else date(*map(int, parts.groups()))
        except ValueError:
            return Wrong("wrong_value", {"found": shown(value), "expected": Phrase("expect_date")})

    return _own(cells, read, pl.Date())


def _own(
    cells: pl.Series, read: Callable[[str], Any], dtype: pl.DataType
) -> tuple[pl.Series, dict[int, tuple[Any, Wrong]]]:
    texts = cells.cast(pl.String).str.strip_chars()
    texts = texts.set(texts == "", None)
    different = texts.drop_nulls().unique()
    found = [read(value) for value in different.to_list()]
    values = _replaced(texts, different, [None if isinstance(each, Wrong) else each for each in found], dtype)
    wrong = {value: each for value, each in zip(different.to_list(), found, strict=True) if isinstance(each, Wrong)}
    if not wrong:
        return values, {}
    rows = texts.is_in(list(wrong)).fill_null(value=False).arg_true()
    return values, {
        row: (text, wrong[text]) for row, text in zip(rows.to_list(), texts.gather(rows).to_list(), strict=True)
    }
