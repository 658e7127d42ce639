"""What experts may write about the review of a plan: `knowledge/review.yaml` and `rules/review/`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, ReasonedRule, Snake, Text


class ReviewName(Entry):
    """A name that review rules may read besides those of the rulebook.

    `was`: the name of the rulebook whose value at the last review it is; without it the program computes the name.
    """

    id: Snake
    label: Text
    meaning: Text
    unit: str | None = None
    was: Snake | None = None


class ReviewLevel(Entry):
    """How far a change goes, from the smallest to the largest in the order of the file.

    `plan`: what accepting it does: `keep` the strategies and the plan, `remix` the secondary strategies, `renew`
    everything from today's recommendation, or `suspend` the plan.
    """

    id: Snake
    plan: Literal["keep", "remix", "renew", "suspend"]
    title: Text
    meaning: Text


class ReviewEntry(Entry):
    """`knowledge/review.yaml` as a whole. `manager`: the text fact that names who manages the account."""

    manager: Snake | None = None
    levels: tuple[ReviewLevel, ...] = Field(min_length=1)
    names: tuple[ReviewName, ...]


class ReviewRule(ReasonedRule):
    """What a review notices. `level`: the change it calls for. `advice`: what to do about it.

    `due`: its firing says that the review itself is overdue.
    """

    level: Snake
    advice: Text
    due: bool = False
