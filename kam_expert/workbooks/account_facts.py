"""Where the working book is told something: facts, tables of facts, and parameters."""

from __future__ import annotations

from collections.abc import Mapping

from kam_expert.case import SOURCES, Given
from kam_expert.rulebook.evaluation import evaluate, round_half_up
from kam_expert.rulebook.expressions import SumOver, Value, base_names
from kam_expert.rulebook.schema import Fact
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook, Cell, Column, Live, Look, Sheet
from kam_expert.workbooks.formula_text import EMPTY, quoted, rounded
from kam_expert.workbooks.formulas import rows_of
from kam_expert.workbooks.layout import word

COUNTED = "counted_facts"
AS_OF = "as_of"
SPARE_ROWS = 15  # of a table, for what is still to be written
TOTALS_ROW, SUM_SHAPE = HEADER_ROW - 1, "#,##0.0"
RATINGS = ("1", "2", "3", "4", "5")
CONFIDENCE_DECIMALS = 2

FACT_COLUMNS = (
    Column("theme", 13),
    Column("fact", 30),
    Column("value", 18),
    Column("unit", 10),
    Column("state", 11),
    Column("source", 12),
    Column("as_of", 11),
    Column("confidence", 8),
    Column("before", 12),
    Column("note", 24),
    Column("question", 42),
    Column("answers", 42),
    Column("counted", 8),
    Column("id", 32),
)
PARAMETER_COLUMNS = (
    Column("parameter", 40),
    Column("value", 12),
    Column("unit", 12),
    Column("usual", 12),
    Column("set_by", 16),
    Column("reason", 70),
    Column("cited", 18),
    Column("id", 30),
)


def facts(account: AccountBook) -> None:
    """Every fact of the vocabulary, known or not, with where it comes from."""
    sheet = Sheet(account, account.say("sheet.facts"), account.say("note.facts"), FACT_COLUMNS)
    sheet.head(freeze=3)
    read_before = set(_before_read(account))
    for name, fact in account.book.facts.items():
        _fact(account, sheet, name, fact, read_before)
    last = sheet.row - 1
    sheet.define(COUNTED, sheet.area("counted", FIRST_ROW, last))
    sheet.grey_if_unknown("value", FIRST_ROW, last)
    sheet.print_until("answers")
    sheet.close()


def _before_read(account: AccountBook) -> tuple[str, ...]:
    expressions = [each for measure in account.book.measures.values() for each in measure.expressions]
    return base_names([*expressions, *(rule.condition for rule in account.book.rules)])


def _fact(account: AccountBook, sheet: Sheet, name: str, fact: Fact, read_before: set[str]) -> None:
    given = account.case.facts.get(name)
    place = sheet.place("value")
    origin = _origin(account, name, fact, given)
    if fact.type != "table":
        sheet.define(account.formulas.reference(name), place)
    if name in read_before and fact.type != "table":
        sheet.define(f"before_{name}", sheet.place("before"))
    if fact.type not in ("table", "text"):
        sheet.define(f"confidence_{name}", sheet.place("confidence"))
    _drop_downs(account, sheet, fact)
    if fact.type not in ("table", "text") and (given is None or given.source != "profile"):
        words = tuple(account.words.say(f"origin.{each}") for each in (*SOURCES, "profile"))
        sheet.choose(sheet.row, sheet.places["source"], words)
    before = None if given is None or given.before is None else account.worded(name, given.before)
    look: Look = "number" if name not in read_before else "input_text" if isinstance(before, str) else "input"
    sheet.write(
        theme=account.words.say(f"catalogue.theme.{account.book.theme_of[name]}"),
        fact=account.speaking.label(name),
        value=_value(account, name, fact, given),
        unit=Cell(account.say("rows") if fact.type == "table" else account.unit(fact.unit), "short"),
        state=Cell(_state(account, name, fact, given, place), "short"),
        source=Cell(origin, "short"),
        as_of=Cell(None if given is None else given.as_of, "day"),
        confidence=Cell(_confidence(account, sheet, name, fact, given), "number", "0.00"),
        before=Cell(before, look, _shape(account, fact)),
        note=Cell(None if given is None else given.note, "small"),
        question=Cell(account.words.text(fact.question), "small"),
        answers=Cell(_answers(account, fact), "small"),
        counted=Cell(_counted(account, name, fact, place), "number"),
        id=Cell(account.formulas.reference(name) if fact.type != "table" else rows_of(name), "small"),
    )


