"""Which Debian packages the build and the running image need, and because of what.

What a distribution needs is in knowledge/system_packages.toml. Whether it is compiled at all is read
from the lock file where that lists wheels (a fitting wheel is evidence against the table), and from
the table where nothing lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockgen.facts import Dependency, Evidence, Facts, Warning, place
from dockgen.knowledge import table
from dockgen.plans import SystemPackage

GUESS = ("gcc", "libc6-dev")
"""Build packages for a distribution that is compiled and that the table does not know."""

REASONS = 3
"""How many reasons for one package are told in full."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SystemChoice:
    """Debian packages, sorted by name: `build` for the stage that installs the dependencies,
    `runtime` for the last stage."""

    build: tuple[SystemPackage, ...] = ()
    runtime: tuple[SystemPackage, ...] = ()
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One package for one reason."""

    name: str
    why: str
    evidence: tuple[Evidence, ...] = ()


def choose_system_packages(
    facts: Facts, python: str, suite: str | None = None, glibc: int | None = None
) -> SystemChoice:
    """The Debian packages for this project on this Python ("3.13") and Debian suite (trixie, bookworm);
    by default the suite that the official python:*-slim image of this Python is made of. `glibc`: minor version of
    the image's, which says what wheels fit."""
    from dockgen.detect.wheels import GLIBC, without_wheel

    knowledge = table("system_packages")
    suite = suite or suite_of(python)
    production = production_on_linux(facts, python)
    missing = frozenset(without_wheel(production, python, glibc=glibc or GLIBC))
    installed = frozenset(d.name for d in production)
    build: list[_Wanted] = []
    runtime: list[_Wanted] = []
    warnings: list[Warning] = []
    for dependency in production:
        row = _row(knowledge, dependency.name)
        why = _compiled(dependency, row, dependency in missing, python, facts.manager.lock_file)
        if dependency.source == "git":
            build += _git(dependency)
        if why and row is not None and row.get("optional"):
            warnings.append(_slower(dependency, why))
            why = ""
        if why and row is None:
            build += [_Wanted(name, why, dependency.evidence) for name in GUESS]
            warnings.append(_guess(dependency, why))
        if row is None:
            continue
        named = _renamer(row.get("bookworm", {}) if suite == "bookworm" else {})
        if why:
            told = why + _doubt(row, suite, wheel_counts=False)
            build += [_Wanted(named(p), told, dependency.evidence) for p in _to_build(dependency, row)]
            if dependency.name == "uwsgi":
                for need in facts.uwsgi:
                    build.append(
                        _Wanted(named(need.value), f"{place(need.evidence)}: {need.evidence[0].why}", need.evidence)
                    )
            linked = f"needed by {_label(dependency)}, which is compiled" + _doubt(row, suite, wheel_counts=False)
            runtime += [_Wanted(named(p), linked, dependency.evidence) for p in row.get("runtime_built", ())]
        if installed.isdisjoint(row.get("replaced_by", ())) and _used(facts, row, dependency):
            doubt = _doubt(row, suite, wheel_counts=True)
            browsers = {use.browser for use in facts.browsers if use.library == dependency.name}
            runtime += [
                _Wanted(named(p), w + doubt, dependency.evidence) for p, w in _at_run_time(dependency, row, browsers)
            ]
            if len(browsers) == 1 and (told := row.get("warn_browser", {}).get(*browsers)):
                warnings.append(Warning(f"{told}.", dependency.evidence))
        warnings += _said(dependency, row, production, bool(why))
    build += _backend(facts, knowledge)
    renamed = _renamer(knowledge["program_names"].get(suite, {}))
    for package in _called(facts, knowledge):
        runtime.append(_Wanted(renamed(package.name), package.why, package.evidence))
    runtime += _django(facts, knowledge, suite)
    for listed in facts.packages:
        if OF_PYTHON.fullmatch(listed.value):
            continue
        for_building = listed.value.endswith("-dev") or listed.value in BUILDING
        where = f"{listed.evidence[0].file} lists {listed.value}"
        (build if for_building else runtime).append(_Wanted(listed.value, where, listed.evidence))
    warnings += _not_in_debian(facts, knowledge, installed)
    absent = frozenset(knowledge["absent"].get(suite, ()))
    warnings += _absent([*build, *runtime], absent, suite)
    return SystemChoice(
        _merged(build, absent),
        _merged(runtime, absent | frozenset(knowledge["slim"]["packages"])),
        tuple(dict.fromkeys(warnings)),
    )


