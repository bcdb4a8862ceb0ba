"""Workers and schedulers of task queues, and servers that a command of their own runs: the command of each.

The forms of the commands are those of each tool's --help and documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dockgen.facts import Application, Evidence, Fact, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Process


def job_processes(facts: Facts) -> tuple[Process, ...]:
    """Every worker and scheduler that the code defines: names are unique, the first worker is "worker"."""
    found: list[Process] = [*_celery(facts), *_management(facts)]
    for interface, made in COMMANDS.items():
        applications = _of(facts, interface)
        if applications:
            found += made(facts, applications)
    found += _rq(facts)
    unique: dict[str, Process] = {}
    for process in found:
        name = process.name
        if name in unique:
            name = _another(process, unique)
        unique[name] = Process(
            name, process.kind, process.command, process.port, why=process.why, evidence=process.evidence
        )
    return tuple(unique.values())


QUEUES = ("arq", "celery", "dramatiq", "huey", "procrastinate", "rq", "saq", "taskiq")


def without_worker(facts: Facts, processes: tuple[Process, ...]) -> tuple[Warning, ...]:
    """A queue that the code uses, and no process that works it off."""
    if any(process.kind == "worker" for process in processes):
        return ()
    return tuple(
        Warning(
            f"{fact.value} is used, and nothing here says how its worker starts: a line of a Procfile, "
            "such as `worker: ...`, gives the stack one",
            fact.evidence,
        )
        for fact in facts.frameworks
        if fact.value in QUEUES and processes and processes[0].kind == "web"
    )


def job_paths(facts: Facts) -> tuple[str, ...]:
    """Folders that must be on PYTHONPATH for the modules that the commands name."""
    interfaces = ("celery", *COMMANDS)
    return tuple(dict.fromkeys(a.app_dir for i in interfaces for a in _of(facts, i) if a.app_dir))


def job_entry(facts: Facts, process: Process) -> str:
    """What the worker is called by: module:object, a module, or the command itself."""
    for interface in ("celery", *COMMANDS):
        for application in _of(facts, interface):
            words = " ".join(process.command)
            if application.module.removesuffix(".celery") in words and process.command[0] != "python":
                return application.entry if application.object else application.module
    return process.command[0] if process.command[0] != "python" else process.command[1]


def tool_of(process: Process) -> str:
    """What runs the process: the command's first word, for manage.py its own command."""
    words = [w for w in process.command if w not in ("python", "python3", "-m", "exec")]
    if words and words[0].endswith("manage.py"):
        return words[1] if len(words) > 1 else ""
    return words[0].removesuffix(".py") if words else ""


def _of(facts: Facts, interface: str) -> list[Application]:
    return [a for a in facts.applications if a.interface == interface and not a.test]


def _another(process: Process, taken: dict[str, Process]) -> str:
    """A second worker is called after its tool, a third is numbered."""
    base = process.command[0] if process.command[0] != "python" else process.name
    base = re.sub(r"[^a-z0-9-]+", "-", base.lower()).strip("-") or process.name
    name, number = f"{base}-{process.name}" if base != process.name else f"{process.name}-2", 2
    while name in taken:
        number += 1
        name = f"{process.name}-{number}"
    return name


def _where(application: Application, why: str) -> tuple[Evidence, ...]:
    return (Evidence(application.file, application.line, why),)


def _worker(*command: str, why: str, evidence: tuple[Evidence, ...], port: int | None = None) -> Process:
    return Process("worker", "worker", command, port, why=why, evidence=evidence)


def _scheduler(*command: str, why: str, evidence: tuple[Evidence, ...]) -> Process:
    return Process("scheduler", "scheduler", command, why=why, evidence=evidence)


# ---- Celery ---------------------------------------------------------------------------------------


def _celery(facts: Facts) -> Iterator[Process]:
    """Celery's worker, and beat where something gives it a schedule."""
    found = _of(facts, "celery")
    if not found:
        return
    application = found[0]
    # Celery finds the object by itself below the package that holds celery.py.
    name = application.module.removesuffix(".celery") if application.module.endswith(".celery") else application.module
    if application.object not in ("app", "celery") and name == application.module:
        name = application.entry
    celery = ("celery", f"--app={name}")
    evidence = _where(application, "Celery application")
    yield _worker(*celery, "worker", "--loglevel=info", why="a Celery application", evidence=evidence)
    if facts.schedules:
        where = "--schedule=/tmp/celerybeat-schedule"
        if facts.dependency("django-celery-beat"):
            where = "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"
        beat = (*celery, "beat", "--loglevel=info", where, "--pidfile=")
        yield _scheduler(*beat, why="a schedule for Celery's beat", evidence=facts.schedules)


# ---- Django ---------------------------------------------------------------------------------------


def _management(facts: Facts) -> Iterator[Process]:
    """Task queues whose worker is a command of Django's manage.py."""
    if facts.django is None:
        return
    known: dict[str, list[str]] = table("frameworks")["management"]
    direct = [d for d in facts.dependencies if d.direct and not d.group]
    # Where the settings' applications cannot be read, what the project depends on has to do.
    apps = facts.django.apps or tuple(Fact(d.name.replace("-", "_"), d.evidence) for d in direct)
    for app in apps:
        words = known.get(app.value)
        if words is None:
            continue
        queues = tuple(q.value for q in facts.queues) if words == ["rqworker"] else ()
        yield _worker(
            "python", facts.django.manage, *words, *queues, why=f"{app.value}'s worker", evidence=app.evidence
        )


