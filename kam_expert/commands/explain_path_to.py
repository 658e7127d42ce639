"""`kam-expert explain CASE path-to STRATEGY`: the smallest change within our reach that makes a strategy lead."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.path_to import path_to
from kam_expert.rulebook.naming import UnknownName


@click.command("path-to")
@click.argument("strategy", metavar="STRATEGY")
@explaining
def path_to_command(asked: Explaining, strategy: str) -> None:
    """What we would have to improve for a strategy to lead. / 要改善哪些方面，才能走到这个战略"""
    try:
        found = path_to(asked.diagnosis, strategy)
    except UnknownName as unknown:
        asked.refuse_name(unknown)
    asked.deliver(found)
