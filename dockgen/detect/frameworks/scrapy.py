"""Scrapy projects: scrapy.cfg makes one (docs.scrapy.org, "Command line tool"), its spiders are classes with a name."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator

from dockgen.detect.names import Module
from dockgen.errors import DockgenError
from dockgen.facts import Application
from dockgen.source import Source

CONFIGURATION = "scrapy.cfg"


def scrapy_applications(source: Source, modules: tuple[Module, ...]) -> Iterator[Application]:
    """One application for each spider, its name as the object; one without a name where none is literal."""
    settings = _settings(source)
    if settings is None:
        return
    line = source.line_of(CONFIGURATION, "default") or 1
    found = [(name, module.path, at) for module in modules if "spiders" in module.path for name, at in _spiders(module)]
    for name, path, at in sorted(found) or [("", CONFIGURATION, line)]:
        yield Application("scrapy", "scrapy", settings, name, path, at)


def _settings(source: Source) -> str | None:
    """The settings module that scrapy.cfg names, None for no project."""
    try:
        text = source.text(CONFIGURATION)
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
