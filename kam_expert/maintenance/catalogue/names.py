"""The pages of what has a value: facts, parameters, measures, scores, positions and signals."""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.catalogue.pages import Block, Code, Line, Page, Paragraph, Section, Table
from kam_expert.maintenance.catalogue.rules import rule_section
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields, text
from kam_expert.rulebook.book import Computed, Weighted
from kam_expert.rulebook.dependencies import Node, inputs, inputs_of_measure, node_of
from kam_expert.rulebook.schema import Fact, Measure, Model, Parameter, Signal

Number = int | float


def fact_pages(shelf: Shelf) -> Iterator[Page]:
    """One page for each theme, in the order in which people think about an account."""
    themes = dict.fromkeys(shelf.theme(name) for name in shelf.book.facts)
    for theme in themes:
        facts = [fact for name, fact in shelf.book.facts.items() if shelf.theme(name) == theme]
        title = shelf.say("page.facts_of", theme=shelf.word("theme", theme))
        lead = (Paragraph((shelf.say("about.facts"),)),)
        yield Page(f"facts-{theme}", title, lead, tuple(_fact(shelf, fact) for fact in facts))


def _fact(shelf: Shelf, fact: Fact) -> Section:
    words, say, node = shelf.words, shelf.say, Node("fact", fact.id)
    asked = [(shelf.link(Node("measure", fact.when)),)] if fact.when else []
    choices = [(Code(key), words.colon, words.text(label)) for key, label in fact.choices.items()]
    anchors = [(f"{key}{words.colon}{words.text(meaning)}",) for key, meaning in fact.anchors.items()]
    blocks = [
        Paragraph((words.text(fact.question),)),
        *fields(
            (say("field.type"), [(say(f"type.{fact.type}"),)]),
            (say("field.unit"), [(shelf.link(Node("unit", fact.unit)),) if fact.unit else None]),
            (say("field.range"), [_range(shelf, fact, fact.range), _plausible(shelf, fact)]),
            (say("field.choices"), choices),
            (say("field.anchors"), anchors),
            (say("field.columns"), list(_columns(shelf, fact))),
            (say("field.why"), [(words.text(fact.why),)]),
            (say("field.help"), [(words.text(fact.help),) if fact.help else None]),
            (say("field.who"), [(words.say("list_comma").join(shelf.word("who", each) for each in fact.who),)]),
            (say("field.effort"), [(say(f"effort.{fact.effort}"),)]),
            (say("field.asked"), asked),
            (say("field.notes"), list(_fact_notes(shelf, fact))),
            *_ending(shelf, node, fact),
        ),
    ]
    return Section(words.text(fact.label), tuple(blocks), shelf.anchor(node), fact.id)


def _fact_notes(shelf: Shelf, fact: Fact) -> Iterator[Line]:
    if fact.short_form is not None:
        yield (shelf.say("note.short_form", place=str(fact.short_form)),)
    if fact.derived is not None:
        yield text(shelf.say("note.derived"), shelf.link(Node("measure", fact.derived)))
    if fact.from_profile:
        yield (shelf.say("note.from_profile"),)
    if fact.ordered:
        yield (shelf.say("note.ordered"),)
    if fact.integer:
        yield (shelf.say("note.integer"),)


def _range(shelf: Shelf, fact: Fact, span: tuple[Number, Number] | None) -> Line | None:
    if span is None:
        return None
    low, high = (shelf.value(fact.id, each) for each in span)
    return (shelf.say("range", low=low, high=high),)


def _plausible(shelf: Shelf, fact: Fact) -> Line | None:
    if fact.plausible is None:
        return None
    low, high = (shelf.value(fact.id, each) for each in fact.plausible)
    return (shelf.say("plausible", low=low, high=high),)


def _columns(shelf: Shelf, fact: Fact) -> Iterator[Line]:
    for name, column in fact.columns.items():
        kind = shelf.say(f"type.{column.type}")
        unit = shelf.link(Node("unit", column.unit)) if column.unit else None
        label = f"{shelf.words.text(column.label)}{shelf.words.comma}{kind}"
        yield text(Code(name), shelf.words.colon, label, shelf.words.comma if unit else None, unit)


def _ending(shelf: Shelf, node: Node, entry: Fact | Measure | Parameter) -> tuple[tuple[str, list[Line | None]], ...]:
    """What the entries of every kind end with: who reads it, sources, file."""
    return (
        (shelf.say("field.read_by"), list(shelf.read_by(node))),
        (shelf.say("field.sources"), [shelf.sources(entry.sources)]),
        (shelf.say("field.file"), [(Code(shelf.file(entry)),)]),
    )


def parameter_page(shelf: Shelf) -> Page:
    sections = [_parameter(shelf, each) for each in shelf.book.parameter_entries.values()]
    return Page(
        PAGES["parameter"], shelf.say("page.parameters"), (Paragraph((shelf.say("about.parameters"),)),), (*sections,)
    )


