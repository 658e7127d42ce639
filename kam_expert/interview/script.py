"""Answers from a file: a list of `fact: answer` and of commands, so that an interview is also a test.

An answer is used when its fact is asked, wherever it stands in the list. A command is used when everything before it
has been used or is of no use now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kam_expert.interview.vocabulary import COMMANDS, command_in
from kam_expert.problems import ProblemsFound, nearest_phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import Document, Path_, read_file
from kam_expert.rulebook.validation import shown

FOR_A_FACT = {"unknown": "unknown", "not_applicable": "n/a", "n/a": "n/a", "skip": "skip", "later": "later"}
"""Commands that name the fact at which they are given, with what is typed there."""


@dataclass(frozen=True)
class Line:
    """One entry: an answer (`fact` is set) or a command as it would be typed."""

    fact: str | None
    typed: Any


class Script:
    """The entries of a file, each used once."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.left = list(lines)

    def answer_to(self, fact: str) -> Any | None:
        """What is typed when `fact` is asked; None if the file has nothing (more) to say."""
        if self.left and self.left[0].fact is None:
            return self.left.pop(0).typed
        for line in self.left:
            if line.fact == fact:
                self.left.remove(line)
                return line.typed
        return None

    def names(self, fact: str) -> bool:
        """Whether there is still an answer for a fact."""
        return any(line.fact == fact for line in self.left)

    def unused(self, holds: Callable[[str, Any], bool]) -> tuple[Line, ...]:
        """What was left over, apart from answers that hold anyway."""
        return tuple(line for line in self.left if line.fact is None or not holds(line.fact, line.typed))


def read_script(path: Path, book: Rulebook) -> Script:
    """The entries of a file. Raises `ProblemsFound`."""
    document = read_file(path, path.as_posix())
    lines: list[Line] = []
    if not document.problems and not isinstance(document.value, tuple):
        document.problem("answers_not_a_list", (), found=shown(document.value))
    elif not document.problems:
        for index, item in enumerate(document.value):
            pairs = item.items() if isinstance(item, dict) else [(item, None)]
            for key, value in pairs:
                line = _line(document, (index, key) if isinstance(item, dict) else (index,), key, value, book)
                lines += [] if line is None else [line]
    if document.problems:
        raise ProblemsFound(document.problems)
    return Script(tuple(lines))


def _line(document: Document, path: Path_, key: Any, value: Any, book: Rulebook) -> Line | None:
    if key in FOR_A_FACT and value in book.facts:
        return Line(str(value), FOR_A_FACT[key])
    if key in book.facts:
        return Line(str(key), "unknown" if value is None else value)
    typed = str(key).replace("_", " ") if value is None else f"{key} {value}"
    if command_in(typed) is not None:
        return Line(None, typed)
    allowed = (*book.facts, *COMMANDS)
    near = nearest_phrase(str(key), allowed)
    document.problem("answers_unknown", path, key=True, name=shown(key), allowed=", ".join(COMMANDS), nearest=near)
    return None
