"""Pictures in Word as native charts: a part of the file with a workbook behind it, to be edited there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from docx.document import Document as Word
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from kam_expert.reports.docx_blocks import Chart
from kam_expert.reports.office_charts import WORKBOOK, native
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
from kam_expert.reports.text import columns

LETTERS = 9.0  # the size of letters in a chart, in points: that of a table
LINE = 16.5  # of a bar with its name
AROUND = 52.0  # an axis with its title, and a legend
WIDE = 30  # a name of more columns takes a second line
TALLEST = 620.0  # a chart and its caption fit a page


@dataclass
class Charts:
    """The charts of one file. `room`: between the margins, in points."""

    word: Word
    room: float
    language: str
    _count: int = field(default=0)

    def added(self, shown: Shown) -> Chart | None:
        """The picture as a chart of the file; None where it has no such form."""
        made = native(shown, Face(language=self.language), Sheet(self.room, _height(shown, self.room), LETTERS))
        package = self.word.part.package
        if made is None or package is None:
            return None
        self._count += 1
        workbook = Part(self._place("embeddings/report_chart", "xlsx"), CONTENT_TYPE.SML_SHEET, made.workbook, package)
        chart = Part(self._place("charts/report_chart", "xml"), CONTENT_TYPE.DML_CHART, made.chart_xml, package)
        chart.rels.add_relationship(RELATIONSHIP_TYPE.PACKAGE, workbook, WORKBOOK)
        return Chart(self.word.part.relate_to(chart, RELATIONSHIP_TYPE.CHART), made.width, made.height)

    def _place(self, name: str, ending: str) -> PackURI:
        """A part with a name that no part of a template has."""
        return PackURI(f"/word/{name}{self._count}.{ending}")


def _height(shown: Shown, width: float) -> float:
    """So much that every line of the picture has room."""
    match shown:
        case Matrix() | Curve():
            height = width * 0.44
        case Radar() | Bubbles():
            height = width * 0.56
        case Bars(bars):
            height = AROUND + LINE * len(bars)
        case Compared(rows, series):
            height = AROUND + LINE * max(1.0, 0.5 * len(series) + 0.4) * len(rows)
        case Tornado(swings):
            height = AROUND + LINE * (1.9 if _wide(swing.label for swing in swings) else 1.6) * len(swings)
        case Schedule(groups, _, gates):
            labels = [span.label for _, spans in groups for span in spans] + [label for _, label, _ in gates]
            height = AROUND + LINE * (1.4 if _wide(labels) else 1) * len(labels)
        case Bridge():
            height = width * 0.38
        case Grid():
            height = width
    return min(height, TALLEST)


def _wide(labels: Iterable[str]) -> bool:
    """Whether names take a second line."""
    return any(columns(label) > WIDE for label in labels)
