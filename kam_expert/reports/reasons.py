"""The reasons: positions, scores.

Signals, every strategy with what speaks for and against it, and what is still open.
"""

from __future__ import annotations

from kam_expert.recommendation import Standing
from kam_expert.reports import account_pictures, checked
from kam_expert.reports.document import Block, Bullets, Pairs, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.schema import Signal

KINDS = ("opportunity", "threat", "red_flag", "quality", "contradiction")
QUESTIONS = 8
EXPLAINED = ("primary", "secondary", "next_wave", "vetoed")


def sections(speaking: Speaking) -> tuple[Section, ...]:
    found = [
        Section(speaking.say("reasons.positions"), (positions(speaking),)),
        Section(speaking.say("reasons.scores"), (*account_pictures.radar(speaking), _scores(speaking))),
        *(_signals(speaking, kind) for kind in KINDS),
        Section(speaking.say("reasons.strategies"), _strategies(speaking)),
        *(_arguments(speaking, standing) for standing in _explained(speaking)),
        *checked.sections(speaking),
        Section(speaking.say("reasons.questions"), _questions(speaking)),
        Section(speaking.say("reasons.footing"), _footing(speaking)),
    ]
    return tuple(section for section in found if section.blocks)


def positions(speaking: Speaking) -> Block:
    """The position in every model that says something about the account."""
    rows = []
    for position in speaking.diagnosis.positions:
        model = speaking.book.models[position.model]
        if model.when is not None and speaking.diagnosis.conclusions.values.get(model.when) is not True:
            continue
        meaning = ""
        if position.cell is not None:
            found = model.cells[position.cell]
            meaning = speaking.text(found.meaning) + (
                _space(speaking) + speaking.text(found.stance) if found.stance else ""
            )
        rows.append((speaking.text(model.label), speaking.placed(position), meaning))
    headers = (speaking.say("column.model"), speaking.say("column.cell"), speaking.say("column.meaning"))
    return Table(headers, tuple(rows), (22, 20, 50))


def _space(speaking: Speaking) -> str:
    return speaking.say("sentence_space")


def _scores(speaking: Speaking) -> Block:
    rows = []
    for score in speaking.diagnosis.scores:
        value = speaking.quantity(score.value, "score")
        if score.borderline:
            value = speaking.say("borderline", value=value)
        coverage = speaking.words.quantity(100 * score.coverage, "percent", speaking.book, "")
        rows.append(
            (speaking.label(score.id), value, coverage, speaking.text(speaking.book.scores[score.id].entry.meaning))
        )
    names = ("score", "value", "coverage", "meaning")
    return Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), (24, 14, 12, 44))


def _signals(speaking: Speaking, kind: str) -> Section:
    items = []
    for found in speaking.diagnosis.signals:
        signal = speaking.book.signals[found.id]
        if signal.kind != kind:
            continue
        details = [speaking.text(signal.meaning)]
        details += [speaking.premises(speaking.firings[rule]) for rule in found.rules]
        details += answer(speaking, signal)
        items.append((speaking.text(signal.title), tuple(line for line in details if line)))
    title = speaking.say(f"signals.{kind}")
    return Section(title, (Bullets(tuple(items)),) if items else ())


def answer(speaking: Speaking, signal: Signal) -> list[str]:
    """What to do about a signal, or what to check."""
    if signal.response is not None:
        return [speaking.say("signal_response", text=signal.response)]
    if signal.remedy is not None:
        return [speaking.say("signal_remedy", text=signal.remedy)]
    return []


def _strategies(speaking: Speaking) -> tuple[Block, ...]:
    rows = [
        (
            speaking.strategy(standing.id),
            speaking.say(f"status.{standing.status}"),
            str(standing.score).replace("-", "−"),
            speaking.text(standing.reason),
        )
        for standing in speaking.diagnosis.recommendation.standings
    ]
    names = ("strategy", "status", "points", "why")
    headers = tuple(speaking.say(f"column.{name}") for name in names)
    table = Table(headers, tuple(rows), (24, 14, 8, 50))
    return (Paragraph(speaking.say("points_meaning")), table, *account_pictures.contributions(speaking))


