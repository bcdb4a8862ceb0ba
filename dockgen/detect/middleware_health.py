"""Health checks that a middleware answers before any route: `if request.path == "/livez": return HttpResponse("OK")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dockgen.detect.names import Module

ANSWER = re.compile(r"\w*Response|json|text|make_response")
"""Calls that make an answer of their own, where the rest of the application makes none."""


def answered_paths(modules: tuple[Module, ...]) -> Iterator[tuple[str, Module, int]]:
    """(path, module, line) of every literal path that a middleware in use answers by itself."""
    for module in modules:
        for node in module.of(ast.If):
            paths = _compared(node.test) if isinstance(node, ast.If) else []
            owner = next((p for _, p in module.ancestors(node) if isinstance(p, ast.ClassDef)), None)
            if paths and owner is not None and _answers(module, owner, node) and _in_use(modules, owner.name):
                yield from ((path, module, node.lineno) for path in paths)


def _compared(test: ast.expr) -> list[str]:
    """The literal paths that a condition compares the request's with."""
    if isinstance(test, ast.BoolOp):
        return [path for value in test.values for path in _compared(value)]
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.In)):
        return []
    left, right = test.left, test.comparators[0]
    if not isinstance(left, ast.Attribute) or left.attr not in ("path", "path_info"):
        return []
    items = right.elts if isinstance(right, (ast.List, ast.Tuple, ast.Set)) else [right]
    return [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str) and i.value[:1] == "/"]


def _answers(module: Module, owner: ast.ClassDef, node: ast.If) -> bool:
    """Whether the branch returns an answer: one made there, or by a method of the class that makes one."""
    methods = {n.name: n for n in owner.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for made in _returned(node.body):
        name = module.resolve(made.func).rpartition(".")[2]
        method = methods.get(name) if module.resolve(made.func).startswith("self.") else None
        inner = _returned(method.body) if method is not None else [made]
        if any(ANSWER.fullmatch(module.resolve(call.func).rpartition(".")[2]) for call in inner):
            return True
    return False


def _returned(body: list[ast.stmt]) -> list[ast.Call]:
    values = [n.value for s in body for n in ast.walk(s) if isinstance(n, ast.Return)]
    values = [v.value if isinstance(v, ast.Await) else v for v in values]
    return [v for v in values if isinstance(v, ast.Call)]


def _in_use(modules: tuple[Module, ...], name: str) -> bool:
    """Whether something puts the class in front: Django's MIDDLEWARE by its dotted name, or add_middleware(name)."""
    for module in modules:
        for node in module.of(ast.Constant):
            if isinstance(node.value, str) and node.value.endswith(f".{name}"):
                return True
        for call in module.calls("add_middleware", "Middleware"):
            if call.args and module.resolve(call.args[0]).rpartition(".")[2] == name:
                return True
    return False
