"""Rulebooks and cases as commands read them: every mistake is said on stderr in the user's language."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kam_expert.case import Case, case_from, profile_named_in, read_case_file
from kam_expert.commands.terms import WRONG_USE
from kam_expert.problems import ProblemsFound
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import Wording, render


class Books:
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


def read_case(path: Path, books: Books, words: Wording) -> tuple[Case, Rulebook] | None:
    """The case and its rulebook; None, with every mistake said, if the file is not one."""
    document = read_case_file(path)
    book = books.for_profile(profile_named_in(document))
    try:
        case: Case = case_from(document, book)
    except ProblemsFound as found:
        said(found, path, words, book)
        return None
    return case, book


def said(found: ProblemsFound, path: Path, words: Wording, book: Rulebook) -> None:
    """Every mistake of a case file on stderr, and how much of it is sound."""
    key = "problems_summary_one" if len(found.problems) == 1 else "problems_summary"
    click.echo(words.say(key, file=path.name, count=len(found.problems)), err=True)
    for problem in found.problems:
        click.echo(render(problem, words, book), err=True)
    if found.intact:
        click.echo(words.say("problems_intact", count=found.intact), err=True)
