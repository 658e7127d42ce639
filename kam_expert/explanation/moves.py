"""Changes of the facts of one account: how far a fact may move, how large a move is, and what it leads to.

A step is a quarter of the way a fact can go: one point of a rating; an amount or a count, which has no natural end,
goes by a quarter of itself; a flag or a choice without order goes the whole way at once. Numbers are moved in the
differences in which people state them: by the decimals of their unit, amounts by two digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kam_expert.diagnosis import Diagnosis, network_of
from kam_expert.engines.compiled import compiled
from kam_expert.engines.conclusions import Change, Conclusions, Inputs, Room
from kam_expert.engines.possible import exactly
from kam_expert.engines.possible_choice import Nearby, Outcomes
from kam_expert.engines.sets import united
from kam_expert.explanation.outcome import Result
from kam_expert.recommendation import recommend
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Fact
from kam_expert.rulebook.stating import step_of, tidy

STEPS = 4
"""Steps of the whole way that a fact can go."""
MOST_JUMPS = 12
"""How often a number is moved on when what might change the answer did not."""
MOST_BETWEEN = 16
"""How many values between the old and the new one are tried."""
DIGITS = 2
"""Digits to which an amount is moved."""


@dataclass(frozen=True)
class Moved:
    """One fact changed: from what (None is unknown) to what, by how many steps, and why its value may be doubted."""

    fact: str
    was: Value | None
    value: Value
    steps: float
    doubt: Literal["guess", "stale"] | None = None


@dataclass(frozen=True)
class Aim:
    """What a change is looked for to reach. `out_of_reach`: that no outcome reaches it; `met`: that a result does."""

    out_of_reach: Callable[[Outcomes], bool]
    met: Callable[[Result], bool]


class Account:
    """The account of a diagnosis, to be asked what it would be told if some facts were different."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self.book = diagnosis.book
        self.inputs = diagnosis.case.inputs(diagnosis.book)
        self.nearby = Nearby(self.book, self.inputs)
        self.result = Result(diagnosis.recommendation.level, diagnosis.recommendation.primary)
        self.guesses = frozenset(diagnosis.guesses)
        self.stale = frozenset(diagnosis.stale)

    def changed(self, change: Change) -> Inputs:
        """The account with some facts changed; a fact that was unknown is trusted as one whose source is not stated."""
        values = {**self.inputs.values, **change}
        for name in change:
            values.setdefault(f"confidence.{name}", self.book.parameters["confidence_unstated"])
        return replace(self.inputs, values=values, not_applicable=self.inputs.not_applicable - set(change))

    def sets(self, rooms: Mapping[str, Room], *, may_stay: bool = False) -> dict[str, Any]:
        """The facts within their rooms, as sets of values; the value of the account besides if they `may_stay`."""
        found: dict[str, Any] = {}
        for name, within in rooms.items():
            fact, was = self.book.facts[name], self.inputs.values.get(name)
            if isinstance(within, frozenset):
                worth = [exactly(fact, value) for value in within]
                found[name] = sum(worth) if fact.type == "flag" else (frozenset(map(str, within)), False)
            else:
                found[name] = (*within, False)
            trust = self.inputs.values.get(f"confidence.{name}", self.book.parameters["confidence_unstated"])
            found[f"confidence.{name}"] = (trust, trust, False)
            if may_stay:
                found[name] = united(found[name], exactly(fact, was))
                found[f"confidence.{name}"] = (trust, trust, was is None)
        return found

    def told(self, change: Change) -> Result:
        """What the account would be told."""
        inputs = self.changed(change)
        rooms: dict[str, Room] = {
            name: frozenset((value,)) if isinstance(value, str | bool) else (value, value)
            for name, value in change.items()
        }
        found = self.nearby.outcomes(self.sets(rooms))
        if len(found.results) == 1:  # which is then proven
            primary = next(iter(found.primaries), None)
            return Result(next(iter(found.levels)), primary)
        return self._recommended(compiled(self.book).conclude(inputs))

    def estranged_by(self, change: Change) -> bool:
        """Whether known facts that apply now would not apply after a change."""
        now, then = (compiled(self.book).conclude(inputs).values for inputs in (self.inputs, self.changed(change)))
        return any(
            then.get(fact.when) is False and now.get(fact.when) is not False
            for name, fact in self.book.facts.items()
            if fact.when is not None and name not in change and self.inputs.values.get(name) is not None
        )

    def confirmed(self, change: Change) -> Result:
        """What the network says that the account would be told."""
        return self._recommended(network_of(self.book).conclude(self.changed(change)))

    def _recommended(self, conclusions: Conclusions) -> Result:
        found = recommend(self.book, conclusions)
        return Result(found.level, found.primary)

    def moved(self, change: Change) -> tuple[Moved, ...]:
        """The changed facts with all that is said of them, the doubtful ones first."""
        found = []
        for name, value in change.items():
            was = self.inputs.values.get(name)
            doubt: Literal["guess", "stale"] | None = (
                "guess" if name in self.guesses else "stale" if name in self.stale else None
            )
            found.append(Moved(name, was, value, steps(self.book, name, was, value), doubt))
        return tuple(sorted(found, key=lambda each: (each.doubt is None, each.fact)))


