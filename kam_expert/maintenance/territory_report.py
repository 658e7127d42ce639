"""What the territory of the rulebook looks like, in words and as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kam_expert.maintenance.territory import Answer, Survey, Violation
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section, Table
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.territory import TerritoryEntry
from kam_expert.wording import Wording


class TerritoryWords:
    """The survey in words of one language."""

    def __init__(self, book: Rulebook, words: Wording, territory: TerritoryEntry) -> None:
        self.book = book
        self.words = words
        self.limits = territory.limits
        self.worth = territory.worth

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"test.{key}", **parameters)

    def document(self, found: Survey) -> Document:
        sections = [
            Section(self.say("levels"), (self.shares(found.levels, "level_name."),)),
            Section(self.say("strategies"), (self.strategies(found),)),
            Section(self.say("choice"), self.choice(found)),
            *(
                Section(self.label(model), (self.shares(cells, model=model),), level=2)
                for model, cells in found.positions.items()
            ),
            Section(self.say("signals"), (self.shares(found.signals),)),
            Section(self.say("odd"), self.odd(found)),
            Section(self.say("limits"), self.judged(found)),
        ]
        title = self.say("territory_title", count=len(found.answers), seed=str(found.seed))
        return Document(title, tuple(sections))

    def label(self, name: str) -> str:
        return self.words.text(self.book.label(name))

    def share(self, value: float) -> str:
        return f"{self.words.plain(value, 1)}%"

    def shares(self, found: Mapping[str, float], prefix: str = "", model: str | None = None) -> Pairs:
        def named(name: str) -> str:
            if prefix:
                return self.say(prefix + name)
            return self.label(name) if model is None else self.words.choice(model, name, self.book)

        return Pairs(tuple((named(name), self.share(share)) for name, share in found.items()))

    def strategies(self, found: Survey) -> Table:
        headers = ("strategy", "primary", "secondary", "waves", "margin")
        ranked = sorted(found.strategies, key=lambda each: (-each.primary, each.strategy))
        rows = tuple(
            (
                self.label(each.strategy),
                *map(self.share, (each.primary, each.secondary, each.waves)),
                "–" if each.margin is None else self.words.plain(each.margin, 1),
            )
            for each in ranked
        )
        return Table(tuple(self.say(f"column.{name}") for name in headers), rows, (40, 14, 14, 14, 14))

    def choice(self, found: Survey) -> tuple[Block, ...]:
        middle = found.average
        named = [self.label(name) for name in (middle.primary, *middle.secondary) if name is not None]
        answer = self.words.join(named) or self.say(f"level_name.{middle.level}")
        return (
            self.shares(found.chosen_by, "chosen_by."),
            Paragraph(self.say("margins")),
            self.shares(found.margins, "margin_band."),
            Paragraph(self.say("ties", share=self.share(found.ties))),
            Paragraph(self.say("average", answer=answer, share=self.share(found.like_average))),
        )

    def odd(self, found: Survey) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for kind, chosen in found.odd.items():
            blocks.append(Paragraph(self.say(f"oddity.{kind}")))
            blocks.append(Bullets(tuple((self.answer(each), ()) for each in chosen)))
        return tuple(blocks)

    def answer(self, each: Answer) -> str:
        primary = self.say(f"level_name.{each.level}") if each.primary is None else self.label(each.primary)
        return self.say(
            "odd_account",
            number=str(each.number),
            primary=primary,
            secondary=self.words.join([self.label(name) for name in each.secondary]) or "–",
            score=each.score,
            margin="–" if each.margin is None else each.margin,
            against=each.against,
            label=self.label(self.worth),
            worth="–" if each.worth is None else each.worth,
        )

    def judged(self, found: Survey) -> tuple[Block, ...]:
        blocks: list[Block] = [Paragraph(self.words.text(self.limits.reason))]
        items = [(self.violation(each), ()) for each in found.violations]
        blocks.append(Bullets(tuple(items)) if items else Paragraph(self.say("within_limits")))
        excused = tuple(
            (self.label(name), (self.words.text(reason),)) for name, reason in self.limits.exceptions.items()
        )
        if excused:
            blocks += [Paragraph(self.say("exceptions")), Bullets(excused)]
        return tuple(blocks)

    def violation(self, each: Violation) -> str:
        name = "" if each.strategy is None else self.label(each.strategy)
        return self.say(f"violation.{each.kind}", name=name, found=self.share(each.found), limit=self.share(each.limit))


def survey_json(found: Survey) -> dict[str, Any]:
    """The survey without the single answers, except the odd ones."""
    plain = {
        name: getattr(found, name)
        for name in ("seed", "levels", "positions", "signals", "chosen_by", "margins", "ties", "like_average")
    }
    return {
        "accounts": len(found.answers),
        **plain,
        "strategies": [asdict(each) for each in found.strategies],
        "average": asdict(found.average),
        "odd": {kind: [asdict(each) for each in chosen] for kind, chosen in found.odd.items()},
        "violations": [asdict(each) for each in found.violations],
    }
