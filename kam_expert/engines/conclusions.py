"""What an engine returns: the same value from every engine, so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kam_expert.rulebook.expressions import Value

Row = Mapping[str, Value]
Change = Mapping[str, Value]
"""Facts of an account with other values than it has."""
Room = tuple[float, float] | frozenset[Value]
"""Where a fact may move to: between two ends, or one of several values."""


@dataclass(frozen=True)
class Inputs:
    """What an engine is told about one account.

    `values`: known facts by id, with `before.x` for values at the last review and `confidence.x` (0 to 1) for known
    facts. `tables`: rows by table fact. `not_applicable`: facts that do not apply to this account. `assumed`: values
    of derived names that are taken as given instead of being computed.
    """

    values: Mapping[str, Value]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    not_applicable: frozenset[str] = frozenset()
    assumed: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Firing:
    """A rule that fired, with the names and values that made its condition true."""

    rule: str
    premises: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Conclusions:
    """All that follows from the inputs.

    `values`: every known name, given or derived. `coverage`: known share (0 to 1) of the weight of each score.
    `firings`: the rules that fired, in the order of the rulebook.
    """

    values: Mapping[str, Value]
    coverage: Mapping[str, float]
    firings: tuple[Firing, ...]

    def fired(self, rule: str) -> bool:
        return any(firing.rule == rule for firing in self.firings)
