"""Servers of web applications: the command that serves one, from the project's own or the dependencies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from dockgen.facts import Application, DeclaredCommand, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Gunicorn, Process

ALL = "0.0.0.0"  # noqa: S104 - inside the container; compose publishes on 127.0.0.1

BINDING = {
    "gunicorn": {"-b": 1, "--bind": 1, "--reload": 0, "-D": 0, "--daemon": 0},
    "uvicorn": {"--host": 1, "--port": 1, "--uds": 1, "--fd": 1, "--reload": 0},
    "hypercorn": {"-b": 1, "--bind": 1, "--reload": 0},
    "daphne": {"-b": 1, "--bind": 1, "-p": 1, "--port": 1, "-u": 1, "-e": 1},
    "granian": {"--host": 1, "--port": 1, "--reload": 0},
    "waitress-serve": {"--host": 1, "--port": 1, "--listen": 1},
}
"""Options that a container sets itself, with how many words follow; from each server's --help."""

UWSGI = ("--master", "--die-on-term", "--need-app", "--enable-threads")
"""Options that uWSGI needs in a container (uwsgi-docs.readthedocs.io, "Things to know")."""

DISTRIBUTIONS = {"waitress-serve": "waitress"}

GRACE = 25
"""Seconds that a server gives its open requests: compose and Kubernetes kill after 30."""

CONFIGURATION = "gunicorn.docker.py"
"""What gunicorn reads in the container. The name is no identifier, so that setuptools takes it for no module of a
flat project, and not the one that gunicorn reads by itself, so that it changes nothing outside of the container."""

READ_BY_ITSELF = "gunicorn.conf.py"
"""What gunicorn reads where it starts (docs.gunicorn.org, "Configuration Overview")."""

CONTAINER: dict[str, tuple[str, ...]] = {
    "--worker-tmp-dir=/dev/shm": ("worker_tmp_dir",),
    "--access-logfile=-": ("accesslog", "logconfig", "logconfig_dict", "logconfig_json", "logger_class"),
    "--no-control-socket": ("control_socket", "control_socket_disable"),
}
"""What a container needs of gunicorn, and the settings of a project's own configuration that see to it."""


@dataclass(frozen=True, slots=True)
class Served:
    """`additions`: distributions installed beside the project's own, pinned. `declared`: the project's own
    command, where that was followed."""

    command: tuple[str, ...]
    additions: tuple[str, ...] = ()
    declared: DeclaredCommand | None = None
    environment: tuple[tuple[str, str], ...] = ()


def serve(facts: Facts, application: Application, port: int) -> Served:
    """The project's own command where it names this application and a container can run it; else a
    server among the dependencies; else one that is added."""
    for command in facts.commands:
        if command.process == "web" and names(command, application):
            followed = _followed(facts, command, port)
            if followed is not None:
                return Served(followed, _gunicorn_needs(facts, followed), command)
    call = "()" if application.factory else ""
    if application.interface == "asgi":
        return asgi(facts, application.entry, application.factory, port)
    return wsgi(facts, application.entry + call, port)


def names(command: DeclaredCommand, application: Application) -> bool:
    """Whether a declared command starts this application."""
    targets = {application.entry, f"{application.entry}()"}
    if application.object == "application":
        targets.add(application.module)  # gunicorn's default object
    if command.words[:1] == ("flask",) and application.object in ("app", "application", "create_app", "make_app"):
        targets.add(application.module)  # what flask looks for in a module
    if command.words[:2] in (("fastapi", "run"), ("fastapi", "dev")):
        package = application.file.removesuffix("/__init__.py")
        targets |= {application.file, package, f"./{application.file}"}
    return any(word in targets for word in command.text.replace('"', " ").replace("'", " ").split())


def declared_port(words: tuple[str, ...]) -> int | None:
    """The port that a command itself names, None where it is not literal."""
    for flag, value in _flags(words):
        if flag in (
            "--port",
            "-p",
            "--bind",
            "-b",
            "--listen",
            "--server_port",
            "--server-port",
            "--server.port",
            "--http-port",
            "--hosts",
            "--address",
            "--listen-address",
            "--web.listen-address",
        ):
            plain = re.sub(r"\$\{\w+:?[-=](\d+)\}", r"\1", value)  # --port ${PORT:-8000}
            text = plain.partition(",")[0].rpartition(":")[2]
            if text.isdigit():
                return int(text)
    return None


