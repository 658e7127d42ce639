"""The course of an interview: confirm what the file holds, ask what matters, offer to stop, show the result."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from kam_expert.case import Given
from kam_expert.interview.answers import Declined, Doubtful, Understood, bare_amount, read_answer
from kam_expert.interview.relevance import FULL, SHORT
from kam_expert.interview.session import Kept, Question, WentTo, Widened
from kam_expert.interview.talk import PROMPT, Left, Stopped, Talk, command_of, source_in
from kam_expert.interview.vocabulary import command_in, says
from kam_expert.prose import Prose
from kam_expert.rulebook.expressions import Value

WORTH = 3
GUESS_AT = "estimate"  # the source that "about" suggests
ANYWHERE = ("help", "review", "so_far", "language", "save", "stop", "quit", "goto")
"""Commands that make sense where no fact is asked."""


def hold(talk: Talk) -> bool:
    """The whole conversation; whether it came to a result rather than being left."""
    try:
        try:
            confirm_prefilled(talk)
            ask_questions(talk)
        except Stopped:
            pass
        show_result(talk)
        return True
    except Left:
        talk.say("quit")
        talk.say("finished.sidecar", file=talk.kept.path)
        return False


# what the file holds already


def confirm_prefilled(talk: Talk) -> None:
    """The answers of the file in groups by topic, each with its origin."""
    themes = [talk.book.theme_of[name] for name in talk.interview.unconfirmed(talk.session)]
    total = len(dict.fromkeys(themes))
    for number in count(1):
        open_ = talk.interview.unconfirmed(talk.session)
        if not open_:
            return
        theme = talk.book.theme_of[open_[0]]
        group = [name for name in open_ if talk.book.theme_of[name] == theme]
        shown = talk.show.say("confirm.head", theme=talk.show.theme(group[0]), number=min(number, total), count=total)
        if not _confirm(talk, shown, group, "confirm.how"):
            return


def confirm_again(talk: Talk) -> None:
    """The answers that a change has put in doubt, in one list. Whoever leaves it sees it again at the end."""
    group = list(talk.interview.to_recheck(talk.session))
    if not _confirm(talk, talk.show.say("confirm.recheck"), group, "confirm.how_recheck"):
        talk.postponed = frozenset(talk.interview.to_recheck(talk.session))


def _confirm(talk: Talk, head: str, group: list[str], how: str) -> bool:
    """One list; False if the rest is not to be gone through."""
    shown = False
    while True:
        if not shown:
            numbered = talk.show.numbered(group, talk.session, count(1))
            talk.tell("\n".join(["", talk.show.heading(head), *numbered]))
            talk.say(how)
        shown = True
        named = (str(place) for place, name in enumerate(group, 1) if talk.script and talk.script.names(name))
        typed = talk.listen(scripted=next(named, "")).strip()
        found = command_in(typed)
        if not typed:
            return talk.apply(Kept(tuple(group)))
        if says("all", typed) and how == "confirm.how":
            rest = talk.interview.unconfirmed(talk.session)
            fresh = [name for name in rest if name in group or not talk.session.case.stale(name, talk.book)]
            return talk.apply(Kept(tuple(fresh)))
        if typed.isdecimal() and 0 < int(typed) <= len(group):
            talk.apply(WentTo(group[int(typed) - 1]))
        elif found is not None and found[0] == "skip":
            return False
        elif found is not None and found[0] in ANYWHERE:
            shown = not talk.do(*found, None, typed)
        else:
            talk.say("confirm.wrong", found=typed)
        while talk.session.chosen is not None:
            shown = False
            ask(talk, Question(talk.session.chosen, "chosen"))
        group = [name for name in group if name in talk.session.case.facts and name not in _settled(talk, how)]
        if not group:
            return True


def _settled(talk: Talk, how: str) -> set[str]:
    """What of a list needs no confirmation any more."""
    progress = talk.session.progress
    return set(progress.confirmed) if how == "confirm.how" else set(talk.session.case.facts) - set(progress.recheck)


# the questions


def ask_questions(talk: Talk) -> None:
    """Question after question until none is left or the result is wanted."""
    theme = ""
    offered: set[tuple[str, str]] = set()
    reminded = False
    while True:
        outlook, mode = talk.outlook, talk.session.progress.mode
        open_ = talk.interview.askable(talk.session)
        in_front = talk.session.chosen is None and talk.session.place is None
        if in_front and open_ and outlook.settled in ("primary", "all") and (outlook.settled, mode) not in offered:
            offered.add((outlook.settled, mode))
            _offer_to_stop(talk)
        in_doubt = set(talk.interview.to_recheck(talk.session))
        if in_front and in_doubt - talk.postponed:
            confirm_again(talk)
            continue
        question = talk.interview.question(talk.session, open_, [each.fact for each in outlook.suggestions])
        if question is None:
            if in_doubt and not reminded:
                reminded, talk.postponed = True, frozenset()
            elif mode != SHORT or not _goes_on(talk):
                return
            elif talk.session.chosen is None and talk.session.place is None:
                talk.apply(Widened())
            continue
        if talk.show.theme(question.fact) != theme:
            theme = talk.show.theme(question.fact)
            talk.tell("\n" + talk.show.heading(theme))
        ask(talk, question)


def _offer_to_stop(talk: Talk) -> None:
    """Nothing more can change the advice: say so, show it, and offer to go on."""
    show = talk.show
    talk.tell("\n" + show.heading(show.say("settled.reached")))
    talk.tell(show.hanging(show.standing(talk.session, talk.outlook)))
    if talk.outlook.otherwise and talk.outlook.settled != "all":
        prose = Prose(talk.book, show.words, talk.session.case.currency)
        facts = show.words.say("list_semicolon").join(prose.premise(*each) for each in talk.outlook.otherwise)
        talk.say("settled.otherwise", facts=facts)
    talk.tell("\n" + brief(talk))
    _only_enter_goes_on(talk, talk.show.say("settled.go_on"))


def _goes_on(talk: Talk) -> bool:
    left = len(talk.relevance.askable(talk.session.case, FULL)) - len(talk.interview.askable(talk.session))
    if not left:
        return False
    talk.tell("")
    _only_enter_goes_on(talk, talk.show.say("finished.short", count=left))
    return True


def _only_enter_goes_on(talk: Talk, offer: str) -> None:
    while True:
        talk.tell(talk.show.hanging(offer))
        typed = talk.listen(scripted="" if talk.script and talk.script.left else "stop").strip()
        found = command_in(typed)
        if not typed or (found is not None and found[0] in ("full", "forward")):
            return
        if found is not None and found[0] == "quit":
            raise Stopped  # the offer names q as the way to finish
        if found is None or found[0] not in (*ANYWHERE, "back"):
            talk.say("finished.wrong", found=typed)
        elif talk.do(*found, None, typed) and (talk.session.chosen is not None or talk.session.place is not None):
            return


def ask(talk: Talk, question: Question) -> None:
    """One question, until it is answered or left."""
    fact = question.fact
    talk.tell(talk.show.question(talk.session, question, talk.book.facts[fact]))
    unfinished = ""
    while True:
        typed = talk.listen_about(fact, unfinished)
        command = command_of(typed)
        if command is None and unfinished and isinstance(typed, str):  # a command behind what still stood in the field
            command = command_of(typed.removeprefix(unfinished))
        unfinished = ""
        if command is not None:
            if talk.do(*command, fact, str(typed)):
                return
            continue
        if isinstance(typed, str) and not typed.strip():
            if fact in talk.session.case.facts:
                talk.apply(Kept((fact,)))
                return
            talk.tell(talk.show.declined("empty", {}))
            continue
        if talk.book.facts[fact].type == "table" and isinstance(typed, str):
            typed = _lines(talk, typed)
        given = understood(talk, fact, typed)
        if given is not None:
            talk.answer(fact, given, str(typed))
            return
        unfinished = typed if isinstance(typed, str) else ""


def _lines(talk: Talk, first: str) -> str:
    """A table: more lines until an empty one; one line with semicolons is a whole table."""
    lines = [first]
    while talk.script is None and ";" not in first and "；" not in first:
        line = talk.listen("  " + PROMPT)
        if not line.strip():
            break
        lines.append(line)
    return "\n".join(lines)


def understood(talk: Talk, fact: str, typed: Any) -> Given | None:
    """The answer that was meant, after asking where it could mean two things; None if it has to be typed anew."""
    entry, case = talk.book.facts[fact], talk.session.case
    found = read_answer(entry, typed, talk.book, case.currency)
    if talk.script is None and isinstance(found, Understood):  # a file of answers is exact
        found = bare_amount(entry, str(typed), found, int(talk.show.say("amounts_in")))
    match found:
        case Declined(code, parameters):
            near = parameters.get("near")
            near = talk.show.say("nearest", name=near) if near else ""
            talk.tell(talk.show.declined(code, {**parameters, "near": near}))
            return None
        case Doubtful(meanings, hedged):
            value = _meant(talk, fact, str(typed), meanings)
            if value is None:
                return None
            given = Given("given", value)
        case Understood(given, hedged, odd):
            if odd and entry.plausible is not None:
                low, high = (talk.show.words.value(fact, end, talk.book, case.currency) for end in entry.plausible)
                talk.say("unusual", low=low, high=high)
    return replace(given, source=_source(talk)) if hedged else given


def _meant(talk: Talk, fact: str, typed: str, meanings: tuple[Value, ...]) -> Value | None:
    first, second = (talk.show.exactly(fact, each, talk.session.case.currency) for each in meanings)
    talk.say("doubt", typed=typed.strip(), first=first, second=second)
    while True:
        reply = talk.listen_about(fact) if talk.script else talk.listen()
        reply = str(reply).strip()
        if reply in ("1", "2"):
            return meanings[int(reply) - 1]
        if not reply or talk.script:
            return None
        talk.say("doubt_again")


def _source(talk: Talk) -> str:
    """Where a number that was said to be about so much comes from."""
    talk.say("hedged")
    while True:
        typed = talk.listen(scripted="").strip()
        source = source_in(typed) if typed else GUESS_AT
        if source is not None:
            return source
        talk.say("source_wrong", found=typed)


# the result


def brief(talk: Talk) -> str:
    """The brief report on what is known now."""
    from kam_expert.diagnosis import diagnose
    from kam_expert.reports import content, text

    words = talk.show.words
    return text.render(content.document(diagnose(talk.session.case, talk.book), words, "brief", pictured=False))


def show_result(talk: Talk) -> None:
    """The brief, how sure it is, what is most worth finding out, and what a script could not use."""
    show = talk.show
    talk.tell("\n" + show.heading(show.say("finished.result")))
    talk.tell(brief(talk))
    talk.tell(show.say("finished.sure"))
    talk.tell(show.status(talk.session, talk.outlook))
    worth = _worth_finding_out(talk)
    if worth:
        talk.tell("\n".join(["", show.say("finished.worth"), *worth]))
    if talk.script is not None:
        _left_over(talk)
    talk.tell("")
    talk.say("finished.sidecar", file=talk.kept.path)


def _worth_finding_out(talk: Talk) -> list[str]:
    """What is open or not known, in the order in which it could tell most."""
    case = talk.session.case
    known = replace(case, facts={name: given for name, given in case.facts.items() if given.state != "unknown"})
    outlook = talk.adviser.outlook(known, talk.relevance.askable(known, FULL))
    return talk.show.facts_worth(outlook, WORTH)


def _left_over(talk: Talk) -> None:
    """The entries of the file of answers that nobody asked for, but for answers that hold anyway."""

    def holds(fact: str, typed: Any) -> bool:
        found = read_answer(talk.book.facts[fact], typed, talk.book, talk.session.case.currency)
        own = talk.session.case.facts.get(fact)
        return (
            isinstance(found, Understood)
            and own is not None
            and (own.state, own.value, own.rows)
            == (
                found.given.state,
                found.given.value,
                found.given.rows,
            )
        )

    assert talk.script is not None
    left = talk.script.unused(holds)
    if left:
        talk.tell("\n" + talk.show.say("finished.left_over"))
    for line in left:
        if line.fact is None:
            talk.say("finished.left_command", typed=line.typed)
        else:
            talk.say("finished.left_fact", label=talk.show.label(line.fact), fact=line.fact, typed=line.typed)
