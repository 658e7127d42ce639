"""What the working book concludes by rules: positions, signals, and the votes with their sums per strategy."""

from __future__ import annotations

from collections.abc import Sequence

from kam_expert.rulebook.book import Rule
from kam_expert.rulebook.evaluation import evaluate
from kam_expert.rulebook.schema import Model, PositionRow, VoteRule
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook, Cell, Column, Live, Sheet
from kam_expert.workbooks.formula_text import EMPTY, quoted

CHART_ROWS = 26
COLOURS = {"up": "#0072B2", "down": "#D55E00"}  # told apart by the colour-blind

POSITION_COLUMNS = (
    Column("model", 28),
    Column("cell", 26),
    Column("rule", 40),
    Column("condition", 64),
    Column("holds", 9),
    Column("concludes", 10),
    Column("then", 22),
    Column("id", 30),
)
SIGNAL_COLUMNS = (
    Column("kind", 14),
    Column("signal", 30),
    Column("rule", 44),
    Column("condition", 70),
    Column("holds", 9),
    Column("then", 9),
    Column("because", 60),
    Column("id", 30),
)
STRATEGY_COLUMNS = (
    Column("strategy", 22),
    Column("live_points", 10),
    Column("points_then", 10),
    Column("difference", 10),
    Column("in_favour", 10),
    Column("against", 10),
    Column("vetoed", 9),
    Column("place", 8),
    Column("status_then", 16),
    Column("why", 64),
)
VOTE_COLUMNS = (
    Column("strategy", 20),
    Column("rule", 44),
    Column("condition", 70),
    Column("strength", 16),
    Column("points", 9),
    Column("holds", 9),
    Column("counted_points", 10),
    Column("because", 60),
    Column("caution", 40),
    Column("cited", 16),
    Column("id", 34),
)


def _holds(account: AccountBook, rule: Rule) -> Cell:
    """Whether the condition of a rule is true, false, or unknown (empty)."""
    found = account.truth(evaluate(rule.condition, account.state))
    return Cell(Live(account.formulas.flag(rule.condition), found), "number")


def positions(account: AccountBook) -> None:
    """Each model with the rows of its decision table; its cell is that of the row that concludes."""
    sheet = Sheet(account, account.say("sheet.positions"), account.say("note.positions"), POSITION_COLUMNS)
    sheet.head()
    for name, model in account.book.models.items():
        _position(account, sheet, name, model)
    sheet.close()


def _position(account: AccountBook, sheet: Sheet, name: str, model: Model) -> None:
    rules = [rule for rule in account.book.rules if rule.target == name]
    first, last = sheet.row + 1, sheet.row + len(rules)
    found = next(each for each in account.diagnosis.positions if each.model == name)
    cells, concludes = sheet.area("cell", first, last), sheet.area("concludes", first, last)
    formula = f"IFERROR(INDEX({cells},MATCH({quoted(account.yes)},{concludes},0)),{EMPTY})"
    reference = account.formulas.reference(name)
    sheet.define(reference, sheet.place("cell"))
    shown = None if found.cell is None else account.choice(name, found.cell)
    sheet.write(
        model=Cell(account.words.text(model.label), "strong_text"),
        cell=Cell(Live(formula, shown), "strong_text"),
        rule=Cell(account.words.text(model.about), "small"),
        condition=Cell(account.say(f"policy.{model.policy}"), "small"),
        holds=None,
        concludes=None,
        then=Cell(account.speaking.placed(found), "small"),
        id=Cell(reference, "small"),
    )
    truths = [evaluate(rule.condition, account.state) for rule in rules]
    for index, rule in enumerate(rules):
        assert isinstance(rule.entry, PositionRow)
        sheet.write(
            model=Cell(account.words.text(model.label), "small"),
            cell=account.choice(name, rule.entry.cell),
            rule=account.words.text(rule.entry.title),
            condition=Cell(account.prose.condition(rule.condition), "small"),
            holds=_holds(account, rule),
            concludes=Cell(_concludes(account, sheet, model, first, truths[: index + 1]), "number"),
            then=None,
            id=Cell(rule.id, "small"),
        )
    sheet.grey_if_unknown("cell", first - 1, first - 1)
    sheet.grey_if_unknown("holds", first, last)
    sheet.mark_if_yes("concludes", first, last)


