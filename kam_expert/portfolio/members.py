"""The accounts of a portfolio as rows of known values, from a frame of facts and conclusions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from kam_expert.engines.columns.columns import Columns
from kam_expert.engines.columns.frames import accounts_frame
from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value

CASE, ACCOUNT, CURRENCY, PLANNED = "case", "account", "currency", "planned_hours"
ADVICE = ("level", "primary")


@dataclass(frozen=True)
class Identity:
    """Who an account is. `planned`: hours of the activities of its plan, None without a plan."""

    case: str
    account: str
    currency: str
    planned: float | None = None


@dataclass(frozen=True)
class Member:
    """One account: who it is, what is recommended for it, and every known value that the portfolio reads."""

    case: str
    account: str
    currency: str
    level: str | None
    primary: str | None
    values: Mapping[str, Value]


@lru_cache(maxsize=8)
def columns_of(book: Rulebook) -> Columns:
    """The rulebook made ready for many accounts; built once for each."""
    return Columns(book)


def members_frame(book: Rulebook, identities: Iterable[Identity], inputs: Iterable[Inputs]) -> pl.DataFrame:
    """One row per account: identity, facts, all that follows from them, and the recommendation."""
    identity = pl.DataFrame(
        [(each.case, each.account, each.currency, each.planned) for each in identities],
        schema={CASE: pl.String, ACCOUNT: pl.String, CURRENCY: pl.String, PLANNED: pl.Float64},
        orient="row",
    )
    return judged_frame(book, identity, accounts_frame(book, list(inputs)))


def judged_frame(book: Rulebook, identity: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The same from a frame of facts. `identity`: `case`, `account`, `currency` and, where known, `planned_hours`."""
    judged = columns_of(book).judge(accounts)
    facts = accounts.drop([name for name in accounts.columns if name in judged.columns])
    return identity.hstack(facts.get_columns()).hstack(judged.get_columns())


def members_of(book: Rulebook, frame: pl.DataFrame, names: Iterable[str]) -> tuple[Member, ...]:
    """The rows in the order of their case ids, so that the order of the input does not matter.

    `names`: what is kept of each; columns that the frame lacks are unknown. Raises ValueError if an id occurs twice.
    """
    if frame.get_column(CASE).is_duplicated().any():
        raise ValueError("the same case twice in one portfolio")
    kept = [name for name in dict.fromkeys(names) if name in frame.columns]
    advice = [name for name in ADVICE if name in frame.columns]
    options = {
        name: book.vocabulary.names[name].options
        for name in kept
        if book.vocabulary.names[name].kind == "choice" and frame.schema[name].is_integer()
    }
    planned = [PLANNED] if PLANNED in frame.columns else []
    wanted = list(dict.fromkeys([CASE, ACCOUNT, CURRENCY, *advice, *planned, *kept]))
    found = []
    for row in frame.select(wanted).sort(CASE).iter_rows(named=True):
        values = {name: row[name] for name in (*kept, *planned) if row[name] is not None}
        values |= {name: places[values[name]] for name, places in options.items() if name in values}
        found.append(Member(row[CASE], row[ACCOUNT], row[CURRENCY], _text(row, "level"), _text(row, "primary"), values))
    return tuple(found)


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return None if value is None else str(value)
