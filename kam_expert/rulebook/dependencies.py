"""What depends on what in a rulebook: which entries read a name, and what a rule does to which strategies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from kam_expert.rulebook.book import Computed, Rule, Rulebook
from kam_expert.rulebook.document_rules import SPOKEN, Concluding, placeholders
from kam_expert.rulebook.expressions import Expression, Parameter, base_name, names_in, walk
from kam_expert.rulebook.portfolio_rules import Figure, NoticedBy
from kam_expert.rulebook.review_schema import ReviewName
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, SeatRule, VoteRule

Kind = Literal[
    "fact",
    "parameter",
    "measure",
    "score",
    "model",
    "signal",
    "strategy",
    "rule",
    "portfolio",
    "review",
    "document",
    "bridge",
    "customer",
    "profile",
    "plan",
    "source",
    "unit",
]
How = Literal["supports", "opposes", "vetoes", "bars", "blocks", "leads", "accompanies", "seats", "satisfied", "beside"]
PORTFOLIO = "portfolio"
"""The id under which the frame of the portfolio stands: which name plays which part."""
REVIEW: Literal["review"] = "review"
"""The kind of the names and rules of reviews, and the id under which their frame stands."""
DOCUMENT: Literal["document"] = "document"
"""The kind of the names and conclusions of documents, and the id under which their frame stands."""
BRIDGE, CUSTOMER = "bridge", "customer"
"""The ids under which the bridge to the goal and what a customer may see stand, each as a whole."""
CONDITIONS: frozenset[How] = frozenset({"satisfied", "beside"})
"""Effects that are no conclusion: the rule looks whether the strategy is chosen already."""


class Node(NamedTuple):
    """An entry of the rulebook; a strategy may be one of the directions that selection tells apart."""

    kind: Kind
    id: str


class Effect(NamedTuple):
    """What a rule does to a strategy; `word` is the strength of a vote as written."""

    rule: Rule
    candidate: str
    how: How
    word: str | None = None


def node_of(book: Rulebook, name: str) -> Node:
    """The entry behind a name that conditions and formulas read."""
    plain = base_name(name)
    groups: tuple[tuple[Kind, Mapping[str, object]], ...] = (
        ("fact", book.facts),
        ("measure", book.measures),
        ("score", book.scores),
        ("model", book.models),
        ("signal", book.signals),
        ("parameter", book.parameter_entries),
        ("portfolio", book.portfolio.figures),
        ("review", book.review.names),
        ("document", book.documents.names),
    )
    return next(Node(kind, plain) for kind, group in groups if plain in group)


def inputs(book: Rulebook, *expressions: Expression | None) -> tuple[Node, ...]:
    """The entries that expressions read, parameters last, each once."""
    given = [expression for expression in expressions if expression is not None]
    names = [name for expression in given for name in names_in(expression)]
    parameters = [node.name for each in given for node in walk(each) if isinstance(node, Parameter)]
    return tuple(dict.fromkeys(node_of(book, name) for name in (*names, *parameters)))


def inputs_of_measure(book: Rulebook, measure: Computed) -> tuple[Node, ...]:
    lines = [line.condition for line in measure.lines]
    found = [*inputs(book, measure.expression, measure.when, *lines)]
    if measure.entry.by is not None:
        found.append(node_of(book, measure.entry.by))
    if measure.entry.completeness is not None:
        counted = [fact for fact in book.facts.values() if fact.short_form is not None]
        found += [Node("fact", fact.id) for fact in counted]
        found += [Node("measure", fact.when) for fact in counted if fact.when is not None]
    return tuple(dict.fromkeys(found))


def inputs_of_rule(book: Rulebook, rule: Rule) -> tuple[Node, ...]:
    """What the rule's condition as written and its target value read."""
    return inputs(book, rule.condition, rule.formula)


def reads(book: Rulebook) -> dict[Node, tuple[Node, ...]]:
    """For each entry that is computed or concluded, what its value depends on, in the order of the book."""
    found: dict[Node, tuple[Node, ...]] = {}
    for fact in book.facts.values():
        if fact.derived is not None:
            found[Node("fact", fact.id)] = (Node("measure", fact.derived),)
    for name, measure in book.measures.items():
        found[Node("measure", name)] = inputs_of_measure(book, measure)
    for name, score in book.scores.items():
        parts = inputs(book, *(part.value for part in score.parts))
        preferred = () if score.entry.prefer is None else (Node("measure", score.entry.prefer),)
        found[Node("score", name)] = tuple(dict.fromkeys((*parts, *preferred)))
    for rule in book.rules:
        found[Node("rule", rule.id)] = inputs_of_rule(book, rule)
    return found


def inputs_of_figure(book: Rulebook, figure: Figure) -> tuple[Node, ...]:
    """What a name of the portfolio is computed from."""
    entry = figure.entry
    named = [each for each in (figure.collects, entry.weight, entry.places, entry.per_cent) if each is not None]
    found = inputs(book, figure.expression, figure.among)
    return tuple(dict.fromkeys((*found, *(node_of(book, name) for name in named))))


def inputs_of_portfolio_rule(book: Rulebook, rule: NoticedBy) -> tuple[Node, ...]:
    return inputs(book, rule.condition)


