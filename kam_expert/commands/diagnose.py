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
    type=click.Choice(["text", "markdown", "html", "json", "pptx"]),
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
    help="Your own .pptx as the template of a deck. / 自己的 PowerPoint 模板",
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
    if template is not None and format_ != "pptx":
        click.echo(words.say("deck.template_only"), err=True)
        sys.exit(WRONG_USE)
    if output is None and format_ == "pptx":
        click.echo(words.say("output_needed"), err=True)
        sys.exit(WRONG_USE)
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
        result = (
            _slides(diagnoses, template, words) if format_ == "pptx" else _rendered(diagnoses, format_, depth, words)
        )
        deliver(result, output, words)
    sys.exit(code)


def _slides(diagnoses: list[Diagnosis], template: Path | None, words: Wording) -> bytes:
    from kam_expert.documents import deck
    from kam_expert.reports import pptx
    from kam_expert.reports.document import About

    documents = [deck.document(each, words) for each in diagnoses]
    about = [About(each.case.name, each.case.as_of, each.book.version) for each in diagnoses]
    try:
        return pptx.render(documents, about, words, template)
    except pptx.TemplateRefused as refused:
        click.echo(words.say(f"phrase.{refused.phrase.key}", **refused.phrase.parameters), err=True)
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
