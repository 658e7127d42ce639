"""An interview as a state machine: a state and an event give the next state, what to save and what to say.

Nothing here asks, prints or writes. An answer is never deleted: going back keeps later answers, a changed answer marks
those that depend on it, and answers that no longer apply stay in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from kam_expert.case import Case, Given
from kam_expert.interview.case_edits import ACCOUNT_FACTS
from kam_expert.interview.progress import Progress
from kam_expert.interview.relevance import FULL, Relevance
from kam_expert.problems import Phrase

Cause = Literal["new", "back", "chosen", "later", "again"]


@dataclass(frozen=True)
class Session:
    """Where an interview stands.

    `place`: the index in `progress.asked` of the question that was gone back to; None in front. `chosen`: a question
    picked by name. `last`: the fact that was answered last, to which a note or a source is added.
    """

    case: Case
    progress: Progress
    today: date
    place: int | None = None
    chosen: str | None = None
    last: str | None = None


@dataclass(frozen=True)
class Question:
    """The fact that is asked now, and why it is its turn."""

    fact: str
    cause: Cause


@dataclass(frozen=True)
class Answered:
    """`file`: the case file of somebody else from which the answer was taken."""

    fact: str
    given: Given
    file: str | None = None


@dataclass(frozen=True)
class Kept:
    """Earlier answers hold."""

    facts: tuple[str, ...]


@dataclass(frozen=True)
class Skipped:
    fact: str


@dataclass(frozen=True)
class PutOff:
    fact: str


@dataclass(frozen=True)
class WentBack:
    steps: int = 1


@dataclass(frozen=True)
class WentForward:
    """To the furthest open question."""


@dataclass(frozen=True)
class WentTo:
    fact: str


@dataclass(frozen=True)
class Noted:
    fact: str
    note: str


@dataclass(frozen=True)
class Sourced:
    """Where an answer comes from and, if it is said, since when it holds."""

    fact: str
    source: str | None
    as_of: date | None = None


@dataclass(frozen=True)
class Taken:
    """Answers of somebody else, from another case file, that contradict none of ours."""

    facts: Mapping[str, Given]
    file: str


@dataclass(frozen=True)
class Doubted:
    """Answers that somebody else sees differently and that were not settled."""

    facts: tuple[str, ...]
    cause: str


@dataclass(frozen=True)
class SpokeIn:
    language: str


@dataclass(frozen=True)
class Widened:
    """From the short form to all questions."""


@dataclass(frozen=True)
class Reread:
    """The case file was changed by somebody else meanwhile."""

    case: Case


Event = (
    Answered
    | Kept
    | Skipped
    | PutOff
    | WentBack
    | WentForward
    | WentTo
    | Noted
    | Sourced
    | Taken
    | Doubted
    | SpokeIn
    | Widened
    | Reread
)


@dataclass(frozen=True)
class Step:
    """The next state, the facts to be written to the case file, and remarks (keys below `interview.remark`)."""

    session: Session
    changes: Mapping[str, Given] = field(default_factory=dict)
    remarks: tuple[Phrase, ...] = ()


class Interview:
    """The rules of the conversation over one rulebook."""

    def __init__(self, relevance: Relevance) -> None:
        self.relevance = relevance
        self.book = relevance.book

    def begin(self, case: Case, progress: Progress, today: date) -> Session:
        """The state in which an interview starts or goes on. The case is as of today, for its new answers are."""
        return Session(replace(case, as_of=max(case.as_of, today)), progress, today)

    def unconfirmed(self, session: Session) -> tuple[str, ...]:
        """The facts that the file held before and nobody has confirmed, in the order of the vocabulary.

        What a profile assumes is not in the file, and nobody's answer.
        """
        settled = {*session.progress.confirmed, *self.relevance.off_path(session.case), *ACCOUNT_FACTS}
        held = {name for name, given in session.case.facts.items() if given.source != "profile"}
        return tuple(name for name in self.book.facts if name in held - settled)

    def to_recheck(self, session: Session) -> tuple[str, ...]:
        """The answers in doubt that still apply, in the order of the vocabulary."""
        off = self.relevance.off_path(session.case)
        marks = session.progress.recheck
        return tuple(
            name for name in self.book.facts if name in marks and name in session.case.facts and name not in off
        )

    def askable(self, session: Session) -> tuple[str, ...]:
        """Every question that is still open, put off or not."""
        return self.relevance.askable(session.case, session.progress.mode)

    def question(self, session: Session, open_: Collection[str], suggested: Sequence[str]) -> Question | None:
        """Whose turn it is; `open_` are the questions still open, `suggested` some of them, the best first."""
        progress = session.progress
        if session.chosen is not None:
            return Question(session.chosen, "chosen")
        if session.place is not None:
            return Question(progress.asked[session.place], "back")
        waiting = {*progress.skipped, *progress.declined, *progress.later}
        fresh = [name for name in (*suggested, *open_) if name in open_ and name not in waiting]
        if fresh:
            return Question(fresh[0], "new")
        put_off = [Question(name, "later") for name in progress.later]
        put_off += [Question(name, "again") for name in progress.skipped]
        return next((question for question in put_off if question.fact in open_), None)

    def step(self, session: Session, event: Event) -> Step:
        """The state after an event."""
        match event:
            case Answered(fact, given, file):
                step = self._answered(session, fact, given)
                taken = {name: origin for name, origin in session.progress.taken.items() if name != fact}
                progress = replace(step.session.progress, taken={**taken, fact: file} if file else taken)
                return replace(step, session=replace(step.session, progress=progress))
            case Kept(facts):
                return self._kept(session, facts)
            case Skipped(fact):
                return self._skipped(session, fact)
            case PutOff(fact) if fact in session.case.facts:
                return Step(_moved(session, fact))
            case PutOff(fact):
                later = _with(session.progress.later, fact)
                progress = replace(session.progress, later=later, skipped=_without(session.progress.skipped, fact))
                return Step(_moved(replace(session, progress=progress), fact), remarks=(Phrase("later"),))
            case WentBack(steps):
                return self._back(session, steps)
            case WentForward():
                return Step(replace(session, place=None, chosen=None))
            case WentTo(fact):
                return Step(replace(session, chosen=fact))
            case Noted(fact, note):
                old = session.case.facts[fact]
                given = replace(old, note=note)
                remark = self._remark("noted", fact)
                if old.note not in (None, note):
                    remark = Phrase("note_replaced", {**remark.parameters, "note": old.note})
                return Step(_with_facts(session, {fact: given}), {fact: given}, (remark,))
            case Sourced(fact, source, as_of):
                return self._sourced(session, fact, source, as_of)
            case Taken(facts, file):
                progress = replace(
                    session.progress,
                    confirmed=tuple(dict.fromkeys((*session.progress.confirmed, *facts))),
                    taken={**session.progress.taken, **dict.fromkeys(facts, file)},
                )
                return Step(replace(_with_facts(session, facts), progress=progress), facts)
            case Doubted(facts, cause):
                marks = {**session.progress.recheck, **dict.fromkeys(facts, cause)}
                return Step(replace(session, progress=replace(session.progress, recheck=marks)))
            case SpokeIn(language):
                progress = replace(session.progress, language=language)
                return Step(replace(session, progress=progress), remarks=(Phrase("language"),))
            case Widened():
                progress = replace(session.progress, mode=FULL, declined=())
                return Step(replace(session, progress=progress), remarks=(Phrase("full"),))
            case Reread(case):
                fresh = replace(case, as_of=max(case.as_of, session.today))
                last = session.last if session.last in fresh.facts else None
                return Step(replace(session, case=fresh, last=last), remarks=(Phrase("reread"),))

    def _answered(self, session: Session, fact: str, given: Given) -> Step:
        case = session.case
        old = case.facts.get(fact)
        new = self._dated(session, fact, given, old)
        after = _with_facts(session, {fact: new})
        marks = {name: cause for name, cause in session.progress.recheck.items() if name != fact}
        doubtful: tuple[str, ...] = ()
        remarks: list[Phrase] = []
        if old is None or (old.state, old.value, old.rows) != (new.state, new.value, new.rows):
            doubtful = self.relevance.doubtful(case, after.case, fact)
            marks.update(dict.fromkeys(doubtful, fact))
            off = self.relevance.off_path(after.case) - self.relevance.off_path(case)
            if off:
                remarks.append(Phrase("off_path", {"facts": self._labels(off), "count": len(off)}))
            if old is not None and old.note:
                remarks.append(Phrase("note_kept", {"note": old.note}))
        if doubtful:
            remarks.append(Phrase("doubtful", {"facts": self._labels(doubtful), "count": len(doubtful)}))
        progress = replace(
            session.progress,
            recheck=marks,
            skipped=_without(session.progress.skipped, fact),
            declined=_without(session.progress.declined, fact),
            later=_without(session.progress.later, fact),
            confirmed=_with(session.progress.confirmed, fact),
        )
        moved = _moved(replace(after, progress=progress, last=fact), fact)
        return Step(moved, {fact: new}, tuple(remarks))

    def _dated(self, session: Session, fact: str, given: Given, old: Given | None) -> Given:
        """The answer with today's date, keeping the note and the value at the last review. Texts carry no date."""
        if self.book.facts[fact].type == "text" or given.state != "given":
            return replace(given, note=old.note, before=old.before, as_of=None) if old is not None else given
        before, note = (None, None) if old is None else (old.before, old.note)
        return replace(given, as_of=given.as_of or session.today, before=before, note=given.note or note)

    def _kept(self, session: Session, facts: tuple[str, ...]) -> Step:
        """Confirmed answers; those that were stale hold again from today."""
        changes = {
            name: replace(session.case.facts[name], as_of=session.today)
            for name in facts
            if session.case.facts[name].state == "given" and session.case.stale(name, self.book)
        }
        progress = replace(
            session.progress,
            confirmed=tuple(dict.fromkeys((*session.progress.confirmed, *facts))),
            recheck={name: cause for name, cause in session.progress.recheck.items() if name not in facts},
        )
        after = _with_facts(replace(session, progress=progress), changes)
        return Step(_moved(after, facts[0]) if len(facts) == 1 else after, changes)

    def _skipped(self, session: Session, fact: str) -> Step:
        progress = session.progress
        if fact in session.case.facts:
            return Step(_moved(session, fact))
        if fact in progress.skipped:
            progress = replace(
                progress, skipped=_without(progress.skipped, fact), declined=_with(progress.declined, fact)
            )
            remark = Phrase("skipped_again")
        else:
            progress = replace(progress, skipped=_with(progress.skipped, fact), later=_without(progress.later, fact))
            remark = Phrase("skipped")
        return Step(_moved(replace(session, progress=progress), fact), remarks=(remark,))

    def _back(self, session: Session, steps: int) -> Step:
        asked = session.progress.asked
        here = len(asked) if session.place is None else session.place
        steps = max(steps, 1)
        if session.chosen is not None and steps == 1:
            return Step(replace(session, chosen=None))
        if here == 0 or not asked:
            return Step(session, remarks=(Phrase("first"),))
        return Step(replace(session, place=max(0, here - steps), chosen=None))

    def _sourced(self, session: Session, fact: str, source: str | None, as_of: date | None) -> Step:
        if as_of is not None and as_of > session.case.as_of:
            return Step(session, remarks=(Phrase("future", {"day": as_of.isoformat()}),))
        old = session.case.facts[fact]
        given = replace(old, source=source or old.source, as_of=as_of or old.as_of)
        return Step(_with_facts(session, {fact: given}), {fact: given}, (self._remark("sourced", fact),))

    def _remark(self, key: str, fact: str) -> Phrase:
        return Phrase(key, {"label": self.book.facts[fact].label})

    def _labels(self, names: Collection[str]) -> tuple[object, ...]:
        return tuple(fact.label for name, fact in self.book.facts.items() if name in names)


def _with_facts(session: Session, facts: Mapping[str, Given]) -> Session:
    return replace(session, case=replace(session.case, facts={**session.case.facts, **facts}))


def _moved(session: Session, fact: str) -> Session:
    """The question is left: it lies on the way back, and the next one on the way forward comes."""
    progress = replace(session.progress, asked=_with(session.progress.asked, fact))
    if session.chosen is not None:
        return replace(session, progress=progress, chosen=None)
    if session.place is None:
        return replace(session, progress=progress)
    ahead = session.place + 1
    return replace(session, progress=progress, place=ahead if ahead < len(progress.asked) else None)


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)
