"""How a conclusion came about: a tree from the conclusion down to the facts of the case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation import how_json, how_words
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.steps import Sort, Step, Tracing, Wanted
from kam_expert.reports.document import Document, Section
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.naming import find, meanings
from kam_expert.wording import Wording

RESULTS = ("primary", "level")


@dataclass(frozen=True)
class How(Explained):
    """The reasons behind what was asked for; several steps when a name has several meanings."""

    asked: str
    steps: tuple[Step, ...]
    diagnosis: Diagnosis = field(repr=False)

    def document(self, words: Wording) -> Document:
        return how_words.document(self.steps, Speaking(self.diagnosis, words))

    def json(self) -> dict[str, Any]:
        """The tree; every step has `kind`, `id` and `by`, the rest depends on the kind."""
        steps = [how_json.step_json(each, self.diagnosis) for each in self.steps]
        return {"case": self.diagnosis.case.id, "asked": self.asked, "steps": steps}


def recommendation_trees(diagnosis: Diagnosis, words: Wording) -> tuple[Section, ...]:
    """The reasons behind the recommended strategies, or behind the level without any, down to the facts."""
    tracing, recommendation = Tracing(diagnosis, None), diagnosis.recommendation
    steps = [tracing.step("primary", "primary", 0)]
    steps += [tracing.step("strategy", name, 0) for name in recommendation.secondary]
    return how_words.document(tuple(steps), Speaking(diagnosis, words)).sections


def explain_how(diagnosis: Diagnosis, name: str, depth: int | None = None) -> How:
    """How a conclusion came about, down to the facts or to a number of steps below it.

    `name`: an id or label of a fact, measure, score, model, signal, strategy, rule or parameter, or `primary`, or
    `level`. Raises `UnknownName`.
    """
    tracing = Tracing(diagnosis, depth)
    if name in RESULTS:
        sorts: list[Wanted] = [(cast(Sort, name), name)]
    else:
        known = {**meanings(diagnosis.book), **dict.fromkeys(RESULTS, ())}
        sorts = [(cast(Sort, node.kind), node.id) for node in find(known, name)]
    return How(name, tuple(tracing.step(sort, each, 0) for sort, each in sorts), diagnosis)
