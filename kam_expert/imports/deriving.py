"""Figures of each account from its rows, and the facts that follow: each with its formula, its rows and its period."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kam_expert.imports.entries import Figure, Way
from kam_expert.imports.joining import OWNER, Account, Joined
from kam_expert.imports.mapping import TODAY, Computed, Model
from kam_expert.imports.tables import Record
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Call, Expression, Value, names_in

MONTHS_OF_A_YEAR = 12
DAYS_OF_A_MONTH = 30.436875  # on average


@dataclass(frozen=True)
class Period:
    """Days from `begin` to `end`, both included. `records`: months of it for which there are records, if not all."""

    begin: date
    end: date
    records: float | None = None
    records_begin: date | None = None
    scaled: bool = False


@dataclass(frozen=True)
class Taken:
    """The value of a figure and where it comes from; None is unknown. `without`: rows that lack the field."""

    name: str
    value: float | None
    rows: int = 0
    of: int = 0
    files: tuple[str, ...] = ()
    period: Period | None = None
    without: int = 0


@dataclass(frozen=True)
class Answer:
    """A fact derived for an account. `figures`: what it was computed from, down to the rows."""

    fact: str
    value: Value
    way: Way
    figures: tuple[Taken, ...]
    as_of: date | None
    source: str


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier (later if negative), or the last day of that month if it is shorter."""
    count = day.year * MONTHS_OF_A_YEAR + day.month - 1 - months
    year, month = divmod(count, MONTHS_OF_A_YEAR)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _months_between(begin: date, end: date) -> float:
    """Whole months and the part of the last one, rounded to a tenth; 0 if `end` is not later."""
    months = 0
    while months_before(begin, -months - 1) <= end:
        months += 1
    rest = (end - months_before(begin, -months)).days
    return max(0.0, round(months + rest / DAYS_OF_A_MONTH, 1))


