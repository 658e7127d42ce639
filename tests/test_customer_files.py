"""The file that the customer gets: it says neither who made it nor with what, and counts no tables."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from click.testing import CliRunner

from kam_expert.cli import main
from kam_expert.resources import shipped


def written(format_: str, folder: Path, kind: str, template: Path | None = None) -> bytes:
    output = folder / f"{kind}.{format_}"
    case = str(shipped() / "cases" / "northern-bottlers.yaml")
    asked = ["--document", kind, "--format", format_, "-o", str(output)]
    asked += [] if template is None else ["--template", str(template)]
    result = CliRunner().invoke(main, ["diagnose", case, *asked])
    assert result.exit_code == 0, result.output
    return output.read_bytes()


def own_template(format_: str, folder: Path) -> Path:
    """A template as a firm has it, with notes to itself in the properties."""
    opened: Any = docx.Document() if format_ == "docx" else pptx.Presentation()
    if format_ == "docx":
        opened.add_paragraph("{{report}}")
    for name in ("author", "last_modified_by", "comments", "keywords", "category", "content_status", "identifier"):
        setattr(opened.core_properties, name, "Inhouse 9071")
    path = folder / f"template.{format_}"
    opened.save(path)
    return path


@pytest.mark.parametrize("format_", ["docx", "pptx"])
@pytest.mark.parametrize("templated", [False, True])
def test_a_file_for_the_customer_does_not_say_who_made_it(format_: str, templated: bool, tmp_path: Path) -> None:
    template = own_template(format_, tmp_path) if templated else None
    for kind, silent in (("customer", True), ("plan", False)):
        with zipfile.ZipFile(io.BytesIO(written(format_, tmp_path, kind, template))) as package:
            texts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
        core = texts["docProps/core.xml"]
        assert ("kam-expert" not in core) == silent
        if silent:
            assert not [name for name, text in texts.items() if "kam-expert" in text or "Inhouse 9071" in text]


def test_a_page_for_the_customer_does_not_say_what_it_was_made_with(tmp_path: Path) -> None:
    assert b"kam-expert" not in written("html", tmp_path, "customer")
    assert b"kam-expert" in written("html", tmp_path, "plan")


def test_tables_for_the_customer_have_no_captions(tmp_path: Path) -> None:
    counts = {}
    for kind in ("customer", "plan"):
        word = docx.Document(io.BytesIO(written("docx", tmp_path, kind)))
        counts[kind] = sum(each.style is not None and each.style.name == "Caption" for each in word.paragraphs)
        assert word.tables
    assert counts["customer"] == 0
    assert counts["plan"] > 5
