"""The names of reviews: what rules about a review may read besides the names of the rulebook.

Those that the program computes are here; the others say in `knowledge/review.yaml` where their value comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kam_expert.case import Given
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.recommendation import Recommendation
from kam_expert.review.ageing import as_recorded, months_between
from kam_expert.review.entries import Accepted, Choice, RecordedActivity
from kam_expert.review.history import History
from kam_expert.review.kpis import Measured, flat_since, share_on_target
from kam_expert.rulebook.evaluation import round_half_up
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.review_schema import ReviewName
from kam_expert.rulebook.schema import BlockRule

CLOSED = ("blocked", "not_eligible", "vetoed")
MONTHS_OF_A_YEAR = 12
DECIMALS = 2


def names_of_review(
    today: Diagnosis, earlier: Diagnosis, changed: int, history: History, kpis: tuple[Measured, ...], on: date
) -> dict[str, Value]:
    """The names of reviews that are known. `changed`: how many facts have another value."""
    assert history.last is not None
    then = history.last.entry
    found: dict[str, Value | None] = {
        "changed_facts": changed,
        "stale_facts": len(today.stale),
        "guessed_facts": len(today.guesses),
        "changed_positions": _moved(today, earlier),
        "rulebook_changed": then.rulebook != today.book.version,
        "months_since_review": months_between(then.on, on),
        "manager_changed": _other_manager(today, earlier),
    }
    found |= _of_strategies(today, then) | _of_plan(history, then, on) | _of_kpis(kpis, on)
    stated = _Stated(today, earlier, history, kpis, on)
    for name in today.book.review.names.values():
        if name.ways:
            found[name.id] = stated.value(name)
    return {name: value for name, value in found.items() if value is not None}


def _moved(today: Diagnosis, earlier: Diagnosis) -> int:
    cells = [{each.model: each.cell for each in side.positions} for side in (today, earlier)]
    return sum(cells[0].get(model) != cells[1].get(model) for model in {*cells[0], *cells[1]})


def _of_strategies(today: Diagnosis, then: Accepted) -> dict[str, Value | None]:
    """Today's recommendation against what is in force."""
    now, held = today.recommendation, then.in_force.primary
    other = now.primary is not None and held is not None and now.primary != held
    return {
        "advised_now": now.primary is not None,
        "advised_then": held is not None,
        "other_primary": other,
        "new_finding": (now.level, now.primary) != (then.recommended.level, then.recommended.primary),
        "other_forced": now.forced_by is not None or now.upheld_by is not None,
        "primary_closed": held is not None and _closed(today, held),
        "primary_margin": _margin(now, held) if other else None,
        "other_secondaries": _other_secondaries(now, then.recommended.secondary, then.in_force),
        "wave_opened": bool(_opened(now, then.recommended.next_waves, then.in_force)),
        "overridden": then.against is not None,
    }


def _of_plan(history: History, then: Accepted, on: date) -> dict[str, Value | None]:
    """How the plan in force is getting on."""
    activities, since = history.activities, history.since_last
    year = [entry for entry in history.progress if months_between(entry.on, on) <= MONTHS_OF_A_YEAR]
    return {
        "gates_reached": sum(then.on < gate.due <= on for gate in then.gates),
        "activities_due": len(_due(activities, on)),
        "activities_overdue": len(overdue(activities, on)),
        "completion": _completion(activities, on),
        "completion_then": _completion(activities, then.on),
        "put_off": sum(len(entry.delayed) + len(entry.cancelled) for entry in year),
        "opportunities_won": sum(len(entry.won) for entry in since),
        "opportunities_lost": sum(len(entry.lost) for entry in since),
    }


def _of_kpis(kpis: tuple[Measured, ...], on: date) -> dict[str, Value | None]:
    """How far leading KPIs and results are where they should be."""
    leading = [each for each in kpis if each.leading]
    results = [each for each in kpis if not each.leading]
    shortfalls = [each for each in (one.shortfall(on) for one in results) if each is not None]
    return {
        "leading_known": sum(each.on_target(on) is not None for each in leading),
        "leading_on_target": share_on_target(leading, on),
        "leading_flat": _flat(leading),
        "results_on_target": share_on_target(results, on),
        "results_flat": _flat(results),
        "goal_shortfall": max(shortfalls, default=None),
    }


def _flat(kpis: Iterable[Measured]) -> float | None:
    """For how many months none of them has become better, as far as they were read."""
    span = flat_since(kpis)
    return None if span is None else months_between(*span)


