"""A sheet of an account's working book: how cells look, how they are written, how the sheet is printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from kam_expert.diagnosis import Diagnosis
from kam_expert.recommendation import Standing
from kam_expert.reports.speaking import Speaking
from kam_expert.reports.text import columns
from kam_expert.rulebook.evaluation import State
from kam_expert.wording import Wording
from kam_expert.workbooks.formula_text import LONGEST_FORMULA
from kam_expert.workbooks.formulas import Formulas, Vocabulary, sums_in
from kam_expert.workbooks.layout import LONGEST_CELL, word

A4 = 9
FIRST_OF_EXCEL = date(1900, 3, 1)  # earlier days Excel counts wrongly; they are written as text
LONGEST_SHEET_NAME = 31
LINE, SMALL_LINE, TITLE_HEIGHT, HIGHEST = 15.0, 12.5, 26.0, 400.0  # points
NARROW, WIDE = 0.92, 2.1  # widths of characters
WIDER = 1.2  # how many more small characters go into a column
HEADER_ROW = 4  # of every sheet with a table; above it stand its title, what it is, and what it is good for
FIRST_ROW = HEADER_ROW + 1
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
UNKNOWN_FILL, YES_FILL, HEAD_FILL, INPUT_FILL = "#EDEDED", "#DCE9F5", "#1F3A5F", "#FFF7DB"

Look = Literal[
    "text",
    "small",
    "short",
    "title",
    "note",
    "head",
    "input",
    "input_text",
    "day",
    "number",
    "strong",
    "strong_text",
    "left",
]
Plain = str | int | float | bool | date | None

_RULED: dict[str, object] = {"bottom": 1, "bottom_color": "#E3E3E3"}
_LOOKS: dict[Look, dict[str, object]] = {
    "text": {"text_wrap": True, **_RULED},
    "small": {"text_wrap": True, "font_color": "#595959", "font_size": 9, **_RULED},
    "short": _RULED,
    "title": {"bold": True, "font_size": 16, "font_color": HEAD_FILL},
    "note": {"font_color": "#595959", "italic": True},
    "head": {"bold": True, "font_color": "#FFFFFF", "bg_color": HEAD_FILL, "text_wrap": True, "valign": "vcenter"},
    "input": {"indent": 1, "bg_color": INPUT_FILL, "border": 1, "border_color": "#D9D9D9", "align": "right"},
    "input_text": {"bg_color": INPUT_FILL, "border": 1, "border_color": "#D9D9D9", "text_wrap": True},
    "day": {"num_format": "yyyy-mm-dd", "align": "left", **_RULED},
    "number": {"indent": 1, "align": "right", **_RULED},
    "strong": {"indent": 1, "bold": True, "align": "right", "bg_color": "#E7EEF4", **_RULED},
    "left": {"align": "left", "bold": True, **_RULED},
    "strong_text": {"bold": True, "bg_color": "#E7EEF4", "text_wrap": True, **_RULED},
}


@dataclass(frozen=True)
class Live:
    """A cell that computes, with the value that the engine has found for it; None is unknown."""

    formula: str
    value: Plain


@dataclass(frozen=True)
class Cell:
    """What stands in a cell and how it looks; `shape`: its number format."""

    content: Plain | Live
    look: Look = "text"
    shape: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the key of its heading, its width in characters, and whether it is folded away at first."""

    key: str
    width: float
    folded: bool = False


