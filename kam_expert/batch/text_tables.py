"""Text files as tables, some megabytes at a time: however large the file, no more of it is held.

A block is cut where a record ends. Where its quotation marks are well placed the cells are counted by arithmetic on the
bytes, record by record, and what has the right number of them is read as it stands. Otherwise its records are gone
through one by one.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.batch.blocks import Header, Lines, Refusal, Table, Unusable
from kam_expert.batch.header import LONGEST_HEAD, Headers, Layout
from kam_expert.imports.detecting import MOST_LINES_OF_A_RECORD, cells_of, delimiter_of, encoding_of, records
from kam_expert.imports.findings import Ask
from kam_expert.imports.sheets import Stated, quoted
from kam_expert.problems import Phrase

BLOCK = 1 << 24  # bytes
SAMPLE = 1 << 20  # bytes, from which encoding and delimiter are told
QUOTE, NEWLINE = 0x22, 0x0A

Octets = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Written:
    """How a text file is written."""

    path: Path
    encoding: str
    delimiter: str


def written(path: Path, stated: Stated) -> Written:
    """Encoding and delimiter, stated or told from the first part of the file that shows them. Raises `Unusable`."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    return written_as(path, _sample(path), head, stated)


def written_as(path: Path, sample: bytes, head: bytes, stated: Stated) -> Written:
    """The same of a file that need not be here. `sample`: a part that shows the encoding, `head`: its beginning."""
    name = path.name
    if not sample.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        raise Unusable(Phrase("import.empty", {"file": name}))
    encoding = stated.encodings.get(name)
    if encoding is None:
        found = encoding_of(sample, name)
        if found is None:
            raise Unusable(Phrase("import.not_text", {"file": name}))
        if isinstance(found, Ask):
            raise Unusable(asked(found, name))
        encoding = found.value
    delimiter = stated.delimiters.get(name)
    if delimiter is None:
        sign = delimiter_of(head.decode(encoding, errors="replace").removeprefix("\ufeff"), name)
        if isinstance(sign, Ask):
            raise Unusable(asked(sign, name))
        delimiter = sign.value
    return Written(path, encoding, delimiter)


def asked(ask: Ask, file: str) -> Phrase:
    """What has to be told; here one encoding and one delimiter hold for all files, so the option names no file."""
    return Phrase("batch.ask", {"question": ask.question, "option": ask.option.replace(f"{file}=", "")})


def _sample(path: Path) -> bytes:
    """The first part of a file that holds anything beyond ASCII, else its beginning; cut behind a line."""
    first = b""
    with path.open("rb") as file:
        while part := file.read(SAMPLE):
            part += file.readline(SAMPLE)
            first = first or part
            if not part.isascii() or 0 in part:
                return part
    return first


def text_tables(source: Written, headers: Headers) -> Iterator[Table]:
    """The rows below the header, block by block. Raises `Unusable` if there is no header that is recognised."""
    size = max(1, source.path.stat().st_size)
    layout: Layout | None = None
    odd: set[str] = set()
    for line, octets, share in _cut(_octets(source, size)):
        begins, rest = line, octets
        if layout is None:
            header, begins, rest = header_in(octets, source, headers, line)
            layout = headers.layout(header)
        yield _table(layout, begins, rest, source.delimiter, share, odd)


def tables_below(parts: Iterable[bytes], layout: Layout, line: int, delimiter: str) -> Iterator[Table]:
    """Rows, in UTF-8 with plain line ends, of which the header is known; the first begins on `line`."""
    odd: set[str] = set()
    for begins, octets, share in _cut((octets, 0.0) for octets in parts):
        yield _table(layout, line - 1 + begins, octets, delimiter, share, odd)


def _octets(source: Written, size: int) -> Iterator[tuple[bytes, float]]:
    """The file as UTF-8 with plain line ends, and how much of it has been read."""
    plain = source.encoding in ("utf-8", "utf-8-sig")
    decoder = codecs.getincrementaldecoder(source.encoding)(errors="replace")
    first, held = True, b""
    with source.path.open("rb") as file:
        while part := file.read(BLOCK):
            share = min(1.0, file.tell() / size)
            octets = part if plain else decoder.decode(part).encode()
            if first:
                octets, first = octets.removeprefix(b"\xef\xbb\xbf"), False
            octets = held + octets
            held = b"\r" if octets.endswith(b"\r") else b""
            octets = octets[: len(octets) - len(held)]
            if b"\r" in octets:
                octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield octets, share
    rest = held.replace(b"\r", b"\n") + (b"" if plain else decoder.decode(b"", final=True).encode())
    yield rest, 1.0


