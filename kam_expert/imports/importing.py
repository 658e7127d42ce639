"""The whole import as one value: files, mapping and overlay in; cases, rejects and everything there is to say out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kam_expert.imports.case_files import CaseBuilder, ImportedCase
from kam_expert.imports.deriving import Figures
from kam_expert.imports.entries import Mapping
from kam_expert.imports.findings import Ask, CannotImport, Reject
from kam_expert.imports.joining import Joined, join
from kam_expert.imports.mapping import Model, header_key, load_mapping, mappings
from kam_expert.imports.overlay import HandWritten
from kam_expert.imports.sheets import Sheet, Stated, read_sheets
from kam_expert.imports.tables import DEEPEST_HEADER, Gathered, Reader, recognised
from kam_expert.problems import Phrase
from kam_expert.wording import Wording

MOST_HEADERS_SHOWN = 12


@dataclass(frozen=True)
class Wish:
    """What the user asks for besides the files."""

    stated: Stated
    as_of: date | None
    today: date
    roll_up: bool | None
    profile: str | None
    currency: str | None


@dataclass(frozen=True)
class Imported:
    """The result. `files`: each sheet with the table it was read as, None if it was left out."""

    mapping: Mapping
    model: Model
    files: tuple[tuple[str, str | None, int], ...]
    found: Gathered
    joined: Joined
    figures: Figures
    cases: tuple[ImportedCase, ...]
    builder: CaseBuilder
    rejects: tuple[Reject, ...]

    def comment(self, imported: ImportedCase) -> str:
        return self.builder.comment(imported, [file for file, table, _ in self.files if table is not None])


def read_all(paths: Sequence[Path], stated: Stated) -> tuple[tuple[Path, tuple[Sheet, ...]], ...]:
    """The sheets of each file. Raises `CannotImport` with what is wrong with any of them."""
    sheets: list[tuple[Path, tuple[Sheet, ...]]] = []
    reasons: list[Phrase] = []
    asks: list[Ask] = []
    for path in paths:
        try:
            sheets.append((path, read_sheets(path, stated)))
        except CannotImport as cannot:
            reasons += cannot.reasons
            asks += cannot.asks
    if reasons or asks:
        raise CannotImport(tuple(reasons), tuple(asks))
    return tuple(sheets)


def chosen_mapping(sheets: Sequence[Sheet], model: Model, stated: Stated, root: Path | None) -> Mapping:
    """The shipped mapping that knows most of the headers. Raises `CannotImport` if two do, or none."""
    scored: list[tuple[int, int, Mapping]] = []
    for name in mappings(root):
        mapping = load_mapping(name, model, root)
        placed = [recognised(sheet, mapping, model, stated) for sheet in sheets]
        fitting = sum(1 for each in placed if each is not None)
        known = {header_key(alias) for table in mapping.tables.values() for alias in table.ignored}
        columns = sum(
            len(each.columns) + sum(1 for cell in each.header.cells if header_key(str(cell)) in known)
            for each in placed
            if each is not None and not isinstance(each, Ask)
        )
        if fitting and all(each is not None or "#" in sheet.file for sheet, each in zip(sheets, placed, strict=True)):
            scored.append((fitting, columns, mapping))
    scored.sort(key=lambda each: each[:2], reverse=True)
    if not scored:
        files = ", ".join(sheet.file for sheet in sheets)
        raise CannotImport((Phrase("import.no_mapping", {"allowed": ", ".join(mappings(root)), "files": files}),))
    best = [each[2] for each in scored if each[:2] == scored[0][:2]]
    if len(best) > 1:
        names = "|".join(mapping.mapping for mapping in best)
        raise CannotImport(asks=(Ask(Phrase("import.ask_mapping"), f"--mapping {names}"),))
    return best[0]


def import_accounts(
    sheets: Sequence[Sheet],
    mapping: Mapping,
    model: Model,
    wish: Wish,
    words: Wording,
    overlay: Sequence[HandWritten] = (),
) -> Imported:
    """Everything, from sheets to cases. Raises `CannotImport` if the files leave a question open."""
    reader = Reader(mapping, model, wish.stated)
    files: list[tuple[str, str | None, int]] = []
    reasons: list[Phrase] = []
    workbooks = {sheet.file.partition("#")[0] for sheet in sheets if "#" in sheet.file}
    for sheet in sheets:
        placed = recognised(sheet, mapping, model, wish.stated)
        if isinstance(placed, Ask):
            reader.asks.append(placed)
        elif placed is not None:
            reader.read(placed)
            files.append((sheet.file, placed.table, sum(row.line > placed.header.line for row in sheet.rows)))
        elif sheet.file.partition("#")[0] in workbooks:
            files.append((sheet.file, None, len(sheet.rows)))
        else:
            reasons.append(_no_table(sheet, mapping))
    if not any(table for _, table, _ in files) and not reasons and not reader.asks:
        reasons += [_no_table(sheet, mapping) for sheet in sheets]
    if reasons:
        raise CannotImport(tuple(reasons), tuple(reader.asks))
    _unheard(wish.stated, reader)
    found = reader.finish()
    roll_up = mapping.roll_up if wish.roll_up is None else wish.roll_up
    joined = join(found, model, roll_up=roll_up)
    figures = Figures(joined, model, wish.as_of, wish.today)
    profile = wish.profile or mapping.profile
    currency = wish.currency or mapping.currency or model.book.currency
    builder = CaseBuilder(joined, figures, model, mapping, words, profile, currency)
    cases = builder.cases(overlay)
    rejects = (*found.rejects, *joined.rejects, *builder.rejects)
    return Imported(mapping, model, tuple(files), found, joined, figures, cases, builder, rejects)


def _no_table(sheet: Sheet, mapping: Mapping) -> Phrase:
    """Why a file cannot be used: what its headers are, and what the mapping looks for."""
    first = max(sheet.rows[:DEEPEST_HEADER], key=lambda row: sum(cell not in (None, "") for cell in row.cells))
    headers = [str(cell).strip() for cell in first.cells if cell not in (None, "")][:MOST_HEADERS_SHOWN]
    parameters = {"file": sheet.file, "headers": ", ".join(headers)}
    return Phrase("import.no_table", {**parameters, "mapping": mapping.mapping, "tables": ", ".join(mapping.tables)})


def _unheard(stated: Stated, reader: Reader) -> None:
    """An option for a column that no file has would go unheard: say so."""
    known = {use.column for use in reader.found.columns}
    named = [*stated.date_formats, *stated.decimals, *stated.scales]
    missing = [Phrase("import.option_unheard", {"column": name}) for name in named if name not in known]
    if missing:
        raise CannotImport(tuple(missing))


def rejects_table(rejects: Sequence[Reject], words: Wording, said: Callable[[Phrase], str]) -> str:
    """The rejects as a CSV file that Excel opens."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([words.say(f"import.reject.{name}") for name in ("file", "line", "column", "found", "why")])
    for each in rejects:
        writer.writerow(
            [_harmless(each.file), each.line, _harmless(each.column), _harmless(each.found), said(each.why)]
        )
    return "\ufeff" + buffer.getvalue()


def _harmless(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
