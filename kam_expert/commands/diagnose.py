"""`kam-expert diagnose`: the recommendation for one or more accounts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from kam_expert.commands.reading import Books, read_case, said
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
from kam_expert.documents import composing
from kam_expert.documents.composing import NotStated, compose
from kam_expert.documents.telling import Enclosed
from kam_expert.problems import ProblemsFound
from kam_expert.reports import content, text
from kam_expert.reports.document import Document, Section
from kam_expert.review.history import History, read_history
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
    "--document",
    "kind",
    type=click.Choice(composing.KINDS),
    default=None,
    help="report: with all reasons; plan: the account plan; summary: one page; customer: fit to be handed over. / 文档",
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
    kind: composing.Kind | None,
    template: Path | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """What to do with an account, and why. / 诊断客户，给出战略建议与理由"""
    words = wording(lang)
    kind = kind or ("plan" if format_ == "docx" else "report")
    if template is not None and format_ != "docx":
        click.echo(words.say("word.template_only_word"), err=True)
        sys.exit(WRONG_USE)
    if output is not None:
        keep_inputs(map(str, (*cases, *(() if template is None else (template,)))), (output,), words)
    books = Books(root, profile, words)
    diagnoses: list[Diagnosis] = []
    histories: list[History | None] = []
    code = DONE
    for path in cases:
        read = read_case(path, books, words)
        try:
            history = None if read is None or kind != "plan" else read_history(*read)
        except ProblemsFound as problems:
            assert read is not None
            said(problems, Path(problems.problems[0].file), words, read[1])
            read = None
        if read is None:
            code = NOT_JUDGED
        else:
            diagnoses.append(diagnose(*read))
            histories.append(history)
    if diagnoses:
        chosen = Chosen(kind, format_, depth, template, tuple(histories))
        try:
            result = rendered(diagnoses, chosen, words)
        except NotStated:
            click.echo(words.say("documents.not_stated", kind=kind), err=True)
            sys.exit(WRONG_USE)
        deliver(result, output, words)
    sys.exit(code)


@dataclass(frozen=True)
class Chosen:
    """What was asked for: which document, in which format, depth and template, with which histories."""

    kind: composing.Kind
    format: str
    depth: content.Depth | None
    template: Path | None
    histories: tuple[History | None, ...]


def rendered(diagnoses: list[Diagnosis], chosen: Chosen, words: Wording) -> str | bytes:
    """The documents of all accounts in the format asked for."""
    if chosen.format == "json":
        from kam_expert.reports import json_document

        if len(diagnoses) == 1:
            return json_document.render(diagnoses[0], words)
        return json_document.render_all(diagnoses, words)
    documents = composed(diagnoses, chosen, words)
    if chosen.format == "docx":
        return _word(diagnoses, documents, chosen, words)
    if chosen.format == "html":
        from kam_expert.reports import html

        return html.render(documents, words)
    show = text.render
    if chosen.format == "markdown":
        from kam_expert.reports import markdown

        show = markdown.render
    return "\n\n".join(show(document) for document in documents)


def composed(diagnoses: list[Diagnosis], chosen: Chosen, words: Wording) -> list[Document]:
    """The document asked for of each account; a page that can unfold has the trees of reasons besides."""
    depth = chosen.depth or ("brief" if chosen.format == "text" else "full")
    found = []
    for diagnosis, history in zip(diagnoses, chosen.histories, strict=True):
        trees: tuple[Section, ...] = ()
        if chosen.format == "html" and chosen.kind == "report":
            from kam_expert.explanation.how import recommendation_trees

            trees = recommendation_trees(diagnosis, words)
        found.append(compose(diagnosis, words, chosen.kind, depth, Enclosed(history, {}, trees)))
    return found


def _word(diagnoses: list[Diagnosis], documents: list[Document], chosen: Chosen, words: Wording) -> bytes:
    """A Word file. Ends the program, saying why, if the template cannot be used."""
    from kam_expert.reports import docx
    from kam_expert.reports.docx_template import TemplateRefused

    inside = chosen.kind != "customer"  # what is handed over does not say what it was made with
    about = [docx.About(each.case.name, each.case.as_of, each.book.version if inside else "") for each in diagnoses]
    try:
        return docx.render(documents, about, words, chosen.template)
    except TemplateRefused as refused:
        click.echo(words.word(refused.why), err=True)
        sys.exit(WRONG_USE)
