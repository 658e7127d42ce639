"""The brief report: one screen that answers what to do, why, and what to find out first."""

from __future__ import annotations

from kam_expert.recommendation import Vote
from kam_expert.reports import account_pictures, checked
from kam_expert.reports.document import Block, Bullets, Pairs, Paragraph, Section
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import names_in
from kam_expert.rulebook.schema import LevelRule, Text

REASONS = 3
NUMBERS = 3
ACTIVITIES = 3
QUESTIONS = 2
HIGHEST = 100  # value of a part of a score


def title(speaking: Speaking) -> str:
    """Name of the account and the recommendation in one line."""
    diagnosis = speaking.diagnosis
    recommendation = diagnosis.recommendation
    name = diagnosis.case.name
    if recommendation.primary is None:
        return speaking.say("brief.title_other", name=name, level=speaking.say(f"level.{recommendation.level}.title"))
    primary = speaking.strategy(recommendation.primary)
    if not recommendation.secondary:
        return speaking.say("brief.title_alone", name=name, primary=primary)
    names = [speaking.strategy(name) for name in recommendation.secondary]
    secondary = speaking.say("list_last").join([speaking.say("list_comma").join(names[:-1]), names[-1]])
    secondary = secondary if names[1:] else names[0]
    return speaking.say("brief.title", name=name, primary=primary, secondary=secondary)


def sections(speaking: Speaking) -> tuple[Section, ...]:
    """The sections of the brief, those without content left out.

    Whoever asks about a plan gets its verdict in the place of the numbers, so that the brief stays on one screen.
    """
    judged = checked.summary(speaking)
    found = [
        Section(speaking.say("brief.position"), (position(speaking), *account_pictures.matrix(speaking))),
        Section(speaking.say("brief.recommendation"), recommendation(speaking)),
        Section(speaking.say("reasons.check"), judged),
        Section(speaking.say("brief.reasons"), why(speaking)),
        Section(speaking.say("brief.numbers"), () if judged else numbers(speaking)),
        Section(speaking.say("brief.questions"), _questions(speaking)),
        Section(speaking.say("brief.activities"), first_activities(speaking)),
    ]
    return tuple(section for section in found if section.blocks)


def position(speaking: Speaking) -> Block:
    """The positions by which an account is known."""
    shown = [each for each in speaking.diagnosis.positions if speaking.book.models[each.model].headline]
    return Pairs(tuple((speaking.label(each.model), speaking.placed(each)) for each in shown))


def recommendation(speaking: Speaking) -> tuple[Block, ...]:
    """The strategies with their points, and what set them; without a strategy, what that means."""
    recommendation = speaking.diagnosis.recommendation
    if recommendation.primary is None:
        blocks: list[Block] = [Paragraph(speaking.say(f"level.{recommendation.level}.meaning"))]
        if recommendation.level_rule is not None:
            entry = speaking.book.rule(recommendation.level_rule).entry
            blocks.append(
                Paragraph(f"{speaking.text(entry.title)}{speaking.words.colon}{speaking.text(entry.because)}")
            )
        return tuple(blocks)
    standing = recommendation.standing(recommendation.primary)
    points = speaking.say("points_in_brackets", score=standing.score)
    items = [(speaking.say("status.primary"), speaking.strategy(recommendation.primary) + points)]
    if recommendation.secondary:
        items.append((speaking.say("status.secondary"), speaking.strategies(recommendation.secondary)))
    if recommendation.runner_up:
        score = recommendation.standing(recommendation.runner_up).score
        shown = speaking.strategy(recommendation.runner_up) + speaking.say("points_in_brackets", score=score)
        items.append((speaking.say("runner_up"), shown))
    if recommendation.next_waves:
        waves = speaking.strategies(tuple(wave.strategy for wave in recommendation.next_waves))
        items.append((speaking.say("status.next_wave"), waves))
    blocks = [Pairs(tuple(items))]
    if recommendation.forced_by is not None:
        blocks.append(Paragraph(_forced(speaking)))
    if recommendation.upheld_by is not None:
        rule = speaking.book.rule(recommendation.upheld_by).entry
        blocks.append(Paragraph(speaking.say("upheld_note", rule=rule.title, because=speaking.text(rule.because))))
    if recommendation.default is not None:
        blocks.append(Paragraph(speaking.say("default_note", rule=speaking.rule_title(recommendation.default))))
    return tuple(blocks)


