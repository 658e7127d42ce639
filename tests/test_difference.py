"""`kam-expert rulebook diff`: small edits to a copy of the shipped rulebook, what they are found to be and to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.diagnosis import diagnose
from kam_expert.maintenance.changed_advice import CasesCompared, Side, compare_cases
from kam_expert.maintenance.difference import EntryChange, Kind, differences
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import languages, wording

pytestmark = pytest.mark.slow

CASES = shipped() / "cases"
Edit = tuple[str, str, str]  # file, text in it, text in its stead


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., Path]:
    def edited(*edits: Edit) -> Path:
        root = tmp_path / "book"
        for folder in ("knowledge", "rules"):
            shutil.copytree(shipped() / folder, root / folder)
        for file, old, new in edits:
            path = root / file
            written = path.read_text(encoding="utf-8")
            assert written.count(old) >= 1, f"{old!r} is no longer in {file}"
            path.write_text(written.replace(old, new, 1), encoding="utf-8")
        return root

    return edited


@pytest.fixture(scope="module")
def original() -> Side:
    return Side(None, None)


def outline(changes: Sequence[EntryChange]) -> list[str]:
    return [f"{each.change} {each.kind} {each.id} {each.sort}" for each in changes]


STAGE = "rules/positions/stage.yaml"
GROWTH = "rules/votes/growth.yaml"
PARAMETERS = "knowledge/parameters.yaml"
SELECTION = "knowledge/selection.yaml"
CONDITION = "attractiveness >= alliance_min_att and partner_willingness >= 4 and partnership_type in [type_2, type_3]"
TURNED = "partnership_type in [type_2, type_3] and (partner_willingness >= 4 and attractiveness >= alliance_min_att)"
NEW_RULE = """- id: patience-pays
  title: {en: Patience pays, zh: 宜有耐心}
  if: trust_level >= 4
  votes: {alliance: hint}
  because: {en: Trust grows slowly., zh: 信任增长缓慢。}
  caution: {en: Not for ever., zh: 并非永远如此。}
  sources: [practice]
  fires: [{trust_level: 4}]
  silent: [{trust_level: 3}]

