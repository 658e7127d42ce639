"""What differs between two rulebooks, entry by entry and field by field, as typed values.

A difference is of meaning if it can change a result; of wording if only texts, or the way in which the same condition
is written, differ; of support if only sources, examples or codes do. A rule that moves among rules of which the first
one counts is a difference of meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal, get_args

from kam_expert.maintenance.document_entries import document_entries
from kam_expert.maintenance.portfolio_entries import Compared, portfolio_entries
from kam_expert.maintenance.review_entries import review_entries
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.normal_form import MOST_BRANCHES, branch_count, branches
from kam_expert.rulebook.schema import Entry, Label, Profile, Selection, Text

Sort = Literal["meaning", "wording", "support"]
Kind = Literal[
    "fact",
    "parameter",
    "measure",
    "score",
    "model",
    "cell",
    "signal",
    "rule",
    "strategy",
    "activity",
    "strength",
    "precedence",
    "pair",
    "plan",
    "portfolio",
    "review",
    "document",
    "profile",
    "unit",
    "source",
]
_SUPPORT = frozenset({"sources", "fires", "silent", "code", "citation"})
_ELSEWHERE = {"model": frozenset({"cells"}), "strategy": frozenset({"activities"})}  # entries of a kind of their own
_NAMED_BY = ("id", "if", "strategy")  # what tells the items of a list apart, in this order
_FIRST_COUNTS = frozenset({"level", "forced", "default", "seat", "insert", "goal"})


@dataclass(frozen=True)
class FieldChange:
    """One field of an entry: its path in the file, and its value before and after; None where there is none.

    `conditions`: the two values as conditions or formulas, for a field that holds one.
    """

    path: str
    old: object
    new: object
    sort: Sort = "meaning"
    conditions: tuple[Expression | None, Expression | None] | None = None


@dataclass(frozen=True)
class EntryChange:
    """One entry that is new, gone or different. `title`: what people call it, in the newer wording."""

    kind: Kind
    id: str
    change: Literal["added", "removed", "changed"]
    sort: Sort
    title: Text | str | None
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Piece:
    """An entry to be compared. `expressions`: the conditions and formulas in it, by what is written."""

    value: Any
    title: Text | str | None = None
    expressions: Mapping[str, Expression] = field(default_factory=dict)


def differences(
    a: Rulebook, b: Rulebook, profiles: tuple[Mapping[str, Profile], Mapping[str, Profile]] = ({}, {})
) -> tuple[EntryChange, ...]:
    """Every entry that differs from `a` to `b`, by kind. `profiles`: the presets that each of them brings."""
    found: list[EntryChange] = []
    for kind, pieces in _KINDS.items():
        found += _compared_entries(kind, pieces(a), pieces(b))
    found += _precedence(a.selection, b.selection)
    found += _compared_entries("profile", _profiles(a, profiles[0]), _profiles(b, profiles[1]))
    places = {change.id: change for change in _moved(a, b)}
    merged = [_with_place(change, places.pop(change.id, None)) for change in found if change.kind == "rule"]
    merged += [_placed(b, place) for place in places.values()]
    order = {kind: index for index, kind in enumerate(get_args(Kind))}
    rest = [change for change in found if change.kind != "rule"]
    return tuple(sorted([*rest, *merged], key=lambda change: order[change.kind]))


# the entries of each kind


def _plain(entries: Mapping[str, Entry]) -> dict[str, Piece]:
    return {name: Piece(entry, _title(entry)) for name, entry in entries.items()}


def _title(entry: object) -> Text | str | None:
    for name in ("title", "label", "name", "citation"):
        found = getattr(entry, name, None)
        if isinstance(found, Text | str):
            return found
    return None


def _facts(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.facts)


def _parameters(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.parameter_entries)


def _measures(book: Rulebook) -> dict[str, Piece]:
    replaced = {} if book.profile is None else book.profile.definitions
    return {
        name: Piece(m.entry, m.entry.label, {} if name in replaced else _written_in(m))
        for name, m in book.measures.items()
    }


def _written_in(measure: Computed) -> dict[str, Expression]:
    entry, found = measure.entry, {line.entry.condition: line.condition for line in measure.lines}
    if measure.expression is not None:
        found[entry.flag or entry.formula or ""] = measure.expression
    if measure.when is not None and entry.tally is not None and entry.tally.when is not None:
        found[entry.tally.when] = measure.when
    return found


def _scores(book: Rulebook) -> dict[str, Piece]:
    def written(score: Weighted) -> dict[str, Expression]:
        return {part.entry.value: part.value for part in score.parts}

    return {name: Piece(score.entry, score.entry.label, written(score)) for name, score in book.scores.items()}


def _models(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.models)


def _cells(book: Rulebook) -> dict[str, Piece]:
    return _plain(
        {f"{model.id}.{cell}": entry for model in book.models.values() for cell, entry in model.cells.items()}
    )


def _signals(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.signals)


def _rules(book: Rulebook) -> dict[str, Piece]:
    found = {}
    for rule in book.rules:
        expressions = {str(rule.entry.condition): rule.condition}
        if rule.formula is not None:
            expressions[str(getattr(rule.entry, "target", ""))] = rule.formula
        found[rule.id] = Piece(rule.entry, rule.entry.title, expressions)
    return found


def _strategies(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.strategies)


def _activities(book: Rulebook) -> dict[str, Piece]:
    found = {}
    for strategy in book.strategies.values():
        for activity in strategy.activities:
            done = book.done_when.get(activity.id)
            expressions = {} if done is None or activity.unless is None else {activity.unless: done}
            value = {"strategy": strategy.id, **_fields(activity)}
            found[activity.id] = Piece(value, activity.title, expressions)
    return found


def _strengths(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.selection.strengths)


def _pairs(book: Rulebook) -> dict[str, Piece]:
    """Each pair once, by the names in alphabetical order; of two values for one pair the lower counts, as selection
    has it."""
    found: dict[str, Piece] = {}
    for one, others in book.selection.pairs.items():
        for other, value in others.items():
            name = " + ".join(sorted((one, other)))
            stated = [value, *([found[name].value["value"]] if name in found else [])]
            lower = "never" if "never" in stated else min(stated)
            found[name] = Piece({"value": lower})
    return found


def _plans(book: Rulebook) -> dict[str, Piece]:
    stated = book.bridge.stated
    bridge = {} if stated is None else {"bridge": stated}
    return {"plan": Piece({**_fields(book.planning), "sequence_gate": book.selection.sequence_gate, **bridge})}


def _beside(entries: Callable[[Rulebook], dict[str, Compared]]) -> Callable[[Rulebook], dict[str, Piece]]:
    """Entries beside the rules as pieces."""
    return lambda book: {name: Piece(*compared) for name, compared in entries(book).items()}


def _units(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.units)


def _sources(book: Rulebook) -> dict[str, Piece]:
    return _plain(book.sources)


_KINDS: dict[Kind, Callable[[Rulebook], dict[str, Piece]]] = {
    "fact": _facts,
    "parameter": _parameters,
    "measure": _measures,
    "score": _scores,
    "model": _models,
    "cell": _cells,
    "signal": _signals,
    "rule": _rules,
    "strategy": _strategies,
    "activity": _activities,
    "strength": _strengths,
    "pair": _pairs,
    "plan": _plans,
    "portfolio": _beside(portfolio_entries),
    "review": _beside(review_entries),
    "document": _beside(document_entries),
    "unit": _units,
    "source": _sources,
}


def _profiles(book: Rulebook, presets: Mapping[str, Profile]) -> dict[str, Piece]:
    """The presets, and the profile in force if it is a file of its own."""
    named = {} if book.profile is None or book.profile.profile in presets else {book.profile.profile: book.profile}
    return _plain({**presets, **named})


# what differs between two entries


def _compared_entries(kind: Kind, old: Mapping[str, Piece], new: Mapping[str, Piece]) -> Iterator[EntryChange]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            piece = after or before
            assert piece is not None
            change: Literal["added", "removed"] = "added" if before is None else "removed"
            fields = tuple(each for each in _stated(kind, before, after) if each.sort == "meaning")
            yield EntryChange(kind, name, change, "support" if kind == "source" else "meaning", piece.title, fields)
            continue
        fields = tuple(_compared(kind, before, after))
        if kind == "source":
            fields = tuple(FieldChange(each.path, each.old, each.new, "support") for each in fields)
        if fields:
            yield EntryChange(kind, name, "changed", _gravest(fields), after.title, fields)


def _gravest(fields: Iterable[FieldChange]) -> Sort:
    sorts = {each.sort for each in fields}
    return "meaning" if "meaning" in sorts else "wording" if "wording" in sorts else "support"


def _stated(kind: Kind, before: Piece | None, after: Piece | None) -> Iterator[FieldChange]:
    """All that an added or removed entry states, against an entry that states nothing but the defaults."""
    piece = after or before
    assert piece is not None
    defaults = {}
    if isinstance(piece.value, Entry):
        defaults = {
            each.alias or name: each.default
            for name, each in type(piece.value).model_fields.items()
            if not each.is_required()
        }
    nothing = Piece(defaults)
    for each in _compared(kind, before or nothing, after or nothing):
        if each.path != "id":
            yield each


def _compared(kind: Kind, before: Piece, after: Piece) -> Iterator[FieldChange]:
    old, new = _fields(before.value), _fields(after.value)
    for name in dict.fromkeys((*new, *old)):
        if name in _ELSEWHERE.get(kind, ()):
            yield from _reordered(old.get(name), new.get(name), name)
            continue
        for each in _changes(old.get(name), new.get(name), name, "support" if name in _SUPPORT else "meaning"):
            yield _read_as_condition(each, before, after)


def _fields(value: Any) -> dict[str, Any]:
    """The fields of an entry under the names of the files; a mapping as it is."""
    if isinstance(value, Entry):
        return {each.alias or name: getattr(value, name) for name, each in type(value).model_fields.items()}
    return dict(value)


def _changes(old: Any, new: Any, path: str, sort: Sort) -> Iterator[FieldChange]:
    """The smallest fields that differ below a path."""
    if old == new:
        return
    if isinstance(old, Label) or isinstance(new, Label):
        for language, (one, other) in _languages(old, new).items():
            if one != other:
                yield FieldChange(f"{path}.{language}", one, other, "wording")
    elif isinstance(old, Entry | Mapping) and isinstance(new, Entry | Mapping):
        before, after = _fields(old), _fields(new)
        for name in dict.fromkeys((*after, *before)):
            below: Sort = "support" if name in _SUPPORT else sort
            yield from _changes(before.get(name), after.get(name), f"{path}.{name}", below)
    elif isinstance(old, tuple) and isinstance(new, tuple) and any(isinstance(each, Entry) for each in (*old, *new)):
        before, after = _by_name(old, new), _by_name(new, old)
        for name in dict.fromkeys((*after, *before)):
            yield from _changes(before.get(name), after.get(name), f"{path}[{name}]", sort)
        yield from _reordered(old, new, path)
    elif sort == "support" and isinstance(old, tuple) and isinstance(new, tuple):
        gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
        yield FieldChange(path, tuple(gone), tuple(come), sort)
    else:
        yield FieldChange(path, old, new, sort)


def _languages(old: Label | None, new: Label | None) -> dict[str, tuple[str | None, str | None]]:
    return {name: (getattr(old, name, None), getattr(new, name, None)) for name in Label.model_fields}


def _by_name(items: Sequence[Any], others: Sequence[Any]) -> dict[str, Any]:
    """The items of a list by what tells them apart: an id; else their place, or their own words if the number of
    them changed."""
    for name in _NAMED_BY:
        keys = [str(_fields(item)[name]) for item in items if isinstance(item, Entry) and name in _fields(item)]
        if len(set(keys)) == len(items) and (name == "id" or len(items) != len(others)):
            return dict(zip(keys, items, strict=True))
    return {str(index): item for index, item in enumerate(items, start=1)}


def _reordered(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    """That entries with ids stand in another order."""
    for name, (one, other) in _moves(_ids(old), _ids(new)).items():
        yield FieldChange(f"{path}[{name}].place", one, other)


def _ids(items: Any) -> list[str]:
    return [str(_fields(item)["id"]) for item in items or () if isinstance(item, Entry) and "id" in _fields(item)]


def _read_as_condition(change: FieldChange, before: Piece, after: Piece) -> FieldChange:
    """The change with its conditions; of wording only if both are the same condition."""
    old, new = before.expressions.get(str(change.old)), after.expressions.get(str(change.new))
    if old is None and new is None:
        return change
    same = old is not None and new is not None and same_condition(old, new)
    return FieldChange(change.path, change.old, change.new, "wording" if same else change.sort, (old, new))


def same_condition(one: Expression, other: Expression) -> bool:
    """Whether two conditions are the same but for the order and grouping of their parts."""
    if one == other:
        return True
    if max(branch_count(one), branch_count(other)) > MOST_BRANCHES:
        return False
    return {frozenset(each) for each in branches(one)} == {frozenset(each) for each in branches(other)}


# order


def _moves(old: Sequence[str], new: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The fewest names of both lists that have to move to turn one order into the other, with places from 1."""
    one, other = [name for name in old if name in new], [name for name in new if name in old]
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    stay = {name for block in blocks for name in one[block.a : block.a + block.size]}
    return {name: (old.index(name) + 1, new.index(name) + 1) for name in other if name not in stay}