BUILDING = frozenset({"build-essential", "gcc", "g++", "make", "cmake", "pkg-config", "gfortran", "swig"})
"""Packages that only compiling needs."""


OF_PYTHON = re.compile(
    r"python[\d.]*(-(dev|minimal|venv|pip|setuptools|wheel|distutils|full))?|lib-?python3[\d.]*(-dev)?"
)
"""Debian's own Python, its headers and its installers: the official image has Python with all of it, in another place."""


def suite_of(python: str) -> str:
    """The Debian suite of python:<version>-slim: the newest, or the last that an ended Python was built on."""
    suites: dict[str, str] = table("system_packages")["suites"]
    return suites.get(".".join(python.split(".")[:2]), "trixie")


def _row(knowledge: Mapping[str, Any], name: str) -> Row | None:
    """The table's row of a distribution. Tables of other kinds have no `wheel`."""
    row = knowledge.get(name)
    return row if isinstance(row, dict) and isinstance(row.get("wheel"), str) else None


def production_on_linux(facts: Facts, python: str) -> tuple[Dependency, ...]:
    """What is installed in production on Linux; where no lock file lists what the dependencies require
    in turn, with those of the requirements that the table knows of."""
    from dockgen.detect.managers.common import on_linux

    minor = ".".join(python.split(".")[:2])
    listed = [
        d
        for d in facts.dependencies
        if not d.group and d.source not in ("path", "workspace") and on_linux(d.marker, (minor,))
    ]
    if any(not d.direct for d in listed):
        return tuple(listed)
    knowledge = table("system_packages")
    names = {d.name for d in facts.dependencies if not d.group}
    queue = list(listed)
    for dependency in queue:  # grows while it is walked, and ends: every name is added once
        for name in _brings(dependency, _row(knowledge, dependency.name) or {}):
            if name not in names:
                names.add(name)
                brought = tuple(
                    Evidence(e.file, e.line, f"{dependency.name} requires {name}") for e in dependency.evidence
                )
                queue.append(Dependency(name, direct=False, evidence=brought))
    return tuple(queue)


def _brings(dependency: Dependency, row: Row) -> Iterator[str]:
    yield from row.get("brings", ())
    for version, names in row.get("brings_since", {}).items():
        if not below(dependency, version):
            yield from names
    asked = {_normal(extra) for extra in dependency.extras}
    for extra, names in row.get("extras", {}).items():
        if extra in asked:
            yield from names


def _compiled(dependency: Dependency, row: Row | None, missing: bool, python: str, lock: str | None) -> str:
    """Why this distribution is compiled in the build, "" where it is not."""
    from dockgen.detect.wheels import is_compiled

    label = _label(dependency)
    if row is not None and row["wheel"] == "pure":
        return ""
    if dependency.source == "git":
        return f"{label} is built from its git source" if row is not None else ""
    if dependency.source == "url":
        return f"{label} is built from its source" if row and not dependency.location.endswith(".whl") else ""
    if dependency.wheels is not None:
        if not missing:
            return ""
        if row is None and (_known_pure(dependency) or (dependency.wheels and not is_compiled(dependency))):
            return ""
        where = " on the index" if dependency.asked else f" in {lock}" if lock else ""
        return f"{label} has no wheel for Python {python}{where}: compiled"
    if row is not None and row["wheel"] == "none" and not _had_wheels(dependency, row, python):
        return f"{label} has no Linux wheel: compiled"
    first = table("wheels")["first"].get(dependency.name, {}).get(".".join(python.split(".")[:2]))
    if row is not None and first is not None and (not first or below(dependency, first)):
        return f"{label} has no wheel for Python {python}: compiled"
    return ""


def _had_wheels(dependency: Dependency, row: Row, python: str) -> bool:
    """Whether this is an old release, from the time when the distribution still had wheels, on an old Python."""
    minor = _minor(python)
    return any(
        below(dependency, version) and minor <= _minor(newest) for version, newest in row.get("wheel_below", {}).items()
    )


