"""The check of a chosen plan as part of the JSON document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.checking import Ground, StrategyCheck, Verdict
from kam_expert.reports.json_parts import Part, VoteOut, votes_out
from kam_expert.reports.speaking import Speaking


class ObjectionOut(Part):
    """What stands in the way: a rule, with the gate that opens a block, or a strategy that it does not go with."""

    kind: Literal["veto", "not_eligible", "role", "block", "exclusive", "sequence", "friction"]
    rule: str | None
    gate: str | None
    other: str | None
    party: Literal["chosen", "recommended"] | None = Field(description="Where the other strategy comes from.")


class OpenVoiceOut(Part):
    rule: str
    speaks: Literal["for", "against"]
    points: int | None = Field(description="Of a vote; null for rules of selection and vetoes.")
    waits_for: list[str]


class DemandedOut(Part):
    rule: str
    strategy: str


class StrategyCheckOut(Part):
    strategy: str
    role: Literal["primary", "secondary"]
    verdict: Verdict
    ground: Ground
    reason: str
    status: Literal["primary", "secondary", "next_wave", "candidate", "blocked", "not_eligible", "vetoed"]
    score: int
    behind: int | None = Field(description="Points to the recommended primary; null if none is recommended.")
    supporting: list[VoteOut]
    opposing: list[VoteOut]
    objections: list[ObjectionOut]
    missing: list[OpenVoiceOut]
    demanded: DemandedOut | None = Field(description="What a forced rule wants as the primary instead.")


class LackingOut(Part):
    strategy: str
    role: Literal["primary", "secondary"]
    rule: str


class CheckOut(Part):
    """The plan that the case says is chosen. `primary` to `verdict` are those of its primary, which is also the first
    of `strategies`; `lacking` is what the rules demand in addition."""

    primary: str
    score: int
    supporting: list[VoteOut]
    opposing: list[VoteOut]
    verdict: Verdict
    strategies: list[StrategyCheckOut]
    lacking: list[LackingOut]


def check_out(speaking: Speaking) -> CheckOut | None:
    """The check, or null if the case names no chosen strategy."""
    check = speaking.diagnosis.check
    if check is None:
        return None
    strategies = [_strategy_check(each, speaking) for each in check.strategies]
    first = strategies[0]
    return CheckOut(
        primary=first.strategy,
        score=first.score,
        supporting=first.supporting,
        opposing=first.opposing,
        verdict=first.verdict,
        strategies=strategies,
        lacking=[LackingOut(strategy=each.strategy, role=each.role, rule=each.rule) for each in check.lacking],
    )


def _strategy_check(each: StrategyCheck, speaking: Speaking) -> StrategyCheckOut:
    return StrategyCheckOut(
        strategy=each.strategy,
        role=each.role,
        verdict=each.verdict,
        ground=each.ground,
        reason=speaking.text(each.reason),
        status=each.status,
        score=each.score,
        behind=each.behind,
        supporting=votes_out(each.supporting),
        opposing=votes_out(each.opposing),
        objections=[
            ObjectionOut(kind=o.kind, rule=o.rule, gate=speaking.text(o.gate) or None, other=o.other, party=o.party)
            for o in each.objections
        ],
        missing=[
            OpenVoiceOut(rule=voice.rule, speaks=voice.speaks, points=voice.points, waits_for=list(voice.facts))
            for voice in each.missing
        ],
        demanded=None if each.demanded is None else DemandedOut(rule=each.demanded[0], strategy=each.demanded[1]),
    )
