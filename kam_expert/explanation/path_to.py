"""The way to a strategy: the smallest change of facts that our own firm can bring about, after which it leads.

Only facts with `influence` move, only in the direction in which anybody would work, within their plausible range. What
is unknown is left unknown unless there is no way otherwise. That fewer facts are not enough is proven by the
constraints engine; each way is confirmed in the network. If there is no way, the facts are named that stand in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Change, Room
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.flips import moved
from kam_expert.explanation.moves import (
    Account,
    Moved,
    may_alone,
    room,
    shortened,
    towards,
    turning_points,
)
from kam_expert.explanation.outcome import Result, told
from kam_expert.problems import Phrase
from kam_expert.recommendation import Standing
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.naming import UnknownName, find, meanings
from kam_expert.rulebook.schema import InsertRule, Text
from kam_expert.wording import Wording

MOST_WAYS = 3
MOST_IN_THE_WAY = 3
SHOWN_WORK = 3
Verdict = Literal["leads", "proven", "found", "impossible", "undecided"]


@dataclass(frozen=True)
class Work:
    """An activity of the catalogue that works on a fact, and the strategy it belongs to, if it belongs to one."""

    activity: str
    title: Text
    strategy: str | None


@dataclass(frozen=True)
class Way:
    """Facts that are changed together so that the strategy leads."""

    moves: tuple[Moved, ...]

    @property
    def change(self) -> Change:
        return {move.fact: move.value for move in self.moves}

    @property
    def steps(self) -> float:
        return sum(move.steps for move in self.moves)


@dataclass(frozen=True)
class PathTo(Explained):
    """How a strategy can be made the primary one.

    `verdict`: it `leads` already; the ways are the shortest, `proven`; ways were `found`, but that fewer facts are not
    enough is not proven; it is `impossible` by what we can influence, which is proven; or that is `undecided`.
    `in_the_way`: facts that are not ours to improve and that would have to be different as well. `fewest`: how many
    facts the ways change. `work`: the activities by fact.
    """

    book: Rulebook
    account: str
    currency: str
    strategy: str
    result: Result
    verdict: Verdict
    ways: tuple[Way, ...]
    in_the_way: tuple[Moved, ...]
    standing: Standing
    work: Mapping[str, tuple[Work, ...]]

    @property
    def fewest(self) -> int | None:
        return len(self.ways[0].moves) if self.ways else None

    def json(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy,
            "primary": self.result.primary,
            "level": self.result.level,
            "verdict": self.verdict,
            "fewest": self.fewest,
            "ways": [
                {
                    "change": dict(way.change),
                    "was": {move.fact: move.was for move in way.moves},
                    "steps": round(way.steps, 2),
                    "activities": {
                        move.fact: [
                            {"activity": work.activity, "strategy": work.strategy} for work in self.work[move.fact]
                        ]
                        for move in way.moves
                    },
                }
                for way in self.ways
            ],
            "in_the_way": [{"fact": move.fact, "was": move.was, "value": move.value} for move in self.in_the_way],
        }

    def document(self, words: Wording) -> Document:
        say = words.say
        name = words.text(self.book.candidates[self.strategy].short)
        today = Paragraph(say("changes.recommended", result=told(self.result, self.book, words)))
        count = self.fewest or 0
        key = "proven_one" if self.verdict == "proven" and count == 1 else self.verdict
        stands = Paragraph(say(f"changes.path_{key}", strategy=name, count=count, fewer=count - 1))
        sections = [Section(say("changes.settled_title"), (today, stands))]
        for number, way in enumerate(self.ways, start=1):
            title = say("changes.way" if len(self.ways) > 1 else "changes.only_way", number=number)
            sections.append(Section(title, (Bullets(tuple(self._item(move, words) for move in way.moves)),)))
        if self.verdict in ("impossible", "undecided"):
            blocks: list[Block] = [Paragraph(say("changes.today", reason=_phrase(self.standing.reason, words)))]
            if self.in_the_way:
                items = tuple((moved(move, self.book, words, self.currency), ()) for move in self.in_the_way)
                blocks += [Paragraph(say("changes.in_the_way", strategy=name)), Bullets(items)]
            sections.append(Section(say("changes.in_the_way_title"), tuple(blocks)))
        return Document(say("changes.path_title", account=self.account, strategy=name), tuple(sections))

    def _item(self, move: Moved, words: Wording) -> tuple[str, tuple[str, ...]]:
        head = moved(move, self.book, words, self.currency)
        work = self.work[move.fact]
        if not work:
            return head, (words.say("changes.no_work"),)
        lines = []
        for each in work[:SHOWN_WORK]:
            strategy = "" if each.strategy is None else words.text(self.book.strategies[each.strategy].short)
            key = "changes.work" if strategy else "changes.work_any"
            lines.append(words.say(key, title=words.text(each.title), strategy=strategy))
        return head, tuple(lines)


def path_to(diagnosis: Diagnosis, strategy: str) -> PathTo:
    """The shortest ways to a strategy, named by id or label. Raises `UnknownName`.

    A name that covers two directions means the one that is reached with fewer changes.
    """
    known = {
        name: tuple(node for node in nodes if node.kind == "strategy")
        for name, nodes in meanings(diagnosis.book).items()
        if any(node.kind == "strategy" for node in nodes)
    }
    found = [_path(diagnosis, node.id) for node in find(known, strategy)]
    return min(found, key=lambda each: (each.verdict != "leads", each.fewest is None, each.fewest))


def _path(diagnosis: Diagnosis, strategy: str) -> PathTo:
    account, book = Account(diagnosis), diagnosis.book
    verdict: Verdict = "leads"
    ways: list[Way] = []
    in_the_way: tuple[Moved, ...] = ()
    if account.result.primary != strategy:
        rooms = _rooms(diagnosis, known=True)
        more = {**rooms, **_rooms(diagnosis, known=False)}
        verdict, ways = _ways(account, rooms, strategy)
        if not ways and more != rooms:
            rooms = more
            verdict, ways = _ways(account, rooms, strategy)
        if not ways:
            in_the_way = _in_the_way(account, rooms, diagnosis, strategy)
    facts = {move.fact for way in ways for move in way.moves}
    return PathTo(
        book=book,
        account=diagnosis.case.name,
        currency=diagnosis.case.currency,
        strategy=strategy,
        result=account.result,
        verdict=verdict,
        ways=tuple(ways),
        in_the_way=in_the_way,
        standing=diagnosis.recommendation.standing(strategy),
        work={fact: _work(book, fact, strategy) for fact in sorted(facts)},
    )


def _rooms(diagnosis: Diagnosis, *, known: bool) -> dict[str, Room]:
    """The facts that we can influence and where they can go; those that have a value, or those that are unknown."""
    found = {}
    for fact in diagnosis.book.facts.values():
        given = diagnosis.case.facts.get(fact.id)
        value = given.value if given is not None else None
        open_ = (given is None or given.state == "unknown") and fact.id not in diagnosis.conclusions.values
        if fact.influence and (value is not None if known else open_):
            place = room(fact, value, fact.improves)
            if place is not None:
                found[fact.id] = place
    return found


def _ways(account: Account, rooms: Mapping[str, Room], strategy: str) -> tuple[Verdict, list[Way]]:
    """The ways with the fewest facts, the shortest first."""
    aim = towards(strategy)
    if aim.out_of_reach(account.nearby.outcomes(account.sets(rooms, may_stay=True))):
        return "impossible", []
    single: dict[str, Change] = {}
    for name in may_alone(account, rooms, aim):
        points = turning_points(account, name, rooms[name], aim).points
        if points:
            moves = [account.moved({name: value}) for value, _ in points]
            single[name] = {name: min(moves, key=lambda each: each[0].steps)[0].value}
    if single:
        return "proven", _confirmed(account, list(single.values()), strategy)
    return _searched(account, rooms, strategy)


def _confirmed(account: Account, changes: list[Change], strategy: str) -> list[Way]:
    ways = sorted((Way(account.moved(change)) for change in changes), key=lambda way: way.steps)[:MOST_WAYS]
    return [way for way in ways if account.confirmed(way.change).primary == strategy]


def _searched(account: Account, rooms: Mapping[str, Room], strategy: str) -> tuple[Verdict, list[Way]]:
    """By the constraints engine: any way, then fewer facts until it is proven that there are no fewer."""
    from kam_expert.engines.constraints.account import change_that_leads_to  # not needed for most ways of one fact

    book, inputs = account.book, account.inputs

    def met(change: Change) -> bool:
        return account.told(change).primary == strategy

    best: Change | None = None
    most = len(rooms)
    while True:
        answer = change_that_leads_to(book, inputs, rooms, (strategy,), most, met)
        if answer.verdict != "found":
            break
        best = _fewer(answer.change, met)
        most = len(best) - 1
    if best is None:
        return ("impossible" if answer.verdict == "none" else "undecided"), []
    verdict: Verdict = "proven" if answer.verdict == "none" else "found"
    changes = [best]
    while len(changes) < MOST_WAYS:
        without: list[Collection[str]] = [tuple(change) for change in changes]
        other = change_that_leads_to(book, inputs, rooms, (strategy,), len(best), met, without=without)
        if other.verdict != "found":
            break
        changes.append(other.change)
    return verdict, _confirmed(account, [shortened(account, change, strategy) for change in changes], strategy)


def _fewer(change: Change, met: Any) -> Change:
    """The change without every fact that is not needed."""
    found = dict(change)
    for name in change:
        rest = {other: value for other, value in found.items() if other != name}
        if met(rest):
            found = rest
    return found


def _in_the_way(account: Account, rooms: Mapping[str, Room], diagnosis: Diagnosis, strategy: str) -> tuple[Moved, ...]:
    """A few facts that are not ours to improve and that would have to be different, none of them without need."""
    from kam_expert.engines.constraints.account import change_that_leads_to

    facts = diagnosis.book.facts.values()
    out = {name for name, given in diagnosis.case.facts.items() if given.state == "n/a"}
    others = {
        fact.id: place
        for fact in facts
        if fact.id not in rooms
        and fact.id not in out
        and (place := room(fact, account.inputs.values.get(fact.id))) is not None
    }

    aim = towards(strategy)
    alone = [
        account.moved({name: value})
        for name in may_alone(account, others, aim)
        for value, _ in turning_points(account, name, others[name], aim).points
    ]
    if alone:  # which needs no solver
        return min(alone, key=lambda moves: sum(move.steps for move in moves))

    def met(change: Change) -> bool:
        return account.told(change).primary == strategy

    for most in range(1, MOST_IN_THE_WAY + 1):
        found: list[tuple[Moved, ...]] = []
        while len(found) < (MOST_WAYS if most == 1 else 1):
            answer = change_that_leads_to(
                account.book,
                account.inputs,
                {**rooms, **others},
                (strategy,),
                most,
                met,
                without=[[move.fact for move in moves] for moves in found],
                counted=frozenset(others),
            )
            if answer.verdict != "found":
                break
            change = shortened(account, _fewer(answer.change, met), strategy)
            found.append(account.moved({name: value for name, value in change.items() if name in others}))
        if found:
            return min(found, key=lambda moves: sum(move.steps for move in moves))
    return ()


def _work(book: Rulebook, fact: str, candidate: str) -> tuple[Work, ...]:
    """The activities that work on a fact: those of the strategy first, then those of no strategy, then others.

    What belongs to a strategy that never goes with this one works the other way.
    """
    found: dict[str, Work] = {}
    strategy = book.candidates[candidate].strategy.id
    offered = [
        Work(each.id, each.title, strategy) for each in book.strategies[strategy].activities if fact in each.works_on
    ]
    for rule in book.rules_of("insert"):
        if isinstance(rule.entry, InsertRule) and fact in rule.entry.insert.works_on:
            offered.append(Work(rule.entry.insert.id, rule.entry.insert.title, None))
    beside = {each.strategy.id for name, each in book.candidates.items() if book.pair(candidate, name) != "never"}
    for other in (book.strategies[name] for name in book.strategies if name in beside):
        offered += [Work(each.id, each.title, other.id) for each in other.activities if fact in each.works_on]
    for work in offered:
        found.setdefault(work.activity, work)
    return tuple(found.values())


def _phrase(reason: Phrase, words: Wording) -> str:
    filled = {
        key: _phrase(value, words) if isinstance(value, Phrase) else value for key, value in reason.parameters.items()
    }
    return words.say(f"phrase.{reason.key}", **filled)


__all__ = ["PathTo", "UnknownName", "Way", "Work", "path_to"]
