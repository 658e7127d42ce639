"""A case as an Excel workbook: a row for each question with its anchors, drop-downs, source, date and note."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from kam_expert.case import SOURCES, Case, Given
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.fact_values import LONGEST_NUMBER
from kam_expert.rulebook.reading import presets
from kam_expert.rulebook.schema import Fact
from kam_expert.wording import Wording
from kam_expert.workbooks.layout import (
    AS_OF,
    BEFORE,
    BETWEEN_STRATEGIES,
    EXPECTED,
    FACT,
    FIELDS,
    FORMAT,
    HEADERS,
    KEY,
    LABEL,
    LONGEST_CELL,
    MARK,
    MARK_SHEET,
    MEANING,
    NOTE,
    ROW,
    SOURCE,
    TABLE,
    UNIT,
    VALUE,
    CannotBeACell,
    word,
)

WIDTHS = {KEY: 4, LABEL: 26, VALUE: 22, UNIT: 10, MEANING: 70, SOURCE: 12, AS_OF: 12, NOTE: 40, BEFORE: 14}
SPARE_ROWS = 6  # of a table, for what is still to be written
FIRST_OF_EXCEL = date(1900, 3, 1)  # earlier days Excel counts wrongly; they are written as text


def workbook(case: Case, book: Rulebook, words: Wording) -> bytes:
    """The workbook of a case. Raises `CannotBeACell` if a text is too long."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as file:
        file.set_properties({"title": case.name})
        _Writer(file, case, book, words).write()
    return buffer.getvalue()


