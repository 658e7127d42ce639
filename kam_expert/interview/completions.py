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
from kam_expert.engines.columns.memory import Numbers, Truths
from kam_expert.interview.prior import Prior
from kam_expert.interview.scales import Scale, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import names_in

STRAY = 2.5
"""How many times further from the middle the straying completions lie."""
STRAY_UNKNOWN = 15.0
"""Per cent of the straying completions in which nobody knows a fact."""


@dataclass(frozen=True, eq=False)
class Chances:
    """The random numbers of all draws, made once: from one answer to the next only what was answered changes."""

    qualities: Numbers
    levels: Numbers
    percents: Numbers
    wide: Numbers
    least_unknown: Numbers

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
        self.nothing, self.nowhere = np.full(self.rows, math.nan), np.zeros(self.rows, dtype=bool)
        formulas = [(draw.entry, draw.formula) for draw in prior.draws]
        self.formulas = [
            (scale, names_in(formula))
            for scale in self.scales
            for entry, formula in formulas
            if entry is scale.entry and formula is not None
        ]
        self.parts: dict[str, set[str]] = {}
        for scale in self.scales:
            entry = scale.entry
            if entry.of is not None and entry.values is not None and entry.values[-1] <= 100:
                self.parts.setdefault(entry.of, set()).add(entry.fact)
            if entry.at_most is not None:
                self.parts.setdefault(entry.at_most, set()).add(entry.fact)

    def _mixture(self) -> Numbers:
        """The hidden qualities as mixtures of independent ones."""
        mixture = np.zeros((len(self.place), len(self.place)))
        for index, quality in enumerate(self.prior.qualities):
            for other, weight in quality.weights.items():
                mixture[index] += weight * mixture[self.place[other]]
            mixture[index, index] += 1.0
            mixture[index] /= math.sqrt(1.0 + sum(weight * weight for weight in quality.weights.values()))
        return mixture

    def drawn(self, case: Case, askable: Collection[str]) -> dict[str, Numbers]:
        """The facts in every completion, NaN where nobody knows them; what is neither known nor askable is left out."""
        known: dict[str, float] = {}
        for scale in self.scales:
            name = scale.entry.fact
            given = case.facts.get(name)
            if given is not None and given.value is not None and name not in known:
                known[name] = scale.number(given.value)
        given_ = {name: np.full(self.rows, number) for name, number in known.items()}
        qualities = self._qualities(known)
        state, spoken = self._pass(given_, qualities, {})
        solved = self._solved(state, given_)
        if solved:
            state, spoken = self._pass(given_, qualities, solved)
        open_ = [name for name in askable if name not in case.facts and name in spoken]
        return {**given_, **{name: np.where(spoken[name], state[name], math.nan) for name in open_}}

    # what the answers say about the hidden qualities

    def _qualities(self, known: Mapping[str, float]) -> Numbers:
        """The qualities in each completion, by the formulas of the linear Gaussian model."""
        observed, noise, seen = [], [], []
        alone = {name: np.array([number]) for name, number in known.items()}
        settled: set[str] = set()
        for scale in self.scales:
            entry = scale.entry
            if entry.fact in settled or entry.fact not in known or not scale.applies(alone, 1)[0]:
                continue
            settled.add(entry.fact)
            found = scale.level_of(known[entry.fact], known.get(entry.of or ""))
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
        sizes, vectors = np.linalg.eigh((spread + spread.T) / 2.0)
        root = vectors @ np.diag(np.sqrt(np.maximum(sizes, 0.0)))
        return np.asarray(mean[:, None] + self.chances.wide * (root @ self.chances.qualities))

    # the remaining facts

    def _pass(self, given: Table, qualities: Numbers, fixed: Table) -> tuple[dict[str, Numbers], dict[str, Truths]]:
        """Every fact in turn, also where nobody knows it, so that others agree with it; and where somebody does."""
        state: dict[str, Numbers] = dict(given)
        spoken: dict[str, Truths] = {}
        for index, scale in enumerate(self.scales):
            name = scale.entry.fact
            if name in given:
                continue
            before = state.get(name, self.nothing)
            here = scale.applies(state, self.rows) & np.isnan(before)
            found = fixed[name] if name in fixed else scale.values_at(self._level(scale, qualities, index), state)
            if scale.formula is None:
                found = self._at_least(name, found, given)
            said = self.chances.percents[index] >= np.maximum(self.chances.least_unknown, scale.entry.unknown)
            state[name] = np.where(here, found, before)
            spoken[name] = spoken.get(name, self.nowhere) | (here & ~np.isnan(found) & said)
        return state, spoken

    def _level(self, scale: Scale, qualities: Numbers, index: int) -> Numbers:
        total = scale.entry.spread * self.chances.wide * self.chances.levels[index]
        for name, weight in scale.entry.weights.items():
            total = total + weight * qualities[self.place[name]]
        return np.asarray(total / scale.norm)

    def _at_least(self, name: str, found: Numbers, given: Table) -> Numbers:
        """No less than an answered fact that can be no more than this one: lines bought and lines relevant."""
        for part in self.parts.get(name, ()):
            if part in given:
                found = np.maximum(found, given[part])
        return found

    def _solved(self, state: Table, given: Table) -> dict[str, Numbers]:
        """What an open fact must be for a formula to give what was answered: the spend, from sales and share.

        The formulas are linear in each of their facts, so two values of the open fact say what it must be.
        """
        found: dict[str, Numbers] = {}
        for scale, reads in self.formulas:
            open_ = [name for name in reads if name not in given and name not in found]
            if scale.entry.fact not in given or not open_:
                continue
            name = open_[0]
            ends = [scale.computed({**state, name: np.full(self.rows, end)}, self.rows) for end in (0.0, 1.0)]
            slope = ends[1] - ends[0]
            sound = scale.applies(state, self.rows) & (slope != 0) & ~np.isnan(slope)
            if not sound.any():
                continue
            value = np.divide(given[scale.entry.fact] - ends[0], slope, out=np.zeros(self.rows), where=sound)
            low, high = self.book.facts[name].range or (-math.inf, math.inf)
            found[name] = np.where(sound, np.clip(value, float(low), float(high)), state[name])
        return found
