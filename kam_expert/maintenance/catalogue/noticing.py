"""The pages of rules that no engine runs: those of the portfolio, of reviews and of documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kam_expert.maintenance.catalogue.pages import Code, Page, Paragraph, Section
from kam_expert.maintenance.catalogue.shelf import RowOfFields, Shelf, fields, rule_page
from kam_expert.rulebook.connected import Connected, Stated
from kam_expert.rulebook.dependencies import Kind, Node
from kam_expert.rulebook.schema import RuleBase

Rows = tuple[RowOfFields, ...]


def rule_pages_of(
    shelf: Shelf,
    kind: Kind,
    rules: Sequence[Connected[Stated]],
    about: Callable[[Connected[Stated]], Rows],
    said: Callable[[Connected[Stated]], Rows],
    reads: Callable[[Connected[Stated]], tuple[Node, ...]],
) -> Iterator[Page]:
    """One page for each file. `about` and `said`: what a rule of this kind says before and after its condition."""
    for file in dict.fromkeys(rule.file for rule in rules):
        path = Path(file)
        folder, stem = shelf.word("rules", path.parent.name), shelf.word("rule_file", f"{path.parent.name}.{path.stem}")
        sections = tuple(
            _section(shelf, kind, rule, about(rule), said(rule), reads(rule)) for rule in rules if rule.file == file
        )
        lead = (Paragraph((shelf.say(f"about.rules.{kind}"),)),)
        yield Page(rule_page(file), shelf.say("page.rules_of", kind=folder, theme=stem), lead, sections)


def _section(
    shelf: Shelf, kind: Kind, rule: Connected[Stated], about: Rows, said: Rows, reads: tuple[Node, ...]
) -> Section:
    say, words = shelf.say, shelf.words
    entry: RuleBase = rule.entry
    blocks = fields(
        *about,
        (say("field.if"), [(f"{shelf.prose.condition(rule.condition)}{words.stop}",)]),
        (say("field.written"), [(Code(str(entry.condition)),)]),
        *said,
        (say("field.fires"), [(shelf.example(each),) for each in entry.fires]),
        (say("field.silent"), [(shelf.example(each),) for each in entry.silent]),
        (say("field.code"), [shelf.code_of(entry)]),
        (say("field.reads"), list(shelf.grouped(reads))),
        (say("field.sources"), [shelf.sources(entry.sources)]),
        (say("field.file"), [(Code(rule.file),)]),
    )
    return Section(words.text(entry.title), blocks, shelf.anchor(Node(kind, rule.id)), rule.id)


def reasons(shelf: Shelf, rule: Connected[Stated]) -> Rows:
    """Why, what to do, and when it misleads, as far as a rule says it."""
    texts = ((key, getattr(rule.entry, key, None)) for key in ("because", "advice", "caution"))
    return tuple((shelf.say(f"field.{key}"), [(shelf.words.text(each),)]) for key, each in texts if each is not None)
