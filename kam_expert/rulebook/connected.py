"""A rule that no engine runs, connected: those of the portfolio, of reviews and of documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from kam_expert.problems import Mark
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import RuleBase

Stated = TypeVar("Stated", bound=RuleBase)


@dataclass(frozen=True)
class Connected(Generic[Stated]):
    """A rule with its parsed condition and its place."""

    entry: Stated
    condition: Expression
    file: str
    mark: Mark

    @property
    def id(self) -> str:
        return self.entry.id
