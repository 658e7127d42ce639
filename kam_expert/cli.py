"""The command line. Results go to stdout or a file, messages to stderr.

Exit codes 0 done, 1 a case could not be judged, 2 wrong use.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kam_expert import __version__
from kam_expert.case import Case, case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.problems import ProblemsFound
from kam_expert.reports import content, text
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import Wording, languages, render, wording
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kam-expert")
def main() -> None:
    """A reasoned second opinion on key accounts. / 大客户战略的第二意见"""


@main.command("diagnose")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CASE...")
@click.option(
    "--format", "format_", type=click.Choice(["text", "markdown", "json"]), default="text", help="Format. / 格式"
)
@click.option(
    "--depth",
    type=click.Choice(content.DEPTHS),
    default=None,
    help="brief: one screen; reasons: with all reasons; full: with plan and facts. / 详略",
)
@click.option("--profile", default=None, help="Enterprise profile: a preset or a file. / 企业参数")
@click.option("--rules", "root", type=click.Path(path_type=Path), default=None, help="Folder of another rulebook.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="Write to a file. / 输出文件")
@language_option
def diagnose_command(
    cases: tuple[Path, ...],
    format_: str,
    depth: content.Depth | None,
    profile: str | None,
    root: Path | None,
    output: Path | None,
    lang: str,
) -> None:
    """What to do with an account, and why. / 诊断客户，给出战略建议与理由"""
    words = wording(lang)
    books = _Books(root, profile, words)
    diagnoses: list[Diagnosis] = []
    code = DONE
    for path in cases:
        found = _judge(path, books, words)
        if found is None:
            code = NOT_JUDGED
        else:
            diagnoses.append(found)
    if diagnoses:
        _deliver(_rendered(diagnoses, format_, depth, words), output, words)
    sys.exit(code)


@main.group("rulebook")
def rulebook_group() -> None:
    """For those who maintain the method. / 规则库维护"""


@rulebook_group.command("schema")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="Write to a file.")
@language_option
def schema_command(output: Path | None, lang: str) -> None:
    """The JSON Schema of `diagnose --format json`."""
    from kam_expert.reports import json_document

    _deliver(json.dumps(json_document.json_schema(), ensure_ascii=False, indent=2) + "\n", output, wording(lang))


class _Books:
    """The rulebook for each profile, read once."""

    def __init__(self, root: Path | None, profile: str | None, words: Wording) -> None:
        self.root = root
        self.profile = profile
        self.words = words
        self.read: dict[str | None, Rulebook] = {}

    def for_profile(self, named: str | None) -> Rulebook:
        """The rulebook under the profile of the command line, else that of the case.

        Ends the program if it is broken.
        """
        profile = self.profile or named
        if profile not in self.read:
            try:
                self.read[profile] = load_rulebook(self.root, profile)
            except ProblemsFound as found:
                for problem in found.problems:
                    click.echo(render(problem, self.words), err=True)
                click.echo(self.words.say("problems_rulebook", count=len(found.problems)), err=True)
                sys.exit(WRONG_USE)
        return self.read[profile]


def _judge(path: Path, books: _Books, words: Wording) -> Diagnosis | None:
    document = read_case_file(path)
    book = books.for_profile(profile_named_in(document))
    try:
        case: Case = case_from(document, book)
    except ProblemsFound as found:
        key = "problems_summary_one" if len(found.problems) == 1 else "problems_summary"
        click.echo(words.say(key, file=path.name, count=len(found.problems)), err=True)
        for problem in found.problems:
            click.echo(render(problem, words, book), err=True)
        if found.intact:
            click.echo(words.say("problems_intact", count=found.intact), err=True)
        return None
    return diagnose(case, book)


def _rendered(diagnoses: list[Diagnosis], format_: str, depth: content.Depth | None, words: Wording) -> str:
    if format_ == "json":
        from kam_expert.reports import json_document

        if len(diagnoses) == 1:
            return json_document.render(diagnoses[0], words)
        return json_document.render_all(diagnoses, words)
    show = text.render
    if format_ == "markdown":
        from kam_expert.reports import markdown

        show = markdown.render
    chosen: content.Depth = depth or ("full" if format_ == "markdown" else "brief")
    return "\n\n".join(show(content.document(diagnosis, words, chosen)) for diagnosis in diagnoses)


def _deliver(result: str, output: Path | None, words: Wording) -> None:
    if output is None:
        click.echo(result.encode() if _ascii_only() else result, nl=False)
        return
    try:
        write_whole(output, result)
    except OSError as error:
        click.echo(words.say("output_failed", file=output, reason=error.strerror or str(error)), err=True)
        sys.exit(WRONG_USE)


def _ascii_only() -> bool:
    """Whether stdout cannot write Chinese; UTF-8 is sent then, which every terminal in use reads."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return not encoding.startswith(("utf", "gb"))
