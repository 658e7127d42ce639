"""What experts may write: one frozen model per kind of entry. The models read nothing and decide nothing.

Field names are those of the files. A condition or formula is kept as text here; `loading` parses it with the
vocabulary of the whole book.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Snake = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\z")]
Kebab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\z")]
Owner = str
Scalar = bool | int | float | str
USUAL_CURRENCY = "CNY"
"""Of amounts where neither a case nor a profile names one."""
LEVELS = ("advised", "screening", "hold", "do_not_pursue")
"""What a result may be; only with the first does a strategy lead."""
WITHOUT_STRATEGY = LEVELS[1:]


class Entry(BaseModel):
    """Base of every entry: nothing unknown is accepted, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Label(Entry):
    """A word in each language, which may be empty: a count has no unit."""

    en: str
    zh: str

    def in_(self, language: str) -> str:
        """The wording in `language`, in English where there is none."""
        return str(getattr(self, language, self.en))


class Text(Label):
    """The same thing said in English and in Chinese."""

    en: Words
    zh: Words


class Source(Entry):
    """A work that a rule may cite; `memory` entries are remembered, not re-read.

    `practice` marks a proposal of this rulebook.
    """

    id: str
    kind: Literal["found", "memory", "practice"]
    citation: str | Text


class Unit(Entry):
    """A unit: how it is written after a number, and words that multiply the number before it (万, million)."""

    id: Snake
    label: Label
    suffixes: tuple[str, ...] = ()
    scales: dict[str, int] = {}
    decimals: int = 1
    spaced: bool = True
    currencies: dict[str, Text] = {}


class Parameter(Entry):
    """A cut-off with its unit, reason and source; an enterprise profile may override it."""

    id: Snake
    default: int | float
    unit: str
    label: Text
    reason: Text
    sources: tuple[str, ...] = Field(min_length=1)
    integer: bool = False


class TableColumn(Entry):
    """A column of a table. `optional`: a cell of it may stay empty, and is unknown then.

    `marks`, `shades`: how a picture shows each choice, by a sign and from 0 (good) to 3 (bad); no shade, no colour.
    """

    label: Text
    type: Literal["text", "number", "rating", "choice"]
    unit: str | None = None
    range: tuple[int | float, int | float] | None = None
    choices: dict[str, Text] = {}
    marks: dict[str, Words] = {}
    shades: dict[str, int] = {}
    optional: bool = False


TableSubject = Literal["factors", "contacts", "white_space", "competitors"]


class TableMap(Entry):
    """How the rows of a table become a grid; each field but `oldest` names a column.

    `groups`: the rows of the grid stand below its choices. `notes`: what a cell says besides its mark, the first that
    is known. A row whose `age` exceeds the parameter `oldest` wants renewing. `nobody`: the column of rows without one;
    `elsewhere`: what a cell is of which no row speaks, unknown if not said.
    """

    rows: Snake
    columns: Snake
    grade: Snake
    groups: Snake | None = None
    notes: tuple[Snake, ...] = ()
    age: Snake | None = None
    oldest: Snake | None = None
    nobody: Text | None = None
    elsewhere: Text | None = None

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns of which a picture speaks."""
        named = (self.groups, self.rows, self.columns, self.grade, self.age, *self.notes)
        return tuple(name for name in named if name is not None)


class Fact(Entry):
    """One thing a person can know about an account.

    `influence`: work of our own firm can move it; `improves`: the only direction that anybody would work towards.
    `zero`: what 0 is called. `printed_only`: it stands in reports, and no rule is to read it. `holds`: what the rows of
    a table are.
    """

    id: Snake
    type: Literal["flag", "choice", "rating", "number", "text", "table"]
    core: bool = False
    short_form: int | None = None
    when: str | None = None
    block: str | None = None
    label: Text
    question: Text
    why: Text
    help: Text | None = None
    anchors: dict[str, Text] = {}
    zero: Text | None = None
    choices: dict[str, Text] = {}
    ordered: bool = False
    unit: str | None = None
    range: tuple[int | float, int | float] | None = None
    plausible: tuple[int | float, int | float] | None = None
    integer: bool = False
    derived: Snake | None = None
    from_profile: bool = False
    columns: dict[str, TableColumn] = {}
    holds: TableSubject | None = None
    map: TableMap | None = None
    who: tuple[str, ...] = ()
    effort: Literal["easy", "medium", "hard"] = "medium"
    influence: bool = False
    improves: Literal["up", "down"] | None = None
    ask_first: bool = False
    printed_only: bool = False
    sources: tuple[str, ...] = Field(min_length=1)


class TallyLine(Entry):
    condition: str = Field(alias="if")
    points: int
    title: Text


class Tally(Entry):
    """A sum of points over lines; `possible` also counts lines whose condition is unknown."""

    counts: Literal["certain", "possible"]
    cap: int | None = None
    when: str | None = None
    lines: tuple[TallyLine, ...] = ()
    lines_of: Snake | None = None


class Measure(Entry):
    """A value computed from earlier ones, by exactly one of the five ways.

    `definition`: an enterprise profile may replace it. `background`: a means for rules that readers need not see.
    """

    id: Snake
    code: str | None = None
    label: Text
    meaning: Text
    unit: str | None = None
    decimals: int = 1
    sources: tuple[str, ...] = Field(min_length=1)
    definition: bool = False
    background: bool = False
    formula: str | None = None
    flag: str | None = None
    tally: Tally | None = None
    by: Snake | None = None
    values: dict[str, int | float] | None = None
    completeness: Literal["short_form"] | None = None


class Part(Entry):
    id: Snake
    weight: int = Field(ge=0)
    value: str
    label: Text


class Score(Entry):
    """A weighted mean on 0 to 100 over the parts that are known."""

    id: Snake
    code: str | None = None
    label: Text
    meaning: Text
    decimals: int = 0
    sources: tuple[str, ...] = Field(min_length=1)
    prefer: Snake | None = None
    parts: tuple[Part, ...] = Field(min_length=1)


class Cell(Entry):
    title: Text
    meaning: Text
    stance: Text | None = None


class Model(Entry):
    """A model that gives the account a position. `when`: the flag without which it is not worth showing."""

    id: Snake
    code: str | None = None
    label: Text
    about: Text
    policy: Literal["unique", "first", "lower_bound"]
    headline: bool = False
    when: Snake | None = None
    sources: tuple[str, ...] = Field(min_length=1)
    cells: dict[str, Cell] = Field(min_length=1)


SignalKind = Literal["opportunity", "threat", "red_flag", "quality", "contradiction"]
SIGNAL_KINDS: tuple[SignalKind, ...] = get_args(SignalKind)


class Signal(Entry):
    id: Snake
    code: str | None = None
    kind: SignalKind
    title: Text
    meaning: Text
    response: Text | None = None
    remedy: Text | None = None


Example = dict[str, Scalar]


class RuleBase(Entry):
    """What every rule has: identity, condition, and its own proof."""

    id: Kebab
    code: str | None = None
    title: Text
    condition: str | bool = Field(alias="if")
    because: Text | None = None
    caution: Text | None = None
    sources: tuple[str, ...] = ()
    fires: tuple[Example, ...] = Field(min_length=1)
    silent: tuple[Example, ...] = ()


class PositionRow(RuleBase):
    """A row of a model's decision table."""

    cell: Snake


