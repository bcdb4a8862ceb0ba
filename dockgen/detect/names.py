"""Names in a Python file: what an expression refers to, and which of its strings are constant.

Read from the syntax tree alone; imports of any scope count, because settings are often read in
functions that import what they need.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TypeVar

from dockgen.errors import DockgenError
from dockgen.knowledge import table
from dockgen.source import Source

NOT_PRODUCTION = frozenset(
    {"test", "tests", "testing", "examples", "example", "docs", "doc", "benchmarks", "benchmark", "fixtures", "samples",
     "notebooks", "cookbook", "evals", "testdata", "test-data", "tests-data", "test_data", "integration_tests", "e2e", "_vendor", "vendored", "third_party", "thirdparty"}
)  # fmt: skip
"""Folders whose code is not what the container runs, or not the project's own."""

DEVELOPMENT_FOLDERS = frozenset(
    {"scripts", "script", "tools", "ci", "dev", "devel", "devtools", "hack", "misc", "contrib"}
)
"""Folders of helpers: what they read is optional for the program itself."""

DEVELOPMENT_FILES = frozenset({"conftest.py", "noxfile.py", "setup.py", "versioneer.py", "tests.py"})
ROOT_FILES = frozenset({"fabfile.py", "dodo.py"})
"""Files of development tools at the root; below it they are modules like any other."""

INVOKE = re.compile(r"(?m)^\s*(from|import)\s+invoke\b")
"""pyinvoke.org: its tasks.py lies at the root. Any other tasks.py is where queues keep their tasks."""


def in_production(path: str) -> bool:
    """Whether the code at this path is part of what the container runs (no tests, docs, examples)."""
    folder, _, name = path.rpartition("/")
    if folder and not _folder_in_production(folder):
        return False
    if name in DEVELOPMENT_FILES or (not folder and name in ROOT_FILES):
        return False
    return not TESTS.fullmatch(name)


def is_read(path: str) -> bool:
    """in_production for a path of code_files, which has a setup.py only where that is a module of a package."""
    return in_production(path.removesuffix("setup.py") + "module.py" if path.endswith("/setup.py") else path)


@lru_cache(maxsize=20_000)
def _folder_in_production(folder: str) -> bool:
    return not any(
        part.lower() in NOT_PRODUCTION or (part.startswith((".", "tests_", "test_")) and part != "..")
        for part in folder.split("/")
    )


TESTS = re.compile(r"(test_.*|.*_tests?)\.py")


def is_helper(path: str) -> bool:
    """Whether the path lies in a folder of development helpers. Below another folder `tools` is what an agent or a
    server of MCP is given to work with, and part of the program."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    return any(part in DEVELOPMENT_FOLDERS and (not at or part != "tools") for at, part in enumerate(folders))


_STAGE = r"(dev|devel|develop|development|debug|local|local_example|test|tests|testing|ci)"


def is_development_settings(path: str) -> bool:
    """Whether the file holds the settings of development or tests: settings/local.py, settings_dev.py."""
    parts = PurePosixPath(path).parts
    stem = parts[-1].removesuffix(".py").lower()
    if re.fullmatch(rf"(settings|config|conf)_{_STAGE}|{_STAGE}_(settings|config|conf)", stem):
        return True
    return len(parts) > 1 and parts[-2].lower() in ("settings", "config", "conf") and bool(re.fullmatch(_STAGE, stem))


@lru_cache(maxsize=4)
def code_files(source: Source) -> tuple[str, ...]:
    """The Python files of the program itself."""
    copies = tuple(f"{folder}/" for folder in (*vendored(source), *skills(source)))
    return tuple(
        path
        for path in source.under("", ".py")
        if (in_production(path) or _is_setup_module(source, path))
        and not (path == "tasks.py" and _is_invoke(source))
        and not path.startswith(copies)
    )


BUILDS = re.compile(
    r"(?m)^\s*(from|import)\s+(setuptools|distutils|skbuild|numpy\.distutils|torch\.utils\.cpp_extension)\b"
)


def _is_setup_module(source: Source, path: str) -> bool:
    """Whether a setup.py is a module of a package, which sets up something of the program, and no build script."""
    folder, _, name = path.rpartition("/")
    if name != "setup.py" or not folder or not _folder_in_production(folder):
        return False
    if not source.has(f"{folder}/__init__.py"):
        return False
    try:
        text = source.text(path)
    except DockgenError:
        return False
    return text is not None and not BUILDS.search(text)


def skills(source: Source) -> tuple[str, ...]:
    """Folders with a SKILL.md (agentskills.io, "Specification"): what an agent may run at work, and no program of the
    project's own."""
    found = (path.rpartition("/")[0] for path in source.named("SKILL.md"))
    return tuple(sorted({folder for folder in found if folder}))


