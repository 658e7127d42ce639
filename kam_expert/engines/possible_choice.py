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
from kam_expert.engines.possible import known_only, selection_reading
from kam_expert.engines.sets import TRUE
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, LevelRule, SeatRule, VoteRule


@dataclass(frozen=True)
class Outcomes:
    """All that may be recommended: levels, and the strategies that may lead if the level is `advised`.

    `secondary`: the strategies beside the one that leads, in order; None if that is not settled or was not asked for.
    """

    levels: frozenset[str]
    primaries: frozenset[str]
    secondary: tuple[str, ...] | None = None

    @property
    def results(self) -> frozenset[str]:
        """Each strategy that may lead and each level without one."""
        return self.primaries | (self.levels - {"advised"})


def possible(
    book: Rulebook,
    inputs: Inputs,
    open_facts: Collection[str],
    *,
    beside: bool = False,
) -> Outcomes:
    """What may be recommended when the open facts are anything at all, known or not, and the others as stated.

    `beside`: also find the secondary strategies, which takes longer.
    """
    reading = selection_reading(book)
    return possible_given(book, reading.settled(inputs, open_facts), beside=beside)


def possible_with(
    book: Rulebook, inputs: Inputs, facts: Collection[str], counted: Collection[str], *, beside: bool = False
) -> Outcomes:
    """What may be recommended when only these facts are as the account has them.

    Of the `counted` facts it is only taken that they are known; all others may be anything, known or not. `beside`: as
    in `possible`.
    """
    start = selection_reading(book).settled(inputs, [name for name in book.facts if name not in facts])
    for name in counted:
        start.update(known_only(book.facts[name]))
    return possible_given(book, start, beside=beside)


def possible_given(book: Rulebook, start: Mapping[str, Any], *, beside: bool = False) -> Outcomes:
    """What may be recommended when the facts may be worth what `start` says."""
    reading = selection_reading(book)
    values = reading.values(start)
    truth = {rule: ask(values) for rule, ask in reading.asks.items()}
    return _Choosing(book, truth).outcomes(beside=beside)


