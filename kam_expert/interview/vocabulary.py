"""Words that people type, in every language at once: whoever switches language midway need not relearn a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from kam_expert.wording import languages, wording

COMMANDS = (
    "back",
    "forward",
    "skip",
    "unknown",
    "not_applicable",
    "later",
    "why",
    "so_far",
    "help",
    "note",
    "source",
    "goto",
    "review",
    "save",
    "language",
    "full",
    "stop",
    "quit",
)
WITH_WORDS_AFTER = ("back", "note", "source", "goto", "language")
"""Commands that may be followed by more words."""
LITERAL = "="
"""What stands before an answer that would otherwise be heard as a command."""


@lru_cache(maxsize=64)
def heard(key: str) -> frozenset[str]:
    """The words of all languages for one meaning, in lower case."""
    found = (wording(language).say(f"interview.hear.{key}") for language in languages())
    return frozenset(word.strip().lower() for words in found for word in words.split("|"))


@lru_cache(maxsize=8)
def valued(key: str) -> Mapping[str, str]:
    """What each of the words of all languages for one kind of thing stands for: `word=value`, in lower case."""
    return dict(word.split("=", 1) for word in heard(key))


def any_of(key: str) -> str:
    """The words for one meaning as a part of a regular expression, the longest first."""
    return "|".join(re.escape(word) for word in sorted(heard(key), key=lambda word: (-len(word), word)))


def command_in(text: str) -> tuple[str, str] | None:
    """The command that a typed line is, with what follows it; None for an answer."""
    plain = text.strip()
    if plain.startswith(LITERAL):
        return None
    for command in COMMANDS:
        if plain.lower() in heard(f"command.{command}"):
            return command, ""
    first, _, rest = plain.partition(" ")
    for command in WITH_WORDS_AFTER:
        if rest and first.lower() in heard(f"command.{command}"):
            return command, rest.strip()
    return None


def says(key: str, text: str) -> bool:
    """Whether a typed text is one of the words for `key`."""
    return text.strip().lower() in heard(key)
