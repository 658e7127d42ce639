"""What settles a recommendation: sets never leave out what can happen, proofs hold, and forged proofs are refused."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from kam_expert.case import Case, load_case, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines import plain
from kam_expert.engines.possible_choice import possible, possible_results
from kam_expert.explanation.proof import proof
from kam_expert.interview.completions import Completions
from kam_expert.interview.judging import Judging
from kam_expert.interview.prior import prior_of
from kam_expert.recommendation import recommend
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from tests.accounts import generated

FILES = sorted((shipped() / "cases").glob("*.yaml"))


@lru_cache
def book_for(profile: str | None) -> Rulebook:
    return load_rulebook(profile=profile)


@lru_cache
def simulated(book: Rulebook) -> tuple[Completions, Judging]:
    return Completions(book, prior_of(book), 100, 300, seed=11), Judging(book)


def diagnosed(path: Path) -> Diagnosis:
    book = book_for(profile_named_in(read_case_file(path)))
    return diagnose(load_case(path, book), book)


def led_to(book: Rulebook, case: Case, open_: list[str]) -> set[str]:
    """What several hundred completions of the open facts lead to."""
    completions, judging = simulated(book)
    rest = replace(case, facts={name: given for name, given in case.facts.items() if name not in open_})
    judged = judging(rest.inputs(book), completions.drawn(rest, open_))
    return {judged.labels[place] for place in np.unique(judged.leads)}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_sets_never_leave_out_what_an_account_is_told(path: Path) -> None:
    """From nearly everything known to nearly everything open."""
    found = diagnosed(path)
    book, inputs = found.book, found.case.inputs(found.book)
    own = found.recommendation.primary or found.recommendation.level
    assert possible(book, inputs, []).results == {own}
    chance = random.Random(path.stem)
    for count in (1, 3, 8, 20, 50, 90):
        open_ = chance.sample(sorted(book.facts), count)
        allowed = possible(book, inputs, open_).results
        assert own in allowed
        assert led_to(book, found.case, open_) <= allowed, open_


@pytest.mark.parametrize("count", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_sets_of_one_value_are_the_oracle(count: int) -> None:
    """With nothing open the sets say what the oracle and the selection policy say, on accounts of every kind."""
    book = book_for(None)
    for inputs in generated(book, count, seed=5):
        found = recommend(book, plain.conclude(book, inputs))
        allowed = possible_results(book, inputs, book.facts, ())
        assert (found.primary or found.level) in allowed


@pytest.mark.parametrize("path", FILES[::4], ids=[path.stem for path in FILES[::4]])
def test_a_proof_holds_whatever_the_others_are_and_no_fact_can_be_spared(path: Path) -> None:
    found = diagnosed(path)
    shown = proof(found)
    book, inputs = found.book, found.case.inputs(found.book)
    assert possible_results(book, inputs, shown.facts, shown.counted) == {shown.result.id}
    for name in shown.facts:
        fewer = [other for other in shown.facts if other != name]
        assert possible_results(book, inputs, fewer, shown.counted) != {shown.result.id}
    for name in shown.counted:
        assert possible_results(book, inputs, shown.facts, [x for x in shown.counted if x != name]) != {shown.result.id}
    open_ = [name for name in book.facts if name not in shown.facts and name not in shown.counted]
    assert led_to(book, found.case, open_) == {shown.result.id}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def claim(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("proof") / "claim.yaml"
    assert run("explain", shipped() / "cases" / "loss-making-giant.yaml", "proof", "--file", file).exit_code == 0
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("", "", 0, "Proven."),
        ("outcome: repricing", "outcome: alliance", 1, "Wrong."),
        ("outcome: repricing", "outcome: repricingg", 1, "repricingg"),
        ("  net_price_index:", "  # net_price_index:", 1, "Not proven."),
        ("rulebook: ", "rulebook: 0", 1, "Not checked: the proof was made for rulebook 0"),
        ("proof:", "#proof:", 1, "rulebook"),
        ("not_known: []", "not_known: [satisfactoin]", 1, "satisfaction"),
        ("known: [", "known: [12, ", 1, "12"),
        ("account_status: ", "account_state: ", 1, "account_status"),
    ],
)
def test_a_proof_file_is_checked_anew(claim: str, tmp_path: Path, old: str, new: str, code: int, said: str) -> None:
    file = tmp_path / "claim.yaml"
    assert old in claim
    file.write_text(claim.replace(old, new, 1), encoding="utf-8")
    for language in ("zh", "en"):
        result = run("rulebook", "verify", file, "--lang", language)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
    assert said in result.output


def test_a_verdict_names_what_else_is_possible(claim: str, tmp_path: Path) -> None:
    file = tmp_path / "claim.yaml"
    file.write_text(claim.replace("  net_price_index:", "  # net_price_index:"), encoding="utf-8")
    found = json.loads(run("rulebook", "verify", file, "--format", "json").output)
    assert found["verdict"] == "not_settled" and found["also"] and "net_price_index" not in found["facts"]
