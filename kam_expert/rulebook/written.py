"""Conditions as they are written in the files: the reverse of `parsing`."""

from __future__ import annotations

from kam_expert.rulebook.expressions import (
    And,
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
    Or,
    Parameter,
)


def written(condition: Expression) -> str:
    """The condition in the language of the rules; brackets stand where reading back needs them."""
    match condition:
        case Constant(bool() as value):
            return str(value).lower()
        case Constant(value):
            return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
        case Choice(value):
            return value
        case Parameter(name):
            return name
        case Name(name):
            return f"before({name.removeprefix('before.')})" if name.startswith("before.") else name
        case Minus(item):
            return f"-{written(item)}"
        case Compare(op, left, right):
            return f"{written(left)} {op} {written(right)}"
        case In(left, options):
            return f"{written(left)} in [{', '.join(map(written, options))}]"
        case Not(In(left, options)):
            return f"{written(left)} not in [{', '.join(map(written, options))}]"
        case Not(item):
            return f"not ({written(item)})" if isinstance(item, And | Or) else f"not {written(item)}"
        case Known(item):
            return f"known({written(item)})"
        case Certain(item):
            return f"certain({written(item)})"
        case And(items):
            return " and ".join(f"({written(item)})" if isinstance(item, Or | And) else written(item) for item in items)
        case Or(items):
            return " or ".join(f"({written(item)})" if isinstance(item, Or | And) else written(item) for item in items)
    raise TypeError(f"not a condition: {condition}")
