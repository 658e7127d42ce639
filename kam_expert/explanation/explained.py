"""What every explanation can do: be a report in a language, plain JSON, and text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from kam_expert.reports import text
from kam_expert.reports.document import Document
from kam_expert.wording import Wording, wording


class Explained(ABC):
    """Base of all explanations, which are frozen dataclasses."""

    __slots__ = ()

    @abstractmethod
    def document(self, words: Wording) -> Document:
        """The explanation as a report in the language of `words`."""

    @abstractmethod
    def json(self) -> dict[str, Any]:
        """The explanation as plain values: ids and numbers, no words of a language."""

    def text(self, language: str = "en") -> str:
        """The explanation for a terminal, ending in a newline; `language` is one of `wording.languages()`."""
        return text.render(self.document(wording(language)))

    def __str__(self) -> str:
        return self.text()
