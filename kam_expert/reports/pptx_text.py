"""Texts on slides: measured before they are written, with exact distances between lines, so that they stay in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

from kam_expert.reports.document import Block, Branch, Bullets, Pairs, Paragraph, Tree
from kam_expert.reports.office_style import Face
from kam_expert.reports.pptx_template import POINT, Area
from kam_expert.reports.svg import text_width
from kam_expert.reports.text import wrap

PITCH = 1.28  # from line to line, of the size of the letters
WIDER = 1.08  # the letters of a typeface that stands in for the one asked for
LARGEST, SMALLEST = 16.0, 11.0
DETAIL = 0.84  # the size of what explains, of what it explains
TEXT, SOFT_TEXT, ACCENT, LIGHT = "tx1", "tx2", "accent1", "bg1"  # colours of the theme


@dataclass(frozen=True)
class Line:
    """A paragraph. `mark`: a bullet or a number before it; `indent`: its distance from the left; `before`: room above.

    `lead`: letters at its start that are bold.
    """

    text: str
    size: float
    bold: bool = False
    shade: str = TEXT
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


def write(frame: Any, lines: Sequence[Line], face: Face) -> None:
    """Lines in the place of what a frame says, without margins."""
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    body = frame._txBody
    for old in body.findall(qn("a:p")):
        body.remove(old)
    for line in lines:
        body.append(parse_xml(paragraph(line, face, nsdecls("a"))))


def paragraph(line: Line, face: Face, namespace: str = "") -> str:
    """A line as XML. Made as text, for a deck has many, and a library that adds attribute by attribute is slow."""
    numbered = line.mark[:1].isdigit()
    hang = line.size * (1.5 if numbered else 1.1) if line.mark else 0.0
    place = f'marL="{int(line.indent * POINT)}" indent="{int(-hang * POINT)}" algn="l"'
    room = "".join(
        f'<a:{name}><a:spcPts val="{round(100 * points)}"/></a:{name}>'
        for name, points in (("lnSpc", line.pitch), ("spcBef", line.before), ("spcAft", 0.0))
    )
    if numbered:
        mark = f'<a:buFont typeface="+mj-lt"/><a:buAutoNum type="arabicPeriod" startAt="{line.mark.rstrip(".")}"/>'
    elif line.mark:
        mark = f'<a:buFont typeface="Arial"/><a:buChar char="{line.mark}"/>'
    else:
        mark = "<a:buNone/>"
    runs = _runs(line.lead, line, True, face) + _runs(line.text, line, line.bold, face)
    if not runs:  # an empty line is as high as a full one
        runs = f'<a:endParaRPr lang="{face.language}" sz="{round(100 * line.size)}"/>'
    return f"<a:p {namespace}><a:pPr {place}>{room}{mark}</a:pPr>{runs}</a:p>"


def _runs(text: str, line: Line, bold: bool, face: Face) -> str:
    """Letters in the size and colour of a line; their typefaces are those of the theme."""
    if not text:
        return ""
    letters = f'lang="{face.language}" sz="{round(100 * line.size)}" b="{int(bold)}"'
    colour = f'<a:solidFill><a:schemeClr val="{line.shade}"/></a:solidFill>'
    runs = (f"<a:r><a:rPr {letters}>{colour}</a:rPr><a:t>{legal(part)}</a:t></a:r>" for part in text.split("\n"))
    return "<a:br/>".join(runs)


def legal(text: str) -> str:
    """A text as XML, without the control characters that XML forbids."""
    return escape("".join(each for each in text if each == "\t" or each >= " "))
