"""What experts may write about documents: `knowledge/documents.yaml` and `rules/report/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, RuleBase, Snake, Text

PlanPart = Literal[
    "summary",
    "values",
    "position",
    "swot",
    "objectives",
    "strategy",
    "activities",
    "resources",
    "risks",
    "reviews",
]
"""What a section can tell; `values` is the values it shows and its findings alone."""
Enclosure = Literal["contacts", "white_space", "competitors", "bridge", "sensitivity"]
"""Pictures and tables that can stand in any section."""


class DocumentName(Entry):
    """A name that rules of documents may read besides those of the rulebook; the program computes its value."""

    id: Snake
    label: Text
    meaning: Text
    unit: str | None = None


class PlanSection(Entry):
    """A section of the account plan.

    `tells`: what it is about. `shows`: the values that stand in it, in this order. `encloses`: pictures and tables that
    stand in it where there is something to draw. `signals`: the findings that belong to it.
    """

    id: Snake
    title: Text
    tells: PlanPart = "values"
    encloses: tuple[Enclosure, ...] = ()
    shows: tuple[Snake, ...] = ()
    signals: tuple[Snake, ...] = ()


class Swot(Entry):
    """Where strengths and weaknesses come from: the parts of these scores, from `strong` up and to `weak` down."""

    scores: tuple[Snake, ...] = Field(min_length=1)
    strong: Snake
    weak: Snake
    weaknesses: tuple[Snake, ...] = ()


class DocumentsEntry(Entry):
    """`knowledge/documents.yaml` as a whole.

    `position`: where the account stands, in one sentence, with names of the rulebook in braces.
    """

    position: Text
    sections: tuple[PlanSection, ...] = Field(min_length=1)
    swot: Swot
    names: tuple[DocumentName, ...]


class SoWhat(RuleBase):
    """What follows from a section; the first of a section that fires is said.

    `text` may hold names in braces, which are filled with values; while one of them is unknown, the rule is silent.
    """

    section: Snake
    text: Text
    sources: tuple[str, ...] = Field(min_length=1)
