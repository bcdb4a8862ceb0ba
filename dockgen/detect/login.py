"""Whether a route asks for a login, by the names around its handler."""

from __future__ import annotations

import ast
import re

from dockgen.detect.values import DECORATORS, Definition, Function

AUTHENTICATION = re.compile(
    r"login|auth(?!or)|jwt|current_?(active_?)?(super_?)?user|permission|api_?key|token|security|superuser|admin"
    r"|credentials|^guards$",
    re.IGNORECASE,
)
OPEN = re.compile(r"allow_?any|not_required|no_auth|anonymous|skip|exempt|optional|public", re.IGNORECASE)


def guarded(*nodes: ast.AST | None) -> bool:
    """Whether a name in these expressions speaks of authentication."""
    names: list[str] = []
    for node in nodes:
        for part in ast.walk(node) if node is not None else ():
            name = part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
            names.append(name)
    return any(AUTHENTICATION.search(n) for n in names) and not any(OPEN.search(n) for n in names)


def needs_login(node: Definition | None, route: ast.Call | None) -> bool:
    """Whether a handler's decorators, parameters or class ask for a login, or whether it answers no GET."""
    if node is None:
        return False
    if any(guarded(d) for d in node.decorator_list if d is not route and not _is_route(d)):
        return True
    if isinstance(node, ast.ClassDef):
        methods = {s.name.removeprefix("on_") for s in node.body if isinstance(s, Function)}
        held = [s for s in node.body if isinstance(s, (ast.Assign, ast.AnnAssign)) and not _empty(s.value)]
        get = next((s for s in node.body if isinstance(s, Function) and s.name in ("get", "on_get")), None)
        answers = "get" in methods or not methods & {"post", "put", "patch", "delete"}
        return guarded(*node.bases) or any(map(guarded, held)) or not answers or needs_login(get, None)
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    parts = [*(a.annotation for a in given), *node.args.defaults, *node.args.kw_defaults]
    return any(guarded(part) for part in parts) or _reads_authorization(node)


def _empty(value: ast.expr | None) -> bool:
    """Whether it is a list of nothing: `authentication_classes = []` asks for none (Django REST framework's docs)."""
    return isinstance(value, (ast.List, ast.Tuple)) and not value.elts


def _reads_authorization(node: Definition) -> bool:
    """Whether a handler itself looks at the header that carries a login."""
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.lower() == "authorization"
        for statement in node.body
        for part in ast.walk(statement)
    )


def _is_route(node: ast.expr) -> bool:
    """Whether a decorator is another route of the same handler: its router's name says nothing of this one."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DECORATORS
