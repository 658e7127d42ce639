"""Where a workbook keeps what: one sheet for people, one hidden sheet that says what it is and holds the lists."""

from __future__ import annotations

from kam_expert.wording import Wording, languages, wording

MARK_SHEET = "kam-expert"
MARK = "kam-expert workbook"
FORMAT = 1

KEY, LABEL, VALUE, UNIT, MEANING, SOURCE, AS_OF, NOTE, BEFORE = range(9)
"""The columns of the sheet for people; the first one is hidden and names what the row holds."""

HEADERS = {
    LABEL: "label",
    VALUE: "value",
    UNIT: "unit",
    MEANING: "meaning",
    SOURCE: "source",
    AS_OF: "as_of",
    NOTE: "note",
    BEFORE: "before",
}
FIELDS = ("case", "name", "industry", "currency", "as_of", "profile", "primary", "secondary")
"""The rows above the facts: the account, and the strategies decided on."""

FACT, TABLE, ROW = "fact:", "table:", "row:"
"""How the key of a row begins that holds a fact, the names of the columns of a table, and a row of it."""

EXPECTED = "expected"
BETWEEN_STRATEGIES = ";"
PHRASES = {"state": "workbook.state", "source": "origin"}
LONGEST_CELL = 32_767  # characters, as Excel has it


class CannotBeACell(Exception):
    """A text does not fit a cell; `name` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def word(words: Wording, kind: str, name: str) -> str:
    """How a workbook says a state or a source in one language."""
    return words.say(f"{PHRASES[kind]}.{name}")


def meant(kind: str, names: tuple[str, ...], said: str) -> str | None:
    """The state or source that a word of any language means."""
    for name in names:
        if said == name or any(said == word(wording(language), kind, name) for language in languages()):
            return name
    return None
