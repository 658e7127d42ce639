"""The smallest changes of the facts that change which strategy leads.

Changes of one fact are found for every fact, by sets: what is not listed as able to change the answer alone is proven
not to. Only when no fact changes it alone are larger changes looked for, by the constraints engine, one fact more at a
time, so that the number of facts is proven to be the smallest. What is found is confirmed in the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Change, Room
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.moves import (
    Account,
    Moved,
    away,
    may_alone,
    room,
    shortened,
    turning_points,
)
from kam_expert.explanation.outcome import Result, told
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording

MOST_FACTS = 3
"""The most facts that are changed at once."""


@dataclass(frozen=True)
class Flip:
    """A change of facts and what is recommended after it, as the network says.

    `estranges`: known facts would no longer apply after it, as to a customer that becomes a prospect; it then tells of
    another account rather than of a mistake in this one.
    """

    moves: tuple[Moved, ...]
    result: Result
    estranges: bool = False

    @property
    def change(self) -> Change:
        return {move.fact: move.value for move in self.moves}

    @property
    def doubtful(self) -> bool:
        """Whether a fact is moved whose present value is a guess or stale."""
        return any(move.doubt for move in self.moves)

    @property
    def steps(self) -> float:
        return sum(move.steps for move in self.moves)

    def json(self) -> dict[str, Any]:
        return {
            "change": dict(self.change),
            "primary": self.result.primary,
            "level": self.result.level,
            "was": {move.fact: move.was for move in self.moves},
            "steps": round(self.steps, 2),
            "guesses": [move.fact for move in self.moves if move.doubt == "guess"],
            "stale": [move.fact for move in self.moves if move.doubt == "stale"],
        }


@dataclass(frozen=True)
class Flips(Explained):
    """What would change the recommendation.

    `changes`: the best of the smallest changes, those that rest on doubtful facts first. `fewest`: how many facts have
    to change at least for another answer; None if changes of up to `tried` facts do not do it. `proven`: whether that
    is proven. `alone`: the facts that change it on their own; `may`: those of which that is not settled. Of the others
    among the `known` facts that have a value to move it is proven that they do not.
    """

    book: Rulebook
    account: str
    currency: str
    result: Result
    changes: tuple[Flip, ...]
    fewest: int | None
    proven: bool
    known: int
    alone: tuple[str, ...]
    may: tuple[str, ...]
    tried: int = MOST_FACTS

    def json(self) -> dict[str, Any]:
        return {
            "primary": self.result.primary,
            "level": self.result.level,
            "fewest": self.fewest,
            "proven": self.proven,
            "known_facts": self.known,
            "alone": list(self.alone),
            "may": list(self.may),
            "flips": [flip.json() for flip in self.changes],
        }

    def document(self, words: Wording) -> Document:
        say = words.say
        name = told(self.result, self.book, words)
        blocks: list[Block] = [Paragraph(say("changes.recommended", result=name))]
        facts = {"count": len(self.alone), "known": self.known, "rest": self.known - len(self.alone) - len(self.may)}
        if self.alone or self.may:
            blocks.append(Paragraph(say("changes.alone", **facts)))
            if self.may:
                labels = words.say("list_comma").join(words.text(self.book.label(fact)) for fact in self.may)
                blocks.append(Paragraph(say("changes.may", facts=labels)))
        if self.fewest is None:
            key = "changes.none" if self.proven else "changes.none_found"
            blocks.append(Paragraph(say(key, most=self.tried)))
        elif self.fewest > 1:
            key = "changes.fewest" if self.proven else "changes.fewest_found"
            blocks.append(Paragraph(say(key, count=self.fewest, fewer=self.fewest - 1)))
        sections = [Section(say("changes.settled_title"), tuple(blocks))]
        doubtful = [flip for flip in self.changes if flip.doubtful]
        others = [flip for flip in self.changes if not flip.doubtful]
        for title, flips in (("changes.rests_title", doubtful), ("changes.smallest_title", others)):
            if flips:
                items = tuple((self._line(flip, words), ()) for flip in flips)
                sections.append(Section(say(title), (Bullets(items),)))
        return Document(say("changes.flips_title", account=self.account), tuple(sections))

    def _line(self, flip: Flip, words: Wording) -> str:
        moves = words.say("list_semicolon").join(moved(each, self.book, words, self.currency) for each in flip.moves)
        return words.say("changes.flip", moves=moves, result=told(flip.result, self.book, words))


def moved(move: Moved, book: Rulebook, words: Wording, currency: str) -> str:
    """A changed fact in words; a doubtful value is said to be one."""
    value = words.value(move.fact, move.value, book, currency)
    if book.facts[move.fact].type == "rating" and isinstance(move.was, int):
        was = words.plain(move.was)  # the scale is said once
    else:
        was = words.value(move.fact, move.was, book, currency)
    key = f"changes.moved_{move.doubt}" if move.doubt else "changes.moved"
    key = "changes.found_out" if move.was is None else key
    return words.say(key, fact=words.text(book.label(move.fact)), was=was, value=value)


def flips(diagnosis: Diagnosis, most: int = 5) -> Flips:
    """The smallest changes of known facts that change which strategy leads, at most so many."""
    account = Account(diagnosis)
    book = diagnosis.book
    given = {name: fact.value for name, fact in diagnosis.case.facts.items() if fact.value is not None}
    rooms = {name: place for name, value in given.items() if (place := room(book.facts[name], value)) is not None}
    aim = away(account)
    possible = may_alone(account, rooms, aim)
    single = {name: turning_points(account, name, rooms[name], aim) for name in possible}
    found = [_flip(account, {name: value}) for name, turning in single.items() for value, _ in turning.points]
    alone = tuple(name for name in possible if single[name].points)
    may = tuple(name for name in possible if not single[name].points and not single[name].complete)
    fewest: int | None = 1 if found else None
    proven = True
    if not any(flip.result.primary for flip in found):
        larger, count, enough = _larger(account, rooms, most, fewer_open=bool(may))
        found += larger
        if fewest is None:
            fewest, proven = count, enough
    return Flips(
        book=book,
        account=diagnosis.case.name,
        currency=diagnosis.case.currency,
        result=account.result,
        changes=tuple(flip for flip in _best(found, most) if flip.result == account.confirmed(flip.change)),
        fewest=fewest,
        proven=proven,
        known=len(rooms),
        alone=alone,
        may=may,
    )


def _flip(account: Account, change: Change) -> Flip:
    return Flip(account.moved(change), account.told(change), account.estranged_by(change))


def _order(flip: Flip) -> tuple[bool, bool, bool, int, float, str]:
    """Doubtful facts first; what fits this account; another strategy before none; fewer facts, then smaller steps."""
    facts = ",".join(move.fact for move in flip.moves)
    nothing = flip.result.primary is None
    return (not flip.doubtful, flip.estranges, nothing, len(flip.moves), flip.steps, facts)


def _best(found: list[Flip], most: int) -> tuple[Flip, ...]:
    """The best for each set of facts; of these first one for each other answer, then the next best."""
    by_facts: dict[tuple[str, ...], Flip] = {}
    for flip in sorted(found, key=_order):
        by_facts.setdefault(tuple(move.fact for move in flip.moves), flip)
    first: dict[str, Flip] = {}
    for flip in by_facts.values():
        if not flip.estranges:
            first.setdefault(flip.result.id, flip)
    chosen = [*first.values(), *(flip for flip in by_facts.values() if flip not in first.values())]
    return tuple(sorted(islice(chosen, most), key=_order))


def _larger(
    account: Account, rooms: Mapping[str, Room], most: int, *, fewer_open: bool
) -> tuple[list[Flip], int | None, bool]:
    """Changes of as few facts as possible to another strategy; how many these are, and whether fewer are disproven."""
    proven = True
    for count in range(1 if fewer_open else 2, MOST_FACTS + 1):
        found: list[Flip] = []
        for flip, verdict in _searched(account, rooms, count):
            if flip is not None:
                found.append(flip)
            elif not found:
                proven = proven and verdict == "none"
            if len(found) == most:
                break
        if found:
            return found, count, proven
    return [], None, proven


def _searched(account: Account, rooms: Mapping[str, Room], count: int) -> Iterator[tuple[Flip | None, str]]:
    """Changes of so many facts after which another strategy leads, each of other facts; the last verdict with None."""
    from kam_expert.engines.constraints.account import change_that_leads_to  # the solver is seldom needed here

    leader = account.result.primary
    leaders = [name for name in account.book.candidates if name != leader]

    def check(change: Change) -> bool:
        return account.told(change).primary not in (None, leader)

    without: list[Collection[str]] = []
    while True:
        answer = change_that_leads_to(
            account.book, account.inputs, rooms, leaders, count, check, without=tuple(without)
        )
        if answer.verdict != "found":
            yield None, answer.verdict
            return
        change = shortened(account, answer.change, account.told(answer.change).primary)
        yield _flip(account, change), "found"
        without.append(tuple(change))
