"""`kam-expert rulebook diff`: what differs between two rulebooks, and whose advice changes by it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kam_expert.case_text import case_file, case_of
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    output_option,
    profile_option,
)
from kam_expert.maintenance import difference_report
from kam_expert.maintenance.changed_advice import Side, compare_cases
from kam_expert.maintenance.difference import differences
from kam_expert.maintenance.difference_report import Compared
from kam_expert.problems import Problem, ProblemsFound
from kam_expert.reports import text
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.reading import read_presets
from kam_expert.wording import Wording, render, wording

_SHIPPED = "shipped"


@click.command("diff")
@click.argument("a")
@click.argument("b")
@click.option("--cases", type=click.Path(path_type=Path), default=None, help="Folder of cases. / 客户档案的文件夹")
@click.option("--profile-a", default=None, help="Enterprise profile for A. / A 的企业参数")
@click.option("--profile-b", default=None, help="Enterprise profile for B. / B 的企业参数")
@click.option(
    "--prove", "proven", is_flag=True, help="Look for any account that is advised otherwise. / 证明或找出建议不同的客户"
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@output_option
@language_option
def diff_command(
    a: str,
    b: str,
    cases: Path | None,
    profile_a: str | None,
    profile_b: str | None,
    proven: bool,
    format_: str,
    profile: str | None,
    output: Path | None,
    lang: str,
) -> None:
    """What differs between two rulebooks (`shipped` or folders), and for whom. / 两套规则库有何不同，影响哪些客户"""
    words = wording(lang)
    paths = _cases(cases, words)
    sides = (_side("A", a, profile_a or profile, words), _side("B", b, profile_b or profile, words))
    first, second = (_book(name, side, words) for name, side in zip(("A", "B"), sides, strict=True))
    if first is None or second is None:
        sys.exit(WRONG_USE)
    roots = [side.root or shipped() for side in sides]
    try:
        changes = differences(first, second, (read_presets(roots[0]), read_presets(roots[1])))
    except ProblemsFound as found:
        _say(found.problems, words)
        sys.exit(WRONG_USE)
    compared = Compared((a, b), (first, second), changes, compare_cases(paths, *sides, changes))
    proof = _proof(first, second, words) if proven else None
    if format_ == "json":
        structure = difference_report.structure(compared, words)
        if proof is not None:
            structure["proof"] = proof
        result = json.dumps(structure, ensure_ascii=False, indent=2) + "\n"
    else:
        result = text.render(difference_report.document(compared, words))
        if proof is not None:
            result += "\n".join(("", words.say(f"diff.proof.{proof['verdict']}"), proof["account"] or ""))
    deliver(result, output, words)
    sys.exit(NOT_JUDGED if compared.differs else DONE)


def _proof(a: Rulebook, b: Rulebook, words: Wording) -> dict[str, str | None]:
    """Whether any account whatever is advised otherwise, and one that is, as a case file."""
    from kam_expert.maintenance.proving import told_apart  # z3 takes longer to import than a comparison

    found = told_apart(a, b)
    account = case_file(case_of(a, found.accounts[0], "told-apart")) if found.accounts else None
    return {"verdict": found.verdict, "account": account}


def _cases(folder: Path | None, words: Wording) -> list[Path]:
    place = folder or shipped() / "cases"
    found = sorted(place.glob("*.yaml"))
    if not found:
        click.echo(words.say("diff.no_cases", folder=place), err=True)
        sys.exit(WRONG_USE)
    return found


def _side(name: str, given: str, profile: str | None, words: Wording) -> Side:
    root = None if given == _SHIPPED else Path(given)
    if root is not None and not ((root / "knowledge").is_dir() and (root / "rules").is_dir()):
        click.echo(words.say("diff.no_rulebook", side=name, folder=given), err=True)
        sys.exit(WRONG_USE)
    return Side(root, profile)


def _book(name: str, side: Side, words: Wording) -> Rulebook | None:
    """The rulebook; None, with every mistake said, if it is broken."""
    try:
        return side.book()
    except ProblemsFound as found:
        click.echo(words.say("diff.broken", side=name, folder=side.root or _SHIPPED), err=True)
        _say(found.problems, words)
        return None


def _say(problems: tuple[Problem, ...], words: Wording) -> None:
    for problem in problems:
        click.echo(render(problem, words), err=True)
    click.echo(words.say("problems_rulebook", count=len(problems)), err=True)
