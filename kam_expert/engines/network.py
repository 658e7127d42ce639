"""The rulebook as a pattern network: the inference engine of a consultation.

The only module that imports experta. Stock experta does not import on Python 3.10 and later, fires rules whose
activation was withdrawn, and orders equal rules by memory address; `docs/decisions/0002-experta.md` lists the defects
and how each is met here, through experta's own extension points: a strategy, a matcher, one fact class per name, and
a replay from an empty memory for every account.
"""

from __future__ import annotations

import bisect
import collections
import collections.abc
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kam_expert.engines.conclusions import Conclusions, Firing, Inputs
from kam_expert.rulebook.book import Rule, Rulebook
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
)
from kam_expert.rulebook.normal_form import branches

# frozendict 1.2, which experta pins, subclasses collections.Mapping; importing experta also puts a handler on the root
# logger.
_root_handlers = list(logging.getLogger().handlers)
_mapping_missing = not hasattr(collections, "Mapping")
if _mapping_missing:
    collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
try:
    from experta import NOT, Fact, InitialFact, KnowledgeEngine, P
    from experta import Rule as Production
    from experta.abstract import Strategy
    from experta.matchers.rete import ReteMatcher
    from experta.matchers.rete.check import FactCapture, SameContextCheck, TypeCheck
    from experta.matchers.rete.mixins import ChildNode
    from experta.matchers.rete.nodes import ConflictSetNode, FeatureTesterNode, NotNode, OrdinaryMatchNode
    from experta.matchers.rete.token import Token
    from experta.matchers.rete.utils import generate_checks
finally:
    if _mapping_missing:
        del collections.Mapping  # type: ignore[attr-defined]
    for _handler in [handler for handler in logging.getLogger().handlers if handler not in _root_handlers]:
        logging.getLogger().removeHandler(_handler)

Right = Callable[["_Engine"], None]
LAYER = 16  # levels from one layer to the next: more than certain() and known() are ever nested


def _positive(pattern: Any) -> Any:
    """The pattern itself, or the one whose absence is asked."""
    return pattern[0] if isinstance(pattern, NOT) else pattern


class StableOrder(Strategy):
    """Lower layers first, then the order of the rulebook.

    A withdrawn activation is removed, exactly one per withdrawal.
    """

    def _update_agenda(self, agenda: Any, added: Iterable[Any], removed: Iterable[Any]) -> None:
        waiting = agenda.activations
        for activation in removed:
            key = self._key(activation)
            index = bisect.bisect_left(waiting, key, key=self._key)
            while index < len(waiting) and self._key(waiting[index]) == key:
                if waiting[index].facts == activation.facts:
                    del waiting[index]
                    break
                index += 1
        for activation in sorted(added, key=self._key):
            bisect.insort_right(waiting, activation, key=self._key)

    @staticmethod
    def _key(activation: Any) -> tuple[int, int]:
        return activation.rule.salience, -activation.rule.sequence


