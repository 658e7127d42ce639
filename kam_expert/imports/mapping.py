"""The model of records, the words of exports and the mappings, read and checked against the rulebook."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kam_expert.imports.entries import FieldShape, Figure, ImportModel, ImportWords, Mapping, TableShape, Way
from kam_expert.problems import Mark, Problem, ProblemsFound, nearest_phrase
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.located import Document, Path_, read_file
from kam_expert.rulebook.parsing import parse_condition, parse_formula
from kam_expert.rulebook.reading import IMPORT_MAPPINGS, IMPORT_MODEL, IMPORT_WORDS
from kam_expert.rulebook.schema import Scalar
from kam_expert.rulebook.validation import E, shown, validate
from kam_expert.rulebook.vocabulary import NameType, Vocabulary

TODAY = "today"
"""The date of the export as a number of days, in formulas."""

ACCOUNTS = "accounts"
"""The table of the model that holds the accounts."""

OF_ACCOUNT = "of_account"
"""A field that every row has once it is joined: its account."""

_UNIT = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]\s*\Z")


@dataclass(frozen=True)
class Computed:
    """A table's own formulas, a figure's condition, a way's parts: the texts of the model, parsed."""

    formula: Expression | None = None
    where: Expression | None = None
    choose: tuple[tuple[Scalar, Expression], ...] = ()


@dataclass(frozen=True, eq=False)
class Model:
    """The model with its parsed texts."""

    book: Rulebook
    entry: ImportModel
    words: ImportWords
    rows: dict[tuple[str, str], Expression]
    figures: dict[str, Computed]
    facts: dict[str, tuple[tuple[Way, Computed], ...]]

    def field(self, table: str, name: str) -> FieldShape:
        """The field of a table; a column of the accounts may also answer a question of the rulebook as it stands."""
        own = self.entry.tables[table].fields.get(name)
        if own is not None:
            return own
        fact = self.book.facts[name]
        kind: Literal["number", "text"] = "number" if fact.type in ("number", "rating") else "text"
        return FieldShape(type=kind, fact=name, label=fact.label)

    def has_field(self, table: str, name: str) -> bool:
        fact = self.book.facts.get(name) if table == ACCOUNTS else None
        return name in self.entry.tables[table].fields or (fact is not None and fact.type != "table")


def load_model(book: Rulebook, root: Path | None = None) -> Model:
    """The shipped model, or that of another rulebook that has one. Raises `ProblemsFound` with every mistake."""
    document, entry = _read(_place(IMPORT_MODEL, root), IMPORT_MODEL, ImportModel)
    _, words = _read(_place(IMPORT_WORDS, root), IMPORT_WORDS, ImportWords)
    found = _Check(document, book).model(entry, words)
    if document.problems:
        raise ProblemsFound(sorted(document.problems, key=lambda problem: problem.mark))
    return found


def mappings(root: Path | None = None) -> tuple[str, ...]:
    """The names of the mappings that are shipped."""
    return tuple(sorted(path.stem for path in _place(IMPORT_MAPPINGS, root).glob("*.yaml")))


def load_mapping(name: str, model: Model, root: Path | None = None) -> Mapping:
    """A shipped mapping by name, or a file by path. Raises `ProblemsFound` with every mistake."""
    if name.endswith((".yaml", ".yml")):
        path, label = Path(name), name
    else:
        known = mappings(root)
        if name not in known:
            parameters = {"name": shown(name), "allowed": ", ".join(known), "nearest": nearest_phrase(name, known)}
            raise ProblemsFound([Problem("mapping_unknown", f"{IMPORT_MAPPINGS}/", Mark(), parameters)])
        path, label = _place(IMPORT_MAPPINGS, root) / f"{name}.yaml", f"{IMPORT_MAPPINGS}/{name}.yaml"
    document, entry = _read(path, label, Mapping)
    _check_mapping(document, entry, model)
    if document.problems:
        raise ProblemsFound(sorted(document.problems, key=lambda problem: problem.mark))
    return entry


def _place(name: str, root: Path | None) -> Path:
    """A part of a rulebook that has it, else the shipped one: most rulebooks leave imports as they are."""
    own = (root or shipped()) / name
    return own if own.exists() else shipped() / name


def _read(path: Path, shown_as: str, model: type[E]) -> tuple[Document, E]:
    document = read_file(path, shown_as)
    entry = None if document.value is None else validate(model, document.value, document)
    if entry is None or document.problems:
        raise ProblemsFound(document.problems)
    return document, entry


def _check_mapping(document: Document, mapping: Mapping, model: Model) -> None:
    for table, mapped in mapping.tables.items():
        shape = model.entry.tables.get(table)
        if shape is None:
            _unknown(document, ("tables", table), table, model.entry.tables, key=True)
            continue
        for index, other in enumerate(mapped.also):
            if other not in mapping.tables:
                _unknown(document, ("tables", table, "also", index), other, mapping.tables)
        for field, column in mapped.columns.items():
            here = ("tables", table, "columns", field)
            if not model.has_field(table, field):
                facts = model.book.facts if table == ACCOUNTS else ()
                _unknown(document, here, field, [*shape.fields, *facts], key=True)
                continue
            choices = model.field(table, field).choices
            for choice in column.words:
                if choice not in choices:
                    _unknown(document, (*here, "words", choice), choice, choices, key=True)


