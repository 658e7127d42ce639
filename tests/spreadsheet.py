"""A small calculator for the formulas of the working book, with the rules of a spreadsheet; nothing of the engine.

Empty cells are None: they equal 0 and "". A text is greater than any number, and arithmetic with one is an error, as
is anything that touches an error. IF looks only at the branch it takes; AND and OR look at everything.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|[0-9]+(?:\.[0-9]+)?|[A-Za-z_][A-Za-z0-9_.]*|<>|<=|>=|[-+*/(),<>=])')
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotAValueError(Exception):
    """#VALUE! and its like."""


def calculate(formula: str, cells: Mapping[str, Any]) -> Any:
    """What a formula is worth; `cells` holds the value of every defined name, None for an empty cell."""
    return _Reading(tokens(formula), cells).whole()


def tokens(formula: str) -> list[str]:
    found = TOKEN.findall(formula)
    assert "".join(found) == formula.replace(" ", "") or '"' in formula, formula
    return [*found, ""]


class _Reading:
    """A formula read and worked out in one pass; what is not looked at is read without working it out."""

    def __init__(self, found: list[str], cells: Mapping[str, Any]) -> None:
        self.found, self.cells, self.place, self.asleep = found, cells, 0, 0

    def whole(self) -> Any:
        value = self.comparison()
        assert self.here == "", self.found[self.place :]
        return value

    @property
    def here(self) -> str:
        return self.found[self.place]

    def take(self, *expected: str) -> str:
        token = self.here
        assert not expected or token in expected, (token, expected, self.place)
        self.place += 1
        return token

    def comparison(self) -> Any:
        left = self.sum()
        while self.here in COMPARE:
            sign, right = self.take(), self.sum()
            left = None if self.asleep else COMPARE[sign](*_alike(left, right))
        return left

    def sum(self) -> Any:
        return self.chain(self.product, {"+": operator.add, "-": operator.sub})

    def product(self) -> Any:
        return self.chain(self.sign, {"*": operator.mul, "/": _divide})

    def chain(self, part: Callable[[], Any], signs: Mapping[str, Callable[[Any, Any], Any]]) -> Any:
        left = part()
        while self.here in signs:
            apply, right = signs[self.take()], part()
            left = None if self.asleep else apply(_number(left), _number(right))
        return left

    def sign(self) -> Any:
        if self.here == "-":
            self.take()
            value = self.sign()
            return None if self.asleep else -_number(value)
        return self.single()

    def single(self) -> Any:
        token = self.take()
        if token == "(":
            value = self.comparison()
            self.take(")")
            return value
        if token.startswith('"'):
            return token[1:-1].replace('""', '"')
        if token[0].isdigit():
            return float(token)
        if token in ("TRUE", "FALSE"):
            return token == "TRUE"
        return self.call(token) if self.here == "(" else self.cells[token]

    def call(self, name: str) -> Any:
        self.take("(")
        if name == "IF":
            return self.either()
        arguments = [self.comparison()]
        while self.take(",", ")") == ",":
            arguments.append(self.comparison())
        return None if self.asleep else _FUNCTIONS[name](arguments)

    def either(self) -> Any:
        test = self.comparison()
        if not self.asleep and not isinstance(test, bool):
            raise NotAValueError("IF")
        self.take(",")
        then = self.branch(wanted=bool(test))
        self.take(",")
        otherwise = self.branch(wanted=not test)
        self.take(")")
        return then if test else otherwise

    def branch(self, *, wanted: bool) -> Any:
        self.asleep += not wanted
        value = self.comparison()
        self.asleep -= not wanted
        return value


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values that can be compared: empty is 0 beside a number and "" beside a text; then kinds have an order."""
    if left is None or right is None:
        other = right if left is None else left
        empty = "" if isinstance(other, str) else 0
        left, right = empty if left is None else left, empty if right is None else right
    order = [2 if isinstance(each, bool) else 1 if isinstance(each, str) else 0 for each in (left, right)]
    return (left, right) if order[0] == order[1] else (order[0], order[1])


def _number(value: Any) -> float:
    if isinstance(value, str):
        raise NotAValueError(value)
    return 0.0 if value is None else float(value)


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise NotAValueError("#DIV/0!")
    return left / right


def _truths(arguments: list[Any]) -> list[bool]:
    if any(isinstance(each, str) for each in arguments):
        raise NotAValueError("AND")
    return [bool(each) for each in arguments]


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "AND": lambda each: all(_truths(each)),
    "OR": lambda each: any(_truths(each)),
    "NOT": lambda each: not _truths(each)[0],
    "ISNUMBER": lambda each: isinstance(each[0], int | float) and not isinstance(each[0], bool),
    "COUNT": lambda each: sum(isinstance(one, int | float) and not isinstance(one, bool) for one in each),
    "INT": lambda each: math.floor(_number(each[0])),
    "MIN": lambda each: min(map(_number, each)),
    "MAX": lambda each: max(map(_number, each)),
    "AVERAGE": lambda each: sum(map(_number, each)) / len(each),
}
