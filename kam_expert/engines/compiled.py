"""The rulebook as closures: for questions asked of thousands of accounts, where the network's trace is not needed.

Each condition and formula becomes a function once, with the parameters as constants in it; `and` and `or` stop as soon
as they are settled. What it concludes is what `engines/plain` concludes, which the tests compare.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from kam_expert.engines.conclusions import Conclusions, Firing, Inputs, Row
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rulebook
from kam_expert.rulebook.computation import compute_measure, compute_score
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Expression, Value
from kam_expert.rulebook.schema import PositionRow

Tables = Mapping[str, Sequence[Row]]
Ask = Callable[[dict[str, Value], Tables], Any]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Compiled:
    """A rulebook made ready once, to be asked about many accounts."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.flags: dict[str, Ask] = {}
        self.formulas: dict[str, tuple[Ask, int]] = {}
        for name, measure in book.measures.items():
            self.take(name, measure)
        self.asks = {rule.id: self.ask(rule.effective) for rule in book.rules}
        self.rules_of = {
            target: tuple(rule for rule in book.rules if rule.target == target)
            for target in (*book.models, *book.signals)
        }
        self.free = tuple(rule.id for rule in book.rules if rule.target is None)

    def take(self, name: str, measure: Computed) -> None:
        if measure.expression is None:
            return
        if self.book.vocabulary.names[name].kind == "flag":
            self.flags[name] = self.ask(measure.expression)
        else:
            self.formulas[name] = (self.ask(measure.expression), measure.entry.decimals)

    def conclude(self, inputs: Inputs) -> Conclusions:
        """All that the rulebook concludes from the inputs; firings carry no premises."""
        book, tables = self.book, inputs.tables
        values: dict[str, Value] = {**inputs.values, **inputs.assumed}
        state = State(values, book.parameters, tables)
        coverage: dict[str, float] = {}
        fired: set[str] = set()
        for name in book.order:
            if name in inputs.assumed or (name in book.facts and name in inputs.values):
                continue
            value: Value | None
            if name in self.flags:
                value = self.flags[name](values, tables)
            elif name in self.formulas:
                ask, decimals = self.formulas[name]
                found = ask(values, tables)
                value = None if found is None else round_half_up(float(found), decimals)
            elif name in book.measures:
                value = compute_measure(book.measures[name], book, state, inputs.not_applicable)
            elif name in book.facts:
                value = values.get(book.facts[name].derived or "")
            elif name in book.scores:
                value, coverage[name] = compute_score(book.scores[name], state)
            else:
                value = self.concluded(name, values, tables, fired)
            if value is not None:
                values[name] = value
        fired.update(rule for rule in self.free if self.asks[rule](values, tables) is True)
        return Conclusions(values, coverage, tuple(Firing(rule.id, ()) for rule in book.rules if rule.id in fired))

    def concluded(self, target: str, values: dict[str, Value], tables: Tables, fired: set[str]) -> str | bool | None:
        """The cell of a model, from the first row that is true; or whether any rule of a signal is true."""
        results = []
        for rule in self.rules_of[target]:
            result = self.asks[rule.id](values, tables)
            results.append(result)
            if result is True:
                fired.add(rule.id)
                if isinstance(rule.entry, PositionRow):
                    return rule.entry.cell
        if target in self.book.models:
            return None
        return True if True in results else None if None in results else False

    def ask(self, node: Expression) -> Ask:
        """The condition or formula as a function of the values and tables."""
        match node:
            case ex.Name(name):
                return lambda values, _: values.get(name)
            case ex.Constant() | ex.Choice() | ex.Parameter() | ex.Minus(ex.Parameter() | ex.Constant()):
                constant = evaluate(node, State({}, self.book.parameters))
                return lambda _values, _tables: constant
            case ex.Compare(op, ex.Name(name), right) if not ex.names_in(right):
                compare, bound = _COMPARE[op], evaluate(right, State({}, self.book.parameters))
                return _comparison(name, compare, bound)
            case ex.In(ex.Name(name), options):
                allowed = frozenset(evaluate(option, State({}, self.book.parameters)) for option in options)
                return lambda values, _: None if (value := values.get(name)) is None else value in allowed
            case ex.And(items):
                return _joined(tuple(map(self.ask, items)), settles=False)
            case ex.Or(items):
                return _joined(tuple(map(self.ask, items)), settles=True)
            case ex.Not(item):
                inner = self.ask(item)
                return lambda values, tables: None if (value := inner(values, tables)) is None else not value
            case ex.Known(item):
                known = item.name
                return lambda values, tables: known in values or bool(tables.get(known))
            case ex.Certain(item):
                condition = self.ask(item)
                return lambda values, tables: condition(values, tables) is True
        parameters = self.book.parameters
        return lambda values, tables: evaluate(node, State(values, parameters, tables))


def _comparison(name: str, compare: Callable[[Any, Any], Any], bound: Any) -> Ask:
    def asked(values: dict[str, Value], _tables: Tables) -> Any:
        value = values.get(name)
        return None if value is None else compare(value, bound)

    return asked


def _joined(items: tuple[Ask, ...], *, settles: bool) -> Ask:
    """`and` (settled by a false) or `or` (settled by a true); unknown if unsettled with an unknown among the items."""

    def asked(values: dict[str, Value], tables: Tables) -> bool | None:
        unknown = False
        for item in items:
            result = item(values, tables)
            if result is not None and bool(result) is settles:
                return settles
            unknown = unknown or result is None
        return None if unknown else not settles

    return asked


@lru_cache(maxsize=4)
def compiled(book: Rulebook) -> Compiled:
    """The rulebook as closures, made once."""
    return Compiled(book)
