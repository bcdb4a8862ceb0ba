"""The stack: which services, and how the variables that the code reads point at them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dockgen.decide.base import image
from dockgen.decide.project import settings_module
from dockgen.decide.storage import DATABASES, documented
from dockgen.facts import SPLIT_WHY, Ambiguity, EnvVar, Evidence, Facts, ServiceUse, Warning
from dockgen.knowledge import table
from dockgen.plans import Compose, Process, Secret, Service

USER = "app"
NAME = "app"
APP_ENV = "app.env"
ENDPOINTS = ("ENDPOINT", "ADDRESS", "ADDR", "SERVER")
"""Last words of variables that hold a host with its port, for clients that take no port by itself."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the other applications of a system are to this one. `services`: of the whole stack; `values`: variables
    that name another application, and its address; `env_file`: where this application's secrets are kept."""

    services: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    env_file: str = APP_ENV


ALONE = Beside()


@dataclass(slots=True)
class Wiring:
    """What the variables get, while it is put together."""

    env_file: str = APP_ENV
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    unset: list[EnvVar] = field(default_factory=list)


def decide_compose(
    facts: Facts, processes: tuple[Process, ...], answers: Mapping[str, Any], beside: Beside = ALONE
) -> tuple[Compose | None, tuple[Ambiguity, ...], tuple[Warning, ...]]:
    """The compose file's content, None without it (`--without compose`)."""
    if "compose" in (answers.get("without") or ()) or not processes:
        return None, (), ()
    asked = tuple(answers.get("service") or ())
    uses, warnings = _chosen(facts, asked)
    ambiguities = _mysql_or_mariadb(uses, asked)
    registry = answers.get("registry")
    passwords = _password_names(uses, beside, asked)
    wiring = Wiring(beside.env_file, dict(beside.values))
    named = {use.name: use for use in uses} if beside is ALONE else {}
    services = tuple(_service(use, passwords, wiring, registry, named) for use in uses)
    if beside is ALONE:
        services = _as_called(facts, uses, services, {process.name for process in processes})
    _wire(facts, uses, passwords, wiring, processes, named)
    warnings += _own_file(facts)
    warnings += _unreachable(facts, uses)
    warnings += _mysql_login(facts, uses)
    if wiring.unset:
        names = [variable.name for variable in wiring.unset]
        warnings.append(
            Warning(
                f"{_listed(names)} {'is' if len(names) == 1 else 'are'} required, and only you know "
                f"{'its value' if len(names) == 1 else 'their values'}: put {'it' if len(names) == 1 else 'them'} "
                f"into .secrets/{beside.env_file}",
                tuple(variable.evidence[0] for variable in wiring.unset if variable.evidence)[:5],
            )
        )
    compose = Compose(
        services=services,
        environment=tuple(sorted(wiring.environment.items())),
        secrets=tuple(wiring.secrets.values()),
        unset=tuple(sorted(variable.name for variable in wiring.unset)),
        env_file=beside.env_file,
    )
    return compose, ambiguities, tuple(warnings)


# ---- which services -------------------------------------------------------------------------------


def _chosen(facts: Facts, asked: tuple[str, ...]) -> tuple[list[ServiceUse], list[Warning]]:
    known = table("services")["services"]
    uses: dict[str, ServiceUse] = {}
    warnings: list[Warning] = []
    for use in facts.services:
        if use.name not in known:
            continue
        if use.name in asked or (use.certain and not known[use.name].get("asked")):
            uses[use.name] = use
        elif not known[use.name].get("asked"):  # of what most programs do without nobody is told
            warnings.append(
                Warning(
                    f"a library for {use.name} is there, but no setting says that it is used; "
                    f"--service {use.name} adds the service",
                    use.evidence,
                )
            )
    for name in asked:
        if name in known:
            uses.setdefault(name, ServiceUse(name, evidence=(Evidence(".", None, "you asked for it"),)))
    order = list(known)
    return sorted(uses.values(), key=lambda use: order.index(use.name)), warnings


def _mysql_or_mariadb(uses: list[ServiceUse], asked: tuple[str, ...]) -> tuple[Ambiguity, ...]:
    """Both at once, from evidence alone, is one database that goes by two names."""
    names = {use.name for use in uses}
    if {"mysql", "mariadb"} <= names and not {"mysql", "mariadb"} & set(asked):
        evidence = tuple(e for use in uses if use.name in ("mysql", "mariadb") for e in use.evidence[:2])
        return (Ambiguity("service", "the code names MySQL and MariaDB both", ("mysql", "mariadb"), evidence),)
    return ()


