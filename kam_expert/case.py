"""A case: what is known about one account, by whom and since when.

File to value, with every mistake of the file at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from kam_expert.engines.conclusions import Inputs, Row
from kam_expert.problems import Phrase, Problem, ProblemsFound, nearest_phrase
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.fact_values import Refused, read_rows, read_value
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.located import Document, Path_, read_file
from kam_expert.rulebook.reading import presets
from kam_expert.rulebook.schema import LEVELS
from kam_expert.rulebook.validation import shown

State = Literal["given", "unknown", "n/a"]
SOURCES = ("document", "customer", "estimate", "guess")

HISTORY_SUFFIX = ".history.yaml"
"""How the name of a history ends, which lies beside a case and is none."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
CASE_KEYS = ("case", "account", "as_of", "profile", "facts", "chosen", "expected", "proof")
NAME_FACT = "account_name"  # which the head of a case states
ACCOUNT_KEYS = ("name", "industry", "currency")
FACT_KEYS = ("value", "as_of", "source", "note", "before")
CHOSEN_KEYS = ("primary", "secondary")
PROOF_KEYS = ("rulebook", "outcome", "secondary", "not_known", "known")
EXPECTED_KEYS = ("level", "primary", "secondary", "next_waves", "vetoed", "positions")


@dataclass(frozen=True)
class Given:
    """One fact of a case. `value` is None unless `state` is given; tables keep their rows in `rows`."""

    state: State
    value: Value | None = None
    rows: tuple[Row, ...] = ()
    before: Value | None = None
    as_of: date | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Expected:
    """What the case should lead to; each part is checked only if stated."""

    level: str | None = None
    primary: str | None = None
    secondary: tuple[str, ...] | None = None
    next_waves: tuple[str, ...] | None = None
    vetoed: tuple[str, ...] | None = None
    positions: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Chosen:
    """The strategies that somebody has already decided on."""

    primary: str
    secondary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """An account as a case file states it."""

    id: str
    file: str
    name: str
    industry: str | None
    currency: str
    as_of: date
    profile: str | None
    facts: Mapping[str, Given]
    chosen: Chosen | None = None
    expected: Expected | None = None

    def inputs(self, book: Rulebook) -> Inputs:
        """What an engine is told: known values, values at the last review, and how far each source can be trusted."""
        values: dict[str, Value] = {}
        for name, given in self.facts.items():
            if given.value is not None:
                values[name] = given.value
                values[f"confidence.{name}"] = self.confidence(name, book)
            if given.before is not None:
                values[f"before.{name}"] = given.before
        return Inputs(
            values=values,
            tables={name: given.rows for name, given in self.facts.items() if given.rows},
            not_applicable=frozenset(name for name, given in self.facts.items() if given.state == "n/a"),
        )

    def confidence(self, name: str, book: Rulebook) -> float:
        """How far a fact can be trusted, 0 to 1: by its source, less a loss when it is stale."""
        given = self.facts[name]
        trust = 1.0 if given.source == "profile" else book.parameters[f"confidence_{given.source or 'unstated'}"]
        return max(0.0, round(trust - (book.parameters["stale_loss"] if self.stale(name, book) else 0.0), 2))

    def stale(self, name: str, book: Rulebook) -> bool:
        """Whether a fact is older than the parameter `stale_days`."""
        as_of = self.facts[name].as_of
        return as_of is not None and (self.as_of - as_of).days > book.parameters["stale_days"]


def load_case(path: str | Path, rulebook: Rulebook | None = None) -> Case:
    """Read a case file. Without a rulebook the shipped one is used, with the profile that the case names.

    A rulebook that is given is used as it is, whatever profile the case names: as `--profile` on the command line.

    Raises `ProblemsFound` with every mistake of the file.
    """
    document = read_case_file(path)
    return case_from(document, rulebook or _shipped(profile_named_in(document)))


