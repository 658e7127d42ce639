"""Which sections a report has at each depth."""

from __future__ import annotations

from typing import Literal

from kam_expert.diagnosis import Diagnosis
from kam_expert.reports import brief, planning, reasons
from kam_expert.reports.document import Document, Section
from kam_expert.reports.speaking import Speaking
from kam_expert.wording import Wording

Depth = Literal["brief", "reasons", "full"]
DEPTHS: tuple[Depth, ...] = ("brief", "reasons", "full")


def document(
    diagnosis: Diagnosis, words: Wording, depth: Depth, trees: tuple[Section, ...] = (), *, pictured: bool = True
) -> Document:
    """The report of one diagnosis in one language: the brief; with reasons; with plan and appendix.

    `trees`: sections to stand after the reasons, which whoever stands above this package may give. `pictured`: with
    pictures, which only some formats can show.
    """
    speaking = Speaking(diagnosis, words, pictured=pictured)
    sections = list(brief.sections(speaking))
    if depth != "brief":
        sections += [*reasons.sections(speaking), *trees]
    if depth == "full":
        sections += planning.sections(speaking)
        sections += planning.appendix(speaking)
    return Document(brief.title(speaking), tuple(sections))