def _explained(speaking: Speaking) -> list[Standing]:
    recommendation = speaking.diagnosis.recommendation
    return [
        standing
        for standing in recommendation.standings
        if standing.votes and (standing.status in EXPLAINED or standing.id == recommendation.runner_up)
    ]


def _arguments(speaking: Speaking, standing: Standing) -> Section:
    """Each vote on one strategy with its reason, caution, premises and sources."""
    items = []
    for vote in sorted(standing.votes, key=lambda vote: -vote.points):
        entry = speaking.book.rule(vote.rule).entry
        strength = speaking.book.selection.strengths[vote.strength]
        points = "" if strength.veto else speaking.say("signed_points", points=speaking.signed(vote.points))
        head = speaking.say("vote_line", title=entry.title, strength=strength.label, points=points)
        details = [speaking.text(entry.because)]
        if entry.caution is not None:
            details.append(speaking.say("caution_line", text=entry.caution))
        premises = speaking.premises(speaking.firings[vote.rule])
        details.append(speaking.say("evidence_line", text=premises))
        condition = speaking.prose.condition(speaking.book.rule(vote.rule).condition)
        details.append(speaking.say("rule_line", rule=vote.rule, code=entry.code or "", condition=condition))
        details.append(speaking.say("source_line", sources=sources(speaking, entry.sources)))
        items.append((head, tuple(details)))
    words = {"strategy": speaking.strategy(standing.id), "status": speaking.say(f"status.{standing.status}")}
    title = speaking.say("reasons.arguments", score=str(standing.score).replace("-", "−"), **words)
    blocks: list[Block] = [*account_pictures.reasons(speaking, standing), Bullets(tuple(items))]
    if standing.status not in ("primary", "secondary"):
        blocks.insert(0, Paragraph(speaking.text(standing.reason)))
    return Section(title, tuple(blocks), level=2)


def sources(speaking: Speaking, ids: tuple[str, ...]) -> str:
    """The ids of sources as they are cited; the list of sources spells them out."""
    return speaking.say("list_comma").join(f"[{each}]" for each in ids)


def _questions(speaking: Speaking) -> tuple[Block, ...]:
    rows = []
    for question in speaking.diagnosis.questions[:QUESTIONS]:
        fact = speaking.book.facts[question.fact]
        affected = speaking.strategies(question.can_change[:4])
        rows.append((speaking.text(fact.label), speaking.text(fact.question), affected))
    if not rows:
        return (Paragraph(speaking.say("no_questions")),)
    names = ("fact", "question", "bears_on")
    blocks: list[Block] = [Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), (24, 40, 32))]
    rest = len(speaking.diagnosis.questions) - len(rows)
    if rest > 0:
        blocks.append(Paragraph(speaking.say("more_questions", count=rest)))
    return tuple(blocks)


def _footing(speaking: Speaking) -> tuple[Block, ...]:
    """What the advice rests on: completeness, guesses, stale facts."""
    diagnosis = speaking.diagnosis
    comma = speaking.say("list_comma")
    items = [(speaking.label("completeness"), speaking.value("completeness"))] if _has(speaking, "completeness") else []
    for key, names in (("guesses", diagnosis.guesses), ("stale", diagnosis.stale)):
        shown = comma.join(speaking.label(name) for name in names) if names else speaking.say("none")
        items.append((speaking.say(f"footing.{key}"), shown))
    items.append((speaking.say("footing.open_rules"), speaking.say("rules_count", count=len(diagnosis.open_rules))))
    blocks: list[Block] = [Pairs(tuple(items))]
    profile = diagnosis.book.profile
    if profile is not None and profile.currency != diagnosis.case.currency:
        currencies = {"currency": diagnosis.case.currency, "other": profile.currency}
        blocks.append(Paragraph(speaking.say("currency_differs", **currencies)))
    return tuple(blocks)


def _has(speaking: Speaking, name: str) -> bool:
    return name in speaking.book.measures
