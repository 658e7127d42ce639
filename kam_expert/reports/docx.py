"""A report as a Word file: headings, contents, captions and fields of Word's own, in our template or a client's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from docx.document import Document as Word
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

from kam_expert.reports import docx_template
from kam_expert.reports.document import About, Document
from kam_expert.reports.docx_blocks import Ground, Writer, is_short
from kam_expert.reports.docx_charts import Charts
from kam_expert.reports.docx_package import MADE_WITH, described, packed
from kam_expert.reports.docx_placeholders import placeholders, replaced, roots
from kam_expert.reports.docx_styles import adopted, set_closer
from kam_expert.reports.docx_template import CONTENTS, INLINE, NAMES, REPORT
from kam_expert.reports.docx_xml import Letters, legal, name_of, rooted
from kam_expert.reports.text import shortened
from kam_expert.wording import Wording, languages, wording

EAST_ASIAN = {"zh": "zh-CN"}  # languages that are written in Chinese characters, as Word calls them
LATIN = {"en": "en-GB"}
MARGIN_COLUMNS = 60  # of a value in a header or a footer, which is to stay one line
A4_ROOM = 9412  # between the margins of our own page, in twips
SECTION = name_of("w:sectPr")


def render(
    documents: Sequence[Document], about: Sequence[About], words: Wording, template: Path | None = None
) -> bytes:
    """The documents, each about one account, as one Word file. Raises TemplateRefused."""
    ours = docx_template.ours()
    names = _names()
    if template is None and all(is_short(document) for document in documents):
        set_closer(ours)
    word = ours if template is None else docx_template.opened(template, names)
    found = [each for root in roots(word) for each in placeholders(root)]
    place = {kind: next((f for f in found if names[f.name.lower()] == kind), None) for kind in (*INLINE, *NAMES)}
    report = place[REPORT]
    assert report is not None
    writer = Writer(words, _ground(word, ours, report.paragraph, words))
    titled = place["title"] is None or len(documents) > 1
    listed = place[CONTENTS] is None and not _has_contents(word)
    pieces = [
        writer.document(document, about_line(each, words), titled=titled, contents=listed)
        for document, each in zip(documents, about, strict=True)
    ]
    _put(report.paragraph, "".join(pieces))
    contents = place[CONTENTS]
    if contents is not None:
        _put(contents.paragraph, writer.contents_of_all())
    values = _values(documents, about, words)
    short = {name: shortened(value, MARGIN_COLUMNS) for name, value in values.items()}
    for each in found:
        replaced(
            each.paragraph,
            partial(_value, names, short if each.in_margin else values),
            EAST_ASIAN.get(words.language, ""),
        )
    day = max(each.day for each in about)
    language = EAST_ASIAN.get(words.language) or LATIN.get(words.language, words.language)
    versions = tuple(dict.fromkeys(each.rulebook for each in about if each.rulebook))
    described(
        word,
        day,
        title=values["title"],
        subject=values["account"],
        keywords=words.comma.join((MADE_WITH, *versions)) if versions else "",
        language=language,
        handed_over=any(document.handed_over for document in documents),
    )
    return packed(word, day)


def about_line(about: About, words: Wording) -> str:
    """What stands below a title."""
    parts = [about.account, words.say("word.as_of", day=_day(about.day, words))]
    if about.rulebook:
        parts.append(words.say("word.rulebook", version=about.rulebook))
    return words.say("word.apart").join(parts)


def _day(day: date, words: Wording) -> str:
    return words.say("word.day", year=str(day.year), month=words.say(f"word.month.{day.month}"), day=str(day.day))


def _names() -> dict[str, str]:
    """What a placeholder may be called, in small letters: the English names everywhere, and those of each language."""
    found = {name: name for name in NAMES}
    for language in languages():
        found |= {wording(language).say(f"word.placeholder.{name}").lower(): name for name in NAMES}
    return found


def _values(documents: Sequence[Document], about: Sequence[About], words: Wording) -> dict[str, str]:
    several = words.say("page.accounts", count=len(documents))
    return {
        "title": documents[0].title if len(documents) == 1 else several,
        "account": about[0].account if len(documents) == 1 else several,
        "date": _day(max(each.day for each in about), words),
        "rulebook": words.comma.join(dict.fromkeys(each.rulebook for each in about if each.rulebook)),
    }


def _value(names: Mapping[str, str], values: Mapping[str, str], name: str) -> str | None:
    value = values.get(names[name.lower()])
    return None if value is None else legal(value)


def _ground(word: Word, ours: Word, paragraph: BaseOxmlElement, words: Wording) -> Ground:
    styles = adopted(word, ours)
    room = _room(docx_template.section_after(paragraph))
    east_asian = EAST_ASIAN.get(words.language, "")
    named = "" if word is ours else east_asian
    return Ground(
        styles.styles,
        Letters(bool(east_asian), named),
        room,
        styles.bullets,
        styles.new_list,
        None if styles.chapters is None else styles.new_chapters,
        Charts(word, room / 20, EAST_ASIAN.get(words.language) or LATIN.get(words.language, words.language)).added,
    )


def _room(section: BaseOxmlElement | None) -> int:
    """Between the margins, in twips; in several columns, the width of one."""
    page, margins = (None if section is None else section.find(name_of(f"w:{name}")) for name in ("pgSz", "pgMar"))
    if section is None or page is None or margins is None:
        return A4_ROOM
    width, left, right, gutter = (
        int(float(element.get(name_of(f"w:{name}")) or 0))
        for element, name in ((page, "w"), (margins, "left"), (margins, "right"), (margins, "gutter"))
    )
    room = width - abs(left) - abs(right) - gutter
    columns = section.find(name_of("w:cols"))
    count = 1 if columns is None else int(columns.get(name_of("w:num")) or 1)
    gap = 0 if columns is None else int(columns.get(name_of("w:space")) or 720)
    return max((room - gap * (count - 1)) // count, A4_ROOM // 4)


def _has_contents(word: Word) -> bool:
    return any(
        (each.text or "").strip().upper().startswith("TOC") for each in word.element.body.iter(name_of("w:instrText"))
    )


def _put(paragraph: BaseOxmlElement, content: str) -> None:
    """The content in place of a paragraph; a section that ends with the paragraph still ends there."""
    for each in list(parse_xml(rooted(content))):
        paragraph.addprevious(each)
    parent = paragraph.getparent()
    assert parent is not None
    ending = paragraph.find(f"{name_of('w:pPr')}/{SECTION}")
    if ending is None:
        parent.remove(paragraph)
        return
    for each in list(paragraph):
        if each.tag != name_of("w:pPr"):
            paragraph.remove(each)
