"""What follows from a portfolio, each in a sentence made from its figures: titles of slides, ends of sections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kam_expert.portfolio.portfolio import Currency, Noticed, Place
from kam_expert.reports.document import Callout
from kam_expert.reports.portfolio_words import PortfolioWords
from kam_expert.rulebook.expressions import base_name, names_in

NAMED_STRATEGIES = 3  # that lead equally often, before they are only counted
CHANGES = ("keep", "add", "drop", "develop", "watch")  # what is told of the list
PROPOSED = ("place", "listed", "unclear", "unranked")  # if there is nothing else


class PortfolioFindings(PortfolioWords):
    """A portfolio that says in one language what follows from it."""

    def in_short(self, sentence: str) -> Callout:
        """A sentence as the end of a section."""
        return Callout(self.say("says.label"), sentence + self.words.stop)

    def counted(self, key: str, count: int, **values: object) -> str:
        """A sentence on so many things; one thing may have a sentence of its own."""
        one = f"{key}_one"
        if count == 1 and self.words.has(f"portfolio.says.{one}"):
            return self.say(f"says.{one}", count=count, **values)
        return self.say(f"says.{key}", count=count, **values)

    @property
    def one_currency(self) -> bool:
        return len(self.portfolio.currencies) == 1

    @property
    def by_size(self) -> list[Currency]:
        """The currencies, that of the most accounts with known sales first."""
        return sorted(self.portfolio.currencies, key=lambda each: (-len(each.revenue_curve), each.key))

    def of_currency(self, currency: Currency, sentence: str) -> str:
        """A sentence on the accounts of one currency, which is named if there are several."""
        if self.one_currency:
            return sentence
        return self.say("says.in_currency", currency=self.currency(currency.key), text=sentence)

    def concentrated(self, currency: Currency, *, with_profit: bool = True) -> str:
        """What the few largest accounts make, at the first step of the rulebook that tells anything."""
        figures, parameters = self.book.portfolio.figures, self.book.parameters
        steps = []
        for revenue, profit in self.book.portfolio.entry.figures:
            entry = figures[revenue].entry
            if entry.top == self.roles.revenue and entry.places is not None:
                steps.append((int(parameters[entry.places]), revenue, profit))
        steps.sort()
        known = max(0, len(currency.revenue_curve) - 1)
        told = [each for each in steps if 1 < each[0] < known] or steps
        share = currency.value(told[0][1]) if told else None
        if share is None:
            return self.of_currency(currency, self.say("says.no_sales"))
        count, revenue, profit = told[0]
        made = None if profit is None or not with_profit else currency.value(profit)
        values = {"share": self.value(revenue, share)}
        if made is not None and profit is not None:
            values["profit"] = self.value(profit, made)
        key = ("top_single" if count == 1 else "top") + ("_with_profit" if made is not None else "")
        return self.of_currency(currency, self.say(f"says.{key}", count=count, **values))

    def losers(self, currency: Currency) -> list[Place]:
        """The accounts that lose money, the largest loss first."""
        inside = [self.portfolio.accounts[index] for index in currency.places]
        found = [place for place in inside if (place.number(self.roles.profit) or 0.0) < 0]
        return sorted(found, key=lambda place: (place.number(self.roles.profit), place.member.case))

    def lost(self, currency: Currency) -> str:
        """How many accounts lose how much."""
        known = [i for i in currency.places if self.roles.profit in self.portfolio.accounts[i].values]
        if not known:
            return self.of_currency(currency, self.say("says.no_profit"))
        losers = self.losers(currency)
        if not losers:
            return self.of_currency(currency, self.say("says.no_losses", count=len(known)))
        lost = -sum(place.number(self.roles.profit) or 0.0 for place in losers)
        amount = self.amount(lost, currency.key)
        return self.of_currency(currency, self.counted("losses", len(losers), known=len(known), amount=amount))

    def placed(self) -> str:
        """The cell with most sales and the hours that it gets; in several currencies, that with most accounts."""
        groups: dict[str, list[Place]] = defaultdict(list)
        for place in self.portfolio.accounts:
            if self.roles.cell in place.values:
                groups[str(place.values[self.roles.cell])].append(place)
        if not groups:
            return self.say("says.no_cell")
        total, sales = self._summed(self.roles.revenue), {}
        if self.one_currency and total:
            sales = {cell: self._summed(self.roles.revenue, inside) for cell, inside in groups.items()}
        best = _most(groups, lambda cell: sales.get(cell, 0.0) if sales else len(groups[cell]))
        everybody = len(self.portfolio.accounts)
        if len(best) > 1:
            return self.spread({name: len(inside) for name, inside in groups.items()})
        cell = best[0]
        named, count = self.value(self.roles.cell, cell), len(groups[cell])
        if not sales or not sales[cell]:
            return self.say("says.cell_count", count=count, total=everybody, cell=named)
        share = self._per_cent(sales[cell], total)
        hours = self._summed(self.roles.hours_now)
        if not hours:
            return self.counted("cell_sales", count, cell=named, share=share)
        part = self._per_cent(self._summed(self.roles.hours_now, groups[cell]), hours)
        return self.counted("cell", count, cell=named, share=share, hours=part)

    def spread(self, counts: Mapping[str, int]) -> str:
        """How the accounts are spread over the cells, where none has most of them."""
        cells = [
            self.say("matrix.entry", cell=self.value(self.roles.cell, cell), count=counts[cell])
            for cell in self.book.models[self.roles.cell].cells
            if counts.get(cell)
        ]
        return self.say("says.cell_tied", count=sum(counts.values()), cells=self.listed(cells))

    def _summed(self, name: str, places: Iterable[Place] | None = None) -> float:
        return sum(place.number(name) or 0.0 for place in (self.portfolio.accounts if places is None else places))

    def _per_cent(self, part: float, whole: float) -> str:
        return self.words.quantity(100 * part / whole, "percent", self.book, "")

    def primaries(self) -> list[tuple[str, int]]:
        """The primary strategies with the number of accounts, the most frequent first."""
        counts = Counter(place.member.primary for place in self.portfolio.accounts if place.member.primary)
        return sorted(counts.items(), key=lambda each: (-each[1], each[0]))

    def directed(self) -> str:
        """Which primary strategy is the most frequent."""
        counts, total = self.primaries(), len(self.portfolio.accounts)
        if not counts:
            return self.say("says.no_strategy")
        best = [name for name, count in counts if count == counts[0][1]]
        if len(best) > NAMED_STRATEGIES or counts[0][1] == 1 < len(counts):
            return self.say("says.strategies_many", count=len(counts), total=sum(count for _, count in counts))
        values = {"count": counts[0][1], "total": total}
        if len(best) > 1:
            return self.say("says.strategies", strategies=self.listed(map(self.label, best)), **values)
        return self.say("says.strategy", strategy=self.label(best[0]), **values)

    def key_changes(self) -> str:
        """How many meet the definition, and what is proposed for how many."""
        proposals = Counter(self.proposal(index) for index in range(len(self.portfolio.accounts)))
        candidates = self.portfolio.whole.value(self.roles.candidates)
        if not candidates or isinstance(candidates, str):
            return self.say("says.no_keys")
        told = [each for each in CHANGES if proposals[each]] or [each for each in PROPOSED if proposals[each]]
        changes = [
            self.say("matrix.entry", cell=self.say(f"keys.proposes.{each}"), count=proposals[each]) for each in told
        ]
        places = self.whole(self.roles.limit)
        return self.counted("keys", int(candidates), places=places, changes=self.listed(changes))

    def moves(self) -> tuple[list[float], list[float]] | None:
        """The hours to add and those to free, account by account; None if none can be divided."""
        changes = [change for place in self.portfolio.accounts if (change := self.change(place)) is not None]
        if not changes:
            return None
        return [each for each in changes if each >= 0.5], [-each for each in changes if each <= -0.5]

    def change(self, place: Place) -> float | None:
        """The hours to add to what an account gets today."""
        now, proposed = place.number(self.roles.hours_now), place.share.hours
        return None if now is None or proposed is None else proposed - now

    def moved(self) -> str:
        """How many hours should go where."""
        found = self.moves()
        if found is None:
            return self.say("says.no_hours")
        gains, frees = found
        values = {
            "up": self.hours(sum(gains)),
            "down": self.hours(sum(frees)),
            "gaining": len(gains),
            "losing": len(frees),
        }
        key = "moves" if gains and frees else "moves_up" if gains else "moves_down" if frees else "no_moves"
        return self.say(f"says.{key}", **(values if gains or frees else {}))

    def summed_up(self) -> str:
        """The whole portfolio in a sentence."""
        first = self.concentrated(self.by_size[0], with_profit=False) if self.portfolio.currencies else ""
        found = self.moves()
        if found is None or not sum(found[1]):
            return self.say("says.both", first=first, second=self.directed()) if first else self.directed()
        freed = self.say(
            "says.freed", down=self.hours(sum(found[1])), now=self.hours(self._summed(self.roles.hours_now))
        )
        return self.say("says.both", first=first, second=freed)

    # What was noticed

    def found(self, *, single: bool = False) -> list[list[Noticed]]:
        """What was noticed, rule by rule; `single`: about single accounts, else about accounts taken together."""
        by_rule: dict[str, list[Noticed]] = defaultdict(list)
        for noticed in self.portfolio.noticed:
            if (noticed.scope == "account") is single:
                by_rule[noticed.rule.id].append(noticed)
        return list(by_rule.values())

    def noticed(self) -> str:
        """How many findings there are on accounts taken together."""
        count = len(self.found())
        return self.counted("findings", count) if count else self.say("says.no_findings")

    def checked(self) -> str:
        """Which finding concerns most accounts."""
        found = self.found(single=True)
        if not found:
            return self.say("says.no_findings")
        most = max(found, key=len)
        return self.counted("check", len(found), most=len(most), title=most[0].rule.entry.title)

    def about(self, names: Iterable[str]) -> Iterator[Noticed]:
        """What was noticed by rules that read one of these names, or what is computed from one of them."""
        wanted, figures = set(names), self.book.portfolio.figures
        for found in (*self.found(), *self.found(single=True)):
            read = {base_name(name) for name in names_in(found[0].rule.condition)}
            below = {name for each in read if each in figures for name in figures[each].reads}
            if wanted & (read | below):
                yield found[0]


def _most(items: Iterable[str], of: Callable[[str], float]) -> Sequence[str]:
    """The items with the highest number."""
    listed = sorted(items)
    highest = max(map(of, listed))
    return [each for each in listed if of(each) == highest]
