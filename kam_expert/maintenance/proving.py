"""The promises of the rulebook, each proven for every account or broken by one that is shown.

A promise is a list of tasks, small questions that can be put to the solver independently of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Literal

from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions, Inputs
from kam_expert.engines.constraints import prover
from kam_expert.engines.constraints.solving import Answer
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Property, Rule, Rulebook
from kam_expert.rulebook.expressions import Known, names_in, walk
from kam_expert.rulebook.schema import BarRule, BlockRule, ForcedRule, InsertRule, SignalRule, StatedProperty, VoteRule

Verdict = Literal["holds", "broken", "undecided"]
BROKEN_BY_AN_ACCOUNT: Mapping[str, Verdict] = {"none": "holds", "found": "broken", "undecided": "undecided"}
KEPT_BY_AN_ACCOUNT: Mapping[str, Verdict] = {"none": "broken", "found": "holds", "undecided": "undecided"}


@dataclass(frozen=True)
class Task:
    """One question: the number of the property, and the entries it is asked of."""

    property: int
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The answer to one task. `accounts` break the property; two of them if it is about a difference."""

    property: str
    items: tuple[str, ...]
    verdict: Verdict
    accounts: tuple[Inputs, ...] = ()
    excepted: bool = False


def tasks(book: Rulebook, only: Sequence[str] = ()) -> list[Task]:
    """All questions that the properties of the book ask; only those of the named properties if any are named."""
    return [
        Task(number, items)
        for number, stated in enumerate(book.properties)
        if not only or stated.entry.id in only
        for items in _items(book, stated)
    ]


def prove(
    book: Rulebook, load: Callable[[], Rulebook], only: Sequence[str] = (), workers: int = 1
) -> Iterator[Outcome]:
    """The outcome of every task, in order. `load` reads the same book again in each worker process."""
    todo = tasks(book, only)
    if workers == 1:
        yield from (answer(book, task) for task in todo)
        return
    with ProcessPoolExecutor(workers, initializer=_begin, initargs=(load,)) as pool:
        yield from pool.map(_answer, todo, chunksize=4)


def told_apart(one: Rulebook, other: Rulebook) -> Answer:
    """A small account to which two rulebooks give another level or other strategies; `none` proves there is none."""

    def choice(book: Rulebook, inputs: Inputs) -> tuple[object, ...]:
        advice = _judged(book, inputs)[1]
        return advice.level, advice.primary, advice.secondary

    return prover.told_apart(one, other, lambda found: choice(one, found[0]) != choice(other, found[0]))


_worker_book: list[Rulebook] = []


def _begin(load: Callable[[], Rulebook]) -> None:
    _worker_book[:] = [load()]


def _answer(task: Task) -> Outcome:
    return answer(_worker_book[0], task)


def answer(book: Rulebook, task: Task) -> Outcome:
    """Put one question to the solver."""
    stated = book.properties[task.property]
    entry = stated.entry
    excepted = any(item in entry.exceptions for item in task.items)
    if entry.claim == "rules_fire":
        (rule,) = (book.rule(item) for item in task.items)
        found = prover.rule_fires(book, rule, lambda accounts: plain.conclude(book, accounts[0]).fired(rule.id))
        return _inverted(entry, task, found, excepted)
    if entry.claim == "rules_distinct":
        one, other = (book.rule(item) for item in task.items)
        return _inverted(entry, task, _apart(book, one, other), excepted)
    found = _broken(book, stated, task.items)
    verdict = BROKEN_BY_AN_ACCOUNT[found.verdict]
    return Outcome(entry.id, task.items, verdict, found.accounts, excepted)


def _inverted(entry: StatedProperty, task: Task, found: Answer, excepted: bool) -> Outcome:
    """Where an account is what keeps the promise."""
    verdict = KEPT_BY_AN_ACCOUNT[found.verdict]
    return Outcome(entry.id, task.items, verdict, (), excepted)


def _items(book: Rulebook, stated: Property) -> Iterator[tuple[str, ...]]:
    match stated.entry.claim:
        case "rules_fire":
            yield from ((rule.id,) for rule in book.rules)
        case "rules_distinct":
            effects: dict[object, list[Rule]] = {}
            for rule in book.rules:
                for effect in _effects(rule):
                    effects.setdefault(effect, []).append(rule)
            pairs = (pair for rules in effects.values() for pair in permutations(rules, 2))
            yield from dict.fromkeys((one.id, other.id) for one, other in pairs)
        case "one_row":
            for model, entry in book.models.items():
                if entry.policy == "unique":
                    yield model, "two"
                yield model, "none"
        case "forced_rules_hold":
            yield from ((rule.id,) for rule in book.rules_of("forced"))
        case _:
            yield ()


def _effects(rule: Rule) -> Iterator[object]:
    """What a rule does, whole: two rules with the same effect are worth comparing."""
    match rule.entry:
        case SignalRule() as entry:
            yield "signal", entry.signal
        case VoteRule() as entry:
            yield "votes", tuple(sorted(entry.votes.items()))
        case BlockRule() as entry:
            yield from (("block", name) for name in entry.blocks if len(entry.blocks) == 1)
            yield "blocks", tuple(sorted(entry.blocks))
        case BarRule() as entry:
            yield "bars", tuple(sorted(entry.bars)), entry.only_as_primary
        case InsertRule() as entry:
            yield "insert", entry.insert.id


