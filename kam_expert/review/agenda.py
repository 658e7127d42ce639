"""The agenda of a review meeting: what to decide, what is late, and questions to the weakest reasons."""

from __future__ import annotations

from dataclasses import dataclass

from kam_expert.explanation.flips import Flip, flips
from kam_expert.recommendation import Vote
from kam_expert.review.entries import RecordedActivity, RecordedGate
from kam_expert.review.reviewing import Noticed, Review
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import base_name, base_names

MOST_QUESTIONS = 3
"""Questions of one kind; a meeting that asks about everything asks about nothing."""


@dataclass(frozen=True)
class Agenda:
    """What to talk about.

    `guesses` and `stale`: facts on which the votes for the leading strategy rest. `flips`: changes of one fact that
    make another strategy lead. `opposing`: votes against the strategy, the strongest first.
    """

    strategy: str | None
    decisions: tuple[Noticed, ...]
    overdue: tuple[RecordedActivity, ...]
    gates: tuple[RecordedGate, ...]
    guesses: tuple[str, ...]
    stale: tuple[str, ...]
    flips: tuple[Flip, ...]
    opposing: tuple[Vote, ...]


def agenda(review: Review) -> Agenda:
    """The agenda that follows from a review."""
    today = review.today
    strategy = review.proposed.choice.primary
    bearing: tuple[str, ...] = ()
    opposing: tuple[Vote, ...] = ()
    if strategy is not None:
        votes = today.recommendation.standing(strategy).votes
        opposing = tuple(sorted((vote for vote in votes if vote.points < 0), key=lambda vote: vote.points))
        firings = {firing.rule: firing for firing in today.conclusions.firings}
        for vote in sorted((vote for vote in votes if vote.points > 0), key=lambda vote: -vote.points):
            bearing += tuple(base_name(name) for name, _ in firings[vote.rule].premises)
    facts = facts_behind(bearing, today.book)
    leads = strategy is not None and strategy == today.recommendation.primary
    near = flips(today, MOST_QUESTIONS).changes if leads else ()
    return Agenda(
        strategy,
        review.noticed,
        review.overdue,
        review.gates_reached,
        tuple(name for name in facts if name in today.guesses)[:MOST_QUESTIONS],
        tuple(name for name in facts if name in today.stale)[:MOST_QUESTIONS],
        tuple(flip for flip in near if len(flip.moves) == 1 and not flip.estranges),
        opposing[:MOST_QUESTIONS],
    )


def facts_behind(names: tuple[str, ...], book: Rulebook) -> tuple[str, ...]:
    """The facts from which names are concluded, the nearest first."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    row = list(names)
    while row:
        further: list[str] = []
        for name in row:
            if name in seen:
                continue
            seen.add(name)
            if name in book.facts:
                found.setdefault(name)
            elif name in book.measures:
                further += book.measures[name].reads
            elif name in book.scores:
                further += book.scores[name].reads
            else:
                further += base_names(rule.condition for rule in book.rules if rule.target == name)
        row = [base_name(name) for name in further]
    return tuple(found)
