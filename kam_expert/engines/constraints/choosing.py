"""The selection policy as z3 terms, step by step as `recommendation` applies it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

import z3

from kam_expert.engines.constraints.quantities import FALSE, TRUE, every, some
from kam_expert.engines.constraints.reading import Reading
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, LevelRule, SeatRule, VoteRule

Sets = dict[str, Any]


class Choosing:
    """What is recommended to the account of a reading: a truth per strategy."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.book = reading.book
        self.names = tuple(self.book.candidates)
        self.precedence = {name: index for index, name in enumerate(self.book.selection.precedence)}
        self.kinds = {name: each.strategy.kind for name, each in self.book.candidates.items()}
        self.score: Sets = {}
        against: dict[str, dict[str, list[Any]]] = {}
        points: dict[str, list[Any]] = {name: [] for name in self.names}
        for rule in self.book.rules:
            entry = rule.entry
            if isinstance(entry, VoteRule | BlockRule | BarRule):
                fires = reading.fires(rule).true
                if isinstance(entry, VoteRule):
                    for name, word in entry.votes.items():
                        strength = self.book.selection.strengths[word]
                        points[name].append(z3.If(fires, z3.IntVal(strength.points), z3.IntVal(0)))
                        if strength.veto:
                            against.setdefault("vetoed", {}).setdefault(name, []).append(fires)
                elif isinstance(entry, BlockRule):
                    for name in entry.blocks:
                        against.setdefault("blocked", {}).setdefault(name, []).append(fires)
                else:
                    for name in entry.bars:
                        why = "barred_as_primary" if entry.only_as_primary else "barred"
                        against.setdefault(why, {}).setdefault(name, []).append(fires)
        self.vetoed, self.blocked, self.barred, self.barred_as_primary = (
            {name: self.fixed(f"{why}!{name}", some(against.get(why, {}).get(name, []))) for name in self.names}
            for why in ("vetoed", "blocked", "barred", "barred_as_primary")
        )
        for name, terms in points.items():
            self.score[name] = reading.called(f"score!{name}", z3.Sum(terms) if terms else z3.IntVal(0))
        self.open = {
            name: every([z3.Not(self.barred[name]), z3.Not(self.vetoed[name]), z3.Not(self.blocked[name])])
            for name in self.names
        }

    def fixed(self, label: str, claim: Any) -> Any:
        """A short name for a long claim."""
        return self.reading.called(label, claim)

    def parameter(self, name: str) -> Any:
        return z3.RealVal(str(self.book.parameters[name]))

    def rubs(self, one: str, other: str) -> bool:
        """Whether two strategies hinder or exclude each other."""
        value = self.book.pair(one, other)
        return value == "never" or value < 0

    # the level and the primary

    @cached_property
    def limited(self) -> Any:
        """Whether the level is limited before any strategy is weighed."""
        return some([self.fires(rule.id) for rule in self.book.rules_of("level") if isinstance(rule.entry, LevelRule)])

    def fires(self, rule: str) -> Any:
        return self.reading.fires(self.book.rule(rule)).true

    @cached_property
    def free(self) -> Sets:
        """Strategies that may lead and have the votes for it."""
        least = self.parameter("min_primary_score")
        found = {}
        for name, candidate in self.book.candidates.items():
            may = "primary" in candidate.strategy.roles and candidate.strategy.kind != "enabler"
            claims = [self.open[name], z3.Not(self.barred_as_primary[name]), self.score[name] >= least]
            found[name] = self.fixed(f"free!{name}", every(claims) if may else FALSE)
        return found

    @cached_property
    def winner(self) -> Sets:
        """What the votes alone would choose."""
        direction = some([self.free[name] for name in self.names if self.kinds[name] == "direction"])
        weighed = {
            name: self.score[name] - z3.If(direction, self.parameter("means_margin"), z3.RealVal(0))
            if self.kinds[name] == "means"
            else z3.ToReal(self.score[name])
            for name in self.names
        }
        top: Any = z3.RealVal(-1000)
        for name in self.names:
            top = z3.If(every([self.free[name], weighed[name] > top]), weighed[name], top)
            top = self.reading.called(f"top!{name}", top)
        margin = self.parameter("margin_primary")
        near = {}
        for name in self.names:
            close = z3.Or(weighed[name] == top, top - weighed[name] < margin)
            near[name] = self.fixed(f"near!{name}", every([self.free[name], close]))
        return self.first(near, "winner")

    def first(self, among: Sets, label: str) -> Sets:
        """The one with precedence."""
        found = {}
        earlier: list[Any] = []
        for name in sorted(self.names, key=self.precedence.__getitem__):
            found[name] = self.fixed(f"{label}!{name}", every([among[name], z3.Not(some(earlier))]))
            earlier.append(among[name])
        return found

    @cached_property
    def forced(self) -> tuple[Sets, dict[str, Any]]:
        """The primary after the forced rules, and the rule that decides."""
        lead: dict[str, list[Any]] = {name: [] for name in self.names}
        deciding: dict[str, Any] = {}
        undecided = TRUE
        for rule in self.book.rules_of("forced"):
            entry = rule.entry
            assert isinstance(entry, ForcedRule)
            active = every([undecided, self.fires(rule.id)])
            content = every([active, some([self.winner[name] for name in entry.satisfied_by])])
            usable = {}
            for item in entry.primary:
                enough = TRUE if item.min_score is None else self.score[item.strategy] >= item.min_score
                usable[item.strategy] = every([self.open[item.strategy], enough])
            names = list(usable)
            acts = every([active, z3.Not(content), some(list(usable.values()))])
            decides = self.fixed(f"decides!{rule.id}", some([content, acts]))
            deciding[rule.id] = decides
            for index, name in enumerate(names):
                better = [
                    every([usable[other], self.score[other] >= self.score[name]])
                    if names.index(other) < index
                    else every([usable[other], self.score[other] > self.score[name]])
                    for other in names
                    if other != name
                ]
                lead[name].append(every([acts, usable[name], z3.Not(some(better))]))
            for name in self.names:
                lead[name].append(every([content, self.winner[name]]))
            undecided = every([undecided, z3.Not(decides)])
        for name in self.names:
            lead[name].append(every([undecided, self.winner[name]]))
        return {name: self.fixed(f"forced!{name}", some(lead[name])) for name in self.names}, deciding

    @cached_property
    def fallback(self) -> dict[str, Any]:
        """The default rule that speaks, if none leads."""
        none = z3.Not(some(list(self.forced[0].values())))
        found: dict[str, Any] = {}
        earlier: list[Any] = []
        for rule in self.book.rules_of("default"):
            fires = self.fires(rule.id)
            found[rule.id] = self.fixed(f"default!{rule.id}", every([none, fires, z3.Not(some(earlier))]))
            earlier.append(fires)
        return found

    @cached_property
    def primary(self) -> Sets:
        """The strategy that leads, the level being unlimited."""
        lead, deciding = self.forced
        forced = some(list(deciding.values()))
        for name in sorted(self.names, key=self.precedence.__getitem__, reverse=True):
            earlier = [
                other
                for other in sorted(self.names, key=self.precedence.__getitem__)
                if self.book.pair(name, other) == -2
                and self.precedence[other] < self.precedence[name]
                and self.kinds[other] != "means"
            ]
            if not earlier:
                continue
            leads = lead[name]
            moves = self.fixed(
                f"moves!{name}", every([leads, z3.Not(forced), some([self.free[other] for other in earlier])])
            )
            lead = {**lead, name: every([leads, z3.Not(moves)])}
            before: list[Any] = []
            for other in earlier:
                lead[other] = some([lead[other], every([moves, self.free[other], z3.Not(some(before))])])
                before.append(self.free[other])
        found: dict[str, list[Any]] = {name: [lead[name]] for name in self.names}
        for rule in self.book.rules_of("default"):
            if isinstance(rule.entry, DefaultRule) and rule.entry.primary is not None:
                found[rule.entry.primary].append(self.fallback[rule.id])
        advised = z3.Not(self.limited)
        return {name: self.fixed(f"primary!{name}", every([advised, some(claims)])) for name, claims in found.items()}

    @cached_property
    def advised(self) -> Any:
        return some(list(self.primary.values()))

    @cached_property
    def levels(self) -> Sets:
        """Where each level without a strategy holds."""
        found: dict[str, list[Any]] = {}
        earlier: list[Any] = []
        for rule in self.book.rules_of("level"):
            if isinstance(rule.entry, LevelRule):
                fires = self.fires(rule.id)
                found.setdefault(rule.entry.level, []).append(every([fires, z3.Not(some(earlier))]))
                earlier.append(fires)
        for rule in self.book.rules_of("default"):
            if isinstance(rule.entry, DefaultRule) and rule.entry.level is not None:
                claim = every([z3.Not(self.limited), self.fallback[rule.id]])
                found.setdefault(rule.entry.level, []).append(claim)
        return {level: some(claims) for level, claims in found.items()}

    # the secondaries

    @cached_property
    def waiting(self) -> Sets:
        """Strategies with the votes to lead that have to wait."""
        least = self.parameter("min_primary_score")
        lead, deciding = self.forced
        former = some(
            [
                deciding[rule.id]
                for rule in self.book.rules_of("forced")
                if isinstance(rule.entry, ForcedRule) and rule.entry.former_gate is not None
            ]
        )
        found = {}
        for name in self.names:
            after = [self.primary[other] for other in self.names if self.book.pair(other, name) == -2]
            waits = [
                every([self.score[name] >= least, z3.Not(self.vetoed[name]), z3.Not(self.barred[name]), cause])
                for cause in (self.blocked[name], some(after))
            ]
            gave_way = every([former, self.winner[name], z3.Not(lead[name])])
            found[name] = every([z3.Not(self.primary[name]), some([*waits, gave_way])])
        return found

    @cached_property
    def secondary(self) -> Sets:
        """The strategies beside the primary."""
        seated: Sets = dict.fromkeys(self.names, FALSE)
        _, deciding = self.forced
        for rule in self.book.rules_of("forced"):
            if isinstance(rule.entry, ForcedRule) and rule.entry.secondary is not None:
                seated = self.seat(
                    seated, rule.entry.secondary, every([self.advised, deciding[rule.id]]), f"beside!{rule.id}"
                )
        seated = self.reserved(seated, "before")
        seated = self.voted(seated)
        return self.reserved(seated, "after")

    def reserved(self, seated: Sets, turn: str) -> Sets:
        for rule in self.book.rules_of("seat"):
            entry = rule.entry
            if not isinstance(entry, SeatRule) or entry.turn != turn:
                continue
            due = [self.fires(rule.id), self.advised]
            if entry.when_primary:
                due.append(some([self.primary[name] for name in entry.when_primary]))
            if entry.min_score is not None:
                due.append(self.score[entry.seat] >= entry.min_score)
            if entry.instead is None:
                seated = self.seat(seated, entry.seat, every(due), f"seat!{rule.id}")
            else:
                gated = self.blocked[entry.seat]
                seated = self.seat(seated, entry.seat, every([*due, z3.Not(gated)]), f"seat!{rule.id}")
                seated = self.seat(seated, entry.instead, every([*due, gated]), f"instead!{rule.id}")
        return seated

    def voted(self, seated: Sets) -> Sets:
        """Round after round the admissible strategy with most points; no seat makes another one admissible."""
        least = self.parameter("min_secondary_score")
        fits = {}
        for name in self.names:
            friction = [self.primary[other] for other in self.names if self.rubs(other, name)]
            fits[name] = every(
                [self.advised, self.score[name] >= least, z3.Not(some(friction)), z3.Not(self.waiting[name])]
            )
        order = sorted(self.names, key=self.precedence.__getitem__)
        for turn in range(int(self.book.parameters["max_secondary_with_enabler"])):
            may = {
                name: self.fixed(f"may!{turn}!{name}", every([fits[name], self.admissible(seated, name)]))
                for name in self.names
            }
            picked = {}
            for index, name in enumerate(order):
                ahead = [
                    every([may[other], self.score[other] >= self.score[name]])
                    if order.index(other) < index
                    else every([may[other], self.score[other] > self.score[name]])
                    for other in order
                    if other != name
                ]
                picked[name] = self.fixed(f"picked!{turn}!{name}", every([may[name], z3.Not(some(ahead))]))
            seated = {name: some([seated[name], picked[name]]) for name in self.names}
        return seated

    def seat(self, seated: Sets, name: str, due: Any, label: str) -> Sets:
        takes = self.fixed(label, every([due, self.admissible(seated, name)]))
        return {**seated, name: some([seated[name], takes])}

    def admissible(self, seated: Sets, name: str) -> Any:
        if "secondary" not in self.book.candidates[name].strategy.roles:
            return FALSE
        clash = [self.primary[other] for other in self.names if self.book.pair(other, name) == "never"]
        clash += [seated[other] for other in self.names if self.book.pair(other, name) in ("never", -2)]
        clash += [self.primary[name], seated[name]]
        taken = z3.Sum([z3.If(seated[other], z3.IntVal(1), z3.IntVal(0)) for other in self.names])
        enablers = [seated[other] for other in self.names if self.kinds[other] == "enabler"]
        with_enabler = TRUE if self.kinds[name] == "enabler" else some(enablers)
        most = z3.If(with_enabler, self.parameter("max_secondary_with_enabler"), self.parameter("max_secondary"))
        return every([self.open[name], z3.Not(some(clash)), taken + 1 <= most])


_ONE_AT_A_TIME = Lock()


def choosing_of(book: Rulebook) -> Choosing:
    """Whatever account of a rulebook, for questions about one account that is told later; read once.

    Waits if another thread is reading a book: the solver must not be called from two threads at once.
    """
    with _ONE_AT_A_TIME:
        return _choosing_of(book)


def read_ahead(book: Rulebook) -> None:
    """Read a book for questions about primaries and secondaries before the first one is asked; may run in a thread."""
    z3.Z3_enable_concurrent_dec_ref(z3.main_ctx().ref())  # another thread may collect terms that nobody needs any more
    with _ONE_AT_A_TIME:
        choosing = _choosing_of(book)
        _ = choosing.primary, choosing.secondary  # each is read when it is first looked at


@lru_cache(maxsize=4)
def _choosing_of(book: Rulebook) -> Choosing:
    return Choosing(Reading(book))
