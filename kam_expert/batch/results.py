"""Results to files: written beside their place and put there when they are whole."""

from __future__ import annotations

import codecs
import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import polars as pl
import pyarrow.parquet as pq
import xlsxwriter

from kam_expert.batch.blocks import Unusable
from kam_expert.problems import Phrase

LISTS = "; "
"""Between the parts of a list where a format has no lists."""
MOST_ROWS = 1_048_575  # below a header, in a sheet of Excel
FORMULAS = ("=", "+", "-", "@", "\t")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file that appears at `path` only when it is whole. Raises OSError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class Rows(Protocol):
    """A file that takes rows, some at a time."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def add(self, rows: pl.DataFrame) -> None: ...


class _Text:
    """A file of lines."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        self.file = self.path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()


class Csv(_Text):
    """Comma-separated values as Excel opens them; lists with semicolons between their parts."""

    def add(self, rows: pl.DataFrame) -> None:
        begins = not self.file.tell()
        if begins:
            self.file.write(codecs.BOM_UTF8)
        harmless(flat(rows)).write_csv(self.file, include_header=begins)


class JsonLines(_Text):
    """One object per line and account; lists are lists."""

    def add(self, rows: pl.DataFrame) -> None:
        rows.write_ndjson(self.file)


class Parquet:
    """A Parquet file; lists are lists, words are dictionaries."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.writer is not None:
            self.writer.close()

    def add(self, rows: pl.DataFrame) -> None:
        table = rows.to_arrow()
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self.writer.write_table(table.cast(self.writer.schema))


class Excel:
    """A workbook with a filter over its columns. Raises `Unusable` beyond the rows that Excel has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.width = 0

    def __enter__(self) -> Self:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(str(self.path), options)
        self.sheet = self.book.add_worksheet()
        self.sheet.freeze_panes(1, 2)
        self.head = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.sheet.autofilter(0, 0, max(1, self.count), max(0, self.width - 1))
        self.book.close()

    def add(self, rows: pl.DataFrame) -> None:
        if self.count + len(rows) > MOST_ROWS:
            raise Unusable(Phrase("batch.excel_full", {"most": MOST_ROWS}))
        if not self.width:
            self.width = len(rows.columns)
            for column, name in enumerate(rows.columns):
                self.sheet.write_string(0, column, name, self.head)
                self.sheet.set_column(column, column, 22 if column < 2 else 16)
        for row in flat(rows).iter_rows():
            self.count += 1
            for column, value in enumerate(row):
                if isinstance(value, str):
                    self.sheet.write_string(self.count, column, value)
                elif value is not None:
                    self.sheet.write(self.count, column, value)


FLAT = (".csv", ".xlsx")
"""Formats that have no lists."""
KINDS: dict[str, Callable[[Path], Rows]] = {".csv": Csv, ".jsonl": JsonLines, ".parquet": Parquet, ".xlsx": Excel}


def rejects_beside(output: Path) -> Path:
    """Where refusals go if nothing else is said. Raises `Unusable` if the result is not named."""
    if not output.name:
        raise Unusable(Phrase("batch.output_unknown", {"file": str(output), "allowed": ", ".join(KINDS)}))
    return output.with_name(f"{output.stem}.rejects.csv")


def flat(rows: pl.DataFrame, between: str = LISTS) -> pl.DataFrame:
    """Lists as text."""
    lists = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.List)]
    return rows.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(between) for name in lists)


def harmless(rows: pl.DataFrame) -> pl.DataFrame:
    """Cases and accounts that a spreadsheet would take for a formula get a mark before them.

    They are the first two columns, whatever these are called.
    """
    texts = [name for name in rows.columns[:2] if rows.schema[name] == pl.String]
    risky = {name: pl.any_horizontal(pl.col(name).str.starts_with(sign) for sign in FORMULAS) for name in texts}
    number = {name: pl.col(name).cast(pl.Float64, strict=False).is_not_null() for name in texts}
    return rows.with_columns(
        pl.when(risky[name] & ~number[name]).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )


class Rejects:
    """The rejects as a CSV file; there is none if nothing was refused.

    `line_of`: what a refusal is in words, cell by cell. The first is the head of the columns.
    """

    def __init__(self, path: Path, head: list[str]) -> None:
        self.path = path
        self.head = head
        self.count = 0
        self.file: IO[str] | None = None
        self.writer: Any = None

    def add(self, rows: list[list[str]]) -> None:
        if not rows:
            return
        if self.file is None:
            self.file = self.path.open("w", encoding="utf-8-sig", newline="")
            self.writer = csv.writer(self.file, lineterminator="\n")
            self.writer.writerow(self.head)
        self.count += len(rows)
        self.writer.writerows([harmless_cell(cell) for cell in row] for row in rows)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def harmless_cell(text: str) -> str:
    """With a mark before it, if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
