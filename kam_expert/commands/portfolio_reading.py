"""The accounts of a portfolio as the command line names them: case files and folders of case files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import polars as pl

from kam_expert.case import Case
from kam_expert.commands.reading import Books, read_case
from kam_expert.engines.compiled import Compiled
from kam_expert.plan import make_plan
from kam_expert.portfolio.members import Identity, members_frame
from kam_expert.recommendation import recommend
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State
from kam_expert.wording import Wording

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Read:
    """What was read: the accounts and the rulebook for all of them, None without any; how many files were left out."""

    accounts: tuple[pl.DataFrame, Rulebook] | None
    left_out: int
    total: int


def read_accounts(inputs: Sequence[Path], books: Books, words: Wording) -> Read:
    """Every account of the inputs, each judged under its profile; mistakes are said on stderr and the file left out.

    The portfolio is seen under the profile that all accounts share, the defaults if they differ.
    """
    files = [file for path in inputs for file in _files(path)]
    by_book: dict[Rulebook, list[Case]] = {}
    seen: dict[str, Path] = {}
    left_out = 0
    for file in files:
        read = read_case(file, books, words)
        if read is None:
            left_out += 1
            continue
        case, book = read
        if case.id in seen:
            click.echo(words.say("portfolio.twice", file=file, case=case.id, first=seen[case.id]), err=True)
            left_out += 1
            continue
        seen[case.id] = file
        by_book.setdefault(book, []).append(case)
    frames = [_frame(book, cases) for book, cases in by_book.items()]
    if not frames:
        return Read(None, left_out, len(files))
    book = next(iter(by_book)) if len(by_book) == 1 else books.for_profile(None)
    if len(by_book) > 1:
        named = [words.text(each.profile.label) for each in by_book if each.profile is not None]
        click.echo(words.say("portfolio.profiles", profiles=words.say("list_comma").join(named)), err=True)
    return Read((pl.concat(frames, how="diagonal_relaxed"), book), left_out, len(files))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())


def _frame(book: Rulebook, cases: Sequence[Case]) -> pl.DataFrame:
    compiled = Compiled(book)
    identities = []
    for case in cases:
        inputs = case.inputs(book)
        conclusions = compiled.conclude(inputs)
        state = State(conclusions.values, book.parameters, inputs.tables)
        plan = make_plan(case, book, conclusions, recommend(book, conclusions), state)
        hours = None if plan is None else float(plan.capacity.planned)
        identities.append(Identity(case.id, case.name, case.currency, hours))
    return members_frame(book, identities, [case.inputs(book) for case in cases])
