"""An account that an engine found, as a case file that anyone can open, argue about and keep."""

from __future__ import annotations

import json

from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Fact

AS_OF = "2026-01-01"
"""Found accounts have no history; one date for all of them keeps the files the same on every day."""


def case_text(book: Rulebook, inputs: Inputs, name: str, comment: str = "") -> str:
    """The text of the case file `name`.yaml; facts in the order of the rulebook."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += [f"case: {name}", f"account: {{name: {json.dumps(name)}}}", f"as_of: {AS_OF}"]
    if book.profile is not None:
        lines.append(f"profile: {book.profile.profile}")
    facts = [line for fact in book.facts.values() for line in _fact(fact, inputs)]
    return "\n".join([*lines, "facts:" if facts else "facts: {}", *facts]) + "\n"


def _fact(fact: Fact, inputs: Inputs) -> list[str]:
    if fact.id in inputs.not_applicable:
        return [f"  {fact.id}: n/a"]
    if inputs.tables.get(fact.id):
        rows = [
            "    - {" + ", ".join(f"{key}: {_shown(value)}" for key, value in row.items()) + "}"
            for row in inputs.tables[fact.id]
        ]
        return [f"  {fact.id}:", *rows]
    if fact.id not in inputs.values:
        return []
    value, before = _shown(inputs.values[fact.id]), inputs.values.get(f"before.{fact.id}")
    if before is None:
        return [f"  {fact.id}: {value}"]
    return [f"  {fact.id}: {{value: {value}, before: {_shown(before)}}}"]


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value if value.isidentifier() else json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if abs(value) < 1e6 and float(f"{value:g}") == value else repr(value)
