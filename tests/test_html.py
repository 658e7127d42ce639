"""The HTML report: well formed, closed against the case and the network, every picture with its figures."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from kam_expert.case import case_from, load_case, profile_named_in, read_case_file
from kam_expert.commands.diagnose import diagnose_command
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation.how import recommendation_trees
from kam_expert.reports import content, html
from kam_expert.reports.drawings import drawn
from kam_expert.reports.pictures import Schedule, Span
from kam_expert.reports.svg import PALETTE, text_width
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording
from tests.golden_files import check

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
EMPTY = {"meta", "br", "line", "circle", "rect", "path", "polygon"}  # written without an end, or as <x/>
SHAPES = {"circle", "line", "path", "polygon", "rect", "text"}
NAME = "<script>alert(1)</script> \"&' 北方"


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    said: str = ""

    def all(self, tag: str) -> list[Element]:
        return [each for each in self.walk() if each.tag == tag]

    def walk(self) -> list[Element]:
        return [self, *(below for child in self.children for below in child.walk())]

    @property
    def text(self) -> str:
        return " ".join(each.said for each in self.walk() if each.said)


class Reader(HTMLParser):
    """Elements of a page; an end that does not fit what is open fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element("page", {})
        self.open = [self.root]
        self.feed(page)
        self.close()
        assert self.open == [self.root], f"left open: {[each.tag for each in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in EMPTY or ((self.get_starttag_text() or "")[-2:] != "/>" and tag not in {"meta", "br"}):
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].said += " ".join(data.split())


def page_of(diagnosis: Diagnosis, language: str, depth: content.Depth = "full") -> str:
    words = wording(language)
    return html.render([content.document(diagnosis, words, depth, recommendation_trees(diagnosis, words))], words)


