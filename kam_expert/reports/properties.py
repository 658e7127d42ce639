"""The properties of office files: what they tell of those who made them, and to whom it is not told."""

from __future__ import annotations

from typing import Protocol


class Properties(Protocol):
    """What Word and PowerPoint files say about themselves."""

    author: str
    last_modified_by: str
    comments: str
    keywords: str
    category: str
    content_status: str
    identifier: str
    version: str


def blank(properties: Properties) -> None:
    """Takes out all that tells who made a file, with what, and what its template noted for its own people."""
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.category = properties.content_status = properties.identifier = properties.version = ""
