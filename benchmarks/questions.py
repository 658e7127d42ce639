"""How many questions an interview needs, against asking in the order of the catalogue and in random order.

Each account is known in full; the interview is answered from it. Counted are the questions until the recommendation is
stable (the same primary in 95 % of the simulated completions) and until it is proven that no answers to the remaining
questions change it, and whether what was said then is what the full account leads to.

    python -m benchmarks.questions [--accounts 500] [--full] [--rivals 60] [--records FILE]

With `--records` each interview is written down as it ends, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from kam_expert.case import Case, Given, load_case, profile_named_in, read_case_file
from kam_expert.engines.constraints.choosing import read_ahead
from kam_expert.interview.advising import adviser_for
from kam_expert.interview.outlook import Outlook
from kam_expert.interview.relevance import FULL, SHORT, Relevance
from kam_expert.maintenance.plausible import plausible
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.territory import load_territory

ORDERS = ("adaptive", "catalogue", "random")
GOALS = "goals: stable after at most 15 (median) with at least 95 % right, proven after at most 30 (median) with 100 %"


@dataclass(frozen=True)
class Asked:
    """One interview. `stable`, `proven`, `whole`: questions until stable, until the primary and until all is proven."""

    account: str
    order: str
    stable: int | None
    stable_right: bool
    proven: int | None
    proven_right: bool
    whole: int | None
    milliseconds: tuple[float, ...]


@lru_cache(maxsize=4)
def _book(profile: str | None) -> Rulebook:
    """A rulebook, read for the solver as an interview does it while the first question is being read."""
    book = load_rulebook(profile=profile)
    read_ahead(book)
    return book


def accounts(generated: int) -> list[tuple[str, str | None]]:
    """The shipped cases and the generated accounts: a name, and the profile of a case."""
    found: list[tuple[str, str | None]] = []
    for path in sorted(Path("cases").glob("*.yaml")):
        found.append((str(path), profile_named_in(read_case_file(path))))
    return found + [(f"generated {number}", None) for number in range(generated)]


def _account(name: str, profile: str | None) -> tuple[Case, Rulebook]:
    book = _book(profile)
    if name.startswith("generated"):
        return plausible(load_territory(book), book, 7, int(name.split()[1])), book
    return load_case(name, book), book


def interview(task: tuple[str, str | None, str, bool]) -> Asked:
    """One interview answered from the account, until all is proven or nothing is left to ask."""
    name, profile, order, full = task
    whole, book = _account(name, profile)
    adviser = adviser_for(book)
    known = {fact: given for fact, given in whole.facts.items() if given.source == "profile"}
    known |= {fact: given for fact, given in whole.facts.items() if book.facts[fact].type == "text"}
    mode, relevance = FULL if full else SHORT, Relevance(book)
    scope = relevance.in_mode(mode)
    in_scope = {fact: given for fact, given in whole.facts.items() if fact in known or fact in scope}
    right = adviser.recommendation(replace(whole, facts=in_scope).inputs(book))
    outcome = right.outcome
    rank = _ranks(book, order, name)
    case, took = replace(whole, facts=known), []
    stable = proven = every = fact = None
    stable_right = proven_right = False
    for count in range(len(scope) + 1):
        open_ = relevance.askable(case, mode)
        began = time.perf_counter()
        outlook = adviser.outlook(case, open_, fact)
        took.append(1000 * (time.perf_counter() - began))
        if stable is None and outlook.settled != "open":
            stable, stable_right = count, outlook.leader == outcome
        if proven is None and outlook.settled in ("primary", "all"):
            found = outlook.recommendation
            proven, proven_right = count, found.outcome == outcome
        if outlook.settled == "all" or not open_:
            every = count
            break
        fact = _next(outlook, open_, rank)
        case = replace(case, facts={**case.facts, fact: whole.facts.get(fact, Given("unknown"))})
    return Asked(name, order, stable, stable_right, proven, proven_right, every, tuple(took))


def _ranks(book: Rulebook, order: str, seed: str) -> dict[str, float] | None:
    """The place of each fact in an order that does not adapt."""
    if order == "adaptive":
        return None
    names = sorted(book.facts, key=lambda name: (book.facts[name].short_form is None, book.facts[name].short_form or 0))
    if order == "random":
        random.Random(seed).shuffle(names)
    return {name: float(place) for place, name in enumerate(names)}


def _next(outlook: Outlook, open_: Sequence[str], rank: dict[str, float] | None) -> str:
    return outlook.suggestions[0].fact if rank is None else min(open_, key=rank.__getitem__)


def _line(found: Sequence[Asked], order: str) -> str:
    mine = [each for each in found if each.order == order]

    def middle(pick: Callable[[Asked], int | None]) -> str:
        counts = sorted(count for count in map(pick, mine) if count is not None)
        if not counts:
            return "-"
        return f"{statistics.median(counts):.0f} (9 in 10: {counts[int(0.9 * (len(counts) - 1))]})"

    stable = [each for each in mine if each.stable is not None]
    proven = [each for each in mine if each.proven is not None]
    share = 100 * sum(each.stable_right for each in stable) / max(1, len(stable))
    sure = 100 * sum(each.proven_right for each in proven) / max(1, len(proven))
    return (
        f"{order:<10} {len(mine):>5} accounts | stable after {middle(lambda each: each.stable)}, {share:.1f} % right"
        f" | primary proven after {middle(lambda each: each.proven)}, {sure:.1f} % right"
        f" | all proven after {middle(lambda each: each.whole)}"
    )


def _all(
    tasks: Sequence[tuple[str, str | None, str, bool]], processes: int | None, records: Path | None
) -> list[Asked]:
    """Every interview, those from the records included."""
    found: list[Asked] = []
    if records is not None and records.exists():
        read = (json.loads(line) for line in records.read_text("utf-8").splitlines())
        found = [Asked(**{**each, "milliseconds": tuple(each["milliseconds"])}) for each in read]
    done = {(each.account, each.order) for each in found}
    with ProcessPoolExecutor(processes) as pool:
        waiting = [pool.submit(interview, task) for task in tasks if (task[0], task[2]) not in done]
        for ended in as_completed(waiting):
            found.append(ended.result())
            if records is not None:
                with records.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(found[-1])) + "\n")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=500, help="generated accounts beside the shipped cases")
    parser.add_argument("--rivals", type=int, default=60, help="generated accounts for the orders that do not adapt")
    parser.add_argument("--full", action="store_true", help="all facts, not the short form")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--records", type=Path, default=None, help="a file of JSON lines, one for each interview")
    chosen = parser.parse_args()
    tasks = [(name, profile, "adaptive", chosen.full) for name, profile in accounts(chosen.accounts)]
    for order in ORDERS[1:]:
        tasks += [(name, profile, order, chosen.full) for name, profile in accounts(chosen.rivals)]
    found = _all(tasks, chosen.processes, chosen.records)
    print("questions of the full form" if chosen.full else "questions of the short form", "-", GOALS)
    for order in ORDERS:
        print(_line(found, order))
    few = {each.account for each in found if each.order == "random"}
    print(_line([each for each in found if each.account in few], "adaptive"), "(the accounts of the rivals)")
    times = sorted(took for each in found if each.order == "adaptive" for took in each.milliseconds[1:])
    print(
        f"from an answer to the next question: median {statistics.median(times):.0f} ms,"
        f" 99 in 100 within {times[int(0.99 * (len(times) - 1))]:.0f} ms, worst {times[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
