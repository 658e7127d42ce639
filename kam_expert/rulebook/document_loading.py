"""Connects what experts wrote about documents: names, conditions, references, and what may reach the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kam_expert.problems import nearest_phrase
from kam_expert.rulebook.document_rules import GIVEN, SPOKEN, Concluding, DocumentBook, named_in_braces, placeholders
from kam_expert.rulebook.document_schema import CustomerEntry, DocumentsEntry, SoWhat
from kam_expert.rulebook.expressions import Constant, base_names
from kam_expert.rulebook.parsing import parse_formula
from kam_expert.rulebook.portfolio_schema import PortfolioRule
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.review_schema import ReviewRule
from kam_expert.rulebook.rule_loading import connected, taken
from kam_expert.rulebook.schema import (
    LEVELS,
    Fact,
    GoalRule,
    InsertRule,
    Parameter,
    Planning,
    Signal,
    Source,
    Strategy,
    Text,
    Unit,
)
from kam_expert.rulebook.validation import shown
from kam_expert.rulebook.vocabulary import NameType, Vocabulary


def connect_documents(files: Files, vocabulary: Vocabulary, reads: Mapping[str, Iterable[str]]) -> DocumentBook:
    """Parse and check. What is broken has been said, and then the book is not used.

    `reads`: the names from which each computed name is computed.
    """
    placed = files.of(DocumentsEntry)
    customer = files.of(CustomerEntry)
    if customer:
        _Customer(files, customer[0], vocabulary, reads).check()
    if not placed:
        return DocumentBook(customer=customer[0].entry if customer else None)
    frame = placed[0]
    whole = Vocabulary({**vocabulary.names, **_names(frame, files, vocabulary)}, vocabulary.parameters)
    _check_sections(frame, files, whole)
    names = {name.id: name for name in frame.entry.names}
    return DocumentBook(frame.entry, names, _rules(files, whole, frame), customer[0].entry if customer else None, whole)


def _known(placed: Placed[Any], names: Iterable[str | None], allowed: Collection[str], *path: str | int) -> None:
    for name in names:
        if name is not None and allowed and name not in allowed:
            placed.problem("reference_unknown", *path, name=name, nearest=nearest_phrase(name, allowed))


def _names(frame: Placed[DocumentsEntry], files: Files, vocabulary: Vocabulary) -> dict[str, NameType]:
    """The names of documents with their types; each that the program computes has to be described, and no other."""
    units = {each.entry.id for each in files.of(Unit)}
    options = {"level": LEVELS, "primary": tuple(each.entry.id for each in files.of(Strategy))}
    found: dict[str, NameType] = {}
    for index, name in enumerate(frame.entry.names):
        at = ("names", index)
        if name.id in vocabulary.names or name.id in vocabulary.parameters or name.id in found:
            line = frame.mark(*at, "id").line
            frame.problem("duplicate_id", *at, "id", name=name.id, first_file=frame.document.file, first_line=line)
            continue
        _known(frame, [name.id], GIVEN, *at, "id")
        _known(frame, [name.unit], units, *at, "unit")
        if name.id in GIVEN:
            found[name.id] = NameType(GIVEN[name.id], "document", options.get(name.id, ()))
    for missing in GIVEN:
        if missing not in found:
            frame.problem("missing_key", "names", key=True, name=missing)
    return found


def _check_sections(frame: Placed[DocumentsEntry], files: Files, vocabulary: Vocabulary) -> None:
    signals = {each.entry.id for each in files.of(Signal)}
    parameters = {each.entry.id for each in files.of(Parameter)}
    shown = [name for name, type_ in vocabulary.names.items() if type_.origin != "document"]
    for index, section in enumerate(frame.entry.sections):
        _known(frame, section.shows, shown, "sections", index, "shows")
        _known(frame, section.signals, signals, "sections", index, "signals")
    swot = frame.entry.swot
    scores = [name for name, type_ in vocabulary.names.items() if type_.origin == "score"]
    _known(frame, swot.scores, scores, "swot", "scores")
    _known(frame, [swot.strong], parameters, "swot", "strong")
    _known(frame, [swot.weak], parameters, "swot", "weak")
    _known(frame, swot.weaknesses, signals, "swot", "weaknesses")
    _check_text(frame, frame.entry.position, vocabulary, "position")


def _check_text(placed: Placed[Any], text: Text, vocabulary: Vocabulary, *path: str | int) -> None:
    """Every name in braces has to be one that has a value."""
    valued = [*SPOKEN, *(name for name, type_ in vocabulary.names.items() if type_.kind != "table")]
    for language, each in text.model_dump().items():
        try:
            found = named_in_braces(each)
        except ValueError:
            placed.problem("braces_unbalanced", *path, language, found=shown(each))
            continue
        _known(placed, found, valued, *path, language)


def _rules(files: Files, vocabulary: Vocabulary, frame: Placed[DocumentsEntry]) -> tuple[Concluding, ...]:
    sections = [section.id for section in frame.entry.sections]
    sources = {each.entry.id for each in files.of(Source)}
    first = taken(files, PortfolioRule, ReviewRule)
    found, ended = [], dict[str, str]()
    for placed in files.of(SoWhat):
        entry = placed.entry
        _known(placed, [entry.section], sections, "section")
        _check_text(placed, entry.text, vocabulary, "text")
        rule = connected(placed, vocabulary, sources, first, catch_all=True)
        if rule is None:
            continue
        if entry.section in ended:
            placed.problem("so_what_after_the_last", "section", section=entry.section, name=ended[entry.section])
        if rule.condition == Constant(True):
            ended.setdefault(entry.section, entry.id)
            if names := placeholders(entry.text):
                placed.problem("so_what_last_filled", "text", name=entry.id, found=", ".join(names))
        elif not entry.silent:
            placed.problem("missing_key", key=True, name="silent")
        found.append(rule)
    for index, section in enumerate(sections):
        if section not in ended:
            frame.problem("so_what_missing", "sections", index, "id", section=section)
    return tuple(found)


class _Customer:
    """Checks what may be told: that it exists, and that nothing in it rests on what is withheld."""

    def __init__(
        self,
        files: Files,
        placed: Placed[CustomerEntry],
        vocabulary: Vocabulary,
        reads: Mapping[str, Iterable[str]],
    ) -> None:
        self.files = files
        self.placed = placed
        self.vocabulary = vocabulary
        self.entry = placed.entry
        self.reads = dict(reads)
        self.facts = {each.entry.id: each.entry for each in files.of(Fact)}
        self.safe = {value.id for value in placed.entry.values}
        for name, fact in self.facts.items():
            if fact.derived is not None:
                self.reads[name] = (fact.derived,)

    def check(self) -> None:
        for index, value in enumerate(self.entry.values):
            self.check_value(value.id, "values", index, "id")
        _known(self.placed, [self.entry.manager], self.facts, "manager")
        strategies = [each.entry for each in self.files.of(Strategy)]
        candidates = [f"{each.id}.{way}" for each in strategies for way in each.directions]
        candidates += [each.id for each in strategies if not each.directions]
        for name in self.entry.strategies:
            _known(self.placed, [name], candidates, "strategies", name)
        _known(self.placed, self.entry.without_steps, candidates, "without_steps")
        self.check_goals()
        activities = {activity.id for each in strategies for activity in each.activities}
        activities |= {rule.entry.insert.id for _, rule in self.files.rules if isinstance(rule.entry, InsertRule)}
        for index, activity in enumerate(self.entry.activities):
            _known(self.placed, [activity.id], activities, "activities", index, "id")
        planning = self.files.of(Planning)
        if planning:
            for name in self.entry.owners:
                _known(self.placed, [name], planning[0].entry.owners, "owners", name)
            gates = [gate.id for gate in planning[0].entry.gates]
            for index, gate in enumerate(self.entry.gates):
                _known(self.placed, [gate.id], gates, "gates", index, "id")

    def check_value(self, name: str, *path: str | int) -> None:
        """Only facts and measures may be shown: everything else is a judgement."""
        allowed = [each for each, type_ in self.vocabulary.names.items() if type_.origin in ("fact", "measure")]
        _known(self.placed, [name], allowed, *path)
        self.refuse_withheld(name, self.withheld_behind(self.reads.get(name, ())), *path)

    def check_goals(self) -> None:
        goals = {rule.entry.id: rule.entry for _, rule in self.files.rules if isinstance(rule.entry, GoalRule)}
        for index, goal in enumerate(self.entry.goals):
            _known(self.placed, [goal.id], goals, "goals", index, "id")
            if not goal.number or goal.id not in goals:
                continue
            stated = goals[goal.id]
            used = [] if stated.reads is None else [stated.reads]
            formula = None
            if stated.target is not None:
                formula = parse_formula(stated.target, self.vocabulary, lambda code, offset, /, **parameters: None)
            used += [] if formula is None else base_names([formula])
            self.refuse_withheld(goal.id, self.withheld_behind(used), "goals", index, "number")

    def refuse_withheld(self, name: str, withheld: list[str], *path: str | int) -> None:
        if withheld:
            self.placed.problem("customer_withheld", *path, name=name, withheld=", ".join(withheld))

    def withheld_behind(self, names: Iterable[str]) -> list[str]:
        """The facts, not listed as safe, from which these names are computed."""
        found: dict[str, None] = {}
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name in self.vocabulary.parameters:
                continue
            seen.add(name)
            if name in self.facts and name not in self.safe:
                found[name] = None
            waiting += self.reads.get(name, ())
        return sorted(found)
