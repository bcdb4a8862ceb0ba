"""hatch's environments: the requirements that only [tool.hatch.envs] (or hatch.toml) lists.

https://hatch.pypa.io/latest/config/environment/overview/: an environment installs the project and its own
`dependencies`, `extra-dependencies` and `features`; what it leaves out it takes from its `template`, by default
the environment `default`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockgen.detect.managers.common import is_production, parse_requirement, string_at, strings_at, table_at, toml_line
from dockgen.detect.managers.metadata import PYPROJECT, Metadata
from dockgen.detect.managers.pip import DEVELOPMENT_TOOLS
from dockgen.facts import Dependency, Evidence
from dockgen.source import Source

TEMPLATES = 20
"""Templates followed from one environment to the next; hatch knows no such limit, and no cycle either."""

TOOLING = ("pytest", "types-", "flake8-", "mypy", "hatch")
"""How the names of distributions start that only developers need."""


def environments(source: Source, pyproject: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, tuple[str, ...]]:
    """(the table of environments, the file that has it, its keys there)"""
    own = table_at(source.toml("hatch.toml") or {}, "envs") if source.has("hatch.toml") else {}
    if own:
        return own, "hatch.toml", ("envs",)
    return table_at(pyproject, "tool", "hatch", "envs"), PYPROJECT, ("tool", "hatch", "envs")


def running_environment(found: Mapping[str, Any], own_dependencies: bool) -> str | None:
    """The environment that the program runs in: the one whose name says production, or else `default` where the
    project itself lists no dependencies: then the program can only run in an environment that does."""
    named = sorted(name for name in found if is_production(name))
    if named:
        return named[0]
    return "default" if not own_dependencies and "default" in found else None


def environment_dependencies(source: Source, metadata: Metadata) -> tuple[list[Dependency], tuple[str, ...]]:
    """(what the environment that runs the program requires besides the project, the project's extras that it wants)"""
    found, file, keys = environments(source, metadata.data)
    name = running_environment(found, any(not d.group for d in metadata.dependencies))
    if name is None:
        return [], ()
    dependencies: list[Dependency] = []
    for option in ("dependencies", "extra-dependencies"):
        owner = _owner(found, name, option)
        for text in strings_at(found, owner, option) if owner else ():
            where = Evidence(
                file, toml_line(source, file, *keys, owner, option, item=text), f"hatch's environment {name}"
            )
            dependency = parse_requirement(text, (where,))
            if dependency is not None and not _only_for_developers(dependency.name):
                dependencies.append(dependency)
    owner = _owner(found, name, "features")
    extras = table_at(metadata.project, "optional-dependencies")
    features = strings_at(found, owner, "features") if owner else []
    return dependencies, tuple(f for f in features if f in extras)


def environment_python(source: Source, pyproject: Mapping[str, Any]) -> tuple[str, str, int | None] | None:
    """(version, file, line) of the Python that the environment named for production, or `default`, runs on."""
    found, file, keys = environments(source, pyproject)
    name = running_environment(found, own_dependencies=False)
    owner = _owner(found, name, "python") if name else ""
    version = string_at(found, owner, "python") if owner else None
    return (version, file, toml_line(source, file, *keys, owner, "python")) if version else None


def _owner(found: Mapping[str, Any], name: str, option: str) -> str:
    """The environment that sets an option for this one, "" for none."""
    for _ in range(TEMPLATES):
        environment = found.get(name)
        if not isinstance(environment, dict):
            return ""
        if option in environment:
            return name
        template = environment.get("template", "default")
        if environment.get("detached") is True or not isinstance(template, str) or template == name:
            return ""
        name = template
    return ""


def _only_for_developers(name: str) -> bool:
    return name in DEVELOPMENT_TOOLS or name.startswith(TOOLING)