def _concludes(account: AccountBook, sheet: Sheet, model: Model, first: int, truths: Sequence[bool | None]) -> Live:
    """Whether a row concludes: where the first row counts, only if all rows before it are false."""
    own, before = sheet.place("holds"), truths[:-1]
    if model.policy != "first" or not before:
        return Live(f"IF({own}={EMPTY},{EMPTY},{own})", account.truth(truths[-1]))
    above = sheet.area("holds", first, sheet.row - 1)
    yes, no = quoted(account.yes), quoted(account.no)
    otherwise = f"IF(COUNTIF({above},{yes})>0,{no},{EMPTY})"
    formula = f"IF(COUNTIF({above},{no})={len(before)},IF({own}={EMPTY},{EMPTY},{own}),{otherwise})"
    value = truths[-1] if set(before) == {False} else False if True in before else None
    return Live(formula, account.truth(value))


def signals(account: AccountBook) -> None:
    """Opportunities, threats, red flags and findings on the data, each with its rules."""
    sheet = Sheet(account, account.say("sheet.signals"), account.say("note.signals"), SIGNAL_COLUMNS)
    sheet.head()
    yes, no = quoted(account.yes), quoted(account.no)
    for name, signal in account.book.signals.items():
        rules = [rule for rule in account.book.rules if rule.target == name]
        first, last = sheet.row + 1, sheet.row + len(rules)
        area = sheet.area("holds", first, last)
        formula = f"IF(COUNTIF({area},{yes})>0,{yes},IF(COUNTIF({area},{no})={len(rules)},{no},{EMPTY}))"
        value = account.truth(account.values.get(name))
        reference = account.formulas.reference(name)
        sheet.define(reference, sheet.place("holds"))
        kind, title = account.words.say(f"signals.{signal.kind}"), account.words.text(signal.title)
        answer = signal.response or signal.remedy
        sheet.write(
            kind=Cell(kind, "strong_text"),
            signal=Cell(title, "strong_text"),
            rule=Cell(account.words.text(signal.meaning), "small"),
            condition=Cell("" if answer is None else account.words.text(answer), "small"),
            holds=Cell(Live(formula, value), "strong"),
            then=Cell(account.words.say("unknown") if value is None else value, "number"),
            because=None,
            id=Cell(reference, "small"),
        )
        for rule in rules:
            sheet.write(
                kind=Cell(kind, "small"),
                signal=Cell(title, "small"),
                rule=account.words.text(rule.entry.title),
                condition=Cell(account.prose.condition(rule.condition), "small"),
                holds=_holds(account, rule),
                then=None,
                because=Cell("" if rule.entry.because is None else account.words.text(rule.entry.because), "small"),
                id=Cell(rule.id, "small"),
            )
    sheet.grey_if_unknown("holds", FIRST_ROW, sheet.row - 1)
    sheet.mark_if_yes("holds", FIRST_ROW, sheet.row - 1)
    sheet.close()


def _votes(account: AccountBook) -> list[tuple[str, Rule, str]]:
    """Every vote that any rule may cast, strategy by strategy: strategy, rule, strength."""
    found: dict[str, list[tuple[str, Rule, str]]] = {name: [] for name in account.book.candidates}
    for rule in account.book.rules_of("vote"):
        assert isinstance(rule.entry, VoteRule)
        for name, strength in rule.entry.votes.items():
            found[name].append((name, rule, strength))
    return [vote for votes in found.values() for vote in votes]


def votes(account: AccountBook) -> None:
    """The sums per strategy, and every vote that makes them up, to filter."""
    cast = _votes(account)
    name = account.say("sheet.votes")
    last = FIRST_ROW + len(cast) - 1
    _strategies(account, name, last)
    sheet = Sheet(account, name, account.say("note.votes"), VOTE_COLUMNS)
    sheet.head()
    yes = quoted(account.yes)
    for strategy, rule, strength in cast:
        entry, worth = rule.entry, account.book.selection.strengths[strength]
        holds = evaluate(rule.condition, account.state)
        counted = f"IF({sheet.place('holds')}={yes},{sheet.place('points')},0)"
        sheet.write(
            strategy=account.speaking.strategy(strategy),
            rule=account.words.text(entry.title),
            condition=Cell(account.prose.condition(rule.condition), "small"),
            strength=Cell(account.words.text(worth.label), "short"),
            points=Cell(worth.points, "number"),
            holds=_holds(account, rule),
            counted_points=Cell(Live(counted, worth.points if holds else 0), "strong"),
            because=Cell("" if entry.because is None else account.words.text(entry.because), "small"),
            caution=Cell(account.words.text(caution) if (caution := getattr(entry, "caution", None)) else "", "small"),
            cited=Cell(account.words.say("list_comma").join(entry.sources), "small"),
            id=Cell(rule.id, "small"),
        )
    sheet.grey_if_unknown("holds", FIRST_ROW, last)
    sheet.mark_if_yes("holds", FIRST_ROW, last)
    for key in ("strategy", "strength", "points", "holds", "counted_points"):
        sheet.define(_column(key), sheet.area(key, FIRST_ROW, last))
    sheet.close()


