"""What an environment variable is for: by its name, its default, and the project's drivers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from dockgen.detect.names import Module, text_of
from dockgen.facts import Dependency
from dockgen.knowledge import table

URL = re.compile(r"([a-z][a-z0-9+_-]*)://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Context:
    """What else the project says about its services: its distributions, and how it makes engines."""

    distributions: frozenset[str]
    extras: frozenset[tuple[str, str]]
    asynchronous: bool
    sqlalchemy: bool
    # boto3 and its kin are given another endpoint than Amazon's: a store that speaks S3.
    object_store: bool
    replaced: tuple[tuple[str, str], ...]
    composed: frozenset[str] = frozenset()
    """Services that the project's own compose files run."""
    # The database that a variable of the project chooses, where there are drivers for several.
    chosen: str = ""
    # SQLAlchemy 2.1 or newer: a URL without a driver means psycopg, where it meant psycopg2 before.
    psycopg_by_default: bool = False

    @staticmethod
    def of(
        found: Iterable[Module], dependencies: Iterable[Dependency], composed: frozenset[str] = frozenset()
    ) -> Context:
        production = [d for d in dependencies if not d.group]
        names = frozenset(d.name for d in production if d.direct) or frozenset(d.name for d in production)
        every = frozenset(d.name for d in production)
        asynchronous = False
        object_store = False
        replaced: list[tuple[str, str]] = []
        imported: set[str] = set()
        for module in found:
            imported |= {name.split(".")[0] for name in module.imports.values()}
            for node in module.of(ast.Call):
                if not isinstance(node, ast.Call):
                    continue
                last = module.resolve(node.func).rpartition(".")[2]
                if last in ("create_async_engine", "async_engine_from_config"):
                    asynchronous = True
                elif any(k.arg == "endpoint_url" and not isinstance(k.value, ast.Constant) for k in node.keywords):
                    object_store = True
                elif isinstance(node.func, ast.Attribute) and node.func.attr == "replace" and len(node.args) >= 2:
                    old, new = text_of(node.args[0]), text_of(node.args[1])
                    if old and new and "://" in old and "+" in new and "://" in new:
                        replaced.append((old.split("://")[0], new.split("://")[0]))
        sqlalchemy = bool({"sqlalchemy", "sqlmodel", "flask_sqlalchemy"} & imported) or bool(
            {"sqlalchemy", "sqlmodel", "flask-sqlalchemy"} & names
        )
        extras = frozenset((d.name, extra) for d in production for extra in d.extras)
        if "django" in names:
            sqlalchemy = False
        alchemy = next((d for d in production if d.name == "sqlalchemy"), None)
        return Context(
            names | (every & _driver_names()), extras, asynchronous, sqlalchemy, object_store, tuple(replaced), composed,
            psycopg_by_default=alchemy is None or alchemy.version is None or _release(alchemy.version) >= (2, 1),
        )  # fmt: skip

    def databases(self) -> tuple[str, ...]:
        """The kinds of database that the project has a driver for."""
        services = table("services")["services"]
        kinds = [
            kind
            for kind in ("postgres", "mysql", "mariadb", "mssql", "mongodb")
            if self.distributions & set(services[kind]["libraries"])
            or any(extra in (kind, "postgresql", "psycopg2") and kind == "postgres" for _, extra in self.extras)
        ]
        if self.chosen in kinds:
            return (self.chosen,)
        relational = [kind for kind in kinds if kind != "mongodb"]
        return tuple(relational or kinds)

    def broker(self) -> str:
        """What Celery and its kin most likely talk to: redis where its client is there."""
        services = table("services")["services"]
        redis = self.distributions & set(services["redis"]["libraries"]) or any(e == "redis" for _, e in self.extras)
        # A frozen list has amqp beside every Celery: kombu depends on it.
        brought = {"amqp"} if self.distributions & {"celery", "kombu"} else set()
        rabbit = self.distributions & set(services["rabbitmq"]["libraries"]) - brought or any(
            e == "rabbitmq" for _, e in self.extras
        )
        if "rabbitmq" in self.composed and self.distributions & {"celery", "kombu", "dramatiq", "taskiq", "faststream"}:
            return "rabbitmq"  # nothing else of theirs speaks to it
        if "redis" in self.composed and redis and not {"pika", "aio-pika"} & self.distributions:
            return "redis"
        if redis and not rabbit:
            return "redis"
        if rabbit and not redis:
            return "rabbitmq"
        if not redis and self.distributions & {"celery", "kombu"}:
            return "rabbitmq"  # Celery's own default: amqp
        return ""

    def cache(self) -> str:
        services = table("services")["services"]
        for kind in ("redis", "memcached"):
            if self.distributions & set(services[kind]["libraries"]):
                return kind
        return ""

    def scheme(self, service: str, name: str) -> str:
        """The URL scheme that the project's driver takes."""
        for old, _ in self.replaced:
            if service_of_scheme(old) == service:
                return old if any(new.startswith("postgresql+") for _, new in self.replaced) else "postgresql"
        known = table("services")
        plain = known["services"].get(service, {}).get("schemes") or [""]
        if service in ("mysql", "mariadb", "postgres", "mssql") and self.sqlalchemy:
            use_async = (self.asynchronous or "ASYNC" in name.split("_")) and "SYNC" not in name.split("_")
            families = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "m", "mssql": "mssql"}
            order = [*(known["drivers"]["async"] if use_async else ()), *known["drivers"]["sync"]]
            for distribution, scheme in order:
                if distribution in self.distributions and scheme.startswith(families[service]):
                    return str(scheme)
        if service == "mariadb":
            return "mysql"
        if service == "postgres" and "tortoise-orm" in self.distributions:
            return "postgres"
        return str(plain[0])


