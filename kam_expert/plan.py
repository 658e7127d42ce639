"""The skeleton of the account plan: goals, activities, risks, gates, hours.

Every line names the rule or strategy that put it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from kam_expert.case import Case
from kam_expert.engines.conclusions import Conclusions
from kam_expert.recommendation import NextWave, Recommendation
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.schema import (
    Activity,
    Gate,
    GoalRule,
    InsertRule,
    PlanRule,
    Rank,
    Responsibility,
    RoleProfile,
    Text,
)


@dataclass(frozen=True)
class Goal:
    """What is to be reached. `start` and `target` are None when the case does not give them a number."""

    id: str
    type: str
    title: Text
    kpi: Text
    due: date
    months: int
    measure: str | None
    unit: str | None
    start: float | None
    target: float | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class PlannedActivity:
    """An activity with its dates. `strategy` is the candidate it serves, None if a rule of the account asked for it.

    `cut`: why it did not get into the plan, None if it did. `rank`: the lower, the more important.
    """

    activity: Activity
    strategy: str | None
    tactic: Text | None
    start: date
    end: date
    rank: int
    because: tuple[str, ...]
    cut: Literal["number", "hours"] | None = None

    @property
    def id(self) -> str:
        return self.activity.id


@dataclass(frozen=True)
class PlanRisk:
    """What can go wrong. `origin` is a strategy or a signal."""

    id: str
    origin: str
    title: Text
    early_sign: Text | None
    counter: Text | None


@dataclass(frozen=True)
class PlanGate:
    gate: Gate
    due: date


@dataclass(frozen=True)
class Capacity:
    """Hours of the chosen activities against hours that the account can spare in the planning period.

    None is unknown.
    """

    planned: int
    available: int | None
    months: int


@dataclass(frozen=True)
class RoleCard:
    title: Text
    profile: RoleProfile | None
    responsibilities: tuple[Responsibility, ...]


@dataclass(frozen=True)
class Plan:
    goals: tuple[Goal, ...]
    activities: tuple[PlannedActivity, ...]
    cut: tuple[PlannedActivity, ...]
    risks: tuple[PlanRisk, ...]
    gates: tuple[PlanGate, ...]
    waves: tuple[NextWave, ...]
    role_card: RoleCard
    capacity: Capacity


def make_plan(
    case: Case, book: Rulebook, conclusions: Conclusions, recommendation: Recommendation, state: State
) -> Plan | None:
    """The plan of an advised recommendation, None for any other."""
    if recommendation.primary is None:
        return None
    fired = {firing.rule for firing in conclusions.firings}
    rules = [rule for rule in book.rules if rule.id in fired and _fits(rule, recommendation.primary)]
    offered = _offered(case, book, recommendation, rules, state)
    chosen, cut, capacity = _within_limits(offered, recommendation, book, state)
    return Plan(
        goals=_goals(case, book, rules, state),
        activities=tuple(sorted(chosen, key=lambda a: (a.activity.start, a.activity.end, a.rank, a.id))),
        cut=tuple(cut),
        risks=_risks(book, conclusions, recommendation),
        gates=tuple(PlanGate(gate, _week(case, gate.week)) for gate in book.planning.gates),
        waves=recommendation.next_waves,
        role_card=_role_card(book, conclusions),
        capacity=capacity,
    )


def _fits(rule: Rule, primary: str) -> bool:
    """Whether a line of the plan goes with the primary strategy."""
    entry = rule.entry
    if not isinstance(entry, PlanRule):
        return True
    return primary not in entry.not_beside and (not entry.beside or primary in entry.beside)


def _week(case: Case, week: int) -> date:
    return case.as_of + timedelta(weeks=week)


# activities


def _offered(
    case: Case, book: Rulebook, recommendation: Recommendation, rules: list[Rule], state: State
) -> list[PlannedActivity]:
    """All activities that the strategies and the rules of the account call for, most important first."""
    ranks = book.planning.ranks
    found: list[PlannedActivity] = []
    for index, rule in enumerate(rule for rule in rules if isinstance(rule.entry, InsertRule)):
        activity = rule.entry.insert  # type: ignore[attr-defined]
        place = ranks.primary.first - 1 if activity.essential else _rank(ranks.inserted, index)
        found.append(_planned(case, activity, None, None, place, (rule.id,)))
    assert recommendation.primary is not None
    for order, name in enumerate([recommendation.primary, *recommendation.secondary]):
        candidate = book.candidates[name]
        rank = ranks.primary if order == 0 else ranks.secondary
        if order and candidate.strategy.kind == "enabler":
            rank = ranks.enabler
        tactics = {tactic.id: tactic.title for tactic in candidate.strategy.tactics}
        fitting = [
            activity
            for activity in candidate.strategy.activities
            if activity.direction in (None, candidate.direction) and not _done(activity, book, state)
        ]
        fitting.sort(key=lambda activity: not activity.essential)
        because = _because(name, recommendation)
        for index, activity in enumerate(fitting):
            tactic = tactics.get(activity.tactic) if activity.tactic else None
            found.append(_planned(case, activity, name, tactic, _rank(rank, index), because))
    found.sort(key=lambda a: a.rank)
    first: dict[str, PlannedActivity] = {}
    for item in found:
        first.setdefault(item.id, item)  # the same work asked for twice counts once, where it matters most
    return list(first.values())


def _done(activity: Activity, book: Rulebook, state: State) -> bool:
    condition = book.done_when.get(activity.id)
    return condition is not None and evaluate(condition, state) is True


def _rank(rank: Rank, index: int) -> int:
    return rank.first + rank.step * index


def _because(name: str, recommendation: Recommendation) -> tuple[str, ...]:
    """The strategy itself, then the rules that speak for it."""
    votes = recommendation.standing(name).votes
    supporting = sorted((vote for vote in votes if vote.points > 0), key=lambda vote: -vote.points)
    return (name, *(vote.rule for vote in supporting))


def _planned(
    case: Case, activity: Activity, strategy: str | None, tactic: Text | None, rank: int, because: tuple[str, ...]
) -> PlannedActivity:
    start, end = _week(case, activity.start), _week(case, activity.end)
    return PlannedActivity(activity, strategy, tactic, start, end, rank, because)


def _within_limits(
    offered: list[PlannedActivity], recommendation: Recommendation, book: Rulebook, state: State
) -> tuple[list[PlannedActivity], list[PlannedActivity], Capacity]:
    """The most important activities that number and hours allow, one of them owned outside sales unless it is light.

    What is essential to the primary strategy or to the account stays, whatever the hours; in a light plan nothing else
    does.
    """
    primary = recommendation.primary
    light = primary in book.planning.light
    most, fewest = int(state.parameters["max_activities"]), 0 if light else int(state.parameters["min_activities"])
    months = int(state.parameters["plan_months"])
    per_month = _hours_per_month(recommendation, book, state)
    share = state.parameters["project_hours_share"]
    available = None if per_month is None else int(round_half_up(per_month * months * share / 100, 0))
    chosen: list[PlannedActivity] = []
    cut: list[PlannedActivity] = []
    for item in offered:
        if len(chosen) == most:
            cut.append(_cut(item, "number"))
        elif available is None or len(chosen) < fewest or _kept(item, primary):
            chosen.append(item)
        elif _hours([*chosen, item]) > available:
            cut.append(_cut(item, "hours"))
        else:
            chosen.append(item)
    other = next((item for item in cut if _outside_sales(item, book)), None)
    if chosen and not light and other is not None and not any(_outside_sales(item, book) for item in chosen):
        cut = [item for item in cut if item.id != other.id]
        if not _kept(chosen[-1], primary):
            cut.insert(0, _cut(chosen.pop(), other.cut or "number"))
        chosen.append(replace(other, cut=None))
    return chosen, cut, Capacity(_hours(chosen), available, months)


def _kept(item: PlannedActivity, primary: str | None) -> bool:
    """Whether an activity stays even if the hours do not suffice."""
    return item.activity.essential and item.strategy in (None, primary)


def _hours_per_month(recommendation: Recommendation, book: Rulebook, state: State) -> float | None:
    """Hours on the account: as today, or as needed when a chosen strategy moves them there."""
    today, needed = (state.values.get(each) for each in (book.planning.capacity.today, book.planning.capacity.needed))
    names = [recommendation.primary, *recommendation.secondary]
    directions = {book.candidates[name].direction for name in names if name is not None}
    if today is None or needed is None:
        return None if today is None else float(today)
    if "up" in directions:
        return max(float(today), float(needed))
    if "down" in directions:
        return min(float(today), float(needed))
    return float(today)


def _hours(activities: Iterable[PlannedActivity]) -> int:
    return sum(item.activity.hours for item in activities)


def _cut(item: PlannedActivity, reason: Literal["number", "hours"]) -> PlannedActivity:
    return replace(item, cut=reason)


def _outside_sales(item: PlannedActivity, book: Rulebook) -> bool:
    return not book.planning.owners[item.activity.owner].sales


# goals


def _goals(case: Case, book: Rulebook, rules: list[Rule], state: State) -> tuple[Goal, ...]:
    """The first fitting template of each type, required types first in claim, in the order of the types."""
    first: dict[str, Rule] = {}
    for rule in rules:
        if isinstance(rule.entry, GoalRule):
            first.setdefault(rule.entry.type, rule)
    types = book.planning.goal_types
    ranked = sorted(types, key=lambda name: not types[name].required)
    taken = [name for name in ranked if name in first][: book.planning.most_goals]
    return tuple(_goal(case, first[name], book, state) for name in types if name in taken)


def _goal(case: Case, rule: Rule, book: Rulebook, state: State) -> Goal:
    entry = rule.entry
    assert isinstance(entry, GoalRule)
    start = state.values.get(entry.reads) if entry.reads else None
    target = None if rule.formula is None else evaluate(rule.formula, state)
    decimals = book.units[entry.unit].decimals if entry.unit else 1
    return Goal(
        id=rule.id,
        type=entry.type,
        title=entry.title,
        kpi=entry.kpi,
        due=_months_later(case.as_of, entry.months),
        months=entry.months,
        measure=entry.reads,
        unit=entry.unit,
        start=None if start is None or isinstance(start, str) else float(start),
        target=None if target is None else round_half_up(float(target), decimals),
        because=(rule.id,),
    )


def _months_later(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    return date(year, month, 28)


# risks and roles


def _risks(book: Rulebook, conclusions: Conclusions, recommendation: Recommendation) -> tuple[PlanRisk, ...]:
    """Threats of the account first, then the risks of the chosen strategies, the primary's all, one of each other."""
    found = [
        PlanRisk(name, name, signal.title, None, signal.response)
        for name, signal in book.signals.items()
        if signal.kind == "threat" and conclusions.values.get(name) is True
    ]
    for order, name in enumerate([recommendation.primary, *recommendation.secondary]):
        if name is None:
            continue
        risks = book.candidates[name].strategy.risks
        for risk in risks if order == 0 else risks[:1]:
            found.append(PlanRisk(risk.id, name, risk.title, risk.early_sign, risk.counter))
    return tuple(found)


def _role_card(book: Rulebook, conclusions: Conclusions) -> RoleCard:
    card = book.planning.role_card
    profile = card.profiles.get(str(conclusions.values.get(card.by)))
    return RoleCard(card.title, profile, card.responsibilities)
