"""Whether Celery's beat has something to start."""

from __future__ import annotations

import ast

from dockgen.detect.names import Module, in_production, is_development_settings, modules
from dockgen.facts import Dependency, Evidence
from dockgen.source import Source

NAMES = frozenset({"beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"})
"""docs.celeryq.dev, "Periodic Tasks": the setting, by its old name and by a Django prefix."""


def detect_schedules(source: Source, dependencies: tuple[Dependency, ...]) -> tuple[Evidence, ...]:
    """The places that give beat a schedule: the setting, add_periodic_task, django-celery-beat's tables."""
    found = [
        Evidence(d.evidence[0].file, d.evidence[0].line, "its schedule is in the database")
        for d in dependencies
        if d.name == "django-celery-beat" and d.direct and not d.group and d.evidence
    ]
    for module in modules(source):
        if in_production(module.path) and not is_development_settings(module.path):
            found += [Evidence(module.path, line, "Celery's beat schedule") for line in _lines(module)]
    return tuple(found[:5])


def _lines(module: Module) -> list[int]:
    found: list[int] = []
    for node in module.of(ast.Assign, ast.Call):
        if isinstance(node, ast.Assign):
            names = {t.attr if isinstance(t, ast.Attribute) else getattr(t, "id", "") for t in node.targets}
            if names & NAMES and not (isinstance(node.value, ast.Dict) and not node.value.keys):
                found.append(node.lineno)
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called == "add_periodic_task" or any(k.arg == "beat_schedule" for k in node.keywords):
                found.append(node.lineno)
    return found