class Nearby:
    """One account, of which the same is asked again and again with a few facts changed."""

    def __init__(self, book: Rulebook, inputs: Inputs) -> None:
        self.reading = selection_reading(book)
        self.start = self.reading.settled(inputs, ())
        self.values = values = self.reading.values(self.start)
        self.truth = {rule: ask(values) for rule, ask in self.reading.asks.items()}

    def outcomes(self, change: Mapping[str, Any]) -> Outcomes:
        """What may be recommended when some facts are in these sets and all others as the account has them."""
        steps, rules = self.reading.moved_by(frozenset(change))
        told = {name: self.start[name] for name, _ in steps if name in self.start}  # derived facts, as stated
        values, truth = {**self.values, **told, **change}, dict(self.truth)
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

    def outcomes(self, *, beside: bool = False) -> Outcomes:
        levels: set[str] = set()
        for rule in self.book.rules_of("level"):
            if isinstance(rule.entry, LevelRule) and self.may(rule.id):
                levels.add(rule.entry.level)
                if self.must(rule.id):
                    return Outcomes(frozenset(levels), frozenset())
        primaries: set[str] = set()
        winners = self.winners()
        pending = set(winners)
        deciding: set[str | None] = set()
        for rule in self.book.rules_of("forced"):
            entry = rule.entry
            if not isinstance(entry, ForcedRule) or not self.may(rule.id):
                continue
            usable, sure = self.usable(entry)
            content = {name for name in pending if name is not None and name in entry.satisfied_by}
            if content or (usable and pending):
                deciding.add(rule.id)
            primaries |= content | (usable if pending - content else set())
            if self.must(rule.id):
                pending = set() if sure else pending - content
        for winner in pending:
            primaries |= self.sequenced(winner) if winner is not None else set()
        if None in pending:
            named, unnamed = self.fallback()
            primaries |= named
            levels |= unnamed
        if pending:
            deciding.add(None)
        if primaries:
            levels.add("advised")
        secondary = None
        if beside and levels == {"advised"} and len(primaries) == 1 and len(deciding) == 1:
            secondary = self.beside(next(iter(primaries)), next(iter(deciding)), winners)
        return Outcomes(frozenset(levels), frozenset(primaries), secondary)

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

    # the strategies beside it

    def beside(self, primary: str, forced: str | None, winners: set[str | None]) -> tuple[str, ...] | None:
        """The secondaries, if each step of choosing them is settled."""
        found = None if forced is None else self.book.rule(forced).entry
        entry = found if isinstance(found, ForcedRule) else None
        former: str | None = None
        if entry is not None and entry.former_gate is not None:
            if len(winners) > 1:
                return None
            former = next(iter(winners))
        chosen: list[str] = []
        settled = entry is None or entry.secondary is None or self.seat(entry.secondary, primary, chosen, True, True)
        settled = settled and self.reserved("before", primary, chosen)
        settled = settled and self.voted(primary, former, chosen)
        settled = settled and self.reserved("after", primary, chosen)
        return tuple(chosen) if settled else None

    def seat(self, name: str, primary: str, chosen: list[str], may: bool, must: bool) -> bool:
        """Add a secondary that is due and can be added; False if it is not settled whether it is."""
        if not may or not self.fits(name, primary, chosen) or not self.may_be_open(name):
            return True
        if not must or not self.is_open(name):
            return False
        chosen.append(name)
        return True

    def fits(self, name: str, primary: str, chosen: list[str]) -> bool:
        """Whether a strategy goes with what is chosen and there is room."""
        if name == primary or name in chosen or "secondary" not in self.book.candidates[name].strategy.roles:
            return False
        if self.book.pair(primary, name) == "never":
            return False
        if any(self.book.pair(other, name) in ("never", -2) for other in chosen):
            return False
        enablers = any(self.kinds[other] == "enabler" for other in (*chosen, name))
        return len(chosen) < self.parameter("max_secondary_with_enabler" if enablers else "max_secondary")

    def reserved(self, turn: str, primary: str, chosen: list[str]) -> bool:
        for rule in self.book.rules_of("seat"):
            entry = rule.entry
            if not isinstance(entry, SeatRule) or entry.turn != turn or not self.may(rule.id):
                continue
            least = entry.min_score
            if (entry.when_primary and primary not in entry.when_primary) or (
                least is not None and self.high[entry.seat] < least
            ):
                continue
            must = self.must(rule.id) and (least is None or self.low[entry.seat] >= least)
            if entry.instead is not None:
                may_gate, gate = (entry.seat in self.may_close["blocked"], entry.seat in self.closes["blocked"])
                if may_gate and not self.seat(entry.instead, primary, chosen, True, must and gate):
                    return False
                if gate:
                    continue
            if not self.seat(entry.seat, primary, chosen, True, must):
                return False
        return True

    def voted(self, primary: str, former: str | None, chosen: list[str]) -> bool:
        """Round after round the strategy that is ahead of all others; no seat makes another one fit."""
        least = self.parameter("min_secondary_score")
        names = []
        for name in self.names:
            pair = self.book.pair(primary, name)
            if pair != "never" and pair >= 0 and self.high[name] >= least and self.may_be_open(name) and name != former:
                names.append(name)
        while True:
            may = [name for name in names if self.fits(name, primary, chosen)]
            if not may:
                return True
            sure = [name for name in may if self.is_open(name) and self.low[name] >= least]
            ahead = [name for name in sure if all(self.leads_over(name, other) for other in may if other != name)]
            if not ahead:
                return False
            chosen.append(ahead[0])

    def leads_over(self, one: str, other: str) -> bool:
        lead = self.ahead(one, other)
        return lead > 0 or (lead >= 0 and self.rank[one] < self.rank[other])
