"""`kam-expert rulebook check`: everything that is amiss with a rulebook, at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.maintenance import check_report
from kam_expert.maintenance.checks import CHECKS, check_rulebook
from kam_expert.wording import wording


@click.command("check")
@click.option(
    "--cases",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="Folder of case files. / 客户档案的文件夹",
)
@click.option(
    "--only",
    type=click.Choice([check.id for check in CHECKS]),
    multiple=True,
    metavar="CHECK",
    help="Only this check; may be repeated. / 只做这项检查，可重复",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors. / 有警告也算未通过")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@rules_option
@output_option
@language_option
def check_command(
    cases: Path | None,
    only: tuple[str, ...],
    strict: bool,
    format_: str,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """What is amiss with the rulebook. / 检查规则库"""
    words = wording(lang)
    checked = check_rulebook(root, profile, cases, only)
    render = check_report.as_json if format_ == "json" else check_report.as_text
    deliver(render(checked, words), output, words)
    failed = checked.count("error") or (strict and checked.count("warning"))
    sys.exit(NOT_JUDGED if failed else DONE)
