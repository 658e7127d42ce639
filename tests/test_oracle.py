"""The network against the oracle, and both against the semantics that the design states."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import network_of
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions, Inputs
from kam_expert.engines.network import Network
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    Certain,
    Compare,
    Constant,
    Expression,
    In,
    Known,
    Name,
    Not,
    Value,
    base_name,
    names_in,
    negate,
    walk,
)
from kam_expert.rulebook.normal_form import branch_count, branches
from tests.accounts import (
    SMALL,
    Defined,
    Draft,
    Kind,
    accounts,
    assignments,
    assumptions,
    conditions,
    drafts,
    examples,
    generated,
    ground_of,
    small_accounts,
    small_book,
)

PROFILES = ("distributor", "manufacturer", "service_firm")
SLOW = pytest.mark.slow


def differences(one: Conclusions, other: Conclusions) -> list[str]:
    """Where two conclusions differ in values, their kinds, coverage or fired rules; one line each."""
    found = []
    for what, left, right in (("value", one.values, other.values), ("coverage", one.coverage, other.coverage)):
        for name in sorted({*left, *right}):
            first, second = left.get(name), right.get(name)
            if first != second or type(first) is not type(second):
                found.append(f"{what} of {name}: {first!r} and {second!r}")
    fired = [[firing.rule for firing in conclusions.firings] for conclusions in (one, other)]
    found += [f"{rule} fired in one only" for rule in sorted(set(fired[0]) ^ set(fired[1]))]
    if not found and fired[0] != fired[1]:
        found.append(f"the order of firings: {fired}")
    return found


def disagreement(book: Rulebook, network: Network, inputs: Inputs) -> list[str]:
    return differences(network.conclude(inputs), plain.conclude(book, inputs))


# the two engines


@pytest.mark.parametrize("count", [80, pytest.param(800, marks=SLOW)])
def test_network_and_oracle_agree(book: Rulebook, network: Network, count: int) -> None:
    @given(accounts(book))
    @examples(count)
    def agree(inputs: Inputs) -> None:
        assert disagreement(book, network, inputs) == []

    agree()


@pytest.mark.parametrize("profile", PROFILES)
def test_network_and_oracle_agree_under_every_profile(profiled: Callable[[str | None], Rulebook], profile: str) -> None:
    book = profiled(profile)
    network = network_of(book)

    @given(accounts(book))
    @examples(50)
    def agree(inputs: Inputs) -> None:
        assert disagreement(book, network, inputs) == []

    agree()


def test_every_preset_is_compared() -> None:
    presets = shipped() / "knowledge" / "profiles"
    assert sorted(path.stem for path in presets.glob("*.yaml")) == sorted(PROFILES)


def test_network_and_oracle_agree_on_every_case(case_file: Path, profiled: Callable[[str | None], Rulebook]) -> None:
    document = read_case_file(case_file)
    book = profiled(profile_named_in(document))
    inputs = case_from(document, book).inputs(book)
    assert disagreement(book, network_of(book), inputs) == []


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=SLOW)])
def test_network_and_oracle_agree_when_conclusions_are_assumed(book: Rulebook, network: Network, count: int) -> None:
    @given(accounts(book), assumptions(book))
    @examples(count)
    def agree(inputs: Inputs, assumed: dict[str, Value]) -> None:
        inputs = replace(inputs, assumed=assumed)
        conclusions = network.conclude(inputs)
        assert differences(conclusions, plain.conclude(book, inputs)) == []
        assert {name: conclusions.values[name] for name in assumed} == assumed
        assert [firing.rule for firing in conclusions.firings if book.rule(firing.rule).target in assumed] == []

    agree()


def test_network_and_oracle_agree_on_both_sides_of_every_cut(book: Rulebook, network: Network) -> None:
    """Every measure and score is brought just to each number it is compared with, and just short of it."""
    ground = ground_of(book)
    fullest = sorted(generated(book, 150, seed=1), key=lambda inputs: -len(inputs.values))
    missed = []
    for index, cut in enumerate(ground.cuts):
        for above in (True, False):
            for inputs in (*fullest[index % 10 :], *fullest):
                there = ground.landed(inputs, cut, 0, above=above)
                if there is not inputs:
                    assert disagreement(book, network, there) == [], (cut, above)
                    break
            else:
                missed.append((cut.name, cut.bound, above))
    assert missed == []


@pytest.mark.parametrize("count", [80, pytest.param(1200, marks=SLOW)])
def test_network_and_oracle_agree_on_any_rulebook(book: Rulebook, count: int) -> None:
    """Rulebooks nobody would write: the network must not rest on the habits of the shipped one."""

    @given(drafts(book), st.lists(small_accounts(), min_size=3, max_size=3))
    @examples(count)
    def agree(draft: Draft, accounts_: list[Inputs]) -> None:
        small = draft.within(book)
        network = Network(small)
        for inputs in accounts_:
            assert disagreement(small, network, inputs) == []

    agree()


@pytest.mark.parametrize("rows", [(), ({"a": 1},), ({},)])
@pytest.mark.parametrize(
    "defined",
    [
        Defined("flag", ("known(t)",)),
        Defined("number", ("1 if known(t) else 0",)),
        Defined("tally", ("known(t)",)),
        Defined("signal", ("known(t)",)),
        Defined("model", ("known(t)", "not known(t)")),
    ],
    ids=lambda defined: defined.kind,
)
def test_a_table_is_known_when_it_has_rows(
    book: Rulebook, defined: Defined, rows: tuple[dict[str, Value], ...]
) -> None:
    small = small_book(book, {"made": defined}, {"rule": "known(t)"})
    inputs = Inputs({}, tables={"t": rows})
    assert disagreement(small, Network(small), inputs) == []
    assert plain.conclude(small, inputs).fired("rule") is bool(rows)


@pytest.mark.parametrize(
    "condition",
    [
        "certain(not known(difference))",
        "certain(p and not known(difference))",
        "certain(p and not certain(difference >= 1))",
        "certain(not certain(difference >= 1))",
        "not certain(not certain(difference >= 1))",
        "certain(not known(flag))",
        "certain(p and not certain(flag))",
    ],
)
@pytest.mark.parametrize("kind", ["flag", "signal", "model", None])
def test_absence_is_asked_only_of_a_settled_layer(book: Rulebook, condition: str, kind: Kind | None) -> None:
    """What a formula of the same depth has yet to compute is not absent."""
    defined = {"difference": Defined("number", ("x - y",)), "flag": Defined("flag", ("x >= 2",))}
    if kind is not None:
        defined["last"] = Defined(kind, (condition, "p") if kind == "model" else (condition,))
    small = small_book(book, defined, {} if kind else {"rule": condition})
    network = Network(small)
    for values in ({}, {"x": 3}, {"x": 3, "y": 1}, {"x": 1, "y": 3}):
        for known in (values, {**values, "p": True}):
            assert disagreement(small, network, Inputs(known)) == []


def test_the_order_of_the_facts_does_not_matter(book: Rulebook, network: Network) -> None:
    chance = random.Random(5)
    for inputs in generated(book, 30, seed=5):
        values, tables = list(inputs.values.items()), list(inputs.tables.items())
        chance.shuffle(values)
        chance.shuffle(tables)
        shuffled = replace(inputs, values=dict(values), tables=dict(tables))
        expected = network.conclude(inputs)
        assert network.conclude(shuffled) == expected
        assert differences(plain.conclude(book, shuffled), expected) == []


def test_the_order_of_the_facts_in_a_file_does_not_matter(
    case_file: Path, profiled: Callable[[str | None], Rulebook]
) -> None:
    document = read_case_file(case_file)
    book = profiled(profile_named_in(document))
    case = case_from(document, book)
    backwards = replace(case, facts=dict(reversed([*case.facts.items()])))
    network = network_of(book)
    assert network.conclude(backwards.inputs(book)) == network.conclude(case.inputs(book))


def test_what_was_concluded_before_does_not_matter(book: Rulebook, network: Network) -> None:
    there = generated(book, 30, seed=6)
    first = [network.conclude(inputs) for inputs in there]
    assert [network.conclude(inputs) for inputs in reversed(there)] == first[::-1]


def test_premises_make_the_condition_true(book: Rulebook, network: Network) -> None:
    """What a report gives as the reason of a conclusion is known and is enough, absences aside."""
    for inputs in generated(book, 40, seed=7):
        conclusions = network.conclude(inputs)
        for firing in conclusions.firings:
            condition = book.rule(firing.rule).effective
            stated = dict(firing.premises)
            assert {name: conclusions.values[name] for name in stated} == stated
            assert set(stated) <= set(names_in(condition))
            if not reads_knowledge(condition):
                assert plain.truth(condition, book, stated) is True, firing


# conditions


def reads_knowledge(condition: Expression) -> bool:
    """Whether the truth of a condition can depend on what is not known."""
    return any(isinstance(node, Known | Certain) for node in walk(condition))


def read_alone(book: Rulebook, rule: Rule, values: dict[str, Value]) -> dict[str, Value]:
    names = {*names_in(rule.effective), *names_in(rule.condition)}
    return {name: values[name] for name in names if name in values}


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=SLOW)])
def test_evaluation_and_oracle_agree_on_every_condition(book: Rulebook, count: int) -> None:
    seen: dict[str, set[bool | None]] = {rule.id: set() for rule in book.rules}

    @given(assignments(book))
    @examples(count)
    def agree(values: dict[str, Value]) -> None:
        state = State(values, book.parameters)
        for rule in book.rules:
            for condition in (rule.condition, rule.effective):
                found = evaluate(condition, state)
                assert found is plain.truth(condition, book, values), (rule.id, read_alone(book, rule, values))
            seen[rule.id].add(found)

    agree()
    decided = [rule for rule, truths in seen.items() if {True, False} <= truths]
    assert len(decided) > len(seen) / 2  # the values were worth drawing


def test_evaluation_and_oracle_agree_on_every_condition_of_an_account(book: Rulebook, network: Network) -> None:
    for inputs in generated(book, 50, seed=8):
        values = network.conclude(inputs).values
        for rule in book.rules:
            found = evaluate(rule.effective, State(values, book.parameters))
            assert found is plain.truth(rule.effective, book, values), rule.id


def test_knowing_more_never_overturns_a_decided_condition(book: Rulebook) -> None:
    """With the computed values fixed, and but for `known` and `certain`, which speak about knowledge itself."""
    rules = [rule for rule in book.rules if not reads_knowledge(rule.effective)]
    assert len(rules) > len(book.rules) / 2

    @given(assignments(book), st.integers(0, 2**32))
    @examples(150)
    def keeps(values: dict[str, Value], seed: int) -> None:
        chance = random.Random(seed)
        share = chance.random()
        fewer = {name: value for name, value in values.items() if chance.random() < share}
        for rule in rules:
            early = evaluate(rule.effective, State(fewer, book.parameters))
            late = evaluate(rule.effective, State(values, book.parameters))
            assert early is None or early is late, (rule.id, read_alone(book, rule, values))

    keeps()


@pytest.mark.parametrize("count", [250, pytest.param(2000, marks=SLOW)])
def test_a_condition_is_true_exactly_when_a_branch_is(count: int) -> None:
    @given(conditions(SMALL), small_accounts())
    @examples(count)
    def equivalent(condition: Expression, inputs: Inputs) -> None:
        assume(branch_count(condition) <= 1000 and branch_count(condition, negated=True) <= 1000)
        state = State(inputs.values, {}, inputs.tables)
        truth = evaluate(condition, state)
        assert truth is evaluate(negate(negate(condition)), state)
        for wanted, expression in ((True, condition), (False, Not(condition))):
            alternatives = branches(expression)
            held = [all(evaluate(literal, state) is True for literal in branch) for branch in alternatives]
            assert any(held) is (truth is wanted)
            assert len(alternatives) <= branch_count(condition, negated=not wanted)
            assert all(is_literal(literal) for branch in alternatives for literal in branch)

    equivalent()


def is_literal(expression: Expression) -> bool:
    """One pattern of the network, or the absence of one."""
    match expression:
        case Not(Name() | In() | Known() | Certain()):
            return True
        case _:
            return isinstance(expression, Name | In | Compare | Known | Certain)


@pytest.mark.parametrize("value", [True, False])
def test_a_constant_has_one_empty_branch_or_none(value: bool) -> None:
    assert branches(Constant(value)) == (((),) if value else ())
    assert branches(Not(Constant(value))) == (() if value else ((),))


def test_generated_values_reach_the_borders(book: Rulebook) -> None:
    """Every constant that a condition compares a fact with is among the values drawn for it, with both neighbours."""
    ground = ground_of(book)
    for name, constants in ground.constants.items():
        if name not in book.facts or book.facts[name].type != "number":
            continue
        fact, step = book.facts[name], ground.step(name)
        assert fact.range is not None
        low, high = fact.range
        wanted = {round(bound + move, 6) for bound in constants for move in (-step, 0, step)}
        assert {value for value in wanted if low <= value <= high} <= set(ground.edges[name]), name
    compared = {base_name(name) for rule in book.rules for name in names_in(rule.effective)}
    assert {cut.name for cut in ground.cuts} >= {
        name for name in compared & set(book.scores) if name in ground.constants
    }
