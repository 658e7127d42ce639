"""What a worker of a cluster does with the accounts that reach it: batches of Arrow in, batches of Arrow out.

A worker reads the rulebook where it is installed, once per process, and makes sure that it is the one of the program
that started the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

import numpy as np
import polars as pl
import pyarrow as pa

from kam_expert import __version__
from kam_expert.batch import summary as told
from kam_expert.batch.blocks import Header, Table, Unusable
from kam_expert.batch.header import Headers
from kam_expert.batch.results import harmless_cell
from kam_expert.batch.running import Desk, Wish
from kam_expert.batch.text_tables import Written, header_in, tables_below
from kam_expert.problems import Phrase, ProblemsFound
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import Wording, wording

FILE, START, ROW, LINE = "file", "start", "row", "line"
"""The columns that come with each row: its file, the byte where its part of the file begins, the rows or the text."""
REFUSED, BAD = "refused", "bad"
"""The columns of a row that stands for no account and counts what was refused, and the accounts left out."""
REJECTS = ("file", "line", "case", "column", "found", "why")

TYPES: dict[Any, tuple[str, Any]] = {
    pl.String: ("string", pa.string()),
    pl.Float64: ("double", pa.float64()),
    pl.Int8: ("tinyint", pa.int8()),
    pl.Int32: ("int", pa.int32()),
    pl.Int64: ("bigint", pa.int64()),
    pl.Boolean: ("boolean", pa.bool_()),
    pl.List(pl.String): ("array<string>", pa.list_(pa.string())),
}
"""What a column is called in SQL, and what it is in Arrow."""


@dataclass(frozen=True)
class Terms:
    """How accounts are judged, as every worker has to know it.

    `root`, `profile`: where the rulebook is read, there as here. `version`: see `version_of`.
    """

    root: str | None
    profile: str | None
    version: str
    language: str
    currency: str | None = None
    default_source: str | None = None
    margin: bool = True
    measures: bool = False


@dataclass(frozen=True)
class Source:
    """One input: its columns, and how it is written if it is text."""

    header: Header
    written: Written | None = None


class WorkerUnusable(Exception):
    """A worker cannot go on; the message is worded for the user."""


def version_of(rulebook: str) -> str:
    """Program and rulebook, which must be equal everywhere."""
    return f"{__version__}/{rulebook}"


@lru_cache(maxsize=2)
def desk_of(terms: Terms) -> Desk:
    """Raises `WorkerUnusable` if the rulebook here is another one."""
    words = wording(terms.language)
    root = None if terms.root is None else Path(terms.root)
    try:
        book = load_rulebook(root, terms.profile)
    except ProblemsFound:
        _stop(Phrase("batch.spark.rulebook", {"found": "?", "expected": terms.version}), words)
    found = version_of(book.version)
    if found != terms.version:
        _stop(Phrase("batch.spark.rulebook", {"found": found, "expected": terms.version}), words)
    wish = Wish(
        currency=terms.currency, default_source=terms.default_source, margin=terms.margin, measures=terms.measures
    )
    return Desk(book, wish, root)


def _stop(why: Phrase, words: Wording) -> NoReturn:
    raise WorkerUnusable(words.word(why)) from None


# rows in


def tables_of(source: Source, desk: Desk, batches: Iterable[pa.RecordBatch], words: Wording) -> Iterator[Table]:
    """The rows of some parts of files, in the order of each part.

    A later part of a text file does not know its lines: it counts from 1, and its name says where it begins.
    """
    for (path, start), parts in groupby(_parts(batches), key=lambda part: part[:2]):
        desk.reading.readers.clear()  # what was read of other files is not kept
        name = unquote(path).rstrip("/").rpartition("/")[2]
        frames = (frame for _, _, frame in parts)
        if source.written is not None:
            yield from _text_tables(source, source.written, desk, name, start, frames, words)
            continue
        for frame in frames:
            lines = (frame.get_column(ROW) + 1).to_numpy().astype(np.int64)
            yield Table(replace(source.header, file=name), lines, frame.drop(FILE, START, ROW), 0.0)


def _parts(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, int, pl.DataFrame]]:
    """The rows of each file, and of each part of it, that stand together."""
    for batch in batches:
        frame = pl.from_arrow(pa.table(batch))
        assert isinstance(frame, pl.DataFrame)
        for part in frame.partition_by([FILE, START], maintain_order=True):
            yield part.item(0, FILE), part.item(0, START), part


def _text_tables(
    source: Source,
    written: Written,
    desk: Desk,
    name: str,
    start: int,
    frames: Iterable[pl.DataFrame],
    words: Wording,
) -> Iterator[Table]:
    headers = desk.reading.headers
    parts = (_utf8(frame, written.encoding) for frame in frames)
    if start:
        header = replace(source.header, file=f"{name}+{start}", line=0)
        yield from tables_below(parts, headers.layout(header), 1, written.delimiter)
        return
    first = next(parts).removeprefix(b"\xef\xbb\xbf")
    header, below, rest = _header(source, written, headers, name, first, words)
    yield from tables_below(chain([rest], parts), headers.layout(header), below, written.delimiter)


def _utf8(frame: pl.DataFrame, encoding: str) -> bytes:
    octets: bytes = b"\n".join(frame.get_column(LINE).to_list()) + b"\n"
    return octets if encoding in ("utf-8", "utf-8-sig") else octets.decode(encoding, errors="replace").encode()


def _header(
    source: Source, written: Written, headers: Headers, name: str, octets: bytes, words: Wording
) -> tuple[Header, int, bytes]:
    """Where the header stands in this file. Raises `WorkerUnusable` if it is not that of the others."""
    try:
        header, below, rest = header_in(octets, replace(written, path=Path(name)), headers)
    except Unusable as unusable:
        _stop(unusable.reasons[0], words)
    if header.names != source.header.names:
        _stop(Phrase("batch.spark.header_differs", {"file": name, "first": source.header.file}), words)
    return header, below, rest


# rows out


def columns_of(desk: Desk) -> dict[str, Any]:
    """The columns of a result, with their types in Polars."""
    nothing = Table(Header("", 0, ()), np.array([], dtype=np.int64), pl.DataFrame(), 1.0)
    return dict(as_text(desk.judged(desk.reading.table(nothing))).schema)


def as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Words as text: a cluster knows no dictionaries."""
    return rows.with_columns(
        pl.col(name).cast(pl.List(pl.String) if dtype == pl.List else pl.String)
        for name, dtype in rows.schema.items()
        if dtype in (pl.Enum, pl.Categorical, pl.List)
    )


