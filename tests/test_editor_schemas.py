"""`rulebook schema`: every shipped file is valid by the schema of its kind, and what is not valid is refused."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from kam_expert.cli import main
from kam_expert.maintenance.editor_schemas import ANY_RULE, FILE_SCHEMAS, LISTED, MAPPED
from kam_expert.resources import shipped
from kam_expert.rulebook.located import read_file, read_text
from kam_expert.rulebook.reading import RULES

FILES = {
    **{path: name for pattern, (name, _) in {**LISTED, **MAPPED}.items() for path in sorted(shipped().glob(pattern))},
    **dict.fromkeys(sorted((shipped() / "cases").glob("*.yaml")), "case"),
}
RULE_FILES = [path for pattern in RULES for path in sorted(shipped().glob(pattern))]


@cache
def validator(name: str) -> Any:
    done = CliRunner().invoke(main, ["rulebook", "schema", "--of", name, "--lang", "en"])
    assert (done.exit_code, done.stderr) == (0, "")
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def plain(value: Any) -> Any:
    """As JSON has it: lists for tuples, texts for dates."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case tuple():
            return [plain(each) for each in value]
        case date():
            return value.isoformat()
    return value


def mistakes(name: str, value: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator(name).iter_errors(value)]


@pytest.mark.parametrize(
    ("path", "name"), FILES.items(), ids=[path.relative_to(shipped()).as_posix() for path in FILES]
)
def test_shipped_files(path: Path, name: str) -> None:
    assert mistakes(name, plain(read_file(path).value)) == []


def test_every_file_of_the_rulebook_has_a_schema() -> None:
    """All but the words of a language, which nobody writes anew."""
    files = {path for part in ("knowledge", "rules", "cases") for path in (shipped() / part).rglob("*.yaml")}
    words = shipped() / "knowledge" / "languages"
    assert {path for path in files - FILES.keys() if not path.is_relative_to(words)} == set()


def test_any_rule() -> None:
    for path in RULE_FILES:
        assert mistakes(ANY_RULE, plain(read_file(path).value)) == [], path


def test_every_schema_is_one() -> None:
    for name in FILE_SCHEMAS:
        assert validator(name).schema["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fact", "- {id: Bad-Id, type: flag}"),
        ("fact", "{id: a, type: flag}"),
        ("parameter", "- {id: a, default: one}"),
        ("vote-rule", "- {id: a, title: {en: a}, if: trading}"),
        ("rule", "- {id: a}"),
        ("strategy", "[]"),
        ("profile", "{profile: a, label: {en: a, zh: 甲}, about: {en: a, zh: 甲}, colour: red}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {our_rnak: 1}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {trust_level: 6}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {trust_level: {source: guess}}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {account_status: alive}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {gross_margin_pct: 230}}"),
        ("case", "{case: a, account: {name: A}, as_of: soon, facts: {}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {}, expected: {primary: nothing}}"),
        ("case", "{case: a, account: {name: A}, as_of: 2026-01-01}"),
    ],
)
def test_what_is_wrong_is_refused(name: str, text: str) -> None:
    assert mistakes(name, plain(read_text(text, "x.yaml").value)) != []


@pytest.mark.parametrize("value", ["yes", "否", "true", "unknown", "n/a", "{value: 是, source: customer}"])
def test_ways_to_answer(value: str) -> None:
    text = f"{{case: a, account: {{name: A}}, as_of: 2026-01-01, facts: {{declared_key: {value}}}}}"
    assert mistakes("case", plain(read_text(text, "x.yaml").value)) == []


def test_wrong_use(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["rulebook", "schema", "--of", "nonsense"]).exit_code == 2
    done = CliRunner().invoke(main, ["rulebook", "schema", "--of", "case", "--rules", str(tmp_path)])
    assert done.exit_code == 2 and done.stdout == "" and "Traceback" not in done.stderr
