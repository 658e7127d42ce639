"""A review as a report: the proposal first, then its reasons, what changed, the agenda, and what to type next."""

from __future__ import annotations

from kam_expert.case import Case
from kam_expert.explanation.flips import moved
from kam_expert.explanation.outcome import told
from kam_expert.explanation.what_if_words import Comparing
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section, Table
from kam_expert.reports.speaking import Speaking
from kam_expert.review.agenda import Agenda
from kam_expert.review.entries import Choice, RecordedActivity
from kam_expert.review.handing_over import handover
from kam_expert.review.history import History
from kam_expert.review.kpi_words import figures, reported
from kam_expert.review.recording import Report
from kam_expert.review.reviewing import FactChange, InForce, Noticed, Review
from kam_expert.review.titles import Titles
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.wording import Wording


def document(review: Review, agenda: Agenda, words: Wording) -> Document:
    """The whole report."""
    said = _Said(review, words)
    title = said.say("title", account=review.case.name, day=review.on.isoformat())
    sections = [Section(said.say("proposal"), said.proposal())]
    if review.last is not None:
        sections += [Section(said.say("reasons"), said.reasons()), Section(said.say("changes"), said.changes())]
        sections += said.effects()
        sections.append(Section(said.say("plan"), said.plan()))
        sections += figures(review, words)
        sections += handover(review, words)
    sections += said.agenda(agenda)
    sections.append(Section(said.say("next"), (Paragraph(said.say("how_to_accept")),)))
    return Document(title, tuple(section for section in sections if section.blocks))


