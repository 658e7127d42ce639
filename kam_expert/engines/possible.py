"""What can still become of an account of which only some facts are settled: a plain reading with sets for values.

What comes out is never too little: whatever an account with these settled facts concludes is among it. It may be too
much, for two names are taken as if they had nothing to do with each other. So "only this can come out" is a proof, for
which neither the network nor a solver is needed. The conditions are read once and kept as functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.sets import (
    CALLS,
    CERTAIN,
    COMPARE,
    COMPUTE,
    FALSE,
    FAR,
    NEVER,
    SWAPPED,
    TRUE,
    UNKNOWN,
    Ask,
    Numbers,
    either,
    if_else,
    joined,
    may_be_known,
    may_be_unknown,
    mean,
    rounded,
)
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import Fact, PositionRow

RATING = (1.0, 1.0 + 100 / 25)
THERE = frozenset(("",))
"""The one option of a text or a table: being there."""
ABSENT, OPEN = "n/a!", "open!"
"""Beside the names: the facts that do not apply, and those that are open."""


class Reading:
    """A rulebook made ready once; `values` gives what every name may be worth."""

    def __init__(self, book: Rulebook, wanted: Iterable[Rule]) -> None:
        self.book = book
        self.constants = State({}, book.parameters)
        self.short = tuple(fact for fact in book.facts.values() if fact.short_form is not None)
        self.asks = {rule.id: self.ask(rule.effective) for rule in wanted}
        self.reads = {rule.id: frozenset(ex.base_names([rule.effective])) for rule in wanted}
        self.behind: dict[str, tuple[str, ...]] = {}
        self.steps = self._steps(dict.fromkeys(ex.base_names(rule.effective for rule in wanted)))
        self.moved_by = cache(self._moved_by)

    def _steps(self, read: dict[str, None]) -> tuple[tuple[str, Ask], ...]:
        """The computed names that are needed, in order, each with how it is computed."""
        book = self.book
        steps: list[tuple[str, Ask]] = []
        for name in reversed(book.order):
            if name not in read:
                continue
            rules = [rule for rule in book.rules if rule.target == name]
            if name in book.measures:
                ask, behind = self.measure(book.measures[name]), book.measures[name].reads
                if book.measures[name].entry.completeness is not None:
                    behind = (*behind, *(fact.when for fact in self.short if fact.when is not None))
            elif name in book.facts:
                derived = book.facts[name].derived or ""
                ask, behind = self.derived(name, derived), (derived,)
            elif name in book.scores:
                ask, behind = self.score(book.scores[name]), book.scores[name].reads
            else:
                behind = ex.base_names(rule.effective for rule in rules)
                ask = self.position(rules) if name in book.models else self.signal(rules)
            read.update(dict.fromkeys(behind))
            self.behind[name] = behind
            steps.append((name, ask))
        return tuple(reversed(steps))

    def _moved_by(self, names: frozenset[str]) -> tuple[tuple[tuple[str, Ask], ...], tuple[tuple[str, Ask], ...]]:
        """The computed names and the rules that depend on some facts, each with how it is computed."""
        moved = set(names)
        counted = not names.isdisjoint(fact.id for fact in self.short)
        steps = []
        for name, ask in self.steps:
            counts = name in self.book.measures and self.book.measures[name].entry.completeness is not None
            if not moved.isdisjoint(self.behind[name]) or name in names or (counted and counts):
                moved.add(name)
                steps.append((name, ask))
        rules = tuple((rule, ask) for rule, ask in self.asks.items() if not moved.isdisjoint(self.reads[rule]))
        return tuple(steps), rules

    # facts

    def settled(self, inputs: Inputs, open_facts: Collection[str]) -> dict[str, Any]:
        """What each fact may be worth: what the account says of it, or anything at all if it is open."""
        found: dict[str, Any] = {ABSENT: inputs.not_applicable - frozenset(open_facts), OPEN: frozenset(open_facts)}
        for name, fact in self.book.facts.items():
            before, trust = f"before.{name}", f"confidence.{name}"
            if name in open_facts:
                found[name] = found[before] = anything(fact)
                found[trust] = (0.0, 1.0, True)
            elif fact.type == "table":
                rows = inputs.tables.get(name)
                found[name] = (THERE, False) if rows else (frozenset(), True)
                found[f"rows.{name}"] = rows
            else:
                found[name] = exactly(fact, inputs.values.get(name))
                found[before] = exactly(fact, inputs.values.get(before))
                held = inputs.values.get(trust)
                found[trust] = NEVER if held is None else (held, held, False)
        return found

    def values(self, start: Mapping[str, Any]) -> dict[str, Any]:
        """What every name may be worth."""
        found = dict(start)
        for name, ask in self.steps:
            found[name] = ask(found)
        return found

    # computed names

    def derived(self, name: str, source: str) -> Ask:
        def asked(values: dict[str, Any]) -> Any:
            given = values[name]
            return given if not given[-1] else either([(given[0], given[1], False), values[source]])

        return asked

    def measure(self, measure: Computed) -> Ask:
        entry, expression = measure.entry, measure.expression
        if expression is not None:
            ask = self.ask(expression)
            if entry.flag is not None:
                return ask
            return lambda values: rounded(ask(values), entry.decimals)
        if entry.tally is not None:
            return self.tally(measure)
        if entry.by is not None:
            return self.lookup(entry.by, entry.values or {}, entry.decimals)
        return lambda values: rounded(self.completeness(values), entry.decimals)

    def lookup(self, by: str, numbers: Mapping[str, float], decimals: int) -> Ask:
        def asked(values: dict[str, Any]) -> Any:
            options, unknown = values[by]
            found = [round_half_up(float(numbers[option]), decimals) for option in options if option in numbers]
            return (min(found), max(found), unknown or len(found) < len(options)) if found else NEVER

        return asked

    def tally(self, measure: Computed) -> Ask:
        tally = measure.entry.tally
        assert tally is not None
        cap, possible, decimals = tally.cap, tally.counts == "possible", measure.entry.decimals
        lines = [(self.ask(line.condition), line.entry.points, ex.names_in(line.condition)) for line in measure.lines]
        when = None if measure.when is None else self.ask(measure.when)

        def asked(values: dict[str, Any]) -> Any:
            held = TRUE if when is None else when(values)
            if not held & TRUE:
                return NEVER
            low = high = 0
            for ask, points, names in lines:
                truth = ask(values)
                counts, fails = truth & TRUE, truth & FALSE
                if truth & UNKNOWN:
                    waits = [name for name in names if may_be_unknown(values[name])]
                    counts |= possible and any(name not in values[ABSENT] for name in waits)
                    fails |= not possible or any(name in values[ABSENT] or name in values[OPEN] for name in waits)
                low += min(points, 0) if counts and fails else points if counts else 0
                high += max(points, 0) if counts and fails else points if counts else 0
            ends = (low, high) if cap is None else (min(low, cap), min(high, cap))
            return (round_half_up(float(ends[0]), decimals), round_half_up(float(ends[1]), decimals), held != TRUE)

        return asked

    def completeness(self, values: dict[str, Any]) -> Numbers:
        """The share of the short form that is known, at worst and at best."""
        ends = []
        for wished in ("given", "missing"):
            given = applies = 0
            for fact in self.short:
                name = fact.id
                ways = {"given"} if may_be_known(values[name]) else set()
                if may_be_unknown(values[name]):
                    left_out = name in values[ABSENT] or name in values[OPEN]
                    ways |= ({"out"} if left_out else set()) | (set() if name in values[ABSENT] else {"missing"})
                if fact.when is not None:
                    truth = values[fact.when]
                    ways = ways | {"out"} if truth & FALSE else ways
                    ways = {"out"} if truth == FALSE else ways
                way = wished if wished in ways else "out" if "out" in ways else next(iter(ways))
                given += way == "given"
                applies += way != "out"
            ends.append(100.0 * given / applies if applies else None)
        best, worst = ends
        if best is None or worst is None:
            return (0.0, 100.0, True)
        return (worst, best, False)

    def score(self, score: Weighted) -> Ask:
        parts = [(self.ask(part.value), part.weight) for part in score.parts]
        whole = sum(weight for _, weight in parts)
        least, decimals, prefer = self.book.parameters["min_coverage"], score.entry.decimals, score.entry.prefer

        def asked(values: dict[str, Any]) -> Any:
            preferred = NEVER if prefer is None else rounded(values[prefer], decimals)
            if not preferred[2]:
                return preferred
            found = [(ask(values), weight) for ask, weight in parts]
            sure = [(ends, weight) for ends, weight in found if not ends[2]]
            maybe = [(ends, weight) for ends, weight in found if ends[2] and ends[0] <= ends[1]]
            low = sum(weight for _, weight in sure)
            high = low + sum(weight for _, weight in maybe)
            if not high or round_half_up(high / whole, 2) < least:
                middle = NEVER
            else:
                unknown = not low or round_half_up(low / whole, 2) < least
                need = (least - 1 / 100) * whole if maybe else 0.0
                ends = (mean(sure, maybe, need, 0), mean(sure, maybe, need, 1))
                middle = rounded((*ends, unknown), decimals, loose=bool(maybe))
            return middle if preferred[0] > preferred[1] else either([(preferred[0], preferred[1], False), middle])

        return asked

    def position(self, rules: list[Rule]) -> Ask:
        rows = [(self.ask(rule.effective), rule.entry.cell) for rule in rules if isinstance(rule.entry, PositionRow)]

        def asked(values: dict[str, Any]) -> Any:
            cells = set()
            for ask, cell in rows:
                truth = ask(values)
                if truth & TRUE:
                    cells.add(cell)
                    if truth == TRUE:
                        return (frozenset(cells), False)
            return (frozenset(cells), True)

        return asked

    def signal(self, rules: list[Rule]) -> Ask:
        return joined(tuple(self.ask(rule.effective) for rule in rules), TRUE)

    # conditions and formulas

    def ask(self, node: Expression) -> Ask:
        """The condition or formula as a function of what the names may be worth."""
        match node:
            case ex.Constant(bool() as value):
                truth = TRUE if value else FALSE
                return lambda _: truth
            case ex.Constant() | ex.Parameter():
                constant = evaluate(node, self.constants)
                return lambda _: (constant, constant, False)
            case ex.Unknown():
                return lambda _: NEVER
            case ex.Name(name):
                return lambda values: values[name]
            case ex.And(items):
                return joined(tuple(map(self.ask, items)), FALSE)
            case ex.Or(items):
                return joined(tuple(map(self.ask, items)), TRUE)
            case ex.Not(item):
                inner = self.ask(item)
                return lambda values: SWAPPED[inner(values)]
            case ex.Known(item):
                return self.known(item.name)
            case ex.Certain(item):
                condition = self.ask(item)
                return lambda values: CERTAIN[condition(values)]
            case ex.Compare(sign, left, right):
                return self.comparison(sign, left, right)
            case ex.In(left, options):
                chosen = frozenset(option.value for option in options if isinstance(option, ex.Choice))
                if chosen:
                    return self.among(left, chosen)
                return joined(tuple(self.comparison("==", left, option) for option in options), TRUE)
            case ex.Minus(item):
                inner = self.ask(item)
                return lambda values: (-(ends := inner(values))[1], -ends[0], ends[2])
            case ex.Arithmetic(sign, left, right):
                one, other, compute = self.ask(left), self.ask(right), COMPUTE[sign]
                return lambda values: compute(one(values), other(values))
            case ex.IfElse(condition, then, otherwise):
                return if_else(self.ask(condition), self.ask(then), self.ask(otherwise))
            case ex.Call(function, arguments):
                call, asks = CALLS[function], [self.ask(argument) for argument in arguments]
                return lambda values: call([ask(values) for ask in asks])
            case ex.SumOver():
                return self.sum_over(node)
        raise TypeError(f"not an expression: {node}")

    def known(self, name: str) -> Ask:
        def asked(values: dict[str, Any]) -> Any:
            worth = values[name]
            return (TRUE if may_be_known(worth) else 0) | (FALSE if may_be_unknown(worth) else 0)

        return asked

    def comparison(self, sign: str, left: Expression, right: Expression) -> Ask:
        if isinstance(right, ex.Choice):
            among = self.among(left, frozenset((right.value,)))
            return among if sign == "==" else lambda values: SWAPPED[among(values)]
        one = self.ask(left)
        if isinstance(right, ex.Constant) and isinstance(right.value, bool):
            same = right.value == (sign == "==")
            return one if same else lambda values: SWAPPED[one(values)]
        other, compare = self.ask(right), COMPARE[sign]
        return lambda values: compare(one(values), other(values))

    def among(self, left: Expression, allowed: frozenset[str]) -> Ask:
        one = self.ask(left)

        def asked(values: dict[str, Any]) -> Any:
            options, unknown = one(values)
            truth = (TRUE if options & allowed else 0) | (FALSE if options - allowed else 0)
            return truth | UNKNOWN if unknown else truth

        return asked

    def sum_over(self, node: ex.SumOver) -> Ask:
        table = node.table.name

        def asked(values: dict[str, Any]) -> Any:
            if may_be_known(values[table]) and may_be_unknown(values[table]):
                return (-FAR, FAR, True)
            rows = values.get(f"rows.{table}") or ()
            total = evaluate(node, State({}, self.book.parameters, {table: rows}))
            return NEVER if total is None else (total, total, False)

        return asked


@lru_cache(maxsize=4)
def selection_reading(book: Rulebook) -> Reading:
    """The reading of a rulebook as far as it bears on what is recommended."""
    kinds = ("vote", "level", "bar", "block", "forced", "seat", "default")
    return Reading(book, [rule for rule in book.rules if rule.kind in kinds])


def anything(fact: Fact) -> Any:
    """All that a fact may be worth."""
    match fact.type:
        case "flag":
            return TRUE | FALSE | UNKNOWN
        case "choice":
            return (frozenset(fact.choices), True)
        case "text" | "table":
            return (THERE, True)
        case "rating":
            return (*RATING, True)
    low, high = fact.range or (-FAR, FAR)
    return (low, high, True)


def known_only(fact: Fact) -> dict[str, Any]:
    """All that a fact may be worth when it is known, whoever says so; by name."""
    match fact.type:
        case "flag":
            found: Any = TRUE | FALSE
        case "choice":
            found = (frozenset(fact.choices), False)
        case "text" | "table":
            found = (THERE, False)
        case _:
            found = (*anything(fact)[:2], False)
    return {fact.id: found, f"before.{fact.id}": anything(fact), f"confidence.{fact.id}": (0.0, 1.0, False)}


def exactly(fact: Fact, value: Any) -> Any:
    """One value of a fact, or unknown."""
    match fact.type:
        case "flag":
            return UNKNOWN if value is None else TRUE if value else FALSE
        case "choice":
            return (frozenset(), True) if value is None else (frozenset((value,)), False)
        case "text":
            return (frozenset(), True) if value is None else (THERE, False)
    return NEVER if value is None else (value, value, False)
