"""What is overdue over many accounts: activities, gates that nobody decided on, and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from kam_expert.reports.document import Document, Paragraph, Section, Table
from kam_expert.review.reviewing import Review
from kam_expert.review.titles import Titles
from kam_expert.wording import Wording


@dataclass(frozen=True)
class Due:
    """One thing that is overdue. `since`: its date; None for a review, which is late by a rule."""

    kind: Literal["activity", "gate", "review"]
    case: str
    account: str
    id: str
    owner: str | None
    since: date | None

    def json(self) -> dict[str, Any]:
        since = None if self.since is None else self.since.isoformat()
        return {"kind": self.kind, "case": self.case, "id": self.id, "owner": self.owner, "due": since}


def due_in(review: Review) -> tuple[Due, ...]:
    """What is overdue in one account."""
    case, gates = review.case, {gate.id: gate for gate in review.book.planning.gates}

    def entry(kind: Literal["activity", "gate", "review"], name: str, owner: str | None, since: date | None) -> Due:
        return Due(kind, case.id, case.name, name, owner, since)

    found = [entry("activity", each.id, each.owner, each.end) for each in review.overdue]
    for gate in review.gates_reached:
        owner = gates[gate.id].decides if gate.id in gates else None
        found.append(entry("gate", gate.id, owner, gate.due))
    found += [entry("review", each.rule.id, None, None) for each in review.noticed if each.rule.entry.due]
    return tuple(found)


def document(found: tuple[Due, ...], reviews: dict[str, Review], on: date, words: Wording) -> Document:
    """The list as a report: the oldest first, late reviews after that."""
    rows = []
    for each in sorted(found, key=lambda due: (due.since is None, due.since or on, due.case, due.id)):
        review = reviews[each.case]
        titles = Titles(review.book, words)
        rule = review.book.review.rule(each.id)
        titled = {"activity": titles.activity, "gate": titles.gate}
        title = words.text(rule.entry.title) if rule is not None else titled.get(each.kind, str)(each.id)
        late = "" if each.since is None else words.say("review.due.days", days=(on - each.since).days)
        owner = "" if each.owner is None else titles.owner(each.owner)
        day = "" if each.since is None else each.since.isoformat()
        rows.append((each.account, words.say(f"review.due.{each.kind}", title=title), owner, day, late))
    headers = tuple(words.say(f"review.column.{key}") for key in ("account", "what", "owner", "due", "late"))
    title = words.say("review.due.title", day=on.isoformat())
    block = Table(headers, tuple(rows), (24, 40, 16, 12, 10)) if rows else Paragraph(words.say("review.due.none"))
    return Document(title, (Section(words.say("review.due.heading"), (block,)),))
