"""What can still become of an account of which only some facts are settled: a plain reading with sets for values.

Each name is worth not one value but all that it may be: a flag is a set of true, false and unknown; a choice is a set
of options; a number lies between two ends; each may also be unknown. What comes out is never too little: whatever an
account with these settled facts concludes is among it. It may be too much, for two names are taken as if they had
nothing to do with each other. So "only this can come out" is a proof, for which neither the network nor a solver is
needed. The conditions are read once and kept as functions.

Whole numbers are not told from others, and open ends are infinite. Ends are computed with the operations that the
interpreters use, each of which keeps the order of numbers; where the order of a sum may differ, a little is added.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import Fact, PositionRow

TRUE, FALSE, UNKNOWN = 1, 2, 4
"""A set of truths is a sum of these."""
Numbers = tuple[float, float, bool]
"""At least, at most, and whether it may be unknown; never known if the first end lies above the second."""
Options = tuple[frozenset[str], bool]
"""The options that are left, and whether it may be unknown."""
Worth = int | Numbers | Options
Ask = Callable[[dict[str, Any]], Any]

FAR = math.inf
NEVER: Numbers = (FAR, -FAR, True)
SLACK = 10.0**-10
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
        self.kinds = {name: kind.kind for name, kind in book.vocabulary.names.items()}
        self.short = tuple(fact for fact in book.facts.values() if fact.short_form is not None)
        self.asks = {rule.id: self.ask(rule.effective) for rule in wanted}
        self.steps = self._steps(dict.fromkeys(ex.base_names(rule.effective for rule in wanted)))

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
            steps.append((name, ask))
        return tuple(reversed(steps))

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

    def values(self, start: Mapping[str, Any], limits: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """What every name may be worth, the names of `limits` being within them; None if there is no such account."""
        found = dict(start)
        limits = limits or {}
        for name in limits:
            if name in found:
                found[name] = both(found[name], limits[name])
                if empty(found[name]):
                    return None
        for name, ask in self.steps:
            found[name] = ask(found)
            if name in limits:
                found[name] = both(found[name], limits[name])
                if empty(found[name]):
                    return None
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
            return lambda values: _rounded(ask(values), entry.decimals)
        if entry.tally is not None:
            return self.tally(measure)
        if entry.by is not None:
            return self.lookup(entry.by, entry.values or {}, entry.decimals)
        return lambda values: _rounded(self.completeness(values), entry.decimals)

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
            preferred = NEVER if prefer is None else _rounded(values[prefer], decimals)
            if not preferred[2]:
                return preferred
            found = [(ask(values), weight) for ask, weight in parts]
            sure = [(ends, weight) for ends, weight in found if not ends[2]]
            maybe = [(ends, weight) for ends, weight in found if ends[2] and ends[0] <= ends[1]]
            low = sum(weight for _, weight in sure)
            high = low + sum(weight for _, weight in maybe)
            if not high or round_half_up(high / whole, 2) < least:
                mean = NEVER
            else:
                unknown = not low or round_half_up(low / whole, 2) < least
                need = (least - 1 / 100) * whole if maybe else 0.0
                ends = (_mean(sure, maybe, need, 0), _mean(sure, maybe, need, 1))
                mean = _rounded((*ends, unknown), decimals, loose=bool(maybe))
            return mean if preferred[0] > preferred[1] else either([(preferred[0], preferred[1], False), mean])

        return asked

    def position(self, rules: list[Rule]) -> Ask:
        rows = [
            (self.ask(rule.effective), rule.entry.cell) for rule in rules if isinstance(rule.entry, PositionRow)
        ]

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
        return _joined(tuple(self.ask(rule.effective) for rule in rules), TRUE)

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
                return _joined(tuple(map(self.ask, items)), FALSE)
            case ex.Or(items):
                return _joined(tuple(map(self.ask, items)), TRUE)
            case ex.Not(item):
                inner = self.ask(item)
                return lambda values: _SWAPPED[inner(values)]
            case ex.Known(item):
                return self.known(item.name)
            case ex.Certain(item):
                condition = self.ask(item)
                return lambda values: _CERTAIN[condition(values)]
            case ex.Compare(sign, left, right):
                return self.comparison(sign, left, right)
            case ex.In(left, options):
                chosen = frozenset(option.value for option in options if isinstance(option, ex.Choice))
                if chosen:
                    return self.among(left, chosen)
                return _joined(tuple(self.comparison("==", left, option) for option in options), TRUE)
            case ex.Minus(item):
                inner = self.ask(item)
                return lambda values: (-(ends := inner(values))[1], -ends[0], ends[2])
            case ex.Arithmetic(sign, left, right):
                one, other, compute = self.ask(left), self.ask(right), _COMPUTE[sign]
                return lambda values: compute(one(values), other(values))
            case ex.IfElse(condition, then, otherwise):
                return _if_else(self.ask(condition), self.ask(then), self.ask(otherwise))
            case ex.Call(function, arguments):
                call, asks = _CALLS[function], [self.ask(argument) for argument in arguments]
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
            return among if sign == "==" else lambda values: _SWAPPED[among(values)]
        one = self.ask(left)
        if isinstance(right, ex.Constant) and isinstance(right.value, bool):
            same = right.value == (sign == "==")
            return one if same else lambda values: _SWAPPED[one(values)]
        other, compare = self.ask(right), _COMPARE[sign]
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


# sets of values


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


def may_be_known(worth: Any) -> bool:
    if isinstance(worth, int):
        return bool(worth & (TRUE | FALSE))
    return bool(worth[0]) if isinstance(worth[0], frozenset) else bool(worth[0] <= worth[1])


def may_be_unknown(worth: Any) -> bool:
    return bool(worth & UNKNOWN) if isinstance(worth, int) else bool(worth[-1])


def both(one: Any, other: Any) -> Any:
    """What is in both sets."""
    if isinstance(one, int):
        return one & other
    if isinstance(one[0], frozenset):
        return (one[0] & other[0], one[1] and other[1])
    return (max(one[0], other[0]), min(one[1], other[1]), one[2] and other[2])


def empty(worth: Any) -> bool:
    return not may_be_known(worth) and not may_be_unknown(worth)


def either(items: Iterable[Numbers]) -> Numbers:
    """Numbers that are in one of the sets."""
    found = list(items)
    return (min(low for low, _, _ in found), max(high for _, high, _ in found), any(each[2] for each in found))


def _rounded(ends: Numbers, decimals: int, loose: bool = False) -> Numbers:
    low, high, unknown = ends
    if low > high:
        return NEVER
    slack = SLACK if loose else 0.0
    low, high = (
        end if math.isinf(end) else round_half_up(float(end) + way * slack, decimals)
        for end, way in ((low, -1), (high, 1))
    )
    return (low, high, unknown)


def _mean(sure: list[tuple[Numbers, int]], maybe: list[tuple[Numbers, int]], need: float, end: int) -> float:
    """The lowest (`end` 0) or highest (1) weighted mean of the sure parts with any of the others, `need` at least."""
    total, known = 0.0, 0.0
    for ends, weight in sure:
        total += weight * ends[end]
        known += weight
    for ends, weight in sorted(maybe, key=lambda item: -item[0][end] if end else item[0][end]):
        value = ends[end]
        if known and ((value - total / known > 0) is not bool(end) or value == total / known):
            short = max(0.0, min(need - known, weight))
            total += short * value
            known += short
        else:
            total += weight * value
            known += weight
    return total / known


_SWAPPED = tuple((mask & UNKNOWN) | (mask & TRUE) * FALSE | (mask & FALSE) // FALSE for mask in range(UNKNOWN * 2))
_CERTAIN = tuple((mask & TRUE) | (FALSE if mask & (FALSE | UNKNOWN) else 0) for mask in range(UNKNOWN * 2))


def _joined(items: tuple[Ask, ...], settles: int) -> Ask:
    """`and`, which a false settles, or `or`, which a true settles."""
    other = TRUE + FALSE - settles

    def asked(values: dict[str, Any]) -> int:
        all_of, any_of = other, 0
        for item in items:
            truth = item(values)
            if truth == settles:
                return settles
            all_of &= truth
            any_of |= truth
        return (all_of & other) | (any_of & (settles | UNKNOWN))

    return asked


def _if_else(condition: Ask, then: Ask, otherwise: Ask) -> Ask:
    def asked(values: dict[str, Any]) -> Any:
        truth = condition(values)
        found = [ask(values) for way, ask in ((TRUE, then), (FALSE, otherwise)) if truth & way]
        if truth & UNKNOWN:
            found.append(NEVER)
        return found[0] if len(found) == 1 else either(found)

    return asked


def _ordered(sign: str) -> Callable[[Numbers, Numbers], int]:
    """A comparison by order: true of the best ends, false of the worst."""
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]
    rising = sign in (">", ">=")

    def asked(one: Numbers, other: Numbers) -> int:
        truth = UNKNOWN if one[2] or other[2] else 0
        if one[0] <= one[1] and other[0] <= other[1]:
            best = compare(one[1], other[0]) if rising else compare(one[0], other[1])
            worst = compare(one[0], other[1]) if rising else compare(one[1], other[0])
            truth |= (TRUE if best else 0) | (0 if worst else FALSE)
        return truth

    return asked


def _equal(one: Numbers, other: Numbers) -> int:
    truth = UNKNOWN if one[2] or other[2] else 0
    if one[0] <= one[1] and other[0] <= other[1]:
        truth |= TRUE if one[0] <= other[1] and other[0] <= one[1] else 0
        truth |= 0 if one[0] == one[1] == other[0] == other[1] else FALSE
    return truth


_COMPARE: dict[str, Callable[[Numbers, Numbers], int]] = {sign: _ordered(sign) for sign in ("<", "<=", ">", ">=")}
_COMPARE |= {"==": _equal, "!=": lambda one, other: _SWAPPED[_equal(one, other)]}


def _ends(one: Numbers, other: Numbers, compute: Callable[[float, float], float]) -> Numbers:
    """A computation that is largest and smallest at ends of what goes into it."""
    if one[0] > one[1] or other[0] > other[1]:
        return NEVER
    found = [compute(a, b) for a in one[:2] for b in other[:2]]
    return (min(found), max(found), one[2] or other[2])


def _divided(one: Numbers, other: Numbers) -> Numbers:
    low, high, unknown = other
    if low > high or one[0] > one[1] or low == high == 0:
        return NEVER
    if low < 0 < high:
        return (-FAR, FAR, True)
    if low == 0 or high == 0:  # from nothing upwards or downwards; the quotient is boundless, and unknown at nothing
        bound = high if low == 0 else low
        found = [end / bound if not math.isinf(bound) else 0.0 for end in one[:2]]
        found += [math.copysign(FAR, end) * math.copysign(1, bound) for end in one[:2] if end]
        found += [0.0] if one[0] <= 0 <= one[1] else []
        return (min(found), max(found), True)
    return _ends(one, other, lambda a, b: 0.0 if math.isinf(b) else a / b)


_COMPUTE: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": lambda one, other: _shifted(one, other),
    "-": lambda one, other: _shifted(one, (-other[1], -other[0], other[2])),
    "*": lambda one, other: _ends(one, other, lambda a, b: a * b if a and b else 0.0),
    "/": _divided,
}


def _shifted(one: Numbers, other: Numbers) -> Numbers:
    if one[0] > one[1] or other[0] > other[1]:
        return NEVER
    return (one[0] + other[0], one[1] + other[1], one[2] or other[2])


def _each(compute: Callable[[list[float]], float]) -> Callable[[list[Numbers]], Numbers]:
    """A function that grows with each argument, and is unknown if one of them is."""

    def call(arguments: list[Numbers]) -> Numbers:
        if any(low > high for low, high, _ in arguments):
            return NEVER
        ends = [compute([each[end] for each in arguments]) for end in (0, 1)]
        return (ends[0], ends[1], any(each[2] for each in arguments))

    return call


def _coalesce(arguments: list[Numbers]) -> Numbers:
    found: list[Numbers] = []
    for low, high, unknown in arguments:
        if low <= high:
            found.append((low, high, False))
        if not unknown:
            break
    else:
        found.append(NEVER)
    return either(found)


def _linear(arguments: list[Numbers]) -> Numbers:
    value, first, last = arguments
    if value[0] > value[1] or first[:2] == last[:2]:
        return NEVER if value[0] > value[1] or first[0] == first[1] else (0.0, 100.0, True)
    if first[0] != first[1] or last[0] != last[1]:
        return (0.0, 100.0, True)
    low, high = first[0], last[0]
    found = [min(max((end - low) / (high - low) * 100, 0.0), 100.0) for end in value[:2]]
    return (min(found), max(found), value[2] or first[2] or last[2])


def _clamp(numbers: list[float]) -> float:
    return max(numbers[1], min(numbers[0], numbers[2]))


def _average(numbers: list[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers)


_CALLS: dict[str, Callable[[list[Numbers]], Numbers]] = {
    "min": _each(min),
    "max": _each(max),
    "mean": _each(_average),
    "clamp": _each(_clamp),
    "rating": _each(lambda numbers: (numbers[0] - 1) * 25),
    "coalesce": _coalesce,
    "linear": _linear,
}

