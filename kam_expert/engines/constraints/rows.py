"""What is certain of a sum over a table whatever its rows are."""

from __future__ import annotations

from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import Fact


def never_below_zero(term: Expression, table: Fact | None) -> bool:
    """Whether a term of a sum over this table is at least zero in every row in which it is known."""

    def sure(node: Expression) -> bool:
        match node:
            case ex.Constant(value):
                return value >= 0
            case ex.Column(name):
                column = None if table is None else table.columns.get(name)
                return column is not None and column.range is not None and column.range[0] >= 0
            case ex.Arithmetic("+" | "*" | "/", left, right):
                return sure(left) and sure(right)
            case ex.IfElse(_, then, otherwise):
                return sure(then) and sure(otherwise)
            case ex.Call("coalesce" | "min" | "max", arguments):
                return all(map(sure, arguments))
        return False

    return sure(term)
