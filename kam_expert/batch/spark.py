"""A run on a cluster of Spark: the same columns engine on every worker, results as a folder of Parquet files.

Accounts are judged in one pass, of which rows that count what was refused are a part. Only if there are such, a second
pass reads the input again, without judging, and writes what was refused.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

from kam_expert.batch import summary as told
from kam_expert.batch.blocks import Header, Unusable
from kam_expert.batch.header import Headers
from kam_expert.batch.partitions import (
    BAD,
    FILE,
    LINE,
    REFUSED,
    REJECTS,
    ROW,
    START,
    TYPES,
    Source,
    Terms,
    columns_of,
    judged,
    refusals,
)
from kam_expert.batch.results import Rejects, whole_file
from kam_expert.batch.running import Desk, Summary, Wish
from kam_expert.batch.shared_folders import Folder, rejects_of
from kam_expert.batch.text_tables import header_in, written_as
from kam_expert.imports.sheets import Stated
from kam_expert.problems import Phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording

TEXTS = (".csv", ".tsv", ".txt")
PACKED = (".gz", ".bz2", ".zst", ".lz4")
WIDE = "utf-16"  # whose lines cannot be told from their bytes
ROWS_AT_ONCE = 65_536
PART = 32 << 20  # bytes of a file for one task: some ten thousand accounts, of which each takes a while
LINES_SEEN = 2_000  # from which header, encoding and delimiter of a text file are told
MOST_REJECTS = 100_000  # in one file
LONGEST_REASON = 300
EXTRA = "spark"
WORKER_SAYS = re.compile(r"WorkerUnusable: (.*)")
MISHAP = re.compile(r"Exception|Error")
NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")

Table = Any  # a table of Spark, which is known only where Spark is installed
Session = Any


# the cluster


class Failed(Unusable):
    """Spark itself failed; what it says at length is in its log."""


@contextmanager
def session(master: str | None) -> Iterator[Session]:
    """The session that is running, else a new one at `master` (this machine by default), ended afterwards.

    What Spark and its workers say goes to a file, which is kept only if Spark fails. Raises `Unusable`.
    """
    _require()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if SparkContext._active_spark_context is not None:
        yield _configured(SparkSession.builder.getOrCreate())
        return
    handle, name = tempfile.mkstemp(prefix="kam-expert-spark-", suffix=".log")
    log, context, keep = Path(name), None, False
    try:
        with os.fdopen(handle, "wb") as file:
            context = _context(master or "local[*]", file, log)
        yield _configured(SparkSession.builder.getOrCreate())
    except Failed as failed:
        keep = True
        raise Unusable(Phrase("batch.spark.with_log", {"reason": failed.reasons[0], "log": str(log)})) from None
    finally:
        if context is not None:
            context.stop()
        if not keep:
            with suppress(OSError):
                log.unlink()


def _require() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("pyspark", "pandas")):
        raise Unusable(Phrase("batch.spark.missing", {"extra": EXTRA}))
    home = os.environ.get("JAVA_HOME")
    if not (home and shutil.which("java", path=str(Path(home) / "bin"))) and shutil.which("java") is None:
        raise Unusable(Phrase("batch.spark.no_java"))


def _context(master: str, file: Any, log: Path) -> Any:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    here = master.startswith("local")
    conf = SparkConf().setMaster(master).setAppName("kam-expert batch")
    conf.set("spark.ui.showConsoleProgress", "false")
    conf.set("spark.executorEnv.POLARS_MAX_THREADS", "1")  # the cores of a worker are shared among its processes
    if here:
        conf.set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1")
        conf.set("spark.driver.bindAddress", "127.0.0.1")
    if SparkContext._gateway is None:
        try:
            SparkContext._gateway = launch_gateway(conf, {"stdout": file, "stderr": file})
        except Exception:  # which does not say why
            said = (line for line in log.read_text(errors="replace").splitlines() if MISHAP.search(line))
            raise Failed(Phrase("batch.spark.no_start", {"reason": next(said, "")})) from None
        SparkContext._jvm = SparkContext._gateway.jvm
    try:
        context = SparkContext(conf=conf)
    except Exception as error:  # whatever Spark says
        raise _why(error) from None
    if here and "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable
    return context


def _configured(spark: Session) -> Session:
    own = spark.newSession()
    own.conf.set("spark.sql.caseSensitive", "true")
    own.conf.set("spark.sql.session.timeZone", "UTC")
    own.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS_AT_ONCE))
    own.conf.set("spark.sql.files.maxPartitionBytes", str(PART))
    return own


def _why(error: Exception) -> Unusable:
    """What ended a run, in a line: what a worker said for the user, else what Spark says."""
    text = str(error)
    if found := WORKER_SAYS.search(text):
        return Unusable(Phrase("batch.spark.said", {"message": found[1]}))
    if found := NO_MODULE.search(text):
        return Unusable(Phrase("batch.spark.worker", {"module": found[1]}))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("\t", " "))]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    said = causes[-1] if causes else lines[-1] if "Traceback (most recent" in text else lines[0] if lines else ""
    return Failed(Phrase("batch.spark.failed", {"reason": " ".join(said.split())[:LONGEST_REASON]}))


# inputs


@dataclass(frozen=True)
class Read:
    """An input as Spark reads it, with the columns that a worker wants."""

    rows: Table
    source: Source
    left_out: tuple[str, ...]


def read(spark: Session, place: str, headers: Headers, stated: Stated) -> Read:
    """Raises `Unusable`."""
    from pyspark.errors import AnalysisException

    try:
        return _text(spark, place, headers, stated) if _is_text(place) else _parquet(spark, place, headers)
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            why = Phrase("batch.no_file")
            raise Unusable(Phrase("import.unreadable", {"file": place, "reason": why})) from None
        if error.getCondition() == "UNABLE_TO_INFER_SCHEMA":
            raise Unusable(Phrase("batch.damaged", {"file": _name(place)})) from None
        raise


def _is_text(place: str) -> bool:
    path = place.lower()
    for ending in PACKED:
        path = path.removesuffix(ending)
    return path.endswith(TEXTS)


def _name(place: str) -> str:
    return place.rstrip("/").rpartition("/")[2]


def _parquet(spark: Session, place: str, headers: Headers) -> Read:
    from pyspark.sql import functions

    table = spark.read.option("mergeSchema", "true").parquet(place)
    header = Header(_name(place), 0, tuple(table.columns))
    if not headers.recognises(header.names):
        raise Unusable(Phrase("batch.no_header", {"file": header.file}))
    layout = headers.layout(header)
    wanted = [functions.col(_quoted(layout.name(place))).alias(str(place)) for place in sorted(layout.columns)]
    rows = table.select(*_whence(), functions.col("_metadata.row_index").alias(ROW), *wanted)
    return Read(rows, Source(header), tuple(layout.name(place) for place in layout.left_out))


def _text(spark: Session, place: str, headers: Headers, stated: Stated) -> Read:
    from pyspark.sql import functions

    rows = spark.read.text(place).select(*_whence(), functions.col("value").cast("binary").alias(LINE))
    begin = rows.where(functions.col(START) == 0).limit(LINES_SEEN).collect()
    name = _name(place)
    lines = [bytes(row[LINE]) for row in begin if row[FILE] == begin[0][FILE]]
    octets = b"\n".join(lines) + b"\n"
    written = written_as(Path(name), octets, octets, stated)
    if written.encoding.startswith(WIDE):
        raise Unusable(Phrase("batch.spark.encoding", {"file": name, "encoding": written.encoding.upper()}))
    text = octets.decode(written.encoding, errors="replace").removeprefix("\ufeff").encode()
    header, _, _ = header_in(text, written, headers)
    layout = headers.layout(header)
    left_out = tuple(layout.name(place) for place in layout.left_out)
    return Read(rows, Source(header, replace(written, path=Path(name))), left_out)


def _whence() -> tuple[Any, Any]:
    from pyspark.sql import functions

    return functions.col("_metadata.file_path").alias(FILE), functions.col("_metadata.file_block_start").alias(START)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


# a run


@dataclass(frozen=True)
class Setting:
    book: Rulebook
    terms: Terms
    stated: Stated
    words: Wording

    @property
    def not_known(self) -> str:
        return self.words.say("batch.spark_head.not_known")

    @property
    def head(self) -> list[str]:
        """What the columns `REJECTS` are called."""
        names = dict(zip([name for name in REJECTS if name != "case"], told.head(self.words), strict=True))
        return [names.get(name) or self.words.say("batch.spark_head.case") for name in REJECTS]


def run(master: str | None, places: Sequence[str], output: str, setting: Setting) -> tuple[Summary, str]:
    """Judge all accounts of the inputs into a folder; also where the rejects are. Raises `Unusable` and OSError.

    A run that fails leaves what was there before.
    """
    begun = time.perf_counter()
    with no_word_of_pandas(), session(master) as spark:
        try:
            summary, rejects = _run(spark, places, output, setting)
        except (Unusable, OSError):
            raise
        except Exception as error:  # whatever Spark says
            raise _why(error) from None
    summary.seconds = time.perf_counter() - begun
    return summary, rejects


@contextmanager
def no_word_of_pandas() -> Iterator[None]:
    """Spark warns of versions of pandas that it does not know, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pandas.*")
        yield


