"""The strategies that somebody has already chosen, each held against what the rules say.

The verdict is the first of these that holds, and it names its ground:

| ground | it holds if the strategy | verdict |
|---|---|---|
| vetoed | is vetoed | contradicted |
| recommended, default | is to lead and the rules have it lead too, by votes or by default | supported, tenable |
| not_eligible, role_… | is not for this kind of account, or the catalogue knows it in no such role | contradicted |
| do_not_pursue, level | is weighed at a level at which nothing is recommended | contradicted, unjudged |
| exclusive | excludes one that was named before it in the plan | contradicted |
| against | has `check_against` points or fewer | contradicted |
| gate | has more for it than against it, but is blocked or has to wait | premature |
| forced | is to lead where a forced rule demands another | contradicted |
| open | is not carried, but votes that are still open could carry it | unjudged |
| no_votes | is not carried and no rule speaks of it; for a secondary | unjudged |
| behind_… | is not carried | contradicted |
| sequence | comes after the recommended primary, or after one of the plan that goes first | premature |
| rubs | goes badly with another of the plan | tenable |
| leads, accompanies | has the votes of its role | supported |
| near_… | is none of this | tenable |

A strategy is carried if something speaks for it on balance and it is at most `check_gap` points behind the primary
that is recommended; a secondary is carried by the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kam_expert.case import Chosen
from kam_expert.engines.conclusions import Conclusions
from kam_expert.problems import Phrase
from kam_expert.questions import OpenRule
from kam_expert.recommendation import Policy, Recommendation, Status, Vote
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.schema import BarRule, BlockRule, ForcedRule, SeatRule, Text, VoteRule

Role = Literal["primary", "secondary"]
Verdict = Literal["supported", "tenable", "premature", "contradicted", "unjudged"]
Ground = Literal[
    "vetoed",
    "recommended",
    "default",
    "not_eligible",
    "role_primary",
    "role_secondary",
    "do_not_pursue",
    "level",
    "exclusive",
    "against",
    "gate",
    "forced",
    "open",
    "no_votes",
    "behind_primary",
    "behind_secondary",
    "sequence",
    "leads",
    "accompanies",
    "rubs",
    "near_primary",
    "near_secondary",
]
ObjectionKind = Literal["veto", "not_eligible", "role", "block", "exclusive", "sequence", "friction"]
Party = Literal["chosen", "recommended"]
_CLASHES: dict[object, ObjectionKind] = {"never": "exclusive", -2: "sequence", -1: "friction"}


@dataclass(frozen=True)
class Objection:
    """What stands in the way of a strategy.

    `rule`: the rule that vetoes, bars or blocks; `gate`: what opens it. `other`: the strategy that it clashes with,
    which is part of the plan (`party` chosen) or only of what the rules recommend.
    """

    kind: ObjectionKind
    rule: str | None = None
    gate: Text | Phrase | None = None
    other: str | None = None
    party: Party | None = None


@dataclass(frozen=True)
class OpenVoice:
    """An open rule that could still speak for or against a strategy, and the facts it waits for.

    `points`: of a vote; None for rules of selection and vetoes.
    """

    rule: str
    speaks: Literal["for", "against"]
    points: int | None
    facts: tuple[str, ...]


@dataclass(frozen=True)
class StrategyCheck:
    """How one chosen strategy fares.

    `behind`: points to the primary that is recommended, negative if it has more; None if none is recommended.
    `ground`: the line of the table above that gave the verdict; `reason`: the same in words. `demanded`: the rule and
    the strategy that has to lead instead, for a primary.
    """

    strategy: str
    role: Role
    status: Status
    score: int
    behind: int | None
    supporting: tuple[Vote, ...]
    opposing: tuple[Vote, ...]
    objections: tuple[Objection, ...]
    missing: tuple[OpenVoice, ...]
    demanded: tuple[str, str] | None
    verdict: Verdict
    ground: Ground
    reason: Phrase


@dataclass(frozen=True)
class Lacking:
    """A strategy that the rules demand beside or instead of the chosen ones, and the rule."""

    strategy: str
    role: Role
    rule: str


@dataclass(frozen=True)
class Check:
    """The judgement of a plan: each chosen strategy, the primary first, and what the rules demand in addition."""

    strategies: tuple[StrategyCheck, ...]
    lacking: tuple[Lacking, ...]

    @property
    def primary(self) -> StrategyCheck:
        return self.strategies[0]


def check_plan(
    book: Rulebook,
    chosen: Chosen,
    conclusions: Conclusions,
    recommendation: Recommendation,
    waiting: Iterable[OpenRule],
    settled: frozenset[str] = frozenset(),
) -> Check:
    """Judge the chosen strategies. `settled`: facts that do not apply, so that no rule can wait for them."""
    return _Checking(book, chosen, conclusions, recommendation, tuple(waiting), settled).check()


class _Checking:
    def __init__(
        self,
        book: Rulebook,
        chosen: Chosen,
        conclusions: Conclusions,
        recommendation: Recommendation,
        waiting: tuple[OpenRule, ...],
        settled: frozenset[str],
    ) -> None:
        self.book = book
        self.recommendation = recommendation
        self.waiting = waiting
        self.settled = settled
        self.policy = Policy(book, conclusions)
        self.plan = tuple(dict.fromkeys((chosen.primary, *chosen.secondary)))
        self.leader, self.forced = self.policy.force(chosen.primary)
        if recommendation.level != "advised":
            self.leader, self.forced = chosen.primary, None

    def check(self) -> Check:
        first, *others = self.plan
        found = (self.judged(first, "primary"), *(self.judged(name, "secondary") for name in others))
        return Check(found, self.lacking())

    def judged(self, name: str, role: Role) -> StrategyCheck:
        standing = self.recommendation.standing(name)
        best = self.recommendation.primary
        behind = None if best is None else self.policy.score[best] - standing.score
        objections = tuple(self.objections(name, role))
        missing = tuple(voice for each in self.waiting for voice in self.voices(name, role, each))
        verdict, ground, words = self.verdict(name, role, objections, missing)
        vetoes = {vote.rule for vote in standing.votes if self.book.selection.strengths[vote.strength].veto}
        return StrategyCheck(
            strategy=name,
            role=role,
            status=standing.status,
            score=standing.score,
            behind=behind,
            supporting=tuple(vote for vote in standing.votes if vote.points > 0),
            opposing=tuple(vote for vote in standing.votes if vote.points <= 0 or vote.rule in vetoes),
            objections=objections,
            missing=missing,
            demanded=self.demanded(name, role),
            verdict=verdict,
            ground=ground,
            reason=Phrase(f"check_{ground}", words),
        )

    # what stands in the way

    def objections(self, name: str, role: Role) -> Iterable[Objection]:
        policy = self.policy
        if name in policy.vetoed:
            yield Objection("veto", policy.vetoed[name])
        if name in policy.barred:
            yield Objection("not_eligible", policy.barred[name])
        leads_anyway = name == self.recommendation.primary
        if role == "primary" and not leads_anyway:
            if name in policy.barred_as_primary:
                yield Objection("not_eligible", policy.barred_as_primary[name])
            elif not policy.has_role(name, "primary"):
                yield Objection("role")
        if role == "secondary" and not leads_anyway and not policy.has_role(name, "secondary"):
            yield Objection("role")
        for block in policy.blocked.get(name, ()):
            yield Objection("block", block.id, block.gate)
        for other, party in self.company(name):
            kind = _CLASHES.get(policy.book.pair(name, other))
            if kind is not None:
                gate = Phrase("sequence_gate", {"first": self.short(other)}) if kind == "sequence" else None
                yield Objection(kind, None, gate if self.waits(name, other) else None, other, party)

    def company(self, name: str) -> Iterable[tuple[str, Party]]:
        """The other strategies of the plan, then those that only the rules recommend."""
        for other in self.plan:
            if other != name:
                yield other, "chosen"
        for wanted in (self.recommendation.primary, *self.recommendation.secondary):
            if wanted is not None and wanted not in self.plan:
                yield wanted, "recommended"

    def waits(self, name: str, other: str) -> bool:
        """Whether of two that need a sequence the other goes first: the recommended primary, else by precedence."""
        if self.recommendation.primary in (name, other):
            return other == self.recommendation.primary
        return self.policy.precedence[other] < self.policy.precedence[name]

    def short(self, name: str) -> Text:
        return self.book.candidates[name].short

    def title(self, rule: str | None) -> Text | str:
        return "" if rule is None else self.book.rule(rule).entry.title

    def demanded(self, name: str, role: Role) -> tuple[str, str] | None:
        if role == "secondary" or self.forced is None or self.leader in (None, name):
            return None
        return self.forced.id, str(self.leader)

    # what is still open

    def voices(self, name: str, role: Role, waiting: OpenRule) -> Iterable[OpenVoice]:
        facts = tuple(fact for fact in waiting.facts if fact not in self.settled)
        if not facts:
            return
        for speaks, points in self.would_say(self.book.rule(waiting.rule), name, role):
            yield OpenVoice(waiting.rule, speaks, points, facts)

    def would_say(self, rule: Rule, name: str, role: Role) -> Iterable[tuple[Literal["for", "against"], int | None]]:
        """What a rule would say of a strategy if it fired."""
        match rule.entry:
            case VoteRule(votes=votes) if name in votes:
                strength = self.book.selection.strengths[votes[name]]
                yield "for" if strength.points > 0 else "against", None if strength.veto else strength.points
            case BlockRule(blocks=names) if name in names:
                yield "against", None
            case BarRule(bars=names, only_as_primary=only) if name in names and (role == "primary" or not only):
                yield "against", None
            case ForcedRule(primary=wanted, satisfied_by=others, secondary=beside):
                if role == "primary":
                    fits = name in others or name in [item.strategy for item in wanted]
                    yield "for" if fits else "against", None
                elif name == beside:
                    yield "for", None
            case SeatRule(seat=seat, when_primary=only_beside) if role == "secondary" and name == seat:
                if not only_beside or self.plan[0] in only_beside:
                    yield "for", None

    # what the rules demand in addition

    def lacking(self) -> tuple[Lacking, ...]:
        if self.recommendation.level != "advised":
            return ()
        found: list[Lacking] = []
        leader = self.plan[0] if self.leader is None else self.leader
        if self.forced is not None and leader != self.plan[0]:
            found.append(Lacking(leader, "primary", self.forced.id))
        seats = self.policy.demanded_beside(leader, self.forced)
        if leader == self.recommendation.primary:
            seats = tuple(seat for seat in seats if seat[0] in self.recommendation.secondary)
        found += [Lacking(name, "secondary", rule) for name, rule in seats if name not in self.plan]
        return tuple(found)

    # the verdict

    def verdict(
        self, name: str, role: Role, objections: tuple[Objection, ...], missing: tuple[OpenVoice, ...]
    ) -> tuple[Verdict, Ground, dict[str, object]]:
        """The first line of the table that holds, with the words that its sentence needs."""
        recommendation, score = self.recommendation, self.policy.score[name]
        best = 0 if recommendation.primary is None else self.policy.score[recommendation.primary]
        words: dict[str, object] = {"score": score, "best": best, "strategy": self.short(name)}

        def objection(*kinds: ObjectionKind) -> Objection | None:
            return next((each for each in objections if each.kind in kinds), None)

        veto, bar, block = objection("veto"), objection("not_eligible"), objection("block")
        if veto is not None:
            return "contradicted", "vetoed", {**words, "rule": self.title(veto.rule)}
        if role == "primary" and name == recommendation.primary:
            if recommendation.default is None:
                return "supported", "recommended", words
            return "tenable", "default", {**words, "rule": self.title(recommendation.default)}
        if bar is not None:
            return "contradicted", "not_eligible", {**words, "rule": self.title(bar.rule)}
        if objection("role") is not None:
            return "contradicted", "role_primary" if role == "primary" else "role_secondary", words
        if recommendation.level == "do_not_pursue":
            return "contradicted", "do_not_pursue", {**words, "rule": self.title(recommendation.level_rule)}
        if recommendation.level != "advised":
            return "unjudged", "level", {**words, "rule": self.title(recommendation.level_rule)}
        before = self.plan[: self.plan.index(name)]
        excluded = next((each for each in objections if each.kind == "exclusive" and each.other in before), None)
        if excluded is not None:
            return "contradicted", "exclusive", {**words, "other": self.short(str(excluded.other))}
        if score <= self.book.parameters["check_against"]:
            return "contradicted", "against", words
        wave = next((wave for wave in recommendation.next_waves if wave.strategy == name), None)
        gate = wave.gate if wave is not None else block.gate if block is not None else None
        if gate is not None and score > 0:
            return "premature", "gate", {**words, "gate": gate}
        demanded = self.demanded(name, role)
        if demanded is not None:
            rule, other = demanded
            return "contradicted", "forced", {**words, "rule": self.title(rule), "other": self.short(other)}
        possible = sum(max(voice.points or 0, 0) for voice in missing if voice.speaks == "for")
        if not self.carried(role, score):
            return self.not_carried(name, role, self.carried(role, score + possible), words)
        waits = next((each for each in objections if each.kind == "sequence" and each.gate is not None), None)
        if waits is not None:
            return "premature", "sequence", {**words, "other": self.short(str(waits.other))}
        rubs = next((o for o in objections if o.kind in ("friction", "sequence") and o.party == "chosen"), None)
        if rubs is not None:
            return "tenable", "rubs", {**words, "other": self.short(str(rubs.other))}
        if self.has_the_votes(role, name):
            return "supported", "leads" if role == "primary" else "accompanies", words
        return "tenable", "near_primary" if role == "primary" else "near_secondary", words

    def not_carried(
        self, name: str, role: Role, could_be: bool, words: dict[str, object]
    ) -> tuple[Verdict, Ground, dict[str, object]]:
        if could_be:
            return "unjudged", "open", words
        if role == "secondary" and not self.policy.votes[name]:
            return "unjudged", "no_votes", words
        return "contradicted", "behind_primary" if role == "primary" else "behind_secondary", words

    def carried(self, role: Role, score: int) -> bool:
        best = self.recommendation.primary
        if score <= 0 or best is None:
            return False
        return role == "secondary" or self.policy.score[best] - score <= self.book.parameters["check_gap"]

    def has_the_votes(self, role: Role, name: str) -> bool:
        """A secondary that the rules chose or that has enough votes; a primary level with the one they chose."""
        score, best = self.policy.score[name], self.recommendation.primary
        if role == "secondary":
            chosen = (best, *self.recommendation.secondary)
            return name in chosen or score >= self.policy.parameter("min_secondary_score")
        level = best is not None and self.policy.score[best] - score < self.policy.parameter("margin_primary")
        return level and score >= self.policy.parameter("min_primary_score")
