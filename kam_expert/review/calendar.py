"""Gates and activities as a calendar file (iCalendar, RFC 5545): whole days, identifiers that stay the same.

An activity whose dates move keeps its identifier, so that a calendar that reads the file again moves the entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from kam_expert.review.reviewing import InForce
from kam_expert.review.titles import Titles

LONGEST_LINE = 75  # octets, by the standard
PRODUCT = "-//kam-expert//review//EN"
DOMAIN = "kam-expert"


def calendar(case: str, account: str, plan: InForce, on: date, titles: Titles) -> str:
    """The calendar of a plan. Activities that are done are left out. `on`: the day on which the file was made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{escaped(account)}")
    for gate in plan.gates:
        summary = titles.say("calendar_gate", account=account, title=titles.gate(gate.id))
        lines += _event(f"{case}-gate-{gate.id}", gate.due, gate.due, on, summary, titles.gate_note(gate.id))
    for activity in plan.activities:
        if activity.done is None:
            summary = titles.say("calendar_activity", account=account, title=titles.activity(activity.id))
            note = titles.activity_note(activity)
            lines += _event(f"{case}-activity-{activity.id}", activity.start, activity.end, on, summary, note)
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in folded(line))


def _event(name: str, start: date, end: date, on: date, summary: str, note: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(name)}@{DOMAIN}"
    yield f"DTSTAMP:{on:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{end + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(summary)}"
    if note:
        yield f"DESCRIPTION:{escaped(note)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A text as a property value."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, written)
    return "".join(each for each in text if each.isprintable())


def folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, each after the first begun with a space; no character is cut."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece
