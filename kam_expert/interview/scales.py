"""From a standard normal level to the value of a fact and back, as `knowledge/territory.yaml` states its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import NormalDist

import numpy as np

from kam_expert.engines.columns.frames import coded
from kam_expert.engines.columns.memory import Given, Numbers, Truths
from kam_expert.engines.columns.reading import Reading
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.territory import Drawn

_NORMAL = NormalDist()
_LEVELS: Numbers = np.linspace(-8.0, 8.0, 6401)
_PLACES: Numbers = np.array([_NORMAL.cdf(level) for level in _LEVELS])
_MARKS: Numbers = np.array([0.0, 0.1, 0.5, 0.9, 1.0])  # where the five values of a number lie among the accounts
_FAR = 8.0

Table = Mapping[str, Numbers]
"""Facts of many accounts, as the columns engine has them: NaN is unknown."""


class Scale:
    """How one draw gets its value. `norm`: what makes its level standard normal."""

    def __init__(self, drawn: Drawn, book: Rulebook) -> None:
        self.entry = drawn.entry
        self.fact = book.facts[drawn.entry.fact]
        self.type = book.vocabulary.names[drawn.entry.fact]
        reading = Reading(book.vocabulary, book.parameters)
        self.program = reading.program
        self.condition = None if drawn.condition is None else reading.truth(drawn.condition)
        self.formula = None if drawn.formula is None else reading.number(drawn.formula)
        weights = drawn.entry.weights.values()
        self.norm = math.sqrt(drawn.entry.spread**2 + sum(weight * weight for weight in weights)) or 1.0

    @property
    def simulated(self) -> bool:
        """Tables are not: what rules read of them is asked for as a whole."""
        return self.entry.rows is None

    def applies(self, values: Table, rows: int) -> Truths:
        """For which accounts the draw counts."""
        if self.condition is None:
            return np.ones(rows, dtype=bool)
        return self.program.run(Given(rows, values)).truths(self.condition)

    def computed(self, values: Table, rows: int) -> Numbers:
        """What the formula gives from facts drawn before."""
        assert self.formula is not None
        with np.errstate(all="ignore"):
            return self.program.run(Given(rows, values)).numbers[self.formula]

    def number(self, value: Value) -> float:
        """A value of the fact as the columns engine has it."""
        return float(coded(self.type, self.entry.fact, value))

    @cached_property
    def steps(self) -> tuple[Numbers, Numbers]:
        """Of a rating, choice or flag: the levels at which the value changes, and the values below and above them."""
        entry = self.entry
        if entry.shares is not None:
            shares, values = list(entry.shares), [1.0, 2.0, 3.0, 4.0, 5.0]
        elif entry.choices is not None:
            shares, values = list(entry.choices.values()), [self.number(name) for name in entry.choices]
        else:
            yes = entry.yes or 0.0
            shares, values = [100.0 - yes, yes], [0.0, 1.0]
        total, reached, cuts = sum(shares), 0.0, []
        for share in shares[:-1]:
            reached += share / total
            cuts.append(_inverse(reached))
        return np.array(cuts), np.array(values)

    @property
    def stepped(self) -> bool:
        return self.entry.values is None and self.formula is None and self.simulated

    def values_at(self, level: Numbers, values: Table) -> Numbers:
        """The values at these levels; unknown where a fact that they are a part of is."""
        if self.formula is not None:
            return self._limited(self.computed(values, len(level)), values)
        if self.stepped:
            cuts, steps = self.steps
            return steps[np.searchsorted(cuts, level, side="right")]
        marks = np.array(self.entry.values, dtype=float)
        found = np.interp(np.interp(level, _LEVELS, _PLACES), _MARKS, marks)
        if self.entry.of is not None:
            found = found * values.get(self.entry.of, math.nan) / 100.0
        return self._limited(found, values)

    def _limited(self, found: Numbers, values: Table) -> Numbers:
        """As it is stated: whole where the fact is, within its range, no more than the fact that limits it."""
        if self.fact.integer:
            found = np.floor(found + 0.5)
        if self.entry.at_most is not None and self.entry.at_most in values:
            most = values[self.entry.at_most]
            found = np.where(found > most, most, found)
        if self.fact.range is not None:
            found = np.clip(found, float(self.fact.range[0]), float(self.fact.range[1]))
        return found

    def level_of(self, number: float, whole: float | None) -> tuple[float, float] | None:
        """Mean and variance of the level at which a fact has this value; None where that cannot be said.

        `whole`: the value of the fact of which this one is a part.
        """
        if not self.simulated or self.formula is not None:
            return None
        if self.stepped:
            cuts, values = self.steps
            if number not in values:
                return None
            index = int(np.flatnonzero(values == number)[0])
            low = float(cuts[index - 1]) if index else -_FAR
            high = float(cuts[index]) if index < len(cuts) else _FAR
            return _between(low, high)
        if self.entry.of is not None:
            if not whole:
                return None
            number = 100.0 * number / whole
        half = 0.5 if self.fact.integer and self.entry.of is None else 0.0
        low, high = (self._place(number + side * half, side) for side in (-1, 1))
        return _between(_inverse(low), _inverse(high))

    def _place(self, number: float, side: int) -> float:
        """Where a number lies among the accounts; at the lower or upper end of a part where the scale is level."""
        values: Sequence[float] = self.entry.values or ()
        inside = [mark for mark, value in zip(_MARKS, values, strict=True) if value == number]
        if inside:
            return float(inside[0] if side < 0 else inside[-1])
        return float(np.interp(number, np.array(values, dtype=float), _MARKS))


def _inverse(place: float) -> float:
    if place <= 0.0:
        return -_FAR
    return _FAR if place >= 1.0 else _NORMAL.inv_cdf(place)


def _between(low: float, high: float) -> tuple[float, float]:
    """Mean and variance of a standard normal number that lies between two ends."""
    if high - low < 1e-6:
        return min(max(low, -3.0), 3.0), 0.01
    mass = _NORMAL.cdf(high) - _NORMAL.cdf(low)
    if mass < 1e-9:
        return min(max(low, -3.0), 3.0), 0.1
    first, last = _NORMAL.pdf(low), _NORMAL.pdf(high)
    mean = (first - last) / mass
    variance = 1.0 + (low * first - high * last) / mass - mean * mean
    return mean, max(variance, 0.0)
