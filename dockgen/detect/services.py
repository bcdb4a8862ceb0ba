"""The services that the project talks to: databases, caches, queues.

Settings decide over libraries: a variable or URL that names a service makes it certain; a client
library by itself is a hint. Services of vendors (an API with a key) are none of these.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from packaging.utils import canonicalize_name

from dockgen.detect.chosen import NAMED, by_choice, chosen_names, registered, scope_names
from dockgen.detect.composed import compose_files, platform_services, service_of_image
from dockgen.detect.names import Module, argument, assigned, in_production, keyword, modules, text_of
from dockgen.detect.settings import only_documented
from dockgen.detect.variables import Context, service_of_scheme
from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Django, EnvVar, Evidence, ServiceUse, Warning
from dockgen.knowledge import table
from dockgen.source import Source

URL = re.compile(r"([a-z][a-z0-9]*(?:\+[a-z0-9_]+)?)://(\S*)", re.IGNORECASE)
TEXT_KEYWORDS = frozenset(
    {"help", "description", "example", "examples", "title", "placeholder", "metavar", "deprecated"}
)
ORMS = frozenset(
    {"django", "sqlalchemy", "sqlmodel", "flask-sqlalchemy", "tortoise-orm", "databases", "peewee", "pony", "piccolo",
     "ormar", "gino", "masonite-orm", "quart-db", "advanced-alchemy"}
)  # fmt: skip
"""Libraries that import the driver themselves, so that the project's own code need not."""

BROKERED = frozenset(
    {"celery", "kombu", "dramatiq", "huey", "limits", "slowapi", "flask-limiter", "channels", "taskiq", "faststream"}
)
"""Libraries that bring or load the client of their broker themselves."""


@dataclass(slots=True)
class Found:
    """What was gathered on one service."""

    settings: list[Evidence] = field(default_factory=list)
    hints: list[Evidence] = field(default_factory=list)
    required: bool = False
    variant: str = ""
    version: str = ""
    database: str = ""
    user: str = ""
    called: str = ""


def detect_services(
    source: Source, dependencies: Iterable[Dependency], env: Iterable[EnvVar], django: Django | None
) -> tuple[ServiceUse, ...]:
    """Every service that the project's own code, settings or direct dependencies name, by name."""
    dependencies, env = tuple(dependencies), tuple(env)
    found: dict[str, Found] = {}
    code = modules(source)
    with_variable = _from_variables(env, found, _without_driver(dependencies))
    _from_django(django, found)
    imported = _imports(code)
    reachable = _reachable(dependencies, imported, _left_out(source, dependencies))
    for service, evidence in _from_code(code):
        if service not in reachable and service not in with_variable:
            continue  # a text that no library of the project could connect with
        entry = found.setdefault(service, Found())
        if evidence not in entry.settings:
            entry.settings.append(evidence)
        if service not in with_variable:
            entry.required = True  # written into the code: there is no other way for it to run
    for service, evidence in _from_files(source):
        if service in reachable and not (found.get(service) and found[service].settings):
            found.setdefault(service, Found(required=True)).settings.append(evidence)
    _from_libraries(dependencies, imported, found)
    _from_celery(code, dependencies, found)
    _from_compose(source, found, uses_sqlite(code))
    for service, path, said in platform_services(source):
        if service in found:
            found[service].hints.append(Evidence(path, source.line_of(path, said), "the project's platform runs it"))
    _one_of_mysql(found)
    _variants(dependencies, found)
    return tuple(
        ServiceUse(
            name,
            certain=bool(entry.settings),
            required=entry.required and bool(entry.settings),
            variant=entry.variant,
            evidence=tuple(dict.fromkeys((*entry.settings, *entry.hints)))[:6],
            version=entry.version,
            database=entry.database,
            user=entry.user,
            called=entry.called,
            files=tuple(dict.fromkeys((*(e.file for e in entry.settings), *_speaking(name, env, code)))),
        )
        for name, entry in sorted(found.items())
        if entry.settings or entry.hints
    )


