"""The files of a rulebook: which file holds what, read into schema entries with their places.

The location of a file says what it holds; there is no index to edit. A new kind of knowledge is a line in the tables
below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from kam_expert.problems import Mark, Problem, ProblemsFound, nearest_phrase
from kam_expert.resources import shipped
from kam_expert.rulebook import bridge_schema, customer_schema, document_schema, portfolio_schema, review_schema, schema
from kam_expert.rulebook.book import RuleKind
from kam_expert.rulebook.located import Document, Path_, read_file
from kam_expert.rulebook.validation import shown, validate

E = TypeVar("E", bound=schema.Entry)
E_co = TypeVar("E_co", bound=schema.Entry, covariant=True)

KNOWLEDGE_LISTS: dict[str, type[schema.Entry]] = {
    "knowledge/facts/*.yaml": schema.Fact,
    "knowledge/parameters.yaml": schema.Parameter,
    "knowledge/measures.yaml": schema.Measure,
    "knowledge/scores.yaml": schema.Score,
    "knowledge/positions.yaml": schema.Model,
    "knowledge/signals.yaml": schema.Signal,
    "knowledge/sources.yaml": schema.Source,
    "knowledge/units.yaml": schema.Unit,
    "knowledge/properties.yaml": schema.StatedProperty,
    "rules/portfolio/*.yaml": portfolio_schema.PortfolioRule,
    "rules/review/*.yaml": review_schema.ReviewRule,
    "rules/report/*.yaml": document_schema.SoWhat,
}
KNOWLEDGE_MAPS: dict[str, type[schema.Entry]] = {
    "knowledge/strategies/*.yaml": schema.Strategy,
    "knowledge/selection.yaml": schema.Selection,
    "knowledge/plan.yaml": schema.Planning,
    "knowledge/portfolio.yaml": portfolio_schema.PortfolioEntry,
    "knowledge/review.yaml": review_schema.ReviewEntry,
    "knowledge/documents.yaml": document_schema.DocumentsEntry,
    "knowledge/customer.yaml": customer_schema.CustomerEntry,
    "knowledge/bridge.yaml": bridge_schema.BridgeEntry,
}
RULES: dict[str, tuple[RuleKind, type[schema.RuleBase]]] = {
    "rules/positions/*.yaml": ("position", schema.PositionRow),
    "rules/signals/*.yaml": ("signal", schema.SignalRule),
    "rules/votes/*.yaml": ("vote", schema.VoteRule),
    "rules/selection/levels.yaml": ("level", schema.LevelRule),
    "rules/selection/eligibility.yaml": ("bar", schema.BarRule),
    "rules/selection/blocks.yaml": ("block", schema.BlockRule),
    "rules/selection/forced.yaml": ("forced", schema.ForcedRule),
    "rules/selection/seats.yaml": ("seat", schema.SeatRule),
    "rules/selection/defaults.yaml": ("default", schema.DefaultRule),
    "rules/plan/activities.yaml": ("insert", schema.InsertRule),
    "rules/plan/development.yaml": ("insert", schema.InsertRule),
    "rules/plan/goals.yaml": ("goal", schema.GoalRule),
}
OPTIONAL = (
    "knowledge/portfolio.yaml",
    "rules/portfolio/*.yaml",
    "knowledge/review.yaml",
    "rules/review/*.yaml",
    "knowledge/documents.yaml",
    "rules/report/*.yaml",
    "knowledge/customer.yaml",
    "knowledge/bridge.yaml",
)
"""A rulebook need say nothing about accounts together, reviews, documents, nor about the way to the goal."""
PROFILES = "knowledge/profiles"
LANGUAGES = "knowledge/languages"
ACCEPTED = "knowledge/accepted.yaml"  # findings of `rulebook check` that were accepted
TERRITORY = "knowledge/territory.yaml"  # plausible accounts for `rulebook test --territory`
IMPORT_MODEL = "knowledge/import_model.yaml"  # records of other systems, and the facts that follow from them
IMPORT_WORDS = "knowledge/import_words.yaml"  # words of exports
IMPORT_MAPPINGS = "knowledge/imports"  # the columns of each system
READ_ELSEWHERE = (ACCEPTED, TERRITORY, IMPORT_MODEL, IMPORT_WORDS)  # no part of the rulebook: they change no answer


@dataclass(frozen=True)
class Placed(Generic[E_co]):
    """An entry with the document and path it was read from."""

    entry: E_co
    document: Document
    path: Path_

    def problem(self, code: str, *path: str | int, key: bool = False, **parameters: object) -> None:
        """Record a problem at a place inside this entry."""
        self.document.problem(code, (*self.path, *path), key=key, **parameters)

    def mark(self, *path: str | int) -> Mark:
        return self.document.mark((*self.path, *path))


@dataclass
class Files:
    """All entries of a rulebook folder, still unconnected, and the problems so far."""

    entries: dict[type[schema.Entry], list[Placed[schema.Entry]]] = field(default_factory=dict)
    rules: list[tuple[RuleKind, Placed[schema.RuleBase]]] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)

    def of(self, model: type[E]) -> list[Placed[E]]:
        """The entries of one kind, in the order of the files."""
        found: list[Placed[E]] = self.entries.get(model, [])  # type: ignore[assignment]
        return found

    def problems(self) -> list[Problem]:
        """All problems, each once, by file and place."""
        found: dict[tuple[str, str, Mark, str], Problem] = {}
        for problem in [*self.missing, *(each for document in self.documents for each in document.problems)]:
            key = (problem.code, problem.file, problem.mark, str(sorted(problem.parameters.items(), key=str)))
            found.setdefault(key, problem)
        return sorted(found.values(), key=lambda p: (p.file, p.mark.line, p.mark.column))

    def version(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 over names and texts of all files."""
        digest = hashlib.sha256()
        for document in sorted(self.documents, key=lambda d: d.file):
            digest.update(f"{document.file}\0{document.text}\0".encode())
        return digest.hexdigest()[:12]


