"""The hand-over of an account to another manager: the steps with their days, and the people to be met."""

from __future__ import annotations

from datetime import date, timedelta

from kam_expert.reports.document import Block, Paragraph, Section, Table
from kam_expert.review.reviewing import Review
from kam_expert.review.titles import Titles
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.review_schema import HandoverStep, People, ReviewEntry
from kam_expert.wording import Wording


def handover(review: Review, words: Wording) -> list[Section]:
    """The hand-over plan, if another person manages the account than at the last review."""
    stated = review.book.review.stated
    if stated is None or stated.manager is None or not stated.handover or review.last is None:
        return []
    before, after = (case.facts.get(stated.manager) for case in (review.last.case, review.case))
    if before is None or after is None or before.value is None or after.value in (None, before.value):
        return []
    start = _since(review, after.as_of)
    titles = Titles(review.book, words)
    last = max(step.day for step in stated.handover)
    head = titles.say("handover.head", before=before.value, after=after.value, day=start.isoformat(), days=last)
    rows = tuple(_row(step, start, titles, words) for step in stated.handover)
    headers = tuple(titles.say(f"column.{key}") for key in ("due", "what", "owner", "deliverable"))
    blocks: list[Block] = [Paragraph(head), Table(headers, rows, (12, 34, 16, 32))]
    return [Section(titles.say("handover.title"), (*blocks, *_people(review, stated, start, titles)))]


def _since(review: Review, as_of: date | None) -> date:
    """The day of the change, as far as it lies after the last review; else the day of this one."""
    assert review.last is not None
    return as_of if as_of is not None and review.last.entry.on < as_of <= review.on else review.on


def _row(step: HandoverStep, start: date, titles: Titles, words: Wording) -> tuple[str, ...]:
    day = (start + timedelta(days=step.day)).isoformat()
    return day, words.text(step.title), titles.owner(step.owner), words.text(step.deliverable)


def _people(review: Review, stated: ReviewEntry, start: date, titles: Titles) -> tuple[Block, ...]:
    """Whom to meet, and by when; that nobody is listed is said as well."""
    step = next((each for each in stated.handover if each.people), None)
    if step is None:
        return ()
    day = (start + timedelta(days=step.day)).isoformat()
    people = stated.people
    given = None if people is None else review.case.facts.get(people.table)
    if people is None or given is None or not given.rows:
        return (Paragraph(titles.say("handover.nobody", day=day)),)
    columns = review.book.facts[people.table].columns
    headers = tuple(titles.words.text(columns[name].label) for name in (people.name, *people.shown))
    rows = tuple(_person(row, people, review, titles) for row in given.rows)
    return (Paragraph(titles.say("handover.people", day=day)), Table(headers, rows))


def _person(row: object, people: People, review: Review, titles: Titles) -> tuple[str, ...]:
    assert isinstance(row, dict)
    return tuple(_cell(people.table, name, row.get(name), review, titles) for name in (people.name, *people.shown))


def _cell(table: str, name: str, value: Value | None, review: Review, titles: Titles) -> str:
    if value is None:
        return titles.words.say("unknown")
    column = review.book.facts[table].columns[name]
    choices = column.choices
    if isinstance(value, str):
        return titles.words.text(choices[value]) if value in choices else value
    if isinstance(value, bool):
        return titles.words.say("yes" if value else "no")
    unit = "rating" if column.type == "rating" else column.unit
    return titles.words.quantity(float(value), unit, review.book, review.case.currency)
