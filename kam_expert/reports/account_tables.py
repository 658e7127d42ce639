"""What was written in tables about the account: its contacts, its white space, its competitors.

The rulebook says which fact holds what, and how its rows make a grid; nothing where there is no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kam_expert.engines.conclusions import Row
from kam_expert.reports.document import Block, Picture, Section, Table
from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Fact, TableColumn, TableMap, TableSubject

UNKNOWN, ELSEWHERE = "~unknown", "~elsewhere"
"""The grades of a cell of which nothing is known, and of one where nothing was to be expected."""


def contacts(speaking: Speaking) -> tuple[Block, ...]:
    """Who decides, by buying role, and who of ours looks after them."""
    return _blocks(speaking, "contacts")


def white_space(speaking: Speaking) -> tuple[Block, ...]:
    """Which buying unit takes which product line from whom."""
    return _blocks(speaking, "white_space")


def competitors(speaking: Speaking) -> tuple[Block, ...]:
    """Who else supplies, where, and what they may do next."""
    return _blocks(speaking, "competitors")


def sections(speaking: Speaking) -> tuple[Section, ...]:
    """A section for each table that has rows."""
    subjects: tuple[TableSubject, ...] = ("contacts", "white_space", "competitors")
    found = ((_fact(speaking, subject), _blocks(speaking, subject)) for subject in subjects)
    return tuple(Section(speaking.text(fact.label), blocks) for fact, blocks in found if fact is not None and blocks)


def _fact(speaking: Speaking, subject: TableSubject) -> Fact | None:
    return next((fact for fact in speaking.book.facts.values() if fact.holds == subject), None)


def _blocks(speaking: Speaking, subject: TableSubject) -> tuple[Block, ...]:
    fact = _fact(speaking, subject)
    given = None if fact is None else speaking.diagnosis.case.facts.get(fact.id)
    if fact is None or given is None or not given.rows:
        return ()
    table = _table(speaking, fact, given.rows)
    if fact.map is None:
        return (table,)
    grid = _Mapped(speaking, fact, fact.map, given.rows)
    return (Picture(speaking.text(fact.label), grid.told(), grid.shown(), table), table)


def _table(speaking: Speaking, fact: Fact, rows: Sequence[Row]) -> Table:
    """All rows with all columns that say something."""
    columns = {name: column for name, column in fact.columns.items() if any(name in row for row in rows)}
    headers = tuple(speaking.text(column.label) for column in columns.values())
    worded = tuple(
        tuple(_worded(speaking, fact, name, column, row.get(name)) for name, column in columns.items()) for row in rows
    )
    return Table(headers, worded)


def _worded(speaking: Speaking, fact: Fact, name: str, column: TableColumn, value: Value | None) -> str:
    """A cell in words; an empty one that a picture does not speak of is left empty."""
    if value is None:
        beside = fact.map is not None and column.optional and name not in fact.map.columns_read
        return speaking.say("tables.empty" if beside else "unknown")
    if column.type == "choice":
        return speaking.text(column.choices[str(value)])
    if isinstance(value, int | float):
        return speaking.quantity(value, column.unit)
    return str(value)


class _Mapped:
    """The rows of a table as a grid."""

    def __init__(self, speaking: Speaking, fact: Fact, map_: TableMap, rows: Sequence[Row]) -> None:
        self.speaking = speaking
        self.fact = fact
        self.map = map_
        self.rows = rows
        self.limit = None if map_.oldest is None else speaking.book.parameters[map_.oldest]

    def shown(self) -> Grid:
        columns = list(dict.fromkeys(self.across(row) for row in self.rows if self.map.columns in row))
        columns += dict.fromkeys(self.across(row) for row in self.rows if self.map.columns not in row)
        groups: dict[str, dict[str, dict[str, GridCell]]] = {}
        for row in self.rows:
            line = groups.setdefault(self.group(row), {}).setdefault(str(row.get(self.map.rows, "?")), {})
            line.setdefault(self.across(row), self.cell(row))
        ordered = sorted(groups.items(), key=lambda each: self.order.index(each[0]))
        absent = GridCell(UNKNOWN if self.map.elsewhere is None else ELSEWHERE)
        lines = tuple(
            (
                label,
                tuple((name, tuple(cells.get(column, absent) for column in columns)) for name, cells in group.items()),
            )
            for label, group in ordered
        )
        used = {cell.grade for _, group in lines for _, cells in group for cell in cells}
        grades = tuple(grade for grade in self.grades() if grade.id in used)
        old = any(cell.old for _, group in lines for _, cells in group for cell in cells)
        return Grid(tuple(columns), lines, grades, self.old_label() if old else "")

    @property
    def order(self) -> tuple[str, ...]:
        """The groups in the order of their choices; one without a name if there are none."""
        if self.map.groups is None:
            return ("",)
        labels = self.fact.columns[self.map.groups].choices.values()
        return (*map(self.speaking.text, labels), self.speaking.say("unknown"))

    def group(self, row: Row) -> str:
        return "" if self.map.groups is None else self.worded(row, self.map.groups)

    def across(self, row: Row) -> str:
        if self.map.columns in row:
            return str(row[self.map.columns])
        return self.speaking.say("unknown") if self.map.nobody is None else self.speaking.text(self.map.nobody)

    def worded(self, row: Row, name: str) -> str:
        return _worded(self.speaking, self.fact, name, self.fact.columns[name], row.get(name))

    def cell(self, row: Row) -> GridCell:
        note = next((self.worded(row, name) for name in self.map.notes if name in row), "")
        return GridCell(str(row.get(self.map.grade, UNKNOWN)), note, self.old(row))

    def old(self, row: Row) -> bool:
        age = None if self.map.age is None else row.get(self.map.age)
        return self.limit is not None and isinstance(age, int | float) and age > self.limit

    def old_label(self) -> str:
        assert self.map.age is not None and self.limit is not None
        column = self.fact.columns[self.map.age]
        limit = self.speaking.quantity(self.limit, column.unit)
        return self.speaking.say("tables.old", label=column.label, limit=limit)

    def grades(self) -> tuple[Grade, ...]:
        column = self.fact.columns[self.map.grade]
        stated = [
            Grade(name, self.speaking.text(label), column.marks.get(name, ""), column.shades.get(name))
            for name, label in column.choices.items()
        ]
        stated.append(Grade(UNKNOWN, self.speaking.say("unknown"), "?", None))
        if self.map.elsewhere is not None:
            stated.append(Grade(ELSEWHERE, self.speaking.text(self.map.elsewhere), "", None))
        return tuple(stated)

    def told(self) -> str:
        """How many rows have which grade, and which want renewing."""
        labels = {grade.id: grade.label for grade in self.grades()}
        counts: Mapping[str, int] = {
            name: sum(str(row.get(self.map.grade, UNKNOWN)) == name for row in self.rows) for name in labels
        }
        comma, label = self.speaking.say("list_comma"), self.fact.columns[self.map.grade].label
        shown = comma.join(
            self.speaking.say("tables.count", label=labels[name], count=n) for name, n in counts.items() if n
        )
        told = self.speaking.say("tables.told", count=len(self.rows), label=label, counts=shown)
        old = comma.join(str(row.get(self.map.rows, "?")) for row in self.rows if self.old(row))
        if not old:
            return told
        return (
            told
            + self.speaking.say("sentence_space")
            + self.speaking.say("tables.old_rows", label=self.old_label(), rows=old)
        )
