"""A rulebook made ready once, to judge many accounts at a time: facts in columns, the recommendation in columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.choosing import NONE, Choice, Fired, Table, choose
from kam_expert.engines.columns.frames import Entrance
from kam_expert.engines.columns.knowledge import Knowledge, Part
from kam_expert.engines.columns.memory import Given, Memory
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import LEVELS, DefaultRule, LevelRule

STATUSES = ("primary", "secondary", "next_wave", "candidate", "blocked", "vetoed", "not_eligible")
AT_ONCE = 65536  # accounts: so many that the steps cost little beside the work, and memory a quarter of a GB
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

    def judge(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """What is concluded and recommended, one row per account in the same order.

        Columns: every computed name; `coverage.x` by score (0 to 1); `fires.x` by rule, true or false; and those of
        `advice`. With `advice_only` of the names only what is needed, and no `fires.x`.
        """
        parts = [self._judge(part) for part in accounts.iter_slices(AT_ONCE)]
        return pl.concat(parts, rechunk=False) if parts else self._judge(accounts)

    def _judge(self, accounts: pl.DataFrame) -> pl.DataFrame:
        memory = self.conclusions.run(self.conclusions.entrance.given(accounts))
        found = self.conclusions.columns(memory)
        return found.hstack(self.advice(self.choose(memory)).get_columns())

    def choices(self, given: Given) -> Choice:
        """The recommendation to accounts that are given as arrays, as arrays: the quickest way."""
        return self.choose(self.conclusions.run(given))

    def choose(self, memory: Memory) -> Choice:
        knowledge = self.conclusions.knowledge
        return self.choose_fired({rule: knowledge.fired(memory, rule) for rule in self.table.rules}, memory.count)

    def choose_fired(self, fired: Fired, count: int) -> Choice:
        """The recommendation to each of `count` accounts, by where each rule of selection fired."""
        return choose(self.table, fired, count)

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
        names = self.table.names
        lists = [listed("secondary", names, choice.secondary)]
        if not self.advice_only:
            waves = np.where(choice.waits, np.arange(len(names), dtype=np.int32)[:, None], np.int32(NONE))
            lists.append(listed("waves", names, waves))
            places |= self.statuses(choice)
        columns = {name: row.astype(np.int16) for name, row in places.items()}
        columns |= {f"points.{name}": row for name, row in zip(names, choice.points, strict=True)}
        return pl.DataFrame(columns).select(self.wording).hstack(lists)

    @cached_property
    def wording(self) -> tuple[pl.Expr, ...]:
        """The columns of a recommendation from those of its places."""
        names = self.table.names
        forced = [rule.id for rule in self.table.forced]
        found = [
            *(pl.col(f"points.{name}") for name in names),
            words("level", LEVELS),
            words("primary", names),
            words("runner_up", names),
            words("free_winner", names),
            words("forced_by", forced),
            words("upheld_by", forced),
            words("default", self.defaults),
            words("level_rule", self.level_rules),
        ]
        if not self.advice_only:
            found += [words(f"status.{name}", STATUSES) for name in names]
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
        self.knowledge = Knowledge(self.part)
        self.reads = frozenset(self.part.inputs)
        nodes = (node for expression in self.part.expressions for node in ex.walk(expression))
        sums = frozenset(node.table.name for node in nodes if isinstance(node, ex.SumOver))
        self.entrance = Entrance(book, self.reads, sums)

    def run(self, given: Given) -> Memory:
        return self.knowledge.run(given)

    def conclude(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Every computed name, `coverage.x` by score and `fires.x` by rule, one row per account."""
        return self.columns(self.run(self.entrance.given(accounts)))

    def columns(self, memory: Memory, *, fires: bool = True) -> pl.DataFrame:
        """What has been computed; `fires`: with the rules, unless only advice is asked for."""
        from kam_expert.engines.columns.arrow import truths

        knowledge, quantities = self.knowledge, self.knowledge.reading.quantities
        found = {name: knowledge.numbers(memory, name) for name in self.part.computed if name in quantities}
        worded = {name: knowledge.cells(memory, name) for name in self.worded if name in self.book.models}
        flags = {name: knowledge.reading.flags[name] for name in self.worded if name not in self.book.models}
        found |= {f"coverage.{name}": memory.numbers[place] for name, place in knowledge.coverage.items()}
        frame = pl.DataFrame({**found, **worded}, nan_to_null=True).with_columns(self.wording)
        frame = frame.hstack(truths(memory, flags)).select(*found, *self.worded)
        return frame.hstack(truths(memory, self.fires, unknown=False)) if self.traced and fires else frame

    @cached_property
    def worded(self) -> tuple[str, ...]:
        """The computed names that are no numbers."""
        return tuple(name for name in self.part.computed if name not in self.knowledge.reading.quantities)

    @cached_property
    def fires(self) -> dict[str, int]:
        """The columns of the rules, and where it is kept whether they fire."""
        return {f"fires.{rule.id}": self.knowledge.fires[rule.id] for rule in self.book.rules}

    @cached_property
    def wording(self) -> tuple[pl.Expr, ...]:
        """The cells of positions as words."""
        names = [name for name in self.worded if name in self.book.models]
        return tuple(words(name, self.book.vocabulary.names[name].options) for name in names)


def words(name: str, options: Sequence[str]) -> pl.Expr:
    """The words at the places in a column, null at null and at -1, which is the last of a lookup."""
    lookup = pl.Series([*options, None], dtype=pl.Enum(options))
    return pl.lit(lookup).gather(pl.col(name)).alias(name)


def listed(name: str, options: Sequence[str], places: npt.NDArray[np.int32]) -> pl.Series:
    """A list of words per account from the places in its column, -1 being left out."""
    from kam_expert.engines.columns.arrow import of_places

    by_account = np.ascontiguousarray(places.T)
    there = by_account != NONE
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    return of_places(name, options, by_account[there], ends).cast(pl.List(pl.Enum(options)))
