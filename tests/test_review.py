"""The review of a plan: its rules, a year of reviews played through, the history that is only ever appended to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.problems import ProblemsFound
from kam_expert.resources import shipped
from kam_expert.review import recording
from kam_expert.review.ageing import months_between
from kam_expert.review.history import History, HistoryMoved, append, digest, history_file, read_history
from kam_expert.review.recording import Decision, Report
from kam_expert.review.reviewing import Review, review
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.loading import load_rulebook
from tests import golden_files

STEM = "recovering-account"


@pytest.fixture(scope="module")
def maker(profiled: Callable[[str | None], Rulebook]) -> Rulebook:
    return profiled("manufacturer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case to be reviewed, in a folder of its own."""
    found = tmp_path / f"{STEM}.yaml"
    found.write_text((shipped() / "cases" / f"{STEM}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return found


def state(path: Path, as_of: str, **facts: str) -> None:
    """Write other facts into a case file."""
    text = re.sub(r"^as_of: \S+", f"as_of: {as_of}", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name, value in facts.items():
        line = f"  {name}: {value}"
        text, count = re.subn(rf"^  {name}: .*$", line, text, flags=re.MULTILINE)
        if not count:
            text = text.replace("\nfacts:\n", f"\nfacts:\n{line}\n")
    path.write_text(text, encoding="utf-8")


def look(path: Path, book: Rulebook, day: str) -> Review:
    case = load_case(path, book)
    return review(case, book, read_history(case, book), date.fromisoformat(day))


def accept(path: Path, book: Rulebook, day: str, decision: Decision | None = None) -> Review:
    found = look(path, book, day)
    append(found.history, recording.accepted(found, decision or Decision("Wang")))
    return found


def report(path: Path, book: Rulebook, day: str) -> None:
    """Report every activity that is due as done."""
    found = look(path, book, day)
    done = [activity.id for activity in found.overdue]
    append(found.history, recording.progress(found.history, Report(done=tuple(done)), found.on, "Wang", None))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def level(found: Review) -> str | None:
    return None if found.level is None else found.level.id


def test_each_review_rule_does_what_its_examples_say(book: Rulebook) -> None:
    assert book.review.rules
    for rule in book.review.rules:
        for kind in ("fires", "silent"):
            for example in getattr(rule.entry, kind):
                truth = evaluate(rule.condition, State(example, book.parameters))
                assert (truth is True) == (kind == "fires"), (rule.id, example)


def test_a_year_of_reviews(path: Path, maker: Rulebook) -> None:
    state(path, "2026-10-01", months_to_tender="n/a")
    first = accept(path, maker, "2026-10-05")
    assert first.level is None
    assert first.proposed.choice.primary == "recovery"

    # Two ratings move by one: nothing turns, and the plan keeps its dates.
    state(path, "2026-11-20", joint_planning="4", information_sharing="4")
    small = accept(path, maker, "2026-11-20")
    assert small.proposed.choice == first.proposed.choice
    assert [each.name for each in small.changes] == ["information_sharing", "joint_planning"]
    assert small.overdue[0].id == "listening-visit"
    report(path, maker, "2026-11-20")

    # The repair holds: what had to wait leads by five points.
    repaired = {"trust_level": "{value: 3, source: customer}", "open_critical_issues": "0", "satisfaction": "7"}
    state(path, "2027-01-10", **repaired)
    turned = look(path, maker, "2027-01-12")
    assert level(turned) == "restrategise"
    assert turned.values["primary_margin"] == 5
    assert turned.proposed.choice.primary == "penetration"
    assert {each.rule.id for each in turned.noticed} >= {"review-primary-beaten", "review-gate-reached"}
    assert turned.difference is not None
    assert any("trust_level" in each.chain for each in turned.difference.rules)
    accept(path, maker, "2027-01-12")

    # Nothing has changed since: the new primary stays, although the repaired facts are no news any more.
    calm = look(path, maker, "2027-04-10")
    assert calm.proposed.choice.primary == "penetration"
    assert "review-primary-beaten" not in {each.rule.id for each in calm.noticed}

    # A compliance concern suspends everything; its clearance starts anew.
    state(path, "2027-06-01", compliance_flag="yes")
    stopped = accept(path, maker, "2027-06-01")
    assert level(stopped) == "suspend"
    assert stopped.proposed.choice.primary is None
    state(path, "2027-07-01", compliance_flag="no")
    again = accept(path, maker, "2027-07-01")
    assert level(again) == "restrategise"
    assert again.proposed.choice.primary == "penetration"

    # Another account manager, and a review that comes late.
    state(path, "2027-10-20", managed_by="Li")
    accept(path, maker, "2027-10-20")
    state(path, "2028-02-10", managed_by="Zhao")
    rules = {each.rule.id for each in look(path, maker, "2028-02-10").noticed}
    assert rules >= {"review-manager-changed", "review-comes-late"}
    history = read_history(load_case(path, maker), maker)
    assert [entry.decision for entry in history.accepted][:5] == [
        "start",
        "adjust",
        "restrategise",
        "suspend",
        "restrategise",
    ]


NOISE = (
    "joint_planning",
    "information_sharing",
    "purchase_importance",
    "supply_risk",
    "blocker_strength",
    "team_formed",
)


@pytest.mark.parametrize("name", NOISE)
@pytest.mark.parametrize("step", [-1, 1])
def test_noise_does_not_turn_the_primary(path: Path, maker: Rulebook, name: str, step: int) -> None:
    accept(path, maker, "2026-10-05")
    value = load_case(path, maker).facts[name].value
    assert isinstance(value, int)
    state(path, "2026-11-01", **{name: str(min(5, max(1, value + step)))})
    found = look(path, maker, "2026-11-02")
    assert found.proposed.choice.primary == "recovery"
    assert level(found) in ("keep", "adjust", "remix")


def test_a_small_lead_keeps_the_primary_in_force(path: Path, maker: Rulebook) -> None:
    """The rules of the switch, as the names see it, over every margin."""
    rules = {rule.id: rule for rule in maker.review.rules}
    for margin in range(-2, 5):
        names = {
            "other_primary": True,
            "primary_margin": margin,
            "other_forced": False,
            "primary_closed": False,
            "turning_point": False,
            "overridden": False,
            "new_finding": True,
        }
        beaten = evaluate(rules["review-primary-beaten"].condition, State(names, maker.parameters))
        kept = evaluate(rules["review-primary-kept"].condition, State(names, maker.parameters))
        assert (beaten, kept) == (margin >= 2, margin < 2)


def test_a_choice_against_the_recommendation_is_recorded_and_not_nagged_about(path: Path, maker: Rulebook) -> None:
    start = ("review", path, "--on", "2026-10-05", "--accept", "--instead", "defence", "--lang", "en")
    assert run(*start).exit_code == 2
    done = run(*start, "--by", "Wang", "--reason", "the rival must be met first")
    assert done.exit_code == 0, done.output
    history = read_history(load_case(path, maker), maker)
    assert history.last is not None
    assert history.last.entry.in_force.primary == "defence"
    assert history.last.entry.against == "recovery"
    later = look(path, maker, "2026-11-02")
    assert later.proposed.choice.primary == "defence"
    assert level(later) != "restrategise"


# the history


def test_the_history_is_only_appended_to(path: Path, maker: Rulebook) -> None:
    texts = [""]
    for day in ("2026-10-05", "2026-11-05", "2026-12-05"):
        accept(path, maker, day)
        texts.append(history_file(path).read_text(encoding="utf-8"))
        if look(path, maker, day).overdue:
            report(path, maker, day)
        texts.append(history_file(path).read_text(encoding="utf-8"))
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    crlf = history_file(path)
    crlf.write_bytes(texts[-1].replace("\n", "\r\n").encode())
    assert len(read_history(load_case(path, maker), maker).accepted) == 3


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by=st.text(max_size=30), reason=st.text(max_size=60))
def test_whatever_is_said_is_read_back(by: str, reason: str, path: Path, maker: Rulebook) -> None:
    case = load_case(path, maker)
    empty = History(history_file(path), "", ())
    visit = Report(done=("listening-visit",))
    text = recording.progress(empty, visit, date(2026, 10, 5), by, reason)
    start = recording.progress(empty, visit, date(2026, 10, 5), None, None)
    assert text.count("\n---") == start.count("\n---") == 0
    history_file(path).write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        read_history(case, maker)
    assert [problem.code for problem in found.value.problems] == ["history_progress_first"]
    history_file(path).unlink()


@pytest.mark.parametrize(
    ("damage", "code", "line"),
    [
        (lambda text: text.replace("owner: SM", "owner: FIN", 1), "history_changed", None),
        (lambda text: text[: text.rindex("---")] + "---\nkind: accep", "wrong_value", None),
        (lambda text: text.replace("on: 2026-10-05", "on: soon", 1), "wrong_value", 3),
        (lambda text: text.replace("kind: accepted", "kind: agreed", 1), "wrong_value", 2),
        (
            lambda text: text.replace("  trading_years: {value: 9", "  trading_years: {value: many", 1),
            "wrong_value",
            None,
        ),
        (lambda text: text + "---\nfacts: [", "yaml_syntax", None),
    ],
)
def test_a_damaged_history_is_said_with_its_place(path: Path, maker: Rulebook, damage, code: str, line) -> None:  # type: ignore[no-untyped-def]
    accept(path, maker, "2026-10-05")
    accept(path, maker, "2026-11-05")
    file = history_file(path)
    file.write_text(damage(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        read_history(load_case(path, maker), maker)
    codes = [problem.code for problem in found.value.problems]
    assert code in codes, codes
    assert all(problem.mark.line > 1 for problem in found.value.problems)
    if line is not None:
        assert found.value.problems[0].mark.line == line
    for language in ("en", "zh"):
        said = run("review", path, "--on", "2026-12-01", "--lang", language)
        assert said.exit_code == 1
        assert f"{STEM}.history.yaml" in said.output
        assert "Traceback" not in said.output


def test_a_history_that_moved_is_not_overwritten(path: Path, maker: Rulebook) -> None:
    found = look(path, maker, "2026-10-05")
    accept(path, maker, "2026-10-05")
    before = history_file(path).read_bytes()
    with pytest.raises(HistoryMoved):
        append(found.history, recording.accepted(found, Decision()))
    assert history_file(path).read_bytes() == before


def test_a_killed_write_leaves_the_old_history(path: Path, maker: Rulebook) -> None:
    accept(path, maker, "2026-10-05")
    before = history_file(path).read_bytes()
    script = (
        "import os, sys\nos.fsync = lambda handle: os._exit(9)\nfrom kam_expert.cli import main\nmain(sys.argv[1:])\n"
    )
    arguments = [sys.executable, "-c", script, "review", str(path), "--on", "2026-11-05", "--accept"]
    killed = subprocess.run(
        arguments, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": str(shipped())}
    )
    assert killed.returncode == 9, killed.stderr
    assert history_file(path).read_bytes() == before
    assert len(read_history(load_case(path, maker), maker).accepted) == 1


def test_an_older_rulebook_s_facts_are_left_out_and_named(path: Path, maker: Rulebook) -> None:
    accept(path, maker, "2026-10-05")
    file = history_file(path)
    text = file.read_text(encoding="utf-8").replace(maker.version, "an-older-one")
    file.write_text(text.replace("  trading_years:", "  years_of_trade:"), encoding="utf-8")
    found = look(path, maker, "2026-11-05")
    assert found.last is not None
    assert found.last.left_out == ("years_of_trade",)
    assert "review-rulebook-changed" in {each.rule.id for each in found.noticed}


# what is shown


@pytest.fixture
def played(path: Path, maker: Rulebook) -> Path:
    """A case before its second review: repaired, three activities done."""
    accept(path, maker, "2026-10-05")
    report(path, maker, "2026-11-12")
    state(path, "2027-01-10", trust_level="3", open_critical_issues="0", satisfaction="7")
    return path


@pytest.mark.parametrize("language", ["en", "zh"])
def test_golden_review(played: Path, language: str) -> None:
    done = run("review", played, "--on", "2027-01-12", "--lang", language)
    assert done.exit_code == 0, done.output
    golden_files.check(f"review/{STEM}.{language}.txt", done.output)
    late = run("due", played.parent, "--on", "2027-01-12", "--lang", language)
    golden_files.check(f"review/due.{language}.txt", late.output)


def test_json_says_the_same(played: Path) -> None:
    found = json.loads(run("review", played, "--on", "2027-01-12", "--format", "json").output)
    assert found["proposal"]["level"] == "restrategise"
    assert {each["fact"] for each in found["changes"]} == {
        "trust_level",
        "open_critical_issues",
        "satisfaction",
        "months_to_tender",
    }
    assert found["agenda"]["flips"]
    found = json.loads(run("review", played, "--on", "2027-02-01", "--format", "json").output)
    due = json.loads(run("due", played.parent, "--on", "2027-02-01", "--format", "json").output)
    assert {each["kind"] for each in due} == {"activity", "gate", "review"}
    assert len([each for each in due if each["kind"] == "activity"]) == len(found["overdue"])


def test_months() -> None:
    assert months_between(date(2026, 10, 5), date(2027, 1, 5)) == 3
    assert months_between(date(2026, 10, 5), date(2027, 1, 8)) == 3.1
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0.9


def test_digest_does_not_see_line_ends() -> None:
    assert digest("a\r\nb\r\n") == digest("a\nb\n") == digest("a\nb")
    assert digest("") == digest("\n") == "start"


def test_a_rulebook_without_reviews_still_loads(tmp_path: Path, path: Path) -> None:
    root = tmp_path / "book"
    for folder in ("knowledge", "rules"):
        for file in (shipped() / folder).rglob("*.yaml"):
            name = file.relative_to(shipped())
            if "review" not in name.parts and name.as_posix() != "knowledge/review.yaml":
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(file.read_bytes())
    assert load_rulebook(root).review.stated is None
    done = run("review", path, "--rules", root, "--on", "2026-10-05", "--lang", "en")
    assert done.exit_code == 2
    assert "knowledge/review.yaml" in done.output


def test_wrong_use_is_said(path: Path) -> None:
    for arguments in (
        ("--on", "soon"),
        ("--on", "2020-01-01"),
        ("--level", "keep"),
        ("--on", "2026-10-05", "--accept", "--level", "keep"),
        ("--on", "2026-10-05", "--accept", "--instead", "defense"),
        ("--on", "2026-10-05", "--done", "listening-visit"),
    ):
        done = run("review", path, *arguments, "--lang", "en")
        assert done.exit_code == 2, arguments
        assert done.output.strip()
        assert "Traceback" not in done.output
    assert not history_file(path).exists()
    assert run("due", path.parent, "--lang", "zh").exit_code == 2
