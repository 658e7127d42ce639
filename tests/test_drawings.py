"""Drawings of any values: nothing leaves the paper, no name lies over another, every label can be read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kam_expert.reports import html
from kam_expert.reports.drawings import drawn
from kam_expert.reports.pictures import (
    Axis,
    Bar,
    Bars,
    Bridge,
    Bubble,
    Bubbles,
    Curve,
    Grade,
    Grid,
    GridCell,
    Matrix,
    Radar,
    Schedule,
    Shown,
    Span,
    Step,
    Swing,
    Tornado,
)
from kam_expert.reports.svg import PALETTE, text_width
from tests.pages import Element, Reader

WORDS = (
    "北方饮料",
    "关键客户",
    "Überlandwerke",
    "and",
    "profit",
    "未知，待核实",
    "Donaudampfschifffahrtsgesellschaft",
    "5",
)
texts = some.lists(some.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
hundred = some.floats(0, 100).map(lambda value: round(value, 1))
maybe = some.none() | hundred
amounts = some.floats(-9e7, 9e7).map(round)
days = some.integers(0, 500).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
points = some.tuples(hundred, hundred)
corners = tuple((name, x, y) for name, x, y in zip("ABCD", (75, 75, 25, 25), (75, 25, 75, 25), strict=True))
MARKS = "◆▲●○?"

matrices = some.builds(
    lambda x, y, cut, name, target: Matrix(
        Axis("横轴 across", x, cut, 5.0), Axis("纵轴 up", y, cut, 5.0), name, corners, "Band", target, "Target 目标"
    ),
    hundred, hundred, some.floats(30, 70), texts, some.none() | points,
)  # fmt: skip
radars = some.lists(some.tuples(texts, maybe, maybe), min_size=3, max_size=14).map(
    lambda rows: Radar(
        tuple((label, value, f"{value}") for label, value, _ in rows), 50.0, "Now", tuple(r[2] for r in rows), "Target"
    )
)
bars = some.lists(
    some.builds(
        Bar,
        texts,
        some.lists(some.tuples(texts, some.integers(-3, 3)), max_size=8).map(tuple),
        some.sampled_from(["3", "12 − 4 ＝ 8"]),
    ),
    max_size=9,
).map(lambda found: Bars(tuple(found), "In favour", "Against"))
swings = some.builds(
    lambda label, ends, low, high: Swing(label, min(ends), max(ends), low, high),
    texts, some.tuples(some.integers(-40, 40), some.integers(-40, 40)), texts, texts,
)  # fmt: skip
tornados = some.builds(
    lambda found, now: Tornado(tuple(found), float(now), "Lead in points", "Other leads"),
    some.lists(swings, max_size=10), some.integers(-20, 20),
)  # fmt: skip


@some.composite
def bridges(draw: some.DrawFn) -> Bridge:
    between = draw(some.lists(some.tuples(texts, amounts), max_size=7))
    base, target = draw(amounts), draw(amounts)
    gap = target - base - sum(amount for _, amount in between)
    rows = [("Base", base, "base"), *((label, amount, "step") for label, amount in between)]
    rows += [("Gap", gap, "gap"), ("Target", target, "target")]
    return Bridge(tuple(Step(label, amount, f"{amount:,}", kind) for label, amount, kind in rows), "CNY a year")  # type: ignore[arg-type]


@some.composite
def grids(draw: some.DrawFn) -> Grid:
    columns = draw(some.lists(texts, min_size=1, max_size=9))
    grades = tuple(Grade(mark, draw(texts), mark, shade) for mark, shade in zip(MARKS, (0, 1, 2, 3, None), strict=True))
    cell = some.builds(GridCell, some.sampled_from(MARKS), texts | some.just(""), some.booleans())
    row = some.tuples(texts, some.lists(cell, min_size=len(columns), max_size=len(columns)).map(tuple))
    groups = draw(some.lists(some.tuples(texts | some.just(""), some.lists(row, max_size=4).map(tuple)), max_size=4))
    return Grid(tuple(columns), tuple(groups), grades, draw(texts | some.just("")))


many = some.lists(
    some.builds(
        Bubble,
        texts,
        hundred,
        hundred,
        some.none() | some.integers(0, 10**8),
        some.none() | some.integers(0, 10**8),
        some.sampled_from("ABCD?"),
    ),
    max_size=40,
).map(lambda found: Bubbles("across", "up", 50.0, corners, tuple(found), "Sales", "Spend", "None", "Unknown"))
lines = some.tuples(texts, some.lists(some.tuples(hundred, some.floats(-300, 100)), max_size=50).map(tuple))
curves = some.lists(lines, max_size=3).map(lambda found: Curve(tuple(found), "Accounts", "Share"))


@some.composite
def schedules(draw: some.DrawFn) -> Schedule:
    ends = some.tuples(days, days).map(sorted)
    span = some.builds(
        lambda label, pair, every: Span(label, pair[0], pair[1], every), texts, ends, some.none() | some.integers(1, 9)
    )
    groups = draw(
        some.lists(some.tuples(texts, some.lists(span, min_size=1, max_size=4).map(tuple)), min_size=1, max_size=4)
    )
    gates = draw(some.lists(some.tuples(some.sampled_from(["G1", "G2"]), texts, days), max_size=4))
    return Schedule(tuple(groups), "Gates", tuple(gates), date(2026, 1, 1))


KINDS: dict[str, some.SearchStrategy[Shown]] = {
    "matrix": matrices,
    "radar": radars,
    "bars": bars,
    "schedule": schedules(),
    "tornado": tornados,
    "bridge": bridges(),
    "grid": grids(),
    "bubbles": many,
    "curve": curves,
}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_stays_on_the_paper(kind: str) -> None:
    @settings(max_examples=15, deadline=None)
    @given(KINDS[kind], texts)
    def check(shown: Shown, title: str) -> None:
        drawing = Reader(drawn(shown, title, ": ").inside("told")).root.all("svg")[0]
        stays_on_its_paper(drawing)
        names_lie_apart(drawing)

    check()


def stays_on_its_paper(drawing: Element) -> None:
    """No shape leaves the drawing, and every colour has one for the dark or is seen on both grounds."""
    _, _, width, height = (float(each) for each in drawing.attributes["viewbox"].split())
    for each in drawing.walk():
        numbers = {key: float(value) for key, value in each.attributes.items() if key in {"x", "y", "cx", "cy"}}
        for key, value in numbers.items():
            assert -1 <= value <= (width if key.endswith("x") else height) + 1, (each.tag, each.attributes)
        if each.tag == "text" and "transform" not in each.attributes:
            left, right, _, _ = extent(each)
            assert left >= -2 and right <= width + 2, each.text
        if each.tag == "rect":
            assert float(each.attributes["width"]) > 0
            assert numbers["x"] + float(each.attributes["width"]) <= width + 1
            assert numbers["y"] + float(each.attributes["height"]) <= height + 1
        colours = {each.attributes.get(key, "none") for key in ("fill", "stroke")}
        assert colours <= {"none", *PALETTE, *html.IN_THE_DARK}


def extent(each: Element) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a text."""
    size, x, y = (float(each.attributes[key]) for key in ("font-size", "x", "y"))
    long = text_width(each.text, size)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[each.attributes["text-anchor"]] * long
    return left, left + long, y - size * 0.7, y


def names_lie_apart(drawing: Element) -> None:
    """No text that a reader needs lies over another; rims of letters do not count."""
    texts = [
        each
        for each in drawing.walk()
        if each.tag == "text"
        and each.text
        and "aria-hidden" not in each.attributes
        and "transform" not in each.attributes
    ]
    boxes = [(extent(each), each.text) for each in texts]
    for index, ((left, right, top, bottom), one) in enumerate(boxes):
        for (other_left, other_right, other_top, other_bottom), other in boxes[index + 1 :]:
            apart = (
                right <= other_left + 1 or other_right <= left + 1 or bottom <= other_top + 1 or other_bottom <= top + 1
            )
            assert apart, (one, other)
