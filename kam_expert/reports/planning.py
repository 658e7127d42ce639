"""The plan: goals, strategies with tactics, key activities, hours, risks, gates, role card.

And the facts behind it all.
"""

from __future__ import annotations

from kam_expert.plan import Goal, Plan, PlannedActivity
from kam_expert.reports import account_pictures, account_tables
from kam_expert.reports.brief import span
from kam_expert.reports.document import Block, Bullets, Pairs, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.schema import RuleBase


def sections(speaking: Speaking) -> tuple[Section, ...]:
    """The plan, empty without one."""
    plan = speaking.diagnosis.plan
    if plan is None:
        return ()
    found = [
        Section(speaking.say("plan.goals"), (*_goals(speaking, plan), *account_pictures.bridge(speaking))),
        Section(speaking.say("plan.strategies"), _strategies(speaking)),
        Section(speaking.say("plan.activities"), _activities(speaking, plan)),
        Section(speaking.say("plan.cut"), left_out(speaking, plan)),
        Section(speaking.say("plan.waves"), waves(speaking, plan)),
        Section(speaking.say("plan.risks"), risks(speaking, plan)),
        Section(speaking.say("plan.gates"), gates(speaking, plan)),
        Section(speaking.say("plan.role_card"), _role_card(speaking, plan)),
    ]
    return tuple(section for section in found if section.blocks)


def _goals(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    rows = []
    for goal in plan.goals:
        kind = speaking.text(speaking.book.planning.goal_types[goal.type].title)
        rows.append(
            (kind, speaking.text(goal.title), goal_numbers(speaking, goal), speaking.text(goal.kpi), _rules(goal))
        )
    names = ("goal_type", "goal", "from_to", "kpi", "because")
    return (Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), (14, 30, 22, 24, 20)),)


def _rules(goal: Goal) -> str:
    return ", ".join(goal.because)


def goal_numbers(speaking: Speaking, goal: Goal) -> str:
    """From what to what a goal goes, and by when."""
    due = speaking.day(goal.due)
    if goal.target is None:
        return speaking.say("goal_without_number", due=due)
    words = {"target": speaking.quantity(goal.target, goal.unit), "due": due}
    if goal.start is None:
        said = speaking.say("goal_to", **words)
    elif goal.start == goal.target:
        said = speaking.say("goal_keep", **words)
    else:
        said = speaking.say("goal_from_to", start=speaking.quantity(goal.start, goal.unit), **words)
    return said if goal.measure is None else speaking.prose.labelled(speaking.label(goal.measure), said)


def _strategies(speaking: Speaking) -> tuple[Block, ...]:
    recommendation = speaking.diagnosis.recommendation
    items = []
    for name in (recommendation.primary, *recommendation.secondary):
        if name is None:
            continue
        candidate = speaking.book.candidates[name]
        aim = candidate.strategy.directions[candidate.direction].aim if candidate.direction else candidate.strategy.aim
        tactics = speaking.say("list_semicolon").join(speaking.text(each.title) for each in candidate.strategy.tactics)
        status = speaking.say(f"status.{recommendation.standing(name).status}")
        head = speaking.say("strategy_line", strategy=speaking.strategy(name), status=status)
        details = (
            speaking.text(aim),
            speaking.say("tactics_line", tactics=tactics),
            speaking.say("not_when_line", text=candidate.strategy.not_when),
        )
        items.append((head, details))
    return (Bullets(tuple(items)),)


