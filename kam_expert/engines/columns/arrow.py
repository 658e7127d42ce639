"""Bits and places as columns of a frame, laid out as Arrow has them: nothing is done account by account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from kam_expert.engines.columns.memory import Memory, Truths


def truths(memory: Memory, places: Mapping[str, int], *, unknown: bool = True) -> list[pl.Series]:
    """A column for each truth, null where it is unknown; without `unknown` false there."""
    if not places:
        return []
    octets = memory.count // 8 + 1
    columns = []
    for place in places.values():
        true, false = memory.true[place], memory.false[place]
        known = pa.py_buffer((true | false).to_bytes(octets, "little")) if unknown else None
        values = pa.py_buffer(true.to_bytes(octets, "little"))
        columns.append(pa.BooleanArray.from_buffers(pa.bool_(), memory.count, [known, values]))
    frame = pl.from_arrow(pa.RecordBatch.from_arrays(columns, list(places)))
    assert isinstance(frame, pl.DataFrame)
    return frame.get_columns()


def listed(name: str, words: Sequence[str], by_account: Truths) -> pl.Series:
    """Of each account the words of which it is true, in their order; one row per account, one column per word."""
    count, width = by_account.shape
    flat = np.flatnonzero(by_account)
    begins = np.arange(count + 1) * width
    ends = np.searchsorted(flat, begins) if width else begins
    return of_places(name, words, flat - np.repeat(begins[:-1], np.diff(ends)), ends)


def of_places(
    name: str, words: Sequence[str], places: npt.NDArray[np.integer], ends: npt.NDArray[np.integer]
) -> pl.Series:
    """Lists of words, from the places of all of them one after another, and where each list begins and ends in them."""
    lookup = pa.array(list(words), pa.string())
    found = pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), lookup)
    return pl.Series(name, pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(ends.astype(np.int64)), found)))
