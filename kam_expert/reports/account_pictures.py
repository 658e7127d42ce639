"""The pictures of one account: the matrix, the scores, what pushed each strategy, the activities over time.

Each with what it says in words and the figures behind it; none where there is nothing to draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kam_expert.plan import Plan, PlannedActivity
from kam_expert.recommendation import Standing, Vote
from kam_expert.reports.document import Block, Picture, Table
from kam_expert.reports.pictures import Axis, Bar, Bars, Bridge, Matrix, Radar, Schedule, Span, Step
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up

LEAST_SPOKES = 3
MONEY = "money"
QUARTERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def matrix(speaking: Speaking) -> tuple[Block, ...]:
    """The account in the matrix that also shows all accounts together; nothing while one of its scores is unknown."""
    if not speaking.pictured:
        return ()
    stated = speaking.book.portfolio.stated
    if stated is None:
        return ()
    roles = stated.roles
    horizontal, vertical = (_axis(speaking, name) for name in (roles.horizontal, roles.vertical))
    placed = next(each for each in speaking.diagnosis.positions if each.model == roles.cell)
    if horizontal is None or vertical is None or placed.cell is None:
        return ()
    cell = speaking.placed(placed)
    told = speaking.say(
        "picture.matrix_told",
        vertical=vertical.label,
        vertical_value=speaking.words.plain(vertical.value),
        horizontal=horizontal.label,
        horizontal_value=speaking.words.plain(horizontal.value),
        cell=cell,
    )
    names = ["column.score", "column.value", "picture.cut", "picture.band"]
    rows = [
        [
            axis.label,
            speaking.quantity(axis.value, "score"),
            speaking.quantity(axis.cut, "score"),
            speaking.say("picture.from_to", start=axis.cut - axis.band, end=axis.cut + axis.band),
        ]
        for axis in (vertical, horizontal)
    ]
    target = _aimed_at(speaking, {roles.horizontal: horizontal.value, roles.vertical: vertical.value})
    if target is not None:
        up, right = (speaking.quantity(target[name], "score") for name in (roles.vertical, roles.horizontal))
        names.append("targets.reached")
        for row, value in zip(rows, (up, right), strict=True):
            row.append(value)
        after = speaking.say(
            "targets.told_matrix", vertical=vertical.label, up=up, horizontal=horizontal.label, right=right
        )
        told = speaking.words.say("targets.then", told=told, after=after)
    shown = Matrix(
        horizontal,
        vertical,
        speaking.diagnosis.case.name,
        _cells(speaking, horizontal, vertical),
        speaking.say("picture.band"),
        None if target is None else (target[roles.horizontal], target[roles.vertical]),
        speaking.say("targets.reached"),
    )
    return (Picture(speaking.label(roles.cell), told, shown, _table(speaking, tuple(names), tuple(map(tuple, rows)))),)


def _aimed_at(speaking: Speaking, now: Mapping[str, float]) -> dict[str, float] | None:
    """Scores once the goals of the plan are reached; None if that changes none of them."""
    found = {} if speaking.reached is None else speaking.reached.values
    then = {name: float(found.get(name, value)) for name, value in now.items()}
    return None if then == now else then


def _axis(speaking: Speaking, name: str) -> Axis | None:
    stated = speaking.book.portfolio.stated
    value = speaking.diagnosis.conclusions.values.get(name)
    if stated is None or value is None:
        return None
    parameters = speaking.book.parameters
    return Axis(speaking.label(name), float(value), parameters[stated.roles.cut], parameters["borderline_band"])


def _cells(speaking: Speaking, horizontal: Axis, vertical: Axis) -> tuple[tuple[str, float, float], ...]:
    """The cell that an account in the middle of each quarter would be put in, by the rows of the model."""
    stated = speaking.book.portfolio.stated
    assert stated is not None
    roles, found = stated.roles, []
    for right, up in QUARTERS:
        x, y = _middle(horizontal.cut, right), _middle(vertical.cut, up)
        there = State({**speaking.state.values, roles.horizontal: x, roles.vertical: y}, speaking.book.parameters)
        for rule in speaking.book.rules:
            if rule.target == roles.cell and evaluate(rule.effective, there) is True:
                found.append((speaking.cell(roles.cell, str(getattr(rule.entry, "cell", ""))), x, y))
                break
    return tuple(found)


def _middle(cut: float, side: int) -> float:
    """The middle of what lies on one side of a cut of 0 to 100."""
    return (cut + 100) / 2 if side > 0 else cut / 2


def radar(speaking: Speaking) -> tuple[Block, ...]:
    """All scores round one centre; nothing while fewer than three are known."""
    if not speaking.pictured:
        return ()
    scores = speaking.diagnosis.scores
    known = [each for each in scores if each.value is not None]
    if len(known) < LEAST_SPOKES:
        return ()
    spokes: list[tuple[str, float | None, str]] = []
    rows: list[tuple[str, ...]] = []
    for each in scores:
        label, value = speaking.label(each.id), speaking.quantity(each.value, "score")
        coverage = speaking.words.quantity(100 * each.coverage, "percent", speaking.book, "")
        worded = speaking.say("borderline", value=value) if each.borderline else value
        spokes.append((label, each.value, worded))
        rows.append((label, worded, coverage))
    ranked = sorted(known, key=lambda each: -(each.value or 0.0))
    unknown = [speaking.label(each.id) for each in scores if each.value is None]
    told = speaking.say(
        "picture.radar_told",
        highest=_named(speaking, ranked[0].id, ranked[0].value),
        lowest=_named(speaking, ranked[-1].id, ranked[-1].value),
        unknown=speaking.say("list_comma").join(unknown) if unknown else speaking.say("none"),
    )
    names = ["column.score", "column.value", "column.coverage"]
    target = _aimed_at(speaking, {each.id: float(each.value) for each in scores if each.value is not None})
    targets: tuple[float | None, ...] = ()
    if target is not None:
        names.append("targets.reached")
        targets = tuple(target.get(each.id) for each in scores)
        rows = [(*row, speaking.quantity(value, "score")) for row, value in zip(rows, targets, strict=True)]
        raised = [(each.id, target[each.id]) for each in known if target[each.id] != each.value]
        listed = speaking.say("list_comma").join(_named(speaking, *each) for each in raised)
        told = speaking.say("targets.then", told=told, after=speaking.say("targets.told_radar", scores=listed))
    table = _table(speaking, tuple(names), tuple(rows))
    shown = Radar(
        tuple(spokes),
        speaking.book.parameters["cut_mid"],
        speaking.say("targets.now"),
        targets,
        speaking.say("targets.reached"),
        speaking.label("cut_mid"),
    )
    return (Picture(speaking.say("picture.radar"), told, shown, table),)


def _named(speaking: Speaking, name: str, value: float | None) -> str:
    return speaking.prose.labelled(speaking.label(name), speaking.quantity(value, "score"))


def contributions(speaking: Speaking, most: int | None = None) -> tuple[Block, ...]:
    """All strategies that a rule speaks for or against, or the `most` that come first, with the points of each vote."""
    if not speaking.pictured:
        return ()
    standings = [each for each in speaking.diagnosis.recommendation.standings if any(v.points for v in each.votes)]
    if not standings:
        return ()
    count, highest = len(standings), max(standings, key=lambda each: each.score)
    standings = standings[:most]
    bars, rows = [], []
    for standing in standings:
        status = speaking.say(f"status.{standing.status}")
        name = speaking.say("strategy_line", strategy=speaking.strategy(standing.id), status=status)
        parts = tuple((speaking.rule_title(vote.rule), vote.points) for vote in _ranked(standing))
        bars.append(Bar(name, parts, _sum(speaking, parts, standing.score)))
        up, down = _sides(parts)
        rows.append((speaking.strategy(standing.id), status, *(_points(each) for each in (up, down, standing.score))))
    told = speaking.say(
        "picture.contributions_told",
        count=count,
        strategy=speaking.strategy(highest.id),
        score=_points(highest.score),
    )
    if speaking.diagnosis.recommendation.primary not in (None, highest.id):
        told += speaking.say("sentence_space") + speaking.lead() + speaking.say("deck.stop")
    names = ("column.strategy", "column.status", "picture.in_favour", "picture.against", "column.points")
    table = _table(speaking, names, tuple(rows))
    return (Picture(speaking.say("picture.contributions"), told, _bars(speaking, bars), table),)


def reasons(speaking: Speaking, standing: Standing) -> tuple[Block, ...]:
    """The votes on one strategy, the strongest for it first."""
    if not speaking.pictured:
        return ()
    votes = [vote for vote in _ranked(standing) if vote.points]
    if not votes:
        return ()
    bars, rows = [], []
    for vote in votes:
        title = speaking.rule_title(vote.rule)
        bars.append(Bar(title, ((title, vote.points),), speaking.signed(vote.points)))
        strength = speaking.text(speaking.book.selection.strengths[vote.strength].label)
        rows.append((title, strength, speaking.signed(vote.points), speaking.premises(speaking.firings[vote.rule])))
    strategy = speaking.strategy(standing.id)
    up, down = _sides((vote.rule, vote.points) for vote in votes)
    told = speaking.say(
        "picture.reasons_told",
        strategy=strategy,
        in_favour=_points(up),
        against=_points(down),
        score=_points(standing.score),
    )
    names = ("picture.rule", "picture.strength", "picture.points", "picture.facts")
    title = speaking.say("picture.reasons", strategy=strategy)
    return (Picture(title, told, _bars(speaking, bars), _table(speaking, names, tuple(rows))),)


def _ranked(standing: Standing) -> list[Vote]:
    return sorted(standing.votes, key=lambda vote: -vote.points)


def _bars(speaking: Speaking, bars: Iterable[Bar]) -> Bars:
    return Bars(tuple(bars), speaking.say("picture.in_favour"), speaking.say("picture.against"))


def _sides(parts: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """The sum of the points for, and of those against."""
    points = [each for _, each in parts]
    return sum(each for each in points if each > 0), sum(each for each in points if each < 0)


def _points(points: int) -> str:
    return str(points).replace("-", "−")


def _sum(speaking: Speaking, parts: Iterable[tuple[str, int]], score: int) -> str:
    up, down = _sides(parts)
    if not down:
        return _points(score)
    return speaking.say("picture.sum", up=_points(up), down=_points(-down), score=_points(score))


def schedule(speaking: Speaking, plan: Plan) -> tuple[Block, ...]:
    """The activities by strategy over the months of the plan, with the gates."""
    if not speaking.pictured:
        return ()
    if not plan.activities:
        return ()
    groups: dict[str, list[PlannedActivity]] = {}
    for planned in plan.activities:
        purpose = speaking.strategy(planned.strategy) if planned.strategy else speaking.say("picture.for_the_account")
        groups.setdefault(purpose, []).append(planned)
    spans, rows = [], []
    for purpose, activities in groups.items():
        ordered = sorted(activities, key=lambda each: (each.start, each.end, each.rank))
        spans.append((purpose, tuple(_span(speaking, each) for each in ordered)))
        rows += [(speaking.text(each.activity.title), purpose, *_days(speaking, each)) for each in ordered]
    gates = []
    for each in plan.gates:
        gates.append((each.gate.id, speaking.text(each.gate.title), each.due))
        owner = speaking.text(speaking.book.planning.owners[each.gate.decides].title)
        name = f"{each.gate.id} {speaking.text(each.gate.title)}"
        rows.append((name, speaking.say("column.gate"), speaking.day(each.due), speaking.day(each.due), owner))
    told = speaking.say(
        "picture.schedule_told",
        activities=len(plan.activities),
        gates=len(gates),
        start=speaking.day(min(each.start for each in plan.activities)),
        end=speaking.day(max([each.end for each in plan.activities] + [due for _, _, due in gates])),
    )
    names = ("column.activity", "column.strategy", "picture.start", "picture.end", "column.owner")
    shown = Schedule(tuple(spans), speaking.say("plan.gates"), tuple(gates), speaking.diagnosis.case.as_of)
    return (Picture(speaking.say("picture.schedule"), told, shown, _table(speaking, names, tuple(rows))),)


def _span(speaking: Speaking, planned: PlannedActivity) -> Span:
    return Span(speaking.text(planned.activity.title), planned.start, planned.end, planned.activity.every)


def _days(speaking: Speaking, planned: PlannedActivity) -> tuple[str, str, str]:
    owner = speaking.text(speaking.book.planning.owners[planned.activity.owner].title)
    return speaking.day(planned.start), speaking.day(planned.end), owner


def _table(speaking: Speaking, names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    return Table(tuple(speaking.say(name) for name in names), rows)


def bridge(speaking: Speaking) -> tuple[Block, ...]:
    """From today's sales to those that the goal means, step by step, and what is still missing.

    Nothing without both ends and a step in numbers. Steps that cannot be computed are left out and named.
    """
    stated = speaking.book.bridge.stated
    ends = _ends(speaking)
    if not speaking.pictured or stated is None or ends is None:
        return ()
    base, target, months = ends
    found, unknown = [], []
    recommended = _recommended(speaking)
    for entry, formula in speaking.book.bridge.steps:
        if entry.strategies and recommended.isdisjoint(entry.strategies):
            continue
        amount = evaluate(formula, speaking.state)
        if amount is None:
            unknown.append(speaking.text(entry.label))
        elif (whole := _whole(amount)) != 0:
            found.append((speaking.text(entry.label), whole))
    if not found:
        return ()
    gap = target - base - sum(amount for _, amount in found)
    remainder = "gap" if gap > 0 else "surplus" if gap < 0 else "even"
    steps = [Step(speaking.text(stated.base.label), base, _money(speaking, base), "base")]
    steps += [Step(label, amount, _change(speaking, amount), "step") for label, amount in found]
    if gap:
        label = speaking.text(stated.gap if gap > 0 else stated.surplus)
        steps.append(Step(label, gap, _change(speaking, gap), "gap"))
    steps.append(Step(speaking.text(stated.target), target, _money(speaking, target), "target"))
    names = speaking.say("list_comma").join(unknown)
    told = [
        speaking.say("bridge.told", base=steps[0].worded, target=steps[-1].worded, months=months),
        speaking.say(f"bridge.{remainder}", amount=_money(speaking, abs(gap))),
        *([speaking.say("bridge.unknown", steps=names)] if unknown else []),
    ]
    meanings = {speaking.text(each.label): speaking.text(each.meaning) for each in (stated.base, *stated.steps)}
    table = Table(
        tuple(speaking.say(f"bridge.column.{name}") for name in ("step", "amount", "meaning")),
        tuple((step.label, step.worded, meanings.get(step.label, "")) for step in steps),
    )
    largest, currency = max(abs(base), abs(target)), speaking.diagnosis.case.currency
    scale, counted = speaking.words.money_unit(largest, speaking.book, currency)
    shown = Bridge(tuple(steps), speaking.say("bridge.unit", currency=counted), scale)
    return (Picture(speaking.say("bridge.title"), speaking.say("sentence_space").join(told), shown, table),)


def _recommended(speaking: Speaking) -> frozenset[str]:
    """The strategies of the catalogue that are recommended, in whatever direction."""
    found = speaking.diagnosis.recommendation
    names = (found.primary, *found.secondary)
    return frozenset(speaking.book.candidates[name].strategy.id for name in names if name is not None)


def _ends(speaking: Speaking) -> tuple[int, int, int] | None:
    """Sales now, sales that the goal means, and in how many months; None unless all is known."""
    book, plan = speaking.book.bridge, speaking.diagnosis.plan
    if book.stated is None or book.base is None or plan is None:
        return None
    goal = next((each for each in plan.goals if each.type == book.stated.goal), None)
    base = evaluate(book.base, speaking.state)
    if goal is None or goal.target is None or base is None:
        return None
    worth = book.worth.get(goal.measure or "")
    unit = 1.0 if goal.unit == MONEY else None if worth is None else evaluate(worth, speaking.state)
    return None if unit is None else (_whole(base), _whole(goal.target * unit), goal.months)


def _whole(amount: float) -> int:
    """An amount without a fraction, so that the columns add up as they are written."""
    return int(round_half_up(float(amount), 0))


def _money(speaking: Speaking, amount: float) -> str:
    return speaking.quantity(amount, MONEY)


def _change(speaking: Speaking, amount: float) -> str:
    sign = "bridge.more" if amount > 0 else "bridge.less"
    return speaking.say(sign, amount=_money(speaking, abs(amount)))
