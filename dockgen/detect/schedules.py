"""Whether Celery's beat has something to start, and whether the code says how many tasks a worker does at a time."""

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


CONCURRENCY = frozenset({"worker_concurrency", "CELERY_WORKER_CONCURRENCY", "CELERYD_CONCURRENCY"})
"""docs.celeryq.dev, "Configuration and defaults": the setting, by a Django prefix and by its old name."""


def detect_concurrency(source: Source, dependencies: tuple[Dependency, ...]) -> tuple[Evidence, ...]:
    """The places that set it: an assignment, a keyword, a key of a dictionary, a variable that the code reads."""
    if not any(d.name == "celery" for d in dependencies):
        return ()
    found = []
    for module in modules(source):
        if not in_production(module.path) or is_development_settings(module.path):
            continue
        for node in module.of(ast.Assign, ast.Call, ast.Dict):
            names: set[object] = set()
            line = getattr(node, "lineno", None)
            if isinstance(node, ast.Assign):
                names = {t.attr if isinstance(t, ast.Attribute) else getattr(t, "id", "") for t in node.targets}
            elif isinstance(node, ast.Call):
                names = {k.arg for k in node.keywords} | {a.value for a in node.args if isinstance(a, ast.Constant)}
            elif isinstance(node, ast.Dict):
                names = {k.value for k in node.keys if isinstance(k, ast.Constant)}
            if names & CONCURRENCY:
                found.append(Evidence(module.path, line, "a Celery worker's concurrency"))
    return tuple(found[:5])
