"""Accounts to test with, drawn from what a rulebook says about its facts; and small rulebooks, for what it never says.

No fact is known here by name. The values with weight are those at the borders: the ends of each range, the constants
that conditions compare with (and one step to either side), and the inputs that bring a measure or a score exactly to
a cut. `accounts` and `assignments` are strategies for hypothesis; `generated` is fast, seeded and needs no hypothesis.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.problems import Mark
from kam_expert.rulebook.book import Computed, Line, Rule, Rulebook
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import (
    And,
    Arithmetic,
    Call,
    Certain,
    Choice,
    Compare,
    Constant,
    Expression,
    IfElse,
    In,
    Known,
    Name,
    Not,
    Or,
    Unknown,
    Value,
    base_name,
    conjunction,
    names_in,
    negate,
    walk,
)
from kam_expert.rulebook.layers import layered
from kam_expert.rulebook.normal_form import MOST_BRANCHES, branch_count
from kam_expert.rulebook.parsing import parse_condition, parse_formula
from kam_expert.rulebook.schema import (
    Cell,
    Fact,
    Measure,
    Model,
    PositionRow,
    RuleBase,
    Signal,
    TableColumn,
    Tally,
    TallyLine,
    Text,
)
from kam_expert.rulebook.vocabulary import NameType, Vocabulary

if TYPE_CHECKING:
    from hypothesis import settings
    from hypothesis.strategies import DrawFn, SearchStrategy

MOST_ROWS = 8
LONGEST_CHAIN = 60  # names computed on the way to a cut
MOST_TRIES = 8  # facts tried in order to reach it
RATINGS = (1, 2, 3, 4, 5)
WORDS = ("Northern", "甲")
DENSITIES = (0, 20, 50, 75, 90, 97, 100, 100)  # per cent of the facts that are known


@dataclass(frozen=True)
class Cut:
    """A computed number, a constant that it is compared with, and the facts that may move it there, nearest first."""

    name: str
    bound: float
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Tie:
    """Two facts that a formula compares with each other."""

    left: str
    op: str
    right: str


class Ground:
    """What one rulebook says about values worth testing."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.expressions = tuple(_expressions(book))
        self.constants = self._constants()
        self.edges: dict[str, tuple[Value, ...]] = {
            name: self._fact_edges(fact) for name, fact in book.facts.items() if fact.type != "table"
        }
        self._parts: dict[str, Rulebook] = {}

    # what the conditions compare

    def _constants(self) -> dict[str, tuple[float, ...]]:
        """By name, the numbers that conditions and formulas compare it with or limit it to."""
        state = State({}, self.book.parameters)
        found: dict[str, set[float]] = {}
        for node in (node for expression in self.expressions for node in walk(expression)):
            match node:
                case Compare(_, Name(name), right):
                    names, bounds = [name], [right]
                case In(Name(name), options):
                    names, bounds = [name], list(options)
                case Call(_, arguments):
                    names = [each.name for each in arguments if isinstance(each, Name)]
                    bounds = [each for each in arguments if not isinstance(each, Name)]
                case _:
                    continue
            values = [evaluate(bound, state) for bound in bounds]
            numbers = {float(value) for value in values if isinstance(value, int | float)}
            for name in names:
                found.setdefault(base_name(name), set()).update(numbers)
        return {name: tuple(sorted(numbers)) for name, numbers in sorted(found.items()) if numbers}

    def step(self, name: str) -> float:
        """The smallest difference in which a number is stated or rounded."""
        book = self.book
        if name in book.facts:
            fact = book.facts[name]
            unit = book.units.get(fact.unit or "")
            return 1 if fact.type == "rating" or fact.integer or unit is None else 10.0**-unit.decimals
        entry = book.measures[name].entry if name in book.measures else book.scores[name].entry
        return 10.0**-entry.decimals

    def around(self, name: str) -> list[float]:
        """The constants a name is compared with, each with one step below and above."""
        step = self.step(name)
        return [round(bound + move * step, 6) for bound in self.constants.get(name, ()) for move in (0, -1, 1)]

    def _fact_edges(self, fact: Fact) -> tuple[Value, ...]:
        match fact.type:
            case "flag":
                return (False, True)
            case "choice":
                return tuple(fact.choices)
            case "rating":
                return RATINGS
            case "text":
                return WORDS
        low, high = bounds(fact)
        step = self.step(fact.id)
        numbers = [*self.around(fact.id), low, high, low + step, high - step, 0, *(fact.plausible or ())]
        legal = sorted({whole(number) if fact.integer else tidy(number) for number in numbers if low <= number <= high})
        return tuple(legal)

    # who reads whom

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """By computed name, the names it is computed from; not what `before.` and `confidence.` read."""
        book = self.book
        found: dict[str, set[str]] = {name: set() for name in book.order}
        for name in book.order:
            expressions: list[Expression | None] = []
            if name in book.facts:
                found[name].add(book.facts[name].derived or name)
            elif name in book.measures:
                measure = book.measures[name]
                expressions = [measure.expression, measure.when, *(line.condition for line in measure.lines)]
                found[name].update([measure.entry.by] if measure.entry.by else [])
            elif name in book.scores:
                score = book.scores[name]
                expressions = [part.value for part in score.parts]
                found[name].update([score.entry.prefer] if score.entry.prefer else [])
            else:
                expressions = [rule.effective for rule in book.rules if rule.target == name]
            for expression in expressions:
                found[name].update(names_in(expression) if expression is not None else ())
        return {name: frozenset(others - {name}) for name, others in found.items()}

    def behind(self, name: str) -> tuple[str, ...]:
        """The name itself and everything it is computed from, the nearest first."""
        found = [name]
        for current in found:
            found += sorted(self.reads.get(current, frozenset()) - set(found))
        return tuple(found)

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        book = self.book
        found: list[Cut] = []
        for name in (*book.measures, *book.scores):
            behind = self.behind(name)
            movable = tuple(each for each in behind if each in book.facts and book.facts[each].type in MOVABLE)
            if movable and len(set(behind) & set(book.order)) <= LONGEST_CHAIN:
                found.extend(Cut(name, bound, movable) for bound in self.constants.get(name, ()))
        return tuple(found)

    @cached_property
    def ties(self) -> tuple[Tie, ...]:
        numeric = {name for name, fact in self.book.facts.items() if fact.type in MOVABLE}
        found: dict[Tie, None] = {}
        for node in (node for expression in self.expressions for node in walk(expression)):
            match node:
                case Compare(op, Name(left), Name(right)) if left in numeric and right in numeric:
                    found[Tie(left, op, right)] = None
        return tuple(found)

    @cached_property
    def prefixed(self) -> tuple[str, ...]:
        """The names with `before.` or `confidence.` that something reads."""
        names = {name for expression in self.expressions for name in names_in(expression)}
        return tuple(sorted(name for name in names if name != base_name(name)))

    @cached_property
    def earlier(self) -> tuple[str, ...]:
        """The facts that can have a value at the last review."""
        return tuple(name for name, fact in self.book.facts.items() if fact.type in (*MOVABLE, "choice"))

    @cached_property
    def confidences(self) -> tuple[float, ...]:
        """How far a source can be trusted: fresh, stale, and as the enterprise profile."""
        parameters = self.book.parameters
        fresh = {value for name, value in parameters.items() if name.startswith("confidence_")} | {1.0}
        stale = {max(0.0, round(value - parameters["stale_loss"], 2)) for value in fresh}
        return tuple(sorted(fresh | stale))

    # moving a computed number to a cut

    def landed(self, inputs: Inputs, cut: Cut, first: int, *, above: bool) -> Inputs:
        """The account with one fact moved so far that the number just reaches its cut, or just does not.

        The facts are tried from the `first` on; unchanged if none of them can do it alone.
        """
        part = self._part(cut.name)
        for place in range(min(len(cut.facts), MOST_TRIES)):
            fact = cut.facts[(first + place) % len(cut.facts)]

            def reached(value: Value, fact: str = fact) -> bool:
                there = replace(inputs, values={**inputs.values, fact: value})
                found = plain.conclude(part, there).values.get(cut.name)
                return found is not None and not isinstance(found, str) and found >= cut.bound

            value = _turning_point(reached, self.book.facts[fact], above=above)
            if value is not None:
                return replace(inputs, values={**inputs.values, fact: value})
        return inputs

    def _part(self, name: str) -> Rulebook:
        """The rulebook without what is not needed to compute a name."""
        if name not in self._parts:
            names = self.behind(name)
            order = tuple(each for each in self.book.order if each in names)
            rules = tuple(rule for rule in self.book.rules if rule.target in names)
            self._parts[name] = replace(self.book, order=order, rules=rules)
        return self._parts[name]

    def tied(self, values: Mapping[str, Value], tie: Tie, move: int) -> dict[str, Value]:
        """The values with the left fact set to the right one, or steps away from it."""
        right = values.get(tie.right)
        fact = self.book.facts[tie.left]
        low, high = bounds(fact)
        if right is None or isinstance(right, str):
            return dict(values)
        moved = min(max(right + move * self.step(tie.left), low), high)
        return {**values, tie.left: whole(moved) if is_whole(fact) else tidy(moved)}


