"""Variables whose words the code names: `if os.getenv("DB") == "postgres":`, `if debug not in ["true", "false"]: raise`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockgen.detect.names import Module, argument, assigned, text_of
from dockgen.detect.variables import service_of_engine, service_of_scheme
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
        for name, service, word in _engine_branches(module):
            found.setdefault(name, {}).setdefault(service, word)
    return found


TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
NEVER = frozenset({"DEBUG", "TEST", "TESTING", "TESTS", "CI", "DEV", "DEVELOPMENT", "LOCAL"})
"""Words of variables that no stack turns on to get at a database."""


def _engine_branches(module: Module) -> Iterator[tuple[str, str, str]]:
    """(variable, service, word) of the conditions that choose a database's engine, whatever their words:
    `if os.getenv("USE_POSTGRES"): DATABASES = {... "ENGINE": "...postgresql"}`, and the other way about."""
    for node in module.of(ast.If, ast.IfExp):
        if not isinstance(node, (ast.If, ast.IfExp)):
            continue
        name, word, other = _switch(module, node.test)
        if not name:
            continue
        inside = node.body if isinstance(node, ast.If) else [node.body]
        outside = node.orelse if isinstance(node, ast.If) else [node.orelse]
        here, there = _engines(module, inside), _engines(module, outside)
        if len(here) == 1 and word and not NEVER & {*name.upper().split("_"), *word.upper().split("_")}:
            yield name, next(iter(here)), word
        elif not here and len(there) == 1 and other and not isinstance(outside[0], ast.If):
            yield name, next(iter(there)), other


def _engines(module: Module, nodes: Iterable[ast.AST]) -> set[str]:
    """Services whose engine is named below: Django's ENGINE, the start of a URL that is put together."""
    found: set[str] = set()
    for node in (inner for one in nodes for inner in ast.walk(one)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            service = service_of_engine(node.value)
            scheme = node.value.partition("://")
            parent = module.parents.get(id(node))
            if not service and scheme[1] and isinstance(parent, ast.JoinedStr) and parent.values[0] is node:
                service = service_of_scheme(scheme[0])
            found |= {service} if service else set()
    return found


def _switch(module: Module, test: ast.expr) -> tuple[str, str, str]:
    """(variable, a word with which the test holds, one with which it does not), "" for what is not known or not
    needed: the test comes out so with nothing set."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        name, word, other = _switch(module, test.operand)
        return name, other, word
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.In)):
        name, words = _variable(module, test.left), [*_words(test.comparators[0])]
        default = _default(module, test.left)
        if not name or not words:
            return "", "", ""
        other = "false" if words[0].lower() in TRUE and default in words else ""
        return name, words[0], other
    name = _variable(module, test)
    default = _default(module, test)
    return name, "1" if name else "", "0" if name and default.lower() in TRUE and _boolean(module, test) else ""


def _default(module: Module, node: ast.expr) -> str:
    """The literal default of the read, as text, "" for none."""
    read = _read(module, node)
    if read is None:
        return ""
    value = argument(read, 1, "default")
    return str(value.value) if isinstance(value, ast.Constant) and value.value is not None else ""


def _boolean(module: Module, node: ast.expr) -> bool:
    """Whether the read makes a truth value of the text, so that "0" is false."""
    read = _read(module, node)
    return read is not None and module.resolve(read.func) not in READS


def _read(module: Module, node: ast.expr) -> ast.Call | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "strip"):
        return _read(module, node.func.value)
    if isinstance(node, ast.Name):
        value = _top_level(module, node.id)
        return _read(module, value) if value is not None and not isinstance(value, ast.Name) else None
    return node if isinstance(node, ast.Call) else None


def _top_level(module: Module, name: str) -> ast.expr | None:
    """What a name of the module's top level is first set to."""
    for other in module.tree.body:
        if isinstance(other, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in other.targets):
            return other.value
    return None


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
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("bool", "str"):
        return text_of(argument(node, 0)) or ""  # django-environ, environs
    if isinstance(node, ast.Call) and module.resolve(node.func) in ("decouple.config", "config", "env"):
        return text_of(argument(node, 0)) or ""
    if isinstance(node, ast.Call) and len(node.args) == 1 and _last(module, node.func) in ("bool", "strtobool", "str"):
        return _variable(module, node.args[0])
    if isinstance(node, ast.Attribute) and _last(module, node.value) in ("settings", "config", "self", "conf"):
        return node.attr.upper()  # a field of a class of settings
    if isinstance(node, ast.Name):
        value = _top_level(module, node.id)
        return "" if value is None or isinstance(value, ast.Name) else _variable(module, value)
    return ""


def _last(module: Module, node: ast.expr) -> str:
    return module.resolve(node).rpartition(".")[2]


def _words(node: ast.expr) -> Iterator[str]:
    for part in node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
