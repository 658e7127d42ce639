"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from kam_expert.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ kam-expert (.*?)\n(.*?)```", README, re.S)


def test_readme_has_examples() -> None:
    assert len(SHOWN) >= 2
    commands = re.findall(r"```sh\n(.*?)```", README, re.S)
    assert len(commands) >= 2 and "pytest" in commands[1]


@pytest.mark.parametrize(("arguments", "output"), SHOWN, ids=[each[0] for each in SHOWN])
def test_readme_output(arguments: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, shlex.split(arguments))
    assert done.exit_code == 0, done.output
    if output.endswith("...\n"):
        assert done.stdout.startswith(output.removesuffix("...\n"))
    else:
        assert done.stdout == output
