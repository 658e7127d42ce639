"""Whether a proof file proves what it claims: checked anew from file and rulebook, without network or solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from kam_expert.case import PROOF_KEYS, Case, case_from
from kam_expert.engines.possible_choice import possible_with
from kam_expert.problems import Phrase, ProblemsFound, nearest_phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.located import Document
from kam_expert.rulebook.schema import WITHOUT_STRATEGY
from kam_expert.rulebook.validation import shown


@dataclass(frozen=True)
class Claim:
    """What a proof file says: with these facts, the outcome is the same whatever all others are.

    `counted`: facts that are known, whatever they say.
    """

    case: Case
    facts: tuple[str, ...]
    counted: tuple[str, ...]
    outcome: str
    secondary: tuple[str, ...] | None
    rulebook: str


@dataclass(frozen=True)
class Verdict:
    """`holds`: the claim is proven. `other_rulebook`: it was made for another version. `not_settled`: the facts also
    allow what `also` names or, if it names nothing, other secondary strategies. `contradicted`: they allow only that.
    """

    kind: Literal["holds", "other_rulebook", "not_settled", "contradicted"]
    also: tuple[str, ...] = ()


def claim_from(document: Document, book: Rulebook) -> Claim:
    """Read a proof file. Raises `ProblemsFound` with every mistake of the file."""
    top = document.value
    stated: Any = top.get("proof") if isinstance(top, dict) else None
    if isinstance(top, dict):
        _check(document, stated, book)
    case = case_from(document, book)
    if not isinstance(stated, dict):
        raise ProblemsFound(document.problems)
    known = top.get("facts", {})
    facts = tuple(name for name in book.facts if name in known or name in stated["not_known"])
    counted = tuple(name for name in book.facts if name in stated["known"] and name not in facts)
    only = {name: given for name, given in case.facts.items() if name in facts}
    case = replace(case, facts=only)
    return Claim(case, facts, counted, stated["outcome"], stated.get("secondary"), str(stated["rulebook"]))


def _check(document: Document, stated: Any, book: Rulebook) -> None:
    if stated is None:
        document.problem("missing_key", (), name="proof")
        return
    if not isinstance(stated, dict):
        document.problem("wrong_value", ("proof",), name="proof", found=shown(stated), expected=Phrase("expect_map"))
        return
    for key in PROOF_KEYS:
        if key not in stated and key != "secondary":
            document.problem("missing_key", ("proof",), key=True, name=key)
    version = stated.get("rulebook", "")
    if isinstance(version, tuple | dict) or version is None:
        expected = Phrase("expect_text")
        document.problem("wrong_value", ("proof", "rulebook"), name="rulebook", found=shown(version), expected=expected)
    outcomes = (*book.candidates, *WITHOUT_STRATEGY)
    outcome = stated.get("outcome")
    if "outcome" in stated and outcome not in outcomes:
        allowed = Phrase("expect_one_of", {"allowed": ", ".join(outcomes)})
        document.problem("wrong_value", ("proof", "outcome"), name="outcome", found=shown(outcome), expected=allowed)
    for key, known, code in (
        ("not_known", book.facts, "fact_unknown"),
        ("known", book.facts, "fact_unknown"),
        ("secondary", book.candidates, "strategy_unknown"),
    ):
        names = stated.get(key, ())
        if not isinstance(names, tuple):
            expected = Phrase("expect_list")
            document.problem("wrong_value", ("proof", key), name=key, found=shown(names), expected=expected)
            continue
        for index, name in enumerate(names):
            if not isinstance(name, str) or name not in known:
                near = nearest_phrase(str(name), known)
                document.problem(code, ("proof", key, index), name=shown(name), nearest=near)


def verify(claim: Claim, book: Rulebook) -> Verdict:
    """Whether the claim is proven under this rulebook.

    The reading with sets takes every fact that the file does not name to be anything at all.
    """
    if claim.rulebook != book.version:
        return Verdict("other_rulebook")
    inputs = claim.case.inputs(book)
    found = possible_with(book, inputs, claim.facts, claim.counted, beside=claim.secondary is not None)
    also = tuple(sorted(found.results - {claim.outcome}))
    if claim.outcome not in found.results:
        return Verdict("contradicted", also)
    beside = claim.secondary is None or found.secondary == claim.secondary
    return Verdict("not_settled", also) if also or not beside else Verdict("holds")
