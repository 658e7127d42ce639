"""What plausible accounts look like, and how often each answer may occur among them: `knowledge/territory.yaml`.

Not part of the method: it changes no answer, so it is read by itself and does not enter the version of the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field

from kam_expert.problems import ProblemsFound, nearest_phrase
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Expression, names_in
from kam_expert.rulebook.located import Document, read_file
from kam_expert.rulebook.parsing import parse_condition, parse_formula
from kam_expert.rulebook.reading import TERRITORY
from kam_expert.rulebook.schema import Entry, Scalar, Snake, Text
from kam_expert.rulebook.validation import validate


class Quality(Entry):
    """A hidden quality of an account: standard normal, partly made of the qualities in `weights`."""

    id: Snake
    label: Text
    meaning: Text
    weights: dict[str, float] = Field(default_factory=dict)


class Column(Entry):
    """A column of ratings in a table, drawn like a fact, once for each row."""

    shares: tuple[float, float, float, float, float]
    weights: dict[str, float] = Field(default_factory=dict)
    spread: float = 1.0


class Rows(Entry):
    """A table: fixed rows, to which the ratings of each account are added."""

    fixed: tuple[dict[str, Scalar], ...]
    ratings: dict[str, Column]


class Draw(Entry):
    """How one fact is drawn. Exactly one of `shares`, `choices`, `yes`, `values`, `formula`, `rows` says the scale.

    `weights` of the hidden qualities and `spread` of chance say how high it comes out. In per cent of the accounts:
    `unknown`, that nobody knows it; `before`, that its value at the last review is known.
    """

    fact: Snake
    condition: str | None = Field(default=None, alias="if")
    weights: dict[str, float] = Field(default_factory=dict)
    spread: float = 1.0
    unknown: float = 0.0
    before: float = 0.0
    shares: tuple[float, float, float, float, float] | None = None
    choices: dict[str, float] | None = None
    yes: float | None = None
    values: tuple[float, float, float, float, float] | None = None
    of: Snake | None = None
    at_most: Snake | None = None
    formula: str | None = None
    rows: Rows | None = None


class Limits(Entry):
    """How often an answer may occur (per cent). `exceptions`: strategies for which that does not hold, and why."""

    most_primary: float
    least_primary: float
    most_ties: float
    reason: Text
    exceptions: dict[str, Text] = Field(default_factory=dict)


class TerritoryEntry(Entry):
    """The file as a whole.

    `worth`: the score by which odd advice is looked for. `alike`: correlation (0 to 1) with the last review.
    """

    as_of: str
    accounts: int
    seed: int
    worth: Snake
    alike: float
    sources: dict[str, float]
    qualities: tuple[Quality, ...]
    facts: tuple[Draw, ...]
    limits: Limits


@dataclass(frozen=True)
class Drawn:
    """A draw with its parsed condition and formula."""

    entry: Draw
    condition: Expression | None
    formula: Expression | None


@dataclass(frozen=True, eq=False)
class Territory:
    entry: TerritoryEntry
    as_of: date
    draws: tuple[Drawn, ...]


def load_territory(book: Rulebook, root: Path | None = None) -> Territory:
    """Read and check the file against a rulebook. Raises `ProblemsFound` with every mistake."""
    document = read_file((root or shipped()) / TERRITORY, TERRITORY)
    entry = None if document.value is None else validate(TerritoryEntry, document.value, document)
    if entry is None:
        raise ProblemsFound(document.problems)
    draws = _Check(document, entry, book).draws()
    if document.problems:
        raise ProblemsFound(sorted(document.problems, key=lambda problem: problem.mark))
    return Territory(entry, date.fromisoformat(entry.as_of), draws)


@dataclass
class _Check:
    document: Document
    entry: TerritoryEntry
    book: Rulebook

    def draws(self) -> tuple[Drawn, ...]:
        entry, book = self.entry, self.book
        qualities: list[str] = []
        for index, quality in enumerate(entry.qualities):
            self.known(quality.weights, qualities, "qualities", index, "weights")
            qualities.append(quality.id)
        self.known([entry.worth], book.scores, "worth")
        self.known(entry.limits.exceptions, book.candidates, "limits", "exceptions")
        stated = [name.removeprefix("confidence_") for name in book.parameters if name.startswith("confidence_")]
        self.known(entry.sources, stated, "sources")
        found = []
        facts: list[str] = []
        for index, draw in enumerate(entry.facts):
            here = ("facts", index)
            self.known([draw.fact], book.facts, *here, "fact")
            self.known(draw.weights, qualities, *here, "weights")
            self.known([name for name in (draw.of, draw.at_most) if name], facts, *here, "of" if draw.of else "at_most")
            if draw.fact in book.facts:
                self.scale(draw, index)
            condition = self.parsed(draw.condition, facts, *here, "if")
            formula = self.parsed(draw.formula, facts, *here, "formula")
            found.append(Drawn(draw, condition, formula))
            facts.append(draw.fact)
        return tuple(found)

    def known(self, names: Iterable[str], allowed: Iterable[str], *path: str | int) -> None:
        allowed = list(allowed)
        for name in names:
            if name not in allowed:
                near = nearest_phrase(name, allowed)
                self.document.problem("reference_unknown", path, name=name, nearest=near)

    def scale(self, draw: Draw, index: int) -> None:
        """The one scale that fits the type of the fact; the choices must be those of the fact."""
        fact = self.book.facts[draw.fact]
        fits = {"rating": ("shares",), "choice": ("choices",), "flag": ("yes",), "table": ("rows",)}
        allowed = fits.get(fact.type, ("values", "formula"))
        ways = ("shares", "choices", "yes", "values", "formula", "rows")
        stated = [way for way in ways if getattr(draw, way) is not None]
        if len(stated) != 1 or stated[0] not in allowed:
            found, fitting = ", ".join(stated) or "-", ", ".join(allowed)
            self.document.problem("territory_scale", ("facts", index), name=draw.fact, found=found, allowed=fitting)
        self.known(draw.choices or {}, list(fact.choices), "facts", index, "choices")

    def parsed(self, text: str | None, facts: list[str], *path: str | int) -> Expression | None:
        if text is None:
            return None
        add = self.document.problem_in(text, self.document.mark(path))
        parser = parse_formula if path[-1] == "formula" else parse_condition
        found = parser(text, self.book.vocabulary, add)
        if found is not None:
            self.known(list(names_in(found)), facts, *path)
        return found
