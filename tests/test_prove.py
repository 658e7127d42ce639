"""What the rulebook promises: the shipped one keeps it, and a broken one is caught with the account that shows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kam_expert.case import case_from, read_case_file
from kam_expert.case_text import case_file, case_of
from kam_expert.cli import main
from kam_expert.maintenance.proving import Outcome, answer, prove, tasks
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook

pytestmark = pytest.mark.slow

BROKEN: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "broken" / "promises.yaml").read_text(encoding="utf-8")
)


def failures(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.verdict != "holds" and not outcome.excepted]


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["manufacturer", "service_firm", "distributor"])
def test_every_preset_keeps_what_the_rulebook_promises(profile: str) -> None:
    """All promises about advice; that rules can fire and differ is asked of the book without a preset."""
    book = load_rulebook(profile=profile)
    stated = [each.entry.id for each in book.properties if each.entry.claim not in ("rules_fire", "rules_distinct")]
    assert failures(list(prove(book, lambda: load_rulebook(profile=profile), stated))) == []


def test_every_exception_is_needed(book: Rulebook) -> None:
    """An exception that the book no longer needs would hide the next mistake."""
    for number, stated in enumerate(book.properties):
        for item in stated.entry.exceptions:
            asked = [task for task in tasks(book, [stated.entry.id]) if item in task.items]
            assert asked and any(answer(book, task).verdict == "broken" for task in asked), (number, item)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(entry, id=entry["name"], marks=[pytest.mark.slow] if place % 3 else [])
        for place, entry in enumerate(BROKEN)
    ],
)
def test_a_broken_promise_is_caught(entry: dict[str, Any], tmp_path: Path) -> None:
    for part in ("knowledge", "rules"):
        shutil.copytree(shipped() / part, tmp_path / part)
    file = tmp_path / entry["file"]
    text = file.read_text(encoding="utf-8")
    assert entry["find"] in text
    file.write_text(text.replace(entry["find"], entry["replace"], 1), encoding="utf-8")
    book = load_rulebook(tmp_path)
    asked = [task for task in tasks(book, [entry["property"]]) if set(entry["items"]) <= set(task.items)]
    broken = [outcome for outcome in (answer(book, task) for task in asked) if outcome.verdict == "broken"]
    assert broken and {len(outcome.accounts) for outcome in broken} == {entry["accounts"]}
    for account in broken[0].accounts:  # what is shown is a case file that the program reads
        shown = tmp_path / "shown.yaml"
        shown.write_text(case_file(case_of(book, account, "shown")), encoding="utf-8")
        again = case_from(read_case_file(shown), book).inputs(book)
        assert {name: again.values[name] for name in account.values if "." not in name} == {
            name: value for name, value in account.values.items() if "." not in name
        }
        assert again.not_applicable == account.not_applicable


def test_the_command_tells_and_ends_with_the_right_code(tmp_path: Path) -> None:
    named = ["compliance-holds-everything", "forced-rules-hold"]
    done = CliRunner().invoke(main, ["rulebook", "prove", *named, "--workers", "1", "--lang", "zh"])
    assert done.exit_code == 0 and "已证明" in done.stdout and done.stderr == ""
    told = CliRunner().invoke(main, ["rulebook", "prove", *named, "--workers", "1", "--format", "json"])
    outcomes = json.loads(told.stdout)["outcomes"]
    assert {outcome["verdict"] for outcome in outcomes} == {"holds"}
    wrong = CliRunner().invoke(main, ["rulebook", "prove", "compliance-hold-everything", "--lang", "en"])
    assert wrong.exit_code == 2 and "compliance-holds-everything" in wrong.stderr


def test_the_command_writes_the_accounts_that_break_a_promise(tmp_path: Path) -> None:
    for part in ("knowledge", "rules"):
        shutil.copytree(shipped() / part, tmp_path / "book" / part)
    file = tmp_path / "book" / "rules" / "selection" / "levels.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("if: compliance_flag", "if: compliance_flag and trading", 1), encoding="utf-8")
    arguments = ["rulebook", "prove", "compliance-holds-everything", "--workers", "1", "--lang", "en"]
    arguments += ["--rules", str(tmp_path / "book"), "--accounts", str(tmp_path / "found")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1 and "BROKEN" in done.stdout
    shown = tmp_path / "found" / "compliance-holds-everything.yaml"
    judged = CliRunner().invoke(main, ["diagnose", str(shown), "--rules", str(tmp_path / "book"), "--lang", "en"])
    assert judged.exit_code == 0, judged.stderr
