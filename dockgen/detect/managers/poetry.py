"""Poetry 1 and 2: [tool.poetry], [project] with [tool.poetry], poetry.lock."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dockgen.detect.managers.closure import Edge, closure, common_marker
from dockgen.detect.managers.common import (
    MINORS,
    Managed,
    allowed_minors,
    at,
    clean_url,
    file_names,
    is_development,
    is_production,
    list_at,
    normal,
    numbered_packages,
    on_linux,
    ordered,
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
from dockgen.errors import BrokenManifest
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.source import Source

LOCK = "poetry.lock"


# ---- Poetry's version constraints ---------------------------------------------------------------


def pep440(constraint: str) -> str:
    """A Poetry constraint as a PEP 440 specifier; "" for any version and for what has no PEP 440 form.

    https://python-poetry.org/docs/dependency-specification/: ^1.2 means >=1.2,<2.0 (the leftmost
    part that is not zero stays), ~1.2 means >=1.2,<1.3.
    """
    constraint = constraint.strip()
    if "|" in constraint:
        return ""
    found = []
    for operator, version in re.findall(r"(\^|~=|~|>=|<=|===|==|!=|>|<|=)?\s*([A-Za-z0-9*][^\s,|]*)", constraint):
        found.append(_one(operator, version))
    return ",".join(part for part in found if part)


def _one(operator: str, version: str) -> str:
    version = version.lstrip("v")
    if version == "*":
        return ""
    release = [int(n) for n in re.findall(r"\d+", re.split(r"[^0-9.]", version)[0])]
    if operator in ("^", "~"):
        if not release or len(release) > 20:
            return ""
        if operator == "^":
            position = next((i for i, n in enumerate(release) if n), len(release) - 1)
        else:
            position = min(1, len(release) - 1)
        upper = [*release[:position], release[position] + 1]
        return f">={version},<{'.'.join(map(str, upper))}"
    if operator in ("", "="):
        return f"=={version}"
    return f"{operator}{version}"


def python_range(constraint: str) -> str:
    """A Poetry constraint on Python as PEP 440; alternatives (||) are told by minor versions."""
    if "|" not in constraint:
        return pep440(constraint)
    allowed: set[str] = set()
    for part in re.split(r"\|\|?", constraint):
        if part.strip():
            allowed |= _minors(pep440(part))
    inside_range = [m for m in MINORS if m in allowed]
    if not inside_range:
        return ""
    first, last = MINORS.index(inside_range[0]), MINORS.index(inside_range[-1])
    gaps = [m for m in MINORS[first:last] if m not in allowed]
    upper = "" if last == len(MINORS) - 1 else f",<{MINORS[last + 1]}"
    return f">={inside_range[0]}{upper}" + "".join(f",!={m}.*" for m in gaps)


def _minors(specifier: str) -> set[str]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        chosen = SpecifierSet(specifier)
    except InvalidSpecifier:
        return set()
    return {m for m in MINORS if any(chosen.contains(f"{m}.{p}") for p in (0, 1, 2, 4, 9, 30))}


# ---- pyproject.toml -----------------------------------------------------------------------------


def declared(source: Source, metadata: Metadata) -> list[Dependency]:
    """Direct dependencies of [tool.poetry] and its groups; [project]'s are in the metadata."""
    poetry = table_at(metadata.data, "tool", "poetry")
    found: list[Dependency] = []
    optional = _extras(poetry)
    for name, value in table_at(poetry, "dependencies").items():
        if name.lower() == "python":
            continue
        for dependency in _entry(source, ("tool", "poetry", "dependencies"), name, value, ""):
            if isinstance(value, dict) and value.get("optional") is True:
                dependency = replace(dependency, group=optional.get(dependency.name, "optional"))
            found.append(dependency)
    for keys, group in _group_tables(poetry):
        for name, value in table_at(poetry, *keys).items():
            found += _entry(source, ("tool", "poetry", *keys), name, value, group)
    return found