class AccountBook:
    """The book that is being written, with all that its sheets need."""

    def __init__(self, file: Workbook, diagnosis: Diagnosis, words: Wording) -> None:
        self.file = file
        self.diagnosis = diagnosis
        self.case = diagnosis.case
        self.book = diagnosis.book
        self.words = words
        self.speaking = Speaking(diagnosis, words)
        self.prose = self.speaking.prose
        inputs = self.case.inputs(self.book)
        self.values = {**inputs.values, **diagnosis.conclusions.values}
        self.state = State(self.values, self.book.parameters, inputs.tables)
        self.not_applicable = inputs.not_applicable
        self.yes, self.no = words.say("yes"), words.say("no")
        self.does_not_apply = word(words, "state", "n/a")
        self.sums = sums_in(self.book)
        vocabulary = Vocabulary(self.yes, self.no, self.does_not_apply, self.choice)
        self.formulas = Formulas(self.book, vocabulary, self.sums)
        self.lists: dict[tuple[str, ...], str] = {}
        self.list_sheet: Worksheet | None = None
        self._formats: dict[tuple[Look, str], Format] = {}
        self.unknown = file.add_format({"bg_color": UNKNOWN_FILL})
        self.holds = file.add_format({"bg_color": YES_FILL, "bold": True})

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"account_workbook.{key}", **parameters)

    def choice(self, name: str, value: str) -> str:
        """The word for a choice of a fact, a cell of a position, or a choice of a column of a table."""
        if "." in name:
            table, column = name.split(".")
            return self.words.text(self.book.facts[table].columns[column].choices[value])
        return self.words.choice(name, value, self.book)

    def worded(self, name: str, value: Plain) -> Plain:
        """A value as it stands in a cell: yes and no and choices in words, numbers as they are."""
        if isinstance(value, bool):
            return self.yes if value else self.no
        return self.choice(name, value) if isinstance(value, str) else value

    def truth(self, value: object) -> str | None:
        """Yes, no, or nothing when unknown."""
        return None if value is None else self.yes if value else self.no

    def vetoed(self, standing: Standing) -> bool:
        """Whether any vote is a veto of the strategy."""
        return any(self.book.selection.strengths[vote.strength].veto for vote in standing.votes)

    def unit(self, unit: str | None) -> str:
        """The name of a unit; of an amount, its currency."""
        if unit is None or unit == "rating":
            return ""
        entry = self.book.units[unit]
        if entry.currencies:
            currency = self.case.currency
            return self.words.text(entry.currencies[currency]) if currency in entry.currencies else currency
        return entry.label.in_(self.words.language)

    def shape(self, unit: str | None, decimals: int | None = None, *, beside: bool = False) -> str:
        """The number format of a unit; without decimals given, as many as there are.

        `beside`: the unit stands in the next cell.
        """
        if unit == "money":
            return "#,##0"
        label = "" if unit is None or unit == "rating" else self.book.units[unit].label.in_(self.words.language)
        number = "General" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
        if not label or beside:
            return number
        gap = " " if unit is not None and self.book.units[unit].spaced else ""
        return f'{number}"{gap}{label}"'

    def format(self, look: Look, shape: str = "") -> Format:
        found = self._formats.get((look, shape))
        if found is None:
            plain: dict[str, object] = {"valign": "top", **_LOOKS[look], **({"num_format": shape} if shape else {})}
            found = self._formats[look, shape] = self.file.add_format(plain)
        return found

    def drop_down(self, options: tuple[str, ...]) -> str:
        """The place of a list to choose from, on a hidden sheet."""
        if options not in self.lists:
            name = self.say("sheet.lists")
            if self.list_sheet is None:
                self.list_sheet = self.file.add_worksheet(name)
                self.list_sheet.hide()
            column = len(self.lists)
            for row, option in enumerate(options):
                self.list_sheet.write_string(row, column, option)
            self.lists[options] = f"='{name}'!{xl_range_abs(0, column, len(options) - 1, column)}"
        return self.lists[options]

    def version(self) -> str:
        """Which rulebook the book was made with, and for when."""
        profile = self.book.profile
        return self.words.say(
            "version_line",
            version=self.book.version,
            profile=profile.label if profile else self.words.say("no_profile"),
            as_of=self.case.as_of.isoformat(),
        )


