"""PEP 751: pylock.toml, the lock file that any installer reads.

https://packaging.python.org/specifications/pylock-toml/. The file is named pylock.toml or
pylock.NAME.toml, at the root. What wrote it (`created-by`) is the project's manager; uv installs it.
"""

from __future__ import annotations

import re
from typing import Any

from dockgen.detect.managers.common import (
    MINORS,
    Managed,
    allowed_minors,
    clean_url,
    evaluates,
    file_names,
    inside,
    is_development,
    is_production,
    list_at,
    normal,
    ordered,
    string_at,
    strings_at,
    table_at,
    tables_at,
    toml_line,
    windows_only,
)
from dockgen.detect.managers.metadata import PYPROJECT, Metadata
from dockgen.detect.managers.packages import find_packages
from dockgen.detect.wheels import wheel_fits
from dockgen.errors import BrokenManifest
from dockgen.facts import Ambiguity, Dependency, Evidence, Manager, Warning
from dockgen.source import Source

NAME = re.compile(r"pylock(?:\.([^./]+))?\.toml")
"""The specification's file names; the group is the lock's own name."""

WRITERS = ("uv", "pdm", "poetry", "pipenv", "hatch", "pip")


def pylock_files(source: Source) -> tuple[str, ...]:
    """The PEP 751 lock files of the root."""
    return tuple(f for f in source.near(0) if NAME.fullmatch(f))


def choose_pylock(source: Source) -> tuple[str | None, Ambiguity | None]:
    """The lock file that production installs: the one named so, the one without a name, the only one that
    is no developer's. Several of equal right are a question."""
    names = {f: (NAME.fullmatch(f) or [""])[1] or "" for f in pylock_files(source)}
    if not names:
        return None, None
    for wanted in (
        [f for f, name in names.items() if name and is_production(name)],
        [f for f, name in names.items() if not name],
        [f for f, name in names.items() if not is_development(name)],
    ):
        if len(wanted) == 1:
            return wanted[0], None
        if wanted:
            why = f"{' and '.join(wanted)} are lock files, and nothing tells which one production installs"
            evidence = tuple(Evidence(f, 1, "a PEP 751 lock file") for f in wanted)
            return wanted[0], Ambiguity("requirements", why, tuple(wanted), evidence)
    return None, None


def read_pylock(source: Source, metadata: Metadata, path: str, ambiguity: Ambiguity | None = None) -> Managed:
    """The project as its PEP 751 lock says. Raises BrokenManifest for what is no such file.
    `ambiguity`: why it may be another file that counts."""
    lock = source.toml(path) or {}
    version = string_at(lock, "lock-version")
    if version is None or not re.fullmatch(r"1(\.\d+)*", version) or not isinstance(lock.get("packages", []), list):
        line = toml_line(source, path, "lock-version")
        raise BrokenManifest("is no PEP 751 lock file of version 1", file=path, line=line)
    writer = next((w for w in WRITERS if (string_at(lock, "created-by") or "").lower().startswith(w)), "pip")
    extras = tuple(e for e in strings_at(lock, "extras") if is_production(e))
    default = strings_at(lock, "default-groups")
    named = tuple(g for g in strings_at(lock, "dependency-groups") if is_production(g) and g not in default)
    # an installer that is told of a group leaves out the default ones
    groups = (*default, *named) if named else ()
    warnings = [*metadata.warnings]
    dependencies, local = _dependencies(source, metadata, path, lock, (*default, *named), extras, warnings)
    missing = sorted(
        d.name for d in metadata.dependencies if not d.group and d.name not in {x.name for x in dependencies}
    )
    if missing:
        message = f"{path} does not have {', '.join(missing[:5])}, which the project requires: write the lock again"
        where = tuple(e for d in metadata.dependencies if d.name in missing[:5] for e in d.evidence[:1])
        warnings.append(Warning(message, where))
    own = "." in local
    if local:
        message = (
            f"{path} lists folders of the project ({', '.join(local)}): every change of the code reinstalls all "
            "dependencies; write the lock without them (`uv export --no-emit-project`, `--no-emit-local`)"
        )
        warnings.append(Warning(message, (Evidence(path, 1, "a lock of the project itself"),)))
    packaged = False
    packages: tuple[str, ...] = ()
    evidence = [Evidence(path, 1, f"a PEP 751 lock file, written by {string_at(lock, 'created-by') or 'some tool'}")]
    if metadata.has_build_system and not own and metadata.tool("uv", "package") is not False:
        found = find_packages(source, metadata)
        packaged, packages = bool(found.packages), found.packages
        evidence.append(Evidence(PYPROJECT, toml_line(source, PYPROJECT, "build-system"), found.why))
    manager = Manager(
        name=writer,
        lock_file=path,
        files=(path,),
        requirements=(path,),
        hashed=True,
        build_backend=metadata.backend,
        packaged=packaged,
        packages=packages,
        static_dependencies=True,
        dynamic_version=metadata.dynamic_version,
        groups=groups,
        extras=extras,
        export_hint=(("whole", "true"),) if local else (),
        requires_python=metadata.requires_python or string_at(lock, "requires-python"),
        evidence=tuple(evidence),
    )
    warnings += windows_only(d for d in dependencies if d.direct)
    asked = (ambiguity,) if ambiguity else ()
    return Managed(metadata.name, manager, dependencies, tuple(metadata.scripts), asked, tuple(warnings))


