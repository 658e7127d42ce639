"""The columns engine inside Spark: on a cluster of two workers every account is told what it is told here."""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from kam_expert.batch import partitions
from kam_expert.batch import spark as engine
from kam_expert.batch.accounts import Reading
from kam_expert.batch.blocks import Header
from kam_expert.batch.text_tables import header_in, written
from kam_expert.cli import main
from kam_expert.imports.sheets import Stated
from kam_expert.maintenance.plausible import plausible
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import load_territory

ROOT = Path(__file__).parent.parent
ACCOUNTS = 300


def told(code: int, *arguments: str | Path) -> str:
    done = CliRunner().invoke(main, ["batch", *map(str, arguments)])
    assert done.exit_code == code and "Traceback" not in done.output, done.output
    return done.output


def refused(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def table(book: Rulebook) -> pl.DataFrame:
    """Plausible accounts, some of which state something that cannot be used, some without a name."""
    territory = load_territory(book)
    rows: list[dict[str, Any]] = []
    for number in range(ACCOUNTS):
        case = plausible(territory, book, 11, number)
        row: dict[str, Any] = {"case": f"a{number}" if number % 50 else None, "before.trust_level": 3.0}
        for name, given in case.facts.items():
            if given.state == "given" and not given.rows:
                value = given.value
                row[name] = ("yes" if value else "no") if isinstance(value, bool) else value
        if number % 23 == 7:
            row |= {"trust_level": 9, "account_status": "activ"}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(region=pl.lit("north"))


# what a worker does, without Spark


def batches(lines: list[bytes], cuts: tuple[int, ...], start: int) -> Iterator[pa.RecordBatch]:
    for begin, end in zip((0, *cuts), (*cuts, len(lines)), strict=True):
        part = lines[begin:end]
        files, starts = ["file:/data/a%20b.csv"] * len(part), [start] * len(part)
        yield pa.RecordBatch.from_pydict({"file": files, "start": starts, "line": part})


def test_a_worker_tells_what_is_told_here(table: pl.DataFrame, book: Rulebook, tmp_path: Path) -> None:
    """However the lines of a file are cut into batches; only a later part of a file does not know its lines."""
    path = tmp_path / "a b.csv"
    few = table.head(60)
    text = few.write_csv().replace("a3,", '"a\n3",', 1) + 'too,few\n"never closed,,\n'
    path.write_text(text, encoding="utf-8")
    told(1, path, "-o", tmp_path / "out.parquet", "--no-margin", "--measures")
    expected, rejects = pl.read_parquet(tmp_path / "out.parquet"), refused(tmp_path / "out.rejects.csv")
    terms = partitions.Terms(None, None, partitions.version_of(book.version), "en", margin=False, measures=True)
    form = written(path, Stated())
    header, below, _ = header_in(text.encode(), form, Reading(book).headers)
    source, lines = partitions.Source(header, form), text.encode().split(b"\n")
    for cuts in ((), (5, 40), (4, 5, 6)):
        found = pa.Table.from_batches(partitions.judged(terms, source, batches(lines, cuts, 0)))
        rows, counts = pl.from_arrow(found.filter(found["case"].is_valid())), found.filter(found["case"].is_null())
        assert isinstance(rows, pl.DataFrame)
        assert_frame_equal(rows.drop("refused", "bad"), as_text(expected))
        assert pa.compute.sum(counts["refused"]).as_py() == len(rejects)
        again = [
            row for batch in partitions.refusals(terms, source, batches(lines, cuts, 0)) for row in batch.to_pylist()
        ]
        assert [(str(row["line"]), row["column"], row["why"]) for row in again] == [
            (row["line"], row["column"], row["reason"]) for row in rejects
        ]
    later = [
        row
        for batch in partitions.refusals(terms, source, batches(lines[below - 1 :], (), 9))
        for row in batch.to_pylist()
    ]
    assert {(row["file"], row["line"]) for row in later} == {("a b.csv", None)}
    assert [(row["case"], row["why"]) for row in later if row["column"]] == [
        (row["case"], row["why"]) for row in again if row["column"]
    ]


def test_a_worker_with_another_rulebook_stops(book: Rulebook) -> None:
    terms = partitions.Terms(None, None, partitions.version_of("0" * 12), "en")
    with pytest.raises(partitions.WorkerUnusable, match=book.version):
        list(partitions.judged(terms, partitions.Source(Header("x", 0, ())), []))


def as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """A result as Spark holds it, which knows no dictionaries."""
    return partitions.as_text(rows)


# what is missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_spark_needs_is_said(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {"pyspark": True, "pandas": None}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found[name])
    arguments = (ROOT / "cases", "-o", tmp_path / "out", "--engine", "spark", "--lang", language)
    assert "kam-expert[spark]" in told(2, *arguments)
    found["pandas"] = True
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "JAVA_HOME" in told(2, *arguments)
    assert "--sql" in told(2, *arguments, "--sql", "select 1")
    assert not (tmp_path / "out").exists()


# on a cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two workers, each a process of its own; their folders lie beside the home of Spark, which is a link here."""
    pyspark = pytest.importorskip("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java")
    home = tmp_path_factory.mktemp("spark")
    for each in Path(pyspark.__file__).parent.iterdir():
        (home / each.name).symlink_to(each)
    (home / "conf").mkdir()
    (home / "conf" / "spark-defaults.conf").write_text("spark.task.maxFailures 1\nspark.sql.shuffle.partitions 2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(home))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # for short runs
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        with engine.no_word_of_pandas(), engine.session("local-cluster[2,1,1024]"):
            yield


@pytest.mark.slow
def test_a_cluster_tells_what_is_told_here(
    cluster: None, table: pl.DataFrame, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Parquet and text, equal in every column; what is refused, with its line; what cannot be used changes nothing."""
    folder = tmp_path / "accounts"
    folder.mkdir()
    table.head(150).write_parquet(folder / "东 1.parquet")
    table.slice(150, 50).write_parquet(folder / "2.parquet", row_group_size=10)
    text = tmp_path / "west.csv"
    text.write_bytes(table.tail(100).write_csv(separator=";").encode("gb18030") + b"one cell\n")
    told(1, *(inputs := (folder, text)), "-o", tmp_path / "here.parquet", "--measures")
    out = tmp_path / "out"
    said = told(1, *inputs, "-o", out, "--measures", "--engine", "spark", "--lang", "zh")
    assert "`region`" in said
    expected = as_text(pl.read_parquet(tmp_path / "here.parquet"))
    found = pl.read_parquet(out / "*.parquet")
    assert found.height == ACCOUNTS - len(range(7, ACCOUNTS, 23)) and (out / "_SUCCESS").exists()
    assert_frame_equal(found.sort("case"), expected.sort("case"))
    here, there = refused(tmp_path / "here.rejects.csv"), refused(tmp_path / "out.rejects.csv")
    assert sorted(row["line"] + row["file"] for row in here) == sorted(row["行"] + row["文件"] for row in there)

    assert capfd.readouterr() == ("", "")  # what Spark says goes to its log


@pytest.mark.slow
def test_a_run_that_fails_changes_nothing(cluster: None, table: pl.DataFrame, tmp_path: Path) -> None:
    (text := tmp_path / "some.csv").write_text(table.head(5).write_csv(), encoding="utf-8")
    (out := tmp_path / "out").mkdir()
    (out / "part-0.parquet").write_text("the result before")
    (tmp_path / "other.csv").write_text("case,trust_level\nx,1\n")
    table.head(40).write_parquet(damaged := tmp_path / "damaged.parquet")
    octets = damaged.read_bytes()
    damaged.write_bytes(octets[:200] + bytes(len(octets) // 2) + octets[200 + len(octets) // 2 :])
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for inputs, said in (
        ((text, damaged), "Spark"),
        ((tmp_path / "*.csv",), "other.csv"),
        ((text, tmp_path / "nowhere.parquet"), "nowhere"),
    ):
        assert said in told(2, *inputs, "-o", out, "--no-margin", "--engine", "spark")
    assert told(2, text, "-o", tmp_path, "--engine", "spark").startswith(str(tmp_path))
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert (out / "part-0.parquet").read_text() == "the result before"


@pytest.mark.slow
def test_a_file_in_parts(cluster: None, table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first part of a text file knows its lines. Many rejects are written by the workers."""
    monkeypatch.setattr(engine, "PART", 40_000)
    monkeypatch.setattr(engine, "MOST_REJECTS", 3)
    path, out = tmp_path / "all.csv", tmp_path / "out"
    table.write_csv(path)
    told(1, path, "-o", tmp_path / "here.parquet", "--no-margin")
    arguments = (path, "-o", out, "--no-margin", "--engine", "spark")
    told(1, *arguments)
    named = pl.col("case").str.starts_with("a") & ~pl.col("case").str.contains(":")
    expected, found = as_text(pl.read_parquet(tmp_path / "here.parquet")), pl.read_parquet(out / "*.parquet")
    assert_frame_equal(found.filter(named).sort("case"), expected.filter(named).sort("case"))
    assert found.get_column("case").n_unique() == len(found) == len(expected)
    here = refused(tmp_path / "here.rejects.csv")
    rows = [row for part in (tmp_path / "out.rejects").glob("*.csv") for row in refused(part)]
    assert sorted((row["column"], row["reason"]) for row in rows) == sorted(
        (row["column"], row["reason"]) for row in here
    )
    known = {row["line"] for row in rows} - {"not known"}
    assert known and known < {row["line"] for row in here}
    table.head(5).write_csv(path)
    told(0, *arguments)
    assert {each.name for each in tmp_path.iterdir()} == {"all.csv", "out", "here.parquet", "here.rejects.csv"}
