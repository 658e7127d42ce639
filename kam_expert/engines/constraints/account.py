"""Questions about one account: what would have to change for another answer.

The facts of the account are told to the solver as plain equalities, so that most of the reading falls away before the
search begins. No term of the solver leaves this module: changes are facts with values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import z3

from kam_expert.engines.conclusions import Change, Inputs, Room
from kam_expert.engines.constraints.choosing import choosing_of
from kam_expert.engines.constraints.quantities import every, some
from kam_expert.engines.constraints.reading import Reading
from kam_expert.engines.constraints.solving import (
    Verdict,
    constant,
    pinned,
    searched,
    solver_for_told,
    stated,
    trusted,
    value_of,
    variable,
)
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import Fact

MOST_TRIES = 4
PATIENCE = 2_000
"""Milliseconds for one question."""


@dataclass(frozen=True)
class Answer:
    """`none`: no such change, proven. `found`: a change that was checked. Else undecided."""

    verdict: Verdict
    change: Change = field(default_factory=dict)


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
    choosing = choosing_of(book)
    reading = choosing.reading
    leads = some([choosing.primary[name] for name in leaders])  # first, since it reads what the account is then told
    claims, changed = _told(reading, inputs, rooms)
    solver = solver_for_told()
    solver.set("timeout", PATIENCE)
    solver.add(reading.requirements())
    solver.add(*claims, leads)
    limited = [term for name, term in changed.items() if counted is None or name in counted]
    if limited:
        solver.add(z3.AtMost(*limited, most))
    for names in without:
        solver.add(z3.Not(every([changed[name] for name in names])))

    def passing(model: Any) -> Change | None:
        change = _change(reading, model, changed)
        return change if check(change) else None

    verdict, change = searched([reading], solver, passing, MOST_TRIES)
    return Answer(verdict, change or {})


def _told(reading: Reading, inputs: Inputs, rooms: Mapping[str, Room]) -> tuple[list[Any], dict[str, Any]]:
    """What the account says of its facts, and whether each fact with room to move is changed.

    A fact that becomes known is trusted as one whose source nobody states.
    """
    claims = pinned(reading, inputs, rooms)
    changed: dict[str, Any] = {}
    unstated = reading.book.parameters["confidence_unstated"]
    for name, claim in stated(reading, inputs).items():
        if name not in rooms:
            continue
        fact = reading.book.facts[name]
        changed[name] = z3.Bool(f"changed!{name}")
        absent = z3.Bool(f"n/a!{name}") == (name in inputs.not_applicable)
        moved = every([z3.Bool(f"known!{name}"), _within(variable(reading, fact, name), fact, rooms[name])])
        claims += [z3.Implies(z3.Not(changed[name]), every([claim, absent])), z3.Implies(changed[name], moved)]
        if f"confidence.{name}" in reading.found:
            claims.append(trusted(reading, name, inputs.values.get(f"confidence.{name}", unstated)))
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
