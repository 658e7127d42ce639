"""What the working book computes from the facts: measures, the lines of tallies, and scores with their parts."""

from __future__ import annotations

from kam_expert.rulebook.book import Computed, Line, Weighted
from kam_expert.rulebook.evaluation import evaluate, waits_for
from kam_expert.workbooks.account_facts import COUNTED
from kam_expert.workbooks.account_sheet import FIRST_ROW, AccountBook, Cell, Column, Live, Sheet
from kam_expert.workbooks.formula_text import EMPTY, quoted, rounded

COVERAGE_DECIMALS = 2
WHOLE = 100

MEASURE_COLUMNS = (
    Column("measure", 36),
    Column("value", 16),
    Column("unit", 12),
    Column("state", 11),
    Column("meaning", 55),
    Column("calculation", 60),
    Column("cited", 18),
    Column("id", 32),
)
LINE_COLUMNS = (
    Column("measure", 34),
    Column("line", 44),
    Column("condition", 60),
    Column("points", 9),
    Column("holds", 9),
    Column("counted_points", 10),
)
SCORE_COLUMNS = (
    Column("score", 28),
    Column("part", 36),
    Column("weight", 9),
    Column("value", 12),
    Column("known_weight", 11),
    Column("weighted", 12),
    Column("coverage", 12),
    Column("borderline", 11),
    Column("calculation", 70),
    Column("id", 30),
)


def measures(account: AccountBook) -> None:
    """Each measure of the rulebook, computed from the cells of this book."""
    sheet = Sheet(account, account.say("sheet.measures"), account.say("note.measures"), MEASURE_COLUMNS)
    sheet.head()
    for name, measure in account.book.measures.items():
        entry = measure.entry
        place = sheet.place("value")
        sheet.define(account.formulas.reference(name), place)
        known, unknown = account.say("state.known"), account.words.say("unknown")
        value = account.values.get(name)
        flag = entry.flag is not None
        sheet.write(
            measure=account.words.text(entry.label),
            value=Cell(
                _measure(account, name, measure),
                "strong",
                "" if flag else account.shape(entry.unit, entry.decimals, beside=True),
            ),
            unit=Cell(account.unit(entry.unit), "short"),
            state=Cell(
                Live(f"IF({place}={EMPTY},{quoted(unknown)},{quoted(known)})", unknown if value is None else known),
                "short",
            ),
            meaning=Cell(account.words.text(entry.meaning), "small"),
            calculation=Cell(_in_words(account, measure), "small"),
            cited=Cell(account.words.say("list_comma").join(entry.sources), "small"),
            id=Cell(account.formulas.reference(name), "small"),
        )
    sheet.grey_if_unknown("value", FIRST_ROW, sheet.row - 1)
    sheet.close()


def _measure(account: AccountBook, name: str, measure: Computed) -> Live:
    formulas, entry = account.formulas, measure.entry
    value = account.values.get(name)
    if measure.expression is not None:
        flag = entry.flag is not None
        text = formulas.flag(measure.expression) if flag else formulas.number(measure.expression, entry.decimals)
        return Live(text, value)
    if entry.by is not None:
        found = EMPTY
        for option, number in reversed(list((entry.values or {}).items())):
            shown = f"{number:g}"
            found = f"IF({formulas.reference(entry.by)}={quoted(account.choice(entry.by, option))},{shown},{found})"
        return Live(found, value)
    if entry.tally is not None:
        total = f"SUM({_lines_of(name)})"
        total = total if entry.tally.cap is None else f"MIN({total},{entry.tally.cap})"
        return Live(total if measure.when is None else f"IF({formulas.true(measure.when)},{total},{EMPTY})", value)
    share = rounded(f"{WHOLE}*SUM({COUNTED})/COUNT({COUNTED})", entry.decimals)
    return Live(f"IF(COUNT({COUNTED})=0,{EMPTY},{share})", value)


def _in_words(account: AccountBook, measure: Computed) -> str:
    """The calculation as a person reads it."""
    entry, prose = measure.entry, account.prose
    if measure.expression is not None:
        return prose.condition(measure.expression) if entry.flag is not None else prose.formula(measure.expression)
    if entry.by is not None:
        by = entry.by
        pairs = [f"{account.choice(by, option)} = {number:g}" for option, number in (entry.values or {}).items()]
        return f"{account.speaking.label(by)}{account.words.colon}{account.words.say('list_semicolon').join(pairs)}"
    if entry.tally is None:
        return account.say("calculation.completeness")
    when = "" if measure.when is None else prose.condition(measure.when)
    text = account.say(f"calculation.tally_{entry.tally.counts}", sheet=account.say("sheet.lines"))
    return text if not when else account.say("calculation.tally_when", text=text, condition=when)


def _lines_of(name: str) -> str:
    return f"points_{name}"


def lines(account: AccountBook) -> None:
    """The lines of the measures that add up points, each with its condition and what it counts."""
    tallies = {name: each for name, each in account.book.measures.items() if each.entry.tally is not None}
    if not tallies:
        return
    sheet = Sheet(account, account.say("sheet.lines"), account.say("note.lines"), LINE_COLUMNS)
    sheet.head()
    for name, measure in tallies.items():
        first = sheet.row
        for line in measure.lines:
            _line(account, sheet, measure, line)
        sheet.define(_lines_of(name), sheet.area("counted_points", first, sheet.row - 1))
    sheet.grey_if_unknown("holds", FIRST_ROW, sheet.row - 1)
    sheet.mark_if_yes("holds", FIRST_ROW, sheet.row - 1)
    sheet.close()


