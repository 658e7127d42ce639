"""`kam-expert interview`: questions about an account until nothing more can change the advice."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

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
from kam_expert.interview import opening
from kam_expert.interview.answers import read_day
from kam_expert.interview.keeping import Kept, read_kept
from kam_expert.interview.outlook import Adviser
from kam_expert.interview.progress import read_progress
from kam_expert.interview.relevance import FULL, SHORT
from kam_expert.interview.script import Script, read_script
from kam_expert.problems import Problem, ProblemsFound
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording, render, wording


class Console:
    """The terminal, or a pipe whose lines are shown as if they had been typed."""

    def __init__(self) -> None:
        self.typing = sys.stdin.isatty() and sys.stdout.isatty()
        with suppress(AttributeError, ValueError):
            sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
        self.editor: Any = None
        if self.typing:
            with suppress(ImportError):
                import readline

                self.editor = readline

    def ask(self, prompt: str, unfinished: str = "") -> str:
        """A line; an unfinished one stands in the field again, where the terminal can do that."""
        if not self.typing:
            click.echo(prompt, nl=False)
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            click.echo(line.rstrip("\r\n"))
            return _clean(line)
        if self.editor is not None:
            self.editor.set_startup_hook(lambda: self.editor.insert_text(unfinished))
        try:
            return _clean(input(prompt))
        finally:
            if self.editor is not None:
                self.editor.set_startup_hook()

    def tell(self, text: str) -> None:
        click.echo(text)


def _clean(line: str) -> str:
    """Without characters that no one types on purpose."""
    return "".join(character for character in line if character.isprintable() or character == "\t").strip()


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date:
    if value is None:
        return date.today()
    found = read_day(value)
    if found is None:
        raise click.BadParameter(f"{value}: 2026-06-30, 2026年6月30日")
    return found


@click.command("interview")
@click.argument("case", required=False, type=click.Path(path_type=Path))
@click.option("--short/--full", "short", default=None, help="Short form (first) or all questions. / 简表或全部问题")
@click.option("--answers", type=click.Path(path_type=Path), default=None, help="Answers from a file. / 从文件读取回答")
@click.option(
    "--merge", "others", multiple=True, type=click.Path(path_type=Path), help="Bring in another case. / 并入另一份档案"
)
@click.option("--as-of", "today", callback=_day, default=None, help="Date of the answers. / 回答的日期")
@profile_option
@rules_option
@language_option
@click.pass_context
def interview_command(
    context: click.Context,
    case: Path | None,
    short: bool | None,
    answers: Path | None,
    others: tuple[Path, ...],
    today: date,
    profile: str | None,
    root: Path | None,
    lang: str,
) -> None:
    """Asks what matters, stops when the advice is settled. / 访谈：只问要紧的，建议确定了就停"""
    words = wording(lang)
    books = Books(root, profile, words)
    console = Console()
    script = _script(answers, books, words)
    fresh = case is None or not case.exists()
    for other in others:
        if not other.exists():  # before anything is asked
            _other(other, books.for_profile(profile), words)
    path = _new(case, script, books, console, words, today) if fresh else case
    if path is None:
        sys.exit(DONE)
    read = read_case(path, books, words)
    if read is None:
        sys.exit(NOT_JUDGED)
    book = read[1]
    kept = read_kept(path, book)
    chosen = context.get_parameter_source("lang") is not click.core.ParameterSource.DEFAULT
    theirs = [_other(other, book, words) for other in others]
    from kam_expert.interview.advising import adviser_for  # only when an interview is certain: it takes a while

    adviser = adviser_for(book, root)
    if console.typing:
        adviser.prepare()
    spoken = lang if chosen else None
    code = _converse(kept, book, adviser, console, script, theirs, short, spoken, lang, today, fresh)
    sys.exit(code)


def _converse(
    kept: Kept,
    book: Rulebook,
    adviser: Adviser,
    console: Console,
    script: Script | None,
    theirs: list[Kept],
    short: bool | None,
    chosen: str | None,
    lang: str,
    today: date,
    fresh: bool,
) -> int:
    from kam_expert.interview.dialogue import hold
    from kam_expert.interview.relevance import Relevance
    from kam_expert.interview.session import Interview
    from kam_expert.interview.settling import merge
    from kam_expert.interview.talk import Left, Talk

    progress, broken = read_progress(kept.sidecar, book.facts, lang, FULL if short is False else SHORT)
    progress = replace(
        progress,
        language=chosen or progress.language,
        mode=progress.mode if short is None else SHORT if short else FULL,
    )
    relevance = Relevance(book)
    session = Interview(relevance).begin(kept.case, progress, today)
    if fresh:  # what was just typed or chosen need not be confirmed
        session = replace(session, progress=replace(progress, confirmed=tuple(session.case.facts)))
    talk = Talk(relevance, adviser, kept, session, console, script)
    welcome = {"name": kept.case.name, "file": kept.path, "count": len(talk.show.answered(session.case))}
    talk.say("welcome.new" if fresh else "welcome.again", **welcome)
    if broken is not None:
        talk.say("welcome.progress_unread", file=kept.sidecar)
    talk.say("welcome.manners")
    try:
        merged = [merge(talk, other.case) for other in theirs]
    except Left:
        talk.say("quit")
        return DONE
    if False in merged:
        return NOT_JUDGED
    hold(talk)
    return DONE


def _script(path: Path | None, books: Books, words: Wording) -> Script | None:
    if path is None:
        return None
    try:
        return read_script(path, books.for_profile(None))
    except ProblemsFound as found:
        _say(found.problems, words, books.for_profile(None))
        sys.exit(WRONG_USE)


def _other(path: Path, book: Rulebook, words: Wording) -> Kept:
    try:
        return read_kept(path, book)
    except ProblemsFound as found:
        _say(found.problems, words, book)
        sys.exit(NOT_JUDGED)


def _say(problems: tuple[Problem, ...], words: Wording, book: Rulebook) -> None:
    for problem in problems:
        click.echo(render(problem, words, book), err=True)


def _new(
    path: Path | None, script: Script | None, books: Books, console: Console, words: Wording, today: date
) -> Path | None:
    """The file of a new case, after a few questions; None if they were not answered."""
    from kam_expert.resources import shipped
    from kam_expert.rulebook.reading import read_presets

    profiles = read_presets(books.root or shipped())
    if path is not None and not path.parent.is_dir():
        click.echo(words.say("interview.start.no_folder", file=path, folder=path.parent), err=True)
        sys.exit(WRONG_USE)
    if path is not None:
        click.echo(words.say("interview.start.answered_in_file", file=path))
    try:
        if script is not None:
            said = [script.answer_to(name) for name in ("account_name", "industry")]
            name, industry = (None if each is None else str(each) for each in said)
            start = opening.Start(name or (path.stem if path else "case"), industry, books.profile)
        else:
            start = opening.asked(console, words, profiles, books.profile)
        money = books.for_profile(start.profile).currency
        if path is None and script is None:
            return opening.place(console, words, start, money, today)
        target = path or Path(opening.proposed(start.account))
        return opening.made(target, start, money, today)
    except (EOFError, KeyboardInterrupt):
        click.echo("")
        return None
    except OSError as error:
        click.echo(not_written(path, error, words), err=True)
        sys.exit(WRONG_USE)