def _shape(account: AccountBook, fact: Fact) -> str:
    return account.shape(fact.unit, beside=True) if fact.type == "number" else ""


def _value(account: AccountBook, name: str, fact: Fact, given: Given | None) -> Cell:
    look: Look = "input_text" if fact.type in ("text", "choice", "flag") else "input"
    shape = _shape(account, fact)
    if fact.type == "table":
        rows = len(given.rows) if given is not None else 0
        absent = given is not None and given.state == "n/a"
        return Cell(account.does_not_apply if absent else Live(rows_of(name), rows), "number")
    if given is not None and given.value is not None:
        return Cell(account.worded(name, given.value), look, shape)
    absent_word = account.does_not_apply if name in account.not_applicable else None
    if fact.derived is not None:
        source = account.formulas.reference(fact.derived)
        otherwise = EMPTY if absent_word is None else quoted(absent_word)
        value = account.worded(name, account.values.get(name))
        return Cell(
            Live(f"IF({source}={EMPTY},{otherwise},{source})", absent_word if value is None else value),
            look,
            shape,
        )
    return Cell(absent_word, look, shape)


def _origin(account: AccountBook, name: str, fact: Fact, given: Given | None) -> str | None:
    if given is not None and given.state == "given":
        return None if fact.type == "text" else account.words.say(f"origin.{given.source or 'unstated'}")
    return account.words.say("origin.computed") if fact.derived is not None else None


def _state(account: AccountBook, name: str, fact: Fact, given: Given | None, place: str) -> Live:
    """Whether it is known; an empty cell is unknown, asked already or not."""
    say = account.say
    asked = given is not None and given.state == "unknown"
    empty, absent, known = (
        say("state.nobody_knows" if asked else "state.not_asked"),
        account.does_not_apply,
        say("state.known"),
    )
    nothing = f"{place}=0" if fact.type == "table" else f"{place}={EMPTY}"
    formula = f"IF({place}={quoted(absent)},{quoted(absent)},IF({nothing},{quoted(empty)},{quoted(known)}))"
    there = name in account.values or bool(account.state.tables.get(name))
    return Live(formula, known if there else absent if name in account.not_applicable else empty)


def _confidence(account: AccountBook, sheet: Sheet, name: str, fact: Fact, given: Given | None) -> Live | None:
    """How far the source can be trusted, less a loss when the fact is old."""
    if fact.type in ("table", "text"):
        return None
    value, source, day = sheet.place("value"), sheet.place("source"), sheet.place("as_of")
    trust = "param_confidence_unstated"
    for each in SOURCES:
        trust = f"IF({source}={quoted(account.words.say(f'origin.{each}'))},param_confidence_{each},{trust})"
    trust = f"IF({source}={quoted(account.words.say('origin.profile'))},1,{trust})"
    lost = f"IF(ISNUMBER({day}),IF({AS_OF}-{day}>param_stale_days,param_stale_loss,0),0)"
    computed = quoted(account.words.say("origin.computed"))
    nothing = f"OR({value}={EMPTY},{value}={quoted(account.does_not_apply)},{source}={computed})"
    known = given is not None and given.value is not None
    return Live(
        f"IF({nothing},{EMPTY},MAX(0,ROUND({trust}-{lost},{CONFIDENCE_DECIMALS})))",
        account.case.confidence(name, account.book) if known else None,
    )


def _answers(account: AccountBook, fact: Fact) -> str:
    """What the steps of a rating mean, or which range a number has."""
    anchors = [f"{mark} = {account.words.text(text)}" for mark, text in fact.anchors.items()]
    if fact.range is not None and fact.unit is not None and not account.book.units[fact.unit].currencies:
        low, high = (account.words.plain(bound) for bound in fact.range)
        return account.words.say("picture.from_to", start=low, end=high)
    return account.words.say("list_semicolon").join(anchors)


def _counted(account: AccountBook, name: str, fact: Fact, place: str) -> Live | None:
    """For the completeness of the short form: 1 known, 0 not, empty where it does not apply."""
    if fact.short_form is None:
        return None
    out = [f"{place}={quoted(account.does_not_apply)}"]
    if fact.when is not None:
        out.append(f"{account.formulas.reference(fact.when)}={quoted(account.no)}")
    nothing = f"{place}=0" if fact.type == "table" else f"{place}={EMPTY}"
    without = name in account.not_applicable or (fact.when is not None and account.values.get(fact.when) is False)
    known = name in account.values or bool(account.state.tables.get(name))
    test = out[0] if len(out) == 1 else f"OR({','.join(out)})"
    return Live(f"IF({test},{EMPTY},IF({nothing},0,1))", None if without else int(known))


