"""Start commands in the configuration files of servers: uWSGI's (uwsgi-docs.readthedocs.io, "Configuring uWSGI") and
PasteDeploy's (docs.pylonsproject.org, "pserve"), and in what tells a framework's own command its application."""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockgen.detect.names import in_production
from dockgen.errors import DockgenError
from dockgen.facts import LOOPBACK, LOOPBACK_WHY, DeclaredCommand, Evidence
from dockgen.source import Source

LIMIT = 100_000
UWSGI = re.compile(r"(?i)([^/]*/){0,4}[\w.-]*uwsgi[\w.-]*\.(ini|ya?ml|json)")
DEVELOPMENT = re.compile(
    r"(?i)(^|[._/-])(dev|devel|development|test|tests|testing|local|debug|example|sample)([._/-]|$)"
)


def uwsgi(source: Source) -> Iterator[DeclaredCommand]:
    """The application and the port in uWSGI's own file."""
    named = [p for p in source.ending(".ini", ".yml", ".yaml", ".json") if UWSGI.fullmatch(p) and in_production(p)]
    for path in sorted(named, key=lambda p: (bool(DEVELOPMENT.search(p)), p.count("/"), p))[:3]:
        options = _options(source, path)
        target = str(options.get("module") or options.get("wsgi") or "")
        file = str(options.get("wsgi-file") or options.get("file") or "")
        if not target and file.endswith(".py"):
            target = posixpath.normpath(file.lstrip("/")).removesuffix(".py").rpartition("/")[2]
        if not re.fullmatch(r"[\w.]+(:\w+(\(.*\))?)?", target):
            continue
        if ":" not in target:
            target += f":{options.get('callable') or 'application'}"
        evidence = Evidence(path, source.line_of(path, target.partition(":")[0]), "uWSGI's configuration")
        yield DeclaredCommand("web", f"uwsgi {target}", ("uwsgi", target), evidence)
        port = str(options.get("http") or options.get("http-socket") or "").rpartition(":")[2]
        if port.isdigit():
            where = Evidence(path, source.line_of(path, f":{port}"), "the port in uWSGI's configuration")
            yield DeclaredCommand("port", port, (port,), where)
        return


def _options(source: Source, path: str) -> Mapping[str, Any]:
    """The options of the section [uwsgi], or of the only one."""
    document: Any = None
    try:
        if path.endswith(".json"):
            document = source.json(path)
        elif path.endswith((".yaml", ".yml")):
            import yaml

            document = yaml.safe_load((source.text(path) or "")[:LIMIT])
        else:
            document = _ini(source, path)
    except (DockgenError, ValueError, RecursionError):
        return {}
    except Exception as error:  # yaml.YAMLError, whose module is only imported where it is needed
        if type(error).__module__.startswith("yaml"):
            return {}
        raise
    if not isinstance(document, dict):
        return {}
    parts = [part for part in document.values() if isinstance(part, dict)]
    chosen = document.get("uwsgi", parts[0] if len(parts) == 1 else None)
    return chosen if isinstance(chosen, dict) else {}


def _ini(source: Source, path: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, inline_comment_prefixes=(" ;", " #"))
    try:
        parser.read_string((source.text(path) or "")[:LIMIT])
    except (configparser.Error, ValueError, DockgenError):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def paste(source: Source) -> Iterator[DeclaredCommand]:
    """`pserve FILE` for the project's PasteDeploy file of production, with the port of its server."""
    found: list[tuple[str, dict[str, dict[str, str]]]] = []
    for path in [p for p in source.ending(".ini") if p.count("/") <= 2 and in_production(p)][:30]:
        sections = _ini(source, path)
        if any(s.split(":")[0] in ("app", "composite", "pipeline") for s in sections) and any(
            s.startswith("server:") for s in sections
        ):
            found.append((path, sections))
    production = [pair for pair in found if "prod" in posixpath.basename(pair[0])]
    plain = [pair for pair in found if not DEVELOPMENT.search(pair[0])]
    for several in (production, plain, found):
        if len(several) == 1:
            path, sections = several[0]
            evidence = Evidence(path, source.line_of(path, "[server:"), "PasteDeploy's file, which pserve serves")
            yield DeclaredCommand("web", f"pserve {path}", ("pserve", path), evidence)
            server = next(values for name, values in sections.items() if name.startswith("server:"))
            text = str(server.get("listen") or server.get("bind") or server.get("port") or "").split() or [""]
            host, _, port = text[0].rpartition(":")
            if port.isdigit():
                closed = (host or str(server.get("host") or "")).strip("[]") in LOOPBACK
                why = "the port of its server" + (LOOPBACK_WHY if closed else "")
                where = Evidence(path, source.line_of(path, port), why)
                yield DeclaredCommand("port", port, (port,), where)
            return


def framework_variables(source: Source) -> Iterator[DeclaredCommand]:
    """What `flask run` and `fastapi run` serve: FLASK_APP in .flaskenv (flask.palletsprojects.com, "Command Line
    Interface"), `entrypoint` in [tool.fastapi] (fastapi.tiangolo.com, "FastAPI CLI")."""
    try:
        text = (source.text(".flaskenv") or "")[:LIMIT]
        match = re.search(r"(?m)^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([\w./:()]+)", text)
        if match:
            target = match[1].removeprefix("./").removesuffix(".py").replace("/", ".")
            evidence = Evidence(".flaskenv", source.line_of(".flaskenv", "FLASK_APP"), "its FLASK_APP")
            yield DeclaredCommand("web", f"flask --app {target} run", ("flask", "--app", target, "run"), evidence)
        tool = (source.toml("pyproject.toml") or {}).get("tool")
    except DockgenError:
        return
    own = tool.get("fastapi") if isinstance(tool, dict) else None
    target = own.get("entrypoint") if isinstance(own, dict) else None
    if isinstance(target, str) and re.fullmatch(r"[\w.]+:\w+", target):
        evidence = Evidence("pyproject.toml", source.line_of("pyproject.toml", target), "[tool.fastapi]'s entrypoint")
        yield DeclaredCommand("web", f"fastapi run -e {target}", ("fastapi", "run", "-e", target), evidence)


RECIPES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Taskfile.yml", "Taskfile.yaml", "tasks.toml")
SERVING = re.compile(
    r"^\s*(?:@|-|- )?(?:[\w]+=\S+\s+)*(?:(?:uv|poetry|pipenv|pdm|hatch) run\s+)?(?:python3?\s+-m\s+)?"
    r"(?:gunicorn|uvicorn|hypercorn|daphne|granian|waitress-serve|flask|fastapi|quart|litestar|sanic|django-admin|"
    r"(?:python3?\s+)?(?:\./)?manage\.py\s+runserver)\s.*"
)
PORT = re.compile(r"(?:--port[= ]|-p[= ]?|--bind[= ]\S*:|-b[= ]?\S*:|runserver\s+(?:\S*:)?)(\d{4,5})\b")


def recipes(source: Source) -> Iterator[DeclaredCommand]:
    """The port that the recipes of a Makefile or justfile serve on, where all of them say the same."""
    ports: dict[str, Evidence] = {}
    for path in RECIPES:
        try:
            text = (source.text(path) or "")[:LIMIT]
        except DockgenError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = PORT.search(line) if SERVING.match(line) else None
            if match:
                ports.setdefault(match[1], Evidence(path, number, "the port of its recipe"))
    if len(ports) == 1:
        port, evidence = ports.popitem()
        yield DeclaredCommand("port", port, (port,), evidence)
