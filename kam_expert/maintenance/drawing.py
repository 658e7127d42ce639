"""A picture of a graph, drawn by a Graphviz that is installed; without one there is only its text."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("graphviz-pure", "dot")  # the one that comes with pip install 'kam-expert[graph]' first
LONGEST = 300  # seconds


class NoGraphviz(Exception):
    """No program that draws graphs is installed."""


class DrawingFailed(Exception):
    """The program gave no picture; `reason` is what it said."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def svg(text: str) -> str:
    """The graph written in the DOT language as SVG. Raises `NoGraphviz` or `DrawingFailed`."""
    program = _program()
    if program is None:
        raise NoGraphviz
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=text.encode(), capture_output=True, check=False, timeout=LONGEST
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DrawingFailed(str(error)) from None
    drawn = done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")
    if done.returncode or "</svg>" not in drawn:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise DrawingFailed(said[-1] if said else str(done.returncode))
    return drawn


def _program() -> str | None:
    """Beside this Python first, for a virtual environment need not be activated."""
    beside = str(Path(sys.executable).parent)
    found = (shutil.which(name, path=beside) or shutil.which(name) for name in PROGRAMS)
    return next((each for each in found if each is not None), None)
