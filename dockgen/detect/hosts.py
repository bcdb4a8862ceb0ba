"""How the address that a server binds is set from outside: an option of its command line, a variable, a field of
settings. Where that is the loopback unless it is set, setting it is what makes the server answer in a container."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from dockgen.detect.names import Module, argument
from dockgen.detect.names import keyword as keyword_of
from dockgen.detect.ports import assigned_value, environment_name, given, of_module
from dockgen.detect.typed import field_default
from dockgen.facts import HostSetting

DEPTH = 6
"""How many names, fields and calls a host is followed through."""

KEYWORDS = ("host", "server_name", "address", "listen")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def host_setting(module: Module, call: ast.Call, others: Sequence[Module]) -> HostSetting | None:
    """What sets the host that a call which serves is given, None for a literal one and for what cannot be followed."""
    values = [value for name, value in given(module, call) if name in KEYWORDS]
    for value in call.args[:2]:  # HTTPServer((host, port)), make_server(host, port), start_server(handler, host, port)
        pair = assigned_value(module, value.id) if isinstance(value, ast.Name) else value
        values += [pair.elts[0]] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else []
    among = (module, *(other for other in others if other is not module))
    return next((said for value in values if (said := _setting(module, value, among, DEPTH)) is not None), None)


def _setting(module: Module, node: ast.expr | None, among: Sequence[Module], depth: int) -> HostSetting | None:
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
    held = of_module(module, node, among)
    if held is not None:
        return _setting(*held, among, depth - 1)
    option = _parsed(module, node)
    if option is not None:
        return option
    elsewhere = {said for other in among[1:] if (said := _parsed(other, node)) is not None}
    if len(elsewhere) == 1:
        return elsewhere.pop()
    field = field_default(module, node, among)
    if field is None:
        return None
    inner = _setting(*field, among, depth - 1)
    return inner or HostSetting(field=(field[0].path, field[1].lineno))


def _function_of(module: Module, name: ast.Name) -> Function | None:
    """The innermost function around a name that has it as a parameter, and does not set it anew."""
    for _, parent in module.ancestors(name):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if name.id in _parameters(parent):
                return parent
            if any(
                isinstance(n, ast.Name) and n.id == name.id and isinstance(n.ctx, ast.Store) for n in ast.walk(parent)
            ):
                return None
    return None


def _parameters(function: Function) -> dict[str, ast.expr | None]:
    """Parameter -> its default, in their order."""
    places = [*function.args.posonlyargs, *function.args.args]
    found: dict[str, ast.expr | None] = dict.fromkeys((a.arg for a in places), None)
    found |= {a.arg: d for a, d in zip(reversed(places), reversed(function.args.defaults), strict=False)}
    return found | {a.arg: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)}


def _of_parameter(
    module: Module, function: Function, name: str, among: Sequence[Module], depth: int
) -> HostSetting | None:
    """The option that fills a parameter (click, Typer, Fire), or what its function's callers give."""
    option = _declared(module, function, name)
    if option:
        return HostSetting(option=option)
    position = list(_parameters(function)).index(name)
    for other in among:
        for call in other.of(ast.Call):
            if isinstance(call, ast.Call) and other.resolve(call.func).rpartition(".")[2] == function.name:
                said = _setting(other, argument(call, position, name), among, depth - 1)
                if said is not None:
                    return said
    return None


def _declared(module: Module, function: Function, name: str) -> str:
    flag = f"--{name.replace('_', '-')}"
    commands = False
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = module.resolve(called).rpartition(".")[2]
        commands |= last in ("command", "callback", "default")
        if last == "option" and isinstance(decorator, ast.Call):
            flags = [text for a in decorator.args if (text := module.string(a))]
            long = [text for text in flags if text.startswith("--")]
            if name in flags or name in {text.lstrip("-").replace("-", "_") for text in long[:1]}:
                return long[0].partition("/")[0] if long else ""
    started = {
        a.id
        for call in module.of(ast.Call)
        if isinstance(call, ast.Call) and module.resolve(call.func) in ("typer.run", "fire.Fire")
        for a in call.args[:1]
        if isinstance(a, ast.Name)
    }
    if not commands and function.name not in started:
        return ""
    declared = [call for call in _options(module, function, name)]
    flags = [text for call in declared for a in call.args if (text := module.string(a)) and text.startswith("--")]
    if flags:
        return flags[0].partition("/")[0]
    if any(module.resolve(call.func).endswith("Argument") for call in declared):
        return ""
    typed = "typer" in module.imports.values() or any(
        o.startswith(("typer.", "cyclopts")) for o in module.imports.values()
    )
    return flag if function.name in started or typed else ""


def _options(module: Module, function: Function, name: str) -> Iterator[ast.Call]:
    """typer.Option(...) and typer.Argument(...) of a parameter, as its default or in its annotation."""
    default = _parameters(function).get(name)
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    annotation = next((a.annotation for a in arguments if a.arg == name), None)
    for node in (n for one in (default, annotation) if one is not None for n in ast.walk(one)):
        if isinstance(node, ast.Call) and module.resolve(node.func).endswith(("Option", "Argument", "Parameter")):
            yield node


def _parsed(module: Module, node: ast.Attribute) -> HostSetting | None:
    """The option behind `args.host`: argparse's, tornado's and absl's."""
    wanted = (f"--{node.attr}", f"--{node.attr.replace('_', '-')}")
    for call in module.of(ast.Call):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        texts = [text for a in call.args if (text := module.string(a))]
        last = module.resolve(call.func).rpartition(".")[2]
        if last in ("define", "DEFINE_string") and texts[:1] == [node.attr]:
            return HostSetting(option=f"--{node.attr}")
        if last != "add_argument" or not isinstance(call.func, ast.Attribute):
            continue
        long = [text for text in texts if text.startswith("--")]
        if long and (set(wanted) & set(texts) or module.string(keyword_of(call, "dest")) == node.attr):
            return HostSetting(option=long[0], early=not _below(module, call.func.value))
    return None


def _below(module: Module, parser: ast.expr) -> bool:
    """Whether a parser is one of a sub-command."""
    made = assigned_value(module, parser.id) if isinstance(parser, ast.Name) else None
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        return made.func.attr == "add_parser" or (
            made.func.attr == "add_argument_group" and _below(module, made.func.value)
        )
    return False
