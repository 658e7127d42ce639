"""The documents of a portfolio: slides that say something and show it, names that find room, charts that read cells."""

from __future__ import annotations

import io
import itertools
import random
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from kam_expert.portfolio.portfolio import Portfolio, portfolio_of
from kam_expert.reports import docx, pptx
from kam_expert.reports.document import About, Document, Picture, Section, Table
from kam_expert.reports.office_labels import labelled
from kam_expert.reports.office_style import Sheet
from kam_expert.reports.pictures import Bubble, Bubbles, Compared
from kam_expert.reports.portfolio_content import document as report_of
from kam_expert.reports.portfolio_deck import document as deck_of
from kam_expert.reports.portfolio_findings import PortfolioFindings
from kam_expert.reports.portfolio_pictures import UNNUMBERED, PortfolioPictures
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording
from kam_expert.workbooks.portfolio import workbook
from tests.golden_files import check
from tests.slides import letters_for_every_script, opened, speaks, stands_in_its_place, structure, texts_of
from tests.test_docx import File
from tests.test_portfolio import example, firm, frame_of, named, seen

DAY = date(2026, 11, 1)
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOST_SLIDES = 11  # before the backup, with the cover
LONGEST_TITLE = 170
CELLS = (("A", 75.0, 75.0), ("B", 75.0, 25.0), ("C", 25.0, 75.0), ("D", 25.0, 25.0))


def slides_of(portfolio: Portfolio, language: str) -> Any:
    words = wording(language)
    about = About(words.say("portfolio.name"), DAY, portfolio.book.version)
    return opened(pptx.render([deck_of(portfolio, words)], [about], words))


def two_currencies() -> Portfolio:
    """A firm that sells in two currencies."""
    from dataclasses import replace

    book, cases = firm(40)
    changed = [replace(case, currency="USD" if index % 3 else "CNY") for index, case in enumerate(cases)]
    return portfolio_of(book, frame_of(book, changed))


def one_team() -> Portfolio:
    """A firm whose accounts name no manager."""
    book, cases = firm(40)
    return portfolio_of(book, frame_of(book, [named(case, managed_by=None) for case in cases]))


def saying_nothing(book: Rulebook) -> Portfolio:
    _, cases = firm(3)
    return portfolio_of(book, frame_of(book, [named(case, **dict.fromkeys(case.facts)) for case in cases]))


# ---- slides


@pytest.mark.parametrize("language", languages())
def test_recorded_deck(language: str) -> None:
    found = structure(slides_of(example(), language))
    check(f"portfolio/example.{language}.pptx.txt", re.sub(r"\b[0-9a-f]{12}\b", "VERSION", found))


@pytest.mark.parametrize("language", languages())
def test_recorded_word_file(language: str) -> None:
    words = wording(language)
    about = About(words.say("portfolio.name"), DAY, example().book.version)
    lines = File(docx.render([report_of(example(), words)], [about], words)).lines
    shown = [re.sub(r"\b[0-9a-f]{12}\b", "VERSION", line) for line in lines]
    check(f"portfolio/example.{language}.docx.txt", "\n".join(shown) + "\n")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("portfolio", ["example", "many", "currencies", "one team"])
def test_slides_say_something_and_show_it(portfolio: str, language: str) -> None:
    made: dict[str, Callable[[], Portfolio]] = {"example": example, "currencies": two_currencies, "one team": one_team}
    found = made[portfolio]() if portfolio in made else seen(40)
    words = wording(language)
    names = {
        text
        for key in words.keys
        for text in [words._phrases[key]]
        if key.startswith("portfolio.") and key.endswith(".title")
    }
    slides = slides_of(found, language)
    letters_for_every_script(slides)
    backup = next(
        i for i, s in enumerate(slides.slides) if s.shapes.title.text_frame.text == words.say("portfolio.deck.backup")
    )
    assert 8 <= backup <= MOST_SLIDES
    for index, slide in enumerate(slides.slides):
        title = slide.shapes.title.text_frame.text
        shown = " ".join(texts_of(slide))
        assert title and title not in names and len(title) < LONGEST_TITLE
        assert "None" not in shown and "{" not in shown
        stands_in_its_place(slide, slides)
        speaks(slide)
        if 0 < index < backup:
            assert re.search(r"\d|一", title), title
            assert words.say("deck.continued", title="") not in title, title
            held = sum(len(list(shape.table.rows)) for shape in slide.shapes if shape.has_table)
            held += 5 * sum(shape.has_chart for shape in slide.shapes)
            held += sum(len(s.text_frame.paragraphs) for s in slide.shapes if s.has_text_frame and not s.is_placeholder)
            assert held >= 5, title


