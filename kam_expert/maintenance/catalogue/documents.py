"""The pages of what is handed over: the account plan with its conclusions, the bridge, what a customer may see."""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.catalogue.noticing import Rows, rule_pages_of
from kam_expert.maintenance.catalogue.pages import Block, Code, Line, Page, Paragraph, Section, Table
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields
from kam_expert.rulebook.bridge_schema import BridgeStep
from kam_expert.rulebook.customer_schema import CustomerEntry, Told
from kam_expert.rulebook.dependencies import (
    DOCUMENT,
    Node,
    inputs,
    inputs_of_conclusion,
    node_of,
)
from kam_expert.rulebook.document_rules import Concluding
from kam_expert.rulebook.document_schema import DocumentName
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.schema import InsertRule, Text


def document_page(shelf: Shelf) -> Page:
    """The sections of the account plan, what counts as strength and weakness, and the names of documents."""
    say, words, stated = shelf.say, shelf.words, shelf.book.documents.stated
    lead = (Paragraph((say("about.documents"),)),)
    if stated is None:
        return Page(PAGES[DOCUMENT], say("page.documents"), lead)
    rows = tuple(
        (
            (words.text(section.title), " ", Code(section.id)),
            shelf.links(node_of(shelf.book, name) for name in section.shows),
            shelf.links(Node("signal", name) for name in section.signals),
        )
        for section in stated.sections
    )
    headers = (say("field.section"), say("documents.shows"), say("kind.signal"))
    swot = stated.swot
    sides = fields(
        (say("documents.parts_of"), [shelf.links(node_of(shelf.book, name) for name in swot.scores)]),
        (say("documents.strong"), [(shelf.link(Node("parameter", swot.strong)),)]),
        (say("documents.weak"), [(shelf.link(Node("parameter", swot.weak)),)]),
        (say("documents.weaknesses"), [shelf.links(Node("signal", name) for name in swot.weaknesses)]),
    )
    frame = (
        Section(say("documents.sections"), (Table(headers, rows),), "part-sections"),
        Section(say("documents.position"), (Paragraph((Code(words.text(stated.position)),)),), "part-position"),
        Section(say("documents.swot"), sides, "part-swot"),
    )
    names = tuple(_name(shelf, entry) for entry in stated.names)
    return Page(PAGES[DOCUMENT], say("page.documents"), lead, (*frame, *names))


def _name(shelf: Shelf, entry: DocumentName) -> Section:
    say, words, node = shelf.say, shelf.words, Node(DOCUMENT, entry.id)
    about = fields(
        (say("field.unit"), [(shelf.link(Node("unit", entry.unit)),) if entry.unit else None]),
        (say("field.way"), [(say("by_program"),)]),
        (say("field.read_by"), list(shelf.read_by(node))),
    )
    return Section(
        words.text(entry.label), (Paragraph((words.text(entry.meaning),)), *about), shelf.anchor(node), entry.id
    )


def conclusion_pages(shelf: Shelf) -> Iterator[Page]:
    """One page for each file of what the sections of the account plan lead to."""
    documents = shelf.book.documents

    def about(rule: Concluding) -> Rows:
        return ((shelf.say("field.section"), [(shelf.words.text(documents.section(rule.entry.section).title),)]),)

    def said(rule: Concluding) -> Rows:
        return ((shelf.say("field.said"), [(Code(shelf.words.text(rule.entry.text)),)]),)

    def read(rule: Concluding) -> tuple[Node, ...]:
        return inputs_of_conclusion(shelf.book, rule)

    return rule_pages_of(shelf, DOCUMENT, documents.rules, about, said, read)


# the bridge


def bridge_page(shelf: Shelf) -> Page:
    """From today's sales to the goal: each column with its formula, and what a unit of a goal comes to in money."""
    say, words, bridge = shelf.say, shelf.words, shelf.book.bridge
    lead = (Paragraph((say("about.bridge"),)),)
    if bridge.stated is None:
        return Page(PAGES["bridge"], say("page.bridge"), lead)
    stated = bridge.stated
    steps = [_step(shelf, step, amount) for step, amount in bridge.steps]
    base = [] if bridge.base is None else [_step(shelf, stated.base, bridge.base)]
    worth = tuple(
        ((shelf.link(node_of(shelf.book, name)),), (Code(stated.worth[name]),), shelf.links(inputs(shelf.book, parsed)))
        for name, parsed in bridge.worth.items()
    )
    headers = (say("kind.measure"), say("field.formula"), say("field.reads"))
    ends = (stated.target, stated.gap, stated.surplus)
    goal = (
        *fields(
            (say("bridge.ends"), [(words.text(each),) for each in ends]),
            (say("field.sources"), [shelf.sources(stated.sources)]),
        ),
        Table(headers, worth),
    )
    last = Section(words.text(stated.target), goal, "part-goal")
    return Page(PAGES["bridge"], say("page.bridge"), lead, (*base, *steps, last))