def _driver_names() -> frozenset[str]:
    drivers = table("services")["drivers"]
    return frozenset(name for name, _ in (*drivers["sync"], *drivers["async"]))


def service_of_scheme(scheme: str) -> str:
    """The service that a URL scheme ("postgresql+asyncpg") means, "" for none."""
    plain = scheme.lower().split("+")[0].removeprefix("async")
    if plain in ("http", "https"):
        return ""
    for name, row in table("services")["services"].items():
        if plain in row["schemes"]:
            return str(name)
    return ""


def service_of_engine(engine: str) -> str:
    """The service that a Django engine ("django.db.backends.postgresql") means, "" for none."""
    if "." not in engine:
        return ""
    last = engine.rpartition(".")[2]
    for name, row in table("services")["services"].items():
        if engine in row["engines"] or (last in row["engines"] and "backends" in engine):
            return str(name)
    return ""


def classify(name: str, default: str | None, kind: str, context: Context) -> tuple[str, str, str]:
    """(service, part, scheme) of a variable: from its default's URL, from the call, from its name."""
    known = table("services")
    words = [word for word in re.split(r"_+", name.upper()) if word]
    match = URL.match(default or "")
    by_default = service_of_scheme(match[1]) if match else ""
    if match and by_default:
        return by_default, "url", _default_scheme(match[1], by_default, name, context)
    if {"BIND", "LISTEN", "FROM", "SENDER"} & {*words}:
        return "", "", ""  # where the program itself listens, and whose letters it sends
    part = _part(words, known["variables"]["parts"])
    service = kind if kind in known["services"] else ""
    if not service:
        service = _named_service(words, part, kind, context, known)
    if not service and context.object_store and "S3" in words[:-1]:
        service = "minio"
    if not service:
        return "", "", ""
    part = _own_part(words, known["services"][service].get("own_parts", {})) or part
    if service == "minio" and context.object_store and words[-1] in ("ENDPOINT", "HOST"):
        part = "url"  # endpoint_url
    if kind:
        part = "url"
    if not part:
        if words[-1] in ("DRIVER", "DRIVERNAME", "DIALECT", "PROVIDER") and context.sqlalchemy:
            return service, "scheme", context.scheme(service, name)
        engine = words[-1] in ("ENGINE", "DIALECT", "DRIVER", "DRIVERNAME") and service not in ("redis", "rabbitmq")
        return (service, "", "") if engine else ("", "", "")
    if match and match[1].lower() in ("http", "https") and "http" not in known["services"][service]["schemes"]:
        return "", "", ""
    return service, part, context.scheme(service, name) if part == "url" else ""


