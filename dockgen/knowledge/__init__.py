"""Tables, not code: what dockgen knows of frameworks, services, system packages and releases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

OVERRIDABLE = ("frameworks", "services", "system_packages")
"""The tables whose rows a pack may replace."""

_overrides: dict[str, Mapping[str, Any]] = {}


@cache
def table(name: str) -> dict[str, Any]:
    """The table dockgen/knowledge/<name>.toml, parsed once, with the rows that the pack in use replaces."""
    import tomli

    rows = tomli.loads((files(__name__) / f"{name}.toml").read_text("utf-8"))
    return merged(rows, _overrides.get(name, {}))


def override(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Puts a pack's rows over the tables, for the rest of this process: called before detect reads the first one.

    What rows are made of stays as it is where a pack does not name it: `{services: {postgres: {image: ...}}}`
    changes the image alone.
    """
    if not tables and not _overrides:
        return
    _overrides.clear()
    _overrides.update(tables)
    table.cache_clear()


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with the values of `above` in it, table by table; lists are replaced whole."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result
