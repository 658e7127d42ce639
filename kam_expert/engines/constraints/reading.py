"""The rulebook as z3 terms: what each name is worth for any account whatever.

Every fact is a free value within its range, or unknown; every other name follows from them as the rulebook says. Names
are read when they are asked for, each once; what free values must satisfy is kept with the name that brought them in,
so that a question is put to the solver with no more than it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import z3

from kam_expert.engines.constraints.dependence import affected, changed, same_condition
from kam_expert.engines.constraints.quantities import (
    FALSE,
    FAR,
    TRUE,
    UNKNOWN,
    Arithmetic,
    Flag,
    Option,
    Present,
    Quantity,
    Truth,
    constant,
    every,
    some,
)
from kam_expert.engines.constraints.rows import never_below_zero
from kam_expert.rulebook import expressions as ex
from kam_expert.rulebook.book import Computed, Rule, Rulebook, Weighted
from kam_expert.rulebook.expressions import Expression, base_name, names_in
from kam_expert.rulebook.schema import Fact, PositionRow

Worth = Quantity | Option | Flag | Present


class Reading:
    """One account that may be any account.

    `shared`: another reading whose facts these are, except the facts of `own`; so two accounts can be compared that
    differ in a few facts only, or two rulebooks on one account.
    """

    def __init__(
        self,
        book: Rulebook,
        prefix: str = "",
        shared: Reading | None = None,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.book = book
        self.prefix = prefix
        self.shared = shared
        self.own = own
        moved = frozenset() if shared is None or shared.book is book else changed(shared.book, book)
        self.affected = affected(book, own | moved)
        self.sums: dict[ex.SumOver, Quantity] = {}
        self.found: dict[str, Worth] = {}
        self.required: dict[str, list[Any]] = {}
        self.owner = [""]
        self.arithmetic = Arithmetic(self.require, prefix)
        self.rules_read: dict[str, Truth] = {}
        self.short_names: dict[int, tuple[Any, Any]] = shared.short_names if shared is not None else {}

    def require(self, claim: Any) -> None:
        self.required.setdefault(self.owner[-1], []).append(claim)

    def requirements(self) -> list[Any]:
        """What the free values read so far must satisfy."""
        own = [claim for claims in self.required.values() for claim in claims]
        return own + (self.shared.requirements() if self.shared is not None else [])

    def called(self, label: str, claim: Any) -> Any:
        """A short name for a long term; the same for the same term, also in a reading that shares these facts."""
        if claim.get_id() not in self.short_names:
            name = f"{self.prefix}{label}"
            named = z3.Bool(name) if z3.is_bool(claim) else z3.Int(name) if z3.is_int(claim) else z3.Real(name)
            self.require(named == claim)
            self.short_names[claim.get_id()] = (named, claim)
        return self.short_names[claim.get_id()][0]

    # names

    def worth(self, name: str) -> Worth:
        """What a name is worth."""
        if self.shared is not None and base_name(name) not in self.affected:
            return self.shared.worth(name)
        if name not in self.found:
            self.owner.append(name)
            self.found[name] = self._worth(name)
            self.owner.pop()
        return self.found[name]

    def _worth(self, name: str) -> Worth:
        book = self.book
        base = base_name(name)
        if name.startswith("confidence."):
            trust = z3.Real(f"{self.prefix}{name}")
            self.require(z3.And(trust >= 0, trust <= 1))
            return Quantity(self.worth(base).known, trust, Fraction(0), Fraction(1))
        if base in book.facts:
            given = self.given(book.facts[base], name)
            if name != base:
                self.require(z3.Implies(given.known, self.worth(base).known))
            derived = book.facts[base].derived
            if name == base and derived is not None and isinstance(given, Quantity):
                computed = self.quantity(ex.Name(derived))
                stated = Truth(given.known, z3.Not(given.known))
                return self.arithmetic.either(stated, given, computed)
            return given
        if name in book.measures:
            return self.measure(book.measures[name])
        if name in book.scores:
            return self.score(book.scores[name])
        if name in book.models:
            return self.position(name)
        truth = self.any_of([self.fires(rule) for rule in book.rules if rule.target == name])
        return Flag(some([truth.true, truth.false]), truth.true)

    def given(self, fact: Fact, name: str) -> Worth:
        """What the account says of a fact."""
        if self.shared is not None and fact.id not in self.own:
            return self.shared.given(fact, name)
        known = z3.Bool(f"{self.prefix}known!{name}")
        label = f"{self.prefix}value!{name}"
        if fact.type == "flag":
            return Flag(known, z3.Bool(label))
        if fact.type == "choice":
            options = tuple(fact.choices)
            place = z3.Int(label)
            self.require(z3.And(place >= 0, place < len(options)))
            return Option(known, place, options)
        if fact.type in ("text", "table"):
            return Present(known)
        low, high = (Fraction(1), Fraction(5)) if fact.type == "rating" else (-FAR, FAR)
        if fact.range is not None:
            low, high = (Fraction(str(end)) for end in fact.range)
        whole = fact.type == "rating" or fact.integer
        value = z3.Int(label) if whole else z3.Real(label)
        self.require(z3.And(value >= z3.RealVal(low), value <= z3.RealVal(high)))
        cases = None
        if whole and high - low < 128:
            cases = tuple((value == place, Fraction(place)) for place in range(int(low), int(high) + 1))
        top = z3.ToReal(value) if whole else value
        return Quantity(known, top, low, high, cases=cases, whole=0 if whole else None)

    def not_applicable(self, fact: str) -> Any:
        """Whether the account says that a fact does not apply to it."""
        if self.shared is not None and fact not in self.own:
            return self.shared.not_applicable(fact)
        marked = z3.Bool(f"{self.prefix}n/a!{fact}")
        self.require(z3.Implies(marked, z3.Not(self.given(self.book.facts[fact], fact).known)))
        return marked

    def measure(self, measure: Computed) -> Worth:
        entry = measure.entry
        if entry.flag is not None and measure.expression is not None:
            truth = self.truth(measure.expression)
            return Flag(some([truth.true, truth.false]), truth.true)
        if measure.expression is not None:
            return self._to_round(self.quantity(measure.expression), entry.decimals)
        if entry.tally is not None:
            return self.tally(measure)
        if entry.by is not None:
            return self.lookup(entry.by, entry.values or {}, entry.decimals)
        return self.completeness(entry.decimals)

    def _to_round(self, value: Quantity, decimals: int) -> Quantity:
        return replace(self.arithmetic.settled(value), decimals=decimals)

    def lookup(self, by: str, values: Mapping[str, int | float], decimals: int) -> Quantity:
        key = self.worth(by)
        assert isinstance(key, Option)
        cases = [
            (every([key.known, key.place == place]), Fraction(str(values[option])))
            for place, option in enumerate(key.options)
            if option in values
        ]
        if not cases:
            return UNKNOWN
        numbers = [value for _, value in cases]
        bounds = Quantity(TRUE, None, min(numbers), max(numbers))
        known = some([guard for guard, _ in cases])
        found = self.arithmetic.chained(known, [(guard, z3.RealVal(value)) for guard, value in cases], bounds)
        whole = 0 if all(value.denominator == 1 for value in numbers) else None
        return replace(found, cases=tuple(cases), whole=whole, decimals=decimals)

    def tally(self, measure: Computed) -> Quantity:
        tally = measure.entry.tally
        assert tally is not None
        terms, low, high = [], 0, 0
        for line in measure.lines:
            found = self.truth(line.condition)
            counted = found.true
            if tally.counts == "possible":
                counted = some([counted, every([z3.Not(found.false), z3.Not(self.excused(line.condition))])])
            terms.append(z3.If(counted, z3.RealVal(line.entry.points), z3.RealVal(0)))
            low, high = low + min(0, line.entry.points), high + max(0, line.entry.points)
        known = TRUE if measure.when is None else self.truth(measure.when).true
        total = z3.Sum(terms) if terms else z3.RealVal(0)
        value = Quantity(known, total, Fraction(low), Fraction(high), whole=0)
        if tally.cap is not None:
            value = self.arithmetic.extreme([value, constant(tally.cap)], largest=False)
            value = replace(value, known=known)
        return value

    def excused(self, node: Expression) -> Any:
        """Whether all that a condition waits for does not apply to the account."""
        if isinstance(node, ex.Name):
            known = self.worth(node.name).known
            return some([known, self.not_applicable(node.name)]) if node.name in self.book.facts else known
        inner = every([self.excused(child) for child in node.children()])
        if isinstance(node, ex.And | ex.Or | ex.Not | ex.Known | ex.Certain):
            found = self.truth(node)
            return some([found.true, found.false, inner])
        return inner

    def completeness(self, decimals: int) -> Quantity:
        counted, answered = [], []
        for fact in self.book.facts.values():
            if fact.short_form is None:
                continue
            applies = z3.Not(self.not_applicable(fact.id))
            if fact.when is not None:
                applies = every([applies, z3.Not(self.truth(ex.Name(fact.when)).false)])
            counted.append(z3.If(applies, z3.RealVal(1), z3.RealVal(0)))
            answered.append(z3.If(every([applies, self.given(fact, fact.id).known]), z3.RealVal(100), z3.RealVal(0)))
        if not counted:
            return UNKNOWN
        bottom = z3.Sum(counted)
        return Quantity(bottom > 0, z3.Sum(answered), Fraction(0), Fraction(100), bottom, decimals=decimals)

    def score(self, score: Weighted) -> Quantity:
        """The weighted mean over the known parts: points over known weight, unknown below the least coverage."""
        points, weights, whole_weight = [], [], 0
        low, high = Fraction(100), Fraction(0)
        for part in score.parts:
            value = self.arithmetic.plain(self.quantity(part.value))
            weight = z3.RealVal(part.weight)
            points.append(z3.If(value.known, weight * value.top, z3.RealVal(0)))
            weights.append(z3.If(value.known, weight, z3.RealVal(0)))
            whole_weight += part.weight
            low, high = min(low, value.low), max(high, value.high)
        known_weight = z3.Sum(weights)
        coverage = Quantity(TRUE, known_weight / z3.RealVal(max(whole_weight, 1)), Fraction(0), Fraction(1), decimals=2)
        enough = self.arithmetic.compare(">=", coverage, constant(self.book.parameters["min_coverage"])).true
        mean = Quantity(every([known_weight > 0, enough]), z3.Sum(points), low, high, known_weight)
        if score.entry.prefer is not None:
            preferred = self.quantity(ex.Name(score.entry.prefer))
            mean = self.arithmetic.either(Truth(preferred.known, z3.Not(preferred.known)), preferred, mean)
        return replace(mean, decimals=score.entry.decimals)

    def position(self, model: str) -> Option:
        """The cell of the first row that is true."""
        cells = tuple(self.book.models[model].cells)
        rows = [rule for rule in self.book.rules if rule.target == model]
        place: Any = z3.IntVal(-1)
        for rule in reversed(rows):
            assert isinstance(rule.entry, PositionRow)
            place = z3.If(self.fires(rule).true, z3.IntVal(cells.index(rule.entry.cell)), place)
        named = z3.Int(f"{self.prefix}cell!{model}")
        self.require(named == place)
        return Option(some([self.fires(rule).true for rule in rows]), named, cells)

    def fires(self, rule: Rule) -> Truth:
        """Whether a rule concludes."""
        shared = self.shared
        if (
            shared is not None
            and self.affected.isdisjoint(map(base_name, names_in(rule.effective)))
            and (shared.book is self.book or same_condition(shared.book, self.book, rule))
        ):
            return shared.fires(rule)
        if rule.id not in self.rules_read:
            self.rules_read[rule.id] = self.truth(rule.effective)
        return self.rules_read[rule.id]

    # expressions

    def any_of(self, truths: list[Truth]) -> Truth:
        return Truth(some([each.true for each in truths]), every([each.false for each in truths]))

    def truth(self, node: Expression) -> Truth:
        """The truth of a condition after Kleene."""
        match node:
            case ex.And(items):
                found = [self.truth(item) for item in items]
                return Truth(every([each.true for each in found]), some([each.false for each in found]))
            case ex.Or(items):
                return self.any_of([self.truth(item) for item in items])
            case ex.Not(item):
                inner = self.truth(item)
                return Truth(inner.false, inner.true)
            case ex.Constant(bool() as value):
                return Truth(TRUE, FALSE) if value else Truth(FALSE, TRUE)
            case ex.Known(name):
                known = self.worth(name.name).known
                return Truth(known, z3.Not(known))
            case ex.Certain(item):
                inner = self.truth(item)
                return Truth(inner.true, z3.Not(inner.true))
            case ex.Name(name):
                flag = self.worth(name)
                assert isinstance(flag, Flag), name
                return Truth(every([flag.known, flag.value]), every([flag.known, z3.Not(flag.value)]))
            case ex.Compare(op, left, right):
                return self.comparison(op, left, right)
            case ex.In(left, options):
                return self.any_of([self.comparison("==", left, option) for option in options])
        raise TypeError(f"not a condition: {node}")

    def comparison(self, op: str, left: Expression, right: Expression) -> Truth:
        if isinstance(left, ex.Name) and not isinstance(right, ex.Constant | ex.Parameter | ex.Minus):
            value = self.worth(left.name)
            if isinstance(value, Option) and isinstance(right, ex.Choice):
                same = value.place == value.options.index(right.value)
                holds = same if op == "==" else z3.Not(same)
                return Truth(every([value.known, holds]), every([value.known, z3.Not(holds)]))
        if isinstance(right, ex.Constant) and isinstance(right.value, bool):
            inner = self.truth(left)
            return inner if right.value == (op == "==") else Truth(inner.false, inner.true)
        return self.arithmetic.compare(op, self.quantity(left), self.quantity(right))

    def quantity(self, node: Expression) -> Quantity:
        """The value of a formula."""
        sums = self.arithmetic
        match node:
            case ex.Constant(value):
                return constant(value)
            case ex.Parameter(name):
                return constant(self.book.parameters[name])
            case ex.Unknown():
                return UNKNOWN
            case ex.Name(name):
                found = self.worth(name)
                assert isinstance(found, Quantity), name
                return found
            case ex.Minus(item):
                return sums.scaled(self.quantity(item), Fraction(-1))
            case ex.Arithmetic("+", left, right):
                return sums.add(self.quantity(left), self.quantity(right))
            case ex.Arithmetic("-", left, right):
                return sums.add(self.quantity(left), self.quantity(right), -1)
            case ex.Arithmetic("*", left, right):
                return sums.multiply(self.quantity(left), self.quantity(right))
            case ex.Arithmetic("/", left, right):
                return sums.divide(self.quantity(left), self.quantity(right))
            case ex.IfElse(condition, then, otherwise):
                return sums.either(self.truth(condition), self.quantity(then), self.quantity(otherwise))
            case ex.Call(function, arguments):
                return self.call(function, [self.quantity(argument) for argument in arguments])
            case ex.SumOver(table, item):
                if node not in self.sums:
                    least = Fraction(0) if never_below_zero(item, self.book.facts.get(table.name)) else -FAR
                    self.sums[node] = sums.free(self.worth(table.name).known, least, FAR)
                return self.sums[node]
        raise TypeError(f"not a formula: {node}")

    def call(self, function: str, arguments: list[Quantity]) -> Quantity:
        sums = self.arithmetic
        if function == "coalesce":
            found = arguments[-1]
            for each in reversed(arguments[:-1]):
                found = sums.either(Truth(each.known, z3.Not(each.known)), each, found)
            return found
        if function in ("min", "max"):
            return sums.extreme(arguments, largest=function == "max")
        if function == "mean":
            total = arguments[0]
            for each in arguments[1:]:
                total = sums.add(total, each)
            return replace(sums.scaled(total, Fraction(1, len(arguments))), whole=None)
        if function == "rating":
            return sums.scaled(sums.add(arguments[0], constant(1), -1), Fraction(25))
        value, first, last = arguments
        low, high = first.constant, last.constant
        if low is None or high is None:  # ends that vary are not in any rulebook yet: any value in between
            bounded = sums.extreme([sums.extreme([value, last], largest=False), first], largest=True)
            return bounded if function == "clamp" else sums.free(bounded.known, Fraction(0), Fraction(100))
        if function == "clamp":
            return sums.between(value, low, high)
        if low == high:
            return UNKNOWN
        share = sums.scaled(sums.add(value, constant(low), -1), Fraction(100) / (high - low))
        return sums.between(share, Fraction(0), Fraction(100))
