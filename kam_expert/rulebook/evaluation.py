"""The value of an expression in a state of knowledge: three-valued, total, never raising.

None is unknown. Conditions follow Kleene's logic as SQL does; arithmetic with an unknown is unknown, so is division
by zero. The semantics is that of the design's section 3; the network compiles the same conditions to patterns, the
oracle in `engines/plain` states them a second time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kam_expert.rulebook.expressions import (
    And,
    Arithmetic,
    Call,
    Certain,
    Choice,
    Column,
    Compare,
    Constant,
    Expression,
    IfElse,
    In,
    Known,
    Minus,
    Name,
    Not,
    Or,
    Parameter,
    SumOver,
    Value,
)

Row = Mapping[str, Value]


@dataclass(frozen=True)
class State:
    """What is known: values by name, rows by table, parameters by name."""

    values: Mapping[str, Value]
    parameters: Mapping[str, float]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def round_half_up(value: float, decimals: int) -> float:
    """The nearest multiple of 10**-decimals, halves upward: floor(value * 10**decimals + 0.5) / 10**decimals."""
    scale = 10.0**decimals
    return math.floor(value * scale + 0.5) / scale


def evaluate(expression: Expression, state: State, row: Row | None = None) -> Any:
    """The value of a condition (True, False, None) or of a formula (number or None)."""
    match expression:
        case Constant(value):
            return value
        case Choice(value):
            return value
        case Parameter(name):
            return state.parameters[name]
        case Name(name):
            return state.values.get(name)
        case Column(name):
            return None if row is None else row.get(name)
        case Compare(op, left, right):
            return _compare(op, evaluate(left, state, row), evaluate(right, state, row))
        case In(left, options):
            value = evaluate(left, state, row)
            return None if value is None else value in [evaluate(option, state, row) for option in options]
        case And(items):
            results = [evaluate(item, state, row) for item in items]
            return False if False in results else None if None in results else True
        case Or(items):
            results = [evaluate(item, state, row) for item in items]
            return True if True in results else None if None in results else False
        case Not(item):
            result = evaluate(item, state, row)
            return None if result is None else not result
        case Known(Column(name)):
            return row is not None and name in row
        case Known(item):
            return item.name in state.values or bool(state.tables.get(item.name))
        case Certain(item):
            return evaluate(item, state, row) is True
        case Minus(item):
            value = evaluate(item, state, row)
            return None if value is None else -value
        case Arithmetic(op, left, right):
            return _arithmetic(op, evaluate(left, state, row), evaluate(right, state, row))
        case IfElse(condition, then, otherwise):
            result = evaluate(condition, state, row)
            return None if result is None else evaluate(then if result else otherwise, state, row)
        case Call(function, arguments):
            return _call(function, [evaluate(argument, state, row) for argument in arguments])
        case SumOver(table, item):
            rows = state.tables.get(table.name)
            if not rows:
                return None
            return _sum([evaluate(item, state, each) for each in rows])
        case _:
            return None


def _sum(terms: Sequence[float | None]) -> float | None:
    """Left to right, uncompensated: from Python 3.12 on the built-in `sum` compensates and would differ."""
    total = 0.0
    for term in terms:
        if term is None:
            return None
        total += term
    return total


def _compare(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    match op:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _arithmetic(op: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return None if right == 0 else left / right


def _call(function: str, arguments: list[float | None]) -> float | None:
    if function == "coalesce":
        return next((argument for argument in arguments if argument is not None), None)
    known = [argument for argument in arguments if argument is not None]
    if len(known) < len(arguments):
        return None
    match function:
        case "min":
            return min(known)
        case "max":
            return max(known)
        case "mean":
            total = _sum(arguments)
            return None if total is None else total / len(known)
        case "clamp":
            return max(known[1], min(known[0], known[2]))
        case "rating":
            return (known[0] - 1) * 25
        case _:
            value, low, high = known
            return None if high == low else min(max((value - low) / (high - low) * 100, 0), 100)


def waits_for(expression: Expression, state: State) -> tuple[str, ...]:
    """The unknown names that keep a condition open, in the order of reading; empty if it is not open.

    Parts that are already true in an `and`, or false in an `or`, wait for nothing.
    """
    if evaluate(expression, state) is not None:
        return ()
    match expression:
        case And(items) | Or(items):
            found: dict[str, None] = {}
            for item in items:
                found.update(dict.fromkeys(waits_for(item, state)))
            return tuple(found)
        case Not(item):
            return waits_for(item, state)
        case Compare(_, Name(name), _) | In(Name(name), _) | Name(name):
            return (name,)
        case _:
            return ()
