"""What somebody means who types a title, or a part of one, in place of a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import Text
from kam_expert.wording import languages, wording

LEAST = 2
"""Letters or characters of a part of a title that count; one alone is mostly a slip."""


def meant(typed: str, titles: Mapping[str, Iterable[str]]) -> str:
    """The name whose title is meant; what was typed if that is a name, fits none, or fits several."""
    plain = _plain(typed)
    if typed in titles or len(plain) < LEAST:
        return typed
    told = {name: [_plain(title) for title in each] for name, each in titles.items()}
    for fits in (lambda title: title == plain, lambda title: plain in title):
        found = [name for name, each in told.items() if any(fits(title) for title in each)]
        if found:
            return found[0] if len(found) == 1 else typed
    return typed


def texts_of(text: Text | None) -> tuple[str, ...]:
    """A text in each language."""
    return () if text is None else tuple(wording(language).text(text) for language in languages())


def level_named(typed: str | None, book: Rulebook) -> str | None:
    """The level of change that is meant."""
    return None if typed is None else meant(typed, {level.id: texts_of(level.title) for level in book.review.levels})


def strategy_named(typed: str | None, book: Rulebook) -> str | None:
    """The strategy that is meant."""
    if typed is None:
        return None
    return meant(typed, {name: texts_of(book.candidates[name].short) for name in book.candidates})


def _plain(text: str) -> str:
    return "".join(text.lower().split()).rstrip("。.")
