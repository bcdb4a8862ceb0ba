"""Variables that no line of the project reads, because a library that it uses reads them by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from dockgen.detect.absence import caught
from dockgen.detect.names import Module, argument, keyword, text_of
from dockgen.detect.reads import Project, Read, make_read
from dockgen.detect.unset import UNKNOWN, value_of
from dockgen.knowledge import table


def library_reads(module: Module, node: ast.AST) -> Iterator[Read]:
    """What a call (or decorator) makes its library read: `OpenAI()` without a key reads OPENAI_API_KEY."""
    call = node if isinstance(node, ast.Call) else None
    dotted = module.resolve(call.func if call else node)
    if "." not in dotted:
        return
    for row in _by_call().get(dotted, ()):
        if call is not None and (
            keyword(call, *row["unless"]) is not None or any(k.arg is None for k in call.keywords)
        ):
            continue
        if "models" in row:
            model = module.string(argument(call, 0, "model")) if call is not None else None
            if not model or not model.startswith(tuple(row["models"])):
                continue
        required = not caught(module, node)
        why = f"read by {dotted.partition('.')[0]} itself"
        yield make_read(module, node, row["variable"], why, required=required, secret=True)


def _by_call() -> dict[str, list[dict[str, Any]]]:
    """The table's rows by what is called."""
    rows = table("services")["library_reads"]
    found = BY_CALL.get(id(rows))
    if found is None:
        found = {}
        for row in rows:
            for call in row["calls"]:
                found.setdefault(call, []).append(row)
        BY_CALL.clear()
        BY_CALL[id(rows)] = found
    return found


BY_CALL: dict[int, dict[str, list[dict[str, Any]]]] = {}


def project_reads(project: Project) -> Iterator[Read]:
    """What libraries read on behalf of the whole project."""
    yield from _options(project)
    for module in project.modules:
        yield from _settings_modules(module)
        yield from _dynaconf(module, project)
        yield from _signing(module, project)
        yield from _allowed_hosts(module)


SETTINGS_WHY = "Django looks there for its settings"


def _settings_modules(module: Module) -> Iterator[Read]:
    """The variable that names the settings module, where nothing in the file that starts the program does."""
    for node in module.calls("get_wsgi_application", "get_asgi_application"):
        if module.resolve(node.func) in DJANGO_STARTS:
            sets = any(isinstance(n, ast.Constant) and n.value == "DJANGO_SETTINGS_MODULE" for n in module.nodes)
            # One that calls settings.configure() needs no module; one that imports more may set it there.
            if not sets and len(set(module.imports.values())) <= 2:
                yield make_read(module, node, "DJANGO_SETTINGS_MODULE", SETTINGS_WHY, required=True)
            return
    for statement in module.of(ast.ImportFrom):  # github.com/drgarcia1986/simple-settings: "Usage"
        names = {alias.name for alias in statement.names} if statement.module == "simple_settings" else set()
        if "settings" in names:
            yield make_read(module, statement, "SIMPLE_SETTINGS", "names simple-settings' modules", required=True)


DJANGO_STARTS = ("django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application")


def _options(project: Project) -> Iterator[Read]:
    """Click reads PREFIX_OPTION for each option of a command that is run with auto_envvar_prefix, and PREFIX_COMMAND_OPTION
    for those of a group's commands (click.palletsprojects.com, "Values from Environment Variables"). Typer is click."""
    prefixes = [found for module in project.modules for found in _prefixes(module)]
    if not prefixes:
        return
    for module in project.modules:
        if not any(origin.partition(".")[0] in CLICKS for origin in module.imports.values()):
            continue
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*module.of(ast.FunctionDef)]
        for function in [*functions, *module.of(ast.AsyncFunctionDef)]:
            command = _command(module, function)
            if command is None:
                continue
            group, own = command
            prefix = next((text for name, text in prefixes if name in (group or function.name, "")), None)
            if prefix is None:
                continue
            for option in (d for d in function.decorator_list if isinstance(d, ast.Call)):
                called = module.resolve(option.func)
                if called.partition(".")[0] not in CLICKS or called.rpartition(".")[2] != "option":
                    continue
                name = _option_name(option)
                if not name or text_of(keyword(option, "allow_from_autoenv")) == "false":
                    continue
                variable = "_".join([prefix, *([own] if group else []), name]).replace("-", "_").upper()
                default = text_of(keyword(option, "default"))
                required = text_of(keyword(option, "required")) == "true" and keyword(option, "default") is None
                # Of a group's commands another may be run.
                yield make_read(
                    module, option, variable, "option of click.option", required=required and not group, default=default
                )  # fmt: skip


