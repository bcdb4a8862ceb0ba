"""Application objects: found in the syntax tree, wherever they are and whatever their name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dockgen.detect.frameworks.queues import queue_applications, task_applications
from dockgen.detect.frameworks.scrapy import scrapy_applications
from dockgen.detect.frameworks.scripts import script_applications
from dockgen.detect.inference import SERVED, Inference, Kind, inference, is_known, kinds, object_of
from dockgen.detect.modules import statements
from dockgen.detect.names import Module, in_production
from dockgen.detect.reach import led_from
from dockgen.detect.runs import Run, runs_of
from dockgen.facts import Application, Dependency, Manager
from dockgen.knowledge import table
from dockgen.source import Source


def detect_applications(
    source: Source, dependencies: tuple[Dependency, ...], manager: Manager
) -> tuple[Application, ...]:
    """Every application object of the program itself (tests, docs and examples only where there is nothing else).

    An application that another one mounts or includes is part of that one and left out. A name that
    is imported from elsewhere counts in a package's __init__.py and in wsgi.py and asgi.py; it has
    the file and line of the object itself.
    """
    del dependencies  # what makes an application is in the code alone
    inferred = inference(source)
    modules: tuple[Module, ...] = inferred.view.modules
    found = _collect(source, inferred, modules, manager)
    if not found:
        tops = (*sorted({dotted.split(".")[0] for dotted in kinds()}), *SCRIPT_FRAMEWORKS)
        modules = tuple(inferred.view.others(tops))
        found = _collect(source, inferred, modules, manager)
    return tuple(sorted(found, key=lambda a: (a.test, a.file.count("/"), a.file, a.line, a.module, a.object)))


SCRIPT_FRAMEWORKS = ("streamlit", *table("frameworks")["scripts"])


def _collect(source: Source, inferred: Inference, modules: tuple[Module, ...], manager: Manager) -> list[Application]:
    runs = [run for module in modules for run in (*runs_of(inferred, module), *_of_commands(inferred, module))]
    mounted = {target for module in modules for target in _mounted(inferred, module)}
    found: list[Application] = list(script_applications(inferred.view, modules))
    found += queue_applications(inferred.view, modules)
    found += task_applications(inferred.view, modules, lambda module, node: _interface(inferred, module, node))
    found += scrapy_applications(source, modules)
    for module in modules:
        dotted, folder = inferred.view.name(module.path, manager.packaged, manager.packages)
        if not dotted:
            continue
        test = not in_production(module.path)
        objects = {n: held for n, held in inferred.objects(module).items() if held[0].interface}
        for name, (kind, line) in objects.items():
            if (module.path, name) in mounted:
                continue
            names = [name, *(n for n, held in objects.items() if held[1] == line and n != name)]  # app = application
            run = next((r for n in names if (r := _run_of(runs, module.path, n)) is not None), None)
            if run is None and "." in kind.type and len({line for _, line in objects.values()}) <= 2:
                run = _run_of_base(inferred, module, kind, runs)
            if run is None and len(objects) == 1:
                # Handed through the project's own functions, the application is a parameter where it is served.
                run = next((r for r in runs_of(inferred, module) if r.target is None), None)
            found.append(
                Application(
                    kind.framework, kind.interface, dotted, name, module.path, line, folder,
                    runs_itself=run is not None and run.module is module,
                    host=run.host if run else None, port=run.port if run else None,
                    port_variable=run.variable if run else None, test=test,
                )
            )  # fmt: skip
        completes = _completed(inferred, module) if not test else frozenset()
        for name, path, original, kind, line in _reexported(inferred, module, completes):
            if (path, original) in mounted or name in objects:
                continue
            run = _run_of(runs, path, original)
            found.append(
                Application(
                    kind.framework, kind.interface, dotted, name, path, line, folder,
                    host=run.host if run else None, port=run.port if run else None,
                    port_variable=run.variable if run else None, test=test, completes=name in completes,
                )
            )  # fmt: skip
        if objects:
            continue
        for statement in statements(module.tree.body):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) or statement.name.startswith(
                ("_", "test")
            ):
                continue
            made = inferred.made_by(module, statement.name)
            if made is not None and _serves(module, statement):
                continue
            if made is None or made.interface not in ("asgi", "wsgi", "script", "faststream"):
                continue
            run = _run_of(runs, module.path, statement.name)
            found.append(
                Application(
                    made.framework, made.interface, dotted, statement.name, module.path, statement.lineno, folder,
                    factory=True, factory_required_args=_required(statement),
                    runs_itself=run is not None and run.module is module,
                    host=run.host if run else None, port=run.port if run else None,
                    port_variable=run.variable if run else None, test=test,
                )
            )  # fmt: skip
    return found


def _of_commands(inferred: Inference, module: Module) -> Iterator[Run]:
    """What the sub-commands of a command line of click or Typer serve."""
    for statement in module.tree.body:
        for decorator in getattr(statement, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Attribute) and called.attr == "command":
                yield from runs_of(inferred, module, getattr(statement, "name", ""))


def _serves(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function reads the command line or starts the server itself: a program, and no factory."""
    runners = table("frameworks")["runners"]
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if (
                attribute in ("parse_args", "parse_known_args", "run_server", "launch")
                or (
                    attribute == "run"
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and (node.keywords or node.args or node.func.value.id == "app")
                )
                or module.resolve(node.func) in runners
            ):
                return True
    return False


