"""Two people's answers about one account: what each adds, and where they differ. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_expert.case import Case, Given
from kam_expert.rulebook.book import Rulebook


@dataclass(frozen=True)
class Disagreement:
    """One fact, two answers."""

    fact: str
    ours: Given
    theirs: Given


@dataclass(frozen=True)
class Comparison:
    """`added`: answers that only the other file has, or that ours does not know; `agreed`: how many say the same."""

    added: Mapping[str, Given]
    disagreements: tuple[Disagreement, ...]
    agreed: int


def compared(ours: Case, theirs: Case, book: Rulebook) -> Comparison:
    """What another case adds to ours, in the order of the vocabulary; what a profile assumes is nobody's answer."""
    added: dict[str, Given] = {}
    disagreements = []
    agreed = 0
    for name in book.facts:
        other = theirs.facts.get(name)
        if other is None or other.source == "profile":
            continue
        own = ours.facts.get(name)
        if own is None or own.source == "profile" or (own.state == "unknown" and other.state != "unknown"):
            added[name] = other
        elif (own.state, own.value, own.rows) == (other.state, other.value, other.rows) or other.state == "unknown":
            agreed += 1
        else:
            disagreements.append(Disagreement(name, own, other))
    return Comparison(added, tuple(disagreements), agreed)