def _cut(parts: Iterable[tuple[bytes, float]]) -> Iterator[tuple[int, bytes, float]]:
    """Blocks that end where a record ends, each with the line on which it begins."""
    line, held, share = 1, b"", 0.0
    for part, share in parts:
        held += part
        end = _end(held)
        if end:
            yield line, held[:end], share
            line += held.count(b"\n", 0, end)
            held = held[end:]
    if held:
        yield line, held if held.endswith(b"\n") else held + b"\n", share


def _end(octets: bytes) -> int:
    """Behind the last record that is surely whole; 0 if none is."""
    last = octets.rfind(b"\n") + 1
    if octets.count(b'"', 0, last) % 2 == 0:
        return last
    for _ in range(MOST_LINES_OF_A_RECORD):
        last = octets.rfind(b"\n", 0, max(0, last - 1)) + 1
        if octets.count(b'"', 0, last) % 2 == 0:
            return last
    return last  # a quotation mark that is never closed; `records` goes on behind its line


def header_in(octets: bytes, source: Written, headers: Headers, line: int = 1) -> tuple[Header, int, bytes]:
    """The first record that names columns, and the block from the line below it. Raises `Unusable`."""
    text = octets.decode(errors="replace")
    for count, (number, record) in enumerate(records(text)):
        if count == LONGEST_HEAD:
            break
        cells = None if record is None else cells_of(record, source.delimiter)
        names = tuple(" ".join(cell.split()) for cell in cells or ())
        if record is not None and headers.recognises(names):
            below = number + record.count("\n")
            rest = text.split("\n", below)[below] if text.count("\n") >= below else ""
            return Header(source.path.name, line + number - 1, names), line + below, rest.encode()
    raise Unusable(Phrase("batch.no_header", {"file": source.path.name}))


def _table(layout: Layout, line: int, octets: bytes, delimiter: str, share: float, odd: set[str]) -> Table:
    header = layout.header
    width = len(header.names)
    refused: list[Refusal] = []
    found = _records(octets, delimiter)
    swallowed = found is not None and bool(((found.widths != width) & (found.height > 1)).any())
    if found is None or swallowed:  # a stray mark may hold lines that are sound
        lines, octets, refused = _one_by_one(header, line, octets, delimiter)
    else:
        empty = found.ends - found.starts == found.widths - 1  # nothing but delimiters
        for place in np.flatnonzero((found.widths != width) & ~empty):
            text = octets[found.starts[place] : found.ends[place]].decode(errors="replace")
            if text.strip():
                refused.append(_too_wide(header, int(line + found.above[place]), text, int(found.widths[place])))
        good = (found.widths == width) & ~empty
        lines = line + found.above[good]
        if not good.all():
            pieces = zip(found.starts[good], found.ends[good], strict=True)
            octets = b"".join(octets[start : end + 1] for start, end in pieces)
    return Table(header, lines, _cells(octets, layout, delimiter, odd), share, tuple(refused))


def _too_wide(header: Header, line: int, text: str, width: int) -> Refusal:
    why = Phrase("import.row_width", {"found": width, "width": len(header.names)})
    return Refusal(header.file, line, "", quoted(text), why)


@dataclass(frozen=True)
class Records:
    """Where each record begins and ends, the lines above it in its block, its lines and its cells."""

    starts: Lines
    ends: Lines
    above: Lines
    height: Lines
    widths: Lines


