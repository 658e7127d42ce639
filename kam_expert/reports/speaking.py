"""What every part of a report needs: a diagnosis, a language, and the words for the things in it."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from kam_expert.diagnosis import Diagnosis, PositionFound, once_reached
from kam_expert.engines.conclusions import Conclusions, Firing
from kam_expert.problems import Phrase
from kam_expert.prose import Prose
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Not, names_in
from kam_expert.rulebook.normal_form import branches
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording


class Speaking:
    """A diagnosis in one language. `pictured`: whether what is made of it can show pictures."""

    def __init__(self, diagnosis: Diagnosis, words: Wording, *, pictured: bool = True) -> None:
        self.pictured = pictured
        self.diagnosis = diagnosis
        self.book = diagnosis.book
        self.words = words
        self.prose = Prose(diagnosis.book, words, diagnosis.case.currency)
        self.state = State(diagnosis.conclusions.values, diagnosis.book.parameters)
        self.firings = {firing.rule: firing for firing in diagnosis.conclusions.firings}

    @cached_property
    def reached(self) -> Conclusions | None:
        """What would be concluded if the goals of the plan were reached; None without a goal that has a number."""
        return once_reached(self.diagnosis)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(key, **parameters)

    def text(self, text: Text | Phrase | None) -> str:
        if text is None:
            return ""
        if isinstance(text, Phrase):
            if text.key == "sequence_gate":
                sentence = self.book.selection.sequence_gate.in_(self.words.language)
                return sentence.replace("{first}", self.words.word(text.parameters["first"]))
            filled = {
                key: self.text(value) if isinstance(value, Phrase | Text) else value
                for key, value in text.parameters.items()
            }
            return self.words.say(f"phrase.{text.key}", **filled)
        return text.in_(self.words.language)

    def strategy(self, name: str) -> str:
        return self.text(self.book.candidates[name].short)

    def strategies(self, names: tuple[str, ...]) -> str:
        return self.words.say("list_comma").join(self.strategy(name) for name in names)

    def rule_title(self, rule: str) -> str:
        return self.text(self.book.rule(rule).entry.title)

    def lead(self) -> str:
        """Why the primary leads: by rule, by points, by precedence. As a sentence without its stop."""
        recommendation = self.diagnosis.recommendation
        assert recommendation.primary is not None
        standing = recommendation.standing(recommendation.primary)
        primary = self.strategy(standing.id)
        if recommendation.forced_by is not None:
            rule = self.rule_title(recommendation.forced_by)
            return self.say("lead_by.forced", primary=primary, rule=rule)
        if recommendation.default is not None:
            return self.say("lead_by.default", primary=primary)
        others = [each for each in recommendation.standings if each.status in ("secondary", "candidate", "next_wave")]
        if not others:
            return self.say("lead_by.alone", primary=primary, score=standing.score)
        best = max(others, key=lambda each: each.score)
        words = {"primary": primary, "other": self.strategy(best.id), "score": standing.score}
        if best.score == standing.score:
            return self.say("lead_by.level", **words)
        if best.score > standing.score:
            kind = self.book.candidates[best.id].strategy.kind
            key = "means" if kind == "means" else "behind"
            return self.say(f"lead_by.{key}", other_score=best.score, **words)
        return self.say("lead_by.leads", margin=standing.score - best.score, **words)

    def value(self, name: str) -> str:
        value = self.diagnosis.conclusions.values.get(name)
        return self.words.value(name, value, self.book, self.diagnosis.case.currency)

    def signed(self, points: int) -> str:
        """Points of a vote with their sign."""
        return f"+{points}" if points > 0 else str(points).replace("-", "−")

    def quantity(self, value: float | None, unit: str | None) -> str:
        if value is None:
            return self.say("unknown")
        return self.words.quantity(value, unit, self.book, self.diagnosis.case.currency)

    def label(self, name: str) -> str:
        return self.text(self.book.label(name))

    def cell(self, model: str, cell: str | None) -> str:
        return self.say("unknown") if cell is None else self.text(self.book.models[model].cells[cell].title)

    def placed(self, position: PositionFound) -> str:
        """The cell of a position, with what is uncertain about it."""
        shown = self.cell(position.model, position.cell)
        if position.at_least:
            shown = self.say("at_least", value=shown)
        if position.also:
            others = self.say("list_comma").join(self.cell(position.model, cell) for cell in position.also)
            shown = self.say("borderline_also", value=shown, others=others)
        return shown

    def premises(self, firing: Firing) -> str:
        """The facts and values that made a rule fire; signals and flags are replaced by what made them true."""
        values = self.diagnosis.conclusions.values
        shown = [self.prose.premise(name, values[name]) for name in self.grounds(firing)]
        return self.words.say("list_semicolon").join(shown)

    def grounds(self, firing: Firing) -> tuple[str, ...]:
        """The names behind a firing, down to facts, computed numbers and positions."""
        return tuple(dict.fromkeys(ground for name, _ in firing.premises for ground in self._behind(name)))

    def _behind(self, name: str) -> list[str]:
        if name in self.book.signals:
            fired = [
                self.firings[rule.id] for rule in self.book.rules if rule.target == name and rule.id in self.firings
            ]
            return [ground for firing in fired[:1] for ground in self.grounds(firing)] or [name]
        measure = self.book.measures.get(name)
        if measure is None or measure.entry.flag is None or measure.expression is None:
            return [name]
        if measure.entry.background:
            return []
        condition = measure.expression if self.diagnosis.conclusions.values.get(name) else Not(measure.expression)
        for branch in branches(condition):
            if all(evaluate(literal, self.state) for literal in branch):
                return [ground for literal in branch for each in names_in(literal) for ground in self._behind(each)]
        return [name]

    def day(self, day: date) -> str:
        return day.isoformat()
