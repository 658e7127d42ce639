"""The catalogue: everything once, every link alive in both directions, nobody else's files touched, and fresh."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel

from kam_expert.cli import main
from kam_expert.maintenance.catalogue import html, markdown
from kam_expert.maintenance.catalogue.folder import put
from kam_expert.maintenance.catalogue.gathering import gather
from kam_expert.maintenance.catalogue.pages import (
    Catalogue,
    Code,
    Fields,
    Items,
    Link,
    Page,
    Paragraph,
    Section,
    Table,
    blocks_of,
    links_in,
)
from kam_expert.maintenance.catalogue.shelf import Origin, Shelf, origin_of
from kam_expert.reports.markdown import escaped
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import Node, document_reads, effects, mentions, reads
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.reading import presets
from kam_expert.rulebook.schema import Text
from kam_expert.wording import wording

pytestmark = pytest.mark.slow

STORED = Path(__file__).parents[1] / "docs" / "catalogue"
LANGUAGES = ("en", "zh")
OTHERS = {"en": {"中文": "../zh"}, "zh": {"English": "../en"}}
BOTH = pytest.mark.parametrize("language", LANGUAGES)
Place = tuple[str, str]


@cache
def origin() -> Origin:
    return origin_of(None)


@cache
def catalogue(language: str) -> Catalogue:
    return gather(load_rulebook(), origin(), wording(language))


@cache
def files(language: str, shape: str) -> dict[str, str]:
    render = html.render if shape == "html" else markdown.render
    return render(catalogue(language), wording(language), OTHERS[language])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "catalogue", *arguments])


def entries(book: Rulebook) -> Counter[str]:
    """The anchors that the entries of the book must have."""
    groups: dict[str, Iterator[str] | list[str]] = {
        "fact": list(book.facts),
        "parameter": list(book.parameter_entries),
        "measure": list(book.measures),
        "score": list(book.scores),
        "model": list(book.models),
        "signal": list(book.signals),
        "rule": [rule.id for rule in book.rules],
        "strategy": list(book.strategies),
        "source": list(book.sources),
        "unit": list(book.units),
        "profile": list(presets()),
        "portfolio": [*book.portfolio.figures, *(rule.id for rule in book.portfolio.rules)],
        "document": [*book.documents.names, *(rule.id for rule in book.documents.rules)],
        "review": [*book.review.names, *(rule.id for rule in book.review.rules)],
    }
    return Counter(f"{kind}-{name}" for kind, names in groups.items() for name in names)


class Read(HTMLParser):
    """Ids, links, headings and elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[tuple[int, str, str]] = []
        self.elements: list[str] = []
        self.language = ""
        self.open: tuple[int, str] | None = None
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.elements.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        if tag == "html":
            self.language = given["lang"]
        if re.fullmatch("h[1-6]", tag):
            self.open, self.text = (int(tag[1]), given.get("id", "")), ""

    def handle_endtag(self, tag: str) -> None:
        if self.open is not None and re.fullmatch("h[1-6]", tag):
            self.headings.append((*self.open, self.text))
            self.open = None

    def handle_data(self, data: str) -> None:
        self.text += data


MD_HEADING = re.compile(r'(?:<a id="([^"]+)"></a>\n\n)?^(#+) (.*)$', re.M)
MD_LINK = re.compile(r"(?<!\\)\]\(([^)]*)\)")


@BOTH
@pytest.mark.parametrize("shape", ["markdown", "html"])
def test_every_entry_is_a_heading_once(book: Rulebook, language: str, shape: str) -> None:
    found: Counter[str] = Counter()
    for text in files(language, shape).values():
        if shape == "html":
            headings = [(anchor, heading) for _, anchor, heading in Read(text).headings]
        else:
            headings = [(anchor, heading.replace("`", "")) for anchor, _, heading in MD_HEADING.findall(text)]
        for anchor, heading in headings:
            if anchor and not anchor.startswith(("part-", "initial-")):
                assert heading.endswith(anchor.split("-", 1)[1]), "the id of the entry stands in its heading"
                found[anchor] += 1
    assert found == entries(book)


@BOTH
@pytest.mark.parametrize("shape", ["markdown", "html"])
def test_every_link_leads_somewhere(language: str, shape: str) -> None:
    texts = files(language, shape)
    if shape == "html":
        read = {name: Read(text) for name, text in texts.items()}
        anchors = {name: Counter(page.ids) for name, page in read.items()}
        links = {name: page.links for name, page in read.items()}
    else:
        anchors = {name: Counter(re.findall(r'<a id="([^"]+)">', text)) for name, text in texts.items()}
        links = {name: MD_LINK.findall(text) for name, text in texts.items()}
    known = set(texts) | {f"../{other}/{each}" for other in LANGUAGES for each in files(other, shape)}
    dead = []
    for name, targets in links.items():
        assert all(count == 1 for count in anchors[name].values()), name
        assert targets, name
        for target in targets:
            file, _, anchor = target.partition("#")
            if (file and file not in known) or (anchor and anchor not in anchors[file or name]):
                dead.append(f"{name}: {target}")
    assert dead == []


