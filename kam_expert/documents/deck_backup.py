"""The backup of the review deck: positions, scores, signals, votes and facts, for whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

from kam_expert.documents.presenting import Presenting
from kam_expert.reports import account_pictures, account_tables, brief, planning, reasons
from kam_expert.reports.document import Block, Bullets, Paragraph, Picture, Section, Table

WARNINGS, CHANCES, CHECKS = ("red_flag", "threat"), ("opportunity",), ("contradiction", "quality")
LONGEST = 120  # letters of a title
SIGNALS = 5  # of a kind on one slide


def slides(told: Presenting) -> list[Sequence[Section]]:
    """A divider, and then the tables."""
    divider = Section(told.say("backup.title"), (), notes=(told.say("backup.told"),))
    found = [(divider,), _positions(told), _scores(told), *_tables(told), *_votes(told), _others(told), _facts(told)]
    if told.diagnosis.recommendation.primary is not None:
        found.insert(3, signals(told))
    return [each for each in found if each]


def _positions(told: Presenting) -> tuple[Section, ...]:
    values, models = told.diagnosis.conclusions.values, told.speaking.book.models
    shown = [each for each in told.diagnosis.positions if (when := models[each.model].when) is None or values.get(when)]
    known = [each for each in shown if each.cell is not None]
    title = told.say("backup.positions", known=len(known), count=len(shown))
    rules = [each.rule for each in known if each.rule is not None]
    return (Section(title, (reasons.positions(told.speaking),), notes=told.notes(rules)),)


def _scores(told: Presenting) -> tuple[Section, ...]:
    speaking = told.speaking
    found = told.diagnosis.scores
    rows = []
    for score in found:
        value = speaking.quantity(score.value, "score")
        shown = speaking.say("borderline", value=value) if score.borderline else value
        coverage = speaking.words.quantity(100 * score.coverage, "percent", speaking.book, "")
        rows.append(
            (speaking.label(score.id), shown, coverage, speaking.text(speaking.book.scores[score.id].entry.meaning))
        )
    known = sorted((each for each in found if each.value is not None), key=lambda each: each.value or 0.0)
    if len(known) > 1:
        low, high = (
            speaking.prose.labelled(speaking.label(e.id), speaking.quantity(e.value, "score"))
            for e in (known[0], known[-1])
        )
        title = told.say("backup.scores", known=len(known), count=len(found), lowest=low, highest=high)
    else:
        title = told.say("backup.few_scores", known=len(known), count=len(found))
    headers = tuple(speaking.say(f"column.{name}") for name in ("score", "value", "coverage", "meaning"))
    return (Section(title, (Table(headers, tuple(rows), (24, 14, 12, 44)),), notes=told.notes(())),)


def signals(told: Presenting) -> tuple[Section, ...]:
    """Warnings beside opportunities, each with its facts."""
    found = {kind: _signals(told, kinds) for kind, kinds in (("warnings", WARNINGS), ("chances", CHANCES))}
    if not any(found.values()):
        return ()
    title = told.say("backup.signals", **{kind: len(items) for kind, items in found.items()})
    parts = [
        Section(told.say(f"backup.{kind}"), (Bullets(tuple(items[:SIGNALS])),), level=2)
        for kind, items in found.items()
        if items
    ]
    rest = sum(max(0, len(items) - SIGNALS) for items in found.values())
    notes = (told.say("more_in_plan", count=rest),) if rest else ()
    rules = [rule for each in told.diagnosis.signals for rule in each.rules[:1]]
    return (Section(title, (), notes=told.notes(rules, *notes)), *parts)


def _others(told: Presenting) -> tuple[Section, ...]:
    items = _signals(told, CHECKS)
    return (Section(told.say("backup.checks"), (Bullets(tuple(items)),), notes=told.notes(())),) if items else ()


def _signals(told: Presenting, kinds: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    book = told.speaking.book
    found = [each for kind in kinds for each in told.diagnosis.signals if book.signals[each.id].kind == kind]
    return [
        (told.speaking.text(book.signals[each.id].title), told.premises(each.rules[0]) if each.rules else ())
        for each in found
    ]


def _tables(told: Presenting) -> list[tuple[Section, ...]]:
    """Contacts and white space as heat maps, competitors as they are listed; the title says what each shows."""
    found: list[tuple[Section, ...]] = []
    for section in account_tables.sections(told.speaking):
        picture = next((block for block in section.blocks if isinstance(block, Picture)), None)
        blocks = section.blocks if picture is None else (picture,)
        title = section.title if picture is None else told.speaking.prose.labelled(section.title, picture.told)
        title = title if len(title) <= LONGEST else section.title
        found.append((Section(told.title(title), blocks, notes=told.notes(())),))
    return found


def _votes(told: Presenting) -> list[tuple[Section, ...]]:
    """For each chosen strategy, the points of its rules beside their facts."""
    recommendation = told.diagnosis.recommendation
    found: list[tuple[Section, ...]] = []
    for name in (recommendation.primary, *recommendation.secondary):
        if name is None:
            continue
        standing = recommendation.standing(name)
        pictures = account_pictures.reasons(told.speaking, standing)
        votes = sorted((vote for vote in standing.votes if vote.points), key=lambda vote: -vote.points)
        if not pictures:
            continue
        up, down = (sum(abs(v.points) for v in votes if (v.points > 0) == side) for side in (True, False))
        title = told.say("backup.votes", strategy=told.speaking.strategy(name), up=up, down=down)
        items = tuple((told.speaking.rule_title(vote.rule), told.premises(vote.rule)) for vote in votes)
        found.append((Section(title, (*pictures, Bullets(items)), notes=told.notes([v.rule for v in votes])),))
    return found


def _facts(told: Presenting) -> tuple[Section, ...]:
    """The facts that the chosen strategies rest on, and those that are guesses or out of date."""
    speaking, diagnosis = told.speaking, told.diagnosis
    rules = brief.carrying_rules(speaking) or [rule for each in diagnosis.signals for rule in each.rules]
    used = {name for rule in rules for name in brief.grounds(speaking, rule)}
    doubtful = {*diagnosis.guesses, *diagnosis.stale}
    labels = {speaking.label(name) for name in used | doubtful}
    facts = [tuple(row) for row in planning.fact_rows(speaking) if row[0] in labels]
    measures = [name for name in speaking.book.measures if name in used]
    computed = speaking.say("origin.computed")
    rows = (*facts, *((speaking.label(name), speaking.value(name), computed, "", "", "") for name in measures))
    if not rows:
        return ()
    title = told.say("backup.facts", count=len(rows))
    names = ("fact", "value", "origin", "as_of", "confidence", "note")
    headers = tuple(speaking.say(f"column.{name}") for name in names)
    return (Section(title, (Table(headers, rows, (26, 18, 12, 12, 11, 30)),), notes=told.notes(rules)),)


def missing(told: Presenting, most: int) -> tuple[Section, ...]:
    """What to find out first, where only facts are missing to choose a strategy."""
    speaking, questions = told.speaking, told.diagnosis.questions[:most]
    if not questions or told.diagnosis.recommendation.level != "screening":
        return ()
    rows = [
        (
            speaking.label(each.fact),
            speaking.text(speaking.book.facts[each.fact].question),
            speaking.strategies(each.can_change[:3]),
        )
        for each in questions
    ]
    headers = tuple(speaking.say(f"column.{name}") for name in ("fact", "question", "bears_on"))
    blocks: list[Block] = [Table(headers, tuple(rows), (22, 46, 28))]
    rest = len(told.diagnosis.questions) - len(rows)
    if rest:
        blocks.append(Paragraph(speaking.say("more_questions", count=rest)))
    title = told.say("missing.title" if len(rows) > 1 else "missing.one", count=len(rows))
    return (Section(title, tuple(blocks), notes=told.notes(())),)
