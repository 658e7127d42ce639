"""The rules' own examples and the cases, as proofs of what the rules say."""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.findings import Found, Subject, found_at, found_in
from kam_expert.rulebook.document_schema import SoWhat
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.portfolio_schema import PortfolioRule
from kam_expert.rulebook.reading import Placed
from kam_expert.rulebook.review_schema import ReviewRule


def rules_never_shown_silent(subject: Subject) -> Iterator[Found]:
    """Rules without an example of silence, although there are accounts on which they are silent."""
    for rule in subject.book.rules:
        always = evaluate(rule.condition, State({}, subject.book.parameters)) is True
        if not rule.entry.silent and not always:
            yield found_in(rule)


def examples_that_lie(subject: Subject) -> Iterator[Found]:
    """Examples under `fires` that do not make the condition true, and under `silent` that do."""
    for rule in subject.book.rules:
        for kind, examples in (("fires", rule.entry.fires), ("silent", rule.entry.silent)):
            for index, example in enumerate(examples):
                truth = evaluate(rule.condition, State(example, subject.book.parameters))
                if (truth is True) != (kind == "fires"):
                    placed = subject.rules[rule.id]
                    truth_word = {True: "true", False: "false"}.get(truth, "unknown")
                    yield found_at(placed, kind, index, kind=kind, number=index + 1, truth=truth_word)
    conditions = {rule.id: rule.condition for rule in subject.book.portfolio.rules}
    conditions.update({rule.id: rule.condition for rule in subject.book.review.rules})
    conditions.update({rule.id: rule.condition for rule in subject.book.documents.rules})
    unrun: tuple[Placed[PortfolioRule] | Placed[ReviewRule] | Placed[SoWhat], ...] = (
        *subject.files.of(PortfolioRule),
        *subject.files.of(ReviewRule),
        *subject.files.of(SoWhat),
    )
    for placed_rule in unrun:  # no engine runs these
        rule_id = placed_rule.entry.id
        for kind, examples in (("fires", placed_rule.entry.fires), ("silent", placed_rule.entry.silent)):
            for index, example in enumerate(examples):
                truth = evaluate(conditions[rule_id], State(example, subject.book.parameters))
                if (truth is True) != (kind == "fires"):
                    truth_word = {True: "true", False: "false"}.get(truth, "unknown")
                    yield found_at(placed_rule, kind, index, kind=kind, number=index + 1, truth=truth_word)


def rules_that_no_case_defends(subject: Subject) -> Iterator[Found]:
    """Rules that fire in none of the cases: they can be wrong without anyone noticing."""
    for rule in subject.book.rules:
        if rule.id not in subject.fired:
            yield found_in(rule, title=rule.entry.title, cases=subject.cases)
