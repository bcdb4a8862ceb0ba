"""What runs: the image's own process, and the others from the same image."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from packaging.utils import canonicalize_name

from dockgen.decide import folders
from dockgen.decide.declared import declared_main, declared_processes, declared_program
from dockgen.decide.jobs import job_entry, job_paths, job_processes, tool_of, without_worker
from dockgen.decide.required import led_to
from dockgen.decide.servers import ALL, declared_port, names, serve, stop_signal
from dockgen.decide.tools import fastmcp, ray, tool
from dockgen.decide.ui_scripts import ui_script
from dockgen.facts import (
    LOOPBACK,
    OTHER_SETTINGS,
    Ambiguity,
    Application,
    DeclaredCommand,
    Dependency,
    Django,
    Evidence,
    Fact,
    Facts,
    HealthRoute,
    HostSetting,
    Migration,
    Program,
    Warning,
)
from dockgen.knowledge import table
from dockgen.plans import Process

HTTP_CHECK = "import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=2)"
TCP_CHECK = "import socket; socket.create_connection(('127.0.0.1', {port}), 2).close()"
HOST_CHECK = (
    "import http.client{re}; c = http.client.HTTPConnection('127.0.0.1', {port}, timeout=2); "
    "c.request('GET', '{path}', headers={{'Host': {host}}}); assert c.getresponse().status < 400"
)
"""Names a host that Django allows; a redirect to https is an answer too."""
HOST_NAME = "[A-Za-z0-9.-]+"
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
    if processes and processes[0].kind in ("web", "worker", "bot"):
        named = {p.name for p in processes}
        commands = {p.command for p in processes}
        ports = {p.port for p in processes}
        declared = declared_processes(facts)
        for extra in (
            *declared,
            *_undeclared(declared, job_processes(facts)),
            *_worker_programs(facts, processes[0]),
            *_migrations(facts, main.entry.value if main.entry else None),
        ):
            if (
                extra.name not in named
                and extra.command not in commands
                and (not extra.port or extra.port not in ports)
            ):
                processes.append(extra)
                named.add(extra.name)
                commands.add(extra.command)
    return ProcessChoice(
        tuple(replace(p, stop_signal=p.stop_signal or stop_signal(p.kind, p.command)) for p in processes),
        main.entry,
        main.additions,
        main.ambiguities,
        (*main.warnings, *without_worker(facts, tuple(processes)), *_fixed_migrations(facts)),
        main.environment,
        tuple(dict.fromkeys((*main.python_path, *(job_paths(facts) if len(processes) > 1 else ())))),
    )


def _undeclared(declared: tuple[Process, ...], found: tuple[Process, ...]) -> tuple[Process, ...]:
    """The processes that the code defines and the project declares none of the same tool and kind for."""
    said = {(tool_of(process), process.kind) for process in declared}
    return tuple(process for process in found if (tool_of(process), process.kind) not in said)


def _worker_programs(facts: Facts, main: Process) -> tuple[Process, ...]:
    """Programs of the project that are workers by what they run: RQ's Worker, APScheduler's BlockingScheduler."""
    found: list[Process] = []
    for program in facts.programs:
        if program.test or program.serves or not program.runs or not program.guard:
            continue
        choice = _run(facts, program, {})
        if choice.processes and choice.processes[0].command != main.command and choice.processes[0].kind == "worker":
            name = "scheduler" if program.runs == "apscheduler" else "worker"
            found.append(replace(choice.processes[0], name=name, kind=name))
    return tuple(found)


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
        return _beside_django(facts, answers) or _django(facts, answers)
    scripted = ui_script(facts) or ray(facts)
    if scripted and not _named_by_command(facts, scripted) and _staying_script(facts):
        return _console(facts, _staying_script(facts), answers)
    if scripted:
        return _folder(facts, scripted, answers)
    speaking = fastmcp(facts)
    if speaking:
        return _mcp(facts, *speaking, answers)
    applications = [a for a in facts.applications if a.interface in ("asgi", "wsgi") and not a.factory_required_args]
    if any(not a.test for a in applications):
        applications = [a for a in applications if not a.test]
    declared = _declared_application(facts, applications)
    if declared:
        applications = [declared]
    else:
        command_line = _command_line(facts) if applications else ""
        if command_line:
            return _console(facts, command_line, answers)
        own = _declared_beside(facts, applications, answers)
        if own:
            return own
    applications = _foremost(applications)
    if len(applications) > 1:
        targets = {p.target for p in facts.programs if p.serves and p.target and not p.test}
        started = [a for a in applications if _place(a) in targets]
        applications = started if len({_place(a) for a in started}) == 1 else applications
    if len(applications) == 1 and declared is None:
        serving = [p for p in facts.programs if not p.test and p.guard and _socketio(facts, p)]
        if len(serving) == 1:
            return _run(facts, serving[0], answers)
    if len(applications) == 1:
        whole = [p for p in facts.programs if p.sets and p.serves and p.target == _place(applications[0])]
        if len(whole) == 1:
            return _run(facts, whole[0], answers)
    if len(applications) > 1:
        choices = tuple(dict.fromkeys(a.entry for a in applications))
        evidence = tuple(Evidence(a.file, a.line, f"{a.framework} application") for a in applications)
        return ProcessChoice(
            _web(facts, applications[0], answers).processes,
            None,
            ambiguities=(Ambiguity("entry", f"{len(choices)} applications found", choices, evidence),),
        )
    if len(applications) == 1 and declared is None and _bot_script(facts, applications[0]):
        return _console(facts, _bot_script(facts, applications[0]), answers)
    if applications:
        launcher = _launcher(facts, applications[0]) if declared is None else None
        return _run(facts, launcher, answers, web=True) if launcher else _web(facts, applications[0], answers)
    served = _bentoml(facts, answers)
    if served:
        return served
    spiders = tool(facts) or folders.scrapy(facts) or folders.elsewhere(facts) or folders.shown(facts)
    if spiders:
        return _folder(facts, spiders, answers)
    program = _program(facts, answers)
    if facts.django and program.processes and program.processes[0].command == ("python", facts.django.manage):
        # Without a word behind it manage.py prints its help.
        why = "Django has neither a wsgi.py nor an asgi.py that can be imported: name the command that serves it"
        return ProcessChoice((), None, ambiguities=(Ambiguity("start", why, (), facts.django.evidence),))
    workers = job_processes(facts)
    if not (program.processes and program.processes[0].kind in ("web", "bot")):
        worker = declared_main(facts) or next(iter(workers), None)
        if worker:
            entry = Fact(job_entry(facts, worker), worker.evidence)
            return ProcessChoice((_checked(facts, worker, answers),), entry, python_path=job_paths(facts))
    if not program.processes and not facts.programs and not facts.scripts:
        notebooks = folders.jupyter(facts)
        if notebooks:
            return _folder(facts, notebooks, answers)
    return program


def _staying_script(facts: Facts) -> str:
    """The one console script of a packaged project that serves or stays, "" for none or several: what its authors
    install and start, where a page lies beside it in the package."""
    staying = [start.script for start in facts.starts if start.serves or start.stays]
    return staying[0] if facts.manager.packaged and len(staying) == 1 else ""


def _bot_script(facts: Facts, application: Application) -> str:
    """The console script of the project's own name, where it runs a bot and another console script serves the
    application: that is another program (a page for the bot's settings). "" for none."""
    script = _foremost_script(facts)
    start = next((p for p in facts.starts if p.script == script), None) if script else None
    if start is None or start.serves:
        return ""
    reached = {start.file, *led_to(facts, (start.file,))}
    bots = {e.file for f in facts.frameworks if f.value in _bots(facts) for e in f.evidence}
    served = any(p.serves and p.file == application.file for p in facts.starts if p.script != script)
    return start.script if served and bots & reached else ""


def _launcher(facts: Facts, application: Application) -> Program | None:
    """The program at the root that is called like the package of an application that nothing is seen to serve: shop.py
    beside shop/. It completes and serves the application by ways of its own."""
    package = application.file.split("/")[0]
    seen = [p for p in (*facts.programs, *facts.starts) if not p.test and (p.serves or p.target == _place(application))]
    found = [p for p in facts.programs if p.guard and not p.test and p.file == f"{package}.py"]
    if application.runs_itself or seen or len(found) != 1 or "/" not in application.file:
        return None
    return found[0] if application.file in led_to(facts, (found[0].file,)) else None


def _command_line(facts: Facts) -> str:
    """The foremost console script of a packaged project that serves only where an option asks for it, "" for none: the
    application is one feature of it then."""
    script = _foremost_script(facts) if facts.manager.packaged else None
    asked = any(start.script == script and start.on_request for start in facts.starts)
    return script if script and asked else ""


def _named_by_command(facts: Facts, folder: folders.Folder) -> bool:
    """Whether a command of the project names the file that is served."""
    files = set(folder.entry.value.split(" ")) if folder.entry else set()
    return any(files & _files(command) for command in facts.commands)


def _beside_django(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice | None:
    """What the project's own files start beside a Django that none of their commands serves: a program that stays and
    serves nothing (a bot, a consumer that uses the models)."""
    django = facts.django
    web = [command for command in facts.commands if command.process == "web"]
    if django is None or len(web) != 1:
        return None
    named = declared_program(facts, web[0])
    program, arguments = named or ("", ())
    if isinstance(program, str) or program.file == django.manage or program.serves or not program.stays:
        return None
    return _run(facts, program, answers, arguments, (web[0].evidence,))


def _folder(facts: Facts, folder: folders.Folder, answers: Mapping[str, Any]) -> ProcessChoice:
    process, port = folder.process, None
    if process is not None and folder.default_port:
        port = folder.default_port if folder.fixed else choose_port(facts, answers, None, folder.default_port)
        process = replace(process, port=port, command=tuple(w.replace("{port}", str(port)) for w in process.command))
        process = _checked(facts, process, {**answers, "health_path": answers.get("health_path") or folder.health_path})
    return ProcessChoice(
        (process,) if process else (), folder.entry, folder.additions, folder.ambiguities, folder.warnings,
        folder.environment, folder.python_path,
    )  # fmt: skip


STDIO = "this MCP server speaks over stdio: a client starts it with docker run --interactive --rm IMAGE"


def _mcp(
    facts: Facts, entry: Fact[str], words: tuple[str, ...], port: int | None, answers: Mapping[str, Any]
) -> ProcessChoice:
    """What `fastmcp run` starts: a server on a port, or one that its client starts and speaks to over stdio."""
    why = "the project's own command"
    if port is None:
        process = Process("cli", "cli", words, why=why, evidence=entry.evidence)
        return ProcessChoice((process,), entry, warnings=(Warning(STDIO, entry.evidence),))
    port = choose_port(facts, answers, None, port)
    command = (*words, "--host", ALL, "--port", str(port))
    process = Process("web", "web", command, port, why=why, evidence=entry.evidence)
    return ProcessChoice((_checked(facts, process, answers),), entry)


def _bentoml(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice | None:
    """A BentoML service: one is served by its own command, which also answers health checks: /healthz, which is /livez
    under the usual name (bentoml/_internal/server/base_app.py)."""
    found = [a for a in facts.applications if a.interface == "bentoml" and not a.test]
    if len(found) != 1:
        return None
    evidence = (Evidence(found[0].file, found[0].line, "BentoML service"),)
    port = choose_port(facts, answers, None, 3000)
    command = ("bentoml", "serve", found[0].entry, "--host", ALL, "--port", str(port))
    process = Process("web", "web", command, port, why="a BentoML service", evidence=evidence)
    health = {**answers, "health_path": answers.get("health_path") or "/healthz"}
    checked = _checked(facts, process, health)
    return ProcessChoice((checked,), Fact(found[0].entry, evidence), python_path=_path(found[0]))


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
        last = application.module.rpartition(".")[2]
        if place not in named or last in ("wsgi", "asgi") or (application.completes and not named[place].completes):
            named[place] = application
    objects = list(named.values())
    # wsgi.py is what servers are given; the same application in run.py or manage.py is for developing.
    for_servers = [a for a in objects if a.module.rpartition(".")[2] in ("wsgi", "asgi")]
    if len(for_servers) == 1 and len({a.framework for a in objects}) == 1:
        return for_servers
    running = [a for a in objects if a.runs_itself]
    return running if len(running) == 1 else _plainly_named(objects)


def _plainly_named(applications: list[Application]) -> list[Application]:
    """Of several in one module the one that is called app, where the others say what they are for: admin_app."""
    plain = [a for a in applications if a.object in ("app", "application")]
    others = [a for a in applications if a not in plain]
    if len(plain) == 1 and others and all(a.file == plain[0].file and "_" in a.object for a in others):
        return plain
    return applications


def _declared_application(facts: Facts, applications: list[Application]) -> Application | None:
    """The application that a declared command names, or among several that of the program that it starts."""
    found = next((a for c in facts.commands for a in applications if names(c, a)), None)
    if found is not None or len(applications) < 2:
        return found
    for command in facts.commands:
        named = declared_program(facts, command) if command.process == "web" else None
        if named is not None and not isinstance(named[0], str) and named[0].target:
            return next((a for a in applications if f"{a.file}:{a.object}" == named[0].target), None)
    return None


def _declared_beside(facts: Facts, applications: list[Application], answers: Mapping[str, Any]) -> ProcessChoice | None:
    """What the project itself starts for the web, where that is a program or console script that serves none of
    the application objects: those are of another program then."""
    frameworks = {a.framework for a in applications}
    files = {a.file for a in applications}
    for command in facts.commands:
        if command.process != "web" or not applications:
            continue
        named = declared_program(facts, command)
        if named is None:
            continue
        started, arguments = named
        start = next((p for p in facts.starts if p.script == started), None) if isinstance(started, str) else started
        if start is None:
            return None
        # With arguments, and with an application that it makes itself, it does more than a server would.
        seen = {f"{a.file}:{a.object}" for a in applications}
        sets_up = bool(arguments) and start.target not in seen
        if (start.file in files or start.serves in frameworks) and not _socketio(facts, start) and not sets_up:
            return None
        return _run(facts, start, answers, arguments, (command.evidence,), web=True)
    return None


def _socketio(facts: Facts, program: Program) -> bool:
    """Whether a program serves Flask-SocketIO's application with the asynchronous server that it has, to the outside
    (flask-socketio.readthedocs.io, "Deployment": socketio.run() with eventlet or gevent is made for production; several
    workers of gunicorn are not)."""
    used = any(f.value == "flask-socketio" for f in facts.frameworks)
    return bool(
        used
        and program.serves == "flask"
        and program.host == ALL
        and facts.dependency("eventlet", "gevent", "gevent-websocket")
    )


def _place(application: Application) -> str:
    return f"{application.file}:{application.object}"


def _path(application: Application) -> tuple[str, ...]:
    return (application.app_dir,) if application.app_dir else ()


def choose_port(facts: Facts, answers: Mapping[str, Any], literal: int | None, default: int = 8000) -> int:
    """The answer, the port in the code, in a declared command, in EXPOSE and its kin; never one for root."""
    if answers.get("port"):
        return int(answers["port"])
    declared = [declared_port(command.words) for command in facts.commands if command.process == "web"]
    said = [port for port in (literal, *declared, _exposed(facts)) if port]
    if any(_flask_run(command.words) for command in facts.commands if command.process == "web"):
        default = 5000  # of Flask's and Quart's own command, where nothing says another
    if said and all(port < 1024 for port in said):
        default = 8080  # what the project itself names is for root; no framework's port says more
    return next((port for port in said if 1024 <= port < 65536), default)


def _flask_run(words: tuple[str, ...]) -> bool:
    """Whether a command is Flask's or Quart's own server for others to reach: without an address it is a developer's."""
    words = words[2:] if words[:2] in (("python", "-m"), ("python3", "-m")) else words
    outside = any(word.rpartition("=")[2] == ALL for word in words)
    return words[:1] in (("flask",), ("quart",)) and "run" in words[1:] and outside


def _own_port(facts: Facts, application: Application) -> int | None:
    """The one port on which the project's own programs and console scripts serve what this application is of."""
    runs = [p for p in (*facts.starts, *facts.programs) if not p.test and p.port and not p.port_variable]
    here = _place(application)
    ports = {p.port for p in runs if p.target == here or (not p.target and p.serves == application.framework)}
    return ports.pop() if len(ports) == 1 else None


def _exposed(facts: Facts) -> int | None:
    """The port of EXPOSE, of gunicorn's configuration or a platform's manifest; never one for root."""
    exposed = [int(c.text) for c in facts.commands if c.process == "port" and c.text.isdigit()]
    return next((port for port in exposed if 1024 <= port < 65536), None)


def _web(facts: Facts, application: Application, answers: Mapping[str, Any], why: str = "") -> ProcessChoice:
    evidence: tuple[Evidence, ...] = (
        Evidence(application.file, application.line, f"{application.framework} application"),
    )
    listens = table("frameworks")["runner_ports"].get(application.framework, 8000)
    outside = application.runs_itself and application.host == ALL and not application.port_variable
    own = application.port or _own_port(facts, application)
    if application.host in LOOPBACK and _exposed(facts):
        own = None  # the port of the author's machine; the image's own is in EXPOSE
    port = choose_port(facts, answers, own, listens if outside else 8000)
    missing = _not_installed(facts, application)
    if missing:
        facts = replace(facts, dependencies=(*facts.dependencies, Dependency(missing)))
    served = serve(facts, application, port)
    added = [a for a in served.additions if a in table("frameworks")["servers"].values()]
    warnings: tuple[Warning, ...] = ()
    if added:
        name = added[0].partition("==")[0]
        text = f"no server is among the dependencies: {added[0]} is installed in the image; add {name} to yours"
        warnings = (Warning(text, evidence),)
    if missing:
        text = f"{missing} is imported, and no dependency brings it: it is installed in the image; add it to yours"
        warnings += (Warning(text, evidence),)
    if served.declared:
        evidence = (served.declared.evidence, *evidence)
        why = "the project's own command, with the port and the address of a container"
    process = Process("web", "web", served.command, port, evidence=evidence, why=why or "the application found")
    of_framework = table("frameworks")["own_health"].get(application.framework)
    if of_framework and _health(facts, process) is None:
        answers = {"health_path": of_framework, **answers}
    return ProcessChoice(
        (_checked(facts, process, answers),),
        Fact(application.entry, evidence),
        (*((missing,) if missing else ()), *served.additions),
        warnings=warnings,
        environment=served.environment,
        python_path=_path(application),
    )


def _not_installed(facts: Facts, application: Application) -> str:
    """The application's framework where the project has a list of dependencies and neither the framework nor anything of
    its name (flask-restx) is among them, "" where it is: examples beside the framework's own code rely on that."""
    name, manager, known = application.framework, facts.manager, table("frameworks")
    read = manager.files and manager.lock_file is None and "setup.py" not in manager.files
    if not read or manager.name in ("none", "script", "conda", "pixi") or name not in known["applications"]:
        return ""
    there = {d.name for d in facts.dependencies if not d.group}
    brought = {known["brings"].get(one) for one in there}
    if any(name in one for one in there) or name in brought or name in BROUGHT:
        return ""
    return "" if any(d.source != "index" for d in facts.dependencies) else name


BROUGHT = ("starlette", "django", "aiohttp", "tornado")
"""Frameworks that much else depends on."""


def _health(facts: Facts, process: Process) -> HealthRoute | None:
    """The route of the application that this process serves. An ordinary page of a Django that redirects all to
    https is none: what it answers says nothing."""
    if facts.django is not None and facts.django.https_only:
        facts = replace(facts, health=tuple(route for route in facts.health if not route.page))
    words = {word.removesuffix("()") for word in process.command}
    django = facts.django
    if django and words & {
        word for module in (django.wsgi, django.asgi) if module for word in (module, f"{module}:application")
    }:
        words |= {a.entry for a in facts.applications if a.framework == "django"}  # one URLconf under every name
    places = {(a.file, a.line) for a in facts.applications if a.entry in words}
    words |= {a.entry for a in facts.applications if (a.file, a.line) in places}  # one object under several names
    # A factory that needs arguments is called by what is served, where both are of one module.
    modules = {word.partition(":")[0] for word in words if ":" in word}
    words |= {a.entry for a in facts.applications if a.factory_required_args and a.module in modules}
    named = [route for route in facts.health if route.application in words]
    servable = [a for a in facts.applications if not a.test and not a.factory_required_args]
    several = len({(a.file, a.line) for a in servable if a.interface in ("asgi", "wsgi")}) > 1
    routes = named or ([] if several else [route for route in facts.health if not route.declared])
    declared = [route for route in facts.health if route.declared]
    paths = {route.path.rstrip("/") for route in declared}
    same = [route for route in routes if route.path.rstrip("/") in paths]
    own = [route for route in routes if not route.page]
    return next(iter([*same, *own, *declared, *routes]), None)


def _host(facts: Facts) -> str | None:
    """A Python expression for the host that Django's check names, because Django answers 400 to one that
    ALLOWED_HOSTS lacks: "" where any will do, None where none is seen to."""
    django = facts.django
    if django is None:
        return ""
    hosts = django.allowed_hosts
    if hosts is not None:  # [] is for DEBUG, and allows the loopback
        if not hosts or {"*", "127.0.0.1"} & set(hosts):
            return "'127.0.0.1'" if django.https_only else ""
        return repr(hosts[0].lstrip("."))
    if django.host:
        return repr(django.host.lstrip("."))
    if not django.hosts_variable:
        return None
    default = next((v.default for v in facts.env if v.name == django.hosts_variable and v.default), None) or "localhost"
    found = re.findall(HOST_NAME, default) or ["localhost"]
    return f"(re.findall(r'{HOST_NAME}', os.environ.get({django.hosts_variable!r}, '')) or {found[:1]})[0].lstrip('.')"


def _checked(facts: Facts, process: Process, answers: Mapping[str, Any]) -> Process:
    """The process with its health check: the project's own route, else a connection to the port."""
    if not process.port:
        return process
    route = None if answers.get("health_path") else _health(facts, process)
    path = answers.get("health_path") or (route.path if route else None)
    host = _host(facts) if route is not None and (route.framework == "django" or route.declared) else ""
    # A page that needs tables which nobody makes would fail for ever: the check asks for a connection then.
    asked = path if (route is None or not route.database) and host is not None else None
    check = HTTP_CHECK.format(port=process.port, path=asked) if asked else TCP_CHECK.format(port=process.port)
    if asked and host:
        check = HOST_CHECK.format(port=process.port, path=asked, host=host, re=", os, re" if "os." in host else "")
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
    chosen = _web(facts, application, answers, f"Django's {application.interface.upper()} application")
    told = list(_settings_of_development(facts, django))
    if django.debug is not None:
        told.append(_debug(django, django.debug))
    return replace(chosen, warnings=(*chosen.warnings, *told))


def _debug(django: Django, where: Evidence) -> Warning:
    off = f"set {django.debug_variable} for it to be off" if django.debug_variable else "no variable turns it off"
    return Warning(f"{where.file} has DEBUG on, which shows visitors tracebacks and settings: {off}", (where,))


def _settings_of_development(facts: Facts, django: Django) -> Iterator[Warning]:
    """Where servers start the settings of development though others lie beside them for production: which of them is
    for the person to say, because the others read other variables."""
    dotted = django.settings or ""
    above, _, last = dotted.rpartition(".")
    files = {one.file for one in facts.leads}
    manage = django.manage.rpartition("/")[0]
    folder = "/".join(part for part in (manage, above.replace(".", "/")) if part)
    beside = next((n for n in ("production", "prod") if above and f"{folder}/{n}.py".lstrip("/") in files), None)
    if last in OTHER_SETTINGS and beside:
        text = (
            f"the server starts with the settings of development, {dotted}: in compose.yaml the variable "
            f"DJANGO_SETTINGS_MODULE={above}.{beside} takes those for production, and what they read"
        )
        yield Warning(text, django.evidence[:1])


def _streamlit(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice | None:
    framework = next((f for f in facts.frameworks if f.value == "streamlit"), None)
    if framework is None or not facts.dependency("streamlit"):
        return None
    if any(a.framework == "streamlit" and a.interface == "asgi" and not a.test for a in facts.applications):
        return None  # the script is served by an ASGI application around it
    shown = [a.file for a in facts.applications if a.interface == "streamlit" and not a.test]
    scripts = [p.file for p in facts.programs if not p.test and "/" not in p.file] or [
        e.file for e in framework.evidence if "pages/" not in e.file and (e.file in shown or not shown)
    ]
    run = next((c for c in facts.commands if "streamlit" in c.words and set(shown) & _files(c)), None)
    if run is not None:  # `streamlit run FILE`, `python -m streamlit run FILE`
        return _run_streamlit(facts, next(f for f in shown if f in _files(run)), (run.evidence,), answers)
    preferred = [s for s in scripts if s.lower() in ("streamlit_app.py", "app.py", "main.py")] or scripts
    if len(preferred) != 1:
        ambiguity = Ambiguity("entry", f"{len(scripts)} scripts could be the Streamlit application", tuple(scripts))
        return ProcessChoice((), None, ambiguities=(ambiguity,))
    return _run_streamlit(facts, preferred[0], framework.evidence, answers)


def _files(command: DeclaredCommand) -> set[str]:
    return {word.removeprefix("./") for word in command.words}


def _run_streamlit(
    facts: Facts, script: str, evidence: tuple[Evidence, ...], answers: Mapping[str, Any]
) -> ProcessChoice:
    port = int(answers.get("port") or 8501)
    command = ("streamlit", "run", script, f"--server.port={port}", "--server.address=0.0.0.0", "--server.headless=true",
               "--browser.gatherUsageStats=false")  # fmt: skip
    moved = next((route.path for route in facts.health if route.framework == "streamlit"), "/_stcore/health")
    health = {**answers, "health_path": answers.get("health_path") or moved}
    process = Process("web", "web", command, port, why="a Streamlit script", evidence=evidence)
    return ProcessChoice((_checked(facts, process, health),), Fact(script, evidence))


def _program(facts: Facts, answers: Mapping[str, Any]) -> ProcessChoice:
    """No application object: a declared command, a console script, or a Python file that does something."""
    programs = [
        p
        for p in facts.programs
        if not p.test and not p.file.endswith("setup.py") and (p.guard or not p.file.endswith("__init__.py"))
    ]
    declared = [(c, declared_program(facts, c)) for c in facts.commands if c.process not in ("port", "release")]
    found = [(command, *named) for command, named in declared if named is not None]
    if found and not isinstance(found[0][1], str) and not (found[0][1].serves or found[0][1].stays):
        # A client that the author's compose file runs beside its server is not what the container is for.
        found.sort(key=lambda one: isinstance(one[1], str) or not one[1].serves)
    for command, started, arguments in found:
        if isinstance(started, str):
            return _console(facts, started, answers, arguments, (command.evidence,))
        return _run(facts, started, answers, arguments, (command.evidence,))
    programs = [p for p in programs if p.file.split("/")[0] not in HELPERS] or programs
    script = _foremost_script(facts)
    if script:
        return _console(facts, script, answers)
    programs = _with_what_starts_along(facts, programs)
    serving = [p for p in programs if p.serves]
    if len(serving) == 1:
        return _run(facts, _usual_bot(facts, programs, serving[0]), answers)
    root = (
        [p for p in serving if "/" not in p.file]
        or [p for p in programs if "/" not in p.file]
        or [p for p in programs if p.file.endswith("__main__.py")]
        or programs
    )
    if serving and not any(p.serves or p.file in LAUNCHERS for p in root):
        root = serving  # what serves counts before a script that does something else
    usual = [p for name in LAUNCHERS for p in root if p.file == name and name != "manage.py"]
    if not usual and len(root) > 1:
        guarded = [p for p in root if p.guard]
        root = guarded if len(guarded) == 1 else _first_of_ways(facts, root)
    chosen = usual[:1] or root
    if len(chosen) == 1:
        return _run(facts, chosen[0], answers)
    choices = tuple([s.name for s in facts.scripts] or [p.file for p in root])
    why = (
        f"{len(choices)} programs could be the one to run"
        if choices
        else "no application, console script or program was found"
    )
    guess = _run(facts, root[0], answers).processes if root and facts.manager.name == "script" else ()
    return ProcessChoice(guess, None, ambiguities=(Ambiguity("entry", why, choices[:20]),))


def _with_what_starts_along(facts: Facts, programs: list[Program]) -> list[Program]:
    """The programs without those that others import and that act on being imported, without a guard: a server of
    metrics that starts in a thread starts with the program that imports its module, which then serves too."""
    ways = {p.file: led_to(facts, (p.file,)) for p in programs}
    whole = [p for p in programs if p.guard]
    along = [
        q
        for q in programs
        if not q.guard and any(q.file in ways[p.file] and p.file not in ways[q.file] for p in whole if p is not q)
    ]
    found = []
    for program in programs:
        serving = [q for q in along if q.serves and q.port and q.file in ways[program.file]]
        if program.guard and not program.serves and len(serving) == 1:
            one = serving[0]
            program = replace(
                program, serves=one.serves, host=one.host, port=one.port, port_variable=one.port_variable,
                unread=one.unread, host_setting=one.host_setting,
            )  # fmt: skip
        if program not in along:
            found.append(program)
    return found


def _first_of_ways(facts: Facts, programs: list[Program]) -> list[Program]:
    """The programs to which none of the others leads by imports: what a program imports is part of it, though it can
    be run to try it."""
    ways = {p.file: led_to(facts, (p.file,)) for p in programs}
    first = [p for p in programs if not any(p.file in ways[q.file] for q in programs if q is not p)]
    return first or programs


def _usual_bot(facts: Facts, programs: Sequence[Program], serving: Program) -> Program:
    """The program of a usual name at the root that makes a bot, where the one that listens for the service's calls is a
    variant of it under another name: app.py and app_oauth.py."""
    bots = table("frameworks")["bots"]["frameworks"]
    if serving.serves not in bots or serving.file in LAUNCHERS:
        return serving
    made = {a.file for a in facts.applications if a.framework in bots and not a.test}
    return next((p for n in LAUNCHERS for p in programs if p.file == n and p.guard and n in made), serving)


def _foremost_script(facts: Facts) -> str | None:
    """The console script that is the project's own: the only one, the one of the project's or package's name,
    the one that the others' names extend, the only one that serves or stays, that of the package's __main__."""
    names = sorted({script.name for script in facts.scripts})
    if len(names) == 1:
        return names[0]
    own = {canonicalize_name(facts.name.value), *(canonicalize_name(p) for p in facts.manager.packages)}
    for chosen in (
        [name for name in names if canonicalize_name(name) == canonicalize_name(facts.name.value)],
        [name for name in names if canonicalize_name(name) in own],
        [name for name in names if all(other.startswith(name) for other in names)],
        [start.script for start in facts.starts if start.serves or start.stays],
        [start.script for start in facts.starts if start.file.endswith("/__main__.py")],
    ):
        if len(chosen) == 1:
            return chosen[0]
    return None


def _console(
    facts: Facts,
    name: str,
    answers: Mapping[str, Any],
    arguments: tuple[str, ...] = (),
    declared: tuple[Evidence, ...] = (),
) -> ProcessChoice:
    """A console script: what it runs says whether it is a server or a worker, else it is a tool."""
    start = next((p for p in facts.starts if p.script == name), None)
    if start is not None and (start.serves or start.stays or _bots(facts)):
        return _run(facts, start, answers, arguments, declared)
    evidence = (*declared, *(script.evidence for script in facts.scripts if script.name == name))
    published = _exposed(facts)
    command, path = _called(facts, name)
    command += arguments
    if published:
        process = Process("web", "web", command, published, why="its own files publish a port", evidence=evidence)
        return ProcessChoice((_checked(facts, process, answers),), Fact(name, evidence), python_path=path)
    process = Process("cli", "cli", command, why="the project's console script", evidence=evidence)
    return ProcessChoice((process,), Fact(name, evidence), python_path=path)


def _called(facts: Facts, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(command, folders of PYTHONPATH) that do what a console script does. Where the project itself is not installed
    (requirements.txt beside a setup.py), nothing puts the script on PATH: its module is run, or its function called."""
    start = next((p for p in facts.starts if p.script == name), None)
    target = next((s.target for s in facts.scripts if s.name == name), "")
    dotted, _, function = target.split("[")[0].replace(" ", "").partition(":")
    if facts.manager.packaged or start is None or not function.isidentifier():
        return (name,), ()
    inner = dotted.replace(".", "/")
    found = next((e for e in (f"{inner}.py", f"{inner}/__init__.py") if f"/{start.file}".endswith(f"/{e}")), None)
    if found is None:
        return (name,), ()
    folder = start.file.removesuffix(found).strip("/")
    module = dotted.removesuffix(".__main__")
    runs = {p.file for p in facts.programs if p.guard}
    if start.file in runs and not found.endswith("/__init__.py"):
        return ("python", "-m", module), ((folder,) if folder else ())
    text = f"import sys; from {dotted} import {function}; sys.exit({function}())"
    return ("python", "-c", text), ((folder,) if folder else ())


def _bots(facts: Facts) -> set[str]:
    return {f.value for f in facts.frameworks} & set(table("frameworks")["bots"]["frameworks"])


def _run(
    facts: Facts,
    program: Program,
    answers: Mapping[str, Any],
    arguments: tuple[str, ...] = (),
    declared: tuple[Evidence, ...] = (),
    web: bool = False,
) -> ProcessChoice:
    """`python FILE`, or `python -m` for what lies in a package, with what its framework needs to be reached."""
    evidence = (*declared, Evidence(program.file, program.line, "this file runs as a program"))
    command: tuple[str, ...] = ("python", program.file)
    path: tuple[str, ...] = ()
    if not program.beside and (program.module or program.file.endswith("/__main__.py")):
        command = ("python", "-m", program.module or program.file.removesuffix("/__main__.py").replace("/", "."))
        path = (program.app_dir,) if program.app_dir else ()
    if program.script:
        command, path = _called(facts, program.script)
    if program.subcommand and not arguments:
        arguments = tuple(program.subcommand.split())
    command += arguments
    fact = Fact(program.script or program.file, evidence)
    known = table("frameworks")
    bots = _bots(facts)
    clients = {f.value for f in facts.frameworks} & set(known["bots"]["clients"])
    served_by_bot = (
        program.serves in known["bots"]["frameworks"]
    )  # py-cord's and nextcord's classes bear discord.py's names
    metrics = program.serves == "prometheus-client"
    if (bots and (not program.serves or served_by_bot or metrics)) or (clients and program.stays):
        # Most bots call out; one that is called, by a webhook or by Slack's HTTP mode, listens.
        listening = known["runner_ports"].get(program.serves) if served_by_bot else None
        port = None if metrics else program.port or listening
        process = Process("bot", "bot", command, port, why="a bot", evidence=evidence)
        return ProcessChoice((_checked(facts, process, answers),), fact, python_path=path)
    only_grpc = {f.value for f in facts.frameworks} == {"grpcio"} and program.serves in ("http.server", "asyncio")
    if program.serves == "grpcio" or only_grpc:
        return _grpc(facts, program, command, answers, evidence, path)
    if program.serves in ("mcp", "fastmcp") and not program.port:
        # Over stdio the client starts the server and speaks to it: an entry point, with -i, and nothing to listen on.
        process = Process("cli", "cli", command, why="an MCP server over stdio", evidence=evidence)
        return ProcessChoice((process,), fact, warnings=(Warning(STDIO, evidence[:1]),), python_path=path)
    serves = program.serves
    if not serves and program.stays:
        port = None
        if program.runs == "faust" and not arguments:
            command, port = (*command, "worker"), 6066  # app.main() is Faust's command line; its web server is on
        process = Process("worker", "worker", command, port, why="this program stays", evidence=evidence)
        return ProcessChoice((_checked(facts, process, answers),), fact, python_path=path)
    published = _exposed(facts) if not program.stays else None
    if not serves and not program.port and not web and published:
        process = Process("web", "web", command, published, why="its own files publish a port", evidence=evidence)
        return ProcessChoice((_checked(facts, process, answers),), fact, python_path=path)
    if not serves and not program.port and not web and program.asks and not arguments:
        process = Process("cli", "cli", command, why="this program asks for arguments", evidence=evidence)
        return ProcessChoice((process,), fact, python_path=path)
    if not serves and not program.port and not web:
        process = Process("script", "script", command, why="this file runs as a program", evidence=evidence)
        return ProcessChoice((process,), fact, python_path=path)
    row = known["applications"].get(serves, {})
    default = known["runner_ports"].get(serves, row.get("port", 8000))
    named = declared_port(arguments)
    port = program.port or named or int(answers.get("port") or _exposed(facts) or default)
    environment = tuple(row.get("environment", {}).items())
    if program.port_variable and (port < 1024 or (answers.get("port") and answers["port"] != program.port)):
        port = int(answers.get("port") or 8080)  # a port below 1024 is for root
        environment += ((program.port_variable, str(port)),)
    warnings: tuple[Warning, ...] = ()
    required = any(one.name == program.port_variable and one.required for one in facts.env)
    if program.port_variable and (program.port is None or required):
        environment += ((program.port_variable, str(port)),)  # it has no default: the image gives it one
    elif "port" in program.unread and not (named or answers.get("port") or _exposed(facts)):
        text = (
            f"{program.file} takes its port from a setting that cannot be read here: {port} is a guess; --port says it"
        )
        warnings = (Warning(text, evidence),)
    closed = program.host in LOOPBACK or (
        program.host is None
        and ("host" not in program.unread or program.host_setting)
        and serves in known["loopback"]["names"]
        and not row.get("environment")
    )
    if closed and not any(ALL in word for word in arguments):
        option, variable = _opening(facts, program.host_setting)
        if option and program.host_setting and program.host_setting.early and arguments:
            command = (*command[: -len(arguments)], option, *arguments)
        elif option:
            command += (option,)
        elif variable:
            environment += ((variable, ALL),)
        else:
            said = f"binds {program.host}" if program.host else "names no host, and binds 127.0.0.1 then"
            text = f"{program.file} {said}: nobody outside the container reaches it; let it bind {ALL}"
            warnings += (Warning(text, evidence),)
    consumes = metrics and (program.runs or facts.dependency(*known["bots"]["consumers"]))
    kind = "worker" if consumes else "web"  # what consumes messages shows its metrics beside that
    process = Process(
        kind, kind, command, port, why="this program serves", stop_signal=row.get("stop_signal"), evidence=evidence
    )
    if serves in known["own_health"] and not answers.get("health_path"):
        answers = {**answers, "health_path": known["own_health"][serves]}
    return ProcessChoice(
        (_checked(facts, process, answers),), fact, environment=environment, warnings=warnings, python_path=path
    )


def _opening(facts: Facts, setting: HostSetting | None) -> tuple[str, str]:
    """(option, variable) that makes a program bind all addresses, "" for what there is not."""
    if setting is None or setting.option:
        return (f"{setting.option}={ALL}" if setting else ""), ""
    if setting.variable or setting.field is None:
        return "", setting.variable
    read = [v.name for v in facts.env for e in v.evidence if (e.file, e.line) == setting.field]
    return "", read[0] if read else ""


GRPC_CHECK = (
    "import grpc; from grpc_health.v1 import health_pb2 as m, health_pb2_grpc as s; "
    "c = grpc.insecure_channel('127.0.0.1:{port}'); "
    "assert s.HealthStub(c).Check(m.HealthCheckRequest(), timeout=2).status == 1"
)
"""gRPC's own health protocol (grpc.health.v1); 1 is SERVING."""


def _grpc(
    facts: Facts,
    program: Program,
    command: tuple[str, ...],
    answers: Mapping[str, Any],
    evidence: tuple[Evidence, ...],
    path: tuple[str, ...],
) -> ProcessChoice:
    """A gRPC server: no HTTP, so its health is asked by gRPC's own protocol where the project serves that."""
    port = int(answers["port"]) if answers.get("port") else program.port or _exposed(facts)
    check: tuple[str, ...] = ()
    if port:
        plain = GRPC_CHECK if facts.dependency("grpcio-health-checking") else TCP_CHECK
        check = ("python", "-c", plain.format(port=port))
    process = Process("worker", "worker", command, port, None, check, "a gRPC server", evidence=evidence)
    return ProcessChoice((process,), Fact(program.script or program.file, evidence), python_path=path)


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
    scripted = ui_script(facts, entry)
    if scripted:
        return _folder(facts, scripted, answers)
    for program in facts.programs:
        if program.file == entry:
            if any(f.value == "streamlit" for f in facts.frameworks):
                return _run_streamlit(facts, entry, (Evidence(entry, program.line, "you named it"),), answers)
            return _run(facts, program, answers)
    for script in facts.scripts:
        if script.name == entry:
            return _console(facts, entry, answers)
    why = f"--entry {entry} names no application, program or console script that dockgen sees"
    return ProcessChoice((), None, ambiguities=(Ambiguity("start", why),))


def _fixed_migrations(facts: Facts) -> tuple[Warning, ...]:
    """Migrations that would look for the database in their own container: said, and not run."""
    return tuple(
        Warning(
            "no migration is run by the stack: the URL of alembic.ini is not that of the stack's database, and env.py "
            "takes it as it is; let env.py read the variable that the program reads",
            (m.fixed,),
        )
        for m in facts.migrations
        if m.fixed and not _told(facts, m)
    )


TOLD = (
    "import os; from alembic import command, config; c = config.Config({ini!r}); "
    "c.set_main_option('sqlalchemy.url', {scheme!r} + os.environ[{name!r}].partition('://')[2].replace('%', '%%')); "
    "command.upgrade(c, 'head')"
)
"""Alembic with the address that the stack gives the program; alembic.ini's own driver, which env.py is written for."""
DIALECTS = {
    "postgresql": frozenset({"postgres"}),
    "mysql": frozenset({"mysql", "mariadb"}),
    "mariadb": frozenset({"mysql", "mariadb"}),
}
"""SQLAlchemy's dialects, and the services that each of them speaks to."""


def _told(facts: Facts, migration: Migration) -> tuple[str, ...]:
    """The command that takes the database's address from the variable of the program, where it reads just one."""
    if migration.command[0] not in ("alembic", "python"):  # in a folder of its own
        return ()
    dialect = migration.fixed_scheme.partition("+")[0]  # "driver" is the one of Alembic's own template
    databases = DIALECTS.get(dialect, frozenset()) & {service.name for service in facts.services}
    addresses = [v for v in facts.env if v.part == "url" and v.service in databases]
    if len(addresses) != 1 or addresses[0].scheme.partition("+")[0] in ("jdbc", "sqlite"):
        return ()
    scheme = f"{migration.fixed_scheme}://"
    return ("python", "-c", TOLD.format(ini=migration.files[0], scheme=scheme, name=addresses[0].name))


def _migrations(facts: Facts, entry: str | None) -> tuple[Process, ...]:
    if not facts.migrations or (not facts.services and facts.django is None):
        return ()
    migration = facts.migrations[0]
    command = _told(facts, migration) if migration.fixed else migration.command
    if not command:
        return ()
    if migration.tool == "flask-migrate" and entry:
        command = ("flask", f"--app={entry}", *command[1:])
    return (Process("migrate", "release", command, why=f"{migration.tool} migrations", evidence=migration.evidence),)
