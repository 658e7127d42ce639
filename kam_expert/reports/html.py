"""A report as one HTML file that needs nothing but itself: no network, no fonts, no pictures but its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kam_expert.reports.document import Document, Picture
from kam_expert.reports.drawings import drawn
from kam_expert.reports.svg import BAND, GRID, GROUND, INK, PALE
from kam_expert.wording import Wording

LANGUAGE_CODES = {"zh": "zh-Hans"}
IN_THE_DARK = {INK: "#e3e7ed", PALE: "#a3adbb", GRID: "#39424f", GROUND: "#14181e", BAND: "#4d4119"}
SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8").strip()


def environment(folder: Path) -> Environment:
    """Templates in which everything is escaped and nothing may be missing."""
    made = Environment(
        autoescape=True,
        loader=FileSystemLoader(folder),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    made.filters["kind"] = lambda block: type(block).__name__
    return made


def render(documents: Sequence[Document], words: Wording) -> str:
    """One page with one or more reports, each under a heading of its own."""
    made = environment(Path(__file__).parent)
    made.filters["drawn"] = partial(_drawn, colon=words.colon)
    title = documents[0].title if len(documents) == 1 else words.say("page.accounts", count=len(documents))
    return made.get_template("page.html.jinja").render(
        documents=documents,
        title=title,
        signed=not any(document.handed_over for document in documents),
        language=LANGUAGE_CODES.get(words.language, words.language),
        dark=IN_THE_DARK,
        script=Markup(SCRIPT),
        script_hash=base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode(),
        say=lambda key: words.say(f"page.{key}"),
    )


def _drawn(picture: Picture, colon: str) -> Markup:
    """The drawing, whose texts its writer has escaped."""
    return Markup(drawn(picture.shown, picture.title, colon).inside(picture.told))
