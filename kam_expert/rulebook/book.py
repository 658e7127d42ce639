"""The rulebook as one immutable value: what every engine, report and check reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kam_expert.problems import Mark
from kam_expert.rulebook.bridge_schema import BridgeBook
from kam_expert.rulebook.document_rules import DocumentBook
from kam_expert.rulebook.expressions import Expression, base_names
from kam_expert.rulebook.portfolio_rules import PortfolioBook
from kam_expert.rulebook.review_rules import ReviewBook
from kam_expert.rulebook.schema import (
    USUAL_CURRENCY,
    Fact,
    Measure,
    Model,
    Parameter,
    Part,
    Planning,
    Profile,
    RuleBase,
    Score,
    Selection,
    Signal,
    Source,
    StatedProperty,
    Strategy,
    TallyLine,
    Text,
    Unit,
)
from kam_expert.rulebook.vocabulary import Vocabulary

STEERING_PARAMETERS = (
    "borderline_band",
    "check_against",
    "check_gap",
    "confidence_customer",
    "confidence_document",
    "confidence_estimate",
    "confidence_guess",
    "confidence_unstated",
    "cut_mid",
    "margin_primary",
    "max_activities",
    "max_secondary",
    "max_secondary_with_enabler",
    "means_margin",
    "min_activities",
    "min_coverage",
    "min_primary_score",
    "min_secondary_score",
    "plan_months",
    "project_hours_share",
    "question_effort_easy",
    "question_effort_hard",
    "question_effort_medium",
    "question_focus",
    "secondary_weight",
    "stable_share",
    "stale_days",
    "stale_loss",
    "topic_slack",
)
"""Parameters that the program itself reads: they steer confidence, scores, selection and planning."""

RuleKind = Literal["position", "signal", "vote", "level", "bar", "block", "forced", "seat", "default", "insert", "goal"]


@dataclass(frozen=True)
class Rule:
    """A rule as the engines see it.

    `condition` is the condition as written; `effective` the one that is true exactly when the rule concludes (they
    differ in decision tables whose rows are read in order). `target`: the model or signal it concludes, if any.
    `formula`: the target value of a goal.
    """

    kind: RuleKind
    entry: RuleBase
    condition: Expression
    effective: Expression
    target: str | None
    file: str
    mark: Mark
    formula: Expression | None = None

    @property
    def id(self) -> str:
        return self.entry.id


@dataclass(frozen=True)
class Line:
    """A line of a tally with its parsed condition."""

    entry: TallyLine
    condition: Expression


@dataclass(frozen=True)
class Computed:
    """A measure with its parsed way of being computed; exactly one of the fields after `entry` is used.

    `expression`: a formula or, for a flag, a condition. `when`: the condition outside which a tally is unknown.
    """

    entry: Measure
    expression: Expression | None = None
    lines: tuple[Line, ...] = ()
    when: Expression | None = None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every condition and formula in it."""
        found = (self.expression, self.when, *(line.condition for line in self.lines))
        return tuple(item for item in found if item is not None)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names it is computed from; a measure of completeness reads facts besides."""
        looked_up = () if self.entry.by is None else (self.entry.by,)
        return tuple(dict.fromkeys((*base_names(self.expressions), *looked_up)))


@dataclass(frozen=True)
class ScorePart:
    entry: Part
    weight: int
    value: Expression


@dataclass(frozen=True)
class Weighted:
    """A score with parsed parts; weights may come from the enterprise profile."""

    entry: Score
    parts: tuple[ScorePart, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The names it is computed from."""
        preferred = () if self.entry.prefer is None else (self.entry.prefer,)
        return tuple(dict.fromkeys((*base_names(part.value for part in self.parts), *preferred)))


@dataclass(frozen=True)
class Candidate:
    """A strategy as selection sees it; resource allocation is two of them."""

    id: str
    strategy: Strategy
    direction: Literal["up", "down"] | None = None

    @property
    def short(self) -> Text:
        return self.strategy.directions[self.direction].short if self.direction else self.strategy.short


