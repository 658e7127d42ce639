"""What may be recommended to an account of which only some facts are settled: the selection policy with sets.

It follows `recommendation.Policy` step by step and never leaves out an outcome that some account with the settled
facts would get. Two scores are compared rule by rule, so that a rule that votes for both does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.possible import Reading, known_only, selection_reading
from kam_expert.engines.sets import TRUE
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, LevelRule, VoteRule


@dataclass(frozen=True)
class Outcomes:
    """All that may be recommended: levels, and the strategies that may lead if the level is `advised`."""

    levels: frozenset[str]
    primaries: frozenset[str]

    @property
    def results(self) -> frozenset[str]:
        """Each strategy that may lead and each level without one."""
        return self.primaries | (self.levels - {"advised"})


NOTHING = Outcomes(frozenset(), frozenset())


def possible(
    book: Rulebook, inputs: Inputs, open_facts: Collection[str], limits: Mapping[str, Any] | None = None
) -> Outcomes:
    """What may be recommended when the open facts are anything at all, known or not, and the others as stated.

    `limits`: sets, as `engines.possible` has them, within which names are taken to be; a case of a proof.
    """
    reading = selection_reading(book)
    return outcomes(reading, reading.settled(inputs, open_facts), limits)


def possible_results(
    book: Rulebook, inputs: Inputs, facts: Collection[str], counted: Collection[str]
) -> frozenset[str]:
    """Each strategy that may lead and each level without one, when only these facts are as the account has them.

    Of the `counted` facts it is only taken that they are known; all others may be anything, known or not.
    """
    reading = selection_reading(book)
    start = reading.settled(inputs, [name for name in book.facts if name not in facts])
    for name in counted:
        start.update(known_only(book.facts[name]))
    return outcomes(reading, start).results


def outcomes(reading: Reading, start: Mapping[str, Any], limits: Mapping[str, Any] | None = None) -> Outcomes:
    """What may be recommended when the facts may be worth what `start` says."""
    values = reading.values(start, limits)
    if values is None:
        return NOTHING
    return _Choosing(reading.book, {rule: ask(values) for rule, ask in reading.asks.items()}).outcomes()


class Nearby:
    """One account, of which the same is asked again and again with a few facts changed."""

    def __init__(self, book: Rulebook, inputs: Inputs) -> None:
        self.reading = selection_reading(book)
        values = self.reading.values(self.reading.settled(inputs, ()))
        assert values is not None
        self.values = values
        self.truth = {rule: ask(values) for rule, ask in self.reading.asks.items()}

    def outcomes(self, change: Mapping[str, Any]) -> Outcomes:
        """What may be recommended when some facts are in these sets and all others as the account has them."""
        values, truth = {**self.values, **change}, dict(self.truth)
        steps, rules = self.reading.moved_by(frozenset(change))
        for name, ask in steps:
            values[name] = ask(values)
        for rule, ask in rules:
            truth[rule] = ask(values)
        return _Choosing(self.reading.book, truth).outcomes()


class _Choosing:
    def __init__(self, book: Rulebook, truth: Mapping[str, int]) -> None:
        self.book = book
        self.truth = truth
        self.names = tuple(self.book.candidates)
        self.rank = {name: index for index, name in enumerate(self.book.selection.precedence)}
        self.kinds = {name: each.strategy.kind for name, each in self.book.candidates.items()}
        self.sure = dict.fromkeys(self.names, 0)
        self.unsure: list[dict[str, int]] = []
        self.may_close: dict[str, set[str]] = {"shut": set(), "barred_as_primary": set(), "blocked": set()}
        self.closes: dict[str, set[str]] = {"shut": set(), "barred_as_primary": set(), "blocked": set()}
        for rule in self.book.rules:
            if rule.id in self.truth and self.may(rule.id):
                self.take(rule.entry, self.must(rule.id))
        self.low = {name: self.sure[name] + sum(min(v.get(name, 0), 0) for v in self.unsure) for name in self.names}
        self.high = {name: self.sure[name] + sum(max(v.get(name, 0), 0) for v in self.unsure) for name in self.names}

    def may(self, rule: str) -> bool:
        return bool(self.truth[rule] & TRUE)

    def must(self, rule: str) -> bool:
        return self.truth[rule] == TRUE

    def take(self, entry: object, sure: bool) -> None:
        match entry:
            case VoteRule():
                strengths = {name: self.book.selection.strengths[word] for name, word in entry.votes.items()}
                points = {name: each.points for name, each in strengths.items()}
                if sure:
                    for name, value in points.items():
                        self.sure[name] += value
                else:
                    self.unsure.append(points)
                self.close("shut", [name for name, each in strengths.items() if each.veto], sure)
            case BlockRule():
                self.close("blocked", entry.blocks, sure)
            case BarRule():
                self.close("barred_as_primary" if entry.only_as_primary else "shut", entry.bars, sure)

    def close(self, how: str, names: Iterable[str], sure: bool) -> None:
        self.may_close[how].update(names)
        if sure:
            self.closes[how].update(names)

    def parameter(self, name: str) -> float:
        return self.book.parameters[name]

    # who may lead

    def may_be_open(self, name: str) -> bool:
        return name not in self.closes["shut"] and name not in self.closes["blocked"]

    def is_open(self, name: str) -> bool:
        return name not in self.may_close["shut"] and name not in self.may_close["blocked"]

    def leads(self, name: str) -> bool:
        strategy = self.book.candidates[name].strategy
        return "primary" in strategy.roles and strategy.kind != "enabler"

    @cached_property
    def may_be_free(self) -> frozenset[str]:
        least = self.parameter("min_primary_score")
        barred = self.closes["barred_as_primary"]
        return frozenset(
            name
            for name in self.names
            if self.leads(name) and name not in barred and self.may_be_open(name) and self.high[name] >= least
        )

    @cached_property
    def is_free(self) -> frozenset[str]:
        least = self.parameter("min_primary_score")
        barred = self.may_close["barred_as_primary"]
        return frozenset(
            name for name in self.may_be_free if name not in barred and self.is_open(name) and self.low[name] >= least
        )

    def ahead(self, one: str, other: str) -> int:
        """By how many points the first is ahead of the second at least."""
        lead = self.sure[one] - self.sure[other]
        return lead + sum(min(votes.get(one, 0) - votes.get(other, 0), 0) for votes in self.unsure)

    def winners(self) -> set[str | None]:
        """What the votes alone may choose; None if no strategy may have enough of them."""
        found: set[str | None] = set() if self.is_free else {None}
        directions = {name for name in self.may_be_free if self.kinds[name] == "direction"}
        margin, handicap = self.parameter("margin_primary"), self.parameter("means_margin")
        for weighed_down in (True, False):
            names = self.may_be_free if weighed_down else self.may_be_free - directions
            if (weighed_down and not directions) or (not weighed_down and directions & self.is_free):
                continue
            less = {name: handicap if weighed_down and self.kinds[name] == "means" else 0 for name in names}
            found.update(
                name
                for name in names
                if not any(self.beats(other, name, less, margin) for other in self.is_free & names if other != name)
            )
        return found

    def beats(self, one: str, other: str, less: Mapping[str, float], margin: float) -> bool:
        lead = self.ahead(one, other) - less[one] + less[other]
        return (lead >= margin and lead > 0) or (lead >= 0 and self.rank[one] < self.rank[other])

    def sequenced(self, primary: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """The strategies that may lead in place of one that may have to follow another."""
        earlier = sorted(
            (
                name
                for name in self.may_be_free
                if self.book.pair(primary, name) == -2
                and self.rank[name] < self.rank[primary]
                and self.kinds[name] != "means"
            ),
            key=self.rank.__getitem__,
        )
        found: set[str] = set()
        for name in earlier:
            found |= self.sequenced(name, seen | {primary})
            if name in self.is_free:
                return found
        return found | {primary}

    # the outcomes

    def outcomes(self) -> Outcomes:
        levels: set[str] = set()
        for rule in self.book.rules_of("level"):
            if isinstance(rule.entry, LevelRule) and self.may(rule.id):
                levels.add(rule.entry.level)
                if self.must(rule.id):
                    return Outcomes(frozenset(levels), frozenset())
        primaries: set[str] = set()
        pending = self.winners()
        for rule in self.book.rules_of("forced"):
            entry = rule.entry
            if not isinstance(entry, ForcedRule) or not self.may(rule.id):
                continue
            usable, sure = self.usable(entry)
            content = {name for name in pending if name is not None and name in entry.satisfied_by}
            primaries |= content | (usable if pending - content else set())
            if self.must(rule.id):
                pending = set() if sure else pending - content
        for winner in pending:
            primaries |= self.sequenced(winner) if winner is not None else set()
        if None in pending:
            named, unnamed = self.fallback()
            primaries |= named
            levels |= unnamed
        if primaries:
            levels.add("advised")
        return Outcomes(frozenset(levels), frozenset(primaries))

    def usable(self, entry: ForcedRule) -> tuple[set[str], bool]:
        """The strategies that a forced rule may set, and whether it is sure to find one."""
        found: set[str] = set()
        sure: set[str] = set()
        names = [item.strategy for item in entry.primary]
        for item in entry.primary:
            least = item.min_score
            if self.may_be_open(item.strategy) and (least is None or self.high[item.strategy] >= least):
                found.add(item.strategy)
            if self.is_open(item.strategy) and (least is None or self.low[item.strategy] >= least):
                sure.add(item.strategy)
        for name in tuple(found):
            for other in sure:
                lead = self.ahead(other, name) if other != name else -1
                if lead > 0 or (lead == 0 and names.index(other) < names.index(name)):
                    found.discard(name)
        return found, bool(sure)

    def fallback(self) -> tuple[set[str], set[str]]:
        """The strategies and the levels that the default rules may give."""
        primaries: set[str] = set()
        levels: set[str] = set()
        for rule in self.book.rules_of("default"):
            entry = rule.entry
            if not isinstance(entry, DefaultRule) or not self.may(rule.id):
                continue
            if entry.primary is not None:
                primaries.add(entry.primary)
            else:
                levels.add(entry.level or "screening")
            if self.must(rule.id):
                return primaries, levels
        return primaries, levels | {"screening"}