def rulebook_for(case: Case) -> Rulebook:
    """The shipped rulebook under the profile that a case names."""
    named = case.profile
    return _shipped(named if named is None or named in presets() else str(Path(case.file).parent / named))


def _shipped(profile: str | None) -> Rulebook:
    """The shipped rulebook; read once under each preset, and anew under a profile in a file, which may have changed."""
    return _read_once(profile) if profile is None or profile in presets() else load_rulebook(profile=profile)


@lru_cache(maxsize=4)
def _read_once(profile: str | None) -> Rulebook:
    return load_rulebook(profile=profile)


def read_case_file(path: str | Path) -> Document:
    """The file as plain values with places; nothing is checked yet."""
    return read_file(Path(path), Path(path).as_posix())


def case_files_in(folder: Path) -> list[Path]:
    """The case files of a folder by name; histories of cases are left out."""
    return [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(HISTORY_SUFFIX)]


def profile_named_in(document: Document) -> str | None:
    """The profile a case file names: a preset, or the path of a file from where the case lies.

    A name that leads nowhere is a problem of the case.
    """
    value = document.value.get("profile") if isinstance(document.value, dict) else None
    if value is None:
        return None
    if not isinstance(value, str):
        document.problem(
            "wrong_value", ("profile",), name="profile", found=shown(value), expected=Phrase("expect_text")
        )
        return None
    if value in presets():
        return value
    if value.endswith((".yaml", ".yml")) and "\0" not in value and (Path(document.file).parent / value).is_file():
        return str(Path(document.file).parent / value)
    document.problem(
        "profile_unknown",
        ("profile",),
        name=shown(value),
        allowed=", ".join(presets()),
        nearest=nearest_phrase(value, presets()),
    )
    return None


def case_from(document: Document, book: Rulebook, *, named_by_file: bool = True) -> Case:
    """Check a case file against the vocabulary of a rulebook. `named_by_file`: it must be called as its file is."""
    reader = _Reader(document, book)
    case = reader.case(named_by_file=named_by_file)
    if document.problems:
        raise ProblemsFound(sorted(document.problems, key=lambda p: (p.mark.line, p.mark.column)), intact=reader.intact)
    assert case is not None
    return case


def facts_at(
    document: Document, book: Rulebook, path: Path_, as_of: date | None, more_keys: tuple[str, ...] = ()
) -> dict[str, Given]:
    """The facts that stand at a place of any file, as a case states them; mistakes become problems of the document.

    `more_keys`: keys that a fact may have here besides those of a case.
    """
    value = document.value
    for step in path:
        value = value[step]
    return _Reader(document, book, path, (*FACT_KEYS, *more_keys)).facts(value, as_of)


