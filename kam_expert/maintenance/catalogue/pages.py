"""A catalogue without a format: pages of entries whose texts carry links. What every format prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A text that leads to an anchor of a page; to the top of the page without an anchor."""

    text: str
    page: str
    anchor: str = ""


@dataclass(frozen=True)
class Code:
    """An id, condition or formula as it is written in the files."""

    text: str


Span = str | Link | Code
Line = tuple[Span, ...]


@dataclass(frozen=True)
class Paragraph:
    line: Line


@dataclass(frozen=True)
class Fields:
    """Labels with what they say, each in one or more lines."""

    items: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True)
class Items:
    lines: tuple[Line, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


Block = Paragraph | Fields | Items | Table


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it. `code`: the id of the entry it presents, if it presents one.

    `level`: 2 for a part of a page, 3 for a part of that.
    """

    title: str
    blocks: tuple[Block, ...]
    anchor: str
    code: str = ""
    level: int = 2


@dataclass(frozen=True)
class Page:
    """`name`: the file without its ending. `anchor` and `code`: those of the entry the whole page presents, if any."""

    name: str
    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    anchor: str = ""
    code: str = ""


@dataclass(frozen=True)
class Catalogue:
    """`groups`: the names of the pages as a person looks for them, under a heading each."""

    language: str
    title: str
    pages: tuple[Page, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]


def blocks_of(page: Page) -> Iterator[Block]:
    yield from page.lead
    for section in page.sections:
        yield from section.blocks


def links_in(page: Page) -> Iterator[Link]:
    """Every link of a page, in the order of reading."""
    for block in blocks_of(page):
        match block:
            case Paragraph(line):
                lines: tuple[Line, ...] = (line,)
            case Fields(items):
                lines = tuple(line for _, values in items for line in values)
            case Items(found):
                lines = found
            case Table(_, rows):
                lines = tuple(cell for row in rows for cell in row)
        for line in lines:
            yield from (span for span in line if isinstance(span, Link))


def joined(parts: list[Line], between: str) -> Line:
    """Lines as one, with a text between them."""
    spans: list[Span] = []
    for index, part in enumerate(parts):
        spans += [between, *part] if index else part
    return tuple(spans)