def _column(key: str) -> str:
    return f"votes_{key}"


def _strategies(account: AccountBook, votes_sheet: str, last_vote: int) -> None:
    """Each strategy with its points as the votes stand now, beside those of the diagnosis."""
    sheet = Sheet(
        account, account.say("sheet.strategies"), account.say("note.strategies", votes=votes_sheet), STRATEGY_COLUMNS
    )
    sheet.head(freeze=1)
    standings = account.diagnosis.recommendation.standings
    last = FIRST_ROW + len(standings) - 1
    veto = next(each for each in account.book.selection.strengths.values() if each.veto)
    named, counted, said, held = (_column(key) for key in ("strategy", "counted_points", "strength", "holds"))
    scores = {each.id: each.score for each in standings}
    vetoed = {each.id for each in standings if account.vetoed(each)}
    yes, no = quoted(account.yes), quoted(account.no)
    for each in standings:
        place = sheet.place("strategy")
        live, then, out = sheet.place("live_points"), sheet.place("points_then"), sheet.place("vetoed")
        area, outs = sheet.area("live_points", FIRST_ROW, last), sheet.area("vetoed", FIRST_ROW, last)
        up = sum(vote.points for vote in each.votes if vote.points > 0)
        test = f"COUNTIFS({named},{place},{said},{quoted(account.words.text(veto.label))},{held},{yes})>0"
        rank = f'IF({out}={yes},{EMPTY},COUNTIFS({area},">"&{live},{outs},{no})+1)'
        better = sum(scores[other] > each.score for other in scores if other not in vetoed)
        sheet.write(
            strategy=Cell(account.speaking.strategy(each.id), "strong_text"),
            live_points=Cell(Live(f"SUMIFS({counted},{named},{place})", each.score), "strong", "+0;-0;0"),
            points_then=Cell(each.score, "number", "+0;-0;0"),
            difference=Cell(Live(f"{live}-{then}", 0), "number", "+0;-0;0"),
            in_favour=Cell(Live(f'SUMIFS({counted},{named},{place},{counted},">0")', up), "number"),
            against=Cell(Live(f'SUMIFS({counted},{named},{place},{counted},"<0")', each.score - up), "number"),
            vetoed=Cell(Live(f"IF({test},{yes},{no})", account.truth(each.id in vetoed)), "number"),
            place=Cell(Live(rank, None if each.id in vetoed else better + 1), "number"),
            status_then=Cell(account.words.say(f"status.{each.status}"), "text"),
            why=Cell(account.speaking.text(each.reason), "small"),
        )
    sheet.mark_if_yes("vetoed", FIRST_ROW, last)
    for key in ("strategy", "live_points", "difference", "vetoed", "place"):
        sheet.define(f"strategies_{key}", sheet.area(key, FIRST_ROW, last))
    _bars(account, sheet, last)


def _bars(account: AccountBook, sheet: Sheet, last: int) -> None:
    """What speaks for and against each strategy, as a native chart below the table."""
    chart = account.file.add_chart({"type": "bar", "subtype": "stacked"})
    names = f"='{sheet.name}'!{sheet.area('strategy', FIRST_ROW, last)}"
    for key, colour in (("in_favour", COLOURS["up"]), ("against", COLOURS["down"])):
        values = f"='{sheet.name}'!{sheet.area(key, FIRST_ROW, last)}"
        title = account.say(f"column.{key}")
        chart.add_series({"name": title, "categories": names, "values": values, "fill": {"color": colour}, "gap": 40})
    chart.set_title({"name": account.say("chart.strategies"), "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 9}})
    chart.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}, "num_format": "0"})
    chart.set_size({"width": 900, "height": 20 * CHART_ROWS})
    sheet.sheet.insert_chart(last + 2, 0, chart)
    sheet.row = last + 1
    sheet.sheet.autofilter(HEADER_ROW, 0, last, len(sheet.columns) - 1)
