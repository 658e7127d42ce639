"""The portfolio as a JSON document: a stable contract whose JSON Schema is generated from these models."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from kam_expert.portfolio.portfolio import Currency, Noticed, Place, Portfolio, Team, Whole
from kam_expert.reports.json_document import RulebookOut, Scalar
from kam_expert.reports.json_parts import Part
from kam_expert.reports.portfolio_words import PortfolioWords
from kam_expert.wording import Wording

Scope = Literal["account", "group", "team", "currency", "portfolio"]


class FigureOut(Part):
    """A figure over accounts."""

    value: Scalar | None = Field(description="Null if unknown. Amounts are in the currency of the item.")
    unit: str | None = Field(description="Id of a unit of the rulebook; money is in the currency of the item.")
    known: int | None = Field(description="How many of the accounts it is about are known; null if not over accounts.")
    total: int | None = Field(description="How many accounts it is about.")
    title: str


class HoursOut(Part):
    """Hours a month; null where unknown."""

    need: float | None
    now: float | None
    proposed: float | None
    reason: Literal["first", "first_short", "gain", "elsewhere", "kept", "kept_short", "unknown"]
    why: str = Field(description="The reason in words.")
    next_hour: float | None = Field(description="Gross profit that one more hour a month would bring, over gain_years.")
    missing: list[str] = Field(description="Unknown names that keep the gain open.")


class KeyOut(Part):
    """Whether the account is key. `rank` and `place` are null where it cannot be said."""

    candidate: bool | None
    rank: int | None
    place: bool | None = Field(description="Within the limit for key accounts.")
    listed: bool | None
    proposal: str | None = Field(
        description="keep, add, drop, watch, develop, listed, place, unclear, unranked; null if nothing is proposed."
    )


class AccountOut(Part):
    case: str
    account: str
    currency: str
    level: str | None
    primary: str | None
    manager: str | None
    values: dict[str, Scalar | None] = Field(description="Names of the portfolio and those that it rests on.")
    hours: HoursOut
    key: KeyOut


class PointOut(Part):
    accounts: int = Field(description="The so many largest.")
    share: float = Field(description="Their sum in per cent of the positive sum.")


class CurrencyOut(Part):
    currency: str
    accounts: list[str]
    figures: dict[str, FigureOut]
    revenue_curve: list[PointOut]
    profit_curve: list[PointOut]


class BondOut(Part):
    fact: str
    text: str


class GroupOut(Part):
    bonds: list[BondOut]
    currency: str
    accounts: list[str]
    figures: dict[str, FigureOut]


class TeamOut(Part):
    """The accounts of one manager. Without hours to divide, `capacity` and what follows is null."""

    manager: str | None
    accounts: list[str]
    figures: dict[str, FigureOut]
    capacity: float | None
    covered: float | None = Field(description="Part of the first needs that is met, 0 to 1.")
    left: float | None = Field(description="Hours that no known gain asks for.")
    price: dict[str, float] | None = Field(description="By currency, what one more hour a month would bring.")


class FindingOut(Part):
    rule: str
    code: str | None
    about: Scope
    item: str = Field(description="Case id, manager, currency or names of the related accounts; empty for the whole.")
    accounts: list[str]
    title: str
    because: str
    advice: str
    caution: str
    sources: list[str]
    premises: dict[str, Scalar]


class PortfolioOut(Part):
    """The result of `kam-expert portfolio --format json`. Accounts are named by their case ids."""

    language: str
    rulebook: RulebookOut
    figures: dict[str, FigureOut]
    currencies: list[CurrencyOut]
    accounts: list[AccountOut]
    groups: list[GroupOut]
    teams: list[TeamOut]
    distributions: dict[str, dict[str, int]] = Field(description="By model, how many accounts lie in each cell.")
    findings: list[FindingOut]


def render(portfolio: Portfolio, words: Wording) -> str:
    """One JSON document, indented, ending in a newline."""
    return build(portfolio, words).model_dump_json(indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    return PortfolioOut.model_json_schema()


def build(portfolio: Portfolio, words: Wording) -> PortfolioOut:
    """The document with its texts in one language."""
    return _Building(portfolio, words).document()


class _Building(PortfolioWords):
    def document(self) -> PortfolioOut:
        portfolio, book = self.portfolio, self.book
        return PortfolioOut(
            language=self.words.language,
            rulebook=RulebookOut(version=book.version, profile=book.profile.profile if book.profile else None),
            figures=self.figures(portfolio.whole),
            currencies=[self.currency_out(each) for each in portfolio.currencies],
            accounts=[self.account(index, place) for index, place in enumerate(portfolio.accounts)],
            groups=[
                GroupOut(
                    bonds=[BondOut(fact=fact, text=text) for fact, text in group.texts],
                    currency=portfolio.accounts[group.places[0]].member.currency,
                    accounts=self.cases(group.places),
                    figures=self.figures(group),
                )
                for group in portfolio.groups
            ],
            teams=[self.team_out(team) for team in portfolio.teams],
            distributions={each.model: self.distribution(each.model) for each in book.portfolio.entry.distributions},
            findings=[self.finding(noticed) for noticed in portfolio.noticed],
        )

    def cases(self, places: tuple[int, ...]) -> list[str]:
        return [self.portfolio.accounts[place].member.case for place in places]

    def figures(self, whole: Whole) -> dict[str, FigureOut]:
        return {
            name: FigureOut(
                value=number.value,
                unit=self.book.unit_of(name),
                known=number.known,
                total=number.total,
                title=self.label(name),
            )
            for name, number in whole.numbers.items()
        }

    def currency_out(self, currency: Currency) -> CurrencyOut:
        def points(curve: Any) -> list[PointOut]:
            return [PointOut(accounts=point.accounts, share=round(point.share, 2)) for point in curve]

        return CurrencyOut(
            currency=currency.key,
            accounts=self.cases(currency.places),
            figures=self.figures(currency),
            revenue_curve=points(currency.revenue_curve),
            profit_curve=points(currency.profit_curve),
        )

    def account(self, index: int, place: Place) -> AccountOut:
        roles, values = self.roles, place.values
        wanted = [each.id for each in self.book.portfolio.entry.names if each.of == "account"]
        named = [name for name in roles.model_dump().values() if name in self.book.vocabulary.names]
        wanted = [*named, *roles.rank_by, *(each.model for each in self.book.portfolio.entry.distributions), *wanted]
        manager = values.get(roles.manager)
        rank = place.number("key_rank")
        return AccountOut(
            case=place.member.case,
            account=place.member.account,
            currency=place.member.currency,
            level=place.member.level,
            primary=place.member.primary,
            manager=None if manager is None else str(manager),
            values={name: values.get(name) for name in dict.fromkeys(wanted) if name != roles.manager},
            hours=HoursOut(
                need=place.number(roles.hours_need),
                now=place.number(roles.hours_now),
                proposed=place.share.hours,
                reason=place.share.reason,
                why=self.reason(place),
                next_hour=None if place.share.next_hour is None else round(place.share.next_hour, 2),
                missing=list(place.missing),
            ),
            key=KeyOut(
                candidate=_flag(place, roles.candidate),
                rank=None if rank is None else int(rank),
                place=_flag(place, "key_place"),
                listed=_flag(place, roles.declared),
                proposal=self.proposal(index),
            ),
        )

    def team_out(self, team: Team) -> TeamOut:
        division = team.division
        return TeamOut(
            manager=team.key or None,
            accounts=self.cases(team.places),
            figures=self.figures(team),
            capacity=None if division is None else division.capacity,
            covered=None if division is None else round(division.covered, 4),
            left=None if division is None else round(division.left, 1),
            price=None if division is None else {key: round(price, 2) for key, price in division.prices.items()},
        )

    def distribution(self, model: str) -> dict[str, int]:
        counted = Counter(str(place.values.get(model, "unknown")) for place in self.portfolio.accounts)
        return {cell: counted.get(cell, 0) for cell in (*self.book.models[model].cells, "unknown")}

    def finding(self, noticed: Noticed) -> FindingOut:
        entry = noticed.rule.entry
        cases = self.cases(noticed.places)
        item = cases[0] if noticed.scope == "account" else noticed.key
        return FindingOut(
            rule=noticed.rule.id,
            code=entry.code,
            about=noticed.scope,
            item=item,
            accounts=cases,
            title=self.text(entry.title),
            because=self.text(entry.because),
            advice=self.text(entry.advice),
            caution=self.text(entry.caution),
            sources=list(entry.sources),
            premises=dict(noticed.premises),
        )


def _flag(place: Place, name: str) -> bool | None:
    value = place.values.get(name)
    return value if isinstance(value, bool) else None
