"""The pages of what is said about many accounts at once: the names of a portfolio, and its rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kam_expert.maintenance.catalogue.pages import Code, Line, Page, Paragraph, Section
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields, rule_page
from kam_expert.rulebook.dependencies import Node, inputs_of_figure, inputs_of_portfolio_rule
from kam_expert.rulebook.portfolio_rules import Figure, NoticedBy
from kam_expert.rulebook.portfolio_schema import WAYS


def portfolio_page(shelf: Shelf) -> Page:
    """The names of a portfolio, each with what it is about and how it is computed."""
    figures = shelf.book.portfolio.figures
    names = [entry.id for entry in shelf.book.portfolio.entry.names]
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
    rules = shelf.book.portfolio.rules
    for file in dict.fromkeys(rule.file for rule in rules):
        path = Path(file)
        folder, stem = shelf.word("rules", path.parent.name), shelf.word("rule_file", f"{path.parent.name}.{path.stem}")
        lead = (Paragraph((shelf.say("about.rules.portfolio"),)),)
        title = shelf.say("page.rules_of", kind=folder, theme=stem)
        yield Page(rule_page(file), title, lead, tuple(_rule(shelf, rule) for rule in rules if rule.file == file))


def _rule(shelf: Shelf, rule: NoticedBy) -> Section:
    say, words, entry = shelf.say, shelf.words, rule.entry
    proposed = None if entry.proposes is None else (words.say(f"portfolio.keys.proposes.{entry.proposes}"),)
    blocks = fields(
        (say("field.about"), [(words.say(f"portfolio.scope.{entry.about}"),)]),
        (say("field.if"), [(f"{shelf.prose.condition(rule.condition)}{words.stop}",)]),
        (say("field.written"), [(Code(str(entry.condition)),)]),
        (say("field.proposes"), [proposed]),
        (say("field.because"), [(words.text(entry.because),)]),
        (say("field.advice"), [(words.text(entry.advice),)]),
        (say("field.caution"), [(words.text(entry.caution),)]),
        (say("field.fires"), [(shelf.example(each),) for each in entry.fires]),
        (say("field.silent"), [(shelf.example(each),) for each in entry.silent]),
        (say("field.code"), [shelf.code_of(entry)]),
        (say("field.reads"), list(shelf.grouped(inputs_of_portfolio_rule(shelf.book, rule)))),
        (say("field.sources"), [shelf.sources(entry.sources)]),
        (say("field.file"), [(Code(rule.file),)]),
    )
    return Section(words.text(entry.title), blocks, shelf.anchor(Node("portfolio", rule.id)), rule.id)
