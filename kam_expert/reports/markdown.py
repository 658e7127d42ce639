"""A report as Markdown (CommonMark with pipe tables)."""

from __future__ import annotations

import re

from tabulate import tabulate

from kam_expert.reports.document import (
    Block,
    Branch,
    Bullets,
    Callout,
    Document,
    Pairs,
    Paragraph,
    Picture,
    Table,
    Tree,
)

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def render(document: Document) -> str:
    """The whole report as Markdown ending in a newline."""
    parts = [f"# {escaped(document.title)}"]
    for section in document.sections:
        parts.append(f"{'#' * (section.level + 1)} {escaped(section.title)}")
        parts += [written for block in section.blocks if (written := _block(block))]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text in which no character is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return escaped(text)
        case Pairs(items):
            return "\n".join(f"- **{escaped(label)}** {escaped(value)}" for label, value in items)
        case Bullets(items, numbered):
            lines = []
            for index, (head, details) in enumerate(items, start=1):
                mark = f"{index}. " if numbered else "- "
                lines.append(mark + (f"**{escaped(head)}**" if details else escaped(head)))
                lines += [f"{' ' * len(mark)}- {escaped(detail)}" for detail in details]
            return "\n".join(lines)
        case Table(headers, rows):
            cells = [[escaped(cell) for cell in row] for row in rows]
            names = [escaped(header) for header in headers]
            return tabulate(cells, headers=names, tablefmt="pipe", disable_numparse=True)
        case Callout(label, text):
            return f"> **{escaped(label)}** {escaped(text)}"
        case Tree(branches):
            return "\n".join(line for branch in branches for line in _branch(branch, ""))
        case Picture():
            return ""


def _branch(branch: Branch, indent: str) -> list[str]:
    below = [line for each in branch.branches for line in _branch(each, f"{indent}  ")]
    details = [f"{indent}  {escaped(detail)}  " for detail in branch.details]
    return [f"{indent}- {escaped(branch.head)}{'  ' if details else ''}", *details, *below]
