"""What reading an export finds: decisions with their evidence, questions for the user, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from kam_expert.problems import Phrase

T = TypeVar("T")


@dataclass(frozen=True)
class Decided(Generic[T]):
    """A decision about a file or a column, with the evidence for it; a doubtful one is listed for checking."""

    value: T
    because: Phrase
    doubtful: bool = False


@dataclass(frozen=True)
class Ask:
    """What the files leave open. `option`: what to add to the command line, with a place for the answer."""

    question: Phrase
    option: str


@dataclass(frozen=True)
class Reject:
    """A row or cell that was not used: where it stands, what was found there and why it was left out.

    `line` counts from 1, as in the file; `column` is the name of the column, empty when it is the whole row.
    """

    file: str
    line: int
    column: str
    found: str
    why: Phrase


@dataclass(frozen=True)
class Notice:
    """What a reader should know about a file, a column or a join although nothing is wrong with it."""

    file: str
    column: str
    says: Phrase


class CannotImport(Exception):
    """The files cannot be imported as they are; says why, completely. `asks` are open questions."""

    def __init__(self, reasons: tuple[Phrase, ...] = (), asks: tuple[Ask, ...] = ()) -> None:
        self.reasons = reasons
        self.asks = asks
        super().__init__("; ".join(str(each) for each in (*reasons, *asks)))