# how far a fact may move


def room(fact: Fact, was: Value | None, towards: Literal["up", "down"] | None = None) -> Room | None:
    """Where a fact may move to, its plausible range or all of its choices; None if nowhere.

    `towards`: the only direction in which it may move.
    """
    if fact.type in ("text", "table"):
        return None
    if fact.type == "flag":
        options: list[Value] = [False, True]
    elif fact.type == "choice":
        options = list(fact.choices)
    else:
        low, high = (1.0, 5.0) if fact.type == "rating" else fact.plausible or fact.range or (-math.inf, math.inf)
        if was is not None and not isinstance(was, str):
            low, high = (was if towards == "up" else low), (was if towards == "down" else high)
        return (low, high) if low < high and not math.isinf(high - low) else None
    if was in options and towards is not None and (fact.type == "flag" or fact.ordered):
        place = options.index(was)
        options = options[place:] if towards == "up" else options[: place + 1]
    return frozenset(option for option in options if option != was) or None


def steps(book: Rulebook, name: str, was: Value | None, value: Value) -> float:
    """How far a fact is moved."""
    fact = book.facts[name]
    if isinstance(value, str | bool):
        options: list[Value] = list(fact.choices)
        if not fact.ordered or was not in options or isinstance(value, bool):
            return STEPS
        return STEPS * abs(options.index(value) - options.index(was)) / (len(options) - 1)
    if was is None or isinstance(was, str):
        return STEPS
    if (fact.integer or is_amount(book, fact)) and was:
        return STEPS * abs(value - was) / abs(was)
    found = room(fact, None)
    width = 0.0 if found is None or isinstance(found, frozenset) else found[1] - found[0]
    return STEPS * abs(value - was) / width if width else STEPS


def is_amount(book: Rulebook, fact: Fact) -> bool:
    """Whether a number has no natural end: money, whose unit counts in ten thousands or millions."""
    return fact.unit is not None and fact.unit in book.units and bool(book.units[fact.unit].scales)


def grain(book: Rulebook, fact: Fact, was: float) -> float:
    """The differences in which a number is moved."""
    if is_amount(book, fact) and was:
        return 10.0 ** max(math.floor(math.log10(abs(was))) - DIGITS + 1, 0)
    return step_of(fact.id, book)


# one fact


@dataclass(frozen=True)
class Turning:
    """Values of one fact that alone change which strategy leads, with what is recommended then.

    Of a number, the nearest on either side; of anything else, all. `complete`: whether it is certain that there is
    none where none is found.
    """

    points: tuple[tuple[Value, Result], ...]
    complete: bool = True


def turning_points(account: Account, name: str, within: Room, aim: Aim) -> Turning:
    """Where one fact alone reaches the aim."""
    was = account.inputs.values.get(name)
    fact = account.book.facts[name]
    if isinstance(within, frozenset):
        candidates: Iterable[Value] = [option for option in _options(fact) if option in within]
    elif fact.type == "rating":
        candidates = [value for value in range(int(within[0]), int(within[1]) + 1) if value != was]
    else:
        number = None if isinstance(was, str) else was
        size = grain(account.book, fact, within[0] if number is None else number)
        start, ends = (within[0] - size, within[1:]) if number is None else (number, within)
        sides = [_first_along(account, name, start, end, size, aim) for end in ends if end != start]
        points = tuple(point for side in sides for point in side.points)
        return Turning(points, all(side.complete for side in sides))
    found = ((value, account.told({name: value})) for value in candidates)
    return Turning(tuple((value, result) for value, result in found if aim.met(result)))


def _options(fact: Fact) -> list[Value]:
    return [False, True] if fact.type == "flag" else list(fact.choices)


