"""A run of the checks in words, and as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from kam_expert.maintenance.checks import Checked
from kam_expert.maintenance.findings import Finding, Severity
from kam_expert.problems import Problem
from kam_expert.wording import Wording, render

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def as_text(checked: Checked, words: Wording) -> str:
    """What keeps the rulebook from being read, then the findings by weight and check, then one line of counts."""
    parts = [render(problem, words) for problem in checked.problems]
    ordered = sorted(checked.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    parts += [_group(list(group), words) for _, group in groupby(ordered, key=lambda finding: finding.check)]
    counts = {f"{severity}s": checked.count(severity) for severity in SEVERITIES}
    if checked.read:
        parts.append(words.say("check.summary", **counts, accepted=len(checked.accepted), checks=len(checked.checks)))
    else:
        parts.append(words.say("check.summary_unread", errors=counts["errors"]))
    return "\n\n".join(parts) + "\n"


def _group(findings: list[Finding], words: Wording) -> str:
    """The findings of one check; what to do stands once if it is the same for all of them."""
    first = findings[0]
    meaning = words.say(f"check.{first.check}.meaning")
    severity = words.say(f"check.severity.{first.severity}")
    fixes = [_fix(finding, words) for finding in findings]
    once = len(set(fixes)) == 1
    lines = [words.say("check.group", severity=severity, meaning=meaning, check=first.check, count=len(findings))]
    if once:
        lines.append(words.say("check.fix", fix=fixes[0]))
    for finding, fix in zip(findings, fixes, strict=True):
        place = words.say("check.place", file=finding.found.file, line=str(finding.found.mark.line))
        lines.append(words.say("check.line", place=place, found=_found(finding, words)))
        if not once:
            lines.append(words.say("check.fix", fix=fix))
    return "\n".join(lines)


def _found(finding: Finding, words: Wording) -> str:
    parameters = dict(finding.found.parameters)
    truth = f"check.{finding.check}.truth.{parameters.get('truth')}"
    if words.has(truth):
        parameters["truth"] = words.say(truth)
    return words.say(f"check.{finding.check}.found", **parameters)


def _fix(finding: Finding, words: Wording) -> str:
    return words.say(f"check.{finding.check}.fix", **finding.found.parameters)


def as_json(checked: Checked, words: Wording) -> str:
    """The same for programs; the keys and ids do not depend on the language."""
    document = {
        "rulebook": checked.version,
        "counts": {severity: checked.count(severity) for severity in SEVERITIES},
        "checks": [{"id": check, "meaning": words.say(f"check.{check}.meaning")} for check in checked.checks],
        "problems": [_problem(problem, words) for problem in checked.problems],
        "findings": [_finding(finding, words) for finding in checked.findings],
        "accepted": [
            {**_finding(finding, words), "reason": words.text(reason)} for finding, reason in checked.accepted
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _problem(problem: Problem, words: Wording) -> dict[str, Any]:
    place = {"file": problem.file, "line": problem.mark.line, "column": problem.mark.column}
    return {"code": problem.code, **place, "message": render(problem, words)}


def _finding(finding: Finding, words: Wording) -> dict[str, Any]:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "name": finding.found.entry,
        "file": finding.found.file,
        "line": finding.found.mark.line,
        "column": finding.found.mark.column,
        "found": _found(finding, words),
        "fix": _fix(finding, words),
    }