def _speaking(service: str, env: Iterable[EnvVar], code: Iterable[Module]) -> Iterator[str]:
    """The files that read a variable of a service or import a client of it."""
    for variable in env:
        if variable.service == service:
            yield from (e.file for e in variable.evidence if e.file.endswith(".py"))
            yield from variable.files
    roots = frozenset(table("services")["services"].get(service, {}).get("imports", ()))
    for module in code:
        if any(origin.partition(".")[0] in roots for origin in module.imports.values()):
            yield module.path


def _variants(dependencies: tuple[Dependency, ...], found: dict[str, Found]) -> None:
    """The image that a library wants; not the plain service's client beside it, which would want the other."""
    direct = {d.name for d in dependencies if d.direct and not d.group}
    for name, entry in found.items():
        row = table("services")["services"].get(name, {})
        wanted = row.get("variant_libraries", {})
        plain = direct & {*row.get("libraries", ())} - wanted.keys() if name != "postgres" else set()
        if not entry.variant and not plain:
            entry.variant = next((wanted[one] for one in sorted(direct & wanted.keys())), "")


def _without_driver(dependencies: tuple[Dependency, ...]) -> frozenset[str]:
    """Databases that the project's settings could choose, and that it brings no driver for, only one for another."""
    relational = frozenset({"postgres", "mysql", "mariadb", "mssql"})
    drivers = relational & {*Context.of((), dependencies).databases()}
    if {"mysql", "mariadb"} & drivers:
        drivers |= {"mysql", "mariadb"}
    return relational - drivers if drivers else frozenset()


def _from_variables(env: tuple[EnvVar, ...], found: dict[str, Found], idle: frozenset[str]) -> set[str]:
    named = set()
    for variable in env:
        if not variable.service or not variable.evidence:
            continue
        entry = found.setdefault(variable.service, Found())
        where = variable.evidence[0]
        evidence = Evidence(where.file, where.line, f"{variable.name} points at it")
        if (
            only_documented(variable)
            or variable.service in idle
            or table("services")["services"].get(variable.service, {}).get("asked")
        ):
            entry.hints.append(evidence)
            continue
        named.add(variable.service)
        entry.settings.append(evidence)
        entry.required = entry.required or (variable.required and variable.part in ("url", "host", "password", "name"))
    return named


def _from_django(django: Django | None, found: dict[str, Found]) -> None:
    if django is None or not django.engine:
        return
    last = django.engine.rpartition(".")[2]
    for name, row in table("services")["services"].items():
        if last in row["engines"] or django.engine in row["engines"]:
            if name == "mysql" and "mariadb" in found:
                name = "mariadb"
            entry = found.setdefault(name, Found())
            entry.settings.append(
                Evidence(
                    django.evidence[0].file if django.evidence else django.manage,
                    django.evidence[0].line if django.evidence else None,
                    f"Django's DATABASES uses {django.engine}",
                )
            )
            entry.required = True
            if last == "postgis":
                entry.variant = "postgis"


