"""The shape of the package: imports point one way, and knowledge stays in the rulebook."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kam_expert
from kam_expert.rulebook.book import Rulebook

PACKAGE = Path(kam_expert.__file__).parent
MODULES = tuple(sorted(PACKAGE.rglob("*.py")))
LONGEST = 450
LONGER = {  # module: most lines, for the reason given
    "engines.network": 520,  # the one door to experta: its defects and how each is met are read together
    "rulebook.schema": 600,  # the grammar of all files, in one place for whoever writes one
}

# Values flow downwards in this list: a part may import what stands above it, and a package its own modules. Parts on
# one line do not import each other.
ORDER: tuple[frozenset[str], ...] = (
    frozenset({"problems", "resources"}),
    frozenset({"rulebook"}),
    frozenset({"engines"}),
    frozenset({"case", "portfolio"}),
    frozenset({"case_text"}),
    frozenset({"recommendation", "questions"}),
    frozenset({"plan"}),
    frozenset({"checking"}),
    frozenset({"diagnosis"}),
    frozenset({"wording", "writing"}),
    frozenset({"prose"}),
    frozenset({"reports"}),
    frozenset({"explanation"}),
    frozenset({"__init__"}),  # the public names
    frozenset({"interview", "review"}),
    frozenset({"documents"}),
    frozenset({"imports"}),
    frozenset({"workbooks"}),
    frozenset({"batch"}),
    frozenset({"maintenance"}),
    frozenset({"commands"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)

# Third-party libraries and the only modules that may import them.
HOMES: dict[str, frozenset[str]] = {
    "jinja2": frozenset({"reports/html.py"}),
    "markupsafe": frozenset({"reports/html.py"}),
    "experta": frozenset({"engines/network.py"}),
    "pydantic": frozenset(
        {
            "rulebook/schema.py",
            "rulebook/portfolio_schema.py",
            "rulebook/review_schema.py",
            "rulebook/document_schema.py",
            "rulebook/customer_schema.py",
            "review/entries.py",
            "rulebook/territory.py",
            "rulebook/validation.py",
            "reports/json_*.py",
            "imports/entries.py",
        }
    ),
    "yaml": frozenset({"rulebook/located.py", "interview/case_edits.py"}),
    "click": frozenset({"cli.py", "commands/*.py"}),
    "z3": frozenset({"engines/constraints/*.py"}),
    "polars": frozenset(
        {
            "engines/columns/*.py",
            "portfolio/members.py",
            "portfolio/portfolio.py",
            "batch/*.py",
            "commands/batch.py",
            "commands/portfolio_reading.py",
        }
    ),
    "pyarrow": frozenset({"batch/*.py", "engines/columns/arrow.py"}),
    "pyspark": frozenset({"batch/spark.py"}),
    "tqdm": frozenset({"commands/batch.py"}),
    "adbc_driver_sqlite": frozenset({"batch/other_tables.py"}),
    "adbc_driver_postgresql": frozenset({"batch/other_tables.py"}),
    "icalendar": frozenset({"review/calendar.py"}),
    "highspy": frozenset({"portfolio/allocation.py"}),
    "numpy": frozenset({"engines/columns/*.py", "interview/*.py", "batch/*.py"}),
    "tabulate": frozenset({"reports/text.py", "reports/markdown.py"}),
    "xlsxwriter": frozenset(
        {"workbooks/writing.py", "workbooks/portfolio*.py", "workbooks/account*.py", "batch/results.py"}
    ),
    "docx": frozenset({"reports/docx*.py"}),
    "pptx": frozenset({"reports/pptx*.py", "reports/office_*.py"}),
    "python_calamine": frozenset({"imports/sheets.py"}),
    "wcwidth": frozenset({"reports/text.py"}),
}

# The oracle shares values with the other readings, never a computation.
TYPES_FOR_THE_ORACLE = frozenset({"engines.conclusions", "rulebook.book", "rulebook.expressions", "rulebook.schema"})

# Parameters that code may name, each because a step of the engine itself, not a rule, is steered by it.
STEERING: dict[str, str] = {
    "min_primary_score": "selection: votes a strategy needs to lead; the weight of a deciding rule in questions",
    "min_secondary_score": "selection: votes a strategy needs to accompany",
    "margin_primary": "selection: how close two scores are a tie",
    "means_margin": "selection: what a means gives to a direction",
    "max_secondary": "selection: seats among the secondaries",
    "max_secondary_with_enabler": "selection: seats when an enabler is among them",
    "min_coverage": "scores: known share of the weight below which a score is unknown",
    "borderline_band": "positions: distance from a cut at which both cells are reported",
    "cut_mid": "scores: the middle cut that makes a score borderline",
    "stale_days": "cases: age at which a fact is stale",
    "stale_loss": "cases: trust that a stale fact loses",
    "confidence_document": "cases: trust in a source",
    "confidence_customer": "cases: trust in a source",
    "confidence_estimate": "cases: trust in a source",
    "confidence_guess": "cases: trust in a source",
    "confidence_unstated": "cases: trust in a source that is not stated",
    "question_focus": "questions: how many rivals of the leader are looked at",
    "question_effort_easy": "interview: what a question costs",
    "question_effort_medium": "interview: what a question costs",
    "question_effort_hard": "interview: what a question costs",
    "topic_slack": "interview: how much less a question on the same topic may tell",
    "secondary_weight": "interview: how much a secondary counts beside the primary",
    "stable_share": "interview: from when a result is called stable",
    "check_against": "check of a chosen strategy: net points from which the votes are against it",
    "check_gap": "check of a chosen strategy: most points behind the recommended primary",
    "max_activities": "plan: the most activities",
    "min_activities": "plan: the fewest activities",
    "plan_months": "plan: its length",
    "project_hours_share": "plan: the share of the hours that is left for it",
}

# Numbers that modules which judge may contain, each because it is arithmetic or a calendar, not an opinion.
ARITHMETIC: dict[float, str] = {
    0: "nothing",
    1: "one",
    2: "a pair",
    0.5: "rounding half up",
    4: "rulebooks whose networks are kept",
    8: "bits of a byte",
    10: "decimals",
    12: "months of a year",
    16: "levels of the network from one layer to the next",
    25: "steps of a rating on 0 to 100",
    28: "days of February",
    29: "days of February",
    30: "days of a month",
    100: "per cent",
    65536: "accounts judged at once",
}
SEARCHING = ("engines/constraints",)  # its numbers say how long and where to search; what it finds is checked
JUDGING = ("engines", "case.py", "recommendation.py", "questions.py", "plan.py", "checking.py", "diagnosis.py")


def name_of(path: Path) -> str:
    """The dotted name below the package; that of a package is its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Every module a module imports, anywhere in it, under its full name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            for alias in node.names:
                inside = f"{module}.{alias.name}".removeprefix("kam_expert.")
                yield f"kam_expert.{inside}" if module.startswith("kam_expert") and inside in NAMES else module


