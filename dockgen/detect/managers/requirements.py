"""Requirement files in pip's format.

The format: https://pip.pypa.io/en/stable/reference/requirements-file-format/. Lines are joined at a
backslash, comments start at a # after white space, -r and -c name further files relative to the
one that names them.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field

from dockgen.detect.managers.common import NAME, clean_url, normal, parse_requirement, url_source
from dockgen.detect.managers.leftovers import directly, leftover
from dockgen.facts import Dependency, Evidence, Leftover, Warning
from dockgen.source import Source

FILE_LIMIT = 200
"""Requirement files followed by -r and -c; more is no project but a trap."""

LINE_LIMIT = 100_000

WITH_VALUE = frozenset(
    [
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--no-binary",
        "--only-binary",
        "--trusted-host",
        "--use-feature",
        "--uploaded-prior-to",
        "--exclude-newer",
    ]
)

UV_READS = frozenset(
    ["-i", "--index-url", "-f", "--find-links", "--no-index", "--no-binary", "--only-binary", "--require-hashes"]
)
"""Options of requirement files that mean the same to uv. Of several indexes (--extra-index-url) uv takes the first
that has the package, pip the newest release of all: https://docs.astral.sh/uv/pip/compatibility/."""


@dataclass(slots=True)
class Requirements:
    """Requirement files read together. `files`: all of them, in reading order, constraints included."""

    files: list[str] = field(default_factory=list)
    dependencies: list[Dependency] = field(default_factory=list)
    constraints: dict[str, Dependency] = field(default_factory=dict)
    local: list[str] = field(default_factory=list)
    own_project: list[Evidence] = field(default_factory=list)  # `.` and `-e .`
    own_extras: list[str] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    hashed: bool = True  # every requirement has a hash
    pinned: bool = True  # every requirement has one exact version
    any_hash: bool = False
    binary_options: list[str] = field(default_factory=list)
    pip_only: bool = False  # an option that uv does not know, or that means something else to it
    leftovers: list[Leftover] = field(default_factory=list)

    def names(self) -> set[str]:
        return {d.name for d in self.dependencies}


def read_requirements(source: Source, files: tuple[str, ...], group: str = "") -> Requirements:
    """All that these files (and what they include) require. Lines that cannot be read are warnings."""
    result = Requirements()
    for file in files:
        _read(source, file, result, group, constraint=False)
    for index, dependency in enumerate(result.dependencies):
        constraint = result.constraints.get(dependency.name)
        if constraint is not None and dependency.source == "index" and not dependency.version and constraint.version:
            specifier = ",".join(s for s in (dependency.specifier, constraint.specifier) if s)
            result.dependencies[index] = Dependency(
                name=dependency.name,
                specifier=specifier,
                version=constraint.version,
                extras=dependency.extras,
                group=group,
                marker=dependency.marker,
                evidence=(*dependency.evidence, *constraint.evidence),
            )
    return result


def logical_lines(text: str) -> list[tuple[int, str]]:
    """(first line's number, text) of each joined line, comments and blank lines left out."""
    found: list[tuple[int, str]] = []
    start, parts = 0, ""
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text)[:LINE_LIMIT], 1):
        if not parts:
            start = number
        comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not comment:
            parts += raw[:-1] if not parts else " " + raw[:-1].strip()
            continue
        parts += (" " if parts else "") + ("" if comment and parts else raw)
        line = re.sub(r"(^|\s+)#.*$", "", parts).strip()
        if line:
            found.append((start, line))
        parts = ""
    line = re.sub(r"(^|\s+)#.*$", "", parts).strip()
    if line:
        found.append((start, line))
    return found


