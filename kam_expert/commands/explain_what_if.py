"""`kam-expert explain CASE what-if FACT=VALUE …`: what would be advised if facts were different."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.changing import split_change
from kam_expert.explanation.what_if import what_if
from kam_expert.problems import Problem, ProblemsFound
from kam_expert.wording import without_place


@click.command("what-if")
@click.argument("changes", nargs=-1, required=True, metavar="FACT=VALUE...")
@explaining
def what_if_command(asked: Explaining, changes: tuple[str, ...]) -> None:
    """What would be advised if facts were different. / 如果某些信息不同，建议会怎样

    VALUE may be `unknown` or `n/a`, and numbers may be written with their unit, as in 120万 or 15%.
    """
    problems: list[Problem] = []
    pairs: list[tuple[str, str]] = []
    for text in changes:
        try:
            pairs.append(split_change(text))
        except ProblemsFound as found:
            problems += found.problems
    try:
        explained = what_if(asked.diagnosis, pairs)
    except ProblemsFound as found:
        problems += found.problems
    if problems:
        said = [without_place(each, asked.words, asked.book) for each in problems]
        asked.refuse(asked.words.say("explain.what_if.said"), *said)
    asked.deliver(explained)
