"""PDM: [project], [tool.pdm], pdm.lock."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dockgen.detect.managers.closure import Edge, closure, common_marker
from dockgen.detect.managers.common import (
    Managed,
    allowed_minors,
    at,
    clean_url,
    file_names,
    is_production,
    normal,
    numbered_packages,
    on_linux,
    ordered,
    parse_requirement,
    read_lock,
    string_at,
    strings_at,
    table_at,
    tables_at,
    toml_line,
    windows_only,
)
from dockgen.detect.managers.metadata import PYPROJECT, Metadata
from dockgen.detect.managers.packages import find_packages
from dockgen.detect.managers.pyproject import production_extras, with_groups
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.source import Source

LOCK = "pdm.lock"


def read_pdm(source: Source, metadata: Metadata) -> Managed:
    """The project as [tool.pdm] and pdm.lock say."""
    groups = tuple(
        sorted(
            g
            for g in (
                *table_at(metadata.data, "dependency-groups"),
                *table_at(metadata.tool("pdm"), "dev-dependencies"),
            )
            if is_production(g)
        )
    )
    extras = production_extras(metadata)
    direct = list(metadata.dependencies)
    for group in sorted(table_at(metadata.tool("pdm"), "dev-dependencies")):
        for text in strings_at(metadata.tool("pdm"), "dev-dependencies", group):
            line = toml_line(source, PYPROJECT, "tool", "pdm", "dev-dependencies", group, item=text)
            bare = re.sub(r"^-e\s+", "", text)
            dependency = parse_requirement(
                bare, (Evidence(PYPROJECT, line, f"[tool.pdm.dev-dependencies] {group}"),), group=group
            )
            if dependency:
                direct.append(dependency)
    direct = with_groups(direct, (*groups, *extras))
    warnings = list(metadata.warnings)
    hints: list[tuple[str, str]] = []
    locked = source.has(LOCK)
    dependencies = ordered(direct)
    if locked:
        lock = read_lock(source, LOCK)
        strategy = strings_at(lock, "metadata", "strategy")
        version = string_at(lock, "metadata", "lock_version")
        if version:
            hints.append(("lock-version", version))
        hints.append(("inherit_metadata", "true" if "inherit_metadata" in strategy else "false"))
        dependencies = _locked(source, metadata, lock, direct, (*groups, *extras))
    elif any(not d.group for d in direct):
        warnings.append(
            Warning(
                "there is no pdm.lock: every build may install other releases; `pdm lock` writes one",
                (Evidence(PYPROJECT, 1, "the manifest"),),
            )
        )
    distribution = at(metadata.tool("pdm"), "distribution")
    wanted = metadata.has_build_system and distribution is not False and bool(metadata.project)
    found = find_packages(source, metadata) if wanted else None
    evidence = [Evidence(LOCK, 1, "PDM's lock file")] if locked else []
    line = toml_line(source, PYPROJECT, "tool", "pdm")
    if metadata.tool("pdm") is not None:
        evidence.append(Evidence(PYPROJECT, line, "[tool.pdm]"))
    if found is not None:
        evidence.append(Evidence(PYPROJECT, toml_line(source, PYPROJECT, "build-system"), found.why))
    local = sorted(
        {d.location for d in dependencies if d.source == "path" and not d.group and d.location in source.folders}
    )
    warnings += windows_only(d for d in dependencies if d.direct)
    manager = Manager(
        name="pdm",
        lock_file=LOCK if locked else None,
        files=(*((PYPROJECT,) if source.has(PYPROJECT) else ()), *((LOCK,) if locked else ())),
        build_backend=metadata.backend,
        packaged=bool(found and found.packages),
        packages=found.packages if found else (),
        static_dependencies=metadata.static,
        dynamic_version=metadata.dynamic_version,
        groups=groups,
        extras=extras,
        local=tuple(local),
        export_hint=tuple(hints),
        requires_python=metadata.requires_python,
        evidence=tuple(evidence),
    )
    return Managed(metadata.name, manager, dependencies, tuple(metadata.scripts), (), tuple(warnings))


def _locked(
    source: Source, metadata: Metadata, lock: dict[str, Any], direct: list[Dependency], chosen: tuple[str, ...]
) -> tuple[Dependency, ...]:
    packages = numbered_packages(source, LOCK, lock)
    requires = string_at(lock, "metadata", "requires_python") or metadata.requires_python
    minors = allowed_minors(requires)
    # one entry a package and set of extras: "fastapi" and "fastapi[all]" are two
    entries: dict[str, list[tuple[dict[str, Any], int | None]]] = {}
    for package, line in packages:
        entries.setdefault(normal(string_at(package, "name") or ""), []).append((package, line))

    def applies(marker: str) -> bool:
        return on_linux(marker, minors)

    def edge(text: str) -> Edge | None:
        dependency = parse_requirement(re.sub(r"^-e\s+", "", text), ())
        return (
            Edge(dependency.name, dependency.extras, dependency.marker)
            if dependency and dependency.name in entries
            else None
        )

    def needs(name: str, extra: str) -> list[Edge]:
        found = []
        for package, _ in entries.get(name, ()):
            own = {e.lower() for e in strings_at(package, "extras")}
            if (extra.lower() in own) if extra else not own:
                found += [e for text in strings_at(package, "dependencies") if (e := edge(text)) is not None]
        return found

    def starts(wanted: list[Dependency]) -> list[Edge]:
        return [Edge(d.name, d.extras, d.marker) for d in wanted if d.name in entries]

    reached = closure(starts([d for d in direct if not d.group]), needs, applies)
    others = {
        g: closure(starts([d for d in direct if d.group == g]), needs, applies)
        for g in sorted({d.group for d in direct if d.group})
    }
    directs = {d.name: d for d in reversed(direct)} | {d.name: d for d in reversed(direct) if not d.group}
    metadata_files = {normal(k.split(" ")[0]): v for k, v in table_at(lock, "metadata", "files").items()}
    result = []
    for name, group_of in entries.items():
        listed = {g for package, _ in group_of for g in strings_at(package, "groups")}
        markers = reached.get(name)
        if markers is not None:
            group: str | None = ""
        else:
            group = next((g for g, names in others.items() if name in names), None)
            if group is None and not direct and listed:
                group = "" if {"default", *chosen} & listed else sorted(listed)[0]
        if group is None:
            continue
        versions: dict[str | None, tuple[dict[str, Any], int | None]] = {}
        for package, line in group_of:
            versions.setdefault(string_at(package, "version"), (package, line))
        for version, (package, line) in versions.items():
            files = tables_at(package, "files") or (
                metadata_files.get(name) if isinstance(metadata_files.get(name), list) else []
            )
            wheels, sdist = file_names(files or ())
            kind, location = "index", ""
            for key, source_kind in (("git", "git"), ("url", "url"), ("path", "path")):
                if isinstance(package.get(key), str):
                    kind, location = source_kind, clean_url(package[key])
            if kind == "path":
                location = source.inside("", location) or location
            elif kind == "git" and string_at(package, "revision"):
                location += f"@{package['revision']}"
            known = directs.get(name)
            own_marker = string_at(package, "marker") or ""
            result.append(
                Dependency(
                    name,
                    known.specifier if known else "",
                    version,
                    known.extras if known else (),
                    direct=known is not None,
                    group=group,
                    source=kind,
                    location=location,
                    marker=(common_marker(markers) if markers else "") or own_marker,
                    wheels=wheels if files and kind == "index" else None,
                    has_sdist=sdist if files and kind == "index" else None,
                    evidence=(*(known.evidence if known else ()), Evidence(LOCK, line, "locked")),
                )
            )
    return ordered(replace(d, marker="") if not applies(d.marker) else d for d in result)
