"""A report without a format: sections of paragraphs, lists and tables. What every format prints."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    """Items of a list; a numbered one if `numbered`. Each item may have lines of detail below it."""

    items: tuple[tuple[str, tuple[str, ...]], ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """Labels with values."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Branch:
    """A line of a tree with lines of detail and the branches below it."""

    head: str
    details: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Tree:
    branches: tuple[Branch, ...]


Block = Paragraph | Bullets | Table | Pairs | Tree


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]
    level: int = 1


@dataclass(frozen=True)
class Document:
    title: str
    sections: tuple[Section, ...] = field(default_factory=tuple)