COPIES = frozenset(
    {"lib", "libs", "vendor", "vendors", "ext", "external", "externals", "deps", "packages", "site-packages"}
)
"""Folders in which projects keep copies of distributions, put on sys.path by the program."""

COPIED = 4
"""How many known distributions make such a folder one of copies, where they are a third of what it holds."""


@lru_cache(maxsize=4)
def vendored(source: Source) -> dict[str, frozenset[str]]:
    """Folder of copied distributions -> the import names in it."""
    held: dict[str, set[str]] = {}
    for path in source.under("", ".py"):
        parts = path.split("/")
        for depth in range(1, min(len(parts), 4)):
            if parts[depth - 1].lower() in COPIES:
                held.setdefault("/".join(parts[:depth]), set()).add(parts[depth].removesuffix(".py"))
                break
    found: dict[str, frozenset[str]] = {}
    for folder, names in held.items():
        knowledge = table("imports")
        known = names & {
            *knowledge["known"],
            *knowledge["same"],
            *(d.split(".")[0] for d in knowledge["distributions"]),
        }
        if len(known) >= COPIED and 3 * len(known) >= len(names) and not source.has(f"{folder}/__init__.py"):
            found[folder] = frozenset(names)
    return found


def _is_invoke(source: Source) -> bool:
    try:
        return bool(INVOKE.search(source.text("tasks.py") or ""))
    except DockgenError:
        return False


T = TypeVar("T", bound=ast.AST)


NO_CHILDREN = frozenset(
    {"ctx", "op", "ops", "lineno", "type_comment", "type_ignores", "kind", "id", "attr", "level", "module", "asname",
     "is_async", "simple", "conversion", "rest", "kwd_attrs", "str"}
)  # fmt: skip
"""Fields of syntax nodes that hold no nodes, or operators and contexts, of which the tree has one for all places."""


