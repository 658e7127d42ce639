"""Numbers and truths as z3 terms: three-valued, bounded, and linear wherever the rulebook is.

A quantity is `top / bottom`, so that a share compared with a constant stays linear. Rounding is kept pending: a rounded
number compared with a constant is the number compared with a shifted constant, exactly. Where a term cannot be kept
linear, a free value within proven bounds stands for it: the reading then allows more than the rulebook does, never
less. Whoever receives an account from it has to check the account with an interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import Any

import z3

MOST_CASES = 130
FAR = Fraction(10) ** 15
_STEPS = [Fraction(step) for step in range(-100, 101, 5)]
_STEPS += [sign * digit * Fraction(10) ** power for power in range(2, 13) for digit in (1, 2, 5) for sign in (-1, 1)]
LINKS = sorted(set(_STEPS))
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


@dataclass(frozen=True)
class Truth:
    """A three-valued truth: unknown where neither holds."""

    true: Any
    false: Any


@dataclass(frozen=True)
class Option:
    """One of named choices, as its place in the list."""

    known: Any
    place: Any
    options: tuple[str, ...]


@dataclass(frozen=True)
class Flag:
    known: Any
    value: Any


@dataclass(frozen=True)
class Present:
    """A text or a table, of which only the presence matters."""

    known: Any


@dataclass(frozen=True)
class Quantity:
    """A number `top / bottom`, at least `low` and at most `high` when known; `bottom` is positive when it is known.

    `cases`: the finitely many values of `top`, each with the condition for it. `whole`: decimals that the value
    certainly has at most. `decimals`: a rounding that is still to be applied.
    """

    known: Any
    top: Any
    low: Fraction
    high: Fraction
    bottom: Any = None
    bottom_cases: tuple[tuple[Any, Fraction], ...] | None = None
    cases: tuple[tuple[Any, Fraction], ...] | None = None
    whole: int | None = None
    decimals: int | None = None

    @property
    def constant(self) -> Fraction | None:
        return self.low if self.cases is not None and len(self.cases) == 1 and self.low == self.high else None


UNKNOWN = Quantity(FALSE, z3.RealVal(0), Fraction(0), Fraction(0), whole=0)


def constant(value: float | Fraction) -> Quantity:
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    decimals = next((places for places in range(7) if (exact * 10**places).denominator == 1), None)
    return Quantity(TRUE, term(exact), exact, exact, cases=((TRUE, exact),), whole=decimals)


def term(value: Fraction) -> Any:
    return z3.RealVal(value)


def every(items: Iterable[Any]) -> Any:
    """All of the claims; the same term however they are ordered."""
    found = _once(item for item in items if not z3.is_true(item))
    return z3.And(*found) if len(found) > 1 else found[0] if found else TRUE


def some(items: Iterable[Any]) -> Any:
    """At least one of the claims; the same term however they are ordered."""
    found = _once(item for item in items if not z3.is_false(item))
    return z3.Or(*found) if len(found) > 1 else found[0] if found else FALSE


def _once(items: Iterable[Any]) -> list[Any]:
    by_number = {item.get_id(): item for item in items}
    return [by_number[number] for number in sorted(by_number)]


class Arithmetic:
    """Arithmetic on quantities. What a free value must satisfy is handed to `require`."""

    def __init__(self, require: Callable[[Any], None], prefix: str) -> None:
        self.require = require
        self.prefix = prefix
        self.numbers = count()
        self.relaxed: list[tuple[Any, Any, Any, Any]] = []
        """Free values that stand for a share or a product: known, value, first term, and the divisor or factor."""
        self.rounded: list[tuple[Any, Any, Any, Any, int]] = []
        """What rounding moves a value by: known, the movement, the value before it (top and bottom), decimals."""

    def free(self, known: Any, low: Fraction, high: Fraction) -> Quantity:
        """A value of which only the bounds are known."""
        value = z3.Real(f"{self.prefix}free!{next(self.numbers)}")
        self.require(z3.And(value >= term(low), value <= term(high)))
        return Quantity(known, value, low, high)

    def settled(self, one: Quantity) -> Quantity:
        """The quantity after its pending rounding, which moves it by at most half a unit of its last place."""
        if one.decimals is None or (one.whole is not None and one.whole <= one.decimals and one.bottom is None):
            return replace(one, decimals=None)
        half = Fraction(1, 2) / 10**one.decimals
        slack = z3.Real(f"{self.prefix}slack!{next(self.numbers)}")
        reach = term(half) if one.bottom is None else term(half) * one.bottom
        self.require(z3.Implies(one.known, z3.And(slack <= reach, slack >= -reach)))
        self.rounded.append((one.known, slack, one.top, one.bottom, one.decimals))
        return replace(
            one, top=one.top + slack, low=one.low - half, high=one.high + half, cases=None, whole=None, decimals=None
        )

    def plain(self, one: Quantity) -> Quantity:
        """The settled quantity without a bottom: split over the bottom's values, else tied to it at many points."""
        one = self.settled(one)
        if one.bottom is None:
            return one
        if one.bottom_cases is not None:
            cases = [case for case in one.bottom_cases if case[1] > 0]
            return self.chained(one.known, [(guard, one.top / term(value)) for guard, value in cases], one)
        found = self.free(one.known, one.low, one.high)
        for point in LINKS:
            if one.low < point <= one.high:
                reached = one.top >= term(point) * one.bottom
                self.require(z3.Implies(one.known, (found.top >= term(point)) == reached))
        self.relaxed.append((one.known, found.top, one.top, ("/", one.bottom)))
        return found

    def chained(self, known: Any, cases: list[tuple[Any, Any]], bounds: Quantity) -> Quantity:
        value = z3.Real(f"{self.prefix}split!{next(self.numbers)}")
        for guard, worth in cases:
            self.require(z3.Implies(guard, value == worth))
        return Quantity(known, value, bounds.low, bounds.high)

    def add(self, one: Quantity, other: Quantity, sign: int = 1) -> Quantity:
        one, other = self.settled(one), self.settled(other)
        if one.bottom is not None and other.constant is None:
            one = self.plain(one)
        if other.bottom is not None and one.constant is None:
            other = self.plain(other)
        known = every([one.known, other.known])
        low = one.low + (other.low if sign > 0 else -other.high)
        high = one.high + (other.high if sign > 0 else -other.low)
        bottom = one.bottom if one.bottom is not None else other.bottom
        bottom_cases = one.bottom_cases if one.bottom is not None else other.bottom_cases
        first = one.top if one.bottom is not None or bottom is None else one.top * bottom
        second = other.top if other.bottom is not None or bottom is None else other.top * bottom
        top = first + second if sign > 0 else first - second
        cases = None
        if bottom is None and one.cases is not None and other.cases is not None:
            cases = _crossed(one.cases, other.cases, lambda a, b: a + sign * b)
        whole = None if one.whole is None or other.whole is None else max(one.whole, other.whole)
        return Quantity(known, top, low, high, bottom, bottom_cases, cases, whole)

    def scaled(self, one: Quantity, factor: Fraction) -> Quantity:
        one = self.settled(one)
        ends = sorted((one.low * factor, one.high * factor))
        cases = None if one.cases is None else tuple((guard, value * factor) for guard, value in one.cases)
        step = constant(factor).whole
        whole = None if one.whole is None or step is None else one.whole + step
        top = term(factor) * one.top
        return replace(one, top=top, low=ends[0], high=ends[1], cases=cases, whole=whole)

    def multiply(self, one: Quantity, other: Quantity) -> Quantity:
        for factor, rest in ((one, other), (other, one)):
            if factor.constant is not None:
                return replace(self.scaled(rest, factor.constant), known=every([one.known, other.known]))
        one, other = self.plain(one), self.plain(other)
        known = every([one.known, other.known])
        corners = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
        bounds = Quantity(known, None, min(corners), max(corners))
        if one.cases is not None and other.cases is not None:
            cases = _crossed(one.cases, other.cases, lambda a, b: a * b)
            if cases is not None:
                found = self.chained(known, [(guard, term(value)) for guard, value in cases], bounds)
                return replace(found, cases=cases)
        for split, rest in ((one, other), (other, one)):
            if split.cases is not None:
                return self.chained(known, [(guard, term(value) * rest.top) for guard, value in split.cases], bounds)
        product = self.free(known, bounds.low, bounds.high)
        x, y, w = one.top, other.top, product.top  # bounds of a product after McCormick (1976)
        self.require(
            z3.Implies(
                known,
                z3.And(
                    w >= term(one.low) * y + x * term(other.low) - term(one.low * other.low),
                    w >= term(one.high) * y + x * term(other.high) - term(one.high * other.high),
                    w <= term(one.high) * y + x * term(other.low) - term(one.high * other.low),
                    w <= term(one.low) * y + x * term(other.high) - term(one.low * other.high),
                ),
            )
        )
        self.relaxed.append((known, w, x, ("*", y)))
        return product

    def divide(self, one: Quantity, other: Quantity) -> Quantity:
        if other.constant is not None:
            if other.constant == 0:
                return UNKNOWN
            return replace(self.scaled(one, 1 / other.constant), whole=None)
        one, other = self.plain(one), self.plain(other)
        if other.low >= 0:
            top, bottom, cases = one.top, other.top, other.cases
        else:
            positive = other.top > 0
            top, bottom, cases = z3.If(positive, one.top, -one.top), z3.If(positive, other.top, -other.top), None
        known = every([one.known, other.known, other.top != 0])
        smallest = other.low if other.low > 0 else Fraction(1, 10**4)
        reach = max(abs(one.low), abs(one.high)) / smallest
        low = Fraction(0) if one.low >= 0 and other.low >= 0 else -min(reach, FAR)
        return Quantity(known, top, low, min(reach, FAR), bottom, cases)

    def between(self, one: Quantity, low: Fraction, high: Fraction) -> Quantity:
        """The quantity, moved to the nearer end where it lies outside."""
        one = self.settled(one)
        bottom = 1 if one.bottom is None else one.bottom
        least, most = term(low) * bottom, term(high) * bottom
        top = z3.If(one.top <= least, least, z3.If(one.top >= most, most, one.top))
        ends = (min(max(one.low, low), high), max(min(one.high, high), low))
        cases = None
        if one.cases is not None and one.bottom is None:
            cases = tuple((guard, max(low, min(value, high))) for guard, value in one.cases)
        return replace(one, top=top, low=ends[0], high=ends[1], cases=cases)

    def extreme(self, items: list[Quantity], largest: bool) -> Quantity:
        items = [self.plain(item) for item in items]
        found = items[0]
        for item in items[1:]:
            first = found.top >= item.top if largest else found.top <= item.top
            choose = max if largest else min
            whole = None if found.whole is None or item.whole is None else max(found.whole, item.whole)
            found = Quantity(
                every([found.known, item.known]),
                z3.If(first, found.top, item.top),
                choose(found.low, item.low),
                choose(found.high, item.high),
                whole=whole,
            )
        return found

    def either(self, test: Truth, one: Quantity, other: Quantity) -> Quantity:
        """`one` if the test is true, `other` if it is false."""
        one, other = self.settled(one), self.settled(other)
        known = some([every([test.true, one.known]), every([test.false, other.known])])
        bottom = None
        if one.bottom is not None or other.bottom is not None:
            bottom = z3.If(
                test.true,
                z3.RealVal(1) if one.bottom is None else one.bottom,
                z3.RealVal(1) if other.bottom is None else other.bottom,
            )
        cases = None
        if one.cases is not None and other.cases is not None and len(one.cases) + len(other.cases) <= MOST_CASES:
            cases = tuple((every([test.true, guard]), value) for guard, value in one.cases)
            cases += tuple((every([test.false, guard]), value) for guard, value in other.cases)
        whole = None if one.whole is None or other.whole is None else max(one.whole, other.whole)
        top = z3.If(test.true, one.top, other.top)
        low, high = min(one.low, other.low), max(one.high, other.high)
        return Quantity(known, top, low, high, bottom, None, cases, whole)

    def compare(self, op: str, one: Quantity, other: Quantity) -> Truth:
        known = every([one.known, other.known])
        if one.constant is not None and other.constant is None:
            mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
            return self.compare(mirrored.get(op, op), other, one)
        if other.constant is not None:
            holds = self._against(op, one, other.constant)
        else:
            difference = self.plain(self.add(one, other, -1))
            holds = self._against(op, difference, Fraction(0))
        return Truth(every([known, holds]), every([known, z3.Not(holds)]))

    def _against(self, op: str, one: Quantity, bound: Fraction) -> Any:
        match op:
            case ">=":
                return self._reaches(one, bound, False)
            case ">":
                return self._reaches(one, bound, True)
            case "<":
                return z3.Not(self._reaches(one, bound, False))
            case "<=":
                return z3.Not(self._reaches(one, bound, True))
            case "==":
                return z3.And(self._reaches(one, bound, False), z3.Not(self._reaches(one, bound, True)))
            case _:
                return z3.Or(z3.Not(self._reaches(one, bound, False)), self._reaches(one, bound, True))

    def _reaches(self, one: Quantity, bound: Fraction, beyond: bool) -> Any:
        """Whether the rounded value is at least the bound, or beyond it."""
        exact = one.decimals is None or (one.whole is not None and one.whole <= one.decimals and one.bottom is None)
        if not exact and one.decimals is not None:
            scale = 10**one.decimals
            step = math.floor(bound * scale) + 1 if beyond else math.ceil(bound * scale)
            bound, beyond = (step - Fraction(1, 2)) / scale, False
        limit = term(bound) if one.bottom is None else term(bound) * one.bottom
        return one.top > limit if beyond else one.top >= limit


def _crossed(
    one: tuple[tuple[Any, Fraction], ...],
    other: tuple[tuple[Any, Fraction], ...],
    combine: Callable[[Fraction, Fraction], Fraction],
) -> tuple[tuple[Any, Fraction], ...] | None:
    """Every pair of cases with the combined value, or None if there are too many."""
    if len(one) * len(other) > MOST_CASES:
        return None
    return tuple((every([a, b]), combine(x, y)) for a, x in one for b, y in other)
