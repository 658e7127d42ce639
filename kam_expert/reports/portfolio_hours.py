"""What a report of a portfolio says about hours: how they are divided, team by team and account by account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kam_expert.portfolio.portfolio import Place, Portfolio, Team
from kam_expert.reports.document import Block, Paragraph, Section, Table
from kam_expert.reports.portfolio_findings import PortfolioFindings
from kam_expert.reports.portfolio_pictures import PortfolioPictures
from kam_expert.wording import Wording

ROWS = 20  # of a table, before the rest is counted


class HoursSections(PortfolioFindings):
    """The sections on hours, and how sections and tables of the report are made."""

    def __init__(self, portfolio: Portfolio, words: Wording, *, pictured: bool) -> None:
        super().__init__(portfolio, words)
        self.pictures = PortfolioPictures(portfolio, words) if pictured else None

    def section(self, key: str, blocks: Iterable[Block], level: int = 1) -> Section:
        return Section(self.say(f"{key}.title"), tuple(blocks), level)

    def table(
        self, key: str, headers: Iterable[str], rows: list[tuple[str, ...]], widths: tuple[int, ...]
    ) -> list[Block]:
        """A table of at most `ROWS` rows, and how many are left out."""
        found: list[Block] = [
            Table(tuple(self.say(f"{key}.{header}") for header in headers), tuple(rows[:ROWS]), widths)
        ]
        if len(rows) > ROWS:
            found.append(Paragraph(self.say("rest_of_table", count=len(rows) - ROWS)))
        return found

    def hours_sections(self) -> Iterator[Section]:
        years = self.parameter(self.roles.years)
        how = self.say("hours.how", diminish=self.words.plain(self.book.parameters[self.roles.diminish]), years=years)
        notes: list[Block] = [Paragraph(how)]
        if not self.one_currency:
            notes.append(Paragraph(self.say("hours.apart")))
        moved = None if self.pictures is None else self.pictures.hours_moved()
        notes += [] if moved is None else [moved]
        notes.append(self.in_short(self.moved()))
        yield self.section("hours", notes)
        for team in self.portfolio.teams[:ROWS]:
            yield Section(self.team(team), tuple(self.team_blocks(team, years)), 2)

    def team_blocks(self, team: Team, years: str) -> Iterator[Block]:
        if team.division is None:
            yield Paragraph(self.say("hours.none"))
            return
        lines = [*self.team_lines(team), *self.team_margin(team, years)]
        yield Paragraph(self.words.say("sentence_space").join(lines))
        places = sorted(team.places, key=lambda index: (-self._moved(index), index))
        rows = [self.row(self.portfolio.accounts[index]) for index in places]
        headers = ("account", "need", "now", "proposed", "next", "why")
        yield from self.table("hours", headers, rows, (18, 10, 10, 13, 13, 26))
        if any(self.portfolio.accounts[index].share.hours == 0 for index in team.places):
            yield Paragraph(self.say("hours.zero"))
        postponed = self.postponed(team)
        if postponed:
            yield Paragraph(postponed)

    def team_lines(self, team: Team) -> list[str]:
        """The hours that a team has, spends and needs."""
        division = team.division
        if division is None:
            return []
        lines = [
            self.say(
                "hours.capacity",
                capacity=self.hours(division.capacity),
                now=self.hours(team.value(self.roles.team_now)),
                need=self.hours(team.value(self.roles.team_need)),
            )
        ]
        if not team.value("team_managers"):
            lines.append(self.say("hours.capacity_today"))
        return lines

    def team_margin(self, team: Team, years: str) -> list[str]:
        """What the hours of a team cover, what is left of them, and what more of them would bring."""
        division, lines = team.division, list[str]()
        if division is None:
            return lines
        if division.covered < 1:
            part = self.words.quantity(100 * division.covered, "percent", self.book, "")
            lines.append(self.say("hours.short", share=part))
            lines.append(self.say("hours.price_first"))
        for currency, price in division.prices.items():
            if price > 0:
                lines.append(self.say("hours.price", amount=self.amount(price, currency), years=years))
        if division.left >= 1:
            lines.append(self.say("hours.left", hours=self.hours(float(int(division.left)))))
        return lines

    def postponed(self, team: Team) -> str:
        """Which plans to postpone, so that the rest fits into the hours; empty if all do."""
        excess = team.value(self.roles.plan_excess)
        if excess is None or float(excess) <= 0:
            return ""
        named = _to_postpone(team, self.portfolio, float(excess), self.book.parameters[self.roles.months])
        return self.say("hours.postpone", names=self.names(named))

    def _moved(self, index: int) -> float:
        place = self.portfolio.accounts[index]
        now, proposed = place.number(self.roles.hours_now), place.share.hours
        return -1.0 if now is None or proposed is None else abs(now - proposed)

    def row(self, place: Place) -> tuple[str, ...]:
        return (
            place.member.account,
            self.plain_hours(place.number(self.roles.hours_need)),
            self.plain_hours(place.number(self.roles.hours_now)),
            self.plain_hours(place.share.hours),
            self._following(place),
            self.reason(place),
        )

    def _following(self, place: Place) -> str:
        following = place.share.next_hour
        if following is None:
            return self.words.say("unknown")
        return (
            self.say("hours.reason.met")
            if following == 0 and place.share.hours
            else self.amount(following, place.member.currency)
        )


def _to_postpone(team: Team, portfolio: Portfolio, excess: float, months: float) -> list[int]:
    """The accounts whose plans to postpone until the rest fits: the lowest gain per hour of need first [PF-15]."""
    roles = portfolio.book.portfolio.entry.roles
    ranked = []
    for index in team.places:
        place = portfolio.accounts[index]
        gain, need, planned = place.number(roles.gain), place.number(roles.hours_need), place.number("planned_hours")
        if gain is not None and need and planned and place.values.get(roles.first) is not True:
            ranked.append((gain / need, index, planned / months))
    found, left = [], excess
    for _, index, hours in sorted(ranked):
        if left <= 0:
            break
        found.append(index)
        left -= hours
    return found
