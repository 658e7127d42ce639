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
    closing: list[Block] = [*_next_gate(telling), Paragraph(situation.confidence(telling))]
    found = [
        Section(speaking.say("brief.position"), (Paragraph(situation.position(telling)),)),
        Section(speaking.say("brief.recommendation"), brief.recommendation(speaking)),
        Section(speaking.say("brief.reasons"), brief.why(speaking)),
        Section(speaking.say("brief.numbers"), brief.numbers(speaking)),
        Section(telling.say("heading.asks"), situation.asks(telling)),
        Section(speaking.say("brief.activities"), brief.first_activities(speaking)),
        Section(telling.say("heading.next"), (*closing, telling.so_what(diagnosis.book.documents.sections[0].id))),
    ]
    title = telling.say("title.summary", account=diagnosis.case.name)
    return Document(title, tuple(section for section in found if section.blocks))


def _next_gate(telling: Telling) -> list[Block]:
    plan = telling.diagnosis.plan
    if plan is None or not plan.gates:
        return []
    each = plan.gates[0]
    speaking = telling.speaking
    decides = speaking.text(telling.book.planning.owners[each.gate.decides].title)
    words = {"title": each.gate.title, "day": speaking.day(each.due), "decides": decides}
    return [Pairs(((telling.say("next_gate"), telling.say("gate_line", **words)),))]