def portfolio_reads(book: Rulebook) -> Iterator[tuple[Node, Node]]:
    """Pairs of an entry of the portfolio and what it depends on; no answer about a single account does."""
    for figure in book.portfolio.figures.values():
        for node in inputs_of_figure(book, figure):
            yield Node("portfolio", figure.id), node
    for rule in book.portfolio.rules:
        for node in inputs_of_portfolio_rule(book, rule):
            yield Node("portfolio", rule.id), node
    for bond in book.portfolio.bonds:
        yield Node("portfolio", PORTFOLIO), Node("fact", bond.entry.fact)
    for name in book.portfolio.fields:
        yield Node("portfolio", PORTFOLIO), node_of(book, name)


def inputs_of_review_name(book: Rulebook, name: ReviewName) -> tuple[Node, ...]:
    """What a name of reviews takes its value from."""
    read = name.read
    named = () if read is None else (node_of(book, read),)
    return (*named, *(Node("strategy", each) for each in name.strategies))


def review_reads(book: Rulebook) -> Iterator[tuple[Node, Node]]:
    """Pairs of an entry about reviews and what it depends on; no answer about an account does."""
    for name in book.review.names.values():
        for node in inputs_of_review_name(book, name):
            yield Node(REVIEW, name.id), node
    for rule in book.review.rules:
        for node in inputs(book, rule.condition):
            yield Node(REVIEW, rule.id), node
    stated = book.review.stated
    if stated is not None:
        named = (*stated.counts_down, stated.manager, None if stated.people is None else stated.people.table)
        for each in named:
            if each is not None:
                yield Node(REVIEW, REVIEW), node_of(book, each)
        for kpi in stated.kpis:
            yield from ((Node(REVIEW, REVIEW), Node("strategy", each)) for each in kpi.strategies)


def inputs_of_conclusion(book: Rulebook, rule: Concluding) -> tuple[Node, ...]:
    """What a conclusion of a section reads, in its condition and in its text."""
    spoken = (node_of(book, name) for name in placeholders(rule.entry.text) if name not in SPOKEN)
    return tuple(dict.fromkeys((*inputs(book, rule.condition), *spoken)))


def document_reads(book: Rulebook) -> Iterator[tuple[Node, Node]]:
    """Pairs of an entry about documents and what it depends on or shows; no answer about an account does."""
    documents, frame = book.documents, Node(DOCUMENT, DOCUMENT)
    for rule in documents.rules:
        yield from ((Node(DOCUMENT, rule.id), node) for node in inputs_of_conclusion(book, rule))
    for section in documents.sections:
        yield from ((frame, node_of(book, name)) for name in (*section.shows, *section.signals))
    if documents.stated is not None:
        swot = documents.stated.swot
        yield from ((frame, node_of(book, each)) for each in (*swot.scores, swot.strong, swot.weak, *swot.weaknesses))
    bridge, here = book.bridge, Node("bridge", BRIDGE)
    yield from ((here, node) for node in inputs(book, *bridge.expressions))
    yield from ((here, node_of(book, name)) for name in bridge.worth)
    yield from ((here, Node("strategy", name)) for step, _ in bridge.steps for name in step.strategies)
    customer, told = documents.customer, Node("customer", CUSTOMER)
    if customer is not None:
        named = [each.id for each in customer.values] + ([] if customer.manager is None else [customer.manager])
        yield from ((told, node_of(book, name)) for name in (*named, *customer.known_to_both))
        yield from ((told, node) for node in inputs(book, *documents.customer_when.expressions))
        yield from ((told, Node("strategy", each.id)) for each in customer.strategies)
        yield from ((told, Node("rule", goal.id)) for goal in customer.goals)


def mentions(book: Rulebook) -> Iterator[tuple[Node, Node]]:
    """Pairs of an entry and a name it uses without its value depending on it: whether to ask, to show, to do."""
    for fact in book.facts.values():
        if fact.when is not None:
            yield Node("fact", fact.id), Node("measure", fact.when)
    for model in book.models.values():
        if model.when is not None:
            yield Node("model", model.id), node_of(book, model.when)
    for strategy in book.strategies.values():
        for activity in strategy.activities:
            for node in inputs(book, book.done_when.get(activity.id)):
                yield Node("strategy", strategy.id), node
    planning = book.planning
    for name in (planning.role_card.by, planning.capacity.today, planning.capacity.needed, *planning.headline_numbers):
        yield Node("plan", "plan"), node_of(book, name)


def effects(book: Rulebook, rule: Rule) -> tuple[Effect, ...]:
    """What a rule does to strategies, in the order in which it is written."""
    match rule.entry:
        case VoteRule(votes=votes):
            return tuple(Effect(rule, candidate, _vote(book, word), word) for candidate, word in votes.items())
        case BarRule(bars=bars):
            return tuple(Effect(rule, candidate, "bars") for candidate in bars)
        case BlockRule(blocks=blocks):
            return tuple(Effect(rule, candidate, "blocks") for candidate in blocks)
        case ForcedRule() as forced:
            return (
                *(Effect(rule, each.strategy, "leads") for each in forced.primary),
                *(Effect(rule, each, "accompanies") for each in (forced.secondary,) if each is not None),
                *(Effect(rule, each, "satisfied") for each in forced.satisfied_by),
            )
        case SeatRule() as seat:
            return (
                *(Effect(rule, each, "seats") for each in (seat.seat, seat.instead) if each is not None),
                *(Effect(rule, each, "beside") for each in seat.when_primary),
            )
        case DefaultRule(primary=str(primary)):
            return (Effect(rule, primary, "leads"),)
        case _:
            return ()


def _vote(book: Rulebook, word: str) -> How:
    strength = book.selection.strengths[word]
    return "vetoes" if strength.veto else "supports" if strength.points > 0 else "opposes"
