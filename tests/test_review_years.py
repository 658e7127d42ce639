"""A year of reviews of three accounts, played through as their managers would: `examples/review/years/`.

Each script says what changes at the customer, what is reported in between, who decides what, and what must come of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.resources import shipped
from kam_expert.review.history import History, read_history
from kam_expert.review.reviewing import Review, review
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.located import read_file
from tests import golden_files

YEARS = tuple(sorted((Path(__file__).parents[1] / "examples" / "review" / "years").glob("*.yaml")))
BOTH = ("en", "zh")


@dataclass(frozen=True)
class Quarter:
    """A review as it was before the decision, what was said then in each language, and what it had to be."""

    found: Review
    said: Mapping[str, str]
    expected: Mapping[str, Any]


@dataclass(frozen=True)
class Year:
    """The reviews of a year, all but the start, and the history after the last decision."""

    name: str
    quarters: list[Quarter]
    history: History


def test_there_are_three_accounts() -> None:
    assert len(YEARS) == 3


EVERYDAY = YEARS[:1]
"""The other years are played in the slower proofs."""


@pytest.fixture(
    scope="module",
    params=[path if path in EVERYDAY else pytest.param(path, marks=pytest.mark.slow) for path in YEARS],
    ids=lambda path: path.stem,
)
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Year:
    return play(request.param, tmp_path_factory.mktemp("year"))


def play(script: Path, folder: Path) -> Year:
    """Play a year through the command line."""
    told = read_file(script, script.name).value
    path = folder / f"{told['case']}.yaml"
    path.write_text((shipped() / "cases" / path.name).read_text(encoding="utf-8"), encoding="utf-8")
    quarters = []
    for number, quarter in enumerate(told["reviews"]):
        for each in quarter.get("reported", ()):
            _run("review", path, *_reported(each))
        if quarter.get("facts"):
            state(path, str(quarter["on"]), quarter["facts"])
        if number:
            said = {language: _run("review", path, "--on", quarter["on"], "--lang", language) for language in BOTH}
            quarters.append(Quarter(_review(path, str(quarter["on"])), said, quarter["expect"]))
        decided = [part for key, value in quarter["decided"].items() for part in (f"--{key}", value)]
        _run("review", path, "--on", quarter["on"], "--accept", *decided)
    return Year(script.stem, quarters, _review(path, str(quarter["on"])).history)


def _run(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(each) for each in arguments])
    assert done.exit_code == 0, (arguments, done.output)
    return done.output


def _reported(entry: Mapping[str, Any]) -> list[object]:
    """An entry of a script as the options that a person would type."""
    found: list[object] = []
    for key, value in entry.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            found += [f"--{key}", each]
    return found


def state(path: Path, as_of: str, facts: Mapping[str, Any]) -> None:
    """Write other facts into a case file, as of a day."""
    text = re.sub(r"^as_of: \S+", f"as_of: {as_of}", path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    for name, value in facts.items():
        line = f"  {name}: {{value: {value}, as_of: {as_of}}}"
        text, count = re.subn(rf"^  {name}: [^\n]*(?:\n   +[^\n]*)*$", line, text, count=1, flags=re.MULTILINE)
        if not count:
            text = text.replace("\nfacts:\n", f"\nfacts:\n{line}\n", 1)
    path.write_text(text, encoding="utf-8")


def _review(path: Path, day: str) -> Review:
    from datetime import date

    book = load_rulebook(profile=re.findall(r"^profile: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)[0])
    case = load_case(path, book)
    return review(case, book, read_history(case, book), date.fromisoformat(day))


def test_each_quarter_comes_out_as_it_must(year: Year) -> None:
    for quarter in year.quarters:
        found, expected = quarter.found, quarter.expected
        rules = {each.rule.id for each in found.noticed}
        where = (year.name, found.on.isoformat(), sorted(rules), dict(found.values))
        assert found.level is not None
        assert found.level.id == expected["level"], where
        assert found.proposed.choice.primary == expected["primary"], where
        assert set(expected.get("rules", ())) <= rules, where


@pytest.mark.parametrize("language", BOTH)
def test_golden_year(year: Year, language: str) -> None:
    told = "\n".join(quarter.said[language] for quarter in year.quarters)
    golden_files.check(f"review/years/{year.name}.{language}.txt", told)


def test_each_year_has_what_a_year_has(year: Year) -> None:
    """A gate, figures, a hand-over, one turn, a choice against the recommendation, and quarters without a turn."""
    quarters = [quarter.found for quarter in year.quarters]
    rules = [{each.rule.id for each in found.noticed} for found in quarters]
    assert len(quarters) == 4
    assert any("review-gate-reached" in each for each in rules)
    assert any("review-manager-changed" in each for each in rules)
    assert any(each.readings for found in quarters for each in found.measured if each.leading)
    assert [found.proposed.choice.primary != held(found) for found in quarters].count(True) == 1
    least = quarters[0].book.parameters["switch_margin"]
    close = [found for found in quarters if found.values["other_primary"] and _margin(found) < least]
    freely = [found for found in close if found.last is not None and found.last.entry.against is None]
    assert all(found.proposed.choice.primary == held(found) for found in close)
    assert freely or year.name in FIRM, "no day on which another strategy leads by a hair and the one in force stays"
    overridden = [entry for entry in year.history.accepted if entry.against is not None]
    assert overridden
    assert overridden[0].by
    assert overridden[0].reason


FIRM = ("recovering-account",)
"""Years in which no other strategy comes near: what is repaired is repaired first, whatever else moves."""


def _margin(found: Review) -> float:
    return float(found.values["primary_margin"])


def held(found: Review) -> str | None:
    assert found.last is not None
    return found.last.entry.in_force.primary
