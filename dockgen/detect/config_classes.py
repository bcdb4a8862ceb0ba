"""Variables of configuration libraries that describe them by classes and parsers, beside pydantic's.

minicfg (its readme, "Usage"), environ-config (environ-config.readthedocs.io, "Tutorial"), typed-settings
(typed-settings.readthedocs.io, "Environment Variables") and ConfigArgParse (its readme, "Environment Vars").
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dockgen.detect.names import Module, argument, assigned, keyword, text_of
from dockgen.detect.reads import NAME, Project, Read, make_read

DEPTH = 5
"""How deep classes of settings nest; more is a cycle."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One field: the name behind the prefixes, and what it is where the variable is not set."""

    name: str
    node: ast.AST
    required: bool
    default: str | None = None
    secret: bool = False


def class_reads(project: Project) -> Iterator[Read]:
    """What the classes and parsers of these libraries read, in the whole project."""
    for module in project.modules:
        tops = {origin.partition(".")[0] for origin in module.imports.values()}
        if "minicfg" in tops:
            yield from _minicfg(module)
        if "environ" in tops:
            yield from _environ_config(module, project)
        if "typed_settings" in tops:
            yield from _typed_settings(module, project)
        if "configargparse" in tops:
            yield from _configargparse(module, project)


def _made(module: Module, one: Declared, name: str, why: str) -> Iterator[Read]:
    if NAME.fullmatch(name):
        yield make_read(
            module, one.node, name, why, required=one.required, default=one.default, secret=one.secret
        )  # fmt: skip


def _missing(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is Ellipsis)


# ---- minicfg ------------------------------------------------------------------------------------


def _minicfg(module: Module) -> Iterator[Read]:
    for node in module.of(ast.ClassDef):
        outer = module.parents.get(id(node))
        if _is_minicfg(module, node) and not (isinstance(outer, ast.ClassDef) and _is_minicfg(module, outer)):
            yield from _of_minicfg(module, node, "")


def _is_minicfg(module: Module, node: ast.ClassDef) -> bool:
    return any(module.resolve(base) == "minicfg.Minicfg" for base in node.bases)


def _of_minicfg(module: Module, node: ast.ClassDef, prefix: str, depth: int = DEPTH) -> Iterator[Read]:
    for decorator in node.decorator_list:
        named = ("minicfg.minicfg_prefix", "minicfg.minicfg_name")
        if isinstance(decorator, ast.Call) and module.resolve(decorator.func) in named:
            given = module.string(argument(decorator, 0, "prefix", "name"))
            prefix += f"{given}_" if given else ""
    for statement in node.body:
        if isinstance(statement, ast.ClassDef) and _is_minicfg(module, statement) and depth > 0:
            yield from _of_minicfg(module, statement, prefix, depth - 1)
        pair = assigned(statement)
        if pair is None or not isinstance(pair[1], ast.Call) or module.resolve(pair[1].func) != "minicfg.Field":
            continue
        name = text_of(keyword(pair[1], "name")) or pair[0]
        default = keyword(pair[1], "default")
        one = Declared(name, statement, default is None, text_of(default))
        yield from _made(module, one, prefix + name, "a field of minicfg")


# ---- environ-config -----------------------------------------------------------------------------

ENVIRON_CONFIG = "a variable of environ-config"


def _environ_config(module: Module, project: Project) -> Iterator[Read]:
    for node in module.of(ast.ClassDef):
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            given = keyword(call, "prefix") if call is not None else None
            # A class without a prefix of its own may be a group of another: that one reads it.
            if call is None or given is None or module.resolve(call.func) != "environ.config":
                continue
            prefix = text_of(given) or ""
            yield from _of_environ_config(module, node, project, f"{prefix}_" if prefix else "")


