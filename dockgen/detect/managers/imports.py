"""No manifest at all: the distributions that the program's imports point at.

A guess, told as one. Where a name could as well be a file of the project that is not in the tree, nothing is
guessed: what an index has under such a name is somebody else's.
"""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockgen.detect.dockerfiles import LIMIT, find_dockerfile, logical_lines
from dockgen.detect.managers.common import NAME, normal, ordered, parse_requirement
from dockgen.detect.modules import view
from dockgen.detect.names import Module, vendored
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Evidence, Warning
from dockgen.knowledge import table
from dockgen.source import Source

OTHER_SYSTEMS = frozenset({"win32", "nt", "Windows", "darwin", "Darwin", "cygwin", "java"})
"""What sys.platform, os.name and platform.system() are where the image is not."""

ENDINGS = frozenset({"exit", "quit", "sys.exit", "os._exit"})

UNKNOWN = "dockgen does not know what brings it; name it in requirements.txt"

GENERATED = ("_pb2", "_pb2_grpc")
"""Ends of modules that a build writes (protoc)."""


def guess_dependencies(source: Source) -> tuple[tuple[Dependency, ...], tuple[Warning, ...]]:
    """What the production code imports and neither Python nor the project has, by distribution."""
    knowledge = table("imports")
    distributions: dict[str, str] = knowledge["distributions"]
    nowhere = {name: why for why, names in knowledge["left_out"].items() for name in names}
    same = frozenset(knowledge["same"]) | frozenset(knowledge["known"])
    standard = sys.stdlib_module_names | set(knowledge["standard"])
    own = _own_names(source)
    copied = frozenset(name for names in vendored(source).values() for name in names)
    found: dict[str, Evidence] = {}
    left_out: dict[str, dict[str, Evidence]] = {}
    for module in view(source).modules:
        for name, line in imported(module):
            top = name.split(".")[0]
            if top in standard or top in copied or view(source).locate(module, name) is not None:
                continue
            if top in own and top not in knowledge["known"]:
                continue
            where = Evidence(module.path, line, "imported here")
            row = next((p for p in _prefixes(name) if p in distributions or p in nowhere), top)
            if row in nowhere:
                left_out.setdefault(nowhere[row], {}).setdefault(row, where)
            elif row in distributions or top in same:
                found.setdefault(distributions.get(row, normal(top)), where)
            elif _plausible(top):
                left_out.setdefault(UNKNOWN, {}).setdefault(top, where)
    listed = installed_by_image(source)
    for name, dependency in listed.items():  # what the code needs besides, and what goes by the same import
        for other in _ALIKE.get(name, ()):
            found.pop(other, None)
        found.setdefault(name, dependency.evidence[0])
    dependencies = ordered(listed.get(name, Dependency(name, evidence=(where,))) for name, where in found.items())
    unknown = {name: where for name, where in left_out.get(UNKNOWN, {}).items() if normal(name) not in listed}
    left_out = {why: names for why, names in {**left_out, UNKNOWN: unknown}.items() if names}
    warnings = [
        Warning(f"{', '.join(sorted(names))}: imported, and not installed: {why}", tuple(names.values())[:4])
        for why, names in sorted(left_out.items())
    ]
    if dependencies:
        number = "1 distribution is" if len(found) == 1 else f"{len(found)} distributions are"
        names = ", ".join(d.name for d in dependencies[:5]) + (" ..." if len(found) > 5 else "")
        message = f"no file lists the dependencies: {number} guessed from the imports ({names})"
        warnings.insert(0, Warning(f"{message}; check the requirements.txt that init writes", dependencies[0].evidence))
    return dependencies, tuple(warnings)


_ALIKE = {
    "py-cord": ("discord-py",), "nextcord": ("discord-py",), "disnake": ("discord-py",),
    "opencv-python": ("opencv-python-headless",), "opencv-contrib-python": ("opencv-python-headless",),
    "psycopg2": ("psycopg2-binary",), "pycryptodomex": ("pycryptodome",),
}  # fmt: skip
"""Distributions in whose place a guess from the import takes another one."""

