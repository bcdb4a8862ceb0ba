"""compose.override.yaml: the stack of compose.yaml as people work on it, by `--with dev`.

What it takes from compose.yaml stays: networks, limits, capabilities, health checks. What it changes: the image's
target, the servers, the ports of what stands behind a web server in production, and tools beside.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dockgen.decide.base import image
from dockgen.decide.install import VENV
from dockgen.decide.reload import Developed, debug_switches, developed
from dockgen.decide.targets import DEBUG_PORT, debugged
from dockgen.facts import EnvVar, Evidence, Facts
from dockgen.knowledge import table
from dockgen.plans import (
    Compose,
    Decision,
    DevelopedProcess,
    Development,
    Front,
    Frontend,
    Install,
    Plan,
    Process,
    Project,
    Secret,
    Tool,
    Watch,
)

STAYS = ("web", "worker", "scheduler", "bot", "notebook")
"""Kinds of processes that watching makes sense for: the others end by themselves."""
SQL = {"postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}
"""Databases that adminer's image has drivers for."""
BROKERS = ("rabbitmq", "redis")
SECURED = ("TLS", "SSL", "STARTTLS")
ANY_LOGIN = (("MP_SMTP_AUTH_ACCEPT_ANY", "1"), ("MP_SMTP_AUTH_ALLOW_INSECURE", "1"))
"""mailpit lets everybody in, also without encryption: code that always logs in can send, too (its documentation)."""
PAGES = {"adminer": 8080, "mailpit": 8025, "flower": 5555}


def wanted(answers: Mapping[str, Any]) -> bool:
    """Whether compose.override.yaml is written: by --with dev, where there is a compose.yaml."""
    return "dev" in (answers.get("with") or ()) and "compose" not in (answers.get("without") or ())


def choose_development(
    facts: Facts,
    answers: Mapping[str, Any],
    install: Install | None,
    project: Project,
    processes: tuple[Process, ...],
    compose: Compose | None,
    frontend: Frontend | None,
    front: Front | None = None,
    kept: tuple[str, ...] = (),
) -> tuple[Development | None, Compose | None, tuple[Decision, ...]]:
    """The development stack, None without it; the compose file with the secrets that the tools need; what to tell. `kept`:
    absolute folders in the container that hold data, which no file of the machine goes over."""
    if compose is None or not processes or not wanted(answers):
        return None, compose, ()
    tools, secrets = _tools(facts, processes, compose, answers.get("registry"))
    rebuilds = _rebuilds(facts, project, frontend)
    changed = []
    decisions = []
    for number, process in enumerate(processes):
        run = developed(facts, process)
        watch: tuple[Watch, ...] = ()
        if process.kind in STAYS:
            decisions.append(Decision("develop", " ".join(run.command), run.why, "flag", process.evidence))
        if process.kind in STAYS or run.reloads:
            watch = (*_syncs(facts, project, frontend, run, rebuilds, kept), *rebuilds)
        own = number > 0 and run.command != process.command  # the dev target runs the first one
        changed.append(DevelopedProcess(run.command if own else (), watch))
    main = processes[0]
    run = developed(facts, main)
    debug = debugged(run.alone, project, install.prefix if install else VENV)
    if main.kind not in STAYS and not run.reloads:  # it would be over before anyone has attached
        debug = (*debug[:5], "--wait-for-client", *debug[5:])
    environment = dict(debug_switches(facts))
    if any(tool.name == "mailpit" for tool in tools):
        environment |= _mail(facts)
    development = Development(
        tuple(changed),
        tuple(sorted(environment.items())),
        debug,
        DEBUG_PORT,
        DEBUG_PORT,
        main.port,
        tools,
        front is not None and "runserver" not in run.command,
    )
    decisions += [Decision("tool", t.name, _lower(t.why), "flag", _evidence(t, facts, processes)) for t in tools]
    if environment:
        listed = " ".join(f"{name}={value}" for name, value in sorted(environment.items()))
        where = tuple(e for v in facts.env if v.name in environment for e in v.evidence[:1])
        decisions.append(Decision("develop", listed, "variables that the code reads, for developing", "flag", where))
    return development, replace(compose, secrets=(*compose.secrets, *secrets)), tuple(decisions)


def _evidence(tool: Tool, facts: Facts, processes: tuple[Process, ...]) -> tuple[Evidence, ...]:
    """Why this project has a use for the tool."""
    if tool.name == "adminer":
        return tuple(e for use in facts.services if use.name in SQL for e in use.evidence)
    if tool.name == "flower":
        return next((p.evidence for p in processes if p.command[:1] == ("celery",)), ())
    return tuple(e for v in facts.env if v.service == "mailpit" and v.part in ("host", "url") for e in v.evidence)


def _lower(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")


# ---- what is watched ------------------------------------------------------------------------------


def _rebuilds(facts: Facts, project: Project, frontend: Frontend | None) -> tuple[Watch, ...]:
    """What the image is built from and no running container can take over: manifests, lock files, what node builds,
    packages beside the application. Of the Dockerfile compose sees no change: .dockerignore lists it."""
    paths = dict.fromkeys(facts.manager.files)
    if frontend is not None:
        paths |= dict.fromkeys(mount.source for mount in frontend.mounts if not mount.stage)
        if frontend.context != ".":
            inside = frontend.context + "/"
            paths = {path: None for path in paths if not path.startswith(inside)} | {frontend.context: None}
    paths |= dict.fromkeys(wheel for wheel in project.wheels if wheel.startswith("../"))
    whole = [path for path in paths if not any(path.startswith(f"{other}/") for other in paths)]
    return tuple(Watch("rebuild", path) for path in sorted(whole))


def _syncs(
    facts: Facts,
    project: Project,
    frontend: Frontend | None,
    run: Developed,
    rebuilds: tuple[Watch, ...],
    kept: tuple[str, ...],
) -> tuple[Watch, ...]:
    """The code, to where the dev target has it (/app)."""
    action = "sync" if run.reloads else "sync+restart"
    folders = _code(facts, project)
    outputs = tuple(frontend.outputs) if frontend else ()
    found = []
    for folder in folders:
        left = [*(w.path for w in rebuilds), *(path for path in outputs if path != "."), *_below_app(kept)]
        ignore = [posixpath.relpath(path, folder) for path in left if _inside(path, folder)]
        target = "/app" if folder == "." else f"/app/{folder}"
        found.append(Watch(action, folder, target, tuple(dict.fromkeys(ignore))))
    return tuple(found)


def _inside(path: str, folder: str) -> bool:
    return not path.startswith("../") if folder == "." else path.startswith(folder + "/")


def _code(facts: Facts, project: Project) -> tuple[str, ...]:
    """The folders and files that the processes run from: the packages where they alone are in the image, else all."""
    if project.tree:
        return (".",)
    packages = [package.split(".")[0] for package in facts.manager.packages]
    flat = [p if f"{p}/" in facts.files else f"{p}.py" for p in packages if {f"{p}/", f"{p}.py"} & set(facts.files)]
    folders = ["src"] if "src/" in facts.files and len(flat) < len(set(packages)) else []
    found = dict.fromkeys([*folders, *flat, *(path.rstrip("/") for path in project.extra)])
    found |= dict.fromkeys(w for w in project.wheels if w != "." and not w.startswith("../"))
    code = [p for p in found if not any(p != other and p.startswith(other + "/") for other in found)]
    return tuple(path for path in code if path != "gunicorn.docker.py") if folders or flat else (".",)


def _below_app(paths: Iterable[str]) -> list[str]:
    return [path.removeprefix("/app/") for path in paths if path.startswith("/app/")]


# ---- tools ----------------------------------------------------------------------------------------


def _tools(
    facts: Facts, processes: tuple[Process, ...], compose: Compose, registry: str | None
) -> tuple[tuple[Tool, ...], tuple[Secret, ...]]:
    """The programs that this project has a use for, and the secrets of their env files."""
    images = table("tools")["images"]
    there = {service.name: service for service in compose.services}
    tools: list[Tool] = []
    secrets: list[Secret] = []
    sql = [name for name in SQL if name in there]
    if sql:
        names = " and ".join(SQL[name] for name in sql)
        why = f"Looks into {names}: user app; the password is in .secrets."
        server = (("ADMINER_DEFAULT_SERVER", sql[0]),)
        name = image(images["adminer"], registry)
        tools.append(Tool("adminer", name, PAGES["adminer"], PAGES["adminer"], why, environment=server))
    if _mail(facts) or "mailpit" in there:  # which compose.yaml has where --service says so, and shows to nobody
        row = table("services")["services"]["mailpit"]
        why = "Takes the mail that the application sends, and shows it; nothing is delivered."
        tools.append(
            Tool(
                "mailpit", image(row["image"], registry), PAGES["mailpit"], PAGES["mailpit"], why, profile="",
                environment=ANY_LOGIN, health=tuple(row["health"]), data=False,
            )
        )  # fmt: skip
    works = any(process.command[:1] == ("celery",) and "worker" in process.command for process in processes)
    broker = _broker(facts, there) if works else ""
    if broker:
        url = _broker_url(facts, broker, compose)
        plain = "{" not in url
        if not plain:
            secrets.append(Secret("flower_env", "flower.env", "CELERY_BROKER_URL", url))
        tools.append(
            Tool(
                "flower", image(images["flower"], registry), PAGES["flower"], PAGES["flower"],
                f"Shows Celery's workers and tasks, through {broker}.",
                environment=(("CELERY_BROKER_URL", url),) if plain else (),
                env_file="" if plain else "flower.env",
                command=("celery", "flower", "--port=5555"),
            )
        )  # fmt: skip
    own = {process.name for process in processes}  # a project that starts its own flower needs no other
    return tuple(tool for tool in tools if tool.name not in own), tuple(secrets)


def _mail(facts: Facts) -> dict[str, str]:
    """What the variables for sending mail get: mailpit, without encryption or a login that matters. {} where the code
    reads no host to send it by."""
    from dockgen.decide.storage import documented

    row = table("services")["services"]["mailpit"]
    own = [v for v in facts.env if _of_mail(v) and not documented(v)]
    if not any(v.part in ("host", "url") and not v.name.upper().endswith(("ADDRESS", "ADDR")) for v in own):
        return {}
    values: dict[str, str] = {}
    for variable in own:
        words = variable.name.upper().split("_")
        if words[-1] in ("ADDRESS", "ADDR"):  # somebody's, not a server's
            continue
        if variable.part == "host":
            values[variable.name] = "mailpit"
        elif variable.part == "port":
            values[variable.name] = str(row["port"])
        elif variable.part == "url":
            values[variable.name] = f"{variable.scheme or 'smtp'}://mailpit:{row['port']}"
        elif {*SECURED} & set(words) and not variable.secret:
            values[variable.name] = _off(variable)
        elif variable.part in ("user", "password") and variable.required:
            values[variable.name] = "mailpit"  # it takes any
    return values


def _of_mail(variable: EnvVar) -> bool:
    words = set(variable.name.upper().split("_"))
    known = set(table("services")["services"]["mailpit"]["variables"])
    return variable.service == "mailpit" or (bool(words & known) and bool(words & {*SECURED}))


def _off(variable: EnvVar) -> str:
    from dockgen.decide.compose import OFF

    said = next((word for word in OFF if word in variable.words), "")
    opposite = {"True": "False", "true": "false", "TRUE": "FALSE", "yes": "no", "on": "off"}
    default = variable.default or ""
    return said or opposite.get(default, default if default in OFF else OFF[0])


def _broker(facts: Facts, there: Mapping[str, object]) -> str:
    """The service that Celery's tasks go through: the one that a variable calls the broker, else the usual one."""
    named = [v.service for v in facts.env if "BROKER" in v.name.upper().split("_") and v.service in BROKERS]
    return next((name for name in (*named, *BROKERS) if name in there), "")


def _broker_url(facts: Facts, broker: str, compose: Compose) -> str:
    """As the application has it, with {secret} for a password in it."""
    named = [v.name for v in facts.env if v.service == broker and "BROKER" in v.name.upper().split("_")]
    plain = dict(compose.environment)
    templates = {secret.variable: secret.template for secret in compose.secrets if secret.variable}
    for name in named:
        url = plain.get(name) or templates.get(name) or ""
        if "://" in url:
            return url
    if broker == "redis":
        return "redis://redis:6379/0"
    return "amqp://app:{rabbitmq_password}@rabbitmq:5672//"


# ---- its place among others -----------------------------------------------------------------------


def moved(development: Development, folder: str) -> Development:
    """The development stack of an application in this folder of a tree: what it watches, seen from the root."""

    def at(watch: Watch) -> Watch:
        return replace(watch, path=posixpath.normpath(posixpath.join(folder, watch.path)))

    processes = tuple(replace(p, watch=tuple(at(w) for w in p.watch)) for p in development.processes)
    return replace(development, processes=processes)


def with_ports(plans: Sequence[Plan]) -> list[Plan]:
    """The plans with ports of the machine that nothing else of the stack takes. A tool that several of them have is
    one container."""
    taken = {plan.part.host(p.port) if plan.part else p.port for plan in plans for p in plan.processes if p.port}
    tools: dict[str, int] = {}

    def free(port: int) -> int:
        while port in taken:
            port += 1
        taken.add(port)
        return port

    result = []
    for plan in plans:
        development = plan.development
        if development is not None:
            port = plan.processes[0].port
            debug_host, debug_web = free(DEBUG_PORT), free(port) if port else None
            for tool in development.tools:
                tools[tool.name] = tools.get(tool.name) or free(tool.port)
            development = replace(
                development,
                debug_host=debug_host,
                debug_web=debug_web,
                tools=tuple(replace(tool, host=tools[tool.name]) for tool in development.tools),
            )
        result.append(replace(plan, development=development))
    return result
