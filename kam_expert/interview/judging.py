"""What completions lead to, by the columns engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kam_expert.engines.columns.choosing import NONE
from kam_expert.engines.columns.columns import Columns
from kam_expert.engines.columns.frames import drawn as given_as
from kam_expert.engines.columns.memory import Numbers
from kam_expert.engines.conclusions import Inputs
from kam_expert.interview.gains import Judged
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.schema import LEVELS


class Judging:
    """Judges completions of a case. The answers to come are trusted as answers whose source nobody states."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.columns = Columns(book, advice_only=True)
        self.labels = (*self.columns.table.names, *LEVELS)

    def __call__(self, inputs: Inputs, drawn: Mapping[str, Numbers]) -> Judged:
        """What every row leads to: `inputs` is the same in all of them, `drawn` differs."""
        rows = max((len(column) for column in drawn.values()), default=1)
        trust = self.book.parameters["confidence_unstated"]
        values: dict[str, Any] = {**inputs.values, **inputs.tables}
        values.update(dict.fromkeys((f"n/a.{name}" for name in inputs.not_applicable), True))
        for name, column in drawn.items():
            if name not in inputs.values:
                values[name] = column
                values[f"confidence.{name}"] = np.where(np.isnan(column), column, trust)
        read = {name: value for name, value in values.items() if name in self.columns.reads}
        choice = self.columns.choices(given_as(self.book, rows, read))
        levels = len(self.columns.table.names) + self.columns.levels(choice)
        leads = np.where(choice.primary != NONE, choice.primary, levels).astype(np.int64)
        places = np.arange(len(self.columns.table.names))
        beside = (choice.secondary[:, :, None] == places).any(axis=0)
        return Judged(self.labels, leads, beside)
