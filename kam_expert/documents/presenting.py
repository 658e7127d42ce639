"""What the slides of a deck share: their words, notes with rules and sources, lists cut to what a slide can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kam_expert.diagnosis import Diagnosis
from kam_expert.plan import PlannedActivity
from kam_expert.reports import brief, planning
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording


class Presenting:
    """A diagnosis about to be presented in one language."""

    def __init__(self, diagnosis: Diagnosis, words: Wording) -> None:
        self.diagnosis = diagnosis
        self.speaking = Speaking(diagnosis, words)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.speaking.say(f"deck.{key}", **parameters)

    def part(self, key: str, blocks: Iterable[Block]) -> Section:
        """A part of a slide under a heading of its own."""
        return Section(self.say(key), tuple(blocks), level=2)

    def listed(self, names: Sequence[str]) -> str:
        """Strategies in a sentence."""
        shown = [self.speaking.strategy(name) for name in names]
        if len(shown) < 2:
            return "".join(shown)
        return self.say("and").join([self.speaking.say("list_comma").join(shown[:-1]), shown[-1]])

    def sentences(self, *texts: Text | None) -> str:
        return self.speaking.say("sentence_space").join(self.speaking.text(each) for each in texts if each is not None)

    def title(self, text: str) -> str:
        """A sentence as a title, without the stop at its end."""
        return text.removesuffix(self.say("stop"))

    def premises(self, rule: str) -> tuple[str, ...]:
        """The facts behind a rule that fired, as lines below it."""
        shown = self.speaking.premises(self.speaking.firings[rule])
        return (shown,) if shown else ()

    def activity(self, planned: PlannedActivity) -> str:
        """An activity with its owner and its weeks."""
        owner = self.speaking.text(self.speaking.book.planning.owners[planned.activity.owner].title)
        weeks = brief.span(self.speaking, planned.activity.start, planned.activity.end)
        return self.speaking.say("activity_line", title=planned.activity.title, owner=owner, weeks=weeks)

    def notes(self, rules: Iterable[str], *more: str) -> tuple[str, ...]:
        """What the speaker may say besides: more, the rules by name, their works, and what all of it was made with."""
        named = list(dict.fromkeys(rules))
        found = [*more]
        comma = self.speaking.say("list_comma")
        if named:
            titles = (f"{self.speaking.rule_title(rule)} [{rule}]" for rule in named)
            found.append(self.say("notes.rules", rules=self.speaking.say("list_semicolon").join(titles)))
            entries = [self.speaking.book.rule(rule).entry.sources for rule in named]
            ids = list(dict.fromkeys(source for sources in entries for source in sources))
            if ids:
                cited = comma.join(planning.citation(self.speaking, each) for each in ids)
                found.append(self.say("notes.sources", sources=cited))
        day = self.speaking.day(self.diagnosis.case.as_of)
        found.append(self.say("notes.basis", version=self.diagnosis.book.version, day=day))
        return tuple(found)


def limited(told: Presenting, items: Sequence[tuple[str, tuple[str, ...]]], most: int) -> tuple[Block, ...]:
    """A list of at most so many items, and how many are left out."""
    shown: tuple[Block, ...] = (Bullets(tuple(items[:most])),)
    return (*shown, Paragraph(told.say("more_in_plan", count=len(items) - most))) if len(items) > most else shown


def limited_rows(
    told: Presenting,
    headers: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    most: int,
    widths: tuple[int, ...],
    *,
    plan: bool = False,
) -> tuple[Block, ...]:
    """A table of at most so many rows, and how many are left out and where they stand."""
    shown: tuple[Block, ...] = (Table(headers, tuple(rows[:most]), widths),)
    if len(rows) <= most:
        return shown
    return (*shown, Paragraph(told.say("more_in_plan" if plan else "more", count=len(rows) - most)))
