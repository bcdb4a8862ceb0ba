"""How an MCP server speaks: over stdio (a client starts it), or over HTTP (it listens).

Sources: the README of modelcontextprotocol/python-sdk and gofastmcp.com, both "Running your server".
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from dockgen.detect.names import Module, keyword

HTTP = frozenset({"http", "streamable-http", "streamable_http", "sse"})
METHODS = {
    "run_http_async": "http",
    "run_streamable_http_async": "streamable-http",
    "run_sse_async": "sse",
    "run_stdio_async": "stdio",
}
CLASSES = ("FastMCP", "MCPServer")
PORT = 8000
"""What both libraries bind when nothing is said."""


def listens(module: Module, call: ast.Call, text_of: Callable[[Module, ast.expr], str | None]) -> bool:
    """Whether this call of run serves HTTP without an option or variable that says so."""
    assert isinstance(call.func, ast.Attribute)
    if not _by_default(module, call, text_of):
        return False
    if call.func.attr in METHODS:
        return METHODS[call.func.attr] in HTTP
    given = keyword(call, "transport") or (call.args[0] if call.args else None)
    if given is None:
        return False
    text = text_of(module, given)
    if text is None and isinstance(given, ast.Name):
        text = _parameter(module, call, given.id, text_of)
    return text in HTTP


def _by_default(module: Module, call: ast.Call, text_of: Callable[[Module, ast.expr], str | None]) -> bool:
    """Whether the branch `if args.transport == "sse":` around a call is taken with no option given."""
    for child, parent in module.ancestors(call):
        test = parent.test if isinstance(parent, ast.If) else None
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.In)):
            continue
        compared = test.comparators[0]
        words = [module.string(e) for e in getattr(compared, "elts", [compared])]
        said = text_of(module, test.left)
        if said is None and isinstance(test.left, ast.Name):
            said = _parameter(module, call, test.left.id, text_of)
        if said is None or None in words or not isinstance(parent, ast.If):
            continue
        if (said in words) != (child in parent.body):
            return False
    return True


def _parameter(
    module: Module, node: ast.AST, name: str, text_of: Callable[[Module, ast.expr], str | None]
) -> str | None:
    """The default of a parameter of the function around: its own, typer's or click's option."""
    for _, parent in module.ancestors(node):
        if not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        arguments = [*parent.args.posonlyargs, *parent.args.args]
        defaults: dict[str, ast.expr] = {}
        for argument, default in zip(reversed(arguments), reversed(parent.args.defaults), strict=False):
            defaults[argument.arg] = default
        for argument, given in zip(parent.args.kwonlyargs, parent.args.kw_defaults, strict=True):
            if given is not None:
                defaults[argument.arg] = given
        value: ast.expr | None = defaults.get(name)
        if isinstance(value, ast.Call):
            value = keyword(value, "default") or (value.args[0] if value.args else None)
        for decorator in parent.decorator_list:
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == "option":
                names = {
                    a.value.lstrip("-").replace("-", "_")
                    for a in decorator.args
                    if isinstance(a, ast.Constant) and isinstance(a.value, str)
                }
                if name in names:
                    value = keyword(decorator, "default") or value
        return text_of(module, value) if value is not None else None
    return None


def constructor(modules: Iterable[Module]) -> tuple[Module, ast.Call] | None:
    """The call that makes the server, where it is given a host or a port."""
    for module in modules:
        for node in module.nodes:
            if not isinstance(node, ast.Call) or keyword(node, "host", "port") is None:
                continue
            if module.resolve(node.func).rpartition(".")[2] in CLASSES:
                return module, node
    return None
