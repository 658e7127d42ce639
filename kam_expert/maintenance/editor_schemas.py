"""JSON Schemas by which an editor completes and checks the files of a rulebook while they are written.

They say what a file may hold; whether a name exists, and everything that needs two files, only loading can say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from kam_expert.case import (
    ACCOUNT_KEYS,
    CASE_KEYS,
    CHOSEN_KEYS,
    EXPECTED_KEYS,
    FACT_KEYS,
    PROOF_KEYS,
    SOURCES,
)
from kam_expert.imports.entries import ImportModel, ImportWords, Mapping
from kam_expert.maintenance.acceptance import Acceptance
from kam_expert.maintenance.usage import Usage
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.fact_values import NO, YES
from kam_expert.rulebook.reading import (
    ACCEPTED,
    IMPORT_MAPPINGS,
    IMPORT_MODEL,
    IMPORT_WORDS,
    KNOWLEDGE_LISTS,
    KNOWLEDGE_MAPS,
    PROFILES,
    RULES,
    TERRITORY,
)
from kam_expert.rulebook.schema import LEVELS, WITHOUT_STRATEGY, Entry, Fact, Profile, TableColumn, Text
from kam_expert.rulebook.territory import TerritoryEntry
from kam_expert.wording import LANGUAGE_FILES, Wording

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT = {"type": ["string", "number"]}
_STARTS_WITH_A_NUMBER = r"^\s*[-+−]?[0-9]"


def _name(model: type[Entry]) -> str:
    """The name by which a schema is asked for: that of the kind of entry, as `stated-property`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", model.__name__).lower()


LISTED: dict[str, tuple[str, type[Entry]]] = {
    **{pattern: (_name(model), model) for pattern, model in KNOWLEDGE_LISTS.items()},
    **{pattern: (f"{kind}-rule", model) for pattern, (kind, model) in RULES.items()},
    ACCEPTED: (_name(Acceptance), Acceptance),
}
"""Files that hold a list: the name by which their schema is asked for, and the kind of each entry."""

MAPPED: dict[str, tuple[str, type[Entry]]] = {
    **{pattern: (_name(model), model) for pattern, model in KNOWLEDGE_MAPS.items()},
    f"{PROFILES}/*.yaml": (_name(Profile), Profile),
    TERRITORY: ("territory", TerritoryEntry),
    IMPORT_MODEL: (_name(ImportModel), ImportModel),
    IMPORT_WORDS: (_name(ImportWords), ImportWords),
    f"{IMPORT_MAPPINGS}/*.yaml": (_name(Mapping), Mapping),
    f"{LANGUAGE_FILES}/*/usage/words.yaml": (_name(Usage), Usage),
}
"""The same for files that are one entry."""

ANY_RULE = "rule"
LISTS = dict(LISTED.values())
MAPS = dict(MAPPED.values())
FILE_SCHEMAS = (*LISTS, *MAPS, ANY_RULE)


def file_schema(name: str) -> dict[str, Any]:
    """The schema of the files of one kind; `rule` allows any kind of rule."""
    if name in MAPS:
        return _finished(MAPS[name].model_json_schema(by_alias=True))
    if name in LISTS:
        return _list_of([LISTS[name]])
    return _list_of([model for _, model in RULES.values()])


def _list_of(models: Sequence[type[Entry]]) -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    items = []
    for model in models:
        one = model.model_json_schema(by_alias=True)
        definitions |= one.pop("$defs", {})
        items.append(one)
    entry = items[0] if len(items) == 1 else {"anyOf": items}
    return _finished({"type": "array", "items": entry, "$defs": definitions})


def _finished(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT, **_in_the_dialect(schema)}


def _in_the_dialect(value: Any) -> Any:
    """Patterns end with `$`: JSON Schema has no `\\z`."""
    if isinstance(value, dict):
        found = {
            key: each.replace(r"\z", "$") if key == "pattern" and isinstance(each, str) else _in_the_dialect(each)
            for key, each in value.items()
        }
        keys = found.get("patternProperties")
        return {**found, "patternProperties": _ended(keys)} if isinstance(keys, dict) else found
    return [_in_the_dialect(each) for each in value] if isinstance(value, list) else value


def _ended(patterns: dict[str, Any]) -> dict[str, Any]:
    return {pattern.replace(r"\z", "$"): each for pattern, each in patterns.items()}


