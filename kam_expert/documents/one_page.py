"""The account on one page: for whoever has two minutes."""

from __future__ import annotations

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents import situation
from kam_expert.documents.telling import Enclosed, Telling
from kam_expert.reports import brief
from kam_expert.reports.document import Block, Document, Pairs, Paragraph, Section
from kam_expert.wording import Wording


def document(diagnosis: Diagnosis, words: Wording, enclosed: Enclosed) -> Document:
    """Position, strategy, three reasons, numbers and asks, first activities, next gate, confidence."""
    telling = Telling(diagnosis, words, enclosed)
    speaking = telling.speaking
    so_what = telling.so_what(diagnosis.book.documents.sections[0].id)
    course: list[Block] = [Paragraph(situation.position(telling)), _strategies(telling), so_what]
    course += [*brief.why(speaking), *brief.numbers(speaking)]
    key, asked = situation.asked(telling)
    lead_in = [Paragraph(telling.say(f"lead_in.{key}"))] if asked and key != "asks" else []
    steps: list[Block] = [*lead_in, *asked, *_first_activities(telling)]
    steps.append(Paragraph(situation.confidence(telling)))
    found = (
        Section(telling.say("heading.course"), tuple(course)),
        Section(telling.say("heading.asks"), tuple(steps)),
    )
    title = telling.say("title.summary", account=diagnosis.case.name)
    return Document(title, found)


def _first_activities(telling: Telling) -> list[Block]:
    """The activities that start first, in one paragraph."""
    plan, speaking = telling.diagnosis.plan, telling.speaking
    if plan is None or not plan.activities:
        return []
    lines = []
    for planned in plan.activities[: brief.ACTIVITIES]:
        owner = speaking.text(telling.book.planning.owners[planned.activity.owner].title)
        weeks = brief.span(speaking, planned.activity.start, planned.activity.end)
        lines.append(speaking.say("activity_line", title=planned.activity.title, owner=owner, weeks=weeks))
    return [Paragraph(telling.say("first_activities", activities=speaking.say("list_semicolon").join(lines)))]


def _strategies(telling: Telling) -> Block:
    """The strategies with the next gate; without a strategy, what that means."""
    recommendation, speaking = telling.diagnosis.recommendation, telling.speaking
    if recommendation.primary is None:
        return brief.recommendation(speaking)[0]
    items = [(speaking.say("status.primary"), speaking.strategy(recommendation.primary))]
    if recommendation.secondary:
        items.append((speaking.say("status.secondary"), speaking.strategies(recommendation.secondary)))
    plan = telling.diagnosis.plan
    for each in () if plan is None else plan.gates[:1]:
        decides = speaking.text(telling.book.planning.owners[each.gate.decides].title)
        line = telling.say("gate_line", title=each.gate.title, day=speaking.day(each.due), decides=decides)
        items.append((telling.say("next_gate"), line))
    return Pairs(tuple(items))