def _mysql_login(facts: Facts, uses: list[ServiceUse]) -> list[Warning]:
    """MySQL 8.4 logs in by caching_sha2_password, for which PyMySQL and aiomysql need cryptography
    (PyMySQL's README, extra "rsa"); MariaDB does not use it."""
    if not any(use.name == "mysql" for use in uses):
        return []
    client = facts.dependency("pymysql", "aiomysql")
    if client is None or facts.dependency("cryptography", "mysqlclient") or "rsa" in client.extras:
        return []
    message = f"{client.name} needs the distribution cryptography to log in to MySQL 8.4: depend on {client.name}[rsa]"
    return [Warning(message, client.evidence[:1])]


def _as_called(
    facts: Facts, uses: list[ServiceUse], services: tuple[Service, ...], taken: set[str]
) -> tuple[Service, ...]:
    """The services with the name that the project's own compose file gives them, where no variable tells the code
    where they are: the address that is written into it is then that one."""
    names = {use.name: use.called for use in uses if use.called and not _told_where(facts, use.name)}
    used = {*taken, *(service.name for service in services)}
    return tuple(
        replace(s, aliases=(names[s.name],)) if names.get(s.name) and names[s.name] not in used else s for s in services
    )


def _told_where(facts: Facts, service: str) -> bool:
    return any(v.service == service and v.part in ("url", "host") and not documented(v) for v in facts.env)


def _unreachable(facts: Facts, uses: list[ServiceUse]) -> list[Warning]:
    """Services that the code reaches by a fixed address: nothing in compose can point it elsewhere."""
    warnings = []
    for use in uses:
        if _told_where(facts, use.name):
            continue
        where = [e for e in use.evidence if e.file.endswith(".py")]
        said = f" ({where[0].file}:{where[0].line})" if where else ""
        port = _port(table("services")["services"][use.name], facts)
        warnings.append(
            Warning(
                f"no variable tells the code where {use.name} is{said}; in compose it is at {use.name}:{port}"
                f"{f', and called {use.called} as in your own file' if use.called not in ('', use.name) else ''}: "
                "read its address from the environment",
                use.evidence[:3],
            )
        )
    return warnings


# ---- the services' containers ---------------------------------------------------------------------


def _password_names(uses: list[ServiceUse], beside: Beside, asked: tuple[str, ...]) -> dict[str, str]:
    """The secret that holds each service's password; the first database's is called db_password, and stays so when
    another one is asked for later: its data know the password that they were made with."""
    known = table("services")["services"]
    there = {*(use.name for use in uses), *beside.services}
    databases = [name for name in DATABASES if name in there]
    first = next(iter([name for name in databases if name not in asked] or databases), "")
    return {
        use.name: "db_password" if use.name == first else f"{use.name}_password"
        for use in uses
        if known[use.name].get("password")
    }


OWN_FILES = ("compose.yml", "docker-compose.yaml", "docker-compose.yml")
OVERRIDES = tuple(f"{name}compose.override.{end}" for name in ("", "docker-") for end in ("yml", "yaml"))


def _own_file(facts: Facts) -> list[Warning]:
    """What `docker compose` does with the project's own files once a compose.yaml lies beside them (compose's
    reference, "-f": compose.yaml is preferred; the override files of both names are merged into it)."""
    warnings = []
    own = [name for name in OWN_FILES if name in facts.files]
    over = [name for name in OVERRIDES if name in facts.files]
    if own:
        message = (
            f"{own[0]} stays as it is; `docker compose` reads compose.yaml instead, and `docker compose -f {own[0]}` "
            "what you had"
        )
        warnings.append(Warning(message, (Evidence(own[0], None, "the project's own compose file"),)))
    if over:
        message = (
            f"{over[0]} is merged into compose.yaml by `docker compose`; it was written for another file: "
            "`docker compose -f compose.yaml` leaves it out"
        )
        warnings.append(Warning(message, (Evidence(over[0], None, "an override of the project's own"),)))
    return warnings


def _release(row: Mapping[str, Any], use: ServiceUse) -> str:
    """The release line of the service that the project's own compose file runs, "" for dockgen's choice: one that is
    still maintained (`versions`)."""
    fitting = [v for v in row.get("versions", ()) if use.version == v or use.version.startswith(f"{v}.")]
    return max(fitting, key=len, default="")


