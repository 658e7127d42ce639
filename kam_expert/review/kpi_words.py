"""What is measured in a plan, in words: results against leading KPIs, planned against reached, and the trend."""

from __future__ import annotations

from collections.abc import Iterable

from kam_expert.case import Case
from kam_expert.reports.document import Block, Paragraph, Section, Table
from kam_expert.review.entries import RecordedKpi
from kam_expert.review.history import History
from kam_expert.review.kpis import Measured, measured
from kam_expert.review.reviewing import Review
from kam_expert.review.titles import Titles
from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import Wording

WIDTHS = (30, 9, 10, 10, 8, 8, 13)


def figures(review: Review, words: Wording) -> list[Section]:
    """The section on what is measured; none if nothing of the plan can be."""
    if not review.measured:
        return []
    said = _Figures(review, words)
    results = [each for each in review.measured if not each.leading]
    leading = [each for each in review.measured if each.leading]
    read = [each for each in leading if each.readings]
    blocks: list[Block] = [Paragraph(said.summary(results, leading))]
    for key, shown in (("results", results), ("leading", read)):
        if shown:
            blocks += [Paragraph(said.say(f"figures.{key}")), said.table(shown)]
    unread = [each for each in leading if not each.readings and each.since <= review.on]
    if unread:
        names = words.say("list_comma").join(each.name for each in unread)
        blocks.append(Paragraph(said.say("figures.unread", names=names)))
    return [Section(said.say("figures.title"), tuple(blocks))]


class _Figures:
    def __init__(self, review: Review, words: Wording) -> None:
        self.review = review
        self.words = words
        self.titles = Titles(review.book, words)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"review.{key}", **parameters)

    def summary(self, results: list[Measured], leading: list[Measured]) -> str:
        """How many of each kind are as planned, and of how many it is not known."""
        parts = []
        for key, group in (("leading", leading), ("results", results)):
            known = [each.on_target(self.review.on) for each in group]
            judged = [each for each in known if each is not None]
            unknown = len(known) - len(judged)
            counts = {"good": sum(judged), "count": len(judged), "unknown": unknown}
            parts.append(self.say(f"figures.{key}_{'count' if unknown else 'all'}", **counts))
        return self.say("figures.summary", told=self.words.say("list_semicolon").join(parts))

    def table(self, shown: list[Measured]) -> Table:
        keys = ("figure", "reached", "planned", "target", "verdict", "trend", "read")
        headers = tuple(self.say(f"column.{key}") for key in keys)
        return Table(headers, tuple(self.row(each) for each in shown), WIDTHS)

    def row(self, each: Measured) -> tuple[str, ...]:
        on, last = self.review.on, self.review.last
        title = self.say("figures.named", title=self.titles.kpi(each), name=each.name)
        if not each.leading and each.last is not None and each.last.source == "facts":
            title = self.titles.kpi(each)
        trend = None if last is None else each.trend(last.entry.on)
        on_target, planned = each.on_target(on), each.planned(on)
        verdict = "unjudged" if on_target is None else "good" if on_target else "behind"
        return (
            title,
            self.amount(each, each.value),
            self.say("figures.unjudged") if planned is None else self.amount(each, planned),
            self.target(each),
            self.say(f"figures.{verdict}"),
            self.say(f"figures.trend.{trend or 'none'}"),
            self.source(each),
        )

    def amount(self, each: Measured, value: float | None) -> str:
        if value is None:
            return self.words.say("unknown")
        return self.words.quantity(value, each.unit, self.review.book, self.review.case.currency)

    def target(self, each: Measured) -> str:
        if each.target is None:
            return self.say("figures.no_target")
        amount = self.amount(each, each.target)
        return self.say("figures.at_most", value=amount) if each.at_most else amount

    def source(self, each: Measured) -> str:
        last = each.last
        if last is None:
            return ""
        if last.source == "facts":
            return self.say("figures.from_facts")
        origin = self.words.say(f"origin.{last.source or 'unstated'}")
        key = "figures.read_by" if last.by else "figures.read"
        return self.say(key, origin=origin, day=last.on.isoformat(), by=last.by or "")


def reported(kpis: Iterable[RecordedKpi], history: History, case: Case, book: Rulebook, words: Wording) -> list[str]:
    """Each figure that was just recorded, as it was understood."""
    if history.latest is None:
        return []
    known = {each.name: each for each in measured(history, book, {}, history.latest)}
    titles, lines = Titles(book, words), []
    for kpi in kpis:
        each = known[kpi.name]

        def amount(value: float | None, unit: str | None = each.unit) -> str:
            return words.say("unknown") if value is None else words.quantity(value, unit, book, case.currency)

        key = "no_target" if each.target is None else "limit" if each.at_most else "target"
        parts = {"title": titles.kpi(each), "value": amount(each.value), "target": amount(each.target)}
        lines.append(words.say(f"review.reported.kpi_{key}", **parts))
    return lines
