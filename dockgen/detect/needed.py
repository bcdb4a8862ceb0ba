"""Variables that a container cannot do without, as the services show, and the programs of others that are needed.

An address that defaults to localhost serves a developer's machine; in a container nobody listens there. And a
part of a database's URL that is not set makes a URL with "None" in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dockgen.detect.absence import set_by_code
from dockgen.detect.chosen import by_choice
from dockgen.detect.names import Module
from dockgen.detect.pydantic_settings import FIELD_WHY
from dockgen.detect.reads import INJECTED_WHY, WHOLE_WHY
from dockgen.detect.services import ASKED, uses_sqlite
from dockgen.detect.settings import only_documented
from dockgen.facts import Dependency, EnvVar, Evidence, Program, ServiceUse
from dockgen.knowledge import table

LOCAL = re.compile(r"(^|[/@\[\"'])(localhost|127\.0\.0\.1|0\.0\.0\.0|::1)([:/\]\"'?]|$)")
NOWHERE = re.compile(r"[a-z][a-z0-9+]*://(/|$)")
"""A URL without a host: the socket of a server on the same machine."""

CLUSTER = re.compile(r"(?<!\.docker)\.(local|internal|svc)(\.|:|/|$)")
"""Ends of names that only another network knows: a Kubernetes cluster's, a company's. host.docker.internal is what a
container calls the machine that it runs on."""

SCHEME = re.compile(r"[a-z][a-z0-9+]*://")
PARTS = frozenset({"host", "port", "user", "password", "name"})
OTHER_COPIES = frozenset({"REPLICA", "REPLICAS", "SLAVE", "READ", "READONLY", "RO", "TEST", "TESTING"})
"""Words of variables for a second server, or for tests."""

AT_HOME = re.compile(
    r"/(home|Users)/(?!(app|appuser|user|worker|web|www|service|python|nonroot|ubuntu|vscode|node)/)\w[^/]*/\S|[A-Za-z]:[\\/]\w"
)
"""A path in the home folder of a person, or on a drive of Windows: on the author's machine alone."""

DATABASES = frozenset({"postgres", "mysql", "mariadb", "mssql", "mongodb"})


def needed_variables(
    env: Iterable[EnvVar],
    services: Iterable[ServiceUse],
    code: Iterable[Module],
    *,
    lazy: frozenset[str] = frozenset(),
) -> tuple[EnvVar, ...]:
    """The variables, with those required that hold a service's address for a developer's machine alone, a part of a
    URL without any default, or the only address of a service that the program cannot do without.

    `lazy`: services that nothing asks before there is work for them (Django's channel layer, the broker of a task
    queue), so that the program starts without.
    """
    env, services, code = tuple(env), tuple(services), tuple(code)
    certain = {service.name: service for service in services if service.certain}
    parts, keys = _in_urls(code), _keys_of_clients(code)
    bots, clients = _bots(code, True), _bots(code, "asked")
    known = table("services")["variables"]["random"]
    found = []
    for variable in env:
        if variable.required or only_documented(variable):
            found.append(variable)
            continue
        words = variable.name.upper().split("_")
        if variable.service in certain and not OTHER_COPIES & {*words}:
            default = variable.default
            address = variable.part in ("url", "host") and variable.service not in lazy and _elsewhere(default)
            address &= variable.absent != "tested" and words[-1] not in ("PREFIX", "SCHEME", "DIALECT", "DRIVER")
            of_url = variable.part in PARTS and not default and _named(variable.name, parts) and not _asks(variable)
            of_url &= _takes(variable)
            account = variable.part in ("user", "password", "name") and not default and variable.absent == "passed"
            account &= _takes(variable) and variable.service in DATABASES and variable.service not in lazy
            dialect = variable.part == "scheme" and not default and _named(variable.name, parts)
            # Without one Celery and its kin take their own default, which is on this machine.
            unknown = not default or _other_transport(default)
            address |= variable.part == "url" and "BROKER" in words and unknown and not _asks(variable)
            injected = any(e.why == INJECTED_WHY for e in variable.evidence) and default is None
            if address or of_url or account or dialect or (injected and variable.part in PARTS | {"url"} - {"port"}):
                variable = replace(variable, required=True)
        random = all(w in known["words"] for w in words) and any(set(g) <= set(words) for g in known["any"])
        random &= variable.secret and not variable.default and variable.absent != "replaced"
        key = variable.name in keys and not variable.default and variable.absent in ("", "passed")
        token = bool(bots) and _is_token(words, bots) and not variable.default and variable.absent != "replaced"
        asked = clients & {*words} and variable.absent in ("", "passed") and not variable.default
        token |= bool(asked) and _is_token(words, clients)
        handed = variable.absent == "passed" and not variable.service and _is_given(words)
        if random or key or token or handed or _counted_on(variable) or AT_HOME.match(variable.default or ""):
            variable = replace(variable, required=True)
        found.append(variable)
    return _with_accounts(_with_logins(_with_addresses(tuple(found), certain, uses_sqlite(code), lazy)))


