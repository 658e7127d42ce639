"""The selection policy for many accounts at once, step by step as `recommendation` applies it.

What has fired is certain, so nothing here is unknown: arrays of truths and whole numbers with one row per strategy, in
the order of precedence, and one column per account. -1 is no strategy and no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.schema import (
    BarRule,
    BlockRule,
    DefaultRule,
    ForcedRule,
    SeatRule,
    VoteRule,
)

Truths = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]
Fired = Mapping[str, Truths]
NONE = -1
LOWEST = np.int32(np.iinfo(np.int32).min // 2)


def in_small(value: float) -> np.int32 | np.float64:
    """The number in as few bytes as hold it exactly."""
    return np.int32(value) if float(value).is_integer() else np.float64(value)


class Table:
    """What the book says about selection, as arrays."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.names = tuple(sorted(book.candidates, key=book.selection.precedence.index))
        self.place = {name: index for index, name in enumerate(self.names)}
        strategies = [book.candidates[name].strategy for name in self.names]
        self.means = np.array([each.kind == "means" for each in strategies])
        self.directions = np.array([each.kind == "direction" for each in strategies])
        self.enablers = np.array([each.kind == "enabler" for each in strategies])
        self.leads = np.array(["primary" in each.roles and each.kind != "enabler" for each in strategies])
        self.accompanies = np.array(["secondary" in each.roles for each in strategies])
        pairs = [[book.pair(one, other) for other in self.names] for one in self.names]
        self.never = np.array([[value == "never" for value in row] for row in pairs])
        self.follows = np.array([[value == -2 for value in row] for row in pairs])
        self.rubs = np.array([[value == "never" or value < 0 for value in row] for row in pairs])
        self.clashes = self.never | self.follows
        count = len(self.names)
        earlier = np.tril(np.ones((count, count), dtype=bool), k=-1)
        self.earlier = self.follows & earlier & ~self.means  # row: the one that leads, column: the one that comes first
        self.min_primary, self.min_secondary, self.margin, self.handicap, self.seats, self.seats_with_enabler = (
            in_small(book.parameters[name])
            for name in (
                "min_primary_score",
                "min_secondary_score",
                "margin_primary",
                "means_margin",
                "max_secondary",
                "max_secondary_with_enabler",
            )
        )
        self.levels, self.forced, self.defaults = (book.rules_of(kind) for kind in ("level", "forced", "default"))
        self.seat_rules = book.rules_of("seat")
        self.against: list[tuple[str, str, str]] = []  # rule, what it does, strategy
        voting = [rule for rule in book.rules if isinstance(rule.entry, VoteRule)]
        self.votes: list[tuple[str, str, int]] = []  # rule, strategy, points
        for rule in voting:
            assert isinstance(rule.entry, VoteRule)
            for name, word in rule.entry.votes.items():
                strength = book.selection.strengths[word]
                self.votes.append((rule.id, name, strength.points))
                if strength.veto:
                    self.against.append((rule.id, "vetoed", name))
        for rule in book.rules:
            if isinstance(rule.entry, BlockRule):
                self.against += [(rule.id, "blocked", name) for name in rule.entry.blocks]
            elif isinstance(rule.entry, BarRule):
                what = "barred_as_primary" if rule.entry.only_as_primary else "barred"
                self.against += [(rule.id, what, name) for name in rule.entry.bars]
        named = [
            *(rule.id for rule in (*self.levels, *self.forced, *self.defaults)),
            *(vote[0] for vote in self.votes),
            *(each[0] for each in self.against),
        ]
        self.leading = tuple(dict.fromkeys(named))  # the rules that decide who leads
        self.rules = tuple(dict.fromkeys([*named, *(rule.id for rule in self.seat_rules)]))


@dataclass
class Choice:
    """What is recommended to each account; strategies and rules as places in `Table`, -1 where there is none.

    `limited`: the place of the level rule that limits; `default`: of the default rule that speaks.
    `secondary`: one row per seat, filled from the first. `waits`: by strategy, whether it is a next wave. `may_lead`:
    by strategy, whether it would lead if it had points enough.
    """

    points: Numbers
    vetoed: Truths
    blocked: Truths
    barred: Truths
    limited: Numbers
    winner: Numbers
    primary: Numbers
    advised: Truths
    forced: Numbers
    default: Numbers
    secondary: Numbers
    waits: Truths
    runner_up: Numbers
    may_lead: Truths


def choose(table: Table, fired: Fired, count: int) -> Choice:
    """The recommendation to each of `count` accounts; `fired`: by rule of selection, where it fired."""
    return _Choosing(table, fired, count).choice()


def leading(table: Table, fired: Fired, count: int) -> Numbers:
    """The primary of each account alone, as `choose` finds it; only the rules of `table.leading` are looked at."""
    choosing = _Choosing(table, fired, count)
    choosing.lead()
    return choosing.primary


