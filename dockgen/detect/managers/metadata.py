"""pyproject.toml (and setup.py, setup.cfg) as every manager needs it: the [project] table, the build
back end, console scripts, groups, and where the version comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from dockgen.detect.managers.common import (
    at,
    list_at,
    normal,
    on_linux,
    parse_requirement,
    project_name,
    string_at,
    strings_at,
    table_at,
    toml_line,
)
from dockgen.detect.managers.setup_py import Setup, backend_of_setup, read_setup
from dockgen.errors import BrokenManifest
from dockgen.facts import ConsoleScript, Dependency, Evidence, Fact, Warning
from dockgen.source import Source

PYPROJECT = "pyproject.toml"


@dataclass(slots=True)
class Metadata:
    """The root project's own words. `data` is the whole of pyproject.toml, {} where there is none."""

    data: dict[str, Any]
    setup: Setup | None
    name: Fact[str]
    distribution: str  # the distribution's normal name, "" when it has none
    backend: str | None
    has_build_system: bool
    dependencies: list[Dependency] = field(default_factory=list)
    static: bool = False
    declared: bool = False  # it says what it depends on, literally or computed
    scripts: list[ConsoleScript] = field(default_factory=list)
    requires_python: str | None = None
    dynamic_version: str | None = None
    warnings: list[Warning] = field(default_factory=list)

    @property
    def project(self) -> dict[str, Any]:
        return table_at(self.data, "project")

    def tool(self, *keys: str) -> Any:
        return at(self.data, "tool", *keys)


def read_metadata(source: Source) -> Metadata:
    """Everything that the root's manifest says of itself. Raises BrokenManifest for a broken pyproject.toml."""
    data = source.toml(PYPROJECT) or {}
    for key in ("project", "tool", "build-system"):
        if key in data and not isinstance(data[key], dict):
            raise BrokenManifest(f"[{key}] is not a table", file=PYPROJECT, line=toml_line(source, PYPROJECT, key))
    setup = read_setup(source)
    project, poetry = table_at(data, "project"), table_at(data, "tool", "poetry")
    name, evidence = _declared_name(source, project, poetry, data, setup)
    backend = string_at(data, "build-system", "build-backend")
    has_build_system = bool(table_at(data, "build-system"))
    if has_build_system and backend is None:
        backend = "setuptools.build_meta:__legacy__"
    result = Metadata(
        data=data,
        setup=setup,
        name=project_name(source, name, evidence),
        distribution=normal(name or ""),
        backend=backend or backend_of_setup(setup),
        has_build_system=has_build_system or bool(setup and "setup.py" in setup.files and setup.distribution),
    )
    _dependencies(source, result)
    _scripts(source, result)
    result.requires_python = (
        string_at(project, "requires-python")
        or _poetry_python(poetry)
        or string_at(data, "tool", "flit", "metadata", "requires-python")
        or (setup.requires_python if setup else None)
    )
    result.dynamic_version = dynamic_version(data, setup)
    return result


def _declared_name(
    source: Source, project: dict[str, Any], poetry: dict[str, Any], data: dict[str, Any], setup: Setup | None
) -> tuple[str | None, Evidence | None]:
    if string_at(project, "name"):
        return string_at(project, "name"), Evidence(
            PYPROJECT, toml_line(source, PYPROJECT, "project", "name"), "[project] name"
        )
    if string_at(poetry, "name"):
        line = toml_line(source, PYPROJECT, "tool", "poetry", "name")
        return string_at(poetry, "name"), Evidence(PYPROJECT, line, "[tool.poetry] name")
    flit = string_at(data, "tool", "flit", "metadata", "dist-name") or string_at(
        data, "tool", "flit", "metadata", "module"
    )
    if flit:
        return flit, Evidence(PYPROJECT, toml_line(source, PYPROJECT, "tool", "flit", "metadata"), "flit's metadata")
    if setup and setup.name:
        return setup.name, setup.name_evidence
    return None, None


