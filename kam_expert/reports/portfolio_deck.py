"""The portfolio as slides: each says one finding in its title, shows it, and what to do; all figures in the backup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kam_expert.portfolio.portfolio import Currency, Noticed, Portfolio, Team
from kam_expert.reports.document import Block, Bullets, Callout, Document, Pairs, Paragraph, Section, Table
from kam_expert.reports.portfolio_content import PortfolioReport
from kam_expert.reports.portfolio_pictures import PortfolioPictures
from kam_expert.wording import Wording

ASKS = 4  # on the first slide
NAMED = 5  # accounts in a cell or a line of a list
ROWS = 12  # of the table of key accounts
LISTED = 60  # of that in the backup
FINDINGS = 8  # of a table of findings
FACTS = 2  # lines of one of them
TEAMS = 7
LINES = 5  # of a list beside a picture
KEY = 13  # lines of the key to the numbers, before it takes two columns
CURRENCIES = 2  # with a matrix on the slides; the figures of all but the first stand in the backup
FEW = 3  # accounts with known sales, below which a curve says nothing


def document(portfolio: Portfolio, words: Wording, *, brief: bool = False) -> Document:
    """The deck in one language; `brief`: only the first slide and what stands out."""
    return _Deck(portfolio, words).deck(brief)


class _Deck(PortfolioReport):
    def __init__(self, portfolio: Portfolio, words: Wording) -> None:
        super().__init__(portfolio, words, pictured=True)
        self.drawn = PortfolioPictures(portfolio, words)
        self.advised: set[str] = set()

    def deck(self, brief: bool) -> Document:
        slides = [*self.summary()]
        if not brief:
            for currency in self.by_size[:1]:
                slides += [*self.concentrated_slide(currency), *self.largest_slide(currency)]
            for currency in self.presented:
                slides += self.matrix_slide(currency)
            slides += [*self.strategies_slide(), *self.keys_slide(), *self.hours_slide()]
        slides += self.findings_slide()
        if not brief:
            slides += [*self.checks_slide(), *self.backup()]
        return Document(self.title(), tuple(slides))

    @property
    def presented(self) -> list[Currency]:
        """The currencies whose matrix is shown."""
        worth = [each for each in self.by_size if len(each.revenue_curve) > FEW]
        return (worth or self.by_size[:1])[:CURRENCIES]

    def part(self, key: str, blocks: Iterable[Block]) -> Section:
        return Section(self.say(f"deck.{key}"), tuple(blocks), level=2)

    def notes(self, found: Iterable[Noticed] = (), *more: str) -> tuple[str, ...]:
        """What the speaker may say besides: more, the rules and their works, and what all of it was made with."""
        said = [each for each in more if each]
        rules = [each.rule for each in found]
        if rules:
            named = dict.fromkeys(f"{self.text(rule.entry.title)} [{rule.id}]" for rule in rules)
            said.append(self.words.say("deck.notes.rules", rules=self.words.say("list_semicolon").join(named)))
            cited = dict.fromkeys(source for rule in rules for source in rule.entry.sources)
            works = self.listed(self.text(self.book.sources[key].citation) for key in cited)
            said.append(self.words.say("deck.notes.sources", sources=works))
        return (*said, self.say("deck.basis_notes", version=self.book.version))

    def advice(self, names: Iterable[str]) -> tuple[tuple[Callout, ...], list[Noticed]]:
        """What to do about what a slide shows, as a rule says it that no other slide has cited."""
        for noticed in self.about(names):
            if noticed.rule.id not in self.advised:
                self.advised.add(noticed.rule.id)
                entry = noticed.rule.entry
                return (Callout(self.text(entry.title), self.text(entry.advice)),), [noticed]
        return (), []

    # The slides

    def summary(self) -> Iterator[Section]:
        """Four figures, what is seen, and what is asked for."""
        main = self.by_size[0]
        seen = [
            self.concentrated(main),
            self.lost(main),
            self.placed(),
            self.directed(),
            self.key_changes(),
            self.moved(),
        ]
        found = self.found()
        asks = [
            (self.say("noticed.where", title=each[0].rule.entry.title, where=self.text(each[0].rule.entry.advice)), ())
            for each in found[:ASKS]
        ]
        yield Section(self.summed_up(), (self.headline(main),), notes=self.notes(each[0] for each in found[:ASKS]))
        yield self.part("found", [Bullets(tuple((each, ()) for each in seen))])
        if asks:
            yield self.part("asks", [Bullets(tuple(asks), numbered=True)])

    def headline(self, main: Currency) -> Pairs:
        """Four figures, each with what it is to be seen against."""
        roles = self.roles
        places = self.portfolio.accounts
        sales = [each for index in main.places if (each := places[index].number(roles.revenue)) is not None]
        now = [each for place in places if (each := place.number(roles.hours_now)) is not None]
        proposed = [place.share.hours for place in places if place.share.hours is not None]
        total = self.amount(sum(sales), main.key) if sales else self.words.say("unknown")
        spent = self.plain_hours(sum(now) if now else None)
        return Pairs(
            (
                (self.say("deck.accounts"), self._figure(len(places), "buying", count=self.whole(roles.customers))),
                (self.say("deck.sales"), self._figure(total, "sales_of", count=len(sales), total=len(main.places))),
                (
                    self.say("overview.keys"),
                    self._figure(
                        self.whole(roles.candidates),
                        "keys_of",
                        listed=self.whole(roles.listed),
                        places=self.whole(roles.limit),
                    ),
                ),
                (
                    self.say("overview.hours"),
                    self._figure(spent, "hours_to", proposed=self.plain_hours(sum(proposed) if proposed else None)),
                ),
            )
        )

    def _figure(self, value: object, key: str, **against: object) -> str:
        return self.words.say("deck.figure", value=value, origin=self.say(f"deck.{key}", **against))

    def concentrated_slide(self, currency: Currency) -> Iterator[Section]:
        shown = [name for pair in self.book.portfolio.entry.figures for name in pair if name is not None]
        callouts, cited = self.advice(shown)
        blocks: list[Block] = []
        if len(currency.revenue_curve) > FEW or len(currency.profit_curve) > FEW:
            blocks.append(self.drawn.curve(currency))
        lacking = [block.text for block in self.lacking(currency) if isinstance(block, Paragraph)]
        blocks += [self.figures(currency), *callouts]
        notes = self.notes(cited, self.say("concentration.note"), *lacking)
        yield Section(self.concentrated(currency), tuple(blocks), notes=notes)

    def largest_slide(self, currency: Currency) -> Iterator[Section]:
        """Sales and profit of the largest accounts, where money is lost, and which of them belong together."""
        picture = self.drawn.largest(currency)
        if picture is None:
            return
        counted = [
            name
            for name, figure in self.book.portfolio.figures.items()
            if figure.entry.count is not None and self.roles.profit in figure.reads and figure.entry.among is None
        ]
        callouts, cited = self.advice(counted)
        losers = self.losers(currency)
        groups = [each for each in self.portfolio.groups if set(each.places) <= set(currency.places)]
        yield Section(self.lost(currency), (picture, *callouts), notes=self.notes(cited))
        if losers:
            lines: list[tuple[str, tuple[str, ...]]] = [
                (self.say("deck.told", label=each.member.account, value=self.of(each, self.roles.profit)), ())
                for each in losers
            ]
            yield self.part("losing", self.limited(lines))
        if groups:
            lines = [
                (
                    self.bound(group),
                    (self.say("deck.told", label=self.names(group.places, NAMED), value=self._part(group)),),
                )
                for group in groups
            ]
            yield self.part("related", self.limited(lines))

    def _part(self, group: object) -> str:
        return self.value(self.roles.group_share, group.value(self.roles.group_share))  # type: ignore[attr-defined]

    def limited(self, items: Sequence[tuple[str, tuple[str, ...]]]) -> list[Block]:
        """A list of a few lines, and how many are left out."""
        shown: list[Block] = [Bullets(tuple(items[:LINES]))]
        if len(items) > LINES:
            shown.append(Paragraph(self.words.say("deck.more", count=len(items) - LINES)))
        return shown

    def matrix_slide(self, currency: Currency) -> Iterator[Section]:
        """The matrix, beside it what its numbers stand for, or its cells."""
        placed = self.drawn.placed_in(currency)
        if not placed:
            return
        callouts, cited = self.advice([self.roles.cell])
        picture = self.drawn.matrix(currency)
        title = self.placed() if currency is self.presented[0] and self.one_currency else self._cells_of(currency)
        yield Section(title, (picture, *callouts), notes=self.notes(cited, self.say("deck.many_numbers")))
        key = self.drawn.key(currency)
        if key is None:
            yield Section("", (self.cells(self.roles.cell),), level=2)
        else:
            yield self.part("numbers", [_doubled(key) if len(key.rows) > KEY else key])

    def _cells_of(self, currency: Currency) -> str:
        """How many accounts of a currency stand in the fullest cell."""
        placed = self.drawn.placed_in(currency)
        counts = Counter(str(place.values[self.roles.cell]) for place in placed if self.roles.cell in place.values)
        if not counts:
            return self.of_currency(currency, self.say("says.no_cell"))
        (cell, count), *others = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        if others and others[0][1] == count:
            text = self.spread(counts)
        else:
            named = self.value(self.roles.cell, cell)
            text = self.say("says.cell_count", count=count, total=len(currency.places), cell=named)
        return self.of_currency(currency, text)

    def strategies_slide(self) -> Iterator[Section]:
        """Which strategies lead how often; cells with their hours, and the other positions."""
        picture = self.drawn.strategies()
        pairs = [block for block in self.distributed() if isinstance(block, Pairs)]
        lines = tuple(item for block in pairs for item in block.items if item[0] != self.say("matrix.primaries"))
        blocks: list[Block] = [] if picture is None else [picture]
        yield Section(self.directed(), tuple(blocks), notes=self.notes())
        yield Section("", (self.cells(self.roles.cell),), level=2)
        if lines:
            yield Section("", (Pairs(lines),), level=2)

    def keys_slide(self) -> Iterator[Section]:
        callouts, cited = self.advice((self.roles.declared, self.roles.candidate, "key_place"))
        blocks = list(self.keys().blocks)
        texts = [block for block in blocks if isinstance(block, Paragraph)]
        tables = [replace(block, rows=block.rows[:ROWS]) for block in blocks if isinstance(block, Table)]
        if not tables:
            return
        left = len(self.key_rows()) - ROWS
        more = [self.words.say("deck.more", count=left)] if left > 0 else []
        below = [Paragraph(more[0])] if more else [Paragraph(texts[0].text)] if texts else []
        notes = self.notes(cited, *(each.text for each in texts))
        yield Section(self.key_changes(), (*tables, *below, *callouts), notes=notes)

    def hours_slide(self) -> Iterator[Section]:
        """Where hours change most, and what each team has and needs."""
        teams = [name.id for name in self.book.portfolio.entry.names if name.of == "team"]
        own = [self.roles.hours_now, self.roles.team_need, self.roles.plan_excess, *teams, "hours_target"]
        callouts, cited = self.advice(own)
        picture = self.drawn.hours_moved()
        how = [
            block.text for section in self.hours_sections() for block in section.blocks if isinstance(block, Paragraph)
        ]
        if picture is None and not any(team.division for team in self.portfolio.teams):
            return
        pictures = (picture,) if picture is not None else ()
        yield Section(self.moved(), (*pictures, *callouts), notes=self.notes(cited, *how))
        yield Section("", self.team_table(), level=2)
        years, items = self.parameter(self.roles.years), []
        for team in self.portfolio.teams[:TEAMS]:
            lines = self.team_margin(team, years)
            if lines:
                items.append((self.team(team), tuple(lines)))
        if items:
            yield Section("", (Bullets(tuple(items[:FEW])),), level=2)

    def team_table(self) -> tuple[Block, ...]:
        """What each team has, gets and needs; with one team, why hours change where they change most."""
        teams = self.portfolio.teams
        if len(teams) == 1:
            return (self._changes(),)
        rows = tuple(map(self._team_row, teams[:TEAMS]))
        headers = (
            self.say("deck.team"),
            self.say("deck.accounts"),
            self.say("deck.capacity"),
            self.say("hours.now"),
            self.say("hours.need"),
            self.say("deck.left"),
        )
        found: tuple[Block, ...] = (Table(headers, rows, (30, 14, 14, 14, 14, 14)),)
        if len(teams) > TEAMS:
            return (*found, Paragraph(self.words.say("deck.more", count=len(teams) - TEAMS)))
        return found

    def _changes(self) -> Table:
        known = [place for place in self.portfolio.accounts if self.change(place) is not None]
        known.sort(key=lambda place: (-abs(self.change(place) or 0.0), place.member.case))
        rows = []
        for place in known[:TEAMS]:
            change = self.change(place) or 0.0
            signed = ("+" if change >= 0.05 else "") + self.words.plain(change, 1)
            rows.append((place.member.account, signed, self.reason(place)))
        headers = (self.say("hours.account"), self.say("sheet.change"), self.say("hours.why"))
        return Table(headers, tuple(rows), (34, 16, 50))

    def _team_row(self, team: Team) -> tuple[str, ...]:
        division = team.division
        now, need = team.value(self.roles.team_now), team.value(self.roles.team_need)
        return (
            team.key or self.team(team),
            self.words.plain(len(team.places)),
            self.plain_hours(None if division is None else division.capacity),
            self.plain_hours(None if now is None else float(now)),
            self.plain_hours(None if need is None else float(need)),
            self.plain_hours(None if division is None else division.left),
        )

    def findings_slide(self) -> Iterator[Section]:
        found = self.found()
        if not found:
            return
        rows = []
        for each in found:
            head, details = self.finding(each)
            facts = details[:-2]
            if len(facts) > FACTS:
                facts = (*facts[:FACTS], self.say("more", count=len(facts) - FACTS))
            where = "\n".join(facts)
            rows.append((head, where, self.text(each[0].rule.entry.advice)))
        yield Section(self.noticed(), self._findings(rows, "where", 40), notes=self.notes(each[0] for each in found))

    def checks_slide(self) -> Iterator[Section]:
        found = self.found(single=True)
        if not found:
            return
        found.sort(key=lambda each: -len(each))
        rows = []
        for each in found:
            names = self.names([noticed.places[0] for noticed in each], NAMED)
            rows.append((self.text(each[0].rule.entry.title), names, self.text(each[0].rule.entry.advice)))
        yield Section(self.checked(), self._findings(rows, "which", 36), notes=self.notes(each[0] for each in found))

    def _findings(self, rows: Sequence[tuple[str, ...]], middle: str, width: int) -> tuple[Block, ...]:
        headers = (self.say("deck.finding"), self.say(f"deck.{middle}"), self.say("deck.to_do"))
        found: tuple[Block, ...] = (Table(headers, tuple(rows[:FINDINGS]), (24, width, 40)),)
        if len(rows) > FINDINGS:
            return (*found, Paragraph(self.words.say("deck.more", count=len(rows) - FINDINGS)))
        return found

    def backup(self) -> Iterator[Section]:
        """What the slides leave out."""
        yield Section(self.say("deck.backup"), (), notes=(self.say("deck.backup_told"),))
        rows = self.key_rows()[:LISTED]
        if len(rows) > ROWS:
            tables = [replace(block, rows=rows) for block in self.keys().blocks if isinstance(block, Table)]
            yield Section(self.say("deck.keys_rest", count=len(rows)), tuple(tables), notes=self.notes())
        for currency in self.by_size[1:]:
            yield from self.concentrated_slide(currency)
            if currency in self.presented:
                yield from self.largest_slide(currency)
        for team in self.portfolio.teams:
            if team.division is not None:
                blocks = list(self.team_blocks(team, self.parameter(self.roles.years)))
                first = next(index for index, block in enumerate(blocks) if isinstance(block, Table))
                now, proposed = (self._of_team(team, each) for each in ("now", "proposed"))
                title = self.say("deck.hours_of", team=self.team(team), now=now, proposed=proposed)
                yield Section(title, tuple(blocks[first : first + 2]), notes=self.notes())
        basis = self.basis().blocks
        profile = self.say("basis.profile_none") if self.book.profile is None else self.text(self.book.profile.label)
        yield Section(self.say("deck.basis", version=self.book.version, profile=profile), basis[1:] or basis)

    def _of_team(self, team: Team, which: str) -> str:
        places = [self.portfolio.accounts[index] for index in team.places]
        hours = [place.number(self.roles.hours_now) if which == "now" else place.share.hours for place in places]
        known = [each for each in hours if each is not None]
        return self.plain_hours(sum(known) if known else None)


def _doubled(key: Table) -> Table:
    """Numbers and names in two columns of a table, because it is long."""
    half = (len(key.rows) + 1) // 2
    left = [row[:2] for row in key.rows[:half]]
    right = [row[:2] for row in key.rows[half:]] + [("", "")] * (half * 2 - len(key.rows))
    return Table(
        (*key.headers[:2], *key.headers[:2]), tuple((*a, *b) for a, b in zip(left, right, strict=True)), (9, 41, 9, 41)
    )
