"""The Word file itself: its properties, and the same bytes from the same content."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time

from docx.document import Document as Word

from kam_expert.reports.docx_xml import legal
from kam_expert.reports.properties import blank

EARLIEST = 1980  # the first year that a zip archive knows
MADE_WITH = "kam-expert"
LONGEST = 255  # letters of a property
UNIX = 3  # the system that archives say they were made on, so that all systems make the same


def described(
    word: Word, day: date, *, title: str, subject: str, keywords: str, language: str, handed_over: bool = False
) -> None:
    """The properties that file managers show and search.

    `handed_over`: none says what the file was made with, by whom, or what the template noted for its own people.
    """
    moment = datetime.combine(day, time(), UTC).replace(tzinfo=None)
    properties = word.core_properties
    properties.title, properties.subject, properties.keywords = (legal(e)[:LONGEST] for e in (title, subject, keywords))
    properties.language = language
    properties.created = properties.modified = moment
    properties.last_modified_by = MADE_WITH
    if handed_over:
        blank(properties)
    properties.revision = 1


def packed(word: Word, day: date) -> bytes:
    """The file; the times in it are those of the day, not of the clock."""
    saved, out = io.BytesIO(), io.BytesIO()
    word.save(saved)
    moment = (max(day.year, EARLIEST), day.month, day.day, 0, 0, 0)
    with zipfile.ZipFile(saved) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as settled:
        for name in package.namelist():
            part = zipfile.ZipInfo(name, moment)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = UNIX
            part.external_attr = 0o600 << 16
            settled.writestr(part, package.read(name))
    return out.getvalue()
