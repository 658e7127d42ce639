"""How much of the rules the examples and cases defend. Run: `python benchmarks/mutation.py`.

The mutation score is the share of small changes to the rules that an example or a case notices, without those that mean
the same; coverage counts clauses that were seen to decide both ways.
"""

from __future__ import annotations

import time
from pathlib import Path

from kam_expert import load_case, load_rulebook
from kam_expert.case import profile_named_in, read_case_file
from kam_expert.maintenance.coverage import coverage
from kam_expert.maintenance.examples import Judged
from kam_expert.maintenance.mutation import FATES, mutate
from kam_expert.rulebook.book import Rulebook

ROOT = Path(__file__).parents[1]


def judged() -> list[Judged]:
    """The shipped cases, each under its profile."""
    books: dict[str | None, Rulebook] = {}
    found = []
    for path in sorted((ROOT / "cases").glob("*.yaml")):
        profile = profile_named_in(read_case_file(path))
        if profile not in books:
            books[profile] = load_rulebook(profile=profile)
        found.append(Judged(load_case(path, books[profile]), books[profile]))
    return found


def main() -> None:
    """Print the scores."""
    book, cases = load_rulebook(), judged()
    print(f"rulebook {book.version}: {len(book.rules)} rules, {len(cases)} cases")
    tried = coverage(book, cases)
    print(f"{'rules that fire in an example':<44}{tried.fired_in_examples:9d} of {len(tried.rules)}")
    print(f"{'rules that fire in a case':<44}{tried.fired_in_cases:9d} of {len(tried.rules)}")
    print(f"{'clauses that decided both ways':<44}{tried.covered:9d} of {tried.clause_count}")
    start = time.perf_counter()
    found = mutate(book, cases)
    seconds = time.perf_counter() - start
    for kind in (None, *found.kinds):
        score = found.score(kind)
        counts = ", ".join(f"{fate} {found.count(fate, kind)}" for fate in FATES)
        share = "     –" if score is None else f"{100 * score:6.1f}"
        title = f"mutation score, {kind or 'all'}"
        print(f"{title:<44}{share} %   ({counts})")
    print(f"{'mutation run':<44}{seconds:9.1f} s")


if __name__ == "__main__":
    main()
