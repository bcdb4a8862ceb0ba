"""Start commands that the project names itself: Procfile, Dockerfile, compose and platform manifests.

These files are hints and decide nothing alone: one that cannot be parsed is passed over.
"""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dockgen.detect.declarations import app_engine, expanded, supervisor, systemd
from dockgen.detect.dockerfiles import OTHER, exposed_by_all, final_stage, find_dockerfile, started
from dockgen.detect.serverfiles import framework_variables, paste, recipes, uwsgi
from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import DockgenError
from dockgen.facts import DeclaredCommand, Evidence
from dockgen.source import Source

SHELL = re.compile(r"&&|\|\||[|;<>`]|\$\(|\n|&$")
PRODUCTION = ("docker-compose.production.yml", "docker-compose.prod.yml", "compose.production.yaml", "compose.prod.yaml",
              "compose.production.yml", "compose.prod.yml", "production.yml")  # fmt: skip
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
YAML_LIMIT = 200_000
"""Characters of a YAML manifest that are read; start commands stand in short files."""
STARTS = ("start", "serve", "server", "web", "prod", "production", "worker", "beat", "scheduler")
"""Names of package manager scripts that are start commands."""


def detect_commands(source: Source) -> tuple[DeclaredCommand, ...]:
    """Declared commands, the plainest source first. The process "port" is no command: its text is the
    port that an EXPOSE, a gunicorn.conf.py or a platform's manifest names."""
    readers = (
        _procfile,
        _render,
        _railway,
        _nixpacks,
        _fly,
        _app_json,
        _heroku,
        app_engine,
        _beanstalk,
        supervisor,
        _dockerfile,
        _compose,
        _scripts,
        systemd,
        uwsgi,
        _gunicorn,
        framework_variables,
        paste,
        recipes,
    )
    found: list[DeclaredCommand] = []
    for read in readers:
        try:
            found += read(source)
        except (DockgenError, RecursionError):
            continue
    return tuple(replace(c, words=_flasks_own(source, without_log_files(c.words))) for c in expanded(source, found))


def _flasks_own(source: Source, words: tuple[str, ...]) -> tuple[str, ...]:
    """`flask run` for `python manage.py run` of a script that extends Flask's command by FlaskGroup
    (flask.palletsprojects.com, "Custom Scripts"): the server for developing by another name."""
    if words[:1] not in (("python",), ("python3",)) or words[2:3] != ("run",):
        return words
    path = words[1].removeprefix("./")
    try:
        text = (source.text(path) or "") if path.endswith(".py") and source.has(path) else ""
    except DockgenError:  # too large for a script like this
        text = ""
    return ("flask", *words[2:]) if "FlaskGroup(" in text else words


LOG_FILES = {
    "celery": ("--logfile", "-f"),
    "gunicorn": ("--access-logfile", "--error-logfile", "--log-file"),
    "hypercorn": ("--access-logfile", "--error-logfile", "--log-file"),
    "daphne": ("--access-log",),
    "dramatiq": ("--log-file",),
    "huey_consumer": ("--logfile", "-l"),
    "uwsgi": ("--logto", "--logto2", "--req-logger", "--logger"),
}
"""Options by which servers and workers write their log into a file, from each one's --help."""