"""
WITHOUT_MEANING = (
    (GROWTH, "Reasons and conditions for an alliance are met", "What an alliance needs is there"),
    (GROWTH, CONDITION, TURNED),
    (PARAMETERS, "Midpoint that separates low from high", "The middle"),
    ("rules/selection/blocks.yaml", "sources: [s51, practice]", "sources: [practice]"),
    ("knowledge/sources.yaml", "- id: s1\n", "- id: s0\n  kind: memory\n  citation: A book\n- id: s1\n"),
)
WITH_MEANING = (
    (GROWTH, "- id: ", NEW_RULE + "- id: "),
    (GROWTH, "alliance: strong", "alliance: clear"),
    (GROWTH, "partner_willingness >= 4", "partner_willingness >= 5"),
    (SELECTION, "    co_innovation: 2\n", "    co_innovation: 1\n"),
    (SELECTION, "  - recovery\n  - defence\n", "  - defence\n  - recovery\n"),
    (SELECTION, "hint: {points: 1", "hint: {points: 2"),
    ("knowledge/profiles/manufacturer.yaml", "currency: CNY", "currency: USD"),
)


def test_identical_books(book: Rulebook, copy: Callable[..., Path]) -> None:
    assert differences(book, load_rulebook(copy())) == ()


def test_without_meaning(book: Rulebook, copy: Callable[..., Path]) -> None:
    changes = differences(book, load_rulebook(copy(*WITHOUT_MEANING)))
    assert outline(changes) == [
        "changed parameter cut_mid wording",
        "changed rule alliance-conditions-met wording",
        "changed rule churn-red-blocks-growth support",
        "added source s0 support",
    ]
    condition = next(each for each in changes[1].fields if each.path == "if")
    assert condition.sort == "wording" and condition.conditions is not None and None not in condition.conditions
    assert {each.path for each in changes[1].fields} == {"if", "title.en"}


def test_with_meaning(book: Rulebook, copy: Callable[..., Path]) -> None:
    edited = load_rulebook(copy(*WITH_MEANING))
    changes = differences(book, edited)
    assert outline(changes) == [
        "added rule patience-pays meaning",
        "changed rule alliance-conditions-met meaning",
        "changed strength hint meaning",
        "changed precedence precedence meaning",
        "changed pair alliance + co_innovation meaning",
    ]
    values = {each.path: (each.old, each.new) for change in changes for each in change.fields}
    assert values["votes.alliance"] == ("strong", "clear")
    assert values["points"] == (1, 2) and values["value"] == (2, 1)
    assert {name: values[name] for name in ("defence", "recovery") if name in values} in (
        {"defence": (2, 1)},
        {"recovery": (1, 2)},
    )
    back = outline(differences(edited, book))
    assert sorted(back) == sorted(each.replace("added", "removed") for each in outline(changes))
    added = {each.path: each.new for each in changes[0].fields}
    assert added == {"if": "trust_level >= 4", "votes": {"alliance": "hint"}}


def test_every_part_of_a_rulebook_is_compared() -> None:
    """A new part of the rulebook needs a place in the comparison, or stands here with the reason why not."""
    follows = {"version", "vocabulary", "parameters", "candidates", "order", "stratum", "files", "theme_of"}
    inside = {"done_when": "activity", "profile": "profile", "selection": "pair", "planning": "plan", "bridge": "plan"}
    kinds = {"parameter_entries": "parameter", "strategies": "strategy"}
    names = {each.name for each in fields(Rulebook)} - follows
    known = set(get_args(Kind))
    assert {name for name in names if {**inside, **kinds}.get(name, name.removesuffix("s")) not in known} <= {
        "properties"  # promises about results; they change none
    }


# what edits do to cases


@dataclass(frozen=True)
class Effect:
    """An edit with the cases judged, those told something else, and what is said of the first of them."""

    edits: tuple[Edit, ...]
    entries: tuple[str, ...]
    cases: tuple[str, ...]
    differing: tuple[str, ...]
    aspects: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


EFFECTS = {
    "vote": Effect(
        ((GROWTH, "alliance: strong", "alliance: doubt"),),
        ("changed rule alliance-conditions-met meaning",),
        ("asks-for-alliance", "stable-status"),
        ("asks-for-alliance",),
        ("primary", "secondary"),
        ("rule alliance-conditions-met differs by rule alliance-conditions-met",),
    ),
    "parameter behind a position": Effect(
        ((PARAMETERS, "id: alliance_min_att\n  default: 65", "id: alliance_min_att\n  default: 95"),),
        ("changed parameter alliance_min_att meaning",),
        ("asks-for-alliance",),
        ("asks-for-alliance",),
        ("primary", "secondary"),
        ("rule alliance-conditions-met silent by parameter alliance_min_att",),
    ),
    "parameter of selection": Effect(
        ((PARAMETERS, "id: max_secondary\n  default: 2", "id: max_secondary\n  default: 1"),),
        ("changed parameter max_secondary meaning",),
        ("asks-for-alliance",),
        ("asks-for-alliance",),
        ("secondary",),
        ("parameter max_secondary decides by parameter max_secondary",),
    ),
    "pair": Effect(
        ((SELECTION, "    co_innovation: 2\n", "    co_innovation: never\n"),),
        ("changed pair alliance + co_innovation meaning",),
        ("asks-for-alliance",),
        ("asks-for-alliance",),
        ("secondary",),
        ("pair alliance + co_innovation decides by pair alliance + co_innovation",),
    ),
    "nothing for these cases": Effect(
        ((PARAMETERS, "id: winback_months\n  default: 18", "id: winback_months\n  default: 17"),),
        ("changed parameter winback_months meaning",),
        ("asks-for-alliance",),
        (),
    ),
}


def compared(cases: Sequence[str], original: Side, edited: Side) -> tuple[tuple[EntryChange, ...], CasesCompared]:
    changes = differences(original.book(), edited.book())
    return changes, compare_cases([CASES / f"{name}.yaml" for name in cases], original, edited, changes)


@pytest.mark.parametrize("name", EFFECTS)
def test_effects(name: str, original: Side, copy: Callable[..., Path]) -> None:
    effect = EFFECTS[name]
    changes, cases = compared(effect.cases, original, Side(copy(*effect.edits), None))
    assert tuple(outline(changes)) == effect.entries
    assert tuple(each.case for each in cases.differing) == effect.differing
    assert cases.count == len(effect.cases) and cases.unreadable == ()
    if cases.differing:
        first_case = cases.differing[0]
        assert tuple(each.aspect for each in first_case.changes) == effect.aspects
        found = [f"{c.kind} {c.id} {c.effect} by {' '.join(map(' '.join, c.behind))}" for c in first_case.causes]
        assert tuple(found) == effect.causes


def test_reordered_rows(original: Side, copy: Callable[..., Path]) -> None:
    """Rows of which the first counts: the same rows in another order are another table."""
    root = copy()
    path = root / "rules/selection/forced.yaml"
    before, *rules = path.read_text(encoding="utf-8").split("\n- id: ")
    first_rule, *others = rules if not before.startswith("- id: ") else [before.removeprefix("- id: "), *rules]
    head = "" if before.startswith("- id: ") else before + "\n"
    path.write_text(head + "".join(f"- id: {rule.strip()}\n\n" for rule in (*others, first_rule)), encoding="utf-8")
    changes, cases = compared(["northern-bottlers"], original, Side(root, None))
    moved = [each for each in changes if each.kind == "rule"]
    assert [each.sort for each in changes] == ["meaning"] and len(moved) == 1
    assert [(each.path, each.old, each.new) for each in moved[0].fields] == [("place", 1, len(others) + 1)]
    assert cases.differing == ()


def test_votes_of_a_cause(original: Side, copy: Callable[..., Path]) -> None:
    _, cases = compared(["asks-for-alliance"], original, Side(copy(*EFFECTS["vote"].edits), None))
    (vote,) = cases.differing[0].causes[0].votes
    assert (vote.strategy, vote.old, vote.new) == ("alliance", 3, -1)


def test_profiles_make_a_difference(original: Side) -> None:
    """The same files under two profiles: what a profile puts in force is behind what acts differently."""
    edited = Side(None, "manufacturer")
    changes, cases = compared(["stable-status", "neglected-star"], original, edited)
    assert outline(changes) == ["added profile manufacturer meaning"]
    behind = {key for case in cases.differing for cause in case.causes for key in cause.behind}
    assert behind <= {("profile", "manufacturer")}


# the command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "diff", *arguments])


@pytest.fixture
def one_case(tmp_path: Path) -> str:
    """A folder with one case, which names no profile so that no further rulebook has to be read."""
    folder = tmp_path / "cases"
    folder.mkdir()
    written = (CASES / "asks-for-alliance.yaml").read_text(encoding="utf-8")
    (folder / "asks-for-alliance.yaml").write_text(written.replace("profile: manufacturer", ""), encoding="utf-8")
    return str(folder)


def test_same(one_case: str) -> None:
    done = run("shipped", str(shipped()), "--cases", one_case, "--lang", "zh")
    assert done.exit_code == 0 and done.stderr == ""
    assert wording("zh").say("diff.none") in done.stdout


@pytest.mark.parametrize("language", languages())
def test_text(language: str, copy: Callable[..., Path], one_case: str) -> None:
    root = str(copy(*WITH_MEANING))
    done = run("shipped", root, "--cases", one_case, "--lang", language)
    assert done.exit_code == 1 and done.stderr == ""
    words = wording(language)
    assert "partner_willingness >= 5" in done.stdout and words.say("diff.in_words") in done.stdout
    for kind in ("rule", "pair", "precedence", "strength", "profile"):
        assert words.say(f"diff.kind.{kind}") in done.stdout
    assert "{" not in done.stdout.replace("{alliance: hint}", "") and "None" not in done.stdout


def test_wording_only_is_no_difference_in_meaning(copy: Callable[..., Path], one_case: str) -> None:
    done = run("shipped", str(copy(*WITHOUT_MEANING)), "--cases", one_case, "--lang", "en")
    assert done.exit_code == 0
    assert wording("en").say("diff.same_condition") in done.stdout


def test_json(copy: Callable[..., Path], one_case: str) -> None:
    done = run("shipped", str(copy(*EFFECTS["vote"].edits)), "--cases", one_case, "--format", "json", "--lang", "zh")
    found = json.loads(done.stdout)
    assert done.exit_code == 1 and found["differs"] is True
    assert found["changes"][0]["fields"][0] == {
        "path": "votes.alliance",
        "old": "strong",
        "new": "doubt",
        "sort": "meaning",
        "in_words": None,
    }
    case = found["cases"]["differing"][0]
    assert case["case"] == "asks-for-alliance"
    assert case["causes"][0]["votes"] == [{"strategy": "alliance", "old": 3, "new": -1}]


def test_a_case_that_only_one_book_reads(copy: Callable[..., Path], one_case: str) -> None:
    """B allows less: the case is named with its mistake, the other one is judged."""
    readable = (CASES / "recovering-account.yaml").read_text(encoding="utf-8").replace("profile: manufacturer", "")
    (Path(one_case) / "recovering-account.yaml").write_text(readable, encoding="utf-8")
    edit = ("knowledge/facts/value.yaml", "range: [4, 24]", "range: [4, 14]")
    done = run("shipped", str(copy(edit)), "--cases", one_case, "--format", "json", "--lang", "en")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    (unread,) = found["cases"]["unreadable"]
    assert (unread["file"], unread["rulebook"]) == ("asks-for-alliance.yaml", "b")
    assert "alliance_drivers" in unread["problems"][0] and found["cases"]["compared"] == 1


@pytest.mark.parametrize("language", languages())
def test_broken_b(language: str, copy: Callable[..., Path], one_case: str) -> None:
    root = str(copy((GROWTH, CONDITION, "attractivenes >= 3")))
    done = run("shipped", root, "--cases", one_case, "--lang", language)
    assert done.exit_code == 2 and done.stdout == ""
    assert GROWTH in done.stderr and "attractivenes" in done.stderr
    assert wording(language).say("diff.broken", side="B", folder=root) in done.stderr


@pytest.mark.parametrize("language", languages())
def test_wrong_use(language: str, tmp_path: Path) -> None:
    done = run("shipped", str(tmp_path), "--lang", language)
    assert done.exit_code == 2 and done.stdout == "" and str(tmp_path) in done.stderr
    done = run("shipped", "shipped", "--cases", str(tmp_path), "--lang", language)
    assert done.exit_code == 2 and done.stdout == "" and "--cases" in done.stderr
    done = run("shipped", "shipped", "--profile-b", "manufacturr", "--lang", language)
    assert done.exit_code == 2 and done.stdout == "" and "manufacturer" in done.stderr


@pytest.mark.slow
def test_no_account_is_advised_otherwise_when_only_words_differ(copy: Callable[..., Path]) -> None:
    done = run("shipped", str(copy(*WITHOUT_MEANING)), "--prove", "--format", "json")
    assert json.loads(done.stdout)["proof"] == {"verdict": "none", "account": None}


@pytest.mark.slow
def test_an_account_shows_a_change_that_no_case_shows(copy: Callable[..., Path], tmp_path: Path) -> None:
    other = copy(("rules/selection/blocks.yaml", "if: trust_level <= 2", "if: trust_level <= 1"))
    found = json.loads(run("shipped", str(other), "--prove", "--format", "json").stdout)["proof"]
    assert found["verdict"] == "found"
    shown = tmp_path / "told-apart.yaml"
    shown.write_text(found["account"], encoding="utf-8")
    advised = []
    for book in (load_rulebook(), load_rulebook(other)):
        advice = diagnose(load_case(shown, book), book).recommendation
        advised.append((advice.level, advice.primary, advice.secondary))
    assert advised[0] != advised[1]
