"""Connects what experts wrote about reviews: names, conditions, references."""

from __future__ import annotations

from typing import Any

from kam_expert.problems import nearest_phrase
from kam_expert.rulebook.portfolio_schema import PortfolioRule
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.review_rules import GIVEN, NoticedInReview, ReviewBook
from kam_expert.rulebook.review_schema import ReviewEntry, ReviewName, ReviewRule
from kam_expert.rulebook.rule_loading import connected, taken
from kam_expert.rulebook.schema import GoalRule, Planning, Source, Strategy, Unit
from kam_expert.rulebook.vocabulary import NameType, Vocabulary


def connect_review(files: Files, vocabulary: Vocabulary) -> ReviewBook:
    """Parse and check. What is broken has been said, and then the book is not used."""
    placed = files.of(ReviewEntry)
    if not placed:
        return ReviewBook()
    frame = placed[0]
    whole = Vocabulary({**vocabulary.names, **_names(frame, files, vocabulary)}, vocabulary.parameters)
    names = {name.id: name for name in frame.entry.names}
    return ReviewBook(frame.entry, names, _rules(files, whole, frame), whole)


def _names(frame: Placed[ReviewEntry], files: Files, vocabulary: Vocabulary) -> dict[str, NameType]:
    """The names of reviews with their types; a name that the program computes has to be described, and no other."""
    units = {each.entry.id for each in files.of(Unit)}
    found: dict[str, NameType] = {}
    for index, name in enumerate(frame.entry.names):
        at = ("names", index)
        if name.id in vocabulary.names or name.id in vocabulary.parameters or name.id in found:
            line = frame.mark(*at, "id").line
            file = frame.document.file
            frame.problem("duplicate_id", *at, "id", name=name.id, first_file=file, first_line=line)
        elif len(name.ways) > 1 or _astray(name):
            looked = [each for each in ("months_ago", "reviews_ago") if getattr(name, each)]
            frame.problem("review_name_ways", *at, "id", name=name.id, found=", ".join([*name.ways, *looked]))
        elif name.was is not None:
            type_ = vocabulary.names.get(name.was)
            if type_ is None or type_.kind in ("text", "table"):
                _unknown(frame, name.was, vocabulary.names, *at, "was")
            else:
                found[name.id] = NameType(type_.kind, "review", type_.options)
        elif name.change is not None:
            numbers = [each for each, type_ in vocabulary.names.items() if type_.kind == "number"]
            if name.change in numbers:
                found[name.id] = NameType("number", "review")
            else:
                _unknown(frame, name.change, numbers, *at, "change")
        elif name.differs is not None:
            if name.differs in vocabulary.names:
                found[name.id] = NameType("flag", "review")
            else:
                _unknown(frame, name.differs, vocabulary.names, *at, "differs")
        elif name.ways:
            found[name.id] = NameType("flag" if name.running else "number", "review")
            _referred(frame, name, at, files)
        elif name.id in GIVEN:
            found[name.id] = NameType(GIVEN[name.id], "review")
        else:
            _unknown(frame, name.id, GIVEN, *at, "id")
        if name.unit is not None and units and name.unit not in units:
            _unknown(frame, name.unit, units, *at, "unit")
    for missing in GIVEN:
        if missing not in found:
            frame.problem("missing_key", "names", key=True, name=missing)
    _handover(frame, files, vocabulary)
    months = [name for name, type_ in vocabulary.names.items() if type_.kind == "number"]
    for index, each in enumerate(frame.entry.counts_down):
        if each not in months:
            _unknown(frame, each, months, "counts_down", index)
    texts = [name for name, type_ in vocabulary.names.items() if type_.kind == "text"]
    if frame.entry.manager is not None and frame.entry.manager not in texts:
        _unknown(frame, frame.entry.manager, texts, "manager")
    return found


def _astray(name: ReviewName) -> bool:
    """Whether it says how far back to look without what for, or in two ways."""
    back = (name.months_ago, name.reviews_ago)
    return any(back) and (all(back) or name.read is None)


def _referred(frame: Placed[ReviewEntry], name: ReviewName, at: tuple[str | int, ...], files: Files) -> None:
    """A name of strategies or of a KPI names some that exist."""
    strategies = [each.entry for each in files.of(Strategy)]
    known = [strategy.id for strategy in strategies]
    key = "running" if name.running else "months_of"
    for index, each in enumerate(name.strategies):
        if each not in known:
            _unknown(frame, each, known, *at, key, index)
    kpi = name.kpi or name.kpi_excess
    recorded = [activity.id for strategy in strategies for activity in strategy.activities]
    recorded += [each.id for each in frame.entry.kpis]
    recorded += [placed.entry.id for _, placed in files.rules if isinstance(placed.entry, GoalRule)]
    if kpi is not None and kpi not in recorded:
        _unknown(frame, kpi, recorded, *at, "kpi" if name.kpi else "kpi_excess")


def _handover(frame: Placed[ReviewEntry], files: Files, vocabulary: Vocabulary) -> None:
    """What is said about handing an account over, and about figures of its own, names what exists."""
    owners = [owner for each in files.of(Planning) for owner in each.entry.owners]
    for index, step in enumerate(frame.entry.handover):
        if step.owner not in owners:
            _unknown(frame, step.owner, owners, "handover", index, "owner")
    strategies = [each.entry.id for each in files.of(Strategy)]
    for index, kpi in enumerate(frame.entry.kpis):
        for place, name in enumerate(kpi.strategies):
            if name not in strategies:
                _unknown(frame, name, strategies, "kpis", index, "strategies", place)
    people = frame.entry.people
    if people is None:
        return
    table = vocabulary.names.get(people.table)
    if table is None or table.kind != "table":
        tables = [name for name, type_ in vocabulary.names.items() if type_.kind == "table"]
        _unknown(frame, people.table, tables, "people", "table")
        return
    for key, names in (("name", (people.name,)), ("shown", people.shown)):
        for name in names:
            if name not in table.columns:
                _unknown(frame, name, table.columns, "people", key)


def _unknown(placed: Placed[Any], name: str, allowed: Any, *path: str | int) -> None:
    placed.problem("reference_unknown", *path, name=name, nearest=nearest_phrase(name, allowed))


def _rules(files: Files, vocabulary: Vocabulary, frame: Placed[ReviewEntry]) -> tuple[NoticedInReview, ...]:
    levels = [level.id for level in frame.entry.levels]
    sources = {each.entry.id for each in files.of(Source)}
    first = taken(files, PortfolioRule)
    found = []
    for placed in files.of(ReviewRule):
        if placed.entry.level not in levels:
            _unknown(placed, placed.entry.level, levels, "level")
        found.append(connected(placed, vocabulary, sources, first))
    return tuple(rule for rule in found if rule is not None)
