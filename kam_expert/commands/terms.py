"""What every command shares: exit codes, the options for language, rulebook and output, and how a result leaves."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from kam_expert.wording import Wording, languages
from kam_expert.writing import write_whole

DONE, NOT_JUDGED, WRONG_USE = 0, 1, 2


def preferred_language() -> str:
    """The language of KAM_EXPERT_LANG or of the locale, English when neither is one of ours."""
    for variable in ("KAM_EXPERT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")[:2].lower()
        if value in languages():
            return value
    return "en"


def language_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--lang",
        type=click.Choice(list(languages())),
        default=preferred_language,
        help="Language of the report and of messages. / 报告与提示的语言",
    )(command)


def rules_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--rules",
        "root",
        type=click.Path(path_type=Path),
        default=None,
        help="Folder of another rulebook. / 另一套规则库的文件夹",
    )(command)


def profile_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--profile", default=None, help="Enterprise profile: a preset or a file. / 企业参数")(command)


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        default=None,
        help="Write to a file. / 输出文件",
    )(command)


def template_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--template",
        type=click.Path(path_type=Path),
        default=None,
        help="Your own template for docx or pptx. / 自有模板（docx、pptx）",
    )(command)


def deliver(result: str | bytes, output: Path | None, words: Wording) -> None:
    """Write a result to a file, or to the terminal; what is not text has to go to a file."""
    if output is None:
        if isinstance(result, bytes):
            click.echo(words.say("output_needed"), err=True)
            sys.exit(WRONG_USE)
        click.echo(result.encode() if _ascii_only() else result, nl=False)
        return
    try:
        write_whole(output, result)
    except OSError as error:
        click.echo(not_written(output, error, words), err=True)
        sys.exit(WRONG_USE)


def keep_inputs(inputs: Iterable[str], results: Iterable[Path], words: Wording) -> None:
    """Ends the program if a result would be written over an input, or over another result."""
    taken = {Path(place).resolve() for place in inputs}
    for path in results:
        if path.resolve() in taken and not path.is_dir():
            click.echo(words.say("output_over_input", file=path), err=True)
            sys.exit(WRONG_USE)
        taken.add(path.resolve())


def not_written(file: object, error: OSError, words: Wording) -> str:
    """That a file could not be written and why, in words for what happens often, else as the machine says it."""
    key = f"output_reason.{errno.errorcode.get(error.errno or 0, '')}"
    reason = words.say(key) if words.has(key) else error.strerror or str(error)
    return words.say("output_failed", file=file, reason=reason)


def _ascii_only() -> bool:
    """Whether stdout cannot write Chinese; UTF-8 is sent then, which every terminal in use reads."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return not encoding.startswith(("utf", "gb"))
