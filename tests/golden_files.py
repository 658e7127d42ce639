"""Expected outputs kept as files; `KAM_RECORD=1 pytest` writes them anew, for a person to read before committing."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, actual: str) -> None:
    """The file `name` below `golden/` must equal `actual`."""
    path = GOLDEN / name
    if os.environ.get("KAM_RECORD"):
        assert not os.environ.get("CI"), "golden files are recorded by a person, never in CI"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8", newline="\n")
    assert path.exists(), f"{path} is missing: read the output, then record it with KAM_RECORD=1"
    assert actual == path.read_text(encoding="utf-8"), (
        f"differs from {path}; if it is meant, record it with KAM_RECORD=1"
    )
