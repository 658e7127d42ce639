"""Characters that no document can hold, or that turn round what stands beside them."""

from __future__ import annotations

import re

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"  # which XML, and so every office file, forbids
_TURNING = "\u202a-\u202e\u2066-\u2069"  # which reverse the direction of the rest of a sentence
_UNFIT = re.compile(f"[{_CONTROL}{_TURNING}]")
_TURNS = re.compile(f"[{_TURNING}]")
SPACE = " "

UNFIT = _UNFIT.pattern
"""The same as a pattern, for what reads whole columns."""


def unfit(text: str) -> str | None:
    """The first character of a text that no document can hold, as its number is written; None if all are sound."""
    found = None if text.isprintable() else _UNFIT.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def fit(text: str, instead: str = SPACE) -> str:
    """The text with something instead of control characters, and without those that turn its direction."""
    return text if text.isprintable() else _UNFIT.sub(instead, _TURNS.sub("", text))
