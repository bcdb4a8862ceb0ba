"""Calls that serve when a file is run: which application, on which host and port."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dockgen.detect.absence import of_command_line
from dockgen.detect.configured import configured_host, configured_port, example_port
from dockgen.detect.frameworks import cherrypy, mcp
from dockgen.detect.hosts import host_setting
from dockgen.detect.inference import DEPTH, SERVED, Inference, Kind, is_known, object_of, own_statements
from dockgen.detect.modules import Name, is_guard, when_run
from dockgen.detect.names import Module
from dockgen.detect.ports import asked_port, assigned_value, binding, host_text, option_key, switch
from dockgen.detect.reach import led_from
from dockgen.facts import HostSetting
from dockgen.knowledge import table


@dataclass(frozen=True, slots=True)
class Run:
    """A call that serves when its file is run. `target`: (file, object) of the application, None where unknown.
    `unread`: "host" and "port", where the call is given one that is not literal."""

    module: Module
    line: int
    runner: str
    target: tuple[str, str] | None
    host: str | None
    port: int | None
    variable: str | None
    guarded: bool
    unread: tuple[str, ...] = ()
    host_setting: HostSetting | None = None


def runs_of(inferred: Inference, module: Module, start: str = "", depth: int = 3) -> tuple[Run, ...]:
    """Calls that serve when this file is run as a program (or this function of it is called), in functions
    that it imports from the project too."""
    key = (module.path, start, depth)
    if key not in inferred.runs:
        inferred.runs[key] = ()  # a function that calls itself by way of another module adds nothing
        inferred.runs[key] = tuple(_runs(inferred, module, start, depth))
        # What shows metrics beside a server is not what the program serves.
        inferred.runs[key] = tuple(sorted(inferred.runs[key], key=lambda run: run.runner == METRICS))
    return inferred.runs[key]


ALL = "0.0.0.0"  # noqa: S104 - what a project's own code says

METRICS = "prometheus-client"
"""The runner of prometheus_client's own HTTP server (prometheus.github.io/client_python, "Exporting")."""


def _runs(inferred: Inference, module: Module, start: str, depth: int) -> Iterator[Run]:
    guard = any(is_guard(statement) for statement in module.tree.body)
    runners: dict[str, Any] = table("frameworks")["runners"]
    local: dict[str, tuple[Kind, int]] | None = None
    for node in when_run(module, start):
        if not isinstance(node, ast.Call):
            continue
        node = _in_thread(module, node) or node
        runner, target = "", None
        name = inferred.view.lookup(module, node.func, is_known)
        if name is not None and name.path not in (None, module.path) and depth > 0 and "." not in name.dotted:
            inside = inferred.view.module(name.path or "")
            if inside is not None and name.dotted:
                yield from runs_of(inferred, inside, name.dotted, depth - 1)
                if (inside.path, name.dotted) in inferred.on_request:
                    inferred.on_request.add((module.path, start))
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
                elif node.func.attr == "launch" and GRADIO & {k.arg for k in node.keywords}:
                    # Made where it cannot be seen (a method, a library): nothing else is launched with such words.
                    runner = _imports(inferred, "gradio")
                if runner and target is None:
                    made = node.func.value.func if isinstance(node.func.value, ast.Call) else node.func.value
                    target = object_of(inferred, module, made)
                    if target is None and isinstance(made, ast.Name):
                        target = _factory_behind(inferred, module, made.id)
        if runner and _only_on_request(inferred, module, node):
            inferred.on_request.add((module.path, start))
            continue
        if runner:
            host, port, variable = binding(module, node, inferred.view.modules)
            if runner in ("mcp", "fastmcp"):
                host, port, variable = _mcp(inferred, module, node, (host, port, variable))
            if runner == "cherrypy" and port is None:
                said = cherrypy.configured(inferred.view.modules)
                host, port, variable = host or said[0], said[1], said[2]
            if host is None:
                host = configured_host(inferred.view.source, inferred.view.modules, module, node)
            if variable is None:
                port = configured_port(inferred.view.source, inferred.view.modules, module, node) or port
            elif port is None:
                port = example_port(inferred.view.source, variable)
            if port is None and variable is None:
                port, variable = asked_port(module, node, _leading_to(inferred, module))
            if port is None and variable is None and _bare_run_app(name, node):
                port = table("frameworks")["runner_ports"][runner]
            if runner == METRICS and port is None and variable is None:
                continue  # on a port that somebody asks for: nothing shows metrics by default
            setting: HostSetting | None = None
            if host not in (ALL, "", "::"):
                setting = host_setting(module, node, inferred.view.modules, _leading_to(inferred, module))
            unread = _unread(node, host, port)
            yield Run(module, node.lineno, runner, target, host, port, variable, guard, unread, setting)


