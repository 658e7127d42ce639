"""Native charts of points: the matrix, the radar, accounts as bubbles, and curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pptx.chart.chart import Chart
from pptx.chart.data import BubbleChartData, CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE
from pptx.util import Pt

from kam_expert.reports.office_labels import Label, labelled
from kam_expert.reports.office_style import (
    Sheet,
    arrow,
    colour,
    crossed_at,
    filled,
    legend,
    line_only,
    lines,
    mark_only,
    marked,
    plot_within,
    say_at,
    scale,
    stroke,
    unseen,
)
from kam_expert.reports.pictures import Axis, Bubble, Bubbles, Curve, Matrix, Radar
from kam_expert.reports.svg import GROUND, INK, PALE, PALETTE, text_width
from kam_expert.reports.text import shortened

Made = tuple[XL_CHART_TYPE, Any, Callable[[Chart], None]]
NOW, TARGET = PALETTE[0], PALETTE[1]
EDGE = "#b8860b"  # the rim of the borderline band: the band's own colour is too pale for a line
MIDDLE = 60.0  # a point right of this has its name to the left
BUBBLE_SCALE = 60
UNSEEN = 6  # the largest bubble is so many times larger than those that only carry the name of a quarter
RIM = 2.0  # the names of quarters hang from the upper edge and stand on the lower one, so far inside
SIDES = {
    "right": XL_LABEL_POSITION.RIGHT,
    "left": XL_LABEL_POSITION.LEFT,
    "above": XL_LABEL_POSITION.ABOVE,
    "below": XL_LABEL_POSITION.BELOW,
    "centre": XL_LABEL_POSITION.CENTER,
}
LONGEST_NAME = 40  # columns of the name of an account beside its point and in the legend
OUTER = 94.0  # the names of the quarters stand at the outer edge, where the account is least often


def matrix(shown: Matrix, sheet: Sheet) -> Made:
    """Cuts as lines, the band round them as dashed edges, the quarters named, the account and its way to the target."""
    across, up = shown.horizontal, shown.vertical
    data = XyChartData()
    _series(data, shown.band, _upright(across))
    _series(data, f"{shown.band} ", [(y, x) for x, y in _upright(up)])
    _series(data, across.label, [(across.cut, 0), (across.cut, 100)])
    _series(data, up.label, [(0, up.cut), (100, up.cut)])
    _series(data, "", [(x, OUTER if y > up.cut else 100 - OUTER) for _, x, y in shown.cells])
    here = (across.value, up.value)
    if shown.target is not None:
        _series(data, shown.target_label, [here, shown.target])
    name = shortened(shown.account, LONGEST_NAME)
    _series(data, name, [here])

    def dress(chart: Chart) -> None:
        series = list(chart.series)
        for band in series[:2]:
            line_only(band, EDGE, 1, dashed=True)
        for cut in series[2:4]:
            line_only(cut, INK, 1.25)
        _names(series[4], [(name, XL_LABEL_POSITION.CENTER) for name, _, _ in shown.cells], sheet)
        if shown.target is not None:
            _target(series[5], shown, sheet)
        mark_only(series[-1])
        marked(series[-1], XL_MARKER_STYLE.CIRCLE, 13, NOW)
        room = sheet.width * 0.4
        say_at(series[-1], 0, lines(name, room, sheet.size), _beside(shown), sheet.size, bold=True)
        scale(chart.category_axis, sheet, title=across.label, unit=25)
        scale(chart.value_axis, sheet, title=up.label, unit=25)
        legend(chart, sheet, {0, 5, len(series) - 1} if shown.target is not None else {0, len(series) - 1})
        plot_within(chart, sheet, 4.5 * sheet.size, 8, 14, 5.6 * sheet.size)

    return XL_CHART_TYPE.XY_SCATTER_LINES, data, dress


def _upright(axis: Axis) -> list[tuple[float, float]]:
    """The edges of the band round a cut, in one go."""
    low, high = max(0.0, axis.cut - axis.band), min(100.0, axis.cut + axis.band)
    return [(low, 0), (low, 100), (high, 100), (high, 0)]


def _beside(shown: Matrix) -> XL_LABEL_POSITION:
    """The name of the account stands where the way to its target does not go."""
    x = shown.horizontal.value
    if shown.target is None or abs(shown.target[0] - x) < 4:
        return XL_LABEL_POSITION.LEFT if x > MIDDLE else XL_LABEL_POSITION.RIGHT
    if 100 - MIDDLE < x < MIDDLE:
        return XL_LABEL_POSITION.LEFT if shown.target[0] > x else XL_LABEL_POSITION.RIGHT
    if abs(shown.target[1] - shown.vertical.value) < 4 or x > MIDDLE:
        return XL_LABEL_POSITION.LEFT if shown.target[0] > x > MIDDLE else XL_LABEL_POSITION.BELOW
    return XL_LABEL_POSITION.BELOW


def _target(series: Any, shown: Matrix, sheet: Sheet) -> None:
    line_only(series, TARGET, 2)
    arrow(series)
    series.points[0].marker.style = XL_MARKER_STYLE.NONE
    aim = series.points[1].marker
    aim.style, aim.size = XL_MARKER_STYLE.DIAMOND, 12
    aim.format.fill.solid()
    aim.format.fill.fore_color.rgb = colour(GROUND)
    stroke(aim.format.line, TARGET, 1.75)
    below = shown.target is not None and shown.target[1] < shown.vertical.value
    side = XL_LABEL_POSITION.BELOW if below else XL_LABEL_POSITION.ABOVE
    say_at(series, 1, shown.target_label, side, sheet.size, bold=True)


def _names(series: Any, names: Sequence[tuple[str, XL_LABEL_POSITION]], sheet: Sheet) -> None:
    """Points without a mark that only carry a name."""
    mark_only(series)
    series.marker.style = XL_MARKER_STYLE.NONE
    for index, (name, position) in enumerate(names):
        say_at(series, index, name, position, sheet.size + 1, shade=PALE, bold=True)


def _series(data: Any, name: str, points: Sequence[tuple[float, float]]) -> None:
    series = data.add_series(name)
    for x, y in points:
        series.add_data_point(x, y)


def radar(shown: Radar, sheet: Sheet) -> Made:
    """Scores now and as wanted, the middle as a dashed ring; an unknown score is a gap."""
    data = CategoryChartData()
    room = min(150.0, sheet.width * 0.24)
    data.categories = [f"{lines(label, room, sheet.size)}\n{worded}" for label, _, worded in shown.spokes]
    data.add_series(shown.now_label or " ", [value for _, value, _ in shown.spokes])
    if shown.targets:
        data.add_series(shown.target_label, list(shown.targets))
    data.add_series(f"{shown.cut_label} {shown.cut:g}".lstrip(), [shown.cut for _ in shown.spokes])

    def dress(chart: Chart) -> None:
        series = list(chart.series)
        stroke(series[0].format.line, NOW, 2.5)
        marked(series[0], XL_MARKER_STYLE.CIRCLE, 8, NOW)
        if shown.targets:
            stroke(series[1].format.line, TARGET, 1.75, dashed=True)
            marked(series[1], XL_MARKER_STYLE.DIAMOND, 8, TARGET, hollow=True)
        line_only(series[-1], PALE, 1.25, dashed=True)
        scale(chart.value_axis, sheet, unit=25)
        chart.category_axis.tick_labels.font.size = Pt(sheet.size)
        chart.category_axis.tick_labels.font.color.rgb = colour(INK)
        legend(chart, sheet, set(range(len(series))) if shown.now_label else {len(series) - 1})
        plot_within(chart, sheet, room + 12, 4 * sheet.size, room + 12, 7 * sheet.size)

    return XL_CHART_TYPE.RADAR_MARKERS, data, dress


def bubbles(shown: Bubbles, sheet: Sheet) -> Made:
    """Discs for our sales, rings for all spend, a colour for each group; the axes cross where the quarters meet.

    Names stand where they find room, those of the largest first; others are numbered, or go without.
    """
    groups = list(dict.fromkeys(each.group for each in shown.bubbles))
    data = BubbleChartData()
    rings = [each for each in shown.bubbles if each.spend]
    least = _least(shown)
    members = [[each for each in shown.bubbles if each.group == group] for group in groups]
    entries = [shown.spend_label, *(group or shown.sales_label for group in groups)]
    points = [[(each.x, each.y, each.spend or least) for each in rings]]
    points += [[(each.x, each.y, each.sales or least) for each in found] for found in members]
    unseen_size = _largest(shown) / UNSEEN
    points.append([(x, 100 - RIM if y > shown.cut else RIM, unseen_size) for _, x, y in shown.cells])
    # The longest series first: LibreOffice leaves out those before it.
    order = sorted(range(len(points)), key=lambda index: -len(points[index]))
    for index in order:
        series = data.add_series([*entries, " "][index])
        for point in points[index]:
            series.add_data_point(*point)
    under = sheet.small * 1.7 * _legend_rows(entries, sheet)
    edges = (4.5 * sheet.size, 8.0, 14.0, 4.2 * sheet.size + under)
    labels = labelled(shown, sheet, edges, BUBBLE_SCALE)

    def dress(chart: Chart) -> None:
        written = dict(zip(order, chart.series, strict=True))
        outer, *discs, quarters = (written[index] for index in range(len(points)))
        plot: Any = chart.plots[0]
        plot.bubble_scale = BUBBLE_SCALE
        unseen(outer)
        unseen(quarters)
        stroke(outer.format.line, PALE, 1.25)
        for index, (name, _, y) in enumerate(shown.cells):
            side = XL_LABEL_POSITION.BELOW if y > shown.cut else XL_LABEL_POSITION.ABOVE
            say_at(quarters, index, name, side, sheet.size + 1, shade=PALE, bold=True)
        for place, each in enumerate(rings):
            if _ringed(each):
                _label(outer, place, labels.get(each), sheet)
        for index, (one, found) in enumerate(zip(discs, members, strict=True)):
            filled(one, PALETTE[index % len(PALETTE)])
            for place, each in enumerate(found):
                if not _ringed(each):
                    _label(one, place, labels.get(each), sheet)
                if each.sales is None:
                    one.points[place].format.fill.background()
                    stroke(one.points[place].format.line, PALE, 1, dashed=True)
        scale(chart.category_axis, sheet, title=shown.horizontal, unit=25)
        scale(chart.value_axis, sheet, title=shown.vertical, unit=25)
        crossed_at(chart.category_axis, shown.cut)
        crossed_at(chart.value_axis, shown.cut)
        legend(chart, sheet, set(range(len(points))) - {order.index(len(points) - 1)})
        plot_within(chart, sheet, *edges)

    return XL_CHART_TYPE.BUBBLE, data, dress


def _ringed(bubble: Bubble) -> bool:
    """Whether the ring is the outer edge, beside which the label stands."""
    return bool(bubble.spend) and (bubble.spend or 0.0) >= (bubble.sales or 0.0)


def _label(series: Any, place: int, label: Label | None, sheet: Sheet) -> None:
    if label is not None:
        shade = GROUND if label.on_disc else INK
        say_at(series, place, label.text, SIDES[label.side], sheet.small, shade=shade, bold=label.numbered)


def _legend_rows(entries: Sequence[str], sheet: Sheet) -> int:
    """How many lines the legend takes at the foot: entries stand in columns as wide as the widest."""
    widest = max((text_width(each, sheet.small) for each in entries), default=1.0) + 2.5 * sheet.small
    columns = max(1, int(0.85 * sheet.width / widest))
    return math.ceil(len(entries) / columns)


def _largest(shown: Bubbles) -> float:
    return max((size for each in shown.bubbles for size in (each.sales, each.spend) if size), default=1.0)


def _least(shown: Bubbles) -> float:
    """The size of a disc for sales that nobody knows: as small as the smallest one known."""
    known = [size for each in shown.bubbles for size in (each.sales, each.spend) if size]
    return min(known, default=1.0)


def curve(shown: Curve, sheet: Sheet) -> Made:
    """Lines from nothing to everything, in percent."""
    data = XyChartData()
    for name, points in shown.lines:
        _series(data, name, points)

    def dress(chart: Chart) -> None:
        for index, one in enumerate(chart.series):
            line_only(one, PALETTE[index % len(PALETTE)], 2.25, dashed=index > 0)
        scale(chart.category_axis, sheet, title=shown.horizontal, unit=25)
        low = min([0.0, *(y for _, points in shown.lines for _, y in points)])
        high = max([100.0, *(y for _, points in shown.lines for _, y in points)])
        scale(chart.value_axis, sheet, title=shown.vertical, low=_rounded(low), high=_rounded(high), unit=25)
        legend(chart, sheet, set(range(len(shown.lines))))
        plot_within(chart, sheet, 4.5 * sheet.size, 8, 18, 5.6 * sheet.size)

    return XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, dress


def _rounded(value: float) -> float:
    """The next full quarter of a hundred further out."""
    return 25.0 * (math.floor(value / 25) if value < 0 else math.ceil(value / 25))
