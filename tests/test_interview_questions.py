"""Which question next: completions agree with what is known, gains with their definition, proofs with every answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kam_expert.case import Case, Given, load_case
from kam_expert.engines import plain
from kam_expert.engines.columns.memory import Numbers
from kam_expert.engines.conclusions import Inputs
from kam_expert.interview.adaptive import Adaptive
from kam_expert.interview.advising import PLAUSIBLE, STRAYING, adviser_for
from kam_expert.interview.completions import Completions
from kam_expert.interview.gains import Judged, gains
from kam_expert.interview.judging import Judging
from kam_expert.interview.outlook import Outlook
from kam_expert.interview.prior import prior_of
from kam_expert.interview.relevance import FULL, SHORT, Relevance
from kam_expert.maintenance.plausible import plausible
from kam_expert.recommendation import recommend
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.territory import load_territory


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(profile="manufacturer")


@pytest.fixture(scope="module")
def adviser(book: Rulebook) -> Adaptive:
    return adviser_for(book)


def account(book: Rulebook, name: str, facts: int) -> Case:
    """A shipped case of which only the first facts are known yet."""
    case = load_case(shipped() / "cases" / f"{name}.yaml", book)
    return replace(case, facts=dict(list(case.facts.items())[:facts]))


def value_at(book: Rulebook, name: str, column: Numbers, row: int) -> Value | None:
    fact, number = book.facts[name], float(column[row])
    if math.isnan(number):
        return None
    if fact.type == "choice":
        return list(fact.choices)[int(number)]
    if fact.type == "flag":
        return bool(number)
    return int(number) if fact.type == "rating" or fact.integer else number


def row_of(book: Rulebook, inputs: Inputs, drawn: Mapping[str, Numbers], row: int) -> Inputs:
    """One completion as an engine is told it."""
    values = dict(inputs.values)
    for name, column in drawn.items():
        value = value_at(book, name, column, row)
        if name not in inputs.values and value is not None:
            values[name] = value
            values[f"confidence.{name}"] = book.parameters["confidence_unstated"]
    return Inputs(values, inputs.tables, inputs.not_applicable)


# completions


def test_completions_keep_what_is_known_and_complete_only_what_may_be_asked(book: Rulebook) -> None:
    case = account(book, "chairman-only", 20)
    case = replace(case, facts={**case.facts, "satisfaction": Given("unknown")})
    open_ = ["trust_level", "incumbency", "category_spend"]
    drawn = Completions(book, prior_of(book), 50, 50).drawn(case, [*open_, "satisfaction"])
    known = {name for name, given in case.facts.items() if given.value is not None and book.facts[name].type != "text"}
    assert set(drawn) == known | {name for name in open_ if name not in case.facts}
    for name in known:
        assert {value_at(book, name, drawn[name], row) for row in range(100)} == {case.facts[name].value}


def test_completions_of_nothing_look_like_the_accounts_of_the_territory(book: Rulebook) -> None:
    """Every answer is about as frequent as among invented accounts, which are drawn by other code."""
    territory = load_territory(book)
    many = [plausible(territory, book, 3, number) for number in range(1500)]
    empty = replace(many[0], facts={})
    drawn = Completions(book, prior_of(book), 1500, 0).drawn(empty, list(book.facts))
    for name, column in drawn.items():
        values = [case.facts[name].value for case in many if name in case.facts]
        given = [value for value in values if value is not None]
        assert abs(len(given) / 1500 - (~np.isnan(column)).mean()) < 0.06, name
        if book.facts[name].type in ("rating", "choice", "flag"):
            counts = Counter(value_at(book, name, column, row) for row in np.flatnonzero(~np.isnan(column)).tolist())
            chance = 4 * math.sqrt(0.25 / len(given) + 0.25 / (~np.isnan(column)).sum())
            for value, count in Counter(given).items():
                assert abs(count / len(given) - counts[value] / (~np.isnan(column)).sum()) < chance, (name, value)
        else:
            middle = float(np.nanmedian(column))
            chance = 4 * math.sqrt(0.25 / len(given) + 0.25 / (~np.isnan(column)).sum())
            below = sum(float(value) < 0.98 * middle for value in given) / len(given)
            not_above = sum(float(value) <= 1.02 * middle for value in given) / len(given)
            assert below < 0.5 + chance and not_above > 0.5 - chance, name


@pytest.mark.parametrize("known", [8, 20, 35])
def test_plausible_completions_hardly_contradict_what_is_known(book: Rulebook, known: int) -> None:
    contradictions = [name for name, signal in book.signals.items() if signal.kind == "contradiction"]
    for name in ("concentration-risk", "chairman-only", "loss-making-giant"):
        case = account(book, name, known)
        drawn = Completions(book, prior_of(book), 40, 0).drawn(case, list(book.facts))
        inputs = case.inputs(book)
        before = [each for each in contradictions if plain.conclude(book, inputs).values.get(each) is True]
        found = [plain.conclude(book, row_of(book, inputs, drawn, row)).values for row in range(40)]
        fresh = [values for values in found if any(values.get(each) is True for each in contradictions)]
        assert before or len(fresh) <= 2


def test_completions_are_judged_as_the_oracle_judges_them(book: Rulebook) -> None:
    judging = Judging(book)
    for name, known in (("asks-for-alliance", 12), ("attractive-prospect", 30), ("chairman-only", 60)):
        case = account(book, name, known)
        inputs = case.inputs(book)
        drawn = Completions(book, prior_of(book), 12, 12).drawn(case, list(book.facts))
        judged = judging(inputs, drawn)
        for row in range(24):
            found = recommend(book, plain.conclude(book, row_of(book, inputs, drawn, row)))
            assert judged.labels[judged.leads[row]] == found.outcome
            beside = {name for name, there in zip(judged.labels, judged.beside[row], strict=False) if there}
            assert beside == set(found.secondary)


# gains


def test_a_gain_is_the_entropy_that_the_answer_removes(book: Rulebook) -> None:
    chance = np.random.Generator(np.random.PCG64(5))
    rows = 4000
    outcome = chance.integers(0, 2, rows)
    same = outcome.astype(float)
    other = np.where(chance.random(rows) > 0.1, chance.integers(1, 6, rows), math.nan)
    noisy = np.where(chance.random(rows) < 0.2, 1 - outcome, outcome)
    partly = noisy.astype(float)
    judged = Judged(("one", "two"), outcome, np.zeros((rows, 2), dtype=bool))
    found = {
        gain.fact: gain
        for gain in gains(book, {"compliance_flag": same, "trust_level": other, "declared_key": partly}, judged, 0.2)
    }
    assert found["compliance_flag"].bits == pytest.approx(1.0, abs=0.01)
    assert found["trust_level"].bits < 0.003 and not found["trust_level"].linked
    lost = -(0.2 * math.log2(0.2) + 0.8 * math.log2(0.8))
    assert found["declared_key"].bits == pytest.approx(1 - lost, abs=0.03)
    assert found["declared_key"].linked and set(found["declared_key"].outcomes) == {"one", "two"}


# how far it is settled


def interview(adviser: Adaptive, whole: Case, mode: str) -> list[tuple[Case, tuple[str, ...], Outlook]]:
    """The questions asked, with how far each outlook before them was settled, until nothing can change."""
    book, relevance = adviser.book, Relevance(adviser.book)
    case = replace(whole, facts={k: v for k, v in whole.facts.items() if v.source == "profile"})
    trail: list[tuple[Case, tuple[str, ...], Outlook]] = []
    for _ in book.facts:
        open_ = relevance.askable(case, mode)
        outlook = adviser.outlook(case, open_)
        trail.append((case, open_, outlook))
        if outlook.settled == "all" or not open_:
            return trail
        fact = outlook.suggestions[0].fact
        case = replace(case, facts={**case.facts, fact: whole.facts.get(fact, Given("unknown"))})
    raise AssertionError("the interview does not end")


@pytest.mark.parametrize(
    "name", ["loss-making-giant", pytest.param("attractive-prospect", marks=pytest.mark.slow), "concentration-risk"]
)
def test_what_is_proven_no_answer_changes(adviser: Adaptive, book: Rulebook, name: str) -> None:
    whole = load_case(shipped() / "cases" / f"{name}.yaml", book)
    trail = interview(adviser, whole, SHORT)
    assert trail[-1][2].settled == "all"
    anything = Completions(book, prior_of(book), 0, 1500, seed=99)
    judging = Judging(book)
    for case, open_, outlook in trail:
        found, settled = outlook.recommendation, outlook.settled
        if settled in ("primary", "all"):
            judged = judging(case.inputs(book), anything.drawn(case, open_))
            assert {judged.labels[place] for place in judged.leads} == {found.outcome}
            if settled == "all":
                assert {frozenset(np.flatnonzero(row)) for row in judged.beside} == {
                    frozenset(judged.labels.index(each) for each in found.secondary)
                }
        if outlook.otherwise:
            facts = {
                fact: Given("given", value) for fact, value in outlook.otherwise if isinstance(value, str | int | float)
            }
            other = adviser.recommendation(replace(case, facts={**case.facts, **facts}).inputs(book))
            assert (other.level, other.primary, set(other.secondary)) != (
                found.level,
                found.primary,
                set(found.secondary),
            )


def test_the_same_case_is_asked_the_same(book: Rulebook, adviser: Adaptive) -> None:
    case = account(book, "chairman-only", 15)
    open_ = Relevance(book).askable(case, FULL)
    again = Adaptive(book, Completions(book, prior_of(book), PLAUSIBLE, STRAYING), Judging(book))
    assert adviser.outlook(case, open_) == again.outlook(case, open_)


def test_a_rulebook_without_a_picture_of_accounts_still_has_something_to_ask(book: Rulebook, tmp_path: Path) -> None:
    prior = prior_of(book, tmp_path)
    assert not prior.qualities
    case = account(book, "chairman-only", 5)
    drawn = Completions(book, prior, 200, 0).drawn(case, ["trust_level"])
    assert set(np.unique(drawn["trust_level"][~np.isnan(drawn["trust_level"])])) == {1.0, 2.0, 3.0, 4.0, 5.0}
