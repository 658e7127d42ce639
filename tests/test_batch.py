"""Many accounts in one run: the same advice as one by one, whatever the input; what is refused is said."""

from __future__ import annotations

import contextlib
import csv
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from adbc_driver_postgresql import dbapi
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from kam_expert.batch.accounts import Accounts, Reading, case_of
from kam_expert.batch.blocks import Unusable
from kam_expert.batch.margin import Margins
from kam_expert.batch.running import Desk, Wish
from kam_expert.batch.sources import accounts_of, inputs_of
from kam_expert.batch.summary import told
from kam_expert.case import Case, Given, case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import diagnosis_from, network_of
from kam_expert.engines import plain
from kam_expert.engines.columns.frames import accounts_frame
from kam_expert.engines.compiled import compiled
from kam_expert.engines.conclusions import Inputs
from kam_expert.imports.sheets import Stated, read_sheets
from kam_expert.maintenance.plausible import plausible
from kam_expert.recommendation import recommend
from kam_expert.reports.brief import REASONS, leading_rules
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import load_territory
from kam_expert.wording import wording
from tests import golden_files
from tests.accounts import generated

SLOW = pytest.mark.slow
ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "data" / "batch"


def run(*arguments: str | Path, code: int = 0) -> Result:
    done = CliRunner().invoke(main, ["batch", *map(str, arguments)])
    assert done.exit_code == code and "Traceback" not in done.output, done.output
    return done


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def accounts(book: Rulebook) -> list[Case]:
    """Plausible accounts as a table can state them."""
    territory = load_territory(book)
    found = []
    for number in range(60):
        case = plausible(territory, book, 5, number)
        facts = {name: given for name, given in case.facts.items() if not given.rows}
        found.append(replace(case, id=f"a{number}", name=f"Firm {number}", facts=facts))
    return found


def written(case: Case, name: str) -> str:
    """A fact as it stands in a cell."""
    given = case.facts.get(name)
    if given is None:
        return ""
    if given.state != "given":
        return given.state
    if given.rows:
        return json.dumps([dict(row) for row in given.rows])
    if isinstance(given.value, bool):
        return "yes" if given.value else "no"
    return str(given.value)


def table_of(cases: Sequence[Case], book: Rulebook) -> tuple[list[str], list[list[str]]]:
    """Cases as a table with everything that a table can say of them."""
    names = [name for name in book.facts if name != "account_name" and any(name in case.facts for case in cases)]
    befores = [name for name in names if any(name in c.facts and c.facts[name].before is not None for c in cases)]
    head = [
        "case",
        "account",
        "currency",
        "as_of",
        *names,
        *(f"before.{name}" for name in befores),
        *(f"source.{name}" for name in names),
    ]
    rows = []
    for case in cases:
        before = [case.facts.get(name, Given("unknown")).before for name in befores]
        sources = [case.facts.get(name, Given("unknown")).source for name in names]
        rows.append(
            [
                case.id,
                case.name,
                case.currency,
                case.as_of.isoformat(),
                *(written(case, name) for name in names),
                *(
                    "" if value is None else "yes" if value is True else "no" if value is False else str(value)
                    for value in before
                ),
                *(source or "" for source in sources),
            ]
        )
    return head, rows


def to_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]], **how: Any) -> Path:
    encoding = how.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, **how)
        writer.writerow(head)
        writer.writerows(rows)
    return path


# the same advice


