"""Plausible accounts, invented from a few hidden qualities: the same account for the same seed and number, anywhere."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache

from kam_expert.case import SOURCES, Case, Given
from kam_expert.engines.conclusions import Row
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.stating import step_of, tidy
from kam_expert.rulebook.territory import Draw, Territory

Draws = Callable[[], float]

_MARKS = (0.0, 0.1, 0.5, 0.9, 1.0)  # where the five values of a number lie among the accounts


def plausible(territory: Territory, book: Rulebook, seed: int, number: int) -> Case:
    """The account with this number."""
    chance = random.Random(f"{seed} {number}")
    return _Account(territory, book, lambda: chance.gauss(0, 1), lambda: 100 * chance.random()).case(
        f"account-{number}"
    )


def average(territory: Territory, book: Rulebook) -> Case:
    """The account that is average in everything, all of it known that is known of most accounts."""
    return _Account(territory, book, lambda: 0.0, lambda: 50.0).case("account-average")


class _Account:
    """One account being drawn. `gauss` gives standard normal numbers, `percent` numbers from 0 to 100."""

    def __init__(self, territory: Territory, book: Rulebook, gauss: Draws, percent: Draws) -> None:
        self.territory = territory
        self.book = book
        self.gauss = gauss
        self.percent = percent
        self.qualities: dict[str, float] = {}
        for quality in territory.entry.qualities:
            self.qualities[quality.id] = self.mixture(quality.weights, 1.0)
        self.values: dict[str, Value] = {}

    def case(self, case_id: str) -> Case:
        facts: dict[str, Given] = {}
        settled: set[str] = set()
        state = State(self.values, self.book.parameters)
        for drawn in self.territory.draws:
            entry = drawn.entry
            if entry.fact in settled or (drawn.condition is not None and evaluate(drawn.condition, state) is not True):
                continue
            settled.add(entry.fact)
            unknown = self.percent() < entry.unknown
            source = self.source()
            if entry.rows is not None:
                rows = self.rows(entry)
                facts[entry.fact] = Given("unknown") if unknown else Given("given", rows=rows, source=source)
                continue
            level = self.mixture(entry.weights, entry.spread)
            value = evaluate(drawn.formula, state) if drawn.formula is not None else self.scaled(entry, level)
            if value is None:
                continue
            value = self.on_grid(entry, value)
            self.values[entry.fact] = value
            before = self.before(entry, level)
            facts[entry.fact] = Given("unknown") if unknown else Given("given", value, before=before, source=source)
        return Case(
            id=case_id,
            file=f"{case_id}.yaml",
            name=case_id,
            industry=None,
            currency=self.book.currency,
            as_of=self.territory.as_of,
            profile=self.book.profile.profile if self.book.profile else None,
            facts=facts,
        )

    def mixture(self, weights: Mapping[str, float], spread: float) -> float:
        """A standard normal number that depends on the qualities as strongly as the weights say."""
        total = spread * self.gauss()
        square = spread * spread
        for name, weight in weights.items():
            total += weight * self.qualities[name]
            square += weight * weight
        return total / math.sqrt(square) if square else 0.0

    def source(self) -> str | None:
        """Where a fact is said to come from; None if nobody says so."""
        name = _chosen(self.territory.entry.sources, self.percent() / 100)
        return name if name in SOURCES else None

    def scaled(self, entry: Draw, level: float) -> Value:
        """The value at this level, a standard normal number, on the scale of the fact."""
        place = 0.5 * (1 + math.erf(level / math.sqrt(2)))
        if entry.choices is not None:
            return _chosen(entry.choices, place)
        if entry.yes is not None:
            return place >= 1 - entry.yes / 100
        if entry.shares is not None:
            return _rating(entry.shares, place)
        assert entry.values is not None
        part = min(bisect_right(_MARKS, place), len(_MARKS) - 1)
        low, high = _MARKS[part - 1], _MARKS[part]
        first, second = entry.values[part - 1], entry.values[part]
        number = first + (second - first) * (place - low) / (high - low)
        return number * float(self.values[entry.of]) / 100 if entry.of else number

    def on_grid(self, entry: Draw, value: Value) -> Value:
        """A number as it is stated: rounded, and no more than the fact that limits it."""
        if isinstance(value, bool | str):
            return value
        step = _step(entry.fact, self.book)
        number = tidy(math.floor(value / step + 0.5) * step)
        if entry.at_most is not None and entry.at_most in self.values:
            return min(number, float(self.values[entry.at_most]) if step < 1 else int(self.values[entry.at_most]))
        return number

    def before(self, entry: Draw, level: float) -> Value | None:
        """The value at the last review, alike but not the same; None if it is not known."""
        if not entry.before or self.percent() >= entry.before:
            return None
        alike = self.territory.entry.alike
        earlier = alike * level + math.sqrt(1 - alike * alike) * self.gauss()
        return self.on_grid(entry, self.scaled(entry, earlier))

    def rows(self, entry: Draw) -> tuple[Row, ...]:
        assert entry.rows is not None
        found: list[Row] = []
        for fixed in entry.rows.fixed:
            row: dict[str, Value] = dict(fixed)
            for column, draw in entry.rows.ratings.items():
                place = 0.5 * (1 + math.erf(self.mixture(draw.weights, draw.spread) / math.sqrt(2)))
                row[column] = _rating(draw.shares, place)
            found.append(row)
        return tuple(found)


@lru_cache(maxsize=1000)
def _step(fact: str, book: Rulebook) -> float:
    return step_of(fact, book)


def _chosen(shares: Mapping[str, float], place: float) -> str:
    """The name at a place (0 to 1) among names that take their shares of the whole in turn."""
    rest = place * sum(shares.values())
    for name, share in shares.items():
        rest -= share
        if rest < 0:
            return name
    return name


def _rating(shares: tuple[float, ...], place: float) -> int:
    """The rating at a place (0 to 1) among ratings that take their shares of the whole in turn."""
    rest = place * sum(shares)
    for rating, share in enumerate(shares, 1):
        rest -= share
        if rest < 0:
            return rating
    return len(shares)
