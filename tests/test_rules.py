"""Every rule's own examples, in both engines; and the rules that no case defends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import network_of
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions
from kam_expert.engines.network import Network
from kam_expert.maintenance.examples import Example, examples_of
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from tests.golden_files import check


@dataclass(frozen=True)
class Outcome:
    """An example with what each engine concludes from it."""

    example: Example
    network: Conclusions
    oracle: Conclusions

    @property
    def stands_alone(self) -> bool:
        """Whether the condition as written is all that the rule needs; a row read in order also needs the others."""
        return self.example.rule.effective == self.example.rule.condition


@pytest.fixture(scope="module")
def outcomes(book: Rulebook, network: Network) -> tuple[Outcome, ...]:
    inputs = [(example, example.inputs(book)) for example in examples_of(book)]
    return tuple(Outcome(example, network.conclude(each), plain.conclude(book, each)) for example, each in inputs)


def listed(examples: Iterable[Example]) -> str:
    """The examples that went wrong, one a line, each with file and line of its rule."""
    return "\n".join(map(str, examples))


def test_every_rule_has_both_kinds_of_example(book: Rulebook) -> None:
    """All but rules that are always true are silent somewhere."""
    for rule in book.rules:
        always = evaluate(rule.condition, State({}, book.parameters)) is True
        assert rule.entry.fires, rule.id
        assert rule.entry.silent or always, f"{rule.file}:{rule.mark.line} {rule.id} is silent nowhere"


def test_conditions_as_written(book: Rulebook) -> None:
    failed = (each for each in examples_of(book) if not each.agrees(each.rule.condition, book.parameters))
    assert listed(failed) == ""


def test_conditions_as_written_in_the_oracle(book: Rulebook) -> None:
    def holds(example: Example) -> bool:
        return plain.truth(example.rule.condition, book, example.values) is True

    assert listed(example for example in examples_of(book) if holds(example) is not example.fires) == ""


def test_conditions_as_written_with_all_that_follows(book: Rulebook, outcomes: tuple[Outcome, ...]) -> None:
    """The condition also holds, or not, of all that the network concludes from the example."""

    def holds(outcome: Outcome) -> bool:
        return evaluate(outcome.example.rule.condition, State(outcome.network.values, book.parameters)) is True

    assert listed(each.example for each in outcomes if holds(each) is not each.example.fires) == ""


def test_examples_in_the_network(outcomes: tuple[Outcome, ...]) -> None:
    def wrong(outcome: Outcome) -> bool:
        return outcome.network.fired(outcome.example.rule.id) is not outcome.example.fires

    assert listed(each.example for each in outcomes if each.stands_alone and wrong(each)) == ""


def test_examples_in_the_oracle(outcomes: tuple[Outcome, ...]) -> None:
    def wrong(outcome: Outcome) -> bool:
        return outcome.oracle.fired(outcome.example.rule.id) is not outcome.example.fires

    assert listed(each.example for each in outcomes if each.stands_alone and wrong(each)) == ""


def test_what_a_fired_example_concludes(outcomes: tuple[Outcome, ...]) -> None:
    """A row that fires gives its model its cell, a signal's rule makes the signal true."""

    def wrong(outcome: Outcome) -> bool:
        rule = outcome.example.rule
        if rule.target is None or not outcome.network.fired(rule.id):
            return False
        return outcome.network.values[rule.target] != getattr(rule.entry, "cell", True)

    assert listed(each.example for each in outcomes if wrong(each)) == ""


@cache
def fired_in(case_file: Path, profiled: Callable[[str | None], Rulebook]) -> frozenset[str]:
    document = read_case_file(case_file)
    book = profiled(profile_named_in(document))
    conclusions = network_of(book).conclude(case_from(document, book).inputs(book))
    return frozenset(firing.rule for firing in conclusions.firings)


def test_rules_that_fire_in_no_case(
    book: Rulebook, case_files: tuple[Path, ...], profiled: Callable[[str | None], Rulebook]
) -> None:
    """The list may only change knowingly: a rule that no case defends can be wrong without anyone noticing."""
    fired = {rule for case_file in case_files for rule in fired_in(case_file, profiled)}
    idle = [rule.id for rule in book.rules if rule.id not in fired]
    check("rules_without_case.txt", "".join(f"{rule}\n" for rule in idle))
