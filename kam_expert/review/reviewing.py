"""Today's facts against those of the last accepted diagnosis: what changed, by which rules, and what is proposed.

Both sides are judged by today's rulebook, so that only the account's own changes show. The proposal is the largest
change that a rule of `rules/review/` calls for; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from kam_expert.case import Case, Given
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation.differing import Difference, difference
from kam_expert.plan import make_plan
from kam_expert.recommendation import Policy, Recommendation
from kam_expert.review.entries import Choice, RecordedActivity, RecordedGate
from kam_expert.review.history import History, Recorded
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Value, base_name, names_in
from kam_expert.rulebook.review_rules import NoticedInReview
from kam_expert.rulebook.review_schema import ReviewLevel
from kam_expert.rulebook.schema import BlockRule

CLOSED = ("blocked", "not_eligible", "vetoed")


@dataclass(frozen=True)
class FactChange:
    """A fact with another value than at the last review; None where the case does not name it."""

    name: str
    before: Given | None
    after: Given | None


@dataclass(frozen=True)
class Noticed:
    """A review rule that fires, with the values that its condition reads."""

    rule: NoticedInReview
    premises: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class InForce:
    """Strategies with their plan."""

    choice: Choice
    activities: tuple[RecordedActivity, ...]
    gates: tuple[RecordedGate, ...]


@dataclass(frozen=True)
class Review:
    """A review of one account. Without a history there is nothing to compare: all but `today` and `proposed` is empty.

    `level`: how far the proposed change goes; None at the start. `values`: the names of reviews.
    """

    on: date
    history: History = field(repr=False)
    today: Diagnosis = field(repr=False)
    earlier: Diagnosis | None = field(repr=False)
    changes: tuple[FactChange, ...]
    difference: Difference | None = field(repr=False)
    values: Mapping[str, Value] = field(repr=False)
    noticed: tuple[Noticed, ...]
    level: ReviewLevel | None
    proposed: InForce

    @property
    def book(self) -> Rulebook:
        return self.today.book

    @property
    def case(self) -> Case:
        return self.today.case

    @property
    def last(self) -> Recorded | None:
        return self.history.last

    @property
    def in_force(self) -> InForce | None:
        """What was accepted last, with what was reported since; None without a history."""
        return _present(self.history)

    @property
    def overdue(self) -> tuple[RecordedActivity, ...]:
        """The activities of the plan in force that should be done and are not, the oldest first."""
        return overdue(self.history.activities, self.on)

    @property
    def gates_reached(self) -> tuple[RecordedGate, ...]:
        """The gates that fell due since the last review."""
        if self.last is None:
            return ()
        since = self.last.entry.on
        return tuple(gate for gate in self.last.entry.gates if since < gate.due <= self.on)


def review(case: Case, book: Rulebook, history: History, on: date) -> Review:
    """The review of a case on a day. Facts without a date of their own are as old as the case says.

    Raises ValueError if the day lies before the date of the case or of the last entry.
    """
    if on < case.as_of or (history.latest is not None and on < history.latest):
        raise ValueError(on)
    last = history.last
    today = diagnose(_as_on(case, on, last), book)
    if last is None:
        return Review(on, history, today, None, (), None, {}, (), None, _renewed(today, on))
    earlier = diagnose(last.case, book)
    changes = _changes(last, today.case)
    moved = difference(earlier, today, [change.name for change in changes])
    values = _values(today, earlier, changes, history, on)
    noticed = _noticed(today, values)
    order = {level.id: place for place, level in enumerate(book.review.levels)}
    largest = max((order[each.rule.entry.level] for each in noticed), default=0)
    level = book.review.levels[largest] if book.review.levels else None
    proposed = in_force_after(today, history, level, on)
    return Review(on, history, today, earlier, changes, moved, values, noticed, level, proposed)


def in_force_after(
    today: Diagnosis, history: History, level: ReviewLevel | None, on: date, instead: str | None = None
) -> InForce:
    """Strategies and plan after a change of this level is accepted; `instead`: a person chooses this primary."""
    present = _present(history)
    if instead is not None:
        if present is not None and instead == present.choice.primary:
            return _remixed(today, present)
        return _renewed(today, on, instead, Policy(today.book, today.conclusions).beside(instead))
    kind = "renew" if level is None or present is None else level.plan
    if kind == "keep" and present is not None:
        return present
    if kind == "remix" and present is not None and present.choice.primary in today.book.candidates:
        return _remixed(today, present)
    if kind == "suspend":
        return InForce(Choice(), (), ())
    return _renewed(today, on)


def _present(history: History) -> InForce | None:
    last = history.last
    return None if last is None else InForce(last.entry.in_force, history.activities, last.entry.gates)


def _as_on(case: Case, on: date, last: Recorded | None) -> Case:
    """The case as it is seen on a day, with the values of the last review as the former values."""
    facts: dict[str, Given] = {}
    for name, given in case.facts.items():
        dated = given if given.source == "profile" else replace(given, as_of=given.as_of or case.as_of)
        then = None if last is None else last.case.facts.get(name)
        if then is not None and then.value is not None:
            dated = replace(dated, before=then.value)
        facts[name] = dated
    return replace(case, as_of=on, facts=facts)


def _changes(last: Recorded, case: Case) -> tuple[FactChange, ...]:
    found = []
    for name in dict.fromkeys((*last.case.facts, *case.facts)):
        before, after = last.case.facts.get(name), case.facts.get(name)
        if name not in last.left_out and _said(before) != _said(after):
            found.append(FactChange(name, before, after))
    return tuple(found)


def _said(given: Given | None) -> object:
    return None if given is None or given.state == "unknown" else (given.state, given.value, given.rows)


# names


def _values(
    today: Diagnosis, earlier: Diagnosis, changes: tuple[FactChange, ...], history: History, on: date
) -> dict[str, Value]:
    """The names of reviews that are known."""
    assert history.last is not None
    book, now, then = today.book, today.recommendation, history.last.entry
    held = then.in_force.primary
    other = now.primary is not None and held is not None and now.primary != held
    found: dict[str, Value | None] = {
        "changed_facts": len(changes),
        "stale_facts": len(today.stale),
        "guessed_facts": len(today.guesses),
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
        "rulebook_changed": then.rulebook != book.version,
        "months_since_review": months_between(history.accepted[-1].on, on),
        "gates_reached": sum(then.on < gate.due <= on for gate in then.gates),
        "manager_changed": _other_manager(today, earlier),
    }
    activities = history.activities
    found["activities_due"] = len(_due(activities, on))
    found["activities_overdue"] = len(overdue(activities, on))
    found["completion"] = _completion(activities, on)
    found["completion_then"] = _completion(activities, then.on)
    for name in book.review.names.values():
        if name.was is not None:
            found[name.id] = earlier.conclusions.values.get(name.was)
    return {name: value for name, value in found.items() if value is not None}


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
    return tuple(activity for activity in activities if activity.end < on)


def overdue(activities: tuple[RecordedActivity, ...], on: date) -> tuple[RecordedActivity, ...]:
    """Activities that end before a day and are not done, the oldest first."""
    late = [activity for activity in _due(activities, on) if activity.done is None]
    return tuple(sorted(late, key=lambda activity: (activity.end, activity.id)))


def _completion(activities: tuple[RecordedActivity, ...], on: date) -> float | None:
    """Per cent of the activities due by a day that were done by it; None if none was due."""
    due = _due(activities, on)
    done = sum(activity.done is not None and activity.done <= on for activity in due)
    return round_half_up(100 * done / len(due), 1) if due else None


def months_between(earlier: date, later: date) -> float:
    """Calendar months from one day to another; the days of an unfinished month count a thirtieth each."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    days = later.day - earlier.day
    return round_half_up(months + days / 30, 1)


