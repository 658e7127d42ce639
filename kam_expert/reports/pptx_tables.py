"""Native tables on slides: real header rows, columns and rows as wide and high as their texts need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls

from kam_expert.reports.document import Table
from kam_expert.reports.drawings_grid import SHADES, STRENGTH
from kam_expert.reports.office_style import LEAST, Face
from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.pptx_text import LIGHT, SOFT_TEXT, TEXT, WIDER, Line, paragraph, rows
from kam_expert.reports.svg import text_width

SIDE, TOP = 5.0, 3.0  # the margins within a cell
LARGEST, SMALLEST = 14.0, 9.5
BOLD = 1.2  # how much wider the letters of a header are
AIR = 16.0  # the most that a row gets of the room left
READABLE = 11.0  # of a table that needs several slides anyway
LEGEND = 24.0  # the room below a heat map
WHITE = "FFFFFF"
STYLE = "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}"  # the one that every PowerPoint has, in the colours of the theme
OLD = "*"  # beside what wants renewing


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


def _torn(found: Fitted) -> bool:
    """Whether a column is too narrow for one of its words."""
    cells = ((found.table.headers, found.size * BOLD), *((row, found.size) for row in found.table.rows))
    return any(
        _word(text, size) + 2 * SIDE > wide + 4
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
    cells = [table.headers, *table.rows]
    count = len(table.headers)
    longest = [
        max(
            text_width(table.headers[index], size * BOLD) * WIDER,
            *(text_width(row[index], size) * WIDER for row in table.rows),
            0.0,
        )
        + 2 * SIDE
        + 2
        for index in range(count)
    ]
    if sum(longest) <= width:
        spare = (width - sum(longest)) / count
        return tuple(each + spare for each in longest)
    asked = [float(each or 0) for each in table.widths] if any(table.widths) else []
    share = asked or [min(each, width * 0.45) for each in longest]
    least = [
        min(each, max(_word(row[index], size * (BOLD if row is table.headers else 1)) for row in cells) + 2 * SIDE + 4)
        for index, each in enumerate(longest)
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
    lines = [
        [_cell(Line(text, found.size, bold=not index, shade=TEXT if index else LIGHT), face) for text in cells]
        for index, cells in enumerate((table.headers, *table.rows))
    ]
    heights = (found.header, *found.heights)
    return _frame(slide, Area(area.left, area.top, area.width, found.height), name, found.columns, heights, lines)


def _frame(
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


def _cell(line: Line, face: Face, ground: str = "", spans: str = "") -> str:
    margins = (
        f'marL="{int(SIDE * POINT)}" marR="{int(SIDE * POINT)}" marT="{int(TOP * POINT)}" marB="{int(TOP * POINT)}"'
    )
    fill = f'<a:solidFill><a:srgbClr val="{ground}"/></a:solidFill>' if ground else ""
    body = f"<a:txBody><a:bodyPr/><a:lstStyle/>{paragraph(line, face)}</a:txBody>"
    return f'<a:tc {spans}>{body}<a:tcPr {margins} anchor="ctr">{fill}</a:tcPr></a:tc>'


def heat_map(slide: Any, shown: Grid, area: Area, face: Face, name: str) -> Line:
    """Rows in groups, cells coloured and marked by their grade; returns what the marks mean, to be written below."""
    grades = {each.id: each for each in shown.grades}
    groups = [(title, inside) for title, inside in shown.groups if inside]
    room = area.height - LEGEND
    across = len(shown.columns)
    first = min(area.width * 0.3, 230.0)
    columns = (first, *[(area.width - first) / max(1, across)] * across)
    texts: list[tuple[str, ...]] = [("", *shown.columns)]
    for title, inside in groups:
        texts += [(title,)] if title else []
        texts += [(label, *(_marked(each, grades) for each in cells)) for label, cells in inside]
    size, heights = _sized(texts, columns, room)
    lines = [[_cell(Line(text, size, bold=True, shade=LIGHT), face) for text in ("", *shown.columns)]]
    for title, inside in groups:
        if title:
            wide = _cell(Line(title, size, bold=True), face, WHITE, f'gridSpan="{across + 1}"')
            lines.append([wide, *[_cell(Line("", size), face, WHITE, 'hMerge="1"')] * across])
        for label, cells in inside:
            row = [_cell(Line(label, size), face, WHITE)]
            for each in cells:
                grade = grades[each.grade]
                text = _marked(each, grades)
                row.append(_cell(Line(text, size), face, WHITE if grade.shade is None else _tint(SHADES[grade.shade])))
            lines.append(row)
    place_ = Area(area.left, area.top, area.width, sum(heights))
    _frame(slide, place_, name, columns, heights, lines, banded=False)
    told = [f"{each.mark} {each.label}" for each in shown.grades]
    told += [f"{OLD} {shown.old_label}"] if shown.old_label else []
    return Line("   ".join(told), max(LEAST, size - 1), shade=SOFT_TEXT)


def _marked(cell: GridCell, grades: Mapping[str, Grade]) -> str:
    return " ".join(part for part in (grades[cell.grade].mark, cell.note, OLD if cell.old else "") if part)


def _sized(texts: Sequence[Sequence[str]], columns: Sequence[float], room: float) -> tuple[float, list[float]]:
    """The largest size of letters at which all rows fit, and their heights, with what room is left given to all."""
    size = LARGEST
    while True:
        heights = []
        for row in texts:
            wide = columns if len(row) > 1 else (sum(columns),)
            most = max(rows(text, each - 2 * SIDE, size) for text, each in zip(row, wide, strict=True))
            heights.append(most * Line("", size).pitch + 2 * TOP)
        spare = (room - sum(heights)) / len(heights)
        if spare >= 0 or size <= LEAST:
            return size, [each + max(0.0, min(AIR, spare)) for each in heights]
        size -= 0.5


def _tint(shade: str) -> str:
    """A colour on white paper, as weak as in the drawing."""
    parts = [int(shade[index : index + 2], 16) for index in (1, 3, 5)]
    return "".join(f"{round(255 - (255 - part) * STRENGTH):02X}" for part in parts)
