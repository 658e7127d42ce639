"""The plan for the customer: who gets one, from whose figures, and in whose words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.documents.composing import compose
from kam_expert.documents.customer import NotHandedOver
from kam_expert.problems import ProblemsFound
from kam_expert.reports.document import Document, Section, Table
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.customer_schema import CustomerEntry
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import languages, render, wording
from tests.conftest import CASES

LANGUAGES = languages()
CUSTOMER = "knowledge/customer.yaml"
REFUSED = {
    "rebate-question": "compliance-first",
    "turnover-without-profit": "not-pursued",
    "who-are-they": "not-known-enough",
    "handover-notes": "not-known-enough",
    "sold-through-traders": "not-known-enough",
    "after-both-repairs": "parting",
    "plant-closing": "parting",
    "closed-theatre": "nothing-supplied",
}


@pytest.fixture(scope="module")
def diagnosed(profiled: Callable[[str | None], Rulebook]) -> Callable[[str], Diagnosis]:
    """The diagnosis of a shipped case, made once."""

    @cache
    def made(name: str) -> Diagnosis:
        document = read_case_file(shipped() / "cases" / f"{name}.yaml")
        book = profiled(profile_named_in(document))
        return diagnose(case_from(document, book), book)

    return made


def told(book: Rulebook) -> CustomerEntry:
    assert book.documents.customer is not None
    return book.documents.customer


def plan(diagnosis: Diagnosis, language: str = "en") -> Document:
    return compose(diagnosis, wording(language), "customer")


def table(document: Document, first: str) -> Table:
    """The table whose first column has this header."""
    blocks = [block for section in document.sections for block in section.blocks]
    return next(block for block in blocks if isinstance(block, Table) and block.headers[0] == first)


def section(document: Document, title: str) -> Section | None:
    return next((each for each in document.sections if each.title == title), None)


def from_source(diagnosis: Diagnosis, fact: str, source: str | None) -> Diagnosis:
    facts = {**diagnosis.case.facts, fact: replace(diagnosis.case.facts[fact], source=source)}
    return replace(diagnosis, case=replace(diagnosis.case, facts=facts))


# from whose figures


@pytest.mark.parametrize(
    ("source", "shown"), [("customer", True), ("document", True), ("estimate", False), ("guess", False), (None, False)]
)
def test_a_rating_is_the_customers_only_if_it_came_from_there(
    source: str | None, shown: bool, diagnosed: Callable[[str], Diagnosis]
) -> None:
    diagnosis = from_source(diagnosed("leaving-over-service"), "satisfaction", source)
    for language in LANGUAGES:
        words = wording(language)
        rating = next(value.label for value in told(diagnosis.book).values if value.id == "satisfaction")
        goal = next(goal for goal in told(diagnosis.book).goals if goal.id == "value-performance-back-in-order")
        document = plan(diagnosis, language)
        known = [row[0] for row in table(document, words.say("documents.customer.column.what")).rows]
        goals = [row[0] for row in table(document, words.say("documents.customer.column.goal")).rows]
        assert (words.text(rating) in known) == shown
        assert (words.text(goal.title) in goals) == shown


@pytest.mark.parametrize(("source", "shown"), [(None, True), ("document", True), ("estimate", False), ("guess", False)])
def test_what_both_sides_can_count_may_stand_without_a_source(
    source: str | None, shown: bool, diagnosed: Callable[[str], Diagnosis]
) -> None:
    diagnosis = from_source(diagnosed("northern-bottlers"), "trading_years", source)
    assert ("Years of working together" in [row[0] for row in table(plan(diagnosis), "What").rows]) == shown


def test_the_estimate_of_a_shipped_case_is_not_put_to_the_customer(diagnosed: Callable[[str], Diagnosis]) -> None:
    diagnosis = diagnosed("fading-chain")
    assert diagnosis.case.facts["satisfaction"].source == "estimate"
    for language in LANGUAGES:
        assert "0 to 10" not in str(plan(diagnosis, language))
        assert "0～10" not in str(plan(diagnosis, language))


# who gets a plan


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_who_gets_a_plan_and_who_does_not(path: Path, diagnosed: Callable[[str], Diagnosis]) -> None:
    diagnosis = diagnosed(path.stem)
    expected = REFUSED.get(path.stem)
    for language in LANGUAGES:
        try:
            document = plan(diagnosis, language)
        except NotHandedOver as refused:
            assert refused.refusal is not None
            assert refused.refusal.id == expected
        else:
            assert expected is None
            assert document.handed_over
            assert all(each.blocks for each in document.sections)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("format_", ["markdown", "html", "docx", "pptx"])
def test_a_refusal_says_why_and_what_instead_and_writes_nothing(
    format_: str, language: str, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
) -> None:
    names = ["rebate-question", "plant-closing"]
    cases = [str(shipped() / "cases" / f"{name}.yaml") for name in ("northern-bottlers", *names)]
    output = tmp_path / f"plan.{format_}"
    asked = ["--document", "customer", "--format", format_, "--lang", language, "-o", str(output)]
    result = CliRunner().invoke(main, ["diagnose", *cases, *asked])
    assert result.exit_code == 2
    assert not list(tmp_path.iterdir())
    assert result.stdout == ""
    words, told_ = wording(language), told(diagnosed("northern-bottlers").book)
    for name in names:
        refusal = next(each for each in told_.refusals if each.id == REFUSED[name])
        assert diagnosed(name).case.name in result.stderr
        assert words.text(refusal.why) in result.stderr
        assert words.text(refusal.instead) in result.stderr


def with_status(diagnosis: Diagnosis, status: str | None) -> Diagnosis:
    values = {name: value for name, value in diagnosis.conclusions.values.items() if name != "account_status"}
    if status is not None:
        values["account_status"] = status
    return replace(diagnosis, conclusions=replace(diagnosis.conclusions, values=values))


def test_what_is_not_known_refuses(diagnosed: Callable[[str], Diagnosis]) -> None:
    with pytest.raises(NotHandedOver) as unknown_reader:
        plan(with_status(diagnosed("northern-bottlers"), None))
    assert unknown_reader.value.refusal is None
    with pytest.raises(NotHandedOver) as undecided:
        plan(with_status(diagnosed("hospital-behind-a-wall"), None))
    assert undecided.value.refusal is not None
    assert undecided.value.refusal.id == "nothing-supplied"


def test_an_unknown_reader_is_refused_in_words(tmp_path: Path) -> None:
    case = tmp_path / "northern-bottlers.yaml"
    written = (shipped() / "cases" / case.name).read_text(encoding="utf-8")
    assert "account_status: active" in written
    case.write_text(written.replace("account_status: active", "account_status: unknown"), encoding="utf-8")
    for language in LANGUAGES:
        asked = ["--document", "customer", "--format", "markdown", "--lang", language]
        result = CliRunner().invoke(main, ["diagnose", str(case), *asked])
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 2


# for whom it is


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_meant_for_others_is_told(path: Path, diagnosed: Callable[[str], Diagnosis]) -> None:
    diagnosis = diagnosed(path.stem)
    if path.stem in REFUSED:
        return
    status = diagnosis.conclusions.values["account_status"]
    audience = {"prospect": "prospect", "lost": "lost", "dormant": "lost"}.get(str(status), "customer")
    entry = told(diagnosis.book)
    items: list[Any] = [
        *entry.values,
        *entry.strategies,
        *entry.goals,
        *entry.measures,
        *entry.activities,
        *entry.gates,
    ]
    for language in LANGUAGES:
        words, shown = wording(language), str(plan(diagnosis, language))
        texts: dict[bool, set[str]] = {True: set(), False: set()}
        for item in items:
            for name in ("label", "aim", "title", "kpi"):
                text = getattr(item, name, None)
                if text is not None:
                    texts[audience in (item.audiences or ("customer",))].add(words.text(text))
        alien = {text for text in texts[False] if not any(text in own for own in texts[True])}
        assert alien, "everything is for everybody"
        assert [text for text in alien if repr(text)[1:-1] in shown] == []
        stated = next(each for each in entry.audiences if each.id == audience)
        assert words.text(stated.aims) in shown


@pytest.mark.parametrize("name", ["hospital-behind-a-wall", "known-from-outside", "recalled-rival"])
def test_who_has_bought_nothing_is_not_told_of_working_together(
    name: str, diagnosed: Callable[[str], Diagnosis]
) -> None:
    for language, alien in (("en", ("so far", "work brings", "before and after")), ("zh", ("合作至今", "测量前后"))):
        shown = str(plan(diagnosed(name), language))
        assert not [each for each in alien if each in shown]


def test_a_former_customer_is_told_of_a_time_that_is_over(diagnosed: Callable[[str], Diagnosis]) -> None:
    document = plan(diagnosed("lost-after-relocation"), "zh")
    past = section(document, "此前的合作")
    assert past is not None
    assert table(document, "内容").rows == (("曾为贵方供货的年限", "6 年"),)
    assert "双方合作年限" not in str(document)


def test_where_nothing_is_known_there_is_no_section_for_it(diagnosed: Callable[[str], Diagnosis]) -> None:
    diagnosis = diagnosed("northern-bottlers")
    assert section(plan(diagnosis), "Working together so far") is not None
    nothing = {name: replace(given, source="guess") for name, given in diagnosis.case.facts.items()}
    assert (
        section(plan(replace(diagnosis, case=replace(diagnosis.case, facts=nothing))), "Working together so far")
        is None
    )


# what is promised


def test_a_goal_is_promised_only_if_the_roadmap_works_for_it(diagnosed: Callable[[str], Diagnosis]) -> None:
    promised = table(plan(diagnosed("leaving-over-service")), "Goal")
    assert promised.headers == ("Goal", "Measure", "Target", "By")
    assert [row[2:] for row in promised.rows if row[0] == "No issue left open"] == [("0", "2027-01-01")]
    open_ = table(plan(diagnosed("loss-from-our-faults")), "Goal")
    assert [row[2:] for row in open_.rows if row[0] == "No issue left open"] == [("to be agreed", "to be agreed")]


@pytest.mark.parametrize("path", [path for path in CASES if path.stem not in REFUSED], ids=lambda path: path.stem)
def test_no_target_is_a_date_and_no_day_is_promised_without_a_step(
    path: Path, diagnosed: Callable[[str], Diagnosis]
) -> None:
    diagnosis = diagnosed(path.stem)
    assert diagnosis.plan is not None
    due = {goal.due.isoformat() for goal in diagnosis.plan.goals}
    for language in LANGUAGES:
        document, say = plan(diagnosis, language), wording(language).say
        rows = table(document, say("documents.customer.column.goal")).rows
        assert len(rows) >= 3
        days = {row[3] for row in rows} - {say("documents.customer.to_agree"), say("documents.customer.always")}
        assert days <= due
        assert not [row for row in rows if row[2] in due]
        if not any(
            each.title == say("documents.customer.roadmap") for each in document.sections if len(each.blocks) > 1
        ):
            assert not days


# what is wrong with the file


BROKEN = (
    ("if: account_status == prospect", "if: trust_level >= 3", "customer_condition_withheld"),
    ("if: account_status in [active, ending]", "if: account_state == active", "name_unknown"),
    ("if: level == hold", "if: level == holds", "choice_unknown"),
    ("known_to_both: [account_status]", "known_to_both: [account_status, account_state]", "reference_unknown"),
    (
        "    for: [prospect, lost]\n    title: {en: A benefit",
        "    for: [prospects]\n    title: {en: A benefit",
        "reference_unknown",
    ),
    ("    for: [lost]\n    label:", "    for: [prospect]\n    label:", "reference_unknown"),
    ("  - id: G3\n    for: [prospect, lost]\n", "  - id: G3\n    for: [customer]\n", "duplicate_id"),
    ("kept_by: [joint-waste-session,", "kept_by: [joint-waste-sessions,", "reference_unknown"),
    ('{en: "{account}: how', '{en: "{accounts}: how', "reference_unknown"),
    ('zh: "{account}：合作建议"', 'zh: "{account：合作建议"', "braces_unbalanced"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    for name in ("knowledge", "rules"):
        shutil.copytree(shipped() / name, folder / name)
    return folder


def problems(book: Path, *changes: tuple[str, str]) -> ProblemsFound:
    path = book / CUSTOMER
    whole = path.read_text(encoding="utf-8")
    changed = whole
    for old, new in changes:
        assert changed.count(old) >= 1, old
        changed = changed.replace(old, new, 1)
    path.write_text(changed, encoding="utf-8")
    try:
        with pytest.raises(ProblemsFound) as found:
            load_rulebook(book)
    finally:
        path.write_text(whole, encoding="utf-8")
    return found.value


def test_what_is_wrong_is_said_with_its_place(copied: Path) -> None:
    found = problems(copied, *((old, new) for old, new, _ in BROKEN))
    codes = sorted(each.code for each in found.problems)
    assert codes == sorted(code for _, _, code in BROKEN)
    assert len({each.mark for each in found.problems}) == len(BROKEN)
    for problem in found.problems:
        assert problem.file == CUSTOMER
        assert problem.mark.line > 1
        for language in LANGUAGES:
            assert render(problem, wording(language))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sources: [document, customer]\n", "sources: [document, hearsay]\n"),
        ("sources: [document, customer]\n", ""),
        ("refusals:\n", "refusal:\n"),
        ("    if: level == hold\n", "    if: primary == managed_exit\n"),
        ("    if: level == screening\n", "    if: level == screening and account_status == active\n"),
    ],
)
def test_what_opens_the_plan_to_more_than_was_meant_is_refused(old: str, new: str, copied: Path) -> None:
    found = problems(copied, (old, new))
    assert {each.file for each in found.problems} == {CUSTOMER}
