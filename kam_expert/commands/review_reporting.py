"""What is reported about a plan between two reviews, as people type it: activities, figures, opportunities."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

import click

from kam_expert.commands.terms import WRONG_USE
from kam_expert.interview.answers import read_day
from kam_expert.interview.quantities import Unread, in_tenths, narrow, read_quantity, unread, without_hedge
from kam_expert.problems import nearest_phrase
from kam_expert.review.entries import Moved, RecordedKpi, kpi_range
from kam_expert.review.history import History, kpi_names
from kam_expert.review.kpis import Measured, measured
from kam_expert.review.recording import Report
from kam_expert.review.titles import Titles
from kam_expert.review.typed_names import meant
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.characters import fit
from kam_expert.wording import Wording, languages, wording

SOURCES = ("document", "customer", "estimate", "guess")
OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("--done", "ACTIVITY", "Record an activity as done. / 登记完成的活动"),
    ("--kpi", "NAME=VALUE", "Record a figure; NAME=3/8 also agrees on the target 8. / 登记指标数值，3/8 同时约定目标"),
    ("--delayed", "ACTIVITY", "The customer put it off; ACTIVITY=2026-10-31 for a new day. / 客户推迟的活动"),
    ("--cancelled", "ACTIVITY", "The customer called it off. / 客户取消的活动"),
    ("--moved", "ACTIVITY=DAY", "We moved it to another day. / 我方改期的活动"),
    ("--dropped", "ACTIVITY", "We struck it out of the plan. / 我方取消的活动"),
    ("--won", "TEXT", "An opportunity that was won. / 赢得的商机"),
    ("--lost", "TEXT", "An opportunity that was lost. / 失去的商机"),
)


@dataclass(frozen=True)
class Typed:
    """The options of a report as they were typed."""

    done: tuple[str, ...] = ()
    kpi: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    source: str | None = field(default=None)

    def __bool__(self) -> bool:
        told = (self.done, self.kpi, self.delayed, self.cancelled, self.moved, self.dropped, self.won, self.lost)
        return any(told)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make a `Typed`."""
    for name, metavar, told in reversed(OPTIONS):
        command = click.option(name, multiple=True, metavar=metavar, help=told)(command)
    chosen = click.Choice(SOURCES)
    return click.option("--source", type=chosen, default=None, help="Where the figures are from. / 数值来源")(command)


