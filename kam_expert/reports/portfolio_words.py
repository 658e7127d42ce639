"""What every form of the portfolio report says in the same way: labels, values, reasons, names of items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kam_expert.portfolio.portfolio import Noticed, Number, Place, Portfolio, Related, Team, Whole
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.schema import Text
from kam_expert.wording import Wording

NAMED = 8  # accounts named in a sentence before the rest is counted
PROPOSALS = ("drop", "add", "watch", "develop")  # the first that applies is shown


class PortfolioWords:
    """A portfolio in one language."""

    def __init__(self, portfolio: Portfolio, words: Wording) -> None:
        self.portfolio = portfolio
        self.book = portfolio.book
        self.words = words
        self.roles = portfolio.book.portfolio.entry.roles

    def say(self, key: str, /, **values: object) -> str:
        return self.words.say(f"portfolio.{key}", **values)

    def text(self, text: Text | str) -> str:
        return self.words.text(text)

    def label(self, name: str) -> str:
        return self.text(self.book.label(name))

    def value(self, name: str, value: object, currency: str = "") -> str:
        """A value of any name with its unit; unknown is said."""
        return self.words.value(name, value, self.book, currency)  # type: ignore[arg-type]

    def whole(self, name: str) -> str:
        """A figure of the whole portfolio."""
        return self.value(name, self.portfolio.whole.value(name))

    def of(self, place: Place, name: str) -> str:
        return self.value(name, place.values.get(name), place.member.currency)

    def plain_hours(self, value: float | None) -> str:
        """Hours for a column whose head names the unit."""
        return self.words.say("unknown") if value is None else self.words.plain(value, 1)

    def hours(self, value: object) -> str:
        return self.words.value(self.roles.hours_now, value, self.book, "")  # type: ignore[arg-type]

    def amount(self, value: float, currency: str) -> str:
        return self.words.quantity(value, "money", self.book, currency)

    def parameter(self, name: str) -> str:
        return self.value(name, self.book.parameters[name])

    def currency(self, currency: str) -> str:
        names = self.book.units["money"].currencies
        return self.text(names[currency]) if currency in names else currency

    def number(self, number: Number, currency: str = "") -> str:
        """A figure; a count with the accounts that it is of, and those of which it is not known."""
        said = self.value(number.name, number.value, currency)
        figure = self.book.portfolio.figures[number.name]
        if number.value is None or number.total is None or figure.entry.count is None:
            return said
        return self.say("share_of", value=said, total=self.words.plain(number.known or 0))

    def names(self, places: Iterable[int], most: int = NAMED) -> str:
        """Accounts by name; beyond the first ones they are counted."""
        listed = [self.portfolio.accounts[place].member.account for place in places]
        text = self.listed(listed[:most])
        return text if len(listed) <= most else self.say("names_more", names=text, count=len(listed) - most)

    def listed(self, items: Iterable[str]) -> str:
        """Things of one kind in a row."""
        return self.words.say("list_comma").join(items)

    def where(self, whole: Whole | Noticed) -> str:
        """The item that something is said about; empty for the portfolio itself, or the only currency."""
        match whole.scope:
            case "portfolio":
                return ""
            case "currency":
                return self.currency(whole.key) if len(self.portfolio.currencies) > 1 else ""
            case "account":
                return self.portfolio.accounts[whole.places[0]].member.account
            case "group":
                return self.names(whole.places)
            case _:
                return whole.key

    def bound(self, group: Related) -> str:
        """What binds related accounts."""
        return self.listed([self.say("groups.bound", fact=self.label(f), text=text) for f, text in group.texts])

    def premises(self, noticed: Noticed) -> str:
        """The values that made a rule true."""
        currency = noticed.key if noticed.scope == "currency" else self._currency_of(noticed.places)
        said = [
            self.say("noticed.fact", label=self.label(name), value=self.value(name, value, currency))
            for name, value in noticed.premises
            if not isinstance(value, bool)
        ]
        return self.words.say("list_semicolon").join(said)

    def _currency_of(self, places: Sequence[int]) -> str:
        return self.portfolio.accounts[places[0]].member.currency if places else ""

    def team(self, team: Team) -> str:
        if team.key:
            return self.say("hours.team", manager=team.key)
        return self.say("hours.all" if len(self.portfolio.teams) == 1 else "hours.nobody")

    def reason(self, place: Place) -> str:
        """Why an account gets the hours that are proposed."""
        share = place.share
        need = place.number(self.roles.hours_need)
        if share.reason in ("first", "first_short"):
            read = self.book.portfolio.figures[self.roles.first].reads
            what = self.listed([self.of(place, name) for name in read if self._makes_first(place, name)])
            return self.say(f"hours.reason.{share.reason}", what=what)
        if share.reason == "gain":
            whole = need is not None and share.hours is not None and share.hours >= need * self.ceiling - 0.1
            return self.say("hours.reason.gain_all" if whole else "hours.reason.gain")
        if share.reason in ("kept", "kept_short", "unknown"):
            key = "kept_need" if share.reason == "kept" and need is None else share.reason
            return self.say(f"hours.reason.{key}", missing=self.missing(place))
        return self.say(f"hours.reason.{share.reason}")

    @property
    def ceiling(self) -> float:
        return self.book.parameters[self.roles.ceiling] / 100

    def _makes_first(self, place: Place, name: str) -> bool:
        """Whether this name alone makes the need of the account come first."""
        expression = self.book.portfolio.figures[self.roles.first].expression
        if expression is None or name not in place.values:
            return False
        return evaluate(expression, State({name: place.values[name]}, self.book.parameters)) is True

    def missing(self, place: Place) -> str:
        """The facts that keep need or gain open."""
        names = [*place.missing]
        if place.share.reason == "unknown" and self.roles.hours_now not in place.values:
            names.append(self.roles.hours_now)
        return self.listed(self.label(name) for name in dict.fromkeys(names)) or self.words.say("unknown")

    def proposal(self, index: int) -> str | None:
        """What is proposed for an account on the list of key accounts, as a key of the words; None mostly."""
        place = self.portfolio.accounts[index]
        declared = place.values.get(self.roles.declared)
        for word in PROPOSALS:
            if word in self.proposed.get(index, ()):
                return word
        if place.values.get("key_place") is True:
            return "place" if declared is None else "keep" if declared else "add"
        candidate = place.values.get(self.roles.candidate)
        if candidate is True and "key_place" not in place.values:
            return "unranked"
        if declared is not True:
            return None
        return "unclear" if candidate is None else "listed"

    @property
    def proposed(self) -> dict[int, set[str]]:
        """By account, what rules propose for it."""
        if not hasattr(self, "_proposed"):
            found: dict[int, set[str]] = {}
            for noticed in self.portfolio.noticed:
                if noticed.rule.entry.proposes is not None:
                    found.setdefault(noticed.places[0], set()).add(noticed.rule.entry.proposes)
            self._proposed = found
        return self._proposed
