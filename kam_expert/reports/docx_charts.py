"""Pictures in Word as native charts: a part of the file with a workbook behind it, to be edited there."""

from __future__ import annotations

from dataclasses import dataclass, field

from docx.document import Document as Word

from kam_expert.reports.docx_blocks import Chart
from kam_expert.reports.pictures import Shown


@dataclass
class Charts:
    """The charts of one file. `room`: between the margins, in twips."""

    word: Word
    room: int
    language: str
    _count: int = field(default=0)

    def added(self, shown: Shown) -> Chart | None:
        """The picture as a chart of the file; None where it has no such form."""
        return None
