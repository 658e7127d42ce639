"""Pieces of spreadsheet formulas as text: constants, rounding, AND and OR, and when a number is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

EMPTY = '""'
TRUE, FALSE = "TRUE", "FALSE"
LONGEST_FORMULA = 8192  # characters, as Excel has it
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Guard:
    """When a number is known: these cells hold numbers, and then these conditions are TRUE one after the other."""

    numbers: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    def __and__(self, other: Guard) -> Guard:
        numbers = tuple(dict.fromkeys((*self.numbers, *other.numbers)))
        return Guard(numbers, tuple(dict.fromkeys((*self.conditions, *other.conditions))))

    def formula(self) -> str:
        """The guard as one formula; a condition is looked at only if what stands before it is TRUE."""
        found = TRUE
        if len(self.numbers) == 1:
            found = f"ISNUMBER({self.numbers[0]})"
        elif self.numbers:
            found = f"COUNT({','.join(self.numbers)})={len(self.numbers)}"
        for condition in self.conditions:
            if total(condition):
                found = joined("AND", [found, condition])
            else:
                found = condition if found == TRUE else f"IF({found},{condition},{FALSE})"
        return found

    def without(self, numbers: frozenset[str]) -> Guard:
        """What is left to see to when these cells are known to hold numbers."""
        return replace(self, numbers=tuple(name for name in self.numbers if name not in numbers))


def quoted(text: str) -> str:
    """A text as a constant of a formula."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def rounded(formula: str, decimals: int) -> str:
    """Rounding half up, as everywhere in the rulebook; ROUND would round halves below zero down."""
    if decimals == 0:
        return f"INT({formula}+0.5)"
    scale = 10**decimals
    return f"INT(({formula})*{scale}+0.5)/{scale}"


def joined(function: str, parts: list[str]) -> str:
    """The parts under AND or OR; parts that are under the same function already are taken in."""
    neutral, absorbing = (TRUE, FALSE) if function == "AND" else (FALSE, TRUE)
    flat: dict[str, None] = {}
    for part in parts:
        for each in _inner(function, part):
            flat[each] = None
    if absorbing in flat:
        return absorbing
    flat.pop(neutral, None)
    found = list(flat)
    return neutral if not found else found[0] if len(found) == 1 else f"{function}({','.join(found)})"


def _inner(function: str, part: str) -> list[str]:
    """The arguments of a formula that is one call of the function; else the formula alone."""
    if not (part.startswith(f"{function}(") and part.endswith(")")):
        return [part]
    found, depth, quote, start = [], 0, False, len(function) + 1
    for index, sign in enumerate(part):
        quote ^= sign == '"'
        if quote:
            continue
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign == ")" and index < len(part) - 1:
            return [part]
        if (sign == "," and depth == 1) or index == len(part) - 1:
            found.append(part[start:index])
            start = index + 1
    return found


def total(formula: str) -> bool:
    """Whether a condition can never be an error, because it only compares cells as they are."""
    outside = _QUOTED.sub("", formula)
    return "IF(" not in outside and not set("+-*/") & set(outside)


def written(value: float | int | bool) -> str:
    """A number as a formula has it: a point for the decimals, no exponent."""
    if isinstance(value, bool):
        return "1" if value else "0"
    text = f"{value:.15f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text or "0"
