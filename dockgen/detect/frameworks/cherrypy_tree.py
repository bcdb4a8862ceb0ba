"""CherryPy's routes: a tree of objects whose exposed methods answer (docs.cherrypy.dev, "Tutorials")."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dockgen.detect.login import needs_login
from dockgen.detect.names import Module, argument, in_production
from dockgen.detect.routes import Route
from dockgen.detect.values import Function, Values

MOUNTS = ("cherrypy.quickstart", "cherrypy.tree.mount")
DEPTH = 4
"""How deep the tree is followed."""


def tree_routes(values: Values) -> list[Route]:
    """The routes of the objects that are mounted at /, and of those that are put on them by assignment."""
    found: list[Route] = []
    parts: list[tuple[Module, str, ast.expr]] = []
    mounted = False
    for module in values.view.modules:
        if not in_production(module.path) or "cherrypy" not in {o.split(".")[0] for o in module.imports.values()}:
            continue
        for node in module.nodes:
            if isinstance(node, ast.Call) and module.resolve(node.func) in MOUNTS and node.args:
                below = argument(node, 1, "script_name")
                if below is None or values.text(module, below) in ("", "/"):
                    mounted = True
                    found += _exposed(values, module, node.args[0], "/", DEPTH)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        parts.append((module, target.attr, node.value))
    for module, name, value in parts if mounted else ():
        found += _exposed(values, module, value, f"/{name}/", DEPTH)
    return found


def _exposed(values: Values, module: Module, node: ast.expr, base: str, depth: int) -> Iterator[Route]:
    origin = values.origin(module, node)
    made = values.defined(*origin) if origin is not None else None
    if made is None or not isinstance(made[1], ast.ClassDef) or depth <= 0:
        return
    inside, owner = made
    marked = {
        target.value.id
        for s in owner.body
        if isinstance(s, ast.Assign)
        for target in s.targets
        if isinstance(target, ast.Attribute) and target.attr == "exposed" and isinstance(target.value, ast.Name)
    }
    whole = any(_is_expose(inside, d) for d in owner.decorator_list)
    for s in owner.body:
        if isinstance(s, Function):
            shown = s.name in marked or any(_is_expose(inside, d) for d in s.decorator_list)
            if not needs_login(s, None) and (shown or (whole and s.name == "GET")):
                path = base if s.name in ("index", "GET") else base + s.name
                yield Route(path, inside, s.lineno, (inside, s))
        elif isinstance(s, ast.Assign) and isinstance(s.value, ast.Call):
            for target in s.targets:
                if isinstance(target, ast.Name):
                    yield from _exposed(values, inside, s.value, f"{base}{target.id}/", depth - 1)


def _is_expose(module: Module, node: ast.expr) -> bool:
    return module.resolve(node.func if isinstance(node, ast.Call) else node) == "cherrypy.expose"
