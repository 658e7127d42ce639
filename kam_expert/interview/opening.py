"""A new case file: a few questions, so that the interview can begin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kam_expert.case import Case
from kam_expert.case_text import case_file
from kam_expert.interview.talk import Terminal
from kam_expert.interview.vocabulary import LITERAL, says
from kam_expert.rulebook.schema import Profile
from kam_expert.wording import Wording
from kam_expert.writing import write_whole

LONGEST_NAME = 60  # characters of a file name made from the name of an account


@dataclass(frozen=True)
class Start:
    """What a case file begins with."""

    account: str
    industry: str | None = None
    profile: str | None = None


def proposed(account: str) -> str:
    """A file name for an account."""
    stem = re.sub(r"[^\w]+", "-", account.lower()).strip("-_")[:LONGEST_NAME].strip("-_")
    return f"{stem or 'case'}.yaml"


def _typed(terminal: Terminal) -> str:
    """A line, as it stands behind the sign of a literal answer. Raises EOFError where somebody wants to leave."""
    typed = terminal.ask("> ")
    if says("command.quit", typed):
        raise EOFError
    return typed.removeprefix(LITERAL)


def asked(terminal: Terminal, words: Wording, profiles: Mapping[str, Profile], fixed: str | None) -> Start:
    """Name, industry and kind of firm; `fixed` is a profile given on the command line. Raises EOFError."""
    terminal.tell(words.say("interview.start.name"))
    while not (account := " ".join(_typed(terminal).split())):
        terminal.tell(words.say("interview.start.name_missing"))
    terminal.tell(words.say("interview.start.industry"))
    industry = " ".join(_typed(terminal).split())
    return Start(account, industry or None, fixed or _profile(terminal, words, profiles))


def _profile(terminal: Terminal, words: Wording, profiles: Mapping[str, Profile]) -> str | None:
    names = list(profiles)
    terminal.tell(words.say("interview.start.profile"))
    for number, name in enumerate(names, start=1):
        terminal.tell(f"   {number}  {words.text(profiles[name].label)}")
    while True:
        typed = _typed(terminal).strip()
        if not typed:
            return None
        if typed in profiles:
            return typed
        if typed.isdecimal() and 0 < int(typed) <= len(names):
            return names[int(typed) - 1]
        terminal.tell(words.say("interview.start.profile_unknown", found=typed, count=len(names)))


def place(terminal: Terminal, words: Wording, start: Start, currency: str, today: date) -> Path:
    """Ask where to keep the case, and make the file. Raises EOFError."""
    suggestion = proposed(start.account)
    terminal.tell(words.say("interview.start.file", file=suggestion))
    while True:
        typed = _typed(terminal).strip() or suggestion
        path = Path(typed if typed.endswith((".yaml", ".yml")) else f"{typed}.yaml")
        if path.exists():
            terminal.tell(words.say("interview.start.file_taken", file=path))
            continue
        try:
            made(path, start, currency, today)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            terminal.tell(words.say("interview.start.file_impossible", file=path, reason=reason))
            continue
        return path


def made(path: Path, start: Start, currency: str, today: date) -> Path:
    """The file of a new case. Raises OSError."""
    case = Case(path.stem, path.as_posix(), start.account, start.industry, currency, today, start.profile, {})
    write_whole(path, case_file(case))
    return path
