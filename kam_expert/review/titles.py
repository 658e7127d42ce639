"""Activities and gates of a record in words: the history keeps their ids, the rulebook knows what they are called."""

from __future__ import annotations

from kam_expert.review.entries import RecordedActivity
from kam_expert.review.kpis import Measured
from kam_expert.review.typed_names import texts_of
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import Activity, GoalRule, InsertRule, Text
from kam_expert.wording import Wording


class Titles:
    """The words of one language; an activity that the rulebook no longer knows is called by its id."""

    def __init__(self, book: Rulebook, words: Wording) -> None:
        self.book = book
        self.words = words
        self.activities: dict[str, Activity] = {}
        for strategy in book.strategies.values():
            self.activities.update({activity.id: activity for activity in strategy.activities})
        for rule in book.rules:
            if isinstance(rule.entry, InsertRule):
                self.activities.setdefault(rule.entry.insert.id, rule.entry.insert)
        self.goals = {rule.id: rule.entry for rule in book.rules if isinstance(rule.entry, GoalRule)}
        self.gates = {gate.id: gate for gate in book.planning.gates}

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"review.{key}", **parameters)

    def activity(self, name: str) -> str:
        return self.words.text(self.activities[name].title) if name in self.activities else name

    def activity_titles(self, name: str) -> tuple[str, ...]:
        """The title of an activity in each language."""
        return texts_of(self.activities[name].title) if name in self.activities else ()

    def owner(self, owner: str) -> str:
        roles = self.book.planning.owners
        return self.words.text(roles[owner].title) if owner in roles else owner

    def activity_note(self, activity: RecordedActivity) -> str:
        """Who does it and what it delivers."""
        known = self.activities.get(activity.id)
        lines = [self.say("note_owner", owner=self.owner(activity.owner))]
        if known is not None:
            lines.append(self.say("note_deliverable", deliverable=self.words.text(known.deliverable)))
        return "\n".join(lines)

    def kpi(self, measured: Measured) -> str:
        """What is measured: the goal for a result, the words of the KPI otherwise."""
        found = self._kpi_text(measured)
        return measured.name if found is None else self.words.text(found)

    def kpi_titles(self, measured: Measured) -> tuple[str, ...]:
        """The same in each language."""
        return texts_of(self._kpi_text(measured))

    def _kpi_text(self, measured: Measured) -> Text | None:
        if measured.origin == "own":
            return next((kpi.title for kpi in self.book.review.kpis if kpi.id == measured.of), None)
        if measured.origin == "activity":
            return self.activities[measured.of].kpi if measured.of in self.activities else None
        goal = self.goals.get(measured.of)
        return None if goal is None else goal.kpi if measured.leading else goal.title

    def reminder(self, kind: str) -> int:
        """How many days before its last day a calendar reminds of something; 0 for never."""
        stated = self.book.review.stated
        return 0 if stated is None else next((days for each, days in stated.remind.items() if each == kind), 0)

    def gate(self, name: str) -> str:
        return self.words.text(self.gates[name].title) if name in self.gates else name

    def gate_note(self, name: str) -> str:
        """What the gate asks for, what is decided, and who decides."""
        gate = self.gates.get(name)
        if gate is None:
            return ""
        parts = {"evidence": gate.evidence, "decision": gate.decision}
        lines = [self.say(f"note_{key}", text=self.words.text(text)) for key, text in parts.items()]
        return "\n".join([*lines, self.say("note_decides", owner=self.owner(gate.decides))])