def test_each_case_is_told_what_diagnose_tells_it(tmp_path: Path, profiled: Callable[[str | None], Rulebook]) -> None:
    run(ROOT / "cases", "-o", tmp_path / "out.jsonl", "--no-margin")
    rows = {row["case"]: row for row in rows_of(tmp_path / "out.jsonl")}
    files = sorted((ROOT / "cases").glob("*.yaml"))
    assert list(rows) == [path.stem for path in files]
    for path in files:
        row = rows[path.stem]
        document = read_case_file(path)
        book = profiled(profile_named_in(document))
        case = case_from(document, book)
        diagnosis = diagnosis_from(case, book, compiled(book).conclude(case.inputs(book)))
        found = diagnosis.recommendation
        wanted = {
            name: getattr(found, name)
            for name in ("level", "level_rule", "primary", "runner_up", "forced_by", "default")
        }
        assert {name: row[name] for name in wanted} == wanted
        assert row["secondary"] == list(found.secondary)
        assert row["next_waves"] == [wave.strategy for wave in found.next_waves]
        assert row["rules"] == [r.id for r in diagnosis.book.rules if diagnosis.conclusions.fired(r.id)]
        for position in diagnosis.positions:
            assert row[f"positions.{position.model}"] == position.cell
        for score in diagnosis.scores:
            assert row[f"scores.{score.id}"] == score.value
        for standing in found.standings:
            assert row[f"strategies.{standing.id}"] == standing.score
        true = [name for key, names in row.items() if key.startswith("signals.") for name in names]
        assert sorted(true) == sorted(each.id for each in diagnosis.signals)
        speaking = Speaking(diagnosis, wording("en"))
        reasons = leading_rules(speaking)[:REASONS]
        assert row["reasons"] == (reasons or [each.rules[0] for each in diagnosis.signals if each.rules][:REASONS])
        short = [
            f
            for f in diagnosis.book.facts.values()
            if f.short_form is not None and f.id not in diagnosis.conclusions.values
        ]
        assert set(row["missing"]) <= {fact.id for fact in short}
        if row["completeness"] == 100:
            assert row["missing"] == []


FORMS: dict[str, dict[str, Any]] = {
    "comma": {},
    "semicolon": {"delimiter": ";", "encoding": "utf-8-sig"},
    "tab, utf-16": {"delimiter": "\t", "encoding": "utf-16"},
    "gb18030": {"encoding": "gb18030"},
    "all quoted": {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"},
}


def judged(place: Path | str, book: Rulebook, query: str | None = None) -> pl.DataFrame:
    """What a run says of every account, without its rejects."""
    desk = Desk(book, Wish(margin=False), None)
    parts = []
    for found, _ in accounts_of(inputs_of([str(place)], query), lambda _: desk.reading, Stated()):
        assert not found.refused, found.refused
        parts.append(desk.judged(found))
    return pl.concat(parts)


@pytest.fixture(scope="module")
def expected(accounts: list[Case], book: Rulebook) -> pl.DataFrame:
    desk = Desk(book, Wish(margin=False), None)
    advice = desk.judge.judge(accounts_frame(book, [case.inputs(book) for case in accounts]))
    own = pl.DataFrame({"case": [case.id for case in accounts], "account": [case.name for case in accounts]})
    own = own.with_columns(currency=pl.Series([case.currency for case in accounts]))
    return pl.concat([own, advice], how="horizontal")


@pytest.mark.parametrize("form", FORMS)
def test_a_text_table_says_the_same_as_cases(
    form: str, accounts: list[Case], expected: pl.DataFrame, book: Rulebook, tmp_path: Path
) -> None:
    head, rows = table_of(accounts, book)
    if form == "gb18030":  # labels in Chinese are read as names of facts
        labels = {name: book.facts[name].label.zh for name in head if name in book.facts}
        head = [labels.get(name, name) for name in head]
    path = to_csv(tmp_path / "accounts.csv", head, rows, **FORMS[form])
    assert_frame_equal(judged(path, book), expected)


def test_other_tables_say_the_same(
    accounts: list[Case], expected: pl.DataFrame, book: Rulebook, tmp_path: Path
) -> None:
    head, rows = table_of(accounts, book)
    with xlsxwriter.Workbook(str(tmp_path / "accounts.xlsx")) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "Accounts of the northern region")
        for line, row in enumerate([head, *rows], start=3):
            for column, cell in enumerate(row):
                sheet.write(line, column, float(cell) if cell.replace(".", "", 1).isdecimal() else cell)
    _typed(accounts, book).write_parquet(tmp_path / "accounts.parquet")
    for name in ("accounts.xlsx", "accounts.parquet"):
        assert_frame_equal(judged(tmp_path / name, book), expected)


