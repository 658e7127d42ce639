"""The names, levels and rules of reviews as entries to be compared."""

from __future__ import annotations

from kam_expert.maintenance.portfolio_entries import Compared
from kam_expert.rulebook.book import Rulebook

REVIEW = "review"


def review_entries(book: Rulebook) -> dict[str, Compared]:
    """Each entry by its id."""
    review = book.review
    found: dict[str, Compared] = {level.id: (level, level.title, {}) for level in review.levels}
    found.update({name: (entry, entry.label, {}) for name, entry in review.names.items()})
    for rule in review.rules:
        found[rule.id] = (rule.entry, rule.entry.title, {str(rule.entry.condition): rule.condition})
    if review.stated is not None:
        found[REVIEW] = ({"manager": review.stated.manager}, None, {})
    return found
