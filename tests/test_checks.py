"""`rulebook check`: a flaw of every kind is found in its place and nothing else; acceptances; both languages; JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kam_expert.cli import main
from kam_expert.maintenance.check_report import as_text
from kam_expert.maintenance.checks import CHECKS, IDLE_ACCEPTANCE, Checked, check_rulebook
from kam_expert.maintenance.compatible import can_be_true, can_both_be_true
from kam_expert.maintenance.findings import Finding
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.parsing import parse_condition
from kam_expert.wording import languages, wording
from tests.test_broken import broken_book

pytestmark = pytest.mark.slow

FLAWED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "checks" / "flawed.yaml").read_text(encoding="utf-8"))

Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the shipped rulebook with all the flaws."""
    folder = tmp_path_factory.mktemp("flawed")
    for part in ("knowledge", "rules", "cases"):
        shutil.copytree(shipped() / part, folder / part)
    with broken_book({"name": "flawed", **FLAWED}, folder):
        yield folder


@pytest.fixture(scope="module")
def flawed(root: Path) -> Checked:
    return check_rulebook(root)


@pytest.fixture(scope="module")
def sound() -> Checked:
    return check_rulebook()


def key(finding: Finding, root: Path) -> Key:
    """A finding with the text of the line it points to."""
    lines = (root / finding.found.file).read_text(encoding="utf-8").splitlines()
    return finding.check, finding.found.entry, lines[finding.found.mark.line - 1]


def test_every_flaw_is_found_in_its_place_and_nothing_else(root: Path, flawed: Checked, sound: Checked) -> None:
    before = {key(finding, shipped()) for finding in sound.findings}
    found = [each for each in (key(finding, root) for finding in flawed.findings) if each not in before]
    expected = [tuple(each) for each in FLAWED["expected"]]
    unmatched = [
        (check, entry, part)
        for check, entry, part in expected
        if not any(each[:2] == (check, entry) and part in each[2] for each in found)
    ]
    assert flawed.problems == ()
    assert unmatched == []
    assert len(found) == len(expected), found


def test_a_flaw_for_every_check() -> None:
    """A check without one could find nothing at all without anyone noticing."""
    accepted = {"unread-score"}
    assert {check.id for check in CHECKS} | {IDLE_ACCEPTANCE[0]} == {each[0] for each in FLAWED["expected"]} | accepted


def test_the_shipped_rulebook_has_no_errors(sound: Checked) -> None:
    assert sound.problems == ()
    assert [finding for finding in sound.findings if finding.severity == "error"] == []
    assert [finding for finding in sound.findings if finding.check == IDLE_ACCEPTANCE[0]] == []


def test_an_accepted_finding_is_kept_apart_with_its_reason(flawed: Checked) -> None:
    (finding, reason), *_ = [each for each in flawed.accepted if each[0].found.entry == "flaw_score"]
    assert (finding.check, reason.zh) == ("unread-score", "已经接受")
    assert not any((each.check, each.found.entry) == ("unread-score", "flaw_score") for each in flawed.findings)


def test_only_the_checks_asked_for(root: Path) -> None:
    checked = check_rulebook(root, only=["unused-parameter"])
    assert {finding.check for finding in checked.findings} == {"unused-parameter", IDLE_ACCEPTANCE[0]}
    assert [each.found.entry for each in checked.findings if each.check == IDLE_ACCEPTANCE[0]] == ["flaw_score"]


@pytest.mark.parametrize("language", languages())
def test_every_finding_is_worded(flawed: Checked, language: str) -> None:
    words = wording(language)
    text = as_text(flawed, words)
    for finding in flawed.findings:
        assert words.say(f"check.{finding.check}.meaning") in text
        assert f"  {finding.found.file}:{finding.found.mark.line}  `" in text
    counts = {"errors": flawed.count("error"), "warnings": flawed.count("warning"), "notes": flawed.count("note")}
    last = words.say("check.summary", **counts, accepted=len(flawed.accepted), checks=len(flawed.checks))
    assert text.rstrip().splitlines()[-1] == last


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "check", *arguments])


def test_exit_codes(root: Path, tmp_path: Path) -> None:
    only = ["--only", "unused-parameter", "--only", "cell-without-row"]
    assert run("--rules", str(root), "--only", "wrong-example").exit_code == 1
    assert run("--rules", str(root), *only).exit_code == 0
    assert run("--rules", str(root), *only, "--strict").exit_code == 1
    assert run("--only", "no-such-check").exit_code == 2
    assert run("--cases", str(tmp_path / "missing")).exit_code == 2


