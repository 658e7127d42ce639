"""How unevenly an amount is spread over accounts. Shares are of the positive sum: losses make no share of anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum


@dataclass(frozen=True)
class Point:
    """A step of a cumulative curve: the largest `accounts`, and their sum in per cent of the positive sum."""

    accounts: int
    share: float


def top_share(amounts: Sequence[float], places: int) -> float | None:
    """What the largest `places` make of the positive sum, in per cent; None if nothing is positive."""
    positive = sorted((each for each in amounts if each > 0), reverse=True)
    return 100 * fsum(positive[:places]) / fsum(positive) if positive else None


def herfindahl(amounts: Sequence[float]) -> float | None:
    """Sum of the squared shares in per cent, from near 0 to 10,000 for a single account [S50]."""
    positive = [each for each in amounts if each > 0]
    total = fsum(positive)
    return fsum((100 * each / total) ** 2 for each in positive) if positive else None


def reach(amounts: Sequence[float], per_cent: float) -> int | None:
    """How many of the largest it takes to make `per_cent` of the positive sum."""
    positive = sorted((each for each in amounts if each > 0), reverse=True)
    if not positive:
        return None
    needed, total = per_cent / 100 * fsum(positive), 0.0
    for count, each in enumerate(positive, start=1):
        total += each
        if total >= needed * (1 - 1e-12):
            return count
    return len(positive)


def curve(amounts: Sequence[float]) -> tuple[Point, ...]:
    """The cumulative curve from the largest to the smallest; it falls where losses begin."""
    ordered = sorted(amounts, reverse=True)
    base = fsum(each for each in ordered if each > 0)
    if base <= 0:
        return ()
    total, found = 0.0, [Point(0, 0.0)]
    for count, each in enumerate(ordered, start=1):
        total += each
        found.append(Point(count, 100 * total / base))
    return tuple(found)
