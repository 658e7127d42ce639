"""Sheets to tables: which table of the model a sheet is, which column holds which field, and what each cell says."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from kam_expert.imports.entries import ColumnOf, FieldShape, ImportWords, Mapping
from kam_expert.imports.findings import Ask, CannotImport, Notice, Reject
from kam_expert.imports.forms import ORDERS, SIGNS, Order, Sign, figure_of, order_of, sign_of, value_of, ways_of
from kam_expert.imports.mapping import Model, header_key, header_scale
from kam_expert.imports.sheets import Cell, Row, Sheet, Stated, quoted
from kam_expert.problems import Phrase, nearest

DEEPEST_HEADER = 20  # rows of a sheet in which its header may stand
MOST_EXAMPLES = 5

Use = Literal["mapped", "ignored", "unmapped", "twice", "doubtful"]
Read = str | float | date | None


@dataclass(frozen=True)
class ColumnUse:
    """What became of one column. `field`: what it holds; `says`: evidence, or what to look at."""

    file: str
    table: str
    column: str
    use: Use
    field: str | None = None
    says: tuple[Phrase, ...] = ()


@dataclass
class Record:
    """One row with a meaning: its values by field; dates are days since year 1, as numbers. `account`: its key."""

    file: str
    line: int
    values: dict[str, str | float | bool]
    account: int | None = None


@dataclass(frozen=True)
class Table:
    """All records of one kind, and the fields for which there is a column."""

    name: str
    records: list[Record]
    fields: frozenset[str]
    files: tuple[str, ...]


@dataclass
class Gathered:
    """What reading the sheets has found so far."""

    tables: dict[str, Table] = field(default_factory=dict)
    columns: list[ColumnUse] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """A sheet as a table: the row of its header, and the columns of each field; a later one fills gaps of the former.

    `also`: the other tables that the same rows hold.
    """

    sheet: Sheet
    table: str
    header: Row
    columns: dict[str, tuple[int, ...]]
    also: tuple[Placed, ...] = ()

    @property
    def positions(self) -> frozenset[int]:
        """The columns that are used, also by the other tables of the same rows."""
        own = {position for positions in self.columns.values() for position in positions}
        return frozenset(own).union(*(other.positions for other in self.also))


def recognised(sheet: Sheet, mapping: Mapping, model: Model, stated: Stated) -> Placed | Ask | None:
    """The table of the mapping that a sheet holds, by its headers; None if there is none."""
    wanted = stated.tables.get(sheet.file)
    best: list[tuple[int, int, Placed]] = []
    for order, table in enumerate(mapping.tables):
        if wanted not in (None, table):
            continue
        found = _header(sheet, table, mapping, model)
        if found is not None:
            best.append((len(found.columns), -order, found))
    below = {other for _, _, placed in best for other in mapping.tables[placed.table].also}
    best = [each for each in best if each[2].table not in below] or best
    best.sort(key=lambda each: each[:2], reverse=True)
    if not best:
        return None
    if len(best) > 1 and best[0][0] == best[1][0]:
        names = "|".join(each[2].table for each in best if each[0] == best[0][0])
        return Ask(Phrase("import.ask_table", {"file": sheet.file}), f"--table {sheet.file}={names}")
    found = best[0][2]
    others = (_header(sheet, other, mapping, model) for other in mapping.tables[found.table].also)
    return replace(found, also=tuple(other for other in others if other is not None))


def _header(sheet: Sheet, table: str, mapping: Mapping, model: Model) -> Placed | None:
    """The row with most headers of a table; it must have those that the table cannot do without."""
    aliases = {
        field: [header_key(name) for name in column.names] for field, column in mapping.tables[table].columns.items()
    }
    best: Placed | None = None
    for row in sheet.rows[:DEEPEST_HEADER]:
        keys = [header_key(str(cell)) if cell is not None else "" for cell in row.cells]
        columns: dict[str, tuple[int, ...]] = {}
        for name, wanted in aliases.items():
            positions = tuple(keys.index(alias) for alias in dict.fromkeys(wanted) if alias in keys)
            if positions:
                columns[name] = positions
        needs = model.entry.tables[table].needs
        if all(any(name in columns for name in group) for group in needs) and (
            best is None or len(columns) > len(best.columns)
        ):
            best = Placed(sheet, table, row, columns)
    return best


class Reader:
    """Reads placed sheets; what is open is collected so that the user is asked once."""

    def __init__(self, mapping: Mapping, model: Model, stated: Stated) -> None:
        self.mapping = mapping
        self.model = model
        self.stated = stated
        self.words = model.words
        self.found = Gathered()
        self.asks: list[Ask] = []
        self.scales = number_words(model.words)
        self.empty = {each.casefold() for each in model.words.empty}

    def finish(self) -> Gathered:
        """What was found. Raises `CannotImport` with everything that was left open."""
        if self.asks:
            raise CannotImport(asks=tuple(self.asks))
        return self.found

    def read(self, placed: Placed) -> None:
        """Add the records of one sheet to its table, and to those that the same rows hold."""
        self.found.rejects += placed.sheet.rejects
        self.found.notices += placed.sheet.notices
        rows = list(self.body(placed))
        self.unused(placed)
        for each in (placed, *placed.also):
            self.table(each, rows)

    def table(self, placed: Placed, rows: list[Row]) -> None:
        """Add rows to one table."""
        sheet = placed.sheet
        records = [Record(sheet.file, row.line, {}) for row in rows]
        for name, positions in placed.columns.items():
            column = self.mapping.tables[placed.table].columns[name]
            shape = self.model.field(placed.table, name)
            for position in positions:
                header = str(placed.header.cells[position]).strip()
                cells = [row.cells[position] for row in rows]
                self.column(placed, records, cells, name, shape, column, header)
        kept = self.once(records, placed)
        known = self.found.tables.get(placed.table, Table(placed.table, [], frozenset(), ()))
        self.found.tables[placed.table] = Table(
            placed.table, [*known.records, *kept], known.fields | {*placed.columns}, (*known.files, sheet.file)
        )

    def body(self, placed: Placed) -> Iterator[Row]:
        """The rows below the header that are as wide as it; sums at the end of a report are set aside."""
        sheet, width = placed.sheet, len(placed.header.cells)
        while width and placed.header.cells[width - 1] in (None, ""):
            width -= 1
        totals = tuple(each.casefold() for each in self.words.totals)
        above = [row.line for row in sheet.rows if row.line < placed.header.line]
        if above:
            self.found.notices.append(Notice(sheet.file, "", Phrase("import.above_header", {"rows": len(above)})))
        for row in sheet.rows:
            if row.line <= placed.header.line:
                continue
            first = next((str(cell).strip() for cell in row.cells if cell not in (None, "")), "")
            if unicodedata.normalize("NFKC", first).casefold().startswith(totals):
                parameters = {"line": str(row.line), "found": quoted(first)}
                self.found.notices.append(Notice(sheet.file, "", Phrase("import.total_row", parameters)))
                continue
            surplus = [cell for cell in row.cells[width:] if cell not in (None, "")]
            if len(row.cells) < width or surplus:
                why = Phrase("import.row_width", {"found": len(row.cells), "width": width})
                found = quoted(" | ".join("" if cell is None else str(cell) for cell in row.cells))
                self.found.rejects.append(Reject(sheet.file, row.line, "", found, why))
                continue
            yield row

    def unused(self, placed: Placed) -> None:
        """Say of each column without a field whether it is left out on purpose, and what it is near to."""
        mapped = self.mapping.tables[placed.table]
        ignored = {header_key(each) for each in mapped.ignored}
        names = {header_key(name): field for field, column in mapped.columns.items() for name in column.names}
        used = placed.positions
        for position, cell in enumerate(placed.header.cells):
            header = "" if cell is None else str(cell).strip()
            if position in used or not header:
                continue
            key = header_key(header)
            if key in ignored:
                self.say(placed, header, "ignored")
            elif key in names:
                self.say(placed, header, "twice", names[key], Phrase("import.header_twice"))
            else:
                near = nearest(key, names)
                hint = () if near is None else (Phrase("import.header_near", {"field": names[near]}),)
                self.say(placed, header, "unmapped", None, *hint)

    def say(self, placed: Placed, header: str, use: Use, field: str | None = None, *says: Phrase) -> None:
        self.found.columns.append(ColumnUse(placed.sheet.file, placed.table, header, use, field, says))

    def once(self, records: list[Record], placed: Placed) -> list[Record]:
        """The records without those whose id was seen before."""
        if "id" not in placed.columns:
            return records
        earlier = self.found.tables.get(placed.table)
        seen = {each.values["id"]: each for each in earlier.records if "id" in each.values} if earlier else {}
        kept = []
        for record in records:
            own = record.values.get("id")
            if own is not None and own in seen:
                first = seen[own]
                why = Phrase("import.id_twice", {"first_file": first.file, "first_line": str(first.line)})
                header = str(placed.header.cells[placed.columns["id"][0]])
                self.found.rejects.append(Reject(record.file, record.line, header, quoted(own), why))
                continue
            if own is not None:
                seen[own] = record
            kept.append(record)
        return kept

    # one column

    def column(
        self,
        placed: Placed,
        records: list[Record],
        cells: list[Cell],
        name: str,
        shape: FieldShape,
        column: ColumnOf,
        header: str,
    ) -> None:
        file = placed.sheet.file
        filled = [(record, cell) for record, cell in zip(records, cells, strict=True) if not self.blank(cell)]
        says: list[Phrase] = []
        read: Sequence[str | float | Phrase | None]
        match shape.type:
            case "date":
                read = self.dates(filled, column, header, file, says)
            case "number":
                read = self.numbers(filled, shape, column, header, file, says)
            case "choice":
                read = self.choices(filled, shape, column, header, says)
            case _:
                read = self.texts(filled, header)
        bad = 0
        for (record, cell), value in zip(filled, read, strict=True):
            if isinstance(value, Phrase):
                bad += 1
                self.found.rejects.append(Reject(record.file, record.line, header, quoted(cell), value))
            elif value is not None:
                record.values.setdefault(name, value)
        if bad:
            says.append(Phrase("import.cells_bad", {"count": bad, "rows": len(filled)}))
        if not filled:
            says.append(Phrase("import.column_empty"))
        doubtful = bad or any(each.key in DOUBTS for each in says)
        use: Use = "doubtful" if doubtful else "mapped"
        self.say(placed, header, use, name, *says)

    def blank(self, cell: Cell) -> bool:
        return cell is None or (
            isinstance(cell, str) and unicodedata.normalize("NFKC", cell).strip().casefold() in self.empty
        )

    def texts(self, filled: list[tuple[Record, Cell]], header: str) -> list[str | Phrase]:
        return [
            Phrase("import.character_damaged") if "\ufffd" in str(cell) else " ".join(str(cell).split())
            for _, cell in filled
        ]

    def dates(
        self, filled: list[tuple[Record, Cell]], column: ColumnOf, header: str, file: str, says: list[Phrase]
    ) -> list[float | Phrase]:
        ways = {str(cell): ways_of(str(cell), self.words.months) for _, cell in filled if not isinstance(cell, date)}
        stated = self.stated.date_formats.get(header) or column.date_format
        order: Order | None = None
        if stated in ORDERS:
            order = next(each for each in ORDERS if each == stated)
            says.append(Phrase("import.date_stated", {"order": Phrase(f"import.order.{order}")}))
        else:
            texts = [ways[str(cell)] for _, cell in filled if not isinstance(cell, date)]
            decided = order_of(texts, header, file)
            if isinstance(decided, Ask):
                self.asks.append(decided)
            else:
                order = decided.value
                says.append(decided.because)
        read: list[float | Phrase] = []
        for _, cell in filled:
            day = cell if isinstance(cell, date) else ways[str(cell)].read(order)
            read.append(float(day.toordinal()) if day else Phrase("import.not_a_date"))
        return read

    def numbers(
        self,
        filled: list[tuple[Record, Cell]],
        shape: FieldShape,
        column: ColumnOf,
        header: str,
        file: str,
        says: list[Phrase],
    ) -> list[float | Phrase]:
        texts = {str(cell) for _, cell in filled if isinstance(cell, str)}
        figures = {text: figure_of(text, self.scales) for text in texts}
        stated = self.stated.decimals.get(header) or column.decimal
        sign: Sign = "point"
        if stated in SIGNS:
            sign = next(each for each in SIGNS if each == stated)
            says.append(Phrase("import.sign_stated", {"sign": Phrase(f"import.sign.{sign}")}))
        elif texts:
            found = [figures[cell] for _, cell in filled if isinstance(cell, str)]
            decided = sign_of([each for each in found if each is not None], header, file)
            if isinstance(decided, Ask):
                self.asks.append(decided)
            else:
                sign = decided.value
                says.append(decided.because)
        scale = self.stated.scales.get(header, column.scale * header_scale(header, self.words))
        if scale != 1:
            says.append(Phrase("import.scaled", {"scale": scale}))
        read: list[float | Phrase] = []
        low, high = shape.range or (-math.inf, math.inf)
        for _, cell in filled:
            number: float | None = None
            if isinstance(cell, str):
                figure = figures[cell]
                number = None if figure is None else value_of(figure, sign)
            elif isinstance(cell, int | float):
                number = float(cell)
            if number is None or not math.isfinite(number):
                read.append(Phrase("import.not_a_number"))
            elif not low <= number * scale <= high:
                read.append(Phrase("import.out_of_range", {"low": low, "high": high}))
            else:
                read.append(number * scale)
        if header not in self.stated.scales and self.looks_like_shares(shape, read, texts):
            question = {"column": header, "file": file, "example": next((each for each in read if each), 0)}
            self.asks.append(Ask(Phrase("import.ask_scale", question), f"--scale {header}=100|1"))
        return read

    def looks_like_shares(self, shape: FieldShape, read: list[float | Phrase], texts: set[str]) -> bool:
        """Whether a column of per cent holds nothing beyond 1, as when Excel shows 0.23 as 23%."""
        fact = self.model.book.facts.get(shape.fact or "")
        numbers = [each for each in read if isinstance(each, float) and each]
        shown = any("%" in unicodedata.normalize("NFKC", text) for text in texts)
        per_cent = fact is not None and fact.unit == "percent"
        return per_cent and not shown and bool(numbers) and all(abs(each) <= 1 for each in numbers)

    def choices(
        self, filled: list[tuple[Record, Cell]], shape: FieldShape, column: ColumnOf, header: str, says: list[Phrase]
    ) -> list[str | Phrase | None]:
        words = {**shape.words, **column.words}
        inside = shape.inside if column.inside is None else column.inside
        known: dict[str, str | None] = {}
        unknown: dict[str, int] = {}
        read: list[str | Phrase | None] = []
        for _, cell in filled:
            text = str(cell)
            if text not in known:
                known[text] = _choice(text, shape.choices, words, inside=inside)
            if known[text] is None:
                unknown[text] = unknown.get(text, 0) + 1
            skipped = None if inside else Phrase("import.not_a_choice", {"allowed": ", ".join(shape.choices)})
            read.append(known[text] or skipped)
        if unknown and inside:
            examples = ", ".join(f"{quoted(text)} ({count})" for text, count in list(unknown.items())[:MOST_EXAMPLES])
            says.append(Phrase("import.words_unknown", {"count": sum(unknown.values()), "examples": examples}))
        return read


DOUBTS = frozenset({"import.words_unknown", "import.column_empty"})
"""What makes a column doubtful although each of its cells was read."""


def _choice(text: str, choices: tuple[str, ...], words: dict[str, tuple[str, ...]], *, inside: bool) -> str | None:
    """The choice that a text means; of words inside it the longest counts, as in `vice president`."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    found: list[tuple[int, str]] = []
    for choice in choices:
        for word in (choice, *words.get(choice, ())):
            wanted = unicodedata.normalize("NFKC", word).casefold()
            if _has_word(plain, wanted) if inside else plain == wanted:
                found.append((len(wanted), choice))
    return max(found, key=lambda each: each[0])[1] if found else None


def _has_word(text: str, word: str) -> bool:
    """Whether a word begins somewhere in a text; Chinese has no gaps between words."""
    if not word.isascii():
        return word in text
    return f" {word}" in " " + "".join(sign if sign.isalnum() else " " for sign in text)


def number_words(words: ImportWords) -> dict[str, float]:
    """Words beside a number with what they multiply it by."""
    beside: Iterable[str] = (each.lower() for each in words.beside_numbers)
    return {**dict.fromkeys(beside, 1.0), **{word.lower(): float(scale) for word, scale in words.scales.items()}}
