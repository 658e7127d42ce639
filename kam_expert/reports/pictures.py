"""What pictures show, as values without a form: drawn as SVG, or as the native chart of an office program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Axis:
    """A score on 0 to 100, with the cut that decides and the distance from it within which a value is borderline."""

    label: str
    value: float
    cut: float
    band: float


@dataclass(frozen=True)
class Matrix:
    """One account between two scores. `cells`: the name of each quarter with its middle, both coordinates 0 to 100.

    `band`: what the borderline band is called.
    """

    horizontal: Axis
    vertical: Axis
    account: str
    cells: tuple[tuple[str, float, float], ...]
    band: str


@dataclass(frozen=True)
class Radar:
    """Scores on 0 to 100 round a centre, with their wording; None is unknown. `cut`: the middle that is marked."""

    spokes: tuple[tuple[str, float | None, str], ...]
    cut: float


@dataclass(frozen=True)
class Bar:
    """Points for (above zero) and against (below zero) on one line, each part a reason."""

    label: str
    parts: tuple[tuple[str, int], ...]
    result: str


@dataclass(frozen=True)
class Bars:
    """What pushed up and down, line by line."""

    bars: tuple[Bar, ...]
    in_favour: str
    against: str


@dataclass(frozen=True)
class Span:
    """A piece of work from day to day; `every`: the weeks from one time to the next, if it is repeated."""

    label: str
    start: date
    end: date
    every: int | None = None


@dataclass(frozen=True)
class Schedule:
    """Work in groups over time, with the days on which something is decided."""

    groups: tuple[tuple[str, tuple[Span, ...]], ...]
    gates_label: str
    gates: tuple[tuple[str, str, date], ...]
    start: date


Shown = Matrix | Radar | Bars | Schedule
