"""Exports of a CRM as accounts, without case files between: imported as `kam-expert import` does, then judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kam_expert.batch.accounts import Accounts
from kam_expert.batch.blocks import Files, Refusal, Unusable
from kam_expert.batch.sources import Readings
from kam_expert.batch.text_tables import asked
from kam_expert.case import Case, Given
from kam_expert.imports.findings import Ask, CannotImport
from kam_expert.imports.importing import Wish, chosen_mapping, import_accounts, read_all
from kam_expert.imports.mapping import load_mapping, load_model
from kam_expert.imports.overlay import read_overlay
from kam_expert.imports.sheets import Stated
from kam_expert.problems import Phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording

FITTING = "auto"
"""The mapping that fits the files best."""


@dataclass(frozen=True)
class Export:
    """Files of a CRM and how they are to be read. `overlay`: judgement by hand."""

    files: tuple[Path, ...]
    mapping: str
    overlay: Path | None = None
    as_of: date | None = None
    currency: str | None = None


def exported_accounts(
    export: Export, readings: Readings, stated: Stated, words: Wording, root: Path | None
) -> Iterator[tuple[Accounts, float]]:
    """The accounts of an export. Raises `Unusable`, and `ProblemsFound` for a mapping or overlay with mistakes."""
    book = readings(None).book
    model = load_model(book, root)
    wish = Wish(stated, export.as_of, date.today(), None, None, export.currency)
    try:
        sheets = [sheet for _, found in read_all(export.files, stated) for sheet in found]
        if export.mapping == FITTING:
            mapping = chosen_mapping(sheets, model, stated, root)
        else:
            mapping = load_mapping(export.mapping, model, root)
        written = () if export.overlay is None else read_overlay(export.overlay, book)
        imported = import_accounts(sheets, mapping, model, wish, words, written)
    except CannotImport as cannot:
        raise Unusable(*cannot.reasons, *(_asked(ask, export.files) for ask in cannot.asks)) from None
    refused = tuple(Refusal(each.file, each.line, each.column, each.found, each.why) for each in imported.rejects)
    profile = mapping.profile
    reading = readings(profile)
    cases = tuple(_under(reading.book, each.case) for each in imported.cases)
    yield reading.files(Files(cases, profile, refused)), 1.0


def _under(book: Rulebook, case: Case) -> Case:
    """The case with what the profile says of facts that the export does not know, as its case file would be read."""
    stated = book.profile.facts if book.profile else {}
    usual = {name: Given("given", value, source="profile") for name, value in stated.items()}
    return replace(case, facts={**usual, **case.facts})


def _asked(ask: Ask, files: Sequence[Path]) -> Phrase:
    """What has to be told; what this command has no option for can be said when the export is imported."""
    if ask.option.startswith("--mapping"):
        return Phrase("batch.ask", {"question": ask.question, "option": ask.option})
    if ask.option.startswith(("--encoding", "--delimiter")):
        name = next((path.name for path in files if f" {path.name}=" in ask.option), "")
        return asked(ask, name)
    return Phrase("batch.ask_import", {"question": ask.question, "option": ask.option})
