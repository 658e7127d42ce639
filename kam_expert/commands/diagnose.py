"""`kam-expert diagnose`: the recommendation for one or more accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.commands.reading import Books, read_case
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    keep_inputs,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.reports import content, text
from kam_expert.wording import Wording, wording


@click.command("diagnose")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CASE...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "html", "json", "docx"]),
    default="text",
    help="Format. / 格式",
)
@click.option(
    "--depth",
    type=click.Choice(content.DEPTHS),
    default=None,
    help="brief: one screen; reasons: with all reasons; full: with plan and facts. / 详略",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    default=None,
    help="Your own Word template for docx. / 自有 Word 模板",
)
@profile_option
@rules_option
@output_option
@language_option
def diagnose_command(
    cases: tuple[Path, ...],
    format_: str,
    depth: content.Depth | None,
    template: Path | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """What to do with an account, and why. / 诊断客户，给出战略建议与理由"""
    words = wording(lang)
    if template is not None and format_ != "docx":
        click.echo(words.say("word.template_only_word"), err=True)
        sys.exit(WRONG_USE)
    if output is not None:
        keep_inputs(map(str, (*cases, *(() if template is None else (template,)))), (output,), words)
    books = Books(root, profile, words)
    diagnoses: list[Diagnosis] = []
    code = DONE
    for path in cases:
        read = read_case(path, books, words)
        if read is None:
            code = NOT_JUDGED
        else:
            diagnoses.append(diagnose(*read))
    if diagnoses:
        if format_ == "docx":
            deliver(_word(diagnoses, depth, template, words), output, words)
        else:
            deliver(_rendered(diagnoses, format_, depth, words), output, words)
    sys.exit(code)


def _word(diagnoses: list[Diagnosis], depth: content.Depth | None, template: Path | None, words: Wording) -> bytes:
    """A Word file. Ends the program, saying why, if the template cannot be used."""
    from kam_expert.reports import docx
    from kam_expert.reports.document import About
    from kam_expert.reports.docx_template import TemplateRefused

    documents = [content.document(each, words, depth or "full") for each in diagnoses]
    about = [About(each.case.name, each.case.as_of, each.book.version) for each in diagnoses]
    try:
        return docx.render(documents, about, words, template)
    except TemplateRefused as refused:
        click.echo(words.word(refused.why), err=True)
        sys.exit(WRONG_USE)


def _rendered(diagnoses: list[Diagnosis], format_: str, depth: content.Depth | None, words: Wording) -> str:
    if format_ == "json":
        from kam_expert.reports import json_document

        if len(diagnoses) == 1:
            return json_document.render(diagnoses[0], words)
        return json_document.render_all(diagnoses, words)
    if format_ == "html":
        from kam_expert.explanation.how import recommendation_trees
        from kam_expert.reports import html

        found = [(each, recommendation_trees(each, words)) for each in diagnoses]
        return html.render([content.document(each, words, depth or "full", trees) for each, trees in found], words)
    show = text.render
    if format_ == "markdown":
        from kam_expert.reports import markdown

        show = markdown.render
    chosen: content.Depth = depth or ("full" if format_ == "markdown" else "brief")
    return "\n\n".join(show(content.document(diagnosis, words, chosen)) for diagnosis in diagnoses)