MOVABLE = ("rating", "number")


@lru_cache(maxsize=8)
def ground_of(book: Rulebook) -> Ground:
    return Ground(book)


def _expressions(book: Rulebook) -> Iterator[Expression]:
    for rule in book.rules:
        yield rule.effective
        if rule.formula is not None:
            yield rule.formula
    for measure in book.measures.values():
        yield from (each for each in (measure.expression, measure.when) if each is not None)
        yield from (line.condition for line in measure.lines)
    for score in book.scores.values():
        yield from (part.value for part in score.parts)


def bounds(fact: Fact | TableColumn) -> tuple[float, float]:
    if fact.type == "rating":
        return RATINGS[0], RATINGS[-1]
    assert fact.range is not None
    return fact.range


def is_whole(fact: Fact | TableColumn) -> bool:
    return fact.type == "rating" or (isinstance(fact, Fact) and fact.integer)


def whole(number: float) -> int:
    return round(number)


def tidy(number: float) -> float | int:
    """A number as a person writes it: without a fraction if it has none."""
    return int(number) if number == int(number) else number


def _turning_point(reached: Callable[[Value], bool], fact: Fact, *, above: bool) -> Value | None:
    """Of two neighbouring values between which a test turns, the one that passes it (or the one that does not)."""
    low, high = bounds(fact)
    starts: list[float] = [low, high, *(fact.plausible or ()), (low + high) / 2]
    if is_whole(fact):
        starts = [whole(start) for start in starts]
    results = [(start, reached(start)) for start in starts]
    passing = [start for start, passed in results if passed]
    failing = [start for start, passed in results if not passed]
    if not passing or not failing:
        return None
    yes, no = min(((y, n) for y in passing for n in failing), key=lambda pair: abs(pair[0] - pair[1]))
    for _ in range(50):
        middle = (int(yes) + int(no)) // 2 if is_whole(fact) else (yes + no) / 2
        if middle in (yes, no):
            break
        if reached(middle):
            yes = middle
        else:
            no = middle
    found = yes if above else no
    return whole(found) if is_whole(fact) else tidy(found)


