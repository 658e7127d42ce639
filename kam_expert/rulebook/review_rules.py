"""What a rulebook knows about the review of a plan, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kam_expert.rulebook.connected import Connected
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.review_schema import ReviewEntry, ReviewKpi, ReviewLevel, ReviewName, ReviewRule
from kam_expert.rulebook.vocabulary import Vocabulary

GIVEN: Mapping[str, Literal["flag", "number"]] = {
    "changed_facts": "number",
    "stale_facts": "number",
    "guessed_facts": "number",
    "advised_now": "flag",
    "advised_then": "flag",
    "other_primary": "flag",
    "new_finding": "flag",
    "other_forced": "flag",
    "turning_point": "flag",
    "primary_closed": "flag",
    "primary_margin": "number",
    "other_secondaries": "flag",
    "wave_opened": "flag",
    "overridden": "flag",
    "rulebook_changed": "flag",
    "months_since_review": "number",
    "activities_due": "number",
    "activities_overdue": "number",
    "completion": "number",
    "completion_then": "number",
    "gates_reached": "number",
    "manager_changed": "flag",
    "changed_positions": "number",
    "leading_known": "number",
    "leading_on_target": "number",
    "leading_flat": "number",
    "results_on_target": "number",
    "results_flat": "number",
    "goal_shortfall": "number",
    "put_off": "number",
    "opportunities_won": "number",
    "opportunities_lost": "number",
}
"""The names that the program computes."""
NoticedInReview = Connected[ReviewRule]


@dataclass(frozen=True, eq=False)
class ReviewBook:
    """All of it; `stated` is None in a rulebook that says nothing about reviews."""

    stated: ReviewEntry | None = None
    names: Mapping[str, ReviewName] = field(default_factory=dict)
    rules: tuple[NoticedInReview, ...] = ()
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary({}, frozenset()))

    @property
    def levels(self) -> tuple[ReviewLevel, ...]:
        """From the smallest change to the largest."""
        return () if self.stated is None else self.stated.levels

    def level(self, name: str) -> ReviewLevel | None:
        """The level with this id; None if the rulebook has none."""
        return next((level for level in self.levels if level.id == name), None)

    def rule(self, rule_id: str) -> NoticedInReview | None:
        """The rule with this id; None if the rulebook has none."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    @property
    def kpis(self) -> tuple[ReviewKpi, ...]:
        """Figures recorded besides the KPIs of plans."""
        return () if self.stated is None else self.stated.kpis

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(rule.condition for rule in self.rules)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of facts and conclusions that fields state, outside of expressions."""
        named = [name.read for name in self.names.values()]
        if self.stated is not None:
            people = self.stated.people
            named += [*self.stated.counts_down, self.stated.manager, None if people is None else people.table]
        return tuple(dict.fromkeys(name for name in named if name is not None))
