"""The import view of the tree: what each Python file is called when it is imported, and what a name
in it stands for, followed through imports, re-exports and star imports inside the project.

Nothing is imported: the view is built from the files that are there and their syntax trees.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from dockgen.detect.names import Module, in_production, modules
from dockgen.knowledge import table
from dockgen.source import Source

DEPTH = 12
"""How many imports a name is followed through; more is a cycle or generated code."""

OTHER_FILES = 400
"""How many test and example files are looked at where the project is nothing else."""

BLOCKS = (ast.If, ast.Try, ast.With)


@dataclass(frozen=True, slots=True)
class Name:
    """What an expression stands for: `dotted` at the top level of the project's file `path`
    ("" for the module itself), or, with `path` None, a dotted name from outside the project."""

    path: str | None
    dotted: str


def nothing(_: str) -> bool:
    return False


@lru_cache(maxsize=1)
def _elsewhere() -> frozenset[str]:
    """Names that an import more likely means a distribution or Python's own module by than a file beside it."""
    known = table("imports")
    named = {*known["known"], *known["same"], *(d.partition(".")[0] for d in known["distributions"])}
    return frozenset(named | sys.stdlib_module_names)


class View:
    """The project's modules, with the folders from which they are imported."""

    def __init__(self, source: Source):
        self.source = source
        self.modules: tuple[Module, ...] = modules(source)
        self._modules: dict[str, Module | None] = {m.path: m for m in self.modules}
        self._folders: dict[str, str] = {}
        self._defined: dict[str, frozenset[str]] = {}
        self._top: dict[str, bool] = {}
        self._stars: dict[str, tuple[str, ...]] = {}
        self._homes: dict[str, str] = {}
        self._looked_up: dict[tuple[int, Callable[[str], bool]], Name | None] = {}
        self._located: dict[tuple[str, str], tuple[Module, tuple[str, ...]] | None] = {}
        # Names that an import can begin with where it is of the project: any file's, any folder's that holds some.
        python = source.under("", ".py")
        self._tops = frozenset(part.removesuffix(".py") for path in python for part in path.split("/"))

    def module(self, path: str) -> Module | None:
        """The parsed file, also outside of production code."""
        if path not in self._modules:
            tree = self.source.tree(path)
            self._modules[path] = None if tree is None else Module(path, tree)
        return self._modules[path]

    def others(self, mentions: tuple[str, ...]) -> Iterator[Module]:
        """Tests, examples and docs that mention one of these words; for projects that hold nothing else."""
        left = OTHER_FILES
        for path in self.source.under("", ".py"):
            if in_production(path) or left <= 0 or path.rpartition("/")[2] in ("setup.py", "conftest.py"):
                continue
            left -= 1
            full = self.source.root / path
            try:
                text = full.read_bytes()[: 2**20].decode("utf-8", "replace")
            except OSError:
                continue
            if any(word in text for word in mentions):  # only to save time: the syntax tree decides
                module = self.module(path)
                if module is not None:
                    yield module

    def folder(self, path: str) -> str:
        """The folder that must be on sys.path for this file's imports ("" is the root).

        The folders above the outermost package (PEP 420 lets each of them be one too) are tried; the
        one from which the most of the imports of the folder's files are found counts. Where that says
        nothing: the folder of a manage.py, `src`, else the root.
        """
        home = self._home(path)
        if home not in self._folders:
            self._folders[home] = self._choose(home)
        return self._folders[home]

    def _home(self, path: str) -> str:
        folder = start = path.rpartition("/")[0]
        if start not in self._homes:
            while folder and self.source.has(f"{folder}/__init__.py") and not self._of_manage(folder):
                if self._is_top(folder):
                    break
                folder = folder.rpartition("/")[0]
            self._homes[start] = folder
        return self._homes[start]

    def _is_top(self, folder: str) -> bool:
        """Whether the files of a folder import what lies in it by bare names, as only a program that is started there
        can, though an __init__.py lies there: nothing names it as a package."""
        if folder not in self._top:
            self._top[folder] = self._looks_like_top(folder)
        return self._top[folder]

    def _looks_like_top(self, folder: str) -> bool:
        above, _, name = folder.rpartition("/")
        outside = {f"{above}/" if above else "", ""}
        bare = False
        for module in self.modules:
            inside = module.path.startswith(f"{folder}/")
            own = module.path.rpartition("/")[0] == folder
            for statement in module.of(ast.Import, ast.ImportFrom):
                if isinstance(statement, ast.Import):
                    tops = {a.name.partition(".")[0] for a in statement.names}
                elif isinstance(statement, ast.ImportFrom) and not statement.level:
                    tops = {(statement.module or "").partition(".")[0]}
                elif own:
                    return False
                else:
                    continue
                if name in tops:
                    return False
                for top in tops - {""} if inside else ():
                    there = any(self._holds(place, top) for place in outside)
                    bare |= self._holds(f"{folder}/", top) and not there and top not in _elsewhere()
        return bare

    def _holds(self, place: str, name: str) -> bool:
        """Whether a module or a package of this name lies there ("" or a path with its slash)."""
        return self.source.has(f"{place}{name}.py") or f"{place}{name}" in self.source.folders

    def _of_manage(self, folder: str) -> bool:
        """Whether a folder has a manage.py whose settings are seen from there: a package only by its __init__.py."""
        from dockgen.detect.django import beside_settings  # it builds on this module

        manage = f"{folder}/manage.py"
        return self.source.has(manage) and beside_settings(self.source, manage)

    def _choose(self, home: str) -> str:
        if not home:
            return ""
        candidates = [home]
        while candidates[-1]:
            candidates.append(candidates[-1].rpartition("/")[0])
        for candidate in candidates:
            if candidate and self.source.has(f"{candidate}/manage.py"):
                return candidate
        # A folder whose name is no identifier cannot be part of a dotted name.
        usable = [home]
        for candidate in candidates[1:]:
            inner = home[len(candidate) :].strip("/").split("/")
            if all(part.isidentifier() for part in inner):
                usable.append(candidate)
        votes = dict.fromkeys(usable, 0)
        for module in self.modules:
            if not module.path.startswith(home + "/"):
                continue
            for origin in set(module.imports.values()):
                if origin.startswith("."):
                    continue
                for candidate in usable:
                    if self._file(candidate, origin, module.path):
                        votes[candidate] += 1
                        break
        preferred = next((c for c in usable if c == "src" or c.endswith("/src")), usable[-1])
        best = max(votes.values(), default=0)
        if not best or votes[preferred] == best:
            return preferred
        return next(c for c in usable if votes[c] == best)

    def _file(self, folder: str, dotted: str, but: str = "") -> str | None:
        """The project's file for the longest module prefix of this dotted name, seen from a folder."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            base = "/".join([*([folder] if folder else []), *parts[:length]])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if path != but and self.source.has(path):
                    return path
        return None

    def name(self, path: str, packaged: bool = False, packages: tuple[str, ...] = ()) -> tuple[str, str]:
        """(dotted module, folder that must be on sys.path) of a Python file; ("", "") where no import
        statement or server could name it. What an installed project provides needs no folder."""
        folder = self.folder(path)
        inner = path[len(folder) :].strip("/") if folder else path
        above, _, last = inner.rpartition("/")
        stem, dot, _ = last.rpartition(".")
        parts = [*(above.split("/") if above else []), stem if stem and dot else last]
        if parts and parts[-1] == "__init__":
            parts.pop()
        if not parts or any("." in part or not part.replace("-", "_").isidentifier() for part in parts):
            return "", ""
        if packaged and (parts[0] in packages or (not packages and folder == "src")):
            folder = ""
        return ".".join(parts), folder

    def absolute(self, module: Module, origin: str) -> str | None:
        """An import's dotted name without leading dots (PEP 328), None above the top.

        Relative names become paths from the root, written with "/" for the folders above the file.
        """
        if not origin.startswith("."):
            return origin
        level = len(origin) - len(origin.lstrip("."))
        folder = module.path.split("/")[:-1]
        if level - 1 > len(folder):
            return None
        return "/".join([*folder[: len(folder) - (level - 1)], ""]) + origin.lstrip(".")

    def locate(self, module: Module, origin: str) -> tuple[Module, tuple[str, ...]] | None:
        """The project's module that an imported dotted name lies in, and what is left of the name."""
        if not origin.startswith(".") and origin.partition(".")[0] not in self._tops:
            return None
        key = (module.path, origin)
        if key not in self._located:
            self._located[key] = self._locate(module, origin)
        return self._located[key]

    def _locate(self, module: Module, origin: str) -> tuple[Module, tuple[str, ...]] | None:
        target = self.absolute(module, origin)
        if target is None:
            return None
        if target != origin:  # relative: exactly one place
            folder, _, rest = target.rpartition("/")
            if not rest:
                return self._found(f"{folder}/__init__.py", ())
            return self._in(folder, rest, module.path, relative=True)
        beside = [f for shared in self.source.shared for f in (f"{shared}/src", shared)]
        for folder in dict.fromkeys((self.folder(module.path), self._home(module.path), "", "src", *beside)):
            found = self._in(folder, origin, module.path)
            if found:
                return found
        return None

    def _in(self, folder: str, dotted: str, but: str, relative: bool = False) -> tuple[Module, tuple[str, ...]] | None:
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            base = "/".join([*([folder] if folder else []), *parts[:length]])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if path != but and self.source.has(path):
                    return self._found(path, tuple(parts[length:]))
        if relative and self.source.has(f"{folder}/__init__.py" if folder else "__init__.py"):
            return self._found(f"{folder}/__init__.py" if folder else "__init__.py", tuple(parts))
        return None

    def _found(self, path: str, rest: tuple[str, ...]) -> tuple[Module, tuple[str, ...]] | None:
        module = self.module(path)
        return None if module is None else (module, rest)

    def stars(self, module: Module) -> tuple[str, ...]:
        """Modules of which everything is imported, the last first: the later import wins."""
        if module.path not in self._stars:
            self._stars[module.path] = tuple(
                "." * node.level + (node.module or "")
                for node in reversed(list(statements(module.tree.body)))
                if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
            )
        return self._stars[module.path]

    def defined(self, module: Module) -> frozenset[str]:
        """Names that the module itself makes at top level."""
        if module.path not in self._defined:
            found: set[str] = set()
            for statement in statements(module.tree.body):
                if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    found.add(statement.name)
                elif isinstance(statement, ast.Assign):
                    found |= {n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
                elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found.add(statement.target.id)
                elif isinstance(statement, ast.With):
                    found |= {i.optional_vars.id for i in statement.items if isinstance(i.optional_vars, ast.Name)}
            self._defined[module.path] = frozenset(found)
        return self._defined[module.path]

    def lookup(self, module: Module, node: ast.AST, known: Callable[[str], bool] = nothing) -> Name | None:
        """What a name or attribute chain stands for. `known` tells which outside names are of interest:
        among several star imports from outside the one that gives such a name counts."""
        chain: list[str] = []
        top = node
        while isinstance(node, ast.Attribute):
            chain.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if id(top) not in module.parents:  # made up for the question: another may get its id
            return self._name(module, node.id, tuple(reversed(chain)), known, DEPTH)
        key = (id(top), known)
        if key not in self._looked_up:
            self._looked_up[key] = self._name(module, node.id, tuple(reversed(chain)), known, DEPTH)
        return self._looked_up[key]

    def find(self, module: Module, dotted: str) -> Name | None:
        """What a dotted name in a string ("pkg.main.app") stands for, as this module would import it."""
        return self._follow(module, dotted, nothing, DEPTH)

    def _name(
        self, module: Module, root: str, rest: tuple[str, ...], known: Callable[[str], bool], depth: int
    ) -> Name | None:
        if depth <= 0:
            return None
        if root in module.imports and root != "*":
            return self._follow(module, ".".join([module.imports[root], *rest]), known, depth - 1)
        if root in self.defined(module):
            return Name(module.path, ".".join([root, *rest]))
        outside: list[Name] = []
        for star in self.stars(module):
            found = self.locate(module, star)
            if found is None:
                if not star.startswith("."):
                    outside.append(Name(None, ".".join([star, root, *rest])))
            elif not found[1] and found[0] is not module:
                inner = self._name(found[0], root, rest, known, depth - 1)
                if inner is not None and (inner.path is not None or known(inner.dotted)):
                    return inner
        return next((name for name in outside if known(name.dotted)), outside[0] if outside else None)

    def _follow(self, module: Module, origin: str, known: Callable[[str], bool], depth: int) -> Name | None:
        if depth <= 0:
            return None
        found = self.locate(module, origin)
        if found is None:
            return None if origin.startswith(".") else Name(None, origin)
        inside, rest = found
        if not rest:
            return Name(inside.path, "")
        if rest[0] in self.defined(inside):
            return Name(inside.path, ".".join(rest))
        return self._name(inside, rest[0], rest[1:], known, depth - 1)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module's top level, with those in `if`, `try` and `with`, but not in its `__main__` guard."""
    for statement in body:
        yield statement
        if isinstance(statement, BLOCKS) and not is_guard(statement):
            yield from statements(statement.body)
            for handler in getattr(statement, "handlers", ()):
                yield from statements(handler.body)
            yield from statements(getattr(statement, "orelse", []))
            yield from statements(getattr(statement, "finalbody", []))


def is_guard(statement: ast.AST) -> bool:
    """`if __name__ == "__main__":`, also turned round, with `in {...}` or `and ...`."""
    if not isinstance(statement, ast.If):
        return False
    tests = statement.test.values if isinstance(statement.test, ast.BoolOp) else [statement.test]
    for test in tests:
        if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], (ast.Eq, ast.In)):
            continue
        sides = [test.left, *test.comparators]
        if any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
            isinstance(part, ast.Constant) and part.value == "__main__" for side in sides for part in ast.walk(side)
        ):
            return True
    return False


def when_run(module: Module, start: str = "") -> tuple[ast.AST, ...]:
    """Every node that runs when the file is run as a program: top level, the guard, and the functions
    (and methods' classes) of this module that those call, directly or in turn. `start`: only what runs when
    this function is called."""
    if start in module.run:
        return module.run[start]
    functions: dict[str, ast.AST] = {}
    waiting: list[ast.AST] = []
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            functions[statement.name] = statement
        else:
            waiting.append(statement)
    if start:
        waiting = [functions.pop(start)] if start in functions else []
    found: list[ast.AST] = []
    while waiting:
        for part in module.inside(waiting.pop(0)):
            found.append(part)
            if isinstance(part, ast.Name) and part.id in functions:
                waiting.append(functions.pop(part.id))
    module.run[start] = tuple(found)
    return module.run[start]


@lru_cache(maxsize=4)
def view(source: Source) -> View:
    """The import view of a tree, made once."""
    return View(source)
