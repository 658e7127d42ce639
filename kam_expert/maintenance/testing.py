"""What `rulebook test` finds: examples and cases that fail, and on which cases one rule fires or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kam_expert.maintenance.examples import Example, ExampleBeside, Judged, examples_beside, examples_of
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.clauses import Marked, marked
from kam_expert.rulebook.evaluation import State


@dataclass(frozen=True)
class FailedExample:
    """An example on which its rule does the opposite, with each clause as it was read."""

    example: Example | ExampleBeside
    marks: tuple[Marked, ...]


@dataclass(frozen=True)
class Tested:
    """Counts and failures. `expecting`: the cases that say what they expect."""

    rules: int
    examples: int
    cases: int
    expecting: int
    failed_examples: tuple[FailedExample, ...]
    failed_cases: tuple[Judged, ...]

    @property
    def passed(self) -> bool:
        return not self.failed_examples and not self.failed_cases


def tested(book: Rulebook, cases: Sequence[Judged]) -> Tested:
    """Every example of the book, and every case that says what it expects."""
    examples: tuple[Example | ExampleBeside, ...] = (*examples_of(book), *examples_beside(book))
    failed = tuple(
        FailedExample(each, marked(each.rule.condition, State(each.values, book.parameters)))
        for each in examples
        if not each.agrees(each.rule.condition, book.parameters)
    )
    return Tested(
        rules=len(book.rules) + len(book.portfolio.rules) + len(book.review.rules),
        examples=len(examples),
        cases=len(cases),
        expecting=sum(each.case.expected is not None for each in cases),
        failed_examples=failed,
        failed_cases=tuple(each for each in cases if each.unmet),
    )


@dataclass(frozen=True)
class RuleOnCase:
    """One rule on one case: its clauses as they were read.

    `earlier`: a row of the same model, read before, already applies, so this one does not conclude although its
    condition is true.
    """

    case: str
    fired: bool
    marks: tuple[Marked, ...]
    earlier: str | None = None


def rule_over_cases(rule_id: str, cases: Sequence[Judged]) -> tuple[RuleOnCase, ...]:
    """The rule on each case; those on which it fires first, then by the order of the cases."""
    found = []
    for judged in cases:
        rule = judged.book.rule(rule_id)
        fired = rule_id in judged.fired
        marks = marked(rule.condition, judged.state)
        earlier = None if fired else _earlier(rule, judged)
        found.append(RuleOnCase(judged.case.id, fired, marks, earlier))
    return tuple(sorted(found, key=lambda each: not each.fired))


def _earlier(rule: Rule, judged: Judged) -> str | None:
    if rule.effective == rule.condition or rule.target is None:
        return None
    rows = (row.id for row in judged.book.rules if row.target == rule.target)
    return next((row for row in rows if row in judged.fired), None)
