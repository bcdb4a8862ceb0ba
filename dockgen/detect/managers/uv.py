"""uv: uv.lock, workspaces, sources, dependency groups.

The lock file's format is not documented as stable; what is read here is version 1
(https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).
"""

from __future__ import annotations

import fnmatch
import posixpath
import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from packaging.utils import canonicalize_version

from dockgen.detect.managers.closure import Edge, closure, common_marker
from dockgen.detect.managers.common import (
    Managed,
    allowed_minors,
    at,
    clean_url,
    file_names,
    is_development,
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
from dockgen.detect.managers.metadata import PYPROJECT, Metadata, group_items
from dockgen.detect.managers.packages import find_packages
from dockgen.detect.managers.pyproject import framework_groups, production_extras, with_groups
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.source import Source

LOCK = "uv.lock"


def read_uv(source: Source, metadata: Metadata) -> Managed:
    """The project as uv.lock says."""
    lock = read_lock(source, LOCK)
    warnings: list[Warning] = list(metadata.warnings)
    members = workspace_members(source, metadata.data)
    packages = numbered_packages(source, LOCK, lock)
    groups = _groups(source, metadata)
    extras = production_extras(metadata)
    dependencies, local, paths = _dependencies(source, metadata, packages, lock, groups, extras, members, warnings)
    found = find_packages(source, metadata)
    wanted = uv_packages(metadata.data)
    files = [PYPROJECT, LOCK] if source.has(PYPROJECT) else [LOCK]
    files += [f"{member}/{PYPROJECT}" for member in members]
    files += [
        f"{folder}/{PYPROJECT}"
        for folder in paths
        if source.has(f"{folder}/{PYPROJECT}") and f"{folder}/{PYPROJECT}" not in files
    ]
    if source.has("uv.toml"):
        files.append("uv.toml")
    dynamic = [
        f for f in files if f.endswith(PYPROJECT) and "dependencies" in strings_at(source.toml(f), "project", "dynamic")
    ]
    evidence = [Evidence(LOCK, 1, "uv's lock file")]
    if wanted:
        evidence.append(Evidence(PYPROJECT, toml_line(source, PYPROJECT, "build-system"), found.why))
    hints = [("lock-version", f"{lock.get('version', '?')}.{lock.get('revision', 0)}")]
    default_groups = _default_groups(metadata)
    if default_groups != ["dev"]:
        hints.append(("default-groups", ",".join(default_groups)))
    older = _own_version(source, metadata, lock)
    if older:
        hints.append(("own-version", older[0]))
        warnings.append(older[1])
    manager = Manager(
        name="uv",
        lock_file=LOCK,
        files=tuple(files),
        build_backend=metadata.backend,
        packaged=wanted and bool(found.packages),
        packages=found.packages if wanted else (),
        static_dependencies=not dynamic,
        dynamic_version=metadata.dynamic_version,
        groups=groups,
        extras=extras,
        local=local,
        export_hint=tuple(hints),
        requires_python=metadata.requires_python or string_at(lock, "requires-python"),
        evidence=tuple(evidence),
    )
    warnings += windows_only(d for d in dependencies if d.direct)
    return Managed(metadata.name, manager, dependencies, tuple(metadata.scripts), (), tuple(warnings))


def _own_version(source: Source, metadata: Metadata, lock: dict[str, Any]) -> tuple[str, Warning] | None:
    """The version of the project itself in the lock, where pyproject.toml has another since: `uv sync --locked` refuses
    such a lock, whose dependencies are as good as before."""
    stated = string_at(source.toml(PYPROJECT), "project", "version")
    for package in tables_at(lock, "package"):
        if normal(str(package.get("name", ""))) != normal(metadata.distribution or "") or "source" not in package:
            continue
        own = package["source"]
        if not isinstance(own, dict) or not {"editable", "virtual"} & own.keys() or "." not in own.values():
            continue
        locked = package.get("version")
        if not stated or not isinstance(locked, str) or canonicalize_version(locked) == canonicalize_version(stated):
            return None
        line = source.line_of(LOCK, f'name = "{package["name"]}"')
        text = f"{LOCK} has version {locked} of the project and {PYPROJECT} {stated}: write the lock again (uv lock)"
        return locked, Warning(text, (Evidence(LOCK, line, "the project's own entry"),))
    return None


def read_member(source: Source, metadata: Metadata) -> Managed:
    """An application that is a member of the workspace around it, as that workspace's uv.lock says. `source` is a
    view of the member's folder."""
    whole = source.outer
    assert whole is not None
    here = source.folder
    lock = read_lock(whole, LOCK)
    root = whole.toml(PYPROJECT) or {}
    members = workspace_members(whole, root)
    packages = numbered_packages(whole, LOCK, lock)
    warnings: list[Warning] = []
    groups, extras = _groups(source, metadata), production_extras(metadata)
    dependencies, local, paths = _dependencies(
        whole, replace(metadata, dependencies=[]), packages, lock, groups, extras, members, warnings, here
    )
    managed = read_uv_manager(source, metadata)
    files = [PYPROJECT, LOCK, *(f"{m}/{PYPROJECT}" for m in members)]
    files += [f for folder in paths if whole.has(f := f"{folder}/{PYPROJECT}") and f not in files]
    if whole.has("uv.toml"):
        files.append("uv.toml")
    dynamic = [
        f for f in files if f.endswith(PYPROJECT) and "dependencies" in strings_at(whole.toml(f), "project", "dynamic")
    ]
    there = posixpath.relpath(LOCK, here)
    hints = [("lock-version", f"{lock.get('version', '?')}.{lock.get('revision', 0)}")]
    # [dependency-groups] are the member's, tool.uv.default-groups the root's (uv's reference, "default-groups")
    if at(root, "tool", "uv", "default-groups") is not None:
        hints.append(("default-groups", "named"))
    manager = replace(
        managed,
        lock_file=there,
        files=tuple(posixpath.relpath(f, here) for f in files),
        static_dependencies=not dynamic,
        groups=groups,
        extras=extras,
        local=tuple(posixpath.relpath(f, here) for f in local if f != here),
        member=metadata.distribution,
        export_hint=tuple(hints),
        requires_python=metadata.requires_python or string_at(lock, "requires-python"),
        evidence=(Evidence(there, 1, "the uv workspace's lock file"), *managed.evidence),
    )
    seen_from_here = tuple(
        replace(
            d,
            location=posixpath.relpath(d.location, here) if d.source in ("workspace", "path") else d.location,
            evidence=tuple(replace(e, file=posixpath.relpath(e.file, here)) for e in d.evidence),
        )
        for d in dependencies
    )
    return Managed(metadata.name, manager, seen_from_here, tuple(metadata.scripts), (), tuple(warnings))


def read_uv_manager(source: Source, metadata: Metadata) -> Manager:
    """What the manifest alone says of how the project is packaged."""
    found = find_packages(source, metadata)
    wanted = uv_packages(metadata.data)
    why = (Evidence(PYPROJECT, toml_line(source, PYPROJECT, "build-system"), found.why),) if wanted else ()
    return Manager(
        name="uv",
        build_backend=metadata.backend,
        packaged=wanted and bool(found.packages),
        packages=found.packages if wanted else (),
        dynamic_version=metadata.dynamic_version,
        evidence=why,
    )


def uv_packages(data: dict[str, Any]) -> bool:
    """Whether uv installs the root: tool.uv.package, else whether there is a build system
    (https://docs.astral.sh/uv/concepts/projects/config/#project-packaging)."""
    explicit = at(data, "tool", "uv", "package")
    if isinstance(explicit, bool):
        return explicit and bool(table_at(data, "project"))
    return bool(table_at(data, "build-system")) and bool(table_at(data, "project"))


def workspace_members(source: Source, data: dict[str, Any]) -> tuple[str, ...]:
    """Folders of the workspace's members besides the root, globs resolved, sorted."""
    members = strings_at(data, "tool", "uv", "workspace", "members")
    exclude = strings_at(data, "tool", "uv", "workspace", "exclude")
    folders = sorted(posixpath.dirname(f) for f in source.named(PYPROJECT) if "/" in f)
    return tuple(f for f in folders if any(_glob(f, m) for m in members) and not any(_glob(f, e) for e in exclude))


def _glob(folder: str, pattern: str) -> bool:
    pattern = posixpath.normpath(pattern.strip("/"))
    parts, wanted = folder.split("/"), pattern.split("/")
    return len(wanted) <= 20 and _glob_parts(parts, wanted)


def _glob_parts(parts: list[str], wanted: list[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_glob_parts(parts[i:], wanted[1:]) for i in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[0]) and _glob_parts(parts[1:], wanted[1:])


def _default_groups(metadata: Metadata) -> list[str]:
    value = metadata.tool("uv", "default-groups")
    if value == "all":
        return sorted(table_at(metadata.data, "dependency-groups"))
    return [g for g in value if isinstance(g, str)] if isinstance(value, list) else ["dev"]


def _groups(source: Source, metadata: Metadata) -> tuple[str, ...]:
    """Dependency groups that production installs: by name, or default and not a developer's, or for the frameworks
    that only they bring."""
    names = table_at(metadata.data, "dependency-groups")
    default = {normal(g) for g in _default_groups(metadata)}
    bring = framework_groups(source, metadata)
    return tuple(
        sorted(
            g
            for g in names
            if is_production(g) or g in bring or (normal(g) in default and normal(g) != "dev" and not is_development(g))
        )
    )


def _key(package: dict[str, Any]) -> str:
    return f"{normal(string_at(package, 'name') or '')} {string_at(package, 'version') or ''}"


def _dependencies(
    source: Source,
    metadata: Metadata,
    packages: list[tuple[dict[str, Any], int | None]],
    lock: dict[str, Any],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    members: tuple[str, ...],
    warnings: list[Warning],
    here: str = ".",
) -> tuple[tuple[Dependency, ...], tuple[str, ...], tuple[str, ...]]:
    """(dependencies, folders that get installed, folders whose manifest the resolution reads). `here`: the folder
    of the project that is installed."""
    by_key = {_key(package): package for package, _ in packages}
    lines = {_key(package): line for package, line in packages}
    versions: dict[str, list[str]] = {}
    for key in by_key:
        versions.setdefault(key.split(" ")[0], []).append(key)
    minors = allowed_minors(string_at(lock, "requires-python") or metadata.requires_python)

    def applies(marker: str) -> bool:
        return on_linux(marker, minors)

    def edges(entries: Iterable[dict[str, Any]]) -> list[Edge]:
        found = []
        for entry in entries:
            name = normal(string_at(entry, "name") or "")
            version = string_at(entry, "version")
            keys = [f"{name} {version}"] if version and f"{name} {version}" in by_key else versions.get(name, [])
            wanted = (*strings_at(entry, "extra"), *strings_at(entry, "extras"))
            found += [Edge(key, wanted, string_at(entry, "marker") or "") for key in keys]
        return found

    def needs(key: str, extra: str) -> list[Edge]:
        package = by_key[key]
        return edges(
            tables_at(package, "optional-dependencies", extra) if extra else tables_at(package, "dependencies")
        )

    roots = [key for key, package in by_key.items() if _folder(package) == here]
    if not roots:  # a workspace whose root is no project: uv installs every member
        names = {normal(m) for m in strings_at(lock, "manifest", "members")}
        roots = [key for key in by_key if key.split(" ")[0] in names]
    starts = [Edge(key, extras) for key in roots]
    group_edges: dict[str, list[Edge]] = {}
    for key in roots:
        for group in table_at(by_key[key], "dev-dependencies"):
            group_edges.setdefault(group, []).extend(edges(tables_at(by_key[key], "dev-dependencies", group)))
        for extra in table_at(by_key[key], "optional-dependencies"):
            if extra not in extras:
                group_edges.setdefault(extra, []).extend(needs(key, extra))
    for group in table_at(lock, "manifest", "dependency-groups"):
        items = tables_at(lock, "manifest", "dependency-groups", group)
        group_edges.setdefault(group, []).extend(edges(items))
    chosen = {normal(g) for g in groups}
    for group, found in group_edges.items():
        if normal(group) in chosen:
            starts += found
    reached = closure(starts, needs, applies)
    # members that the root does not depend on: applications of their own, not installed with the root
    apart = [
        key
        for key, package in by_key.items()
        if here == "." and key not in roots and key not in reached and _member(package, members)
    ]
    by_group = {g: closure(e, needs, applies) for g, e in sorted(group_edges.items()) if normal(g) not in chosen}
    for key in apart:
        by_group.setdefault(key.split(" ")[0], closure([Edge(key)], needs, applies))
    if apart:
        folders = ", ".join(sorted(_folder(by_key[key]) or "" for key in apart))
        warnings.append(
            Warning(
                f"the root does not depend on the workspace members {folders}: they are not installed; "
                f"make the root depend on them, or name the applications: {_named(by_key[key] for key in apart)}",
                tuple(Evidence(LOCK, lines[key], "a member that nothing of the root needs") for key in apart[:5]),
            )
        )
    specifiers = _specifiers(source, metadata, [by_key[key] for key in roots])
    result: list[Dependency] = []
    local: list[str] = []
    paths: list[str] = []
    for key, package in by_key.items():
        if key in roots:
            if _folder(package) not in (None, ".") and _installed(package):
                local.append(_folder(package) or "")
            continue
        origin, location = _source(package)
        markers = reached.get(key)
        where = "" if markers is not None else next((g for g, keys in by_group.items() if key in keys), None)
        if where is None:
            continue  # never installed on Linux
        name = key.split(" ")[0]
        if origin in ("workspace", "path"):
            folder = source.inside("", location)
            if folder is None:
                warnings.append(
                    Warning(
                        f"{name} lies at {location}, outside of the project: the build cannot see it; "
                        "run dockgen on the folder that holds both",
                        (Evidence(LOCK, lines[key], "a path outside of the project"),),
                    )
                )
            elif not where and folder in source.folders:
                paths.append(folder)
                if _installed(package):
                    local.append(folder)
        wheels, sdist = file_names(tables_at(package, "wheels"))
        if at(package, "sdist") is not None:
            sdist = True
        direct = specifiers.get(name)
        result.append(
            Dependency(
                name=name,
                specifier=direct.specifier if direct else "",
                version=string_at(package, "version"),
                extras=direct.extras if direct else (),
                direct=direct is not None,
                group=where,
                source=origin,
                location=location,
                marker=common_marker(markers) if markers else "",
                wheels=wheels if origin == "index" else (wheels or None),
                has_sdist=sdist if origin == "index" else None,
                evidence=(*(direct.evidence if direct else ()), Evidence(LOCK, lines[key], "locked")),
            )
        )
    return ordered(result), tuple(sorted(set(local))), tuple(sorted(set(paths)))


def _specifiers(source: Source, metadata: Metadata, roots: list[dict[str, Any]]) -> dict[str, Dependency]:
    """The direct requirements of the root (and of the members of a root-less workspace) by name."""
    found: dict[str, Dependency] = {}
    listed = list(metadata.dependencies)
    line = toml_line(source, PYPROJECT, "tool", "uv", "dev-dependencies")
    for text in strings_at(metadata.data, "tool", "uv", "dev-dependencies"):
        dependency = parse_requirement(text, (Evidence(PYPROJECT, line, "tool.uv.dev-dependencies"),), group="dev")
        if dependency:
            listed.append(dependency)
    for root in roots:
        folder = _folder(root)
        if folder in (None, "."):
            continue
        path = f"{folder}/{PYPROJECT}"
        data = source.toml(path) or {}
        for text in strings_at(data, "project", "dependencies"):
            dependency = parse_requirement(
                text,
                (
                    Evidence(
                        path, toml_line(source, path, "project", "dependencies", item=text), "[project] dependencies"
                    ),
                ),
            )
            if dependency:
                listed.append(dependency)
    for dependency in listed:
        if dependency.name not in found or (found[dependency.name].group and not dependency.group):
            found[dependency.name] = dependency
    return found


def _folder(package: dict[str, Any]) -> str | None:
    origin = table_at(package, "source")
    for kind in ("virtual", "editable", "directory"):
        value = string_at(origin, kind)
        if value is not None:
            return posixpath.normpath(value)
    return None


def _named(packages: Iterable[dict[str, Any]]) -> str:
    """The flags that make applications of the root and of these members."""
    return " ".join(["--app .", *(f"--app {shlex.quote(_folder(p) or '')}" for p in packages)])


def _member(package: dict[str, Any], members: tuple[str, ...]) -> bool:
    return _folder(package) in members


def _installed(package: dict[str, Any]) -> bool:
    return "virtual" not in table_at(package, "source")


def _source(package: dict[str, Any]) -> tuple[str, str]:
    origin = table_at(package, "source")
    for kind, name in (
        ("git", "git"),
        ("url", "url"),
        ("path", "path"),
        ("directory", "path"),
        ("editable", "workspace"),
        ("virtual", "workspace"),
    ):
        value = origin.get(kind)
        if isinstance(value, str):
            return name, clean_url(value) if "://" in value else posixpath.normpath(value)
    return "index", ""


def read_unlocked(source: Source, metadata: Metadata, managed: Managed) -> Managed:
    """A project for uv without uv.lock: tool.uv's sources, workspace and packaging rule on top of [project]."""
    data = metadata.data
    sources = table_at(data, "tool", "uv", "sources")
    by_name = {normal(k): v for k, v in sources.items()}
    members = workspace_members(source, data)
    member_names = {
        normal(string_at(source.toml(f"{m}/{PYPROJECT}"), "project", "name") or posixpath.basename(m)): m
        for m in members
    }
    dependencies: list[Dependency] = []
    local: list[str] = []
    extra_files: list[str] = []
    queue = list(managed.dependencies)
    seen: set[str] = set()
    while queue:
        d = queue.pop(0)
        spec = by_name.get(d.name)
        spec = next((s for s in spec if isinstance(s, dict)), None) if isinstance(spec, list) else spec
        if isinstance(spec, dict):
            if spec.get("workspace") is True and d.name in member_names:
                d = replace(d, source="workspace", location=member_names[d.name])
            elif isinstance(spec.get("path"), str):
                d = replace(d, source="path", location=posixpath.normpath(spec["path"]))
            elif isinstance(spec.get("git"), str):
                d = replace(d, source="git", location=clean_url(spec["git"]))
            elif isinstance(spec.get("url"), str):
                d = replace(d, source="url", location=clean_url(spec["url"]))
        if d.source == "path" and not d.group and source.inside("", d.location) is None:
            message = f"{d.name} lies at {d.location}, outside of the project: the build cannot see it"
            managed = replace(managed, warnings=(*managed.warnings, Warning(message, d.evidence)))
        if (
            d.source in ("workspace", "path")
            and not d.group
            and d.location not in seen
            and source.inside("", d.location)
        ):
            seen.add(d.location)
            path = f"{d.location}/{PYPROJECT}"
            if source.has(path):
                extra_files.append(path)
                member = source.toml(path) or {}
                if uv_packages(member) or (d.source == "path" and at(member, "tool", "uv", "package") is not False):
                    local.append(d.location)
                for text in strings_at(member, "project", "dependencies"):
                    line = toml_line(source, path, "project", "dependencies", item=text)
                    needed = parse_requirement(text, (Evidence(path, line, "[project] dependencies"),))
                    if needed and len(seen) < 200:
                        queue.append(needed)
        dependencies.append(d)
    groups = _groups(source, metadata)
    for text in strings_at(data, "tool", "uv", "dev-dependencies"):
        dependency = parse_requirement(
            text,
            (Evidence(PYPROJECT, toml_line(source, PYPROJECT, "tool", "uv", "dev-dependencies"), "dev"),),
            group="dev",
        )
        if dependency:
            dependencies.append(dependency)
    files = (
        *managed.manager.files,
        *sorted(set(extra_files) | {f"{m}/{PYPROJECT}" for m in members} if members else set(extra_files)),
    )
    packaged = managed.manager.packaged and uv_packages(data)
    manager = replace(
        managed.manager,
        files=files,
        local=tuple(sorted(set(local))),
        groups=groups,
        packaged=packaged,
        packages=managed.manager.packages if packaged else (),
    )
    return replace(managed, manager=manager, dependencies=ordered(with_groups(dependencies, groups)))


__all__ = ["group_items", "read_member", "read_unlocked", "read_uv", "workspace_members"]
