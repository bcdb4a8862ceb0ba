"""PEP 723: scripts that carry their own dependencies."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from dockgen.detect.managers.common import Managed, ordered, parse_requirement, project_name, string_at, strings_at
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.source import PYTHON_LIMIT, Source

BLOCK = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
"""The reference expression of the specification (https://packaging.python.org/specifications/inline-script-metadata/)."""

FILES = 2000
"""How many files are looked into."""


def script_metadata(source: Source, path: str) -> tuple[dict[str, Any], int] | None:
    """The inline metadata of a script with the line where it starts, or None."""
    try:
        text = (source.text(path, PYTHON_LIMIT) or "").replace("\r\n", "\n")
    except DockgenError:
        return None
    if "# /// script" not in text:
        return None
    match = BLOCK.search(text)
    if match is None:
        return None
    content = "".join(
        line[2:] if line.startswith("# ") else line[1:] for line in match.group("content").splitlines(keepends=True)
    )
    import tomli

    try:
        data = tomli.loads(content)
    except (tomli.TOMLDecodeError, RecursionError):
        return None
    return data, text.count("\n", 0, match.start()) + 1


def scripts(source: Source) -> list[tuple[str, dict[str, Any], int]]:
    """(file, metadata, line) of every script with inline metadata, outside of tests and the like."""
    found = []
    looked = 0
    for path in source.files:
        parts = path.split("/")
        name = parts[-1]
        if not (name.endswith(".py") or "." not in name) or len(parts) > 4 or parts[0] in ("tests", "test", "docs"):
            continue
        looked += 1
        if looked > FILES:
            break
        if not name.endswith(".py") and not _shebang(source, path):
            continue
        metadata = script_metadata(source, path)
        if metadata is not None:
            found.append((path, *metadata))
    return found


def _shebang(source: Source, path: str) -> bool:
    try:
        with open(source.root / path, "rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and (b"python" in first or b"uv" in first)


def read_scripts(source: Source, found: list[tuple[str, dict[str, Any], int]]) -> Managed:
    """A folder of scripts. `manager.requirements` are all of them, which together need all dependencies."""
    dependencies: list[Dependency] = []
    warnings: list[Warning] = []
    python = None
    for path, data, line in found:
        python = python or string_at(data, "requires-python")
        text = (source.text(path) or "").split("\n")
        for item in strings_at(data, "dependencies"):
            number = next(
                (n for n, row in enumerate(text, 1) if n >= line and row.startswith("#") and item in row), line
            )
            where = (Evidence(path, number, "inline script metadata"),)
            dependency = parse_requirement(item, where)
            if dependency is None:
                warnings.append(Warning(f"{item[:80]!r} is not a requirement", where))
            else:
                dependencies.append(dependency)
    files = tuple(path for path, _, _ in found)
    lock = f"{files[0]}.lock" if len(files) == 1 and source.has(f"{files[0]}.lock") else None
    if lock:
        locked = source.text(lock) or ""
        dependencies = [_as_locked(locked, d) for d in dependencies]
    manager = Manager(
        name="script",
        lock_file=lock,
        files=(*files, *((lock,) if lock else ())),
        requirements=files,
        static_dependencies=False,
        requires_python=python,
        evidence=tuple(Evidence(path, line, "inline script metadata") for path, _, line in found),
    )
    return Managed(project_name(source, None, None), manager, ordered(dependencies), (), (), tuple(warnings))


def _as_locked(lock: str, dependency: Dependency) -> Dependency:
    """The dependency at the version that the text of uv's lock of the script has."""
    name = re.escape(dependency.name)
    found = re.search(rf'(?m)^name = "{name}"\nversion = "([^"\n]+)"', lock)
    return replace(dependency, version=found[1]) if found and dependency.source == "index" else dependency
