"""Two results side by side in words of one language."""

from __future__ import annotations

from kam_expert.diagnosis import Diagnosis
from kam_expert.explanation.differing import PLANNING, Difference, Moved, RuleMoved, StandingMoved
from kam_expert.explanation.missing import worded
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.dependencies import CONDITIONS, Effect
from kam_expert.wording import Wording

ORDER = ("model", "score", "signal", "measure", "fact")


def document(
    changes: tuple[str, ...], before: Diagnosis, after: Diagnosis, difference: Difference, words: Wording
) -> Document:
    """The answer first, then what moves, then the rules."""
    comparing = Comparing(before, after, words)
    named = [comparing.say("change", name=comparing.one.label(name), value=comparing.given(name)) for name in changes]
    title = comparing.say("title", account=before.case.name, changes=words.say("list_comma").join(named))
    sections = [
        Section(comparing.say("changes"), (comparing.changes(changes),)),
        Section(comparing.say("result"), comparing.result(difference)),
        *comparing.differing(difference),
    ]
    return Document(title, tuple(section for section in sections if section.blocks))


class Comparing:
    """Two diagnoses of one account in one language. `sides`: what the two are called at the head of a table."""

    def __init__(
        self, before: Diagnosis, after: Diagnosis, words: Wording, sides: tuple[str, str] | None = None
    ) -> None:
        self.one, self.other = Speaking(before, words), Speaking(after, words)
        self.before, self.after = before, after
        self.book = before.book
        self.words = words
        self.sides = sides or (self.say("before"), self.say("after"))

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"explain.what_if.{key}", **parameters)

    def given(self, name: str, *, earlier: bool = False) -> str:
        """What the case says of a fact."""
        speaking = self.one if earlier else self.other
        given = speaking.diagnosis.case.facts.get(name)
        if given is not None and given.rows:
            return self.words.say("rows", count=len(given.rows))
        if given is not None and given.state == "n/a":
            return self.words.say("not_applicable")
        if given is None or given.value is None:
            return self.words.say("unknown")
        return self.words.value(name, given.value, self.book, speaking.diagnosis.case.currency)

    def changes(self, names: tuple[str, ...]) -> Block:
        return Pairs(
            tuple(
                (
                    self.one.label(name),
                    self.say("from_to", before=self.given(name, earlier=True), after=self.given(name)),
                )
                for name in names
            )
        )

    def result(self, difference: Difference) -> tuple[Block, ...]:
        rows = (self.compared("level"), self.compared("primary"), self.compared("secondary"), self.compared("next"))
        headers = ("", *self.sides)
        if difference.none:
            return (Paragraph(self.say("nothing")),)
        shown = tuple(row for row in rows if row[1] != self.words.say("none") or row[2] != row[1])
        return (Paragraph(self.verdict()), Table(headers, shown, (20, 38, 38)))

    def verdict(self) -> str:
        one, other = self.before.recommendation, self.after.recommendation
        chosen = [_chosen(each) for each in (self.before, self.after)]
        names = [self.leader(each) for each in (self.before, self.after)]
        if chosen[0] == chosen[1]:
            return self.say("same", result=names[0])
        if one.primary == other.primary and one.level == other.level:
            return self.say("same_but", result=names[0])
        return self.say("primary", before=names[0], after=names[1])

    def leader(self, diagnosis: Diagnosis) -> str:
        recommendation = diagnosis.recommendation
        if recommendation.primary is None:
            return self.words.say(f"level.{recommendation.level}.title")
        return self.one.strategy(recommendation.primary)

    def compared(self, what: str) -> tuple[str, str, str]:
        """A row of the comparison."""
        label = "explain.how.level" if what == "level" else f"status.{'next_wave' if what == 'next' else what}"
        cells = []
        for speaking in (self.one, self.other):
            found = speaking.diagnosis.recommendation
            if what == "level":
                cells.append(self.words.say(f"level.{found.level}.title"))
                continue
            names: tuple[str, ...] = () if found.primary is None else (found.primary,)
            if what == "secondary":
                names = found.secondary
            elif what == "next":
                names = tuple(wave.strategy for wave in found.next_waves)
            cells.append(speaking.strategies(names) if names else self.words.say("none"))
        return self.words.say(label), cells[0], cells[1]

    def differing(self, difference: Difference) -> tuple[Section, ...]:
        """What moves, and the rules."""
        sections = (
            Section(self.say("moved"), self.moved(difference.moved)),
            Section(self.say("strategies"), self.standings(difference.standings)),
            *self.rules(difference.rules),
        )
        return tuple(section for section in sections if section.blocks)

    # what moves

    def moved(self, moved: tuple[Moved, ...]) -> tuple[Block, ...]:
        shown = [each for each in moved if not self.hidden(each)]
        rows = tuple(
            (self.one.label(each.name), self.one.value(each.name), self.other.value(each.name))
            for each in sorted(shown, key=lambda each: ORDER.index(each.kind))
        )
        headers = (self.words.say("column.measure"), *self.sides)
        return (Table(headers, rows, (40, 28, 28)),) if rows else ()

    def hidden(self, moved: Moved) -> bool:
        """A means for rules, or a value that reads the same."""
        measure = self.book.measures.get(moved.name)
        background = measure is not None and measure.entry.background
        return background or self.one.value(moved.name) == self.other.value(moved.name)

    def standings(self, moved: tuple[StandingMoved, ...]) -> tuple[Block, ...]:
        rows = tuple(
            (self.one.strategy(each.before.id), *(self.standing(s.status, s.score) for s in (each.before, each.after)))
            for each in moved
        )
        headers = (self.words.say("column.strategy"), *self.sides)
        return (Table(headers, rows, (40, 28, 28)),) if rows else ()

    def standing(self, status: str, score: int) -> str:
        shown = str(score).replace("-", "−")
        return self.say("standing", status=self.words.say(f"status.{status}"), score=shown)

    # rules

    def rules(self, moved: tuple[RuleMoved, ...]) -> tuple[Section, ...]:
        choosing = [each for each in moved if each.kind not in PLANNING]
        planning = [each for each in moved if each.kind in PLANNING]
        found = [
            Section(self.say(key), (Bullets(tuple(self.rule(each) for each in rules)),))
            for key, after in (("lost", False), ("won", True))
            if (rules := [each for each in choosing if each.fires_after is after])
        ]
        if planning and found:
            counts = {"lost": sum(not each.fires_after for each in planning)}
            note = self.say("plan_rules", won=len(planning) - counts["lost"], **counts)
            last = found[-1]
            found[-1] = Section(last.title, (*last.blocks, Paragraph(note)))
        return tuple(found)

    def rule(self, moved: RuleMoved) -> tuple[str, tuple[str, ...]]:
        title = self.one.rule_title(moved.rule)
        effects = [self.effect(each) for each in moved.effects if each.how not in CONDITIONS]
        head = self.say("effect", title=title, effects=self.words.say("list_semicolon").join(effects))
        silent, key = (self.one, "until_now") if moved.fires_after else (self.other, "because")
        details = [self.say(key, clause=worded(each, silent)) for each in moved.missing]
        if len(moved.chain) > 1:
            chain = self.say("step").join(self.one.prose.label(name) for name in moved.chain)
            details.append(self.say("chain", chain=chain))
        return (head if effects else title), tuple(details)

    def effect(self, effect: Effect) -> str:
        strategy = self.one.strategy(effect.candidate)
        if effect.word is None:
            points = self.say(effect.how)
        else:
            strength = self.book.selection.strengths[effect.word]
            points = self.say("veto") if strength.veto else self.one.signed(strength.points)
        return self.say("effect_on", strategy=strategy, points=points)


def _chosen(diagnosis: Diagnosis) -> tuple[object, ...]:
    found = diagnosis.recommendation
    return found.level, found.primary, found.secondary, tuple(wave.strategy for wave in found.next_waves)
