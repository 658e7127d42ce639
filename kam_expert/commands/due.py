"""`kam-expert due FOLDER`: what is overdue over the cases of a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kam_expert.case import case_files_in
from kam_expert.commands.reading import Books, read_case, said
from kam_expert.commands.review import day_of, refuse
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.problems import ProblemsFound
from kam_expert.reports import text
from kam_expert.review.due import Due, document, due_in
from kam_expert.review.history import history_file, read_history
from kam_expert.review.reviewing import Review, review
from kam_expert.wording import wording


@click.command("due")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--on", "day", default=None, help="As of a day, as 2026-10-31; today by default. / 截至日期")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@rules_option
@output_option
@language_option
def due_command(
    folder: Path,
    day: str | None,
    format_: str,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """Overdue activities, gates and reviews of the cases in a folder. / 文件夹中各客户的逾期事项"""
    words = wording(lang)
    on = day_of(day, words)
    books = Books(root, profile, words)
    paths = [path for path in case_files_in(folder) if history_file(path).exists()]
    if not paths:
        refuse(words.say("review.no_cases", folder=folder))
    reviews: dict[str, Review] = {}
    found: list[Due] = []
    code = DONE
    for path in paths:
        read = read_case(path, books, words)
        if read is None:
            code = NOT_JUDGED
            continue
        case, book = read
        try:
            history = read_history(case, book)
            reviews[case.id] = review(case, book, history, on)
        except ProblemsFound as problems:
            said(problems, Path(problems.problems[0].file), words, book)
            code = NOT_JUDGED
        except ValueError:
            last = history.latest or words.say("none")
            early = words.say("review.on_early", day=on.isoformat(), case=case.as_of.isoformat(), last=last)
            click.echo(f"{path.name}  {early}", err=True)
            code = NOT_JUDGED
        else:
            found += due_in(reviews[case.id])
    if format_ == "json":
        result = json.dumps([each.json() for each in found], ensure_ascii=False, indent=2) + "\n"
    else:
        result = text.render(document(tuple(found), reviews, on, words))
    deliver(result, output, words)
    sys.exit(code)
