"""What can be asked of the constraints reading, in terms of the rulebook. No term of the solver leaves this module.

Each question is one search for accounts that break a property: `none` is the proof that it holds. A `check` confirms a
candidate with an interpreter, because the reading may allow more than the rulebook does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

import z3

from kam_expert.engines.constraints.choosing import Choosing
from kam_expert.engines.constraints.quantities import Flag, Option, Quantity, every, some
from kam_expert.engines.constraints.reading import Reading
from kam_expert.engines.constraints.solving import Answer, Check, ask, holds
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.expressions import Expression, Known, names_in, walk
from kam_expert.rulebook.schema import DefaultRule, ForcedRule, LevelRule

Subject = Literal["score", "primary"]


def rule_fires(book: Rulebook, rule: Rule, check: Check) -> Answer:
    """An account for which the rule fires."""
    reading = Reading(book)
    return ask([reading], [reading.fires(rule).true], check)


def two_rows(book: Rulebook, model: str, check: Check) -> Answer:
    """An account for which two rows of a table read without order are true at once."""
    reading = Reading(book)
    rows = [reading.fires(rule).true for rule in book.rules if rule.target == model]
    return ask([reading], [some([every(pair) for pair in combinations(rows, 2)])], check)


def no_row(book: Rulebook, model: str, check: Check) -> Answer:
    """An account for which all that a table reads is known and yet no row is true."""
    reading = Reading(book)
    rows = [rule for rule in book.rules if rule.target == model]
    asked = {item.item.name for row in rows for item in walk(row.condition) if isinstance(item, Known)}
    names = dict.fromkeys(name for row in rows for name in names_in(row.condition) if name not in asked)
    claims = [reading.worth(name).known for name in names]
    return ask([reading], [*claims, *(z3.Not(reading.fires(row).true) for row in rows)], check)


def apart(book: Rulebook, one: Expression, other: Expression, check: Check) -> Answer:
    """An account for which the first condition is true and the second is not."""
    reading = Reading(book)
    return ask([reading], [reading.truth(one).true, z3.Not(reading.truth(other).true)], check)


def equivalent(book: Rulebook, one: Expression, other: Expression) -> bool | None:
    """True if no account whatever tells two conditions apart; None where the reading cannot say that."""
    reading = Reading(book)
    first, second = reading.truth(one).true, reading.truth(other).true
    return True if holds([reading], [first != second]) is False else None


def unanswered(book: Rulebook, check: Check) -> Answer:
    """An account with enough known facts that gets neither a strategy nor the reason why not."""
    reading = Reading(book)
    choosing = Choosing(reading)
    said = [
        choosing.fallback[rule.id]
        for rule in book.rules_of("default")
        if isinstance(rule.entry, DefaultRule) and rule.entry.level is not None
    ]
    return ask([reading], [z3.Not(choosing.limited), z3.Not(choosing.advised), z3.Not(some(said))], check)


def wrongly_chosen(book: Rulebook, check: Check) -> Answer:
    """An account that is recommended what is vetoed, barred or has to wait, or two that exclude each other."""
    reading = Reading(book)
    choosing = Choosing(reading)
    wrong = []
    for name in choosing.names:
        leads, beside = choosing.primary[name], choosing.secondary[name]
        wrong.append(every([some([leads, beside]), z3.Not(choosing.open[name])]))
        wrong.append(every([leads, choosing.barred_as_primary[name]]))
    for one, other in combinations(choosing.names, 2):
        if book.pair(one, other) == "never":
            both = [some([choosing.primary[name], choosing.secondary[name]]) for name in (one, other)]
            wrong.append(every(both))
    return ask([reading], [some(wrong)], check)


def force_ignored(book: Rulebook, rule: Rule, check: Check) -> Answer:
    """An account for which a forced rule fires first and can be followed, and another strategy leads."""
    reading = Reading(book)
    choosing = Choosing(reading)
    entry = rule.entry
    assert isinstance(entry, ForcedRule)
    earlier = []
    for other in book.rules_of("forced"):
        if other.id == rule.id:
            break
        earlier.append(reading.fires(other).true)
    usable = [
        every(
            [choosing.open[item.strategy]]
            + ([] if item.min_score is None else [choosing.score[item.strategy] >= item.min_score])
        )
        for item in entry.primary
    ]
    obeyed = [choosing.primary[name] for name in (*entry.satisfied_by, *(item.strategy for item in entry.primary))]
    claims = [reading.fires(rule).true, choosing.advised, z3.Not(some(earlier)), some(usable), z3.Not(some(obeyed))]
    return ask([reading], claims, check)


def raised(
    book: Rulebook, fact: str, direction: Literal["up", "down"], strategies: Sequence[str], of: Subject, check: Check
) -> Answer:
    """Two accounts that differ in one fact only, the second being helped by what should not help."""
    first = Reading(book)
    second = Reading(book, "second!", shared=first, own=frozenset({fact}))
    one, other = first.worth(fact), second.worth(fact)
    claims: list[Any] = [one.known, other.known]
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        claims.append(other.top > one.top if direction == "up" else other.top < one.top)
    elif isinstance(one, Option) and isinstance(other, Option):
        claims.append(other.place > one.place if direction == "up" else other.place < one.place)
    elif isinstance(one, Flag) and isinstance(other, Flag):
        claims += [other.value == (direction == "up"), one.value != (direction == "up")]
    a, b = Choosing(first), Choosing(second)
    if of == "score":
        helped = [b.score[name] > a.score[name] for name in strategies]
    else:
        claims.append(a.advised)
        helped = [every([b.primary[name], z3.Not(a.primary[name])]) for name in strategies]
    for name in (f"before.{fact}", f"confidence.{fact}"):
        for reading, twin in ((first, second), (second, first)):
            if name in reading.found:
                mine, theirs = reading.worth(name), twin.worth(name)
                claims.append(mine.known == theirs.known)
                if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
                    claims.append(mine.top == theirs.top)
                elif isinstance(mine, Option) and isinstance(theirs, Option):
                    claims.append(mine.place == theirs.place)
    return ask([first, second], [*claims, some(helped)], check)


def level_missed(book: Rulebook, condition: Expression, level: str, check: Check) -> Answer:
    """An account for which a condition is true and the level is another one."""
    reading = Reading(book)
    at: list[Any] = []
    earlier: list[Any] = []
    for rule in book.rules_of("level"):
        fires = reading.fires(rule).true
        if isinstance(rule.entry, LevelRule) and rule.entry.level == level:
            at.append(every([fires, z3.Not(some(earlier))]))
        earlier.append(fires)
    return ask([reading], [reading.truth(condition).true, z3.Not(some(at))], check)


def led_by(book: Rulebook, condition: Expression, strategies: Sequence[str], beside: bool, check: Check) -> Answer:
    """An account for which a condition is true and one of the strategies leads (or stands beside the leader)."""
    reading = Reading(book)
    choosing = Choosing(reading)
    chosen = [choosing.primary[name] for name in strategies]
    if beside:
        chosen += [choosing.secondary[name] for name in strategies]
    return ask([reading], [reading.truth(condition).true, some(chosen)], check)


def told_apart(one: Rulebook, other: Rulebook, check: Check) -> Answer:
    """An account, given twice, to which two rulebooks give different levels or strategies."""
    first = Reading(one)
    second = Reading(other, "second!", shared=first)
    a, b = Choosing(first), Choosing(second)
    level = [a.limited != b.limited, a.advised != b.advised]
    leading = ask([first, second], [some([*level, *_unlike(a.primary, b.primary)])], check)
    if leading.verdict != "none":
        return leading
    return ask([first, second], [some(_unlike(a.secondary, b.secondary))], check)


def _unlike(one: dict[str, Any], other: dict[str, Any]) -> list[Any]:
    never = z3.BoolVal(False)
    return [one.get(name, never) != other.get(name, never) for name in dict.fromkeys([*one, *other])]
