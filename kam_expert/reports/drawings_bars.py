"""Amounts drawn as bars: reasons for and against, what moves a lead, the way from what is to what is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from kam_expert.reports.pictures import Bars, Bridge, Compared, Step, Swing, Tornado
from kam_expert.reports.svg import DASH, GROUND, INK, LABEL, LINE, PALE, PALETTE, Drawing, lines_of

FOR, AGAINST, GAIN = PALETTE[0], PALETTE[1], PALETTE[2]


def bars(shown: Bars, title: str) -> Drawing:
    """What speaks for it to the right of the line, filled; what speaks against it to the left, hollow."""
    room, chart, gap = 300.0, 470.0, 90.0
    labels = [lines_of(bar.label, room) for bar in shown.bars]
    up = max((sum(p for _, p in bar.parts if p > 0) for bar in shown.bars), default=0)
    down = max((-sum(p for _, p in bar.parts if p < 0) for bar in shown.bars), default=0)
    step = min(60.0, chart / max(1, up + down))
    zero = room + 16 + (down * step)
    top = 34.0
    heights = [max(26.0, len(lines) * LINE + 8) for lines in labels]
    drawing = Drawing(room + 16 + chart + gap, top + sum(heights) + 12, title)
    drawing.text(zero + 8, 18, f"{shown.in_favour} →", colour=PALE, bold=True)
    if down:
        drawing.text(zero - 8, 18, f"← {shown.against}", anchor="end", colour=PALE, bold=True)
    y = top
    for bar, lines, height in zip(shown.bars, labels, heights, strict=True):
        middle = y + height / 2
        for index, line in enumerate(lines):
            drawing.text(0, middle + 4 + (index - (len(lines) - 1) / 2) * LINE, line)
        left = right = zero
        for reason, points in bar.parts:
            if points > 0:
                drawing.rectangle(right + 1, middle - 8, points * step - 2, 16, FOR, title=f"{reason} +{points}")
                right += points * step
            elif points < 0:
                left += points * step
                told = f"{reason} −{-points}"
                drawing.rectangle(
                    left + 1.75, middle - 7.25, -points * step - 3.5, 14.5, GROUND, stroke=AGAINST, title=told
                )
        drawing.text(right + 8, middle + 4, bar.result, bold=True)
        y += height
    drawing.line(zero, top - 4, zero, y + 4, INK, 1.2)
    return drawing


def tornado(shown: Tornado, title: str, colon: str) -> Drawing:
    """A bar for each fact from the smallest to the largest lead; hollow where another strategy leads."""
    room, beside, chart, row, top = 240.0, 138.0, 370.0, 46.0, 42.0
    low = min([0.0, shown.now, *(swing.low for swing in shown.swings)])
    high = max([1.0, shown.now, *(swing.high for swing in shown.swings)])
    bottom = top + row * len(shown.swings)
    drawing = Drawing(room + 2 * beside + chart + 8, bottom + 56, title)
    left = room + beside

    def x_of(lead: float) -> float:
        return left + chart * (lead - low) / (high - low)

    for mark in _marks(low, high):
        drawing.line(x_of(mark), top, x_of(mark), bottom)
        drawing.text(x_of(mark), bottom + 17, _signed(mark), anchor="middle", colour=PALE)
    drawing.text(left + chart / 2, bottom + 40, shown.axis, size=13, anchor="middle")
    if low < 0:
        drawing.text(x_of(0) - 6, 14, f"← {shown.overturned}", anchor="end", colour=PALE, bold=True)
    for index, swing in enumerate(shown.swings):
        middle = top + row * (index + 0.5)
        _stacked(drawing, 0, middle, lines_of(swing.label, room - 8, most=2), "start")
        _swing(drawing, swing, x_of, middle, colon)
        _stacked(drawing, x_of(swing.low) - 7, middle, lines_of(swing.low_at, beside - 12, 11, most=3), "end", 11)
        _stacked(drawing, x_of(swing.high) + 7, middle, lines_of(swing.high_at, beside - 12, 11, most=3), "start", 11)
    drawing.line(x_of(0), top - 6, x_of(0), bottom + 4, INK, 1.6)
    drawing.path([(x_of(shown.now), top - 6), (x_of(shown.now), bottom + 4)], INK, 1.2, DASH)
    drawing.text(x_of(shown.now), top - 10, _signed(shown.now), size=11, anchor="middle", bold=True)
    return drawing


def _swing(drawing: Drawing, swing: Swing, x_of: Callable[[float], float], middle: float, colon: str) -> None:
    told = f"{swing.label}{colon}{swing.low_at} {swing.low:+g}, {swing.high_at} {swing.high:+g}".replace("-", "−")
    zero = x_of(min(max(0.0, swing.low), swing.high))
    below, above = zero - x_of(swing.low), x_of(swing.high) - zero
    if above > 0:
        drawing.rectangle(zero, middle - 9, above, 18, FOR, title=told)
    if below > 0:
        drawing.rectangle(zero - below, middle - 8.25, below, 16.5, GROUND, stroke=AGAINST, title=told)


def _stacked(drawing: Drawing, x: float, middle: float, lines: Sequence[str], anchor: str, size: float = LABEL) -> None:
    """Lines about a height."""
    step = size * 1.25
    for index, line in enumerate(lines):
        y = middle + size * 0.36 + (index - (len(lines) - 1) / 2) * step
        drawing.text(x, y, line, size=size, anchor=anchor)


def _signed(points: float) -> str:
    return f"{points:g}".replace("-", "−")


def _marks(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers along an axis, zero among them if it is on it."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(each * power for each in (1, 2, 5, 10, 20) if (high - low) / (each * power) <= most)
    step = max(step, 1.0)
    return [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def bridge(shown: Bridge, title: str) -> Drawing:
    """Columns from what is to what is wanted; what takes away is hollow, and what is missing has a broken rim."""
    top, chart, left, most = 40.0, 260.0, 8.0, 130.0
    count = max(1, len(shown.steps))
    column = min(most, 760.0 / count)
    ends, level = [], 0.0
    for step in shown.steps:
        start = 0.0 if step.kind in ("base", "target") else level
        level = start + step.amount
        ends.append((start, level))
    heights = [0.0, *(height for pair in ends for height in pair)]
    low, high = min(heights), max(heights)
    span = (high - low) or 1.0
    labels = [lines_of(step.label, column - 8, most=5) for step in shown.steps]
    deep = max((len(lines) for lines in labels), default=1) * LINE
    drawing = Drawing(max(420.0, 2 * left + column * count), top + chart + 28 + deep + 8, title)

    def y_of(amount: float) -> float:
        return top + chart * (high - amount) / span

    drawing.text(left, 16, shown.unit, colour=PALE)
    drawing.line(left, y_of(0), left + column * count, y_of(0), INK, 1.2)
    for index, (step, (start, end), lines) in enumerate(zip(shown.steps, ends, labels, strict=True)):
        x = left + column * index
        if index + 1 < len(shown.steps):
            drawing.path([(x + 10, y_of(end)), (x + column * 2 - 10, y_of(end))], PALE, 1, "2 3")
        _column(drawing, step, x + 10, column - 20, y_of(max(start, end)), y_of(min(start, end)))
        middle, above = x + column / 2, y_of(max(start, end)) - 7
        for worded in lines_of(step.worded, column, most=1):
            drawing.text(middle, above, worded, anchor="middle", bold=True, halo=True)
        for line_number, line in enumerate(lines):
            drawing.text(middle, top + chart + 24 + line_number * LINE, line, anchor="middle")
    return drawing


def _column(drawing: Drawing, step: Step, x: float, width: float, top: float, bottom: float) -> None:
    height, told = max(bottom - top, 1.0), f"{step.label} {step.worded}"
    if step.kind == "gap":
        drawing.rectangle(x + 1, top, width - 2, height, GROUND, stroke=INK, dash=DASH, title=told)
    elif step.kind == "step" and step.amount < 0:
        drawing.rectangle(x + 1, top, width - 2, height, GROUND, stroke=AGAINST, title=told)
    else:
        drawing.rectangle(x, top, width, height, GAIN if step.kind == "step" else FOR, title=told)


def compared(shown: Compared, title: str, colon: str) -> Drawing:
    """For each line a bar of each series, the first one pale, with its amount at the end; what is unknown has none."""
    room, chart, thick, top = 210.0, 470.0, 13.0, 52.0
    known = [amount for _, amounts in shown.rows for amount in amounts if amount is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    scale = chart / ((high - low) or 1.0)
    labels = [lines_of(name, room - 12, most=2) for name, _ in shown.rows]
    row = thick * len(shown.series) + 10
    heights = [max(row, LINE * len(lines) + 6) for lines in labels]
    drawing = Drawing(room + chart + 90, top + sum(heights) + 12, title)
    drawing.text(0, 16, shown.unit, colour=PALE)
    x = room
    for index, name in enumerate(shown.series):
        _bar(drawing, index, len(shown.series), x, 24, 20, name)
        drawing.text(x + 26, 34, name)
        x += 40 + len(name) * 11
    zero, y = room - low * scale, top
    for (name, amounts), lines, height in zip(shown.rows, labels, heights, strict=True):
        _stacked(drawing, 0, y + height / 2, lines, "start")
        first = y + (height - thick * len(amounts)) / 2
        for index, amount in enumerate(amounts):
            if amount is None:
                continue
            left, wide = min(zero, zero + amount * scale), max(abs(amount) * scale, 1.0)
            told = f"{name}, {shown.series[index]}{colon}{amount:,.10g}".replace("-", "−")
            _bar(drawing, index, len(amounts), left, first + thick * index, wide, told)
            said = f"{amount:,.10g}".replace("-", "−")
            drawing.text(max(zero, left + wide) + 6, first + thick * index + 10, said, size=11, colour=PALE)
        y += height
    drawing.line(zero, top - 4, zero, y + 4, INK, 1.2)
    return drawing


def _bar(drawing: Drawing, index: int, count: int, x: float, y: float, width: float, told: str) -> None:
    """A bar in the look of its series: what is compared with is hollow, what is compared is filled."""
    if count > 1 and index == 0:
        drawing.rectangle(x, y + 1, width, 10, GROUND, stroke=PALE, title=told)
    else:
        drawing.rectangle(x, y + 0.5, width, 11, (FOR, AGAINST, GAIN)[index - (count > 1)], title=told)
