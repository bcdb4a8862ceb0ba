"""Python files that do something when they are run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dockgen.detect.applications import _is_guard, binding, port_of
from dockgen.detect.names import Module, in_production, modules
from dockgen.facts import Program
from dockgen.knowledge import table
from dockgen.source import Source

QUIET = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def detect_programs(source: Source) -> tuple[Program, ...]:
    """Programs in order of their place in the tree: nearest to the root first."""
    found = [program for module in modules(source) for program in _of(source, module)]
    return tuple(sorted(found, key=lambda p: (p.test, p.file.count("/"), p.file)))


def _of(source: Source, module: Module) -> Iterator[Program]:
    body = module.tree.body
    guard = next((s for s in body if _is_guard(s)), None)
    effects = [s for s in body if not isinstance(s, QUIET) and not _is_guard(s) and not _documentation(s)]
    top = next((s for s in effects if isinstance(s, (ast.Expr, ast.For, ast.While, ast.With, ast.If, ast.Try))), None)
    if guard is None and top is None and not module.path.endswith("__main__.py"):
        return
    serves, host, port, variable = "", None, None, None
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = module.resolve(node.func)
            runner = table("frameworks")["runners"].get(name)
            if runner is None and name.endswith(".add_insecure_port"):
                runner = "grpcio"
            if runner:
                serves = serves or runner
                h, p, v = binding(module, node)
                if p is None:  # HTTPServer((host, port)), TCPServer(("", PORT))
                    for argument in node.args[:1]:
                        if isinstance(argument, ast.Tuple) and len(argument.elts) == 2:
                            h = module.string(argument.elts[0])
                            p, v = port_of(module, argument.elts[1])
                host, port, variable = host or h, port or p, variable or v
            if serves == "grpcio" and port is None and name.rpartition(".")[2] in ("get", "getenv"):
                p, v = port_of(module, node)
                if v == "PORT":
                    port, variable = p, v
    text = source.text(module.path) or ""
    line = (guard or top or module.tree.body[0]).lineno if module.tree.body else 1
    yield Program(
        module.path, line, guard is not None, top is not None, serves, host, port, variable,
        metadata="# /// script" in text, test=not in_production(module.path),
    )  # fmt: skip


def _documentation(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
