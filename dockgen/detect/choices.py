"""Variables whose words the code names: `if os.getenv("DB") == "postgres":`, `if debug not in ["true", "false"]: raise`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockgen.detect.names import Module, argument, assigned, text_of
from dockgen.detect.variables import service_of_scheme
from dockgen.facts import EnvVar

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


def with_words(variables: Iterable[EnvVar], modules: Iterable[Module]) -> tuple[EnvVar, ...]:
    """The variables, with the words that the code takes and no others."""
    words: dict[str, tuple[str, ...]] = {}
    for module in modules:
        for node in module.of(ast.Compare):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.NotIn):
                name = _variable(module, node.left) or _local(module, node)
                taken = tuple(_words(node.comparators[0])) if name else ()
                if taken:
                    words.setdefault(name, taken)
    return tuple(replace(v, words=words[v.name]) if v.name in words else v for v in variables)


def _local(module: Module, compare: ast.Compare) -> str:
    """The variable that was read into the name on the left, in the same function."""
    if not isinstance(compare.left, ast.Name):
        return ""
    for _, parent in module.ancestors(compare):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for statement in parent.body:
                pair = assigned(statement)
                if pair is not None and pair[0] == compare.left.id and not isinstance(pair[1], ast.Name):
                    return _variable(module, pair[1])
            return ""
    return ""


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
