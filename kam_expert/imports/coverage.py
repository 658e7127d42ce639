"""What an import used and left, and what is known of the accounts now: the report, and the same as plain values."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kam_expert.diagnosis import diagnose
from kam_expert.imports.case_files import ImportedCase
from kam_expert.imports.importing import Imported
from kam_expert.imports.joining import Join
from kam_expert.imports.tables import ColumnUse
from kam_expert.problems import Phrase
from kam_expert.reports.document import Block, Bullets, Document, Pairs, Paragraph, Section, Table
from kam_expert.wording import Wording

MOST_SHOWN = (
    12  # lines of a list, of which the whole stands in the files; accounts that are diagnosed for their questions
)
QUESTIONS_EACH = 3


class Coverage:
    """The report of one import in one language."""

    def __init__(self, imported: Imported, words: Wording) -> None:
        self.imported = imported
        self.words = words
        self.book = imported.model.book
        self.asked = {each.case.id: self.next_questions(each) for each in imported.cases[:MOST_SHOWN]}

    def say(self, key: str, /, **parameters: object) -> str:
        return self.words.say(f"import.{key}", **parameters)

    def said(self, phrase: Phrase) -> str:
        return self.words.word(phrase)

    def label(self, fact: str) -> str:
        return self.words.text(self.book.label(fact))

    def next_questions(self, each: ImportedCase) -> tuple[str, ...]:
        """The questions whose answers bear most on the advice for an account."""
        return tuple(question.fact for question in diagnose(each.case, self.book).questions)

    def answered(self, each: ImportedCase) -> int:
        """How many of the core questions an account has an answer to."""
        return sum(
            1 for name, given in each.case.facts.items() if self.book.facts[name].core and given.state != "unknown"
        )

    # in words

    def document(self) -> Document:
        imported = self.imported
        parameters = {"count": len(imported.cases), "mapping": self.words.text(imported.mapping.label)}
        sections = [
            Section(self.say("files"), tuple(self.files())),
            Section(self.say("columns"), tuple(self.columns())),
            Section(self.say("joins"), tuple(self.joins())),
            Section(self.say("facts"), tuple(self.facts())),
            Section(self.say("questions"), tuple(self.questions())),
            Section(self.say("disagreements"), tuple(self.disagreements())),
            Section(self.say("rejects"), tuple(self.rejects())),
        ]
        as_of = self.say("title", **parameters, as_of=imported.figures.as_of)
        return Document(as_of, tuple(section for section in sections if section.blocks))

    def files(self) -> list[Block]:
        headers = tuple(self.say(f"head.{name}") for name in ("file", "table", "rows"))
        rows = []
        for file, table, count in self.imported.files:
            label = (
                self.say("left_out")
                if table is None
                else self.words.text(self.imported.model.entry.tables[table].label)
            )
            rows.append((file, label, self.words.plain(count)))
        notices = [(f"{each.file}{self.words.colon}{self.said(each.says)}", ()) for each in self.imported.found.notices]
        blocks: list[Block] = [Table(headers, tuple(rows), (50, 30, 12))]
        return [*blocks, Bullets(tuple(notices))] if notices else blocks

    def columns(self) -> list[Block]:
        used = self.imported.found.columns
        headers = tuple(self.say(f"head.{name}") for name in ("file", "column", "field", "evidence"))
        mapped = [use for use in used if use.field is not None]
        rows = tuple(
            (use.file, use.column, self.use(use), self.say("gap").join(map(self.said, use.says))) for use in mapped
        )
        blocks: list[Block] = [Table(headers, rows, (28, 18, 22, 32))]
        lists = []
        for kind in ("ignored", "unmapped", "doubtful"):
            names = [self.in_list(use) for use in used if use.use == kind]
            if names:
                lists.append((self.say(f"use.{kind}"), self.words.join(names)))
        return [*blocks, Pairs(tuple(lists))] if lists else blocks

    def use(self, use: ColumnUse) -> str:
        """The field of a column, and the question that it answers by itself, if any."""
        shape = self.imported.model.field(use.table, str(use.field))
        return self.words.text(shape.label) + ("" if use.use == "mapped" else f" ({self.say(f'use.{use.use}')})")

    def in_list(self, use: ColumnUse) -> str:
        near = "" if use.field is not None else "".join(self.said(each) for each in use.says)
        return f"{use.column}{near}"

    def joins(self) -> list[Block]:
        joined = self.imported.joined
        items = [(self.joined_line(each), tuple(self.alike_lines(each))) for each in joined.joins]
        for one, other in joined.same_name:
            places = {f"{key}_line": str(each.record.line) for key, each in (("one", one), ("other", other))}
            items.append((self.say("same_name", one=one.name, other=other.name, **places), ()))
        if joined.rolled:
            rolled = len(joined.tops) < len(joined.accounts)
            names = tuple(f"{child.name} → {parent.name}" for child, parent in joined.rolled[:MOST_SHOWN])
            items.append((self.say("rolled_up" if rolled else "parents_kept", count=len(joined.rolled)), names))
        return [Bullets(tuple(items))] if items else []

    def joined_line(self, join: Join) -> str:
        tables = self.imported.model.entry.tables
        return self.say(
            "joined",
            table=tables[join.table].label,
            to=tables[join.to].label,
            field=self.imported.model.field(join.table, join.field).label,
            exact=join.exact,
            alike=sum(join.alike.values()),
            blank=join.blank,
            missing=join.missing,
        )

    def alike_lines(self, join: Join) -> list[str]:
        pairs = sorted(join.alike.items(), key=lambda each: -each[1])
        return [self.say("alike", written=one, joined=other, rows=rows) for (one, other), rows in pairs[:MOST_SHOWN]]

    def facts(self) -> list[Block]:
        cases = self.imported.cases
        counts = Counter(name for each in cases for name in each.case.facts)
        added = Counter(name for each in cases for name in each.merged.added)
        headers = tuple(self.say(f"head.{name}") for name in ("fact", "accounts", "by_hand", "example"))
        rows = []
        for name in self.book.facts:
            if counts[name]:
                shown = next(each.case for each in cases if name in each.case.facts)
                given = shown.facts[name]
                value = self.words.value(name, given.value, self.book, shown.currency)
                note = f" ({given.note})" if given.note else ""
                rows.append((self.label(name), str(counts[name]), str(added[name] or ""), value + note))
        blocks: list[Block] = [Table(headers, tuple(rows), (26, 9, 9, 56))] if rows else []
        lacking = [
            f"{self.label(fact)}{self.lacks(fact)}" for fact in self.imported.model.entry.facts if not counts[fact]
        ]
        return [*blocks, Pairs(((self.say("not_derived"), self.words.join(lacking)),))] if lacking else blocks

    def lacks(self, fact: str) -> str:
        """What a fact that follows from rows for no account would need: tables that are not there, if that is it."""
        tables = dict.fromkeys(self.imported.figures.tables_behind(fact))
        if not tables or set(tables) & set(self.imported.joined.tables):
            return ""
        entry = self.imported.model.entry
        labels = self.words.join([self.words.text(entry.tables[table].label) for table in tables])
        return self.say("needs_tables", tables=labels)

    def questions(self) -> list[Block]:
        cases = self.imported.cases
        core = sum(1 for fact in self.book.facts.values() if fact.core)
        headers = tuple(self.say(f"head.{name}") for name in ("account", "answered", "ask"))
        rows = tuple(
            (
                each.case.name,
                self.say("of", count=self.answered(each), core=core),
                self.words.join([self.label(fact) for fact in self.asked[each.case.id][:QUESTIONS_EACH]]),
            )
            for each in cases[:MOST_SHOWN]
        )
        blocks: list[Block] = [Table(headers, rows, (28, 12, 60))]
        if len(cases) > MOST_SHOWN:
            blocks.append(Paragraph(self.say("more_accounts", count=len(cases) - MOST_SHOWN)))
        ranked = Counter(fact for facts in self.asked.values() for fact in facts[:QUESTIONS_EACH])
        items = [
            (self.say("asked", fact=self.label(fact), count=count), ())
            for fact, count in ranked.most_common(MOST_SHOWN)
        ]
        if items:
            blocks += [Paragraph(self.say("ask_next", count=len(self.asked))), Bullets(tuple(items), numbered=True)]
        return blocks

    def disagreements(self) -> list[Block]:
        items = []
        for each in self.imported.cases:
            for found in each.merged.disagreements:
                values = {
                    key: self.words.value(found.fact, given.value, self.book, each.case.currency)
                    for key, given in (("imported", found.imported), ("written", found.written), ("kept", found.kept))
                }
                line = self.say("disagreement", fact=self.label(found.fact), file=found.file, **values)
                items.append((f"{each.case.name}{self.words.colon}{line}", ()))
        return [Bullets(tuple(items))] if items else []

    def rejects(self) -> list[Block]:
        rejects = self.imported.rejects
        if not rejects:
            return []
        headers = tuple(self.say(f"reject.{name}") for name in ("file", "line", "column", "found", "why"))
        rows = tuple(
            (each.file, str(each.line), each.column, each.found, self.said(each.why)) for each in rejects[:MOST_SHOWN]
        )
        blocks: list[Block] = [
            Paragraph(self.say("rejects_count", count=len(rejects))),
            Table(headers, rows, (24, 6, 14, 20, 36)),
        ]
        return blocks

    # as plain values

    def json(self) -> dict[str, Any]:
        imported = self.imported
        return {
            "mapping": imported.mapping.mapping,
            "as_of": imported.figures.as_of.isoformat(),
            "files": [{"file": file, "table": table, "rows": rows} for file, table, rows in imported.files],
            "notices": [{"file": each.file, "says": self.said(each.says)} for each in imported.found.notices],
            "columns": [
                {
                    "file": use.file,
                    "table": use.table,
                    "column": use.column,
                    "use": use.use,
                    "field": use.field,
                    "evidence": [self.said(each) for each in use.says],
                }
                for use in imported.found.columns
            ],
            "joins": [
                {
                    "table": each.table,
                    "to": each.to,
                    "exact": each.exact,
                    "alike": [
                        {"written": one, "joined": other, "rows": rows} for (one, other), rows in each.alike.items()
                    ],
                    "blank": each.blank,
                    "missing": each.missing,
                }
                for each in imported.joined.joins
            ],
            "same_name": [[one.name, other.name] for one, other in imported.joined.same_name],
            "accounts": [
                {
                    "case": each.case.id,
                    "name": each.case.name,
                    "facts": sorted(each.case.facts),
                    "answered": self.answered(each),
                    "ask": list(self.asked.get(each.case.id, ())[:QUESTIONS_EACH]),
                    "disagreements": [found.fact for found in each.merged.disagreements],
                }
                for each in imported.cases
            ],
            "rejects": [
                {
                    "file": each.file,
                    "line": each.line,
                    "column": each.column,
                    "found": each.found,
                    "why": self.said(each.why),
                }
                for each in imported.rejects
            ],
        }
