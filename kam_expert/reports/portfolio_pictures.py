"""The portfolio as pictures: the matrix with discs and rings, and the cumulative curves; one of each per currency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kam_expert.portfolio.concentration import Point
from kam_expert.portfolio.portfolio import Currency, Place, Portfolio
from kam_expert.reports.portfolio_words import PortfolioWords
from kam_expert.reports.svg import GRID, INK, PALE, PALETTE, Box, Drawing, text_width
from kam_expert.wording import Wording

LARGEST_RADIUS, SMALLEST_RADIUS = 38.0, 2.5
SMALL = 4.0  # the mark of an account without sales, or of unknown sales
UNKNOWN_DASH = "2 2"
LABELS = 25  # accounts that get a name, the largest first
LABEL = 11.0
LEADERS = (14.0, 30.0, 50.0, 75.0)  # how far from its disc a name may stand, with a line to it


def pictures(portfolio: Portfolio, words: Wording) -> dict[str, str]:
    """By file name, the drawings; names carry the currency if there are several."""
    drawing = _Pictures(portfolio, words)
    found = {}
    for currency in portfolio.currencies:
        end = f"-{currency.key}" if len(portfolio.currencies) > 1 else ""
        found[f"matrix{end}.svg"] = drawing.matrix(currency)
        found[f"concentration{end}.svg"] = drawing.curve(currency)
    return found


class _Pictures(PortfolioWords):
    def matrix(self, currency: Currency) -> str:
        """Attractiveness upwards, relative strength to the right, a disc for our sales and a ring for all spend."""
        roles = self.roles
        inside = [self.portfolio.accounts[index] for index in currency.places]
        shown = [place for place in inside if {roles.vertical, roles.horizontal} <= set(place.values)]
        left, top, size = 70.0, 60.0, 640.0
        drawing = Drawing(980, 780, self.say("picture.matrix", currency=self.currency(currency.key)))
        drawing.text(left, 34, drawing.title, size=18, bold=True)
        cut = self.book.parameters[roles.cut]

        def across(value: float) -> float:
            return left + size * value / 100

        def down(value: float) -> float:
            return top + size * (1 - value / 100)

        self._frame(drawing, left, top, size, cut)
        scale = self._scale(shown)
        order = sorted(shown, key=lambda place: (-self._largest(place), place.member.case))
        taken: list[Box] = []
        discs: list[tuple[Place, float, float, float]] = []
        cells = list(self.book.models[roles.cell].cells)
        for place in order:
            x, y = across(place.number(roles.horizontal) or 0), down(place.number(roles.vertical) or 0)
            spend, revenue = place.number(roles.spend), place.number(roles.revenue)
            cell = place.values.get(roles.cell)
            colour = PALETTE[cells.index(str(cell)) % len(PALETTE)] if cell in cells else PALE
            ring = None if spend is None else max(SMALLEST_RADIUS, scale * math.sqrt(max(0.0, spend)))
            if ring is not None:
                drawing.circle(x, y, ring, stroke=colour, width=1.2)
            radius = SMALLEST_RADIUS if not revenue else max(SMALLEST_RADIUS, scale * math.sqrt(revenue))
            told = self._told(place)
            if revenue:
                drawing.circle(x, y, radius, fill=colour, opacity=0.55, title=told)
            else:
                dash = UNKNOWN_DASH if revenue is None else ""
                drawing.circle(x, y, SMALL, stroke=colour, width=1.4, dash=dash, title=told)
            around = max(radius, ring or 0.0)
            discs.append((place, x, y, around))
            inner = 0.75 * around  # a label may touch the rim of a disc, not its middle
            taken.append(Box(x - inner, y - inner, x + inner, y + inner))
        area = Box(left + 2, top + 2, left + size - 2, top + size - 2)
        for place, x, y, around in discs[:LABELS]:
            self._label(drawing, place.member.account, x, y, around, taken, area)
        self._legend(drawing, left + size + 30, top, cells, scale, shown, currency.key, len(inside) - len(shown))
        return drawing.written()

    def _frame(self, drawing: Drawing, left: float, top: float, size: float, cut: float) -> None:
        for mark in range(0, 101, 10):
            along = size * mark / 100
            drawing.line(left + along, top, left + along, top + size)
            drawing.line(left, top + along, left + size, top + along)
        for mark in (0, 50, 100):
            drawing.text(left + size * mark / 100, top + size + 18, str(mark), anchor="middle", colour=PALE)
            drawing.text(left - 8, top + size * (1 - mark / 100) + 4, str(mark), anchor="end", colour=PALE)
        drawing.line(left + size * cut / 100, top, left + size * cut / 100, top + size, INK, 1.5)
        drawing.line(left, top + size * (1 - cut / 100), left + size, top + size * (1 - cut / 100), INK, 1.5)
        middle = left + size / 2
        drawing.text(middle, top + size + 42, self.label(self.roles.horizontal), size=13, anchor="middle")
        drawing.text(left - 44, top + size / 2, self.label(self.roles.vertical), size=13, anchor="middle", turned=True)

    def _largest(self, place: Place) -> float:
        return max(place.number(self.roles.revenue) or 0.0, place.number(self.roles.spend) or 0.0)

    def _scale(self, shown: Iterable[Place]) -> float:
        """Radius per root of an amount, so that the largest disc or ring just fits."""
        highest = max((self._largest(place) for place in shown), default=0.0)
        return LARGEST_RADIUS / math.sqrt(highest) if highest > 0 else 0.0

    def _told(self, place: Place) -> str:
        roles = self.roles
        names = (roles.vertical, roles.horizontal, roles.revenue, roles.spend)
        said = [self.say("noticed.fact", label=self.label(name), value=self.of(place, name)) for name in names]
        return f"{place.member.account}\n" + "\n".join(said)

    def _label(
        self, drawing: Drawing, name: str, x: float, y: float, radius: float, taken: list[Box], area: Box
    ) -> None:
        """A name where there is room in or beside its disc; none if there is no room."""
        width, gap = text_width(name, LABEL), radius + 3
        if width < 1.6 * radius:
            drawing.text(x, y + 4, name, size=LABEL, anchor="middle", halo=True)
            return
        for spot in (*_beside(x, y, gap, width), *_around(x, y, radius, width)):
            box = spot.box
            within = (
                area.left <= box.left and box.right <= area.right and area.top <= box.top and box.bottom <= area.bottom
            )
            if within and not any(box.meets(other) for other in taken):
                if spot.leader is not None:
                    drawing.line(*spot.leader, colour=PALE, width=0.8)
                drawing.text(spot.x, spot.y, name, size=LABEL, anchor=spot.anchor, halo=True)
                taken.append(box)
                return

    def _legend(
        self,
        drawing: Drawing,
        x: float,
        top: float,
        cells: list[str],
        scale: float,
        shown: list[Place],
        currency: str,
        left_out: int,
    ) -> None:
        y = top + 12
        for index, cell in enumerate(cells):
            drawing.circle(x + 8, y - 4, 7, fill=PALETTE[index % len(PALETTE)], opacity=0.55)
            drawing.text(x + 24, y, self.value(self.roles.cell, cell))
            y += 24
        y += 14
        drawing.circle(x + 8, y - 4, 7, fill=PALE, opacity=0.55)
        drawing.text(x + 24, y, self.say("picture.size"), size=11)
        y += 24
        drawing.circle(x + 8, y - 4, 7, stroke=PALE, width=1.2)
        drawing.text(x + 24, y, self.say("picture.ring"), size=11)
        y += 24
        for key, dash in (("no_sales", ""), ("sales_unknown", UNKNOWN_DASH)):
            drawing.circle(x + 8, y - 4, SMALL, stroke=PALE, width=1.4, dash=dash)
            drawing.text(x + 24, y, self.say(f"picture.{key}"), size=11)
            y += 24
        y -= 24
        highest = max((self._largest(place) for place in shown), default=0.0)
        if highest > 0:
            y += 30
            for part in (1.0, 0.1):
                amount = _round_amount(highest * part)
                radius = scale * math.sqrt(amount)
                y += radius
                drawing.circle(x + LARGEST_RADIUS, y, radius, stroke=PALE)
                drawing.text(x + 2 * LARGEST_RADIUS + 12, y + 4, self.amount(amount, currency), size=11, colour=PALE)
                y += radius + 12
        if left_out:
            drawing.text(x, y + 20, self.say("picture.left_out", count=left_out), size=11, colour=PALE)

    def curve(self, currency: Currency) -> str:
        """The cumulative share of sales and profit over accounts, from the largest to the smallest."""
        left, top, width, height = 70.0, 60.0, 640.0, 420.0
        drawing = Drawing(900, 560, self.say("picture.curve", currency=self.currency(currency.key)))
        drawing.text(left, 34, drawing.title, size=18, bold=True)
        curves = (("revenue", currency.revenue_curve, ""), ("profit", currency.profit_curve, "7 4"))
        most = max((points[-1].accounts for _, points, _ in curves if points), default=1)
        lowest = min((point.share for _, points, _ in curves for point in points), default=0.0)
        floor = min(0.0, math.floor(lowest / 20) * 20)

        def across(count: float) -> float:
            return left + width * count / most

        def down(share: float) -> float:
            return top + height * (100 - share) / (100 - floor)

        for mark in range(int(floor), 101, 20):
            drawing.line(left, down(mark), left + width, down(mark), INK if mark == 0 else GRID)
            drawing.text(left - 8, down(mark) + 4, f"{mark}%", anchor="end", colour=PALE)
        for count in _marks(most):
            drawing.line(across(count), top, across(count), top + height)
            drawing.text(across(count), top + height + 18, str(count), anchor="middle", colour=PALE)
        drawing.text(left + width / 2, top + height + 42, self.say("picture.accounts_axis"), size=13, anchor="middle")
        drawing.text(left - 50, top + height / 2, self.say("picture.share_axis"), size=13, anchor="middle", turned=True)
        y = top + 12
        for index, (key, points, dash) in enumerate(curves):
            colour = PALETTE[index]
            if points:
                drawing.path([(across(p.accounts), down(p.share)) for p in _thinned(points)], colour, 2.2, dash)
            drawing.path([(left + width + 24, y - 4), (left + width + 58, y - 4)], colour, 2.2, dash)
            drawing.text(left + width + 66, y, self.say(f"picture.{key}"))
            y += 24
        return drawing.written()


@dataclass(frozen=True)
class _Spot:
    """Where a name may stand, and the line that leads to it if it stands apart."""

    x: float
    y: float
    anchor: str
    box: Box
    leader: tuple[float, float, float, float] | None = None


def _beside(x: float, y: float, gap: float, width: float) -> Iterator[_Spot]:
    half = LABEL / 2 + 1
    yield _Spot(x + gap, y + 4, "start", Box(x + gap, y - half, x + gap + width, y + half))
    yield _Spot(x - gap, y + 4, "end", Box(x - gap - width, y - half, x - gap, y + half))
    above, below = y - gap - half, y + gap + half
    for middle in (above, below):
        yield _Spot(x, middle + 4, "middle", Box(x - width / 2, middle - half, x + width / 2, middle + half))


def _around(x: float, y: float, radius: float, width: float) -> Iterator[_Spot]:
    """Places further off, the nearest first, in eight directions."""
    half = LABEL / 2 + 1
    for distance in LEADERS:
        for eighth in range(8):
            angle = math.pi * (eighth + 0.5) / 4
            across, down = math.cos(angle), math.sin(angle)
            far = radius + distance
            end_x, end_y = x + far * across, y + far * down
            leader = (x + radius * across, y + radius * down, end_x, end_y)
            if across > 0:
                box = Box(end_x + 2, end_y - half, end_x + 2 + width, end_y + half)
                yield _Spot(end_x + 2, end_y + 4, "start", box, leader)
            else:
                box = Box(end_x - 2 - width, end_y - half, end_x - 2, end_y + half)
                yield _Spot(end_x - 2, end_y + 4, "end", box, leader)


def _round_amount(value: float) -> float:
    """One, two or five times a power of ten, not above the value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (5, 2, 1) if step * power <= value * (1 + 1e-9))


def _marks(most: int) -> list[int]:
    """Whole numbers of accounts along the axis, ten at most."""
    step = next(each * 10**power for power in range(9) for each in (1, 2, 5) if each * 10**power * 10 >= most)
    return list(range(0, most + 1, step))


def _thinned(points: tuple[Point, ...], most: int = 400) -> list[Point]:
    """At most about so many points, the first and the last among them."""
    step = max(1, len(points) // most)
    return [*points[:-1:step], points[-1]]