def _read(source: Source, file: str, result: Requirements, group: str, *, constraint: bool) -> None:
    if file in result.files or len(result.files) >= FILE_LIMIT:
        return
    text = source.text(file)
    if text is None:
        return
    result.files.append(file)
    folder = posixpath.dirname(file)
    unread: list[Evidence] = []
    physical = re.split(r"\r\n|\r|\n", text)[:LINE_LIMIT]
    for number, line in logical_lines(text):
        variables = re.findall(r"\$\{([A-Z0-9_]+)\}", line)
        if variables:
            result.warnings.append(
                Warning(
                    f"needs the variable {', '.join(sorted(set(variables)))} at build: it is mounted as a secret there",
                    (Evidence(file, number, "an environment variable in a requirement"),),
                )
            )
        option, value = _option(line)
        if option in ("-r", "--requirement", "-c", "--constraint"):
            path = source.inside(folder, value.strip("'\""))
            if path is None or not source.has(path):
                if "://" in value:
                    why = f"includes {clean_url(value)}, which dockgen does not fetch"
                elif path is None:
                    why = f"includes {value}, which lies outside of the project: the build cannot see it"
                else:
                    why = f"includes {path}, which is not there: the build will fail"
                result.warnings.append(Warning(why, (Evidence(file, number, "an included file"),)))
                continue
            _read(source, path, result, group, constraint=constraint or option in ("-c", "--constraint"))
        elif option in ("-e", "--editable"):
            if re.match(r"(file:///|/|~|[A-Za-z]:[\\/])", value) and not constraint:
                where = Evidence(file, number, "a folder of the author's machine")
                why = f"{value[:100]} is a folder of the author's machine"
                result.leftovers.append(directly(line, _name_in_url(value.replace("\\", "/")) or value, why, where))
                continue
            result.pip_only |= "://" in value or value.startswith("git@")  # uv installs folders alone editable
            _direct(source, file, number, value, result, group, constraint)
        elif option == "--require-hashes" or option in WITH_VALUE or (option and option.startswith("-")):
            if option in ("--no-binary", "--only-binary"):
                result.binary_options.append(f"{option} {value}")
            result.pip_only |= option not in UV_READS
            continue
        else:
            one_line = not physical[number - 1].rstrip().endswith("\\")
            _requirement(source, file, number, line, result, group, constraint, unread, one_line)
    if unread:
        more = f" and {len(unread) - 1} more lines" if len(unread) > 1 else ""
        result.pinned = result.hashed = False
        result.warnings.append(
            Warning(
                f"line {unread[0].line}{more} of {file} cannot be read as a requirement: pip will refuse it",
                tuple(unread[:20]),
            )
        )


def _option(line: str) -> tuple[str | None, str]:
    match = re.match(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+|$)(.*)$", line)
    if match:
        return match.group(1), match.group(2).strip()
    match = re.match(r"(-[rcefi])(\S.*)$", line)  # -rbase.txt
    return (match.group(1), match.group(2).strip()) if match else (None, "")


def _requirement(
    source: Source,
    file: str,
    number: int,
    line: str,
    result: Requirements,
    group: str,
    constraint: bool,
    unread: list[Evidence],
    one_line: bool = True,
) -> None:
    hashed = bool(re.search(r"\s--hash[=\s]", line))
    text = re.split(r"\s--(?:hash|global-option|install-option|config-settings?)\b", line, maxsplit=1)[0].strip()
    where = (Evidence(file, number, "a requirement"),)
    dependency = parse_requirement(re.sub(r"\$\{[A-Z0-9_]+\}", "x", text), where, group=group)
    if dependency is None:
        if _direct(source, file, number, text, result, group, constraint):
            result.hashed = False
        else:
            unread.append(Evidence(file, number, "not a requirement"))
        return
    if constraint:
        result.constraints.setdefault(dependency.name, dependency)
        return
    left = leftover(line, dependency, where[0]) if one_line and not hashed else None
    if left is not None:
        result.leftovers.append(left)
        if not left.replacement:
            return
        mapped = parse_requirement(left.replacement, where, group=group)
        if mapped is not None:
            result.dependencies.append(mapped)
            result.pinned &= bool(mapped.version)
            result.hashed = False
        return
    if dependency.source == "path":
        path = source.inside("", re.sub(r"^file:(//)?", "", dependency.location))
        if dependency.location.startswith("file:///") or path is None:
            result.warnings.append(
                Warning(
                    f"{dependency.name} points at a file of the author's machine ({dependency.location}): "
                    f"the build will fail; write {dependency.name}==VERSION",
                    where,
                )
            )
        elif path in source.folders:
            result.local.append(path)
    result.any_hash |= hashed
    result.hashed &= hashed or dependency.source == "git"
    result.pinned &= bool(dependency.version and "*" not in dependency.version) or _fixed(dependency)
    result.dependencies.append(dependency)


