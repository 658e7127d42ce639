"""The slides that a deck is written on: our own, made here, or those of a client's file."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation as Slides
from pptx.util import Emu

from kam_expert.problems import Phrase
from kam_expert.reports.office_style import Face
from kam_expert.reports.pptx_own_slides import TwoPlaces, fill, filled_in
from kam_expert.reports.refusal import TemplateRefused
from kam_expert.reports.svg import INK, PALE, PALETTE
from kam_expert.reports.text import shortened

REPORT, TITLE = "report", "title"
PLACEHOLDERS = (REPORT, TITLE, "account", "date", "rulebook")
MARGIN_COLUMNS = 60  # of a value in a master or a layout, where it stands at the edge of every slide
POINT = 12700  # the units of a slide in a point
WIDTH, HEIGHT = 960.0, 540.0  # 16:9
SOFT = "#f1f4f7"  # the ground of bands
KEPT = (0, 1, 2, 3, 5)  # of the usual layouts: title, content, divider, two columns, title only
FEET = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
TEXTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.SUBTITLE)
_TEMPLATE_TYPE = b"presentationml.template.main+xml"
_SLIDES_TYPE = b"presentationml.presentation.main+xml"
_MACROS = b"ms-powerpoint"


@dataclass(frozen=True)
class Area:
    """A rectangle on a slide, in points."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Template:
    """Slides to write on: the layout of the first one, of dividers and of all others, and the room for contents.

    `own`: how many slides of its own a client's file keeps. `at`: before which of them ours stand, None behind all.
    `titled`: whether a slide before ours says the title already.
    """

    slides: Slides
    cover: Any
    divider: Any
    plain: Any
    area: Area
    own: int = 0
    at: int | None = None
    titled: bool = False


def ours(face: Face) -> Template:
    """Our own slides: a dark cover and dividers, a title above a short rule, small letters at the foot."""
    slides = Presentation()
    slides.slide_width, slides.slide_height = Emu(int(WIDTH * POINT)), Emu(int(HEIGHT * POINT))
    layouts = list(slides.slide_layouts)
    for index, layout in enumerate(layouts):
        if index not in KEPT:
            slides.slide_layouts.remove(layout)
    _without_ballast(slides)
    _theme(slides, face)
    _master(slides.slide_masters[0])
    cover, content, divider, two, plain = slides.slide_layouts
    feet = {_kind(each): each for each in _placed(slides.slide_masters[0]) if _kind(each) in FEET}
    for layout in (content, two, plain):
        for shape in _placed(layout):
            _inherit(shape)
            if _kind(shape) in FEET:  # said again, for not every program looks it up in the master
                _styled_as(shape, feet[_kind(shape)])
    for side, left in zip([each for each in _placed(two) if _kind(each) in TEXTS], (40, 490), strict=True):
        _at(side, left, 98, 430, 396)
    _dark(cover, (72, 150, 816, 130), 34, (72, 296, 816, 120))
    _dark(divider, (72, 190, 816, 90), 30, (72, 290, 816, 60))
    return Template(slides, cover, divider, plain, Area(40, 98, 880, 396))


def opened(path: Path, values: Mapping[str, str], names: Mapping[str, str], face: Face) -> Template:
    """The masters, layouts and slides of a file, its placeholders filled with the values. Raises TemplateRefused.

    `names`: what a placeholder may be called, and which it then is.
    """
    slides = _read(path)
    try:
        at, before = filled_in(slides, values, {name for name, meant in names.items() if meant == REPORT})
    except TwoPlaces:
        raise TemplateRefused(Phrase("deck.twice", {"file": str(path), "name": f"{{{{{REPORT}}}}}"})) from None
    short = {name: shortened(value, MARGIN_COLUMNS) for name, value in values.items()}
    for shape_tree in _trees(slides):
        fill(shape_tree, short)
    _east_asian(slides, face)
    layouts = [layout for master in slides.slide_masters for layout in master.slide_layouts]
    if not layouts:
        raise TemplateRefused(Phrase("deck.no_layout", {"file": str(path)}))
    plain = _best(layouts, lambda kinds: (TITLES[0] in kinds, -len(kinds), -sum(k in TEXTS for k in kinds)))
    content = _best(layouts, lambda kinds: (TITLES[0] in kinds, sum(k in TEXTS for k in kinds) == 1, -len(kinds)))
    cover = _best(layouts, lambda kinds: (TITLES[1] in kinds, TEXTS[2] in kinds, TITLES[0] in kinds, -len(kinds)))
    divider = next((each for each in layouts if each._element.get("type") == "secHead"), plain)
    titled = any(names.get(name) == TITLE for name in before)
    return Template(slides, cover, divider, plain, _room(slides, plain, content), len(slides.slides), at, titled)


