"""The texts of the rulebook as readers meet them: both languages, the marks and words of each, and lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from kam_expert.maintenance.findings import Found, Subject, entry_id, found_at
from kam_expert.reports.text import columns
from kam_expert.rulebook.reading import Placed
from kam_expert.rulebook.schema import Entry, Source, Text

HAN = "\u4e00-\u9fff"
_HAN = re.compile(f"[{HAN}]")
_BESIDE = f"[{HAN}，。；：？！、“”（）《》]"
_CODE = re.compile(r"`[^`]*`")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Said:
    """One text with its place; `entry`: the nearest thing with an id; `field`: the field it stands in."""

    placed: Placed[Entry]
    path: tuple[str | int, ...]
    entry: str
    field: str
    text: Text

    def found(self, language: str, **parameters: object) -> Found:
        """Something found in one language of this text."""
        path = (*self.path, language)
        where = ".".join(str(step) for step in self.path)
        return found_at(self.placed, *path, entry=self.entry, path=where, language=language, **parameters)


def texts_of(subject: Subject) -> Iterator[Said]:
    """Every text of the rulebook in both languages. Works are left out: they are cited in the language they have."""
    for placed in subject.placed():
        if not isinstance(placed.entry, Source):
            yield from _texts(placed, placed.entry, (), entry_id(placed), "")


def _texts(placed: Placed[Entry], value: object, path: tuple[str | int, ...], entry: str, field: str) -> Iterator[Said]:
    if isinstance(value, Text):
        yield Said(placed, path, entry, field, value)
    elif isinstance(value, Entry):
        entry = str(getattr(value, "id", "")) or entry
        for name, described in type(value).model_fields.items():
            written = described.alias or name
            yield from _texts(placed, getattr(value, name), (*path, written), entry, written)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _texts(placed, each, (*path, index), entry, field)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(placed, each, (*path, key), entry, field)


def texts_too_long(subject: Subject) -> Iterator[Found]:
    """Texts wider than a table or heading has room for, in columns of a terminal (a Chinese character takes two)."""
    for said in texts_of(subject):
        for language, usage in subject.usage.items():
            width = columns(said.text.in_(language))
            for limit in usage.longest:
                exempt = said.placed.document.file in limit.unless_in
                if said.field in limit.fields and width > limit.columns and not exempt:
                    yield said.found(language, width=width, most=limit.columns, reason=limit.reason)


def texts_the_same_in_both(subject: Subject) -> Iterator[Found]:
    """Texts with the same words in both languages."""
    for said in texts_of(subject):
        if said.text.en == said.text.zh and _LETTER.search(said.text.en):
            yield said.found("zh", text=said.text.zh)


def chinese_without_chinese(subject: Subject) -> Iterator[Found]:
    """Texts under `zh` without a Chinese character."""
    for said in texts_of(subject):
        if said.text.en != said.text.zh and _LETTER.search(said.text.zh) and not _HAN.search(said.text.zh):
            yield said.found("zh", text=said.text.zh)


def english_with_chinese(subject: Subject) -> Iterator[Found]:
    """Texts under `en` with a Chinese character."""
    for said in texts_of(subject):
        if said.text.en != said.text.zh and _HAN.search(said.text.en):
            yield said.found("en", text=said.text.en)


def half_width_marks(subject: Subject) -> Iterator[Found]:
    """English marks beside Chinese characters; code in backticks is left alone."""
    marks = subject.usage["zh"].marks
    one = "[" + re.escape("".join(marks)) + "]"
    beside = re.compile(f"(?<={_BESIDE}){one}|{one}(?={_BESIDE})")
    for said in texts_of(subject):
        wrong = dict.fromkeys(beside.findall(_CODE.sub("", said.text.zh)))
        if wrong:
            yield said.found("zh", marks=" ".join(wrong), instead=" ".join(marks[each] for each in wrong))


def banned_words(subject: Subject) -> Iterator[Found]:
    """Words that the language's list refuses."""
    for said in texts_of(subject):
        for language, usage in subject.usage.items():
            text = said.text.in_(language)
            for banned in usage.banned:
                rest = text
                for allowed in banned.unless:
                    rest = rest.replace(allowed, "")
                for word in banned.words:
                    if _holds(rest, word):
                        yield said.found(language, word=word, instead=banned.instead)


def _holds(text: str, word: str) -> bool:
    """Whether a word stands in a text; in a script with spaces, as a word of its own."""
    if not word.isascii() or not word[0].isalnum():
        return word in text
    return re.search(rf"\b{re.escape(word)}\b", text, re.I) is not None


def texts_still_to_be_written(subject: Subject) -> Iterator[Found]:
    """Entries with texts that a template left to be written, each entry once per language."""
    marked = (
        (said, language)
        for said in texts_of(subject)
        for language, usage in subject.usage.items()
        if said.text.in_(language).startswith(usage.placeholder)
    )
    for _, group in groupby(marked, key=lambda pair: (id(pair[0].placed), pair[0].entry)):
        texts = list(group)
        said, language = texts[0]
        yield said.found(language, count=len(texts))