def _activities(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    items = tuple(_activity(speaking, planned) for planned in plan.activities)
    listed = Bullets(items, numbered=True)
    return (*account_pictures.schedule(speaking, plan), listed, Paragraph(capacity(speaking, plan)))


def _activity(speaking: Speaking, planned: PlannedActivity) -> tuple[str, tuple[str, ...]]:
    """Title with time and owner; below it what it yields, how one sees it working, and why it is there."""
    activity = planned.activity
    owners = [speaking.text(speaking.book.planning.owners[name].title) for name in (activity.owner, *activity.with_)]
    owner = owners[0]
    if owners[1:]:
        owner = speaking.say("owner_with", owner=owner, others=speaking.say("list_comma").join(owners[1:]))
    weeks = span(speaking, activity.start, activity.end)
    if activity.every is not None:
        weeks = speaking.say("weeks_every", weeks=weeks, every=activity.every)
    head = speaking.say("activity_head", title=activity.title, weeks=weeks, strategy=purpose(speaking, planned))
    details = [
        speaking.say("owner_line", owner=owner, hours=activity.hours, start=planned.start, end=planned.end),
        speaking.say("deliverable_line", deliverable=activity.deliverable, kpi=activity.kpi),
    ]
    if planned.tactic is not None:
        details.append(speaking.say("tactic_line", tactic=planned.tactic))
    rules = [name for name in planned.because if name not in speaking.book.candidates]
    if rules:
        titles = speaking.say("list_semicolon").join(f"{speaking.rule_title(rule)} [{rule}]" for rule in rules[:2])
        details.append(speaking.say("because_line", rules=titles))
    return head, tuple(details)


def purpose(speaking: Speaking, planned: PlannedActivity) -> str:
    """The strategy that an activity serves."""
    return speaking.strategy(planned.strategy) if planned.strategy else speaking.say("this_account")


def capacity(speaking: Speaking, plan: Plan) -> str:
    """Hours of the plan against those available."""
    capacity = plan.capacity
    if capacity.available is None:
        return speaking.say("capacity_unknown", planned=capacity.planned)
    key = "capacity_fits" if capacity.planned <= capacity.available else "capacity_over"
    share = speaking.words.value(
        "project_hours_share", speaking.book.parameters["project_hours_share"], speaking.book, ""
    )
    return speaking.say(
        key, planned=capacity.planned, available=capacity.available, months=capacity.months, share=share
    )


def left_out(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    """Activities that number or hours did not allow."""
    items = []
    for planned in plan.cut:
        reason = speaking.say(f"cut.{planned.cut}")
        words = {"title": planned.activity.title, "strategy": purpose(speaking, planned), "reason": reason}
        items.append((speaking.say("cut_line", **words), ()))
    return (Bullets(tuple(items)),) if items else ()


def waves(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    """Strategies that have to wait, each with what opens it."""
    items = tuple(
        (speaking.strategy(wave.strategy), (speaking.say("gate_line", gate=speaking.text(wave.gate)),))
        for wave in plan.waves
    )
    return (Bullets(items),) if items else ()


def risks(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    """Risks with early sign and counter."""
    rows = [
        (
            speaking.text(risk.title),
            speaking.label(risk.origin),
            speaking.text(risk.early_sign) or speaking.say("already_seen"),
            speaking.text(risk.counter),
        )
        for risk in plan.risks
    ]
    names = ("risk", "origin", "early_sign", "counter")
    return (Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), (28, 18, 26, 34)),)


def gates(speaking: Speaking, plan: Plan, *, short: bool = False) -> tuple[Block, ...]:
    """The gates with what has to be on the table, what is decided unless `short`, and who decides."""
    rows = []
    for each in plan.gates:
        name = f"{each.gate.id} {speaking.text(each.gate.title)}"
        decision = () if short else (speaking.text(each.gate.decision),)
        decides = speaking.text(speaking.book.planning.owners[each.gate.decides].title)
        rows.append((name, speaking.day(each.due), speaking.text(each.gate.evidence), *decision, decides))
    names = ("gate", "due", "evidence", "decides") if short else ("gate", "due", "evidence", "decision", "decides")
    widths = (20, 12, 52, 14) if short else (20, 11, 32, 28, 14)
    return (Table(tuple(speaking.say(f"column.{name}") for name in names), tuple(rows), widths),)


def _role_card(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    card = plan.role_card
    blocks: list[Block] = []
    if card.profile is not None:
        items = ((speaking.text(card.profile.title), speaking.text(card.profile.focus)),)
        blocks.append(Pairs(items))
    responsibilities = tuple((speaking.text(each.title), (speaking.text(each.text),)) for each in card.responsibilities)
    blocks.append(Bullets(responsibilities, numbered=True))
    return tuple(blocks)


def appendix(speaking: Speaking) -> tuple[Section, ...]:
    """The tables of the account, all facts with origin, all computed values, and the works cited."""
    diagnosis = speaking.diagnosis
    fact_names = ("fact", "value", "origin", "as_of", "confidence", "note")
    value_names = ("measure", "value", "meaning")
    facts = Table(
        tuple(speaking.say(f"column.{name}") for name in fact_names),
        tuple(fact_rows(speaking)),
        (24, 16, 10, 10, 10, 20),
    )
    measures = Table(
        tuple(speaking.say(f"column.{name}") for name in value_names), tuple(measure_rows(speaking)), (34, 20, 50)
    )
    cited = tuple((f"[{name}] {citation(speaking, name)}", ()) for name in cited_sources(speaking))
    profile = diagnosis.book.profile
    version = speaking.say(
        "version_line",
        version=diagnosis.book.version,
        profile=profile.label if profile else speaking.say("no_profile"),
        as_of=speaking.day(diagnosis.case.as_of),
    )
    return (
        *account_tables.sections(speaking),
        Section(speaking.say("appendix.facts"), (facts,)),
        Section(speaking.say("appendix.measures"), (measures,)),
        Section(speaking.say("appendix.sources"), (Bullets(cited), Paragraph(version))),
    )


def fact_rows(speaking: Speaking) -> list[tuple[str, ...]]:
    """Every stated fact with value, origin, date, confidence and note."""
    rows: list[tuple[str, ...]] = []
    case = speaking.diagnosis.case
    for name in speaking.book.facts:
        given = case.facts.get(name)
        if given is None:
            continue
        if given.rows:
            value = speaking.say("rows", count=len(given.rows))
        elif given.state == "given":
            value = speaking.words.value(name, given.value, speaking.book, case.currency)
        else:
            value = speaking.say("not_applicable" if given.state == "n/a" else "unknown")
        stated = given.state == "given"
        stated = stated and speaking.book.facts[name].type != "text"
        origin = speaking.say(f"origin.{given.source or 'unstated'}") if stated else ""
        day = speaking.day(given.as_of) if given.as_of else ""
        trust = speaking.words.plain(case.confidence(name, speaking.book)) if stated else ""
        rows.append((speaking.label(name), value, origin, day, trust, given.note or ""))
    return rows


def measure_rows(speaking: Speaking) -> list[tuple[str, ...]]:
    """Every computed value with its meaning."""
    known = speaking.diagnosis.conclusions.values
    return [
        (speaking.text(measure.entry.label), speaking.value(name), speaking.text(measure.entry.meaning))
        for name, measure in speaking.book.measures.items()
        if name in known and not measure.entry.background
    ]


def cited_sources(speaking: Speaking) -> list[str]:
    """The sources of all rules that fired and of the strategies chosen, in the order of the list of sources."""
    used: set[str] = set()
    for firing in speaking.diagnosis.conclusions.firings:
        entry: RuleBase = speaking.book.rule(firing.rule).entry
        used.update(entry.sources)
    recommendation = speaking.diagnosis.recommendation
    for name in (recommendation.primary, *recommendation.secondary):
        if name is not None:
            used.update(speaking.book.candidates[name].strategy.sources)
    return [name for name in speaking.book.sources if name in used]


def citation(speaking: Speaking, name: str) -> str:
    """A work as it is cited."""
    citation = speaking.book.sources[name].citation
    return citation if isinstance(citation, str) else speaking.text(citation)
