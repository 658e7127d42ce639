"""Every shipped case reaches what it expects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import diagnose
from kam_expert.maintenance.examples import unmet
from kam_expert.rulebook.book import Rulebook

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, profiled: Callable[[str | None], Rulebook]) -> None:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    case = case_from(document, book)
    diagnosis = diagnose(case, book)
    assert case.expected is not None, "a shipped case says what it expects"
    assert list(unmet(case.expected, diagnosis.recommendation, diagnosis.conclusions)) == []


def test_enough_cases_in_chinese() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CASES]
    assert len(texts) >= 8
    assert sum(any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts) >= 3
