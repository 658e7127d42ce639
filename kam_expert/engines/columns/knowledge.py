"""Everything that follows from the facts, up to the rules that fire: layers of columns, each read from earlier ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from kam_expert.engines.columns.reading import (
    CODE,
    NUMBER,
    ROW,
    Reading,
    all_of,
    any_of,
    cell_column,
    number,
    shared_conditions,
    unknown,
    weighed,
)
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.expressions import Expression, names_in
from kam_expert.rulebook.schema import PositionRow


def given_column(fact: str) -> str:
    """The column of what was said of a fact, for a fact that is otherwise computed."""
    return f"~given.{fact}"


class Part:
    """The names that some rules and scores depend on, and what these read.

    `computed`: computed names in the order of the book; `inputs`: facts with `before.x`, `confidence.x` and `n/a.x`.
    """

    def __init__(self, book: Rulebook, rules: Iterable[Rule], names: Iterable[str]) -> None:
        self.book = book
        self.free = tuple(rule for rule in rules if rule.target is None)
        self.rules_of: dict[str, tuple[Rule, ...]] = {}
        for rule in book.rules:
            if rule.target is not None:
                self.rules_of[rule.target] = (*self.rules_of.get(rule.target, ()), rule)
        found: dict[str, None] = {}
        self.inputs: set[str] = set()
        waiting = [name for rule in self.free for name in names_in(rule.effective)] + list(names)
        while waiting:
            name = waiting.pop()
            if name in found or name in self.inputs:
                continue
            if name in book.order:
                found[name] = None
                waiting += self.read_by(name)
            if name not in book.order or name in book.facts:
                self.inputs.add(name)
        self.computed = tuple(name for name in book.order if name in found)

    def read_by(self, name: str) -> list[str]:
        """The names that a computed name is computed from."""
        return [*(other for each in self.expressions_of(name) for other in names_in(each)), *self.read_besides(name)]

    def expressions_of(self, name: str) -> tuple[Expression, ...]:
        book = self.book
        if name in book.measures:
            return book.measures[name].expressions
        if name in book.scores:
            return tuple(part.value for part in book.scores[name].parts)
        return tuple(rule.effective for rule in self.rules_of.get(name, ()))

    def read_besides(self, name: str) -> list[str]:
        """What a name reads outside conditions and formulas, with what does not apply."""
        book = self.book
        if name in book.facts:
            return [book.facts[name].derived or ""]
        if name in book.scores:
            return [book.scores[name].entry.prefer or ""] if book.scores[name].entry.prefer else []
        if name not in book.measures:
            return []
        measure = book.measures[name].entry
        if measure.by is not None:
            return [measure.by]
        if measure.completeness is not None:
            asked = [fact for fact in book.facts.values() if fact.short_form is not None]
            return [
                *(fact.id for fact in asked),
                *(f"n/a.{fact.id}" for fact in asked),
                *(fact.when for fact in asked if fact.when is not None),
            ]
        if measure.tally is not None and measure.tally.counts == "possible":
            waited = [each for line in book.measures[name].lines for each in names_in(line.condition)]
            return [f"n/a.{each}" for each in waited if self.is_fact(each)]
        return []

    def is_fact(self, name: str) -> bool:
        type_ = self.book.vocabulary.names.get(name)
        return type_ is not None and type_.origin == "fact"

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Every condition and formula of the part."""
        computed = [each for name in self.computed for each in self.expressions_of(name)]
        return (*computed, *(rule.effective for rule in self.free))


@dataclass
class Layer:
    """Columns that read only what earlier layers hold."""

    columns: list[pl.Expr] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)


@dataclass(frozen=True)
class Sum:
    """The column `name` of sums over a table; its term reads `names` of the account besides the row of the table."""

    name: str
    table: str
    term: pl.Expr
    names: tuple[str, ...]

    def over(self, frame: pl.DataFrame, rows: pl.DataFrame | None) -> pl.Series:
        """Added up from the first row to the last; a term that is not a number makes the sum none."""
        if rows is None:
            return pl.Series(self.name, [None], dtype=NUMBER).new_from_index(0, len(frame))
        owner = rows.get_column(ROW)
        if self.names:
            rows = rows.hstack([frame.get_column(name).gather(owner) for name in self.names])
        terms = rows.select(self.term.fill_null(math.nan)).to_series().to_numpy()
        total = np.bincount(owner.to_numpy(), weights=terms, minlength=len(frame))
        total[np.bincount(owner.to_numpy(), minlength=len(frame)) == 0] = math.nan
        return pl.Series(self.name, total, nan_to_null=True)


