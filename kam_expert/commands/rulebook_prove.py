"""`kam-expert rulebook prove`: the promises of the rulebook, proven or broken by an account."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

import click

from kam_expert.case_text import case_file, case_of
from kam_expert.commands.reading import Books
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    not_written,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.maintenance.proving import Outcome, prove
from kam_expert.problems import nearest
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import Wording, wording
from kam_expert.writing import write_whole


@click.command("prove")
@click.argument("properties", nargs=-1, metavar="[PROPERTY...]")
@click.option("--accounts", type=click.Path(path_type=Path), help="Folder for accounts found. / 反例客户的文件夹")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes at work. / 并行进程数")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@rules_option
@output_option
@language_option
def prove_command(
    properties: tuple[str, ...],
    accounts: Path | None,
    workers: int | None,
    format_: str,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """Prove what the rulebook promises of every account. / 证明规则库对所有客户的承诺"""
    words = wording(lang)
    book = Books(root, profile, words).for_profile(None)
    known = [stated.entry.id for stated in book.properties]
    for name in properties:
        if name not in known:
            near = nearest(name, known) or ", ".join(known)
            click.echo(words.say("prove.unknown_property", name=name, nearest=near), err=True)
            sys.exit(WRONG_USE)
    load = partial(load_rulebook, root, profile)
    outcomes = list(prove(book, load, properties, workers or min(os.cpu_count() or 1, 8)))
    failed = [outcome for outcome in outcomes if outcome.verdict != "holds" and not outcome.excepted]
    if accounts is not None:
        _write(accounts, _files(failed, book, words), words)
    result = _json(outcomes, book, words) if format_ == "json" else _text(outcomes, book, words)
    deliver(result, output, words)
    sys.exit(NOT_JUDGED if failed else DONE)


def _write(folder: Path, files: dict[str, str], words: Wording) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_whole(folder / f"{name}.yaml", text)
    except OSError as error:
        click.echo(not_written(folder, error, words), err=True)
        sys.exit(WRONG_USE)


def _named(outcome: Outcome) -> str:
    return " ".join(outcome.items)


def _files(outcomes: list[Outcome], book: Rulebook, words: Wording) -> dict[str, str]:
    """The accounts that break something, as case files by name."""
    found = {}
    titles = {stated.entry.id: stated.entry.title for stated in book.properties}
    for outcome in outcomes:
        for number, account in enumerate(outcome.accounts, start=1):
            stem = "-".join([outcome.property, *outcome.items, *([str(number)] if len(outcome.accounts) > 1 else [])])
            stem = stem.replace("_", "-").lower()
            comment = words.say("prove.breaks", title=words.word(titles[outcome.property]))
            found[stem] = case_file(case_of(book, account, stem), comment)
    return found


def _text(outcomes: list[Outcome], book: Rulebook, words: Wording) -> str:
    lines = []
    for stated in book.properties:
        own = [outcome for outcome in outcomes if outcome.property == stated.entry.id]
        if not own:
            continue
        bad = [outcome for outcome in own if outcome.verdict != "holds" and not outcome.excepted]
        state = (
            "prove.holds" if not bad else "prove.broken" if any(o.verdict == "broken" for o in bad) else "prove.open"
        )
        lines.append(words.say(state, id=stated.entry.id, title=words.word(stated.entry.title), count=len(own)))
        for outcome in own:
            if outcome.excepted and outcome.verdict != "holds":
                reason = next(
                    stated.entry.exceptions[item] for item in outcome.items if item in stated.entry.exceptions
                )
                lines.append("  " + words.say("prove.excepted", item=_named(outcome), reason=words.word(reason)))
        for outcome in bad:
            lines.append("  " + words.say(f"prove.item_{outcome.verdict}", item=_named(outcome) or stated.entry.id))
            for text in _files([outcome], book, words).values():
                lines += [f"    {line}" for line in text.splitlines()]
    failed = sum(outcome.verdict != "holds" and not outcome.excepted for outcome in outcomes)
    lines.append(words.say("prove.summary", questions=len(outcomes), failed=failed))
    return "\n".join(lines) + "\n"


def _json(outcomes: list[Outcome], book: Rulebook, words: Wording) -> str:
    found = [
        {
            "property": outcome.property,
            "items": list(outcome.items),
            "verdict": outcome.verdict,
            "excepted": outcome.excepted,
            "accounts": _files([outcome], book, words),
        }
        for outcome in outcomes
    ]
    return json.dumps({"rulebook": book.version, "outcomes": found}, ensure_ascii=False, indent=2) + "\n"