def _names(row: Mapping[str, Any], service: str, named: Mapping[str, ServiceUse]) -> tuple[str, str]:
    """User and database: as the project's own compose file calls them."""
    use = named.get(service)
    own = use is not None and "user" not in row and "name" not in row
    return (
        use.user if own and use and use.user else row.get("user", USER),
        use.database if own and use and use.database else row.get("name", NAME),
    )


def _service(
    use: ServiceUse, passwords: dict[str, str], wiring: Wiring, registry: str | None, named: Mapping[str, ServiceUse]
) -> Service:
    row = table("services")["services"][use.name]
    reference: str = row.get("variants", {}).get(use.variant, row["image"])
    volume: str | None = row.get("volume")
    if (release := _release(row, use)) and reference == row["image"]:
        reference = re.sub(r":[0-9.]+", f":{release}", reference)
        volume = row.get("volumes", {}).get(release, volume)
    name = image(reference, registry)
    secret = passwords.get(use.name, "")
    user, database = _names(row, use.name, named)
    values = {"user": user, "name": database, "host": use.name, "secret": secret}
    environment = {key: _fill(value, values) for key, value in _flat(row.get("environment", {})).items()}
    mounted: tuple[str, ...] = ()
    if secret:
        prefix = row.get("password_prefix", "")
        wiring.secrets[secret] = Secret(secret, secret)
        by_file = row["password"] == "file"  # noqa: S105 - how, not what
        if by_file:
            environment[f"{row['password_variable']}_FILE"] = f"/run/secrets/{secret}"
            mounted = (secret,)
        else:
            line = f"{use.name}_env"
            wiring.secrets[line] = Secret(line, f"{use.name}.env", row["password_variable"], f"{prefix}{{{secret}}}")
            mounted = (line,)
    why = use.evidence[0].why if use.evidence else ""
    return Service(
        use.name,
        name,
        row["port"],
        tuple(environment.items()),
        mounted,
        volume,
        tuple(_fill(word, values) for word in row["health"]),
        tuple(row.get("command", ())),
        why,
        user=row.get("runs_as", ""),
        capabilities=tuple(row.get("capabilities", ())),
        tmpfs=tuple(row.get("tmpfs", ())),
        read_only=bool(row.get("read_only")),
        memory=row.get("memory", "1G"),
    )


