"""What the parts of the JSON document share."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from kam_expert.recommendation import Vote


class Part(BaseModel):
    """Base of every part: no key is unknown, nothing changes after it was built."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VoteOut(Part):
    rule: str
    strength: str
    points: int


def votes_out(votes: Iterable[Vote]) -> list[VoteOut]:
    """The votes on a strategy, in the order of the rulebook."""
    return [VoteOut(rule=vote.rule, strength=vote.strength, points=vote.points) for vote in votes]
