"""The way from today's sales to the goal: it adds up, leaves nothing unknown unsaid, and mistakes in it are located."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.diagnosis import Diagnosis, diagnosis_from
from kam_expert.engines.compiled import compiled
from kam_expert.problems import ProblemsFound
from kam_expert.reports.account_pictures import bridge, matrix, radar
from kam_expert.reports.document import Picture
from kam_expert.reports.pictures import Bridge, Matrix, Radar
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import evaluate
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import languages, wording

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "cases").glob("*.yaml"))


@pytest.fixture(scope="module")
def diagnoses(profiled: Callable[[str | None], Rulebook]) -> tuple[Diagnosis, ...]:
    found = []
    for path in CASES:
        document = read_case_file(path)
        book = profiled(profile_named_in(document))
        case = case_from(document, book)
        found.append(diagnosis_from(case, book, compiled(book).conclude(case.inputs(book))))
    return tuple(found)


@pytest.mark.parametrize("language", languages())
def test_it_adds_up(diagnoses: tuple[Diagnosis, ...], language: str) -> None:
    drawn = 0
    for diagnosis in diagnoses:
        speaking = Speaking(diagnosis, wording(language))
        for picture in bridge(speaking):
            assert isinstance(picture, Picture) and isinstance(picture.shown, Bridge)
            first, *between, last = picture.shown.steps
            assert (first.kind, last.kind) == ("base", "target") and between
            assert first.amount + sum(step.amount for step in between) == last.amount
            assert sum(step.kind == "gap" for step in between) <= 1 and all(step.amount for step in between)
            assert abs(first.amount - float(diagnosis.conclusions.values["annual_revenue"])) <= 0.5
            assert [row[:2] for row in picture.table.rows] == [
                (each.label, each.worded) for each in picture.shown.steps
            ]
            for entry, formula in diagnosis.book.bridge.steps:
                unknown = evaluate(formula, speaking.state) is None and not entry.strategies
                assert not unknown or speaking.text(entry.label) in picture.told
            drawn += 1
        assert bridge(Speaking(diagnosis, wording(language), pictured=False)) == ()
    assert drawn > 20


def test_targets_are_what_the_engine_says_of_the_goals(diagnoses: tuple[Diagnosis, ...]) -> None:
    """Targets are shown where a score changes once the values of the goals stand in place of what is."""
    moved = 0
    for diagnosis in diagnoses:
        speaking = Speaking(diagnosis, wording("en"))
        (picture,) = radar(speaking) or (None,)
        if not isinstance(picture, Picture) or not isinstance(picture.shown, Radar):
            continue
        goals = {} if diagnosis.plan is None else {goal.measure: goal.target for goal in diagnosis.plan.goals}
        facts = {name: to for name, to in goals.items() if name and name in diagnosis.book.facts and to is not None}
        rest = {name: value for name, value in goals.items() if name and name not in facts and value is not None}
        inputs = diagnosis.case.inputs(diagnosis.book)
        changed = type(inputs)({**inputs.values, **facts}, inputs.tables, inputs.not_applicable, rest)
        then = compiled(diagnosis.book).conclude(changed).values
        scores = [(each.value, then.get(each.id)) for each in diagnosis.scores if each.value is not None]
        assert bool(picture.shown.targets) == any(now != after for now, after in scores)
        if picture.shown.targets:
            moved += 1
            known = [value for value in picture.shown.targets if value is not None]
            assert known == [after for _, after in scores]
        for shown in matrix(speaking):
            assert isinstance(shown, Picture) and isinstance(shown.shown, Matrix)
            if shown.shown.target is not None:
                assert shown.shown.target != (shown.shown.horizontal.value, shown.shown.vertical.value)
    assert moved > 5


@pytest.mark.parametrize(
    ("written", "broken", "code"),
    [
        ("amount: annual_revenue\n", "amount: anual_revenue\n", "name_unknown"),
        ("goal: share", "goal: shares", "reference_unknown"),
        ("[penetration, alliance]", "[penetrating, alliance]", "reference_unknown"),
        ("share_of_wallet: category_spend / 100", "share_of_walet: category_spend / 100", "reference_unknown"),
    ],
)
def test_mistakes_are_located(tmp_path: Path, written: str, broken: str, code: str) -> None:
    for name in ("knowledge", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "knowledge" / "bridge.yaml"
    text = path.read_text(encoding="utf-8")
    assert written in text
    path.write_text(text.replace(written, broken, 1), encoding="utf-8")
    with pytest.raises(ProblemsFound) as raised:
        load_rulebook(tmp_path)
    (problem,) = raised.value.problems
    line = text[: text.index(written)].count("\n") + 1
    assert problem.file == "knowledge/bridge.yaml" and problem.mark.line == line and problem.code == code
    path.unlink()
    assert load_rulebook(tmp_path).bridge.stated is None
