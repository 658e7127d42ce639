"""`kam-expert rulebook catalogue`: the method as linked pages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.commands.reading import Books
from kam_expert.commands.terms import WRONG_USE, not_written, preferred_language, profile_option, rules_option
from kam_expert.maintenance.catalogue.folder import ForeignFile, put
from kam_expert.maintenance.catalogue.gathering import gather
from kam_expert.maintenance.catalogue.shelf import origin_of
from kam_expert.problems import ProblemsFound
from kam_expert.wording import languages, render, wording

BOTH = "both"


@click.command("catalogue")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the pages. / 存放页面的文件夹",
)
@click.option("--format", "format_", type=click.Choice(["markdown", "html"]), default="markdown", help="Format. / 格式")
@click.option(
    "--lang",
    type=click.Choice([*languages(), BOTH]),
    default=preferred_language,
    help="Language of the pages; both: a folder for each. / 页面的语言；both 为两种语言各一个文件夹",
)
@profile_option
@rules_option
def catalogue_command(folder: Path, format_: str, lang: str, profile: str | None, root: Path | None) -> None:
    """Pages of everything the rulebook knows, linked both ways. / 规则库的全部内容，互相链接的页面"""
    from kam_expert.maintenance.catalogue import html, markdown

    shape = html if format_ == "html" else markdown
    chosen = languages() if lang == BOTH else (lang,)
    speaking = wording(preferred_language() if lang == BOTH else lang)
    book = Books(root, profile, speaking).for_profile(None)
    try:
        origin = origin_of(root)
    except ProblemsFound as found:
        for problem in found.problems:
            click.echo(render(problem, speaking), err=True)
        click.echo(speaking.say("problems_rulebook", count=len(found.problems)), err=True)
        sys.exit(WRONG_USE)
    for language in chosen:
        words = wording(language)
        others = {wording(each).say("catalogue.language"): f"../{each}" for each in chosen if each != language}
        target = folder / language if lang == BOTH else folder
        files = shape.render(gather(book, origin, words), words, others)
        try:
            removed = put(target, files, shape.MARK)
        except ForeignFile as foreign:
            click.echo(speaking.say("catalogue.foreign", file=foreign.path), err=True)
            sys.exit(WRONG_USE)
        except OSError as error:
            click.echo(not_written(target, error, speaking), err=True)
            sys.exit(WRONG_USE)
        click.echo(speaking.say("catalogue.written", count=len(files), folder=target), err=True)
        if removed:
            click.echo(speaking.say("catalogue.removed", files=speaking.say("list_comma").join(removed)), err=True)
