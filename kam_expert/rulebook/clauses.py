"""A condition clause by clause: what each is worth in a state of knowledge, and whether it decides.

A clause is a part without `and`, `or` inside: a comparison, a yes/no name, `known(…)`, each also with `not` before it
or within `certain(…)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import And, Certain, Constant, Expression, Name, Not, Or, Value, names_in
from kam_expert.rulebook.normal_form import MOST_BRANCHES, Branch, branch_count, branches

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


@dataclass(frozen=True)
class Alternative:
    """One way in which a condition can be true, and how far a state of knowledge is from it."""

    holding: Branch
    failed: Branch
    unknown: Branch

    @property
    def holds(self) -> bool:
        return not self.failed and not self.unknown


def nearest_alternative(condition: Expression, state: State) -> Alternative:
    """The alternative with the fewest false, then the fewest unknown clauses; the first of several.

    A condition that can never be true is its own false clause.
    """
    found = [_against(branch, state) for branch in branches(condition)]
    never = Alternative((), (condition,), ())
    return min(found, key=lambda each: (len(each.failed), len(each.unknown)), default=never)


def _against(branch: Branch, state: State) -> Alternative:
    results = [(literal, evaluate(literal, state)) for literal in branch]
    return Alternative(
        tuple(literal for literal, result in results if result is True),
        tuple(literal for literal, result in results if result is False),
        tuple(literal for literal, result in results if result is None),
    )


def expanded(condition: Expression, book: Rulebook) -> Expression:
    """The condition with every yes/no measure and signal replaced by what makes it true, as far as that stays small."""
    found = _expanded(condition, book)
    return found if branch_count(found) <= MOST_BRANCHES else condition


def _expanded(condition: Expression, book: Rulebook) -> Expression:
    match condition:
        case And(items) | Or(items):
            return type(condition)(tuple(_expanded(item, book) for item in items))
        case Not(item):
            return Not(_expanded(item, book))
        case Name(name) if name in book.signals:
            return Or(tuple(_expanded(rule.effective, book) for rule in book.rules if rule.target == name))
        case Name(name) if name in book.measures:
            definition = book.measures[name].expression
            return condition if definition is None else _expanded(definition, book)
        case _:
            return condition
