"""Templates of Word reports: our own, and a client's, which is refused in words if it cannot be used."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as Word
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement, serialize_for_reading

from kam_expert.problems import Phrase, nearest_phrase
from kam_expert.reports.docx_placeholders import BODY, Found, placeholders, roots
from kam_expert.reports.docx_xml import NAMESPACES, name_of
from kam_expert.reports.refusal import TemplateRefused

OURS = Path(__file__).with_name("docx_template.xml")
FLAT = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}.main+xml"
REPORT, CONTENTS = "report", "contents"
INLINE = ("title", "account", "date", "rulebook")
NAMES = (REPORT, CONTENTS, *INLINE)
DOUBLE_STYLES = "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects"
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1")  # how a file of Word up to 2003 begins, and one under a password
ROOTS = {"styles": "w:styles", "numbering": "w:numbering", "header": "w:hdr", "footer": "w:ftr"}
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    SyntaxError,
    AttributeError,
    AssertionError,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)


def refusal(key: str, template: Path, **parameters: object) -> TemplateRefused:
    return TemplateRefused(Phrase(f"word.{key}", {"file": str(template), **parameters}))


@cache
def _packed() -> bytes:
    """Our template as Word files are packed; it is kept as one readable file of the same format."""
    parts = parse_xml(OURS.read_bytes()).findall(f"{FLAT}part")
    kinds = {part.get(f"{FLAT}name", ""): part.get(f"{FLAT}contentType", "") for part in parts}
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}">{overrides}</Types>')
        for part in parts:
            content = part[0][0]
            package.writestr(part.get(f"{FLAT}name", "").lstrip("/"), serialize_for_reading(content))
    return out.getvalue()


def ours() -> Word:
    """Our own template, opened."""
    return docx.Document(io.BytesIO(_packed()))


def opened(template: Path, names: Mapping[str, str]) -> Word:
    """A client's template, checked. `names`: what a placeholder may be called, and which it then is.

    Raises TemplateRefused.
    """
    try:
        content = template.read_bytes()
    except FileNotFoundError:
        raise refusal("not_found", template) from None
    except OSError as error:
        raise refusal("not_read", template, reason=error.strerror or str(error)) from None
    if content.startswith(OLD_WORD):
        raise refusal("old_or_locked", template)
    try:
        word = docx.Document(io.BytesIO(_as_document(content, template)))
        found = [each for root in roots(word) for each in placeholders(root)]
        _check_parts(word)
    except BROKEN:
        key = "damaged" if content.startswith(b"PK") else "not_word"
        raise refusal(key, template) from None
    _check(found, names, template)
    for key, relation in list(word.part.rels.items()):
        if relation.reltype == DOUBLE_STYLES:  # a second copy of the styles for Word 2010, which would contradict them
            word.part.drop_rel(key)
    if not any(names[each.name.lower()] == REPORT for each in found):
        if "".join(each.text or "" for each in word.element.body.iter(name_of("w:t"))).strip():
            raise refusal("no_report", template, name=f"{{{{{REPORT}}}}}")
        _append_report(word)
    return word


def _as_document(content: bytes, template: Path) -> bytes:
    """The package as that of a document: what Word saves as a template (.dotx) differs in one word."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        types = package.read("[Content_Types].xml").decode("utf-8-sig")
        if re.search(r"ms-word\.(document|template)\.macroEnabled", types):
            raise refusal("macros", template)
        if MAIN.format("document") not in types and MAIN.format("template") not in types:
            raise refusal("not_word", template)
        if MAIN.format("template") not in types:
            return content
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
            for name in package.namelist():
                part = package.read(name)
                if name == "[Content_Types].xml":
                    part = types.replace(MAIN.format("template"), MAIN.format("document")).encode()
                changed.writestr(name, part)
        return out.getvalue()


def _check_parts(word: Word) -> None:
    """The parts that a report goes to are what they are called."""
    assert word.element.body is not None and word.sections
    assert isinstance(word.core_properties.title, str)
    for relation in word.part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in ROOTS and not relation.is_external:
            assert parse_xml(relation.target_part.blob).tag == name_of(ROOTS[kind]), kind


def _check(found: Iterable[Found], names: Mapping[str, str], template: Path) -> None:
    """Known placeholders only, and one place for the report."""
    allowed = Phrase("word.allowed", {name: f"{{{{{name}}}}}" for name in NAMES})
    reports = 0
    for each in found:
        name = names.get(each.name.lower())
        shown = f"{{{{{each.name}}}}}"
        if name is None:
            raise refusal("unknown", template, name=shown, nearest=nearest_phrase(each.name, names), allowed=allowed)
        if name in (REPORT, CONTENTS) and not (each.alone and each.outside):
            raise refusal("not_alone", template, name=shown)
        reports += name == REPORT
    if reports > 1:
        raise refusal("twice", template, name=f"{{{{{REPORT}}}}}")


def _append_report(word: Word) -> None:
    """A letterhead, which has no text of its own, takes the report where its body is."""
    made = parse_xml(f'<w:p xmlns:w="{NAMESPACES["w"]}"><w:r><w:t>{{{{{REPORT}}}}}</w:t></w:r></w:p>')
    body: BaseOxmlElement = word.element.body
    last = body.find(name_of("w:sectPr"))
    if last is None:
        body.append(made)
    else:
        last.addprevious(made)


def section_after(paragraph: BaseOxmlElement) -> BaseOxmlElement | None:
    """The properties of the section that a paragraph of the body belongs to."""
    body = next(paragraph.iterancestors(BODY))
    passed = False
    for each in body.iter(PLACES):
        passed = passed or each is paragraph
        if passed and each.tag == name_of("w:sectPr"):
            found: BaseOxmlElement = each
            return found
    return None


PLACES = (name_of("w:p"), name_of("w:sectPr"))
