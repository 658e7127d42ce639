"""One value of one fact: what a person may write for it, and what to say when it is something else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kam_expert.problems import Phrase, nearest_phrase
from kam_expert.rulebook.characters import unfit
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Fact, TableColumn, Text, Unit
from kam_expert.rulebook.validation import shown

YES = {"yes", "是"}
NO = {"no", "否"}
_QUANTITY = re.compile(r"([-+−]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)(?![0-9.,])\s*(.*)\Z")
_CELLS = re.compile(r"\s*[,，、;；\t|]\s*")
_ROWS = re.compile(r"\s*[\n;；]\s*")
LONGEST_NUMBER = 30  # characters


@dataclass(frozen=True)
class Wrong:
    """One mistake inside a value: `path` leads from the value to it."""

    code: str
    parameters: Mapping[str, object]
    path: tuple[str | int, ...] = ()


@dataclass
class Refused(Exception):
    """The value cannot be used; says why, completely."""

    problems: list[Wrong] = field(default_factory=list)


def refuse(code: str, **parameters: object) -> Refused:
    return Refused([Wrong(code, parameters)])


def read_value(fact: Fact, value: Any, units: Mapping[str, Unit]) -> Value:
    """The value of a fact that is not a table. Raises `Refused`."""
    if value is None:
        raise refuse("value_missing")
    match fact.type:
        case "flag":
            return _flag(value)
        case "choice":
            return _choice(fact, value)
        case "text":
            if isinstance(value, str) and value.strip():
                return _sound(value.strip())
            raise refuse("wrong_value", found=shown(value), expected=Phrase("expect_text"))
        case "rating":
            return _rating(value)
        case _:
            low, high = fact.range or (float("-inf"), float("inf"))
            return _number(value, fact.unit, low, high, fact.integer, units)


def rows_in(fact: Fact, text: str) -> tuple[dict[str, str], ...]:
    """Rows from lines (or parts between semicolons) with one cell for each column. Raises `Refused`.

    Cells at the end may be left out as far as their columns are optional.
    """
    columns = list(fact.columns)
    needed = max((place for place, name in enumerate(columns, 1) if not fact.columns[name].optional), default=0)
    rows = []
    for number, line in enumerate(filter(None, _ROWS.split(text.strip())), start=1):
        cells = _CELLS.split(line.strip())
        if not needed <= len(cells) <= len(columns):
            cells = line.split()
        if not needed <= len(cells) <= len(columns):
            raise refuse("row_cells", found=line, row=number, count=len(columns))
        narrow = (unicodedata.normalize("NFKC", cell).strip() for cell in cells)
        rows.append(dict(zip(columns, narrow, strict=False)))
    if not rows:
        raise refuse("value_missing")
    return tuple(rows)


def read_rows(fact: Fact, value: Any, units: Mapping[str, Unit]) -> tuple[Mapping[str, Value], ...]:
    """The rows of a table. Raises `Refused` with every mistake in it."""
    if not isinstance(value, tuple) or not value:
        raise refuse("wrong_value", found=shown(value), expected=Phrase("expect_rows"))
    rows: list[Mapping[str, Value]] = []
    wrong: list[Wrong] = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            wrong.append(Wrong("wrong_value", {"found": shown(item), "expected": Phrase("expect_map")}, (index,)))
            continue
        row: dict[str, Value] = {}
        for key, cell in item.items():
            column = fact.columns.get(key)
            if column is None:
                allowed = ", ".join(fact.columns)
                parameters = {"column": key, "allowed": allowed, "nearest": nearest_phrase(key, fact.columns)}
                wrong.append(Wrong("column_unknown", parameters, (index, key)))
            elif cell == "unknown":
                continue
            else:
                try:
                    row[key] = _cell(column, cell, units)
                except Refused as refused:
                    wrong.extend(Wrong(each.code, each.parameters, (index, key)) for each in refused.problems)
        rows.append(row)
    if wrong:
        raise Refused(wrong)
    return tuple(rows)


def _cell(column: TableColumn, value: Any, units: Mapping[str, Unit]) -> Value:
    if value is None:
        raise refuse("value_missing")
    if column.type == "text":
        return _sound(str(value))
    if column.type == "rating":
        return _rating(value)
    if column.type == "choice":
        return _choice(column, value)
    low, high = column.range or (float("-inf"), float("inf"))
    return _number(value, column.unit, low, high, False, units)


def _sound(text: str) -> str:
    character = unfit(text)
    if character is not None:
        raise refuse("control_character", character=character)
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in YES:
        return True
    if isinstance(value, str) and value.strip().lower() in NO:
        return False
    raise refuse("wrong_value", found=shown(value), expected=Phrase("expect_flag"))


def _choice(asked: Fact | TableColumn, value: Any) -> str:
    for name, label in asked.choices.items():
        if value == name or (isinstance(value, str) and isinstance(label, Text) and value in (label.en, label.zh)):
            return name
    near = nearest_phrase(value, asked.choices) if isinstance(value, str) else ""
    raise refuse("choice_wrong", found=shown(value), allowed=", ".join(asked.choices), nearest=near)


def _rating(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) == 1:
        value = int(value.strip())
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5:
        return value
    raise refuse("wrong_value", found=shown(value), expected=Phrase("expect_rating"))


def _number(
    value: Any, unit: str | None, low: float, high: float, integer: bool, units: Mapping[str, Unit]
) -> float | int:
    expected = Phrase("expect_integer" if integer else "expect_number")
    if isinstance(value, str):
        value = _quantity(value, unit, units, expected)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse("wrong_value", found=shown(value), expected=expected)
    if integer and not float(value).is_integer():
        raise refuse("wrong_value", found=shown(value), expected=expected)
    if not low <= value <= high:
        bounds = {
            "low": _bound(low),
            "high": _bound(high),
            "unit": units[unit].label if unit is not None and unit in units else "",
        }
        raise refuse("out_of_range", found=shown(value), **bounds)
    return int(value) if integer else value


def _quantity(text: str, unit: str | None, units: Mapping[str, Unit], expected: Phrase) -> float | int:
    """A number written with its unit, as in `23%` or `5 个月`; a foreign unit is refused, not dropped."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _QUANTITY.match(plain)
    if match is None or len(match.group(1)) > LONGEST_NUMBER:
        raise refuse("wrong_value", found=shown(text), expected=expected)
    digits, suffix = match.group(1).replace(",", "").replace("−", "-"), match.group(2).strip().lower()
    number = float(digits) if "." in digits else int(digits)
    known = units.get(unit) if unit is not None else None
    if known is not None and suffix in known.scales:
        scaled = Decimal(digits) * known.scales[suffix]
        return int(scaled) if scaled == int(scaled) else float(scaled)
    allowed = [unicodedata.normalize("NFKC", each).lower() for each in known.suffixes] if known is not None else []
    if suffix and suffix not in allowed:
        label = known.label if known is not None else None
        unit_words = Phrase("unit_in_brackets", {"unit": label}) if label is not None and label.en else ""
        raise refuse("unit_wrong", found=shown(text), unit=unit_words)
    return number


def _bound(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:g}"
