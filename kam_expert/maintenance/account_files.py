"""An account that was found or invented, as a case file that anyone can open, argue about and keep."""

from __future__ import annotations

import json
from datetime import date

from kam_expert.case import Case, Given
from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value

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
    profile, currency = (book.profile.profile, book.profile.currency) if book.profile else (None, "CNY")
    return Case(name, f"{name}.yaml", name, None, currency, AS_OF, profile, facts)


def case_file(case: Case, comment: str = "") -> str:
    """The text of a case file; JSON's way of writing values is also YAML's."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += [f"case: {case.id}", f"account: {{name: {json.dumps(case.name)}, currency: {case.currency}}}"]
    lines.append(f"as_of: {case.as_of.isoformat()}")
    if case.profile is not None:
        lines.append(f"profile: {case.profile}")
    lines += ["", "facts:" if case.facts else "facts: {}"]
    lines += [f"  {name}: {_shown(given)}" for name, given in case.facts.items()]
    return "\n".join(lines) + "\n"


def _shown(given: Given) -> str:
    if given.state != "given":
        return given.state
    value = [dict(row) for row in given.rows] if given.rows else _plain(given.value)
    parts: dict[str, object] = {"value": value}
    if given.before is not None:
        parts["before"] = _plain(given.before)
    if given.source is not None:
        parts["source"] = given.source
    return json.dumps(parts if len(parts) > 1 else value, ensure_ascii=False)


def _plain(value: Value | None) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value
