"""Simulated completions of a case: what the answers to the remaining questions may be, as arrays.

Drawn from the same picture of plausible accounts as the territory (`knowledge/territory.yaml`): a few hidden qualities,
standard normal, of which every fact is a mixture. The answers given so far say something about the qualities; as all
is linear and normal, what they say is the posterior of a linear Gaussian model, in closed form. The remaining facts are
drawn from it, so that they agree with what is known of the account.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from kam_expert.case import Case
from kam_expert.interview.arrays import Arrays, Column, Floats, Truths, column_of
from kam_expert.interview.prior import Prior
from kam_expert.interview.scales import Scale
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, names_in

STRAY = 2.5
"""How many times further from the middle the straying completions lie."""
STRAY_UNKNOWN = 15.0
"""Per cent of the straying completions in which nobody knows a fact."""


@dataclass(frozen=True, eq=False)
class Chances:
    """The random numbers of all draws, made once: from one answer to the next only what was answered changes."""

    qualities: Floats
    levels: Floats
    percents: Floats
    wide: Floats
    least_unknown: Floats

    @classmethod
    def of(cls, qualities: int, draws: int, plausible: int, straying: int, seed: int) -> Chances:
        """Normal numbers after Box and Muller (1958); the last `straying` rows stray from what is plausible."""
        rows = plausible + straying
        uniform = np.random.Generator(np.random.PCG64(seed))
        count = (qualities + draws) * rows
        radius = np.sqrt(-2.0 * np.log(1.0 - uniform.random(count)))
        normal = (radius * np.cos(2.0 * math.pi * uniform.random(count))).reshape(qualities + draws, rows)
        stray = np.arange(rows) >= plausible
        return cls(
            qualities=normal[:qualities],
            levels=normal[qualities:],
            percents=100.0 * uniform.random((draws, rows)),
            wide=np.where(stray, STRAY, 1.0),
            least_unknown=np.where(stray, STRAY_UNKNOWN, 0.0),
        )


class Completions:
    """Ways in which a case may be completed: `plausible` rows as accounts commonly are, then `straying` ones."""

    def __init__(self, book: Rulebook, prior: Prior, plausible: int, straying: int, seed: int = 1) -> None:
        self.book = book
        self.prior = prior
        self.plausible = plausible
        self.rows = plausible + straying
        self.scales = tuple(scale for scale in (Scale(drawn, book) for drawn in prior.draws) if scale.simulated)
        qualities = prior.qualities
        self.place = {quality.id: index for index, quality in enumerate(qualities)}
        self.chances = Chances.of(len(qualities), len(self.scales), plausible, straying, seed)
        self.mixture = self._mixture()
        self.many, self.one = Arrays(book, self.rows), Arrays(book, 1)
        self.parts: dict[str, set[str]] = {}
        for scale in self.scales:
            entry = scale.entry
            if entry.of is not None and entry.values is not None and entry.values[-1] <= 100:
                self.parts.setdefault(entry.of, set()).add(entry.fact)
            if entry.at_most is not None:
                self.parts.setdefault(entry.at_most, set()).add(entry.fact)

    def _mixture(self) -> Floats:
        """The hidden qualities as mixtures of independent ones."""
        mixture = np.zeros((len(self.place), len(self.place)))
        for index, quality in enumerate(self.prior.qualities):
            for other, weight in quality.weights.items():
                mixture[index] += weight * mixture[self.place[other]]
            mixture[index, index] += 1.0
            mixture[index] /= math.sqrt(1.0 + sum(weight * weight for weight in quality.weights.values()))
        return mixture

    def drawn(self, case: Case, askable: Collection[str]) -> dict[str, Column]:
        """The facts in every completion. What is neither known nor askable is in none of them."""
        values = {name: fact.value for name, fact in case.facts.items() if fact.value is not None}
        values = {name: value for name, value in values.items() if self.book.facts[name].type != "text"}
        given = {name: column_of(self.book.facts[name], value, self.rows) for name, value in values.items()}
        qualities = self._qualities(values)
        state, spoken = self._pass(given, qualities, {})
        solved = self._solved(state, given)
        if solved:
            state, spoken = self._pass(given, qualities, solved)
        open_ = [name for name in askable if name not in case.facts and name in spoken]
        return {**given, **{name: Column(state[name].values, spoken[name]) for name in open_}}

    # what the answers say about the hidden qualities

    def _qualities(self, values: Mapping[str, Value]) -> Floats:
        """The qualities in each completion, by the formulas of the linear Gaussian model."""
        observed, noise, seen = [], [], []
        state = {name: column_of(self.book.facts[name], value, 1) for name, value in values.items()}
        settled: set[str] = set()
        for scale in self.scales:
            entry = scale.entry
            if entry.fact in settled or entry.fact not in values or not scale.applies(state, self.one)[0]:
                continue
            settled.add(entry.fact)
            whole = None if entry.of is None or entry.of not in state else float(state[entry.of].values[0])
            found = scale.level_of(values[entry.fact], whole)
            if found is None or not entry.weights:
                continue
            weights = np.zeros(len(self.place))
            for name, weight in entry.weights.items():
                weights[self.place[name]] = weight / scale.norm
            observed.append(weights)
            noise.append((entry.spread / scale.norm) ** 2 + found[1])
            seen.append(found[0])
        spread = self.mixture @ self.mixture.T
        mean = np.zeros(len(self.place))
        if observed:
            matrix = np.array(observed)
            gain = spread @ matrix.T @ np.linalg.inv(matrix @ spread @ matrix.T + np.diag(noise))
            mean = gain @ np.array(seen)
            spread = spread - gain @ matrix @ spread
        values_, vectors = np.linalg.eigh((spread + spread.T) / 2.0)
        root = vectors @ np.diag(np.sqrt(np.maximum(values_, 0.0)))
        return np.asarray(mean[:, None] + self.chances.wide * (root @ self.chances.qualities))

    # the remaining facts

    def _pass(
        self, given: Mapping[str, Column], qualities: Floats, fixed: Mapping[str, Column]
    ) -> tuple[dict[str, Column], dict[str, Truths]]:
        """Every fact in turn, also where nobody knows it, so that others agree with it; and where somebody does."""
        state: dict[str, Column] = dict(given)
        spoken: dict[str, Truths] = {}
        for index, scale in enumerate(self.scales):
            name = scale.entry.fact
            if name in given:
                continue
            here = scale.applies(state, self.many)
            before = state.get(name)
            if before is not None:
                here = here & ~before.known
            column = fixed.get(name) or scale.values_at(self._level(scale, qualities, index), state, self.many)
            known = here & column.known
            said = known & (self.chances.percents[index] >= np.maximum(self.chances.least_unknown, scale.entry.unknown))
            values = self._at_least(name, column.values, given) if scale.drawn.formula is None else column.values
            if before is None:
                state[name], spoken[name] = Column(values, known), said
            else:
                state[name] = Column(np.where(known, values, before.values), known | before.known)
                spoken[name] = spoken[name] | said
        return state, spoken

    def _level(self, scale: Scale, qualities: Floats, index: int) -> Floats:
        total = scale.entry.spread * self.chances.wide * self.chances.levels[index]
        for name, weight in scale.entry.weights.items():
            total = total + weight * qualities[self.place[name]]
        return np.asarray(total / scale.norm)

    def _at_least(self, name: str, values: Floats, given: Mapping[str, Column]) -> Floats:
        """No less than an answered fact that can be no more than this one: lines bought and lines relevant."""
        for part in self.parts.get(name, ()):
            if part in given:
                values = np.maximum(values, given[part].values)
        return values

    def _solved(self, state: Mapping[str, Column], given: Mapping[str, Column]) -> dict[str, Column]:
        """What an open fact must be for a formula to give what was answered: the spend, from sales and share.

        The formulas are linear in each of their facts, so two values of the open fact say what it must be.
        """
        found: dict[str, Column] = {}
        for scale in self.scales:
            formula, answered = scale.drawn.formula, scale.entry.fact
            if formula is None or answered not in given:
                continue
            open_ = [name for name in names_in(formula) if name not in given and name not in found]
            here = scale.applies(state, self.many)
            if not open_ or not here.any():
                continue
            name = open_[0]
            low, high = (self.many.worth(formula, {**state, name: self.many.constant(end)}) for end in (0.0, 1.0))
            slope = high.values - low.values
            sound = here & low.known & high.known & (slope != 0)
            value = np.divide(given[answered].values - low.values, slope, out=np.zeros(self.rows), where=sound)
            ends = self.book.facts[name].range or (-math.inf, math.inf)
            values = np.where(sound, np.clip(value, float(ends[0]), float(ends[1])), state[name].values)
            found[name] = Column(values, state[name].known | sound)
        return found
