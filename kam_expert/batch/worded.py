"""Results in words: headers and values as people of a language say them, for whoever reads them in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import polars as pl

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import LEVELS
from kam_expert.wording import Wording

RULES = ("level_rule", "forced_by", "default", "reasons", "rules")
STRATEGIES = ("primary", "secondary", "runner_up", "next_waves")
FACTS = ("missing", "margin_facts", "near_facts")


class Worded:
    """Results of one rulebook in the words of one language."""

    def __init__(self, book: Rulebook, words: Wording) -> None:
        self.book = book
        self.words = words

    def rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The same rows, with words for every name."""
        columns: dict[str, pl.Series] = {}
        for column in rows.iter_columns():
            said = self.said_in(column.name)
            header = self.header(column.name)
            if header in columns:  # a measure and a position of the same name
                header = f"{header} [{column.name}]"
            columns[header] = column if said is None else _replaced(column, said)
        return pl.DataFrame(columns)

    def header(self, name: str) -> str:
        """The header of a column, with the unit of its numbers."""
        kind, _, rest = name.partition(".")
        say, text = self.words.say, self.words.text
        match kind:
            case "positions" | "scores":
                return text(self.book.label(rest))
            case "measures":
                unit = self.book.units.get(self.book.measures[rest].entry.unit or "")
                label = text(self.book.label(rest))
                name_of = "" if unit is None else self.words.word(unit.label)
                return say("batch.with_unit", label=label, unit=name_of) if name_of else label
            case "strategies":
                return say("batch.points_of", strategy=text(self.book.candidates[rest].short))
            case "signals":
                return say(f"signals.{rest}")
        return say(f"batch.column.{name}")

    def said_in(self, column: str) -> Mapping[str, str] | None:
        """What the names in a column are called; None where it holds no names."""
        kind, _, rest = column.partition(".")
        if kind == "positions":
            return {name: self.words.text(cell.title) for name, cell in self.book.models[rest].cells.items()}
        if kind == "signals":
            return {name: self.words.text(each.title) for name, each in self.book.signals.items()}
        if kind == "measures" and self.book.vocabulary.names[rest].kind == "flag":
            return {"true": self.words.say("yes"), "false": self.words.say("no")}
        if column in RULES:
            return self.rules
        if column in STRATEGIES:
            return {name: self.words.text(each.short) for name, each in self.book.candidates.items()}
        if column in FACTS:
            return {name: self.words.text(fact.label) for name, fact in self.book.facts.items()}
        return {name: self.words.say(f"level.{name}.title") for name in LEVELS} if column == "level" else None

    @cached_property
    def rules(self) -> dict[str, str]:
        return {rule.id: self.words.text(rule.entry.title) for rule in self.book.rules}


def _replaced(column: pl.Series, said: Mapping[str, str]) -> pl.Series:
    old, new = list(said), list(said.values())
    name = column.name
    if isinstance(column.dtype, pl.List):
        texts = pl.element().cast(pl.String).replace_strict(old, new, return_dtype=pl.String)
        return column.to_frame().select(pl.col(name).list.eval(texts)).get_column(name)
    return column.cast(pl.String).replace_strict(old, new, return_dtype=pl.String)
