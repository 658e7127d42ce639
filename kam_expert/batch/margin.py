"""How few facts would have to be otherwise for another primary: each known fact of each account is changed alone.

Ratings, choices and flags are changed to every other value. Numbers are changed to the five values that the territory
states for them, to the ends of their plausible range, by a quarter of themselves, and to the values that a condition
compares them with and those just beside. So a margin of 1 is a fact; that no single change was found does not prove
that there is none, which `kam-expert explain CASE flips` can prove.

A change is near when a person may well have been that far off: one point of a rating, one place of an ordered choice,
a quarter of a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.arrow import listed
from kam_expert.engines.columns.changing import Changing
from kam_expert.engines.columns.choosing import NONE
from kam_expert.engines.columns.columns import AT_ONCE, Columns
from kam_expert.engines.columns.memory import Numbers, pack, side_by_side
from kam_expert.explanation.moves import STEPS, compared_with
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.stating import step_of
from kam_expert.rulebook.territory import Territory

NEAR = 1 / STEPS
"""The part of a number by which a person may well have been wrong: a step in the changes of one account."""


@dataclass(frozen=True)
class Alternatives:
    """The values to which a fact is changed.

    `step`: the change that is near, NaN where none is; `quarter`: a quarter is near. `room`: least and most;
    `decimals` in which it is stated.
    """

    fact: str
    values: tuple[float, ...]
    step: float
    quarter: bool
    room: tuple[float, float]
    decimals: int

    def values_for(self, stated: Numbers) -> Iterator[Numbers]:
        """The values to try, each for all accounts."""
        for value in self.values:
            yield np.full(len(stated), value)
        if self.quarter:
            for part in (1 - NEAR, 1 + NEAR):
                yield np.clip(np.round(stated * part, self.decimals), *self.room)

    def near(self, stated: Numbers, value: Numbers) -> npt.NDArray[np.bool_]:
        distance = np.abs(value - stated)
        return distance <= (NEAR * np.abs(stated) if self.quarter else self.step)


class Margins:
    """Finds the margins of accounts under one rulebook."""

    def __init__(self, book: Rulebook, territory: Territory | None) -> None:
        self.book = book
        self.columns = Columns(book, advice_only=True)
        self.changing = Changing(self.columns)
        self.alternatives = tuple(_alternatives(book, territory, self.columns.reads))

    def of(self, facts: pl.DataFrame) -> pl.DataFrame:
        """`margin`: 1 where one fact alone changes the primary, else 2; null where no strategy leads.

        `margin_facts`: the facts which do; `near_facts`: those of them for which a near change is enough.
        """
        found = [self._of(part) for part in facts.iter_slices(AT_ONCE)] or [self._of(facts)]
        return pl.concat(found)

    def _of(self, facts: pl.DataFrame) -> pl.DataFrame:
        memory = self.columns.conclusions.run(self.columns.conclusions.entrance.given(facts))
        given = memory.given
        primary = self.columns.choose(memory).primary
        leads = primary != NONE
        names: list[str] = []
        any_, near = [], []
        for each in self.alternatives:
            stated = given.values.get(each.fact)
            if stated is None:
                continue
            flips, close = np.zeros((2, given.count), dtype=bool)
            may = leads & ~np.isnan(stated)
            for value in each.values_for(stated):
                is_near = each.near(stated, value)
                wanted = may & (stated != value) & ~(flips & (close | ~is_near))
                after = self.changing.leading(
                    memory, {each.fact: np.where(wanted, value, stated)}, pack(wanted), primary
                )
                changed = after != primary
                flips |= changed
                close |= changed & is_near
            names.append(each.fact)
            any_.append(pack(flips))
            near.append(pack(close))
        facts_of = listed("margin_facts", names, side_by_side(any_, given.count))
        margin = np.where(facts_of.list.len().to_numpy() > 0, 1, 2).astype(np.int8)
        margins = pl.Series("margin", margin)
        near_of = listed("near_facts", names, side_by_side(near, given.count))
        return pl.DataFrame([margins.set(pl.Series(~leads), None), facts_of, near_of])


def _alternatives(book: Rulebook, territory: Territory | None, reads: frozenset[str]) -> Iterator[Alternatives]:
    compared = compared_with(book)
    for fact in book.facts.values():
        if fact.id not in reads or fact.type in ("text", "table"):
            continue
        low, high = fact.range or (-math.inf, math.inf)
        step, quarter = 1.0, False
        if fact.type == "flag":
            values, step = {0.0, 1.0}, math.nan
        elif fact.type == "choice":
            values = {float(place) for place in range(len(fact.choices))}
            step = 1.0 if fact.ordered else math.nan
        elif fact.type == "rating":
            values = {1.0, 2.0, 3.0, 4.0, 5.0}
        else:
            drawn = [] if territory is None else [each.entry for each in territory.draws if each.entry.fact == fact.id]
            usual = {float(value) for each in drawn if each.of is None for value in each.values or ()}
            values = usual | {float(each) for each in fact.plausible or ()} | compared.get(fact.id, set())
            values = {value for value in values if low <= value <= high and not (fact.integer and value % 1)}
            quarter = True
        decimals = max(0, -round(math.log10(step_of(fact.id, book))))
        yield Alternatives(fact.id, tuple(sorted(values)), step, quarter, (low, high), decimals)