class Knowledge:
    """The columns of a part in layers. `traced`: with a column `fires.x` for the rules of models and signals too."""

    def __init__(self, part: Part, *, traced: bool) -> None:
        self.part = part
        self.book = part.book
        self.traced = traced
        self.depth: dict[str, int] = {}
        self.layers: list[Layer] = []
        shared = shared_conditions(part.expressions)
        self.reading = Reading(self.book.vocabulary, self.book.parameters, self.define, self.add_up, shared)
        for name in part.computed:
            self.compute(name)
        for rule in part.free:
            self.define(f"fires.{rule.id}", self.reading.truth(rule.effective).fill_null(False))

    def layer(self, reads: Iterable[str]) -> tuple[Layer, int]:
        """The first layer in which all these names are there."""
        depth = max((self.depth.get(name, 0) for name in reads), default=0)
        if depth == len(self.layers):
            self.layers.append(Layer())
        return self.layers[depth], depth + 1

    def define(self, name: str, value: pl.Expr) -> None:
        layer, self.depth[name] = self.layer(value.meta.root_names())
        layer.columns.append(value.alias(name))

    def add_up(self, name: str, table: str, term: pl.Expr) -> None:
        cells = {ROW, *map(cell_column, self.book.vocabulary.names[table].columns)}
        names = tuple(sorted(set(term.meta.root_names()) - cells))
        layer, self.depth[name] = self.layer(names)
        layer.sums.append(Sum(name, table, term, names))

    def conclude(self, frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """The frame with every column of the part. `tables`: the rows of each table, with the place of the account."""
        for layer in self.layers:
            sums = [each.over(frame, tables.get(each.table)) for each in layer.sums]
            frame = frame.with_columns([*layer.columns, *sums])
        return frame

    def compute(self, name: str) -> None:
        book = self.book
        if name in book.facts:
            self.define(name, pl.coalesce(pl.col(given_column(name)), pl.col(book.facts[name].derived or "")))
        elif name in book.measures:
            self.define(name, self.measure(book.measures[name]))
        elif name in book.scores:
            self.score(name, book.scores[name])
        elif name in book.models:
            self.position(name)
        else:
            self.signal(name)

    # measures

    def measure(self, measure: Computed) -> pl.Expr:
        entry = measure.entry
        if measure.expression is not None:
            if self.book.vocabulary.names[entry.id].kind == "flag":
                return self.reading.truth(measure.expression)
            value = self.reading.number(measure.expression)
        elif entry.tally is not None:
            value = self.tally(measure)
        elif entry.by is not None:
            value = self.looked_up(entry.by, entry.values or {})
        else:
            value = self.completeness()
        return self.reading.rounded(value, entry.decimals)

    def looked_up(self, by: str, values: Mapping[str, int | float]) -> pl.Expr:
        options = self.book.vocabulary.names[by].options
        worth = [float(values[option]) if option in values else None for option in options]
        return pl.lit(pl.Series(worth, dtype=NUMBER)).gather(pl.col(by))

    def tally(self, measure: Computed) -> pl.Expr:
        tally = measure.entry.tally
        assert tally is not None
        counted: list[tuple[pl.Expr, int]] = []
        for line in measure.lines:
            found = self.reading.truth(line.condition)
            open_ = ~self.excused(line.condition) if tally.counts == "possible" else False
            counted.append((found.fill_null(open_), line.entry.points))
        value = weighed(counted)
        if tally.cap is not None:
            value = value.clip(upper_bound=number(tally.cap))
        return value if measure.when is None else pl.when(self.reading.truth(measure.when)).then(value)

    def excused(self, node: Expression) -> pl.Expr:
        """Whether all that a condition waits for does not apply to the account; never null."""
        if isinstance(node, ex.Name):
            known = pl.col(node.name).is_not_null()
            return known | pl.col(f"n/a.{node.name}") if self.part.is_fact(node.name) else known
        children = [self.excused(child) for child in node.children() if names_in(child)]
        inner = all_of(children) if children else pl.lit(True)
        if isinstance(node, ex.And | ex.Or | ex.Not | ex.Known | ex.Certain):
            return self.reading.truth(node).is_not_null() | inner
        return inner

    def completeness(self) -> pl.Expr:
        applicable, given = [], []
        for fact in self.book.facts.values():
            if fact.short_form is None:
                continue
            applies = ~pl.col(f"n/a.{fact.id}")
            if fact.when is not None:
                applies = applies & pl.col(fact.when).fill_null(True)
            said = given_column(fact.id) if fact.id in self.book.order else fact.id
            applicable.append((applies, 1))
            given.append((applies & pl.col(said).is_not_null(), 1))
        count = weighed(applicable)
        return number(100) * weighed(given) / pl.when(count > number(0)).then(count)

    # scores

    def score(self, name: str, score: Weighted) -> None:
        total, known, whole = number(0), [], 0
        for index, part in enumerate(score.parts):
            value = f"~{name}.{index}"
            self.define(value, self.reading.number(part.value))
            total = total + (number(part.weight) * pl.col(value)).fill_null(0.0)
            known.append((pl.col(value).is_not_null(), part.weight))
            whole += part.weight
        share, points, coverage = f"~{name}.weight", f"~{name}.points", f"coverage.{name}"
        self.define(share, weighed(known))
        self.define(points, total)
        stated = self.reading.rounded(pl.col(share) / self.reading.divisor(whole), 2) if whole else number(0)
        preferred = score.entry.prefer
        if preferred is None:
            self.define(coverage, stated)
        else:
            self.define(coverage, pl.when(pl.col(preferred).is_not_null()).then(number(1)).otherwise(stated))
        enough = (pl.col(share) > number(0)) & (pl.col(coverage) >= number(self.book.parameters["min_coverage"]))
        mean = pl.when(enough).then(pl.col(points) / pl.col(share))
        if preferred is not None:
            mean = pl.coalesce(pl.col(preferred), mean)
        self.define(name, self.reading.rounded(mean, score.entry.decimals))

    # positions and signals

    def position(self, model: str) -> None:
        """The cell of the first row that is true; only that row fires."""
        rules = self.part.rules_of.get(model, ())
        options = self.book.vocabulary.names[model].options
        first, cell = unknown(CODE), unknown(CODE)
        for index, rule in reversed([*enumerate(rules)]):
            assert isinstance(rule.entry, PositionRow)
            if self.traced:
                place = pl.lit(index, dtype=CODE)
                first = pl.when(self.reading.truth(rule.effective)).then(place).otherwise(first)
            else:
                place = pl.lit(options.index(rule.entry.cell), dtype=CODE)
                cell = pl.when(self.reading.truth(rule.effective)).then(place).otherwise(cell)
        if not self.traced:
            self.define(model, cell)
            return
        row = f"~{model}.row"
        self.define(row, first)
        cells = [options.index(rule.entry.cell) for rule in rules if isinstance(rule.entry, PositionRow)]
        self.define(model, pl.lit(pl.Series(cells, dtype=CODE)).gather(pl.col(row)))
        for index, rule in enumerate(rules):
            self.define(f"fires.{rule.id}", (pl.col(row) == pl.lit(index, dtype=CODE)).fill_null(False))

    def signal(self, name: str) -> None:
        rules = self.part.rules_of.get(name, ())
        if not self.traced:
            self.define(name, any_of([self.reading.truth(rule.effective) for rule in rules] or [pl.lit(False)]))
            return
        for rule in rules:
            self.define(f"~true.{rule.id}", self.reading.truth(rule.effective))
            self.define(f"fires.{rule.id}", pl.col(f"~true.{rule.id}").fill_null(False))
        self.define(name, any_of([pl.col(f"~true.{rule.id}") for rule in rules] or [pl.lit(False)]))