CLICKS = frozenset({"click", "rich_click", "asyncclick"})


def _prefixes(module: Module) -> Iterator[tuple[str, str]]:
    """(name of the command, "" where that cannot be told, and prefix) of each use of auto_envvar_prefix."""
    for table_ in module.of(ast.Dict):  # context_settings={"auto_envvar_prefix": "APP"}
        for key, value in zip(table_.keys, table_.values, strict=True):
            if text_of(key) == "auto_envvar_prefix" and (prefix := module.string(value)):
                yield _decorated(module, table_), prefix
    for call in module.of(ast.Call):
        prefix = module.string(keyword(call, "auto_envvar_prefix"))
        if prefix:
            called = module.resolve(call.func).rpartition(".")[2]
            yield _decorated(module, call) or ("" if called == "dict" else called), prefix


def _decorated(module: Module, node: ast.AST) -> str:
    """The function whose decorator this is a part of, "" for none."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return parent.name if any(child is d for d in parent.decorator_list) else ""
    return ""


def _command(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, str] | None:
    """What the group is called that holds the command, "" for none, and its own name; None for what is no command."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = called.attr if isinstance(called, ast.Attribute) else module.resolve(called).rpartition(".")[2]
        if last not in ("command", "group"):
            continue
        given = text_of(argument(decorator, 0, "name")) if isinstance(decorator, ast.Call) else None
        base = module.resolve(called).rpartition(".")[0]
        group = "" if base.partition(".")[0] in {"", *CLICKS} else base.rpartition(".")[2]
        return group, given or function.name.removesuffix("_command").replace("_", "-")
    return None


def _option_name(option: ast.Call) -> str:
    words = [text_of(one) or "" for one in option.args]
    given = next((w for w in words if w.isidentifier()), "")
    return given or max((w for w in words if w.startswith("--")), key=len, default="").split("/")[0].strip("-")


def _dynaconf(module: Module, project: Project) -> Iterator[Read]:
    """Dynaconf reads PREFIX_NAME for each setting (dynaconf.com/envvars); a validator with must_exist requires it."""
    for node in module.calls("Dynaconf", "LazySettings", "FlaskDynaconf", "DjangoDynaconf"):
        last = module.resolve(node.func)
        if last not in (
            "dynaconf.Dynaconf",
            "dynaconf.LazySettings",
            "dynaconf.FlaskDynaconf",
            "dynaconf.DjangoDynaconf",
        ):
            continue
        given = keyword(node, "envvar_prefix", "ENVVAR_PREFIX_FOR_DYNACONF")
        fallback = {"dynaconf.FlaskDynaconf": "FLASK", "dynaconf.DjangoDynaconf": "DJANGO"}.get(last, "DYNACONF")
        prefix = "" if isinstance(given, ast.Constant) and given.value is False else text_of(given) or fallback
        prefix = f"{prefix}_" if prefix else ""
        required = set(_validated(module, node))
        objects = {
            p.targets[0].id for p in module.of(ast.Assign) if p.value is node and isinstance(p.targets[0], ast.Name)
        }
        asked: set[str] = set(required)
        for other in project.modules:
            for use in other.of(ast.Attribute, ast.Subscript):
                base = use.value if isinstance(use, (ast.Attribute, ast.Subscript)) else None
                # What Flask's extension fills is the application's own configuration.
                of_flask = last.endswith("FlaskDynaconf") and isinstance(use, ast.Subscript)
                of_flask = (
                    of_flask
                    and isinstance(getattr(use, "ctx", None), ast.Load)
                    and getattr(base, "attr", "") == "config"
                )
                if not of_flask and other.resolve(base).rpartition(".")[2] not in objects:
                    continue
                name = use.attr if isinstance(use, ast.Attribute) else text_of(getattr(use, "slice", None)) or ""
                if re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
                    asked.add(name)
        for name in sorted(asked):
            yield make_read(module, node, prefix + name, "read by dynaconf", required=name in required)


