"""`kam-expert review`: what changed since the last review, what is proposed, and the record of what is decided."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from kam_expert.case import Case
from kam_expert.commands.reading import Books, read_case, said
from kam_expert.commands.review_reporting import Reading, Typed, report_options
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.interview.answers import read_day
from kam_expert.problems import ProblemsFound, nearest_phrase
from kam_expert.reports import text
from kam_expert.reports.document import About
from kam_expert.reports.speaking import Speaking
from kam_expert.review import recording
from kam_expert.review import words as review_words
from kam_expert.review.agenda import agenda
from kam_expert.review.history import History, HistoryMoved, append, read_history
from kam_expert.review.locking import Busy
from kam_expert.review.recording import Decision
from kam_expert.review.reviewing import InForce, Review, review
from kam_expert.review.typed_names import level_named, strategy_named
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording, wording
from kam_expert.writing import write_whole


@click.command("review")
@click.argument("path", type=click.Path(path_type=Path), metavar="CASE")
@click.option("--on", "day", default=None, help="Day of the review, as 2026-10-31; today by default. / 复盘日期")
@click.option("--accept", is_flag=True, help="Record the proposal, or what you decide instead. / 确认并记录")
@click.option("--by", default=None, help="Who decides or reports. / 由谁决定")
@click.option("--reason", default=None, help="Why. / 理由")
@click.option("--level", default=None, help="Another level of change than the one proposed. / 另选变动程度")
@click.option("--instead", default=None, help="Another primary strategy than the one proposed. / 另选主要战略")
@report_options
@click.option("--ics", type=click.Path(path_type=Path), default=None, help="Calendar of the plan. / 日历文件")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "html", "json", "docx"]),
    default="text",
    help="Format. / 格式",
)
@profile_option
@rules_option
@output_option
@language_option
def review_command(
    path: Path,
    day: str | None,
    accept: bool,
    by: str | None,
    reason: str | None,
    level: str | None,
    instead: str | None,
    ics: Path | None,
    format_: str,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
    **typed: Any,
) -> None:
    """What changed since the last review, and what to do about the plan. / 复盘：有何变化，计划怎么办

    What is accepted or reported is appended to CASE.history.yaml beside the case.
    """
    words = wording(lang)
    on = day_of(day, words)
    for option, value in (("--level", level), ("--instead", instead)):
        if value is not None and not accept:
            refuse(words.say("review.only_accept", option=option))
    case, book, history = read(path, Books(root, profile, words), words)
    report = Typed(**typed)
    if report:
        history = _progress(history, report, on, by, reason, (case, book), words)
    elif report.source is not None:
        refuse(words.say("review.only_with", option="--source", other="--kpi"))
    if (accept or report) and on > date.today():
        click.echo(words.say("review.in_future", day=on.isoformat()), err=True)
    found = reviewed(case, book, history, on, words)
    after = found.in_force or found.proposed
    if accept:
        decision = Decision(by, reason, level_named(level, book), strategy_named(instead, book))
        _check(found, decision, words)
        name, after = recording.decided(found, decision)
        _append(history, recording.accepted(found, decision), words)
        click.echo(review_words.accepted_line(found, name, after, words), err=True)
    if ics is not None:
        _calendar(found, after, ics, words)
    if not accept and not report:
        deliver(_rendered(found, format_, words), output, words)
    sys.exit(DONE)


def day_of(day: str | None, words: Wording) -> date:
    """The day asked for, today by default; ends the program if it is none."""
    if day is None:
        return date.today()
    found = read_day(day)
    if found is None:
        refuse(words.say("review.on_wrong", found=day))
        raise AssertionError
    return found


def refuse(*lines: str) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(WRONG_USE)


def read(path: Path, books: Books, words: Wording) -> tuple[Case, Rulebook, History]:
    """The case with its rulebook and history; ends the program, with every mistake said, if one is broken."""
    found = read_case(path, books, words)
    if found is None:
        sys.exit(NOT_JUDGED)
    case, book = found
    if book.review.stated is None:
        refuse(words.say("review.not_stated"))
    try:
        return case, book, read_history(case, book)
    except ProblemsFound as problems:
        said(problems, Path(problems.problems[0].file), words, book)
        sys.exit(NOT_JUDGED)


def reviewed(case: Case, book: Rulebook, history: History, on: date, words: Wording) -> Review:
    """The review; ends the program if the day lies before what is reviewed."""
    try:
        return review(case, book, history, on)
    except ValueError:
        last = history.latest or words.say("none")
        refuse(words.say("review.on_early", day=on.isoformat(), case=case.as_of.isoformat(), last=last))
        raise AssertionError from None


def _check(found: Review, decision: Decision, words: Wording) -> None:
    """Refuse a decision that cannot be carried out."""
    levels = [level.id for level in found.book.review.levels]
    allowed = ", ".join(words.say("review.id_title", id=each.id, title=each.title) for each in found.book.review.levels)
    if decision.level is not None and found.last is None:
        refuse(words.say("review.level_first"))
    if decision.level is not None and decision.level not in levels:
        refuse(words.say("review.level_unknown", found=decision.level, allowed=allowed))
    other_level = decision.level is not None and found.level is not None and decision.level != found.level.id
    named = (decision.by or "").strip() and (decision.reason or "").strip()
    if other_level and not named:
        refuse(words.say("review.level_needs"))
    if decision.instead is None:
        return
    if decision.instead not in found.book.candidates:
        near = nearest_phrase(decision.instead, found.book.candidates)
        speaking = Speaking(found.today, words)
        allowed = words.say("list_comma").join(speaking.strategy(name) for name in found.book.candidates)
        refuse(words.say("review.strategy_unknown", found=decision.instead, nearest=near, allowed=allowed))
    if not named:
        refuse(words.say("review.instead_needs"))
    level = found.today.recommendation.level
    if found.today.recommendation.primary is None:
        refuse(words.say("review.instead_closed", level=words.say(f"level.{level}.title")))


def _progress(
    history: History,
    typed: Typed,
    on: date,
    by: str | None,
    reason: str | None,
    judged: tuple[Case, Rulebook],
    words: Wording,
) -> History:
    """Record what is reported, and read the history again."""
    case, book = judged
    report = Reading(history, book, case.currency, words).report(typed, on)
    if history.latest is not None and on < history.latest:
        day, last = case.as_of.isoformat(), history.latest.isoformat()
        refuse(words.say("review.on_early", day=on.isoformat(), case=day, last=last))
    _append(history, recording.progress(history, report, on, by, reason), words)
    again = read_history(case, book)
    for line in review_words.reported_lines(report, again, case, book, words):
        click.echo(line, err=True)
    return again


def _append(history: History, entry: str, words: Wording) -> None:
    try:
        append(history, entry)
    except HistoryMoved:
        refuse(words.say("review.moved", file=history.path.name))
    except Busy:
        refuse(words.say("review.busy", file=history.path.name))
    except OSError as error:
        refuse(words.say("output_failed", file=history.path, reason=error.strerror or str(error)))


def _calendar(found: Review, plan: InForce, file: Path, words: Wording) -> None:
    from kam_expert.review.calendar import calendar
    from kam_expert.review.titles import Titles

    if not plan.activities and not plan.gates and found.last is None:
        refuse(words.say("review.no_plan"))
    content = calendar(found.case.id, found.case.name, plan, found.history, found.on, Titles(found.book, words))
    try:
        write_whole(file, content)
    except OSError as error:
        refuse(words.say("output_failed", file=file, reason=error.strerror or str(error)))


def _rendered(found: Review, format_: str, words: Wording) -> str | bytes:
    if format_ == "json":
        from kam_expert.review.plain import plain

        return json.dumps(plain(found, agenda(found)), ensure_ascii=False, indent=2) + "\n"
    document = review_words.document(found, agenda(found), words)
    if format_ == "markdown":
        from kam_expert.reports import markdown

        return markdown.render(document)
    if format_ == "html":
        from kam_expert.reports import html

        return html.render([document], words)
    if format_ == "docx":
        from kam_expert.reports import docx

        return docx.render([document], [About(found.stated.name, found.on, found.book.version)], words)
    return text.render(document)