def _own_part(words: list[str], own: dict[str, str]) -> str:
    """What the last words mean to this service alone."""
    return own.get("_".join(words[-2:])) or own.get(words[-1]) or ""


def _default_scheme(written: str, service: str, name: str, context: Context) -> str:
    """The scheme of the code's own default, but "postgres" only where nothing knows the standard one."""
    if written == "postgres" and context.sqlalchemy and not context.replaced:
        return context.scheme(service, name)
    only_psycopg2 = context.distributions & PSYCOPG2 and not context.distributions & PSYCOPG
    if written == "postgresql" and only_psycopg2 and context.psycopg_by_default and context.sqlalchemy:
        # Said in full, it means the driver that the project has under either release of SQLAlchemy.
        return "postgresql" if context.replaced else "postgresql+psycopg2"
    return written.lower()


PSYCOPG2 = frozenset({"psycopg2", "psycopg2-binary"})
PSYCOPG = frozenset({"psycopg", "psycopg-binary", "psycopg-c"})


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _named_service(words: list[str], part: str, kind: str, context: Context, known: dict[str, object]) -> str:
    services = known["services"]
    assert isinstance(services, dict)
    # The last word alone is a part (HOST, URL); a service's word counts when something follows it, or for PGHOST.
    joined = "_".join(words)
    libpq = {"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"}
    if words[-1] in libpq:
        return "postgres"
    before = "_".join(words[:-1])
    phrases = [service for phrase, service in _phrases() if phrase in before]
    for service in (*phrases, *services):
        row = services[service]
        if service in phrases or any(word in row["variables"] for word in words[:-1]):
            if row.get("asks_library") and context.distributions.isdisjoint(row["libraries"]):
                continue
            if service == "mysql" and context.databases() == ("mariadb",):
                return "mariadb"
            return str(service)
    variables = known["variables"]
    assert isinstance(variables, dict)
    databases = context.databases()
    if kind == "db" or any(word in variables["database"] for word in words[:-1]):
        return databases[0] if len(databases) == 1 else ""
    if joined.endswith(("BROKER_URL", "CELERY_BROKER")) or (part == "url" and "BROKER" in words[:-1]):
        return context.broker()
    if part and words[-2:-1] == ["BROKER"] and context.distributions & QUEUES:
        return context.broker()
    if joined.endswith("RESULT_BACKEND") or joined.endswith("RESULT_BACKEND_URL"):
        return "redis" if context.broker() == "redis" else ""
    if kind == "cache" or (part in ("url", "host", "port", "password") and words[-2:-1] == ["CACHE"]):
        return context.cache()
    return ""


QUEUES = frozenset({"celery", "kombu", "dramatiq", "taskiq", "faststream", "pika", "aio-pika", "rq", "arq", "huey"})
"""Libraries to whose broker a plain BROKER_HOST belongs."""


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, str], ...]:
    """(words, service) of the services whose variables are told by several words: SCHEMA_REGISTRY."""
    rows = table("services")["services"].items()
    return tuple((word, name) for name, row in rows for word in row["variables"] if "_" in word)


def _part(words: list[str], parts: dict[str, list[str]]) -> str:
    if words[-1] in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"):
        return {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}.get(words[-1], "name")
    if words[-2:] in (["RESULT", "BACKEND"], ["CELERY", "BROKER"]):
        return "url"
    for count in (3, 2, 1):
        tail = "_".join(words[-count:])
        if len(words) > count or count == 1:
            for part, names in parts.items():
                if tail in names and len(words) > count:
                    return part
    return ""


PLACE = r"\x00(\d+)\x00"
ADDRESS = re.compile(
    rf"([a-z][a-z0-9+]*)://(?:(?:{PLACE})?(?::(?:{PLACE})?)?@)?(?:{PLACE})?(?::(?:{PLACE})?[0-9]*)?(?:/(?:{PLACE})?)?"
)
URL_PARTS = ("user", "password", "host", "port", "name")