def _from_code(code: tuple[Module, ...]) -> Iterator[tuple[str, Evidence]]:
    """URLs, drivers and hosts that are written into the code, and connections that it makes."""
    known = table("services")["services"]
    roots = {root: name for name, row in known.items() for root in row["imports"]}
    backends = {start: name for name, row in known.items() for start in row.get("backends", ())}
    starts = tuple(backends)
    brokers = {made: name for name, row in known.items() for made in row.get("brokers", ())}
    chosen: frozenset[str] | None = None
    for module in code:
        for node in module.of(ast.Constant, ast.Call):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value.startswith(starts):
                    backend = next((name for start, name in backends.items() if node.value.startswith(start)), "")
                    if backend and _key_of(module, node) == "BACKEND":
                        yield backend, Evidence(module.path, node.lineno, f"Django's settings use {node.value}")
                match = URL.fullmatch(node.value) if "://" in node.value else None
                if not match or _only_text(module, node):
                    continue
                parent = module.parents.get(id(node))
                if not match[2] and not (isinstance(parent, ast.JoinedStr) and parent.values[0] is node):
                    continue
                if isinstance(parent, ast.JoinedStr) and parent.values[0] is not node:
                    continue
                service = service_of_scheme(match[1])
                if service:
                    yield service, Evidence(module.path, node.lineno, f"a {match[1]} URL")
            elif isinstance(node, ast.Call):
                scheme = keyword(node, "drivername", "scheme")
                if scheme is None and module.resolve(node.func).endswith("URL.create"):
                    scheme = argument(node, 0)
                text = text_of(scheme)
                if text and (service := service_of_scheme(text)):
                    yield service, Evidence(module.path, node.lineno, f"a URL is built for {text}")
                # Passed on, a class is made by another: dependency_injector's Singleton(MongoClient, ...)
                for called in [_dotted(module, n, roots) for n in (node.func, *node.args) if isinstance(n, NAMED)]:
                    service = roots.get(called.partition(".")[0], "") or brokers.get(called, "")
                    connects = known[service].get("connects", ()) if service else ()
                    if (called.rpartition(".")[2] in connects or called in brokers) and not by_choice(module, node):
                        if chosen is None:
                            chosen = chosen_names(code) | _unmentioned(code) | registered(code)
                        if chosen & {*scope_names(module, node)}:
                            continue
                        yield service, Evidence(module.path, node.lineno, f"{called} connects with it")
                root = module.resolve(node.func).partition(".")[0]
                host = text_of(keyword(node, "host"))
                if host and root in roots and root in {n.split(".")[0] for n in module.imports.values()}:
                    yield roots[root], Evidence(module.path, node.lineno, f"a connection to the host {host}")


def _dotted(module: Module, node: ast.expr, roots: Mapping[str, str]) -> str:
    """The dotted name of what is called: a bare one that the file neither imports nor defines is of the one client that
    it takes all names of (`from mongoengine import *`)."""
    called = module.resolve(node)
    if not isinstance(node, ast.Name) or called != node.id:
        return called
    starred = [
        n.module
        for n in module.of(ast.ImportFrom)
        if n.module and not n.level and n.names[0].name == "*" and n.module.partition(".")[0] in roots
    ]
    if len(starred) != 1 or any(getattr(f, "name", "") == called for f in module.of(ast.FunctionDef, ast.ClassDef)):
        return called
    return f"{starred[0]}.{called}"


SETTINGS_FILE = re.compile(
    r"(.*[._-])?(config|settings|conf|alembic|application|database|development|production)([._-].*)?\.(ya?ml|ini|cfg|toml|conf)",
    re.IGNORECASE,
)
NO_SETTINGS = frozenset({"pyproject.toml", "setup.cfg", "tox.ini", "poetry.toml", "netlify.toml", "fly.toml"})
DRIVER = re.compile(r"(?<![\w+])([a-z][a-z0-9]*)(?:\+[a-z0-9_]+(?![\w+/-])|(?:\+[a-z0-9_]+)?://\S)")
"""A URL, or by itself a dialect with its driver, as SQLAlchemy names it."""

MANY = 20


def _from_files(source: Source) -> Iterator[tuple[str, Evidence]]:
    """Services that settings files of the project's own name: the first line of each."""
    paths = [p for p in source.near(2) if SETTINGS_FILE.fullmatch(PurePosixPath(p).name) and in_production(p)]
    for path in [p for p in paths if PurePosixPath(p).name not in NO_SETTINGS and "compose" not in p][:MANY]:
        try:
            text = source.text(path, 200_000) or ""
        except DockgenError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if line.lstrip().startswith(("#", ";")):
                continue
            for match in DRIVER.finditer(line):
                if match[1] in WORDS and (service := service_of_scheme(match[1])):
                    yield service, Evidence(path, number, f"the settings name {match[1]}")


