"""The plan in the working book: activities and gates to filter, with a Gantt that follows their dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from xlsxwriter.utility import xl_col_to_name

from kam_expert.plan import PlanGate, PlannedActivity
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook, Cell, Column, Live, Sheet

DAYS, WEEKS_OF_A_YEAR = 7, 52
GATE_MARK, WEEK_WIDTH, HEADING_HEIGHT = "◆", 2.1, 34.0
BAR, DONE_BAR = "#0072B2", "#A9B7C4"
STATES = ("open", "running", "done", "dropped")

COLUMNS = (
    Column("number", 6),
    Column("activity", 44),
    Column("purpose", 20),
    Column("owner", 18),
    Column("start", 12),
    Column("end", 12),
    Column("every", 8),
    Column("hours", 8),
    Column("progress", 10),
    Column("with", 18, folded=True),
    Column("deliverable", 34, folded=True),
    Column("kpi", 34, folded=True),
    Column("because", 30, folded=True),
)


@dataclass(frozen=True)
class Row:
    """A line of the plan; a gate has one day and no hours."""

    title: str
    purpose: str
    owner: str
    others: str
    start: date
    end: date
    every: int | None
    hours: int | None
    deliverable: str
    kpi: str
    because: str


def activities(account: AccountBook) -> None:
    """Activities and gates in the order of their start, with a column for each week; nothing without a plan."""
    plan = account.diagnosis.plan
    if plan is None:
        return
    rows = [*(_activity(account, each) for each in plan.activities), *(_gate(account, each) for each in plan.gates)]
    rows.sort(key=lambda row: (row.start, row.end))
    sheet = Sheet(account, account.say("sheet.activities"), account.say("note.activities"), COLUMNS)
    sheet.head(freeze=2)
    first_week = account.case.as_of - timedelta(days=account.case.as_of.weekday())
    until = max([row.end for row in rows], default=first_week)
    weeks = max(WEEKS_OF_A_YEAR, (until - first_week).days // DAYS + 1)
    for number, row in enumerate(rows, start=1):
        _write(account, sheet, number, row)
    last = sheet.row - 1
    if not rows:
        return
    _hours(account, sheet, last, sum(row.hours or 0 for row in rows))
    _weeks(account, sheet, first_week, weeks, last, rows)
    sheet.sheet.autofilter(HEADER_ROW, 0, last, len(COLUMNS) - 1)


def _activity(account: AccountBook, planned: PlannedActivity) -> Row:
    speaking, activity = account.speaking, planned.activity
    names = [speaking.text(account.book.planning.owners[name].title) for name in (activity.owner, *activity.with_)]
    rules = [name for name in planned.because if name not in account.book.candidates]
    because = account.words.say("list_semicolon").join(speaking.rule_title(rule) for rule in rules)
    purpose = speaking.strategy(planned.strategy) if planned.strategy else account.words.say("this_account")
    return Row(
        speaking.text(activity.title),
        purpose,
        names[0],
        account.words.say("list_comma").join(names[1:]),
        planned.start,
        planned.end,
        activity.every,
        activity.hours,
        speaking.text(activity.deliverable),
        speaking.text(activity.kpi),
        because,
    )


def _gate(account: AccountBook, found: PlanGate) -> Row:
    gate, speaking = found.gate, account.speaking
    return Row(
        f"{GATE_MARK} {gate.id} {speaking.text(gate.title)}",
        account.words.say("column.gate"),
        speaking.text(account.book.planning.owners[gate.decides].title),
        "",
        found.due,
        found.due,
        None,
        None,
        speaking.text(gate.evidence),
        speaking.text(gate.decision),
        "",
    )


def _write(account: AccountBook, sheet: Sheet, number: int, row: Row) -> None:
    sheet.choose(sheet.row, sheet.places["progress"], tuple(account.say(f"progress.{each}") for each in STATES))
    sheet.write(
        number=Cell(number, "number"),
        activity=Cell(row.title, "strong_text" if row.hours is None else "text"),
        purpose=Cell(row.purpose, "text"),
        owner=Cell(row.owner, "text"),
        **{"with": Cell(row.others, "small")},
        start=Cell(row.start, "input", "yyyy-mm-dd"),
        end=Cell(row.end, "input", "yyyy-mm-dd"),
        every=Cell(row.every, "input", account.shape("count")),
        hours=Cell(row.hours, "input"),
        progress=Cell(account.say("progress.open"), "input_text"),
        deliverable=Cell(row.deliverable, "small"),
        kpi=Cell(row.kpi, "small"),
        because=Cell(row.because, "small"),
    )


def _hours(account: AccountBook, sheet: Sheet, last: int, hours: int) -> None:
    """The hours of what the filter shows, and how much of it is done, above the heading."""
    row = HEADER_ROW - 1
    area, states = sheet.area("hours", FIRST_ROW, last), sheet.area("progress", FIRST_ROW, last)
    sheet.put(row, sheet.places["hours"], Cell(Live(f"SUBTOTAL(109,{area})", hours), "strong", "#,##0"))
    done = f'COUNTIF({states},"{account.say("progress.done")}")/ROWS({states})'
    sheet.put(row, sheet.places["progress"], Cell(Live(done, 0), "strong", "0%"))
    sheet.text(row, sheet.places["activity"], account.say("plan_totals"), "strong_text")


def _weeks(account: AccountBook, sheet: Sheet, start: date, weeks: int, last: int, rows: Sequence[Row]) -> None:
    """A narrow column for each week, painted by the dates of the row."""
    first = len(COLUMNS)
    turned = account.file.add_format(
        {"num_format": "mm-dd", "rotation": 90, "bold": True, "font_size": 8, "bg_color": "#E7EEF4", "align": "center"}
    )
    sheet.sheet.set_row(HEADER_ROW, HEADING_HEIGHT)
    marks = account.file.add_format({"font_size": 11, "align": "center", "valign": "vcenter", "font_color": "#8A4B00"})
    sheet.sheet.set_column(first, first, WEEK_WIDTH, None, {"collapsed": True})
    sheet.sheet.set_column(first + 1, first + weeks - 1, WEEK_WIDTH)
    begin, end = sheet.place("start", FIRST_ROW), sheet.place("end", FIRST_ROW)
    for week in range(weeks):
        column, day = first + week, start + timedelta(days=DAYS * week)
        sheet.sheet.write_datetime(HEADER_ROW, column, day, turned)
        here = f"{xl_col_to_name(column)}${HEADER_ROW + 1}"
        for index, row in enumerate(rows):
            if row.hours is None:
                due = sheet.place("start", FIRST_ROW + index)
                inside = day <= row.start < day + timedelta(days=DAYS)
                formula = f'=IF(AND({due}>={here},{due}<{here}+{DAYS}),"{GATE_MARK}","")'
                sheet.sheet.write_formula(FIRST_ROW + index, column, formula, marks, GATE_MARK if inside else "")
    hours, every = sheet.place("hours", FIRST_ROW), sheet.place("every", FIRST_ROW)
    week_ = f"{xl_col_to_name(first)}${HEADER_ROW + 1}"
    lasts = f'{hours}<>"",{begin}<{week_}+{DAYS},{end}>={week_}'
    beat = f"IF(ISNUMBER({every}),MOD(INT(({week_}+{DAYS - 1}-{begin})/{DAYS}),MAX(1,{every}))=0,TRUE)"
    done = f'{sheet.place("progress", FIRST_ROW)}="{account.say("progress.done")}"'
    for criteria, colour in ((f"=AND({lasts},{beat},{done})", DONE_BAR), (f"=AND({lasts},{beat})", BAR)):
        rule = {"type": "formula", "criteria": criteria, "stop_if_true": True}
        painted = account.file.add_format({"bg_color": colour, "font_color": colour})
        sheet.sheet.conditional_format(FIRST_ROW, first, last, first + weeks - 1, {**rule, "format": painted})
