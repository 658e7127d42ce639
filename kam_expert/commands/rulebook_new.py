"""`kam-expert rulebook new`: a commented template to start from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from kam_expert.commands.reading import Books
from kam_expert.commands.terms import (
    WRONG_USE,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.maintenance.templates import FACT_KINDS, RULE_KINDS, NameTaken, What, template
from kam_expert.problems import ProblemsFound
from kam_expert.wording import render, wording


@click.group("new")
def new_group() -> None:
    """A template for a new entry. / 新条目的模板"""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (language_option, output_option, rules_option, profile_option):
        command = option(command)
    return click.argument("name", metavar="[ID]", required=False, default=None)(command)


@new_group.command("rule")
@click.option("--kind", type=click.Choice(RULE_KINDS), default="vote", help="Kind of rule. / 规则类别")
@_options
def new_rule(kind: str, **options: Any) -> None:
    """A rule. / 规则"""
    _write("rule", kind, "new-rule", **options)


@new_group.command("fact")
@click.option("--kind", type=click.Choice(FACT_KINDS), default="number", help="Type of fact. / 信息项类型")
@_options
def new_fact(kind: str, **options: Any) -> None:
    """A fact. / 信息项"""
    _write("fact", kind, "new_fact", **options)


@new_group.command("strategy")
@_options
def new_strategy(**options: Any) -> None:
    """A strategy. / 战略"""
    _write("strategy", "strategy", "new_strategy", **options)


@new_group.command("case")
@_options
def new_case(**options: Any) -> None:
    """A case with the facts of the short form. / 客户档案，列出短表中的信息项"""
    _write("case", "case", "new-case", **options)


def _write(
    what: What,
    kind: str,
    default: str,
    name: str | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """Print the template, or write it to a file that is not there yet; a file of its own gives it its id."""
    words = wording(lang)
    if output is not None and output.exists():
        click.echo(words.say("new.exists", file=output), err=True)
        sys.exit(WRONG_USE)
    own_file = output is not None and what in ("strategy", "case")
    chosen = name or (output.stem if output is not None and own_file else default)
    book = Books(root, profile, words).for_profile(None)
    try:
        text = template(what, kind, chosen, book, words, date.today())
    except NameTaken as taken:
        click.echo(
            words.say("new.taken_at" if taken.place else "new.taken", name=taken.name, place=taken.place), err=True
        )
        sys.exit(WRONG_USE)
    except ProblemsFound as found:
        for problem in found.problems:
            click.echo(render(problem, words, book), err=True)
        sys.exit(WRONG_USE)
    deliver(text, output, words)
