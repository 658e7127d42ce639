"""The reasons behind a conclusion in words of one language."""

from __future__ import annotations

from collections.abc import Iterable

from kam_expert.explanation.distance import passed_over
from kam_expert.explanation.missing import missing, worded
from kam_expert.explanation.parts import part_found
from kam_expert.explanation.steps import Step, ranked, sides, undefined_by
from kam_expert.reports.document import Branch, Document, Section, Tree
from kam_expert.reports.reasons import sources
from kam_expert.reports.speaking import Speaking
from kam_expert.reports.text import columns
from kam_expert.rulebook.clauses import nearest_alternative
from kam_expert.rulebook.dependencies import effects
from kam_expert.rulebook.expressions import Expression, IfElse, base_name
from kam_expert.rulebook.schema import SignalRule, VoteRule

MOST_CLAUSES = 2  # of a row that is not true
LONGEST_FORMULA = 160  # columns; a longer one explains nothing


def document(steps: tuple[Step, ...], speaking: Speaking) -> Document:
    """The tree, its first line as the title."""
    telling = Telling(speaking)
    branches = tuple(telling.branch(step, None) for step in steps)
    names = speaking.say("list_comma").join(dict.fromkeys(telling.name(step) for step in steps))
    title = speaking.say("explain.how.title", account=speaking.diagnosis.case.name, name=names)
    return Document(title, (Section(speaking.say("explain.how.section"), (Tree(branches),)),))


