"""The account plan: fifteen sections that each end in what follows, and an appendix with all they rest on.

Which sections there are and what stands in each is in `knowledge/documents.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents import course, following_up, situation
from kam_expert.documents.appendix import appendix
from kam_expert.documents.telling import Enclosed, Telling
from kam_expert.reports.document import Document, Section
from kam_expert.rulebook.document_schema import PlanPart, PlanSection
from kam_expert.wording import Wording

PARTS: Mapping[PlanPart, Callable[[Telling, PlanSection], tuple[Section, ...]]] = {
    "summary": situation.summary,
    "values": situation.described,
    "position": situation.strategic_position,
    "swot": situation.strengths,
    "objectives": course.objectives,
    "strategy": course.strategy,
    "activities": course.activities,
    "resources": course.resources,
    "risks": course.risks,
    "reviews": following_up.reviews,
}


def document(diagnosis: Diagnosis, words: Wording, enclosed: Enclosed) -> Document:
    """The whole plan in one language."""
    telling = Telling(diagnosis, words, enclosed)
    sections: list[Section] = []
    for section in diagnosis.book.documents.sections:
        sections += PARTS[section.tells](telling, section)
    title = telling.say("title.plan", account=diagnosis.case.name)
    return Document(title, (*sections, *enclosed.sections, *appendix(telling)))
