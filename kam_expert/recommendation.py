"""From conclusions to a recommendation: the selection policy.

The only place where strategies are weighed against each other. It knows no strategy and no threshold: votes,
eligibility, blocks, forced rules, seats and defaults are rules of the book that fired; precedence, pair values and
parameters are tables in `knowledge/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kam_expert.engines.conclusions import Conclusions
from kam_expert.problems import Phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import (
    BarRule,
    BlockRule,
    DefaultRule,
    ForcedRule,
    LevelRule,
    SeatRule,
    Text,
    VoteRule,
)

Level = Literal["advised", "screening", "hold", "do_not_pursue"]
Status = Literal["primary", "secondary", "next_wave", "candidate", "blocked", "not_eligible", "vetoed"]


@dataclass(frozen=True)
class Vote:
    """What one rule says about one strategy."""

    rule: str
    strength: str
    points: int


@dataclass(frozen=True)
class Standing:
    """How one strategy stands: its votes, their sum, and what keeps it out.

    `reason` says why it has the status it has; `gate` what opens it, if it waits.
    """

    id: str
    status: Status
    score: int
    votes: tuple[Vote, ...]
    reason: Phrase
    gate: Text | Phrase | None = None


@dataclass(frozen=True)
class NextWave:
    strategy: str
    gate: Text | Phrase


@dataclass(frozen=True)
class Recommendation:
    """The choice. `primary` is None unless the level is advised.

    `runner_up`: what would lead if the primary were not there, the chosen secondaries aside.
    `forced_by`: the rule that set the primary against the votes, `free_winner` being what the votes alone would have
    chosen; `upheld_by`: a forced rule that demands what the votes chose anyway. `default`: the rule that chose it
    although no strategy reached the minimum. `level_rule`: the rule that limited the level.
    """

    level: Level
    standings: tuple[Standing, ...]
    primary: str | None = None
    secondary: tuple[str, ...] = ()
    next_waves: tuple[NextWave, ...] = ()
    runner_up: str | None = None
    forced_by: str | None = None
    upheld_by: str | None = None
    free_winner: str | None = None
    default: str | None = None
    level_rule: str | None = None

    @property
    def outcome(self) -> str:
        """The strategy that leads, or the level without one."""
        return self.primary or self.level

    def standing(self, strategy: str) -> Standing:
        return next(standing for standing in self.standings if standing.id == strategy)


def recommend(book: Rulebook, conclusions: Conclusions) -> Recommendation:
    """Apply the selection policy of the book to what was concluded."""
    return Policy(book, conclusions).recommendation()


def tied(book: Rulebook, conclusions: Conclusions) -> tuple[str, ...]:
    """The strategies that lead by the votes before precedence decides; more than one is a tie."""
    selection = Policy(book, conclusions)
    return tuple(selection.leading(selection.free_candidates()))


@dataclass
class Policy:
    """The selection policy at work on one account: who is out, who has how many votes, who goes with whom."""

    book: Rulebook
    conclusions: Conclusions
    waves: dict[str, Text | Phrase] = field(default_factory=dict)
    decided_by: ForcedRule | None = None
    fallback: DefaultRule | None = None
    seated: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fired = {firing.rule for firing in self.conclusions.firings}
        self.precedence = {name: index for index, name in enumerate(self.book.selection.precedence)}
        self.votes: dict[str, list[Vote]] = {name: [] for name in self.book.candidates}
        self.vetoed: dict[str, str] = {}
        self.blocked: dict[str, list[BlockRule]] = {}
        self.barred: dict[str, str] = {}
        self.barred_as_primary: dict[str, str] = {}
        for rule in self.book.rules:
            if rule.id in self.fired:
                self.take(rule.entry)
        self.score = {name: sum(vote.points for vote in votes) for name, votes in self.votes.items()}

    def take(self, entry: object) -> None:
        match entry:
            case VoteRule():
                for name, word in entry.votes.items():
                    strength = self.book.selection.strengths[word]
                    self.votes[name].append(Vote(entry.id, word, strength.points))
                    if strength.veto:
                        self.vetoed.setdefault(name, entry.id)
            case BlockRule():
                for name in entry.blocks:
                    self.blocked.setdefault(name, []).append(entry)
            case BarRule():
                for name in entry.bars:
                    (self.barred_as_primary if entry.only_as_primary else self.barred).setdefault(name, entry.id)

    def parameter(self, name: str) -> float:
        return self.book.parameters[name]

    def first_fired(self, kind: Literal["level", "default"]) -> LevelRule | DefaultRule | None:
        for rule in self.book.rules_of(kind):
            if rule.id in self.fired and isinstance(rule.entry, LevelRule | DefaultRule):
                return rule.entry
        return None

    # the primary

    def recommendation(self) -> Recommendation:
        limit = self.first_fired("level")
        if limit is not None and limit.level is not None:
            return Recommendation(limit.level, self.standings(None, ()), level_rule=limit.id)
        free = self.free_candidates()
        winner = self.best(free)
        primary, forced = self.force(winner)
        fallback: DefaultRule | None = None
        if primary is None:
            found = self.first_fired("default")
            fallback = found if isinstance(found, DefaultRule) else None
            primary = fallback.primary if fallback else None
            if primary is None:
                level: Level = (fallback.level if fallback else None) or "screening"
                return Recommendation(level, self.standings(None, ()), level_rule=fallback.id if fallback else None)
        if forced is None and fallback is None:
            primary = self.sequenced(primary, free)
        self.decided_by = forced if winner != primary else None
        self.fallback = fallback
        self.open_waves(primary, winner if forced and winner != primary else None, forced)
        secondary = self.secondaries(primary, forced)
        waves = tuple(NextWave(name, self.waves[name]) for name in sorted(self.waves, key=self.precedence.__getitem__))
        others = [name for name in free if name != primary and name not in secondary]
        return Recommendation(
            level="advised",
            standings=self.standings(primary, secondary),
            primary=primary,
            secondary=secondary,
            next_waves=waves,
            runner_up=self.best(others),
            forced_by=forced.id if forced and winner != primary else None,
            upheld_by=forced.id if forced and winner == primary else None,
            free_winner=winner,
            default=fallback.id if fallback else None,
        )

    def open_to(self, name: str) -> bool:
        """Neither barred, vetoed nor blocked."""
        return name not in self.barred and name not in self.vetoed and name not in self.blocked

    def may_lead(self, name: str) -> bool:
        return self.open_to(name) and name not in self.barred_as_primary and self.has_role(name, "primary")

    def has_role(self, name: str, role: Literal["primary", "secondary"]) -> bool:
        """Whether the catalogue gives a strategy this role; an enabler never leads by its votes."""
        strategy = self.book.candidates[name].strategy
        return role in strategy.roles and (role == "secondary" or strategy.kind != "enabler")

    def free_candidates(self) -> list[str]:
        minimum = self.parameter("min_primary_score")
        return [name for name in self.book.candidates if self.may_lead(name) and self.score[name] >= minimum]

    def best(self, names: list[str]) -> str | None:
        """The highest score; near ties go by precedence."""
        return min(self.leading(names), key=self.precedence.__getitem__, default=None)

    def leading(self, names: list[str]) -> list[str]:
        """The highest score and those near it; a means counts less once a direction is among the names."""
        if not names:
            return []
        kind = {name: self.book.candidates[name].strategy.kind for name in names}
        handicap = self.parameter("means_margin") if "direction" in kind.values() else 0
        weighed = {name: self.score[name] - (handicap if kind[name] == "means" else 0) for name in names}
        top = max(weighed.values())
        margin = self.parameter("margin_primary")
        return [name for name in names if weighed[name] == top or top - weighed[name] < margin]

    def force(self, winner: str | None) -> tuple[str | None, ForcedRule | None]:
        """The primary after the forced rules, and the rule that decided (also when the winner already satisfies it)."""
        for rule in self.book.rules_of("forced"):
            entry = rule.entry
            if rule.id not in self.fired or not isinstance(entry, ForcedRule):
                continue
            if winner is not None and winner in entry.satisfied_by:
                return winner, entry
            usable = [
                item.strategy
                for item in entry.primary
                if self.open_to(item.strategy)
                and (item.min_score is None or self.score[item.strategy] >= item.min_score)
            ]
            if usable:
                return max(usable, key=lambda name: (self.score[name], -usable.index(name))), entry
        return winner, None

    def sequenced(self, primary: str, free: list[str]) -> str:
        """Of two strategies that must follow each other, the one with precedence leads, unless it is a means."""
        while True:
            earlier = [
                name
                for name in free
                if self.book.pair(primary, name) == -2
                and self.precedence[name] < self.precedence[primary]
                and self.book.candidates[name].strategy.kind != "means"
            ]
            if not earlier:
                return primary
            primary = min(earlier, key=self.precedence.__getitem__)

    # what accompanies and follows it

    def open_waves(self, primary: str, former: str | None, forced: ForcedRule | None) -> None:
        """Strategies with enough votes that have to wait, and what they wait for."""
        if former is not None and forced is not None and forced.former_gate is not None:
            self.waves[former] = forced.former_gate
        minimum = self.parameter("min_primary_score")
        for name, score in self.score.items():
            if name == primary or name in self.waves or score < minimum or name in self.vetoed or name in self.barred:
                continue
            if name in self.blocked:
                self.waves[name] = self.blocked[name][0].gate
            elif self.book.pair(primary, name) == -2:
                first = Phrase("sequence_gate", {"first": self.book.candidates[primary].short})
                self.waves[name] = (forced.former_gate if forced is not None else None) or first

    def secondaries(self, primary: str, forced: ForcedRule | None) -> tuple[str, ...]:
        chosen: list[str] = []
        if forced is not None and forced.secondary is not None:
            self.seat(forced.secondary, primary, chosen, forced.id)
        self.take_seats("before", primary, chosen)
        minimum = self.parameter("min_secondary_score")
        ranked = sorted(self.book.candidates, key=lambda name: (-self.score[name], self.precedence[name]))
        for name in ranked:
            value = self.book.pair(primary, name)
            fits_primary = value != "never" and value >= 0
            if self.score[name] >= minimum and fits_primary and name not in self.waves:
                self.seat(name, primary, chosen)
        self.take_seats("after", primary, chosen)
        return tuple(chosen)

    def beside(self, primary: str) -> tuple[str, ...]:
        """The secondaries that would go with this primary."""
        self.open_waves(primary, None, None)
        return self.secondaries(primary, None)

    def demanded_beside(self, primary: str, forced: ForcedRule | None) -> tuple[tuple[str, str], ...]:
        """The secondaries that rules, not votes, would put beside this primary, each with its rule."""
        self.open_waves(primary, None, forced)
        chosen = self.secondaries(primary, forced)
        return tuple((name, self.seated[name]) for name in chosen if name in self.seated)

    def take_seats(self, turn: str, primary: str, chosen: list[str]) -> None:
        for rule in self.book.rules_of("seat"):
            entry = rule.entry
            if rule.id not in self.fired or not isinstance(entry, SeatRule) or entry.turn != turn:
                continue
            if entry.when_primary and primary not in entry.when_primary:
                continue
            if entry.min_score is not None and self.score[entry.seat] < entry.min_score:
                continue
            if entry.seat in self.blocked and entry.instead is not None:
                self.waves.setdefault(entry.seat, self.blocked[entry.seat][0].gate)
                self.seat(entry.instead, primary, chosen, rule.id)
            else:
                self.seat(entry.seat, primary, chosen, rule.id)

    def seat(self, name: str, primary: str, chosen: list[str], rule: str | None = None) -> None:
        """Add a secondary if it is open, goes with what is chosen, and there is room; note the rule that demands it."""
        if rule is not None:
            self.seated.setdefault(name, rule)
        if name == primary or name in chosen or not self.open_to(name):
            return
        if not self.has_role(name, "secondary") or self.book.pair(primary, name) == "never":
            return
        if any(self.book.pair(other, name) in ("never", -2) for other in chosen):
            return
        if self.room([*chosen, name]):
            chosen.append(name)
            self.waves.pop(name, None)

    def room(self, names: list[str]) -> bool:
        with_enabler = any(self.book.candidates[name].strategy.kind == "enabler" for name in names)
        most = self.parameter("max_secondary_with_enabler" if with_enabler else "max_secondary")
        return len(names) <= most

    # the account of every strategy

    def standings(self, primary: str | None, secondary: Iterable[str]) -> tuple[Standing, ...]:
        chosen = list(secondary)
        found = [self.standing(name, primary, chosen) for name in self.book.candidates]
        order: list[Status] = ["primary", "secondary", "next_wave", "candidate", "blocked", "vetoed", "not_eligible"]
        place = {name: index for index, name in enumerate([primary, *chosen])}
        return tuple(
            sorted(
                found,
                key=lambda s: (order.index(s.status), place.get(s.id, 0), -s.score, self.precedence[s.id]),
            )
        )

    def standing(self, name: str, primary: str | None, secondary: list[str]) -> Standing:
        status, reason, gate = self.status(name, primary, secondary)
        return Standing(name, status, self.score[name], tuple(self.votes[name]), reason, gate)

    def status(
        self, name: str, primary: str | None, secondary: list[str]
    ) -> tuple[Status, Phrase, Text | Phrase | None]:
        score = self.score[name]
        if name == primary:
            return "primary", self.why_primary(score), None
        if name in secondary:
            return "secondary", Phrase("reason_secondary", {"score": score}), None
        if name in self.waves:
            return "next_wave", Phrase("reason_next_wave", {"gate": self.waves[name]}), self.waves[name]
        if name in self.vetoed:
            return "vetoed", self.because("reason_vetoed", self.vetoed[name]), None
        if name in self.barred:
            return "not_eligible", self.because("reason_not_eligible", self.barred[name]), None
        if name in self.blocked:
            first = self.blocked[name][0]
            return "blocked", self.because("reason_blocked", first.id), first.gate
        return "candidate", self.left_out(name, primary), None

    def why_primary(self, score: int) -> Phrase:
        if self.decided_by is not None:
            return self.because("reason_forced", self.decided_by.id)
        if self.fallback is not None:
            return self.because("reason_default", self.fallback.id)
        return Phrase("reason_primary", {"score": score})

    def because(self, key: str, rule: str) -> Phrase:
        return Phrase(key, {"rule": self.book.rule(rule).entry.title})

    def left_out(self, name: str, primary: str | None) -> Phrase:
        score = self.score[name]
        if primary is None:
            return Phrase("reason_no_choice", {"score": score})
        value = self.book.pair(primary, name)
        if score >= self.parameter("min_secondary_score") and (value == "never" or value < 0):
            return Phrase("reason_pair", {"score": score, "other": self.book.candidates[primary].short})
        if score >= self.parameter("min_secondary_score"):
            return Phrase("reason_no_room", {"score": score})
        return Phrase("reason_against" if score < 0 else "reason_few_votes", {"score": score})
