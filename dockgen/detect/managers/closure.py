"""Which locked packages an install brings: the closure over a lock file's edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` with `extras` is needed under `marker`."""

    target: str
    extras: tuple[str, ...] = ()
    marker: str = ""


def closure(
    starts: Iterable[Edge], edges: Callable[[str, str], Iterable[Edge]], applies: Callable[[str], bool]
) -> dict[str, set[str]]:
    """Every key that is reached, with the markers of the edges that lead to it.

    `edges(key, extra)` gives what a package needs, for extra "" and each other extra; `applies`
    tells whether a marker can be true where the image runs.
    """
    reached: dict[str, set[str]] = {}
    done: set[tuple[str, str]] = set()
    queue = deque(starts)
    while queue:
        edge = queue.popleft()
        if not applies(edge.marker):
            continue
        reached.setdefault(edge.target, set()).add(edge.marker)
        for extra in ("", *edge.extras):
            if (edge.target, extra) not in done:
                done.add((edge.target, extra))
                queue.extend(edges(edge.target, extra))
    return reached


def common_marker(markers: set[str]) -> str:
    """The one marker under which a package is needed; "" when an edge has none or they differ."""
    return next(iter(markers)) if len(markers) == 1 else ""
