"""The project's own configuration of gunicorn, and which settings it makes."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from dockgen.facts import DeclaredCommand, Evidence, ServerConfiguration
from dockgen.source import Source

READ_BY_ITSELF = "gunicorn.conf.py"
"""What gunicorn reads where it starts (docs.gunicorn.org, "Configuration Overview")."""


def detect_gunicorn(source: Source, commands: tuple[DeclaredCommand, ...]) -> ServerConfiguration | None:
    """The file that a declared command names, else the one that gunicorn finds by itself."""
    for command in commands:
        if "gunicorn" not in (posixpath.basename(word) for word in command.words):
            continue
        named = next(_named(command.words), "")
        if named and source.has(named):
            return ServerConfiguration(named, _settings(source, named), (command.evidence,))
    if source.has(READ_BY_ITSELF):
        where = (Evidence(READ_BY_ITSELF, 1, "gunicorn reads it by itself"),)
        return ServerConfiguration(READ_BY_ITSELF, _settings(source, READ_BY_ITSELF), where)
    return None


def _named(words: tuple[str, ...]) -> Iterator[str]:
    """The files of -c and --config in a command."""
    for index, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in ("-c", "--config"):
            file = value if equals else words[index + 1] if index + 1 < len(words) else ""
            yield posixpath.normpath(file.removeprefix("file:").removeprefix("/app/"))


def _settings(source: Source, path: str) -> tuple[str, ...]:
    """Names that the module assigns or defines at its top level, tests and loops included."""
    tree = source.tree(path)
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return tuple(sorted(found))
