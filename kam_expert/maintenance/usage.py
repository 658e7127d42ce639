"""The habits of each language as the texts of the rulebook are held to them: words to avoid, marks, lengths.

They are read from `knowledge/languages/<language>/usage/words.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping

from kam_expert.problems import ProblemsFound
from kam_expert.resources import shipped
from kam_expert.rulebook.located import read_file
from kam_expert.rulebook.schema import Entry, Text
from kam_expert.rulebook.validation import validate
from kam_expert.wording import LANGUAGE_FILES, languages


class Longest(Entry):
    """The most columns of a terminal that a text in one of the `fields` may take, except in some files."""

    fields: tuple[str, ...]
    unless_in: tuple[str, ...] = ()
    columns: int
    reason: Text


class Banned(Entry):
    """Words that texts do not use, unless inside one of `unless`; `instead`: what to write."""

    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    instead: Text


class Usage(Entry):
    """`placeholder`: how a text begins that a template left to be written. `marks`: half-width mark to full-width."""

    placeholder: str
    longest: tuple[Longest, ...]
    banned: tuple[Banned, ...]
    marks: Mapping[str, str] = {}


def usage() -> Mapping[str, Usage]:
    """The habits of every language. Raises `ProblemsFound`."""
    found: dict[str, Usage] = {}
    for language in languages():
        name = f"{LANGUAGE_FILES}/{language}/usage/words.yaml"
        document = read_file(shipped() / name, name)
        entry = None if document.problems else validate(Usage, document.value, document)
        if entry is None:
            raise ProblemsFound(document.problems)
        found[language] = entry
    return found
