"""What every test may ask for: the shipped rulebook, its network, its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kam_expert.commands import reading
from kam_expert.diagnosis import network_of
from kam_expert.engines.network import Network
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.reading import presets

# Whether a change lands depends on the change, not on luck or on how busy a machine is: the same examples each time.
# `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("landing", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("landing")

CASES = tuple(sorted((shipped() / "cases").glob("*.yaml")))


@cache
def _profiled(profile: str | None) -> Rulebook:
    return load_rulebook(profile=profile)


@pytest.fixture(autouse=True, scope="session")
def _commands_read_the_shipped_rulebook_once() -> Iterator[None]:
    """Commands that are called in this process share the rulebook, which is a value, and the network built of it.

    A rulebook in a folder of its own and a profile in a file are read each time.
    """

    def read(root: Path | None = None, profile: str | None = None) -> Rulebook:
        if root is None and (profile is None or profile in presets()):
            return _profiled(profile)
        return load_rulebook(root, profile)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "load_rulebook", read)
        yield


@pytest.fixture(scope="session")
def profiled() -> Callable[[str | None], Rulebook]:
    """The shipped rulebook under an enterprise profile, read once per profile."""
    return _profiled


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return _profiled(None)


@pytest.fixture(scope="session")
def network(book: Rulebook) -> Network:
    return network_of(book)


@pytest.fixture(scope="session")
def case_files() -> tuple[Path, ...]:
    return CASES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `case_file` runs once per case."""
    if "case_file" in metafunc.fixturenames:
        metafunc.parametrize("case_file", CASES, ids=[path.stem for path in CASES])