def _of_environ_config(
    module: Module, node: ast.ClassDef, project: Project, prefix: str, depth: int = DEPTH, optional: bool = False
) -> Iterator[Read]:
    for statement in node.body:
        pair = assigned(statement)
        if pair is None or not isinstance(pair[1], ast.Call):
            continue
        called = module.resolve(pair[1].func)
        if called in ("environ.var", "environ.bool_var"):
            own = text_of(keyword(pair[1], "name"))
            default = argument(pair[1], 0, "default")
            one = Declared(own or pair[0], statement, default is None and not optional, text_of(default))
            yield from _made(module, one, own or f"{prefix}{pair[0]}".upper(), ENVIRON_CONFIG)
        elif called == "environ.group" and depth > 0:
            held = project.classes.get(module.resolve(argument(pair[1], 0, "cls")).rpartition(".")[2])
            free = optional or text_of(keyword(pair[1], "optional")) == "true"
            if held is not None:
                yield from _of_environ_config(*held, project, f"{prefix}{pair[0]}_".upper(), depth - 1, free)


# ---- typed-settings -----------------------------------------------------------------------------

LOADS = ("load", "cli", "click_options")
"""Functions that are given the class and the program's name, by which the variables begin."""


def _typed_settings(module: Module, project: Project) -> Iterator[Read]:
    for call in module.calls(*LOADS):
        if module.resolve(call.func).partition(".")[0] != "typed_settings":
            continue
        held = project.classes.get(module.resolve(argument(call, 0, "cls")).rpartition(".")[2])
        given = keyword(call, "env_prefix")
        name = text_of(argument(call, 1, "appname", "loaders")) or ""
        prefix = text_of(given) if given is not None else f"{name.upper().replace('-', '_')}_" if name else None
        if held is not None and prefix is not None:
            files = keyword(call, "config_files") is not None  # those may give what the variables do not
            yield from _of_typed_settings(*held, project, prefix, files)


def _of_typed_settings(
    module: Module, node: ast.ClassDef, project: Project, prefix: str, files: bool, depth: int = DEPTH
) -> Iterator[Read]:
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        field, value = statement.target.id, statement.value
        inner = project.classes.get(module.resolve(statement.annotation).rpartition(".")[2])
        if inner is not None and depth > 0:
            yield from _of_typed_settings(*inner, project, f"{prefix}{field}_".upper(), files, depth - 1)
            continue
        secret = False
        if isinstance(value, ast.Call) and module.resolve(value.func).partition(".")[0] in ("typed_settings", "attrs"):
            secret = module.resolve(value.func).endswith(".secret")
            value = keyword(value, "default", "factory")
        one = Declared(field, statement, _missing(value) and not files, text_of(value), secret)
        yield from _made(module, one, f"{prefix}{field}".upper(), "a field of typed-settings")


# ---- ConfigArgParse -----------------------------------------------------------------------------


def _configargparse(module: Module, project: Project) -> Iterator[Read]:
    prefix: str | None = None
    for call in module.of(ast.Call):
        given = keyword(call, "auto_env_var_prefix")
        if given is not None:
            prefix = _text(module, given, project)
    for call in module.calls("add_argument", "add_arg", "add"):
        named = text_of(keyword(call, "env_var"))
        words = [w for a in call.args if (w := text_of(a)) and w.startswith("-")]
        long = max(words, key=len, default="").strip("-")
        name = named or (f"{prefix}{long.replace('-', '_')}".upper() if prefix is not None and long else "")
        if not name or (text_of(keyword(call, "action")) or "").startswith(("help", "version")):
            continue
        default = _text(module, keyword(call, "default"), project)
        required = text_of(keyword(call, "required")) == "true"
        yield from _made(module, Declared(long, call, required, default), name, "option of configargparse")


def _text(module: Module, node: ast.expr | None, project: Project) -> str | None:
    """A literal, a constant of this or another module, or such a one in a call: URL(DEFAULT)."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    text = text_of(node)
    if text is not None or not isinstance(node, (ast.Name, ast.Attribute)):
        return text
    base, _, name = module.resolve(node).rpartition(".")
    if not base:
        return module.constants.get(name)
    home = base.rpartition(".")[2]
    return next((m.constants[name] for m in project.modules if _stem(m) == home and name in m.constants), None)


def _stem(module: Module) -> str:
    folder, _, name = module.path.rpartition("/")
    return folder.rpartition("/")[2] if name == "__init__.py" else name.removesuffix(".py")
