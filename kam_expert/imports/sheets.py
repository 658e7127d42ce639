"""Files to sheets: text files and workbooks as rows of cells, each with its line; damaged rows are set aside."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from kam_expert.imports.detecting import DELIMITERS, cells_of, delimiter_of, encoding_of, records
from kam_expert.imports.findings import Ask, CannotImport, Decided, Notice, Reject
from kam_expert.problems import Phrase
from kam_expert.rulebook.characters import fit, unfit

Cell = str | int | float | bool | date | None
LARGEST_IMPORT = 2_000_000_000  # bytes; a file is read as a whole
LONGEST_FOUND = 60  # characters of a cell that are quoted
READ_REASONS = {
    errno.ENOENT: "import.reason.no_file",
    errno.EACCES: "import.reason.not_allowed",
    errno.EISDIR: "import.reason.folder",
}
WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xlsb and ods; xls


@dataclass(frozen=True)
class Row:
    """The cells of one record and the line (in a workbook: the row) on which it begins."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """One table as it lies in a file, still without meaning. `file`: its name, with the sheet in a workbook."""

    file: str
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What the user says about how files and columns are written, each by the name of the file or column."""

    encodings: Mapping[str, str] = field(default_factory=dict)
    delimiters: Mapping[str, str] = field(default_factory=dict)
    date_formats: Mapping[str, str] = field(default_factory=dict)
    decimals: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)


def read_sheets(path: Path, stated: Stated) -> tuple[Sheet, ...]:
    """The sheets of a file that hold anything. Raises `CannotImport`."""
    try:
        if path.stat().st_size > LARGEST_IMPORT:
            raise CannotImport((Phrase("import.too_large", {"file": path.name}),))
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        key = READ_REASONS.get(getattr(error, "errno", None) or 0)
        reason = (getattr(error, "strerror", None) or str(error)) if key is None else Phrase(key)
        raise CannotImport((Phrase("import.unreadable", {"file": str(path), "reason": reason}),)) from None
    sheets = _workbook(path) if data.startswith(WORKBOOK_MARKS) else (_text(data, path.name, stated),)
    found = tuple(_sound(sheet) for sheet in sheets if sheet.rows)
    if not found:
        raise CannotImport((Phrase("import.empty", {"file": path.name}),))
    return found


def _text(data: bytes, file: str, stated: Stated) -> Sheet:
    if not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        raise CannotImport((Phrase("import.empty", {"file": file}),))
    encoding: Decided[str] | Ask | None
    if file in stated.encodings:
        encoding = Decided(stated.encodings[file], Phrase("import.stated"))
    else:
        encoding = encoding_of(data, file)
    if encoding is None:
        raise CannotImport((Phrase("import.not_text", {"file": file}),))
    if isinstance(encoding, Ask):
        raise CannotImport(asks=(encoding,))
    text = data.decode(encoding.value, errors="replace").removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter: Decided[str] | Ask = Decided(first.strip()[4], Phrase("import.delimiter_line"))
        text = "\n" + rest
    elif file in stated.delimiters:
        delimiter = Decided(stated.delimiters[file], Phrase("import.stated"))
    else:
        delimiter = delimiter_of(text, file)
    if isinstance(delimiter, Ask):
        raise CannotImport(asks=(delimiter,))
    rows, rejects = _records(text, delimiter.value, file)
    name = next((name for name, sign in DELIMITERS.items() if sign == delimiter.value), None)
    parameters = {
        "encoding": encoding.value.removesuffix("-sig").upper(),
        "encoding_because": encoding.because,
        "delimiter": delimiter.value if name is None else Phrase(f"import.delimiter.{name}"),
        "delimiter_because": delimiter.because,
    }
    notices = (Notice(file, "", Phrase("import.written_as", parameters)),)
    return Sheet(file, tuple(rows), tuple(rejects), notices)


def _records(text: str, delimiter: str, file: str) -> tuple[list[Row], list[Reject]]:
    rows: list[Row] = []
    rejects: list[Reject] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, record in records(text):
        if record is not None and not record.strip():
            continue
        cells = None if record is None else cells_of(record, delimiter)
        if cells is None:
            why = "import.quote_open" if record is None else "import.quote_misplaced"
            rejects.append(Reject(file, line, "", quoted(lines[line - 1]), Phrase(why)))
        elif any(cell.strip() for cell in cells):
            rows.append(Row(line, tuple(cells)))
    return rows, rejects


def _sound(sheet: Sheet) -> Sheet:
    """The sheet without the characters that no document can hold, which other programs leave in texts."""
    bad = {n for n, row in enumerate(sheet.rows) if any(isinstance(c, str) and unfit(c) for c in row.cells)}
    if not bad:
        return sheet
    rows = tuple(
        Row(row.line, tuple(fit(cell) if isinstance(cell, str) else cell for cell in row.cells)) if n in bad else row
        for n, row in enumerate(sheet.rows)
    )
    notice = Notice(sheet.file, "", Phrase("import.characters_left_out", {"rows": len(bad)}))
    return replace(sheet, rows=rows, notices=(*sheet.notices, notice))


def _workbook(path: Path) -> tuple[Sheet, ...]:
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
            return tuple(
                _sheet(workbook.get_sheet_by_name(name), path.name if len(names) == 1 else f"{path.name}#{name}")
                for name in names
            )
    except Exception:
        raise CannotImport((Phrase("import.workbook_damaged", {"file": path.name}),)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader gives up on some damaged files
            raise
        raise CannotImport((Phrase("import.workbook_damaged", {"file": path.name}),)) from None


def _sheet(sheet: python_calamine.CalamineSheet, file: str) -> Sheet:
    rows = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        plain = tuple(_cell(cell) for cell in cells)
        if any(cell not in (None, "") for cell in plain):
            rows.append(Row(number, plain))
    return Sheet(file, tuple(rows))


def _cell(value: float | str | bool | time | date | datetime | timedelta) -> Cell:
    match value:
        case datetime():
            return value.date()
        case time() | timedelta():
            return str(value)
        case float():
            return int(value) if value.is_integer() else value
        case _:
            return value


def quoted(value: object) -> str:
    """A cell as it is quoted in a message: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 3] + "..."
