"""A run: accounts in, results and rejects out, a summary at the end. Memory does not grow with the accounts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kam_expert.batch.accounts import Accounts, Reading
from kam_expert.batch.blocks import Refusal, Unusable
from kam_expert.batch.judging import Judge
from kam_expert.batch.margin import Margins
from kam_expert.batch.results import KINDS, Rejects, whole_file
from kam_expert.imports.sheets import Stated
from kam_expert.problems import Phrase
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.reading import TERRITORY
from kam_expert.rulebook.territory import Territory, load_territory


@dataclass(frozen=True)
class Wish:
    """What a run shall do. `default_source`: where facts come from that do not say so."""

    stated: Stated = field(default_factory=Stated)
    currency: str | None = None
    default_source: str | None = None
    margin: bool = True
    measures: bool = False


@dataclass
class Summary:
    """How a run ended. `refused`: cells and rows in the rejects, `bad`: accounts that were left out.

    `fragile`: accounts whose primary one fact changes that is slightly otherwise, if `margins` were looked for.
    `twice`: rows whose case was there before. `left_out`: by file, the columns that mean nothing to the rulebook;
    `near`: facts they may have meant.
    """

    judged: int = 0
    bad: int = 0
    refused: int = 0
    seconds: float = 0.0
    levels: Counter[str] = field(default_factory=Counter)
    primaries: Counter[str] = field(default_factory=Counter)
    margins: bool = False
    fragile: int = 0
    twice: int = 0
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)


class Desk:
    """Reads and judges the accounts of one profile."""

    def __init__(self, book: Rulebook, wish: Wish, root: Path | None) -> None:
        self.book = book
        self.reading = Reading(book, currency=wish.currency, default_source=wish.default_source)
        self.judge = Judge(book, measures=wish.measures)
        self.margins = Margins(book, _territory(book, root)) if wish.margin else None

    def flagged(self, facts: pl.DataFrame, name: str) -> list[int]:
        """The rows of the accounts of which a flag or signal is true."""
        memory, _ = self.judge.memory_and_choice(facts)
        place = self.judge.columns.conclusions.knowledge.reading.flags.get(name)
        truths = memory.value(name) == 1 if place is None else memory.truths(place)
        return [int(row) for row in truths.nonzero()[0]]

    def judged(self, accounts: Accounts) -> pl.DataFrame:
        """One row per account: who it is, then what `Judge.judge` and `Margins.of` say."""
        parts = [accounts.own.select("case", "account", "currency"), self.judge.judge(accounts.facts)]
        if self.margins is not None:
            parts.append(self.margins.of(accounts.facts))
        return pl.concat(parts, how="horizontal")


def _territory(book: Rulebook, root: Path | None) -> Territory | None:
    """What values facts usually have; a rulebook need not say it."""
    return load_territory(book, root) if ((root or shipped()) / TERRITORY).exists() else None


class Desks:
    """A desk for each profile that is met."""

    def __init__(self, books: Callable[[str | None], Rulebook], wish: Wish, root: Path | None) -> None:
        self.books = books
        self.wish = wish
        self.root = root
        self.found: dict[str | None, Desk] = {}

    def desk(self, profile: str | None) -> Desk:
        if profile not in self.found:
            self.found[profile] = Desk(self.books(profile), self.wish, self.root)
        return self.found[profile]

    def reading(self, profile: str | None) -> Reading:
        return self.desk(profile).reading


Found = Iterator[tuple[Accounts, float]]
"""Accounts, some at a time, each with how much of everything has been read."""
Told = Callable[[Refusal], list[str]]
Seen = Callable[[int, float], None]
Shown = Callable[[pl.DataFrame], pl.DataFrame]
Also = Callable[[Accounts, pl.DataFrame], None]


def run(
    found: Found,
    desks: Desks,
    output: Path,
    rejects: Path,
    head: list[str],
    told: Told,
    seen: Seen | None = None,
    also: Also | None = None,
    shown: Shown | None = None,
) -> Summary:
    """Judge all accounts into a file, and write what was refused into another.

    `told`: a refusal in words, `head` above them. `seen` is called with the accounts judged so far and how much has
    been read; `also` with each part of the result; `shown` says how a part is written. Raises `Unusable` and OSError,
    and then leaves no file.
    """
    begun = time.perf_counter()
    summary = Summary()
    cases: list[pl.Series] = []
    kind = KINDS.get(output.suffix.lower())
    if kind is None:
        raise Unusable(Phrase("batch.output_unknown", {"file": output.name, "allowed": ", ".join(KINDS)}))
    with ExitStack() as stack:
        rejects_beside = stack.enter_context(whole_file(rejects))
        beside = stack.enter_context(whole_file(output))
        bin_ = Rejects(rejects_beside, head)
        with kind(beside) as rows:
            for accounts, share in found:
                judged = desks.desk(accounts.profile).judged(accounts)
                rows.add(judged if shown is None else shown(judged))
                bin_.add([told(each) for each in accounts.refused])
                if also is not None:
                    also(accounts, judged)
                _count(summary, accounts, judged, desks)
                cases.append(judged.get_column("case").hash())
                if seen is not None:
                    seen(summary.judged, share)
        bin_.close()
        summary.refused = bin_.count
    if not summary.refused:
        rejects.unlink(missing_ok=True)
    if cases:
        summary.twice = summary.judged - pl.concat(cases).n_unique()
    summary.seconds = time.perf_counter() - begun
    return summary


def _count(summary: Summary, accounts: Accounts, judged: pl.DataFrame, desks: Desks) -> None:
    summary.judged += len(judged)
    summary.bad += accounts.bad
    for counter, name in ((summary.levels, "level"), (summary.primaries, "primary")):
        for word, count in judged.get_column(name).cast(pl.String).drop_nulls().value_counts().iter_rows():
            counter[word] += count
    if "margin" in judged.columns:
        summary.margins = True
        summary.fragile += int((judged.get_column("near_facts").list.len() > 0).sum())
    if accounts.left_out and accounts.file not in summary.left_out:
        summary.left_out[accounts.file] = accounts.left_out
        headers = desks.reading(accounts.profile).headers
        summary.near |= {name: near for name in accounts.left_out if (near := headers.near(name)) is not None}
