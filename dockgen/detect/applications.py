"""Application objects: found in the syntax tree, wherever they are and whatever their name.

A small type inference over top-level names: which of them hold an application, made by a framework's
class, by a subclass of it, by a factory of the project, or wrapped in middleware.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dockgen.detect.frameworks import mcp
from dockgen.detect.frameworks.queues import queue_applications, task_applications
from dockgen.detect.frameworks.scrapy import scrapy_applications
from dockgen.detect.frameworks.scripts import script_applications
from dockgen.detect.modules import View, is_guard, statements, view, when_run
from dockgen.detect.names import Module, in_production
from dockgen.detect.ports import assigned_value, binding, host_text
from dockgen.facts import Application, Dependency, Evidence, Fact, Manager
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


@dataclass(frozen=True, slots=True)
class Run:
    """A call that serves when its file is run. `target`: (file, object) of the application, None where unknown."""

    module: Module
    line: int
    runner: str
    target: tuple[str, str] | None
    host: str | None
    port: int | None
    variable: str | None
    guarded: bool


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


def _known(dotted: str) -> bool:
    return kind_of(dotted) is not None or dotted in table("frameworks")["runners"]


class Inference:
    """Which names of the project's modules hold applications."""

    def __init__(self, imports: View):
        self.view = imports
        self._objects: dict[str, dict[str, tuple[Kind, int]]] = {}
        self._returns: dict[tuple[str, str], Kind | None] = {}
        self._busy: set[str] = set()

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
            isinstance(a, ast.Name) and a.id == name for a in [*value.args, *(k.value for k in value.keywords)]
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
            name = self.view.lookup(module, node, _known)
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
        name = self.view.lookup(module, node.func, _known)
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
                    origin = self.view.lookup(module, base, _known)
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
        own = list(_own_statements(function.body))
        self.scan(module, iter(own), local, depth - 1)
        for statement in own:
            if isinstance(statement, ast.Return) and statement.value is not None:
                returned = statement.value
                if isinstance(returned, ast.Tuple) and returned.elts:
                    continue
                kind = self.value(module, returned, local, depth - 1)
                if kind is not None and kind.interface:
                    return kind
        return None


def _own_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a function, not those of functions and classes within it."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _own_statements(getattr(statement, field, None) or [])
        for handler in getattr(statement, "handlers", ()):
            yield from _own_statements(handler.body)


@lru_cache(maxsize=4)
def inference(source: Source) -> Inference:
    """The inference over a tree, made once."""
    return Inference(view(source))


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


SCRIPT_FRAMEWORKS = ("streamlit", "chainlit", "panel")