def read_files(root: Path) -> Files:
    """Read everything below `root/knowledge` and `root/rules`."""
    files = Files()
    for pattern, model in KNOWLEDGE_LISTS.items():
        for document in _documents(root, pattern, files):
            files.entries.setdefault(model, []).extend(_list(document, model))
    for pattern, model in KNOWLEDGE_MAPS.items():
        for document in _documents(root, pattern, files):
            entry = _map(document, model)
            if entry is not None:
                files.entries.setdefault(model, []).append(entry)
    for pattern, (kind, rule_model) in RULES.items():
        for document in _documents(root, pattern, files):
            files.rules.extend((kind, placed) for placed in _list(document, rule_model))
    _refuse_stray_files(root, files)
    return files


def presets(root: Path | None = None) -> tuple[str, ...]:
    """The names of the enterprise profiles that a rulebook ships."""
    return tuple(sorted(file.stem for file in ((root or shipped()) / PROFILES).glob("*.yaml")))


def read_presets(root: Path) -> dict[str, schema.Profile]:
    """The enterprise profiles that a rulebook ships, by name; raises `ProblemsFound` if one is broken."""
    files = Files()
    read = {name: read_profile(root, name, files) for name in presets(root)}
    if files.problems():
        raise ProblemsFound(files.problems())
    return {name: placed.entry for name, placed in read.items() if placed is not None}


def read_profile(root: Path, name: str, files: Files) -> Placed[schema.Profile] | None:
    """A preset by name, or a profile file by path."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        known = presets(root)
        path = root / PROFILES / f"{name}.yaml"
        if name not in known:
            parameters = {"name": shown(name), "allowed": ", ".join(known), "nearest": nearest_phrase(name, known)}
            files.missing.append(Problem("profile_unknown", f"{PROFILES}/", Mark(), parameters))
            return None
    document = read_file(path, f"{PROFILES}/{path.name}" if path.parent == root / PROFILES else str(path))
    files.documents.append(document)
    return _map(document, schema.Profile)


def _documents(root: Path, pattern: str, files: Files) -> Iterator[Document]:
    found = sorted(root.glob(pattern))
    if not found and pattern not in OPTIONAL:
        files.missing.append(Problem("file_missing", pattern, Mark(), {}))
    for path in found:
        document = read_file(path, path.relative_to(root).as_posix())
        files.documents.append(document)
        yield document


def _refuse_stray_files(root: Path, files: Files) -> None:
    """A file that no table names would be ignored in silence: say so instead."""
    known = {document.file for document in files.documents}
    for folder in ("knowledge", "rules"):
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if (
                path.is_dir()
                or name in known
                or name in READ_ELSEWHERE
                or name.startswith((f"{PROFILES}/", f"{LANGUAGES}/", f"{IMPORT_MAPPINGS}/"))
            ):
                continue
            files.missing.append(Problem("file_stray", name, Mark(), {}))


def _list(document: Document, model: type[E]) -> list[Placed[E]]:
    if document.value is None:
        return []
    if not isinstance(document.value, tuple):
        document.problem("list_file_expected", (), found=shown(document.value))
        return []
    placed = []
    for index, item in enumerate(document.value):
        entry = validate(model, item, document, (index,))
        if entry is not None:
            placed.append(Placed(entry, document, (index,)))
    return placed


def _map(document: Document, model: type[E]) -> Placed[E] | None:
    if document.value is None:
        return None
    entry = validate(model, document.value, document)
    return None if entry is None else Placed(entry, document, ())
