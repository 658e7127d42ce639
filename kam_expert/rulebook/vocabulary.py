"""The names that conditions and formulas may use, and what kind of value each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["flag", "choice", "number", "text", "table"]


@dataclass(frozen=True)
class NameType:
    """What a name stands for.

    `kind`: the kind of its values. `options`: the legal choices of a choice. `columns`: column name to kind, of a
    table; `column_options`: the legal choices of its columns of choices. `origin`: the layer that gives it its value
    (fact, measure, score, position, signal).
    """

    kind: Kind
    origin: str
    options: tuple[str, ...] = ()
    columns: Mapping[str, Kind] = field(default_factory=dict)
    column_options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Vocabulary:
    """All names and parameters of a rulebook."""

    names: Mapping[str, NameType]
    parameters: frozenset[str]
