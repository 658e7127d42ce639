"""`kam-expert explain CASE why-not STRATEGY`: why a strategy was not chosen, and how far it was from it."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.why_not import why_not
from kam_expert.rulebook.naming import UnknownName


@click.command("why-not")
@click.argument("strategy", metavar="STRATEGY")
@explaining
def why_not_command(asked: Explaining, strategy: str) -> None:
    """Why a strategy was not chosen, and how far it was from it. / 为什么不是这个战略，还差多少"""
    try:
        found = why_not(asked.diagnosis, strategy)
    except UnknownName as unknown:
        asked.refuse_name(unknown)
    asked.deliver(found)
