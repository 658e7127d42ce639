"""The territory of the rulebook: what many plausible accounts are told, how clearly, and where that looks odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kam_expert.case import Case
from kam_expert.engines.compiled import Compiled
from kam_expert.maintenance.examples import Judged
from kam_expert.maintenance.plausible import average, plausible
from kam_expert.recommendation import tied
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.territory import Limits, Territory, load_territory

CHUNK = 250  # accounts that a process judges before it reports


@dataclass(frozen=True)
class Answer:
    """What one account is told. `margin`: score of the primary less that of the runner-up, None without either.

    `against`: points of the votes against the primary (0 or less). `leading`: strategies in front before precedence.
    `worth`: the score by which odd advice is looked for.
    """

    number: int
    level: str
    primary: str | None
    secondary: tuple[str, ...]
    waves: tuple[str, ...]
    score: int
    margin: int | None
    against: int
    leading: int
    chosen_by: Literal["votes", "forced", "default"] | None
    positions: Mapping[str, str]
    signals: tuple[str, ...]
    worth: float | None


def answer(judged: Judged, number: int, worth: str) -> Answer:
    """The answer to one account, in short."""
    found, values, book = judged.recommendation, judged.conclusions.values, judged.book
    score = against = 0
    margin = None
    if found.primary is not None:
        standing = found.standing(found.primary)
        score = standing.score
        against = sum(vote.points for vote in standing.votes if vote.points < 0)
        if found.runner_up is not None:
            margin = score - found.standing(found.runner_up).score
    by: Literal["votes", "forced", "default"] = "forced" if found.forced_by else "default" if found.default else "votes"
    value = values.get(worth)
    return Answer(
        number=number,
        level=found.level,
        primary=found.primary,
        secondary=found.secondary,
        waves=tuple(wave.strategy for wave in found.next_waves),
        score=score,
        margin=margin,
        against=against,
        leading=len(tied(book, judged.conclusions)) if found.primary is not None else 0,
        chosen_by=by if found.primary is not None else None,
        positions={model: str(values[model]) for model in book.models if model in values},
        signals=tuple(name for name in book.signals if values.get(name) is True),
        worth=None if value is None else float(value),
    )


# many accounts on all processors

_read: dict[str, tuple[Territory, Rulebook, Compiled]] = {}


def _start(root: Path | None, profile: str | None) -> None:
    book = load_rulebook(root, profile)
    _read["here"] = (load_territory(book, root), book, Compiled(book))


def _answers(seed: int, first: int, last: int) -> list[Answer]:
    territory, book, engine = _read["here"]
    worth = territory.entry.worth
    found = []
    for number in range(first, last):
        judged = Judged(plausible(territory, book, seed, number), book, engine.conclude)
        found.append(answer(judged, number, worth))
    return found


def answers(
    count: int,
    seed: int,
    root: Path | None = None,
    profile: str | None = None,
    processes: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Answer, ...]:
    """What accounts 0 to `count` - 1 are told, in their order whatever the number of processes."""
    found: list[Answer] = []
    with ProcessPoolExecutor(processes, initializer=_start, initargs=(root, profile)) as pool:
        chunks = [pool.submit(_answers, seed, first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
        for chunk in chunks:
            found += chunk.result()
            progress(len(found), count)
    return tuple(found)


# what they show


@dataclass(frozen=True)
class StrategyFound:
    """How often (per cent of all accounts) a strategy is primary, secondary, next wave."""

    strategy: str
    primary: float
    secondary: float
    waves: float
    margin: float | None


@dataclass(frozen=True)
class Violation:
    """A limit that is passed: `kind` says which, `found` and `limit` are per cent."""

    kind: Literal["too_often", "too_rare", "ties"]
    strategy: str | None
    found: float
    limit: float


@dataclass(frozen=True)
class Survey:
    """Shares in per cent of all accounts; `ties` of those with a primary strategy."""

    seed: int
    answers: tuple[Answer, ...]
    levels: Mapping[str, float]
    strategies: tuple[StrategyFound, ...]
    positions: Mapping[str, Mapping[str, float]]
    signals: Mapping[str, float]
    chosen_by: Mapping[str, float]
    margins: Mapping[str, float]
    ties: float
    average: Answer
    like_average: float
    odd: Mapping[str, tuple[Answer, ...]]
    violations: tuple[Violation, ...]


def survey(found: Sequence[Answer], territory: Territory, book: Rulebook, seed: int, odd: int = 5) -> Survey:
    """Frequencies, limits and the `odd` oddest accounts of each kind."""
    total = len(found)

    def per_cent(count: int) -> float:
        return 100 * count / total if total else 0.0

    def shares(names: Iterator[str], order: Sequence[str]) -> dict[str, float]:
        counts = Counter(names)
        return {name: per_cent(counts[name]) for name in order}

    advised = [each for each in found if each.primary is not None]
    middle = answer(Judged(average(territory, book), book), -1, territory.entry.worth)
    strategies = tuple(_strategies(found, book, per_cent))
    ties = 100 * sum(each.leading > 1 for each in advised) / len(advised) if advised else 0.0
    margins = Counter(_margin_band(each.margin) for each in advised)
    return Survey(
        seed=seed,
        answers=tuple(found),
        levels=shares((each.level for each in found), sorted({each.level for each in found})),
        strategies=strategies,
        positions={
            model: shares((each.positions[model] for each in found if model in each.positions), list(entry.cells))
            for model, entry in book.models.items()
        },
        signals=shares((signal for each in found for signal in each.signals), list(book.signals)),
        chosen_by=shares((each.chosen_by for each in found if each.chosen_by), ("votes", "forced", "default")),
        margins={band: per_cent(margins[band]) for band in MARGINS},
        ties=ties,
        average=middle,
        like_average=per_cent(sum((each.level, each.primary) == (middle.level, middle.primary) for each in found)),
        odd={kind: tuple(chosen[:odd]) for kind, chosen in oddest(advised, found, book)},
        violations=tuple(_violations(strategies, ties, territory.entry.limits, book)),
    )


MARGINS = ("alone", "behind", "0", "1", "2", "more")


def _margin_band(margin: int | None) -> str:
    """`alone`: no runner-up; `behind`: a rule set the primary against the votes."""
    if margin is None:
        return "alone"
    return "behind" if margin < 0 else str(margin) if margin < len(MARGINS) - 3 else "more"


def _strategies(found: Sequence[Answer], book: Rulebook, per_cent: Callable[[int], float]) -> Iterator[StrategyFound]:
    for name in book.candidates:
        margins = [each.margin for each in found if each.primary == name and each.margin is not None]
        yield StrategyFound(
            name,
            per_cent(sum(each.primary == name for each in found)),
            per_cent(sum(name in each.secondary for each in found)),
            per_cent(sum(name in each.waves for each in found)),
            sum(margins) / len(margins) if margins else None,
        )


def oddest(advised: Sequence[Answer], found: Sequence[Answer], book: Rulebook) -> Iterator[tuple[str, list[Answer]]]:
    """By kind of oddity, the accounts that show it, the oddest first and equal ones by their number."""
    growing = [each for each in advised if book.candidates[str(each.primary)].strategy.growth]
    others = [each for each in advised if not book.candidates[str(each.primary)].strategy.growth]
    yield "growth_low_worth", _ranked(growing, lambda each: each.worth)
    yield "most_opposed", _ranked(advised, lambda each: each.against)
    yield "widest_margin", _ranked(advised, lambda each: None if each.margin is None else -each.margin)
    yield "most_company", _ranked(advised, lambda each: -len(each.secondary) - len(each.waves))
    yield "worthy_without_growth", _ranked(others, lambda each: None if each.worth is None else -each.worth)
    left = [each for each in found if each.level == "do_not_pursue"]
    yield "worthy_not_pursued", _ranked(left, lambda each: None if each.worth is None else -each.worth)


def _ranked(found: Sequence[Answer], key: Callable[[Answer], float | None]) -> list[Answer]:
    keyed = [(value, each.number, each) for each in found if (value := key(each)) is not None]
    return [each for _, _, each in sorted(keyed, key=lambda item: item[:2])]


def _violations(
    strategies: Sequence[StrategyFound], ties: float, limits: Limits, book: Rulebook
) -> Iterator[Violation]:
    """Limits that are passed without a stated reason; an enabler or a companion need not lead anywhere."""
    for each in strategies:
        if each.strategy in limits.exceptions:
            continue
        strategy = book.candidates[each.strategy].strategy
        if each.primary > limits.most_primary:
            yield Violation("too_often", each.strategy, each.primary, limits.most_primary)
        leads = "primary" in strategy.roles and strategy.kind != "enabler"
        if leads and each.primary < limits.least_primary:
            yield Violation("too_rare", each.strategy, each.primary, limits.least_primary)
    if ties > limits.most_ties:
        yield Violation("ties", None, ties, limits.most_ties)


def odd_cases(found: Survey, territory: Territory, book: Rulebook, count: int) -> Iterator[tuple[str, Case]]:
    """Up to `count` accounts of each kind of oddity, each once, with the kind."""
    seen: set[int] = set()
    for kind, chosen in found.odd.items():
        for each in chosen[:count]:
            if each.number not in seen:
                seen.add(each.number)
                yield kind, plausible(territory, book, found.seed, each.number)
