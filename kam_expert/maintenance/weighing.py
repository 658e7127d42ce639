"""Strategies and the rules about them: what can never come to pass, and what is said twice."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import combinations

from kam_expert.maintenance.compatible import can_be_true, can_both_be_true
from kam_expert.maintenance.findings import Found, Subject, found_at, found_in
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import Candidate, Rule, Rulebook
from kam_expert.rulebook.expressions import Compare, Expression, In, names_in
from kam_expert.rulebook.normal_form import branches
from kam_expert.rulebook.reading import Placed

_SUBCODE = re.compile(r"(?<=[0-9])[a-z]+$")
_PROSE = frozenset({"id", "code", "title", "condition", "because", "caution", "sources", "fires", "silent"})


def strategies_without_vote(subject: Subject) -> Iterator[Found]:
    """Candidates that no rule speaks for: neither a vote with points nor a forced, seat or default rule."""
    book = subject.book
    favoured: set[str | None] = set()
    for rule in book.rules:
        match rule.entry:
            case schema.VoteRule(votes=votes):
                favoured |= {name for name, word in votes.items() if book.selection.strengths[word].points > 0}
            case schema.ForcedRule(primary=primary, secondary=secondary):
                favoured |= {item.strategy for item in primary} | {secondary}
            case schema.SeatRule(seat=seat, instead=instead):
                favoured |= {seat, instead}
            case schema.DefaultRule(primary=name):
                favoured.add(name)
    for name, candidate in book.candidates.items():
        if name not in favoured:
            yield found_at(_strategy(subject, candidate), "id", entry=name, label=candidate.short)


def strategies_without_place(subject: Subject) -> Iterator[Found]:
    """Candidates that can neither lead nor stand beside any strategy that can."""
    book = subject.book
    leaders = [name for name, candidate in book.candidates.items() if _may_lead(candidate)]
    for name, candidate in book.candidates.items():
        others = [other for other in leaders if other != name and book.pair(name, other) != "never"]
        if not _may_lead(candidate) and ("secondary" not in candidate.strategy.roles or not others):
            yield found_at(_strategy(subject, candidate), "roles", entry=name, label=candidate.short)


def _may_lead(candidate: Candidate) -> bool:
    return "primary" in candidate.strategy.roles and candidate.strategy.kind != "enabler"


def _strategy(subject: Subject, candidate: Candidate) -> Placed[schema.Strategy]:
    return next(each for each in subject.files.of(schema.Strategy) if each.entry.id == candidate.strategy.id)


def pairs_stated_twice(subject: Subject) -> Iterator[Found]:
    """Pairs of strategies that stand in the table in both directions."""
    placed = subject.files.of(schema.Selection)[0]
    pairs = placed.entry.pairs
    seen: set[frozenset[str]] = set()
    for first, others in pairs.items():
        for second in others:
            if frozenset((first, second)) in seen:
                name = f"{first}/{second}"
                here, there = others[second], pairs[second][first]
                yield found_at(placed, "pairs", first, second, entry=name, here=here, there=there)
            seen.add(frozenset((first, second)))


def pairs_out_of_place(subject: Subject) -> Iterator[Found]:
    """Pairs that stand below the strategy that is later in the precedence, or pair a strategy with itself."""
    placed = subject.files.of(schema.Selection)[0]
    place = {name: index for index, name in enumerate(placed.entry.precedence)}
    for first, others in placed.entry.pairs.items():
        for second in others:
            if place[first] >= place[second]:
                yield found_at(placed, "pairs", first, second, entry=f"{first}/{second}", first=second, second=first)


def rules_that_never_fire(subject: Subject) -> Iterator[Found]:
    """Rules whose own condition excludes itself, or, in a table read in order, that earlier rows leave nothing."""
    for rule in subject.book.rules:
        if not can_be_true(rule.effective, subject.book):
            yield found_in(rule, condition=rule.entry.condition)


def rules_that_say_the_same(subject: Subject) -> Iterator[Found]:
    """Rules of one kind with the same condition, written differently or not, and the same effect."""
    first: dict[Hashable, Rule] = {}
    for rule in subject.book.rules:
        key = (rule.kind, rule.target, _effect(rule), _normal(rule.condition))
        if key in first:
            other = first[key]
            yield found_in(rule, other=other.id, file=other.file, line=str(other.mark.line))
        else:
            first[key] = rule


def _effect(rule: Rule) -> str:
    return rule.entry.model_dump_json(exclude=set(_PROSE))


def _normal(condition: Expression) -> frozenset[frozenset[Expression]]:
    return frozenset(frozenset(map(_literal, branch)) for branch in branches(condition))


def _literal(literal: Expression) -> Expression:
    """A literal in one of the ways of writing it: one option is an equality, several have no order."""
    match literal:
        case In(left, (only,)):
            return Compare("==", left, only)
        case In(left, options):
            return In(left, tuple(sorted(options, key=repr)))
        case _:
            return literal


def votes_counted_twice(subject: Subject) -> Iterator[Found]:
    """Rules of one code (V-35a and V-35b are one) that can fire together and push one strategy the same way.

    Only if they also read a name in common: otherwise they speak of two causes.
    """
    book = subject.book
    rules = [rule for rule in book.rules_of("vote") if rule.entry.code]
    for one, other in combinations(rules, 2):
        if _SUBCODE.sub("", str(one.entry.code)) != _SUBCODE.sub("", str(other.entry.code)):
            continue
        if not set(names_in(one.condition)) & set(names_in(other.condition)):
            continue
        shared = [name for name in _pushed(one, book) if name in _pushed(other, book)]
        shared = [name for name in shared if _pushed(one, book)[name] == _pushed(other, book)[name]]
        if shared and can_both_be_true(one.condition, other.condition, book):
            place = {"file": one.file, "line": str(one.mark.line)}
            yield found_in(other, other=one.id, code=other.entry.code, strategies=", ".join(shared), **place)


def _pushed(rule: Rule, book: Rulebook) -> dict[str, bool]:
    """The strategies a vote rule moves, and whether upward; a veto is no matter of points."""
    assert isinstance(rule.entry, schema.VoteRule)
    points = {name: book.selection.strengths[word].points for name, word in rule.entry.votes.items()}
    return {name: value > 0 for name, value in points.items() if value}