# for hypothesis


def accounts(book: Rulebook) -> SearchStrategy[Inputs]:
    """Any account that the rulebook's vocabulary allows, from the empty one to the complete one.

    Half of them are drawn fact by fact, half are plausible ones moved to borders.
    """
    from hypothesis import strategies as st

    ground = ground_of(book)
    values = {name: _values(ground, fact) for name, fact in book.facts.items() if fact.type != "table"}
    names = st.sampled_from(sorted(values))
    percent = st.integers(0, 99)
    ties = st.lists(st.tuples(st.sampled_from(ground.ties), st.integers(-1, 1)), max_size=2)
    cuts = st.lists(st.sampled_from(ground.cuts), min_size=1, max_size=4)

    @st.composite
    def free(draw: DrawFn) -> Inputs:
        density = draw(st.sampled_from(DENSITIES))
        known: dict[str, Value] = {}
        tables: dict[str, Sequence[Row]] = {}
        not_applicable: set[str] = set()
        for name, fact in book.facts.items():
            place = draw(percent)
            if place >= 100 - density:
                if fact.type == "table":
                    tables[name] = draw(_rows(fact))
                else:
                    known[name] = draw(values[name])
            elif place % 5 == 4:
                not_applicable.add(name)
        before = draw(st.lists(st.sampled_from(ground.earlier), max_size=4, unique=True))
        before += [base_name(name) for name in ground.prefixed if name.startswith("before.") and draw(st.booleans())]
        known.update({f"before.{name}": draw(values[name]) for name in dict.fromkeys(before)})
        known.update(draw(confidences(list(known))))
        return Inputs(known, tables, frozenset(not_applicable))

    @st.composite
    def confidences(draw: DrawFn, known: Sequence[str]) -> dict[str, Value]:
        """One trust for all facts, but each fact whose trust something reads has its own."""
        level = st.sampled_from(ground.confidences)
        common = draw(level)
        read = {base_name(name) for name in ground.prefixed if name.startswith("confidence.")}
        return {f"confidence.{name}": draw(level) if name in read else common for name in known if name in book.facts}

    @st.composite
    def plausible(draw: DrawFn) -> Inputs:
        inputs = _plausible(ground, random.Random(draw(st.integers(0, 2**32))))
        tables = {
            name: draw(_rows(book.facts[name])) if draw(st.booleans()) else inputs.tables[name]
            for name in inputs.tables
        }
        changed = {name: draw(values[name]) for name in draw(st.lists(names, max_size=6, unique=True))}
        return replace(inputs, values={**inputs.values, **changed}, tables=tables)

    @st.composite
    def bordering(draw: DrawFn) -> Inputs:
        inputs = draw(st.one_of(free(), plausible()))
        for tie, move in draw(ties) if ground.ties else ():
            inputs = replace(inputs, values=ground.tied(inputs.values, tie, move))
        for cut in draw(cuts) if ground.cuts else ():
            first = draw(st.integers(0, min(len(cut.facts), MOST_TRIES) - 1))
            inputs = ground.landed(inputs, cut, first, above=draw(st.booleans()))
        missing = [name for name in inputs.values if name in book.facts and f"confidence.{name}" not in inputs.values]
        trust = {f"confidence.{name}": ground.confidences[-1] for name in missing}
        stated = {**inputs.values, **trust}
        return replace(inputs, values=stated, not_applicable=inputs.not_applicable - set(stated))

    return bordering()


