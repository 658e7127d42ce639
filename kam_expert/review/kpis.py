"""What is measured in a plan: results, which come late, and leading KPIs, which tell early whether they will come.

Results are the goals of the plan: those that the facts tell come from there, the others are recorded by hand. Leading
KPIs are those of activities and goals. Planned is an even progress from the start to the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kam_expert.review.entries import RESULT, RecordedGoal, RecordedKpi
from kam_expert.review.history import History, kpi_names
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import round_half_up
from kam_expert.rulebook.expressions import Value

Origin = Literal["goal", "activity", "own"]
Trend = Literal["better", "worse", "same"]


@dataclass(frozen=True)
class Reading:
    """One value on one day; `source` is None where nobody said, `facts` where the facts tell it."""

    on: date
    value: float
    source: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Measured:
    """A KPI with all its readings, the oldest first. `start`: where its plan begins, None if that is not known."""

    name: str
    of: str
    origin: Origin
    leading: bool
    unit: str | None
    since: date
    due: date
    start: float | None
    target: float | None
    at_most: bool
    readings: tuple[Reading, ...]

    @property
    def last(self) -> Reading | None:
        return self.readings[-1] if self.readings else None

    @property
    def value(self) -> float | None:
        return None if self.last is None else self.last.value

    @property
    def less_is_better(self) -> bool:
        if self.at_most or self.target is None:
            return self.at_most
        first = self.start if self.start is not None else self.readings[0].value if self.readings else None
        return not self.leading and first is not None and self.target < first

    def planned(self, on: date) -> float | None:
        """What should have been reached by a day; None where no target was agreed. A limit holds from the start."""
        if self.target is None or on < self.since:
            return None
        if self.at_most or self.start is None or on >= self.due:
            return self.target
        share = (on - self.since).days / max((self.due - self.since).days, 1)
        return round_half_up(self.start + (self.target - self.start) * share, 1)

    def on_target(self, on: date) -> bool | None:
        """Whether the last value is as good as planned; None if one of the two is not known."""
        planned, value = self.planned(on), self.value
        if planned is None or value is None:
            return None
        return value <= planned if self.less_is_better else value >= planned

    @property
    def reached(self) -> bool:
        """Whether the last value is as good as what is aimed at in the end."""
        if self.target is None or self.value is None:
            return False
        return self.value <= self.target if self.less_is_better else self.value >= self.target

    @property
    def excess(self) -> float | None:
        """By how much the last value is worse than what was agreed; negative if it is better."""
        if self.target is None or self.value is None:
            return None
        return round_half_up(self.value - self.target if self.less_is_better else self.target - self.value, 1)

    def shortfall(self, on: date) -> float | None:
        """By how many per cent of the planned value the last one is worse, 0 if it is not.

        None in the first half of its time, when a delay tells nothing yet.
        """
        planned, value = self.planned(on), self.value
        if not planned or value is None or 2 * (on - self.since) < self.due - self.since:
            return None
        missing = value - planned if self.less_is_better else planned - value
        return round_half_up(max(0.0, 100 * missing / abs(planned)), 1)

    def trend(self, since: date) -> Trend | None:
        """The last value against the one known on an earlier day; None if there are not two."""
        earlier = [reading.value for reading in self.readings if reading.on <= since]
        if not earlier or self.last is None or self.last.on <= since:
            return None
        return self._compared(self.last.value, earlier[-1])

    def _compared(self, value: float, other: float) -> Trend:
        if value == other:
            return "same"
        return "better" if (value < other) == self.less_is_better else "worse"

    @property
    def improved(self) -> date | None:
        """The day on which it was last better than ever before; its first day if it never was."""
        if not self.readings:
            return None
        best = self.readings[0]
        for reading in self.readings[1:]:
            if self._compared(reading.value, best.value) == "better":
                best = reading
        return best.on


def measured(history: History, book: Rulebook, values: Mapping[str, Value], on: date) -> tuple[Measured, ...]:
    """All that is measured in the plan in force, results first. `values`: what today's facts lead to."""
    if history.last is None:
        return ()
    plan = history.last.entry
    found = [_result(goal, history, values, on) for goal in plan.goals if goal.measure or goal.target is not None]
    for goal in plan.goals:
        found.append(_leading(goal.id, "goal", goal.since, goal.due, history))
    for activity in history.activities:
        if activity.cancelled is None:
            found.append(_leading(activity.id, "activity", activity.start, activity.end, history))
    own = {kpi.id: kpi for kpi in book.review.kpis}
    for name in kpi_names(plan, book):
        if name in own:
            found.append(_leading(name, "own", plan.on, plan.on, history, own[name].unit))
    return tuple(found)


def _result(goal: RecordedGoal, history: History, values: Mapping[str, Value], on: date) -> Measured:
    readings: dict[date, Reading] = {}
    if goal.measure is None:
        readings = {each.on: each for each in _recorded(f"{goal.id}{RESULT}", history)[0]}
    else:
        for entry in history.accepted:
            for each in entry.goals:
                if (each.id, each.since) == (goal.id, goal.since) and each.value is not None:
                    readings[entry.on] = Reading(entry.on, float(each.value), "facts")
        today = values.get(goal.measure)
        if isinstance(today, int | float):
            readings[on] = Reading(on, float(today), "facts")
    name = goal.id if goal.measure else f"{goal.id}{RESULT}"
    start = 0.0 if goal.measure is None else _number(goal.start)
    target, series = _number(goal.target), tuple(readings.values())
    return Measured(name, goal.id, "goal", False, goal.unit, goal.since, goal.due, start, target, False, series)


def _leading(name: str, origin: Origin, since: date, due: date, history: History, unit: str | None = None) -> Measured:
    """A KPI of which only the words are known beforehand; its target is what was last agreed."""
    readings, kpis = _recorded(name, history)
    agreed = next((kpi for kpi in reversed(kpis) if kpi.target is not None or kpi.limit is not None), None)
    units = [kpi.unit for kpi in kpis if kpi.unit is not None]
    return Measured(
        name,
        name,
        origin,
        True,
        units[-1] if units else unit,
        since,
        due,
        0.0,
        None if agreed is None else _number(agreed.target if agreed.limit is None else agreed.limit),
        agreed is not None and agreed.limit is not None,
        readings,
    )


def _recorded(name: str, history: History) -> tuple[tuple[Reading, ...], tuple[RecordedKpi, ...]]:
    """The readings of a KPI, the last of a day, and the entries that they come from."""
    readings: dict[date, Reading] = {}
    kpis = []
    for entry in history.progress:
        for kpi in entry.kpis:
            if kpi.name == name:
                readings[entry.on] = Reading(entry.on, float(kpi.value), kpi.source, entry.by)
                kpis.append(kpi)
    return tuple(readings.values()), tuple(kpis)


def _number(value: int | float | None) -> float | None:
    return None if value is None else float(value)


# the whole plan in a few numbers


def share_on_target(found: Iterable[Measured], on: date) -> float | None:
    """Per cent of those for which it is known that are as good as planned; None if it is known of none."""
    known = [each for each in (one.on_target(on) for one in found) if each is not None]
    return round_half_up(100 * sum(known) / len(known), 0) if known else None


def flat_since(found: Iterable[Measured]) -> tuple[date, date] | None:
    """The day from which on none became better, and the day of the last reading; None if nothing was read twice.

    Those that are where they should be are left out: they have no reason to move.
    """
    series = [each for each in found if len(each.readings) > 1 and not each.reached]
    if not series:
        return None
    improved = [each.improved for each in series if each.improved is not None]
    return max(improved), max(each.readings[-1].on for each in series)
