"""All accounts drawn together: between two scores, and what share the largest of them hold."""

from __future__ import annotations

import math

from kam_expert.reports.pictures import Bubble, Bubbles, Curve
from kam_expert.reports.placing import Placing
from kam_expert.reports.svg import GRID, INK, PALE, PALETTE, Box, Drawing, clipped, lines_of, text_width

LARGEST_RADIUS, SMALLEST_RADIUS = 38.0, 2.5
SMALL = 4.0  # the mark of an account without sales, or of unknown sales
UNKNOWN_DASH = "2 2"
LABELS = 25  # accounts that get a name, the largest first
LABEL = 11.0
CORNER = 12.0  # the size of the name of a quarter
LEGEND = 230.0  # the room beside the matrix
DASHES = ("", "7 4", "2 3")


def bubbles(shown: Bubbles, title: str) -> Drawing:
    """A disc for our sales and a ring for all spend; the largest lie below, and have their names."""
    left, top, size = 70.0, 16.0, 640.0
    drawing = Drawing(left + size + 30 + LEGEND, top + size + 64, title)
    _frame(drawing, shown, left, top, size)
    groups = [name for name, _, _ in shown.cells]
    highest = max((_largest(each) for each in shown.bubbles), default=0.0)
    scale = LARGEST_RADIUS / math.sqrt(highest) if highest > 0 else 0.0
    placing = Placing(drawing, Box(left + 2, top + 2, left + size - 2, top + size - 2), LABEL)
    _quarters(placing, shown)
    discs = []
    for bubble in sorted(shown.bubbles, key=lambda each: (-_largest(each), each.label)):
        x, y = left + size * bubble.x / 100, top + size * (1 - bubble.y / 100)
        colour = PALETTE[groups.index(bubble.group) % len(PALETTE)] if bubble.group in groups else PALE
        around = _disc(drawing, bubble, x, y, scale, colour)
        discs.append((bubble, x, y, around))
        placing.take(x, y, around)
    unnamed = [
        (bubble, x, y, around)
        for bubble, x, y, around in discs[:LABELS]
        if not placing.name([clipped(bubble.label, size / 2, LABEL)], x, y, around)
    ]
    for bubble, x, y, around in unnamed:
        if bubble.number:
            placing.name([bubble.number], x, y, around)
    _legend(drawing, shown, left + size + 30, top, scale)
    return drawing


def _quarters(placing: Placing, shown: Bubbles) -> None:
    """The names of the quarters in their outer corners, so that colour is not needed to tell them apart."""
    area, high = placing.area, CORNER + 4
    for name, x, y in shown.cells:
        if shown.cut in (x, y):
            continue
        width = text_width(name, CORNER)
        left = area.right - width - 4 if x > shown.cut else area.left + 4
        base = area.top + high if y > shown.cut else area.bottom - 6
        placing.drawing.text(left, base, name, size=CORNER, colour=PALE, bold=True, halo=True)
        placing.names.append(Box(left, base - high, left + width, base + 4))


def _disc(drawing: Drawing, bubble: Bubble, x: float, y: float, scale: float, colour: str) -> float:
    """One account; how far it reaches."""
    ring = None if bubble.spend is None else max(SMALLEST_RADIUS, scale * math.sqrt(max(0.0, bubble.spend)))
    if ring is not None:
        drawing.circle(x, y, ring, stroke=colour, width=1.2)
    told = "\n".join(part for part in (bubble.label, bubble.told) if part)
    if bubble.sales:
        radius = max(SMALLEST_RADIUS, scale * math.sqrt(max(0.0, bubble.sales)))
        drawing.circle(x, y, radius, fill=colour, opacity=0.55, title=told)
    else:
        radius = SMALLEST_RADIUS
        dash = UNKNOWN_DASH if bubble.sales is None else ""
        drawing.circle(x, y, SMALL, stroke=colour, width=1.4, dash=dash, title=told)
    return max(radius, ring or 0.0)


def _largest(bubble: Bubble) -> float:
    return max(bubble.sales or 0.0, bubble.spend or 0.0)