class ReasonedRule(RuleBase):
    """A rule whose conclusion is read by people: reason, caution and source are required."""

    because: Text
    caution: Text
    sources: tuple[str, ...] = Field(min_length=1)
    silent: tuple[Example, ...] = Field(min_length=1)


class SignalRule(ReasonedRule):
    signal: Snake


class VoteRule(ReasonedRule):
    votes: dict[str, str] = Field(min_length=1)


class ExplainedRule(RuleBase):
    """A rule of selection or planning: reason and source required."""

    because: Text
    sources: tuple[str, ...] = Field(min_length=1)


class LevelRule(ExplainedRule):
    """Limits what the result may say; the first that fires decides.

    `remedy`: what lifts it; then nothing else is asked for until that is done.
    """

    level: Literal["hold", "screening"]
    remedy: Text | None = None


class BarRule(ExplainedRule):
    """Eligibility: strategies that are out for this kind of account, altogether or as primary."""

    bars: tuple[str, ...] = Field(min_length=1)
    only_as_primary: bool = False


class BlockRule(ExplainedRule):
    """Strategies that have to wait; `gate` says what opens them."""

    blocks: tuple[str, ...] = Field(min_length=1)
    gate: Text


class ForcedCandidate(Entry):
    strategy: str
    min_score: int | None = None


class ForcedRule(ExplainedRule):
    """Sets the primary against the votes.

    The highest of `primary` (first wins a tie), unless it is one of `satisfied_by` already.
    """

    primary: tuple[ForcedCandidate, ...] = Field(min_length=1)
    satisfied_by: tuple[str, ...] = ()
    secondary: str | None = None
    former_gate: Text | None = None


class SeatRule(ExplainedRule):
    """Reserves a place among the secondaries; `turn` before or after the voted ones are chosen."""

    seat: str
    instead: str | None = None
    min_score: int | None = None
    when_primary: tuple[str, ...] = ()
    turn: Literal["before", "after"] = "before"


class DefaultRule(ExplainedRule):
    """What is said when no strategy reaches the minimum; the first that fires decides."""

    primary: str | None = None
    level: Literal["screening", "do_not_pursue"] | None = None


class Activity(Entry):
    """Work with an owner, a span in weeks from the start of the plan, a deliverable and a leading KPI.

    `essential`: the strategy is not itself without it, or the account cannot wait for it. `unless`: when it is done
    already or out of place. `works_on`: the facts that it moves, all of them facts that we can influence.
    """

    id: Kebab
    title: Text
    owner: Owner
    with_: tuple[Owner, ...] = Field(default=(), alias="with")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    every: int | None = None
    deliverable: Text
    kpi: Text
    hours: int = Field(ge=0)
    tactic: Kebab | None = None
    direction: Literal["up", "down"] | None = None
    essential: bool = False
    unless: str | None = None
    works_on: tuple[Snake, ...] = ()


