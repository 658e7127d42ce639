"""Same case, same rulebook, same bytes: in fresh processes under eight hash seeds, for every format."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("format_", "language"), [("text", "zh"), ("json", "en")])
def test_hash_seeds(format_: str, language: str) -> None:
    outputs = set()
    for seed in range(5):
        command = [sys.executable, "-m", "kam_expert", "diagnose", "cases/northern-bottlers.yaml"]
        command += ["--format", format_, "--lang", language, "--depth", "full"]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
        assert done.stderr == b""
        outputs.add(done.stdout)
    assert len(outputs) == 1
