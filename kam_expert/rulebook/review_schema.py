"""What experts may write about the review of a plan: `knowledge/review.yaml` and `rules/review/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, Kebab, ReasonedRule, Snake, Text


class ReviewName(Entry):
    """A name that review rules may read besides those of the rulebook. With no way stated the program computes it.

    `was`: the name of the rulebook whose value at the last review it is; `change`: the number by which it has grown
    since; `differs`: whether the value is another one now. All three look at the last review, or with `months_ago` at
    the latest that lies at least so many months back, with `reviews_ago` at the last but one and so on. `running`:
    whether one of these strategies is in force. `months_of`: for how many months one of them has been, without a break.
    `kpi`: the last value recorded of a KPI; `kpi_excess`: by how much it is worse than what was agreed.
    """

    id: Snake
    label: Text
    meaning: Text
    unit: str | None = None
    was: Snake | None = None
    change: Snake | None = None
    differs: Snake | None = None
    months_ago: int | None = Field(default=None, ge=1)
    reviews_ago: int | None = Field(default=None, ge=2)
    running: tuple[Snake, ...] = ()
    months_of: tuple[Snake, ...] = ()
    kpi: Kebab | None = None
    kpi_excess: Kebab | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of getting at the value that are stated; one at most makes sense."""
        ways = ("was", "change", "differs", "running", "months_of", "kpi", "kpi_excess")
        return tuple(way for way in ways if getattr(self, way))

    @property
    def read(self) -> str | None:
        """The name of the rulebook whose earlier value is looked at."""
        return self.was or self.change or self.differs

    @property
    def strategies(self) -> tuple[str, ...]:
        return self.running or self.months_of


class ReviewLevel(Entry):
    """How far a change goes, from the smallest to the largest in the order of the file.

    `plan`: what accepting it does: `keep` the strategies and the plan, `remix` the secondary strategies, `renew`
    everything from today's recommendation, or `suspend` the plan.
    """

    id: Snake
    plan: Literal["keep", "remix", "renew", "suspend"]
    title: Text
    meaning: Text


class ReviewKpi(Entry):
    """A figure that is recorded while one of `strategies` is in force, besides the KPIs of plans."""

    id: Kebab
    title: Text
    unit: str | None = None
    strategies: tuple[Snake, ...] = Field(min_length=1)


class HandoverStep(Entry):
    """A step of handing an account over to another manager, to be done `day` days after the change.

    `people`: the people at the customer are met in it.
    """

    id: Kebab
    day: int = Field(ge=0)
    owner: str
    title: Text
    deliverable: Text
    people: bool = False


class People(Entry):
    """The table fact that lists the people at the customer, and which of its columns says what."""

    table: Snake
    name: Snake
    shown: tuple[Snake, ...] = ()


class ReviewEntry(Entry):
    """`knowledge/review.yaml` as a whole.

    `manager`: the text fact that names who manages the account. `counts_down`: facts that say in how many months
    something will be; from the day of which they are, they grow less by themselves. `remind`: how many days before its
    last day a calendar reminds of a gate or an activity.
    """

    manager: Snake | None = None
    counts_down: tuple[Snake, ...] = ()
    remind: dict[Literal["gate", "activity"], int] = Field(default_factory=dict)
    people: People | None = None
    handover: tuple[HandoverStep, ...] = ()
    kpis: tuple[ReviewKpi, ...] = ()
    levels: tuple[ReviewLevel, ...] = Field(min_length=1)
    names: tuple[ReviewName, ...]


class ReviewRule(ReasonedRule):
    """What a review notices. `level`: the change it calls for. `advice`: what to do about it.

    `due`: its firing says that the review itself is overdue. `turning`: it notices an event after which another primary
    strategy needs no lead.
    """

    level: Snake
    advice: Text
    due: bool = False
    turning: bool = False