WORDS = frozenset(
    {"postgresql", "postgres", "mysql", "mariadb", "mssql", "redis", "amqp", "pyamqp", "mongodb", "nats", "mqtt"}
)
"""Schemes that nothing else goes by."""


def _unmentioned(code: tuple[Module, ...]) -> frozenset[str]:
    """Classes of which no line of the project makes use."""
    defined = {n.name for m in code for n in m.of(ast.ClassDef) if isinstance(n, ast.ClassDef)}
    used: set[str] = set()
    for module in code:
        used |= {origin.rpartition(".")[2] for origin in module.imports.values()}
        for node in module.of(ast.Name, ast.Attribute, ast.Constant):
            if isinstance(node, ast.Name):
                used.add(node.id)
            elif isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                used.update(re.split(r"[.:]", node.value))
    return frozenset(defined - used)


def _key_of(module: Module, node: ast.Constant) -> str:
    """The literal key whose value this is in a dictionary, "" elsewhere."""
    parent = module.parents.get(id(node))
    if isinstance(parent, ast.Dict):
        for key, value in zip(parent.keys, parent.values, strict=True):
            if value is node and isinstance(key, ast.Constant):
                return str(key.value)
    return ""


def _only_text(module: Module, node: ast.AST) -> bool:
    """Whether the string is documentation, or compared with, not used."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, (ast.Expr, ast.Compare)):
            return True
        if isinstance(parent, ast.keyword):
            return parent.arg in TEXT_KEYWORDS
        if isinstance(parent, ast.Call):
            attribute = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
            return child is not parent.func and attribute in ("startswith", "replace", "removeprefix", "split", "match")
        if isinstance(parent, ast.stmt):
            return False
    return False


def _imports(code: tuple[Module, ...]) -> dict[str, Evidence]:
    """Top-level names that the code imports, with the first place."""
    found: dict[str, Evidence] = {}
    for module in code:
        for node in module.of(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                root = name.split(".")[0]
                found.setdefault(root, Evidence(module.path, node.lineno, f"imports {root}"))
    return found


def _left_out(source: Source, dependencies: tuple[Dependency, ...]) -> frozenset[str]:
    """Distributions that only an extra of the project asks for, and that the image has not."""
    try:
        extras = ((source.toml("pyproject.toml") or {}).get("project") or {}).get("optional-dependencies")
    except (DockgenError, AttributeError):
        return frozenset()
    named = [text for held in extras.values() for text in held] if isinstance(extras, dict) else []
    words = {re.split(r"[^A-Za-z0-9._-]", str(text).strip())[0] for text in named}
    return frozenset(canonicalize_name(word) for word in words if word) - {d.name for d in dependencies}


def _reachable(
    dependencies: tuple[Dependency, ...], imported: dict[str, Evidence], left_out: frozenset[str]
) -> set[str]:
    """Services that some library of the project can connect with."""
    direct = {d.name for d in dependencies if d.direct and not d.group}
    every = {d.name for d in dependencies if not d.group}
    known = table("services")["services"]
    found = {
        name
        for name, row in known.items()
        if direct & set(row["libraries"])
        or (set(row["imports"]) & imported.keys() and not left_out & set(row["libraries"]))
    }
    if (direct & ORMS) or ({n.replace("-", "_") for n in ORMS} & imported.keys()):
        found |= {n for n in ("postgres", "mysql", "mariadb", "mssql") if every & set(known[n]["libraries"])}
    if (direct & BROKERED) or (BROKERED & imported.keys()):
        found |= {"redis", "rabbitmq"}
    return found


def _from_libraries(
    dependencies: tuple[Dependency, ...], imported: dict[str, Evidence], found: dict[str, Found]
) -> None:
    direct = [d for d in dependencies if d.direct and not d.group]
    orm = bool({d.name for d in direct} & ORMS)
    extras = {
        ("celery", "redis"): "redis",
        ("kombu", "redis"): "redis",
        ("dramatiq", "redis"): "redis",
        ("dramatiq", "rabbitmq"): "rabbitmq",
        ("channels", "redis"): "redis",
        ("tortoise-orm", "asyncpg"): "postgres",
        ("databases", "asyncpg"): "postgres",
        ("databases", "postgresql"): "postgres",
        ("databases", "aiomysql"): "mysql",
        ("sqlalchemy", "postgresql"): "postgres",
        ("sqlalchemy", "postgresql-asyncpg"): "postgres",
    }
    for name, row in table("services")["services"].items():
        used = next((imported[root] for root in row["imports"] if root in imported), None)
        for dependency in direct:
            hinted = dependency.name in row["libraries"] and (
                used is not None
                or (orm and name in ("postgres", "mysql", "mariadb", "mssql"))
                or dependency.name.startswith("django-")
            )
            hinted = hinted or any(extras.get((dependency.name, extra)) == name for extra in dependency.extras)
            if hinted:
                entry = found.setdefault(name, Found())
                where = dependency.evidence[0] if dependency.evidence else None
                if where is not None:
                    entry.hints.append(Evidence(where.file, where.line, f"{dependency.name} is a client of it"))
                if used is not None:
                    entry.hints.append(used)


def _from_celery(code: tuple[Module, ...], dependencies: tuple[Dependency, ...], found: dict[str, Found]) -> None:
    """Celery without a broker in its settings takes its default; which one the person must say."""
    if any(found[name].settings for name in ("redis", "rabbitmq") if name in found):
        return
    broker = Context.of((), dependencies).broker()
    for module in code:
        for node in module.calls("Celery"):
            if module.resolve(node.func) in ("celery.Celery", "Celery.Celery"):
                if broker:
                    entry = found.setdefault(broker, Found())
                    entry.hints.append(Evidence(module.path, node.lineno, CELERY_WHY))
                return


CELERY_WHY = "a Celery application needs a broker"


def _from_compose(source: Source, found: dict[str, Found], sqlite: bool) -> None:
    """The project's own compose files: they speak for a service that something else hints at, and say its version
    and the names in it."""
    databases = [name for name in ("postgres", "mysql", "mariadb", "mssql", "mongodb") if name in found]
    # The driver of one database alone, and its server beside the program: what names it may lie out of sight.
    drivers: list[str] = [*databases] if len(databases) == 1 and not sqlite else []
    # Celery without a broker in its settings is given one when it runs: the one that is beside it.
    drivers += [name for name in ("redis", "rabbitmq") if name in found and _brokers(found[name])]
    for path in _tests_last(compose_files(source)):
        for one in compose_services(source, path):
            name, variant = service_of_image(one.image)
            if name == "mysql" and "mariadb" in found:
                name = "mariadb"
            if name == "mariadb" and "mariadb" not in found and "mysql" in found:
                found["mariadb"] = found.pop("mysql")
            if name in found:
                entry = found[name]
                where = Evidence(path, one.line, f"the project's own compose file runs {one.image}")
                (entry.settings if name in drivers and path in RUN and not entry.settings else entry.hints).append(
                    where
                )
                entry.variant = entry.variant or variant
                entry.version = entry.version or _version(one.image)
                entry.database = entry.database or _named_in(one, DATABASE_VARIABLES)
                entry.called = entry.called or (one.name if HOST_NAME.fullmatch(one.name) else "")
                entry.user = entry.user or _named_in(one, USER_VARIABLES)


def _brokers(entry: Found) -> bool:
    return any(hint.why == CELERY_WHY for hint in entry.hints)


RUN = frozenset({"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"})
"""Compose files that run the program, not only what its developers or tests want."""

DATABASE_VARIABLES = ("POSTGRES_DB", "MYSQL_DATABASE", "MARIADB_DATABASE")
USER_VARIABLES = ("POSTGRES_USER", "MYSQL_USER", "MARIADB_USER")
SIMPLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
HOST_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
NO_USER = frozenset({"root", "mysql", "mariadb.sys"})
"""Accounts that the images of MySQL and MariaDB refuse to make."""


@dataclass(frozen=True, slots=True)
class ComposeService:
    """A service of the project's own compose file. `built`: it is made from the project."""

    name: str
    image: str
    line: int | None
    built: bool = False
    environment: tuple[tuple[str, str], ...] = ()


