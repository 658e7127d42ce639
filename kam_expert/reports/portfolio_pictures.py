"""The portfolio as pictures: the matrix with discs and rings, and the cumulative curves; one of each per currency."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kam_expert.portfolio.concentration import Point
from kam_expert.portfolio.portfolio import Currency, Place, Portfolio
from kam_expert.reports.document import Picture, Table
from kam_expert.reports.drawings import drawn
from kam_expert.reports.pictures import Bubble, Bubbles, Compared, Curve
from kam_expert.reports.portfolio_findings import PortfolioFindings
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.wording import Wording

UNNUMBERED = 12  # accounts that find room for their names; more are numbered, for where a name finds none
SHOWN_HOURS = 12  # accounts whose hours are drawn, those that change most
SHOWN_LARGEST = 10
ROWS = 25  # accounts whose figures stand behind the matrix, the largest first
QUARTERS = ((1, 1), (-1, 1), (1, -1), (-1, -1))
STEPS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def pictures(portfolio: Portfolio, words: Wording) -> dict[str, str]:
    """By file name, the drawings; names carry the currency if there are several."""
    shown = PortfolioPictures(portfolio, words)
    found = {}
    for currency in portfolio.currencies:
        end = f"-{currency.key}" if len(portfolio.currencies) > 1 else ""
        for name, picture in (("matrix", shown.matrix(currency)), ("concentration", shown.curve(currency))):
            found[f"{name}{end}.svg"] = drawn(picture.shown, picture.title, words.colon).written()
    return found


class PortfolioPictures(PortfolioFindings):
    """The pictures of a portfolio in one language."""

    def matrix(self, currency: Currency) -> Picture:
        """Attractiveness upwards, relative strength to the right, a disc for our sales and a ring for all spend."""
        roles = self.roles
        inside = [self.portfolio.accounts[index] for index in currency.places]
        placed = self.placed_in(currency)
        numbers = self.numbered(placed)
        shown = Bubbles(
            horizontal=self.label(roles.horizontal),
            vertical=self.label(roles.vertical),
            cut=self.book.parameters[roles.cut],
            cells=self._cells(),
            bubbles=tuple(map(self._bubble, placed, numbers)),
            sales_label=self.say("picture.size"),
            spend_label=self.say("picture.ring"),
            no_sales_label=self.say("picture.no_sales"),
            unknown_label=self.say("picture.sales_unknown"),
            sizes=self._sizes(placed, currency.key),
        )
        told = self.words.say("sentence_space").join(self._told(inside, placed))
        names = (roles.vertical, roles.horizontal, roles.cell, roles.revenue, roles.spend)
        rows = [
            (self._numbered_name(place, number), *(self.of(place, name) for name in names))
            for place, number in zip(placed[:ROWS], numbers, strict=False)
        ]
        rows = rows or [(self.words.say("none"), *("" for _ in names))]
        table = Table((self.say("drawn.account"), *map(self.label, names)), tuple(rows))
        return Picture(self.say("picture.matrix", currency=self.currency(currency.key)), told, shown, table)

    def placed_in(self, currency: Currency) -> list[Place]:
        """The accounts that the matrix shows, the largest first."""
        roles = self.roles
        inside = [self.portfolio.accounts[index] for index in currency.places]
        placed = [place for place in inside if {roles.vertical, roles.horizontal} <= set(place.values)]
        return sorted(placed, key=lambda place: (-self._largest(place), place.member.case))

    def numbered(self, placed: Sequence[Place]) -> list[str]:
        """The number of each account in the matrix; empty if there are few, and for all but the largest."""
        if len(placed) <= UNNUMBERED:
            return ["" for _ in placed]
        return [str(index) if index <= ROWS else "" for index in range(1, len(placed) + 1)]

    def _numbered_name(self, place: Place, number: str) -> str:
        return self.say("deck.named", number=number, name=place.member.account) if number else place.member.account

    def key(self, currency: Currency) -> Table | None:
        """What the numbers in the matrix stand for; None if there are none."""
        placed = self.placed_in(currency)
        numbers = self.numbered(placed)
        if not any(numbers):
            return None
        rows = [
            (number, place.member.account, self.of(place, self.roles.cell), self.of(place, self.roles.revenue))
            for place, number in zip(placed, numbers, strict=True)
            if number
        ]
        headers = (self.say("deck.number"), self.say("drawn.account"), self.say("matrix.cell"), self.say("deck.sales"))
        return Table(headers, tuple(rows), (8, 36, 26, 30))

    def _told(self, inside: Sequence[Place], placed: Sequence[Place]) -> list[str]:
        """How many stand where, and how many are left out."""
        counts = [
            self.say("matrix.entry", cell=name, count=count)
            for cell, name in self._cell_names().items()
            if (count := sum(place.values.get(self.roles.cell) == cell for place in placed))
        ]
        found = [self.say("drawn.matrix", count=len(placed), cells=self.listed(counts) or self.words.say("none"))]
        if len(placed) > ROWS:
            found.append(self.say("drawn.largest", count=ROWS))
        if len(inside) > len(placed):
            found.append(self.say("picture.left_out", count=len(inside) - len(placed)))
        return found

    def _bubble(self, place: Place, number: str) -> Bubble:
        roles = self.roles
        names = (roles.vertical, roles.horizontal, roles.revenue, roles.spend)
        said = [self.say("noticed.fact", label=self.label(name), value=self.of(place, name)) for name in names]
        return Bubble(
            label=place.member.account,
            x=place.number(roles.horizontal) or 0.0,
            y=place.number(roles.vertical) or 0.0,
            sales=place.number(roles.revenue),
            spend=place.number(roles.spend),
            group=self._cell_names().get(str(place.values.get(roles.cell)), ""),
            told="\n".join(said),
            number=number,
        )

    def _cell_names(self) -> dict[str, str]:
        return {cell: self.value(self.roles.cell, cell) for cell in self.book.models[self.roles.cell].cells}

    def _cells(self) -> tuple[tuple[str, float, float], ...]:
        """The cells in their order, each with the middle of the quarter whose accounts it takes."""
        cut, roles = self.book.parameters[self.roles.cut], self.roles
        rules = [rule for rule in self.book.rules if rule.target == roles.cell]
        middles = {}
        for right, up in QUARTERS:
            x, y = ((cut + 100) / 2 if side > 0 else cut / 2 for side in (right, up))
            there = State({roles.horizontal: x, roles.vertical: y}, self.book.parameters)
            hit = next((rule for rule in rules if evaluate(rule.effective, there) is True), None)
            if hit is not None:
                middles[str(getattr(hit.entry, "cell", ""))] = (x, y)
        return tuple((name, *middles.get(cell, (cut, cut))) for cell, name in self._cell_names().items())

    def _largest(self, place: Place) -> float:
        return max(place.number(self.roles.revenue) or 0.0, place.number(self.roles.spend) or 0.0)

    def _sizes(self, placed: Sequence[Place], currency: str) -> tuple[tuple[float, str], ...]:
        """Two amounts that show how large is how much."""
        highest = max(map(self._largest, placed), default=0.0)
        amounts = [_round_amount(highest * part) for part in (1.0, 0.1)] if highest > 0 else []
        return tuple((amount, self.amount(amount, currency)) for amount in amounts)

    def curve(self, currency: Currency) -> Picture:
        """The cumulative share of sales and profit over accounts, from the largest to the smallest."""
        curves = (("revenue", currency.revenue_curve), ("profit", currency.profit_curve))
        lines = tuple((self.say(f"picture.{key}"), _in_percent(points)) for key, points in curves)
        shown = Curve(lines, self.say("picture.accounts_axis"), self.say("picture.share_axis"))
        most = max((points[-1].accounts for _, points in curves if points), default=0)
        steps = [*(step for step in STEPS if step < most), *([most] if most else [])]
        rows = [(self.words.plain(step), *(self._share(points, step) for _, points in curves)) for step in steps]
        rows = rows or [(self.words.say("unknown"), *(self.words.say("unknown") for _ in curves))]
        headers = (self.say("drawn.largest_accounts"), *(self.say(f"picture.{key}") for key, _ in curves))
        told = [
            self.say("drawn.curve", curve=self.say(f"picture.{key}"), count=count, share=self._share(points, count))
            for key, points in curves
            if points and (count := min(5, points[-1].accounts))
        ]
        title = self.say("picture.curve", currency=self.currency(currency.key))
        space = self.words.say("sentence_space")
        return Picture(title, space.join(told) or self.words.say("unknown"), shown, Table(headers, tuple(rows)))

    def largest(self, currency: Currency) -> Picture | None:
        """Sales and profit of the largest accounts side by side; None if no sales are known."""
        roles = self.roles
        inside = [self.portfolio.accounts[index] for index in currency.places]
        known = [place for place in inside if place.number(roles.revenue)]
        if not known:
            return None
        known.sort(key=lambda place: (-(place.number(roles.revenue) or 0.0), place.member.case))
        shown = known[:SHOWN_LARGEST]
        pairs = [(place.number(roles.revenue), place.number(roles.profit)) for place in shown]
        highest = max(abs(amount) for pair in pairs for amount in pair if amount is not None)
        unit, named = self.words.money_unit(highest, self.book, currency.key)

        def scaled(amount: float | None) -> float | None:
            return None if amount is None else float(f"{amount / unit:.3g}")

        series = (self.say("picture.revenue"), self.say("picture.profit"))
        lines = tuple(
            (place.member.account, (scaled(sales), scaled(profit)))
            for place, (sales, profit) in zip(shown, pairs, strict=True)
        )
        rows = tuple(
            (place.member.account, *(self.of(place, n) for n in (roles.revenue, roles.profit))) for place in shown
        )
        title = self.say("deck.largest", count=len(shown), currency=self.currency(currency.key))
        return Picture(
            title,
            self.lost(currency),
            Compared(lines, series, named),
            Table((self.say("drawn.account"), *series), rows),
        )

    def hours_moved(self) -> Picture | None:
        """Hours today and proposed where they change most; None if none can be divided."""
        known = [place for place in self.portfolio.accounts if self.change(place) is not None]
        if not known:
            return None
        known.sort(key=lambda place: (-abs(self.change(place) or 0.0), place.member.case))
        shown = known[:SHOWN_HOURS]
        shown.sort(key=lambda place: (-(self.change(place) or 0.0), place.member.case))
        series = (self.say("matrix.now"), self.say("matrix.proposed"))
        amounts = [(place.number(self.roles.hours_now) or 0.0, place.share.hours or 0.0) for place in shown]
        lines = tuple(
            (place.member.account, (round(now, 1), round(proposed, 1)))
            for place, (now, proposed) in zip(shown, amounts, strict=True)
        )
        rows = tuple(
            (place.member.account, self.plain_hours(now), self.plain_hours(proposed))
            for place, (now, proposed) in zip(shown, amounts, strict=True)
        )
        table = Table((self.say("drawn.account"), *series), rows)
        return Picture(
            self.say("deck.hours"), self.moved(), Compared(lines, series, self.say("deck.hours_unit")), table
        )

    def strategies(self) -> Picture | None:
        """How many accounts each primary strategy leads in; None if it leads nowhere."""
        counts = self.primaries()
        if not counts:
            return None
        lines = tuple((self.label(name), (float(count),)) for name, count in counts)
        rows = tuple((self.label(name), self.words.plain(count)) for name, count in counts)
        unit = self.say("deck.strategies_unit")
        title = self.say("deck.strategies")
        table = Table((self.say("matrix.primaries"), unit), rows)
        return Picture(title, self.directed(), Compared(lines, (unit,), unit), table)

    def _share(self, points: Sequence[Point], accounts: int) -> str:
        if not points or accounts >= len(points):
            return self.words.say("unknown") if not points else ""
        return self.words.quantity(points[accounts].share, "percent", self.book, "")


def _in_percent(points: Sequence[Point]) -> tuple[tuple[float, float], ...]:
    """The accounts in per cent of all."""
    most = points[-1].accounts if points else 1
    return tuple((100 * point.accounts / most, point.share) for point in points)


def _round_amount(value: float) -> float:
    """One, two or five times a power of ten, not above the value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (5, 2, 1) if step * power <= value * (1 + 1e-9))
