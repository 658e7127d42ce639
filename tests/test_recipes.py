"""The recipes of CONTRIBUTING.md: with each block added where its first line says, the rulebook loads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from kam_expert.case import load_case
from kam_expert.diagnosis import diagnose
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook

pytestmark = pytest.mark.slow

RECIPES = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```yaml\n# (?P<file>[\w./-]+\.yaml)(?:, (?P<where>[^\n]*))?\n(?P<text>.*?)^```", re.M | re.S)
CASE = """
case: acme
account: {name: Acme}
as_of: 2026-09-30
facts:
  account_status: active
  white_space_table:
    - {unit: north, line: valves, status: competitor, spend: 400, months_left: 6}
    - {unit: north, line: pumps, status: competitor, spend: 50, months_left: 60}
    - {unit: south, line: valves, status: competitor, spend: 7}
    - {unit: south, line: pumps, status: ours, spend: 3, months_left: 1}
"""


def placed(text: str, block: str, where: str | None) -> str:
    """The text of a file with a block added where its first line says."""
    if where is None:
        return f"{text.rstrip()}\n\n{block}"
    if where == "before the last rule of the section":
        (section,) = re.findall(r"^  section: (\w+)$", block, re.M)
        rules = re.split(r"(?=^- id: )", text, flags=re.M)
        last = next(rule for rule in rules if f"\n  section: {section}\n" in rule and "\n  if: true\n" in rule)
        return text.replace(last, f"{block}\n{last}", 1)
    if where == "inside the lists that are there":
        return among(text, block)
    found = re.fullmatch(r"inside (\w+)(?: of (\w+))?", where)
    assert found is not None, f"no such place: {where}"
    return inside(text, found[1], block, found[2])


def among(text: str, block: str) -> str:
    """Each line of the block that is new behind the one before it, which is there."""
    lines, at = text.splitlines(), -1
    for line in block.splitlines():
        if line in lines[at + 1 :]:
            at = lines.index(line, at + 1)
        else:
            at += 1
            lines.insert(at, line)
    return "\n".join(lines) + "\n"


def inside(text: str, key: str, block: str, entry: str | None = None) -> str:
    """The block at the end of what stands below a key, of one entry if it is named."""
    start = 0 if entry is None else text.index(f"- id: {entry}\n")
    head = re.compile(rf"^( *){key}:.*\n", re.M).search(text, start)
    assert head is not None, f"no {key} in the file"
    after = re.compile(rf"^ {{0,{len(head[1])}}}[^ \n#-]", re.M).search(text, head.end())
    end = len(text) if after is None else after.start()
    return f"{text[:end].rstrip()}\n{block}\n{text[end:]}"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """The shipped rulebook with every recipe followed, from the first to the last."""
    root = tmp_path_factory.mktemp("recipes")
    for folder in ("knowledge", "rules"):
        shutil.copytree(shipped() / folder, root / folder)
    blocks = [found for found in BLOCK.finditer(RECIPES) if not found["file"].startswith("knowledge/languages/")]
    assert len(blocks) >= 25
    for found in blocks:
        path = root / found["file"]
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        assert (found["where"] == "a new file") == (not before), found["file"]
        where = None if found["where"] == "a new file" else found["where"]
        path.write_text(placed(before, found["text"], where).lstrip(), encoding="utf-8")
    return load_rulebook(root)


def test_every_recipe_is_part_of_a_rulebook_that_loads(extended: Rulebook, book: Rulebook) -> None:
    for name in re.findall(r"^- id: ([a-z_]+)$", RECIPES, re.M):
        known = (extended.facts, extended.parameter_entries, extended.measures, extended.scores, extended.models)
        more = (extended.signals, extended.sources, extended.units)
        assert any(name in group for group in (*known, *more)), name
    assert {rule.id for rule in extended.rules} > {rule.id for rule in book.rules}


def test_the_column_is_read_row_by_row(extended: Rulebook, tmp_path: Path) -> None:
    """What comes up for renewal counts: not what comes later, not what we hold, not what nobody knows about."""
    path = tmp_path / "acme.yaml"
    path.write_text(CASE, encoding="utf-8")
    assert diagnose(load_case(path, extended), extended).conclusions.values["spend_up_for_renewal"] == 400
    path.write_text(CASE.replace("spend: 400, ", ""), encoding="utf-8")
    assert diagnose(load_case(path, extended), extended).conclusions.values.get("spend_up_for_renewal") is None
