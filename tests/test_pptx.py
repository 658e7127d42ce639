"""The review deck as PowerPoint: structure, letters, what stands where, templates, and an office program's view."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.commands.diagnose import diagnose_command
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.documents import deck
from kam_expert.reports import pptx, pptx_tables
from kam_expert.reports.document import About, Bullets, Callout, Document, Picture, Section, Table
from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.refusal import TemplateRefused
from kam_expert.reports.svg import text_width
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording
from tests.golden_files import check
from tests.slides import letters_for_every_script, opened, speaks, stands_in_its_place, structure, texts_of

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
ODD = ("asks-for-alliance", "rebate-question", "turnover-without-profit", "volume-without-profit", "who-are-they")
ALL = sorted((ROOT / "cases").glob("*.yaml"))
CASES = [path for index, path in enumerate(ALL) if index % 5 == 0 or path.stem in ODD]  # each deck takes a second
IN_TURN = [(path, languages()[index % len(languages())]) for index, path in enumerate(CASES)]
MOST = 6  # bullets of a list


def judged(path: Path, profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


@pytest.fixture(scope="module")
def diagnosis(profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    return judged(CASE, profiled)


def deck_of(diagnosis: Diagnosis, language: str, template: Path | None = None) -> bytes:
    about = About(diagnosis.case.name, diagnosis.case.as_of, diagnosis.book.version)
    return pptx.render([deck.document(diagnosis, wording(language))], [about], wording(language), template)


@pytest.mark.parametrize("language", languages())
def test_structure(diagnosis: Diagnosis, language: str) -> None:
    """What stands on each slide, in the order of reading."""
    check(f"{CASE.stem}.{language}.pptx.txt", structure(opened(deck_of(diagnosis, language))))


def test_the_same_bytes_every_time(diagnosis: Diagnosis) -> None:
    first = deck_of(diagnosis, "zh")
    assert first == deck_of(diagnosis, "zh")
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        assert len(set(parts.namelist())) == len(parts.namelist())
    assert opened(first).core_properties.created.date() == diagnosis.case.as_of


@pytest.mark.parametrize(("path", "language"), IN_TURN, ids=[path.stem for path in CASES])
def test_every_case(path: Path, language: str, profiled: Callable[[str | None], Rulebook]) -> None:
    found = judged(path, profiled)
    document = deck.document(found, wording(language))
    _says_little_at_once(document)
    slides = opened(deck_of(found, language))
    assert 8 <= len(slides.slides) <= 32
    letters_for_every_script(slides)
    for slide in slides.slides:
        shown = " ".join(texts_of(slide))
        assert "None" not in shown and "{" not in shown
        assert slide.shapes.title.text_frame.text
        stands_in_its_place(slide, slides)
        speaks(slide)


def _says_little_at_once(document: Document) -> None:
    titles = [section.title for section in document.sections if section.level == 1]
    assert all(len(title) < 170 for title in titles)
    backup = next(
        index for index, section in enumerate(document.sections) if not section.blocks and section.notes[1:] == ()
    )
    for section in document.sections[:backup]:
        for block in section.blocks:
            if isinstance(block, Bullets):
                assert len(block.items) <= MOST, section.title
            if isinstance(block, Table):
                assert len(block.rows) <= MOST + 2, section.title


def test_what_does_not_fit_goes_on(diagnosis: Diagnosis) -> None:
    """Long lists and tables take several slides; nothing of them is lost, and no row is torn."""
    items = tuple((f"item {index} " + "long " * 30, (f"detail {index}",)) for index in range(60))
    rows = tuple((f"row {index}", "words " * 40) for index in range(50))
    section = Section("T", (Bullets(items), Table(("a", "b"), rows), Callout("So what:", "end")))
    about = About("x", diagnosis.case.as_of)
    slides = opened(pptx.render([Document("D", (section,))], [about], wording("en")))
    shown = "\n".join(text for slide in slides.slides for text in texts_of(slide))
    for index in range(60):
        assert f"item {index} " in shown and f"detail {index}" in shown
    assert all(f"row {index}" in shown for index in range(50))
    assert "T (continued)" in shown
    for slide in slides.slides:
        stands_in_its_place(slide, slides)


def test_a_heat_map_is_a_coloured_table(diagnosis: Diagnosis) -> None:
    grades = (Grade("good", "良好", "●", 0), Grade("bad", "不足", "▲", 3), Grade("none", "未知", "?", None))
    cells = (GridCell("good", "张"), GridCell("bad", old=True), GridCell("none"))
    shown = Grid(("采购", "生产", "质量"), (("决策者", (("总经理", cells), ("厂长", cells))),), grades, "需要更新")
    told = Picture("关系热力图", "三种关系", shown, Table(("a",), (("b",),)))
    slides = opened(
        pptx.render([Document("D", (Section("T", (told,)),))], [About("x", diagnosis.case.as_of)], wording("zh"))
    )
    table = next(shape.table for shape in slides.slides[1].shapes if shape.has_table)
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts[0] == ["", "采购", "生产", "质量"] and texts[2] == ["总经理", "● 张", "▲ *", "?"]
    assert table.cell(1, 0).is_merge_origin
    fills = {table.cell(2, index).fill.fore_color.rgb for index in (1, 2, 3)}
    assert len(fills) == 3
    assert "* 需要更新" in " ".join(texts_of(slides.slides[1]))
    stands_in_its_place(slides.slides[1], slides)


def test_a_large_heat_map_takes_several_slides(diagnosis: Diagnosis) -> None:
    """Split by rows and by columns: every cell stands once, none below its slide, no word of a header is torn."""
    grades = (Grade("bad", "不足", "▲", 3), Grade("none", "未知", "?", None))
    names = tuple(f"Department{index:02}" for index in range(20))
    rows = tuple(
        (f"row {row:02}", tuple(GridCell("bad", f"{row}/{place}") for place in range(20))) for row in range(70)
    )
    shown = Grid(names, (("one", rows[:30]), ("", ()), ("two", rows[30:])), grades)
    told = Picture("map", "told", shown, Table(("a",), (("b",),)))
    document = Document("D", (Section("T", (told,)),))
    slides = opened(pptx.render([document], [About("x", diagnosis.case.as_of)], wording("en")))
    cells = []
    for slide in list(slides.slides)[1:]:
        stands_in_its_place(slide, slides)
        (table,) = (shape.table for shape in slide.shapes if shape.has_table)
        legend = next(shape for shape in slide.shapes if shape.name == "Legend")
        frame = next(shape for shape in slide.shapes if shape.has_table)
        assert frame.top + sum(row.height for row in table.rows) <= legend.top
        widest = max(text_width(name, 9.5) for name in names)
        assert all(column.width / 12700 > widest for column in table.columns)
        cells += [cell.text for row in table.rows for cell in row.cells if "/" in cell.text]
    assert sorted(cells) == sorted(f"▲ {row}/{place}" for row in range(70) for place in range(20))


def test_no_word_of_a_table_is_torn_where_it_has_room() -> None:
    table = Table(("Score", "Known", "Meaning"), (("Readiness", "unknown", "long words " * 40), ("MWM", "1,025%", "")))
    for width in (260.0, 420.0, 880.0):
        for found in (pptx_tables.fitted(table, width, 300), pptx_tables.readable(table, width)):
            assert sum(found.columns) == pytest.approx(width) and min(found.columns) > 0
            for row in (table.headers, *table.rows):
                for text, wide in zip(row, found.columns, strict=True):
                    bold = 1.2 if row is table.headers else 1.0
                    for word in text.split():
                        assert pptx_tables.longest_word(word, found.size * bold) <= wide - 2 * pptx_tables.SIDE + 0.1
    narrow = pptx_tables.at_size(table, 90, 11)
    assert sum(narrow.columns) == pytest.approx(90) and min(narrow.columns) > 10


def test_a_very_long_note_is_cut_where_it_is_seen(diagnosis: Diagnosis) -> None:
    section = Section("T", (Table(("a", "b"), (("row 0", "备注" * 1000), ("row 1", "short"))),))
    slides = opened(pptx.render([Document("D", (section,))], [About("x", diagnosis.case.as_of)], wording("zh")))
    (table,) = (shape.table for slide in slides.slides for shape in slide.shapes if shape.has_table)
    assert table.cell(1, 1).text.endswith("备…") or table.cell(1, 1).text.endswith("注…")
    assert table.cell(2, 1).text == "short"
    for slide in slides.slides:
        stands_in_its_place(slide, slides)


def clients(path: Path, *, kind: str = "presentation") -> Path:
    """A client's file: 4:3, an example slide, a placeholder in the master split over two runs, no Chinese typeface."""
    slides: Any = Presentation()
    slides.slides.add_slide(slides.slide_layouts[1]).shapes.title.text = "EXAMPLE"
    master = slides.slide_masters[0]
    text = "<a:r xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'><a:t>{}</a:t></a:r>"
    footer = next(each for each in master.placeholders if each.placeholder_format.type == PP_PLACEHOLDER.FOOTER)
    body = footer._element.txBody.find(qn("a:p"))
    for part in ("Board of {{acc", "ount}} on {{ 日期 }}, {{other}}"):
        body.insert(0 if part[0] == "B" else 1, parse_xml(text.format(part)))
    slides.save(str(path))
    if kind == "template":
        with zipfile.ZipFile(path) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        with zipfile.ZipFile(path, "w") as new:
            for name, content in parts.items():
                new.writestr(
                    name, content.replace(b"presentationml.presentation.main", b"presentationml.template.main")
                )
    return path


