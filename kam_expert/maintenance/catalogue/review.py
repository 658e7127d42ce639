"""The pages of what is said about reviews of a plan: the levels of change, the names that rules read, and the rules."""

from __future__ import annotations

from collections.abc import Iterator

from kam_expert.maintenance.catalogue.noticing import Rows, reasons, rule_pages_of
from kam_expert.maintenance.catalogue.pages import Code, Line, Page, Paragraph, Section, Table
from kam_expert.maintenance.catalogue.shelf import PAGES, Shelf, fields
from kam_expert.rulebook.dependencies import REVIEW, Node, inputs, inputs_of_review_name
from kam_expert.rulebook.review_rules import NoticedInReview
from kam_expert.rulebook.review_schema import ReviewEntry, ReviewName


def review_page(shelf: Shelf) -> Page:
    """The levels of change, what is done at a hand-over, and the names of reviews with how each is computed."""
    stated = shelf.book.review.stated
    lead = (Paragraph((shelf.say("about.review"),)),)
    sections: tuple[Section, ...] = ()
    if stated is not None:
        sections = (*_frame(shelf, stated), *(_name(shelf, each) for each in stated.names))
    return Page(PAGES["review"], shelf.say("page.review"), lead, sections)


def _frame(shelf: Shelf, stated: ReviewEntry) -> Iterator[Section]:
    say, words = shelf.say, shelf.words
    levels = tuple(
        ((words.text(level.title), " ", Code(level.id)), (words.text(level.meaning),)) for level in stated.levels
    )
    headers = (say("field.level"), say("column.meaning"))
    yield Section(say("review.levels"), (Table(headers, levels),), "part-levels")
    if stated.handover:
        rows = tuple(
            (
                (words.quantity(step.day, "days", shelf.book, shelf.currency),),
                (words.text(step.title),),
                (words.text(shelf.book.planning.owners[step.owner].title),),
                (words.text(step.deliverable),),
            )
            for step in stated.handover
        )
        keys = ("due", "what", "owner", "deliverable")
        named = tuple(words.say(f"review.column.{key}") for key in keys)
        yield Section(words.say("review.handover.title"), (Table(named, rows),), "part-handover")
    if stated.kpis:
        kpis = tuple(
            (
                (words.text(kpi.title), " ", Code(kpi.id)),
                shelf.links(Node("strategy", name) for name in kpi.strategies),
            )
            for kpi in stated.kpis
        )
        heads = (words.say("review.column.figure"), say("kind.strategy"))
        yield Section(say("review.kpis"), (Table(heads, kpis),), "part-kpis")


def _name(shelf: Shelf, entry: ReviewName) -> Section:
    say, words, node = shelf.say, shelf.words, Node("review", entry.id)
    about = fields(
        (say("field.unit"), [(shelf.link(Node("unit", entry.unit)),) if entry.unit else None]),
        (say("field.way"), [_way(shelf, entry)]),
        (say("field.reads"), list(shelf.grouped(inputs_of_review_name(shelf.book, entry)))),
        (say("field.read_by"), list(shelf.read_by(node))),
    )
    blocks = (Paragraph((words.text(entry.meaning),)), *about)
    return Section(words.text(entry.label), blocks, shelf.anchor(node), entry.id)


def _way(shelf: Shelf, entry: ReviewName) -> Line:
    """Where the value comes from."""
    for key in ("was", "change", "differs", "running", "months_of", "kpi", "kpi_excess"):
        stated = getattr(entry, key)
        if stated:
            code = stated if isinstance(stated, str) else ", ".join(stated)
            ago = () if entry.months_ago is None else (shelf.say("review.months_ago", months=entry.months_ago),)
            if entry.reviews_ago is not None:
                ago = (shelf.say("review.reviews_ago", reviews=entry.reviews_ago),)
            return (shelf.say(f"review.way.{key}"), Code(code), *ago)
    return (shelf.say("by_program"),)


def review_rule_pages(shelf: Shelf) -> Iterator[Page]:
    """One page for each file of review rules."""

    def said(rule: NoticedInReview) -> Rows:
        level = shelf.book.review.level(rule.entry.level)
        title = None if level is None else (shelf.words.text(level.title),)
        return ((shelf.say("field.level"), [title]), *reasons(shelf, rule))

    def read(rule: NoticedInReview) -> tuple[Node, ...]:
        return inputs(shelf.book, rule.condition)

    return rule_pages_of(shelf, REVIEW, shelf.book.review.rules, lambda rule: (), said, read)
