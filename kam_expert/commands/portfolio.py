"""`kam-expert portfolio`: all accounts together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kam_expert.commands.reading import Books
from kam_expert.commands.rendering import DRAWN, FILES, FORMATS, TEMPLATED
from kam_expert.commands.review import day_of
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    keep_inputs,
    language_option,
    not_written,
    output_option,
    profile_option,
    rules_option,
    template_option,
)
from kam_expert.imports.detecting import DELIMITERS, ENCODINGS
from kam_expert.portfolio.portfolio import Portfolio, portfolio_of
from kam_expert.reports.document import About
from kam_expert.reports.portfolio_content import DEPTHS, Depth
from kam_expert.reports.refusal import TemplateRefused
from kam_expert.wording import Wording, wording
from kam_expert.writing import write_whole

if TYPE_CHECKING:
    from kam_expert.batch.accounts import Accounts
    from kam_expert.commands.portfolio_reading import Readings
    from kam_expert.imports.sheets import Stated

TEXT, JSON, XLSX, PPTX = "text", "json", "xlsx", "pptx"


@click.command("portfolio")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--sql", "query", default=None, help="A query; INPUT is then the database. / 数据库查询语句")
@click.option("--mapping", default=None, help="INPUT is an export of a CRM: a mapping, or auto. / CRM 列映射")
@click.option("--currency", default=None, help="Currency of tables that name none. / 表格未写明时的币种")
@click.option("--encoding", type=click.Choice(ENCODINGS), default=None, help="Encoding of text files. / 文件编码")
@click.option("--delimiter", type=click.Choice(list(DELIMITERS)), default=None, help="Delimiter. / 分隔符")
@click.option("--format", "format_", type=click.Choice(FORMATS), default=TEXT, help="Format. / 格式")
@click.option(
    "--depth",
    type=click.Choice(DEPTHS),
    default="full",
    help="brief: what stands out, as text. / 详略",
)
@click.option(
    "--managers",
    type=click.IntRange(min=0),
    default=None,
    help="Account managers who share the accounts that name none. / 未写明负责人的客户由几位客户经理分担",
)
@click.option(
    "--svg",
    "pictures",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for the matrix and the curve as SVG. / 矩阵图和曲线图（SVG）的文件夹",
)
@template_option
@click.option("--on", "day", default=None, help="Date of the report, as 2026-10-31; today by default. / 报告日期")
@profile_option
@rules_option
@output_option
@language_option
def portfolio_command(
    inputs: tuple[str, ...],
    query: str | None,
    mapping: str | None,
    currency: str | None,
    encoding: str | None,
    delimiter: str | None,
    format_: str,
    depth: Depth,
    managers: int | None,
    pictures: Path | None,
    template: Path | None,
    day: str | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """All accounts together: concentration, who is key, where hours should go. / 集中度、大客户、工时投向"""
    from kam_expert.batch.sources import stated_of
    from kam_expert.commands.portfolio_reading import Readings, read_accounts

    words = wording(lang)
    on = day_of(day, words)
    books = Books(root, profile, words)
    readings = Readings(books, currency)
    if format_ in FILES and output is None:
        click.echo(words.say("output_needed"), err=True)
        sys.exit(WRONG_USE)
    if template is not None and format_ not in TEMPLATED:
        click.echo(words.say("template_unfit", formats=", ".join(sorted(TEMPLATED))), err=True)
        sys.exit(WRONG_USE)
    if output is not None:
        keep_inputs((*inputs, *(() if template is None else (str(template),))), (output,), words)
    stated = stated_of(inputs, encoding, delimiter)
    read = read_accounts(_found(inputs, query, mapping, stated, readings, words), readings, words)
    if read.accounts is None:
        if not read.total:
            click.echo(words.say("portfolio.nothing", inputs=", ".join(inputs)), err=True)
        sys.exit(NOT_JUDGED if read.total else WRONG_USE)
    frame, book = read.accounts
    if book.portfolio.stated is None:
        click.echo(words.say("portfolio.not_stated"), err=True)
        sys.exit(WRONG_USE)
    portfolio = portfolio_of(book, frame, managers)
    if read.left_out:
        click.echo(words.say("portfolio.not_read", count=read.left_out, total=read.total), err=True)
    if pictures is not None:
        _draw(portfolio, pictures, words)
    try:
        result = _rendered(portfolio, format_, depth, (on, template), words)
    except TemplateRefused as refused:
        click.echo(words.word(refused.why), err=True)
        sys.exit(WRONG_USE)
    deliver(result, output, words)
    sys.exit(NOT_JUDGED if read.left_out else DONE)


def _found(
    inputs: tuple[str, ...],
    query: str | None,
    mapping: str | None,
    stated: Stated,
    readings: Readings,
    words: Wording,
) -> Iterator[tuple[Accounts, float]]:
    """The accounts of the inputs; raises what the readers raise when the first is asked for."""
    from kam_expert.batch.exports import Export, exported_accounts
    from kam_expert.batch.sources import accounts_of, inputs_of

    if mapping is not None:
        export = Export(tuple(Path(place) for place in inputs), mapping, currency=readings.currency)
        yield from exported_accounts(export, readings, stated, words, readings.books.root)
    else:
        yield from accounts_of(inputs_of(inputs, query), readings, stated)


def _rendered(
    portfolio: Portfolio, format_: str, depth: Depth, about: tuple[date, Path | None], words: Wording
) -> str | bytes:
    """The portfolio in a format: every renderer of documents is called here. `about`: its day, and a template.

    Raises `TemplateRefused`.
    """
    if format_ == JSON:
        from kam_expert.reports import json_portfolio

        return json_portfolio.render(portfolio, words)
    if format_ == XLSX:
        from kam_expert.workbooks.portfolio import workbook

        return workbook(portfolio, words)
    from kam_expert.reports import portfolio_content, portfolio_deck

    if format_ == PPTX:
        document = portfolio_deck.document(portfolio, words, brief=depth == "brief")
    else:
        document = portfolio_content.document(portfolio, words, depth, pictured=format_ in DRAWN)
    day, template = about
    named = [About(words.say("portfolio.name"), day, portfolio.book.version)]
    match format_:
        case "docx":
            from kam_expert.reports import docx

            return docx.render([document], named, words, template)
        case "pptx":
            from kam_expert.reports import pptx

            return pptx.render([document], named, words, template)
        case "html":
            from kam_expert.reports import html

            return html.render([document], words)
        case "markdown":
            from kam_expert.reports import markdown

            return markdown.render(document)
        case _:
            from kam_expert.reports import text

            return text.render(document)


def _draw(portfolio: Portfolio, folder: Path, words: Wording) -> None:
    from kam_expert.reports.portfolio_pictures import pictures

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        click.echo(not_written(folder, error, words), err=True)
        sys.exit(WRONG_USE)
    for name, drawing in pictures(portfolio, words).items():
        _write(folder / name, drawing, words)


def _write(path: Path, content: str | bytes, words: Wording) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        click.echo(not_written(path, error, words), err=True)
        sys.exit(WRONG_USE)
