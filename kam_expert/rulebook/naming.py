"""What a person may call an entry of the rulebook: its id, its code, or its label in either language."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import Node
from kam_expert.rulebook.schema import Text

Meanings = Mapping[str, tuple[Node, ...]]


class UnknownName(Exception):
    """A name that is neither an id nor a label; `near` are the closest ids and labels."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        self.name = name
        self.near = near
        super().__init__(name)


def named_entries(book: Rulebook) -> Iterator[Node]:
    """Every fact, computed value, position, signal, strategy, rule and parameter."""
    yield from (Node("fact", name) for name in book.facts)
    yield from (Node("measure", name) for name in book.measures)
    yield from (Node("score", name) for name in book.scores)
    yield from (Node("model", name) for name in book.models)
    yield from (Node("signal", name) for name in book.signals)
    yield from (Node("strategy", name) for name in book.candidates)
    yield from (Node("rule", rule.id) for rule in book.rules)
    yield from (Node("parameter", name) for name in book.parameter_entries)


def title(book: Rulebook, node: Node) -> Text:
    """The label of an entry; the title of a rule."""
    return book.rule(node.id).entry.title if node.kind == "rule" else book.label(node.id)


def meanings(book: Rulebook) -> dict[str, tuple[Node, ...]]:
    """What a person may call the entries: ids, codes and labels of both languages, with what each means.

    Codes are names too. A strategy with directions is also called by its name or code without one.
    """
    known: dict[str, dict[Node, None]] = {}
    for node in named_entries(book):
        known.setdefault(node.id, {})[node] = None
        label = title(book, node)
        known.setdefault(label.en, {})[node] = None
        known.setdefault(label.zh, {})[node] = None
        if (code := _code(book, node)) is not None:
            known.setdefault(code, {})[node] = None
    for candidate in book.candidates.values():
        known.setdefault(candidate.strategy.id, {})[Node("strategy", candidate.id)] = None
    return {name: tuple(nodes) for name, nodes in known.items()}


def _code(book: Rulebook, node: Node) -> str | None:
    """The code of an entry, as reports print it."""
    match node.kind:
        case "measure":
            return book.measures[node.id].entry.code
        case "score":
            return book.scores[node.id].entry.code
        case "model":
            return book.models[node.id].code
        case "signal":
            return book.signals[node.id].code
        case "rule":
            return book.rule(node.id).entry.code
        case "strategy":
            return book.candidates[node.id].strategy.code
        case _:
            return None


def find(known: Meanings, name: str) -> tuple[Node, ...]:
    """The entries that a person means; capitals, full width and outer blanks do not matter. Raises `UnknownName`."""
    if name in known:
        return known[name]
    plain = _plain(name)
    alike = {node: None for each, nodes in known.items() if _plain(each) == plain for node in nodes}
    if alike:
        return tuple(alike)
    shown = {_plain(each): each for each in reversed(tuple(known))}
    near = difflib.get_close_matches(plain, sorted(shown), n=3, cutoff=0.5)
    raise UnknownName(name, tuple(shown[each] for each in near))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
