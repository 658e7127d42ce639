"""Which documents there are, and what each is made of."""

from __future__ import annotations

from typing import Literal, get_args

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents import account_plan, customer, deck, one_page
from kam_expert.documents.telling import Enclosed
from kam_expert.reports import content
from kam_expert.reports.document import Document
from kam_expert.wording import Wording

Kind = Literal["report", "plan", "summary", "customer", "deck"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class NotStated(Exception):
    """The rulebook does not say what this document contains."""


def compose(
    diagnosis: Diagnosis,
    words: Wording,
    kind: Kind,
    depth: content.Depth = "full",
    enclosed: Enclosed | None = None,
) -> Document:
    """The document of one account in one language. `depth` is that of the report, which alone has depths.

    Raises `NotStated` where the rulebook has no `knowledge/documents.yaml`, or for the customer no
    `knowledge/customer.yaml`; `NotHandedOver` where the customer may not get a plan.
    """
    added = enclosed or Enclosed()
    documents = diagnosis.book.documents
    if kind == "report":
        return content.document(diagnosis, words, depth, added.sections, pictured=added.pictured)
    if kind == "deck":
        return deck.document(diagnosis, words, added)
    if kind == "customer":
        if documents.customer is None:
            raise NotStated(kind)
        return customer.document(diagnosis, words, documents.customer)
    if documents.stated is None:
        raise NotStated(kind)
    make = account_plan.document if kind == "plan" else one_page.document
    return make(diagnosis, words, added)
