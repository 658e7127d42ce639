"""A case on another day than the one on which it was written: older facts, less time left, and the former values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kam_expert.case import Case, Given
from kam_expert.review.history import Recorded
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import round_half_up


def stated_on(case: Case, book: Rulebook, on: date, last: Recorded | None) -> Case:
    """The case as it is seen on a day: facts without a date are as old as the case, former values are those of the last
    review.

    What is as it was, and had no former value then, gets none now: nothing would be learnt from it. Of what counts
    down, a value without a date that is the same as at the last review was not stated anew, and keeps its day.
    """
    down = () if book.review.stated is None else book.review.stated.counts_down
    facts: dict[str, Given] = {}
    for name, given in case.facts.items():
        dated = given if given.source == "profile" else replace(given, as_of=given.as_of or case.as_of)
        then = None if last is None else last.case.facts.get(name)
        if name in down and then is not None and given.as_of is None and then.value == given.value:
            dated = replace(dated, as_of=then.as_of)
        if then is not None and then.value is not None and (then.value != given.value or then.before is not None):
            dated = replace(dated, before=then.value)
        facts[name] = dated
    return replace(case, as_of=on, facts=facts)


def counted_down(case: Case, book: Rulebook) -> Case:
    """The case with less time left, for facts that say in how many months something will be."""
    stated = book.review.stated
    facts = dict(case.facts)
    for name in () if stated is None else stated.counts_down:
        given = facts.get(name)
        if given is None or given.as_of is None or not isinstance(given.value, int | float):
            continue
        passed = months_between(given.as_of, case.as_of)
        if passed > 0:
            facts[name] = replace(given, value=max(0, round_half_up(given.value - passed, 1)))
    return replace(case, facts=facts)


def as_recorded(recorded: Recorded, book: Rulebook) -> Case:
    """The case of an accepted entry as it was seen on that day."""
    return counted_down(recorded.case, book)


def months_between(earlier: date, later: date) -> float:
    """Calendar months from one day to another; the days of an unfinished month count a thirtieth each."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    days = later.day - earlier.day
    return round_half_up(months + days / 30, 1)
