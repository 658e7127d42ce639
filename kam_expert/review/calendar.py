"""Gates and activities as a calendar file (iCalendar, RFC 5545): whole days, with a reminder before each.

Identifiers stay the same as long as the account has a plan. What was moved carries a higher sequence number, so that a
calendar that reads the file again moves the entry; what left the plan is sent once more as cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from kam_expert.review.entries import Accepted, RecordedActivity, RecordedGate
from kam_expert.review.history import History, standing
from kam_expert.review.reviewing import InForce
from kam_expert.review.titles import Titles

PRODUCT = "-//kam-expert//review//EN"
DOMAIN = "kam-expert"
Key = tuple[str, str]
Span = tuple[date, date] | None


@dataclass
class _Followed:
    """A gate or activity over time: where it has stood, one after another, None where it was not in the plan."""

    spans: list[Span]
    activity: RecordedActivity | None = None


def calendar(case: str, account: str, plan: InForce, history: History, on: date, titles: Titles) -> bytes:
    """The calendar of a plan. Activities that are done are left out. `on`: the day on which the file was made."""
    made = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        made.add(name, value)
    made.add("x-wr-calname", _clean(account))
    for (kind, name), followed in _followed(plan, history).items():
        activity = followed.activity
        if activity is not None and activity.done is not None:
            continue
        title, note = titles.gate(name), titles.gate_note(name)
        if activity is not None:
            title, note = titles.activity(name), titles.activity_note(activity)
        summary = titles.say(f"calendar_{kind}", account=account, title=title)
        made.add_component(_event(f"{case}-{kind}-{name}", followed.spans, (summary, note), titles.reminder(kind), on))
    return bytes(made.to_ical())


def _followed(plan: InForce, history: History) -> dict[Key, _Followed]:
    """Everything that ever stood in a plan of the account, up to the plan that is written."""
    found: dict[Key, _Followed] = {}
    gates: tuple[RecordedGate, ...] = ()
    for index, entry in enumerate(history.entries):
        if isinstance(entry, Accepted):
            gates = entry.gates
        _see(found, standing(history.entries[: index + 1]), gates)
    _see(found, plan.activities, plan.gates)
    return found


def _see(
    found: dict[Key, _Followed], activities: tuple[RecordedActivity, ...], gates: tuple[RecordedGate, ...]
) -> None:
    now: dict[Key, Span] = {("gate", gate.id): (gate.due, gate.due) for gate in gates}
    for each in activities:
        now["activity", each.id] = None if each.cancelled is not None else (each.start, each.end)
    named = {("activity", each.id): each for each in activities}
    for key in {**found, **now}:
        span = now.get(key)
        if key not in found and span is not None:
            found[key] = _Followed([span])
        elif key in found and found[key].spans[-1] != span:
            found[key].spans.append(span)
        if key in found and key in named:
            found[key].activity = named[key]


def _event(uid: str, spans: list[Span], said: tuple[str, str], remind: int, on: date) -> Event:
    """One entry; the number of its moves is its sequence. What is cancelled keeps the days on which it last stood."""
    start, end = [span for span in spans if span is not None][-1]
    event = Event()
    event.add("uid", f"{uid}@{DOMAIN}")
    event.add("dtstamp", datetime(on.year, on.month, on.day, tzinfo=UTC))
    event.add("dtstart", start)
    event.add("dtend", end + timedelta(days=1))
    event.add("sequence", len(spans) - 1)
    event.add("status", "CANCELLED" if spans[-1] is None else "CONFIRMED")
    summary, note = (_clean(text) for text in said)
    event.add("summary", summary)
    if note:
        event.add("description", note)
    event.add("transp", "TRANSPARENT")
    if spans[-1] is not None and remind:
        event.add_component(_alarm(summary, remind))
    return event


def _alarm(summary: str, days: int) -> Alarm:
    """A reminder some days before the last day."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(days=-days), parameters={"RELATED": "END"})
    return alarm


def _clean(text: str) -> str:
    """A text without signs that no calendar can show."""
    return "".join(each for each in text if each == "\n" or each.isprintable())
