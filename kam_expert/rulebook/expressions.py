"""The closed language of conditions and formulas, as values.

Conditions compare one name with one constant and are joined by and, or, not; formulas add arithmetic. `parsing`
builds these from text, `evaluation` gives them a value, `prose` words them; no other code interprets them, except the
oracle, which does so on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Value = float | int | str | bool


class Expression:
    """Any node of the language."""

    __slots__ = ()

    def children(self) -> tuple[Expression, ...]:
        return ()


@dataclass(frozen=True)
class Constant(Expression):
    """A number or a truth value, as written."""

    value: float | int | bool


@dataclass(frozen=True)
class Choice(Expression):
    """A choice of a fact or a cell of a position."""

    value: str


@dataclass(frozen=True)
class Parameter(Expression):
    """A named parameter of the rulebook."""

    name: str


@dataclass(frozen=True)
class Unknown(Expression):
    """The value that nobody knows."""


@dataclass(frozen=True)
class Name(Expression):
    """The value of a fact, measure, score, position or signal.

    `before.x` is the value of fact x at the last review, `confidence.x` how far its source can be trusted (0 to 1).
    """

    name: str


@dataclass(frozen=True)
class Column(Expression):
    """A column of the table over which a sum runs."""

    name: str


@dataclass(frozen=True)
class Compare(Expression):
    """`left op right` with op one of == != < <= > >=."""

    op: str
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True)
class In(Expression):
    """The left name is one of the options."""

    left: Expression
    options: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.left, *self.options)


@dataclass(frozen=True)
class And(Expression):
    items: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.items


@dataclass(frozen=True)
class Or(Expression):
    items: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.items


@dataclass(frozen=True)
class Not(Expression):
    item: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.item,)


@dataclass(frozen=True)
class Known(Expression):
    """True if the name, or the cell of the row, has a value, else false; never unknown."""

    item: Name | Column

    def children(self) -> tuple[Expression, ...]:
        return (self.item,)


@dataclass(frozen=True)
class Certain(Expression):
    """True if the condition is true, else false; never unknown."""

    item: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.item,)


@dataclass(frozen=True)
class Arithmetic(Expression):
    """`left op right` with op one of + - * /."""

    op: str
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True)
class Minus(Expression):
    item: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.item,)


@dataclass(frozen=True)
class IfElse(Expression):
    """`then if condition else otherwise`; unknown if the condition is."""

    condition: Expression
    then: Expression
    otherwise: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True)
class Call(Expression):
    """One of the functions of `FUNCTIONS`."""

    function: str
    arguments: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.arguments


@dataclass(frozen=True)
class SumOver(Expression):
    """The sum of an expression over the rows of a table.

    Unknown without the table or with a hole in a column it reads.
    """

    table: Name
    item: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.table, self.item)


FUNCTIONS: dict[str, tuple[int, int]] = {  # name -> fewest and most arguments
    "min": (2, 20),
    "max": (2, 20),
    "mean": (1, 20),
    "coalesce": (2, 10),
    "clamp": (3, 3),
    "rating": (1, 1),
    "linear": (3, 3),
}


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything in it, outermost first."""
    yield expression
    for child in expression.children():
        yield from walk(child)


def names_in(expression: Expression) -> tuple[str, ...]:
    """The names an expression reads, each once, in the order of reading."""
    return tuple(dict.fromkeys(node.name for node in walk(expression) if isinstance(node, Name)))


def base_name(name: str) -> str:
    """The fact behind `before.x` and `confidence.x`, else the name itself."""
    return name.split(".", 1)[1] if name.startswith(("before.", "confidence.")) else name


def base_names(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """The facts and computed names that expressions read, each once, in the order of reading."""
    return tuple(dict.fromkeys(base_name(name) for expression in expressions for name in names_in(expression)))


def negate(expression: Expression) -> Expression:
    """The Kleene negation, pushed inward as far as it goes."""
    opposite = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
    match expression:
        case Not(item):
            return item
        case And(items):
            return Or(tuple(negate(item) for item in items))
        case Or(items):
            return And(tuple(negate(item) for item in items))
        case Compare(op, left, right):
            return Compare(opposite[op], left, right)
        case Constant(bool() as value):
            return Constant(not value)
        case _:
            return Not(expression)


def conjunction(items: list[Expression]) -> Expression:
    """All of the items; true when there are none."""
    if not items:
        return Constant(True)
    return items[0] if len(items) == 1 else And(tuple(items))
