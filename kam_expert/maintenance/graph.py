"""What leads to what, from facts to strategies, as a graph and as the text of one for Graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kam_expert.reports.text import columns, wrap
from kam_expert.rulebook import naming
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import CONDITIONS, Kind, Node, effects, node_of, reads
from kam_expert.wording import Wording

FEEDS = "feeds"


class Edge(NamedTuple):
    """`how`: `feeds` for a value that is read, else what a rule does to a strategy."""

    source: Node
    target: Node
    how: str = FEEDS


@dataclass(frozen=True)
class Graph:
    """`named`: the entries that were asked for; all when none was."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    named: frozenset[Node] = frozenset()


def whole(book: Rulebook, parameters: Iterable[Node] = ()) -> Graph:
    """Every fact, computed value, position, signal, rule and strategy, with the parameters that are asked for.

    The rows of a decision table are one with their model, and the rules of a signal one with their signal.
    """
    wanted = tuple(dict.fromkeys(parameters))
    nodes = [*wanted, *_entries(book)]
    edges: dict[Edge, None] = {}
    for reader, sources in reads(book).items():
        for source in sources:
            if source.kind != "parameter" or source in wanted:
                edges[Edge(source, _shown(book, reader))] = None
    for rule in book.rules:
        for effect in effects(book, rule):
            if effect.how not in CONDITIONS:
                edges[Edge(Node("rule", rule.id), Node("strategy", effect.candidate), effect.how)] = None
    return Graph(tuple(nodes), tuple(edge for edge in edges if edge.source != edge.target))


def _entries(book: Rulebook) -> Iterator[Node]:
    yield from (Node("fact", name) for name in book.facts)
    yield from (Node("measure", name) for name in book.measures)
    yield from (Node("score", name) for name in book.scores)
    yield from (Node("model", name) for name in book.models)
    yield from (Node("signal", name) for name in book.signals)
    yield from (Node("rule", rule.id) for rule in book.rules if rule.target is None)
    yield from (Node("strategy", name) for name in book.candidates)


def _shown(book: Rulebook, node: Node) -> Node:
    """The node that stands for an entry: a rule that concludes a position or a signal is part of it."""
    target = book.rule(node.id).target if node.kind == "rule" else None
    return node if target is None else node_of(book, target)


def meanings(book: Rulebook) -> dict[str, tuple[Node, ...]]:
    """What a person may call the nodes of the graph."""
    return {
        name: tuple(dict.fromkeys(_shown(book, node) for node in nodes))
        for name, nodes in naming.meanings(book).items()
    }


def around(graph: Graph, named: Iterable[Node], *, up: bool, down: bool, depth: int | None = None) -> Graph:
    """The named nodes, what leads to them (`up`) and what follows (`down`), at most `depth` steps away."""
    start = tuple(dict.fromkeys(named))
    kept = set(start)
    if up:
        kept |= _reached(start, [(edge.target, edge.source) for edge in graph.edges], depth)
    if down:
        kept |= _reached(start, [(edge.source, edge.target) for edge in graph.edges], depth)
    return Graph(
        tuple(node for node in graph.nodes if node in kept),
        tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept),
        frozenset(start),
    )


def _reached(start: tuple[Node, ...], steps: list[tuple[Node, Node]], depth: int | None) -> set[Node]:
    onward: dict[Node, list[Node]] = {}
    for origin, goal in steps:
        onward.setdefault(origin, []).append(goal)
    seen, edge_of_seen, walked = set(start), set(start), 0
    while edge_of_seen and (depth is None or walked < depth):
        edge_of_seen = {goal for node in edge_of_seen for goal in onward.get(node, ())} - seen
        seen |= edge_of_seen
        walked += 1
    return seen


# ---- the text for Graphviz

FONTS = "Noto Sans CJK SC,Source Han Sans SC,PingFang SC,Microsoft YaHei,WenQuanYi Zen Hei,Helvetica,Arial,sans-serif"
SIZE = 11  # of the letters, in points
COLUMN = 6.3  # points that a narrow character takes at most on average; a wide one takes two columns
LINE = 15  # points from one line to the next
MARGIN = 18  # points left and right of the text, together
WIDEST = 30  # columns of a label before it is broken

