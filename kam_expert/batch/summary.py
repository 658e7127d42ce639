"""How a run ended, as a report and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kam_expert.batch.blocks import Refusal
from kam_expert.batch.running import Summary
from kam_expert.problems import Problem
from kam_expert.reports.document import Block, Document, Paragraph, Section, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording

MOST_COLUMNS = 12
"""Columns left out that are named."""


def told(refusal: Refusal, words: Wording, book: Rulebook) -> list[str]:
    """A refusal, cell by cell: file, line, column, what was found, why it was refused."""
    why = refusal.why
    reason = _reason(why, words, book) if isinstance(why, Problem) else words.word(why)
    return [refusal.file, str(refusal.line), refusal.column, refusal.found, reason]


def _reason(problem: Problem, words: Wording, book: Rulebook) -> str:
    """What is wrong and what is allowed, on one line."""
    parameters = dict(problem.parameters)
    name = parameters.get("name")
    fact = book.facts.get(name) if isinstance(name, str) else None
    parameters["label"] = "" if fact is None else words.say("label_in_brackets", label=fact.label)
    parts = [words.say(f"problem.{problem.code}.what", **parameters)]
    key = f"problem.{problem.code}.allowed"
    if words.has(key):
        parts.append(words.say("batch.allowed", allowed=words.say(key, **parameters)))
    return words.say("list_semicolon").join(parts)


def head(words: Wording) -> list[str]:
    return [words.say(f"import.reject.{name}") for name in ("file", "line", "column", "found", "why")]


def document(
    summary: Summary, output: str, rejects: str, book: Rulebook, words: Wording, near: str = "near_facts"
) -> Document:
    """The summary. `near`: what the column of the facts that nearly change the primary is called in the result."""
    say = words.say
    blocks: list[Block] = [Paragraph(say("batch.judged", count=summary.judged, file=output))]
    if summary.refused:
        blocks.append(Paragraph(say("batch.refused", count=summary.bad, cells=summary.refused, file=rejects)))
    if summary.twice:
        blocks.append(Paragraph(say("batch.twice", count=summary.twice)))
    advised = sum(summary.primaries.values())
    if summary.margins and advised:
        blocks.append(Paragraph(say("batch.fragile", count=summary.fragile, of=advised, column=near)))
    for file, names in summary.left_out.items():
        shown = words.join([f"`{name}`" for name in names[:MOST_COLUMNS] if name])
        key = "batch.left_out" if len(names) <= MOST_COLUMNS else "batch.left_out_more"
        blocks.append(Paragraph(say(key, file=file, columns=shown, count=len(names))))
    for name, fact in summary.near.items():
        blocks.append(Paragraph(say("batch.near", column=name, fact=fact)))
    sections = [Section(say("batch.run"), tuple(blocks))]
    if summary.judged:
        levels = {say(f"level.{name}.title"): count for name, count in _ordered(summary.levels)}
        primaries = {words.text(book.candidates[name].short): count for name, count in _ordered(summary.primaries)}
        for key, counts in (("level", levels), ("primary", primaries)):
            if counts:
                sections.append(Section(say(f"batch.by_{key}"), (_table(key, counts, summary.judged, words),)))
    return Document(say("batch.title"), tuple(sections))


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _table(key: str, counts: dict[str, int], judged: int, words: Wording) -> Table:
    headers = tuple(words.say(f"batch.head.{name}") for name in (key, "accounts", "share"))
    rows = tuple(
        (name, words.plain(count), words.say("batch.percent", share=words.plain(100 * count / judged, 1)))
        for name, count in counts.items()
    )
    return Table(headers, rows)


def json(summary: Summary, output: str, rejects: str) -> dict[str, Any]:
    return {
        "output": output,
        "rejects": rejects if summary.refused else None,
        "judged": summary.judged,
        "left_out": summary.bad,
        "refused": summary.refused,
        "same_case_again": summary.twice,
        "fragile": summary.fragile if summary.margins else None,
        "levels": dict(_ordered(summary.levels)),
        "primaries": dict(_ordered(summary.primaries)),
        "columns_left_out": {file: list(names) for file, names in summary.left_out.items()},
        "seconds": round(summary.seconds, 3),
    }
