"""Every report format in every language against its golden file, and what must hold of any report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from wcwidth import wcswidth

from kam_expert.case import case_from, load_case, profile_named_in, read_case_file
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.reports import content, json_document, markdown, text
from kam_expert.reports.document import Document, Section, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import languages, wording
from tests.golden_files import check

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
FORMATS = [(f"{depth}.txt", depth, text.render) for depth in content.DEPTHS] + [
    ("full.md", content.DEPTHS[-1], markdown.render)
]


@pytest.fixture(scope="module")
def diagnosis() -> Diagnosis:
    case = load_case(CASE)
    return diagnose(case, load_rulebook(profile=case.profile))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("suffix", "depth", "render"), FORMATS, ids=[each[0] for each in FORMATS])
def test_golden(diagnosis: Diagnosis, language: str, suffix: str, depth: content.Depth, render: object) -> None:
    document = content.document(diagnosis, wording(language), depth)
    check(f"{CASE.stem}.{language}.{suffix}", render(document))  # type: ignore[operator]


@pytest.mark.parametrize("language", languages())
def test_golden_json(diagnosis: Diagnosis, language: str) -> None:
    check(f"{CASE.stem}.{language}.json", json_document.render(diagnosis, wording(language)))


def test_golden_schema() -> None:
    check("diagnosis.schema.json", json.dumps(json_document.json_schema(), ensure_ascii=False, indent=2) + "\n")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_document.json_schema()


@pytest.mark.parametrize("path", sorted((ROOT / "cases").glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("language", languages())
def test_every_case_in_every_format(
    path: Path, language: str, profiled: Callable[[str | None], Rulebook], schema: dict[str, Any]
) -> None:
    document = read_case_file(path)
    book = profiled(profile_named_in(document))
    case = case_from(document, book)
    found = diagnose(case, book)
    words = wording(language)
    jsonschema.validate(json.loads(json_document.render(found, words)), schema)
    for depth in content.DEPTHS:
        shown = text.render(content.document(found, words, depth))
        assert max(wcswidth(line) for line in shown.split("\n")) <= text.WIDTH
        assert "None" not in shown and "{" not in shown
        assert shown.isascii() or language != "en" or not case.name.isascii() or _only_typographic(shown)
    brief = text.render(content.document(found, words, "brief"))
    assert brief.count("\n") <= 48, "the brief no longer fits one screen"


def _only_typographic(shown: str) -> bool:
    """English reports of English cases hold no Chinese: only signs such as the minus and curly quotes."""
    return not any("\u2e80" <= character <= "\uffef" for character in shown)


def test_wide_characters_align() -> None:
    table = Table(("名称", "value"), (("钱包份额", "50%"), ("share", "五成")), (20, 20))
    lines = text.render(Document("题", (Section("表", (table,)),))).split("\n")
    rows = [line for line in lines if "50%" in line or "五成" in line or line.startswith("名称")]
    ends = {wcswidth(line[: line.rindex("  ") + 2]) for line in rows}
    assert len(rows) == 3 and len(ends) == 1


def test_markdown_leaves_no_markup_to_the_case(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(
        "case: odd\naccount: {name: '*a* | <b> [c](d) `e`'}\nas_of: 2026-10-01\nfacts: {account_status: active}\n",
        encoding="utf-8",
    )
    shown = markdown.render(content.document(diagnose(load_case(path, book), book), wording("en"), "full"))
    assert "\\*a\\* \\| \\<b\\> \\[c\\](d) \\`e\\`" in shown.split("\n")[0]


@pytest.mark.parametrize(
    "sentence", ["我方是现有供应商，更有机会影响标准。" * 9, "a reasonably long English sentence " * 9]
)
@pytest.mark.parametrize("width", [10, 33, 100])
def test_wrapping_loses_nothing(sentence: str, width: int) -> None:
    lines = text.wrap(sentence, width)
    assert max(wcswidth(line) for line in lines) <= max(width, 10)
    assert "".join("".join(lines).split()) == "".join(sentence.split())
    assert not any(line.startswith(("，", "。")) for line in lines)
