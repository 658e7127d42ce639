"""What would be advised if some facts were different: both results, and by which rules they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kam_expert.case import Given
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.explanation import what_if_words
from kam_expert.explanation.changing import changed_case, read_changes
from kam_expert.explanation.differing import Difference, RuleMoved, difference
from kam_expert.explanation.explained import Explained
from kam_expert.reports.document import Document
from kam_expert.wording import Wording


@dataclass(frozen=True)
class WhatIf(Explained):
    """Two diagnoses of one account, `changes` being the facts in which the second differs."""

    changes: tuple[str, ...]
    before: Diagnosis = field(repr=False)
    after: Diagnosis = field(repr=False)
    difference: Difference = field(repr=False)

    def document(self, words: Wording) -> Document:
        return what_if_words.document(self.changes, self.before, self.after, self.difference, words)

    def json(self) -> dict[str, Any]:
        return {
            "case": self.before.case.id,
            "changes": [
                {"fact": name, "before": _given(self.before, name), "after": _given(self.after, name)}
                for name in self.changes
            ],
            "before": _result(self.before),
            "after": _result(self.after),
            **differing_json(self.difference),
        }


def what_if(diagnosis: Diagnosis, changes: Mapping[str, object] | Iterable[tuple[str, object]]) -> WhatIf:
    """What would be advised if facts had other values.

    `changes`: names (ids or labels) with values as a case file has them; `unknown`, `n/a` and None are values too.
    Raises `ProblemsFound` with every mistake.
    """
    pairs = changes.items() if isinstance(changes, Mapping) else changes
    new = read_changes(pairs, diagnosis.case, diagnosis.book)
    after = diagnose(changed_case(diagnosis.case, new), diagnosis.book)
    return WhatIf(tuple(new), diagnosis, after, difference(diagnosis, after, new))


def differing_json(difference: Difference) -> dict[str, Any]:
    """What moves, and the rules, as plain values."""
    return {
        "moved": [
            {"kind": each.kind, "id": each.name, "before": each.before, "after": each.after}
            for each in difference.moved
        ],
        "strategies": [
            {
                "strategy": each.before.id,
                "before": {"status": each.before.status, "score": each.before.score},
                "after": {"status": each.after.status, "score": each.after.score},
            }
            for each in difference.standings
        ],
        "rules": [_rule(each) for each in difference.rules],
    }


def _given(diagnosis: Diagnosis, name: str) -> dict[str, Any]:
    given = diagnosis.case.facts.get(name, Given("unknown"))
    return {"state": given.state, "value": [dict(row) for row in given.rows] or given.value}


def _result(diagnosis: Diagnosis) -> dict[str, Any]:
    found = diagnosis.recommendation
    return {
        "level": found.level,
        "primary": found.primary,
        "secondary": list(found.secondary),
        "next_waves": [wave.strategy for wave in found.next_waves],
        "runner_up": found.runner_up,
    }


def _rule(moved: RuleMoved) -> dict[str, Any]:
    return {
        "rule": moved.rule,
        "kind": moved.kind,
        "fires": "after" if moved.fires_after else "before",
        "effects": [{"strategy": each.candidate, "how": each.how, "strength": each.word} for each in moved.effects],
        "missing_otherwise": [each.json() for each in moved.missing],
        "chain": list(moved.chain),
    }
