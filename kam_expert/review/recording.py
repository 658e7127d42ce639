"""Entries of a history as text: readable, one thing on a line, so that a difference of two versions reads well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kam_expert.case import SOURCES
from kam_expert.case_text import fact_text, scalar
from kam_expert.review.entries import START, Moved, RecordedKpi
from kam_expert.review.history import History
from kam_expert.review.reviewing import InForce, Review, in_force_after
from kam_expert.rulebook.characters import fit


@dataclass(frozen=True)
class Decision:
    """What a person decided: to accept the proposal, or another level or primary, with a reason."""

    by: str | None = None
    reason: str | None = None
    level: str | None = None
    instead: str | None = None


def decided(review: Review, decision: Decision) -> tuple[str, InForce]:
    """The level accepted, and what is then in force."""
    level = review.book.review.level(decision.level) if decision.level is not None else review.level
    after = in_force_after(review.today, review.history, level, review.on, decision.instead)
    if review.last is None or level is None:
        return START, after
    if decision.instead is not None:
        kind = "remix" if decision.instead == review.last.entry.in_force.primary else "renew"
        level = next((each for each in review.book.review.levels if each.plan == kind), level)
    return level.id, after


def accepted(review: Review, decision: Decision) -> str:
    """The entry of an accepted review."""
    name, after = decided(review, decision)
    found, today = review.today.recommendation, review.today
    proposed = review.proposed.choice.primary
    overridden = proposed is not None and after.choice.primary not in (None, proposed)
    against = proposed if overridden else _still_against(review, after)
    advice = {
        "level": found.level,
        "primary": found.primary,
        "secondary": found.secondary,
        "next_waves": tuple(wave.strategy for wave in found.next_waves),
    }
    votes = {each.id: each.score for each in found.standings if each.score}
    positions = {each.model: each.cell for each in today.positions if each.cell is not None}
    lines = [*_head("accepted", review.on, decision.by, decision.reason, review.history)]
    lines[-1:-1] = [f"case: {scalar(today.case.id)}", f"name: {scalar(today.case.name)}"]
    lines += [f"rulebook: {scalar(today.book.version)}"]
    lines += [] if today.case.profile is None else [f"profile: {scalar(today.case.profile)}"]
    lines += [f"decision: {scalar(name)}"]
    lines += [f"rules: {_list(each.rule.id for each in review.noticed)}"] if review.noticed else []
    lines += [f"recommended: {_flow(advice)}", f"in_force: {_flow(after.choice.model_dump())}"]
    lines += [] if against is None else [f"against: {scalar(against)}"]
    lines += [*_block("positions", positions), *_block("votes", votes)]
    lines += ["gates:" if after.gates else "gates: []", *(f"  - {_flow(gate.model_dump())}" for gate in after.gates)]
    lines += ["activities:" if after.activities else "activities: []"]
    lines += [f"  - {_flow(activity.model_dump())}" for activity in after.activities]
    lines += [f"goals:{'' if after.goals else ' []'}", *(f"  - {_flow(each)}" for each in _goals(review, after))]
    facts = {name: given for name, given in review.stated.facts.items() if given.source in (None, *SOURCES)}
    lines += ["facts:" if facts else "facts: {}", *(f"  {name}: {fact_text(given)}" for name, given in facts.items())]
    return "\n".join(lines) + "\n"


def _still_against(review: Review, after: InForce) -> str | None:
    """A choice against the recommendation stays one as long as that primary is kept against a recommendation."""
    last = review.last
    if last is None or last.entry.against is None or after.choice.primary != last.entry.in_force.primary:
        return None
    return last.entry.against if review.today.recommendation.primary != after.choice.primary else None


def _goals(review: Review, after: InForce) -> list[dict[str, object]]:
    """The goals with what today's facts say of each."""
    values = review.today.conclusions.values
    found = []
    for goal in after.goals:
        value = None if goal.measure is None else values.get(goal.measure)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        found.append({**goal.model_dump(), "value": number})
    return found


@dataclass(frozen=True)
class Report:
    """What is reported about the plan in force between two reviews; the fields are those of a progress entry."""

    done: tuple[str, ...] = ()
    delayed: tuple[Moved, ...] = ()
    cancelled: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    dropped: tuple[str, ...] = ()
    kpis: tuple[RecordedKpi, ...] = ()
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        moved = (self.delayed, self.cancelled, self.moved, self.dropped)
        return any((self.done, *moved, self.kpis, self.won, self.lost))


def progress(history: History, report: Report, on: date, by: str | None, reason: str | None) -> str:
    """The entry of what is reported."""
    lines = _head("progress", on, by, reason, history)
    lists = tuple((key, getattr(report, key)) for key in ("done", "cancelled", "dropped", "won", "lost"))
    lines += [f"{key}: {_list(items)}" for key, items in lists if items]
    for key, moved in (("delayed", report.delayed), ("moved", report.moved)):
        if moved:
            lines += [f"{key}:", *(f"  - {_flow(each.model_dump())}" for each in moved)]
    if report.kpis:
        lines += ["kpis:", *(f"  - {_flow(each.model_dump())}" for each in report.kpis)]
    return "\n".join(lines) + "\n"


def _head(kind: str, on: date, by: str | None, reason: str | None, history: History) -> list[str]:
    given = [(key, fit(text).strip()) for key, text in (("by", by), ("reason", reason)) if text is not None]
    said = [(key, text) for key, text in given if text]
    lines = ["---", f"kind: {kind}", f"on: {on.isoformat()}", *(f"{key}: {scalar(text)}" for key, text in said)]
    return [*lines, f"follows: {scalar(history.follows)}"]


def _block(key: str, value: Mapping[str, str | int]) -> list[str]:
    """A map with one line for each key, so that a difference of two entries reads well."""
    if not value:
        return [f"{key}: {{}}"]
    return [f"{key}:", *(f"  {scalar(name)}: {scalar(each)}" for name, each in value.items())]


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(scalar(item) for item in items) + "]"


def _flow(value: Mapping[str, object]) -> str:
    """A map on one line, without what is not known or empty."""
    parts = []
    for key, each in value.items():
        if isinstance(each, tuple):
            parts += [f"{key}: {_list(each)}"] if each else []
        elif isinstance(each, str | int | float | date):
            parts.append(f"{scalar(key)}: {scalar(each)}")
    return "{" + ", ".join(parts) + "}"