def _read(path: Path) -> Slides:
    words: dict[str, Any] = {"file": str(path)}
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TemplateRefused(Phrase("deck.not_found", words)) from None
    except OSError as error:
        raise TemplateRefused(Phrase("deck.not_read", {**words, "reason": error.strerror or str(error)})) from error
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise TemplateRefused(Phrase("deck.old_or_locked", words))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            types = parts.read("[Content_Types].xml")
    except (zipfile.BadZipFile, KeyError):
        raise TemplateRefused(Phrase("deck.not_slides", words)) from None
    if b"presentationml" not in types and _MACROS not in types:
        raise TemplateRefused(Phrase("deck.not_slides", words))
    if _MACROS in types and b"macroEnabled" in types:
        raise TemplateRefused(Phrase("deck.macros", words))
    try:
        return Presentation(io.BytesIO(_as_slides(content, types)))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError, zipfile.BadZipFile, TypeError):
        raise TemplateRefused(Phrase("deck.damaged", words)) from None


def _as_slides(content: bytes, types: bytes) -> bytes:
    """A file that says it is a template says that it is slides, and is read alike."""
    if _TEMPLATE_TYPE not in types:
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            inside = old.read(part)
            if part.filename == "[Content_Types].xml":
                inside = inside.replace(_TEMPLATE_TYPE, _SLIDES_TYPE)
            new.writestr(part.filename, inside)
    return out.getvalue()


def _without_ballast(slides: Slides) -> None:
    """No settings of a printer, no picture of another file."""
    for part, kinds in ((slides.part, (RELATION.PRINTER_SETTINGS,)), (slides.part.package, (RELATION.THUMBNAIL,))):
        rels: Any = part._rels
        for name in [name for name, each in rels.items() if each.reltype in kinds]:
            rels.pop(name)


def _trees(slides: Slides) -> Iterator[Any]:
    for master in slides.slide_masters:
        yield master._element
        for layout in master.slide_layouts:
            yield layout._element


def _themes(slides: Slides) -> Iterator[Any]:
    for master in slides.slide_masters:
        yield master.part.part_related_by(RELATION.THEME)


def _east_asian(slides: Slides, face: Face) -> None:
    """A theme without a typeface for Chinese gets one; one that has it keeps it."""
    for theme in _themes(slides):
        theme._blob = theme.blob.replace(b'<a:ea typeface=""/>', f'<a:ea typeface="{face.east_asian}"/>'.encode())


def _theme(slides: Slides, face: Face) -> None:
    """Our typefaces and colours in the place of those of the usual theme."""
    shades = {"dk1": INK, "lt1": "#ffffff", "dk2": PALE, "lt2": SOFT}
    shades |= {f"accent{index + 1}": shade for index, shade in enumerate(PALETTE)}
    shades |= {"hlink": PALETTE[0], "folHlink": PALE}
    for theme in _themes(slides):
        text = theme.blob.decode("utf-8")
        for name, shade in shades.items():
            given = f'<a:srgbClr val="{shade.lstrip("#").upper()}"/>'
            text = re.sub(f"(<a:{name}>).*?(</a:{name}>)", rf"\g<1>{given}\g<2>", text, flags=re.DOTALL)
        fonts = f'<a:latin typeface="{face.latin}"/><a:ea typeface="{face.east_asian}"/><a:cs typeface=""/>'
        for name in ("majorFont", "minorFont"):
            text = re.sub(f"(<a:{name}>).*?(</a:{name}>)", rf"\g<1>{fonts}\g<2>", text, flags=re.DOTALL)
        theme._blob = text.encode("utf-8")


def _placed(sheet: Any) -> list[Any]:
    """The placeholders of a master, a layout or a slide."""
    return list(sheet.placeholders)


def _kind(shape: Any) -> Any:
    return shape.placeholder_format.type


