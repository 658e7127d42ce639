"""Work over time drawn: bars in groups, and the days on which something is decided."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from kam_expert.reports.pictures import Schedule, Span
from kam_expert.reports.svg import DASH, GROUND, INK, PALE, PALETTE, Drawing, clipped, lines_of, text_width

MONTH = 48.0  # the room that the name of a month takes


def schedule(shown: Schedule, title: str) -> Drawing:
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
        if index % every == 0 and x_of(month) + MONTH <= drawing.width:
            drawing.text(x_of(month) + 2, top - 8, f"{month:%Y-%m}", size=10, colour=PALE)
    if shown.gates:
        drawing.text(0, top + 24, shown.gates_label, size=13, bold=True)
    y = top + gates
    for _, _, due in shown.gates:
        drawing.path([(x_of(due), top + 26), (x_of(due), height - 10)], PALE, 1, DASH)
    for number, (name, group) in enumerate(shown.groups):
        colour = PALETTE[number % len(PALETTE)]
        drawing.rectangle(0, y + 6, 12, 12, colour)
        drawing.text(18, y + 17, clipped(name, drawing.width - 18, 13), size=13, bold=True)
        y += 24
        for span in group:
            lines = lines_of(span.label, room - 28, most=2)
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
