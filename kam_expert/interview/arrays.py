"""Facts of many simulated accounts at once: a value and a mark whether it is known, for each account.

Choices are the places in the list of the fact, flags 0 and 1, so that every value is a number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Expression, Value
from kam_expert.rulebook.schema import Fact

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@dataclass(frozen=True, eq=False)
class Column:
    """One fact: its value in every account, and where it is known."""

    values: Floats
    known: Truths


Table = Mapping[str, Column]


def number_of(fact: Fact, value: Value) -> float:
    """A value of a fact as a number."""
    return float(list(fact.choices).index(str(value))) if fact.type == "choice" else float(value)


def column_of(fact: Fact, value: Value, rows: int) -> Column:
    """The same value in every account."""
    return Column(np.full(rows, number_of(fact, value)), np.ones(rows, dtype=bool))


class Arrays:
    """Conditions and formulas over facts, for all accounts at once. Unknown counts as not true."""

    def __init__(self, book: Rulebook, rows: int) -> None:
        self.book = book
        self.rows = rows

    def unknown(self) -> Column:
        return Column(np.zeros(self.rows), np.zeros(self.rows, dtype=bool))

    def constant(self, value: float) -> Column:
        return Column(np.full(self.rows, value), np.ones(self.rows, dtype=bool))

    def true(self, node: Expression, table: Table) -> Truths:
        """Where a condition over facts is true."""
        match node:
            case ex.And(items):
                return _all([self.true(item, table) for item in items])
            case ex.Or(items):
                return ~_all([~self.true(item, table) for item in items])
            case ex.Compare(sign, ex.Name(name), right):
                return self._compared(sign, name, right, table)
            case ex.In(ex.Name(name), options):
                return ~_all([~self._compared("==", name, option, table) for option in options])
            case ex.Not(ex.In(ex.Name(name), options)):
                return _all([self._compared("!=", name, option, table) for option in options])
            case ex.Name(name):
                column = table.get(name, self.unknown())
                return np.asarray(column.known & (column.values != 0))
            case ex.Not(ex.Name(name)):
                column = table.get(name, self.unknown())
                return np.asarray(column.known & (column.values == 0))
            case ex.Constant(bool() as value):
                return np.full(self.rows, value)
        raise TypeError(f"not a condition over facts: {node}")

    def _compared(self, sign: str, name: str, right: Expression, table: Table) -> Truths:
        column = table.get(name, self.unknown())
        if isinstance(right, ex.Choice):
            other = self.constant(number_of(self.book.facts[name], right.value))
        else:
            other = self.worth(right, table)
        return np.asarray(column.known & other.known & _COMPARE[sign](column.values, other.values))

    def worth(self, node: Expression, table: Table) -> Column:
        """The value of a formula of sums, products and constants."""
        match node:
            case ex.Constant(value):
                return self.constant(float(value))
            case ex.Parameter(name):
                return self.constant(self.book.parameters[name])
            case ex.Name(name):
                return table.get(name, self.unknown())
            case ex.Minus(item):
                inner = self.worth(item, table)
                return Column(-inner.values, inner.known)
            case ex.Arithmetic(sign, left, right):
                one, other = self.worth(left, table), self.worth(right, table)
                known = one.known & other.known
                if sign != "/":
                    return Column(_COMPUTE[sign](one.values, other.values), known)
                sound = known & (other.values != 0)
                return Column(np.divide(one.values, other.values, out=np.zeros(self.rows), where=sound), sound)
        raise TypeError(f"not a formula of a draw: {node}")


def _all(items: Sequence[Truths]) -> Truths:
    found = items[0]
    for item in items[1:]:
        found = found & item
    return found
