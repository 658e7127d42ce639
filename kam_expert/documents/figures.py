"""What the rules of documents read besides the rulebook's own names: the recommendation and the plan in numbers."""

from __future__ import annotations

from collections import Counter

from kam_expert.diagnosis import Diagnosis
from kam_expert.review.history import History
from kam_expert.review.naming import overdue
from kam_expert.rulebook.expressions import Value


def figures(diagnosis: Diagnosis, history: History | None = None) -> dict[str, Value]:
    """All values that a rule of documents may read; what is unknown is left out."""
    computed = {**_recommended(diagnosis), **_found(diagnosis), **_planned(diagnosis), **_reviewed(diagnosis, history)}
    return {
        **diagnosis.conclusions.values,
        **{name: value for name, value in computed.items() if value is not None},
    }


def _recommended(diagnosis: Diagnosis) -> dict[str, Value | None]:
    recommendation = diagnosis.recommendation
    primary, runner_up = recommendation.primary, recommendation.runner_up
    lead = None
    if primary is not None and runner_up is not None:
        lead = recommendation.standing(primary).score - recommendation.standing(runner_up).score
    return {
        "level": recommendation.level,
        "primary": None if primary is None else diagnosis.book.candidates[primary].strategy.id,
        "secondaries": len(recommendation.secondary),
        "lead": lead,
        "set_by_rule": recommendation.forced_by is not None,
        "waiting": len(recommendation.next_waves),
    }


def _found(diagnosis: Diagnosis) -> dict[str, Value | None]:
    kinds = Counter(diagnosis.book.signals[found.id].kind for found in diagnosis.signals)
    return {
        "questions_open": len(diagnosis.questions),
        "facts_guessed": len(diagnosis.guesses),
        "facts_stale": len(diagnosis.stale),
        "opportunities": kinds["opportunity"],
        "threats": kinds["threat"],
        "openings_ahead": kinds["opportunity"] - kinds["threat"],
        "red_flags": kinds["red_flag"],
        "contradictions": kinds["contradiction"],
    }


def _planned(diagnosis: Diagnosis) -> dict[str, Value | None]:
    plan = diagnosis.plan
    if plan is None:
        return {}
    capacity = plan.capacity
    return {
        "goals_unmeasured": sum(goal.target is None for goal in plan.goals),
        "activities_planned": len(plan.activities),
        "activities_left_out": len(plan.cut),
        "hours_planned": capacity.planned,
        "hours_available": capacity.available,
        "hours_missing": None if capacity.available is None else capacity.planned - capacity.available,
    }


def _reviewed(diagnosis: Diagnosis, history: History | None) -> dict[str, Value | None]:
    if history is None:
        return {"reviews_held": 0, "activities_late": 0}
    on = max(diagnosis.case.as_of, history.latest or diagnosis.case.as_of)
    return {"reviews_held": len(history.accepted), "activities_late": len(overdue(history.activities, on))}