def _parameter(shelf: Shelf, entry: Parameter) -> Section:
    say, node, words = shelf.say, Node("parameter", entry.id), shelf.words
    now = shelf.book.parameters[entry.id]
    overridden = [
        text(shelf.link(Node("profile", name)), words.colon, shelf.value(entry.id, profile.parameters[entry.id]))
        for name, profile in shelf.profiles.items()
        if entry.id in profile.parameters
    ]
    blocks = fields(
        (say("field.default"), [(shelf.value(entry.id, entry.default),)]),
        (say("field.here"), [(shelf.value(entry.id, now),) if now != entry.default else None]),
        (say("field.presets"), overridden),
        (say("field.unit"), [(shelf.link(Node("unit", entry.unit)),)]),
        (say("field.reason"), [(words.text(entry.reason),)]),
        (say("field.notes"), [(say("note.integer"),) if entry.integer else None]),
        *_ending(shelf, node, entry),
    )
    return Section(words.text(entry.label), blocks, shelf.anchor(node), entry.id)


def measure_page(shelf: Shelf) -> Page:
    sections = [_measure(shelf, name, measure) for name, measure in shelf.book.measures.items()]
    return Page(
        PAGES["measure"], shelf.say("page.measures"), (Paragraph((shelf.say("about.measures"),)),), (*sections,)
    )


def _measure(shelf: Shelf, name: str, measure: Computed) -> Section:
    say, node, entry, words = shelf.say, Node("measure", name), measure.entry, shelf.words
    replaced = [
        text(shelf.link(Node("profile", each)), words.colon, Code(profile.definitions[name]))
        for each, profile in shelf.profiles.items()
        if name in profile.definitions
    ]
    notes = [
        (say("note.background"),) if entry.background else None,
        (say("note.definition"),) if entry.definition else None,
        (say("note.decimals", count=entry.decimals),) if entry.flag is None else None,
    ]
    blocks = [
        Paragraph((words.text(entry.meaning),)),
        *_way(shelf, measure),
        *fields(
            (say("field.unit"), [(shelf.link(Node("unit", entry.unit)),) if entry.unit else None]),
            (say("field.presets"), replaced),
            (say("field.notes"), notes),
            (say("field.code"), [shelf.code_of(entry)]),
            (say("field.reads"), list(shelf.grouped(inputs_of_measure(shelf.book, measure)))),
            *_ending(shelf, node, entry),
        ),
    ]
    return Section(words.text(entry.label), tuple(blocks), shelf.anchor(node), name)


def _way(shelf: Shelf, measure: Computed) -> Iterator[Block]:
    """How a measure is computed."""
    say, entry, words = shelf.say, measure.entry, shelf.words
    if entry.flag is not None and measure.expression is not None:
        written = _definition(shelf, entry)
        readable = (f"{shelf.prose.condition(measure.expression)}{words.stop}",)
        yield from fields((say("field.flag"), [readable]), (say("field.written"), [(Code(written),)]))
    elif entry.formula is not None:
        yield from fields((say("field.formula"), [(Code(entry.formula),)]))
    elif entry.tally is not None:
        tally = entry.tally
        same = (
            None if tally.lines_of is None else text(say("note.lines_of"), shelf.link(Node("measure", tally.lines_of)))
        )
        yield from fields(
            (say("field.counts"), [(say(f"counts.{tally.counts}"),), same]),
            (say("field.cap"), [(words.plain(tally.cap),) if tally.cap is not None else None]),
            (say("field.tally_when"), [(shelf.prose.condition(measure.when),) if measure.when else None]),
        )
        yield Table(
            (say("column.line"), say("column.condition"), say("column.points")),
            tuple(
                (
                    (words.text(line.entry.title),),
                    (shelf.prose.condition(line.condition),),
                    (words.plain(line.entry.points),),
                )
                for line in measure.lines
            ),
        )
    elif entry.by is not None:
        yield from fields((say("field.by"), [(shelf.link(node_of(shelf.book, entry.by)),)]))
        rows = [((shelf.value(entry.by, key),), (words.plain(number),)) for key, number in (entry.values or {}).items()]
        yield Table((say("column.option"), say("column.value")), tuple(rows))
    else:
        yield Paragraph((say("note.completeness"),))


def _definition(shelf: Shelf, entry: Measure) -> str:
    profile = shelf.book.profile
    own = profile.definitions.get(entry.id) if profile and entry.definition else None
    return own or entry.flag or ""


def score_page(shelf: Shelf) -> Page:
    sections = [_score(shelf, name, score) for name, score in shelf.book.scores.items()]
    return Page(PAGES["score"], shelf.say("page.scores"), (Paragraph((shelf.say("about.scores"),)),), (*sections,))