def _group_tables(poetry: dict[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    tables: list[tuple[tuple[str, ...], str]] = []
    if table_at(poetry, "dev-dependencies"):
        tables.append((("dev-dependencies",), "dev"))
    for group in table_at(poetry, "group"):
        tables.append((("group", group, "dependencies"), group))
    return tables


def _extras(poetry: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for extra, names in sorted(table_at(poetry, "extras").items()):
        for name in names if isinstance(names, list) else []:
            if isinstance(name, str):
                found.setdefault(normal(re.split(r"[\s\[<>=!~;(]", name)[0]), extra)
    return found


def _entry(source: Source, keys: tuple[str, ...], name: str, value: Any, group: str) -> list[Dependency]:
    line = toml_line(source, PYPROJECT, *keys, name)
    evidence = (Evidence(PYPROJECT, line, f"[{'.'.join(keys)}]"),)
    if isinstance(value, list):
        return [d for item in value if not isinstance(item, list) for d in _entry(source, keys, name, item, group)]
    if isinstance(value, str):
        specifier = pep440(value)
        return [Dependency(normal(name), specifier, _exact(specifier), group=group, evidence=evidence)]
    if not isinstance(value, dict):
        raise BrokenManifest(f"{name} is neither a version nor a table", file=PYPROJECT, line=line)
    specifier = pep440(string_at(value, "version") or "")
    kind, location = "index", ""
    if isinstance(value.get("git"), str):
        kind = "git"
        location = clean_url(value["git"]) + (f"@{value['rev']}" if isinstance(value.get("rev"), str) else "")
    elif isinstance(value.get("url"), str):
        kind, location = "url", clean_url(value["url"])
    elif isinstance(value.get("path"), str):
        kind, location = "path", source.inside("", value["path"]) or value["path"]
    markers = [string_at(value, "markers") or ""]
    if isinstance(value.get("platform"), str):
        markers.append(f"sys_platform == '{value['platform']}'")
    if isinstance(value.get("python"), str):
        markers += [
            f"python_version {m.group(1)} '{m.group(2)}'"
            for m in re.finditer(r"(>=|<=|==|!=|<|>)(\d+\.\d+)\b", python_range(value["python"]))
        ]
    markers = [m for m in markers if m]
    marker = " and ".join(f"({m})" if len(markers) > 1 and " or " in m else m for m in markers)
    return [
        Dependency(
            normal(name), specifier, _exact(specifier), extras=tuple(sorted(strings_at(value, "extras"))), group=group,
            source=kind, location=location, marker=marker, evidence=evidence,
        )
    ]  # fmt: skip


def _exact(specifier: str) -> str | None:
    match = re.fullmatch(r"==([^*,]+)", specifier)
    return match.group(1) if match else None


def production_groups(metadata: Metadata) -> tuple[str, ...]:
    """Poetry groups that production installs: not optional and not a developer's by name, or production's by name."""
    poetry = table_at(metadata.data, "tool", "poetry")
    found = []
    for group in table_at(poetry, "group"):
        optional = at(poetry, "group", group, "optional") is True
        if group != "main" and (is_production(group) or (not optional and not is_development(group))):
            found.append(group)
    found += [g for g in table_at(metadata.data, "dependency-groups") if is_production(g)]
    return tuple(sorted(set(found)))


# ---- the whole ----------------------------------------------------------------------------------


def read_poetry(source: Source, metadata: Metadata) -> Managed:
    """The project as [tool.poetry] and poetry.lock say."""
    poetry = table_at(metadata.data, "tool", "poetry")
    groups = production_groups(metadata)
    names = set(table_at(poetry, "extras")) | set(table_at(metadata.project, "optional-dependencies"))
    extras = tuple(sorted(extra for extra in names if is_production(extra)))
    chosen = (*groups, *extras, "main")
    direct = [replace(d, group="") if d.group in chosen else d for d in _merged(metadata, declared(source, metadata))]
    warnings = [*metadata.warnings]
    hints: list[tuple[str, str]] = []
    locked = source.has(LOCK)
    if locked:
        lock = read_lock(source, LOCK)
        version = string_at(lock, "metadata", "lock-version")
        if version:
            hints.append(("lock-version", version))
        dependencies = _locked(source, metadata, lock, direct, groups)
    else:
        dependencies = ordered(direct)
        if any(not d.group for d in direct):
            warnings.append(
                Warning(
                    "there is no poetry.lock: every build may install other releases; `poetry lock` writes one",
                    (Evidence(PYPROJECT, toml_line(source, PYPROJECT, "tool", "poetry") or 1, "the manifest"),),
                )
            )
    packaged, found = False, None
    if metadata.has_build_system and poetry.get("package-mode") is not False:
        found = find_packages(source, metadata)
        packaged = bool(found.packages)
    local = []
    for d in dependencies:
        if d.source == "path" and not d.group and d.direct:
            if source.inside("", d.location) is None:
                warnings.append(
                    Warning(
                        f"{d.name} lies at {d.location}, outside of the project: the build cannot see it", d.evidence
                    )
                )
            elif d.location in source.folders:
                local.append(d.location)
    evidence = [Evidence(LOCK, 1, "Poetry's lock file")] if locked else []
    if poetry:
        evidence.append(Evidence(PYPROJECT, toml_line(source, PYPROJECT, "tool", "poetry"), "[tool.poetry]"))
    if found is not None:
        evidence.append(Evidence(PYPROJECT, toml_line(source, PYPROJECT, "build-system"), found.why))
    warnings += windows_only(d for d in dependencies if d.direct)
    manager = Manager(
        name="poetry",
        lock_file=LOCK if locked else None,
        files=(*((PYPROJECT,) if source.has(PYPROJECT) else ()), *((LOCK,) if locked else ())),
        build_backend=metadata.backend if source.has(PYPROJECT) else None,
        packaged=packaged,
        packages=found.packages if found else (),
        static_dependencies=metadata.static and not table_at(poetry, "dependencies").keys() - {"python"},
        dynamic_version=metadata.dynamic_version,
        groups=groups,
        extras=extras,
        local=tuple(sorted(set(local))),
        export_hint=tuple(hints),
        requires_python=metadata.requires_python,
        evidence=tuple(evidence),
    )
    return Managed(metadata.name, manager, dependencies, tuple(metadata.scripts), (), tuple(warnings))


def _merged(metadata: Metadata, poetry: list[Dependency]) -> list[Dependency]:
    """[project]'s dependencies, enriched by [tool.poetry.dependencies] (git, path, source), and Poetry's own."""
    own = {d.name for d in metadata.dependencies if not d.group}
    enriched = {d.name: d for d in poetry if d.name in own}
    result = []
    for d in metadata.dependencies:
        more = enriched.get(d.name)
        if more is not None and not d.group and more.source != "index":
            d = replace(d, source=more.source, location=more.location)
        result.append(d)
    return result + [d for d in poetry if d.name not in own or d.group]


def _locked(
    source: Source, metadata: Metadata, lock: dict[str, Any], direct: list[Dependency], groups: tuple[str, ...]
) -> tuple[Dependency, ...]:
    packages = numbered_packages(source, LOCK, lock)
    keyed = {f"{normal(string_at(p, 'name') or '')} {string_at(p, 'version') or ''}": (p, line) for p, line in packages}
    by_name: dict[str, list[str]] = {}
    for key in keyed:
        by_name.setdefault(key.split(" ")[0], []).append(key)
    python = string_at(lock, "metadata", "python-versions") or metadata.requires_python
    minors = allowed_minors(python_range(python) if python else None)

    def applies(marker: str) -> bool:
        return on_linux(marker, minors)

    def needs(key: str, extra: str) -> list[Edge]:
        package = keyed[key][0]
        wanted = None
        if extra:
            texts = list_at(package, "extras", extra) or list_at(package, "extras", normal(extra))
            wanted = {normal(re.split(r"[\s\[<>=!~;(]", t)[0]) for t in texts if isinstance(t, str)}
        found = []
        for name, value in table_at(package, "dependencies").items():
            for entry in value if isinstance(value, list) else [value]:
                optional = isinstance(entry, dict) and entry.get("optional") is True
                marker = (string_at(entry, "markers") or "") if isinstance(entry, dict) else ""
                if optional and (wanted is None or normal(name) not in wanted):
                    continue
                if "extra ==" in marker and wanted is None:
                    continue
                marker = "" if "extra" in marker else marker
                extras = tuple(strings_at(entry, "extras")) if isinstance(entry, dict) else ()
                found += [Edge(k, extras, marker) for k in by_name.get(normal(name), ())]
        return found

    def starts(wanted: list[Dependency]) -> list[Edge]:
        return [Edge(key, d.extras, d.marker) for d in wanted for key in by_name.get(d.name, ())]

    reached = closure(starts([d for d in direct if not d.group]), needs, applies)
    others = {
        g: closure(starts([d for d in direct if d.group == g]), needs, applies)
        for g in sorted({d.group for d in direct if d.group})
    }
    directs = {d.name: d for d in reversed(direct)} | {d.name: d for d in reversed(direct) if not d.group}
    hashed = table_at(lock, "metadata", "files")
    hashed = {normal(k): v for k, v in hashed.items()}
    has_pyproject = bool(direct) or bool(metadata.data)
    result = []
    for key, (package, line) in keyed.items():
        name = key.split(" ")[0]
        told = _main(package, groups)
        markers = reached.get(key)
        if markers is not None:
            group: str | None = ""
        elif told and not has_pyproject:
            group = ""
        else:
            group = next((g for g, keys in others.items() if key in keys), None)
            if group is None:
                listed = [g for g in strings_at(package, "groups") if g != "main"]
                group = (
                    listed[0] if listed and not told else ("dev" if string_at(package, "category") == "dev" else None)
                )
        if group is None:
            continue
        own = table_at(package, "source")
        kind = {"git": "git", "directory": "path", "file": "path", "url": "url"}.get(
            string_at(own, "type") or "", "index"
        )
        location = clean_url(string_at(own, "url") or "") if kind != "index" else ""
        if kind == "path":
            location = source.inside("", location) or location
        elif kind == "git" and string_at(own, "resolved_reference"):
            location += f"@{own['resolved_reference']}"
        entries = tables_at(package, "files") or tables_at(hashed, name)
        entries = (
            [e for e in entries if key.split(" ")[1] in str(e.get("file", ""))] if len(by_name[name]) > 1 else entries
        )
        wheels, sdist = file_names(entries)
        known = directs.get(name)
        marker = common_marker(markers) if markers else ""
        result.append(
            Dependency(
                name,
                known.specifier if known else "",
                string_at(package, "version"),
                known.extras if known else (),
                direct=known is not None,
                group=group,
                source=kind,
                location=location,
                marker=marker,
                wheels=wheels if entries and kind == "index" else None,
                has_sdist=sdist if entries and kind == "index" else None,
                evidence=(*(known.evidence if known else ()), Evidence(LOCK, line, "locked")),
            )
        )
    return ordered(result)


def _main(package: dict[str, Any], groups: tuple[str, ...]) -> bool:
    """Whether the lock itself counts a package to production."""
    listed = strings_at(package, "groups")
    if listed:
        return bool({"main", *groups} & set(listed))
    return string_at(package, "category") in (None, "main")
