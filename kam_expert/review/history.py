"""The history of a case: YAML documents one after another in a file beside it, to which is only ever appended.

Each entry carries a digest of all that stands before it. A history that was changed in the middle, cut or badly merged
is therefore found out, with the place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kam_expert.case import HISTORY_SUFFIX, Case, Given, facts_at
from kam_expert.problems import Phrase, Problem, ProblemsFound, nearest_phrase
from kam_expert.review.entries import RESULT, START, Accepted, Progress, RecordedActivity, kpi_range
from kam_expert.review.locking import locked
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import Document, read_file, read_text
from kam_expert.rulebook.validation import shown, validate
from kam_expert.writing import write_whole

_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_KINDS: dict[str, type[Accepted] | type[Progress]] = {"accepted": Accepted, "progress": Progress}


@dataclass(frozen=True)
class Recorded:
    """An accepted entry with the case that it was made from.

    `left_out`: facts that today's rulebook, another than that of the entry, cannot read any more.
    """

    entry: Accepted
    case: Case
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """All that was recorded. `text`: the file as it is; empty if there is none."""

    path: Path
    text: str
    entries: tuple[Accepted | Progress, ...]
    recorded: tuple[Recorded, ...] = ()

    @property
    def last(self) -> Recorded | None:
        """What was accepted last."""
        return self.recorded[-1] if self.recorded else None

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Accepted))

    @property
    def follows(self) -> str:
        """What the next entry has to say it follows."""
        return digest(self.text)

    @property
    def latest(self) -> date | None:
        """The day of the last entry."""
        return self.entries[-1].on if self.entries else None

    @property
    def activities(self) -> tuple[RecordedActivity, ...]:
        """The activities of the plan in force, with what was reported since."""
        return standing(self.entries)

    @property
    def progress(self) -> tuple[Progress, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Progress))

    @property
    def since_last(self) -> tuple[Progress, ...]:
        """What was reported since the last accepted review."""
        if self.last is None:
            return ()
        place = max(index for index, entry in enumerate(self.entries) if entry is self.last.entry)
        return tuple(entry for entry in self.entries[place + 1 :] if isinstance(entry, Progress))

    def with_text(self, addition: str) -> str:
        """The file after an entry was appended."""
        before = self.text
        return (before if not before or before.endswith("\n") else before + "\n") + addition


def standing(entries: Iterable[Accepted | Progress]) -> tuple[RecordedActivity, ...]:
    """The activities of the plan in force after some entries, with what was reported of them."""
    found: dict[str, RecordedActivity] = {}
    for entry in entries:
        if isinstance(entry, Accepted):
            found = {activity.id: activity for activity in entry.activities}
            continue
        for key, index, name in entry.activities:
            found[name] = _reported(found[name], key, entry.on, entry.until(key, index))
    return tuple(found.values())


def _reported(activity: RecordedActivity, key: str, on: date, until: date | None) -> RecordedActivity:
    """An activity after a report; a later day moves its end, and its start if that lay on the old end."""
    if key in ("done", "cancelled", "dropped"):
        state = "done" if key == "done" else "cancelled"
        return activity if activity.closed else activity.model_copy(update={state: on})
    if until is None or activity.closed:
        return activity
    start = until if activity.start == activity.end else min(activity.start, until)
    return activity.model_copy(update={"start": start, "end": until})


def history_file(case_file: str | Path) -> Path:
    """Where the history of a case lies: beside it, under its name."""
    path = Path(case_file)
    return path.with_name(path.stem + HISTORY_SUFFIX)


def digest(text: str) -> str:
    """Twelve hexadecimal digits of the SHA-256 of a history, whatever its line ends; `start` for none."""
    plain = _plain(text).rstrip("\n")
    return hashlib.sha256(plain.encode()).hexdigest()[:12] if plain else START


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_history(case: Case, book: Rulebook, path: Path | None = None) -> History:
    """The history of a case; an empty one if there is no file. Raises `ProblemsFound` with every mistake."""
    place = path or history_file(case.file)
    if not place.exists():
        return History(place, "", ())
    whole = read_file(place, place.as_posix())
    if not whole.text:
        raise ProblemsFound(whole.problems)
    problems: list[Problem] = []
    entries: list[Accepted | Progress] = []
    recorded: list[Recorded] = []
    for document, follows in _documents(whole):
        entry = _entry(document, follows, entries[-1] if entries else None)
        if entry is not None:
            entries.append(entry)
            if isinstance(entry, Accepted):
                _check_account(entry, case, document)
                recorded.append(_recorded(entry, document, case, book))
            elif not recorded:
                document.problem("history_progress_first", ("kind",))
            else:
                _check_named(entry, recorded[-1].entry, book, document)
        problems += document.problems
    if problems:
        raise ProblemsFound(sorted(problems, key=lambda p: (p.mark.line, p.mark.column)))
    return History(place, whole.text, tuple(entries), tuple(recorded))


def _documents(whole: Document) -> list[tuple[Document, str]]:
    """Each document, with the lines before it left empty so that its places are those of the file."""
    text = whole.text
    breaks = [(match.start(), match.end()) for match in _SEPARATOR.finditer(text)]
    if not breaks or text[: breaks[0][0]].strip():
        breaks = [(0, 0), *breaks]
    found = []
    for index, (start, end) in enumerate(breaks):
        until = breaks[index + 1][0] if index + 1 < len(breaks) else len(text)
        document = read_text("\n" * text.count("\n", 0, end) + text[end:until], whole.file)
        found.append((document, digest(text[:start])))
    return found


def _entry(document: Document, follows: str, previous: Accepted | Progress | None) -> Accepted | Progress | None:
    value = document.value
    if document.problems:
        return None
    kind = value.get("kind") if isinstance(value, dict) else None
    model = _KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        expected = Phrase("expect_one_of", {"allowed": ", ".join(_KINDS)})
        document.problem("wrong_value", ("kind",), name="kind", found=shown(kind), expected=expected)
        return None
    entry: Accepted | Progress | None = validate(model, value, document)
    if entry is None:
        return None
    if entry.follows != follows:
        document.problem("history_changed", ("follows",), found=entry.follows, expected=follows)
    if previous is not None and entry.on < previous.on:
        document.problem("history_order", ("on",), found=entry.on, earlier=previous.on)
    return entry


def _check_account(entry: Accepted, case: Case, document: Document) -> None:
    """It is of this account; a file or a firm that was renamed still is."""
    if entry.case not in (None, case.id) and entry.name not in (None, case.name):
        document.problem("history_other_case", ("case",), found=entry.case, name=entry.name, expected=case.id)


def _check_named(entry: Progress, plan: Accepted, book: Rulebook, document: Document) -> None:
    """What is reported is about activities and KPIs of the plan in force."""
    known = [activity.id for activity in plan.activities]
    for key, index, name in entry.activities:
        if name not in known:
            place = (key, index, "id") if key in ("delayed", "moved") else (key, index)
            document.problem("history_activity", place, name=name, allowed=", ".join(known))
    names = kpi_names(plan, book)
    for index, kpi in enumerate(entry.kpis):
        if kpi.name not in names:
            nearest = nearest_phrase(kpi.name, names)
            document.problem("history_kpi", ("kpis", index, "name"), name=kpi.name, nearest=nearest)
            continue
        low, high = kpi_range(kpi.unit, leading=not kpi.name.endswith(RESULT))
        for key, value in (("value", kpi.value), ("target", kpi.target), ("limit", kpi.limit)):
            if value is not None and not low <= value <= high:
                document.problem("history_kpi_range", ("kpis", index, key), found=value, low=low, high=high)


def kpi_names(plan: Accepted, book: Rulebook) -> tuple[str, ...]:
    """The names of the KPIs whose values can be recorded for a plan."""
    running = {name.split(".")[0] for name in (plan.in_force.primary, *plan.in_force.secondary) if name is not None}
    by_hand = [f"{goal.id}{RESULT}" for goal in plan.goals if goal.measure is None and goal.target is not None]
    own = [kpi.id for kpi in book.review.kpis if running & {*kpi.strategies}]
    return (*(each.id for each in plan.activities), *(goal.id for goal in plan.goals), *by_hand, *own)


def _recorded(entry: Accepted, document: Document, case: Case, book: Rulebook) -> Recorded:
    """The case as it was. Facts that another rulebook wrote and this one does not know are left out."""
    before = len(document.problems)
    facts = facts_at(document, book, ("facts",), entry.on)
    left_out: tuple[str, ...] = ()
    if entry.rulebook != book.version:
        del document.problems[before:]
        left_out = tuple(name for name in entry.facts if name not in facts)
    profile_facts = book.profile.facts if book.profile else {}
    for name, value in profile_facts.items():
        facts.setdefault(name, Given("given", value, source="profile"))
    earlier = Case(case.id, case.file, case.name, case.industry, case.currency, entry.on, case.profile, facts)
    return Recorded(entry, earlier, left_out)


class HistoryMoved(Exception):
    """Somebody else wrote to the history after it was read."""


def append(history: History, addition: str) -> None:
    """Append an entry: the file is written whole or not at all, by one at a time.

    Raises OSError, `Busy` if somebody else is writing and does not come to an end, and `HistoryMoved` if the file is
    not as it was read.
    """
    with locked(history.path):
        now = _plain(history.path.read_text(encoding="utf-8-sig")) if history.path.exists() else ""
        if now != history.text:
            raise HistoryMoved
        write_whole(history.path, history.with_text(addition))