@pytest.mark.parametrize("language", languages())
def test_accounts_that_say_nothing_have_a_deck(book: Rulebook, language: str) -> None:
    slides = slides_of(saying_nothing(book), language)
    assert 4 <= len(slides.slides) <= MOST_SLIDES
    for slide in slides.slides:
        assert "None" not in " ".join(texts_of(slide))
        stands_in_its_place(slide, slides)


def test_the_brief_deck_is_the_summary_and_what_stands_out() -> None:
    words = wording("en")
    brief, full = (deck_of(example(), words, brief=each) for each in (True, False))
    titles = [section.title for section in full.sections]
    assert [section.title for section in brief.sections if section.level == 1] == [
        titles[0],
        PortfolioFindings(example(), words).noticed(),
    ]


# ---- sentences


def test_sentences_a_second_time() -> None:
    """The numbers in the titles, counted here once more."""
    portfolio, told = example(), PortfolioFindings(example(), wording("en"))
    values = [place.values for place in portfolio.accounts]
    changes = [
        place.share.hours - float(place.values["hours_per_month"])
        for place in portfolio.accounts
        if place.share.hours is not None and "hours_per_month" in place.values
    ]
    up, down = [c for c in changes if c >= 0.5], [-c for c in changes if c <= -0.5]
    assert f"{sum(up):.5g} hours a month should be added at {len(up)} accounts" in told.moved()
    assert f"{sum(down):.5g} hours freed at {len(down)}" in told.moved()
    lost = [float(v["account_profit"]) for v in values if float(v.get("account_profit", 0)) < 0]
    known = sum("account_profit" in v for v in values)
    assert told.lost(portfolio.currencies[0]).startswith(f"{len(lost)} of {known} accounts lose EUR {-sum(lost):,.0f}")
    cells: Counter[str] = Counter()
    for v in values:
        if "matrix_cell" in v:
            cells[str(v["matrix_cell"])] += int(float(v.get("annual_revenue", 0)))
    cell, sales = cells.most_common(1)[0]
    total = sum(float(v.get("annual_revenue", 0)) for v in values)
    inside = [v for v in values if v.get("matrix_cell") == cell]
    share = round(100 * sales / total, 1)
    assert told.placed().startswith(f"{len(inside)} accounts") and f"{share}% of sales" in told.placed()
    primaries = Counter(place.member.primary for place in portfolio.accounts if place.member.primary)
    assert f"in {max(primaries.values())} of {len(values)} accounts" in told.directed()
    top = portfolio.currencies[0].value("top3_share")
    assert f"The 3 largest accounts make {float(top or 0):.1f}% of sales" in told.concentrated(portfolio.currencies[0])


def test_each_slide_advises_something_else() -> None:
    for portfolio in (example(), seen(40)):
        callouts = [
            block
            for section in deck_of(portfolio, wording("en")).sections
            for block in section.blocks
            if type(block).__name__ == "Callout"
        ]
        assert len(callouts) >= 3 and len(set(callouts)) == len(callouts)


# ---- names and numbers in the matrix


def box(label: Any, bubble: Bubble, sheet: Sheet, edges: tuple[float, ...], radius: float) -> tuple[float, ...]:
    """Where a label stands, computed from the place of its bubble alone."""
    left, top, right, bottom = edges
    wide, high = sheet.width - left - right, sheet.height - top - bottom
    x, y = left + wide * bubble.x / 100, top + high * (1 - bubble.y / 100)
    half, tall = len(label.text) * sheet.small * 0.54 / 2, sheet.small / 2
    across, down = {"right": (1, 0), "left": (-1, 0), "above": (0, -1), "below": (0, 1), "centre": (0, 0)}[label.side]
    x, y = x + across * (radius + half), y + down * (radius + tall)
    return x - half, y - tall, x + half, y + tall


