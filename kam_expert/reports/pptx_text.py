"""Texts on slides: measured before they are written, with exact distances between lines, so that they stay in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from kam_expert.reports.document import Block, Branch, Bullets, Pairs, Paragraph, Tree
from kam_expert.reports.office_charts import lettered
from kam_expert.reports.office_style import Face
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.svg import text_width
from kam_expert.reports.text import wrap

PITCH = 1.28  # from line to line, of the size of the letters
WIDER = 1.08  # the letters of a typeface that stands in for the one asked for
LARGEST, SMALLEST = 16.0, 11.0
DETAIL = 0.84  # the size of what explains, of what it explains
TEXT, SOFT_TEXT, ACCENT, LIGHT = (
    MSO_THEME_COLOR.TEXT_1,
    MSO_THEME_COLOR.TEXT_2,
    MSO_THEME_COLOR.ACCENT_1,
    MSO_THEME_COLOR.BACKGROUND_1,
)


@dataclass(frozen=True)
class Line:
    """A paragraph. `mark`: a bullet or a number before it; `indent`: its distance from the left; `before`: room above.

    `lead`: letters at its start that are bold.
    """

    text: str
    size: float
    bold: bool = False
    shade: Any = TEXT
    mark: str = ""
    indent: float = 0.0
    before: float = 0.0
    lead: str = ""

    @property
    def pitch(self) -> float:
        return self.size * PITCH

    def height(self, width: float) -> float:
        return rows(self.lead + self.text, width - self.indent, self.size) * self.pitch + self.before


Chunk = tuple[Line, ...]  # what is not torn apart


def rows(text: str, width: float, size: float) -> int:
    """How many lines a text takes."""
    room = max(4, int(width / (text_width("x", size) * WIDER)))
    return sum(max(1, len(wrap(part, room))) for part in text.split("\n"))


def height(lines: Iterable[Line], width: float) -> float:
    return sum(each.height(width) for each in lines)


def chunks(blocks: Sequence[Block], size: float) -> list[Chunk]:
    """The paragraphs of blocks of text at a size of letters, those of an item together."""
    found: list[Chunk] = []
    for block in blocks:
        gap = size * (0.9 if found else 0)
        match block:
            case Paragraph(text):
                found.append((Line(text, size, before=gap * 0.7),))
            case Bullets(items, numbered):
                found += [
                    _item(head, details, size, f"{index}." if numbered else "•", gap if index == 1 else size * 0.55)
                    for index, (head, details) in enumerate(items, start=1)
                ]
            case Pairs(items):
                found += [
                    (Line(value, size, lead=f"{label}  ", before=gap if not index else size * 0.45),)
                    for index, (label, value) in enumerate(items)
                ]
            case Tree(branches):
                found += [chunk for branch in branches for chunk in _branch(branch, size, 0)]
            case _:
                pass
    if found and found[0]:
        found[0] = (replace(found[0][0], before=0), *found[0][1:])
    return found


def _item(head: str, details: Sequence[str], size: float, mark: str, before: float, indent: float = 0) -> Chunk:
    deep = indent + size * (1.5 if mark[:1].isdigit() else 1.1)
    first = Line(head, size, bold=bool(details), mark=mark, indent=deep, before=before)
    below = (Line(each, max(10.0, size * DETAIL), shade=SOFT_TEXT, indent=deep, before=1.5) for each in details)
    return (first, *below)


def _branch(branch: Branch, size: float, depth: int) -> list[Chunk]:
    own = _item(branch.head, branch.details, size, "•", size * 0.4, depth * size * 1.2)
    return [own, *(chunk for below in branch.branches for chunk in _branch(below, size, depth + 1))]


def fitting(blocks: Sequence[Block], width: float, room: float, largest: float = LARGEST) -> list[Chunk]:
    """The chunks at the largest size at which all of them fit; at the smallest if none does."""
    size = largest
    while size > SMALLEST:
        found = chunks(blocks, size)
        if height((line for chunk in found for line in chunk), width) <= room:
            return found
        size -= 0.5
    return chunks(blocks, SMALLEST)


def split(blocks: Sequence[Block], width: float, room: float, size: float) -> tuple[list[Block], list[Block]]:
    """The blocks that fit into a room, at least one item, and the rest; a tree is not torn apart."""
    shown: list[Block] = []
    rest: list[Block] = []
    used = 0.0
    for block in blocks:
        for each in _pieces(block):
            used += height((line for chunk in chunks([each], size) for line in chunk), width) + size * 0.6
            (rest if rest or (used > room and shown) else shown).append(each)
    return joined(shown), joined(rest)


def _pieces(block: Block) -> list[Block]:
    if isinstance(block, Bullets):
        return [Bullets((item,), block.numbered) for item in block.items]
    if isinstance(block, Pairs):
        return [Pairs((item,)) for item in block.items]
    return [block]


def joined(blocks: Sequence[Block]) -> list[Block]:
    """Lists that follow each other as one."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, Bullets) and isinstance(last, Bullets) and last.numbered == block.numbered:
            found[-1] = Bullets(last.items + block.items, block.numbered)
        elif isinstance(block, Pairs) and isinstance(last, Pairs):
            found[-1] = Pairs(last.items + block.items)
        else:
            found.append(block)
    return found


