"""Arithmetic on arrays of numbers in which NaN is unknown, step by step as the oracle computes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np


def quotient(left: Any, right: Any) -> Any:
    """Unknown when divided by zero."""
    return np.divide(left, np.where(np.equal(right, 0), math.nan, right))


def mean(*numbers: Any) -> Any:
    return reduce(np.add, numbers, 0.0) / len(numbers)


def clamp(value: Any, low: Any, high: Any) -> Any:
    return np.maximum(low, np.minimum(value, high))


def linear(value: Any, low: Any, high: Any) -> Any:
    return clamp(quotient(value - low, high - low) * 100, 0, 100)


def rating(value: Any) -> Any:
    return (value - 1) * 25


def first_known(*numbers: Any) -> Any:
    return reduce(lambda found, other: np.where(np.isnan(found), other, found), numbers)


def least(*numbers: Any) -> Any:
    return reduce(np.minimum, numbers)


def most(*numbers: Any) -> Any:
    return reduce(np.maximum, numbers)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "coalesce": first_known,
    "min": least,
    "max": most,
    "mean": mean,
    "clamp": clamp,
    "rating": rating,
    "linear": linear,
}


def rounded(value: Any, decimals: int) -> Any:
    """The nearest multiple of 10**-decimals, halves upward."""
    scale = 10.0**decimals
    return np.floor(value * scale + 0.5) / scale
