"""One interview in progress: its state, its files and its terminal, and the commands that work at any prompt."""

from __future__ import annotations

from typing import Any, Protocol

from kam_expert.case import SOURCES, Given
from kam_expert.interview import insight, keeping
from kam_expert.interview.answers import read_day
from kam_expert.interview.outlook import Adviser, Outlook
from kam_expert.interview.relevance import Relevance
from kam_expert.interview.script import Script
from kam_expert.interview.session import (
    Answered,
    Event,
    Interview,
    Kept,
    Noted,
    PutOff,
    Reread,
    Session,
    Skipped,
    Sourced,
    SpokeIn,
    WentBack,
    WentForward,
    WentTo,
    Widened,
)
from kam_expert.interview.showing import Showing
from kam_expert.interview.vocabulary import command_in, says
from kam_expert.problems import ProblemsFound, nearest
from kam_expert.rulebook.characters import fit
from kam_expert.wording import languages, render, wording

PROMPT = "> "


class Left(Exception):
    """Whoever answers wants to leave; everything is saved."""


class Stopped(Exception):
    """Whoever answers wants the result now."""


class Terminal(Protocol):
    """Where the conversation takes place."""

    def ask(self, prompt: str, unfinished: str = "") -> str:
        """One typed line; `unfinished` is a text to go on from. Raises EOFError and KeyboardInterrupt."""
        ...

    def tell(self, text: str) -> None:
        """Show some lines."""
        ...


