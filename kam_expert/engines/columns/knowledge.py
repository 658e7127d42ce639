"""Everything that follows from the facts, up to the rules that fire, as one program over many accounts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np

from kam_expert.engines.columns.memory import NOWHERE, Given, Memory, Numbers, Places, Truths, unpack
from kam_expert.engines.columns.reading import Formula, Reading, Step, rounded
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.expressions import Expression, names_in
from kam_expert.rulebook.schema import PositionRow


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


class Knowledge:
    """The program of a part. `run` it, then ask for what it found."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.book = part.book
        self.reading = Reading(self.book.vocabulary, self.book.parameters)
        self.program = self.reading.program
        self.fires: dict[str, int] = {}
        self.coverage: dict[str, int] = {}
        for name in part.computed:
            self.compute(name)
        for rule in part.free:
            self.fires[rule.id] = self.reading.truth(rule.effective)

    def run(self, given: Given) -> Memory:
        with np.errstate(all="ignore"):
            return self.program.run(given)

    def fired(self, memory: Memory, rule: str) -> Truths:
        """By account, whether a rule fired."""
        return memory.truths(self.fires[rule])

    def numbers(self, memory: Memory, name: str) -> Numbers:
        """The values of a computed number, NaN where unknown."""
        return memory.numbers[self.reading.quantities[name]]

    def places(self, memory: Memory, name: str) -> Places:
        """Of a position the place of its cell; of a flag or signal 1 for true and 0 for false; -1 where unknown."""
        if name in self.reading.cells:
            return self.cells(memory, name)
        place = self.reading.flags[name]
        known = unpack(memory.true[place] | memory.false[place], memory.count)
        return np.where(known, memory.truths(place), NOWHERE).astype(np.int16)

    def cells(self, memory: Memory, model: str) -> Places:
        found = np.full(memory.count, NOWHERE, dtype=np.int16)
        for index, place in enumerate(self.reading.cells[model][:-1]):
            if memory.true[place]:
                found[memory.truths(place)] = index
        return found

    def compute(self, name: str) -> None:
        book, reading = self.book, self.reading
        if name in book.facts:
            self.fact(name, book.facts[name].derived or "")
        elif name in book.measures:
            measure = book.measures[name]
            if measure.expression is not None and book.vocabulary.names[name].kind == "flag":
                reading.flags[name] = reading.truth(measure.expression)
            else:
                value, decimals = self.measure(measure), measure.entry.decimals
                reading.quantities[name] = self.program.number(lambda memory: rounded(value(memory), decimals))
        elif name in book.scores:
            self.score(name, book.scores[name])
        elif name in book.models:
            self.position(name)
        else:
            self.signal(name)

    def fact(self, name: str, derived: str) -> None:
        """A fact that is computed unless it is given."""
        computed = self.reading.quantity(derived)

        def either(memory: Memory) -> Numbers:
            given = memory.value(name)
            return np.where(np.isnan(given), memory.numbers[computed], given)

        self.reading.quantities[name] = self.program.number(either)

    # measures

    def measure(self, measure: Computed) -> Formula:
        entry = measure.entry
        if measure.expression is not None:
            place = self.reading.number(measure.expression)
            return lambda memory: memory.numbers[place]
        if entry.tally is not None:
            return self.tally(measure)
        if entry.by is not None:
            return self.looked_up(entry.by, entry.values or {})
        return self.completeness()

    def looked_up(self, by: str, values: Mapping[str, int | float]) -> Formula:
        worth = [float(values.get(option, math.nan)) for option in self.book.vocabulary.names[by].options]
        lookup = np.array([*worth, math.nan])  # the last one is for -1
        if by in self.reading.cells:
            return lambda memory: lookup[self.cells(memory, by)]
        place = self.reading.quantity(by)
        return lambda memory: lookup[np.nan_to_num(memory.numbers[place], nan=NOWHERE).astype(np.int16)]

    def tally(self, measure: Computed) -> Formula:
        tally = measure.entry.tally
        assert tally is not None
        lines: list[tuple[int, int]] = []
        for line in measure.lines:
            place = self.reading.truth(line.condition)
            if tally.counts == "possible":
                place = self.possible(place, self.excused(line.condition))
            lines.append((place, line.entry.points))
        when = None if measure.when is None else self.reading.truth(measure.when)
        cap = math.inf if tally.cap is None else tally.cap

        def count(memory: Memory) -> Numbers:
            total = np.zeros(memory.count)
            for place, points in lines:
                if memory.true[place]:
                    total += points * memory.truths(place)
            total = np.minimum(total, cap)
            return total if when is None else np.where(memory.truths(when), total, math.nan)

        return count

    def possible(self, condition: int, excused: int) -> int:
        """Whether a condition is true, or may be for all that is known."""
        return self.reading.certain(
            lambda memory: memory.true[condition] | memory.all & ~(memory.false[condition] | memory.true[excused])
        )

    def excused(self, node: Expression) -> int:
        """Whether all that a condition waits for does not apply to the account."""
        reading = self.reading
        if isinstance(node, ex.Name):
            known = reading.known(node.name)
            return reading.any_of([known, reading.flag(f"n/a.{node.name}")]) if self.part.is_fact(node.name) else known
        inner = reading.all_of([self.excused(child) for child in node.children() if names_in(child)])
        if isinstance(node, ex.And | ex.Or | ex.Not | ex.Known | ex.Certain):
            found = reading.truth(node)
            decided = reading.certain(lambda memory: memory.true[found] | memory.false[found])
            return reading.any_of([decided, inner])
        return inner

    def completeness(self) -> Formula:
        lines: list[tuple[int | None, str]] = []
        for fact in self.book.facts.values():
            if fact.short_form is not None:
                lines.append((None if fact.when is None else self.reading.flag(fact.when), fact.id))
        present = {name for _, name in lines if self.reading.kind(name) in ("text", "table")}

        def count(memory: Memory) -> Numbers:
            applicable, given = np.zeros(memory.count), np.zeros(memory.count)
            for when, name in lines:
                value = memory.value(name)
                applies = memory.value(f"n/a.{name}") != 1
                if when is not None and memory.false[when]:
                    applies &= ~unpack(memory.false[when], memory.count)
                applicable += applies
                given += applies & ((value == 1) if name in present else (value == value))
            return 100.0 * given / np.where(applicable > 0, applicable, math.nan)

        return count

    # scores

    def score(self, name: str, score: Weighted) -> None:
        parts = [(part.weight, self.reading.number(part.value)) for part in score.parts]
        whole = sum(part.weight for part in score.parts)
        preferred = None if score.entry.prefer is None else self.reading.quantity(score.entry.prefer)
        least, decimals = self.book.parameters["min_coverage"], score.entry.decimals

        def cover(memory: Memory) -> Numbers:
            known = self.weight(memory, parts)
            share = rounded(known / whole, 2) if whole else known
            return share if preferred is None else np.where(np.isnan(memory.numbers[preferred]), share, 1.0)

        coverage = self.coverage[name] = self.program.number(cover)

        def mean(memory: Memory) -> Numbers:
            total, known = np.zeros(memory.count), self.weight(memory, parts)
            for weight, place in parts:
                value = weight * memory.numbers[place]
                total += np.where(np.isnan(value), 0.0, value)
            enough = (known > 0) & (memory.numbers[coverage] >= least)
            found = np.where(enough, total / known, math.nan)
            if preferred is not None:
                chosen = memory.numbers[preferred]
                found = np.where(np.isnan(chosen), found, chosen)
            return rounded(found, decimals)

        self.reading.quantities[name] = self.program.number(mean)

    def weight(self, memory: Memory, parts: Iterable[tuple[int, int]]) -> Numbers:
        """The weight of the parts that are known."""
        known = np.zeros(memory.count)
        for weight, place in parts:
            known += weight * ~np.isnan(memory.numbers[place])
        return known

    # positions and signals

    def position(self, model: str) -> None:
        """The cell of the first row that is true; only that row fires."""
        reading = self.reading
        rules = self.part.rules_of.get(model, ())
        rows = [reading.truth(rule.effective) for rule in rules]
        known = reading.certain(self.bits_of_any(rows))
        for index, rule in enumerate(rules):
            self.fires[rule.id] = reading.certain(self.bits_of_first(rows[: index + 1]))
        cells = []
        for option in self.book.vocabulary.names[model].options:
            places = [
                self.fires[rule.id]
                for rule in rules
                if isinstance(rule.entry, PositionRow) and rule.entry.cell == option
            ]
            cells.append(self.program.truth(self.cell(places, known)))
        reading.cells[model] = (*cells, known)

    def bits_of_any(self, places: list[int]) -> Callable[[Memory], int]:
        def find(memory: Memory) -> int:
            found = 0
            for place in places:
                found |= memory.true[place]
            return found

        return find

    def bits_of_first(self, places: list[int]) -> Callable[[Memory], int]:
        """Where the last of these is the first that is true."""
        before, last = self.bits_of_any(places[:-1]), places[-1]
        return lambda memory: memory.true[last] & ~before(memory)

    def cell(self, places: list[int], known: int) -> Callable[[int], Step]:
        bits = self.bits_of_any(places)
        return lambda place: lambda memory: memory.decide(place, bits(memory), memory.true[known])

    def signal(self, name: str) -> None:
        rules = self.part.rules_of.get(name, ())
        for rule in rules:
            self.fires[rule.id] = self.reading.truth(rule.effective)
        self.reading.flags[name] = self.reading.any_of([self.fires[rule.id] for rule in rules])
