"""A draft of a mapping for files that no mapping knows, with a comment on every guess."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kam_expert.case_text import scalar
from kam_expert.imports.entries import Mapping
from kam_expert.imports.findings import Ask
from kam_expert.imports.forms import figure_of, order_of, sign_of, ways_of
from kam_expert.imports.mapping import ACCOUNTS, Model, header_key
from kam_expert.imports.sheets import Cell, Row, Sheet
from kam_expert.imports.tables import DEEPEST_HEADER, number_words
from kam_expert.wording import Wording, languages, wording

CLOSE = 0.8  # how alike two headers are before one is taken for the other
SAMPLE = 200  # cells of a column that are looked at
SAMPLES_SHOWN = 3


@dataclass(frozen=True)
class Guess:
    """A field for a column, and why it was taken: `same` header as in a mapping, or a `near` one."""

    field: str
    why: str
    known: str


class Suggestion:
    """The draft for some sheets in one language."""

    def __init__(self, model: Model, known: Sequence[Mapping], words: Wording) -> None:
        self.model = model
        self.words = words
        self.scales = number_words(model.words)
        self.aliases: dict[str, dict[str, tuple[str, str]]] = {table: {} for table in model.entry.tables}
        for mapping in known:
            for table, mapped in mapping.tables.items():
                for field, column in mapped.columns.items():
                    for name in column.names:
                        self.aliases[table].setdefault(header_key(name), (field, f"{mapping.mapping}: {name}"))
        for table, shape in model.entry.tables.items():
            for field, each in shape.fields.items():
                for name in (field, each.label.en, each.label.zh):
                    self.aliases[table].setdefault(header_key(name), (field, name))
        for name, fact in model.book.facts.items():
            if fact.type != "table":
                for label in (name, fact.label.en, fact.label.zh):
                    self.aliases[ACCOUNTS].setdefault(header_key(label), (name, label))

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"import.suggest.{key}", **parameters)

    def text(self, name: str, sheets: Sequence[Sheet]) -> str:
        """The draft as a file."""
        lines = [f"# {line}" for line in self.say("head").splitlines()]
        lines += [f"mapping: {name}", f"label: {{en: {name}, zh: {name}}}"]
        lines.append("about:")
        lines += [f"  {each}: {scalar(wording(each).say('import.suggest.about'))}" for each in languages()]
        lines += ["roll_up: false", "tables:"]
        by_table: dict[str, list[tuple[Sheet, Row, dict[int, Guess]]]] = {}
        for sheet in sheets:
            table, header, guesses = self.table(sheet)
            by_table.setdefault(table, []).append((sheet, header, guesses))
        for table, found in by_table.items():
            files = self.words.join([sheet.file for sheet, _, _ in found])
            label = self.model.entry.tables[table].label
            lines += [f"  {table}:  # {self.say('table', label=label, files=files)}", "    columns:"]
            merged: dict[str, list[tuple[str, str]]] = {}
            ignored: list[tuple[str, str]] = []
            for sheet, header, guesses in found:
                for position, cell in enumerate(header.cells):
                    text = str(cell or "").strip()
                    if not text:
                        continue
                    cells = self.sample(sheet, header, position)
                    if position in guesses:
                        guess = guesses[position]
                        merged.setdefault(guess.field, []).append((text, f"{self.why(guess)} {self.looks(cells)}"))
                    else:
                        ignored.append((text, self.looks(cells)))
            for field, columns in merged.items():
                names = ", ".join(_quoted(text) for text, _ in dict(columns).items())
                lines.append(f"      {field}: {{names: [{names}]}}  # {columns[0][1].strip()}")
            for group in self.model.entry.tables[table].needs:
                if not any(each in merged for each in group):
                    lines.append(f"      # {self.say('needs', fields=' / '.join(group))}")
            if ignored:
                lines.append(f"    ignored:  # {self.say('ignored')}")
                lines += [f"      - {_quoted(text)}  # {looks}" for text, looks in ignored]
        return "\n".join(lines) + "\n"

    def table(self, sheet: Sheet) -> tuple[str, Row, dict[int, Guess]]:
        """The table that knows most headers of a sheet, its header row, and the guesses."""
        best: tuple[int, str, Row, dict[int, Guess]] | None = None
        rows = sheet.rows[:DEEPEST_HEADER]
        header = max(rows, key=lambda row: (sum(self.wordy(cell) for cell in row.cells), -row.line))
        for table in self.model.entry.tables:
            guesses = dict(self.guesses(table, header, sheet))
            needs = self.model.entry.tables[table].needs
            fields = {guess.field for guess in guesses.values()}
            met = sum(1 for group in needs if fields & set(group))
            score = len(guesses) + (len(needs) if met == len(needs) else 0)
            if best is None or score > best[0]:
                best = (score, table, header, guesses)
        assert best is not None
        return best[1], best[2], best[3]

    def wordy(self, cell: Cell) -> bool:
        return isinstance(cell, str) and bool(cell.strip()) and figure_of(cell, self.scales) is None

    def guesses(self, table: str, header: Row, sheet: Sheet) -> Iterator[tuple[int, Guess]]:
        aliases = self.aliases[table]
        taken: set[str] = set()
        for exact in (True, False):
            for position, cell in enumerate(header.cells):
                key = header_key(str(cell or ""))
                free = [each for each in aliases if aliases[each][0] not in taken]
                near = [] if exact else difflib.get_close_matches(key, free, n=1, cutoff=CLOSE)
                known = key if exact else next(iter(near), "")
                if key and known in free and self.fits(table, aliases[known][0], sheet, header, position):
                    field, name = aliases[known]
                    taken.add(field)
                    yield position, Guess(field, "same" if exact else "near", name)

    def fits(self, table: str, field: str, sheet: Sheet, header: Row, position: int) -> bool:
        """Whether the values of a column can be those of a field."""
        cells = self.sample(sheet, header, position)
        match self.model.field(table, field).type:
            case "number":
                return all(not isinstance(cell, str) or figure_of(cell, self.scales) for cell in cells)
            case "date":
                ways = (ways_of(str(cell), self.model.words.months) for cell in cells if not isinstance(cell, date))
                return all(way.fixed or way.dates for way in ways)
            case _:
                return True

    def why(self, guess: Guess) -> str:
        return self.say(guess.why, known=guess.known)

    def sample(self, sheet: Sheet, header: Row, position: int) -> list[Cell]:
        below = (row.cells for row in sheet.rows if row.line > header.line)
        found: list[Cell] = []
        for cells in below:
            if position < len(cells) and cells[position] not in (None, ""):
                found.append(cells[position])
        return found[:SAMPLE]

    def looks(self, cells: list[Cell]) -> str:
        """What the values of a column look like: dates, numbers or texts, with examples."""
        if not cells:
            return self.say("looks_empty")
        texts = [str(cell) for cell in cells]
        examples = self.words.join([_short(each) for each in dict.fromkeys(texts)][:SAMPLES_SHOWN])
        ways = [ways_of(text, self.model.words.months) for text in texts]
        if all(isinstance(cell, date) or way.fixed or way.dates for cell, way in zip(cells, ways, strict=True)):
            order = order_of(ways, "", "")
            unclear = isinstance(order, Ask)
            return self.say("looks_date_open" if unclear else "looks_date", examples=examples)
        figures = [figure_of(text, self.scales) for text in texts]
        if all(figures):
            sign = sign_of([each for each in figures if each is not None], "", "")
            return self.say("looks_number_open" if isinstance(sign, Ask) else "looks_number", examples=examples)
        return self.say("looks_text", examples=examples, count=len(set(texts)))


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _short(text: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= 24 else plain[:23] + "…"