def _forced(speaking: Speaking) -> str:
    recommendation = speaking.diagnosis.recommendation
    assert recommendation.forced_by is not None
    rule = speaking.rule_title(recommendation.forced_by)
    if recommendation.free_winner is None:
        return speaking.say("forced_note", rule=rule)
    return speaking.say("forced_note_instead", rule=rule, other=speaking.strategy(recommendation.free_winner))


def leading_votes(speaking: Speaking) -> list[Vote]:
    """The votes for the primary, strongest first, then those for the secondaries."""
    recommendation = speaking.diagnosis.recommendation
    if recommendation.primary is None:
        return []
    found: dict[str, Vote] = {}
    for name in (recommendation.primary, *recommendation.secondary):
        votes = [vote for vote in recommendation.standing(name).votes if vote.points > 0]
        for vote in sorted(votes, key=lambda vote: -vote.points):
            found.setdefault(vote.rule, vote)
    return list(found.values())


def leading_rules(speaking: Speaking) -> list[str]:
    """The rules that carry the recommendation: the one that forced or defaulted it, then the votes."""
    recommendation = speaking.diagnosis.recommendation
    special = [rule for rule in (recommendation.forced_by, recommendation.default) if rule is not None]
    return [*special, *(vote.rule for vote in leading_votes(speaking) if vote.rule not in special)]


def carrying_rules(speaking: Speaking) -> list[str]:
    """The rules that carry the result: those of the recommendation, or without one the rule that set the level."""
    limit = speaking.diagnosis.recommendation.level_rule
    return leading_rules(speaking) if limit is None else [limit]


def grounds(speaking: Speaking, rule: str) -> tuple[str, ...]:
    """The names behind a rule that carries the result.

    What set the level is told down to numbers: a position among its names is replaced by what put the account there.
    """
    names = speaking.grounds(speaking.firings[rule])
    if rule != speaking.diagnosis.recommendation.level_rule:
        return names
    placed = {each.model: each.rule for each in speaking.diagnosis.positions if each.rule in speaking.firings}
    deeper = (speaking.grounds(speaking.firings[str(placed[name])]) if name in placed else (name,) for name in names)
    return tuple(dict.fromkeys(ground for found in deeper for ground in found))


def why(speaking: Speaking) -> tuple[Block, ...]:
    """The few rules that carry the result, each with its facts; while facts are missing, what was found so far too."""
    recommendation = speaking.diagnosis.recommendation
    rules = carrying_rules(speaking)
    if not rules or recommendation.level == "screening":
        rules += [signal.rules[0] for signal in speaking.diagnosis.signals if signal.rules]
    if not rules:
        return ()
    items = []
    for rule in rules[:REASONS]:
        premises = facts_behind(speaking, rule)
        items.append((speaking.rule_title(rule), (premises,) if premises else ()))
    return (Bullets(tuple(items), numbered=True),)


def facts_behind(speaking: Speaking, rule: str) -> str:
    """The facts of a rule that carries the result, in one line."""
    values = speaking.diagnosis.conclusions.values
    shown = (speaking.prose.premise(name, values[name]) for name in grounds(speaking, rule))
    return speaking.say("list_semicolon").join(shown)


def lifting(speaking: Speaking) -> Text | None:
    """What lifts the level that a rule has set; None where nothing does, or where the rule does not say."""
    limit = speaking.diagnosis.recommendation.level_rule
    entry = None if limit is None else speaking.book.rule(limit).entry
    return entry.remedy if isinstance(entry, LevelRule) else None


