"""Answers to "why do you ask" and "what do you think so far", in the middle of an interview."""

from __future__ import annotations

from kam_expert.diagnosis import Diagnosis, diagnosis_from
from kam_expert.interview.outlook import Outlook
from kam_expert.interview.relevance import Relevance
from kam_expert.interview.session import Session
from kam_expert.interview.showing import INDENT, LEADERS, Showing, aligned
from kam_expert.recommendation import Standing
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.schema import VoteRule

RULES = 4


def provisional(relevance: Relevance, session: Session) -> Diagnosis:
    """The diagnosis of what is known so far, without the trace of the rules."""
    return diagnosis_from(session.case, relevance.book, relevance.conclude(session.case))


def why(showing: Showing, relevance: Relevance, session: Session, outlook: Outlook, fact: str) -> str:
    """Why a fact is asked: its use, the rules that wait for it, and what it could change."""
    words, book = showing.words, relevance.book
    lines = [showing.hanging(words.text(book.facts[fact].why))]
    open_rules = [rule for rule in provisional(relevance, session).open_rules if fact in rule.facts]
    open_rules.sort(key=lambda rule: (len(rule.facts), not isinstance(book.rule(rule.rule).entry, VoteRule)))
    waiting = [book.rule(rule.rule).entry for rule in open_rules]  # those that wait for little else come first
    if waiting:
        lines.append(showing.hanging(showing.say("why.rules", count=len(waiting))))
        lines += [showing.hanging(f"- {words.text(entry.title)}", INDENT * 2) for entry in waiting[:RULES]]
        if len(waiting) > RULES:
            lines.append(showing.hanging(showing.say("why.more", count=len(waiting) - RULES), INDENT * 2))
    else:
        lines.append(showing.hanging(showing.say("why.no_rules")))
    change = next((showing.rivals(outlook, each) for each in outlook.suggestions if each.fact == fact), ())
    if change:
        names = change[:LEADERS]
        lines.append(showing.hanging(showing.say("could_change", strategies=names)))
    return "\n".join(lines)


def _stands(standing: Standing) -> bool:
    return standing.score > 0 and standing.status not in ("not_eligible", "vetoed")


def so_far(showing: Showing, relevance: Relevance, session: Session, outlook: Outlook) -> str:
    """The provisional ranking, the positions that are already clear, and how sure all that is."""
    words = showing.words
    found = provisional(relevance, session)
    speaking = Speaking(found, words)
    recommendation = outlook.recommendation
    shares = {name: share for name, share in outlook.shares if share}
    standings = {standing.id: standing for standing in recommendation.standings}
    ranked = [name for name, _ in outlook.shares if shares.get(name)]
    ranked += [each.id for each in recommendation.standings if each.id not in ranked and _stands(each)]
    rows = []
    proven = outlook.settled in ("primary", "all")
    for name in ranked[:LEADERS]:
        standing = standings.get(name)
        status = words.say(f"status.{standing.status}") if standing else ""
        points = showing.say("so_far.points", points=standing.score) if standing else ""
        shown = showing.percent(shares[name], proven=proven) if name in shares else ""
        share = showing.say("so_far.share", share=shown) if shown else ""
        rows.append([showing.strategy(name), status, points, share])
    lines = [showing.say("so_far.ranking")]
    if recommendation.primary is None:
        lines.append(showing.hanging(showing.say("so_far.no_choice", level=showing.strategy(recommendation.level))))
    lines += [INDENT + line for line in aligned(rows)]
    placed = [
        [speaking.label(each.model), speaking.placed(each)]
        for each in found.positions
        if each.cell is not None and relevance.book.models[each.model].headline
    ]
    if placed:
        lines += [showing.say("so_far.positions"), *(INDENT + line for line in aligned(placed))]
    lines.append(showing.say("so_far.sure"))
    lines.append(showing.hanging(showing.standing(session, outlook)))
    for key, names in (("guesses", found.guesses), ("stale", found.stale)):
        if names:
            labels = tuple(relevance.book.facts[name].label for name in names)
            lines.append(showing.hanging(showing.say(f"so_far.{key}", facts=labels)))
    return "\n".join(lines)
