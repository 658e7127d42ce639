"""Templates of new entries, valid as they stand: what is left to write is marked as such.

The texts stand in `knowledge/languages/<language>/usage/templates.yaml`; the names in them come from the rulebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import Template
from textwrap import indent
from typing import Literal, get_args

from kam_expert.case import case_from
from kam_expert.problems import Problem, ProblemsFound
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook, RuleKind
from kam_expert.rulebook.located import read_file, read_text
from kam_expert.rulebook.reading import KNOWLEDGE_LISTS, KNOWLEDGE_MAPS, RULES
from kam_expert.rulebook.schema import Entry, Fact, Strategy
from kam_expert.rulebook.validation import validate
from kam_expert.wording import LANGUAGE_FILES, Wording

What = Literal["rule", "fact", "strategy", "case"]
RULE_KINDS: tuple[str, ...] = get_args(RuleKind)
FACT_KINDS: tuple[str, ...] = get_args(Fact.model_fields["type"].annotation)
CASE_FILES = "cases/*.yaml"


class NameTaken(Exception):
    """An entry of this id exists already; `place` is its file and line, or empty."""

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.place = place
        super().__init__(name)


@dataclass(frozen=True)
class _Target:
    """What a template becomes: the files it belongs in, its schema entry, and whether it is an item of a list."""

    file: str
    entry: type[Entry] | None
    listed: bool


def template(what: What, kind: str, name: str, book: Rulebook, words: Wording, today: date) -> str:
    """The commented template of an entry with the id `name`.

    `kind`: the kind of rule or the type of fact; else the same as `what`. Raises `ProblemsFound` if the id is not one,
    `NameTaken` if there is such an entry.
    """
    _refuse_taken(what, name, book)
    target = _target(what, kind)
    parts, recipe = _recipe(kind, words.language)
    values = {**_names(book), "id": name, "slug": name.replace("_", "-"), "kind": kind, "file": target.file}
    values |= {"as_of": today.isoformat(), "facts": _facts(book, words)}
    above = "".join(parts[part] for part in recipe if _only_comments(parts[part]))
    body = "".join(parts[part] for part in recipe if not _only_comments(parts[part]))
    if target.listed:
        body = "- " + indent(body, "  ").removeprefix("  ")
    text = Template(above + body).substitute(values)
    _refuse_broken(text, target, name, book)
    return text


def _only_comments(part: str) -> bool:
    return all(line.startswith("#") for line in part.splitlines())


def _target(what: What, kind: str) -> _Target:
    if what == "rule":
        return next(_Target(file, entry, True) for file, (each, entry) in RULES.items() if each == kind)
    if what == "fact":
        return next(_Target(file, entry, True) for file, entry in KNOWLEDGE_LISTS.items() if entry is Fact)
    if what == "strategy":
        return next(_Target(file, entry, False) for file, entry in KNOWLEDGE_MAPS.items() if entry is Strategy)
    return _Target(CASE_FILES, None, False)


def _recipe(kind: str, language: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The parts of all templates in one language, and the names of those that make the template of a kind."""
    name = f"{LANGUAGE_FILES}/{language}/usage/templates.yaml"
    document = read_file(shipped() / name, name)
    if document.problems:
        raise ProblemsFound(document.problems)
    return document.value["parts"], document.value["recipes"][kind]


def _names(book: Rulebook) -> dict[str, str]:
    """A name of the rulebook for each that a template needs, the first of its kind.

    The flag is one that rests on as little as possible, so that no rule on it can read its own conclusion.
    """
    flags = [name for name, type_ in book.vocabulary.names.items() if type_.kind == "flag"]
    model = next(iter(book.models.values()))
    secondary = next(name for name, each in book.candidates.items() if "secondary" in each.strategy.roles)
    upward = {word: each.points for word, each in book.selection.strengths.items() if each.points > 0}
    return {
        "flag": min(flags, key=lambda name: book.stratum[name]),
        "strategy": book.selection.precedence[0],
        "secondary": secondary,
        "vote": min(upward, key=upward.__getitem__),
        "signal": next(iter(book.signals)),
        "cell": next(iter(model.cells)),
        "owner": next(iter(book.planning.owners)),
        "goal_type": next(iter(book.planning.goal_types)),
        "source": next(source.id for source in book.sources.values() if source.kind == "practice"),
        "unit": next(iter(book.units)),
    }


def _facts(book: Rulebook, words: Wording) -> str:
    """The facts of the short form, each unknown, with its label and what may be answered."""
    lines = []
    short_form = sorted(
        (fact for fact in book.facts.values() if fact.short_form is not None), key=lambda fact: fact.short_form or 0
    )
    for fact in short_form:
        hint = words.text(fact.label)
        if fact.choices:
            hint += words.colon + ", ".join(fact.choices)
        elif fact.type == "rating":
            hint += words.colon + "1–5"
        elif fact.unit is not None and book.units[fact.unit].label.in_(words.language):
            hint += words.colon + book.units[fact.unit].label.in_(words.language)
        lines.append(f"  {fact.id}: unknown      # {hint}")
    return "\n".join(lines)


def _refuse_taken(what: What, name: str, book: Rulebook) -> None:
    rule = next((rule for rule in book.rules if rule.id == name), None)
    if what == "rule" and rule is not None:
        raise NameTaken(name, f"{rule.file}:{rule.mark.line}")
    shared = {*book.vocabulary.names, *book.parameters}
    if (what == "fact" and name in shared) or (what == "strategy" and name in book.strategies):
        raise NameTaken(name, "")


def _refuse_broken(text: str, target: _Target, name: str, book: Rulebook) -> None:
    """Hold the template to what loading will hold it to, so that an id that is none is said now."""
    document = read_text(text, f"{name}.yaml")
    problems: list[Problem] = document.problems
    if target.entry is None:
        case_from(document, book)
    elif not problems:
        validate(
            target.entry,
            document.value[0] if target.listed else document.value,
            document,
            (0,) if target.listed else (),
        )
    if problems:
        raise ProblemsFound(problems)
