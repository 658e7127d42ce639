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


def outcome_in_words(outcome: str, secondary: tuple[str, ...] | None, book: Rulebook, words: Wording) -> str:
    """A strategy that leads, with those beside it if they are said, or a level."""
    leads = outcome in book.candidates
    named = told(Result("advised" if leads else outcome, outcome if leads else None), book, words)
    if secondary is None:
        return named
    beside = words.say("list_comma").join(words.text(book.candidates[name].short) for name in secondary)
    return words.say("changes.beside" if secondary else "changes.alone_leads", outcome=named, secondary=beside)
