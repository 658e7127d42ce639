"""The check of a chosen plan: verdicts on cases and small plans, and what must hold of any account and any plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_expert.case import Chosen, case_from, profile_named_in, read_case_file
from kam_expert.checking import Check, Ground, Verdict, check_plan
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs
from kam_expert.questions import open_rules
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.reports import content, json_document, text
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State
from kam_expert.rulebook.schema import VoteRule
from kam_expert.wording import languages, wording
from tests.accounts import accounts, examples

Profiled = Callable[[str | None], Rulebook]

# case, chosen primary and secondaries -> verdict and ground of each; those that the rules demand in addition
PLANS: tuple[tuple[str, str, str, str], ...] = (
    (
        "asks-for-alliance",
        "alliance co_innovation",
        "supported/recommended supported/accompanies",
        "resource_allocation.up",
    ),
    (
        "asks-for-alliance",
        "alliance co_innovation resource_allocation.up",
        "supported/recommended" + " supported/accompanies" * 2,
        "",
    ),
    (
        "asks-for-alliance",
        "co_innovation alliance",
        "tenable/near_primary supported/accompanies",
        "resource_allocation.up",
    ),
    (
        "asks-for-alliance",
        "alliance maintenance",
        "supported/recommended contradicted/role_secondary",
        "resource_allocation.up",
    ),
    ("asks-for-alliance", "entry", "contradicted/not_eligible", "resource_allocation.up"),
    ("asks-for-alliance", "maintenance", "contradicted/against", ""),
    ("asks-for-alliance", "authority_handover", "contradicted/role_primary", ""),
    ("recovering-account", "penetration managed_exit", "premature/gate contradicted/role_secondary", "recovery"),
    ("recovering-account", "recovery penetration", "supported/recommended premature/gate", ""),
    (
        "loss-making-giant",
        "wallet_growth repricing",
        "contradicted/against tenable/rubs",
        "repricing cost_to_serve_reduction dependency_reduction",
    ),
    ("northern-bottlers", "wallet_growth", "contradicted/forced", "defence"),
    ("northern-bottlers", "defence resource_allocation.down", "supported/recommended contradicted/exclusive", ""),
)


def checked(case_id: str, plan: str, profiled: Profiled) -> Diagnosis:
    document = read_case_file(shipped() / "cases" / f"{case_id}.yaml")
    book = profiled(profile_named_in(document))
    primary, *secondary = plan.split()
    return diagnose(replace(case_from(document, book), chosen=Chosen(primary, tuple(secondary))), book)


@pytest.mark.parametrize(("case_id", "plan", "verdicts", "lacking"), PLANS, ids=lambda each: each or "none")
def test_plans(case_id: str, plan: str, verdicts: str, lacking: str, profiled: Profiled) -> None:
    check = checked(case_id, plan, profiled).check
    assert check is not None
    assert " ".join(f"{each.verdict}/{each.ground}" for each in check.strategies) == verdicts
    assert " ".join(each.strategy for each in check.lacking) == lacking


def test_what_is_said_of_a_plan(profiled: Profiled) -> None:
    check = checked("loss-making-giant", "wallet_growth repricing", profiled).check
    assert check is not None
    first = check.primary
    assert first.behind == 9 and first.supporting == () and {vote.points for vote in first.opposing} == {-2}
    assert first.demanded == ("loss-through-price-and-terms", "repricing")
    found = [(each.kind, each.rule or each.other, each.party) for each in first.objections]
    assert found == [
        ("block", "critical-share-blocks-volume", None),
        ("block", "margin-below-floor-blocks-holding", None),
        ("sequence", "repricing", "chosen"),
        ("sequence", "dependency_reduction", "recommended"),
    ]
    assert all(each.gate is not None for each in first.objections)
    assert check.strategies[1].objections[0].gate is None, "repricing does not wait for growth"


def test_what_is_missing(profiled: Profiled) -> None:
    check = checked("attractive-prospect", "displacement alliance", profiled).check
    assert check is not None
    voices = {voice.rule: voice for voice in check.strategies[1].missing}
    weak = voices["weak-case-blocks-alliance"]
    assert (weak.speaks, weak.points) == ("against", None)
    assert set(weak.facts) == {"alliance_drivers", "alliance_facilitators"}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("case_id", "plan"), [each[:2] for each in PLANS], ids=lambda each: each)
def test_reports(case_id: str, plan: str, language: str, profiled: Profiled) -> None:
    found = checked(case_id, plan, profiled)
    words = wording(language)
    document = json.loads(json_document.render(found, words))
    jsonschema.validate(document, json_document.json_schema())
    check = document["check"]
    first = check["strategies"][0]
    assert {key: check[key] for key in ("primary", "score", "supporting", "opposing", "verdict")} == {
        "primary": first["strategy"],
        **{key: first[key] for key in ("score", "supporting", "opposing", "verdict")},
    }
    for depth in content.DEPTHS:
        shown = text.render(content.document(found, words, depth))
        assert "{" not in shown and "None" not in shown and words.say("reasons.check") in shown
        for each in check["strategies"]:
            assert words.say(f"check.verdict.{each['verdict']}") in shown


@pytest.mark.parametrize("language", languages())
def test_every_verdict_and_ground_has_words(language: str) -> None:
    keys = wording(language).keys
    assert {f"check.verdict.{verdict}" for verdict in get_args(Verdict)} <= keys
    assert {f"phrase.check_{ground}" for ground in get_args(Ground)} == {
        k for k in keys if k.startswith("phrase.check_")
    }


# any account, any plan


@dataclass(frozen=True)
class Account:
    recommendation: Recommendation
    vetoed: frozenset[str]
    check: Callable[[Chosen], Check]


def account(book: Rulebook, inputs: Inputs) -> Account:
    conclusions = plain.conclude(book, inputs)
    state = State(conclusions.values, book.parameters, inputs.tables)
    found, waiting = recommend(book, conclusions), open_rules(book, conclusions, state)
    vetoed = {
        name
        for rule in book.rules
        if conclusions.fired(rule.id) and isinstance(rule.entry, VoteRule)
        for name, word in rule.entry.votes.items()
        if book.selection.strengths[word].veto
    }

    def check(chosen: Chosen) -> Check:
        return check_plan(book, chosen, conclusions, found, waiting, inputs.not_applicable)

    return Account(found, frozenset(vetoed), check)


@lru_cache(maxsize=1)
def any_account(book: Rulebook) -> st.SearchStrategy[Inputs]:
    return accounts(book)


@examples(20)
@given(data=st.data())
def test_the_recommended_plan_holds(book: Rulebook, data: st.DataObject) -> None:
    """The plan of the rules themselves is not contradicted and lacks nothing."""
    found = account(book, data.draw(any_account(book)))
    primary = found.recommendation.primary
    if primary is None:
        return
    check = found.check(Chosen(primary, found.recommendation.secondary))
    assert check.lacking == ()
    assert check.primary.verdict == ("supported" if found.recommendation.default is None else "tenable")
    assert {each.verdict for each in check.strategies} <= {"supported", "tenable", "unjudged"}


@examples(20)
@given(data=st.data())
def test_every_strategy_gets_a_verdict(book: Rulebook, data: st.DataObject) -> None:
    """Total, and a vetoed strategy is contradicted whatever its role and the level of the result."""
    found = account(book, data.draw(any_account(book)))
    others = data.draw(st.lists(st.sampled_from(sorted(book.candidates)), max_size=3))
    for name in book.candidates:
        check = found.check(Chosen(name, tuple(others)))
        assert [each.strategy for each in check.strategies] == list(dict.fromkeys((name, *others)))
        for each in check.strategies:
            assert each.verdict in get_args(Verdict) and each.ground in get_args(Ground)
            assert each.strategy not in found.vetoed or each.verdict == "contradicted"
            assert each.score == sum(vote.points for vote in (*each.supporting, *each.opposing))
        assert not {each.strategy for each in check.lacking if each.role == "secondary"} & {name, *others}


@examples(20)
@given(data=st.data())
def test_whom_the_rules_let_wait_is_premature(book: Rulebook, data: st.DataObject) -> None:
    found = account(book, data.draw(any_account(book)))
    for wave in found.recommendation.next_waves:
        verdict = found.check(Chosen(wave.strategy)).primary
        assert verdict.verdict in ("premature", "contradicted")
        if verdict.verdict == "contradicted":
            assert verdict.ground in ("role_primary", "not_eligible")
