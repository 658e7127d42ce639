"""The whole consultation as one value: case and rulebook in, diagnosis out. Nothing is printed, nothing remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from kam_expert.case import Case, rulebook_for
from kam_expert.checking import Check, check_plan
from kam_expert.engines.compiled import compiled
from kam_expert.engines.conclusions import Conclusions
from kam_expert.engines.network import Network
from kam_expert.plan import Plan, make_plan
from kam_expert.questions import OpenQuestion, OpenRule, open_questions, open_rules
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Compare, Expression, Name, walk


@dataclass(frozen=True)
class ScoreFound:
    """A score with the known share of its weight; borderline when it lies within the band round the middle cut."""

    id: str
    value: float | None
    coverage: float
    borderline: bool


@dataclass(frozen=True)
class PositionFound:
    """Where a model puts the account.

    `also`: the cells on the other side of a cut that is near; `at_least`: a lower bound.
    """

    model: str
    cell: str | None
    rule: str | None
    also: tuple[str, ...] = ()
    at_least: bool = False

    @property
    def borderline(self) -> bool:
        return bool(self.also)


@dataclass(frozen=True)
class SignalFound:
    """A signal that is true, with the rules that made it so."""

    id: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """Everything a report may say about one account."""

    case: Case
    book: Rulebook
    conclusions: Conclusions
    scores: tuple[ScoreFound, ...]
    positions: tuple[PositionFound, ...]
    signals: tuple[SignalFound, ...]
    recommendation: Recommendation
    open_rules: tuple[OpenRule, ...]
    questions: tuple[OpenQuestion, ...]
    stale: tuple[str, ...]
    guesses: tuple[str, ...]
    plan: Plan | None
    check: Check | None


@lru_cache(maxsize=4)
def network_of(rulebook: Rulebook) -> Network:
    """The network of a rulebook; built once, because building is slow and experta never frees what it built."""
    return Network(rulebook)


def diagnose(case: Case, rulebook: Rulebook | None = None) -> Diagnosis:
    """The diagnosis of one account; by default under the profile that the case names, as `load_case` reads it."""
    book = rulebook or rulebook_for(case)
    return diagnosis_from(case, book, network_of(book).conclude(case.inputs(book)))


def diagnosis_from(case: Case, rulebook: Rulebook, conclusions: Conclusions) -> Diagnosis:
    """What the conclusions of any engine mean for an account."""
    inputs = case.inputs(rulebook)
    state = State(conclusions.values, rulebook.parameters, inputs.tables)
    recommendation = recommend(rulebook, conclusions)
    waiting = open_rules(rulebook, conclusions, state)
    return Diagnosis(
        case=case,
        book=rulebook,
        conclusions=conclusions,
        scores=tuple(_score(name, conclusions, rulebook) for name in rulebook.scores),
        positions=tuple(_position(name, conclusions, rulebook, state) for name in rulebook.models),
        signals=_signals(conclusions, rulebook),
        recommendation=recommendation,
        open_rules=waiting,
        questions=open_questions(rulebook, case, waiting, _leading(recommendation), _closed(recommendation)),
        stale=tuple(name for name in case.facts if case.stale(name, rulebook)),
        guesses=tuple(name for name, given in case.facts.items() if given.source == "guess"),
        plan=make_plan(case, rulebook, conclusions, recommendation, state),
        check=None
        if case.chosen is None
        else check_plan(rulebook, case.chosen, conclusions, recommendation, waiting, inputs.not_applicable),
    )


def once_reached(diagnosis: Diagnosis) -> Conclusions | None:
    """What would be concluded of the account once the goals of its plan are reached, all else being as it is.

    None if no goal has a number for something that is concluded from.
    """
    goals = () if diagnosis.plan is None else diagnosis.plan.goals
    wanted = {goal.measure: goal.target for goal in goals if goal.measure is not None and goal.target is not None}
    if not wanted:
        return None
    inputs = diagnosis.case.inputs(diagnosis.book)
    values = {name: value for name, value in inputs.values.items() if name not in wanted}
    return compiled(diagnosis.book).conclude(replace(inputs, values=values, assumed={**inputs.assumed, **wanted}))


def _leading(recommendation: Recommendation) -> frozenset[str]:
    """The strategies chosen, waiting or next in line."""
    waves = (wave.strategy for wave in recommendation.next_waves)
    names = (recommendation.primary, *recommendation.secondary, recommendation.runner_up, *waves)
    return frozenset(name for name in names if name is not None)


def _closed(recommendation: Recommendation) -> frozenset[str]:
    """Strategies that are out whatever else becomes known: vetoed, or not for this kind of account."""
    return frozenset(each.id for each in recommendation.standings if each.status in ("vetoed", "not_eligible"))


def _near(value: float, cut: float, book: Rulebook) -> bool:
    return abs(value - cut) <= book.parameters["borderline_band"]


def _score(name: str, conclusions: Conclusions, book: Rulebook) -> ScoreFound:
    value = conclusions.values.get(name)
    number = None if value is None else float(value)
    borderline = number is not None and _near(number, book.parameters["cut_mid"], book)
    return ScoreFound(name, number, conclusions.coverage.get(name, 0.0), borderline)


def _position(name: str, conclusions: Conclusions, book: Rulebook, state: State) -> PositionFound:
    cell = conclusions.values.get(name)
    rows = [rule for rule in book.rules if rule.target == name]
    rule = next((row.id for row in rows if conclusions.fired(row.id)), None)
    at_least = False
    if book.models[name].policy == "lower_bound" and rule is not None:
        above = rows[: next(index for index, row in enumerate(rows) if row.id == rule)]
        at_least = any(evaluate(row.condition, state) is None for row in above)
    also = () if cell is None else _across(name, str(cell), book, state)
    return PositionFound(name, None if cell is None else str(cell), rule, also, at_least)


def _across(model: str, cell: str, book: Rulebook, state: State) -> tuple[str, ...]:
    """The cells reached when a score that lies within the borderline band of a cut is moved across it."""
    conditions = [(rule, rule.effective) for rule in book.rules if rule.target == model]
    found: dict[str, None] = {}
    for score, cut in _cuts([condition for _, condition in conditions], book, state):
        value = state.values.get(score)
        if value is None or isinstance(value, str) or not _near(float(value), cut, book):
            continue
        step = 10.0 ** -book.scores[score].entry.decimals
        moved: Mapping[str, float | int | str | bool] = {
            **state.values,
            score: cut if float(value) < cut else cut - step,
        }
        there = State(moved, state.parameters, state.tables)
        for rule, condition in conditions:
            if evaluate(condition, there) is True:
                found[str(getattr(rule.entry, "cell", ""))] = None
                break
    found.pop(cell, None)
    return tuple(found)


def _cuts(conditions: list[Expression], book: Rulebook, state: State) -> list[tuple[str, float]]:
    """Each score that the conditions compare, with the constant it is compared with."""
    found: dict[tuple[str, float], None] = {}
    for condition in conditions:
        for node in walk(condition):
            if isinstance(node, Compare) and isinstance(node.left, Name) and node.left.name in book.scores:
                found[node.left.name, float(evaluate(node.right, state))] = None
    return list(found)


def _signals(conclusions: Conclusions, book: Rulebook) -> tuple[SignalFound, ...]:
    rules: dict[str, list[str]] = {}
    for firing in conclusions.firings:
        target = book.rule(firing.rule).target
        if target is not None and target in book.signals:
            rules.setdefault(target, []).append(firing.rule)
    return tuple(
        SignalFound(name, tuple(rules.get(name, ()))) for name in book.signals if conclusions.values.get(name) is True
    )