class Reading:
    """Reads a report against the plan in force; ends the program with a word on the first mistake."""

    def __init__(self, history: History, book: Rulebook, currency: str, words: Wording) -> None:
        self.history = history
        self.book = book
        self.currency = currency
        self.words = words
        self.titles = Titles(book, words)

    def report(self, typed: Typed, on: date) -> Report:
        if self.history.last is None:
            self._refuse(self.words.say("review.report_first"))
        delayed, moved = ([self._moved(text, on) for text in texts] for texts in (typed.delayed, typed.moved))
        for each in moved:
            if each.until is None:
                self._refuse(self.words.say("review.moved_when", found=each.id))
        done, cancelled, dropped = (self._activities(texts) for texts in (typed.done, typed.cancelled, typed.dropped))
        self._open((*done, *(each.id for each in (*delayed, *moved)), *cancelled, *dropped))
        return Report(
            done=done,
            delayed=tuple(delayed),
            cancelled=cancelled,
            moved=tuple(moved),
            dropped=dropped,
            kpis=self._kpis(typed),
            won=self._named(typed.won),
            lost=self._named(typed.lost),
        )

    def _activities(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._activity(text) for text in texts))

    def _activity(self, text: str) -> str:
        """The activity that somebody means by its name, its title, or a part of it that fits only one."""
        return meant(text, {each.id: self.titles.activity_titles(each.id) for each in self.history.activities})

    def _refuse(self, *lines: str) -> NoReturn:
        for line in lines:
            click.echo(line, err=True)
        raise SystemExit(WRONG_USE)

    def _open(self, names: Iterable[str]) -> None:
        """Each is an open activity, and named once."""
        still_open = [activity.id for activity in self.history.activities if not activity.closed]
        named = [self.words.say("review.id_title", id=name, title=self.titles.activity(name)) for name in still_open]
        allowed = self.words.say("list_semicolon").join(named) or self.words.say("none")
        seen: set[str] = set()
        for name in names:
            if name not in still_open:
                nearest = nearest_phrase(name, still_open)
                self._refuse(self.words.say("review.done_unknown", found=name, nearest=nearest, allowed=allowed))
            if name in seen:
                self._refuse(self.words.say("review.reported_twice", found=name))
            seen.add(name)

    def _moved(self, text: str, on: date) -> Moved:
        typed, day = _halves(text)
        name = self._activity(typed)
        until = read_day(day) if day else None
        if day and until is None:
            self._refuse(self.words.say("review.on_wrong", found=day))
        if until is not None and until <= on:
            self._refuse(self.words.say("review.moved_back", day=until.isoformat(), on=on.isoformat()))
        return Moved(id=name, until=until)

    def _named(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(" ".join(fit(text).split()) for text in texts)
        if not all(found):
            self._refuse(self.words.say("review.opportunity_empty"))
        return found

    # figures

    def _kpis(self, typed: Typed) -> tuple[RecordedKpi, ...]:
        assert self.history.last is not None
        latest = self.history.latest or self.history.last.entry.on
        names = kpi_names(self.history.last.entry, self.book)
        known = {each.name: each for each in measured(self.history, self.book, {}, latest)}
        found: dict[str, RecordedKpi] = {}
        for text in typed.kpi:
            name, value = _halves(text)
            name = meant(name, {each.name: self.titles.kpi_titles(each) for each in known.values()})
            if name not in names:
                nearest = nearest_phrase(name, names)
                self._refuse(
                    self.words.say("review.kpi_unknown", found=name, nearest=nearest),
                    self.words.say("review.kpi_names", names=", ".join(names)),
                )
            if name in found:
                self._refuse(self.words.say("review.reported_twice", found=name))
            found[name] = self._kpi(name, value, known.get(name), typed.source)
        return tuple(found.values())

    def _kpi(self, name: str, text: str, known: Measured | None, source: str | None) -> RecordedKpi:
        value_text, target_text = _split(text)
        limit, target_text = _limit(target_text)
        unit = None if known is None else known.unit
        leading = known is None or known.leading
        try:
            value, unit, hedged = self._number(value_text, unit, leading=leading)
            target = None
            if target_text:
                target, unit, _ = self._number(target_text, unit, leading=leading)
                if unit != (known.unit if known is not None else None):
                    value, unit, hedged = self._number(value_text, unit, leading=leading)
        except Unread as wrong:
            told = self.words.say(f"review.kpi_wrong.{wrong.code}", **{"found": text, **wrong.parameters})
            self._refuse(self.words.say("review.kpi_value", name=name, told=told))
        return RecordedKpi(
            name=name,
            value=value,
            unit=unit,
            target=None if limit else target,
            limit=target if limit else None,
            source=source or ("estimate" if hedged else None),  # type: ignore[arg-type]
        )

    def _number(self, text: str, unit: str | None, *, leading: bool) -> tuple[int | float, str | None, bool]:
        """The number with its unit, and whether it was typed as about so much. Raises `Unread`."""
        plain, hedged = without_hedge(narrow(text))
        if unit is None and in_tenths(plain):
            unit = "percent"
        number, rest = read_quantity(plain, self.book.units.get(unit or "money"), self.currency)
        typed_unit = None if not rest else self._unit(rest)
        if rest and typed_unit is None:
            raise unread("rest", found=rest, number=number)
        if unit is not None and typed_unit not in (None, unit):
            raise unread("unit", found=rest, number=number)
        unit = unit or (typed_unit if typed_unit != "count" else None)
        low, high = kpi_range(unit, leading=leading)
        if number < 0 and low == 0:
            raise unread("negative", found=text.strip())
        if not low <= number <= high:
            raise unread("out_of_range", found=text.strip(), low=self.words.plain(low), high=self.words.plain(high))
        return number, unit, hedged

    def _unit(self, text: str) -> str | None:
        low = text.lower()
        return next((unit.id for unit in self.book.units.values() if low in map(str.lower, unit.suffixes)), None)


def _halves(text: str) -> tuple[str, str]:
    """What stands before and after the first equals sign; people with a Chinese keyboard type a wide one."""
    name, _, value = text.replace("＝", "=", 1).partition("=")
    return narrow(name).lower(), value.strip()


def _split(text: str) -> tuple[str, str]:
    """A value and the target behind it: `3/8`, `3 of 8`."""
    words = "|".join(re.escape(word) for word in _typed("of"))
    value, *target = re.split(rf"\s*(?:[/／]|\s(?:{words})\s)\s*", text, maxsplit=1)
    return value, target[0] if target else ""


def _limit(text: str) -> tuple[bool, str]:
    """Whether a target is a limit, and the target without the words that say so."""
    plain = narrow(text)
    for word in sorted(_typed("at_most"), key=len, reverse=True):
        if plain.lower().startswith(word):
            return True, plain[len(word) :].strip()
    return False, plain


def _typed(key: str) -> tuple[str, ...]:
    """The words of all languages for one meaning, in lower case."""
    found = (wording(language).say(f"review.typed.{key}") for language in languages())
    return tuple(dict.fromkeys(word.strip().lower() for words in found for word in words.split("|")))
