"""The diagnosis as a JSON document: a stable contract whose JSON Schema is generated from these models."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal

from pydantic import Field

from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Firing
from kam_expert.plan import Goal, Plan, PlannedActivity
from kam_expert.recommendation import Recommendation, Standing
from kam_expert.reports.json_check import CheckOut, check_out
from kam_expert.reports.json_parts import Part, VoteOut, votes_out
from kam_expert.reports.speaking import Speaking
from kam_expert.wording import Wording

Scalar = bool | int | float | str


class RulebookOut(Part):
    version: str = Field(description="First twelve hexadecimal digits of the SHA-256 of the rulebook's files.")
    profile: str | None = Field(description="Enterprise profile in force, null for the defaults.")


class FactOut(Part):
    state: Literal["given", "unknown", "n/a"]
    value: Scalar | list[dict[str, Scalar]] | None
    unit: str | None
    before: Scalar | None = Field(description="Value at the last review.")
    source: str | None = Field(description="document, customer, estimate, guess or profile; null when not stated.")
    as_of: date | None
    confidence: float | None = Field(description="0 to 1, by source, less a loss when stale.")
    stale: bool
    note: str | None


class ScoreOut(Part):
    value: float | None = Field(description="0 to 100; null when too little of the weight is known.")
    coverage: float = Field(description="Known share of the weight, 0 to 1.")
    borderline: bool


class PositionOut(Part):
    cell: str | None
    title: str | None
    borderline: bool
    also: list[str] = Field(description="Cells on the other side of a cut that is near.")
    at_least: bool = Field(description="The cell is a lower bound: a higher one waits for unknown facts.")
    rule: str | None


class SignalOut(Part):
    id: str
    kind: Literal["opportunity", "threat", "red_flag", "quality", "contradiction"]
    rules: list[str]
    title: str


class StrategyOut(Part):
    id: str
    direction: Literal["up", "down"] | None
    title: str
    status: Literal["primary", "secondary", "next_wave", "candidate", "blocked", "not_eligible", "vetoed"]
    score: int
    votes: list[VoteOut]
    gate: str | None
    reason: str


class WaveOut(Part):
    strategy: str
    gate: str


class RecommendationOut(Part):
    """Strategies are named by id; resource allocation carries its direction after a dot."""

    primary: str | None
    secondary: list[str]
    next_waves: list[WaveOut]
    runner_up: str | None
    forced_by: str | None
    upheld_by: str | None
    free_winner: str | None
    default: str | None
    level_rule: str | None


class QuestionOut(Part):
    fact: str
    question: str
    why: str
    can_change: list[str]


class GoalOut(Part):
    id: str
    type: str
    title: str
    measure: str | None
    unit: str | None
    start: float | None
    target: float | None
    due: date
    kpi: str
    because: list[str]


class ActivityOut(Part):
    id: str
    strategy: str | None = Field(description="The strategy it serves; null when a rule of the account asked for it.")
    tactic: str | None
    title: str
    owner: str
    others: list[str]
    start: date
    end: date
    start_week: int
    end_week: int
    every_weeks: int | None
    deliverable: str
    kpi: str
    hours: int
    because: list[str]


class CutOut(Part):
    id: str
    strategy: str | None
    title: str
    reason: Literal["number", "hours"]


class RiskOut(Part):
    id: str
    origin: str
    title: str
    early_sign: str | None
    counter: str | None


class GateOut(Part):
    id: str
    title: str
    due: date
    evidence: str
    decision: str
    decides: str


class ResponsibilityOut(Part):
    title: str
    text: str


class RoleCardOut(Part):
    title: str
    profile: str | None
    focus: str | None
    responsibilities: list[ResponsibilityOut]


class CapacityOut(Part):
    """Hours over the planning period; available is null when the hours on the account are unknown."""

    planned_hours: int
    available_hours: int | None
    months: int


class PlanOut(Part):
    goals: list[GoalOut]
    activities: list[ActivityOut]
    cut: list[CutOut]
    risks: list[RiskOut]
    gates: list[GateOut]
    role_card: RoleCardOut
    capacity: CapacityOut


class PremiseOut(Part):
    name: str
    value: Scalar


class TraceOut(Part):
    conclusion: str
    rule: str
    premises: list[PremiseOut]


class OpenRuleOut(Part):
    rule: str
    waits_for: list[str]


class DiagnosisOut(Part):
    """The result of `kam-expert diagnose --format json` for one case."""

    case: str
    account: str
    language: str
    currency: str
    as_of: date
    rulebook: RulebookOut
    level: Literal["advised", "screening", "hold", "do_not_pursue"]
    facts: dict[str, FactOut]
    measures: dict[str, Scalar | None]
    scores: dict[str, ScoreOut]
    positions: dict[str, PositionOut]
    signals: list[SignalOut]
    strategies: list[StrategyOut]
    recommendation: RecommendationOut
    open_questions: list[QuestionOut]
    open_rules: list[OpenRuleOut]
    plan: PlanOut | None
    check: CheckOut | None
    trace: list[TraceOut]


def render(diagnosis: Diagnosis, words: Wording) -> str:
    """One JSON document, indented, ending in a newline."""
    return build(diagnosis, words).model_dump_json(indent=2) + "\n"


def render_all(diagnoses: list[Diagnosis], words: Wording) -> str:
    """A JSON array for several cases."""
    documents = [build(diagnosis, words).model_dump(mode="json") for diagnosis in diagnoses]
    return json.dumps(documents, ensure_ascii=False, indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    return DiagnosisOut.model_json_schema()


def build(diagnosis: Diagnosis, words: Wording) -> DiagnosisOut:
    """The document of one diagnosis with its texts in one language."""
    speaking = Speaking(diagnosis, words)
    book, case = diagnosis.book, diagnosis.case
    known = diagnosis.conclusions.values
    return DiagnosisOut(
        case=case.id,
        account=case.name,
        language=words.language,
        currency=case.currency,
        as_of=case.as_of,
        rulebook=RulebookOut(version=book.version, profile=book.profile.profile if book.profile else None),
        level=diagnosis.recommendation.level,
        facts={name: _fact(name, diagnosis) for name in book.facts if name in case.facts},
        measures={name: known.get(name) for name in book.measures},
        scores={
            score.id: ScoreOut(value=score.value, coverage=score.coverage, borderline=score.borderline)
            for score in diagnosis.scores
        },
        positions={
            found.model: PositionOut(
                cell=found.cell,
                title=None if found.cell is None else speaking.cell(found.model, found.cell),
                borderline=found.borderline,
                also=list(found.also),
                at_least=found.at_least,
                rule=found.rule,
            )
            for found in diagnosis.positions
        },
        signals=[
            SignalOut(id=s.id, kind=book.signals[s.id].kind, rules=list(s.rules), title=speaking.label(s.id))
            for s in diagnosis.signals
        ],
        strategies=[_strategy(standing, speaking) for standing in diagnosis.recommendation.standings],
        recommendation=_recommendation(diagnosis.recommendation, speaking),
        open_questions=[
            QuestionOut(
                fact=question.fact,
                question=speaking.text(book.facts[question.fact].question),
                why=speaking.text(book.facts[question.fact].why),
                can_change=list(question.can_change),
            )
            for question in diagnosis.questions
        ],
        open_rules=[OpenRuleOut(rule=each.rule, waits_for=list(each.facts)) for each in diagnosis.open_rules],
        plan=None if diagnosis.plan is None else _plan(diagnosis.plan, speaking),
        check=check_out(speaking),
        trace=[_trace(firing, diagnosis) for firing in diagnosis.conclusions.firings],
    )


def _fact(name: str, diagnosis: Diagnosis) -> FactOut:
    given, book = diagnosis.case.facts[name], diagnosis.book
    rows = [dict(row) for row in given.rows]
    return FactOut(
        state=given.state,
        value=rows or given.value,
        unit=book.unit_of(name),
        before=given.before,
        source=given.source,
        as_of=given.as_of,
        confidence=diagnosis.case.confidence(name, book) if given.state == "given" else None,
        stale=diagnosis.case.stale(name, book),
        note=given.note,
    )


def _strategy(standing: Standing, speaking: Speaking) -> StrategyOut:
    candidate = speaking.book.candidates[standing.id]
    return StrategyOut(
        id=candidate.strategy.id,
        direction=candidate.direction,
        title=speaking.strategy(standing.id),
        status=standing.status,
        score=standing.score,
        votes=votes_out(standing.votes),
        gate=speaking.text(standing.gate) or None,
        reason=speaking.text(standing.reason),
    )


def _recommendation(recommendation: Recommendation, speaking: Speaking) -> RecommendationOut:
    return RecommendationOut(
        primary=recommendation.primary,
        secondary=list(recommendation.secondary),
        next_waves=[WaveOut(strategy=w.strategy, gate=speaking.text(w.gate)) for w in recommendation.next_waves],
        runner_up=recommendation.runner_up,
        forced_by=recommendation.forced_by,
        upheld_by=recommendation.upheld_by,
        free_winner=recommendation.free_winner,
        default=recommendation.default,
        level_rule=recommendation.level_rule,
    )


def _plan(plan: Plan, speaking: Speaking) -> PlanOut:
    card = plan.role_card
    text = speaking.text
    return PlanOut(
        goals=[_goal(goal, speaking) for goal in plan.goals],
        activities=[_activity(planned, speaking) for planned in plan.activities],
        cut=[
            CutOut(id=p.id, strategy=p.strategy, title=text(p.activity.title), reason=p.cut or "number")
            for p in plan.cut
        ],
        risks=[
            RiskOut(
                id=risk.id,
                origin=risk.origin,
                title=text(risk.title),
                early_sign=text(risk.early_sign) or None,
                counter=text(risk.counter) or None,
            )
            for risk in plan.risks
        ],
        gates=[
            GateOut(
                id=each.gate.id,
                title=text(each.gate.title),
                due=each.due,
                evidence=text(each.gate.evidence),
                decision=text(each.gate.decision),
                decides=each.gate.decides,
            )
            for each in plan.gates
        ],
        role_card=RoleCardOut(
            title=text(card.title),
            profile=text(card.profile.title) if card.profile else None,
            focus=text(card.profile.focus) if card.profile else None,
            responsibilities=[
                ResponsibilityOut(title=text(each.title), text=text(each.text)) for each in card.responsibilities
            ],
        ),
        capacity=CapacityOut(
            planned_hours=plan.capacity.planned,
            available_hours=plan.capacity.available,
            months=plan.capacity.months,
        ),
    )


def _goal(goal: Goal, speaking: Speaking) -> GoalOut:
    return GoalOut(
        id=goal.id,
        type=goal.type,
        title=speaking.text(goal.title),
        measure=goal.measure,
        unit=goal.unit,
        start=goal.start,
        target=goal.target,
        due=goal.due,
        kpi=speaking.text(goal.kpi),
        because=list(goal.because),
    )


def _activity(planned: PlannedActivity, speaking: Speaking) -> ActivityOut:
    activity = planned.activity
    return ActivityOut(
        id=activity.id,
        strategy=planned.strategy,
        tactic=speaking.text(planned.tactic) or None,
        title=speaking.text(activity.title),
        owner=activity.owner,
        others=list(activity.with_),
        start=planned.start,
        end=planned.end,
        start_week=activity.start,
        end_week=activity.end,
        every_weeks=activity.every,
        deliverable=speaking.text(activity.deliverable),
        kpi=speaking.text(activity.kpi),
        hours=activity.hours,
        because=list(planned.because),
    )


def _trace(firing: Firing, diagnosis: Diagnosis) -> TraceOut:
    rule = diagnosis.book.rule(firing.rule)
    conclusion = rule.kind if rule.target is None else rule.target
    cell = getattr(rule.entry, "cell", None)
    if cell is not None:
        conclusion = f"{conclusion} = {cell}"
    premises = [PremiseOut(name=name, value=value) for name, value in firing.premises]
    return TraceOut(conclusion=conclusion, rule=firing.rule, premises=premises)
