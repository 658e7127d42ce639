"""What every kind of input becomes: some rows at a time, each with the line on which it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from kam_expert.case import Case
from kam_expert.problems import Phrase, Problem

Lines = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Refusal:
    """What was not used: where it stands, what was found there and why it was left out.

    `line` counts from 1: the line of a text file, the row of a sheet, the record of a table. `column` is the header,
    in a case file the number of the column; empty when it is the whole row.
    """

    file: str
    line: int
    column: str
    found: str
    why: Problem | Phrase


@dataclass(frozen=True)
class Header:
    """The names of the columns of one table, on the line on which they stand; 0 where they are not part of the rows."""

    file: str
    line: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Some rows of one table as they stand there: cells by the names of the header, null where a cell is empty.

    `share`: how much of its input has been read after these rows, 0 to 1. `refused`: rows that could not even be read.
    """

    header: Header
    lines: Lines
    cells: pl.DataFrame
    share: float
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Files:
    """Some case files of one profile: those that could be read, and what is wrong with the others."""

    cases: tuple[Case, ...]
    profile: str | None = None
    refused: tuple[Refusal, ...] = ()
    bad: int = 0


@dataclass(frozen=True)
class Input:
    """Where accounts come from. `query`: the SQL to ask a database for."""

    place: str
    query: str | None = None


class Unusable(Exception):
    """An input cannot be used at all; says why, completely."""

    def __init__(self, *reasons: Phrase) -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{why.key} {dict(why.parameters)}" for why in reasons))
