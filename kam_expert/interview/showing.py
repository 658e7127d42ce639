"""What an interview shows, as lines of text: questions, answers, lists. Columns are aligned for wide characters too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kam_expert.case import Case, Given
from kam_expert.interview.answers import LETTERS
from kam_expert.interview.merging import Disagreement
from kam_expert.interview.outlook import Outlook, Suggestion
from kam_expert.interview.session import Question, Session
from kam_expert.problems import Phrase
from kam_expert.reports.text import columns, wrap
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.schema import Fact, Label
from kam_expert.wording import Wording

WIDTH = 79
LEADERS = 5
INDENT = "   "


class Showing:
    """The words of one interview in one language."""

    def __init__(self, book: Rulebook, words: Wording) -> None:
        self.book = book
        self.words = words

    def say(self, key: str, /, **values: object) -> str:
        return self.words.say(f"interview.{key}", **{name: self._word(value) for name, value in values.items()})

    def _word(self, value: object) -> object:
        if isinstance(value, tuple):
            return self.words.say("list_comma").join(self.words.word(each) for each in value)
        return value

    def remark(self, remark: Phrase) -> str:
        return self.hanging(self.say(f"remark.{remark.key}", **remark.parameters))

    def declined(self, code: str, parameters: dict[str, object]) -> str:
        return self.hanging(self.say(f"declined.{code}", **parameters))

    def hanging(self, text: str, indent: str = INDENT) -> str:
        return "\n".join(wrap(text, WIDTH, indent))

    def label(self, fact: str) -> str:
        return self.words.text(self.book.facts[fact].label)

    def strategy(self, name: str) -> str:
        """A strategy by its short name, or a level by its title."""
        if name in self.book.candidates:
            return self.words.text(self.book.candidates[name].short)
        return self.words.say(f"level.{name}.title")

    def theme(self, fact: str) -> str:
        """The heading of the topic that a fact belongs to."""
        theme = self.book.theme_of[fact]
        key = f"interview.theme.{theme}"
        return self.words.say(key) if self.words.has(key) else theme

    def heading(self, text: str) -> str:
        return f"-- {text} " + "-" * max(3, WIDTH - 4 - columns(text))

    # values

    def value(self, fact: str, given: Given, case: Case) -> str:
        """An answer in words, with what a rating means."""
        entry = self.book.facts[fact]
        if given.state == "unknown":
            return self.say("value.unknown")
        if given.state == "n/a":
            return self.words.say("not_applicable")
        if given.rows:
            return self.words.say("rows", count=len(given.rows))
        shown = self.words.value(fact, given.value, self.book, case.currency)
        anchor = entry.anchors.get(str(given.value)) if entry.type == "rating" else None
        return shown if anchor is None else self.say("value.anchored", value=shown, anchor=anchor)

    def exactly(self, fact: str, value: Value, currency: str) -> str:
        """A number with its unit and all its digits, an amount in words."""
        if self.book.facts[fact].unit == "money":
            return self.words.value(fact, value, self.book, currency)
        unit = self.book.units.get(self.book.facts[fact].unit or "")
        label = self.words.word(unit.label) if unit is not None else ""
        return f"{value} {label}".strip() if unit is None or unit.spaced else f"{value}{label}"

    def echo(self, fact: str, given: Given, case: Case) -> str:
        """What was understood, with large amounts also in digits."""
        shown = self.value(fact, given, case)
        amount = given.value
        if self.book.facts[fact].unit == "money" and isinstance(amount, int | float) and f"{amount:,}" not in shown:
            names = self.book.units["money"].currencies
            shown = self.say("value.amount", digits=f"{amount:,}", currency=names[case.currency], words=shown)
        text = self.hanging(self.say("echo", label=self.label(fact), value=shown), INDENT + " ")
        lines = ["  = " + text.lstrip()]
        if given.rows:
            lines += [INDENT + line for line in self.rows(fact, given, case)]
        return "\n".join(lines)

    def rows(self, fact: str, given: Given, case: Case) -> list[str]:
        """The rows of a table, aligned."""
        entry = self.book.facts[fact]
        cells = [[self.words.text(column.label) for column in entry.columns.values()]]
        cells += [[str(row.get(name, "?")) for name in entry.columns] for row in given.rows]
        return aligned(cells)

    def origin(self, fact: str, case: Case) -> str:
        """Where an answer comes from, since when, and whether that is too long ago."""
        given = case.facts[fact]
        if given.state != "given":
            return ""
        day = "" if given.as_of is None else given.as_of.isoformat()
        origin = self.words.say(f"origin.{given.source}") if given.source is not None else day
        if given.source is not None and day:
            origin = self.words.say("origin_as_of", origin=origin, day=day)
        return self.say("origin_stale", origin=origin) if case.stale(fact, self.book) else origin

    # questions

    def question(self, session: Session, question: Question, typical: Fact) -> str:
        """The whole question: why again, what, the options, and what is known already."""
        number = len(session.progress.asked) + (question.fact not in session.progress.asked)
        if question.fact in session.progress.asked:
            number = session.progress.asked.index(question.fact) + 1
        lines = [""]
        if question.fact in session.progress.recheck:
            cause = session.progress.recheck[question.fact]
            cause = self.label(cause) if cause in self.book.facts else cause
            lines.append(self.hanging(self.say("cause.recheck", cause=cause), ""))
        elif question.cause in ("later", "again"):
            lines.append(self.hanging(self.say(f"cause.{question.cause}"), ""))
        head = f"{number}. "
        first, *rest = wrap(self.words.text(typical.question), WIDTH - len(head))
        lines += [head + first, *(" " * len(head) + line for line in rest)]
        lines += self.options(typical)
        rated = any(self.book.facts[name].type == "rating" for name in session.progress.asked)
        hint = self.hint(typical, session.case)
        lines += [self.hanging(hint)] if hint and not (rated and typical.type == "rating") else []
        if question.fact in session.case.facts:
            value = self.value(question.fact, session.case.facts[question.fact], session.case)
            origin = self.origin(question.fact, session.case)
            shown = self.words.say("with_origin", value=value, origin=origin) if origin else value
            lines.append(self.hanging(self.say("now", value=shown)))
        return "\n".join(lines)

    def options(self, fact: Fact) -> list[str]:
        """The options of a choice with their letters, or the anchors of a rating."""
        if fact.type == "choice":
            shown = [(LETTERS[place], self.words.word(label)) for place, label in enumerate(fact.choices.values())]
        elif fact.type == "rating":
            shown = [(mark, self.words.text(anchor)) for mark, anchor in sorted(fact.anchors.items())]
        else:
            return []
        return [line for mark, text in shown for line in self._marked(mark, text)]

    def _marked(self, mark: str, text: str) -> list[str]:
        first, *rest = wrap(text, WIDTH - 6 - len(mark)) or [""]
        return [f"{INDENT}{mark}  {first}", *(f"{INDENT}{' ' * len(mark)}  {line}" for line in rest)]

    def hint(self, fact: Fact, case: Case) -> str:
        """What may be typed."""
        if fact.type == "number":
            label = self.words.word(self.book.units[fact.unit].label) if fact.unit is not None else ""
            if fact.unit == "money":
                return self.say("hint.money", currency=self.book.units["money"].currencies[case.currency])
            bounds = fact.range if fact.range and max(map(abs, fact.range)) <= 100 else None
            if bounds and (not label or fact.unit == "score"):
                between = self.say("hint.between", low=bounds[0], high=bounds[1])
                means = fact.unit == "score" and fact.help is not None  # a score means nothing without its scale
                return self.say("hint.scale", between=between, help=self._meaning(fact)) if means else between
            return self.say("hint.unit", unit=label) if label else self.say("hint.number")
        if fact.type == "table":
            names = tuple(column.label for column in fact.columns.values())
            return self.say("hint.table", columns=names)
        return self.say(f"hint.{fact.type}") if fact.type != "choice" else ""

    def help(self, fact: Fact, case: Case) -> str:
        """Definition, what to type, and the commands."""
        lines = [self.hanging(self.words.text(fact.label) + self.words.colon + self._meaning(fact))]
        lines += self.options(fact)
        hint = self.hint(fact, case)
        lines += [self.hanging(hint)] if hint else []
        if fact.who:
            who = tuple(self.words.say(f"catalogue.who.{each}") for each in fact.who if self._has_who(each))
            lines.append(self.hanging(self.say("help.who", who=who)))
        return "\n".join([*lines, self.commands()])

    def _has_who(self, who: str) -> bool:
        return self.words.has(f"catalogue.who.{who}")

    def _meaning(self, fact: Fact) -> str:
        return self.words.text(fact.help) if fact.help is not None else self.words.text(fact.question)

    def commands(self) -> str:
        """All that can be typed at any prompt."""
        return "\n".join(["", self.hanging(self.say("help.commands")), self.say("help.list").rstrip()])

    # lists

    def numbered(self, facts: Sequence[str], session: Session, numbers: Iterable[int]) -> list[str]:
        """Answers with number, value and origin, and whether they are in doubt."""
        rows = []
        case = session.case
        for number, fact in zip(numbers, facts, strict=False):
            given = case.facts[fact]
            shown = self.words.value(fact, given.value, self.book, case.currency)
            value = shown if given.state == "given" and not given.rows else self.value(fact, given, case)
            origin = self.origin(fact, case)
            if fact in session.progress.taken:
                taken = self.say("taken", file=session.progress.taken[fact])
                origin = self.say("origin_taken", origin=origin, taken=taken) if origin else taken
            if fact in session.progress.recheck:
                origin = self.say("origin_doubtful", origin=origin) if origin else self.say("in_doubt")
            rows.append([str(number), self.label(fact), value, origin])
        return [INDENT + line for line in aligned(rows)]

    def answered(self, case: Case) -> list[str]:
        """The answers that count: what a profile assumes and what only heads the report do not."""
        return [
            name
            for name, given in case.facts.items()
            if given.source != "profile" and self.book.facts[name].type != "text"
        ]

    def status(self, session: Session, outlook: Outlook) -> str:
        """One honest line: how much is answered, what leads, what can still change it."""
        states = [session.case.facts[name].state for name in self.answered(session.case)]
        unknown = states.count("unknown")
        answered = self.say("status.answered", count=len(states) - unknown)
        if unknown:
            answered = self.say("status.answered_unknown", count=len(states) - unknown, unknown=unknown)
        return self.hanging(self.say("status.line", answered=answered, outlook=self.standing(session, outlook)))

    def standing(self, session: Session, outlook: Outlook) -> str:
        """What leads, how firmly, and how many questions can still change it."""
        name = outlook.recommendation.outcome
        words: dict[str, object] = {"leader": self.strategy(name), "count": outlook.can_still_change}
        mode = session.progress.mode
        if not outlook.suggestions or (not outlook.can_still_change and outlook.settled != "all"):
            return self.say(f"status.none_{mode}", **words)
        if outlook.settled == "all":
            return self.say(f"status.all_{mode}", **words)
        if outlook.settled == "primary":
            return self.say(f"status.primary_{mode}", **words)
        likeliest, share = outlook.shares[0] if outlook.shares else (name, 0.0)
        if not share:
            return self.say("status.provisional", **words)
        words |= {"leader": self.strategy(likeliest), "share": self.percent(share, proven=False)}
        return self.say(f"status.{outlook.settled}", **words)

    def percent(self, share: float, *, proven: bool) -> str:
        """A share of the completions; they are a sample, so that all of them alike prove nothing yet."""
        whole = round(100 * share)
        if whole == 100 and not proven:
            return self.say("nearly_all", share=self.words.quantity(99, "percent", self.book, ""))
        return self.words.quantity(whole, "percent", self.book, "")

    def rivals(self, outlook: Outlook, suggestion: Suggestion) -> tuple[str, ...]:
        """What an answer could change, in words, apart from what is recommended already."""
        return tuple(self.strategy(name) for name in suggestion.can_change if name != outlook.recommendation.primary)

    def facts_worth(self, outlook: Outlook, most: int) -> list[str]:
        """The facts most worth finding out, with who may know and what they could change."""
        lines = []
        ranked = sorted(outlook.suggestions, key=lambda suggestion: not self.rivals(outlook, suggestion))
        for number, suggestion in enumerate(ranked[:most], start=1):
            fact = self.book.facts[suggestion.fact]
            lines += [
                f"{INDENT}{number}. " + line if not index else f"{INDENT}   " + line
                for index, line in enumerate(wrap(self.words.text(fact.question), WIDTH - 6))
            ]
            names = self.rivals(outlook, suggestion)[:3]
            if names:
                lines.append(self.hanging(self.say("could_change", strategies=names), INDENT * 2))
            who = tuple(self.words.say(f"catalogue.who.{each}") for each in fact.who if self._has_who(each))
            if who:
                lines.append(self.hanging(self.say("help.who", who=who), INDENT * 2))
        return lines

    def disagreement(self, found: Disagreement, ours: Case, theirs: Case) -> str:
        """Two answers side by side."""
        rows = []
        for number, case in enumerate((ours, theirs), start=1):
            given = case.facts[found.fact]
            rows.append(
                [
                    str(number),
                    case.file,
                    self.value(found.fact, given, case),
                    self.origin(found.fact, case),
                    given.note or "",
                ]
            )
        first = wrap(self.words.text(self.book.facts[found.fact].question), WIDTH)
        return "\n".join(["", self.label(found.fact), *first, *(INDENT + line for line in aligned(rows))])


def aligned(rows: Sequence[Sequence[str | Label]]) -> list[str]:
    """Rows as lines whose columns begin at the same place, whatever the width of the characters."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(columns(row[place]) for row in texts) for place in range(len(texts[0]))] if texts else []
    return [
        "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]
