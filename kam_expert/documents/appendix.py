"""The appendix of the account plan: all that the body rests on."""

from __future__ import annotations

from collections.abc import Iterable

from kam_expert.documents.telling import Telling
from kam_expert.reports import account_tables, planning, reasons
from kam_expert.reports.document import Block, Bullets, Paragraph, Section, Table
from kam_expert.rulebook.book import Rule
from kam_expert.rulebook.schema import VoteRule


def appendix(telling: Telling) -> tuple[Section, ...]:
    """Facts, computed values, positions, rules that fired, parameters of the enterprise, role card, works cited."""
    parts: list[tuple[str, Iterable[Block]]] = [
        (
            "facts",
            [
                _table(
                    telling,
                    ("fact", "value", "origin", "as_of", "confidence", "note"),
                    planning.fact_rows(telling.speaking),
                    (24, 16, 12, 12, 10, 22),
                )
            ],
        ),
        (
            "measures",
            [_table(telling, ("measure", "value", "meaning"), planning.measure_rows(telling.speaking), (30, 18, 50))],
        ),
        ("tables", _tables(telling)),
        ("positions", [reasons.positions(telling.speaking)]),
        ("rules", _rules(telling)),
        ("parameters", _parameters(telling)),
        ("role_card", _role_card(telling)),
        ("sources", _sources(telling)),
    ]
    shown = [(key, tuple(blocks)) for key, blocks in parts]
    shown = [(key, blocks) for key, blocks in shown if blocks]
    return (
        Section(telling.say("appendix"), (Paragraph(telling.say("appendix_lead")),)),
        *(Section(telling.say(f"appendix_part.{key}"), blocks, level=2) for key, blocks in shown),
    )


def _table(telling: Telling, names: tuple[str, ...], rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> Table:
    return Table(tuple(telling.speaking.say(f"column.{name}") for name in names), tuple(rows), widths)


def _tables(telling: Telling) -> list[Block]:
    """What was written in tables about the account, row by row."""
    sections = account_tables.sections(telling.speaking)
    return [block for section in sections for block in section.blocks if isinstance(block, Table)]


def _rules(telling: Telling) -> list[Block]:
    """Every rule that fired, with what it concludes and the works behind it."""
    rows = []
    for firing in telling.diagnosis.conclusions.firings:
        rule = telling.book.rule(firing.rule)
        cited = reasons.sources(telling.speaking, rule.entry.sources)
        rows.append(
            (rule.entry.code or rule.id, telling.speaking.rule_title(rule.id), _concludes(telling, rule), cited)
        )
    headers = tuple(telling.say(f"column.{name}") for name in ("code", "rule", "concludes", "sources"))
    return [Table(headers, tuple(rows), (18, 34, 34, 14))]


def _concludes(telling: Telling, rule: Rule) -> str:
    speaking = telling.speaking
    if isinstance(rule.entry, VoteRule):
        votes = []
        for name, word in rule.entry.votes.items():
            strength = telling.book.selection.strengths[word]
            votes.append(speaking.prose.labelled(speaking.strategy(name), speaking.text(strength.label)))
        return speaking.say("list_semicolon").join(votes)
    if rule.target is None:
        return telling.say(f"kind.{rule.kind}")
    if rule.target in telling.book.models:
        cell = speaking.cell(rule.target, str(getattr(rule.entry, "cell", "")))
        return speaking.prose.labelled(speaking.label(rule.target), cell)
    return speaking.label(rule.target)


def _parameters(telling: Telling) -> list[Block]:
    """What the enterprise profile sets otherwise than the rulebook."""
    profile, speaking = telling.book.profile, telling.speaking
    if profile is None:
        return [Paragraph(telling.say("no_profile"))]
    rows = []
    for name, value in profile.parameters.items():
        default = telling.book.parameter_entries[name].default
        if value != default:
            shown = [speaking.words.value(name, each, telling.book, profile.currency) for each in (default, value)]
            rows.append((speaking.label(name), *shown))
    intro = Paragraph(speaking.prose.labelled(speaking.text(profile.label), speaking.text(profile.about)))
    headers = tuple(telling.say(f"column.{name}") for name in ("parameter", "default", "here"))
    return [intro, Table(headers, tuple(rows), (50, 22, 22))] if rows else [intro]


def _role_card(telling: Telling) -> list[Block]:
    plan = telling.diagnosis.plan
    if plan is None:
        return []
    text = telling.speaking.text
    return [Bullets(tuple((text(each.title), (text(each.text),)) for each in plan.role_card.responsibilities))]


def _sources(telling: Telling) -> list[Block]:
    speaking = telling.speaking
    cited = tuple((f"[{name}] {planning.citation(speaking, name)}", ()) for name in planning.cited_sources(speaking))
    return [Bullets(cited), Paragraph(version(telling))]


def version(telling: Telling) -> str:
    """Which rulebook, under which profile, and of when."""
    book = telling.book
    profile = book.profile.label if book.profile else telling.speaking.say("no_profile")
    as_of = telling.speaking.day(telling.diagnosis.case.as_of)
    return telling.speaking.say("version_line", version=book.version, profile=profile, as_of=as_of)
