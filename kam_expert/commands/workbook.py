"""`kam-expert workbook`: a case as an Excel workbook."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.commands.reading import Books, read_case
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    language_option,
    not_written,
    profile_option,
    rules_option,
)
from kam_expert.wording import wording
from kam_expert.workbooks.layout import CannotBeACell
from kam_expert.workbooks.writing import workbook
from kam_expert.writing import write_whole


@click.command("workbook")
@click.argument("case", type=click.Path(path_type=Path), metavar="CASE")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The workbook. / 工作簿文件")
@profile_option
@rules_option
@language_option
def workbook_command(case: Path, output: Path, profile: str | None, root: Path | None, lang: str) -> None:
    """A case as an Excel workbook. / 把客户档案转成 Excel 工作簿"""
    words = wording(lang)
    if output.suffix != ".xlsx":
        click.echo(words.say("workbook.suffix", file=output), err=True)
        sys.exit(WRONG_USE)
    read = read_case(case, Books(root, profile, words), words)
    if read is None:
        sys.exit(NOT_JUDGED)
    try:
        write_whole(output, workbook(*read, words))
    except CannotBeACell as cannot:
        click.echo(words.say("workbook.too_long", found=cannot.name), err=True)
        sys.exit(NOT_JUDGED)
    except OSError as error:
        click.echo(not_written(output, error, words), err=True)
        sys.exit(WRONG_USE)
    sys.exit(DONE)
