"""Scores drawn: one account between two of them, and all of them round one centre."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kam_expert.reports.pictures import Axis, Matrix, Radar
from kam_expert.reports.placing import Placing
from kam_expert.reports.svg import (
    BAND,
    DASH,
    GRID,
    GROUND,
    INK,
    LINE,
    PALE,
    PALETTE,
    Box,
    Drawing,
    lines_of,
    text_width,
)

NOW, WANTED = PALETTE[0], PALETTE[1]
DISC = 8.0
MANY = 10  # spokes beyond which their names have less room
NAME = 13.0  # the size of the account's name


def matrix(shown: Matrix, title: str) -> Drawing:
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
    placing = Placing(drawing, Box(left + 2, top + 2, left + size - 2, top + size - 2), NAME, bold=True)
    for name, x, y in shown.cells:
        middle, base, half = x_of(x), _corner(y, down, top, size), text_width(name, 14) / 2
        drawing.text(middle, base, name, size=14, anchor="middle", colour=PALE, bold=True, halo=True)
        placing.names.append(Box(middle - half, base - 13, middle + half, base + 4))
    target = None if shown.target is None else (x_of(shown.target[0]), y_of(shown.target[1]))
    _account(placing, shown, (x_of(across.value), y_of(down.value)), target)
    drawing.text(left + size / 2, top + size + 42, across.label, size=13, anchor="middle")
    drawing.rectangle(left, top + size + 58, 14, 14, BAND)
    drawing.text(left + 22, top + size + 70, shown.band)
    drawing.text(left - 42, top + size / 2, down.label, size=13, anchor="middle", turned=True)
    return drawing


def _corner(y: float, axis: Axis, top: float, size: float) -> float:
    """The names of the quarters stand at the outer edge, where the account is least often."""
    return top + 22 if y > axis.cut else top + size - 12


def _account(placing: Placing, shown: Matrix, now: tuple[float, float], target: tuple[float, float] | None) -> None:
    """The account as a disc, what the plan aims at as a ring, and the way from one to the other."""
    drawing = placing.drawing
    if target is not None:
        far = math.hypot(target[0] - now[0], target[1] - now[1])
        if far > 2 * DISC + 4:
            along, aside = (target[0] - now[0]) / far, (target[1] - now[1]) / far
            start = (now[0] + DISC * along, now[1] + DISC * aside)
            drawing.arrow(*start, target[0] - DISC * along, target[1] - DISC * aside, WANTED)
            _keep_free(placing, now, target)
        drawing.circle(*target, DISC, fill=GROUND, stroke=WANTED, width=2.5, title=shown.target_label)
        placing.take(*target, DISC)
    drawing.circle(*now, DISC, fill=NOW, stroke=GROUND, width=1.5, title=shown.account)
    placing.take(*now, DISC)
    _named(placing, shown.account, *now)
    if target is not None and shown.target_label:
        _named(placing, shown.target_label, *target)


def _keep_free(placing: Placing, start: tuple[float, float], end: tuple[float, float]) -> None:
    """No name stands on the way."""
    for part in range(1, 10):
        x, y = (one + (other - one) * part / 10 for one, other in zip(start, end, strict=True))
        placing.taken.append(Box(x - 3, y - 3, x + 3, y + 3))


def _named(placing: Placing, name: str, x: float, y: float) -> None:
    """A name beside its disc in one line, or in more narrow ones; if all is full, where room is nearest."""
    rooms = (placing.area.right - placing.area.left, 220.0, 150.0)
    for room in rooms:
        if placing.name(lines_of(name, room, NAME, most=3), x, y, DISC + 2):
            return
    placing.name(lines_of(name, rooms[-1], NAME, most=3), x, y, DISC + 2, anywhere=True)


def radar(shown: Radar, title: str) -> Drawing:
    """A spoke for each score; the line runs only between scores that are known, and unknown ones are said."""
    width, height, radius = 760.0, 560.0, 190.0
    aimed = any(value is not None for value in shown.targets)
    drawing = Drawing(width, height + (30 if aimed else 0), title)
    count = len(shown.spokes)

    def at(index: int, value: float) -> tuple[float, float]:
        angle = 2 * math.pi * (index % count) / count - math.pi / 2
        far = radius * value / 100
        return width / 2 + far * math.cos(angle), height / 2 + far * math.sin(angle)

    for ring in (25, 50, 75, 100):
        drawing.path([at(index, ring) for index in range(count + 1)], GRID, 1)
    drawing.path([at(index, shown.cut) for index in range(count + 1)], PALE, 1.2, DASH)
    for index, (label, value, worded) in enumerate(shown.spokes):
        dash = DASH if value is None else ""
        drawing.path([(width / 2, height / 2), at(index, 100)], PALE if dash else GRID, 1, dash)
        lines = [*lines_of(label, 150, most=3 if count <= MANY else 2), worded]
        _spoke(drawing, at(index, 108), (width / 2, height / 2), lines)
    values = [value for _, value, _ in shown.spokes]
    for index, (value, following) in enumerate(zip(values, values[1:] + values[:1], strict=True)):
        if value is not None and following is not None:
            drawing.polygon([(width / 2, height / 2), at(index, value), at(index + 1, following)], NOW, 0.18)
            drawing.path([at(index, value), at(index + 1, following)], NOW, 2.2)
    if aimed:
        ends = zip(shown.targets, shown.targets[1:] + shown.targets[:1], strict=True)
        for index, (value, following) in enumerate(ends):
            if value is not None and following is not None:
                drawing.path([at(index, value), at(index + 1, following)], WANTED, 1.8, "7 4")
        for index, (value, (label, now, _)) in enumerate(zip(shown.targets, shown.spokes, strict=True)):
            if value is not None and value != now:
                told = f"{shown.target_label} {label} {value:g}"
                drawing.circle(*at(index, value), 5.5, fill=GROUND, stroke=WANTED, width=2, title=told)
        _radar_legend(drawing, shown, width / 2, height + 10)
    for index, (label, value, worded) in enumerate(shown.spokes):
        if value is not None:
            drawing.circle(*at(index, value), 4.5, fill=NOW, title=f"{label} {worded}")
    for ring in (50, 100):
        drawing.text(width / 2 + 4, height / 2 - radius * ring / 100 + 13, str(ring), size=10, colour=PALE, halo=True)
    return drawing


def _radar_legend(drawing: Drawing, shown: Radar, middle: float, y: float) -> None:
    widths = [40 + text_width(label, 12) for label in (shown.now_label, shown.target_label)]
    x = middle - (sum(widths) + 30) / 2
    drawing.path([(x, y), (x + 30, y)], NOW, 2.2)
    drawing.circle(x + 15, y, 4.5, fill=NOW)
    drawing.text(x + 40, y + 4, shown.now_label)
    x += widths[0] + 30
    drawing.path([(x, y), (x + 30, y)], WANTED, 1.8, "7 4")
    drawing.circle(x + 15, y, 5.5, fill=GROUND, stroke=WANTED, width=2)
    drawing.text(x + 40, y + 4, shown.target_label)


def _spoke(drawing: Drawing, place: tuple[float, float], centre: tuple[float, float], lines: Sequence[str]) -> None:
    """The name and, in the last line, the value of a score at the end of its spoke."""
    (x, y), (middle, above) = place, centre
    anchor = "middle" if abs(x - middle) < 1 else "start" if x > middle else "end"
    height = (len(lines) - 1) * LINE
    first = y - height if y < above - 100 else y if y > above + 100 else y - height / 2
    for index, line in enumerate(lines):
        drawing.text(x, first + 4 + index * LINE, line, anchor=anchor, bold=index == len(lines) - 1)