def examples(count: int) -> settings:
    """How properties are tested: the same accounts in every run."""
    from hypothesis import HealthCheck, settings

    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def assignments(book: Rulebook) -> SearchStrategy[dict[str, Value]]:
    """A value for some of the names that conditions read, given and computed ones alike, whether it fits or not."""
    from hypothesis import strategies as st

    ground = ground_of(book)
    names = sorted({name for rule in book.rules for name in names_in(rule.effective)})
    optional = {}
    for name in names:
        values = _named_values(ground, name)
        if values:
            optional[name] = st.sampled_from(values)
    return st.fixed_dictionaries({}, optional=optional)


def assumptions(book: Rulebook) -> SearchStrategy[dict[str, Value]]:
    """Values for a few computed names, to be taken as given."""
    from hypothesis import strategies as st

    ground = ground_of(book)
    pairs = [(name, _named_values(ground, name)) for name in book.order if name not in book.facts]
    choices = [(name, values) for name, values in pairs if values]
    one = st.sampled_from(choices).flatmap(lambda pair: st.tuples(st.just(pair[0]), st.sampled_from(pair[1])))
    return st.lists(one, max_size=4).map(dict)


def _named_values(ground: Ground, name: str) -> tuple[Value, ...]:
    """Values worth testing of any name; none for a table."""
    book, plain_name = ground.book, base_name(name)
    if name.startswith("confidence."):
        return ground.confidences
    if plain_name in book.facts:
        return ground.edges.get(plain_name, ())
    type_ = book.vocabulary.names[plain_name]
    if type_.kind == "flag":
        return (False, True)
    if type_.kind == "choice":
        return type_.options
    return tuple(dict.fromkeys([*ground.around(plain_name), 0.0, 50.0, 100.0]))


