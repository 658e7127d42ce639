"""Who says what to ask next."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kam_expert.interview.adaptive import Adaptive
from kam_expert.interview.completions import Completions
from kam_expert.interview.judging import Judging
from kam_expert.interview.prior import prior_of
from kam_expert.rulebook.book import Rulebook

PLAUSIBLE, STRAYING = 600, 300
"""Completions that are judged after each answer; a share of 95 % among 600 is known to about 0.9 points."""


@lru_cache(maxsize=4)
def adviser_for(book: Rulebook, root: Path | None = None) -> Adaptive:
    """The adviser of every interview about this rulebook; `root` is where it lies, if it is not the shipped one."""
    return Adaptive(book, Completions(book, prior_of(book, root), PLAUSIBLE, STRAYING), Judging(book))