def _line(account: AccountBook, sheet: Sheet, measure: Computed, line: Line) -> None:
    tally, points = measure.entry.tally, line.entry.points
    assert tally is not None
    holds = evaluate(line.condition, account.state)
    place, worth = sheet.place("holds"), sheet.place("points")
    counted, formula = points if holds else 0, f"IF({place}={quoted(account.yes)},{worth},0)"
    if tally.counts == "possible":
        hopeless = account.formulas.hopeless(line.condition)
        formula = (
            f"IF({place}={quoted(account.no)},0,IF({place}={quoted(account.yes)},{worth},IF({hopeless},0,{worth})))"
        )
        waits = waits_for(line.condition, account.state)
        counted = points if holds or (holds is None and not account.not_applicable.issuperset(waits)) else 0
    sheet.write(
        measure=account.words.text(measure.entry.label),
        line=account.words.text(line.entry.title),
        condition=Cell(account.prose.condition(line.condition), "small"),
        points=Cell(points, "number"),
        holds=Cell(Live(account.formulas.flag(line.condition), account.truth(holds)), "number"),
        counted_points=Cell(Live(formula, counted), "strong"),
    )


def scores(account: AccountBook) -> None:
    """Each score with its parts: weights that can be changed, values, the weighted mean over what is known."""
    sheet = Sheet(account, account.say("sheet.scores"), account.say("note.scores"), SCORE_COLUMNS)
    sheet.head()
    heads: list[int] = []
    for name, score in account.book.scores.items():
        heads.append(sheet.row)
        _score(account, sheet, name, score)
    for row in heads:
        sheet.grey_if_unknown("value", row, row)
    sheet.close()


def _score(account: AccountBook, sheet: Sheet, name: str, score: Weighted) -> None:
    """One score: its own row, and below it a row for each part."""
    head, count, entry = sheet.row, len(score.parts), score.entry
    first, last = head + 1, head + count
    weights, known, weighted = (sheet.area(key, first, last) for key in ("weight", "known_weight", "weighted"))
    coverage = rounded(f"SUM({known})/SUM({weights})", COVERAGE_DECIMALS)
    unknown = f"OR(SUM({known})=0,{sheet.place('coverage')}<param_min_coverage)"
    value = f"IF({unknown},{EMPTY},{rounded(f'SUM({weighted})/SUM({known})', entry.decimals)})"
    words = account.say("calculation.score")
    if entry.prefer is not None:
        preferred = account.formulas.reference(entry.prefer)
        coverage = f"IF(ISNUMBER({preferred}),1,{coverage})"
        value = f"IF(ISNUMBER({preferred}),{rounded(preferred, entry.decimals)},{value})"
        words = account.say("calculation.preferred", name=account.speaking.label(entry.prefer))
    found = next(each for each in account.diagnosis.scores if each.id == name)
    place = sheet.place("value")
    near = f"IF({place}={EMPTY},{EMPTY},IF(ABS({place}-param_cut_mid)<=param_borderline_band,{{}},{{}}))"
    sheet.define(account.formulas.reference(name), place)
    sheet.write(
        score=Cell(account.words.text(entry.label), "strong_text"),
        part=Cell(account.words.text(entry.meaning), "small"),
        weight=Cell(Live(f"SUM({weights})", sum(part.weight for part in score.parts)), "strong"),
        value=Cell(Live(value, found.value), "strong", "0" if entry.decimals == 0 else ""),
        known_weight=Cell(Live(f"SUM({known})", _known(account, score)), "strong"),
        weighted=Cell(Live(f"SUM({weighted})", _sum(account, score)), "strong", "#,##0.0"),
        coverage=Cell(Live(coverage, found.coverage), "strong", "0%"),
        borderline=Cell(
            Live(
                near.format(quoted(account.yes), quoted(account.no)),
                None if found.value is None else account.truth(found.borderline),
            ),
            "strong",
        ),
        calculation=Cell(words, "small"),
        id=Cell(account.formulas.reference(name), "small"),
    )
    for part in score.parts:
        place, weight = sheet.place("value"), sheet.place("weight")
        number = evaluate(part.value, account.state)
        sheet.write(
            score=Cell(account.words.text(entry.label), "small"),
            part=account.words.text(part.entry.label),
            weight=Cell(part.weight, "input"),
            value=Cell(Live(account.formulas.number(part.value), number), "number", "0.0"),
            known_weight=Cell(Live(f"IF({place}={EMPTY},0,{weight})", 0 if number is None else part.weight), "number"),
            weighted=Cell(
                Live(f"IF({place}={EMPTY},0,{weight}*{place})", 0 if number is None else part.weight * number),
                "number",
                "#,##0.0",
            ),
            coverage=None,
            borderline=None,
            calculation=Cell(account.prose.formula(part.value), "small"),
            id=None,
        )
    sheet.grey_if_unknown("value", first, last)


def _known(account: AccountBook, score: Weighted) -> int:
    return sum(part.weight for part in score.parts if evaluate(part.value, account.state) is not None)


def _sum(account: AccountBook, score: Weighted) -> float:
    return float(sum(part.weight * (evaluate(part.value, account.state) or 0) for part in score.parts))