def _children() -> dict[type[ast.AST], tuple[str, ...]]:
    """The fields of each class of nodes that hold further nodes."""
    leaves = (ast.Constant, ast.Name, ast.alias, ast.Global, ast.Nonlocal, ast.Pass, ast.Break, ast.Continue)
    texts = {
        "name": (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
        "arg": (ast.arg, ast.keyword),
        "value": (ast.MatchSingleton,),
    }
    found: dict[type[ast.AST], tuple[str, ...]] = dict.fromkeys(leaves, ())
    for one in vars(ast).values():
        if isinstance(one, type) and issubclass(one, ast.AST) and one not in found:
            found[one] = tuple(n for n in one._fields if n not in NO_CHILDREN and one not in texts.get(n, ()))
    return found


CHILDREN = _children()


ENVIRONMENT = frozenset({"os.environ", "os.getenv", "os.environ.get", "os.environb"})


class Module:
    """A parsed file with its imports: `resolve` says what a name or attribute chain stands for."""

    def __init__(self, path: str, tree: ast.Module):
        self.path = path
        self.tree = tree
        self.imports: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.parents: dict[int, ast.AST] = {}
        self._spans: dict[int, tuple[int, int]] = {}  # of the statements at top level
        self._by_class: dict[type[ast.AST], list[int]] = {}
        self.nodes: tuple[ast.AST, ...] = self._walk()
        self._of: dict[tuple[type, ...], tuple[ast.AST, ...]] = {}
        self._names: dict[str, list[ast.AST]] | None = None
        self._calls: dict[str, list[ast.Call]] | None = None
        self._resolved: dict[int, str] = {}
        self._environment: bool | None = None
        self._places: dict[int, tuple[int, int]] = {}
        self.run: dict[str, tuple[ast.AST, ...]] = {}  # what modules.when_run found, by where it starts
        self.bindings: dict[str, ast.expr] | None = None  # what unset.py found: names with one value
        for node in self.of(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.imports[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                for alias in node.names:
                    joint = "" if base.endswith(".") or not base else "."
                    self.imports[alias.asname or alias.name] = f"{base}{joint}{alias.name}"
        for statement in tree.body:
            target = assigned(statement)
            if target is not None and isinstance(target[1], ast.Constant) and isinstance(target[1].value, str):
                self.constants[target[0]] = target[1].value

    def _walk(self) -> tuple[ast.AST, ...]:
        """Every node in source order, without recursion (generated code nests deeply), without operators and
        contexts; notes the parents, the classes and where the statements at top level end."""
        found: list[ast.AST] = [self.tree]
        parents, by_class = self.parents, self._by_class
        by_class[ast.Module] = [0]
        at = 1
        for statement in self.tree.body:
            parents[id(statement)] = self.tree
            start = at
            stack: list[ast.AST] = [statement]
            while stack:
                node = stack.pop()
                found.append(node)
                kind = node.__class__
                if kind in by_class:
                    by_class[kind].append(at)
                else:
                    by_class[kind] = [at]
                at += 1
                fields = CHILDREN[kind]
                if not fields:
                    continue
                children: list[ast.AST] = []
                for name in fields:
                    value = getattr(node, name, None)
                    if value.__class__ is list:
                        children += value
                    elif value is not None:
                        children.append(value)
                if None in children:  # keys of {**other}, defaults of keyword-only arguments
                    children = [child for child in children if child is not None]
                for child in children:
                    parents[id(child)] = node
                children.reverse()
                stack += children
            self._spans[id(statement)] = (start, at)
        return tuple(found)

    def of(self, *types: type[T]) -> tuple[T, ...]:
        """The nodes of these classes, in source order. Found once: most questions are about calls alone."""
        if types not in self._of:
            places = self._by_class.get(types[0], [])
            if len(types) > 1:
                places = sorted(at for kind in types for at in self._by_class.get(kind, ()))
            nodes = self.nodes
            self._of[types] = tuple([nodes[at] for at in places])
        return self._of[types]  # type: ignore[return-value]

    def calls(self, *names: str) -> tuple[ast.Call, ...]:
        """The calls of what ends in one of these names (`os.getenv`, `x.getenv` and, imported so, `getenv` all end in
        "getenv"), in source order."""
        if self._calls is None:
            found: dict[str, list[ast.Call]] = {}
            for node in self.of(ast.Call):
                func = node.func
                if isinstance(func, ast.Attribute):
                    found.setdefault(func.attr, []).append(node)
                elif isinstance(func, ast.Name):
                    found.setdefault(self.imports.get(func.id, func.id).rpartition(".")[2], []).append(node)
            self._calls = found
        if len(names) == 1:
            return tuple(self._calls.get(names[0], ()))
        several = [node for name in dict.fromkeys(names) for node in self._calls.get(name, ())]
        return tuple(sorted(several, key=lambda node: (node.lineno, node.col_offset, -(node.end_col_offset or 0))))

    def reads_environment(self) -> bool:
        """Whether the file names the environment at all: a question that saves others."""
        if self._environment is None:
            named = any(origin in ENVIRONMENT for origin in self.imports.values())
            self._environment = named or any(node.attr in ("environ", "getenv") for node in self.of(ast.Attribute))
        return self._environment

    def alias(self, name: str, dotted: str) -> None:
        """Lets a name stand for what it was assigned, as if it had been imported so."""
        if self.imports.get(name) != dotted:
            self.imports[name] = dotted
            self._resolved, self._calls, self._environment = {}, None, None

    def names_of(self, name: str) -> tuple[ast.AST, ...]:
        """Every place where this name stands by itself."""
        if self._names is None:
            found: dict[str, list[ast.AST]] = {}
            for node in self.of(ast.Name):
                found.setdefault(node.id, []).append(node)
            self._names = found
        return tuple(self._names.get(name, ()))

    def inside(self, node: ast.AST) -> tuple[ast.AST, ...]:
        """The node and all below it, in source order: a part of `nodes`."""
        if id(node) in self._spans:
            start, end = self._spans[id(node)]
            return self.nodes[start:end]
        if not self._places:
            sizes = dict.fromkeys(map(id, self.nodes), 1)
            for one in reversed(self.nodes):
                parent = self.parents.get(id(one))
                if parent is not None:
                    sizes[id(parent)] += sizes[id(one)]
            self._places = {id(one): (at, at + sizes[id(one)]) for at, one in enumerate(self.nodes)}
        start, end = self._places[id(node)]
        return self.nodes[start:end]

    def resolve(self, node: ast.AST | None) -> str:
        """The dotted name an expression stands for ("os.environ.get"), "" when it is none."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if not isinstance(node, ast.Attribute):
            return ""
        known = self._resolved.get(id(node))
        if known is None:
            parts: list[str] = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                parts.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name):
                parts.append(self.imports.get(inner.id, inner.id))
                known = ".".join(reversed(parts))
            else:
                known = ""
            self._resolved[id(node)] = known
        return known

    def string(self, node: ast.AST | None) -> str | None:
        """The constant string an expression is, by itself or by a constant of this module."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        return None

    def ancestors(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """(child, parent) pairs from the node to the module."""
        while (parent := self.parents.get(id(node))) is not None:
            yield node, parent
            node = parent


MODULES = 300
"""Up to how many modules a project is parsed whole. The most of those seen that one container runs have fewer."""

LIKELIEST = 200
"""How many modules of a larger project are parsed: a folder of 10,000 has an answer in 3 s."""

SCANNED = 20_000
"""How many files are looked through for the likeliest, the nearest to the root first."""

TELLING = (
    b"__main__", b"environ", b"getenv", b"FastAPI(", b"Flask(", b"Celery(", b"Starlette(", b"BaseSettings", b"DATABASES",
    b"DJANGO_SETTINGS_MODULE", b"_application(", b"uvicorn", b".run(", b"/health", b"create_engine", b"sqlite", b"subprocess",
)  # fmt: skip
"""What modules say that have something to tell: applications, settings, programs."""

TELLING_NAMES = frozenset(
    {"main", "app", "wsgi", "asgi", "settings", "config", "manage", "celery", "tasks", "urls", "routes", "server", "api",
     "__main__", "cli", "worker", "bot", "run", "application", "base", "production"}
)  # fmt: skip


def likeliest(source: Source, paths: Sequence[str]) -> tuple[str, ...]:
    """The modules of a very large project that are read: by what their text and name say, and how near they are."""
    ranked: list[tuple[int, int, str]] = []
    root = str(source.root)
    for path in sorted(paths, key=lambda p: (p.count("/"), p))[:SCANNED]:
        try:
            file = os.open(f"{root}/{path}", os.O_RDONLY)  # open() costs twice as much, 20,000 times
        except OSError:
            continue
        try:
            text = os.read(file, 64 * 1024)
        except OSError:
            continue
        finally:
            os.close(file)
        stem = path.rpartition("/")[2].removesuffix(".py")
        score = 4 * (stem in TELLING_NAMES) - path.count("/")
        if text:
            score += 3 * len([word for word in TELLING if word in text])
        ranked.append((-score, path.count("/"), path))
    return tuple(sorted(path for _, _, path in sorted(ranked)[:LIKELIEST]))


@lru_cache(maxsize=4)
def modules(source: Source) -> tuple[Module, ...]:
    """Every file of the program itself that can be parsed; of a very large project the LIKELIEST."""
    found = []
    paths = code_files(source)
    for path in paths if len(paths) <= MODULES else likeliest(source, paths):
        tree = source.tree(path)
        if tree is not None:
            found.append(Module(path, tree))
    return tuple(found)


def assigned(statement: ast.AST) -> tuple[str, ast.expr] | None:
    """(name, value) of a plain assignment to one name."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, statement.value
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        return statement.target.id, statement.value
    return None


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first of these keyword arguments."""
    for name in names:
        for given in call.keywords:
            if given.arg == name:
                return given.value
    return None


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by position or by keyword."""
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return keyword(call, *names)


def text_of(node: ast.AST | None) -> str | None:
    """A literal as the text an environment variable would have, None for no literal."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        inner = text_of(node.operand)
        return None if inner is None else f"-{inner}"
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)):
            return str(value)
    if isinstance(node, (ast.List, ast.Tuple)):
        parts = [text_of(element) for element in node.elts]
        if all(part is not None for part in parts):
            return ",".join(part for part in parts if part is not None)
    return None
