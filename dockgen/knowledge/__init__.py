"""Tables, not code: what dockgen knows of frameworks, services, system packages and releases."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table dockgen/knowledge/<name>.toml, parsed once."""
    import tomli

    return tomli.loads((files(__name__) / f"{name}.toml").read_text("utf-8"))