def _tests_last(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: bool(re.search(r"test|ci[._-]", path)))


def compose_services(source: Source, path: str) -> list[ComposeService]:
    """The services of a compose file; none where it cannot be read."""
    try:
        text = source.text(path, 1_000_000) or ""
    except DockgenError:
        return []
    try:
        data: Any = load_yaml(text)
    except BadYaml:
        return []  # another tool's syntax error: this file is only a witness
    services = data.get("services") if isinstance(data, dict) else None
    if not isinstance(services, dict):
        return []
    found = []
    for name, service in services.items():
        image = service.get("image") if isinstance(service, dict) else None
        built = isinstance(service, dict) and "build" in service
        if isinstance(image, str):
            line = next((n for n, text_line in enumerate(text.splitlines(), 1) if image in text_line), None)
            found.append(ComposeService(str(name), image, line, built, _environment(service.get("environment"))))
    return found


def _environment(value: Any) -> tuple[tuple[str, str], ...]:
    """Both forms, a mapping and a list of NAME=value; of ${NAME:-x} the x."""
    if isinstance(value, dict):
        pairs = [(str(k), str(v)) for k, v in value.items() if v is not None]
    else:
        lines = value if isinstance(value, list) else []
        pairs = [(k, v) for k, equals, v in (str(line).partition("=") for line in lines) if equals]
    return tuple((k, re.sub(r"\$\{[A-Za-z0-9_]+:?-([^}]*)\}", r"\1", v)) for k, v in pairs)


