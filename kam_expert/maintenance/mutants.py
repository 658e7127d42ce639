"""Small changes to the rules, one at a time: what a careless edit could do to them.

A mutant is a value: the change, and the condition, votes or parameter that result. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.decision_tables import effective_condition
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    And,
    Certain,
    Compare,
    Constant,
    Expression,
    In,
    Name,
    Not,
    Or,
    Parameter,
    walk,
)
from kam_expert.rulebook.schema import VoteRule
from kam_expert.rulebook.stating import step_of, tidy
from kam_expert.rulebook.written import written

Kind = Literal["threshold", "comparison", "choice", "connective", "dropped", "vote", "parameter"]
KINDS: tuple[Kind, ...] = ("threshold", "comparison", "choice", "connective", "dropped", "vote", "parameter")

_NEIGHBOURS = {">=": ">", ">": ">=", "<=": "<", "<": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Mutant:
    """One change. `owner`: the id of the rule or parameter; `was` and `now`: what is changed, as written."""

    kind: Kind
    owner: str
    was: str
    now: str


@dataclass(frozen=True)
class ConditionMutant(Mutant):
    rule: Rule
    condition: Expression


@dataclass(frozen=True)
class VoteMutant(Mutant):
    rule: Rule
    votes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ParameterMutant(Mutant):
    value: float


def mutants(book: Rulebook, only: str | None = None) -> tuple[Mutant, ...]:
    """All mutants, or those of one kind or of one rule or parameter, in the order of the files."""
    found = [*_condition_mutants(book), *_vote_mutants(book), *_parameter_mutants(book)]
    return tuple(mutant for mutant in found if only is None or only in (mutant.kind, mutant.owner))


# conditions


def _condition_mutants(book: Rulebook) -> Iterator[Mutant]:
    for rule in book.rules:
        seen = {rule.condition}
        for kind, was, now, condition in _variants(rule.condition, book):
            if condition not in seen:
                seen.add(condition)
                yield ConditionMutant(kind, rule.id, was, now, rule, condition)


Variant = tuple[Kind, str, str, Expression]


def _variants(node: Expression, book: Rulebook) -> Iterator[Variant]:
    match node:
        case Compare(op, Name(name), right):
            changed: Expression = Compare(_NEIGHBOURS[op], node.left, right)
            yield "comparison", written(node), written(changed), changed
            bound = evaluate(right, State({}, book.parameters))
            if isinstance(bound, int | float) and not isinstance(bound, bool):
                for move in (1, -1):
                    changed = Compare(op, node.left, Constant(tidy(bound + move * step_of(name, book))))
                    yield "threshold", written(node), written(changed), changed
        case In(left, options) if len(options) > 1:
            for index in range(len(options)):
                changed = In(left, options[:index] + options[index + 1 :])
                yield "choice", written(node), written(changed), changed
        case And(items) | Or(items):
            other = Or(items) if isinstance(node, And) else And(items)
            yield "connective", written(node), written(other), other
            for index in range(len(items)):
                rest = items[:index] + items[index + 1 :]
                changed = rest[0] if len(rest) == 1 else type(node)(rest)
                yield "dropped", written(node), written(changed), changed
            for index, item in enumerate(items):
                for kind, was, now, inner in _variants(item, book):
                    yield kind, was, now, type(node)((*items[:index], inner, *items[index + 1 :]))
        case Not(item) | Certain(item):
            for kind, was, now, inner in _variants(item, book):
                yield kind, was, now, type(node)(inner)


def with_condition(rules: Sequence[Rule], rule: Rule, condition: Expression, book: Rulebook) -> tuple[Rule, ...]:
    """The rules of a target (or the one rule) with one condition changed, and what follows for rows read after it."""
    if rule.target is None or rule.target not in book.models:
        return (replace(rule, condition=condition, effective=effective_condition("unique", (), condition)),)
    policy = book.models[rule.target].policy
    before: list[Expression] = []
    found = []
    for row in rules:
        own = condition if row.id == rule.id else row.condition
        found.append(replace(row, condition=own, effective=effective_condition(policy, before, own)))
        before.append(own)
    return tuple(found)


# votes


def _vote_mutants(book: Rulebook) -> Iterator[Mutant]:
    """Each vote word one step stronger and one step weaker; a veto becomes the strongest doubt."""
    ladder = _ladder(book)
    for rule in book.rules:
        if not isinstance(rule.entry, VoteRule):
            continue
        for strategy, word in rule.entry.votes.items():
            place = ladder.index(word)
            for other in ladder[max(0, place - 1) : place] + ladder[place + 1 : place + 2]:
                votes = tuple({**rule.entry.votes, strategy: other}.items())
                yield VoteMutant("vote", rule.id, f"{strategy}: {word}", f"{strategy}: {other}", rule, votes)


def _ladder(book: Rulebook) -> list[str]:
    """The vote words from veto upwards."""
    strengths = book.selection.strengths
    return sorted(strengths, key=lambda word: (not strengths[word].veto, strengths[word].points))


# parameters


def _parameter_mutants(book: Rulebook) -> Iterator[Mutant]:
    for name, value in book.parameters.items():
        step = _parameter_step(name, book)
        for move in (1, -1):
            changed = tidy(value + move * step)
            yield ParameterMutant("parameter", name, f"{tidy(value)}", f"{changed}", changed)


def _parameter_step(name: str, book: Rulebook) -> float:
    """The coarsest grid of the names compared with a parameter, else its own."""
    grids = [
        step_of(node.left.name, book)
        for rule in book.rules
        for node in walk(rule.condition)
        if isinstance(node, Compare) and isinstance(node.left, Name) and node.right == Parameter(name)
    ]
    entry = book.parameter_entries[name]
    unit = book.units.get(entry.unit)
    own = 1.0 if entry.integer or unit is None else 10.0**-unit.decimals
    return max(grids, default=own)


def by_kind(found: Sequence[Mutant]) -> Iterator[tuple[Kind, int]]:
    """The number of mutants of each kind, in the order of `KINDS`."""
    ordered = sorted(found, key=lambda mutant: KINDS.index(mutant.kind))
    for kind, group in groupby(ordered, key=lambda mutant: mutant.kind):
        yield kind, len(list(group))
