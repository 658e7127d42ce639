"""Diagnoses in the format asked for, as text or as the bytes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents.composing import Kind, compose
from kam_expert.documents.customer import NotHandedOver
from kam_expert.documents.telling import Enclosed
from kam_expert.reports import content
from kam_expert.reports.document import About, Document
from kam_expert.review.history import History
from kam_expert.wording import Wording

Format = Literal["text", "markdown", "html", "json", "docx", "pptx", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
FILES: frozenset[str] = frozenset({"docx", "pptx", "xlsx"})
"""The formats that only a file can hold."""
TEMPLATED: frozenset[str] = frozenset({"docx", "pptx"})
"""The formats that can be written into a template of one's own."""
COMPOSED: frozenset[str] = frozenset({"text", "markdown", "html", "docx", "pptx"})
"""The formats in which any document can be had; the others have one content of their own."""
DRAWN: frozenset[str] = frozenset({"html", "docx", "pptx"})
"""The formats that show pictures."""
ENDINGS: dict[Format, frozenset[str]] = {
    "text": frozenset({".txt", ".md"}),
    "markdown": frozenset({".md", ".markdown", ".txt"}),
    "html": frozenset({".html", ".htm"}),
    "json": frozenset({".json"}),
    "docx": frozenset({".docx"}),
    "pptx": frozenset({".pptx"}),
    "xlsx": frozenset({".xlsx"}),
}
"""How the names of files in a format end."""
OTHERS = frozenset({".pdf", ".doc", ".dotx", ".ppt", ".potx", ".xls", ".csv"})
MISLEADING: frozenset[str] = OTHERS.union(*ENDINGS.values())
"""Endings that say what a file is; in a name they must not say it of another format."""
PLANNED = 6
"""How many facts that the advice hangs on stand in a plan or a deck."""
USUAL: dict[str, Kind] = {"docx": "plan", "pptx": "deck"}
"""The document that a format is usually wanted for; else the report."""


@dataclass(frozen=True)
class Chosen:
    """What was asked for: which document, in which format and depth, into which template, with which histories."""

    kind: Kind
    format: Format
    depth: content.Depth | None
    template: Path | None
    histories: tuple[History | None, ...]


def rendered(diagnoses: list[Diagnosis], chosen: Chosen, words: Wording) -> str | bytes:
    """The documents of all accounts.

    Raises `NotStated`, `TemplateRefused` for a template that cannot be used, and a group with one `NotHandedOver` for
    each customer to whom no plan may be handed over.
    """
    match chosen.format:
        case "json":
            from kam_expert.reports import json_document

            if len(diagnoses) == 1:
                return json_document.render(diagnoses[0], words)
            return json_document.render_all(diagnoses, words)
        case "xlsx":
            from kam_expert.workbooks.account import workbook

            return workbook(diagnoses[0], words)
        case "docx":
            from kam_expert.reports import docx

            return docx.render(composed(diagnoses, chosen, words), _about(diagnoses, chosen), words, chosen.template)
        case "pptx":
            from kam_expert.reports import pptx

            return pptx.render(composed(diagnoses, chosen, words), _about(diagnoses, chosen), words, chosen.template)
        case "html":
            from kam_expert.reports import html

            return html.render(composed(diagnoses, chosen, words), words)
        case "markdown":
            from kam_expert.reports import markdown

            return "\n\n".join(markdown.render(document) for document in composed(diagnoses, chosen, words))
        case "text":
            from kam_expert.reports import text

            return "\n\n".join(text.render(document) for document in composed(diagnoses, chosen, words))


def _about(diagnoses: list[Diagnosis], chosen: Chosen) -> list[About]:
    inside = chosen.kind != "customer"  # what is handed over does not say what it was made with
    return [About(each.case.name, each.case.as_of, each.book.version if inside else "") for each in diagnoses]


def composed(diagnoses: list[Diagnosis], chosen: Chosen, words: Wording) -> list[Document]:
    """The document asked for of each account, with what its format can show: pictures, trees that unfold."""
    depth = chosen.depth or ("brief" if chosen.format == "text" else "full")
    found, refused = [], list[NotHandedOver]()
    for diagnosis, history in zip(diagnoses, chosen.histories, strict=True):
        try:
            found.append(compose(diagnosis, words, chosen.kind, depth, _enclosed(diagnosis, history, chosen, words)))
        except NotHandedOver as refusal:
            refused.append(refusal)
    if refused:
        raise ExceptionGroup("customers to whom no plan may be handed over", refused)
    return found


def _enclosed(diagnosis: Diagnosis, history: History | None, chosen: Chosen, words: Wording) -> Enclosed:
    if chosen.format not in DRAWN:
        return Enclosed(history, pictured=False)
    if chosen.kind not in ("report", "plan", "deck"):
        return Enclosed(history)
    from kam_expert.explanation.sensitivity import MOST_SHOWN, sensitivity

    most = MOST_SHOWN if chosen.kind == "report" else PLANNED
    hanging = sensitivity(diagnosis, most).sections(words)
    if chosen.kind != "report":
        return Enclosed(history, {"sensitivity": tuple(block for section in hanging for block in section.blocks)})
    if chosen.format != "html":
        return Enclosed(history, sections=tuple(hanging))
    from kam_expert.explanation.how import recommendation_trees

    return Enclosed(history, sections=(*recommendation_trees(diagnosis, words), *hanging))
