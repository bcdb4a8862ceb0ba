"""Fields of settings objects: the default behind `config.server.port`, by the classes that annotations, constructors and
factories name. A class is known by its name, where the project has but one of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from dockgen.detect.names import Module, assigned

DEPTH = 6

Held = tuple[Module, ast.ClassDef]


def field_default(module: Module, node: ast.expr, among: Sequence[Module]) -> tuple[Module, ast.expr] | None:
    """What the field that an attribute names is by default, None where that cannot be seen."""
    if not isinstance(node, ast.Attribute):
        return None
    owner = _class_of(module, node.value, among, DEPTH)
    return _default(owner, node.attr, among, DEPTH) if owner is not None else None


def _default(owner: Held, name: str, among: Sequence[Module], depth: int) -> tuple[Module, ast.expr] | None:
    for key, value, _ in _fields(owner[1]):
        if key == name and value is not None:
            return owner[0], value
    for base in owner[1].bases if depth > 0 else ():
        held = _named(base, among)
        if held is not None:
            return _default(held, name, among, depth - 1)
    return None


def _fields(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """(name, default, annotation) of the fields of a class, also of those that __init__ makes."""
    for statement in owner.body:
        pair = assigned(statement)
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value, statement.annotation
        elif pair is not None:
            yield pair[0], pair[1], None
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            for node in ast.walk(statement):
                target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
                own = (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                )
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Attribute) and own:
                    yield target.attr, node.value, getattr(node, "annotation", None)


def _class_of(module: Module, node: ast.expr, among: Sequence[Module], depth: int) -> Held | None:
    """The project's class that an expression is an instance of."""
    if depth <= 0:
        return None
    if isinstance(node, ast.Await):
        return _class_of(module, node.value, among, depth - 1)
    if isinstance(node, ast.Call):
        return _made(module, node.func, among, depth)
    if isinstance(node, ast.Attribute):
        owner = _class_of(module, node.value, among, depth - 1)
        if owner is None:
            return _imported(module, node.attr, module.resolve(node), among, depth)
        for key, value, annotation in _fields(owner[1]):
            if key == node.attr:
                held = _named(annotation, among) if annotation is not None else None
                return held or (_class_of(owner[0], value, among, depth - 1) if value is not None else None)
        return None
    if not isinstance(node, ast.Name):
        return None
    for function in module.of(ast.FunctionDef, ast.AsyncFunctionDef):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = function.args
            for parameter in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                if parameter.arg == node.id and parameter.annotation is not None:
                    held = _named(parameter.annotation, among)
                    if held is not None:
                        return held
    for statement in module.of(ast.Assign, ast.AnnAssign):
        pair = assigned(statement)
        if pair is not None and pair[0] == node.id:
            annotation = statement.annotation if isinstance(statement, ast.AnnAssign) else None
            held = _named(annotation, among) if annotation is not None else None
            return held or _class_of(module, pair[1], among, depth - 1)
    return _imported(module, node.id, module.imports.get(node.id, ""), among, depth)


def _imported(module: Module, name: str, origin: str, among: Sequence[Module], depth: int) -> Held | None:
    """The class of an object that another module of the project makes and this one imports."""
    dotted, _, last = origin.rpartition(".")
    path = dotted.strip(".").replace(".", "/")
    for other in among:
        stem = other.path.removesuffix(".py").removesuffix("/__init__")
        if other is module or (path and not (stem == path or stem.endswith("/" + path))):
            continue
        for statement in other.tree.body:
            pair = assigned(statement)
            if origin and pair is not None and pair[0] == last:
                return _class_of(other, pair[1], among, depth - 1)
    return None


def _made(module: Module, function: ast.expr, among: Sequence[Module], depth: int) -> Held | None:
    """The class that a call makes one of: its constructor, a factory by its annotation, `Settings.load()`."""
    held = _named(function, among)
    if held is not None:
        return held
    if isinstance(function, ast.Attribute):
        return _named(function.value, among) or _class_of(module, function.value, among, depth - 1)
    if not isinstance(function, ast.Name):
        return None
    wanted = module.imports.get(function.id, function.id).rpartition(".")[2]
    for other in among:
        for one in other.tree.body:
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == wanted:
                if one.returns is not None and (held := _named(one.returns, among)) is not None:
                    return held
                for node in ast.walk(one):
                    if isinstance(node, ast.Return) and node.value is not None:
                        return _class_of(other, node.value, among, depth - 1)
    return None


def _named(annotation: ast.expr, among: Sequence[Module]) -> Held | None:
    """The project's class that a name, `X | None`, `Optional[X]` or "X" stands for."""
    for node in ast.walk(annotation):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.rpartition(".")[2]
        if not name[:1].isupper():
            continue
        found = {
            id(one): (module, one)
            for module in among
            for one in module.of(ast.ClassDef)
            if isinstance(one, ast.ClassDef) and one.name == name
        }
        if len(found) == 1:
            return next(iter(found.values()))
    return None
