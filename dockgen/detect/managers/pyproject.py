"""A project's own manifest drives the install: [project] of pyproject.toml, setup.py, setup.cfg; no lock."""

from __future__ import annotations

from dataclasses import replace

from dockgen.detect.managers.common import (
    Managed,
    is_development,
    is_production,
    ordered,
    table_at,
    windows_only,
)
from dockgen.detect.managers.metadata import PYPROJECT, Metadata
from dockgen.detect.managers.packages import find_packages
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.knowledge import table
from dockgen.source import Source

SERVERS = frozenset({"daphne", "granian", "gunicorn", "hypercorn", "uvicorn", "uwsgi", "waitress"})
"""Servers that an extra may bring ("server", "web"): the start command needs one."""


def production_extras(metadata: Metadata) -> tuple[str, ...]:
    """Extras whose name says that production installs them ("prod", "production", "deploy"), and the one that
    brings the server where nothing else does."""
    names = set(table_at(metadata.project, "optional-dependencies"))
    if metadata.setup and not metadata.project:
        names |= set(metadata.setup.extras)
    chosen = {name for name in names if is_production(name)}
    if not any(d.name in SERVERS for d in metadata.dependencies if not d.group or d.group in chosen):
        serving = {d.group for d in metadata.dependencies if d.group in names and d.name in SERVERS}
        serving = {name for name in serving if not is_development(name)}
        chosen |= serving if len(serving) == 1 else set()
    return tuple(sorted(chosen))


def framework_groups(source: Source, metadata: Metadata) -> tuple[str, ...]:
    """Dependency groups that are no developer's and bring a framework that the code imports and the project's own
    dependencies lack: the parts of a project with several images are often groups of one manifest."""
    groups = {g for g in table_at(metadata.data, "dependency-groups") if not is_development(g)}
    grouped = [d for d in metadata.dependencies if d.group in groups]
    if not grouped:
        return ()
    from dockgen.detect.names import in_production, modules

    own = {d.name for d in metadata.dependencies if not d.group}
    imported = {
        origin.partition(".")[0]
        for module in modules(source)
        if in_production(module.path)
        for origin in module.imports.values()
    }
    used = {name for name in (*table("frameworks")["applications"], "django") if name.replace("-", "_") in imported}
    for name, brought in table("frameworks")["imports"].items():
        if name.partition(".")[0] in imported:
            used |= {brought} if isinstance(brought, str) else {*brought}
    used -= own
    return tuple(sorted({d.group for d in grouped if d.name in used}))


def with_groups(dependencies: list[Dependency], chosen: tuple[str, ...]) -> list[Dependency]:
    """The dependencies, those of the chosen groups and extras counted to production."""
    return [replace(d, group="") if d.group in chosen else d for d in dependencies]


def read_pyproject(source: Source, metadata: Metadata, name: str, why: Evidence) -> Managed:
    """The project without a lock. `name`: uv, hatch or pip."""
    found = find_packages(source, metadata) if metadata.has_build_system else None
    extras = production_extras(metadata)
    also: list[Dependency] = []
    if name == "hatch":
        from dockgen.detect.managers.hatch import environment_dependencies

        also, features = environment_dependencies(source, metadata)
        extras = tuple(sorted({*extras, *features}))
    dependencies = with_groups(metadata.dependencies, extras)
    known = {d.name for d in dependencies if not d.group}
    also = [d for d in also if d.name not in known]
    dependencies = [d for d in dependencies if d.name not in {a.name for a in also}] + also
    files = [
        f
        for f in (PYPROJECT, "setup.py", "setup.cfg")
        if source.has(f) and (f == PYPROJECT or (metadata.setup and f in metadata.setup.files))
    ]
    if metadata.setup:
        files += [f for f in metadata.setup.requirement_files if source.has(f)]
    evidence = [why]
    if found is not None:
        evidence.append(Evidence(files[0] if files else PYPROJECT, None, found.why))
    warnings = [*metadata.warnings, *windows_only(dependencies)]
    loose = [d for d in dependencies if not d.group and not d.version and d.source == "index"]
    if loose:
        warnings.append(
            Warning(
                "there is no lock file: every build may install other releases; `uv lock` writes one",
                tuple(e for d in loose[:3] for e in d.evidence[:1]),
            )
        )
    manager = Manager(
        name=name,
        files=tuple(files),
        build_backend=metadata.backend,
        packaged=bool(found and found.packages),
        packages=found.packages if found else (),
        static_dependencies=metadata.static,
        dynamic_version=metadata.dynamic_version,
        extras=extras,
        also=tuple(d.requirement for d in also),
        requires_python=metadata.requires_python,
        evidence=tuple(evidence),
    )
    return Managed(metadata.name, manager, ordered(dependencies), tuple(metadata.scripts), (), tuple(warnings))
