"""Who reads whom: the order of computation, and the cycles that forbid one."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter


class Cycle(Exception):
    """The members of a cycle, in reading order, the first repeated at the end."""

    def __init__(self, members: tuple[str, ...]) -> None:
        self.members = members
        super().__init__(" -> ".join(members))


def layered(reads: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], dict[str, int]]:
    """The names in an order in which each follows all it reads, and the depth of each.

    `reads`: name to the names it reads; a name without an entry has depth 0. Raises `Cycle`.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, others in reads.items():
        sorter.add(name, *others)
    try:
        ordered = tuple(sorter.static_order())
    except CycleError as error:
        raise Cycle(tuple(reversed(error.args[1]))) from None
    depth: dict[str, int] = {}
    for name in ordered:
        depth[name] = 1 + max((depth[other] for other in reads[name]), default=0) if name in reads else 0
    position = {name: index for index, name in enumerate(reads)}
    computed = sorted((name for name in ordered if name in reads), key=lambda name: (depth[name], position[name]))
    return tuple(computed), depth
