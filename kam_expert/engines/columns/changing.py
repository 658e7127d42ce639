"""The same accounts with one fact changed: only the steps of the program that rest on the fact are run again.

What each step reads is found once, by running the program on an account of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from kam_expert.engines.columns.choosing import leading
from kam_expert.engines.columns.columns import Codes, Columns
from kam_expert.engines.columns.frames import cells_of
from kam_expert.engines.columns.memory import Given, Memory, Numbers, Rows, side_by_side, unpack


class _Recorded(list[Any]):
    """A list that notes which of its places are read and written."""

    def __init__(self, items: list[Any], read: set[int], written: set[int]) -> None:
        super().__init__(items)
        self.read = read
        self.written = written

    def __getitem__(self, place: Any) -> Any:
        self.read.add(place)
        return super().__getitem__(place)

    def __setitem__(self, place: Any, value: Any) -> None:
        self.written.add(place)
        super().__setitem__(place, value)


class _Traced(Memory):
    """A memory that notes what is read and written in it."""

    def __init__(self, given: Given, truths: int, numbers: int) -> None:
        super().__init__(given, truths, numbers)
        self.names: set[str] = set()
        self.truths_read: set[int] = set()
        self.truths_written: set[int] = set()
        self.numbers_read: set[int] = set()
        self.numbers_written: set[int] = set()
        self.true = _Recorded(self.true, self.truths_read, self.truths_written)
        self.false = _Recorded(self.false, self.truths_read, self.truths_written)
        self.numbers = _Recorded(self.numbers, self.numbers_read, self.numbers_written)

    def value(self, name: str) -> Numbers:
        self.names.add(name)
        return super().value(name)

    def forget(self) -> None:
        for each in (self.names, self.truths_read, self.truths_written, self.numbers_read, self.numbers_written):
            each.clear()


class Changing:
    """Accounts under one rulebook, to be asked what they would be told if a fact were different."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        knowledge = columns.conclusions.knowledge
        self.program = knowledge.program
        self.deciding = tuple((rule, knowledge.fires[rule]) for rule in columns.table.leading)

    @cached_property
    def steps(self) -> dict[str, tuple[int, ...]]:
        """By input, the places of the steps that rest on it, in order."""
        memory = _Traced(self._nothing(), self.program.truths, self.program.numbers)
        truths: dict[int, frozenset[str]] = {}
        numbers: dict[int, frozenset[str]] = {}
        found: dict[str, list[int]] = {}
        with np.errstate(all="ignore"):
            for number, step in enumerate(self.program.steps):
                memory.forget()
                step(memory)
                names = set(memory.names)
                for place in memory.truths_read - memory.truths_written:
                    names |= truths.get(place, frozenset())
                for place in memory.numbers_read - memory.numbers_written:
                    names |= numbers.get(place, frozenset())
                behind = frozenset(names)
                truths |= dict.fromkeys(memory.truths_written, behind)
                numbers |= dict.fromkeys(memory.numbers_written, behind)
                for name in names:
                    found.setdefault(name, []).append(number)
        return {name: tuple(steps) for name, steps in found.items()}

    def _nothing(self) -> Given:
        """An account of which only is known that its tables have a row."""
        names = self.columns.book.vocabulary.names
        tables = {
            table: Rows(np.zeros(1, dtype=np.intp), {column: np.ones(1) for column in cells_of(names[table])})
            for table in self.columns.conclusions.entrance.summed
        }
        return Given(1, {}, tables)

    def leading(self, memory: Memory, change: Mapping[str, Numbers], among: int, primary: Codes) -> Codes:
        """Which strategy leads each account after a change of one or more inputs, as places in the table.

        `memory`: of the accounts as they are; `among`: the bits of those that are asked about; `primary`: what leads
        them as they are, which is what comes out for all others.
        """
        changed = Memory.__new__(Memory)
        changed.given = Given(memory.count, {**memory.given.values, **change}, memory.given.tables)
        changed.count, changed.all, changed.unknown = memory.count, memory.all, memory.unknown
        changed.true, changed.false, changed.numbers = memory.true.copy(), memory.false.copy(), memory.numbers.copy()
        steps = {step for name in change for step in self.steps.get(name, ())}
        with np.errstate(all="ignore"):
            for step in sorted(steps):
                self.program.steps[step](changed)
        different = 0
        for _, place in self.deciding:
            different |= memory.true[place] ^ changed.true[place]
        rows = np.flatnonzero(unpack(different & among, memory.count))
        if not len(rows):
            return primary
        by_account = side_by_side([changed.true[place] for _, place in self.deciding], memory.count)[rows]
        fired = dict(zip((rule for rule, _ in self.deciding), np.ascontiguousarray(by_account.T), strict=True))
        found = primary.copy()
        found[rows] = leading(self.columns.table, fired, len(rows))
        return found