def _flat(environment: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Dotted keys of a TOML table (discovery.type) as they were written."""
    flat: dict[str, str] = {}
    for key, value in environment.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z]+)\}", lambda match: values.get(match[1], match[0]), text)


# ---- variables ------------------------------------------------------------------------------------


def _wire(
    facts: Facts, uses: list[ServiceUse], passwords: dict[str, str], wiring: Wiring, processes: tuple[Process, ...],
    named: Mapping[str, ServiceUse],
) -> None:  # fmt: skip
    names = {use.name for use in uses}
    database = next((use.name for use in uses if use.name in DATABASES), "")
    of_image = dict(settings_module(facts))
    for variable in facts.env:
        if variable.name in wiring.environment or variable.name in of_image:
            continue
        service = variable.service
        if service in ("mysql", "mariadb") and service not in names and database in ("mysql", "mariadb"):
            service = database
        if service in names and not (documented(variable) and not variable.part):
            if documented(variable) and any(v.service == service and not documented(v) for v in facts.env):
                continue  # the code reads other names
            value = _value(variable, service, passwords, facts, named)
            if value is None:
                if variable.required:
                    wiring.unset.append(variable)
            elif "{" in value:
                wiring.secrets[variable.name] = Secret(variable.name, wiring.env_file, variable.name, value)
            else:
                wiring.environment[variable.name] = value
        elif _is_random(variable, facts):
            wiring.secrets[variable.name] = Secret(variable.name, wiring.env_file, variable.name)
        elif (plain := _plain(variable, facts, processes)) is not None:
            wiring.environment[variable.name] = plain
        elif variable.required:
            wiring.unset.append(variable)
    if "redis" in names and any(process.command[:1] == ("rq",) for process in processes):
        # rq's command line reads this one, whatever the application calls its own (python-rq.org, "rq worker").
        wiring.environment.setdefault("RQ_REDIS_URL", "redis://redis:6379/0")


def _value(
    variable: EnvVar, service: str, passwords: dict[str, str], facts: Facts, named: Mapping[str, ServiceUse]
) -> str | None:
    """What the variable gets, with {secret} for a password in it; None where nothing fits."""
    row = table("services")["services"][service]
    password = passwords.get(service)
    prefix = row.get("password_prefix", "")
    user, database = _names(row, service, named)
    values = {
        "user": user,
        "name": database,
        "host": service,
        "port": str(_port(row, facts)),
        "password": f"{prefix}{{{password}}}" if password else "",
        "scheme": variable.scheme or (row["schemes"] or ["http"])[0],
        "path": _default_path(variable.default) or ("" if variable.extended else row.get("path", "")),
    }
    if variable.part == "url":
        return _fill(row["url"], values)
    if variable.part == "choice":
        return variable.scheme
    if variable.part == "scheme":
        return variable.scheme if variable.required else None
    if variable.part == "host" and re.match(r"https?://", variable.default or ""):
        return f"http://{service}:{values['port']}"
    if variable.part == "host" and re.fullmatch(r"[\w.-]+:\d+", variable.default or ""):
        return f"{service}:{values['port']}"
    if variable.part == "host" and row.get("endpoint") and _words(variable.name)[-1] in ENDPOINTS:
        return _fill(row["endpoint"], values)
    if variable.part == "name" and service == "redis":
        return variable.default if (variable.default or "").isdigit() else "0"
    if variable.part in ("user", "password") and row.get("anyone"):
        return service if variable.required else None
    if variable.part == "user" and not password:
        return None
    if variable.part == "password" and not password:
        return None if variable.default is not None or not variable.required else ""
    if variable.part in values:
        return str(values[variable.part])
    if variable.name.upper().endswith("ENGINE") and facts.django is not None:
        engines = {
            "postgres": "django.db.backends.postgresql",
            "mysql": "django.db.backends.mysql",
            "mariadb": "django.db.backends.mysql",
        }
        return engines.get(service)
    return None


def _port(row: Mapping[str, Any], facts: Facts) -> int:
    """Where the project's library connects: ClickHouse speaks HTTP and a protocol of its own."""
    port: int = row["native_port"] if facts.dependency(*row.get("native_libraries", ())) else row["port"]
    return port


def _default_path(default: str | None) -> str:
    """The path and query of the default's URL: the number of a Redis database."""
    match = re.match(r"[a-z+]+://[^/]*(/[A-Za-z0-9/?=&_.-]+)$", default or "")
    return match[1] if match else ""


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"_+", name.upper()) if word]


def _is_random(variable: EnvVar, facts: Facts) -> bool:
    """Whether the application itself only needs the value to be random."""
    if variable.service or not variable.secret or documented(variable):
        return False
    known = table("services")["variables"]["random"]
    words = _words(variable.name)
    if variable.required and any(set(group) <= set(words) for group in known["account"]):
        return True
    own = set(_words(facts.name.value.replace("-", "_").replace(".", "_")))
    own |= {word for package in facts.manager.packages for word in _words(package)}
    if not all(word in known["words"] or word in own for word in words):
        return False
    return any(set(group) <= set(words) for group in known["any"])


OFF = ("0", "false", "False", "no", "off", "FALSE", "n", "f")
"""How a switch is turned off, as most programs understand it first."""


def _plain(variable: EnvVar, facts: Facts, processes: tuple[Process, ...]) -> str | None:
    """Values for well-known plain variables that the code cannot do without."""
    words = _words(variable.name)
    if not words or variable.secret or documented(variable):
        return None
    if words[-2:] == ["ALLOWED", "HOSTS"] and (variable.required or variable.default in (None, "")):
        spaces = any(e.why.endswith(SPLIT_WHY) for e in variable.evidence)
        return "localhost 127.0.0.1" if spaces else "localhost,127.0.0.1"
    if not variable.required:
        return None
    if words[-1] == "DEBUG":
        return next((word for word in OFF if word in variable.words), OFF[0])
    if variable.name.upper() in ("PROJECT_NAME", "APP_NAME", "SERVICE_NAME", "APPLICATION_NAME", "OTEL_SERVICE_NAME"):
        return facts.name.value
    port = next((process.port for process in processes if process.port), None)
    if words[-1] == "PORT" and len(words) <= 2 and port:
        return str(port)
    if words in (["HOST"], ["BIND"], ["LISTEN", "HOST"], ["SERVER", "HOST"], ["APP", "HOST"]) and port:
        return "0.0.0.0"  # noqa: S104 - inside the container; compose publishes on 127.0.0.1
    if variable.name.upper() in ("LOG_LEVEL", "LOGLEVEL", "LOGGING_LEVEL"):
        return "INFO"
    return None


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
