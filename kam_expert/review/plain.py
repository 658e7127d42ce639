"""A review as plain values: ids and numbers, no words of a language."""

from __future__ import annotations

from typing import Any

from kam_expert.case import Given
from kam_expert.explanation.what_if import differing_json
from kam_expert.review.agenda import Agenda
from kam_expert.review.entries import RecordedActivity, RecordedGate
from kam_expert.review.kpis import Measured
from kam_expert.review.reviewing import InForce, Review


def plain(review: Review, agenda: Agenda) -> dict[str, Any]:
    """The review for JSON."""
    found, last = review.today.recommendation, review.last
    return {
        "case": review.case.id,
        "on": review.on.isoformat(),
        "rulebook": {"version": review.book.version},
        "last": None if last is None else _last(review),
        "proposal": {
            "level": None if review.level is None else review.level.id,
            "rules": [
                {"rule": each.rule.id, "level": each.rule.entry.level, "values": dict(each.premises)}
                for each in review.noticed
            ],
            **in_force(review.proposed),
        },
        "recommendation": {
            "level": found.level,
            "primary": found.primary,
            "secondary": list(found.secondary),
            "next_waves": [wave.strategy for wave in found.next_waves],
        },
        "names": dict(review.values),
        "changes": [
            {"fact": each.name, "before": _given(each.before), "after": _given(each.after)} for each in review.changes
        ],
        **({} if review.difference is None else differing_json(review.difference)),
        "figures": [_figure(each, review) for each in review.measured],
        "overdue": [activity(each) for each in review.overdue],
        "agenda": {
            "gates": [_gate(each) for each in agenda.gates],
            "guesses": list(agenda.guesses),
            "stale": list(agenda.stale),
            "flips": [flip.json() for flip in agenda.flips],
            "opposing": [{"rule": vote.rule, "points": vote.points} for vote in agenda.opposing],
        },
    }


def _last(review: Review) -> dict[str, Any]:
    assert review.last is not None
    entry = review.last.entry
    return {
        "on": entry.on.isoformat(),
        "by": entry.by,
        "reason": entry.reason,
        "decision": entry.decision,
        "rulebook": entry.rulebook,
        "recommended": entry.recommended.model_dump(mode="json"),
        "in_force": entry.in_force.model_dump(mode="json"),
        "against": entry.against,
        "left_out": list(review.last.left_out),
    }


def in_force(found: InForce) -> dict[str, Any]:
    """Strategies with their plan."""
    return {
        "primary": found.choice.primary,
        "secondary": list(found.choice.secondary),
        "activities": [activity(each) for each in found.activities],
        "gates": [_gate(each) for each in found.gates],
    }


def activity(found: RecordedActivity) -> dict[str, Any]:
    return found.model_dump(mode="json")


def _gate(found: RecordedGate) -> dict[str, Any]:
    return found.model_dump(mode="json")


def _figure(found: Measured, review: Review) -> dict[str, Any]:
    last = review.last
    return {
        "name": found.name,
        "of": found.of,
        "leading": found.leading,
        "unit": found.unit,
        "value": found.value,
        "planned": found.planned(review.on),
        "target": found.target,
        "at_most": found.at_most,
        "since": found.since.isoformat(),
        "due": found.due.isoformat(),
        "on_target": found.on_target(review.on),
        "trend": None if last is None else found.trend(last.entry.on),
        "readings": [
            {"on": each.on.isoformat(), "value": each.value, "source": each.source, "by": each.by}
            for each in found.readings
        ],
    }


def _given(given: Given | None) -> dict[str, Any] | None:
    if given is None:
        return None
    as_of = None if given.as_of is None else given.as_of.isoformat()
    value = [dict(row) for row in given.rows] or given.value
    return {"state": given.state, "value": value, "source": given.source, "as_of": as_of}
