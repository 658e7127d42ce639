"""The sheets of the portfolio workbook with a chart each: matrix, concentration, hours. Charts read from the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.chart_scatter import ChartScatter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from kam_expert.portfolio.portfolio import Currency, Place
from kam_expert.reports.office_labels import labelled
from kam_expert.reports.office_style import Sheet
from kam_expert.reports.pictures import Bubble, Bubbles
from kam_expert.reports.portfolio_findings import PortfolioFindings
from kam_expert.reports.portfolio_pictures import PortfolioPictures
from kam_expert.reports.svg import GRID, INK, PALE, PALETTE
from kam_expert.reports.text import wrap

WIDTH, HEIGHT = 860, 560  # of a chart, in pixels
POINTS = 0.75  # of a pixel
EDGES = (50.0, 12.0, 14.0, 70.0)  # of the plot of the matrix, in points
DRAWN_HOURS = 25  # accounts in the chart of hours
ROW = 20  # pixels of a row of cells
LINE = 14.0  # points of a line of text
ARROW = 2  # the room of the arrow of a filter, in letters
A4 = 9
SCALE = 60  # of bubbles, in per cent
SMALLEST = 400  # a disc without sales is so many times smaller than the largest


@dataclass
class Cells:
    """Where the sheet of accounts holds what: the column of each name; row 1 is that of the first account."""

    sheet: str
    columns: dict[str, int] = field(default_factory=dict)

    def of(self, account: int, name: str) -> str:
        """A formula that takes the value of an account from there."""
        return f"='{self.sheet}'!{xl_rowcol_to_cell(account + 1, self.columns[name], True, True)}"


class BubbleChart(ChartScatter):  # type: ignore[misc]
    """A chart of bubbles, which the library lacks: a scatter chart whose series have sizes too."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded = True

    def sized(self, series: dict[str, Any], sizes: str) -> None:
        """A series as `add_series` takes it, with the cells of its sizes."""
        self.add_series(series)
        self.series[-1]["sizes"] = sizes.removeprefix("=")
        self.series[-1]["size_data_id"] = self._get_data_id(sizes, None)

    def _write_scatter_chart(self, args: Any) -> None:
        if not args["primary_axes"]:
            return
        self._xml_start_tag("c:bubbleChart")
        self._xml_empty_tag("c:varyColors", [("val", 0)])
        for each in self._get_primary_axes_series():
            self._write_ser(each)
        self._xml_empty_tag("c:bubbleScale", [("val", SCALE)])
        self._xml_empty_tag("c:showNegBubbles", [("val", 0)])
        self._xml_empty_tag("c:sizeRepresents", [("val", "area")])
        self._write_axis_ids(args)
        self._xml_end_tag("c:bubbleChart")

    def _write_ser(self, series: Any) -> None:
        index = self.series_index
        self.series_index += 1
        self._xml_start_tag("c:ser")
        self._write_idx(index)
        self._write_order(index)
        self._write_series_name(series)
        self._write_sp_pr(series)
        self._xml_empty_tag("c:invertIfNegative", [("val", 0)])
        self._write_d_lbls(series.get("labels"))
        self._write_x_val(series)
        self._write_y_val(series)
        self._xml_start_tag("c:bubbleSize")
        self._write_num_ref(series["sizes"], self.formula_data[series["size_data_id"]], "num")
        self._xml_end_tag("c:bubbleSize")
        self._xml_empty_tag("c:bubble3D", [("val", 0)])
        self._xml_end_tag("c:ser")


