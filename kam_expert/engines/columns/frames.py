"""Accounts as frames: one row per account, one column per fact, null where unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.engines.columns.reading import CODE, NUMBER, ROW, cell_column
from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, base_name
from kam_expert.rulebook.vocabulary import NameType

Given = Value | Sequence[Row] | npt.NDArray[Any]


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


def drawn_frame(
    book: Rulebook, count: int, values: Mapping[str, Given], known: Mapping[str, npt.NDArray[np.bool_]]
) -> pl.DataFrame:
    """`count` accounts from arrays of numbers, truths or places of options; a single value is the same for all.

    `known`: by name, where the array holds a value; without it, everywhere.
    """
    columns = [pl.int_range(count, dtype=pl.Int64).alias(ROW)]
    held = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    for name, value in values.items():
        type_ = type_of(book, name)
        dtype = pl.Boolean if type_ is None else written(type_, name)
        if name in held:
            column = pl.col(name).cast(dtype)
            columns.append(pl.when(pl.col(f"?{name}")).then(column).alias(name) if name in known else column)
        elif type_ is not None and type_.kind == "table":
            rows = rows_of(type_, value if isinstance(value, Sequence) and not isinstance(value, str) else ())
            columns.append(pl.lit(pl.Series([rows], dtype=dtype)).first().alias(name))
        else:
            columns.append(pl.lit(value if type_ is None else coded(type_, name, value), dtype=dtype).alias(name))
    masks = {f"?{name}": known[name] for name in held if name in known}
    return pl.DataFrame({ROW: np.arange(count), **held, **masks}).select(columns)


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
            return pl.List(pl.Struct(dict.fromkeys(numbers_of(type_), NUMBER)))
    return CODE if type_.kind == "choice" else pl.String


def coded(type_: NameType, name: str, value: Any) -> Any:
    """A choice as the place of the option; any other value as it is."""
    if type_.kind != "choice" or name.startswith("confidence.") or not isinstance(value, str):
        return value
    return type_.options.index(value)


def numbers_of(type_: NameType) -> list[str]:
    """The columns of a table that hold numbers; a table without any has one that is always empty."""
    return [column for column, kind in type_.columns.items() if kind == "number"] or [ROW]


def rows_of(type_: NameType, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
    return [{column: row.get(column) for column in numbers_of(type_)} for row in rows] or None


class Entrance:
    """Brings any frame of accounts into the one form that the layers read.

    `inputs`: the columns to bring in. `derived`: facts that are computed unless given, under the name for what was
    given. `summed`: tables of which the cells are read.
    """

    def __init__(self, book: Rulebook, inputs: frozenset[str], derived: Mapping[str, str], summed: frozenset[str]):
        self.book = book
        self.inputs = tuple(sorted(inputs))
        self.derived = derived
        self.summed = summed

    def tables(self, frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """The rows of each table that is summed, with the place of their account."""
        found: dict[str, pl.DataFrame] = {}
        for table in sorted(self.summed & set(frame.columns)):
            if isinstance(frame.schema[table], pl.List):
                rows = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW), table)
                rows = rows.filter(pl.col(table).list.len() > 0).explode(table)
                cells = numbers_of(self.book.vocabulary.names[table])
                fields = [pl.col(table).struct.field(name).cast(NUMBER).alias(cell_column(name)) for name in cells]
                found[table] = rows.select(ROW, *fields)
        return found

    def enter(self, frame: pl.DataFrame) -> pl.DataFrame:
        columns, schema = [pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW)], frame.schema
        for name in self.inputs:
            columns.append(self.column(schema, name).alias(self.derived.get(name, name)))
        return frame.select(columns)

    def column(self, schema: pl.Schema, name: str) -> pl.Expr:
        """The expression for one input; unknown everywhere if the frame has no such column."""
        type_ = type_of(self.book, name)
        found = schema.get(name)
        if name.startswith("n/a."):
            return pl.col(name).fill_null(False) if found is not None else pl.lit(False)
        kind = "number" if name.startswith("confidence.") or type_ is None else type_.kind
        if kind == "number":
            return present(name, found, NUMBER)
        if kind == "flag":
            return present(name, found, pl.Boolean)
        if kind == "choice" and type_ is not None:
            if found in (pl.String, pl.Categorical) or isinstance(found, pl.Enum):
                return pl.col(name).cast(pl.String).cast(pl.Enum(type_.options)).to_physical().cast(CODE)
            return present(name, found, CODE)
        if found is None:
            return pl.lit(None, dtype=pl.Boolean)
        if found == pl.Boolean:
            return pl.when(pl.col(name)).then(pl.lit(True))
        if isinstance(found, pl.List):
            return pl.when(pl.col(name).list.len() > 0).then(pl.lit(True))
        return pl.when(pl.col(name).is_not_null()).then(pl.lit(True))


def present(name: str, found: pl.DataType | None, wanted: type[pl.DataType]) -> pl.Expr:
    if found is None:
        return pl.lit(None, dtype=wanted)
    return pl.col(name) if found == wanted else pl.col(name).cast(wanted)
