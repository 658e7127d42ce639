"""Connects what may reach the customer: its conditions, and that nothing in it rests on what is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kam_expert.rulebook.customer_schema import Audience, CustomerEntry, Listed, Refusal, SafeGoal, Told
from kam_expert.rulebook.document_rules import Conditional, named_in_braces
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Expression, base_names
from kam_expert.rulebook.parsing import parse_condition, parse_formula
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.rule_loading import check_known
from kam_expert.rulebook.schema import WITHOUT_STRATEGY, Fact, GoalRule, InsertRule, Parameter, Planning, Strategy
from kam_expert.rulebook.validation import shown
from kam_expert.rulebook.vocabulary import Vocabulary


def connect_customer(
    files: Files, vocabulary: Vocabulary, decided: Vocabulary, reads: Mapping[str, Iterable[str]]
) -> tuple[CustomerEntry | None, Conditional]:
    """What may be told, with its conditions; None in a rulebook that says nothing about customers.

    `decided`: the vocabulary with the names of the recommendation, which refusals may read.
    """
    placed = files.of(CustomerEntry)
    if not placed:
        return None, Conditional()
    return placed[0].entry, _Customer(files, placed[0], vocabulary, reads).connected(decided)


class _Customer:
    def __init__(
        self,
        files: Files,
        placed: Placed[CustomerEntry],
        vocabulary: Vocabulary,
        reads: Mapping[str, Iterable[str]],
    ) -> None:
        self.files = files
        self.placed = placed
        self.vocabulary = vocabulary
        self.entry = placed.entry
        self.reads = dict(reads)
        self.facts = {each.entry.id: each.entry for each in files.of(Fact)}
        self.safe = {value.id for value in placed.entry.values}
        self.behind: dict[str, tuple[str, ...]] = {}
        for name, fact in self.facts.items():
            if fact.derived is not None:
                self.reads[name] = (fact.derived,)

    def connected(self, decided: Vocabulary) -> Conditional:
        for index, value in enumerate(self.entry.values):
            self.check_value(value.id, "values", index, "id")
        check_known(self.placed, [self.entry.manager], self.facts, "manager")
        check_known(self.placed, self.entry.known_to_both, self.facts, "known_to_both")
        self.check_strategies()
        self.check_goals()
        self.check_planned()
        self.check_audiences()
        return Conditional(self.refusals(decided), self.audiences(), self.behind)

    # conditions

    def refusals(self, decided: Vocabulary) -> tuple[tuple[Refusal, Expression], ...]:
        """They may read anything: where one holds, nothing is told. Each level without a strategy needs one."""
        parsed = [
            (refusal, self.condition(refusal.condition, decided, "refusals", index))
            for index, refusal in enumerate(self.entry.refusals)
        ]
        found = tuple((refusal, condition) for refusal, condition in parsed if condition is not None)
        cuts = {each.entry.id: float(each.entry.default) for each in self.files.of(Parameter)}
        for level in WITHOUT_STRATEGY if len(found) == len(parsed) else ():
            if not any(evaluate(condition, State({"level": level}, cuts)) is True for _, condition in found):
                self.placed.problem("customer_not_refused", "refusals", key=True, level=level)
        return found

    def audiences(self) -> tuple[tuple[Audience, Expression], ...]:
        """They may read only what both sides know: which words are chosen tells what was read."""
        found = []
        for index, audience in enumerate(self.entry.audiences):
            condition = self.condition(audience.condition, self.vocabulary, "audiences", index)
            self.check_title(audience, "audiences", index, "title")
            if condition is None:
                continue
            common = (*self.safe, *self.entry.known_to_both)
            hidden = sorted(name for name in self.facts_behind(base_names([condition])) if name not in common)
            if hidden:
                listed = ", ".join(hidden)
                self.placed.problem(
                    "customer_condition_withheld", "audiences", index, "if", name=audience.id, withheld=listed
                )
            found.append((audience, condition))
        return tuple(found)

    def check_title(self, audience: Audience, *path: str | int) -> None:
        """A title may name the account, and nothing else."""
        for language, text in audience.title.model_dump().items():
            try:
                check_known(self.placed, named_in_braces(text), ("account",), *path, language)
            except ValueError:
                self.placed.problem("braces_unbalanced", *path, language, found=shown(text))

    def condition(self, written: str, vocabulary: Vocabulary, *path: str | int) -> Expression | None:
        add = self.placed.document.problem_in(written, self.placed.mark(*path, "if"))
        return parse_condition(written, vocabulary, add)

    def check_audiences(self) -> None:
        """Audiences are told apart by their ids, and nothing is said twice to one of them."""
        names = [audience.id for audience in self.entry.audiences]
        self.check_once([((name,), ("audiences", index, "id"), name) for index, name in enumerate(names)])
        self.check_once([((each.id,), ("refusals", n, "id"), each.id) for n, each in enumerate(self.entry.refusals)])
        looking_back = [audience.id for audience in self.entry.audiences if audience.shared is not None]
        lists: Mapping[str, Sequence[Told]] = {
            "values": self.entry.values,
            "strategies": self.entry.strategies,
            "goals": self.entry.goals,
            "measures": self.entry.measures,
            "activities": self.entry.activities,
            "gates": self.entry.gates,
        }
        for kind, items in lists.items():
            told: list[tuple[tuple[str, ...], tuple[str | int, ...], str]] = []
            for index, item in enumerate(items):
                allowed = looking_back if kind == "values" else names
                check_known(self.placed, item.audiences, allowed, kind, index, "for")
                if isinstance(item, Listed):
                    told += [((item.id, each), (kind, index, "id"), item.id) for each in item.audiences or names[:1]]
            self.check_once(told)

    def check_once(self, told: Iterable[tuple[tuple[str, ...], tuple[str | int, ...], str]]) -> None:
        first: dict[tuple[str, ...], int] = {}
        for key, path, name in told:
            line = self.placed.mark(*path).line
            if first.setdefault(key, line) != line:
                file = self.placed.document.file
                self.placed.problem("duplicate_id", *path, name=name, first_file=file, first_line=first[key])

    # what is told

    def check_strategies(self) -> None:
        strategies = [each.entry for each in self.files.of(Strategy)]
        candidates = [f"{each.id}.{way}" for each in strategies for way in each.directions]
        candidates += [each.id for each in strategies if not each.directions]
        for index, strategy in enumerate(self.entry.strategies):
            check_known(self.placed, [strategy.id], candidates, "strategies", index, "id")

    def check_planned(self) -> None:
        strategies = [each.entry for each in self.files.of(Strategy)]
        activities = {activity.id for each in strategies for activity in each.activities}
        activities |= {rule.entry.insert.id for _, rule in self.files.rules if isinstance(rule.entry, InsertRule)}
        for index, activity in enumerate(self.entry.activities):
            check_known(self.placed, [activity.id], activities, "activities", index, "id")
        planning = self.files.of(Planning)
        if planning:
            for name in self.entry.owners:
                check_known(self.placed, [name], planning[0].entry.owners, "owners", name)
            gates = [gate.id for gate in planning[0].entry.gates]
            for index, gate in enumerate(self.entry.gates):
                check_known(self.placed, [gate.id], gates, "gates", index, "id")

    def check_value(self, name: str, *path: str | int) -> None:
        """Only facts and measures may be shown: everything else is a judgement."""
        allowed = [each for each, type_ in self.vocabulary.names.items() if type_.origin in ("fact", "measure")]
        check_known(self.placed, [name], allowed, *path)
        behind = self.facts_behind([name])
        self.behind[name] = tuple(behind)
        self.refuse_withheld(name, [each for each in behind if each not in self.safe], *path)

    def check_goals(self) -> None:
        goals = {rule.entry.id: rule.entry for _, rule in self.files.rules if isinstance(rule.entry, GoalRule)}
        listed = {activity.id for activity in self.entry.activities}
        for index, goal in enumerate(self.entry.goals):
            check_known(self.placed, [goal.id], goals, "goals", index, "id")
            check_known(self.placed, goal.kept_by, listed, "goals", index, "kept_by")
            if goal.number and goal.id in goals:
                self.check_number(goal, goals[goal.id], "goals", index, "number")

    def check_number(self, goal: SafeGoal, stated: GoalRule, *path: str | int) -> None:
        used = [] if stated.reads is None else [stated.reads]
        formula = None
        if stated.target is not None:
            formula = parse_formula(stated.target, self.vocabulary, lambda code, offset, /, **parameters: None)
        used += [] if formula is None else base_names([formula])
        behind = self.facts_behind(used)
        self.behind[goal.id] = tuple(behind)
        self.refuse_withheld(goal.id, [each for each in behind if each not in self.safe], *path)

    def refuse_withheld(self, name: str, withheld: list[str], *path: str | int) -> None:
        if withheld:
            self.placed.problem("customer_withheld", *path, name=name, withheld=", ".join(withheld))

    def facts_behind(self, names: Iterable[str]) -> list[str]:
        """The facts from which these names are computed; a fact rests on itself."""
        found: dict[str, None] = {}
        waiting, seen = list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name in self.vocabulary.parameters:
                continue
            seen.add(name)
            if name in self.facts:
                found[name] = None
            waiting += self.reads.get(name, ())
        return sorted(found)
