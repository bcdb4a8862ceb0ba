"""Applications that a start command of the project names ("gunicorn shop:make_app()"), and whose making cannot be seen:
kept in a dictionary, put together by a library, a plain WSGI or ASGI callable. The command is proof that a server takes
them; that the project has such a name is looked up."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockgen.detect.inference import inference, kinds
from dockgen.detect.modules import statements
from dockgen.detect.names import Module, in_production
from dockgen.facts import Application, DeclaredCommand, Dependency, Manager
from dockgen.knowledge import table
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
            # Flask's own command calls a function that it is told (flask.palletsprojects.com, "Application Discovery").
            makes = called or (server == "flask" and _is_function(module, name))
            added[entry] = Application(framework, interface, dotted, name, file, line, folder, factory=makes)
    return tuple(added.values())


def as_started(
    source: Source,
    applications: tuple[Application, ...],
    commands: Iterable[DeclaredCommand],
    dependencies: Iterable[Dependency],
) -> tuple[Application, ...]:
    """The applications, those that a command of the project starts from a folder below the root under the name that they
    have there: `app:server` of app/app.py where WORKDIR is app/, and `python app/main.py` where main.py imports what
    lies beside it by its bare name."""
    names = import_names(dependencies)
    moved: dict[Application, Application] = {}
    for command in commands:
        if command.process in ("port", "release"):
            continue
        for _, dotted, name, _ in _targets(command):
            found = [
                a
                for a in applications
                if not a.app_dir
                and a.object == name
                and a.module.endswith(f".{dotted}")
                and a.interface in ("asgi", "wsgi")
            ]
            top = dotted.partition(".")[0]
            if len(found) == 1 and not any(source.has(p) for p in (f"{top}.py", f"{top}/__init__.py")):
                folder = found[0].module.removesuffix(f".{dotted}").replace(".", "/")
                if found[0].file.startswith(f"{folder}/"):
                    moved[found[0]] = replace(found[0], module=dotted, app_dir=folder)
        words = [word.removeprefix("./") for word in command.words]
        for a in applications if words[:1] in (["python"], ["python3"]) else ():
            folder, _, file = a.file.rpartition("/")
            if folder and a.file in words[1:3] and not a.app_dir and imports_beside(source, a.file, folder, names):
                moved[a] = replace(a, module=file.removesuffix(".py"), app_dir=folder)
    return tuple(moved.get(a, a) for a in applications)


def import_names(dependencies: Iterable[Dependency]) -> set[str]:
    """What distributions are imported as, where that is their own name."""
    return {d.name.replace("-", "_") for d in dependencies}


def imports_beside(source: Source, file: str, folder: str, distributions: set[str]) -> bool:
    """Whether a file imports by its bare name what lies in its own folder, is not at the root, and is neither a
    distribution nor of Python's own library."""
    tree = source.tree(file)
    if tree is None:
        return False
    tops: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            return False
        if isinstance(node, ast.ImportFrom) and node.module:
            tops.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Import):
            tops |= {alias.name.partition(".")[0] for alias in node.names}
    table_of = table("imports")
    known = distributions | sys.stdlib_module_names | {*table_of["standard"], *table_of["known"], *table_of["same"]}
    known |= {name.partition(".")[0] for name in table_of["distributions"]}
    return any(
        any(source.has(f"{folder}/{end}") and not source.has(end) for end in (f"{top}.py", f"{top}/__init__.py"))
        for top in tops - known
    )


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


def _is_function(module: Module, name: str) -> bool:
    return any(isinstance(s, ast.FunctionDef) and s.name == name for s in statements(module.tree.body))


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
