"""A clause that is not met: what was found, what was needed, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Compare, Expression, Name, Value, names_in
from kam_expert.rulebook.written import written

_BOUNDS = {">=": "at_least", "<=": "at_most", ">": "above", "<": "below"}


@dataclass(frozen=True)
class Missing:
    """`needed` and `distance` (in the unit of the name) only where a number is compared with a bound."""

    clause: Expression
    found: tuple[tuple[str, Value | None], ...]
    unknown: bool
    operator: str | None = None
    needed: float | None = None
    distance: float | None = None

    def json(self) -> dict[str, Any]:
        plain = {"clause": written(self.clause), "found": dict(self.found), "unknown": self.unknown}
        return plain if self.operator is None else {**plain, "needed": self.needed, "distance": self.distance}


def missing(clause: Expression, state: State) -> Missing:
    """What a clause that is false or unknown lacks."""
    found = tuple((name, state.values.get(name)) for name in names_in(clause))
    unknown = evaluate(clause, state) is None
    if isinstance(clause, Compare) and clause.op in _BOUNDS and isinstance(clause.left, Name):
        value = state.values.get(clause.left.name)
        needed = float(evaluate(clause.right, state))
        distance = None if value is None or isinstance(value, str) else round(abs(float(value) - needed), 9)
        return Missing(clause, found, unknown, clause.op, needed, distance)
    return Missing(clause, found, unknown)


def worded(lack: Missing, speaking: Speaking) -> str:
    """The missing clause in words."""
    prose, words = speaking.prose, speaking.words
    if lack.unknown:
        return words.say("explain.missing.unknown", condition=prose.condition(lack.clause))
    ((name, value), *_) = lack.found or ((None, None),)
    if lack.operator is None or lack.needed is None or lack.distance is None or name is None:
        found = words.say("list_semicolon").join(prose.premise(each, worth) for each, worth in lack.found)
        return words.say("explain.missing.other", found=found, condition=prose.condition(lack.clause))
    needed = words.value(name, lack.needed, speaking.book, speaking.diagnosis.case.currency)
    key = f"explain.missing.{_BOUNDS[lack.operator]}" if lack.distance else "explain.missing.equal"
    return words.say(key, found=prose.premise(name, value), needed=needed, distance=_distance(lack, name, speaking))


def _distance(lack: Missing, name: str, speaking: Speaking) -> str:
    """The distance with its unit, where a difference has the same unit as the value."""
    unit = unit_of_difference(name, speaking.book)
    return speaking.words.plain(lack.distance or 0) if unit is None else speaking.quantity(lack.distance, unit)


def unit_of_difference(name: str, book: Rulebook) -> str | None:
    """The unit of a difference; none for ratings and for units written at the number, such as per cent."""
    unit = book.unit_of(name.split(".", 1)[-1])
    if unit is None or unit == "rating":
        return None
    return unit if unit == "money" or book.units[unit].spaced else None
