"""A heat map drawn: what each row is in each column, by colour and by mark."""

from __future__ import annotations

from dataclasses import replace

from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.svg import (
    DASH,
    GRID,
    GROUND,
    INK,
    LABEL,
    LINE,
    PALE,
    PALETTE,
    Drawing,
    clipped,
    lines_of,
    text_width,
)

SHADES = (PALETTE[2], PALETTE[5], PALETTE[4], PALETTE[1])  # from the best to the worst
STRENGTH = 0.42  # of a colour, so that what stands on it can be read on light and dark paper
ROW, GAP, SMALL = 38.0, 3.0, 10.0


def grid(shown: Grid, title: str, colon: str) -> Drawing:
    """Rows in groups; in each cell a mark and what is to be said of it; a broken rim round what is old."""
    room, whole = 210.0, 780.0
    wide = min(150.0, (whole - room) / max(1, len(shown.columns)))
    heads = [lines_of(name, wide - 6, 11, most=4) for name in shown.columns]
    top = 10.0 + max((len(lines) for lines in heads), default=1) * 14
    groups = sum(26 if name else 6 for name, _ in shown.groups)
    rows = sum(len(inside) for _, inside in shown.groups)
    width = max(460.0, room + wide * len(shown.columns) + 4)
    entries = _legend_entries(shown)
    lines = _legend_lines(entries, width)
    drawing = Drawing(width, top + groups + ROW * rows + 22 + 26 * len(lines), title)
    for index, head in enumerate(heads):
        for number, line in enumerate(head):
            y = top - 6 - (len(head) - 1 - number) * 14
            drawing.text(room + wide * (index + 0.5), y, line, size=11, anchor="middle", bold=True)
    grades, y = {grade.id: grade for grade in shown.grades}, top
    for name, inside in shown.groups:
        y += 26 if name else 6
        if name:
            (told,) = lines_of(name, width - 8, 13, most=1)
            drawing.text(0, y - 7, told, size=13, bold=True)
        for label, cells in inside:
            for number, line in enumerate(two := lines_of(label, room - 20, most=2)):
                drawing.text(8, y + ROW / 2 + 4 + (number - (len(two) - 1) / 2) * LINE, line)
            for index, cell in enumerate(cells):
                told = f"{label} · {shown.columns[index]}{colon}{grades[cell.grade].label} {cell.note}".rstrip()
                x = room + wide * index
                _cell(drawing, cell, grades[cell.grade], (x, y, wide, ROW), told)
            y += ROW
    _legend(drawing, lines, y + 18)
    return drawing


def _cell(drawing: Drawing, cell: GridCell, grade: Grade, place: tuple[float, float, float, float], told: str) -> None:
    x, y, wide, high = place
    inside = (x + GAP / 2, y + GAP / 2, wide - GAP, high - GAP)
    if grade.shade is None:
        drawing.rectangle(*inside, GROUND, stroke=GRID, title=told)
    else:
        drawing.rectangle(*inside, SHADES[grade.shade], opacity=STRENGTH, title=told)
    if cell.old:
        drawing.rectangle(x + 3, y + 3, wide - 6, high - 6, stroke=INK, dash=DASH)
    note = lines_of(cell.note, wide - 12, SMALL, most=1) if cell.note else []
    middle = x + wide / 2
    drawing.text(middle, y + high / 2 + (-2 if note else 5), grade.mark, size=13, anchor="middle", bold=True)
    for line in note:
        drawing.text(middle, y + high / 2 + 12, line, size=SMALL, anchor="middle")


def _legend_entries(shown: Grid) -> list[tuple[Grade, bool]]:
    """Each grade, and last what a broken rim means."""
    entries = [(grade, False) for grade in shown.grades]
    if shown.old_label:
        entries.append((Grade("", shown.old_label, "", None), True))
    return entries


def _legend_lines(entries: list[tuple[Grade, bool]], width: float) -> list[list[tuple[float, Grade, bool]]]:
    """The entries side by side, in as many lines as they need."""
    lines: list[list[tuple[float, Grade, bool]]] = [[]]
    x = 0.0
    for entry, old in entries:
        grade = replace(entry, label=clipped(entry.label, width - 42))
        long = 40 + text_width(grade.label, LABEL) + 22
        if x + long > width + 22 and lines[-1]:
            lines.append([])
            x = 0.0
        lines[-1].append((x, grade, old))
        x += long
    return lines


def _legend(drawing: Drawing, lines: list[list[tuple[float, Grade, bool]]], y: float) -> None:
    for line in lines:
        for x, grade, old in line:
            if grade.shade is None:
                drawing.rectangle(x + 1, y, 28, 18, GROUND, stroke=INK if old else PALE, dash=DASH if old else "")
            else:
                drawing.rectangle(x, y, 30, 18, SHADES[grade.shade], opacity=STRENGTH)
            if grade.mark:
                drawing.text(x + 15, y + 14, grade.mark, size=13, anchor="middle", bold=True)
            drawing.text(x + 38, y + 13, grade.label)
        y += 26
