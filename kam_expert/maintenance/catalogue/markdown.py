"""The catalogue as Markdown that reads well on a code host and as plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kam_expert.maintenance.catalogue.pages import (
    Block,
    Catalogue,
    Code,
    Fields,
    Items,
    Line,
    Link,
    Page,
    Paragraph,
    Section,
    Table,
)
from kam_expert.reports.markdown import escaped
from kam_expert.wording import Wording

ENDING = ".md"
MARK = "<!-- kam-expert rulebook catalogue -->"


def render(catalogue: Catalogue, words: Wording, others: Mapping[str, str]) -> dict[str, str]:
    """The text of each file; `others` are the paths of the folders of other languages, by their names."""
    return {f"{page.name}{ENDING}": _page(page, catalogue, words, others) for page in catalogue.pages}


def _page(page: Page, catalogue: Catalogue, words: Wording, others: Mapping[str, str]) -> str:
    way = [] if page is catalogue.pages[0] else [f"[{escaped(catalogue.title)}](index{ENDING})"]
    way += [f"[{name}]({folder}/{page.name}{ENDING})" for name, folder in others.items()]
    parts = [MARK, *([" · ".join(way)] if way else []), *_heading(page, 1), *(_block(each, page) for each in page.lead)]
    listed = [section for section in page.sections if section.level == 2]
    if page is not catalogue.pages[0] and len(listed) > 1:
        links = words.say("catalogue.between").join(f"[{_short(each)}](#{each.anchor})" for each in listed)
        parts.append(words.say("catalogue.contents", links=links))
    for section in page.sections:
        parts += [*_heading(section, section.level), *(_block(each, page) for each in section.blocks)]
    return "\n\n".join(parts) + "\n"


def _heading(entry: Page | Section, level: int) -> list[str]:
    title = " ".join(part for part in (escaped(entry.title), _code(entry.code) if entry.code else "") if part)
    return [*([f'<a id="{entry.anchor}"></a>'] if entry.anchor else []), f"{'#' * level} {title}"]


def _short(section: Section) -> str:
    return escaped(section.title or section.code)


def _block(block: Block, page: Page) -> str:
    match block:
        case Paragraph(line):
            return _line(line, page)
        case Fields(items):
            return "\n".join(_field(label, lines, page) for label, lines in items)
        case Items(lines, numbered):
            marks = [f"{index}. " if numbered else "- " for index in range(1, len(lines) + 1)]
            return "\n".join(mark + _line(line, page) for mark, line in zip(marks, lines, strict=True))
        case Table(headers, rows):
            cells = [[escaped(each) for each in headers], ["---"] * len(headers)]
            cells += [[_cell(cell, page) for cell in row] for row in rows]
            return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _field(label: str, lines: tuple[Line, ...], page: Page) -> str:
    head = f"- **{escaped(label)}**"
    if len(lines) == 1:
        return f"{head} {_line(lines[0], page)}"
    return "\n".join([head, *(f"  - {_line(line, page)}" for line in lines)])


def _cell(line: Line, page: Page) -> str:
    """A line inside a table, where a bar would begin the next cell even in code."""
    return re.sub(r"(?<!\\)\|", r"\\|", _line(line, page))


def _line(line: Line, page: Page) -> str:
    return "".join(_span(span, page) for span in line)


def _span(span: str | Link | Code, page: Page) -> str:
    match span:
        case Link(text, name, anchor):
            file = "" if name == page.name and anchor else f"{name}{ENDING}"
            return f"[{escaped(text)}]({file}{'#' + anchor if anchor else ''})"
        case Code(text):
            return _code(text)
        case _:
            kept = escaped(span)
            return f"{' ' if span[:1] == ' ' else ''}{kept}{' ' if span[-1:] == ' ' and kept else ''}"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{' '.join(text.split())}`"