class _Said:
    def __init__(self, review: Review, words: Wording) -> None:
        self.review = review
        self.book = review.book
        self.words = words
        self.speaking = Speaking(review.today, words)
        self.titles = Titles(review.book, words)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"review.{key}", **parameters)

    def strategies(self, choice: Choice) -> str:
        """The strategies in force, as one phrase."""
        if choice.primary is None:
            return self.say("no_strategy")
        return self.beside(choice.primary, choice.secondary)

    def beside(self, primary: str, secondary: tuple[str, ...]) -> str:
        names = self.words.say("list_comma").join(self.strategy(name) for name in secondary)
        key = "with_secondary" if names else "without_secondary"
        return self.say(key, primary=self.strategy(primary), secondary=names)

    def strategy(self, name: str) -> str:
        return self.speaking.strategy(name) if name in self.book.candidates else name

    def advised(self, level: str, primary: str | None, secondary: tuple[str, ...]) -> str:
        return self.words.say(f"level.{level}.title") if primary is None else self.beside(primary, secondary)

    def value(self, name: str, value: Value) -> str:
        stated = self.book.review.names.get(name)
        read = name if stated is None or stated.was is None else stated.was
        return self.words.value(read, value, self.book, self.review.case.currency)

    # the proposal

    def proposal(self) -> tuple[Block, ...]:
        review, now = self.review, self.review.today.recommendation
        today = self.advised(now.level, now.primary, now.secondary)
        if review.last is None:
            return (Paragraph(self.say("first")), Pairs(((self.say("recommended_now"), today),)))
        then = review.last.entry
        level = review.level
        assert level is not None
        head = self.say("proposed", level=level.title, meaning=level.meaning)
        recommended = then.recommended
        before = self.advised(recommended.level, recommended.primary, recommended.secondary)
        pairs = [
            (self.say("last_review"), self.last_review()),
            (self.say("in_force"), self.strategies(then.in_force)),
            (self.say("recommended_then"), before),
            (self.say("recommended_now"), today),
            (self.say("in_force_after"), self.strategies(review.proposed.choice)),
        ]
        if then.against is not None:
            why = then.reason or self.words.say("unknown")
            override = self.say("override", strategy=self.strategy(then.against), by=then.by or "", reason=why)
            pairs.insert(2, (self.say("chosen_by_person"), override))
        blocks: list[Block] = [Paragraph(head), Pairs(tuple(pairs))]
        if review.last.left_out:
            blocks.append(Paragraph(self.say("left_out", facts=", ".join(review.last.left_out))))
        return tuple(blocks)

    def last_review(self) -> str:
        assert self.review.last is not None
        entry = self.review.last.entry
        level = self.book.review.level(entry.decision)
        title = self.say("started") if level is None else self.words.text(level.title)
        key = "reviewed_by" if entry.by else "reviewed"
        return self.say(key, day=entry.on.isoformat(), decision=title, by=entry.by or "")

    def reasons(self) -> tuple[Block, ...]:
        return (Bullets(tuple(self.reason(each) for each in self.review.noticed)),) if self.review.noticed else ()

    def reason(self, noticed: Noticed) -> tuple[str, tuple[str, ...]]:
        entry = noticed.rule.entry
        level = self.book.review.level(entry.level)
        head = self.say("reason", title=entry.title, level="" if level is None else level.title)
        values = [
            self.words.say("portfolio.noticed.fact", label=self.book.label(name), value=self.value(name, value))
            for name, value in noticed.premises
            if not isinstance(value, bool)
        ]
        details = [self.words.text(entry.because), self.say("advice", text=entry.advice)]
        if values:
            details.insert(0, self.words.say("list_semicolon").join(values))
        return head, tuple(details)

    # what changed

    def changes(self) -> tuple[Block, ...]:
        if not self.review.changes:
            return (Paragraph(self.say("no_changes")),)
        headers = tuple(self.say(f"column.{key}") for key in ("fact", "then", "now", "source"))
        return (Table(headers, tuple(self.change(each) for each in self.review.changes), (34, 22, 22, 22)),)

    def change(self, change: FactChange) -> tuple[str, str, str, str]:
        assert self.review.earlier is not None
        comparing = Comparing(self.review.earlier, self.review.today, self.words)
        given = change.after
        source = self.words.say(f"origin.{(given and given.source) or 'unstated'}")
        if given is not None and given.as_of is not None:
            source = self.words.say("origin_as_of", origin=source, day=given.as_of.isoformat())
        before = comparing.given(change.name, earlier=True)
        said = self.review.stated.facts.get(change.name)
        if given is not None and said is not None and given.value != said.value:
            source = self.say("counted_down", origin=source)
        return self.speaking.label(change.name), before, comparing.given(change.name), source

    def effects(self) -> list[Section]:
        review = self.review
        assert review.earlier is not None
        assert review.difference is not None
        sides = (self.say("column.then"), self.say("column.now"))
        return list(Comparing(review.earlier, review.today, self.words, sides).differing(review.difference))

    # the plan

    def plan(self) -> tuple[Block, ...]:
        activities = self.review.history.activities
        if not activities:
            return ()
        done = sum(activity.done is not None for activity in activities)
        line = self.say("plan_line", count=len(activities), done=done, overdue=len(self.review.overdue))
        headers = tuple(self.say(f"column.{key}") for key in ("activity", "owner", "due", "state"))
        rows = tuple(self.activity(each) for each in sorted(activities, key=lambda each: (each.end, each.id)))
        return (Paragraph(line), Table(headers, rows, (48, 18, 12, 16)))

    def activity(self, activity: RecordedActivity) -> tuple[str, str, str, str]:
        title = self.say("figures.named", title=self.titles.activity(activity.id), name=activity.id)
        return title, self.titles.owner(activity.owner), activity.end.isoformat(), self.state(activity)

    def state(self, activity: RecordedActivity) -> str:
        if activity.cancelled is not None:
            return self.say("state.cancelled")
        if activity.done is not None:
            return self.say("state.done")
        if activity.end < self.review.on:
            return self.say("state.overdue", days=(self.review.on - activity.end).days)
        return self.say("state.running" if activity.start <= self.review.on else "state.ahead")

    # the agenda

    def agenda(self, agenda: Agenda) -> list[Section]:
        found: list[Section] = []
        gates = []
        for gate in agenda.gates:
            head = self.say("gate", id=gate.id, title=self.titles.gate(gate.id), day=gate.due.isoformat())
            gates.append((head, tuple(line for line in self.titles.gate_note(gate.id).split("\n") if line)))
        if gates:
            found.append(Section(self.say("agenda_gate"), (Bullets(tuple(gates)),)))
        late: dict[str, list[str]] = {}
        for each in agenda.overdue:
            late.setdefault(self.titles.owner(each.owner), []).append(self.titles.activity(each.id))
        if late:
            told = {owner: self.words.say("list_semicolon").join(titles) for owner, titles in late.items()}
            lines = tuple((self.say("late", owner=owner, titles=titles), ()) for owner, titles in told.items())
            asked = Paragraph(self.say("late_asked"))
            found.append(Section(self.say("agenda_late"), (asked, Bullets(lines))))
        questions = tuple((text, ()) for text in self.questions(agenda))
        if questions:
            found.append(Section(self.say("agenda_questions"), (Bullets(questions, numbered=True),)))
        return found

    def questions(self, agenda: Agenda) -> list[str]:
        """Questions to the weakest reasons: near flips, guesses, stale facts, votes against."""
        facts = self.review.case.facts
        found = []
        for flip in agenda.flips:
            move = moved(flip.moves[0], self.book, self.words, self.review.case.currency)
            found.append(self.say("ask.flip", move=move, result=told(flip.result, self.book, self.words)))
        for name in agenda.guesses:
            value = self.speaking.value(name)
            found.append(self.say("ask.guess", fact=self.speaking.label(name), value=value))
        for name in agenda.stale:
            day = facts[name].as_of
            since = "" if day is None else day.isoformat()
            parts = {"fact": self.speaking.label(name), "value": self.speaking.value(name), "day": since}
            found.append(self.say("ask.stale", **parts))
        if agenda.strategy is not None:
            for vote in agenda.opposing:
                title = self.speaking.rule_title(vote.rule)
                found.append(self.say("ask.opposing", strategy=self.strategy(agenda.strategy), rule=title))
        return found


def accepted_line(review: Review, level: str, after: InForce, words: Wording) -> str:
    """What was accepted, for the terminal."""
    said = _Said(review, words)
    entry = review.book.review.level(level)
    title = said.say("started") if entry is None else words.text(entry.title)
    file = review.history.path.name
    return said.say("accepted", decision=title, strategies=said.strategies(after.choice), file=file)


def changes(review: Review, words: Wording) -> tuple[Block, ...]:
    """What changed since the last accepted diagnosis."""
    return _Said(review, words).changes()


def reported_lines(report: Report, history: History, case: Case, book: Rulebook, words: Wording) -> list[str]:
    """What was reported, for the terminal: how much of each, and each figure as it was understood."""
    kinds = (
        ("done", report.done),
        ("delayed", report.delayed),
        ("cancelled", report.cancelled),
        ("moved", report.moved),
        ("dropped", report.dropped),
        ("kpis", report.kpis),
        ("opportunities", (*report.won, *report.lost)),
    )
    said = [words.say(f"review.reported.{key}", count=len(items)) for key, items in kinds if items]
    told = words.say("list_comma").join(said)
    head = words.say("review.progressed", file=history.path.name, told=told)
    return [head, *reported(report.kpis, history, case, book, words)]