class IndexedMatcher(ReteMatcher):
    """The Rete network of experta, entered by the class of a fact and polled only where something changed."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self._entrances: dict[type, list[Callable[[Any], None]]] = {}
        self._touched: dict[int, Any] = {}
        for child in self.root_node.children:
            if isinstance(child.node.matcher, TypeCheck):
                self._entrances.setdefault(child.node.matcher.fact_type, []).append(child.callback)
        self._nodes = self._flat_nodes()

    @staticmethod
    def prepare_ruleset(engine: Any) -> list[Any]:
        """The productions as they are: each is one conjunction already, so experta has nothing to rewrite."""
        return list(engine.get_rules())

    @staticmethod
    def build_alpha_part(ruleset: list[Any], root_node: Any) -> dict[int, Any]:
        """One entrance per fact class, one test node per pattern below it; the end node of each pattern by identity."""
        ends: dict[int, Any] = {}
        nodes: dict[tuple[Any, ...], Any] = {}
        for production in ruleset:
            for pattern in map(_positive, production):
                node: Any = root_node
                path: tuple[Any, ...] = ()
                for check in generate_checks(pattern):
                    if isinstance(check, FactCapture):
                        continue  # nothing on a right-hand side asks which fact matched
                    path = (*path, check)
                    if path not in nodes:
                        nodes[path] = FeatureTesterNode(check)
                        node.add_child(nodes[path], nodes[path].activate)
                    node = nodes[path]
                ends[id(pattern)] = node
        return ends

    @staticmethod
    def build_beta_part(ruleset: list[Any], alpha_terminals: dict[int, Any]) -> None:
        """A chain of joins per production; productions that begin alike share the beginning."""
        joins: dict[tuple[int, ...], Any] = {}
        for production in ruleset:
            path: tuple[int, ...] = (id(production[0]),)
            node = alpha_terminals[id(production[0])]
            for pattern in production[1:]:
                path = (*path, id(pattern))
                if path not in joins:
                    join = (NotNode if isinstance(pattern, NOT) else OrdinaryMatchNode)(SameContextCheck())
                    node.add_child(join, join.activate_left)
                    alpha_terminals[id(_positive(pattern))].add_child(join, join.activate_right)
                    joins[path] = join
                node = joins[path]
            end = ConflictSetNode(production)
            node.add_child(end, end.activate)

    def _flat_nodes(self) -> list[Any]:
        found: dict[int, Any] = {}
        pending = [self.root_node]
        while pending:
            node = pending.pop()
            if id(node) in found:
                continue
            found[id(node)] = node
            for index, child in enumerate(node.children):
                if isinstance(child.node, ConflictSetNode):
                    node.children[index] = ChildNode(child.node, self._noting(child.node))
                pending.append(child.node)
        return list(found.values())

    def _noting(self, end: Any) -> Callable[[Any], None]:
        def activate(token: Any) -> None:
            self._touched[id(end)] = end
            end.activate(token)

        return activate

    def changes(self, adding: Any = None, deleting: Any = None) -> tuple[list[Any], list[Any]]:
        for fact in deleting or ():
            for enter in self._entrances.get(type(fact), ()):
                enter(Token.invalid(fact))
        for fact in adding or ():
            for enter in self._entrances.get(type(fact), ()):
                enter(Token.valid(fact))
        added: list[Any] = []
        removed: list[Any] = []
        touched, self._touched = self._touched, {}
        for end in touched.values():
            new, gone = end.get_activations()
            added.extend(new)
            removed.extend(gone)
        return added, removed

    def reset(self) -> None:
        self._touched = {}
        for node in self._nodes:
            node._reset()
            if isinstance(node, ConflictSetNode):  # experta leaves these behind, to fire for the next account
                node.added, node.removed = set(), set()


class _Engine(KnowledgeEngine):
    """One working memory: the values concluded so far and which branch of which rule fired."""

    __strategy__ = StableOrder
    __matcher__ = IndexedMatcher

    def __init__(self, productions: list[Any], parameters: Mapping[str, float]) -> None:
        self.productions = productions
        self.parameters = parameters
        self.clear(Inputs({}))
        super().__init__()
        self.initial = super().get_deffacts()  # experta would search all members of the engine at every reset

    def clear(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.known: dict[str, Value] = {**inputs.values, **inputs.assumed}
        self.coverage: dict[str, float] = {}
        self.fired: dict[str, int] = {}

    def get_rules(self) -> list[Any]:
        return self.productions

    def get_deffacts(self) -> list[Any]:
        return list(self.initial)

    @property
    def state(self) -> State:
        return State(self.known, self.parameters, self.inputs.tables)


class Network:
    """The network of one rulebook. Built once, replayed for each account; safe to share between threads."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._lock = threading.Lock()
        self._compiler = _Compiler(book)
        self._engine: _Engine | None = None

    def conclude(self, inputs: Inputs) -> Conclusions:
        """All conclusions about one account."""
        with self._lock:
            engine = self._engine
            self._engine = None  # an engine that raised is never used again
            if engine is None:
                engine = _Engine(self._compiler.productions, self.book.parameters)
            conclusions = self._run(engine, inputs)
            self._engine = engine
            return conclusions

    def _run(self, engine: _Engine, inputs: Inputs) -> Conclusions:
        engine.clear(inputs)
        engine.reset()
        facts = []
        for name in sorted(engine.known):
            fact_class = self._compiler.fact_classes.get(name)
            if fact_class is not None:
                facts.append(fact_class(value=engine.known[name]))
        for name in sorted(name for name, rows in inputs.tables.items() if rows):
            if name in self._compiler.fact_classes:
                facts.append(self._compiler.fact_classes[name](value=True))
        if facts:
            engine.declare(*facts)
        engine.run()
        firings = tuple(
            Firing(rule.id, self._premises(rule, engine.fired[rule.id], engine.known))
            for rule in self.book.rules
            if rule.id in engine.fired
        )
        return Conclusions(dict(engine.known), dict(engine.coverage), firings)

    def _premises(self, rule: Rule, branch: int, known: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
        literals = self._compiler.branches[rule.id][branch]
        names = dict.fromkeys(name for literal in literals for name in names_in(literal))
        return tuple((name, known[name]) for name in names if name in known)


class _Compiler:
    """Rules, flags and formulas as productions."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.productions: list[Any] = []
        self.branches: dict[str, tuple[tuple[Expression, ...], ...]] = {}
        self.fact_classes: dict[str, type] = {}
        self.predicates: dict[tuple[object, ...], Any] = {}
        self.patterns: dict[Expression, Any] = {}
        self.certain: dict[Expression, type] = {}
        self.constants = State({}, book.parameters)
        self.always = InitialFact()
        formulas: dict[int, list[str]] = {}
        for name in book.order:
            if not self._computed(name):
                formulas.setdefault(self._level(name), []).append(name)
        for depth, names in formulas.items():
            self._produce([], depth, self._computing(names))
        for rule in book.rules:
            if rule.target is None:
                self._rule(rule, LAYER + self._depth(rule.effective), _record)

    # what is computed

    def _computed(self, name: str) -> bool:
        """Compile a position, signal or flag to patterns; False for what a formula computes."""
        book = self.book
        if name in book.models:
            for rule in (rule for rule in book.rules if rule.target == name):
                self._rule(rule, self._level(name), self._positioning(name, rule))
        elif name in book.signals:
            self._signal(name)
        elif name in book.measures and book.measures[name].entry.flag is not None:
            condition = book.measures[name].expression
            assert condition is not None
            self._conclude(condition, self._level(name), self._setting(name, True))
            self._conclude(Not(condition), self._level(name), self._setting(name, False))
        else:
            return False
        return True

    def _rule(self, rule: Rule, depth: int, conclude: Callable[[_Engine, Rule, int], bool]) -> None:
        alternatives = branches(rule.effective)
        self.branches[rule.id] = alternatives
        for index, literals in enumerate(alternatives):

            def right(engine: _Engine, index: int = index) -> None:
                conclude(engine, rule, index)

            self._produce(self._left(literals, depth), depth, right)

    def _conclude(self, condition: Expression, depth: int, right: Right) -> None:
        for literals in branches(condition):
            self._produce(self._left(literals, depth), depth, right)

    def _signal(self, name: str) -> None:
        depth = self._level(name)
        refuted = []
        for rule in (rule for rule in self.book.rules if rule.target == name):
            self._rule(rule, depth, self._signalling(name))
            marker = type(f"Refuted_{len(self.branches)}", (Fact,), {})
            refuted.append(marker)
            self._conclude(Not(rule.effective), depth, _asserting(marker))
        self._produce([marker() for marker in refuted], depth, self._setting(name, False))

    def _produce(self, left: list[Any], depth: int, right: Right) -> None:
        def production(engine: _Engine) -> None:
            right(engine)

        production.sequence = len(self.productions)  # type: ignore[attr-defined]
        left = sorted(left, key=lambda pattern: isinstance(pattern, NOT))
        if not left or isinstance(left[0], NOT):
            left = [self.always, *left]
        self.productions.append(Production(*left, salience=-depth)(production))

    # right-hand sides

    def _setting(self, name: str, value: Value) -> Right:
        def right(engine: _Engine) -> None:
            if name not in engine.known:
                engine.known[name] = value
                engine.declare(self._fact_class(name)(value=value))

        return right

    def _positioning(self, name: str, rule: Rule) -> Callable[[_Engine, Rule, int], bool]:
        cell: str = rule.entry.cell  # type: ignore[attr-defined]

        def conclude(engine: _Engine, rule: Rule, index: int) -> bool:
            if name in engine.known and rule.id not in engine.fired:
                return False  # assumed, or another row came first
            _record(engine, rule, index)
            self._setting(name, cell)(engine)
            return True

        return conclude

    def _signalling(self, name: str) -> Callable[[_Engine, Rule, int], bool]:
        def conclude(engine: _Engine, rule: Rule, index: int) -> bool:
            if name in engine.inputs.assumed:
                return False
            _record(engine, rule, index)
            self._setting(name, True)(engine)
            return True

        return conclude

    def _computing(self, names: list[str]) -> Right:
        """Compute the formulas of one layer, all of whose inputs lower layers have settled."""

        def right(engine: _Engine) -> None:
            state = engine.state
            facts = []
            for name in names:
                if name not in engine.known:
                    value = self._value(name, engine, state)
                    if value is not None:
                        engine.known[name] = value
                        facts.append(self._fact_class(name)(value=value))
            if facts:
                engine.declare(*facts)

        return right

    def _value(self, name: str, engine: _Engine, state: State) -> Value | None:
        book = self.book
        if name in book.scores:
            value, engine.coverage[name] = compute_score(book.scores[name], state)
            return value
        if name in book.measures:
            return compute_measure(book.measures[name], book, state, engine.inputs.not_applicable)
        derived = book.facts[name].derived
        return None if derived is None else engine.known.get(derived)

    # left-hand sides

    def _level(self, name: str) -> int:
        """The level at which a name is settled: its layer, with room for markers before the next."""
        return LAYER * self.book.stratum[name]

    def _settled(self, expression: Expression) -> int:
        """The level at which a condition is settled: above every absence that it asks for."""
        match expression:
            case Known(Name(name)):
                return self._level(base_name(name)) + 1
            case Certain(item):
                return self._settled(item) + 1
            case Name(name):
                return self._level(base_name(name))
            case _:
                return max((self._settled(child) for child in expression.children()), default=0)

    def _depth(self, expression: Expression) -> int:
        return max((self._level(base_name(name)) for name in names_in(expression)), default=0)

    def _left(self, literals: tuple[Expression, ...], depth: int) -> list[Any]:
        """Patterns of one branch; absence is asked only of what a lower layer has settled."""
        return [self._pattern(literal, depth) for literal in literals]

    def _pattern(self, literal: Expression, depth: int) -> Any:
        pattern = self.patterns.get(literal)
        if pattern is None:
            pattern = self.patterns[literal] = self._new_pattern(literal, depth)
        return pattern

    def _new_pattern(self, literal: Expression, depth: int) -> Any:
        match literal:
            case Name(name):
                return self._fact_class(name)(value=True)
            case Not(Name(name)):
                return self._fact_class(name)(value=False)
            case Known(Name(name)):
                return self._fact_class(name)()
            case Certain(condition):
                return self._certain_class(condition)()
            case Not(Known() | Certain() as item):
                return NOT(self._pattern(item, depth))
            case Not(In(Name(name), options)):
                values = frozenset(evaluate(option, self.constants) for option in options)
                return self._tested(name, "not in", values)
            case In(Name(name), options):
                values = frozenset(evaluate(option, self.constants) for option in options)
                return self._tested(name, "in", values)
            case Compare(op, Name(name), constant):
                return self._tested(name, op, evaluate(constant, self.constants))
            case _:
                raise AssertionError(f"not a literal: {literal}")

    def _tested(self, name: str, op: str, bound: object) -> Any:
        key = (name, op, bound)
        if key not in self.predicates:
            self.predicates[key] = P(_predicate(op, bound))
        return self._fact_class(name)(value=self.predicates[key])

    def _fact_class(self, name: str) -> type:
        if name not in self.fact_classes:
            self.fact_classes[name] = type(f"Fact_{name}", (Fact,), {})
        return self.fact_classes[name]

    def _certain_class(self, condition: Expression) -> type:
        """A fact class asserted when the condition is true, once what it reads is settled and before any reader."""
        if condition not in self.certain:
            marker = type(f"Certain_{len(self.certain)}", (Fact,), {})
            self.certain[condition] = marker
            self._conclude(condition, self._settled(condition), _asserting(marker))
        return self.certain[condition]


def _record(engine: _Engine, rule: Rule, index: int) -> bool:
    """Note the firing once per rule, under the first branch that held."""
    engine.fired[rule.id] = min(index, engine.fired.get(rule.id, index))
    return True


def _asserting(marker: type) -> Right:
    def right(engine: _Engine) -> None:
        engine.declare(marker())

    return right


def _predicate(op: str, bound: Any) -> Callable[[Any], bool]:
    """A test of a known value against a constant; total, for the values of one name are of one kind."""
    tests: dict[str, Callable[[Any], bool]] = {
        "==": lambda value: value == bound,
        "!=": lambda value: value != bound,
        "<": lambda value: value < bound,
        "<=": lambda value: value <= bound,
        ">": lambda value: value > bound,
        ">=": lambda value: value >= bound,
        "in": lambda value: value in bound,
        "not in": lambda value: value not in bound,
    }
    return tests[op]


__all__ = ["Network"]
