"""Applications that a start command of the project names ("gunicorn shop:make_app()"), and whose making cannot be seen:
kept in a dictionary, put together by a library, a plain WSGI or ASGI callable. The command is proof that a server takes
them; that the project has such a name is looked up."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockgen.detect.inference import inference, kinds
from dockgen.detect.modules import statements
from dockgen.detect.names import Module, in_production
from dockgen.facts import Application, DeclaredCommand, Manager
from dockgen.source import Source

ASGI = frozenset({"uvicorn", "hypercorn", "daphne", "granian", "fastapi", "uvicorn-gunicorn"})
WSGI = frozenset({"gunicorn", "waitress-serve", "uwsgi", "flask"})
TARGET = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z_]\w*)(\(.*\))?")

PLAIN = {("environ", "start_response"): "wsgi", ("scope", "receive", "send"): "asgi"}
"""Parameters of a function that is an application itself (PEP 3333, asgi.readthedocs.io)."""


def named_applications(
    source: Source, commands: Iterable[DeclaredCommand], found: Iterable[Application], manager: Manager
) -> tuple[Application, ...]:
    """The applications that commands name and that are not among `found`."""
    inferred = inference(source)
    nobody = Module("", ast.Module([], []))
    there = {a.entry for a in found if a.interface in ("asgi", "wsgi")}
    added: dict[str, Application] = {}
    for command in commands:
        if command.process in ("port", "release"):
            continue
        for server, dotted, name, called in _targets(command):
            entry = f"{dotted}:{name}"
            if entry in there or entry in added:
                continue
            origin = inferred.view.find(nobody, dotted)
            module = inferred.view.module(origin.path) if origin is not None and origin.path else None
            if origin is None or origin.dotted or module is None or not in_production(module.path):
                continue
            origin = inferred.view.find(nobody, entry.replace(":", "."))
            inside = inferred.view.module(origin.path) if origin is not None and origin.path and origin.dotted else None
            if origin is not None and inside is not None and "." not in origin.dotted:  # through re-exports
                line, file = _line(inside, origin.dotted), inside.path
                kind = inferred.objects(inside).get(origin.dotted)
            else:
                line, file, kind = _line(module, name), module.path, None
            if line is None:
                continue
            interface = "asgi" if server in ASGI or "uvicorn" in command.text else "wsgi"
            _, folder = inferred.view.name(module.path, manager.packaged, manager.packages)
            same = next((a for a in found if kind and (a.file, a.line) == (file, kind[1])), None)
            if same is not None:
                added[entry] = replace(same, module=dotted, object=name, app_dir=folder)
                continue
            framework = kind[0].framework if kind else _framework(module, inferred.view.modules) or interface
            added[entry] = Application(framework, interface, dotted, name, file, line, folder, factory=called)
    return tuple(added.values())


def plain_applications(source: Source, manager: Manager) -> tuple[Application, ...]:
    """Functions that are WSGI or ASGI applications by their parameters."""
    inferred = inference(source)
    added = []
    for module in inferred.view.modules:
        for statement in statements(module.tree.body):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            interface = PLAIN.get(tuple(a.arg for a in statement.args.args))
            dotted, folder = inferred.view.name(module.path, manager.packaged, manager.packages)
            if interface and dotted and statement.name in ("app", "application"):
                added.append(
                    Application(interface, interface, dotted, statement.name, module.path, statement.lineno, folder)
                )
    return tuple(added)


def _targets(command: DeclaredCommand) -> Iterator[tuple[str, str, str, bool]]:
    """(server, module, object, whether it is called) of what a command tells a server to serve."""
    words = list(command.words)
    if words[:1] in (["python"], ["python3"]) and words[1:2] == ["-m"]:
        words = words[2:]
    server = posixpath.basename(words[0]) if words else ""
    if server not in ASGI | WSGI:
        return
    called = bool({"--call", "--factory"} & set(words))
    for word in words[1:]:
        match = TARGET.fullmatch(word.partition("=")[2] if word.startswith("--") else word)
        if match and not (word.startswith("-") and not re.match(r"--?(module|app|wsgi|w)\b", word)):
            yield server, match[1], match[2], called or match[3] is not None


def _line(module: Module, name: str) -> int | None:
    """Where a module makes or imports this name."""
    for statement in statements(module.tree.body):
        if getattr(statement, "name", None) == name:
            return statement.lineno
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == name for t in targets):
            return statement.lineno
        if isinstance(statement, (ast.Import, ast.ImportFrom)) and any(
            (a.asname or a.name) == name for a in statement.names
        ):
            return statement.lineno
    return None


def _framework(module: Module, modules: tuple[Module, ...]) -> str:
    """The web framework that the module imports, or else the only one that the project imports; "" for none."""
    frameworks = {d.split(".")[0]: k.framework for d, k in kinds().items() if k.interface in ("asgi", "wsgi", "script")}
    for among in ((module,), modules):
        used = {frameworks.get(origin.split(".")[0], "") for m in among for origin in m.imports.values()} - {""}
        if len(used) == 1:
            return used.pop()
    return ""
