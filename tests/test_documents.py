"""The documents that are handed over: what each has to contain, and what must never reach a customer."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kam_expert.case import Case, Given, case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.documents.composing import compose
from kam_expert.documents.customer import NotHandedOver
from kam_expert.documents.telling import Enclosed
from kam_expert.plan import Plan
from kam_expert.problems import ProblemsFound
from kam_expert.reports import markdown
from kam_expert.reports.document import Callout, Document, Section
from kam_expert.resources import shipped
from kam_expert.review.history import read_history
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.customer_schema import CustomerEntry
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.schema import InsertRule
from kam_expert.wording import languages, render, wording
from tests import golden_files
from tests.accounts import generated
from tests.conftest import CASES

LANGUAGES = languages()
HANDED_OVER = ("plan", "summary", "customer")
NOTHING = "no plan for this customer"
EXAMPLE = Path(__file__).parents[1] / "examples" / "review" / "recovering-account.yaml"
DAY = date(2026, 10, 1)
SECRET = "Quodlibet 9071"
ODD = 90713.37


@pytest.fixture(scope="module")
def diagnosed(profiled: Callable[[str | None], Rulebook]) -> Callable[[Path], Diagnosis]:
    """The diagnosis of a case file, made once."""

    @cache
    def made(path: Path) -> Diagnosis:
        document = read_case_file(path)
        book = profiled(profile_named_in(document))
        return diagnose(case_from(document, book), book)

    return made


def chapters(document: Document) -> list[tuple[Section, list[Section]]]:
    """The sections of the first level, each with itself and all below it."""
    found: list[tuple[Section, list[Section]]] = []
    for section in document.sections:
        if section.level == 1:
            found.append((section, []))
        found[-1][1].append(section)
    return found


# the rules


def test_each_so_what_does_what_its_examples_say(book: Rulebook) -> None:
    assert book.documents.rules
    for rule in book.documents.rules:
        for kind in ("fires", "silent"):
            for example in getattr(rule.entry, kind):
                truth = evaluate(rule.condition, State(example, book.parameters))
                assert (truth is True) == (kind == "fires"), (rule.id, example)


CUSTOMER, REPORT = "knowledge/customer.yaml", "rules/report/3-follow-up.yaml"
BROKEN = (
    (CUSTOMER, "- id: trading_years", "- id: op_margin", "customer_withheld"),
    (CUSTOMER, "- id: lines_bought", "- id: attractiveness", "reference_unknown"),
    (CUSTOMER, "- id: buying_units_served", "- id: share_of_wallet", "customer_withheld"),
    (
        CUSTOMER,
        "- id: relationship-restore-trust",
        "- number: true\n    id: relationship-restore-trust",
        "customer_withheld",
    ),
    (CUSTOMER, "- id: listening-visit", "- id: listening-visits", "reference_unknown"),
    (REPORT, "{activities_late}", "{activities_latest}", "reference_unknown"),
    (
        REPORT,
        "  if: true\n  text:\n    en: At the",
        "  if: reviews_held >= 1\n  text:\n    en: At the",
        "so_what_missing",
    ),
    (REPORT, "  if: contradictions >= 1\n", "  if: true\n", "so_what_after_the_last"),
    (REPORT, "One of the figures is wrong", "{primary} is wrong", "so_what_last_filled"),
    (REPORT, "A plan is changed by facts", "A plan is changed by {facts", "braces_unbalanced"),
)


def test_what_is_wrong_with_documents_is_said_with_its_place(tmp_path: Path) -> None:
    for folder in ("knowledge", "rules"):
        shutil.copytree(shipped() / folder, tmp_path / folder)
    expected = Counter(code for _, _, _, code in BROKEN)
    for file, old, new, _ in BROKEN:
        path = tmp_path / file
        written = path.read_text(encoding="utf-8")
        assert written.count(old) >= 1, old
        path.write_text(written.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        load_rulebook(tmp_path)
    problems = [each for each in found.value.problems if each.code in expected]
    assert Counter(each.code for each in problems) >= expected
    assert len({(each.file, each.mark.line) for each in problems}) >= len(BROKEN) - 1
    for problem in problems:
        assert problem.mark.line > 1
        for language in LANGUAGES:
            assert render(problem, wording(language))


# the plan


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_section_of_every_plan_ends_in_what_follows(path: Path, diagnosed: Callable[[Path], Diagnosis]) -> None:
    diagnosis = diagnosed(path)
    for language in LANGUAGES:
        words = wording(language)
        found = chapters(compose(diagnosis, words, "plan"))
        sections, appendix = found[:-1], found[-1]
        stated = diagnosis.book.documents.sections
        assert [head.title for head, _ in sections] == [words.text(section.title) for section in stated]
        for head, parts in sections:
            blocks = [block for part in parts for block in part.blocks]
            last = blocks[-1]
            assert isinstance(last, Callout), head.title
            assert last.text.strip()
            assert "{" not in last.text
            assert len(blocks) > 1, f"{head.title} says nothing but what follows from it"
            assert sum(isinstance(block, Callout) for block in blocks) == 1
        assert all(section.blocks for section in appendix[1])


def test_the_plan_lists_every_fact_and_every_rule_that_fired(diagnosed: Callable[[Path], Diagnosis]) -> None:
    diagnosis = diagnosed(CASES[0])
    for language in LANGUAGES:
        words = wording(language)
        whole = markdown.render(compose(diagnosis, words, "plan"))
        for firing in diagnosis.conclusions.firings:
            assert markdown.escaped(words.text(diagnosis.book.rule(firing.rule).entry.title)) in whole
        for name in diagnosis.case.facts:
            assert markdown.escaped(words.text(diagnosis.book.label(name))) in whole


def test_the_plan_tells_what_was_decided_before(diagnosed: Callable[[Path], Diagnosis]) -> None:
    diagnosis = diagnosed(EXAMPLE)
    history = read_history(diagnosis.case, diagnosis.book)
    assert history.accepted
    for language in LANGUAGES:
        told = markdown.render(compose(diagnosis, wording(language), "plan", enclosed=Enclosed(history)))
        untold = markdown.render(compose(diagnosis, wording(language), "plan"))
        for entry in history.accepted:
            row = f"| {entry.on.isoformat()} "
            assert row in told
            assert row not in untold


@pytest.mark.parametrize("kind", HANDED_OVER)
@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_as_they_are(kind: Any, language: str, diagnosed: Callable[[Path], Diagnosis]) -> None:
    diagnosis = diagnosed(shipped() / "cases" / "northern-bottlers.yaml")
    rendered = markdown.render(compose(diagnosis, wording(language), kind))
    golden_files.check(f"documents/northern-bottlers.{language}.{kind}.md", rendered)


@pytest.mark.parametrize("kind", ("report", *HANDED_OVER))
@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
def test_the_command_gives_each_document_in_each_format(kind: str, format_: str) -> None:
    path = shipped() / "cases" / "attractive-prospect.yaml"
    result = CliRunner().invoke(main, ["diagnose", str(path), "--document", kind, "--format", format_])
    assert result.exit_code == 0, result.output
    assert "Merrow Water" in result.output


# what the customer sees


def allowed(book: Rulebook) -> CustomerEntry:
    assert book.documents.customer is not None
    return book.documents.customer


def plain(text: str) -> str:
    return " ".join(text.split())


def handed_over(diagnosis: Diagnosis, language: str) -> str:
    """What the customer reads; of a plan that is not handed over, nothing."""
    try:
        return plain(markdown.render(compose(diagnosis, wording(language), "customer")).replace("\\", ""))
    except NotHandedOver:
        return NOTHING


@cache
def withheld_words(book: Rulebook, language: str) -> set[str]:
    """What names a conclusion, a strategy, a rule or an activity and is not among the words for the customer."""
    told = allowed(book)
    own = {activity.id for activity in told.activities if activity.title is None}
    inserted = [rule.entry.insert for rule in book.rules if isinstance(rule.entry, InsertRule)]
    activities = [*(each for strategy in book.strategies.values() for each in strategy.activities), *inserted]
    texts = [
        *(fact.label for fact in book.facts.values()),
        *(measure.entry.label for measure in book.measures.values()),
        *(book.label(score) for score in book.scores),
        *(model.label for model in book.models.values()),
        *(signal.title for signal in book.signals.values()),
        *(strategy.name for strategy in book.strategies.values()),
        *(candidate.short for candidate in book.candidates.values()),
        *(rule.entry.title for rule in book.rules),
        *(activity.title for activity in activities if activity.id not in own),
        *(activity.kpi for activity in activities),
    ]
    words = wording(language)
    permitted = plain(str(told.model_dump()))
    return {found for each in texts if (found := words.text(each)) and found not in permitted}


def leaks(text: str, words: Iterable[str]) -> list[str]:
    """Those of the words that stand in a text, as words of their own where the script has spaces."""
    found = []
    for word in words:
        pattern = rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
        if re.search(pattern, text):
            found.append(word)
    return found


def disguised(diagnosis: Diagnosis) -> Diagnosis:
    """The same diagnosis with every withheld value replaced: by an odd number, by a name that nobody has.

    Of what is told the source stays: it decides whether the customer recognises the value.
    """
    told = allowed(diagnosis.book)
    safe = {value.id for value in told.values}
    numbered = {goal.id for goal in told.goals if goal.number}
    values = {
        name: value if name in safe else ODD if isinstance(value, int | float) else value
        for name, value in diagnosis.conclusions.values.items()
        if not isinstance(value, bool) or name in safe
    }
    facts = {
        name: replace(given, value=SECRET if isinstance(given.value, str) else given.value, note=SECRET, source="guess")
        if name not in (*safe, told.manager)
        else replace(given, note=SECRET, source=given.source if name in safe else "guess")
        for name, given in diagnosis.case.facts.items()
    }
    plan = diagnosis.plan
    if plan is not None:
        plan = without_reasons(plan, numbered)
    return replace(
        diagnosis,
        case=replace(diagnosis.case, facts=facts, industry=SECRET),
        conclusions=replace(diagnosis.conclusions, values=values, firings=()),
        plan=plan,
        signals=(),
        positions=(),
        scores=(),
        questions=(),
        guesses=(),
        stale=(),
    )


def without_reasons(plan: Plan, numbered: set[str]) -> Plan:
    goals = tuple(goal if goal.id in numbered else replace(goal, start=ODD, target=ODD) for goal in plan.goals)
    activities = tuple(replace(each, because=(), tactic=None) for each in plan.activities)
    return replace(plan, goals=goals, activities=activities, risks=(), waves=(), cut=())


def account(book: Rulebook, inputs: Any, number: int) -> Case:
    """A generated account as a case, with names in all its texts."""
    facts = {name: Given("given", value) for name, value in inputs.values.items() if name in book.facts}
    facts |= {name: Given("given", None, rows=rows) for name, rows in inputs.tables.items()}
    facts |= {name: Given("given", SECRET) for name, fact in book.facts.items() if fact.type == "text"}
    facts.pop(allowed(book).manager or "", None)
    for name in {value.id for value in allowed(book).values} & set(facts):
        facts[name] = replace(facts[name], source="document")
    return Case(f"generated-{number}", "generated.yaml", f"Account {number}", SECRET, "CNY", DAY, None, facts)


def check_handed_over(diagnosis: Diagnosis) -> None:
    """Nothing withheld is named, and nothing withheld makes a difference."""
    for language in LANGUAGES:
        text = handed_over(diagnosis, language)
        assert leaks(text, withheld_words(diagnosis.book, language)) == []
        assert SECRET not in text
        assert handed_over(disguised(diagnosis), language) == text


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_withheld_reaches_the_customer(path: Path, diagnosed: Callable[[Path], Diagnosis]) -> None:
    check_handed_over(diagnosed(path))


def test_nothing_withheld_reaches_the_customer_of_any_account(book: Rulebook) -> None:
    seen, plans = set(), 0
    for number, inputs in enumerate(generated(book, 40, seed=23)):
        diagnosis = diagnose(account(book, inputs, number), book)
        seen.add(diagnosis.recommendation.outcome)
        plans += handed_over(diagnosis, "en") != NOTHING
        check_handed_over(diagnosis)
    assert len(seen) >= 8, "the accounts hardly differ"
    assert plans >= 5, "hardly any of them gets a plan"


def test_a_leak_would_be_found(book: Rulebook, diagnosed: Callable[[Path], Diagnosis]) -> None:
    """The test above can fail: each thing that must not be told is told once, and found."""
    diagnosis = diagnosed(shipped() / "cases" / "northern-bottlers.yaml")
    told = allowed(diagnosis.book)
    first = told.values[0]
    unsafe = {
        "a margin": told.model_copy(update={"values": (first.model_copy(update={"id": "op_margin"}),)}),
        "a name": told.model_copy(update={"manager": "main_competitor"}),
        "a number of a goal": told.model_copy(
            update={"goals": tuple(goal.model_copy(update={"number": True, "kept_by": ()}) for goal in told.goals)}
        ),
    }
    behind = dict.fromkeys(("op_margin", *(goal.id for goal in told.goals)), ("annual_revenue",))
    for what, entry in unsafe.items():
        documents = diagnosis.book.documents
        when = replace(documents.customer_when, behind={**documents.customer_when.behind, **behind})
        documents = replace(documents, customer=entry, customer_when=when)
        leaky = replace(diagnosis, book=replace(diagnosis.book, documents=documents))
        safe_again = replace(disguised(diagnosis), book=leaky.book)
        assert handed_over(safe_again, "en") != handed_over(leaky, "en"), what
    for language in LANGUAGES:
        internal = plain(markdown.render(compose(diagnosis, wording(language), "plan")).replace("\\", ""))
        assert len(leaks(internal, withheld_words(diagnosis.book, language))) > 100


def test_a_direction_that_must_not_be_told_shows_only_what_is_harmless(
    diagnosed: Callable[[Path], Diagnosis],
) -> None:
    untold = 0
    for path in CASES:
        diagnosis = diagnosed(path)
        told, primary = allowed(diagnosis.book), diagnosis.recommendation.primary
        reserved = [audience.reserved for audience in told.audiences]
        aims = {aim.id for aim in told.strategies}
        for language in LANGUAGES:
            text, words = handed_over(diagnosis, language), wording(language)
            if text != NOTHING:
                assert any(plain(words.text(each)) in text for each in reserved) == (primary not in aims), path.stem
                untold += primary not in aims
    assert untold