class Figures:
    """All figures of the accounts of one import, on the date of the export."""

    def __init__(self, joined: Joined, model: Model, as_of: date | None, today: date) -> None:
        self.joined = joined
        self.model = model
        self.present = {
            name: {field for record in table.records for field in record.values}
            for name, table in joined.tables.items()
        }
        self._compute_fields()
        self.rows: dict[str, dict[int, list[Record]]] = {}
        for name, table in joined.tables.items():
            self.rows[name] = {}
            for record in table.records:
                if record.account is not None:
                    self.rows[name].setdefault(record.account, []).append(record)
        self.passing: dict[tuple[str, str | None], frozenset[int]] = {}
        self.begins: dict[str, date | None] = {}
        self.as_of = as_of or self._latest(today) or today
        self.shared: dict[tuple[str, object], Taken] = {}
        self.owners: dict[object, list[int]] = {}
        for account in joined.accounts:
            self.owners.setdefault(account.record.values.get(OWNER), []).append(account.key)

    def _compute_fields(self) -> None:
        for (name, field), formula in self.model.rows.items():
            table = self.joined.tables.get(name)
            if table is None or field in self.present[name]:
                continue
            for record in table.records:
                value = evaluate(formula, State(record.values, {}))
                if value is not None:
                    record.values[field] = value
                    self.present[name].add(field)

    def _latest(self, today: date) -> date | None:
        """The day after the last one on record that a figure counts; days to come are plans."""
        last = 0
        for name, figure in self.model.entry.figures.items():
            table = self.joined.tables.get(figure.table or "")
            if figure.months is None or table is None or figure.date is None:
                continue
            for record in table.records:
                day = record.values.get(figure.date)
                if isinstance(day, float) and last < day <= today.toordinal() and self._passes(name, record):
                    last = int(day)
        return date.fromordinal(last) + timedelta(days=1) if last else None

    def _passes(self, name: str, record: Record) -> bool:
        where = self.model.figures[name].where
        return where is None or evaluate(where, State(record.values, {})) is True

    def of(self, account: Account) -> dict[str, Taken]:
        """Every figure of one account, in the order of the model."""
        found: dict[str, Taken] = {}
        for name, figure in self.model.entry.figures.items():
            formula = self.model.figures[name].formula
            if formula is not None:
                values = self._known(found)
                found[name] = Taken(name, evaluate(formula, State(values, {})))
                continue
            if figure.over == "account":
                found[name] = self._taken(name, figure, account.members)
                continue
            owner = None if figure.over == "all" else account.record.values.get(OWNER)
            if figure.over == "owner" and owner is None:
                found[name] = Taken(name, None)
                continue
            if (name, owner) not in self.shared:
                keys = None if figure.over == "all" else self.owners[owner]
                self.shared[name, owner] = self._taken(name, figure, keys)
            found[name] = self.shared[name, owner]
        return found

    def _known(self, found: Mapping[str, Taken]) -> dict[str, float]:
        known = {name: taken.value for name, taken in found.items() if taken.value is not None}
        return {**known, TODAY: float(self.as_of.toordinal())}

    def _needs(self, name: str, figure: Figure) -> set[str]:
        where = self.model.figures[name].where
        read = set() if where is None else set(names_in(where)) - {TODAY}
        return read | {each for each in (figure.of, figure.date) if each}

    def _taken(self, name: str, figure: Figure, accounts: Iterable[int] | None) -> Taken:
        """One figure over the rows of some accounts, or of all rows when None."""
        table = self.joined.tables.get(figure.table or "")
        if table is None or not self._needs(name, figure) <= self.present[table.name]:
            return Taken(name, None)
        if accounts is None:
            rows = table.records
        else:
            own = self.rows[table.name]
            rows = [record for key in accounts for record in own.get(key, ())]
        where = self.model.figures[name].where
        today = {TODAY: float(self.as_of.toordinal())}
        period = self._period(figure)
        if figure.date is not None and period is not None:
            low, high = period.begin.toordinal(), period.end.toordinal()
            rows = [row for row in rows if low <= float(row.values.get(figure.date, -1)) <= high]
        if where is not None:
            rows = [row for row in rows if evaluate(where, State({**row.values, **today}, {})) is True]
        if (
            period is not None
            and period.records is not None
            and (period.records <= 0 or period.records < figure.least or figure.partial == "leave")
        ):
            return Taken(name, None, period=period)
        value, without = self._reduced(figure, rows)
        if value is not None and period is not None and period.scaled and period.records:
            value *= (figure.months or 0) / period.records
        files = tuple(dict.fromkeys(record.file for record in rows)) or table.files
        return Taken(name, value, len(rows), len(table.records), files, period, without)

    def _period(self, figure: Figure) -> Period | None:
        if figure.ahead is not None:
            return Period(self.as_of, months_before(self.as_of, -figure.ahead))
        if figure.months is None or figure.date is None or figure.table is None:
            return None
        begin = months_before(self.as_of, figure.months + figure.back)
        end = months_before(self.as_of, figure.back) - timedelta(days=1)
        first = self._records_begin(figure.table, figure.date)
        if first is None or first <= begin:
            return Period(begin, end)
        months = _months_between(first, end + timedelta(days=1))
        return Period(begin, end, months, first, figure.partial == "scale")

    def _records_begin(self, table: str, field: str) -> date | None:
        key = f"{table}.{field}"
        if key not in self.begins:
            days = [int(row.values[field]) for row in self.joined.tables[table].records if field in row.values]
            self.begins[key] = date.fromordinal(min(days)) if days else None
        return self.begins[key]

    def _reduced(self, figure: Figure, rows: list[Record]) -> tuple[float | None, int]:
        """The rows as one number, and how many of them lack the field."""
        if figure.take == "count":
            return float(len(rows)), 0
        if figure.of is None:
            return None, 0
        values: list[Any] = [row.values[figure.of] for row in rows if figure.of in row.values]
        without = len(rows) - len(values)
        if figure.take == "distinct":
            return float(len(set(values))), without
        numbers = [float(value) for value in values]
        if figure.take == "sum":
            return sum(numbers), without
        if not numbers:
            return None, without
        match figure.take:
            case "first":
                return min(numbers), without
            case "mean":
                return sum(numbers) / len(numbers), without
            case _:
                return max(numbers), without

    # facts

    def answers(self, account: Account) -> tuple[Answer, ...]:
        """The facts that follow from the figures of an account, in the order of the model."""
        taken = self.of(account)
        known = self._known(taken)
        found = []
        for fact, ways in self.model.facts.items():
            for way, computed in ways:
                value, read = _value(way, computed, State(known, {}))
                if value is not None and read is not None:
                    found.append(self._answer(fact, value, way, read, taken))
                    break
        return tuple(found)

    def _answer(self, fact: str, value: Value, way: Way, read: Expression, taken: Mapping[str, Taken]) -> Answer:
        figures = tuple(self._behind([read], taken))
        periods = [figure.period for figure in figures if figure.period is not None]
        ends = [period.end for period in periods if period.end < self.as_of]
        partial = any(period.records is not None for period in periods) or any(each.without for each in figures)
        counted = way.source == "document" and way.formula is not None
        source = "estimate" if counted and partial else way.source
        return Answer(fact, value, way, figures, max(ends) if ends else None, source)

    def _behind(self, read: Iterable[Expression], taken: Mapping[str, Taken]) -> list[Taken]:
        """The figures taken from rows that expressions rest on."""
        found: dict[str, Taken] = {}
        for expression in read:
            for name in names_in(expression):
                formula = self.model.figures[name].formula if name in self.model.figures else None
                if formula is not None:
                    found.update({each.name: each for each in self._behind([self._used(formula, taken)], taken)})
                elif name in taken:
                    found[name] = taken[name]
        return list(found.values())

    def tables_behind(self, fact: str) -> tuple[str, ...]:
        """The tables from whose rows a fact can follow."""
        names = [name for _, computed in self.model.facts[fact] for name in _read_by(computed)]
        found: dict[str, None] = {}
        while names:
            name = names.pop(0)
            figure = self.model.entry.figures.get(name)
            if figure is not None and figure.table is not None:
                found[figure.table] = None
            elif figure is not None:
                names += _read_by(self.model.figures[name])
        return tuple(found)

    def _used(self, formula: Expression, taken: Mapping[str, Taken]) -> Expression:
        """Of alternatives the one that gave the value."""
        if isinstance(formula, Call) and formula.function == "coalesce":
            state = State(self._known(taken), {})
            return next((each for each in formula.arguments if evaluate(each, state) is not None), formula)
        return formula


def _value(way: Way, computed: Computed, state: State) -> tuple[Value | None, Expression | None]:
    """What a way gives, and the formula or condition that gave it."""
    if way.when is not None and not _holds(computed.where, state):
        return None, None
    for choice, condition in computed.choose:
        if _holds(condition, state):
            return choice, condition
    value = None if computed.formula is None else evaluate(computed.formula, state)
    if value is None:
        return None, None
    rounded = round_half_up(float(value), way.decimals)
    return (int(rounded) if rounded == int(rounded) else rounded), computed.formula


def _read_by(computed: Computed) -> list[str]:
    parts = [computed.formula, computed.where, *(condition for _, condition in computed.choose)]
    return [name for part in parts if part is not None for name in names_in(part)]


def _holds(condition: Expression | None, state: State) -> bool:
    return condition is not None and evaluate(condition, state) is True
