"""Variables that choose a service by a word: `if os.getenv("DB") == "postgres":`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dockgen.detect.names import Module, argument, text_of
from dockgen.detect.variables import service_of_scheme

READS = ("os.getenv", "os.environ.get")


def service_choices(modules: Iterable[Module]) -> dict[str, dict[str, str]]:
    """Variable -> service -> the word that chooses it, as the code compares it."""
    found: dict[str, dict[str, str]] = {}
    for module in modules:
        for node in module.of(ast.Compare):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.In)):
                name = _variable(module, node.left)
                for word in _words(node.comparators[0]) if name else ():
                    service = service_of_scheme(word)
                    if service:
                        found.setdefault(name, {}).setdefault(service, word)
    return found


def _variable(module: Module, node: ast.expr) -> str:
    """The variable that an expression reads, also through .lower() and a name of the same module."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "strip"):
        return _variable(module, node.func.value)
    if isinstance(node, ast.Call) and module.resolve(node.func) in READS:
        return text_of(argument(node, 0, "key")) or ""
    if isinstance(node, ast.Subscript) and module.resolve(node.value) == "os.environ":
        return text_of(node.slice) or ""
    if isinstance(node, ast.Name):
        for other in module.tree.body:
            if isinstance(other, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == node.id for t in other.targets
            ):
                return "" if isinstance(other.value, ast.Name) else _variable(module, other.value)
    return ""


def _words(node: ast.expr) -> Iterator[str]:
    for part in node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
