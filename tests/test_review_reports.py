"""What is reported between reviews, figures above all; two people at once; the calendar; the hand-over; noise."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.maintenance.plausible import plausible
from kam_expert.problems import ProblemsFound
from kam_expert.resources import shipped
from kam_expert.review import recording
from kam_expert.review.history import History, append, history_file, read_history
from kam_expert.review.kpis import Measured, Reading, flat_since, share_on_target
from kam_expert.review.locking import Busy, locked
from kam_expert.review.recording import Decision
from kam_expert.review.reviewing import Review, review
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import load_territory
from tests import golden_files
from tests.test_review_years import state

STEM = "recovering-account"


@pytest.fixture(scope="module")
def maker(profiled: Callable[[str | None], Rulebook]) -> Rulebook:
    return profiled("manufacturer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case whose plan is in force."""
    found = tmp_path / f"{STEM}.yaml"
    found.write_text((shipped() / "cases" / f"{STEM}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    state(found, "2026-10-01", {"managed_by": "Zhao"})
    assert run("review", found, "--on", "2026-10-05", "--accept", "--by", "Zhao").exit_code == 0
    return found


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def look(path: Path, book: Rulebook, day: str) -> Review:
    case = load_case(path, book)
    return review(case, book, read_history(case, book), date.fromisoformat(day))


def kpi(found: Review, name: str) -> Measured:
    return next(each for each in found.measured if each.name == name)


# figures


@pytest.mark.parametrize(
    ("typed", "value", "target", "unit", "limit"),
    [
        ("3/8", 3, 8, None, False),
        ("3 of 8", 3, 8, None, False),
        ("６０％／80%", 60, 80, "percent", False),
        ("六成", 60, None, "percent", False),
        ("1/<=2", 1, 2, None, True),
        ("1／不超过2", 1, 2, None, True),
        ("1.2万/5万", 12000, 50000, None, False),
        ("about 4", 4, None, None, False),
    ],
)
def test_figures_are_read_as_people_type_them(
    path: Path, maker: Rulebook, typed: str, value: float, target: float | None, unit: str | None, limit: bool
) -> None:
    done = run("review", path, "--on", "2026-11-12", "--kpi", f"fix-proof={typed}", "--by", "Zhao")
    assert done.exit_code == 0, done.output
    found = kpi(look(path, maker, "2026-12-01"), "fix-proof")
    assert (found.value, found.target, found.unit, found.at_most) == (value, target, unit, limit)
    assert found.last is not None
    assert (found.last.on, found.last.by) == (date(2026, 11, 12), "Zhao")
    assert found.last.source == ("estimate" if typed.startswith("about") else None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--kpi", "fix-prof=3"), "fix-proof"),
        (("--kpi", "fix-proof"), "fix-proof"),
        (("--kpi", "fix-proof=many"), "many"),
        (("--kpi", "fix-proof=3-4"), "3-4"),
        (("--kpi", "fix-proof=-1"), "-1"),
        (("--kpi", "fix-proof=120%"), "120%"),
        (("--kpi", "fix-proof=3kg"), "kg"),
        (("--kpi", "fix-proof=3", "--kpi", "fix-proof=4"), "fix-proof"),
        (("--done", "fix-prof"), "fix-proof"),
        (("--done", "fix-proof", "--cancelled", "fix-proof"), "fix-proof"),
        (("--delayed", "fix-proof=soon"), "soon"),
        (("--won", " "), "--won"),
        (("--source", "customer"), "--kpi"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_report_is_said_and_not_written(
    path: Path, arguments: tuple[str, ...], told: str, language: str
) -> None:
    before = history_file(path).read_bytes()
    done = run("review", path, "--on", "2026-11-12", *arguments, "--lang", language)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output
    assert history_file(path).read_bytes() == before


def test_a_figure_damaged_in_the_history_is_located(path: Path, maker: Rulebook) -> None:
    assert run("review", path, "--on", "2026-11-12", "--kpi", "fix-proof=60%").exit_code == 0
    file = history_file(path)
    whole = file.read_text(encoding="utf-8")
    for damage, code in (("value: 60", "value: 600"), ("name: fix-proof", "name: fix-prof")):
        file.write_text(whole.replace(damage, code), encoding="utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_history(load_case(path, maker), maker)
        wrong = found.value.problems[0]
        assert wrong.code in ("history_kpi", "history_kpi_range")
        assert wrong.mark.line == len(whole.splitlines())


def test_results_come_from_the_facts_and_leading_kpis_from_the_record(path: Path, maker: Rulebook) -> None:
    run("review", path, "--on", "2026-11-12", "--kpi", "fix-proof=2/8")
    assert run("review", path, "--on", "2026-12-01", "--accept").exit_code == 0
    run("review", path, "--on", "2026-12-10", "--kpi", "fix-proof=6")
    state(path, "2027-01-04", {"satisfaction": 8})
    found = look(path, maker, "2027-01-04")
    trust, proof = kpi(found, "value-performance-back-in-order"), kpi(found, "fix-proof")
    assert [reading.value for reading in trust.readings] == [4, 4, 8]
    assert (trust.leading, trust.trend(date(2026, 12, 1))) == (False, "better")
    assert (proof.leading, proof.target, proof.trend(date(2026, 12, 1))) == (True, 8, "better")
    assert proof.on_target(found.on) is False
    told = json.loads(run("review", path, "--on", "2027-01-04", "--format", "json").output)
    by_name = {each["name"]: each for each in told["figures"] if each["leading"]}
    assert by_name["fix-proof"]["readings"][-1] == {"on": "2026-12-10", "value": 6.0, "source": None, "by": None}


def measured(values: list[float], target: float | None, *, limit: bool = False, leading: bool = True) -> Measured:
    readings = tuple(Reading(date(2026, month, 1), value) for month, value in enumerate(values, start=1))
    days = date(2026, 1, 1), date(2026, 12, 31)
    start = 0.0 if leading else values[0] if values else None
    return Measured("x", "x", "activity", leading, None, *days, start, target, limit, readings)


@given(
    values=st.lists(st.integers(0, 20).map(float), max_size=6),
    target=st.none() | st.integers(0, 20).map(float),
    limit=st.booleans(),
    leading=st.booleans(),
)
def test_what_is_reached_is_never_short(values: list[float], target: float | None, limit: bool, leading: bool) -> None:
    found = measured(values, target, limit=limit and leading, leading=leading)
    on = date(2026, 12, 31)
    short = found.shortfall(on)
    assert (found.on_target(on) is None) == (target is None or not values)
    if found.on_target(on):
        assert short in (None, 0)
        assert found.excess is not None
        assert found.excess <= 0
    if found.reached:
        assert flat_since([found]) is None
    assert share_on_target([found], on) in (None, 0, 100)


def test_an_activity_put_off_has_its_new_day_and_one_called_off_is_not_waited_for(path: Path, maker: Rulebook) -> None:
    reported = ("--delayed", "fix-proof=2027/3/1", "--cancelled", "trust-check", "--lost", "mill 4")
    assert run("review", path, "--on", "2026-11-12", *reported).exit_code == 0
    found = look(path, maker, "2027-01-12")
    activities = {each.id: each for each in found.history.activities}
    assert activities["fix-proof"].end == date(2027, 3, 1)
    assert {"fix-proof", "trust-check"}.isdisjoint(each.id for each in found.overdue)
    assert found.values["put_off"] == 2
    assert "review-opportunity-decided" in {each.rule.id for each in found.noticed}


# two people at once


WRITER = """
import sys, time
from datetime import date
from pathlib import Path
from kam_expert.case import load_case
from kam_expert.review import recording
from kam_expert.review.history import HistoryMoved, append, read_history
from kam_expert.review.recording import Report
from kam_expert.rulebook.loading import load_rulebook
path, go, who = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
book = load_rulebook(profile="manufacturer")
history = read_history(load_case(path, book), book)
Path(f"{go}.{who}").touch()
while not go.exists():
    time.sleep(0.001)
entry = recording.progress(history, Report(won=(who,)), date(2026, 11, 12), who, None)
try:
    append(history, entry)
except HistoryMoved:
    sys.exit(3)
"""


def test_of_two_at_once_one_is_told_to_look_again(path: Path, maker: Rulebook, tmp_path: Path) -> None:
    go = tmp_path / "go"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(go), who],
            env={**os.environ, "PYTHONPATH": str(shipped())},
        )
        for who in ("Li", "Wang")
    ]
    while not all(Path(f"{go}.{who}").exists() for who in ("Li", "Wang")):
        assert all(process.poll() is None for process in running)
        time.sleep(0.01)
    go.touch()
    assert sorted(process.wait(60) for process in running) == [0, 3]
    entries = read_history(load_case(path, maker), maker).progress
    assert len(entries) == 1
    assert entries[0].won == (entries[0].by,)
    assert not list(tmp_path.glob(".*.lock"))


def test_a_lock_ends_with_its_holder_and_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "x.history.yaml"
    (tmp_path / ".x.history.yaml.lock").write_text("left by a process that was killed", encoding="utf-8")
    with locked(file), pytest.raises(Busy), locked(file, patience=0.1):
        pass
    with locked(file, patience=0.1):
        pass


def test_a_busy_history_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam_expert.review.locking.PATIENCE", 0.1)
    monkeypatch.setattr(locked.__wrapped__, "__defaults__", (0.1,))  # type: ignore[attr-defined]
    with locked(history_file(path)):
        done = run("review", path, "--on", "2026-11-12", "--done", "fix-proof", "--lang", "en")
    assert done.exit_code == 2
    assert "somebody else" in done.output


# the calendar


def written(path: Path, day: str, tmp_path: Path, language: str = "zh") -> tuple[bytes, dict[str, object]]:
    file = tmp_path / f"{day}.ics"
    done = run("review", path, "--on", day, "--ics", file, "--lang", language)
    assert done.exit_code == 0, done.output
    content = file.read_bytes()
    return content, {str(event["UID"]): event for event in Calendar.from_ical(content.decode()).walk("VEVENT")}


def test_a_calendar_is_updated_in_place(path: Path, tmp_path: Path) -> None:
    content, first = written(path, "2026-10-06", tmp_path)
    golden_files.check("review/calendar.zh.ics", content.decode().replace("\r\n", "\n"))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert all(b"\n" not in line for line in content.split(b"\r\n"))
    assert len(first) > 10
    uid = f"{STEM}-activity-fix-proof@kam-expert"
    event = first[uid]
    assert isinstance(event["DTSTART"].dt, date)  # type: ignore[index]
    assert event["SEQUENCE"] == 0  # type: ignore[index]
    reported = ("--delayed", "fix-proof=2027-03-01", "--cancelled", "trust-check", "--done", "listening-visit")
    run("review", path, "--on", "2026-11-12", *reported)
    _, second = written(path, "2026-11-13", tmp_path)
    assert set(first) - set(second) == {f"{STEM}-activity-listening-visit@kam-expert"}
    assert second[uid]["SEQUENCE"] == 1  # type: ignore[index]
    assert second[uid]["DTEND"].dt == date(2027, 3, 2)  # type: ignore[index]
    assert str(second[uid]["SUMMARY"]) == str(event["SUMMARY"])  # type: ignore[index]
    gone = second[f"{STEM}-activity-trust-check@kam-expert"]
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 1)  # type: ignore[index]
    state(path, "2027-01-10", {"compliance_flag": "yes"})
    assert run("review", path, "--on", "2027-01-10", "--accept").exit_code == 0
    _, third = written(path, "2027-01-11", tmp_path)
    assert {str(event["STATUS"]) for event in third.values()} == {"CANCELLED"}  # type: ignore[index]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=200).filter(lambda text: text.strip() and text.isprintable()))
def test_any_name_fits_a_calendar(name: str, path: Path, maker: Rulebook) -> None:
    from kam_expert.review.calendar import calendar
    from kam_expert.review.titles import Titles
    from kam_expert.wording import wording

    history = read_history(load_case(path, maker), maker)
    plan = look(path, maker, "2026-11-01").proposed
    content = calendar("x", name, plan, history, date(2026, 11, 1), Titles(maker, wording("zh")))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    summaries = [str(event["SUMMARY"]) for event in Calendar.from_ical(content.decode()).walk("VEVENT")]
    assert summaries
    assert all(name in summary for summary in summaries)


# the hand-over


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_hand_over_is_planned_from_the_day_of_the_change(path: Path, language: str) -> None:
    state(path, "2026-11-10", {"managed_by": "Li"})
    told = run("review", path, "--on", "2026-11-12", "--lang", language).output
    assert "Zhao" in told
    for day in ("2026-11-12", "2026-11-25", "2026-12-10"):
        assert day in told
    markdown = run("review", path, "--on", "2026-11-12", "--lang", language, "--format", "markdown").output
    page = run("review", path, "--on", "2026-11-12", "--lang", language, "--format", "html").output
    assert "| 2026-12-10" in markdown
    assert "<html" in page
    assert "2026-12-10" in page
    assert "<script src" not in page


def test_the_people_of_the_case_are_to_be_met(path: Path, maker: Rulebook) -> None:
    state(path, "2026-11-10", {"managed_by": "Li"})
    people = [str(row["name"]) for row in load_case(path, maker).facts["contact_table"].rows]
    told = run("review", path, "--on", "2026-11-12", "--lang", "en", "--format", "markdown").output
    shown = told.split("People to meet by 2026-11-25")[1]
    assert people
    assert all(name in shown for name in people)


# noise


def test_noise_does_not_turn_a_primary_in_force(profiled: Callable[[str | None], Rulebook], tmp_path: Path) -> None:
    """Ratings that move by one turn a strategy only by a clear lead, by a forced rule, or because it is closed."""
    book = profiled(None)
    territory = load_territory(book)
    draws = random.Random(20261128)
    least = book.parameters["switch_margin"]
    kept = reviewed = 0
    for number in range(45):
        case = plausible(territory, book, 7, number)
        path = tmp_path / f"{number}.yaml"
        start = review(replace(case, file=str(path)), book, History(history_file(path), "", ()), case.as_of)
        primary = start.proposed.choice.primary
        if primary is None:
            continue
        append(start.history, recording.accepted(start, Decision("Li")))
        facts = dict(case.facts)
        ratings = [n for n, g in facts.items() if book.facts[n].type == "rating" and isinstance(g.value, int)]
        for name in draws.sample(ratings, min(3, len(ratings))):
            value = facts[name].value
            assert isinstance(value, int)
            moved = min(5, max(1, value + draws.choice((-1, 1))))
            facts[name] = replace(facts[name], value=moved)
        noisy = replace(case, file=str(path), facts=facts)
        found = review(noisy, book, read_history(noisy, book), case.as_of)
        reviewed += 1
        if found.proposed.choice.primary == primary:
            kept += found.values["other_primary"] is True
            continue
        if found.proposed.choice.primary is None:  # held or suspended
            continue
        clear = float(found.values.get("primary_margin", 0)) >= least
        assert clear or found.values["other_forced"] or found.values["primary_closed"], (number, dict(found.values))
    assert reviewed > 25
    assert kept, "no account in which the recommendation moved and the strategy in force stayed: nothing was tried"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paper_for_the_meeting(path: Path, tmp_path: Path, language: str) -> None:
    """As a Word file it has the headings of the text, and what the tables of the text say."""
    told = run("review", path, "--on", "2026-12-04", "--format", "markdown", "--lang", language)
    paper = tmp_path / "review.docx"
    done = run("review", path, "--on", "2026-12-04", "--format", "docx", "-o", paper, "--lang", language)
    assert done.exit_code == 0, done.output
    word = Document(str(paper))
    headings = [each.text for each in word.paragraphs if each.style and str(each.style.name).startswith("Heading")]
    assert headings == [line.lstrip("# ") for line in told.output.splitlines() if line.startswith(("## ", "### "))]
    plain = told.output.replace("\\", "")  # what Markdown would read as its own signs
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells if cell.text]
    assert len(cells) > 20
    assert [cell for cell in cells if not all(part in plain for part in cell.split("\n"))] == []


def test_a_paper_needs_a_file(path: Path) -> None:
    done = run("review", path, "--on", "2026-12-04", "--format", "docx", "--lang", "en")
    assert done.exit_code == 2 and "-o" in done.output
