"""The reasons behind a conclusion as plain values."""

from __future__ import annotations

from typing import Any

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation.parts import part_found
from kam_expert.explanation.steps import Step
from kam_expert.rulebook.clauses import Alternative
from kam_expert.rulebook.dependencies import effects
from kam_expert.rulebook.expressions import base_name
from kam_expert.rulebook.written import written

Json = dict[str, Any]


def step_json(step: Step, diagnosis: Diagnosis) -> Json:
    """A step with all below it."""
    found: Json = {"kind": step.sort, "id": step.name}
    if step.again:
        return {**found, "again": True}
    found |= _own(step, diagnosis)
    if step.alternative is not None:
        found["clauses"] = clauses(step.alternative)
    if step.cut:
        found["cut"] = True
    return {**found, "by": [step_json(each, diagnosis) for each in step.by]}


def clauses(alternative: Alternative) -> Json:
    """The clauses of a condition, written as in the rulebook, by what they are worth."""
    parts = {"true": alternative.holding, "false": alternative.failed, "unknown": alternative.unknown}
    return {mark: [written(each) for each in found] for mark, found in parts.items()}


def _own(step: Step, diagnosis: Diagnosis) -> Json:
    book = diagnosis.book
    value = diagnosis.conclusions.values.get(step.name)
    match step.sort:
        case "fact":
            return _fact(step.name, diagnosis)
        case "parameter":
            entry = book.parameter_entries[step.name]
            return {"value": book.parameters[step.name], "unit": entry.unit, "sources": list(entry.sources)}
        case "measure":
            entry_ = book.measures[step.name].entry
            return {"value": value, "unit": entry_.unit, "formula": entry_.formula, "sources": list(entry_.sources)}
        case "score":
            score = next(each for each in diagnosis.scores if each.id == step.name)
            return {"value": score.value, "coverage": score.coverage, "borderline": score.borderline}
        case "part":
            part = part_found(diagnosis, step.owner or "", step.name)
            return {"weight": part.weight, "value": part.value, "adds": part.adds}
        case "line":
            return {"points": book.measures[step.owner or ""].lines[int(step.name)].entry.points}
        case "model":
            position = next(each for each in diagnosis.positions if each.model == step.name)
            also = {"borderline": position.borderline, "also": list(position.also), "at_least": position.at_least}
            return {"value": position.cell, "rule": position.rule, **also}
        case "signal":
            return {"value": value}
        case "rule":
            rule = book.rule(step.name)
            return {
                "rule_kind": rule.kind,
                "fired": diagnosis.conclusions.fired(rule.id),
                "condition": written(rule.condition),
                "effects": [
                    {"strategy": each.candidate, "how": each.how, "strength": each.word} for each in effects(book, rule)
                ],
                "sources": list(rule.entry.sources),
            }
        case "strategy":
            standing = diagnosis.recommendation.standing(step.name)
            votes = [{"rule": vote.rule, "points": vote.points} for vote in standing.votes]
            return {"status": standing.status, "score": standing.score, "votes": votes}
        case "primary":
            recommendation = diagnosis.recommendation
            return {
                "value": recommendation.primary,
                "runner_up": recommendation.runner_up,
                "secondary": list(recommendation.secondary),
            }
        case _:
            return {"value": diagnosis.recommendation.level}


def _fact(name: str, diagnosis: Diagnosis) -> Json:
    case, book = diagnosis.case, diagnosis.book
    plain = base_name(name)
    given = case.facts.get(plain)
    value = diagnosis.conclusions.values.get(name)
    found: Json = {"value": value, "unit": book.unit_of(plain), "state": "unknown" if given is None else given.state}
    if given is not None and given.state == "given":
        found["value"] = [dict(row) for row in given.rows] or value
        found |= {"source": given.source, "as_of": None if given.as_of is None else given.as_of.isoformat()}
        found |= {"confidence": case.confidence(plain, book), "stale": case.stale(plain, book), "note": given.note}
    return found
