"""What the code takes from the standard library that a newer Python no longer has: modules and names.

Sources: the pages "What's New in Python 3.x", sections "Removed"; PEP 594 and PEP 632.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from dockgen.detect.modules import is_guard
from dockgen.detect.names import Module, in_production, is_helper
from dockgen.facts import Dependency, Evidence, PythonConstraint
from dockgen.knowledge import table

STARTS = ("main", "run", "start", "start_bot", "run_bot")
"""Functions that a program starts with, on a thread without an event loop."""


def removed_names(modules: Iterable[Module], dependencies: tuple[Dependency, ...]) -> tuple[PythonConstraint, ...]:
    """The newest Python that the production code imports on, once for each, where it is older than the newest."""
    known = table("python_releases")["removed"]
    there = {d.name for d in dependencies if not d.group}
    gone: dict[str, tuple[str, str]] = {}  # dotted -> (newest Python, what it is)
    for newest, names in known["modules"].items():
        for name in names:
            if not there & {f"standard-{name}", *known["providers"].get(name, ())}:
                gone[name] = (newest, f"imports {name}, which")
    for newest, names in known["names"].items():
        gone |= {name: (newest, f"uses {name}, which") for name in names}
    last = {name.rpartition(".")[2] for name in gone}
    own = {m.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2] for m in modules}
    found: dict[str, PythonConstraint] = {}
    for module in modules:
        if not in_production(module.path) or is_helper(module.path):
            continue
        for node in module.of(ast.Import, ast.ImportFrom, ast.Attribute, ast.Call):
            for dotted in _names(module, node, last):
                newest, what = gone.get(dotted, ("", ""))
                if not newest or newest in found or is_tried(module, node):
                    continue
                if "." not in dotted and dotted in own:
                    continue
                why = f"{what} left the standard library after Python {newest}"
                found[newest] = PythonConstraint(
                    "limit", newest, Evidence(module.path, getattr(node, "lineno", 1), why)
                )
            if "3.13" not in found and isinstance(node, ast.Call) and _without_loop(module, node):
                why = "asks for an event loop where none runs, which fails after Python 3.13"
                found["3.13"] = PythonConstraint("limit", "3.13", Evidence(module.path, node.lineno, why))
    return tuple(found[newest] for newest in sorted(found, key=lambda v: int(v.partition(".")[2])))


def _names(module: Module, node: ast.AST, last: set[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [name for a in node.names for name in (a.name, a.name.partition(".")[0])]
    if isinstance(node, ast.ImportFrom):
        if node.level or not node.module:
            return []
        return [node.module.partition(".")[0], node.module, *(f"{node.module}.{a.name}" for a in node.names)]
    return [module.resolve(node)] if isinstance(node, ast.Attribute) and node.attr in last else []


def is_tried(module: Module, node: ast.AST) -> bool:
    """Whether a failure is caught, or the line runs under a condition."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body:
            return True
        if isinstance(parent, ast.ExceptHandler) or (isinstance(parent, ast.If) and not is_guard(parent)):
            return True
    return False


def _without_loop(module: Module, call: ast.Call) -> bool:
    """Whether asyncio.get_event_loop() is called before any loop was made (whatsnew/3.14, asyncio)."""
    if module.resolve(call.func) != "asyncio.get_event_loop" or is_tried(module, call):
        return False
    function = next(
        (p for _, p in module.ancestors(call) if isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))),
        None,
    )
    if function is not None and not (isinstance(function, ast.FunctionDef) and function.name in STARTS):
        return False
    return not any(
        isinstance(n, ast.Attribute) and n.attr in ("set_event_loop", "new_event_loop")
        for n in module.of(ast.Attribute)
    )
