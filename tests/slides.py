"""What every deck of slides must hold, and its structure as a text."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn

from kam_expert.reports.svg import text_width
from kam_expert.reports.text import wrap

POINT = 12700


def opened(content: bytes) -> Any:
    return Presentation(io.BytesIO(content))


def structure(slides: Any) -> str:
    """What stands on each slide, in the order of reading."""
    lines = []
    for number, slide in enumerate(slides.slides, start=1):
        lines.append(f"{number}. {slide.shapes.title.text_frame.text}  [{slide.slide_layout.name}]")
        for shape in slide.shapes:
            if shape.has_chart:
                names = [series.name.strip() for series in shape.chart.series if series.name.strip()]
                lines.append(f"   {shape.chart.chart_type.name} {shape.name}: {', '.join(names)}")
            elif shape.has_table:
                headers = " | ".join(cell.text for cell in shape.table.rows[0].cells)
                lines.append(f"   table of {len(shape.table.rows) - 1}: {headers}")
            elif not shape.is_placeholder:
                lines.append(f"   {shape.name}: {len(shape.text_frame.paragraphs)} paragraphs")
    return "\n".join(lines) + "\n"


def letters_for_every_script(slides: Any) -> None:
    """Each theme names a typeface for Chinese, each master uses it, and who departs from it names another."""
    for master in slides.slide_masters:
        theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob.decode()
        assert len(re.findall(r'<a:ea typeface="[^"]+"/>', theme)) >= 2
        for style in master._element.find(qn("p:txStyles")):
            _takes_them_from_the_theme(style)
    _takes_them_from_the_theme(slides.part._element.find(qn("p:defaultTextStyle")))
    for slide in slides.slides:
        for run in slide._element.iter(qn("a:rPr")):
            assert (run.find(qn("a:latin")) is None) or (run.find(qn("a:ea")) is not None)
        for run in slide.notes_slide._element.iter(qn("a:r")) if slide.has_notes_slide else ():
            assert run.rPr.find(qn("a:ea")).get("typeface")
        for shape in slide.shapes:
            if shape.has_chart:
                for properties in shape.chart._chartSpace.iter(qn("a:defRPr")):
                    assert properties.find(qn("a:ea")).get("typeface")


def _takes_them_from_the_theme(style: Any) -> None:
    for level in style:
        if level.tag != qn("a:defPPr"):
            assert level.find(qn("a:defRPr")).find(qn("a:ea")).get("typeface").startswith("+")


def texts_of(slide: Any) -> Iterator[str]:
    for each in slide._element.iter(qn("a:t")):
        yield each.text or ""


def _box(shape: Any) -> tuple[float, float, float, float]:
    return shape.left, shape.top, shape.left + shape.width, shape.top + shape.height


def stands_in_its_place(slide: Any, slides: Any) -> None:
    """Nothing leaves the slide, nothing lies on another thing, no text is longer than its box."""
    boxes = []
    for shape in slide.shapes:
        left, top, right, bottom = _box(shape)
        if shape.has_table:
            bottom = top + sum(row.height for row in shape.table.rows)
            _cells_fit(shape.table)
        assert left >= 0 and top >= 0, shape.name
        assert right <= slides.slide_width and bottom <= slides.slide_height, (slide.shapes.title.text, shape.name)
        boxes.append((shape.name, left, top, right, bottom))
        if shape.has_text_frame and not shape.is_placeholder:
            room = shape.height / POINT
            assert _high(shape.text_frame.paragraphs, shape.width / POINT) <= room + 1, shape.text_frame.text
    slack = POINT
    for one, other in itertools.combinations(boxes, 2):
        apart = (
            one[3] <= other[1] + slack
            or other[3] <= one[1] + slack
            or one[4] <= other[2] + slack
            or other[4] <= one[2] + slack
        )
        assert apart, (slide.shapes.title.text_frame.text, one[0], other[0])


def _cells_fit(table: Any) -> None:
    for row in table.rows:
        for cell, column in zip(row.cells, table.columns, strict=True):
            room = (column.width - cell.margin_left - cell.margin_right) / POINT
            high = _high(cell.text_frame.paragraphs, room) + (cell.margin_top + cell.margin_bottom) / POINT
            assert high <= row.height / POINT + 1, cell.text


def _high(paragraphs: Any, width: float) -> float:
    """About how high texts are in a width: their lines at the distances that they state."""
    total = 0.0
    for paragraph in paragraphs:
        sizes = [run.font.size.pt for run in paragraph.runs]
        if sizes:
            indent = int(paragraph._p.pPr.get("marL")) / POINT
            room = max(4, int((width - indent) / text_width("x", sizes[0])))
            lines = sum(max(1, len(wrap(text, room))) for text in paragraph.text.split("\v"))
            total += lines * paragraph.line_spacing.pt + paragraph.space_before.pt
    return total


def speaks(slide: Any) -> None:
    """Charts tell what they show, and their slide says it to the speaker; a table has a header row."""
    for shape in slide.shapes:
        if shape.has_chart:
            told = shape._element.nvGraphicFramePr.cNvPr.get("descr")
            assert len(told) > 10 and told in slide.notes_slide.notes_text_frame.text
        if shape.has_table:
            assert shape.table.first_row
