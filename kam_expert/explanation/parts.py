"""What a part of a score is worth in one account."""

from __future__ import annotations

from dataclasses import dataclass

from kam_expert.diagnosis import Diagnosis
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.schema import Text


@dataclass(frozen=True)
class PartFound:
    """A part of a score. `adds`: its share of the score in points, unrounded; None if it is unknown or the score is."""

    label: Text
    weight: int
    value: float | None
    adds: float | None


def part_found(diagnosis: Diagnosis, score: str, part: str) -> PartFound:
    """The part of a score with its value and what it adds to the score."""
    entry = diagnosis.book.scores[score]
    state = State(diagnosis.conclusions.values, diagnosis.book.parameters, diagnosis.case.inputs(diagnosis.book).tables)
    values = {each.entry.id: evaluate(each.value, state) for each in entry.parts}
    known = sum(each.weight for each in entry.parts if values[each.entry.id] is not None)
    own = next(each for each in entry.parts if each.entry.id == part)
    value = values[part]
    adds = None if value is None or score not in diagnosis.conclusions.values else own.weight * value / known
    return PartFound(own.entry.label, own.weight, value, adds)
