"""The plan for the customer's eyes: only what `knowledge/customer.yaml` lists gets in, in the words it has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents.figures import figures
from kam_expert.plan import Goal, PlannedActivity
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section, Table
from kam_expert.rulebook.customer_schema import (
    Audience,
    CustomerEntry,
    Listed,
    Origin,
    Refusal,
    SafeActivity,
    SafeGoal,
    SafeValue,
    Told,
)
from kam_expert.rulebook.document_rules import Conditional
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording

MOST_MEASURES = 5
FEWEST_MEASURES = 3
MOST_AIMS = 3
T = TypeVar("T", bound=Told)
L = TypeVar("L", bound=Listed)


class NotHandedOver(Exception):
    """That no plan may be handed to this customer. `refusal`: why; None if it is not known who would read it."""

    def __init__(self, account: str, refusal: Refusal | None) -> None:
        self.account = account
        self.refusal = refusal
        super().__init__(account)


def document(diagnosis: Diagnosis, words: Wording, allowed: CustomerEntry) -> Document:
    """What both sides know, measures, aims, roadmap with asks, meetings and owners. Raises `NotHandedOver`."""
    when = diagnosis.book.documents.customer_when
    told = _Told(diagnosis, words, allowed, when, _audience(diagnosis, when))
    sections = (
        *told.shared(),
        Section(told.say("measures"), told.measures()),
        Section(told.text(told.audience.aims), told.aims()),
        Section(told.say("roadmap"), told.roadmap()),
        Section(told.say("reviews"), told.reviews()),
    )
    title = words.fill(told.audience.title, account=diagnosis.case.name)
    return Document(title, sections, handed_over=True)


def _audience(diagnosis: Diagnosis, when: Conditional) -> Audience:
    """For whom the plan is, after everything that forbids one was asked; what is not known forbids it."""
    account, book = diagnosis.case.name, diagnosis.book
    state = State(figures(diagnosis), book.parameters, diagnosis.case.inputs(book).tables)
    for refusal, condition in when.refusals:
        if evaluate(condition, state) is not False:
            raise NotHandedOver(account, refusal)
    for audience, condition in when.audiences:
        if evaluate(condition, state) is True:
            return audience
    raise NotHandedOver(account, None)


@dataclass(frozen=True)
class _Told:
    """Everything here is looked up by id in what is allowed; an id that is not there says nothing."""

    diagnosis: Diagnosis
    words: Wording
    allowed: CustomerEntry
    when: Conditional
    audience: Audience

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"documents.customer.{key}", **parameters)

    def text(self, text: Text | None) -> str:
        return "" if text is None else self.words.text(text)

    def day(self, day: date) -> str:
        return day.isoformat()

    def meant(self, items: Iterable[T]) -> list[T]:
        """Those for this audience; the first audience gets what names none."""
        first = self.when.audiences[0][0].id
        return [each for each in items if self.audience.id in (each.audiences or (first,))]

    def listed(self, items: Iterable[L]) -> Mapping[str, L]:
        return {each.id: each for each in self.meant(items)}

    def recognised(self, name: str, sources: tuple[Origin, ...] = ()) -> bool:
        """Whether the customer knows where a value comes from: all facts behind it that the case states."""
        facts = self.diagnosis.case.facts
        found = [facts[each] for each in self.when.behind.get(name, ()) if each in facts]
        stated = [each.source or "unstated" for each in found if each.value is not None or each.rows]
        return bool(stated) and set(stated) <= set(sources or self.allowed.sources)

    # what both sides know

    def shared(self) -> tuple[Section, ...]:
        shared = self.audience.shared
        rows = tuple(
            (self.text(each.label), known) for each in self.meant(self.allowed.values) if (known := self.known(each))
        )
        if shared is None or not rows:
            return ()
        headers = (self.say("column.what"), self.say("column.state"))
        return (Section(self.text(shared.title), (Paragraph(self.text(shared.lead)), Table(headers, rows, (50, 40)))),)

    def known(self, safe: SafeValue) -> str:
        """The value in words; nothing if it is unknown, zero, or from a source that the customer does not know."""
        value = self.diagnosis.conclusions.values.get(safe.id)
        if not value or not self.recognised(safe.id, safe.sources):
            return ""
        return self.words.value(safe.id, value, self.diagnosis.book, self.diagnosis.case.currency)

    # measures

    def measures(self) -> tuple[Block, ...]:
        safe = self.listed(self.allowed.goals)
        goals = () if self.diagnosis.plan is None else self.diagnosis.plan.goals
        found = [(safe[goal.id], goal) for goal in goals if goal.id in safe]
        rows = [self.goal(*each) for each in found if not each[0].number or self.recognised(each[0].id)]
        rows = rows[:MOST_MEASURES]
        titles = {row[0] for row in rows}
        for measure in self.meant(self.allowed.measures):
            if len(rows) < FEWEST_MEASURES and self.text(measure.title) not in titles:
                rows.append(
                    (self.text(measure.title), self.text(measure.kpi), self.say("to_agree"), self.say("always"))
                )
        headers = tuple(self.say(f"column.{name}") for name in ("goal", "measure", "target", "by"))
        table = Table(headers, tuple(rows), (32, 34, 14, 14))
        return (Paragraph(self.say("measures_lead")), table, Paragraph(self.say("measures_open")))

    def goal(self, safe: SafeGoal, goal: Goal) -> tuple[str, str, str, str]:
        """A goal; without a target or day where nothing that may be told works for it."""
        target = day = self.say("to_agree")
        told = {planned.id for _, planned in self.activities}
        if not safe.kept_by or told.intersection(safe.kept_by):
            day = self.day(goal.due)
            if safe.number and goal.target is not None:
                currency = self.diagnosis.case.currency
                target = self.words.quantity(goal.target, goal.unit, self.diagnosis.book, currency)
        return self.text(safe.title), self.text(safe.kpi), target, day

    # aims

    @cached_property
    def open_strategies(self) -> Mapping[str, Text]:
        """The strategies that may be told to this audience, with what is told of them."""
        return {each.id: each.aim for each in self.meant(self.allowed.strategies)}

    def aims(self) -> tuple[Block, ...]:
        recommendation, told = self.diagnosis.recommendation, self.open_strategies
        chosen = [name for name in (recommendation.primary, *recommendation.secondary) if name is not None]
        aims = [self.text(told[name]) for name in chosen if name in told]
        if not aims or not self.open_direction():
            aims.insert(0, self.text(self.audience.reserved))
        items = tuple((aim, ()) for aim in dict.fromkeys(aims))
        return (Paragraph(self.say("together_lead")), Bullets(items[:MOST_AIMS]))

    def open_direction(self) -> bool:
        """Whether what leads may be told."""
        return self.diagnosis.recommendation.primary in self.open_strategies

    # roadmap

    def roadmap(self) -> tuple[Block, ...]:
        rows = [self.activity(safe, planned) for safe, planned in self.activities]
        if not rows:
            return (Paragraph(self.say("roadmap_open")),)
        headers = tuple(self.say(f"column.{name}") for name in ("step", "when", "owner", "ask"))
        return (Paragraph(self.say("roadmap_lead")), Table(headers, tuple(rows), (34, 18, 20, 28)))

    @cached_property
    def activities(self) -> tuple[tuple[SafeActivity, PlannedActivity], ...]:
        """The activities that may be told, in the order of the plan."""
        safe = self.listed(self.allowed.activities)
        planned = () if self.diagnosis.plan is None else self.diagnosis.plan.activities
        found = [(safe[each.id], each) for each in planned if each.id in safe]
        return tuple((activity, each) for activity, each in found if activity.always or self.may_show(each))

    def may_show(self, planned: PlannedActivity) -> bool:
        """Whether the strategy that an activity serves may be told; without one, whether what leads may be."""
        return self.open_direction() if planned.strategy is None else planned.strategy in self.open_strategies

    def activity(self, safe: SafeActivity, planned: PlannedActivity) -> tuple[str, str, str, str]:
        title = self.text(safe.title) or self.text(planned.activity.title)
        return (
            title,
            self.when_done(planned.start, planned.end),
            self.owner(planned.activity.owner),
            self.text(safe.ask) or self.say("no_ask"),
        )

    def when_done(self, start: date, end: date) -> str:
        """The months from start to end; the year once where the language can."""
        if start.year != end.year:
            return self.say("from_to", start=self.month(start), end=self.month(end))
        if start.month == end.month:
            return self.month(start)
        return self.say("within_year", year=str(start.year), first=start.month, last=end.month)

    def month(self, day: date) -> str:
        return self.say("month", year=str(day.year), month=day.month)

    def owner(self, name: str) -> str:
        return self.text(self.allowed.owners.get(name)) or self.say("our_side")

    # meetings

    def reviews(self) -> tuple[Block, ...]:
        safe = self.listed(self.allowed.gates)
        gates = () if self.diagnosis.plan is None else self.diagnosis.plan.gates
        rows = tuple(
            (self.text(safe[each.gate.id].title), self.day(each.due), self.owner(each.gate.decides))
            for each in gates
            if each.gate.id in safe
        )
        headers = tuple(self.say(f"column.{name}") for name in ("talk", "day", "owner"))
        blocks: list[Block] = [Table(headers, rows, (40, 20, 30))] if rows else [Paragraph(self.say("reviews_open"))]
        manager = self.diagnosis.case.facts.get(self.allowed.manager or "")
        if manager is not None and isinstance(manager.value, str):
            blocks.append(Paragraph(self.say("manager", name=manager.value)))
        return (*blocks, Paragraph(self.say("closing")))
