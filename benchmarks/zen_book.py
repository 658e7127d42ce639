"""The rules of a rulebook as a decision graph of GoRules ZEN: a rival of the columns engine in `batch.py`.

Covered is every rule, position and signal: which rules fire. Measures and scores are given to it, having been
computed before; the choice of strategies is left out: ZEN could state it only as a function in JavaScript. ZEN knows no
unknown beyond null, so each condition becomes an expression that is true only where the condition is surely so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import zen

from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    And,
    Certain,
    Choice,
    Compare,
    Constant,
    Expression,
    In,
    Known,
    Name,
    Not,
    Or,
)
from kam_expert.rulebook.schema import PositionRow

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class ZenBook:
    """The decision graph of a book."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.constants = State({}, book.parameters)
        self.expressions: list[dict[str, str]] = []
        self.key_of = {rule.id: f"r{index}" for index, rule in enumerate(book.rules)}
        for name in book.order:
            rules = [rule for rule in book.rules if rule.target == name]
            if name in book.models:
                for rule in rules:
                    self.expect(self.key_of[rule.id], self.true(rule.effective))
                cells = "null"
                for rule in reversed(rules):
                    assert isinstance(rule.entry, PositionRow)
                    cells = f"$.{self.key_of[rule.id]} ? '{rule.entry.cell}' : ({cells})"
                self.expect(_key(name), cells)
            elif name in book.signals:
                for rule in rules:
                    self.expect(self.key_of[rule.id], self.true(rule.effective))
                some = " or ".join(f"$.{self.key_of[rule.id]}" for rule in rules)
                none = " and ".join(f"({self.false(rule.effective)})" for rule in rules)
                self.expect(_key(name), f"({some}) ? true : (({none}) ? false : null)")
        for rule in book.rules:
            if rule.target is None:
                self.expect(self.key_of[rule.id], self.true(rule.effective))
        nodes = [
            {"id": "facts", "type": "inputNode", "name": "facts"},
            {"id": "rules", "type": "expressionNode", "name": "rules", "content": {"expressions": self.expressions}},
            {"id": "fired", "type": "outputNode", "name": "fired"},
        ]
        edges = [
            {"id": f"{left}-{right}", "type": "edge", "sourceId": left, "targetId": right}
            for left, right in (("facts", "rules"), ("rules", "fired"))
        ]
        graph = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
        self.engine = zen.ZenEngine({"loader": {"type": "static", "content": {"book": graph}}})

    def expect(self, key: str, value: str) -> None:
        self.expressions.append({"id": key, "key": key, "value": value})

    def context(self, inputs: Inputs, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of an account, with the measures and scores among the concluded values."""
        given: dict[str, Any] = {_key(name): value for name, value in inputs.values.items()}
        given |= {_key(name): True for name in inputs.tables}
        computed = (*self.book.measures, *self.book.scores, *self.book.facts)
        return given | {_key(name): values[name] for name in computed if name in values}

    def fired(self, contexts: Sequence[Mapping[str, Any]]) -> list[set[str]]:
        """The rules that fire for each account, all accounts in one call."""
        found = self.engine.evaluate_batch([{"key": "book", "context": each} for each in contexts])
        results = [each["data"]["result"] for each in found]
        return [{rule for rule, key in self.key_of.items() if result[key]} for result in results]

    # conditions

    def true(self, node: Expression) -> str:
        """An expression that is true where a condition is true, and false elsewhere."""
        match node:
            case And(items):
                return " and ".join(f"({self.true(item)})" for item in items)
            case Or(items):
                return " or ".join(f"({self.true(item)})" for item in items)
            case Not(item):
                return self.false(item)
            case Certain(item):
                return self.true(item)
            case Known(item):
                return f"{self.name(item.name)} != null"
            case Name(name):
                return f"{self.name(name)} == true"
            case Constant(value):
                return "true" if value else "false"
            case Compare(op, left, right):
                return self.compared(op, left, right)
            case In(left, options):
                return f"{self.operand(left)} in [{', '.join(self.operand(option) for option in options)}]"
        raise TypeError(f"not a condition: {node}")

    def false(self, node: Expression) -> str:
        """An expression that is true where a condition is false, and false elsewhere."""
        match node:
            case And(items):
                return " or ".join(f"({self.false(item)})" for item in items)
            case Or(items):
                return " and ".join(f"({self.false(item)})" for item in items)
            case Not(item):
                return self.true(item)
            case Certain() | Known() | Constant():
                return f"not ({self.true(node)})"
            case Name(name):
                return f"{self.name(name)} == false"
            case Compare(op, left, right):
                return self.compared(OPPOSITE[op], left, right)
            case In(left, _):
                return f"{self.operand(left)} != null and not ({self.true(node)})"
        raise TypeError(f"not a condition: {node}")

    def compared(self, op: str, left: Expression, right: Expression) -> str:
        sides = [self.operand(side) for side in (left, right)]
        known = [f"{text} != null" for side, text in zip((left, right), sides, strict=True) if isinstance(side, Name)]
        return " and ".join([*known, f"{sides[0]} {op} {sides[1]}"])

    def operand(self, node: Expression) -> str:
        if isinstance(node, Name):
            return self.name(node.name)
        if isinstance(node, Choice):
            return f"'{node.value}'"
        return str(evaluate(node, self.constants))

    def name(self, name: str) -> str:
        concluded = name in self.book.models or name in self.book.signals
        return f"$.{_key(name)}" if concluded else _key(name)


def _key(name: str) -> str:
    return "n_" + name.replace(".", "__").replace("/", "_")
