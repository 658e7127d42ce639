"""Evaluates the names of a portfolio: for each account, group, team and currency, and for the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from kam_expert.portfolio.concentration import herfindahl, reach, top_share
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.portfolio_rules import Figure
from kam_expert.rulebook.portfolio_schema import Scope


@dataclass
class Item:
    """Accounts taken together, or one: `values` are its known names and those of what it is part of.

    `known`: for a name over accounts, how many of its accounts it rests on.
    """

    scope: Scope
    key: str
    members: tuple[int, ...]
    values: dict[str, Any] = field(default_factory=dict)
    known: dict[str, tuple[int, int]] = field(default_factory=dict)


class Sheet:
    """All items of a portfolio while its names are computed, in the order of the file, as far as they can be."""

    def __init__(self, book: Rulebook, accounts: Sequence[Mapping[str, Value]]) -> None:
        self.book = book
        self.waiting = [
            each for each in book.portfolio.figures.values() if each.entry.of != "account" or each.expression
        ]
        self.items: dict[Scope, list[Item]] = {
            scope: [] for scope in ("account", "group", "team", "currency", "portfolio")
        }
        self.items["account"] = [
            Item("account", str(place), (place,), dict(values)) for place, values in enumerate(accounts)
        ]
        self.clusters: list[int] = list(range(len(accounts)))

    def add(self, scope: Scope, key: str, members: Iterable[int]) -> Item:
        item = Item(scope, key, tuple(members))
        self.items[scope].append(item)
        return item

    def give(self, item: Item, name: str, value: Value | None) -> None:
        """A value for an item and everything that is part of it."""
        if value is None:
            return
        item.values[name] = value
        if item.scope == "account":
            return
        accounts = self.items["account"]
        for place in item.members:
            accounts[place].values[name] = value
        if item.scope == "portfolio":
            for scope in ("group", "team", "currency"):
                for other in self.items[scope]:
                    other.values[name] = value
        if item.scope == "currency":
            inside = set(item.members)
            for other in self.items["group"]:
                if other.members[0] in inside:
                    other.values[name] = value

    def compute(self, later: Iterable[str] = ()) -> None:
        """Compute every name that does not depend on one of `later`, which the program has yet to give."""
        blocked = set(later)
        waiting = []
        for figure in self.waiting:
            if blocked.intersection(figure.reads):
                blocked.add(figure.id)
                waiting.append(figure)
            else:
                self.figure(figure)
        self.waiting = waiting

    def figure(self, figure: Figure) -> None:
        for item in self.items[figure.entry.of]:
            self.give(item, figure.id, self.value(figure, item))

    def value(self, figure: Figure, item: Item) -> Value | None:
        entry = figure.entry
        if entry.formula is not None or entry.flag is not None:
            assert figure.expression is not None
            found: Value | None = evaluate(figure.expression, State(item.values, self.book.parameters))
            if found is None or entry.flag is not None:
                return found
            return round_half_up(float(found), entry.decimals)
        if figure.expression is None and figure.collects is None:
            return item.values.get(figure.id)  # given by the program
        inside = self.inside(figure, item)
        number, known = self.over(figure, inside)
        item.known[figure.id] = (known, len(inside))
        return None if number is None else round_half_up(number, entry.decimals)

    def state(self, place: int) -> State:
        """One account with all that is known of it so far."""
        return State(self.items["account"][place].values, self.book.parameters)

    def inside(self, figure: Figure, item: Item) -> list[int]:
        """The accounts that a figure is about."""
        if figure.among is None:
            return list(item.members)
        return [place for place in item.members if evaluate(figure.among, self.state(place)) is True]

    def over(self, figure: Figure, inside: list[int]) -> tuple[float | None, int]:
        """The number of a figure over accounts, and how many of them are known."""
        entry, parameters, accounts = figure.entry, self.book.parameters, self.items["account"]
        if figure.expression is not None:
            truths = [(accounts[place].values, evaluate(figure.expression, self.state(place))) for place in inside]
            known = [(values, truth) for values, truth in truths if truth is not None]
            if entry.count is not None:
                return (float(sum(truth for _, truth in known)) if known or not inside else None), len(known)
            weighted = [
                (1.0 if entry.weight is None else float(values[entry.weight]), truth)
                for values, truth in known
                if entry.weight is None or entry.weight in values
            ]
            total = fsum(weight for weight, _ in weighted)
            if total <= 0:
                return None, len(weighted)
            return 100 * fsum(weight for weight, truth in weighted if truth) / total, len(weighted)
        name = figure.collects
        assert name is not None
        having = [place for place in inside if name in accounts[place].values]
        amounts = [float(accounts[place].values[name]) for place in having]
        if entry.sum is not None:
            return (fsum(amounts) if amounts else None), len(having)
        if entry.linked:
            together: dict[int, list[float]] = {}
            for place, amount in zip(having, amounts, strict=True):
                together.setdefault(self.clusters[place], []).append(amount)
            amounts = [fsum(each) for each in together.values()]
        if entry.top is not None and entry.places is not None:
            return top_share(amounts, int(parameters[entry.places])), len(having)
        if entry.herfindahl is not None:
            return herfindahl(amounts), len(having)
        assert entry.per_cent is not None
        count = reach(amounts, parameters[entry.per_cent])
        return (None if count is None else float(count)), len(having)
