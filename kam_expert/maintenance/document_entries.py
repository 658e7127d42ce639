"""The names, sections and so-whats of documents, and what the customer may see, as entries to be compared."""

from __future__ import annotations

from kam_expert.maintenance.portfolio_entries import Compared
from kam_expert.rulebook.book import Rulebook

POSITION, CUSTOMER = "position", "customer"


def document_entries(book: Rulebook) -> dict[str, Compared]:
    """Each entry by its id."""
    documents = book.documents
    found: dict[str, Compared] = {section.id: (section, section.title, {}) for section in documents.sections}
    found.update({name: (entry, entry.label, {}) for name, entry in documents.names.items()})
    for rule in documents.rules:
        found[rule.id] = (rule.entry, rule.entry.title, {str(rule.entry.condition): rule.condition})
    if documents.stated is not None:
        found[POSITION] = ({"position": documents.stated.position, "swot": documents.stated.swot}, None, {})
    if documents.customer is not None:
        found[CUSTOMER] = (documents.customer, None, {})
    return found
