"""A small writer of SVG: shapes and texts to one drawing that opens anywhere, texts staying texts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from kam_expert.reports.text import columns, wrap

FONTS = (
    "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC',"
    " 'Microsoft YaHei', 'Heiti SC', 'WenQuanYi Micro Hei', sans-serif"
)
INK, PALE, GRID = "#1b2733", "#5b6770", "#d5dade"
GROUND, BAND = "#ffffff", "#f6e3b4"  # the paper; what is near a cut
LABEL = 12.0  # the size of most texts
LINE = 15.0  # from one line of a text to the next
DASH = "4 4"
HEADING, MARGIN = 44.0, 16.0  # above a drawing that is a file of its own
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # told apart by the colour-blind


def number(value: float) -> str:
    """A coordinate with at most two decimals; never minus zero."""
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")


def text_width(text: str, size: float) -> float:
    """About how wide a text is: half an em for a narrow character, one for a wide one."""
    return columns(text) * size * 0.54


def lines_of(text: str, room: float, size: float = LABEL, most: int | None = None) -> list[str]:
    """A text in lines of about so much room; what goes beyond `most` lines is cut off, and that is seen."""
    lines = wrap(text, max(6, int(room / text_width("x", size))))
    if most is not None and len(lines) > most:
        return [*lines[: most - 1], clipped(f"{lines[most - 1]} {lines[most]}", room, size)]
    return [clipped(line, room, size) for line in lines] if most is not None else lines


def clipped(text: str, room: float, size: float = LABEL) -> str:
    """A text that fits into so much room, with an ellipsis where it was cut."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@dataclass
class Drawing:
    """A drawing while it is made. `title`: what a screen reader says of it."""

    width: float
    height: float
    title: str
    parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = GRID, width: float = 1) -> None:
        place = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self.parts.append(f'<line {place} stroke="{colour}" stroke-width="{number(width)}"/>')

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str = "none",
        stroke: str = "none",
        width: float = 1,
        opacity: float = 1,
        dash: str = "",
        title: str = "",
    ) -> None:
        style = f'fill="{fill}" stroke="{stroke}" stroke-width="{number(width)}" fill-opacity="{number(opacity)}"'
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        inside = f"><title>{escape(_legal(title))}</title></circle>" if title else "/>"
        self.parts.append(f"<circle {place} {style}{dashed}{inside}")

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        *,
        stroke: str = "none",
        dash: str = "",
        opacity: float = 1,
        title: str = "",
    ) -> None:
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        rim = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="1.5"'
        rim += f' stroke-dasharray="{dash}"' if dash else ""
        rim += f' fill-opacity="{number(opacity)}"' if opacity != 1 else ""
        inside = f"><title>{escape(_legal(title))}</title></rect>" if title else "/>"
        self.parts.append(f'<rect {place} fill="{fill}"{rim}{inside}')

    def polygon(self, points: list[tuple[float, float]], fill: str, opacity: float = 1, title: str = "") -> None:
        corners = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        inside = f"><title>{escape(_legal(title))}</title></polygon>" if title else "/>"
        self.parts.append(f'<polygon points="{corners}" fill="{fill}" fill-opacity="{number(opacity)}"{inside}')

    def path(self, points: list[tuple[float, float]], colour: str, width: float = 2, dash: str = "") -> None:
        steps = " ".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="{number(width)}"{dashed}/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: str = "start",
        colour: str = INK,
        bold: bool = False,
        turned: bool = False,
        halo: bool = False,
    ) -> None:
        """A text; `halo`: with a white rim, so that it can be read over lines."""
        weight = ' font-weight="600"' if bold else ""
        turn = f' transform="rotate(-90 {number(x)} {number(y)})"' if turned else ""
        place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"'
        inside = f"{weight}{turn}>{escape(_legal(text))}</text>"
        if halo:
            rim = f'fill="{GROUND}" stroke="{GROUND}" stroke-width="2.5" stroke-linejoin="round"'
            self.parts.append(f'<text {place} {rim} aria-hidden="true"{inside}')
        self.parts.append(f'<text {place} fill="{colour}"{inside}')

    def arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 2) -> None:
        """A line with a head at its end."""
        far = math.hypot(x2 - x1, y2 - y1)
        if far < 1:
            return
        along, aside = (x2 - x1) / far, (y2 - y1) / far
        long = min(11.0, far)
        back_x, back_y = x2 - long * along, y2 - long * aside
        wide = long * 0.45
        self.path([(x1, y1), (back_x, back_y)], colour, width)
        sides = [(back_x - wide * aside, back_y + wide * along), (back_x + wide * aside, back_y - wide * along)]
        self.polygon([(x2, y2), *sides], colour)

    def written(self) -> str:
        """The drawing as a file, under its title."""
        heading = Drawing(self.width, HEADING, self.title)
        heading.text(MARGIN, -14, clipped(self.title, self.width - 2 * MARGIN, 18), size=18, bold=True)
        whole = self.height + HEADING
        size = f'width="{number(self.width)}" height="{number(whole)}"'
        box = f'viewBox="0 {number(-HEADING)} {number(self.width)} {number(whole)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img" font-family={quoteattr(FONTS)}>'
        title = f"<title>{escape(_legal(self.title))}</title>"
        size = f'y="{number(-HEADING)}" width="{number(self.width)}" height="{number(whole)}"'
        ground = f'<rect {size} fill="{GROUND}"/>'
        parts = [head, title, ground, *heading.parts, *self.parts]
        return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *parts, "</svg>"]) + "\n"

    def inside(self, told: str) -> str:
        """The drawing as a part of an HTML page; `told`: what it shows."""
        box = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        named = f"aria-label={quoteattr(_legal(f'{self.title}. {told}'))}"
        head = f'<svg {box} width="{number(self.width)}" role="img" {named} font-family={quoteattr(FONTS)}>'
        return "\n".join([head, *self.parts, "</svg>"])


def _legal(text: str) -> str:
    """Without the control characters that XML forbids."""
    return "".join(each for each in text if each in "\t\n" or each >= " ")


@dataclass(frozen=True)
class Box:
    """A rectangle that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )
