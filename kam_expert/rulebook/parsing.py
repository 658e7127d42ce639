"""Text to expression: the grammar, the type checker, and what it says when either is broken.

The text is read with Python's own `ast` and never evaluated by Python. Problems are reported through `add(code,
offset, **parameters)`, where the offset counts characters from the start of the text; all problems of a text are
reported, not only the first.
"""

from __future__ import annotations

import ast
import warnings
from typing import Protocol, TypeGuard

from kam_expert.problems import Phrase, nearest_phrase
from kam_expert.rulebook.expressions import (
    FUNCTIONS,
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
)
from kam_expert.rulebook.vocabulary import Kind, NameType, Vocabulary

LONGEST_TEXT = 1500

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class Add(Protocol):
    """How a parser reports a problem."""

    def __call__(self, code: str, offset: int, /, **parameters: object) -> None: ...


LARGEST_NUMBER = 1e15


def _is_number(value: object) -> TypeGuard[float | int]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


class _Refused(Exception):
    """The current part is beyond use; its problem has been reported."""


def parse_condition(text: str, vocabulary: Vocabulary, add: Add, *, catch_all: bool = False) -> Expression | None:
    """A condition, or None when it has problems. `catch_all` allows the bare `true`."""
    return _Parser(vocabulary, add, arithmetic=False, catch_all=catch_all).parse(text, condition=True)


def parse_flag(text: str, vocabulary: Vocabulary, add: Add) -> Expression | None:
    """The condition of a flag measure: the condition language."""
    return _Parser(vocabulary, add, arithmetic=False, catch_all=False).parse(text, condition=True)


def parse_formula(text: str, vocabulary: Vocabulary, add: Add) -> Expression | None:
    """A formula whose value is a number, or None when it has problems."""
    return _Parser(vocabulary, add, arithmetic=True, catch_all=False).parse(text, condition=False)


