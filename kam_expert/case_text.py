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

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*\Z")
_UNSAFE = re.compile(r"[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

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
    account = [f"name: {_json(case.name)}"]
    if case.industry is not None:
        account.append(f"industry: {_json(case.industry)}")
    lines += [f"case: {_id(case.id)}", f"account: {{{', '.join(account)}, currency: {case.currency}}}"]
    lines.append(f"as_of: {case.as_of.isoformat()}")
    if case.profile is not None:
        lines.append(f"profile: {_id(case.profile)}")
    stated = {
        name: given for name, given in case.facts.items() if given.source in (None, *SOURCES)
    }  # not the profile's
    lines += ["", "facts:" if stated else "facts: {}"]
    lines += [f"  {name}: {_shown(given)}" for name, given in stated.items()]
    if case.chosen is not None:
        chosen: dict[str, object] = {"primary": case.chosen.primary}
        if case.chosen.secondary:
            chosen["secondary"] = list(case.chosen.secondary)
        lines += ["", f"chosen: {_json(chosen)}"]
    if case.expected is not None:
        expected = {key: value for key, value in asdict(case.expected).items() if value is not None}
        lines += ["", f"expected: {_json(expected)}"]
    return "\n".join(lines) + "\n"


def _shown(given: Given) -> str:
    value: object = given.state
    if given.state == "given":
        value = [dict(row) for row in given.rows] if given.rows else _plain(given.value)
    parts: dict[str, object] = {"value": value}
    if given.before is not None:
        parts["before"] = _plain(given.before)
    if given.as_of is not None:
        parts["as_of"] = given.as_of.isoformat()
    if given.source is not None:
        parts["source"] = given.source
    if given.note is not None:
        parts["note"] = given.note
    if len(parts) == 1:
        return given.state if given.state != "given" else _json(value)
    return _json(parts)


def _id(name: str) -> str:
    """A name without quotation marks where YAML reads it as the same text."""
    return name if _PLAIN_NAME.match(name) and name not in ("true", "false", "null") else _json(name)


def _json(value: object) -> str:
    """JSON that YAML reads as the same: signs that YAML takes for line ends or refuses are escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: json.dumps(match.group())[1:-1], text)


def _plain(value: Value | None) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value
