"""The constraints reading against the oracle: what is concluded and recommended for an account is what it allows."""

from __future__ import annotations

import pytest
import z3

from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.constraints.choosing import Choosing
from kam_expert.engines.constraints.quantities import Flag, Option, Quantity, constant
from kam_expert.engines.constraints.reading import Reading
from kam_expert.engines.constraints.solving import holds, pinned
from kam_expert.recommendation import recommend
from kam_expert.rulebook.book import Rulebook
from tests.accounts import generated

Read = tuple[Reading, Choosing]


@pytest.fixture(scope="module")
def read(book: Rulebook) -> Read:
    reading = Reading(book)
    choosing = Choosing(reading)
    for rule in book.rules:
        reading.fires(rule)
    assert choosing.secondary
    return reading, choosing


def _as_concluded(book: Rulebook, read: Read, inputs: Inputs) -> list[object]:
    """The claims that everything is as the plain interpreter and the selection policy have it."""
    reading, choosing = read
    found = plain.conclude(book, inputs)
    advice = recommend(book, found)
    fired = {firing.rule for firing in found.firings}
    claims: list[object] = [reading.fires(rule).true == (rule.id in fired) for rule in book.rules]
    for name, worth in reading.found.items():
        if name in book.measures or name in book.scores or name in book.models:
            claims.append(worth.known == (name in found.values))
            value = found.values.get(name)
            if value is not None and isinstance(worth, Option):
                claims.append(worth.place == worth.options.index(str(value)))
            elif value is not None and isinstance(worth, Flag):
                claims.append(worth.value == value)
            elif value is not None and isinstance(worth, Quantity):
                claims.append(reading.arithmetic.compare(">=", worth, _number(float(value) - 0.001)).true)
                claims.append(reading.arithmetic.compare("<=", worth, _number(float(value) + 0.001)).true)
    for name in choosing.names:
        claims.append(choosing.score[name] == advice.standing(name).score)
        claims.append(choosing.primary[name] == (advice.primary == name))
        claims.append(choosing.secondary[name] == (name in advice.secondary))
    return claims


def _number(value: float) -> Quantity:
    return constant(round(value, 6))


def _disagreements(book: Rulebook, read: Read, count: int, seed: int) -> list[Inputs]:
    reading, _ = read
    wrong = []
    for inputs in generated(book, count, seed):
        if holds([reading], [*pinned(reading, inputs), *_as_concluded(book, read, inputs)]) is not True:
            wrong.append(inputs)
    return wrong


def test_what_is_concluded_is_allowed(book: Rulebook, read: Read) -> None:
    assert _disagreements(book, read, 15, seed=11) == []


@pytest.mark.slow
def test_what_is_concluded_is_allowed_of_many_accounts(book: Rulebook, read: Read) -> None:
    assert _disagreements(book, read, 150, seed=12) == []


def test_what_is_not_concluded_is_not_allowed(book: Rulebook, read: Read) -> None:
    """With all facts given, no rule may fire that does not, unless a value had to be left free."""
    reading, _ = read
    strict = loose = 0
    for inputs in generated(book, 2, seed=13):
        fired = {firing.rule for firing in plain.conclude(book, inputs).firings}
        claims = pinned(reading, inputs)
        for rule in book.rules[::16]:
            truth = reading.fires(rule).true
            other = z3.Not(truth) if rule.id in fired else truth
            if holds([reading], [*claims, other]) is False:
                strict += 1
            else:
                loose += 1
    assert loose <= strict / 20
