"""Workbooks, Parquet files and databases as tables."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from kam_expert.batch.blocks import Header, Input, Table, Unusable
from kam_expert.batch.header import LONGEST_HEAD, Headers
from kam_expert.imports.findings import CannotImport
from kam_expert.imports.sheets import Cell, Sheet, Stated, read_sheets
from kam_expert.problems import Phrase
from kam_expert.workbooks.reading import is_workbook

AT_ONCE = 65_536  # rows
POSTGRESQL = ("postgresql://", "postgres://")
MIXED = "Type mismatch"  # how the reader of SQLite says that a column holds more than one type
PLAIN: tuple[Callable[[Any], bool], ...] = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal128,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_dictionary,
    pa.types.is_list,
    pa.types.is_large_list,
)
"""Types of Arrow that are read as they are."""


# workbooks


def sheets_of(path: Path, stated: Stated) -> tuple[Sheet, ...]:
    """The sheets of a workbook. Raises `Unusable`."""
    try:
        return read_sheets(path, stated)
    except CannotImport as cannot:
        raise Unusable(*cannot.reasons) from None


def sheet_tables(sheets: Sequence[Sheet], path: Path, headers: Headers) -> Iterator[Table]:
    """The rows of each sheet that has a header which is recognised. Raises `Unusable` if none has."""
    if is_workbook(sheets):
        raise Unusable(Phrase("batch.case_workbook", {"file": path.name}))
    found = [(sheet, place) for sheet in sheets if (place := _header_row(sheet, headers)) is not None]
    if not found:
        raise Unusable(Phrase("batch.no_header", {"file": path.name}))
    for done, (sheet, place) in enumerate(found):
        names = tuple("" if cell is None else " ".join(str(cell).split()) for cell in sheet.rows[place].cells)
        layout = headers.layout(Header(sheet.file, sheet.rows[place].line, names))
        rows = sheet.rows[place + 1 :]
        for start in range(0, max(1, len(rows)), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            cells = {
                str(index): pl.Series(
                    [_text(row.cells[index] if index < len(row.cells) else None) for row in part], dtype=pl.String
                )
                for index in sorted(layout.columns)
            }
            lines = np.array([row.line for row in part], dtype=np.int64)
            share = (done + min(1.0, (start + AT_ONCE) / max(1, len(rows)))) / len(found)
            yield Table(layout.header, lines, pl.DataFrame(cells), share)


def _header_row(sheet: Sheet, headers: Headers) -> int | None:
    for place, row in enumerate(sheet.rows[:LONGEST_HEAD]):
        if headers.recognises(tuple("" if cell is None else str(cell) for cell in row.cells)):
            return place
    return None


def _text(cell: Cell) -> str | None:
    """A cell as a text file would hold it."""
    match cell:
        case None:
            return None
        case bool():
            return "yes" if cell else "no"
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


# Parquet and databases


def parquet_tables(path: Path, headers: Headers) -> Iterator[Table]:
    """The rows of a Parquet file. Raises `Unusable`."""
    try:
        file = pq.ParquetFile(path)
        names = tuple(file.schema_arrow.names)
        _require(names, path.name, headers)
        rows = max(1, file.metadata.num_rows)
        yield from _tables(path.name, names, _batches(file, _wanted(names, path.name, headers)), rows, headers)
    except (pa.ArrowException, OSError):
        raise Unusable(Phrase("batch.damaged", {"file": path.name})) from None


def _batches(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows, some row groups at a time: one reader of them all would hold on to more with each."""
    groups: list[int] = []
    held = 0
    for group in range(file.num_row_groups):
        groups.append(group)
        held += file.metadata.row_group(group).num_rows
        if held >= AT_ONCE or group == file.num_row_groups - 1:
            yield from file.iter_batches(batch_size=AT_ONCE, row_groups=groups, columns=columns)
            groups, held = [], 0