def _poetry_python(poetry: dict[str, Any]) -> str | None:
    value = at(poetry, "dependencies", "python")
    if isinstance(value, dict):
        value = value.get("version")
    return value if isinstance(value, str) else None


def _dependencies(source: Source, result: Metadata) -> None:
    project, setup = result.project, result.setup
    dynamic = strings_at(project, "dynamic")
    if "dependencies" in project and not isinstance(project["dependencies"], list):
        raise BrokenManifest(
            "[project] dependencies is not a list",
            file=PYPROJECT,
            line=toml_line(source, PYPROJECT, "project", "dependencies"),
        )
    if project:
        result.static = "dependencies" not in dynamic
        result.declared = bool(list_at(project, "dependencies")) or not result.static
        for item in list_at(project, "dependencies"):
            line = toml_line(source, PYPROJECT, "project", "dependencies", item=item) if isinstance(item, str) else None
            dependency = (
                parse_requirement(item, (Evidence(PYPROJECT, line, "[project] dependencies"),))
                if isinstance(item, str)
                else None
            )
            if dependency is None:
                raise BrokenManifest(f"{str(item)[:80]!r} is not a requirement", file=PYPROJECT, line=line)
            result.dependencies.append(dependency)
        for extra in sorted(table_at(project, "optional-dependencies")):
            for item in list_at(project, "optional-dependencies", extra):
                _add(source, result, item, extra, ("project", "optional-dependencies", extra), f"extra {extra}")
        if not result.static:
            _dynamic(source, result)
    elif table_at(result.data, "tool", "flit", "metadata"):
        _flit(source, result)
    elif setup is not None:
        result.declared = bool(setup.requires) or setup.computed
        for text, evidence in setup.requires:
            dependency = parse_requirement(text, (evidence,))
            if dependency is not None:
                result.dependencies.append(dependency)
        for extra, items in setup.extras.items():
            for text, evidence in items:
                dependency = parse_requirement(text, (evidence,), group=extra.partition(":")[0])
                if dependency is not None and dependency.group:
                    result.dependencies.append(dependency)
        if setup.computed:
            _from_files(source, result, setup.requirement_files)
    for group in sorted(table_at(result.data, "dependency-groups")):
        for item in group_items(result.data, group):
            _add(source, result, item, group, ("dependency-groups", group), f"dependency group {group}")


def _flit(source: Source, result: Metadata) -> None:
    """flit's own table of old, without [project]: https://flit.pypa.io/en/stable/pyproject_toml.html#old-style-metadata."""
    keys = ("tool", "flit", "metadata")
    metadata = table_at(result.data, *keys)
    result.declared = bool(list_at(metadata, "requires"))
    for item in list_at(metadata, "requires"):
        _add(source, result, item, "", (*keys, "requires"), "flit's requires")
    for extra in sorted(table_at(metadata, "requires-extra")):
        for item in list_at(metadata, "requires-extra", extra):
            _add(source, result, item, extra, (*keys, "requires-extra", extra), f"extra {extra}")
    for item in strings_at(metadata, "dev-requires"):
        _add(source, result, item, "dev", (*keys, "dev-requires"), "flit's dev-requires")


def _add(source: Source, result: Metadata, item: Any, group: str, keys: tuple[str, ...], why: str) -> None:
    if isinstance(item, str):
        dependency = parse_requirement(
            item, (Evidence(PYPROJECT, toml_line(source, PYPROJECT, *keys, item=item), why),), group=group
        )
        if dependency is not None:
            result.dependencies.append(dependency)


