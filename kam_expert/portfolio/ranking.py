"""Ranks accounts: by sales within a currency, and candidates for the places of key accounts."""

from __future__ import annotations

from collections.abc import Sequence

from kam_expert.portfolio.figures import Sheet


def rank_by_revenue(sheet: Sheet, revenue: str, name: str) -> None:
    """Give each account with known sales its place among those of its currency; ties go by case id."""
    accounts = sheet.items["account"]
    for item in sheet.items["currency"]:
        known = [place for place in item.members if revenue in accounts[place].values]
        known.sort(key=lambda place: (-float(accounts[place].values[revenue]), place))
        for rank, place in enumerate(known, start=1):
            sheet.give(accounts[place], name, rank)


def rank_candidates(sheet: Sheet, candidate: str, rank_by: Sequence[str], limit: float | None) -> None:
    """Give candidates their rank and say who is within the limit; what is unknown ranks last, ties go by case id.

    Amounts rank only where all accounts have one currency. Candidates of which nothing is known to rank them by get no
    rank; who of them gets one of the places is not said, unless there is one for each or none at all. Nothing is said
    of accounts that may be candidates or not, nor if the limit is unknown.
    """
    accounts = sheet.items["account"]
    one_currency = len(sheet.items["currency"]) <= 1
    names = [name for name in rank_by if one_currency or sheet.book.unit_of(name) != "money"]

    def order(place: int) -> tuple[float, ...]:
        values = accounts[place].values
        return (*(-float(values[name]) if name in values else float("inf") for name in names), place)

    chosen = sorted((p for p, item in enumerate(accounts) if item.values.get(candidate) is True), key=order)
    known = sum(any(name in accounts[place].values for name in names) for place in chosen)
    for rank, place in enumerate(chosen, start=1):
        if rank <= known:
            sheet.give(accounts[place], "key_rank", rank)
        if limit is not None and (rank <= known or known >= limit or len(chosen) <= limit):
            sheet.give(accounts[place], "key_place", rank <= limit)
    for item in accounts:
        if item.values.get(candidate) is False:
            sheet.give(item, "key_place", False)
