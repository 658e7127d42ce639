"""The portfolio as one value: rulebook and accounts in, everything a report may say about all of them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from kam_expert.portfolio.allocation import Ask, Division, Share, Steps, divide
from kam_expert.portfolio.concentration import Point, curve
from kam_expert.portfolio.figures import Item, Sheet
from kam_expert.portfolio.members import Member, members_of
from kam_expert.portfolio.ranking import rank_by_revenue, rank_candidates
from kam_expert.portfolio.relations import Group, Relations, relations_of
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Value, base_name, names_in
from kam_expert.rulebook.portfolio_rules import NoticedBy
from kam_expert.rulebook.portfolio_schema import Scope

ALLOCATED = ("hours_target", "gain_next_hour")


@dataclass(frozen=True)
class Number:
    """A figure over accounts: its value, None if unknown, and how many of the accounts it is about are known."""

    name: str
    value: Value | None
    known: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Place:
    """One account in the portfolio. `values`: of every name; `missing`: what keeps need or gain of its hours open."""

    member: Member
    values: Mapping[str, Value]
    share: Share
    missing: tuple[str, ...]

    def number(self, name: str) -> float | None:
        """The known number of this name, else None."""
        value = self.values.get(name)
        return None if value is None or isinstance(value, str) else float(value)


@dataclass(frozen=True)
class Whole:
    """Accounts taken together: a group, a team, a currency or all. `places`: which of the accounts."""

    scope: Scope
    key: str
    places: tuple[int, ...]
    numbers: Mapping[str, Number]

    def value(self, name: str) -> Value | None:
        return self.numbers[name].value


@dataclass(frozen=True)
class Currency(Whole):
    """All accounts of one currency, with the cumulative curves of sales and profit."""

    revenue_curve: tuple[Point, ...] = ()
    profit_curve: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Related(Whole):
    """Accounts that count as one. `texts`: what binds them, by fact."""

    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Team(Whole):
    """The accounts of one manager; `key` is empty where nobody is named. `division`: None if there are no hours."""

    division: Division | None = None


@dataclass(frozen=True)
class Noticed:
    """A rule that fired on an item, with what made its condition true."""

    rule: NoticedBy
    scope: Scope
    key: str
    places: tuple[int, ...]
    premises: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Everything a report may say about many accounts at once. Accounts are in the order of their case ids."""

    book: Rulebook
    accounts: tuple[Place, ...]
    whole: Whole
    currencies: tuple[Currency, ...]
    groups: tuple[Related, ...]
    teams: tuple[Team, ...]
    noticed: tuple[Noticed, ...]

    def of_rule(self, rule: str) -> tuple[Noticed, ...]:
        return tuple(each for each in self.noticed if each.rule.id == rule)


def names_read(book: Rulebook) -> tuple[str, ...]:
    """The names of the rulebook that a portfolio reads of each account."""
    portfolio = book.portfolio
    found = [base_name(name) for expression in portfolio.expressions for name in names_in(expression)]
    found += [*portfolio.fields, *(each.model for each in portfolio.entry.distributions)]
    todo, seen = list(found), dict[str, None]()
    while todo:  # with what measures are computed from, to tell what is missing
        name = todo.pop(0)
        if name in book.vocabulary.names and name not in seen:
            seen[name] = None
            todo += book.measures[name].reads if name in book.measures else ()
    return tuple(seen)


def portfolio_of(book: Rulebook, members: pl.DataFrame, managers: int | None = None) -> Portfolio:
    """What is to be said about these accounts together.

    `members`: one row per account with `case`, `account`, `currency`, the facts and what `Columns.judge` gives; columns
    that are missing are unknown. `managers`: how many account managers look after the accounts that name none. Raises
    ValueError if a case occurs twice.
    """
    read = members_of(book, members, names_read(book))
    roles = book.portfolio.entry.roles
    relations = relations_of(read, book.portfolio.bonds, book.parameters)
    sheet = Sheet(book, [member.values for member in read])
    _items(sheet, read, relations, managers)
    _give_accounts(sheet, read, relations)
    rank_by_revenue(sheet, roles.revenue, "revenue_rank")
    sheet.compute(later=("key_rank", "key_place", *ALLOCATED))
    limit = sheet.items["portfolio"][0].values.get(roles.limit)
    rank_candidates(sheet, roles.candidate, roles.rank_by, limit)
    sheet.compute(later=ALLOCATED)
    divisions, shares = _allocate(sheet)
    sheet.compute()
    missing = _Missing(book)
    accounts = tuple(
        Place(member, item.values, shares[place], missing.of_hours(item.values))
        for place, (member, item) in enumerate(zip(read, sheet.items["account"], strict=True))
    )
    return Portfolio(
        book=book,
        accounts=accounts,
        whole=Whole("portfolio", "", sheet.items["portfolio"][0].members, _numbers(sheet, "portfolio", 0)),
        currencies=tuple(_currency(sheet, index) for index in range(len(sheet.items["currency"]))),
        groups=tuple(
            Related("group", item.key, item.members, _numbers(sheet, "group", index), group.texts)
            for index, (item, group) in enumerate(zip(sheet.items["group"], relations.groups, strict=True))
        ),
        teams=tuple(
            Team("team", item.key, item.members, _numbers(sheet, "team", index), divisions[index])
            for index, item in enumerate(sheet.items["team"])
        ),
        noticed=tuple(_noticed(sheet)),
    )