def _version(image: str) -> str:
    """The version in a tag: "16.3" of postgres:16.3-alpine, "" for none."""
    tag = image.split("@")[0].rpartition("/")[2].partition(":")[2]
    match = re.match(r"(?:[a-z]+-?)?v?(\d+(?:\.\d+)*)", re.sub(r"\$\{[A-Za-z0-9_]+:?-([^}]*)\}", r"\1", tag))
    return match[1] if match else ""


def _named_in(service: ComposeService, variables: tuple[str, ...]) -> str:
    value = next((v for k, v in service.environment if k in variables), "")
    return value if SIMPLE_NAME.fullmatch(value) and value not in NO_USER else ""


TOOLS = re.compile(
    r"adminer|pgadmin\w*|dpage|phpmyadmin|mailhog|mailpit|maildev|mailcatcher|flower|redis-?commander|redisinsight|"
    r"mongo-express|nginx[\w-]*|traefik|caddy|haproxy|certbot|portainer\w*|watchtower|dozzle|prometheus|grafana|jaeger|"
    r"all-in-one|busybox|alpine|python|node|selenium|standalone-\w+|ryuk|localstack|swagger-ui|kafka-ui|akhq|kibana|"
    r"zookeeper|cp-zookeeper|minio-mc|mc|letsencrypt[\w-]*|autoheal|docker-autoheal|backup[\w-]*|pgbouncer|jwilder|cadvisor"
)
"""Images of tools and of what stands in front, which a program does without."""


