"""Commands that the project declares, as processes: what the image runs beside its own process, and how a
declared command names one of the project's programs or console scripts."""

from __future__ import annotations

import re

from dockgen.facts import DeclaredCommand, Facts, Program
from dockgen.plans import Process

WORKERS = frozenset(
    {"celery", "rq", "rqscheduler", "dramatiq", "periodiq", "arq", "saq", "taskiq", "huey_consumer", "huey_consumer.py",
     "procrastinate", "faststream", "faust", "python", "python3", "flask", "django-admin"}
)  # fmt: skip
"""First words of commands that a container of the same image can run."""

SCHEDULERS = frozenset({"beat", "scheduler", "clock", "cron", "rqscheduler", "periodiq"})

NEVER = frozenset(
    {"runserver", "collectstatic", "test", "pytest", "shell", "tailwind", "http.server", "debugpy", "pip", "watch"}
)
"""Words of commands for developing."""

FLOWER = 5555
"""The port of Flower, the monitor of Celery (flower.readthedocs.io)."""


def declared_processes(facts: Facts) -> tuple[Process, ...]:
    """Workers and schedulers among the declared commands, each once. A command that a shell must read, or that
    starts what the project does not have, is left out."""
    scripts = {script.name for script in facts.scripts}
    found: dict[str, Process] = {}
    for command in facts.commands:
        words = container_words(command)
        if not words or command.process in ("web", "port", "release") or set(words) & NEVER:
            continue
        if words[0] not in WORKERS and words[0] not in scripts:
            continue
        if words[0] in ("python", "python3") and not _there(facts, words):
            continue
        kind = _kind(command, words)
        name = _name(command.process, kind, words)
        port = FLOWER if "flower" in words[:4] else None
        if any(process.command == words for process in found.values()):
            continue
        found.setdefault(
            name, Process(name, kind, words, port, why="declared by the project", evidence=(command.evidence,))
        )
    return tuple(found.values())


def declared_main(facts: Facts) -> Process | None:
    """The first declared command that is a task queue's own: what a project without a web application starts."""
    for command in facts.commands:
        words = container_words(command)
        if words and words[0] in WORKERS - {"python", "python3", "flask", "django-admin"} and not set(words) & NEVER:
            kind = _kind(command, words)
            port = FLOWER if "flower" in words[:4] else None
            return Process(kind, kind, words, port, why="declared by the project", evidence=(command.evidence,))
    return None


def _kind(command: DeclaredCommand, words: tuple[str, ...]) -> str:
    if "flower" in words[:4]:
        return "web"
    if SCHEDULERS & {*words[:6], command.process} and "worker" not in words:
        return "scheduler"
    return "bot" if re.search(r"\bbot\b", command.process) else "worker"


def _name(process: str, kind: str, words: tuple[str, ...]) -> str:
    """The project's own name for it; "worker" and "scheduler" where that is the name of the tool."""
    name = re.sub(r"[^a-z0-9-]+", "-", process.lower()).strip("-") or kind
    return {"beat": "scheduler"}.get(name, kind if name in ("celery", "rq", "dramatiq", "arq") else name)


def _there(facts: Facts, words: tuple[str, ...]) -> bool:
    """Whether the file or module that Python is given is one of the project's programs."""
    rest = [word for word in words[1:] if not re.fullmatch(r"-[uOBEsIq]+", word)]
    if rest[:1] == ["-m"]:
        return bool(rest[1:]) and (
            any(rest[1] in (p.module, p.module.removesuffix(".__main__")) for p in facts.programs)
            or rest[1].split(".")[0] in WORKERS
        )
    return bool(rest) and (
        any(p.file == rest[0].removeprefix("./") for p in facts.programs)
        or (facts.django is not None and rest[0].removeprefix("./") == facts.django.manage)
    )


def container_words(command: DeclaredCommand) -> tuple[str, ...]:
    """The words, without `exec` and what only matters outside of a container; () where a shell is needed."""
    words = [word for word in command.words if word != "exec"]
    if any("$" in word for word in words) or (words and "=" in words[0]):
        return ()
    return tuple(words)


def declared_program(facts: Facts, command: DeclaredCommand) -> tuple[Program | str, tuple[str, ...]] | None:
    """The program (or the console script's name) that a declared command starts, and the arguments it gets."""
    words = list(container_words(command))
    if not words:
        return None
    if words[0] in ("python", "python3"):
        words = [word for n, word in enumerate(words) if n == 0 or not re.fullmatch(r"-[uOBEsIq]+", word)]
        if words[1:2] == ["-m"] and len(words) > 2:
            named = [p for p in facts.programs if p.module == words[2] or p.file == f"{words[2].replace('.', '/')}.py"]
            named.sort(key=lambda p: not p.file.endswith("__main__.py"))
            return (named[0], tuple(words[3:])) if named else None
        words = words[1:]
    elif words[0] == "robyn":  # robyn.tech/documentation: `robyn FILE` runs the file
        words = [word for word in words[1:] if not word.startswith("-")]
    elif words[0] in ("gunicorn", "uvicorn", "hypercorn", "waitress-serve"):
        served = _named_module(facts, words)
        return (served, ()) if served is not None else None
    if not words:
        return None
    file = re.sub(r"^(\./|/app/|/code/|/usr/src/app/|/src/(?=[^/]+$))", "", words[0])
    parts = file.strip("/").split("/")
    for path in ["/".join(parts[at:]) for at in range(min(len(parts), 4))]:  # by its place in the author's image
        for program in facts.programs:
            if not program.test and program.file == path:
                return program, tuple(words[1:])
    if any(script.name == words[0] for script in facts.scripts):
        return words[0], tuple(words[1:])
    return None


def _named_module(facts: Facts, words: list[str]) -> Program | None:
    """The one program in the module that a server is given, where the object that it names is not there."""
    named = next((word for word in words[1:] if re.fullmatch(r"[A-Za-z_][\w.]*:\w+(\(.*\))?", word)), "")
    path = named.partition(":")[0].replace(".", "/") + ".py"
    served = [a.file for a in facts.applications if a.interface in ("asgi", "wsgi")]
    if not named or any(file == path or file.endswith(f"/{path}") for file in served):
        return None
    programs = [
        p for p in facts.programs if not p.test and p.serves and (p.file == path or p.file.endswith(f"/{path}"))
    ]
    return programs[0] if len(programs) == 1 else None