def without_log_files(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command without a file for its log: a container's log is its output, and its root is read-only. What goes to
    the output (`-`, /dev/stdout) stays."""
    start = 2 if words[:2] in (("python", "-m"), ("python3", "-m")) else 0
    options = LOG_FILES.get(posixpath.basename(words[start]).removesuffix(".py"), ()) if len(words) > start else ()
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name not in options or (not equals and not rest):
            kept.append(word)
            continue
        value = value if equals else rest.pop(0)
        if value == "-" or value.startswith("/dev/"):
            kept += [word] if equals else [word, value]
    return tuple(kept)


INTO_FILE = re.compile(
    r"(\s+[12&]?>{1,2}\s*(&[12]|[\w./-]+))+(\s*\|\s*tee(\s+[\w./-]+)+)?\s*$|\s*\|\s*tee(\s+[\w./-]+)+\s*$"
)
"""What puts a program's output into a file: a container's log is its output."""


def _declared(process: str, text: str, evidence: Evidence) -> DeclaredCommand:
    text = text.strip()
    plain = INTO_FILE.sub("", text)
    try:
        words = () if SHELL.search(plain) else tuple(shlex.split(plain))
    except ValueError:
        words = ()
    return DeclaredCommand(process, text, without_runner(words), evidence)


def _process(name: str, text: str) -> str:
    """ "web" where a manifest has but one command for everything, and it is no worker's."""
    if name.lower() not in (
        "", "app", "start", "serve", "server", "prod", "production", "main", "api", "default", "django", "flask", "fastapi",
        "backend", "website", "webapp", "web-app", "gunicorn", "uvicorn", "uwsgi", "wsgi", "asgi",
    ):  # fmt: skip
        return name
    first = re.search(r"\b(celery|rq|dramatiq|arq)\b.*\b(worker|beat)\b", text)
    return "worker" if first and "beat" not in first.group(0) else "web"


def _procfile(source: Source) -> Iterator[DeclaredCommand]:
    for number, line in enumerate((source.text("Procfile") or "").splitlines(), 1):
        match = re.match(r"\s*([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$", line)
        if match:
            name, text = match.groups()
            yield _declared(name, text, Evidence("Procfile", number, f"the Procfile's {name} process"))


def _dockerfile(source: Source) -> Iterator[DeclaredCommand]:
    """What the project's own Dockerfile starts, and the port that it exposes."""
    path = find_dockerfile(source)
    stage = final_stage(source, path) if path else None
    if path is None:
        agreed = exposed_by_all(source)
        if agreed is not None:
            yield DeclaredCommand("port", agreed[0], (agreed[0],), Evidence(agreed[1], agreed[2], "its EXPOSE"))
        return
    if stage is None:
        return
    one = started(source, path, stage)
    if one is not None:
        evidence = Evidence(path, one.line, "the project's own Dockerfile starts this")
        text = " ".join(one.text.split())
        yield _from_words(list(one.words), evidence) if one.words else _declared("web", text, evidence)
    if stage.port is not None:
        yield DeclaredCommand("port", stage.port[0], (stage.port[0],), Evidence(path, stage.port[1], "its EXPOSE"))


def _from_words(words: list[str], evidence: Evidence) -> DeclaredCommand:
    while words[:1] and posixpath.basename(words[0]) in ("tini", "dumb-init", "--", "-g", "-v"):
        words = words[1:]  # an init is compose's
    if words[:1] in (["sh"], ["/bin/sh"], ["bash"], ["/bin/bash"]) and len(words) > 2 and words[1].endswith("c"):
        return _declared("web", words[2].removeprefix("exec "), evidence)
    words = list(without_runner(tuple(words)))
    return DeclaredCommand("web", shlex.join(words), tuple(words), evidence)


RUNNERS = {
    "uv": frozenset({"--extra", "--group", "--no-group", "--only-group", "--with", "--env-file", "--python", "-p",
                     "--project", "--directory", "--package", "--with-requirements", "--index", "--index-url"}),
    "poetry": frozenset({"-C", "--directory", "-P", "--project"}),
    "pipenv": frozenset(),
    "pdm": frozenset({"-p", "--project"}),
    "hatch": frozenset(),
    "pixi": frozenset({"-e", "--environment", "--manifest-path"}),
}  # fmt: skip
"""Programs whose `run` starts another in the project's environment, and their options that take a word."""


def without_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command without `uv run --frozen` and its like, and without the folder of the author's environment: in the
    image the environment is active."""
    if words and re.fullmatch(r"(/\S*/|\S*venv\S*/)bin/[\w.-]+", words[0]) and not words[0].endswith(".sh"):
        words = (posixpath.basename(words[0]), *words[1:])
    if words[:1] in (("python",), ("python3",)) and len(words) > 1 and re.fullmatch(r"/\S*/bin/[\w-]+", words[1]):
        words = (posixpath.basename(words[1]), *words[2:])  # a console script, by its place in the author's image
    if len(words) < 3 or words[0] not in RUNNERS or "run" not in words[1:4]:
        return words
    rest = list(words[words.index("run") + 1 :])
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-m", "--module"):
            return ("python", "-m", *rest)
        if option == "--":
            break
        if option in RUNNERS[words[0]] and rest:
            rest.pop(0)
    return tuple(rest) or words


def _yaml(source: Source, path: str) -> Any:
    text = source.text(path)
    if not text:
        return None
    try:
        return load_yaml(text[:YAML_LIMIT])
    except BadYaml:
        return None


def _line(source: Source, path: str, text: str) -> int | None:
    first = text.strip().splitlines()[0] if text.strip() else text
    return source.line_of(path, first)


def _compose(source: Source) -> Iterator[DeclaredCommand]:
    """Commands of the services that are built from this folder: those of a file for production before the others.
    Where no file has a usual name, the one that others extend or that is not for developing (`-f` names it)."""
    for paths in (PRODUCTION, COMPOSE):
        yield from _composed(source, paths)
    if not any(source.has(path) for path in (*PRODUCTION, *COMPOSE)):
        named = [path for path in sorted(source.near(0)) if COMPOSE_NAMED.fullmatch(path)]
        others = [path for path in named if not OTHER.search(path)] or [path for path in named if BASE.search(path)]
        if len(others) == 1:
            yield from _composed(source, (others[0],))


COMPOSE_NAMED = re.compile(r"(docker-)?compose[._-][\w.-]+\.ya?ml")
BASE = re.compile(r"[._-](base|common|shared)\.ya?ml$")


def _composed(source: Source, paths: tuple[str, ...]) -> Iterator[DeclaredCommand]:
    for path in paths:
        document = _yaml(source, path)
        services = document.get("services") if isinstance(document, dict) else None
        services = services if isinstance(services, dict) else {}
        whole = {name: _extended(services, service) for name, service in services.items() if isinstance(service, dict)}
        built = {name: service for name, service in whole.items() if "build" in service}
        this = {name: service for name, service in built.items() if _builds_this(service)}
        ports = {port for service in this.values() for port in _container_ports(service)}
        if len(ports) > 1:  # flower's beside the web service's
            ports = {p for name, s in this.items() if _is_web(str(name), s) for p in _container_ports(s)}
        if len(ports) == 1:
            port = ports.pop()
            where = Evidence(path, _line(source, path, f":{port}"), "the port that its service publishes")
            yield DeclaredCommand("port", port, (port,), where)
        for name, service in built.items():
            command, why = service.get("command"), f"the command of service {name} in {path}"
            entrypoint = service.get("entrypoint")
            if isinstance(entrypoint, list) and isinstance(command, (list, type(None))):
                command = [*entrypoint, *(command or ())]
            if isinstance(command, list) and all(isinstance(w, (str, int, float)) for w in command):
                words = [str(w) for w in command]
                evidence = Evidence(path, _line(source, path, words[0]) if words else None, why)
                one = _from_words(words, evidence)
                yield DeclaredCommand(_process(str(name), one.text), one.text, one.words, evidence)
            elif isinstance(command, str):
                yield _declared(
                    _process(str(name), command), command, Evidence(path, _line(source, path, command), why)
                )
        if document is not None:
            return


def _is_web(name: str, service: Mapping[str, Any]) -> bool:
    """Whether a service of a compose file is the web process, by its name or its command's."""
    command = service.get("command")
    text = " ".join(map(str, command)) if isinstance(command, list) else str(command or "")
    return _process(name, text) == "web" and not re.search(r"\b(celery|flower|rq|dramatiq|arq|huey)\b", text)


def _extended(services: Mapping[str, Any], service: Mapping[str, Any], depth: int = 4) -> Mapping[str, Any]:
    """A service with what it takes over from another one of the same file (docs.docker.com, "extends")."""
    named = service.get("extends")
    if isinstance(named, dict):
        named = named.get("service") if "file" not in named else None
    base = services.get(named) if isinstance(named, str) else None
    if not isinstance(base, dict) or not depth:
        return service
    return {**_extended(services, base, depth - 1), **service}


def _builds_this(service: Mapping[str, Any]) -> bool:
    """Whether the service is built from the root of the project."""
    build = service["build"]
    context = build.get("context", ".") if isinstance(build, dict) else build
    return context in (".", "./")


DEBUGGERS = ("5678", "3000")
"""Container ports that a web service publishes beside its own: debugpy's, and a front end's development server."""


def _container_ports(service: Mapping[str, Any]) -> Iterator[str]:
    """The container's side of a service's ports, as far as it is literal."""
    ports = service.get("ports")
    for port in ports if isinstance(ports, list) else ():
        text = str(port.get("target", "")) if isinstance(port, dict) else str(port)
        text = re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", text).partition("/")[0].rpartition(":")[2]
        if text.isdigit() and text not in DEBUGGERS:
            yield text


def _beanstalk(source: Source) -> Iterator[DeclaredCommand]:
    """The WSGI application that Elastic Beanstalk's configuration names (WSGIPath)."""
    for path in source.under(".ebextensions", ".config"):
        document = _yaml(source, path)
        settings = document.get("option_settings") if isinstance(document, dict) else None
        container = settings.get("aws:elasticbeanstalk:container:python") if isinstance(settings, dict) else None
        target = container.get("WSGIPath") if isinstance(container, dict) else None
        if isinstance(target, str) and re.fullmatch(r"[\w.]+:\w+", target):
            yield _declared("web", f"gunicorn {target}", Evidence(path, _line(source, path, target), "its WSGIPath"))


def _render(source: Source) -> Iterator[DeclaredCommand]:
    document = _yaml(source, "render.yaml")
    services = document.get("services") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and isinstance(service.get("startCommand"), str):
            kind = {"web": "web", "worker": "worker", "pserv": "web"}.get(str(service.get("type")), "")
            text = service["startCommand"]
            name = "beat" if kind == "worker" and re.search(r"\bbeat\b", text) else kind
            if name:
                yield _declared(
                    name, text, Evidence("render.yaml", _line(source, "render.yaml", text), "its startCommand")
                )


def _railway(source: Source) -> Iterator[DeclaredCommand]:
    for path in ("railpack.json", "railway.json", "railway.toml"):
        document = source.toml(path) if path.endswith("toml") else source.json(path)
        deploy = document.get("deploy") if isinstance(document, dict) else None
        text = deploy.get("startCommand") if isinstance(deploy, dict) else None
        if isinstance(text, str):
            yield _declared("web", text, Evidence(path, source.line_of(path, "startCommand"), "its startCommand"))


def _nixpacks(source: Source) -> Iterator[DeclaredCommand]:
    document = source.toml("nixpacks.toml") or {}
    start = document.get("start")
    text = start.get("cmd") if isinstance(start, dict) else None
    if isinstance(text, str):
        yield _declared(
            "web", text, Evidence("nixpacks.toml", source.line_of("nixpacks.toml", "cmd"), "its start command")
        )


def _fly(source: Source) -> Iterator[DeclaredCommand]:
    document = source.toml("fly.toml") or {}
    processes = document.get("processes")
    for name, text in processes.items() if isinstance(processes, Mapping) else ():
        if isinstance(text, str):
            why = f"its process {name}"
            yield _declared(
                _process(name, text), text, Evidence("fly.toml", source.line_of("fly.toml", text[:40]), why)
            )
    service = document.get("http_service")
    port = service.get("internal_port") if isinstance(service, dict) else None
    if isinstance(port, int):
        line = source.line_of("fly.toml", "internal_port")
        yield DeclaredCommand("port", str(port), (str(port),), Evidence("fly.toml", line, "its internal_port"))


def _app_json(source: Source) -> Iterator[DeclaredCommand]:
    document = source.json("app.json")
    scripts = document.get("scripts") if isinstance(document, dict) else None
    if isinstance(scripts, dict) and isinstance(scripts.get("dokku"), dict):
        text = scripts["dokku"].get("predeploy")
        if isinstance(text, str):
            yield _declared(
                "release", text, Evidence("app.json", source.line_of("app.json", "predeploy"), "its predeploy")
            )


def _heroku(source: Source) -> Iterator[DeclaredCommand]:
    document = _yaml(source, "heroku.yml")
    run = document.get("run") if isinstance(document, dict) else None
    for name, text in run.items() if isinstance(run, dict) else ():
        if isinstance(text, str):
            yield _declared(
                str(name), text, Evidence("heroku.yml", _line(source, "heroku.yml", text), f"its {name} process")
            )


def _scripts(source: Source) -> Iterator[DeclaredCommand]:
    """Scripts of pdm and pipenv that are named as something to start."""
    tables: list[tuple[str, Any]] = []
    tool = (source.toml("pyproject.toml") or {}).get("tool")
    if isinstance(tool, dict) and isinstance(tool.get("pdm"), dict):
        tables.append(("pyproject.toml", tool["pdm"].get("scripts")))
    tables.append(("Pipfile", (source.toml("Pipfile") or {}).get("scripts")))
    for path, scripts in tables:
        for name in STARTS if isinstance(scripts, dict) else ():
            given = scripts.get(name)
            text = given.get("cmd") if isinstance(given, dict) else given
            if isinstance(text, list):
                text = shlex.join(str(word) for word in text)
            if isinstance(text, str):
                line = source.line_of(path, rf"^\s*[\"']?{name}[\"']?\s*=", pattern=True)
                yield _declared(_process(name, text), text, Evidence(path, line, f"its script {name}"))


GUNICORN = re.compile(r"(?i)[\w.-]*gunicorn[\w.-]*\.py")


def _gunicorn(source: Source) -> Iterator[DeclaredCommand]:
    """The port of `bind` in gunicorn.conf.py, which gunicorn reads by itself, or in the one file called like it."""
    from dockgen.detect.names import Module, assigned
    from dockgen.detect.ports import port_of

    named = [p for p in source.ending(".py") if p.count("/") <= 3 and GUNICORN.fullmatch(posixpath.basename(p))]
    named = named if len(named) == 1 else [p for p in named if not OTHER.search(p)]
    path = "gunicorn.conf.py" if "gunicorn.conf.py" in named else named[0] if len(named) == 1 else ""
    tree = source.tree(path) if path else None
    if tree is None:
        return
    module = Module(path, tree)
    for statement in tree.body:
        pair = assigned(statement)
        if pair and pair[0] == "bind" and isinstance(pair[1], ast.expr):
            port, _ = port_of(module, pair[1])
            if port:
                where = Evidence(path, statement.lineno, "its bind")
                yield DeclaredCommand("port", str(port), (str(port),), where)
