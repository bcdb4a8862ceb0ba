"""Values that a program keeps outside of its code: in the configuration files that it reads (YAML, TOML, JSON, INI)
and, for environment variables, in the example of an .env file or in the readme."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from dockgen.detect.names import Module, in_production, is_helper
from dockgen.detect.ports import assigned_value, given
from dockgen.errors import DockgenError
from dockgen.source import Source

ENDINGS = (".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".conf")
LIMIT = 200_000
"""Characters of a configuration file that are read."""

FILES = 20
"""How many configuration files of one project are read."""

EXAMPLES = (
    ".env.example",
    ".env.sample",
    ".env.dist",
    ".env.template",
    "env.example",
    "example.env",
    ".env.default",
    ".env",
)
READMES = ("README.md", "README.rst", "README.txt", "README")

OTHERS = re.compile(
    r"(?i)db|database|sql|postgres|mysql|mongo|redis|cache|rabbit|amqp|broker|kafka|smtp|mail|ldap|elastic|minio|s3|proxy|"
    r"client|upstream|remote|consul|statsd|influx|mqtt"
)
"""Names of parts of a configuration that say where another program listens."""

DEPTH = 6


def configured_port(source: Source, modules: tuple[Module, ...], module: Module, call: ast.Call) -> int | None:
    """The port in a configuration file, where the call that serves takes its port from a key of one."""
    for name, value in given(module, call):
        if name in ("port", "server_port"):
            keys = key_path(module, value)
            return _looked_up(source, modules, keys) if keys else None
    return None


def configured_host(source: Source, modules: tuple[Module, ...], module: Module, call: ast.Call) -> str | None:
    """The address in a configuration file, where the call that serves takes its own from the same key as a port: the
    one beside the port."""
    keys = next((key_path(module, value) for name, value in given(module, call) if name == "host"), ())
    if not keys or "host" not in keys[-1].lower() or OTHERS.search(".".join(keys)):
        return None
    wanted = tuple(key.lower() for key in keys)
    found = {text for path in _files(source, modules) for text in _texts(_document(source, path), wanted)}
    return found.pop() if len(found) == 1 else None


def _texts(document: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """The text under these keys from the top of a document, whatever their case."""
    for key in keys:
        lower = {str(k).lower(): v for k, v in document.items()} if isinstance(document, Mapping) else {}
        document = lower.get(key)
    if isinstance(document, str):
        yield document


def key_path(module: Module, node: ast.expr, depth: int = DEPTH) -> tuple[str, ...]:
    """The keys that an expression takes from a configuration, outermost first: c["web"]["port"], c.get("port", 80),
    c.getint("web", "port"), settings.web.port; () for anything else."""
    if depth <= 0:
        return ()
    if isinstance(node, ast.Name):
        inner = _here(module, node) or assigned_value(module, node.id)
        return key_path(module, inner, depth - 1) if inner is not None else ()
    if isinstance(node, ast.Subscript):
        key = module.string(node.slice)
        return (*key_path(module, node.value, depth - 1), key) if key else ()
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            kept = [k for value in _kept(module, node.attr) if (k := key_path(module, value, depth - 1))]
            if len(kept) == 1:
                return kept[0]
        return (*key_path(module, node.value, depth - 1), node.attr)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getint"):
        keys = [module.string(a) for a in node.args[:2]]
        if node.func.attr == "getint" or (len(keys) == 2 and keys[1] is not None and not keys[1].isdigit()):
            return tuple(k for k in keys if k is not None) if None not in keys else ()
        return (*key_path(module, node.func.value, depth - 1), *keys[0].split(".")) if keys and keys[0] else ()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "str") and node.args:
        return key_path(module, node.args[0], depth - 1)
    if isinstance(node, ast.Call) and node.args and "." in (module.string(node.args[0]) or ""):
        return tuple((module.string(node.args[0]) or "").split("."))  # get_setting("server.port")
    return ()


def _here(module: Module, name: ast.Name) -> ast.expr | None:
    """What the function around a name assigns to it: `config` may be another part of the configuration elsewhere."""
    function = next(
        (p for _, p in module.ancestors(name) if isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef))), None
    )
    for node in module.inside(function) if function is not None else ():
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name.id for t in node.targets):
            return node.value
    return None


def _kept(module: Module, name: str) -> Iterator[ast.expr]:
    """What the methods of the module's classes keep as self.NAME, taken from something: `self.port = config["port"]`."""
    for node in module.of(ast.Assign):
        for target in node.targets:
            of_self = isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name)
            if of_self and isinstance(node.value, (ast.Subscript, ast.Call)):
                yield node.value


def _looked_up(source: Source, modules: tuple[Module, ...], keys: tuple[str, ...]) -> int | None:
    """The one port that the project's configuration files have under these keys."""
    if "port" not in keys[-1].lower() or OTHERS.search(".".join(keys)):
        return None
    for length in range(min(len(keys), 3), 0, -1):
        wanted = tuple(key.lower() for key in keys[-length:])
        found = {
            value
            for path, value in _leaves(source, modules)
            if path[-length:] == wanted and not OTHERS.search(".".join(path))
        }
        if len(found) == 1:
            return found.pop()
        if found:
            return None
    return None


@lru_cache(maxsize=4)
def _leaves(source: Source, modules: tuple[Module, ...]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """(keys, port) of every number in the configuration files that the code names."""
    found: list[tuple[tuple[str, ...], int]] = []
    for path in _files(source, modules):
        found += _walk(_document(source, path), ())
    return tuple(found)


def _files(source: Source, modules: tuple[Module, ...]) -> list[str]:
    """Configuration files whose name is a string in the code, nearest to the root first."""
    named: dict[str, None] = {}
    for module in modules:
        if is_helper(module.path):
            continue
        for node in module.of(ast.Constant):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and len(text) < 200 and text.lower().endswith(ENDINGS) and "\n" not in text:
                for path in source.named(PurePosixPath(text).name):
                    if in_production(path) and not re.search(r"(^|[._/-])(test|dev|docker-compose|compose)", path):
                        named.setdefault(path)
    return list(named)[:FILES]


def _document(source: Source, path: str) -> Any:
    try:
        if path.endswith(".toml"):
            return source.toml(path)
        if path.endswith(".json"):
            return source.json(path)
        text = (source.text(path) or "")[:LIMIT]
    except DockgenError:
        return None
    if path.endswith((".yaml", ".yml")):
        import yaml

        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            return None
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _walk(document: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if len(keys) > DEPTH or not isinstance(document, Mapping):
        return
    for key, value in document.items():
        path = (*keys, str(key).lower())
        text = str(value)
        if isinstance(value, Mapping):
            yield from _walk(value, path)
        elif isinstance(value, (int, str)) and not isinstance(value, bool) and text.isdigit() and 0 < int(text) < 65536:
            yield path, int(text)


def example_port(source: Source, variable: str) -> int | None:
    """The port that the project's example of an .env file, or else its readme, gives to an environment variable.

    A value of the author's own .env file counts last: it is of one machine.
    """
    # PORT=8000 at the start of a line, `docker run --env PORT=8000` anywhere in it
    start = r"(?:^[\s`*#$>-]*(?:export\s+)?|\s(?:-e|--env)[\s=])"
    pattern = re.compile(rf"(?m){start}{re.escape(variable)}\s*=\s*[\"']?(\d{{2,5}})\b")
    for name in (*EXAMPLES[:-1], *READMES, EXAMPLES[-1]):
        try:
            match = pattern.search((source.text(name) or "")[:LIMIT])
        except DockgenError:
            continue
        if match and 0 < int(match[1]) < 65536:
            return int(match[1])
    return None
