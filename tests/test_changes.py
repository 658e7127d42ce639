"""What would change a recommendation, and the way to a strategy: true in the network, and nothing smaller does it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, product
from pathlib import Path

import pytest
from click.testing import CliRunner

from kam_expert.case import Given, case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines.compiled import Compiled
from kam_expert.engines.conclusions import Change
from kam_expert.engines.constraints.account import change_that_leads_to
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.flips import flips
from kam_expert.explanation.moves import Account, grain, room, steps
from kam_expert.explanation.path_to import path_to
from kam_expert.explanation.proof import proof
from kam_expert.problems import ProblemsFound
from kam_expert.recommendation import recommend
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.naming import UnknownName
from kam_expert.wording import languages
from tests.golden_files import check

Books = Callable[[str | None], Rulebook]
CASES = Path(shipped()) / "cases"
SOME = ("northern-bottlers", "recalled-rival", "volume-without-profit", "known-from-outside", "rebate-question")


def diagnosed(stem: str, profiled: Books) -> Diagnosis:
    document = read_case_file(CASES / f"{stem}.yaml")
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


def changed(found: Diagnosis, change: Change) -> Diagnosis:
    """The diagnosis, by the network, of the case with some facts changed and all else as it was."""
    facts = dict(found.case.facts)
    for name, value in change.items():
        facts[name] = replace(facts.get(name, Given("unknown")), state="given", value=value)
    return diagnose(replace(found.case, facts=facts), found.book)


@lru_cache(maxsize=4)
def compiled(book: Rulebook) -> Compiled:
    return Compiled(book)


def leader(account: Account, change: Change) -> str | None:
    """By closures and policy, which share nothing with the search."""
    return recommend(account.book, compiled(account.book).conclude(account.changed(change))).primary


def all_values(account: Account, name: str) -> list[Value]:
    """Every other value of a rating, choice or flag that the case states."""
    fact, was = account.book.facts[name], account.inputs.values.get(name)
    options: dict[str, list[Value]] = {"rating": [1, 2, 3, 4, 5], "choice": [*fact.choices], "flag": [False, True]}
    return [value for value in options.get(fact.type, []) if value != was] if was is not None else []


@pytest.mark.parametrize("stem", SOME)
def test_flips_flip_in_the_network_and_no_part_of_them_does(stem: str, profiled: Books) -> None:
    found = diagnosed(stem, profiled)
    told = flips(found)
    assert told.proven
    assert told.fewest == 1
    present = found.recommendation.primary
    assert told.changes
    for flip in told.changes:
        there = changed(found, flip.change).recommendation
        assert (there.primary, there.level) == (flip.result.primary, flip.result.level)
        assert there.primary != present
        for name in flip.change:
            rest = {other: value for other, value in flip.change.items() if other != name}
            assert changed(found, rest).recommendation.primary == present


@pytest.mark.parametrize("stem", SOME)
def test_facts_that_flip_alone_are_those_that_trying_all_values_finds(stem: str, profiled: Books) -> None:
    found = diagnosed(stem, profiled)
    account, told = Account(found), flips(found)
    for name in found.case.facts:
        if values := all_values(account, name):
            flipping = any(leader(account, {name: value}) != account.result.primary for value in values)
            assert flipping == (name in told.alone), name
            assert name not in told.may


@pytest.mark.parametrize("stem", SOME)
def test_numbers_stay_settled_up_to_the_turning_point(stem: str, profiled: Books) -> None:
    """Between the value of the case and the nearest that flips, nothing flips; of other numbers, nothing at all."""
    found = diagnosed(stem, profiled)
    account, told = Account(found), flips(found, most=100)
    chance = random.Random(stem)
    turning = {move.fact: move.value for flip in told.changes for move in flip.moves}
    for name, given in found.case.facts.items():
        fact, was = found.book.facts[name], given.value
        within = room(fact, was)
        if fact.type != "number" or isinstance(within, frozenset | None) or isinstance(was, str | None):
            continue
        if name in told.alone:
            value = turning[name]
            assert isinstance(value, int | float)
            between = [was + (value - was) * share for share in (0.2, 0.5, 0.8, 0.95)]
        else:
            value, between = was, [*within, *(chance.uniform(*within) for _ in range(4))]
        if fact.integer:
            between = [float(round(number)) for number in between]
        if name in told.alone:  # the turning point is stated in plain numbers, a step of them too far at most
            between = [number for number in between if abs(number - value) >= grain(found.book, fact, was)]
        for number in between:
            assert leader(account, {name: number}) == account.result.primary, (name, number)


def test_nothing_flips_where_too_little_is_known(profiled: Books) -> None:
    found = diagnosed("handover-notes", profiled)
    told = flips(found)
    assert (told.fewest, told.proven, told.changes) == (None, True, ())
    account = Account(found)
    names = [name for name in found.case.facts if all_values(account, name)]
    for one, other in list(combinations(names, 2))[::7]:
        for first, second in product(all_values(account, one), all_values(account, other)):
            assert leader(account, {one: first, other: second}) is None


def test_a_flip_on_a_guess_comes_first(profiled: Books) -> None:
    found = diagnosed("northern-bottlers", profiled)
    name = next(name for name in flips(found).alone if name == "competitor_activity")
    guessed = replace(found.case.facts[name], source="guess")
    doubted = diagnose(replace(found.case, facts={**found.case.facts, name: guessed}), found.book)
    told = flips(doubted)
    assert told.changes[0].moves[0].doubt == "guess"
    assert "your guess of" in told.text("en")
    assert "您估计的" in told.text("zh")


def fewest_by_trial(account: Account, names: list[str], met: Callable[[str | None], bool]) -> int | None:
    """The size of the smallest change of these facts that meets an aim, found by trying all changes."""
    for count in range(1, len(names) + 1):
        for chosen in combinations(names, count):
            for values in product(*(all_values(account, name) for name in chosen)):
                if met(leader(account, dict(zip(chosen, values, strict=True)))):
                    return count
    return None


def groups(account: Account, seed: str, size: int) -> Iterator[list[str]]:
    chance = random.Random(seed)
    names = [name for name in account.inputs.values if name in account.book.facts and all_values(account, name)]
    while True:
        yield chance.sample(names, size)


def against_trial(found: Diagnosis, rounds: int, size: int) -> int:
    """Compare the solver's smallest changes with those of trying everything; how many there were."""
    account, chance = Account(found), random.Random(found.case.id)
    present, seen, undecided = account.result.primary, 0, 0
    tried = zip(range(rounds), groups(account, found.case.id, size), strict=False)
    for _, names in tried:
        rooms = {name: place for name in names if (place := room(account.book.facts[name], None)) is not None}
        aim = None if present is not None and chance.random() < 0.5 else chance.choice(list(account.book.candidates))
        if aim == present:
            continue

        def met(strategy: str | None, aim: str | None = aim) -> bool:
            return strategy not in (None, present) if aim is None else strategy == aim

        truth = fewest_by_trial(account, names, met)
        for most in range(1, size + 1):

            def confirmed(change: Change) -> bool:
                return met(leader(account, change))

            leaders = [name for name in account.book.candidates if name != present] if aim is None else [aim]
            answer = change_that_leads_to(account.book, account.inputs, rooms, leaders, most, confirmed)
            if truth is not None and truth <= most:
                assert answer.verdict != "none", (names, aim, most)
                undecided += answer.verdict == "undecided"
                if answer.verdict == "found":
                    assert len(answer.change) <= most
                    assert confirmed(answer.change)
                    seen += 1
            else:
                assert answer.verdict != "found", (names, aim, most)
                undecided += answer.verdict == "undecided"
    assert (
        undecided <= rounds
    )  # of several questions a round: the reading allows more than the rulebook: such a candidate is not a proof
    return seen


def test_smallest_changes_are_those_that_trying_everything_finds(profiled: Books) -> None:
    assert against_trial(diagnosed("volume-without-profit", profiled), 6, 3) > 0


@pytest.mark.slow
@pytest.mark.parametrize("stem", SOME[:2])
def test_smallest_changes_of_many_groups(stem: str, profiled: Books) -> None:
    against_trial(diagnosed(stem, profiled), 40, 3)


# the way to a strategy

WAYS = (("recovering-account", "wallet_growth"), ("neglected-star", "份额提升"), ("half-of-the-firm", "Alliance"))


@pytest.mark.parametrize(("stem", "strategy"), WAYS)
def test_a_way_leads_there_by_what_we_can_improve(stem: str, strategy: str, profiled: Books) -> None:
    found = diagnosed(stem, profiled)
    told = path_to(found, strategy)
    assert told.verdict == "proven"
    assert told.ways
    for way in told.ways:
        assert changed(found, way.change).recommendation.primary == told.strategy
        for move in way.moves:
            fact = found.book.facts[move.fact]
            assert fact.influence
            assert set(told.work) >= {move.fact}
            if isinstance(move.value, int | float) and isinstance(move.was, int | float) and fact.improves:
                assert (move.value > move.was) == (fact.improves == "up")
            rest = {name: value for name, value in way.change.items() if name != move.fact}
            assert changed(found, rest).recommendation.primary != told.strategy
    if told.fewest == 1:
        return
    account, names = Account(found), [name for way in told.ways for name in way.change]
    for name in names:  # no single one of them is enough, at any value
        assert all(leader(account, {name: value}) != told.strategy for value in all_values(account, name))


def test_what_stands_in_the_way_is_named(profiled: Books) -> None:
    found = diagnosed("concentration-risk", profiled)
    told = path_to(found, "alliance")
    assert (told.verdict, told.ways) == ("impossible", ())
    assert [(move.fact, move.value) for move in told.in_the_way] == [("partner_willingness", 4)]
    assert not found.book.facts["partner_willingness"].influence


def test_the_strategy_that_leads_needs_no_way(profiled: Books) -> None:
    told = path_to(diagnosed("northern-bottlers", profiled), "defence")
    assert (told.verdict, told.ways, told.fewest) == ("leads", (), None)
    with pytest.raises(UnknownName):
        path_to(diagnosed("northern-bottlers", profiled), "no such strategy")


def test_every_fact_that_we_influence_is_worked_on(book: Rulebook) -> None:
    """All but being on the list of key accounts, which is decided and not worked on."""
    offered = [activity for strategy in book.strategies.values() for activity in strategy.activities]
    offered += [rule.entry.insert for rule in book.rules_of("insert")]  # type: ignore[attr-defined]
    worked_on = {fact for activity in offered for fact in activity.works_on}
    influenced = {fact.id for fact in book.facts.values() if fact.influence}
    assert worked_on <= influenced
    assert influenced - worked_on == {"declared_key"}


def test_steps_measure_every_kind_of_fact_alike(book: Rulebook) -> None:
    assert steps(book, "trust_level", 2, 4) == 2
    assert steps(book, "compliance_flag", False, True) == 4
    assert steps(book, "plan_state", "none", "outdated") == 2
    assert steps(book, "annual_revenue", 10_000_000, 12_500_000) == 1
    assert steps(book, "buying_units_served", 4, 5) == 1
    assert steps(book, "share_of_wallet", 50, 75) == 1


# in words

RECORDED: dict[str, tuple[str, Callable[[Diagnosis], Explained]]] = {
    "flips": ("northern-bottlers", flips),
    "flips-few-facts": ("handover-notes", flips),
    "path-to": ("recovering-account", lambda found: path_to(found, "wallet_growth")),
    "path-to-impossible": ("concentration-risk", lambda found: path_to(found, "alliance")),
    "proof": ("rebate-question", proof),
}


@pytest.mark.parametrize("name", RECORDED)
def test_texts_are_as_recorded(name: str, profiled: Books) -> None:
    stem, explain = RECORDED[name]
    found = explain(diagnosed(stem, profiled))
    for language in languages():
        check(f"explain/{name}.{language}.txt", found.text(language))


def test_json_has_the_promised_shape() -> None:
    case = str(CASES / "northern-bottlers.yaml")
    found = json.loads(CliRunner().invoke(main, ["explain", case, "flips", "--format", "json", "--most", "2"]).output)
    assert len(found["flips"]) == 2
    assert {"change", "primary", "level", "was", "steps", "guesses", "stale"} == set(found["flips"][0])
    way = json.loads(CliRunner().invoke(main, ["explain", case, "path-to", "defence", "--format", "json"]).output)
    assert (way["verdict"], way["ways"]) == ("leads", [])


def test_a_strategy_that_does_not_exist_is_answered_with_the_nearest() -> None:
    case = str(CASES / "northern-bottlers.yaml")
    result = CliRunner().invoke(main, ["explain", case, "path-to", "defense", "--lang", "en"])
    assert result.exit_code == 2
    assert "`defence`" in result.output


MISTAKES = {
    "works on what nobody influences": (
        "knowledge/strategies/defence.yaml",
        "works_on: [switching_cost]",
        "works_on: [account_status]",
    ),
    "works on what does not exist": (
        "knowledge/strategies/defence.yaml",
        "works_on: [switching_cost]",
        "works_on: [switching_costs]",
    ),
    "improves without influence": (
        "knowledge/facts/relationship.yaml",
        "  influence: true\n  improves: up\n",
        "  improves: up\n",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_in_what_work_moves_are_refused(mistake: str, tmp_path: Path) -> None:

    for folder in ("knowledge", "rules"):
        shutil.copytree(Path(shipped()) / folder, tmp_path / folder)
    file, right, wrong = MISTAKES[mistake]
    path = tmp_path / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        load_rulebook(tmp_path)
    assert file in {problem.file for problem in found.value.problems}
