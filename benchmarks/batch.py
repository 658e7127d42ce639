"""How fast many accounts are judged in columns, against named rivals in the same run: `python benchmarks/batch.py`.

Rivals: the network, clipspy and GoRules ZEN on the shipped rulebook, each on as many accounts as take it some seconds,
after it has been found to conclude the same; and the book of `small_book/` written in Polars by hand, after every
column has been found equal. `--sizes` takes other sizes, `--huge` judges ten million accounts from a Parquet file
instead, `--command` shows the stages of `kam-expert batch` on a table of a million rows.

A figure is of the wall and of the processors together, the best of some runs; ratios are what counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from kam_expert import load_rulebook
from kam_expert.engines import plain
from kam_expert.engines.columns.columns import AT_ONCE, Columns
from kam_expert.engines.columns.frames import accounts_frame
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.network import Network
from kam_expert.maintenance.plausible import plausible
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import load_territory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

DIFFERENT = 5_000
"""Accounts that are drawn; larger sizes repeat them."""
GROUP = 50_000  # accounts in a piece of a Parquet file, and in a frame at once
HUGE = 10_000_000
ROWS = 1_000_000  # of the table for the command
NEARLY = 1e-9


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall, and seconds of all processors together."""

    wall: float
    cpu: float

    def each(self, count: int) -> Cost:
        return Cost(self.wall / count, self.cpu / count)


def cost(act: Callable[[], object], runs: int = 1) -> Cost:
    """The best of some runs."""
    found = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        found.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return Cost(min(each.wall for each in found), min(each.cpu for each in found))


def line(title: str, each: Cost, rest: str = "") -> None:
    """One figure: microseconds per account."""
    print(f"{title:<58}{1e6 * each.wall:11.2f}{1e6 * each.cpu:11.2f}   {rest}", flush=True)


def ratio(title: str, theirs: Cost, ours: Cost) -> None:
    """How many times as long a rival takes."""
    line(title, theirs, f"{theirs.wall / ours.wall:8.1f} x wall, {theirs.cpu / ours.cpu:8.1f} x processor")


# accounts


def drawn(book: Rulebook, count: int) -> list[Inputs]:
    """Plausible accounts, all different."""
    territory = load_territory(book)
    return [plausible(territory, book, 11, index).inputs(book) for index in range(count)]


