"""Accounts as case files that anyone can open, argue about and keep: the reverse of `case`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date

from kam_expert.case import SOURCES, Case, Given
from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value

_PLAIN = re.compile(r"[^\W\d_](?:[\w-]*\w)?\Z")
_WORDS = {"null", "true", "false"}

AS_OF = date(2026, 1, 1)
"""Found accounts have no history; one date for all of them keeps the files the same on every day."""


def case_of(book: Rulebook, inputs: Inputs, name: str) -> Case:
    """The case that tells an engine what these inputs do, apart from how far its sources can be trusted."""
    facts: dict[str, Given] = {}
    for fact in book.facts:
        if fact in inputs.not_applicable:
            facts[fact] = Given("n/a")
        elif inputs.tables.get(fact):
            facts[fact] = Given("given", rows=tuple(inputs.tables[fact]))
        elif fact in inputs.values:
            facts[fact] = Given("given", inputs.values[fact], before=inputs.values.get(f"before.{fact}"))
    profile = book.profile.profile if book.profile else None
    return Case(name, f"{name}.yaml", name, None, book.currency, AS_OF, profile, facts)


def case_file(case: Case, comment: str = "") -> str:
    """The text of a case file."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    account = [f"name: {scalar(case.name)}"]
    if case.industry is not None:
        account.append(f"industry: {scalar(case.industry)}")
    lines += [f"case: {scalar(case.id)}", f"account: {{{', '.join(account)}, currency: {case.currency}}}"]
    lines.append(f"as_of: {case.as_of.isoformat()}")
    if case.profile is not None:
        lines.append(f"profile: {scalar(case.profile)}")
    stated = {
        name: given for name, given in case.facts.items() if given.source in (None, *SOURCES)
    }  # not the profile's
    lines += ["", "facts:" if stated else "facts: {}"]
    lines += [f"  {name}: {fact_text(given)}" for name, given in stated.items()]
    if case.chosen is not None:
        chosen: dict[str, object] = {"primary": case.chosen.primary}
        if case.chosen.secondary:
            chosen["secondary"] = list(case.chosen.secondary)
        lines += ["", f"chosen: {json.dumps(chosen, ensure_ascii=False)}"]
    if case.expected is not None:
        expected = {key: value for key, value in asdict(case.expected).items() if value is not None}
        lines += ["", f"expected: {json.dumps(expected, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def scalar(value: Value | date) -> str:
    """A value as YAML reads it back in any place."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(value)
    if _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in quoted)


def _escaped(character: str) -> str:
    """A character that YAML refuses or takes for the end of a line, as its number."""
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def fact_parts(given: Given) -> dict[str, str]:
    """What is written about a fact, by key; the value always, the rest if there is something to say."""
    if given.rows:
        shown = ", ".join(
            "{" + ", ".join(f"{key}: {scalar(cell)}" for key, cell in row.items()) + "}" for row in given.rows
        )
        value = f"[{shown}]"
    else:
        value = scalar(given.value) if given.value is not None else given.state
    found = {"value": value}
    for key, part in (("as_of", given.as_of), ("source", given.source), ("note", given.note)):
        if part is not None:
            found[key] = scalar(part)
    return found


def fact_text(given: Given) -> str:
    """What a case file says of a fact: its value, or a map if there is more to say."""
    parts = fact_parts(given)
    if given.before is not None:
        parts["before"] = scalar(given.before)
    return parts["value"] if len(parts) == 1 else "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"
