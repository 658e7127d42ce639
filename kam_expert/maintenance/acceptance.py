"""Findings that somebody has looked at and accepted, each with a reason that readers can argue with.

They stand in `knowledge/accepted.yaml`. What is said there changes nothing in a diagnosis, so it is no part of the
rulebook's version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kam_expert.maintenance.findings import Finding, Found, found_at
from kam_expert.problems import Problem, nearest_phrase
from kam_expert.rulebook.located import read_file
from kam_expert.rulebook.reading import ACCEPTED, Placed
from kam_expert.rulebook.schema import Entry, Text
from kam_expert.rulebook.validation import shown, validate


class Acceptance(Entry):
    """`check`: the id of the check; `entry`: the id it speaks of, as the finding names it."""

    check: str
    entry: str
    reason: Text


def read_acceptances(root: Path) -> tuple[list[Placed[Acceptance]], list[Problem]]:
    """The acceptances of a rulebook folder, none if it has no such file, and the mistakes in them."""
    if not (root / ACCEPTED).exists():
        return [], []
    document = read_file(root / ACCEPTED, ACCEPTED)
    if document.problems or not isinstance(document.value, tuple):
        if not document.problems:
            document.problem("list_file_expected", (), found=shown(document.value))
        return [], document.problems
    found = []
    for index, item in enumerate(document.value):
        entry = validate(Acceptance, item, document, (index,))
        if entry is not None:
            found.append(Placed(entry, document, (index,)))
    return found, document.problems


def apply_acceptances(
    findings: Sequence[Finding], acceptances: Iterable[Placed[Acceptance]]
) -> tuple[list[Finding], list[tuple[Finding, Text]]]:
    """The findings that remain, and those accepted with the reason."""
    reasons = {(placed.entry.check, placed.entry.entry): placed.entry.reason for placed in acceptances}
    open_ = [finding for finding in findings if (finding.check, finding.found.entry) not in reasons]
    accepted = [
        (finding, reasons[finding.check, finding.found.entry])
        for finding in findings
        if (finding.check, finding.found.entry) in reasons
    ]
    return open_, accepted


def idle_acceptances(
    findings: Sequence[Finding], acceptances: Iterable[Placed[Acceptance]], checks: Sequence[str], known: Sequence[str]
) -> Iterable[Found]:
    """Acceptances of what is no longer found, and of checks that do not exist.

    `checks`: those that were made, of which alone it can be said; `known`: all there are.
    """
    found = {(finding.check, finding.found.entry) for finding in findings}
    for placed in acceptances:
        check, entry = placed.entry.check, placed.entry.entry
        unknown = check not in known
        if unknown or (check in checks and (check, entry) not in found):
            nearest = nearest_phrase(check, known) if unknown else ""
            yield found_at(placed, "check", entry=entry, check=check, nearest=nearest)
