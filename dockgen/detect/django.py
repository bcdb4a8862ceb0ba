"""What a Django project says of itself, read from manage.py and the settings module."""

from __future__ import annotations

import ast
import re

from dockgen.detect.names import Module
from dockgen.facts import Dependency, Django, Evidence
from dockgen.source import Source


def detect_django(source: Source, dependencies: tuple[Dependency, ...]) -> Django | None:
    """The Django project, or None. The manage.py nearest to the root counts."""
    candidates = [p for p in source.named("manage.py") if "DJANGO_SETTINGS_MODULE" in (source.text(p) or "")]
    if not candidates:
        return None
    manage = candidates[0]
    folder = manage.rpartition("/")[0]
    prefix = folder + "/" if folder else ""
    match = re.search(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""", source.text(manage) or "")
    settings = match.group(1) if match else None
    package = settings.split(".")[0] if settings else ""
    evidence = [
        Evidence(manage, source.line_of(manage, "DJANGO_SETTINGS_MODULE"), "Django's manage.py names its settings")
    ]
    files = _settings_files(source, prefix, settings)
    values: dict[str, ast.expr] = {}
    engine: str | None = None
    for path in files:
        tree = source.tree(path)
        if tree is None:
            continue
        module = Module(path, tree)
        for node in module.nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = node.value
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if module.string(key) == "ENGINE" and module.string(value):
                        engine = engine or module.string(value)
    apps = _strings(values.get("INSTALLED_APPS"))
    return Django(
        manage=manage,
        settings=settings,
        wsgi=_module(source, prefix, package, "wsgi"),
        asgi=_module(source, prefix, package, "asgi"),
        engine=engine,
        static_root=_path(values.get("STATIC_ROOT")),
        media_root=_path(values.get("MEDIA_ROOT")),
        sqlite_path=None,
        staticfiles="django.contrib.staticfiles" in apps,
        migrations=True,
        allowed_hosts=tuple(_strings(values["ALLOWED_HOSTS"]))
        if isinstance(values.get("ALLOWED_HOSTS"), ast.List)
        else None,
        channels="channels" in apps or any(d.name == "channels" and d.direct and not d.group for d in dependencies),
        evidence=tuple(evidence),
    )


def _settings_files(source: Source, prefix: str, settings: str | None) -> tuple[str, ...]:
    if not settings:
        return ()
    base = prefix + settings.replace(".", "/")
    parent = base.rpartition("/")[0]
    names = (f"{base}.py", f"{base}/__init__.py", f"{parent}/base.py", f"{parent}/common.py", f"{base}/base.py")
    return tuple(name for name in names if source.has(name))


def _module(source: Source, prefix: str, package: str, name: str) -> str | None:
    for path in (f"{prefix}{package}/{name}.py", f"{prefix}{name}.py"):
        if source.has(path):
            return path[len(prefix) : -3].replace("/", ".")
    return None


def _strings(node: ast.AST | None) -> list[str]:
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)] if node else []


def _path(node: ast.expr | None) -> str | None:
    """The constant part of a path such as BASE_DIR / "staticfiles"."""
    if node is None or (isinstance(node, ast.Constant) and not node.value):
        return None
    parts = [part for part in _strings(node) if part]
    return "/".join(parts) or "static"
