"""How the address that a server binds is set from outside: an option of its command line, a variable, a field of
settings. Where that is the loopback unless it is set, setting it is what makes the server answer in a container."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dockgen.detect.names import Module, argument
from dockgen.detect.ports import (
    Function,
    assigned_value,
    click_option,
    environment_name,
    given,
    of_module,
    option_call,
    parameters,
)
from dockgen.detect.typed import field_default
from dockgen.facts import HostSetting

DEPTH = 6
"""How many names, fields and calls a host is followed through."""

KEYWORDS = ("host", "server_name", "address", "listen")


def host_setting(
    module: Module, call: ast.Call, others: Sequence[Module], leading: Sequence[Module]
) -> HostSetting | None:
    """What sets the host that a call which serves is given, None for a literal one and for what cannot be followed.
    `leading`: the modules from which this one can be come to: the options of another program are none of its own."""
    values = [value for name, value in given(module, call) if name in KEYWORDS]
    for value in call.args[:2]:  # HTTPServer((host, port)), make_server(host, port), start_server(handler, host, port)
        pair = assigned_value(module, value.id) if isinstance(value, ast.Name) else value
        values += [pair.elts[0]] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else []
    among = _Among((module, *others), (module, *(one for one in leading if one is not module)))
    return next((said for value in values if (said := _setting(module, value, among, DEPTH)) is not None), None)


@dataclass(frozen=True, slots=True)
class _Among:
    """Where settings are looked for, and where options and callers are."""

    settings: tuple[Module, ...]
    leading: tuple[Module, ...]


def _setting(module: Module, node: ast.expr | None, among: _Among, depth: int) -> HostSetting | None:
    if node is None or depth <= 0 or isinstance(node, ast.Constant):
        return None
    name = environment_name(module, node)
    if name:
        return HostSetting(variable=name)
    if isinstance(node, ast.BoolOp):
        return next((said for v in node.values if (said := _setting(module, v, among, depth - 1)) is not None), None)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
        return _setting(module, node.args[0], among, depth - 1)
    if isinstance(node, ast.Name):
        function = _function_of(module, node)
        if function is not None:
            return _of_parameter(module, function, node.id, among, depth)
        return _setting(module, assigned_value(module, node.id), among, depth - 1)
    if not isinstance(node, ast.Attribute):
        return None
    held = of_module(module, node, among.settings)
    if held is not None:
        return _setting(*held, among, depth - 1)
    field = field_default(module, node, among.settings)
    if field is not None:
        return _setting(*field, among, depth - 1) or HostSetting(field=(field[0].path, field[1].lineno))
    option = _parsed(module, node)
    if option is not None:
        return option
    elsewhere = {said for other in among.leading if (said := _parsed(other, node)) is not None}
    return elsewhere.pop() if len(elsewhere) == 1 else None


def _function_of(module: Module, name: ast.Name) -> Function | None:
    """The innermost function around a name that has it as a parameter, and does not set it anew."""
    for _, parent in module.ancestors(name):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if name.id in parameters(parent):
                return parent
            if any(
                isinstance(n, ast.Name) and n.id == name.id and isinstance(n.ctx, ast.Store) for n in ast.walk(parent)
            ):
                return None
    return None


def _of_parameter(module: Module, function: Function, name: str, among: _Among, depth: int) -> HostSetting | None:
    """The option that fills a parameter (click, Typer, Fire), or what its function's callers give."""
    option = _declared(module, function, name)
    if option:
        return HostSetting(option=option)
    position = list(parameters(function)).index(name)
    for other in among.leading:
        for call in other.of(ast.Call):
            if isinstance(call, ast.Call) and other.resolve(call.func).rpartition(".")[2] == function.name:
                said = _setting(other, argument(call, position, name), among, depth - 1)
                if said is not None:
                    return said
    return None


def _declared(module: Module, function: Function, name: str) -> str:
    option = click_option(module, function, name)
    if option is not None:
        return _flag(module, (option,))
    decorators = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    commands = any(module.resolve(d).rpartition(".")[2] in ("command", "callback", "default") for d in decorators)
    started = {
        a.id
        for call in module.of(ast.Call)
        if isinstance(call, ast.Call) and module.resolve(call.func) in ("typer.run", "fire.Fire")
        for a in call.args[:1]
        if isinstance(a, ast.Name)
    }
    if not commands and function.name not in started:
        return ""
    declared = tuple(_options(module, function, name))
    flag = _flag(module, declared)
    if flag or any(module.resolve(call.func).endswith("Argument") for call in declared):
        return flag
    typed = "typer" in module.imports.values() or any(
        o.startswith(("typer.", "cyclopts")) for o in module.imports.values()
    )
    return f"--{name.replace('_', '-')}" if function.name in started or typed else ""


def _flag(module: Module, calls: tuple[ast.Call, ...]) -> str:
    """The first long flag among the arguments, "" for none."""
    texts = [text for call in calls for a in call.args if (text := module.string(a)) and text.startswith("--")]
    return texts[0].partition("/")[0] if texts else ""


def _options(module: Module, function: Function, name: str) -> Iterator[ast.Call]:
    """typer.Option(...) and typer.Argument(...) of a parameter, as its default or in its annotation."""
    default = parameters(function).get(name)
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    annotation = next((a.annotation for a in arguments if a.arg == name), None)
    for node in (n for one in (default, annotation) if one is not None for n in ast.walk(one)):
        if isinstance(node, ast.Call) and module.resolve(node.func).endswith(("Option", "Argument", "Parameter")):
            yield node


def _parsed(module: Module, node: ast.Attribute) -> HostSetting | None:
    """The option behind `args.host`: argparse's and tornado's."""
    call = option_call(module, node)
    if call is None:
        return None
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_argument":
        return HostSetting(option=f"--{node.attr}")
    flag = _flag(module, (call,))
    return HostSetting(option=flag, early=not _below(module, call.func.value)) if flag else None


def _below(module: Module, parser: ast.expr) -> bool:
    """Whether a parser is one of a sub-command."""
    made = assigned_value(module, parser.id) if isinstance(parser, ast.Name) else None
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        return made.func.attr == "add_parser" or (
            made.func.attr == "add_argument_group" and _below(module, made.func.value)
        )
    return False
