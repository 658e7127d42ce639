"""The dependency graph: exactly the edges of the book, cut to what was asked for, drawn the same every time."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kam_expert.cli import main
from kam_expert.maintenance import drawing
from kam_expert.maintenance.graph import FEEDS, Edge, Graph, around, dot, meanings, whole
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import Node
from kam_expert.rulebook.expressions import Expression, Parameter, base_name, names_in, walk
from kam_expert.rulebook.naming import find
from kam_expert.rulebook.schema import BarRule, BlockRule, DefaultRule, ForcedRule, SeatRule, VoteRule
from kam_expert.wording import wording


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "graph", *arguments])


def names_read(*expressions: Expression | None) -> set[str]:
    return {base_name(name) for each in expressions if each is not None for name in names_in(each)}


def given(*names: str | None) -> set[str]:
    return {name for name in names if name is not None}


def expected(book: Rulebook) -> set[tuple[str, str]]:
    """The pairs of names of the book, gathered without the tool."""
    pairs: set[tuple[str, str]] = set()
    for name, measure in book.measures.items():
        read = names_read(measure.expression, measure.when, *(line.condition for line in measure.lines))
        read |= given(measure.entry.by)
        if measure.entry.completeness:
            asked = [fact for fact in book.facts.values() if fact.short_form is not None]
            read |= {fact.id for fact in asked} | {fact.when for fact in asked if fact.when}
        pairs |= {(each, name) for each in read}
    for name, score in book.scores.items():
        read = names_read(*(part.value for part in score.parts)) | given(score.entry.prefer)
        pairs |= {(each, name) for each in read}
    pairs |= {(fact.derived, fact.id) for fact in book.facts.values() if fact.derived}
    for rule in book.rules:
        pairs |= {(each, rule.target or rule.id) for each in names_read(rule.condition, rule.formula)}
        match rule.entry:
            case VoteRule(votes=votes):
                targets = set(votes)
            case BarRule(bars=bars):
                targets = set(bars)
            case BlockRule(blocks=blocks):
                targets = set(blocks)
            case ForcedRule(primary=primary, secondary=secondary):
                targets = {each.strategy for each in primary} | given(secondary)
            case SeatRule(seat=seat, instead=instead):
                targets = given(seat, instead)
            case DefaultRule(primary=primary_):
                targets = given(primary_)
            case _:
                targets = set()
        pairs |= {(rule.id, each) for each in targets}
    return {(source, target) for source, target in pairs if source != target}


def test_the_graph_has_exactly_the_edges_of_the_book(book: Rulebook) -> None:
    graph = whole(book)
    found = [(edge.source.id, edge.target.id) for edge in graph.edges]
    assert set(found) == expected(book)
    assert len(set(graph.edges)) == len(graph.edges)
    assert {edge.source for edge in graph.edges} | {edge.target for edge in graph.edges} <= set(graph.nodes)
    standing = {rule.id for rule in book.rules if rule.target is None}
    assert {node.id for node in graph.nodes} == {*book.vocabulary.names, *standing, *book.candidates}
    assert len(graph.nodes) == len(set(graph.nodes))


def test_votes_are_drawn_as_what_they_are(book: Rulebook) -> None:
    how = {(edge.source.id, edge.target.id): edge.how for edge in whole(book).edges if edge.how != FEEDS}
    for rule in book.rules_of("vote"):
        assert isinstance(rule.entry, VoteRule)
        for candidate, word in rule.entry.votes.items():
            strength = book.selection.strengths[word]
            wanted = "vetoes" if strength.veto else "supports" if strength.points > 0 else "opposes"
            assert how[rule.id, candidate] == wanted


def test_a_parameter_is_drawn_when_it_is_named(book: Rulebook) -> None:
    parameter = next(
        node.name for rule in book.rules_of("position") for node in walk(rule.condition) if isinstance(node, Parameter)
    )
    node = Node("parameter", parameter)
    graph = around(whole(book, [node]), [node], up=True, down=True, depth=1)
    readers = {
        rule.target or rule.id
        for rule in book.rules
        for each in (rule.condition, rule.formula)
        if each is not None and Parameter(parameter) in walk(each)
    }
    assert {edge.target.id for edge in graph.edges if edge.source == node} >= readers
    assert not any(each.kind == "parameter" for each in graph.nodes if each != node)


CHAIN = tuple(Node("measure", name) for name in "abcde")
SMALL = Graph((*CHAIN, Node("fact", "aside")), (*(Edge(*pair) for pair in pairwise(CHAIN)), Edge(CHAIN[0], CHAIN[4])))


@pytest.mark.parametrize(
    ("up", "down", "depth", "names"),
    [
        (True, True, None, "abcde"),
        (True, False, None, "abc"),
        (False, True, None, "cde"),
        (True, True, 1, "bcd"),
        (True, False, 1, "bc"),
        (False, True, 1, "cd"),
    ],
)
def test_restriction(up: bool, down: bool, depth: int | None, names: str) -> None:
    cut = around(SMALL, [CHAIN[2]], up=up, down=down, depth=depth)
    assert "".join(node.id for node in cut.nodes) == names
    assert set(cut.edges) == {edge for edge in SMALL.edges if {edge.source.id, edge.target.id} <= set(names)}


def test_every_entry_is_found_by_id_and_by_label(book: Rulebook) -> None:
    for language in ("en", "zh"):
        words = wording(language)
        known = meanings(book)
        for name in (*book.vocabulary.names, *book.candidates, *book.parameter_entries):
            assert name in [node.id for node in find(known, name)]
            assert name in [node.id for node in find(known, words.text(book.label(name)))]
        for rule in book.rules:
            assert [node.id for node in find(known, rule.id)] == [rule.target or rule.id]
        for strategy in book.strategies.values():
            assert all(book.candidates[node.id].strategy == strategy for node in find(known, strategy.id))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_is_deterministic_and_whole(book: Rulebook, language: str) -> None:
    graph = whole(book)
    text = dot(graph, book, wording(language))
    assert text == dot(whole(book), book, wording(language))
    lines = text.splitlines()
    assert sum(" -> " in line and "tooltip=" in line for line in lines) == len(graph.edges)
    assert sum("fillcolor=" in line for line in lines) == len(graph.nodes)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_is_drawn_alike_twice(book: Rulebook, language: str) -> None:
    names = list(book.scores)[:1]
    first, second = (run(*names, "--depth", "2", "--lang", language, "--format", "svg") for _ in range(2))
    assert first.exit_code == 0, first.stderr
    assert first.stdout == second.stdout and first.stdout.count("<svg") == 1
    assert wording(language).text(book.label(names[0])).split()[0] in first.stdout


def test_the_ending_of_the_file_chooses_the_format(tmp_path: Path, book: Rulebook) -> None:
    name = next(iter(book.scores))
    for ending, start in (("svg", "<?xml"), ("dot", "digraph")):
        target = tmp_path / f"graph.{ending}"
        assert run(name, "-o", str(target)).exit_code == 0
        assert target.read_text(encoding="utf-8").startswith(start)


def test_wrong_use(book: Rulebook) -> None:
    name = next(iter(book.scores))
    done = run(name[:-1], "--lang", "en")
    assert done.exit_code == 2 and f"`{name}`" in done.stderr and done.stdout == ""
    label = book.label(name).zh
    done = run(label[:-1], "--lang", "zh")
    assert done.exit_code == 2 and label in done.stderr and done.stdout == ""
    assert run("qqqqqqqq", "--lang", "zh").exit_code == 2
    done = run("--down", "--lang", "en")
    assert done.exit_code == 2 and "--down" in done.stderr
    assert run(name, "--depth", "0").exit_code == 2


def test_without_graphviz_the_text_still_comes(monkeypatch: pytest.MonkeyPatch, book: Rulebook) -> None:
    name = next(iter(book.scores))
    monkeypatch.setattr(drawing, "PROGRAMS", ("no-such-program",))
    done = run(name, "--format", "svg", "--lang", "zh")
    assert done.exit_code == 2 and "kam-expert[graph]" in done.stderr and done.stdout == ""
    assert run(name, "--format", "dot").exit_code == 0


def test_a_drawing_that_fails_is_said(monkeypatch: pytest.MonkeyPatch, book: Rulebook) -> None:
    def failing(*_arguments: object, **_options: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", "raise SystemExit('out of ink')"], capture_output=True, check=False
        )

    monkeypatch.setattr(drawing, "subprocess", type("Stub", (), {"run": failing, "TimeoutExpired": OSError}))
    done = run(next(iter(book.scores)), "--format", "svg", "--lang", "en")
    assert done.exit_code == 2 and "out of ink" in done.stderr and done.stdout == ""
