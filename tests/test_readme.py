"""What the README shows is what the program prints; `KAM_RECORD=1 pytest` writes the outputs anew."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from kam_expert import diagnose, load_case, load_rulebook
from kam_expert.cli import main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n\$ kam-expert (.*?)\n(.*?)```", re.S)


def text() -> str:
    return README.read_text(encoding="utf-8")


def printed(arguments: str) -> str:
    done = CliRunner().invoke(main, shlex.split(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_console_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("cases", "examples"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)  # some of them write files
    if os.environ.get("KAM_RECORD"):
        shown = CONSOLE.sub(lambda found: f"```console\n$ kam-expert {found[1]}\n{printed(found[1])}```", text())
        README.write_text(shown, encoding="utf-8", newline="\n")
    blocks = CONSOLE.findall(text())
    assert len(blocks) >= 2
    for arguments, output in blocks:
        assert output == printed(arguments), f"kam-expert {arguments}: record it with KAM_RECORD=1"


def test_two_commands() -> None:
    commands = re.findall(r"```sh\n(.*?)```", text(), re.S)
    assert len(commands) == 2
    assert "kam-expert diagnose" in commands[0] and "pytest" in commands[1]
    case = re.search(r"cases/\S+\.yaml", commands[0])
    assert case is not None and (ROOT / case[0]).is_file()


def test_python_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", text(), re.S)
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("defence")


def test_a_case_is_diagnosed_under_its_own_profile() -> None:
    """From Python as on the command line."""
    case = load_case(ROOT / "cases" / "closed-theatre.yaml")
    assert case.profile is not None
    assert diagnose(case).recommendation == diagnose(case, load_rulebook(profile=case.profile)).recommendation
    assert diagnose(case).recommendation != diagnose(case, load_rulebook()).recommendation


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", text()))
def test_links(link: str) -> None:
    assert (ROOT / link).exists()
