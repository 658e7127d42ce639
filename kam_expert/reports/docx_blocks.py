"""The blocks of a document in Word, in the styles of the template at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kam_expert.reports.document import (
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
from kam_expert.reports.docx_tables import TableStyles, grid, pairs, table
from kam_expert.reports.docx_xml import (
    Letters,
    attribute,
    bookmarked,
    numbered,
    paragraph,
)
from kam_expert.reports.pictures import Grid, Shown
from kam_expert.wording import Wording

EMU = 12700  # of a point
STRONG, CELL = "Strong", "Report Cell"
TREE_STEP = 284  # how much further in each level of a tree stands, in twips
NAMING = 2  # headers that tell one table of a section from another
DEEPEST = 8  # levels of a list that Word knows, counted from 0
CONTENTS_FROM = 8  # a document of fewer chapters is read without a table of contents
CONTENTS_LEVELS = 2
KEPT = "<w:keepNext/>"  # on the page on which the next begins
UNCOUNTED = 0  # the list of what is in no list
LEADING = (":", "：")  # how a paragraph ends that leads to what stands below it
ENDS = (":", "?", "!", ".", "：", "？", "！", "。")  # how a label ends that needs no colon
TYPED = re.compile(r"(\d+)[.、．]?\s*(?=\D)")  # a number that a title brings along


@dataclass(frozen=True)
class Chart:
    """A chart that has become a part of the file: its relationship, and its size in points."""

    relation: str
    width: float
    height: float


@dataclass(frozen=True)
class Ground:
    """What the template offers. `styles`: their ids by name.

    `room`: between the margins, in twips. `bullet_list`: the list to name where the style of bullets has none.
    `new_list`: a list that counts from 1. `new_chapters`: the same for chapters, None where we do not count them.
    `chart`: puts a picture into the file, None if it has no form as a chart.
    """

    styles: Mapping[str, str]
    letters: Letters
    room: int
    bullet_list: int | None
    new_list: Callable[[], int]
    new_chapters: Callable[[], int] | None
    chart: Callable[[Shown], Chart | None]


@dataclass(frozen=True)
class Heading:
    """A heading. `count`: its number as it is shown, empty without. `list`: the list that counts it, if its own."""

    title: str
    level: int
    count: str
    bookmark: int
    list: int | None

    @property
    def anchor(self) -> str:
        return f"_Toc{self.bookmark:09}"


@dataclass
class Writer:
    """Documents as WordprocessingML, one after the other; counts what has to be told apart within a file."""

    words: Wording
    ground: Ground
    _bookmarks: int = 0
    _drawings: int = 0
    _captions: dict[str, int] = field(default_factory=dict)
    _documents: int = 0
    _captioned: bool = True
    _all: list[Heading] = field(default_factory=list)

    def document(self, document: Document, about: str, *, titled: bool, contents: bool) -> str:
        """A document; `about`: the line below its title. `titled`: with its title. `contents`: with its contents."""
        self._documents += 1
        self._captioned = not document.handed_over  # a page or two need no numbers to be found by
        found = self._title(document, about) if titled else ""
        long = not is_short(document)
        headings, contents = self._headings(document, counted=long), contents and long
        self._all += headings
        written = "".join(
            self._section(section, heading, apart=contents and index == 0, last=index + 1 == len(headings))
            for index, (section, heading) in enumerate(zip(document.sections, headings, strict=True))
        )
        self._bookmarks += 1
        within = f"report{self._documents}"
        if contents:
            found += self._contents(headings, within)
        return found + bookmarked(self._bookmarks, within, written)

    def contents_of_all(self) -> str:
        """The contents of all documents written so far."""
        return self._contents(self._all) if self._all else ""

    def _contents(self, headings: list[Heading], within: str = "") -> str:
        """A table of contents that is right before it is ever updated. `within`: the bookmark that it is limited to.

        It leads to the headings by links and names no pages: only a program that lays the text out knows them, and
        Word counts them on opening only after a security question.
        """
        letters, shown = self.ground.letters, [each for each in headings if each.level <= CONTENTS_LEVELS]
        code = rf'TOC \o "1-{CONTENTS_LEVELS}" \n \h \z' + (rf" \b {within}" if within else "")
        lines = []
        for index, each in enumerate(shown):
            count = letters.run(each.count) + f"<w:r>{letters.properties()}<w:tab/></w:r>" if each.count else ""
            entry = f'<w:hyperlink w:anchor={attribute(each.anchor)} w:history="1">{count}{letters.run(each.title)}'
            start = letters.field_start(code) if index == 0 else ""
            end = letters.field_end() if index + 1 == len(shown) else ""
            lines.append(paragraph(self._style(f"toc {each.level}"), f"{start}{entry}</w:hyperlink>{end}"))
        title = paragraph(self._style("TOC Heading"), letters.run(self.words.say("page.contents")))
        gallery = '<w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/>'
        properties = f"<w:sdtPr><w:docPartObj>{gallery}</w:docPartObj></w:sdtPr>"
        return f"<w:sdt>{properties}<w:sdtContent>{title}{''.join(lines)}</w:sdtContent></w:sdt>"

    def _style(self, name: str) -> str:
        return self.ground.styles[name.lower()]

    def _run(self, text: str, *, strong: bool = False) -> str:
        return self.ground.letters.run(text, self._style(STRONG) if strong else "")

    def _paragraph(self, style: str, text: str, properties: str = "", *, strong: bool = False) -> str:
        return paragraph(self._style(style) if style else "", self._run(text, strong=strong), properties)

    def _title(self, document: Document, about: str) -> str:
        apart = "<w:pageBreakBefore/>" if self._documents > 1 else ""
        return self._paragraph("Title", document.title, apart) + self._paragraph("Subtitle", about)

    def _headings(self, document: Document, *, counted: bool) -> list[Heading]:
        """The headings with their numbers, which Word counts: all of a long document, or those that bring one along."""
        if self.ground.new_chapters is None:
            return [self._heading(each.title, each.level, "", None) for each in document.sections]
        own = self.ground.new_chapters() if self._documents > 1 else None
        typed = any(_brings(each, 1) for each in document.sections)
        counts, found, counting = [0, 0, 0], [], counted
        for section in document.sections:
            level, title = min(section.level, len(counts)), section.title
            if level == 1 and typed:
                counting = _brings(section, counts[0] + 1)
                title = TYPED.sub("", title, count=1) if counting else title
            if not counting:
                found.append(self._heading(title, level, "", UNCOUNTED))
                continue
            counts = [*counts[: level - 1], counts[level - 1] + 1, *[0] * (len(counts) - level)]
            found.append(self._heading(title, level, ".".join(map(str, counts[:level])), own))
        return found

    def _heading(self, title: str, level: int, count: str, listed: int | None) -> Heading:
        self._bookmarks += 1
        return Heading(title, level, count, self._bookmarks, listed)

    def _section(self, section: Section, heading: Heading, *, apart: bool, last: bool) -> str:
        """A section; `apart`: on a page of its own. `last`: no heading follows, which brings room of its own."""
        title = bookmarked(heading.bookmark, heading.anchor, self._run(heading.title))
        properties = "<w:pageBreakBefore/>" if apart else ""
        if heading.list is not None:
            properties += numbered(heading.list, heading.level - 1)
        found = paragraph(self._style(f"heading {heading.level}"), title, properties)
        after = (*section.blocks[1:], None)[: len(section.blocks)]
        titles = self._table_titles(section, heading.title)
        for block, below, name in zip(section.blocks, after, titles, strict=True):
            found += self._block(block, name, _joined(block, below))
            if isinstance(block, Table | Pairs) and (below is not None or last):
                found += self._gap(KEPT if isinstance(below, Callout) else "")
        return found

    def _table_titles(self, section: Section, title: str) -> list[str]:
        """What each block is called if it is a table: as its section; of several, by what their first columns hold."""
        tables = [block for block in section.blocks if isinstance(block, Table) and block.rows]
        if len(tables) < 2:
            return [title] * len(section.blocks)
        found: list[str] = []
        for block in section.blocks:
            name = title
            if isinstance(block, Table):
                columns = [header for header in block.headers if header][:NAMING]
                name = f"{title}{self.words.colon}{self.words.say('list_comma').join(columns)}"
            found.append(self.words.say("word.continued", title=name) if name in found and name != title else name)
        return found

    def _block(self, block: Block, title: str, joined: bool) -> str:
        """A block; `joined`: on the page on which the next begins."""
        ground, kept = self.ground, KEPT if joined else ""
        match block:
            case Paragraph(text):
                return self._paragraph("", text, kept)
            case Bullets():
                return self._bullets(block)
            case Table():
                return self._table(block, title, joined=joined)
            case Pairs(items):
                return pairs(items, ground.letters, self._tables, ground.room, joined=joined) if items else ""
            case Tree(branches):
                return "".join(self._branch(branch, 0) for branch in branches)
            case Callout(label, text):
                end = " " if label.endswith(ENDS) else self.words.colon
                words = self._run(f"{label}{end}", strong=True) + self._run(text)
                return paragraph(self._style("Report Callout"), words)
            case Picture():
                return self._picture(block)

    @property
    def _tables(self) -> TableStyles:
        return TableStyles(
            self._style("Report Table"), self._style("Report Pairs"), self._style("Report Grid"), self._style(CELL)
        )

    def _bullets(self, bullets: Bullets) -> str:
        if bullets.numbered:
            style, listed = "List Number", numbered(self.ground.new_list())
        else:
            style = "List Bullet"
            listed = "" if self.ground.bullet_list is None else numbered(self.ground.bullet_list)
        found = []
        for head, details in bullets.items:
            kept = KEPT if details else ""
            found.append(self._paragraph(style, head, kept + listed, strong=bool(details)))
            found += [self._paragraph("List Continue", detail) for detail in details]
        return "".join(found)

    def _branch(self, branch: Branch, level: int) -> str:
        place = min(level, DEEPEST)
        kept = KEPT if branch.details else ""
        listed = "" if place == 0 else f'<w:numPr><w:ilvl w:val="{place}"/></w:numPr>'
        found = [self._paragraph("Report Tree", branch.head, kept + listed, strong=level == 0)]
        indent = f'<w:ind w:left="{TREE_STEP * (place + 1)}"/>'
        found += [self._paragraph("Report Tree Detail", detail, indent) for detail in branch.details]
        return "".join([*found, *(self._branch(below, level + 1) for below in branch.branches)])

    def _table(self, shown: Table, title: str, *, joined: bool = False) -> str:
        if not shown.rows:
            return ""
        ground = self.ground
        written = table(shown.headers, shown.rows, ground.letters, self._tables, ground.room, joined=joined)
        return (self._caption("table", title, KEPT) if self._captioned else "") + written

    def _picture(self, picture: Picture) -> str:
        """A picture above its caption: a native chart, whose figures are in the workbook behind it, or a grid of cells.

        What has neither form is shown by its figures.
        """
        if isinstance(picture.shown, Grid):
            cells = grid(picture.shown, self.ground.letters, self._tables, self.ground.room)
            return cells + self._legend(picture.shown) + self._caption("figure", picture.title)
        chart = self.ground.chart(picture.shown)
        if chart is None:
            return self._table(picture.table, picture.title) + self._gap("")
        drawing = f"<w:r>{self.ground.letters.properties()}{self._drawing(picture, chart)}</w:r>"
        return paragraph(self._style("Report Figure"), drawing) + self._caption("figure", picture.title)

    def _legend(self, shown: Grid) -> str:
        parts = [f"{grade.mark} {grade.label}".strip() for grade in shown.grades]
        if shown.old_label and any(cell.old for _, rows in shown.groups for _, cells in rows for cell in cells):
            parts.append(self.words.say("word.rim", meaning=shown.old_label))
        return self._paragraph("Report Note", self.words.say("list_semicolon").join(parts), KEPT)

    def _drawing(self, picture: Picture, chart: Chart) -> str:
        self._drawings += 1
        size = f'cx="{round(chart.width * EMU)}" cy="{round(chart.height * EMU)}"'
        named = f'id="{self._drawings}" name={attribute(picture.title)} descr={attribute(picture.told)}'
        return (
            f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
            f"<wp:docPr {named}/><wp:cNvGraphicFramePr/>"
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
            f'<c:chart r:id="{chart.relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
        )

    def _caption(self, kind: str, title: str, properties: str = "") -> str:
        """A caption with a number that Word counts; the name of the sequence is the label, as Word itself does it."""
        label = self.words.say(f"word.{kind}")
        self._captions[kind] = self._captions.get(kind, 0) + 1
        number = self.ground.letters.field(rf"SEQ {label} \* ARABIC", str(self._captions[kind]))
        content = self._run(f"{label} ") + number + self._run(f"{self.words.say('word.after_number')}{title}")
        return paragraph(self._style("caption"), content, properties)

    def _gap(self, properties: str) -> str:
        """Room below a table, which has no spacing of its own."""
        return paragraph("", "", f'{properties}<w:spacing w:before="0" w:after="0" w:line="140" w:lineRule="exact"/>')


def _brings(section: Section, number: int) -> bool:
    """Whether the title of a chapter says its own number."""
    match = TYPED.match(section.title)
    return section.level == 1 and match is not None and int(match[1]) == number


def is_short(document: Document) -> bool:
    """Whether a document is read without a table of contents."""
    return sum(section.level == 1 for section in document.sections) < CONTENTS_FROM


def _joined(block: Block, below: Block | None) -> bool:
    """Whether a block stays with the next: what leads to a table or picture, and what a conclusion is drawn from."""
    if isinstance(below, Callout):
        return True
    if not isinstance(block, Paragraph) or below is None:
        return False
    return isinstance(below, Table | Pairs | Picture) or block.text.endswith(LEADING)
