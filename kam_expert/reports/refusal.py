"""That a client's own template cannot be used."""

from __future__ import annotations

from kam_expert.problems import Phrase


class TemplateRefused(Exception):
    """The file cannot serve as a template; `why` says what is wrong and what is allowed."""

    def __init__(self, why: Phrase) -> None:
        self.why = why
        super().__init__(str(why))
