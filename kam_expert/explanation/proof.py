"""What settles a recommendation: facts of the case that force it, whatever all the others are.

Found and checked by the reading with sets (`engines/possible`), plain Python without network or solver: every fact that
is not named is taken to be anything at all, known or not. The reading allows too much and never too little, so what it
allows nothing else than is proven. None of the facts named can be left out of a proof of this kind; whether fewer would
do for a reader that sees more is not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kam_expert.case import Case
from kam_expert.case_text import case_file
from kam_expert.diagnosis import Diagnosis
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.possible_choice import possible
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.outcome import Result, outcome_in_words
from kam_expert.reports.document import Block, Document, Paragraph, Section, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording


@dataclass(frozen=True)
class Proof(Explained):
    """The facts that force a recommendation.

    `secondary`: the strategies beside the primary, if they are to be settled as well. `facts`: their ids in the order
    of the vocabulary, among them those of which it counts that nobody knows them. `others`: how many facts may be
    anything. `settled`: whether there is a proof; the reading with sets may allow too much even with every fact given.
    """

    book: Rulebook
    case: Case
    result: Result
    secondary: tuple[str, ...] | None
    facts: tuple[str, ...]
    others: int
    settled: bool = True

    def json(self) -> dict[str, Any]:
        return {
            "case": self.case.id,
            "rulebook": self.book.version,
            "outcome": self.result.id,
            "secondary": None if self.secondary is None else list(self.secondary),
            "facts": {name: _stated(self.case, name) for name in self.facts},
            "others": self.others,
            "settled": self.settled,
        }

    def document(self, words: Wording) -> Document:
        title = words.say("changes.proof_title", account=self.case.name)
        if not self.settled:
            return Document(
                title, (Section(words.say("changes.proof_facts"), (Paragraph(words.say("changes.proof_none")),)),)
            )
        outcome = outcome_in_words(self.result.id, self.secondary, self.book, words)
        counts = {"count": len(self.facts), "others": self.others, "outcome": outcome}
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
        blocks: list[Block] = [
            Paragraph(words.say("changes.proof_claim", **counts)),
            Table(headers, tuple(rows), (32, 36, 14)),
            Paragraph(words.say("changes.proof_least")),
        ]
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
        return case_file(case) + "\n".join(lines) + "\n"


def proof(diagnosis: Diagnosis, *, with_secondaries: bool = False) -> Proof:
    """The facts that settle the recommendation of a diagnosis, on request with its secondary strategies."""
    book, inputs = diagnosis.book, diagnosis.case.inputs(diagnosis.book)
    found = diagnosis.recommendation
    result = Result(found.level, found.primary)
    secondary = found.secondary if with_secondaries and found.primary is not None else None
    facts = _fewest(book, inputs, result.id, secondary)
    settled = settles(book, inputs, facts, result.id, secondary)
    return Proof(book, diagnosis.case, result, secondary, facts, len(book.facts) - len(facts), settled)


def settles(
    book: Rulebook, inputs: Inputs, facts: Collection[str], outcome: str, secondary: tuple[str, ...] | None
) -> bool:
    """Whether these facts, as the account has them, force the outcome whatever all others are."""
    open_facts = [name for name in book.facts if name not in facts]
    found = possible(book, inputs, open_facts, beside=secondary is not None)
    return found.results == {outcome} and (secondary is None or found.secondary == secondary)


def _fewest(book: Rulebook, inputs: Inputs, outcome: str, secondary: tuple[str, ...] | None) -> tuple[str, ...]:
    """A set of facts that settles the outcome and from which none can be taken.

    Tried in several orders, since what is taken first decides what can be taken later; the smallest is kept.
    """
    stated = [name for name in book.facts if name in inputs.values or name in inputs.tables]
    silent = [name for name in book.facts if name not in stated]
    best: list[str] | None = None
    for order in ([*silent, *stated], [*silent, *reversed(stated)]):
        kept = _without(order, lambda facts: settles(book, inputs, facts, outcome, secondary))
        if best is None or len(kept) < len(best):
            best = kept
    return tuple(name for name in book.facts if name in (best or ()))


def _without(order: Sequence[str], enough: Callable[[Collection[str]], bool]) -> list[str]:
    """What is left of the facts when all are taken that can be, in this order; halves first, which is quick."""
    kept = list(order)

    def take(names: Sequence[str]) -> None:
        rest = [name for name in kept if name not in names]
        if enough(rest):
            kept[:] = rest
        elif len(names) > 1:
            middle = len(names) // 2
            take(names[:middle])
            take(names[middle:])

    take(order)
    return kept


def _stated(case: Case, name: str) -> Any:
    given = case.facts.get(name)
    if given is None or given.state != "given":
        return "unknown" if given is None else given.state
    return [dict(row) for row in given.rows] if given.rows else given.value
