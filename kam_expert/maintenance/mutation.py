"""Which small changes to the rules no example and no case would notice.

A mutant of a condition is noticed by an example whose verdict it turns, or by a case in which a rule then fires, or no
longer does. A mutant of a vote or parameter is noticed by a case whose diagnosis it changes; `advice` when the choice
itself changes (level, strategies, positions, signals, rules fired), `detail` when only sums of votes, the plan or
the questions do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kam_expert.diagnosis import Diagnosis, diagnosis_from
from kam_expert.maintenance.distinguishing import Difference, Equivalent, difference
from kam_expert.maintenance.examples import Example, Judged, examples_of_rule
from kam_expert.maintenance.mutants import (
    KINDS,
    ConditionMutant,
    Kind,
    Mutant,
    ParameterMutant,
    VoteMutant,
    mutants,
    with_condition,
)
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.evaluation import evaluate
from kam_expert.rulebook.expressions import Parameter, walk
from kam_expert.rulebook.schema import VoteRule

Fate = Literal["example", "advice", "detail", "survived", "equivalent"]
FATES: tuple[Fate, ...] = ("example", "advice", "detail", "survived", "equivalent")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it. `settles`: an account on which an expert's verdict would settle the matter."""

    mutant: Mutant
    fate: Fate
    settles: Difference | None = None


@dataclass(frozen=True)
class Mutation:
    """The whole run; `score` is the share (0 to 1) of the mutants that are not equivalent and were noticed."""

    tried: tuple[Tried, ...]

    def count(self, fate: Fate, kind: Kind | None = None) -> int:
        return sum(each.fate == fate and kind in (None, each.mutant.kind) for each in self.tried)

    def score(self, kind: Kind | None = None) -> float | None:
        """None when there is nothing to notice."""
        noticed = sum(self.count(fate, kind) for fate in FATES[:3])
        total = noticed + self.count("survived", kind)
        return noticed / total if total else None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if any(each.mutant.kind == kind for each in self.tried))

    @property
    def survivors(self) -> tuple[Tried, ...]:
        return tuple(each for each in self.tried if each.fate == "survived")


def mutate(
    book: Rulebook,
    cases: Sequence[Judged],
    *,
    only: str | None = None,
    limit: int | None = None,
    equivalent: Equivalent | None = None,
    progress: Progress = lambda done, total: None,
) -> Mutation:
    """Try every mutant, or the first `limit` of those that `only` (a kind, rule or parameter) names."""
    if equivalent is None:
        from kam_expert.engines import constraints  # z3 takes longer to import than most runs take

        equivalent = constraints.equivalent
    trial = _Trial(book, cases, equivalent)
    chosen = mutants(book, only)[:limit]
    tried = []
    for index, mutant in enumerate(chosen):
        progress(index, len(chosen))
        tried.append(trial.tried(mutant))
    progress(len(chosen), len(chosen))
    return Mutation(tuple(tried))


