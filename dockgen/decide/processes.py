"""What runs: the image's own process, and the others from the same image."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.utils import canonicalize_name

from dockgen.decide.servers import ALL, declared_port, names, serve
from dockgen.facts import Ambiguity, Application, DeclaredCommand, Evidence, Fact, Facts, Program, Warning
from dockgen.knowledge import table
from dockgen.plan import Process

HTTP_CHECK = "import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=2)"
TCP_CHECK = "import socket; socket.create_connection(('127.0.0.1', {port}), 2).close()"
LAUNCHERS = ("main.py", "app.py", "run.py", "server.py", "bot.py", "manage.py", "start.py", "wsgi.py", "asgi.py")
"""Names by which projects call the file that starts them, the usual first."""


HELPERS = ("scripts", "script", "tools", "ci", "dev", "hack", "misc", "contrib", "bin")
"""Folders whose programs are for the people who work on the project."""


@dataclass(frozen=True, slots=True)
class ProcessChoice:
    """The processes (the image's own first), what they are called by, and what they need.

    `additions`: distributions installed beside the project's own, pinned. `python_path`: folders,
    relative to the project, that must be on PYTHONPATH.
    """

    processes: tuple[Process, ...]
    entry: Fact[str] | None
    additions: tuple[str, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[Warning, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    python_path: tuple[str, ...] = ()


def decide_processes(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    """The image's process from the answers, the declared commands, the application objects, the
    console scripts and the programs, in this order; then workers and migrations."""
    main = _main(facts, answers)
    processes = list(main.processes)
    if processes and processes[0].kind == "worker":
        processes += [p for p in _celery(facts) if p.kind == "scheduler"]
    if processes and processes[0].kind == "web":
        named = {p.name for p in processes}
        for extra in (
            *_declared_workers(facts),
            *_celery(facts),
            *_management_workers(facts),
            *_migrations(facts, main.entry.value if main.entry else None),
        ):
            if extra.name not in named:
                processes.append(extra)
                named.add(extra.name)
    return ProcessChoice(
        tuple(processes),
        main.entry,
        main.additions,
        main.ambiguities,
        main.warnings,
        main.environment,
        main.python_path,
    )


def _main(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    if answers.get("start"):
        return _from_start(facts, answers)
    if answers.get("framework"):
        wanted = canonicalize_name(str(answers["framework"]))
        seen = {fact.value for fact in facts.frameworks} | {a.framework for a in facts.applications}
        if wanted not in seen:
            why = f"nothing in the code uses {wanted}"
            return ProcessChoice((), None, ambiguities=(Ambiguity("entry", why, tuple(sorted(seen))),))
        facts = _with_framework(facts, wanted)
    entry = answers.get("entry")
    if entry:
        return _from_entry(facts, str(entry), answers)
    streamlit = _streamlit(facts, answers)
    if streamlit:
        return streamlit
    if facts.django and (facts.django.wsgi or facts.django.asgi):
        return _django(facts, answers)
    scripted = _script_application(facts, answers)
    if scripted:
        return scripted
    applications = [a for a in facts.applications if a.interface in ("asgi", "wsgi") and not a.factory_required_args]
    if any(not a.test for a in applications):
        applications = [a for a in applications if not a.test]
    declared = _declared_application(facts, applications)
    if declared:
        applications = [declared]
    applications = _foremost(applications)
    if len(applications) > 1:
        choices = tuple(dict.fromkeys(a.entry for a in applications))
        evidence = tuple(Evidence(a.file, a.line, f"{a.framework} application") for a in applications)
        return ProcessChoice(
            _web(facts, applications[0], answers).processes,
            None,
            ambiguities=(Ambiguity("entry", f"{len(choices)} applications found", choices, evidence),),
        )
    if applications:
        return _web(facts, applications[0], answers)
    workers = [a for a in facts.applications if a.interface == "celery" and not a.test]
    if workers:
        [process] = _celery(facts)[:1]
        return ProcessChoice((process,), Fact(workers[0].entry, process.evidence), python_path=_path(workers[0]))
    return _program(facts, answers)


def _with_framework(facts: Facts, wanted: str) -> Facts:
    """The facts as if the project had this framework alone."""
    return replace(
        facts,
        applications=tuple(a for a in facts.applications if a.framework == wanted or a.interface == "celery"),
        frameworks=tuple(f for f in facts.frameworks if f.value == wanted),
        django=facts.django if wanted == "django" else None,
        programs=tuple(p for p in facts.programs if p.serves in ("", wanted)),
    )


def _foremost(applications: list[Application]) -> list[Application]:
    """Objects count before factories; a single one that starts itself counts before the others.

    One object under two names is one application: wsgi.py and asgi.py hand it on for servers.
    """
    objects = [a for a in applications if not a.factory] or applications
    named: dict[tuple[str, int], Application] = {}
    for application in objects:
        place = (application.file, application.line)
        if place not in named or application.module.rpartition(".")[2] in ("wsgi", "asgi"):
            named[place] = application
    objects = list(named.values())
    running = [a for a in objects if a.runs_itself]
    return running if len(running) == 1 else objects


def _declared_application(facts: Facts, applications: list[Application]) -> Application | None:
    """The application that a declared command names."""
    return next((a for c in facts.commands for a in applications if names(c, a)), None)


def _path(application: Application) -> tuple[str, ...]:
    return (application.app_dir,) if application.app_dir else ()


def choose_port(facts: Facts, answers: Mapping[str, Any], literal: int | None, default: int = 8000) -> int:
    """The answer, the port in the code, in a declared command, in EXPOSE and its kin; never one for root."""
    if answers.get("port"):
        return int(answers["port"])
    declared = [declared_port(command) for command in facts.commands if command.process == "web"]
    exposed = [int(c.text) for c in facts.commands if c.process == "port" and c.text.isdigit()]
    return next((port for port in (literal, *declared, *exposed) if port and 1024 <= port < 65536), default)


def _web(facts: Facts, application: Application, answers: Mapping[str, Any], why: str = "") -> ProcessChoice:
    evidence: tuple[Evidence, ...] = (
        Evidence(application.file, application.line, f"{application.framework} application"),
    )
    port = choose_port(facts, answers, application.port)
    served = serve(facts, application, port)
    added = [a for a in served.additions if a in table("frameworks")["servers"].values()]
    warnings: tuple[Warning, ...] = ()
    command, additions = served.command, served.additions
    if added and application.interface == "wsgi" and application.runs_itself and application.host == ALL:
        # The lock file has no server, and the author starts this file on all interfaces: so it starts.
        command, additions = ("python", application.file), ()
        text = f"{application.framework} is served by its development server: add gunicorn to the dependencies"
        warnings = (Warning(text, evidence),)
    elif added:
        name = added[0].partition("==")[0]
        text = f"no server is among the dependencies: {added[0]} is installed in the image; add {name} to yours"
        warnings = (Warning(text, evidence),)
    if served.declared:
        evidence = (served.declared.evidence, *evidence)
        why = "the project's own command, with the port and the address of a container"
    process = Process("web", "web", command, port, evidence=evidence, why=why or "the application found")
    return ProcessChoice(
        (_checked(facts, process, answers),),
        Fact(application.entry, evidence),
        additions,
        warnings=warnings,
        python_path=_path(application),
    )


def _health_path(facts: Facts, process: Process) -> str | None:
    """The route of the application that this process serves. Django answers a check's host with 400 unless
    ALLOWED_HOSTS has it, so there it must be seen to."""
    hosts = (facts.django.allowed_hosts or ()) if facts.django else ("*",)
    if not {"*", "127.0.0.1"} & set(hosts):
        return None
    words = {word.removesuffix("()") for word in process.command}
    named = [route for route in facts.health if route.application in words]
    several = len({(a.file, a.line) for a in facts.applications if a.interface in ("asgi", "wsgi") and not a.test}) > 1
    routes = named or ([] if several else list(facts.health))
    return routes[0].path if routes else None


def _checked(facts: Facts, process: Process, answers: Mapping[str, Any]) -> Process:
    """The process with its health check: the project's own route, else a connection to the port."""
    if not process.port:
        return process
    path = answers.get("health_path") or _health_path(facts, process)
    check = HTTP_CHECK.format(port=process.port, path=path) if path else TCP_CHECK.format(port=process.port)
    return Process(
        process.name, process.kind, process.command, process.port, path, ("python", "-c", check),
        process.why, process.root, process.stop_signal, process.evidence,
    )  # fmt: skip


def _django(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    django = facts.django
    assert django is not None
    folder = django.manage.rpartition("/")[0]
    candidates = [
        Application(
            "django", interface, module, "application", f"{folder}/{module.replace('.', '/')}.py".lstrip("/"), 1, folder
        )
        for interface, module in (("asgi", django.asgi), ("wsgi", django.wsgi))
        if module
    ]
    named = [a for a in candidates for c in facts.commands if c.process == "web" and names(c, a)]
    asynchronous = django.channels or facts.dependency("daphne", "uvicorn") or not django.wsgi
    plain = [
        a
        for a in candidates
        if a.interface == ("asgi" if asynchronous and not facts.dependency("gunicorn") else "wsgi")
    ]
    application = [*named, *plain, *candidates][0]
    return _web(facts, application, answers, f"Django's {application.interface.upper()} application")


def _streamlit(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice | None:
    framework = next((f for f in facts.frameworks if f.value == "streamlit"), None)
    if framework is None or not facts.dependency("streamlit"):
        return None
    scripts = [p.file for p in facts.programs if not p.test and "/" not in p.file] or [
        e.file for e in framework.evidence if "pages/" not in e.file
    ]
    preferred = [s for s in scripts if s.lower() in ("streamlit_app.py", "app.py", "main.py")] or scripts
    if len(preferred) != 1:
        ambiguity = Ambiguity("entry", f"{len(scripts)} scripts could be the Streamlit application", tuple(scripts))
        return ProcessChoice((), None, ambiguities=(ambiguity,))
    return _run_streamlit(facts, preferred[0], framework.evidence, answers)


def _run_streamlit(
    facts: Facts, script: str, evidence: tuple[Evidence, ...], answers: Mapping[str, Any]
) -> ProcessChoice:
    port = int(answers.get("port") or 8501)
    command = ("streamlit", "run", script, f"--server.port={port}", "--server.address=0.0.0.0", "--server.headless=true",
               "--browser.gatherUsageStats=false")  # fmt: skip
    health = {**answers, "health_path": answers.get("health_path") or "/_stcore/health"}
    process = Process("web", "web", command, port, why="a Streamlit script", evidence=evidence)
    return ProcessChoice((_checked(facts, process, health),), Fact(script, evidence))


def _program(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    """No application object: a declared command, a console script, or a Python file that does something."""
    declared = next((c for c in facts.commands if c.process in ("web", "worker", "bot") and c.words), None)
    programs = [p for p in facts.programs if not p.test and not p.file.endswith("setup.py")]
    if declared and declared.words[0] in ("python", "python3") and len(declared.words) > 1:
        match = next((p for p in programs if p.file == declared.words[1] or p.module == declared.words[-1]), None)
        if match:
            return _run(facts, match, answers)
    programs = [p for p in programs if p.file.split("/")[0] not in HELPERS] or programs
    if len(facts.scripts) == 1:
        return _console(facts.scripts[0].name, facts.scripts[0].evidence)
    same = [s for s in facts.scripts if s.name == facts.name.value]
    if same:
        return _console(same[0].name, same[0].evidence)
    serving = [p for p in programs if p.serves]
    if len(serving) == 1:
        return _run(facts, serving[0], answers)
    root = (
        [p for p in serving if "/" not in p.file]
        or [p for p in programs if "/" not in p.file]
        or [p for p in programs if p.file.endswith("__main__.py")]
        or programs
    )
    usual = [p for name in LAUNCHERS for p in root if p.file == name and name != "manage.py"]
    if not usual and len(root) > 1:
        guarded = [p for p in root if p.guard]
        root = guarded if len(guarded) == 1 else root
    chosen = usual[:1] or root
    if len(chosen) == 1:
        return _run(facts, chosen[0], answers)
    choices = tuple([s.name for s in facts.scripts] or [p.file for p in root])
    why = (
        f"{len(choices)} programs could be the one to run"
        if choices
        else "no application, console script or program was found"
    )
    return ProcessChoice((), None, ambiguities=(Ambiguity("entry", why, choices[:20]),))


def _console(name: str, evidence: Evidence) -> ProcessChoice:
    process = Process("cli", "cli", (name,), why="the project's console script", evidence=(evidence,))
    return ProcessChoice((process,), Fact(name, (evidence,)))


def _run(facts: Facts, program: Program, answers: Mapping[str, Any]) -> ProcessChoice:
    """`python FILE`, or `python -m` for what lies in a package, with what its framework needs to be reached."""
    evidence = (Evidence(program.file, program.line, "this file runs as a program"),)
    command: tuple[str, ...] = ("python", program.file)
    path: tuple[str, ...] = ()
    if program.module or program.file.endswith("/__main__.py"):
        command = ("python", "-m", program.module or program.file.removesuffix("/__main__.py").replace("/", "."))
        path = (program.app_dir,) if program.app_dir else ()
    fact = Fact(program.file, evidence)
    known = table("frameworks")
    bots = {f.value for f in facts.frameworks} & set(known["bots"]["frameworks"])
    if bots and (not program.serves or program.serves in bots):
        process = Process("bot", "bot", command, why="a bot", evidence=evidence)
        return ProcessChoice((process,), fact, python_path=path)
    serves = program.serves if program.serves not in ("mcp", "fastmcp") or program.port else ""
    if not serves and not program.port:
        process = Process("script", "script", command, why="this file runs as a program", evidence=evidence)
        return ProcessChoice((process,), fact, python_path=path)
    row = known["applications"].get(serves, {})
    default = known["runner_ports"].get(serves, row.get("port", 8000))
    port = program.port or int(answers.get("port") or default)
    environment = tuple(row.get("environment", {}).items())
    if program.port_variable and (port < 1024 or (answers.get("port") and answers["port"] != program.port)):
        port = int(answers.get("port") or 8080)  # a port below 1024 is for root
        environment += ((program.port_variable, str(port)),)
    warnings: tuple[Warning, ...] = ()
    closed = program.host in ("127.0.0.1", "localhost", "::1") or (
        program.host is None and serves in known["loopback"]["names"] and not row.get("environment")
    )
    if closed:
        said = f"binds {program.host}" if program.host else "names no host, and binds 127.0.0.1 then"
        text = f"{program.file} {said}: nobody outside the container reaches it; let it bind {ALL}"
        warnings = (Warning(text, evidence),)
    process = Process("web", "web", command, port, why="this program serves", evidence=evidence)
    return ProcessChoice(
        (_checked(facts, process, answers),), fact, environment=environment, warnings=warnings, python_path=path
    )


def _script_application(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice | None:
    """Scripts that a program of their framework runs: Chainlit and Panel."""
    found = [a for a in facts.applications if a.framework in SCRIPT_RUNNERS and not a.object]
    found = [a for a in found if not a.test] or found
    if not found or any(a.interface in ("asgi", "wsgi") and not a.test for a in facts.applications):
        return None
    if len({a.framework for a in found}) > 1:
        return None
    framework = found[0].framework
    evidence = tuple(Evidence(a.file, a.line, f"a {framework} script") for a in found)
    files = tuple(dict.fromkeys(a.file for a in found))
    if framework == "chainlit" and len(files) > 1:
        question = Ambiguity("entry", f"{len(files)} scripts could be the Chainlit application", files, evidence)
        return ProcessChoice((), None, ambiguities=(question,))
    return _run_script_application(facts, framework, files, evidence, answers)


def _run_script_application(
    facts: Facts, framework: str, files: tuple[str, ...], evidence: tuple[Evidence, ...], answers: Mapping[str, Any]
) -> ProcessChoice:
    if framework == "chainlit":
        port = choose_port(facts, answers, None, 8000)
        command: tuple[str, ...] = ("chainlit", "run", files[0], "--headless", "--host", ALL, "--port", str(port))
    else:
        port = choose_port(facts, answers, None, 5006)
        command = ("panel", "serve", *files, f"--address={ALL}", f"--port={port}", "--allow-websocket-origin=*")
    process = Process("web", "web", command, port, why=f"a {framework} script", evidence=evidence)
    entry = files[0] if len(files) == 1 else " ".join(files)
    return ProcessChoice((_checked(facts, process, answers),), Fact(entry, evidence))


SCRIPT_RUNNERS = ("chainlit", "panel")


def _from_start(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    words = tuple(shlex.split(str(answers["start"])))
    port = answers.get("port")
    kind = "web" if port else "script"
    process = _checked(facts, Process(kind, kind, words, port, why="you named the command"), answers)
    entry = answers.get("entry")
    return ProcessChoice((process,), Fact(str(entry)) if entry else None)


def _from_entry(facts: Facts, entry: str, answers: Mapping[str, Any]) -> ProcessChoice:
    bare = entry.removesuffix("()")
    for application in facts.applications:
        if application.entry == bare and application.interface in ("asgi", "wsgi"):
            return _web(facts, application, answers)
    if facts.django and entry in (f"{facts.django.wsgi}:application", f"{facts.django.asgi}:application"):
        return _django(facts, answers)
    for program in facts.programs:
        if program.file == entry:
            if any(f.value == "streamlit" for f in facts.frameworks):
                return _run_streamlit(facts, entry, (Evidence(entry, program.line, "you named it"),), answers)
            return _run(facts, program, answers)
    for script in facts.scripts:
        if script.name == entry:
            return _console(entry, script.evidence)
    why = f"--entry {entry} names no application, program or console script that dockgen sees"
    return ProcessChoice((), None, ambiguities=(Ambiguity("start", why),))


def _declared_workers(facts: Facts) -> tuple[Process, ...]:
    kinds = {"worker": "worker", "beat": "scheduler", "scheduler": "scheduler"}
    return tuple(
        Process(c.process, kinds[c.process], c.words, why="declared by the project", evidence=(c.evidence,))
        for c in facts.commands
        if c.process in kinds and c.words and _container_ready(c)
    )


def _container_ready(command: DeclaredCommand) -> bool:
    return not any("$" in word for word in command.words)


def _celery(facts: Facts) -> tuple[Process, ...]:
    """Celery's worker, and beat where something gives it a schedule."""
    found = [a for a in facts.applications if a.interface == "celery" and not a.test]
    if not found:
        return ()
    application = found[0]
    # Celery finds the object by itself below the package that holds celery.py.
    name = application.module.removesuffix(".celery") if application.module.endswith(".celery") else application.module
    if application.object not in ("app", "celery") and name == application.module:
        name = application.entry
    evidence = (Evidence(application.file, application.line, "Celery application"),)
    celery = ("celery", f"--app={name}")
    worker = Process(
        "worker", "worker", (*celery, "worker", "--loglevel=info"), why="a Celery application", evidence=evidence
    )
    if not facts.schedules:
        return (worker,)
    where = "--schedule=/tmp/celerybeat-schedule"
    if facts.dependency("django-celery-beat"):
        where = "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"
    beat = (*celery, "beat", "--loglevel=info", where, "--pidfile=")
    return (
        worker,
        Process("scheduler", "scheduler", beat, why="a schedule for Celery's beat", evidence=facts.schedules),
    )


def _management_workers(facts: Facts) -> tuple[Process, ...]:
    """Task queues whose worker is a command of Django's manage.py."""
    if facts.django is None:
        return ()
    known: dict[str, list[str]] = table("frameworks")["management"]
    return tuple(
        Process(
            "worker",
            "worker",
            ("python", facts.django.manage, *known[d.name]),
            why=f"{d.name}'s worker",
            evidence=d.evidence,
        )
        for d in facts.dependencies
        if d.direct and not d.group and d.name in known
    )[:1]


def _migrations(facts: Facts, entry: str | None) -> tuple[Process, ...]:
    if not facts.migrations or (not facts.services and facts.django is None):
        return ()
    migration = facts.migrations[0]
    command = migration.command
    if migration.tool == "flask-migrate" and entry:
        command = ("flask", f"--app={entry}", *command[1:])
    return (Process("migrate", "release", command, why=f"{migration.tool} migrations", evidence=migration.evidence),)
