"""How finely numbers are stated."""

from __future__ import annotations

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import base_name


def step_of(name: str, book: Rulebook) -> float:
    """The smallest difference in which a number is stated or rounded."""
    fact_name = base_name(name)
    if name.startswith("confidence."):
        return 0.01
    if fact_name in book.facts:
        fact = book.facts[fact_name]
        unit = book.units.get(fact.unit or "")
        return 1 if fact.type == "rating" or fact.integer or unit is None else 10.0**-unit.decimals
    entry = book.measures[name].entry if name in book.measures else book.scores[name].entry
    return 10.0**-entry.decimals


def tidy(number: float) -> float | int:
    """A number as a person writes it: without the noise of binary fractions, without a fraction if it has none."""
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded
