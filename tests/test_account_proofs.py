"""What may still become of an account, proofs that rest on it, and their check: never too little, and not fooled."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines.compiled import Compiled
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.possible import selection_reading
from kam_expert.engines.possible_choice import Nearby, possible
from kam_expert.engines.sets import FALSE, TRUE, UNKNOWN
from kam_expert.explanation.proof import proof, settles
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, base_name
from tests.accounts import generated

Books = Callable[[str | None], Rulebook]
SHARES = (0.01, 0.03, 0.1, 0.3, 0.9)


def diagnosed(path: Path, profiled: Books) -> Diagnosis:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


@lru_cache(maxsize=4)
def compiled(book: Rulebook) -> Compiled:
    return Compiled(book)


def recommended(book: Rulebook, inputs: Inputs) -> Recommendation:
    return recommend(book, compiled(book).conclude(inputs))


def completed(inputs: Inputs, other: Inputs, open_facts: Collection[str]) -> Inputs:
    """The account with its open facts as another account has them."""
    mine = {name: value for name, value in inputs.values.items() if base_name(name) not in open_facts}
    theirs = {name: value for name, value in other.values.items() if base_name(name) in open_facts}
    tables = {name: rows for name, rows in inputs.tables.items() if name not in open_facts}
    tables |= {name: rows for name, rows in other.tables.items() if name in open_facts}
    out = (inputs.not_applicable - frozenset(open_facts)) | (other.not_applicable & frozenset(open_facts))
    return Inputs({**mine, **theirs}, tables, out)


@lru_cache(maxsize=8)
def strangers(book: Rulebook, count: int) -> list[Inputs]:
    return generated(book, count, 77)


def holds(worth: Any, value: Any) -> bool:
    """Whether a value is in a set of values."""
    if isinstance(worth, int):
        return bool(worth & (UNKNOWN if value is None else TRUE if value else FALSE))
    if value is None:
        return bool(worth[-1])
    return value in worth[0] if isinstance(worth[0], frozenset) else worth[0] <= value <= worth[1]


def never_too_little(book: Rulebook, count: int, seed: int) -> tuple[int, int]:
    """Compare sets with completions; how often one outcome, and one with its secondaries, was left."""
    chance = random.Random(seed)
    reading = selection_reading(book)
    accounts = generated(book, count, seed)
    others = generated(book, 5 * count, seed + 1)
    numbers = [name for name, kind in book.vocabulary.names.items() if kind.kind not in ("text", "table")]
    one = settled = 0
    for index, account in enumerate(accounts):
        share = chance.choice(SHARES)
        open_facts = {name for name in book.facts if chance.random() < share}
        values = reading.values(reading.settled(account, open_facts))
        assert values is not None
        outcomes = possible(book, account, open_facts, beside=True)
        one += len(outcomes.results) == 1
        settled += outcomes.secondary is not None
        for other in others[5 * index : 5 * index + 5]:
            inputs = completed(account, other, open_facts)
            concluded = compiled(book).conclude(inputs)
            for name in numbers:
                if name in values:
                    assert holds(values[name], concluded.values.get(name)), (name, inputs)
            found = recommend(book, concluded)
            assert found.outcome in outcomes.results, inputs
            assert found.level in outcomes.levels
            if outcomes.secondary is not None:
                assert found.secondary == outcomes.secondary, inputs
    return one, settled


def test_sets_never_leave_out_what_an_account_comes_to(book: Rulebook) -> None:
    one, settled = never_too_little(book, 80, 11)
    assert one > 5
    assert settled > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_sets_never_leave_out_anything_on_many_accounts(seed: int, profiled: Books) -> None:
    profile = (None, "manufacturer", "distributor", "service_firm")[seed % 4]
    never_too_little(profiled(profile), 500, 100 * seed)


def test_sets_are_exact_where_every_fact_is_settled(case_file: Path, profiled: Books) -> None:
    found = diagnosed(case_file, profiled)
    outcomes = possible(found.book, found.case.inputs(found.book), (), beside=True)
    recommendation = found.recommendation
    assert outcomes.results == {recommendation.outcome}
    assert recommendation.primary is None or outcomes.secondary == recommendation.secondary


def underived(book: Rulebook, account: Inputs) -> Inputs:
    """The account without the facts that can be computed, so that they are."""
    kept = {name: value for name, value in account.values.items() if book.facts[base_name(name)].derived is None}
    return replace(account, values=kept)


@pytest.mark.slow
def test_one_account_asked_nearby_is_asked_in_full(book: Rulebook) -> None:
    """Only what depends on a changed fact is computed anew; the answer is that of computing all."""
    moved = 0
    accounts = [underived(book, account) for account in generated(book, 45, 21)]
    for account, other in zip(accounts, reversed(accounts), strict=True):
        nearby = Nearby(book, account)
        before = possible(book, account, ())
        assert nearby.outcomes({}) == before
        for name in [name for name in other.values if name in account.values and name in book.facts]:
            keys = [key for key in (name, f"before.{name}", f"confidence.{name}") if key in other.values]
            changed = replace(account, values={**account.values, **{key: other.values[key] for key in keys}})
            start = nearby.reading.settled(changed, ())
            after = possible(book, changed, ())
            assert nearby.outcomes({key: start[key] for key in keys}) == after, name
            moved += after != before
    assert moved > 20


@pytest.mark.slow
def test_a_proof_forces_the_outcome_whatever_else_is_said(case_files: tuple[Path, ...], profiled: Books) -> None:
    for path in case_files[::11]:
        forced_by_random_completions(diagnosed(path, profiled), 20, with_secondaries=False)
    forced_by_random_completions(diagnosed(case_files[0], profiled), 20, with_secondaries=True)


@pytest.mark.slow
def test_proofs_hold_for_many_completions(case_file: Path, profiled: Books) -> None:
    forced_by_random_completions(diagnosed(case_file, profiled), 200, with_secondaries=True)


def forced_by_random_completions(found: Diagnosis, count: int, *, with_secondaries: bool) -> None:
    book, inputs = found.book, found.case.inputs(found.book)
    made = proof(found, with_secondaries=with_secondaries)
    assert made.settled
    open_facts = [name for name in book.facts if name not in {*made.facts, *made.counted}]
    for other in strangers(book, count):
        told = recommended(book, completed(inputs, other, open_facts))
        assert told.outcome == made.result.id
        assert made.secondary is None or told.secondary == made.secondary


@pytest.mark.parametrize("stem", ["northern-bottlers", "handover-notes"])
def test_no_fact_can_be_left_out_of_a_proof(stem: str, case_files: tuple[Path, ...], profiled: Books) -> None:
    found = diagnosed(next(path for path in case_files if path.stem == stem), profiled)
    made = proof(found)
    inputs = found.case.inputs(found.book)
    for name in made.facts:
        rest = [other for other in made.facts if other != name]
        assert not settles(found.book, inputs, rest, made.counted, made.result.id, None), name
    for name in made.counted:
        rest = [other for other in made.counted if other != name]
        assert not settles(found.book, inputs, made.facts, rest, made.result.id, None), name


# the file


@pytest.fixture
def northern(case_files: tuple[Path, ...]) -> Path:
    return next(path for path in case_files if path.stem == "northern-bottlers")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--lang", "en"])


@pytest.fixture(scope="module")
def texts(case_files: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[bool, str]:
    """Proof files of one case as the command writes them: without and with the secondaries."""
    folder = tmp_path_factory.mktemp("proofs")
    case = next(path for path in case_files if path.stem == "northern-bottlers")
    found = {}
    for with_others in (False, True):
        file = folder / "settled.yaml"
        result = run("explain", case, "proof", "--file", file, *(["--with-secondaries"] if with_others else []))
        assert result.exit_code == 0, result.output
        found[with_others] = file.read_text(encoding="utf-8")
    return found


def verified(text: str, folder: Path) -> Result:
    file = folder / "settled.yaml"
    file.write_text(text, encoding="utf-8")
    return run("rulebook", "verify", file)


def test_a_proof_file_is_checked(texts: dict[bool, str], tmp_path: Path) -> None:
    result = verified(texts[False], tmp_path)
    assert result.exit_code == 0
    assert result.output.startswith("Proven. ")
    assert "“Defence”" in result.output
    with_others = verified(texts[True], tmp_path)
    assert with_others.exit_code == 0
    assert "Defence, with Relationship broadening" in with_others.output


TAMPERED: dict[str, tuple[Callable[[str], str], int, str]] = {
    "a fact left out": (
        lambda text: "\n".join(line for line in text.split("\n") if "incumbency:" not in line),
        1,
        "Not proven.|Wrong.",
    ),
    "another version": (lambda text: text.replace("  rulebook: ", "  rulebook: 0"), 1, "Not checked: "),
    "another outcome": (lambda text: text.replace("outcome: defence", "outcome: alliance"), 1, "Wrong. "),
    "a misspelt outcome": (lambda text: text.replace("outcome: defence", "outcome: defense"), 1, "`outcome`"),
    "no claim": (lambda text: text[: text.index("proof:")], 1, "`proof`"),
    "an unknown fact": (lambda text: text.replace("not_known: [", "not_known: [no_such_fact, "), 1, "no_such_fact"),
    "a map for a name": (lambda text: text.replace("not_known: [", "not_known: [{a: 1}, "), 1, "{a: 1}"),
    "a list for a version": (lambda text: re.sub("  rulebook: .*", "  rulebook: [1]", text), 1, "`rulebook`"),
    "other secondaries": (lambda text: text.replace("  secondary: [", "  secondary: [maintenance, "), 1, "Not proven."),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_proof_is_refused(how: str, texts: dict[bool, str], tmp_path: Path) -> None:
    change, code, message = TAMPERED[how]
    text = texts[how == "other secondaries"]
    assert change(text) != text
    result = verified(change(text), tmp_path)
    assert result.exit_code == code
    assert any(each in result.output for each in message.split("|"))


def test_a_changed_value_is_refused_or_still_proven(northern: Path, profiled: Books) -> None:
    """Whatever stands in the file is judged anew: no value is believed because it was there."""
    found = diagnosed(northern, profiled)
    book, made, inputs = found.book, proof(found), found.case.inputs(found.book)
    for name in made.facts:
        fact = book.facts[name]
        values: list[Value] = [*fact.choices, *([1, 5] if fact.type == "rating" else [])]
        for value in values:
            changed = replace(inputs, values={**inputs.values, name: value})
            told = recommended(book, changed)
            if told.outcome != made.result.id:
                assert not settles(book, changed, made.facts, made.counted, made.result.id, None)


def test_a_proof_is_checked_without_solver_and_network(texts: dict[bool, str], tmp_path: Path) -> None:
    file = tmp_path / "settled.yaml"
    file.write_text(texts[True], encoding="utf-8")
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(sorted({'z3', 'experta'} & set(sys.modules))))\n"
        "from kam_expert.cli import main\n"
        "main(['rulebook', 'verify', sys.argv[1]], standalone_mode=False)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert "[]" in result.stdout.splitlines()