def _fixed(dependency: Dependency) -> bool:
    """A direct reference that names one commit or one file."""
    if dependency.source == "git":
        return bool(re.search(r"@[0-9a-f]{40}(#|$)", dependency.location))
    return dependency.source == "url"


def _direct(
    source: Source, file: str, number: int, text: str, result: Requirements, group: str, constraint: bool
) -> bool:
    """`-e X`, a URL or a path on its own; False when the text is none of these."""
    if constraint:
        return True
    try:
        text = (shlex.split(text, posix=True) or [""])[0] if text[:1] in "'\"" else text
    except ValueError:
        return False
    bare, _, marker = text.partition(" ;")
    bare = bare.strip()
    where = Evidence(file, number, "a requirement")
    if re.match(r"([a-z]+\+)?[a-z]+://|[a-z]+\+git@|git@", bare):
        kind, location = url_source(re.sub(r"\$\{[A-Z0-9_]+\}", "x", bare))
        name = _name_in_url(location)
        if name is None:
            return False
        dependency = Dependency(
            name=name, source=kind, location=location, group=group, marker=marker.strip(), evidence=(where,)
        )
        result.dependencies.append(dependency)
        result.hashed = False
        result.pinned &= _fixed(dependency)
        if kind == "path":
            result.warnings.append(
                Warning(f"{location} is a path of the author's machine: the build will fail", (where,))
            )
        return True
    named = parse_requirement(bare, (where,), group=group)  # -e "name @ git+https://..."
    if named is not None and named.source != "index":
        result.dependencies.append(named)
        result.pinned &= _fixed(named)
        return True
    match = re.fullmatch(r"(?:file:)?([^\[\]]+?)(\[[^\]]*\])?", bare)
    if match is None:
        return False
    # pip reads paths of requirement files relative to the working directory, i.e. the root
    path = source.inside("", match.group(1))
    extras = [e.strip() for e in (match.group(2) or "").strip("[]").split(",") if e.strip()]
    looks = bare.startswith((".", "/", "~")) or "/" in bare or bare.endswith((".whl", ".tar.gz", ".zip"))
    if path is None:
        if looks:
            result.warnings.append(
                Warning(f"{match.group(1)} lies outside of the project: the build cannot see it", (where,))
            )
        return looks
    if path == ".":
        result.own_project.append(where)
        result.own_extras += extras
        return True
    if path in source.folders and any(source.has(f"{path}/{f}") for f in ("pyproject.toml", "setup.py", "setup.cfg")):
        result.local.append(path)
        name = normal(posixpath.basename(path))
        result.dependencies.append(
            Dependency(name=name, source="path", location=path, group=group, extras=tuple(extras), evidence=(where,))
        )
        result.hashed = False
        return True
    if source.has(path) and path.endswith((".whl", ".tar.gz", ".zip")):
        result.files.append(path)
        name = re.split(r"-\d", posixpath.basename(path))[0]
        result.dependencies.append(
            Dependency(name=normal(name), source="path", location=path, group=group, evidence=(where,))
        )
        return True
    if looks:
        result.warnings.append(Warning(f"{path} is not there: the build will fail", (where,)))
    return looks


def _name_in_url(location: str) -> str | None:
    egg = re.search(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)", location)
    if egg:
        return normal(egg.group(1))
    path = re.sub(r"[#].*$", "", location).rstrip("/")
    last = re.split(r"[/:]", path)[-1].split("@")[0]
    last = re.sub(r"\.git$", "", last)
    if last.endswith((".whl", ".tar.gz", ".zip")):
        last = re.split(r"-\d", last)[0]
    return normal(last) if NAME.fullmatch(last) else None