def parts_of_urls(code: Iterable[Module]) -> dict[str, tuple[str, str]]:
    """Upper-case name -> (service, part) of what f-strings put into the URLs of services: f"redis://{DB_HOST}/0"."""
    found: dict[str, tuple[str, str]] = {}
    for module in code:
        for node in module.of(ast.JoinedStr, ast.Call, ast.Dict):
            if isinstance(node, ast.Dict):
                for name, held in _of_databases(node):
                    found.setdefault(name.upper(), held)
                continue
            values = _pieces(node)
            if not values or not (isinstance(values[0], str) and "://" in values[0]):
                continue
            texts = [v if isinstance(v, str) else f"\x00{at}\x00" for at, v in enumerate(values)]
            match = ADDRESS.match("".join(texts))
            service = service_of_scheme(match[1]) if match else ""
            for part, place in zip(URL_PARTS, match.groups()[1:], strict=True) if match and service else ():
                # The number of a database of redis and RabbitMQ's virtual host are no names that a stack makes.
                if place is None or (part == "name" and service in ("redis", "rabbitmq")):
                    continue
                value = values[int(place)]
                name = _named_by(value) if isinstance(value, ast.expr) else ""
                if name:
                    found.setdefault(name.upper(), (service, part))
    return found


FIELD = re.compile(r"\{(\w*)\}")


def _pieces(node: ast.AST) -> list[str | ast.expr]:
    """The literal texts of an f-string or a literal's format() and what stands between them, in their order."""
    if isinstance(node, ast.JoinedStr):
        inner = [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
        return [str(v.value) if isinstance(v, ast.Constant) else v for v in inner]
    made = node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    text = made.value.value if made is not None and isinstance(made.value, ast.Constant) else None
    if not isinstance(node, ast.Call) or made is None or made.attr != "format" or not isinstance(text, str):
        return []
    named = {k.arg: k.value for k in node.keywords if k.arg}
    named |= {str(at): value for at, value in enumerate(node.args)}
    found: list[str | ast.expr] = []
    for at, part in enumerate(FIELD.split(text)):
        if at % 2 == 0:
            found.append(part)
        else:
            found.append(named.get(part or str(at // 2), ast.Constant(None)))
    return found


DJANGO_PARTS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "name"}
"""Keys of an entry of Django's DATABASES (ref/settings, "DATABASES")."""


ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,}")


def _of_databases(entry: ast.Dict) -> Iterator[tuple[str, tuple[str, str]]]:
    """(variable, (service, part)) of what an entry of DATABASES reads from the environment."""
    held = {text_of(key): value for key, value in zip(entry.keys, entry.values, strict=True) if key is not None}
    service = service_of_engine(text_of(held.get("ENGINE")) or "")
    for key, part in DJANGO_PARTS.items() if service else ():
        value = held.get(key)
        name = _named_by(value) if isinstance(value, (ast.Call, ast.Subscript)) else ""
        if ENVIRONMENT_NAME.fullmatch(name):  # os.environ["X"], os.getenv("X"), env("X"), config("X", default="y")
            yield name, (service, part)


def extended_urls(code: Iterable[Module]) -> frozenset[str]:
    """Upper-case names of what the code puts a path behind: f"{REDIS_URL}/1", settings.redis_url + "/1"."""
    found: set[str] = set()
    for module in code:
        for node in module.of(ast.JoinedStr, ast.BinOp):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else parts
            for value, after in pairwise(parts):
                if isinstance(after, ast.Constant) and str(after.value).startswith("/"):
                    found.add(_named_by(value.value if isinstance(value, ast.FormattedValue) else value))
    return frozenset(name.upper() for name in found if name)


def _named_by(node: ast.expr) -> str:
    """The variable that an expression reads or is called after, "" for another expression."""
    if isinstance(node, ast.Call):
        return (text_of(node.args[0]) or "") if node.args else ""
    if isinstance(node, ast.Subscript):
        return text_of(node.slice) or ""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_secret(name: str) -> bool:
    """Whether the name says that the value is a secret."""
    known = table("services")["variables"]["secret"]
    words = [word for word in re.split(r"_+", name.upper()) if word]
    if not words or "PUBLIC" in words or words[-1] in known["not_last"]:
        return False
    return words[-1] in ("KEY", "PAT") or any(word in known["words"] for word in words)


def is_platform(name: str) -> bool:
    """Whether the variable belongs to the system, a test runner or a hosting platform, not to the project."""
    known = table("services")["variables"]
    return name in known["platform"] or name.startswith(tuple(known["platform_prefixes"]))