def _followed(facts: Facts, command: DeclaredCommand, port: int) -> tuple[str, ...] | None:
    """The project's command with this port on all interfaces; None where it needs a shell or another server."""
    words = [word for word in command.words if word != "exec"]
    while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
        return None  # variables for this command alone: a shell would set them
    if words[:1] in (["python"], ["python3"]) and words[1:2] == ["-m"]:
        words = words[2:]
    if not words or words[0] not in BINDING:
        return None
    server = words[0]
    if facts.dependency(DISTRIBUTIONS.get(server, server)) is None:
        return None
    kept = [server]
    rest = iter(words[1:])
    for word in rest:
        flag, equals, _ = word.partition("=")
        if flag in BINDING[server]:
            if not equals and BINDING[server][flag]:
                next(rest, None)
            continue
        if server == "gunicorn" and flag in ("-c", "--config") and facts.gunicorn is None:
            file = word.partition("=")[2] if equals else next(rest, "")
            if not file.startswith("/"):  # in the author's image, and not to be found in the project
                kept += [word] if equals else [word, file]
            continue
        kept.append(word)
    if any("$" in word for word in kept):
        return None
    if server == "gunicorn":
        kept.append(f"--bind={ALL}:{port}")
        configured = any(word in ("-c", "--config") or word.startswith(("--config=", "-c=")) for word in kept)
        given = {word.split("=")[0] for word in kept}
        kept += [o for o in _gunicorn_options(facts, configured) if o.split("=")[0] not in given]
    elif server == "hypercorn":
        kept += [f"--bind={ALL}:{port}", *_without(HYPERCORN, kept)]
    elif server == "daphne":
        kept[1:1] = ["-b", ALL, "-p", str(port)]
    elif server == "waitress-serve":
        kept[1:1] = [f"--host={ALL}", f"--port={port}"]
    else:
        kept += ["--host", ALL, "--port", str(port)]
        if server == "uvicorn":
            kept += _without(_uvicorn_options(facts), kept)
    return tuple(kept)


HYPERCORN = ("--access-logfile=-", f"--graceful-timeout={GRACE}")
"""Hypercorn logs no request unless it is told where, and gives open ones 3 seconds (its --help)."""


def _without(options: tuple[str, ...], given: list[str]) -> list[str]:
    """The options that the command does not have yet."""
    names = {word.split("=")[0] for word in given}
    return [option for option in options if option.split("=")[0] not in names]


def _uvicorn_options(facts: Facts) -> tuple[str, ...]:
    """A limit for open requests; uvicorn waits without end, until it is killed. Its option came with 0.22."""
    uvicorn = facts.dependency("uvicorn")
    version = release(uvicorn.version) if uvicorn and uvicorn.version else None
    old = version is not None and version < (0, 22)
    unknown = version is None and uvicorn is not None and "<" in uvicorn.specifier
    return () if old or unknown else (f"--timeout-graceful-shutdown={GRACE}",)


def asgi(facts: Facts, target: str, factory: bool, port: int) -> Served:
    """uvicorn, hypercorn, daphne or granian, as the project has it; uvicorn is added where it has none."""
    bind = ("--host", ALL, "--port", str(port))
    uvicorn = ("uvicorn", target, *(("--factory",) if factory else ()), *bind, *_uvicorn_options(facts))
    direct = {d.name for d in facts.dependencies if d.direct and not d.group}
    if "uvicorn" in direct or (facts.dependency("uvicorn") and not {"hypercorn", "daphne", "granian"} & direct):
        return Served(uvicorn)
    if facts.dependency("hypercorn") or facts.dependency("quart"):
        return Served(("hypercorn", target + ("()" if factory else ""), "--bind", f"{ALL}:{port}", *HYPERCORN))
    if facts.dependency("daphne") or _brings_daphne(facts):
        return Served(("daphne", "-b", ALL, "-p", str(port), target))
    if facts.dependency("granian"):
        command = ("granian", "--interface", "asgi", *(("--factory",) if factory else ()), *bind, target)
        return Served(command, environment=(("GRANIAN_LOG_ACCESS_ENABLED", "true"),))
    if _brings_uvicorn(facts):
        return Served(uvicorn)
    return Served(uvicorn, (table("frameworks")["servers"]["uvicorn"],))


def _brings_daphne(facts: Facts) -> bool:
    """Channels 2 and 3 depend on daphne, 4 with its extra of that name (channels.readthedocs.io, "Installation")."""
    channels = facts.dependency("channels")
    version = release(channels.version) if channels and channels.version else None
    return bool(channels) and (
        (version is not None and version < (4,)) or "daphne" in (channels.extras if channels else ())
    )


def _brings_uvicorn(facts: Facts) -> bool:
    """fastapi[standard], fastapi[all] and python-fasthtml depend on uvicorn; a lock file lists it itself."""
    fastapi = facts.dependency("fastapi")
    return bool(fastapi and {"standard", "all"} & set(fastapi.extras)) or bool(facts.dependency("python-fasthtml"))


def wsgi(facts: Facts, target: str, port: int) -> Served:
    """gunicorn, waitress or uWSGI, as the project has it; gunicorn is added where it has none."""
    if facts.dependency("gunicorn") is None and facts.dependency("waitress"):
        factory = ("--call",) if target.endswith("()") else ()
        return Served(("waitress-serve", f"--host={ALL}", f"--port={port}", *factory, target.removesuffix("()")))
    if facts.dependency("gunicorn") is None and facts.dependency("uwsgi", "pyuwsgi"):
        # Without --die-on-term SIGTERM reloads it, without --need-app it serves errors where the import failed.
        return Served(("uwsgi", f"--http={ALL}:{port}", f"--module={target}", *UWSGI))
    command = ("gunicorn", target, f"--bind={ALL}:{port}", *_gunicorn_options(facts))
    if facts.dependency("gunicorn") is None:
        return Served(command, (table("frameworks")["servers"]["gunicorn"],))
    return Served(command, _gunicorn_needs(facts, command))


