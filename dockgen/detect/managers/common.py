"""What all readers of manifests share: the result record, names, markers, URLs and lines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dockgen.errors import BrokenManifest
from dockgen.facts import Ambiguity, ConsoleScript, Dependency, Evidence, Fact, Manager, Warning
from dockgen.source import Source


@dataclass(frozen=True, slots=True)
class Managed:
    """What the manifests and lock files say: the project's name, manager, dependencies and console scripts.

    `system`: Debian packages that stand for what a conda environment lists beside Python packages."""

    name: Fact[str]
    manager: Manager
    dependencies: tuple[Dependency, ...] = ()
    scripts: tuple[ConsoleScript, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[Warning, ...] = ()
    system: tuple[Fact[str], ...] = ()


NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""A distribution name, PEP 508."""

MINORS = tuple(f"3.{minor}" for minor in range(6, 16))
"""Python versions that a marker or a range is asked about."""

DEVELOPMENT_WORDS = frozenset(
    [
        "dev",
        "devel",
        "develop",
        "development",
        "developer",
        "local",
        "test",
        "tests",
        "testing",
        "unittest",
        "pytest",
        "e2e",
        "integration",
        "tox",
        "nox",
        "ci",
        "cd",
        "qa",
        "doc",
        "docs",
        "documentation",
        "sphinx",
        "mkdocs",
        "lint",
        "linter",
        "linters",
        "linting",
        "style",
        "format",
        "formatting",
        "formatter",
        "fmt",
        "typing",
        "types",
        "typecheck",
        "mypy",
        "stubs",
        "check",
        "checks",
        "quality",
        "coverage",
        "cov",
        "bench",
        "benchmark",
        "benchmarks",
        "perf",
        "profiling",
        "profile",
        "debug",
        "debugging",
        "notebook",
        "notebooks",
        "jupyter",
        "ipython",
        "example",
        "examples",
        "build",
        "packaging",
        "release",
        "publish",
        "precommit",
        "pre-commit",
        "security",
        "audit",
        "tools",
        "tooling",
        "ide",
        "editor",
    ]
)
"""Words in the name of a dependency group, extra or requirements file that runs on a developer's machine."""

PRODUCTION_WORDS = frozenset({"prod", "production", "deploy", "deployment", "live", "heroku"})
"""Words in the name of a group, extra or requirements file that says: this is what runs."""

NOT_ON_LINUX = {
    "pywin32": "Windows", "pypiwin32": "Windows", "pywinpty": "Windows", "windows-curses": "Windows",
    "twisted-iocpsupport": "Windows", "pywin32-on-windows": "Windows", "win-inet-pton": "Windows",
    "pyobjc": "macOS", "pyobjc-core": "macOS", "pyobjc-framework-cocoa": "macOS", "pyobjc-framework-quartz": "macOS",
}  # fmt: skip
"""Distributions that do not install on Linux: neither a wheel nor an sdist that builds there."""


def normal(name: str) -> str:
    """The normal form of a distribution name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).strip("-").lower()


def words(name: str) -> set[str]:
    """The words of a group's or file's name, lower case."""
    return set(re.split(r"[^a-z0-9]+", name.lower())) | {name.lower()}


def is_development(name: str) -> bool:
    """Whether a group, extra or file of this name is for developers only."""
    return bool(words(name) & DEVELOPMENT_WORDS) and not is_production(name)


def is_production(name: str) -> bool:
    """Whether the name says that this is for production."""
    return bool(words(name) & PRODUCTION_WORDS)


def project_name(source: Source, declared: str | None, evidence: Evidence | None) -> Fact[str]:
    """The project's name, in the characters that image and compose names allow."""
    text = re.sub(r"[^a-z0-9]+", "-", (declared or "").lower()).strip("-")
    if text and evidence is not None:
        return Fact(text[:60].strip("-"), (evidence,))
    folder = re.sub(r"[^a-z0-9]+", "-", source.root.name.lower()).strip("-")[:60].strip("-")
    return Fact(folder or "app", (Evidence(".", None, "the folder's name"),))


# ---- values out of untrusted tables -------------------------------------------------------------


