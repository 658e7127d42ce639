"""The oracle: a plain interpreter of the rulebook that every other engine is compared with.

Written from the semantics alone, sharing no code with the other readings: it computes name after name in the order of
the book and keeps no trace. Speed does not matter here, being obvious does. None is unknown. Sums are loops from left
to right, because `sum` rounds differently from Python 3.12 on.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kam_expert.engines.conclusions import Conclusions, Firing, Inputs, Row
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rulebook, Weighted
from kam_expert.rulebook.expressions import Expression, Value
from kam_expert.rulebook.schema import PositionRow

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"==": operator.eq, "!=": operator.ne, "<": operator.lt}
_COMPARE |= {"<=": operator.le, ">": operator.gt, ">=": operator.ge}
_COMPUTE: dict[str, Callable[[Any, Any], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_COMPUTE |= {"/": operator.truediv}


def conclude(book: Rulebook, inputs: Inputs) -> Conclusions:
    """All that the rulebook concludes from the inputs."""
    known = _Known(book.parameters, {**inputs.values, **inputs.assumed}, inputs.tables)
    coverage: dict[str, float] = {}
    fired: set[str] = set()
    for name in book.order:
        if name in inputs.assumed or (name in book.facts and name in inputs.values):
            continue
        value: Value | None
        if name in book.measures:
            value = _measure(book, inputs, known, book.measures[name])
        elif name in book.facts:
            value = known.values.get(book.facts[name].derived or "")
        elif name in book.scores:
            value, coverage[name] = _score(known, book.scores[name])
        else:
            value = _concluded(book, known, name, fired)
        if value is not None:
            known.values[name] = value
    fired.update(rule.id for rule in book.rules if rule.target is None and known.truth(rule.effective))
    return Conclusions(known.values, coverage, tuple(Firing(rule.id, ()) for rule in book.rules if rule.id in fired))


def truth(condition: Expression, book: Rulebook, inputs_values: Mapping[str, Value]) -> bool | None:
    """Whether a condition is true of the named values; None if that is unknown."""
    return _Known(book.parameters, dict(inputs_values), {}).truth(condition)


@dataclass(frozen=True)
class _Known:
    """What is known so far, and what expressions are worth under it."""

    parameters: Mapping[str, float]
    values: dict[str, Value]
    tables: Mapping[str, Sequence[Row]]
    row: Row = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a name has a value or, as a table, rows."""
        return name in self.values or bool(self.tables.get(name))

    def truth(self, node: Expression) -> bool | None:
        """The truth of a condition after Kleene."""
        match node:
            case ex.And(items):
                found = [self.truth(item) for item in items]
                return False if False in found else None if None in found else True
            case ex.Or(items):
                found = [self.truth(item) for item in items]
                return True if True in found else None if None in found else False
            case ex.Not(item):
                inner = self.truth(item)
                return None if inner is None else not inner
            case ex.Known(ex.Column(column)):
                return self.row.get(column) is not None
            case ex.Known(name):
                return self.has(name.name)
            case ex.Certain(item):
                return self.truth(item) is True
            case ex.Compare(sign, left, right):
                first, second = self.value(left), self.value(right)
                return None if first is None or second is None else _COMPARE[sign](first, second)
            case ex.In(left, options):
                first = self.value(left)
                return None if first is None else any(first == self.value(option) for option in options)
            case ex.Name() | ex.Constant():
                flag = self.value(node)
                return None if flag is None else bool(flag)
        raise TypeError(f"not a condition: {node}")

    def value(self, node: Expression) -> Value | None:
        """The value of a formula or a condition."""
        match node:
            case ex.Constant(value) | ex.Choice(value):
                return value
            case ex.Parameter(name):
                return self.parameters[name]
            case ex.Unknown():
                return None
            case ex.Name(name):
                return self.values.get(name)
            case ex.Column(name):
                return self.row.get(name)
            case ex.Minus(item):
                number = self.number(item)
                return None if number is None else -number
            case ex.Arithmetic(sign, left, right):
                one, other = self.number(left), self.number(right)
                if one is None or other is None or (sign == "/" and other == 0):
                    return None
                return _COMPUTE[sign](one, other)
            case ex.IfElse(condition, then, otherwise):
                test = self.truth(condition)
                return None if test is None else self.value(then if test else otherwise)
            case ex.Call(function, arguments):
                return _call(function, [self.number(argument) for argument in arguments])
            case ex.SumOver(table, item):
                terms = [replace(self, row=row).number(item) for row in self.tables.get(table.name, ())]
                return None if not terms or None in terms else _total([term for term in terms if term is not None])
        return self.truth(node)

    def number(self, node: Expression) -> float | None:
        """The value of a formula, which is a number."""
        value = self.value(node)
        if isinstance(value, str):
            raise TypeError(f"not a number: {node}")
        return value

    def missing(self, node: Expression) -> set[str]:
        """The unknown names that keep a condition open; none if it is decided."""
        if isinstance(node, ex.Name):
            return set() if self.has(node.name) else {node.name}
        if isinstance(node, ex.And | ex.Or | ex.Not | ex.Known | ex.Certain) and self.truth(node) is not None:
            return set()
        return {name for child in node.children() for name in self.missing(child)}


