"""Judgement written by hand, merged into imported numbers. The import wins unless a fact says `wins: yes`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kam_expert.case import Chosen, Given, case_from, facts_at, read_case_file
from kam_expert.problems import Mark, Problem, ProblemsFound
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.fact_values import YES
from kam_expert.rulebook.located import Document
from kam_expert.rulebook.validation import shown

OVERLAY_KEYS = ("as_of", "accounts")
WINS = "wins"


@dataclass(frozen=True)
class HandWritten:
    """What somebody wrote about one account. `name`: its name or id; `wins`: facts that prevail over the import."""

    name: str
    file: str
    line: int
    facts: dict[str, Given]
    wins: frozenset[str] = frozenset()
    chosen: Chosen | None = None


@dataclass(frozen=True)
class Disagreement:
    """A fact that was imported and also written by hand, with another value. `kept` is the one that counts."""

    fact: str
    imported: Given
    written: Given
    kept: Given
    file: str


@dataclass
class Merged:
    """The facts of one account after the overlay."""

    facts: dict[str, Given]
    added: tuple[str, ...] = ()
    disagreements: list[Disagreement] = field(default_factory=list)
    chosen: Chosen | None = None


def read_overlay(path: Path, book: Rulebook) -> tuple[HandWritten, ...]:
    """A file of accounts, a case file, or a folder of such files. Raises `ProblemsFound` with every mistake."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise ProblemsFound([Problem("file_missing", f"{path.as_posix()}/*.yaml", Mark(), {})])
    found: list[HandWritten] = []
    problems: list[Problem] = []
    for file in files:
        document = read_case_file(file)
        try:
            found += _file(document, book)
        except ProblemsFound as raised:
            problems += raised.problems
    if problems:
        raise ProblemsFound(problems)
    return tuple(found)


def _file(document: Document, book: Rulebook) -> Iterable[HandWritten]:
    top = document.value
    if isinstance(top, dict) and "accounts" in top and "case" not in top:
        found = list(_accounts(document, book, top))
        if document.problems:
            raise ProblemsFound(document.problems)
        return found
    case = case_from(document, book)
    given = {name: each for name, each in case.facts.items() if each.source != "profile"}
    return [HandWritten(case.name, document.file, document.mark(("account",)).line, given, chosen=case.chosen)]


def _accounts(document: Document, book: Rulebook, top: dict[str, object]) -> Iterable[HandWritten]:
    for key in top:
        if key not in OVERLAY_KEYS:
            parameters = {"name": shown(key), "allowed": ", ".join(OVERLAY_KEYS), "nearest": ""}
            document.problem("unknown_key", (key,), key=True, **parameters)
    as_of = top.get("as_of")
    accounts = top["accounts"]
    if not isinstance(accounts, dict):
        document.problem("case_not_a_map", ("accounts",), found=shown(accounts))
        return
    for name, stated in accounts.items():
        here = ("accounts", name)
        facts = facts_at(document, book, here, as_of if isinstance(as_of, date) else None, (WINS,))
        wins = frozenset(
            fact
            for fact, value in (stated.items() if isinstance(stated, dict) else ())
            if isinstance(value, dict) and (value.get(WINS) is True or value.get(WINS) in YES)
        )
        yield HandWritten(str(name), document.file, document.mark(here, key=True).line, facts, wins)


def merge(imported: dict[str, Given], written: Iterable[HandWritten]) -> Merged:
    """Imported facts with what was written by hand: gaps are filled, and where both speak, the import counts.

    A hand-written `unknown` says nothing. A disagreement is kept for the report, whoever prevails.
    """
    merged = Merged(dict(imported))
    added: list[str] = []
    for account in written:
        merged.chosen = merged.chosen or account.chosen
        for fact, given in account.facts.items():
            if given.state == "unknown" and fact in imported:
                continue
            known = imported.get(fact)
            if known is None:
                merged.facts[fact] = given
                added.append(fact)
            elif (known.state, known.value, known.rows) != (given.state, given.value, given.rows):
                kept = given if fact in account.wins else known
                merged.facts[fact] = kept
                merged.disagreements.append(Disagreement(fact, known, given, kept, account.file))
    merged.added = tuple(added)
    return merged