NO_PROGRAM = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pip-tools", "virtualenv"})
INSTALLS = re.compile(r"(?:^|&&|;|\|\|)\s*(?:python3?(?:\.\d+)?\s+-m\s+)?(?:uv\s+)?pip3?\s+install\s+([^&;|>]+)")
WITH_WORD = frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "-f", "-t",
                       "--extra-index-url", "--find-links", "--target", "--prefix", "--trusted-host", "--timeout"})  # fmt: skip
"""pip's options that take the next word."""


def installed_by_image(source: Source) -> dict[str, Dependency]:
    """What the project's own Dockerfile installs by name (`RUN pip install flask==3.1.0`), by distribution."""
    path = find_dockerfile(source)
    if path is None:
        return {}
    try:
        text = source.text(path, LIMIT) or ""
    except DockgenError:
        return {}
    found: dict[str, Dependency] = {}
    for number, line in logical_lines(text):
        run = re.match(r"\s*RUN\s+(.+)", line, re.IGNORECASE | re.DOTALL)
        for call in INSTALLS.finditer(run[1]) if run else ():
            where = (Evidence(path, number, "the project's own Dockerfile installs it"),)
            for word in _words(call[1]):
                dependency = parse_requirement(word, where) if "$" not in word else None
                if dependency is not None and dependency.source == "index" and dependency.name not in NO_PROGRAM:
                    found.setdefault(dependency.name, dependency)
    return found


def _words(text: str) -> Iterator[str]:
    """The requirements among the words behind `pip install`."""
    try:
        words = shlex.split(text)
    except ValueError:
        return
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in WITH_WORD
        elif "/" not in word and word != ".":
            yield word


def imported(module: Module) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of each absolute import that the module cannot do without."""
    for node in module.of(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        if not _optional(module, node):
            yield from ((name, node.lineno) for name in names)


def _optional(module: Module, node: ast.AST) -> bool:
    """Whether the program also runs without this import: it catches the error, asks for another system's
    module, or imports for type checkers alone."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Try):
            handlers = [h for h in parent.handlers if _catches(module, h.type)]
            if child not in parent.finalbody and any(not _ends(module, h) for h in handlers):
                return True
        elif isinstance(parent, ast.If) and child in parent.body:
            if module.resolve(parent.test).rpartition(".")[2] == "TYPE_CHECKING" or _elsewhere(parent.test):
                return True
        elif isinstance(parent, ast.With):
            calls = [item.context_expr for item in parent.items if isinstance(item.context_expr, ast.Call)]
            if any(
                module.resolve(c.func) == "contextlib.suppress" and any(_catches(module, a) for a in c.args)
                for c in calls
            ):
                return True
    return False


def _catches(module: Module, error: ast.expr | None) -> bool:
    errors = error.elts if isinstance(error, ast.Tuple) else [error]
    return any(module.resolve(e) in ("ImportError", "ModuleNotFoundError") for e in errors)


def _ends(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the program gives up in this handler: what it misses there, it needs."""
    return any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and module.resolve(node.func) in ENDINGS)
        for node in ast.walk(handler)
    )


def _elsewhere(test: ast.expr) -> bool:
    """`sys.platform == "win32"`, `os.name == "nt"`, `sys.platform.startswith("win")`."""
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.In)):
        values = {n.value for n in ast.walk(test) if isinstance(n, ast.Constant)}
        return bool(values) and values <= OTHER_SYSTEMS
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "startswith":
        return any(isinstance(a, ast.Constant) and a.value in ("win", "win32", "darwin") for a in test.args)
    return False


def _own_names(source: Source) -> frozenset[str]:
    """Names of the project's Python files and of the folders that hold some, wherever they lie: code that
    changes sys.path imports them from anywhere."""
    return frozenset(
        part.split(".")[0]
        for path in source.ending(".py", ".pyx", ".so", ".ipynb")
        for part in PurePosixPath(path).parts
    )


def _prefixes(name: str) -> Iterator[str]:
    """The dotted name and what it lies in, the longest first."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _plausible(top: str) -> bool:
    return len(top) > 1 and NAME.fullmatch(top) is not None and not top.endswith(GENERATED)