def linked(language: str) -> dict[Place, set[Place]]:
    """For each entry the places that its text links to; a page presents its own entry with all of its parts."""
    found: dict[Place, set[Place]] = {}
    for page in catalogue(language).pages:
        found[page.name, page.anchor] = {(link.page, link.anchor) for link in links_in(page)}
        for section in page.sections:
            alone = Page(page.name, "", section.blocks)
            found.setdefault((page.name, section.anchor), set()).update((x.page, x.anchor) for x in links_in(alone))
    return found


@BOTH
def test_links_go_both_ways(book: Rulebook, language: str) -> None:
    shelf = Shelf(book, origin(), wording(language))
    links = linked(language)

    def place(node: Node) -> Place:
        return shelf.page(node), shelf.anchor(node)

    pairs = [(reader, source) for reader, sources in reads(book).items() for source in sources]
    pairs += [*mentions(book), *document_reads(book)]
    pairs += [
        (Node("rule", rule.id), Node("strategy", each.candidate)) for rule in book.rules for each in effects(book, rule)
    ]
    pairs += [(node, Node("source", name)) for name, nodes in shelf.citers.items() for node in nodes]
    pairs += [
        (Node("profile", name), Node("parameter", key))
        for name, profile in shelf.profiles.items()
        for key in profile.parameters
    ]
    assert len(pairs) > len(book.rules)
    for reader, source in pairs:
        assert place(source) in links[place(reader)], f"{reader} does not name {source}"
        assert place(reader) in links[place(source)], f"{source} does not name its reader {reader}"
    for strategy in book.strategies:
        own = [name for name in book.candidates if name.split(".")[0] == strategy]
        partners = {other for name in own for other in book.selection.pairs.get(name, {})}
        assert {place(Node("strategy", other)) for other in partners} <= links[place(Node("strategy", strategy))]


