"""What the commands of `explain` share: the case as given, the options before or after the command, the result."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from kam_expert.case import Case
from kam_expert.commands.reading import Books, read_case
from kam_expert.commands.terms import (
    NOT_JUDGED,
    WRONG_USE,
    deliver,
    language_option,
    output_option,
    profile_option,
    rules_option,
)
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation.explained import Explained
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.naming import UnknownName
from kam_expert.wording import Wording, wording

COMMON = ("lang", "root", "profile", "format_", "output")


@dataclass(frozen=True)
class Explaining:
    """What an explanation is asked for: a case with its rulebook, and how the answer is wanted."""

    case: Case
    book: Rulebook
    words: Wording
    format: str
    output: Path | None

    @cached_property
    def diagnosis(self) -> Diagnosis:
        return diagnose(self.case, self.book)

    def deliver(self, explained: Explained) -> None:
        """Print the explanation, or write it to the file asked for."""
        if self.format == "json":
            result = json.dumps(explained.json(), ensure_ascii=False, indent=2) + "\n"
        else:
            result = explained.text(self.words.language)
        deliver(result, self.output, self.words)

    def refuse(self, *messages: str) -> NoReturn:
        """Say on stderr what was asked wrongly and end."""
        for message in messages:
            click.echo(message, err=True)
        sys.exit(WRONG_USE)

    def refuse_name(self, unknown: UnknownName) -> NoReturn:
        """Answer a name that means nothing with the nearest ones."""
        near = self.words.say("list_comma").join(f"`{name}`" for name in unknown.near)
        key = "explain.name_unknown" if near else "explain.name_unknown_far"
        self.refuse(self.words.say(key, name=unknown.name, near=near))


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every explanation."""
    command = language_option(output_option(rules_option(profile_option(command))))
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Format. / 格式"
    )(command)


def explaining(command: Callable[..., None]) -> Callable[..., Any]:
    """A command of the group: it takes the common options and is given an `Explaining` first.

    An option given to the command counts before the same option given to the group. Ends the program if the case or
    the rulebook is broken.
    """

    @common_options
    @click.pass_context
    @wraps(command)
    def run(context: click.Context, /, **options: Any) -> None:
        given = {name: options.pop(name) for name in COMMON}
        group = context.parent
        assert group is not None
        for name in COMMON:
            if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
                given[name] = group.params[name]
        command(_read(group.params["case"], **given), **options)

    return run


def _read(
    path: Path, *, lang: str, root: Path | None, profile: str | None, format_: str, output: Path | None
) -> Explaining:
    words = wording(lang)
    found = read_case(path, Books(root, profile, words), words)
    if found is None:
        sys.exit(NOT_JUDGED)
    return Explaining(*found, words, format_, output)