def _items(sheet: Sheet, members: Sequence[Member], relations: Relations, managers: int | None) -> None:
    """The items over the accounts, and what the program says of each."""
    everyone = range(len(members))
    by_currency: dict[str, list[int]] = defaultdict(list)
    by_manager: dict[str, list[int]] = defaultdict(list)
    spelling: dict[str, str] = {}
    role = sheet.book.portfolio.entry.roles.manager
    for place, member in enumerate(members):
        by_currency[member.currency].append(place)
        named = member.values.get(role)
        text = " ".join(named.split()) if isinstance(named, str) else ""
        spelling.setdefault(text.casefold(), text)
        by_manager[text.casefold()].append(place)
    whole = sheet.add("portfolio", "", everyone)
    for currency in sorted(by_currency):
        sheet.add("currency", currency, by_currency[currency])
    for group in relations.groups:
        sheet.give(sheet.add("group", _name_of(group), group.members), "group_accounts", len(group.members))
        for place in group.members:
            sheet.clusters[place] = group.members[0]
    for manager in sorted(by_manager, key=lambda each: (each == "", each)):
        team = sheet.add("team", spelling[manager], by_manager[manager])
        sheet.give(team, "team_accounts", len(team.members))
        sheet.give(team, "team_named", manager != "")
        sheet.give(team, "team_managers", 1 if manager else managers or 0)
    sheet.give(whole, "accounts", len(members))
    sheet.give(whole, "currencies", len(by_currency))


def _name_of(group: Group) -> str:
    return ", ".join(text for _, text in group.texts)


def _give_accounts(sheet: Sheet, members: Sequence[Member], relations: Relations) -> None:
    role = sheet.book.portfolio.entry.roles.manager
    anybody = any(role in member.values for member in members)
    for place, (member, item) in enumerate(zip(members, sheet.items["account"], strict=True)):
        if anybody:
            sheet.give(item, "managed", role in member.values)
        for name, places in relations.oddities.items():
            sheet.give(item, name, place in places)


def _allocate(sheet: Sheet) -> tuple[list[Division | None], dict[int, Share]]:
    """Divide the hours of every team, and give each account what it gets."""
    roles, parameters = sheet.book.portfolio.entry.roles, sheet.book.parameters
    steps = Steps(parameters[roles.block], parameters[roles.ceiling], parameters[roles.diminish])
    accounts = sheet.items["account"]
    currency_of = {place: item.key for item in sheet.items["currency"] for place in item.members}
    divisions: list[Division | None] = []
    shares: dict[int, Share] = {}
    for team in sheet.items["team"]:
        capacity = team.values.get(roles.capacity)
        if not capacity:
            divisions.append(None)
            shares.update(dict.fromkeys(team.members, Share(None, "unknown")))
            continue
        asks = [_ask(accounts[place].values, roles, currency_of[place]) for place in team.members]
        division = divide(asks, float(capacity), steps)
        divisions.append(division)
        for place, share in zip(team.members, division.shares, strict=True):
            shares[place] = share
            sheet.give(accounts[place], "hours_target", share.hours)
            sheet.give(accounts[place], "gain_next_hour", share.next_hour)
    return divisions, shares


def _ask(values: Mapping[str, Any], roles: Any, currency: str) -> Ask:
    return Ask(
        need=values.get(roles.hours_need),
        now=values.get(roles.hours_now),
        gain=values.get(roles.gain),
        first=values.get(roles.first) is True,
        currency=currency,
    )


def _numbers(sheet: Sheet, scope: Scope, index: int) -> dict[str, Number]:
    item = sheet.items[scope][index]
    names = [entry.id for entry in sheet.book.portfolio.entry.names if entry.of == scope]
    return {name: Number(name, item.values.get(name), *item.known.get(name, (None, None))) for name in names}


def _currency(sheet: Sheet, index: int) -> Currency:
    item, roles = sheet.items["currency"][index], sheet.book.portfolio.entry.roles

    def amounts(name: str) -> list[float]:
        values = (sheet.items["account"][place].values for place in item.members)
        return [float(each[name]) for each in values if name in each]

    return Currency(
        "currency",
        item.key,
        item.members,
        _numbers(sheet, "currency", index),
        curve(amounts(roles.revenue)),
        curve(amounts(roles.profit)),
    )


def _noticed(sheet: Sheet) -> Iterator[Noticed]:
    parameters = sheet.book.parameters
    for rule in sheet.book.portfolio.rules:
        read = [base_name(name) for name in names_in(rule.condition)]
        for item in sheet.items[rule.entry.about]:
            if evaluate(rule.condition, State(item.values, parameters)) is True:
                premises = tuple((name, item.values[name]) for name in dict.fromkeys(read) if name in item.values)
                yield Noticed(rule, item.scope, item.key, item.members, premises)


class _Missing:
    """Which unknown facts and positions keep a name open."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.figures = book.portfolio.figures

    def of_hours(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """What keeps the need of hours open, else what keeps their gain open."""
        roles = self.book.portfolio.entry.roles
        return self.of(roles.hours_need, values) or self.of(roles.gain, values)

    def of(self, name: str, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The unknown names from which this one would follow; itself if all of them are known."""
        if name in values:
            return ()
        found = (missing for read in self._reads(name) for missing in self.of(read, values))
        return tuple(dict.fromkeys(found)) or (name,)

    def _reads(self, name: str) -> tuple[str, ...]:
        if name in self.figures:
            return self.figures[name].reads
        return self.book.measures[name].reads if name in self.book.measures else ()


__all__ = ["Currency", "Item", "Noticed", "Number", "Place", "Portfolio", "Related", "Team", "Whole", "portfolio_of"]
