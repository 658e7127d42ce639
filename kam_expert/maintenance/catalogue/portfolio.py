"""The pages of what is said about many accounts at once: the names of a portfolio, and its rules."""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.catalogue.noticing import Rows, reasons, rule_pages_of
from kam_expert.maintenance.catalogue.pages import Code, Line, Page, Paragraph, Section
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields
from kam_expert.rulebook.dependencies import Node, inputs_of_figure, inputs_of_portfolio_rule
from kam_expert.rulebook.portfolio_rules import Figure, NoticedBy
from kam_expert.rulebook.portfolio_schema import WAYS


def portfolio_page(shelf: Shelf) -> Page:
    """The names of a portfolio, each with what it is about and how it is computed."""
    figures = shelf.book.portfolio.figures
    stated = shelf.book.portfolio.stated
    names = [] if stated is None else [entry.id for entry in stated.names]
    lead = (Paragraph((shelf.say("about.portfolio"),)),)
    return Page(PAGES["portfolio"], shelf.say("page.portfolio"), lead, tuple(_name(shelf, figures[n]) for n in names))


def _name(shelf: Shelf, figure: Figure) -> Section:
    say, words, entry, node = shelf.say, shelf.words, figure.entry, Node("portfolio", figure.id)
    ways: list[Line | None] = [
        (words.say(f"portfolio.way.{way}"), Code(str(getattr(entry, way)))) for way in WAYS if getattr(entry, way)
    ]
    for key in ("places", "per_cent"):
        if getattr(entry, key) is not None:
            ways.append((shelf.link(Node("parameter", getattr(entry, key))),))
    for key in ("among", "weight"):
        if getattr(entry, key) is not None:
            ways.append((words.say(f"portfolio.way.{key}"), Code(getattr(entry, key))))
    if entry.linked:
        ways.append((words.say("portfolio.way.linked"),))
    about = fields(
        (say("field.about"), [(words.say(f"portfolio.scope.{entry.of}"),)]),
        (say("field.unit"), [(shelf.link(Node("unit", entry.unit)),) if entry.unit else None]),
        (say("field.way"), ways or [(say("by_program"),)]),
        (say("field.code"), [shelf.code_of(entry)]),
        (say("field.reads"), list(shelf.grouped(inputs_of_figure(shelf.book, figure)))),
        (say("field.read_by"), list(shelf.read_by(node))),
        (say("field.sources"), [shelf.sources(entry.sources)]),
    )
    blocks = (Paragraph((words.text(entry.meaning),)), *about)
    return Section(words.text(entry.label), blocks, shelf.anchor(node), figure.id)


def portfolio_rule_pages(shelf: Shelf) -> Iterator[Page]:
    """One page for each file of portfolio rules."""
    say, words = shelf.say, shelf.words

    def about(rule: NoticedBy) -> Rows:
        return ((say("field.about"), [(words.say(f"portfolio.scope.{rule.entry.about}"),)]),)

    def said(rule: NoticedBy) -> Rows:
        proposes = rule.entry.proposes
        proposed = None if proposes is None else (words.say(f"portfolio.keys.proposes.{proposes}"),)
        return ((say("field.proposes"), [proposed]), *reasons(shelf, rule))

    def read(rule: NoticedBy) -> tuple[Node, ...]:
        return inputs_of_portfolio_rule(shelf.book, rule)

    return rule_pages_of(shelf, "portfolio", shelf.book.portfolio.rules, about, said, read)