def case_schema(book: Rulebook, words: Wording) -> dict[str, Any]:
    """The schema of a case file: the facts of a rulebook with their values, each with its question."""
    strategies = {"enum": list(book.candidates)}
    several = {"type": "array", "items": strategies}
    positions = {name: {"enum": list(model.cells)} for name, model in book.models.items()}
    currencies = [currency for unit in book.units.values() for currency in unit.currencies]
    account = {"name": _TEXT, "industry": _TEXT, "currency": {"enum": currencies}}
    chosen = {"primary": strategies, "secondary": several}
    expected = {
        "level": {"enum": list(LEVELS)},
        "primary": strategies,
        "secondary": several,
        "next_waves": several,
        "vetoed": several,
        "positions": _closed(positions),
    }
    some_facts = {"type": "array", "items": {"enum": list(book.facts)}}
    proof = {
        "rulebook": _TEXT,
        "outcome": {"enum": [*book.candidates, *WITHOUT_STRATEGY]},
        "secondary": several,
        "not_known": some_facts,
        "known": some_facts,
    }
    case = {
        "case": _TEXT,
        "account": _closed(_ordered(account, ACCOUNT_KEYS), ["name"]),
        "as_of": _DATE,
        "profile": {"type": "string"},
        "facts": _closed({name: _fact(fact, words) for name, fact in book.facts.items()}),
        "chosen": _closed(_ordered(chosen, CHOSEN_KEYS), ["primary"]),
        "expected": _closed(_ordered(expected, EXPECTED_KEYS)),
        "proof": _closed(_ordered(proof, PROOF_KEYS), [key for key in PROOF_KEYS if key != "secondary"]),
    }
    return {"$schema": DRAFT, **_closed(_ordered(case, CASE_KEYS), ["case", "account", "as_of", "facts"])}


def _closed(properties: dict[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": list(required)} if required else found


def _ordered(properties: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The properties in the order in which case files are read; KeyError if reading knows one more."""
    return {key: properties[key] for key in keys}


def _fact(fact: Fact, words: Wording) -> dict[str, Any]:
    """A fact as a plain value, or with date, source, note and former value."""
    value = {"anyOf": [{"enum": ["unknown", "n/a"]}, _value(fact)]}
    fields = {
        "value": value,
        "as_of": _DATE,
        "source": {"enum": list(SOURCES)},
        "note": _TEXT,
        "before": value,
    }
    question = f"{words.text(fact.label)}{words.colon}{words.text(fact.question)}"
    return {"description": question, "anyOf": [value, _closed(_ordered(fields, FACT_KEYS), ["value"])]}


def _value(fact: Fact) -> dict[str, Any]:
    match fact.type:
        case "flag":
            return {"enum": [True, False, *sorted(YES), *sorted(NO)]}
        case "choice":
            return _choices(fact.choices)
        case "rating":
            return _rating()
        case "text":
            return {"type": "string", "minLength": 1}
        case "table":
            columns = {name: _column(column) for name, column in fact.columns.items()}
            return {"type": "array", "minItems": 1, "items": _closed(columns)}
        case _:
            return _number(fact.range, integer=fact.integer)


def _column(column: TableColumn) -> dict[str, Any]:
    kinds = {"text": _TEXT, "rating": _rating(), "number": _number(column.range), "choice": _choices(column.choices)}
    return {"anyOf": [{"const": "unknown"}, kinds[column.type]]}


def _choices(choices: dict[str, Text]) -> dict[str, Any]:
    """A choice by its id or by its label in either language."""
    labels = [label.in_(language) for label in choices.values() for language in ("en", "zh")]
    return {"enum": list(dict.fromkeys([*choices, *labels]))}


def _rating() -> dict[str, Any]:
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 5}, {"enum": ["1", "2", "3", "4", "5"]}]}


def _number(bounds: tuple[float, float] | None, *, integer: bool = False) -> dict[str, Any]:
    """A number, or a text that begins with one and names its unit."""
    number: dict[str, Any] = {"type": "integer" if integer else "number"}
    if bounds is not None:
        number |= {"minimum": bounds[0], "maximum": bounds[1]}
    return {"anyOf": [number, {"type": "string", "pattern": _STARTS_WITH_A_NUMBER}]}