def _unknown(document: Document, path: Path_, name: str, allowed: Iterable[str], *, key: bool = False) -> None:
    document.problem("reference_unknown", path, key=key, name=name, nearest=nearest_phrase(name, allowed))


class _Check:
    def __init__(self, document: Document, book: Rulebook) -> None:
        self.document = document
        self.book = book

    def model(self, entry: ImportModel, words: ImportWords) -> Model:
        rows = {
            (table, name): parsed
            for table, shape in entry.tables.items()
            for name, parsed in self.table(table, shape, entry)
        }
        figures: dict[str, Computed] = {}
        for name, figure in entry.figures.items():
            figures[name] = self.figure(name, figure, entry, figures)
        vocabulary = _numbers([*entry.figures, TODAY])
        facts = {
            fact: tuple((way, self.way(fact, index, way, vocabulary)) for index, way in enumerate(ways))
            for fact, ways in entry.facts.items()
        }
        self.known([*entry.facts], self.book.facts, "facts")
        return Model(self.book, entry, words, rows, figures, facts)

    def table(self, name: str, shape: TableShape, entry: ImportModel) -> list[tuple[str, Expression]]:
        here: Path_ = ("tables", name)
        for group in shape.needs:
            self.known(group, shape.fields, *here, "needs")
        self.known(shape.account, shape.fields, *here, "account")
        stated = [field.fact for field in shape.fields.values() if field.fact]
        self.known(stated, self.book.facts, *here, "fields")
        for index, reference in enumerate(shape.references):
            place = (*here, "references", index)
            self.known([reference.field, *reference.bring], shape.fields, *place, "field")
            self.known([reference.table], entry.tables, *place, "table")
            if reference.table in entry.tables:
                target = entry.tables[reference.table].fields
                self.known([reference.to, *reference.bring.values()], target, *place, "to")
        numbers = [field for field, each in shape.fields.items() if each.type in ("number", "date")]
        found: list[tuple[str, Expression]] = []
        for field, text in shape.computed.items():
            parsed = self.parsed(text, _numbers([*numbers, *(known for known, _ in found)]), *here, "computed", field)
            if parsed is not None:
                found.append((field, parsed))
        return found

    def figure(self, name: str, figure: Figure, entry: ImportModel, earlier: dict[str, Computed]) -> Computed:
        here: Path_ = ("figures", name)
        if figure.formula is not None:
            return Computed(self.parsed(figure.formula, _numbers([*earlier, TODAY]), *here, "formula"))
        if figure.table is None or figure.table not in entry.tables:
            self.known([figure.table or "-"], entry.tables, *here, "table")
            return Computed()
        shape = entry.tables[figure.table]
        fields = [*shape.fields, *shape.computed, OF_ACCOUNT]
        self.known([each for each in (figure.of, figure.date) if each], fields, *here)
        if figure.where is None:
            return Computed()
        types: dict[str, NameType] = {}
        for field, each in shape.fields.items():
            if each.type == "choice":
                types[field] = NameType("choice", "fact", each.choices)
            elif each.type in ("number", "date"):
                types[field] = NameType("number", "fact")
        types |= {field: NameType("number", "fact") for field in (*shape.computed, TODAY)}
        return Computed(where=self.parsed(figure.where, Vocabulary(types, frozenset()), *here, "where"))

    def way(self, fact: str, index: int, way: Way, vocabulary: Vocabulary) -> Computed:
        here: Path_ = ("facts", fact, index)
        choose = []
        for number, each in enumerate(way.choose):
            parsed = self.parsed(each.condition, vocabulary, *here, "choose", number, "if")
            if parsed is not None:
                choose.append((each.value, parsed))
        if fact in self.book.facts and self.book.facts[fact].type == "choice":
            self.known([str(value) for value, _ in choose], self.book.facts[fact].choices, *here, "choose")
        return Computed(
            self.parsed(way.formula, vocabulary, *here, "formula"),
            self.parsed(way.when, vocabulary, *here, "when"),
            tuple(choose),
        )

    def known(self, names: Iterable[str], allowed: Iterable[str], *path: str | int) -> None:
        allowed = list(allowed)
        for name in names:
            if name not in allowed:
                _unknown(self.document, path, name, allowed)

    def parsed(self, text: str | None, vocabulary: Vocabulary, *path: str | int) -> Expression | None:
        if text is None:
            return None
        add = self.document.problem_in(text, self.document.mark(path))
        formula = path[-1] == "formula" or "computed" in path
        return (parse_formula if formula else parse_condition)(text, vocabulary, add)


def _numbers(names: Iterable[str]) -> Vocabulary:
    return Vocabulary({name: NameType("number", "fact") for name in names}, frozenset())


def header_key(header: str) -> str:
    """A header as it is compared: without case, width, spaces, hyphens, underlines and unit."""
    plain = _UNIT.sub("", unicodedata.normalize("NFKC", header).strip()) or header
    return re.sub(r"[\s_\-.:：]+", "", plain).casefold()


def header_scale(header: str, words: ImportWords) -> float:
    """What a unit in brackets multiplies by: 10,000 for `年营业额（万元）`, 1 if there is none."""
    match = _UNIT.search(unicodedata.normalize("NFKC", header).strip())
    return words.scales.get(match.group(1).strip().lower(), 1) if match else 1
