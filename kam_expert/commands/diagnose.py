"""`kam-expert diagnose`: the recommendation for one or more accounts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.commands.reading import Books, read_case, said
from kam_expert.commands.rendering import (
    COMPOSED,
    ENDINGS,
    FILES,
    FORMATS,
    MISLEADING,
    TEMPLATED,
    USUAL,
    Chosen,
    Format,
    rendered,
)
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
    template_option,
)
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.documents import composing
from kam_expert.documents.composing import NotStated
from kam_expert.documents.customer import NotHandedOver
from kam_expert.problems import ProblemsFound
from kam_expert.reports import content
from kam_expert.reports.refusal import TemplateRefused
from kam_expert.review.history import History, read_history
from kam_expert.wording import Wording, wording


@click.command("diagnose")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CASE...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
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
    type=click.Choice([kind for kind in composing.KINDS if kind != "deck"]),
    default=None,
    help="report: with all reasons; plan: the account plan; summary: one page; customer: fit to be handed over. / 文档",
)
@template_option
@profile_option
@rules_option
@output_option
@language_option
def diagnose_command(
    cases: tuple[Path, ...],
    format_: Format,
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
    _fitting(cases, format_, kind, template, output, words)
    kind = kind or USUAL.get(format_, "report")
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
        except ExceptionGroup as refused:
            for each in refused.exceptions:
                assert isinstance(each, NotHandedOver)
                click.echo(_why_not(each, words), err=True)
            sys.exit(WRONG_USE)
        except TemplateRefused as refused:
            click.echo(words.word(refused.why), err=True)
            sys.exit(WRONG_USE)
        deliver(result, output, words)
    sys.exit(code)


def _why_not(refused: NotHandedOver, words: Wording) -> str:
    """Why a customer gets no plan, and what to do instead."""
    refusal = refused.refusal
    if refusal is None:
        why, instead = (words.say(f"documents.reader_unknown.{part}") for part in ("why", "instead"))
    else:
        why, instead = words.text(refusal.why), words.text(refusal.instead)
    first = words.say("documents.not_handed_over", account=refused.account, why=why)
    return f"{first}\n{words.say('documents.not_handed_over_instead', instead=instead)}"


def _fitting(
    cases: tuple[Path, ...],
    format_: Format,
    kind: composing.Kind | None,
    template: Path | None,
    output: Path | None,
    words: Wording,
) -> None:
    """Ends the program before anything is judged if what was asked for does not go together."""
    reason = None
    if format_ in FILES and output is None:
        reason = words.say("output_needed")
    elif output is not None and output.suffix.lower() in MISLEADING - ENDINGS[format_]:
        reason = words.say(
            "ending_unfit", file=output.name, format=format_, endings=", ".join(sorted(ENDINGS[format_]))
        )
    elif format_ == "xlsx" and len(cases) > 1:
        reason = words.say("account_workbook.needs_one")
    elif template is not None and format_ not in TEMPLATED:
        reason = words.say("template_unfit", formats=", ".join(sorted(TEMPLATED)))
    elif kind is not None and format_ not in COMPOSED:
        reason = words.say("own_content", format=format_)
    if reason is not None:
        click.echo(reason, err=True)
        sys.exit(WRONG_USE)
    if output is not None:
        keep_inputs(map(str, (*cases, *(() if template is None else (template,)))), (output,), words)
