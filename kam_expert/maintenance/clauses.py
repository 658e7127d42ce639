"""A condition clause by clause: what each is worth in a state of knowledge, and whether it decides.

A clause is a part without `and`, `or` inside: a comparison, a yes/no name, `known(…)`, each also with `not` before it
or within `certain(…)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import And, Certain, Constant, Expression, Not, Or, Value, names_in

Mark = Literal["true", "false", "unknown", "not_reached"]


@dataclass(frozen=True)
class Marked:
    """A clause with its mark and the value of each name it reads (None: unknown)."""

    clause: Expression
    mark: Mark
    values: tuple[tuple[str, Value | None], ...]


def clauses(condition: Expression) -> tuple[Expression, ...]:
    """The clauses from left to right."""
    return tuple(_clauses(condition))


def _clauses(condition: Expression) -> Iterator[Expression]:
    if isinstance(condition, And | Or):
        for item in condition.items:
            yield from _clauses(item)
    elif isinstance(condition, Not | Certain) and any(isinstance(each, And | Or) for each in _inside(condition)):
        yield from _clauses(condition.item)
    else:
        yield condition


def _inside(condition: Expression) -> Iterator[Expression]:
    while isinstance(condition, Not | Certain):
        condition = condition.item
        yield condition


def marked(condition: Expression, state: State) -> tuple[Marked, ...]:
    """Every clause with its mark; read from left to right, so what no longer matters is not reached."""
    found: list[Marked] = []
    _mark(condition, state, found, reached=True)
    return tuple(found)


def _mark(condition: Expression, state: State, found: list[Marked], *, reached: bool) -> Any:
    """Add the marks of a condition and return its truth."""
    if isinstance(condition, And | Or):
        settled = isinstance(condition, Or)
        results = []
        for item in condition.items:
            results.append(_mark(item, state, found, reached=reached and settled not in results))
        return evaluate(condition, state)
    if isinstance(condition, Not | Certain) and any(isinstance(each, And | Or) for each in _inside(condition)):
        _mark(condition.item, state, found, reached=reached)
        return evaluate(condition, state)
    result = evaluate(condition, state)
    mark: Mark = "true" if result else "unknown" if result is None else "false"
    values = tuple((name, state.values.get(name)) for name in names_in(condition))
    found.append(Marked(condition, mark if reached else "not_reached", values))
    return result


def with_clause(condition: Expression, index: int, value: bool) -> Expression:
    """The condition with one clause, counted from the left, set to true or false."""
    return _replaced(condition, index, Constant(value))


def _replaced(condition: Expression, index: int, other: Expression) -> Expression:
    if isinstance(condition, And | Or):
        items = []
        for item in condition.items:
            count = len(clauses(item))
            items.append(_replaced(item, index, other) if 0 <= index < count else item)
            index -= count
        return type(condition)(tuple(items))
    if isinstance(condition, Not | Certain) and any(isinstance(each, And | Or) for each in _inside(condition)):
        return type(condition)(_replaced(condition.item, index, other))
    return other


def decides(condition: Expression, index: int, state: State) -> bool:
    """Whether the rule would fire with this clause true and would not with it false, all others as they are."""
    if_true = evaluate(with_clause(condition, index, True), state) is True
    if_false = evaluate(with_clause(condition, index, False), state) is True
    return if_true != if_false