def _score(shelf: Shelf, name: str, score: Weighted) -> Section:
    say, node, entry, words = shelf.say, Node("score", name), score.entry, shelf.words
    weighted = [
        text(
            shelf.link(Node("profile", each)),
            words.colon,
            words.say("list_semicolon").join(
                f"{words.text(part.entry.label)} {profile.weights[name][part.entry.id]}"
                for part in score.parts
                if part.entry.id in profile.weights[name]
            ),
        )
        for each, profile in shelf.profiles.items()
        if name in profile.weights
    ]
    rows = [
        (
            (words.text(part.entry.label),),
            (str(part.weight),),
            (Code(part.entry.value),),
            shelf.links(inputs(shelf.book, part.value)),
        )
        for part in score.parts
    ]
    preferred = None if entry.prefer is None else text(say("note.prefer"), shelf.link(Node("measure", entry.prefer)))
    coverage = Node("parameter", "min_coverage")
    blocks = [
        Paragraph((words.text(entry.meaning),)),
        Table((say("column.part"), say("column.weight"), say("column.written"), say("column.reads")), tuple(rows)),
        *fields(
            (say("field.notes"), [preferred, text(say("note.coverage"), shelf.link(coverage))]),
            (say("field.presets"), weighted),
            (say("field.code"), [shelf.code_of(entry)]),
            (say("field.read_by"), list(shelf.read_by(node))),
            (say("field.sources"), [shelf.sources(entry.sources)]),
            (say("field.file"), [(Code(shelf.file(entry)),)]),
        ),
    ]
    return Section(words.text(entry.label), tuple(blocks), shelf.anchor(node), name)


def model_page(shelf: Shelf) -> Page:
    sections = [section for model in shelf.book.models.values() for section in _model(shelf, model)]
    return Page(
        PAGES["model"], shelf.say("page.positions"), (Paragraph((shelf.say("about.positions"),)),), (*sections,)
    )


def _model(shelf: Shelf, model: Model) -> Iterator[Section]:
    """The model with its cells and its decision table, then each row of the table."""
    say, words, node = shelf.say, shelf.words, Node("model", model.id)
    rules = [rule for rule in shelf.book.rules if rule.target == model.id]
    cells = [
        (
            (words.text(cell.title), " ", Code(key)),
            (words.text(cell.meaning),),
            (words.text(cell.stance) if cell.stance else "",),
        )
        for key, cell in model.cells.items()
    ]
    table = [
        (
            (str(index),),
            (shelf.prose.condition(rule.condition),),
            (words.choice(model.id, getattr(rule.entry, "cell", ""), shelf.book),),
            (shelf.link(Node("rule", rule.id)),),
        )
        for index, rule in enumerate(rules, start=1)
    ]
    read = dict.fromkeys(each for rule in rules for each in inputs(shelf.book, rule.condition))
    shown = None if model.when is None else (shelf.link(node_of(shelf.book, model.when)),)
    blocks = [
        Paragraph((words.text(model.about),)),
        Table((say("column.cell"), say("column.meaning"), say("column.stance")), tuple(cells)),
        Paragraph((say(f"policy.{model.policy}"),)),
        Table((say("column.number"), say("column.condition"), say("column.cell"), say("column.row")), tuple(table)),
        *fields(
            (say("field.shown_when"), [shown]),
            (say("field.code"), [shelf.code_of(model)]),
            (say("field.reads"), list(shelf.grouped(read))),
            (say("field.read_by"), list(shelf.read_by(node))),
            (say("field.sources"), [shelf.sources(model.sources)]),
            (say("field.file"), [(Code(shelf.file(model)),)]),
        ),
    ]
    yield Section(words.text(model.label), tuple(blocks), shelf.anchor(node), model.id)
    for rule in rules:
        yield rule_section(shelf, rule, level=3)


def signal_page(shelf: Shelf) -> Page:
    sections = [_signal(shelf, signal) for signal in shelf.book.signals.values()]
    return Page(PAGES["signal"], shelf.say("page.signals"), (Paragraph((shelf.say("about.signals"),)),), (*sections,))


def _signal(shelf: Shelf, signal: Signal) -> Section:
    say, words, node = shelf.say, shelf.words, Node("signal", signal.id)
    raised = [Node("rule", rule.id) for rule in shelf.book.rules if rule.target == signal.id]
    blocks = [
        Paragraph((words.text(signal.meaning),)),
        *fields(
            (say("field.kind"), [(words.say(f"signals.{signal.kind}"),)]),
            (say("field.response"), [(words.text(signal.response),) if signal.response else None]),
            (say("field.remedy"), [(words.text(signal.remedy),) if signal.remedy else None]),
            (say("field.code"), [shelf.code_of(signal)]),
            (say("field.raised_by"), [shelf.links(raised)]),
            (say("field.read_by"), list(shelf.read_by(node))),
            (say("field.file"), [(Code(shelf.file(signal)),)]),
        ),
    ]
    return Section(words.text(signal.title), tuple(blocks), shelf.anchor(node), signal.id)
