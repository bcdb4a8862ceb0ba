"""Python files that do something when they are run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockgen.detect.endless import endless
from dockgen.detect.inference import Inference, inference
from dockgen.detect.loose import loose_scripts
from dockgen.detect.modules import View, is_guard, statements, view
from dockgen.detect.named import import_names, imports_beside
from dockgen.detect.names import Module, in_production
from dockgen.detect.ports import port_of
from dockgen.detect.runs import Run, runs_of
from dockgen.detect.subcommands import Subcommand, subcommands
from dockgen.facts import ConsoleScript, Dependency, HostSetting, Manager, Program, Warning
from dockgen.source import Source

QUIET = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
    ast.AugAssign, ast.Pass, ast.Delete, ast.Assert, ast.Global, ast.If, ast.Try, ast.With,
)  # fmt: skip
"""Statements without effect of their own; what `if`, `try` and `with` hold is looked at by itself."""

SETTING_UP = re.compile(
    r"(logging|warnings|locale|sys\.path|os\.environ|os\.chdir|load_dotenv|dotenv|random\.seed|signal|asyncio\.set|"
    r"socket\.setdefaulttimeout|sys\.set|nest_asyncio|urllib3\.disable|multiprocessing\.set|gevent\.monkey|monkey\.|"
    r"eventlet\.monkey|register|\w+\.(append|extend|insert|update|add|register\w*|include\w*|mount|setdefault|setLevel|"
    r"addHandler|init_app|config\.\w+|add_\w+|configure\w*|set_\w+|setup\w*|basicConfig|filterwarnings|simplefilter|"
    r"autodiscover_tasks|config_from_object|use|install|instrument\w*|init|discover|mkdir|makedirs|connect_signals))"
)
"""Calls that a module makes on being imported, to set itself up: they do not make it a program."""


def detect_programs(source: Source, manager: Manager, dependencies: tuple[Dependency, ...] = ()) -> tuple[Program, ...]:
    """Programs in order of their place in the tree: nearest to the root first.

    Scripts without the ending .py count by their first line (#!), as the system would run them.
    """
    inferred = inference(source)
    found = [
        program
        for module in inferred.view.modules
        if not _of_migrations(source, module.path)
        for program in _of(source, inferred, module, manager)
    ]
    for path in loose_scripts(source):
        module = inferred.view.module(path)
        if module is not None:
            found += list(_of(source, inferred, module, manager))
    if not found:
        for module in inferred.view.others(("__main__",)):
            found += list(_of(source, inferred, module, manager))
    names = import_names(dependencies)
    found = [
        replace(p, beside=True)
        if (p.module or p.file.endswith("/__main__.py")) and _by_path(source, p, manager, names)
        else p
        for p in found
    ]
    return tuple(sorted(found, key=lambda p: (p.test, p.file.count("/"), p.file)))


def _of_migrations(source: Source, path: str) -> bool:
    """Whether a file is Alembic's env.py: it acts on being imported, by Alembic alone."""
    folder, _, name = path.rpartition("/")
    return name == "env.py" and source.has(f"{folder}/script.py.mako".lstrip("/"))


def _by_path(source: Source, program: Program, manager: Manager, names: set[str]) -> bool:
    """Whether a program in a package that is not installed imports its neighbours by bare names."""
    folder = program.file.rpartition("/")[0]
    installed = manager.packaged and program.module.partition(".")[0] in manager.packages
    return bool(folder) and not installed and imports_beside(source, program.file, folder, names)


def usable_scripts(
    source: Source, scripts: tuple[ConsoleScript, ...]
) -> tuple[tuple[ConsoleScript, ...], tuple[Warning, ...]]:
    """The console scripts that can start, and a warning for each that names a module where a function is due."""
    imports = view(source)
    nobody = Module("", ast.Module([], []))
    usable, warnings = [], []
    for script in scripts:
        target = script.target.split("[")[0].replace(":", ".").strip()
        origin = imports.find(nobody, target)
        if (
            origin is not None
            and origin.path is not None
            and not origin.dotted
            and not _defined(imports, script.target)
        ):
            text = f"the console script {script.name} names {script.target}, which is a module and no function: it cannot start"
            warnings.append(Warning(text, (script.evidence,)))
        else:
            usable.append(script)
    return tuple(usable), tuple(warnings)


def _defined(imports: View, target: str) -> bool:
    """Whether the package of a console script defines the function itself, though a module of it has the same name."""
    dotted, _, function = target.split("[")[0].strip().partition(":")
    origin = imports.find(Module("", ast.Module([], [])), dotted)
    package = imports.module(origin.path) if origin is not None and origin.path and not origin.dotted else None
    return package is not None and any(
        isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.name == function for s in package.tree.body
    )


def detect_starts(source: Source, scripts: tuple[ConsoleScript, ...]) -> tuple[Program, ...]:
    """What the functions behind the console scripts run: a server, or something that stays."""
    inferred = inference(source)
    nobody = Module("", ast.Module([], []))  # a console script imports its function from outside of every module
    found = []
    for script in scripts:
        dotted, _, function = script.target.partition(":")
        function = function.split("[")[0].strip()
        origin = inferred.view.find(nobody, f"{dotted}.{function}")
        if origin is not None and not origin.dotted and _defined(inferred.view, script.target):
            package = inferred.view.find(nobody, dotted)
            origin = replace(origin, path=package.path, dotted=function) if package is not None else None
        module = inferred.view.module(origin.path) if origin is not None and origin.path else None
        if module is None or origin is None or "." in origin.dotted:
            continue
        stays = endless(inferred).staying(module, origin.dotted)
        run, words = None, subcommands(module, inferred.view)
        word, of_word, staying = _by_word(inferred, module, words)
        if word:
            run, stays = of_word, staying
        elif not words and not any(
            isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "add_subparsers" for n in module.of(ast.Call)
        ):
            run = next(iter(runs_of(inferred, module, origin.dotted)), None)
        line = run.line if run else stays[0] if stays else 1
        found.append(
            Program(
                module.path, line, serves=run.runner if run else "", host=run.host if run else None,
                port=run.port if run else None, port_variable=run.variable if run else None,
                unread=run.unread if run else (), stays=stays[0] if stays else None, runs=stays[1] if stays else "", script=script.name,
                subcommand=word, target=":".join((run.target if run else None) or ()),
                host_setting=run.host_setting if run else None,
                on_request=run is None and (module.path, origin.dotted) in inferred.on_request,
            )
        )  # fmt: skip
    return tuple(found)


def _of(source: Source, inferred: Inference, module: Module, manager: Manager) -> Iterator[Program]:
    body = module.tree.body
    guard = next((s for s in body if is_guard(s)), None)
    top = next((s for s in statements(body) if _effect(module, s)), None)
    if guard is None and top is None and module.path.rpartition("/")[2] != "__main__.py":
        return
    serves, host, port, variable = "", None, None, None
    unread: set[str] = set()
    target: tuple[str, str] | None = None
    setting: HostSetting | None = None
    word, of_word, staying = _by_word(inferred, module, subcommands(module, inferred.view))
    for run in (of_word,) if word and of_word else runs_of(inferred, module):
        if serves and port is not None:
            break
        serves = serves or run.runner
        if run.runner == serves:
            target = target or run.target
            setting = setting or run.host_setting
            host, port, variable = host or run.host, port or run.port, variable or run.variable
            unread |= set(run.unread)
    if serves == "grpcio" and port is None:
        port, variable = _grpc_port(module)
    stays = staying if word else endless(inferred).staying(module)
    line = (guard or top or body[0]).lineno if body else 1
    text = source.text(module.path) or ""
    folder = module.path.rpartition("/")[0]
    dotted, app_dir = "", ""
    if folder and source.has(f"{folder}/__init__.py"):
        dotted, app_dir = inferred.view.name(module.path, manager.packaged, manager.packages)
        dotted = dotted.removesuffix(".__main__")
    yield Program(
        module.path, line, guard is not None, top is not None, serves, host, port, variable,
        metadata=bool(re.search(r"^# /// script\s*$", text, re.MULTILINE)), test=not in_production(module.path),
        unread=tuple(sorted(unread)), module=dotted, app_dir=app_dir, stays=stays[0] if stays else None, runs=stays[1] if stays else "",
        subcommand=word, target=":".join(target or ()), sets=guard is not None and _sets(module, guard),
        asks=guard is not None and _asks_somewhere(inferred, module), host_setting=setting,
    )  # fmt: skip


def _asks_somewhere(inferred: Inference, module: Module) -> bool:
    """Whether the file, or a function of another that it calls for its arguments (get_arguments()), asks for one."""
    if _asks(module):
        return True
    for call in module.of(ast.Call):
        name = inferred.view.lookup(module, call.func) if isinstance(call.func, (ast.Name, ast.Attribute)) else None
        there = inferred.view.module(name.path) if name is not None and name.path not in (None, module.path) else None
        if there is None or name is None or "arg" not in name.dotted.lower():
            continue
        if _asks(there):
            return True
    return False


def _asks(module: Module) -> bool:
    """Whether the command line of a file has an argument that must be given (argparse's and click's positional ones):
    run with nothing, it only says how it is used."""
    parses = any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "parse_args"
        for n in module.of(ast.Call)
    )
    for call in module.of(ast.Call):
        demanded = any(k.arg == "required" and getattr(k.value, "value", None) is True for k in call.keywords)
        if parses and demanded and getattr(call.func, "attr", "") == "add_subparsers":
            return True  # a sub-command must be named
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = module.string(call.args[0]) or ""
        given = {k.arg: k.value for k in call.keywords}
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not name or name.startswith("-"):
            continue
        many = module.string(given["nargs"]) if "nargs" in given else ""
        if parses and method == "add_argument" and not {"default", "action"} & given.keys() and many not in ("?", "*"):
            return True
        if module.resolve(call.func) == "click.argument" and not {"default", "required", "nargs"} & given.keys():
            return True
    return False


