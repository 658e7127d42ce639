"""What experts may write in `knowledge/customer.yaml`: to whom a plan may be handed over, and what may be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kam_expert.rulebook.schema import Entry, Kebab, Snake, Text

Origin = Literal["document", "customer", "estimate", "guess", "unstated"]
"""Where a fact comes from; `unstated` if the case does not say it."""


class Refusal(Entry):
    """When no plan is handed over. `why`: the reason, for our own people; `instead`: what to do in its place.

    What is not known to be false refuses: the customer's plan fails closed.
    """

    id: Kebab
    condition: str = Field(alias="if")
    why: Text
    instead: Text


class Shared(Entry):
    """What stands above the values that both sides know."""

    title: Text
    lead: Text


class Audience(Entry):
    """A kind of reader, told apart by what both sides know. `shared`: None where there is nothing to look back on.

    `reserved`: the aim that is told in the place of any that is not listed.
    """

    id: Snake
    condition: str = Field(alias="if")
    title: Text
    shared: Shared | None = None
    aims: Text
    reserved: Text


class Told(Entry):
    """Something that may be told to the audiences named; to the first of all if none is."""

    audiences: tuple[Snake, ...] = Field(default=(), alias="for")


class Listed(Told):
    """What is told of one thing that the rulebook names."""

    id: str


class SafeValue(Listed):
    """A fact or measure that the customer may see, under the label the customer sees.

    `sources`: where the facts behind it may come from, if not from where those of all values may.
    """

    id: Snake
    label: Text
    sources: tuple[Origin, ...] = ()


class SafeAim(Listed):
    """The aim of a strategy that may be told, in words for the customer."""

    aim: Text


class SafeGoal(Listed):
    """A goal that the customer may see. `number`: whether its target may be seen, too.

    `kept_by`: activities of which one has to be told as well; else neither target nor day is promised.
    """

    id: Kebab
    title: Text
    kpi: Text
    number: bool = False
    kept_by: tuple[Kebab, ...] = ()


class StandingMeasure(Told):
    """A measure of our work that is proposed while goals leave room."""

    title: Text
    kpi: Text


class SafeActivity(Listed):
    """An activity that the customer may see. `title`: our wording for the customer, if that of the plan would not do.

    `ask`: what we ask of the customer for it. `always`: harmless even where the direction must not be told.
    """

    id: Kebab
    title: Text | None = None
    ask: Text | None = None
    always: bool = False


class SafeGate(Listed):
    title: Text


class CustomerEntry(Entry):
    """`knowledge/customer.yaml` as a whole: all that may be told to the customer. What is not listed is withheld.

    `known_to_both`: facts besides the values that conditions of audiences may read. `sources`: where the facts behind
    a value have to come from. `manager`: the fact that names who manages the account. An id may be listed once for
    each audience.
    """

    refusals: tuple[Refusal, ...] = Field(min_length=1)
    known_to_both: tuple[Snake, ...] = ()
    audiences: tuple[Audience, ...] = Field(min_length=1)
    manager: Snake | None = None
    sources: tuple[Origin, ...] = Field(min_length=1)
    values: tuple[SafeValue, ...]
    strategies: tuple[SafeAim, ...]
    goals: tuple[SafeGoal, ...]
    measures: tuple[StandingMeasure, ...] = Field(min_length=3)
    activities: tuple[SafeActivity, ...]
    owners: dict[str, Text]
    gates: tuple[SafeGate, ...]
