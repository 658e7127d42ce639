"""The portfolio as an Excel workbook: accounts, matrix, concentration, hours, figures, findings, tables to filter."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from kam_expert.portfolio.portfolio import Portfolio, Whole
from kam_expert.wording import Wording
from kam_expert.workbooks.portfolio_charts import Cells, PortfolioCharts

Cell = str | float | int | bool | None
LONGEST = 32_767  # characters of a cell


def workbook(portfolio: Portfolio, words: Wording) -> bytes:
    """The workbook in one language. Numbers stay numbers, what is unknown stays empty."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as file:
        _Writing(portfolio, words, file).write()
    return buffer.getvalue()


class _Writing(PortfolioCharts):
    def __init__(self, portfolio: Portfolio, words: Wording, file: xlsxwriter.Workbook) -> None:
        super().__init__(portfolio, words)
        self.file = file
        self.cells = Cells(self.say("sheet.accounts"))
        self.heads = file.add_format(
            {
                "bold": True,
                "bg_color": "#e7eef4",
                "bottom": 1,
                "text_wrap": True,
                "valign": "top",
                "align": "left",
                "indent": 1,
            }
        )
        self.wrapped = file.add_format({"text_wrap": True, "valign": "top", "align": "left", "indent": 1})
        self.texts = file.add_format({"valign": "top", "align": "left", "indent": 1})
        self.plain = file.add_format({"valign": "top", "num_format": "#,##0"})
        self.tenths = file.add_format({"valign": "top", "num_format": "#,##0.0"})

    def write(self) -> None:
        self.accounts()
        self.matrix()
        self.concentration()
        self.hours_by_account()
        self.hours_by_manager()
        self.figures()
        self.findings()

    def sheet(self, key: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Sequence[int]) -> None:
        """A sheet with a frozen first row and a filter."""
        sheet, _ = self.headed_sheet(key, headers, widths)
        last = 0
        for last, row in enumerate(rows, start=1):
            self.high(sheet, last, row, widths)
            for column, value in enumerate(row):
                self.cell(sheet, last, column, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, last), len(headers) - 1)

    def cell(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Cell) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_string(row, column, self.words.word(value), self.texts)
        elif isinstance(value, str):
            sheet.write_string(row, column, value[:LONGEST], self.wrapped)
        else:
            sheet.write_number(row, column, value, self.plain if float(value).is_integer() else self.tenths)

    def accounts(self) -> None:
        roles, portfolio = self.roles, self.portfolio
        names = [
            roles.revenue,
            roles.profit,
            roles.spend,
            roles.vertical,
            roles.horizontal,
            *(each.model for each in self.book.portfolio.entry.distributions),
            roles.candidate,
            "key_rank",
            roles.declared,
        ]
        after = [roles.hours_need, roles.hours_now, "hours_target", "hours_off", roles.gain, "gain_next_hour"]
        headers = [
            self.say("sheet.case"),
            self.say("keys.account"),
            self.say("sheet.currency"),
            self.label(roles.manager),
        ]
        headers += [self.say("sheet.level"), self.say("sheet.primary")]
        headers += [self.with_unit(name) for name in names]
        headers += [self.say("keys.proposal"), *(self.with_unit(name) for name in after), self.say("hours.why")]
        self.cells.columns = {name: 6 + number for number, name in enumerate(names)}
        self.cells.columns |= {name: 7 + len(names) + number for number, name in enumerate(after)}
        rows: list[list[Cell]] = []
        for index, place in enumerate(portfolio.accounts):
            member, values = place.member, place.values
            proposal = self.proposal(index)
            level = None if member.level is None else self.words.say(f"level.{member.level}.title")
            row: list[Cell] = [member.case, member.account, member.currency, values.get(roles.manager), level]
            row.append(None if member.primary is None else self.label(member.primary))
            row += [self.shown(name, values.get(name)) for name in names]
            row.append(None if proposal is None else self.say(f"keys.proposes.{proposal}"))
            row += [values.get(name) for name in after]
            row.append(self.reason(place))
            rows.append(row)
        self.sheet(
            "accounts", headers, rows, (22, 24, 10, 16, 17, 24, *(16 for _ in names), 20, *(15 for _ in after), 50)
        )

    def shown(self, name: str, value: Cell) -> Cell:
        return self.value(name, value) if isinstance(value, str) else value

    def headed(self, scope: str) -> str:
        return self.say(f"scope.{scope}")

    def with_unit(self, name: str) -> str:
        """A label with its unit, as a column needs it; amounts are in the currency of the row."""
        unit = self.book.unit_of(name)
        said = "" if unit is None or unit == "money" else self.text(self.book.units[unit].label)  # type: ignore[arg-type]
        return self.words.say("batch.with_unit", label=self.label(name), unit=said) if said else self.label(name)

    def figures(self) -> None:
        headers = [
            self.say(f"sheet.{key}") for key in ("scope", "item", "name", "value", "unit", "known", "total", "meaning")
        ]
        wholes: list[Whole] = [
            self.portfolio.whole,
            *self.portfolio.currencies,
            *self.portfolio.teams,
            *self.portfolio.groups,
        ]
        rows: list[list[Cell]] = []
        for whole in wholes:
            item = self.currency(whole.key) if whole.scope == "currency" else whole.key
            for name, number in whole.numbers.items():
                unit = self.book.unit_of(name)
                said = (
                    whole.key
                    if unit == "money"
                    else ""
                    if unit is None
                    else self.book.units[unit].label.in_(self.words.language)
                )
                meaning = self.text(self.book.portfolio.figures[name].entry.meaning)
                row: list[Cell] = [self.headed(whole.scope), item, self.label(name), number.value, said]
                rows.append([*row, number.known, number.total, meaning])
        self.sheet("figures", headers, rows, (18, 26, 40, 16, 11, 11, 14, 90))

    def hours_by_manager(self) -> None:
        names = [each.id for each in self.book.portfolio.entry.names if each.of == "team"]
        headers = [self.say("deck.team"), *(self.with_unit(name) for name in names)]
        rows = [[self.team(team), *(team.value(name) for name in names)] for team in self.portfolio.teams]
        self.sheet("hours", headers, rows, (32, *(16 for _ in names)))

    def findings(self) -> None:
        keys = ("scope", "item", "name", "because", "advice", "caution", "rule", "sources")
        rows: list[list[Cell]] = []
        for noticed in self.portfolio.noticed:
            entry = noticed.rule.entry
            texts: list[Cell] = [self.text(each) for each in (entry.title, entry.because, entry.advice, entry.caution)]
            rule = noticed.rule.id if entry.code is None else f"{entry.code} {noticed.rule.id}"
            rows.append([self.headed(noticed.scope), self.where(noticed), *texts, rule, self.listed(entry.sources)])
        self.sheet("findings", [self.say(f"sheet.{key}") for key in keys], rows, (18, 30, 36, 55, 55, 55, 34, 16))