@pytest.mark.parametrize("kind", ["presentation", "template"])
def test_a_clients_template(diagnosis: Diagnosis, tmp_path: Path, kind: str) -> None:
    template = clients(tmp_path / "ours.pptx", kind=kind)
    content = deck_of(diagnosis, "zh", template)
    assert content == deck_of(diagnosis, "zh", template)
    slides = opened(content)
    usual = Presentation()
    assert (slides.slide_width, slides.slide_height) == (usual.slide_width, usual.slide_height)
    assert [each.name for each in slides.slide_layouts] == [each.name for each in usual.slide_layouts]
    assert slides.slides[0].shapes.title.text == "EXAMPLE"  # what the client wrote stays
    assert slides.slides[1].slide_layout.name == "Title Slide"
    assert {slide.slide_layout.name for slide in list(slides.slides)[1:]} == {
        "Title Slide",
        "Title Only",
        "Section Header",
    }
    day = diagnosis.case.as_of.isoformat()
    master = slides.slide_masters[0]._element
    assert f"Board of 北方饮料 on {day}, {{{{other}}}}" in "".join(each.text or "" for each in master.iter(qn("a:t")))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b'<a:ea typeface=""/>' not in parts.read("ppt/theme/theme1.xml")
        numbers = [name for name in parts.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    assert len(numbers) == len(slides.slides)
    for slide in list(slides.slides)[1:]:
        stands_in_its_place(slide, slides)


@pytest.mark.parametrize(("report", "title"), [("{{report}}", "{{account}}"), ("{{ 报告 }}", "{{title}}"), ("", "")])
def test_the_slides_of_a_template_stay(diagnosis: Diagnosis, tmp_path: Path, report: str, title: str) -> None:
    """They are filled in, with tables and notes; ours stand where the report is asked for, else behind them."""
    slides: Any = Presentation()
    cover = slides.slides.add_slide(slides.slide_layouts[0])
    cover.shapes.title.text = f"For {title}"
    cover.placeholders[1].text = "{{DATE}} {{other}}"
    cover.notes_slide.notes_text_frame.text = "by {{rulebook}}"
    frame = cover.shapes.add_table(1, 1, 0, 0, 99999, 99999)
    frame.table.cell(0, 0).text = "{{客户}}"
    if report:
        place = slides.slides.add_slide(slides.slide_layouts[5])
        place.shapes.title.text = report
        place.notes_slide.notes_text_frame.text = "note of the place"
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "Contact us"
    template = tmp_path / "client.pptx"
    slides.save(str(template))
    content = deck_of(diagnosis, "en", template)
    found = list(opened(content).slides)
    name, day = diagnosis.case.name, diagnosis.case.as_of.isoformat()
    assert found[0].notes_slide.notes_text_frame.text == f"by {diagnosis.book.version}"
    assert next(shape.table.cell(0, 0).text for shape in found[0].shapes if shape.has_table) == name
    assert found[0].placeholders[1].text == f"{day} {{{{other}}}}"
    titles = [slide.shapes.title.text for slide in found]
    alone = deck.document(diagnosis, wording("en"))
    ours = [alone.title, *(section.title for section in alone.sections if section.level == 1)]
    if title == "{{title}}":
        assert titles[0] == f"For {ours.pop(0)}"  # the client's slide says it, so ours is left out
    after = [each for each in titles[1:] if "(continued)" not in each]
    assert after == ([*ours, "Contact us"] if report else ["Contact us", *ours])
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert len(set(parts.namelist())) == len(parts.namelist())
        files = [each for each in parts.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", each)]
    assert len(files) == len(found)


def test_two_places_for_the_report_are_refused(diagnosis: Diagnosis, tmp_path: Path) -> None:
    slides: Any = Presentation()
    for _ in range(2):
        slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "{{report}}"
    slides.save(str(tmp_path / "two.pptx"))
    with pytest.raises(TemplateRefused) as refused:
        deck_of(diagnosis, "en", tmp_path / "two.pptx")
    assert "More than one slide" in wording("en").word(refused.value.why)


@pytest.mark.parametrize("language", languages())
def test_templates_that_cannot_serve(language: str, tmp_path: Path) -> None:
    broken = clients(tmp_path / "broken.pptx")
    with zipfile.ZipFile(broken) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(broken, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content[: len(content) // 2] if name == "ppt/presentation.xml" else content)
    (tmp_path / "text.pptx").write_text("not slides", encoding="utf-8")
    (tmp_path / "old.pptx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with zipfile.ZipFile(tmp_path / "zip.pptx", "w") as other:
        other.writestr("a.txt", "a")
    expected = {
        "broken.pptx": "damaged",
        "text.pptx": "not_slides",
        "zip.pptx": "not_slides",
        "old.pptx": "old_or_locked",
        "none.pptx": "not_found",
    }
    words = wording(language)
    for name, reason in expected.items():
        template, target = tmp_path / name, tmp_path / "out.pptx"
        asked = ["--format", "pptx", "--lang", language, "--template", str(template), "-o", str(target)]
        done = CliRunner().invoke(diagnose_command, [str(CASE), *asked])
        assert done.exit_code == 2 and not target.exists()
        assert done.output.strip() == words.say(f"phrase.deck.{reason}", file=template)


def test_a_name_that_says_another_format_is_refused(tmp_path: Path) -> None:
    for language in languages():
        for format_, name in (("docx", "x.pdf"), ("pptx", "x.PPT"), ("html", "x.docx"), ("text", "x.xlsx")):
            target = tmp_path / name
            asked = ["--format", format_, "--lang", language, "-o", str(target)]
            done = CliRunner().invoke(diagnose_command, [str(CASE), *asked])
            assert done.exit_code == 2 and not target.exists() and name in done.output
    for name in ("plain", "notes.md", "v1.2"):
        done = CliRunner().invoke(diagnose_command, [str(CASE), "--depth", "brief", "-o", str(tmp_path / name)])
        assert done.exit_code == 0, done.output


def test_properties_and_a_long_name_at_the_foot(diagnosis: Diagnosis) -> None:
    """What the file says of itself is true; a name too long for the foot of a slide is cut where it is seen."""
    about = About("客户名称" * 60, diagnosis.case.as_of)
    content = pptx.render([Document("D", (Section("T", (Bullets((("a", ()),)),)),))], [about], wording("zh"))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        told = parts.read("docProps/app.xml").decode()
    assert "<Slides>2</Slides>" in told and "Widescreen" in told and "Macintosh" not in told
    foot = next(s for s in opened(content).slides[1].placeholders if s.placeholder_format.type == PP_PLACEHOLDER.FOOTER)
    assert foot.text_frame.text.endswith("…") and text_width(foot.text_frame.text, 9) < foot.width / 12700


def test_command(tmp_path: Path) -> None:
    cases = [str(ROOT / "cases" / f"{name}.yaml") for name in ("who-are-they", "turnover-without-profit")]
    refused = CliRunner().invoke(diagnose_command, [*cases, "--format", "pptx", "--lang", "en"])
    assert refused.exit_code == 2 and refused.output.strip() == wording("en").say("output_needed")
    target = tmp_path / "two.pptx"
    done = CliRunner().invoke(diagnose_command, [*cases, "--format", "pptx", "--lang", "zh", "-o", str(target)])
    assert done.exit_code == 0 and done.output == ""
    covers = [s for s in Presentation(str(target)).slides if s.slide_layout.name == "Title Slide"]
    assert len(covers) == 2


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None or shutil.which("pdftotext") is None, reason="no office program")
@pytest.mark.parametrize("language", languages())
def test_an_office_program_reads_it(diagnosis: Diagnosis, language: str, tmp_path: Path) -> None:
    """As many pages as slides, the texts of slides and charts in them, and Chinese letters from a Chinese typeface."""
    source = tmp_path / "deck.pptx"
    source.write_bytes(deck_of(diagnosis, language))
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    pdf = str(tmp_path / "deck.pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    slides = opened(source.read_bytes()).slides
    assert text.count("\f") == len(slides)
    plain = re.sub(r"\s", "", text)
    assert diagnosis.case.name in plain
    for slide in slides:
        assert re.sub(r"\s", "", slide.shapes.title.text_frame.text) in plain
        for shape in slide.shapes:
            if shape.has_chart and shape.chart.chart_type.name == "BAR_STACKED":
                first = str(next(iter(shape.chart.plots[0].categories)))
                assert re.sub(r"\s", "", first)[:6] in plain
    fonts = subprocess.run(["pdffonts", pdf], check=True, capture_output=True, timeout=60).stdout.decode()
    assert re.search(r"CJK|Hei|Song|Ming|Kai", fonts)