def _values(ground: Ground, fact: Fact) -> SearchStrategy[Value]:
    from hypothesis import strategies as st

    edges = st.sampled_from(ground.edges[fact.id])
    if fact.type != "number":
        return edges
    low, high = bounds(fact)
    if is_whole(fact):
        return st.one_of(edges, edges, st.integers(int(low), int(high)))
    tenths = st.integers(int(low * 10), int(high * 10)).map(lambda tenth: tidy(tenth / 10))
    if high - low < WIDE:
        return st.one_of(edges, edges, tenths)
    amounts = st.tuples(st.integers(1, 99), st.integers(0, 10)).map(
        lambda pair: min(pair[0] * 10 ** pair[1], int(high))
    )
    return st.one_of(edges, amounts, amounts)


def _rows(fact: Fact) -> SearchStrategy[tuple[Row, ...]]:
    """Up to eight rows: numbers that make up a whole or do not, with or without holes."""
    from hypothesis import strategies as st

    @st.composite
    def rows(draw: DrawFn) -> tuple[Row, ...]:
        count = draw(st.integers(0, MOST_ROWS))
        holes, whole_ = draw(st.booleans()), draw(st.booleans())
        columns: dict[str, list[Value]] = {}
        for name, column in fact.columns.items():
            if column.type == "text":
                columns[name] = [f"{name} {index}" for index in range(count)]
            elif column.type == "choice":
                columns[name] = [draw(st.sampled_from(tuple(column.choices))) for _ in range(count)]
            elif column.type == "number" and whole_:
                columns[name] = list(_shares(draw, count, int(bounds(column)[1])))
            else:
                low, high = bounds(column)
                columns[name] = [draw(st.integers(int(low), int(high))) for _ in range(count)]
        rows = [{name: columns[name][index] for name in columns} for index in range(count)]
        if holes:
            return tuple({name: cell for name, cell in row.items() if draw(st.integers(0, 9)) < 9} for row in rows)
        return tuple(rows)

    def _shares(draw: DrawFn, count: int, total: int) -> Iterable[int]:
        marks = sorted(draw(st.integers(0, total)) for _ in range(count - 1))
        return [upper - lower for lower, upper in zip([0, *marks], [*marks, total], strict=True)][:count]

    return rows()


# for benchmarks


WIDE = 1e6  # a range this wide is an amount of money: its numbers differ by their order of magnitude


def generated(book: Rulebook, count: int, seed: int) -> list[Inputs]:
    """Plausible accounts, the same for the same seed: their ratings hang together, and so do their amounts."""
    ground = ground_of(book)
    chance = random.Random(seed)
    return [_plausible(ground, chance) for _ in range(count)]


