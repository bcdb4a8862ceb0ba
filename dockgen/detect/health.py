"""Routes that answer whether the process is alive."""

from __future__ import annotations

import ast
import re

from dockgen.detect.names import in_production, modules
from dockgen.facts import Application, Evidence, HealthRoute
from dockgen.source import Source

PATH = re.compile(r"/(_?health(z|check|-check)?|_?healthz|livez?|liveness|readyz|ping|_?status|_stcore/health)/?")
"""What projects call the route by convention."""


def detect_health(source: Source, applications: tuple[Application, ...]) -> tuple[HealthRoute, ...]:
    """Literal GET routes directly at an application object (a router's prefix cannot be seen from here)."""
    found = []
    objects = {(a.file, a.object): a for a in applications if not a.factory}
    for module in modules(source):
        if not in_production(module.path):
            continue
        for node in module.nodes:
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in node.decorator_list:
                if not (
                    isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.args
                ):
                    continue
                path = module.string(decorator.args[0])
                owner = decorator.func.value
                if decorator.func.attr not in ("get", "route") or not path or not PATH.fullmatch(path):
                    continue
                application = objects.get((module.path, owner.id)) if isinstance(owner, ast.Name) else None
                if application is not None:
                    evidence = (Evidence(module.path, decorator.lineno, f"GET {path}"),)
                    found.append(HealthRoute(path, application.framework, application.entry, evidence))
    return tuple(found)
