"""YAML with positions: every value knows the line and column it came from.

The 1.2 core schema is used (`yes` and `no` are words, `1:30` is a text), duplicate keys and aliases are refused, and
all problems of a file are collected rather than the first one raised. Lists become tuples. Reading is done by libyaml
through PyYAML; nothing is ever constructed but plain values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from kam_expert.problems import Mark, Problem
from kam_expert.rulebook.characters import fit, unfit

LARGEST_FILE = 4_000_000  # bytes; the largest shipped file has under 100,000
DEEPEST_NESTING = 30
LONGEST_INTEGER = 30  # digits

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_LINE_ENDS = re.compile(r"[\n\x85\u2028\u2029]")
_NUMBER_STARTS = frozenset("0123456789+-.")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TEXT, _LIST, _MAP = "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
_TAGS = frozenset((_TEXT, _LIST, _MAP))

Path_ = tuple[str | int, ...]


@dataclass
class Document:
    """A file read: its plain value, the nodes that know where each part of it stands, and its problems."""

    file: str
    value: Any = None
    root: yaml.Node | None = None
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    indexes: dict[int, dict[Any, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict)

    def mark(self, path: Path_, *, key: bool = False) -> Mark:
        """The place of the value (or of its key) at `path`, or of the nearest enclosing value."""
        node, key_node, _ = self._descend(path)
        found = key_node if key and key_node is not None else node
        return Mark() if found is None else _mark(found)

    def has(self, path: Path_) -> bool:
        """Whether something stands at `path`."""
        return self._descend(path)[2] == len(path)

    def _descend(self, path: Path_) -> tuple[yaml.Node | None, yaml.Node | None, int]:
        """The node at `path` and the node of its key, as far as the path exists, and how far that is."""
        node, key_node = self.root, None
        for depth, step in enumerate(path):
            if isinstance(node, yaml.MappingNode):
                found = self._index(node).get(step)
                if found is None:
                    return node, None, depth
                key_node, node = found
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                key_node, node = None, node.value[step]
            else:
                return node, None, depth
        return node, key_node, len(path)

    def _index(self, node: yaml.MappingNode) -> dict[Any, tuple[yaml.Node, yaml.Node]]:
        """The pairs of a mapping by key, the first of each; kept, for a file with many mistakes asks often."""
        index = self.indexes.get(id(node))
        if index is None:
            index = {}
            for key_node, value_node in node.value:
                if isinstance(key_node, yaml.ScalarNode):
                    index.setdefault(key_node.value, (key_node, value_node))
            self.indexes[id(node)] = index
        return index

    def line(self, number: int) -> str:
        """The text of a line, counted from 1 as libyaml counts lines."""
        lines = _LINE_ENDS.split(self.text)
        return lines[number - 1] if number <= len(lines) else ""

    def problem(self, code: str, path: Path_ = (), *, key: bool = False, **parameters: object) -> None:
        """Record a problem at the place of `path`."""
        self.problems.append(Problem(code, self.file, self.mark(path, key=key), parameters))

    def problem_in(self, text: str, start: Mark) -> Callable[..., None]:
        """How to record a problem in a text that stands at a place: by the characters from its start."""
        column = self.line(start.line).find(text.split("\n", maxsplit=1)[0], start.column - 1)

        def add(code: str, offset: int, /, **parameters: object) -> None:
            here = Mark(start.line, column + 1 + offset) if column >= 0 else start
            self.problems.append(Problem(code, self.file, here, parameters))

        return add


def _mark(node: yaml.Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


class _Loader(CParser):
    """libyaml's parser with a resolver that leaves every plain scalar a text."""

    def resolve(self, kind: type[yaml.Node], _value: object, _implicit: object) -> str:
        return _TEXT if kind is yaml.ScalarNode else _LIST if kind is yaml.SequenceNode else _MAP

    def descend_resolver(self, _parent: object, _index: object) -> None:
        """Nothing depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node stands."""


def read_file(path: Path, shown_as: str | None = None) -> Document:
    """Read one YAML file; never raises for its content, the problems are in the document."""
    document = Document(shown_as or str(path))
    try:
        if path.is_dir():
            document.problem("file_is_folder")
            return document
        if path.exists() and not path.is_file():
            document.problem("file_unreadable", reason="")
            return document
        size = path.stat().st_size
        if size > LARGEST_FILE:
            document.problem("file_too_large", size=size, largest=LARGEST_FILE)
            return document
        data = path.read_bytes()
    except FileNotFoundError:
        document.problem("file_missing")
        return document
    except (OSError, ValueError) as error:
        document.problem("file_unreadable", reason=getattr(error, "strerror", None) or "")
        return document
    text = _decode(data, document)
    return document if text is None else _parse(text, document)


def read_text(text: str, shown_as: str) -> Document:
    """Read YAML from a string."""
    return _parse(text, Document(shown_as))


