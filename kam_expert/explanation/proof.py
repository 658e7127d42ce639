"""What settles a recommendation: facts of the case that force it, whatever all the others are.

Found and checked by the reading with sets (`engines/possible`), plain Python without network or solver: every fact that
is not named is taken to be anything at all, known or not. The reading allows too much and never too little, so what it
allows nothing else than is proven. None of the facts named can be left out of a proof of this kind; whether fewer would
do for a reader that sees more is not claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kam_expert.case import Case
from kam_expert.case_text import case_file
from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.possible_choice import possible_with
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.outcome import Result, outcome_in_words
from kam_expert.reports.document import Block, Document, Paragraph, Section, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording


@dataclass(frozen=True)
class Proof(Explained):
    """The facts that force a recommendation.

    Ids in the order of the vocabulary. `secondary`: the strategies beside the primary, if they are to be settled as
    well. `facts`: as the case has them, among them those of which it counts that nobody knows them. `counted`: it
    counts that they are known, whatever they say: a recommendation asks for enough basic facts. `others`: how many
    facts may be anything. `settled`: whether there is a proof; the reading with sets may allow too much even with every
    fact given.
    """

    book: Rulebook
    case: Case
    result: Result
    secondary: tuple[str, ...] | None
    facts: tuple[str, ...]
    counted: tuple[str, ...]
    others: int
    settled: bool = True

    def json(self) -> dict[str, Any]:
        return {
            "case": self.case.id,
            "rulebook": self.book.version,
            "outcome": self.result.id,
            "secondary": None if self.secondary is None else list(self.secondary),
            "facts": {name: _stated(self.case, name) for name in self.facts},
            "counted": list(self.counted),
            "others": self.others,
            "settled": self.settled,
        }

    def document(self, words: Wording) -> Document:
        title = words.say("changes.proof_title", account=self.case.name)
        if not self.settled:
            none = Paragraph(words.say("changes.proof_none"))
            return Document(title, (Section(words.say("changes.proof_facts"), (none,)),))
        counts = {
            "count": len(self.facts),
            "counted": len(self.counted),
            "others": self.others,
            "outcome": outcome_in_words(self.result.id, self.secondary, self.book, words),
        }
        rows = []
        for name in self.facts:
            given = self.case.facts.get(name)
            value = words.say("unknown")
            if given is not None and given.rows:
                value = words.say("changes.proof_rows", count=len(given.rows))
            elif given is not None and given.value is not None:
                value = words.value(name, given.value, self.book, self.case.currency)
            elif given is not None and given.state == "n/a":
                value = words.say("not_applicable")
            source = "" if given is None or given.source is None else words.say(f"origin.{given.source}")
            rows.append((words.text(self.book.label(name)), value, source))
        headers = tuple(words.say(f"column.{name}") for name in ("fact", "value", "origin"))
        key = "changes.proof_claim_counted" if self.counted else "changes.proof_claim"
        blocks: list[Block] = [
            Paragraph(words.say(key, **counts)),
            Table(headers, tuple(rows), (32, 36, 14)),
            Paragraph(words.say("changes.proof_least")),
        ]
        if self.counted:
            labels = words.say("list_comma").join(words.text(self.book.label(name)) for name in self.counted)
            blocks.append(Paragraph(words.say("changes.proof_counted", facts=labels)))
        return Document(title, (Section(words.say("changes.proof_facts"), tuple(blocks)),))

    def file(self, stem: str) -> str:
        """The proof as a case file of these facts alone, with the claim; `rulebook verify` checks it."""
        facts = {name: given for name, given in self.case.facts.items() if name in self.facts}
        for name in self.facts:
            given = facts.get(name)
            if given is not None and given.source == "profile":
                facts[name] = replace(given, source=None)
        case = replace(self.case, id=stem, facts=facts, chosen=None, expected=None)
        settled = [name for name in self.facts if name not in facts]
        lines = ["", "proof:", f"  rulebook: {self.book.version}", f"  outcome: {self.result.id}"]
        if self.secondary is not None:
            lines.append(f"  secondary: [{', '.join(self.secondary)}]")
        lines.append(f"  not_known: [{', '.join(settled)}]")
        lines.append(f"  known: [{', '.join(self.counted)}]")
        return case_file(case) + "\n".join(lines) + "\n"


def proof(diagnosis: Diagnosis, *, with_secondaries: bool = False) -> Proof:
    """The facts that settle the recommendation of a diagnosis, on request with its secondary strategies."""
    book, inputs = diagnosis.book, diagnosis.case.inputs(diagnosis.book)
    found = diagnosis.recommendation
    result = Result(found.level, found.primary)
    secondary = found.secondary if with_secondaries and found.primary is not None else None
    least = _fewest(book, inputs, result.id, secondary)
    facts, counted = (tuple(filter(names.__contains__, book.facts)) for names in least)
    settled = settles(book, inputs, facts, counted, result.id, secondary)
    others = len(book.facts) - len(facts) - len(counted)
    return Proof(book, diagnosis.case, result, secondary, facts, counted, others, settled)


def settles(
    book: Rulebook,
    inputs: Inputs,
    facts: Collection[str],
    counted: Collection[str],
    outcome: str,
    secondary: tuple[str, ...] | None,
) -> bool:
    """Whether these facts force the outcome; see `possible_with`."""
    found = possible_with(book, inputs, facts, counted, beside=secondary is not None)
    return found.results == {outcome} and (secondary is None or found.secondary == secondary)


def _fewest(
    book: Rulebook, inputs: Inputs, outcome: str, secondary: tuple[str, ...] | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Facts that settle the outcome, and those of which it counts only that they are known; none can be spared.

    First as few values as possible, then as few known facts. Tried in two orders, since what is taken first decides
    what can be taken later; the result with the fewest values is kept.
    """
    known = [name for name in book.facts if name in inputs.values and book.facts[name].type != "text"]
    others = [name for name in book.facts if name not in known]
    searches = []
    for order in (known, known[::-1]):
        search = _Search(book, inputs, outcome, secondary, frozenset(book.facts))
        search.take(others, only_known=False)
        search.take(order, only_known=True)
        search.take([name for name in order if name in search.counted], only_known=False)
        search.take([name for name in order if name in search.facts], only_known=False)
        searches.append(search)
    best = min(searches, key=lambda each: (len(each.facts), len(each.counted)))
    return best.facts, best.counted


@dataclass
class _Search:
    book: Rulebook
    inputs: Inputs
    outcome: str
    secondary: tuple[str, ...] | None
    facts: frozenset[str]
    counted: frozenset[str] = frozenset()

    def take(self, names: Sequence[str], only_known: bool) -> None:
        """Take from the facts what can be taken, in this order; halves first, so that it goes quickly.

        `only_known`: that they are known stays.
        """
        facts = self.facts - {*names}
        counted = self.counted | {*names} if only_known else self.counted - {*names}
        if settles(self.book, self.inputs, facts, counted, self.outcome, self.secondary):
            self.facts, self.counted = facts, counted
        elif len(names) > 1:
            middle = len(names) // 2
            self.take(names[:middle], only_known)
            self.take(names[middle:], only_known)


def _stated(case: Case, name: str) -> Any:
    given = case.facts.get(name)
    if given is None or given.state != "given":
        return "unknown" if given is None else given.state
    return [dict(row) for row in given.rows] if given.rows else given.value