class _Writer:
    def __init__(self, file: Any, case: Case, book: Rulebook, words: Wording) -> None:
        self.file = file
        self.case = case
        self.book = book
        self.words = words
        self.sheet = file.add_worksheet(self.say("sheet"))
        self.marks = file.add_worksheet(MARK_SHEET)
        self.marks.hide()
        self.lists: dict[tuple[str, ...], str] = {}
        self.row = 0
        wrapped = {"text_wrap": True, "valign": "top"}
        self.plain = file.add_format(wrapped)
        self.grey = file.add_format({**wrapped, "font_color": "#595959"})
        self.head = file.add_format({**wrapped, "bold": True, "bg_color": "#DDE6F0"})
        self.answer = file.add_format({**wrapped, "bg_color": "#FFF9E5", "border": 1, "border_color": "#D9D9D9"})
        self.day = file.add_format({**wrapped, "num_format": "yyyy-mm-dd", "align": "left"})

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"workbook.{key}", **parameters)

    def write(self) -> None:
        for column, width in WIDTHS.items():
            self.sheet.set_column(column, column, width, None, {"hidden": column == KEY})
        self.marks.write_row(0, 0, [MARK, FORMAT, self.words.language])
        if self.case.expected is not None:
            stated = {key: value for key, value in asdict(self.case.expected).items() if value is not None}
            self.text(self.marks, 1, 0, EXPECTED, self.plain)
            self.text(self.marks, 1, 1, json.dumps(stated, ensure_ascii=False), self.plain)
        self.account()
        self.row += 1
        for column, name in HEADERS.items():
            self.text(self.sheet, self.row, column, self.say(f"head.{name}"), self.head)
        self.sheet.freeze_panes(self.row + 1, VALUE)
        self.row += 1
        for name, fact in self.book.facts.items():
            self.fact(name, fact, self.stated(name))
        for name, fact in self.book.facts.items():
            if fact.type == "table":
                self.table(name, fact, self.stated(name))

    def stated(self, name: str) -> Given | None:
        """What the case itself says; the profile, and the name of the account, come by themselves again."""
        given = self.case.facts.get(name)
        account = {"account_name": self.case.name, "industry": self.case.industry}
        if given is None or given.source not in (None, *SOURCES):
            return None
        return None if name in account and given == Given("given", account[name]) else given

    def account(self) -> None:
        case = self.case
        chosen = case.chosen
        values: dict[str, object] = {
            "case": case.id,
            "name": case.name,
            "industry": case.industry,
            "currency": case.currency,
            "as_of": case.as_of,
            "profile": case.profile,
            "primary": None if chosen is None else self.strategy(chosen.primary),
            "secondary": None if chosen is None else self.strategies(chosen.secondary),
        }
        names = tuple(self.strategy(name) for name in self.book.candidates)
        choices = {"currency": tuple(self.book.units["money"].currencies), "profile": presets(), "primary": names}
        for field in FIELDS:
            self.text(self.sheet, self.row, KEY, field, self.plain)
            self.text(self.sheet, self.row, LABEL, self.say(f"field.{field}"), self.head)
            self.cell(self.row, VALUE, values[field], self.answer)
            self.text(self.sheet, self.row, MEANING, self.say(f"about.{field}"), self.grey)
            if field in choices:
                self.drop_down(self.row, VALUE, choices[field])
            self.row += 1

    def strategy(self, name: str) -> str:
        return f"{self.words.text(self.book.candidates[name].short)} [{name}]"

    def strategies(self, names: Sequence[str]) -> str | None:
        return f"{BETWEEN_STRATEGIES} ".join(map(self.strategy, names)) or None

    def fact(self, name: str, fact: Fact, given: Given | None) -> None:
        row = self.row
        self.text(self.sheet, row, KEY, f"{FACT}{name}", self.plain)
        self.text(self.sheet, row, LABEL, self.words.text(fact.label), self.head)
        unit = self.book.units.get(fact.unit or "")
        shown = "" if unit is None else self.case.currency if unit.currencies else unit.label.in_(self.words.language)
        self.text(self.sheet, row, UNIT, shown, self.grey)
        self.text(self.sheet, row, MEANING, self.meaning(fact), self.grey)
        self.cell(row, VALUE, None if given is None else self.value(fact, given), self.answer)
        self.drop_down(row, VALUE, self.options(fact))
        self.drop_down(row, SOURCE, tuple(word(self.words, "source", source) for source in SOURCES))
        if given is not None:
            source = None if given.source is None else word(self.words, "source", given.source)
            self.cell(row, SOURCE, source, self.plain)
            self.cell(row, AS_OF, given.as_of, self.day)
            self.cell(row, NOTE, given.note, self.plain)
            self.cell(row, BEFORE, None if given.before is None else self.plainly(fact, given.before), self.plain)
        self.row += 1

    def meaning(self, fact: Fact) -> str:
        """The question with what its answers mean."""
        anchors = [f"{mark} = {self.words.text(text)}" for mark, text in fact.anchors.items()]
        help_ = [] if fact.help is None else [self.words.text(fact.help)]
        return "\n".join([self.words.text(fact.question), *help_, *anchors])

    def value(self, fact: Fact, given: Given) -> Value:
        if given.state != "given":
            return word(self.words, "state", given.state)
        return self.say("see_table") if given.rows else self.plainly(fact, given.value)

    def plainly(self, fact: Fact, value: Value | None) -> Value:
        """A value as people write it: yes and no and choices in words."""
        if isinstance(value, bool):
            return self.words.say("yes" if value else "no")
        if isinstance(value, str) and value in fact.choices:
            return self.words.text(fact.choices[value])
        return "" if value is None else value

    def options(self, fact: Fact) -> tuple[str, ...]:
        """What a drop-down offers; anything else may be written where it makes sense."""
        states = tuple(word(self.words, "state", state) for state in ("unknown", "n/a"))
        match fact.type:
            case "flag":
                return (self.words.say("yes"), self.words.say("no"), *states)
            case "choice":
                return (*(self.words.text(label) for label in fact.choices.values()), *states)
            case "rating":
                return ("1", "2", "3", "4", "5", *states)
            case "table":
                return (self.say("see_table"), *states)
            case _:
                return states

    def table(self, name: str, fact: Fact, given: Given | None) -> None:
        self.row += 1
        self.text(self.sheet, self.row, KEY, f"{TABLE}{name}", self.plain)
        self.text(self.sheet, self.row, LABEL, self.words.text(fact.label), self.head)
        for offset, column in enumerate(fact.columns.values()):
            self.text(self.sheet, self.row, VALUE + offset, self.words.text(column.label), self.head)
        rows: Sequence[Mapping[str, Value]] = () if given is None else given.rows
        spare: list[Mapping[str, Value]] = [{}] * SPARE_ROWS
        for index, row in enumerate([*rows, *spare]):
            self.row += 1
            if not row and index < len(rows):  # a row of which nothing is known is a row all the same
                self.text(self.sheet, self.row, LABEL, word(self.words, "state", "unknown"), self.grey)
            self.text(self.sheet, self.row, KEY, f"{ROW}{name}", self.plain)
            for offset, (column_name, column) in enumerate(fact.columns.items()):
                value = row.get(column_name)
                if value in column.choices:
                    value = self.words.text(column.choices[str(value)])
                self.cell(self.row, VALUE + offset, value, self.answer)
                if column.choices:
                    self.drop_down(self.row, VALUE + offset, tuple(map(self.words.text, column.choices.values())))
        self.row += 1

    # cells

    def drop_down(self, row: int, column: int, options: tuple[str, ...]) -> None:
        """A list to choose from; other answers are let through with a hint, for import says more about them."""
        if options not in self.lists:
            place = len(self.lists) + 4
            for index, option in enumerate(options):
                self.text(self.marks, index, place, option, self.plain)
            letter = xlsxwriter.utility.xl_col_to_name(place)
            self.lists[options] = f"='{MARK_SHEET}'!${letter}$1:${letter}${len(options)}"
        source = {"validate": "list", "source": self.lists[options], "show_error": False}
        self.sheet.data_validation(row, column, row, column, source)

    def cell(self, row: int, column: int, value: object, form: Any) -> None:
        match value:
            case None | "":
                self.sheet.write_blank(row, column, None, form)
            case date() if value >= FIRST_OF_EXCEL:
                self.sheet.write_datetime(row, column, value, self.day)
            case int() | float() if _exact(value) is None:
                self.sheet.write_number(row, column, value, form)
            case int() | float():
                self.text(self.sheet, row, column, str(_exact(value)), form)
            case _:
                self.text(self.sheet, row, column, str(value), form)

    def text(self, sheet: Any, row: int, column: int, text: str, form: Any) -> None:
        if len(text) > LONGEST_CELL:
            raise CannotBeACell(text[:40])
        if text:
            sheet.write_string(row, column, text, form)


def _exact(number: float) -> str | None:
    """A number that a cell would round, written out; None if the cell holds it, or the text would be too long."""
    if float(f"{number:.16G}") == number:
        return None
    text = format(Decimal(repr(number)), "f")
    return text if len(text) <= LONGEST_NUMBER else None
