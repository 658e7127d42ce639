"""What the files about imports may hold: the shape of records, the mappings of systems, the words of exports."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, Scalar, Snake, Text, Words


class FieldShape(Entry):
    """One thing a record of a table says. `fact`: it answers that question of the rulebook as it stands.

    `choices` of a choice; `several`: words are looked for inside the text (a job title), the longest that fits
    counts. A number outside `range` is refused.
    """

    type: Literal["text", "number", "date", "choice"] = "text"
    label: Text
    choices: tuple[Snake, ...] = ()
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    inside: bool = False
    range: tuple[float | int, float | int] | None = None
    fact: Snake | None = None


class Reference(Entry):
    """A field by which a row finds a record of another table: `to` is the field compared with.

    `bring`: fields of the row that are taken over from the record found, each with the field it is there.
    """

    field: Snake
    table: Snake
    to: Snake
    bring: dict[Snake, Snake] = Field(default_factory=dict)


class TableShape(Entry):
    """A kind of record. `account`: the fields that name its account, the surest first.

    `needs`: fields without which a file is not this table; each entry lists alternatives. `computed`: by formula.
    """

    label: Text
    needs: tuple[tuple[Snake, ...], ...]
    fields: dict[Snake, FieldShape]
    account: dict[Snake, Literal["id", "name"]] = Field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    computed: dict[Snake, str] = Field(default_factory=dict)


class Figure(Entry):
    """A figure of an account, taken over its rows or computed from earlier figures by `formula`.

    `take` says how the rows become one number; `of` the field. `months` and `back`: the months counted, before the date
    of the export; `ahead`: months after it. `over`: whose rows. `partial`: what to do when the records begin later than
    the period: keep the sum and say so, scale it up to the whole period, or leave it out (always if less than `least`
    months are there).
    """

    label: Text
    formula: str | None = None
    table: Snake | None = None
    take: Literal["sum", "count", "distinct", "first", "last", "highest", "mean"] = "sum"
    of: Snake | None = None
    where: str | None = None
    date: Snake | None = None
    months: int | None = None
    back: int = 0
    ahead: int | None = None
    over: Literal["account", "all", "owner"] = "account"
    partial: Literal["keep", "scale", "leave"] = "keep"
    least: int = 0


class ChoiceWay(Entry):
    value: Scalar
    condition: str = Field(alias="if")


class Way(Entry):
    """One way to answer a question from figures; the first that gives a value counts.

    `formula` or `choose`; `when`: outside this condition it does not apply. `note`: what a reader must know of it.
    """

    formula: str | None = None
    choose: tuple[ChoiceWay, ...] = ()
    when: str | None = None
    decimals: int = 0
    source: Literal["document", "customer", "estimate", "guess"] = "document"
    note: Text | None = None


class ImportModel(Entry):
    """`knowledge/import_model.yaml`: which records there are, and which facts follow from them."""

    tables: dict[Snake, TableShape]
    figures: dict[Snake, Figure]
    facts: dict[Snake, tuple[Way, ...]]


class ImportWords(Entry):
    """`knowledge/import_words.yaml`: words of exports that mean the same everywhere."""

    company_endings: tuple[str, ...]
    totals: tuple[str, ...]
    empty: tuple[str, ...]
    months: dict[str, int]
    scales: dict[str, int]
    beside_numbers: tuple[str, ...]


class ColumnOf(Entry):
    """The column of a file that holds a field. `names`: its headers. `words` are added, `inside` replaces."""

    names: tuple[str, ...]
    scale: float = 1
    date_format: Literal["ymd", "dmy", "mdy"] | None = None
    decimal: Literal["point", "comma"] | None = None
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    inside: bool | None = None


class MappedTable(Entry):
    """The columns of one table in the files of a system, and those that are left out on purpose.

    `also`: other tables that the same rows hold, as when the row of an account names a contact.
    """

    columns: dict[Snake, ColumnOf]
    ignored: tuple[str, ...] = ()
    also: tuple[Snake, ...] = ()


class Mapping(Entry):
    """`knowledge/imports/<system>.yaml`: how the files of one system say what the model knows."""

    mapping: Words
    label: Text
    about: Text
    currency: str | None = None
    profile: str | None = None
    roll_up: bool = False
    tables: dict[Snake, MappedTable]
