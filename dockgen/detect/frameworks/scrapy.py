"""Scrapy projects: scrapy.cfg makes one (docs.scrapy.org, "Command line tool"), its spiders are classes with a name."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator

from dockgen.detect.names import Module, in_production
from dockgen.errors import DockgenError
from dockgen.facts import Application
from dockgen.source import Source

CONFIGURATION = "scrapy.cfg"


def scrapy_applications(source: Source, modules: tuple[Module, ...]) -> Iterator[Application]:
    """One application for each spider, its name as the object; one without a name where none is literal. The project
    lies at the root, or in the one folder below it that has a scrapy.cfg."""
    files = (
        [CONFIGURATION] if source.has(CONFIGURATION) else [f for f in source.named(CONFIGURATION) if in_production(f)]
    )
    settings = _settings(source, files[0]) if len(files) == 1 else None
    if settings is None:
        return
    folder = files[0].rpartition("/")[0]
    line = source.line_of(files[0], "default") or 1
    inside = [m for m in modules if "spiders" in m.path and m.path.startswith(f"{folder}/" if folder else "")]
    found = [(name, module.path, at) for module in inside for name, at in _spiders(module)]
    for name, path, at in sorted(found) or [("", files[0], line)]:
        yield Application("scrapy", "scrapy", settings, name, path, at, folder)


def _settings(source: Source, file: str) -> str | None:
    """The settings module that a scrapy.cfg names, None for no project."""
    try:
        text = source.text(file)
    except DockgenError:
        return None
    if not text:
        return None
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
        values = [value for _, value in parser.items("settings")]
    except configparser.Error:
        return None
    return values[0] if values else None


def _spiders(module: Module) -> Iterator[tuple[str, int]]:
    """Classes with a literal `name`; a template that others extend has none."""
    for statement in module.tree.body:
        if not isinstance(statement, ast.ClassDef) or not statement.bases:
            continue
        for inner in statement.body:
            if isinstance(inner, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "name" for t in inner.targets):
                text = module.string(inner.value)
                if text and text.isprintable() and not text.startswith("-"):
                    yield text, statement.lineno
