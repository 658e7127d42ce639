"""Changes to the facts of a case as a person states them: every mistake at once, and the case as it would be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kam_expert.case import Case, Given
from kam_expert.problems import Mark, Problem, ProblemsFound, nearest_phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.dependencies import Node, reads
from kam_expert.rulebook.fact_values import Refused, read_rows, read_value, rows_in
from kam_expert.rulebook.naming import UnknownName, find, meanings
from kam_expert.rulebook.schema import Label

UNKNOWN = ("unknown", "未知")
NOT_APPLICABLE = ("n/a", "不适用")
MOST_FACTS = 12  # facts that are named as the source of a conclusion


def split_change(text: str) -> tuple[str, str]:
    """`FACT=VALUE` as its two parts; a wide `＝` counts. Raises `ProblemsFound`."""
    name, sign, value = text.replace("＝", "=").partition("=")
    if not sign or not name.strip() or not value.strip():
        raise ProblemsFound([_problem("change_form", found=text)])
    return name.strip(), value.strip()


def read_changes(changes: Iterable[tuple[str, object]], case: Case, book: Rulebook) -> dict[str, Given]:
    """The new entry of each changed fact; where it comes from and how old it is stay as the case has them.

    Names are ids or labels; values as in a case file, `unknown` and `n/a` included. Raises `ProblemsFound` with every
    mistake.
    """
    known = meanings(book)
    problems: list[Problem] = []
    found: dict[str, Given] = {}
    for name, value in changes:
        try:
            fact = _fact(name, known, book)
            if fact in found:
                raise ProblemsFound([_problem("change_twice", name=fact)])
            found[fact] = _given(fact, value, case, book)
        except ProblemsFound as refused:
            problems += refused.problems
    if problems:
        raise ProblemsFound(problems)
    return found


def changed_case(case: Case, changes: dict[str, Given]) -> Case:
    """The case with some of its facts replaced."""
    return replace(case, facts={**case.facts, **changes})


def _problem(code: str, **parameters: object) -> Problem:
    return Problem(code, "", Mark(), parameters)


def _fact(name: str, known: dict[str, tuple[Node, ...]], book: Rulebook) -> str:
    try:
        nodes = find(known, name)
    except UnknownName:
        labels = [each for fact in book.facts.values() for each in (fact.id, fact.label.en, fact.label.zh)]
        raise ProblemsFound([_problem("change_unknown", name=name, nearest=nearest_phrase(name, labels))]) from None
    facts = [node.id for node in nodes if node.kind == "fact"]
    if facts:
        return facts[0]
    behind = facts_behind(nodes, book)
    if not behind:
        raise ProblemsFound([_problem("change_unknown", name=name, nearest="")])
    shown = ", ".join(behind[:MOST_FACTS]) + (", …" if len(behind) > MOST_FACTS else "")
    raise ProblemsFound([_problem("change_not_fact", name=name, facts=shown)])


def facts_behind(nodes: Iterable[Node], book: Rulebook) -> list[str]:
    """The facts from which entries are concluded, the nearest first."""
    inputs = reads(book)
    concluded: dict[str, list[Node]] = {}
    for rule in book.rules:
        if rule.target is not None:
            concluded.setdefault(rule.target, []).append(Node("rule", rule.id))
    seen: dict[Node, None] = dict.fromkeys(nodes)
    for node in (queue := list(seen)):
        for below in (*inputs.get(node, ()), *concluded.get(node.id, ())):
            if below not in seen:
                seen[below] = None
                queue.append(below)
    return [node.id for node in seen if node.kind == "fact" and book.facts[node.id].derived is None]


def _given(name: str, value: object, case: Case, book: Rulebook) -> Given:
    fact = book.facts[name]
    old = case.facts.get(name, Given("unknown"))
    word = value.strip().lower() if isinstance(value, str) else value
    if word is None or word in UNKNOWN:
        return replace(old, state="unknown", value=None, rows=())
    if word in NOT_APPLICABLE:
        return replace(old, state="n/a", value=None, rows=())
    try:
        if fact.type == "table":
            rows = rows_in(fact, value) if isinstance(value, str) else value
            return replace(old, state="given", value=None, rows=read_rows(fact, rows, book.units))
        return replace(old, state="given", value=read_value(fact, value, book.units))
    except Refused as refused:
        if fact.type == "table" and refused.problems[0].code in ("row_cells", "value_missing"):
            labels = [column.label for column in fact.columns.values()]
            columns = Label(en=", ".join(each.en for each in labels), zh="、".join(each.zh for each in labels))
            wrong = [_problem("change_rows", name=name, found=value, columns=columns)]
            raise ProblemsFound(wrong) from None
        wrong = [_problem(each.code, **{"name": name, **each.parameters}) for each in refused.problems]
        raise ProblemsFound(wrong) from None
