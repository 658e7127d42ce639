"""`rulebook new`: every template is valid as it stands, says what is left to write, and overwrites nothing."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.diagnosis import diagnose
from kam_expert.maintenance.checks import Checked, check_rulebook
from kam_expert.maintenance.templates import FACT_KINDS, RULE_KINDS, What, template
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.reading import RULES
from kam_expert.wording import languages, wording

pytestmark = pytest.mark.slow

RULE_FILES = {kind: pattern for pattern, (kind, _) in RULES.items()}


def new(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "new", *arguments])


def written(what: What, kind: str, name: str, book: Rulebook, language: str) -> str:
    return template(what, kind, name, book, wording(language), date(2026, 10, 1))


@pytest.fixture(scope="module", params=languages())
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, book: Rulebook) -> Path:
    """A copy of the shipped rulebook with one template of every kind pasted in."""
    folder = tmp_path_factory.mktemp("pasted")
    for part in ("knowledge", "rules", "cases"):
        shutil.copytree(shipped() / part, folder / part)
    language = request.param
    for kind in RULE_KINDS:
        path = min(folder.glob(RULE_FILES[kind]))  # type: ignore[index]
        if kind == "position":
            path = folder / "rules" / "positions" / f"{next(iter(book.models))}.yaml"
        append(path, written("rule", kind, f"pasted-{kind}", book, language))
    for kind in FACT_KINDS:
        append(folder / "knowledge" / "facts" / "risk.yaml", written("fact", kind, f"pasted_{kind}", book, language))
    strategy = folder / "knowledge" / "strategies" / "pasted.yaml"
    assert new("strategy", "-o", str(strategy), "--lang", language).exit_code == 0
    selection = folder / "knowledge" / "selection.yaml"
    text = selection.read_text(encoding="utf-8")
    selection.write_text(text.replace("precedence:\n", "precedence:\n  - pasted\n"), encoding="utf-8")
    return folder


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}")


@pytest.fixture(scope="module")
def checked(root: Path) -> Checked:
    return check_rulebook(root)


def test_pasted_templates_load(root: Path) -> None:
    book = load_rulebook(root)
    assert {f"pasted-{kind}" for kind in RULE_KINDS} <= {rule.id for rule in book.rules}
    assert {f"pasted_{kind}": kind for kind in FACT_KINDS}.items() <= {
        f.id: f.type for f in book.facts.values()
    }.items()
    assert "pasted" in book.strategies


def test_what_is_left_to_write_is_found(checked: Checked) -> None:
    left = {finding.found.entry for finding in checked.findings if finding.check == "placeholder"}
    assert {f"pasted-{kind}" for kind in RULE_KINDS} <= left
    assert {f"pasted_{kind}" for kind in FACT_KINDS} | {"pasted"} <= left


def test_pasted_templates_have_no_other_error(checked: Checked) -> None:
    """Their examples are right, and so are length and punctuation of their texts."""
    assert checked.problems == ()
    allowed = {"placeholder", "no-case", "unused-fact", "strategy-without-vote", "never-fires"}
    assert {f.check for f in checked.findings if f.found.entry.startswith("pasted")} <= allowed


@pytest.mark.parametrize("kind", [*RULE_KINDS, *FACT_KINDS])
def test_both_languages_say_the_same(kind: str, book: Rulebook) -> None:
    what: What = "rule" if kind in RULE_KINDS else "fact"
    name = f"new-{kind}" if what == "rule" else f"new_{kind}"
    english, chinese = (written(what, kind, name, book, language) for language in ("en", "zh"))
    assert yaml.safe_load(english) == yaml.safe_load(chinese)
    assert english != chinese


def test_both_languages_have_the_same_parts() -> None:
    def read(language: str) -> Any:
        path = shipped() / "knowledge" / "languages" / language / "usage" / "templates.yaml"
        return yaml.safe_load(path.read_text(encoding="utf-8"))

    english, chinese = read("en"), read("zh")
    assert english["recipes"] == chinese["recipes"] and english["parts"].keys() == chinese["parts"].keys()


@pytest.mark.parametrize("language", languages())
def test_a_new_case_can_be_diagnosed(language: str, tmp_path: Path, book: Rulebook) -> None:
    path = tmp_path / "acme-pumps.yaml"
    assert new("case", "-o", str(path), "--lang", language).exit_code == 0
    case = load_case(path, book)
    short_form = {fact.id for fact in book.facts.values() if fact.short_form is not None}
    assert case.id == "acme-pumps" and short_form <= case.facts.keys()
    assert diagnose(case, book).recommendation.level == "screening"


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    for what in ("rule", "fact", "strategy", "case"):
        done = new(what, "-o", str(path), "--lang", "zh")
        assert done.exit_code == 2 and "没有改动" in done.stderr and done.stdout == ""
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rule", "Bad Id"], "Bad Id"),
        (["rule", "snake_case"], "snake_case"),
        (["fact", "kebab-case"], "kebab-case"),
        (["fact", "our_rank"], "our_rank"),
        (["fact", "cut_mid"], "cut_mid"),
        (["strategy", "recovery"], "recovery"),
        (["rule", "not-ready-build-first"], "rules/votes/team.yaml:"),
        (["rule", "--kind", "nonsense"], "nonsense"),
        (["case", "x: y"], "x: y"),
        (["case", "--rules", "/nowhere"], "knowledge/facts"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    done = new(*arguments, "--lang", "en")
    assert done.exit_code == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert said in done.stderr


def test_a_template_of_every_kind_on_the_command_line() -> None:
    for arguments in (["rule", "--kind", "block"], ["fact", "my_fact", "--kind", "choice"], ["strategy"], ["case"]):
        done = new(*arguments, "--lang", "en")
        assert (done.exit_code, done.stderr) == (0, "") and "TODO" in done.stdout
