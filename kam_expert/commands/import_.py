"""`kam-expert import`: exports of other systems, and workbooks, to case files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from kam_expert.case import case_from, profile_named_in
from kam_expert.case_text import case_file
from kam_expert.commands.reading import Books
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    not_written,
    profile_option,
    rules_option,
)
from kam_expert.imports.case_files import IMPORTED_MARK
from kam_expert.imports.coverage import Coverage
from kam_expert.imports.detecting import DELIMITERS, ENCODINGS
from kam_expert.imports.findings import CannotImport
from kam_expert.imports.forms import ORDERS, SIGNS
from kam_expert.imports.importing import Imported, Wish, chosen_mapping, import_accounts, read_all, rejects_table
from kam_expert.imports.mapping import load_mapping, load_model, mappings
from kam_expert.imports.overlay import read_overlay
from kam_expert.imports.sheets import Sheet, Stated
from kam_expert.imports.suggesting import Suggestion
from kam_expert.problems import ProblemsFound
from kam_expert.reports import text
from kam_expert.wording import Wording, render, wording
from kam_expert.workbooks.reading import document_of, is_workbook
from kam_expert.writing import write_whole

REJECTS = "rejects.csv"


def _pairs(
    allowed: tuple[str, ...] | None,
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, str]]:
    """A callback for options of the form NAME=VALUE."""

    def read(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in given:
            name, _, value = each.rpartition("=")
            if not name or (allowed is not None and value not in allowed):
                wanted = "VALUE" if allowed is None else "|".join(allowed)
                raise click.BadParameter(f"{each!r}: NAME={wanted}", context, parameter)
            found[name] = value
        return found

    return read


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, allowed, help_ in (
        ("--date-format", ORDERS, "How a column writes dates. / 日期列的写法"),
        ("--decimal", SIGNS, "Decimal sign of a column. / 数字列的小数点"),
        ("--scale", None, "What a column is multiplied by. / 数字列的倍数"),
        ("--encoding", ENCODINGS, "Encoding of a file. / 文件编码"),
        ("--delimiter", tuple(DELIMITERS), "Delimiter of a file. / 分隔符"),
        ("--table", None, "What a file holds. / 文件内容"),
    ):
        metavar = "NAME=" + ("VALUE" if allowed is None else "|".join(allowed) if len(allowed) < 5 else "ENCODING")
        command = click.option(name, multiple=True, callback=_pairs(allowed), metavar=metavar, help=help_)(command)
    return command


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--mapping", "mapping_name", default=None, help="A shipped mapping or a file. / 列映射")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=None, help="Folder for the cases. / 输出文件夹"
)
@click.option("--overlay", type=click.Path(path_type=Path), default=None, help="Judgement by hand. / 手工补充的判断")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Date of the export. / 导出日期")
@click.option("--roll-up/--no-roll-up", default=None, help="Subsidiaries into their parents. / 是否并入上级客户")
@click.option("--currency", default=None, help="Currency of the amounts. / 币种")
@click.option("--suggest", is_flag=True, help="Draft a mapping instead. / 起草列映射")
@click.option("--report", type=click.Path(path_type=Path), default=None, help="Report to a file. / 报告写入文件")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@_options
@profile_option
@rules_option
@language_option
def import_command(
    files: tuple[Path, ...],
    mapping_name: str | None,
    output: Path | None,
    overlay: Path | None,
    as_of: datetime | None,
    roll_up: bool | None,
    currency: str | None,
    suggest: bool,
    report: Path | None,
    format_: str,
    date_format: dict[str, str],
    decimal: dict[str, str],
    scale: dict[str, str],
    encoding: dict[str, str],
    delimiter: dict[str, str],
    table: dict[str, str],
    profile: str | None,
    root: Path | None,
    lang: str,
) -> None:
    """Exports of a CRM to case files. / 把 CRM 导出文件转成客户档案"""
    words = wording(lang)
    book = Books(root, profile, words).for_profile(None)
    signs = {name: DELIMITERS[value] for name, value in delimiter.items()}
    stated = Stated(encoding, signs, date_format, decimal, table, _numbers(scale, words))
    if output is None and not suggest:
        _stop(words.say("import.no_output"))
    if currency is not None and currency not in book.units["money"].currencies:
        _stop(words.say("import.currency_unknown", found=currency, allowed=", ".join(book.units["money"].currencies)))
    try:
        model = load_model(book, root)
        read = read_all(files, stated)
        filled_in = [(path, each) for path, each in read if is_workbook(each)]
        sheets = [sheet for path, each in read if not is_workbook(each) for sheet in each]
        if filled_in and output is not None:
            bad = _write_workbooks(filled_in, output, Books(root, profile, words), words)
            if bad or not sheets:
                sys.exit(NOT_JUDGED if bad else DONE)
        if suggest:
            known = [load_mapping(name, model, root) for name in mappings(root)]
            name = output.stem if output is not None else "draft"
            if output is not None and output.exists():
                _stop(words.say("new.exists", file=output))
            deliver(Suggestion(model, known, words).text(name, sheets), output, words)
            sys.exit(DONE)
        mapping = (
            load_mapping(mapping_name, model, root) if mapping_name else chosen_mapping(sheets, model, stated, root)
        )
        written = () if overlay is None else read_overlay(overlay, book)
        day = None if as_of is None else as_of.date()
        wish = Wish(stated, day, date.today(), roll_up, profile, currency)
        imported = import_accounts(sheets, mapping, model, wish, words, written)
    except ProblemsFound as found:
        for problem in found.problems:
            click.echo(render(problem, words, book), err=True)
        sys.exit(WRONG_USE)
    except CannotImport as cannot:
        for reason in cannot.reasons:
            click.echo(words.word(reason), err=True)
        for ask in cannot.asks:
            click.echo(words.say("import.ask", question=ask.question, option=ask.option), err=True)
        sys.exit(WRONG_USE)
    assert output is not None
    _write(output, imported, words)
    coverage = Coverage(imported, words)
    result = (
        json.dumps(coverage.json(), ensure_ascii=False, indent=2) + "\n"
        if format_ == "json"
        else text.render(coverage.document())
    )
    deliver(result, report, words)
    click.echo(words.say("import.written", count=len(imported.cases), folder=output), err=True)
    if imported.rejects:
        click.echo(words.say("import.rejected", count=len(imported.rejects), file=output / REJECTS), err=True)
    sys.exit(NOT_JUDGED if imported.rejects else DONE)


def _write_workbooks(
    filled_in: list[tuple[Path, tuple[Sheet, ...]]], folder: Path, books: Books, words: Wording
) -> int:
    """Write the cases of workbooks; says every mistake and returns how many workbooks have any."""
    cases: dict[Path, str] = {}
    bad = 0
    for path, sheets in filled_in:
        document = document_of(path, sheets, books.for_profile(None))
        book = books.for_profile(profile_named_in(document))
        try:
            case = case_from(document, book, named_by_file=False)
        except ProblemsFound as found:
            bad += 1
            for problem in found.problems:
                click.echo(render(problem, words, book), err=True)
            continue
        if Path(case.id).name != case.id or case.id.startswith("."):
            bad += 1
            click.echo(words.say("workbook.bad_name", file=path, name=case.id), err=True)
            continue
        comment = f"{IMPORTED_MARK}\n{words.say('workbook.from', file=path.name)}"
        cases[folder / f"{case.id}.yaml"] = case_file(case, comment)
    _write_all(folder, cases, words)
    click.echo(words.say("import.written", count=len(cases), folder=folder), err=True)
    return bad


def _numbers(scale: dict[str, str], words: Wording) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in scale.items():
        try:
            found[name] = float(value)
        except ValueError:
            _stop(words.say("import.scale_wrong", column=name, found=value))
    return found


def _stop(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(WRONG_USE)


def _write(folder: Path, imported: Imported, words: Wording) -> None:
    """Write the cases; a file that somebody else wrote is left alone, and then nothing is written."""
    texts = {folder / each.case.file: case_file(each.case, imported.comment(each)) for each in imported.cases}
    if imported.rejects:
        texts[folder / REJECTS] = rejects_table(imported.rejects, words, words.word)
    _write_all(folder, texts, words)
    if not imported.rejects:
        (folder / REJECTS).unlink(missing_ok=True)


def _write_all(folder: Path, texts: dict[Path, str], words: Wording) -> None:
    foreign = [path for path in texts if path.name != REJECTS and path.exists() and not _ours(path)]
    if foreign:
        names = words.join([path.name for path in foreign])
        _stop(words.say("import.foreign", files=names, folder=folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in texts.items():
            write_whole(path, content)
    except OSError as error:
        _stop(not_written(folder, error, words))


def _ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().strip() == f"# {IMPORTED_MARK}"
    except (OSError, UnicodeDecodeError):
        return False
