"""The defects of experta 1.9.4 that would bite us, each shown to be met; `docs/decisions` names them A to H.

Where stock experta still has the defect it is shown as well, so that a release which mends it is noticed.
"""

from __future__ import annotations

import collections
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from kam_expert.case import load_case
from kam_expert.engines import network as network_module
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.network import IndexedMatcher, Network, StableOrder
from kam_expert.rulebook.book import Rulebook
from tests.accounts import generated

ROOT = Path(__file__).parents[1]
RULES = 100


network: Any = network_module  # for experta's untyped names
A = type("A", (network.Fact,), {})
Block = type("Block", (network.Fact,), {})


def engine_of(productions: list[Any], *, ours: bool) -> Any:
    """An engine with the given productions: ours, or as experta ships it."""
    body: dict[str, Any] = {"get_rules": lambda self: list(productions)}
    if ours:
        body |= {"__strategy__": StableOrder, "__matcher__": IndexedMatcher}
    return type("Engine", (network.KnowledgeEngine,), body)()


def production(*patterns: Any, salience: int = 0, right: Any, sequence: int) -> Any:
    def act(engine: Any) -> None:
        right(engine)

    act.sequence = sequence  # type: ignore[attr-defined]
    return network.Production(*patterns, salience=salience)(act)


def guarded(blocked: int, fired: list[int], *, ours: bool) -> Any:
    """A hundred rules on one fact, each silenced by its own blocker; a guard of higher salience asserts one blocker."""
    a = A(value=1)
    productions = [
        production(a, network.NOT(Block(i=i)), right=lambda _, i=i: fired.append(i), sequence=i) for i in range(RULES)
    ]
    guard = production(a, salience=10, right=lambda engine: engine.declare(Block(i=blocked)), sequence=RULES)
    engine = engine_of([*productions, guard], ours=ours)
    engine.reset()
    engine.declare(A(value=1))
    engine.run()
    return fired


def test_a_withdrawn_activations_never_fire() -> None:
    for blocked in range(0, RULES, 9):
        fired: list[int] = []
        guarded(blocked, fired, ours=True)
        assert sorted(fired) == [i for i in range(RULES) if i != blocked]


def test_a_stock_experta_fires_what_was_withdrawn() -> None:
    wrong = 0
    for blocked in range(0, RULES, 9):
        fired: list[int] = []
        guarded(blocked, fired, ours=False)
        wrong += blocked in fired
    assert wrong > 0, "this experta no longer has defect A: read docs/decisions on experta again"


def test_b_the_order_is_that_of_the_rulebook() -> None:
    fired: list[int] = []
    guarded(RULES + 1, fired, ours=True)
    assert fired == list(range(RULES))


def test_b_trace_is_the_same_in_every_process() -> None:
    code = (
        "from kam_expert import load_case, load_rulebook; from kam_expert.engines.network import Network; "
        "book = load_rulebook(); case = load_case('cases/northern-bottlers.yaml', book); "
        "print(Network(book).conclude(case.inputs(book)))"
    )
    outputs = set()
    for seed in ("0", "1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_c_an_error_leaves_no_ghost(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load_case(ROOT / "cases" / "northern-bottlers.yaml", book)
    fresh = Network(book)
    expected = fresh.conclude(case.inputs(book))
    nothing = fresh.conclude(Inputs({}))

    def broken(*_: object) -> None:
        raise RuntimeError("in the middle of a consultation")

    with monkeypatch.context() as patched:
        patched.setattr(network, "compute_score", broken)
        with pytest.raises(RuntimeError):
            fresh.conclude(case.inputs(book))
    assert fresh.conclude(Inputs({})) == nothing
    assert fresh.conclude(case.inputs(book)) == expected


def test_c_pending_activations_do_not_survive_a_reset() -> None:
    fired: list[int] = []
    engine = engine_of([production(A(value=1), right=lambda _: fired.append(1), sequence=0)], ours=True)
    engine.reset()
    engine.facts.declare(A(value=1))
    engine.matcher.changes(*engine.facts.changes)  # matched, but never put on an agenda
    engine.reset()
    engine.run()
    assert fired == []


def test_d_a_rule_with_several_true_branches_fires_once(network_of_book: Network, book: Rulebook) -> None:
    rule = next(rule for rule in book.rules if "customer-at-risk-reduce" in rule.id)
    assert len(network_of_book._compiler.branches[rule.id]) > 1
    assumed = dict.fromkeys(("insourcing", "shared_business_risk"), True)
    values = {"revenue_share": 12, "account_specific_investment": 5}
    conclusions = network_of_book.conclude(Inputs(values, assumed=assumed))
    assert [firing.rule for firing in conclusions.firings].count(rule.id) == 1


def test_e_equal_conditions_are_two_rules() -> None:
    fired: list[int] = []
    a = A(value=1)
    twins = [production(a, right=lambda _, i=i: fired.append(i), sequence=i) for i in (0, 1)]
    engine = engine_of(twins, ours=True)
    engine.reset()
    engine.declare(A(value=1))
    engine.run()
    assert fired == [0, 1]


def test_g_one_is_not_true(network_of_book: Network) -> None:
    classes = network_of_book._compiler.fact_classes
    assert len(set(classes.values())) == len(classes), "one fact class per name"
    rated = network_of_book.conclude(Inputs({"relationship_is_personal": 1, "key_contact_change": True}))
    assert rated.values["relationship_is_personal"] == 1 and rated.values["key_contact_left"] is True


def test_h_unknown_is_not_absence(network_of_book: Network, book: Rulebook) -> None:
    """With nothing known no rule fires but those that ask for the unknown by name, and the one that counts answers."""
    fired = {firing.rule for firing in network_of_book.conclude(Inputs({})).firings}
    asking = {
        rule.id
        for rule in book.rules
        if any(word in str(rule.entry.condition) for word in ("known(", "certain(")) or rule.entry.condition is True
    }
    assert fired - asking == {"too-few-facts"}


def test_importing_leaves_nothing_behind() -> None:
    code = (
        "import collections, logging, kam_expert.engines.network; "
        "assert not hasattr(collections, 'Mapping'); assert logging.getLogger().handlers == []"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not hasattr(collections, "Mapping")
    assert not [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]


def test_threads_share_one_network(book: Rulebook) -> None:
    shared = Network(book)
    accounts = list(generated(book, 24, seed=5))
    expected = [shared.conclude(each) for each in accounts]
    wrong: list[int] = []

    def work(offset: int) -> None:
        for step in range(len(accounts)):
            index = (offset + step) % len(accounts)
            if shared.conclude(accounts[index]) != expected[index]:
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(0, 24, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.fixture(scope="module")
def network_of_book(book: Rulebook) -> Network:
    return Network(book)