def _minor(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".")[:2])


def _doubt(row: Row, suite: str, *, wheel_counts: bool) -> str:
    """What is told of packages that were not proved by a build, "" for those that were on this suite. A proof with the
    wheel says nothing of compiling."""
    proved = row.get("proved", "").split()
    sure = suite in proved and (wheel_counts or "wheel" not in proved)
    return "" if sure else " (not proved by a build)"


def _used(facts: Facts, row: Row, dependency: Dependency) -> bool:
    """Whether the program does what the packages of this row are for: a browser is wanted where the code starts one,
    and some programs only where the project itself asks for the library that starts them."""
    if row.get("direct") and not dependency.direct:
        return False
    if facts.imports and row.get("imports") and not {*row["imports"]} & {*facts.imports}:
        return False  # a tool of the developers, or a windowing toolkit, in a list of all that the author has
    return not row.get("started") or any(use.library == dependency.name for use in facts.browsers)


def _known_pure(dependency: Dependency) -> bool:
    return dependency.name in table("system_packages")["sdists"]["pure"]


def _to_build(dependency: Dependency, row: Row) -> Iterator[str]:
    yield from row.get("build", ())
    for version, names in row.get("build_since", {}).items():
        if not below(dependency, version):
            yield from names


def _at_run_time(dependency: Dependency, row: Row, browsers: set[str]) -> Iterator[tuple[str, str]]:
    """Packages wanted whether compiled or not, each with its reason. `browsers`: those that the code starts by it."""
    label = _label(dependency)
    instead = row.get("by_browser", {}).get(*browsers) if len(browsers) == 1 else None
    if instead is not None:
        yield from ((name, f"{label} starts {_list(browsers)}") for name in instead)
        return
    programs = row.get("programs", ())
    why = f"{label} starts {_list(programs)}" if programs else f"needed by {label} at run time"
    for name in row.get("runtime", ()):
        yield name, why
    for version, names in row.get("runtime_before", {}).items():
        if below(dependency, version):
            for name in names:
                yield name, f"needed by {label}, being older than {version}"
    for version, names in row.get("runtime_since", {}).items():
        if not below(dependency, version):
            for name in names:
                yield name, why
    for extra in sorted({_normal(extra) for extra in dependency.extras}):
        for name in row.get("extras_runtime", {}).get(extra, ()):
            yield name, f"needed by {dependency.name}[{extra}] at run time"


def _said(dependency: Dependency, row: Row, production: Iterable[Dependency], compiled: bool) -> Iterator[Warning]:
    for key in ("warn", "warn_built") if compiled else ("warn",):
        if key in row:
            yield Warning(f"{row[key]}.", dependency.evidence)
    if compiled and "cargo" in row.get("build", ()):
        yield Warning(
            f"{_label(dependency)} is compiled with Debian's Rust, which may be older than it asks for; "
            "a release that has a wheel for this Python builds faster and surely.",
            dependency.evidence,
        )
    for other in production:
        if other.name in row.get("clashes", ()):
            yield Warning(
                f"{dependency.name} and {other.name} install the same files and overwrite each other: keep one"
                + (" (the headless one in a container)." if "headless" in other.name else "."),
                dependency.evidence + other.evidence,
            )


def _guess(dependency: Dependency, why: str) -> Warning:
    return Warning(
        f"{why.removesuffix(': compiled')}, and dockgen does not know what it takes to build it: "
        f"{_list(GUESS)} are a guess (not needed if it is pure Python).",
        dependency.evidence,
    )


def _slower(dependency: Dependency, why: str) -> Warning:
    without = why.removesuffix(": compiled")
    return Warning(
        f"{without}: it is installed without its compiled part, which it only needs to be faster.", dependency.evidence
    )


def _git(dependency: Dependency) -> Iterator[_Wanted]:
    yield _Wanted("git", f"{dependency.name} comes from a git repository", dependency.evidence)
    if re.match(r"(git\+)?ssh://|[\w.-]+@[\w.-]+:", dependency.location):
        yield _Wanted(
            "openssh-client",
            f"{dependency.name} comes from git over ssh",
            dependency.evidence,
        )


