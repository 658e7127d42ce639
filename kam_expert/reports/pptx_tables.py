"""Native tables on slides: real header rows, columns and rows as wide and high as their texts need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls

from kam_expert.reports.document import Table
from kam_expert.reports.office_style import Face
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.pptx_text import LIGHT, TEXT, WIDER, Line, paragraph, rows
from kam_expert.reports.svg import text_width

SIDE, TOP = 5.0, 3.0  # the margins within a cell
LARGEST, SMALLEST = 14.0, 9.5
BOLD = 1.2  # how much wider the letters of a header are
AIR = 16.0  # the most that a row gets of the room left
READABLE = 11.0  # of a table that needs several slides anyway
STYLE = "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}"  # the one that every PowerPoint has, in the colours of the theme


@dataclass(frozen=True)
class Fitted:
    """A table at a size of letters: its columns, the height of its header and of each row."""

    table: Table
    size: float
    columns: tuple[float, ...]
    header: float
    heights: tuple[float, ...]

    @property
    def height(self) -> float:
        return self.header + sum(self.heights)


def fitted(table: Table, width: float, room: float) -> Fitted:
    """The table at the largest size at which it fits; at the smallest if it fits at none."""
    size = LARGEST
    while size > SMALLEST:
        found = at_size(table, width, size)
        if found.height <= room and not _torn(found):
            return found
        size -= 0.5
    return at_size(table, width, SMALLEST)


def readable(table: Table, width: float) -> Fitted:
    """The table at the size for several slides, or smaller if a word would be torn."""
    size = READABLE
    while size > SMALLEST and _torn(at_size(table, width, size)):
        size -= 0.5
    return at_size(table, width, size)


def within(table: Table, width: float, room: float) -> Table:
    """The table with texts cut off, visibly, that would make a row higher than half of a room."""
    columns = _columns(table, width, READABLE)
    most = max(3, int(room / 2 / Line("", READABLE).pitch))

    def cut(text: str, wide: float) -> str:
        taken = rows(text, wide - 2 * SIDE, READABLE)
        return text if taken <= most else f"{text[: int(len(text) * (most - 0.5) / taken)].rstrip()}…"

    lines = (tuple(cut(text, wide) for text, wide in zip(row, columns, strict=True)) for row in table.rows)
    return replace(table, rows=tuple(lines))


def _torn(found: Fitted) -> bool:
    """Whether a column is too narrow for one of its words."""
    cells = ((found.table.headers, found.size * BOLD), *((row, found.size) for row in found.table.rows))
    return any(
        longest_word(text, size) + 2 * SIDE > wide + 0.1
        for row, size in cells
        for text, wide in zip(row, found.columns, strict=True)
        if any(each.isascii() for each in text.split())
    )


def at_size(table: Table, width: float, size: float) -> Fitted:
    columns = _columns(table, width, size)

    def high(cells: Sequence[str], bold: float = 1.0) -> float:
        counts = [rows(cell, wide - 2 * SIDE, size * bold) for cell, wide in zip(cells, columns, strict=True)]
        return max(counts) * Line("", size).pitch + 2 * TOP

    return Fitted(table, size, columns, high(table.headers, BOLD), tuple(high(row) for row in table.rows))


def _columns(table: Table, width: float, size: float) -> tuple[float, ...]:
    """As wide as the longest text where there is room for all; else by the widths asked for or the length of texts."""
    cells = [(table.headers, size * BOLD), *((row, size) for row in table.rows)]
    places = range(len(table.headers))
    least = [max(longest_word(row[place], letters) for row, letters in cells) + 2 * SIDE for place in places]
    longest = [
        max(least[place], *(text_width(row[place], letters) * WIDER + 2 * SIDE + 2 for row, letters in cells))
        for place in places
    ]
    if sum(longest) <= width:
        spare = (width - sum(longest)) / len(longest)
        return tuple(each + spare for each in longest)
    if sum(least) >= width:  # too little for the words
        return tuple(each * width / sum(least) for each in least)
    asked = [float(each or 0) for each in table.widths] if any(table.widths) else []
    share = asked or [min(each, width * 0.45) for each in longest]
    found = [
        max(low, min(one, width * each / sum(share))) for low, one, each in zip(least, longest, share, strict=True)
    ]
    spare = width - sum(found)
    wants = [
        max(0.0, one - each if spare > 0 else each - low) for low, one, each in zip(least, longest, found, strict=True)
    ]
    return tuple(each + spare * want / (sum(wants) or 1.0) for each, want in zip(found, wants, strict=True))


def longest_word(text: str, size: float) -> float:
    """The width of the widest piece of a text that had better not be torn apart; of Chinese, two characters."""
    return max((sum(map(_letter, piece)) * size for piece in text.split() if piece.isascii()), default=size * 2)


def _letter(letter: str) -> float:
    """How wide a letter is at most in the usual typefaces, in its size."""
    return 0.92 if letter in "MWmw@%&" else 0.74 if letter.isupper() else 0.6


def parted(found: Fitted, room: float) -> list[Fitted]:
    """The table in pieces that fit into the room each, every one with the header."""
    pieces: list[Fitted] = []
    first, used = 0, found.header
    for index, high in enumerate(found.heights):
        if used + high > room and index > first:
            pieces.append(_piece(found, first, index))
            first, used = index, found.header
        used += high
    return [*pieces, _piece(found, first, len(found.heights))]


def _piece(found: Fitted, first: int, last: int) -> Fitted:
    table = Table(found.table.headers, found.table.rows[first:last], found.table.widths)
    return Fitted(table, found.size, found.columns, found.header, found.heights[first:last])


def airy(found: Fitted, room: float) -> Fitted:
    """The table with some of the room that is left given to its rows."""
    spare = min(AIR, max(0.0, room - found.height) / max(1, len(found.heights)))
    return replace(found, heights=tuple(each + spare for each in found.heights))


def place(slide: Any, found: Fitted, area: Area, face: Face, name: str) -> Any:
    """The table with its upper left corner in that of the area."""
    table = found.table
    lines = [
        [cell(Line(text, found.size, bold=not index, shade=TEXT if index else LIGHT), face) for text in cells]
        for index, cells in enumerate((table.headers, *table.rows))
    ]
    heights = (found.header, *found.heights)
    return frame(slide, Area(area.left, area.top, area.width, found.height), name, found.columns, heights, lines)


def frame(
    slide: Any,
    area: Area,
    name: str,
    columns: Sequence[float],
    heights: Sequence[float],
    lines: Sequence[Sequence[str]],
    banded: bool = True,
) -> Any:
    """A table of cells that are written already, with a header row."""
    places = (int(each * POINT) for each in (area.left, area.top, area.width, area.height))
    frame = slide.shapes.add_table(1, 1, *places)
    frame.name = name
    old = frame._element.graphic.graphicData.tbl
    grid = "".join(f'<a:gridCol w="{int(each * POINT)}"/>' for each in columns)
    rows_ = "".join(
        f'<a:tr h="{int(high * POINT)}">{"".join(cells)}</a:tr>' for high, cells in zip(heights, lines, strict=True)
    )
    properties = f'<a:tblPr firstRow="1" bandRow="{int(banded)}"><a:tableStyleId>{STYLE}</a:tableStyleId></a:tblPr>'
    new = parse_xml(f"<a:tbl {nsdecls('a')}>{properties}<a:tblGrid>{grid}</a:tblGrid>{rows_}</a:tbl>")
    old.getparent().replace(old, new)
    return frame


def cell(line: Line, face: Face, ground: str = "", spans: str = "") -> str:
    margins = (
        f'marL="{int(SIDE * POINT)}" marR="{int(SIDE * POINT)}" marT="{int(TOP * POINT)}" marB="{int(TOP * POINT)}"'
    )
    fill = f'<a:solidFill><a:srgbClr val="{ground}"/></a:solidFill>' if ground else ""
    body = f"<a:txBody><a:bodyPr/><a:lstStyle/>{paragraph(line, face)}</a:txBody>"
    return f'<a:tc {spans}>{body}<a:tcPr {margins} anchor="ctr">{fill}</a:tcPr></a:tc>'
