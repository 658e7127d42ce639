"""Answers written into the text of a case file, so that everything else in it stays as somebody wrote it.

The places come from the reader (`rulebook/located`): the nodes of a document know where each value begins and ends.
Only these characters are replaced; comments, order and layout are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from kam_expert.case import Given
from kam_expert.case_text import fact_parts, fact_text, scalar
from kam_expert.rulebook.located import Document, read_text

ACCOUNT_FACTS = {"account_name": "name", "industry": "industry"}
"""Facts that a case file may state in its head."""
Pair = tuple[Node, Node]
PARTS = ("value", "as_of", "source", "note")


class Edit(NamedTuple):
    """Characters from `start` to before `end` to be replaced."""

    start: int
    end: int
    new: str


def with_facts(text: str, changes: Mapping[str, Given], as_of: date) -> str:
    """The text of a valid case file with changed or added facts, and not older than they are."""
    for name, given in changes.items():
        text = _applied(text, _fact_edits(text, name, given))
    document = read_text(text, "")
    if changes and str(document.value["as_of"]) < as_of.isoformat():
        text = _applied(text, [_replacing(text, _top(document, "as_of"), as_of.isoformat())])
    return text


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def _fact_edits(text: str, name: str, given: Given) -> list[Edit]:
    document = read_text(text, "")
    facts = _map(_top(document, "facts")[1])
    found = _pair(facts, name)
    if found is not None:
        return _changing(text, found, given)
    if name in ACCOUNT_FACTS and isinstance(given.value, str) and document.has(("account", ACCOUNT_FACTS[name])):
        pair = _pair(_top(document, "account")[1], ACCOUNT_FACTS[name])
        assert pair is not None
        return [_replacing(text, pair, scalar(given.value))]
    entry = f"{name}: {fact_text(given)}"
    if facts.value:
        return [_adding(text, facts, [entry])]
    flow = _map(document.root).flow_style
    if flow:
        return [_replacing(text, _top(document, "facts"), f"{{{entry}}}")]
    start = text.index(":", _top(document, "facts")[0].end_mark.index) + 1
    return [Edit(start, _end(facts, text), f"\n  {entry}")]


def _changing(text: str, pair: Pair, given: Given) -> list[Edit]:
    """The fact of a pair as `given` states it; a map keeps its layout, its other keys and its comments."""
    node = pair[1]
    if not isinstance(node, MappingNode):
        return [_replacing(text, pair, fact_text(given))]
    wanted = fact_parts(given)
    present = [(key, _pair(node, key)) for key in PARTS]
    edits = [
        _replacing(text, found, wanted[key])
        for key, found in present
        if found is not None and key in wanted and not (key == "note" and found[1].value.strip() == given.note)
    ]
    missing = [f"{key}: {wanted[key]}" for key, found in present if found is None and key in wanted]
    edits += _removing(text, node, {key for key, found in present if found is not None and key not in wanted})
    return [*edits, _adding(text, node, missing)] if missing else edits


def _replacing(text: str, pair: Pair, new: str) -> Edit:
    key, node = pair
    if isinstance(node, CollectionNode) and not node.flow_style:  # a block begins on a later line than its key
        return Edit(text.index(":", key.end_mark.index) + 1, _end(node, text), f" {new}")
    return Edit(node.start_mark.index, _end(node, text), new)


def _removing(text: str, node: MappingNode, names: set[str]) -> list[Edit]:
    """Some entries less. In a block a comment before an entry stays."""
    edits = []
    place = 0
    while place < len(node.value):
        last = place
        while last < len(node.value) and node.value[last][0].value in names:
            last += 1
        if last > place:
            start = node.value[place][0].start_mark.index
            end = _end(node.value[last - 1][1], text)
            if place == 0:
                end = node.value[last][0].start_mark.index
            elif node.flow_style or "#" not in text[_end(node.value[place - 1][1], text) : end]:
                start = _end(node.value[place - 1][1], text)
            edits.append(Edit(start, end, ""))
        place = last + 1
    return edits


def _adding(text: str, node: MappingNode, entries: list[str]) -> Edit:
    """More entries at the end of a map, in its layout."""
    end = _end(node.value[-1][1], text)
    if node.flow_style:
        return Edit(end, end, "".join(f", {entry}" for entry in entries))
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    indent = " " * node.value[0][0].start_mark.column
    return Edit(line_end, line_end, "".join(f"\n{indent}{entry}" for entry in entries))


def _end(node: Node, text: str) -> int:
    """Where the last character of a value stands; a block ends with its last value, not with what follows it."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1], text)
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1], text)
    end: int = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return node.start_mark.index + len(text[node.start_mark.index : end].rstrip())
    return end


def _map(node: Node | None) -> MappingNode:
    assert isinstance(node, MappingNode)
    return node


def _pair(node: Node, key: str) -> Pair | None:
    return next((pair for pair in node.value if isinstance(pair[0], ScalarNode) and pair[0].value == key), None)


def _top(document: Document, key: str) -> Pair:
    """A key of the file, which a valid case file has, and its value."""
    assert document.root is not None
    pair = _pair(document.root, key)
    assert pair is not None
    return pair
