"""Heat maps on slides: coloured tables, in as many pieces as they need to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kam_expert.reports.drawings_grid import SHADES, STRENGTH
from kam_expert.reports.office_style import LEAST, Face
from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.pptx_tables import AIR, LARGEST, SIDE, TOP, cell, frame, longest_word
from kam_expert.reports.pptx_template import Area
from kam_expert.reports.pptx_text import LIGHT, SOFT_TEXT, Line, rows

LEGEND = 24.0  # the room below a heat map
WIDEST = 120.0  # that one column may ask for because of a long word
LABELS, MOST_LABELS = 0.3, 230.0  # the share of the width for what the rows are called, and the most of it
NARROWEST = 56.0  # of a column that is read with ease
PARTED = 10.5  # the size of letters of a heat map that needs several slides anyway
WHITE = "FFFFFF"
OLD = "*"  # beside what wants renewing


def parted(shown: Grid, area: Area) -> list[Grid]:
    """The heat map in pieces that fit into the area each: as many columns as can be read, then as many rows."""
    room = area.height - LEGEND
    return [piece for wide in shown.by_columns(_most(shown, area.width)) for piece in _by_rows(wide, area.width, room)]


def _most(shown: Grid, width: float) -> int:
    """How many columns stand beside each other without a torn word."""
    grades = {each.id: each for each in shown.grades}
    inside = (_marked(each, grades) for _, rows_ in shown.groups for _, cells in rows_ for each in cells)
    widest = max((longest_word(text, LEAST) for text in (*shown.columns, *inside)), default=0.0)
    return max(1, int((width - _first(width)) / max(min(widest, WIDEST) + 2 * SIDE, NARROWEST)))


def _by_rows(shown: Grid, width: float, room: float) -> list[Grid]:
    if not shown.groups:
        return [shown]
    columns = _columns(shown, width)
    _, heights = _sized(_texts(shown), columns, room)
    if sum(heights) <= room:
        return [shown]
    header, *high = _heights(_texts(shown), columns, PARTED)
    pieces: list[list[tuple[str, list[Any]]]] = [[]]
    used, at = header, 0
    for title, inside in shown.groups:
        if not inside:
            continue
        titled, at = (high[at], at + 1) if title else (0.0, at)
        for row in inside:
            more = high[at] + (titled if not pieces[-1] or pieces[-1][-1][0] != title else 0.0)
            if used + more > room and pieces[-1]:
                pieces.append([])
                used, more = header, high[at] + titled
            if not pieces[-1] or pieces[-1][-1][0] != title:
                pieces[-1].append((title, []))
            pieces[-1][-1][1].append(row)
            used, at = used + more, at + 1
    return [
        Grid(shown.columns, tuple((title, tuple(inside)) for title, inside in piece), shown.grades, shown.old_label)
        for piece in pieces
    ]


def _first(width: float) -> float:
    return min(width * LABELS, MOST_LABELS)


def _columns(shown: Grid, width: float) -> tuple[float, ...]:
    first, across = _first(width), len(shown.columns)
    return (first, *[(width - first) / max(1, across)] * across)


def _texts(shown: Grid) -> list[tuple[str, ...]]:
    """What stands in the cells, row by row; a row of one text is the title of a group."""
    grades = {each.id: each for each in shown.grades}
    texts: list[tuple[str, ...]] = [("", *shown.columns)]
    for title, inside in shown.groups:
        texts += [(title,)] if title and inside else []
        texts += [(label, *(_marked(each, grades) for each in cells)) for label, cells in inside]
    return texts


def heat_map(slide: Any, shown: Grid, area: Area, face: Face, name: str) -> Line:
    """Rows in groups, cells coloured and marked by their grade; returns what the marks mean, to be written below."""
    grades = {each.id: each for each in shown.grades}
    groups = [(title, inside) for title, inside in shown.groups if inside]
    across = len(shown.columns)
    columns = _columns(shown, area.width)
    size, heights = _sized(_texts(shown), columns, area.height - LEGEND)
    lines = [[cell(Line(text, size, bold=True, shade=LIGHT), face) for text in ("", *shown.columns)]]
    for title, inside in groups:
        if title:
            wide = cell(Line(title, size, bold=True), face, WHITE, f'gridSpan="{across + 1}"')
            lines.append([wide, *[cell(Line("", size), face, WHITE, 'hMerge="1"')] * across])
        for label, cells in inside:
            row = [cell(Line(label, size), face, WHITE)]
            for each in cells:
                grade = grades[each.grade]
                text = _marked(each, grades)
                row.append(cell(Line(text, size), face, WHITE if grade.shade is None else _tint(SHADES[grade.shade])))
            lines.append(row)
    place_ = Area(area.left, area.top, area.width, sum(heights))
    frame(slide, place_, name, columns, heights, lines, banded=False)
    told = [f"{each.mark} {each.label}" for each in shown.grades]
    told += [f"{OLD} {shown.old_label}"] if shown.old_label else []
    return Line("   ".join(told), max(LEAST, size - 1), shade=SOFT_TEXT)


def _marked(cell: GridCell, grades: Mapping[str, Grade]) -> str:
    return " ".join(part for part in (grades[cell.grade].mark, cell.note, OLD if cell.old else "") if part)


def _sized(texts: Sequence[Sequence[str]], columns: Sequence[float], room: float) -> tuple[float, list[float]]:
    """The largest size of letters at which all rows fit, and their heights, with what room is left given to all."""
    size = LARGEST
    while True:
        heights = _heights(texts, columns, size)
        spare = (room - sum(heights)) / len(heights)
        if (spare >= 0 and not _torn(texts, columns, size)) or size <= LEAST:
            return size, [each + max(0.0, min(AIR, spare)) for each in heights]
        size -= 0.5


def _torn(texts: Sequence[Sequence[str]], columns: Sequence[float], size: float) -> bool:
    return any(longest_word(text, size) > min(columns) - 2 * SIDE for row in texts if len(row) > 1 for text in row[1:])


def _heights(texts: Sequence[Sequence[str]], columns: Sequence[float], size: float) -> list[float]:
    found = []
    for row in texts:
        wide = columns if len(row) > 1 else (sum(columns),)
        most = max(rows(text, each - 2 * SIDE, size) for text, each in zip(row, wide, strict=True))
        found.append(most * Line("", size).pitch + 2 * TOP)
    return found


def _tint(shade: str) -> str:
    """A colour on white paper, as weak as in the drawing."""
    parts = [int(shade[index : index + 2], 16) for index in (1, 3, 5)]
    return "".join(f"{round(255 - (255 - part) * STRENGTH):02X}" for part in parts)
