"""The catalogue as HTML pages that need nothing but themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kam_expert.maintenance.catalogue.pages import Catalogue, Code, Link
from kam_expert.wording import Wording

ENDING = ".html"
MARK = '<meta name="generator" content="kam-expert rulebook catalogue">'
LANGUAGE_CODES = {"zh": "zh-Hans"}


def render(catalogue: Catalogue, words: Wording, others: Mapping[str, str]) -> dict[str, str]:
    """The text of each file; `others` are the paths of the folders of other languages, by their names."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.tests["link"] = lambda span: isinstance(span, Link)
    environment.tests["code"] = lambda span: isinstance(span, Code)
    environment.filters["kind"] = lambda block: type(block).__name__
    template = environment.get_template("page.html.jinja")
    titles = {page.name: page.title for page in catalogue.pages}
    return {
        f"{page.name}{ENDING}": template.render(
            page=page,
            catalogue=catalogue,
            titles=titles,
            others=others,
            mark=MARK,
            ending=ENDING,
            language=LANGUAGE_CODES.get(catalogue.language, catalogue.language),
            say=lambda key: words.say(f"catalogue.{key}"),
        )
        for page in catalogue.pages
    }
