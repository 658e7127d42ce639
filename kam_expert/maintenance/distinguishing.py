"""Two conditions, and the account on which they differ: proof that there is none, or an example of one.

Each name is tried at the values where a comparison can turn (on its grid, within its range) and as unknown. Between
such values no comparison changes, so when all combinations agree the conditions are the same for every account in
which the names are free of each other. Names that depend on each other are for the solver.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    And,
    Compare,
    Expression,
    In,
    Name,
    Value,
    base_name,
    conjunction,
    names_in,
    walk,
)
from kam_expert.rulebook.stating import step_of, tidy

Equivalent = Callable[[Rulebook, Expression, Expression], bool | None]
"""True: no account distinguishes the two conditions; False: one does; None: undecided."""

_MOST_COMBINATIONS = 20_000
_MOST_MOVED = 2  # names moved at once when an example is looked for


@dataclass(frozen=True)
class Difference:
    """Names with values on which only one of two conditions holds; `holds`: whether the first one does."""

    values: Mapping[str, Value]
    holds: bool


def difference(
    book: Rulebook, one: Expression, other: Expression, starts: Sequence[Mapping[str, Value]]
) -> tuple[Difference | None, bool]:
    """An account on which two conditions differ, as near as possible to one of the `starts`.

    Also whether all combinations were tried: then, without a difference, the conditions are equivalent.
    """
    core = _core(one, other)
    candidates = {name: tuple(_candidates(name, book, core)) for name in _names(core)}
    for moved in range(1, _MOST_MOVED + 1):
        for start in starts:
            for values in _moved(start, candidates, moved):
                found = _differ(book, one, other, values)
                if found is not None:
                    return found, False
    if math.prod(len(values) for values in candidates.values()) > _MOST_COMBINATIONS:
        return None, False
    apart = False
    for combination in product(*candidates.values()):
        tried = dict(zip(candidates, combination, strict=True))
        if _differ(book, *core, _known(tried)) is None:
            continue
        apart = True
        for start in starts:
            found = _differ(book, one, other, _known({**start, **tried}))
            if found is not None:
                return found, False
    return None, not apart


def _core(one: Expression, other: Expression) -> tuple[Expression, Expression]:
    """Two conditions without the clauses of a common `and` that read none of the names in which they differ.

    Such clauses can be true or not whatever the rest is, so they decide nothing about the difference.
    """
    items = [each.items if isinstance(each, And) else (each,) for each in (one, other)]
    common = [item for item in items[0] if item in items[1]]
    kept = [item for item in (*items[0], *items[1]) if item not in common]
    names = set(_names(kept))
    while True:
        sharing = [item for item in common if names & set(names_in(item)) and item not in kept]
        if not sharing:
            break
        kept += sharing
        names |= set(_names(sharing))
    first, second = (conjunction([item for item in each if item in kept]) for each in items)
    return first, second


def _known(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _names(conditions: Iterable[Expression]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for condition in conditions for name in names_in(condition)))


def _differ(book: Rulebook, one: Expression, other: Expression, values: Mapping[str, Value]) -> Difference | None:
    state = State(values, book.parameters)
    holds = evaluate(one, state) is True
    return Difference(values, holds) if holds != (evaluate(other, state) is True) else None


def _moved(
    start: Mapping[str, Value], candidates: Mapping[str, Sequence[Value | None]], count: int
) -> Iterator[dict[str, Value]]:
    """The start with `count` names moved; known values before unknown ones."""
    for names in combinations(candidates, min(count, len(candidates))):
        for combination in product(*(candidates[name] for name in names)):
            yield _known({**start, **dict(zip(names, combination, strict=True))})


def _candidates(name: str, book: Rulebook, conditions: Sequence[Expression]) -> Iterator[Value | None]:
    """The values of a name among which every comparison of the conditions takes every outcome; None is unknown."""
    kind = book.vocabulary.names[base_name(name)]
    if kind.kind == "choice":
        yield from kind.options
    elif kind.kind == "flag":
        yield from (True, False)
    elif kind.kind == "number":
        yield from _numbers(name, book, conditions)
    yield None


def _numbers(name: str, book: Rulebook, conditions: Sequence[Expression]) -> Iterator[float | int]:
    state = State({}, book.parameters)
    bounds: list[float] = []
    for node in (node for condition in conditions for node in walk(condition)):
        match node:
            case Compare(_, Name(left), right) if left == name:
                bounds.append(float(evaluate(right, state)))
            case In(Name(left), options) if left == name:
                bounds.extend(float(evaluate(option, state)) for option in options)
    step = step_of(name, book)
    low, high = _range(name, book)
    grid = {math.floor(round(bound / step, 6)) + move for bound in bounds or [0.0] for move in (-1, 0, 1, 2)}
    yield from (tidy(place * step) for place in sorted(grid) if low <= tidy(place * step) <= high)


def _range(name: str, book: Rulebook) -> tuple[float, float]:
    if name.startswith("confidence."):
        return 0, 1
    fact = book.facts.get(base_name(name))
    if fact is not None and fact.type == "rating":
        return 1, 5
    if fact is not None and fact.range is not None:
        return fact.range
    return (0, 100) if name in book.scores else (-math.inf, math.inf)
