"""Word files: what stands in them, the same bytes each time, Chinese letters everywhere, a client's template kept."""

from __future__ import annotations

import io
import itertools
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import docx as word
import pytest
from click.testing import CliRunner
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import RGBColor

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.commands.diagnose import diagnose_command
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation.how import recommendation_trees
from kam_expert.reports import content, docx
from kam_expert.reports.document import (
    About,
    Block,
    Branch,
    Bullets,
    Callout,
    Document,
    Pairs,
    Paragraph,
    Picture,
    Section,
    Table,
    Tree,
)
from kam_expert.reports.docx_tables import column_widths
from kam_expert.reports.docx_template import NAMES, OURS
from kam_expert.reports.docx_xml import NAMESPACES, name_of
from kam_expert.reports.pictures import Bar, Bars, Grade, Grid, GridCell
from kam_expert.reports.refusal import TemplateRefused
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording
from tests.golden_files import check

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
CASES = sorted((ROOT / "cases").glob("*.yaml"))
IN_TURN = [(path, languages()[index % len(languages())]) for index, path in enumerate(CASES)]
JAPANESE = re.compile(r"Mincho|Gothic|Meiryo|ＭＳ|游|明朝|ゴシック")
ODD = "<w:p/> & \"'\x0b {{title}} ]]> 北方\U0001f600"
DAY = date(2026, 10, 1)
FIGURES = Table(("Line", "Points"), (("one", "1"),))

# The order in which the schema of WordprocessingML wants the children of an element; only those that may occur here.
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore numPr pBdr shd tabs snapToGrid spacing ind jc outlineLvl sectPr",
    "rPr": "rStyle rFonts b bCs i color sz szCs u lang",
    "tblPr": "tblStyle tblW tblInd tblBorders tblLayout tblCellMar tblLook",
    "trPr": "cantSplit tblHeader",
    "tcPr": "tcW gridSpan tcBorders shd",
    "sectPr": "headerReference footerReference pgSz pgMar cols titlePg",
    "style": "name basedOn next uiPriority semiHidden unhideWhenUsed qFormat pPr rPr tblPr tblStylePr",
    "lvl": "start numFmt pStyle lvlText lvlJc pPr rPr",
    "abstractNum": "nsid multiLevelType tmpl lvl",
    "numbering": "abstractNum num",
    "settings": "zoom defaultTabStop characterSpacingControl compat themeFontLang decimalSymbol listSeparator",
}


class File:
    """A Word file as it was written."""

    def __init__(self, written: bytes) -> None:
        self.package = zipfile.ZipFile(io.BytesIO(written))
        self.word = word.Document(io.BytesIO(written))
        self.body: BaseOxmlElement = self.word.element.body
        self.styles = {each.style_id: each.name or "" for each in self.word.styles}

    def all(self, name: str) -> list[BaseOxmlElement]:
        return list(self.body.iter(name_of(name)))

    def values(self, name: str, attribute: str = "w:val") -> list[str]:
        return [each.get(name_of(attribute)) or "" for each in self.all(name)]

    @property
    def parts(self) -> dict[str, str]:
        """All parts that are XML."""
        names = [name for name in self.package.namelist() if name.endswith((".xml", ".rels"))]
        return {name: self.package.read(name).decode() for name in names}

    @property
    def lines(self) -> list[str]:
        """What stands in it: styles and texts, tables by their headers, charts by their kind."""
        found = []
        for each in self.body.iter(name_of("w:p"), name_of("w:tbl"), name_of("c:chart")):
            if each.tag == name_of("w:tbl"):
                rows = each.findall(name_of("w:tr"))
                header = rows[0].find(f".//{name_of('w:tblHeader')}") is not None
                cells = [said(cell) for cell in rows[0].iter(name_of("w:tc"))] if header else []
                named = next((value.get(name_of("w:val")) for value in each.iter(name_of("w:tblStyle"))), "")
                style = self.styles.get(named or "", "Normal Table")
                found.append(f"  {style} of {len(rows) - header}: {' | '.join(cells)}".rstrip(": "))
            elif each.tag == name_of("c:chart"):
                part = self.word.part.related_parts[each.get(name_of("r:id")) or ""]
                (kind, *_) = re.findall(rb"<c:(\w+Chart)>", part.blob)
                found.append(f"  chart: {kind.decode()}")
            elif not any(above.tag == name_of("w:tbl") for above in each.iterancestors()) and said(each):
                style = next((value.get(name_of("w:val")) for value in each.iter(name_of("w:pStyle"))), "Normal")
                codes = [" ".join((code.text or "").split()) for code in each.iter(name_of("w:instrText"))]
                shown = "".join(f" [{code}]" for code in codes)
                found.append(f"{self.styles[style or '']}: {said(each)[:70]}{shown}")
        return found


