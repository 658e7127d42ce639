"""Why a strategy was not chosen: what counts against it, which rules did not speak for it, and how far it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation import why_not_words
from kam_expert.explanation.answers import Answer, answer
from kam_expert.explanation.distance import Distance, Obstacle
from kam_expert.explanation.explained import Explained
from kam_expert.recommendation import Vote
from kam_expert.reports.document import Document
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.naming import find, meanings
from kam_expert.wording import Wording


@dataclass(frozen=True)
class WhyNot(Explained):
    """Why a strategy was not chosen; two answers when the name covers two directions."""

    asked: str
    answers: tuple[Answer, ...]
    diagnosis: Diagnosis = field(repr=False)

    def document(self, words: Wording) -> Document:
        return why_not_words.document(self.answers, Speaking(self.diagnosis, words))

    def json(self) -> dict[str, Any]:
        return {
            "case": self.diagnosis.case.id,
            "asked": self.asked,
            "answers": [_answer_json(each) for each in self.answers],
        }


def why_not(diagnosis: Diagnosis, strategy: str) -> WhyNot:
    """Why a strategy, named by id or label, was not chosen. Raises `UnknownName`."""
    known = {
        name: tuple(node for node in nodes if node.kind == "strategy")
        for name, nodes in meanings(diagnosis.book).items()
        if any(node.kind == "strategy" for node in nodes)
    }
    return WhyNot(strategy, tuple(answer(diagnosis, node.id) for node in find(known, strategy)), diagnosis)


def _answer_json(answer: Answer) -> dict[str, Any]:
    def votes(found: tuple[Vote, ...]) -> list[dict[str, Any]]:
        return [{"rule": vote.rule, "strength": vote.strength, "points": vote.points} for vote in found]

    def distance(found: Distance) -> dict[str, Any]:
        return {"points_missing": found.points, "obstacles": [_obstacle_json(each) for each in found.obstacles]}

    return {
        "strategy": answer.standing.id,
        "status": answer.standing.status,
        "score": answer.standing.score,
        "chosen": answer.chosen,
        "for": votes(answer.supporting),
        "against": votes(answer.against),
        "closed_by": [_obstacle_json(each) for each in answer.closed_by],
        "to_primary": distance(answer.primary),
        "to_secondary": distance(answer.secondary),
        "silent": [
            {
                "rule": each.rule,
                "manner": each.manner,
                "points": each.points,
                "missing": [lack.json() for lack in each.missing],
            }
            for each in answer.silent
        ],
        "how": None if answer.how is None else answer.how.json(),
    }


def _obstacle_json(obstacle: Obstacle) -> dict[str, Any]:
    return {"kind": obstacle.kind, "rule": obstacle.rule, "other": obstacle.other}
