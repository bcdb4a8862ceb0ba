"""Servers for developing: what starts a process again when its code changes.

A server's own reloader is the quickest; what has none is started again by compose watch (sync+restart).
"""

from __future__ import annotations

from dataclasses import dataclass

from dockgen.decide.servers import release
from dockgen.facts import Facts
from dockgen.plans import Process

RELOAD = {
    "uvicorn": ("--reload",),
    "gunicorn": ("--reload",),
    "hypercorn": ("--reload",),
    "granian": ("--reload",),
    "streamlit": ("--server.runOnSave=true",),
    "fastapi": ("--reload",),
    "flask": ("--debug",),
    "panel": ("--dev",),
    "shiny": ("--reload",),
    "marimo": ("--watch",),
    "chainlit": ("--watch",),
}
"""What makes a server restart itself when a file changes, from each one's --help."""

WATCHING = frozenset({"uvicorn", "granian"})
"""Servers whose reloader watches by watchfiles (granian needs it, uvicorn polls every file without it)."""

QUICK = 2
"""Seconds that a server waits for open requests before it loads the new code."""

INTERFACES = ("flask", "apiflask")
"""Frameworks that Flask's own command serves."""


@dataclass(frozen=True, slots=True)
class Developed:
    """`command`: for developing; `alone`: the same without a reloader, for a debugger, which wants one process.
    `reloads`: the process sees changes by itself. `watches`: it wants watchfiles for that. `why`: in one sentence."""

    command: tuple[str, ...]
    alone: tuple[str, ...]
    reloads: bool = False
    watches: bool = False
    why: str = "it has no reloader: compose watch starts it again when its code changes"


def reloading(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with its server's reloader, as it is where the server has none: compose watch restarts it then."""
    flags = RELOAD.get(command[0], ()) if command else ()
    return (*command, *(flag for flag in flags if flag not in command))


def developed(facts: Facts, process: Process) -> Developed:
    """How a process runs while people work on it."""
    command = process.command
    if process.kind in ("cli", "release"):  # it ends by itself
        return Developed(command, command)
    if process.kind == "web" and process.port:
        if (served := _django(facts, process)) is not None:
            return served
        if (served := _flask(facts, process)) is not None:
            return served
    first = command[0] if command else ""
    if first in ("uvicorn", "granian", "gunicorn", "hypercorn"):
        command = _one_process(command)
    if first not in RELOAD:
        return Developed(command, command)
    why = f"{first} loads changed code by itself"
    return Developed(reloading(command), command, True, first in WATCHING, why)


def _one_process(command: tuple[str, ...]) -> tuple[str, ...]:
    """Without a number of workers, which exclude a reloader or hide which one a debugger stops in, and with a short
    patience for connections that stay open."""
    kept: list[str] = []
    skip = False
    for word in command:
        if skip:
            skip = False
        elif word in ("--workers", "-w"):
            skip = True
        elif word.startswith(("--timeout-graceful-shutdown=", "--graceful-timeout=")):
            kept.append(f"{word.partition('=')[0]}={QUICK}")
        elif not word.startswith(("--workers=", "-w=")):
            kept.append(word)
    return (*kept, "--workers=1") if command[0] == "gunicorn" else tuple(kept)


def _django(facts: Facts, process: Process) -> Developed | None:
    """runserver, which also serves static files. Of WebSockets it knows only with daphne among the applications (or
    Channels before 4, which brought it)."""
    django = facts.django
    if django is None or not serves_django(facts, process):
        return None
    apps = {app.value for app in django.apps}
    channels = facts.dependency("channels")
    old = bool(channels and channels.version and release(channels.version) < (4,))
    if django.channels and "daphne" not in apps and not old:
        return None
    where = f"0.0.0.0:{process.port}"
    # With DEBUG off it serves no static files unless it is told to (Django's documentation of runserver).
    insecure = () if debug_switches(facts) or not django.staticfiles else ("--insecure",)
    command = ("python", django.manage, "runserver", where, *insecure)
    why = "Django's own server, which loads changed code by itself and serves static files"
    return Developed(command, (*command, "--noreload"), True, why=why)


def serves_django(facts: Facts, process: Process) -> bool:
    """Whether this process is a server of Django's own application."""
    django = facts.django
    if django is None or process.command[0] == "python":
        return False
    served = {f"{m}:application" for m in (django.wsgi, django.asgi) if m} | {
        m for m in (django.wsgi, django.asgi) if m
    }
    return bool({word.partition("=")[2] or word for word in process.command[1:]} & served)


def _flask(facts: Facts, process: Process) -> Developed | None:
    """Flask's own server with its debugger, from the release on that takes --debug behind run (2.2.3)."""
    if facts.dependency("flask-socketio") or process.command[0] not in ("gunicorn", "waitress-serve", "uwsgi"):
        return None
    flask = facts.dependency("flask")
    if flask is None or (release(flask.version) < (2, 3) if flask.version else "<" in flask.specifier):
        return None
    words = {word.removesuffix("()") for word in process.command}
    found = next((a for a in facts.applications if a.framework in INTERFACES and a.entry in words and not a.test), None)
    if found is None:
        return None
    target = found.entry + ("()" if found.factory else "")
    alone = ("flask", f"--app={target}", "run", "--host=0.0.0.0", f"--port={process.port}")
    return Developed((*alone, "--debug"), alone, True, why="Flask's own server, which loads changed code by itself")


ON = ("1", "true", "True", "yes", "on", "TRUE", "y", "t")
"""How a switch is turned on, as most programs understand it first."""


def debug_switches(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The variables by which the code itself says that it is being developed, turned on."""
    from dockgen.decide.storage import documented

    found = []
    for variable in facts.env:
        words = [word for word in variable.name.upper().split("_") if word]
        if words[-1:] == ["DEBUG"] and not variable.secret and not variable.service and not documented(variable):
            found.append((variable.name, _on(variable.words, variable.default)))
    return tuple(found)


def _on(words: tuple[str, ...], default: str | None) -> str:
    """The word that the code takes; where it names none, one in the spelling of its default."""
    said = next((word for word in ON if word in words), "")
    if said or not default:
        return said or ON[0]
    opposite = {"False": "True", "false": "true", "FALSE": "TRUE", "no": "yes", "off": "on", "n": "y", "f": "t"}
    return opposite.get(default, default if default in ON else ON[0])
