"""Whose advice differs between two rulebooks, and which of the changes is responsible.

`advice`, `advice_changes` and `causes` take any account, not only cases of files: whoever finds accounts in another
way, such as by proof, judges them with the same three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kam_expert.case import Case, case_from, profile_named_in, read_case_file
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Conclusions, Inputs
from kam_expert.maintenance.difference import EntryChange
from kam_expert.maintenance.influence import Influence
from kam_expert.problems import Problem, ProblemsFound
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.schema import VoteRule

Which = Literal["a", "b"]
Aspect = Literal["level", "primary", "secondary", "next_waves", "position", "signal"]
_PLAN = frozenset({"insert", "goal"})
_OF_PEOPLE = frozenset({"id", "title", "because", "caution", "sources", "fires", "silent", "code", "condition"})


@dataclass(frozen=True)
class Advice:
    """What a rulebook says of one account."""

    recommendation: Recommendation
    conclusions: Conclusions

    @property
    def choice(self) -> tuple[object, ...]:
        found = self.recommendation
        return found.level, found.primary, found.secondary, tuple(wave.strategy for wave in found.next_waves)


@dataclass(frozen=True)
class AdviceChange:
    """One thing said differently. `name`: the model or signal, None for the choice of strategies."""

    aspect: Aspect
    name: str | None
    old: object
    new: object


@dataclass(frozen=True)
class VoteChange:
    """What one rule gives one strategy before and after: points, or a veto; None where it does not vote."""

    strategy: str
    old: int | Literal["veto"] | None
    new: int | Literal["veto"] | None


@dataclass(frozen=True)
class Cause:
    """What acts differently on one account.

    A rule that fires now, no longer fires or concludes something else, or a table or parameter of selection (`effect`
    decides) without whose change the choice would be another one. `behind`: the changed entries, kind and id, that it
    is or rests on.
    """

    kind: str
    id: str
    effect: Literal["fires", "silent", "differs", "decides"]
    votes: tuple[VoteChange, ...]
    behind: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CaseDifference:
    case: str
    file: str
    name: str
    changes: tuple[AdviceChange, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Unreadable:
    """A case that a rulebook cannot read, with the mistakes found."""

    file: str
    which: Which
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class CasesCompared:
    """`count`: cases that both rulebooks read."""

    count: int
    differing: tuple[CaseDifference, ...]
    unreadable: tuple[Unreadable, ...]


class Side:
    """One of the two rulebooks, under the profile asked for or that of each case; every book is read once."""

    def __init__(self, root: Path | None, profile: str | None) -> None:
        self.root = root
        self.profile = profile
        self.books: dict[str | None, Rulebook] = {}

    def book(self, named: str | None = None) -> Rulebook:
        """The rulebook; raises `ProblemsFound` if it is broken."""
        profile = self.profile or named
        if profile not in self.books:
            self.books[profile] = load_rulebook(self.root, profile)
        return self.books[profile]

    def case(self, path: Path) -> tuple[Case, Rulebook]:
        """The case as this rulebook reads it; raises `ProblemsFound` if it cannot."""
        document = read_case_file(path)
        book = self.book(profile_named_in(document))
        return case_from(document, book), book


def compare_cases(paths: Sequence[Path], a: Side, b: Side, changes: Sequence[EntryChange]) -> CasesCompared:
    """Judge each case with both rulebooks. A case that one of them cannot read does not stop the others."""
    differing: list[CaseDifference] = []
    unreadable: list[Unreadable] = []
    count = 0
    for path in paths:
        read: list[tuple[Case, Rulebook]] = []
        sides: tuple[tuple[Which, Side], ...] = (("a", a), ("b", b))
        for which, side in sides:
            try:
                read.append(side.case(path))
            except ProblemsFound as found:
                unreadable.append(Unreadable(path.name, which, found.problems))
        if len(read) == len(sides):
            count += 1
            difference = _of_case(path, read[0], read[1], changes)
            if difference is not None:
                differing.append(difference)
    return CasesCompared(count, tuple(differing), tuple(unreadable))


def _of_case(
    path: Path, one: tuple[Case, Rulebook], other: tuple[Case, Rulebook], changes: Sequence[EntryChange]
) -> CaseDifference | None:
    (before, a), (after, b) = one, other
    old, new = advice(a, before.inputs(a)), advice(b, after.inputs(b))
    found = advice_changes(old, new, a, b)
    if not found:
        return None
    return CaseDifference(after.id, path.name, after.name, found, causes(a, b, old, new, changes))


def advice(book: Rulebook, inputs: Inputs) -> Advice:
    """What a rulebook says of an account."""
    conclusions = plain.conclude(book, inputs)
    return Advice(recommend(book, conclusions), conclusions)


def advice_changes(old: Advice, new: Advice, a: Rulebook, b: Rulebook) -> tuple[AdviceChange, ...]:
    """What is said differently: the choice, then positions and signals."""
    found: list[AdviceChange] = []
    aspects: tuple[Aspect, ...] = ("level", "primary", "secondary", "next_waves")
    for aspect, before, after in zip(aspects, old.choice, new.choice, strict=True):
        if before != after:
            found.append(AdviceChange(aspect, None, before, after))
    values, others = old.conclusions.values, new.conclusions.values
    for model in dict.fromkeys((*b.models, *a.models)):
        if values.get(model) != others.get(model):
            found.append(AdviceChange("position", model, values.get(model), others.get(model)))
    for signal in dict.fromkeys((*b.signals, *a.signals)):
        before, after = values.get(signal) is True, others.get(signal) is True
        if before != after:
            found.append(AdviceChange("signal", signal, before, after))
    return tuple(found)


def causes(a: Rulebook, b: Rulebook, old: Advice, new: Advice, changes: Sequence[EntryChange]) -> tuple[Cause, ...]:
    """The rules that act differently on an account, and the tables and parameters that decide its choice."""
    influence = Influence(a, b, changes)
    rules = [cause for cause in _rules(a, b, old, new, influence) if cause.behind]
    return (*rules, *_tables(a, b, old, new, influence))


def _rules(a: Rulebook, b: Rulebook, old: Advice, new: Advice, influence: Influence) -> Iterator[Cause]:
    before = {rule.id: rule for rule in a.rules}
    after = {rule.id: rule for rule in b.rules}
    fired_before = {firing.rule for firing in old.conclusions.firings}
    fired_after = {firing.rule for firing in new.conclusions.firings}
    for name in dict.fromkeys((*after, *before)):
        one = before[name] if name in fired_before else None
        other = after[name] if name in fired_after else None
        rule = other or one
        if rule is None or rule.kind in _PLAN:
            continue
        votes = tuple(_votes(one, other, a, b))
        if one is not None and other is not None and not votes and _concluded(one) == _concluded(other):
            continue
        effect: Literal["fires", "silent", "differs"] = "fires" if one is None else "silent"
        if one is not None and other is not None:
            effect = "differs"
        yield Cause("rule", name, effect, votes, influence.behind_rule(name))


def _concluded(rule: Rule) -> Mapping[str, object]:
    """What a rule says when it fires, without what is said about it and without its votes."""
    fields = {name: value for name, value in rule.entry if name not in _OF_PEOPLE and name != "votes"}
    return {"kind": rule.kind, **fields}


def _votes(one: Rule | None, other: Rule | None, a: Rulebook, b: Rulebook) -> Iterator[VoteChange]:
    old, new = _points(one, a), _points(other, b)
    for strategy in dict.fromkeys((*new, *old)):
        before, after = old.get(strategy), new.get(strategy)
        if before != after:
            yield VoteChange(strategy, before, after)


def _points(rule: Rule | None, book: Rulebook) -> dict[str, int | Literal["veto"]]:
    """The votes of a rule that fired."""
    if rule is None or not isinstance(rule.entry, VoteRule):
        return {}
    strengths = book.selection.strengths
    return {name: "veto" if strengths[word].veto else strengths[word].points for name, word in rule.entry.votes.items()}


# tables and parameters of selection


def _tables(a: Rulebook, b: Rulebook, old: Advice, new: Advice, influence: Influence) -> Iterator[Cause]:
    """Each change of selection without which the choice would be another one, all else being as in the newer book."""
    if old.choice == new.choice:
        return
    for key, otherwise in _reverted(a, b, influence):
        if Advice(recommend(otherwise, new.conclusions), new.conclusions).choice != new.choice:
            yield Cause(*key, "decides", (), (key,))


def _reverted(a: Rulebook, b: Rulebook, influence: Influence) -> Iterator[tuple[tuple[str, str], Rulebook]]:
    """The newer book with one change of selection undone, for each of them that can be undone alone."""
    for name, value in b.parameters.items():
        if a.parameters.get(name, value) != value:
            yield influence.of_parameter(name), replace(b, parameters={**b.parameters, name: a.parameters[name]})
    if set(a.candidates) == set(b.candidates):
        if a.selection.precedence != b.selection.precedence:
            selection = b.selection.model_copy(update={"precedence": a.selection.precedence})
            yield ("precedence", "precedence"), replace(b, selection=selection)
        for strategy in b.strategies:
            if ("strategy", strategy) in influence.changed:
                earlier = {n: a.candidates[n] for n, each in b.candidates.items() if each.strategy.id == strategy}
                yield ("strategy", strategy), replace(b, candidates={**b.candidates, **earlier})
    for kind, pair in influence.changed:
        if kind == "pair":
            selection = b.selection.model_copy(update={"pairs": _with_pair_of(a, b, pair)})
            yield (kind, pair), replace(b, selection=selection)
    moved = [key for key in influence.moved if key[0] == "rule"]
    places = {rule.id: index for index, rule in enumerate(a.rules)}
    for key in moved:
        if key[1] in places:
            yield key, replace(b, rules=tuple(sorted(b.rules, key=lambda rule: places.get(rule.id, len(places)))))


def _with_pair_of(a: Rulebook, b: Rulebook, pair: str) -> dict[str, dict[str, int | Literal["never"]]]:
    """The pairs of the newer book with one pair as in the older book."""
    names = frozenset(pair.split(" + "))

    def of(book: Rulebook, *, wanted: bool) -> Iterator[tuple[str, str, int | Literal["never"]]]:
        for one, others in book.selection.pairs.items():
            for other, value in others.items():
                if (frozenset((one, other)) == names) == wanted:
                    yield one, other, value

    found: dict[str, dict[str, int | Literal["never"]]] = {}
    for one, other, value in (*of(b, wanted=False), *of(a, wanted=True)):
        found.setdefault(one, {})[other] = value
    return found
