"""Application objects: found in the syntax tree, wherever they are and whatever their name."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockgen.detect.names import Module, in_production, modules
from dockgen.facts import Application, Dependency, Evidence, Fact, Manager
from dockgen.knowledge import table
from dockgen.source import Source

BODIES = (ast.If, ast.Try, ast.With)


def module_name(source: Source, path: str, packaged: bool) -> tuple[str, str]:
    """(dotted module, folder that must be on sys.path) of a Python file.

    The folder above the outermost package, as Python's import system sees it; the root itself where
    every folder down to the file can be a package (with __init__.py, or a namespace package).
    """
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    start = 0
    if parts[:1] == ["src"] and not source.has("src/__init__.py") and len(parts) > 1:
        start = 1
    dotted = ".".join(parts[start:])
    if not all(part.isidentifier() for part in parts[start:]):
        return "", ""
    return dotted, "src" if start and not packaged else ""


def detect_applications(
    source: Source, dependencies: tuple[Dependency, ...], manager: Manager
) -> tuple[Application, ...]:
    """Every application object of the program itself (tests, docs and examples only where there is nothing else)."""
    constructors = _constructors()
    found = [
        application
        for module in modules(source)
        for application in _of_module(source, module, constructors, manager.packaged)
    ]
    return tuple(sorted(found, key=lambda a: (a.test, a.file.count("/"), a.file, a.line)))


def _constructors() -> dict[str, tuple[str, str]]:
    return {
        dotted: (row.get("framework", name), row["interface"])
        for name, row in table("frameworks")["applications"].items()
        for dotted in row["constructors"]
    }


def _made(module: Module, node: ast.AST | None, constructors: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    """(framework, interface) where the expression makes an application, also wrapped by a call."""
    if isinstance(node, ast.Await):
        node = node.value
    if not isinstance(node, ast.Call):
        return None
    name = module.resolve(node.func)
    if name in constructors:
        framework, interface = constructors[name]
        return framework, "asgi" if name == "falcon.asgi.App" else interface
    for row in table("frameworks")["applications"].values():
        for star in row.get("star", ()):
            if module.imports.get("*") == f"{star}.*" and f"{star}.{name}" in row["constructors"]:
                return constructors[f"{star}.{name}"]
    return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, BODIES) and not _is_guard(statement):
            yield from _statements(statement.body)
            yield from _statements(getattr(statement, "orelse", []))


def _is_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`"""
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and isinstance(statement.test.left, ast.Name)
        and statement.test.left.id == "__name__"
    )


