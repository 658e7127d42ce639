"""The rulebook as a generated CLIPS program: the rival of the network in `consult.py`.

Same branches, same layers, same conclusions; formulas are Python functions that both engines share, called from a
right-hand side. Used only to compare speed, after the conclusions of both have been found equal. An environment gets
slower with each account it has seen: a fair watch begins with a new one.
"""

from __future__ import annotations

from typing import Any

import clips

from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.computation import compute_measure, compute_score
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    Certain,
    Compare,
    Expression,
    In,
    Known,
    Name,
    Not,
    Value,
    base_name,
    names_in,
    walk,
)
from kam_expert.rulebook.normal_form import branches


class ClipsBook:
    """One CLIPS environment with all rules of a book, reset for each account."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.constants = State({}, book.parameters)
        self.known: dict[str, Value] = {}
        self.inputs = Inputs({})
        self.fired: set[str] = set()
        self.names = sorted({*book.vocabulary.names, *self._earlier_names()})
        self.certain: dict[Expression, str] = {}
        self.constructs: list[str] = []
        self.layers: dict[str, list[str]] = {}
        self.environment = clips.Environment()
        self.environment.define_function(self._fire, name="kam-fire")
        self.environment.define_function(self._note, name="kam-note")
        self.environment.define_function(self._layer, name="kam-layer")
        for name in self.names:
            self.environment.build(f"(deftemplate {_id(name)} (slot value))")
        self.environment.build("(deftemplate begin (slot value))")
        self._generate()
        for construct in self.constructs:
            self.environment.build(construct)
        self.templates = {name: self.environment.find_template(_id(name)) for name in self.names}
        self.begin = self.environment.find_template("begin")

    def conclude(self, inputs: Inputs) -> tuple[dict[str, Value], set[str]]:
        """Known values and the rules that fired."""
        self.inputs = inputs
        self.known = {**inputs.values}
        self.fired = set()
        self.environment.reset()
        self.begin.assert_fact(value=1)
        for name, value in inputs.values.items():
            if name in self.templates:
                self.templates[name].assert_fact(value=_symbol(value))
        for name in inputs.tables:
            self.templates[name].assert_fact(value=clips.Symbol("TRUE"))
        self.environment.run()
        return dict(self.known), set(self.fired)

    # what the right-hand sides call

    def _fire(self, rule: str) -> None:
        self.fired.add(str(rule))

    def _note(self, name: str, value: Any) -> None:
        text = str(value)
        self.known[str(name)] = {"TRUE": True, "FALSE": False}.get(text, text)

    def _layer(self, layer: str) -> None:
        state = State(self.known, self.book.parameters, self.inputs.tables)
        for name in self.layers[str(layer)]:
            if name in self.known:
                continue
            value: Value | None
            if name in self.book.scores:
                value, _ = compute_score(self.book.scores[name], state)
            elif name in self.book.measures:
                value = compute_measure(self.book.measures[name], self.book, state, self.inputs.not_applicable)
            else:
                derived = self.book.facts[name].derived
                value = None if derived is None else self.known.get(derived)
            if value is not None:
                self.known[name] = value
                self.templates[name].assert_fact(value=_symbol(value))

    # the program

    def _earlier_names(self) -> set[str]:
        expressions = [rule.effective for rule in self.book.rules]
        for measure in self.book.measures.values():
            expressions += [line.condition for line in measure.lines]
            expressions += [item for item in (measure.expression,) if item is not None]
        return {
            node.name
            for expression in expressions
            for node in walk(expression)
            if isinstance(node, Name) and node.name.startswith("before.")
        }

    def _generate(self) -> None:
        book = self.book
        layers: dict[int, list[str]] = {}
        for name in book.order:
            depth = book.stratum[name]
            rules = [rule for rule in book.rules if rule.target == name]
            if name in book.models:
                for rule in rules:
                    cell = str(getattr(rule.entry, "cell", ""))
                    self._rules(rule.effective, depth, f'(kam-fire "{rule.id}") {_conclude(name, cell)}')
            elif name in book.signals:
                for index, rule in enumerate(rules):
                    self._rules(rule.effective, depth, f'(kam-fire "{rule.id}") {_conclude(name, "TRUE")}')
                    self._rules(Not(rule.effective), depth, f"(assert (refuted {_id(name)} {index}))")
                refuted = " ".join(f"(refuted {_id(name)} {index})" for index in range(len(rules)))
                self._rule(refuted, depth, _conclude(name, "FALSE"))
            elif name in book.measures and book.measures[name].entry.flag is not None:
                condition = book.measures[name].expression
                assert condition is not None
                self._rules(condition, depth, _conclude(name, "TRUE"))
                self._rules(Not(condition), depth, _conclude(name, "FALSE"))
            else:
                layers.setdefault(depth, []).append(name)
        for depth, names in layers.items():
            self.layers[f"layer-{depth}"] = names
            self._rule("", depth, f'(kam-layer "layer-{depth}")')
        for rule in book.rules:
            if rule.target is None:
                self._rules(rule.effective, 1 + self._depth(rule.effective), f'(kam-fire "{rule.id}")')

    def _depth(self, expression: Expression) -> int:
        return max((self.book.stratum[base_name(name)] for name in names_in(expression)), default=0)

    def _rules(self, condition: Expression, depth: int, right: str) -> None:
        for branch in branches(condition):
            patterns = [self._pattern(literal, index) for index, literal in enumerate(branch)]
            patterns.sort(key=lambda pattern: pattern.startswith("(not"))
            self._rule(" ".join(patterns), depth, right)

    def _rule(self, left: str, depth: int, right: str) -> None:
        number = len(self.constructs)
        self.constructs.append(f"(defrule r{number} (declare (salience {-depth})) (begin) {left} => {right})")

    def _pattern(self, literal: Expression, index: int) -> str:
        match literal:
            case Name(name):
                return f"({_id(name)} (value TRUE))"
            case Not(Name(name)):
                return f"({_id(name)} (value FALSE))"
            case Known(Name(name)):
                return f"({_id(name)})"
            case Certain(item):
                return f"({self._certain(item)})"
            case Not(Known() | Certain() as item):
                return f"(not {self._pattern(item, index)})"
            case Not(In(Name(name), options)):
                return f"({_id(name)} (value {'&'.join('~' + self._constant(option) for option in options)}))"
            case In(Name(name), options):
                return f"({_id(name)} (value {'|'.join(self._constant(option) for option in options)}))"
            case Compare("==", Name(name), right) if isinstance(evaluate(right, self.constants), str):
                return f"({_id(name)} (value {self._constant(right)}))"
            case Compare("!=", Name(name), right) if isinstance(evaluate(right, self.constants), str):
                return f"({_id(name)} (value ~{self._constant(right)}))"
            case Compare(op, Name(name), right):
                operator = {"==": "=", "!=": "<>"}.get(op, op)
                return f"({_id(name)} (value ?v{index}&:({operator} ?v{index} {self._constant(right)})))"
            case _:
                raise AssertionError(literal)

    def _certain(self, condition: Expression) -> str:
        if condition not in self.certain:
            self.certain[condition] = f"certain-{len(self.certain)}"
            self._rules(condition, self._depth(condition), f"(assert ({self.certain[condition]}))")
        return self.certain[condition]

    def _constant(self, expression: Expression) -> str:
        value = evaluate(expression, self.constants)
        return {True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else str(value)


def _id(name: str) -> str:
    return "n-" + name.replace(".", "-").replace("_", "-")


def _conclude(name: str, value: str) -> str:
    return f'(assert ({_id(name)} (value {value}))) (kam-note "{name}" {value})'


def _symbol(value: Value) -> object:
    if isinstance(value, bool):
        return clips.Symbol("TRUE" if value else "FALSE")
    return clips.Symbol(value) if isinstance(value, str) else value