class Telling:
    """Each step of a tree as a line with its details."""

    def __init__(self, speaking: Speaking) -> None:
        self.speaking = speaking
        self.diagnosis = speaking.diagnosis
        self.book = speaking.book
        self.words = speaking.words

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"explain.how.{key}", **parameters)

    def branch(self, step: Step, parent: Step | None) -> Branch:
        head = self.head(step, parent)
        if step.again:
            mark = "" if step.sort in ("fact", "parameter") else self.say("again")
            return Branch(head + mark)
        details = tuple(each for each in self.details(step, parent) if each)
        if step.cut:
            details = (*details, self.say("cut"))
        return Branch(head, details, tuple(self.branch(each, step) for each in step.by))

    def name(self, step: Step) -> str:
        match step.sort:
            case "primary" | "level":
                return self.say(step.sort)
            case "rule":
                return self.speaking.rule_title(step.name)
            case _:
                return self.speaking.prose.label(step.name)

    # the line

    def head(self, step: Step, parent: Step | None) -> str:
        speaking = self.speaking
        match step.sort:
            case "fact":
                return self.fact(step.name)
            case "parameter":
                value = self.words.value(step.name, self.book.parameters[step.name], self.book, self.currency)
                return self.say("parameter", name=self.name(step), value=value)
            case "score":
                found = next(each for each in self.diagnosis.scores if each.id == step.name)
                value = speaking.quantity(found.value, "score")
                value = speaking.say("borderline", value=value) if found.borderline else value
                return self.labelled(self.name(step), value)
            case "part":
                return self.part(step)
            case "line":
                line = self.book.measures[step.owner or ""].lines[int(step.name)].entry
                return self.say("line", title=line.title, points=speaking.signed(line.points))
            case "model":
                found_ = next(each for each in self.diagnosis.positions if each.model == step.name)
                return self.labelled(self.name(step), speaking.placed(found_))
            case "rule":
                return self.rule(step, parent)
            case "strategy":
                standing = self.diagnosis.recommendation.standing(step.name)
                points = speaking.say("points_in_brackets", score=str(standing.score).replace("-", "−"))
                return self.labelled(self.name(step), speaking.say(f"status.{standing.status}") + points)
            case "primary":
                chosen = self.diagnosis.recommendation.primary
                return self.labelled(self.name(step), speaking.strategy(chosen) if chosen else speaking.say("none"))
            case "level":
                level = self.diagnosis.recommendation.level
                return self.labelled(self.name(step), speaking.say(f"level.{level}.title"))
            case _:
                return speaking.prose.premise(step.name, self.diagnosis.conclusions.values.get(step.name))

    @property
    def currency(self) -> str:
        return self.diagnosis.case.currency

    def labelled(self, label: str, value: str) -> str:
        return self.speaking.prose.labelled(label, value)

    def fact(self, name: str) -> str:
        """A fact with its value, where it comes from, since when, and how far it can be trusted."""
        plain = base_name(name)
        given = self.diagnosis.case.facts.get(plain)
        value = self.diagnosis.conclusions.values.get(name)
        if given is not None and given.rows:
            shown = self.speaking.say("rows", count=len(given.rows))
        elif given is not None and given.state == "n/a":
            return self.labelled(self.speaking.prose.label(name), self.speaking.say("not_applicable"))
        else:
            worded = self.words.value(name, value, self.book, self.currency)
            shown = self.share(value) if name.startswith("confidence.") else worded
        head = self.labelled(self.speaking.prose.label(name), shown)
        if given is None or given.state != "given" or name != plain:
            return head
        return self.say("with_origin", fact=head, origin=self.origin(plain))

    def share(self, value: object) -> str:
        return "–" if not isinstance(value, int | float) else self.words.quantity(100 * value, "percent", self.book, "")

    def origin(self, name: str) -> str:
        given = self.diagnosis.case.facts[name]
        parts = [self.speaking.say(f"origin.{given.source or 'unstated'}")]
        if given.as_of is not None:
            parts.append(self.speaking.day(given.as_of))
        if self.diagnosis.case.stale(name, self.book):
            parts.append(self.say("stale"))
        if given.source != "profile":
            trust = self.share(self.diagnosis.case.confidence(name, self.book))
            parts.append(self.say("trust", share=trust))
        return self.words.join(parts)

    def part(self, step: Step) -> str:
        found = part_found(self.diagnosis, step.owner or "", step.name)
        label = self.words.text(found.label)
        if found.value is None:
            return self.say("part_unknown", part=label, weight=found.weight)
        value = self.words.plain(found.value, 1)
        if found.adds is None:
            return self.say("part_idle", part=label, weight=found.weight, value=value)
        adds = self.words.plain(found.adds, 1)
        return self.say("part", part=label, weight=found.weight, value=value, adds=adds)

    def rule(self, step: Step, parent: Step | None) -> str:
        rule = self.book.rule(step.name)
        shown = self.speaking.rule_title(step.name)
        votes = rule.entry.votes if isinstance(rule.entry, VoteRule) else {}
        if parent is not None and parent.sort == "strategy" and parent.name in votes:
            strength = self.book.selection.strengths[votes[parent.name]]
            points = (
                ""
                if strength.veto
                else self.speaking.say("signed_points", points=self.speaking.signed(strength.points))
            )
            return self.speaking.say("vote_line", title=shown, strength=strength.label, points=points)
        kind = self.say(f"kind.{rule.kind}")
        return self.say("rule", title=shown, kind=kind, state=self.state(step))

    def state(self, step: Step) -> str:
        if step.name in self.speaking.firings:
            return self.say("fired")
        open_ = step.alternative is not None and step.alternative.unknown and not step.alternative.failed
        return self.say("open" if open_ else "silent")

    # what is said below it

    def details(self, step: Step, parent: Step | None) -> Iterable[str]:
        match step.sort:
            case "fact":
                return self.fact_details(step.name)
            case "parameter":
                entry = self.book.parameter_entries[step.name]
                return (self.words.text(entry.reason), self.cited(entry.sources))
            case "measure":
                return self.measure_details(step)
            case "score":
                return self.score_details(step)
            case "model":
                return self.model_details(step, root=parent is None)
            case "signal":
                meaning = self.words.text(self.book.signals[step.name].meaning)
                return (meaning, *self.clauses(step))
            case "rule":
                return self.rule_details(step, parent)
            case "strategy":
                return self.strategy_details(step)
            case "primary":
                return self.primary_details()
            case "level":
                return self.level_details()
            case _:
                return ()

    def cited(self, ids: tuple[str, ...]) -> str:
        return self.speaking.say("source_line", sources=sources(self.speaking, ids)) if ids else ""

    def fact_details(self, name: str) -> Iterable[str]:
        plain = base_name(name)
        given = self.diagnosis.case.facts.get(plain)
        unknown = name == plain and name not in self.diagnosis.conclusions.values and (given is None or not given.rows)
        if unknown and (given is None or given.state == "unknown"):
            yield self.say("ask", question=self.book.facts[plain].question)
        if given is not None and given.note and name == plain:
            yield self.say("note", text=given.note)

    def measure_details(self, step: Step) -> Iterable[str]:
        measure = self.book.measures[step.name]
        entry = measure.entry
        if entry.flag is not None:
            yield from self.clauses(step)
            return
        undefined = undefined_by(measure, self.speaking.state)
        if undefined is not None:
            yield self.say("undefined", condition=self.speaking.prose.formula(undefined))
            return
        if measure.expression is not None:
            yield self.formula(measure.expression) or self.words.text(entry.meaning)
        elif entry.by is not None:
            yield self.say("by", name=self.speaking.prose.label(entry.by))
        else:
            yield self.words.text(entry.meaning)
        if step.name not in self.diagnosis.conclusions.values:
            yield self.say("not_known")

    def formula(self, expression: Expression) -> str:
        """How a value is computed, with the condition that decided which way; empty when that is too long."""
        conditions, side = sides(expression, self.speaking.state)
        shown = self.say("formula", formula=self.speaking.prose.formula(side))
        if conditions and not isinstance(side, IfElse):
            shown = self.say("formula_as", formula=shown, condition=self.speaking.prose.formula(conditions[-1]))
        return shown if columns(shown) <= LONGEST_FORMULA else ""

    def score_details(self, step: Step) -> Iterable[str]:
        entry = self.book.scores[step.name].entry
        found = next(each for each in self.diagnosis.scores if each.id == step.name)
        yield self.words.text(entry.meaning)
        if entry.prefer is not None and entry.prefer in self.diagnosis.conclusions.values:
            yield self.say("preferred", name=self.speaking.prose.label(entry.prefer))
        else:
            share = self.share(found.coverage)
            key = "coverage" if found.value is not None else "coverage_too_low"
            yield self.say(key, share=share, least=self.share(self.book.parameters["min_coverage"]))

    def model_details(self, step: Step, *, root: bool) -> Iterable[str]:
        position = next(each for each in self.diagnosis.positions if each.model == step.name)
        if position.rule is None:
            yield from self.clauses(step)
            return
        row = self.book.rule(position.rule)
        yield self.say("row", title=row.entry.title, condition=self.speaking.prose.condition(row.condition))
        if not root:
            rows = [each.id for each in self.book.rules if each.target == step.name]
            if above := rows.index(row.id):
                yield self.say("rows_above", count=above, id=step.name)
            return
        cell = self.book.models[step.name].cells[position.cell or ""]
        yield self.words.text(cell.meaning)
        for earlier in self.book.rules:
            if earlier.id == row.id:
                break
            if earlier.target == step.name:
                missed = nearest_alternative(earlier.condition, self.speaking.state)
                lacking = missed.failed or missed.unknown
                shown = self.listed(lacking[:MOST_CLAUSES])
                if len(lacking) > MOST_CLAUSES:
                    shown = self.say("more_clauses", clauses=shown, count=len(lacking) - MOST_CLAUSES)
                key = "row_not_true" if missed.failed else "row_open"
                yield self.say(key, title=earlier.entry.title, clauses=shown)

    def clauses(self, step: Step) -> Iterable[str]:
        """Why a condition holds, or which of its clauses are missing."""
        alternative = step.alternative
        if alternative is None:
            return
        if alternative.holds:
            yield self.say("because", clauses=self.listed(alternative.holding))
        for clause in (*alternative.failed, *alternative.unknown):
            lack = missing(clause, self.speaking.state)
            yield (
                worded(lack, self.speaking) if lack.unknown else self.say("failed", clause=worded(lack, self.speaking))
            )

    def listed(self, clauses: Iterable[Expression]) -> str:
        return self.speaking.say("list_semicolon").join(self.speaking.prose.condition(each) for each in clauses)

    def rule_details(self, step: Step, parent: Step | None) -> Iterable[str]:
        rule = self.book.rule(step.name)
        entry = rule.entry
        yield self.speaking.text(entry.because)
        if entry.caution is not None and not isinstance(entry, SignalRule):
            yield self.speaking.say("caution_line", text=entry.caution)
        if parent is None:
            for effect in effects(self.book, rule):
                word = "" if effect.word is None else self.book.selection.strengths[effect.word].label
                strategy = self.speaking.strategy(effect.candidate)
                yield self.say(f"effect.{effect.how}", strategy=strategy, strength=word)
        yield self.say("condition", condition=self.speaking.prose.condition(rule.condition))
        if step.name not in self.speaking.firings:
            yield from self.clauses(step)
        yield self.cited(entry.sources)

    def strategy_details(self, step: Step) -> Iterable[str]:
        standing = self.diagnosis.recommendation.standing(step.name)
        yield self.speaking.text(standing.reason)
        points = [self.speaking.signed(vote.points) for vote in ranked(standing.votes) if vote.points]
        if len(points) > 1:
            total = str(standing.score).replace("-", "−")
            yield self.say("sum", points=" ".join(points), total=total)
        if not standing.votes:
            yield self.say("no_votes")

    def level_details(self) -> Iterable[str]:
        recommendation = self.diagnosis.recommendation
        yield self.speaking.say(f"level.{recommendation.level}.meaning")
        if recommendation.level_rule is None:
            yield self.say("no_limit", count=len(self.book.rules_of("level")))

    def primary_details(self) -> Iterable[str]:
        recommendation = self.diagnosis.recommendation
        if recommendation.primary is None:
            yield self.say("no_primary")
            return
        if recommendation.runner_up is not None:
            score = recommendation.standing(recommendation.runner_up).score
            other = self.speaking.strategy(recommendation.runner_up)
            yield self.say("runner_up", strategy=other, score=score)
        for name, obstacle in passed_over(self.diagnosis):
            reason = self.speaking.say(
                f"explain.obstacle.{obstacle.kind}",
                rule="" if obstacle.rule is None else self.speaking.rule_title(obstacle.rule),
                other="" if obstacle.other is None else self.speaking.strategy(obstacle.other),
            )
            score = recommendation.standing(name).score
            yield self.say("passed_over", strategy=self.speaking.strategy(name), score=score, reason=reason)
        if recommendation.secondary:
            yield self.say("beside", strategies=self.speaking.strategies(recommendation.secondary))