def _backend(facts: Facts, knowledge: Mapping[str, Any]) -> Iterator[_Wanted]:
    manager = facts.manager
    if manager.packaged and manager.build_backend:
        for name in knowledge["backends"].get(manager.build_backend, ()):
            yield _Wanted(
                name,
                f"the project is built with {manager.build_backend}",
                manager.evidence,
            )


def _called(facts: Facts, knowledge: Mapping[str, Any]) -> Iterator[_Wanted]:
    for call in facts.calls:
        for name in knowledge["programs"].get(call.value.rpartition("/")[2], ()):
            yield _Wanted(name, f"the code starts {call.value}", call.evidence)


def _not_in_debian(facts: Facts, knowledge: Mapping[str, Any], installed: frozenset[str]) -> Iterator[Warning]:
    for call in facts.calls:
        distributions = knowledge["elsewhere"].get(call.value.rpartition("/")[2])
        if distributions is not None and installed.isdisjoint(distributions):
            yield Warning(
                f"The code starts {call.value}, which no Debian package brings: add it to the image yourself.",
                call.evidence,
            )


def _django(facts: Facts, knowledge: Mapping[str, Any], suite: str) -> Iterator[_Wanted]:
    if facts.django is None:
        return
    # Listed as an application, GeoDjango loads its libraries whichever engine the address of the database says.
    listed = next((app for app in facts.django.apps if app.value == GEODJANGO), None)
    engine = facts.django.engine or ""
    if listed is not None and not engine.startswith(f"{GEODJANGO}."):
        engine = f"{GEODJANGO}."
    engines = knowledge["django_engines"]
    named = _renamer(engines.get(suite, {}))
    for prefix, names in engines.items():
        if isinstance(names, list) and engine.startswith(prefix):
            for name in names:
                yield _Wanted(
                    named(name),
                    f"{engine.rstrip('.')} loads GDAL, GEOS and PROJ",
                    listed.evidence if listed is not None else facts.django.evidence,
                )


GEODJANGO = "django.contrib.gis"


def _absent(wanted: Iterable[_Wanted], absent: frozenset[str], suite: str) -> Iterator[Warning]:
    for package in wanted:
        if package.name in absent:
            yield Warning(
                f"{package.why}, and Debian {suite} has no package {package.name}: it is left out. "
                "Name a base image that has it with --base, or replace it.",
                package.evidence,
            )


def _merged(wanted: Iterable[_Wanted], without: frozenset[str]) -> tuple[SystemPackage, ...]:
    """One package a name, with the reasons of all who want it, "; " between them."""
    reasons: dict[str, list[_Wanted]] = {}
    for package in wanted:
        if package.name not in without:
            reasons.setdefault(package.name, []).append(package)
    merged = []
    for name in sorted(reasons):
        whys = list(dict.fromkeys(package.why for package in reasons[name]))
        more = f"; and for {len(whys) - REASONS} more reasons like these" if len(whys) > REASONS else ""
        evidence = tuple(dict.fromkeys(e for package in reasons[name] for e in package.evidence))
        merged.append(SystemPackage(name, "; ".join(whys[:REASONS]) + more, evidence))
    return tuple(merged)


def below(dependency: Dependency, version: str) -> bool:
    """Whether the version that gets installed is below this one. The newest is assumed that the
    specifier allows, so that an upper bound counts and its absence means no."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    limit = Version(version)
    try:
        if dependency.version is not None:
            return Version(dependency.version) < limit
        bounds = SpecifierSet(dependency.specifier)
        for bound in bounds:
            value = Version(bound.version.removesuffix(".*"))
            if bound.operator in ("<", "<="):
                if value < limit or (bound.operator == "<" and value == limit):
                    return True
            elif bound.operator in ("==", "===", "~=") and value < limit:
                return True
    except (InvalidVersion, InvalidSpecifier):
        return False
    return False


def _label(dependency: Dependency) -> str:
    return f"{dependency.name} {dependency.version}" if dependency.version else dependency.name


def _renamer(names: Mapping[str, str]) -> Any:
    return lambda name: names.get(name, name)


def _list(words: Iterable[str]) -> str:
    words = list(words)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