class Sheet:
    """One sheet: title, version, a note, then a table whose heading stays in sight and is printed on every page."""

    def __init__(self, account: AccountBook, title: str, note: str, of: Sequence[Column]) -> None:
        self.account = account
        self.columns = tuple(of)
        self.places = {column.key: index for index, column in enumerate(of)}
        self.name = _NOT_IN_SHEET_NAMES.sub(" ", title)[:LONGEST_SHEET_NAME]
        self.sheet: Worksheet = account.file.add_worksheet(self.name)
        self.row = FIRST_ROW
        self._heights: dict[int, float] = {}
        self.sheet.set_row(0, TITLE_HEIGHT)
        self.text(0, 0, title, "title")
        self.text(1, 0, f"{account.case.name}{account.words.colon}{account.version()}", "note")
        self.text(2, 0, note, "note")
        for index, column in enumerate(of):
            folded = {"level": 1, "hidden": True} if column.folded else {}
            self.sheet.set_column(index, index, column.width, None, folded)
        self._printed()

    def _printed(self) -> None:
        account, sheet = self.account, self.sheet
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        name = account.case.name.replace("&", "&&")
        version = account.version().replace("&", "&&")
        sheet.set_header(f"&L&9{name[:60]}&C&9&A&R&8{version[:120]}")
        sheet.set_footer("&R&9&P / &N")

    def head(self, row: int = HEADER_ROW, freeze: int = 2) -> None:
        """The heading of the table; it and the first columns stay where they are."""
        for index, column in enumerate(self.columns):
            self.text(row, index, self.account.say(f"column.{column.key}"), "head")
        self.sheet.freeze_panes(row + 1, freeze)
        self.sheet.repeat_rows(row)

    def print_until(self, key: str) -> None:
        """Leave what stands right of a column out of print."""
        self.sheet.print_area(0, 0, self.row - 1, self.places[key])

    def close(self, first: int = HEADER_ROW) -> None:
        """A filter on the table, which ends at the last row written."""
        self.sheet.autofilter(first, 0, max(self.row - 1, first + 1), len(self.columns) - 1)

    def place(self, key: str, row: int | None = None) -> str:
        """The cell of a column in a row, the present one if none is given; the column stays when it is copied."""
        return str(xl_rowcol_to_cell(self.row if row is None else row, self.places[key], col_abs=True))

    def area(self, key: str, first: int, last: int) -> str:
        """The cells of a column from one row to another."""
        return str(xl_range_abs(first, self.places[key], last, self.places[key]))

    def define(self, name: str, place: str) -> None:
        """Give a cell or an area its name."""
        fixed = ":".join(_fixed(part) for part in place.split(":"))
        self.account.file.define_name(name, f"='{self.name}'!{fixed}")

    def write(self, **cells: Cell | Plain | Live) -> None:
        """A row of the table, cell by column; the next one goes below it."""
        for key, content in cells.items():
            self.put(self.row, self.places[key], content if isinstance(content, Cell) else Cell(content))
        self.row += 1

    def put(self, row: int, column: int, cell: Cell) -> None:
        self._grow(row, column, cell)
        look = self.account.format(cell.look, cell.shape)
        match cell.content:
            case Live(formula, value):
                assert len(formula) < LONGEST_FORMULA, formula
                shown = self.account.truth(value) if isinstance(value, bool) else value
                self.sheet.write_formula(row, column, f"={formula}", look, "" if shown is None else shown)
            case None | "":
                self.sheet.write_blank(row, column, None, look)
            case bool() as value:
                self.sheet.write_string(row, column, self.account.truth(value) or "", look)
            case int() | float() as value:
                self.sheet.write_number(row, column, value, look)
            case date() as value if value >= FIRST_OF_EXCEL:
                shape = "" if cell.look == "day" else "yyyy-mm-dd"
                self.sheet.write_datetime(row, column, value, self.account.format(cell.look, shape or cell.shape))
            case value:
                self.sheet.write_string(row, column, str(value)[:LONGEST_CELL], look)

    def _grow(self, row: int, column: int, cell: Cell) -> None:
        """Make the row high enough for a text that wraps; not every program does so by itself."""
        text = cell.content.value if isinstance(cell.content, Live) else cell.content
        if (
            not isinstance(text, str)
            or not _LOOKS[cell.look].get("text_wrap")
            or column >= len(self.columns)
            or self.columns[column].folded
        ):
            return
        width = self.columns[column].width * (WIDER if cell.look == "small" else 1.0) - 1
        lines = sum(max(1, ceil(_width(line) / width)) for line in text.split("\n"))
        height = min(HIGHEST, lines * (SMALL_LINE if cell.look == "small" else LINE) + 2)
        if lines > 1 and height > self._heights.get(row, LINE):
            self._heights[row] = height
            self.sheet.set_row(row, height)

    def text(self, row: int, column: int, text: str, look: Look = "text") -> None:
        self.put(row, column, Cell(text, look))

    def choose(self, row: int, column: int, options: tuple[str, ...]) -> None:
        """A drop-down; what it does not offer is not accepted, for formulas could not read it."""
        self.sheet.data_validation(
            row, column, row, column, {"validate": "list", "source": self.account.drop_down(options)}
        )

    def grey_if_unknown(self, key: str, first: int, last: int) -> None:
        """Cells of a column that hold nothing are grey."""
        column, cell = self.places[key], self.place(key, first)
        rule = {"type": "formula", "criteria": f'={cell}=""', "format": self.account.unknown}
        self.sheet.conditional_format(first, column, last, column, rule)

    def mark_if_yes(self, key: str, first: int, last: int) -> None:
        """Cells of a column that say yes stand out."""
        column, cell = self.places[key], self.place(key, first)
        rule = {"type": "formula", "criteria": f'={cell}="{self.account.yes}"', "format": self.account.holds}
        self.sheet.conditional_format(first, column, last, column, rule)


def _width(text: str) -> float:
    """About how wide a text is, in digits: letters are a little narrower, Chinese characters twice as wide."""
    wide = columns(text) - len(text)
    return (len(text) - wide) * NARROW + wide * WIDE


def _fixed(place: str) -> str:
    row, column = xl_cell_to_rowcol(place.replace("$", ""))
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))