def at(data: Any, *keys: str) -> Any:
    """data[k1][k2]... or None where a step is no table or has no such key."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def table_at(data: Any, *keys: str) -> dict[str, Any]:
    """The table at this path, {} where there is none. Keys that are not text are left out."""
    value = at(data, *keys)
    return {k: v for k, v in value.items() if isinstance(k, str)} if isinstance(value, Mapping) else {}


def list_at(data: Any, *keys: str) -> list[Any]:
    value = at(data, *keys)
    return list(value) if isinstance(value, list) else []


def strings_at(data: Any, *keys: str) -> list[str]:
    return [item for item in list_at(data, *keys) if isinstance(item, str)]


def string_at(data: Any, *keys: str) -> str | None:
    value = at(data, *keys)
    return value if isinstance(value, str) else None


def tables_at(data: Any, *keys: str) -> list[dict[str, Any]]:
    return [item for item in list_at(data, *keys) if isinstance(item, dict)]


# ---- lines --------------------------------------------------------------------------------------

_HEADER = re.compile(r"\s*\[\[?\s*([^\]\[=,]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(text))


@lru_cache(maxsize=16)
def _toml_index(text: str) -> tuple[dict[tuple[str, ...], int], list[str]]:
    index: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header:
            section = _parts(header.group(1))
            index.setdefault(section, number)
            continue
        key = _KEY.match(line)
        if key:
            index.setdefault(section + _parts(key.group(1)), number)
    return index, lines


def toml_line(source: Source, path: str, *keys: str, item: str | None = None) -> int | None:
    """The line of a key (or of a table's header) in a TOML file; with `item`, of this text in the key's array."""
    text = source.text(path)
    if text is None or len(text) > 2_000_000:
        return None
    index, lines = _toml_index(text)
    line = index.get(keys)
    if line is None:
        inside = [number for key, number in index.items() if key[: len(keys)] == keys]
        line = min(inside) if inside else (index.get(keys[:-1]) if len(keys) > 1 else None)
    if item is not None and line is not None:
        for number in range(line, min(line + 2000, len(lines)) + 1):
            if item in lines[number - 1]:
                return number
    return line


def package_lines(text: str) -> list[int]:
    """Lines of the [[package]] headers of a lock file, in order: one for each parsed package."""
    return [number for number, line in enumerate(text.split("\n"), 1) if line.rstrip() == "[[package]]"]


def numbered_packages(source: Source, path: str, lock: dict[str, Any]) -> list[tuple[dict[str, Any], int | None]]:
    """A lock's packages with their lines."""
    packages = tables_at(lock, "package")
    lines: list[int] = package_lines(source.text(path) or "")
    if len(lines) != len(list_at(lock, "package")) or len(packages) != len(lines):
        return [(package, None) for package in packages]
    return list(zip(packages, lines, strict=True))


# ---- versions, markers, requirements ------------------------------------------------------------


@lru_cache(maxsize=512)
def allowed_minors(specifier: str | None) -> tuple[str, ...]:
    """The minor versions of Python that a range allows in some patch release; all when it cannot be read."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        chosen = SpecifierSet(specifier or "")
    except (InvalidSpecifier, ValueError, RecursionError):
        return MINORS
    found = tuple(
        minor for minor in MINORS if any(chosen.contains(f"{minor}.{patch}") for patch in (0, 1, 2, 4, 9, 30, 99))
    )
    return found or MINORS


@lru_cache(maxsize=4096)
def on_linux(marker: str, minors: tuple[str, ...] = MINORS, extras: tuple[str, ...] = ("",)) -> bool:
    """Whether a marker can be true on Linux under one of these Python versions. True when it cannot be read."""
    return any(_evaluates(marker, minors, (("extra", extra),)) for extra in extras)


def evaluates(marker: str, minors: tuple[str, ...], extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> bool:
    """As `on_linux`, for a PEP 751 lock's markers, which ask for sets of extras and dependency groups."""
    return _evaluates(marker, minors, (("extras", frozenset(extras)), ("dependency_groups", frozenset(groups))))


@lru_cache(maxsize=4096)
def _evaluates(marker: str, minors: tuple[str, ...], more: tuple[tuple[str, str | frozenset[str]], ...]) -> bool:
    if not marker.strip():
        return True
    from packaging.markers import InvalidMarker, Marker

    try:
        parsed = Marker(marker[:4000])
    except (InvalidMarker, ValueError, RecursionError):
        return True
    context: Any = "metadata" if more[0][0] == "extra" else "lock_file"
    for minor in minors:
        for machine in ("x86_64", "aarch64"):
            environment: Any = {
                "os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
                "platform_machine": machine,
                "platform_release": "6.1", "platform_version": "", "implementation_name": "cpython",
                "platform_python_implementation": "CPython", "implementation_version": f"{minor}.9",
                "python_version": minor, "python_full_version": f"{minor}.9", **dict(more),
            }  # fmt: skip
            try:
                if parsed.evaluate(environment, context):
                    return True
            except Exception:
                return True
    return False


def exact(specifier: str) -> str | None:
    """The version that a specifier pins with == or ===, else None."""
    match = re.fullmatch(r"\s*={2,3}\s*([^\s,*]+)\s*", specifier)
    return match.group(1) if match else None


def clean_url(url: str) -> str:
    """A URL without user, password, token and query: what may be printed and stored."""
    url = url.strip()
    url = re.sub(r"(://)(?!git@)[^/\s]*@", r"\1", url)
    return re.sub(r"\?[^#]*", "", url)


def parse_requirement(
    text: str, evidence: tuple[Evidence, ...], *, group: str = "", direct: bool = True
) -> Dependency | None:
    """A PEP 508 requirement as a Dependency, None when the text is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        return None
    source, location = "index", ""
    if requirement.url:
        source, location = url_source(requirement.url)
    specifier = str(requirement.specifier)
    return Dependency(
        name=normal(requirement.name),
        specifier=specifier,
        version=exact(specifier),
        extras=tuple(sorted(requirement.extras)),
        direct=direct,
        group=group,
        source=source,
        location=location,
        marker=str(requirement.marker) if requirement.marker else "",
        evidence=evidence,
    )


def url_source(url: str) -> tuple[str, str]:
    """(source, location) of a direct reference: git | path | url, without credentials."""
    clean = clean_url(url)
    if re.match(r"(git\+|git://|git@)", clean) or re.match(r"(hg|svn|bzr)\+", clean):
        return ("git" if clean.startswith("git") else "url"), clean
    if clean.startswith("file:") or "://" not in clean:
        return "path", clean
    return "url", clean


def windows_only(dependencies: Iterable[Dependency]) -> Iterator[Warning]:
    """A warning for each unconditional production requirement that cannot be installed on Linux."""
    for dependency in dependencies:
        system = NOT_ON_LINUX.get(dependency.name)
        if system and dependency.direct and not dependency.group and on_linux(dependency.marker):
            marker = "sys_platform == 'win32'" if system == "Windows" else "sys_platform == 'darwin'"
            yield Warning(
                f"{dependency.name} installs on {system} only: the build will fail; "
                f"remove it or add the marker `; {marker}`",
                dependency.evidence,
            )


def inside(folder: str, path: str) -> str | None:
    """`path`, read relative to `folder`, as a path below the project's root; None when it leaves the root."""
    path = path.replace("\\", "/")
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:/", path):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    return None if joined == ".." or joined.startswith("../") else joined


def read_lock(source: Source, path: str) -> dict[str, Any]:
    """A TOML lock file. Raises BrokenManifest for what is none."""
    data = source.toml(path)
    if not isinstance(data, dict):
        raise BrokenManifest("cannot be read as a lock file", file=path)
    if not isinstance(data.get("package", []), list):
        raise BrokenManifest("has a package entry that is no list", file=path, line=toml_line(source, path, "package"))
    return data


def file_names(entries: Iterable[Any]) -> tuple[tuple[str, ...], bool]:
    """(wheels, has_sdist) of a lock's file list: tables with `file`, `filename`, `url` or `path`."""
    wheels: set[str] = set()
    sdist = False
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        name = next(
            (entry[k] for k in ("file", "filename", "name", "url", "path") if isinstance(entry.get(k), str)), ""
        )
        name = name.split("#", 1)[0].split("?", 1)[0].rsplit("/", 1)[-1].replace("%2B", "+")
        if name.endswith(".whl"):
            wheels.add(name)
        elif name.endswith((".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")):
            sdist = True
    return tuple(sorted(wheels)), sdist


def ordered(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """By name, production first, without doubles."""
    seen: dict[tuple[str, str, str, str | None, str, str], Dependency] = {}
    for d in dependencies:
        key = (d.name, d.group, d.specifier, d.version, d.marker, d.location)
        if key not in seen or (d.direct and not seen[key].direct):
            seen[key] = d
    return tuple(
        sorted(
            seen.values(),
            key=lambda d: (d.group != "", d.name, d.group, d.version or "", d.specifier, d.marker, d.location),
        )
    )
