"""What a rulebook knows about many accounts at once, parsed and ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kam_expert.rulebook.connected import Connected
from kam_expert.rulebook.expressions import Expression, base_names
from kam_expert.rulebook.portfolio_schema import PortfolioEntry, PortfolioName, PortfolioRule, Scope, Tie
from kam_expert.rulebook.vocabulary import Vocabulary

WIDER: Mapping[Scope, tuple[Scope, ...]] = {
    "account": ("group", "team", "currency", "portfolio"),
    "group": ("currency", "portfolio"),
    "team": ("portfolio",),
    "currency": ("portfolio",),
    "portfolio": (),
}
"""The items that an item is part of, whose names it may read."""

GIVEN: Mapping[Scope, tuple[str, ...]] = {
    "account": (
        "revenue_rank",
        "key_rank",
        "key_place",
        "managed",
        "own_parent",
        "parent_circle",
        "same_name",
        "planned_hours",
        "hours_target",
        "gain_next_hour",
    ),
    "group": ("group_accounts",),
    "team": ("team_accounts", "team_named", "team_managers"),
    "currency": (),
    "portfolio": ("accounts", "currencies"),
}
"""The names that the program computes."""
NoticedBy = Connected[PortfolioRule]


@dataclass(frozen=True)
class Figure:
    """A name with its parsed expressions: `expression` of its formula, flag, count or share."""

    entry: PortfolioName
    expression: Expression | None = None
    among: Expression | None = None

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def collects(self) -> str | None:
        """The name of the accounts that is added up or ranked."""
        entry = self.entry
        return entry.sum or entry.top or entry.herfindahl or entry.reach

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The names it is computed from."""
        written = [each for each in (self.expression, self.among) if each is not None]
        named = [each for each in (self.collects, self.entry.weight) if each is not None]
        return tuple(dict.fromkeys((*base_names(written), *named)))


@dataclass(frozen=True)
class Bond:
    """A tie with its parsed condition."""

    entry: Tie
    condition: Expression | None


@dataclass(frozen=True, eq=False)
class PortfolioBook:
    """All of it. `figures`: each after those that it reads. `vocabularies`: what expressions about an item may use.

    `stated` is None in a rulebook that says nothing about accounts together.
    """

    stated: PortfolioEntry | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    bonds: tuple[Bond, ...] = ()
    rules: tuple[NoticedBy, ...] = ()
    vocabularies: Mapping[Scope, Vocabulary] = field(default_factory=dict)

    @property
    def entry(self) -> PortfolioEntry:
        """What is stated. Raises LookupError if nothing is."""
        if self.stated is None:
            raise LookupError("the rulebook says nothing about accounts together")
        return self.stated

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Every condition and formula in it."""
        found: list[Expression | None] = []
        for figure in self.figures.values():
            found += [figure.expression, figure.among]
        found += [bond.condition for bond in self.bonds]
        found += [rule.condition for rule in self.rules]
        return tuple(each for each in found if each is not None)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of facts, measures and parameters that fields state, outside of expressions."""
        if self.stated is None:
            return ()
        roles = self.entry.roles
        named = [value for value in roles.model_dump().values() if isinstance(value, str)]
        named += [*roles.rank_by, *(bond.entry.fact for bond in self.bonds)]
        for figure in self.figures.values():
            entry = figure.entry
            named += [each for each in (figure.collects, entry.weight, entry.places, entry.per_cent) if each]
        return tuple(dict.fromkeys(named))
