"""What experts may write about documents: `knowledge/documents.yaml`, `knowledge/customer.yaml` and `rules/report/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, Kebab, RuleBase, Snake, Text

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


class SafeValue(Entry):
    """A fact or measure that the customer may see, under the label the customer sees."""

    id: Snake
    label: Text


class SafeGoal(Entry):
    """A goal that the customer may see. `number`: whether start and target may be seen, too."""

    id: Kebab
    title: Text
    kpi: Text
    number: bool = False


class StandingMeasure(Entry):
    """A measure of our work that is proposed to every customer while goals leave room."""

    title: Text
    kpi: Text


class SafeActivity(Entry):
    """An activity that the customer may see. `title`: our wording for the customer, if that of the plan would not do.

    `ask`: what we ask of the customer for it. `always`: harmless even where the direction must not be told.
    """

    id: Kebab
    title: Text | None = None
    ask: Text | None = None
    always: bool = False


class SafeGate(Entry):
    id: str
    title: Text


class CustomerEntry(Entry):
    """`knowledge/customer.yaml` as a whole: all that may be told to the customer. What is not listed is withheld.

    `strategies`: the aim of each strategy that may be told; `reserved` is said in the place of any other.
    `without_steps`: strategies under which no step and no date is promised. `manager`: the fact that names who manages
    the account.
    """

    manager: Snake | None = None
    values: tuple[SafeValue, ...]
    strategies: dict[str, Text]
    reserved: Text
    without_steps: tuple[str, ...] = ()
    goals: tuple[SafeGoal, ...]
    measures: tuple[StandingMeasure, ...] = Field(min_length=3)
    activities: tuple[SafeActivity, ...]
    owners: dict[str, Text]
    gates: tuple[SafeGate, ...]
