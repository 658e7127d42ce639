"""What people type and what it is taken for."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kam_expert.case import Given
from kam_expert.interview.answers import Declined, Doubtful, Understood, bare_amount, read_answer, read_day
from kam_expert.interview.showing import Showing
from kam_expert.interview.vocabulary import COMMANDS, command_in, heard
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import read_file
from kam_expert.wording import wording

TYPED = read_file(Path(__file__).parent / "interview" / "typed.yaml").value
ROWS = [(fact, typed, wanted) for fact, texts in TYPED.items() for typed, wanted in texts.items()]


@pytest.mark.parametrize(("fact", "typed", "wanted"), ROWS, ids=[f"{fact}:{typed}" for fact, typed, _ in ROWS])
def test_typed(fact: str, typed: str, wanted: Any, book: Rulebook) -> None:
    found = read_answer(book.facts[fact], typed, book, "CNY")
    match wanted:
        case {"refused": code}:
            assert isinstance(found, Declined) and found.code == code
            for language in ("en", "zh"):  # what, and how to repair it, with nothing left unfilled
                said = Showing(book, wording(language)).declined(found.code, {"near": "", **found.parameters})
                assert "{" not in said and (code == "empty" or str(found.parameters["found"]) in said)
        case {"doubt": meanings}:
            assert found == Doubtful(meanings, False)
        case {"about": value}:
            assert found == Understood(Given("given", value), True)
        case "unknown" | "n/a":
            assert found == Understood(Given(wanted))
        case tuple():
            assert isinstance(found, Understood) and found.given.rows == wanted
        case _:
            assert isinstance(found, Understood) and not found.hedged and found.given == Given("given", wanted)
            assert type(found.given.value) is type(wanted)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("2026-06-30", date(2026, 6, 30)),
        ("2026年6月30日", date(2026, 6, 30)),
        ("２０２６年６月３０日", date(2026, 6, 30)),
        ("2026/6/30", date(2026, 6, 30)),
        ("2026.6.30", date(2026, 6, 30)),
        ("2026-02-30", None),
        ("30.6.2026", None),
        ("June", None),
    ],
)
def test_days(typed: str, wanted: date | None) -> None:
    assert read_day(typed) == wanted


def test_what_is_unusual_is_understood_and_marked(book: Rulebook) -> None:
    found = read_answer(book.facts["gross_margin_pct"], "95", book, "CNY")
    assert isinstance(found, Understood) and found.unusual and found.given.value == 95


def test_a_bare_small_amount_is_asked_about(book: Rulebook) -> None:
    """Who counts in 万 types 350 for 350万; with any word, or large enough, it is what it says."""
    fact = book.facts["annual_revenue"]
    for typed, wanted in {"350": (3500000, 350), "1.5": (15000, 1.5)}.items():
        found = read_answer(fact, typed, book, "CNY")
        assert isinstance(found, Understood) and bare_amount(fact, typed, found, 10000) == Doubtful(wanted)
    for typed in ("350元", "350万", "0", "12000", "约9000块"):
        found = read_answer(fact, typed, book, "CNY")
        assert isinstance(found, Understood) and bare_amount(fact, typed, found, 10000) is found


def test_a_word_means_one_command_and_no_answer() -> None:
    """Letters for options, yes and no stay free."""
    seen: dict[str, str] = {}
    for command in COMMANDS:
        for word in heard(f"command.{command}"):
            assert seen.setdefault(word, command) == command
            assert word not in {*"abcde", *heard("yes"), *heard("no")}
    assert command_in("back 3") == ("back", "3") and command_in("=back") is None and command_in("12") is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_of_commands_stands_in_columns(language: str) -> None:
    lines = wording(language).say("interview.help.list").rstrip().splitlines()
    assert all(re.search(r"\S {2,}\S", line.strip()) for line in lines)
    example = next(match[0] for line in lines if (match := re.search(r"(source|来源) \S+ 2026\S+", line)))
    assert command_in(example) == ("source", example.split(" ", 1)[1])
