"""Whether anything that is still open about one account can change its recommendation."""

from __future__ import annotations

from collections.abc import Collection

import z3

from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.constraints.choosing import choosing_of
from kam_expert.engines.constraints.quantities import some
from kam_expert.engines.constraints.solving import Answer, Check, ask, pinned
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import base_name

TRIES = 4
"""Somebody waits for the answer: accounts of the reading that may fail the check before the question stays open."""


def otherwise(
    book: Rulebook,
    inputs: Inputs,
    open_facts: Collection[str],
    outcome: str,
    secondary: Collection[str] | None,
    check: Check,
) -> Answer:
    """An account that agrees with the inputs in all but the open facts and is recommended otherwise.

    `outcome`: the primary, or the level without one; with `secondary`, other secondaries next to that primary are
    looked for instead of another outcome. `none` is the proof that no answers to the open questions, whatever they are,
    change it. The first question about a book takes longer, because the book is read for the solver.
    """
    choosing = choosing_of(book)
    same = choosing.primary.get(outcome, choosing.levels.get(outcome, z3.BoolVal(False)))
    if secondary is None:
        wanted = [z3.Not(same)]
    else:
        beside = sorted(choosing.secondary.items())
        wanted = [same, some([z3.Not(claim) if name in secondary else claim for name, claim in beside])]
    claims = pinned(choosing.reading, inputs, open_facts)  # last: it pins what has been read until now

    def completed(account: Inputs) -> Inputs:
        return _completed(inputs, account, open_facts)

    def passing(accounts: tuple[Inputs, ...]) -> bool:
        return check((completed(accounts[0]),))

    answer = ask([choosing.reading], [*claims, *wanted], passing, smaller=False, seeds=1, tries=TRIES, told=True)
    if answer.verdict != "found":
        return answer
    return Answer("found", (_fewest(inputs, completed(answer.accounts[0]), check),))


def _completed(inputs: Inputs, account: Inputs, open_facts: Collection[str]) -> Inputs:
    """The account with everything that is not open as it is."""
    values = {name: value for name, value in account.values.items() if base_name(name) in open_facts}
    values = {name: value for name, value in values.items() if not name.startswith("before.")}
    tables = {name: rows for name, rows in account.tables.items() if name in open_facts}
    absent = frozenset(name for name in account.not_applicable if name in open_facts)
    return Inputs({**values, **inputs.values}, {**tables, **inputs.tables}, absent | inputs.not_applicable)


def _fewest(inputs: Inputs, account: Inputs, check: Check) -> Inputs:
    """The account without every answer that is not needed to pass the check."""
    answered = [*account.values, *account.tables, *sorted(account.not_applicable)]
    for name in answered:
        if name in inputs.values or name in inputs.tables or name in inputs.not_applicable:
            continue
        fewer = Inputs(
            {key: value for key, value in account.values.items() if base_name(key) != name and key != name},
            {key: rows for key, rows in account.tables.items() if key != name},
            account.not_applicable - {name},
        )
        if check((fewer,)):
            account = fewer
    return account
