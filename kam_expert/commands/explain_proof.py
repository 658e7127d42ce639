"""`kam-expert explain CASE proof`: the facts that settle the recommendation, whatever all others are."""

from __future__ import annotations

from pathlib import Path

import click

from kam_expert.commands.explaining import Explaining, explaining
from kam_expert.commands.terms import deliver
from kam_expert.explanation.proof import proof


@click.command("proof")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="Write it for `rulebook verify`. / 写成可复核的文件"
)
@click.option("--with-secondaries", is_flag=True, help="Settle the secondary strategies too. / 次要战略也一并证明")
@explaining
def proof_command(asked: Explaining, file: Path | None, with_secondaries: bool) -> None:
    """The facts that settle the recommendation. / 哪些信息足以定下建议"""
    found = proof(asked.diagnosis, with_secondaries=with_secondaries)
    if file is not None and found.settled:
        deliver(found.file(file.stem), file, asked.words)
    asked.deliver(found)
