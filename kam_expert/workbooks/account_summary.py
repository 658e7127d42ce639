"""The first and the last sheet of the working book: what is advised and why, and the works that the rules cite."""

from __future__ import annotations

from kam_expert.reports import brief
from kam_expert.reports.document import Bullets, Pairs, Paragraph
from kam_expert.workbooks.account_facts import AS_OF
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook, Cell, Column, Live, Sheet
from kam_expert.workbooks.account_validity import watch
from kam_expert.workbooks.formula_text import EMPTY, quoted

SUMMARY_COLUMNS = (Column("about", 32), Column("said", 86), Column("gap", 3))
COLOUR = "#0072B2"
SOURCE_COLUMNS = (Column("id", 16), Column("kind", 18), Column("citation", 110))


def summary(account: AccountBook) -> None:
    """Position, recommendation and reasons as the report words them; beside them what the cells say now."""
    title = brief.title(account.speaking)
    sheet = Sheet(account, account.say("sheet.summary"), account.say("note.summary"), SUMMARY_COLUMNS)
    sheet.text(0, 0, title, "title")
    sheet.row = HEADER_ROW
    for section in brief.sections(account.speaking):
        sheet.put(sheet.row, 0, Cell(section.title, "head"))
        sheet.put(sheet.row, 1, Cell(None, "head"))
        sheet.row += 1
        for block in section.blocks:
            match block:
                case Pairs(items):
                    for label, text in items:
                        sheet.write(about=Cell(label, "strong_text"), said=text)
                case Paragraph(text):
                    sheet.write(said=text)
                case Bullets(items, numbered):
                    for number, (text, details) in enumerate(items, start=1):
                        mark = f"{number}." if numbered else "–"
                        sheet.write(about=Cell(mark, "number"), said="\n".join([text, *details]))
        sheet.row += 1
    _now(account, sheet)
    watch(account, sheet, HEADER_ROW - 1)
    _dates(account, sheet)
    sheet.sheet.freeze_panes(HEADER_ROW, 0)


def _dates(account: AccountBook, sheet: Sheet) -> None:
    sheet.define(AS_OF, sheet.place("said"))
    sheet.write(about=Cell(account.say("as_of"), "strong_text"), said=Cell(account.case.as_of, "day"))
    colours = {"input_text": "legend.input", "strong_text": "legend.computed"}
    sheet.row += 1
    for look, key in colours.items():
        sheet.write(
            about=Cell(None, "input_text" if look == "input_text" else "strong_text"),
            said=Cell(account.say(key), "small"),
        )
    sheet.sheet.write_blank(sheet.row, 0, None, account.unknown)
    sheet.write(said=Cell(account.say("legend.unknown"), "small"))


def _now(account: AccountBook, sheet: Sheet) -> None:
    """Scores and leading strategy as the book computes them at this moment, and whether it still says the same."""
    sheet.write(about=Cell(account.say("now.scores"), "head"), said=Cell(None, "head"))
    first = sheet.row
    for found in account.diagnosis.scores:
        reference = account.formulas.reference(found.id)
        value = Live(f"IF({reference}={EMPTY},{EMPTY},{reference})", found.value)
        sheet.write(about=Cell(account.speaking.label(found.id), "strong_text"), said=Cell(value, "left"))
    last = sheet.row - 1
    sheet.grey_if_unknown("said", first, last)
    sheet.row += 1
    leading = [each for each in account.diagnosis.recommendation.standings if not account.vetoed(each)]
    best = max((each.score for each in leading), default=None)
    leader = next((account.speaking.strategy(each.id) for each in leading if each.score == best), None)
    changed = 'COUNTIF(strategies_difference,"<>0")'
    same, other = account.say("now.same"), account.say("now.changed")
    sheet.write(about=Cell(account.say("now.votes"), "head"), said=Cell(None, "head"))
    found_ = f"IFERROR(INDEX(strategies_strategy,MATCH(1,strategies_place,0)),{EMPTY})"
    sheet.write(about=Cell(account.say("now.leader"), "strong_text"), said=Cell(Live(found_, leader), "left"))
    sheet.write(about=Cell(account.say("now.moved"), "strong_text"), said=Cell(Live(changed, 0), "left"))
    sheet.write(said=Cell(Live(f"IF({changed}=0,{quoted(same)},{quoted(other)})", same), "text"))
    sheet.row += 1
    _bars(account, sheet, first, last)


def _bars(account: AccountBook, sheet: Sheet, first: int, last: int) -> None:
    """The scores as a native chart, right of the text."""
    chart = account.file.add_chart({"type": "bar"})
    area = {key: f"='{sheet.name}'!{sheet.area(key, first, last)}" for key in ("about", "said")}
    points = {"categories": area["about"], "values": area["said"], "fill": {"color": COLOUR}, "gap": 40}
    chart.add_series({**points, "data_labels": {"value": True}})
    chart.set_title({"name": account.say("chart.scores"), "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis({"min": 0, "max": 100, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    chart.set_size({"width": 520, "height": 400})
    sheet.sheet.insert_chart(HEADER_ROW - 1, len(SUMMARY_COLUMNS), chart)


def sources(account: AccountBook) -> None:
    """Every work that an entry of the rulebook cites."""
    sheet = Sheet(account, account.say("sheet.sources"), account.say("note.sources"), SOURCE_COLUMNS)
    sheet.head(freeze=1)
    for name, source in account.book.sources.items():
        citation = source.citation if isinstance(source.citation, str) else account.words.text(source.citation)
        sheet.write(id=name, kind=Cell(account.say(f"source_kind.{source.kind}"), "short"), citation=citation)
    assert sheet.row >= FIRST_ROW
    sheet.close()