def _gunicorn_options(facts: Facts, configured: bool = False) -> tuple[str, ...]:
    """The configuration that dockgen writes. A project with one of its own keeps it (`configured`: the command names
    it), and gets on the command line what a container needs and the project does not set."""
    own = facts.gunicorn
    if own is None and not configured:
        return (f"--config={CONFIGURATION}",)
    if own is None:
        return ()  # a module, or a file that is not there
    options = [option for option, settings in CONTAINER.items() if not set(settings) & set(own.settings)]
    if not configured and own.file != READ_BY_ITSELF:
        options.insert(0, f"--config={own.file}")  # the project's command names it, and could not be followed
    gunicorn = facts.dependency("gunicorn")
    version = release(gunicorn.version) if gunicorn and gunicorn.version else None
    old = version < (25, 1) if version else gunicorn is not None and "<" in gunicorn.specifier
    return tuple(option for option in options if not (old and option == "--no-control-socket"))


def choose_gunicorn(facts: Facts, command: tuple[str, ...]) -> Gunicorn | None:
    """What the configuration holds, None where this command does not read it."""
    if f"--config={CONFIGURATION}" not in command:
        return None
    if facts.dependency("flask-socketio"):
        # flask-socketio.readthedocs.io, "Deployment": clients come back to the process that knows them.
        return Gunicorn(threads=100, workers=1, recycled=False, why="Flask-SocketIO: one process holds all its clients")
    classes = [value for flag, value in _flags(command) if flag in ("-k", "--worker-class")]
    return Gunicorn(threads=4 if not classes or classes[-1] in ("sync", "gthread") else 0)


def _flags(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [*pairwise(words), *((f, v) for w in words if "=" in w for f, _, v in (w.partition("="),))]


THREADED = ("MALLOC_ARENA_MAX", "2")
"""glibc gives every thread a heap of its own (mallopt(3)), each with memory that nobody uses. Measured with gunicorn
and 16 threads that build lists and JSON: 159 MB resident, with two heaps 86 MB."""


def process_environment(
    facts: Facts, processes: tuple[Process, ...], trusted: str | None
) -> tuple[tuple[tuple[str, str], ...], tuple[Warning, ...]]:
    """Variables of the image for what runs in it, and what a server does not understand of them.

    `trusted`: the proxies whose headers are believed; gunicorn and uvicorn read them from this variable.
    """
    found: list[tuple[str, str]] = []
    warnings: tuple[Warning, ...] = ()
    web = next((process for process in processes[:1] if process.kind == "web"), None)
    if web:
        found.append(THREADED)
    if trusted and web:
        found.append(("FORWARDED_ALLOW_IPS", trusted))
        if web.command[0] not in ("gunicorn", "uvicorn", "python"):
            text = (
                f"{web.command[0]} does not read which proxies it may trust from the environment: set it in its command"
            )
            warnings = (Warning(text),)
    celery = any(p.command[0] == "celery" and "worker" in p.command and not _concurrent(p.command) for p in processes)
    if celery and not facts.concurrency:
        # Without it Celery forks one process for each CPU of the machine, whatever the container may use of them.
        found.append((CONCURRENCY, "2"))
    return tuple(found), warnings


CONCURRENCY = "CELERY_WORKER_CONCURRENCY"
"""Celery's command line takes every option from CELERY_COMMAND_OPTION, since 5.0."""


def _concurrent(command: tuple[str, ...]) -> bool:
    return any(w.startswith(("-c", "--concurrency", "--autoscale", "-P", "--pool")) for w in command)


def stop_signal(kind: str, command: tuple[str, ...]) -> str | None:
    """SIGINT where SIGTERM would be lost or rude. A process that runs as PID 1 and handles SIGTERM in no way does
    not get it at all (pid_namespaces(7)), and Python handles SIGINT alone: KeyboardInterrupt, with its `finally`.
    waitress ends on that, too; Huey's consumer lets tasks end on SIGINT and drops them on SIGTERM (its docs)."""
    if kind in ("cli", "release") or not command:
        return None
    words = command[1:] if command[0] == "python" else command
    if command[0] == "python" and not any(word.endswith("manage.py") for word in words[:1]):
        return "SIGINT"
    return "SIGINT" if words[:1] in (("waitress-serve",), ("huey_consumer",)) or "run_huey" in words[:2] else None


def _gunicorn_needs(facts: Facts, command: tuple[str, ...]) -> tuple[str, ...]:
    gunicorn = facts.dependency("gunicorn")
    version = release(gunicorn.version) if gunicorn and gunicorn.version else None
    if command[0] == "gunicorn" and version is not None and version < (22,):
        return ("setuptools<81",)  # gunicorn before 22 imports pkg_resources
    return ()


def release(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:2]:
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
