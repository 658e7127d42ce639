"""The facts that a recommendation hangs on: what the columns say of each variant is what the network says of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import Diagnosis, diagnose, network_of
from kam_expert.engines.columns.variants import variants_of
from kam_expert.engines.conclusions import Change
from kam_expert.explanation.moves import Account
from kam_expert.explanation.sensitivity import MOST_SHOWN, lead, sensitivity
from kam_expert.recommendation import Policy
from kam_expert.reports.document import Picture
from kam_expert.reports.pictures import Tornado
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))


def diagnosed(path: Path, profiled: Callable[[str | None], Rulebook]) -> Diagnosis:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    return diagnose(case_from(document, book), book)


def by_the_network(diagnosis: Diagnosis, change: Change, primary: str) -> tuple[str | None, int]:
    """What leads after a change, and by how many points, from the network and the policy for one account."""
    policy = Policy(diagnosis.book, network_of(diagnosis.book).conclude(Account(diagnosis).changed(change)))
    leads, score = policy.recommendation().primary, policy.score
    if leads != primary:
        return leads, -1 if leads is None else min(-1, score[primary] - score[leads])
    rivals = [score[name] for name in score if name != primary and policy.may_lead(name)]
    return leads, max(0, score[primary] - max(rivals, default=0))


def test_agrees_with_the_network(profiled: Callable[[str | None], Rulebook]) -> None:
    chance = random.Random(7)
    compared = 0
    for path in CASES[::8]:
        diagnosis = diagnosed(path, profiled)
        found = sensitivity(diagnosis)
        primary = diagnosis.recommendation.primary
        if primary is None:
            assert not found.swings and not found.picture(wording("en"))
            continue
        assert found.now == by_the_network(diagnosis, {}, primary)[1]
        for swing in chance.sample(found.swings, min(1, len(found.swings))):
            for end in (swing.low, swing.high):
                change = {} if end.value is None else {swing.fact: end.value}
                assert (end.result.primary, end.lead) == by_the_network(diagnosis, change, primary), (path, change)
                compared += 1
    assert compared > 8


def test_variants_of_unknown_and_inapplicable_facts(profiled: Callable[[str | None], Rulebook]) -> None:
    """Also facts that the case does not know, or says do not apply, and several at once."""
    diagnosis = diagnosed(CASES[0], profiled)
    book, primary = diagnosis.book, diagnosis.recommendation.primary
    assert primary is not None
    chance = random.Random(3)
    ratings = [name for name, fact in book.facts.items() if fact.type == "rating" and variants_of(book).reads(name)]
    changes = [{name: chance.randint(1, 5) for name in chance.sample(ratings, 3)} for _ in range(8)]
    judged = variants_of(book).judged(diagnosis.case.inputs(book), changes)
    for change, each in zip(changes, judged, strict=True):
        assert (each.primary, lead(each, primary)) == by_the_network(diagnosis, change, primary), change


@pytest.mark.parametrize("language", languages())
def test_shown(language: str, profiled: Callable[[str | None], Rulebook]) -> None:
    """Ten bars at most, the widest first, each holding the lead as it is; every bar is a row of the table."""
    words = wording(language)
    for path in CASES[1::8]:
        found = sensitivity(diagnosed(path, profiled))
        assert found.text(language).strip()
        for picture in found.picture(words):
            assert isinstance(picture, Picture) and isinstance(picture.shown, Tornado)
            assert picture.shown.now == found.now
            swings = picture.shown.swings
            assert 0 < len(swings) == len(picture.table.rows) <= MOST_SHOWN
            widths = [each.high - each.low for each in swings]
            assert widths == sorted(widths, reverse=True) and min(widths) > 0
            assert all(each.low <= found.now <= each.high for each in swings)
            for swing, row in zip(swings, picture.table.rows, strict=True):
                assert swing.label.startswith(row[0]) and {swing.low_at, swing.high_at} <= set(row)
