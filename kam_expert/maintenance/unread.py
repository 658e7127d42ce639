"""What is defined and never read: facts, parameters, measures, cells, sources.

Read means: it can change what is concluded, chosen, planned or asked. Being printed in an appendix is not enough for a
measure, because a number that bears on nothing is work for whoever supplies it. Every signal heads a line of the
report (or, in a threat's case, a risk of the plan), and every model is shown with its position; these count as read,
and of models only the cells that no row leads to are found.
"""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.findings import Found, Subject, found_at
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import STEERING_PARAMETERS, Rulebook
from kam_expert.rulebook.expressions import Expression, Parameter, base_name, names_in, walk


def expressions_of(book: Rulebook) -> Iterator[Expression]:
    """Every condition and formula of the book."""
    for measure in book.measures.values():
        yield from (each for each in (measure.expression, measure.when) if each is not None)
        yield from (line.condition for line in measure.lines)
    for score in book.scores.values():
        yield from (part.value for part in score.parts)
    for rule in book.rules:
        yield rule.condition
        if rule.formula is not None:
            yield rule.formula
    yield from book.done_when.values()
    yield from book.portfolio.expressions
    yield from book.review.expressions
    yield from book.bridge.expressions


def names_read(book: Rulebook) -> frozenset[str]:
    """The names that something reads: conditions, formulas, and the fields of entries that name a fact or measure."""
    found = {base_name(name) for expression in expressions_of(book) for name in names_in(expression)}
    fields: list[str | None] = [*book.planning.headline_numbers, book.planning.role_card.by]
    fields += [*book.portfolio.fields, *book.review.fields]
    fields += [book.planning.capacity.today, book.planning.capacity.needed]
    for fact in book.facts.values():
        fields += [fact.derived, fact.when]
    fields += [measure.entry.by for measure in book.measures.values()]
    fields += [score.entry.prefer for score in book.scores.values()]
    fields += [model.when for model in book.models.values()]
    fields += [rule.entry.reads for rule in book.rules if isinstance(rule.entry, schema.GoalRule)]
    return frozenset(found | {name for name in fields if name is not None})


def unused_facts(subject: Subject) -> Iterator[Found]:
    """Facts that nothing reads and that are not declared `printed_only`; a text is for people by its nature."""
    read = names_read(subject.book)
    for placed in subject.files.of(schema.Fact):
        fact = placed.entry
        if fact.id not in read and fact.type != "text" and not fact.printed_only:
            yield found_at(placed, "id", label=fact.label)


def facts_not_only_printed(subject: Subject) -> Iterator[Found]:
    """Facts declared `printed_only` that something reads all the same."""
    read = names_read(subject.book)
    for placed in subject.files.of(schema.Fact):
        if placed.entry.printed_only and placed.entry.id in read:
            yield found_at(placed, "printed_only", label=placed.entry.label)


def unused_parameters(subject: Subject) -> Iterator[Found]:
    """Parameters that neither a condition nor a formula nor the program names."""
    documents = subject.book.documents
    read = [*expressions_of(subject.book), *documents.expressions]
    used = {node.name for each in read for node in walk(each) if isinstance(node, Parameter)}
    used = used.union(STEERING_PARAMETERS, subject.book.portfolio.fields, documents.parameters)
    for placed in subject.files.of(schema.Parameter):
        if placed.entry.id not in used:
            yield found_at(placed, "id", label=placed.entry.label)


def unread_measures(subject: Subject) -> Iterator[Found]:
    """Measures that neither rule nor score nor other measure nor plan nor headline number reads."""
    read = names_read(subject.book)
    for placed in subject.files.of(schema.Measure):
        if placed.entry.id not in read:
            yield found_at(placed, "id", label=placed.entry.label)


def unread_scores(subject: Subject) -> Iterator[Found]:
    """Scores that neither rule nor measure nor other score nor plan nor headline number reads."""
    read = names_read(subject.book)
    for placed in subject.files.of(schema.Score):
        if placed.entry.id not in read:
            yield found_at(placed, "id", label=placed.entry.label)


def cells_without_row(subject: Subject) -> Iterator[Found]:
    """Cells of a model that no row leads to."""
    rules = subject.book.rules_of("position")
    reached = {(rule.target, rule.entry.cell) for rule in rules if isinstance(rule.entry, schema.PositionRow)}
    for placed in subject.files.of(schema.Model):
        for cell, entry in placed.entry.cells.items():
            if (placed.entry.id, cell) not in reached:
                yield found_at(placed, "cells", cell, cell=cell, label=entry.title)


def uncited_sources(subject: Subject) -> Iterator[Found]:
    """Works that no entry cites."""
    cited = {source for placed in subject.placed() for source in getattr(placed.entry, "sources", ())}
    for placed in subject.files.of(schema.Source):
        if placed.entry.id not in cited:
            yield found_at(placed, "id", citation=_short(placed.entry.citation))


def _short(citation: str | schema.Text) -> str | schema.Text:
    """Enough of a citation to know the work by."""
    most = 60
    if isinstance(citation, schema.Text):
        return citation
    return citation if len(citation) <= most else citation[:most] + "…"
