"""What is still open: rules that wait for a fact, and the questions most worth asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kam_expert.case import Case
from kam_expert.engines.conclusions import Conclusions
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.evaluation import State, evaluate, waits_for
from kam_expert.rulebook.expressions import Expression, base_name, names_in
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, SeatRule, VoteRule

_EFFORT = {"easy": 0, "medium": 1, "hard": 2}


@dataclass(frozen=True)
class OpenRule:
    """A rule whose condition is unknown, and the facts that it waits for."""

    rule: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class OpenQuestion:
    """A fact that nobody has been asked for, or that nobody knew.

    `weight`: the points at stake in the rules that wait for it, more for leading strategies, each divided by the number
    of facts the rule waits for.
    `can_change`: strategies on which a waiting rule depends, most affected first.
    """

    fact: str
    weight: float
    can_change: tuple[str, ...]


def open_rules(book: Rulebook, conclusions: Conclusions, state: State) -> tuple[OpenRule, ...]:
    """The rules that could still fire, in the order of the book."""
    fired = {firing.rule for firing in conclusions.firings}
    found = []
    for rule in book.rules:
        if rule.id not in fired and evaluate(rule.effective, state) is None:
            names = waits_for(rule.effective, state)
            found.append(OpenRule(rule.id, tuple(dict.fromkeys(_facts_behind(names, book, state)))))
    return tuple(found)


def _facts_behind(names: Iterable[str], book: Rulebook, state: State, seen: frozenset[str] = frozenset()) -> list[str]:
    """The unknown facts on which unknown names rest."""
    found: list[str] = []
    for name in names:
        if name.startswith("before."):
            continue  # the past is on record or it is not; nobody can be asked for it
        plain = base_name(name)
        if plain in seen:
            continue
        if plain in book.facts:
            found.append(plain)
        found.extend(_facts_behind(_missing_inputs(plain, book, state), book, state, seen | {plain}))
    return found


def _missing_inputs(name: str, book: Rulebook, state: State) -> list[str]:
    """The unknown names that an unknown name is computed from."""
    inputs: list[str] = []
    expressions: list[Expression] = []
    if name in book.facts:
        derived = book.facts[name].derived
        inputs += [derived] if derived else []
    elif name in book.measures:
        measure = book.measures[name]
        expressions += [item for item in (measure.expression, measure.when) if item is not None]
        inputs += [measure.entry.by] if measure.entry.by else []
    elif name in book.scores:
        expressions += [part.value for part in book.scores[name].parts]
    else:
        expressions += [rule.effective for rule in book.rules if rule.target == name]
    for expression in expressions:
        inputs += names_in(expression)
    return [each for each in dict.fromkeys(inputs) if each not in state.values and each not in state.tables]


def open_questions(
    book: Rulebook,
    case: Case,
    waiting: tuple[OpenRule, ...],
    leading: frozenset[str],
    closed: frozenset[str],
) -> tuple[OpenQuestion, ...]:
    """The unknown facts that waiting rules depend on: the vocabulary's first questions, then by weight and ease.

    What bears on the `leading` strategies weighs more. Facts that do not apply are left out; so is what only bears on
    the `closed` strategies, which no answer can open.
    """
    focus = book.parameters["question_focus"]
    weight: dict[str, float] = {}
    strategies: dict[str, dict[str, int]] = {}
    for open_rule in waiting:
        affected = _affected(book.rule(open_rule.rule), book)
        affected = {name: points for name, points in affected.items() if name not in closed}
        for fact in open_rule.facts:
            if fact in case.facts and case.facts[fact].state != "unknown":
                continue
            stake = sum(points * (focus if name in leading else 1) for name, points in affected.items())
            weight[fact] = weight.get(fact, 0.0) + stake / len(open_rule.facts)
            for strategy, points in affected.items():
                strategies.setdefault(fact, {}).setdefault(strategy, 0)
                strategies[fact][strategy] += points
    position = {name: index for index, name in enumerate(book.facts)}
    order = {name: index for index, name in enumerate(book.selection.precedence)}
    useful = [fact for fact, points in weight.items() if points > 0]
    useful.sort(key=lambda f: (not book.facts[f].ask_first, -weight[f], _EFFORT[book.facts[f].effort], position[f]))
    return tuple(
        OpenQuestion(
            fact,
            weight[fact],
            tuple(sorted(strategies[fact], key=lambda name: (-strategies[fact][name], order[name]))),
        )
        for fact in useful
    )


def _affected(rule: Rule, book: Rulebook) -> dict[str, int]:
    """The strategies a rule speaks about, with the points at stake.

    Rules of selection weigh as much as a strong vote.
    """
    decisive = int(book.parameters["min_primary_score"])
    match rule.entry:
        case VoteRule(votes=votes):
            return {name: abs(book.selection.strengths[word].points) or decisive for name, word in votes.items()}
        case BlockRule(blocks=names) | BarRule(bars=names):
            return dict.fromkeys(names, decisive)
        case ForcedRule(primary=primary):
            return {item.strategy: decisive for item in primary}
        case SeatRule(seat=name):
            return {name: decisive}
        case DefaultRule(primary=str() as name):
            return {name: 1}
        case _:
            return {}
