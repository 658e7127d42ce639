"""What a name depends on, and whether two rulebooks mean the same by it."""

from __future__ import annotations

from collections.abc import Iterable

from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.expressions import Expression, Parameter, base_names, walk


def expressions_of(book: Rulebook, name: str) -> tuple[Expression, ...]:
    """The expressions that give a computed name its value."""
    if name in book.measures:
        return book.measures[name].expressions
    if name in book.scores:
        return tuple(part.value for part in book.scores[name].parts)
    return tuple(rule.effective for rule in book.rules if rule.target == name)


def reads(book: Rulebook, name: str) -> set[str]:
    """The names that a computed name is computed from."""
    if name in book.measures:
        counted = [fact for fact in book.facts.values() if fact.short_form is not None]
        if book.measures[name].entry.completeness is None:
            counted = []
        shown = {fact.when for fact in counted if fact.when is not None}
        return {*book.measures[name].reads, *(fact.id for fact in counted), *shown}
    if name in book.scores:
        return set(book.scores[name].reads)
    if name in book.facts:
        return {book.facts[name].derived or name}
    return set(base_names(expressions_of(book, name)))


def affected(book: Rulebook, names: frozenset[str]) -> frozenset[str]:
    """The names and all that is computed from them."""
    found = set(names)
    for name in book.order if names else ():
        if not found.isdisjoint(reads(book, name)):
            found.add(name)
    return frozenset(found)


def worth_of_parameters(book: Rulebook, expressions: Iterable[Expression]) -> tuple[tuple[str, float], ...]:
    """The parameters that expressions read, with their values."""
    names = {node.name for item in expressions for node in walk(item) if isinstance(node, Parameter)}
    return tuple((name, book.parameters[name]) for name in sorted(names))


def meaning(book: Rulebook, name: str) -> object:
    """All that decides the value of a computed name, apart from the names it reads; wording left out."""
    expressions = expressions_of(book, name)
    shape: object = None
    if name in book.measures:
        entry = book.measures[name].entry
        tally = entry.tally
        points = tuple(line.entry.points for line in book.measures[name].lines)
        counting = None if tally is None else (tally.counts, tally.cap, points)
        values = None if entry.values is None else tuple(sorted(entry.values.items()))
        facts = [(fact.id, fact.when) for fact in book.facts.values() if fact.short_form is not None]
        shape = (counting, entry.by, values, entry.decimals, facts if entry.completeness is not None else None)
    elif name in book.scores:
        score = book.scores[name]
        weights = tuple(part.weight for part in score.parts)
        shape = (weights, score.entry.prefer, score.entry.decimals, book.parameters["min_coverage"])
    elif name in book.facts:
        shape = book.facts[name].derived
    else:
        shape = [getattr(rule.entry, "cell", None) for rule in book.rules if rule.target == name]
    return shape, expressions, worth_of_parameters(book, expressions)


def changed(one: Rulebook, other: Rulebook) -> frozenset[str]:
    """The computed names of the second book that it does not compute as the first does."""
    known = set(one.order)
    return frozenset(name for name in other.order if name not in known or meaning(one, name) != meaning(other, name))


def same_condition(one: Rulebook, other: Rulebook, rule: Rule) -> bool:
    """Whether a rule of the second book has the same condition, read with the same parameters, in the first."""
    twin = next((each for each in one.rules if each.id == rule.id), None)
    if twin is None or twin.effective != rule.effective:
        return False
    return worth_of_parameters(one, [rule.effective]) == worth_of_parameters(other, [rule.effective])