def _schema(columns: dict[str, Any]) -> Any:
    return pa.schema([(name, TYPES[dtype][1]) for name, dtype in columns.items()])


def judged(terms: Terms, source: Source, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A row of advice for each account that can be judged, and for each table rows that count what was refused."""
    desk, words = desk_of(terms), wording(terms.language)
    schema = _schema({**columns_of(desk), REFUSED: pl.Int64, BAD: pl.Int64})
    for table in tables_of(source, desk, batches, words):
        accounts = desk.reading.table(table)
        if len(accounts):
            rows = as_text(desk.judged(accounts)).with_columns(
                pl.lit(None, dtype=pl.Int64).alias(REFUSED), pl.lit(None, dtype=pl.Int64).alias(BAD)
            )
            yield from rows.to_arrow().cast(schema).combine_chunks().to_batches()
        if accounts.refused:
            yield pa.RecordBatch.from_pylist([{REFUSED: len(accounts.refused), BAD: accounts.bad}], schema=schema)


def refusals(terms: Terms, source: Source, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What was refused, in words: the columns `REJECTS`. The line is null where a part of a file does not know it."""
    desk, words = desk_of(terms), wording(terms.language)
    schema = pa.schema([(name, pa.int64() if name == "line" else pa.string()) for name in REJECTS])
    for table in tables_of(source, desk, batches, words):
        accounts = desk.reading.table(table)
        if not accounts.refused:
            continue
        cases = dict(zip(table.lines.tolist(), desk.reading.cases(table).to_list(), strict=True))
        later = source.written is not None and table.header.line == 0
        rows = []
        for refusal in accounts.refused:
            file, _, column, found, why = told.told(refusal, words, desk.book)
            place = (file.rpartition("+")[0], None) if later else (file, refusal.line)
            cells = (*place, cases.get(refusal.line), column, found, why)
            safe = (harmless_cell(cell) if isinstance(cell, str) else cell for cell in cells)
            rows.append(dict(zip(REJECTS, safe, strict=True)))
        yield pa.RecordBatch.from_pylist(rows, schema=schema)
