"""Where the shipped knowledge, rules and cases lie: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path


def shipped() -> Path:
    """The folder that holds `knowledge/`, `rules/` and `cases/`."""
    packaged = Path(__file__).parent / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[1]
