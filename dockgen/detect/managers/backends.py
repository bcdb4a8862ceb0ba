"""What the build back ends need, where that can be told without running them.

A back end is asked twice: [build-system] requires is in the file, and what `get_requires_for_build_wheel` (PEP 517) adds
is known only to it. For the back ends below the second answer is empty unless their configuration asks for more (their
sources, read 2026-11: hatchling 1.33, poetry-core 2.4, flit_core 3.13, pdm-backend 2.4, setuptools 82). Where it is,
they can be installed once, before the project's files are there, and building a wheel asks no index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from dockgen.detect.managers.common import normal, string_at, strings_at, table_at
from dockgen.source import Source

ASKS_MORE: Mapping[str, Mapping[tuple[str, ...], frozenset[str]]] = {
    "hatchling.build": {
        ("tool", "hatch", "build"): frozenset(
            {"dependencies", "hooks", "require-runtime-dependencies", "require-runtime-features"}
        )
    },
    "poetry.core.masonry.api": {("tool", "poetry"): frozenset({"build"})},
    "flit_core.buildapi": {},
    "pdm.backend": {("tool", "pdm", "build"): frozenset({"run-setuptools", "custom-hook"})},
    "setuptools.build_meta": {},
    "setuptools.build_meta:__legacy__": {},
}
"""The back ends, and the keys anywhere below a table with which they ask for more than they require."""

UV_SETTINGS = frozenset(
    {
        "build-constraint-dependencies",
        "config-settings",
        "default-index",
        "exclude-newer",
        "exclude-newer-package",
        "extra-build-dependencies",
        "extra-index-url",
        "find-links",
        "index",
        "index-url",
        "no-build-isolation",
        "no-build-isolation-package",
        "no-index",
    }
)
"""Keys of [tool.uv] that say how a build environment is made: they stay in force only where uv makes it."""

OWN_WHEELS = "70.1"
"""The first setuptools that makes wheels by itself (its changelog); older ones ask for `wheel`."""


def build_requirements(source: Source, folders: Iterable[str]) -> tuple[str, ...]:
    """The requirements (PEP 508) of the back ends that build these folders ("." is the root), sorted; () where one of
    them may ask for more, and where uv builds all of them itself (uv_build)."""
    found: dict[str, str] = {}
    needed = False
    for folder in folders:
        requires = _of_folder(source, "" if folder == "." else f"{folder}/")
        if requires is None:
            return ()
        needed = needed or any(name != "uv-build" for name in requires)
        for name, text in requires.items():
            if found.setdefault(name, text) != text:
                return ()  # two versions of a back end cannot lie beside each other
    return tuple(text for _, text in sorted(found.items())) if needed else ()


def _of_folder(source: Source, prefix: str) -> dict[str, str] | None:
    """Normal name → requirement of one folder's back end, or None."""
    if not any(source.has(f"{prefix}{name}") for name in ("pyproject.toml", "setup.py")):
        return None
    data = source.toml(f"{prefix}pyproject.toml") or {}
    system = table_at(data, "build-system")
    if "backend-path" in system or UV_SETTINGS & table_at(data, "tool", "uv").keys():
        return None
    if any(source.has(f"{prefix}{name}") for name in ("uv.toml", "hatch.toml")):
        return None
    requires = strings_at(system, "requires") if system else ["setuptools"]
    backend = string_at(system, "build-backend") or "setuptools.build_meta:__legacy__"
    result = {}
    for text in requires:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, ValueError, RecursionError):
            return None
        if requirement.url is not None:
            return None
        result[normal(requirement.name)] = str(requirement)
    if backend == "uv_build":
        return result
    if backend not in ASKS_MORE:
        return None
    for keys, more in ASKS_MORE[backend].items():
        if _names(table_at(data, *keys)) & more:
            return None
    if backend.startswith("setuptools"):
        setup = "".join(source.text(f"{prefix}{name}") or "" for name in ("setup.py", "setup.cfg"))
        if "setup_requires" in setup or "setuptools" not in result:
            return None
        if "wheel" not in result and not Requirement(result["setuptools"]).specifier.contains(OWN_WHEELS):
            return None
    return result


def _names(table: Mapping[str, Any], depth: int = 4) -> set[str]:
    """The keys of a table and of those in it."""
    names = set(table)
    for value in table.values():
        if isinstance(value, Mapping) and depth:
            names |= _names({k: v for k, v in value.items() if isinstance(k, str)}, depth - 1)
    return names
