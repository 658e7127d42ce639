"""Which changed entries a rule rests on: its own change, and every change in what it reads, however far below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kam_expert.maintenance.difference import EntryChange, queue_of
from kam_expert.rulebook.book import STEERING_PARAMETERS, Rule, Rulebook
from kam_expert.rulebook.expressions import Expression, Name, Parameter, base_name, walk

Key = tuple[str, str]  # kind and id of an entry
_TRUST = ("confidence_", "stale_")  # parameters behind the confidence of a fact
_COVERAGE = "min_coverage"


class Influence:
    """The changes of meaning between two rulebooks, and what rests on each."""

    def __init__(self, a: Rulebook, b: Rulebook, changes: Sequence[EntryChange]) -> None:
        self.books = (a, b)
        meant = [change for change in changes if change.sort == "meaning"]
        self.changed = {(change.kind, change.id): change for change in meant}
        self.moved = {
            key: change for key, change in self.changed.items() if any(each.path == "place" for each in change.fields)
        }
        self.in_force = frozenset(_differing_in_force(a, b))

    def of_parameter(self, name: str) -> Key:
        """The entry that gives a parameter its new value: its own, or the profile."""
        return ("parameter", name) if ("parameter", name) in self.changed else self._profile("parameter", name)

    def behind_rule(self, rule_id: str) -> tuple[Key, ...]:
        """The changes behind a rule, the nearest first."""
        found: dict[Key, None] = {}
        seen: set[Key] = set()
        layer: list[Key] = [("rule", rule_id)]
        while layer:
            below: list[Key] = []
            for key in layer:
                if key in seen:
                    continue
                seen.add(key)
                found.update(dict.fromkeys(self._changes_of(key)))
                below += [each for book in self.books for each in _read_by(key, book)]
            layer = below
        return tuple(found)

    def _changes_of(self, key: Key) -> Iterator[Key]:
        if key in self.changed:
            yield key
        if key[0] == "rule":
            targets = {("model", str(rule.target)) for book in self.books for rule in book.rules if rule.id == key[1]}
            yield from (target for target in targets if target in self.changed)
        elif key not in self.changed and key in self.in_force:
            yield self._profile(*key)

    def _profile(self, kind: str, name: str) -> Key:
        """The profile, when what is in force differs although the entry is the same."""
        profiles = [book.profile.profile for book in self.books if book.profile is not None]
        return ("profile", profiles[-1]) if profiles else (kind, name)


def readers(parameter: str, book: Rulebook) -> tuple[Key, ...]:
    """The measures, scores and rules that read a parameter directly."""
    names: tuple[tuple[str, Iterable[str]], ...] = (("measure", book.measures), ("score", book.scores))
    keys = [(kind, name) for kind, entries in names for name in entries]
    found = [key for key in keys if ("parameter", parameter) in _read_by(key, book)]
    reading = [rule.id for rule in book.rules if ("parameter", parameter) in _names([rule.condition], book)]
    return (*found, *(("rule", name) for name in reading))


def _differing_in_force(a: Rulebook, b: Rulebook) -> Iterator[Key]:
    """What has another value or definition, whether through its entry or through a profile."""
    for name in a.parameters.keys() & b.parameters.keys():
        if a.parameters[name] != b.parameters[name]:
            yield "parameter", name
    for name in a.measures.keys() & b.measures.keys():
        if a.measures[name].expression != b.measures[name].expression:
            yield "measure", name
    for name in a.scores.keys() & b.scores.keys():
        if [part.weight for part in a.scores[name].parts] != [part.weight for part in b.scores[name].parts]:
            yield "score", name
    given, others = ({} if book.profile is None else book.profile.facts for book in (a, b))
    for name in {*given, *others}:
        if given.get(name) != others.get(name):
            yield "fact", name


def _read_by(key: Key, book: Rulebook) -> Iterator[Key]:
    """What an entry reads directly."""
    kind, name = key
    if kind == "rule":
        for rule in book.rules:
            if rule.id == name:
                yield from _read_by_rule(rule, book)
    elif kind == "measure" and name in book.measures:
        measure = book.measures[name]
        written = [measure.expression, measure.when, *(line.condition for line in measure.lines)]
        yield from _names((each for each in written if each is not None), book)
        if measure.entry.by is not None:
            yield from _named(measure.entry.by, book)
        if measure.entry.completeness is not None:
            yield from (("fact", fact.id) for fact in book.facts.values() if fact.short_form is not None)
    elif kind == "score" and name in book.scores:
        score = book.scores[name]
        yield from _names((part.value for part in score.parts), book)
        yield "parameter", _COVERAGE
        if score.entry.prefer is not None:
            yield from _named(score.entry.prefer, book)
    elif kind in ("model", "signal"):
        yield from (("rule", rule.id) for rule in book.rules if rule.target == name)
    elif kind == "fact" and name in book.facts and book.facts[name].derived is not None:
        yield from _named(str(book.facts[name].derived), book)


def _read_by_rule(rule: Rule, book: Rulebook) -> Iterator[Key]:
    yield from _names([rule.effective], book)
    queue = queue_of(rule, book)
    if rule.kind == "position" and queue is not None:
        yield from (("rule", other.id) for other in book.rules if queue_of(other, book) == queue)
    votes: Mapping[str, str] = getattr(rule.entry, "votes", {})
    yield from (("strength", word) for word in votes.values())


def _names(expressions: Iterable[Expression], book: Rulebook) -> Iterator[Key]:
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Parameter):
                yield "parameter", node.name
            elif isinstance(node, Name):
                yield from _named(node.name, book)


def _named(name: str, book: Rulebook) -> Iterator[Key]:
    """The entry behind a name; the confidence of a fact also rests on parameters."""
    if name.startswith("confidence."):
        yield from (("parameter", each) for each in STEERING_PARAMETERS if each.startswith(_TRUST))
    plain = base_name(name)
    groups: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("fact", book.facts),
        ("measure", book.measures),
        ("score", book.scores),
        ("model", book.models),
        ("signal", book.signals),
    )
    for kind, entries in groups:
        if plain in entries:
            yield kind, plain