def _call(function: str, arguments: Sequence[float | None]) -> float | None:
    numbers = [number for number in arguments if number is not None]
    if function == "coalesce":
        return numbers[0] if numbers else None
    if len(numbers) < len(arguments):
        return None
    match function, numbers:
        case (("min" | "max"), _):
            return min(numbers) if function == "min" else max(numbers)
        case "mean", _:
            return _total(numbers) / len(numbers)
        case "clamp", [x, low, high]:
            return max(low, min(x, high))
        case "rating", [x]:
            return (x - 1) * 25
        case "linear", [x, low, high]:
            return None if high == low else max(0.0, min((x - low) / (high - low) * 100, 100.0))
    raise ValueError(f"unknown function: {function}")


def _total(numbers: Sequence[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total


def _rounded(value: float, decimals: int) -> float:
    return math.floor(value * 10.0**decimals + 0.5) / 10.0**decimals


def _measure(book: Rulebook, inputs: Inputs, known: _Known, measure: Computed) -> Value | None:
    entry = measure.entry
    value: Value | None
    if measure.expression is not None:
        value = known.value(measure.expression)
    elif entry.tally is not None:
        value = _tally(inputs, known, measure)
    elif entry.by is not None:
        value = (entry.values or {}).get(str(known.values.get(entry.by)))
    else:
        value = _completeness(book, inputs, known)
    return value if value is None or isinstance(value, bool | str) else _rounded(value, entry.decimals)


def _tally(inputs: Inputs, known: _Known, measure: Computed) -> int | None:
    tally, points = measure.entry.tally, 0
    if tally is None or (measure.when is not None and known.truth(measure.when) is not True):
        return None
    for line in measure.lines:
        found = known.truth(line.condition)
        if found is None and tally.counts == "possible":
            found = not known.missing(line.condition) <= inputs.not_applicable
        points += line.entry.points if found else 0
    return points if tally.cap is None else min(points, tally.cap)


def _completeness(book: Rulebook, inputs: Inputs, known: _Known) -> float | None:
    facts = [fact for fact in book.facts.values() if fact.short_form is not None]
    facts = [fact for fact in facts if fact.id not in inputs.not_applicable]
    facts = [fact for fact in facts if fact.when is None or known.values.get(fact.when) is not False]
    given = [fact for fact in facts if fact.id in inputs.values or inputs.tables.get(fact.id)]
    return 100.0 * len(given) / len(facts) if facts else None


def _score(known: _Known, score: Weighted) -> tuple[float | None, float]:
    """The value and the coverage of a score."""
    preferred = known.number(ex.Name(score.entry.prefer)) if score.entry.prefer else None
    if preferred is not None:
        return _rounded(preferred, score.entry.decimals), 1.0
    total, weight = 0.0, 0
    for part in score.parts:
        value = known.number(part.value)
        if value is not None:
            total += part.weight * value
            weight += part.weight
    coverage = _rounded(weight / sum(part.weight for part in score.parts), 2)
    unknown = weight == 0 or coverage < known.parameters["min_coverage"]
    return None if unknown else _rounded(total / weight, score.entry.decimals), coverage


def _concluded(book: Rulebook, known: _Known, target: str, fired: set[str]) -> str | bool | None:
    """The cell of a model, from the first row that is true; or whether any rule of a signal is true."""
    rules = [rule for rule in book.rules if rule.target == target]
    for rule in rules:
        if known.truth(rule.effective):
            fired.add(rule.id)
            if isinstance(rule.entry, PositionRow):
                return rule.entry.cell
    return None if target in book.models else known.truth(ex.Or(tuple(rule.effective for rule in rules)))