def query_tables(source: Input, headers: Headers) -> Iterator[Table]:
    """The rows that a query gives, as the database sends them. Raises `Unusable`."""
    name = source.place.rpartition("/")[2] or source.place
    try:
        with contextlib.closing(_connected(source.place)) as connection, connection.cursor() as cursor:
            cursor.execute(source.query)
            reader = cursor.fetch_record_batch()
            names = tuple(reader.schema.names)
            _require(names, name, headers)
            yield from _tables(name, names, _answer(reader, source), None, headers)
    except Unusable:
        raise
    except ImportError:
        raise Unusable(Phrase("batch.no_driver", {"extra": "sql"})) from None
    except Exception as error:  # whatever a database driver says
        raise Unusable(Phrase("batch.database", {"database": name, "reason": _one_line(error)})) from None


def _connected(place: str) -> Any:
    if place.startswith(POSTGRESQL):
        from adbc_driver_postgresql import dbapi as postgresql

        return postgresql.connect(place)
    from adbc_driver_sqlite import dbapi as sqlite

    path = _sqlite_file(place)
    if "://" in place and not place.startswith("sqlite:"):
        raise Unusable(Phrase("batch.database_kind", {"kind": place.partition("://")[0]}))
    if not path.is_file():
        raise Unusable(Phrase("import.unreadable", {"file": str(path), "reason": Phrase("batch.no_file")}))
    return sqlite.connect(_read_only(path))


def _sqlite_file(place: str) -> Path:
    return Path(place.removeprefix("sqlite:///").removeprefix("sqlite:"))


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


def _answer(reader: Iterable[pa.RecordBatch], source: Input) -> Iterator[pa.RecordBatch]:
    """The rows of an answer.

    The reader of SQLite takes the type of a column from its first rows and gives up where a later row differs; from
    there on the same answer is read as text.
    """
    done = 0
    try:
        for batch in reader:
            done += batch.num_rows
            yield batch
    except Exception as error:
        if source.place.startswith(POSTGRESQL) or MIXED not in str(error):
            raise
        yield from _as_texts(source, done)


def _as_texts(source: Input, done: int) -> Iterator[pa.RecordBatch]:
    """The rows of an answer of SQLite behind the first `done`, every cell as text."""
    with contextlib.closing(sqlite3.connect(_read_only(_sqlite_file(source.place)), uri=True)) as connection:
        connection.text_factory = lambda octets: octets.decode(errors="replace")
        cursor = connection.execute(source.query or "")
        names = [column[0] for column in cursor.description]
        for _ in itertools.islice(cursor, done):
            pass
        while rows := cursor.fetchmany(AT_ONCE):
            columns = (
                [None if cell is None else _as_text(cell) for cell in column] for column in zip(*rows, strict=True)
            )
            yield pa.record_batch([pa.array(column, pa.string()) for column in columns], names=names)


def _tables(
    name: str, names: tuple[str, ...], batches: Iterable[pa.RecordBatch], rows: int | None, headers: Headers
) -> Iterator[Table]:
    layout = headers.layout(Header(name, 0, names))
    wanted = sorted(layout.columns)
    done = 0
    for batch in batches:
        table = pa.table({str(place): _plain(batch.column(names[place])) for place in wanted})
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        lines = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
        done += batch.num_rows
        yield Table(layout.header, lines, frame, 0.0 if rows is None else done / rows)


def _plain(cells: Any) -> Any:
    """Cells in a type that a table may hold: numbers, texts, yes and no, days, lists; others as texts."""
    kind = cells.type
    if isinstance(kind, pa.BaseExtensionType):  # such as the exact numbers of PostgreSQL
        return _plain(cells.storage)
    if pa.types.is_dictionary(kind) and not pa.types.is_string(kind.value_type):
        return _plain(cells.dictionary_decode())
    if pa.types.is_decimal256(kind):
        return cells.cast(pa.float64())
    if any(is_kind(kind) for is_kind in PLAIN):
        return cells
    return pa.array([None if value is None else _as_text(value) for value in cells.to_pylist()], pa.string())


def _as_text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _require(names: tuple[str, ...], name: str, headers: Headers) -> None:
    if not headers.recognises(names):
        raise Unusable(Phrase("batch.no_header", {"file": name}))


def _wanted(names: tuple[str, ...], name: str, headers: Headers) -> list[str]:
    layout = headers.layout(Header(name, 0, names))
    return [names[place] for place in sorted(layout.columns)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