def _step(shelf: Shelf, step: BridgeStep, amount: Expression) -> Section:
    say, words = shelf.say, shelf.words
    about = fields(
        (say("field.formula"), [(Code(" ".join(step.amount.split())),)]),
        (say("bridge.only_with"), [shelf.links(Node("strategy", name) for name in step.strategies)]),
        (say("field.reads"), list(shelf.grouped(inputs(shelf.book, amount)))),
    )
    return Section(words.text(step.label), (Paragraph((words.text(step.meaning),)), *about), f"part-{step.id}")


# the customer


def customer_page(shelf: Shelf) -> Page:
    """Everything that may be told to the customer, beside what it is for us."""
    customer = shelf.book.documents.customer
    lead = (Paragraph((shelf.say("about.customer"),)),)
    tables = () if customer is None else tuple(_tables(shelf, customer))
    sections = tuple(
        Section(shelf.say(f"customer.{key}"), blocks, f"part-{key.replace('_', '-')}") for key, blocks in tables
    )
    return Page(PAGES["customer"], shelf.say("page.customer"), lead, sections)


def _tables(shelf: Shelf, customer: CustomerEntry) -> Iterator[tuple[str, tuple[Block, ...]]]:
    say, words, book = shelf.say, shelf.words, shelf.book

    def cell(text: Text | None) -> Line:
        return (say("customer.as_in_the_plan") if text is None else words.text(text),)

    def mark(holds: bool) -> Line:
        return (words.say("yes" if holds else "no"),)

    def table(keys: tuple[str, ...], rows: list[tuple[Line, ...]]) -> tuple[Block, ...]:
        return (Table(tuple(say(f"customer.column.{key}") for key in keys), tuple(rows)),)

    def readers(told: Told) -> Line:
        names = told.audiences or (customer.audiences[0].id,)
        return (
            say("customer.any_reader")
            if len(names) == len(customer.audiences)
            else words.say("list_comma").join(names),
        )

    when = book.documents.customer_when
    refusals: list[tuple[Line, ...]] = [
        ((shelf.prose.condition(condition),), cell(each.why), cell(each.instead)) for each, condition in when.refusals
    ]
    yield "refusals", table(("refused", "why", "instead"), refusals)
    audiences: list[tuple[Line, ...]] = [
        ((Code(each.id),), (shelf.prose.condition(condition),), cell(each.title), cell(each.reserved))
        for each, condition in when.audiences
    ]
    yield "audiences", table(("audience", "if", "title", "reserved"), audiences)
    read = (*inputs(book, *when.expressions), *(node_of(book, name) for name in customer.known_to_both))
    yield "reads", (Paragraph(shelf.links(dict.fromkeys(read))),)
    values: list[tuple[Line, ...]] = [
        ((shelf.link(node_of(book, each.id)),), cell(each.label), readers(each)) for each in customer.values
    ]
    if customer.manager is not None:
        values.insert(0, ((shelf.link(node_of(book, customer.manager)),), cell(None), (say("customer.any_reader"),)))
    yield "values", table(("ours", "told", "audience"), values)
    aims: list[tuple[Line, ...]] = [
        ((shelf.link(Node("strategy", each.id)),), cell(each.aim), readers(each)) for each in customer.strategies
    ]
    yield "strategies", table(("ours", "told", "audience"), aims)
    goals: list[tuple[Line, ...]] = [
        ((shelf.link(Node("rule", each.id)),), cell(each.title), cell(each.kpi), mark(each.number), readers(each))
        for each in customer.goals
    ]
    yield "goals", table(("ours", "told", "kpi", "number", "audience"), goals)
    measures = [(cell(each.title), cell(each.kpi), readers(each)) for each in customer.measures]
    yield "measures", table(("told", "kpi", "audience"), list(measures))
    titles = {each.id: each.title for strategy in book.strategies.values() for each in strategy.activities}
    inserted = [rule.entry.insert for rule in book.rules if isinstance(rule.entry, InsertRule)]
    titles.update({each.id: each.title for each in inserted})
    activities: list[tuple[Line, ...]] = [
        (
            (words.text(titles[each.id]), " ", Code(each.id)),
            cell(each.title),
            ("–",) if each.ask is None else cell(each.ask),
            mark(each.always),
            readers(each),
        )
        for each in customer.activities
    ]
    yield "activities", table(("ours", "told", "ask", "always", "audience"), activities)
    owners: list[tuple[Line, ...]] = [
        ((words.text(book.planning.owners[name].title),), cell(text)) for name, text in customer.owners.items()
    ]
    yield "owners", table(("ours", "told"), owners)
    yield "gates", table(("ours", "told"), [((each.id,), cell(each.title)) for each in customer.gates])