def _targets(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id, statement.value
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        return statement.target.id, statement.value
    return None


def _of_module(
    source: Source, module: Module, constructors: dict[str, tuple[str, str]], packaged: bool
) -> Iterator[Application]:
    dotted, folder = module_name(source, module.path, packaged)
    if not dotted:
        return
    factories: dict[str, tuple[str, str, int]] = {}
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            made = _returned(module, statement, constructors, factories)
            if made:
                arguments = statement.args
                required = len(arguments.posonlyargs + arguments.args) - len(arguments.defaults)
                required += sum(default is None for default in arguments.kw_defaults)
                factories[statement.name] = (*made, required)
    objects: dict[str, tuple[str, str, int]] = {}
    for statement in _statements(module.tree.body):
        pair = _targets(statement)
        if pair is None:
            continue
        name, value = pair
        made = _made(module, value, constructors)
        if made is None and isinstance(value, ast.Call):
            called = module.resolve(value.func)
            if called in factories:
                made = factories[called][:2]
            else:  # app = Middleware(app), or a factory of another module of the project
                made = _wrapped(value, objects) or _foreign(source, module, called, constructors)
        if made:
            objects[name] = (*made, statement.lineno)
    runs = _runs(module)
    for name, (framework, interface, line) in objects.items():
        host, port, variable = runs.get(name) or (None, None, None)
        yield Application(
            framework, interface, dotted, name, module.path, line, folder,
            runs_itself=name in runs, host=host, port=port, port_variable=variable, test=not in_production(module.path),
        )  # fmt: skip
    if not objects:
        for name, (framework, interface, required) in factories.items():
            line = next(s.lineno for s in module.tree.body if getattr(s, "name", "") == name)
            yield Application(
                framework, interface, dotted, name, module.path, line, folder, factory=True,
                factory_required_args=required, test=not in_production(module.path),
            )  # fmt: skip


def _wrapped(call: ast.Call, objects: dict[str, tuple[str, str, int]]) -> tuple[str, str] | None:
    for argument in call.args[:1]:
        if isinstance(argument, ast.Name) and argument.id in objects:
            return objects[argument.id][:2]
    return None


def _foreign(
    source: Source, module: Module, called: str, constructors: dict[str, tuple[str, str]]
) -> tuple[str, str] | None:
    """`app = create_app()` where create_app is imported from another module of the project."""
    origin, _, name = called.rpartition(".")
    if not origin or not name:
        return None
    here = list(PurePosixPath(module.path).parent.parts)
    if origin.startswith("."):
        up = len(origin) - len(origin.lstrip(".")) - 1
        base = here[: len(here) - up] if up else here
        places = ["/".join([*base, *origin.lstrip(".").split(".")]).strip("/")]
    else:
        places = [prefix + origin.replace(".", "/") for prefix in ("", "src/", "/".join(here) + "/" if here else "")]
    for place in places:
        for path in (f"{place}.py", f"{place}/__init__.py"):
            tree = source.tree(os.path.normpath(path)) if source.has(os.path.normpath(path)) else None
            if tree is None:
                continue
            other = Module(os.path.normpath(path), tree)
            for statement in tree.body:
                if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
                    return _returned(other, statement, constructors, {})
    return None


def _returned(
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    constructors: dict[str, tuple[str, str]],
    factories: dict[str, tuple[str, str, int]],
) -> tuple[str, str] | None:
    """What the function makes and returns, directly or through a local variable."""
    local: dict[str, tuple[str, str]] = {}
    result: tuple[str, str] | None = None
    for node in ast.walk(function):
        if isinstance(node, ast.stmt):
            pair = _targets(node)
            made = _made(module, pair[1], constructors) if pair else None
            if pair and made:
                local[pair[0]] = made
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            made = _made(module, node.value, constructors)
            if made is None and isinstance(node.value, ast.Name):
                made = local.get(node.value.id)
            if made is None and isinstance(node.value, ast.Call) and module.resolve(node.value.func) in factories:
                made = factories[module.resolve(node.value.func)][:2]
            result = result or made
    return result


def _runs(module: Module) -> dict[str, tuple[str | None, int | None, str | None]]:
    """Objects that running the module serves: name -> (host, port, variable of the port)."""
    found: dict[str, tuple[str | None, int | None, str | None]] = {}
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = ""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "run" and isinstance(node.func.value, ast.Name):
            name = node.func.value.id
        if module.resolve(node.func) in table("frameworks")["runners"] and node.args:
            first = node.args[0]
            if isinstance(first, ast.Name):
                name = first.id
            elif isinstance(first, ast.Constant) and isinstance(first.value, str):
                name = first.value.rpartition(":")[2]
        if name:
            found[name] = binding(module, node)
    return found


def binding(module: Module, call: ast.Call) -> tuple[str | None, int | None, str | None]:
    """(host, port, environment variable of the port) of a call that serves, None where not literal."""
    host: str | None = None
    port: int | None = None
    variable: str | None = None
    for keyword in call.keywords:
        if keyword.arg == "host":
            host = module.string(keyword.value)
        if keyword.arg == "port":
            port, variable = port_of(module, keyword.value)
    return host, port, variable


def port_of(module: Module, node: ast.AST) -> tuple[int | None, str | None]:
    """The literal port in an expression such as int(os.environ.get("PORT", 8080)), and its variable."""
    port: int | None = None
    variable: str | None = None
    if isinstance(node, ast.Name):
        for statement in module.tree.body:
            pair = _targets(statement)
            if pair and pair[0] == node.id:
                return port_of(module, pair[1]) if not isinstance(pair[1], ast.Name) else (None, None)
    for part in ast.walk(node):
        if isinstance(part, ast.Constant):
            if isinstance(part.value, int) and not isinstance(part.value, bool) and 0 < part.value < 65536:
                port = port or part.value
            elif isinstance(part.value, str):
                if part.value.isdigit() and 0 < int(part.value) < 65536:
                    port = port or int(part.value)
                elif part.value.isidentifier():
                    variable = variable or part.value
    return port, variable


def detect_frameworks(source: Source, dependencies: tuple[Dependency, ...]) -> tuple[Fact[str], ...]:
    """Frameworks that the code really uses: an application object, or an import of one that has none."""
    found: dict[str, Evidence] = {}
    constructors = _constructors()
    for module in modules(source):
        if not in_production(module.path):
            continue
        for node in module.nodes:
            if isinstance(node, ast.Call):
                made = _made(module, node, constructors)
                if made:
                    found.setdefault(made[0], Evidence(module.path, node.lineno, f"{made[0]} application is made here"))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and node.level:
                    continue
                for name in names:
                    framework = table("frameworks")["imports"].get(name.split(".")[0])
                    if framework:
                        found.setdefault(framework, Evidence(module.path, node.lineno, f"imports {name}"))
    if source.has("manage.py") and any(d.name == "django" for d in dependencies):
        found.setdefault("django", Evidence("manage.py", 1, "Django's manage.py"))
    return tuple(Fact(name, (evidence,)) for name, evidence in sorted(found.items()))
