"""Which accounts belong together, by the texts that bind them, and what is odd about their names and parents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kam_expert.portfolio.members import Member
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.portfolio_rules import Bond


@dataclass(frozen=True)
class Group:
    """Accounts in one currency that count as one. `texts`: what binds them, by fact; `members`: their places."""

    texts: tuple[tuple[str, str], ...]
    currency: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Relations:
    """`oddities`: by name of the portfolio, the accounts of which it is true."""

    groups: tuple[Group, ...]
    oddities: Mapping[str, frozenset[int]]


def key_of(text: str) -> str:
    """What two spellings of one name have in common: no case, no spaces at the ends or doubled."""
    return " ".join(text.split()).casefold()


def relations_of(members: Sequence[Member], bonds: Sequence[Bond], parameters: Mapping[str, float]) -> Relations:
    """Groups of accounts that share a text which binds, transitively."""
    names: dict[str, list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        names[key_of(member.account)].append(place)
    cases = {key_of(member.case): place for place, member in enumerate(members)}
    union = _Union(len(members))
    bound: dict[tuple[str, str], list[int]] = defaultdict(list)
    written: dict[tuple[str, str], str] = {}
    parents: dict[int, int] = {}
    own: set[int] = set()
    for bond in bonds:
        fact = bond.entry.fact
        for place, member in enumerate(members):
            text = member.values.get(fact)
            if not isinstance(text, str) or not text.strip():
                continue
            if bond.condition is not None:
                truth = evaluate(bond.condition, State(member.values, parameters))
                if truth is not True:
                    continue
            key = key_of(text)
            if bond.entry.owner:
                owners = names.get(key) or ([cases[key]] if key in cases else [])
                if place in owners:
                    own.add(place)
                    continue
                if owners:
                    parents[place] = owners[0]
                    bound[fact, key] += [owner for owner in owners if owner not in bound[fact, key]]
            bound[fact, key].append(place)
            written.setdefault((fact, key), text.strip())
    for places in bound.values():
        for place in places[1:]:
            union.join(places[0], place)
    texts: dict[int, dict[tuple[str, str], None]] = defaultdict(dict)
    for (fact, key), places in bound.items():
        if len(set(places)) > 1:
            texts[union.root(places[0])][fact, written[fact, key]] = None
    sets: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        sets[union.root(place), member.currency].append(place)
    groups = [
        Group(tuple(texts[root]), currency, tuple(places))
        for (root, currency), places in sets.items()
        if len(places) > 1
    ]
    counted = Counter(key_of(member.account) for member in members)
    same = frozenset(place for place, member in enumerate(members) if counted[key_of(member.account)] > 1)
    oddities = {"own_parent": frozenset(own), "parent_circle": _in_circles(parents), "same_name": same}
    return Relations(tuple(groups), oddities)


def _in_circles(parents: Mapping[int, int]) -> frozenset[int]:
    """The accounts from which the parents lead back to themselves."""
    found: set[int] = set()
    done: set[int] = set()
    for start in parents:
        path: dict[int, None] = {}
        here: int | None = start
        while here is not None and here not in path and here not in done:
            path[here] = None
            here = parents.get(here)
        if here in path:
            walked = list(path)
            found.update(walked[walked.index(here) :])
        done.update(path)
    return frozenset(found)


class _Union:
    """Disjoint sets of places, each named by its smallest."""

    def __init__(self, count: int) -> None:
        self.above = list(range(count))

    def root(self, place: int) -> int:
        while self.above[place] != place:
            self.above[place] = self.above[self.above[place]]
            place = self.above[place]
        return place

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self.above[high] = low
