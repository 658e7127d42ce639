"""Native charts: the values of the pictures, letters for every script, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.chart import Chart
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from kam_expert.reports.office_charts import WORKBOOK, native, placed
from kam_expert.reports.office_style import LEAST, Face, Sheet
from kam_expert.reports.pictures import (
    Axis,
    Bar,
    Bars,
    Bridge,
    Bubble,
    Bubbles,
    Curve,
    Grid,
    Matrix,
    Radar,
    Schedule,
    Shown,
    Span,
    Step,
    Swing,
    Tornado,
)

FACE, SHEET = Face(language="zh-CN"), Sheet(640, 400, 11)
CELLS = (("战略型", 75.0, 75.0), ("维系型", 75.0, 25.0), ("争取型", 25.0, 75.0), ("精简型", 25.0, 25.0))
DAY = date(2026, 10, 1)
SHOWN: tuple[Shown, ...] = (
    Matrix(Axis("实力", 71, 50, 5), Axis("吸引力", 57, 50, 5), "北方饮料", CELLS, "临界区间", (78, 70), "目标"),
    Radar((("甲", 57, "57"), ("乙", None, "未知"), ("丙", 44, "44")), 50, "现在", (60, None, 50), "目标"),
    Bars((Bar("防守", (("a", 3), ("b", 2), ("c", -1)), "5 − 1 = 4"), Bar("联盟", (("d", -2),), "−2")), "支持", "反对"),
    Schedule((("防守", (Span("走访", DAY, date(2026, 12, 1)),)),), "节点", (("G0", "定案", date(2026, 11, 1)),), DAY),
    Tornado((Swing("招标", -3, 4, "18 个月", "3 个月"), Swing("信任", -2, -1, "1", "5")), 1, "领先", "换战略"),
    Bridge(
        (Step("现在", 420, "420 万元", "base"), Step("流失", -60, "−60", "step"), Step("缺口", 30, "30", "gap")), "元"
    ),
    Bubbles(
        "实力", "吸引力", 50, CELLS, (Bubble("甲", 30, 67, 2, 6, "A"), Bubble("乙", 60, 20, None, None, "B")), "x", "y"
    ),
    Curve((("销售", ((0, 0), (10, 40), (100, 100))),), "客户", "销售"),
)
IDS = [type(each).__name__ for each in SHOWN]


def test_a_grid_is_no_chart() -> None:
    assert native(Grid((), (), ()), FACE, SHEET) is None


@pytest.mark.parametrize("shown", SHOWN, ids=IDS)
def test_letters_bytes_and_parts(shown: Shown) -> None:
    found = native(shown, FACE, SHEET)
    assert found is not None and found == native(shown, FACE, SHEET)
    space = parse_xml(found.chart_xml)
    assert space.find(qn("c:externalData")).get(qn("r:id")) == WORKBOOK
    assert space.find(qn("c:roundedCorners")).get("val") == "0"
    properties = [each for name in ("a:rPr", "a:defRPr") for each in space.iter(qn(name))]
    assert properties
    for each in properties:
        assert each.find(qn("a:ea")).get("typeface") == FACE.east_asian
        assert each.get("sz") is None or int(each.get("sz")) >= 100 * LEAST
    for run in space.iter(qn("a:r")):
        assert run.rPr.find(qn("a:ea")) is not None
    with zipfile.ZipFile(io.BytesIO(found.workbook)) as book:
        assert {part.date_time[0] for part in book.infolist()} == {1980}
        assert b"1980-01-01T00:00:00Z" in book.read("docProps/core.xml")


def values_of(shown: Shown) -> list[tuple[str, tuple[float | None, ...]]]:
    found = native(shown, FACE, SHEET)
    assert found is not None
    return [(each.name, tuple(each.values)) for each in Chart(parse_xml(found.chart_xml), None).series]


def test_values_are_those_of_the_pictures() -> None:
    matrix, radar, bars, schedule, tornado, bridge, bubbles, curve = (dict(values_of(each)) for each in SHOWN)
    assert matrix["北方饮料"] == (57,) and matrix["目标"] == (57, 70) and matrix["实力"] == (0, 100)
    assert radar["现在"] == (57, None, 44) and radar["目标"] == (60, None, 50) and radar["50"] == (50, 50, 50)
    assert bars["支持 1"] == (3, None) and bars["支持 2"] == (2, None) and bars["反对 1"] == (-1, -2)
    assert schedule["防守"] == (61, None) and schedule[" "] == (46296, 46327)  # days since 1899-12-30
    pieces = [sum(value or 0 for value in row) for row in zip(*tornado.values(), strict=True)]
    assert pieces == [4 - 3, -2]  # both ends of the first, the far end of the second
    assert bridge[" "] == (0, 360, 360) and bridge["−"] == (None, 60, None) and bridge["缺口"] == (None, None, 30)
    assert bubbles["y"] == (67,) and bubbles["A"] == (67,)
    assert curve["销售"] == (0, 40, 100)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_longest_series_of_bubbles_stands_first(count: int) -> None:
    """LibreOffice leaves out what stands before it; the names of the quarters are in no legend."""
    bubbles = tuple(
        Bubble(f"客户{i}", 5.0 * i, 7.0 * i, 10 + i, 20 + i if i % 2 else None, "AB"[i % 2]) for i in range(count)
    )
    shown = Bubbles("实力", "吸引力", 50, CELLS, bubbles, "销售", "采购")
    found = values_of(shown)
    assert [len(values) for _, values in found] == sorted((len(values) for _, values in found), reverse=True)
    made = native(shown, FACE, SHEET)
    assert made is not None
    deleted = [int(each.find(qn("c:idx")).get("val")) for each in parse_xml(made.chart_xml).iter(qn("c:legendEntry"))]
    assert [found[index][0] for index in deleted] == [" "]


def test_a_long_name_is_broken() -> None:
    long = "一位很难见到面的经济决策者需要由高层亲自登门拜访并且说明来意" * 2
    found = native(Bars((Bar(long, (("a", 1),), "1"),), "支持", "反对"), FACE, SHEET)
    assert found is not None
    shown = next(each.text for each in parse_xml(found.chart_xml).iter(qn("c:v")) if long[:4] in (each.text or ""))
    assert shown.replace("\n", "") == long and max(map(len, shown.split("\n"))) * 11 < SHEET.width / 2


def test_a_very_long_account_name_leaves_the_matrix_to_be_seen() -> None:
    matrix = SHOWN[0]
    assert isinstance(matrix, Matrix)
    named = replace(matrix, account="客户名称" * 40)
    found = native(named, FACE, SHEET)
    assert found is not None
    texts = [each.text or "" for each in parse_xml(found.chart_xml).iter(qn("c:v"), qn("a:t"))]
    said = [text for text in texts if "客户名称" in text]
    assert said and all("…" in text and len(text) <= 25 for text in said)


def test_on_a_slide_it_can_be_edited() -> None:
    presentation = Presentation()
    for shown in SHOWN:
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        chart = native(shown, FACE, SHEET)
        assert chart is not None
        frame = placed(slide, chart, 0, 0, "图", "读给看不见的人")
        assert frame.has_chart
        assert frame._element.nvGraphicFramePr.cNvPr.get("descr") == "读给看不见的人"
        part: Any = frame.chart.part
        assert part.chart_workbook.xlsx_part.blob == chart.workbook
    out = io.BytesIO()
    presentation.save(out)
    with zipfile.ZipFile(out) as parts:
        names = [re.sub(r"\d+", "", name) for name in parts.namelist()]
    assert names.count("ppt/charts/chart.xml") == len(SHOWN) == names.count("ppt/embeddings/Microsoft_Excel_Sheet.xlsx")
