"""A report for the terminal: at most `WIDTH` columns, aligned also where characters are two columns wide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wcwidth import wcswidth

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

WIDTH = 100
HEADER_PADDING = 2  # tabulate keeps a column this much wider than its header

# a run of narrow characters stays together; each wide character may end a line, unless closing punctuation follows
_PIECES = re.compile(r"\s+|[\u2e80-\uffef][，。；：？！）”》、]*|[^\s\u2e80-\uffef]+[，。；：？！）”》、]*")
_PLAIN = "simple"


def render(document: Document) -> str:
    """The whole report as text ending in a newline."""
    lines = wrap(document.title, WIDTH)
    lines.append("=" * max(map(columns, lines)))
    for section in document.sections:
        lines += ["", section.title if section.level == 1 else f"· {section.title}"]
        if section.level == 1:
            lines.append("-" * columns(section.title))
        for block in section.blocks:
            lines += _block(block)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def columns(text: str) -> int:
    """How many terminal columns a text takes."""
    return max(0, wcswidth(text))


def shortened(text: str, most: int) -> str:
    """A text of at most so many columns, with an ellipsis where it was cut."""
    if columns(text) <= most:
        return text
    while text and columns(text) >= most:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns; Chinese breaks between characters but not before closing punctuation."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width - columns(indent)):
        blank = piece.isspace()
        candidate = line + (" " if blank else piece)
        if line and columns(candidate.rstrip()) > width - columns(indent):
            lines.append(line.rstrip())
            line = "" if blank else piece
        elif line or not blank:
            line = candidate
    if line.strip():
        lines.append(line.rstrip())
    return [indent + each for each in lines]


def _pieces(text: str, room: int) -> Iterator[str]:
    """What may stand on a line of its own; a word wider than the line is cut, after a hyphen if it has one."""
    for piece in _PIECES.findall(text):
        rest = piece
        while columns(rest) > room > 0:
            head = rest[
                : max(1, next(cut for cut in range(len(rest), 0, -1) if columns(rest[:cut]) <= room or cut == 1))
            ]
            hyphen = head.rfind("-") + 1
            head = head[:hyphen] if hyphen > 1 else head
            yield head
            rest = rest[len(head) :]
        if rest:
            yield rest


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph(text):
            return wrap(text, WIDTH)
        case Pairs(items):
            label_width = max(columns(label) for label, _ in items)
            lines = []
            for label, value in items:
                first, *rest = wrap(value, WIDTH - label_width - 4) or [""]
                lines.append(f"  {label}{' ' * (label_width - columns(label))}  {first}")
                lines += [" " * (label_width + 4) + line for line in rest]
            return lines
        case Bullets(items, numbered):
            lines = []
            for index, (head, details) in enumerate(items, start=1):
                mark = f"{index}. " if numbered else "- "
                first, *rest = wrap(head, WIDTH - 2 - len(mark)) or [""]
                lines.append(f"  {mark}{first}")
                lines += [" " * (2 + len(mark)) + line for line in rest]
                for detail in details:
                    lines += wrap(detail, WIDTH, " " * (2 + len(mark)))
            return lines
        case Table():
            return _table(block)
        case Callout(label, text):
            return wrap(f"→ {label} · {text}", WIDTH)
        case Tree(branches):
            return [line for branch in branches for line in _branch(branch, "")]
        case Picture():
            return []


def _branch(branch: Branch, indent: str) -> list[str]:
    first, *rest = wrap(branch.head, WIDTH - 2, indent) or [indent]
    lines = [f"{indent}- {first.removeprefix(indent)}", *(f"  {line}" for line in rest)]
    for detail in branch.details:
        lines += wrap(detail, WIDTH, f"{indent}    ")
    for below in branch.branches:
        lines += _branch(below, f"{indent}  ")
    return lines


def _table(table: Table) -> list[str]:
    widths = _fitted(table)
    headers = [
        "\n".join(wrap(header, width - HEADER_PADDING)) for header, width in zip(table.headers, widths, strict=True)
    ]
    rows = [["\n".join(wrap(cell, width)) for cell, width in zip(row, widths, strict=True)] for row in table.rows]
    from tabulate import tabulate  # only reports with tables pay for it

    text = tabulate(rows, headers=headers, tablefmt=_PLAIN, disable_numparse=True)
    return text.split("\n")


def _fitted(table: Table) -> list[int]:
    """Column widths that fit the line, in the proportion that the table asks for."""
    wanted = [width or 20 for width in table.widths] or [20] * len(table.headers)
    natural = [
        max(columns(header) + HEADER_PADDING, *(columns(row[index]) for row in table.rows), 0)
        for index, header in enumerate(table.headers)
    ]
    room = WIDTH - 2 * (len(wanted) - 1)
    widths = [min(want, need) for want, need in zip(wanted, natural, strict=True)]
    spare = room - sum(widths)
    if spare < 0:
        total = sum(widths)
        return [max(6, width * room // total) for width in widths]
    for index in sorted(range(len(widths)), key=lambda i: widths[i] - natural[i]):
        extra = min(spare, natural[index] - widths[index])
        widths[index] += extra
        spare -= extra
    return [max(1, width) for width in widths]