@pytest.fixture(scope="module")
def diagnosis(profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    document = read_case_file(CASE)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


@pytest.mark.parametrize("language", languages())
def test_structure(diagnosis: Diagnosis, language: str) -> None:
    """Headings, pictures with their shapes and figures, tables, what unfolds; in the order of reading."""
    lines = []
    for each in Reader(page_of(diagnosis, language)).root.all("main")[0].walk():
        match each.tag:
            case "h1" | "h2" | "h3":
                lines.append(f"{'#' * int(each.tag[1])} {each.text}")
            case "figcaption":
                lines.append(f"  picture: {each.text}")
            case "svg":
                shapes = Counter(below.tag for below in each.walk() if below.tag in SHAPES)
                lines.append(f"    shapes: {', '.join(f'{tag} {count}' for tag, count in sorted(shapes.items()))}")
            case "table":
                headers = [header.text for header in each.all("thead")[0].all("th")]
                lines.append(f"    table of {len(each.all('tbody')[0].all('tr'))}: {' | '.join(headers)}")
            case "details" if each.all("p"):
                lines.append(f"  unfolds: {each.all('summary')[0].text[:60]}")
    check(f"{CASE.stem}.{language}.html.txt", "\n".join(lines) + "\n")


CASES = sorted((ROOT / "cases").glob("*.yaml"))
IN_TURN = [(path, languages()[index % len(languages())]) for index, path in enumerate(CASES)]


@pytest.mark.parametrize(("path", "language"), IN_TURN, ids=[path.stem for path in CASES])
def test_every_case(path: Path, language: str, profiled: Callable[[str | None], Rulebook]) -> None:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    page = page_of(diagnose(case_from(document, book), book), language)
    root = Reader(page).root
    assert "None" not in page and "{}" not in page
    _refers_to_nothing_outside(page, root)
    _can_be_read_aloud(root)
    for drawing in root.all("svg"):
        _stays_on_its_paper(drawing)


def _refers_to_nothing_outside(page: str, root: Element) -> None:
    for element in root.walk():
        assert element.tag not in {"link", "img", "iframe", "object", "embed", "image", "use", "base", "form"}
        assert not {"src", "srcset", "style", "xlink:href"} & set(element.attributes)
        assert not any(name.startswith("on") for name in element.attributes)
        assert element.attributes.get("href", "#").startswith("#")
    style = "".join(each.said for each in root.all("style"))
    assert "url(" not in style and "@import" not in style
    assert not re.search(r"https?:", page)


def _can_be_read_aloud(root: Element) -> None:
    ids = [each.attributes["id"] for each in root.walk() if "id" in each.attributes]
    assert len(set(ids)) == len(ids)
    assert {each.attributes["href"][1:] for each in root.all("a")} <= set(ids)
    assert root.all("html")[0].attributes["lang"] in {"en", "zh-Hans"}
    assert len(root.all("main")) == len(root.all("nav")) == len(root.all("h1")) == 1
    levels = [int(each.tag[1]) for each in root.walk() if each.tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in each.attributes for each in root.all("th"))
    for figure in root.all("figure"):
        (drawing,) = figure.all("svg")
        assert drawing.attributes["role"] == "img" and len(drawing.attributes["aria-label"]) > 10
        (table,) = figure.all("details")[0].all("table")
        assert table.all("tbody")[0].all("tr")
        widths = {len([cell for cell in row.children if cell.tag in {"th", "td"}]) for row in table.all("tr")}
        assert len(widths) == 1


def _stays_on_its_paper(drawing: Element) -> None:
    """No shape leaves the drawing, and every colour has one for the dark or is seen on both grounds."""
    _, _, width, height = (float(each) for each in drawing.attributes["viewbox"].split())
    for each in drawing.walk():
        numbers = {key: float(value) for key, value in each.attributes.items() if key in {"x", "y", "cx", "cy"}}
        for key, value in numbers.items():
            assert -1 <= value <= (width if key.endswith("x") else height) + 1, (each.tag, each.attributes)
        if each.tag == "text" and "transform" not in each.attributes:
            long = text_width(each.text, float(each.attributes["font-size"]))
            part = {"start": 0.0, "middle": 0.5, "end": 1.0}[each.attributes["text-anchor"]]
            left = numbers["x"] - part * long
            assert left >= -2 and left + long <= width + 2, each.text
        if each.tag == "rect":
            assert float(each.attributes["width"]) > 0
            assert numbers["x"] + float(each.attributes["width"]) <= width + 1
        colours = {each.attributes.get(key, "none") for key in ("fill", "stroke")}
        assert colours <= {"none", *PALETTE, *html.IN_THE_DARK}


def test_an_account_cannot_bring_markup(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    quoted = NAME.replace("'", "''")
    path.write_text(
        f"case: odd\naccount: {{name: '{quoted}'}}\nas_of: 2026-10-01\nfacts:\n  account_status: active\n"
        f"  annual_revenue: {{value: 5, source: document, note: '{quoted}'}}\n",
        encoding="utf-8",
    )
    found = diagnose(load_case(path, book), book)
    for language in languages():
        page = page_of(found, language)
        root = Reader(page).root
        assert [each.said for each in root.all("script")] == [" ".join(html.SCRIPT.split())]
        assert " ".join(NAME.split()) in root.all("h1")[0].text
        assert NAME in root.all("main")[0].text.replace("\n", " ")
        assert "<script>alert" not in page


def test_a_name_in_the_drawings_is_text(diagnosis: Diagnosis) -> None:
    day = date(2026, 10, 1)
    shown = Schedule(((NAME, (Span(NAME, day, day, 2),)),), NAME, ((NAME, NAME, day),), day)
    written = drawn(shown, NAME).inside(NAME)
    assert NAME in Reader(written).root.all("svg")[0].attributes["aria-label"]
    assert "<script" not in written and "&lt;script&gt;" in written


def test_brief_and_several_accounts(diagnosis: Diagnosis) -> None:
    words = wording("en")
    brief = content.document(diagnosis, words, "brief")
    root = Reader(html.render([brief, brief], words)).root
    assert len(root.all("article")) == 2 and len(root.all("figure")) == 2
    ids = [each.attributes["id"] for each in root.walk() if "id" in each.attributes]
    assert len(set(ids)) == len(ids)


def test_command(tmp_path: Path) -> None:
    target = tmp_path / "two.html"
    cases = [str(ROOT / "cases" / f"{name}.yaml") for name in ("who-are-they", "turnover-without-profit")]
    done = CliRunner().invoke(diagnose_command, [*cases, "--format", "html", "--lang", "zh", "-o", str(target)])
    assert done.exit_code == 0 and done.output == ""
    root = Reader(target.read_text(encoding="utf-8")).root
    assert len(root.all("article")) == len(root.all("h1")) == 2
    assert root.all("title")[0].text == wording("zh").say("page.accounts", count=2)
