"""Native charts of bars: points for and against, work over time, what moves the lead, the way to a goal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.util import Pt

from kam_expert.reports.office_style import (
    Sheet,
    at_the_foot,
    categories,
    colour,
    filled,
    hatched,
    legend,
    lines,
    plot_within,
    say_at,
    scale,
    stroke,
    unseen,
    without_ticks,
)
from kam_expert.reports.pictures import Bars, Bridge, Compared, Schedule, Step, Swing, Tornado
from kam_expert.reports.svg import GROUND, INK, PALE, PALETTE, text_width

Made = tuple[XL_CHART_TYPE, Any, Callable[[Chart], None]]
FOR, AGAINST = PALETTE[0], PALETTE[1]
MOST_PARTS = 6  # a bar shows each part up to so many, and the rest as one
LOOKS = {  # the colour of a column, and whether it is filled or hatched
    "base": (PALE, True),
    "up": (FOR, True),
    "down": (AGAINST, False),
    "gap": (PALE, False),
    "target": (INK, True),
}
WEEK = 7
FEW = 10  # up to so many, things are counted one by one
ZERO_OF_DAYS = date(1899, 12, 30)  # day 0 of a workbook


def _labels(names: Sequence[str], sheet: Sheet, share: float) -> tuple[list[str], float]:
    """Names broken into lines, and the room that they take, at most the share of the width."""
    room = sheet.width * share
    broken = ["\n".join(lines(line, room, sheet.size) for line in name.split("\n")) for name in names]
    widest = max((text_width(line, sheet.size) for name in broken for line in name.split("\n")), default=0.0)
    return broken, min(widest, room) + sheet.size


def bars(shown: Bars, sheet: Sheet) -> Made:
    """What speaks for it to the right, filled; against it to the left, hatched; the result at the end of the bar."""
    up = [_parts([points for _, points in bar.parts if points > 0]) for bar in shown.bars]
    down = [_parts([points for _, points in bar.parts if points < 0]) for bar in shown.bars]
    names, room = _labels([bar.label for bar in shown.bars], sheet, 0.42)
    data = CategoryChartData(number_format="+0;−0;0")
    data.categories = names
    ups, downs = (max((len(parts) for parts in side), default=0) for side in (up, down))
    for side, count, name in ((up, ups, shown.in_favour), (down, downs, shown.against)):
        for index in range(count):
            data.add_series(f"{name} {index + 1}", [p[index] if index < len(p) else None for p in side])
    high = max((sum(parts) for parts in up), default=0)
    low = min((sum(parts) for parts in down), default=0)
    widest = max(text_width(bar.result, sheet.size) for bar in shown.bars) + sheet.size
    plot = sheet.width - room - 8
    reserve = (high - low) * widest / max(plot - widest, 1.0)
    data.add_series("=", [reserve for _ in shown.bars])

    def dress(chart: Chart) -> None:
        series = list(chart.series)
        for one in series[:ups]:
            filled(one, FOR)
        for one in series[ups : ups + downs]:
            hatched(one, AGAINST)
        unseen(series[-1])
        for index, bar in enumerate(shown.bars):
            say_at(series[-1], index, bar.result, XL_LABEL_POSITION.INSIDE_BASE, sheet.size, bold=True)
        _stacked(chart, sheet, len(shown.bars))
        categories(chart.category_axis, sheet, from_the_top=True)
        sides = [f"← {shown.against}"] * bool(downs) + [f"{shown.in_favour} →"] * bool(ups)
        scale(chart.value_axis, sheet, title="      ".join(sides), low=low, high=high + reserve, grid=False)
        without_ticks(chart.value_axis)
        plot_within(chart, sheet, room, 4, 8, 2.4 * sheet.size)

    return XL_CHART_TYPE.BAR_STACKED, data, dress


def _parts(points: list[int]) -> list[int]:
    return points if len(points) <= MOST_PARTS else [*points[: MOST_PARTS - 1], sum(points[MOST_PARTS - 1 :])]


def _stacked(chart: Chart, sheet: Sheet, count: int) -> None:
    """Parts one on the other, and bars never thicker than two lines of text."""
    row = sheet.height * 0.85 / max(1, count)
    plot: Any = chart.plots[0]
    plot.gap_width, plot.overlap = min(500, max(40, round(100 * (row / (2 * sheet.size) - 1)))), 100


def schedule(shown: Schedule, sheet: Sheet) -> Made:
    """A bar from day to day for each piece of work, coloured by its group; the gates in a row of their own each."""
    rows: list[tuple[str, date, date, int]] = []
    for index, (_, spans) in enumerate(shown.groups):
        rows += [(span.label, span.start, span.end, index) for span in spans]
    gates = len(shown.groups)
    first = min([shown.start, *(start for _, start, _, _ in rows)])
    last = max([*(end for _, _, end, _ in rows), *(due for _, _, due in shown.gates)]) + timedelta(days=WEEK)
    mark = timedelta(days=max(3, (last - first).days // 60))
    rows += [(f"{name} {told} {due.isoformat()}", due, due + mark, gates) for name, told, due in shown.gates]
    names, room = _labels([name for name, _, _, _ in rows], sheet, 0.46)
    data = CategoryChartData(number_format="0")
    data.categories = names
    data.add_series(" ", [(start - ZERO_OF_DAYS).days for _, start, _, _ in rows], "yyyy-mm-dd")
    groups = [name for name, _ in shown.groups] + ([shown.gates_label] if shown.gates else [])
    for index, name in enumerate(groups):
        data.add_series(name, [max(1, (end - start).days) if group == index else None for _, start, end, group in rows])

    def dress(chart: Chart) -> None:
        series = list(chart.series)
        unseen(series[0])
        for index, one in enumerate(series[1:]):
            filled(one, INK if index == gates else PALETTE[index % len(PALETTE)])
        _stacked(chart, sheet, len(rows))
        categories(chart.category_axis, sheet, from_the_top=True)
        low, high = (first - ZERO_OF_DAYS).days, (last - ZERO_OF_DAYS).days
        places = max(2, int((sheet.width - room) / text_width("2026-10-01xxx", sheet.small)))
        unit = 4 * WEEK * math.ceil((high - low) / (4 * WEEK * places))
        scale(chart.value_axis, sheet, low=low, high=high, unit=unit, number="yyyy-mm-dd")
        legend(chart, sheet)
        plot_within(chart, sheet, room, 2 * sheet.size, 3 * sheet.size, 2.6 * sheet.size)

    return XL_CHART_TYPE.BAR_STACKED, data, dress


def tornado(shown: Tornado, sheet: Sheet) -> Made:
    """How far each fact moves the lead to either side of what it is now; left of zero the advice is another."""
    data = CategoryChartData(number_format="0.##")
    names = [f"{each.label}\n{each.low_at} ↔ {each.high_at}" for each in shown.swings]
    data.categories, room = _labels(names, sheet, 0.4)
    pieces = [_pieces(each, shown.now) for each in shown.swings]
    for place, name in enumerate((" ", "−", "+", "  ", "+ ", "− ")):
        data.add_series(name, [each[place] for each in pieces])
    overturned = any(each.low < 0 for each in shown.swings)

    def dress(chart: Chart) -> None:
        for one, look in zip(chart.series, (None, False, True, None, True, False), strict=True):
            if look is None:
                unseen(one)
            elif look:
                filled(one, FOR)
            else:
                hatched(one, AGAINST)
        _stacked(chart, sheet, len(shown.swings))
        categories(chart.category_axis, sheet, from_the_top=True)
        title = f"{shown.axis}\n← {shown.overturned}" if overturned else shown.axis
        scale(chart.value_axis, sheet, title=title, low=None, high=None)
        at_the_foot(chart.value_axis)
        plot_within(chart, sheet, room, 4, 2 * sheet.size, (5.5 if overturned else 4) * sheet.size)

    return XL_CHART_TYPE.BAR_STACKED, data, dress


def _pieces(swing: Swing, now: float) -> tuple[float, ...]:
    """What a bar from low to high is put together of: above zero from the middle outwards, then below it."""
    above = (max(0.0, swing.low), max(0.0, min(swing.high, now)), max(0.0, swing.high))
    below = (min(0.0, swing.high), min(0.0, max(swing.low, now)), min(0.0, swing.low))
    return above[0], above[1] - above[0], above[2] - above[1], below[0], below[1] - below[0], below[2] - below[1]


def bridge(shown: Bridge, sheet: Sheet) -> Made:
    """Columns from what is to what is wanted, each step beginning where the one before it ended."""
    names = {step.kind: step.label for step in shown.steps} | {"up": "+", "down": "−"}
    rows: list[tuple[float, str, float]] = []
    height = 0.0
    for step in shown.steps:
        before, height = height, _after(height, step)
        bottom = 0.0 if step.kind in ("base", "target") else min(before, height)
        rows.append((bottom / shown.scale, _kind(step), step.amount / shown.scale))
    room = (sheet.width - 60) / max(1, len(shown.steps)) - 6
    data = CategoryChartData(number_format="#,##0.##")
    data.categories = [f"{lines(step.label, room, sheet.size)}\n{step.worded}" for step in shown.steps]
    data.add_series(" ", [bottom for bottom, _, _ in rows])
    kinds = [kind for kind in LOOKS if any(kind == own for _, own, _ in rows)]
    for kind in kinds:
        data.add_series(names.get(kind, " "), [abs(amount) if own == kind else None for _, own, amount in rows])

    def dress(chart: Chart) -> None:
        none, *others = chart.series
        unseen(none)
        for kind, one in zip(kinds, others, strict=True):
            shade, solid = LOOKS[kind]
            (filled if solid else hatched)(one, shade)
        plot: Any = chart.plots[0]
        plot.gap_width, plot.overlap = 35, 100
        categories(chart.category_axis, sheet)
        scale(chart.value_axis, sheet, title=shown.unit, high=None, number="#,##0.##" if shown.scale > 1 else "#,##0")

    return XL_CHART_TYPE.COLUMN_STACKED, data, dress


def _after(height: float, step: Step) -> float:
    return step.amount if step.kind in ("base", "target") else height + step.amount


def _kind(step: Step) -> str:
    if step.kind != "step":
        return step.kind
    return "down" if step.amount < 0 else "up"


def compared(shown: Compared, sheet: Sheet) -> Made:
    """Bars side by side, the first of each line hollow, the others filled; each with its amount if there is room."""
    names, room = _labels([name for name, _ in shown.rows], sheet, 0.36)
    data = CategoryChartData(number_format="General")
    data.categories = names
    for index, name in enumerate(shown.series):
        data.add_series(name, [amounts[index] for _, amounts in shown.rows])
    several = len(shown.series) > 1
    known = [amount for _, amounts in shown.rows for amount in amounts if amount is not None]
    low = None if min(known, default=0) < 0 else 0.0

    def dress(chart: Chart) -> None:
        for index, one in enumerate(chart.series):
            filled(one, PALETTE[index - several] if index or not several else GROUND)
            if several and not index:
                stroke(one.format.line, PALE, 1.25)
        plot: Any = chart.plots[0]
        row = sheet.height * 0.8 / max(1, len(shown.rows))
        plot.gap_width, plot.overlap = 45 if several else max(45, min(300, round(100 * (row / 18 - 1)))), 0
        if row / (len(shown.series) + 0.45) >= sheet.small:
            plot.has_data_labels = True
            labels: Any = plot.data_labels
            labels.font.size, labels.font.color.rgb = Pt(sheet.small), colour(INK)
            labels.number_format, labels.number_format_is_linked = "General", False
            labels.position = XL_LABEL_POSITION.OUTSIDE_END
        categories(chart.category_axis, sheet, from_the_top=True)
        counts = all(amount == int(amount) for amount in known) and max(known, default=0) <= FEW
        scale(chart.value_axis, sheet, title=shown.unit, low=low, high=None, unit=1 if counts else None)
        at_the_foot(chart.value_axis)
        if several:
            legend(chart, sheet)
        plot_within(chart, sheet, room, 4, 24, (5.6 if several else 4) * sheet.size)

    return XL_CHART_TYPE.BAR_CLUSTERED, data, dress