def _records(octets: bytes, delimiter: str) -> Records | None:
    """The records of a block; None if quotation marks are misplaced."""
    data: Octets = np.frombuffer(octets, dtype=np.uint8)
    newlines = data == NEWLINE
    separators = data == ord(delimiter)
    lines = None
    if QUOTE in octets:
        quotes = data == QUOTE
        inside = (np.cumsum(quotes, dtype=np.int32) & 1).astype(bool)
        if not _well_placed(data, quotes, inside, ord(delimiter)):
            return None
        lines = np.cumsum(newlines)
        newlines = newlines & ~inside
        separators = separators & ~inside
    ends = np.flatnonzero(newlines)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    places = np.flatnonzero(separators)
    widths = np.searchsorted(places, ends) - np.searchsorted(places, starts) + 1
    below = np.arange(1, len(ends) + 1) if lines is None else lines[ends]
    above = np.concatenate([[0], below[:-1]]) if len(ends) else ends
    return Records(starts, ends, above, below - above, widths)


def _well_placed(data: Octets, quotes: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_], delimiter: int) -> bool:
    """Whether every quotation mark opens or closes a cell, or stands doubled within one."""
    places = np.flatnonzero(quotes)
    if inside[-1]:
        return False
    opens = inside[places]
    before = np.where(places == 0, NEWLINE, data[np.maximum(places - 1, 0)])
    after = np.where(places == len(data) - 1, NEWLINE, data[np.minimum(places + 1, len(data) - 1)])
    beside = np.where(opens, before, after)
    return bool(np.isin(beside, (delimiter, NEWLINE, QUOTE)).all())


def _one_by_one(header: Header, line: int, octets: bytes, delimiter: str) -> tuple[Lines, bytes, list[Refusal]]:
    """The records that can be read, written anew, and why the others cannot.

    A line of which the quotation marks lead nowhere is refused alone: what follows it may be sound.
    """
    lines = octets.decode(errors="replace").removesuffix("\n").split("\n")
    kept: list[int] = []
    refused: list[Refusal] = []
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    place = 0
    while place < len(lines):
        end, cells = _record(lines, place, len(header.names), delimiter)
        if cells is not None:
            kept.append(line + place)
            writer.writerow(cells)
        elif lines[place].replace(delimiter, "").strip():
            refused.append(_unreadable(header, line + place, lines[place], delimiter))
        place = end
    return np.array(kept, dtype=np.int64), buffer.getvalue().encode(), refused


def _record(lines: list[str], place: int, width: int, delimiter: str) -> tuple[int, list[str] | None]:
    """The cells of the record that begins here, None if it has none of this width, and the place of the next."""
    last = min(len(lines), place + MOST_LINES_OF_A_RECORD)
    marks = 0
    for end in range(place, last):
        marks += lines[end].count('"')
        if marks % 2 == 0:
            cells = cells_of("\n".join(lines[place : end + 1]), delimiter)
            if cells is not None and len(cells) == width and any(cell.strip() for cell in cells):
                return end + 1, cells
            break
    return place + 1, None


def _unreadable(header: Header, line: int, text: str, delimiter: str) -> Refusal:
    cells = cells_of(text, delimiter)
    if text.count('"') % 2:
        why = Phrase("import.quote_open")
    elif cells is None:
        why = Phrase("import.quote_misplaced")
    else:
        return _too_wide(header, line, text, len(cells))
    return Refusal(header.file, line, "", quoted(text), why)


def _cells(octets: bytes, layout: Layout, delimiter: str, odd: set[str]) -> pl.DataFrame:
    """The cells of the columns that mean something; as numbers where every cell of a fact that is a number is one.

    `odd`: columns of numbers in which something else was met; those met now are added.
    """
    names = [str(place) for place in range(len(layout.header.names))]
    wanted = sorted(layout.columns)
    texts = dict.fromkeys((names[place] for place in wanted), pl.String())
    if not octets:
        return pl.DataFrame(schema=texts)
    numbers = {names[place]: pl.Float64() for place in wanted if layout.is_number(place) and names[place] not in odd}

    def read(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        return pl.read_csv(
            octets,
            has_header=False,
            schema={name: schema.get(name, pl.String()) for name in names},
            columns=wanted,
            separator=delimiter,
            encoding="utf8-lossy",
        )

    try:
        return read(numbers)
    except pl.exceptions.PolarsError:
        cells = read({})
    found = cells.select(pl.col(list(numbers)).cast(pl.Float64, strict=False))
    odd.update(name for name in numbers if found[name].null_count() > cells[name].null_count())
    return cells.with_columns(found.get_column(name) for name in numbers if name not in odd)
