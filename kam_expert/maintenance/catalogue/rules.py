"""The pages of rules, and of the strategies that they speak for and against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kam_expert.maintenance.catalogue.pages import Block, Code, Line, Page, Paragraph, Section, Table, joined
from kam_expert.maintenance.catalogue.shelf import RowOfFields, Shelf, fields, rule_page, text
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import Rule
from kam_expert.rulebook.dependencies import Effect, How, Node, effects, inputs, inputs_of_rule

FOR: tuple[How, ...] = ("supports",)
AGAINST: tuple[How, ...] = ("opposes", "vetoes")
SELECTION: tuple[How, ...] = ("leads", "accompanies", "seats", "bars", "blocks", "satisfied", "beside")


def rule_pages(shelf: Shelf) -> Iterator[Page]:
    """One page for each file of rules; the rows of decision tables stand with their models."""
    rules = [rule for rule in shelf.book.rules if rule.kind != "position"]
    for file in dict.fromkeys(rule.file for rule in rules):
        path = Path(file)
        folder, stem = shelf.word("rules", path.parent.name), shelf.word("rule_file", f"{path.parent.name}.{path.stem}")
        lead = (Paragraph((shelf.say(f"about.rules.{rules_kind(shelf, file)}"),)),)
        title = shelf.say("page.rules_of", kind=folder, theme=stem)
        sections = tuple(rule_section(shelf, rule) for rule in rules if rule.file == file)
        yield Page(rule_page(file), title, lead, sections)


def rules_kind(shelf: Shelf, file: str) -> str:
    return next(rule.kind for rule in shelf.book.rules if rule.file == file)


def rule_section(shelf: Shelf, rule: Rule, level: int = 2) -> Section:
    """A rule: when it holds, in words and as written, what it does, why, and its own proof."""
    say, words, entry = shelf.say, shelf.words, rule.entry
    caution = entry.caution
    written = str(entry.condition).lower() if isinstance(entry.condition, bool) else entry.condition
    blocks = [
        *fields(
            (say("field.if"), [(f"{shelf.prose.condition(rule.condition)}{words.stop}",)]),
            (say("field.written"), [(Code(written),)]),
            *_conclusions(shelf, rule),
            (say("field.because"), [(words.text(entry.because),) if entry.because else None]),
            (say("field.caution"), [(words.text(caution),) if caution else None]),
            (say("field.fires"), [(shelf.example(each),) for each in entry.fires]),
            (say("field.silent"), [(shelf.example(each),) for each in entry.silent]),
            (say("field.code"), [shelf.code_of(entry)]),
            (say("field.reads"), list(shelf.grouped(inputs_of_rule(shelf.book, rule)))),
            (say("field.read_by"), list(shelf.grouped(shelf.readers_of("rule", {rule.id})))),
            (say("field.sources"), [shelf.sources(entry.sources)]),
            (say("field.file"), [(Code(rule.file),)]),
        ),
    ]
    return Section(words.text(entry.title), tuple(blocks), shelf.anchor(Node("rule", rule.id)), rule.id, level)


def _conclusions(shelf: Shelf, rule: Rule) -> Iterator[RowOfFields]:
    """What follows when the rule holds."""
    say, words, entry = shelf.say, shelf.words, rule.entry
    by_how: dict[str, list[Effect]] = {}
    for effect in effects(shelf.book, rule):
        by_how.setdefault(effect.how, []).append(effect)
    for how, found in by_how.items():
        yield say(f"effect.{how}"), [joined([_effect(shelf, each) for each in found], words.say("list_comma"))]
    match entry:
        case schema.PositionRow(cell=cell):
            model = Node("model", str(rule.target))
            yield say("effect.position"), [text(shelf.link(model), words.colon, shelf.value(model.id, cell))]
        case schema.SignalRule(signal=signal):
            yield say("effect.signal"), [(shelf.link(Node("signal", signal)),)]
        case schema.LevelRule(level=level, remedy=remedy):
            yield say("effect.level"), [(_level(shelf, level),)]
            yield say("effect.remedy"), [(words.text(remedy),) if remedy else None]
        case schema.BarRule(only_as_primary=True):
            yield say("field.notes"), [(say("note.only_as_primary"),)]
        case schema.BlockRule(gate=gate):
            yield say("effect.gate"), [(words.text(gate),)]
        case schema.ForcedRule(former_gate=schema.Text() as gate):
            yield say("effect.former_gate"), [(words.text(gate),)]
        case schema.SeatRule(turn=turn, min_score=least):
            score = None if least is None else (say("note.min_score", points=least),)
            yield say("field.notes"), [(say(f"turn.{turn}"),), score]
        case schema.DefaultRule(level=str(level)):
            yield say("effect.level"), [(_level(shelf, level),)]
        case schema.InsertRule(insert=activity):
            yield say("effect.insert"), [(_activity_line(shelf, activity),), *_activity_details(shelf, activity)]
        case schema.GoalRule():
            yield from _goal(shelf, entry)
    if isinstance(entry, schema.PlanRule):
        for key, names in (("effect.beside", entry.beside), ("effect.not_beside", entry.not_beside)):
            links: list[Line] = [(shelf.link(Node("strategy", name)),) for name in names]
            yield say(key), [joined(links, words.say("list_comma")) if links else None]


def _level(shelf: Shelf, level: str) -> str:
    return f"{shelf.words.say(f'level.{level}.title')}{shelf.words.colon}{shelf.words.say(f'level.{level}.meaning')}"


def _effect(shelf: Shelf, effect: Effect) -> Line:
    link = shelf.link(Node("strategy", effect.candidate))
    return text(link, _strength(shelf, effect))


def _strength(shelf: Shelf, effect: Effect) -> str | None:
    """The strength of a vote in brackets; for a forced strategy the votes it needs."""
    if effect.word is not None and effect.how != "vetoes":
        strength = shelf.book.selection.strengths[effect.word]
        return shelf.say("in_brackets", text=shelf.words.text(strength.label))
    if isinstance(effect.rule.entry, schema.ForcedRule) and effect.how == "leads":
        least = next(each.min_score for each in effect.rule.entry.primary if each.strategy == effect.candidate)
        if least is not None:
            return shelf.say("in_brackets", text=shelf.say("note.min_score", points=least))
    return None


def _goal(shelf: Shelf, goal: schema.GoalRule) -> Iterator[RowOfFields]:
    say, words = shelf.say, shelf.words
    kind = words.text(shelf.book.planning.goal_types[goal.type].title)
    yield say("effect.goal"), [(say("goal", kind=kind, months=goal.months),)]
    yield say("field.reads_start"), [(Code(goal.reads),) if goal.reads else None]
    yield say("field.target"), [(Code(goal.target),) if goal.target else (say("note.no_target"),)]
    yield say("field.unit"), [(shelf.link(Node("unit", goal.unit)),) if goal.unit else None]
    yield say("field.kpi"), [(words.text(goal.kpi),)]


# ---- strategies


def strategy_pages(shelf: Shelf) -> Iterator[Page]:
    """An overview, then a page for each strategy, which is printed on its own."""
    say, words = shelf.say, shelf.words
    rows = [
        (
            (shelf.link(Node("strategy", strategy.id)),),
            (say(f"strategy_kind.{strategy.kind}"),),
            (words.text(strategy.aim),),
        )
        for strategy in shelf.book.strategies.values()
    ]
    table = Table((words.say("column.strategy"), say("column.kind"), say("column.aim")), tuple(rows))
    yield Page("strategies", say("page.strategies"), (Paragraph((say("about.strategies"),)), table))
    for strategy in shelf.book.strategies.values():
        yield _strategy_page(shelf, strategy)


def _strategy_page(shelf: Shelf, strategy: schema.Strategy) -> Page:
    say, words = shelf.say, shelf.words
    node = Node("strategy", strategy.id)
    precedence = shelf.book.selection.precedence
    mine = [name for name, each in shelf.book.candidates.items() if each.strategy.id == strategy.id]
    places = [say("place", place=precedence.index(name) + 1, count=len(precedence)) for name in mine]
    named = [f"{shelf.title(Node('strategy', name))}{words.colon}" if len(mine) > 1 else "" for name in mine]
    directions = [
        (f"{words.text(each.short)}{words.colon}{words.text(each.aim)}",) for each in strategy.directions.values()
    ]
    lead: tuple[Block, ...] = (
        Paragraph((words.text(strategy.aim),)),
        *fields(
            (say("field.right_when"), [(words.text(strategy.right_when),)]),
            (say("field.not_when"), [(words.text(strategy.not_when),)]),
            (say("field.short"), [(words.text(strategy.short), " ", Code(strategy.code))]),
            (say("field.kind"), [(say(f"strategy_kind.{strategy.kind}"),)]),
            (say("field.roles"), [(words.say("list_comma").join(words.say(f"status.{r}") for r in strategy.roles),)]),
            (say("field.directions"), directions),
            (say("field.notes"), [(say("note.growth"),) if strategy.growth else None]),
            (say("field.precedence"), [(name + place,) for name, place in zip(named, places, strict=True)]),
            (say("field.read_by"), list(shelf.grouped(shelf.readers_of("strategy", {strategy.id, *mine})))),
            (say("field.sources"), [shelf.sources(strategy.sources)]),
            (say("field.file"), [(Code(shelf.file(strategy)),)]),
        ),
    )
    parts = [
        (say("part.for"), _arguments(shelf, strategy, FOR)),
        (say("part.against"), _arguments(shelf, strategy, AGAINST)),
        (say("part.selection"), _selection(shelf, strategy)),
        (say("part.pairs"), _pairs(shelf, mine)),
        (say("part.tactics"), _tactics(shelf, strategy)),
        (say("part.activities"), _activities(shelf, strategy)),
        (say("part.risks"), _risks(shelf, strategy)),
    ]
    sections = [
        Section(title, blocks, f"part-{index}") for index, (title, blocks) in enumerate(parts, start=1) if blocks
    ]
    title = words.text(strategy.name)
    return Page(shelf.page(node), title, lead, tuple(sections), shelf.anchor(node), strategy.id)


def _arguments(shelf: Shelf, strategy: schema.Strategy, hows: tuple[How, ...]) -> tuple[Block, ...]:
    """Votes, the strongest first."""
    strengths = shelf.book.selection.strengths
    found = [each for each in shelf.effects.get(strategy.id, ()) if each.how in hows and each.word is not None]
    found.sort(key=lambda each: (not strengths[str(each.word)].veto, -abs(strengths[str(each.word)].points)))
    rows = [
        (
            (shelf.link(Node("rule", each.rule.id)),),
            text(_directed(shelf, each), shelf.words.text(strengths[str(each.word)].label)),
            (shelf.prose.condition(each.rule.condition),),
        )
        for each in found
    ]
    if not rows:
        return (Paragraph((shelf.say("none_here"),)),)
    headers = (shelf.say("column.rule"), shelf.say("column.strength"), shelf.say("column.condition"))
    return (Table(headers, tuple(rows)),)


def _directed(shelf: Shelf, effect: Effect) -> str | None:
    """Which direction of a strategy is meant, where it has several."""
    if shelf.book.candidates[effect.candidate].direction is None:
        return None
    return f"{shelf.title(Node('strategy', effect.candidate))}{shelf.words.colon}"


def _selection(shelf: Shelf, strategy: schema.Strategy) -> tuple[Block, ...]:
    rows: list[RowOfFields] = []
    for how in SELECTION:
        found = [each for each in shelf.effects.get(strategy.id, ()) if each.how == how]
        lines = [
            text(_directed(shelf, each), shelf.link(Node("rule", each.rule.id)), _strength(shelf, each))
            for each in found
        ]
        rows.append((shelf.say(f"selected.{how}"), lines))
    return fields(*rows)


FITS: tuple[tuple[int | str, str], ...] = (
    (2, "complement"),
    (1, "help"),
    (-1, "friction"),
    (-2, "sequence"),
    ("never", "never"),
)


def pair_lines(shelf: Shelf, candidate: str) -> list[RowOfFields]:
    """The other strategies by how they go with this one."""
    rows: list[RowOfFields] = []
    for value, word in FITS:
        others = [name for name in shelf.book.candidates if name != candidate]
        others = [name for name in others if shelf.book.pair(candidate, name) == value]
        rows.append((shelf.say(f"fit.{word}"), [shelf.links(Node("strategy", name) for name in others)]))
    return rows


def _pairs(shelf: Shelf, candidates: list[str]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for name in candidates:
        if len(candidates) > 1:
            blocks.append(Paragraph((f"{shelf.title(Node('strategy', name))}{shelf.words.colon}",)))
        blocks += fields(*pair_lines(shelf, name))
    return tuple(blocks)


def _tactics(shelf: Shelf, strategy: schema.Strategy) -> tuple[Block, ...]:
    rows = [((shelf.words.text(tactic.title),), (Code(tactic.id),)) for tactic in strategy.tactics]
    return (Table((shelf.say("column.tactic"), shelf.say("column.id")), tuple(rows)),)


def _activities(shelf: Shelf, strategy: schema.Strategy) -> tuple[Block, ...]:
    return fields(
        *(
            (_activity_line(shelf, activity), list(_activity_details(shelf, activity, strategy)))
            for activity in strategy.activities
        )
    )


def _activity_line(shelf: Shelf, activity: schema.Activity) -> str:
    say = shelf.words.say
    weeks = (
        say("week", start=activity.start)
        if activity.start == activity.end
        else say("weeks", start=activity.start, end=activity.end)
    )
    if activity.every is not None:
        weeks = say("weeks_every", weeks=weeks, every=activity.every)
    return shelf.say("activity", title=activity.title, weeks=weeks, hours=activity.hours)


def _activity_details(
    shelf: Shelf, activity: schema.Activity, strategy: schema.Strategy | None = None
) -> Iterator[Line | None]:
    say, words = shelf.say, shelf.words
    owners = shelf.book.planning.owners
    owner = words.text(owners[activity.owner].title)
    if activity.with_:
        others = words.say("list_comma").join(words.text(owners[each].title) for each in activity.with_)
        owner = words.say("owner_with", owner=owner, others=others)
    yield (say("activity_owner", owner=owner), Code(activity.id))
    yield (words.say("deliverable_line", deliverable=activity.deliverable, kpi=activity.kpi),)
    if strategy is not None and activity.tactic is not None:
        tactic = next(each for each in strategy.tactics if each.id == activity.tactic)
        yield (words.say("tactic_line", tactic=tactic.title),)
    if strategy is not None and activity.direction is not None:
        yield (say("activity_direction", direction=strategy.directions[activity.direction].short),)
    if activity.essential:
        yield (say("note.essential"),)
    if activity.unless is not None:
        unless = shelf.book.done_when[activity.id] if strategy is not None else None
        condition = "" if unless is None else shelf.prose.condition(unless)
        yield (say("activity_unless", condition=condition), Code(activity.unless))
        read = inputs(shelf.book, unless)
        yield (say("activity_reads"), *shelf.links(read)) if read else None


def _risks(shelf: Shelf, strategy: schema.Strategy) -> tuple[Block, ...]:
    words = shelf.words
    rows = [
        ((words.text(risk.title), " ", Code(risk.id)), (words.text(risk.early_sign),), (words.text(risk.counter),))
        for risk in strategy.risks
    ]
    headers = (words.say("column.risk"), words.say("column.early_sign"), words.say("column.counter"))
    return (Table(headers, tuple(rows)),)
