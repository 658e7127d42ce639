"""Where two diagnoses of one account differ, and by which rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation.missing import Missing, missing
from kam_expert.recommendation import Standing
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.clauses import expanded, nearest_alternative
from kam_expert.rulebook.dependencies import Effect, Kind, effects, node_of
from kam_expert.rulebook.evaluation import State
from kam_expert.rulebook.expressions import Value, base_name, base_names, names_in

PLANNING = ("insert", "goal")  # kinds of rules that choose no strategy


@dataclass(frozen=True)
class Moved:
    """A computed value, position or signal that differs."""

    kind: Kind
    name: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True)
class StandingMoved:
    before: Standing
    after: Standing


@dataclass(frozen=True)
class RuleMoved:
    """A rule that fires on one side only.

    `missing`: the clauses that are not met on the other side. `chain`: the names through which a changed fact reaches
    the rule, the fact first; empty if it is reached by no value, as a count of what is known.
    """

    rule: str
    kind: str
    fires_after: bool
    effects: tuple[Effect, ...]
    missing: tuple[Missing, ...]
    chain: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    moved: tuple[Moved, ...]
    standings: tuple[StandingMoved, ...]
    rules: tuple[RuleMoved, ...]

    @property
    def none(self) -> bool:
        return not (self.moved or self.standings or self.rules)


def difference(before: Diagnosis, after: Diagnosis, changed: Collection[str]) -> Difference:
    """What differs after some facts were changed."""
    book = before.book
    one, other = before.conclusions.values, after.conclusions.values
    moved = tuple(
        Moved(node_of(book, name).kind, name, one.get(name), other.get(name))
        for name in book.order
        if one.get(name) != other.get(name) and name not in changed
    )
    standings = tuple(
        StandingMoved(each, after.recommendation.standing(each.id))
        for each in before.recommendation.standings
        if _facing(each) != _facing(after.recommendation.standing(each.id))
    )
    sources = _sources(book, {*changed, *(each.name for each in moved)})
    rules = [
        _rule_moved(rule_id, after.conclusions.fired(rule_id), before, after, changed, sources)
        for rule_id in (rule.id for rule in book.rules if rule.target is None)
        if before.conclusions.fired(rule_id) != after.conclusions.fired(rule_id)
    ]
    chosen = {name for each in (before, after) for name in (each.recommendation.primary,) if name is not None}
    rules.sort(key=lambda each: _importance(each, chosen, book))
    return Difference(moved, standings, tuple(rules))


def _facing(standing: Standing) -> tuple[object, ...]:
    return standing.status, standing.score


def _importance(moved: RuleMoved, chosen: Collection[str], book: Rulebook) -> tuple[bool, int]:
    """What bears on a primary first, then by what is at stake; a rule that decides by itself before any vote."""
    strengths = book.selection.strengths
    deciding = max((strength.points for strength in strengths.values()), default=0) + 1
    stakes = [abs(strengths[each.word].points) or deciding if each.word else deciding for each in moved.effects]
    return not any(each.candidate in chosen for each in moved.effects), -max(stakes, default=0)


def _state(diagnosis: Diagnosis) -> State:
    tables = diagnosis.case.inputs(diagnosis.book).tables
    return State(diagnosis.conclusions.values, diagnosis.book.parameters, tables)


def _rule_moved(
    rule_id: str,
    fires_after: bool,
    before: Diagnosis,
    after: Diagnosis,
    changed: Collection[str],
    sources: Mapping[str, tuple[str, ...]],
) -> RuleMoved:
    rule = before.book.rule(rule_id)
    silent = _state(before if fires_after else after)
    nearest = nearest_alternative(expanded(rule.effective, before.book), silent)
    as_written = nearest_alternative(rule.effective, silent)
    names = base_names((*as_written.failed, *as_written.unknown))
    return RuleMoved(
        rule_id,
        rule.kind,
        fires_after,
        effects(before.book, rule),
        tuple(missing(clause, silent) for clause in (*nearest.failed, *nearest.unknown)),
        _chain(names, changed, sources),
    )


def _chain(names: Collection[str], changed: Collection[str], sources: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from a changed fact to one of the names, through what moved."""
    queue: deque[tuple[str, ...]] = deque((name,) for name in names if name in sources)
    while queue:
        way = queue.popleft()
        if way[0] in changed:
            return way
        queue.extend((name, *way) for name in sources[way[0]] if name not in way)
    return ()


def _sources(book: Rulebook, moved: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each name that differs, the names that differ and that it is computed from."""
    found: dict[str, list[str]] = {}
    for name in moved:
        if name in book.measures:
            read = list(book.measures[name].reads)
        elif name in book.scores:
            read = list(book.scores[name].reads)
        elif name in book.facts:
            derived = book.facts[name].derived
            read = [derived] if derived else []
        else:
            conditions = [rule.condition for rule in book.rules if rule.target == name]
            read = [base_name(each) for condition in conditions for each in names_in(condition)]
        found[name] = [each for each in dict.fromkeys(read) if each in moved]
    return {name: tuple(read) for name, read in found.items()}