class _Reader:
    def __init__(
        self, document: Document, book: Rulebook, at: Path_ = ("facts",), fact_keys: tuple[str, ...] = FACT_KEYS
    ) -> None:
        self.document = document
        self.book = book
        self.at = at
        self.fact_keys = fact_keys
        self.intact = 0

    def case(self, *, named_by_file: bool) -> Case | None:
        top = self.document.value
        if top is None:
            return None
        if not isinstance(top, dict):
            self.document.problem("case_not_a_map", (), found=shown(top))
            return None
        self.keys((), top, CASE_KEYS)
        for key in ("case", "account", "as_of", "facts"):
            if key not in top:
                self.document.problem("missing_key", (), name=key)
        case_id = self.text(("case",), top.get("case", "?"))
        stem = Path(self.document.file).stem
        if named_by_file and "case" in top and case_id not in (stem, "?"):
            self.document.problem("case_not_stem", ("case",), found=case_id, stem=stem)
        as_of = self.day(("as_of",), top["as_of"]) if "as_of" in top else None
        name, industry, currency = self.account(top.get("account"), "account" in top)
        facts = self.facts(top.get("facts"), as_of) if "facts" in top else {}
        if name and NAME_FACT in self.book.facts:
            facts.setdefault(NAME_FACT, Given("given", name))
        if industry and "industry" in self.book.facts:
            facts.setdefault("industry", Given("given", industry))
        profile_facts = self.book.profile.facts if self.book.profile else {}
        for fact, value in profile_facts.items():
            facts.setdefault(fact, Given("given", value, source="profile"))
        profile = top.get("profile")
        chosen = self.chosen(top["chosen"]) if "chosen" in top else None
        expected = self.expected(top["expected"]) if "expected" in top else None
        return Case(
            id=case_id,
            file=self.document.file,
            name=name or case_id,
            industry=industry,
            currency=currency,
            as_of=as_of or date.min,
            profile=None if profile is None else self.text(("profile",), profile),
            facts=facts,
            chosen=chosen,
            expected=expected,
        )

    def keys(self, path: Path_, found: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        for key in found:
            if key not in allowed:
                self.document.problem(
                    "unknown_key",
                    (*path, key),
                    key=True,
                    name=shown(key),
                    allowed=", ".join(allowed),
                    nearest=nearest_phrase(key, allowed),
                )

    def wrong(self, path: Path_, value: Any, expected: Phrase) -> None:
        name = str(path[-1]) if path else ""
        self.document.problem("wrong_value", path, name=name, found=shown(value), expected=expected)

    def text(self, path: Path_, value: Any) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.wrong(path, value, Phrase("expect_text"))
        return "?"

    def day(self, path: Path_, value: Any) -> date | None:
        if isinstance(value, date):
            return value
        if isinstance(value, str) and _DATE.match(value.strip()):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                if value == value.strip() and any(each.code == "date_impossible" for each in self.document.problems):
                    return None  # said when the file was read
        self.wrong(path, value, Phrase("expect_date"))
        return None

    def account(self, found: Any, stated: bool) -> tuple[str | None, str | None, str]:
        currency = self.book.currency
        if not isinstance(found, dict):
            if stated:
                self.wrong(("account",), found, Phrase("expect_map"))
            return None, None, currency
        self.keys(("account",), found, ACCOUNT_KEYS)
        if "name" not in found:
            self.document.problem("missing_key", ("account",), key=True, name="name")
        name = self.text(("account", "name"), found["name"]) if "name" in found else None
        industry = self.text(("account", "industry"), found["industry"]) if "industry" in found else None
        if "currency" in found:
            currencies = self.book.units["money"].currencies
            if isinstance(found["currency"], str) and found["currency"] in currencies:
                currency = found["currency"]
            else:
                allowed = {"allowed": ", ".join(currencies)}
                self.wrong(("account", "currency"), found["currency"], Phrase("expect_one_of", allowed))
        return name, industry, currency

    def facts(self, found: Any, case_date: date | None) -> dict[str, Given]:
        if not isinstance(found, dict):
            self.wrong(self.at, found, Phrase("expect_map"))
            return {}
        facts: dict[str, Given] = {}
        for name, value in found.items():
            if name not in self.book.facts:
                near = nearest_phrase(name, self.book.facts)
                self.document.problem("fact_unknown", (*self.at, name), key=True, name=name, nearest=near)
                continue
            count = len(self.document.problems)
            given = self.fact(name, value, case_date)
            if len(self.document.problems) == count and given is not None:
                facts[name] = given
                self.intact += 1
        return facts

    def fact(self, name: str, value: Any, case_date: date | None) -> Given | None:
        path: Path_ = (*self.at, name)
        if not isinstance(value, dict):
            return self.given(name, path, value)
        self.keys(path, value, self.fact_keys)
        if "value" not in value:
            self.document.problem("missing_key", path, key=True, name="value")
            return None
        plain = self.given(name, (*path, "value"), value["value"])
        as_of = self.day((*path, "as_of"), value["as_of"]) if "as_of" in value else None
        if as_of and case_date and as_of > case_date:
            self.document.problem("date_in_future", (*path, "as_of"), name=name, found=as_of, case_date=case_date)
        source = value.get("source")
        if source is not None and (not isinstance(source, str) or source not in SOURCES):
            self.wrong((*path, "source"), source, Phrase("expect_one_of", {"allowed": ", ".join(SOURCES)}))
        before = self.given(name, (*path, "before"), value["before"]) if "before" in value else None
        note = self.text((*path, "note"), value["note"]) if "note" in value else None
        if plain is None:
            return None
        earlier = before.value if before else None
        return Given(plain.state, plain.value, plain.rows, earlier, as_of, source, note)

    def given(self, name: str, path: Path_, value: Any) -> Given | None:
        fact = self.book.facts[name]
        if value == "unknown":
            return Given("unknown")
        if value == "n/a":
            return Given("n/a")
        try:
            if fact.type == "table":
                return Given("given", rows=read_rows(fact, value, self.book.units))
            return Given("given", read_value(fact, value, self.book.units))
        except Refused as refused:
            for found in refused.problems:
                place: Path_ = (*path, *found.path)
                parameters = {"name": name, **found.parameters}
                self.document.problems.append(
                    Problem(found.code, self.document.file, self.document.mark(place), parameters)
                )
            return None

    def strategy(self, path: Path_, value: Any) -> str:
        if isinstance(value, str) and value in self.book.candidates:
            return value
        if isinstance(value, str):
            near = nearest_phrase(value, self.book.candidates)
            self.document.problem("strategy_unknown", path, name=shown(value), nearest=near)
        else:
            self.wrong(path, value, Phrase("expect_text"))
        return "?"

    def strategies(self, path: Path_, value: Any) -> tuple[str, ...]:
        if not isinstance(value, tuple):
            self.wrong(path, value, Phrase("expect_list"))
            return ()
        return tuple(self.strategy((*path, index), item) for index, item in enumerate(value))

    def chosen(self, found: Any) -> Chosen | None:
        if not isinstance(found, dict):
            self.wrong(("chosen",), found, Phrase("expect_map"))
            return None
        self.keys(("chosen",), found, CHOSEN_KEYS)
        if "primary" not in found:
            self.document.problem("missing_key", ("chosen",), key=True, name="primary")
            return None
        primary = self.strategy(("chosen", "primary"), found["primary"])
        return Chosen(primary, self.strategies(("chosen", "secondary"), found.get("secondary", ())))

    def expected(self, found: Any) -> Expected | None:
        if not isinstance(found, dict):
            self.wrong(("expected",), found, Phrase("expect_map"))
            return None
        self.keys(("expected",), found, EXPECTED_KEYS)
        level = found.get("level")
        if level is not None and (not isinstance(level, str) or level not in LEVELS):
            self.wrong(("expected", "level"), level, Phrase("expect_one_of", {"allowed": ", ".join(LEVELS)}))
        primary = found.get("primary")
        positions = found.get("positions")
        if positions is not None:
            positions = self.positions(positions)

        def several(key: str) -> tuple[str, ...] | None:
            return self.strategies(("expected", key), found[key]) if key in found else None

        return Expected(
            level,
            None if primary is None else self.strategy(("expected", "primary"), primary),
            several("secondary"),
            several("next_waves"),
            several("vetoed"),
            positions,
        )

    def positions(self, found: Any) -> dict[str, str] | None:
        path: Path_ = ("expected", "positions")
        if not isinstance(found, dict):
            self.wrong(path, found, Phrase("expect_map"))
            return None
        self.keys(path, found, tuple(self.book.models))
        for model, cell in found.items():
            if model in self.book.models and (not isinstance(cell, str) or cell not in self.book.models[model].cells):
                allowed = ", ".join(self.book.models[model].cells)
                self.wrong((*path, model), cell, Phrase("expect_one_of", {"allowed": allowed}))
        return found
