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
from kam_expert.plan import Goal, make_plan
from kam_expert.recommendation import Policy
from kam_expert.review.ageing import as_recorded, counted_down, stated_on
from kam_expert.review.entries import Choice, RecordedActivity, RecordedGate, RecordedGoal
from kam_expert.review.history import History, Recorded
from kam_expert.review.kpis import Measured, measured
from kam_expert.review.naming import names_of_review, overdue
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value, base_name, names_in
from kam_expert.rulebook.review_rules import NoticedInReview
from kam_expert.rulebook.review_schema import ReviewLevel


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
    goals: tuple[RecordedGoal, ...] = ()


@dataclass(frozen=True)
class Review:
    """A review of one account. Without a history there is nothing to compare: all but `today` and `proposed` is empty.

    `stated`: the case in its own words, while `today` judges it with the time left on the day. `level`: how far the
    proposed change goes; None at the start. `values`: the names of reviews.
    """

    on: date
    history: History = field(repr=False)
    stated: Case = field(repr=False)
    today: Diagnosis = field(repr=False)
    earlier: Diagnosis | None = field(repr=False)
    changes: tuple[FactChange, ...]
    difference: Difference | None = field(repr=False)
    values: Mapping[str, Value] = field(repr=False)
    measured: tuple[Measured, ...]
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
    stated = stated_on(case, book, on, last)
    today = diagnose(counted_down(stated, book), book)
    if last is None:
        return Review(on, history, stated, today, None, (), None, {}, (), (), None, _renewed(today, on))
    earlier = diagnose(as_recorded(last, book), book)
    changes = _changes(earlier.case, today.case, last.left_out)
    moved = difference(earlier, today, [change.name for change in changes])
    kpis = measured(history, book, today.conclusions.values, on)
    values = names_of_review(today, earlier, len(changes), history, kpis, on)
    values["turning_point"] = any(each.rule.entry.turning for each in _noticed(today, values))
    noticed = _noticed(today, values)
    order = {level.id: place for place, level in enumerate(book.review.levels)}
    largest = max((order[each.rule.entry.level] for each in noticed), default=0)
    level = book.review.levels[largest] if book.review.levels else None
    proposed = in_force_after(today, history, level, on)
    return Review(on, history, stated, today, earlier, changes, moved, values, kpis, noticed, level, proposed)


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
    if last is None:
        return None
    return InForce(last.entry.in_force, history.activities, last.entry.gates, last.entry.goals)


def _changes(then: Case, case: Case, left_out: tuple[str, ...]) -> tuple[FactChange, ...]:
    found = []
    for name in dict.fromkeys((*then.facts, *case.facts)):
        before, after = then.facts.get(name), case.facts.get(name)
        if name not in left_out and _said(before) != _said(after):
            found.append(FactChange(name, before, after))
    return tuple(found)


def _said(given: Given | None) -> object:
    return None if given is None or given.state == "unknown" else (given.state, given.value, given.rows)


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
    gates = tuple(RecordedGate(id=each.gate.id, due=each.due) for each in plan.gates)
    return InForce(choice, activities, gates, tuple(_goal(each, on) for each in plan.goals))


def _goal(goal: Goal, on: date) -> RecordedGoal:
    return RecordedGoal(
        id=goal.id,
        measure=goal.measure,
        unit=goal.unit,
        since=on,
        due=goal.due,
        start=goal.start,
        target=goal.target,
        value=goal.start,
    )


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
    return InForce(renewed.choice, merged, present.gates, present.goals or renewed.goals)
