"""What experts may write about many accounts at once: `knowledge/portfolio.yaml` and `rules/portfolio/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, ReasonedRule, Snake, Text

Scope = Literal["account", "group", "team", "currency", "portfolio"]
WAYS = ("formula", "flag", "count", "share", "sum", "top", "herfindahl", "reach")


class PortfolioName(Entry):
    """A name that portfolio rules and reports may read, of one account or of accounts taken together.

    At most one of the ways says how it is computed; without any the program gives it. `formula` and `flag`: from the
    names of the same item. Over the accounts of the item, those of `among` if that is stated: `count` and `share` (per
    cent, by number or by `weight`) of those for which a condition is true; `sum`; `top`: the per cent that the largest
    `places` make of the positive sum; `herfindahl`: of the shares of the positive sum; `reach`: how many it takes to
    make `per_cent` of it. `linked`: accounts of one group count as one.
    """

    id: Snake
    code: str | None = None
    of: Scope
    label: Text
    meaning: Text
    unit: str | None = None
    decimals: int = 1
    sources: tuple[str, ...] = Field(min_length=1)
    formula: str | None = None
    flag: str | None = None
    count: str | None = None
    share: str | None = None
    sum: Snake | None = None
    top: Snake | None = None
    herfindahl: Snake | None = None
    reach: Snake | None = None
    places: Snake | None = None
    per_cent: Snake | None = None
    weight: Snake | None = None
    among: str | None = None
    linked: bool = False


class Tie(Entry):
    """A text fact of which equal values bind accounts into one group; `condition`: only accounts for which it is true.

    `owner`: the text names another account of the list, which then belongs to the group.
    """

    fact: Snake
    condition: str | None = Field(default=None, alias="if")
    owner: bool = False


class Roles(Entry):
    """Which name plays which part in ranking, pictures and the allocation of hours."""

    revenue: Snake
    profit: Snake
    spend: Snake
    vertical: Snake
    horizontal: Snake
    cut: Snake
    cell: Snake
    candidate: Snake
    declared: Snake
    limit: Snake
    rank_by: tuple[Snake, ...] = Field(min_length=1)
    manager: Snake
    hours_now: Snake
    hours_need: Snake
    first: Snake
    gain: Snake
    capacity: Snake
    block: Snake
    ceiling: Snake
    diminish: Snake
    years: Snake
    months: Snake
    customers: Snake
    candidates: Snake
    listed: Snake
    team_now: Snake
    team_need: Snake
    plan_excess: Snake
    group_share: Snake
    group_keys: Snake


class Distribution(Entry):
    """Models of which the report shows how the accounts are spread over the cells."""

    model: Snake
    by_amount: bool = False


class PortfolioEntry(Entry):
    """`knowledge/portfolio.yaml` as a whole. `figures`: the rows of the table of concentration, sales and profit."""

    roles: Roles
    ties: tuple[Tie, ...]
    distributions: tuple[Distribution, ...]
    figures: tuple[tuple[Snake, Snake | None], ...]
    names: tuple[PortfolioName, ...]


class PortfolioRule(ReasonedRule):
    """What is noticed about an account among others, or about accounts taken together. `advice`: what to do about it.

    `proposes`: what it means for the list of key accounts.
    """

    about: Scope
    advice: Text
    proposes: Literal["add", "drop", "watch", "develop"] | None = None