def _decode(data: bytes, document: Document) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            document.problem("encoding_damaged", encoding="UTF-16")
            return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        column = len(data[start : error.start].decode("utf-8", "ignore")) + 1
        mark = Mark(data.count(b"\n", 0, error.start) + 1, column)
    try:
        data.decode("gb18030")
        code = "encoding_gb18030"
    except UnicodeDecodeError:
        code = "encoding_unknown"
    document.problems.append(Problem(code, document.file, mark, {}))
    return None


def _parse(text: str, document: Document) -> Document:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    document.text = text
    if "\x00" in text:
        before = text[: text.index("\x00")]
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        document.problems.append(Problem("control_character", document.file, mark, {"character": "U+0000"}))
        return document
    try:
        node = _Loader(text).get_single_node()
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        before = text.encode()[:position].decode("utf-8", "ignore")
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        shown = f"U+{error.character:04X}" if isinstance(error.character, int) else str(error.character)
        document.problems.append(Problem("control_character", document.file, mark, {"character": shown}))
        return document
    except yaml.MarkedYAMLError as error:
        where = _place(error)
        mark = Mark(where.line + 1, where.column + 1) if where else Mark()
        document.problems.append(Problem(_syntax_code(error), document.file, mark, {"reason": error.problem or ""}))
        return document
    except UnicodeError:
        document.problem("encoding_damaged", encoding="UTF-8")
        return document
    if node is None:
        document.problem("file_empty")
        return document
    document.root = node
    document.value = _Builder(document).plain(node)
    if document.value is None and not document.problems:
        document.problem("file_empty")
    return document


def _place(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Where a person would look: where the unfinished thing begins, else where reading failed."""
    reason = error.problem or ""
    unfinished = ("unexpected end of stream", "expected ',' or", "could not find expected ':'")
    if error.context_mark is not None and any(each in reason for each in unfinished):
        return error.context_mark
    return error.problem_mark or error.context_mark


def _syntax_code(error: yaml.MarkedYAMLError) -> str:
    reason = error.problem or ""
    if "nesting depth" in reason:
        return "nested_too_deep"
    if "another document" in reason:
        return "second_document"
    if "tab character" in reason or "cannot start any token" in reason:
        return "yaml_token"
    if "undefined alias" in reason:
        return "alias_refused"
    if "mapping values are not allowed" in reason:
        return "yaml_colon"
    return "yaml_syntax"


class _Builder:
    """Nodes to plain values; what cannot be a value is a problem of the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()
        self.refused: set[int] = set()

    def problem(self, code: str, node: yaml.Node, **parameters: object) -> None:
        self.document.problems.append(Problem(code, self.document.file, _mark(node), parameters))

    def plain(self, node: yaml.Node, depth: int = 0) -> Any:
        tag = node.tag
        if tag not in _TAGS:
            self.problem("tag_refused", node, tag=tag)
        if isinstance(node, yaml.ScalarNode) and not self.seen_twice(node):
            return self.scalar(node)
        if depth > DEEPEST_NESTING:
            self.problem("nested_too_deep", node, most=DEEPEST_NESTING)
            return None
        if isinstance(node, yaml.ScalarNode) or self.seen_twice(node):
            return None
        if isinstance(node, yaml.SequenceNode):
            return tuple([self.plain(item, depth + 1) for item in node.value])
        return self.map(node, depth)

    def map(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem("key_not_a_word", key_node)
                continue
            key = self.sound(key_node)
            if key in result:
                first = next(pair[0] for pair in node.value if pair[0].value == key)
                self.problem("duplicate_key", key_node, name=key, first_line=_mark(first).line)
                continue
            result[key] = self.plain(value_node, depth + 1)
        return result

    def seen_twice(self, node: yaml.Node) -> bool:
        """An alias gives the same node again; it is refused where its anchor stands."""
        if id(node) in self.seen:
            if id(node) not in self.refused:
                self.refused.add(id(node))
                self.problem("alias_refused", node)
            return True
        self.seen.add(id(node))
        return False

    def sound(self, node: yaml.ScalarNode) -> str:
        """The text of a node; a character that no document can hold, however it is written, is a problem."""
        text: str = node.value
        character = unfit(text)
        if character is None:
            return text
        self.problem("control_character", node, character=character)
        return fit(text, "\ufffd")

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text = self.sound(node)
        if node.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in _NUMBER_STARTS:
            return text
        if _INTEGER.match(text) and len(text) <= LONGEST_INTEGER:
            return int(text)
        if _FLOAT.match(text):
            number = float(text)
            return number if math.isfinite(number) else text
        match = _DATE.match(text)
        if match:
            try:
                return date(*(int(part) for part in match.groups()))
            except ValueError:
                self.problem("date_impossible", node, found=text)
        return text
