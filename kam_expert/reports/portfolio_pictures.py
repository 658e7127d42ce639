"""The portfolio as pictures: the matrix with discs and rings, and the cumulative curves; one of each per currency."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kam_expert.portfolio.concentration import Point
from kam_expert.portfolio.portfolio import Currency, Place, Portfolio
from kam_expert.reports.document import Picture, Table
from kam_expert.reports.drawings import drawn
from kam_expert.reports.pictures import Bubble, Bubbles, Curve
from kam_expert.reports.portfolio_words import PortfolioWords
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.wording import Wording

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
            found[f"{name}{end}.svg"] = drawn(picture.shown, picture.title).written()
    return found


class PortfolioPictures(PortfolioWords):
    """The pictures of a portfolio in one language."""

    def matrix(self, currency: Currency) -> Picture:
        """Attractiveness upwards, relative strength to the right, a disc for our sales and a ring for all spend."""
        roles = self.roles
        inside = [self.portfolio.accounts[index] for index in currency.places]
        placed = [place for place in inside if {roles.vertical, roles.horizontal} <= set(place.values)]
        placed.sort(key=lambda place: (-self._largest(place), place.member.case))
        shown = Bubbles(
            horizontal=self.label(roles.horizontal),
            vertical=self.label(roles.vertical),
            cut=self.book.parameters[roles.cut],
            cells=self._cells(),
            bubbles=tuple(map(self._bubble, placed)),
            sales_label=self.say("picture.size"),
            spend_label=self.say("picture.ring"),
            no_sales_label=self.say("picture.no_sales"),
            unknown_label=self.say("picture.sales_unknown"),
            sizes=self._sizes(placed, currency.key),
        )
        told = self.words.say("sentence_space").join(self._told(inside, placed))
        names = (roles.vertical, roles.horizontal, roles.cell, roles.revenue, roles.spend)
        rows = [(place.member.account, *(self.of(place, name) for name in names)) for place in placed[:ROWS]]
        rows = rows or [(self.words.say("none"), *("" for _ in names))]
        table = Table((self.say("drawn.account"), *map(self.label, names)), tuple(rows))
        return Picture(self.say("picture.matrix", currency=self.currency(currency.key)), told, shown, table)

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

    def _bubble(self, place: Place) -> Bubble:
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
