"""Connects what experts wrote about the way from today's sales to the goal: formulas and references."""

from __future__ import annotations

from collections.abc import Collection

from kam_expert.problems import nearest_phrase
from kam_expert.rulebook.bridge_schema import BridgeBook, BridgeEntry
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.parsing import parse_formula
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.schema import Planning, Source, Strategy
from kam_expert.rulebook.vocabulary import Vocabulary


def connect_bridge(files: Files, vocabulary: Vocabulary) -> BridgeBook:
    """Parse and check. What is broken has been said, and then the book is not used."""
    found = files.of(BridgeEntry)
    if not found:
        return BridgeBook()
    placed, entry = found[0], found[0].entry
    types = {name for planning in files.of(Planning) for name in planning.entry.goal_types}
    _known(placed, entry.goal, types, "goal")
    sources = {source.entry.id for source in files.of(Source)}
    for index, source in enumerate(entry.sources):
        _known(placed, source, sources, "sources", index)
    steps, worth = [], {}
    strategies = {strategy.entry.id for strategy in files.of(Strategy)}
    for index, step in enumerate(entry.steps):
        for place, name in enumerate(step.strategies):
            _known(placed, name, strategies, "steps", index, "strategies", place)
        amount = _formula(placed, vocabulary, step.amount, "steps", index, "amount")
        if amount is not None:
            steps.append((step, amount))
    for measure, written in entry.worth.items():
        _known(placed, measure, vocabulary.names, "worth", measure)
        unit = _formula(placed, vocabulary, written, "worth", measure)
        if unit is not None:
            worth[measure] = unit
    return BridgeBook(entry, _formula(placed, vocabulary, entry.base.amount, "base", "amount"), tuple(steps), worth)


def _known(placed: Placed[BridgeEntry], name: str, allowed: Collection[str], *path: str | int) -> None:
    if allowed and name not in allowed:
        placed.problem("reference_unknown", *path, name=name, nearest=nearest_phrase(name, allowed))


def _formula(placed: Placed[BridgeEntry], vocabulary: Vocabulary, written: str, *path: str | int) -> Expression | None:
    return parse_formula(written, vocabulary, placed.document.problem_in(written, placed.mark(*path)))
