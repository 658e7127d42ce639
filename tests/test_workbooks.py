"""`workbook`: a case to Excel and back without loss, in both languages; mistakes are said with the cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kam_expert.case import SOURCES, Case, Chosen, Given, case_from, load_case, profile_named_in, read_case_file
from kam_expert.case_text import case_file as written
from kam_expert.case_text import case_of
from kam_expert.cli import main
from kam_expert.engines.conclusions import Inputs
from kam_expert.imports.sheets import Stated, read_sheets
from kam_expert.problems import ProblemsFound
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import read_text
from kam_expert.wording import languages, wording
from kam_expert.workbooks.layout import CannotBeACell
from kam_expert.workbooks.reading import document_of, is_workbook
from kam_expert.workbooks.writing import workbook
from tests.accounts import accounts, examples

ROOT = Path(__file__).parents[1]


def there_and_back(case: Case, book: Rulebook, language: str, path: Path) -> Case:
    path.write_bytes(workbook(case, book, wording(language)))
    sheets = read_sheets(path, Stated())
    assert is_workbook(sheets)
    found = case_from(document_of(path, sheets, book), book, named_by_file=False)
    return replace(found, file=case.file)


def test_every_shipped_case_comes_back(
    profiled: Callable[[str | None], Rulebook], case_files: tuple[Path, ...], tmp_path: Path
) -> None:
    for file, language in zip(case_files, cycle(languages()), strict=False):
        document = read_case_file(file)
        book = profiled(profile_named_in(document))
        case = case_from(document, book)
        assert there_and_back(case, book, language, tmp_path / "x.xlsx") == case, file.name


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20).map(
    lambda text: f"x{text}x"
)
NOTES = st.one_of(st.none(), WORDS, st.sampled_from(["=1+1", "_x0041_", "007", "a\nb", "https://x.y", "yes", "1e5"]))


def test_any_case_comes_back(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"

    @given(st.data(), accounts(book), st.sampled_from(languages()), st.dates(date(1990, 1, 1), date(2100, 1, 1)), WORDS)
    @examples(25)
    def there(data: st.DataObject, inputs: Inputs, language: str, day: date, name: str) -> None:
        case = case_of(book, inputs, "drawn")
        facts: dict[str, Given] = {}
        for fact, given_ in case.facts.items():
            source = data.draw(st.sampled_from([None, *SOURCES]))
            earlier = data.draw(st.one_of(st.none(), st.dates(date(1800, 1, 1), day)))
            facts[fact] = replace(given_, source=source, as_of=earlier, note=data.draw(NOTES))
        facts["account_name"] = Given("given", name)
        facts.setdefault("trust_level", Given("unknown"))
        primary, *secondary = data.draw(st.lists(st.sampled_from(sorted(book.candidates)), min_size=1, unique=True))
        chosen = data.draw(st.one_of(st.none(), st.just(Chosen(primary, tuple(secondary)))))
        case = replace(case, name=name, as_of=day, facts=facts, chosen=chosen)
        case = case_from(read_text(written(case), case.file), book)
        assert there_and_back(case, book, language, path) == case

    there()


@pytest.mark.parametrize("language", languages())
def test_from_case_to_workbook_to_case_by_the_command_line(language: str, tmp_path: Path) -> None:
    source = ROOT / "cases" / "neglected-star.yaml"
    target = tmp_path / "anything.xlsx"
    done = CliRunner().invoke(main, ["workbook", str(source), "-o", str(target), "--lang", language])
    assert (done.exit_code, done.output) == (0, "")
    done = CliRunner().invoke(main, ["import", str(target), "-o", str(tmp_path / "out"), "--lang", language])
    assert done.exit_code == 0, done.output
    assert load_case(tmp_path / "out" / source.name).facts == load_case(source).facts


def test_mistakes_are_said_with_the_cell(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as file:
        sheet = file.add_worksheet("Account")
        rows = [
            ["case", "", "x"],
            ["name", "", "X"],
            ["as_of", "", "2026-01-01"],
            ["fact:trust_level", "", 7],
            ["fact:annual_revenue", "", 5, "", "", "gossip"],
            ["fact:trust_levle", "", 3],
            ["fact:declared_key", "", "是", "", "", "客户告知"],
        ]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        file.add_worksheet("kam-expert").write_row(0, 0, ["kam-expert workbook", 1, "en"])
    with pytest.raises(ProblemsFound) as found:
        case_from(document_of(path, read_sheets(path, Stated()), book), book, named_by_file=False)
    assert [(each.code, tuple(each.mark)) for each in found.value.problems] == [
        ("wrong_value", (4, 3)),
        ("wrong_value", (5, 6)),
        ("fact_unknown", (6, 2)),
    ]
    done = CliRunner().invoke(main, ["import", str(path), "-o", str(tmp_path / "out"), "--lang", "zh"])
    assert (
        done.exit_code == 1 and "x.xlsx 第 4 行第 3 列" in done.stderr and not list((tmp_path / "out").glob("*.yaml"))
    )


def test_what_does_not_fit_a_workbook(book: Rulebook, tmp_path: Path) -> None:
    long = replace(case_of(book, Inputs(values={}, tables={}, not_applicable=frozenset()), "long"), name="x" * 40_000)
    with pytest.raises(CannotBeACell):
        workbook(long, book, wording("en"))
    source = str(ROOT / "cases" / "northern-bottlers.yaml")
    assert CliRunner().invoke(main, ["workbook", source, "-o", str(tmp_path / "x.xls")]).exit_code == 2
    assert CliRunner().invoke(main, ["workbook", source, "-o", str(tmp_path / "no" / "x.xlsx")]).exit_code == 2
    assert CliRunner().invoke(main, ["workbook", str(tmp_path / "no.yaml"), "-o", "x.xlsx"]).exit_code == 1
