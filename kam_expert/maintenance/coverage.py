"""Which rules fired, and which clauses ever made the difference, over all examples and cases.

A clause decides in an observation when the rule would fire with the clause true and would not with it false, everything
else being as observed. It is covered when it has decided both ways: once the rule fired because of it, once it was
silent because of it alone (modified condition/decision coverage, with masking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kam_expert.maintenance.examples import Judged, examples_of_rule
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.clauses import clauses, decides
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Constant, Expression


@dataclass(frozen=True)
class ClauseCoverage:
    """How often a clause was needed for the rule to fire, and how often it alone kept the rule silent."""

    clause: Expression
    needed: int
    prevented: int

    @property
    def covered(self) -> bool:
        return self.needed > 0 and self.prevented > 0


@dataclass(frozen=True)
class RuleCoverage:
    """Observations in which the rule fired, and its clauses."""

    rule: Rule
    fired_examples: int
    fired_cases: int
    clauses: tuple[ClauseCoverage, ...]


@dataclass(frozen=True)
class Coverage:
    """By rule; totals are counts."""

    rules: tuple[RuleCoverage, ...]

    @property
    def fired_in_examples(self) -> int:
        return sum(rule.fired_examples > 0 for rule in self.rules)

    @property
    def fired_in_cases(self) -> int:
        return sum(rule.fired_cases > 0 for rule in self.rules)

    @property
    def clause_count(self) -> int:
        return sum(len(rule.clauses) for rule in self.rules)

    @property
    def covered(self) -> int:
        return sum(clause.covered for rule in self.rules for clause in rule.clauses)


def coverage(book: Rulebook, cases: Sequence[Judged]) -> Coverage:
    """How far the examples and cases try every rule of the book and every clause of its condition."""
    return Coverage(tuple(_rule_coverage(rule, book, cases) for rule in book.rules))


def _rule_coverage(rule: Rule, book: Rulebook, cases: Sequence[Judged]) -> RuleCoverage:
    examples = tuple(examples_of_rule(rule))
    states = [State(each.values, book.parameters) for each in examples] + [judged.state for judged in cases]
    truths = [evaluate(rule.condition, state) is True for state in states]
    found = []
    for index, clause in enumerate(clauses(rule.condition)):
        if isinstance(clause, Constant):
            continue
        deciding = [truth for state, truth in zip(states, truths, strict=True) if decides(rule.condition, index, state)]
        found.append(ClauseCoverage(clause, deciding.count(True), deciding.count(False)))
    fired_examples = sum(truths[: len(examples)])
    return RuleCoverage(rule, fired_examples, sum(rule.id in judged.fired for judged in cases), tuple(found))