def _frame(drawing: Drawing, shown: Bubbles, left: float, top: float, size: float) -> None:
    for mark in range(0, 101, 10):
        along = size * mark / 100
        drawing.line(left + along, top, left + along, top + size)
        drawing.line(left, top + along, left + size, top + along)
    for mark in (0, 50, 100):
        drawing.text(left + size * mark / 100, top + size + 18, str(mark), anchor="middle", colour=PALE)
        drawing.text(left - 8, top + size * (1 - mark / 100) + 4, str(mark), anchor="end", colour=PALE)
    along = size * shown.cut / 100
    drawing.line(left + along, top, left + along, top + size, INK, 1.5)
    drawing.line(left, top + size - along, left + size, top + size - along, INK, 1.5)
    drawing.text(left + size / 2, top + size + 42, shown.horizontal, size=13, anchor="middle")
    drawing.text(left - 44, top + size / 2, shown.vertical, size=13, anchor="middle", turned=True)


def _legend(drawing: Drawing, shown: Bubbles, x: float, top: float, scale: float) -> None:
    y = top + 12

    def entry(label: str, size: float = 11.0) -> None:
        nonlocal y
        for line in lines_of(label, LEGEND - 30, size, most=3):
            drawing.text(x + 24, y, line, size=size)
            y += 15
        y += 9

    for index, (name, _, _) in enumerate(shown.cells):
        drawing.circle(x + 8, y - 4, 7, fill=PALETTE[index % len(PALETTE)], opacity=0.55)
        entry(name, 12)
    y += 12
    drawing.circle(x + 8, y - 4, 7, fill=PALE, opacity=0.55)
    entry(shown.sales_label)
    drawing.circle(x + 8, y - 4, 7, stroke=PALE, width=1.2)
    entry(shown.spend_label)
    for label, dash in ((shown.no_sales_label, ""), (shown.unknown_label, UNKNOWN_DASH)):
        if label:
            drawing.circle(x + 8, y - 4, SMALL, stroke=PALE, width=1.4, dash=dash)
            entry(label)
    for amount, worded in shown.sizes:
        radius = scale * math.sqrt(amount)
        y += radius
        drawing.circle(x + LARGEST_RADIUS, y, radius, stroke=PALE)
        drawing.text(x + 2 * LARGEST_RADIUS + 12, y + 4, worded, size=11, colour=PALE)
        y += radius + 12


def curve(shown: Curve, title: str) -> Drawing:
    """Lines from nothing to all, each with a colour and a dash of its own."""
    left, top, width, height = 70.0, 16.0, 560.0, 420.0
    drawing = Drawing(left + width + 24 + LEGEND, top + height + 60, title)
    shares = [share for _, points in shown.lines for _, share in points]
    floor = math.floor(min([0.0, *shares]) / 20) * 20
    ceiling = max(100, math.ceil(max([100.0, *shares]) / 20) * 20)

    def across(part: float) -> float:
        return left + width * part / 100

    def down(share: float) -> float:
        return top + height * (ceiling - share) / (ceiling - floor)

    for mark in range(floor, ceiling + 1, 20):
        drawing.line(left, down(mark), left + width, down(mark), INK if mark == 0 else GRID)
        drawing.text(left - 8, down(mark) + 4, f"{mark}%".replace("-", "−"), anchor="end", colour=PALE)
    for mark in range(0, 101, 20):
        drawing.line(across(mark), top, across(mark), top + height)
        drawing.text(across(mark), top + height + 18, f"{mark}%", anchor="middle", colour=PALE)
    drawing.text(left + width / 2, top + height + 42, shown.horizontal, size=13, anchor="middle")
    drawing.text(left - 50, top + height / 2, shown.vertical, size=13, anchor="middle", turned=True)
    y, x = top + 12, left + width + 24
    for index, (name, points) in enumerate(shown.lines):
        colour, dash = PALETTE[index % len(PALETTE)], DASHES[index % len(DASHES)]
        if points:
            drawing.path([(across(part), down(share)) for part, share in _thinned(points)], colour, 2.2, dash)
        drawing.path([(x, y - 4), (x + 34, y - 4)], colour, 2.2, dash)
        for line in lines_of(name, LEGEND - 48, most=2):
            drawing.text(x + 42, y, line)
            y += 15
        y += 9
    return drawing


def _thinned(points: tuple[tuple[float, float], ...], most: int = 400) -> list[tuple[float, float]]:
    """At most about so many points, the first and the last among them."""
    step = max(1, len(points) // most)
    return [*points[:-1:step], points[-1]]
