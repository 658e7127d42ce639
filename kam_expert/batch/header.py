"""What the columns of a table mean: by the name of a fact, or by its label in either language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kam_expert.batch.blocks import Header, Unusable
from kam_expert.problems import Phrase, nearest
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording

Part = Literal["value", "before", "source", "as_of", "case", "account", "day", "currency"]
LONGEST_HEAD = 30  # rows above which no header is looked for
FACT_PARTS: tuple[Part, ...] = ("before", "source", "as_of")
OWN_PARTS: tuple[Part, ...] = ("case", "account", "day", "currency")


@dataclass(frozen=True)
class Meant:
    """What one column holds: a part of what is said of a `fact`, or of the account itself."""

    part: Part
    fact: str = ""


@dataclass(frozen=True)
class Layout:
    """A table's columns, by their places, as far as they mean something; the others are left out."""

    header: Header
    columns: Mapping[int, Meant]
    left_out: tuple[int, ...]
    numbers: frozenset[int] = frozenset()
    """The columns that hold numbers."""

    def is_number(self, place: int) -> bool:
        return place in self.numbers

    def of(self, part: Part) -> int | None:
        """The place of the column that holds a part of the account itself."""
        return next((place for place, meant in self.columns.items() if meant.part == part), None)

    def name(self, place: int) -> str:
        return self.header.names[place]


class Headers:
    """What a header may be called, of one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book

    @cached_property
    def known(self) -> dict[str, Meant]:
        """Every name of a column, as it is compared."""
        found: dict[str, Meant] = {}
        for part in OWN_PARTS:
            found[plain(part)] = Meant(part)
        for language in languages():
            words = wording(language)
            for part in OWN_PARTS:
                for name in words.say(f"batch.header.{part}").split("|"):
                    found[plain(name)] = Meant(part)
        for fact in self.book.facts.values():
            names = {fact.id, *(wording(language).text(fact.label) for language in languages())}
            for name in names:
                found.setdefault(plain(name), Meant("value", fact.id))
            for part in FACT_PARTS:
                for name in names:
                    found[plain(f"{part}.{name}")] = Meant(part, fact.id)
        return found

    @cached_property
    def sums(self) -> list[str]:
        """What the line with the sums of a report is called, in small letters."""
        return [name for language in languages() for name in wording(language).say("batch.header.sum").split("|")]

    def recognises(self, names: tuple[str, ...]) -> bool:
        """Whether these are names of columns: one at least says a fact."""
        found = (self.known.get(plain(name)) for name in names)
        return any(meant is not None and meant.part == "value" for meant in found)

    def layout(self, header: Header) -> Layout:
        """Raises `Unusable` if two columns mean the same."""
        columns: dict[int, Meant] = {}
        left_out: list[int] = []
        for place, name in enumerate(header.names):
            meant = self.known.get(plain(name))
            if meant is None:
                if plain(name):  # one without a name is the trace of a delimiter
                    left_out.append(place)
                continue
            twice = next((other for other, each in columns.items() if each == meant), None)
            if twice is not None:
                names = {"file": header.file, "first": header.names[twice], "second": name}
                raise Unusable(Phrase("batch.column_twice", names))
            columns[place] = meant
        types = self.book.vocabulary.names
        numbers = (
            place
            for place, meant in columns.items()
            if meant.part in ("value", "before") and types[meant.fact].kind == "number"
        )
        return Layout(header, columns, tuple(left_out), frozenset(numbers))

    def near(self, name: str) -> str | None:
        """The fact that the name of a column is near to, None if there is none."""
        return nearest(plain(name).replace(" ", "_"), self.book.facts)


def plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
