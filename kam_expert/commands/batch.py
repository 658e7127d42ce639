"""`kam-expert batch`: many accounts in one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
import polars as pl
from tqdm import tqdm

from kam_expert.batch import spark
from kam_expert.batch import summary as told
from kam_expert.batch.accounts import Accounts, case_of
from kam_expert.batch.blocks import Unusable
from kam_expert.batch.exports import FITTING, Export, exported_accounts
from kam_expert.batch.partitions import Terms, version_of
from kam_expert.batch.results import FLAT, KINDS, flat, rejects_beside
from kam_expert.batch.running import Desks, Summary, Wish, run
from kam_expert.batch.sources import accounts_of, inputs_of, stated_of
from kam_expert.batch.worded import Worded
from kam_expert.case import SOURCES
from kam_expert.commands.reading import Books
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    keep_inputs,
    language_option,
    not_written,
    profile_option,
    rules_option,
)
from kam_expert.diagnosis import diagnose
from kam_expert.imports.detecting import DELIMITERS, ENCODINGS
from kam_expert.problems import ProblemsFound
from kam_expert.reports import content, json_document, markdown, text
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording, render, wording
from kam_expert.writing import write_whole

READ_BY_PEOPLE = (".xlsx",)
DOCUMENTS = {"markdown": ".md", "json": ".json", "text": ".txt"}


@click.command("batch")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    help=f"Result: {', '.join(KINDS)}; a folder with --engine spark. / 结果文件",
)
@click.option("--rejects", type=click.Path(path_type=Path), default=None, help="What was refused. / 未采用的行")
@click.option("--sql", "query", default=None, help="A query; INPUT is then the database. / 数据库查询语句")
@click.option("--mapping", default=None, help=f"INPUT is an export of a CRM: a mapping, or {FITTING}. / CRM 列映射")
@click.option("--overlay", type=click.Path(path_type=Path), default=None, help="Judgement by hand. / 手工补充的判断")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Date of the export. / 导出日期")
@click.option("--margin/--no-margin", default=True, help="How fragile each advice is. / 是否计算结论余量")
@click.option("--measures", is_flag=True, help="With every measure. / 附全部测算值")
@click.option("--words/--ids", "worded", default=None, help="Names in words; in .xlsx unless --ids. / 用文字还是代号")
@click.option("--documents", type=click.Path(path_type=Path), default=None, help="Whole reports here. / 完整报告文件夹")
@click.option("--documents-for", "which", default=None, help="A flag or signal. / 给哪些客户出完整报告")
@click.option("--document-format", type=click.Choice(list(DOCUMENTS)), default="markdown", help="Format. / 报告格式")
@click.option("--currency", default=None, help="Currency of the amounts. / 币种")
@click.option("--source", type=click.Choice(SOURCES), default=None, help="Where the facts come from. / 信息来源")
@click.option("--encoding", type=click.Choice(ENCODINGS), default=None, help="Encoding of text files. / 文件编码")
@click.option("--delimiter", type=click.Choice(list(DELIMITERS)), default=None, help="Delimiter. / 分隔符")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", help="Where to judge. / 运行方式")
@click.option("--master", default=None, help="Cluster of Spark, e.g. spark://host:7077. / Spark 集群地址")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Summary. / 摘要格式")
@profile_option
@rules_option
@language_option
def batch_command(
    inputs: tuple[str, ...],
    output: str,
    rejects: Path | None,
    query: str | None,
    mapping: str | None,
    overlay: Path | None,
    as_of: datetime | None,
    margin: bool,
    measures: bool,
    worded: bool | None,
    documents: Path | None,
    which: str | None,
    document_format: str,
    currency: str | None,
    source: str | None,
    encoding: str | None,
    delimiter: str | None,
    engine: str,
    master: str | None,
    format_: str,
    profile: str | None,
    root: Path | None,
    lang: str,
) -> None:
    """Many accounts at once, a row of advice for each. / 批量评估客户"""
    words = wording(lang)
    books = Books(root, profile, words)
    book = books.for_profile(None)
    allowed = book.units["money"].currencies
    if currency is not None and currency not in allowed:
        _stop(words.say("import.currency_unknown", found=currency, allowed=", ".join(allowed)))
    if which is not None and not (which in book.vocabulary.names and book.vocabulary.names[which].kind == "flag"):
        _stop(words.say("batch.not_a_flag", found=which))
    stated = stated_of(inputs, encoding, delimiter)
    wish = Wish(stated, currency, source, margin, measures)
    said = engine == "local" and (Path(output).suffix.lower() in READ_BY_PEOPLE if worded is None else worded)
    try:
        if engine == "spark":
            only_here = {
                "--sql": query,
                "--mapping": mapping,
                "--overlay": overlay,
                "--as-of": as_of,
                "--documents": documents,
                "--rejects": rejects,
                "--words": worded,
            }
            for option, given in only_here.items():
                if given:
                    _stop(words.say("batch.not_on_spark", option=option))
            found, refused = _on_spark(inputs, output, wish, books, master)
        else:
            if master is not None:
                _stop(words.say("batch.master_alone"))
            place = Path(output)
            rejects = rejects or rejects_beside(place)
            keep_inputs(inputs, (place, rejects), words)
            desks = Desks(books.for_profile, wish, root)
            wanted = which or book.planning.documented
            also = None if documents is None else _documents(documents, wanted, document_format, desks, words)
            if mapping is None:
                accounts = accounts_of(inputs_of(inputs, query, (place, rejects)), desks.reading, stated)
            else:
                day = None if as_of is None else as_of.date()
                export = Export(tuple(Path(place) for place in inputs), mapping, overlay, day, currency)
                accounts = exported_accounts(export, desks.reading, stated, words, root)
            with closing(_bar()) as bar:
                found = run(
                    accounts,
                    desks,
                    place,
                    rejects,
                    told.head(words),
                    lambda refusal: told.told(refusal, words, book),
                    _moves(bar),
                    also,
                    _in_words(book, words, place) if said else None,
                )
            output, refused = place.as_posix(), rejects.as_posix()
    except Unusable as unusable:
        _stop("\n".join(words.word(why) for why in unusable.reasons))
    except ProblemsFound as problems:
        for problem in problems.problems:
            click.echo(render(problem, words, book), err=True)
        sys.exit(WRONG_USE)
    except OSError as error:
        _stop(not_written(error.filename or output, error, words))
    deliver(_report(found, output, refused, format_, books, said), None, words)
    if not found.judged and not found.bad:
        click.echo(words.say("batch.nothing"), err=True)
    sys.exit(NOT_JUDGED if found.bad or not found.judged else DONE)


def _in_words(book: Rulebook, words: Wording, place: Path) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Rows in words, lists too where the format has none."""
    worded = Worded(book, words)
    if place.suffix.lower() not in FLAT:
        return worded.rows
    return lambda rows: flat(worded.rows(rows), words.say("list_semicolon"))


