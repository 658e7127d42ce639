"""What an account is told, as short as can be: the strategy that leads, or the level that keeps any from leading."""

from __future__ import annotations

from dataclasses import dataclass

from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording


@dataclass(frozen=True)
class Result:
    """What an account is told: the strategy that leads, or the level that keeps any from leading."""

    level: str
    primary: str | None

    @property
    def id(self) -> str:
        return self.primary or self.level


def told(result: Result, book: Rulebook, words: Wording) -> str:
    """The strategy that leads, or the level, in words."""
    if result.primary is None:
        return words.say(f"test.level_name.{result.level}")
    return words.text(book.candidates[result.primary].short)
