"""Accounts as frames: one row per account, one column per fact, null where unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.memory import Given, Numbers, Rows
from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, base_name
from kam_expert.rulebook.vocabulary import NameType

CODE = pl.UInt8
NUMBER = pl.Float64
ROW = "~row"


def accounts_frame(book: Rulebook, inputs: Sequence[Inputs]) -> pl.DataFrame:
    """One row per account, in this order. Raises ValueError if a conclusion is assumed: columns are computed."""
    names: dict[str, None] = {}
    for each in inputs:
        if each.assumed:
            raise ValueError(f"cannot be assumed in columns: {', '.join(each.assumed)}")
        names.update(dict.fromkeys([*each.values, *each.tables]))
        names.update(dict.fromkeys(f"n/a.{name}" for name in each.not_applicable))
    columns = [pl.int_range(len(inputs), eager=True).alias(ROW)]
    for name in names:
        if name.startswith("n/a."):
            fact = base_of(name)
            columns.append(pl.Series(name, [fact in each.not_applicable for each in inputs], dtype=pl.Boolean))
            continue
        type_ = type_of(book, name)
        if type_ is None:
            continue
        if type_.kind == "table":
            found: list[Any] = [rows_of(type_, each.tables.get(name, ())) for each in inputs]
        else:
            found = [coded(type_, name, each.values.get(name)) for each in inputs]
        columns.append(pl.Series(name, found, dtype=written(type_, name)))
    return pl.DataFrame(columns)


def drawn(
    book: Rulebook,
    count: int,
    values: Mapping[str, Value | Sequence[Row] | npt.NDArray[Any]],
) -> Given:
    """`count` accounts from arrays of numbers, truths or places of options, NaN where unknown.

    A single value is the same for all. A table is given by its rows.
    """
    found: dict[str, Numbers] = {}
    tables: dict[str, Rows] = {}
    for name, value in values.items():
        type_ = type_of(book, name)
        if isinstance(value, np.ndarray):
            found[name] = value.astype(np.float64)
        elif type_ is None:
            continue
        elif isinstance(value, Sequence) and not isinstance(value, str):
            rows = rows_of(type_, value) or []
            found[name] = np.full(count, bool(rows), dtype=np.float64)
            owner = np.repeat(np.arange(count), len(rows))
            cells = {each: [row[each] for row in rows] for each in cells_of(type_)}
            tables[name] = Rows(owner, {key: np.tile(np.array(each, np.float64), count) for key, each in cells.items()})
        else:
            worth = type_.kind == "text" or coded(type_, name, value)
            found[name] = np.full(count, worth, dtype=np.float64)
    return Given(count, found, tables)


def base_of(name: str) -> str:
    """The fact behind a column of the input."""
    return name.removeprefix("n/a.") if name.startswith("n/a.") else base_name(name)


def type_of(book: Rulebook, name: str) -> NameType | None:
    return book.vocabulary.names.get(base_of(name))


def written(type_: NameType, name: str) -> pl.DataType | type[pl.DataType]:
    """How a column of facts is written in a frame of inputs."""
    if name.startswith("confidence."):
        return NUMBER
    if name.startswith("n/a."):
        return pl.Boolean
    match type_.kind:
        case "flag":
            return pl.Boolean
        case "number":
            return NUMBER
        case "table":
            return pl.List(pl.Struct(dict.fromkeys(cells_of(type_), NUMBER)))
    return CODE if type_.kind == "choice" else pl.String


def coded(type_: NameType, name: str, value: Any) -> Any:
    """A choice as the place of the option; any other value as it is."""
    if type_.kind != "choice" or name.startswith("confidence.") or not isinstance(value, str):
        return value
    return type_.options.index(value)


def cells_of(type_: NameType) -> list[str]:
    """The columns of a table as far as a formula can read them; a table without any has one that is always empty."""
    return list(type_.columns) or [ROW]


def rows_of(type_: NameType, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
    """The rows as numbers: of a text that it is there, of a choice the place of the option."""
    return [{column: _cell(type_, column, row.get(column)) for column in cells_of(type_)} for row in rows] or None


def _cell(type_: NameType, column: str, value: Value | None) -> Any:
    if value is None or column not in type_.columns:
        return None
    match type_.columns[column]:
        case "text":
            return 1
        case "choice":
            return type_.column_options[column].index(str(value))
    return value


class Entrance:
    """Brings a frame of accounts into the form that the program reads.

    `inputs`: the columns to bring in; `summed`: the tables of which the cells are read.
    """

    def __init__(self, book: Rulebook, inputs: frozenset[str], summed: frozenset[str]) -> None:
        self.book = book
        self.inputs = tuple(sorted(inputs))
        self.summed = summed

    def given(self, frame: pl.DataFrame) -> Given:
        schema = frame.schema
        names = [name for name in self.inputs if name in schema]
        values = frame.select(self.column(schema[name], name).cast(NUMBER) for name in names)
        tables = {
            table: self.rows(frame, table)
            for table in sorted(self.summed)
            if table in schema and isinstance(schema[table], pl.List)
        }
        return Given(len(frame), {name: values.get_column(name).to_numpy() for name in names}, tables)

    def rows(self, frame: pl.DataFrame, table: str) -> Rows:
        rows = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW), table)
        rows = rows.filter(pl.col(table).list.len() > 0).explode(table)
        cells = self.cells(frame.schema[table], table)
        fields = rows.select(cells.values())
        return Rows(rows.get_column(ROW).to_numpy(), {name: fields.get_column(name).to_numpy() for name in cells})

    def cells(self, found: pl.DataType, table: str) -> dict[str, pl.Expr]:
        """The cells of a table as numbers; empty where the frame does not have them."""
        type_, cells = self.book.vocabulary.names[table], {}
        stated = found.inner.to_schema() if isinstance(found, pl.List) and isinstance(found.inner, pl.Struct) else {}
        for name in cells_of(type_):
            column = pl.col(table).struct.field(name) if name in stated else pl.lit(None)
            if stated.get(name) == pl.String:
                options = type_.column_options.get(name)
                column = column.cast(pl.Enum(options)).to_physical() if options else column.is_not_null()
            cells[name] = column.cast(NUMBER).alias(name)
        return cells

    def column(self, found: pl.DataType, name: str) -> pl.Expr:
        """One input as a number: a choice as the place of its option, a text or table as whether it is there."""
        type_ = type_of(self.book, name)
        column = pl.col(name)
        if type_ is None or name.startswith(("n/a.", "confidence.")) or type_.kind in ("flag", "number"):
            return column
        if type_.kind == "choice":
            if found in (pl.String, pl.Categorical) or isinstance(found, pl.Enum):
                return column.cast(pl.String).cast(pl.Enum(type_.options)).to_physical()
            return column
        if found == pl.Boolean:
            return column
        return column.list.len() > 0 if isinstance(found, pl.List) else column.is_not_null()
