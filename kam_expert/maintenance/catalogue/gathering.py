"""The catalogue of one rulebook in one language, as pages."""

from __future__ import annotations

from kam_expert.maintenance.catalogue.documents import bridge_page, conclusion_pages, customer_page, document_page
from kam_expert.maintenance.catalogue.names import (
    fact_pages,
    measure_page,
    model_page,
    parameter_page,
    score_page,
    signal_page,
)
from kam_expert.maintenance.catalogue.pages import Catalogue
from kam_expert.maintenance.catalogue.portfolio import portfolio_page, portfolio_rule_pages
from kam_expert.maintenance.catalogue.review import review_page, review_rule_pages
from kam_expert.maintenance.catalogue.rules import rule_pages, strategy_pages
from kam_expert.maintenance.catalogue.shelf import Origin, Shelf
from kam_expert.maintenance.catalogue.tables import (
    first_page,
    plan_page,
    profile_page,
    selection_page,
    source_page,
    term_page,
    unit_page,
)
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording


def gather(book: Rulebook, origin: Origin, words: Wording) -> Catalogue:
    """The pages of a rulebook; `origin` is what was found in the folder it was read from."""
    shelf = Shelf(book, origin, words)
    groups = [
        ("selection", [*strategy_pages(shelf), selection_page(shelf), plan_page(shelf), bridge_page(shelf)]),
        (
            "rules",
            [
                *rule_pages(shelf),
                *portfolio_rule_pages(shelf),
                *review_rule_pages(shelf),
                *conclusion_pages(shelf),
            ],
        ),
        ("positions", [model_page(shelf), signal_page(shelf)]),
        (
            "values",
            [
                measure_page(shelf),
                score_page(shelf),
                portfolio_page(shelf),
                review_page(shelf),
                document_page(shelf),
                customer_page(shelf),
                parameter_page(shelf),
                profile_page(shelf),
            ],
        ),
        ("facts", list(fact_pages(shelf))),
        ("reference", [term_page(shelf), source_page(shelf), unit_page(shelf)]),
    ]
    pages = [page for _, found in groups for page in found]
    named = [(shelf.say(f"group.{key}"), tuple(page.name for page in found)) for key, found in groups]
    return Catalogue(words.language, shelf.say("page.index"), (first_page(shelf, pages, named), *pages), tuple(named))
