"""An Excel workbook as a case. It is checked as a case file is; places are rows and columns of the sheet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kam_expert.case import SOURCES
from kam_expert.imports.sheets import Cell, Row, Sheet
from kam_expert.problems import Mark
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import Document, Path_
from kam_expert.workbooks.layout import (
    AS_OF,
    BEFORE,
    BETWEEN_STRATEGIES,
    EXPECTED,
    FACT,
    FIELDS,
    FORMAT,
    KEY,
    LABEL,
    MARK,
    MARK_SHEET,
    NOTE,
    ROW,
    SOURCE,
    VALUE,
    meant,
)

STATES = ("unknown", "n/a")


@dataclass
class SheetDocument(Document):
    """A workbook as plain values; the places are those of cells."""

    cells: dict[Path_, Mark] = field(default_factory=dict)

    def mark(self, path: Path_, *, key: bool = False) -> Mark:
        """The cell of the value at `path`, or of the nearest enclosing one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.cells:
                found = self.cells[path[:length]]
                return Mark(found.line, LABEL + 1) if key else found
        return Mark()

    def has(self, path: Path_) -> bool:
        return path in self.cells


def is_workbook(sheets: Sequence[Sheet]) -> bool:
    """Whether these sheets of one file are a case written by `kam-expert workbook`."""
    return any(_marked(sheet) for sheet in sheets)


def _marked(sheet: Sheet) -> bool:
    cells = sheet.rows[0].cells if sheet.rows else ()
    return sheet.file.endswith(f"#{MARK_SHEET}") and cells[:2] == (MARK, FORMAT)


def document_of(path: Path, sheets: Sequence[Sheet], book: Rulebook) -> SheetDocument:
    """What the workbook says, in the form of a case file."""
    document = SheetDocument(path.as_posix())
    facts: dict[str, Any] = {}
    account: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    value: dict[str, Any] = {"account": account, "facts": facts}
    tables: dict[str, list[dict[str, Any]]] = {}
    people = next(sheet for sheet in sheets if not _marked(sheet))
    labels = {text.casefold(): name for name in book.candidates for text in _names(name, book)}
    for row in people.rows:
        key = str(_at(row, KEY) or "")
        if key in FIELDS:
            _field(key, row, value, chosen, labels, document)
        elif key.startswith(FACT):
            _fact(key.removeprefix(FACT), row, facts, book, document)
        elif key.startswith(ROW):
            name = key.removeprefix(ROW)
            _table_row(name, row, tables.setdefault(name, []), book, document)
    for name, rows in tables.items():
        _take_rows(name, rows, facts)
    if chosen:
        value["chosen"] = chosen
    for row in next(sheet for sheet in sheets if _marked(sheet)).rows:
        if _at(row, 0) == EXPECTED:
            value["expected"] = _lists_to_tuples(json.loads(str(_at(row, 1))))
    document.value = value
    return document


def _names(name: str, book: Rulebook) -> tuple[str, ...]:
    short = book.candidates[name].short
    return (name, *(f"{text} [{name}]" for text in (short.en, short.zh)), short.en, short.zh)


def _at(row: Row, column: int) -> Cell:
    value = row.cells[column] if column < len(row.cells) else None
    return None if value == "" else value


def _place(document: SheetDocument, path: Path_, row: Row, column: int) -> None:
    document.cells[path] = Mark(row.line, column + 1)


def _field(
    key: str, row: Row, value: dict[str, Any], chosen: dict[str, Any], labels: dict[str, str], document: SheetDocument
) -> None:
    found = _at(row, VALUE)
    path: Path_ = (key,)
    if key in ("name", "industry", "currency"):
        path = ("account", key)
        if found is not None:
            value["account"][key] = _text(found)
    elif key in ("primary", "secondary"):
        path = ("chosen", key)
        if found is not None:
            names = [labels.get(each.strip().casefold(), each.strip()) for each in str(found).split(BETWEEN_STRATEGIES)]
            chosen[key] = names[0] if key == "primary" else tuple(name for name in names if name)
    elif found is not None:
        value[key] = found if isinstance(found, date) else _text(found)
    _place(document, path, row, VALUE)
    _place(document, path[:1], row, VALUE)


def _text(found: Cell) -> str:
    return str(found)


def _fact(name: str, row: Row, facts: dict[str, Any], book: Rulebook, document: SheetDocument) -> None:
    fact = book.facts.get(name)
    columns = {"value": VALUE, "source": SOURCE, "as_of": AS_OF, "note": NOTE, "before": BEFORE}
    parts: dict[str, Any] = {}
    for key, column in columns.items():
        found = _at(row, column)
        if found is None:
            continue
        _place(document, ("facts", name, key), row, column)
        if isinstance(found, str):
            state = meant("state", STATES, found.strip()) if key in ("value", "before") else None
            source = meant("source", SOURCES, found.strip()) if key == "source" else None
            found = state or source or found
        elif key == "note" or (fact is not None and fact.type == "text" and key in ("value", "before")):
            found = str(found)
        parts[key] = found
    if parts:
        _place(document, ("facts", name), row, VALUE)
        facts[name] = parts


def _table_row(name: str, row: Row, rows: list[dict[str, Any]], book: Rulebook, document: SheetDocument) -> None:
    columns = book.facts[name].columns if name in book.facts else {}
    found = {column: _at(row, VALUE + offset) for offset, column in enumerate(columns)}
    stated = {column: value for column, value in found.items() if value is not None}
    if not stated and _at(row, LABEL) is None:
        return
    for offset, column in enumerate(columns):
        _place(document, ("facts", name, "value", len(rows), column), row, VALUE + offset)
    for column, value in stated.items():
        if isinstance(value, str) and meant("state", STATES[:1], value.strip()):
            stated[column] = "unknown"
    rows.append(stated)


def _take_rows(name: str, rows: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    """The rows of a table, unless its own row says that it is unknown or does not apply."""
    if rows and facts.get(name, {}).get("value") not in STATES:
        facts.setdefault(name, {})["value"] = tuple(rows)


def _lists_to_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_lists_to_tuples(each) for each in value)
    if isinstance(value, dict):
        return {key: _lists_to_tuples(each) for key, each in value.items()}
    return value
