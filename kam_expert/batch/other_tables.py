"""Workbooks, Parquet files and databases as tables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from kam_expert.batch.blocks import Header, Input, Table, Unusable
from kam_expert.batch.header import Headers
from kam_expert.imports.findings import CannotImport
from kam_expert.imports.sheets import Cell, Sheet, Stated, read_sheets
from kam_expert.problems import Phrase
from kam_expert.workbooks.reading import is_workbook

AT_ONCE = 65_536  # rows
LONGEST_HEAD = 30  # rows above which no header is looked for


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
        batches = file.iter_batches(batch_size=AT_ONCE, columns=_wanted(names, path.name, headers))
        yield from _tables(path.name, names, batches, rows, headers)
    except (pa.ArrowException, OSError):
        raise Unusable(Phrase("batch.damaged", {"file": path.name})) from None


class Connection(Protocol):
    """A database as its Python interface gives it."""

    def cursor(self) -> Any: ...


def query_tables(source: Input, headers: Headers) -> Iterator[Table]:
    """The rows that a query gives, as the database sends them. Raises `Unusable`."""
    name = source.place.rpartition("/")[2] or source.place
    try:
        with contextlib.closing(_connected(source.place)) as connection, connection.cursor() as cursor:
            cursor.execute(source.query)
            reader = cursor.fetch_record_batch()
            names = tuple(reader.schema.names)
            _require(names, name, headers)
            yield from _tables(name, names, reader, None, headers)
    except Unusable:
        raise
    except ImportError:
        raise Unusable(Phrase("batch.no_driver", {"extra": "sql"})) from None
    except Exception as error:  # whatever a database driver says
        raise Unusable(Phrase("batch.database", {"database": name, "reason": _one_line(error)})) from None


def _connected(place: str) -> Any:
    if place.startswith(("postgresql://", "postgres://")):
        from adbc_driver_postgresql import dbapi as postgresql

        return postgresql.connect(place)
    from adbc_driver_sqlite import dbapi as sqlite

    path = Path(place.removeprefix("sqlite:///").removeprefix("sqlite:"))
    if not path.is_file():
        raise Unusable(Phrase("import.unreadable", {"file": str(path), "reason": Phrase("batch.no_file")}))
    return sqlite.connect(f"file:{path}?mode=ro")


def _tables(name: str, names: tuple[str, ...], batches: Any, rows: int | None, headers: Headers) -> Iterator[Table]:
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
    """Cells without the wrapping of a type that only one database knows, such as the exact numbers of PostgreSQL."""
    return cells.storage if isinstance(cells.type, pa.BaseExtensionType) else cells


def _require(names: tuple[str, ...], name: str, headers: Headers) -> None:
    if not headers.recognises(names):
        raise Unusable(Phrase("batch.no_header", {"file": name}))


def _wanted(names: tuple[str, ...], name: str, headers: Headers) -> list[str]:
    layout = headers.layout(Header(name, 0, names))
    return [names[place] for place in sorted(layout.columns)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
