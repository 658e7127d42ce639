"""`kam-expert rulebook verify FILE`: whether a proof file proves what it claims."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kam_expert.case import profile_named_in, read_case_file
from kam_expert.commands.reading import Books, said
from kam_expert.commands.terms import (
    DONE,
    NOT_JUDGED,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.explanation.outcome import outcome_in_words
from kam_expert.explanation.verifying import claim_from, verify
from kam_expert.problems import ProblemsFound
from kam_expert.wording import wording


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式")
@profile_option
@rules_option
@output_option
@language_option
def verify_command(
    file: Path, format_: str, profile: str | None, root: Path | None, output: Path | None, lang: str
) -> None:
    """Check a proof written by `explain CASE proof`. / 复核“说明—证明”写出的文件"""
    words = wording(lang)
    document = read_case_file(file)
    book = Books(root, profile, words).for_profile(profile_named_in(document))
    try:
        claim = claim_from(document, book)
    except ProblemsFound as found:
        said(found, file, words, book)
        sys.exit(NOT_JUDGED)
    verdict = verify(claim, book)
    if format_ == "json":
        shown = {"verdict": verdict.kind, "outcome": claim.outcome, "facts": list(claim.facts)}
        shown |= {"counted": list(claim.counted), "also": list(verdict.also)}
        result = json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
    else:
        values = {
            "outcome": outcome_in_words(claim.outcome, claim.secondary, book, words),
            "also": words.say("list_comma").join(outcome_in_words(each, None, book, words) for each in verdict.also),
            "count": len(claim.facts),
            "counted": len(claim.counted),
            "others": len(book.facts) - len(claim.facts) - len(claim.counted),
            "made_for": claim.rulebook,
            "version": book.version,
        }
        kind = "beside_open" if verdict.kind == "not_settled" and not verdict.also else verdict.kind
        result = words.say(f"changes.verdict.{kind}", **values) + "\n"
    deliver(result, output, words)
    sys.exit(DONE if verdict.kind == "holds" else NOT_JUDGED)