class _Trial:
    def __init__(self, book: Rulebook, cases: Sequence[Judged], equivalent: Equivalent) -> None:
        self.book = book
        self.cases = cases
        self.equivalent = equivalent
        self.examples = {rule.id: tuple(examples_of_rule(rule)) for rule in book.rules}
        self.diagnoses: dict[int, Diagnosis] = {}
        self.truths: dict[str, tuple[bool, ...]] = {}

    def tried(self, mutant: Mutant) -> Tried:
        match mutant:
            case ConditionMutant():
                return self.condition(mutant)
            case VoteMutant():
                return Tried(mutant, self.vote(mutant))
            case ParameterMutant():
                return Tried(mutant, self.parameter(mutant))
        raise TypeError(mutant)

    # conditions

    def condition(self, mutant: ConditionMutant) -> Tried:
        if any(not each.agrees(mutant.condition, self.book.parameters) for each in self.examples[mutant.owner]):
            return Tried(mutant, "example")
        was = self.rows(mutant.rule)
        now = with_condition(was, mutant.rule, mutant.condition, self.book)
        if any(self.fires(row) != self.holds(row) for row in now):
            return Tried(mutant, "advice")
        starts = [each.values for each in self.examples[mutant.owner]]
        rows = list(zip(was, now, strict=True))
        found, all_tried = difference(self.book, mutant.rule.condition, mutant.condition, starts)
        if found is None and all_tried:
            return Tried(mutant, "equivalent")
        proofs = [self.equivalent(self.book, old.effective, new.effective) for old, new in rows if old != new]
        if all(proofs):
            return Tried(mutant, "equivalent")
        return Tried(mutant, "survived", found)

    def rows(self, rule: Rule) -> tuple[Rule, ...]:
        """The rules that a change to this one may touch: all rows of its model, else itself."""
        if rule.target not in self.book.models:
            return (rule,)
        return tuple(row for row in self.book.rules if row.target == rule.target)

    def fires(self, rule: Rule) -> tuple[bool, ...]:
        """On which cases a rule of the book is true. What it reads lies before it, so no change to it moves that."""
        if rule.id not in self.truths:
            self.truths[rule.id] = self.holds(self.book.rule(rule.id))
        return self.truths[rule.id]

    def holds(self, rule: Rule) -> tuple[bool, ...]:
        return tuple(evaluate(rule.effective, judged.state) is True for judged in self.cases)

    # votes

    def vote(self, mutant: VoteMutant) -> Fate:
        assert isinstance(mutant.rule.entry, VoteRule)
        entry = mutant.rule.entry.model_copy(update={"votes": dict(mutant.votes)})
        changed = replace(mutant.rule, entry=entry)
        concerned = [judged for judged in self.cases if mutant.owner in judged.fired]
        fate: Fate = "survived"
        for judged in concerned:
            book = self.with_rule(judged.book, changed)
            found = recommend(book, judged.conclusions)
            if _advice(found) != _advice(judged.recommendation):
                return "advice"
            if found != judged.recommendation:
                fate = "detail"
        return fate

    def with_rule(self, book: Rulebook, changed: Rule) -> Rulebook:
        return replace(book, rules=tuple(changed if rule.id == changed.id else rule for rule in book.rules))

    # parameters

    def parameter(self, mutant: ParameterMutant) -> Fate:
        parameters = {**self.book.parameters, mutant.owner: mutant.value}
        if any(not each.agrees(each.rule.condition, parameters) for each in self.reading(mutant.owner)):
            return "example"
        fate: Fate = "survived"
        for index, judged in enumerate(self.cases):
            profile = judged.book.profile
            if profile is not None and mutant.owner in profile.parameters:
                continue
            changed = replace(judged.book, parameters={**judged.book.parameters, mutant.owner: mutant.value})
            other = Judged(judged.case, changed)
            if other.fired != judged.fired or _advice(other.recommendation) != _advice(judged.recommendation):
                return "advice"
            if fate == "survived" and _differs(self.diagnosis(index), _diagnosis(other)):
                fate = "detail"
        return fate

    def reading(self, parameter: str) -> Iterator[Example]:
        for rule in self.book.rules:
            if any(node == Parameter(parameter) for node in walk(rule.condition)):
                yield from self.examples[rule.id]

    def diagnosis(self, index: int) -> Diagnosis:
        if index not in self.diagnoses:
            self.diagnoses[index] = _diagnosis(self.cases[index])
        return self.diagnoses[index]


def _advice(found: Recommendation) -> object:
    """What a recommendation says to do, without the sums behind it."""
    standings = tuple(sorted((standing.id, standing.status) for standing in found.standings))
    return found.level, found.primary, found.secondary, tuple(wave.strategy for wave in found.next_waves), standings


def _diagnosis(judged: Judged) -> Diagnosis:
    return diagnosis_from(judged.case, judged.book, judged.conclusions)


def _differs(one: Diagnosis, other: Diagnosis) -> bool:
    return replace(one, book=other.book) != other
