"""The pictures of one account drawn: matrix, radar, bars of reasons, schedule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from kam_expert.reports.pictures import Axis, Bars, Matrix, Radar, Schedule, Shown, Span
from kam_expert.reports.svg import BAND, GRID, GROUND, INK, PALE, PALETTE, Drawing, text_width
from kam_expert.reports.text import wrap

FOR, AGAINST = PALETTE[0], PALETTE[1]
LABEL = 12.0
LINE = 15.0  # from one line of a text to the next
DASH = "4 4"
MONTH = 48.0  # the room that the name of a month takes


def drawn(shown: Shown, title: str) -> Drawing:
    """A picture as a drawing, titled for whoever cannot see it."""
    match shown:
        case Matrix():
            return _matrix(shown, title)
        case Radar():
            return _radar(shown, title)
        case Bars():
            return _bars(shown, title)
        case Schedule():
            return _schedule(shown, title)


def _lines(text: str, room: float, size: float = LABEL) -> list[str]:
    """A text in lines of about so much room."""
    return wrap(text, max(6, int(room / text_width("x", size))))


def _matrix(shown: Matrix, title: str) -> Drawing:
    """Four quarters, the band round each cut in which a small change leads to another quarter, and the account."""
    left, top, size = 64.0, 16.0, 420.0
    drawing = Drawing(left + size + 24, top + size + 84, title)
    across, down = shown.horizontal, shown.vertical

    def x_of(value: float) -> float:
        return left + size * min(100.0, max(0.0, value)) / 100

    def y_of(value: float) -> float:
        return top + size * (1 - min(100.0, max(0.0, value)) / 100)

    x_low, x_high = (x_of(across.cut + side * across.band) for side in (-1, 1))
    y_low, y_high = (y_of(down.cut + side * down.band) for side in (-1, 1))
    drawing.rectangle(x_low, top, x_high - x_low, size, BAND)
    drawing.rectangle(left, y_high, size, y_low - y_high, BAND)
    for mark in (0, 25, 50, 75, 100):
        drawing.line(x_of(mark), top, x_of(mark), top + size)
        drawing.line(left, y_of(mark), left + size, y_of(mark))
        drawing.text(x_of(mark), top + size + 17, str(mark), anchor="middle", colour=PALE)
        drawing.text(left - 8, y_of(mark) + 4, str(mark), anchor="end", colour=PALE)
    drawing.line(x_of(across.cut), top, x_of(across.cut), top + size, INK, 1.5)
    drawing.line(left, y_of(down.cut), left + size, y_of(down.cut), INK, 1.5)
    for name, x, y in shown.cells:
        drawing.text(
            x_of(x), _corner(y, down, top, size), name, size=14, anchor="middle", colour=PALE, bold=True, halo=True
        )
    _account(drawing, shown, x_of(across.value), y_of(down.value), left + size)
    drawing.text(left + size / 2, top + size + 42, across.label, size=13, anchor="middle")
    drawing.rectangle(left, top + size + 58, 14, 14, BAND)
    drawing.text(left + 22, top + size + 70, shown.band)
    drawing.text(left - 42, top + size / 2, down.label, size=13, anchor="middle", turned=True)
    return drawing


def _corner(y: float, axis: Axis, top: float, size: float) -> float:
    """The names of the quarters stand at the outer edge, where the account is least often."""
    return top + 22 if y > axis.cut else top + size - 12


def _account(drawing: Drawing, shown: Matrix, x: float, y: float, right: float) -> None:
    drawing.circle(x, y, 8, fill=FOR, stroke=GROUND, width=1.5)
    room_right = right - x - 16
    width = text_width(shown.account, 13)
    if width <= room_right:
        drawing.text(x + 13, y + 5, shown.account, size=13, bold=True, halo=True)
    else:
        for index, line in enumerate(_lines(shown.account, 300, 13)):
            drawing.text(x - 13, y + 5 + index * LINE, line, size=13, anchor="end", bold=True, halo=True)


def _radar(shown: Radar, title: str) -> Drawing:
    """A spoke for each score; the line runs only between scores that are known, and unknown ones are said."""
    width, height, radius = 760.0, 560.0, 190.0
    drawing = Drawing(width, height, title)
    count = len(shown.spokes)

    def at(index: int, value: float) -> tuple[float, float]:
        angle = 2 * math.pi * index / count - math.pi / 2
        far = radius * value / 100
        return width / 2 + far * math.cos(angle), height / 2 + far * math.sin(angle)

    for ring in (25, 50, 75, 100):
        drawing.path([at(index % count, ring) for index in range(count + 1)], GRID, 1)
    drawing.path([at(index % count, shown.cut) for index in range(count + 1)], PALE, 1.2, DASH)
    for index, (label, value, worded) in enumerate(shown.spokes):
        end = at(index, 100)
        drawing.path([(width / 2, height / 2), end], GRID if value is not None else PALE, 1, "" if value else DASH)
        _spoke(drawing, at(index, 108), width / 2, label, worded)
    for index, (_, value, _) in enumerate(shown.spokes):
        following = shown.spokes[(index + 1) % count][1]
        if value is not None and following is not None:
            drawing.polygon([(width / 2, height / 2), at(index, value), at((index + 1) % count, following)], FOR, 0.18)
            drawing.path([at(index, value), at((index + 1) % count, following)], FOR, 2.2)
    for index, (label, value, worded) in enumerate(shown.spokes):
        if value is not None:
            drawing.circle(*at(index, value), 4.5, fill=FOR, title=f"{label} {worded}")
    for ring in (50, 100):
        drawing.text(width / 2 + 4, height / 2 - radius * ring / 100 + 13, str(ring), size=10, colour=PALE, halo=True)
    return drawing


def _spoke(drawing: Drawing, place: tuple[float, float], middle: float, label: str, worded: str) -> None:
    """The name and value of a score at the end of its spoke."""
    x, y = place
    anchor = "middle" if abs(x - middle) < 1 else "start" if x > middle else "end"
    lines = [*_lines(label, 150), worded]
    height = (len(lines) - 1) * LINE
    above = drawing.height / 2
    first = y - height if y < above - 100 else y if y > above + 100 else y - height / 2
    for index, line in enumerate(lines):
        drawing.text(x, first + 4 + index * LINE, line, anchor=anchor, bold=index == len(lines) - 1)


def _bars(shown: Bars, title: str) -> Drawing:
    """What speaks for it to the right of the line, filled; what speaks against it to the left, hollow."""
    room, chart, gap = 300.0, 470.0, 90.0
    labels = [_lines(bar.label, room) for bar in shown.bars]
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


def _schedule(shown: Schedule, title: str) -> Drawing:
    """A bar for each piece of work, under the name of its group; gates as diamonds with a line through all."""
    room, chart, top, row = 330.0, 560.0, 30.0, 34.0
    spans = [span for _, group in shown.groups for span in group]
    first = min([shown.start, *(span.start for span in spans)])
    last = max([*(span.end for span in spans), *(due for _, _, due in shown.gates)]) + timedelta(days=7)
    days = max(1, (last - first).days)
    gates = row + 18 if shown.gates else 0.0
    height = top + gates + sum(24 + row * len(group) for _, group in shown.groups) + 14
    drawing = Drawing(room + chart + 30, height, title)

    def x_of(day: date) -> float:
        return room + chart * (day - first).days / days

    every = max(1, math.ceil(MONTH / (30 * chart / days)))
    for index, month in enumerate(_months(first, last)):
        drawing.line(x_of(month), top, x_of(month), height - 10)
        if index % every == 0:
            drawing.text(x_of(month) + 2, top - 8, f"{month:%Y-%m}", size=10, colour=PALE)
    if shown.gates:
        drawing.text(0, top + 24, shown.gates_label, size=13, bold=True)
    y = top + gates
    for _, _, due in shown.gates:
        drawing.path([(x_of(due), top + 26), (x_of(due), height - 10)], PALE, 1, DASH)
    for number, (name, group) in enumerate(shown.groups):
        colour = PALETTE[number % len(PALETTE)]
        drawing.rectangle(0, y + 6, 12, 12, colour)
        drawing.text(18, y + 17, name, size=13, bold=True)
        y += 24
        for span in group:
            lines = _lines(span.label, room - 28)[:2]
            for index, line in enumerate(lines):
                drawing.text(18, y + 18 + (index - (len(lines) - 1) / 2) * 14, line)
            _span(
                drawing, span, x_of(span.start), max(x_of(span.end), x_of(span.start) + 3), y + 6, colour, chart / days
            )
            y += row
    end = -math.inf
    for name, told, due in shown.gates:
        x, middle, width = x_of(due), top + 20, text_width(name, 11) + 4
        corners = [(x, middle - 8), (x + 8, middle), (x, middle + 8), (x - 8, middle)]
        drawing.polygon(corners, INK, title=f"{name} {told} {due.isoformat()}")
        if x - width / 2 >= end:  # a name without room is left to the table
            drawing.text(x, middle + 21, name, size=11, anchor="middle", bold=True, halo=True)
            end = x + width / 2
    return drawing


def _span(drawing: Drawing, span: Span, left: float, right: float, y: float, colour: str, per_day: float) -> None:
    told = f"{span.label} {span.start.isoformat()} – {span.end.isoformat()}"
    drawing.rectangle(left, y, right - left, 16, colour, title=told)
    if span.every is not None:
        times = int((span.end - span.start).days / (7 * span.every))
        for time in range(1, times + 1):
            x = left + time * 7 * span.every * per_day
            drawing.line(x, y, x, y + 16, GROUND, 2)


def _months(first: date, last: date) -> Iterator[date]:
    """The first days of the months within a span."""
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        if day >= first:
            yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