def chinese(value: object) -> Iterator[str]:
    """Every Chinese text of the rulebook."""
    if isinstance(value, Text):
        yield value.zh
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from chinese(getattr(value, name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from chinese(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from chinese(each)


def labels(page: Page) -> Iterator[str]:
    yield page.title
    yield from (section.title for section in page.sections)
    for block in blocks_of(page):
        if isinstance(block, Fields):
            yield from (label for label, _ in block.items)
        elif isinstance(block, Table):
            yield from block.headers


def test_chinese_pages_have_no_english_headings(book: Rulebook) -> None:
    """Latin words are left only where the Chinese text of the rulebook has them, as in KPI; a theme or a file of rules
    that is new needs its name in `catalogue.theme` or `catalogue.rule_file` of both messages.yaml."""
    entries_: list[BaseModel] = [
        *book.facts.values(),
        *book.parameter_entries.values(),
        *(each.entry for each in book.measures.values()),
        *(each.entry for each in book.scores.values()),
        *book.models.values(),
        *book.signals.values(),
        *book.strategies.values(),
        *(rule.entry for rule in book.rules),
        book.planning,
    ]
    texts = [text for entry in entries_ for text in chinese(entry)] + [gate.id for gate in book.planning.gates]
    allowed = set(re.findall(r"[A-Za-z]{2,}", " ".join(texts)))
    for page in catalogue("zh").pages:
        for label in labels(page):
            assert set(re.findall(r"[A-Za-z]{2,}", label)) <= allowed, f"{page.name}: {label}"
        if page.name == "sources":
            continue
        for block in blocks_of(page):
            for span in plain(block):
                assert not re.search(r"[A-Za-z]{2,}( [A-Za-z]{2,}){3}", span), f"{page.name}: {span}"


def plain(block: Paragraph | Fields | Items | Table) -> Iterator[str]:
    match block:
        case Paragraph(line):
            lines = [line]
        case Fields(items):
            lines = [line for _, values in items for line in values]
        case Items(found):
            lines = list(found)
        case Table(_, rows):
            lines = [cell for row in rows for cell in row]
    for line in lines:
        yield from (span if isinstance(span, str) else span.text for span in line if not isinstance(span, Code))


@BOTH
def test_nothing_is_left_blank(language: str) -> None:
    for page in catalogue(language).pages:
        assert page.title
        assert all(label for label in labels(page)) or page.name == "sources"
        for block in blocks_of(page):
            assert not isinstance(block, Table) or all(len(row) == len(block.headers) for row in block.rows)


@BOTH
def test_same_bytes_again(book: Rulebook, language: str) -> None:
    words = wording(language)
    again = gather(book, origin(), words)
    assert markdown.render(again, words, OTHERS[language]) == files(language, "markdown")
    assert html.render(again, words, OTHERS[language]) == files(language, "html")


@BOTH
def test_html_stands_alone(language: str) -> None:
    for name, text in files(language, "html").items():
        page = Read(text)
        assert page.language == {"en": "en", "zh": "zh-Hans"}[language]
        assert not {"script", "link", "img", "iframe"} & set(page.elements), name
        assert not any(re.match(r"[a-z]+:|//", link) for link in page.links), name
        assert "url(" not in text and "@import" not in text
        levels = [level for level, _, _ in page.headings]
        assert levels.count(1) == 1, name
        inside = [level for level, anchor, _ in page.headings if level == 1 or anchor]
        assert all(after - before <= 1 for before, after in pairwise(inside)), name
        assert "prefers-color-scheme: dark" in text and "@media print" in text and "width=device-width" in text


def test_texts_are_no_markup() -> None:
    nasty = 'a | b <b>*c*</b> [d](e) & "f" `g`'
    line = (nasty, Link(nasty, "one", "x"), Code("a | b `c` <d>"))
    page = Page("one", nasty, (Paragraph(line), Table((nasty,), ((line,),))), (Section(nasty, (), "x"),))
    made = Catalogue("en", nasty, (Page("index", nasty, ()), page), (("g", ("one",)),))
    written = html.render(made, wording("en"), {})["one.html"]
    assert "<b>" not in written and "&lt;b&gt;" in written and "<d>" not in written
    written = markdown.render(made, wording("en"), {})["one.md"]
    assert escaped(nasty) in written and "<b>" not in written.replace(r"\<b\>", "")
    row = written.splitlines()[written.splitlines().index("| --- |") + 1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 2


def test_a_profile_shows_its_values() -> None:
    name = presets()[0]
    book = load_rulebook(profile=name)
    assert book.profile is not None
    words = wording("en")
    (page,) = [each for each in gather(book, origin(), words).pages if each.name == "parameters"]
    here = words.say("catalogue.field.here")
    marked = {
        section.code
        for section in page.sections
        for block in section.blocks
        if isinstance(block, Fields) and here in [label for label, _ in block.items]
    }
    changed = {key for key, value in book.profile.parameters.items() if value != book.parameter_entries[key].default}
    assert marked == changed and changed


def test_the_folder_keeps_what_is_not_ours(tmp_path: Path) -> None:
    folder, made = tmp_path / "pages", files("zh", "markdown")
    put(folder, made, markdown.MARK)
    assert {path.name for path in folder.iterdir()} == set(made)
    stale, own, other = folder / "rules-votes-gone.md", folder / "notes.md", folder / "old.html"
    stale.write_text(f"{markdown.MARK}\n\n# gone\n", encoding="utf-8")
    own.write_text("# my notes\n", encoding="utf-8")
    other.write_text(f"<!DOCTYPE html>{html.MARK}", encoding="utf-8")
    done = run("-o", str(folder), "--lang", "zh")
    assert done.exit_code == 0 and done.stdout == "" and str(folder) in done.stderr
    assert stale.name in done.stderr and own.name not in done.stderr
    assert not stale.exists() and own.read_text(encoding="utf-8") == "# my notes\n" and other.exists()


def test_a_foreign_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>mine</h1>", encoding="utf-8")
    done = run("-o", str(tmp_path), "--format", "html", "--lang", "en")
    assert done.exit_code == 2 and "index.html" in done.stderr and done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "<h1>mine</h1>"


def test_a_broken_preset_is_said(tmp_path: Path) -> None:
    for folder in ("knowledge", "rules"):
        shutil.copytree(shipped() / folder, tmp_path / folder)
    preset = tmp_path / "knowledge" / "profiles" / f"{presets()[0]}.yaml"
    preset.write_text(
        preset.read_text(encoding="utf-8").replace("parameters:", "parameters:\n  no_such: 1"), encoding="utf-8"
    )
    done = run("-o", str(tmp_path / "pages"), "--rules", str(tmp_path), "--lang", "zh")
    assert done.exit_code == 2 and "no_such" in done.stderr and preset.name in done.stderr
    assert not (tmp_path / "pages").exists()


def test_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    done = run("-o", str(file), "--lang", "zh")
    assert done.exit_code == 2 and "Traceback" not in done.stderr and str(file) in done.stderr
    assert run("--lang", "zh").exit_code == 2
    assert run("-o", str(tmp_path / "x"), "--rules", str(tmp_path), "--lang", "en").exit_code == 2
    assert not (tmp_path / "x").exists()


@BOTH
def test_the_stored_catalogue_is_fresh(language: str) -> None:
    folder, made = STORED / language, files(language, "markdown")
    if os.environ.get("KAM_RECORD"):
        assert not os.environ.get("CI"), "the catalogue is recorded by a person, never in CI"
        put(folder, made, markdown.MARK)
    refresh = "refresh it with `KAM_RECORD=1 pytest tests/test_catalogue.py` and commit docs/catalogue/"
    assert folder.is_dir(), f"docs/catalogue/{language} is not there: {refresh}"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(kept) == set(made), f"docs/catalogue/{language} has other pages than the rulebook: {refresh}"
    stale = [name for name, text in made.items() if kept[name] != text.encode()]
    assert stale == [], f"docs/catalogue/{language} is older than the rulebook: {refresh}"