def test_a_database_says_the_same(accounts: list[Case], expected: pl.DataFrame, book: Rulebook, tmp_path: Path) -> None:
    texts = _typed(accounts, book)
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        database.execute(f"create table accounts ({_columns(texts, 'real')})")
        database.executemany(f"insert into accounts values ({', '.join('?' * len(texts.columns))})", texts.rows())
    found = judged(tmp_path / "crm.db", book, 'select * from accounts order by cast(substr("case", 2) as integer)')
    assert_frame_equal(found, expected)


def test_a_column_of_a_database_may_change_its_type(tmp_path: Path, book: Rulebook) -> None:
    """SQLite has a type for each cell; its reader takes that of the first rows for all."""
    path = tmp_path / "accounts.sqlite"
    values = [None] * 2000 + [5, 0.1 + 0.2, "1.2万", "x", "7"]
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute("create table t (account, annual_revenue)")
        base.executemany("insert into t values (?, ?)", [(f"a{place}", value) for place, value in enumerate(values)])
    query = "select * from t"
    found = [accounts for accounts, _ in accounts_of(inputs_of([str(path)], query), lambda _: Reading(book), Stated())]
    revenues = [value for accounts in found for value in accounts.facts["annual_revenue"].to_list()]
    assert revenues == [*[None] * 2000, 5, 0.1 + 0.2, 12000, 7]
    assert [(each.line, each.found) for accounts in found for each in accounts.refused] == [(2004, "x")]


def test_odd_types_of_parquet_are_read_or_refused(tmp_path: Path, book: Rulebook) -> None:
    columns = {
        "case": pa.array([["a"], ["b"]]),
        "account": pa.array([b"A", b"\xff"]),
        "annual_revenue": pa.array([Decimal("5.5"), None], pa.decimal256(60, 2)),
        "trust_level": pa.array([3, 4]).dictionary_encode(),
        "gross_margin_pct": pa.array([None, {"value": 3}]),
        "supplier_count": pa.array([None, 3], pa.duration("s")),
    }
    pq.write_table(pa.table(columns), tmp_path / "odd.parquet")
    ((found, _),) = accounts_of(inputs_of([str(tmp_path / "odd.parquet")], None), lambda _: Reading(book), Stated())
    assert found.facts.select("annual_revenue", "trust_level").rows() == [(5.5, 3)]
    assert sorted(each.column for each in found.refused) == ["gross_margin_pct", "supplier_count"]


@SLOW
def test_a_postgresql_database_says_the_same(accounts: list[Case], expected: pl.DataFrame, book: Rulebook) -> None:
    pgserver = pytest.importorskip("pgserver")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server runs as another user if we are root
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            place = server.get_uri()
            _filled(place, _typed(accounts, book))
            assert_frame_equal(judged(place, book, "select * from accounts order by place"), expected)
            with pytest.raises(Unusable, match="nowhere"):
                judged(place, book, "select * from nowhere")
        finally:
            server.cleanup()


def _filled(place: str, texts: pl.DataFrame) -> None:
    """A table of accounts in a database."""
    with dbapi.connect(place) as database, database.cursor() as cursor:
        cursor.execute(f"create table accounts (place serial, {_columns(texts, 'numeric')})")
        names = ", ".join(f'"{name}"' for name in texts.columns)
        for row in texts.rows(named=True):
            literals = ", ".join(_literal(value, texts.schema[name]) for name, value in row.items())
            cursor.execute(f"insert into accounts ({names}) values ({literals})")
        database.commit()


def _typed(accounts: list[Case], book: Rulebook) -> pl.DataFrame:
    """Accounts with numbers as numbers, where a column holds nothing else."""
    head, rows = table_of(accounts, book)
    texts = pl.DataFrame({name: [row[place] or None for row in rows] for place, name in enumerate(head)})
    states = ("unknown", "n/a")
    numbers = [name for name in head if name in book.facts and book.vocabulary.names[name].kind == "number"]
    plain_ = [name for name in numbers if not texts[name].is_in(states).any()]
    return texts.with_columns(pl.col(name).cast(pl.Float64) for name in plain_)


