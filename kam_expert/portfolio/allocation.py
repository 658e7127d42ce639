"""Divides the hours of a team among its accounts: needs that cannot wait first, then where the next hour brings most.

An account that gets its whole need brings its `gain`. Each block of hours (a part of the need) brings `diminish` times
what the block before it brought, so the gain is concave in hours, and the best division is a linear programme over
blocks [K18]. HiGHS solves it; its dual value is what one more hour of the team would bring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Reason = Literal["first", "first_short", "gain", "elsewhere", "kept", "kept_short", "unknown"]
TENTH = 10.0


@dataclass(frozen=True)
class Ask:
    """What an account asks of its team: hours it needs and gets today, what its whole need would bring.

    None where unknown. `first`: its need is covered before any gain counts. `currency`: that of the gain.
    """

    need: float | None
    now: float | None
    gain: float | None
    first: bool
    currency: str


@dataclass(frozen=True)
class Steps:
    """How hours turn into gain: blocks in per cent of the need up to a ceiling, each worth `diminish` of the last."""

    block: float
    ceiling: float
    diminish: float

    def sizes(self, need: float) -> list[float]:
        """The hours of each block."""
        count = math.ceil(self.ceiling / self.block - 1e-9)
        return [min(self.block, self.ceiling - index * self.block) / 100 * need for index in range(count)]

    def per_hour(self, need: float, gain: float) -> list[float]:
        """What an hour in each block brings; all blocks up to the whole need bring the gain together."""
        factor = min(1.0, self.diminish)
        whole = math.fsum(
            factor**index * min(self.block, 100 - index * self.block) / 100
            for index in range(math.ceil(100 / self.block - 1e-9))
        )
        return [gain * factor**index / (whole * need) for index in range(len(self.sizes(need)))]

    def next_hour(self, need: float, gain: float, hours: float) -> float:
        """What the hour after these would bring; zero at the ceiling."""
        rates = self.per_hour(need, gain)
        filled = math.floor(hours / (self.block / 100 * need) + 1e-9)
        return rates[filled] if filled < len(rates) and hours < self.ceiling / 100 * need - 1e-9 else 0.0

    def brought(self, need: float, gain: float, hours: float) -> float:
        """What these hours bring."""
        left, total = hours, 0.0
        for size, rate in zip(self.sizes(need), self.per_hour(need, gain), strict=True):
            total += rate * min(size, left)
            left = max(0.0, left - size)
        return total


@dataclass(frozen=True)
class Share:
    """The hours proposed for an account, why, and what the next hour would bring; None where unknown."""

    hours: float | None
    reason: Reason
    next_hour: float | None = None


@dataclass(frozen=True)
class Division:
    """The hours of a team as divided.

    `covered`: the part of the first needs that is met (0 to 1). `left`: hours that no known gain asks for. `prices`: by
    currency, what one more hour would bring; none where it would go to first needs.
    """

    capacity: float
    shares: tuple[Share, ...]
    covered: float
    left: float
    prices: Mapping[str, float]


def divide(asks: Sequence[Ask], capacity: float, steps: Steps) -> Division:
    """The division of `capacity` hours a month. Accounts of unknown gain keep the hours that they have today.

    Where hours do not suffice for the first needs, each of them gets the same part of its need. Between currencies,
    whose gains cannot be compared, free hours are divided by need.
    """
    firsts = {place: ask.need for place, ask in enumerate(asks) if ask.first and ask.need}
    covered = _part(capacity, math.fsum(firsts.values()))
    floors = {place: covered * need for place, need in firsts.items()}
    rest = max(0.0, capacity - math.fsum(floors.values()))
    kept = {
        place: ask.now
        for place, ask in enumerate(asks)
        if ask.now is not None and place not in firsts and (not ask.need or ask.gain is None)
    }
    keeping = _part(rest, math.fsum(kept.values()))
    free = max(0.0, rest - keeping * math.fsum(kept.values()))
    open_: dict[str, dict[int, Ask]] = {}
    for place, ask in enumerate(asks):
        if ask.need and ask.gain is not None:
            open_.setdefault(ask.currency, {})[place] = ask
    found, prices = _free(open_, floors, free, steps)
    hours: dict[int, float] = {**floors, **{place: keeping * now for place, now in kept.items()}, **found}
    used = math.fsum(hours.values())
    shares = tuple(
        _share(ask, hours.get(place), place in firsts, covered, place in kept, keeping, steps)
        for place, ask in enumerate(asks)
    )
    return Division(capacity, shares, covered, max(0.0, capacity - used), prices if covered >= 1 else {})


def _part(hours: float, wanted: float) -> float:
    return 1.0 if wanted <= hours else hours / wanted


def _share(
    ask: Ask, hours: float | None, first: bool, covered: float, kept: bool, keeping: float, steps: Steps
) -> Share:
    if hours is None:
        return Share(None, "unknown")
    rounded = math.floor(hours * TENTH + 1e-6) / TENTH  # down, so that the sum stays within the capacity
    following = None if not ask.need or ask.gain is None else steps.next_hour(ask.need, ask.gain, hours)
    if first:
        return Share(rounded, "first" if covered >= 1 else "first_short", following)
    if kept:
        return Share(rounded, "kept" if keeping >= 1 else "kept_short", following)
    return Share(rounded, "gain" if hours > 0 else "elsewhere", following)


def _free(
    open_: Mapping[str, Mapping[int, Ask]], floors: Mapping[int, float], free: float, steps: Steps
) -> tuple[dict[int, float], dict[str, float]]:
    """The hours of all accounts whose gain is known, and the price of an hour by currency."""
    budgets = dict.fromkeys(open_, 0.0)
    left = free
    hungry = list(open_)
    hours: dict[str, dict[int, float]] = {}
    prices: dict[str, float] = {}
    while hungry:
        needs = {currency: math.fsum(ask.need or 0.0 for ask in open_[currency].values()) for currency in hungry}
        total = math.fsum(needs.values())
        for currency in hungry:
            budgets[currency] += left * needs[currency] / total
            hours[currency], prices[currency] = best(open_[currency], floors, budgets[currency], steps)
        spent = {
            currency: math.fsum(given - floors.get(place, 0.0) for place, given in hours[currency].items())
            for currency in open_
        }
        left = math.fsum(max(0.0, budgets[currency] - spent[currency]) for currency in open_)
        still = [currency for currency in hungry if budgets[currency] - spent[currency] <= 1e-6]
        if left <= 1e-6 or len(still) == len(hungry):
            break
        budgets.update({currency: spent[currency] for currency in hungry if currency not in still})
        hungry = still
    return {place: given for each in hours.values() for place, given in each.items()}, prices


def best(
    asks: Mapping[int, Ask], floors: Mapping[int, float], free: float, steps: Steps
) -> tuple[dict[int, float], float]:
    """The hours that bring most when `free` hours come on top of the floors, and what one more hour would bring."""
    from highspy import Highs, HighsLp, MatrixFormat, ObjSense

    owners: list[int] = []
    rates: list[float] = []
    lower: list[float] = []
    upper: list[float] = []
    for place, ask in asks.items():
        assert ask.need is not None and ask.gain is not None
        left = floors.get(place, 0.0)
        for size, rate in zip(steps.sizes(ask.need), steps.per_hour(ask.need, ask.gain), strict=True):
            floor = min(size, left)
            left = max(0.0, left - size)
            owners.append(place)
            rates.append(rate)
            lower.append(floor)
            upper.append(size if rate > 0 else floor)
    highest = max(rates, default=0.0)
    if highest <= 0:
        return {place: floors.get(place, 0.0) for place in asks}, 0.0
    count = len(rates)
    programme = HighsLp()
    programme.num_col_, programme.num_row_ = count, 1
    programme.sense_ = ObjSense.kMaximize
    programme.col_cost_ = [rate / highest for rate in rates]  # of one size, whatever the currency
    programme.col_lower_, programme.col_upper_ = lower, upper
    programme.row_lower_, programme.row_upper_ = [0.0], [math.fsum(lower) + free]
    programme.a_matrix_.format_ = MatrixFormat.kRowwise
    programme.a_matrix_.start_ = [0, count]
    programme.a_matrix_.index_ = list(range(count))
    programme.a_matrix_.value_ = [1.0] * count
    solver = Highs.__new__(Highs)
    super(Highs, solver).__init__()  # that of the class itself prints a line, and sets up callbacks that nobody uses
    for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
        solver.setOptionValue(option, value)
    solver.passModel(programme)
    solver.run()
    solution = solver.getSolution()
    hours = dict.fromkeys(asks, 0.0)
    for owner, given in zip(owners, solution.col_value, strict=True):
        hours[owner] += given
    return hours, max(0.0, abs(solution.row_dual[0]) * highest)
