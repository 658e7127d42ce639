"""The account plan's section on reviews: when, by what, what forces a new look, what was decided and what changed."""

from __future__ import annotations

from kam_expert.documents.plan_parts import below, closed
from kam_expert.documents.telling import Telling
from kam_expert.reports import planning
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.review.entries import Accepted, Choice, Progress
from kam_expert.review.history import History
from kam_expert.review.reviewing import Review, review
from kam_expert.review.words import changes
from kam_expert.rulebook.document_schema import PlanSection

TURNING = ("suspend", "renew", "remix")
TRIGGERS = 3


def reviews(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """Gates, triggers, decisions and changes."""
    plan = telling.diagnosis.plan
    gates: tuple[Block, ...] = (Paragraph(telling.say("review_when_known")),)
    if plan is not None:
        gates = planning.gates(telling.speaking, plan, short=True)
    history = telling.enclosed.history
    return closed(
        telling,
        section,
        [*gates, *telling.enclosed_in(section)],
        below(telling, "triggers", _triggers(telling)),
        below(telling, "decisions", _decisions(telling, history)),
        below(telling, "changes", _changes(telling, history)),
    )


def _triggers(telling: Telling) -> list[Block]:
    """What calls for more than another date, without waiting for the next gate."""
    kinds = {level.id: level.plan for level in telling.book.review.levels}
    rules = [rule for rule in telling.book.review.rules if kinds.get(rule.entry.level) in TURNING]
    rules.sort(key=lambda rule: TURNING.index(kinds[rule.entry.level]))
    text = telling.speaking.text
    rows = tuple((text(rule.entry.title), text(rule.entry.advice)) for rule in rules[:TRIGGERS])
    headers = (telling.say("column.trigger"), telling.say("column.then"))
    return [Table(headers, rows, (34, 62))] if rows else []


def _decisions(telling: Telling, history: History | None) -> list[Block]:
    if history is None or not history.entries:
        return [Paragraph(telling.say("no_history"))]
    rows = tuple(_decision(telling, entry) for entry in history.entries)
    headers = tuple(telling.say(f"column.{name}") for name in ("day", "decision", "in_force", "by", "reason"))
    return [Table(headers, rows, (12, 20, 32, 10, 24))]


def _decision(telling: Telling, entry: Accepted | Progress) -> tuple[str, str, str, str, str]:
    day, by, reason = entry.on.isoformat(), entry.by or "", entry.reason or ""
    if isinstance(entry, Progress):
        return day, telling.say("reported_done", count=len(entry.done)), "", by, reason
    level = telling.book.review.level(entry.decision)
    title = telling.speaking.say("review.started") if level is None else telling.speaking.text(level.title)
    return day, title, _in_force(telling, entry.in_force), by, reason


def _in_force(telling: Telling, choice: Choice) -> str:
    names = [name for name in (choice.primary, *choice.secondary) if name is not None]
    known = [telling.speaking.strategy(name) if name in telling.book.candidates else name for name in names]
    return telling.speaking.say("list_comma").join(known) or telling.speaking.say("none")


def _changes(telling: Telling, history: History | None) -> list[Block]:
    """What is different from the last accepted version, with the findings of the review."""
    if history is None or history.last is None:
        return []
    found = _reviewed(telling, history)
    items = tuple(
        (telling.speaking.text(each.rule.entry.title), (telling.speaking.text(each.rule.entry.advice),))
        for each in found.noticed
    )
    noticed: list[Block] = [Bullets(items)] if items else []
    return [*changes(found, telling.speaking.words), *noticed]


def _reviewed(telling: Telling, history: History) -> Review:
    case = telling.diagnosis.case
    return review(case, telling.book, history, max(case.as_of, history.latest or case.as_of))
