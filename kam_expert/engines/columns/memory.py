"""What a straight-line program over many accounts works on: truths as bits of whole numbers, numbers as arrays.

The truths of all accounts are two whole numbers: in `true` the bit of each account of which a thing is true, in `false`
of each of which it is false; where neither is set it is unknown. So `and` and `or` after Kleene are `&` and `|` of
Python's integers, for thousands of accounts in less time than NumPy needs to begin. An unknown number is NaN, which
compares as false with everything; no known value is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int16]
NOWHERE = -1


def pack(holds: Truths) -> int:
    """The bits of the accounts for which it holds, the first account first."""
    return int.from_bytes(np.packbits(holds, bitorder="little").tobytes(), "little")


def unpack(bits: int, count: int) -> Truths:
    octets = np.frombuffer(bits.to_bytes(count // 8 + 1, "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little").view(np.bool_)


def side_by_side(truths: Sequence[int], count: int) -> Truths:
    """The bits of several truths, one row per account and one column per truth."""
    octets = count // 8 + 1
    packed = np.frombuffer(b"".join(bits.to_bytes(octets, "little") for bits in truths), dtype=np.uint8)
    by_octet = np.ascontiguousarray(packed.reshape(len(truths), octets).T)
    found = np.empty((octets, 8, len(truths)), dtype=np.uint8)
    for bit in range(8):
        np.bitwise_and(by_octet >> np.uint8(bit), 1, out=found[:, bit])
    return found.reshape(octets * 8, len(truths))[:count].view(np.bool_)


@dataclass(frozen=True)
class Rows:
    """The rows of one table of all accounts: whose each row is, and its cells by column."""

    owner: npt.NDArray[np.intp]
    cells: Mapping[str, Numbers]


@dataclass(frozen=True)
class Given:
    """What is given of `count` accounts: flags as 0 and 1, choices as places of the options, NaN where unknown.

    By name: facts, `before.x`, `confidence.x`, `n/a.x`. A name that is missing is unknown of all.
    """

    count: int
    values: Mapping[str, Numbers]
    tables: Mapping[str, Rows] = field(default_factory=dict)


class Memory:
    """The results of the steps of a program, each at its own place."""

    def __init__(self, given: Given, truths: int, numbers: int) -> None:
        self.given = given
        self.count = given.count
        self.all = (1 << given.count) - 1
        self.true = [0] * truths
        self.false = [0] * truths
        self.numbers: list[Numbers] = [np.empty(0)] * numbers
        self.unknown = np.full(given.count, math.nan)

    def value(self, name: str) -> Numbers:
        """The values that are given for a name."""
        return self.given.values.get(name, self.unknown)

    def decide(self, place: int, true: int, known: int) -> None:
        """Keep a truth that is false wherever it is known and not true."""
        self.true[place], self.false[place] = true, known & ~true

    def truths(self, place: int) -> Truths:
        """For which accounts a truth is true."""
        return unpack(self.true[place], self.count)


Step = Callable[[Memory], None]
Formula = Callable[[Memory], Any]


class Program:
    """Steps in order, and how many truths and numbers they keep."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.truths = 0
        self.numbers = 0

    def truth(self, step: Callable[[int], Step]) -> int:
        """Add the step that finds a truth, told where to keep it; the place of the truth."""
        self.truths += 1
        self.steps.append(step(self.truths - 1))
        return self.truths - 1

    def number(self, formula: Formula) -> int:
        """Add a step that keeps a number per account; the place of the number."""
        place = self.numbers
        self.numbers += 1

        def step(memory: Memory) -> None:
            found = formula(memory)
            memory.numbers[place] = found if isinstance(found, np.ndarray) else np.full(memory.count, found)

        self.steps.append(step)
        return place

    def run(self, given: Given) -> Memory:
        memory = Memory(given, self.truths, self.numbers)
        for step in self.steps:
            step(memory)
        return memory
