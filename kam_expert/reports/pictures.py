"""What pictures show, as values without a form: drawn as SVG, or as the native chart of an office program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal


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

    `band`: what the borderline band is called. `target`: where the account stands once the goals are reached, both
    coordinates 0 to 100; `target_label`: what that point is called.
    """

    horizontal: Axis
    vertical: Axis
    account: str
    cells: tuple[tuple[str, float, float], ...]
    band: str
    target: tuple[float, float] | None = None
    target_label: str = ""


@dataclass(frozen=True)
class Radar:
    """Scores on 0 to 100 round a centre, with their wording; None is unknown. `cut`: the middle that is marked.

    `targets`: the scores once the goals are reached, one for each spoke; empty without any.
    """

    spokes: tuple[tuple[str, float | None, str], ...]
    cut: float
    now_label: str = ""
    targets: tuple[float | None, ...] = ()
    target_label: str = ""
    cut_label: str = ""


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


@dataclass(frozen=True)
class Swing:
    """How far one fact moves the lead, in points, over its plausible range.

    `low`, `high`: the smallest and the largest lead; `low_at`, `high_at`: the values of the fact, in words.
    """

    label: str
    low: float
    high: float
    low_at: str
    high_at: str


@dataclass(frozen=True)
class Tornado:
    """The facts that move the lead of the primary strategy most, the widest first. `now`: the lead as it is.

    `overturned`: what a lead below zero means.
    """

    swings: tuple[Swing, ...]
    now: float
    axis: str
    overturned: str


@dataclass(frozen=True)
class Step:
    """One column of a bridge. `amount` is what it adds or takes; the height itself for `base` and `target`.

    `gap`: what is missing between the steps and the target.
    """

    label: str
    amount: float
    worded: str
    kind: Literal["base", "step", "gap", "target"]


@dataclass(frozen=True)
class Bridge:
    """From what is to what is wanted, step by step. `unit`: so many (`scale`) of the amounts, in words."""

    steps: tuple[Step, ...]
    unit: str
    scale: float = 1.0


@dataclass(frozen=True)
class Grade:
    """What a cell of a grid can be, from the best; `mark` stands in the cell, so that colour is never alone.

    `shade`: 0 the best … 3 the worst, None without a colour, because unknown or not applicable.
    """

    id: str
    label: str
    mark: str
    shade: int | None


@dataclass(frozen=True)
class GridCell:
    """`grade`: the id of a grade. `note`: what stands in the cell besides its mark. `old`: it wants renewing."""

    grade: str
    note: str = ""
    old: bool = False


@dataclass(frozen=True)
class Grid:
    """A heat map: rows in groups, and a cell for each column. `old_label`: what the rim of an old cell means."""

    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[tuple[str, tuple[GridCell, ...]], ...]], ...]
    grades: tuple[Grade, ...]
    old_label: str = ""

    def by_columns(self, most: int) -> list[Grid]:
        """The same in pieces of at most so many columns, all about equally wide."""
        count = len(self.columns)
        pieces = max(1, -(-count // max(1, most)))
        ends = [round(count * index / pieces) for index in range(pieces + 1)]
        return [
            Grid(
                self.columns[first:last],
                tuple((g, tuple((label, cells[first:last]) for label, cells in rows)) for g, rows in self.groups),
                self.grades,
                self.old_label,
            )
            for first, last in pairwise(ends)
        ]


@dataclass(frozen=True)
class Bubble:
    """An account among others; both coordinates 0 to 100. None is unknown. `told`: more of it, in words."""

    label: str
    x: float
    y: float
    sales: float | None
    spend: float | None
    group: str
    told: str = ""
    number: str = ""


@dataclass(frozen=True)
class Bubbles:
    """All accounts between two scores; a disc for our sales, a ring for all spend. `cut`: where the quarters meet.

    A bubble whose name finds no room shows its `number` instead, which a table beside the picture explains.

    `no_sales_label`, `unknown_label`: what a mark without a disc means; `sizes`: amounts that show the scale, in words.
    """

    horizontal: str
    vertical: str
    cut: float
    cells: tuple[tuple[str, float, float], ...]
    bubbles: tuple[Bubble, ...]
    sales_label: str
    spend_label: str
    no_sales_label: str = ""
    unknown_label: str = ""
    sizes: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Compared:
    """Amounts side by side: for each line its name and one amount for each series; None is unknown.

    `unit`: that of the amounts, in words.
    """

    rows: tuple[tuple[str, tuple[float | None, ...]], ...]
    series: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Curve:
    """Lines of points, both coordinates in percent: the shares that the largest accounts hold; below zero by losses."""

    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    horizontal: str
    vertical: str


Shown = Matrix | Radar | Bars | Schedule | Tornado | Bridge | Grid | Bubbles | Compared | Curve