def _collect(source: Source, inferred: Inference, modules: tuple[Module, ...], manager: Manager) -> list[Application]:
    runs = [run for module in modules for run in runs_of(inferred, module)]
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
            run = _run_of(runs, module.path, name)
            found.append(
                Application(
                    kind.framework, kind.interface, dotted, name, module.path, line, folder,
                    runs_itself=run is not None and run.module is module,
                    host=run.host if run else None, port=run.port if run else None,
                    port_variable=run.variable if run else None, test=test,
                )
            )  # fmt: skip
        for name, path, original, kind, line in _reexported(inferred, module):
            if (path, original) in mounted or name in objects:
                continue
            run = _run_of(runs, path, original)
            found.append(
                Application(
                    kind.framework, kind.interface, dotted, name, path, line, folder,
                    host=run.host if run else None, port=run.port if run else None,
                    port_variable=run.variable if run else None, test=test,
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


def _reexported(inferred: Inference, module: Module) -> Iterator[tuple[str, str, str, Kind, int]]:
    """(name here, file, name there, kind, line) of applications that a package or wsgi.py hands on."""
    if module.path.rpartition("/")[2] not in ("__init__.py", "wsgi.py", "asgi.py"):
        return
    for statement in statements(module.tree.body):
        if not isinstance(statement, ast.ImportFrom):
            continue
        for alias in statement.names:
            name = alias.asname or alias.name
            origin = inferred.view.lookup(module, ast.Name(name), _known)
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
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute) and node.func.attr in MOUNTING
        if not method:
            name = inferred.view.lookup(module, node.func, _known)
            if name is None or name.path is not None or name.dotted not in (*MOUNTS, *INSIDE):
                continue
        assigned = _assigned_name(module, node)
        for argument in [*node.args, *(k.value for k in node.keywords)]:
            for part in ast.walk(argument):
                if not isinstance(part, ast.Name) or part.id == assigned:
                    continue
                target = _object(inferred, module, part)
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


def _object(inferred: Inference, module: Module, node: ast.expr) -> tuple[str, str] | None:
    """(file, name) of the application object that an expression names."""
    name = inferred.view.lookup(module, node, _known)
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


def runs_of(inferred: Inference, module: Module, start: str = "", depth: int = 3) -> Iterator[Run]:
    """Calls that serve when this file is run as a program (or this function of it is called), in functions
    that it imports from the project too."""
    guard = any(is_guard(statement) for statement in module.tree.body)
    runners: dict[str, Any] = table("frameworks")["runners"]
    local: dict[str, tuple[Kind, int]] | None = None
    for node in when_run(module, start):
        if not isinstance(node, ast.Call):
            continue
        runner, target = "", None
        name = inferred.view.lookup(module, node.func, _known)
        if name is not None and name.path not in (None, module.path) and depth > 0 and "." not in name.dotted:
            inside = inferred.view.module(name.path or "")
            if inside is not None and name.dotted:
                yield from runs_of(inferred, inside, name.dotted, depth - 1)
        if name is not None and name.path is None and name.dotted in runners:
            runner = runners[name.dotted]
            target = _target(inferred, module, node)
        elif isinstance(node.func, ast.Attribute):
            if node.func.attr not in RUN_METHODS:
                continue
            if node.func.attr == "add_insecure_port":
                runner = "grpcio"
            elif node.func.attr == "run_webhook":
                runner = "python-telegram-bot"
            else:
                if local is None:
                    local = _locals(inferred, module)
                base = inferred.value(module, node.func.value, local)
                if base is not None:
                    runner = runners.get(f"{base.type}.{node.func.attr}", "")
                    if not runner and base.interface in SERVED and node.func.attr in ("run", "launch", "listen"):
                        runner = base.framework
                elif _makes(inferred, module, node.func.value, "SocketIO"):
                    runner = "flask"
                    target = _target(inferred, module, node)
                elif node.func.attr == "run" and any(k.arg == "host" for k in node.keywords):
                    # Something unseen is served: the project says which framework could.
                    runner = _imported_server(inferred)
                if runner and target is None:
                    made = node.func.value.func if isinstance(node.func.value, ast.Call) else node.func.value
                    target = _object(inferred, module, made)
                    if target is None and isinstance(made, ast.Name):
                        target = _factory_behind(inferred, module, made.id)
        if runner:
            host, port, variable = binding(module, node, inferred.view.modules)
            if runner in ("mcp", "fastmcp"):
                host, port, variable = _mcp(inferred, module, node, (host, port, variable))
            yield Run(module, node.lineno, runner, target, host, port, variable, guard)


def _mcp(
    inferred: Inference, module: Module, call: ast.Call, given: tuple[str | None, int | None, str | None]
) -> tuple[str | None, int | None, str | None]:
    """What an MCP server binds: no port where it speaks over stdio, whatever else it is given."""
    if not mcp.listens(module, call, host_text):
        return None, None, None
    made = mcp.constructor(inferred.view.modules)
    host, port, variable = given
    of_host, of_port, of_variable = binding(*made, inferred.view.modules) if made else (None, None, None)
    return host or of_host, port or of_port or mcp.PORT, variable or of_variable


def _imported_server(inferred: Inference) -> str:
    """The one framework with a run(host=...) method that the project imports, "" for none or several."""
    frameworks = {"flask", "quart", "bottle", "sanic", "dash"}
    used = {o.split(".")[0] for m in inferred.view.modules for o in m.imports.values()} & frameworks
    return used.pop() if len(used) == 1 else ""


RUN_METHODS = (
    "run",
    "run_server",
    "launch",
    "listen",
    "start",
    "add_insecure_port",
    *mcp.METHODS,
    "run_async",
    "run_webhook",
)


def _locals(inferred: Inference, module: Module) -> dict[str, tuple[Kind, int]]:
    """Objects of the module, and those that its guard and functions make in local variables."""
    local = dict(inferred.objects(module))
    for statement in module.tree.body:
        if isinstance(statement, (ast.If, ast.FunctionDef, ast.AsyncFunctionDef)):
            if isinstance(statement, ast.If) and not is_guard(statement):
                continue
            inner = dict(inferred.objects(module))
            inferred.scan(module, _own_statements(statement.body), inner, DEPTH)
            for name, held in inner.items():
                local.setdefault(name, held)
    return local


def _makes(inferred: Inference, module: Module, node: ast.expr, name: str) -> bool:
    """Whether a name was assigned the result of calling something of this name: flask_socketio's SocketIO."""
    origin = inferred.view.lookup(module, node)
    if origin is None or origin.path is None:
        return False
    inside = inferred.view.module(origin.path)
    made = assigned_value(inside, origin.dotted) if inside else None
    if inside is None or not isinstance(made, ast.Call):
        return False
    return inside.resolve(made.func) == f"flask_socketio.{name}"


def _factory_behind(inferred: Inference, module: Module, variable: str) -> tuple[str, str] | None:
    """The factory that a local variable was made by: `app = create_app(); app.run()`."""
    for node in when_run(module):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if any(isinstance(t, ast.Name) and t.id == variable for t in node.targets):
            return _object(inferred, module, node.value.func)
    return None


def _target(inferred: Inference, module: Module, node: ast.Call) -> tuple[str, str] | None:
    """What a runner is given: an object, a call of a factory, or "module:object"."""
    candidates = [*node.args[:2], *(k.value for k in node.keywords if k.arg in ("app", "target", "application"))]
    for argument in candidates:
        text = module.string(argument)
        if text and ":" in text:
            dotted, _, name = text.partition(":")
            found = inferred.view.find(module, f"{dotted}.{name.removesuffix('()')}")
            own = inferred.view.name(module.path)[0]
            if dotted == own or (dotted.rpartition(".")[2] == own.rpartition(".")[2] and found is None):
                return module.path, name.removesuffix("()")
            if found is not None and found.path is not None:
                return found.path, found.dotted
            return None
        inner = argument.func if isinstance(argument, ast.Call) else argument
        if isinstance(inner, (ast.Name, ast.Attribute)):
            target = _object(inferred, module, inner)
            if target is None and isinstance(inner, ast.Name):
                target = _factory_behind(inferred, module, inner.id)
            if target is not None:
                return target
    return None


def detect_frameworks(source: Source, dependencies: tuple[Dependency, ...]) -> tuple[Fact[str], ...]:
    """Frameworks that the code really uses: an application object or server of it, or an import of a
    distribution that production declares (any import, where the project declares nothing at all)."""
    found: dict[str, Evidence] = {}
    bots = {*table("frameworks")["bots"]["frameworks"], *table("frameworks")["bots"]["clients"]}
    # A bot's library may come through another one's lock; web frameworks that come so are somebody else's.
    declared = {d.name for d in dependencies if not d.group and (d.direct or d.name in bots)}
    declared |= {brought for name, brought in table("frameworks")["brings"].items() if name in declared}
    inferred = inference(source)
    runners = {"grpcio", "nicegui", "cherrypy", "tornado", "aiohttp"}
    for module in inferred.view.modules:
        for kind, line in inferred.objects(module).values():
            if kind.interface:
                why = f"{kind.framework} application is made here"
                found.setdefault(kind.framework, Evidence(module.path, line, why))
        for node in module.nodes:
            if isinstance(node, ast.Call):
                name = inferred.view.lookup(module, node.func, _known)
                if name is None or name.path is not None:
                    continue
                made = kind_of(name.dotted)
                if made is not None and made.interface:
                    why = f"{made.framework} application is made here"
                    found.setdefault(made.framework, Evidence(module.path, node.lineno, why))
                runner = table("frameworks")["runners"].get(name.dotted)
                if runner in runners:
                    found.setdefault(runner, Evidence(module.path, node.lineno, f"{runner} serves here"))
    for module in inferred.view.modules:
        for node in module.nodes:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for dotted in names:
                top = dotted.split(".")[0]
                table_ = table("frameworks")["imports"]
                named = table_.get(top) or table_.get(".".join(dotted.split(".")[:2]))
                framework = _declared_one(named, declared)
                if framework is None or framework in found:
                    continue
                if dependencies and framework not in declared:
                    continue
                if inferred.view.locate(module, dotted) is None:
                    found[framework] = Evidence(module.path, node.lineno, f"imports {top}")
    for named in table("frameworks")["imports"].values():
        if isinstance(named, list):
            other = _declared_one(named, declared) or named[0]
            for name in named:
                if name in found and name not in declared and other in declared:
                    found[other] = found.pop(name)
    if any(d.name == "django" for d in dependencies) and "django" not in found:
        for path in source.named("manage.py")[:1]:
            found["django"] = Evidence(path, 1, "Django's manage.py")
    if "django" in found and "channels" in declared:
        for module in inferred.view.modules:
            if "channels" not in found and any(o.split(".")[0] == "channels" for o in module.imports.values()):
                found["channels"] = Evidence(module.path, 1, "imports channels")
    # FastMCP applications of the SDK belong to the distribution that is declared.
    return tuple(Fact(name, (evidence,)) for name, evidence in sorted(found.items()))


def _declared_one(named: str | list[str] | None, declared: set[str]) -> str | None:
    """The distribution that an import stands for: of several, the one that the project declares."""
    if isinstance(named, list):
        return next((name for name in named if name in declared), named[0])
    return named