@pytest.mark.parametrize("count", [5, 25, 60])
def test_labels_never_cover_each_other(count: int) -> None:
    chance = random.Random(count)
    bubbles = tuple(
        Bubble(
            f"Account {i:02d}",
            chance.gauss(60, 18) % 100,
            chance.gauss(60, 15) % 100,
            chance.random() ** 3 * 1000,
            None,
            "A",
            number=str(i),
        )
        for i in range(count)
    )
    shown = Bubbles("x", "y", 50, CELLS, bubbles, "sales", "spend")
    sheet, edges = Sheet(560, 330, 11), (50.0, 8.0, 14.0, 70.0)
    found = labelled(shown, sheet, edges, 60)
    assert len(found) >= min(count, 15)
    assert any(not label.numbered for label in found.values())
    largest = max(each.sales or 0 for each in bubbles)
    plot = min(sheet.width - edges[0] - edges[2], sheet.height - edges[1] - edges[3])
    boxes = []
    for bubble, label in found.items():
        assert label.text == (bubble.number if label.numbered else bubble.label)
        radius = 0.125 * plot * ((bubble.sales or 0) / largest) ** 0.5
        boxes.append(box(label, bubble, sheet, edges, radius))
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for left, top, right, bottom in boxes:
        assert left >= edges[0] - 1 and right <= sheet.width - edges[2] + 1 and top >= 0 and bottom <= sheet.height


@pytest.mark.parametrize("count", [40, 200])
def test_every_number_has_its_name_beside_the_matrix(count: int) -> None:
    pictures = PortfolioPictures(seen(count), wording("zh"))
    for currency in pictures.portfolio.currencies:
        picture, key = pictures.matrix(currency).shown, pictures.key(currency)
        assert isinstance(picture, Bubbles)
        numbers = {each.number: each.label for each in picture.bubbles if each.number}
        assert (key is not None) == (len(picture.bubbles) > UNNUMBERED) == bool(numbers)
        if key is not None:
            assert {row[0]: row[1] for row in key.rows} == numbers
            sizes = [max(each.sales or 0, each.spend or 0) for each in picture.bubbles if each.number]
            assert sizes == sorted(sizes, reverse=True)


def test_hours_are_drawn_where_they_change_most() -> None:
    pictures = PortfolioPictures(seen(200), wording("en"))
    picture = pictures.hours_moved()
    assert picture is not None and isinstance(picture.shown, Compared)
    drawn = {name: (now, proposed) for name, (now, proposed) in picture.shown.rows}
    changes = {place.member.account: pictures.change(place) for place in pictures.portfolio.accounts}
    left_out = [abs(change) for name, change in changes.items() if change is not None and name not in drawn]
    assert min(abs((b or 0) - (a or 0)) for a, b in drawn.values()) >= max(left_out) - 0.11
    assert all(changes[name] == pytest.approx((b or 0) - (a or 0), abs=0.11) for name, (a, b) in drawn.items())


# ---- the workbook


