"""The listing is the architecture: imports point one way, knowledge stays in data, experta has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_expert.rulebook.book import Rulebook

PACKAGE = Path(__file__).parents[1] / "kam_expert"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each stage may import itself and the stages before it.
STAGES = (
    ("problems", "resources", "writing"),
    ("rulebook",),
    ("engines",),
    ("wording",),
    ("prose", "case"),
    ("recommendation",),
    ("questions", "plan"),
    ("diagnosis",),
    ("reports",),
    ("cli",),
    ("__main__", "__init__"),
)
RANK = {name: rank for rank, names in enumerate(STAGES) for name in names}
INSIDE_RULEBOOK = (
    ("expressions", "vocabulary", "layers", "schema", "located"),
    ("validation", "parsing", "evaluation", "normal_form", "book"),
    ("reading", "computation", "fact_values"),
    ("references",),
    ("loading",),
)
RANK_INSIDE = {name: rank for rank, names in enumerate(INSIDE_RULEBOOK) for name in names}
LONGEST = 500  # lines; the grammar of the files, the JSON contract and the one door to experta are read as wholes


def stage(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    own = stage(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "kam_expert" or len(parts) < 2 or own == "__init__":
            continue
        if parts[1] in RANK and parts[1] != own:
            assert RANK[parts[1]] < RANK[own], f"{own} imports {name}, which comes later"
        if own == "rulebook" and parts[1] == "rulebook" and len(parts) > 2 and parts[2] in RANK_INSIDE:
            assert parts[2] == path.stem or RANK_INSIDE[parts[2]] < RANK_INSIDE[path.stem] + 1


def test_every_module_has_its_stage() -> None:
    assert {stage(path) for path in MODULES} == set(RANK)
    inside = {path.stem for path in (PACKAGE / "rulebook").glob("*.py")} - {"__init__"}
    assert inside == set(RANK_INSIDE)


def test_experta_has_one_door() -> None:
    users = [path for path in MODULES if any(name.split(".")[0] == "experta" for name in imports(path))]
    assert users == [PACKAGE / "engines" / "network.py"]


def test_the_oracle_needs_only_the_standard_library() -> None:
    """It reads the rulebook's values and shares no code that evaluates with the network."""
    names = set(imports(PACKAGE / "engines" / "plain.py"))
    shared = {"network", "evaluation", "computation", "normal_form"}
    assert not {name for name in names if shared & set(name.split("."))}
    foreign = {"experta", "pydantic", "yaml", "click", "tabulate"}
    assert not {name for name in names if name.split(".")[0] in foreign}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_short_and_silent(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


# Ids that steer the machine itself, not the advice: parameters of the semantics and of the selection policy, and the
# two facts that the account block of a case file fills.
NAMED_IN_CODE = {
    "borderline_band",
    "cut_mid",
    "margin_primary",
    "max_activities",
    "max_secondary",
    "max_secondary_with_enabler",
    "means_margin",
    "min_activities",
    "min_coverage",
    "min_primary_score",
    "min_secondary_score",
    "plan_months",
    "project_hours_share",
    "question_focus",
    "stale_days",
    "stale_loss",
    "account_name",
    "industry",
    "completeness",
}
# Words that are ids and ordinary keys of the program as well.
ORDINARY = {"health", "stage"}


def test_no_knowledge_in_python(book: Rulebook) -> None:
    ids = {*book.vocabulary.names, *book.strategies, *book.candidates, *book.parameters}
    ids |= {rule.id for rule in book.rules} | {cell for model in book.models.values() for cell in model.cells}
    ids |= set(book.selection.strengths) - {"veto"}
    plain_words = {"other", "high", "low", "yes", "no", "hold", "key", "first", "second", "strategic", "status"}
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Constant):
                continue
            value = node.value
            if isinstance(value, str) and value in ids - NAMED_IN_CODE - ORDINARY - plain_words:
                found.append((path.name, node.lineno, value))
    assert found == []
