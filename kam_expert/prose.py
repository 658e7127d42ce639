"""Conditions in words of a language, with labels instead of ids and values instead of parameter names."""

from __future__ import annotations

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
    negate,
)
from kam_expert.wording import Wording

_SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
_ASKS = ("?", "？")
_OPERATORS = {"==": "is", "!=": "is_not", ">=": "at_least", "<=": "at_most", ">": "above", "<": "below"}


class Prose:
    """Words for the conditions of one rulebook in one language."""

    def __init__(self, book: Rulebook, words: Wording, currency: str | None = None) -> None:
        self.book = book
        self.words = words
        self.currency = currency or book.currency

    def condition(self, expression: Expression) -> str:
        """The condition as one sentence without a full stop."""
        match expression:
            case Constant():
                return self.words.say("prose.always")
            case And(items):
                return self.words.say("prose.and").join(self._inner(item) for item in items)
            case Or(items):
                return self.words.say("prose.or").join(self._inner(item) for item in items)
            case Not(In(Name(name), options)):
                return self._listed("prose.none_of", name, options)
            case Not(Name(name)):
                return self.words.say("prose.not_flag", name=self.label(name))
            case Not(Known(Name(name))):
                return self.words.say("prose.not_known", name=self.subject(name))
            case Not(Certain(item)):
                return self.words.say("prose.not_certain", condition=self.condition(item))
            case Not(item):
                return self.condition(negate(item))
            case Name(name):
                return self.words.say("prose.flag", name=self.label(name))
            case Known(Name(name)):
                return self.words.say("prose.known", name=self.subject(name))
            case Certain(item):
                return self.words.say("prose.certain", condition=self.condition(item))
            case In(Name(name), options):
                return self._listed("prose.one_of", name, options)
            case Compare(op, Name(name), right):
                value = self._denied(name, right) if op == "!=" else self._constant(name, right)
                return self.words.say(f"prose.{_OPERATORS[op]}", name=self.subject(name), value=value)
            case _:
                return str(expression)

    def formula(self, expression: Expression, table: str = "") -> str:
        """A formula as one line, with the values of its parameters; `table`: over whose rows it runs."""
        match expression:
            case Name(name):
                return self.label(name)
            case Constant(value) if not isinstance(value, bool):
                return self.words.plain(value)
            case Parameter(name):
                return self.words.value(name, self.book.parameters[name], self.book, self.currency)
            case Column(name):
                return self.words.text(self.book.facts[table].columns[name].label)
            case Minus(item):
                return f"−{self._operand(item, table, right=True)}"
            case Arithmetic(op, left, right):
                sides = (self._operand(left, table, op), self._operand(right, table, op, right=True))
                return _SIGNS[op].join(sides)
            case IfElse(condition, then, otherwise):
                parts = {"then": self.formula(then, table), "otherwise": self.formula(otherwise, table)}
                return self.words.say("prose.if_else", condition=self.formula(condition, table), **parts)
            case And(items) | Or(items) if table:
                joint = self.words.say("prose.and" if isinstance(expression, And) else "prose.or")
                return joint.join(self._grouped(item, table) for item in items)
            case Certain(item) if table:
                return self.words.say("prose.certain", condition=self.formula(item, table))
            case Not(Known(Column(name))):
                return self.words.say("prose.not_known", name=self.formula(Column(name), table))
            case Known(Column(name)):
                return self.words.say("prose.known", name=self.formula(Column(name), table))
            case In(Column() as left, options) | Not(In(Column() as left, options)):
                key, joint = ("none_of", "list_nor") if isinstance(expression, Not) else ("one_of", "list_or")
                values = self.words.say(f"prose.{joint}").join(self._option(left, each, table) for each in options)
                return self.words.say(f"prose.{key}", name=self.formula(left, table), values=values)
            case Compare(op, Column() as left, Choice() as right):
                words = {"name": self.formula(left, table), "value": self._option(left, right, table)}
                return self.words.say(f"prose.{_OPERATORS[op]}", **words)
            case Compare(op, left, right) if not isinstance(left, Name):
                words = {"name": self.formula(left, table), "value": self.formula(right, table)}
                return self.words.say(f"prose.{_OPERATORS[op]}", **words)
            case Call("clamp" | "linear" as function, (value, low, high)):
                limits = {"low": self.formula(low, table), "high": self.formula(high, table)}
                return self.words.say(f"prose.function.{function}", value=self._operand(value, table), **limits)
            case Call("rating", (value,)):
                return self.words.say("prose.function.rating", value=self._operand(value, table))
            case Call(function, arguments):
                shown = self.words.join([self.formula(item, table) for item in arguments])
                return self.words.say(f"prose.function.{function}", values=shown)
            case SumOver(Name(name), item):
                return self.words.say("prose.sum_over", table=self.label(name), item=self.formula(item, name))
            case Unknown():
                return self.words.say("unknown")
            case _:
                return self.condition(expression)

    def _option(self, column: Column, option: Expression, table: str) -> str:
        if not isinstance(option, Choice):
            return self.formula(option, table)
        return self.words.text(self.book.facts[table].columns[column.name].choices[option.value])

    def _grouped(self, item: Expression, table: str) -> str:
        text = self.formula(item, table)
        return self.words.say("prose.group", text=text) if isinstance(item, And | Or) else text

    def _operand(self, item: Expression, table: str, op: str = "*", *, right: bool = False) -> str:
        """A part of a formula, in brackets where leaving them out would change what is computed."""
        text = self.formula(item, table)
        closer = op in "*/" or (op == "-" and right)
        loose = isinstance(item, Arithmetic) and ((item.op in "+-" and closer) or (right and op == "/"))
        return self.words.say("prose.group", text=text) if loose or isinstance(item, IfElse | Minus) else text

    def label(self, name: str) -> str:
        """The label of a name; `before.x` is the label of x at the last review, `confidence.x` the trust in x."""
        for prefix in ("before", "confidence"):
            if name.startswith(f"{prefix}."):
                return self.words.say(f"prose.{prefix}", name=self.label(name.removeprefix(f"{prefix}.")))
        return self.words.text(self.book.label(name))

    def subject(self, name: str) -> str:
        """The label of a name as the subject of a sentence; of a label that asks something, its answer."""
        label = self.label(name)
        return self.words.say("prose.answer", question=label) if label.endswith(_ASKS) else label

    def labelled(self, label: str, value: str) -> str:
        """`label: value`; a label that asks something needs no colon."""
        key = "prose.answered" if label.endswith(_ASKS) else "prose.labelled"
        return self.words.say(key, label=label, value=value)

    def premise(self, name: str, value: object) -> str:
        """A name with the value it had, as `label: value`."""
        shown = self.words.value(name, value, self.book, self.currency)  # type: ignore[arg-type]
        return self.labelled(self.label(name), shown)

    def _inner(self, item: Expression) -> str:
        text = self.condition(item)
        return self.words.say("prose.group", text=text) if isinstance(item, And | Or) else text

    def _listed(self, key: str, name: str, options: tuple[Expression, ...]) -> str:
        if key == "prose.none_of":
            shown = self.words.say("prose.list_nor").join(self._denied(name, option) for option in options)
        else:
            shown = self.words.say("prose.list_or").join(self._constant(name, option) for option in options)
        return self.words.say(key, name=self.subject(name), values=shown)

    def _denied(self, name: str, expression: Expression) -> str:
        """A value that is said not to hold; in quotation marks if it says "not" itself."""
        value = self._constant(name, expression)
        denying = tuple(self.words.say("prose.denying").split("|"))
        return self.words.say("prose.quoted", text=value) if value.lower().startswith(denying) else value

    def _constant(self, name: str, expression: Expression) -> str:
        match expression:
            case Choice(value):
                return self.words.choice(name, value, self.book)
            case Name(other):
                return self.label(other)
            case Constant(value):
                return self.words.value(name, value, self.book, self.currency)
            case Parameter(parameter):
                return self.words.value(name, self.book.parameters[parameter], self.book, self.currency)
            case Minus(Parameter(parameter)):
                return self.words.value(name, -self.book.parameters[parameter], self.book, self.currency)
            case Minus(Constant(value)):
                return self.words.value(name, -value, self.book, self.currency)
            case _:
                return str(expression)
