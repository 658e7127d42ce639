"""The defects of experta, each shown to be met by our strategy, our matcher or our way of using it.

The letters are those of docs/decisions/0002-experta.md. Where stock experta still has the defect, a test says so: when
that test fails, experta has changed, and the measure against the defect can be reconsidered.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import kam_expert
from kam_expert.diagnosis import network_of
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions, Inputs
from kam_expert.engines.network import IndexedMatcher, Network, StableOrder
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Compare, Name, Value, walk
from tests.accounts import Defined, generated, small_book

experta: Any = import_module(
    "experta"
)  # after the network module: plain `import experta` fails on Python 3.10 and later

PACKAGE = Path(kam_expert.__file__).parent
ROOT = Path(__file__).parents[1]
STOCK, OURS = "stock", "ours"
Right = Callable[[Any], None]


def production(left: list[Any], right: Right, *, sequence: int = 0, salience: int = 0) -> Any:
    def fire(engine: Any) -> None:
        right(engine)

    fire.sequence = sequence  # type: ignore[attr-defined]
    return experta.Rule(*left, salience=salience)(fire)


def engine_of(productions: list[Any], kind: str = OURS) -> Any:
    """A knowledge engine with these productions: as experta ships, or with our strategy and matcher."""
    namespace: dict[str, Any] = {"get_rules": lambda self: productions}
    if kind == OURS:
        namespace.update({"__strategy__": StableOrder, "__matcher__": IndexedMatcher})
    engine = type("Engine", (experta.KnowledgeEngine,), namespace)()
    engine.log = []
    return engine


def fact(name: str) -> Any:
    return type(name, (experta.Fact,), {})


def noting(what: object) -> Right:
    return lambda engine: engine.log.append(what)


def fired(book: Rulebook, rules: dict[str, str], values: dict[str, Value], **defined: Defined) -> list[str]:
    """The rules of a small rulebook that fire in its network; the oracle must say the same."""
    small = small_book(book, defined, rules)
    found = [firing.rule for firing in Network(small).conclude(Inputs(values)).firings]
    assert found == [firing.rule for firing in plain.conclude(small, Inputs(values)).firings]
    return found


# A: withdrawn activations still fire


def unguarded(kind: str, count: int, tried: range) -> int:
    """How often a rule fires although its guard, of higher salience, has withdrawn it."""
    one, block = fact("One"), fact("Block")
    always, blocks = one(a=1), [block(i=index) for index in range(count)]
    rules = [
        production([always, experta.NOT(blocks[index])], noting(index), sequence=index + 1) for index in range(count)
    ]
    rules.append(production([always], lambda engine: engine.declare(block(i=engine.blocked)), salience=10))
    engine = engine_of(rules, kind)
    wrong = 0
    for engine.blocked in tried:
        engine.log.clear()
        engine.reset()
        engine.declare(one(a=1))
        engine.run()
        assert sorted({*engine.log, engine.blocked}) == list(range(count))
        wrong += engine.blocked in engine.log
    return wrong


def test_a_withdrawn_activations_never_fire() -> None:
    assert unguarded(OURS, 100, range(100)) == 0


def test_a_stock_experta_fires_them() -> None:
    assert unguarded(STOCK, 100, range(0, 100, 5)) > 0


def test_a_one_activation_is_removed_per_withdrawal() -> None:
    """Equal twins: the first version of the strategy removed both."""
    rule = production([experta.InitialFact()], noting(0))
    activation = import_module("experta.activation").Activation
    agenda = import_module("experta.agenda").Agenda()
    twins = [activation(rule, ()), activation(rule, ())]
    StableOrder().update_agenda(agenda, twins, [])
    StableOrder().update_agenda(agenda, [], twins[:1])
    assert len(agenda.activations) == 1


# B: the order of equal rules is random

ORDER = """
import json, sys
sys.path.insert(0, {root!r})
from tests.test_experta import engine_of, experta, fact, noting, production
one = fact("One")
engine = engine_of([production([one()], noting(i), sequence=i, salience=-(i % 3)) for i in range(30)])
engine.reset()
engine.declare(one())
engine.run()
print(json.dumps(engine.log))
"""
CONCLUSIONS = """
import json, sys
sys.path.insert(0, {root!r})
from kam_expert import load_rulebook
from kam_expert.engines.network import Network
from tests.accounts import generated
book = load_rulebook()
network = Network(book)
print(json.dumps([repr(network.conclude(inputs)) for inputs in generated(book, 5, 1)]))
"""


def in_fresh_processes(script: str, seeds: tuple[str, ...]) -> list[Any]:
    commands = [[sys.executable, "-W", "error", "-c", script] for _ in seeds]
    environments = [{**os.environ, "PYTHONHASHSEED": seed} for seed in seeds]
    running = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for command, environment in zip(commands, environments, strict=True)
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return [json.loads(output) for output in outputs]


def test_b_the_order_is_layers_then_rulebook_in_every_process() -> None:
    expected = sorted(range(30), key=lambda index: (index % 3, index))
    found = in_fresh_processes(ORDER.format(root=str(ROOT)), ("0", "0", "1", "4242"))
    assert found == [expected] * 4


def test_b_conclusions_are_the_same_in_every_process() -> None:
    found = in_fresh_processes(CONCLUSIONS.format(root=str(ROOT)), ("0", "1", "4242"))
    assert found[0] == found[1] == found[2]


# C: a predicate that raises leaves ghosts behind


def after_an_error(kind: str) -> list[str]:
    """What fires for the next account after a predicate has raised for the one before."""
    one, other = fact("One"), fact("Other")

    def at_least_three(value: Any) -> bool:
        return bool(value >= 3)

    engine = engine_of(
        [production([one()], noting("one")), production([other(v=experta.P(at_least_three))], noting("three"))], kind
    )
    engine.reset()
    with pytest.raises(TypeError):
        engine.declare(one(account=1), other(v=None))
    engine.reset()
    engine.declare(one(account=2), other(v=4))
    engine.run()
    return sorted(engine.log)


def test_c_a_predicate_that_raises_leaves_no_ghost() -> None:
    assert after_an_error(OURS) == ["one", "three"]


def test_c_stock_experta_is_haunted() -> None:
    assert after_an_error(STOCK) == ["one", "one", "three"]


def test_c_the_network_recovers_from_an_exception(book: Rulebook) -> None:
    """A number that is a text never comes out of a case file; whatever raises, the next account is judged alone."""
    network = Network(book)
    accounts = generated(book, 10, seed=2)
    expected = [network.conclude(inputs) for inputs in accounts]
    ordered = {
        node.left.name
        for rule in book.rules
        for node in walk(rule.effective)
        if isinstance(node, Compare) and isinstance(node.left, Name) and node.op == ">="
    }
    broken = next(name for name in book.facts if name in ordered)
    for inputs, wanted in zip(accounts, expected, strict=True):
        with pytest.raises(TypeError):
            network.conclude(replace(inputs, values={**inputs.values, broken: "not a number"}))
        assert network.conclude(inputs) == wanted


def test_c_the_network_recovers_from_a_right_hand_side_that_raises(book: Rulebook) -> None:
    """An engine of experta that raised while running still says that it is running."""
    small = small_book(book, {"n": Defined("number", ("x - y",))}, {"rule": "p"})
    network = Network(small)
    good, bad = Inputs({"p": True, "x": 3, "y": 1}), Inputs({"p": True, "x": "three", "y": 1})
    expected = network.conclude(good)
    with pytest.raises(TypeError):
        network.conclude(bad)
    assert network.conclude(good) == expected
    assert expected.fired("rule")


# D: a rule with several true branches fires several times


def test_d_a_rule_with_several_true_branches_is_recorded_once(book: Rulebook) -> None:
    rules = {"either": "p or q or x >= 1 or c in [a, b]", "all": "p and q"}
    assert fired(book, rules, {"p": True, "q": True, "x": 2, "c": "a"}) == ["either", "all"]


def test_d_the_first_true_branch_is_the_reason(book: Rulebook) -> None:
    small = small_book(book, {}, {"either": "p or q or x >= 1"})
    network = Network(small)
    reasons = [
        network.conclude(Inputs(values)).firings[0].premises
        for values in ({"x": 2, "q": True, "p": True}, {"x": 2, "q": True}, {"x": 2, "q": False, "p": False})
    ]
    assert reasons == [(("p", True),), (("q", True),), (("x", 2),)]


def test_d_points_are_not_counted_twice(book: Rulebook) -> None:
    """A signal that two rules and several branches make true is one signal."""
    signal = Defined("signal", ("p or q", "q or x >= 1"))
    assert fired(book, {"read": "s"}, {"p": True, "q": True, "x": 1}, s=signal) == ["s-0", "s-1", "read"]


# E: rules with equal conditions collapse


def test_e_rules_with_equal_conditions_both_fire(book: Rulebook) -> None:
    rules = {"one": "p and x >= 1", "two": "p and x >= 1", "three": "x >= 1 and p"}
    assert fired(book, rules, {"p": True, "x": 1}) == ["one", "two", "three"]


# F: composites joined by an operator crash


def test_f_nested_alternatives_compile(book: Rulebook) -> None:
    rules = {"nested": "(p or q) and ((x >= 1 or c == a) or (y >= 1 or c == b))"}
    assert fired(book, rules, {"q": True, "y": 1}) == ["nested"]
    assert fired(book, rules, {"y": 1}) == []


# G: 1 == True


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"p": True, "x": 1}, ["flag", "one", "at-least-one"]),
        ({"p": False, "x": 1}, ["not-flag", "one", "at-least-one"]),
        ({"p": True, "x": 0}, ["flag", "zero"]),
        ({"p": False, "x": 0}, ["not-flag", "zero"]),
        ({"x": 1}, ["one", "at-least-one"]),
        ({"x": 1.0, "y": 1, "p": True, "q": True}, ["flag", "one", "at-least-one"]),
        ({"p": True}, ["flag"]),
    ],
)
def test_g_a_flag_and_a_number_never_mix(book: Rulebook, values: dict[str, Value], expected: list[str]) -> None:
    rules = {"flag": "p", "not-flag": "not p", "one": "x == 1", "zero": "x == 0", "at-least-one": "x >= 1"}
    assert fired(book, rules, values) == expected


def test_g_every_name_has_its_own_kind_of_fact(book: Rulebook) -> None:
    """Equal values under two names are two facts: experta drops what it takes for a duplicate."""
    rules = {"p": "p", "q": "q", "x": "x == 1", "y": "y == 1", "all": "p and q and x == 1 and y == 1"}
    assert fired(book, rules, {"p": True, "q": True, "x": 1, "y": 1.0}) == ["p", "q", "x", "y", "all"]


# H: NOT is absence


@pytest.mark.parametrize(
    ("condition", "unknown", "true", "false"),
    [
        ("not p", False, False, True),
        ("not known(p)", True, False, False),
        ("known(p)", False, True, True),
        ("not certain(p)", True, False, True),
        ("certain(not p)", False, False, True),
        ("not certain(not p)", True, True, False),
    ],
)
def test_h_only_known_and_certain_speak_of_absence(
    book: Rulebook, condition: str, unknown: bool, true: bool, false: bool
) -> None:
    accounts: tuple[dict[str, Value], ...] = ({}, {"p": True}, {"p": False})
    found = [bool(fired(book, {"rule": condition}, values)) for values in accounts]
    assert found == [unknown, true, false]


@pytest.mark.parametrize(
    "condition",
    [
        "x != 1",
        "not x == 1",
        "not (x == 1)",
        "c != a",
        "c not in [a, b]",
        "not (c in [a, b])",
        "not (p and q)",
        "not s",
    ],
)
def test_h_the_negation_of_an_unknown_is_not_true(book: Rulebook, condition: str) -> None:
    assert fired(book, {"rule": condition}, {}, s=Defined("signal", ("p",))) == []


def test_h_a_negated_comparison_needs_a_value(book: Rulebook) -> None:
    rules = {"number": "not (x >= 3)", "choice": "c not in [a, b]"}
    assert fired(book, rules, {"x": 2, "c": "d"}) == ["number", "choice"]
    assert fired(book, rules, {"x": 3, "c": "a"}) == []


def test_h_rules_named_like_parts_of_an_engine_exist(book: Rulebook) -> None:
    rules = dict.fromkeys(("facts", "agenda", "run", "reset", "strategy", "matcher", "log", "a-b", "known"), "p")
    assert fired(book, rules, {"p": True}) == list(rules)


def test_h_a_rule_without_a_condition_always_fires(book: Rulebook) -> None:
    small = small_book(book, {}, {"sure": "known(p) or not known(p)"})
    assert [Network(small).conclude(Inputs(values)).fired("sure") for values in ({}, {"p": False})] == [True, True]


# the import


def test_importing_the_network_leaves_no_trace() -> None:
    script = """
