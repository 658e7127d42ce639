"""Connects rules that no engine runs: their ids, sources, examples and conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from kam_expert.problems import nearest_phrase
from kam_expert.rulebook.connected import Connected, Stated
from kam_expert.rulebook.parsing import parse_condition
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.references import check_example
from kam_expert.rulebook.schema import RuleBase
from kam_expert.rulebook.vocabulary import Vocabulary


def check_known(placed: Placed[Any], names: Iterable[str | None], allowed: Collection[str], *path: str | int) -> None:
    """Reports each name that nothing has. None names nothing; where nothing is allowed, that was reported before."""
    for name in names:
        if name is not None and allowed and name not in allowed:
            placed.problem("reference_unknown", *path, name=name, nearest=nearest_phrase(name, allowed))


def taken(files: Files, *models: type[RuleBase]) -> dict[str, Placed[Any]]:
    """The rules of the engines, and those of the kinds that were connected before, by id."""
    found: dict[str, Placed[Any]] = {placed.entry.id: placed for _, placed in files.rules}
    for model in models:
        found.update({placed.entry.id: placed for placed in files.of(model)})
    return found


def connected(
    placed: Placed[Stated],
    vocabulary: Vocabulary,
    sources: Collection[str],
    first: dict[str, Placed[Any]],
    *,
    catch_all: bool = False,
) -> Connected[Stated] | None:
    """A rule with its condition, after its id, sources and examples were checked; None if it cannot be used.

    `first`: the rules read so far by id, to which this one is added. `catch_all`: whether it may be the bare `true`.
    """
    entry = placed.entry
    if entry.id in first:
        other = first[entry.id]
        line = other.mark("id").line
        placed.problem("duplicate_id", "id", name=entry.id, first_file=other.document.file, first_line=line)
        return None
    first[entry.id] = placed
    for source in entry.sources:
        if sources and source not in sources:
            placed.problem("reference_unknown", "sources", name=source, nearest=nearest_phrase(source, sources))
    for kind in ("fires", "silent"):
        for index, example in enumerate(getattr(entry, kind)):
            for name, value in example.items():
                check_example(placed, vocabulary, kind, index, name, value)
    written = str(entry.condition).lower() if isinstance(entry.condition, bool) else entry.condition
    add = placed.document.problem_in(written, placed.mark("if"))
    condition = parse_condition(written, vocabulary, add, catch_all=catch_all)
    return None if condition is None else Connected(entry, condition, placed.document.file, placed.mark("id"))
