"""The first and the last sheet of the working book: what is advised and why, and the works that the rules cite."""

from __future__ import annotations

from kam_expert.reports import brief
from kam_expert.reports.document import Bullets, Pairs, Paragraph
from kam_expert.workbooks.account_facts import AS_OF
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook, Cell, Column, Live, Sheet
from kam_expert.workbooks.formulas import EMPTY, quoted

SUMMARY_COLUMNS = (Column("about", 26), Column("said", 86), Column("gap", 3), Column("score", 30), Column("value", 10))
SOURCE_COLUMNS = (Column("id", 16), Column("kind", 18), Column("citation", 110))


def summary(account: AccountBook) -> None:
    """Position, recommendation and reasons as the report words them; beside them what the cells say now."""
    title = brief.title(account.speaking)
    sheet = Sheet(account, account.say("sheet.summary"), account.say("note.summary"), SUMMARY_COLUMNS)
    sheet.text(0, 0, title, "title")
    sheet.row = HEADER_ROW - 1
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
    _dates(account, sheet)
    _now(account, sheet)
    sheet.sheet.freeze_panes(HEADER_ROW - 1, 0)


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
    label, value = sheet.places["score"], sheet.places["value"]
    row = HEADER_ROW - 1
    sheet.put(row, label, Cell(account.say("now.scores"), "head"))
    sheet.put(row, value, Cell(None, "head"))
    first = row + 1
    for row, found in enumerate(account.diagnosis.scores, start=first):
        reference = account.formulas.reference(found.id)
        sheet.put(row, label, Cell(account.speaking.label(found.id), "text"))
        sheet.put(row, value, Cell(Live(f"IF({reference}={EMPTY},{EMPTY},{reference})", found.value), "strong"))
    last = row
    sheet.grey_if_unknown("value", first, last)
    row = last + 2
    sheet.put(row, label, Cell(account.say("now.votes"), "head"))
    sheet.put(row, value, Cell(None, "head"))
    standings = account.diagnosis.recommendation.standings
    changed = 'COUNTIF(strategies_difference,"<>0")'
    same, other = account.say("now.same"), account.say("now.changed")
    leading = [each for each in standings if not account.vetoed(each)]
    best = max((each.score for each in leading), default=None)
    first_of_best = next((each for each in leading if each.score == best), None)
    shown = None if first_of_best is None else account.speaking.strategy(first_of_best.id)
    sheet.put(row + 1, label, Cell(account.say("now.leader"), "text"))
    sheet.put(
        row + 1,
        value,
        Cell(Live(f"IFERROR(INDEX(strategies_strategy,MATCH(1,strategies_place,0)),{EMPTY})", shown), "strong"),
    )
    sheet.put(row + 2, label, Cell(account.say("now.moved"), "text"))
    sheet.put(row + 2, value, Cell(Live(changed, 0), "strong"))
    sheet.put(row + 3, label, Cell(Live(f"IF({changed}=0,{quoted(same)},{quoted(other)})", same), "small"))
    chart = account.file.add_chart({"type": "bar"})
    area = {key: f"='{sheet.name}'!{sheet.area(key, first, last)}" for key in ("score", "value")}
    points = {"categories": area["score"], "values": area["value"], "fill": {"color": "#0072B2"}, "gap": 40}
    chart.add_series({**points, "data_labels": {"value": True}})
    chart.set_title({"name": account.say("chart.scores"), "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis({"min": 0, "max": 100, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    chart.set_size({"width": 480, "height": 360})
    sheet.sheet.insert_chart(row + 5, label, chart)


def sources(account: AccountBook) -> None:
    """Every work that an entry of the rulebook cites."""
    sheet = Sheet(account, account.say("sheet.sources"), account.say("note.sources"), SOURCE_COLUMNS)
    sheet.head(freeze=1)
    for name, source in account.book.sources.items():
        citation = source.citation if isinstance(source.citation, str) else account.words.text(source.citation)
        sheet.write(id=name, kind=Cell(account.say(f"source_kind.{source.kind}"), "short"), citation=citation)
    assert sheet.row >= FIRST_ROW
    sheet.close()
