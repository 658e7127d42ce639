"""Questions about one account: what would have to change for another answer.

The facts of the account are told to the solver as plain equalities, so that most of the reading falls away before the
search begins. No term of the solver leaves this module: changes are facts with values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import z3

from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.constraints.choosing import Choosing
from kam_expert.engines.constraints.quantities import every, some
from kam_expert.engines.constraints.reading import Reading
from kam_expert.engines.constraints.solving import constant, exact, facts_read, otherwise, value_of, variable
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, base_name
from kam_expert.rulebook.schema import Fact

Change = Mapping[str, Value]
Room = tuple[float, float] | frozenset[Value]
"""Where a fact may move to: between two ends, or one of several values."""
MOST_TRIES = 12
PATIENCE = 4_000
"""Milliseconds for one question."""


@dataclass(frozen=True)
class Answer:
    """`none`: no such change, proven. `found`: a change that was checked. Else undecided."""

    verdict: Literal["none", "found", "undecided"]
    change: Change = field(default_factory=dict)


@lru_cache(maxsize=4)
def _read(book: Rulebook) -> tuple[Reading, Choosing]:
    """The reading of a rulebook with all that decides who leads; read once."""
    reading = Reading(book)
    choosing = Choosing(reading)
    assert choosing.primary
    return reading, choosing


def change_that_leads_to(
    book: Rulebook,
    inputs: Inputs,
    rooms: Mapping[str, Room],
    leaders: Collection[str],
    most: int,
    check: Callable[[Change], bool],
    *,
    without: Sequence[Collection[str]] = (),
    counted: Collection[str] | None = None,
) -> Answer:
    """A change of at most `most` facts, within their rooms, after which one of the leaders is primary.

    `without`: sets of facts, none of which may be changed as a whole. `counted`: only changes of these facts count
    against `most`.
    """
    _, choosing = _read(book)
    claim = some([choosing.primary[name] for name in leaders])
    return _asked(book, inputs, rooms, claim, most, check, without, counted)


def change_away_from(
    book: Rulebook,
    inputs: Inputs,
    rooms: Mapping[str, Room],
    leader: str,
    most: int,
    check: Callable[[Change], bool],
    *,
    without: Sequence[Collection[str]] = (),
) -> Answer:
    """A change of at most `most` facts, within their rooms, after which a strategy does not lead any more."""
    _, choosing = _read(book)
    return _asked(book, inputs, rooms, z3.Not(choosing.primary[leader]), most, check, without, None)


def _asked(
    book: Rulebook,
    inputs: Inputs,
    rooms: Mapping[str, Room],
    claim: Any,
    most: int,
    check: Callable[[Change], bool],
    without: Sequence[Collection[str]],
    counted: Collection[str] | None,
) -> Answer:
    reading, _ = _read(book)
    claims, changed = _told(reading, inputs, rooms)
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(reading.requirements())
    solver.add(*claims, claim)
    limited = [term for name, term in changed.items() if counted is None or name in counted]
    if limited:
        solver.add(z3.AtMost(*limited, most))
    for names in without:
        solver.add(z3.Not(every([changed[name] for name in names])))
    for turn in range(MOST_TRIES):
        outcome = solver.check()
        if outcome == z3.unsat:
            return Answer("undecided" if turn else "none")
        if outcome != z3.sat:
            return Answer("undecided")
        model = solver.model()
        for candidate in (model, exact([reading], solver, model)):
            change = None if candidate is None else _change(reading, candidate, changed)
            if change is not None and check(change):
                return Answer("found", change)
        solver.add(z3.Or(*otherwise([reading], model)))
    return Answer("undecided")


def _told(reading: Reading, inputs: Inputs, rooms: Mapping[str, Room]) -> tuple[list[Any], dict[str, Any]]:
    """What the account says of its facts, and whether each fact with room to move is changed."""
    book = reading.book
    claims: list[Any] = []
    changed: dict[str, Any] = {}
    for name in facts_read(reading):
        fact = book.facts[base_name(name)]
        known = z3.Bool(f"known!{name}")
        if fact.type == "table":
            claims.append(known == bool(inputs.tables.get(name)))
            continue
        value = inputs.values.get(name)
        told = known == (value is not None)
        if value is not None and fact.type != "text":
            told = every([told, variable(reading, fact, name) == constant(fact, value)])
        if name in rooms:
            changed[name] = z3.Bool(f"changed!{name}")
            moved = every([known, _within(variable(reading, fact, name), fact, rooms[name])])
            claims += [z3.Implies(z3.Not(changed[name]), told), z3.Implies(changed[name], moved)]
        else:
            claims.append(told)
    for fact_id in book.facts:
        claims.append(z3.Bool(f"n/a!{fact_id}") == (fact_id in inputs.not_applicable))
        trust = f"confidence.{fact_id}"
        if trust in reading.found:
            held = inputs.values.get(trust, book.parameters["confidence_unstated"])
            claims.append(z3.Real(trust) == z3.RealVal(Fraction(str(held))))
    return claims, changed


def _within(term: Any, fact: Fact, room: Room) -> Any:
    if isinstance(room, frozenset):
        return some([term == constant(fact, value) for value in sorted(room, key=str)])
    low, high = (z3.RealVal(Fraction(str(end))) for end in room)
    return every([term >= low, term <= high])


def _change(reading: Reading, model: Any, changed: Mapping[str, Any]) -> Change:
    found = {}
    for name, term in changed.items():
        if z3.is_true(model.eval(term)):
            fact = reading.book.facts[name]
            found[name] = value_of(fact, model.eval(variable(reading, fact, name), model_completion=True))
    return found