def test_json(root: Path, flawed: Checked) -> None:
    done = run("--rules", str(root), "--format", "json", "--lang", "zh")
    document = json.loads(done.stdout)
    assert done.exit_code == 1 and done.stderr == ""
    assert document["rulebook"] == flawed.version
    assert document["counts"] == {each: flawed.count(each) for each in ("error", "warning", "note")}
    assert len(document["findings"]) == len(flawed.findings)
    assert {each["id"] for each in document["checks"]} >= {each["check"] for each in document["findings"]}
    flaw = next(each for each in document["findings"] if each["check"] == "strategy-without-place")
    assert (flaw["name"], flaw["severity"]) == ("flaw_strategy", "warning")
    assert (flaw["file"], flaw["line"]) == ("knowledge/strategies/flaw_strategy.yaml", 6)
    assert flaw["found"] == "`flaw_strategy`（有缺陷）" and "roles" in flaw["fix"]
    assert [each["reason"] for each in document["accepted"] if each["name"] == "flaw_score"] == ["已经接受"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in ("knowledge", "rules"):
        shutil.copytree(shipped() / part, tmp_path / part)
    return tmp_path


def test_an_acceptance_changes_nothing_in_a_diagnosis(copy: Path, book: Rulebook) -> None:
    (copy / "knowledge" / "accepted.yaml").unlink()
    assert load_rulebook(copy).version == book.version
    assert check_rulebook(copy, only=["double-vote"]).accepted == ()


def test_what_keeps_the_rulebook_from_loading_comes_first(copy: Path) -> None:
    path = copy / "rules" / "votes" / "team.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("if: not_ready", "if: not_raedy"), encoding="utf-8")
    with (copy / "knowledge" / "accepted.yaml").open("a", encoding="utf-8") as file:
        file.write("- {check: no-case, entry: x}\n")
    for language in languages():
        done = run("--rules", str(copy), "--lang", language)
        assert done.exit_code == 1 and done.stderr == ""
        assert "not_raedy" in done.stdout and "not_ready" in done.stdout and "accepted.yaml" in done.stdout
        assert done.stdout.rstrip().endswith(wording(language).say("check.summary_unread", errors=2))
    problems = json.loads(run("--rules", str(copy), "--format", "json").stdout)["problems"]
    assert [each["code"] for each in problems] == ["name_unknown", "missing_key"]


def test_cases_of_a_folder_decide_what_fires(tmp_path: Path, sound: Checked) -> None:
    def idle(checked: Checked) -> set[str]:
        return {finding.found.entry for finding in checked.findings if finding.check == "no-case"}

    shutil.copy(shipped() / "cases" / "chairman-only.yaml", tmp_path)
    one = check_rulebook(cases=tmp_path, only=["no-case"])
    assert one.problems == () and idle(one) > idle(sound)
    (tmp_path / "broken.yaml").write_text("case: broken\nfacts: {our_rnak: 1}\n", encoding="utf-8")
    broken = check_rulebook(cases=tmp_path, only=["no-case"])
    assert idle(broken) == idle(one) and {problem.file for problem in broken.problems} == {f"{tmp_path}/broken.yaml"}
    empty = tmp_path / "empty"
    empty.mkdir()
    assert [problem.code for problem in check_rulebook(cases=empty, only=["no-case"]).problems] == ["file_missing"]


def condition(text: str, book: Rulebook) -> Expression:
    mistakes: list[object] = []
    found = parse_condition(text, book.vocabulary, lambda code, offset, /, **parameters: mistakes.append(code))
    assert found is not None and mistakes == []
    return found


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("satisfaction >= 7 and satisfaction <= 7", True),
        ("satisfaction > 7 and satisfaction <= 7", False),
        ("satisfaction >= 7 and satisfaction <= 7 and satisfaction != 7", False),
        ("trust_level > 5", False),
        ("trust_level >= 5", True),
        ("revenue_share > 100", False),
        ("attractiveness > 100", False),
        ("trading and not trading", False),
        ("trading or not trading", True),
        ("incumbency == main and incumbency in [sole, secondary]", False),
        ("incumbency not in [sole, main, secondary, challenger, none]", False),
        ("known(satisfaction) and not known(satisfaction)", False),
        ("satisfaction >= 7 and not known(satisfaction)", False),
        ("not known(satisfaction) and trading", True),
        ("certain(satisfaction >= 7) and satisfaction < 7", False),
        ("satisfaction >= 7 and not certain(satisfaction >= 7)", False),
        ("satisfaction >= 7 and not certain(satisfaction >= 8)", True),
    ],
)
def test_what_can_be_true(text: str, possible: bool, book: Rulebook) -> None:
    assert can_be_true(condition(text, book), book) is possible


@pytest.mark.parametrize(
    ("one", "other", "possible"),
    [
        ("satisfaction >= 7", "satisfaction < 7", False),
        ("satisfaction >= 7", "satisfaction <= 7", True),
        ("trading and satisfaction >= 7", "satisfaction < 7 or not trading", False),
        ("trading and satisfaction >= 7", "satisfaction < 7 or trading", True),
    ],
)
def test_what_can_be_true_together(one: str, other: str, possible: bool, book: Rulebook) -> None:
    assert can_both_be_true(condition(one, book), condition(other, book), book) is possible
