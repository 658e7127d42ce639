"""Where each entry of the rulebook stands in the catalogue, who refers to it, and how a link to it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kam_expert.maintenance.catalogue.pages import Block, Code, Fields, Line, Link, Span, joined
from kam_expert.prose import Prose
from kam_expert.resources import shipped
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import STEERING_PARAMETERS, Rulebook
from kam_expert.rulebook.dependencies import (
    BRIDGE,
    CUSTOMER,
    DOCUMENT,
    PORTFOLIO,
    REVIEW,
    Effect,
    Kind,
    Node,
    document_reads,
    effects,
    inputs,
    mentions,
    node_of,
    portfolio_reads,
    reads,
    review_reads,
)
from kam_expert.rulebook.document_rules import Concluding
from kam_expert.rulebook.expressions import Value, base_name
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.portfolio_rules import NoticedBy
from kam_expert.rulebook.reading import presets, read_files
from kam_expert.wording import Wording

PAGES: dict[Kind, str] = {
    "parameter": "parameters",
    "measure": "measures",
    "score": "scores",
    "model": "positions",
    "signal": "signals",
    "portfolio": "portfolio",
    "review": "review",
    "document": "documents",
    "bridge": "bridge",
    "customer": "customer",
    "profile": "profiles",
    "plan": "plan",
    "source": "sources",
    "unit": "units",
}
KIND_ORDER: tuple[Kind, ...] = (
    "fact",
    "parameter",
    "measure",
    "score",
    "model",
    "signal",
    "rule",
    "strategy",
    "portfolio",
    "review",
    "document",
    "bridge",
    "customer",
    "plan",
    "profile",
    "unit",
)
FRAMES: Mapping[Node, str] = {
    Node("portfolio", PORTFOLIO): "portfolio",
    Node(REVIEW, REVIEW): "review",
    Node(DOCUMENT, DOCUMENT): "documents",
    Node("bridge", BRIDGE): "bridge",
    Node("customer", CUSTOMER): "customer",
}
"""What has a page of its own but no heading on it, and under which key its title stands."""
RowOfFields = tuple[str, Iterable[Line | None]]


@dataclass(frozen=True)
class Origin:
    """What the folder of a rulebook tells beside it: the book under each preset, and the file of each entry."""

    presets: Mapping[str, Rulebook]
    files: Mapping[tuple[type[schema.Entry], str], str]


def origin_of(root: Path | None) -> Origin:
    """Read the folder `root`, the shipped one by default. Raises `ProblemsFound` for a preset that is broken."""
    return Origin(
        {name: load_rulebook(root, name) for name in presets(root)},
        {
            (type(placed.entry), getattr(placed.entry, "id", "")): placed.document.file
            for group in read_files(root or shipped()).entries.values()
            for placed in group
        },
    )


class Shelf:
    """One rulebook in one language, with what its folder tells."""

    def __init__(self, book: Rulebook, origin: Origin, words: Wording) -> None:
        self.book = book
        self.words = words
        self.currency = book.currency
        self.prose = Prose(book, words, self.currency)
        self.presets = origin.presets
        self.files = origin.files
        self.profiles: Mapping[str, schema.Profile] = {
            name: preset.profile for name, preset in origin.presets.items() if preset.profile is not None
        }

    @cached_property
    def noticing(self) -> Mapping[str, NoticedBy]:
        """The rules of the portfolio by id."""
        return {rule.id: rule for rule in self.book.portfolio.rules}

    @cached_property
    def concluding(self) -> Mapping[str, Concluding]:
        """What sections of documents lead to, by id."""
        return {rule.id: rule for rule in self.book.documents.rules}

    def say(self, key: str, /, **values: object) -> str:
        return self.words.say(f"catalogue.{key}", **values)

    # ---- where an entry stands

    def theme(self, fact: str) -> str:
        return Path(self.file(self.book.facts[fact])).stem

    def file(self, entry: schema.Entry) -> str:
        """The file that defines an entry, seen from the folder of the rulebook."""
        return self.files[type(entry), getattr(entry, "id", "")]

    def page(self, node: Node) -> str:
        match node.kind:
            case "fact":
                return f"facts-{self.theme(node.id)}"
            case "strategy":
                return f"strategy-{self._strategy(node.id).replace('_', '-')}"
            case "rule":
                rule = self.book.rule(node.id)
                return PAGES["model"] if rule.kind == "position" else rule_page(rule.file)
            case "portfolio" if node.id in self.noticing:
                return rule_page(self.noticing[node.id].file)
            case "review" if (noticed := self.book.review.rule(node.id)) is not None:
                return rule_page(noticed.file)
            case "document" if node.id in self.concluding:
                return rule_page(self.concluding[node.id].file)
            case kind:
                return PAGES[kind]

    def anchor(self, node: Node) -> str:
        if node in FRAMES or node.kind == "plan":
            return ""
        return f"{node.kind}-{self._strategy(node.id) if node.kind == 'strategy' else node.id}"

    def _strategy(self, name: str) -> str:
        return self.book.candidates[name].strategy.id if name in self.book.candidates else name

    def title(self, node: Node) -> str:
        """The name of an entry as links and lists show it."""
        if node in FRAMES:
            return self.say(f"page.{FRAMES[node]}")
        match node.kind:
            case "strategy":
                named = self.book.candidates.get(node.id)
                return self.words.text(named.short if named else self.book.strategies[node.id].short)
            case "rule":
                return self.words.text(self.book.rule(node.id).entry.title)
            case "profile":
                return self.words.text(self.profiles[node.id].label)
            case "plan":
                return self.say("page.plan")
            case "portfolio" if node.id in self.noticing:
                return self.words.text(self.noticing[node.id].entry.title)
            case "review" if (noticed := self.book.review.rule(node.id)) is not None:
                return self.words.text(noticed.entry.title)
            case "document" if node.id in self.concluding:
                return self.words.text(self.concluding[node.id].entry.title)
            case "document":
                return self.words.text(self.book.documents.names[node.id].label)
            case "unit":
                return self.unit(node.id)
            case "source":
                return node.id
            case _:
                return self.words.text(self.book.label(node.id))

    def unit(self, name: str) -> str:
        """What a unit is called: its label, or a description of those that are written without one."""
        key = f"catalogue.unit.{name}"
        return self.words.say(key) if self.words.has(key) else self.book.units[name].label.in_(self.words.language)

    def link(self, node: Node) -> Link:
        return Link(self.title(node), self.page(node), self.anchor(node))

    def links(self, nodes: Iterable[Node]) -> Line:
        return joined([(self.link(node),) for node in nodes], self.words.say("list_comma"))

    def sources(self, names: Iterable[str]) -> Line | None:
        return self.links(Node("source", name) for name in names) or None

    def code_of(self, entry: schema.Entry) -> Line | None:
        code = getattr(entry, "code", None)
        return None if code is None else (Code(code),)

    # ---- who refers to it

    @cached_property
    def readers(self) -> Mapping[Node, tuple[Node, ...]]:
        """For each entry those that use it, in the order of the book."""
        found: dict[Node, dict[Node, None]] = {}
        pairs = [(reader, source) for reader, sources in reads(self.book).items() for source in sources]
        pairs += [*mentions(self.book), *portfolio_reads(self.book), *review_reads(self.book)]
        pairs += document_reads(self.book)
        for reader, source in (*pairs, *self._profile_pairs(), *self._unit_pairs()):
            found.setdefault(source, {})[reader] = None
        return {node: tuple(readers) for node, readers in found.items()}

    def _profile_pairs(self) -> list[tuple[Node, Node]]:
        """What presets change, and what the definitions of their own read."""
        pairs = []
        for name, profile in self.profiles.items():
            preset, here = self.presets[name], Node("profile", name)
            for changed in (*profile.parameters, *profile.weights, *profile.facts, *profile.definitions):
                pairs.append((here, node_of(preset, changed)))
            for measure in profile.definitions:
                pairs += [(here, source) for source in inputs(preset, preset.measures[measure].expression)]
        return pairs

    def _unit_pairs(self) -> list[tuple[Node, Node]]:
        book = self.book
        used: list[tuple[Node, str | None]] = [
            *((Node("fact", fact.id), book.unit_of(fact.id)) for fact in book.facts.values()),
            *((Node("fact", fact.id), each.unit) for fact in book.facts.values() for each in fact.columns.values()),
            *((Node("parameter", each.id), each.unit) for each in book.parameter_entries.values()),
            *((Node("measure", name), measure.entry.unit) for name, measure in book.measures.items()),
            *((Node("score", name), book.unit_of(name)) for name in book.scores),
            *((Node("rule", r.id), r.entry.unit) for r in book.rules if isinstance(r.entry, schema.GoalRule)),
            *((Node("portfolio", name), figure.entry.unit) for name, figure in book.portfolio.figures.items()),
            *((Node(REVIEW, name), entry.unit) for name, entry in book.review.names.items()),
            *((Node(DOCUMENT, name), entry.unit) for name, entry in book.documents.names.items()),
        ]
        return [(node, Node("unit", unit)) for node, unit in used if unit is not None]

    @cached_property
    def citers(self) -> Mapping[str, tuple[Node, ...]]:
        """For each source the entries that cite it."""
        book = self.book
        cited: list[tuple[Node, Sequence[str]]] = [
            *((Node("fact", fact.id), fact.sources) for fact in book.facts.values()),
            *((Node("parameter", each.id), each.sources) for each in book.parameter_entries.values()),
            *((Node("measure", name), measure.entry.sources) for name, measure in book.measures.items()),
            *((Node("score", name), score.entry.sources) for name, score in book.scores.items()),
            *((Node("model", model.id), model.sources) for model in book.models.values()),
            *((Node("rule", rule.id), rule.entry.sources) for rule in book.rules),
            *((Node("strategy", strategy.id), strategy.sources) for strategy in book.strategies.values()),
            *((Node("portfolio", name), figure.entry.sources) for name, figure in book.portfolio.figures.items()),
            *((Node("portfolio", rule.id), rule.entry.sources) for rule in book.portfolio.rules),
            *((Node(REVIEW, rule.id), rule.entry.sources) for rule in book.review.rules),
            *((Node(DOCUMENT, rule.id), rule.entry.sources) for rule in book.documents.rules),
            *([(Node("bridge", BRIDGE), book.bridge.stated.sources)] if book.bridge.stated is not None else []),
        ]
        found: dict[str, list[Node]] = {}
        for node, sources in cited:
            for source in sources:
                found.setdefault(source, []).append(node)
        return {source: tuple(nodes) for source, nodes in found.items()}

    @cached_property
    def effects(self) -> Mapping[str, tuple[Effect, ...]]:
        """For each strategy what rules do to it, in any direction."""
        found: dict[str, list[Effect]] = {}
        for rule in self.book.rules:
            for effect in effects(self.book, rule):
                found.setdefault(self._strategy(effect.candidate), []).append(effect)
        return {name: tuple(items) for name, items in found.items()}

    def grouped(self, nodes: Iterable[Node]) -> tuple[Line, ...]:
        """Links by kind, one line for each."""
        by_kind: dict[Kind, dict[Node, None]] = {}
        for node in nodes:
            by_kind.setdefault(node.kind, {})[node] = None
        return tuple(
            (f"{self.words.say(f'catalogue.kind.{kind}')}{self.words.colon}", *self.links(by_kind[kind]))
            for kind in KIND_ORDER
            if kind in by_kind
        )

    def readers_of(self, kind: Kind, names: Collection[str]) -> Iterator[Node]:
        """Those that use one of several entries of a kind, for example of the directions of a strategy."""
        return (
            reader
            for node, readers in self.readers.items()
            if node.kind == kind and node.id in names
            for reader in readers
        )

    def read_by(self, node: Node) -> tuple[Line, ...]:
        lines = list(self.grouped(self.readers.get(node, ())))
        if node.kind == "parameter" and node.id in STEERING_PARAMETERS:
            lines.append((self.say("by_program"),))
        return tuple(lines) or ((self.say("by_nobody"),),)

    # ---- how values read

    def value(self, name: str, value: Value) -> str:
        return self.words.value(base_name(name), value, self.book, self.currency)

    def example(self, values: Mapping[str, Value]) -> str:
        """A situation of a rule's proof in words."""
        if not values:
            return self.say("example_empty")
        parts = [f"{self.name(name)}{self.words.colon}{self.value(name, value)}" for name, value in values.items()]
        return self.words.say("list_semicolon").join(parts)

    def name(self, name: str) -> str:
        if name.startswith("confidence."):
            return self.say("confidence_of", name=self.words.text(self.book.label(base_name(name))))
        return self.prose.label(name)

    def word(self, group: str, key: str) -> str:
        """The word for a key that the files use, or the key itself when it has none yet."""
        full = f"catalogue.{group}.{key.replace('.', '-')}"
        return self.words.say(full) if self.words.has(full) else key


def rule_page(file: str) -> str:
    """The page of the rules of one file: rules/votes/risk.yaml is rules-votes-risk."""
    return file.removesuffix(".yaml").replace("/", "-").replace("_", "-")


def fields(*rows: RowOfFields) -> tuple[Block, ...]:
    """The rows that have something to say, as one block; none if nothing has."""
    found = []
    for label, lines in rows:
        given = tuple(line for line in lines if line)
        if given:
            found.append((label, given))
    return (Fields(tuple(found)),) if found else ()


def text(*spans: Span | None) -> Line:
    return tuple(span for span in spans if span)
