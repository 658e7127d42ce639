"""The built wheel, alone in a clean environment, diagnoses a case: nothing else proves the packaging."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_wheel(tmp_path: Path) -> None:
    _run([sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)])
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("rules", "knowledge", "cases"):
        for path in (ROOT / folder).rglob("*.yaml"):
            assert f"kam_expert/data/{path.relative_to(ROOT).as_posix()}" in names
    for path in (ROOT / "kam_expert").rglob("*"):  # templates and scripts beside the modules
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            assert path.relative_to(ROOT).as_posix() in names
    assert not any("tests" in name for name in names)
    home = tmp_path / "clean"
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    _run([str(scripts / "python"), "-m", "pip", "install", "-q", str(wheel)])
    case = tmp_path / "northern-bottlers.yaml"
    case.write_bytes((ROOT / "cases" / case.name).read_bytes())
    shown = _run([str(scripts / "kam-expert"), "diagnose", case.name, "--lang", "en"], cwd=tmp_path)
    assert shown == (ROOT / "tests" / "golden" / "northern-bottlers.en.brief.txt").read_text(encoding="utf-8")


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