def _sets(module: Module, guard: ast.stmt) -> bool:
    """Whether the guard alone assigns a name that a function of the module reads as a global: `args = parse_args()`."""

    def stored(nodes: Iterable[ast.AST]) -> set[str]:
        names = (
            n.id for top in nodes for n in ast.walk(top) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
        return set(names)

    here = stored([guard]) - {n for s in statements(module.tree.body) if not is_guard(s) for n in _stored_at_top(s)}
    here -= set(module.imports)
    for function in module.of(ast.FunctionDef, ast.AsyncFunctionDef) if here else ():
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        given = function.args
        own = stored(function.body) | {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
        own |= {a.arg for a in (given.vararg, given.kwarg) if a is not None}
        read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if (read - own) & here:
            return True
    return False


def _stored_at_top(statement: ast.stmt) -> set[str]:
    """The names that a statement of the top level makes, without those within its functions and classes, and without
    placeholders (`args = None`)."""
    if (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is None
    ):
        return set()
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


SMALL = ("http.server", "wsgiref", "werkzeug", "asyncio")
"""Servers with which a tool shows something on its author's machine."""


def _by_word(
    inferred: Inference, module: Module, words: tuple[Subcommand, ...]
) -> tuple[str, Run | None, tuple[int, str] | None]:
    """The one sub-command that serves, or else the one that stays: (its word, the call that serves, what stays)."""
    serving: dict[str, Run] = {}
    staying: dict[str, tuple[int, str]] = {}
    for one in words:
        there = inferred.view.module(one.path) if one.path else module
        starts = [(there, name) for name in one.functions] if there is not None else []
        for statement in one.body:
            for node in ast.walk(statement):
                name = inferred.view.lookup(module, node.func) if isinstance(node, ast.Call) else None
                inside = inferred.view.module(name.path) if name is not None and name.path else None
                if name is not None and inside is not None and name.dotted and "." not in name.dotted:
                    starts.append((inside, name.dotted))
        for inside, function in starts:
            run = next((r for r in runs_of(inferred, inside, function) if r.runner not in SMALL), None)
            if run is not None:
                serving.setdefault(one.word, run)
            stays = endless(inferred).staying(inside, function)
            if stays is not None:
                staying.setdefault(one.word, stays)
    if len(serving) == 1:
        word, run = serving.popitem()
        return word, run, staying.get(word)
    if not serving and len(staying) == 1:
        word, stays = staying.popitem()
        return word, None, stays
    return "", None, None


def _effect(module: Module, statement: ast.stmt) -> bool:
    """Whether a top-level statement does something more than define and set up."""
    if isinstance(statement, QUIET) or is_guard(statement):
        return False
    if isinstance(statement, ast.Expr):
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if isinstance(value, (ast.Constant, ast.Name, ast.Attribute, ast.Tuple)):
            return False
        if isinstance(value, ast.Call):
            name = module.resolve(value.func)
            if name == "print" or name.startswith("sys.stdout."):
                return True
            return not (SETTING_UP.match(name) or name.startswith(("logging.", "warnings.")))
        return True
    return isinstance(statement, (ast.For, ast.While, ast.AsyncFor, ast.AsyncWith, ast.Raise, ast.Match))


def _grpc_port(module: Module) -> tuple[int | None, str | None]:
    """The PORT that a gRPC server reads, where its address is put together at run time."""
    for node in module.of(ast.Call):
        if isinstance(node, ast.Call) and module.resolve(node.func) in ("os.environ.get", "os.getenv"):
            port, variable = port_of(module, node)
            if variable == "PORT" or (variable and variable.endswith("PORT") and "GRPC" in variable):
                return port, variable
    return None, None
