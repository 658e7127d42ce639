"""A page of HTML read back as elements, for tests to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "br", "line", "circle", "rect", "path", "polygon"}  # written without an end, or as <x/>


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    said: str = ""

    def all(self, tag: str) -> list[Element]:
        return [each for each in self.walk() if each.tag == tag]

    def walk(self) -> list[Element]:
        return [self, *(below for child in self.children for below in child.walk())]

    @property
    def text(self) -> str:
        return " ".join(each.said for each in self.walk() if each.said)


class Reader(HTMLParser):
    """Elements of a page; an end that does not fit what is open fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element("page", {})
        self.open = [self.root]
        self.feed(page)
        self.close()
        assert self.open == [self.root], f"left open: {[each.tag for each in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in EMPTY or ((self.get_starttag_text() or "")[-2:] != "/>" and tag not in {"meta", "br"}):
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].said += " ".join(data.split())
