"""What every document is told of: a diagnosis in one language, its history, and what follows from each section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents.figures import figures
from kam_expert.reports import account_pictures, account_tables
from kam_expert.reports.document import Block, Callout, Picture, Section
from kam_expert.reports.speaking import Speaking
from kam_expert.review.history import History
from kam_expert.rulebook.document_rules import placeholders
from kam_expert.rulebook.document_schema import Enclosure, PlanSection
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording


@dataclass(frozen=True)
class Enclosed:
    """What whoever asks for a document may add to it.

    `history`: what was recorded of earlier reviews. `blocks`: what sections enclose and takes long to compute.
    `sections`: to stand before the appendix. `pictured`: whether the format shows pictures.
    """

    history: History | None = None
    blocks: Mapping[Enclosure, tuple[Block, ...]] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    pictured: bool = True


DRAWN: Mapping[Enclosure, Callable[[Speaking], tuple[Block, ...]]] = {
    "contacts": account_tables.contacts,
    "white_space": account_tables.white_space,
    "competitors": account_tables.competitors,
    "bridge": account_pictures.bridge,
}
"""What sections enclose and is drawn from the diagnosis at once."""


class Telling:
    """A diagnosis about to be told as a document."""

    def __init__(self, diagnosis: Diagnosis, words: Wording, enclosed: Enclosed) -> None:
        self.speaking = Speaking(diagnosis, words, pictured=enclosed.pictured)
        self.diagnosis = diagnosis
        self.book = diagnosis.book
        self.enclosed = enclosed

    def say(self, key: str, /, **parameters: object) -> str:
        return self.speaking.say(f"documents.{key}", **parameters)

    @cached_property
    def figures(self) -> dict[str, Value]:
        return figures(self.diagnosis, self.enclosed.history)

    @property
    def asking(self) -> bool:
        """Whether answers to open questions are worth somebody's time: not on hold, and not where no effort pays."""
        return self.diagnosis.recommendation.level in ("advised", "screening")

    def enclosed_in(self, section: PlanSection) -> list[Block]:
        """The pictures and tables that a section encloses."""
        found: list[Block] = []
        for name in section.encloses:
            found += self.enclosed.blocks.get(name, ())
            if name in DRAWN:
                found += _shown(DRAWN[name](self.speaking), self.enclosed)
        return found

    def so_what(self, section: str) -> Callout:
        """What follows from a section: the first of its rules that fires and whose text can be filled."""
        state = State(self.figures, self.book.parameters)
        for rule in self.book.documents.rules_of(section):
            text = self.filled(rule.entry.text) if evaluate(rule.condition, state) is True else None
            if text is not None:
                words = self.speaking.words
                title = words.text(rule.entry.title) + words.stop + self.speaking.say("sentence_space")
                return Callout(self.say("so_what"), title + text)
        raise LookupError(section)  # loading has made sure that the last rule of a section fires

    def filled(self, text: Text) -> str | None:
        """A text with its names replaced by values; None while one of them is unknown."""
        values = {name: self._spoken(name) for name in placeholders(text)}
        if None in values.values():
            return None
        return self.speaking.words.fill(text, **values)

    def _spoken(self, name: str) -> str | None:
        recommendation, speaking = self.diagnosis.recommendation, self.speaking
        match name:
            case "account":
                return self.diagnosis.case.name
            case "primary":
                return None if recommendation.primary is None else speaking.strategy(recommendation.primary)
            case "runner_up":
                return None if recommendation.runner_up is None else speaking.strategy(recommendation.runner_up)
            case "secondary":
                return speaking.strategies(recommendation.secondary) or None
            case "question":
                questions = self.diagnosis.questions
                return speaking.label(questions[0].fact) if questions else None
            case _:
                value = self.figures.get(name)
                currency = self.diagnosis.case.currency
                return None if value is None else speaking.words.value(name, value, self.book, currency)


def _shown(blocks: tuple[Block, ...], enclosed: Enclosed) -> tuple[Block, ...]:
    """Pictures alone where there are some and the format shows them: their tables stand in the appendix."""
    pictures = tuple(block for block in blocks if isinstance(block, Picture))
    return pictures if pictures and enclosed.pictured else blocks
