"""Which bubble of a native chart carries a name, which a number: an office program places labels without looking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kam_expert.reports.office_style import Sheet
from kam_expert.reports.pictures import Bubble, Bubbles
from kam_expert.reports.svg import Box, text_width

Side = Literal["right", "left", "above", "below", "centre"]
LARGEST_DISC = 0.25  # the diameter of the largest disc, of the shorter side of the plot; not all programs scale it
LETTERS = 1.12  # the letters of a typeface that stands in for the one asked for
INNER = 0.7  # of the radius of a disc; a label may touch its rim
COVERED = 0.3  # of the area of the ring, from which on a disc lies under its label
APART = 4.0  # between a disc and its label


@dataclass(frozen=True)
class Label:
    """What stands at a bubble, on which side; `numbered`: its number instead of its name.

    `on_disc`: it stands on the colour of the disc.
    """

    text: str
    side: Side
    numbered: bool = False
    on_disc: bool = False


def labelled(
    shown: Bubbles,
    sheet: Sheet,
    edges: tuple[float, float, float, float],
    scale: float,
    sides: tuple[Side, ...] = ("centre", "right", "left", "above", "below"),
) -> dict[Bubble, Label]:
    """The labels that find room, those of the largest bubbles first; a number where a name does not fit.

    `edges`: how far the plot is from the edges of the chart, left, top, right and bottom, in points. `scale`: of the
    discs, in per cent. `sides`: where a label may stand.
    """
    left, top, right, bottom = edges
    plot = Box(left, top, sheet.width - right, sheet.height - bottom)
    wide, high = plot.right - plot.left, plot.bottom - plot.top
    largest = max((_amount(each) for each in shown.bubbles), default=0.0) or 1.0
    unit = LARGEST_DISC / 2 * min(wide, high) / math.sqrt(largest)
    discs = {
        each: (plot.left + wide * each.x / 100, plot.bottom - high * each.y / 100, unit * math.sqrt(_amount(each)))
        for each in shown.bubbles
    }
    taken = {each: Box(x - INNER * r, y - INNER * r, x + INNER * r, y + INNER * r) for each, (x, y, r) in discs.items()}
    written = list(_quarters(shown, plot, sheet))
    found: dict[Bubble, Label] = {}
    ordered = sorted(shown.bubbles, key=lambda each: (-_amount(each), each.label))
    for numbered in (False, True):
        for bubble in ordered:
            text = bubble.number if numbered else bubble.label
            if bubble in found or not text:
                continue
            width, tall = text_width(text, sheet.small) * LETTERS + 2, sheet.small * 1.3
            for side, box in _places(*discs[bubble], scale / 100, width, tall):
                others = [disc for each, disc in taken.items() if each is not bubble]
                room = side == "centre" or not _any(others, box)
                if side in sides and room and _within(plot, box) and not _any(written, box):
                    covered = side == "centre" and (bubble.sales or 0.0) > COVERED * _amount(bubble)
                    found[bubble] = Label(text, side, numbered, covered)
                    written.append(box)
                    break
    return found


def _amount(bubble: Bubble) -> float:
    return max(bubble.sales or 0.0, bubble.spend or 0.0)


def _quarters(shown: Bubbles, plot: Box, sheet: Sheet) -> Iterator[Box]:
    """Where the names of the quarters stand."""
    wide, high, size = plot.right - plot.left, plot.bottom - plot.top, sheet.size + 1
    for name, across, up in shown.cells:
        x = plot.left + wide * across / 100
        y = plot.top + high * (0.06 if up > shown.cut else 0.94)
        half = text_width(name, size) * LETTERS / 2
        yield Box(x - half, y - size, x + half, y + size)


def _places(x: float, y: float, radius: float, part: float, width: float, high: float) -> Iterator[tuple[Side, Box]]:
    """Inside a disc that is large enough, then beside, above and below it, where that is in every program."""
    near, far = part * radius, radius + APART
    if width < 1.7 * near:
        yield "centre", Box(x - width / 2, y - high / 2, x + width / 2, y + high / 2)
    yield "right", Box(x + near, y - high / 2, x + far + width, y + high / 2)
    yield "left", Box(x - far - width, y - high / 2, x - near, y + high / 2)
    yield "above", Box(x - width / 2, y - far - high, x + width / 2, y - near)
    yield "below", Box(x - width / 2, y + near, x + width / 2, y + far + high)


def _within(plot: Box, box: Box) -> bool:
    return plot.left <= box.left and box.right <= plot.right and plot.top <= box.top and box.bottom <= plot.bottom


def _any(taken: Sequence[Box], box: Box) -> bool:
    return any(box.meets(other) for other in taken)