PLAIN_READS = ("read by os.getenv", "read by os.environ.get", WHOLE_WHY)
"""Reads that give None."""


def _bots(code: tuple[Module, ...], token: bool | str) -> frozenset[str]:
    """The chat services whose library the code imports: of bots, which are nothing without their token (True), or a
    plain client, without whose token the program may go on where it asks for it ("asked")."""
    imported = {origin.partition(".")[0] for module in code for origin in module.imports.values()}
    rows = [row for row in table("services")["vendors"] if row.get("token") == token]
    return frozenset(row["name"].upper() for row in rows if imported & {*row["imports"]})


def _is_token(words: list[str], bots: frozenset[str]) -> bool:
    """TOKEN, BOT_TOKEN, DISCORD_TOKEN, TELEGRAM_BOT_API_TOKEN: what a bot logs in with."""
    own = {"BOT", "API", "TOKEN", "TG", *bots}
    return words[-1] == "TOKEN" and own.issuperset(words)


def _is_given(words: list[str]) -> bool:
    """Whether the name says that only a person can give the value: a credential or an address of another program. What
    libraries find elsewhere (AWS), and mail, proxies and what only watches the program can be left out."""
    known = table("services")["variables"]["given"]
    if not {*known["left_out"]}.isdisjoint(words):
        return False
    return words[-1] in known["last"] or "_".join(words[-2:]) in known["last"]


def _counted_on(variable: EnvVar) -> bool:
    """Whether the author counts on the variable: an example file gives it a value, and no code gives or asks."""
    if not variable.example or variable.absent not in ("", "passed") or variable.default:
        return False
    whys = {e.why for e in variable.evidence}
    if variable.default == "":
        return FIELD_WHY in whys
    return not variable.service and bool(whys & {*PLAIN_READS})


def _elsewhere(default: str | None) -> bool:
    """Whether an address can only be one of the developer's machine or of another network."""
    if default is None or default.partition(":")[0] in ("memory", "sqs", "filesystem"):
        return False  # brokers without a host
    return any(bool(p.search(default)) for p in (LOCAL, NOWHERE, CLUSTER))


TRANSPORTS = frozenset(
    {"amqp", "amqps", "pyamqp", "librabbitmq", "redis", "rediss", "sentinel", "sqs", "memory", "filesystem", "mongodb", "kafka",
     "confluentkafka", "zookeeper", "gcpubsub", "azureservicebus", "azurestoragequeues", "sqla", "sqlalchemy", "db", "pyro",
     "consul", "etcd", "slmq", "qpid", "nats", "hazelcast"}
)  # fmt: skip
"""Schemes of brokers (docs.celeryq.dev/projects/kombu, "Transport"); another is of one hosting platform alone."""


def _other_transport(address: str) -> bool:
    scheme = address.partition("://")[0].partition("+")[0].lower() if "://" in address else ""
    return bool(scheme) and scheme not in TRANSPORTS


def _takes(variable: EnvVar) -> bool:
    """Whether the service of the stack has what the variable is for: Redis there has neither user nor password."""
    row = table("services")["services"].get(variable.service, {})
    return variable.part not in ("user", "password") or bool(row.get("password"))


def _with_addresses(
    env: tuple[EnvVar, ...], certain: dict[str, ServiceUse], sqlite: bool, lazy: frozenset[str]
) -> tuple[EnvVar, ...]:
    """Where nothing tells the program where a service is that it cannot do without, the variable that could does."""
    needed: set[str] = set()
    for name, service in certain.items():
        own = [v for v in env if v.service == name and not only_documented(v)]
        if name in lazy or (name in DATABASES and sqlite):
            continue
        # A cache of Django's that is given no address fails at its first use.
        connects = any(ASKED.search(e.why) for e in service.evidence)
        if name not in DATABASES and not service.required and not connects:
            continue
        if any(v.required and v.part in ("url", "host") for v in own):
            continue
        if any(v.default and v.part in ("url", "host") for v in own):
            continue  # an address that may be right
        for part in ("url", "host"):
            fitting = [v for v in own if v.part == part and not _second(v)]
            fitting = [v for v in fitting if not _asks(v)]
            if fitting:
                # A broker, its results, a cache: each is asked at its own address.
                needed |= {v.name for v in fitting}
                break
    return tuple(replace(v, required=True) if v.name in needed else v for v in env)


