"""Connects what experts wrote about many accounts: names, conditions, references."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from kam_expert.problems import nearest_phrase
from kam_expert.rulebook.expressions import Expression
from kam_expert.rulebook.layers import Cycle, layered
from kam_expert.rulebook.parsing import parse_condition, parse_flag, parse_formula
from kam_expert.rulebook.portfolio_rules import GIVEN, WIDER, Bond, Figure, NoticedBy, PortfolioBook
from kam_expert.rulebook.portfolio_schema import WAYS, PortfolioEntry, PortfolioName, PortfolioRule, Scope
from kam_expert.rulebook.reading import Files, Placed
from kam_expert.rulebook.rule_loading import connected, taken
from kam_expert.rulebook.schema import Fact, Measure, Model, Parameter, Score, Signal, Source, Unit
from kam_expert.rulebook.vocabulary import NameType, Vocabulary

FLAGS = frozenset({"key_place", "managed", "own_parent", "parent_circle", "same_name", "team_named"})
PARAMETER_ROLES = ("cut", "block", "ceiling", "diminish", "years", "months")
WIDER_ROLES: Mapping[Scope, tuple[str, ...]] = {
    "portfolio": ("limit", "customers", "candidates", "listed"),
    "team": ("capacity", "team_now", "team_need", "plan_excess"),
    "group": ("group_share", "group_keys"),
}
NAME_ROLES = (
    "revenue",
    "profit",
    "spend",
    "vertical",
    "horizontal",
    "cell",
    "candidate",
    "declared",
    "manager",
    "hours_now",
    "hours_need",
    "first",
    "gain",
)


def connect_portfolio(files: Files, vocabulary: Vocabulary) -> PortfolioBook:
    """Parse and check. What is broken has been said, and then the book is not used."""
    placed = files.of(PortfolioEntry)
    return _Connection(files, placed[0], vocabulary).book() if placed else PortfolioBook()


class _Connection:
    def __init__(self, files: Files, placed: Placed[PortfolioEntry], vocabulary: Vocabulary) -> None:
        self.files = files
        self.placed = placed
        self.entry = placed.entry
        self.base = vocabulary
        self.parameters = {each.entry.id for each in files.of(Parameter)}
        self.sources = {each.entry.id for each in files.of(Source)}
        self.units = {each.entry.id for each in files.of(Unit)}
        self.figures: dict[str, PortfolioName] = {}
        taken = {
            str(getattr(each.entry, "id", "")): (each.document.file, each.mark("id").line)
            for model in (Fact, Parameter, Measure, Score, Model, Signal)
            for each in files.of(model)
        }
        for index, name in enumerate(self.entry.names):
            if name.id in taken:
                file, line = taken[name.id]
                placed.problem("duplicate_id", "names", index, "id", name=name.id, first_file=file, first_line=line)
            taken[name.id] = (placed.document.file, placed.mark("names", index, "id").line)
            self.figures.setdefault(name.id, name)
        self.vocabularies = {scope: self.vocabulary_of(scope) for scope in GIVEN}

    def vocabulary_of(self, scope: Scope) -> Vocabulary:
        """The names of an item and of what it is part of; an account has those of the rulebook besides."""
        seen = (scope, *WIDER[scope])
        names = dict(self.base.names) if scope == "account" else {}
        for figure in self.figures.values():
            if figure.of in seen:
                flag = figure.flag is not None or figure.id in FLAGS
                names[figure.id] = NameType("flag" if flag else "number", "portfolio")
        return Vocabulary(names, self.base.parameters)

    def book(self) -> PortfolioBook:
        self.check_roles()
        figures = {name: self.figure(index, name, entry) for index, (name, entry) in enumerate(self.figures.items())}
        for scope, names in GIVEN.items():
            for name in names:
                if name not in self.figures or self.figures[name].of != scope:
                    self.placed.problem("missing_key", "names", key=True, name=name)
        reads = {name: tuple(each for each in figure.reads if each in figures) for name, figure in figures.items()}
        try:
            order, _ = layered(reads)
        except Cycle as cycle:
            place = list(figures).index(cycle.members[0])
            self.placed.problem("cycle", "names", place, "id", members=" → ".join(cycle.members))
            order = tuple(figures)
        ordered = {name: figures[name] for name in order}
        return PortfolioBook(self.entry, ordered, self.bonds(), self.rules(), self.vocabularies)

    def known(self, found: str | None, allowed: Collection[str], *path: str | int) -> None:
        if found is not None and allowed and found not in allowed:
            self.placed.problem("reference_unknown", *path, name=found, nearest=nearest_phrase(found, allowed))

    def check_roles(self) -> None:
        roles = self.entry.roles
        of_account = self.vocabularies["account"].names
        for role in NAME_ROLES:
            self.known(getattr(roles, role), of_account, "roles", role)
        for role in PARAMETER_ROLES:
            self.known(getattr(roles, role), self.parameters, "roles", role)
        for index, name in enumerate(roles.rank_by):
            self.known(name, of_account, "roles", "rank_by", index)
        for scope, wider in WIDER_ROLES.items():
            for role in wider:
                self.known(getattr(roles, role), self.vocabularies[scope].names, "roles", role)
        models = [name for name, type_ in self.base.names.items() if type_.origin == "position"]
        for index, distribution in enumerate(self.entry.distributions):
            self.known(distribution.model, models, "distributions", index, "model")
        for index, pair in enumerate(self.entry.figures):
            for place, figure in enumerate(pair):
                self.known(figure, self.vocabularies["currency"].names, "figures", index, place)

    def parse(self, parser: Callable[..., Any], scope: Scope, text: str, *path: str | int) -> Expression | None:
        add = self.placed.document.problem_in(text, self.placed.mark(*path))
        parsed: Expression | None = parser(text, self.vocabularies[scope], add)
        return parsed

    def figure(self, index: int, name: str, entry: PortfolioName) -> Figure:
        at = ("names", index)
        ways = [way for way in WAYS if getattr(entry, way) is not None]
        given = name in GIVEN[entry.of]
        if len(ways) != (0 if given else 1):
            self.placed.problem("measure_ways", *at, "id", name=name, found=", ".join(ways) or "-")
        for source in entry.sources:
            self.known(source, self.sources, *at, "sources")
        self.known(entry.unit, self.units, *at, "unit")
        of_account = self.vocabularies["account"].names
        for way in ("sum", "top", "herfindahl", "reach", "weight"):
            self.known(getattr(entry, way), of_account, *at, way)
        self.known(entry.places, self.parameters, *at, "places")
        self.known(entry.per_cent, self.parameters, *at, "per_cent")
        for way, needed in (("top", "places"), ("reach", "per_cent")):
            if getattr(entry, way) is not None and getattr(entry, needed) is None:
                self.placed.problem("missing_key", *at, key=True, name=needed)
        expression = None
        if entry.formula is not None:
            expression = self.parse(parse_formula, entry.of, entry.formula, *at, "formula")
        elif entry.flag is not None:
            expression = self.parse(parse_flag, entry.of, entry.flag, *at, "flag")
        elif entry.count is not None:
            expression = self.parse(parse_condition, "account", entry.count, *at, "count")
        elif entry.share is not None:
            expression = self.parse(parse_condition, "account", entry.share, *at, "share")
        among = None if entry.among is None else self.parse(parse_condition, "account", entry.among, *at, "among")
        return Figure(entry, expression, among)

    def bonds(self) -> tuple[Bond, ...]:
        texts = [name for name, type_ in self.base.names.items() if type_.kind == "text"]
        found = []
        for index, tie in enumerate(self.entry.ties):
            self.known(tie.fact, texts, "ties", index, "fact")
            condition = None
            if tie.condition is not None:
                condition = self.parse(parse_condition, "account", tie.condition, "ties", index, "if")
            found.append(Bond(tie, condition))
        return tuple(found)

    def rules(self) -> tuple[NoticedBy, ...]:
        placed = self.files.of(PortfolioRule)
        first = taken(self.files)
        found = [connected(each, self.vocabularies[each.entry.about], self.sources, first) for each in placed]
        return tuple(rule for rule in found if rule is not None)
