"""The slides that a client's file brings along: filled in, and the one in whose place ours stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Slides

from kam_expert.reports.placeholder import PATTERN


class TwoPlaces(Exception):
    """More than one slide says that ours stand in its place."""


def filled_in(slides: Slides, values: Mapping[str, str], reports: Collection[str]) -> tuple[int | None, frozenset[str]]:
    """Fill the slides of a file, with their notes, and take out the one that one of the names `reports` stands on.

    Where it stood, None if there is none, and which placeholders the slides before hold. Raises TwoPlaces.
    """
    listed = _listed(slides)
    at: int | None = None
    before: set[str] = set()
    for index, (entry, slide) in enumerate(zip(list(listed), list(slides.slides), strict=True)):
        names = {name for tree in _trees(slide) for name in _names(tree)}
        if names & set(reports):
            if at is not None:
                raise TwoPlaces
            at = index
            slides.part.drop_rel(entry.get(qn("r:id")))
            listed.remove(entry)
            continue
        before |= names if at is None else set()
        for tree in _trees(slide):
            fill(tree, values)
    _number(slides)
    for tag in ("p:custShowLst", "p:extLst"):  # both list the slides as they were
        for old in slides.part._element.findall(qn(tag)):
            slides.part._element.remove(old)
    return at, frozenset(before)


def put_in_place(slides: Slides, own: int, at: int | None) -> None:
    """The slides that were added behind the first `own` ones, moved before the one at a place."""
    listed = _listed(slides)
    for offset, entry in enumerate(list(listed)[own:] if at is not None else ()):
        listed.remove(entry)
        listed.insert((at or 0) + offset, entry)
    _number(slides)


def fill(tree: Any, values: Mapping[str, str]) -> None:
    """Placeholders in the texts of an element, also where they are split into runs; unknown ones stay."""
    for paragraph in tree.iter(qn("a:p")):
        texts = list(paragraph.iter(qn("a:t")))
        whole = "".join(each.text or "" for each in texts)
        filled = PATTERN.sub(lambda found: values.get(found[1].lower(), found[0]), whole)
        if filled != whole:
            for index, each in enumerate(texts):
                each.text = "" if index else filled


def _listed(slides: Slides) -> Any:
    return slides.part._element.get_or_add_sldIdLst()


def _number(slides: Slides) -> None:
    """Name the files of the slides in their order, so that none is named like the next one to be added."""
    slides.part.rename_slide_parts([each.get(qn("r:id")) for each in _listed(slides)])


def _trees(slide: Any) -> list[Any]:
    return [slide._element, *([slide.notes_slide._element] if slide.has_notes_slide else [])]


def _names(tree: Any) -> set[str]:
    paragraphs = ("".join(each.text or "" for each in p.iter(qn("a:t"))) for p in tree.iter(qn("a:p")))
    return {name.lower() for text in paragraphs for name in PATTERN.findall(text)}