def box(slide: Any, area: Area, lines: Sequence[Line], face: Face, name: str, *, middle: bool = False) -> Any:
    """A box of text without a frame."""
    shape = slide.shapes.add_textbox(*(int(each * POINT) for each in (area.left, area.top, area.width, area.height)))
    shape.name = name
    write(shape.text_frame, lines, face)
    if middle:
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    return shape


def write(frame: Any, lines: Sequence[Line], face: Face, margin: float = 0) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Pt(margin)
    for index, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        written(paragraph, line, face)


def written(paragraph: Any, line: Line, face: Face) -> None:
    paragraph.line_spacing = Pt(line.pitch)
    paragraph.space_before = Pt(line.before)
    paragraph.space_after = Pt(0)
    properties = paragraph._p.get_or_add_pPr()
    hang = line.size * (1.5 if line.mark[:1].isdigit() else 1.1) if line.mark else 0.0
    properties.set("marL", str(int(line.indent * POINT)))
    properties.set("indent", str(int(-hang * POINT)))
    if line.mark[:1].isdigit():
        start = line.mark.rstrip(".")
        mark = f'<a:buAutoNum {nsdecls("a")} type="arabicPeriod" startAt="{start}"/>'
    elif line.mark:
        properties.append(parse_xml(f'<a:buFont {nsdecls("a")} typeface="Arial"/>'))
        mark = f'<a:buChar {nsdecls("a")} char="{line.mark}"/>'
    else:
        mark = f"<a:buNone {nsdecls('a')}/>"
    properties.append(parse_xml(mark))
    if not line.text and not line.lead:  # an empty line is as high as a full one
        paragraph._p.get_or_add_endParaRPr().set("sz", str(int(100 * line.size)))
    for text, bold in ((line.lead, True), (line.text, line.bold)):
        for index, part in enumerate(text.split("\n") if text else ()):
            if index:
                paragraph.add_line_break()
            run = paragraph.add_run()
            run.text = part
            dress(run.font, line.size, bold=bold, shade=line.shade)
            run._r.get_or_add_rPr().set("lang", face.language)


def dress(font: Any, size: float, *, bold: bool = False, shade: Any = TEXT) -> None:
    """The size and colour of letters; their typefaces are those of the theme."""
    font.size = Pt(size)
    font.bold = bold
    if isinstance(shade, RGBColor):
        font.color.rgb = shade
    else:
        font.color.theme_color = shade


def typefaces(run: Any, face: Face) -> None:
    """Both typefaces at the run itself, where there is no theme to rely on."""
    lettered(run._r.get_or_add_rPr(), face)
