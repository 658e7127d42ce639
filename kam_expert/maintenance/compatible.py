"""Whether conditions can be true at once, as far as the comparisons themselves tell.

Each name is looked at alone: its choices, its range, its being known. What a computed name is computed from is not
looked into, so "cannot" is certain and "can" is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import (
    Certain,
    Choice,
    Compare,
    Constant,
    Expression,
    In,
    Known,
    Minus,
    Name,
    Not,
    Parameter,
    Value,
    conjunction,
)
from kam_expert.rulebook.normal_form import Branch, branches

LOWEST_SCORE, HIGHEST_SCORE = 0, 100  # by the definition of a score
LOWEST_RATING, HIGHEST_RATING = 1, 5  # by the definition of a rating


@dataclass
class _Wanted:
    """What the literals about one name leave open."""

    low: float = float("-inf")
    high: float = float("inf")
    above: bool = False
    below: bool = False
    options: set[Value] | None = None
    excluded: set[Value] = field(default_factory=set)
    known: bool = False
    unknown: bool = False

    def at_least(self, value: float, *, strictly: bool = False) -> None:
        self.low, self.above = max((self.low, self.above), (value, strictly))

    def at_most(self, value: float, *, strictly: bool = False) -> None:
        self.high, self.below = max((self.high, self.below), (value, strictly), key=lambda end: (-end[0], end[1]))

    def only(self, values: Iterable[Value]) -> None:
        self.options = set(values) if self.options is None else self.options & set(values)

    def nothing_left(self) -> bool:
        if self.known and self.unknown:
            return True
        if self.options is not None and not any(self._fits(value) for value in self.options):
            return True
        if self.low > self.high:
            return True
        return self.low == self.high and (self.above or self.below or self.low in self.excluded)

    def _fits(self, value: Value) -> bool:
        if value in self.excluded:
            return False
        if isinstance(value, str | bool):
            return True
        above = value > self.low if self.above else value >= self.low
        below = value < self.high if self.below else value <= self.high
        return above and below


def can_be_true(condition: Expression, book: Rulebook) -> bool:
    """Whether some account makes the condition true, as far as its comparisons tell."""
    return any(_consistent(branch, book) for branch in branches(condition))


def can_both_be_true(one: Expression, other: Expression, book: Rulebook) -> bool:
    """Whether some account makes both conditions true, as far as their comparisons tell."""
    return any(_consistent((*a, *b), book) for a in branches(one) for b in branches(other))


def _consistent(branch: Branch, book: Rulebook) -> bool:
    return any(_together(literals, book) for literals in _opened(branch))


def _opened(branch: Branch) -> tuple[Branch, ...]:
    """The branch with what is certain stated as such: `certain(c)` is true exactly when `c` is."""
    return branches(conjunction([each.item if isinstance(each, Certain) else each for each in branch]))


def _together(literals: Branch, book: Rulebook) -> bool:
    wanted: dict[str, _Wanted] = {}
    for literal in literals:
        if isinstance(literal, Not) and isinstance(literal.item, Certain) and _stated(literal.item.item, literals):
            return False
        _take(literal, wanted, book)
    return not any(each.nothing_left() for each in wanted.values())


def _stated(condition: Expression, literals: Branch) -> bool:
    """Whether the literals themselves say that a condition is true."""
    return any(set(branch) <= set(literals) for branch in branches(condition))


def _take(literal: Expression, wanted: dict[str, _Wanted], book: Rulebook) -> None:
    match literal:
        case Not(Known(Name(name))):
            _of(name, wanted, book).unknown = True
        case Known(Name(name)):
            _of(name, wanted, book).known = True
        case Name(name):
            _known(name, wanted, book).only([True])
        case Not(Name(name)):
            _known(name, wanted, book).only([False])
        case In(Name(name), options):
            _known(name, wanted, book).only(_constants(options, book))
        case Not(In(Name(name), options)):
            _known(name, wanted, book).excluded.update(_constants(options, book))
        case Compare(op, Name(name), right):
            for value in _constants([right], book):
                _compare(op, value, _known(name, wanted, book))


def _compare(op: str, value: Value, wanted: _Wanted) -> None:
    if op == "==":
        wanted.only([value])
    elif op == "!=":
        wanted.excluded.add(value)
    elif isinstance(value, int | float):
        if op in (">", ">="):
            wanted.at_least(value, strictly=op == ">")
        else:
            wanted.at_most(value, strictly=op == "<")


def _known(name: str, wanted: dict[str, _Wanted], book: Rulebook) -> _Wanted:
    found = _of(name, wanted, book)
    found.known = True
    return found


def _of(name: str, wanted: dict[str, _Wanted], book: Rulebook) -> _Wanted:
    """What is wanted of a name, beginning with what it can be at all."""
    if name not in wanted:
        new = wanted[name] = _Wanted()
        fact = book.facts.get(name)
        type_ = book.vocabulary.names.get(name)
        if type_ is not None and type_.kind == "choice":
            new.only(type_.options)
        elif fact is not None and fact.type == "rating":
            new.low, new.high = LOWEST_RATING, HIGHEST_RATING
        elif fact is not None and fact.range is not None:
            new.low, new.high = fact.range
        elif name in book.scores:
            new.low, new.high = LOWEST_SCORE, HIGHEST_SCORE
    return wanted[name]


def _constants(expressions: Iterable[Expression], book: Rulebook) -> list[Value]:
    """The values of constants; anything else is left out."""
    found: list[Value] = []
    for expression in expressions:
        match expression:
            case Constant(value) | Choice(value):
                found.append(value)
            case Parameter(name):
                found.append(book.parameters[name])
            case Minus(item):
                found += [-value for value in _constants([item], book) if not isinstance(value, str)]
    return found
