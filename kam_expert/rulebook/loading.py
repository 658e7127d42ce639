"""Folder to rulebook: connects the entries, checks every reference, orders the layers.

Nothing is half loaded: either a complete rulebook is returned or every mistake of every file is raised together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from kam_expert.problems import Mark, Phrase, Problem, ProblemsFound, nearest_phrase
from kam_expert.resources import shipped
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import (
    STEERING_PARAMETERS,
    Computed,
    Line,
    Property,
    Rule,
    Rulebook,
    RuleKind,
    ScorePart,
    Weighted,
    candidates_of,
)
from kam_expert.rulebook.bridge_loading import connect_bridge
from kam_expert.rulebook.decision_tables import effective_condition
from kam_expert.rulebook.document_loading import connect_documents
from kam_expert.rulebook.expressions import Expression, base_names
from kam_expert.rulebook.fact_values import Refused, read_value
from kam_expert.rulebook.layers import Cycle, layered
from kam_expert.rulebook.normal_form import MOST_BRANCHES, branch_count
from kam_expert.rulebook.parsing import parse_condition, parse_formula
from kam_expert.rulebook.portfolio_loading import connect_portfolio
from kam_expert.rulebook.reading import Files, Placed, read_files, read_profile
from kam_expert.rulebook.references import check_references
from kam_expert.rulebook.review_loading import connect_review
from kam_expert.rulebook.validation import shown
from kam_expert.rulebook.vocabulary import Kind, NameType, Vocabulary

E = TypeVar("E", bound=schema.Entry)
Parse = Callable[..., Expression | None]

_FACT_KINDS: dict[str, Kind] = {
    "flag": "flag",
    "choice": "choice",
    "rating": "number",
    "number": "number",
    "text": "text",
    "table": "table",
}


def load_rulebook(path: str | Path | None = None, profile: str | None = None) -> Rulebook:
    """Read the rulebook below `path` (the shipped one by default) as an enterprise profile changes it.

    `profile`: the name of a preset or the path of a profile file. Raises `ProblemsFound` with every mistake.
    """
    root = Path(path) if path is not None else shipped()
    files = read_files(root)
    placed_profile = read_profile(root, profile, files) if profile else None
    return _Connection(files, placed_profile).rulebook()


def _id(entry: schema.Entry) -> str:
    return str(getattr(entry, "id", ""))


def _theme(fact: Placed[schema.Fact]) -> str:
    return fact.document.file.rsplit("/", 1)[-1].removesuffix(".yaml")


class _Connection:
    """One loading run: the entries by id and the expressions parsed from them."""

    def __init__(self, files: Files, profile: Placed[schema.Profile] | None) -> None:
        self.files = files
        self.profile = profile.entry if profile else None
        self.placed_profile = profile
        self.profile_facts: dict[str, schema.Scalar] = {}
        self.parameters = self.by_id(files.of(schema.Parameter))
        self.facts = self.by_id(self.in_themes(files.of(schema.Fact)))
        self.measures = self.by_id(files.of(schema.Measure))
        self.scores = self.by_id(files.of(schema.Score))
        self.models = self.by_id(files.of(schema.Model))
        self.signals = self.by_id(files.of(schema.Signal))
        self.strategies = self.by_id(files.of(schema.Strategy))
        self.rules = self.by_id([placed for _, placed in files.rules])
        self.kinds: dict[str, RuleKind] = {placed.entry.id: kind for kind, placed in files.rules}
        self.no_double_names()
        self.vocabulary = self.build_vocabulary()

    def by_id(self, placed: Iterable[Placed[E]]) -> dict[str, Placed[E]]:
        found: dict[str, Placed[E]] = {}
        for item in placed:
            name = _id(item.entry)
            if name in found:
                first = found[name]
                item.problem(
                    "duplicate_id", "id", name=name, first_file=first.document.file, first_line=first.mark("id").line
                )
            else:
                found[name] = item
        return found

    def in_themes(self, facts: list[Placed[schema.Fact]]) -> list[Placed[schema.Fact]]:
        planning = self.files.of(schema.Planning)
        themes = planning[0].entry.themes if planning else ()

        def place(fact: Placed[schema.Fact]) -> int:
            theme = _theme(fact)
            return themes.index(theme) if theme in themes else len(themes)

        return sorted(facts, key=place)

    def no_double_names(self) -> None:
        seen: dict[str, Placed[schema.Entry]] = {}
        groups: tuple[Mapping[str, Placed[schema.Entry]], ...] = (
            self.facts,
            self.parameters,
            self.measures,
            self.scores,
            self.models,
            self.signals,
        )
        for group in groups:
            for name, placed in group.items():
                if name in seen:
                    first = seen[name]
                    placed.problem(
                        "duplicate_id",
                        "id",
                        name=name,
                        first_file=first.document.file,
                        first_line=first.mark("id").line,
                    )
                else:
                    seen[name] = placed

    def build_vocabulary(self) -> Vocabulary:
        names: dict[str, NameType] = {}
        for fact in (placed.entry for placed in self.facts.values()):
            options = {name: tuple(column.choices) for name, column in fact.columns.items() if column.type == "choice"}
            columns: dict[str, Kind] = {name: _FACT_KINDS[column.type] for name, column in fact.columns.items()}
            names[fact.id] = NameType(_FACT_KINDS[fact.type], "fact", tuple(fact.choices), columns, options)
        for measure in (placed.entry for placed in self.measures.values()):
            names[measure.id] = NameType("flag" if measure.flag is not None else "number", "measure")
        names.update({name: NameType("number", "score") for name in self.scores})
        for model in (placed.entry for placed in self.models.values()):
            names[model.id] = NameType("choice", "position", tuple(model.cells))
        names.update({name: NameType("flag", "signal") for name in self.signals})
        return Vocabulary(names, frozenset(self.parameters))

    def parse(
        self, parser: Parse, placed: Placed[E], text: str | bool, *path: str | int, **options: object
    ) -> Expression | None:
        """Parse the text that stands at `path` inside the entry; problems go to its place."""
        written = str(text).lower() if isinstance(text, bool) else text
        add = placed.document.problem_in(written, placed.mark(*path))
        return parser(written, self.vocabulary, add, **options)

    def rulebook(self) -> Rulebook:
        measures = self.computed_measures()
        scores = self.weighted_scores()
        rules = self.connected_rules()
        done_when = self.done_conditions()
        properties = self.stated_properties()
        portfolio = connect_portfolio(self.files, self.vocabulary)
        review = connect_review(self.files, self.vocabulary)
        reads = {name: measure.reads for name, measure in measures.items()}
        reads.update({name: score.reads for name, score in scores.items()})
        documents = connect_documents(self.files, self.vocabulary, reads)
        bridge = connect_bridge(self.files, self.vocabulary)
        check_references(self.files, self.vocabulary, self.kinds)
        self.check_profile()
        self.check_steering()
        order, stratum = self.layers(measures, scores, rules)
        problems = self.files.problems()
        if problems:
            raise ProblemsFound(problems)
        values = {name: float(placed.entry.default) for name, placed in self.parameters.items()}
        values.update({name: float(value) for name, value in (self.profile.parameters if self.profile else {}).items()})
        strategies = {name: placed.entry for name, placed in self.strategies.items()}
        return Rulebook(
            version=self.files.version(),
            profile=self.profile.model_copy(update={"facts": self.profile_facts}) if self.profile else None,
            vocabulary=self.vocabulary,
            parameters=values,
            parameter_entries={name: placed.entry for name, placed in self.parameters.items()},
            facts={name: placed.entry for name, placed in self.facts.items()},
            theme_of={name: _theme(placed) for name, placed in self.facts.items()},
            measures=measures,
            scores=scores,
            models={name: placed.entry for name, placed in self.models.items()},
            signals={name: placed.entry for name, placed in self.signals.items()},
            rules=rules,
            strategies=strategies,
            candidates=candidates_of(strategies.values()),
            selection=self.files.of(schema.Selection)[0].entry,
            planning=self.files.of(schema.Planning)[0].entry,
            done_when=done_when,
            properties=properties,
            portfolio=portfolio,
            review=review,
            documents=documents,
            bridge=bridge,
            sources={placed.entry.id: placed.entry for placed in self.files.of(schema.Source)},
            units={placed.entry.id: placed.entry for placed in self.files.of(schema.Unit)},
            order=order,
            stratum=stratum,
            files=tuple(sorted(document.file for document in self.files.documents)),
        )

    def computed_measures(self) -> dict[str, Computed]:
        definitions = self.profile.definitions if self.profile else {}
        found: dict[str, Computed] = {}
        for name, placed in self.measures.items():
            entry = placed.entry
            ways = [
                way for way in ("formula", "flag", "tally", "by", "completeness") if getattr(entry, way) is not None
            ]
            if len(ways) != 1:
                placed.problem("measure_ways", name=name, found=", ".join(ways) or "-")
                continue
            expression: Expression | None = None
            when: Expression | None = None
            lines: tuple[Line, ...] = ()
            if name in definitions and entry.definition and self.placed_profile:
                expression = self.parse(parse_condition, self.placed_profile, definitions[name], "definitions", name)
            elif entry.flag is not None:
                expression = self.parse(parse_condition, placed, entry.flag, "flag")
            elif entry.formula is not None:
                expression = self.parse(parse_formula, placed, entry.formula, "formula")
            elif entry.tally is not None:
                lines, when = self.tally(placed)
            found[name] = Computed(entry, expression, lines, when)
        return found

    def tally(self, placed: Placed[schema.Measure]) -> tuple[tuple[Line, ...], Expression | None]:
        tally = placed.entry.tally
        assert tally is not None
        owner, source = placed, tally
        if tally.lines_of is not None:
            other = self.measures.get(tally.lines_of)
            if other is None or other.entry.tally is None:
                placed.problem("tally_unknown", "tally", "lines_of", name=tally.lines_of)
                return (), None
            owner, source = other, other.entry.tally
        lines = []
        for index, line in enumerate(source.lines):
            condition = self.parse(parse_condition, owner, line.condition, "tally", "lines", index, "if")
            if condition is not None:
                lines.append(Line(line, condition))
        when_text = tally.when if tally.when is not None else source.when
        when_owner = placed if tally.when is not None else owner
        when = None if when_text is None else self.parse(parse_condition, when_owner, when_text, "tally", "when")
        return tuple(lines), when

    def weighted_scores(self) -> dict[str, Weighted]:
        overrides = self.profile.weights if self.profile else {}
        found: dict[str, Weighted] = {}
        for name, placed in self.scores.items():
            parts = []
            for index, part in enumerate(placed.entry.parts):
                value = self.parse(parse_formula, placed, part.value, "parts", index, "value")
                weight = overrides.get(name, {}).get(part.id, part.weight)
                if value is not None:
                    parts.append(ScorePart(part, weight, value))
            if sum(part.weight for part in placed.entry.parts) != 100:
                total = sum(part.weight for part in placed.entry.parts)
                placed.problem("weights_not_100", "parts", key=True, name=name, total=total)
            if placed.entry.prefer is not None and placed.entry.prefer not in self.measures:
                placed.problem(
                    "name_unknown",
                    "prefer",
                    name=placed.entry.prefer,
                    nearest=nearest_phrase(placed.entry.prefer, self.measures),
                )
            found[name] = Weighted(placed.entry, tuple(parts))
        return found

    def connected_rules(self) -> tuple[Rule, ...]:
        rules: list[Rule] = []
        earlier: dict[str, list[Expression]] = {}
        for name, placed in self.rules.items():
            kind = self.kinds[name]
            entry = placed.entry
            target = None
            if isinstance(entry, schema.PositionRow):
                target = placed.document.file.rsplit("/", 1)[-1].removesuffix(".yaml")
            elif isinstance(entry, schema.SignalRule):
                target = entry.signal
            catch_all = kind in ("position", "goal", "default")
            condition = self.parse(parse_condition, placed, entry.condition, "if", catch_all=catch_all)
            if condition is None:
                continue
            policy = self.models[target].entry.policy if target in self.models else "unique"
            before = earlier.setdefault(target or name, [])
            effective = effective_condition(policy, before, condition)
            before.append(condition)
            widest = max(branch_count(effective), branch_count(effective, negated=True) if kind == "signal" else 0)
            if widest > MOST_BRANCHES:
                placed.problem("condition_too_wide", "if", name=name, count=widest, most=MOST_BRANCHES)
                continue
            formula = None
            if isinstance(entry, schema.GoalRule) and entry.target is not None:
                formula = self.parse(parse_formula, placed, entry.target, "target")
            file, mark = placed.document.file, placed.mark("id")
            rules.append(Rule(kind, entry, condition, effective, target, file, mark, formula))
        return tuple(rules)

    def done_conditions(self) -> dict[str, Expression]:
        found: dict[str, Expression] = {}
        for placed in self.strategies.values():
            for index, activity in enumerate(placed.entry.activities):
                if activity.unless is not None:
                    condition = self.parse(parse_condition, placed, activity.unless, "activities", index, "unless")
                    if condition is not None:
                        found[activity.id] = condition
        return found

    def stated_properties(self) -> tuple[Property, ...]:
        found = []
        for placed in self.by_id(self.files.of(schema.StatedProperty)).values():
            written = placed.entry.condition
            condition = None if written is None else self.parse(parse_condition, placed, written, "if")
            found.append(Property(placed.entry, condition))
        return tuple(found)

    def layers(
        self, measures: Mapping[str, Computed], scores: Mapping[str, Weighted], rules: tuple[Rule, ...]
    ) -> tuple[tuple[str, ...], dict[str, int]]:
        reads: dict[str, tuple[str, ...]] = {}
        for name, placed in self.facts.items():
            if placed.entry.derived is not None:
                reads[name] = (placed.entry.derived,)
        applicable = tuple(
            dict.fromkeys(fact.entry.when for fact in self.facts.values() if fact.entry.when and fact.entry.short_form)
        )
        for name, measure in measures.items():
            counted = applicable if measure.entry.completeness is not None else ()
            known = tuple(other for other in counted if other in self.vocabulary.names)
            reads[name] = tuple(dict.fromkeys((*measure.reads, *known)))
        reads.update({name: score.reads for name, score in scores.items()})
        for name in (*self.models, *self.signals):
            reads[name] = base_names(rule.effective for rule in rules if rule.target == name)
        try:
            order, stratum = layered(reads)
        except Cycle as cycle:
            owner = next(
                group[cycle.members[0]]
                for group in (self.facts, self.measures, self.scores, self.models, self.signals)
                if cycle.members[0] in group
            )
            owner.problem("cycle", "id", members=" → ".join(cycle.members))
            return (), {}
        for name in self.vocabulary.names:
            stratum.setdefault(name, 0)
        return order, stratum

    def check_profile_fact(self, placed: Placed[schema.Profile], name: str, fact: schema.Fact) -> None:
        assert self.profile is not None
        units = {unit.entry.id: unit.entry for unit in self.files.of(schema.Unit)}
        try:
            value = read_value(fact, self.profile.facts[name], units)
        except Refused as refused:
            for wrong in refused.problems:
                parameters = {"name": name, **wrong.parameters}
                mark = placed.mark("facts", name)
                placed.document.problems.append(Problem(wrong.code, placed.document.file, mark, parameters))
        else:
            self.profile_facts[name] = value

    def check_steering(self) -> None:
        for name in STEERING_PARAMETERS if self.parameters else ():
            if name not in self.parameters:
                problem = Problem("parameter_missing", "knowledge/parameters.yaml", Mark(), {"name": name})
                self.files.missing.append(problem)

    def check_profile(self) -> None:
        if self.profile is None or self.placed_profile is None:
            return
        placed = self.placed_profile
        for name in self.profile.parameters:
            if name not in self.parameters:
                near = nearest_phrase(name, self.parameters)
                placed.problem("name_unknown", "parameters", name, key=True, name=name, nearest=near)
        for name in self.profile.facts:
            fact = self.facts.get(name)
            if fact is None or not fact.entry.from_profile:
                allowed = [other for other, item in self.facts.items() if item.entry.from_profile]
                near = nearest_phrase(name, allowed)
                placed.problem("name_unknown", "facts", name, key=True, name=name, nearest=near)
            else:
                self.check_profile_fact(placed, name, fact.entry)
        currencies = next((u.entry.currencies for u in self.files.of(schema.Unit) if u.entry.currencies), {})
        if self.profile.currency not in currencies:
            expected = Phrase("expect_one_of", {"allowed": ", ".join(currencies)})
            found = shown(self.profile.currency)
            placed.problem("wrong_value", "currency", name="currency", found=found, expected=expected)
        for name in self.profile.definitions:
            measure = self.measures.get(name)
            if measure is None or not measure.entry.definition:
                allowed = [other for other, item in self.measures.items() if item.entry.definition]
                near = nearest_phrase(name, allowed)
                placed.problem("name_unknown", "definitions", name, key=True, name=name, nearest=near)
        for name, weights in self.profile.weights.items():
            score = self.scores.get(name)
            if score is None:
                near = nearest_phrase(name, self.scores)
                placed.problem("name_unknown", "weights", name, key=True, name=name, nearest=near)
                continue
            parts = {part.id: part.weight for part in score.entry.parts}
            for part in weights:
                if part not in parts:
                    near = nearest_phrase(part, parts)
                    placed.problem("name_unknown", "weights", name, part, key=True, name=part, nearest=near)
            total = sum({**parts, **weights}.values())
            if total != 100:
                placed.problem("weights_not_100", "weights", name, key=True, name=name, total=total)
