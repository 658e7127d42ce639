"""The account plan's sections on the situation: summary, account, business, position, people, needs, potential."""

from __future__ import annotations

from typing import Literal

from kam_expert.documents.plan_parts import closed, findings, opening, unknown
from kam_expert.documents.swot import swot
from kam_expert.documents.telling import Telling
from kam_expert.plan import Plan
from kam_expert.reports import account_pictures, brief
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.rulebook.document_schema import PlanSection

ASKS = 3


def summary(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """Position in one sentence, strategies, three reasons, three numbers, three asks, and how sure it is."""
    speaking = telling.speaking
    blocks: list[Block] = [Paragraph(position(telling)), brief.recommendation(speaking)[0]]
    for key, found in (
        ("reasons", brief.why(speaking)),
        ("numbers", brief.numbers(speaking)),
        asked(telling),
    ):
        if found:
            blocks += [Paragraph(telling.say(f"lead_in.{key}")), *found]
    blocks.append(Paragraph(confidence(telling)))
    return closed(telling, section, blocks)


def position(telling: Telling) -> str:
    """Where the account stands, in one sentence."""
    stated = telling.book.documents.stated
    said = None if stated is None else telling.filled(stated.position)
    if said is not None:
        return said
    speaking = telling.speaking
    models = [each for each in telling.diagnosis.positions if telling.book.models[each.model].headline]
    known = [each for each in models if each.cell is not None]
    placed = [speaking.prose.labelled(speaking.label(each.model), speaking.placed(each)) for each in known]
    open_ = [speaking.label(each.model) for each in models if each.cell is None]
    if open_:
        placed.append(telling.say("positions_open", models=speaking.say("list_comma").join(open_)))
    positions = speaking.say("list_semicolon").join(placed)
    return telling.say("positions_listed", account=telling.diagnosis.case.name, positions=positions)


def confidence(telling: Telling) -> str:
    """How sure the advice is: what is known, the lead, and what is guessed or old."""
    diagnosis, speaking, values = telling.diagnosis, telling.speaking, telling.figures
    parts = []
    if "completeness" in values:
        parts.append(telling.say("confidence.known", share=speaking.value("completeness")))
    if diagnosis.recommendation.primary is not None:
        parts.append(speaking.lead())
    for key, names in (("guesses", diagnosis.guesses), ("stale", diagnosis.stale)):
        parts.append(telling.say(f"confidence.{key}", count=len(names)))
    return telling.say("confidence.whole", parts=speaking.say("list_semicolon").join(parts))


def asked(telling: Telling) -> tuple[Literal["asks", "turning"], tuple[Block, ...]]:
    """What is asked of those who decide; of an account not worth an effort, what would be a reason to look again."""
    if telling.diagnosis.recommendation.level == "do_not_pursue":
        shown = brief.turning(telling.speaking)
        return "turning", (Bullets(tuple((each, ()) for each in shown)),) if shown else ()
    return "asks", asks(telling)


def asks(telling: Telling) -> tuple[Block, ...]:
    """A decision, people and hours, and an answer; while everything rests, only what lifts that."""
    plan, lifting = telling.diagnosis.plan, brief.lifting(telling.speaking)
    if lifting is not None:
        return (Bullets(((telling.speaking.text(lifting), ()),)),)
    found = [] if plan is None else [_approval(telling, plan), *_hours(telling, plan), *_function(telling, plan)]
    for question in telling.diagnosis.questions:
        if len(found) >= ASKS:
            break
        text = telling.speaking.text(telling.book.facts[question.fact].question)
        found.append(telling.say("ask.find_out", question=text))
    return (Bullets(tuple((ask, ()) for ask in found[:ASKS]), numbered=True),) if found else ()


def _approval(telling: Telling, plan: Plan) -> str:
    primary = telling.diagnosis.recommendation.primary
    assert primary is not None
    strategy = telling.speaking.strategy(primary)
    if not plan.gates:
        return telling.say("ask.approve", strategy=strategy)
    gate = plan.gates[min(1, len(plan.gates) - 1)]  # facts are agreed at the first, the strategy at the second
    return telling.say("ask.approve_at", strategy=strategy, gate=gate.gate.title, day=telling.speaking.day(gate.due))


def _hours(telling: Telling, plan: Plan) -> list[str]:
    capacity = plan.capacity
    if capacity.available is None:
        return [telling.say("ask.count_hours", planned=capacity.planned)]
    if (
        capacity.planned > capacity.available
        and telling.diagnosis.recommendation.primary in telling.book.planning.light
    ):
        return [telling.say("ask.do_less", planned=capacity.planned, available=capacity.available)]
    if capacity.planned > capacity.available:
        return [telling.say("ask.release_hours", missing=capacity.planned - capacity.available)]
    return [telling.say("ask.keep_hours", planned=capacity.planned, months=capacity.months)]


def _function(telling: Telling, plan: Plan) -> list[str]:
    """The first activity that needs somebody outside of sales."""
    speaking = telling.speaking
    for planned in plan.activities:
        owner = telling.book.planning.owners[planned.activity.owner]
        if not owner.sales:
            words = {"owner": owner.title, "title": planned.activity.title, "day": speaking.day(planned.end)}
            return [telling.say("ask.assign", **words)]
    return []


def described(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """A section that shows its values, its findings and what is not known."""
    return closed(telling, section, [*opening(telling, section), *unknown(telling, section)])


def strategic_position(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """The leading positions with their meaning, the scores, and both as pictures."""
    speaking = telling.speaking
    rows = []
    for each in telling.diagnosis.positions:
        model = telling.book.models[each.model]
        if model.headline:
            meaning = "" if each.cell is None else speaking.text(model.cells[each.cell].meaning)
            rows.append((speaking.label(each.model), speaking.placed(each), meaning))
    headers = tuple(speaking.say(f"column.{name}") for name in ("model", "cell", "meaning"))
    blocks: list[Block] = [
        Table(headers, tuple(rows), (22, 22, 50)),
        *account_pictures.matrix(speaking),
        *_scores_drawn(telling),
        *telling.enclosed_in(section),
        *findings(telling, section.signals),
    ]
    return closed(telling, section, blocks)


def _scores_drawn(telling: Telling) -> list[Block]:
    """The scores round a centre where that can be drawn, for it names each value; else as a table."""
    radar = account_pictures.radar(telling.speaking) if telling.enclosed.pictured else ()
    return [*radar] or scores(telling)


def scores(telling: Telling) -> list[Block]:
    """The scores with the known share of their weight; those without a value are named."""
    speaking = telling.speaking
    rows = []
    for score in telling.diagnosis.scores:
        if score.value is None:
            continue
        value = speaking.quantity(score.value, "score")
        value = speaking.say("borderline", value=value) if score.borderline else value
        coverage = speaking.words.quantity(100 * score.coverage, "percent", telling.book, "")
        rows.append((speaking.label(score.id), value, coverage))
    headers = tuple(speaking.say(f"column.{name}") for name in ("score", "value", "coverage"))
    unknown = [speaking.label(score.id) for score in telling.diagnosis.scores if score.value is None]
    blocks: list[Block] = [Table(headers, tuple(rows), (40, 24, 16))] if rows else []
    if unknown:
        listed = speaking.say("list_comma").join(unknown)
        blocks.append(Paragraph(telling.say("lead_in.unknown_scores", scores=listed)))
    return blocks


def strengths(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """The four quarters, each line with its facts."""
    return closed(telling, section, [*swot(telling), *telling.enclosed_in(section)])