def _apart(book: Rulebook, one: Rule, other: Rule) -> Answer:
    def check(accounts: tuple[Inputs, ...]) -> bool:
        found = plain.conclude(book, accounts[0])
        return found.fired(one.id) and not found.fired(other.id)

    return prover.apart(book, one.effective, other.effective, check)


def _judged(book: Rulebook, inputs: Inputs) -> tuple[Conclusions, Recommendation]:
    found = plain.conclude(book, inputs)
    return found, recommend(book, found)


def _broken(book: Rulebook, stated: Property, items: tuple[str, ...]) -> Answer:
    """An account that breaks the property, confirmed by the plain interpreter and the selection policy."""
    entry, condition = stated.entry, stated.condition
    names = entry.strategies or tuple(name for name, each in book.candidates.items() if each.strategy.growth)

    def true_of(inputs: Inputs) -> bool:
        return condition is None or plain.truth(condition, book, plain.conclude(book, inputs).values) is True

    match entry.claim:
        case "one_row" if items[1] == "two":
            return prover.two_rows(book, items[0], lambda found: len(_rows_true(book, items[0], found[0])) > 1)
        case "one_row":
            return prover.no_row(book, items[0], lambda found: _gap(book, items[0], found[0]))
        case "answered":
            return prover.unanswered(book, lambda found: _silent(_judged(book, found[0])[1]))
        case "nothing_excluded":
            return prover.wrongly_chosen(book, lambda found: _excluded(book, *_judged(book, found[0])))
        case "forced_rules_hold":
            rule = book.rule(items[0])
            return prover.force_ignored(book, rule, lambda found: _ignored(book, rule, *_judged(book, found[0])))
        case "never_helps":
            assert entry.fact is not None

            def helped(found: tuple[Inputs, ...]) -> bool:
                first, second = (_judged(book, inputs)[1] for inputs in found)
                if entry.fact not in found[0].values or entry.fact not in found[1].values:
                    return False
                if entry.of == "primary":
                    return first.level == "advised" and second.primary in names and first.primary != second.primary
                return any(second.standing(name).score > first.standing(name).score for name in names)

            return prover.raised(book, entry.fact, entry.direction, names, entry.of, helped)
        case "level":
            assert condition is not None and entry.level is not None
            check = lambda found: true_of(found[0]) and _judged(book, found[0])[1].level != entry.level  # noqa: E731
            return prover.level_missed(book, condition, entry.level, check)
        case _:
            assert condition is not None
            beside = entry.claim == "never_chosen"

            def chosen(found: tuple[Inputs, ...]) -> bool:
                advice = _judged(book, found[0])[1]
                taken = {advice.primary, *advice.secondary} if beside else {advice.primary}
                return true_of(found[0]) and not taken.isdisjoint(names)

            return prover.led_by(book, condition, names, beside, chosen)


def _rows_true(book: Rulebook, model: str, inputs: Inputs) -> list[Rule]:
    values = plain.conclude(book, inputs).values
    return [rule for rule in book.rules if rule.target == model and plain.truth(rule.effective, book, values)]


def _gap(book: Rulebook, model: str, inputs: Inputs) -> bool:
    values = plain.conclude(book, inputs).values
    rows = [rule for rule in book.rules if rule.target == model]
    asked = {node.item.name for row in rows for node in walk(row.condition) if isinstance(node, Known)}
    names = {name for row in rows for name in names_in(row.condition)} - asked
    return model not in values and all(name in values for name in names)


def _silent(advice: Recommendation) -> bool:
    return advice.primary is None and advice.level_rule is None


def _excluded(book: Rulebook, found: Conclusions, advice: Recommendation) -> bool:
    if advice.primary is None:
        return False
    out: set[str] = set()
    for firing in found.firings:
        match book.rule(firing.rule).entry:
            case VoteRule() as entry:
                out |= {name for name, word in entry.votes.items() if book.selection.strengths[word].veto}
            case BlockRule() as entry:
                out |= set(entry.blocks)
            case BarRule() as entry if not entry.only_as_primary:
                out |= set(entry.bars)
            case BarRule() as entry:
                out |= {name for name in entry.bars if name == advice.primary}
    chosen = [advice.primary, *advice.secondary]
    clash = any(book.pair(*pair) == "never" for pair in combinations(chosen, 2))
    return clash or not out.isdisjoint(chosen)


def _ignored(book: Rulebook, rule: Rule, found: Conclusions, advice: Recommendation) -> bool:
    entry = rule.entry
    assert isinstance(entry, ForcedRule)
    first = next((other.id for other in book.rules_of("forced") if found.fired(other.id)), None)
    followed = {*entry.satisfied_by, *(item.strategy for item in entry.primary)}
    return first == rule.id and advice.primary is not None and advice.primary not in followed