import collections, json, logging, sys
before = list(logging.getLogger().handlers), logging.getLogger().level
had = hasattr(collections, "Mapping")
import kam_expert.engines.network
after = list(logging.getLogger().handlers), logging.getLogger().level
print(json.dumps([before == after, had == hasattr(collections, "Mapping"), "experta" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout) == [True, True, True]


def test_only_the_network_imports_experta() -> None:
    importers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "experta" for name in names):
                importers.add(path.relative_to(PACKAGE).as_posix())
    assert importers == {"engines/network.py"}


# use by several and for long


def test_threads_share_a_network(book: Rulebook, network: Network) -> None:
    accounts = generated(book, 50, seed=4)
    expected = [network.conclude(inputs) for inputs in accounts]
    found: list[list[Conclusions]] = [[] for _ in range(4)]

    def work(mine: list[Conclusions], first: int) -> None:
        order = [*range(first, 50), *range(first)]
        mine.extend(network.conclude(accounts[index]) for index in order)
        mine[:] = [mine[order.index(index)] for index in range(50)]

    threads = [threading.Thread(target=work, args=(mine, 12 * place)) for place, mine in enumerate(found)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == expected for mine in found)


def test_consultations_leave_nothing_behind(book: Rulebook) -> None:
    network = network_of(book)
    accounts = generated(book, 200, seed=9)

    def alive() -> int:
        network.conclude(Inputs({}))  # the working memory of the last account is no leak
        gc.collect()
        return len(gc.get_objects())

    for inputs in accounts[:20]:
        network.conclude(inputs)
    before = alive()
    for inputs in accounts:
        network.conclude(inputs)
    assert alive() - before < 500