def _first_along(account: Account, name: str, was: float, end: float, size: float, aim: Aim) -> Turning:
    """The first value on the way to an end that reaches the aim; before it, provenly, none does."""
    way = 1 if end > was else -1
    start = math.floor(was / size) if way > 0 else math.ceil(was / size)
    last = math.ceil(abs(end - start * size) / size)

    def place(index: int) -> float | int:
        found = tidy((start + way * index) * size)
        return max(found, tidy(end)) if way < 0 else min(found, tidy(end))

    def nothing(first: float, index: int) -> bool:
        ends = sorted((first, place(index)))
        return aim.out_of_reach(account.nearby.outcomes(account.sets({name: (ends[0], ends[1])})))

    passed, first = 0, was
    for _ in range(MOST_JUMPS):
        if passed >= last or nothing(first, last):
            return Turning(())
        low, high = passed, last  # nothing as far as low, perhaps something as far as high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if nothing(first, middle) else (low, middle)
        value = place(high)
        found = account.told({name: value})
        if aim.met(found):
            return Turning(((value, found),))
        passed, first = high, value
    return Turning((), complete=False)


def away(account: Account) -> Aim:
    """Another strategy leading, or none."""
    leader = account.result.primary

    def out_of_reach(outcomes: Outcomes) -> bool:
        if leader is None:
            return not outcomes.primaries
        return outcomes.levels <= {"advised"} and outcomes.primaries <= {leader}

    return Aim(out_of_reach, lambda result: result.primary != leader)


def towards(strategy: str) -> Aim:
    """This strategy leading."""
    return Aim(lambda outcomes: strategy not in outcomes.primaries, lambda result: result.primary == strategy)


def may_alone(account: Account, rooms: Mapping[str, Room], aim: Aim) -> tuple[str, ...]:
    """The facts that may reach the aim alone; of all others it is proven that they do not."""
    return tuple(
        name
        for name, within in rooms.items()
        if not aim.out_of_reach(account.nearby.outcomes(account.sets({name: within})))
    )


def shortened(account: Account, change: Change, leads: str | None) -> Change:
    """The change with each fact moved no further than is needed for the same strategy to lead, to a plain number."""
    found = dict(change)
    for name in change:
        for value in _on_the_way(account, name, found[name]):
            if account.told({**found, name: value}).primary == leads:
                found[name] = value
                break
    return found


def _on_the_way(account: Account, name: str, value: Value) -> Iterator[Value]:
    """Values between that of the account and the changed one, the nearest first; then plain numbers close to it."""
    fact, was = account.book.facts[name], account.inputs.values.get(name)
    if isinstance(value, bool | str):
        options = list(fact.choices)
        if fact.ordered and isinstance(value, str) and was in options:
            one, other = options.index(str(was)), options.index(value)
            yield from options[one + 1 : other] if one < other else options[one - 1 : other : -1]
        return
    low, high = _ends(fact)
    size = grain(account.book, fact, value)
    if was is not None and not isinstance(was, str):
        count = abs(value - was) / size
        stride = max(1, math.ceil(count / MOST_BETWEEN))
        way = 1 if value > was else -1
        start = math.floor(was / size) if way > 0 else math.ceil(was / size)
        yield from (tidy((start + way * index) * size) for index in range(1, math.ceil(count), stride))
    for finer in range(DIGITS + 1):
        step = size / 10.0**finer
        near = (math.ceil(value / step) * step, math.floor(value / step) * step)
        yield from (tidy(each) for each in near if low <= each <= high)


def _ends(fact: Fact) -> tuple[float, float]:
    found = room(fact, None)
    return (-math.inf, math.inf) if found is None or isinstance(found, frozenset) else found


def compared_with(book: Rulebook) -> dict[str, set[float]]:
    """The numbers with which conditions compare a fact, and those one step to either side."""
    constants = State({}, book.parameters)
    found: dict[str, set[float]] = {}
    conditions = [rule.effective for rule in book.rules]
    conditions += [expression for measure in book.measures.values() for expression in measure.expressions]
    for condition in conditions:
        for node in ex.walk(condition):
            if not isinstance(node, ex.Compare) or not isinstance(node.left, ex.Name):
                continue
            fact = book.facts.get(node.left.name)
            if fact is None or any(isinstance(each, ex.Name) for each in ex.walk(node.right)):
                continue
            bound = evaluate(node.right, constants)
            if isinstance(bound, int | float) and not isinstance(bound, bool):
                step = step_of(fact.id, book)
                found.setdefault(fact.id, set()).update((bound - step, float(bound), bound + step))
    return found
