"""Where one strategy stands: what counts against it, which rules did not speak for it, and how far it was."""

from __future__ import annotations

from dataclasses import dataclass

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation.distance import Distance, Obstacle, closed_by_rules, distances
from kam_expert.explanation.how import How, explain_how
from kam_expert.explanation.missing import Missing, missing
from kam_expert.recommendation import Policy, Standing, Vote
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.clauses import expanded, nearest_alternative
from kam_expert.rulebook.dependencies import How as Manner
from kam_expert.rulebook.dependencies import effects
from kam_expert.rulebook.evaluation import State

HELPFUL: frozenset[Manner] = frozenset({"supports", "leads", "accompanies", "seats"})
"""What a rule can do for a strategy: vote for it, set it as primary, demand it or keep it a place."""


@dataclass(frozen=True)
class SilentRule:
    """A rule that would help a strategy and did not apply, with what its nearest alternative lacks.

    `points`: of its vote; None if it would set the strategy as primary or keep it a place. `manner`: how it would help.
    """

    rule: str
    manner: Manner
    points: int | None
    missing: tuple[Missing, ...]

    @property
    def failed(self) -> int:
        return sum(not each.unknown for each in self.missing)

    @property
    def unknown(self) -> int:
        return sum(each.unknown for each in self.missing)


@dataclass(frozen=True)
class Answer:
    """Where one strategy stands. `how`: for a chosen one, why it was chosen. `silent`: the nearest rules first."""

    standing: Standing
    against: tuple[Vote, ...]
    supporting: tuple[Vote, ...]
    closed_by: tuple[Obstacle, ...]
    primary: Distance
    secondary: Distance
    silent: tuple[SilentRule, ...]
    how: How | None = None

    @property
    def chosen(self) -> bool:
        return self.how is not None


def answer(diagnosis: Diagnosis, strategy: str) -> Answer:
    """Where a strategy stands."""
    standing = diagnosis.recommendation.standing(strategy)
    ranked = sorted(standing.votes, key=lambda vote: -abs(vote.points))
    primary, secondary = distances(diagnosis, strategy)
    return Answer(
        standing=standing,
        against=tuple(vote for vote in ranked if vote.points < 0),
        supporting=tuple(vote for vote in ranked if vote.points > 0),
        closed_by=tuple(closed_by_rules(Policy(diagnosis.book, diagnosis.conclusions), strategy)),
        primary=primary,
        secondary=secondary,
        silent=silent_rules(diagnosis, strategy),
        how=explain_how(diagnosis, strategy, depth=2) if standing.status in ("primary", "secondary") else None,
    )


def silent_rules(diagnosis: Diagnosis, strategy: str) -> tuple[SilentRule, ...]:
    """The rules that would help a strategy and did not apply: fewest false clauses first, then fewest unknown."""
    book = diagnosis.book
    tables = diagnosis.case.inputs(book).tables
    state = State(diagnosis.conclusions.values, book.parameters, tables)
    fired = {firing.rule for firing in diagnosis.conclusions.firings}
    found = []
    for rule in book.rules:
        for manner, points in _help(rule, strategy, book):
            if rule.id not in fired:
                nearest = nearest_alternative(expanded(rule.effective, book), state)
                lacks = tuple(missing(clause, state) for clause in (*nearest.failed, *nearest.unknown))
                found.append(SilentRule(rule.id, manner, points, lacks))
    return tuple(sorted(found, key=lambda each: (each.failed, each.unknown, -(each.points or 0))))


def _help(rule: Rule, strategy: str, book: Rulebook) -> list[tuple[Manner, int | None]]:
    strengths = book.selection.strengths
    return [
        (effect.how, strengths[effect.word].points if effect.word is not None else None)
        for effect in effects(book, rule)
        if effect.candidate == strategy and effect.how in HELPFUL
    ]