def other_services(source: Source, uses: Iterable[ServiceUse], name: str) -> tuple[Warning, ...]:
    """What the project's own compose file runs beside the project and the code gives no other sign of."""
    known = {use.name for use in uses}
    seen: dict[str, Warning] = {}
    for path in _tests_last(compose_files(source)):
        for one in compose_services(source, path):
            service, _ = service_of_image(one.image)
            last = re.sub(r"\$\{[^}]*\}", "", one.image).split("@")[0].rpartition("/")[2].split(":")[0].lower()
            own = one.built or not last or (last in (name.lower(), one.name) and not service and "/" in one.image)
            if own or TOOLS.fullmatch(last) or last in seen or service in known:
                continue
            if {service, *known} >= {"mysql", "mariadb"}:
                continue
            add = f"--service {service} adds it" if service else "add it to compose.yaml"
            if service and table("services")["services"][service].get("asked"):
                continue
            seen[last] = Warning(
                f"{path} runs {one.image}, and nothing in the code says that the program needs it; if it does, {add}",
                (Evidence(path, one.line, f"the project's own compose file runs {one.image}"),),
            )
    return tuple(seen.values())[:5]


def _one_of_mysql(found: dict[str, Found]) -> None:
    """MySQL's clients speak to MariaDB too: where something names MariaDB, it is MariaDB alone."""
    if "mysql" not in found or "mariadb" not in found:
        return
    mysql, mariadb = found["mysql"], found["mariadb"]
    if mariadb.settings and all(e.why.endswith("connects with it") for e in mysql.settings):
        mariadb.hints += [*mysql.settings, *mysql.hints]
        mariadb.required = mariadb.required or mysql.required
        del found["mysql"]
    elif not mysql.settings:
        mariadb.hints += found.pop("mysql").hints


def lazy_services(source: Source, services: Iterable[ServiceUse], web: bool) -> frozenset[str]:
    """Services that are asked only when there is work for them. A client of an object store connects to nothing when
    it is made; a web process asks redis and RabbitMQ behind a channel layer or a task queue only when a page sends
    something. A cache, or a client that the code makes for itself, is asked by pages."""
    queued = [
        use.name for use in services if use.name == "minio" and not any(ASKED.search(e.why) for e in use.evidence)
    ]
    if not web:
        return frozenset(queued)
    code = modules(source)
    if not any(QUEUES & {o.partition(".")[0] for o in module.imports.values()} for module in code) and not any(
        "use channels_" in e.why for use in services for e in use.evidence
    ):
        return frozenset(queued)
    for name in ("redis", "rabbitmq"):
        evidence = [e for use in services if use.name == name for e in use.evidence]
        if not any(ASKED.search(e.why) for e in evidence) and not any(_own_client(module, name) for module in code):
            queued.append(name)
    return frozenset(queued)


ASKED = re.compile(r"connects with it$|a connection to the host|use (django_redis|redis_cache|django\.core\.cache)\.")
QUEUES = frozenset(
    {"celery", "rq", "django_rq", "dramatiq", "django_dramatiq", "huey", "channels", "channels_redis", "kombu"}
)
"""Libraries that speak to the broker for the project."""


def _own_client(module: Module, service: str) -> bool:
    """Whether the file makes a client of the service that is not a queue's."""
    imported = {origin.partition(".")[0] for origin in module.imports.values()}
    roots = {*table("services")["services"][service]["imports"]} - QUEUES
    if imported & QUEUES or not imported & roots or _is_django_settings(module):
        return False  # in Django's settings it is made for a queue
    return any(
        isinstance(node, ast.Call) and module.resolve(node.func).partition(".")[0] in roots
        for node in module.of(ast.Call)
    )


def _is_django_settings(module: Module) -> bool:
    return any(pair[0] == "INSTALLED_APPS" for statement in module.tree.body if (pair := assigned(statement)))


def uses_sqlite(code: tuple[Module, ...]) -> bool:
    """Whether the code can do with SQLite instead of a database server."""
    for module in code:
        if {"sqlite3", "aiosqlite"} & {origin.partition(".")[0] for origin in module.imports.values()}:
            return True
        for node in module.of(ast.Constant):
            text = node.value if isinstance(node.value, str) else ""
            if text.startswith(("sqlite:", "sqlite+")) or text.endswith("backends.sqlite3"):
                return True
    return False
