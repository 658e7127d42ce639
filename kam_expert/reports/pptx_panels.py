"""What stands where on a slide: a strip of figures, panels beside or above each other, and at the foot what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn

from kam_expert.reports import pptx_grids, pptx_tables
from kam_expert.reports.document import Block, Callout, Pairs, Paragraph, Picture, Section, Table
from kam_expert.reports.office_charts import native, placed
from kam_expert.reports.office_style import Face, Sheet
from kam_expert.reports.pictures import Bars, Bridge, Bubbles, Compared, Curve, Grid, Matrix, Radar, Schedule, Tornado
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.pptx_text import (
    ACCENT,
    SMALLEST,
    SOFT_TEXT,
    Line,
    box,
    chunks,
    fitting,
    height,
    rows,
    split,
    write,
)

GAP = 20.0  # between panels
HEADING, NOTE = 13.0, 11.0
LOWEST = 180.0  # a picture that shares a column
BAR = 56.0  # the most room for one bar
FIGURES = 4  # so many pairs at the top of a slide stand as figures in a strip
SQUARE = (Matrix, Radar, Bubbles)
WIDE = (Bars, Schedule, Tornado, Bridge, Compared, Curve, Grid)
TEXT_SHARE, SQUARE_SHARE, WIDE_SHARE, TABLE_SHARE = 4.0, 5.0, 6.2, 7.0
MANY_SHARE = 10.0  # of a picture in which many names want room


@dataclass(frozen=True)
class Panel:
    """A picture, a table, or texts, under a heading of its own if it has one."""

    heading: str
    blocks: tuple[Block, ...]

    @property
    def picture(self) -> Picture | None:
        return next((each for each in self.blocks if isinstance(each, Picture)), None)

    @property
    def table(self) -> Table | None:
        return next((each for each in self.blocks if isinstance(each, Table)), None)

    @property
    def share(self) -> float:
        """How much of the width it wants."""
        if self.picture is not None:
            if isinstance(self.picture.shown, Bubbles):
                return MANY_SHARE
            return SQUARE_SHARE if isinstance(self.picture.shown, SQUARE) else WIDE_SHARE
        if self.table is not None:
            return TABLE_SHARE if len(self.table.headers) > 2 else SQUARE_SHARE
        return TEXT_SHARE


@dataclass(frozen=True)
class Content:
    """What a slide shows: figures at the top, panels, and what follows from them at the foot."""

    figures: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]
    callouts: tuple[Callout, ...]


def content_of(section: Section, parts: Sequence[Section]) -> Content:
    """The blocks of a section and of the sections below it."""
    figures: tuple[tuple[str, str], ...] = ()
    blocks = list(section.blocks)
    if blocks and isinstance(blocks[0], Pairs) and len(blocks[0].items) <= FIGURES:
        figures = blocks[0].items
        blocks = blocks[1:]
    panels: list[Panel] = []
    callouts: list[Callout] = []
    for heading, found in [("", blocks), *((part.title, list(part.blocks)) for part in parts)]:
        callouts += [each for each in found if isinstance(each, Callout)]
        panels += _panels(heading, [each for each in found if not isinstance(each, Callout)])
    return Content(figures, tuple(panels), tuple(callouts))


def _panels(heading: str, blocks: Sequence[Block]) -> Iterator[Panel]:
    """Each picture and each table by itself, a table with the line that follows it; other texts together."""
    texts: list[Block] = []
    for index, block in enumerate(blocks):
        before = blocks[index - 1] if index else None
        after = blocks[index + 1] if index + 1 < len(blocks) else None
        if isinstance(before, Table) and isinstance(block, Paragraph):
            continue
        if isinstance(block, Table) and isinstance(after, Paragraph):
            if texts:
                yield Panel(heading, tuple(texts))
                heading, texts = "", []
            yield Panel(heading, (block, after))
            heading = ""
        elif isinstance(block, Picture | Table):
            if texts:
                yield Panel(heading, tuple(texts))
                heading, texts = "", []
            yield Panel(heading, (block,))
            heading = ""
        else:
            texts.append(block)
    if texts:
        yield Panel(heading, tuple(texts))


@dataclass
class Canvas:
    """A slide while it is filled. `rest`: what found no room on it."""

    slide: Any
    face: Face
    rest: list[Panel]

    def fill(self, content: Content, area: Area) -> None:
        foot = area.bottom
        for callout in reversed(content.callouts):
            foot = self._callout(callout, replace(area, height=foot - area.top))
        top = area.top
        if content.figures:
            top = self._figures(content.figures, area)
        self._arrange(content.panels, Area(area.left, top, area.width, foot - top))

    def _callout(self, callout: Callout, area: Area) -> float:
        """A band at the foot of an area; where it begins."""
        line = Line(callout.text, 13, lead=f"{callout.label}  " if callout.label else "")
        high = line.height(area.width - 40) + 14
        top = area.bottom - high
        places = (int(each * POINT) for each in (area.left, top, area.width, high))
        band = self.slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *places)
        band.name = "Callout"
        band.fill.solid()
        band.fill.fore_color.theme_color = MSO_THEME_COLOR.BACKGROUND_2
        band.line.fill.background()
        style = band._element.find(qn("p:style"))
        band._element.remove(style)
        write(band.text_frame, [line], self.face)
        band.text_frame.margin_left, band.text_frame.margin_right = int(16 * POINT), int(12 * POINT)
        band.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        return top - 10

    def _figures(self, figures: Sequence[tuple[str, str]], area: Area) -> float:
        """The strip of figures at the top: large, with what they mean; where the room below it begins."""
        wide = (area.width - GAP * (len(figures) - 1)) / len(figures)
        texts = []
        for label, value in figures:
            first, _, more = value.partition("\n")
            size = 22.0
            while size > 12 and rows(first, wide, size) > 1:
                size -= 1
            lines = [Line(label, 10.5, shade=SOFT_TEXT), Line(first, size, bold=True, shade=ACCENT)]
            texts.append([*lines, Line(more, 10, shade=SOFT_TEXT)] if more else lines)
        high = max(height(lines, wide) for lines in texts)
        for index, lines in enumerate(texts):
            place = Area(area.left + index * (wide + GAP), area.top, wide, high)
            box(self.slide, place, lines, self.face, f"Figure {index + 1}")
        return area.top + high + 12

    def _arrange(self, panels: Sequence[Panel], area: Area) -> None:
        if not panels:
            return
        if len(panels) == 1:
            self._panel(panels[0], area)
            return
        tables = [each for each in panels if each.table is not None]
        pictures = [each for each in panels if each.picture is not None]
        if tables and not pictures and (len(tables) > 1 or any(len(t.table.headers) > 3 for t in tables if t.table)):
            self._stack(panels, area)
            return
        first, *others = panels
        if len(panels) > 2 and (pictures or tables):
            left, right = _columns([first.share, max(each.share for each in others)], area)
            self._panel(first, left)
            self._stack(others, right)
            return
        for panel, place in zip(panels, _columns([each.share for each in panels], area), strict=True):
            self._panel(panel, place)

    def _stack(self, panels: Sequence[Panel], area: Area) -> None:
        """One above the other, each as high as it needs, pictures with what is left."""
        top = area.top
        for index, panel in enumerate(panels):
            room = area.bottom - top
            if room < 60:
                self.rest += panels[index:]
                return
            others = panels[index + 1 :]
            needed = sum(_least(each, area.width) + GAP * 0.7 for each in others)
            if panel.picture is not None:
                high = max(120.0, room - needed) if needed < room * 0.6 else room / (len(others) + 1)
            else:
                high = min(_least(panel, area.width), room)
            if panel.picture is not None and high < LOWEST:  # it could not be read
                self.rest += panels[index:]
                return
            if panel.picture is None and high < _least(panel, area.width) and panel.table is None and index:
                self.rest += panels[index:]
                return
            self._panel(panel, Area(area.left, top, area.width, high))
            top += high + GAP * 0.7

    def _panel(self, panel: Panel, area: Area) -> None:
        if panel.heading:
            line = Line(panel.heading, HEADING, bold=True, shade=ACCENT)
            high = line.height(area.width)
            box(self.slide, Area(area.left, area.top, area.width, high), [line], self.face, panel.heading)
            area = Area(area.left, area.top + high + 6, area.width, area.height - high - 6)
        if panel.picture is not None:
            self._picture(panel.picture, area)
        elif panel.table is not None:
            self._table(panel.table, area, panel.blocks[1:])
        else:
            self._text(panel, area)

    def _picture(self, picture: Picture, area: Area) -> None:
        if isinstance(picture.shown, Grid):
            first, *others = pptx_grids.parted(picture.shown, area)
            self.rest += [Panel("", (replace(picture, shown=each),)) for each in others]
            told = pptx_grids.heat_map(self.slide, first, area, self.face, picture.title)
            high = told.height(area.width)
            box(self.slide, Area(area.left, area.bottom - high, area.width, high), [told], self.face, "Legend")
            return
        wide = area.width
        if isinstance(picture.shown, SQUARE):
            wide = min(wide, area.height * (1.8 if isinstance(picture.shown, Bubbles) else 1.5))
        size = 11.0 if area.height > 200 else 9.5
        high = area.height
        if isinstance(picture.shown, Bars):
            high = min(high, BAR * len(picture.shown.bars) + BAR)
        chart = native(picture.shown, self.face, Sheet(wide, high, size))
        assert chart is not None
        left = area.left + (area.width - wide) / 2 if wide < area.width * 0.8 else area.left
        placed(self.slide, chart, int(left * POINT), int(area.top * POINT), picture.title, picture.told)

    def _table(self, table: Table, area: Area, below: Sequence[Block]) -> None:
        lines = [line for chunk in chunks(below, NOTE) for line in chunk]
        under = height(lines, area.width) + 8 if lines else 0
        room = area.height - under
        table = pptx_tables.within(table, area.width, room)
        found = pptx_tables.fitted(table, area.width, room)
        if found.height > room:
            found, room = pptx_tables.readable(table, area.width), area.height
        first, *others = pptx_tables.parted(found, room)
        first = pptx_tables.airy(first, room)
        pptx_tables.place(self.slide, first, area, self.face, " / ".join(table.headers))
        if others:
            left = tuple(row for piece in others for row in piece.table.rows)
            self.rest.append(Panel("", (Table(table.headers, left, table.widths), *below)))
        elif lines:
            place = Area(area.left, area.top + first.height + 6, area.width, under - 6)
            box(self.slide, place, lines, self.face, "Note")

    def _text(self, panel: Panel, area: Area) -> None:
        blocks: Sequence[Block] = panel.blocks
        found = fitting(blocks, area.width, area.height)
        if height((line for chunk in found for line in chunk), area.width) > area.height:
            blocks, rest = split(blocks, area.width, area.height, SMALLEST)
            self.rest.append(Panel(panel.heading, tuple(rest)))
            found = fitting(blocks, area.width, area.height)
        lines = [line for chunk in found for line in chunk]
        high = min(height(lines, area.width), area.height)
        box(self.slide, replace(area, height=high), lines, self.face, panel.heading or "Text")


def _columns(shares: Sequence[float], area: Area) -> list[Area]:
    free = area.width - GAP * (len(shares) - 1)
    found, left = [], area.left
    for share in shares:
        wide = free * share / sum(shares)
        found.append(Area(left, area.top, wide, area.height))
        left += wide + GAP
    return found


def _least(panel: Panel, width: float) -> float:
    """The height that a panel needs at a size that is read with ease."""
    head = HEADING * 1.3 + 6 if panel.heading else 0
    if panel.picture is not None:
        return head + 150
    if panel.table is not None:
        lines = (line for chunk in chunks(panel.blocks[1:], NOTE) for line in chunk)
        return head + pptx_tables.at_size(panel.table, width, 11).height + height(lines, width) + 8
    return head + height((line for chunk in chunks(panel.blocks, SMALLEST + 1.5) for line in chunk), width)
