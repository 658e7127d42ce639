"""The portfolio: every figure computed a second time, hours against brute force, oddities, recorded reports."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise, product
from math import fsum, isclose
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from kam_expert.case import Case, Given, load_case
from kam_expert.cli import main
from kam_expert.engines import plain
from kam_expert.maintenance.plausible import plausible
from kam_expert.portfolio.allocation import Ask, Division, Steps, best, divide
from kam_expert.portfolio.concentration import curve, herfindahl, reach, top_share
from kam_expert.portfolio.members import Identity, members_frame, members_of
from kam_expert.portfolio.portfolio import Portfolio, names_read, portfolio_of
from kam_expert.reports import portfolio_content, text
from kam_expert.reports.json_portfolio import json_schema, render
from kam_expert.reports.portfolio_pictures import pictures
from kam_expert.reports.svg import FONTS
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.territory import load_territory
from kam_expert.wording import wording
from tests.accounts import examples
from tests.golden_files import check

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "portfolio"
STEPS = Steps(25, 100, 0.7)
MANAGERS = ("Berg", "Chen", None)
EXAMPLES = examples(80)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["portfolio", *map(str, arguments)])


def frame_of(book: Rulebook, cases: list[Case]) -> pl.DataFrame:
    identities = [Identity(case.id, case.name, case.currency) for case in cases]
    return members_frame(book, identities, [case.inputs(book) for case in cases])


def named(case: Case, **facts: Any) -> Case:
    """A case with other facts; None makes a fact unknown."""
    given = {name: Given("unknown") if value is None else Given("given", value) for name, value in facts.items()}
    return replace(case, facts={**case.facts, **given})


@cache
def firm(count: int) -> tuple[Rulebook, tuple[Case, ...]]:
    """Plausible accounts of one firm with managers, groups and end markets."""
    book = load_rulebook()
    territory = load_territory(book)
    chance = random.Random(f"{count}")
    cases = []
    for number in range(count):
        case = plausible(territory, book, 11, number)
        facts: dict[str, Any] = {"managed_by": chance.choice(MANAGERS)}
        if chance.random() < 0.1:
            facts["parent_company"] = chance.choice(["Orbis", "Tarn Holding", f"account-{chance.randrange(count)}"])
        if chance.random() < 0.3:
            facts["end_market"] = chance.choice(["new cars", "New  Cars", "water", "housing"])
        cases.append(named(case, **{name: value for name, value in facts.items() if value is not None}))
    return book, tuple(cases)


@cache
def seen(count: int) -> Portfolio:
    book, cases = firm(count)
    return portfolio_of(book, frame_of(book, list(cases)))


@cache
def manufacturer() -> Rulebook:
    return load_rulebook(profile="manufacturer")


@cache
def example_case(stem: str) -> Case:
    return load_case(EXAMPLE / f"{stem}.yaml", manufacturer())


@cache
def example() -> Portfolio:
    cases = [example_case(path.stem) for path in sorted(EXAMPLE.glob("*.yaml"))]
    return portfolio_of(manufacturer(), frame_of(manufacturer(), cases))


# ---- concentration

amounts = st.lists(st.integers(-50, 1000).map(float), max_size=12)


@EXAMPLES
@given(amounts, st.integers(1, 12), st.integers(1, 100))
def test_concentration_by_its_definition(values: list[float], places: int, per_cent: int) -> None:
    earning = sorted((v for v in values if v > 0), reverse=True)
    total = sum(earning)
    if not earning:
        assert top_share(values, places) is None and herfindahl(values) is None and reach(values, per_cent) is None
        return
    shares = [100 * v / total for v in earning]
    assert isclose(top_share(values, places) or 0, sum(shares[:places]))
    assert isclose(herfindahl(values) or 0, sum(s * s for s in shares))
    needed = next(n for n in range(1, len(shares) + 1) if sum(earning[:n]) * 100 >= per_cent * total)
    assert reach(values, per_cent) == needed
    points = curve(values)
    assert [point.accounts for point in points] == list(range(len(values) + 1))
    assert isclose(points[-1].share, 100 * sum(values) / total, abs_tol=1e-9)
    assert isclose(max(point.share for point in points), 100)


def brute_groups(cases: tuple[Case, ...], key: Callable[[int], bool]) -> list[int]:
    """By account the smallest account it is bound to, found by spreading until nothing changes."""
    clean = [
        {
            name: " ".join(str(case.facts[name].value).split()).lower()
            for name in ("parent_company", "end_market")
            if name in case.facts and case.facts[name].value
        }
        for case in cases
    ]
    names = [case.name.lower() for case in cases]

    def bound(one: int, other: int) -> bool:
        parents = clean[one].get("parent_company"), clean[other].get("parent_company")
        if parents[0] == names[one]:
            parents = None, parents[1]
        if parents[1] == names[other]:
            parents = parents[0], None
        if parents[0] is not None and (parents[0] == parents[1] or parents[0] == names[other]):
            return True
        if parents[1] is not None and parents[1] == names[one]:
            return True
        markets = clean[one].get("end_market"), clean[other].get("end_market")
        return markets[0] is not None and markets[0] == markets[1] and key(one) and key(other)

    cluster = list(range(len(cases)))
    changed = True
    while changed:
        changed = False
        for one, other in product(range(len(cases)), repeat=2):
            if cluster[one] != cluster[other] and bound(one, other):
                low = min(cluster[one], cluster[other])
                cluster[one] = cluster[other] = low
                changed = True
    return cluster


def test_every_figure_a_second_time() -> None:
    """Figures of 200 accounts from the plain interpreter's conclusions, with nothing of the portfolio's own code."""
    book, cases = firm(200)
    portfolio = seen(200)
    cases = tuple(sorted(cases, key=lambda case: case.id))
    known: list[dict[str, Any]] = [dict(plain.conclude(book, case.inputs(book)).values) for case in cases]

    def truth(place: int, name: str) -> bool:
        return known[place].get(name) is True

    (currency,) = portfolio.currencies
    revenue = {i: float(v["annual_revenue"]) for i, v in enumerate(known) if "annual_revenue" in v}
    profit = {i: revenue[i] * float(known[i]["op_margin"]) / 100 for i in revenue if "op_margin" in known[i]}
    cluster = brute_groups(cases, lambda i: truth(i, "key_account") or truth(i, "declared_key"))
    together: dict[int, float] = defaultdict(float)
    for place, value in revenue.items():
        together[cluster[place]] += value
    largest = sorted(together.values(), reverse=True)
    total = fsum(largest)

    def near(name: str, value: float, tolerance: float = 0.06) -> None:
        found = currency.value(name)
        assert found is not None and abs(float(found) - value) <= tolerance, name

    near("revenue_total", total, 1)
    near("largest_share", 100 * largest[0] / total)
    near("top3_share", 100 * fsum(largest[:3]) / total)
    near("top10_share", 100 * fsum(largest[:10]) / total)
    near("revenue_hhi", fsum((100 * value / total) ** 2 for value in largest), 1)
    near("losses_hidden", -fsum(value for value in profit.values() if value < 0), len(profit))
    near("loss_makers", sum(round(value) < 0 for value in profit.values()), 0)
    near("profit_known", len(profit), 0)
    by_revenue = sorted(revenue, key=lambda i: (-revenue[i], i))
    floor = book.parameters["margin_floor"]
    near("low_margin_large", sum(known[i].get("op_margin", floor) < floor for i in by_revenue[:10]), 0)
    listed = [i for i in range(200) if truth(i, "declared_key")]
    inside = [i for i in listed if i in revenue]
    first = set(by_revenue[: len(inside)])
    near("listed_largest_share", 100 * sum(i in first for i in inside) / len(inside))

    candidates = [i for i in range(200) if truth(i, "key_account")]
    customers = sum(truth(i, "trading") for i in range(200))
    limit = max(5, min(35, int(0.05 * customers + 0.5)))
    assert portfolio.whole.value("key_limit") == limit

    def order(place: int) -> tuple[float, float, int]:
        values = known[place]
        return -values.get("attractiveness", -1e9), -values.get("clv_risk_adjusted", -1e15), place

    chosen = set(sorted(candidates, key=order)[:limit])
    assert {i for i, place in enumerate(portfolio.accounts) if place.values.get("key_place") is True} == chosen
    executive = [
        (float(v["executive_hours"]), v["attractiveness"] < 50)
        for v in known
        if "executive_hours" in v and "attractiveness" in v
    ]
    share = 100 * fsum(h for h, low in executive if low) / fsum(h for h, _ in executive)
    assert abs(float(portfolio.whole.value("executive_hours_low") or 0) - share) <= 0.06
    cells = [known[i].get("matrix_cell") for i in listed if "matrix_cell" in known[i]]
    low = 100 * cells.count("streamline") / len(cells)
    assert abs(float(portfolio.whole.value("low_cell_keys") or 0) - low) <= 0.06
    assert {min(g.places) for g in portfolio.groups} == {c for c in cluster if cluster.count(c) > 1}


def test_rules_notice_what_their_conditions_say() -> None:
    """Each rule fires on exactly the items for which its condition is true."""
    portfolio = seen(200)
    accounts = [place.values for place in portfolio.accounts]
    for rule in portfolio.book.portfolio.rules:
        if rule.entry.about == "account":
            states = (State(values, portfolio.book.parameters) for values in accounts)
            holds = [i for i, state in enumerate(states) if evaluate(rule.condition, state) is True]
            assert [noticed.places[0] for noticed in portfolio.of_rule(rule.id)] == holds
    fired = {noticed.rule.id for noticed in portfolio.noticed} | {noticed.rule.id for noticed in example().noticed}
    assert len(fired) >= 14


def test_examples_of_the_rules(book: Rulebook) -> None:
    for rule in book.portfolio.rules:
        for kind, stated in (("fires", rule.entry.fires), ("silent", rule.entry.silent)):
            for each in stated:
                truth = evaluate(rule.condition, State(each, book.parameters))
                assert (truth is True) == (kind == "fires"), f"{rule.id}: {kind} {each}"
    codes = {rule.entry.code for rule in book.portfolio.rules}
    assert {f"PF-{number:02}" for number in range(1, 17)} <= codes


# ---- hours

asks_ = st.builds(
    Ask,
    need=st.sampled_from([None, 4.0, 8.0, 20.0, 40.0]),
    now=st.sampled_from([None, 0.0, 3.5, 12.0, 60.0]),
    gain=st.one_of(st.none(), st.integers(0, 1000).map(float)),
    first=st.booleans(),
    currency=st.sampled_from(["CNY", "EUR"]),
)
teams = st.lists(asks_, min_size=1, max_size=8)
hours_ = st.integers(0, 250).map(float)


def brought(asks: list[Ask], division: Division) -> float:
    """What the hours of accounts of known gain bring."""
    return fsum(
        STEPS.brought(ask.need, ask.gain, share.hours)
        for ask, share in zip(asks, division.shares, strict=True)
        if ask.need and ask.gain is not None and share.hours is not None
    )


@EXAMPLES
@given(st.lists(st.tuples(st.sampled_from([4.0, 8.0, 20.0]), st.integers(0, 99)), min_size=1, max_size=4), st.data())
def test_best_hours_against_every_division(pairs: list[tuple[float, int]], data: st.DataObject) -> None:
    """No division of the blocks, in any order and number, brings more than what the solver finds."""
    asks = {place: Ask(need, 0.0, float(gain), False, "CNY") for place, (need, gain) in enumerate(pairs)}
    free = float(data.draw(st.integers(0, int(sum(need for need, _ in pairs)))))
    hours, price = best(asks, {}, free, STEPS)
    found = fsum(STEPS.brought(ask.need or 0, ask.gain or 0, hours[place]) for place, ask in asks.items())
    grids = [[need / 4 * blocks for blocks in range(5)] for need, _ in pairs]
    for grid in product(*grids):
        rest = free - sum(grid)
        if rest < 0:
            continue
        for place, (need, _) in enumerate(pairs):  # what is left goes to one of them
            tried = list(grid)
            tried[place] = min(need, tried[place] + rest)
            value = fsum(STEPS.brought(n, float(g), h) for (n, g), h in zip(pairs, tried, strict=True))
            assert value <= found * (1 + 1e-9) + 1e-9
    following = [STEPS.next_hour(ask.need or 1, ask.gain or 0, hours[place]) for place, ask in asks.items()]
    if sum(hours.values()) < free - 1e-6:
        assert max(following) == 0  # nobody has use for more
    else:
        assert max(following) <= price * (1 + 1e-9) + 1e-9


@EXAMPLES
@given(teams, hours_)
def test_hours_keep_their_promises(asks: list[Ask], capacity: float) -> None:
    division = divide(asks, capacity, STEPS)
    given_ = [share.hours or 0.0 for share in division.shares]
    assert sum(given_) <= capacity + 1e-6
    needs = sum(ask.need for ask in asks if ask.first and ask.need)
    for ask, share in zip(asks, division.shares, strict=True):
        if share.hours is None:
            assert share.reason == "unknown" and (ask.need is None or ask.gain is None) and ask.now is None
            continue
        if ask.first and ask.need:
            assert share.hours >= min(1, capacity / needs) * ask.need - 0.1001
        elif needs >= capacity and needs:
            assert share.hours <= 0.1
        if ask.need and ask.gain is not None:
            assert share.hours <= ask.need + 1e-6
        elif not (ask.first and ask.need):
            assert ask.now is not None and share.hours <= ask.now
    if needs <= capacity:
        assert division.covered == 1
    larger = divide(asks, capacity + 10, STEPS)
    assert brought(asks, larger) >= brought(asks, division) - 0.1 * sum(ask.gain or 0 for ask in asks)
    assert larger.covered >= division.covered


@EXAMPLES
@given(teams, hours_, st.randoms())
def test_the_order_of_accounts_does_not_matter(asks: list[Ask], capacity: float, chance: random.Random) -> None:
    order = list(range(len(asks)))
    chance.shuffle(order)
    one = divide(asks, capacity, STEPS)
    other = divide([asks[place] for place in order], capacity, STEPS)
    assert other.covered == pytest.approx(one.covered)
    # accounts may tie, so the sum of what they bring is compared; rounding takes up to a tenth of an hour from each
    slack = fsum(0.2 * STEPS.per_hour(ask.need, ask.gain)[0] for ask in asks if ask.need and ask.gain is not None)
    assert abs(brought([asks[place] for place in order], other) - brought(asks, one)) <= slack + 1e-6


@EXAMPLES
@given(st.integers(1, 100).map(float), st.integers(1, 1000).map(float))
def test_the_whole_need_brings_the_gain(need: float, gain: float) -> None:
    assert STEPS.brought(need, gain, need) == pytest.approx(gain)
    rates = STEPS.per_hour(need, gain)
    assert all(later == pytest.approx(0.7 * earlier) for earlier, later in pairwise(rates))
    assert STEPS.next_hour(need, gain, need) == 0


def test_shuffled_accounts_give_the_same_report() -> None:
    book, cases = firm(40)
    shuffled = list(cases)
    random.Random(3).shuffle(shuffled)
    words = wording("en")
    assert render(portfolio_of(book, frame_of(book, shuffled)), words) == render(seen(40), words)


def test_hours_of_a_firm() -> None:
    portfolio = seen(200)
    for team in portfolio.teams:
        assert team.division is not None
        shares = [portfolio.accounts[place].share for place in team.places]
        assert sum(share.hours or 0 for share in shares) <= team.division.capacity + 1e-6
        (price,) = team.division.prices.values()
        for place, share in zip(team.places, shares, strict=True):
            if share.reason == "elsewhere":
                assert share.next_hour is not None and share.next_hour <= price * (1 + 1e-9)
            assert (share.hours is None) == (share.reason == "unknown"), place
    everyone = sorted(place for team in portfolio.teams for place in team.places)
    assert everyone == list(range(200))


# ---- oddities


def odd(**changes: dict[str, Any]) -> Portfolio:
    """Four accounts of the example with changed facts; `name` and `currency` change the account itself."""
    book = manufacturer()
    cases = []
    for stem in ("aurelia-motors", "orbis-foods", "kaltwasser", "gallus-feeds"):
        case = example_case(stem)
        change = dict(changes.get(stem.split("-")[0], {}))
        case = replace(case, name=change.pop("name", case.name), currency=change.pop("currency", case.currency))
        cases.append(named(case, **change))
    return portfolio_of(book, frame_of(book, cases))


def rules_on(portfolio: Portfolio, rule: str) -> list[str]:
    return [portfolio.accounts[each.places[0]].member.case for each in portfolio.of_rule(rule)]


def test_parents_that_make_no_sense() -> None:
    found = odd(
        aurelia={"parent_company": "aurelia  MOTORS"},
        orbis={"parent_company": "Kaltwasser Pumps"},
        kaltwasser={"parent_company": "Gallus Feeds"},
        gallus={"parent_company": "orbis-foods"},
    )
    assert rules_on(found, "named-as-its-own-parent") == ["aurelia-motors"]
    assert rules_on(found, "parents-in-a-circle") == ["gallus-feeds", "kaltwasser", "orbis-foods"]
    (group,) = found.groups
    assert [found.accounts[place].member.case for place in group.places] == [
        "gallus-feeds",
        "kaltwasser",
        "orbis-foods",
    ]


def test_two_accounts_of_one_name() -> None:
    found = odd(orbis={"name": "Aurelia Motors"})
    assert rules_on(found, "two-accounts-of-one-name") == ["aurelia-motors", "orbis-foods"]
    assert found.groups == ()


def test_currencies_are_never_added() -> None:
    found = odd(orbis={"currency": "CNY"}, gallus={"currency": "CNY"})
    assert [each.key for each in found.currencies] == ["CNY", "EUR"]
    revenue = {place.member.case: place.number("annual_revenue") or 0 for place in found.accounts}
    assert found.currencies[0].value("revenue_total") == revenue["orbis-foods"] + revenue["gallus-feeds"]
    assert found.currencies[1].value("revenue_total") == revenue["aurelia-motors"] + revenue["kaltwasser"]
    assert len(found.of_rule("several-currencies")) == 1
    parts = odd(orbis={"currency": "CNY", "parent_company": "X"}, kaltwasser={"parent_company": "X"})
    assert all(len({parts.accounts[i].member.currency for i in group.places}) == 1 for group in parts.groups)
    for language, said in (("en", "within one currency"), ("zh", "同一币种")):
        report = text.render(portfolio_content.document(parts, wording(language)))
        assert bool(parts.groups) != (said in report)


def test_figures_that_contradict_or_frighten() -> None:
    found = odd(
        orbis={"category_spend": 1000.0, "cost_to_serve_pct": 90.0, "gross_margin_pct": 20.0},
        gallus={"annual_revenue": 0.0},
    )
    assert rules_on(found, "sales-above-the-spend") == ["orbis-foods"]
    assert "orbis-foods" in rules_on(found, "account-at-a-loss")
    (currency,) = found.currencies
    assert currency.value("accounts_without_sales") == 1
    loss = next(p.number("account_profit") or 0 for p in found.accounts if p.member.case == "orbis-foods")
    assert loss < 0 and float(currency.value("losses_hidden") or 0) >= -loss


def test_unknown_is_left_out_and_named() -> None:
    before, after = odd(), odd(orbis={"annual_revenue": None})
    (one,), (other,) = before.currencies, after.currencies
    revenue = next(p.number("annual_revenue") or 0 for p in before.accounts if p.member.case == "orbis-foods")
    assert float(other.value("revenue_total") or 0) == float(one.value("revenue_total") or 0) - revenue
    assert other.value("revenue_known") == 3
    report = text.render(portfolio_content.document(after, wording("en")))
    assert "Not included, because sales are unknown: Orbis Foods." in report
    nothing = {"annual_revenue": None, "hours_per_month": None, "account_status": None}
    silent = odd(**dict.fromkeys(("aurelia", "orbis", "kaltwasser", "gallus"), nothing))
    (currency,) = silent.currencies
    assert currency.value("revenue_total") is None and currency.value("largest_share") is None
    for language in ("en", "zh"):
        text.render(portfolio_content.document(silent, wording(language)))
        pictures(silent, wording(language))


def test_accounts_that_say_nothing(book: Rulebook) -> None:
    territory = load_territory(book)
    case = replace(plausible(territory, book, 1, 1), facts={})
    portfolio = portfolio_of(book, frame_of(book, [case]))
    assert portfolio.accounts[0].share.reason == "unknown"
    assert portfolio.whole.value("key_limit") is None
    assert pictures(portfolio, wording("zh")).keys() == {"matrix.svg", "concentration.svg"}
    assert "1 家客户" in text.render(portfolio_content.document(portfolio, wording("zh")))


def test_all_accounts_at_a_loss() -> None:
    """No other account pays for them, so no loss is hidden; whether one that is listed is key stays open."""
    loss = {"gross_margin_pct": -5.0, "revenue_share": None, "trading_years": None}
    found = odd(aurelia=loss, orbis=loss, kaltwasser=loss, gallus=loss)
    assert found.currencies[0].value("loss_makers") == found.currencies[0].value("profit_known") == 3
    assert not found.of_rule("losses-behind-profits")


def test_candidates_without_anything_to_rank_them_by(book: Rulebook) -> None:
    """Who gets one of the few places is not decided by the alphabet."""
    facts = {"annual_revenue": 90.0, "revenue_share": 20.0, "trading_years": 9.0, "account_status": "active"}
    cases = [named(replace(example_case("kaltwasser"), id=f"c{n}", facts={}), **facts) for n in range(8)]
    for kept in (cases, cases[:4]):
        found = portfolio_of(book, frame_of(book, kept))
        assert {place.values["key_account"] for place in found.accounts} == {True}
        assert not any("key_rank" in place.values for place in found.accounts) and not rules_on(
            found, "candidate-beyond-the-limit"
        )
        assert ["key_place" in place.values for place in found.accounts] == [len(kept) <= 5] * len(kept)


def test_columns_that_a_frame_lacks_are_unknown(book: Rulebook) -> None:
    frame = pl.DataFrame({"case": ["b", "a"], "account": ["B", "A"], "currency": ["CNY", "CNY"]})
    portfolio = portfolio_of(book, frame.with_columns(annual_revenue=pl.Series([1.0, 3.0])))
    assert [place.member.case for place in portfolio.accounts] == ["a", "b"]
    assert portfolio.currencies[0].value("largest_share") == 75
    with pytest.raises(ValueError, match="twice"):
        members_of(book, pl.concat([frame, frame]), names_read(book))


def test_managers_of_accounts_that_name_none() -> None:
    book, cases = firm(40)
    frame = frame_of(book, list(cases))
    team = next(team for team in portfolio_of(book, frame, managers=9).teams if not team.key)
    assert team.division is not None and team.division.capacity == 9 * book.parameters["kam_hours"]


# ---- the command and its outputs


@pytest.mark.parametrize("language", ["en", "zh"])
def test_recorded_reports(language: str) -> None:
    words = wording(language)
    report = text.render(portfolio_content.document(example(), words))
    assert max(map(text.columns, report.splitlines())) <= text.WIDTH
    check(f"portfolio/example.{language}.txt", report)
    for name, drawing in pictures(example(), words).items():
        check(f"portfolio/{name.removesuffix('.svg')}.{language}.svg", drawing)


def test_recorded_json() -> None:
    schema = json_schema()
    check("portfolio.schema.json", json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
    document = render(example(), wording("en"))
    jsonschema.validate(json.loads(document), schema)
    jsonschema.validate(json.loads(render(seen(200), wording("zh"))), schema)
    check("portfolio/example.en.json", document)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("count", [40, 200])
def test_pictures(count: int, language: str) -> None:
    """Well-formed, Chinese as text with fonts that have it, no two names over each other, areas true to the amounts."""
    portfolio = seen(count)
    drawings = pictures(portfolio, wording(language))
    assert drawings == pictures(portfolio, wording(language))
    root = ET.fromstring(drawings["matrix.svg"].encode())
    assert root.get("font-family") == FONTS
    space = "{http://www.w3.org/2000/svg}"
    labels = [
        (float(t.get("x", 0)), float(t.get("y", 0)), t.get("text-anchor"), t.text or "")
        for t in root.iter(f"{space}text")
        if t.get("font-size") == "11" and t.get("aria-hidden") is None and float(t.get("x", 0)) < 710
    ]
    assert len(labels) >= 5
    boxes = []
    for x, y, anchor, name in labels:
        width = text.columns(name) * 11 * 0.5
        left = x if anchor == "start" else x - width if anchor == "end" else x - width / 2
        boxes.append((left, y - 8, left + width, y))
    for one, other in product(boxes, repeat=2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert one == other or apart
    discs = {}
    for circle in root.iter(f"{space}circle"):
        title = circle.find(f"{space}title")
        if title is not None and title.text and circle.get("fill") != "none":
            discs[title.text.split("\n")[0]] = float(circle.get("r", 0))
    revenue = {place.member.account: place.number("annual_revenue") or 0 for place in portfolio.accounts}
    large = sorted(discs, key=lambda name: -revenue[name])[:5]
    for name in large[1:]:
        assert (discs[name] / discs[large[0]]) ** 2 == pytest.approx(revenue[name] / revenue[large[0]], rel=0.02)


def test_command(tmp_path: Path) -> None:
    done = run(EXAMPLE, "--lang", "en", "--svg", tmp_path / "pictures", "--format", "xlsx", "-o", tmp_path / "all.xlsx")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["concentration.svg", "matrix.svg"]
    book = CalamineWorkbook.from_filelike(BytesIO((tmp_path / "all.xlsx").read_bytes()))
    assert book.sheet_names == [
        "Accounts",
        "Matrix",
        "Concentration",
        "Hours by account",
        "Hours by manager",
        "Figures",
        "Findings",
    ]
    rows = book.get_sheet_by_name("Accounts").to_python()
    assert len(rows) == 17
    head = rows[0]
    by_case = {row[0]: dict(zip(head, row, strict=True)) for row in rows[1:]}
    assert by_case["calder-mills"]["Our annual sales to the customer"] == ""  # unknown stays empty
    assert by_case["aurelia-motors"]["Hours proposed per month (hours)"] == 80
    words = wording("en")
    full = text.render(portfolio_content.document(example(), words))
    assert full.startswith(text.render(portfolio_content.document(example(), words, "brief")).rstrip())


def test_json_alone_on_stdout() -> None:
    """A real process, because the solver's library likes to print a line of its own."""
    command = [sys.executable, "-m", "kam_expert", "portfolio", str(EXAMPLE), "--format", "json", "--lang", "en"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == 0
    accounts = json.loads(done.stdout)["accounts"]
    assert len(accounts) == 16 and any(account["values"]["planned_hours"] for account in accounts)


def test_mistakes_of_files(tmp_path: Path) -> None:
    for path in EXAMPLE.glob("[ab]*.yaml"):
        shutil.copy(path, tmp_path)
    broken = (tmp_path / "brixen-doors.yaml").read_text(encoding="utf-8")
    (tmp_path / "brixen-doors.yaml").write_text(broken.replace("declared_key", "declared_kee"), encoding="utf-8")
    again = tmp_path / "again"
    again.mkdir()
    shutil.copy(tmp_path / "aurelia-motors.yaml", again)
    done = run(tmp_path, again, "--lang", "en")
    assert done.exit_code == 1
    assert done.stdout.startswith("Portfolio of one account")
    assert "declared_kee" in done.stderr and "brixen-doors.yaml:" in done.stderr
    assert "the case aurelia-motors was read already" in done.stderr
    assert "2 of 3 accounts could not be read" in done.stderr
    (tmp_path / "empty").mkdir()
    nothing = run(tmp_path / "empty", "--lang", "zh")
    assert nothing.exit_code == 2 and "没有客户档案" in nothing.stderr
    assert run(tmp_path / "missing.yaml").exit_code == 2
    assert run(EXAMPLE, "--format", "xlsx").exit_code == 2
    (tmp_path / "file").write_text("")
    assert run(again, "--svg", tmp_path / "file" / "x", "--lang", "en").exit_code == 2


def test_mistakes_of_the_portfolio_file(tmp_path: Path) -> None:
    for folder in ("knowledge", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "knowledge" / "portfolio.yaml"
    written = path.read_text(encoding="utf-8")
    written = written.replace("formula: annual_revenue * op_margin / 100", "formula: anual_revenue * op_margin / 100")
    written = written.replace("places: top_few", "places: top_fewer")
    written = written.replace("  cell: matrix_cell\n", "  cell: matrix_sell\n")
    written = written.replace("formula: revenue_rank - listed_keys", "formula: hours_off - listed_keys")
    written = written.replace("formula: 100 * hours_per_month / hours_target - 100", "formula: above_listed")
    path.write_text(written, encoding="utf-8")
    rules = tmp_path / "rules" / "portfolio" / "concentration.yaml"
    text_ = rules.read_text(encoding="utf-8").replace("if: group_keys >= 2", "if: key_account and group_keys >= 2")
    rules.write_text(text_.replace("silent: [{loss_makers: 3}, {}]", "silent: [{loss_maker: 3}, {}]"), encoding="utf-8")
    done = run(EXAMPLE, "--rules", tmp_path, "--lang", "en")
    assert done.exit_code == 2
    for expected in ("anual_revenue", "top_fewer", "matrix_sell", "in a circle", "key_account", "loss_maker"):
        assert re.search(rf"portfolio.*\.yaml:\d+:\d+ .*{expected}", done.stderr), expected


@pytest.mark.slow
def test_five_thousand_accounts() -> None:
    from time import process_time

    book, cases = firm(5000)
    frame = frame_of(book, list(cases))
    begun = process_time()
    portfolio = portfolio_of(book, frame)
    pictures(portfolio, wording("zh"))
    text.render(portfolio_content.document(portfolio, wording("en")))
    assert process_time() - begun < 20
