"""Strengths, weaknesses, opportunities and threats: derived from scores and signals, each with the facts behind it."""

from __future__ import annotations

from collections.abc import Collection
from itertools import zip_longest

from kam_expert.documents.telling import Telling
from kam_expert.reports import brief
from kam_expert.reports.document import Block, Paragraph, Table
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import names_in
from kam_expert.rulebook.schema import SignalKind

MOST = 4


def swot(telling: Telling) -> list[Block]:
    """Two tables side by side above each other; nothing found is said."""
    quarters = (
        ("strengths", "weaknesses", _parts(telling, strong=True), _weaknesses(telling)),
        ("opportunities", "threats", _signals(telling, "opportunity"), _threats(telling)),
    )
    nothing = telling.say("nothing_found")
    blocks: list[Block] = [Paragraph(telling.say("swot_origin"))]
    for left, right, lefts, rights in quarters:
        pairs = zip_longest(lefts[:MOST] or [nothing], rights[:MOST] or [nothing], fillvalue="")
        headers = (telling.say(f"swot.{left}"), telling.say(f"swot.{right}"))
        blocks.append(Table(headers, tuple(pairs), (48, 48)))
    return blocks


def _weaknesses(telling: Telling) -> list[str]:
    stated = telling.book.documents.stated
    assert stated is not None
    warned = {each.id: each.rules for each in telling.diagnosis.signals if each.id in stated.swot.weaknesses}
    firings = [telling.speaking.firings[rule] for rules in warned.values() for rule in rules]
    said = {name for firing in firings for name in telling.speaking.grounds(firing)}
    return [*_named(telling, stated.swot.weaknesses), *_parts(telling, strong=False, said=said)]


def _threats(telling: Telling) -> list[str]:
    """The signals of that kind, behind what lets everything rest."""
    speaking, limit = telling.speaking, telling.diagnosis.recommendation.level_rule
    found = _signals(telling, "threat")
    if limit is None or brief.lifting(speaking) is None:
        return found
    return [_with_facts(telling, speaking.rule_title(limit), brief.facts_behind(speaking, limit)), *found]


def _signals(telling: Telling, kind: SignalKind) -> list[str]:
    names = [found.id for found in telling.diagnosis.signals if telling.book.signals[found.id].kind == kind]
    return _named(telling, tuple(names))


def _named(telling: Telling, names: tuple[str, ...]) -> list[str]:
    """Those of these signals that hold, with the facts that made them so."""
    speaking, found = telling.speaking, {each.id: each for each in telling.diagnosis.signals}
    lines = []
    for name in names:
        if name in found:
            premises = speaking.premises(speaking.firings[found[name].rules[0]]) if found[name].rules else ""
            lines.append(_with_facts(telling, speaking.text(telling.book.signals[name].title), premises))
    return lines


def _parts(telling: Telling, *, strong: bool, said: Collection[str] = ()) -> list[str]:
    """Parts of the scores that stand out, the farthest first; the same facts count once, those `said` not again."""
    stated = telling.book.documents.stated
    assert stated is not None
    limit = telling.book.parameters[stated.swot.strong if strong else stated.swot.weak]
    diagnosis = telling.diagnosis
    state = State(diagnosis.conclusions.values, telling.book.parameters, diagnosis.case.inputs(telling.book).tables)
    found: dict[frozenset[str], tuple[float, str]] = {}
    for score in stated.swot.scores:
        for part in telling.book.scores[score].parts:
            value = evaluate(part.value, state)
            names = tuple(name for name in names_in(part.value) if name in diagnosis.conclusions.values)
            if value is None or set(names) <= set(said) or (value < limit if strong else value > limit):
                continue
            distance = abs(float(value) - limit) * part.weight
            if distance > found.get(frozenset(names), (-1.0, ""))[0]:
                found[frozenset(names)] = (distance, _part(telling, telling.speaking.text(part.entry.label), names))
    return [line for _, line in sorted(found.values(), key=lambda each: -each[0])]


def _part(telling: Telling, label: str, names: tuple[str, ...]) -> str:
    speaking, values = telling.speaking, telling.diagnosis.conclusions.values
    if len(names) == 1:
        return speaking.prose.premise(names[0], values[names[0]])
    premises = speaking.say("list_semicolon").join(speaking.prose.premise(name, values[name]) for name in names)
    return _with_facts(telling, label, premises)


def _with_facts(telling: Telling, text: str, facts: str) -> str:
    return telling.say("with_facts", text=text, facts=facts) if facts else text