def _plausible(ground: Ground, chance: random.Random) -> Inputs:
    known_share = chance.choice((0.3, 0.6, 0.9, 0.97, 1.0, 1.0))
    level, scale = chance.random(), 10 ** chance.uniform(5, 7.5)
    values: dict[str, Value] = {}
    tables: dict[str, Sequence[Row]] = {}
    not_applicable = set()
    for name, fact in ground.book.facts.items():
        if chance.random() >= known_share:
            if chance.random() < 0.2:
                not_applicable.add(name)
        elif fact.type == "table":
            tables[name] = _plausible_rows(fact, chance, level)
        else:
            values[name] = _plausible_value(ground, fact, chance, level, scale)
    for tie in ground.ties:
        left, right = values.get(tie.left), values.get(tie.right)
        if isinstance(left, int | float) and isinstance(right, int | float) and tie.op in ("<", "<=") and left > right:
            values = ground.tied(values, tie, 0)
    for name in ground.prefixed:
        if name.startswith("before.") and base_name(name) in values and chance.random() < 0.5:
            fact = ground.book.facts[base_name(name)]
            values[name] = _plausible_value(ground, fact, chance, level, scale)
    given = [name for name in values if name in ground.book.facts]
    values.update({f"confidence.{name}": chance.choice(ground.confidences) for name in given})
    return Inputs(values, tables, frozenset(not_applicable))


def _plausible_value(ground: Ground, fact: Fact, chance: random.Random, level: float, scale: float) -> Value:
    if fact.type == "rating":
        return min(max(round(chance.gauss(1 + 4 * level, 1.2)), RATINGS[0]), RATINGS[-1])
    if fact.type != "number" or chance.random() < 0.1:
        return chance.choice(ground.edges[fact.id])
    low, high = fact.plausible or bounds(fact)
    if high - low >= WIDE:
        return round(scale * 10 ** chance.uniform(-0.5, 0.5))
    number = chance.triangular(low, high)
    return whole(number) if fact.integer else round(number, 1)


def _plausible_rows(fact: Fact, chance: random.Random, level: float) -> tuple[Row, ...]:
    count = chance.randint(3, MOST_ROWS)
    weights = [chance.random() for _ in range(count)]
    whole = sum(weights) * chance.choice((1, 1, 1, 2))  # now and then half of a whole is left out
    rows: list[Row] = []
    for index in range(count):
        row: dict[str, Value] = {}
        for name, column in fact.columns.items():
            if column.type == "text":
                row[name] = f"{name} {index}"
            elif column.type == "choice":
                row[name] = chance.choice(tuple(column.choices))
            elif column.type == "rating":
                row[name] = min(max(round(chance.gauss(2 + 3 * level, 1)), RATINGS[0]), RATINGS[-1])
            else:
                row[name] = round(bounds(column)[1] * weights[index] / whole, 1)
        rows.append(row)
    return tuple(rows)


# small rulebooks

SMALL: dict[str, NameType] = {
    "p": NameType("flag", "fact"),
    "q": NameType("flag", "fact"),
    "x": NameType("number", "fact"),
    "y": NameType("number", "fact"),
    "c": NameType("choice", "fact", ("a", "b", "d")),
    "t": NameType("table", "fact", columns={"a": "number"}),
}
SAID = Text(en="said", zh="说")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
Kind = Literal["flag", "number", "tally", "signal", "model"]
Policy = Literal["unique", "first", "lower_bound"]
POLICIES: tuple[Policy, ...] = ("unique", "first", "lower_bound")


@dataclass(frozen=True)
class Defined:
    """How a name of a small rulebook is computed, from names defined before it.

    A flag by one condition, a number by one formula, a tally by its lines (a point each, possible ones count), a
    signal by its rules, a model by the conditions of its rows, whose cells are `row0` and `row1`.
    """

    kind: Kind
    texts: tuple[str | Expression, ...]
    policy: Policy = "unique"


