"""What a history may hold: accepted diagnoses, and activities reported as done."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, Kebab, Words


class RecordedActivity(Entry):
    """An activity of the plan in force; `done`: the day on which it was reported as done."""

    id: Kebab
    strategy: str | None = None
    owner: str
    start: date
    end: date
    done: date | None = None


class RecordedGate(Entry):
    id: str
    due: date


class Choice(Entry):
    """Strategies in force; `primary` is None where there is no plan."""

    primary: str | None = None
    secondary: tuple[str, ...] = ()


class RecordedAdvice(Entry):
    """What was recommended on the day."""

    level: Literal["advised", "screening", "hold", "do_not_pursue"]
    primary: str | None = None
    secondary: tuple[str, ...] = ()
    next_waves: tuple[str, ...] = ()


class Accepted(Entry):
    """An accepted diagnosis.

    `follows`: a digest of the history before it, so that a change of what was accepted shows. `decision`: the level of
    change that was accepted, `start` for the first. `against`: the primary that was proposed, if a person chose
    another. `votes`: the points of the strategies. `profile`: that of the case file.
    """

    kind: Literal["accepted"]
    on: date
    by: Words | None = None
    reason: Words | None = None
    follows: str
    rulebook: str
    profile: str | None = None
    decision: str
    rules: tuple[str, ...] = ()
    recommended: RecordedAdvice
    in_force: Choice
    against: str | None = None
    positions: dict[str, str] = Field(default_factory=dict)
    votes: dict[str, int] = Field(default_factory=dict)
    gates: tuple[RecordedGate, ...] = ()
    activities: tuple[RecordedActivity, ...] = ()
    facts: dict[str, Any]


class Progress(Entry):
    """Activities of the plan in force that are done."""

    kind: Literal["progress"]
    on: date
    by: Words | None = None
    reason: Words | None = None
    follows: str
    done: tuple[Kebab, ...] = Field(min_length=1)


START = "start"
"""What the first entry follows, and its decision."""