def group_items(data: dict[str, Any], group: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """The requirements of a dependency group, its include-group entries followed (PEP 735)."""
    if normal(group) in seen or len(seen) > 50:
        return []
    found: list[str] = []
    groups = {normal(k): v for k, v in table_at(data, "dependency-groups").items()}
    items = groups.get(normal(group))
    for item in items if isinstance(items, list) else []:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            found += group_items(data, item["include-group"], seen | {normal(group)})
    return found


def _dynamic(source: Source, result: Metadata) -> None:
    """[project] dynamic dependencies: setuptools' file directive, hatch-requirements-txt, or setup.py's own."""
    named = at(result.data, "tool", "setuptools", "dynamic", "dependencies", "file")
    files = (
        [named]
        if isinstance(named, str)
        else [f for f in named if isinstance(f, str)]
        if isinstance(named, list)
        else []
    )
    files += strings_at(result.data, "tool", "hatch", "metadata", "hooks", "requirements_txt", "files")
    _from_files(source, result, files)
    for text, evidence in result.setup.requires if result.setup and not files else ():
        dependency = parse_requirement(text, (evidence,))
        if dependency is not None:
            result.dependencies.append(dependency)


def _from_files(source: Source, result: Metadata, files: list[str]) -> None:
    from dockgen.detect.managers.requirements import read_requirements

    there = tuple(f for f in files if source.has(f))
    if there:
        read = read_requirements(source, there)
        result.dependencies += read.dependencies
        result.warnings += read.warnings


def _scripts(source: Source, result: Metadata) -> None:
    tables = (("project", "scripts"), ("tool", "poetry", "scripts"), ("tool", "flit", "scripts"))
    seen: set[str] = set()
    for keys in tables:
        for name, target in sorted(table_at(result.data, *keys).items()):
            if isinstance(target, dict):  # poetry: {reference = "a:b", type = "console"} or the old {callable = "a:b"}
                if target.get("type") == "file":
                    continue
                target = target.get("reference") or target.get("callable")
            if (
                isinstance(target, str)
                and name not in seen
                and re.fullmatch(r"\s*[\w.]+(\s*:\s*[\w.]+)?\s*(\[.*\])?\s*", target)
            ):
                seen.add(name)
                clean = re.sub(r"\s|\[.*\]", "", target)
                result.scripts.append(
                    ConsoleScript(
                        name, clean, Evidence(PYPROJECT, toml_line(source, PYPROJECT, *keys, name), "console script")
                    )
                )
    if result.setup:
        result.scripts += [script for script in result.setup.scripts if script.name not in seen]


def build_requires(data: dict[str, Any]) -> set[str]:
    """Normal names of [build-system] requires."""
    return {
        normal(m.group())
        for item in strings_at(data, "build-system", "requires")
        if (m := re.match(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*", item))
    }


def dynamic_version(data: dict[str, Any], setup: Setup | None) -> str | None:
    """The tool that reads the version from git at build, or None. versioneer is none of them: without
    git it falls back to 0+unknown and the build goes on."""
    requires = build_requires(data)
    project, tool = table_at(data, "project"), table_at(data, "tool")
    dynamic = "version" in strings_at(project, "dynamic")
    hatch = string_at(tool, "hatch", "version", "source")
    if hatch == "vcs":
        return "hatch-vcs"
    if hatch == "uv-dynamic-versioning":
        return "uv-dynamic-versioning"
    if hatch == "versioningit" or (isinstance(tool.get("versioningit"), dict) and "versioningit" in requires):
        return "versioningit"
    if (
        at(tool, "poetry-dynamic-versioning", "enable") is True
        or at(tool, "hatch", "version", "source") == "poetry-dynamic-versioning"
    ):
        return "poetry-dynamic-versioning"
    if string_at(tool, "pdm", "version", "source") == "scm":
        return "pdm-backend"
    if "setuptools-scm" in requires and (
        isinstance(tool.get("setuptools_scm"), dict)
        or (dynamic and at(tool, "setuptools", "dynamic", "version") is None)
    ):
        return "setuptools-scm"
    if "flit-scm" in requires and dynamic:
        return "flit-scm"
    if "setuptools-git-versioning" in requires and at(tool, "setuptools-git-versioning", "enabled") is not False:
        return "setuptools-git-versioning"
    if "pbr" in requires:
        return "pbr"
    return setup.dynamic_version if setup else None


def production(dependencies: list[Dependency]) -> list[Dependency]:
    """What installs in production on Linux."""
    return [d for d in dependencies if not d.group and on_linux(d.marker)]