def _run(spark: Session, places: Sequence[str], output: str, setting: Setting) -> tuple[Summary, str]:
    from pyspark.sql import Observation, functions

    terms = setting.terms
    wish = Wish(margin=terms.margin, measures=terms.measures)
    desk = Desk(setting.book, wish, None if terms.root is None else Path(terms.root))
    headers = desk.reading.headers
    file, folder = rejects_of(output)
    results, others = Folder(spark, output), Folder(spark, folder)
    for each in (results, others):
        each.check()
    inputs = [read(spark, place, headers, setting.stated) for place in places]
    columns = columns_of(desk)
    schema = ", ".join(f"{_quoted(name)} {TYPES[dtype][0]}" for name, dtype in columns.items())
    found = _mapped(inputs, judged, terms, f"{schema}, {REFUSED} bigint, {BAD} bigint")
    seen = Observation(uuid.uuid4().hex)
    counts = [functions.count("case").alias("judged"), *(functions.sum(name).alias(name) for name in (REFUSED, BAD))]
    rows = found.observe(seen, *counts).where(functions.col("case").isNotNull()).select(*map(_quoted, columns))
    try:
        rows.write.parquet(results.beside_path)
        total = {name: count or 0 for name, count in seen.get.items()}
        summary = _summary(spark.read.schema(schema).parquet(results.beside_path), terms.margin)
        if summary.judged != total["judged"]:
            raise Unusable(Phrase("batch.spark.not_shared", {"folder": output}))
        summary.refused, summary.bad = total[REFUSED], total[BAD]
        for part in inputs:
            if part.left_out:
                summary.left_out[part.source.header.file] = part.left_out
            near = {name: headers.near(name) for name in part.left_out}
            summary.near |= {name: fact for name, fact in near.items() if fact is not None}
        rejects = _rejects(inputs, setting, summary.refused, file, others)
        results.put()
    finally:
        for each in (results, others):
            each.clear()
    return summary, rejects


