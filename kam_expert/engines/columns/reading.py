"""Conditions and formulas as Polars expressions over columns in which null is unknown.

Polars joins truths as Kleene does, but `when` takes the other branch for null and the horizontal functions skip nulls:
neither is used here on what may be null. Numbers are 64-bit floats and computed in the order in which the oracle
computes them, so that they are the same to the last bit. A choice is the place of the option, not its word.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import polars as pl

from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.vocabulary import Vocabulary

CODE = pl.UInt8
NUMBER = pl.Float64
ROW = "~row"

_COMPARE: dict[str, Callable[[Any, Any], pl.Expr]] = {"==": operator.eq, "!=": operator.ne, "<": operator.lt}
_COMPARE |= {"<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPUTE: dict[str, Callable[[Any, Any], pl.Expr]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_JOINED = (ex.And, ex.Or, ex.Not, ex.Certain, ex.Known, ex.Compare, ex.In)


def number(value: float) -> pl.Expr:
    return pl.lit(float(value), dtype=NUMBER)


def unknown(dtype: type[pl.DataType]) -> pl.Expr:
    return pl.lit(None, dtype=dtype)


def all_of(items: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(operator.and_, items)


def any_of(items: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(operator.or_, items)


def weighed(lines: Iterable[tuple[pl.Expr, int]]) -> pl.Expr:
    """The sum of the weights of the lines that are true; none may be null."""
    alike: dict[int, list[pl.Expr]] = {}
    for holds, weight in lines:
        alike.setdefault(weight, []).append(holds)
    sums = [pl.sum_horizontal(holds).cast(NUMBER) * number(weight) for weight, holds in alike.items()]
    return reduce(operator.add, sums, number(0))


def cell_column(column: str) -> str:
    """The column of a frame of table rows that holds this column of the table."""
    return f"~cell.{column}"


class Reading:
    """Expressions over the names of a vocabulary; what several of them share becomes a column of its own.

    `define` is told each such column before it is read, and `add_up` each sum: its column, its table, and the term to
    be added up over a frame with one row per row of the table.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        parameters: Mapping[str, float],
        define: Callable[[str, pl.Expr], None],
        add_up: Callable[[str, str, pl.Expr], None],
        shared: frozenset[Expression] = frozenset(),
    ) -> None:
        self.vocabulary = vocabulary
        self.constants = State({}, parameters)
        self.define = define
        self.add_up = add_up
        self.shared = shared
        self.columns: dict[Expression, pl.Expr] = {}
        self.divisors: dict[float, pl.Expr] = {}
        self.in_row = False

    def code(self, name: str, option: str) -> pl.Expr:
        return pl.lit(self.vocabulary.names[ex.base_name(name)].options.index(option), dtype=CODE)

    # conditions

    def truth(self, node: Expression) -> pl.Expr:
        """The truth of a condition, null if it is unknown."""
        if self.in_row or node not in self.shared:
            return self._truth(node)
        if node not in self.columns:
            name = f"~{len(self.columns)}"
            self.columns[node] = pl.col(name)  # before it is read: its own number is taken
            self.define(name, self._truth(node))
        return self.columns[node]

    def _truth(self, node: Expression) -> pl.Expr:
        match node:
            case ex.And(items):
                return all_of(map(self.truth, items))
            case ex.Or(items):
                return any_of(map(self.truth, items))
            case ex.Not(item):
                return ~self.truth(item)
            case ex.Known(item):
                return pl.col(item.name).is_not_null()
            case ex.Certain(item):
                return self.truth(item).fill_null(False)
            case ex.Name(name):
                return pl.col(name)
            case ex.Constant(value):
                return pl.lit(bool(value))
            case ex.Compare(op, left, right):
                return self.comparison(op, left, right)
            case ex.In(left, options):
                return any_of(self.comparison("==", left, option) for option in options)
        raise TypeError(f"not a condition: {node}")

    def comparison(self, op: str, left: Expression, right: Expression) -> pl.Expr:
        if isinstance(left, ex.Name) and isinstance(right, ex.Choice):
            return _COMPARE[op](pl.col(left.name), self.code(left.name, right.value))
        return _COMPARE[op](self.number(left), self.number(right))

    # formulas

    def constant(self, node: Expression) -> bool:
        return not any(isinstance(each, ex.Name | ex.Column) for each in ex.walk(node))

    def number(self, node: Expression) -> pl.Expr:
        """The value of a formula, null if it is unknown."""
        if self.constant(node):
            value = evaluate(node, self.constants)
            return unknown(NUMBER) if value is None else number(value)
        match node:
            case ex.Name(name):
                return pl.col(name)
            case ex.Column(name):
                return pl.col(cell_column(name))
            case ex.Minus(item):
                return -self.number(item)
            case ex.Arithmetic("/", left, right):
                return self.quotient(self.number(left), right)
            case ex.Arithmetic(sign, left, right):
                return _COMPUTE[sign](self.number(left), self.number(right))
            case ex.IfElse(condition, then, otherwise):
                test = self.truth(condition)
                return pl.when(test).then(self.number(then)).when(~test).then(self.number(otherwise))
            case ex.Call(function, arguments):
                return self.called(function, arguments)
            case ex.SumOver(table, item):
                return self.sum_over(node, table.name, item)
        raise TypeError(f"not a formula: {node}")

    def sum_over(self, node: Expression, table: str, item: Expression) -> pl.Expr:
        if node not in self.columns:
            name = f"~{len(self.columns)}"
            self.columns[node] = pl.col(name)
            self.in_row = True
            term = self.number(item)
            self.in_row = False
            self.add_up(name, table, term)
        return self.columns[node]

    def called(self, function: str, arguments: tuple[Expression, ...]) -> pl.Expr:
        numbers = [self.number(argument) for argument in arguments]
        match function, numbers:
            case "coalesce", _:
                return pl.coalesce(numbers)
            case "min", _:
                return reduce(lesser, numbers)
            case "max", _:
                return reduce(greater, numbers)
            case "mean", _:
                return reduce(operator.add, numbers, number(0)) / self.divisor(len(numbers))
            case "clamp", [value, low, high]:
                return greater(low, lesser(value, high))
            case "rating", [value]:
                return (value - number(1)) * number(25)
            case "linear", [value, low, _]:
                width = ex.Arithmetic("-", arguments[2], arguments[1])
                return greater(number(0), lesser(self.quotient(value - low, width) * number(100), number(100)))
        raise ValueError(f"unknown function: {function}")

    def quotient(self, left: pl.Expr, right: Expression) -> pl.Expr:
        """Unknown when divided by zero."""
        if self.constant(right):
            value = evaluate(right, self.constants)
            return left / self.divisor(value) if value else unknown(NUMBER)
        below = self.number(right)
        return left / pl.when(below != number(0)).then(below)

    def divisor(self, value: float) -> pl.Expr:
        """A column full of a number: Polars divides by a literal by multiplying with its inverse, which is inexact."""
        if self.in_row:
            return pl.col(ROW).cast(NUMBER) * number(0) + number(value)
        if value not in self.divisors:
            name = f"~by.{value!r}"
            self.define(name, pl.col(ROW).cast(NUMBER) * number(0) + number(value))
            self.divisors[value] = pl.col(name)
        return self.divisors[value]

    def rounded(self, value: pl.Expr, decimals: int) -> pl.Expr:
        """The nearest multiple of 10**-decimals, halves upward."""
        if decimals == 0:
            return (value + number(0.5)).floor()
        scale = 10.0**decimals
        return (value * number(scale) + number(0.5)).floor() / self.divisor(scale)


def lesser(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one <= other).then(one).when(one > other).then(other)


def greater(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one >= other).then(one).when(one < other).then(other)


def shared_conditions(expressions: Iterable[Expression]) -> frozenset[Expression]:
    """The conditions that stand in several places of these expressions, each counted once inside another one."""
    places: Counter[Expression] = Counter()
    waiting = list(expressions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ex.SumOver):
            continue  # what is true of one row
        if isinstance(node, _JOINED):
            places[node] += 1
            if places[node] > 1:
                continue
        waiting.extend(node.children())
    return frozenset(node for node, count in places.items() if count > 1)
