"""How a text file is written: encoding and delimiter, each decided with evidence or left for the user to say."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from kam_expert.imports.findings import Ask, Decided
from kam_expert.problems import Phrase

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252")

SAMPLE_RECORDS = 200  # a delimiter shows in the first of them
MOST_LINES_OF_A_RECORD = 100  # a quoted address has a few lines; what is longer is a quotation mark never closed
CLEAR_SHARE = 0.9  # of the bytes or records, before one way of reading them is taken for the right one
LOWEST_PAIR = 0xA1  # both bytes of a common Chinese character in GB 2312 and its successors lie from here up

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def encoding_of(data: bytes, file: str) -> Decided[str] | Ask | None:
    """The encoding of a text file; None if it holds no text."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decided(name, Phrase("import.encoding_mark", {"encoding": name.removesuffix("-sig").upper()}))
    zeros = data.count(0)
    if zeros:
        return _wide(data, zeros)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _older(data, file)
    because = "import.encoding_ascii" if data.isascii() else "import.encoding_utf8"
    return Decided("utf-8", Phrase(because))


def _wide(data: bytes, zeros: int) -> Decided[str] | None:
    """UTF-16 without a mark: nearly all zero bytes stand on one side of the pairs."""
    for name, share in (("utf-16-le", data[1::2].count(0) / zeros), ("utf-16-be", data[::2].count(0) / zeros)):
        if share >= CLEAR_SHARE and zeros >= len(data) / 8:
            return Decided(name, Phrase("import.encoding_zeros", {"encoding": name.upper()}))
    return None


def _older(data: bytes, file: str) -> Decided[str] | Ask:
    """Damaged UTF-8, GB 18030, or a Western single-byte encoding: told apart by how bytes from 128 up neighbour."""
    sound, damaged = _utf8_sequences(data)
    if sound and sound / (sound + damaged) >= CLEAR_SHARE:
        return Decided("utf-8", Phrase("import.encoding_damaged", {"count": damaged}), doubtful=True)
    pairs, alone = _neighbours(data)
    known = {"pairs": pairs, "alone": alone}
    share = pairs / (pairs + alone)
    if share >= CLEAR_SHARE:
        return Decided("gb18030", Phrase("import.encoding_pairs", known))
    if share <= 1 - CLEAR_SHARE:
        return Decided("cp1252", Phrase("import.encoding_alone", known), doubtful=True)
    return Ask(Phrase("import.ask_encoding", {"file": file, **known}), f"--encoding {file}=gb18030|cp1252|utf-8")


def _utf8_sequences(data: bytes) -> tuple[int, int]:
    """Characters beyond ASCII that are sound UTF-8, and places that are not."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    return sum(1 for character in text if character > "\x7f") - damaged, damaged


def _neighbours(data: bytes) -> tuple[int, int]:
    """Bytes from 161 up in pairs, as Chinese text has them, and single ones among ASCII, as Western text has them."""
    pairs = alone = index = 0
    while index < len(data):
        if data[index] < 0x80:
            index += 1
        elif data[index] >= LOWEST_PAIR and index + 1 < len(data) and data[index + 1] >= LOWEST_PAIR:
            pairs += 1
            index += 2
        else:
            alone += 1
            index += 1
    return pairs, alone


def records(text: str) -> Iterator[tuple[int, str | None]]:
    """Each record with the line on which it begins; a quoted cell may hold line ends.

    None stands for a line with a quotation mark that is never closed; reading goes on with the line after it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    index = 0
    while index < len(lines):
        if lines[index].count('"') % 2 == 0:
            yield index + 1, lines[index]
            index += 1
            continue
        end = index + 1
        while end < min(len(lines), index + MOST_LINES_OF_A_RECORD) and lines[end].count('"') % 2 == 0:
            end += 1
        if end < min(len(lines), index + MOST_LINES_OF_A_RECORD):
            yield index + 1, "\n".join(lines[index : end + 1])
            index = end + 1
        else:
            yield index + 1, None
            index += 1


def cells_of(record: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None if its quotation marks are misplaced."""
    try:
        return next(csv.reader([record], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def delimiter_of(text: str, file: str) -> Decided[str] | Ask:
    """What separates the cells: the sign that gives most records one and the same number of cells."""
    sample: list[str] = []
    for _, record in records(text):
        if record is not None and record.strip():
            sample.append(record)
        if len(sample) == SAMPLE_RECORDS:
            break
    found: list[tuple[float, int, str]] = []
    for name, sign in DELIMITERS.items():
        widths = Counter(len(cells_of(record, sign) or ()) for record in sample)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        if width > 1:
            found.append((count / len(sample), width, name))
    if not found:
        return Decided(",", Phrase("import.delimiter_none"))
    found.sort(reverse=True)
    share, width, name = found[0]
    rivals = [each for each in found[1:] if each[0] >= CLEAR_SHARE]
    evidence = {"width": width, "share": round(100 * share)}
    if rivals and share >= CLEAR_SHARE and rivals[0][1] >= width / 2:
        return Ask(Phrase("import.ask_delimiter", {"file": file}), f"--delimiter {file}={name}|{rivals[0][2]}")
    return Decided(DELIMITERS[name], Phrase("import.delimiter_found", evidence), doubtful=share < CLEAR_SHARE)
