"""All checks of a rulebook, and one run of them.

A new check is a function from a `Subject` to what it finds, a line in `CHECKS`, and its three phrases in the catalogue
under `check.<id>`: what it looks for, what it found, what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kam_expert.case import case_files_in, case_from, profile_named_in, read_case_file
from kam_expert.engines import plain
from kam_expert.maintenance import evidence, texts, unread, weighing
from kam_expert.maintenance.acceptance import apply_acceptances, idle_acceptances, read_acceptances
from kam_expert.maintenance.findings import Check, Finding, Severity, Subject
from kam_expert.maintenance.usage import usage
from kam_expert.problems import Mark, Problem, ProblemsFound
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.reading import read_files
from kam_expert.rulebook.schema import Text

CHECKS = (
    Check("wrong-example", "error", evidence.examples_that_lie),
    Check("never-fires", "error", weighing.rules_that_never_fire),
    Check("placeholder", "error", texts.texts_still_to_be_written),
    Check("unused-fact", "warning", unread.unused_facts),
    Check("printed-only-read", "warning", unread.facts_not_only_printed),
    Check("unused-parameter", "warning", unread.unused_parameters),
    Check("unread-measure", "warning", unread.unread_measures),
    Check("unread-score", "warning", unread.unread_scores),
    Check("cell-without-row", "warning", unread.cells_without_row),
    Check("strategy-without-vote", "warning", weighing.strategies_without_vote),
    Check("strategy-without-place", "warning", weighing.strategies_without_place),
    Check("pair-stated-twice", "warning", weighing.pairs_stated_twice),
    Check("pair-out-of-place", "warning", weighing.pairs_out_of_place),
    Check("same-rule", "warning", weighing.rules_that_say_the_same),
    Check("double-vote", "warning", weighing.votes_counted_twice),
    Check("no-silent-example", "warning", evidence.rules_never_shown_silent),
    Check("same-in-both", "warning", texts.texts_the_same_in_both),
    Check("zh-not-chinese", "warning", texts.chinese_without_chinese),
    Check("en-not-english", "warning", texts.english_with_chinese),
    Check("half-width-mark", "warning", texts.half_width_marks),
    Check("banned-word", "warning", texts.banned_words),
    Check("text-too-long", "warning", texts.texts_too_long),
    Check("uncited-source", "note", unread.uncited_sources),
    Check("no-case", "note", evidence.rules_that_no_case_defends, by_cases=True),
)
IDLE_ACCEPTANCE: tuple[str, Severity] = ("idle-acceptance", "warning")
CASES = "cases"


@dataclass(frozen=True)
class Checked:
    """One run over a rulebook.

    `problems`: what keeps it, its cases or its acceptances from being read; without a book that loads nothing else is
    checked. `checks`: the ids of the checks made.
    """

    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()
    accepted: tuple[tuple[Finding, Text], ...] = ()
    checks: tuple[str, ...] = ()
    version: str | None = None

    @property
    def read(self) -> bool:
        """Whether the rulebook loads."""
        return self.version is not None

    def count(self, severity: Severity) -> int:
        """How many findings have this weight; what keeps the rulebook from being read is an error."""
        read = sum(finding.severity == severity for finding in self.findings)
        return read + (len(self.problems) if severity == "error" else 0)


def check_rulebook(
    root: Path | None = None, profile: str | None = None, cases: Path | None = None, only: Iterable[str] = ()
) -> Checked:
    """Every finding on the rulebook below `root` (the shipped one by default).

    `cases`: the folder whose cases count, by default that beside the rulebook, else the shipped one. `only`: the ids of
    the checks to make, by default all.
    """
    folder = root or shipped()
    chosen = tuple(only)
    made = tuple(check for check in CHECKS if not chosen or check.id in chosen)
    acceptances, problems = read_acceptances(folder)
    try:
        book = load_rulebook(root, profile)
    except ProblemsFound as found:
        return Checked((*found.problems, *problems))
    fired, count, broken = frozenset[str](), 0, list[Problem]()
    if any(check.by_cases for check in made):
        fired, count, broken = _fired_in(cases or _cases_of(folder), root, profile)
    subject = Subject(book, read_files(folder), usage(), fired, count)
    findings = [Finding(check.id, check.severity, each) for check in made for each in check.look(subject)]
    open_, accepted = apply_acceptances(findings, acceptances)
    judged = [check.id for check in made if cases is None or not check.by_cases]
    idle = idle_acceptances(findings, acceptances, judged, [check.id for check in CHECKS])
    open_ += [Finding(*IDLE_ACCEPTANCE, each) for each in idle]
    ids = (*(check.id for check in made), IDLE_ACCEPTANCE[0])
    return Checked((*problems, *broken), tuple(open_), tuple(accepted), ids, book.version)


def _cases_of(folder: Path) -> Path:
    """The cases beside a rulebook, or the shipped ones if it has none."""
    return folder / CASES if (folder / CASES).is_dir() else shipped() / CASES


def _fired_in(folder: Path, root: Path | None, profile: str | None) -> tuple[frozenset[str], int, list[Problem]]:
    """The rules that fire in at least one case of a folder, how many cases there are, and what is wrong with them."""
    books: dict[str | None, Rulebook] = {}
    fired: set[str] = set()
    broken: list[Problem] = []
    files = case_files_in(folder)
    if not files:
        broken.append(Problem("file_missing", f"{folder.as_posix()}/*.yaml", Mark(), {}))
    for path in files:
        document = read_case_file(path)
        try:
            named = profile or profile_named_in(document)
            if named not in books:
                books[named] = load_rulebook(root, named)
            inputs = case_from(document, books[named]).inputs(books[named])
        except ProblemsFound as found:
            broken.extend(found.problems)
            continue
        fired |= {firing.rule for firing in plain.conclude(books[named], inputs).firings}
    return frozenset(fired), len(files), broken
