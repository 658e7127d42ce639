"""The properties of a file of slides that programs show: what it was made with, its shape, how many slides it has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.presentation import Presentation as Slides

from kam_expert.reports.document import About

MADE_WITH = "kam-expert"
SHAPES = {(4, 3): "On-screen Show (4:3)", (16, 9): "Widescreen", (16, 10): "On-screen Show (16:10)"}
CUSTOM = "Custom"
NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"


def described(slides: Slides, title: str, about: About, language: str, *, signed: bool = True) -> None:
    """Say in the properties what the slides are about, and drop what the file that they were made from said.

    `signed`: they also say what made them.
    """
    properties = slides.core_properties
    properties.title, properties.subject = title, about.account
    properties.author = properties.last_modified_by = MADE_WITH if signed else ""
    properties.language, properties.keywords, properties.comments = language, "", ""
    properties.category, properties.revision = "", 1
    properties.created = properties.modified = datetime(about.day.year, about.day.month, about.day.day)
    relations: Any = slides.part.package._rels
    for relation in relations.values():
        if relation.reltype == RELATION.EXTENDED_PROPERTIES:
            relation.target_part._blob = _extended(slides, MADE_WITH if signed else "").encode()


def _extended(slides: Slides, application: str) -> str:
    wide, high = int(slides.slide_width or 0), int(slides.slide_height or 1)
    shape = next((name for (x, y), name in SHAPES.items() if abs(wide / high - x / y) < 0.01), CUSTOM)
    noted = sum(slide.has_notes_slide for slide in slides.slides)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<Properties xmlns="{NAMESPACE}"><Application>{application}</Application>'
        f"<PresentationFormat>{shape}</PresentationFormat><Slides>{len(slides.slides)}</Slides>"
        f"<Notes>{noted}</Notes><HiddenSlides>0</HiddenSlides></Properties>"
    )
