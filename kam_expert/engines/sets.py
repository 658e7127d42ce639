"""Sets of values, for readings that know not what a name is worth but what it may be worth.

A flag is a set of true, false and unknown; a choice is a set of options; a number lies between two ends; each may also
be unknown. Whole numbers are not told from others, and open ends are infinite. What is computed from sets holds every
value that is computed from members of them. Ends are computed with the operations that the interpreters use, each of
which keeps the order of numbers; where the order of a sum may differ, a little is added.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

from kam_expert.rulebook.evaluation import round_half_up

TRUE, FALSE, UNKNOWN = 1, 2, 4
"""A set of truths is a sum of these."""
Numbers = tuple[float, float, bool]
"""At least, at most, and whether it may be unknown; never known if the first end lies above the second."""
Options = tuple[frozenset[str], bool]
"""The options that are left, and whether it may be unknown."""
Worth = int | Numbers | Options
Ask = Callable[[dict[str, Any]], Any]

FAR = math.inf
NEVER: Numbers = (FAR, -FAR, True)
SLACK = 10.0**-10


def may_be_known(worth: Any) -> bool:
    if isinstance(worth, int):
        return bool(worth & (TRUE | FALSE))
    return bool(worth[0]) if isinstance(worth[0], frozenset) else bool(worth[0] <= worth[1])


def may_be_unknown(worth: Any) -> bool:
    return bool(worth & UNKNOWN) if isinstance(worth, int) else bool(worth[-1])


def united(one: Any, other: Any) -> Any:
    """What is in one of the sets; of numbers, all between them too."""
    if isinstance(one, int):
        return one | other
    if isinstance(one[0], frozenset):
        return (one[0] | other[0], one[1] or other[1])
    return either([one, other])


def either(items: Iterable[Numbers]) -> Numbers:
    """Numbers that are in one of the sets."""
    found = list(items)
    return (min(low for low, _, _ in found), max(high for _, high, _ in found), any(each[2] for each in found))


def rounded(ends: Numbers, decimals: int, loose: bool = False) -> Numbers:
    low, high, unknown = ends
    if low > high:
        return NEVER
    slack = SLACK if loose else 0.0
    low, high = (
        end if math.isinf(end) else round_half_up(float(end) + way * slack, decimals)
        for end, way in ((low, -1), (high, 1))
    )
    return (low, high, unknown)


def mean(sure: list[tuple[Numbers, int]], maybe: list[tuple[Numbers, int]], need: float, end: int) -> float:
    """The lowest (`end` 0) or highest (1) weighted mean of the sure parts with any of the others, `need` at least."""
    total, known = 0.0, 0.0
    if any(math.isinf(ends[end]) for ends, _ in (*sure, *maybe)):
        return FAR if end else -FAR
    for ends, weight in sure:
        total += weight * ends[end]
        known += weight
    for ends, weight in sorted(maybe, key=lambda item: -item[0][end] if end else item[0][end]):
        value = ends[end]
        if known and ((value - total / known > 0) is not bool(end) or value == total / known):
            short = max(0.0, min(need - known, weight))
            total += short * value
            known += short
        else:
            total += weight * value
            known += weight
    return total / known


SWAPPED = tuple((mask & UNKNOWN) | (mask & TRUE) * FALSE | (mask & FALSE) // FALSE for mask in range(UNKNOWN * 2))
CERTAIN = tuple((mask & TRUE) | (FALSE if mask & (FALSE | UNKNOWN) else 0) for mask in range(UNKNOWN * 2))


def joined(items: tuple[Ask, ...], settles: int) -> Ask:
    """`and`, which a false settles, or `or`, which a true settles."""
    other = TRUE + FALSE - settles

    def asked(values: dict[str, Any]) -> int:
        all_of, any_of = other, 0
        for item in items:
            truth = item(values)
            if truth == settles:
                return settles
            all_of &= truth
            any_of |= truth
        return (all_of & other) | (any_of & (settles | UNKNOWN))

    return asked


def if_else(condition: Ask, then: Ask, otherwise: Ask) -> Ask:
    def asked(values: dict[str, Any]) -> Any:
        truth = condition(values)
        found = [ask(values) for way, ask in ((TRUE, then), (FALSE, otherwise)) if truth & way]
        if truth & UNKNOWN:
            found.append(NEVER)
        return found[0] if len(found) == 1 else either(found)

    return asked


def _ordered(sign: str) -> Callable[[Numbers, Numbers], int]:
    """A comparison by order: true of the best ends, false of the worst."""
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    rising = sign in (">", ">=")

    def asked(one: Numbers, other: Numbers) -> int:
        truth = UNKNOWN if one[2] or other[2] else 0
        if one[0] <= one[1] and other[0] <= other[1]:
            best = compare(one[1], other[0]) if rising else compare(one[0], other[1])
            worst = compare(one[0], other[1]) if rising else compare(one[1], other[0])
            truth |= (TRUE if best else 0) | (0 if worst else FALSE)
        return truth

    return asked


def _equal(one: Numbers, other: Numbers) -> int:
    truth = UNKNOWN if one[2] or other[2] else 0
    if one[0] <= one[1] and other[0] <= other[1]:
        truth |= TRUE if one[0] <= other[1] and other[0] <= one[1] else 0
        truth |= 0 if one[0] == one[1] == other[0] == other[1] else FALSE
    return truth


COMPARE: dict[str, Callable[[Numbers, Numbers], int]] = {sign: _ordered(sign) for sign in ("<", "<=", ">", ">=")}
COMPARE |= {"==": _equal, "!=": lambda one, other: SWAPPED[_equal(one, other)]}


def _ends(one: Numbers, other: Numbers, compute: Callable[[float, float], float]) -> Numbers:
    """A computation that is largest and smallest at ends of what goes into it."""
    if one[0] > one[1] or other[0] > other[1]:
        return NEVER
    found = [compute(a, b) for a in one[:2] for b in other[:2]]
    return (min(found), max(found), one[2] or other[2])


def _divided(one: Numbers, other: Numbers) -> Numbers:
    low, high, _ = other
    if low > high or one[0] > one[1] or low == high == 0:
        return NEVER
    if low < 0 < high:
        return (-FAR, FAR, True)
    if low == 0 or high == 0:  # from nothing upwards or downwards; the quotient is boundless, and unknown at nothing
        bound = high if low == 0 else low
        found = [end / bound if not math.isinf(bound) else 0.0 for end in one[:2]]
        found += [math.copysign(FAR, end) * math.copysign(1, bound) for end in one[:2] if end]
        found += [0.0] if one[0] <= 0 <= one[1] else []
        return (min(found), max(found), True)
    return _ends(one, other, lambda a, b: 0.0 if math.isinf(b) else a / b)


def _shifted(one: Numbers, other: Numbers) -> Numbers:
    if one[0] > one[1] or other[0] > other[1]:
        return NEVER
    return (one[0] + other[0], one[1] + other[1], one[2] or other[2])


COMPUTE: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": _shifted,
    "-": lambda one, other: _shifted(one, (-other[1], -other[0], other[2])),
    "*": lambda one, other: _ends(one, other, lambda a, b: a * b if a and b else 0.0),
    "/": _divided,
}


def _each(compute: Callable[[list[float]], float]) -> Callable[[list[Numbers]], Numbers]:
    """A function that grows with each argument, and is unknown if one of them is."""

    def call(arguments: list[Numbers]) -> Numbers:
        if any(low > high for low, high, _ in arguments):
            return NEVER
        ends = [compute([each[end] for each in arguments]) for end in (0, 1)]
        return (ends[0], ends[1], any(each[2] for each in arguments))

    return call


def _coalesce(arguments: list[Numbers]) -> Numbers:
    found: list[Numbers] = []
    for low, high, unknown in arguments:
        if low <= high:
            found.append((low, high, False))
        if not unknown:
            break
    else:
        found.append(NEVER)
    return either(found)


def _linear(arguments: list[Numbers]) -> Numbers:
    value, first, last = arguments
    if value[0] > value[1] or first[:2] == last[:2]:
        return NEVER if value[0] > value[1] or first[0] == first[1] else (0.0, 100.0, True)
    if first[0] != first[1] or last[0] != last[1]:
        return (0.0, 100.0, True)
    low, high = first[0], last[0]
    found = [min(max((end - low) / (high - low) * 100, 0.0), 100.0) for end in value[:2]]
    return (min(found), max(found), value[2] or first[2] or last[2])


def _clamp(numbers: list[float]) -> float:
    return max(numbers[1], min(numbers[0], numbers[2]))


def _average(numbers: list[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers)


CALLS: dict[str, Callable[[list[Numbers]], Numbers]] = {
    "min": _each(min),
    "max": _each(max),
    "mean": _each(_average),
    "clamp": _each(_clamp),
    "rating": _each(lambda numbers: (numbers[0] - 1) * 25),
    "coalesce": _coalesce,
    "linear": _linear,
}
