"""What a check of the rulebook is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kam_expert.maintenance.usage import Usage
from kam_expert.problems import Mark
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.schema import Entry

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Subject:
    """A rulebook that loads, the files it was read from, and all that the checks compare it with.

    `fired`: the rules that fire in at least one of the cases; `cases`: how many cases were read. `usage`: the habits
    of each language.
    """

    book: Rulebook
    files: Files
    usage: Mapping[str, Usage]
    fired: frozenset[str]
    cases: int

    @cached_property
    def rules(self) -> Mapping[str, Placed[Entry]]:
        """The rules by id, with their places."""
        return {placed.entry.id: placed for _, placed in self.files.rules}

    def placed(self) -> Iterator[Placed[Entry]]:
        """Every entry, knowledge first, in the order of the files."""
        for group in self.files.entries.values():
            yield from group
        yield from self.rules.values()


@dataclass(frozen=True)
class Found:
    """One thing a check found: the entry it concerns, its place, and what fills the message."""

    entry: str
    file: str
    mark: Mark
    parameters: Mapping[str, object] = field(default_factory=dict)


def found_at(placed: Placed[Entry], *path: str | int, entry: str | None = None, **parameters: object) -> Found:
    """Something found at a place inside an entry; `entry` names a part of it that has an id of its own."""
    name = entry if entry is not None else entry_id(placed)
    return Found(name, placed.document.file, placed.mark(*path), {"name": name, **parameters})


def found_in(rule: Rule, **parameters: object) -> Found:
    """Something found in a rule."""
    return Found(rule.id, rule.file, rule.mark, {"name": rule.id, **parameters})


def entry_id(placed: Placed[Entry]) -> str:
    """The id of an entry, or the name of its file if it has none."""
    return str(getattr(placed.entry, "id", "")) or placed.document.file.rsplit("/", 1)[-1].removesuffix(".yaml")


@dataclass(frozen=True)
class Check:
    """A named check. The catalogue has its meaning, what is said of a finding, and what to do about it.

    `by_cases`: whether its findings depend on the cases that were read.
    """

    id: str
    severity: Severity
    look: Callable[[Subject], Iterator[Found]]
    by_cases: bool = False


@dataclass(frozen=True)
class Finding:
    """What a check found, with its weight."""

    check: str
    severity: Severity
    found: Found
