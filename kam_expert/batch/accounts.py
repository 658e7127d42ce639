"""Blocks to accounts: whatever the input, facts in columns with the trust that each deserves, ready to be judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from kam_expert.batch.blocks import Files, Header, Refusal, Table
from kam_expert.batch.cells import Reader, days_read, sources_read
from kam_expert.batch.header import Headers, Layout, Part
from kam_expert.case import NAME_FACT, SOURCES, Case, Given, State
from kam_expert.engines.columns.frames import ROW, accounts_frame, coded, type_of, written
from kam_expert.imports.sheets import quoted
from kam_expert.problems import Mark, Phrase, Problem
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.characters import SPACE, UNFIT
from kam_expert.rulebook.fact_values import Wrong
from kam_expert.rulebook.schema import Fact

OWN_TYPES: dict[str, Any] = {"case": pl.String, "account": pl.String, "currency": pl.String, "as_of": pl.Date}


@dataclass(frozen=True)
class Accounts:
    """Accounts that can be judged, in the order of their input, and what had to be left out.

    `own`: `case`, `account`, `currency` and `as_of`, one row per account. `facts`: a frame as the columns engine takes
    it.
    """

    file: str
    lines: pl.Series
    own: pl.DataFrame
    facts: pl.DataFrame
    refused: tuple[Refusal, ...] = ()
    bad: int = 0
    """Accounts that were left out."""
    profile: str | None = None
    """The profile that the accounts name themselves."""
    left_out: tuple[str, ...] = ()
    """The columns that mean nothing to the rulebook."""
    cases: tuple[Case, ...] = ()
    """The accounts as cases, where they come from case files."""
    origins: pl.DataFrame = field(default_factory=pl.DataFrame)
    """What rows say besides values: `source.x`, `as_of.x` and `unknown.x`, by fact."""

    def __len__(self) -> int:
        return len(self.own)


def case_of(accounts: Accounts, row: int, book: Rulebook, default_source: str | None) -> Case:
    """One of the accounts as a case, as if a case file had said the same."""
    if accounts.cases:
        return accounts.cases[row]
    values = accounts.facts.row(row, named=True)
    origins = accounts.origins.row(row, named=True) if len(accounts.origins.columns) else {}
    own = accounts.own.row(row, named=True)
    facts: dict[str, Given] = {}
    for name, fact in book.facts.items():
        value, before = values.get(name), values.get(f"before.{name}")
        if value is None:
            absent, asked = values.get(f"n/a.{name}"), origins.get(f"unknown.{name}")
            if absent or asked:
                state: State = "n/a" if absent else "unknown"
                facts[name] = Given(state, before=decoded(fact, before))
            continue
        source, day = origins.get(f"source.{name}") or default_source, origins.get(f"as_of.{name}")
        if fact.type == "table":
            facts[name] = Given("given", rows=tuple(value), source=source, as_of=day)
        else:
            facts[name] = Given("given", decoded(fact, value), before=decoded(fact, before), source=source, as_of=day)
    return Case(
        id=own["case"],
        file=accounts.file,
        name=own["account"],
        industry=values.get("industry"),
        currency=own["currency"],
        as_of=own["as_of"] or date.today(),
        profile=None,
        facts=facts,
    )


def decoded(fact: Fact, value: Any) -> Any:
    """A value from the columns as a case states it."""
    if value is None or fact.type in ("flag", "text"):
        return value
    if fact.type == "choice":
        return tuple(fact.choices)[int(value)]
    return int(value) if float(value).is_integer() else value


class Reading:
    """Reads the blocks of all inputs of a run against one rulebook.

    `default_source`: where facts come from that do not say so.
    """

    def __init__(self, book: Rulebook, *, currency: str | None = None, default_source: str | None = None) -> None:
        self.book = book
        self.currency = currency or book.currency
        self.default_source = default_source
        self.headers = Headers(book)
        self.readers: dict[tuple[Header, str, Part], Reader] = {}

    def layout(self, header: Header) -> Layout:
        return self.headers.layout(header)

    def files(self, block: Files) -> Accounts:
        """Cases that were read from files."""
        cases = block.cases
        frame = accounts_frame(self.book, [case.inputs(self.book) for case in cases])
        own = pl.DataFrame(
            {
                "case": [case.id for case in cases],
                "account": [case.name for case in cases],
                "currency": [case.currency for case in cases],
                "as_of": [case.as_of for case in cases],
            },
            schema=OWN_TYPES,
        )
        lines = pl.Series([1] * len(cases), dtype=pl.Int64)
        return Accounts("", lines, own, frame, block.refused, block.bad, block.profile, cases=cases)

    def table(self, block: Table) -> Accounts:
        """Rows of a table. A row of which anything is refused is left out, with all that is wrong with it."""
        return _Rows(self, block).accounts()

    def cases(self, block: Table) -> pl.Series:
        """The case of each row, whether it can be used or not."""
        return _Rows(self, block).own().get_column("case")

    def reader(self, header: Header, fact: str, part: Part) -> Reader:
        if (header, fact, part) not in self.readers:
            self.readers[header, fact, part] = Reader(self.book, self.book.facts[fact])
        return self.readers[header, fact, part]


class _Rows:
    def __init__(self, reading: Reading, block: Table) -> None:
        self.reading = reading
        self.book = reading.book
        self.block = block
        self.layout = reading.layout(block.header)
        self.count = len(block.cells)
        self.refused: list[Refusal] = list(block.refused)
        self.bad_rows: set[int] = set()
        self.origins: dict[str, pl.Series] = {}

    def column(self, place: int) -> pl.Series:
        return self.block.cells.get_column(str(place))

    def accounts(self) -> Accounts:
        own = self.own()
        self.refuse_sums(own.get_column("account"))
        columns: dict[str, pl.Series] = {}
        unknown: dict[str, pl.Series] = {}
        for place, meant in self.layout.columns.items():
            if meant.part not in ("value", "before"):
                continue
            read = self.reading.reader(self.block.header, meant.fact, meant.part).read(self.column(place))
            self.refuse(place, meant.fact, read.wrong)
            name = meant.fact if meant.part == "value" else f"before.{meant.fact}"
            columns[name] = read.values
            if read.absent is not None and meant.part == "value":
                columns[f"n/a.{meant.fact}"] = read.absent
            if read.unknown is not None:
                unknown[name] = read.unknown
        self.from_the_head(own, columns)
        silent = self.from_the_profile(columns, unknown)
        columns |= self.trust(own, columns, silent)
        self.origins |= {f"unknown.{name}": where for name, where in unknown.items() if name in self.book.facts}
        frame = pl.DataFrame([pl.int_range(self.count, eager=True).alias(ROW), *self.named(columns)])
        lines = pl.Series(self.block.lines)
        origins = pl.DataFrame(list(self.named(self.origins)))
        if self.bad_rows:
            keep = ~pl.int_range(self.count, eager=True).is_in(sorted(self.bad_rows))
            frame, own, lines = frame.filter(keep), own.filter(keep), lines.filter(keep)
            origins = origins.filter(keep) if len(origins.columns) else origins
        refused = tuple(sorted(self.refused, key=lambda each: each.line))
        bad = len(self.bad_rows) + len({each.line for each in self.block.refused})
        left_out = tuple(self.layout.name(place) for place in self.layout.left_out)
        return Accounts(self.block.header.file, lines, own, frame, refused, bad, left_out=left_out, origins=origins)

    def named(self, columns: Mapping[str, pl.Series]) -> Iterable[pl.Series]:
        return (column.alias(name) for name, column in columns.items())

    def refuse(self, place: int, fact: str, wrong: Mapping[int, tuple[Any, Wrong]]) -> None:
        header = self.block.header
        for row, (found, why) in wrong.items():
            line = int(self.block.lines[row])
            problem = Problem(why.code, header.file, Mark(line, place + 1), {**why.parameters, "name": fact})
            self.refused.append(Refusal(header.file, line, self.layout.name(place), quoted(found), problem))
            self.bad_rows.add(row)

    def refuse_sums(self, names: pl.Series) -> None:
        """A line with the sum of a report is no account, and would count everything twice."""
        header = self.block.header
        sums = names.str.to_lowercase().str.strip_chars(" :：").is_in(self.reading.headers.sums)
        for row in sums.arg_true().to_list():
            line = int(self.block.lines[row])
            self.refused.append(Refusal(header.file, line, "", quoted(names[row]), Phrase("batch.sum_row")))
            self.bad_rows.add(row)

    def own(self) -> pl.DataFrame:
        """What identifies each account; a row without a name of its own is called by its line."""
        given = {"case": self.layout.of("case"), "account": self.layout.of("account")}
        texts = {name: None if place is None else self.text(place) for name, place in given.items()}
        if texts["account"] is None and (place := self.name_column()) is not None:
            texts["account"] = self.text(place)
        case = texts["case"] if texts["case"] is not None else texts["account"]
        account = texts["account"] if texts["account"] is not None else texts["case"]
        return pl.DataFrame(
            {
                "case": self.named_by_line(case),
                "account": self.named_by_line(account),
                "currency": self.currencies(),
                "as_of": self.days(self.layout.of("day"), "as_of"),
            },
            schema=OWN_TYPES,
        )

    def named_by_line(self, texts: pl.Series | None) -> pl.Series:
        if texts is not None and not texts.null_count():
            return texts
        numbered = pl.Series([f"{self.block.header.file}:{line}" for line in self.block.lines], dtype=pl.String)
        return numbered if texts is None else texts.fill_null(numbered)

    def name_column(self) -> int | None:
        return next((p for p, m in self.layout.columns.items() if m.part == "value" and m.fact == NAME_FACT), None)

    def text(self, place: int) -> pl.Series:
        cells = self.column(place)
        if cells.dtype.is_nested():
            texts = pl.Series([None if each is None else str(each) for each in cells.to_list()], dtype=pl.String)
        else:
            texts = cells if cells.dtype == pl.String else cells.cast(pl.String)
        texts = texts.str.replace_all(UNFIT, SPACE).str.strip_chars()
        return texts.set(texts == "", None)

    def currencies(self) -> pl.Series:
        place = self.layout.of("currency")
        usual = self.reading.currency
        if place is None:
            return pl.Series([usual], dtype=pl.String).new_from_index(0, self.count)
        allowed = tuple(self.book.units["money"].currencies)
        texts = self.text(place)
        foreign = texts.is_not_null() & ~texts.is_in(list(allowed))
        for row in foreign.arg_true().to_list():
            expected = {"found": texts[row], "expected": Phrase("expect_one_of", {"allowed": ", ".join(allowed)})}
            self.refuse(place, "currency", {row: (texts[row], Wrong("wrong_value", expected))})
        return texts.fill_null(usual)

    def days(self, place: int | None, name: str) -> pl.Series:
        if place is None:
            return pl.Series([None], dtype=pl.Date).new_from_index(0, self.count)
        days, wrong = days_read(self.column(place))
        self.refuse(place, name, wrong)
        return days

    def from_the_head(self, own: pl.DataFrame, columns: dict[str, pl.Series]) -> None:
        """The name of the account is a fact too, as in a case file."""
        if NAME_FACT in self.book.facts and NAME_FACT not in columns:
            columns[NAME_FACT] = own.get_column("account")

    def from_the_profile(self, columns: dict[str, pl.Series], unknown: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
        """What the profile says of a fact holds where the row says nothing of it, not even that nobody knows.

        By fact, where the profile speaks.
        """
        profile = self.book.profile
        speaks: dict[str, pl.Series] = {}
        for name, value in (profile.facts if profile else {}).items():
            type_ = type_of(self.book, name)
            assert type_ is not None
            stated = pl.Series([coded(type_, name, value)], dtype=written(type_, name)).new_from_index(0, self.count)
            silent = pl.Series([True], dtype=pl.Boolean).new_from_index(0, self.count)
            if name in columns:
                silent = columns[name].is_null()
            for said in (unknown.get(name), columns.get(f"n/a.{name}")):
                silent = silent if said is None else silent & ~said
            columns[name] = columns[name].zip_with(~silent, stated) if name in columns else stated
            speaks[name] = silent
        return speaks

    def trust(
        self, own: pl.DataFrame, columns: Mapping[str, pl.Series], from_profile: Mapping[str, pl.Series]
    ) -> dict[str, pl.Series]:
        """How far each fact can be trusted: by its source, less a loss when it is stale."""
        parameters = self.book.parameters
        places = {(meant.part, meant.fact): place for place, meant in self.layout.columns.items()}
        default = parameters[f"confidence_{self.reading.default_source or 'unstated'}"]
        facts = [name for name in columns if name in self.book.facts]
        alike = [name for name in facts if name not in from_profile and not places.keys() & own_trust(name)]
        known = pl.DataFrame(list(self.named({name: columns[name] for name in alike})))
        trusted = pl.lit(default, dtype=pl.Float64)
        same = known.select(pl.when(pl.col(name).is_not_null()).then(trusted).alias(name) for name in alike)
        found: dict[str, pl.Series] = {}
        for name in facts:
            if name in same.columns:
                found[f"confidence.{name}"] = same.get_column(name)
                continue
            trust = pl.Series([default], dtype=pl.Float64).new_from_index(0, self.count)
            source = places.get(("source", name))
            if source is not None:
                sources, wrong = sources_read(self.column(source))
                self.refuse(source, name, wrong)
                self.origins[f"source.{name}"] = sources
                worth = [parameters[f"confidence_{each}"] for each in SOURCES]
                trust = sources.replace_strict(list(SOURCES), worth, default=default, return_dtype=pl.Float64)
            day = places.get(("as_of", name))
            if day is not None:
                self.origins[f"as_of.{name}"] = days = self.days(day, name)
                age = (own.get_column("as_of") - days).dt.total_days()
                stale = (age > parameters["stale_days"]).fill_null(value=False)
                lower = (trust - parameters["stale_loss"]).round(2).clip(lower_bound=0.0)
                trust = trust.zip_with(~stale, lower)
            if name in from_profile:
                whole = pl.Series([1.0]).new_from_index(0, self.count)
                trust = whole.zip_with(from_profile[name], trust)
            found[f"confidence.{name}"] = trust.set(columns[name].is_null(), None)
        return found


def own_trust(fact: str) -> set[tuple[Part, str]]:
    """The columns that say how far one fact can be trusted."""
    return {("source", fact), ("as_of", fact)}
