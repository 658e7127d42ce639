"""Questions to the solver, and accounts as answers.

The reading allows more than the rulebook does where a term is beyond linear arithmetic. So "no account" is a proof, and
an account is an answer only after it has been checked by an interpreter; one that fails the check is set aside and the
solver is asked for another.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, product, repeat
from typing import Any, Literal, TypeVar

import z3

from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.engines.constraints.quantities import every
from kam_expert.engines.constraints.reading import Reading
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value, base_name
from kam_expert.rulebook.schema import Fact, TableColumn

Check = Callable[[tuple[Inputs, ...]], bool]
Verdict = Literal["none", "found", "undecided"]
Found = TypeVar("Found")
MOST_TRIES = 12
MOST_TABLES = 200
SEEDS = 4
PATIENCE = 20_000
"""Milliseconds for one question."""


@dataclass(frozen=True)
class Answer:
    """`none`: no account whatever, proven. `found`: the accounts that show it, one per reading. Else undecided."""

    verdict: Verdict
    accounts: tuple[Inputs, ...] = ()


def ask(
    readings: Sequence[Reading],
    claims: Sequence[Any],
    check: Check,
    smaller: bool = True,
    seeds: int = SEEDS,
    tries: int = MOST_TRIES,
    told: bool = False,
) -> Answer:
    """Accounts of which the claims hold and that pass the check; as few facts known as leave it passed.

    A search that ends undecided begins anew from another seed, since where the solver looks first is chance. `tries`:
    how many accounts of the reading may fail the check before a search ends. `told`: nearly all facts are stated.
    """
    for seed in range(seeds):
        found = _search(readings, claims, check, solver_for_told() if told else z3.Solver(), seed, tries)
        if found.verdict != "undecided":
            break
    return Answer("found", _reduced(found.accounts, check)) if found.accounts and smaller else found


def solver_for_told() -> Any:
    """A solver for questions in which nearly all facts are stated: what follows from them falls away first."""
    return z3.Then("simplify", "propagate-values", "solve-eqs", "smt").solver()


def _search(
    readings: Sequence[Reading], claims: Sequence[Any], check: Check, solver: Any, seed: int, tries: int
) -> Answer:
    solver.set("timeout", PATIENCE)
    solver.set("random_seed", seed)
    for reading in readings:
        solver.add(reading.requirements())
    solver.add(*claims)

    def passing(model: Any) -> tuple[Inputs, ...] | None:
        return next((accounts for accounts in _variants(readings, model) if check(accounts)), None)

    verdict, found = searched(readings, solver, passing, tries)
    return Answer(verdict, found or ())


def searched(
    readings: Sequence[Reading], solver: Any, accept: Callable[[Any], Found | None], tries: int
) -> tuple[Verdict, Found | None]:
    """What `accept` makes of the first model that it accepts; a model that it refuses is set aside.

    Each model is offered as it is, then with exact arithmetic.
    """
    for turn in range(tries):
        outcome = solver.check()
        if outcome == z3.unsat:
            return ("undecided" if turn else "none"), None
        if outcome != z3.sat:
            return "undecided", None
        model = solver.model()
        for candidate in _as_it_is_and_exact(readings, solver, model):
            found = accept(candidate)
            if found is not None:
                return "found", found
        solver.add(z3.Or(*_otherwise(readings, model)))
    return "undecided", None


def _as_it_is_and_exact(readings: Sequence[Reading], solver: Any, model: Any) -> Iterator[Any]:
    yield model
    exact = _exact(readings, solver, model)
    if exact is not None:
        yield exact


def holds(readings: Sequence[Reading], claims: Sequence[Any]) -> bool | None:
    """Whether some account satisfies the claims in the reading, unchecked; None if undecided."""
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    for reading in readings:
        solver.add(reading.requirements())
    outcome = solver.check(*claims)
    return True if outcome == z3.sat else False if outcome == z3.unsat else None


def stated(reading: Reading, inputs: Inputs) -> dict[str, Any]:
    """What an account says of each fact that the reading has read: its value, or that it is not known."""
    claims: dict[str, Any] = {}
    for name in facts_read(reading):
        fact = reading.book.facts[base_name(name)]
        known = z3.Bool(f"{reading.prefix}known!{name}")
        if fact.type == "table":
            claims[name] = known == bool(inputs.tables.get(name))
            continue
        claims[name] = known == (name in inputs.values)
        if name in inputs.values and fact.type != "text":
            claims[name] = every([claims[name], variable(reading, fact, name) == constant(fact, inputs.values[name])])
    return claims


def pinned(reading: Reading, inputs: Inputs, open_facts: Collection[str] = ()) -> list[Any]:
    """The claims that an account has exactly these facts, trusted as they are, but for the open ones.

    Of an open fact, its value at the last review is what it is all the same.
    """
    claims = [claim for name, claim in stated(reading, inputs).items() if name not in open_facts]
    for fact in reading.book.facts:
        if fact in open_facts:
            continue
        claims.append(z3.Bool(f"{reading.prefix}n/a!{fact}") == (fact in inputs.not_applicable))
        trust = f"confidence.{fact}"
        if trust in reading.found and trust in inputs.values:
            claims.append(trusted(reading, fact, inputs.values[trust]))
    state = State(inputs.values, reading.book.parameters, inputs.tables)
    for node, total in reading.sums.items():
        worth = evaluate(node, state)
        if worth is not None and node.table.name not in open_facts:
            claims.append(total.top == z3.RealVal(Fraction(str(worth))))
    return claims


def trusted(reading: Reading, fact: str, trust: Value) -> Any:
    """The claim that a fact is trusted so far (0 to 1)."""
    return z3.Real(f"{reading.prefix}confidence.{fact}") == z3.RealVal(Fraction(str(trust)))


def _exact(readings: Sequence[Reading], solver: Any, model: Any) -> Any:
    """A model with exact shares, products and roundings, divisors and factors being what they are in `model`."""
    if not any(reading.arithmetic.relaxed or reading.arithmetic.rounded for reading in readings):
        return None
    solver.push()
    for reading in readings:
        for known, value, first, (operation, second) in reading.arithmetic.relaxed:
            fixed = model.eval(second, model_completion=True)
            if operation == "*" or fixed.as_fraction() != 0:
                worth = first / fixed if operation == "/" else first * fixed
                solver.add(z3.Implies(known, z3.And(second == fixed, value == worth)))
        for known, slack, top, bottom, decimals in reading.arithmetic.rounded:
            fixed = z3.RealVal(1) if bottom is None else model.eval(bottom, model_completion=True)
            if fixed.as_fraction() != 0:
                scale = z3.RealVal(10**decimals) / fixed
                same = z3.BoolVal(True) if bottom is None else bottom == fixed
                nearest = z3.ToReal(z3.ToInt(top * scale + z3.RealVal("1/2")))
                solver.add(z3.Implies(known, z3.And(same, (top + slack) * scale == nearest)))
    found = solver.model() if solver.check() == z3.sat else None
    solver.pop()
    return found


def facts_read(reading: Reading) -> list[str]:
    names = [name for name in reading.found if not name.startswith("confidence.")]
    own = [name for name in names if base_name(name) in reading.book.facts]
    short = [fact.id for fact in reading.book.facts.values() if fact.short_form is not None]
    shared = facts_read(reading.shared) if reading.shared is not None else []
    missing = [name for name in short if name not in own] if "completeness" in reading.found else []
    return [*own, *missing, *(name for name in shared if name not in own)]


def _home(reading: Reading, name: str) -> Reading:
    shared = reading.shared
    return shared if shared is not None and base_name(name) not in reading.own else reading


def variable(reading: Reading, fact: Fact, name: str) -> Any:
    label = f"{reading.prefix}value!{name}"
    if fact.type == "flag":
        return z3.Bool(label)
    whole = fact.type in ("rating", "choice") or fact.integer
    return z3.Int(label) if whole else z3.Real(label)


def constant(fact: Fact, value: Value) -> Any:
    if fact.type == "flag":
        return z3.BoolVal(bool(value))
    if fact.type == "choice":
        return z3.IntVal(list(fact.choices).index(str(value)))
    if fact.type == "rating" or fact.integer:
        return z3.IntVal(int(value))
    return z3.RealVal(Fraction(str(value)))


def _variants(readings: Sequence[Reading], model: Any) -> Iterator[tuple[Inputs, ...]]:
    """The accounts of a model; with every small table where only its presence is known."""
    accounts = tuple(_account(reading, model) for reading in readings)
    tables = {name for each in accounts for name in each.tables}
    if not tables:
        yield accounts
        return
    small = {name: _small_tables(readings[0].book, name) for name in sorted(tables)}
    for filled in islice(_together(small), MOST_TABLES):
        yield tuple(replace(each, tables={name: filled[name] for name in each.tables}) for each in accounts)


def _together(small: Mapping[str, list[tuple[Row, ...]]]) -> Iterator[dict[str, tuple[Row, ...]]]:
    """Every table of one fact; of several facts tables picked by chance, the same each time, so that each varies."""
    if len(small) == 1:
        ((name, tables),) = small.items()
        yield from ({name: table} for table in tables)
        return
    chance = random.Random(0)
    while True:
        yield {name: chance.choice(tables) for name, tables in small.items()}


def _small_tables(book: Rulebook, name: str) -> list[tuple[Row, ...]]:
    """Tables of one row, alone and twice: of all values worth trying, or of some picked by chance.

    Chance is the same each time. The first row has the first value of each column.
    """
    values = {column: _cells(entry) for column, entry in book.facts[name].columns.items()}
    rows: Iterator[tuple[Any, ...]] = product(*values.values())
    if math.prod(len(each) for each in values.values()) > MOST_TABLES // 2:
        chance = random.Random(0)
        first = [tuple(each[0] for each in values.values())]
        rows = chain(first, (tuple(chance.choice(each) for each in values.values()) for _ in repeat(None)))
    found: list[tuple[Row, ...]] = []
    for row in islice(rows, MOST_TABLES // 2):
        table = {column: value for column, value in zip(values, row, strict=True) if value is not None}
        found += [(table,), (table, table)]
    return found


def _cells(column: TableColumn) -> list[Any]:
    """The values of a cell worth trying: the ends and the middle, each choice, and nothing where it may be empty."""
    empty: list[Any] = [None] if column.optional else []
    if column.type == "text":
        return ["?", *empty]
    if column.type == "choice":
        return [*column.choices, *empty]
    low, high = (1, 5) if column.type == "rating" else column.range or (0, 100)
    between = [*range(int(low) + 1, int(high))] if column.type == "rating" else [high / 2]
    return [high, low, *between, *empty]


def _account(reading: Reading, model: Any) -> Inputs:
    values: dict[str, Value] = {}
    tables: dict[str, tuple[Row, ...]] = {}
    absent: set[str] = set()
    for name in facts_read(reading):
        fact = reading.book.facts[base_name(name)]
        home = _home(reading, name)
        if not z3.is_true(model.eval(z3.Bool(f"{home.prefix}known!{name}"), model_completion=True)):
            if z3.is_true(model.eval(z3.Bool(f"{home.prefix}n/a!{name}"), model_completion=True)):
                absent.add(name)
            continue
        if fact.type == "table":
            tables[name] = ()
        elif fact.type == "text":
            values[name] = "?"
        else:
            values[name] = value_of(fact, model.eval(variable(home, fact, name), model_completion=True))
            trust = f"confidence.{name}"
            if trust in home.found:
                values[trust] = float(model.eval(z3.Real(f"{home.prefix}{trust}"), model_completion=True).as_fraction())
    return Inputs(values, tables, frozenset(absent))


def value_of(fact: Fact, found: Any) -> Value:
    if fact.type == "flag":
        return bool(z3.is_true(found))
    if fact.type == "choice":
        return tuple(fact.choices)[int(found.as_long())]
    if fact.type == "rating" or fact.integer:
        return int(found.as_long())
    number = Fraction(found.as_fraction())
    return int(number) if number.denominator == 1 else float(number)


def _otherwise(readings: Sequence[Reading], model: Any) -> list[Any]:
    """That at least one fact is known where it was not, or unknown where it was, or is elsewhere by more than a bit."""
    claims: list[Any] = []
    for reading in readings:
        for name in facts_read(reading):
            fact, home = reading.book.facts[base_name(name)], _home(reading, name)
            known = z3.Bool(f"{home.prefix}known!{name}")
            was = z3.is_true(model.eval(known, model_completion=True))
            claims.append(z3.Not(known) if was else known)
            if not was or fact.type in ("text", "table"):
                continue
            term = variable(home, fact, name)
            value = model.eval(term, model_completion=True)
            if z3.is_real(term):
                reach = z3.RealVal(max(Fraction(1), abs(value.as_fraction()) / 10))
                claims.append(z3.Or(term > value + reach, term < value - reach))
            else:
                claims.append(term != value)
    return claims


def _reduced(accounts: tuple[Inputs, ...], check: Check) -> tuple[Inputs, ...]:
    """The accounts without every fact that is not needed to pass the check."""
    names = dict.fromkeys(
        name for each in accounts for name in (*each.values, *each.tables, *sorted(each.not_applicable))
    )
    for name in names:
        fewer = tuple(
            replace(
                each,
                values={key: value for key, value in each.values.items() if base_name(key) != name and key != name},
                tables={key: rows for key, rows in each.tables.items() if key != name},
                not_applicable=each.not_applicable - {name},
            )
            for each in accounts
        )
        if check(fewer):
            accounts = fewer
    return accounts
