"""Who says what to ask next."""

from __future__ import annotations

from kam_expert.interview.catalogue_order import CatalogueOrder
from kam_expert.interview.outlook import Adviser
from kam_expert.rulebook.book import Rulebook


def adviser_for(book: Rulebook) -> Adviser:
    """The adviser of every interview about this rulebook."""
    return CatalogueOrder(book)