def _at(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top = int(left * POINT), int(top * POINT)
    shape.width, shape.height = int(width * POINT), int(height * POINT)


def _inherit(shape: Any) -> None:
    """The place that the master says."""
    for old in shape._element.spPr.findall(qn("a:xfrm")):
        shape._element.spPr.remove(old)


def _styled_as(shape: Any, model: Any) -> None:
    """The style of letters of another shape."""
    style = shape._element.txBody.find(qn("a:lstStyle"))
    style.getparent().replace(style, copy.deepcopy(model._element.txBody.find(qn("a:lstStyle"))))


def _master(master: Any) -> None:
    places = {
        PP_PLACEHOLDER.TITLE: (40, 18, 880, 62),
        PP_PLACEHOLDER.BODY: (40, 98, 880, 396),
        PP_PLACEHOLDER.FOOTER: (40, 508, 640, 20),
        PP_PLACEHOLDER.DATE: (690, 508, 140, 20),
        PP_PLACEHOLDER.SLIDE_NUMBER: (840, 508, 80, 20),
    }
    for shape in master.placeholders:
        kind = _kind(shape)
        _at(shape, *places[kind])
        body = shape._element.txBody.find(qn("a:bodyPr"))
        for side in ("lIns", "rIns"):
            body.set(side, "0")
        for fit in list(body):
            body.remove(fit)
        if kind == PP_PLACEHOLDER.TITLE:
            body.set("anchor", "b")
        for level in shape._element.iter(qn("a:lvl1pPr")):
            level.set("algn", "l" if kind == PP_PLACEHOLDER.FOOTER else "r")
            letters = level.find(qn("a:defRPr"))
            letters.set("sz", "900")
            for old in list(letters):
                letters.remove(old)
            shade = f'<a:solidFill {nsdecls("a")}><a:schemeClr val="tx2"/></a:solidFill>'
            letters.append(parse_xml(shade))
    styles = master._element.find(qn("p:txStyles"))
    title = styles.find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    title.set("algn", "l")
    title.insert(0, parse_xml(f'<a:lnSpc {nsdecls("a")}><a:spcPts val="2700"/></a:lnSpc>'))
    title.find(qn("a:defRPr")).set("sz", "2200")
    title.find(qn("a:defRPr")).set("b", "1")
    for size, level in zip((1600, 1400, 1200, 1200, 1200), styles.find(qn("p:bodyStyle")), strict=False):
        level.find(qn("a:defRPr")).set("sz", str(size))
    rule = master.shapes._element
    rule.insert_element_before(parse_xml(_bar(40, 84, 56, 3, "accent1")), "p:extLst")


def _bar(left: float, top: float, width: float, height: float, shade: str) -> str:
    x, y, cx, cy = (int(each * POINT) for each in (left, top, width, height))
    return (
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="90" name="Rule"/><p:cNvSpPr/><p:nvPr userDrawn="1"/>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{cx}" cy="{cy}"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:schemeClr val="{shade}"/></a:solidFill>'
        "<a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
    )


def _dark(layout: Any, title: tuple[float, ...], size: int, text: tuple[float, ...]) -> None:
    """A layout on dark ground with white letters, without what the master draws."""
    layout._element.set("showMasterSp", "0")
    sheet = layout._element.find(qn("p:cSld"))
    ground = '<p:bgPr><a:solidFill><a:schemeClr val="tx1"/></a:solidFill><a:effectLst/></p:bgPr>'
    sheet.insert(0, parse_xml(f"<p:bg {nsdecls('p', 'a')}>{ground}</p:bg>"))
    for shape in list(layout.placeholders):
        if _kind(shape) in FEET:
            shape._element.getparent().remove(shape._element)
            continue
        is_title = _kind(shape) in TITLES
        _at(shape, *(title if is_title else text))
        body = shape._element.txBody.find(qn("a:bodyPr"))
        body.set("anchor", "b" if is_title else "t")
        style = shape._element.txBody.find(qn("a:lstStyle"))
        for old in list(style):
            style.remove(old)
        pitch = int(size * 1.25) if is_title else 24
        letters = f'sz="{100 * size if is_title else 1600}" b="{int(is_title)}" cap="none"'
        style.append(
            parse_xml(
                f'<a:lvl1pPr {nsdecls("a")} marL="0" indent="0" algn="l"><a:lnSpc><a:spcPts val="{100 * pitch}"/>'
                f"</a:lnSpc><a:buNone/><a:defRPr {letters}><a:solidFill>"
                '<a:schemeClr val="bg1"/></a:solidFill></a:defRPr></a:lvl1pPr>'
            )
        )
    layout.shapes._element.insert_element_before(
        parse_xml(_bar(72, title[1] + title[3] + 5, 72, 4, "accent5")), "p:extLst"
    )


def _best(layouts: list[Any], worth: Any) -> Any:
    """The layout whose kinds of placeholders, feet aside, are worth most; the first of equals."""
    return max(layouts, key=lambda each: worth([_kind(s) for s in each.placeholders if _kind(s) not in FEET]))


def _room(slides: Slides, plain: Any, content: Any) -> Area:
    """Where contents may stand: that of the layout for contents, under the title and above the foot."""
    wide, high = float(slides.slide_width or 0) / POINT, float(slides.slide_height or 0) / POINT
    found = [_place(each) for each in content.placeholders if _kind(each) in TEXTS]
    titles = [_place(each) for each in plain.placeholders if _kind(each) in TITLES]
    feet = [_place(each).top for each in plain.placeholders if _kind(each) in FEET]
    feet = [top for top in feet if top > high / 2]
    top = max([each.bottom + 6 for each in titles if each.top < high / 2] or [high * 0.08])
    bottom = min([*(each - 4 for each in feet), high * 0.96])
    side = found[0] if found else titles[0] if titles else Area(wide * 0.05, 0, wide * 0.9, 0)
    if found and found[0].top >= top:
        top = found[0].top
    return Area(side.left, top, side.width, max(bottom - top, high * 0.3))


def _place(shape: Any) -> Area:
    return Area(*(float(each or 0) / POINT for each in (shape.left, shape.top, shape.width, shape.height)))
