"""Servers of web applications: the command that serves one, from the project's own or the dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from dockgen.facts import Application, DeclaredCommand, Facts
from dockgen.knowledge import table

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


@dataclass(frozen=True, slots=True)
class Served:
    """`additions`: distributions installed beside the project's own, pinned. `declared`: the project's own
    command, where that was followed."""

    command: tuple[str, ...]
    additions: tuple[str, ...] = ()
    declared: DeclaredCommand | None = None


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
    for flag, value in [*pairwise(words), *(w.split("=", 1) for w in words if "=" in w)]:
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
        ):
            text = value.rpartition(":")[2]
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
        kept.append(word)
    if any("$" in word for word in kept):
        return None
    if server == "gunicorn":
        kept.append(f"--bind={ALL}:{port}")
        if not any(word in ("-c", "--config") or word.startswith(("--config=", "-c=")) for word in kept):
            kept += [o for o in _gunicorn_options(facts) if o.split("=")[0] not in {w.split("=")[0] for w in kept}]
    elif server == "hypercorn":
        kept.append(f"--bind={ALL}:{port}")
    elif server == "daphne":
        kept[1:1] = ["-b", ALL, "-p", str(port)]
    elif server == "waitress-serve":
        kept[1:1] = [f"--host={ALL}", f"--port={port}"]
    else:
        kept += ["--host", ALL, "--port", str(port)]
    return tuple(kept)


def asgi(facts: Facts, target: str, factory: bool, port: int) -> Served:
    """uvicorn, hypercorn, daphne or granian, as the project has it; uvicorn is added where it has none."""
    bind = ("--host", ALL, "--port", str(port))
    uvicorn = ("uvicorn", target, *(("--factory",) if factory else ()), *bind)
    direct = {d.name for d in facts.dependencies if d.direct and not d.group}
    if "uvicorn" in direct or (facts.dependency("uvicorn") and not {"hypercorn", "daphne", "granian"} & direct):
        return Served(uvicorn)
    if facts.dependency("hypercorn") or facts.dependency("quart"):
        return Served(("hypercorn", target + ("()" if factory else ""), "--bind", f"{ALL}:{port}"))
    if facts.dependency("daphne"):
        return Served(("daphne", "-b", ALL, "-p", str(port), target))
    if facts.dependency("granian"):
        return Served(("granian", "--interface", "asgi", *(("--factory",) if factory else ()), *bind, target))
    if _brings_uvicorn(facts):
        return Served(uvicorn)
    return Served(uvicorn, (table("frameworks")["servers"]["uvicorn"],))


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


def _gunicorn_options(facts: Facts) -> tuple[str, ...]:
    """A heartbeat file in memory, the access log on stdout; no control socket where there would be one."""
    options = ["--worker-tmp-dir=/dev/shm", "--access-logfile=-"]
    gunicorn = facts.dependency("gunicorn")
    version = _release(gunicorn.version) if gunicorn and gunicorn.version else None
    if (version is None and (gunicorn is None or "<" not in gunicorn.specifier)) or (version and version >= (25, 1)):
        options.append("--no-control-socket")  # 25.1 opens one in $HOME, which a read-only root refuses
    return tuple(options)


def _gunicorn_needs(facts: Facts, command: tuple[str, ...]) -> tuple[str, ...]:
    gunicorn = facts.dependency("gunicorn")
    version = _release(gunicorn.version) if gunicorn and gunicorn.version else None
    if command[0] == "gunicorn" and version is not None and version < (22,):
        return ("setuptools<81",)  # gunicorn before 22 imports pkg_resources
    return ()


def _release(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:2]:
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
