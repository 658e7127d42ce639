"""How far the recommendation is settled, and what is worth asking next: what an interview is told after each answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from kam_expert.case import Case
from kam_expert.recommendation import Recommendation

Settled = Literal["open", "stable", "primary", "all"]
"""`open`: answers that people would plausibly give still change the primary; `stable`: in nearly all simulated
completions the primary holds; `primary`: proven that no answers to the remaining questions change it; `all`: proven for
the secondaries as well."""


@dataclass(frozen=True)
class Suggestion:
    """A question worth asking.

    `gain`: bits of uncertainty about the recommendation that its answer is expected to remove. `worth`: the gain
    weighed against the effort of answering. `can_change`: the strategies (or levels) that may lead depending on the
    answer, the likeliest first.
    """

    fact: str
    gain: float
    worth: float
    can_change: tuple[str, ...]


@dataclass(frozen=True)
class Outlook:
    """What is known so far and what may still come.

    `recommendation`: what the answers given so far lead to. `shares`: what simulated completions lead to, a strategy or
    a level with its share (0 to 1), the most frequent first. `suggestions`: the remaining questions, the best first.
    `can_still_change`: how many of the remaining questions could still change the recommendation; 0 only when
    `settled` is `all`. `otherwise`: facts, with values, of one completion that would change what is not yet settled.
    """

    recommendation: Recommendation
    shares: tuple[tuple[str, float], ...]
    settled: Settled
    suggestions: tuple[Suggestion, ...]
    can_still_change: int
    otherwise: tuple[tuple[str, object], ...] = ()

    @property
    def leader(self) -> str | None:
        """What most completions lead to."""
        return self.shares[0][0] if self.shares else None


class Adviser(Protocol):
    """Whoever says what to ask next."""

    def outlook(self, case: Case, askable: Collection[str], after: str | None = None) -> Outlook:
        """The outlook for a case, the questions about the facts of `askable` being still open.

        `after`: the fact that was asked for last; where the difference is small, its topic goes on.
        """
        ...