def _drop_downs(account: AccountBook, sheet: Sheet, fact: Fact) -> None:
    row, column, absent = sheet.row, sheet.places["value"], account.does_not_apply
    match fact.type:
        case "flag":
            sheet.choose(row, column, (account.yes, account.no, absent))
        case "choice":
            sheet.choose(row, column, (*(account.words.text(each) for each in fact.choices.values()), absent))
        case "rating":
            sheet.choose(row, column, (*RATINGS, absent))
        case "number" if fact.range is not None:
            low, high = fact.range
            cell = sheet.place("value")
            test = f"=OR({cell}={quoted(absent)},AND(ISNUMBER({cell}),{cell}>={low},{cell}<={high}))"
            message = account.say("number_wanted", low=low, high=high)
            rule = {"validate": "custom", "value": test, "error_message": message}
            sheet.sheet.data_validation(row, column, row, column, rule)


def tables(account: AccountBook) -> None:
    """Each table of facts on a sheet of its own, with totals and the sums that measures read."""
    for name, fact in account.book.facts.items():
        if fact.type == "table":
            _Table(account, name, fact).write()


class _Table:
    """A table of facts: a row of totals, the heading, the rows of the case and room for more."""

    def __init__(self, account: AccountBook, name: str, fact: Fact) -> None:
        self.account, self.name, self.fact = account, name, fact
        given = account.case.facts.get(name)
        self.rows: tuple[Mapping[str, Value], ...] = () if given is None else given.rows
        self.sums = [(sum_, cell) for sum_, cell in account.sums.items() if sum_.table.name == name]
        self.last = FIRST_ROW + len(self.rows) + SPARE_ROWS - 1
        widths = [Column(key, 30 if column.type == "text" else 16) for key, column in fact.columns.items()]
        columns = [Column("number", 8), *widths, *(Column(cell, 24, folded=True) for _, cell in self.sums)]
        self.sheet = Sheet(account, account.speaking.label(name), account.words.text(fact.question), columns)

    def write(self) -> None:
        sheet, account = self.sheet, self.account
        heads = [account.say("column.number"), *(account.words.text(each.label) for each in self.fact.columns.values())]
        heads += [account.say("term", item=account.prose.formula(sum_.item, self.name)) for sum_, _ in self.sums]
        for index, text in enumerate(heads):
            sheet.text(HEADER_ROW, index, text, "head")
        self.totals()
        for row in range(FIRST_ROW, self.last + 1):
            self.line(row)
        sheet.row = self.last + 1
        for key, column in self.fact.columns.items():
            self.drop_down(key, column.type)
        sheet.sheet.freeze_panes(FIRST_ROW, 2)
        sheet.sheet.repeat_rows(TOTALS_ROW, HEADER_ROW)
        if self.sums:
            sheet.sheet.set_column(len(sheet.columns), len(sheet.columns), 3, None, {"collapsed": True})
        sheet.print_until(list(self.fact.columns)[-1])
        sheet.close()

    def totals(self) -> None:
        sheet, account = self.sheet, self.account
        here = sheet.area("number", FIRST_ROW, self.last)
        sheet.put(TOTALS_ROW, 0, Cell(Live(f"COUNT({here})", len(self.rows)), "strong"))
        sheet.define(rows_of(self.name), sheet.place("number", TOTALS_ROW))
        for key, column in self.fact.columns.items():
            numbers = [value for row in self.rows if isinstance(value := row.get(key), int | float)]
            area = sheet.area(key, FIRST_ROW, self.last)
            if column.type == "number" and self.adds_up(column.unit):
                total = Live(f"SUM({area})", sum(numbers))
                sheet.put(TOTALS_ROW, sheet.places[key], Cell(total, "strong", account.shape(column.unit)))
            elif column.type in ("number", "rating"):
                mean = round_half_up(sum(numbers) / len(numbers), 1) if numbers else None
                text = f"IF(COUNT({area})=0,{EMPTY},{rounded(f'AVERAGE({area})', 1)})"
                shape = f'"{account.say("mean")} "0.0'
                sheet.put(TOTALS_ROW, sheet.places[key], Cell(Live(text, mean), "strong", shape))
            else:
                sheet.put(TOTALS_ROW, sheet.places[key], Cell(None, "strong"))
        for sum_, cell in self.sums:
            area, rows = sheet.area(cell, FIRST_ROW, self.last), rows_of(self.name)
            text = f"IF(OR({rows}=0,COUNT({area})<{rows}),{EMPTY},SUM({area}))"
            sheet.put(
                TOTALS_ROW, sheet.places[cell], Cell(Live(text, evaluate(sum_, account.state)), "strong", SUM_SHAPE)
            )
            sheet.define(cell, sheet.place(cell, TOTALS_ROW))

    def adds_up(self, unit: str | None) -> bool:
        """Whether the numbers of a column have a total: amounts, counts and shares do, spans of time do not."""
        entry = None if unit is None else self.account.book.units[unit]
        return entry is None or bool(entry.currencies) or not entry.spaced

    def line(self, row: int) -> None:
        sheet, account = self.sheet, self.account
        index = row - FIRST_ROW
        stated = self.rows[index] if index < len(self.rows) else None
        keys = list(self.fact.columns)
        cells = f"{sheet.place(keys[0], row)}:{sheet.place(keys[-1], row)}"
        count = f"IF(COUNTA({cells})=0,{EMPTY},ROW()-{FIRST_ROW})"
        sheet.put(row, 0, Cell(Live(count, None if stated is None else index + 1), "number"))
        for key, column in self.fact.columns.items():
            value = None if stated is None else stated.get(key)
            if isinstance(value, str):
                value = (
                    account.words.text(value) if column.type == "text" else account.choice(f"{self.name}.{key}", value)
                )
            if stated == {} and key == keys[0]:  # a row of which nothing is known is a row all the same
                value = word(account.words, "state", "unknown")
            number = column.type in ("number", "rating")
            shape = account.shape(column.unit) if column.type == "number" else ""
            sheet.put(row, sheet.places[key], Cell(value, "input" if number else "input_text", shape))
        for sum_, cell in self.sums:
            sheet.put(row, sheet.places[cell], Cell(self.term(sum_, row, stated), "number", SUM_SHAPE))

    def term(self, sum_: SumOver, row: int, stated: Mapping[str, Value] | None) -> Live:
        """What one row adds to a sum; empty without a row or with a hole in it."""
        cells = {key: self.sheet.place(key, row) for key in self.fact.columns}
        formula = self.account.formulas.in_row(self.name, cells).number(sum_.item)
        value = None if stated is None else evaluate(sum_.item, self.account.state, stated)
        return Live(f"IF({self.sheet.place('number', row)}={EMPTY},{EMPTY},{formula})", value)

    def drop_down(self, key: str, kind: str) -> None:
        choices = self.fact.columns[key].choices
        options = RATINGS if kind == "rating" else tuple(self.account.words.text(each) for each in choices.values())
        if options:
            place = self.sheet.places[key]
            source = {"validate": "list", "source": self.account.drop_down(options)}
            self.sheet.sheet.data_validation(FIRST_ROW, place, self.last, place, source)


def parameters(account: AccountBook) -> None:
    """Every cut-off with its reason; those that the enterprise profile has set are marked."""
    sheet = Sheet(account, account.say("sheet.parameters"), account.say("note.parameters"), PARAMETER_COLUMNS)
    sheet.head(freeze=2)
    profile = account.book.profile
    for name, entry in account.book.parameter_entries.items():
        own = profile is not None and name in profile.parameters
        sheet.define(f"param_{name}", sheet.place("value"))
        shape = account.shape(entry.unit, beside=True)
        sheet.sheet.data_validation(
            sheet.row,
            1,
            sheet.row,
            1,
            {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15},
        )
        by = account.say("set_by.profile", profile=profile.label) if own and profile else account.say("set_by.rulebook")
        sheet.write(
            parameter=account.words.text(entry.label),
            value=Cell(account.book.parameters[name], "input", shape),
            unit=Cell(account.unit(entry.unit), "short"),
            usual=Cell(entry.default, "number", shape),
            set_by=Cell(by, "strong" if own else "short"),
            reason=Cell(account.words.text(entry.reason), "small"),
            cited=Cell(account.words.say("list_comma").join(entry.sources), "small"),
            id=Cell(f"param_{name}", "small"),
        )
    sheet.close()
