"""A document as slides: a cover, a slide for each section of the first level, dividers for those without contents.

Sections of the second level are parts of a slide, beside or below each other. What finds no room goes on on another
slide. What is said about a slide (its notes, and what its pictures tell) stands in the notes of the speaker.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.util import Pt

from kam_expert.reports.document import About, Document, Picture, Section
from kam_expert.reports.office_charts import lettered, settled
from kam_expert.reports.office_style import Face
from kam_expert.reports.pptx_own_slides import put_in_place
from kam_expert.reports.pptx_package import described
from kam_expert.reports.pptx_panels import Canvas, Content, Panel, content_of
from kam_expert.reports.pptx_template import FEET, PLACEHOLDERS, POINT, TITLES, Area, Template, opened, ours
from kam_expert.reports.pptx_text import PITCH, WIDER, Line, box, rows
from kam_expert.reports.properties import blank
from kam_expert.reports.svg import clipped
from kam_expert.wording import Wording, languages, wording

LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
INHERITED = 44.0  # the size of titles where a template says none
FOOT = 12.0  # the size of letters at the foot, at most, as far as is known
SMALLEST_TITLE, LARGEST_TITLE = 16.0, 28.0  # of a sentence as a title


def render(
    documents: Sequence[Document], about: Sequence[About], words: Wording, template: Path | None = None
) -> bytes:
    """The documents, each about one thing, as one file of slides. Raises TemplateRefused."""
    face = Face(language=LANGUAGES.get(words.language, words.language))
    first = about[0]
    names = _names()
    values = _values(documents[0].title, first)
    stated = {name: values[meant] for name, meant in names.items() if meant in values}
    sheets = ours(face) if template is None else opened(template, stated, names, face)
    for document, each in zip(documents, about, strict=True):
        _Deck(sheets, face, words, each).write(document, covered=not (sheets.titled and len(documents) == 1))
    put_in_place(sheets.slides, sheets.own, sheets.at)
    handed_over = any(document.handed_over for document in documents)
    described(sheets.slides, documents[0].title, first, face.language, signed=not handed_over)
    if handed_over:
        blank(sheets.slides.core_properties)
    out = io.BytesIO()
    sheets.slides.save(out)
    return settled(out.getvalue(), keep_dates=True)


def _values(title: str, about: About) -> dict[str, str]:
    """What each placeholder of a template stands for, apart from the one for our slides."""
    return {"title": title, "account": about.account, "date": about.day.isoformat(), "rulebook": about.rulebook}


def _names() -> dict[str, str]:
    """What a placeholder may be called, in small letters: the English names everywhere, and those of each language."""
    found = {name: name for name in PLACEHOLDERS}
    for language in languages():
        found |= {wording(language).say(f"deck.placeholder.{name}").lower(): name for name in PLACEHOLDERS}
    return found


class _Deck:
    """The slides of one document."""

    def __init__(self, template: Template, face: Face, words: Wording, about: About) -> None:
        self.template = template
        self.face = face
        self.words = words
        self.about = about

    def write(self, document: Document, *, covered: bool) -> None:
        """All slides of a document; `covered`: with one that says its title."""
        if covered:
            self._cover(document)
        index = 0
        while index < len(document.sections):
            section, index = document.sections[index], index + 1
            parts = []
            while index < len(document.sections) and document.sections[index].level > 1:
                parts.append(document.sections[index])
                index += 1
            self._section(section, parts)

    def _cover(self, document: Document) -> None:
        lines = [self.about.account, self.words.say("deck.as_of", day=self.about.day.isoformat())]
        if self.about.rulebook:
            lines.append(self.words.say("deck.rulebook", version=self.about.rulebook))
        self._titled(self.template.cover, document.title, [line for line in lines if line not in document.title])

    def _section(self, section: Section, parts: Sequence[Section]) -> None:
        content = content_of(section, parts)
        if not content.panels and not content.figures and not content.callouts:
            self._titled(self.template.divider, section.title, list(section.notes))
            return
        told = [block.told for each in (section, *parts) for block in each.blocks if isinstance(block, Picture)]
        notes = [*told, *section.notes, *(note for part in parts for note in part.notes)]
        rest = self._slide(section.title, content, notes)
        while rest:
            title = self.words.say("deck.continued", title=section.title)
            rest = self._slide(title, Content((), (rest[0],), ()), notes) + rest[1:]

    def _slide(self, title: str, content: Content, notes: Sequence[str]) -> list[Panel]:
        slide = self._new(self.template.plain)
        self._title(slide, title, LARGEST_TITLE)
        self._feet(slide)
        canvas = Canvas(slide, self.face, [])
        canvas.fill(content, self.template.area)
        if notes:
            self._notes(slide, notes)
        return canvas.rest

    def _titled(self, layout: Any, title: str, lines: Sequence[str]) -> None:
        """A slide with only a title and a few lines below it."""
        slide = self._new(layout, keep=True)
        self._title(slide, title)
        texts = [each for each in slide.placeholders if each.placeholder_format.type not in TITLES]
        for index, shape in enumerate(texts):
            if index or not lines:
                shape._element.getparent().remove(shape._element)
                continue
            frame = shape.text_frame
            for number, line in enumerate(lines):
                paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
                run = paragraph.add_run()
                run.text = line
                run._r.get_or_add_rPr().set("lang", self.face.language)
        if not texts and lines:
            area = self.template.area
            box(slide, area, [Line(each, 16) for each in lines], self.face, "Text")

    def _new(self, layout: Any, *, keep: bool = False) -> Any:
        """A slide of a layout, with nothing on it but the title, or with all that wants filling."""
        slide = self.template.slides.slides.add_slide(layout)
        if not keep:
            for shape in list(slide.placeholders):
                if shape.placeholder_format.type not in TITLES:
                    shape._element.getparent().remove(shape._element)
        return slide

    def _title(self, slide: Any, title: str, most: float = INHERITED) -> None:
        shape = slide.shapes.title
        if shape is None:
            area = self.template.area
            place = Area(area.left, 14, area.width, max(24.0, area.top - 20))
            box(slide, place, [Line(title, 20, bold=True)], self.face, "Title")
            return
        shape.text_frame.text = title
        size, given = self._size(shape, title, most)
        for run in shape.text_frame.paragraphs[0].runs:
            run._r.get_or_add_rPr().set("lang", self.face.language)
            if size < given:
                run.font.size = Pt(size)
        if size < given:
            shape.text_frame.paragraphs[0].line_spacing = Pt(size * PITCH)

    def _size(self, shape: Any, title: str, most: float) -> tuple[float, float]:
        """The size at which a title fits into its place, and the one that the layout gives it."""
        given = _inherited(shape)
        wide, high = float(shape.width or 0) / POINT - 16, float(shape.height or 0) / POINT
        size = min(given, most)
        while size > SMALLEST_TITLE and rows(title, wide, size) * size * PITCH > max(high, size * PITCH):
            size -= 1
        return size, given

    def _feet(self, slide: Any) -> None:
        """The foot of the layout on the slide: which account and when, and the number of the slide."""
        for shape in slide.slide_layout.placeholders:
            kind = shape.placeholder_format.type
            if kind not in FEET:
                continue
            element = copy.deepcopy(shape._element)
            slide.shapes._spTree.insert_element_before(element, "p:extLst")
            element.nvSpPr.cNvPr.set("id", str(max(each.shape_id for each in slide.shapes) + 1))
            room = float(shape.width or 0) / POINT - 16
            text = {
                PP_PLACEHOLDER.FOOTER: clipped(self.about.account, room, FOOT * WIDER),
                PP_PLACEHOLDER.DATE: self.about.day.isoformat(),
            }.get(kind)
            if text is not None:
                _only(element, text, self.face)

    def _notes(self, slide: Any, notes: Sequence[str]) -> None:
        frame = slide.notes_slide.notes_text_frame
        for index, note in enumerate(dict.fromkeys(notes)):
            paragraph = frame.add_paragraph() if index else frame.paragraphs[0]
            run = paragraph.add_run()
            run.text = note
            lettered(run._r.get_or_add_rPr(), self.face)


def _inherited(shape: Any) -> float:
    """The size of letters that a title has from its layout or master."""
    layout = shape.part.slide_layout
    kind = shape.placeholder_format.type
    for each in (*layout.placeholders, *layout.slide_master.placeholders):
        if each.placeholder_format.type in TITLES and (each.placeholder_format.type == kind or kind in TITLES):
            for style in each._element.iter(qn("a:lvl1pPr")):
                letters = style.find(qn("a:defRPr"))
                if letters is not None and letters.get("sz"):
                    return int(letters.get("sz")) / 100
    styles = layout.slide_master._element.find(qn("p:txStyles"))
    if styles is not None:
        for letters in styles.find(qn("p:titleStyle")).iter(qn("a:defRPr")):
            if letters.get("sz"):
                return int(letters.get("sz")) / 100
    return INHERITED


def _only(element: Any, text: str, face: Face) -> None:
    """One paragraph with one text in the place of what a foot says."""
    body = element.txBody
    first, *others = body.findall(qn("a:p"))
    for other in others:
        body.remove(other)
    for each in list(first):
        if each.tag != qn("a:pPr"):
            first.remove(each)
    run = first.add_r()
    run.text = text
    run.get_or_add_rPr().set("lang", face.language)
