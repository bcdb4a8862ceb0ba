"""Translations that have to be compiled: catalogs (.po) of the program without the .mo that it reads."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable

from dockgen.detect.names import NOT_PRODUCTION, modules
from dockgen.facts import Dependency, Django, Evidence, Translations
from dockgen.source import Source

BABEL = ("flask-babel", "quart-babel", "fastapi-babel", "flask-babelex", "babel")
"""Distributions with which `pybabel compile` is there; the first ones read what it makes."""
SHOWN = 3


def detect_translations(
    source: Source, dependencies: Iterable[Dependency], django: Django | None
) -> Translations | None:
    """The folders (above xx/LC_MESSAGES) whose catalogs lack a compiled one; None where there are none, or where nothing
    reads them. Django and the standard library's gettext want gettext's own compiler, Babel brings one."""
    files = set(source.files)
    lacking = [
        path
        for path in source.under("", ".po")
        if posixpath.basename(posixpath.dirname(path)) == "LC_MESSAGES"
        and f"{path.removesuffix('.po')}.mo" not in files
        and not {part.lower() for part in path.split("/")} & NOT_PRODUCTION
    ]
    if not lacking:
        return None
    production = {d.name for d in dependencies if not d.group}
    babel = any(name in production for name in BABEL) and django is None
    if django is None and not babel and not _reads_gettext(source):
        return None
    folders = {path.rsplit("/", 3)[0] if path.count("/") > 2 else "." for path in lacking}
    domains = {posixpath.basename(path).removesuffix(".po") for path in lacking}
    why = f"{len(lacking)} {'catalog has' if len(lacking) == 1 else 'catalogs have'} no compiled one"
    evidence = tuple(Evidence(path, 1, why) for path in lacking[:SHOWN])
    return Translations("babel" if babel else "gettext", tuple(sorted(folders)), tuple(sorted(domains)), evidence)


def _reads_gettext(source: Source) -> bool:
    return any(
        name.split(".")[0] == "gettext"
        for module in modules(source)
        if module.of(ast.Import, ast.ImportFrom)
        for name in module.imports.values()
    )
