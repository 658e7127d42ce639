"""A rulebook made ready once, to judge many accounts at a time: facts in columns, the recommendation in columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.choosing import NONE, Choice, Table, choose
from kam_expert.engines.columns.frames import Entrance
from kam_expert.engines.columns.knowledge import Knowledge, Part, given_column
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import DefaultRule, LevelRule

LEVELS = ("advised", "screening", "hold", "do_not_pursue")
STATUSES = ("primary", "secondary", "next_wave", "candidate", "blocked", "vetoed", "not_eligible")
AT_ONCE = 65536  # accounts: the memory they take is some hundred megabytes
Codes = npt.NDArray[np.int32]


class Columns:
    """Judges frames of accounts; see `judge`. `advice_only`: only the scores and what the recommendation depends on.

    `reads`: the columns that `judge` looks at: facts, `before.x`, `confidence.x` and `n/a.x`.
    """

    def __init__(self, book: Rulebook, *, advice_only: bool = False) -> None:
        self.book = book
        self.advice_only = advice_only
        self.conclusions = Concluding(book, advice_only=advice_only)
        self.reads = self.conclusions.reads
        self.table = Table(book)
        selecting = [*self.table.levels, *self.table.forced, *self.table.defaults, *self.table.seat_rules]
        names = [*(rule.id for rule in selecting), *self.table.voting, *(rule for rule, _, _ in self.table.against)]
        self.selecting = tuple(dict.fromkeys(names))

    def judge(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """What is concluded and recommended, one row per account in the same order.

        Columns: every computed name; `coverage.x` by score (0 to 1); `fires.x` by rule, true or false; `points.x` by
        strategy; and those of `advice`. Of the rules and names only what is needed with `advice_only`.
        """
        parts = [self._judge(part) for part in accounts.iter_slices(AT_ONCE)]
        return pl.concat(parts, rechunk=False) if parts else self._judge(accounts)

    def _judge(self, accounts: pl.DataFrame) -> pl.DataFrame:
        found = self.conclusions.conclude(accounts)
        choice = self.choose(found)
        names = [*self.conclusions.named, *([] if self.advice_only else self.conclusions.traces)]
        return found.select(names).hstack(self.advice(choice).get_columns())

    def choose(self, concluded: pl.DataFrame) -> Choice:
        """The recommendation as arrays, from the columns of the rules that fired."""
        fired = {rule: concluded.get_column(f"fires.{rule}").to_numpy() for rule in self.selecting}
        return choose(self.table, fired, len(concluded))

    def advice(self, choice: Choice) -> pl.DataFrame:
        """The columns of a recommendation.

        `points.x` by strategy, `level`, `primary`, `secondary` (a list, in order), `runner_up`, `free_winner`,
        `forced_by`, `upheld_by`, `default`, `level_rule`; unless only advice is asked for, `waves` (a list, by
        precedence) and `status.x` by strategy.
        """
        overruled = choice.winner != choice.primary
        places: dict[str, npt.NDArray[np.signedinteger]] = {
            "level": self.levels(choice),
            "primary": choice.primary,
            "runner_up": choice.runner_up,
            "free_winner": choice.winner,
            "forced_by": np.where(overruled, choice.forced, NONE),
            "upheld_by": np.where(overruled, NONE, choice.forced),
            "default": np.where(choice.advised, choice.default, NONE),
            "level_rule": self.level_rule(choice),
        }
        places |= {f"secondary.{index}": row for index, row in enumerate(choice.secondary)}
        if not self.advice_only:
            waves = np.where(choice.waits, np.arange(len(self.table.names))[:, None], NONE)
            places |= {f"waves.{index}": row for index, row in enumerate(waves)} | self.statuses(choice)
        columns = {name: row.astype(np.int16) for name, row in places.items()}
        columns |= {f"points.{name}": row for name, row in zip(self.table.names, choice.points, strict=True)}
        return pl.DataFrame(columns).select(self.wording)

    @cached_property
    def wording(self) -> tuple[pl.Expr, ...]:
        """The columns of a recommendation from those of its places."""
        names = self.table.names
        forced = [rule.id for rule in self.table.forced]
        seats = int(max(self.table.seats, self.table.seats_with_enabler, 0))
        found = [
            *(pl.col(f"points.{name}") for name in names),
            words("level", LEVELS),
            words("primary", names),
            listed("secondary", names, seats),
            words("runner_up", names),
            words("free_winner", names),
            words("forced_by", forced),
            words("upheld_by", forced),
            words("default", self.defaults),
            words("level_rule", self.level_rules),
        ]
        if not self.advice_only:
            found += [listed("waves", names, len(names)), *(words(f"status.{name}", STATUSES) for name in names)]
        return tuple(found)

    @cached_property
    def defaults(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.table.defaults)

    @cached_property
    def level_rules(self) -> tuple[str, ...]:
        return (*(rule.id for rule in self.table.levels), *self.defaults)

    def level_rule(self, choice: Choice) -> Codes:
        """The place among `level_rules` of the rule that limits the level."""
        speaks = ~choice.advised & (choice.default != NONE)
        return np.where(speaks, choice.default + len(self.table.levels), choice.limited).astype(np.int32)

    def levels(self, choice: Choice) -> Codes:
        found = np.where(choice.advised, LEVELS.index("advised"), LEVELS.index("screening")).astype(np.int32)
        for index, rule in enumerate(self.table.levels):
            if isinstance(rule.entry, LevelRule):
                found[choice.limited == index] = LEVELS.index(rule.entry.level)
        for index, rule in enumerate(self.table.defaults):
            if isinstance(rule.entry, DefaultRule) and rule.entry.level is not None:
                found[~choice.advised & (choice.default == index)] = LEVELS.index(rule.entry.level)
        return found

    def statuses(self, choice: Choice) -> dict[str, Codes]:
        """How each strategy stands, as `Standing.status` says it."""
        found = {}
        for place, name in enumerate(self.table.names):
            status = np.full(len(choice.primary), STATUSES.index("candidate"), dtype=np.int32)
            for word, holds in (
                ("blocked", choice.blocked[place]),
                ("not_eligible", choice.barred[place]),
                ("vetoed", choice.vetoed[place]),
                ("next_wave", choice.waits[place]),
                ("secondary", (choice.secondary == place).any(axis=0)),
                ("primary", choice.primary == place),
            ):
                status[holds] = STATUSES.index(word)
            found[f"status.{name}"] = status
        return found


class Concluding:
    """All that follows from the facts, without the choice of strategies."""

    def __init__(self, book: Rulebook, *, advice_only: bool = False) -> None:
        self.book = book
        self.traced = not advice_only
        rules = [rule for rule in book.rules if not (advice_only and rule.kind in ("insert", "goal"))]
        self.part = Part(book, rules, book.scores if advice_only else book.order)
        self.reads = frozenset(self.part.inputs)
        derived = {name: given_column(name) for name in self.part.inputs if name in book.order}
        sums = {
            node.table.name
            for expression in self.part.expressions
            for node in ex.walk(expression)
            if isinstance(node, ex.SumOver)
        }
        self.entrance = Entrance(book, self.reads, derived, frozenset(sums))
        self.knowledge = Knowledge(self.part, traced=self.traced)
        self.traces = tuple(f"fires.{rule.id}" for rule in (book.rules if self.traced else self.part.free))
        worded = {
            name: words(name, book.vocabulary.names[name].options) if name in book.models else pl.col(name)
            for name in self.part.computed
        }
        coverage = [pl.col(f"coverage.{name}") for name in book.scores]
        self.named: tuple[pl.Expr, ...] = (*worded.values(), *coverage)

    def conclude(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """A frame with the columns of every computed name, `coverage.x` and `fires.x`; choices and cells as places."""
        return self.knowledge.conclude(self.entrance.enter(accounts), self.entrance.tables(accounts))


def words(name: str, options: Sequence[str]) -> pl.Expr:
    """The words at the places in a column, null at null and at -1, which is the last of a lookup."""
    lookup = pl.Series([*options, None], dtype=pl.Enum(options))
    return pl.lit(lookup).gather(pl.col(name)).alias(name)


def listed(name: str, options: Sequence[str], count: int) -> pl.Expr:
    """A list of words from the places in `count` columns, -1 being left out."""
    found = [words(f"{name}.{index}", options) for index in range(count)]
    return pl.concat_list(found).list.drop_nulls().alias(name)
