"""Native tables on slides: real header rows, columns and rows as wide and high as their texts need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Pt

from kam_expert.reports.document import Table
from kam_expert.reports.drawings_grid import SHADES, STRENGTH
from kam_expert.reports.office_style import Face
from kam_expert.reports.pictures import Grid
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.pptx_text import LIGHT, SOFT_TEXT, TEXT, WIDER, Line, rows, written
from kam_expert.reports.svg import text_width

SIDE, TOP = 5.0, 3.0  # the margins within a cell
LARGEST, SMALLEST = 14.0, 9.5
AIR = 16.0  # the most that a row gets of the room left
READABLE = 11.0  # of a table that needs several slides anyway
OLD = "◌"  # beside what wants renewing


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
        if found.height <= room:
            return found
        size -= 0.5
    return at_size(table, width, SMALLEST)


def at_size(table: Table, width: float, size: float) -> Fitted:
    columns = _columns(table, width, size)

    def high(cells: Sequence[str]) -> float:
        counts = [rows(cell, wide - 2 * SIDE, size) for cell, wide in zip(cells, columns, strict=True)]
        return max(counts) * Line("", size).pitch + 2 * TOP

    return Fitted(table, size, columns, high(table.headers), tuple(high(row) for row in table.rows))


def _columns(table: Table, width: float, size: float) -> tuple[float, ...]:
    """As wide as the longest text where there is room for all; else by the widths asked for or the length of texts."""
    cells = [table.headers, *table.rows]
    count = len(table.headers)
    longest = [max(text_width(row[index], size) * WIDER for row in cells) + 2 * SIDE + 2 for index in range(count)]
    if sum(longest) <= width:
        spare = (width - sum(longest)) / count
        return tuple(each + spare for each in longest)
    asked = [float(each or 0) for each in table.widths] if any(table.widths) else []
    share = asked or [min(each, width * 0.45) for each in longest]
    least = [
        min(each, max(_word(row[index], size) for row in cells) + 2 * SIDE + 4) for index, each in enumerate(longest)
    ]
    found = [min(one, width * each / sum(share)) for one, each in zip(longest, share, strict=True)]
    found = [max(one, each) for one, each in zip(found, least, strict=True)]
    spare = width - sum(found)
    wants = [
        one - each for one, each in zip(longest if spare > 0 else found, found if spare > 0 else least, strict=True)
    ]
    wants = [max(0.0, each) for each in wants]
    return tuple(each + spare * want / (sum(wants) or 1.0) for each, want in zip(found, wants, strict=True))


def _word(text: str, size: float) -> float:
    """The widest piece of a text that had better not be torn apart."""
    return max((text_width(piece, size) * WIDER * 1.08 for piece in text.split() if piece.isascii()), default=size * 2)


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
    frame = _frame(slide, len(table.rows) + 1, len(table.headers), area, found.height, name)
    for column, wide in zip(frame.table.columns, found.columns, strict=True):
        column.width = int(wide * POINT)
    for row, high in zip(frame.table.rows, (found.header, *found.heights), strict=True):
        row.height = int(high * POINT)
    for index, cells in enumerate((table.headers, *table.rows)):
        for column, text in enumerate(cells):
            cell = frame.table.cell(index, column)
            line = Line(text, found.size, bold=not index, shade=TEXT if index else LIGHT)
            _cell(cell, line, face)
    return frame


def _frame(slide: Any, count: int, across: int, area: Area, high: float, name: str) -> Any:
    places = (int(each * POINT) for each in (area.left, area.top, area.width, high))
    frame = slide.shapes.add_table(count, across, *places)
    frame.name = name
    frame.table.first_row, frame.table.horz_banding = True, True
    return frame


def _cell(cell: Any, line: Line, face: Face) -> None:
    cell.margin_left = cell.margin_right = Pt(SIDE)
    cell.margin_top = cell.margin_bottom = Pt(TOP)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    written(cell.text_frame.paragraphs[0], line, face)


def heat_map(slide: Any, shown: Grid, area: Area, face: Face, name: str) -> Any:
    """Rows in groups, cells coloured and marked by their grade, and below what the marks mean."""
    grades = {each.id: each for each in shown.grades}
    named = [(name, inside) for name, inside in shown.groups if inside]
    count = 1 + sum(len(inside) + bool(name) for name, inside in named)
    size = max(SMALLEST - 0.5, min(LARGEST, (area.height - 24) / count / 1.9))
    frame = _frame(slide, count, len(shown.columns) + 1, area, area.height - 24, name)
    table = frame.table
    table.horz_banding = False
    first = min(area.width * 0.3, 230.0)
    for index, column in enumerate(table.columns):
        column.width = int((area.width - first) / len(shown.columns) * POINT) if index else int(first * POINT)
    for row in table.rows:
        row.height = int((area.height - 24) / count * POINT)
    for index, text in enumerate(("", *shown.columns)):
        _cell(table.cell(0, index), Line(text, size, bold=True, shade=LIGHT), face)
    at = 1
    for group, inside in named:
        if group:
            table.cell(at, 0).merge(table.cell(at, len(shown.columns)))
            _cell(table.cell(at, 0), Line(group, size, bold=True), face)
            _ground(table.cell(at, 0), "#FFFFFF")
            at += 1
        for label, cells in inside:
            _cell(table.cell(at, 0), Line(label, size), face)
            _ground(table.cell(at, 0), "#FFFFFF")
            for index, each in enumerate(cells, start=1):
                grade = grades[each.grade]
                text = " ".join(part for part in (grade.mark, each.note, OLD if each.old else "") if part)
                _cell(table.cell(at, index), Line(text, size), face)
                _ground(table.cell(at, index), "#FFFFFF" if grade.shade is None else _tint(SHADES[grade.shade]))
            at += 1
    told = [f"{each.mark} {each.label}" for each in shown.grades] + (
        [f"{OLD} {shown.old_label}"] if shown.old_label else []
    )
    return Line("   ".join(told), max(9.0, size - 1), shade=SOFT_TEXT)


def _ground(cell: Any, shade: str) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(shade.lstrip("#"))


def _tint(shade: str) -> str:
    """A colour on white paper, as weak as in the drawing."""
    parts = [int(shade[index : index + 2], 16) for index in (1, 3, 5)]
    return "".join(f"{round(255 - (255 - part) * STRENGTH):02X}" for part in parts)