FILL: dict[Kind, str] = {
    "parameter": "#fff3c4",
    "fact": "#e3edf9",
    "measure": "#eef0f3",
    "score": "#e2e4ea",
    "model": "#e9e2f5",
    "signal": "#fde6d8",
    "rule": "#ffffff",
    "strategy": "#dcf0e0",
}
SHAPE: dict[Kind, str] = {"fact": "rounded,filled", "strategy": "bold,filled"}
EDGE_STYLE: dict[str, str] = {
    FEEDS: 'color="#8a94a3"',
    "supports": 'color="#1f7a3d", penwidth=1.4',
    "opposes": 'color="#b4530a", style=dashed',
    "vetoes": 'color="#b3261e", style=dashed, penwidth=1.8, arrowhead=tee',
    "bars": 'color="#b3261e", style=dotted, arrowhead=tee',
    "blocks": 'color="#b4530a", style=dotted, arrowhead=tee',
    "leads": 'color="#1f4fa3", penwidth=1.8',
    "accompanies": 'color="#1f4fa3"',
    "seats": 'color="#1f4fa3", style=dashed',
}


def dot(graph: Graph, book: Rulebook, words: Wording) -> str:
    """The graph in the DOT language, left to right: facts first, then what is computed, rules, strategies last."""
    lines = [
        "digraph rulebook {",
        f'  graph [rankdir=LR, ranksep=0.9, nodesep=0.12, bgcolor=white, charset="UTF-8", fontname="{FONTS}",'
        f" fontsize={SIZE + 1}, labelloc=t, labeljust=l, label={_left(_legend(graph, words))}];",
        f'  node [shape=box, fixedsize=true, fontname="{FONTS}", fontsize={SIZE}, color="#5b6675"];',
        f'  edge [arrowsize=0.6, fontname="{FONTS}", fontsize={SIZE - 2}];',
    ]
    for node in graph.nodes:
        lines.append(f"  {_quoted(_key(node))} [{_box(node, graph, book, words)}];")
    given = [node for node in graph.nodes if _given(node, book)]
    rules = [node for node in graph.nodes if node.kind == "rule"]
    strategies = [node for node in graph.nodes if node.kind == "strategy"]
    for rank, column in (("min", given), ("same", rules), ("same", strategies)):
        if column:
            lines.append(f"  {{rank={rank}; " + "; ".join(_quoted(_key(node)) for node in column) + ";}")
    for edge in graph.edges:
        tip = _quoted(
            words.say(
                f"graph.edge.{edge.how}",
                source=words.text(naming.title(book, edge.source)),
                target=words.text(naming.title(book, edge.target)),
            )
        )
        pair = f"{_quoted(_key(edge.source))} -> {_quoted(_key(edge.target))}"
        lines.append(f"  {pair} [{EDGE_STYLE[edge.how]}, tooltip={tip}];")
    return "\n".join([*lines, "}"]) + "\n"


def _given(node: Node, book: Rulebook) -> bool:
    """Whether an entry comes from outside: a parameter, or a fact that no measure fills."""
    return node.kind == "parameter" or (node.kind == "fact" and book.facts[node.id].derived is None)


def _box(node: Node, graph: Graph, book: Rulebook, words: Wording) -> str:
    title = words.text(naming.title(book, node))
    kind = words.say("graph.kind", kind=words.say(f"catalogue.kind.{node.kind}"), name=node.id)
    rows = [*wrap(title, WIDEST), kind]
    width = (max(map(columns, rows)) * COLUMN + MARGIN) / 72
    height = (len(rows) * LINE + MARGIN / 2) / 72
    drawn = [
        f"label={_quoted(chr(10).join(rows))}",
        f"tooltip={_quoted(title)}",
        f"width={width:.2f}",
        f"height={height:.2f}",
        f'style="{SHAPE.get(node.kind, "filled")}"',
        f'fillcolor="{FILL[node.kind]}"',
    ]
    if node in graph.named:
        drawn += ["penwidth=2.6", 'color="#1f4fa3"']
    return ", ".join(drawn)


def _legend(graph: Graph, words: Wording) -> list[str]:
    """How many entries there are, and what the arrows in this graph mean; short lines, for narrow graphs."""
    used = [how for how in EDGE_STYLE if any(edge.how == how for edge in graph.edges)]
    return [
        words.say("graph.legend_line", count=len(graph.nodes)),
        *(words.say(f"graph.legend.{how}") for how in used),
    ]


def _key(node: Node) -> str:
    return f"{node.kind}:{node.id}"


def _left(lines: list[str]) -> str:
    """Lines set flush left, so that their width, which Graphviz cannot know, pushes nothing over the edge."""
    return '"' + "".join(_quoted(line)[1:-1] + "\\l" for line in lines) + '"'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
