"""Accounts in columns to advice in columns: one row per account, with all that the advice rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.arrow import listed, of_places
from kam_expert.engines.columns.choosing import NONE, Choice
from kam_expert.engines.columns.columns import AT_ONCE, Columns
from kam_expert.engines.columns.memory import Memory, pack, side_by_side
from kam_expert.reports.brief import REASONS
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import SIGNAL_KINDS

Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int16]


class Judge:
    """Judges frames of facts; see `judge`. `measures`: with every measure."""

    def __init__(self, book: Rulebook, *, measures: bool = False) -> None:
        self.book = book
        self.columns = Columns(book)
        self.measures = measures
        self.reasons = Reasons(book, self.columns)
        knowledge = self.columns.conclusions.knowledge
        self.asked = tuple(
            (fact.id, None if fact.when is None else knowledge.reading.flag(fact.when))
            for fact in book.facts.values()
            if fact.short_form is not None
        )

    def judge(self, facts: pl.DataFrame) -> pl.DataFrame:
        """One row per account, in the same order.

        `level`, `level_rule` (what limits it), `primary`, `secondary`, `runner_up`, `next_waves`, `forced_by`,
        `default`, `completeness` (per cent), a column per position, score (0 to 100) and strategy (points), the
        signals that are true by kind, `reasons` (the rules that carry the recommendation most), `missing` (facts of
        the short form that nobody gave), `rules` (all that fired). With `measures`, each measure in its unit.
        """
        parts = [self.memory_and_choice(part) for part in facts.iter_slices(AT_ONCE)] or [self.memory_and_choice(facts)]
        found = [self._rows(memory, choice) for memory, choice in parts]
        return pl.concat(found, rechunk=False)

    def memory_and_choice(self, facts: pl.DataFrame) -> tuple[Memory, Choice]:
        memory = self.columns.conclusions.run(self.columns.conclusions.entrance.given(facts))
        return memory, self.columns.choose(memory)

    def _rows(self, memory: Memory, choice: Choice) -> pl.DataFrame:
        book = self.book
        advice = self.columns.advice(choice)
        concluded = self.columns.conclusions.columns(memory, fires=False)
        names = [name for name in self.complete if name in concluded.columns]
        columns = [
            advice.get_column("level"),
            advice.get_column("level_rule"),
            advice.get_column("primary"),
            advice.get_column("secondary"),
            advice.get_column("runner_up"),
            advice.get_column("waves").alias("next_waves"),
            advice.get_column("forced_by"),
            advice.get_column("default"),
            *(concluded.get_column(name).alias("completeness") for name in names[:1]),
            *(concluded.get_column(name).alias(f"positions.{name}") for name in book.models),
            *(concluded.get_column(name).alias(f"scores.{name}") for name in book.scores),
            *(advice.get_column(f"points.{name}").alias(f"strategies.{name}") for name in book.candidates),
            *self._signals(memory),
            self.reasons.found(memory, choice),
            self._missing(memory),
            self._fired(memory),
        ]
        if self.measures:
            columns += [concluded.get_column(name).alias(f"measures.{name}") for name in book.measures]
        return pl.DataFrame(columns)

    @cached_property
    def complete(self) -> tuple[str, ...]:
        """The measures of how complete a case is."""
        return tuple(name for name, each in self.book.measures.items() if each.entry.completeness is not None)

    def _signals(self, memory: Memory) -> Iterable[pl.Series]:
        """By kind, the signals that are true."""
        flags = self.columns.conclusions.knowledge.reading.flags
        for kind in SIGNAL_KINDS:
            names = [name for name, each in self.book.signals.items() if each.kind == kind]
            true = side_by_side([memory.true[flags[name]] for name in names], memory.count)
            yield listed(f"signals.{kind}", names, true)

    def _missing(self, memory: Memory) -> pl.Series:
        """Facts of the short form that apply and have no value."""
        names, rows = [], []
        for name, when in self.asked:
            value = memory.value(name)
            kind = self.book.vocabulary.names[name].kind
            missing = pack((value != 1) if kind in ("text", "table") else np.isnan(value))
            if f"n/a.{name}" in memory.given.values:
                missing &= pack(memory.value(f"n/a.{name}") != 1)
            if when is not None:
                missing &= ~memory.false[when]
            names.append(name)
            rows.append(missing)
        return listed("missing", names, side_by_side(rows, memory.count))

    def _fired(self, memory: Memory) -> pl.Series:
        fires = self.columns.conclusions.knowledge.fires
        names = [rule.id for rule in self.book.rules]
        return listed("rules", names, side_by_side([memory.true[fires[name]] for name in names], memory.count))


class Reasons:
    """The rules that carry each recommendation most, as the brief report lists them."""

    def __init__(self, book: Rulebook, columns: Columns) -> None:
        self.book = book
        self.columns = columns
        self.names = tuple(rule.id for rule in book.rules)
        place = {name: index for index, name in enumerate(self.names)}
        table = columns.table
        self.votes: list[list[int]] = []
        for strategy in table.names:
            votes = [(points, place[rule]) for rule, name, points in table.votes if name == strategy and points > 0]
            self.votes.append([rule for _, rule in sorted(votes, key=lambda vote: -vote[0])])
        self.forced = [place[rule.id] for rule in table.forced]
        self.defaults = [place[rule.id] for rule in table.defaults]
        self.signals = [[place[rule.id] for rule in book.rules if rule.target == name] for name in book.signals]

    def found(self, memory: Memory, choice: Choice) -> pl.Series:
        chosen = _Chosen(memory.count, self._fired(memory))
        overruled = choice.winner != choice.primary
        forced = np.where(overruled, choice.forced, NONE)
        for special, rules in ((forced, self.forced), (np.where(choice.advised, choice.default, NONE), self.defaults)):
            for index, rule in enumerate(rules):
                chosen.take(special == index, rule, fired=False)
        for strategy in (choice.primary, *choice.secondary):
            for index in np.unique(strategy[strategy != NONE]):
                mask = strategy == index
                for rule in self.votes[index]:
                    if not chosen.take(mask, rule):
                        break
        without = chosen.filled == 0
        if without.any():
            self._by_signals(chosen, without)
        kept = np.arange(REASONS)[:, None] < chosen.filled
        ends = np.concatenate([[0], np.cumsum(chosen.filled, dtype=np.int64)])
        return of_places("reasons", self.names, chosen.rules.T[kept.T], ends)

    def _fired(self, memory: Memory) -> Callable[[int], Truths]:
        kept: dict[int, Truths] = {}
        knowledge = self.columns.conclusions.knowledge

        def fired(rule: int) -> Truths:
            if rule not in kept:
                kept[rule] = knowledge.fired(memory, self.names[rule])
            return kept[rule]

        return fired

    def _by_signals(self, chosen: _Chosen, without: Truths) -> None:
        """Where nothing carries a recommendation, the first rule of each of the first signals."""
        for rules in self.signals:
            before = chosen.filled.copy()
            for rule in rules:
                chosen.take(without & (chosen.filled == before), rule)


class _Chosen:
    """The rules chosen so far of each account, at most so many."""

    def __init__(self, count: int, fired: Callable[[int], Truths]) -> None:
        self.rules = np.full((REASONS, count), NONE, dtype=np.int16)
        self.filled = np.zeros(count, dtype=np.int16)
        self.fired = fired

    def take(self, mask: Truths, rule: int, *, fired: bool = True) -> bool:
        """Add a rule where it is wanted, has fired, is not there yet and there is room; whether there is room left."""
        wanted = mask & (self.filled < REASONS)
        if not wanted.any():
            return False
        if fired:
            wanted &= self.fired(rule)
        wanted &= (self.rules != rule).all(axis=0)
        places = np.flatnonzero(wanted)
        self.rules[self.filled[places], places] = rule
        self.filled[places] += 1
        return True
