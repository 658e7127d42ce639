"""The catalogue as HTML pages that need nothing but themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kam_expert.maintenance.catalogue.pages import Catalogue, Code, Link
from kam_expert.reports.html import LANGUAGE_CODES, environment
from kam_expert.wording import Wording

ENDING = ".html"
MARK = '<meta name="generator" content="kam-expert rulebook catalogue">'


def render(catalogue: Catalogue, words: Wording, others: Mapping[str, str]) -> dict[str, str]:
    """The text of each file; `others` are the paths of the folders of other languages, by their names."""
    made = environment(Path(__file__).parent)
    made.tests["link"] = lambda span: isinstance(span, Link)
    made.tests["code"] = lambda span: isinstance(span, Code)
    template = made.get_template("page.html.jinja")
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
