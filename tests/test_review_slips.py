"""Slips and turns of real reviews: another account's history, wrong days, our own delays, time that passes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kam_expert.case import load_case
from kam_expert.problems import ProblemsFound
from kam_expert.resources import shipped
from kam_expert.review.history import history_file, read_history
from kam_expert.rulebook.book import Rulebook
from tests.test_review_reports import STEM, look, run
from tests.test_review_years import state


@pytest.fixture(scope="module")
def maker(profiled: Callable[[str | None], Rulebook]) -> Rulebook:
    return profiled("manufacturer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case whose plan is in force."""
    found = tmp_path / f"{STEM}.yaml"
    found.write_text((shipped() / "cases" / f"{STEM}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert run("review", found, "--on", "2026-10-05", "--accept", "--by", "Zhao").exit_code == 0
    return found


def test_the_history_of_another_account_is_refused_and_a_renamed_one_is_read(path: Path, maker: Rulebook) -> None:
    other = path.with_name("neglected-star.yaml")
    shutil.copy(shipped() / "cases" / other.name, other)
    shutil.copy(history_file(path), history_file(other))
    with pytest.raises(ProblemsFound) as found:
        read_history(load_case(other, maker), maker)
    assert [problem.code for problem in found.value.problems] == ["history_other_case"]
    for language in ("en", "zh"):
        done = run("review", other, "--on", "2026-11-05", "--lang", language)
        assert (done.exit_code, STEM in done.output) == (1, True)
    renamed = path.with_name("osterlund.yaml")
    renamed.write_text(path.read_text(encoding="utf-8").replace(f"case: {STEM}", "case: osterlund"), encoding="utf-8")
    shutil.copy(history_file(path), history_file(renamed))
    assert len(read_history(load_case(renamed, maker), maker).accepted) == 1


def test_another_level_than_proposed_needs_a_reason_and_a_name(path: Path) -> None:
    before = history_file(path).read_bytes()
    accept = ("review", path, "--on", "2026-11-05", "--accept", "--level", "suspend")
    for given in ((), ("--by", "Zhao"), ("--reason", "the mill is closed for repairs"), ("--by", " ", "--reason", "x")):
        assert run(*accept, *given).exit_code == 2
    assert history_file(path).read_bytes() == before
    assert run(*accept, "--by", "Zhao", "--reason", "the mill is closed for repairs").exit_code == 0


@pytest.mark.parametrize("typed", ["defence", "防守", "Defence"])
def test_another_primary_is_recorded_as_a_change_of_the_primary(path: Path, maker: Rulebook, typed: str) -> None:
    chosen = ("--accept", "--instead", typed, "--by", "Zhao", "--reason", "the rival first")
    assert run("review", path, "--on", "2026-11-05", *chosen).exit_code == 0
    entry = look(path, maker, "2026-11-06").history.accepted[-1]
    assert (entry.decision, entry.in_force.primary, entry.against) == ("restrategise", "defence", "recovery")


def test_our_own_delays_are_not_laid_on_the_customer(path: Path, maker: Rulebook) -> None:
    told = (
        "--moved",
        "fix-proof=2027-03-01",
        "--moved",
        "defence-executive-visit=2027年1月15日",
        "--dropped",
        "trust-check",
    )
    assert run("review", path, "--on", "2026-11-12", "--by", "Zhao", *told).exit_code == 0
    found = look(path, maker, "2027-01-10")
    activities = {each.id: each for each in found.history.activities}
    assert activities["fix-proof"].end == date(2027, 3, 1)
    assert activities["trust-check"].cancelled == date(2026, 11, 12)
    assert found.values["put_off"] == 0
    assert {"fix-proof", "trust-check", "defence-executive-visit"}.isdisjoint(each.id for each in found.overdue)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--moved", "fix-proof"), "--dropped"),
        (("--moved", "fix-proof=2026-11-12"), "2026-11-12"),
        (("--delayed", "fix-proof=2020-03-01"), "2020-03-01"),
        (("--done", "the customer"), "listening-visit"),
        (("--accept", "--instead", "联"), "联盟"),
    ],
)
def test_a_slip_is_said_and_nothing_is_written(path: Path, arguments: tuple[str, ...], told: str) -> None:
    before = history_file(path).read_bytes()
    done = run("review", path, "--on", "2026-11-12", *arguments, "--lang", "zh")
    assert (done.exit_code, told in done.output) == (2, True), done.output
    assert history_file(path).read_bytes() == before


