"""The rulebook's own proofs: the examples of its rules, and the cases that say what they expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kam_expert.case import Case, Expected
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions, Inputs
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Expression, Value, base_name
from kam_expert.rulebook.portfolio_rules import NoticedBy
from kam_expert.rulebook.review_rules import NoticedInReview


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Names with values, and whether a rule is to fire on them; `index`: its place among those of its kind."""

    fires: bool
    index: int
    values: Mapping[str, Value]

    def agrees(self, condition: Expression, parameters: Mapping[str, float]) -> bool:
        """Whether a condition is true of the example exactly if the rule is to fire on it."""
        return (evaluate(condition, State(self.values, parameters)) is True) is self.fires


@dataclass(frozen=True, kw_only=True)
class Example(Situation):
    """An example of a rule of a diagnosis."""

    rule: Rule

    def inputs(self, book: Rulebook) -> Inputs:
        """Facts are given, computed names are assumed."""
        given = {name: value for name, value in self.values.items() if base_name(name) in book.facts}
        assumed = {name: value for name, value in self.values.items() if name not in given}
        return Inputs(given, assumed=assumed)

    def __str__(self) -> str:
        kind = "fires" if self.fires else "silent"
        return f"{self.rule.file}:{self.rule.mark.line} {self.rule.id} {kind}[{self.index}] {dict(self.values)}"


@dataclass(frozen=True, kw_only=True)
class ExampleBeside(Situation):
    """An example of a rule that no engine runs: of the portfolio or of reviews."""

    rule: NoticedBy | NoticedInReview


def examples_of(book: Rulebook) -> Iterator[Example]:
    """Every example of every rule of a diagnosis, in the order of the files."""
    for rule in book.rules:
        yield from examples_of_rule(rule)


def examples_beside(book: Rulebook) -> Iterator[ExampleBeside]:
    """Every example of the rules of the portfolio and of reviews."""
    noticing: tuple[NoticedBy | NoticedInReview, ...] = (*book.portfolio.rules, *book.review.rules)
    for rule in noticing:
        for fires, stated in ((True, rule.entry.fires), (False, rule.entry.silent)):
            for index, values in enumerate(stated):
                yield ExampleBeside(rule=rule, fires=fires, index=index, values=values)


def examples_of_rule(rule: Rule) -> Iterator[Example]:
    for fires, stated in ((True, rule.entry.fires), (False, rule.entry.silent)):
        for index, values in enumerate(stated):
            yield Example(rule=rule, fires=fires, index=index, values=values)


@dataclass(frozen=True, eq=False)
class Judged:
    """A case with all that the rulebook says about it; `engine` replaces the plain interpreter where speed counts."""

    case: Case
    book: Rulebook
    engine: Callable[[Inputs], Conclusions] | None = None

    @cached_property
    def inputs(self) -> Inputs:
        return self.case.inputs(self.book)

    @cached_property
    def conclusions(self) -> Conclusions:
        return self.engine(self.inputs) if self.engine is not None else plain.conclude(self.book, self.inputs)

    @cached_property
    def recommendation(self) -> Recommendation:
        return recommend(self.book, self.conclusions)

    @cached_property
    def fired(self) -> frozenset[str]:
        return frozenset(firing.rule for firing in self.conclusions.firings)

    @cached_property
    def state(self) -> State:
        return State(self.conclusions.values, self.book.parameters, self.inputs.tables)

    @cached_property
    def unmet(self) -> tuple[Unmet, ...]:
        """What the case expects and does not get; empty for a case that expects nothing."""
        if self.case.expected is None:
            return ()
        return tuple(unmet(self.case.expected, self.recommendation, self.conclusions))


@dataclass(frozen=True)
class Unmet:
    """One expectation of a case that does not hold. `key`: as in the case file, a position by its model."""

    key: str
    expected: object
    found: object


def unmet(expected: Expected, recommendation: Recommendation, conclusions: Conclusions) -> Iterator[Unmet]:
    """What was expected of a recommendation and is not so; only what is stated counts, lists in their order."""
    found: dict[str, object] = {
        "level": recommendation.level,
        "primary": recommendation.primary,
        "secondary": recommendation.secondary,
        "next_waves": tuple(wave.strategy for wave in recommendation.next_waves),
    }
    for key, value in found.items():
        wanted = getattr(expected, key)
        if wanted is not None and wanted != value:
            yield Unmet(key, wanted, value)
    vetoed = tuple(standing.id for standing in recommendation.standings if standing.status == "vetoed")
    if not set(expected.vetoed or ()) <= set(vetoed):
        yield Unmet("vetoed", expected.vetoed, vetoed)
    for model, cell in (expected.positions or {}).items():
        if conclusions.values.get(model) != cell:
            yield Unmet(model, cell, conclusions.values.get(model))