def lock_minors(lock: dict[str, Any]) -> tuple[str, ...]:
    """The Python versions that the lock was made for and that run on Linux."""
    minors = allowed_minors(string_at(lock, "requires-python"))
    environments = strings_at(lock, "environments")
    if not environments:
        return minors
    return tuple(m for m in minors if any(evaluates(marker, (m,)) for marker in environments))


def lock_range(lock: dict[str, Any]) -> str:
    """The Python range of a lock whose `environments` are narrower than its requires-python, else ""."""
    minors, every = lock_minors(lock), allowed_minors(string_at(lock, "requires-python"))
    if not minors or minors == every:
        return ""
    first, last = MINORS.index(minors[0]), MINORS.index(minors[-1])
    gaps = [m for m in MINORS[first:last] if m not in minors]
    upper = f",<{MINORS[last + 1]}" if last + 1 < len(MINORS) else ""
    return f">={minors[0]}{upper}" + "".join(f",!={m}.*" for m in gaps)


def _dependencies(
    source: Source,
    metadata: Metadata,
    path: str,
    lock: dict[str, Any],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    warnings: list[Warning],
) -> tuple[tuple[Dependency, ...], tuple[str, ...]]:
    """(what the lock installs, folders of the project among it)"""
    minors = lock_minors(lock)
    if not minors:
        where = Evidence(path, toml_line(source, path, "environments"), "the lock's environments")
        warnings.append(Warning(f"{path} was made for other systems than Linux: the build will fail", (where,)))
        minors = allowed_minors(string_at(lock, "requires-python"))
    packages = tables_at(lock, "packages")
    lines = [n for n, line in enumerate((source.text(path) or "").split("\n"), 1) if line.strip() == "[[packages]]"]
    numbers: list[int | None] = [*lines] if len(lines) == len(packages) == len(list_at(lock, "packages")) else []
    known = {d.name: d for d in reversed(metadata.dependencies)}
    needed = {normal(string_at(d, "name") or "") for p in packages for d in tables_at(p, "dependencies")}
    result: list[Dependency] = []
    local: list[str] = []
    foreign: list[Dependency] = []
    for number, package in enumerate(packages):
        name = normal(string_at(package, "name") or "")
        line = numbers[number] if numbers else None
        if not name:
            raise BrokenManifest("has a package without a name", file=path, line=line)
        marker = string_at(package, "marker") or ""
        group = _group(lock, marker, minors, groups, extras)
        if group is None:
            continue
        wheels, sdist = file_names([*tables_at(package, "wheels"), table_at(package, "sdist")])
        origin, location = _source(package)
        declared = known.get(name)
        where = Evidence(path, line, "locked")
        dependency = Dependency(
            name=name,
            specifier=declared.specifier if declared else "",
            version=string_at(package, "version"),
            extras=declared.extras if declared else (),
            direct=declared is not None if known else name not in needed,
            group=group,
            source=origin,
            location=location,
            marker="" if re.search(r"\b(extras|dependency_groups)\b", marker) else marker,
            wheels=wheels if origin == "index" else None,
            has_sdist=sdist if origin == "index" else None,
            evidence=(*(declared.evidence if declared else ()), where),
        )
        if origin == "path" and not group:
            folder = inside("", location)
            if folder is None or not (source.has(folder) or folder in source.folders or folder == "."):
                message = f"{name} lies at {location}, which the build cannot see: the build will fail"
                warnings.append(Warning(message, (where,)))
            elif not source.has(folder):
                local.append(folder)
        if origin == "path" and inside("", location) == ".":
            continue
        needs_wheel = origin == "index" and not group and not sdist and bool(wheels)
        if needs_wheel and not any(wheel_fits(w, m) for w in wheels for m in minors):
            foreign.append(dependency)
        result.append(dependency)
    if foreign:
        names = ", ".join(d.name for d in foreign[:5])
        message = (
            f"{path} lists no file of {names} for Linux: write the lock for every system (`uv pip compile --universal`)"
        )
        warnings.append(Warning(message, tuple(d.evidence[-1] for d in foreign[:5])))
    return ordered(result), tuple(sorted(set(local)))


def _group(
    lock: dict[str, Any], marker: str, minors: tuple[str, ...], groups: tuple[str, ...], extras: tuple[str, ...]
) -> str | None:
    """ "" for what production installs, the group or extra that would, None for what Linux never installs."""
    if evaluates(marker, minors, extras, groups):
        return ""
    for other in strings_at(lock, "dependency-groups"):
        if evaluates(marker, minors, extras, (*groups, other)):
            return other
    for other in strings_at(lock, "extras"):
        if evaluates(marker, minors, (*extras, other), groups):
            return other
    return None


def _source(package: dict[str, Any]) -> tuple[str, str]:
    for kind, name in (("vcs", "git"), ("directory", "path"), ("archive", "url")):
        table = table_at(package, kind)
        if not table:
            continue
        url, folder = string_at(table, "url"), string_at(table, "path")
        if url:
            commit = string_at(table, "commit-id")
            return name, clean_url(url) + (f"@{commit}" if commit and name == "git" else "")
        return "path", inside("", folder or "") or folder or "."
    return "index", ""