def test_what_is_meant_may_be_typed_as_its_title(path: Path, maker: Rulebook) -> None:
    shown = run("review", path, "--on", "2026-11-12", "--lang", "zh", "--format", "markdown").output
    row = next(line for line in shown.splitlines() if "listening-visit" in line)
    title = row.strip("| ").split(" \\[")[0]
    done = run("review", path, "--on", "2026年11月12日", "--done", title, "--done", "root cause")
    assert done.exit_code == 0, done.output
    assert look(path, maker, "2026-11-13").history.progress[0].done == ("listening-visit", "root-cause-report")


def test_a_record_of_a_day_to_come_is_questioned(path: Path) -> None:
    later = date(date.today().year + 60, 1, 1).isoformat()
    done = run("review", path, "--on", later, "--done", "listening-visit", "--lang", "en")
    assert done.exit_code == 0
    assert f"{later} is still to come" in done.output
    early = run("review", path, "--on", "2026-11-12", "--lang", "en")
    assert (early.exit_code, "delete it at the end" in early.output) == (2, True)


def test_a_tender_comes_near_although_nobody_touches_the_case(path: Path, maker: Rulebook) -> None:
    """Fifteen months in October are less than nine in April; what people said stays in the record as they said it."""
    found = look(path, maker, "2027-04-05")
    assert found.today.case.facts["months_to_tender"].value == 8.9
    assert [each.name for each in found.changes] == ["months_to_tender"]
    assert run("review", path, "--on", "2027-04-05", "--accept", "--by", "Zhao").exit_code == 0
    entry = look(path, maker, "2027-04-05").history.accepted[-1]
    assert entry.facts["months_to_tender"]["value"] == 15
    again = look(path, maker, "2027-05-05")
    assert again.earlier is not None
    assert again.earlier.case.facts["months_to_tender"].value == 8.9
    assert again.today.case.facts["months_to_tender"].value == 7.9
    late = look(path, maker, "2028-06-01")
    assert late.today.case.facts["months_to_tender"].value == 0
    assert "review-tender-date-reached" in {each.rule.id for each in late.noticed}


def test_where_nothing_changed_nothing_is_said_to_follow(path: Path, maker: Rulebook) -> None:
    state(path, "2026-10-01", {"months_to_tender": "n/a"})
    run("review", path, "--on", "2026-10-06", "--accept", "--by", "Zhao")
    run("review", path, "--on", "2026-10-07", "--accept", "--by", "Zhao")
    found = look(path, maker, "2026-10-20")
    assert found.changes == ()
    assert found.difference is not None
    assert not found.difference.rules


def test_two_reviews_in_a_row_confirm_a_new_cell(path: Path, maker: Rulebook) -> None:
    lower = {
        "strategic_industry_position": 1,
        "influence_on_others": 1,
        "strategic_fit": 1,
        "customer_demand_growth": -5,
    }
    state(path, "2026-11-01", lower)
    first = look(path, maker, "2026-11-05")
    rules = {each.rule.id for each in first.noticed}
    assert "review-cell-changed" in rules, first.values
    assert "review-cell-confirmed" not in rules
    run("review", path, "--on", "2026-11-05", "--accept", "--by", "Zhao", "--reason", "the mill was sold")
    second = look(path, maker, "2027-01-05")
    assert "review-cell-confirmed" in {each.rule.id for each in second.noticed}
    assert second.values["turning_point"] is True
    run("review", path, "--on", "2027-01-05", "--accept", "--by", "Zhao", "--reason", "confirmed")
    assert "review-cell-confirmed" not in {each.rule.id for each in look(path, maker, "2027-03-05").noticed}