def _leading_to(inferred: Inference, module: Module) -> tuple[Module, ...]:
    """The modules from which this one can be come to: the options of another program are none of its own."""
    back = led_from(inferred.view.source)
    found, left = {module.path}, [module.path]
    while left:
        for path in back.get(left.pop(), frozenset()) - found:
            found.add(path)
            left.append(path)
    return tuple(m for m in inferred.view.modules if m.path in found)


def _in_thread(module: Module, call: ast.Call) -> ast.Call | None:
    """The call that `Thread(target=serve, args=(app,), kwargs={...})` makes."""
    if module.resolve(call.func) not in ("threading.Thread", "multiprocessing.Process"):
        return None
    given = {k.arg: k.value for k in call.keywords}
    target, args, more = given.get("target"), given.get("args"), given.get("kwargs")
    root = target.value if isinstance(target, ast.Attribute) else target
    if target is None or not isinstance(root, ast.Name) or (root is not target and root.id not in module.imports):
        return None  # `app.run` in a thread keeps something else awake more often than it is what the program is for
    elements = args.elts if isinstance(args, (ast.Tuple, ast.List)) else []
    keywords = [ast.keyword(arg=None, value=more)] if more is not None else []
    return ast.copy_location(ast.Call(func=target, args=elements, keywords=keywords), call)


def _only_on_request(inferred: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call stands under `if args.web:` or `if args.web is not None:`, where --web is off unless it is given,
    and no command of the project gives it: the program's own work is another then."""
    for child, parent in module.ancestors(call):
        if not isinstance(parent, ast.If) or child not in parent.body or is_guard(parent):
            continue
        tests = parent.test.values if isinstance(parent.test, ast.BoolOp) else [parent.test]
        for test in map(_not_none, tests):
            key = option_key(module, test)
            if key and (switch(inferred.view.modules, key) or of_command_line(module, test)):
                from dockgen.detect.commands import detect_commands

                flag = f"--{key.replace('_', '-')}"
                given = {word for command in detect_commands(inferred.view.source) for word in command.text.split()}
                return not {flag, f"--{key}"} & given
    return False


def _not_none(test: ast.expr) -> ast.expr:
    """`args.web` of `args.web is not None`, another test as it is."""
    compares = isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.IsNot, ast.NotEq))
    none = isinstance(test, ast.Compare) and getattr(test.comparators[0], "value", test) is None
    return test.left if isinstance(test, ast.Compare) and compares and none else test


def _bare_run_app(name: Name | None, call: ast.Call) -> bool:
    """aiohttp's run_app with nothing that says where: 8080 then, whatever the container's files say
    (docs.aiohttp.org, "web.run_app")."""
    given = {k.arg for k in call.keywords}
    return name is not None and name.dotted == "aiohttp.web.run_app" and not given & {"port", "sock", "path", None}


def _unread(call: ast.Call, host: str | None, port: int | None) -> tuple[str, ...]:
    given = {k.arg for k in call.keywords}
    return tuple(
        name
        for name, value in (("host", host), ("port", port))
        if value is None and {name, f"server_{name}", "bind", "address", None} & given
    )


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


GRADIO = frozenset({"server_name", "server_port", "share", "inbrowser", "show_error", "allowed_paths"})
"""Keywords of Gradio's launch() (gradio.app/docs, "Blocks.launch")."""


def _imported(inferred: Inference) -> set[str]:
    """The top names that the project imports."""
    return {o.split(".")[0] for m in inferred.view.modules for o in m.imports.values()}


def _imports(inferred: Inference, name: str) -> str:
    """The name, where the project imports it, "" where not."""
    return name if name in _imported(inferred) else ""


def _imported_server(inferred: Inference) -> str:
    """The one framework with a run(host=...) method that the project imports, "" for none or several."""
    frameworks = {"flask", "quart", "bottle", "sanic", "dash"}
    used = _imported(inferred) & frameworks
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
            inferred.scan(module, own_statements(statement.body), inner, DEPTH)
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
            return object_of(inferred, module, node.value.func)
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
            if found is None or found.path is None:  # uvicorn.run("main:app", app_dir="backend")
                folder = next((module.string(k.value) for k in node.keywords if k.arg == "app_dir"), None)
                path = f"{(folder or '').strip('./')}/{dotted.replace('.', '/')}.py".lstrip("/")
                return (path, name) if folder and inferred.view.source.has(path) else None
            return found.path, found.dotted
        inner = argument.func if isinstance(argument, ast.Call) else argument
        if isinstance(inner, (ast.Name, ast.Attribute)):
            target = object_of(inferred, module, inner)
            if target is None and isinstance(inner, ast.Name):
                target = _factory_behind(inferred, module, inner.id)
            if target is not None:
                return target
    return None
