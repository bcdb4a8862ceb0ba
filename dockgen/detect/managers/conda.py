"""conda and pixi: the names they list, and the pip section of an environment file."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any

from dockgen.detect.managers.common import (
    Managed,
    clean_url,
    exact,
    inside,
    normal,
    ordered,
    parse_requirement,
    project_name,
    table_at,
    toml_line,
)
from dockgen.detect.managers.metadata import Metadata
from dockgen.detect.managers.packages import find_packages
from dockgen.detect.managers.pixi import SECTIONS, chosen_environment, environment_tables, locked_part
from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import BrokenManifest
from dockgen.facts import Dependency, Evidence, Fact, Manager, Warning
from dockgen.knowledge import table
from dockgen.source import Source

FILES = (
    "environment.yml", "environment.yaml", "conda.yaml", "conda.yml", "env.yml", "env.yaml",
    "binder/environment.yml", ".binder/environment.yml", "conda/environment.yml", "envs/environment.yml",
)  # fmt: skip

LIKE_LIBRARIES = frozenset({"libcst", "librosa", "libtmux", "libsass", "libusb1", "libvirt-python", "libarchive-c"})
"""Distributions whose names start like a C library's."""

NOT_DISTRIBUTIONS = frozenset({"python", "pip", "cudatoolkit", "conda", "mamba", "gcc", "gxx", "make", "git", "wheel"})
"""Conda packages that are no Python distribution, or that an environment has anyway."""


def environment_file(source: Source) -> str | None:
    """The environment file, or None."""
    for path in FILES:
        if source.has(path) and _is_environment(load(source, path)):
            return path
    return None


def load(source: Source, path: str) -> Any:
    """A YAML file's content. Raises BrokenManifest with the line."""
    try:
        return load_yaml((source.text(path) or "")[:2_000_000])
    except BadYaml as error:
        raise BrokenManifest(f"is not valid YAML: {error.problem}", file=path, line=error.line) from error


def _is_environment(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("dependencies"), list)


def read_conda(source: Source, metadata: Metadata, path: str) -> Managed:
    """The project as its environment file says. Conda's name for a package is taken for the distribution's."""
    data = load(source, path)
    lines = (source.text(path) or "").split("\n")
    dependencies: list[Dependency] = []
    warnings: list[Warning] = []
    files = [path]
    elsewhere: list[Elsewhere] = []
    own = False
    for item in data["dependencies"]:
        if isinstance(item, str):
            match = re.fullmatch(r"(?:[\w/.-]+::)?([A-Za-z0-9_.-]+)\s*(.*)", item.strip())
            if match and normal(match.group(1)) not in NOT_DISTRIBUTIONS:
                specifier = conda_specifier(match.group(2))
                where = (Evidence(path, _line(lines, item), "a conda dependency"),)
                if only_conda(normal(match.group(1))) is not None:
                    elsewhere.append(Elsewhere(normal(match.group(1)), specifier, where[0]))
                    continue
                dependencies.append(Dependency(normal(match.group(1)), specifier, exact(specifier), evidence=where))
        elif isinstance(item, dict):
            for text in item.get("pip") or () if isinstance(item.get("pip"), list) else ():
                if not isinstance(text, str):
                    continue
                where = (Evidence(path, _line(lines, text), "the pip section"),)
                include = re.fullmatch(r"\s*(?:-r|--requirement)\s+(\S+)\s*", text)
                if include and source.has(include.group(1)):
                    from dockgen.detect.managers.requirements import read_requirements

                    read = read_requirements(source, (include.group(1),))
                    dependencies += read.dependencies
                    warnings += read.warnings
                    files += read.files
                    continue
                itself = re.fullmatch(r"(?:-e|--editable)?\s*\.(?:\[[^\]]*\])?", text.strip())
                if itself:
                    own = True
                    continue
                dependency = parse_requirement(text.strip().removeprefix("-e ").removeprefix("--editable "), where)
                if dependency is not None:
                    dependencies.append(dependency)
                elif not text.lstrip().startswith("-"):
                    warnings.append(Warning(f"{text[:80]!r} is not a requirement", where))
    name = data.get("name")
    named = isinstance(name, str) and name not in ("base", "root")
    evidence = Evidence(path, _line(lines, "name:"), "the environment's name") if named else None
    channels = tuple(e for e in elsewhere if needs_channel(e))
    lock = next((f for f in _locks(path) if source.has(f)), None)
    if channels:
        dependencies = [_of_channel(d) for d in dependencies]
        files += [lock] if lock else []
        warnings += by_conda(channels, path, "micromamba")
    else:
        warnings += [*left_out(elsewhere), _from_pypi(path), *_unused(lock)]
    if own:
        known = {d.name for d in dependencies}
        dependencies += [d for d in metadata.dependencies if not d.group and d.name not in known]
    manager = Manager(
        name="conda",
        lock_file=lock if channels else None,
        files=tuple(files),
        build_backend=metadata.backend if own else None,
        static_dependencies=False,
        channel_only=tuple(e.name for e in channels),
        evidence=(Evidence(path, 1, "a conda environment"),),
    )
    return Managed(
        project_name(source, name if named else None, evidence),
        _with_own_code(source, metadata, manager, own, dependencies),
        ordered(dependencies),
        tuple(metadata.scripts) if own else (),
        (),
        tuple(warnings),
        debian(elsewhere) if not channels else (),
    )


