"""Writes dockgen/knowledge/removed.toml: the newest Python on which old releases of a pure distribution import.

A release is asked by its wheel: what its top-level packages import when they are imported, and whether a newer
Python's standard library still has that (dockgen/detect/removed.py). Between a release that has it and one that has
not, the boundary is looked for by halves. The index is the one that pip is set to.

    python tests/e2e/write_removed_table.py            # every name of the table
    python tests/e2e/write_removed_table.py NAME ...   # these names are added
"""

from __future__ import annotations

import ast
import datetime
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tomli
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dockgen.detect.names import Module
from dockgen.detect.removed import removed_names
from dockgen.facts import Dependency, PythonConstraint
from dockgen.index import ask, settings

TABLE = Path(__file__).resolve().parents[2] / "dockgen/knowledge/removed.toml"

HEAD = """\
# The newest Python that old releases of pure distributions import on: [below this version ("*": every one),
# newest Python, why]. Written by tests/e2e/write_removed_table.py from their wheels; not by hand.
asked = {day}

[newest_python_for]
"""

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")


def releases(name: str) -> list[Version]:
    """The final releases that have a pure wheel, the oldest first."""
    found = set()
    for file in ask([name], settings())[name]:
        try:
            _, version, _, tags = parse_wheel_filename(file.name)
        except InvalidWheelFilename:
            continue
        if not version.is_prerelease and any(tag.platform == "any" for tag in tags):
            found.add(version)
    return sorted(found)


@cache
def limit(name: str, version: Version) -> PythonConstraint | None:
    """What keeps this release from importing on the newest Python, None for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for python in ("3.10", "3.12", "3.8"):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", folder,
                       f"--python-version={python}", f"{name}=={version}"]  # fmt: skip
            if subprocess.run(command, capture_output=True).returncode == 0:
                break
        wheel = next(Path(folder).glob("*.whl"), None)
        if wheel is None:
            return None
        with zipfile.ZipFile(wheel) as archive:
            modules = [Module(path, tree) for path, tree in imported(archive)]
            found = removed_names(modules, tuple(required(archive)))
    return next((c for c in found if c.evidence.why.startswith(("imports", "uses"))), None)


def required(archive: zipfile.ZipFile) -> Iterator[Dependency]:
    metadata = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    for line in archive.read(metadata).decode(errors="replace").splitlines():
        if line.startswith("Requires-Dist:") and "extra ==" not in line:
            try:
                yield Dependency(canonicalize_name(Requirement(line.partition(":")[2].strip()).name))
            except InvalidRequirement:
                continue


def imported(archive: zipfile.ZipFile) -> Iterator[tuple[str, ast.Module]]:
    """The modules that the import of each top-level package or module comes to."""
    names = {n for n in archive.namelist() if n.endswith(".py") and ".dist-info/" not in n}
    waiting = [n for n in names if "/" not in n or (n.count("/") == 1 and n.endswith("/__init__.py"))]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        try:
            tree = ast.parse(archive.read(path))
        except (SyntaxError, ValueError):
            continue
        yield path, tree
        for dotted in wanted(path, tree):
            file = dotted.replace(".", "/")
            for candidate in (f"{file}.py", f"{file}/__init__.py"):
                if candidate in names and candidate not in seen:
                    seen.add(candidate)
                    waiting.append(candidate)


def wanted(path: str, tree: ast.Module) -> Iterator[str]:
    """The modules that a module's top level imports, and each package on the way."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in tree.body:
        if isinstance(node, ast.Import):
            dotted = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            dotted = [module, *(f"{module}.{a.name}" for a in node.names)]
        else:
            continue
        for name in dotted:
            parts = name.split(".")
            yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def rows(name: str) -> list[list[str]]:
    known = releases(name)
    found: list[list[str]] = []
    for python in PYTHONS:
        low, high = 0, len(known)  # the first release that imports on a newer Python than this
        while low < high:
            middle = (low + high) // 2
            one = limit(name, known[middle])
            if one is not None and int(one.specifier.partition(".")[2]) <= int(python.partition(".")[2]):
                low = middle + 1
            else:
                high = middle
        if low == 0 or (found and found[-1][0] in (str(known[low]) if low < len(known) else "*", "*")):
            continue
        one = limit(name, known[low - 1])
        if one is not None:
            why = one.evidence.why.replace("imports", "it imports").replace("uses", "it uses")
            found.append([str(known[low]) if low < len(known) else "*", one.specifier, why])
    return found


def main() -> int:
    table = tomli.loads(TABLE.read_text()) if TABLE.exists() else {}
    held: dict[str, list[list[str]]] = table.get("newest_python_for", {})
    for name in sys.argv[1:] or sorted(held):
        held[name] = rows(name)
        print(name, held[name], flush=True)
        write(held)
    return 0


def write(held: dict[str, list[list[str]]]) -> None:
    text = HEAD.format(day=datetime.datetime.now(datetime.UTC).date())
    for name in sorted(held):
        listed = ", ".join("[" + ", ".join(f'"{word}"' for word in row) + "]" for row in held[name])
        if held[name]:
            text += f"{name} = [{listed}]\n"
    TABLE.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