class _Stated:
    """The values of names that `knowledge/review.yaml` says how to come by."""

    def __init__(
        self, today: Diagnosis, earlier: Diagnosis, history: History, kpis: tuple[Measured, ...], on: date
    ) -> None:
        self.today = today
        self.history = history
        self.earlier = earlier
        self.kpis = {each.name: each for each in kpis if each.leading}
        self.on = on
        self.judged: dict[int, Diagnosis] = {}

    def value(self, name: ReviewName) -> Value | None:
        if name.read is not None:
            then = self._looked_at(name)
            before = None if then is None else then.conclusions.values.get(name.read)
            if name.differs:
                now = self.today.conclusions.values.get(name.differs)
                return None if before is None or now is None else now != before
            return before if name.was else self._change(name.read, before)
        if name.running:
            return self._running_since(name.running) is not None
        if name.months_of:
            since = self._running_since(name.months_of)
            return None if since is None else months_between(since, self.on)
        kpi = self.kpis.get(name.kpi or name.kpi_excess or "")
        return None if kpi is None else (kpi.value if name.kpi else kpi.excess)

    def _change(self, name: str, before: Value | None) -> float | None:
        now = self.today.conclusions.values.get(name)
        if not isinstance(now, int | float) or not isinstance(before, int | float):
            return None
        return round_half_up(now - before, DECIMALS)

    def _looked_at(self, name: ReviewName) -> Diagnosis | None:
        """The diagnosis of the review that a name looks at; None if there has been none yet."""
        recorded = self.history.recorded
        if name.reviews_ago is not None:
            return self._judged(len(recorded) - name.reviews_ago) if len(recorded) >= name.reviews_ago else None
        if name.months_ago is None:
            return self.earlier
        far = [i for i, each in enumerate(recorded) if months_between(each.entry.on, self.on) >= name.months_ago]
        return self._judged(far[-1]) if far else None

    def _judged(self, index: int) -> Diagnosis:
        if index not in self.judged:
            self.judged[index] = diagnose(as_recorded(self.history.recorded[index], self.today.book), self.today.book)
        return self.judged[index]

    def _running_since(self, strategies: tuple[str, ...]) -> date | None:
        """The day since when one of the strategies has been in force without a break; None if none is."""
        since = None
        for entry in reversed(self.history.accepted):
            held = (entry.in_force.primary, *entry.in_force.secondary)
            if not any(name is not None and name.split(".")[0] in strategies for name in held):
                break
            since = entry.on
        return since


def _closed(today: Diagnosis, name: str) -> bool:
    """Whether a strategy can lead no more: vetoed, blocked, or not open to this kind of account."""
    if name not in today.book.candidates or today.recommendation.standing(name).status in CLOSED:
        return True
    blocks = [rule for rule in today.book.rules_of("block") if today.conclusions.fired(rule.id)]
    return any(isinstance(rule.entry, BlockRule) and name in rule.entry.blocks for rule in blocks)


def _margin(now: Recommendation, held: str | None) -> int | None:
    scores = {standing.id: standing.score for standing in now.standings}
    if now.primary is None or held not in scores:
        return None
    return scores[now.primary] - scores[held]


def _other_secondaries(now: Recommendation, recommended: tuple[str, ...], held: Choice) -> bool:
    if now.primary is None or now.primary != held.primary:
        return False
    return set(now.secondary) not in (set(recommended), set(held.secondary))


def _opened(now: Recommendation, waited: tuple[str, ...], held: Choice) -> tuple[str, ...]:
    running = (held.primary, *held.secondary)
    return tuple(name for name in waited if name in (now.primary, *now.secondary) and name not in running)


def _other_manager(today: Diagnosis, earlier: Diagnosis) -> bool | None:
    stated = today.book.review.stated
    if stated is None or stated.manager is None:
        return None
    names = [each.case.facts.get(stated.manager, Given("unknown")).value for each in (earlier, today)]
    return None if None in names else names[0] != names[1]


def _due(activities: tuple[RecordedActivity, ...], on: date) -> tuple[RecordedActivity, ...]:
    """Those that should be carried out by a day; what was called off is not waited for."""
    return tuple(activity for activity in activities if activity.end < on and activity.cancelled is None)


def overdue(activities: tuple[RecordedActivity, ...], on: date) -> tuple[RecordedActivity, ...]:
    """Activities that end before a day and are neither done nor called off, the oldest first."""
    late = [activity for activity in _due(activities, on) if not activity.closed]
    return tuple(sorted(late, key=lambda activity: (activity.end, activity.id)))


def _completion(activities: tuple[RecordedActivity, ...], on: date) -> float | None:
    """Per cent of the activities due by a day that were done by it; None if none was due."""
    due = _due(activities, on)
    done = sum(activity.done is not None and activity.done <= on for activity in due)
    return round_half_up(100 * done / len(due), 1) if due else None
