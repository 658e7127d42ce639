"""How far a strategy is from being chosen, found by letting the selection policy decide with more votes for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Conclusions
from kam_expert.recommendation import Policy, Recommendation
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import effects
from kam_expert.rulebook.schema import BarRule

Role = Literal["primary", "secondary"]
Hindrance = Literal[
    "level", "veto", "bar", "bar_primary", "block", "enabler", "role", "forced", "sequence", "never", "friction",
    "conflict", "room", "tie", "means",
]  # fmt: skip


@dataclass(frozen=True)
class Obstacle:
    """What no number of votes overcomes. `rule`: the rule behind it; `other`: the strategy it yields to."""

    kind: Hindrance
    rule: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class Distance:
    """How many points a strategy lacks for a role; None if no number of points would do, `obstacles` then say why."""

    role: Role
    points: int | None
    obstacles: tuple[Obstacle, ...] = ()


def with_points(book: Rulebook, conclusions: Conclusions, strategy: str, points: int) -> Recommendation:
    """The recommendation if rules had given a strategy so many points more."""
    policy = Policy(book, conclusions)
    policy.score[strategy] += points
    return policy.recommendation()


def distances(diagnosis: Diagnosis, strategy: str) -> tuple[Distance, Distance]:
    """The distance from leading and from accompanying."""
    book, conclusions = diagnosis.book, diagnosis.conclusions
    policy = Policy(book, conclusions)
    most = enough(policy, strategy)
    found = [with_points(book, conclusions, strategy, points) for points in range(most + 1)]
    leads = next((points for points, each in enumerate(found) if each.primary == strategy), None)
    beside = next((points for points, each in enumerate(found) if strategy in each.secondary), None)
    return (
        Distance("primary", leads, () if leads is not None else _before_leading(policy, found[-1], strategy)),
        Distance("secondary", beside, () if beside is not None else _before_seat(policy, diagnosis, strategy)),
    )


def enough(policy: Policy, strategy: str) -> int:
    """Points beyond which further points change nothing."""
    best = max(policy.score.values())
    margins = sum(policy.parameter(name) for name in ("margin_primary", "means_margin", "min_primary_score"))
    floor = max(policy.parameter("min_secondary_score"), 0)
    return int(max(best, 0) - min(policy.score[strategy], 0) + margins + floor) + 1


def closed_by_rules(policy: Policy, strategy: str) -> list[Obstacle]:
    """The rules that fired and keep a strategy out, each once."""
    found: list[Obstacle] = []
    for rule in policy.book.rules:
        if rule.id not in policy.fired:
            continue
        for effect in effects(policy.book, rule):
            if effect.candidate != strategy:
                continue
            if effect.how == "vetoes":
                found.append(Obstacle("veto", rule.id))
            elif effect.how == "blocks":
                found.append(Obstacle("block", rule.id))
            elif effect.how == "bars" and isinstance(rule.entry, BarRule):
                found.append(Obstacle("bar_primary" if rule.entry.only_as_primary else "bar", rule.id))
    return found


def passed_over(diagnosis: Diagnosis) -> tuple[tuple[str, Obstacle], ...]:
    """The strategies with at least as many points as the primary, the most first, and why they do not lead."""
    primary = diagnosis.recommendation.primary
    if primary is None:
        return ()
    policy = Policy(diagnosis.book, diagnosis.conclusions)
    level = policy.leading(policy.free_candidates())
    names = [name for name in policy.score if name != primary and policy.score[name] >= policy.score[primary]]
    found = []
    for name in sorted(names, key=lambda each: (-policy.score[each], policy.precedence[each])):
        own = _before_leading(policy, diagnosis.recommendation, name)
        kind = policy.book.candidates[name].strategy.kind
        if own and own[0].kind != "sequence":
            found.append((name, own[0]))
        elif name in level and (primary in level or diagnosis.recommendation.free_winner != name):
            found.append((name, Obstacle("tie", None, primary)))
        elif kind == "means" and name not in level:
            found.append((name, Obstacle("means", None, primary)))
        else:
            found += [(name, each) for each in own[:1]]
    return tuple(found)


def _limited(policy: Policy) -> list[Obstacle]:
    limit = policy.first_fired("level")
    return [] if limit is None else [Obstacle("level", limit.id)]


def _before_leading(policy: Policy, at_most: Recommendation, strategy: str) -> tuple[Obstacle, ...]:
    found = [*_limited(policy), *closed_by_rules(policy, strategy)]
    if not policy.has_role(strategy, "primary"):
        kind = policy.book.candidates[strategy].strategy.kind
        found.append(Obstacle("enabler" if kind == "enabler" else "role"))
    if found or at_most.primary is None:
        return tuple(found)
    if at_most.forced_by is not None:
        return (Obstacle("forced", at_most.forced_by, at_most.primary),)
    return (Obstacle("sequence", None, at_most.primary),)


def _before_seat(policy: Policy, diagnosis: Diagnosis, strategy: str) -> tuple[Obstacle, ...]:
    found = [*_limited(policy), *(each for each in closed_by_rules(policy, strategy) if each.kind != "bar_primary")]
    if not policy.has_role(strategy, "secondary"):
        found.append(Obstacle("role"))
    primary = diagnosis.recommendation.primary
    if primary is None or primary == strategy:
        return tuple(found)
    value = policy.book.pair(primary, strategy)
    if value == "never" or value < 0:
        found.append(
            Obstacle("never" if value == "never" else "sequence" if value == -2 else "friction", None, primary)
        )
    for other in diagnosis.recommendation.secondary:
        if policy.book.pair(other, strategy) in ("never", -2):
            found.append(Obstacle("conflict", None, other))
    return tuple(found or [Obstacle("room")])