# ---- RQ -------------------------------------------------------------------------------------------


def _rq(facts: Facts) -> Iterator[Process]:
    """RQ's worker, where no program of the project is one and Django has no command for it."""
    framework = next((f for f in facts.frameworks if f.value == "rq"), None)
    if framework is None or facts.dependency("django-rq") or any(p.runs == "rq" and not p.test for p in facts.programs):
        return
    if facts.dependency("rq", "flask-rq2") is None:
        return
    if not facts.queues and facts.dependency("flask-rq2") is None:
        return  # a monitor, or a library: nothing here puts a job into a queue
    queues = tuple(fact.value for fact in facts.queues) or ("default",)
    yield _worker("rq", "worker", *queues, why="RQ's worker", evidence=framework.evidence)
    scheduler = facts.dependency("rq-scheduler")
    if scheduler:
        yield _scheduler("rqscheduler", why="rq-scheduler's process", evidence=scheduler.evidence)


# ---- the others -----------------------------------------------------------------------------------


def _arq(_: Facts, found: list[Application]) -> Iterator[Process]:
    for one in found:
        yield _worker(
            "arq",
            f"{one.module}.{one.object}",
            why="arq's worker settings",
            evidence=_where(one, "arq's worker settings"),
        )


def _saq(_: Facts, found: list[Application]) -> Iterator[Process]:
    for one in found:
        yield _worker("saq", f"{one.module}.{one.object}", why="SAQ's settings", evidence=_where(one, "SAQ's settings"))


def _dramatiq(facts: Facts, found: list[Application]) -> Iterator[Process]:
    """One worker for every module with actors: importing them also sets the broker. Django finds them itself."""
    if facts.django is not None and facts.dependency("django-dramatiq"):
        return
    names = tuple(dict.fromkeys(one.module for one in found))
    yield _worker("dramatiq", *names, why="Dramatiq's actors", evidence=_where(found[0], "Dramatiq actors"))
    if facts.dependency("periodiq"):
        evidence = _where(found[0], "Dramatiq actors with a period")
        yield _scheduler("periodiq", *names, why="Periodiq's schedule", evidence=evidence)


def _huey(facts: Facts, found: list[Application]) -> Iterator[Process]:
    if facts.django is not None and facts.dependency("django-huey", "huey") and "huey" in _django_apps(facts):
        return
    one = found[0]
    # The consumer imports the one module it is given, and with it the tasks: a module of tasks that knows the object.
    tasks = [task for task in _of(facts, "huey-tasks") if task.object]
    if not any(task.module == one.module for task in tasks) and tasks:
        one = tasks[0]
    yield _worker(
        "huey_consumer", f"{one.module}.{one.object}", why="Huey's consumer", evidence=_where(one, "Huey's queue")
    )


def _django_apps(facts: Facts) -> set[str]:
    return {app.value.split(".")[0].split("_")[-1] for app in facts.django.apps} if facts.django else set()


def _taskiq(facts: Facts, found: list[Application]) -> Iterator[Process]:
    one = found[0]
    evidence = _where(one, "TaskIQ's broker")
    yield _worker("taskiq", "worker", one.entry, *_taskiq_modules(facts, one), why="TaskIQ's broker", evidence=evidence)


def _taskiq_modules(facts: Facts, one: Application) -> tuple[str, ...]:
    """The modules with tasks, which a worker must import beside the broker's; shared tasks are found by their file."""
    modules = tuple(dict.fromkeys(task.module for task in _of(facts, "taskiq-tasks")))
    return tuple(m for m in modules if m != one.module) if modules else ("--fs-discover",)


def _taskiq_scheduler(facts: Facts, found: list[Application]) -> Iterator[Process]:
    one = found[0]
    evidence = _where(one, "TaskIQ's scheduler")
    modules = _taskiq_modules(facts, one)
    yield _scheduler("taskiq", "scheduler", one.entry, *modules, why="TaskIQ's scheduler", evidence=evidence)


def _procrastinate(_: Facts, found: list[Application]) -> Iterator[Process]:
    one = found[0]
    evidence = _where(one, "Procrastinate application")
    yield _worker(
        "procrastinate",
        f"--app={one.module}.{one.object}",
        "worker",
        why="a Procrastinate application",
        evidence=evidence,
    )


def _faststream(facts: Facts, found: list[Application]) -> Iterator[Process]:
    if facts.dependency("faststream") is None or any(p.runs == "faststream" and not p.test for p in facts.programs):
        return  # the command line is an extra of the distribution; a program that starts it needs none
    for one in found:
        factory = ("--factory",) if one.factory else ()
        yield _worker(
            "faststream", "run", *factory, one.entry, why="a FastStream application",
            evidence=_where(one, "FastStream application"),
        )  # fmt: skip


def _faust(_: Facts, found: list[Application]) -> Iterator[Process]:
    one = found[0]
    evidence = _where(one, "Faust application")
    yield _worker(
        "faust",
        f"--app={one.entry}",
        "worker",
        "--loglevel=info",
        why="a Faust application",
        evidence=evidence,
        port=6066,
    )


COMMANDS: dict[str, Callable[[Facts, list[Application]], Iterator[Process]]] = {
    "arq": _arq,
    "saq": _saq,
    "dramatiq": _dramatiq,
    "huey": _huey,
    "taskiq": _taskiq,
    "taskiq-scheduler": _taskiq_scheduler,
    "procrastinate": _procrastinate,
    "faststream": _faststream,
    "faust": _faust,
}
"""Interface of an application -> its processes, in the order in which they are named."""
