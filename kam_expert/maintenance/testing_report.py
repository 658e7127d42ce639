"""What `rulebook test` says: its findings as documents for people and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kam_expert.maintenance.coverage import Coverage, RuleCoverage
from kam_expert.maintenance.distinguishing import Difference
from kam_expert.maintenance.examples import Example, ExampleBeside, Judged, Unmet
from kam_expert.maintenance.mutation import FATES, Mutation, Tried
from kam_expert.maintenance.testing import RuleOnCase, Tested
from kam_expert.prose import Prose
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section, Table
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.clauses import Marked
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.written import written
from kam_expert.wording import Wording


class TestWords:
    """The findings in words of one language."""

    __test__ = False  # not a class of tests

    def __init__(self, book: Rulebook, words: Wording) -> None:
        self.book = book
        self.words = words
        self.prose = Prose(book, words)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"test.{key}", **parameters)

    # examples and cases

    def tested(self, found: Tested) -> Document:
        sections = []
        if found.failed_examples:
            items = tuple((self.example(each.example), self.marks(each.marks)) for each in found.failed_examples)
            sections.append(Section(self.say("failed_examples"), (Bullets(items),)))
        if found.failed_cases:
            items = tuple((each.case.id, tuple(map(self.unmet, each.unmet))) for each in found.failed_cases)
            sections.append(Section(self.say("failed_cases"), (Bullets(items),)))
        counts = {"rules": found.rules, "examples": found.examples, "cases": found.expecting}
        failures = {"failed_examples": len(found.failed_examples), "failed_cases": len(found.failed_cases)}
        result = self.say("passed" if found.passed else "failed", **counts, **failures)
        sections.append(Section(self.say("summary"), (Paragraph(result),)))
        return Document(self.say("title"), tuple(sections))

    def example(self, example: Example | ExampleBeside) -> str:
        wanted = self.say("should_fire" if example.fires else "should_be_silent")
        rule = example.rule
        values = ", ".join(f"{name}: {_plain(value)}" for name, value in example.values.items())
        place = f"{rule.file}:{rule.mark.line}"
        return self.say(
            "example", place=place, rule=rule.id, index=str(example.index + 1), wanted=wanted, values=values
        )

    def unmet(self, unmet: Unmet) -> str:
        return self.say("unmet", key=unmet.key, expected=_listed(unmet.expected), found=_listed(unmet.found))

    def marks(self, marks: Sequence[Marked]) -> tuple[str, ...]:
        return tuple(map(self.mark, marks))

    def mark(self, marked: Marked) -> str:
        """A clause: its mark, its words, how it is written, and what its names are worth."""
        values = self.words.join([self.prose.premise(name, value) for name, value in marked.values])
        return self.say(
            "clause",
            mark=self.say(f"mark.{marked.mark}"),
            words=self.prose.condition(marked.clause),
            written=written(marked.clause),
            values=values,
        )

    # one rule over cases

    def rule(self, rule: Rule, found: Sequence[RuleOnCase]) -> Document:
        sections = [Section(self.say("condition"), (Paragraph(self.prose.condition(rule.condition)),))]
        for fired, title in ((True, "matched"), (False, "missed")):
            cases = [each for each in found if each.fired is fired]
            items = tuple((each.case, (*self.earlier(each), *self.marks(each.marks))) for each in cases)
            block: Block = Bullets(items) if items else Paragraph(self.say("no_case"))
            sections.append(Section(self.say(title, count=len(cases)), (block,)))
        return Document(f"{self.words.text(rule.entry.title)} ({rule.id})", tuple(sections))

    def earlier(self, found: RuleOnCase) -> tuple[str, ...]:
        return () if found.earlier is None else (self.say("earlier_row", rule=found.earlier),)

    # coverage

    def coverage(self, found: Coverage) -> Document:
        headers = ("rule", "in_examples", "in_cases", "clauses", "covered")
        rows = tuple(
            (each.rule.id, *map(str, (each.fired_examples, each.fired_cases, len(each.clauses), _covered(each))))
            for each in found.rules
        )
        table = Table(tuple(self.say(f"column.{name}") for name in headers), rows, (50, 12, 12, 12, 12))
        open_ = tuple(
            (
                each.rule.id,
                tuple(
                    self.say(_gap(clause.needed, clause.prevented), clause=written(clause.clause))
                    for clause in each.clauses
                    if not clause.covered
                ),
            )
            for each in found.rules
            if _covered(each) < len(each.clauses)
        )
        total = self.say(
            "coverage_totals",
            rules=len(found.rules),
            examples=found.fired_in_examples,
            cases=found.fired_in_cases,
            clauses=found.clause_count,
            covered=found.covered,
        )
        sections = [Section(self.say("rules"), (table,))]
        if open_:
            sections.append(Section(self.say("undecided_clauses"), (Bullets(open_),)))
        sections.append(Section(self.say("summary"), (Paragraph(total),)))
        return Document(self.say("coverage_title"), tuple(sections))

    # mutants

    def mutation(self, found: Mutation) -> Document:
        headers = ("kind", "example", "advice", "detail", "survived", "equivalent", "score")
        rows = [
            (
                self.say(f"kind.{kind}"),
                *(str(found.count(fate, kind)) for fate in FATES),
                self.share(found.score(kind)),
            )
            for kind in found.kinds
        ]
        rows.append((self.say("all"), *(str(found.count(fate)) for fate in FATES), self.share(found.score())))
        table = Table(tuple(self.say(f"column.{name}") for name in headers), tuple(rows), (20, 12, 12, 12, 12, 12, 10))
        sections = [Section(self.say("by_kind"), (table, Paragraph(self.say("mutation_note"))))]
        if found.survivors:
            items = tuple((self.survivor(each), self.settling(each.settles)) for each in found.survivors)
            sections.append(Section(self.say("survivors"), (Bullets(items),)))
        return Document(self.say("mutation_title"), tuple(sections))

    def survivor(self, tried: Tried) -> str:
        mutant = tried.mutant
        kind = self.say(f"kind.{mutant.kind}")
        return self.say("survivor", owner=mutant.owner, kind=kind, was=mutant.was, now=mutant.now)

    def settling(self, found: Difference | None) -> tuple[str, ...]:
        """The account that would settle it, as an example that could stand in the file."""
        if found is None:
            return ()
        values = ", ".join(f"{name}: {_plain(value)}" for name, value in found.values.items())
        return (self.say("settles", verdict="fires" if found.holds else "silent", values=values),)

    def share(self, score: float | None) -> str:
        return "–" if score is None else f"{self.words.plain(100 * score, 1)}%"


def _covered(rule: RuleCoverage) -> int:
    return sum(clause.covered for clause in rule.clauses)


def _gap(needed: int, prevented: int) -> str:
    return "never_either" if not needed and not prevented else "never_needed" if not needed else "never_prevented"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: object) -> str:
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, tuple) else str(value)


# for JSON


def _marks_json(marks: Sequence[Marked]) -> list[dict[str, Any]]:
    return [{"clause": written(each.clause), "mark": each.mark, "values": dict(each.values)} for each in marks]


def tested_json(found: Tested) -> dict[str, Any]:
    return {
        "passed": found.passed,
        "rules": found.rules,
        "examples": found.examples,
        "cases": found.cases,
        "cases_with_expectations": found.expecting,
        "failed_examples": [
            {
                "rule": each.example.rule.id,
                "file": each.example.rule.file,
                "line": each.example.rule.mark.line,
                "expected": "fires" if each.example.fires else "silent",
                "index": each.example.index,
                "values": dict(each.example.values),
                "clauses": _marks_json(each.marks),
            }
            for each in found.failed_examples
        ],
        "failed_cases": [_case_json(each) for each in found.failed_cases],
    }


def _case_json(judged: Judged) -> dict[str, Any]:
    unmet = [{"key": each.key, "expected": each.expected, "found": each.found} for each in judged.unmet]
    return {"case": judged.case.id, "unmet": unmet}


def rule_json(rule: Rule, found: Sequence[RuleOnCase]) -> dict[str, Any]:
    cases = [
        {"case": each.case, "fired": each.fired, "earlier_row": each.earlier, "clauses": _marks_json(each.marks)}
        for each in found
    ]
    return {"rule": rule.id, "condition": written(rule.condition), "cases": cases}


def coverage_json(found: Coverage) -> dict[str, Any]:
    return {
        "rules": len(found.rules),
        "fired_in_examples": found.fired_in_examples,
        "fired_in_cases": found.fired_in_cases,
        "clauses": found.clause_count,
        "clauses_covered": found.covered,
        "by_rule": [
            {
                "rule": each.rule.id,
                "fired_examples": each.fired_examples,
                "fired_cases": each.fired_cases,
                "clauses": [
                    {"clause": written(clause.clause), "needed": clause.needed, "prevented": clause.prevented}
                    for clause in each.clauses
                ],
            }
            for each in found.rules
        ],
    }


def mutation_json(found: Mutation) -> dict[str, Any]:
    kinds: dict[str, Mapping[str, object]] = {
        kind: {**{fate: found.count(fate, kind) for fate in FATES}, "score": found.score(kind)} for kind in found.kinds
    }
    return {
        "score": found.score(),
        **{fate: found.count(fate) for fate in FATES},
        "by_kind": kinds,
        "survivors": [_survivor_json(each) for each in found.survivors],
    }


def _survivor_json(tried: Tried) -> dict[str, Any]:
    mutant, settles = tried.mutant, tried.settles
    example: dict[str, Any] | None = None
    if settles is not None:
        values: dict[str, Value] = dict(settles.values)
        example = {"verdict": "fires" if settles.holds else "silent", "values": values}
    return {"kind": mutant.kind, "owner": mutant.owner, "was": mutant.was, "now": mutant.now, "settles": example}
