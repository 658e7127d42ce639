"""Whole interviews: through a file of answers, a pipe and a real terminal; left, killed and resumed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner, Result

from kam_expert.case import Case, load_case
from kam_expert.cli import main
from kam_expert.interview.progress import read_progress
from kam_expert.rulebook.book import Rulebook

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "kam_expert", "interview"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"}
DAY = ("--as-of", "2026-11-24")
SCRIPT = """
- account_status: active
- trading_years: 6
- strategic_industry_position: 四
- annual_revenue: 210万
- revenue_prev_year: ~2.05m
- unknown: revenue_share
- gross_margin_pct: 31%
- lines_relevant: 6
- lines_bought: 3
- category_spend: 4,200,000
- incumbency: main
- months_to_tender: 5个月
- competitor_activity: 5
- skip: price_orientation
- later: trust_level
- compliance_flag: 否
- trust_level: 3
"""


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["interview", *arguments, *DAY])


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.mark.parametrize(("language", "result", "status"), [("en", "Result", "answered"), ("zh", "结果", "已答")])
def test_a_file_of_answers_is_an_interview(
    language: str, result: str, status: str, tmp_path: Path, script: Path, book: Rulebook
) -> None:
    path = tmp_path / "northern.yaml"
    done = invoke(str(path), "--answers", str(script), "--full", "--lang", language)
    assert done.exit_code == 0 and f"-- {result} -" in done.stdout and status in done.stdout
    case = load_case(path, book)
    assert case.facts["annual_revenue"].value == 2_100_000
    assert case.facts["revenue_prev_year"].source == "estimate"  # about so much
    assert case.facts["revenue_share"].state == "unknown"
    assert case.facts["trust_level"].value == 3 and "price_orientation" not in case.facts
    again = invoke(str(path), "--answers", str(script), "--full", "--lang", language)
    assert again.exit_code == 0 and load_case(path, book).facts == case.facts


def test_what_a_file_of_answers_could_not_use_is_said(tmp_path: Path) -> None:
    script = tmp_path / "answers.yaml"
    script.write_text("- account_status: prospect\n- annual_revenue: 0\n- revenue_share: 9\n", encoding="utf-8")
    done = invoke(str(tmp_path / "a.yaml"), "--answers", str(script), "--lang", "en")
    assert "Share of our total sales (revenue_share): 9" in done.stdout  # applies to trading accounts only


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "a list"),
        ("- anual_revenue: 5\n", "annual_revenue"),
        ("- {unknown: revenu_share}\n", "fact nor a command"),
        ("- [", "answers.yaml:"),
    ],
)
def test_a_wrong_file_of_answers(text: str, message: str, tmp_path: Path) -> None:
    script = tmp_path / "answers.yaml"
    script.write_text(text, encoding="utf-8")
    done = invoke(str(tmp_path / "a.yaml"), "--answers", str(script), "--lang", "en")
    assert done.exit_code == 2 and message in done.stderr and not (tmp_path / "a.yaml").exists()


def test_wrong_use(tmp_path: Path) -> None:
    done = invoke(str(tmp_path / "missing" / "a.yaml"), "--lang", "en")
    assert done.exit_code == 2 and "a.yaml" in done.stderr
    bad = tmp_path / "bad.yaml"
    bad.write_text("case: bad\nfacts: {our_rnak: 1}\n", encoding="utf-8")
    done = invoke(str(bad), "--lang", "en")
    assert done.exit_code == 1 and "our_rank" in done.stderr
    assert CliRunner().invoke(main, ["interview", str(bad), "--as-of", "June"]).exit_code == 2


def pipe(lines: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments, *DAY],
        input=lines,
        text=True,
        encoding="utf-8",
        capture_output=True,
        cwd=folder,
        env=ENVIRONMENT,
        check=False,
    )


def test_a_pipe_starts_a_case_and_its_end_is_a_quit(tmp_path: Path, book: Rulebook) -> None:
    lines = "北方饮料\n饮料\n\n\n转到 客户状态\n合作中\n转到 合作年限\n６\nback\n7\nwhy\nso far\n"
    lines += "goto strategic_industry_position\n约４\n\n"
    done = pipe(lines, "--lang", "zh", folder=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    case = load_case(tmp_path / "北方饮料.yaml", book)
    assert (case.name, case.industry, case.facts["trading_years"].value) == ("北方饮料", "饮料", 7)
    assert case.facts["strategic_industry_position"].source == "estimate"
    assert "回答都已保存" in done.stdout and "Traceback" not in done.stdout


def test_where_all_is_answered_one_more_look_does_not_open_all_questions(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cases" / "northern-bottlers.yaml", tmp_path)
    done = pipe("s\nhm\ngoto our_rank\n1\n", "northern-bottlers.yaml", "--lang", "en", folder=tmp_path)
    assert "“hm” means nothing here" in done.stdout and "Our rank among the suppliers: 1" in done.stdout
    assert "mode: short" in (tmp_path / "northern-bottlers.interview.yaml").read_text(encoding="utf-8")


def test_what_a_profile_assumes_is_not_shown_as_an_answer_of_the_file(tmp_path: Path) -> None:
    text = "case: a\naccount: {name: A}\nas_of: 2026-10-01\nfacts: {}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    done = pipe("q\n", "a.yaml", "--profile", "distributor", "--lang", "en", folder=tmp_path)
    assert "enterprise profile" not in done.stdout and "1. " in done.stdout


def test_two_files_are_merged_and_differences_asked(tmp_path: Path, book: Rulebook) -> None:
    head = "account: {name: A}\nas_of: 2026-10-01\nfacts:\n  account_status: active\n"
    (tmp_path / "ann.yaml").write_text(f"case: ann\n{head}  our_rank: 1\n  supplier_count: 3\n", encoding="utf-8")
    other = "  our_rank: {value: 2, source: guess}\n  supplier_count: 4\n  trust_level: 3\n"
    (tmp_path / "bob.yaml").write_text(f"case: bob\n{head}{other}", encoding="utf-8")
    done = pipe("2\ns\nq\n", "ann.yaml", "--merge", "bob.yaml", "--lang", "en", folder=tmp_path)
    assert done.returncode == 0
    assert re.search(r"1  ann\.yaml  3\s.*?2  bob\.yaml  4", done.stdout, re.DOTALL)
    case = load_case(tmp_path / "ann.yaml", book)
    facts = {name: case.facts[name].value for name in ("our_rank", "supplier_count", "trust_level")}
    assert facts["trust_level"] == 3
    sidecar = (tmp_path / "ann.interview.yaml").read_text(encoding="utf-8")
    taken = [facts["our_rank"] == 2, facts["supplier_count"] == 4]
    assert taken.count(True) == 1 and '"bob.yaml"' in sidecar  # one settled, one still to be checked
    progress, _ = read_progress(tmp_path / "ann.interview.yaml", book.facts, "en", "short")
    settled = "our_rank" if taken[0] else "supplier_count"
    assert progress.taken == {settled: "bob.yaml", "trust_level": "bob.yaml"}  # who said it is not lost
    assert re.search(r"Customer's trust in us +3 of 5 +from bob\.yaml", done.stdout)


def spawn(*arguments: str, folder: Path) -> pexpect.spawn:
    process = pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], *arguments, *DAY], cwd=str(folder), env=ENVIRONMENT, encoding="utf-8", timeout=60
    )
    process.setwinsize(50, 100)
    return process


ANY = r"\d+\. "
TALKS = {  # what appears, and what is typed then; questions are chosen by name, for their order is the adviser's
    "en": [
        (r"called\?", "Northern Bottlers"),
        (r"industry", "drinks"),
        (r"kind of firm", "2"),
        (r"Save as", ""),
        (ANY, "goto account_status"),
        (r"Where does our trade", "active"),
        (r"Account status: active", None),
        (ANY, "goto years of trading"),
        (r"How many years", "half a dozen"),
        (r"not a number", "\x156"),  # Ctrl-U clears what was offered again
        (r"6 years", None),
        (ANY, "goto strategic_industry_position"),
        (r"What position", "why"),
        (r"rules wait|No rule", "u"),
        (r"industry: not known", None),
        (ANY, "back"),
        (r"What position.*now: not known", "4"),
        (r"4 of 5", None),
        (ANY, "language"),
        (r"从这里起用中文", None),
        (ANY, "结束"),
        (r"最值得弄清的信息", None),
    ],
    "zh": [
        (r"叫什么名称", "北方饮料"),
        (r"行业", "饮料"),
        (r"哪一类企业", ""),
        (r"保存为", "north"),
        (ANY, "转到 客户状态"),
        (r"生意目前", "合作中"),
        (r"客户状态：合作中", None),
        (ANY, "转到 合作年限"),
        (r"多少年", "很多年"),
        (r"读不成数字", "帮助"),  # behind what still stands in the field
        (r"任何时候.*返回 3）  +继续", "不清楚"),
        (r"合作年限：不清楚", None),
        (ANY, "返回"),
        (r"现有回答：不清楚", "6 年"),
        (r"合作年限：6 年", None),
        (ANY, "english"),
        (r"English from here", None),
        (ANY, "q"),
        (r"All answers are saved", None),
    ],
}


@pytest.mark.parametrize("language", TALKS)
def test_a_real_terminal(language: str, tmp_path: Path, book: Rulebook) -> None:
    process = spawn("--lang", language, folder=tmp_path)
    for wanted, typed in TALKS[language]:
        process.expect(re.compile(wanted, re.DOTALL))
        if typed is not None:
            process.expect("> ")
            process.sendline(typed)
    process.expect(pexpect.EOF)
    process.wait()
    assert process.exitstatus == 0
    name = {"en": "northern-bottlers", "zh": "north"}[language]
    case = load_case(tmp_path / f"{name}.yaml", book)
    assert case.facts["account_status"].value == "active" and case.facts["trading_years"].value == 6


def test_interrupt_is_a_quit(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("case: a\naccount: {name: A}\nas_of: 2026-10-01\nfacts: {}\n", encoding="utf-8")
    process = spawn("a.yaml", "--lang", "en", folder=tmp_path)
    process.expect(r"1\. ")
    process.expect("> ")
    process.sendcontrol("c")
    process.expect("All answers are saved")
    process.expect(pexpect.EOF)
    process.wait()
    assert process.exitstatus == 0


# killed at any moment

ECHO = re.compile(r"^  = (.+?): ", re.MULTILINE)


def finished(folder: Path, script: Path, book: Rulebook) -> tuple[Case, str]:
    """An interview from the file of answers to its end, and the result it shows."""
    done = pipe("", "a.yaml", "--answers", str(script), "--lang", "en", folder=folder)
    assert done.returncode == 0 and done.stderr == ""
    result = re.split("Not used|Saved:", done.stdout[done.stdout.index("-- Result") :])[0].rstrip()
    return load_case(folder / "a.yaml", book), result


def kill_and_resume(chains: int, kills: int, tmp_path: Path, script: Path, book: Rulebook) -> None:
    """Interviews that are killed again and again at moments picked by chance, each time going on from the files."""
    whole = tmp_path / "whole"
    whole.mkdir()
    expected, result = finished(whole, script, book)
    labels = {fact.label.en: name for name, fact in book.facts.items()}
    for chain in range(chains):
        chance = random.Random(chain)
        folder = tmp_path / str(chain)
        folder.mkdir()
        for _ in range(kills):
            printed = killed(folder, script, chance)
            echoed = {labels[label] for label in ECHO.findall(printed) if label in labels}
            if not (folder / "a.yaml").exists():
                assert not echoed
                continue
            case = load_case(folder / "a.yaml", book)  # whole, and it parses
            sidecar = folder / "a.interview.yaml"
            assert not sidecar.exists() or read_progress(sidecar, book.facts, "en", "short")[1] is None
            assert all(case.facts[name] == expected.facts[name] for name in echoed)
        resumed, again = finished(folder, script, book)
        assert resumed.facts == expected.facts
        assert again == result


def killed(folder: Path, script: Path, chance: random.Random) -> str:
    """What an interview printed until it was killed: at once, or some moments after one of its next answers."""
    process = subprocess.Popen(
        [*COMMAND, "a.yaml", "--answers", str(script), "--lang", "en", *DAY],
        stdout=subprocess.PIPE,
        cwd=folder,
        env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    seen, after = b"", chance.randrange(0, 4)
    while seen.count(b"\n  = ") < after and (piece := os.read(process.stdout.fileno(), 4096)):
        seen += piece
    time.sleep(chance.random() * (0.3 if after else 2))
    process.send_signal(signal.SIGKILL)
    seen += process.stdout.read()
    process.stdout.close()
    process.wait()
    return seen.decode("utf-8", "ignore")


def test_killed_and_resumed(tmp_path: Path, script: Path, book: Rulebook) -> None:
    kill_and_resume(1, 2, tmp_path, script, book)


@pytest.mark.slow
def test_killed_and_resumed_at_many_points(tmp_path: Path, script: Path, book: Rulebook) -> None:
    kill_and_resume(4, 10, tmp_path, script, book)
