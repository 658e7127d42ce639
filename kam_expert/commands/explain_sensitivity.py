"""`kam-expert explain CASE sensitivity`: the facts that the recommendation hangs on."""

from __future__ import annotations

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.explanation.sensitivity import MOST_SHOWN, sensitivity


@click.command("sensitivity")
@click.option("--most", type=click.IntRange(1, 100), default=MOST_SHOWN, help="How many at most. / 最多列出几项")
@explaining
def sensitivity_command(asked: Explaining, most: int) -> None:
    """How far each fact alone moves the lead. / 逐项改动信息，看领先分数变多少"""
    asked.deliver(sensitivity(asked.diagnosis, most))
