"""Where names stand in a drawing: beside what they name, and never over one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from kam_expert.reports.svg import PALE, Box, Drawing, text_width

LEADERS = (14.0, 30.0, 50.0, 75.0)  # how far from its disc a name may stand, with a line to it
BESIDE = 3.0  # between a disc and its name
SPACING = 1.25  # from one line to the next, in heights of a letter
STEP = 6.0  # between the places that are tried where a name may stand anywhere


@dataclass(frozen=True)
class _Spot:
    """Where a name may stand, its first line first, and the line that leads to it if it stands apart."""

    x: float
    y: float
    anchor: str
    box: Box
    leader: tuple[float, float, float, float] | None = None


@dataclass
class Placing:
    """What is taken in a drawing by its shapes and its names, and the area that names may not leave."""

    drawing: Drawing
    area: Box
    size: float
    bold: bool = False
    taken: list[Box] = field(default_factory=list)
    names: list[Box] = field(default_factory=list)

    def take(self, x: float, y: float, radius: float) -> None:
        """Around a disc; a name may touch its rim."""
        inner = 0.75 * radius
        self.taken.append(Box(x - inner, y - inner, x + inner, y + inner))

    def name(self, lines: Sequence[str], x: float, y: float, radius: float, anywhere: bool = False) -> bool:
        """Write a name in, beside or (`anywhere`) far from a disc; nothing, and False, where there is no room."""
        width = max(text_width(line, self.size) for line in lines)
        inside = self._at(x, y, "middle", width, self.size + 2)
        if len(lines) == 1 and width < 1.6 * radius and self._within(inside.box) and not _any(self.names, inside.box):
            self._write(lines, x, y + self.size * 0.36, "middle")
            self.names.append(inside.box)
            return True
        near = self._spots(x, y, radius, width, len(lines))
        far = self._elsewhere(x, y, radius, width, len(lines)) if anywhere else ()
        for spot in chain(near, far):
            if self._free(spot.box):
                if spot.leader is not None:
                    self.drawing.line(*spot.leader, colour=PALE, width=0.8)
                self._write(lines, spot.x, spot.y, spot.anchor)
                self.names.append(spot.box)
                return True
        return False

    def _within(self, box: Box) -> bool:
        area = self.area
        return area.left <= box.left and box.right <= area.right and area.top <= box.top and box.bottom <= area.bottom

    def _free(self, box: Box) -> bool:
        return self._within(box) and not _any(self.taken, box) and not _any(self.names, box)

    def _write(self, lines: Sequence[str], x: float, y: float, anchor: str) -> None:
        for index, line in enumerate(lines):
            below = y + index * self.size * SPACING
            self.drawing.text(x, below, line, size=self.size, anchor=anchor, bold=self.bold, halo=True)

    def _spots(self, x: float, y: float, radius: float, width: float, count: int) -> Iterator[_Spot]:
        """Beside, above and below the disc; then further off in eight directions, the nearest first."""
        high = self._high(count)
        gap = radius + BESIDE
        yield self._at(x + gap, y, "start", width, high)
        yield self._at(x - gap, y, "end", width, high)
        yield self._at(x, y - gap - high / 2, "middle", width, high)
        yield self._at(x, y + gap + high / 2, "middle", width, high)
        for distance in LEADERS:
            for eighth in range(8):
                angle = math.pi * (eighth + 0.5) / 4
                across, down = math.cos(angle), math.sin(angle)
                end_x, end_y = x + (radius + distance) * across, y + (radius + distance) * down
                leader = (x + radius * across, y + radius * down, end_x, end_y)
                side = 2 if across > 0 else -2
                yield self._at(end_x + side, end_y, "start" if across > 0 else "end", width, high, leader)

    def _elsewhere(self, x: float, y: float, radius: float, width: float, count: int) -> Iterator[_Spot]:
        """Everywhere on the area, the nearest first, with a line from the disc to the middle of the name."""
        high = self._high(count)
        across = range(int((self.area.right - self.area.left) / STEP))
        down = range(int((self.area.bottom - self.area.top) / STEP))
        places = [(self.area.left + STEP * i, self.area.top + STEP * j) for i in across for j in down]
        for to_x, to_y in sorted(places, key=lambda place: math.dist(place, (x, y))):
            spot = self._at(to_x, to_y, "middle", width, high)
            edge_x = min(max(x, spot.box.left), spot.box.right)
            edge_y = min(max(y, spot.box.top), spot.box.bottom)
            far = math.dist((edge_x, edge_y), (x, y))
            if far > radius:
                start = (x + (edge_x - x) * radius / far, y + (edge_y - y) * radius / far)
                yield self._at(to_x, to_y, "middle", width, high, (*start, edge_x, edge_y))

    def _high(self, count: int) -> float:
        return self.size * (1 + SPACING * (count - 1)) + 2

    def _at(
        self,
        x: float,
        middle: float,
        anchor: str,
        width: float,
        high: float,
        leader: tuple[float, float, float, float] | None = None,
    ) -> _Spot:
        left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        box = Box(left, middle - high / 2, left + width, middle + high / 2)
        return _Spot(x, box.top + 1 + self.size * 0.86, anchor, box, leader)


def _any(taken: Sequence[Box], box: Box) -> bool:
    return any(box.meets(other) for other in taken)
