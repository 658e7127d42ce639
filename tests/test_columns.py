"""Many accounts at once against the oracle and the selection policy: the same to the last bit, whatever the company."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from kam_expert.case import case_from, read_case_file
from kam_expert.engines import plain
from kam_expert.engines.columns import columns as in_columns
from kam_expert.engines.columns.choosing import choose
from kam_expert.engines.columns.columns import Columns, Concluding
from kam_expert.engines.columns.frames import Entrance, accounts_frame, drawn
from kam_expert.engines.columns.reading import Reading
from kam_expert.engines.conclusions import Conclusions, Firing, Inputs
from kam_expert.maintenance.examples import examples_of
from kam_expert.maintenance.plausible import plausible
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Constant, IfElse, Name, Value
from kam_expert.rulebook.territory import load_territory
from tests.accounts import SMALL, Draft, accounts, conditions, drafts, examples, generated, small_accounts, small_book

PROFILES = (None, "distributor", "manufacturer", "service_firm")
SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def full(book: Rulebook) -> Columns:
    return Columns(book)


@pytest.fixture(scope="module")
def advice(book: Rulebook) -> Columns:
    return Columns(book, advice_only=True)


# what is compared


def concluded(part: Concluding, row: dict[str, Any], expected: Conclusions) -> Iterator[str]:
    """Where the names, coverage and fired rules of one row differ from what the oracle concludes."""
    for name in part.part.computed:
        value = expected.values.get(name)
        value = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if row[name] != value or type(row[name]) is not type(value):
            yield f"{name}: {row[name]!r} and {value!r}"
    for name, share in expected.coverage.items():
        if row[f"coverage.{name}"] != share:
            yield f"coverage of {name}: {row[f'coverage.{name}']} and {share}"
    if part.traced:
        fired = {firing.rule for firing in expected.firings}
        for rule in part.book.rules:
            if row[f"fires.{rule.id}"] is not (rule.id in fired):
                yield f"{rule.id} fired in one only"


def advised(row: dict[str, Any], expected: Recommendation, *, whole: bool) -> Iterator[str]:
    """Where the recommendation of one row differs from that of the policy."""
    names = ("level", "primary", "runner_up", "free_winner", "forced_by", "upheld_by", "default", "level_rule")
    wanted: dict[str, Any] = {name: getattr(expected, name) for name in names}
    wanted["secondary"] = list(expected.secondary)
    wanted |= {f"points.{standing.id}": standing.score for standing in expected.standings}
    if whole:
        wanted["waves"] = [wave.strategy for wave in expected.next_waves]
        wanted |= {f"status.{standing.id}": standing.status for standing in expected.standings}
    for name, value in wanted.items():
        if row[name] != value:
            yield f"{name}: {row[name]!r} and {value!r}"


def differences(book: Rulebook, inputs: Sequence[Inputs], *judges: Columns) -> list[str]:
    found: list[str] = []
    frame = accounts_frame(book, inputs)
    judged = [judge.judge(frame).to_dicts() for judge in judges]
    for index, each in enumerate(inputs):
        conclusions = plain.conclude(book, each)
        recommendation = recommend(book, conclusions)
        for judge, rows in zip(judges, judged, strict=True):
            found += [f"{index}: {line}" for line in concluded(judge.conclusions, rows[index], conclusions)]
            whole = not judge.advice_only
            found += [f"{index}: {line}" for line in advised(rows[index], recommendation, whole=whole)]
    return found


def drawn_from(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """What hypothesis draws in `count` examples, to be judged together."""
    found: list[Any] = []

    @given(strategy)
    @examples(count)
    def draw(each: Any) -> None:
        found.append(each)

    draw()
    return found


# the shipped rulebook


@pytest.mark.parametrize("profile", PROFILES)
def test_every_case_under_every_profile(
    case_files: tuple[Path, ...], profiled: Callable[[str | None], Rulebook], profile: str | None
) -> None:
    book = profiled(profile)
    inputs = [case_from(read_case_file(path), book).inputs(book) for path in case_files]
    assert differences(book, inputs, Columns(book), Columns(book, advice_only=True)) == []


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=SLOW)])
def test_any_account(book: Rulebook, full: Columns, advice: Columns, count: int) -> None:
    assert differences(book, drawn_from(accounts(book), count), full, advice) == []


@pytest.mark.parametrize("count", [40, pytest.param(600, marks=SLOW)])
def test_plausible_accounts(book: Rulebook, full: Columns, advice: Columns, count: int) -> None:
    territory = load_territory(book)
    inputs = [plausible(territory, book, 11, number).inputs(book) for number in range(count)]
    assert differences(book, inputs, full, advice) == []
    judged = full.judge(accounts_frame(book, inputs))
    assert judged.get_column("primary").n_unique() > 5  # the accounts are worth judging


def test_every_example_of_every_rule(book: Rulebook) -> None:
    shown = list(examples_of(book))
    reading = Reading(book.vocabulary, book.parameters)
    truths = {rule.id: reading.truth(rule.condition) for rule in book.rules}
    frame = accounts_frame(book, [Inputs(each.values) for each in shown])
    memory = reading.program.run(Entrance(book, frozenset(frame.columns[1:]), frozenset()).given(frame))
    wrong = [str(each) for row, each in enumerate(shown) if memory.truths(truths[each.rule.id])[row] != each.fires]
    assert wrong == []
    assert {each.fires for each in shown} == {True, False}


def test_only_what_is_read_matters(book: Rulebook, advice: Columns) -> None:
    frame = accounts_frame(book, generated(book, 50, seed=21))
    fewer = frame.select(name for name in frame.columns if name in advice.reads)
    assert len(fewer.columns) < len(frame.columns)
    assert_frame_equal(advice.judge(fewer), advice.judge(frame))


# any rulebook, any firing


@pytest.mark.parametrize("count", [40, pytest.param(400, marks=SLOW)])
def test_any_rulebook(book: Rulebook, count: int) -> None:
    several = st.lists(small_accounts(), min_size=4, max_size=4)
    found: list[tuple[Draft, list[Inputs]]] = drawn_from(st.tuples(drafts(book), several), count)
    for draft, inputs in found:
        small = draft.within(book)
        part = Concluding(small)
        rows = part.conclude(accounts_frame(small, inputs)).to_dicts()
        for row, each in zip(rows, inputs, strict=True):
            assert list(concluded(part, row, plain.conclude(small, each))) == [], (draft, each)


STEERING = {
    "min_primary_score": (-3, 0, 2.5, 6),
    "min_secondary_score": (-2, 0, 1, 3),
    "margin_primary": (0, 1, 2.5),
    "means_margin": (0, 1, 1.5, 4),
    "max_secondary": (0, 1, 2, 5),
    "max_secondary_with_enabler": (0, 1, 2.5, 3, 6),
}


@pytest.mark.parametrize("count", [600, pytest.param(1_500, marks=SLOW)])
def test_any_firing(book: Rulebook, count: int) -> None:
    """The policy on rules that fire at random, under any parameters: combinations that no account reaches."""
    chance = random.Random(9)
    seen: dict[str, set[bool]] = {}
    for _ in range(10):
        changed = {name: chance.choice(values) for name, values in STEERING.items()}
        other = replace(book, parameters={**book.parameters, **changed})
        judge = Columns(other)
        firings: list[set[str]] = []
        for _ in range(count // 10):
            share = {kind: chance.choice((0.0, 0.05, 0.2, 0.5)) for kind in ("level", "forced", "block", "bar", "seat")}
            share |= {"default": chance.choice((0.0, 0.5)), "vote": chance.choice((0.05, 0.2, 0.5))}
            share["level"] /= 10
            firings.append({rule.id for rule in book.rules if chance.random() < share.get(rule.kind, 0)})
        fired = {rule: np.array([rule in each for each in firings]) for rule in judge.table.rules}
        rows = judge.advice(choose(judge.table, fired, len(firings))).to_dicts()
        for row, each in zip(rows, firings, strict=True):
            conclusions = Conclusions({}, {}, tuple(Firing(rule.id, ()) for rule in book.rules if rule.id in each))
            assert list(advised(row, recommend(other, conclusions), whole=True)) == [], (changed, sorted(each))
            for name, value in row.items():
                seen.setdefault(name, set()).add(value not in (None, [], 0))
    assert [name for name in ("forced_by", "upheld_by", "default", "waves", "runner_up") if len(seen[name]) < 2] == []


# what is unknown


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=SLOW)])
def test_conditions_are_true_false_or_unknown_as_the_oracle_says(book: Rulebook, count: int) -> None:
    """Every condition over all combinations of a flag, a choice and a number, each of them known or not."""
    small = small_book(book, {}, {})
    states: list[dict[str, Value]] = [
        {name: value for name, value in zip("pcx", values, strict=True) if value is not None}
        for values in ((p, c, x) for p in (None, False, True) for c in (None, "a", "b") for x in (None, 0, 1, 2))
    ]
    frame = accounts_frame(small, [Inputs(values) for values in states])
    given_ = Entrance(small, frozenset("pcx"), frozenset()).given(frame)
    for condition in drawn_from(conditions({name: SMALL[name] for name in "pcx"}), count):
        reading = Reading(small.vocabulary, {})
        place = reading.truth(condition)
        memory = reading.program.run(given_)
        for row, values in enumerate(states):
            found = (memory.true[place] >> row & 1, memory.false[place] >> row & 1)
            expected = {True: (1, 0), False: (0, 1), None: (0, 0)}[plain.truth(condition, small, values)]
            assert found == expected, (condition, values)


def test_an_unknown_test_takes_neither_branch(book: Rulebook) -> None:
    reading = Reading(small_book(book, {}, {}).vocabulary, {})
    place = reading.number(IfElse(Name("p"), Constant(1), Constant(2)))
    memory = reading.program.run(drawn(small_book(book, {}, {}), 3, {"p": np.array([1, 0, np.nan])}))
    assert memory.numbers[place].tolist()[:2] == [1, 2]
    assert np.isnan(memory.numbers[place][2])


def test_nothing_known_is_judged_like_the_empty_case(book: Rulebook, full: Columns, advice: Columns) -> None:
    assert differences(book, [Inputs({})] * 3, full, advice) == []
    assert (
        full.judge(pl.DataFrame({"elsewhere": ["a", "b"]})).rows()
        == full.judge(accounts_frame(book, [Inputs({})] * 2)).rows()
    )


# rows and frames


def test_each_account_is_judged_as_if_alone(
    book: Rulebook, full: Columns, advice: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = accounts_frame(book, generated(book, 60, seed=12))
    order = list(range(60))
    random.Random(3).shuffle(order)
    for judge in (full, advice):
        together = judge.judge(frame)
        alone = pl.concat([judge.judge(frame[row]) for row in range(60)])
        assert_frame_equal(alone, together)
        assert_frame_equal(judge.judge(frame[order]), together[order])
        with monkeypatch.context() as patch:
            patch.setattr(in_columns, "AT_ONCE", 7)
            assert_frame_equal(judge.judge(frame), together)
        assert_frame_equal(judge.judge(frame.head(0)), together.head(0))


def test_choices_may_be_words_or_places(book: Rulebook, full: Columns) -> None:
    frame = accounts_frame(book, generated(book, 40, seed=13))
    names = [name for name, fact in book.facts.items() if fact.type == "choice" and name in frame.columns]
    as_words = frame.with_columns(
        pl.col(name).replace_strict(dict(enumerate(book.facts[name].choices)), return_dtype=pl.String) for name in names
    )
    assert names
    assert_frame_equal(full.judge(as_words), full.judge(frame))
    wrong = as_words.with_columns(pl.lit("nonsense").alias(names[0]))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        full.judge(wrong)


def test_assumed_conclusions_are_refused(book: Rulebook) -> None:
    with pytest.raises(ValueError, match="cannot be assumed"):
        accounts_frame(book, [Inputs({}, assumed={next(iter(book.models)): "x"})])


def test_completions_as_arrays(book: Rulebook, advice: Columns) -> None:
    """One account with two of its answers drawn anew, known in some completions only."""
    base = max(generated(book, 30, seed=14), key=lambda inputs: len(inputs.values))
    rating = next(name for name, fact in book.facts.items() if fact.type == "rating" and name in advice.reads)
    choice = next(name for name, fact in book.facts.items() if fact.type == "choice" and name in advice.reads)
    options = tuple(book.facts[choice].choices)
    chance = np.random.default_rng(1)
    arrays = {rating: chance.integers(1, 6, 40), choice: chance.integers(0, len(options), 40)}
    known = chance.random(40) < 0.7
    drawn_ = {**arrays, rating: np.where(known, arrays[rating], np.nan)}
    answers = {**base.values, **base.tables, **{f"n/a.{name}": True for name in base.not_applicable}, **drawn_}
    choices = advice.choices(drawn(book, 40, answers))
    expected = []
    for row in range(40):
        values = {name: value for name, value in base.values.items() if name not in arrays}
        values[choice] = options[arrays[choice][row]]
        if known[row]:
            values[rating] = int(arrays[rating][row])
        expected.append(replace(base, values=values))
    for found, inputs in zip(advice.advice(choices).to_dicts(), expected, strict=True):
        assert list(advised(found, recommend(book, plain.conclude(book, inputs)), whole=False)) == []
