"""`kam-expert rulebook schema`: the JSON Schema of a result, or of a kind of file that people write."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kam_expert.commands.reading import Books
from kam_expert.commands.terms import deliver, language_option, output_option, profile_option, rules_option
from kam_expert.maintenance.editor_schemas import FILE_SCHEMAS, case_schema, file_schema
from kam_expert.reports import json_document, json_portfolio
from kam_expert.wording import wording

RESULT, PORTFOLIO_RESULT, CASE = "result", "portfolio-result", "case"


@click.command("schema")
@click.option(
    "--of",
    "kind",
    type=click.Choice([RESULT, PORTFOLIO_RESULT, CASE, *FILE_SCHEMAS]),
    default=RESULT,
    metavar="KIND",
    help="result (of diagnose), portfolio-result, case, fact, rule, strategy, …: a kind of file. / 结果，或某类文件",
)
@profile_option
@rules_option
@output_option
@language_option
def schema_command(kind: str, profile: str | None, root: Path | None, output: Path | None, lang: str) -> None:
    """A JSON Schema for programs and editors. / 供程序和编辑器使用的 JSON Schema"""
    words = wording(lang)
    if kind == RESULT:
        schema = json_document.json_schema()
    elif kind == PORTFOLIO_RESULT:
        schema = json_portfolio.json_schema()
    elif kind == CASE:
        schema = case_schema(Books(root, profile, words).for_profile(None), words)
    else:
        schema = file_schema(kind)
    deliver(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", output, words)
