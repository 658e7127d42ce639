"""What a rulebook knows about documents, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Literal

from kam_expert.rulebook.connected import Connected
from kam_expert.rulebook.customer_schema import Audience, CustomerEntry, Refusal
from kam_expert.rulebook.document_schema import (
    DocumentName,
    DocumentsEntry,
    PlanSection,
    SoWhat,
)
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import Text
from kam_expert.rulebook.vocabulary import Vocabulary

GIVEN: Mapping[str, Literal["flag", "number", "choice"]] = {
    "level": "choice",
    "primary": "choice",
    "secondaries": "number",
    "lead": "number",
    "set_by_rule": "flag",
    "waiting": "number",
    "questions_open": "number",
    "facts_guessed": "number",
    "facts_stale": "number",
    "opportunities": "number",
    "threats": "number",
    "openings_ahead": "number",
    "red_flags": "number",
    "contradictions": "number",
    "goals_unmeasured": "number",
    "activities_planned": "number",
    "activities_left_out": "number",
    "hours_planned": "number",
    "hours_available": "number",
    "hours_missing": "number",
    "reviews_held": "number",
    "activities_late": "number",
}
"""The names that the program computes."""
SPOKEN = ("account", "secondary", "runner_up", "question")
"""Words that a text may hold in braces besides the names of values."""


Concluding = Connected[SoWhat]


@dataclass(frozen=True, eq=False)
class Conditional:
    """The conditions of the customer's plan, parsed, in the order in which they are tried.

    `behind`: the facts on which each value and each number of a goal rests, by its id.
    """

    refusals: tuple[tuple[Refusal, Expression], ...] = ()
    audiences: tuple[tuple[Audience, Expression], ...] = ()
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(condition for _, condition in (*self.refusals, *self.audiences))


@dataclass(frozen=True, eq=False)
class DocumentBook:
    """All of it; `stated` and `customer` are None in a rulebook that says nothing about documents."""

    stated: DocumentsEntry | None = None
    names: Mapping[str, DocumentName] = field(default_factory=dict)
    rules: tuple[Concluding, ...] = ()
    customer: CustomerEntry | None = None
    customer_when: Conditional = field(default_factory=Conditional)
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary({}, frozenset()))

    @property
    def sections(self) -> tuple[PlanSection, ...]:
        """The sections of the account plan in their order."""
        return () if self.stated is None else self.stated.sections

    def section(self, name: str) -> PlanSection:
        """The section with this id; StopIteration if there is none."""
        return next(section for section in self.sections if section.id == name)

    def rules_of(self, section: str) -> tuple[Concluding, ...]:
        """The so-whats of a section in the order in which they are tried."""
        return tuple(rule for rule in self.rules if rule.entry.section == section)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return (*(rule.condition for rule in self.rules), *self.customer_when.expressions)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that fields name."""
        return () if self.stated is None else (self.stated.swot.strong, self.stated.swot.weak)


def placeholders(text: Text) -> tuple[str, ...]:
    """The names in braces, in either language."""
    return tuple(dict.fromkeys((*named_in_braces(text.en), *named_in_braces(text.zh))))


def named_in_braces(text: str) -> tuple[str, ...]:
    """The names in braces of a text in one language. Raises ValueError where a brace has no other."""
    found = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return tuple(dict.fromkeys(found))
