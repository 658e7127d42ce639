"""One account in many variants, each with a few facts changed: what would lead then, judged all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kam_expert.engines.columns.choosing import NONE
from kam_expert.engines.columns.columns import Columns
from kam_expert.engines.columns.frames import coded, drawn, type_of
from kam_expert.engines.columns.memory import Numbers
from kam_expert.engines.conclusions import Change, Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import LEVELS


@dataclass(frozen=True)
class Judged:
    """What leads, or the level that keeps any strategy from leading; the points of all, and which may lead."""

    primary: str | None
    level: str
    points: dict[str, int]
    may_lead: frozenset[str]


class Variants:
    """A rulebook made ready to judge variants of an account."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.columns = Columns(book, advice_only=True)

    def reads(self, fact: str) -> bool:
        """Whether the recommendation may depend on a fact."""
        return fact in self.columns.reads

    def judged(self, inputs: Inputs, changes: Sequence[Change]) -> tuple[Judged, ...]:
        """The account after each change; a fact that was unknown is then trusted as one whose source is not stated."""
        count = len(changes)
        values: dict[str, Any] = {**inputs.values, **inputs.tables}
        values.update(dict.fromkeys((f"n/a.{name}" for name in inputs.not_applicable), True))
        trust = self.book.parameters["confidence_unstated"]
        for name in dict.fromkeys(name for change in changes for name in change):
            changed = np.array([name in change for change in changes])
            values[name] = self._column(inputs, name, changes)
            if name not in inputs.values:
                values[f"confidence.{name}"] = np.where(changed, trust, np.nan)
            if name in inputs.not_applicable:
                values[f"n/a.{name}"] = ~changed
        read = {name: value for name, value in values.items() if name in self.columns.reads}
        choice = self.columns.choices(drawn(self.book, count, read))
        levels, names = self.columns.levels(choice), self.columns.table.names
        return tuple(
            Judged(
                primary=None if choice.primary[each] == NONE else names[choice.primary[each]],
                level=LEVELS[levels[each]],
                points={name: int(choice.points[place, each]) for place, name in enumerate(names)},
                may_lead=frozenset(name for place, name in enumerate(names) if choice.may_lead[place, each]),
            )
            for each in range(count)
        )

    def _column(self, inputs: Inputs, name: str, changes: Sequence[Change]) -> Numbers:
        """The values of a fact in all variants, choices as places, NaN where unknown."""
        type_ = type_of(self.book, name)
        assert type_ is not None
        was = inputs.values.get(name)
        found = [coded(type_, name, change.get(name, was)) for change in changes]
        return np.array([np.nan if value is None else float(value) for value in found], dtype=np.float64)


@lru_cache(maxsize=4)
def variants_of(book: Rulebook) -> Variants:
    """Made ready once."""
    return Variants(book)
