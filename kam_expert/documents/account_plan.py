"""The account plan: fifteen sections that each end in what follows, and an appendix with all they rest on.

Pictures of tables (people, white space, competitors) and of the bridge to the goals stand in
`OF_THE_ACCOUNT`, one line for each section.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents import course, following_up, situation
from kam_expert.documents.appendix import appendix
from kam_expert.documents.telling import Enclosed, Telling
from kam_expert.reports import account_pictures, account_tables
from kam_expert.reports.document import Block, Document, Picture, Section
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.document_schema import PlanSection
from kam_expert.wording import Wording

SECTIONS: Mapping[str, Callable[[Telling, PlanSection], tuple[Section, ...]]] = {
    "summary": situation.summary,
    "position": situation.strategic_position,
    "swot": situation.strengths,
    "objectives": course.objectives,
    "strategy": course.strategy,
    "activities": course.activities,
    "resources": course.resources,
    "risks": course.risks,
    "review": following_up.reviews,
}
"""The sections that need more than their values and findings."""

OF_THE_ACCOUNT: Mapping[str, Callable[[Speaking], tuple[Block, ...]]] = {
    "people": account_tables.contacts,
    "white_space": account_tables.white_space,
    "competition": account_tables.competitors,
    "objectives": account_pictures.bridge,
}
"""Blocks drawn from the diagnosis that stand in a section, by its id; none where there is nothing to draw."""


def document(diagnosis: Diagnosis, words: Wording, enclosed: Enclosed) -> Document:
    """The whole plan in one language."""
    telling = Telling(diagnosis, words, enclosed)
    drawn = {name: _shown(draw(telling.speaking), enclosed) for name, draw in OF_THE_ACCOUNT.items()}
    blocks = {name: (*drawn.get(name, ()), *enclosed.blocks.get(name, ())) for name in {**drawn, **enclosed.blocks}}
    telling.enclosed = replace(enclosed, blocks=blocks)
    sections: list[Section] = []
    for section in diagnosis.book.documents.sections:
        sections += SECTIONS.get(section.id, situation.described)(telling, section)
    title = telling.say("title.plan", account=diagnosis.case.name)
    return Document(title, (*sections, *enclosed.sections, *appendix(telling)))


def _shown(blocks: tuple[Block, ...], enclosed: Enclosed) -> tuple[Block, ...]:
    """Pictures alone where there are some and the format shows them: their tables stand in the appendix."""
    pictures = tuple(block for block in blocks if isinstance(block, Picture))
    return pictures if pictures and enclosed.pictured else blocks
