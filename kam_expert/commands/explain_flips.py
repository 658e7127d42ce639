"""`kam-expert explain CASE flips`: the smallest changes of the facts that change the recommendation."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.flips import flips


@click.command("flips")
@click.option("--most", type=click.IntRange(1, 100), default=5, help="How many at most. / 最多列出几条")
@explaining
def flips_command(asked: Explaining, most: int) -> None:
    """The smallest changes that change the recommendation. / 哪些最小的变化会改变建议"""
    asked.deliver(flips(asked.diagnosis, most))