def _mapped(inputs: Sequence[Read], by: Callable[..., Any], terms: Terms, schema: str) -> Table:
    found = [each.rows.mapInArrow(partial(by, terms, each.source), schema) for each in inputs]
    return reduce(lambda one, other: one.union(other), found)


def _summary(rows: Table, margins: bool) -> Summary:
    from pyspark.sql import functions

    summary = Summary(margins=margins)
    fragile = functions.size("near_facts") > 0 if margins else functions.lit(False)
    for level, primary, near, count in rows.groupBy("level", "primary", fragile.alias("near")).count().collect():
        summary.judged += count
        summary.fragile += count if near else 0
        for counter, word in ((summary.levels, level), (summary.primaries, primary)):
            if word is not None:
                counter[word] += count
    summary.twice = summary.judged - rows.select(functions.count_distinct("case")).head()[0]
    return summary


def _rejects(inputs: Sequence[Read], setting: Setting, count: int, file: Path | None, folder: Folder) -> str:
    """Write what was refused; where it is, empty if nothing was. What an earlier run refused is taken away."""
    few = file is not None and count <= MOST_REJECTS
    rows = None
    if count:
        schema = ", ".join(f"`{name}` {'bigint' if name == 'line' else 'string'}" for name in REJECTS)
        rows = _mapped(inputs, refusals, setting.terms, schema)
    if rows is not None and not few:
        _written(rows, setting, folder)
        folder.put()
    else:
        folder.remove()
    if rows is not None and few and file is not None:
        told_rows = sorted(rows.collect(), key=lambda row: (row.file, row.line is None, row.line or 0, row.case or ""))
        with whole_file(file) as beside:
            bin_ = Rejects(beside, setting.head)
            bin_.add([[setting.not_known if cell is None else str(cell) for cell in row] for row in told_rows])
            bin_.close()
    elif file is not None:
        file.unlink(missing_ok=True)
    return "" if rows is None else str(file) if few else folder.place


def _written(rows: Table, setting: Setting, folder: Folder) -> None:
    from pyspark.sql import functions

    not_known = functions.lit(setting.not_known)
    cells = [
        functions.coalesce(functions.col(name).cast("string"), not_known).alias(title)
        for name, title in zip(REJECTS, setting.head, strict=True)
    ]
    rows.select(*cells).write.csv(folder.beside_path, header=True, escape='"')
