"""The names and rules of the portfolio, and its frame, as entries to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import PORTFOLIO
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.portfolio_rules import PortfolioBook
from kam_expert.rulebook.portfolio_schema import PortfolioEntry
from kam_expert.rulebook.schema import Text

Compared = tuple[Any, Text | None, Mapping[str, Expression]]
"""What is compared, what people call it, and its conditions by what is written."""


def portfolio_entries(book: Rulebook) -> dict[str, Compared]:
    """Each entry by its id."""
    portfolio = book.portfolio
    found: dict[str, Compared] = {PORTFOLIO: (_frame(portfolio.entry), None, _ties(portfolio))}
    for name, figure in portfolio.figures.items():
        entry = figure.entry
        written = entry.formula or entry.flag or entry.count or entry.share
        parsed = ((written, figure.expression), (entry.among, figure.among))
        found[name] = (
            entry,
            entry.label,
            {text: each for text, each in parsed if text is not None and each is not None},
        )
    for rule in portfolio.rules:
        found[rule.id] = (rule.entry, rule.entry.title, {str(rule.entry.condition): rule.condition})
    return found


def _frame(entry: PortfolioEntry) -> dict[str, Any]:
    """All but the names, which are entries of their own."""
    return {name: getattr(entry, name) for name in type(entry).model_fields if name != "names"}


def _ties(portfolio: PortfolioBook) -> dict[str, Expression]:
    written = ((bond.entry.condition, bond.condition) for bond in portfolio.bonds)
    return {text: each for text, each in written if text is not None and each is not None}