class PlanRule(ExplainedRule):
    """A line of the plan that the account calls for.

    `beside`: the primary strategies with which alone it belongs in a plan; `not_beside`: those that it would work
    against.
    """

    beside: tuple[str, ...] = ()
    not_beside: tuple[str, ...] = ()


class InsertRule(PlanRule):
    """Adds one activity to every plan whose account it fits."""

    caution: Text | None = None
    insert: Activity


class GoalRule(PlanRule):
    """A goal template; the first of a type that fires is taken, and its numbers come from the case."""

    type: Snake
    reads: str | None = None
    target: str | None = None
    unit: str | None = None
    months: int = 12
    kpi: Text


class Tactic(Entry):
    id: Kebab
    title: Text


class Risk(Entry):
    id: Kebab
    title: Text
    early_sign: Text
    counter: Text


class Direction(Entry):
    short: Text
    aim: Text


class Strategy(Entry):
    """A strategy of the catalogue with all that a plan needs of it."""

    id: Snake
    code: str
    name: Text
    short: Text
    kind: Literal["direction", "means", "enabler"]
    roles: tuple[Literal["primary", "secondary"], ...] = Field(min_length=1)
    growth: bool = False
    aim: Text
    right_when: Text
    not_when: Text
    sources: tuple[str, ...] = Field(min_length=1)
    directions: dict[Literal["up", "down"], Direction] = {}
    tactics: tuple[Tactic, ...] = Field(min_length=1)
    activities: tuple[Activity, ...] = Field(min_length=1)
    risks: tuple[Risk, ...] = Field(min_length=1)


class Strength(Entry):
    points: int
    label: Text
    veto: bool = False


class Selection(Entry):
    """The tables of the selection policy: vote words, order of precedence, compatibility of pairs."""

    strengths: dict[str, Strength]
    precedence: tuple[str, ...]
    pairs: dict[str, dict[str, int | Literal["never"]]]
    sequence_gate: Text


class OwnerRole(Entry):
    title: Text
    sales: bool


class GoalType(Entry):
    title: Text
    required: bool


class Gate(Entry):
    id: str
    week: int
    title: Text
    evidence: Text
    decision: Text
    decides: Owner


class RoleProfile(Entry):
    title: Text
    focus: Text


class Responsibility(Entry):
    title: Text
    text: Text


class RoleCard(Entry):
    """`by`: the model whose cell chooses the profile."""

    title: Text
    by: Snake
    profiles: dict[str, RoleProfile]
    responsibilities: tuple[Responsibility, ...]


class Rank(Entry):
    """Where the activities of one origin stand in the order of importance.

    The first at `first`, each further one `step` later.
    """

    first: int
    step: int = Field(gt=0)


class Ranks(Entry):
    primary: Rank
    inserted: Rank
    secondary: Rank
    enabler: Rank


class CapacitySource(Entry):
    """The measures of monthly hours: spent `today`, and `needed` when a chosen strategy moves hours up or down."""

    today: Snake
    needed: Snake


class Planning(Entry):
    """What every plan and report shares. `themes`: the files of facts in the order of reading.

    `light`: the strategies that are to take few hours; their plans are cut to the hours there are, down to what a
    strategy is not itself without. `documented`: the flag of the accounts that a batch writes whole reports of.
    """

    themes: tuple[Snake, ...]
    owners: dict[str, OwnerRole]
    goal_types: dict[str, GoalType]
    gates: tuple[Gate, ...]
    ranks: Ranks
    most_goals: int
    light: tuple[str, ...] = ()
    role_card: RoleCard
    headline_numbers: tuple[str, ...]
    capacity: CapacitySource
    documented: str | None = None


class StatedProperty(Entry):
    """What must hold for every account whatever; `rulebook prove` proves it or shows an account that breaks it.

    `claim`: what is promised. Its details: `condition` for which accounts; `level` they get; `strategies`, or all of
    `growth`, that it is about; `fact` that moves in `direction` without helping them, measured by `of`. `exceptions`:
    entries for which it need not hold, each with the reason.
    """

    id: Kebab
    title: Text
    because: Text
    claim: Literal[
        "rules_fire",
        "rules_distinct",
        "one_row",
        "answered",
        "nothing_excluded",
        "forced_rules_hold",
        "never_helps",
        "level",
        "never_leads",
        "never_chosen",
    ]
    condition: str | None = Field(default=None, alias="if")
    level: Literal["hold", "screening"] | None = None
    strategies: tuple[str, ...] = ()
    growth: bool = False
    fact: str | None = None
    direction: Literal["up", "down"] = "up"
    of: Literal["score", "primary"] = "score"
    exceptions: dict[str, Text] = {}
    sources: tuple[str, ...] = Field(min_length=1)


class Profile(Entry):
    """What one enterprise defines for itself."""

    profile: Snake
    label: Text
    about: Text
    currency: str = USUAL_CURRENCY
    parameters: dict[str, int | float] = {}
    weights: dict[str, dict[str, int]] = {}
    facts: dict[str, Scalar] = {}
    definitions: dict[str, str] = {}