def _on_spark(
    inputs: tuple[str, ...], output: str, wish: Wish, books: Books, master: str | None
) -> tuple[Summary, str]:
    book = books.for_profile(None)
    profile = books.profile
    if profile is not None and Path(profile).is_file():
        profile = str(Path(profile).resolve())
    terms = Terms(
        None if books.root is None else str(books.root.resolve()),
        profile,
        version_of(book.version),
        books.words.language,
        wish.currency,
        wish.default_source,
        wish.margin,
        wish.measures,
    )
    return spark.run(master, inputs, output, spark.Setting(book, terms, wish.stated, books.words))


def _report(found: Summary, output: str, rejects: str, format_: str, books: Books, said: bool) -> str:
    words = books.words
    near = words.say("batch.column.near_facts") if said else "near_facts"
    if format_ == "json":
        return json.dumps(told.json(found, output, rejects), ensure_ascii=False, indent=2) + "\n"
    return text.render(told.document(found, output, rejects, books.for_profile(None), words, near))


def _bar() -> tqdm[Any]:
    """The rate and the time that remains, on a terminal only."""
    return tqdm(total=1, unit="", disable=not sys.stderr.isatty(), leave=False, unit_scale=True)


def _moves(bar: tqdm[Any]) -> Callable[[int, float], None]:
    def seen(judged: int, share: float) -> None:
        bar.total = max(judged, round(judged / share)) if share else None
        bar.update(judged - bar.n)

    return seen


def _documents(
    folder: Path, which: str | None, format_: str, desks: Desks, words: Wording
) -> Callable[[Accounts, pl.DataFrame], None]:
    """Writes whole reports of the accounts of which a flag is true."""
    folder.mkdir(parents=True, exist_ok=True)
    if which is None:
        _stop(words.say("batch.which"))
    flag = which
    taken: set[str] = set()

    def also(accounts: Accounts, rows: pl.DataFrame) -> None:
        desk = desks.desk(accounts.profile)
        true = desk.flagged(accounts.facts, flag)
        for row in true:
            case = case_of(accounts, row, desk.book, desks.wish.default_source)
            diagnosis = diagnose(case, desk.book)
            if format_ == "json":
                content_ = json_document.render(diagnosis, words)
            else:
                show = markdown.render if format_ == "markdown" else text.render
                content_ = show(content.document(diagnosis, words, "full", pictured=False))
            write_whole(folder / f"{_file_name(case.id, taken)}{DOCUMENTS[format_]}", content_)

    return also


def _file_name(case_id: str, taken: set[str]) -> str:
    """The case as a file may be called, with a number if another has the name already."""
    stem = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in case_id).strip("-") or "account"
    found, number = stem[:80], 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem[:80]}-{number}"
    taken.add(found.casefold())
    return found


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(WRONG_USE)
