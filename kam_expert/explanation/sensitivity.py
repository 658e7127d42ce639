"""Which facts the recommendation hangs on: how far each, varied alone, moves the lead of the primary strategy.

A fact takes every choice it has, and a number many values over its plausible range, among them those that rules compare
it with. Amounts, which have no natural end, go up and down by half. All variants are judged at once by the columns
engine. What decides whether questions apply at all, as whether the customer buys, is left out: it would tell of
another account.

The lead is in points, as selection decides: nought where the primary leads by precedence or by a rule only, and below
nought where it does not lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.columns.variants import Judged, variants_of
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.moves import STEPS, compared_with, grain, is_amount, room
from kam_expert.explanation.outcome import Result, told
from kam_expert.reports.document import Block, Document, Paragraph, Picture, Section, Table
from kam_expert.reports.pictures import Swing, Tornado
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value, names_in
from kam_expert.rulebook.schema import Fact
from kam_expert.rulebook.stating import tidy
from kam_expert.wording import Wording

MOST_SHOWN = 10
BETWEEN = 12
"""How many values of a number are tried over its range, besides those that rules compare it with."""


@dataclass(frozen=True)
class End:
    """The lead at one value of a fact, and what is recommended there. The value None is unknown."""

    value: Value | None
    lead: int
    result: Result


@dataclass(frozen=True)
class FactSwing:
    """One fact varied alone: where the lead is smallest and where it is largest. `was`: None if it is unknown."""

    fact: str
    was: Value | None
    low: End
    high: End

    @property
    def width(self) -> int:
        return self.high.lead - self.low.lead


@dataclass(frozen=True)
class Sensitivity(Explained):
    """The facts that move the lead most, the widest first; none where no strategy leads.

    `now`: the lead as it is. `overturning`: how many known facts can alone make the primary lose its lead, out of
    `varied` ones that were varied.
    """

    book: Rulebook = field(repr=False)
    account: str
    currency: str
    result: Result
    now: int
    swings: tuple[FactSwing, ...]
    overturning: int
    varied: int

    def json(self) -> dict[str, Any]:
        return {
            "primary": self.result.primary,
            "level": self.result.level,
            "lead": self.now,
            "overturning": self.overturning,
            "varied": self.varied,
            "facts": [
                {"fact": each.fact, "value": each.was, "low": _end_json(each.low), "high": _end_json(each.high)}
                for each in self.swings
            ],
        }

    def document(self, words: Wording) -> Document:
        title = words.say("sensitivity.of", account=self.account)
        if not self.swings:
            said = words.say("sensitivity.none", result=told(self.result, self.book, words))
            return Document(title, (Section(words.say("sensitivity.title"), (Paragraph(said),)),))
        blocks: tuple[Block, ...] = (Paragraph(self._told(words)), Paragraph(words.say("sensitivity.read")))
        return Document(title, (Section(words.say("sensitivity.title"), (*blocks, self._table(words))),))

    def picture(self, words: Wording) -> tuple[Block, ...]:
        """The tornado; nothing where no fact moves anything."""
        if not self.swings:
            return ()
        shown = Tornado(
            tuple(self._swing(each, words) for each in self.swings),
            float(self.now),
            words.say("sensitivity.axis"),
            words.say("sensitivity.overturned"),
        )
        return (Picture(words.say("sensitivity.title"), self._told(words), shown, self._table(words)),)

    def sections(self, words: Wording) -> tuple[Section, ...]:
        """The picture in a section of its own, with how to read it; none where there is nothing to show."""
        shown = self.picture(words)
        said = [words.say("sensitivity.read"), words.say("sensitivity.lines")]
        read = Paragraph(words.say("sentence_space").join(said))
        return (Section(words.say("sensitivity.title"), (read, *shown)),) if shown else ()

    def _told(self, words: Wording) -> str:
        primary = told(self.result, self.book, words)
        return words.say(
            "sensitivity.told_some" if self.overturning else "sensitivity.told_none",
            primary=primary,
            now=words.say("sensitivity.now_ahead" if self.now > 0 else "sensitivity.now_level", lead=self.now),
            count=self.overturning,
            varied=self.varied,
            fact=self._label(self.swings[0], words),
        )

    def _label(self, swing: FactSwing, words: Wording) -> str:
        label = words.text(self.book.label(swing.fact))
        return words.say("sensitivity.unknown_fact", fact=label) if swing.was is None else label

    def _value(self, name: str, value: Value | None, words: Wording) -> str:
        if self.book.facts[name].type == "rating" and isinstance(value, int | float):
            return words.plain(value)  # of five, which the label of the axis need not repeat
        return words.value(name, value, self.book, self.currency)

    def _end(self, swing: FactSwing, end: End, words: Wording) -> str:
        """The value, and what leads there if it is another."""
        value = self._value(swing.fact, end.value, words)
        if end.result == self.result:
            return value
        return words.say("sensitivity.leads", value=value, result=told(end.result, self.book, words))

    def _swing(self, each: FactSwing, words: Wording) -> Swing:
        ends = (self._end(each, each.low, words), self._end(each, each.high, words))
        return Swing(self._label(each, words), float(each.low.lead), float(each.high.lead), *ends)

    def _table(self, words: Wording) -> Table:
        names = ("fact", "now", "lowest", "lowest_at", "highest", "highest_at")
        rows = tuple(
            (
                words.text(self.book.label(each.fact)),
                self._value(each.fact, each.was, words),
                words.plain(each.low.lead),
                self._end(each, each.low, words),
                words.plain(each.high.lead),
                self._end(each, each.high, words),
            )
            for each in self.swings
        )
        return Table(tuple(words.say(f"sensitivity.column.{name}") for name in names), rows, (26, 14, 10, 20, 10, 18))


def sensitivity(diagnosis: Diagnosis, most: int = MOST_SHOWN) -> Sensitivity:
    """How far each fact, varied alone, moves the lead of the primary strategy."""
    book, primary = diagnosis.book, diagnosis.recommendation.primary
    found: list[FactSwing] = []
    now = 0
    names: list[str] = []
    if primary is not None:
        inputs, variants = diagnosis.case.inputs(book), variants_of(book)
        names = [name for name in _varied(diagnosis) if variants.reads(name)]
        tried = [(name, value) for name in names for value in _values(diagnosis, name)]
        as_it_is, *judged = variants.judged(inputs, [{}, *({name: value} for name, value in tried)])
        now = lead(as_it_is, primary)
        ends: dict[str, list[End]] = {name: [_end(inputs.values.get(name), as_it_is, primary)] for name in names}
        for (name, value), each in zip(tried, judged, strict=True):
            ends[name].append(_end(value, each, primary))
        found = [_swing_of(name, inputs.values.get(name), ends[name]) for name in names]
    known = [each for each in found if each.was is not None]
    shown = [each for each in found if each.width and (each.was is not None or each.low.lead < 0)]
    return Sensitivity(
        book=book,
        account=diagnosis.case.name,
        currency=diagnosis.case.currency,
        result=Result(diagnosis.recommendation.level, primary),
        now=now,
        swings=tuple(sorted(shown, key=lambda each: (-each.width, each.low.lead, each.fact))[:most]),
        overturning=sum(each.low.lead < 0 for each in known),
        varied=len(known),
    )


def lead(judged: Judged, primary: str) -> int:
    """The points by which a strategy leads: nought if only by precedence or a rule; if it does not lead, below."""
    own = judged.points[primary]
    if judged.primary == primary:
        return max(0, own - max((judged.points[name] for name in judged.may_lead - {primary}), default=0))
    ahead = 0 if judged.primary is None else judged.points[judged.primary] - own
    return -max(1, ahead)


def _end(value: Value | None, judged: Judged, primary: str) -> End:
    return End(value, lead(judged, primary), Result(judged.level, judged.primary))


def _swing_of(name: str, was: Value | None, ends: list[End]) -> FactSwing:
    """The smallest and the largest lead; of several values with the same, the one nearest to what is."""
    near = sorted(ends, key=lambda each: _distance(was, each.value))
    return FactSwing(name, was, min(near, key=lambda each: each.lead), max(near, key=lambda each: each.lead))


def _distance(was: Value | None, value: Value | None) -> float:
    if value == was:
        return -1.0
    if was is None or value is None or isinstance(was, str | bool) or isinstance(value, str | bool):
        return 0.0
    return abs(value - was)


def _end_json(end: End) -> dict[str, Any]:
    return {"value": end.value, "lead": end.lead, "primary": end.result.primary, "level": end.result.level}


def _varied(diagnosis: Diagnosis) -> Iterator[str]:
    """The facts to vary: known ones, and those that are not known but apply."""
    case, book = diagnosis.case, diagnosis.book
    deciding = _deciding(book)
    for name, fact in book.facts.items():
        given = case.facts.get(name)
        applies = fact.when is None or diagnosis.conclusions.values.get(fact.when) is not False
        known = given is not None and given.value is not None
        ruled_out = given is not None and given.state == "n/a"
        derived = not known and name in diagnosis.conclusions.values
        if name not in deciding and (known or (applies and not ruled_out and not derived)):
            yield name


def _deciding(book: Rulebook) -> frozenset[str]:
    """The facts that decide whether others apply."""
    found: set[str] = set()
    left = [fact.when for fact in book.facts.values() if fact.when is not None]
    while left:
        name = left.pop()
        if name in book.facts:
            found.add(name)
        elif name in book.measures:
            left += [each for expression in book.measures[name].expressions for each in names_in(expression)]
    return frozenset(found)


def _values(diagnosis: Diagnosis, name: str) -> list[Value]:
    """The values to which a fact is changed."""
    book, given = diagnosis.book, diagnosis.case.facts.get(name)
    fact, was = book.facts[name], None if given is None else given.value
    within = room(fact, None)
    if within is None:
        return []
    if isinstance(within, frozenset):
        options: list[Value] = [False, True] if fact.type == "flag" else list(fact.choices)
        return [option for option in options if option != was]
    if fact.type == "rating":
        return [value for value in range(int(within[0]), int(within[1]) + 1) if value != was]
    number = None if was is None or isinstance(was, str) else float(was)
    return [value for value in _numbers(book, fact, number, within) if value != was]


def _numbers(book: Rulebook, fact: Fact, was: float | None, within: tuple[float, float]) -> list[float | int]:
    low, high = within
    if was is not None and is_amount(book, fact):
        half = abs(was) * 2 / STEPS
        low, high = max(low, was - half), min(high, was + half)
    if was is not None:
        low, high = min(low, was), max(high, was)
    size = grain(book, fact, high if was is None else was)
    even = [low + (high - low) * part / BETWEEN for part in range(BETWEEN + 1)]
    stated = {tidy(round(value / size) * size) for value in even} | {tidy(low), tidy(high)}
    stated |= {tidy(value) for value in compared_with(book).get(fact.id, ())}
    return sorted(value for value in stated if low <= value <= high and not (fact.integer and value % 1))
