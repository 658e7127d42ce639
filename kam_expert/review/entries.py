"""What a history may hold: accepted diagnoses, and what was reported in between: activities, figures, opportunities."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from kam_expert.rulebook.schema import Entry, Kebab, Words

KpiName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\.result)?\z")]


class RecordedActivity(Entry):
    """An activity of the plan in force; `done` and `cancelled`: the day on which it was reported so."""

    id: Kebab
    strategy: str | None = None
    owner: str
    start: date
    end: date
    done: date | None = None
    cancelled: date | None = None

    @property
    def closed(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.done is not None or self.cancelled is not None


class RecordedGate(Entry):
    id: str
    due: date


class RecordedGoal(Entry):
    """A goal of the plan in force, set on the day `since`.

    `measure`: the name of the rulebook that tells its result; without it the result is recorded by hand. `value`: the
    result on the day of the entry.
    """

    id: Kebab
    measure: str | None = None
    unit: str | None = None
    since: date
    due: date
    start: int | float | None = None
    target: int | float | None = None
    value: int | float | None = None


class RecordedKpi(Entry):
    """A value of a KPI. `target`: what was agreed to be reached; `limit`: not to be exceeded, so less is better."""

    name: KpiName
    value: int | float
    unit: str | None = None
    target: int | float | None = None
    limit: int | float | None = None
    source: Literal["document", "customer", "estimate", "guess"] | None = None


class Moved(Entry):
    """An activity that was put off, to another day if one was agreed."""

    id: Kebab
    until: date | None = None


class Choice(Entry):
    """Strategies in force; `primary` is None where there is no plan."""

    primary: str | None = None
    secondary: tuple[str, ...] = ()


class RecordedAdvice(Entry):
    """What was recommended on the day."""

    level: Literal["advised", "screening", "hold", "do_not_pursue"]
    primary: str | None = None
    secondary: tuple[str, ...] = ()
    next_waves: tuple[str, ...] = ()


class Accepted(Entry):
    """An accepted diagnosis.

    `case` and `name`: of which account it is. `follows`: a digest of the history before it, so that a change of what
    was accepted shows. `decision`: the level of change that was accepted, `start` for the first. `against`: the primary
    that was proposed, if a person chose another. `votes`: the points of the strategies. `profile`: that of the case
    file.
    """

    kind: Literal["accepted"]
    on: date
    by: Words | None = None
    reason: Words | None = None
    case: str | None = None
    name: Words | None = None
    follows: str
    rulebook: str
    profile: str | None = None
    decision: str
    rules: tuple[str, ...] = ()
    recommended: RecordedAdvice
    in_force: Choice
    against: str | None = None
    positions: dict[str, str] = Field(default_factory=dict)
    votes: dict[str, int] = Field(default_factory=dict)
    gates: tuple[RecordedGate, ...] = ()
    activities: tuple[RecordedActivity, ...] = ()
    goals: tuple[RecordedGoal, ...] = ()
    facts: dict[str, Any]


class Progress(Entry):
    """What was reported about the plan in force.

    `done`: activities carried out. `delayed` and `cancelled`: joint activities that the customer put off or called
    off; `moved` and `dropped`: what we put off or struck out ourselves. `kpis`: values of KPIs. `won` and `lost`:
    opportunities decided.
    """

    kind: Literal["progress"]
    on: date
    by: Words | None = None
    reason: Words | None = None
    follows: str
    done: tuple[Kebab, ...] = ()
    delayed: tuple[Moved, ...] = ()
    cancelled: tuple[Kebab, ...] = ()
    moved: tuple[Moved, ...] = ()
    dropped: tuple[Kebab, ...] = ()
    kpis: tuple[RecordedKpi, ...] = ()
    won: tuple[Words, ...] = ()
    lost: tuple[Words, ...] = ()

    @property
    def activities(self) -> tuple[tuple[str, int, str], ...]:
        """The activities it speaks of, each with its place in the entry."""
        dated = {"delayed": self.delayed, "moved": self.moved}
        closed = {"done": self.done, "cancelled": self.cancelled, "dropped": self.dropped}
        found = [(key, index, name) for key, names in closed.items() for index, name in enumerate(names)]
        return (*found, *((key, index, each.id) for key, all_ in dated.items() for index, each in enumerate(all_)))

    def until(self, key: str, index: int) -> date | None:
        """The new day of an activity that was put off; None if it has none."""
        dated = {"delayed": self.delayed, "moved": self.moved}
        return dated[key][index].until if key in dated else None


LARGEST = 10.0**15
START = "start"
"""What the first entry follows, and its decision."""
RESULT = ".result"
"""What ends the name of a goal's own result, where it is recorded by hand; the name without it is its leading KPI."""


def kpi_range(unit: str | None, *, leading: bool) -> tuple[float, float]:
    """Between what a value of a KPI can lie: a count is not negative, and a share not above the whole."""
    if unit == "percent":
        return (0 if leading else -100), 100
    return 0, LARGEST