def frames(base: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """Accounts up to a size, some at a time."""
    piece = pl.concat([base] * max(1, GROUP // len(base)))
    for start in range(0, size, len(piece)):
        yield piece.head(size - start)


# the shipped book


def judged(columns: Columns, accounts: Iterator[pl.DataFrame]) -> int:
    """Judge with every name, every rule that fired and the recommendation; how many rules fired."""
    fired = [f"fires.{rule.id}" for rule in columns.book.rules]
    return sum(int(columns.judge(frame).select(pl.sum_horizontal(pl.col(fired).sum())).item()) for frame in accounts)


def against_engines(book: Rulebook, inputs: Sequence[Inputs], base: pl.DataFrame) -> None:
    """The columns against engines that take one account after another."""
    columns = Columns(book)
    bulk = next(frames(base, GROUP))
    entrance = columns.conclusions.entrance
    parts = [entrance.given(part) for part in bulk.iter_slices(AT_ONCE)]

    def bits() -> None:
        for given in parts:
            columns.choices(given)

    bits()
    whole = cost(lambda: judged(columns, iter([bulk])), 3).each(len(bulk))
    rules = cost(lambda: columns.conclusions.conclude(bulk), 3).each(len(bulk))
    short = cost(bits, 3).each(len(bulk))
    line("columns: judge, to a frame with all names and rules", whole, f"{1 / whole.wall:,.0f} accounts/s")
    line("columns: without the choice of strategies", rules, f"{1 / rules.wall:,.0f} accounts/s")
    line("columns: choices, from arrays, rules kept as bits", short, f"{1 / short.wall:,.0f} accounts/s")

    sample = list(inputs[:200])
    frame = columns.conclusions.conclude(base.head(len(sample)))
    fired = [{rule.id for rule in book.rules if row[f"fires.{rule.id}"]} for row in frame.iter_rows(named=True)]
    network = Network(book)
    found = [{firing.rule for firing in network.conclude(item).firings} for item in sample]
    print(f"{'  accounts on which rules fire otherwise in the network':<58}{_differ(found, fired):11d}")
    seconds = cost(lambda: [network.conclude(item) for item in sample]).each(len(sample))
    ratio("  network (experta), without the choice, to the same", seconds, rules)
    ratio("  network (experta), without the choice, to judge", seconds, whole)
    _clips(book, sample, fired, (whole, rules, short))
    _zen(book, inputs, sample, fired, rules)


def _clips(book: Rulebook, sample: list[Inputs], fired: list[set[str]], ours: tuple[Cost, Cost, Cost]) -> None:
    whole, rules, short = ours
    try:
        from benchmarks.clips_book import ClipsBook
    except ImportError:
        print("clipspy is not installed: pip install -e '.[benchmark]'")
        return
    clips = ClipsBook(book)
    found = [set(clips.conclude(item)[1]) for item in sample]
    print(f"{'  accounts on which rules fire otherwise in CLIPS':<58}{_differ(found, fired):11d}")
    runs = []
    for _ in range(3):  # an environment is the slower the more accounts it has seen: each run begins with a new one
        clips = ClipsBook(book)
        clips.conclude(sample[0])
        runs.append(cost(lambda clips=clips: [clips.conclude(item) for item in sample[:100]]).each(100))  # type: ignore[misc]
    seconds = Cost(min(each.wall for each in runs), min(each.cpu for each in runs))
    ratio("  clipspy, without the choice, to the same", seconds, rules)
    ratio("  clipspy, without the choice, to judge", seconds, whole)
    ratio("  clipspy, without the choice, to choices", seconds, short)


def _zen(book: Rulebook, inputs: Sequence[Inputs], sample: list[Inputs], fired: list[set[str]], rules: Cost) -> None:
    try:
        from benchmarks.zen_book import ZenBook
    except ImportError:
        print("zen-engine is not installed: pip install -e '.[benchmark]'")
        return
    zen = ZenBook(book)
    contexts = [zen.context(item, plain.conclude(book, item).values) for item in inputs[:1000]]
    different = _differ(zen.fired(contexts[: len(sample)]), fired)
    print(f"{'  accounts on which rules fire otherwise in ZEN':<58}{different:11d}")
    seconds = cost(lambda: zen.fired(contexts), 3).each(len(contexts))
    ratio("  ZEN, rules alone, measures given, to the same with them", seconds, rules)


def _differ(found: list[set[str]], fired: list[set[str]]) -> int:
    return sum(one != other for one, other in zip(found, fired, strict=True))


def linear(book: Rulebook, base: pl.DataFrame, sizes: Sequence[int]) -> None:
    """The time of an account at each size."""
    columns = Columns(book)
    judged(columns, frames(base, 1000))
    for size in sizes:
        seconds = cost(lambda size=size: judged(columns, frames(base, size)), 2 if size < ROWS else 1).each(size)  # type: ignore[misc]
        line(f"columns: judge, {size:,} accounts", seconds, f"{1 / seconds.wall:,.0f} accounts/s")


def memory(book: Rulebook, base: pl.DataFrame, sizes: Sequence[int]) -> None:
    """Peak memory of a process that judges a Parquet file piece by piece."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / "accounts.parquet"
            to_parquet(frames(base, size), path)
            found = child("--judge", str(path))
            each = Cost(found["wall"], found["cpu"]).each(size)
            megabytes = path.stat().st_size / 1e6
            rest = f"peak {found['peak']:,.0f} MB, {megabytes:,.0f} MB of Parquet, {found['fired']:,} firings"
            line(f"columns: {size:,} accounts from Parquet", each, rest)


def to_parquet(accounts: Iterator[pl.DataFrame], path: Path) -> None:
    writer = None
    for frame in accounts:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer is not None
    writer.close()


def judge_file(path: Path) -> None:
    """In the child: judge a file piece by piece, and say what it took."""
    columns = Columns(load_rulebook())

    def pieces() -> Iterator[pl.DataFrame]:
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            frame = pl.from_arrow(file.read_row_group(group))
            assert isinstance(frame, pl.DataFrame)
            yield frame

    fired = 0

    def act() -> None:
        nonlocal fired
        fired = judged(columns, pieces())

    _say(cost(act), fired=fired)


def child(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _say(seconds: Cost, **found: Any) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"wall": seconds.wall, "cpu": seconds.cpu, "peak": peak, **found}))


# the small book


def against_polars(base: pl.DataFrame, sizes: Sequence[int]) -> None:
    """The columns against the same book written in Polars by hand, both from the same frame to the same columns."""
    from benchmarks import small_polars

    book = load_rulebook(ROOT / "benchmarks" / "small_book")
    columns = Columns(book)
    accounts = in_words(base, book)
    print(f"small book: {len(book.rules)} rules, {len(book.order)} computed names, {len(accounts.columns)} facts")
    different = unequal(columns.judge(accounts), small_polars.judge(accounts.lazy()).collect())
    print(f"{'  columns in which the two differ, of the result':<58}{len(different):11d}   {', '.join(different)}")
    for size in sizes:
        frame = pl.concat([accounts] * -(-size // len(accounts))).head(size).rechunk()
        runs = 3 if size < ROWS else 2
        ours, theirs, streaming = [], [], []
        for _ in range(runs):
            ours.append(cost(lambda frame=frame: columns.judge(frame)))  # type: ignore[misc]
            theirs.append(cost(lambda frame=frame: small_polars.judge(frame.lazy()).collect()))  # type: ignore[misc]
            streaming.append(
                cost(lambda frame=frame: small_polars.judge(frame.lazy()).collect(engine="streaming"))  # type: ignore[misc]
            )
        us, them, stream = (
            Cost(min(each.wall for each in all_), min(each.cpu for each in all_)).each(size)
            for all_ in (ours, theirs, streaming)
        )
        line(
            f"columns: {size:,} accounts",
            us,
            f"{us.wall / them.wall:8.2f} of the rival's wall, {us.cpu / them.cpu:.2f} processor",
        )
        line("  Polars by hand", them)
        line(
            "  Polars by hand, streaming",
            stream,
            f"columns take {us.wall / stream.wall:.2f} wall, {us.cpu / stream.cpu:.2f} processor",
        )


def in_words(base: pl.DataFrame, book: Rulebook) -> pl.DataFrame:
    """The facts that a book has, choices as words."""
    names = [name for name, fact in book.facts.items() if name in base.columns and fact.type != "table"]
    columns = []
    for name in names:
        column = base.get_column(name)
        if book.facts[name].type == "choice":
            words = tuple(book.facts[name].choices)
            column = pl.Series(
                name, [None if place is None else words[place] for place in column], dtype=pl.Enum(words)
            )
        columns.append(column)
    return pl.DataFrame(columns)


def unequal(ours: pl.DataFrame, theirs: pl.DataFrame) -> list[str]:
    """The columns in which two results differ; numbers may in the last digits."""
    waits = [name for name in theirs.columns if name.startswith("status.")]
    waves = theirs.select(pl.col(name) == "next_wave" for name in waits)
    theirs = theirs.with_columns(
        secondary=pl.concat_list("seat1", "seat2").list.drop_nulls(),
        waves=pl.Series([[n[7:] for n in waits if row[n]] for row in waves.iter_rows(named=True)]),
    ).drop("seat1", "seat2")
    found = sorted(set(ours.columns) ^ set(theirs.columns))
    for name in [name for name in ours.columns if name in theirs.columns]:
        left, right = ours.get_column(name), theirs.get_column(name)
        if left.dtype.is_float():
            same = (left.is_null() == right.is_null()).all() and not ((left - right).abs() > NEARLY).any()
        else:
            same = left.to_list() == right.to_list()
        if not same:
            found.append(name)
    return found


# margins


def margins(book: Rulebook, base: pl.DataFrame) -> None:
    """How long it takes to look for the margin of an account."""
    from kam_expert.batch.margin import Margins

    found = Margins(book, load_territory(book))
    tries = sum(len(each.values) + 2 * each.quarter for each in found.alternatives)
    found.of(base.head(100))
    accounts = next(frames(base, 16_384))
    seconds = cost(lambda: found.of(accounts)).each(len(accounts))
    line(
        f"margin: {len(found.alternatives)} facts, up to {tries} other values",
        seconds,
        f"{1 / seconds.wall:,.0f} accounts/s",
    )


# the whole command


def command(book: Rulebook) -> None:
    """The stages of `kam-expert batch in.csv -o out.parquet` without margins."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        to_csv(book, path)
        print(f"table: {ROWS:,} rows, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        wall = time.perf_counter()
        arguments = ["batch", str(path), "-o", str(Path(folder) / "out.parquet"), "--no-margin", "--format", "json"]
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        before = usage.ru_utime + usage.ru_stime
        subprocess.run(
            [sys.executable, "-m", "kam_expert", *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT
        )
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        whole = Cost(time.perf_counter() - wall, usage.ru_utime + usage.ru_stime - before)
        line("kam-expert batch, the whole process", whole.each(ROWS), f"{ROWS / whole.wall:,.0f} accounts/s")
        found = child("--stages", str(path))
        for stage, (on_wall, of_processor) in found["stages"].items():
            line(f"  {stage}", Cost(on_wall, of_processor).each(ROWS), f"{on_wall / found['wall']:6.0%} of the wall")
        line("  together", Cost(found["wall"], found["cpu"]).each(ROWS), f"peak {found['peak']:,.0f} MB")


def to_csv(book: Rulebook, path: Path) -> None:
    """Plausible accounts as a table states them, each row with a name of its own."""
    territory = load_territory(book)
    rows = []
    for index in range(DIFFERENT):
        row: dict[str, Any] = {}
        for name, given in plausible(territory, book, 11, index).facts.items():
            if given.state != "given":
                row[name] = given.state
            elif not given.rows:
                row[name] = ("yes" if given.value else "no") if isinstance(given.value, bool) else str(given.value)
        rows.append(row)
    names = [name for name in book.facts if any(name in row for row in rows)]
    cells = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema_overrides=dict.fromkeys(names, pl.String)
    )
    with path.open("wb") as file:
        for start in range(0, ROWS, DIFFERENT):
            numbers = pl.int_range(start, start + DIFFERENT, eager=True).cast(pl.String)
            case, account = ("a" + numbers).alias("case"), ("Firm " + numbers).alias("account")
            cells.select(case, account, pl.all()).write_csv(file, include_header=start == 0)


def stages(path: Path) -> None:
    """In the child: run the batch with a watch on each stage."""
    from kam_expert.batch import judging, results, running
    from kam_expert.batch.accounts import Reading
    from kam_expert.batch.sources import accounts_of, inputs_of
    from kam_expert.imports.sheets import Stated

    spent: dict[str, list[float]] = {}

    def watch(owner: Any, name: str, stage: str) -> None:
        act = getattr(owner, name)
        kept = spent.setdefault(stage, [0.0, 0.0])

        def timed(*arguments: Any, **named: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return act(*arguments, **named)
            finally:
                kept[0] += time.perf_counter() - wall
                kept[1] += time.process_time() - cpu

        setattr(owner, name, timed)

    watch(Reading, "table", "cells to facts, with trust")
    watch(judging.Judge, "memory_and_choice", "judging")
    watch(judging.Judge, "_rows", "names, lists and reasons")
    watch(results.Parquet, "add", "writing Parquet")
    book = load_rulebook()
    desks = running.Desks(lambda _: book, running.Wish(margin=False), None)
    desks.desk(None)
    output = path.with_suffix(".out.parquet")
    inputs = inputs_of([str(path)], None)
    whole = cost(
        lambda: running.run(
            accounts_of(inputs, desks.reading, Stated()),
            desks,
            output,
            output.with_suffix(".rejects"),
            [],
            lambda _: [],
        )
    )
    rest = [total - sum(each[index] for each in spent.values()) for index, total in enumerate((whole.wall, whole.cpu))]
    _say(whole, stages={"reading text to columns, and the rest": rest, **spent})


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--command", action="store_true")
    parser.add_argument("--judge", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.judge or wish.stages:
        return judge_file(wish.judge) if wish.judge else stages(wish.stages)
    book = load_rulebook()
    print(f"rulebook {book.version}: {len(book.rules)} rules, {len(book.order)} computed names")
    print(f"{'microseconds per account':<58}{'wall':>11}{'processor':>11}")
    if wish.command:
        return command(book)
    inputs = drawn(book, DIFFERENT)
    base = accounts_frame(book, inputs)
    if wish.huge:
        return memory(book, base, [HUGE])
    against_engines(book, inputs, base)
    linear(book, base, wish.sizes)
    memory(book, base, wish.sizes)
    against_polars(base, wish.sizes)
    return margins(book, base)


if __name__ == "__main__":
    main()
