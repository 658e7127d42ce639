"""`kam-expert rulebook schema`: the JSON Schema of a result."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kam_expert.commands.terms import deliver, language_option, output_option
from kam_expert.reports import json_document
from kam_expert.wording import wording


@click.command("schema")
@output_option
@language_option
def schema_command(output: Path | None, lang: str) -> None:
    """The JSON Schema of `diagnose --format json`."""
    deliver(json.dumps(json_document.json_schema(), ensure_ascii=False, indent=2) + "\n", output, wording(lang))
