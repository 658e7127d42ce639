"""The HTML report: well formed, closed against the case and the network, every picture with its figures."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from kam_expert.case import case_from, load_case, profile_named_in, read_case_file
from kam_expert.commands.diagnose import diagnose_command
from kam_expert.commands.portfolio import portfolio_command
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation.how import recommendation_trees
from kam_expert.explanation.sensitivity import sensitivity
from kam_expert.reports import content, html
from kam_expert.reports.drawings import drawn
from kam_expert.reports.pictures import Schedule, Span
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording
from tests.golden_files import check
from tests.pages import Element, Reader
from tests.test_drawings import names_lie_apart, stays_on_its_paper

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
SHAPES = {"circle", "line", "path", "polygon", "rect", "text"}
NAME = "<script>alert(1)</script> \"&' 北方"


def page_of(diagnosis: Diagnosis, language: str, depth: content.Depth = "full") -> str:
    words = wording(language)
    more = (*recommendation_trees(diagnosis, words), *sensitivity(diagnosis).sections(words))
    return html.render([content.document(diagnosis, words, depth, more)], words)


def structure(page: str) -> str:
    """Headings, pictures with their shapes and figures, tables, what unfolds; in the order of reading."""
    lines = []
    for each in Reader(page).root.all("main")[0].walk():
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
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def diagnosis(profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    document = read_case_file(CASE)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


@pytest.mark.parametrize("language", languages())
def test_structure(diagnosis: Diagnosis, language: str) -> None:
    check(f"{CASE.stem}.{language}.html.txt", structure(page_of(diagnosis, language)))


@pytest.mark.parametrize("language", languages())
def test_portfolio(language: str, tmp_path: Path) -> None:
    """The page of a portfolio, and the same without pictures as Markdown."""
    accounts = str(ROOT / "examples" / "portfolio")
    target = tmp_path / "all.html"
    done = CliRunner().invoke(portfolio_command, [accounts, "--format", "html", "--lang", language, "-o", str(target)])
    assert done.exit_code == 0, done.output
    page = target.read_text(encoding="utf-8")
    check(f"portfolio/example.{language}.html.txt", structure(page))
    root = Reader(page).root
    _refers_to_nothing_outside(page, root)
    _can_be_read_aloud(root)
    for drawing in root.all("svg"):
        stays_on_its_paper(drawing)
        names_lie_apart(drawing)
    done = CliRunner().invoke(portfolio_command, [accounts, "--format", "markdown", "--lang", language])
    assert done.exit_code == 0 and done.output.startswith("# ") and "<svg" not in done.output
    rows = [line for line in done.output.splitlines() if line.startswith("|")]
    assert len(rows) > 40
    for heading in root.all("h2"):
        assert f"\n## {heading.text}\n" in done.output


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
        stays_on_its_paper(drawing)


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
    written = drawn(shown, NAME, "：").inside(NAME)
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