@dataclass
class _Choosing:
    table: Table
    fired: Fired
    count: int
    sets: dict[str, Truths] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table = self.table
        shape = (len(table.names), self.count)
        self.sets = {what: np.zeros(shape, dtype=bool) for what in ("vetoed", "blocked", "barred", "barred_as_primary")}
        for rule, what, name in table.against:
            self.sets[what][table.place[name]] |= self.fired[rule]
        self.points = np.zeros(shape, dtype=np.int32)
        for rule, name, points in table.votes:
            self.points[table.place[name]] += np.multiply(self.fired[rule], points, dtype=np.int32)
        self.open = ~(self.sets["barred"] | self.sets["vetoed"] | self.sets["blocked"])
        self.may_lead = self.open & ~self.sets["barred_as_primary"] & table.leads[:, None]
        self.free = self.may_lead & (self.points >= table.min_primary)
        self.rows = np.arange(self.count)

    def lead(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Find the primary; the places of the level rule, the winner of the votes, the forced and the default rule."""
        table = self.table
        limited = self.first_fired(table.levels)
        winner = self.best(self.free)
        lead, forced = self.force(winner)
        default = np.where(lead == NONE, self.first_fired(table.defaults), NONE)
        for index, rule in enumerate(table.defaults):
            entry = rule.entry
            if isinstance(entry, DefaultRule) and entry.primary is not None:
                lead = np.where(default == index, table.place[entry.primary], lead)
        lead = self.sequenced(lead, (forced == NONE) & (default == NONE))
        advised = (limited == NONE) & (lead != NONE)
        self.primary = np.where(advised, lead, NONE).astype(np.int32)
        self.advised = advised
        return limited, winner, forced, default

    def choice(self) -> Choice:
        table = self.table
        limited, winner, forced, default = self.lead()
        advised = self.advised
        self.is_primary = np.arange(len(table.names))[:, None] == self.primary
        self.waits = self.waiting(winner, forced)
        self.seat_all(forced)
        runner_up = self.best(self.free & ~self.is_primary & ~self.chosen)
        return Choice(
            points=self.points,
            vetoed=self.sets["vetoed"],
            blocked=self.sets["blocked"],
            barred=self.sets["barred"],
            limited=limited,
            winner=np.where(advised, winner, NONE),
            primary=self.primary,
            advised=advised,
            forced=np.where(advised, forced, NONE),
            default=np.where(limited == NONE, default, NONE),
            secondary=self.taken,
            waits=self.waits,
            runner_up=np.where(advised, runner_up, NONE),
            may_lead=self.may_lead,
        )

    def first_fired(self, rules: Iterable[Rule]) -> Numbers:
        found = np.full(self.count, NONE, dtype=np.int32)
        for index, rule in reversed([*enumerate(rules)]):
            found[self.fired[rule.id]] = index
        return found

    def one_of(self, places: Numbers, wanted: list[int]) -> Truths:
        """Where a place is one of these."""
        found = np.zeros(max(len(self.table.names), len(self.table.forced)) + 1, dtype=bool)  # the last one is for -1
        found[wanted] = True
        return found[places]

    def among(self, relation: Truths) -> Truths:
        """By strategy, how it stands to the primary; a relation holds a row per primary. False without one."""
        found: Truths = relation.T[:, self.primary] & self.advised
        return found

    # the primary

    def best(self, names: Truths) -> Numbers:
        """The first by precedence of those that lead or nearly lead; a means counts less beside a direction."""
        table = self.table
        beside = names[table.directions].any(axis=0)
        weighed = self.points - np.where(table.means[:, None] & beside, table.handicap, np.int32(0))
        top = np.where(names, weighed, LOWEST).max(axis=0, initial=LOWEST)
        return self.first(names & ((weighed == top) | (top - weighed < table.margin)))

    def first(self, names: Truths) -> Numbers:
        """The first by precedence of these strategies."""
        found = np.full(names.shape[1], NONE, dtype=np.int32)
        for place in reversed(range(len(names))):
            np.copyto(found, place, where=names[place])
        return found

    def force(self, winner: Numbers) -> tuple[Numbers, Numbers]:
        """The primary after the forced rules, and the place of the rule that decided."""
        table = self.table
        lead, decided = winner.copy(), np.full(self.count, NONE, dtype=np.int32)
        for index, rule in enumerate(table.forced):
            entry = rule.entry
            assert isinstance(entry, ForcedRule)
            active = self.fired[rule.id] & (decided == NONE)
            if not active.any():
                continue
            content = active & self.one_of(winner, [table.place[name] for name in entry.satisfied_by])
            most, found = np.full(self.count, -np.inf), np.full(self.count, NONE, dtype=np.int32)
            for item in entry.primary:
                place = table.place[item.strategy]
                usable = self.open[place] & (self.points[place] > most)
                if item.min_score is not None:
                    usable &= self.points[place] >= item.min_score
                most[usable], found[usable] = self.points[place][usable], place
            acts = active & ~content & (found != NONE)
            lead[acts] = found[acts]
            decided[content | acts] = index
        return lead, decided

    def sequenced(self, lead: Numbers, moving: Truths) -> Numbers:
        """Of two strategies that must follow each other the one with precedence leads, unless it is a means."""
        for place in reversed(range(len(self.table.names))):
            before = np.flatnonzero(self.table.earlier[place])
            rows = np.flatnonzero(moving & (lead == place)) if len(before) else before
            if not len(rows):
                continue
            earlier = self.first(self.free[np.ix_(before, rows)])
            lead[rows] = np.where(earlier == NONE, lead[rows], before[earlier])
        return lead

    # what accompanies and follows it

    def waiting(self, winner: Numbers, forced: Numbers) -> Truths:
        """Strategies with enough votes that have to wait."""
        table = self.table
        waits = self.points >= table.min_primary
        waits &= ~self.sets["vetoed"] & ~self.sets["barred"] & ~self.is_primary & self.advised
        waits &= self.sets["blocked"] | self.among(table.follows)
        gated = [
            index
            for index, rule in enumerate(table.forced)
            if isinstance(rule.entry, ForcedRule) and rule.entry.former_gate is not None
        ]
        gave_way = self.advised & self.one_of(forced, gated) & (winner != NONE) & (winner != self.primary)
        waits[winner[gave_way], self.rows[gave_way]] = True
        return waits

    def seat_all(self, forced: Numbers) -> None:
        """Fill the seats: beside the forced primary, reserved before, by votes, reserved after."""
        table = self.table
        seats = int(max(table.seats, table.seats_with_enabler, 0))
        self.taken = np.full((seats, self.count), NONE, dtype=np.int32)
        self.seated = np.zeros(self.count, dtype=np.int32)
        self.chosen = np.zeros_like(self.open)
        self.fits = self.open & table.accompanies[:, None] & ~self.is_primary & ~self.among(table.never)
        self.enabled = np.zeros(self.count, dtype=bool)
        for index, rule in enumerate(table.forced):
            if isinstance(rule.entry, ForcedRule) and rule.entry.secondary is not None:
                self.seat(rule.entry.secondary, self.advised & (forced == index))
        self.reserved("before")
        self.voted()
        self.reserved("after")

    def reserved(self, turn: str) -> None:
        table = self.table
        for rule in table.seat_rules:
            entry = rule.entry
            if not isinstance(entry, SeatRule) or entry.turn != turn:
                continue
            due = self.advised & self.fired[rule.id]
            place = table.place[entry.seat]
            if entry.when_primary:
                due = due & self.one_of(self.primary, [table.place[name] for name in entry.when_primary])
            if entry.min_score is not None:
                due = due & (self.points[place] >= entry.min_score)
            if not due.any():
                continue
            if entry.instead is not None:
                gated = due & self.sets["blocked"][place]
                self.waits[place] |= gated
                self.seat(entry.instead, gated)
                due = due & ~gated
            self.seat(entry.seat, due)

    def voted(self) -> None:
        """From the most points to the fewest, the first of precedence first: each that fits and finds room."""
        table = self.table
        wanted = self.fits & (self.points >= table.min_secondary)
        wanted &= self.advised & ~self.among(table.rubs) & ~self.waits
        size = len(table.names)
        rank = self.points * size - np.arange(size, dtype=np.int32)[:, None]  # no two of an account have the same
        while True:
            room = np.array([self.room(with_enabler=False), self.room(with_enabler=True)])
            highest = np.where(wanted & room[table.enablers.astype(np.int8)], rank, LOWEST).max(axis=0, initial=LOWEST)
            takes = highest > LOWEST
            if not takes.any():
                return
            self.take(-highest % size, takes)
            wanted &= self.fits & (rank < highest)

    def seat(self, name: str, due: Truths) -> None:
        """Add a secondary where it is due, is open, goes with what is chosen, and finds room."""
        place = self.table.place[name]
        takes = due & self.fits[place] & self.room(with_enabler=bool(self.table.enablers[place]))
        if takes.any():
            self.take(np.full(self.count, place, dtype=np.int32), takes)

    def room(self, *, with_enabler: bool) -> Truths:
        """Whether there is room for one more; an enabler may bring the seat it takes."""
        table = self.table
        enabled: Truths = self.seated < np.floor(table.seats_with_enabler)
        return enabled if with_enabler else np.where(self.enabled, enabled, self.seated < np.floor(table.seats))

    def take(self, places: Numbers, takes: Truths) -> None:
        """Seat a strategy per account where it takes a seat; what does not go with it no longer fits."""
        table = self.table
        rows = self.rows[takes]
        taking = places[takes]
        self.taken[self.seated[takes], rows] = taking
        self.seated[takes] += 1
        self.chosen[taking, rows] = True
        self.fits[taking, rows] = False
        self.fits[:, takes] &= ~table.clashes[:, taking]
        self.enabled[takes] |= table.enablers[taking]
        self.waits[taking, rows] = False
