"""What an interview knows beside the facts: what was asked, put off, and is to be checked. A small readable file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kam_expert.interview.relevance import FULL, SHORT, Mode
from kam_expert.rulebook.located import Document, read_file
from kam_expert.wording import languages

SUFFIX = ".interview.yaml"
LISTS = ("asked", "skipped", "declined", "later", "confirmed")


@dataclass(frozen=True)
class Progress:
    """Everything of an interview that is not a fact.

    `asked`: the questions in the order in which they were first left, which is the way back. `skipped`: left out once
    and to be asked once more; `declined`: left out twice. `later`: put off by wish. `recheck`: answers in doubt, with
    the answer whose change put them there. `confirmed`: answers given or confirmed in this interview. `taken`: answers
    that somebody else gave, with the case file that they were merged from.
    """

    language: str
    mode: Mode = SHORT
    asked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    recheck: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)


def sidecar_of(case_file: Path) -> Path:
    """The file beside a case file that keeps the progress of its interview."""
    return case_file.with_name(case_file.stem + SUFFIX)


def written(progress: Progress, comment: str) -> str:
    """The progress as the text of its file."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for name in (each.name for each in fields(Progress)):
        value = getattr(progress, name)
        if isinstance(value, tuple):
            lines.append(f"{name}: [{', '.join(value)}]")
        elif isinstance(value, Mapping):
            lines.append(f"{name}: {json.dumps(dict(value), ensure_ascii=False)}")
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n"


def read_progress(path: Path, facts: Iterable[str], language: str, mode: Mode) -> tuple[Progress, Document | None]:
    """The progress kept beside a case, else that of a new interview, with the document if it could not be used.

    Names that the rulebook no longer has are dropped: they are no longer asked.
    """
    fresh = Progress(language, mode)
    if not path.exists():
        return fresh, None
    document = read_file(path)
    top = document.value
    if document.problems or not isinstance(top, dict):
        return fresh, document
    known = set(facts)
    lists = {name: _names(top.get(name), known) for name in LISTS}
    kept = top.get("mode")
    spoken = top.get("language")
    return Progress(
        language=spoken if spoken in languages() else language,
        mode=FULL if FULL in (mode, kept) else SHORT,
        recheck=_map(top.get("recheck"), known),
        taken=_map(top.get("taken"), known),
        **lists,
    ), None


def _map(found: Any, known: set[str]) -> dict[str, str]:
    return {name: str(value) for name, value in found.items() if name in known} if isinstance(found, dict) else {}


def _names(found: Any, known: set[str]) -> tuple[str, ...]:
    names = found if isinstance(found, tuple) else ()
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name in known))
