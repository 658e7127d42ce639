"""The value of a measure, derived fact or score in a state of knowledge.

Each value is rounded (half up) to its stated decimals here, before anything compares it.
"""

from __future__ import annotations

from kam_expert.rulebook.book import Computed, Rulebook, Weighted
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up, waits_for
from kam_expert.rulebook.expressions import Value


def compute_measure(measure: Computed, book: Rulebook, state: State, not_applicable: frozenset[str]) -> Value | None:
    """The value of a measure that is not a flag, or None if unknown."""
    entry = measure.entry
    if entry.tally is not None:
        value = _tally(measure, state, not_applicable)
    elif entry.by is not None:
        key = state.values.get(entry.by)
        value = None if key is None else (entry.values or {}).get(str(key))
    elif entry.completeness is not None:
        value = _completeness(book, state, not_applicable)
    else:
        assert measure.expression is not None
        value = evaluate(measure.expression, state)
    return None if value is None else round_half_up(float(value), entry.decimals)


def _tally(measure: Computed, state: State, not_applicable: frozenset[str]) -> float | None:
    """The points of the lines; a line that waits only for facts that do not apply can never come true."""
    tally = measure.entry.tally
    assert tally is not None
    if measure.when is not None and evaluate(measure.when, state) is not True:
        return None
    points = 0
    for line in measure.lines:
        holds = evaluate(line.condition, state)
        possible = holds is None and not not_applicable.issuperset(waits_for(line.condition, state))
        if holds or (possible and tally.counts == "possible"):
            points += line.entry.points
    return min(points, tally.cap) if tally.cap is not None else points


def _completeness(book: Rulebook, state: State, not_applicable: frozenset[str]) -> float | None:
    """Per cent of the short-form facts that apply whose value is known."""
    known = applicable = 0
    for fact in book.facts.values():
        if fact.short_form is None or fact.id in not_applicable:
            continue
        if fact.when is not None and state.values.get(fact.when) is False:
            continue
        applicable += 1
        known += fact.id in state.values or bool(state.tables.get(fact.id))
    return 100 * known / applicable if applicable else None


def compute_score(score: Weighted, state: State) -> tuple[float | None, float]:
    """The weighted mean over the known parts and the known share of the weight.

    Unknown when that share is below the parameter `min_coverage`. A score with a preferred measure takes that value
    when it is known.
    """
    decimals = score.entry.decimals
    if score.entry.prefer is not None:
        preferred = state.values.get(score.entry.prefer)
        if preferred is not None:
            return round_half_up(float(preferred), decimals), 1.0
    total = known = 0
    points = 0.0
    for part in score.parts:
        total += part.weight
        value = evaluate(part.value, state)
        if value is not None:
            known += part.weight
            points += part.weight * value
    coverage = round_half_up(known / total, 2) if total else 0.0
    if not known or coverage < state.parameters["min_coverage"]:
        return None, coverage
    return round_half_up(points / known, decimals), coverage
