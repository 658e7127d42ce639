"""The brief report: one screen that answers what to do, why, and what to find out first."""

from __future__ import annotations

from kam_expert.recommendation import Vote
from kam_expert.reports import account_pictures, checked
from kam_expert.reports.document import Block, Bullets, Pairs, Paragraph, Section
from kam_expert.reports.speaking import Speaking

REASONS = 3
NUMBERS = 3
ACTIVITIES = 3
QUESTIONS = 2


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


def why(speaking: Speaking) -> tuple[Block, ...]:
    """The few rules that carry the recommendation, each with its facts."""
    rules = leading_rules(speaking)[:REASONS]
    if not rules:
        signals = [signal for signal in speaking.diagnosis.signals if signal.rules][:REASONS]
        rules = [signal.rules[0] for signal in signals]
    if not rules:
        return ()
    items = []
    for rule in rules:
        firing = speaking.firings[rule]
        premises = speaking.premises(firing)
        items.append((speaking.rule_title(rule), (premises,) if premises else ()))
    return (Bullets(tuple(items), numbered=True),)


def numbers(speaking: Speaking) -> tuple[Block, ...]:
    """Known headline numbers: first those that figure in the reasons, then in the order of the knowledge base."""
    known = speaking.diagnosis.conclusions.values
    rules = leading_rules(speaking)[:REASONS]
    in_reasons = {name for rule in rules for name in speaking.grounds(speaking.firings[rule])}
    names = [name for name in speaking.book.planning.headline_numbers if name in known]
    names.sort(key=lambda name: name not in in_reasons)
    return (Pairs(tuple((speaking.label(name), number(speaking, name)) for name in names[:NUMBERS])),) if names else ()


def span(speaking: Speaking, start: int, end: int) -> str:
    """The weeks of an activity that begins and ends so many weeks after the first day: the first week is the first."""
    first, last = start + 1, max(start + 1, end)
    return speaking.say("week", start=first) if first == last else speaking.say("weeks", start=first, end=last)


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
