"""`kam-expert rulebook graph`: what leads to what."""

from __future__ import annotations

import sys
from pathlib import Path

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
from kam_expert.maintenance.drawing import DrawingFailed, NoGraphviz, svg
from kam_expert.maintenance.graph import around, dot, meanings, whole
from kam_expert.rulebook.naming import UnknownName, find
from kam_expert.wording import wording


@click.command("graph")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["dot", "svg"]),
    default=None,
    help="Format; by default that of the file's ending, else dot. / 格式，默认按文件扩展名，否则为 dot",
)
@click.option("--up", is_flag=True, help="Only what leads to the names. / 只画通向这些名称的部分")
@click.option("--down", is_flag=True, help="Only what follows from the names. / 只画由这些名称引出的部分")
@click.option("--depth", type=click.IntRange(min=1), default=None, help="At most so many steps away. / 最多相隔几步")
@profile_option
@rules_option
@output_option
@language_option
def graph_command(
    names: tuple[str, ...],
    format_: str | None,
    up: bool,
    down: bool,
    depth: int | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """What leads to what, from facts to strategies. / 信息项到战略的依赖关系图"""
    words = wording(lang)
    if not names and (up or down or depth is not None):
        click.echo(words.say("graph.names_needed"), err=True)
        sys.exit(WRONG_USE)
    book = Books(root, profile, words).for_profile(None)
    try:
        known = meanings(book)
        found = [node for name in names for node in find(known, name)]
    except UnknownName as unknown:
        near = words.say("list_comma").join(f"`{name}`" for name in unknown.near)
        key = "graph.name_unknown" if near else "graph.name_unknown_far"
        click.echo(words.say(key, name=unknown.name, near=near), err=True)
        sys.exit(WRONG_USE)
    shown = whole(book, [node for node in found if node.kind == "parameter"])
    if found:
        shown = around(shown, found, up=up or not down, down=down or not up, depth=depth)
    text = dot(shown, book, words)
    chosen = format_ or ("svg" if output is not None and output.suffix.lower() == ".svg" else "dot")
    try:
        deliver(svg(text) if chosen == "svg" else text, output, words)
    except NoGraphviz:
        click.echo(words.say("graph.no_graphviz"), err=True)
        sys.exit(WRONG_USE)
    except DrawingFailed as failed:
        click.echo(words.say("graph.not_drawn", reason=failed.reason), err=True)
        sys.exit(WRONG_USE)
