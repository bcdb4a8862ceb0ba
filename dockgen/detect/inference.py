"""What the names of the project's modules hold: applications, by who made them.

A small type inference over top-level names: which of them hold an application, made by a framework's
class, by a subclass of it, by a factory of the project, or wrapped in middleware.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dockgen.detect.modules import View, statements, view
from dockgen.detect.names import Module
from dockgen.knowledge import table
from dockgen.source import Source

DEPTH = 8
"""How many calls are followed from a name to what made it."""

SERVED = ("asgi", "wsgi", "script")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an expression holds. `type`: dotted name of what made it; `interface` "" for a helper
    such as Pyramid's Configurator that is no application itself."""

    type: str
    framework: str
    interface: str


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Dotted constructor -> what its call makes."""
    found: dict[str, Kind] = {}
    for name, row in table("frameworks")["applications"].items():
        framework = row.get("distribution", name)
        for dotted in (*row["constructors"], *row.get("pairs", ())):
            found[dotted] = Kind(dotted, framework, row["interface"])
            for method in row.get("chained", ()):
                found[f"{dotted}.{method}"] = found[dotted]
        for dotted in row.get("embedded", ()):
            found[dotted] = Kind(dotted, framework, "")
        for attribute, interface in row.get("attributes", {}).items():
            for dotted in row["constructors"]:
                found[f"{dotted}.{attribute}"] = Kind(f"{dotted}.{attribute}", framework, interface)
    return found


@lru_cache(maxsize=1)
def _short() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for dotted in kinds():
        parts = dotted.split(".")
        if len(parts) <= 3 or parts[-1][:1].isupper():
            found.setdefault((parts[0], parts[-1]), dotted)
    return found


def kind_of(dotted: str) -> Kind | None:
    """What calling this dotted name makes; a class also under the deeper name its framework defines it by."""
    exact = kinds().get(dotted)
    if exact is not None:
        return exact
    parts = dotted.split(".")
    if len(parts) < 2 or not parts[-1][:1].isupper():
        return None
    short = _short().get((parts[0], parts[-1]))
    return kinds()[short] if short else None


Definition = ast.FunctionDef | ast.AsyncFunctionDef


def is_known(dotted: str) -> bool:
    return kind_of(dotted) is not None or dotted in table("frameworks")["runners"]


class Inference:
    """Which names of the project's modules hold applications."""

    def __init__(self, imports: View):
        self.view = imports
        self._objects: dict[str, dict[str, tuple[Kind, int]]] = {}
        self._returns: dict[tuple[str, str], Kind | None] = {}
        self._busy: set[str] = set()
        self.runs: dict[tuple[str, str, int], tuple[Any, ...]] = {}  # what runs.runs_of found
        self.on_request: set[tuple[str, str]] = set()  # (file, function) that serves where an option asks for it alone

    def objects(self, module: Module) -> dict[str, tuple[Kind, int]]:
        """Top-level name -> (what it holds, line); helpers that are no application are among them."""
        if module.path in self._objects:
            return self._objects[module.path]
        if module.path in self._busy:
            return {}
        self._busy.add(module.path)
        found: dict[str, tuple[Kind, int]] = {}
        self.scan(module, statements(module.tree.body), found, DEPTH)
        self._busy.discard(module.path)
        self._objects[module.path] = found
        return found

    def scan(self, module: Module, body: Iterator[ast.stmt], found: dict[str, tuple[Kind, int]], depth: int) -> None:
        """Adds what these statements assign to `found`."""
        for statement in body:
            if isinstance(statement, (ast.With, ast.AsyncWith)):
                for item in statement.items:
                    if isinstance(item.optional_vars, ast.Name):
                        kind = self.value(module, item.context_expr, found, depth)
                        if kind:
                            found[item.optional_vars.id] = (kind, statement.lineno)
                continue
            targets: list[ast.expr] = []
            value: ast.expr | None = None
            if isinstance(statement, ast.Assign):
                targets, value = statement.targets, statement.value
            elif isinstance(statement, ast.AnnAssign):
                targets, value = [statement.target], statement.value
            if value is None:
                continue
            kind = self.value(module, value, found, depth)
            for target in targets:
                if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
                    if kind and self._pair(kind):
                        found[target.elts[0].id] = (kind, statement.lineno)
                elif isinstance(target, ast.Name):
                    if kind:
                        alias = isinstance(value, ast.Name) and value.id in found
                        line = found[value.id][1] if alias and isinstance(value, ast.Name) else statement.lineno
                        found[target.id] = (kind, line)
                    elif target.id in found and not self._rewrapped(target.id, value):
                        del found[target.id]

    @staticmethod
    def _pair(kind: Kind) -> bool:
        return any(kind.type in row.get("pairs", ()) for row in table("frameworks")["applications"].values())

    @staticmethod
    def _rewrapped(name: str, value: ast.expr) -> bool:
        """`app = Middleware(app)`: still an application."""
        return isinstance(value, ast.Call) and any(
            isinstance(part, ast.Name) and part.id == name
            for a in [*value.args, *(k.value for k in value.keywords)]
            for part in ast.walk(a)
        )

    def value(
        self, module: Module, node: ast.expr, local: dict[str, tuple[Kind, int]], depth: int = DEPTH
    ) -> Kind | None:
        """What an expression holds, None for what is no application."""
        if depth <= 0:
            return None
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.value(module, node.value, local, depth - 1)
        if isinstance(node, ast.IfExp):
            return self.value(module, node.body, local, depth - 1) or self.value(module, node.orelse, local, depth - 1)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            # Flask's documentation, "Background Tasks with Celery": the factory keeps it in app.extensions["celery"].
            kept = node.value.attr == "extensions" and module.string(node.slice) == "celery"
            return kind_of("celery.Celery") if kept else None
        if isinstance(node, ast.Name) and node.id in local:
            return local[node.id][0]
        if isinstance(node, ast.Attribute):
            base = self.value(module, node.value, local, depth - 1)
            if base is not None:
                return kinds().get(f"{base.type}.{node.attr}")
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = self.view.lookup(module, node, is_known)
            if name is None or name.path is None or "." in name.dotted:
                return None
            inside = self.view.module(name.path)
            if inside is None or (inside is module and local is self._objects.get(module.path)):
                return None
            held = self.objects(inside).get(name.dotted)
            return held[0] if held else None
        if isinstance(node, ast.Call):
            return self._call(module, node, local, depth)
        return None

    def _call(self, module: Module, node: ast.Call, local: dict[str, tuple[Kind, int]], depth: int) -> Kind | None:
        if isinstance(node.func, ast.Attribute):
            base = self.value(module, node.func.value, local, depth - 1)
            if base is not None:
                made = kinds().get(f"{base.type}.{node.func.attr}")
                return made if made is None or made.interface else None
        name = self.view.lookup(module, node.func, is_known)
        if name is None:
            return None
        if name.path is None:
            wrapper = table("frameworks")["wrappers"].get(name.dotted)
            if wrapper is not None:
                inner = self._argument(module, node, local, depth)
                if inner is not None:
                    return replace(inner, interface=wrapper or inner.interface)
            return kind_of(name.dotted)
        inside = self.view.module(name.path)
        if inside is None or "." in name.dotted:
            return None
        return self.made_by(inside, name.dotted, depth - 1)

    def _argument(self, module: Module, node: ast.Call, local: dict[str, tuple[Kind, int]], depth: int) -> Kind | None:
        for argument in [*node.args, *(k.value for k in node.keywords)]:
            kind = self.value(module, argument, local, depth - 1)
            if kind is not None and kind.interface in SERVED:
                return kind
        return None

    def made_by(self, module: Module, name: str, depth: int = DEPTH) -> Kind | None:
        """What calling this top-level function or class of the project makes."""
        key = (module.path, name)
        if key not in self._returns:
            if depth <= 0:
                return None
            self._returns[key] = None  # for functions that call themselves
            self._returns[key] = self._made_by(module, name, depth)
        return self._returns[key]

    def _made_by(self, module: Module, name: str, depth: int) -> Kind | None:
        for statement in statements(module.tree.body):
            if isinstance(statement, ast.ClassDef) and statement.name == name:
                for base in statement.bases:
                    origin = self.view.lookup(module, base, is_known)
                    if origin is None:
                        continue
                    inside = self.view.module(origin.path) if origin.path else None
                    kind = kind_of(origin.dotted) if origin.path is None else None
                    if inside is not None and "." not in origin.dotted:
                        kind = self.made_by(inside, origin.dotted, depth - 1)
                    if kind is not None:
                        return kind
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
                return self._returned(module, statement, depth)
        return None

    def _returned(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> Kind | None:
        """What the function makes and returns, directly or through a local variable."""
        if any(isinstance(d, ast.AST) and "fixture" in ast.dump(d) for d in function.decorator_list):
            return None
        local: dict[str, tuple[Kind, int]] = dict(self._objects.get(module.path, {}))
        own = list(own_statements(function.body))
        self.scan(module, iter(own), local, depth - 1)
        for statement in own:
            if isinstance(statement, ast.Return) and statement.value is not None:
                returned = statement.value
                if isinstance(returned, ast.Tuple) and returned.elts:
                    continue
                kind = self.value(module, returned, local, depth - 1)
                if kind is not None and kind.interface:
                    return kind
        return self._annotated(module, function, own)

    def _annotated(self, module: Module, function: Definition, own: list[ast.stmt]) -> Kind | None:
        """What the annotation says that a function without parameters makes: `def create_app() -> FastAPI:`.
        One that hands out what is there already (`current_app`, an attribute) makes nothing."""
        given = function.args
        if function.returns is None or given.args or given.posonlyargs or given.kwonlyargs or function.decorator_list:
            return None
        returned = [s.value for s in own if isinstance(s, ast.Return)]
        if not returned or not all(isinstance(value, (ast.Name, ast.Call)) for value in returned):
            return None
        name = self.view.lookup(module, function.returns, is_known)
        kind = kind_of(name.dotted) if name is not None and name.path is None else None
        return kind if kind is not None and kind.interface in ("asgi", "wsgi") else None


def own_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a function, not those of functions and classes within it."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from own_statements(getattr(statement, field, None) or [])
        for handler in getattr(statement, "handlers", ()):
            yield from own_statements(handler.body)


@lru_cache(maxsize=4)
def inference(source: Source) -> Inference:
    """The inference over a tree, made once."""
    return Inference(view(source))


def object_of(inferred: Inference, module: Module, node: ast.expr) -> tuple[str, str] | None:
    """(file, name) of the application object that an expression names."""
    name = inferred.view.lookup(module, node, is_known)
    if name is None or name.path is None or "." in name.dotted:
        return None
    inside = inferred.view.module(name.path)
    if inside is None:
        return None
    held = inferred.objects(inside).get(name.dotted)
    if held is not None and held[0].interface in SERVED:
        return name.path, name.dotted
    made = inferred.made_by(inside, name.dotted)
    return (name.path, name.dotted) if made is not None else None
