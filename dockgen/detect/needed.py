"""Variables that a container cannot do without, as the services show, and the programs of others that are needed.

An address that defaults to localhost serves a developer's machine; in a container nobody listens there. And a
part of a database's URL that is not set makes a URL with "None" in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from dockgen.detect.names import Module
from dockgen.detect.reads import INJECTED_WHY
from dockgen.detect.settings import only_documented
from dockgen.facts import Dependency, EnvVar, Evidence, ServiceUse
from dockgen.knowledge import table

LOCAL = re.compile(r"(^|[/@\[\"'])(localhost|127\.0\.0\.1|0\.0\.0\.0|::1)([:/\]\"'?]|$)")
SCHEME = re.compile(r"[a-z][a-z0-9+]*://")
PARTS = frozenset({"host", "port", "user", "password", "name"})


def needed_variables(
    env: Iterable[EnvVar], services: Iterable[ServiceUse], code: Iterable[Module]
) -> tuple[EnvVar, ...]:
    """The variables, with those required that hold a service's address for a developer's machine alone, or a part of
    a URL without any default."""
    certain = {service.name for service in services if service.certain}
    parts = _in_urls(code)
    found = []
    for variable in env:
        if variable.service in certain and not variable.required and not only_documented(variable):
            default = variable.default
            address = variable.part in ("url", "host") and default is not None and bool(LOCAL.search(default))
            of_url = variable.part in PARTS and not default and _named(variable.name, parts)
            injected = any(e.why == INJECTED_WHY for e in variable.evidence) and default is None
            if address or of_url or (injected and variable.part in PARTS | {"url"} - {"port"}):
                variable = replace(variable, required=True)
        if not variable.required and variable.secret and variable.default is None and not only_documented(variable):
            known = table("services")["variables"]["random"]
            words = variable.name.upper().split("_")
            if all(w in known["words"] for w in words) and any(set(g) <= set(words) for g in known["any"]):
                variable = replace(variable, required=True)
        found.append(variable)
    return tuple(found)


def _named(name: str, parts: frozenset[str]) -> bool:
    return name.upper() in parts or any(name.upper().endswith(f"_{part}") for part in parts)


def _in_urls(code: Iterable[Module]) -> frozenset[str]:
    """Names of what f-strings put into URLs, in upper case: settings.db_user is DB_USER."""
    found: set[str] = set()
    for module in code:
        for node in module.of(ast.JoinedStr):
            if not isinstance(node, ast.JoinedStr) or not isinstance(
                node.values[0] if node.values else None, ast.Constant
            ):
                continue
            first = node.values[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and SCHEME.match(first.value)):
                continue
            for value in node.values:
                inner = value.value if isinstance(value, ast.FormattedValue) else None
                if isinstance(inner, ast.Name):
                    found.add(inner.id.upper())
                elif isinstance(inner, ast.Attribute):
                    found.add(inner.attr.upper())
    return frozenset(found)


def others_services(
    dependencies: Iterable[Dependency], env: Iterable[EnvVar], code: Iterable[Module]
) -> tuple[ServiceUse, ...]:
    """Services of vendors that the program cannot work without: its client library is a direct dependency that the
    code imports, and for a library that is often an option, the key that it takes is read too."""
    imported = {name.split(".")[0] for module in code for name in module.imports.values()}
    names = {variable.name for variable in env}
    found: dict[str, ServiceUse] = {}
    for row in table("services")["vendors"]:
        for dependency in dependencies:
            if dependency.name not in row["distributions"] or not dependency.direct or dependency.group:
                continue
            key = not row.get("keys") or bool(names & set(row["keys"]))
            if imported & set(row["imports"]) and key and dependency.evidence:
                where = dependency.evidence[0]
                why = f"{dependency.name} speaks to it"
                found.setdefault(
                    row["name"], ServiceUse(row["name"], evidence=(Evidence(where.file, where.line, why),))
                )
    return tuple(found[name] for name in sorted(found))