def small_book(book: Rulebook, defined: Mapping[str, Defined], rules: Mapping[str, str | Expression]) -> Rulebook:
    """A rulebook over the names of `SMALL`; all else is as in `book`."""
    names = dict(SMALL)
    measures: dict[str, Computed] = {}
    models: dict[str, Model] = {}
    signals: dict[str, Signal] = {}
    found: list[Rule] = []
    reads: dict[str, tuple[str, ...]] = {}
    for name, how in defined.items():
        vocabulary = Vocabulary(names, frozenset())
        read = [_read(text, vocabulary, formula=how.kind == "number") for text in how.texts]
        reads[name] = tuple(dict.fromkeys(base_name(other) for each in read for other in names_in(each)))
        names[name] = TYPES[how.kind]
        match how.kind:
            case "flag":
                measures[name] = Computed(_small_measure(name, flag="x"), read[0])
            case "number":
                measures[name] = Computed(_small_measure(name, formula="x"), read[0])
            case "tally":
                tally = Tally(counts="possible")
                lines = tuple(Line(TallyLine(condition="x", points=1, title=SAID), each) for each in read)
                measures[name] = Computed(_small_measure(name, tally=tally), lines=lines)
            case "signal":
                signals[name] = Signal(id=name, kind="quality", title=SAID, meaning=SAID)
                found += [_small_rule(f"{name}-{index}", each, target=name) for index, each in enumerate(read)]
            case "model":
                cells = {f"row{index}": Cell(title=SAID, meaning=SAID) for index in range(len(read))}
                models[name] = Model(id=name, label=SAID, about=SAID, policy=how.policy, sources=("s",), cells=cells)
                found += _small_rows(name, read, how.policy)
    vocabulary = Vocabulary(names, frozenset())
    found += [_small_rule(name, _read(text, vocabulary)) for name, text in rules.items()]
    order, stratum = layered(reads)
    return replace(
        book,
        vocabulary=vocabulary,
        parameters={},
        facts={},
        measures=measures,
        scores={},
        models=models,
        signals=signals,
        rules=tuple(found),
        order=order,
        stratum={**dict.fromkeys(names, 0), **stratum},
    )


def _read(text: str | Expression, vocabulary: Vocabulary, *, formula: bool = False) -> Expression:
    def refuse(code: str, offset: int, /, **parameters: object) -> None:
        raise AssertionError(f"{text} at {offset}: {code} {parameters}")

    if isinstance(text, Expression):
        return text
    expression = (parse_formula if formula else parse_condition)(text, vocabulary, refuse)
    assert expression is not None
    return expression


def _small_measure(name: str, **way: str | Tally) -> Measure:
    return Measure.model_validate({"id": name, "label": SAID, "meaning": SAID, "sources": ("s",), **way})


def _small_rule(name: str, condition: Expression, target: str | None = None) -> Rule:
    entry = RuleBase(id=name, title=SAID, condition="x", fires=({},))
    return Rule("signal" if target else "vote", entry, condition, condition, target, "small", Mark())


def _small_rows(model: str, conditions: Sequence[Expression], policy: Policy) -> Iterator[Rule]:
    for index, condition in enumerate(conditions):
        before = conditions[:index]
        if policy == "first":
            effective = conjunction([*map(negate, before), condition])
        elif policy == "lower_bound":
            effective = conjunction([*(Not(Certain(other)) for other in before), condition])
        else:
            effective = condition
        entry = PositionRow(id=f"{model}-{index}", title=SAID, condition="x", fires=({},), cell=f"row{index}")
        yield Rule("position", entry, condition, effective, model, "small", Mark())


def conditions(names: Mapping[str, NameType], *, most: int = 8) -> SearchStrategy[Expression]:
    """Conditions over these names, with at most about `most` comparisons."""
    from hypothesis import strategies as st

    leaves: list[SearchStrategy[Expression]] = []
    for name, type_ in names.items():
        if type_.kind == "flag":
            leaves.append(st.just(Name(name)))
        elif type_.kind != "table":
            options: list[Expression] = [Choice(option) for option in type_.options]
            options = options or [Constant(number) for number in range(4)]
            constant = st.sampled_from(options)
            operator = st.sampled_from(OPERATORS[:2] if type_.options else OPERATORS)
            leaves.append(st.builds(Compare, operator, st.just(Name(name)), constant))
            several = st.lists(constant, min_size=1, max_size=3, unique=True).map(tuple)
            leaves.append(st.builds(In, st.just(Name(name)), several))
        leaves.append(st.just(Known(Name(name))))

    def joined(inner: SearchStrategy[Expression]) -> SearchStrategy[Expression]:
        items = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(Not, inner), st.builds(And, items), st.builds(Or, items), st.builds(Certain, inner))

    return st.recursive(st.one_of(leaves), joined, max_leaves=most)


