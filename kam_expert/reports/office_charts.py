"""Pictures as native charts of office programs: the chart with the workbook behind it, to be edited there.

The same values as the drawings of the HTML report, in the same colours. `native` makes the parts of a file, for
whichever format embeds them; `placed` puts them on a slide.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pptx.chart.chart import Chart
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.parts.chart import ChartPart
from pptx.util import Emu, Pt

from kam_expert.reports import office_bars, office_points
from kam_expert.reports.office_style import Face, Sheet
from kam_expert.reports.pictures import (
    Bars,
    Bridge,
    Bubbles,
    Compared,
    Curve,
    Grid,
    Matrix,
    Radar,
    Schedule,
    Shown,
    Tornado,
)

if TYPE_CHECKING:
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.slide import Slide

WORKBOOK = "rId1"  # the relationship from the chart to its workbook
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every part of a file, so that equal contents are equal bytes
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")


@dataclass(frozen=True)
class NativeChart:
    """A chart part and its workbook. The part refers to the workbook by the relationship `WORKBOOK`.

    `width`, `height`: the room in points that it was laid out for.
    """

    chart_xml: bytes
    workbook: bytes
    width: float
    height: float


def native(shown: Shown, face: Face, sheet: Sheet) -> NativeChart | None:
    """The chart of a picture; None for what is shown as a table instead."""
    match shown:
        case Matrix():
            made = office_points.matrix(shown, sheet)
        case Radar():
            made = office_points.radar(shown, sheet)
        case Bubbles():
            made = office_points.bubbles(shown, sheet)
        case Curve():
            made = office_points.curve(shown, sheet)
        case Compared():
            made = office_bars.compared(shown, sheet)
        case Bars():
            made = office_bars.bars(shown, sheet)
        case Schedule():
            made = office_bars.schedule(shown, sheet)
        case Tornado():
            made = office_bars.tornado(shown, sheet)
        case Bridge():
            made = office_bars.bridge(shown, sheet)
        case Grid():
            return None
    kind, data, dress = made
    space: Any = parse_xml(data.xml_bytes(kind))
    chart = Chart(space, None)
    chart.has_title = False
    chart.font.size = Pt(sheet.size)
    dress(chart)
    _finish(space, face)
    _to_the_schema(space)
    space.get_or_add_externalData().rId = WORKBOOK
    return NativeChart(serialize_part_xml(space), settled(data.xlsx_blob), sheet.width, sheet.height)


def placed(slide: Slide, chart: NativeChart, left: int, top: int, name: str, told: str) -> GraphicFrame:
    """The chart on a slide at its own size. `told`: what a reader hears who does not see it."""
    package = slide.part.package
    name_of_part = package.next_partname(ChartPart.partname_template)
    part = ChartPart.load(name_of_part, CONTENT_TYPE.DML_CHART, package, chart.chart_xml)
    part._element.remove(part._element.find(qn("c:externalData")))
    part.chart_workbook.update_from_xlsx_blob(chart.workbook)
    relation = slide.part.relate_to(part, RELATION.CHART)
    size = (Emu(int(Pt(chart.width))), Emu(int(Pt(chart.height))))
    shapes: Any = slide.shapes
    frame: Any = shapes._shape_factory(shapes._add_chart_graphicFrame(relation, Emu(left), Emu(top), *size))
    frame.name = name
    frame._element.nvGraphicFramePr.cNvPr.set("descr", told)
    found: GraphicFrame = frame
    return found


def settled(package: bytes, *, keep_dates: bool = False) -> bytes:
    """A file of parts without the time at which it was made; `keep_dates`: those in its properties are meant."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "docProps/core.xml" and not keep_dates:
                content = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", content)
            info = zipfile.ZipInfo(part.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3
            new.writestr(info, content)
    return out.getvalue()


def _finish(space: Any, face: Face) -> None:
    """No frame and no ground, square corners, and a typeface for every letter, Chinese ones too."""
    for old in space.findall(qn("c:roundedCorners")):
        space.remove(old)
    space.insert(
        int(space.find(qn("c:date1904")) is not None), parse_xml(f'<c:roundedCorners {nsdecls("c")} val="0"/>')
    )
    bare = f"<c:spPr {nsdecls('c', 'a')}><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
    space.find(qn("c:chart")).addnext(parse_xml(bare))
    for run in space.iter(qn("a:r")):
        run.get_or_add_rPr()
    for name in ("a:rPr", "a:defRPr", "a:endParaRPr"):
        for properties in space.iter(qn(name)):
            lettered(properties, face)


def lettered(properties: Any, face: Face) -> None:
    """Both typefaces and the language in the properties of a run."""
    for tag in ("a:latin", "a:ea", "a:cs"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    properties.set("lang", face.language)
    before = [each for each in properties if each.tag in _BEFORE_FONTS]
    place = properties.index(before[-1]) + 1 if before else 0
    for offset, (tag, typeface) in enumerate((("a:latin", face.latin), ("a:ea", face.east_asian))):
        properties.insert(place + offset, parse_xml(f'<{tag} {nsdecls("a")} typeface="{typeface}"/>'))


_BEFORE_FONTS = frozenset(
    qn(f"a:{name}")
    for name in (
        "ln",
        "noFill",
        "solidFill",
        "gradFill",
        "blipFill",
        "pattFill",
        "grpFill",
        "effectLst",
        "effectDag",
        "highlight",
        "uLnTx",
        "uLn",
        "uFillTx",
        "uFill",
    )
)


def _to_the_schema(space: Any) -> None:
    """What python-pptx writes beside the schema: axes numbered below zero, and lines of a radar called smooth."""
    for each in space.iter(qn("c:axId"), qn("c:crossAx")):
        each.set("val", str(abs(int(each.get("val")))))  # LibreOffice takes all above 2**31 for one
    for radar in space.iter(qn("c:radarChart")):
        for smooth in list(radar.iter(qn("c:smooth"))):
            smooth.getparent().remove(smooth)
