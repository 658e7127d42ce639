"""Words and numbers in one language: phrases of the catalogue, values with their units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter
from typing import Any

from kam_expert.problems import Phrase, Problem, ProblemsFound
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import round_half_up
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.located import read_file
from kam_expert.rulebook.schema import Label, Text

LANGUAGE_FILES = "knowledge/languages"
_FILLED = "\ue000"  # stands at both ends of a filled placeholder; a private character that no text has
_WIDE = r"[\u2e80-\udfff\uf900-\uffef“”]"
_WIDE_GAP = re.compile(rf"(?<={_WIDE}{_FILLED}) +(?={_FILLED}?{_WIDE})|(?<={_WIDE}) +(?={_FILLED}{_WIDE})")


def languages() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.name for path in (shipped() / LANGUAGE_FILES).iterdir() if path.is_dir()))


@lru_cache(maxsize=8)
def wording(language: str) -> Wording:
    """The catalogue of one language; an immutable value."""
    settings: dict[str, Any] = {}
    phrases: dict[str, str] = {}
    for path in sorted((shipped() / LANGUAGE_FILES / language).glob("*.yaml")):
        document = read_file(path, f"{LANGUAGE_FILES}/{language}/{path.name}")
        if document.problems:
            raise ProblemsFound(document.problems)
        phrases.update(_flat("", document.value.get("phrases", {})))
        settings.update({key: value for key, value in document.value.items() if key != "phrases"})
    return Wording(language, phrases, settings)


def _flat(prefix: str, tree: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found.update(_flat(f"{prefix}{key}.", value))
        else:
            found[f"{prefix}{key}"] = str(value)
    return found


class _Filling(Formatter):
    """Placeholders that words of the same language go into."""

    def __init__(self, words: Wording) -> None:
        self.words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        shown = self.words.word(value)
        return f"{_FILLED}{shown}{_FILLED}" if shown else shown


class Wording:
    """One language: its phrases and how it writes numbers."""

    def __init__(self, language: str, phrases: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        self.language = language
        self._phrases = phrases
        self._scales = [(float(bound), str(label), int(places)) for bound, label, places in settings["scales"]]
        self._grouping: bool = bool(settings["grouping"])
        self._close: bool = bool(settings["close"])
        self._money: str = settings["money"]
        self.comma: str = settings["comma"]
        self.colon: str = settings["colon"]
        self.stop: str = settings["stop"]
        self._filling = _Filling(self)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._phrases)

    def say(self, key: str, /, **parameters: object) -> str:
        """The phrase `key` with its placeholders filled."""
        return self._filled(self._phrases[key], parameters)

    def fill(self, text: Text, /, **parameters: object) -> str:
        """A text of the rulebook with its placeholders filled."""
        return self._filled(text.in_(self.language), parameters)

    def _filled(self, template: str, parameters: Mapping[str, object]) -> str:
        return self._tight(self._filling.vformat(template, (), parameters))

    def _tight(self, text: str) -> str:
        """No space between two wide characters, which placeholders would leave in Chinese; others are meant."""
        return (_WIDE_GAP.sub("", text) if self._close else text).replace(_FILLED, "")

    def has(self, key: str) -> bool:
        return key in self._phrases

    def word(self, value: object) -> str:
        """Any parameter of a message as words."""
        match value:
            case Label():
                return value.in_(self.language)
            case Phrase(key, parameters):
                return self.say(f"phrase.{key}", **parameters)
            case bool():
                return self.say("yes" if value else "no")
            case float() | int():
                return self.plain(value)
            case _:
                return str(value)

    def text(self, text: Text | str) -> str:
        return text if isinstance(text, str) else text.in_(self.language)

    def join(self, items: list[str]) -> str:
        return self.comma.join(items)

    # numbers

    def plain(self, value: float, decimals: int = 2) -> str:
        """A bare number: rounded, without trailing zeros, grouped as the language does."""
        rounded = round_half_up(abs(value), decimals)
        sign = "−" if value < 0 and rounded else ""
        text = f"{rounded:,.{decimals}f}" if self._grouping else f"{rounded:.{decimals}f}"
        return sign + (text.rstrip("0").rstrip(".") if "." in text else text)

    def quantity(self, value: float, unit: str | None, book: Rulebook, currency: str) -> str:
        """A number with its unit."""
        if unit is None:
            return self.plain(value)
        if unit == "money":
            return self._amount(value, book, currency)
        if unit == "rating":
            return self.say("rating", value=self.plain(value))
        entry = book.units[unit]
        label = entry.label.in_(self.language)
        if self.language == "en" and abs(value) == 1 and label.endswith("s"):
            label = label.removesuffix("s")
        number = self.plain(value, entry.decimals)
        return f"{number} {label}" if label and entry.spaced else f"{number}{label}"

    def _amount(self, value: float, book: Rulebook, currency: str) -> str:
        names = book.units["money"].currencies
        name = self.text(names[currency]) if currency in names else currency
        scaled, label, places = value, "", 0
        for bound, scale, digits in self._scales:
            if abs(value) >= bound:
                scaled, label, places = value / bound, scale, digits
                break
        return self._money.format(number=self.plain(scaled, places), scale=label, currency=name).strip()

    def money_unit(self, largest: float, book: Rulebook, currency: str) -> tuple[float, str]:
        """What to divide amounts by that are up to so large, and what they are then counted in."""
        names = book.units["money"].currencies
        name = self.text(names[currency]) if currency in names else currency
        bound, scale = next(((b, label) for b, label, _ in self._scales if abs(largest) >= b), (1.0, ""))
        return bound, " ".join(self._money.format(number="", scale=scale, currency=name).split())

    def value(self, name: str, value: Value | None, book: Rulebook, currency: str) -> str:
        """The value of any name of the rulebook, worded; unknown is said."""
        if value is None:
            return self.say("unknown")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, str):
            return self.choice(name, value, book)
        plain = name.split(".", 1)[-1]
        zero = book.facts[name].zero if name in book.facts else None
        if zero is not None and value == 0:
            return self.text(zero)
        return self.quantity(float(value), book.unit_of(plain), book, currency)

    def choice(self, name: str, value: str, book: Rulebook) -> str:
        """The wording of a choice or cell, without repeating its name."""
        if name in book.facts and value in book.facts[name].choices:
            return self.text(book.facts[name].choices[value])
        if name in book.models and value in book.models[name].cells:
            return self.text(book.models[name].cells[value].title)
        if name in book.documents.names:
            return self._result(name, value, book)
        return value

    def _result(self, name: str, value: str, book: Rulebook) -> str:
        """The wording of a choice that the program makes: a strategy, or what a result may say."""
        key = f"{name}.{value}.title"
        if value in book.strategies:
            return self.text(book.strategies[value].short)
        return self.say(key) if self.has(key) else value


def render(problem: Problem, words: Wording, labels: Rulebook | None = None) -> str:
    """A problem in words: place, what was found, what is allowed, what to do."""
    place = words.say("place", file=problem.file, line=str(problem.mark.line), column=str(problem.mark.column))
    return f"{place}  {without_place(problem, words, labels, ('found', 'allowed', 'fix'))}"


def without_place(
    problem: Problem, words: Wording, labels: Rulebook | None = None, parts: tuple[str, ...] = ("found", "allowed")
) -> str:
    """A problem in words where there is no file: what is wrong, and those of its further lines that are asked for."""
    parameters = dict(problem.parameters)
    name = parameters.get("name")
    if isinstance(name, str) and labels is not None and name in labels.facts:
        parameters["label"] = words.say("label_in_brackets", label=labels.facts[name].label)
    else:
        parameters.setdefault("label", "")
    lines = [words.say(f"problem.{problem.code}.what", **parameters)]
    for part in parts:
        key = f"problem.{problem.code}.{part}"
        if words.has(key):
            lines.append("    " + words.say(f"problem_line.{part}", text=words.say(key, **parameters)))
    return "\n".join(lines)