def _columns(texts: pl.DataFrame, number: str) -> str:
    kinds = {name: number if dtype == pl.Float64 else "text" for name, dtype in texts.schema.items()}
    return ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())


def _literal(value: Any, dtype: Any) -> str:
    return "null" if value is None else str(value) if dtype == pl.Float64 else f"'{value}'"


def test_a_row_as_a_case_is_the_case(accounts: list[Case], book: Rulebook, tmp_path: Path) -> None:
    path = to_csv(tmp_path / "accounts.csv", *table_of(accounts, book))
    (found, _), *rest = accounts_of(inputs_of([str(path)], None), lambda _: Reading(book), Stated())
    assert not rest
    for row, case in enumerate(accounts):
        again = case_of(found, row, book, None)
        assert again.inputs(book).values == {**case.inputs(book).values, **_named(case, book)}
        assert again.inputs(book).not_applicable == case.inputs(book).not_applicable


def _named(case: Case, book: Rulebook) -> dict[str, Any]:
    return {"account_name": case.name, "confidence.account_name": book.parameters["confidence_unstated"]}


# what is refused


def test_small_table_with_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of files without the path of the checkout, which would move the line breaks
    shutil.copy(SMALL / "mistakes.csv", tmp_path)
    for language in ("en", "zh"):
        done = run("mistakes.csv", "-o", "out.csv", "--lang", language, code=1)
        rejects = Path("out.rejects.csv").read_text(encoding="utf-8-sig")
        result = Path("out.csv").read_text(encoding="utf-8-sig")
        golden_files.check(f"batch/mistakes.{language}.txt", f"{done.stdout}\n{rejects}\n{result}")


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf"])
def test_what_polars_takes_for_a_number_may_be_none(cell: str, tmp_path: Path) -> None:
    table = to_csv(tmp_path / "in.csv", ["case", "buying_units_total"], [["a", "3"], ["b", cell]])
    run(table, "-o", tmp_path / "out.csv", "--no-margin", code=1)
    rejects = (tmp_path / "out.rejects.csv").read_text(encoding="utf-8")
    assert f"in.csv,3,buying_units_total,{cell}" in rejects.replace("'", "") and rejects.count("in.csv") == 1


