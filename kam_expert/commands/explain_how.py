"""`kam-expert explain CASE how X`: the reasons behind a conclusion."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.how import explain_how
from kam_expert.rulebook.naming import UnknownName


@click.command("how")
@click.argument("name", metavar="NAME")
@click.option("--depth", type=click.IntRange(min=1), default=None, help="At most so many steps down. / 最多往下几层")
@explaining
def how_command(asked: Explaining, name: str, depth: int | None) -> None:
    """The reasons behind a conclusion, down to the facts. / 某个结论是怎么得出的

    NAME: primary, level, or the id or label of a fact, measure, score, model, signal, rule or strategy.
    """
    try:
        found = explain_how(asked.diagnosis, name, depth)
    except UnknownName as unknown:
        asked.refuse_name(unknown)
    asked.deliver(found)
