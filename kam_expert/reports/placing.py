"""Where names stand in a drawing: beside what they name, and never over one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kam_expert.reports.svg import PALE, Box, Drawing, text_width

LEADERS = (14.0, 30.0, 50.0, 75.0)  # how far from its disc a name may stand, with a line to it
BESIDE = 3.0  # between a disc and its name
SPACING = 1.25  # from one line to the next, in heights of a letter


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
    """What is taken in a drawing, and the area that names may not leave."""

    drawing: Drawing
    area: Box
    size: float
    bold: bool = False
    taken: list[Box] = field(default_factory=list)

    def take(self, x: float, y: float, radius: float) -> None:
        """Around a disc; a name may touch its rim."""
        inner = 0.75 * radius
        self.taken.append(Box(x - inner, y - inner, x + inner, y + inner))

    def name(self, lines: Sequence[str], x: float, y: float, radius: float) -> bool:
        """Write a name in or beside a disc; nothing, and False, where there is no room."""
        width = max(text_width(line, self.size) for line in lines)
        inside = self._at(x, y, "middle", width, self.size + 2)
        if len(lines) == 1 and width < 1.6 * radius and self._within(inside.box):
            self._write(lines, x, y + self.size * 0.36, "middle")
            return True
        for spot in self._spots(x, y, radius, width, len(lines)):
            if self._free(spot.box):
                if spot.leader is not None:
                    self.drawing.line(*spot.leader, colour=PALE, width=0.8)
                self._write(lines, spot.x, spot.y, spot.anchor)
                self.taken.append(spot.box)
                return True
        return False

    def _within(self, box: Box) -> bool:
        area = self.area
        return area.left <= box.left and box.right <= area.right and area.top <= box.top and box.bottom <= area.bottom

    def _free(self, box: Box) -> bool:
        return self._within(box) and not any(box.meets(other) for other in self.taken)

    def _write(self, lines: Sequence[str], x: float, y: float, anchor: str) -> None:
        for index, line in enumerate(lines):
            below = y + index * self.size * SPACING
            self.drawing.text(x, below, line, size=self.size, anchor=anchor, bold=self.bold, halo=True)

    def _spots(self, x: float, y: float, radius: float, width: float, count: int) -> Iterator[_Spot]:
        """Beside, above and below the disc; then further off in eight directions, the nearest first."""
        high = self.size * (1 + SPACING * (count - 1)) + 2
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
