"""A report without a format: sections of paragraphs, lists and tables. What every format prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kam_expert.reports.pictures import Shown


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


@dataclass(frozen=True)
class Callout:
    """What follows from a section, set off from the rest: `label` says what it is."""

    label: str
    text: str


@dataclass(frozen=True)
class Picture:
    """What a format that can draw shows; the others leave it out, for all of it stands in the text around it.

    `told`: what the picture says, for whoever does not see it. `table`: the figures behind it.
    """

    title: str
    told: str
    shown: Shown
    table: Table


Block = Paragraph | Bullets | Table | Pairs | Tree | Callout | Picture


@dataclass(frozen=True)
class Section:
    """`notes`: what whoever presents the section may say and cite; only a format that is presented keeps them."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """`handed_over`: whether it leaves the firm; then it does not say what it was made with, and counts no tables."""

    title: str
    sections: tuple[Section, ...] = field(default_factory=tuple)
    handed_over: bool = False


@dataclass(frozen=True)
class About:
    """What a document is about. `day`: the day that it speaks of. `rulebook`: the version that it was made with."""

    account: str
    day: date
    rulebook: str = ""
