"""When the rows of a model conclude, by how the model reads its rows."""

from __future__ import annotations

from collections.abc import Sequence

from kam_expert.rulebook.expressions import And, Certain, Expression, Not, conjunction, negate


def effective_condition(policy: str, before: Sequence[Expression], condition: Expression) -> Expression:
    """When a row concludes, given the conditions of the rows before it and the policy of its model.

    `first`: the rows before it are false; `lower_bound`: they are not certain; `unique`: they do not matter.
    """
    effective = condition
    if policy == "first":
        effective = conjunction([*(negate(other) for other in before), condition])
    elif policy == "lower_bound":
        effective = conjunction([*(Not(Certain(other)) for other in before), condition])
    return And(_flat(effective.items)) if isinstance(effective, And) else effective


def _flat(items: tuple[Expression, ...]) -> tuple[Expression, ...]:
    flat: list[Expression] = []
    for item in items:
        flat.extend(_flat(item.items) if isinstance(item, And) else [item])
    return tuple(dict.fromkeys(flat))