def charts_of(content: bytes) -> tuple[dict[str, ET.Element], dict[str, list[list[Any]]]]:
    """The charts of a workbook by the name of their part, and the values of its sheets."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        charts = {name: ET.fromstring(parts.read(name)) for name in sorted(parts.namelist()) if "charts/chart" in name}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return charts, {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def cells(reference: str, sheets: dict[str, list[list[Any]]]) -> list[Any]:
    """The values of a column of cells that a chart refers to."""
    sheet, first, start, last, end = re.fullmatch(r"'?(.+?)'?!\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)", reference).groups()  # type: ignore[union-attr]
    assert first == last
    column = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(first))) - 1
    return [sheets[sheet][row][column] for row in range(int(start) - 1, int(end))]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("count", [0, 40])
def test_charts_of_the_workbook_read_its_cells(count: int, language: str) -> None:
    portfolio, words = seen(count) if count else example(), wording(language)
    content = workbook(portfolio, words)
    charts, sheets = charts_of(content)
    kinds = [
        next(e.tag for e in c.iter() if e.tag.endswith("Chart") and e.tag != f"{CHART}chart") for c in charts.values()
    ]
    assert [kind.removeprefix(CHART) for kind in kinds] == ["bubbleChart", "scatterChart", "barChart"]
    sums: dict[str, float] = {}
    for chart in charts.values():
        for series in chart.iter(f"{CHART}ser"):
            for kind in ("xVal", "yVal", "bubbleSize", "val"):
                for reference in series.findall(f"{CHART}{kind}/{CHART}numRef"):
                    values = cells(reference.findtext(f"{CHART}f") or "", sheets)
                    known = [each for each in values if isinstance(each, int | float)]
                    assert known and all(isinstance(each, int | float) or each == "" for each in values)
                    cached = [float(point.text or "nan") for point in reference.iter(f"{CHART}v")]
                    assert cached == pytest.approx(known)
                    sums[kind] = sums.get(kind, 0.0) + sum(known)
    rows = sheets[words.say("portfolio.sheet.matrix")][1:]
    placed = [p for p in portfolio.accounts if {"attractiveness", "relative_strength"} <= set(p.values)]
    assert sorted(row[2] for row in rows) == sorted(place.member.account for place in placed)
    by_name = {row[2]: row for row in rows}
    for place in placed:
        row = by_name[place.member.account]
        assert (
            row[6] == pytest.approx(place.values["annual_revenue"])
            if "annual_revenue" in place.values
            else row[6] == ""
        )


def test_cumulative_shares_are_formulas_with_their_values() -> None:
    content = workbook(example(), wording("en"))
    _, sheets = charts_of(content)
    rows = sheets["Concentration"][1:]
    sales = [row[3] for row in rows if row[3] != ""]
    assert sales == sorted(sales, reverse=True)
    for index, row in enumerate(rows[: len(sales)], start=1):
        assert row[4] == pytest.approx(100 * sum(sales[:index]) / sum(sales))
    assert [row[4] for row in rows[: len(sales)]] == pytest.approx(
        [point.share for point in example().currencies[0].revenue_curve[1:]]
    )
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        formulas = re.findall(r"<f>([^<]+)</f>", parts.read("xl/worksheets/sheet3.xml").decode())
    assert any("SUMIF" in each for each in formulas) and any("Accounts" in each for each in formulas)


def test_numbers_without_a_point_that_ends_nothing() -> None:
    """Whole numbers have a format without decimals: else Excel shows `21,370,861.`."""
    with zipfile.ZipFile(io.BytesIO(workbook(example(), wording("en")))) as parts:
        assert ".##" not in parts.read("xl/styles.xml").decode()


def test_the_workbook_is_the_same_every_time() -> None:
    first, again = (charts_of(workbook(seen(40), wording("zh"))) for _ in range(2))
    assert first[1] == again[1]
    assert [ET.tostring(each) for each in first[0].values()] == [ET.tostring(each) for each in again[0].values()]


# ---- bars side by side


@pytest.mark.parametrize("amounts", [((3.0, 1.0), (None, 2.0)), ((-3.0, 1.5), (2.0, None)), ((0.0, 0.0),)])
def test_bars_side_by_side_in_every_form(amounts: tuple[tuple[float | None, ...], ...]) -> None:
    from kam_expert.reports.drawings import drawn

    shown = Compared(tuple((f"客户{i}", each) for i, each in enumerate(amounts)), ("今天", "建议"), "小时")
    root = ET.fromstring(drawn(shown, "图", "：").written().encode())
    bars = [
        each
        for each in root.iter("{http://www.w3.org/2000/svg}rect")
        if each.find("{http://www.w3.org/2000/svg}title") is not None
    ]
    known = [amount for row in amounts for amount in row if amount is not None]
    widths = [float(bar.get("width", 0)) for bar in bars[2:]]  # after those of the legend
    assert len(widths) == len(known)
    if any(known):
        scale = max(widths) / max(map(abs, known))
        assert [max(abs(each) * scale, 1.0) for each in known] == pytest.approx(widths, abs=0.02)
    picture = Picture("图", "说明的文字足够长", shown, Table(("a",), (("b",),)))
    about = About("x", DAY)
    slide = opened(pptx.render([Document("D", (Section("T", (picture,)),))], [about], wording("zh"))).slides[1]
    chart = next(shape.chart for shape in slide.shapes if shape.has_chart)
    assert [tuple(series.values) for series in chart.series] == list(zip(*amounts, strict=True))
