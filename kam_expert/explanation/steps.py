"""The steps that lead to a conclusion: from the conclusion down to the facts of the case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

from kam_expert.diagnosis import Diagnosis
from kam_expert.recommendation import Policy, Vote
from kam_expert.rulebook.book import Computed, Rule, Rulebook
from kam_expert.rulebook.clauses import Alternative, nearest_alternative
from kam_expert.rulebook.dependencies import effects, node_of
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    Call,
    Expression,
    IfElse,
    Name,
    Not,
    Or,
    Parameter,
    base_name,
    negate,
    walk,
)

Sort = Literal[
    "fact", "parameter", "measure", "score", "part", "line", "model", "signal", "rule", "strategy", "primary", "level"
]


@dataclass(frozen=True)
class Step:
    """A conclusion, computed value or fact, and what it rests on in this account.

    `name`: the id; of a fact as it was read, so also `before.x` and `confidence.x`; of a part or line its id or place
    within the `owner`. `alternative`: of a rule or yes/no measure, the way in which its condition is true or, when it
    is not, nearest to it. `again`: explained further up. `cut`: what it rests on lies below the depth asked for.
    """

    sort: Sort
    name: str
    by: tuple[Step, ...] = ()
    owner: str | None = None
    alternative: Alternative | None = None
    again: bool = False
    cut: bool = False

    def walk(self) -> Iterable[Step]:
        """This step and all below it, in the order of reading."""
        yield self
        for step in self.by:
            yield from step.walk()


Wanted = tuple[Sort, str]


class Tracing:
    """One walk through the conclusions of an account."""

    def __init__(self, diagnosis: Diagnosis, depth: int | None) -> None:
        self.diagnosis = diagnosis
        self.book = diagnosis.book
        self.recommendation = diagnosis.recommendation
        self.case = diagnosis.case
        self.values = diagnosis.conclusions.values
        self.state = State(self.values, self.book.parameters, diagnosis.case.inputs(self.book).tables)
        self.fired = {firing.rule for firing in diagnosis.conclusions.firings}
        self.depth = depth
        self.seen: set[Wanted] = set()

    def step(self, sort: Sort, name: str, level: int) -> Step:
        if (sort, name) in self.seen:
            return Step(sort, name, again=True)
        if sort in ("score", "measure") and (parts := self.parts(sort, name)):
            inner = [(part, self.named(names)) for part, names in parts]
        else:
            inner = []
        alternative, wanted = self.behind(sort, name, level)
        if self.depth is not None and level >= self.depth and (inner or wanted):
            return Step(sort, name, alternative=alternative, cut=True)
        self.seen.add((sort, name))
        below = [self.part(sort, name, part, needs, level + 1) for part, needs in inner]
        below += [self.step(*each, level + 1) for each in sorted(wanted, key=_weight)]
        return Step(sort, name, tuple(below), alternative=alternative)

    def part(self, owner: Sort, name: str, part: str, needs: Iterable[Wanted], level: int) -> Step:
        """A part of a score or a line of a tally, with what it was computed from."""
        steps = tuple(self.step(*each, level) for each in needs)
        return Step("part" if owner == "score" else "line", part, steps, owner=name)

    def parts(self, sort: Sort, name: str) -> list[tuple[str, list[str]]]:
        """The parts of a score with the names each reads; the lines of a tally that count."""
        if sort == "score":
            score = self.book.scores[name]
            if score.entry.prefer is not None and score.entry.prefer in self.values:
                return []
            return [(part.entry.id, used(part.value, self.state)) for part in score.parts]
        measure = self.book.measures[name]
        found = []
        for index, line in enumerate(measure.lines):
            alternative = nearest_alternative(line.condition, self.state)
            if name in self.values and (alternative.holds or self.possible(measure, alternative)):
                clauses = (*alternative.holding, *alternative.unknown)
                found.append((str(index), [each for clause in clauses for each in used(clause, self.state)]))
        return found

    def possible(self, measure: Computed, alternative: Alternative) -> bool:
        """Whether a tally counts a line whose condition is open."""
        tally = measure.entry.tally
        return tally is not None and tally.counts == "possible" and not alternative.failed

    def behind(self, sort: Sort, name: str, level: int) -> tuple[Alternative | None, list[Wanted]]:
        """The way in which a condition is met or missed, and the entries on which a step rests."""
        match sort:
            case "fact":
                derived = self.book.facts[base_name(name)].derived if base_name(name) in self.book.facts else None
                given = name in self.case.facts and self.case.facts[name].state != "unknown"
                return None, [("measure", derived)] if derived and not given and "." not in name else []
            case "measure":
                return self.behind_measure(self.book.measures[name], name)
            case "score":
                preferred = self.book.scores[name].entry.prefer
                return None, self.named([preferred]) if preferred and preferred in self.values else []
            case "model":
                return self.behind_model(name)
            case "signal":
                return self.behind_signal(name, level)
            case "rule":
                return self.behind_rule(self.book.rule(name).condition)
            case "strategy":
                return None, [("rule", rule) for rule in bearing_on(name, self.diagnosis)]
            case "primary":
                chosen = self.recommendation.primary
                return None, [("strategy", chosen)] if chosen is not None else [("level", "level")]
            case "level":
                limit = self.recommendation.level_rule
                return None, [("rule", limit)] if limit is not None else []
            case _:
                return None, []

    def behind_measure(self, measure: Computed, name: str) -> tuple[Alternative | None, list[Wanted]]:
        if measure.entry.flag is not None and measure.expression is not None:
            holds = self.values.get(name)
            return self.behind_rule(Not(measure.expression) if holds is False else measure.expression)
        needed: list[str] = [] if measure.entry.by is None else [measure.entry.by]
        if measure.entry.completeness is not None:
            return None, self.named(missing_facts(self.diagnosis))
        expressions = [] if measure.when is None else [measure.when]
        if measure.expression is not None:
            conditions, side = sides(measure.expression, self.state)
            expressions += [*conditions, side]
        needed += [name for expression in expressions for name in used(expression, self.state)]
        return None, [*self.named(needed), *_parameters(expressions)]

    def behind_model(self, name: str) -> tuple[Alternative | None, list[Wanted]]:
        rows = [rule for rule in self.book.rules if rule.target == name]
        fired = [rule for rule in rows if rule.id in self.fired]
        if fired:
            return self.behind_rule(fired[0].condition)
        return self.behind_rule(Or(tuple(rule.effective for rule in rows)))

    def behind_signal(self, name: str, level: int) -> tuple[Alternative | None, list[Wanted]]:
        rules = [rule for rule in self.book.rules if rule.target == name]
        fired = [rule for rule in rules if rule.id in self.fired]
        if fired:
            return None, [("rule", rule.id) for rule in fired]
        if level == 0:
            return None, [("rule", rule.id) for rule in rules]
        anything = Or(tuple(rule.condition for rule in rules))
        return self.behind_rule(Not(anything) if self.values.get(name) is False else anything)

    def behind_rule(self, condition: Expression) -> tuple[Alternative, list[Wanted]]:
        """What makes a condition true or, when it is not, the clauses that are missing."""
        alternative = nearest_alternative(condition, self.state)
        clauses = alternative.holding if alternative.holds else (*alternative.failed, *alternative.unknown)
        needed = [name for clause in clauses for name in used(clause, self.state)]
        return alternative, [*self.named(needed), *_parameters(clauses)]

    def named(self, names: Iterable[str]) -> list[Wanted]:
        """The entries behind names; a yes/no measure that is only a means is replaced by what it rests on."""
        found: dict[Wanted, None] = {}
        for name in dict.fromkeys(names):
            node = node_of(self.book, name)
            measure = self.book.measures.get(name)
            if measure is not None and measure.entry.background and measure.entry.flag is not None:
                found.update(dict.fromkeys(self.behind_measure(measure, name)[1]))
            else:
                found[cast(Sort, node.kind), name] = None
        return list(found)


def _weight(wanted: Wanted) -> int:
    """Facts are read first, thresholds last."""
    return {"fact": 0, "parameter": 2}.get(wanted[0], 1)


def used(expression: Expression, state: State) -> list[str]:
    """The names on which the value of an expression rests: of a choice only the side taken, unless it is open."""
    match expression:
        case Name(name):
            return [name]
        case IfElse(condition, then, otherwise):
            decided = evaluate(condition, state)
            sides = [then, otherwise] if decided is None else [then if decided else otherwise]
            return [name for each in (condition, *sides) for name in used(each, state)]
        case Call("coalesce", arguments):
            found: list[str] = []
            for argument in arguments:
                found += used(argument, state)
                if evaluate(argument, state) is not None:
                    break
            return found
        case _:
            return [name for child in expression.children() for name in used(child, state)]


def missing_facts(diagnosis: Diagnosis) -> list[str]:
    """The facts of the short form that apply to the account and are not known."""
    facts, values = diagnosis.case.facts, diagnosis.conclusions.values
    return [
        fact.id
        for fact in diagnosis.book.facts.values()
        if fact.short_form is not None
        and fact.id not in values
        and not (fact.id in facts and (facts[fact.id].rows or facts[fact.id].state == "n/a"))
        and (fact.when is None or values.get(fact.when) is not False)
    ]


def sides(expression: Expression, state: State) -> tuple[list[Expression], Expression]:
    """The conditions that decided the outer choices of a formula, and the side that was taken."""
    conditions: list[Expression] = []
    while isinstance(expression, IfElse):
        decided = evaluate(expression.condition, state)
        if decided is None:
            break
        conditions.append(expression.condition if decided else negate(expression.condition))
        expression = expression.then if decided else expression.otherwise
    return conditions, expression


def _parameters(expressions: Iterable[Expression]) -> list[Wanted]:
    names = (node.name for each in expressions for node in walk(each) if isinstance(node, Parameter))
    return [("parameter", name) for name in dict.fromkeys(names)]


def bearing_on(strategy: str, diagnosis: Diagnosis) -> list[str]:
    """The rules that fired and bear on a strategy: what decides by itself, then the votes, the strongest first."""
    book, recommendation = diagnosis.book, diagnosis.recommendation
    deciding: list[str | None] = []
    if strategy == recommendation.primary:
        deciding += [recommendation.forced_by, recommendation.upheld_by, recommendation.default]
    if strategy in recommendation.secondary:
        policy = Policy(book, diagnosis.conclusions)
        policy.recommendation()
        deciding.append(policy.seated.get(strategy))
    fired = [book.rule(firing.rule) for firing in diagnosis.conclusions.firings]
    deciding += [rule.id for rule in fired if _keeps_out(rule, strategy, book)]
    votes = (vote.rule for vote in ranked(recommendation.standing(strategy).votes))
    return list(dict.fromkeys([*(each for each in deciding if each is not None), *votes]))


def ranked(votes: Iterable[Vote]) -> list[Vote]:
    """Votes for first, then those against, the strongest first."""
    return sorted(votes, key=lambda vote: (vote.points <= 0, -abs(vote.points)))


def _keeps_out(rule: Rule, strategy: str, book: Rulebook) -> bool:
    hows = {effect.how for effect in effects(book, rule) if effect.candidate == strategy}
    return bool(hows & {"vetoes", "bars", "blocks"})
