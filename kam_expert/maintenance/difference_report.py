"""The difference of two rulebooks in words, and as a plain structure for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from kam_expert.maintenance.changed_advice import (
    AdviceChange,
    CaseDifference,
    CasesCompared,
    Cause,
    Unreadable,
    VoteChange,
)
from kam_expert.maintenance.difference import EntryChange, FieldChange, Kind, Sort
from kam_expert.maintenance.influence import Key, readers
from kam_expert.prose import Prose
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section
from kam_expert.reports.text import columns
from kam_expert.rulebook.book import STEERING_PARAMETERS, Rulebook
from kam_expert.rulebook.expressions import Arithmetic, Call, Expression, IfElse, Minus, SumOver, walk
from kam_expert.rulebook.schema import Entry, Text
from kam_expert.wording import Wording, render

SHORT = 36  # columns up to which both values of a field stand on one line
_FORMULA = (Arithmetic, Call, IfElse, Minus, SumOver)
Json = dict[str, object]


@dataclass(frozen=True)
class Compared:
    """Two rulebooks with all that differs between them. `names`: what the user called them."""

    names: tuple[str, str]
    books: tuple[Rulebook, Rulebook]
    changes: tuple[EntryChange, ...]
    cases: CasesCompared

    @property
    def differs(self) -> bool:
        """Whether anything differs in meaning, or a case is read by one of them only."""
        both = [each.file for each in self.cases.unreadable]
        one_sided = any(both.count(file) == 1 for file in both)
        return one_sided or bool(self.cases.differing) or any(each.sort == "meaning" for each in self.changes)


def document(compared: Compared, words: Wording) -> Document:
    """The report for the terminal."""
    return _Speaking(compared, words).document()


def structure(compared: Compared, words: Wording) -> Json:
    """The same for programs, with conditions in words of one language."""
    return _Speaking(compared, words).structure()


class _Speaking:
    def __init__(self, compared: Compared, words: Wording) -> None:
        self.compared = compared
        self.words = words
        self.changes: dict[Key, EntryChange] = {(each.kind, each.id): each for each in compared.changes}
        self.prose = tuple(Prose(book, words) for book in compared.books)

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"diff.{key}", **parameters)

    # text

    def document(self) -> Document:
        sections = [Section(self.say("books"), (self._books(),))]
        if not self.compared.changes:
            sections.append(Section(self.say("changes"), (Paragraph(self.say("none")),)))
        for sort in get_args(Sort):
            of_sort = [each for each in self.compared.changes if each.sort == sort]
            if of_sort:
                blocks = () if sort == "meaning" else (self._entries(of_sort),)
                count = {"count": len(of_sort)}
                sections.append(Section(self.say(f"sort.{sort}", **count), blocks))
            if sort == "meaning":
                sections += self._by_kind(of_sort)
        return Document(self.say("title"), (*sections, *self._cases()))

    def _books(self) -> Block:
        return Pairs(tuple(zip(("A", "B"), map(self._book, self.compared.names, self.compared.books), strict=True)))

    def _book(self, name: str, book: Rulebook) -> str:
        profile = self.words.say("no_profile") if book.profile is None else self.words.text(book.profile.label)
        return self.say("book", name=name, version=book.version, profile=profile)

    def _by_kind(self, changes: Sequence[EntryChange]) -> Iterable[Section]:
        for kind in get_args(Kind):
            of_kind = [each for each in changes if each.kind == kind]
            if of_kind:
                yield Section(self.say(f"kind.{kind}"), (self._entries(of_kind),), level=2)

    def _entries(self, changes: Sequence[EntryChange]) -> Block:
        return Bullets(tuple((self._head(each), tuple(self._lines(each))) for each in changes))

    def _head(self, change: EntryChange) -> str:
        return self.say(f"change.{change.change}", entry=self._name(change), kind=self.say(f"kind.{change.kind}"))

    def _name(self, change: EntryChange) -> str:
        title = "" if change.title is None else self.words.text(change.title)
        return self.say("named", id=change.id, title=title) if title else change.id

    def _lines(self, change: EntryChange) -> Iterable[str]:
        for each in change.fields:
            if each.path == "place":
                yield self.say("place", old=each.old, new=each.new)
                continue
            in_words = self._in_words(each)
            shown = [(each.path, each.old, each.new)]
            shown += [] if in_words is None else [(self.say("in_words"), *in_words)]
            for path, old, new in shown:
                yield from self._field(change, path, old, new)
            if each.conditions is not None and each.sort == "wording":
                yield self.say("same_condition")
        if change.kind == "parameter" and change.sort == "meaning":
            yield self._readers(change)

    def _readers(self, change: EntryChange) -> str:
        """Who reads a changed parameter."""
        keys = [key for book in self.compared.books for key in readers(change.id, book)]
        names = [self._entry(key) for key in dict.fromkeys(keys)]
        if change.id in STEERING_PARAMETERS:
            names.append(self.say("the_program"))
        return self.say("read_by", names=self.words.say("list_semicolon").join(names) or self.words.say("none"))

    def _field(self, change: EntryChange, path: str, old: object, new: object) -> Iterable[str]:
        """One line, two if it would be long; an entry that is new or gone has one value."""
        if change.change != "changed":
            value = self._value(new if change.change == "added" else old)
            yield self.say("stated", path=path, value=value)
            return
        values = {"old": self._value(old), "new": self._value(new)}
        if max(map(columns, values.values())) <= SHORT:
            yield self.say("field", path=path, **values)
            return
        for side, value in zip(("A", "B"), values.values(), strict=True):
            yield self.say("side", path=path, side=side, value=value)

    def _value(self, value: object) -> str:
        match value:
            case None | () | "":
                return self.say("nothing")
            case bool():
                return str(value).lower()
            case tuple():
                return "[" + ", ".join(self._value(each) for each in value) + "]"
            case Text():
                return self.words.text(value)
            case Entry():
                return self._value(value.model_dump(by_alias=True, exclude_defaults=True))
            case Mapping():
                return "{" + ", ".join(f"{key}: {self._value(each)}" for key, each in value.items()) + "}"
            case _:
                return str(value)

    def _in_words(self, change: FieldChange) -> tuple[str | None, str | None] | None:
        """A changed condition in words; None for a formula, which has none."""
        if change.conditions is None:
            return None
        found = [
            None if expression is None or _is_formula(expression) else prose.condition(expression)
            for expression, prose in zip(change.conditions, self.prose, strict=True)
        ]
        return None if found == [None, None] else (found[0], found[1])

    # cases

    def _cases(self) -> Iterable[Section]:
        cases = self.compared.cases
        count = {"count": cases.count, "differing": len(cases.differing)}
        blocks: list[Block] = [Paragraph(self.say("cases_count" if cases.differing else "cases_same", **count))]
        unread = [self._unreadable(each) for each in cases.unreadable]
        if unread:
            blocks.append(Bullets(tuple(unread)))
        yield Section(self.say("cases"), tuple(blocks))
        for case in cases.differing:
            lines = tuple((self._changed(each), ()) for each in case.changes)
            because: list[Block] = [Paragraph(self.say("by_what")), Bullets(tuple(map(self._cause, case.causes)))]
            found = (Bullets(lines), *(because if case.causes else ()))
            yield Section(self.say("named", id=case.case, title=case.name), found, level=2)

    def _unreadable(self, each: Unreadable) -> tuple[str, tuple[str, ...]]:
        line = self.say("unreadable", file=each.file, book=each.which.upper(), count=len(each.problems))
        return line, tuple(part for problem in each.problems for part in render(problem, self.words).split("\n"))

    def _changed(self, change: AdviceChange) -> str:
        old, new = (
            self._said(change, value, book)
            for value, book in zip((change.old, change.new), self.compared.books, strict=True)
        )
        path = self.say(f"aspect.{change.aspect}", name="" if change.name is None else self._label(change.name))
        return self.say("field", path=path, old=old, new=new)

    def _label(self, name: str) -> str:
        a, b = self.compared.books
        return self.words.text((b if name in b.models or name in b.signals else a).label(name))

    def _said(self, change: AdviceChange, value: object, book: Rulebook) -> str:
        if value is None or value == ():
            return self.words.say("unknown") if change.aspect == "position" else self.words.say("none")
        match change.aspect:
            case "level":
                return self.words.say(f"level.{value}.title")
            case "signal":
                return self.say("raised" if value else "not_raised")
            case "position":
                return self.words.text(book.models[str(change.name)].cells[str(value)].title)
            case _:
                names = value if isinstance(value, tuple) else (value,)
                return self.words.say("list_comma").join(self._strategy(str(each), book) for each in names)

    def _strategy(self, name: str, book: Rulebook) -> str:
        return self.words.text(book.candidates[name].short)

    def _cause(self, cause: Cause) -> tuple[str, tuple[str, ...]]:
        a, b = self.compared.books
        if cause.kind == "rule" and cause.effect != "decides":
            rule = (a if cause.effect == "silent" else b).rule(cause.id)
            name = self.say("named", id=cause.id, title=self.words.text(rule.entry.title))
        else:
            name = self._entry((cause.kind, cause.id))
        votes = self.words.say("list_semicolon").join(self._vote(each) for each in cause.votes)
        details = [self.say("votes", votes=votes)] if votes else []
        others = [self._entry(key) for key in cause.behind if key != (cause.kind, cause.id)]
        if others:
            details.append(self.say("through", entries=self.words.say("list_semicolon").join(others)))
        return self.say(f"effect.{cause.effect}", name=name), tuple(details)

    def _entry(self, key: tuple[str, str]) -> str:
        kind, name = key
        change = self.changes.get((kind, name))
        shown = name if change is None else self._name(change)
        return self.say("of_kind", kind=self.say(f"kind.{kind}"), name=shown)

    def _vote(self, vote: VoteChange) -> str:
        a, b = self.compared.books
        name = self._strategy(vote.strategy, b if vote.strategy in b.candidates else a)
        return self.say("vote", strategy=name, old=self._points(vote.old), new=self._points(vote.new))

    def _points(self, points: int | str | None) -> str:
        if isinstance(points, int):
            return f"{points:+d}".replace("-", "−")
        return self.say("nothing" if points is None else "veto")

    # JSON

    def structure(self) -> Json:
        cases = self.compared.cases
        books = zip(("a", "b"), self.compared.names, self.compared.books, strict=True)
        return {
            **{side: self._book_structure(name, book) for side, name, book in books},
            "differs": self.compared.differs,
            "changes": [self._change_structure(each) for each in self.compared.changes],
            "cases": {
                "compared": cases.count,
                "differing": [_case_structure(each) for each in cases.differing],
                "unreadable": [self._unreadable_structure(each) for each in cases.unreadable],
            },
        }

    def _book_structure(self, name: str, book: Rulebook) -> Json:
        profile = None if book.profile is None else book.profile.profile
        return {"name": name, "version": book.version, "profile": profile}

    def _change_structure(self, change: EntryChange) -> Json:
        return {
            "kind": change.kind,
            "id": change.id,
            "change": change.change,
            "sort": change.sort,
            "title": None if change.title is None else self.words.text(change.title),
            "fields": [self._field_structure(each) for each in change.fields],
            "read_by": [
                {"kind": kind, "id": name}
                for kind, name in dict.fromkeys(key for book in self.compared.books for key in readers(change.id, book))
            ]
            if change.kind == "parameter"
            else [],
        }

    def _field_structure(self, change: FieldChange) -> Json:
        in_words = self._in_words(change)
        return {
            "path": change.path,
            "old": _plain(change.old),
            "new": _plain(change.new),
            "sort": change.sort,
            "in_words": None if in_words is None else {"old": in_words[0], "new": in_words[1]},
        }

    def _unreadable_structure(self, each: Unreadable) -> Json:
        problems = [render(problem, self.words) for problem in each.problems]
        return {"file": each.file, "rulebook": each.which, "problems": problems}


def _is_formula(expression: Expression) -> bool:
    return any(isinstance(node, _FORMULA) for node in walk(expression))


def _case_structure(case: CaseDifference) -> Json:
    return {
        "case": case.case,
        "file": case.file,
        "account": case.name,
        "changes": [
            {"aspect": each.aspect, "name": each.name, "old": _plain(each.old), "new": _plain(each.new)}
            for each in case.changes
        ],
        "causes": [_cause_structure(each) for each in case.causes],
    }


def _cause_structure(cause: Cause) -> Json:
    return {
        "kind": cause.kind,
        "id": cause.id,
        "effect": cause.effect,
        "votes": [{"strategy": vote.strategy, "old": vote.old, "new": vote.new} for vote in cause.votes],
        "behind": [{"kind": kind, "id": name} for kind, name in cause.behind],
    }


def _plain(value: object) -> object:
    """Any value of an entry as JSON has it."""
    match value:
        case Entry():
            return value.model_dump(mode="json", by_alias=True)
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return value