def _locks(path: str) -> tuple[str, ...]:
    """conda-lock's files for an environment file: the one for every platform, and the one for Linux alone."""
    folder = posixpath.dirname(path)
    names = ("conda-lock.yml", "conda-lock.yaml", "conda-linux-64.lock")
    return tuple(dict.fromkeys(posixpath.join(place, name) for place in (folder, "") for name in names))


def _unused(lock: str | None) -> list[Warning]:
    if lock is None:
        return []
    message = f"{lock} is not used, because it locks conda's packages: every build may install other releases"
    return [Warning(message, (Evidence(lock, 1, "conda's lock file"),))]


def _of_channel(dependency: Dependency) -> Dependency:
    """The dependency as one that conda installs, where it is none of the pip section."""
    in_pip = not dependency.evidence or dependency.evidence[0].why != "a conda dependency"
    return dependency if in_pip or dependency.source != "index" else replace(dependency, source="conda")


def only_conda(name: str) -> str | None:
    """The Debian package of a conda package that is no Python distribution ("" for none); None for what may be one."""
    elsewhere: dict[str, str] = table("conda")["elsewhere"]
    if name in elsewhere:
        return elsewhere[name]
    return (
        "" if name.startswith(("r-", "bioconductor-", "lib", "gcc-", "gxx-")) and name not in LIKE_LIBRARIES else None
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A conda package that is no Python distribution."""

    name: str
    specifier: str
    evidence: Evidence


def needs_channel(package: Elsewhere) -> bool:
    """Whether only conda can bring it: nothing that wheels carry, and no program that Debian has in any release."""
    if package.name in table("conda")["carried"] or package.name.startswith(("lib", "gcc-", "gxx-", "_")):
        return False
    return not only_conda(package.name) or bool(package.specifier)


def debian(found: list[Elsewhere]) -> tuple[Fact[str], ...]:
    """The Debian packages that bring what is no Python package."""
    named = {e.name: only_conda(e.name) or "" for e in found if e.name not in table("conda")["carried"]}
    return tuple(Fact(named[e.name], (e.evidence,)) for e in found if named.get(e.name))


def by_conda(channels: tuple[Elsewhere, ...], path: str, tool: str) -> list[Warning]:
    """Said openly: which packages make it an image with conda's packages."""
    names = ", ".join(e.name for e in channels[:8]) + (" ..." if len(channels) > 8 else "")
    come = "comes" if len(channels) == 1 else "come"
    message = (
        f"{names} {come} from conda's channels and no index of Python packages can replace that: {tool} installs {path}, "
        "and the image is larger for it"
    )
    return [Warning(message, tuple(e.evidence for e in channels[:20]))]


def left_out(found: list[Elsewhere]) -> list[Warning]:
    """What is not installed from an index of Python packages, because none has it."""
    if not found:
        return []
    brought = {fact.evidence[0]: fact.value for fact in debian(found)}
    names = ", ".join(
        f"{e.name} (Debian: {brought[e.evidence]})" if e.evidence in brought else e.name for e in found[:8]
    ) + (" ..." if len(found) > 8 else "")
    message = (
        f"{names}: not installed, because it is no Python package; what wheels do not carry of it, the image must bring"
        if not brought
        else f"{names}: no Python package; what Debian has is installed from there, wheels carry the libraries they need"
    )
    return [Warning(message, tuple(e.evidence for e in found[:20]))]


def _from_pypi(path: str) -> Warning:
    """Said openly: an image with conda itself is several times as large, and most packages are on PyPI too."""
    message = (
        f"the packages of {path} are installed from PyPI by their names there: what only conda has fails the build"
    )
    return Warning(message, (Evidence(path, 1, "a conda environment"),))


def conda_specifier(text: str) -> str:
    """conda's match specification as PEP 440: `=1.2` is ==1.2.*, `==1.2` exact, a build string is dropped."""
    text = text.strip()
    match = re.fullmatch(r"(={1,2})\s*([0-9][^\s=*]*)(\.?\*)?(=\S+)?", text)
    if match:
        if match.group(1) == "==" or match.group(4):
            return f"=={match.group(2)}"
        return f"=={match.group(2).rstrip('.')}.*"
    return text.replace(" ", "") if re.fullmatch(r"[<>=!~0-9.,* a-z]+", text) and text[:1] in "<>!=~" else ""


def _line(lines: list[str], text: str) -> int | None:
    return next((number for number, line in enumerate(lines, 1) if text in line), None)


LOCKED = re.compile(
    r"- (?:conda|pypi): \S*/([A-Za-z0-9_.]+(?:-[A-Za-z_][A-Za-z0-9_.]*)*)-(\d[A-Za-z0-9_.!+]*)-[^/\s]+$", re.MULTILINE
)
"""An entry of pixi.lock: the file's name holds the package's name and version."""


def _as_locked(source: Source, lock: str, environment: str, dependencies: list[Dependency]) -> list[Dependency]:
    """The dependencies at the versions that pixi.lock has for Linux (any platform's, where it has but one)."""
    text = locked_part(source.text(lock) or "", environment)
    foreign = ("/osx-64/", "/osx-arm64/", "/win-64/", "win_amd64", "macosx_")
    versions = {
        normal(match[1]): match[2] for match in LOCKED.finditer(text) if not any(word in match[0] for word in foreign)
    }
    return [
        replace(d, specifier=f"=={versions[d.name]}", version=versions[d.name]) if d.name in versions else d
        for d in dependencies
    ]


def _pypi_dependency(source: Source, key: str, value: object, where: tuple[Evidence, ...]) -> Dependency | None:
    """An entry of [pypi-dependencies]: a version, or a table with extras and with a path, git or url. None for "."."""
    entry = value if isinstance(value, dict) else {"version": value}

    def text(name: str) -> str:
        found = entry.get(name)
        return found if isinstance(found, str) else ""

    listed = entry.get("extras")
    extras = tuple(e for e in listed if isinstance(e, str)) if isinstance(listed, list) else ()
    if text("path"):
        folder = inside("", text("path"))
        if folder == ".":
            return None
        kind = "path" if folder is not None and folder in source.folders else "index"
        return Dependency(normal(key), extras=extras, source=kind, location=folder or "", evidence=where)
    if text("git"):
        commit = text("rev") or text("tag") or text("branch")
        location = clean_url(text("git")) + (f"@{commit}" if commit else "")
        return Dependency(normal(key), extras=extras, source="git", location=location, evidence=where)
    if text("url"):
        return Dependency(normal(key), extras=extras, source="url", location=clean_url(text("url")), evidence=where)
    specifier = conda_specifier(text("version"))
    return Dependency(normal(key), specifier, exact(specifier), extras=extras, evidence=where)


def read_pixi(source: Source, metadata: Metadata) -> Managed:
    """The project as pixi.toml (or [tool.pixi]) says: names and pixi.lock, nothing resolved."""
    path = "pixi.toml" if source.has("pixi.toml") else "pyproject.toml"
    keys: tuple[str, ...] = () if path == "pixi.toml" else ("tool", "pixi")
    data = source.toml(path) or {}
    dependencies = list(metadata.dependencies)
    elsewhere: list[Elsewhere] = []
    own = False
    environment, tables = chosen_environment(data, keys), environment_tables(data, keys)
    for place, section in ((place, section) for section in SECTIONS for place in tables):
        for key, value in table_at(data, *place, section).items():
            if normal(key) in NOT_DISTRIBUTIONS:
                continue
            where = (Evidence(path, toml_line(source, path, *place, section, key), f"[{'.'.join((*place, section))}]"),)
            if section == "pypi-dependencies":
                dependency = _pypi_dependency(source, key, value, where)
                own |= dependency is None
                dependencies += [dependency] if dependency else []
                continue
            text = value if isinstance(value, str) else value.get("version", "") if isinstance(value, dict) else ""
            specifier = conda_specifier(text) if isinstance(text, str) else ""
            if only_conda(normal(key)) is not None:
                elsewhere.append(Elsewhere(normal(key), specifier, where[0]))
                continue
            dependencies.append(Dependency(normal(key), specifier, exact(specifier), evidence=where))
    lock = "pixi.lock" if source.has("pixi.lock") else None
    if lock:
        dependencies = _as_locked(source, lock, environment, dependencies)
    channels = tuple(e for e in elsewhere if needs_channel(e))
    if channels:
        from_channel = {f"[{'.'.join((*place, 'dependencies'))}]" for place in tables}
        dependencies = [
            replace(d, source="conda") if any(e.why in from_channel for e in d.evidence) else d for d in dependencies
        ]
        warnings = by_conda(channels, path, "pixi")
    else:
        warnings = [*left_out(elsewhere), _from_pypi(path)]
    named = table_at(data, *keys, "workspace").get("name") or table_at(data, *keys, "project").get("name")
    name: Fact[str] = metadata.name
    if isinstance(named, str) and not metadata.distribution:
        name = project_name(source, named, Evidence(path, toml_line(source, path, *keys), "pixi names the workspace"))
    manager = _with_own_code(
        source,
        metadata,
        Manager(
            name="pixi",
            lock_file=lock,
            files=(path, *((lock,) if lock else ())),
            build_backend=metadata.backend,
            static_dependencies=False,
            requires_python=metadata.requires_python,
            export_hint=(("environment", environment),) if environment != "default" else (),
            channel_only=tuple(e.name for e in channels),
            evidence=(Evidence(path, toml_line(source, path, *keys) if keys else 1, "pixi's manifest"),),
        ),
        own,
        dependencies,
    )
    return Managed(
        name,
        manager,
        ordered(dependencies),
        tuple(metadata.scripts),
        (),
        (*metadata.warnings, *warnings),
        debian(elsewhere) if not channels else (),
    )


def _with_own_code(
    source: Source, metadata: Metadata, manager: Manager, own: bool, dependencies: list[Dependency]
) -> Manager:
    """The manager, with the project itself and folders of it where the environment installs them.

    conda and pixi install them together with all else: their stage then needs the whole project.
    """
    folders = tuple(d.location for d in dependencies if d.source == "path" and not d.group)
    if manager.channel_only:
        whole = (*manager.export_hint, ("whole", "true"))
        return replace(manager, export_hint=whole) if own or folders else manager
    found = find_packages(source, metadata) if own and metadata.has_build_system else None
    return replace(
        manager,
        packaged=bool(found and found.packages),
        packages=found.packages if found else (),
        dynamic_version=metadata.dynamic_version,
        local=folders,
    )
