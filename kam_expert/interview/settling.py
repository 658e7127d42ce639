"""Answers of somebody else brought into an interview: what is new is taken over, what differs is asked about."""

from __future__ import annotations

from kam_expert.case import Case, Given
from kam_expert.interview.dialogue import understood
from kam_expert.interview.merging import Disagreement, compared
from kam_expert.interview.session import Answered, Doubted, Kept, Taken
from kam_expert.interview.talk import Talk
from kam_expert.interview.vocabulary import command_in, says


def merge(talk: Talk, theirs: Case) -> bool:
    """Bring the answers of another case into the interview; False if nothing was merged.

    Whatever is not settled when somebody leaves stays as it was and is marked for checking.
    """
    ours = talk.session.case
    currencies = talk.book.units["money"].currencies
    if ours.currency != theirs.currency:
        words = {"theirs": currencies[theirs.currency], "ours": currencies[ours.currency]}
        talk.say("merge.currency", file=theirs.file, **words)
        return False
    if ours.name != theirs.name:
        talk.say("merge.names", ours=ours.name, theirs=theirs.name)
        if not says("yes", talk.listen(scripted="y")):
            talk.say("merge.stopped")
            return False
    found = compared(ours, theirs, talk.book)
    counts = {"added": len(found.added), "agreed": found.agreed, "count": len(found.disagreements)}
    talk.say("merge.head", file=theirs.file, **counts)
    open_ = tuple(each.fact for each in found.disagreements)
    if open_:
        talk.apply(Doubted(open_, theirs.file))
    if found.added:
        talk.apply(Taken(found.added, theirs.file))
        talk.tell(talk.show.say("merge.added"))
        talk.tell("\n".join(talk.show.numbered(list(found.added), talk.session, range(1, len(found.added) + 1))))
    for each in found.disagreements:
        _settle(talk, each, ours, theirs)
    left = sum(name in talk.session.progress.recheck for name in open_)
    if open_:
        talk.say("merge.both", count=len(open_) - left, left=left)
    talk.postponed = frozenset(name for name in open_ if name in talk.session.progress.recheck)
    return True


def _settle(talk: Talk, found: Disagreement, ours: Case, theirs: Case) -> None:
    talk.tell(talk.show.disagreement(found, ours, theirs))
    talk.say("merge.ask")
    while True:
        typed = talk.listen_about(found.fact)
        command = command_in(typed) if isinstance(typed, str) else None
        if command is not None and command[0] not in ("unknown", "not_applicable"):
            if command[0] in ("skip", "later", "stop"):
                return
            talk.do(*command, None, str(typed))
            continue
        given = _chosen(talk, found, typed)
        if given is found.ours:
            talk.apply(Kept((found.fact,)))
            return
        file = theirs.file if given is found.theirs else None
        if given is not None and talk.apply(Answered(found.fact, given, file), str(typed)):
            talk.tell(talk.show.echo(found.fact, talk.session.case.facts[found.fact], talk.session.case))
            return


def _chosen(talk: Talk, found: Disagreement, typed: object) -> Given | None:
    """The answer that holds: one of the two, or a new one."""
    plain = str(typed).strip()
    sides = {"1": found.ours, "2": found.theirs}
    if plain in sides:
        return sides[plain]
    return understood(talk, found.fact, typed)
