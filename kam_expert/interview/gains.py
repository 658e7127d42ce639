"""What the answer to each question would tell about the recommendation, estimated from judged completions.

The gain of a question is the mutual information, in bits, between its answer and what the completions lead to: by how
much the answer is expected to reduce the entropy of the outcome. From a finite sample the estimate is too high by about
(answers - 1)(outcomes - 1) / 2N nats (Miller 1955), which is taken off.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kam_expert.engines.columns.memory import Numbers, Truths
from kam_expert.rulebook.book import Rulebook

Codes = NDArray[np.int64]

PARTS = 5
"""Into how many parts of equal frequency the answers of a number are put."""
SIGMAS = 3.0
"""How many standard deviations beyond chance a link between answer and outcome lies that counts as one."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What completions lead to. `leads`: place in `labels`, for each row; `beside`: rows by candidates."""

    labels: tuple[str, ...]
    leads: Codes
    beside: Truths

    def first(self, rows: int) -> Judged:
        return Judged(self.labels, self.leads[:rows], self.beside[:rows])

    def shares(self) -> tuple[tuple[str, float], ...]:
        """Each outcome with its share of the rows (0 to 1), the most frequent first."""
        counts = np.bincount(self.leads, minlength=len(self.labels))
        order = sorted(range(len(self.labels)), key=lambda place: (-counts[place], place))
        return tuple((self.labels[place], float(counts[place]) / len(self.leads)) for place in order if counts[place])


@dataclass(frozen=True)
class Gain:
    """`bits` about the primary and the secondaries; `linked`: more than chance; `outcomes`: those that depend on it."""

    fact: str
    bits: float
    linked: bool
    outcomes: tuple[str, ...]


def gains(book: Rulebook, columns: Mapping[str, Numbers], judged: Judged, weight: float) -> tuple[Gain, ...]:
    """The gain of the answer about each fact; a secondary counts `weight` times as much as the primary."""
    names = list(columns)
    if not names:
        return ()
    answers = [_answers(book, name, columns[name]) for name in names]
    rows = len(judged.leads)
    widths = [int(codes.max()) + 1 for codes in answers]
    starts = np.concatenate(([0], np.cumsum(widths)))
    each = np.zeros((rows, int(starts[-1])), dtype=np.float32)
    for start, codes in zip(starts, answers, strict=False):
        each[np.arange(rows), start + codes] = 1.0
    present = np.flatnonzero(np.bincount(judged.leads, minlength=len(judged.labels)))
    leads = (judged.leads[:, None] == present).astype(np.float32)
    varied = [place for place in range(judged.beside.shape[1]) if 0 < judged.beside[:, place].sum() < rows]
    beside = judged.beside[:, varied].astype(np.float32)
    counts = (each.T @ np.hstack([leads, beside])).astype(np.float64)
    answered, yes = counts[:, : len(present)], counts[:, len(present) :]
    size = answered.sum(axis=1)
    begins = starts[:-1].astype(np.int64)
    kinds = np.add.reduceat((size > 0).astype(np.int64), begins)
    sizes = np.add.reduceat(_log(size), begins)
    first = np.add.reduceat(_log(answered).sum(axis=1), begins) - sizes
    first = (first - _log(answered[begins[0] : starts[1]].sum(axis=0)).sum() + _log(np.array(float(rows)))) / rows
    bits, linked = _corrected(first, (kinds - 1) * (len(present) - 1), rows)
    if varied:
        second = np.add.reduceat(_log(yes) + _log(size[:, None] - yes), begins, axis=0) - sizes[:, None]
        total = beside.sum(axis=0).astype(np.float64)
        second = (second - _log(total) - _log(rows - total) + _log(np.array(float(rows)))) / rows
        more, also = _corrected(second, (kinds - 1)[:, None], rows)
        bits, linked = bits + weight * more.sum(axis=1), linked | also.any(axis=1)
    found = []
    for index, name in enumerate(names):
        part = slice(begins[index], starts[index + 1])
        some = size[part] > 0
        outcomes = _outcomes(answered[part][some], size[part][some], present, judged.labels)
        found.append(Gain(name, float(bits[index]), bool(linked[index]), outcomes))
    return tuple(found)


def _log(counts: Numbers) -> Numbers:
    """n log n, 0 for none."""
    return np.asarray(counts * np.log(np.maximum(counts, 1.0)))


def _corrected(nats: Numbers, freedom: NDArray[np.int64], rows: int) -> tuple[Numbers, Truths]:
    """Bits without what chance alone would bring, and whether there are more of them than chance brings."""
    linked = (freedom > 0) & (2 * rows * nats > freedom + SIGMAS * np.sqrt(2.0 * freedom))
    return np.maximum(0.0, nats - freedom / (2.0 * rows)) / math.log(2), np.asarray(linked)


def _answers(book: Rulebook, name: str, column: Numbers) -> Codes:
    """The answer in each row as a small number, 0 for unknown."""
    unknown = np.isnan(column)
    codes = np.where(unknown, 0.0, column)
    if book.facts[name].type == "number":
        known = column[~unknown]
        cuts = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)[1:-1])) if len(known) else np.zeros(0)
        codes = np.searchsorted(cuts, codes, side="right")
    return np.where(unknown, 0, codes.astype(np.int64) + 1)


def _outcomes(counts: Numbers, size: Numbers, present: Codes, labels: Sequence[str]) -> tuple[str, ...]:
    """The outcomes that some answer makes likeliest, and, if that is one only, those that become likelier most."""
    shares = counts / size[:, None]
    total = counts.sum(axis=0)
    tops = {int(place) for place in shares.argmax(axis=1)}
    if len(tops) == 1:
        reach = shares.max(axis=0) - shares.min(axis=0)
        tops |= {int(place) for place in np.argsort(-reach, kind="stable")[:2] if reach[place] > 0}
    return tuple(labels[present[place]] for place in sorted(tops, key=lambda place: (-total[place], place)))
