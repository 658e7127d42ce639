"""Mistakes as values: where, what was found, what is allowed, what to do.

A problem carries no sentence. Its `code` is a key of the message catalogue in `knowledge/languages/`, its `parameters`
fill the placeholders there, so the same problem reads well in every language.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Mark(NamedTuple):
    """A place in a file, counted from 1 as editors do."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Phrase:
    """A piece of a message that is itself worded by the catalogue."""

    key: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One mistake in one place of one file.

    `code`: key in the message catalogue. `parameters`: values of its placeholders: plain values, bilingual texts or
    phrases.
    """

    code: str
    file: str
    mark: Mark
    parameters: Mapping[str, object] = field(default_factory=dict)


class ProblemsFound(Exception):
    """Raised once per reading with every problem found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem], *, intact: int | None = None) -> None:
        self.problems = tuple(problems)
        self.intact = intact
        super().__init__(
            "; ".join(f"{p.file}:{p.mark.line}:{p.mark.column} {p.code} {dict(p.parameters)}" for p in self.problems)
        )


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, or None if nothing is close."""
    matches = difflib.get_close_matches(name, sorted(candidates), n=1, cutoff=0.7)
    return matches[0] if matches else None


def nearest_phrase(name: str, candidates: Iterable[str]) -> object:
    """The nearest name as the end of a sentence, empty when nothing is near."""
    match = nearest(name, candidates)
    return Phrase("nearest", {"name": match}) if match else ""
