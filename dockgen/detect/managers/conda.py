"""conda and pixi: the names they list, and the pip section of an environment file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dockgen.detect.managers.common import (
    Managed,
    exact,
    normal,
    ordered,
    parse_requirement,
    project_name,
    table_at,
    toml_line,
)
from dockgen.detect.managers.metadata import Metadata
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
    import yaml  # type: ignore[import-untyped,unused-ignore]

    text = source.text(path) or ""
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(text[:2_000_000], loader)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BrokenManifest(f"is not valid YAML: {error.problem}", file=path, line=line) from error
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BrokenManifest("is not valid YAML", file=path) from error


def _is_environment(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("dependencies"), list)


def read_conda(source: Source, path: str) -> Managed:
    """The project as its environment file says. Conda's name for a package is taken for the distribution's."""
    data = load(source, path)
    lines = (source.text(path) or "").split("\n")
    dependencies: list[Dependency] = []
    warnings: list[Warning] = []
    files = [path]
    elsewhere: list[tuple[str, Evidence]] = []
    for item in data["dependencies"]:
        if isinstance(item, str):
            match = re.fullmatch(r"(?:[\w/.-]+::)?([A-Za-z0-9_.-]+)\s*(.*)", item.strip())
            if match and normal(match.group(1)) not in NOT_DISTRIBUTIONS:
                specifier = conda_specifier(match.group(2))
                where = (Evidence(path, _line(lines, item), "a conda dependency"),)
                if only_conda(normal(match.group(1))) is not None:
                    elsewhere.append((normal(match.group(1)), where[0]))
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
                dependency = parse_requirement(text, where)
                if dependency is not None:
                    dependencies.append(dependency)
                elif not text.lstrip().startswith("-"):
                    warnings.append(Warning(f"{text[:80]!r} is not a requirement", where))
    name = data.get("name")
    named = isinstance(name, str) and name not in ("base", "root")
    evidence = Evidence(path, _line(lines, "name:"), "the environment's name") if named else None
    manager = Manager(
        name="conda",
        files=tuple(files),
        static_dependencies=False,
        evidence=(Evidence(path, 1, "a conda environment"),),
    )
    return Managed(
        project_name(source, name if named else None, evidence), manager, ordered(dependencies), (), (),
        (*warnings, *left_out(elsewhere), _from_pypi(path)),
    )  # fmt: skip


def only_conda(name: str) -> str | None:
    """The Debian package of a conda package that is no Python distribution ("" for none); None for what may be one."""
    elsewhere: dict[str, str] = table("conda")["elsewhere"]
    if name in elsewhere:
        return elsewhere[name]
    return (
        "" if name.startswith(("r-", "bioconductor-", "lib", "gcc-", "gxx-")) and name not in LIKE_LIBRARIES else None
    )


def left_out(found: list[tuple[str, Evidence]]) -> list[Warning]:
    """What is not installed, because no index of Python packages has it."""
    if not found:
        return []
    names = ", ".join(
        f"{name} (Debian: {debian})" if (debian := only_conda(name)) else name for name, _ in found[:8]
    ) + (" ..." if len(found) > 8 else "")
    message = (
        f"{names}: not installed, because it is no Python package; what the program needs of it, the image must bring"
    )
    return [Warning(message, tuple(e for _, e in found[:20]))]


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


def _as_locked(source: Source, lock: str, dependencies: list[Dependency]) -> list[Dependency]:
    """The dependencies at the versions that pixi.lock has for Linux (any platform's, where it has but one)."""
    text = source.text(lock) or ""
    foreign = ("/osx-64/", "/osx-arm64/", "/win-64/", "win_amd64", "macosx_")
    versions = {
        normal(match[1]): match[2] for match in LOCKED.finditer(text) if not any(word in match[0] for word in foreign)
    }
    return [
        replace(d, specifier=f"=={versions[d.name]}", version=versions[d.name]) if d.name in versions else d
        for d in dependencies
    ]


def read_pixi(source: Source, metadata: Metadata) -> Managed:
    """The project as pixi.toml (or [tool.pixi]) says: names and pixi.lock, nothing resolved."""
    path = "pixi.toml" if source.has("pixi.toml") else "pyproject.toml"
    keys: tuple[str, ...] = () if path == "pixi.toml" else ("tool", "pixi")
    data = source.toml(path) or {}
    dependencies = list(metadata.dependencies)
    elsewhere: list[tuple[str, Evidence]] = []
    for section in ("dependencies", "pypi-dependencies"):
        for key, value in table_at(data, *keys, section).items():
            if normal(key) in NOT_DISTRIBUTIONS:
                continue
            text = value if isinstance(value, str) else value.get("version", "") if isinstance(value, dict) else ""
            specifier = conda_specifier(text) if isinstance(text, str) else ""
            where = (Evidence(path, toml_line(source, path, *keys, section, key), f"[{'.'.join((*keys, section))}]"),)
            if section == "dependencies" and only_conda(normal(key)) is not None:
                elsewhere.append((normal(key), where[0]))
                continue
            dependencies.append(Dependency(normal(key), specifier, exact(specifier), evidence=where))
    lock = "pixi.lock" if source.has("pixi.lock") else None
    if lock:
        dependencies = _as_locked(source, lock, dependencies)
    named = table_at(data, *keys, "workspace").get("name") or table_at(data, *keys, "project").get("name")
    name: Fact[str] = metadata.name
    if isinstance(named, str) and not metadata.distribution:
        name = project_name(source, named, Evidence(path, toml_line(source, path, *keys), "pixi names the workspace"))
    manager = Manager(
        name="pixi",
        lock_file=lock,
        files=(path, *((lock,) if lock else ())),
        build_backend=metadata.backend,
        static_dependencies=False,
        requires_python=metadata.requires_python,
        evidence=(Evidence(path, toml_line(source, path, *keys) if keys else 1, "pixi's manifest"),),
    )
    return Managed(
        name,
        manager,
        ordered(dependencies),
        tuple(metadata.scripts),
        (),
        (*metadata.warnings, *left_out(elsewhere), _from_pypi(path)),
    )
