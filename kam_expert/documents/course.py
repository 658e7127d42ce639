"""The account plan's sections on the course to take: objectives, strategy, activities, resources, risks."""

from __future__ import annotations

from kam_expert.documents.plan_parts import below, closed, findings, opening, unknown
from kam_expert.documents.telling import Telling
from kam_expert.plan import Plan
from kam_expert.recommendation import Standing
from kam_expert.reports import account_pictures, brief, planning
from kam_expert.reports.document import Block, Bullets, Pairs, Paragraph, Section, Table
from kam_expert.rulebook.document_schema import PlanSection

ARGUMENTS = 3
OTHERS = 6
QUESTIONS = 4
DRAWN = 8
RISKS = 5
LEFT_OUT = 5
PASSED_OVER = ("next_wave", "blocked", "vetoed", "candidate")


def objectives(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """The goals with start, target and date, and the bridge to them."""
    plan, speaking = telling.diagnosis.plan, telling.speaking
    blocks: list[Block] = [Paragraph(_without_plan(telling))]
    if plan is not None and plan.goals:
        rows = []
        for goal in plan.goals:
            kind = speaking.text(telling.book.planning.goal_types[goal.type].title)
            numbers = planning.goal_numbers(speaking, goal)
            rows.append((kind, speaking.text(goal.title), numbers, speaking.text(goal.kpi)))
        headers = tuple(speaking.say(f"column.{name}") for name in ("goal_type", "goal", "from_to", "kpi"))
        blocks = [Table(headers, tuple(rows), (14, 28, 26, 28))]
    return closed(telling, section, [*blocks, *telling.enclosed_in(section)])


def _without_plan(telling: Telling) -> str:
    return telling.speaking.say(f"level.{telling.diagnosis.recommendation.level}.meaning")


def strategy(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """What leads, why, what was passed over, what has to be given first, and what would change it."""
    speaking, recommendation = telling.speaking, telling.diagnosis.recommendation
    chosen = [name for name in (recommendation.primary, *recommendation.secondary) if name is not None]
    parts = [_chosen(telling, name) for name in chosen]
    parts += [
        below(telling, "passed_over", _passed_over(telling)),
        below(
            telling,
            "conditions",
            [
                *_conditions(telling, chosen),
                *_would_change(telling),
                *telling.enclosed_in(section),
            ],
        ),
    ]
    return closed(
        telling,
        section,
        [*brief.recommendation(speaking)[1:], *account_pictures.contributions(speaking, DRAWN)],
        *parts,
    )


def _chosen(telling: Telling, name: str) -> Section:
    """A chosen strategy: its aim, the strongest reasons, and what speaks against it."""
    speaking = telling.speaking
    candidate = telling.book.candidates[name]
    aim = candidate.strategy.directions[candidate.direction].aim if candidate.direction else candidate.strategy.aim
    standing = telling.diagnosis.recommendation.standing(name)
    votes = sorted(standing.votes, key=lambda vote: -vote.points)
    leads = standing.status == "primary"
    blocks: list[Block] = [Paragraph(speaking.text(aim))]
    reasons = [vote.rule for vote in votes if vote.points > 0][: ARGUMENTS if leads else 1]
    if reasons:
        blocks.append(Bullets(tuple(_argument(telling, rule) for rule in reasons)))
    doubts = [vote.rule for vote in votes if vote.points < 0][-(ARGUMENTS - 1) :]
    if doubts:
        blocks.append(Paragraph(telling.say("lead_in.doubts")))
        blocks.append(Bullets(tuple((speaking.rule_title(rule), _facts(telling, rule)) for rule in doubts)))
    title = speaking.say(
        "strategy_line", strategy=speaking.strategy(name), status=speaking.say(f"status.{standing.status}")
    )
    return Section(title, tuple(blocks), level=2)


def _argument(telling: Telling, rule: str) -> tuple[str, tuple[str, ...]]:
    because = telling.speaking.text(telling.book.rule(rule).entry.because)
    return telling.speaking.rule_title(rule), (*([because] if because else []), *_facts(telling, rule))


def _facts(telling: Telling, rule: str) -> tuple[str, ...]:
    premises = telling.speaking.premises(telling.speaking.firings[rule])
    return (telling.speaking.say("evidence_line", text=premises),) if premises else ()


def _passed_over(telling: Telling) -> list[Block]:
    """The strategies that came near or were ruled out, the nearest first, each with the reason."""
    speaking, recommendation = telling.speaking, telling.diagnosis.recommendation
    least = telling.book.parameters["min_secondary_score"]
    found = [each for each in recommendation.standings if each.status in PASSED_OVER and each.votes]
    found = [each for each in found if each.status != "candidate" or each.score >= least]
    found.sort(key=lambda each: (each.status != "next_wave", each.id != recommendation.runner_up, -each.score))
    rows = tuple(_row(telling, each) for each in found[:OTHERS])
    headers = tuple(speaking.say(f"column.{name}") for name in ("strategy", "status", "points", "why"))
    return [Table(headers, rows, (20, 22, 10, 46))] if rows else []


def _row(telling: Telling, standing: Standing) -> tuple[str, str, str, str]:
    speaking = telling.speaking
    status = speaking.say(f"status.{standing.status}")
    if standing.id == telling.diagnosis.recommendation.runner_up:
        status = speaking.say("runner_up")
    score = str(standing.score).replace("-", "−")
    return speaking.strategy(standing.id), status, score, speaking.text(standing.reason)


def _conditions(telling: Telling, chosen: list[str]) -> list[Block]:
    """When the chosen strategies would be wrong, and what opens those that have to wait."""
    speaking = telling.speaking
    items = []
    for name in chosen[:1]:
        text = telling.book.candidates[name].strategy.not_when
        items.append((speaking.strategy(name), (speaking.say("not_when_line", text=text),)))
    for wave in telling.diagnosis.recommendation.next_waves:
        gate = speaking.say("gate_line", gate=speaking.text(wave.gate))
        items.append((speaking.strategy(wave.strategy), (gate,)))
    return [Bullets(tuple(items))] if items else []


def _would_change(telling: Telling) -> list[Block]:
    """The distance of the runner-up, and the unknown facts that bear on what leads."""
    speaking, recommendation = telling.speaking, telling.diagnosis.recommendation
    if not telling.asking:
        return []
    blocks: list[Block] = []
    lead = telling.figures.get("lead")
    if recommendation.runner_up is not None and lead is not None:
        runner_up = speaking.strategy(recommendation.runner_up)
        words = {"runner_up": runner_up, "primary": speaking.strategy(str(recommendation.primary))}
        key = "runner_up_line" if int(lead) > 0 else "runner_up_ahead" if int(lead) < 0 else "runner_up_level"
        blocks.append(Paragraph(telling.say(key, **words, lead=lead, ahead=-int(lead))))
    items = []
    for question in telling.diagnosis.questions[:ARGUMENTS]:
        affected = speaking.strategies(question.can_change[:ARGUMENTS])
        items.append((telling.say("fact_bears_on", fact=speaking.label(question.fact), strategies=affected), ()))
    if items:
        blocks += [Paragraph(telling.say("lead_in.open_facts")), Bullets(tuple(items))]
    return blocks or [Paragraph(speaking.say("no_questions"))]


def activities(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """The activities in the order in which they start, over time, and what did not fit."""
    plan, speaking = telling.diagnosis.plan, telling.speaking
    if plan is None:
        return closed(telling, section, [Paragraph(_without_plan(telling))])
    rows = []
    for planned in plan.activities:
        activity = planned.activity
        owner = speaking.text(telling.book.planning.owners[activity.owner].title)
        days = f"{speaking.day(planned.start)}\n{speaking.day(planned.end)}"
        purpose, kpi = planning.purpose(speaking, planned), speaking.text(activity.kpi)
        rows.append((speaking.text(activity.title), purpose, owner, days, str(activity.hours), kpi))
    names = ("activity", "strategy", "owner", "from_until", "hours", "kpi")
    headers = tuple(speaking.say(f"column.{name}") for name in names)
    blocks: list[Block] = [Table(headers, tuple(rows), (30, 15, 15, 12, 6, 22))]
    blocks += [*account_pictures.schedule(speaking, plan), *telling.enclosed_in(section)]
    left_out = _left_out(telling, plan)
    return closed(telling, section, [*blocks, *left_out])


def _left_out(telling: Telling, plan: Plan) -> list[Block]:
    if not plan.cut:
        return []
    speaking = telling.speaking
    named = speaking.say("list_semicolon").join(speaking.text(each.activity.title) for each in plan.cut[:LEFT_OUT])
    key = "left_out_among" if len(plan.cut) > LEFT_OUT else "left_out"
    return [Paragraph(telling.say(key, count=len(plan.cut), titles=named))]


def resources(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """Hours, who leads and who supports, what is known of the team, and the role of the account manager."""
    plan, speaking = telling.diagnosis.plan, telling.speaking
    blocks = opening(telling, section)
    if plan is not None:
        owners = _owners(telling, plan)
        blocks = [Paragraph(planning.capacity(speaking, plan)), *owners, *blocks]
        profile = plan.role_card.profile
        if profile is not None:
            blocks.append(Pairs(((speaking.text(profile.title), speaking.text(profile.focus)),)))
    return closed(telling, section, [*blocks, *unknown(telling, section)])


def _owners(telling: Telling, plan: Plan) -> list[Block]:
    """For each function the activities it leads and supports, and the hours of those it leads."""
    rows, only_support = [], list[str]()
    for name, owner in telling.book.planning.owners.items():
        leads = [each.activity for each in plan.activities if each.activity.owner == name]
        supports = [each for each in plan.activities if name in each.activity.with_]
        if supports and not leads:
            only_support.append(telling.speaking.text(owner.title))
        if leads:
            hours = sum(activity.hours for activity in leads)
            rows.append((telling.speaking.text(owner.title), str(len(leads)), str(len(supports)), str(hours)))
    headers = tuple(telling.say(f"column.{name}") for name in ("function", "leads", "supports", "hours"))
    blocks: list[Block] = [Table(headers, tuple(rows), (34, 14, 14, 20))] if rows else []
    if only_support:
        functions = telling.speaking.say("list_comma").join(only_support)
        blocks.append(Paragraph(telling.say("supporting", functions=functions)))
    return blocks


def risks(telling: Telling, section: PlanSection) -> tuple[Section, ...]:
    """Risks with their signs, what the advice assumes, and what to find out first."""
    speaking, diagnosis = telling.speaking, telling.diagnosis
    blocks: list[Block] = []
    rows = _risks(telling)
    if rows:
        headers = tuple(speaking.say(f"column.{name}") for name in ("risk", "early_sign", "counter"))
        blocks.append(Table(headers, tuple(rows), (28, 32, 38)))
    assumed: list[tuple[str, str]] = []
    for key, names in (("guesses", diagnosis.guesses), ("stale", diagnosis.stale)):
        listed = speaking.say("list_comma").join(speaking.label(name) for name in names)
        assumed.append((speaking.say(f"footing.{key}"), listed or speaking.say("none")))
    found = findings(telling, section.signals)
    return closed(
        telling,
        section,
        [*blocks, *telling.enclosed_in(section)],
        below(telling, "assumptions", [Pairs(tuple(assumed)), *found]),
        below(telling, "unknowns", _questions(telling)),
    )


def _risks(telling: Telling) -> list[tuple[str, str, str]]:
    """The risks of the plan; where everything rests, the reason for that and what lifts it."""
    plan, speaking, rows = telling.diagnosis.plan, telling.speaking, list[tuple[str, str, str]]()
    limit, lifting = telling.diagnosis.recommendation.level_rule, brief.lifting(speaking)
    if limit is not None and lifting is not None:
        rows.append((speaking.rule_title(limit), brief.facts_behind(speaking, limit), speaking.text(lifting)))
    for risk in () if plan is None else plan.risks[:RISKS]:
        sign = speaking.text(risk.early_sign) or speaking.say("already_seen")
        rows.append((speaking.text(risk.title), sign, speaking.text(risk.counter)))
    return rows


def _questions(telling: Telling) -> list[Block]:
    speaking = telling.speaking
    if not telling.asking:
        return []
    rows = []
    for question in telling.diagnosis.questions[:QUESTIONS]:
        text = speaking.text(telling.book.facts[question.fact].question)
        rows.append((text, speaking.strategies(question.can_change[:ARGUMENTS])))
    if not rows:
        return [Paragraph(speaking.say("no_questions"))]
    headers = (speaking.say("column.question"), speaking.say("column.bears_on"))
    blocks: list[Block] = [Table(headers, tuple(rows), (60, 38))]
    rest = len(telling.diagnosis.questions) - len(rows)
    return [*blocks, Paragraph(speaking.say("more_questions", count=rest))] if rest > 0 else blocks
