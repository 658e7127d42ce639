"""`kam-expert rulebook test`: examples, cases, coverage, mutants and territory of the rulebook."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kam_expert.case import case_files_in
from kam_expert.commands.reading import Books, read_case
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    not_written,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.maintenance import testing_report
from kam_expert.maintenance.coverage import coverage
from kam_expert.maintenance.examples import Judged
from kam_expert.maintenance.mutants import KINDS
from kam_expert.maintenance.mutation import mutate
from kam_expert.maintenance.testing import rule_over_cases, tested
from kam_expert.problems import ProblemsFound, nearest
from kam_expert.reports import text
from kam_expert.reports.document import Document
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import Territory, load_territory
from kam_expert.wording import Wording, render, wording
from kam_expert.writing import write_whole

CASES = "cases"
OF_THE_FILE = 0  # as many accounts as the territory file says


@click.command("test")
@click.option("--cases", "folder", type=click.Path(path_type=Path), default=None, help="Folder of cases. / 案例文件夹")
@click.option("--rule", "rule_id", default=None, help="One rule over the cases. / 逐案例查看一条规则")
@click.option("--coverage", "covered", is_flag=True, help="Which rules and clauses are tried. / 覆盖情况")
@click.option("--mutate", "mutated", is_flag=True, help="Which small changes nobody would notice. / 变异检验")
@click.option("--only", default=None, help="Mutants of one kind, rule or parameter. / 只看一类变异、一条规则或一个参数")
@click.option("--limit", type=click.IntRange(min=1), default=None, help="At most so many mutants. / 变异个数上限")
@click.option(
    "--territory",
    "accounts",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=OF_THE_FILE,
    default=None,
    help="Answers to N invented accounts. / 对 N 个虚拟客户给出的建议分布",
)
@click.option("--seed", type=int, default=None, help="Another set of invented accounts. / 换一组虚拟客户")
@click.option(
    "--show", type=click.IntRange(min=1), default=None, help="Write the K oddest accounts. / 写出最异常的 K 个"
)
@click.option(
    "--into", type=click.Path(path_type=Path), default=Path("odd-accounts"), help="Folder for --show. / 目标文件夹"
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@rules_option
@output_option
@language_option
def test_command(
    folder: Path | None,
    rule_id: str | None,
    covered: bool,
    mutated: bool,
    only: str | None,
    limit: int | None,
    accounts: int | None,
    seed: int | None,
    show: int | None,
    into: Path,
    format_: str,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """Does the rulebook do what its examples and cases say, and would a slip be noticed? / 检验规则库"""
    words = wording(lang)
    if sum((rule_id is not None, covered, mutated, accounts is not None)) > 1:
        _refuse(words, "one_at_a_time")
    books = Books(root, profile, words)
    book = books.for_profile(None)
    say = testing_report.TestWords(book, words)
    code = DONE
    document: Document
    plain: dict[str, Any]
    if accounts is not None:
        document, plain, code = _territory(accounts, seed, show, into, book, root, profile, words)
    else:
        cases, code = _judged(folder or (root or shipped()) / CASES, books, words)
        if rule_id is not None:
            _known(rule_id, [rule.id for rule in book.rules], words)
            found = rule_over_cases(rule_id, cases)
            document = say.rule(book.rule(rule_id), found)
            plain = testing_report.rule_json(book.rule(rule_id), found)
        elif covered:
            tried = coverage(book, cases)
            document, plain = say.coverage(tried), testing_report.coverage_json(tried)
        elif mutated:
            if only is not None:
                _known(only, [*KINDS, *(rule.id for rule in book.rules), *book.parameters], words)
            mutation = mutate(book, cases, only=only, limit=limit, progress=_progress)
            document, plain = say.mutation(mutation), testing_report.mutation_json(mutation)
        else:
            result = tested(book, cases)
            document, plain = say.tested(result), testing_report.tested_json(result)
            code = code if result.passed else NOT_JUDGED
    result_text = json.dumps(plain, ensure_ascii=False, indent=2) + "\n" if format_ == "json" else text.render(document)
    deliver(result_text, output, words)
    sys.exit(code)


def _judged(folder: Path, books: Books, words: Wording) -> tuple[list[Judged], int]:
    """The cases of a folder, and the exit code: a file that is not a case is said and counts as a failure."""
    paths = case_files_in(folder)
    if not paths:
        _refuse(words, "no_cases", folder=folder)
    read = [read_case(path, books, words) for path in paths]
    return [Judged(*each) for each in read if each is not None], NOT_JUDGED if None in read else DONE


def _territory(
    accounts: int,
    seed: int | None,
    show: int | None,
    into: Path,
    book: Rulebook,
    root: Path | None,
    profile: str | None,
    words: Wording,
) -> tuple[Document, dict[str, Any], int]:
    from kam_expert.maintenance import territory, territory_report

    read = _read_territory(book, root, words)
    seed = read.entry.seed if seed is None else seed
    count = accounts or read.entry.accounts
    answers = territory.answers(count, seed, root, profile, progress=_progress)
    found = territory.survey(answers, read, book, seed)
    if show is not None:
        _write_odd(territory.odd_cases(found, read, book, show), into, words)
    document = territory_report.TerritoryWords(book, words, read.entry).document(found)
    return document, territory_report.survey_json(found), NOT_JUDGED if found.violations else DONE


def _read_territory(book: Rulebook, root: Path | None, words: Wording) -> Territory:
    try:
        return load_territory(book, root)
    except ProblemsFound as found:
        for problem in found.problems:
            click.echo(render(problem, words), err=True)
        click.echo(words.say("problems_rulebook", count=len(found.problems)), err=True)
        sys.exit(WRONG_USE)


def _write_odd(found: Any, into: Path, words: Wording) -> None:
    from kam_expert.case_text import case_file

    try:
        into.mkdir(parents=True, exist_ok=True)
        for kind, case in found:
            write_whole(into / f"{case.id}.yaml", case_file(case, words.say(f"test.oddity.{kind}")))
    except OSError as error:
        click.echo(not_written(into, error, words), err=True)
        sys.exit(WRONG_USE)


def _known(name: str, allowed: Sequence[str], words: Wording) -> None:
    if name not in allowed:
        near = nearest(name, allowed)
        _refuse(words, "unknown" if near is None else "unknown_near", name=name, near=near or "")


def _refuse(words: Wording, key: str, **parameters: object) -> None:
    click.echo(words.say(f"test.{key}", **parameters), err=True)
    sys.exit(WRONG_USE)


def _progress(done: int, total: int) -> None:
    """How far it is, on a terminal only."""
    if sys.stderr.isatty() and (done == total or done % 20 == 0):
        click.echo(f"\r{done}/{total}", err=True, nl=done == total)
