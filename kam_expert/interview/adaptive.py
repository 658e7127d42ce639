"""What to ask next, by what the answer is expected to tell; and whether anything can still change the recommendation.

After each answer the case is completed many times and every completion is judged. A question is worth asking for the
part of the uncertainty that its answer is expected to remove, per unit of effort. Where no completion leads elsewhere,
the reading with sets may already show that nothing else is possible; if it does not, the constraints engine is asked
for an account that is told otherwise. If it proves that there is none, the interview is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread

from kam_expert.case import Case
from kam_expert.engines.columns.memory import Numbers
from kam_expert.engines.compiled import compiled
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.possible_choice import possible
from kam_expert.interview.completions import Completions
from kam_expert.interview.gains import Gain, Judged, gains
from kam_expert.interview.outlook import Outlook, Settled, Suggestion
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rulebook

Judge = Callable[[Inputs, Mapping[str, Numbers]], Judged]


@dataclass(frozen=True)
class Firmness:
    """How far a recommendation is settled, and answers after which another one would be made."""

    settled: Settled
    otherwise: tuple[tuple[str, object], ...] = ()


class Adaptive:
    """The adviser that asks what matters. `judge`: what completions lead to."""

    def __init__(self, book: Rulebook, completions: Completions, judge: Judge) -> None:
        self.book = book
        self.completions = completions
        self.judge = judge
        self.engine = compiled(book)
        self.position = {name: index for index, name in enumerate(book.facts)}

    def recommendation(self, inputs: Inputs) -> Recommendation:
        """What these facts lead to."""
        return recommend(self.book, self.engine.conclude(inputs))

    def prepare(self) -> None:
        """Read the rulebook for the solver, in a thread: it takes a second, while somebody reads a question."""
        from kam_expert.engines.constraints.choosing import read_ahead

        Thread(target=read_ahead, args=(self.book,), name="read-ahead").start()

    def outlook(self, case: Case, askable: Collection[str], after: str | None = None) -> Outlook:
        """The outlook for a case; `askable`: the facts that may still be asked for; `after`: the one asked for last."""
        open_ = [name for name in askable if name not in case.facts]
        inputs = case.inputs(self.book)
        found = self.recommendation(inputs)
        columns = self.completions.drawn(case, open_)
        judged = self.judge(inputs, columns)
        varied = {name: column for name, column in columns.items() if name in set(open_)}
        plausible = self.completions.plausible
        common = {name: column[:plausible] for name, column in varied.items()}
        weight = self.book.parameters["secondary_weight"] / 100
        likely = gains(self.book, common, judged.first(plausible), weight)
        anyhow = gains(self.book, varied, judged, weight)
        shares = judged.first(plausible).shares()
        firmness = self._firmness(inputs, open_, found, judged, shares)
        asked = self._asked(likely, anyhow, [name for name, _ in firmness.otherwise], open_)
        asked = self._on_topic(asked, after)
        linked = sum(one.linked or other.linked for one, other in zip(likely, anyhow, strict=True))
        return Outlook(
            recommendation=found,
            shares=shares,
            settled=firmness.settled,
            suggestions=asked,
            can_still_change=0 if firmness.settled == "all" else max(1, linked),
            otherwise=firmness.otherwise,
        )

    def _firmness(
        self,
        inputs: Inputs,
        open_: Sequence[str],
        found: Recommendation,
        judged: Judged,
        shares: Sequence[tuple[str, float]],
    ) -> Firmness:
        """How far the recommendation is settled. The solver is asked only where every completion says the same."""
        outcome = found.outcome
        settled: Settled = "stable" if 100 * shares[0][1] >= self.book.parameters["stable_share"] else "open"
        if {judged.labels[place] for place in set(judged.leads.tolist())} != {outcome}:
            return Firmness(settled)
        allowed = possible(self.book, inputs, open_, beside=True)
        if allowed.results != {outcome}:
            told = self._told_otherwise(inputs, open_, found, beside=False)
            if told is not None:
                return Firmness(settled, told)
        if found.primary is not None and allowed.secondary == found.secondary:
            return Firmness("all")
        beside = {name for name, column in zip(judged.labels, judged.beside.T, strict=False) if column.any()}
        always = {name for name, column in zip(judged.labels, judged.beside.T, strict=False) if column.all()}
        if beside != set(found.secondary) or always != beside:
            return Firmness("primary")
        told = self._told_otherwise(inputs, open_, found, beside=True)
        return Firmness("all") if told is None else Firmness("primary", told)

    def _told_otherwise(
        self, inputs: Inputs, open_: Sequence[str], found: Recommendation, beside: bool
    ) -> tuple[tuple[str, object], ...] | None:
        """Answers that change the recommendation, none if the solver cannot tell; None if it proves there are none."""
        if not open_:
            return None

        def differs(accounts: tuple[Inputs, ...]) -> bool:
            other = self.recommendation(accounts[0])
            if (other.level, other.primary) != (found.level, found.primary):
                return True
            return beside and set(other.secondary) != set(found.secondary)

        from kam_expert.engines.constraints.remaining import otherwise  # many interviews end without the solver

        answer = otherwise(self.book, inputs, open_, found.outcome, found.secondary if beside else None, differs)
        if answer.verdict == "none":
            return None
        if answer.verdict == "undecided":
            return ()
        account = answer.accounts[0]
        given: dict[str, object] = {**account.values, **account.tables, **dict.fromkeys(account.not_applicable, "n/a")}
        return tuple(
            (name, given[name])
            for name in self.position
            if name in given and name in open_ and name not in inputs.values
        )

    def _asked(
        self, likely: Sequence[Gain], anyhow: Sequence[Gain], named: Sequence[str], open_: Sequence[str]
    ) -> tuple[Suggestion, ...]:
        """The open questions, the best first.

        Where none tells anything about plausible accounts, those that the solver names, then those that tell something
        about accounts far from the middle, then the rest of the short form.
        """
        found = {}
        for one, other in zip(likely, anyhow, strict=True):
            bits = one.bits if one.linked else 0.0
            far = other.bits if other.linked else 0.0
            outcomes = one.outcomes if one.linked else other.outcomes if other.linked else ()
            found[one.fact] = (bits, far, outcomes)
        asked = []
        for name in open_:
            bits, far, outcomes = found.get(name, (0.0, 0.0, ()))
            cost = self.book.parameters[f"question_effort_{self.book.facts[name].effort}"]
            fact = self.book.facts[name]
            rank = (not fact.ask_first, -bits / cost, name not in named, -far / cost, fact.short_form is None)
            asked.append((rank, self.position[name], Suggestion(name, bits, bits / cost, outcomes)))
        return tuple(each[-1] for each in sorted(asked, key=lambda each: each[:2]))

    def _on_topic(self, asked: tuple[Suggestion, ...], after: str | None) -> tuple[Suggestion, ...]:
        """The best question of the present topic first, if it tells little less than the best of all."""
        if after is None or not asked or self.book.facts[asked[0].fact].ask_first:
            return asked
        topic, slack = self.book.theme_of[after], self.book.parameters["topic_slack"] / 100
        for each in asked:
            if self.book.theme_of[each.fact] == topic and each.worth >= (1 - slack) * asked[0].worth > 0:
                return (each, *(other for other in asked if other is not each))
        return asked