def small_accounts() -> SearchStrategy[Inputs]:
    """Accounts over the names of `SMALL`, each of which may be unknown."""
    from hypothesis import strategies as st

    kinds: dict[str, SearchStrategy[Value]] = {"flag": st.booleans(), "number": st.integers(0, 3)}
    optional = {
        name: st.sampled_from(type_.options) if type_.options else kinds[type_.kind]
        for name, type_ in SMALL.items()
        if type_.kind != "table"
    }
    rows = st.sampled_from(((), ({"a": 1},), ({"a": 1}, {})))
    tables = {name: rows for name, type_ in SMALL.items() if type_.kind == "table"}
    return st.builds(
        Inputs,
        values=st.fixed_dictionaries({}, optional=optional),
        tables=st.fixed_dictionaries({}, optional=tables),
        not_applicable=st.frozensets(st.sampled_from(sorted(SMALL))),
    ).map(lambda inputs: replace(inputs, not_applicable=inputs.not_applicable - {*inputs.values, *inputs.tables}))


@dataclass(frozen=True)
class Draft:
    """What a small rulebook is made of; unlike the rulebook it can be printed."""

    defined: Mapping[str, Defined]
    rules: Mapping[str, str | Expression]

    def within(self, book: Rulebook) -> Rulebook:
        return small_book(book, self.defined, self.rules)


def drafts(book: Rulebook) -> SearchStrategy[Draft]:
    """Small rulebooks of two layers of every kind of name, and rules over all of them."""
    from hypothesis import assume
    from hypothesis import strategies as st

    names = dict(SMALL)
    layers: list[tuple[str, Kind, SearchStrategy[list[Expression]]]] = []
    for layer in (1, 2):
        inside = conditions(dict(names), most=4)
        plus = [Name(name) for name, type_ in names.items() if type_.kind == "number"]
        number = st.sampled_from(plus)
        formula = st.one_of(
            st.builds(Arithmetic, st.sampled_from("+-*/"), number, number),
            st.builds(IfElse, inside, number, st.one_of(number, st.just(Unknown()))),
            st.builds(Call, st.sampled_from(("coalesce", "min")), st.tuples(number, number)),
        )
        for kind in KINDS:
            texts = st.lists(formula if kind == "number" else inside, min_size=1, max_size=WIDEST[kind])
            layers.append((f"{kind}{layer}", kind, texts))
        names.update({name: TYPES[kind] for name, kind, _ in layers})
    rules = st.lists(conditions(names, most=4), max_size=3)
    policies: SearchStrategy[Policy] = st.sampled_from(POLICIES)

    @st.composite
    def draft(draw: DrawFn) -> Draft:
        defined = {name: Defined(kind, tuple(draw(texts)), draw(policies)) for name, kind, texts in layers}
        found = Draft(defined, {f"rule-{index}": each for index, each in enumerate(draw(rules))})
        made = found.within(book).rules
        widest = [branch_count(rule.effective, negated=negated) for rule in made for negated in (False, True)]
        assume(max(widest) <= MOST_BRANCHES)
        return found

    return draft()


KINDS: tuple[Kind, ...] = ("flag", "number", "tally", "signal", "model")
WIDEST: dict[Kind, int] = {"flag": 1, "number": 1, "tally": 2, "signal": 2, "model": 2}
TYPES: dict[Kind, NameType] = {
    "flag": NameType("flag", "measure"),
    "number": NameType("number", "measure"),
    "tally": NameType("number", "measure"),
    "signal": NameType("flag", "signal"),
    "model": NameType("choice", "position", ("row0", "row1")),
}
