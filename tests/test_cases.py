"""Every shipped case reaches what it expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from kam_expert.case import load_case
from kam_expert.diagnosis import diagnose
from kam_expert.rulebook.loading import load_rulebook

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = load_case(path)
    diagnosis = diagnose(case, load_rulebook(profile=case.profile))
    expected = case.expected
    assert expected is not None, "a shipped case says what it expects"
    recommendation = diagnosis.recommendation
    status = {standing.id: standing.status for standing in recommendation.standings}
    found = {
        "level": recommendation.level,
        "primary": recommendation.primary,
        "secondary": recommendation.secondary,
        "next_waves": tuple(wave.strategy for wave in recommendation.next_waves),
    }
    for key, value in found.items():
        wanted = getattr(expected, key)
        assert wanted is None or wanted == value, key
    for strategy in expected.vetoed or ():
        assert status[strategy] == "vetoed"
    for model, cell in (expected.positions or {}).items():
        assert diagnosis.conclusions.values.get(model) == cell, model


def test_enough_cases_in_chinese() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CASES]
    assert len(texts) >= 8
    assert sum(any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts) >= 3
