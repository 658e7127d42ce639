"""References between entries: everything named must exist, everything required for its kind must be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kam_expert.problems import Phrase, nearest_phrase
from kam_expert.rulebook import schema
from kam_expert.rulebook.book import RuleKind
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.validation import shown
from kam_expert.rulebook.vocabulary import NameType, Vocabulary


def check_references(files: Files, vocabulary: Vocabulary, kinds: Mapping[str, RuleKind]) -> None:
    """Record a problem for every reference that leads nowhere."""
    names = _Names(files, vocabulary)
    for kind in (
        schema.Fact,
        schema.Parameter,
        schema.Measure,
        schema.Score,
        schema.Model,
        schema.Strategy,
        schema.StatedProperty,
    ):
        for placed in files.of(kind):
            names.known(placed, getattr(placed.entry, "sources", ()), names.sources, "sources")
    for fact in files.of(schema.Fact):
        _check_fact(fact, names)
    for parameter in files.of(schema.Parameter):
        names.known(parameter, [parameter.entry.unit], names.units, "unit")
    for measure in files.of(schema.Measure):
        _check_measure(measure, names)
    for strategy in files.of(schema.Strategy):
        _check_strategy(strategy, names)
    for selection in files.of(schema.Selection):
        _check_selection(selection, names)
    for planning in files.of(schema.Planning):
        _check_planning(planning, names)
    for stated in files.of(schema.StatedProperty):
        names.known(stated, stated.entry.strategies, names.candidates, "strategies")
        names.known(stated, [stated.entry.fact], names.facts, "fact")
    concluded: set[str] = set()
    for kind_, rule in files.rules:
        if kinds.get(rule.entry.id) == kind_:
            concluded |= _check_rule(rule, names)
    for model in files.of(schema.Model):
        names.known(model, [model.entry.when], names.flags, "when")
    for group in (files.of(schema.Model), files.of(schema.Signal)):
        for item in group:
            name = str(getattr(item.entry, "id", ""))
            if name not in concluded:
                item.problem("nothing_concludes", "id", name=name)


class _Names:
    def __init__(self, files: Files, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.sources = {placed.entry.id for placed in files.of(schema.Source)}
        self.facts = {placed.entry.id for placed in files.of(schema.Fact)}
        self.influenced = {placed.entry.id for placed in files.of(schema.Fact) if placed.entry.influence}
        self.units = {placed.entry.id for placed in files.of(schema.Unit)}
        self.flags = {name for name, type_ in vocabulary.names.items() if type_.kind == "flag"}
        self.signals = {placed.entry.id for placed in files.of(schema.Signal)}
        self.models = {placed.entry.id: placed.entry for placed in files.of(schema.Model)}
        planning = files.of(schema.Planning)
        self.owners = set(planning[0].entry.owners) if planning else set()
        self.goal_types = set(planning[0].entry.goal_types) if planning else set()
        selection = files.of(schema.Selection)
        self.strengths = set(selection[0].entry.strengths) if selection else set()
        self.candidates: set[str] = set()
        for strategy in files.of(schema.Strategy):
            if strategy.entry.directions:
                self.candidates |= {f"{strategy.entry.id}.{direction}" for direction in strategy.entry.directions}
            else:
                self.candidates.add(strategy.entry.id)

    def known(
        self,
        placed: Placed[schema.Entry],
        found: Iterable[str | None],
        allowed: Iterable[str],
        *path: str | int,
        key: bool = False,
    ) -> None:
        allowed = set(allowed)
        if not allowed:
            return  # the file that would define them is missing or broken, and that has been said
        for name in found:
            if name is not None and name not in allowed:
                placed.problem("reference_unknown", *path, key=key, name=name, nearest=nearest_phrase(name, allowed))


def _check_fact(placed: Placed[schema.Fact], names: _Names) -> None:
    fact = placed.entry
    needed: dict[str, tuple[str, ...]] = {"choice": ("choices",), "number": ("unit", "range"), "table": ("columns",)}
    for key in needed.get(fact.type, ()):
        if not getattr(fact, key):
            placed.problem("missing_key", key=True, name=key)
    for name, column in fact.columns.items():
        if column.type == "choice" and not column.choices:
            placed.problem("missing_key", "columns", name, key=True, name="choices")
        names.known(placed, [column.unit], names.units, "columns", name, "unit")
        for key, stated in (("marks", column.marks), ("shades", column.shades)):
            names.known(placed, stated, column.choices or {"-"}, "columns", name, key)
    if fact.map is not None:
        _check_map(placed, fact.map, names)
    if fact.improves is not None and not fact.influence:
        placed.problem("missing_key", key=True, name="influence")
    if fact.type == "rating" and set(fact.anchors) != {"1", "3", "5"}:
        placed.problem("anchors_needed", "id", name=fact.id)
    names.known(placed, [fact.unit], names.units, "unit")
    measures = {name for name, type_ in names.vocabulary.names.items() if type_.origin == "measure"}
    names.known(placed, [fact.derived], measures, "derived")
    names.known(placed, [fact.when], measures, "when")


def _check_map(placed: Placed[schema.Fact], map_: schema.TableMap, names: _Names) -> None:
    columns = placed.entry.columns
    choices = [name for name, column in columns.items() if column.type == "choice"]
    for key in ("rows", "columns"):
        names.known(placed, [getattr(map_, key)], columns, "map", key)
    for key in ("grade", "groups"):
        names.known(placed, [getattr(map_, key)], choices, "map", key)
    names.known(placed, map_.notes, columns, "map", "notes")
    names.known(placed, [map_.age], columns, "map", "age")
    names.known(placed, [map_.oldest], names.vocabulary.parameters, "map", "oldest")


def _check_measure(placed: Placed[schema.Measure], names: _Names) -> None:
    measure = placed.entry
    names.known(placed, [measure.unit], names.units, "unit")
    if measure.by is not None:
        type_ = names.vocabulary.names.get(measure.by)
        if type_ is None or type_.kind != "choice":
            placed.problem("reference_unknown", "by", name=measure.by, nearest="")
        elif set(measure.values or {}) != set(type_.options):
            placed.problem("lookup_incomplete", "values", key=True, name=measure.id, allowed=", ".join(type_.options))


def _check_strategy(placed: Placed[schema.Strategy], names: _Names) -> None:
    strategy = placed.entry
    tactics = {tactic.id for tactic in strategy.tactics}
    for index, activity in enumerate(strategy.activities):
        names.known(placed, [activity.tactic], tactics, "activities", index, "tactic")
        _check_activity(placed, activity, names, "activities", index)


def _check_activity(placed: Placed[schema.Entry], activity: schema.Activity, names: _Names, *path: str | int) -> None:
    names.known(placed, [activity.owner], names.owners, *path, "owner")
    names.known(placed, activity.with_, names.owners, *path, "with")
    names.known(placed, activity.works_on, names.influenced, *path, "works_on")
    if activity.end < activity.start:
        placed.problem("ends_before_start", *path, "end", start=activity.start, end=activity.end)


def _check_selection(placed: Placed[schema.Selection], names: _Names) -> None:
    selection = placed.entry
    names.known(placed, selection.precedence, names.candidates, "precedence")
    for missing in sorted(names.candidates - set(selection.precedence)):
        placed.problem("precedence_incomplete", "precedence", key=True, name=missing)
    for first, others in selection.pairs.items():
        names.known(placed, [first, *others], names.candidates, "pairs", first)


def _check_planning(placed: Placed[schema.Planning], names: _Names) -> None:
    planning = placed.entry
    names.known(placed, planning.headline_numbers, names.vocabulary.names, "headline_numbers")
    names.known(placed, [planning.capacity.today, planning.capacity.needed], names.vocabulary.names, "capacity")
    if planning.documented is not None:
        names.known(placed, [planning.documented], names.vocabulary.names, "documented")
    for index, gate in enumerate(planning.gates):
        names.known(placed, [gate.decides], names.owners, "gates", index, "decides")


def _check_rule(placed: Placed[schema.RuleBase], names: _Names) -> set[str]:
    """Check one rule and return the models and signals it concludes."""
    rule = placed.entry
    concluded: set[str] = set()
    names.known(placed, rule.sources, names.sources, "sources")
    match rule:
        case schema.PositionRow():
            model = placed.document.file.rsplit("/", 1)[-1].removesuffix(".yaml")
            if model not in names.models:
                near = nearest_phrase(model, names.models)
                placed.problem("model_of_file_unknown", name=model, nearest=near)
            else:
                names.known(placed, [rule.cell], names.models[model].cells, "cell")
                concluded.add(model)
        case schema.SignalRule():
            names.known(placed, [rule.signal], names.signals, "signal")
            concluded.add(rule.signal)
        case schema.VoteRule():
            for candidate, word in rule.votes.items():
                names.known(placed, [candidate], names.candidates, "votes", candidate, key=True)
                names.known(placed, [word], names.strengths, "votes", candidate)
        case schema.BarRule():
            names.known(placed, rule.bars, names.candidates, "bars")
        case schema.BlockRule():
            names.known(placed, rule.blocks, names.candidates, "blocks")
        case schema.ForcedRule():
            names.known(placed, [item.strategy for item in rule.primary], names.candidates, "primary")
            names.known(placed, [*rule.satisfied_by, rule.secondary], names.candidates, "satisfied_by")
        case schema.SeatRule():
            names.known(placed, [rule.seat, rule.instead, *rule.when_primary], names.candidates, "seat")
        case schema.DefaultRule():
            names.known(placed, [rule.primary], names.candidates, "primary")
        case schema.InsertRule():
            names.known(placed, rule.beside, names.candidates, "beside")
            names.known(placed, rule.not_beside, names.candidates, "not_beside")
            _check_activity(placed, rule.insert, names, "insert")
        case schema.GoalRule():
            names.known(placed, rule.beside, names.candidates, "beside")
            names.known(placed, rule.not_beside, names.candidates, "not_beside")
            names.known(placed, [rule.type], names.goal_types, "type")
            names.known(placed, [rule.reads], names.vocabulary.names, "reads")
            names.known(placed, [rule.unit], names.units, "unit")
    for kind in ("fires", "silent"):
        for index, example in enumerate(getattr(rule, kind)):
            for name, value in example.items():
                check_example(placed, names.vocabulary, kind, index, name, value)
    return concluded


def check_example(
    placed: Placed[schema.RuleBase], vocabulary: Vocabulary, kind: str, index: int, name: str, value: object
) -> None:
    """Record a problem if an example states a name that does not exist, or a value that the name cannot have."""
    plain = name.split(".", 1)[1] if name.startswith(("before.", "confidence.")) else name
    type_ = vocabulary.names.get(plain)
    if type_ is None:
        near = nearest_phrase(name, vocabulary.names)
        placed.problem("name_unknown", kind, index, name, key=True, name=name, nearest=near)
    elif not _legal(value, type_):
        expected = (
            Phrase("expect_one_of", {"allowed": ", ".join(type_.options)})
            if type_.kind == "choice"
            else Phrase("expect_flag" if type_.kind == "flag" else "expect_number")
        )
        placed.problem("wrong_value", kind, index, name, name=name, found=shown(value), expected=expected)


def _legal(value: object, type_: NameType) -> bool:
    if type_.kind == "flag":
        return isinstance(value, bool)
    if type_.kind == "choice":
        return value in type_.options
    return isinstance(value, int | float) and not isinstance(value, bool)
