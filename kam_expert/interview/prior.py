"""What accounts commonly look like, where the territory says it; where it does not, every answer is as likely."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kam_expert.problems import ProblemsFound
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import Fact
from kam_expert.rulebook.territory import Draw, Drawn, Quality, load_territory

_EVEN = (20.0, 20.0, 20.0, 20.0, 20.0)
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class Prior:
    """The hidden qualities of accounts, and how each fact is drawn from them."""

    qualities: tuple[Quality, ...]
    draws: tuple[Drawn, ...]


def prior_of(book: Rulebook, root: Path | None = None) -> Prior:
    """The prior of a rulebook, with a draw for every fact that can be simulated.

    A rulebook without a sound `knowledge/territory.yaml` gets even draws only: the questions then come in a less apt
    order, and nothing else changes.
    """
    try:
        territory = load_territory(book, root)
        qualities, draws = territory.entry.qualities, territory.draws
    except ProblemsFound:
        qualities, draws = (), ()
    drawn = {draw.entry.fact for draw in draws}
    even = [_even(fact) for fact in book.facts.values() if fact.id not in drawn]
    return Prior(qualities, (*draws, *(Drawn(draw, None, None) for draw in even if draw is not None)))


def _even(fact: Fact) -> Draw | None:
    match fact.type:
        case "rating":
            return Draw(fact=fact.id, shares=_EVEN)
        case "choice":
            return Draw(fact=fact.id, choices=dict.fromkeys(fact.choices, 1.0))
        case "flag":
            return Draw(fact=fact.id, yes=50.0)
        case "number":
            low, high = (float(end) for end in fact.plausible or fact.range or (0, 100))
            first, second, third, fourth, fifth = (low + part * (high - low) for part in _QUARTERS)
            return Draw(fact=fact.id, values=(first, second, third, fourth, fifth))
    return None
