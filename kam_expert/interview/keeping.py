"""The files of an interview: written whole after every answer, and never over what somebody else wrote meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kam_expert.case import Case, Given, case_from
from kam_expert.interview.case_edits import with_facts
from kam_expert.interview.progress import Progress, sidecar_of, written
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import read_file, read_text
from kam_expert.writing import write_whole

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ChangedMeanwhile(Exception):
    """Somebody else wrote the case file after it was last read or written here. Nothing was saved."""


class NotKept(Exception):
    """The text could not be changed so that it says what it should. Nothing was saved."""


@dataclass(frozen=True)
class Kept:
    """A case file as it was last read or written here."""

    path: Path
    text: str
    digest: str
    case: Case

    @property
    def sidecar(self) -> Path:
        return sidecar_of(self.path)


def read_kept(path: Path, book: Rulebook) -> Kept:
    """The case file. Raises `ProblemsFound` with every mistake in it."""
    digest = _digest(path)
    document = read_file(path, path.as_posix())
    case = case_from(document, book)
    return Kept(path, document.text, digest, case)


def save(
    kept: Kept, book: Rulebook, changes: Mapping[str, Given], as_of: date, progress: Progress, comment: str
) -> Kept:
    """Write progress and facts, each file whole.

    The progress goes first: it only ever says more than the facts do (an answer is to be checked again, a question was
    asked), so a crash between the two leaves one question asked twice and never an answer that nobody doubts. Raises
    OSError, `ChangedMeanwhile` and `NotKept`.
    """
    if _digest(kept.path) != kept.digest:
        raise ChangedMeanwhile
    after = kept
    if changes:
        text = with_facts(kept.text, changes, as_of)
        document = read_text(text, kept.case.file)
        case = case_from(document, book)
        if any(case.facts.get(name) != given for name, given in changes.items()):
            raise NotKept
        after = Kept(kept.path, text, "", case)
    write_whole(kept.sidecar, written(progress, comment))
    if not changes:
        return kept
    write_whole(kept.path, _as_before(kept.path.read_bytes(), after.text))
    return Kept(after.path, after.text, _digest(after.path), after.case)


def _as_before(old: bytes, text: str) -> str:
    """The text with the line ends and the byte order mark that the file had."""
    if b"\r\n" in old:
        text = text.replace("\n", "\r\n")
    return _BYTE_ORDER_MARK.decode() + text if old.startswith(_BYTE_ORDER_MARK) else text


def _digest(path: Path) -> str:
    """What the file holds, as a short text; empty if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
