"""Pieces of WordprocessingML as text: runs, paragraphs, fields, bookmarks. Parsed once, when all is put together."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
}


def name_of(prefixed: str) -> str:
    """A prefixed name as lxml writes it."""
    prefix, local = prefixed.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def legal(text: str) -> str:
    """Without the characters that XML forbids."""
    return "".join(each for each in text if each in "\t\n" or (each >= " " and each not in "\ufffe\uffff"))


def attribute(text: str) -> str:
    """A text as the quoted value of an attribute."""
    return quoteattr(legal(text))


def twips(points: float) -> int:
    return round(points * 20)


@dataclass(frozen=True)
class Letters:
    """How runs are marked so that punctuation which Chinese and Latin share takes the face of the document's language.

    `language`: the East Asian language to name with each run, where the template names another one or none.
    """

    east_asian: bool
    language: str = ""

    def properties(self, style: str = "", more: str = "") -> str:
        """The properties of a run; `style`: the id of a character style, `more`: those after the fonts, in order."""
        found = f"<w:rStyle w:val={attribute(style)}/>" if style else ""
        if self.east_asian:
            found += '<w:rFonts w:hint="eastAsia"/>'
        found += more
        if self.language:
            found += f'<w:lang w:eastAsia="{self.language}"/>'
        return f"<w:rPr>{found}</w:rPr>" if found else ""

    def run(self, text: str, style: str = "", more: str = "") -> str:
        """A text; its line breaks are kept."""
        lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in legal(text).split("\n"))
        return f"<w:r>{self.properties(style, more)}{'<w:br/>'.join(lines)}</w:r>"

    def field(self, instruction: str, shown: str) -> str:
        """A field with the result that it has until it is updated."""
        return f"{self.field_start(instruction)}{self.run(shown)}{self.field_end()}"

    def field_start(self, instruction: str) -> str:
        properties = self.properties()
        code = f'<w:instrText xml:space="preserve"> {escape(legal(instruction))} </w:instrText>'
        return (
            f'<w:r>{properties}<w:fldChar w:fldCharType="begin"/></w:r><w:r>{properties}{code}</w:r>'
            f'<w:r>{properties}<w:fldChar w:fldCharType="separate"/></w:r>'
        )

    def field_end(self) -> str:
        return f'<w:r>{self.properties()}<w:fldChar w:fldCharType="end"/></w:r>'


def paragraph(style: str, content: str, properties: str = "") -> str:
    """A paragraph. `properties`: those after its style, in the order of the schema."""
    named = f"<w:pStyle w:val={attribute(style)}/>" if style else ""
    inside = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{inside}{content}</w:p>"


def bookmarked(number: int, name: str, content: str) -> str:
    start = f'<w:bookmarkStart w:id="{number}" w:name={attribute(name)}/>'
    return f'{start}{content}<w:bookmarkEnd w:id="{number}"/>'


def numbered(number: int, level: int = 0) -> str:
    """The property of a paragraph that belongs to a list."""
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def rooted(content: str) -> str:
    """The pieces under one element that knows all their namespaces."""
    spaces = " ".join(f'xmlns:{prefix}="{place}"' for prefix, place in NAMESPACES.items() if prefix != "m")
    return f"<w:body {spaces}>{content}</w:body>"
