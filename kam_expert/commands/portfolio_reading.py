"""The accounts of a portfolio as the command line names them: case files, tables, databases, exports of a CRM."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click
import polars as pl

from kam_expert.batch.accounts import Accounts, Reading, case_of
from kam_expert.batch.blocks import Unusable
from kam_expert.batch.summary import told
from kam_expert.case import Case
from kam_expert.commands.reading import Books
from kam_expert.commands.terms import WRONG_USE
from kam_expert.engines.compiled import Compiled, compiled
from kam_expert.plan import make_plan
from kam_expert.portfolio.members import PLANNED, judged_frame
from kam_expert.problems import Problem
from kam_expert.recommendation import recommend
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State
from kam_expert.wording import Wording, render


@dataclass(frozen=True)
class Read:
    """What was read: the accounts and the rulebook for all of them, None without any; how many were left out."""

    accounts: tuple[pl.DataFrame, Rulebook] | None
    left_out: int
    total: int


class Readings:
    """How accounts are read under each profile that they name."""

    def __init__(self, books: Books, currency: str | None) -> None:
        self.books = books
        self.currency = currency
        self.found: dict[str | None, Reading] = {}

    def __call__(self, profile: str | None) -> Reading:
        if profile not in self.found:
            self.found[profile] = Reading(self.books.for_profile(profile), currency=self.currency)
        return self.found[profile]


def read_accounts(found: Iterator[tuple[Accounts, float]], readings: Readings, words: Wording) -> Read:
    """Every account, each judged under its profile; mistakes are said on stderr and the account left out.

    The portfolio is seen under the profile that all accounts share, the defaults if they differ. Ends the program if an
    input cannot be used.
    """
    frames: list[pl.DataFrame] = []
    books: dict[Rulebook, None] = {}
    seen: dict[str, str] = {}
    left_out = total = 0
    try:
        for accounts, _ in found:
            book = readings(accounts.profile).book
            _say(accounts, book, words)
            left_out += accounts.bad
            total += accounts.bad + len(accounts)
            kept, again = _once(accounts, seen, words)
            left_out += again
            if any(kept):
                frames.append(_frame(book, accounts).filter(pl.Series(kept)))
                books.setdefault(book)
    except Unusable as unusable:
        for why in unusable.reasons:
            click.echo(words.word(why), err=True)
        sys.exit(WRONG_USE)
    if not frames:
        return Read(None, left_out, total)
    if len(books) > 1:
        named = [words.text(each.profile.label) for each in books if each.profile is not None]
        click.echo(words.say("portfolio.profiles", profiles=words.say("list_comma").join(named)), err=True)
    whole = next(iter(books)) if len(books) == 1 else readings.books.for_profile(None)
    return Read((pl.concat(frames, how="diagonal_relaxed"), whole), left_out, total)


def _say(accounts: Accounts, book: Rulebook, words: Wording) -> None:
    """What was refused: of a case file as its other commands say it, of a table with line and column."""
    for refusal in accounts.refused:
        if not accounts.file and isinstance(refusal.why, Problem):
            click.echo(render(refusal.why, words, book), err=True)
        else:
            file, line, column, value, why = told(refusal, words, book)
            place = words.say("place", file=file, line=line, column=column)
            click.echo(f"{place}  {words.say('portfolio.refused', found=value, why=why)}", err=True)


def _once(accounts: Accounts, seen: dict[str, str], words: Wording) -> tuple[list[bool], int]:
    """Which accounts have a case that was not there before, and how many have not."""
    kept = []
    files = [case.file for case in accounts.cases] or [f"{accounts.file}:{line}" for line in accounts.lines]
    for case, file in zip(accounts.own.get_column("case").to_list(), files, strict=True):
        if case in seen:
            click.echo(words.say("portfolio.twice", file=file, case=case, first=seen[case]), err=True)
        kept.append(case not in seen)
        seen.setdefault(case, file)
    return kept, kept.count(False)


def _frame(book: Rulebook, accounts: Accounts) -> pl.DataFrame:
    """One row per account, with the hours of the activities of its plan."""
    engine = compiled(book)
    hours = [_planned(book, engine, case_of(accounts, row, book, None)) for row in range(len(accounts))]
    identity = accounts.own.select("case", "account", "currency").with_columns(
        pl.Series(PLANNED, hours, dtype=pl.Float64)
    )
    return judged_frame(book, identity, accounts.facts)


def _planned(book: Rulebook, engine: Compiled, case: Case) -> float | None:
    inputs = case.inputs(book)
    conclusions = engine.conclude(inputs)
    state = State(conclusions.values, book.parameters, inputs.tables)
    plan = make_plan(case, book, conclusions, recommend(book, conclusions), state)
    return None if plan is None else float(plan.capacity.planned)
