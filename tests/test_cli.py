"""The command line as its users meet it: exit codes, streams, files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kam_expert.cli import main

ROOT = Path(__file__).parents[1]
CASES = [str(ROOT / "cases" / f"{name}.yaml") for name in ("northern-bottlers", "chairman-only")]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_several_cases_as_one_json_array() -> None:
    done = run("diagnose", *CASES, "--format", "json", "--lang", "zh")
    assert done.exit_code == 0 and done.stderr == ""
    assert [each["case"] for each in json.loads(done.stdout)] == ["northern-bottlers", "chairman-only"]


def test_a_bad_case_does_not_stop_the_good_one(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("case: bad\nfacts: {our_rnak: 1}\n", encoding="utf-8")
    done = run("diagnose", str(bad), CASES[0], "--lang", "en")
    assert done.exit_code == 1
    assert "our_rnak" in done.stderr and "our_rank" in done.stderr
    assert done.stdout.startswith("北方饮料")


def test_output_file_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    done = run("diagnose", CASES[0], "--format", "markdown", "--lang", "zh", "-o", str(target))
    assert done.exit_code == 0 and done.stdout == ""
    assert target.read_text(encoding="utf-8").startswith("# 北方饮料")
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


def test_output_to_nowhere(tmp_path: Path) -> None:
    done = run("diagnose", CASES[0], "-o", str(tmp_path / "missing" / "x.txt"), "--lang", "en")
    assert done.exit_code == 2 and "Traceback" not in done.stderr and "x.txt" in done.stderr


@pytest.mark.parametrize("arguments", [["diagnose"], ["diagnose", CASES[0], "--format", "pdf"], ["nonsense"]])
def test_wrong_use(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_unknown_profile_and_rulebook(tmp_path: Path) -> None:
    done = run("diagnose", CASES[0], "--profile", "manufacturr", "--lang", "en")
    assert done.exit_code == 2 and "manufacturer" in done.stderr and done.stdout == ""
    done = run("diagnose", CASES[0], "--rules", str(tmp_path), "--lang", "zh")
    assert done.exit_code == 2 and done.stdout == "" and "Traceback" not in done.stderr


@pytest.mark.parametrize("profile", ["manufacturer", "service_firm", "distributor"])
def test_profiles(profile: str) -> None:
    done = run("diagnose", CASES[0], "--profile", profile, "--format", "json")
    assert json.loads(done.stdout)["rulebook"]["profile"] == profile


def test_schema_command() -> None:
    assert json.loads(run("rulebook", "schema").stdout)["title"] == "DiagnosisOut"


def test_a_terminal_without_our_signs_gets_plainer_ones() -> None:
    """Chinese Windows writes redirected output as GBK, which has no minus sign."""
    command = [sys.executable, "-m", "kam_expert", "explain", "cases/northern-bottlers.yaml", "how", "primary"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "gbk"}
    done = subprocess.run(
        [*command, "--lang", "zh"], capture_output=True, cwd=ROOT, env=environment, check=True, encoding="gbk"
    )
    assert "＝该客户毛利率 - 综合服务成本率" in done.stdout and done.stderr == ""
