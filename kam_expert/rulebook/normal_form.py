"""Conditions as alternatives of conjunctions, as a pattern network needs them.

A condition is true exactly when all literals of one of its branches are certainly true: negation is pushed down to the
comparisons first, so an unknown makes no literal true, neither the plain nor the negated one.
"""

from __future__ import annotations

from kam_expert.rulebook.expressions import And, Certain, Constant, Expression, Known, Not, Or, negate, walk

MOST_BRANCHES = 100

Branch = tuple[Expression, ...]


def branches(expression: Expression) -> tuple[Branch, ...]:
    """The alternatives under which the condition is true; none if it never is, one empty one if it always is."""
    match expression:
        case Constant(value):
            return ((),) if value else ()
        case And(items):
            product: list[Branch] = [()]
            for item in items:
                product = [_joined(one, other) for one in product for other in branches(item)]
            return tuple(dict.fromkeys(product))
        case Or(items):
            return tuple(dict.fromkeys(branch for item in items for branch in branches(item)))
        case Not(item) if isinstance(item, And | Or | Not | Constant) or _is_comparison(item):
            return branches(negate(item))
        case _:
            return ((expression,),)


def branch_count(expression: Expression, *, negated: bool = False) -> int:
    """How many branches a condition (or its negation) has, without building them."""
    match expression:
        case Constant(value):
            return int(bool(value) != negated)
        case And(items) | Or(items):
            counts = [branch_count(item, negated=negated) for item in items]
            if isinstance(expression, And) == (not negated):
                product = 1
                for count in counts:
                    product *= count
                return product
            return sum(counts)
        case Not(item):
            return branch_count(item, negated=not negated)
        case _:
            return 1


def certain_conditions(expression: Expression) -> tuple[Expression, ...]:
    """The conditions inside `certain(...)`, innermost last."""
    return tuple(node.item for node in walk(expression) if isinstance(node, Certain))


def _joined(one: Branch, other: Branch) -> Branch:
    return tuple(dict.fromkeys((*one, *other)))


def _is_comparison(item: Expression) -> bool:
    return not isinstance(item, Known | Certain) and negate(item) != Not(item)
