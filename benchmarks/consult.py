"""How long one diagnosis takes, against named rivals in the same run. Run: `python benchmarks/consult.py`.

Rivals: a fresh interpreter that only imports experta, pydantic and click (for the cold command); the plain
interpreter of the rules, and clipspy running the same book generated as CLIPS rules (for one consultation). Every
figure is a median; ratios are what counts.
"""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kam_expert import load_case, load_rulebook
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs
from kam_expert.engines.network import Network
from kam_expert.rulebook.book import Rulebook

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

ONLY_IMPORTS = (
    "import collections, collections.abc; collections.Mapping = collections.abc.Mapping; "
    "import experta, click; from pydantic import BaseModel"
)


def cold(runs: int = 11) -> None:
    """A whole process: the command against an interpreter that only imports what it needs."""
    case = sorted((ROOT / "cases").glob("*.yaml"))[0]
    command = [sys.executable, "-m", "kam_expert", "diagnose", str(case)]
    rival = [sys.executable, "-c", ONLY_IMPORTS]
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_process(command))
        theirs.append(_process(rival))
    report("cold `diagnose`, whole process", ours, {"imports only": theirs})


def _process(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def one_consultation(book: Rulebook, inputs: list[Inputs]) -> None:
    """One account after another in one process."""
    network = Network(book)
    network.conclude(inputs[0])
    rivals: dict[str, list[float]] = {"plain interpreter": each(lambda item: plain.conclude(book, item), inputs)}
    ours = each(network.conclude, inputs)
    try:
        from benchmarks.clips_book import ClipsBook
    except ImportError:
        print("clipspy is not installed: pip install -e '.[benchmark]'")
    else:
        start = time.perf_counter()
        rival = ClipsBook(book)
        print(f"{'building the CLIPS program':<44}{1e3 * (time.perf_counter() - start):9.1f} ms")
        different = [item for item in inputs if not _same(rival, network, item)]
        print(f"{'accounts on which CLIPS and network differ':<44}{len(different):9d} of {len(inputs)}")
        rivals["clipspy"] = each(rival.conclude, inputs)
    report("one consultation", ours, rivals)


def _same(rival: object, network: Network, item: Inputs) -> bool:
    values, fired = rival.conclude(item)  # type: ignore[attr-defined]
    conclusions = network.conclude(item)
    return bool(values == conclusions.values and fired == {firing.rule for firing in conclusions.firings})


def each(act: Callable[[Inputs], object], inputs: list[Inputs]) -> list[float]:
    """Seconds for each account."""
    found = []
    for item in inputs:
        start = time.perf_counter()
        act(item)
        found.append(time.perf_counter() - start)
    return found


def building(book: Rulebook, runs: int = 5) -> None:
    """Reading the rulebook and building its network, both in a warm process."""
    reading, network = [], []
    for _ in range(runs):
        start = time.perf_counter()
        load_rulebook()
        reading.append(time.perf_counter() - start)
    first = book.rules[0].id
    assert first
    for _ in range(runs):
        start = time.perf_counter()
        Network(book).conclude(Inputs({}))
        network.append(time.perf_counter() - start)
    print(f"{'reading and checking the rulebook':<44}{1e3 * statistics.median(reading):9.1f} ms")
    print(f"{'building the network, first consultation':<44}{1e3 * statistics.median(network):9.1f} ms")


def memory(book: Rulebook, inputs: list[Inputs], count: int = 1000) -> None:
    """Resident memory before and after many consultations on one network."""
    network = Network(book)
    for item in inputs[:50]:
        network.conclude(item)
    gc.collect()
    before, objects = _resident(), len(gc.get_objects())
    for index in range(count):
        network.conclude(inputs[index % len(inputs)])
    gc.collect()
    print(f"{f'memory growth over {count} consultations':<44}{_resident() - before:9.2f} MB")
    print(f"{f'objects more after {count} consultations':<44}{len(gc.get_objects()) - objects:9d}")


def _resident() -> float:
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def report(title: str, ours: list[float], rivals: dict[str, list[float]]) -> None:
    """Our median, and the ratio to each rival's median in the same run."""
    median = statistics.median(ours)
    print(f"{title:<44}{1e3 * median:9.1f} ms   (slowest {1e3 * max(ours):.1f} ms)")
    for name, times in rivals.items():
        rival = statistics.median(times)
        print(f"{'  against ' + name:<44}{1e3 * rival:9.1f} ms   ratio {median / rival:.1f}")


def main() -> None:
    """Print all figures."""
    from tests.accounts import generated

    book = load_rulebook()
    cases = [load_case(path, book).inputs(book) for path in sorted((ROOT / "cases").glob("*.yaml"))]
    inputs = [*cases, *generated(book, 200, seed=1)]
    print(f"rulebook {book.version}: {len(book.rules)} rules, {len(book.order)} computed names, {len(inputs)} accounts")
    cold()
    building(book)
    one_consultation(book, inputs)
    memory(book, inputs)


if __name__ == "__main__":
    main()