class Talk:
    """An interview in progress."""

    def __init__(
        self,
        relevance: Relevance,
        adviser: Adviser,
        kept: keeping.Kept,
        session: Session,
        terminal: Terminal,
        script: Script | None = None,
    ) -> None:
        self.relevance = relevance
        self.book = relevance.book
        self.adviser = adviser
        self.interview = Interview(relevance)
        self.kept = kept
        self.session = session
        self.terminal = terminal
        self.script = script
        self.postponed: frozenset[str] = frozenset()
        self._seen: tuple[object, object] | None = None
        self._outlook: Outlook | None = None

    @property
    def show(self) -> Showing:
        return Showing(self.book, wording(self.session.progress.language))

    @property
    def outlook(self) -> Outlook:
        """What the adviser makes of the answers so far; asked again only when they have changed."""
        seen = (self.session.case, self.session.progress.mode)
        if self._outlook is None or self._seen is None or self._seen[0] is not seen[0] or self._seen[1] != seen[1]:
            self._outlook, self._seen = (
                self.adviser.outlook(self.session.case, self.interview.askable(self.session), self.session.last),
                seen,
            )
        return self._outlook

    def tell(self, text: str) -> None:
        self.terminal.tell(text)

    def say(self, key: str, /, **values: object) -> None:
        self.tell(self.show.hanging(self.show.say(key, **values)))

    # listening

    def listen(self, prompt: str = PROMPT, *, scripted: str = "", unfinished: str = "") -> str:
        """A line about something other than a fact; a script says `scripted`."""
        if self.script is not None:
            self.tell(prompt + scripted)
            return scripted
        try:
            return self.terminal.ask(prompt, unfinished)
        except (EOFError, KeyboardInterrupt):
            self.tell("")
            raise Left from None

    def listen_about(self, fact: str, unfinished: str = "") -> Any:
        """What is answered about a fact, or a command. A script without an answer skips, at its end it stops."""
        if self.script is None:
            return self.listen(unfinished=unfinished)
        typed = self.script.answer_to(fact)
        if typed is None:
            typed = "skip" if self.script.left else "stop"
        self.tell(f"{PROMPT}{_plainly(typed)}")
        return typed

    # state and files

    def apply(self, event: Event, typed: str = "") -> bool:
        """Take the next step and save it. False if somebody else changed the same answer in the file meanwhile."""
        step = self.interview.step(self.session, event)
        while True:
            try:
                self.kept = keeping.save(
                    self.kept,
                    self.book,
                    step.changes,
                    step.session.case.as_of,
                    step.session.progress,
                    "\n".join(wording(language).say("interview.sidecar") for language in languages()),
                )
                break
            except keeping.ChangedMeanwhile:
                before = self.kept.case
                self._reread(typed)
                clash = [name for name in step.changes if self.kept.case.facts.get(name) != before.facts.get(name)]
                if clash:
                    label = self.book.facts[clash[0]].label
                    self.say("conflict", label=label, typed=typed)
                    self.session = self.interview.step(self.session, WentTo(clash[0])).session
                    return False
                step = self.interview.step(self.session, event)
            except keeping.NotKept:
                self._retry(self.show.say("save.layout"), typed)
            except OSError as error:
                self._retry(error.strerror or str(error), typed)
        self.session = step.session
        for remark in step.remarks:
            self.tell(self.show.remark(remark))
        return True

    def _reread(self, typed: str) -> None:
        while True:
            try:
                self.kept = keeping.read_kept(self.kept.path, self.book)
                break
            except ProblemsFound as found:
                for problem in found.problems:
                    self.tell(render(problem, self.show.words, self.book))
                self.say("save.broken", typed=typed)
                self._again()
        step = self.interview.step(self.session, Reread(self.kept.case))
        self.session = step.session
        for remark in step.remarks:
            self.tell(self.show.remark(remark))

    def _retry(self, reason: str, typed: str) -> None:
        self.say("save.failed", reason=reason, typed=typed)
        self._again()

    def _again(self) -> None:
        found = self.listen(scripted="q")
        if says("command.quit", found):
            raise Left

    # commands

    def do(self, command: str, rest: str, fact: str | None, typed: str = "") -> bool:
        """Carry out a command; whether the question is left for another one."""
        match command:
            case "quit":
                raise Left
            case "stop":
                raise Stopped
            case "help":
                self.tell(
                    self.show.commands() if fact is None else self.show.help(self.book.facts[fact], self.session.case)
                )
            case "review":
                self.review()
            case "save":
                self.say("save.done", file=self.kept.path)
            case "so_far":
                self.tell(insight.so_far(self.show, self.relevance, self.session, self.outlook))
            case "language":
                self.apply(SpokeIn(self._language(typed, rest)))
                return True
            case "note" | "source":
                self._add(command, rest, fact)
            case "goto":
                return self.goto(rest)
            case "full":
                self.apply(Widened())
                return True
            case "forward":
                self.apply(WentForward())
                return True
            case "back":
                self.apply(WentBack(int(rest) if rest.isdecimal() else 1))
                return True
            case _ if fact is not None:
                return self._about(command, fact)
        return False

    def _about(self, command: str, fact: str) -> bool:
        match command:
            case "why":
                self.tell(insight.why(self.show, self.relevance, self.session, self.outlook, fact))
                return False
            case "skip":
                return self.apply(Skipped(fact))
            case "later":
                return self.apply(PutOff(fact))
            case _:
                self.answer(fact, Given("unknown" if command == "unknown" else "n/a"), command)
                return True

    def answer(self, fact: str, given: Given, typed: str) -> None:
        """Save an answer; only then say how it was understood, and where the account stands now."""
        step_taken = self.apply(Answered(fact, given), typed)
        if step_taken:
            self.tell(self.show.echo(fact, self.session.case.facts[fact], self.session.case))
            self.tell(self.show.status(self.session, self.outlook))

    def keep(self, *facts: str) -> None:
        self.apply(Kept(facts))

    def _language(self, typed: str, rest: str) -> str:
        for key, language in (("chinese", "zh"), ("english", "en")):
            if says(key, rest or typed):
                return language
        others = [each for each in languages() if each != self.session.progress.language]
        return others[0]

    def _add(self, command: str, rest: str, fact: str | None) -> None:
        """A note or a source for the question at hand if it is answered, else for the last answer."""
        target = fact if fact is not None and fact in self.session.case.facts else self.session.last
        if target is None:
            self.say("nothing_to_note")
            return
        label = self.book.facts[target].label
        if not rest:
            self.say(f"{command}_ask", label=label)
            rest = self.listen(scripted="").strip()
        if command == "note":
            if rest:
                self.apply(Noted(target, fit(rest)), rest)
            return
        first, _, day = rest.partition(" ")
        source, as_of = source_in(first), read_day(day or first)
        if (source is None and as_of is None) or (day and as_of is None):
            self.say("source_wrong", found=rest)
        else:
            self.apply(Sourced(target, source, as_of), rest)

    def review(self) -> None:
        """All answers by topic, with the numbers that `goto` understands."""
        case = self.session.case
        answered = [name for name in self.book.facts if name in case.facts]
        off = self.relevance.off_path(case)
        if not answered:
            self.say("review.none")
            return
        groups: dict[str, list[str]] = {}
        for name in sorted(answered, key=lambda name: name in off):
            heading = self.show.say("review.off") if name in off else self.show.heading(self.show.theme(name))
            groups.setdefault(heading, []).append(name)
        for heading, names in groups.items():
            numbers = [answered.index(name) + 1 for name in names]
            self.tell("\n".join([heading, *self.show.numbered(names, self.session, numbers)]))
        progress = self.session.progress
        waiting = tuple(
            self.book.facts[name].label
            for name in (*progress.skipped, *progress.declined, *progress.later)
            if name not in case.facts
        )
        if waiting:
            self.say("review.open", facts=waiting)
        self.say("review.how")

    def goto(self, wanted: str) -> bool:
        """Go to a question by its number in the review, id, label, or a part of it that fits only one."""
        if not wanted:
            self.say("goto.ask")
            wanted = self.listen(scripted="").strip()
        answered = [name for name in self.book.facts if name in self.session.case.facts]
        if wanted.isdecimal() and 0 < int(wanted) <= len(answered):
            return self.apply(WentTo(answered[int(wanted) - 1]))
        spoken = {
            name: {name, *(text.lower() for text in (fact.label.en, fact.label.zh))}
            for name, fact in self.book.facts.items()
        }
        plain = wanted.lower()
        exact = [name for name, texts in spoken.items() if plain in texts]
        partly = exact or [name for name, texts in spoken.items() if plain and any(plain in text for text in texts)]
        if len(partly) == 1:
            return self.apply(WentTo(partly[0]))
        if partly:
            self.say("goto.several", found=wanted, facts=tuple(self.book.facts[name].label for name in partly))
        else:
            near = nearest(plain, {text for texts in spoken.values() for text in texts})
            self.say("goto.unknown", found=wanted, near=self.show.say("nearest", name=near) if near else "")
        return False


def source_in(text: str) -> str | None:
    """The source that a word or a number stands for."""
    return next((source for source in SOURCES if says(f"source.{source}", text)), None)


def command_of(typed: Any) -> tuple[str, str] | None:
    return command_in(typed) if isinstance(typed, str) else None


def _plainly(typed: Any) -> str:
    return typed if isinstance(typed, str) else str(typed)
