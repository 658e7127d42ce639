"""Contacts, white space and competitors: what is concluded from their rows, and how they are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_expert.case import Given, load_case
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.interview.answers import Declined, Understood, read_answer
from kam_expert.reports import account_tables
from kam_expert.reports.document import Block, Picture, Table
from kam_expert.reports.pictures import Grid
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.parsing import parse_formula
from kam_expert.wording import languages, wording
from tests.accounts import examples

CASES = Path(__file__).parents[1] / "cases"
TABLES = ("contact_table", "white_space_table", "competitor_table")
PARTS = (account_tables.contacts, account_tables.white_space, account_tables.competitors)


def diagnosis_of(name: str, book: Rulebook, **changed: Any) -> Diagnosis:
    case = load_case(CASES / f"{name}.yaml", book)
    facts = {**case.facts, **{fact: Given("given", rows=tuple(rows)) for fact, rows in changed.items()}}
    return diagnose(replace(case, facts=facts), book)


def grid_of(blocks: tuple[Block, ...]) -> Grid:
    (picture,) = (block for block in blocks if isinstance(block, Picture))
    assert isinstance(picture.shown, Grid)
    return picture.shown


def test_every_row_has_its_cell_and_its_line(book: Rulebook) -> None:
    diagnosis = diagnosis_of("northern-bottlers", book)
    for language in languages():
        speaking = Speaking(diagnosis, wording(language))
        for fact, part in zip(TABLES, PARTS, strict=True):
            rows, blocks = diagnosis.case.facts[fact].rows, part(speaking)
            (table,) = (block for block in blocks if isinstance(block, Table))
            assert len(table.rows) == len(rows) and {len(row) for row in table.rows} == {len(table.headers)}
            if book.facts[fact].map is None:
                continue
            grid = grid_of(blocks)
            known = {grade.id for grade in grid.grades}
            lines = [cells for _, group in grid.groups for _, cells in group]
            assert all(len(cells) == len(grid.columns) for cells in lines)
            assert {cell.grade for cells in lines for cell in cells} == known
            assert len({grade.label for grade in grid.grades}) == len(grid.grades)


def test_a_contact_stands_under_its_role_and_its_owner(book: Rulebook) -> None:
    met = {"name": "B", "function": "quality", "role": "user", "influence": 2, "attitude": "opposed", "owner": "X"}
    rows = [
        {"name": "A", "function": "finance", "role": "economic_buyer", "influence": 5},
        {**met, "months_since_met": 9},
    ]
    grid = grid_of(
        account_tables.contacts(Speaking(diagnosis_of("northern-bottlers", book, contact_table=rows), wording("en")))
    )
    assert grid.columns == ("X", "nobody yet")
    (first, (buyer,)), (second, (user,)) = grid.groups
    assert (first, second) == ("Economic buyer", "User")
    assert [cell.grade for cell in buyer[1]] == [account_tables.ELSEWHERE, account_tables.UNKNOWN]
    assert [(cell.grade, cell.old) for cell in user[1]] == [("opposed", True), (account_tables.ELSEWHERE, False)]
    assert grid.old_label


def test_without_rows_nothing_is_shown(book: Rulebook) -> None:
    speaking = Speaking(diagnose(load_case(CASES / "half-of-the-firm.yaml", book), book), wording("en"))
    assert [part(speaking) for part in PARTS] == [(), (), ()] and account_tables.sections(speaking) == ()


@pytest.mark.parametrize("name", ["northern-bottlers", "asks-for-alliance", "recovering-account"])
def test_the_tables_contradict_no_fact_of_a_shipped_case_and_move_no_advice(name: str, book: Rulebook) -> None:
    case = load_case(CASES / f"{name}.yaml", book)
    bare = replace(case, facts={fact: given for fact, given in case.facts.items() if fact not in TABLES})
    with_tables, without = diagnose(case, book), diagnose(bare, book)
    assert with_tables.recommendation == without.recommendation
    kinds = {book.signals[each.id].kind for each in with_tables.signals if each not in without.signals}
    assert "contradiction" not in kinds


CONTACT = st.fixed_dictionaries(
    {"function": st.sampled_from(["purchasing", "quality", "finance"]), "influence": st.integers(1, 5)},
    optional={
        "owner": st.just("X"),
        "months_since_met": st.integers(0, 12),
        "role": st.sampled_from(["user", "coach"]),
    },
)


@examples(60)
@given(st.lists(CONTACT, min_size=1, max_size=6))
def test_contacts_are_counted_as_one_would_by_hand(book: Rulebook, rows: list[dict[str, Any]]) -> None:
    found = plain.conclude(book, Inputs({}, {"contact_table": tuple(rows)})).values
    limits = book.parameters
    weighty = [row for row in rows if row["influence"] >= limits["contact_influence_high"]]
    met = {row["function"] for row in rows if row.get("months_since_met", 0) <= limits["contact_current_months"]}
    assert found["functions_named"] == len(met)
    assert found["influential_unowned"] == sum("owner" not in row for row in weighty)
    assert found["influential_unmet"] == sum(
        row.get("months_since_met", 0) > limits["contact_stale_months"] for row in weighty
    )


def test_a_formula_reads_choices_and_presence_of_a_row(book: Rulebook) -> None:
    rows: tuple[Row, ...] = (
        {"role": "user", "influence": 3, "owner": "X"},
        {"role": "coach", "influence": 5},
        {"influence": 4},
    )
    state = State({}, book.parameters, {"contact_table": rows})

    def worth(text: str) -> object:
        said: list[object] = []
        parsed = parse_formula(text, book.vocabulary, lambda *problem, **_: said.append(problem))
        assert parsed is not None, said
        return evaluate(parsed, state)

    assert worth("sum_over(contact_table, influence if known(owner) else 0)") == 3
    assert worth("sum_over(contact_table, 1 if certain(role in [user, coach]) and influence > 3 else 0)") == 1
    assert worth("sum_over(contact_table, 1 if certain(role != user) else 0)") == 1
    assert worth("sum_over(contact_table, 1 if role == user else 0)") is None


def test_a_typed_row_may_end_early_and_leave_cells_open(book: Rulebook) -> None:
    fact = book.facts["contact_table"]
    found = read_answer(
        fact, "张工，技术与研发，技术把关者，部门负责人，4\nB, Finance, user, staff, 2, -, 不清楚, 3", book, "CNY"
    )
    assert isinstance(found, Understood)
    assert [set(row) for row in found.given.rows] == [
        {"name", "function", "role", "level", "influence"},
        {"name", "function", "role", "level", "influence", "months_since_met"},
    ]
    assert isinstance(read_answer(fact, "A, Finance, user", book, "CNY"), Declined)
