"""How a native chart is dressed: letters, lines, fills, labels, the room of its plot. All in points and fractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pptx.chart.chart import Chart
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_LINE, MSO_PATTERN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Pt

from kam_expert.reports.svg import GRID, GROUND, INK, PALE, text_width
from kam_expert.reports.text import wrap

LEAST = 9.0  # no letter of a chart is smaller


@dataclass(frozen=True)
class Face:
    """The typefaces of a document: for Latin letters, for East Asian ones, and the code of its language."""

    latin: str = "Arial"
    east_asian: str = "Microsoft YaHei"
    language: str = "en-US"


@dataclass(frozen=True)
class Sheet:
    """The room that a chart has, in points, and its usual size of letters."""

    width: float
    height: float
    size: float = 11.0

    @property
    def small(self) -> float:
        return max(LEAST, self.size - 2)


def colour(hexadecimal: str) -> RGBColor:
    found: RGBColor = RGBColor.from_string(hexadecimal.lstrip("#").upper())
    return found


def lines(text: str, room: float, size: float) -> str:
    """A text broken so that no line is wider than the room."""
    return "\n".join(wrap(text, max(6, int(room / text_width("x", size)))))


def plot_within(chart: Chart, sheet: Sheet, left: float, top: float, right: float, bottom: float) -> None:
    """The plot between the axes, as far from each edge as said in points."""
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    x, y = left / sheet.width, top / sheet.height
    w, h = 1 - x - right / sheet.width, 1 - y - bottom / sheet.height
    numbers = "".join(f'<c:{name} val="{value:.4f}"/>' for name, value in (("x", x), ("y", y), ("w", w), ("h", h)))
    area.insert(
        0,
        parse_xml(
            f"<c:layout {nsdecls('c')}><c:manualLayout>"
            '<c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
            f"{numbers}</c:manualLayout></c:layout>"
        ),
    )


def legend(chart: Chart, sheet: Sheet, shown: set[int] | None = None) -> None:
    """A legend at the foot with only the series at these places, else with all.

    A series without a name and a look is not seen in it: of lying bars nothing is taken out, for programs disagree
    on the order in which these are counted.
    """
    chart.has_legend = True
    found: Any = chart.legend
    found.position = XL_LEGEND_POSITION.BOTTOM
    found.include_in_layout = False
    found.font.size = Pt(sheet.small)
    position = found._element.find(qn("c:legendPos"))
    for index in reversed(range(len(list(chart.series)))):
        if shown is not None and index not in shown:
            position.addnext(
                parse_xml(f'<c:legendEntry {nsdecls("c")}><c:idx val="{index}"/><c:delete val="1"/></c:legendEntry>')
            )


def scale(
    axis: Any,
    sheet: Sheet,
    *,
    title: str = "",
    low: float | None = 0,
    high: float | None = 100,
    unit: float | None = None,
    grid: bool = True,
    number: str = "General",
) -> None:
    """An axis of numbers between two ends, with pale lines."""
    if low is not None:
        axis.minimum_scale = low
    if high is not None:
        axis.maximum_scale = high
    if unit is not None:
        axis.major_unit = unit
    axis.has_major_gridlines = grid
    if grid:
        stroke(axis.major_gridlines.format.line, GRID, 0.5)
    axis.major_tick_mark = XL_TICK_MARK.NONE
    axis.minor_tick_mark = XL_TICK_MARK.NONE
    stroke(axis.format.line, GRID, 0.75)
    axis.tick_labels.font.size = Pt(sheet.small)
    axis.tick_labels.font.color.rgb = colour(PALE)
    axis.tick_labels.number_format = number
    axis.tick_labels.number_format_is_linked = False
    if title:
        axis.has_title = True
        frame = axis.axis_title.text_frame
        frame.text = title
        for paragraph in frame.paragraphs:
            _dress(paragraph.runs[0].font, sheet.size, INK, bold=False)
    else:
        axis.has_title = False


def categories(axis: Any, sheet: Sheet, *, from_the_top: bool = False) -> None:
    """An axis of names; `from_the_top`: the first one stands above."""
    axis.major_tick_mark = XL_TICK_MARK.NONE
    axis.minor_tick_mark = XL_TICK_MARK.NONE
    axis.has_major_gridlines = False
    axis.has_title = False
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis.reverse_order = from_the_top
    axis.tick_labels.font.size = Pt(sheet.size)
    axis.tick_labels.font.color.rgb = colour(INK)
    stroke(axis.format.line, INK, 1)
    skip = axis._element.find(qn("c:tickLblSkip"))
    if skip is None:  # no name is left out for want of room
        after = axis._element.find(qn("c:noMultiLvlLbl"))
        after.addprevious(parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="1"/>'))


def without_ticks(axis: Any) -> None:
    """Nothing of the axis is seen but its title."""
    axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    axis.format.line.fill.background()


def at_the_foot(axis: Any) -> None:
    """The axis of numbers below, although the names run from the top."""
    crossing = axis._element.find(qn("c:crosses"))
    if crossing is not None:
        crossing.set("val", "max")


def crossed_at(axis: Any, value: float) -> None:
    """The line of this axis stands at a value of the other one; its numbers stay at the edge."""
    for old in (*axis._element.findall(qn("c:crosses")), *axis._element.findall(qn("c:crossesAt"))):
        old.addnext(parse_xml(f'<c:crossesAt {nsdecls("c")} val="{value:g}"/>'))
        axis._element.remove(old)
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    stroke(axis.format.line, INK, 1.25)


def stroke(line: Any, shade: str, width: float, *, dashed: bool = False) -> None:
    line.color.rgb = colour(shade)
    line.width = Pt(width)
    if dashed:
        line.dash_style = MSO_LINE.DASH


def filled(series: Any, shade: str) -> None:
    """A solid fill with a white rim, so that neighbours are told apart."""
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = colour(shade)
    stroke(series.format.line, GROUND, 1)


def hatched(series: Any, shade: str) -> None:
    """Lines across a white ground and a rim: seen as another thing also without colour."""
    fill = series.format.fill
    fill.patterned()
    fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
    fill.fore_color.rgb = colour(shade)
    fill.back_color.rgb = colour(GROUND)
    stroke(series.format.line, shade, 1)


def unseen(series: Any) -> None:
    """A series that only holds room."""
    series.format.fill.background()
    series.format.line.fill.background()


def line_only(series: Any, shade: str, width: float, *, dashed: bool = False) -> None:
    stroke(series.format.line, shade, width, dashed=dashed)
    series.marker.style = XL_MARKER_STYLE.NONE
    series.smooth = False


def mark_only(series: Any) -> None:
    """No line between the points."""
    series.format.line.fill.background()


def marked(series: Any, style: XL_MARKER_STYLE, size: int, shade: str, *, hollow: bool = False) -> None:
    series.marker.style = style
    series.marker.size = size
    fill = series.marker.format.fill
    fill.solid()
    fill.fore_color.rgb = colour(GROUND if hollow else shade)
    stroke(series.marker.format.line, shade if hollow else GROUND, 1.5 if hollow else 1)


def say_at(
    series: Any,
    index: int,
    text: str,
    position: XL_LABEL_POSITION | None,
    size: float,
    *,
    shade: str = INK,
    bold: bool = False,
) -> None:
    """A label of its own beside one point; it may have several lines."""
    label = series.points[index].data_label
    frame = label.text_frame
    frame.text = text
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            _dress(run.font, size, shade, bold=bold)
    if position is not None:
        label.position = position


def arrow(series: Any) -> None:
    """The line of a series ends in an arrow head."""
    line = series.format.line._get_or_add_ln()
    line.append(parse_xml(f'<a:tailEnd {nsdecls("a")} type="triangle" w="med" len="med"/>'))


def _dress(font: Any, size: float, shade: str, *, bold: bool) -> None:
    font.size = Pt(size)
    font.bold = bold
    font.color.rgb = colour(shade)
