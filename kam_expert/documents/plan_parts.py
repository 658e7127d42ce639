"""The parts that sections of the account plan share: values with origin, findings, what is not known, what to ask."""

from __future__ import annotations

from collections.abc import Iterable

from kam_expert.documents.telling import Telling
from kam_expert.reports import brief
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.rulebook.document_schema import PlanSection

FINDINGS = 3
QUESTIONS = 3


def opening(telling: Telling, section: PlanSection) -> list[Block]:
    """What a section shows: the values known, the findings, the blocks of the caller, what is unknown."""
    blocks = values(telling, section)
    return [*blocks, *telling.enclosed_in(section), *findings(telling, section.signals)]


def closed(telling: Telling, section: PlanSection, blocks: Iterable[Block], *below: Section) -> tuple[Section, ...]:
    """A section with the parts below it, ended by what follows from it."""
    parts = [Section(telling.speaking.text(section.title), tuple(blocks)), *(each for each in below if each.blocks)]
    last = parts.pop()
    end = telling.so_what(section.id)
    return (*parts, Section(last.title, (*last.blocks, end), last.level))


def below(telling: Telling, key: str, blocks: Iterable[Block]) -> Section:
    """A part of a section under a heading of its own."""
    return Section(telling.say(f"part.{key}"), tuple(blocks), level=2)


def values(telling: Telling, section: PlanSection) -> list[Block]:
    """The known values of a section as a table with origin."""
    speaking = telling.speaking
    known = [name for name in section.shows if name in telling.diagnosis.conclusions.values or _text(telling, name)]
    rows = tuple((speaking.label(name), _value(telling, name), brief.origin(speaking, name)) for name in known)
    headers = tuple(speaking.say(f"column.{name}") for name in ("fact", "value", "origin"))
    return [Table(headers, rows, (36, 34, 24))] if rows else [Paragraph(telling.say("nothing_known"))]


def _value(telling: Telling, name: str) -> str:
    return _text(telling, name) or telling.speaking.value(name)


def _text(telling: Telling, name: str) -> str:
    """A fact that is a text; no rule reads it, so that it is not among the conclusions."""
    given = telling.diagnosis.case.facts.get(name)
    return str(given.value) if given is not None and isinstance(given.value, str) and _is_text(telling, name) else ""


def _is_text(telling: Telling, name: str) -> bool:
    return name in telling.book.facts and telling.book.facts[name].type == "text"


def findings(telling: Telling, names: Iterable[str]) -> list[Block]:
    """The signals among these that hold, each with what it means."""
    speaking, found = telling.speaking, {each.id for each in telling.diagnosis.signals}
    items = []
    for name in names:
        if name in found:
            signal = telling.book.signals[name]
            title, meaning = speaking.text(signal.title), speaking.text(signal.meaning)
            items.append((speaking.prose.labelled(title, meaning), ()))
    return [Bullets(tuple(items[:FINDINGS]))] if items else []


def unknown(telling: Telling, section: PlanSection) -> list[Block]:
    """The facts of a section that nobody has stated, with what to ask first; more of it where nothing is known."""
    speaking = telling.speaking
    names = [name for name in section.shows if _open(telling, name)]
    if not names:
        return []
    ranked = [question.fact for question in telling.diagnosis.questions if question.fact in names]
    ordered = [*ranked, *(name for name in names if name not in ranked)]
    listed = speaking.say("list_comma").join(speaking.label(name) for name in names)
    questions = [speaking.text(telling.book.facts[name].question) for name in ordered]
    if 2 * len(names) <= len(section.shows):
        return [Paragraph(telling.say("not_known", facts=listed, question=questions[0]))]
    asked = tuple((question, ()) for question in questions[:QUESTIONS])
    return [Paragraph(telling.say("mostly_unknown", facts=listed)), Bullets(asked)]


def _open(telling: Telling, name: str) -> bool:
    """Whether a fact applies to the account and is not known."""
    fact = telling.book.facts.get(name)
    if fact is None or name in telling.diagnosis.conclusions.values or _text(telling, name):
        return False
    given = telling.diagnosis.case.facts.get(name)
    applies = fact.when is None or telling.diagnosis.conclusions.values.get(fact.when) is not False
    return applies and (given is None or given.state != "n/a")
