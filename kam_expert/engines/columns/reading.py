"""Conditions and formulas as steps of a program; each condition and formula is read once, wherever it stands.

Numbers are computed in the order in which the oracle computes them, so that they are the same to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kam_expert.engines.columns.formulas import FUNCTIONS, quotient
from kam_expert.engines.columns.memory import Formula, Given, Memory, Numbers, Program, Step, pack, unpack
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Expression, base_name
from kam_expert.rulebook.vocabulary import Vocabulary

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"==": np.equal, "!=": np.not_equal, "<": np.less}
_COMPARE |= {"<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {"+": np.add, "-": np.subtract, "*": np.multiply}


class Reading:
    """Expressions over names, read into a program.

    `flags`, `quantities`: the places of what has been read or computed, by name. `cells`: by computed position, the
    truths of its cells in the order of the options, and after them whether it is known. `options`: of the columns of
    choices, where rows are read.
    """

    def __init__(self, vocabulary: Vocabulary, parameters: Mapping[str, float]) -> None:
        self.vocabulary = vocabulary
        self.constants = State({}, parameters)
        self.program = Program()
        self.flags: dict[str, int] = {}
        self.quantities: dict[str, int] = {}
        self.cells: dict[str, tuple[int, ...]] = {}
        self.read: dict[Expression, int] = {}
        self.computed: dict[Expression, int] = {}
        self.known_numbers: dict[int, int] = {}
        self.picked: dict[tuple[str, int], int] = {}
        self.options: Mapping[str, tuple[str, ...]] = {}

    def kind(self, name: str) -> str:
        if name.startswith("confidence."):
            return "number"
        type_ = self.vocabulary.names.get(base_name(name))
        return "number" if type_ is None else type_.kind

    def cell(self, name: str, option: str) -> int:
        """The truth that a cell of the row is this option."""
        place = self.options[name].index(option)
        return self.compared("==", self.number(ex.Column(name)), place)

    def constant(self, node: Expression) -> bool:
        return not any(isinstance(each, ex.Name | ex.Column) for each in ex.walk(node))

    # names

    def flag(self, name: str) -> int:
        """The truth of a flag or signal."""
        if name not in self.flags:

            def step(place: int) -> Step:
                def look(memory: Memory) -> None:
                    value = memory.value(name)
                    memory.true[place], memory.false[place] = pack(value == 1), pack(value == 0)

                return look

            self.flags[name] = self.program.truth(step)
        return self.flags[name]

    def quantity(self, name: str) -> int:
        """The number that a name stands for; of a given choice the place of the option."""
        if name not in self.quantities:
            self.quantities[name] = self.program.number(lambda memory: memory.value(name))
        return self.quantities[name]

    def option(self, name: str, option: str) -> int:
        """The truth that a choice or position is this option."""
        place = self.vocabulary.names[base_name(name)].options.index(option)
        if name in self.cells:
            return self.cells[name][place]
        if (name, place) not in self.picked:
            self.picked[name, place] = self.compared("==", self.quantity(name), place)
        return self.picked[name, place]

    def known(self, name: str) -> int:
        """The truth that a name has a value."""
        kind = self.kind(name)
        if name in self.cells:
            return self.cells[name][-1]
        if kind == "flag":
            return self.combined(lambda m, t, f: m.decide(t, m.true[f] | m.false[f], m.all), self.flag(name))
        if kind in ("text", "table"):
            return self.combined(lambda m, t, f: m.decide(t, m.true[f], m.all), self.flag(name))
        return self.known_number(self.quantity(name))

    def known_number(self, number: int) -> int:
        if number not in self.known_numbers:

            def step(place: int) -> Step:
                def look(memory: Memory) -> None:
                    value = memory.numbers[number]
                    memory.decide(place, pack(~np.isnan(value)), memory.all)

                return look

            self.known_numbers[number] = self.program.truth(step)
        return self.known_numbers[number]

    # conditions

    def truth(self, node: Expression) -> int:
        """The truth of a condition."""
        if node not in self.read:
            self.read[node] = self._truth(node)
        return self.read[node]

    def _truth(self, node: Expression) -> int:
        match node:
            case ex.And(items):
                return self.all_of([self.truth(item) for item in items])
            case ex.Or(items):
                return self.any_of([self.truth(item) for item in items])
            case ex.Not(item):
                return self.negated(self.truth(item))
            case ex.Known(ex.Column() as cell):
                return self.known_number(self.number(cell))
            case ex.Known(item):
                return self.known(item.name)
            case ex.Certain(item):
                return self.combined(lambda m, t, inner: m.decide(t, m.true[inner], m.all), self.truth(item))
            case ex.Name(name):
                return self.flag(name)
            case ex.Constant(value):
                return self.certain(lambda memory: memory.all if value else 0)
            case ex.Compare(op, ex.Name(name), ex.Choice(option)):
                found = self.option(name, option)
                return found if op == "==" else self.negated(found)
            case ex.Compare(op, ex.Column(name), ex.Choice(option)):
                found = self.cell(name, option)
                return found if op == "==" else self.negated(found)
            case ex.Compare(op, left, right):
                return self.comparison(op, left, right)
            case ex.In(ex.Column(name), options) if isinstance(options[0], ex.Choice):
                return self.any_of([self.cell(name, each.value) for each in options if isinstance(each, ex.Choice)])
            case ex.In(ex.Name(name), options) if isinstance(options[0], ex.Choice):
                return self.any_of([self.option(name, each.value) for each in options if isinstance(each, ex.Choice)])
            case ex.In(left, options):
                return self.any_of([self.comparison("==", left, option) for option in options])
        raise TypeError(f"not a condition: {node}")

    def combined(self, settle: Callable[[Memory, int, int], None], inner: int) -> int:
        """A truth from another one."""

        def step(place: int) -> Step:
            return lambda memory: settle(memory, place, inner)

        return self.program.truth(step)

    def certain(self, bits: Callable[[Memory], int]) -> int:
        """A truth that is never unknown."""

        def step(place: int) -> Step:
            return lambda memory: memory.decide(place, bits(memory), memory.all)

        return self.program.truth(step)

    def negated(self, inner: int) -> int:
        def turn(memory: Memory, place: int, inner: int) -> None:
            memory.true[place], memory.false[place] = memory.false[inner], memory.true[inner]

        return self.combined(turn, inner)

    def all_of(self, items: Sequence[int]) -> int:
        def step(place: int) -> Step:
            def join(memory: Memory) -> None:
                true, false = memory.all, 0
                for item in items:
                    true &= memory.true[item]
                    false |= memory.false[item]
                memory.true[place], memory.false[place] = true, false

            return join

        return self.program.truth(step)

    def any_of(self, items: Sequence[int]) -> int:
        def step(place: int) -> Step:
            def join(memory: Memory) -> None:
                true, false = 0, memory.all
                for item in items:
                    true |= memory.true[item]
                    false &= memory.false[item]
                memory.true[place], memory.false[place] = true, false

            return join

        return self.program.truth(step)

    def comparison(self, op: str, left: Expression, right: Expression) -> int:
        if self.constant(right):
            value = evaluate(right, self.constants)
            return self.compared(op, self.number(left), math.nan if value is None else value)
        difference = self.number(left), self.number(right)
        known = self.all_of([self.known_number(number) for number in difference])
        compare = _COMPARE[op]

        def step(place: int) -> Step:
            def look(memory: Memory) -> None:
                holds = pack(compare(memory.numbers[difference[0]], memory.numbers[difference[1]]))
                memory.decide(place, holds & memory.true[known], memory.true[known])

            return look

        return self.program.truth(step)

    def compared(self, op: str, number: int, bound: float) -> int:
        """A number against a constant, which is NaN if it is unknown."""
        if math.isnan(bound):
            return self.combined(lambda memory, place, _: memory.decide(place, 0, 0), 0)
        known, compare = self.known_number(number), _COMPARE[op]

        def step(place: int) -> Step:
            def look(memory: Memory) -> None:
                sure = memory.true[known]
                memory.decide(place, pack(compare(memory.numbers[number], bound)) & sure, sure)

            return look

        return self.program.truth(step)

    # formulas

    def number(self, node: Expression) -> int:
        """The value of a formula."""
        if isinstance(node, ex.Name):
            return self.quantity(node.name)
        if node not in self.computed:
            self.computed[node] = self.program.number(self.formula(node))
        return self.computed[node]

    def formula(self, node: Expression) -> Formula:
        """A formula whose parts are kept, each as a number of its own."""
        if self.constant(node):
            value = evaluate(node, self.constants)
            number = math.nan if value is None else float(value)
            return lambda memory: number
        match node:
            case ex.Column(name):
                return lambda memory: memory.value(name)
            case ex.Minus(item):
                return self.applied(np.negative, item)
            case ex.Arithmetic("/", left, right):
                return self.applied(quotient, left, right)
            case ex.Arithmetic(sign, left, right):
                return self.applied(_COMPUTE[sign], left, right)
            case ex.IfElse(condition, then, otherwise):
                return self.alternative(condition, then, otherwise)
            case ex.Call(function, arguments):
                return self.applied(FUNCTIONS[function], *arguments)
            case ex.SumOver(table, item):
                return self.sum_over(table.name, item)
        raise TypeError(f"not a formula: {node}")

    def applied(self, function: Callable[..., Any], *arguments: Expression) -> Formula:
        """A function of numbers; constants are not spread over the accounts."""
        fixed = [self.constant(argument) for argument in arguments]
        found = [evaluate(node, self.constants) if fix else None for node, fix in zip(arguments, fixed, strict=True)]
        values = [math.nan if value is None else float(value) for value in found]
        places = [None if fix else self.number(node) for node, fix in zip(arguments, fixed, strict=True)]
        parts = tuple(zip(places, values, strict=True))
        return lambda memory: function(*(value if place is None else memory.numbers[place] for place, value in parts))

    def alternative(self, condition: Expression, then: Expression, otherwise: Expression) -> Formula:
        test, first, second = self.truth(condition), self.number(then), self.number(otherwise)

        def choose(memory: Memory) -> Numbers:
            holds, fails = (unpack(bits[test], memory.count) for bits in (memory.true, memory.false))
            other = np.where(fails, memory.numbers[second], math.nan)
            return np.where(holds, memory.numbers[first], other)

        return choose

    def sum_over(self, table: str, item: Expression) -> Formula:
        """Added up from the first row to the last, as `bincount` does; one unknown term makes the sum unknown."""
        inner = InRow(self, self.vocabulary.names[table].column_options)
        term = inner.number(item)
        spread = tuple(inner.spread.items())

        def total(memory: Memory) -> Numbers:
            rows = memory.given.tables.get(table)
            if rows is None:
                return memory.unknown
            values = {**rows.cells, **{name: find(memory)[rows.owner] for name, find in spread}}
            terms = inner.program.run(Given(len(rows.owner), values)).numbers[term]
            found = np.bincount(rows.owner, weights=terms, minlength=memory.count).astype(np.float64)
            found[np.bincount(rows.owner, minlength=memory.count) == 0] = math.nan
            return found

        return total


class InRow(Reading):
    """What is read per row of a table. What does not read the row is read of its account and spread over the rows."""

    def __init__(self, account: Reading, options: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(account.vocabulary, account.constants.parameters)
        self.account = account
        self.options = options
        self.spread: dict[str, Callable[[Memory], Numbers]] = {}

    def _truth(self, node: Expression) -> int:
        if any(isinstance(each, ex.Column) for each in ex.walk(node)) or self.constant(node):
            return super()._truth(node)
        place, name = self.account.truth(node), f"truth {len(self.spread)}"

        def worth(memory: Memory) -> Numbers:
            known = unpack(memory.true[place] | memory.false[place], memory.count)
            return np.where(known, memory.truths(place), math.nan)

        self.spread[name] = worth
        return self.flag(name)

    def quantity(self, name: str) -> int:
        place = self.account.quantity(name)
        self.spread[f"number {name}"] = lambda memory: memory.numbers[place]
        return super().quantity(f"number {name}")