def _interface(inferred: Inference, module: Module, node: ast.expr) -> str:
    kind = inferred.value(module, node, inferred.objects(module))
    return kind.interface if kind else ""


def _required(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    required = len(arguments.posonlyargs + arguments.args) - len(arguments.defaults)
    return required + sum(default is None for default in arguments.kw_defaults)


def _run_of(runs: list[Run], path: str, name: str) -> Run | None:
    """The call that serves this object: the one in its own file before one elsewhere."""
    serving = [run for run in runs if run.target == (path, name)]
    return next((r for r in serving if r.module.path == path), serving[0] if serving else None)


def _run_of_base(inferred: Inference, module: Module, kind: Kind, runs: list[Run]) -> Run | None:
    """The call that serves what an attribute was taken from: Dash's `server` of the `app` that `app.run()` serves."""
    for name, held in inferred.objects(module).items():
        if kinds().get(f"{held[0].type}.{kind.type.rpartition('.')[2]}") == kind:
            return _run_of(runs, module.path, name)
    return None


COMPLETING = frozenset(
    {"include_router", "register_blueprint", "register_blueprints", "blueprint", "add_routes", "add_router"}
)
"""Methods that give an application what it answers."""


def _completed(inferred: Inference, module: Module) -> frozenset[str]:
    """Imported names to which this module gives routers at its top level, where no other module imports it but
    within a function: what a server is given, because elsewhere the same application lacks them."""
    found = {
        node.func.value.id
        for statement in statements(module.tree.body)
        for node in ((statement.value,) if isinstance(statement, ast.Expr) else ())
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr in COMPLETING
        and node.func.value.id in module.imports
    }
    if not found:
        return frozenset()
    leading = (inferred.view.module(file) for file in led_from(inferred.view.source).get(module.path, ()))
    return frozenset() if any(one is None or _loads(one, module) for one in leading) else frozenset(found)


def _loads(other: Module, module: Module) -> bool:
    """Whether a module imports another one when it is loaded, not only where one of its functions runs."""
    stem = module.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    named = [
        node
        for node in other.of(ast.Import, ast.ImportFrom)
        if stem
        in re.split(
            r"\W+", " ".join([getattr(node, "module", None) or "", *(a.name for a in getattr(node, "names", ()))])
        )
    ]
    inside = [any(isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef)) for _, p in other.ancestors(n)) for n in named]
    return not named or not all(inside)


def _reexported(
    inferred: Inference, module: Module, completed: frozenset[str]
) -> Iterator[tuple[str, str, str, Kind, int]]:
    """(name here, file, name there, kind, line) of applications that a package or wsgi.py hands on, or that any module
    completes."""
    whole = module.path.rpartition("/")[2] in ("__init__.py", "wsgi.py", "asgi.py")
    if not whole and not completed:
        return
    for statement in statements(module.tree.body):
        if not isinstance(statement, ast.ImportFrom):
            continue
        for alias in statement.names:
            name = alias.asname or alias.name
            if not whole and name not in completed:
                continue
            origin = inferred.view.lookup(module, ast.Name(name), is_known)
            if origin is None or origin.path is None or origin.path == module.path or "." in origin.dotted:
                continue
            inside = inferred.view.module(origin.path)
            held = inferred.objects(inside).get(origin.dotted) if inside else None
            if held and held[0].interface in SERVED:
                yield name, origin.path, origin.dotted, held[0], held[1]


MOUNTING = ("mount", "mount_app", "add_subapp", "include_app")
MOUNTS = ("starlette.routing.Mount", "starlette.routing.Host", "fastapi.routing.Mount")
INSIDE = (
    "werkzeug.middleware.dispatcher.DispatcherMiddleware", "starlette.middleware.wsgi.WSGIMiddleware",
    "fastapi.middleware.wsgi.WSGIMiddleware", "a2wsgi.WSGIMiddleware", "a2wsgi.ASGIMiddleware", "socketio.ASGIApp",
    "gradio.mount_gradio_app", "channels.routing.ProtocolTypeRouter",
)  # fmt: skip
"""Calls whose arguments become part of another application."""


def _mounted(inferred: Inference, module: Module) -> Iterator[tuple[str, str]]:
    """(file, object) of applications that this module makes part of another one."""
    for node in module.of(ast.Call):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute) and node.func.attr in MOUNTING
        if not method:
            name = inferred.view.lookup(module, node.func, is_known)
            if name is None or name.path is not None or name.dotted not in (*MOUNTS, *INSIDE):
                continue
        assigned = _assigned_name(module, node)
        for argument in [*node.args, *(k.value for k in node.keywords)]:
            for part in ast.walk(argument):
                if not isinstance(part, ast.Name) or part.id == assigned:
                    continue
                target = object_of(inferred, module, part)
                if target is not None:
                    yield target


def _assigned_name(module: Module, node: ast.AST) -> str:
    """The name that a call's statement assigns to: `app = Wrapper(app)` wraps and does not hide."""
    for _, parent in module.ancestors(node):
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return parent.targets[0].id
        if isinstance(parent, ast.stmt):
            break
    return ""
