"""Placeholders such as `{{account}}` in a Word file, also where Word has split them over several runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.parser import parse_xml
from docx.oxml.text.run import CT_R
from docx.oxml.xmlchemy import BaseOxmlElement

from kam_expert.reports.docx_xml import NAMESPACES, name_of
from kam_expert.reports.placeholder import PATTERN

PARAGRAPH, TEXT, BODY = name_of("w:p"), name_of("w:t"), name_of("w:body")
PRESERVED = "{http://www.w3.org/XML/1998/namespace}space"
MARGINS = frozenset({name_of("w:hdr"), name_of("w:ftr")})
AROUND = frozenset({BODY, name_of("w:sdtContent"), name_of("w:sdt")})


@dataclass(frozen=True)
class Found:
    """A placeholder where it stands. `alone`: nothing else in its paragraph. `outside`: not in a table or box.

    `in_margin`: in a header or a footer.
    """

    name: str
    paragraph: BaseOxmlElement
    alone: bool
    outside: bool
    in_margin: bool


def roots(template: Word) -> Iterator[BaseOxmlElement]:
    """The body, and all headers and footers."""
    yield template.element.body
    for relation in template.part.rels.values():
        if relation.reltype in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER):
            yield relation.target_part.element


def placeholders(root: BaseOxmlElement) -> list[Found]:
    found = []
    for paragraph in root.iter(PARAGRAPH):
        text = "".join(each.text or "" for each in _texts(paragraph))
        for match in PATTERN.finditer(text):
            alone = text.strip() == match[0]
            found.append(Found(match[1], paragraph, alone, _outside(paragraph), root.tag in MARGINS))
    return found


def _texts(paragraph: BaseOxmlElement) -> list[BaseOxmlElement]:
    """The texts of a paragraph, without those of paragraphs in a box within it."""
    return [each for each in paragraph.iter(TEXT) if next(each.iterancestors(PARAGRAPH)) is paragraph]


def _outside(paragraph: BaseOxmlElement) -> bool:
    above = [each.tag for each in paragraph.iterancestors()]
    return BODY in above and set(above[: above.index(BODY) + 1]) <= AROUND


def replaced(paragraph: BaseOxmlElement, value: Callable[[str], str | None], language: str) -> None:
    """Each placeholder gives way to its value, in the letters of the run in which it begins; None leaves it.

    `language`: the East Asian language of the value, empty if it is none.
    """
    texts = _texts(paragraph)
    whole = "".join(each.text or "" for each in texts)
    for match in reversed(list(PATTERN.finditer(whole))):
        new = value(match[1])
        if new is None:
            continue
        place, written = 0, False
        for each in texts:
            text = each.text or ""
            start, end = max(match.start() - place, 0), min(match.end() - place, len(text))
            if start < end:
                each.text = text[:start] + ("" if written else new) + text[end:]
                each.set(PRESERVED, "preserve")
                if language and not written:
                    _speak(each.getparent(), language)
                written = True
            place += len(text)


def _speak(run: BaseOxmlElement | None, language: str) -> None:
    """A run takes the shapes that punctuation has in a language."""
    if not isinstance(run, CT_R):
        return
    properties = run.get_or_add_rPr()
    properties.get_or_add_rFonts().set(name_of("w:hint"), "eastAsia")
    told = properties.find(name_of("w:lang"))
    if told is None:
        told = parse_xml(f'<w:lang xmlns:w="{NAMESPACES["w"]}"/>')
        after = next((each for each in properties if each.tag in AFTER_LANGUAGE), None)
        if after is None:
            properties.append(told)
        else:
            after.addprevious(told)
    told.set(name_of("w:eastAsia"), language)


AFTER_LANGUAGE = frozenset(name_of(f"w:{name}") for name in ("eastAsianLayout", "specVanish", "oMath", "rPrChange"))
