"""The plan for the customer's eyes: only what `knowledge/customer.yaml` lists gets in, in the words it has for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kam_expert.diagnosis import Diagnosis
from kam_expert.plan import Goal, Plan, PlannedActivity
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section, Table
from kam_expert.rulebook.document_schema import CustomerEntry, SafeActivity, SafeGoal
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording

MOST_MEASURES = 5
FEWEST_MEASURES = 3
MOST_AIMS = 3


def document(diagnosis: Diagnosis, words: Wording, allowed: CustomerEntry) -> Document:
    """Value delivered, measures, aims, roadmap with asks, reviews and owners."""
    told = _Told(diagnosis, words, allowed)
    sections = (
        Section(told.say("value"), told.value()),
        Section(told.say("measures"), told.measures()),
        Section(told.say("together"), told.together()),
        Section(told.say("roadmap"), told.roadmap()),
        Section(told.say("reviews"), told.reviews()),
    )
    return Document(told.say("title", account=diagnosis.case.name), sections)


@dataclass(frozen=True)
class _Told:
    """Everything here is looked up by id in what is allowed; an id that is not there says nothing."""

    diagnosis: Diagnosis
    words: Wording
    allowed: CustomerEntry

    @property
    def plan(self) -> Plan | None:
        """The plan, unless no step of it may be promised."""
        untold = self.diagnosis.recommendation.primary in self.allowed.without_steps
        return None if untold else self.diagnosis.plan

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"documents.customer.{key}", **parameters)

    def text(self, text: Text | None) -> str:
        return "" if text is None else self.words.text(text)

    def day(self, day: date) -> str:
        return day.isoformat()

    # value

    def value(self) -> tuple[Block, ...]:
        rows = tuple(
            (self.text(safe.label), self.known(safe.id)) for safe in self.allowed.values if self.known(safe.id)
        )
        ahead = Paragraph(self.say("value_open"))
        headers = (self.say("column.what"), self.say("column.state"))
        return (Paragraph(self.say("value_lead")), Table(headers, rows, (50, 40)), ahead) if rows else (ahead,)

    def known(self, name: str) -> str:
        """The value in words; nothing if it is unknown or zero."""
        value = self.diagnosis.conclusions.values.get(name)
        if not value:
            return ""
        return self.words.value(name, value, self.diagnosis.book, self.diagnosis.case.currency)

    # measures

    def measures(self) -> tuple[Block, ...]:
        safe = {goal.id: goal for goal in self.allowed.goals}
        goals = () if self.plan is None else self.plan.goals
        rows = [self.goal(safe[goal.id], goal) for goal in goals if goal.id in safe][:MOST_MEASURES]
        titles = {row[0] for row in rows}
        for measure in self.allowed.measures:
            if len(rows) < FEWEST_MEASURES and self.text(measure.title) not in titles:
                rows.append((self.text(measure.title), self.text(measure.kpi), self.say("to_agree")))
        headers = tuple(self.say(f"column.{name}") for name in ("goal", "measure", "target"))
        return (Paragraph(self.say("measures_lead")), Table(headers, tuple(rows), (34, 38, 24)))

    def goal(self, safe: SafeGoal, goal: Goal) -> tuple[str, str, str]:
        target = self.say("by", day=self.day(goal.due))
        if safe.number and goal.target is not None:
            number = self.words.quantity(goal.target, goal.unit, self.diagnosis.book, self.diagnosis.case.currency)
            target = self.say("target_by", target=number, day=self.day(goal.due))
        return self.text(safe.title), self.text(safe.kpi), target

    # aims

    def together(self) -> tuple[Block, ...]:
        recommendation, told = self.diagnosis.recommendation, self.allowed.strategies
        chosen = [name for name in (recommendation.primary, *recommendation.secondary) if name is not None]
        aims = [self.text(told[name]) for name in chosen if name in told]
        if not aims or not self.open_direction():
            aims.insert(0, self.text(self.allowed.reserved))
        items = tuple((aim, ()) for aim in dict.fromkeys(aims))
        return (Paragraph(self.say("together_lead")), Bullets(items[:MOST_AIMS]))

    def open_direction(self) -> bool:
        """Whether what leads may be told."""
        return self.diagnosis.recommendation.primary in self.allowed.strategies

    # roadmap

    def roadmap(self) -> tuple[Block, ...]:
        rows = [self.activity(safe, planned) for safe, planned in self.activities()]
        if not rows:
            return (Paragraph(self.say("roadmap_open")),)
        headers = tuple(self.say(f"column.{name}") for name in ("step", "when", "owner", "ask"))
        return (Paragraph(self.say("roadmap_lead")), Table(headers, tuple(rows), (34, 18, 20, 28)))

    def activities(self) -> list[tuple[SafeActivity, PlannedActivity]]:
        """The activities that may be told, in the order of the plan."""
        safe = {activity.id: activity for activity in self.allowed.activities}
        planned = () if self.plan is None else self.plan.activities
        found = [(safe[each.id], each) for each in planned if each.id in safe]
        return [(activity, each) for activity, each in found if activity.always or self.may_show(each)]

    def may_show(self, planned: PlannedActivity) -> bool:
        """Whether the strategy that an activity serves may be told; without one, whether what leads may be."""
        return self.open_direction() if planned.strategy is None else planned.strategy in self.allowed.strategies

    def activity(self, safe: SafeActivity, planned: PlannedActivity) -> tuple[str, str, str, str]:
        title = self.text(safe.title) or self.text(planned.activity.title)
        return (
            title,
            self.when(planned.start, planned.end),
            self.owner(planned.activity.owner),
            self.text(safe.ask) or self.say("no_ask"),
        )

    def when(self, start: date, end: date) -> str:
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

    # reviews

    def reviews(self) -> tuple[Block, ...]:
        safe = {gate.id: gate for gate in self.allowed.gates}
        gates = () if self.plan is None else self.plan.gates
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
