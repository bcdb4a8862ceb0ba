"""Which wheels there are for requirements whose files no lock lists, as the package index says (`--resolve`).

Not a resolution of versions that fit together: each requirement by itself gets, for each Python, the newest release
that it allows, as an installer prefers it. What the index said is kept in .dockgen.toml, so that later runs need no
network and give the same bytes; a requirement that has changed since is asked anew with the flag alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dockgen.facts import Dependency, Facts, Warning
from dockgen.index import File
from dockgen.knowledge import table

WHEEL = re.compile(r"[A-Za-z0-9._+!-]{5,200}\.whl")
MOST = 100
"""Wheels of one requirement: two architectures for each Python, with room."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the index has of one requirement. `wheels`: files for Linux, one or more a Python that has any. `sdist`: a
    release can be built. Nothing at all: the index does not have it."""

    wheels: tuple[str, ...] = ()
    sdist: bool = False


def open_requirements(facts: Facts) -> tuple[Dependency, ...]:
    """The production requirements from an index whose files nobody lists."""
    return tuple(d for d in facts.dependencies if not d.group and d.source == "index" and d.wheels is None)


def requirement(dependency: Dependency) -> str:
    """The requirement as it was asked for, and as .dockgen.toml names it: "psycopg2==2.9.9", "flask>=2", "flask"."""
    return dependency.name + (f"=={dependency.version}" if dependency.version else dependency.specifier)


def choose(dependency: Dependency, files: Iterable[File]) -> Resolved:
    """The files that matter of those that the index has."""
    from dockgen.detect.wheels import wheel_fits

    asked = requirement(dependency).removeprefix(dependency.name)
    releases = _releases(dependency.name, files)
    wheels: set[str] = set()
    sdist = False
    for python in table("python_releases")["release"]:
        release = _newest(releases, asked, python)
        for file in releases.get(release, ()) if release else ():
            sdist = sdist or not file.name.endswith(".whl")
        for arch in ("x86_64", "aarch64"):
            fitting = [f.name for f in releases.get(release or "", ()) if wheel_fits(f.name, python, arch)]
            wheels |= {min(fitting)} if fitting else set()  # one is enough to know that nothing is compiled
    return Resolved(tuple(sorted(wheels)[:MOST]), sdist)


def _releases(name: str, files: Iterable[File]) -> dict[str, list[File]]:
    """Version -> its wheels and sdists. What has no proper name belongs to none."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        canonicalize_name,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import InvalidVersion

    found: dict[str, list[File]] = {}
    for file in files:
        try:
            if file.name.endswith(".whl"):
                distribution, version = parse_wheel_filename(file.name)[:2]
            else:
                distribution, version = parse_sdist_filename(file.name)
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion, ValueError):
            continue
        if canonicalize_name(distribution) == name:
            found.setdefault(str(version), []).append(file)
    return found


def _newest(releases: Mapping[str, list[File]], asked: str, python: str) -> str | None:
    """The newest release that the specifier allows and that has a file for this Python; a final one if there is any."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import Version

    try:
        allowed = SpecifierSet(asked)
    except InvalidSpecifier:
        return None
    fitting = [v for v, files in releases.items() if any(for_python(file, python) for file in files)]
    for prereleases in (False, True):
        versions = list(allowed.filter(fitting, prereleases=prereleases))
        if versions:
            return max(versions, key=Version)
    return None


def for_python(file: File, python: str) -> bool:
    """Whether the file says that it is for some patch release of this Python. Nonsense says nothing."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(file.requires_python)
    except InvalidSpecifier:
        return True
    return any(wanted.contains(f"{python}.{patch}") for patch in (0, 1, 5, 20, 40))


def apply(facts: Facts, known: Mapping[str, Resolved]) -> Facts:
    """The facts with what the index said. `known`: by requirement; one that is not in it is told, and left as it is."""
    if not known:
        return facts
    dependencies = []
    warnings = []
    new: list[Dependency] = []
    wanted = {id(d) for d in open_requirements(facts)}
    for d in facts.dependencies:
        said = known.get(requirement(d)) if id(d) in wanted else None
        if said is not None and (said.wheels or said.sdist):
            d = replace(d, wheels=said.wheels, has_sdist=said.sdist, asked=True)
        elif said is not None:
            told = f"the package index has nothing that Linux can install for {requirement(d)}"
            warnings.append(Warning(told, d.evidence))
        elif id(d) in wanted:
            new.append(d)
        dependencies.append(d)
    if new:
        told = f"{', '.join(requirement(d) for d in new[:5])}{' ...' if len(new) > 5 else ''}"
        warnings.append(Warning(f"The index was not asked about {told} yet: --resolve does.", new[0].evidence))
    return replace(facts, dependencies=tuple(dependencies), warnings=(*facts.warnings, *warnings))


def resolve(facts: Facts, known: Mapping[str, Resolved]) -> dict[str, Resolved]:
    """Asks the index about every open requirement that is not known yet. Raises NoIndex; {} where there is none."""
    from dockgen.index import ask, settings

    wanted = [d for d in open_requirements(facts) if requirement(d) not in known]
    if not wanted:
        return {}
    files = ask((d.name for d in wanted), settings())
    return {requirement(d): choose(d, files[d.name]) for d in wanted}


def read(table: object) -> dict[str, Resolved]:
    """[index] of .dockgen.toml. What is not of its form is passed over: the file is as untrusted as the project."""
    found: dict[str, Resolved] = {}
    for name, row in table.items() if isinstance(table, dict) else ():
        if isinstance(row, dict) and isinstance(row.get("wheels", []), list):
            wheels = [w for w in row.get("wheels", []) if isinstance(w, str) and WHEEL.fullmatch(w)]
            found[str(name)] = Resolved(tuple(sorted(wheels)[:MOST]), row.get("sdist") is True)
    return found


def write(known: Mapping[str, Resolved]) -> str:
    """[index] of .dockgen.toml, "" for nothing."""
    import json

    if not known:
        return ""
    lines = ["", "[index]", "# What the package index had when --resolve asked it."]
    for name in sorted(known):
        row = known[name]
        wheels = ", ".join(json.dumps(wheel) for wheel in row.wheels)
        quoted = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
        lines.append(f"{quoted} = {{ wheels = [{wheels}], sdist = {str(row.sdist).lower()} }}")
    return "\n".join(lines) + "\n"