class _Parser:
    def __init__(self, vocabulary: Vocabulary, add: Add, *, arithmetic: bool, catch_all: bool) -> None:
        self.vocabulary = vocabulary
        self.add = add
        self.arithmetic = arithmetic
        self.catch_all = catch_all
        self.table: NameType | None = None
        self.broken = False
        self.text = ""

    def parse(self, text: str, *, condition: bool) -> Expression | None:
        self.text = text
        if len(text) > LONGEST_TEXT:
            self.add("expression_too_long", 0, length=len(text), longest=LONGEST_TEXT)
            return None
        flat = text.replace("\n", " ")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python only frowns at is refused here
                tree = ast.parse(flat, mode="eval").body
        except (SyntaxError, Warning) as error:
            offset = getattr(error, "offset", None)
            self.add("expression_syntax", offset - 1 if offset else len(text), text=text)
            return None
        except (RecursionError, MemoryError, ValueError):
            self.add("expression_syntax", 0, text=text)
            return None
        if self.catch_all and isinstance(tree, ast.Name) and tree.id == "true":
            return Constant(True)
        try:
            expression = self.condition(tree) if condition else self.number(tree)
        except _Refused:
            return None
        except RecursionError:
            self.add("expression_syntax", 0, text=text)
            return None
        return None if self.broken else expression

    def refuse(self, node: ast.AST, code: str, **parameters: object) -> _Refused:
        self.broken = True
        offset = getattr(node, "col_offset", 0)
        prefix = self.text.encode()[:offset].decode(errors="ignore")  # ast counts bytes
        self.add(code, len(prefix), **parameters)
        return _Refused()

    def source(self, node: ast.AST) -> str:
        return ast.unparse(node)

    # conditions

    def condition(self, node: ast.expr) -> Expression:
        match node:
            case ast.BoolOp(op=op, values=values):
                items = self.several(values, self.condition)
                return And(items) if isinstance(op, ast.And) else Or(items)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.condition(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.comparison(node, left, op, right)
            case ast.Compare():
                raise self.refuse(node, "chained_comparison", found=self.source(node))
            case ast.Name(id=name):
                type_ = self.lookup(node, name)
                if type_.kind != "flag":
                    raise self.refuse(node, "not_a_flag", name=name, kind=Phrase(f"kind_{type_.kind}"))
                return Name(name)
            case ast.Call(func=ast.Name(id="known"), args=[ast.Name(id=name)], keywords=[]) if self.column(name):
                return Known(Column(name))
            case ast.Call(func=ast.Name(id="known"), args=[ast.Name(id=name) as argument], keywords=[]):
                self.lookup(argument, name)
                return Known(Name(name))
            case ast.Call(func=ast.Name(id="certain"), args=[argument], keywords=[]):
                return Certain(self.condition(argument))
            case _:
                raise self.refuse(node, "not_a_condition", found=self.source(node))

    def several(self, nodes: list[ast.expr], read: object) -> tuple[Expression, ...]:
        items: list[Expression] = []
        refused = False
        for node in nodes:
            try:
                items.append(read(node))  # type: ignore[operator]
            except _Refused:
                refused = True
        if refused:
            raise _Refused
        return tuple(items)

    def comparison(self, node: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Expression:
        if isinstance(left, ast.Name) and self.table is not None and (kind := self.column(left.id)) is not None:
            if kind == "choice":
                type_ = NameType("choice", "fact", self.table.column_options[left.id])
                return self.choice_comparison(left, Column(left.id), type_, op, right)
            if kind == "text":
                raise self.refuse(left, "not_comparable", name=left.id, kind=Phrase("kind_text"))
        elif isinstance(left, ast.Name) and left.id in self.vocabulary.names:
            type_ = self.vocabulary.names[left.id]
            if type_.kind == "choice":
                return self.choice_comparison(left, Name(left.id), type_, op, right)
            if type_.kind in ("flag", "text", "table"):
                raise self.refuse(left, "not_comparable", name=left.id, kind=Phrase(f"kind_{type_.kind}"))
        earlier = self.earlier_choice(left)
        if earlier is not None:
            return self.choice_comparison(left, *earlier, op, right)
        if type(op) not in _OPERATORS:
            if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, ast.List | ast.Tuple):
                number = self.number(left) if self.arithmetic else self.plain_name(left)
                if not right.elts:
                    raise self.refuse(right, "list_expected", found=self.source(right))
                options = self.several(right.elts, self.constant)
                inside = In(number, options)
                return Not(inside) if isinstance(op, ast.NotIn) else inside
            raise self.refuse(node, "operator_unknown", found=self.source(node))
        if self.arithmetic:
            return Compare(_OPERATORS[type(op)], self.number(left), self.number(right))
        name = self.plain_name(left)
        return Compare(_OPERATORS[type(op)], name, self.constant(right))

    def choice_comparison(
        self, left: ast.expr, chosen: Name | Column, type_: NameType, op: ast.cmpop, right: ast.expr
    ) -> Expression:
        name = chosen.name
        if isinstance(op, (ast.In, ast.NotIn)):
            if not isinstance(right, ast.List | ast.Tuple) or not right.elts:
                raise self.refuse(right, "list_expected", found=self.source(right))
            options = self.several(right.elts, lambda item: self.choice(item, name, type_))
            inside = In(chosen, options)
            return Not(inside) if isinstance(op, ast.NotIn) else inside
        if isinstance(op, (ast.Eq, ast.NotEq)):
            return Compare(_OPERATORS[type(op)], chosen, self.choice(right, name, type_))
        raise self.refuse(left, "choice_has_no_order", name=name, found=self.source(right))

    def choice(self, node: ast.expr, name: str, type_: NameType) -> Choice:
        if isinstance(node, ast.Name) and node.id in type_.options:
            return Choice(node.id)
        found = self.source(node)
        raise self.refuse(
            node,
            "choice_unknown",
            name=name,
            found=found,
            allowed=", ".join(type_.options),
            nearest=nearest_phrase(found, type_.options),
        )

    def column(self, name: str) -> Kind | None:
        """The kind of a column of the table over which a sum runs; None where there is none of this name."""
        return None if self.table is None else self.table.columns.get(name)

    def earlier_choice(self, node: ast.expr) -> tuple[Name, NameType] | None:
        """`before(fact)` where the fact is a choice: the name and the type."""
        match node:
            case ast.Call(func=ast.Name(id="before"), args=[ast.Name(id=name)], keywords=[]):
                type_ = self.vocabulary.names.get(name)
                if type_ is not None and type_.kind == "choice" and type_.origin == "fact":
                    return Name(f"before.{name}"), type_
        return None

    def plain_name(self, node: ast.expr) -> Name:
        if isinstance(node, ast.Name):
            type_ = self.lookup(node, node.id)
            if type_.kind != "number":
                raise self.refuse(node, "not_comparable", name=node.id, kind=Phrase(f"kind_{type_.kind}"))
            return Name(node.id)
        raise self.refuse(node, "name_expected", found=self.source(node))

    def constant(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=value) if _is_number(value):
                return Constant(value)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Minus(self.constant(operand))
            case ast.Name(id=name) if name in self.vocabulary.parameters:
                return Parameter(name)
            case ast.Name(id=name) if name in self.vocabulary.names:
                raise self.refuse(node, "constant_expected", found=name)
            case ast.Name(id=name):
                raise self.refuse(
                    node, "name_unknown", name=name, nearest=nearest_phrase(name, self.vocabulary.parameters)
                )
            case _:
                raise self.refuse(node, "constant_expected", found=self.source(node))

    def lookup(self, node: ast.expr, name: str) -> NameType:
        type_ = self.vocabulary.names.get(name)
        if type_ is None:
            if name in self.vocabulary.parameters:
                raise self.refuse(node, "parameter_alone", name=name)
            raise self.refuse(node, "name_unknown", name=name, nearest=nearest_phrase(name, self.vocabulary.names))
        if type_.kind == "text":
            raise self.refuse(node, "text_not_readable", name=name)
        return type_

    # formulas

    def number(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=value) if _is_number(value):
                return Constant(value)
            case ast.Name(id="unknown"):
                return Unknown()
            case ast.Name(id=name) if (kind := self.column(name)) is not None:
                if kind != "number":
                    raise self.refuse(node, "not_a_number", name=name, kind=Phrase(f"kind_{kind}"))
                return Column(name)
            case ast.Name(id=name) if name in self.vocabulary.parameters:
                return Parameter(name)
            case ast.Name(id=name):
                type_ = self.lookup(node, name)
                if type_.kind != "number":
                    raise self.refuse(node, "not_a_number", name=name, kind=Phrase(f"kind_{type_.kind}"))
                return Name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Minus(self.number(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                first, second = self.several([left, right], self.number)
                return Arithmetic(_ARITHMETIC[type(op)], first, second)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return IfElse(self.test(test), self.number(body), self.number(orelse))
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
                return self.call(node, function, args)
            case _:
                raise self.refuse(node, "not_a_formula", found=self.source(node))

    def test(self, node: ast.expr) -> Expression:
        if (
            self.table is not None
            and isinstance(node, ast.Compare)
            and len(node.ops) == 1
            and not self.chosen(node.left)
        ):
            op = type(node.ops[0])
            if op in _OPERATORS:
                return Compare(_OPERATORS[op], self.number(node.left), self.number(node.comparators[0]))
        return self.condition(node)

    def chosen(self, node: ast.expr) -> bool:
        """Whether this is a column of choices, which is compared with its choices."""
        return isinstance(node, ast.Name) and self.column(node.id) == "choice"

    def call(self, node: ast.expr, function: str, args: list[ast.expr]) -> Expression:
        if function in ("before", "confidence") and len(args) == 1 and isinstance(args[0], ast.Name):
            type_ = self.lookup(args[0], args[0].id)
            if type_.origin != "fact" or (function == "before" and type_.kind != "number"):
                raise self.refuse(args[0], "fact_expected", name=args[0].id, function=function)
            return Name(f"{function}.{args[0].id}")
        if function == "sum_over" and len(args) == 2 and isinstance(args[0], ast.Name):
            type_ = self.lookup(args[0], args[0].id)
            if type_.kind != "table":
                raise self.refuse(args[0], "table_expected", name=args[0].id)
            self.table = type_
            try:
                return SumOver(Name(args[0].id), self.number(args[1]))
            finally:
                self.table = None
        if function not in FUNCTIONS:
            raise self.refuse(
                node,
                "function_unknown",
                name=function,
                nearest=nearest_phrase(function, [*FUNCTIONS, "before", "confidence", "sum_over"]),
            )
        fewest, most = FUNCTIONS[function]
        if not fewest <= len(args) <= most:
            raise self.refuse(node, "argument_count", name=function, fewest=fewest, most=most, found=len(args))
        return Call(function, self.several(args, self.number))
