"""Accounts to cases: one per account, each fact with its source, its date and a note of what it was counted from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kam_expert.case import Case, Given
from kam_expert.imports.deriving import Answer, Figures, Taken
from kam_expert.imports.entries import Mapping
from kam_expert.imports.findings import Reject
from kam_expert.imports.joining import Account, Joined
from kam_expert.imports.mapping import ACCOUNTS, Model
from kam_expert.imports.overlay import HandWritten, Merged, merge
from kam_expert.imports.sheets import quoted
from kam_expert.problems import Phrase
from kam_expert.rulebook.fact_values import Refused, read_value
from kam_expert.rulebook.schema import Fact
from kam_expert.wording import Wording

LONGEST_ID = 60
_NAME_SIGNS = re.compile(r"\b[a-z][a-z0-9_]*\b")


@dataclass(frozen=True)
class ImportedCase:
    """A case with the account it stands for, and what the overlay did to it."""

    case: Case
    account: Account
    merged: Merged


class CaseBuilder:
    """Builds the cases of one import; what a fact cannot take is rejected."""

    def __init__(
        self,
        joined: Joined,
        figures: Figures,
        model: Model,
        mapping: Mapping,
        words: Wording,
        profile: str | None,
        currency: str,
    ) -> None:
        self.joined = joined
        self.figures = figures
        self.model = model
        self.book = model.book
        self.mapping = mapping
        self.words = words
        self.profile = profile
        self.currency = currency
        self.rejects: list[Reject] = []
        self.taken: set[str] = set()

    def cases(self, overlay: Sequence[HandWritten]) -> tuple[ImportedCase, ...]:
        """One case per account, in the order of the file."""
        written = self.matched(overlay)
        return tuple(self.case(account, written.get(account.key, [])) for account in self.joined.tops)

    def matched(self, overlay: Sequence[HandWritten]) -> dict[int, list[HandWritten]]:
        """Hand-written accounts by the account they mean; one that is not there is rejected."""
        keys: dict[str, int] = {}
        for account in self.joined.tops:
            for name in (account.id, account.name):
                if name is not None:
                    keys.setdefault(name, account.key)
        found: dict[int, list[HandWritten]] = {}
        for each in overlay:
            if each.name in keys:
                found.setdefault(keys[each.name], []).append(each)
            else:
                self.rejects.append(Reject(each.file, each.line, "", each.name, Phrase("import.overlay_unknown")))
        return found

    def case(self, account: Account, overlay: list[HandWritten]) -> ImportedCase:
        facts: dict[str, Given] = {}
        answers = {answer.fact: answer for answer in self.figures.answers(account)}
        stated = self.stated(account)
        for name, fact in self.book.facts.items():
            given = None
            if name in answers:
                given = self.derived(account, fact, answers[name], stated.get(name))
            facts.update({} if (given or stated.get(name)) is None else {name: given or stated[name]})
        merged = merge(facts, overlay)
        industry = next((str(each.value) for name, each in merged.facts.items() if name == "industry"), None)
        case_id = self.case_id(account)
        case = Case(
            id=case_id,
            file=f"{case_id}.yaml",
            name=account.name,
            industry=industry,
            currency=self.currency,
            as_of=self.figures.as_of,
            profile=self.profile,
            facts={name: merged.facts[name] for name in self.book.facts if name in merged.facts},
            chosen=merged.chosen,
        )
        return ImportedCase(case, account, merged)

    def case_id(self, account: Account) -> str:
        """The name as a file may be called, with a number if another account has it already."""
        plain = unicodedata.normalize("NFKC", account.name).casefold()
        stem = "-".join(re.findall(r"[^\W_]+", plain))[:LONGEST_ID].strip("-") or f"account-{account.key + 1}"
        found, number = stem, 1
        while found in self.taken:
            number += 1
            found = f"{stem}-{number}"
        self.taken.add(found)
        return found

    def stated(self, account: Account) -> dict[str, Given]:
        """What the row of the account itself answers."""
        found: dict[str, Given] = {}
        record = account.record
        table = self.joined.tables.get(ACCOUNTS)
        for field in self.mapping.tables[ACCOUNTS].columns if table is not None else ():
            shape = self.model.field(ACCOUNTS, field)
            if shape.fact is None or field not in record.values:
                continue
            fact = self.book.facts[shape.fact]
            value = record.values[field]
            given = self.checked(fact, value, record.file, record.line, self.words.text(shape.label))
            if given is not None:
                note = self.words.say("import.note.cell", file=record.file, line=str(record.line))
                found[shape.fact] = replace(given, source="document", note=note)
        return found

    def checked(self, fact: Fact, value: object, file: str, line: int, column: str) -> Given | None:
        """A value as the fact takes it; what it does not take is rejected."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        try:
            return Given("given", read_value(fact, value, self.book.units))
        except Refused as refused:
            parameters = dict(refused.problems[0].parameters)
            why = Phrase("import.fact_refused", {"fact": fact.label, "allowed": self.allowed(fact, parameters)})
            self.rejects.append(Reject(file, line, column, quoted(value), why))
            return None

    def allowed(self, fact: Fact, parameters: dict[str, object]) -> object:
        if fact.choices:
            return ", ".join(f"{name} ({self.words.text(label)})" for name, label in fact.choices.items())
        if fact.range is not None:
            return Phrase("import.between", {"low": fact.range[0], "high": fact.range[1]})
        return parameters.get("expected", "")

    def derived(self, account: Account, fact: Fact, answer: Answer, stated: Given | None) -> Given | None:
        """A fact that follows from rows, with its provenance, and with a cell of the account that says otherwise."""
        record = account.record
        given = self.checked(fact, answer.value, record.file, record.line, self.words.text(fact.label))
        if given is None:
            return None
        note = self.note(answer)
        if stated is not None and stated.value != given.value:
            shown = self.words.value(fact.id, stated.value, self.book, self.currency)
            note = self.words.join([note, self.words.say("import.note.stated", value=shown)])
        return replace(given, source=answer.source, note=note, as_of=answer.as_of)

    def note(self, answer: Answer) -> str:
        """File, rows, formula and period in one line."""
        say = self.words.say
        parts = [] if answer.way.note is None else [self.words.text(answer.way.note)]
        if answer.way.formula is not None and len(answer.figures) > 1:
            parts.append("= " + self.in_words(answer.way.formula))
        figures = [taken for taken in answer.figures if taken.value is not None]
        together = len({taken.period for taken in figures}) == 1
        parts += [self.figure(taken, dated=not together) for taken in figures]
        return say("import.note.separator").join(parts) + (self.period(figures[0]) if figures and together else "")

    def in_words(self, formula: str) -> str:
        """A formula with the labels of its figures."""

        def label(match: re.Match[str]) -> str:
            figure = self.model.entry.figures.get(match.group())
            if figure is None:
                return self.words.say("import.note.today") if match.group() == "today" else match.group()
            return f"[{self.words.text(figure.label)}]"

        return _NAME_SIGNS.sub(label, formula).replace("*", "×")

    def figure(self, taken: Taken, *, dated: bool) -> str:
        """One figure: its value, how it was taken, from how many rows of which files, over which days."""
        entry = self.model.entry.figures[taken.name]
        day = entry.take in ("first", "last")
        value = str(date.fromordinal(int(taken.value or 0))) if day else self.words.plain(taken.value or 0)
        text = self.words.say(
            "import.note.figure",
            take=Phrase(f"import.take.{entry.take}"),
            label=entry.label,
            value=value,
            rows=taken.rows,
            of=taken.of,
            files=self.words.join(list(taken.files)),
        )
        if taken.without:
            text += self.words.say("import.note.without", count=taken.without)
        return text + (self.period(taken) if dated else "")

    def period(self, taken: Taken) -> str:
        """The days that were counted, and how many of them the records hold."""
        period = taken.period
        if period is None:
            return ""
        text = self.words.say("import.note.period", begin=period.begin, end=period.end)
        if period.records is not None:
            key = "import.note.scaled" if period.scaled else "import.note.partial"
            text += self.words.say(key, months=period.records, begin=period.records_begin)
        return text

    def comment(self, imported: ImportedCase, files: Iterable[str]) -> str:
        """The head of a case file: where it comes from and where judgement belongs."""
        say = self.words.say
        lines = [IMPORTED_MARK, say("import.comment", mapping=self.mapping.mapping, files=", ".join(files))]
        own = imported.account
        if own.id is not None:
            lines.append(say("import.comment_id", id=own.id, file=own.record.file, line=str(own.record.line)))
        if len(own.members) > 1:
            names = [self.joined.accounts[key].name for key in own.members[1:]]
            lines.append(say("import.comment_members", names=self.words.join(names)))
        lines.append(say("import.comment_overlay"))
        for each in imported.merged.disagreements:
            name = each.fact
            values = {
                key: self.words.value(name, given.value, self.book, self.currency)
                for key, given in (("imported", each.imported), ("written", each.written), ("kept", each.kept))
            }
            lines.append(say("import.disagreement", fact=self.book.label(name), file=each.file, **values))
        return "\n".join(lines)


IMPORTED_MARK = "Imported by kam-expert / 由 kam-expert 导入"
"""How the first line of an imported case file reads; a file that begins otherwise is never overwritten."""
