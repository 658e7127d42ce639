"""What must hold of every recommendation and every plan, whatever the account."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from kam_expert.case import Case, Given
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines.conclusions import Inputs
from kam_expert.recommendation import Recommendation
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import BlockRule, VoteRule
from tests.accounts import generated

AS_OF = date(2026, 10, 1)


def case_of(inputs: Inputs, number: int) -> Case:
    facts = {name: Given("given", value) for name, value in inputs.values.items() if "." not in name}
    facts |= {name: Given("given", rows=tuple(rows)) for name, rows in inputs.tables.items()}
    facts |= {name: Given("n/a") for name in inputs.not_applicable}
    return Case(f"account-{number}", "", f"Account {number}", None, "CNY", AS_OF, None, facts)


@pytest.fixture(scope="module")
def diagnoses(book: Rulebook) -> list[Diagnosis]:
    """Accounts that get a recommendation: generated ones without the compliance hold, in several densities."""
    found = []
    for number, inputs in enumerate(generated(book, 180, seed=11)):
        case = case_of(inputs, number)
        facts = {name: given for name, given in case.facts.items() if name != "compliance_flag"}
        found.append(diagnose(dataclasses.replace(case, facts=facts), book))
    return found


def advised(diagnoses: list[Diagnosis]) -> list[Diagnosis]:
    found = [each for each in diagnoses if each.recommendation.level == "advised"]
    assert len(found) > 60, "too few to say anything"
    return found


def chosen(recommendation: Recommendation) -> list[str]:
    assert recommendation.primary is not None
    return [recommendation.primary, *recommendation.secondary]


def test_level_and_primary_go_together(diagnoses: list[Diagnosis]) -> None:
    for each in diagnoses:
        recommendation = each.recommendation
        assert (recommendation.primary is not None) == (recommendation.level == "advised")
        assert (each.plan is not None) == (recommendation.level == "advised")
        if recommendation.level != "advised":
            assert recommendation.secondary == () and recommendation.next_waves == ()


def test_nothing_vetoed_or_blocked_is_chosen(diagnoses: list[Diagnosis], book: Rulebook) -> None:
    for each in advised(diagnoses):
        fired = {firing.rule for firing in each.conclusions.firings}
        out = set()
        for rule in (rule.entry for rule in book.rules if rule.id in fired):
            if isinstance(rule, BlockRule):
                out |= set(rule.blocks)
            elif isinstance(rule, VoteRule):
                out |= {name for name, word in rule.votes.items() if book.selection.strengths[word].veto}
        taken = set(chosen(each.recommendation))
        if each.recommendation.default is not None:
            taken.discard(str(each.recommendation.primary))
        assert not taken & out, (each.case.id, taken & out)


def test_pairs_and_places(diagnoses: list[Diagnosis], book: Rulebook) -> None:
    pairs = book.selection.pairs
    for each in advised(diagnoses):
        names = chosen(each.recommendation)
        assert len(set(names)) == len(names)
        for one in names:
            for other in names:
                assert pairs.get(one, {}).get(other) != "never", (each.case.id, one, other)
        kinds = [book.candidates[name].strategy.kind for name in names[1:]]
        most = "max_secondary_with_enabler" if "enabler" in kinds else "max_secondary"
        assert len(kinds) <= book.parameters[most]
        waves = {wave.strategy for wave in each.recommendation.next_waves}
        assert not waves & set(names)


def test_score_is_the_sum_of_the_votes(diagnoses: list[Diagnosis]) -> None:
    for each in diagnoses:
        for standing in each.recommendation.standings:
            assert standing.score == sum(vote.points for vote in standing.votes)


def test_the_free_winner_has_the_votes(diagnoses: list[Diagnosis], book: Rulebook) -> None:
    minimum = book.parameters["min_primary_score"]
    for each in advised(diagnoses):
        recommendation = each.recommendation
        if recommendation.forced_by is None and recommendation.default is None:
            assert recommendation.standing(str(recommendation.primary)).score >= minimum


def test_plan(diagnoses: list[Diagnosis], book: Rulebook) -> None:
    origins = {*book.candidates, *(rule.id for rule in book.rules)}
    required = {name for name, kind in book.planning.goal_types.items() if kind.required}
    for each in advised(diagnoses):
        plan = each.plan
        assert plan is not None
        assert required <= {goal.type for goal in plan.goals}
        assert 3 <= len(plan.goals) <= book.planning.most_goals
        ids = [planned.id for planned in plan.activities]
        assert len(set(ids)) == len(ids) <= book.parameters["max_activities"]
        assert not set(ids) & {planned.id for planned in plan.cut}
        assert all(planned.cut is not None for planned in plan.cut)
        assert all(planned.because and set(planned.because) <= origins for planned in plan.activities)
        assert all(AS_OF <= planned.start <= planned.end for planned in plan.activities)
        outside = any(not book.planning.owners[planned.activity.owner].sales for planned in plan.activities)
        assert outside or each.recommendation.primary in book.planning.light
        starts = [planned.activity.start for planned in plan.activities]
        assert starts == sorted(starts)
        capacity = plan.capacity
        assert capacity.planned == sum(planned.activity.hours for planned in plan.activities)
        if capacity.available is not None and capacity.planned > capacity.available:
            assert len(ids) <= book.parameters["min_activities"] + 1
        assert any(risk.origin == each.recommendation.primary for risk in plan.risks)


def test_screening_names_what_to_ask(book: Rulebook) -> None:
    diagnosis = diagnose(case_of(Inputs({}), 0), book)
    assert diagnosis.recommendation.level == "screening"
    first = [question.fact for question in diagnosis.questions[:4]]
    assert all(book.facts[name].ask_first for name in first[:3])
    assert all(question.can_change for question in diagnosis.questions)
