"""The rulebook's conditions and formulas as formulas of a spreadsheet, with defined names for what they read.

Three values in a language of two: of each condition there are two formulas, one that is TRUE when the condition is
true and one that is TRUE when it is false; when neither is, it is unknown. A formula for a number comes with a guard
that is TRUE when the number is known; an unknown number is an empty text. Flags, choices and cells of positions are
the words of the sheet. Only functions that every Excel since 2007 has, none of which depends on a locale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import (
    And,
    Arithmetic,
    Call,
    Certain,
    Choice,
    Column,
    Compare,
    Constant,
    Expression,
    IfElse,
    In,
    Known,
    Minus,
    Name,
    Not,
    Or,
    Parameter,
    SumOver,
    Unknown,
    base_name,
    walk,
)
from kam_expert.workbooks.formula_text import EMPTY, FALSE, TRUE, Guard, joined, quoted, rounded, written

_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIGNS = {"==": "=", "!=": "<>"}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True)
class Vocabulary:
    """The words of one sheet: yes and no, what does not apply, and the wording of a choice of a name.

    A column of a table goes by the name `table.column`.
    """

    yes: str
    no: str
    not_applicable: str
    choice: Callable[[str, str], str]


@dataclass(frozen=True)
class Formulas:
    """Formulas of one rulebook in the words of one sheet.

    `sums`: the defined name of the cell with each sum over a table. `cells`: the cell of each column in the row of a
    table that is being looked at, and `table` which one that is.
    """

    book: Rulebook
    words: Vocabulary
    sums: Mapping[SumOver, str]
    table: str = ""
    cells: Mapping[str, str] | None = None

    def in_row(self, table: str, cells: Mapping[str, str]) -> Formulas:
        """The same for the row of a table."""
        return replace(self, table=table, cells=cells)

    # what stands in a cell

    def flag(self, condition: Expression) -> str:
        """Yes, no or empty."""
        true, false = self.true(condition), self.false(condition)
        return f"IF({true},{quoted(self.words.yes)},IF({false},{quoted(self.words.no)},{EMPTY}))"

    def number(self, expression: Expression, decimals: int | None = None, held: frozenset[str] = frozenset()) -> str:
        """The number, rounded if `decimals` are given, or empty. `held`: cells that are sure to hold numbers here."""
        match expression:
            case Unknown():
                return EMPTY
            case Constant():
                return self.value(expression)
            case IfElse(condition, then, otherwise):
                true, false = self.true(condition), self.false(condition)
                after = self.number(otherwise, decimals, held | self.held(condition, outcome=False))
                if after != EMPTY and false != f"NOT({true})":
                    after = f"IF({false},{after},{EMPTY})"
                return f"IF({true},{self.number(then, decimals, held | self.held(condition, outcome=True))},{after})"
        value = self.value(expression)
        shown = value if decimals is None else rounded(value, decimals)
        guard = self.guard(expression).without(held).formula()
        return shown if guard == TRUE else f"IF({guard},{shown},{EMPTY})"

    def held(self, condition: Expression, *, outcome: bool) -> frozenset[str]:
        """The cells that are sure to hold numbers when the condition has come out like this."""
        match condition:
            case Compare(_, left, right) if self.kind(left) == "number":
                return frozenset((self.guard(left) & self.guard(right)).numbers)
            case And(items) if outcome:
                return frozenset().union(*(self.held(item, outcome=True) for item in items))
            case Or(items) if not outcome:
                return frozenset().union(*(self.held(item, outcome=False) for item in items))
        return frozenset()

    # names

    def reference(self, name: str) -> str:
        """The defined name of the cell with a value."""
        if name.startswith(("before.", "confidence.")):
            return name.replace(".", "_", 1)
        return f"{self.book.vocabulary.names[name].origin}_{name}"

    def kind(self, node: Expression) -> str:
        """Whether a name or column is a number, a flag, a choice, a text or a table."""
        match node:
            case Name(name) if name.startswith("confidence."):
                return "number"
            case Name(name):
                return self.book.vocabulary.names[base_name(name)].kind
            case Column(name):
                kind = self.book.facts[self.table].columns[name].type
                return "number" if kind == "rating" else kind
            case Choice():
                return "choice"
            case Constant(bool()):
                return "flag"
        return "number"

    def cell(self, node: Expression) -> str:
        """The cell that a name or column is read from."""
        if isinstance(node, Column):
            assert self.cells is not None
            return self.cells[node.name]
        assert isinstance(node, Name)
        return self.reference(node.name)

    # conditions

    def true(self, condition: Expression) -> str:
        """A formula that is TRUE when the condition is true, else FALSE."""
        match condition:
            case Constant(value):
                return TRUE if value else FALSE
            case And(items):
                return joined("AND", [self.true(item) for item in items])
            case Or(items):
                return joined("OR", [self.true(item) for item in items])
            case Not(item):
                return self.false(item)
            case Certain(item):
                return self.true(item)
            case Known(item):
                return self.known(item)
            case Name() | Column():
                return f"{self.cell(condition)}={quoted(self.words.yes)}"
            case In(left, options):
                found = [f"{self.cell(left)}={self.constant(left, option)}" for option in options]
                return self.compared(left, joined("OR", found))
            case Compare(sign, left, right):
                return self.comparison(_SIGNS.get(sign, sign), left, right)
        raise TypeError(f"not a condition: {condition}")

    def false(self, condition: Expression) -> str:
        """A formula that is TRUE when the condition is false, else FALSE."""
        match condition:
            case Constant(value):
                return FALSE if value else TRUE
            case And(items):
                return joined("OR", [self.false(item) for item in items])
            case Or(items):
                return joined("AND", [self.false(item) for item in items])
            case Not(item):
                return self.true(item)
            case Certain() | Known():
                return f"NOT({self.true(condition)})"
            case Name() | Column():
                return f"{self.cell(condition)}={quoted(self.words.no)}"
            case In(left, options):
                others = [f"{self.cell(left)}<>{self.constant(left, option)}" for option in options]
                return joined("AND", [self.known(left), *others])
            case Compare(sign, left, right):
                return self.comparison(_OPPOSITE[_SIGNS.get(sign, sign)], left, right)
        raise TypeError(f"not a condition: {condition}")

    def known(self, node: Expression) -> str:
        """A formula that is TRUE when a name or column has a value."""
        cell = self.cell(node)
        match self.kind(node):
            case "number":
                return f"ISNUMBER({cell})"
            case "flag":
                return f"OR({cell}={quoted(self.words.yes)},{cell}={quoted(self.words.no)})"
            case "table":
                return f"{rows_of(self.name(node))}>0"
        stated = f"{cell}<>{EMPTY}"
        return f"AND({stated},{cell}<>{quoted(self.words.not_applicable)})" if self.may_not_apply(node) else stated

    def name(self, node: Expression) -> str:
        assert isinstance(node, Name)
        return node.name

    def may_not_apply(self, node: Expression) -> bool:
        """Whether a cell can say that its fact does not apply."""
        return isinstance(node, Name) and node.name in self.book.facts

    def compared(self, node: Expression, found: str) -> str:
        """A comparison with constants, FALSE if the cell holds nothing that could be compared."""
        return f"AND(ISNUMBER({self.cell(node)}),{found})" if self.kind(node) == "number" else found

    def comparison(self, sign: str, left: Expression, right: Expression) -> str:
        if self.kind(left) != "number":
            here, there = self.cell(left), self.constant(left, right)
            unknown = [self.known(left)] if sign == "<>" or isinstance(right, Name | Column) else []
            unknown += [self.known(right)] if isinstance(right, Name | Column) else []
            return joined("AND", [*unknown, f"{here}{sign}{there}"])
        guard = self.guard(left) & self.guard(right)
        found = f"{self.value(left)}{sign}{self.value(right)}"
        if _plain(left) and _plain(right) and not guard.conditions:
            return joined("AND", [part for part in (guard.formula(), found) if part != TRUE])
        known = guard.formula()
        return found if known == TRUE else f"IF({known},{found},{FALSE})"

    def constant(self, left: Expression, right: Expression) -> str:
        """What a choice or flag is compared with, in the words of the sheet."""
        match right:
            case Choice(value):
                name = f"{self.table}.{left.name}" if isinstance(left, Column) else base_name(self.name(left))
                return quoted(self.words.choice(name, value))
            case Constant(bool() as value):
                return quoted(self.words.yes if value else self.words.no)
            case Name() | Column():
                return self.cell(right)
        return self.value(right)

    # numbers

    def value(self, expression: Expression, inside: int = 0, *, right: bool = False) -> str:
        """The number itself, where the guard is TRUE; in brackets where the operator around it binds closer."""
        match expression:
            case Constant(value):
                return written(value)
            case Parameter(name):
                return f"param_{name}"
            case SumOver():
                return self.sums[expression]
            case Name() | Column():
                cell = self.cell(expression)
                return f"IF({cell}={quoted(self.words.yes)},1,0)" if self.kind(expression) == "flag" else cell
            case Minus(item):
                return f"(-{self.value(item, 3)})"
            case Arithmetic(sign, left, other):
                binding = _BINDING[sign]
                text = f"{self.value(left, binding)}{sign}{self.value(other, binding, right=True)}"
                return f"({text})" if binding < inside or (right and binding == inside) else text
            case Call(function, arguments):
                return self.call(function, arguments)
            case IfElse(condition, then, otherwise):
                if isinstance(otherwise, Unknown):
                    return self.value(then, inside, right=right)
                if isinstance(then, Unknown):
                    return self.value(otherwise, inside, right=right)
                return f"IF({self.true(condition)},{self.value(then)},{self.value(otherwise)})"
            case Unknown():
                return "0"
        return f"IF({self.true(expression)},1,0)"

    def call(self, function: str, arguments: tuple[Expression, ...]) -> str:
        values = [self.value(argument) for argument in arguments]
        match function:
            case "min" | "max":
                return f"{function.upper()}({','.join(values)})"
            case "mean":
                return f"AVERAGE({','.join(values)})"
            case "clamp":
                return f"MAX({values[1]},MIN({values[0]},{values[2]}))"
            case "rating":
                return f"({self.value(arguments[0], 1)}-1)*25"
            case "linear":
                low = self.value(arguments[1], 1, right=True)
                part = f"({self.value(arguments[0])}-{low})/({self.value(arguments[2])}-{low})*100"
                return f"MAX(0,MIN({part},100))"
        found = values[-1]
        for argument, value in reversed(list(zip(arguments[:-1], values[:-1], strict=True))):
            found = f"IF({self.guard(argument).formula()},{value},{found})"
        return found

    def guard(self, expression: Expression) -> Guard:
        """When the number is known."""
        match expression:
            case Constant() | Parameter():
                return Guard()
            case Unknown():
                return Guard(conditions=(FALSE,))
            case SumOver():
                return Guard((self.sums[expression],))
            case Name() | Column():
                known = self.known(expression)
                number = self.kind(expression) == "number"
                return Guard((self.cell(expression),)) if number else Guard(conditions=(known,))
            case Minus(item):
                return self.guard(item)
            case Arithmetic(sign, left, right):
                both = self.guard(left) & self.guard(right)
                divides = sign == "/" and not isinstance(right, Constant)
                return both & Guard(conditions=(f"{self.value(right, 1)}<>0",)) if divides else both
            case Call("coalesce", arguments):
                return Guard(conditions=(joined("OR", [self.guard(each).formula() for each in arguments]),))
            case Call(function, arguments):
                return self.arguments(function, arguments)
            case IfElse(condition, then, otherwise):
                one, other = self.guard(then).formula(), self.guard(otherwise).formula()
                here, there = self.true(condition), self.false(condition)
                if one == other and (one == FALSE or there == f"NOT({here})"):
                    return Guard(conditions=() if one == TRUE else (one,))
                found = f"IF({here},{one},{FALSE if other == FALSE else f'IF({there},{other},{FALSE})'})"
                return Guard(conditions=(here if (one, other) == (TRUE, FALSE) else found,))
        return Guard(conditions=(joined("OR", [self.true(expression), self.false(expression)]),))

    def arguments(self, function: str, arguments: tuple[Expression, ...]) -> Guard:
        """All arguments are known, and the ends of a line lie apart."""
        found = Guard()
        for argument in arguments:
            found = found & self.guard(argument)
        if function == "linear" and not all(_number(each) for each in arguments[1:]):
            found = found & Guard(conditions=(f"{self.value(arguments[1])}<>{self.value(arguments[2])}",))
        return found

    # what an open condition waits for

    def hopeless(self, condition: Expression) -> str:
        """A formula that is TRUE of an unknown condition that waits only for facts that do not apply."""
        match condition:
            case And(items) | Or(items):
                parts = []
                for item in items:
                    decided = [self.true(item), self.false(item)]
                    parts.append(joined("OR", [*decided, self.hopeless(item)]))
                return joined("AND", parts)
            case Not(item):
                return self.hopeless(item)
            case Compare(_, Name() as node, _) | In(Name() as node, _) | (Name() as node):
                if not self.may_not_apply(node):
                    return FALSE
                return f"{self.cell(node)}={quoted(self.words.not_applicable)}"
        return FALSE


def rows_of(table: str) -> str:
    """The defined name of the cell that counts the rows of a table."""
    return f"rows_{table}"


def sums_in(book: Rulebook) -> dict[SumOver, str]:
    """Every sum over a table that the rulebook reads, with the defined name of its cell."""
    found: dict[SumOver, str] = {}
    for expression in _numbers_of(book):
        for node in walk(expression):
            if isinstance(node, SumOver) and node not in found:
                count = sum(other.table == node.table for other in found)
                found[node] = f"sum_{node.table.name}_{count + 1}"
    return found


def _numbers_of(book: Rulebook) -> list[Expression]:
    measures = [each for measure in book.measures.values() for each in measure.expressions]
    parts = [part.value for score in book.scores.values() for part in score.parts]
    return [*measures, *parts, *(rule.condition for rule in book.rules)]


def _plain(node: Expression) -> bool:
    """Whether comparing it can never be an error, whatever the cells hold."""
    return isinstance(node, Name | Column | Parameter | Constant | SumOver) or (
        isinstance(node, Minus) and isinstance(node.item, Constant)
    )


def _number(node: Expression) -> bool:
    return isinstance(node, Constant) or (isinstance(node, Minus) and isinstance(node.item, Constant))