def own(path: Path) -> set[str]:
    """The modules of this package that a module imports, below the package; its own package is `__init__`."""
    found = {name for name in imported(path) if name.split(".")[0] == "kam_expert"}
    return {name.removeprefix("kam_expert").removeprefix(".") or "__init__" for name in found}


def place(name: str) -> int:
    part = name.split(".", maxsplit=1)[0]
    found = [index for index, parts in enumerate(ORDER) if part in parts]
    assert found, f"{part} has no place in the order of imports: give it one in ORDER"
    return found[0]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(PACKAGE.parent)}:{getattr(node, 'lineno', 0)}"


def literals(path: Path) -> Iterator[ast.Constant]:
    """The constants of a module that are not documentation."""
    tree = tree_of(path)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield node


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    name = name_of(path)
    for other in own(path):
        same_package = "." in other and other.split(".")[0] == name.split(".")[0]
        version = other == "__init__"  # the version, which has no home below
        assert same_package or version or place(other) < place(name), f"{name} imports {other}"


def test_only_the_version_is_imported_from_the_package_itself() -> None:
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "kam_expert":
                names = {alias.name for alias in node.names} - set(NAMES)
                assert names <= {"__version__"}, where(path, node)


def test_the_order_names_only_what_exists() -> None:
    parts = {name.split(".")[0] for name in NAMES}
    assert set().union(*ORDER) <= parts


def test_no_cycle_inside_a_package() -> None:
    reads = {name: {other for other in own(path) if other in NAMES} for name, path in NAMES.items()}
    tuple(TopologicalSorter(reads).static_order())  # raises CycleError with the members


def test_libraries_stay_where_they_are_wrapped() -> None:
    found: dict[str, set[str]] = {}
    for path in MODULES:
        for name in imported(path):
            library = name.split(".")[0]
            if library != "kam_expert" and library not in sys.stdlib_module_names:
                found.setdefault(library, set()).add(path.relative_to(PACKAGE).as_posix())
    assert set(found) == set(HOMES)
    for library, importers in found.items():
        strangers = [place for place in importers if not any(fnmatch(place, home) for home in HOMES[library])]
        assert strangers == [], library


def test_the_oracle_shares_only_types() -> None:
    names = set(imported(PACKAGE / "engines" / "plain.py"))
    project = {name.removeprefix("kam_expert.") for name in names if name.startswith("kam_expert")}
    assert project <= TYPES_FOR_THE_ORACLE
    assert {name.split(".")[0] for name in names if not name.startswith("kam_expert")} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGER.get(name_of(path), LONGEST)


def test_only_the_command_line_prints() -> None:
    prints = [
        where(path, node)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert [place_ for place_ in prints if "cli.py" not in place_] == []


def test_no_knowledge_in_the_code(book: Rulebook) -> None:
    """No strategy, signal or rule is named in Python."""
    ids = {*book.strategies, *book.candidates, *book.signals, *(rule.id for rule in book.rules)}
    found = [
        f"{where(path, node)} {node.value}"
        for path in MODULES
        for node in literals(path)
        if isinstance(node.value, str) and node.value in ids
    ]
    assert found == []


def test_parameters_named_in_the_code_steer_the_engine(book: Rulebook) -> None:
    named = {
        node.value: where(path, node)
        for path in MODULES
        for node in literals(path)
        if isinstance(node.value, str) and node.value in book.parameters
    }
    assert {name: place_ for name, place_ in named.items() if name not in STEERING} == {}
    assert set(STEERING) <= set(named), "no longer named in the code"


def test_no_cut_off_in_the_code() -> None:
    """A number in a module that judges is arithmetic or a calendar; every opinion is a parameter."""
    found = [
        f"{where(path, node)} {node.value}"
        for path in MODULES
        if path.relative_to(PACKAGE).as_posix().startswith(JUDGING)
        and not path.relative_to(PACKAGE).as_posix().startswith(SEARCHING)
        for node in literals(path)
        if isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value not in ARITHMETIC
    ]
    assert found == []
