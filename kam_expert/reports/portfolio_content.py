"""The portfolio as a report: what stands out, concentration, key accounts, positions, related accounts, hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from kam_expert.portfolio.portfolio import Currency, Noticed, Place, Portfolio
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section, Table
from kam_expert.reports.portfolio_hours import ROWS, HoursSections
from kam_expert.reports.portfolio_words import NAMED
from kam_expert.wording import Wording

STEPS = (1, 3, 5, 10, 20, 50, 100, 500, 1000)


Depth = Literal["brief", "full"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)


def document(portfolio: Portfolio, words: Wording, depth: Depth = "full", *, pictured: bool = True) -> Document:
    """The report in one language; `brief`: only the overview and what stands out.

    `pictured`: with pictures, which only some formats can show.
    """
    return PortfolioReport(portfolio, words, pictured=pictured).document(depth)


class PortfolioReport(HoursSections):
    """The sections of the report in one language."""

    def document(self, depth: Depth) -> Document:
        title = self.title()
        head = (self.overview(), self.standing_out())
        if depth == "brief":
            return Document(title, head)
        sections = [
            *head,
            *self.concentration(),
            self.keys(),
            *self.positions(),
            self.related(),
            *self.hours_sections(),
            self.to_check(),
            self.basis(),
        ]
        return Document(title, tuple(section for section in sections if section is not None))

    def title(self) -> str:
        count = len(self.portfolio.accounts)
        return self.say("title_one") if count == 1 else self.say("title", count=count)

    def overview(self) -> Section:
        places = self.portfolio.accounts
        now = [place.number(self.roles.hours_now) for place in places]
        proposed = [place.share.hours for place in places]
        capacity = [team.division.capacity for team in self.portfolio.teams if team.division is not None]
        pairs = [(self.label(name), self.whole(name)) for name in ("accounts", self.roles.customers)]
        pairs.append(
            (
                self.say("overview.keys"),
                self.say(
                    "overview.keys_value",
                    candidates=self.whole(self.roles.candidates),
                    listed=self.whole(self.roles.listed),
                    places=self.whole(self.roles.limit),
                ),
            )
        )
        pairs.append(
            (
                self.say("overview.hours"),
                self.say(
                    "overview.hours_value",
                    now=self.hours(_sum(now)),
                    proposed=self.hours(_sum(proposed)),
                    capacity=self.hours(sum(capacity) if capacity else None),
                ),
            )
        )
        if not self.one_currency:
            parts = [
                self.say("overview.currency", currency=self.currency(each.key), count=len(each.places))
                for each in self.portfolio.currencies
            ]
            pairs.append((self.say("overview.currencies"), self.listed(parts)))
        return self.section("overview", [Pairs(tuple(pairs))])

    def standing_out(self) -> Section:
        """What was noticed about accounts taken together; what concerns single accounts stands elsewhere."""
        found = self.found()
        if not found:
            return self.section("noticed", [Paragraph(self.say("noticed.none"))])
        return self.section("noticed", [Bullets(tuple(map(self.finding, found)), numbered=True)])

    def finding(self, found: list[Noticed]) -> tuple[str, tuple[str, ...]]:
        """A rule that fired, on all items on which it did."""
        entry = found[0].rule.entry
        details = []
        for noticed in found[:NAMED]:
            where, facts = self.where(noticed), self.premises(noticed)
            said = self.say("noticed.item", where=where, facts=facts) if where and facts else where or facts
            details += [said] if said else []
        if len(found) > NAMED:
            details.append(self.say("more", count=len(found) - NAMED))
        details += [self.text(entry.because), self.say("noticed.advice", text=entry.advice)]
        return self.text(entry.title), tuple(details)

    def concentration(self) -> Iterator[Section]:
        yield self.section("concentration", [Paragraph(self.say("concentration.note"))])
        for currency in self.portfolio.currencies:
            blocks: list[Block] = [self.figures(currency), *self.lacking(currency)]
            if self.pictures is not None:
                blocks.append(self.pictures.curve(currency))
                largest = self.pictures.largest(currency)
                blocks += [] if largest is None else [largest]
            blocks.append(self.in_short(self.concentrated(currency)))
            yield Section(self.say("concentration.currency", currency=self.currency(currency.key)), tuple(blocks), 2)

    def lacking(self, currency: Currency) -> Iterator[Paragraph]:
        """Which accounts the figures leave out."""
        accounts = self.portfolio.accounts
        unknown = [place for place in currency.places if self.roles.revenue not in accounts[place].values]
        if unknown:
            yield Paragraph(self.say("concentration.without_revenue", names=self.names(unknown)))
        known = [place for place in currency.places if place not in unknown]
        lacking = [place for place in known if self.roles.profit not in accounts[place].values]
        if lacking:
            yield Paragraph(self.say("concentration.without_profit", names=self.names(lacking)))

    def figures(self, currency: Currency) -> Table:
        rows: list[tuple[str, ...]] = []
        for revenue, profit in self.book.portfolio.entry.figures:
            label = self.label(revenue)
            right = "" if profit is None else self.number(currency.numbers[profit], currency.key)
            if profit is not None and self._of_another_kind(revenue, profit):
                right = self.say("noticed.fact", label=self.label(profit), value=right)
            rows.append((label, self.number(currency.numbers[revenue], currency.key), right))
        curves = {"revenue": currency.revenue_curve, "profit": currency.profit_curve}
        ends = [points[-1].accounts for points in curves.values() if points]
        for step in (step for step in STEPS if ends and step in (5, 20, 50, 100, 500, 1000) and step < max(ends)):
            rows.append((self.say("concentration.largest", count=step), *self._reached(curves.values(), step)))
        headers = ("figure", "revenue", "profit")
        return Table(tuple(self.say(f"concentration.{each}") for each in headers), tuple(rows), (36, 28, 36))

    def _of_another_kind(self, one: str, other: str) -> bool:
        """Whether two figures in one row need a label each: they are computed in different ways."""
        figures = self.book.portfolio.figures
        ways = [figure.entry.count or (figure.entry.sum and "sum") for figure in (figures[one], figures[other])]
        return (ways[0] is not None and ways[0] != "sum" and not ways[0].startswith("known")) or (
            figures[one].entry.sum == self.roles.spend
        )

    def _reached(self, curves: Iterable[tuple[object, ...]], step: int) -> tuple[str, ...]:
        return tuple(
            self.words.quantity(points[step].share, "percent", self.book, "")  # type: ignore[attr-defined]
            if step < len(points)
            else ""
            for points in curves
        )

    def key_rows(self) -> tuple[tuple[str, ...], ...]:
        """All accounts for which something is proposed, by their rank."""
        chosen = [(index, self.proposal(index)) for index in range(len(self.portfolio.accounts))]
        rows = [(index, proposal, self.portfolio.accounts[index]) for index, proposal in chosen if proposal is not None]
        rows.sort(key=lambda row: (row[2].number("key_rank") or len(chosen) + 1, row[0]))
        return tuple(
            (
                self.value("key_rank", place.values["key_rank"]) if "key_rank" in place.values else "",
                place.member.account,
                self.say(f"keys.proposes.{proposal}"),
                self.of(place, self.roles.declared),
                self.of(place, self.roles.rank_by[0]),
                self.of(place, self.roles.rank_by[-1]),
            )
            for _, proposal, place in rows
        )

    def keys(self) -> Section:
        cells = list(self.key_rows())
        if not cells:
            return self.section("keys", [Paragraph(self.say("keys.none"))])
        key = "keys.places" if self.one_currency else "keys.places_apart"
        places = self.whole(self.roles.limit)
        customers = self.whole(self.roles.customers)
        blocks: list[Block] = [Paragraph(self.say(key, customers=customers, places=places))]
        headers = ("rank", "account", "proposal", "listed", "attractiveness", "value")
        blocks += self.table("keys", headers, cells, (9, 24, 19, 13, 17, 18))
        undecided = [i for i, place in enumerate(self.portfolio.accounts) if self.roles.candidate not in place.values]
        if undecided:
            blocks.append(Paragraph(self.say("keys.undecided", names=self.names(undecided))))
        blocks.append(self.in_short(self.key_changes()))
        return self.section("keys", blocks)

    def positions(self) -> Iterator[Section]:
        yield self.section("matrix", [*self.distributed(), self.in_short(self.placed())])
        for currency in self.portfolio.currencies:
            key = None if self.pictures is None else self.pictures.key(currency)
            if key is not None:
                yield Section(self.say("deck.numbers_in", currency=self.currency(currency.key)), (key,), 2)

    def distributed(self) -> list[Block]:
        """How many accounts stand where, and what leads in how many."""
        blocks: list[Block] = []
        lines: list[tuple[str, str]] = []
        for distribution in self.book.portfolio.entry.distributions:
            model = self.book.models[distribution.model]
            if distribution.model == self.roles.cell:
                if self.pictures is not None:
                    blocks += [self.pictures.matrix(currency) for currency in self.portfolio.currencies]
                blocks.append(self.cells(distribution.model))
                continue
            counts = Counter(place.values.get(distribution.model) for place in self.portfolio.accounts)
            said = [
                self.say("matrix.entry", cell=self.value(distribution.model, cell), count=counts[cell])
                for cell in model.cells
                if counts[cell]
            ]
            if counts[None]:
                said.append(self.say("matrix.entry", cell=self.say("matrix.unknown"), count=counts[None]))
            lines.append((self.text(model.label), self.listed(said)))
        primaries = Counter(place.member.primary for place in self.portfolio.accounts if place.member.primary)
        levels = Counter(place.member.level for place in self.portfolio.accounts if not place.member.primary)
        said = [
            self.say("matrix.entry", cell=self.label(name), count=count)
            for name, count in sorted(primaries.items(), key=lambda each: (-each[1], each[0]))
        ]
        for level, count in sorted(levels.items(), key=lambda each: (-each[1], each[0] or "")):
            if level is not None:
                title = self.say("matrix.others", level=self.words.say(f"level.{level}.title"))
                said.append(self.say("matrix.entry", cell=title, count=count))
        if said:
            lines.append((self.say("matrix.primaries"), self.listed(said)))
        return [*blocks, Pairs(tuple(lines))] if lines else blocks

    def cells(self, model: str) -> Table:
        """The cells of the matrix with accounts, listed ones, sales and hours; shares of sales only in one currency."""
        groups: dict[str | None, list[Place]] = defaultdict(list)
        for place in self.portfolio.accounts:
            groups[str(place.values[model]) if model in place.values else None].append(place)
        total = _sum([place.number(self.roles.revenue) for place in self.portfolio.accounts])
        rows: list[tuple[str, ...]] = []
        for cell in (*self.book.models[model].cells, None):
            inside = groups.get(cell, [])
            if cell is None and not inside:
                continue
            revenue = _sum([place.number(self.roles.revenue) for place in inside])
            share = "" if not self.one_currency else self.words.say("unknown")
            if self.one_currency and total and revenue is not None:
                share = self.words.quantity(100 * revenue / total, "percent", self.book, "")
            rows.append(
                (
                    self.say("matrix.unknown") if cell is None else self.value(model, cell),
                    str(len(inside)),
                    str(sum(place.values.get(self.roles.declared) is True for place in inside)),
                    *((share,) if self.one_currency else ()),
                    self.plain_hours(_sum([place.number(self.roles.hours_now) for place in inside])) if inside else "",
                    self.plain_hours(_sum([place.share.hours for place in inside])) if inside else "",
                )
            )
        headers = ("cell", "accounts", "keys", *(("share",) if self.one_currency else ()), "now", "proposed")
        titles = tuple(self.say(f"matrix.{each}") for each in headers)
        return Table(titles, tuple(rows), (24, *(16 for _ in titles[1:])))

    def related(self) -> Section:
        items = [
            (
                self.bound(group),
                (
                    self.say("groups.accounts", names=self.names(group.places), currency=self._only(group.places)),
                    self.say(
                        "groups.share",
                        share=self.value(self.roles.group_share, group.value(self.roles.group_share)),
                        keys=self.value(self.roles.group_keys, group.value(self.roles.group_keys)),
                    ),
                ),
            )
            for group in self.portfolio.groups
        ]
        if not items:
            key = "groups.none" if self.one_currency else "groups.none_apart"
            return self.section("groups", [Paragraph(self.say(key))])
        return self.section("groups", [Bullets(tuple(items[:ROWS]))])

    def _only(self, places: tuple[int, ...]) -> str:
        return self.currency(self.portfolio.accounts[places[0]].member.currency)

    def to_check(self) -> Section | None:
        """What was noticed about single accounts, one entry for each rule."""
        items = []
        for found in self.found(single=True):
            entry = found[0].rule.entry
            names = self.names([noticed.places[0] for noticed in found])
            details = (self.text(entry.because), self.say("noticed.advice", text=entry.advice))
            items.append((self.say("noticed.where", title=entry.title, where=names), details))
        return self.section("check", [Bullets(tuple(items))]) if items else None

    def basis(self) -> Section:
        book = self.book
        profile = self.say("basis.profile_none") if book.profile is None else self.text(book.profile.label)
        cited = dict.fromkeys(source for noticed in self.portfolio.noticed for source in noticed.rule.entry.sources)
        pairs = (
            (self.say("basis.rulebook"), book.version),
            (self.say("basis.profile"), profile),
            (self.say("basis.figures"), self.say("basis.figures_value")),
        )
        blocks: list[Block] = [Pairs(pairs)]
        works = [(self.text(book.sources[key].citation), ()) for key in cited]
        if works:
            blocks += [Paragraph(self.say("basis.sources")), Bullets(tuple(works))]
        return self.section("basis", blocks)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
