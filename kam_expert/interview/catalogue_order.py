"""The adviser that does not look ahead: the order of the vocabulary, short form first, and never a proof."""

from __future__ import annotations

from collections.abc import Collection

from kam_expert.case import Case
from kam_expert.diagnosis import diagnosis_from
from kam_expert.interview.outlook import Outlook, Suggestion
from kam_expert.interview.relevance import FULL, Relevance
from kam_expert.rulebook.book import Rulebook

NOTHING_SIMULATED = 0.0


class CatalogueOrder:
    """Asks in a fixed order. It simulates nothing, so the share of what leads is 0 and nothing is ever settled."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.relevance = Relevance(book)
        self.order = {name: place for place, name in enumerate(self.relevance.in_mode(FULL))}

    def outlook(self, case: Case, askable: Collection[str], after: str | None = None) -> Outlook:
        """The provisional recommendation, the questions in their order, and how many of them a rule still waits for.

        Where no rule waits for any, nothing is proven, so all of them count.
        """
        found = diagnosis_from(case, self.book, self.relevance.conclude(case))
        bears_on = {question.fact: question.can_change for question in found.questions}
        ordered = sorted(askable, key=lambda name: self.order[name])
        leader = found.recommendation.primary or found.recommendation.level
        return Outlook(
            recommendation=found.recommendation,
            shares=((leader, NOTHING_SIMULATED),),
            settled="open",
            suggestions=tuple(Suggestion(name, 0.0, 0.0, bears_on.get(name, ())) for name in ordered),
            can_still_change=sum(name in bears_on for name in ordered) or len(ordered),
        )