def _precedence(old: Selection, new: Selection) -> Iterator[EntryChange]:
    fields = [FieldChange(name, *places) for name, places in _moves(old.precedence, new.precedence).items()]
    fields += [
        FieldChange(name, None, place)
        for place, name in enumerate(new.precedence, start=1)
        if name not in old.precedence
    ]
    fields += [
        FieldChange(name, place, None)
        for place, name in enumerate(old.precedence, start=1)
        if name not in new.precedence
    ]
    if fields:
        yield EntryChange("precedence", "precedence", "changed", "meaning", None, tuple(fields))


def queue_of(rule: Rule, book: Rulebook) -> Hashable | None:
    """The rules among which the place of a rule counts, or None if it does not."""
    if rule.kind == "position" and rule.target is not None and book.models[rule.target].policy != "unique":
        return rule.kind, rule.target
    if rule.kind in _FIRST_COUNTS:
        return rule.kind, getattr(rule.entry, "type", None)
    return None


@dataclass(frozen=True)
class _Place:
    id: str
    old: int
    new: int


def _moved(a: Rulebook, b: Rulebook) -> Iterator[_Place]:
    before, after = _queues(a), _queues(b)
    for queue in after:
        for name, (old, new) in _moves(before.get(queue, []), after[queue]).items():
            yield _Place(name, old, new)


def _queues(book: Rulebook) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for rule in book.rules:
        queue = queue_of(rule, book)
        if queue is not None:
            found.setdefault(queue, []).append(rule.id)
    return found


def _with_place(change: EntryChange, place: _Place | None) -> EntryChange:
    if place is None:
        return change
    fields = (*change.fields, FieldChange("place", place.old, place.new))
    return EntryChange(change.kind, change.id, change.change, "meaning", change.title, fields)


def _placed(b: Rulebook, place: _Place) -> EntryChange:
    change = EntryChange("rule", place.id, "changed", "meaning", b.rule(place.id).entry.title, ())
    return _with_place(change, place)
