"""Connects what experts wrote about documents: names, conditions and references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kam_expert.rulebook.customer_loading import connect_customer
from kam_expert.rulebook.document_rules import GIVEN, SPOKEN, Concluding, DocumentBook, named_in_braces, placeholders
from kam_expert.rulebook.document_schema import DocumentsEntry, SoWhat
from kam_expert.rulebook.expressions import Constant
from kam_expert.rulebook.portfolio_schema import PortfolioRule
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.review_schema import ReviewRule
from kam_expert.rulebook.rule_loading import check_known, connected, taken
from kam_expert.rulebook.schema import (
    LEVELS,
    Parameter,
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
    given = given_names(files)
    decided = Vocabulary({**vocabulary.names, **given}, vocabulary.parameters)
    customer, when = connect_customer(files, vocabulary, decided, reads)
    if not placed:
        return DocumentBook(customer=customer, customer_when=when)
    frame = placed[0]
    names = {name.id: name for name in frame.entry.names}
    described = _described(frame, files, vocabulary)
    stated = {name: type_ for name, type_ in given.items() if name in described}
    whole = Vocabulary({**vocabulary.names, **stated}, vocabulary.parameters)
    _check_sections(frame, files, whole)
    return DocumentBook(frame.entry, names, _rules(files, whole, frame), customer, when, whole)


def given_names(files: Files) -> dict[str, NameType]:
    """The names that the program computes for documents, with their types."""
    options = {"level": LEVELS, "primary": tuple(each.entry.id for each in files.of(Strategy))}
    return {name: NameType(kind, "document", options.get(name, ())) for name, kind in GIVEN.items()}


def _described(frame: Placed[DocumentsEntry], files: Files, vocabulary: Vocabulary) -> set[str]:
    """The names that are described: each that the program computes has to be, and no other."""
    units = {each.entry.id for each in files.of(Unit)}
    found = set[str]()
    for index, name in enumerate(frame.entry.names):
        at = ("names", index)
        if name.id in vocabulary.names or name.id in vocabulary.parameters or name.id in found:
            line = frame.mark(*at, "id").line
            frame.problem("duplicate_id", *at, "id", name=name.id, first_file=frame.document.file, first_line=line)
            continue
        check_known(frame, [name.id], GIVEN, *at, "id")
        check_known(frame, [name.unit], units, *at, "unit")
        found.add(name.id)
    for missing in GIVEN:
        if missing not in found:
            frame.problem("missing_key", "names", key=True, name=missing)
    return found


def _check_sections(frame: Placed[DocumentsEntry], files: Files, vocabulary: Vocabulary) -> None:
    signals = {each.entry.id for each in files.of(Signal)}
    parameters = {each.entry.id for each in files.of(Parameter)}
    shown = [name for name, type_ in vocabulary.names.items() if type_.origin != "document"]
    for index, section in enumerate(frame.entry.sections):
        check_known(frame, section.shows, shown, "sections", index, "shows")
        check_known(frame, section.signals, signals, "sections", index, "signals")
    swot = frame.entry.swot
    scores = [name for name, type_ in vocabulary.names.items() if type_.origin == "score"]
    check_known(frame, swot.scores, scores, "swot", "scores")
    check_known(frame, [swot.strong], parameters, "swot", "strong")
    check_known(frame, [swot.weak], parameters, "swot", "weak")
    check_known(frame, swot.weaknesses, signals, "swot", "weaknesses")
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
        check_known(placed, found, valued, *path, language)


def _rules(files: Files, vocabulary: Vocabulary, frame: Placed[DocumentsEntry]) -> tuple[Concluding, ...]:
    sections = [section.id for section in frame.entry.sections]
    sources = {each.entry.id for each in files.of(Source)}
    first = taken(files, PortfolioRule, ReviewRule)
    found, ended = [], dict[str, str]()
    for placed in files.of(SoWhat):
        entry = placed.entry
        check_known(placed, [entry.section], sections, "section")
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
