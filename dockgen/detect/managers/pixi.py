"""Which of pixi's environments runs in production, and the tables that make it up (pixi.prefix.dev, "Multi Environment")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dockgen.detect.managers.common import normal, strings_at, table_at

PRODUCTION = ("prod", "production", "deploy", "run", "app", "main")
"""What projects call the environment that runs, the plainest first; the workspace's own name comes before them."""
NAME = re.compile(r"[a-z0-9-]+")
SECTIONS = ("dependencies", "pypi-dependencies")


def chosen_environment(data: Any, keys: tuple[str, ...]) -> str:
    """ "default", or the environment that runs where the default one holds Python alone: what is called like the
    workspace or like production, the only one, else the first that is listed."""
    if any(_lists(data, table) for table in _tables(data, keys, "default")):
        return "default"
    named = [
        name
        for name in table_at(data, *keys, "environments")
        if NAME.fullmatch(name) and any(_lists(data, table) for table in _tables(data, keys, name))
    ]
    own = [normal(str(table_at(data, *keys, place).get("name", ""))) for place in ("workspace", "project")]
    for wanted in (*own, *PRODUCTION):
        for name in named:
            if wanted and normal(name) == wanted:
                return name
    return named[0] if named else "default"


def environment_tables(data: Any, keys: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The paths of the tables that hold the chosen environment's dependencies: the top one and its features'."""
    return tuple(_tables(data, keys, chosen_environment(data, keys)))


def locked_part(lock: str, environment: str) -> str:
    """What pixi.lock says of one environment; all of it where the environment is not told apart."""
    found = re.search(rf"^  {re.escape(environment)}:\n((?:(?:    .*)?\n)*)", lock, re.MULTILINE)
    return found[1] if found and found[1].strip() else lock


def _tables(data: Any, keys: tuple[str, ...], name: str) -> Iterator[tuple[str, ...]]:
    environments = table_at(data, *keys, "environments")
    entry = environments.get(name)
    row = entry if isinstance(entry, dict) else {"features": entry}
    if row.get("no-default-feature") is not True:
        yield keys
    for feature in strings_at(row, "features"):
        if table_at(data, *keys, "feature", feature):
            yield (*keys, "feature", feature)


def _lists(data: Any, table: tuple[str, ...]) -> bool:
    """Whether a table asks for more than Python and its installer."""
    return any(normal(key) not in ("python", "pip") for section in SECTIONS for key in table_at(data, *table, section))