# rules and what they propose


def _noticed(today: Diagnosis, values: Mapping[str, Value]) -> tuple[Noticed, ...]:
    """The rules that fire, the largest change first."""
    book = today.book
    known = {**today.conclusions.values, **values}
    state = State(known, book.parameters, today.case.inputs(book).tables)
    fired = [rule for rule in book.review.rules if evaluate(rule.condition, state) is True]
    order = [level.id for level in book.review.levels]
    fired.sort(key=lambda rule: -order.index(rule.entry.level))
    return tuple(Noticed(rule, _premises(rule, known)) for rule in fired)


def _premises(rule: NoticedInReview, known: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    names = dict.fromkeys(base_name(name) for name in names_in(rule.condition))
    return tuple((name, known[name]) for name in names if name in known)


def _renewed(
    today: Diagnosis, on: date, primary: str | None = None, secondary: tuple[str, ...] | None = None
) -> InForce:
    """Today's recommendation, or another primary, with a plan that starts on the day."""
    found = today.recommendation
    if found.primary is None:
        return InForce(Choice(), (), ())
    choice = Choice(primary=primary or found.primary, secondary=found.secondary if secondary is None else secondary)
    state = State(today.conclusions.values, today.book.parameters, today.case.inputs(today.book).tables)
    advised = replace(found, primary=choice.primary, secondary=choice.secondary)
    plan = make_plan(today.case, today.book, today.conclusions, advised, state)
    assert plan is not None
    activities = tuple(
        RecordedActivity(id=each.id, strategy=each.strategy, owner=each.activity.owner, start=each.start, end=each.end)
        for each in plan.activities
    )
    return InForce(choice, activities, tuple(RecordedGate(id=each.gate.id, due=each.due) for each in plan.gates))


def _remixed(today: Diagnosis, present: InForce) -> InForce:
    """The primary in force with the secondaries that go with it today; what is in both plans keeps its dates."""
    primary = present.choice.primary
    found = today.recommendation
    if primary is None or found.primary is None:
        return present
    chosen = found.secondary
    if primary != found.primary:
        chosen = Policy(today.book, today.conclusions).beside(primary)
    renewed = _renewed(today, today.case.as_of, primary, chosen)
    dated = {activity.id: activity for activity in present.activities}
    merged = tuple(dated.get(activity.id, activity) for activity in renewed.activities)
    return InForce(renewed.choice, merged, present.gates)
