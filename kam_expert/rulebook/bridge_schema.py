"""What experts may write about the way from today's sales to the goal of the plan: `knowledge/bridge.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import Entry, Kebab, Snake, Text


class BridgeStep(Entry):
    """One column of the bridge. `amount`: a formula in money; below zero it takes away.

    `strategies`: it counts only if one of them is recommended; without any it always counts.
    """

    id: Kebab
    label: Text
    meaning: Text
    amount: str
    strategies: tuple[Snake, ...] = ()


class BridgeEntry(Entry):
    """`knowledge/bridge.yaml` as a whole.

    `goal`: the type of the goal that is aimed at. `worth`: what one unit of the measure of that goal comes to in money;
    a goal in money counts as it is. `gap`, `surplus`: what the remainder is called.
    """

    goal: Snake
    base: BridgeStep
    steps: tuple[BridgeStep, ...]
    target: Text
    worth: dict[str, str]
    gap: Text
    surplus: Text
    sources: tuple[str, ...]


@dataclass(frozen=True)
class BridgeBook:
    """What is said about the bridge, with its formulas; nothing of it in a rulebook that does not say it.

    `worth`: by the measure of a goal, what one unit of it comes to in money.
    """

    stated: BridgeEntry | None = None
    base: Expression | None = None
    steps: tuple[tuple[BridgeStep, Expression], ...] = ()
    worth: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        base = () if self.base is None else (self.base,)
        return (*base, *(amount for _, amount in self.steps), *self.worth.values())