def test_what_was_good_is_judged_and_nothing_is_lost(accounts: list[Case], book: Rulebook, tmp_path: Path) -> None:
    """Every row is either judged as it would be alone or in the rejects, with its line, however it is damaged."""
    head, rows = table_of(accounts, book)
    clean = {row["case"]: row for row in judged(to_csv(tmp_path / "clean.csv", head, rows), book).to_dicts()}
    chance = random.Random(3)
    text = (tmp_path / "clean.csv").read_text(encoding="utf-8").splitlines()
    damaged: set[int] = set()
    for line in chance.sample(range(1, len(text)), 25):
        damaged.add(line + 1)
        place = chance.randrange(len(text[line]))
        text[line] = chance.choice(
            (
                text[line] + ",too,many",
                text[line].rsplit(",", 1)[0],
                f'{text[line][:place]}"{text[line][place:]}',
                f"{text[line]}\ufffd",
                text[line].replace(",,", ",x,", 1),
            )
        )
    (tmp_path / "damaged.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    run(tmp_path / "damaged.csv", "-o", tmp_path / "out.jsonl", "--no-margin", "--delimiter", "comma", code=1)
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8-sig") as file:
        refused = {int(row[1]) for row in list(csv.reader(file))[1:]}
    assert refused <= damaged
    lines = {f"a{number}": number + 2 for number in range(len(rows))}
    out = {row["case"]: row for row in rows_of(tmp_path / "out.jsonl")}
    assert {line for case, line in lines.items() if case not in out} == refused
    for case in set(out) - {case for case, line in lines.items() if line in damaged}:
        assert out[case] == json.loads(json.dumps(clean[case], default=str))


BAD_INPUTS: dict[str, tuple[Sequence[str], int]] = {
    "nothing": ((), 2),
    "no such file": (("nowhere.csv",), 2),
    "no header": (("no-header.csv",), 2),
    "two columns of one fact": (("twice.csv",), 2),
    "an ending nobody knows": (("mistakes.docx",), 2),
    "no workbook": (("broken.xlsx",), 2),
    "no Parquet": (("broken.parquet",), 2),
    "no rows": (("only-header.csv",), 1),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_unusable_inputs_are_said(name: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SMALL)
    inputs, code = BAD_INPUTS[name]
    done = run(*inputs, "-o", tmp_path / "out.csv", "--lang", language, code=code)
    assert done.stderr.strip() and (code == 1) == (tmp_path / "out.csv").exists()
    if inputs:
        golden_files.check(f"batch/{name.replace(' ', '-')}.{language}.txt", done.stderr)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_result_is_written_over_an_input(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = to_csv(Path("in.csv"), ["case", "annual_revenue"], [["a", "5"], ["b", "x"]])
    before = table.read_bytes()
    said = run("in.csv", "-o", "in.csv", "--lang", language, code=2).stderr
    said += run(
        "in.csv", "-o", "out.csv", "--rejects", "../" + tmp_path.name + "/in.csv", "--lang", language, code=2
    ).stderr
    said += run("in.csv", "-o", "out.csv", "--rejects", "out.csv", "--lang", language, code=2).stderr
    said += run("in.csv", "-o", "out.csv", "--rejects", "none/out.csv", "--lang", language, code=2).stderr
    said += run("in.csv", "-o", "", "--lang", language, code=2).stderr
    golden_files.check(f"batch/places.{language}.txt", said.replace(f"../{tmp_path.name}/", "../FOLDER/"))
    assert table.read_bytes() == before and list(Path().iterdir()) == [table]
    for _ in range(2):  # what the first run writes is no input of the second
        run(".", "-o", "out.csv", "--no-margin", code=1)
    assert len(pl.read_csv("out.csv")) == 1


def test_sums_are_no_accounts_and_days_are_written_in_several_ways(tmp_path: Path) -> None:
    days = ("2026-01-05", "2026/1/5", "2026年1月5日", "2026.01.05 00:00:00", "5/1/2026", "2026/13/1")
    rows = [[f"a{place}", day, "5"] for place, day in enumerate(days)]
    rows += [[name, "", "30"] for name in ("合计：", "Grand Total", "Total Tools")]
    path = to_csv(tmp_path / "in.csv", ["account", "as_of", "annual_revenue"], rows)
    run(path, "-o", tmp_path / "out.csv", "--no-margin", code=1)
    assert pl.read_csv(tmp_path / "out.csv")["account"].to_list() == ["a0", "a1", "a2", "a3", "Total Tools"]
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8-sig") as file:
        assert [int(row[1]) for row in list(csv.reader(file))[1:]] == [6, 7, 8, 9]


def test_characters_that_no_document_can_hold(tmp_path: Path) -> None:
    """A name goes without them; a fact that holds one is refused, as in a case file."""
    path = to_csv(
        tmp_path / "in.csv",
        ["account", "annual_revenue", "main_competitor"],
        [["a\x07b\u202ec", "5", "Rival"], ["d", "5", "Ri\u202eval"]],
    )
    run(path, "-o", tmp_path / "out.csv", "--no-margin", code=1)
    assert pl.read_csv(tmp_path / "out.csv")["account"].to_list() == ["a b c"]
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8-sig") as file:
        assert [(int(row[1]), "invisible character" in ",".join(row)) for row in list(csv.reader(file))[1:]] == [
            (3, True)
        ]


@pytest.mark.parametrize("command", ["batch", "portfolio"])
def test_what_is_asked_can_be_told(command: str, tmp_path: Path) -> None:
    """An encoding that cannot be seen is asked about, and the option that is named is one that the command has."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes("客戶,annual_revenue\n臺灣,100\n".encode("gb18030") + "客戶,5\n".encode("big5"))
    wanted = [command, str(folder), "--lang", "en", "-o", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(main, wanted)
    assert done.exit_code == 2 and "--encoding gb18030|cp1252" in done.stderr
    assert CliRunner().invoke(main, [*wanted, "--encoding", "cp1252"]).exit_code == 0


def test_rows_of_delimiters_are_no_accounts(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    for cells in ("a,5,", 'a,5,"x"', 'a "of b",5,x'):  # without marks, with marks, with marks out of place
        path.write_text(f"case,annual_revenue,\n,,\n{cells}\n,\n,,\n,,,,\n", encoding="utf-8")
        done = run(path, "-o", tmp_path / "out.csv", "--no-margin")
        assert len(pl.read_csv(tmp_path / "out.csv")) == 1 and "in.csv" not in done.stdout


# margins


def test_margins_against_changing_one_fact_at_a_time(book: Rulebook) -> None:
    territory = load_territory(book)
    inputs = [plausible(territory, book, 17, number).inputs(book) for number in range(6)]
    margins = Margins(book, territory)
    found = margins.of(accounts_frame(book, inputs)).to_dicts()
    for each, row in zip(inputs, found, strict=True):
        primary = recommend(book, plain.conclude(book, each)).primary
        if primary is None:
            assert row == {"margin": None, "margin_facts": [], "near_facts": []}
            continue
        for alternatives in margins.alternatives[:: max(1, len(margins.alternatives) // 12)]:
            stated = each.values.get(alternatives.fact)
            if stated is None:
                continue
            options = book.vocabulary.names[alternatives.fact].options
            code = np.array([float(options.index(stated) if isinstance(stated, str) else stated)])
            leads = set()
            for value in {float(v[0]) for v in alternatives.values_for(code)} - {float(code[0])}:
                told: Any = options[int(value)] if options else bool(value) if isinstance(stated, bool) else value
                changed = Inputs({**each.values, alternatives.fact: told}, each.tables, each.not_applicable)
                leads.add(recommend(book, plain.conclude(book, changed)).primary)
            assert (alternatives.fact in row["margin_facts"]) is bool(leads - {primary})
        assert set(row["near_facts"]) <= set(row["margin_facts"])
        assert row["margin"] == (1 if row["margin_facts"] else 2)


@pytest.mark.parametrize("count", [80, pytest.param(1000, marks=SLOW)])
def test_rerunning_some_steps_is_running_all(book: Rulebook, count: int) -> None:
    """After a change of one fact, what leads is the same whether all is computed anew or only what rests on it."""
    frame = accounts_frame(book, generated(book, count, seed=5))
    margins = Margins(book, None)
    columns, changing = margins.columns, margins.changing
    memory = columns.conclusions.run(columns.conclusions.entrance.given(frame))
    primary = columns.choose(memory).primary
    for alternatives in margins.alternatives:
        stated = memory.given.values.get(alternatives.fact)
        if stated is None or not len(alternatives.values):
            continue
        value = np.where(np.isnan(stated), stated, alternatives.values[0])
        given = replace(memory.given, values={**memory.given.values, alternatives.fact: value})
        wanted = columns.choices(given).primary
        assert (changing.leading(memory, {alternatives.fact: value}, memory.all, primary) == wanted).all()


# files


def test_results_are_whole_or_absent(accounts: list[Case], book: Rulebook, tmp_path: Path) -> None:
    """A run that is killed leaves the result of the run before it, and nothing that looks like a result."""
    head, rows = table_of(accounts, book)
    path = to_csv(tmp_path / "accounts.csv", head, rows * 300)
    out = tmp_path / "out.parquet"
    out.write_text("the result before")
    process = subprocess.Popen(
        [sys.executable, "-m", "kam_expert", "batch", path, "-o", out],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    while not any(each.name.startswith(".out.parquet") for each in tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert out.read_text() == "the result before"
    assert not [each for each in tmp_path.iterdir() if not each.name.startswith(".") and each not in (path, out)]


def test_formats_say_the_same(tmp_path: Path) -> None:
    for ending in ("csv", "jsonl", "parquet", "xlsx"):
        run(SMALL / "three.csv", "-o", tmp_path / f"out.{ending}", "--ids")
    rows = rows_of(tmp_path / "out.jsonl")
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == rows
    text = pl.read_csv(tmp_path / "out.csv", infer_schema=False).to_dicts()
    (found,) = read_sheets(tmp_path / "out.xlsx", Stated())
    head = [str(cell) for cell in found.rows[0].cells]
    sheet = [
        dict(zip(head, (None if cell == "" else cell for cell in each.cells), strict=True)) for each in found.rows[1:]
    ]
    for row, line, cells in zip(rows, text, sheet, strict=True):
        for name, value in row.items():
            shown = "; ".join(value) if isinstance(value, list) else value
            if isinstance(shown, int | float):
                assert float(line[name]) == float(str(cells[name])) == shown
            else:
                assert (line[name] or None, cells[name]) == (shown or None, shown or None)


def test_spreadsheets_take_no_name_for_a_formula(tmp_path: Path) -> None:
    path = to_csv(tmp_path / "in.csv", ["case", "account", "annual_revenue"], [["=1+1", "@x", "5"], ["-7", "-x", "6"]])
    run(path, "-o", tmp_path / "out.csv", "--no-margin")
    names = pl.read_csv(tmp_path / "out.csv", infer_schema=False).select("case", "account").rows()
    assert names == [("'=1+1", "'@x"), ("-7", "'-x")]
    run(path, "-o", tmp_path / "out.csv", "--no-margin", "--words", "--lang", "zh")
    assert [row[:2] for row in pl.read_csv(tmp_path / "out.csv", infer_schema=False).rows()] == names


def test_whole_reports_of_key_accounts(tmp_path: Path) -> None:
    run(
        ROOT / "cases",
        "-o",
        tmp_path / "out.jsonl",
        "--no-margin",
        "--documents",
        tmp_path / "reports",
        "--document-format",
        "json",
    )
    key = {row["case"] for row in rows_of(tmp_path / "out.jsonl") if row["positions.key_status"] == "key"}
    assert key == {path.stem for path in (tmp_path / "reports").iterdir()}
    whole = json.loads((tmp_path / "reports" / f"{min(key)}.json").read_text(encoding="utf-8"))
    row = next(each for each in rows_of(tmp_path / "out.jsonl") if each["case"] == min(key))
    assert whole["recommendation"]["primary"] == row["primary"]


def test_in_words_nothing_else_is_said(tmp_path: Path, book: Rulebook) -> None:
    """Every name of the result is worded in both languages, and each by a word of its own."""
    for language in ("en", "zh"):
        run(ROOT / "cases", "-o", tmp_path / "ids.jsonl", "--no-margin", "--measures")
        run(ROOT / "cases", "-o", tmp_path / "words.jsonl", "--no-margin", "--measures", "--words", "--lang", language)
        ids, words = rows_of(tmp_path / "ids.jsonl"), rows_of(tmp_path / "words.jsonl")
        assert len(words[0]) == len(ids[0])
        same = set(words[0]) & set(ids[0])
        assert not same if language == "zh" else same <= {"case", "account", "currency", "level"}
        strategies = {name: wording(language).text(each.short) for name, each in book.candidates.items()}
        column = list(words[0])[list(ids[0]).index("primary")]
        assert [row[column] for row in words] == [strategies.get(row["primary"]) for row in ids]


# exports of a CRM

EXAMPLE = ROOT / "examples" / "import"
EXPORTS = {
    "example": (sorted(EXAMPLE.glob("*.csv")), EXAMPLE / "mapping.yaml"),
    "northwind": (
        sorted((ROOT / "tests/data/imports/northwind").glob("*.csv")),
        ROOT / "tests/data/imports/northwind/mapping.yaml",
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_told_what_its_imported_cases_are_told(
    name: str, tmp_path: Path, profiled: Callable[[str | None], Rulebook]
) -> None:
    files, mapping = EXPORTS[name]
    done = CliRunner().invoke(
        main, ["import", *map(str, files), "--mapping", str(mapping), "-o", str(tmp_path / "cases")]
    )
    run(*files, "--mapping", mapping, "-o", tmp_path / "at-once.jsonl", "--no-margin", code=done.exit_code)
    (tmp_path / "cases" / "rejects.csv").unlink(missing_ok=True)
    run(tmp_path / "cases", "-o", tmp_path / "by-cases.jsonl", "--no-margin")
    at_once, by_cases = (
        sorted(rows_of(tmp_path / f"{name}.jsonl"), key=lambda row: str(row["case"]))
        for name in ("at-once", "by-cases")
    )
    assert at_once == by_cases and at_once
    for row, path in zip(by_cases, sorted((tmp_path / "cases").glob("*.yaml")), strict=True):
        document = read_case_file(path)
        book = profiled(profile_named_in(document))
        inputs = case_from(document, book).inputs(book)
        conclusions = network_of(book).conclude(inputs)
        assert row["case"] == path.stem
        assert row["rules"] == [rule.id for rule in book.rules if conclusions.fired(rule.id)]
        found = recommend(book, conclusions)
        assert (row["level"], row["primary"], row["secondary"]) == (found.level, found.primary, list(found.secondary))


def test_a_portfolio_of_a_table_is_that_of_its_cases(book: Rulebook, tmp_path: Path) -> None:
    files = sorted((ROOT / "examples" / "portfolio").glob("*.yaml"))
    cases = [case_from(read_case_file(path), book) for path in files]
    (profile,) = {case.profile for case in cases}
    table = to_csv(tmp_path / "accounts.csv", *table_of(cases, book))
    seen = []
    for where in (str(table), str(files[0].parent)):
        done = CliRunner().invoke(main, ["portfolio", where, "--profile", str(profile), "--format", "json"])
        assert done.exit_code == 0, done.output
        seen.append(json.loads(done.stdout))
    assert seen[0] == seen[1]


# damaged files


def damaged(seed: int, sound: bytes) -> bytes:
    """A table with some bytes lost, changed, doubled or put in."""
    chance = random.Random(seed)
    data = bytearray(sound)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        place = chance.randrange(max(1, len(data)))
        match chance.randrange(5):
            case 0:
                del data[place : place + chance.randint(1, 40)]
            case 1:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 2:
                data[place:place] = chance.choice(
                    [b'"', b",", b"\n", b"\r", b"\x00", b"\xff\xfe", b"9" * 400, b"1e999", b"=1+1"]
                )
            case 3:
                data[place:place] = data[place : place + chance.randint(1, 200)]
            case _:
                del data[place:]
    return bytes(data)


def fuzz(seeds: range, accounts: list[Case], book: Rulebook, folder: Path) -> None:
    head, rows = table_of(accounts[:12], book)
    desk = Desk(book, Wish(margin=False), None)
    ends: dict[str, int] = {"message": 0, "rejects": 0, "clean": 0}
    for seed in seeds:
        language = ("en", "zh")[seed % 2]
        how = FORMS[sorted(FORMS)[seed % len(FORMS)]]
        path = to_csv(folder / "f.csv", head, rows, **how)
        path.write_bytes(damaged(seed, path.read_bytes()))
        stated = Stated(delimiters={"f.csv": how.get("delimiter", ",")})
        found: list[Accounts] = []
        try:
            found = [each for each, _ in accounts_of(inputs_of([str(path)], None), lambda _: desk.reading, stated)]
        except Unusable as unusable:
            ends["message"] += 1
            assert all(wording(language).word(why) for why in unusable.reasons), seed
            continue
        refused = [each for part in found for each in part.refused]
        ends["rejects" if refused else "clean"] += 1
        lines = len(path.read_bytes()) + 1
        for each in refused:
            cells = told(each, wording(language), book)
            assert cells[4].strip() and 1 <= int(cells[1]) <= lines, (seed, cells)
        judged_ = [desk.judged(part) for part in found]
        assert sum(map(len, judged_)) == sum(map(len, found)), seed
    assert min(ends.values()) > 0, ends


def test_damaged_tables_end_in_a_message_or_in_rejects(accounts: list[Case], book: Rulebook, tmp_path: Path) -> None:
    fuzz(range(30), accounts, book, tmp_path)


@SLOW
def test_two_thousand_damaged_tables(accounts: list[Case], book: Rulebook, tmp_path: Path) -> None:
    fuzz(range(1000, 3000), accounts, book, tmp_path)
