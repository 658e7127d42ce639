"""Our styles and lists in a template: what it has under the same name stays as it is, what it lacks is added."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from docx.document import Document as Word
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.numbering import NumberingPart
from docx.shared import Pt

from kam_expert.reports.docx_xml import NAMESPACES, name_of

CHAPTERS, BULLETS, COUNTED = "1", "2", "3"  # the lists of our template, besides that of trees
HEADINGS = frozenset({"heading 1", "heading 2", "heading 3"})
VALUE, STYLE, STYLE_ID = name_of("w:val"), name_of("w:style"), name_of("w:styleId")
LIST, LIST_ID = name_of("w:num"), name_of("w:numId")
ABSTRACT, ABSTRACT_ID = name_of("w:abstractNum"), name_of("w:abstractNumId")
SPACE = f'xmlns:w="{NAMESPACES["w"]}"'


@dataclass(frozen=True)
class Adopted:
    """The styles of a template by name in small letters, and its lists.

    `bullets`: the list to name with each bullet, None if the style does. `counted`: the abstract list to count by.
    `chapters`: that of our headings; None where the headings are those of the template.
    """

    styles: Mapping[str, str]
    numbering: BaseOxmlElement
    bullets: int | None
    counted: str
    chapters: str | None

    def new_list(self) -> int:
        """A list that counts from 1."""
        return _added_list(self.numbering, self.counted, restarted=True)

    def new_chapters(self) -> int:
        """A list of headings that count from 1."""
        assert self.chapters is not None
        return _added_list(self.numbering, self.chapters, restarted=True)


def adopted(template: Word, ours: Word) -> Adopted:
    """The template with all styles that our documents use; it may be ours."""
    numbering, styles = _numbering(template), template.styles.element
    if template is ours:
        counted, chapters = (_abstract(numbering, each) for each in (COUNTED, CHAPTERS))
        return Adopted(by_name(styles), numbering, None, counted, chapters)
    present = by_name(styles)
    own_headings = bool(HEADINGS & set(present))
    ids = _ids(styles, ours.styles.element)
    new = {style_id: ids[style_id] for name, style_id in by_name(ours.styles.element).items() if name not in present}
    lists = _add_lists(numbering, ours.part.numbering_part.element, new, own_headings=own_headings)
    _add_styles(styles, ours.styles.element, new, ids, lists)
    found = by_name(styles)
    bullet, numbers = (_list_of(styles, found[name]) for name in ("list bullet", "list number"))
    return Adopted(
        found,
        numbering,
        lists[BULLETS] if bullet is None else None,
        _abstract(numbering, numbers or "") or _abstract(numbering, str(lists[COUNTED])),
        None if own_headings else _abstract(numbering, str(lists[CHAPTERS])),
    )


def by_name(styles: BaseOxmlElement) -> dict[str, str]:
    """The ids of styles by their names in small letters; those of Word are English in every language of Word."""
    found: dict[str, str] = {}
    for style in styles.findall(STYLE):
        name = style.find(name_of("w:name"))
        if name is not None and style.get(STYLE_ID):
            found.setdefault((name.get(VALUE) or "").lower(), style.get(STYLE_ID) or "")
    return found


def _numbering(template: Word) -> BaseOxmlElement:
    """The lists of the template; a part for them if it has none."""
    if all(each.reltype != RELATIONSHIP_TYPE.NUMBERING for each in template.part.rels.values()):
        blob = f"<w:numbering {SPACE}/>".encode()
        package = template.part.package
        assert package is not None
        part = NumberingPart.load(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, blob, package)
        template.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
    element: BaseOxmlElement = template.part.numbering_part.element
    return element


def _ids(theirs: BaseOxmlElement, ours: BaseOxmlElement) -> dict[str, str]:
    """Under which id each of our styles is found in the template, or will be."""
    present, taken = by_name(theirs), {each.get(STYLE_ID) for each in theirs.findall(STYLE)}
    found = {}
    for name, style_id in by_name(ours).items():
        free = style_id
        while free in taken:
            free += "Report"
        found[style_id] = present.get(name, free)
    return found


def _add_styles(
    theirs: BaseOxmlElement,
    ours: BaseOxmlElement,
    new: Mapping[str, str],
    ids: Mapping[str, str],
    lists: Mapping[str, int],
) -> None:
    """The styles that the template lacks; what they refer to is found under its ids."""
    defaults = {each.get(name_of("w:type")) for each in theirs.findall(STYLE) if _is_default(each)}
    for original in ours.findall(STYLE):
        if original.get(STYLE_ID) not in new:
            continue
        style = copy.deepcopy(original)
        style.set(STYLE_ID, new[style.get(STYLE_ID) or ""])
        if style.get(name_of("w:type")) in defaults:
            style.attrib.pop(name_of("w:default"), None)
        for tag in ("w:basedOn", "w:next", "w:link"):
            for each in style.findall(name_of(tag)):
                each.set(VALUE, ids[each.get(VALUE) or ""])
        for each in list(style.iter(LIST_ID)):
            ours_number = each.get(VALUE) or ""
            if ours_number in lists:
                each.set(VALUE, str(lists[ours_number]))
            else:  # headings beside those of the template are not counted
                _remove(each.getparent())
        theirs.append(style)


def _is_default(style: BaseOxmlElement) -> bool:
    return style.get(name_of("w:default")) in ("1", "true", "on")


def _remove(element: BaseOxmlElement | None) -> None:
    parent = None if element is None else element.getparent()
    assert element is not None and parent is not None
    parent.remove(element)


def _add_lists(
    theirs: BaseOxmlElement, ours: BaseOxmlElement, new: Mapping[str, str], *, own_headings: bool
) -> dict[str, int]:
    """Our lists in the template; their numbers there, by those they have in ours."""
    found: dict[str, int] = {}
    free = 1 + max((_number(each, ABSTRACT_ID) for each in theirs.findall(ABSTRACT)), default=0)
    for abstract in ours.findall(ABSTRACT):
        name = abstract.get(ABSTRACT_ID) or ""
        if name == CHAPTERS and own_headings:
            continue
        made = copy.deepcopy(abstract)
        made.set(ABSTRACT_ID, str(free))
        for linked in list(made.iter(name_of("w:pStyle"))):
            style = new.get(linked.get(VALUE) or "")
            if style is None:  # the style of the template has its own list, or none
                _remove(linked)
            else:
                linked.set(VALUE, style)
        _insert(theirs, made, before=(LIST, name_of("w:numIdMacAtCleanup")))
        found[name] = _added_list(theirs, str(free), restarted=False)
        free += 1
    return found


def _added_list(numbering: BaseOxmlElement, abstract: str, *, restarted: bool) -> int:
    number = 1 + max((_number(each, LIST_ID) for each in numbering.findall(LIST)), default=0)
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>' if restarted else ""
    made = parse_xml(f'<w:num {SPACE} w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{again}</w:num>')
    _insert(numbering, made, before=(name_of("w:numIdMacAtCleanup"),))
    return number


def _insert(numbering: BaseOxmlElement, made: BaseOxmlElement, before: tuple[str, ...]) -> None:
    """In the order of the schema: all abstract lists, then all lists."""
    after = next((each for each in numbering if each.tag in before), None)
    if after is None:
        numbering.append(made)
    else:
        after.addprevious(made)


def _number(element: BaseOxmlElement, name: str) -> int:
    return int(element.get(name) or 0)


def _abstract(numbering: BaseOxmlElement, number: str) -> str:
    """The abstract list behind a list, empty if there is none."""
    for each in numbering.findall(LIST):
        abstract = each.find(ABSTRACT_ID)
        if each.get(LIST_ID) == number and abstract is not None:
            return abstract.get(VALUE) or ""
    return ""


def _list_of(styles: BaseOxmlElement, style_id: str) -> str | None:
    """The list that a style belongs to by itself."""
    for style in styles.findall(STYLE):
        if style.get(STYLE_ID) == style_id:
            number = next(style.iter(LIST_ID), None)
            return None if number is None or number.get(VALUE) == "0" else number.get(VALUE)
    return None


def set_closer(ours: Word) -> None:
    """A short document in our template takes less room, so that one page is one page."""
    styles = ours.styles.element
    for section in ours.sections:
        section.top_margin = section.bottom_margin = Pt(50)
    for container, properties in CLOSER.items():
        if container == "defaults":
            found = [styles.find(name_of("w:docDefaults"))]
        else:
            found = [each for each in styles.findall(STYLE) if each.get(STYLE_ID) == container]
        for element, name, values in ((e, n, v) for e in found if e is not None for n, v in properties.items()):
            for each in element.iter(name_of(name)):
                for key, value in values.items():
                    each.set(name_of(f"w:{key}"), value)


CLOSER: dict[str, dict[str, dict[str, str]]] = {
    "defaults": {"w:sz": {"val": "19"}, "w:szCs": {"val": "19"}, "w:spacing": {"after": "60", "line": "260"}},
    "Title": {"w:sz": {"val": "36"}, "w:szCs": {"val": "36"}, "w:spacing": {"after": "80"}},
    "Subtitle": {"w:spacing": {"after": "120"}},
    "ReportCell": {"w:spacing": {"before": "10", "after": "10"}},
    "ReportCallout": {"w:spacing": {"before": "120", "after": "120"}},
    "Heading1": {"w:sz": {"val": "24"}, "w:szCs": {"val": "24"}, "w:spacing": {"before": "140", "after": "40"}},
}