class PortfolioCharts(PortfolioFindings):
    """The sheets with charts; `cells`: the sheet of accounts that they take their values from."""

    file: Any
    cells: Cells
    heads: Any
    plain: Any
    tenths: Any
    texts: Any
    wrapped: Any

    def headed_sheet(self, key: str, headers: Sequence[str], widths: Sequence[int]) -> tuple[Any, str]:
        """A sheet with its head, to be printed as wide as a page, and its name."""
        name = self.say(f"sheet.{key}")
        sheet = self.file.add_worksheet(name)
        for column, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, header, self.heads)
        self.high(sheet, 0, headers, [width - ARROW for width in widths])
        sheet.freeze_panes(1, 0)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet, name

    def high(self, sheet: Any, row: int, texts: Sequence[object], widths: Sequence[int]) -> None:
        """A row as high as its longest text needs, for not every program finds that out by itself."""
        lines = [
            len(wrap(text, max(6, width - 3)))
            for text, width in zip(texts, widths, strict=True)
            if isinstance(text, str)
        ]
        sheet.set_row(row, LINE * max([1, *lines]) + 3)

    def taken(self, sheet: Any, row: int, column: int, account: int, name: str) -> None:
        """The value of an account, taken from its own sheet; nothing if it is unknown."""
        value = self.portfolio.accounts[account].values.get(name)
        if value is not None:
            sheet.write_formula(row, column, self.cells.of(account, name), self.plain, value)

    # The matrix

    def matrix(self) -> None:
        roles = self.roles
        names = (roles.horizontal, roles.vertical, roles.revenue, roles.spend)
        headers = (
            self.say("sheet.currency"),
            self.say("deck.number"),
            self.say("keys.account"),
            self.say("matrix.cell"),
            *map(self.label, names),
            self.say("sheet.disc"),
        )
        sheet, name = self.headed_sheet("matrix", headers, (10, 9, 24, 13, 13, 16, 15, 15, 15))
        pictures = PortfolioPictures(self.portfolio, self.words)
        index = {place.member.case: number for number, place in enumerate(self.portfolio.accounts)}
        row, below = 1, 1
        for currency in self.by_size:
            placed = pictures.placed_in(currency)
            if not placed:
                continue
            shown = pictures.matrix(currency).shown
            assert isinstance(shown, Bubbles)
            numbered = sorted(zip(placed, shown.bubbles, strict=True), key=lambda each: self._order(each[0]))
            first = row
            for place, bubble in numbered:
                sheet.write_string(row, 0, currency.key, self.texts)
                sheet.write_string(row, 1, bubble.number, self.texts)
                sheet.write_string(row, 2, place.member.account, self.texts)
                sheet.write_string(row, 3, bubble.group, self.texts)
                for column, each in enumerate(names, start=4):
                    self.taken(sheet, row, column, index[place.member.case], each)
                row += 1
            self._discs(sheet, first, [bubble for _, bubble in numbered])
            chart = self._bubbles(name, first, [bubble for _, bubble in numbered], shown)
            chart.set_title({"name": self.say("picture.matrix", currency=self.currency(currency.key)), **_TITLE})
            sheet.insert_chart(below, len(headers) + 1, chart)
            below += HEIGHT // ROW + 2
        sheet.autofilter(0, 0, max(1, row - 1), len(headers) - 1)

    def _order(self, place: Place) -> tuple[object, ...]:
        cells = list(self.book.models[self.roles.cell].cells)
        cell = place.values.get(self.roles.cell)
        return cells.index(str(cell)) if cell in cells else len(cells), -(place.number(self.roles.revenue) or 0.0)

    def _discs(self, sheet: Any, first: int, bubbles: Sequence[Bubble]) -> None:
        """The sizes of the discs: sales, and a small mark where there are none."""
        last = first + len(bubbles) - 1
        sales = xl_range_abs(first, 6, last, 6)
        least = max((each.sales or 0.0 for each in bubbles), default=0.0) / SMALLEST or 1.0
        for row, bubble in enumerate(bubbles, start=first):
            cell = xl_rowcol_to_cell(row, 6)
            smallest = f"IF(MAX({sales})>0,MAX({sales})/{SMALLEST},1)"
            sheet.write_formula(row, 8, f"=IF(N({cell})>0,{cell},{smallest})", self.plain, bubble.sales or least)

    def _bubbles(self, name: str, first: int, bubbles: Sequence[Bubble], shown: Bubbles) -> BubbleChart:
        """Rings for all accounts, discs cell by cell; names of those that have room, numbers of the others."""
        labels = labelled(shown, Sheet(WIDTH * POINTS, HEIGHT * POINTS), EDGES, SCALE, ("right",))
        chart = BubbleChart()
        self.file.charts.append(chart)
        last = first + len(bubbles) - 1

        def place(column: int, start: int, end: int) -> str:
            return f"='{name}'!{xl_range_abs(start, column, end, column)}"

        def told(start: int, end: int) -> dict[str, Any]:
            custom: list[dict[str, Any]] = []
            for row in range(start, end + 1):
                label = labels.get(bubbles[row - first])
                custom.append({"delete": True} if label is None else {"value": label.text})
            return {"value": True, "custom": custom, "position": "right", "font": {"size": 8, "color": INK}}

        ring = {"color": PALE, "width": 1.25}
        if any(each.spend for each in bubbles):
            series = {"categories": place(4, first, last), "values": place(5, first, last), "name": shown.spend_label}
            chart.sized({**series, "fill": {"none": True}, "border": ring}, place(7, first, last))
        groups = list(dict.fromkeys(each.group for each in bubbles))
        for number, group in enumerate(groups):
            rows = [first + index for index, each in enumerate(bubbles) if each.group == group]
            start, end = rows[0], rows[-1]
            series = {
                "categories": place(4, start, end),
                "values": place(5, start, end),
                "name": group or shown.sales_label,
            }
            look = {
                "fill": {"color": PALETTE[number % len(PALETTE)], "transparency": 30},
                "border": {"color": "#FFFFFF"},
            }
            chart.sized({**series, **look, "data_labels": told(start, end)}, place(8, start, end))
        for axis, title in ((chart.set_x_axis, shown.horizontal), (chart.set_y_axis, shown.vertical)):
            axis({"name": title, "min": 0, "max": 100, "major_unit": 25, "crossing": shown.cut, **_AXIS})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": WIDTH, "height": HEIGHT})
        return chart

    # Concentration

    def concentration(self) -> None:
        roles = self.roles
        sales, profit = self.say("picture.revenue"), self.say("picture.profit")
        headers = (
            self.say("sheet.currency"),
            self.say("keys.rank"),
            self.say("sheet.account_by", name=sales),
            sales,
            self.say("sheet.cumulative", name=sales),
            self.say("sheet.account_by", name=profit),
            profit,
            self.say("sheet.cumulative", name=profit),
        )
        sheet, name = self.headed_sheet("concentration", headers, (10, 9, 24, 14, 15, 24, 14, 15))
        row, below = 1, 1
        for currency in self.by_size:
            first = row
            chart = self.file.add_chart({"type": "scatter", "subtype": "straight"})
            for number, (column, of, title) in enumerate(((2, roles.revenue, sales), (5, roles.profit, profit))):
                last = self._cumulated(sheet, first, column, currency, of)
                row = max(row, last)
                if last > first + 1:
                    line = {"color": PALETTE[number], "width": 2.25, "dash_type": "dash" if number else "solid"}
                    ranks = f"='{name}'!{xl_range_abs(first, 1, last - 1, 1)}"
                    shares = f"='{name}'!{xl_range_abs(first, column + 2, last - 1, column + 2)}"
                    chart.add_series({"name": title, "categories": ranks, "values": shares, "line": line})
            for each in range(first, row):
                sheet.write_string(each, 0, currency.key, self.texts)
                sheet.write_number(each, 1, each - first + 1, self.plain)
            if chart.series:
                title = self.say("picture.curve", currency=self.currency(currency.key))
                chart.set_title({"name": title, **_TITLE})
                chart.set_x_axis({"name": self.say("drawn.largest_accounts"), "min": 1, "max": row - first, **_AXIS})
                chart.set_y_axis({"name": self.say("picture.share_axis"), "min": _floor(currency), "max": 100, **_AXIS})
                chart.set_legend({"position": "bottom"})
                chart.set_size({"width": WIDTH, "height": HEIGHT})
                sheet.insert_chart(below, len(headers) + 1, chart)
                below += HEIGHT // ROW + 2
        sheet.autofilter(0, 0, max(1, row - 1), len(headers) - 1)

    def _cumulated(self, sheet: Any, first: int, column: int, currency: Currency, name: str) -> int:
        """The accounts from the largest amount to the smallest, and what they make together; the row after them."""
        known = [(i, n) for i in currency.places if (n := self.portfolio.accounts[i].number(name)) is not None]
        known.sort(key=lambda each: (-each[1], each[0]))
        positive = sum(amount for _, amount in known if amount > 0)
        amounts = xl_range_abs(first, column + 1, first + max(1, len(known)) - 1, column + 1)
        start, total = xl_rowcol_to_cell(first, column + 1, True, True), 0.0
        for row, (account, amount) in enumerate(known, start=first):
            total += amount
            sheet.write_string(row, column, self.portfolio.accounts[account].member.account, self.texts)
            self.taken(sheet, row, column + 1, account, name)
            if positive > 0:
                here = xl_rowcol_to_cell(row, column + 1)
                formula = f'=100*SUM({start}:{here})/SUMIF({amounts},">0")'
                sheet.write_formula(row, column + 2, formula, self.tenths, 100 * total / positive)
        return first + len(known)

    # Hours

    def hours_by_account(self) -> None:
        roles = self.roles
        names = (roles.hours_need, roles.hours_now, "hours_target")
        widths = (24, 16, 13, 13, 14, 13, 44)
        headers = (
            self.say("keys.account"),
            self.label(roles.manager),
            *map(self.label, names),
            self.say("sheet.change"),
            self.say("hours.why"),
        )
        sheet, name = self.headed_sheet("hours_accounts", headers, widths)
        accounts = self.portfolio.accounts

        def moved(index: int) -> tuple[bool, float, int]:
            change = self.change(accounts[index])
            return change is None, -abs(change or 0.0), index

        order = sorted(range(len(accounts)), key=moved)
        for row, index in enumerate(order, start=1):
            place = accounts[index]
            sheet.write_string(row, 0, place.member.account, self.texts)
            sheet.write_string(row, 1, str(place.values.get(roles.manager) or ""), self.texts)
            for column, each in enumerate(names, start=2):
                self.taken(sheet, row, column, index, each)
            change = self.change(place)
            if change is not None:
                now, proposed = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, 4)
                sheet.write_formula(row, 5, f"={proposed}-{now}", self.tenths, change)
            sheet.write_string(row, 6, self.reason(place), self.wrapped)
            self.high(sheet, row, ("", "", "", "", "", "", self.reason(place)), widths)
        drawn = min(DRAWN_HOURS, sum(self.change(place) is not None for place in accounts))
        if drawn:
            chart = self.file.add_chart({"type": "bar"})
            looks: tuple[dict[str, Any], ...] = (
                {"fill": {"none": True}, "border": {"color": PALE}},
                {"fill": {"color": PALETTE[0]}, "border": {"color": "#FFFFFF"}},
            )
            for column, key, look in zip((3, 4), ("matrix.now", "matrix.proposed"), looks, strict=True):
                place_of = f"='{name}'!{xl_range_abs(1, column, drawn, column)}"
                labels = {"value": True, "font": {"size": 8, "color": INK}, "num_format": "0"}
                chart.add_series(
                    {
                        "name": self.say(key),
                        "categories": f"='{name}'!{xl_range_abs(1, 0, drawn, 0)}",
                        "values": place_of,
                        "data_labels": labels,
                        "gap": 45,
                        **look,
                    }
                )
            chart.set_title({"name": self.say("deck.hours"), **_TITLE})
            chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": {"size": 9}, "line": {"color": INK}})
            chart.set_x_axis({"name": self.say("deck.hours_unit"), **_AXIS, "label_position": "next_to"})
            chart.set_legend({"position": "bottom"})
            chart.set_size({"width": WIDTH, "height": 140 + 32 * drawn})
            sheet.insert_chart(1, len(headers) + 1, chart)
        sheet.autofilter(0, 0, max(1, len(order)), len(headers) - 1)


def _floor(currency: Currency) -> float | None:
    """Where the axis of shares begins; it is found by the program where losses reach below zero."""
    shares = [point.share for curve in (currency.revenue_curve, currency.profit_curve) for point in curve]
    return 0 if min(shares, default=0.0) >= 0 else None


_TITLE: dict[str, Any] = {"name_font": {"size": 14, "color": INK}, "overlay": False}
_AXIS: dict[str, Any] = {
    "name_font": {"size": 10, "bold": False, "color": INK},
    "num_font": {"size": 9, "color": PALE},
    "major_gridlines": {"visible": True, "line": {"color": GRID, "width": 0.5}},
    "label_position": "low",
    "line": {"color": INK},
}