def said(element: BaseOxmlElement) -> str:
    return "".join(each.text or "" for each in element.iter(name_of("w:t"))).strip()


def about(diagnosis: Diagnosis) -> About:
    return About(diagnosis.case.name, diagnosis.case.as_of, diagnosis.book.version)


def of_case(path: Path, profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


def file_of(diagnosis: Diagnosis, language: str, template: Path | None = None) -> bytes:
    words = wording(language)
    document = content.document(diagnosis, words, "full", recommendation_trees(diagnosis, words))
    return docx.render([document], [about(diagnosis)], words, template)


def written(*blocks: Block, language: str = "en", template: Path | None = None) -> File:
    document = Document("Title", (Section("Section", blocks),))
    return File(docx.render([document], [About("Account", DAY, "r1")], wording(language), template))


@pytest.fixture(scope="module")
def diagnosis(profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    return of_case(CASE, profiled)


@pytest.mark.parametrize("language", languages())
def test_structure(diagnosis: Diagnosis, language: str) -> None:
    """Headings, contents, captions with their fields, tables and charts, in the order of reading."""
    lines = File(file_of(diagnosis, language)).lines
    shown = [re.sub(r"\b[0-9a-f]{12}\b", "VERSION", line) for line in lines]
    check(f"{CASE.stem}.{language}.docx.txt", "\n".join(shown) + "\n")


@pytest.mark.parametrize(("path", "language"), IN_TURN, ids=[path.stem for path in CASES])
def test_every_case(path: Path, language: str, profiled: Callable[[str | None], Rulebook]) -> None:
    file = File(file_of(of_case(path, profiled), language))
    _is_whole(file)
    _has_chinese_letters_everywhere(file)
    texts = " ".join(file.lines)
    assert "None" not in texts and "{" not in texts


def _is_whole(file: File) -> None:
    """All that is referred to is there, nothing is named twice, every element stands where the schema wants it."""
    assert set(file.values("w:pStyle")) | set(file.values("w:tblStyle")) | set(file.values("w:rStyle")) <= set(
        file.styles
    )
    names, numbers = file.values("w:bookmarkStart", "w:name"), file.values("w:bookmarkStart", "w:id")
    assert len(set(names)) == len(names) and len(set(numbers)) == len(numbers)
    assert sorted(numbers) == sorted(file.values("w:bookmarkEnd", "w:id"))
    assert set(file.values("w:hyperlink", "w:anchor")) <= set(names)
    lists = file.word.part.numbering_part.element.findall(name_of("w:num"))
    assert set(file.values("w:numId")) <= {"0", *(each.get(name_of("w:numId")) for each in lists)}
    pictures = list(file.body.iter(name_of("wp:docPr")))
    assert len({each.get("id") for each in pictures}) == len(pictures)
    assert all(len(each.get("descr") or "") > 10 for each in pictures)
    for chart in file.all("c:chart"):
        part = file.word.part.related_parts[chart.get(name_of("r:id")) or ""]
        (workbook,) = part.rels.values()
        assert zipfile.ZipFile(io.BytesIO(workbook.target_part.blob)).testzip() is None
    fields = file.values("w:fldChar", "w:fldCharType")
    assert fields.count("begin") == fields.count("separate") == fields.count("end")
    headings = [file.styles[style] for style in file.values("w:pStyle") if file.styles[style].startswith("Heading")]
    levels = [int(name[-1]) for name in headings]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    _has_tables_that_break_well(file)
    for name, part in file.parts.items():
        if name.startswith("word/") and "/charts/" not in name and not name.endswith(".rels"):
            _keeps_the_order(parse_xml(part.encode()))


def _has_tables_that_break_well(file: File) -> None:
    for each in file.all("w:tbl"):
        widths = [int(column.get(name_of("w:w")) or 0) for column in each.iter(name_of("w:gridCol"))]
        assert sum(widths) == docx.A4_ROOM and min(widths) > 300
        for row in each.findall(name_of("w:tr")):
            assert row.find(f".//{name_of('w:cantSplit')}") is not None
            spans = sum(int(span.get(name_of("w:val")) or 1) - 1 for span in row.iter(name_of("w:gridSpan")))
            assert len(row.findall(name_of("w:tc"))) + spans == len(widths)


def _keeps_the_order(root: BaseOxmlElement) -> None:
    for element in root.iter():
        order = ORDERS.get(str(element.tag).rsplit("}", maxsplit=1)[-1], "").split()
        if order and str(element.tag).startswith(f"{{{NAMESPACES['w']}}}"):
            children = [str(child.tag).rsplit("}", maxsplit=1)[-1] for child in element]
            places = [order.index(child) for child in children if child != "docDefaults"]
            assert places == sorted(places), (element.tag, children)


def _has_chinese_letters_everywhere(file: File) -> None:
    """Each run is written in an East Asian face of Simplified Chinese, by its style, the defaults and the theme."""
    fonts = file.word.styles.element.find(f"{name_of('w:docDefaults')}//{name_of('w:rFonts')}")
    assert fonts is not None and fonts.get(name_of("w:eastAsiaTheme")) == "minorEastAsia"
    theme = file.parts["word/theme/theme1.xml"]
    assert re.findall(r'<a:ea typeface="([^"]*)"', theme) == ["Microsoft YaHei"] * 2
    for name, part in file.parts.items():
        assert not JAPANESE.search(part), name
        faces = set(re.findall(r'w:eastAsia="([^"]*)"', part))
        assert faces <= {"Microsoft YaHei", "zh-CN"}, name
        for found in re.findall(r"<w:rFonts[^>]*>", part):
            assert "w:eastAsia" in found or "w:hint" in found, name
    languages_told = set(re.findall(r"<w:lang [^>]*>", file.parts["word/styles.xml"]))
    assert all('w:eastAsia="zh-CN"' in each for each in languages_told) and languages_told


def test_same_bytes(diagnosis: Diagnosis, tmp_path: Path) -> None:
    first = file_of(diagnosis, "zh")
    assert first == file_of(diagnosis, "zh")
    file = File(first)
    assert {part.date_time for part in file.package.infolist()} == {(2026, 10, 1, 0, 0, 0)}
    properties = file.word.core_properties
    assert properties.created == properties.modified and properties.created is not None
    assert properties.created.date() == diagnosis.case.as_of
    assert properties.subject == diagnosis.case.name and properties.title.startswith(diagnosis.case.name)
    assert diagnosis.book.version in properties.keywords and properties.language == "zh-CN"
    template = tmp_path / "client.docx"
    client().save(str(template))
    assert file_of(diagnosis, "en", template) == file_of(diagnosis, "en", template)


def test_blocks() -> None:
    grades = (Grade("good", "in hand", "●", 0), Grade("unknown", "not known", "?", None))
    cells = (GridCell("good", "since May", old=True), GridCell("unknown"))
    shown = Grid(("Quality", "Sales"), (("Buying", (("Li", cells),)),), grades, "wants renewing")
    bars = Bars((Bar("reason", (("reason", 2),), "+2"),), "for", "against")
    file = written(
        Paragraph("first line\nsecond line"),
        Bullets((("head", ("detail",)), ("alone", ()))),
        Bullets((("one", ()),), numbered=True),
        Bullets((("one again", ()),), numbered=True),
        FIGURES,
        Table(("empty",), ()),
        Pairs((("label", "value"),)),
        Tree((Branch("root", ("why",), (Branch("below", (), tuple(Branch(f"leaf {n}") for n in range(2))),)),)),
        Callout("So what:", "act"),
        Picture("Heat map", "one of two is known", shown, FIGURES),
        Picture("Reasons", "two points for it", bars, FIGURES),
    )
    _is_whole(file)
    assert file.lines[3:] == [
        "Normal: first linesecond line",
        "List Bullet: head",
        "List Continue: detail",
        "List Bullet: alone",
        "List Number: one",
        "List Number: one again",
        "Caption: Table 1. Section [SEQ Table \\* ARABIC]",
        "  Report Table of 1: Line | Points",
        "  Report Pairs of 1",
        "Report Tree: root",
        "Report Tree Detail: why",
        "Report Tree: below",
        "Report Tree: leaf 0",
        "Report Tree: leaf 1",
        "Report Callout: So what: act",
        "  Report Grid of 2:  | Quality | Sales",
        "Report Note: ● in hand; ? not known; * and dashed rim: wants renewing",
        "Caption: Figure 1. Heat map [SEQ Figure \\* ARABIC]",
        "  chart: barChart",
        "Caption: Figure 2. Reasons [SEQ Figure \\* ARABIC]",
    ]
    assert len(file.all("w:br")) == 2  # within a paragraph, and between the mark of a cell and its note
    numbers = [number for number in file.values("w:numId") if number not in {"0", "1", "2", "3", "4"}]
    assert len(set(numbers)) == 2  # the second list counts from 1 again
    assert len([each for each in file.all("w:shd") if each.get(name_of("w:fill")) == "9BCBB5"]) == 1


def test_contents_are_right_before_they_are_updated(diagnosis: Diagnosis) -> None:
    """Each entry says the number and text of the heading that it leads to; no page is named, so that none is wrong."""
    file = File(file_of(diagnosis, "zh"))
    headings: dict[str, str] = {}
    counts = [0, 0, 0]
    for each in file.all("w:p"):
        style = next((value.get(name_of("w:val")) for value in each.iter(name_of("w:pStyle"))), "")
        if (style or "").startswith("Heading"):
            level = int((style or "")[-1])
            counts = [*counts[: level - 1], counts[level - 1] + 1, *[0] * (3 - level)]
            (anchor,) = (mark.get(name_of("w:name")) for mark in each.iter(name_of("w:bookmarkStart")))
            headings[anchor or ""] = ".".join(map(str, counts[:level])) + said(each)
    entries = {each.get(name_of("w:anchor")): said(each) for each in file.all("w:hyperlink")}
    assert entries == headings and len(entries) > 20
    codes = [code.text or "" for code in file.all("w:instrText")]
    assert [code for code in codes if "TOC" in code and r"\n" in code] and not any("PAGEREF" in code for code in codes)
    settings = file.parts["word/settings.xml"]
    assert "updateFields" not in settings and "w:dirty" not in file.parts["word/document.xml"]


def test_a_plan_is_counted_once(diagnosis: Diagnosis) -> None:
    """Numbers that titles bring along are Word's; what has none, such as an appendix, is not counted."""
    titles = [*(f"{number}. Chapter" for number in range(1, 9)), "Appendix A: 2026", "Appendix B"]
    document = Document("Plan", tuple(Section(title, ()) for title in titles))
    file = File(docx.render([document], [about(diagnosis)], wording("en")))
    found = [line.partition(": ")[2] for line in file.lines if line.startswith("Heading")]
    assert found == ["Chapter"] * 8 + titles[-2:]
    assert [said(each) for each in file.all("w:hyperlink")][7:] == ["8Chapter", *titles[-2:]]
    assert file.values("w:numId") == ["0", "0"]


def test_several_accounts(diagnosis: Diagnosis) -> None:
    words = wording("en")
    document = content.document(diagnosis, words, "full")
    file = File(docx.render([document, document], [about(diagnosis)] * 2, words))
    _is_whole(file)
    assert len([line for line in file.lines if line.startswith("Title")]) == 2
    bookmarks = set(file.values("w:bookmarkStart", "w:name"))
    within = [match[1] for code in file.all("w:instrText") if (match := re.search(r"\\b (\w+)", code.text or ""))]
    assert len(within) == len(set(within)) == 2 and set(within) <= bookmarks
    assert file.word.core_properties.title == words.say("page.accounts", count=2)


def test_an_account_cannot_bring_markup() -> None:
    document = Document(ODD, (Section(ODD, (Paragraph(ODD), Table((ODD,), ((ODD,),)), Pairs(((ODD, ODD),)))),))
    file = File(docx.render([document], [About(ODD, DAY)], wording("zh")))
    legal = ODD.replace("\x0b", "")
    assert file.lines[0] == f"Title: {legal}"
    assert legal in "".join(said(part) for part in file.word.sections[0].header._element.iter(name_of("w:p")))


@pytest.mark.parametrize("count", range(1, 9))
def test_columns_fill_the_page(count: int) -> None:
    dice = random.Random(count)
    rows = [["词" * dice.randint(0, 40) + "word " * dice.randint(0, 9) for _ in range(count)] for _ in range(6)]
    for room in (9412, 4000):
        widths = column_widths(rows, room)
        assert len(widths) == count and sum(widths) == room and min(widths) > 0


def test_a_long_note_leaves_room_for_the_other_columns() -> None:
    rows = [
        ["事实", "数值", "备注"],
        ["续约月数 and words", "九个月", "备注文字" * 500],
        *[["年销售额", "120 万元", "短"]] * 4,
    ]
    widths = column_widths(rows, 9412)
    assert widths[0] > 1000 and widths[1] > 900 and widths[2] < 7400
    file = written(Table(tuple(rows[0]), tuple(tuple(row) for row in rows[1:])))
    whole = [row.find(name_of("w:trPr")) is not None for row in file.all("w:tr")]
    assert whole == [True, False, True, True, True, True]  # the tall row may go on on the next page
    kept = [bool(list(row.iter(name_of("w:keepNext")))) for row in file.all("w:tr")]
    assert kept[:3] == [True, False, False]


def test_a_wide_heat_map_goes_on_below_and_old_cells_are_seen() -> None:
    """No column is narrower than its words; an old cell has a sign, and its neighbours draw the same edge."""
    grades = (Grade("good", "in hand", "●", 0),)
    names = tuple(f"Product{index:02}" for index in range(20))
    rows = tuple(
        (f"row {row}", tuple(GridCell("good", "", (row, place) == (1, 1)) for place in range(20))) for row in (0, 1)
    )
    file = written(Picture("Heat map", "told", Grid(names, (("", rows),), grades, "old"), FIGURES))
    grids = file.all("w:tbl")
    assert len(grids) > 1
    headers = [said(cell) for grid in grids for cell in next(grid.iter(name_of("w:tr"))).iter(name_of("w:p"))]
    assert [each for each in headers if each] == list(names)
    for grid in grids:
        _, *widths = (int(each.get(name_of("w:w"))) for each in grid.iter(name_of("w:gridCol")))
        assert min(widths) > 9 * 104
    edges = {
        (row, place): [edge.tag.rpartition("}")[2] for edge in cell.iter() if edge.get(name_of("w:val")) == "dashed"]
        for row, line in enumerate(list(grids[0].iter(name_of("w:tr")))[1:])
        for place, cell in enumerate(list(line.iter(name_of("w:tc")))[1:])
    }
    assert {where: found for where, found in edges.items() if found} == {
        (0, 1): ["bottom"],
        (1, 0): ["right"],
        (1, 1): ["top", "left", "bottom", "right"],
        (1, 2): ["left"],
    }
    assert "●*" in [said(each) for each in grids[0].iter(name_of("w:p"))]


def test_a_long_name_stays_one_line_in_the_margin() -> None:
    name = "客户名称" * 60
    file = File(docx.render([Document("D", (Section("T", (Paragraph("x"),)),))], [About(name, DAY)], wording("zh")))
    header = "".join(said(part) for part in file.word.sections[0].header._element.iter(name_of("w:p")))
    assert "客户名称客户" in header and "…" in header and len(header) < 60
    assert any(name in said(part) for part in file.all("w:p"))  # whole below the title


def test_tables_of_one_section_are_called_differently() -> None:
    one, other = (
        Table(("Strengths", "Weaknesses", "x"), (("a", "b", "c"),)),
        Table(("Chances", "Threats"), (("a", "b"),)),
    )
    captions = [line for line in written(one, other, one).lines if line.startswith("Caption")]
    assert captions == [
        "Caption: Table 1. Section: Strengths, Weaknesses [SEQ Table \\* ARABIC]",
        "Caption: Table 2. Section: Chances, Threats [SEQ Table \\* ARABIC]",
        "Caption: Table 3. Section: Strengths, Weaknesses (continued) [SEQ Table \\* ARABIC]",
    ]
    assert [line for line in written(one).lines if line.startswith("Caption")] == [
        "Caption: Table 1. Section [SEQ Table \\* ARABIC]"
    ]


# a client's template


def client() -> word.document.Document:
    """A template as a client has it: its own heading, placeholders split as Word does, in all kinds of places."""
    made = word.Document()
    made.styles["Heading 1"].font.color.rgb = RGBColor(0x8B, 0, 0)
    header = made.sections[0].header.paragraphs[0]
    for text in ("ACME  ", "{{acc", "ount}", "}"):
        header.add_run(text)
    made.sections[0].footer.paragraphs[0].add_run("{{ Date }} / {{规则库}}")
    title = made.add_paragraph()
    for text in ("“", "{", "{ti", "tle}} and {{account}}", "”"):
        title.add_run(text)
    made.add_table(1, 1).cell(0, 0).paragraphs[0].add_run("{{account}}")
    place = made.add_paragraph()
    for text in ("{{rep", "ort}}"):
        place.add_run(text)
    made.add_paragraph("Thank you.")
    return made


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "client.docx"
    client().save(str(path))
    return path


@pytest.mark.parametrize("language", languages())
def test_a_clients_template(diagnosis: Diagnosis, language: str, template: Path) -> None:
    before = template.read_bytes()
    file = File(file_of(diagnosis, language, template))
    assert template.read_bytes() == before
    name, title = diagnosis.case.name, content.document(diagnosis, wording(language), "full").title
    assert said(file.word.sections[0].header._element) == f"ACME  {name}"
    assert said(file.word.sections[0].footer._element).endswith(f" / {diagnosis.book.version}")
    assert file.lines[0] == f"Normal: {f'“{title} and {name}”'[:70]}"
    assert said(file.all("w:tbl")[0]) == name and file.lines[-1] == "Normal: Thank you."
    assert not any(line.startswith("Title:") for line in file.lines)
    heading = file.word.styles["Heading 1"]
    assert heading.font.color.rgb == RGBColor(0x8B, 0, 0)
    assert {"Report Table", "Report Callout", "Report Tree"} <= set(file.styles.values())
    used = set(file.values("w:numId"))
    lists = file.word.part.numbering_part.element
    assert used <= {each.get(name_of("w:numId")) for each in lists.findall(name_of("w:num"))}
    kinds = [str(each.tag) for each in lists]
    assert kinds == sorted(kinds, key=[name_of("w:abstractNum"), name_of("w:num")].index)
    assert "stylesWithEffects" not in file.parts["word/_rels/document.xml.rels"]


def test_a_letterhead_and_a_dotx(tmp_path: Path) -> None:
    letterhead = word.Document()
    letterhead.sections[0].header.paragraphs[0].add_run("ACME")
    path, dotx = tmp_path / "letterhead.docx", tmp_path / "letterhead.dotx"
    letterhead.save(str(path))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(dotx, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"document.main+xml", b"template.main+xml"))
    for template in (path, dotx):
        file = written(Paragraph("all"), template=template)
        assert file.lines[-1] == "Normal: all" and "Title: Title" in file.lines


def saved(path: Path, *paragraphs: str) -> None:
    made = word.Document()
    for each in paragraphs:
        made.add_paragraph(each)
    made.save(str(path))


def in_a_table(path: Path) -> None:
    made = word.Document()
    made.add_table(1, 1).cell(0, 0).text = "{{report}}"
    made.save(str(path))


def with_macros(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "application/vnd.ms-word.document.macroEnabled.main+xml")


REFUSED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "not_found": ("There is no template", lambda path: None),
    "not_word": ("is not a Word file", lambda path: path.write_bytes(b"%PDF-1.7")),
    "empty": ("is not a Word file", lambda path: path.write_bytes(b"")),
    "old": ("Word 2003", lambda path: path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512)),
    "macros": ("macros", with_macros),
    "damaged": ("is damaged", lambda path: path.write_bytes(b"PK\x03\x04 and nothing more")),
    "unknown": ("{{acount}}, which is not known; the nearest is", lambda path: saved(path, "{{report}}", "{{acount}}")),
    "in the text": ("has to stand alone", lambda path: saved(path, "Here: {{report}}")),
    "in a table": ("has to stand alone", in_a_table),
    "none": ("does not say where", lambda path: saved(path, "Dear client")),
    "twice": ("more than once", lambda path: saved(path, "{{report}}", "{{report}}")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_templates_that_cannot_be_used(kind: str, tmp_path: Path) -> None:
    said_in_english, make = REFUSED[kind]
    path = tmp_path / "template.docx"
    make(path)
    before = path.read_bytes() if path.exists() else b""
    for language in languages():
        target = tmp_path / "out.docx"
        options = ["--format", "docx", "--template", str(path), "--lang", language, "-o", str(target)]
        done = CliRunner().invoke(diagnose_command, [str(CASE), *options])
        assert done.exit_code == 2 and not target.exists(), done.output
        assert str(path) in done.output and done.output.count("\n") == 1
        if language == "en":
            assert said_in_english in done.output
        else:
            assert re.search(r"[一-龥]{4}", done.output)
        if kind == "unknown":
            assert all(f"{{{{{name}}}}}" in done.output for name in NAMES)
    assert (path.read_bytes() if path.exists() else b"") == before


def test_damage_is_never_a_traceback(template: Path, tmp_path: Path) -> None:
    """Whatever befalls the bytes of a template, it is used or refused."""
    whole, dice, refused = template.read_bytes(), random.Random(7), 0
    parts = {each.filename: zipfile.ZipFile(template).read(each) for each in zipfile.ZipFile(template).infolist()}
    damaged = [whole[: dice.randrange(len(whole))] for _ in range(5)]
    for _ in range(15):
        broken = bytearray(whole)
        broken[dice.randrange(len(broken))] ^= 0xFF
        damaged.append(bytes(broken))
    for name in parts:  # a part left out, or empty
        damaged += [
            _packed({key: part for key, part in parts.items() if key != name}),
            _packed({**parts, name: b"<a/>"}),
        ]
    for each in damaged:
        path = tmp_path / "damaged.docx"
        path.write_bytes(each)
        try:
            written(Paragraph("text"), Bullets((("a", ()),)), template=path)
        except TemplateRefused:
            refused += 1
    assert 5 <= refused < len(damaged)


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return out.getvalue()


# the command


def test_command(tmp_path: Path, template: Path) -> None:
    target = tmp_path / "two.docx"
    cases = [str(ROOT / "cases" / f"{name}.yaml") for name in ("who-are-they", "turnover-without-profit")]
    run = CliRunner().invoke
    done = run(diagnose_command, [*cases, "--format", "docx", "--lang", "zh", "-o", str(target)])
    assert done.exit_code == 0 and done.output == ""
    assert len([line for line in File(target.read_bytes()).lines if line.startswith("Title")]) == 2
    assert run(diagnose_command, [*cases, "--format", "docx"]).exit_code == 2
    assert run(diagnose_command, [*cases, "--template", str(template)]).exit_code == 2
    before = template.read_bytes()
    options = ["--format", "docx", "--template", str(template), "-o", str(template)]
    assert run(diagnose_command, [*cases, *options]).exit_code == 2
    assert template.read_bytes() == before


def test_a_killed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "plan.docx"
    target.write_bytes(b"the old plan")

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kam_expert.writing.os.fsync", killed)
    done = CliRunner().invoke(diagnose_command, [str(CASE), "--format", "docx", "-o", str(target)])
    assert done.exit_code != 0
    assert target.read_bytes() == b"the old plan" and list(tmp_path.iterdir()) == [target]


# in the programs that open it


@pytest.mark.slow
@pytest.mark.parametrize("language", languages())
def test_laid_out_by_an_office_program(diagnosis: Diagnosis, language: str, tmp_path: Path) -> None:
    """LibreOffice shows every heading, Chinese letters are embedded, and the length is that of a report."""
    if not all(shutil.which(program) for program in ("soffice", "pdftotext", "pdffonts", "pdfinfo")):
        pytest.skip("LibreOffice and poppler are not installed")
    path = tmp_path / "report.docx"
    path.write_bytes(file_of(diagnosis, language))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    _said("soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path))
    pdf = str(path.with_suffix(".pdf"))
    text = "".join(_said("pdftotext", pdf, "-").split())
    for section in content.document(diagnosis, wording(language), "full").sections:
        assert "".join(section.title.split()) in text
    fonts = [line for line in _said("pdffonts", pdf).splitlines() if "CJK" in line or "YaHei" in line]
    assert fonts and all(" yes " in line for line in fonts)
    pages = int(next(line for line in _said("pdfinfo", pdf).splitlines() if line.startswith("Pages")).split()[1])
    assert 15 <= pages <= 40


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", timeout=180).stdout


@pytest.mark.slow
def test_valid_by_the_rules_of_the_open_xml_sdk(diagnosis: Diagnosis, template: Path, tmp_path: Path) -> None:
    audit = pytest.importorskip("openxml_audit")
    for language, used in itertools.product(languages(), (None, template)):
        path = tmp_path / "report.docx"
        path.write_bytes(file_of(diagnosis, language, used))
        found = audit.OpenXmlValidator().validate(path)
        others = [str(error) for error in found.errors if "definition '0'" not in str(error)]  # 0 means: in no list
        assert others == []


def test_our_template_can_be_read_in_a_diff() -> None:
    text = OURS.read_text(encoding="utf-8")
    assert len(text.splitlines()) > 300 and not JAPANESE.search(text)