def _asks(variable: EnvVar) -> bool:
    """Whether the code that reads it does something else without. What a use of a setting asks for is no sign: a URL
    that a property asks for stands for the parts that it is put together from else."""
    return variable.absent in ("tested", "replaced")


def _second(variable: EnvVar) -> bool:
    return bool(OTHER_COPIES & {*variable.name.upper().split("_")})


def _with_logins(env: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
    """The server whose address the program must be told lets nobody in without an account and a database's name: those
    beside DB_HOST that have no default."""
    servers = {(v.service, v.name.upper().rpartition("_")[0]) for v in env if v.required and v.part == "host"}
    return tuple(
        replace(v, required=True)
        if not v.required
        and v.part in (("user", "name", "password") if v.service in DATABASES else ("user", "password"))
        and _takes(v)
        and not v.default
        and not (v.part == "name" and v.default == "" and _is_field(v))
        and not _asks(v)
        and not only_documented(v)
        and (v.service, v.name.upper().rpartition("_")[0]) in servers
        else v
        for v in env
    )


def _is_field(variable: EnvVar) -> bool:
    """Whether a settings class has it: a database without a name is that of the account there."""
    return any(e.why == FIELD_WHY for e in variable.evidence)


def _with_accounts(env: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
    """A password without a default belongs to the account whose name the program cannot do without."""
    accounts = {
        (v.service, v.name.upper().rpartition("_")[0])
        for v in env
        if v.required and v.service and v.part in ("user", "name", "host")
    }
    # An account that may be left out has no password either.
    accounts -= {
        (v.service, v.name.upper().rpartition("_")[0])
        for v in env
        if v.service and v.part == "user" and not v.required and not v.default and not only_documented(v)
    }
    return tuple(
        replace(v, required=True)
        if not v.required
        and v.part == "password"
        and not v.default
        and not _asks(v)
        and not only_documented(v)
        and _takes(v)
        and (v.service, v.name.upper().rpartition("_")[0]) in accounts
        else v
        for v in env
    )


def _named(name: str, parts: frozenset[str]) -> bool:
    return name.upper() in parts or any(name.upper().endswith(f"_{part}") for part in parts)


def _in_urls(code: Iterable[Module]) -> frozenset[str]:
    """Names of what f-strings put into URLs, and of what connections get as host or port, in upper case:
    settings.db_user is DB_USER."""
    found: set[str] = set()
    connects = {name for row in table("services")["services"].values() for name in row.get("connects", ())}
    for module in code:
        for node in module.of(ast.JoinedStr, ast.Call):
            values: list[ast.AST] = []
            if isinstance(node, ast.JoinedStr):
                literal = [v.value if isinstance(v, ast.Constant) else "x" for v in node.values[:2]]
                if SCHEME.match("".join(str(part) for part in literal)):
                    values = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
            elif _connects(module, node, connects):
                values = [k.value for k in getattr(node, "keywords", ()) if k.arg in ("host", "port", "hostname")]
            for value in values:
                if isinstance(value, ast.Name):
                    found.add(value.id.upper())
                elif isinstance(value, ast.Attribute):
                    found.add(value.attr.upper())
    return frozenset(found)


def _connects(module: Module, node: ast.AST, names: set[str]) -> bool:
    called = module.resolve(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return called in names and not by_choice(module, node)


def _keys_of_clients(code: tuple[Module, ...]) -> frozenset[str]:
    """Variables that a library reads by itself, whose client the code makes without a condition: given None by the
    code it looks there again, and fails."""
    found: set[str] = set()
    rows = {call: row["variable"] for row in table("services")["library_reads"] for call in row["calls"]}
    for module in code:
        for node in module.of(ast.Call):
            named = [module.resolve(n) for n in (node.func, *node.args) if isinstance(n, (ast.Name, ast.Attribute))]
            variables = {rows[one] for one in named if one in rows}
            if variables and not by_choice(module, node):
                found |= variables
    found -= {name for module in code for name in set_by_code(module)}
    return frozenset(found)


def others_services(
    dependencies: Iterable[Dependency],
    env: Iterable[EnvVar],
    code: Iterable[Module],
    programs: Iterable[Program] = (),
) -> tuple[ServiceUse, ...]:
    """Services that the program cannot work without and that this stack does not start: vendors', whose client library
    is a direct dependency that the code imports (or whose key is required, where the library is often an option), and
    other programs of the same system, to which the code opens a channel."""
    code = tuple(code)
    runs = {program.file for program in programs}
    places: dict[str, Evidence] = {}
    for module in code:
        for node in module.of(ast.Import, ast.ImportFrom):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
            )
            for name in names:
                places.setdefault(name.split(".")[0], Evidence(module.path, getattr(node, "lineno", 1), "imports it"))
    direct = {d.name: d for d in dependencies if d.direct and not d.group and d.evidence}
    needed = {v.name.upper(): v for v in env if v.required}
    found: dict[str, ServiceUse] = {}
    for row in table("services")["vendors"]:
        library = next((direct[name] for name in row["distributions"] if name in direct), None)
        imported = next((places[root] for root in row["imports"] if root in places), None)
        if imported is not None and row.get("in_program") and imported.file not in runs:
            continue  # one feature of several
        key = next((needed[name] for name in row.get("keys", ()) if name in needed), None)
        by_library = imported is not None and (library is not None or not direct)
        if row.get("with_token"):
            by_library &= any(name.endswith("TOKEN") and row["name"].upper() in name.split("_") for name in needed)
        address = _addressed(code, row, needed) if not row.get("keys") and not by_library else None
        if address is not None:
            found.setdefault(row["name"], ServiceUse(row["name"], evidence=(address,)))
            continue
        if not (key is not None if row.get("keys") else by_library):
            continue
        if library is not None:
            where = Evidence(library.evidence[0].file, library.evidence[0].line, f"{library.name} speaks to it")
        elif key is not None and key.evidence:
            where = Evidence(key.evidence[0].file, key.evidence[0].line, f"{key.name} is its key")
        else:
            where = imported or Evidence(".", None, "the code imports its client")
        found.setdefault(row["name"], ServiceUse(row["name"], evidence=(where,)))
    for name, evidence in _channels(code, needed):
        found.setdefault(name, ServiceUse(name, evidence=(evidence,)))
    return tuple(found[name] for name in sorted(found))


def _addressed(code: tuple[Module, ...], row: Mapping[str, Any], needed: Mapping[str, EnvVar]) -> Evidence | None:
    """Where the code calls the vendor's API by its address, with a token that the program cannot do without."""
    token = any(row["name"].upper() in name.split("_") and name.endswith("TOKEN") for name in needed)
    addresses = tuple(row.get("addresses", ()))
    if not token or not addresses:
        return None
    for module in code:
        for node in module.of(ast.Constant):
            if isinstance(node.value, str) and node.value.startswith(addresses):
                return Evidence(module.path, node.lineno, f"calls {node.value.split('/')[2]}")
    return None


CHANNELS = frozenset(
    {"grpc.insecure_channel", "grpc.secure_channel", "grpc.aio.insecure_channel", "grpc.aio.secure_channel"}
)
ADDRESS = re.compile(r"_(ADDR|ADDRESS|HOST|URL|ENDPOINT|TARGET|GRPC_ADDR|SERVICE_ADDR)$")


def _channels(code: tuple[Module, ...], needed: dict[str, EnvVar]) -> Iterable[tuple[str, Evidence]]:
    """Other programs, by the required variable that holds the address of a gRPC channel: PRODUCT_CATALOG_ADDR."""
    for module in code:
        for node in module.calls("insecure_channel", "secure_channel"):
            if module.resolve(node.func) not in CHANNELS or not node.args:
                continue
            texts = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
            names = {n.id for n in ast.walk(node.args[0]) if isinstance(n, ast.Name)}
            for other in module.of(ast.Assign):
                if any(isinstance(t, ast.Name) and t.id in names for t in other.targets):
                    texts += [n.value for n in ast.walk(other.value) if isinstance(n, ast.Constant)]
            for text in texts:
                if isinstance(text, str) and text.upper() in needed and ADDRESS.search(text.upper()):
                    name = ADDRESS.sub("", text.upper()).lower().replace("_", "-")
                    yield name, Evidence(module.path, node.lineno, f"a gRPC channel to {text}")