def turning(speaking: Speaking) -> tuple[str, ...]:
    """The numbers and facts that hold the account below what is worth an effort, the heaviest first.

    A score among them is replaced by its parts that cost it most.
    """
    limit = speaking.diagnosis.recommendation.level_rule
    values = speaking.diagnosis.conclusions.values
    found: list[str] = []
    for name in () if limit is None else grounds(speaking, limit):
        if name in speaking.book.scores:
            found += _costly(speaking, name)
        elif isinstance(values[name], int | float) and not isinstance(values[name], bool):
            found.append(name)
    return tuple(speaking.prose.premise(name, values[name]) for name in dict.fromkeys(found))


def _costly(speaking: Speaking, score: str) -> list[str]:
    """The names in the parts of a score that keep it down most."""
    diagnosis = speaking.diagnosis
    state = State(diagnosis.conclusions.values, speaking.book.parameters, diagnosis.case.inputs(speaking.book).tables)
    found = []
    for part in speaking.book.scores[score].parts:
        value = evaluate(part.value, state)
        if value is not None:
            found.append(((HIGHEST - float(value)) * part.weight, part))
    found.sort(key=lambda each: -each[0])
    known = diagnosis.conclusions.values
    return [name for lost, part in found[:REASONS] if lost > 0 for name in names_in(part.value) if name in known]


def numbers(speaking: Speaking) -> tuple[Block, ...]:
    """Known headline numbers: first those that figure in the reasons, then in the order of the knowledge base."""
    known = speaking.diagnosis.conclusions.values
    rules = carrying_rules(speaking)[:REASONS]
    in_reasons = {name for rule in rules for name in grounds(speaking, rule)}
    names = [name for name in speaking.book.planning.headline_numbers if name in known]
    names.sort(key=lambda name: name not in in_reasons)
    return (Pairs(tuple((speaking.label(name), number(speaking, name)) for name in names[:NUMBERS])),) if names else ()


def span(speaking: Speaking, start: int, end: int) -> str:
    """The weeks of an activity."""
    return speaking.say("week", start=start) if start == end else speaking.say("weeks", start=start, end=end)


def number(speaking: Speaking, name: str) -> str:
    """A value with its unit and where it comes from."""
    return speaking.say("with_origin", value=speaking.value(name), origin=origin(speaking, name))


def origin(speaking: Speaking, name: str) -> str:
    """Where a value comes from, and of when it is if that is stated."""
    given = speaking.diagnosis.case.facts.get(name)
    if given is None or given.value is None:
        return speaking.say("origin.computed")
    source = speaking.say(f"origin.{given.source or 'unstated'}")
    return source if given.as_of is None else speaking.say("origin_as_of", origin=source, day=speaking.day(given.as_of))


def _questions(speaking: Speaking) -> tuple[Block, ...]:
    items = []
    for question in speaking.diagnosis.questions[:QUESTIONS]:
        fact = speaking.book.facts[question.fact]
        affected = speaking.strategies(question.can_change[:3])
        items.append((speaking.text(fact.question), (speaking.say("bears_on", strategies=affected),)))
    if not items:
        return (Paragraph(speaking.say("no_questions")),)
    return (Bullets(tuple(items)),)


def first_activities(speaking: Speaking) -> tuple[Block, ...]:
    """The few activities that start first."""
    plan = speaking.diagnosis.plan
    if plan is None:
        return ()
    items = []
    for planned in plan.activities[:ACTIVITIES]:
        owner = speaking.text(speaking.book.planning.owners[planned.activity.owner].title)
        weeks = span(speaking, planned.activity.start, planned.activity.end)
        line = speaking.say("activity_line", title=planned.activity.title, owner=owner, weeks=weeks)
        items.append((line, ()))
    return (Bullets(tuple(items), numbered=True),)
