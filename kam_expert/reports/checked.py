"""The plan that somebody has already chosen: a verdict on each strategy of it, with all that the rules say about it."""

from __future__ import annotations

from kam_expert.checking import Check, Objection, OpenVoice, StrategyCheck
from kam_expert.recommendation import Vote
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking

Item = tuple[str, tuple[str, ...]]


def summary(speaking: Speaking) -> tuple[Block, ...]:
    """One line for each chosen strategy, and what the plan lacks; nothing without a chosen strategy."""
    check = speaking.diagnosis.check
    if check is None:
        return ()
    lines = [_verdict_line(speaking, each) for each in check.strategies]
    lines += [speaking.say("check.lacking_here", line=line) for line in _lacking(speaking, check)]
    return (_listed(lines),)


def sections(speaking: Speaking) -> tuple[Section, ...]:
    """The whole check; nothing without a chosen strategy."""
    check = speaking.diagnosis.check
    if check is None:
        return ()
    blocks: list[Block] = [Paragraph(_headline(speaking, check)), _table(speaking, check)]
    lacking = _lacking(speaking, check)
    if lacking:
        blocks += [Paragraph(speaking.say("check.lacking")), _listed(lacking)]
    return (Section(speaking.say("reasons.check"), tuple(blocks)), *(_arguments(speaking, s) for s in check.strategies))


def _headline(speaking: Speaking, check: Check) -> str:
    recommended = speaking.diagnosis.recommendation.primary
    primary = check.primary
    words = {"strategy": speaking.strategy(primary.strategy), "verdict": _verdict(speaking, primary)}
    line = speaking.say("check.headline", **words)
    if recommended is not None and recommended != primary.strategy:
        other = speaking.say("check.recommended_instead", strategy=speaking.strategy(recommended))
        line += speaking.say("sentence_space") + other
    return line


def _table(speaking: Speaking, check: Check) -> Block:
    rows = [
        (
            speaking.strategy(each.strategy),
            speaking.say(f"status.{each.role}"),
            _verdict(speaking, each),
            _number(each.score),
            speaking.say("none") if each.behind is None else _number(each.behind),
            speaking.text(each.reason),
        )
        for each in check.strategies
    ]
    names = ("strategy", "role", "verdict", "points", "behind", "why")
    return Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), (17, 11, 14, 7, 10, 31))


def _listed(lines: list[str]) -> Block:
    return Bullets(tuple((line, ()) for line in lines))


def _lacking(speaking: Speaking, check: Check) -> list[str]:
    found = []
    for each in check.lacking:
        words = {"strategy": speaking.strategy(each.strategy), "role": speaking.say(f"status.{each.role}")}
        found.append(speaking.say("check.lacking_line", rule=speaking.rule_title(each.rule), **words))
    return found


def _arguments(speaking: Speaking, each: StrategyCheck) -> Section:
    groups: list[tuple[str, list[Item]]] = [
        ("check.for", [_vote(speaking, vote) for vote in each.supporting]),
        ("check.against", [_vote(speaking, vote) for vote in each.opposing]),
        ("check.in_the_way", [*_demand(speaking, each), *(_objection(speaking, o) for o in each.objections)]),
        ("check.open_for", [_voice(speaking, voice) for voice in each.missing if voice.speaks == "for"]),
        ("check.open_against", [_voice(speaking, voice) for voice in each.missing if voice.speaks == "against"]),
    ]
    blocks: list[Block] = []
    for key, items in groups:
        if items:
            blocks += [Paragraph(speaking.say(key)), Bullets(tuple(items))]
    title = speaking.say(
        "check.arguments",
        strategy=speaking.strategy(each.strategy),
        role=speaking.say(f"status.{each.role}"),
        verdict=_verdict(speaking, each),
    )
    return Section(title, tuple(blocks) or (Paragraph(speaking.say("check.silent")),), level=2)


def _verdict(speaking: Speaking, each: StrategyCheck) -> str:
    return speaking.say(f"check.verdict.{each.verdict}")


def _verdict_line(speaking: Speaking, each: StrategyCheck) -> str:
    return speaking.say(
        "check.verdict_line",
        strategy=speaking.strategy(each.strategy),
        role=speaking.say(f"status.{each.role}"),
        verdict=_verdict(speaking, each),
        reason=speaking.text(each.reason),
    )


def _vote(speaking: Speaking, vote: Vote) -> Item:
    strength = speaking.book.selection.strengths[vote.strength]
    points = "" if strength.veto else speaking.say("signed_points", points=speaking.signed(vote.points))
    head = speaking.say("vote_line", title=speaking.rule_title(vote.rule), strength=strength.label, points=points)
    return head, _grounds(speaking, vote.rule)


def _grounds(speaking: Speaking, rule: str) -> tuple[str, ...]:
    """The facts that made a rule fire, if there are any to show."""
    premises = speaking.premises(speaking.firings[rule])
    return (speaking.say("evidence_line", text=premises),) if premises else ()


def _demand(speaking: Speaking, each: StrategyCheck) -> list[Item]:
    if each.demanded is None:
        return []
    rule, other = each.demanded
    words = {"rule": speaking.rule_title(rule), "other": speaking.strategy(other)}
    return [(speaking.say("check.demanded", **words), _grounds(speaking, rule))]


def _objection(speaking: Speaking, objection: Objection) -> Item:
    if objection.other is not None:
        key = f"check.{objection.kind}.{objection.party}"
        line = speaking.say(key, other=speaking.strategy(objection.other))
        return line, _gate(speaking, objection)
    if objection.rule is None:
        return speaking.say(f"check.objection.{objection.kind}"), ()
    line = speaking.say(f"check.objection.{objection.kind}", rule=speaking.rule_title(objection.rule))
    return line, (*_grounds(speaking, objection.rule), *_gate(speaking, objection))


def _gate(speaking: Speaking, objection: Objection) -> tuple[str, ...]:
    return () if objection.gate is None else (speaking.say("gate_line", gate=speaking.text(objection.gate)),)


def _voice(speaking: Speaking, voice: OpenVoice) -> Item:
    title = speaking.rule_title(voice.rule)
    if voice.points is not None:
        title += speaking.say("signed_points", points=speaking.signed(voice.points))
    facts = speaking.say("list_comma").join(speaking.label(fact) for fact in voice.facts)
    return title, (speaking.say("check.waits_for", facts=facts),)


def _number(points: int) -> str:
    return str(points).replace("-", "−")