def _validated(module: Module, call: ast.Call) -> Iterator[str]:
    """Names that a validator wants, without a default. Validators may stand beside the call as well."""
    for node in module.of(ast.Call):
        if isinstance(node, ast.Call) and module.resolve(node.func) == "dynaconf.Validator":
            wanted = text_of(keyword(node, "must_exist")) == "true" or text_of(keyword(node, "required")) == "true"
            if wanted and keyword(node, "default") is None and keyword(node, "when") is None:
                for name in node.args:
                    text = text_of(name)
                    if text:
                        yield text.upper().replace(".", "__")


SIGNERS = frozenset({"quart_auth.QuartAuth", "quart_auth.AuthManager", "flask_login.LoginManager", "flask_wtf.CSRFProtect",
                     "flask_wtf.csrf.CSRFProtect", "flask_session.Session", "flask_debugtoolbar.DebugToolbarExtension"})  # fmt: skip
"""Extensions that sign cookies or forms with SECRET_KEY."""


def _signing(module: Module, project: Project) -> Iterator[Read]:
    """SECRET_KEY of a Flask or Quart application that takes its configuration from prefixed variables alone."""
    for node in module.calls("from_prefixed_env"):
        signs = any(
            isinstance(c, ast.Call) and other.resolve(c.func) in SIGNERS
            for other in project.modules
            for c in other.of(ast.Call)
        )
        given = any(_gives_key(other) for other in project.modules)
        if signs and not given:
            prefix = text_of(argument(node, 0, "prefix")) or "FLASK"
            yield make_read(
                module, node, f"{prefix}_SECRET_KEY", "sessions are signed with it", required=True, secret=True
            )


def _gives_key(module: Module) -> bool:
    """Whether the file sets SECRET_KEY by itself."""
    for node in module.of(ast.Subscript, ast.Attribute, ast.Name, ast.keyword):
        if isinstance(node, ast.keyword):
            if node.arg == "SECRET_KEY":
                return True
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            name = (
                text_of(node.slice)
                if isinstance(node, ast.Subscript)
                else getattr(node, "attr", getattr(node, "id", ""))
            )
            if name in ("SECRET_KEY", "secret_key"):
                return True
    return False


def _allowed_hosts(module: Module) -> Iterator[Read]:
    """The variable behind ALLOWED_HOSTS: with DEBUG off Django answers nobody whom it does not list (ref/settings)."""
    tops = [n for n in module.tree.body if isinstance(n, (ast.Assign, ast.AnnAssign))]
    names = {t.id for n in tops if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    if not {"INSTALLED_APPS", "ROOT_URLCONF"} & names:
        return
    off = value_of(module, ast.Name("DEBUG", ast.Load()))
    if off is UNKNOWN or off:
        return
    for node in module.of(ast.Assign):
        if not isinstance(node, ast.Assign) or not any(
            isinstance(t, ast.Name) and t.id == "ALLOWED_HOSTS" for t in node.targets
        ):
            continue
        strings = [
            n.value for n in module.inside(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        variables = [s for s in strings if re.fullmatch(r"[A-Z][A-Z0-9_]*", s)]
        hosts = [s for s in strings if s not in variables and re.search(r"[\w*]", s)]
        others = [n for n in module.of(ast.Assign) if isinstance(n, ast.Assign) and n is not node and _hosts(n)]
        if len(variables) == 1 and not hosts and not others:
            yield make_read(module, node, variables[0], "Django answers these hosts alone", required=True)


def _hosts(node: ast.Assign) -> bool:
    """An assignment to ALLOWED_HOSTS of anything but an empty list."""
    named = any(isinstance(t, ast.Name) and t.id == "ALLOWED_HOSTS" for t in node.targets)
    return named and not (isinstance(node.value, (ast.List, ast.Tuple)) and not node.value.elts)