def candidates_of(strategies: Iterable[Strategy]) -> dict[str, Candidate]:
    """The strategies as selection sees them: one with directions is one candidate per direction."""
    found: dict[str, Candidate] = {}
    for strategy in strategies:
        if strategy.directions:
            for direction in strategy.directions:
                name = f"{strategy.id}.{direction}"
                found[name] = Candidate(name, strategy, direction)
        else:
            found[strategy.id] = Candidate(strategy.id, strategy)
    return found


@dataclass(frozen=True)
class Property:
    """What the rulebook promises of every account, with its parsed condition."""

    entry: StatedProperty
    condition: Expression | None


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Everything the experts wrote, read and checked. Two rulebooks are the same if they are one object.

    `order`: the computed names (measures, derived facts, scores, models, signals) so that each comes after all it
    reads; `stratum`: the depth of each name, facts being 0. `done_when`:
    conditions under which an activity is already done. `theme_of`: the theme of each fact, which is the file it is in.
    """

    version: str
    profile: Profile | None
    vocabulary: Vocabulary
    parameters: Mapping[str, float]
    parameter_entries: Mapping[str, Parameter]
    facts: Mapping[str, Fact]
    theme_of: Mapping[str, str]
    measures: Mapping[str, Computed]
    scores: Mapping[str, Weighted]
    models: Mapping[str, Model]
    signals: Mapping[str, Signal]
    rules: tuple[Rule, ...]
    strategies: Mapping[str, Strategy]
    candidates: Mapping[str, Candidate]
    selection: Selection
    planning: Planning
    done_when: Mapping[str, Expression]
    properties: tuple[Property, ...]
    portfolio: PortfolioBook
    review: ReviewBook
    documents: DocumentBook
    bridge: BridgeBook
    sources: Mapping[str, Source]
    units: Mapping[str, Unit]
    order: tuple[str, ...]
    stratum: Mapping[str, int]
    files: tuple[str, ...]

    def rules_of(self, kind: RuleKind) -> tuple[Rule, ...]:
        """The rules of one kind in the order of the files."""
        return tuple(rule for rule in self.rules if rule.kind == kind)

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id; KeyError if there is none."""
        return self._by_id[rule_id]

    @property
    def currency(self) -> str:
        """The currency of amounts that name none."""
        return self.profile.currency if self.profile else USUAL_CURRENCY

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def pair(self, one: str, other: str) -> int | Literal["never"]:
        """How two strategies go together: the lower value of the two directions of the table, 0 where it has none."""
        pairs = self.selection.pairs
        found = [pairs.get(a, {}).get(b) for a, b in ((one, other), (other, one))]
        stated = [value for value in found if value is not None]
        if "never" in stated:
            return "never"
        return min((value for value in stated if value != "never"), default=0)

    def label(self, name: str) -> Text:
        """The label of anything with a name: facts, conclusions, parameters, candidates, names beside the rules."""
        if name in self.facts:
            return self.facts[name].label
        if name in self.measures:
            return self.measures[name].entry.label
        if name in self.scores:
            return self.scores[name].entry.label
        if name in self.models:
            return self.models[name].label
        if name in self.signals:
            return self.signals[name].title
        if name in self.candidates:
            return self.candidates[name].short
        if name in self.portfolio.figures:
            return self.portfolio.figures[name].entry.label
        if name in self.review.names:
            return self.review.names[name].label
        if name in self.documents.names:
            return self.documents.names[name].label
        return self.parameter_entries[name].label

    def unit_of(self, name: str) -> str | None:
        """The unit id of a fact, measure, score, parameter or name beside the rules, or None."""
        if name in self.facts:
            return "rating" if self.facts[name].type == "rating" else self.facts[name].unit
        if name in self.measures:
            return self.measures[name].entry.unit
        if name in self.scores:
            return "score"
        if name in self.parameter_entries:
            return self.parameter_entries[name].unit
        if name in self.portfolio.figures:
            return self.portfolio.figures[name].entry.unit
        if name in self.review.names:
            entry = self.review.names[name]
            return entry.unit if entry.was is None else self.unit_of(entry.was)
        if name in self.documents.names:
            return self.documents.names[name].unit
        return None
