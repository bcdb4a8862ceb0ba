"""Health checks that the project itself declares: HEALTHCHECK of its Dockerfile, the health check of a compose
service that it builds, probes of Kubernetes manifests and of Helm charts, and what platforms' manifests name.

They are hints: what cannot be read is passed over, and / says nothing that a connection to the port does not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockgen.detect.dockerfiles import final_stage, find_dockerfile
from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import DockgenError
from dockgen.facts import Evidence, HealthRoute
from dockgen.source import Source

LIMIT = 200_000
"""Characters of a manifest that are read."""
FILES = 60
"""How many manifests are looked into."""

ADDRESS = re.compile(
    r"(?:https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\$\{?\w+\}?)(?::(?:\d+|\$+\{?[^}\s/]+\}?))?|\$+\{?\w+\}?)"
    r"(/[A-Za-z0-9_.~/%-]*)"
)
"""A URL on the container itself, or behind a variable, in a command that checks it."""

PROBE = re.compile(
    r"""(livenessProbe|startupProbe|readinessProbe):[ \t]*\n(?:[ \t]+[^\n]*\n){1,3}?[ \t]+path:[ \t]*["']?(/[\w.~/-]*)["']?[ \t]*\n"""
)
"""A probe in the text of a chart's template."""

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "docker-compose.prod.yml",
           "docker-compose.production.yml", "compose.prod.yaml", "compose.production.yaml", "production.yml")  # fmt: skip

OTHERS = re.compile(
    r"(?i)nginx|traefik|caddy|frontend|grafana|postgres|mysql|maria|mongo|redis|rabbit|kafka|minio|elastic"
)
"""Words of the names of what stands beside the program."""


def declared_health(source: Source) -> tuple[HealthRoute, ...]:
    """The paths that the project's own checks ask for, the one that says most of this program first."""
    found: dict[str, HealthRoute] = {}
    for read in (_dockerfile, _compose, _platforms, _kubernetes):
        try:
            for path, evidence in read(source):
                if path.strip("/"):
                    found.setdefault(path, HealthRoute(path, "", "", (evidence,), declared=True))
        except (DockgenError, RecursionError):
            continue
    return tuple(found.values())


def _in(command: str) -> str | None:
    """The path that a command asks for."""
    match = ADDRESS.search(command)
    return match[1] if match else None


def _dockerfile(source: Source) -> Iterator[tuple[str, Evidence]]:
    path = find_dockerfile(source)
    stage = final_stage(source, path) if path else None
    if path is not None and stage is not None and stage.check is not None:
        asked = _in(stage.check[0])
        if asked:
            yield asked, Evidence(path, stage.check[1], "its HEALTHCHECK asks for it")


def _compose(source: Source) -> Iterator[tuple[str, Evidence]]:
    for path in COMPOSE:
        text = (source.text(path) or "")[:LIMIT]
        document = _load(text)
        services = document.get("services") if isinstance(document, dict) else None
        for name, service in services.items() if isinstance(services, dict) else ():
            if not isinstance(service, dict) or not service.get("build") or OTHERS.search(str(name)):
                continue
            build = service["build"]
            context = build.get("context", ".") if isinstance(build, dict) else build
            check = service.get("healthcheck")
            test = check.get("test") if isinstance(check, dict) else None
            command = " ".join(map(str, test)) if isinstance(test, list) else str(test or "")
            asked = _in(command) if posixpath.normpath(str(context)) == "." else None
            if asked:
                line = source.line_of(path, asked)
                yield asked, Evidence(path, line, f"the health check of its service {name} asks for it")


def _platforms(source: Source) -> Iterator[tuple[str, Evidence]]:
    """render.yaml, railway, fly.toml, App Engine's app.yaml, DigitalOcean's app specification: each by its reference."""
    document = _load((source.text("render.yaml") or "")[:LIMIT])
    services = document.get("services") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict):
            yield from _path(source, "render.yaml", service.get("healthCheckPath"))
    for path in ("railway.json", "railway.toml", "railpack.json"):
        document = source.toml(path) if path.endswith("toml") else source.json(path)
        deploy = document.get("deploy") if isinstance(document, dict) else None
        if isinstance(deploy, dict):
            yield from _path(source, path, deploy.get("healthcheckPath"))
    document = source.toml("fly.toml") or {}
    groups = [document.get("http_service"), *_listed(document.get("services")), {"checks": document.get("checks")}]
    for group in groups:
        checks = group.get("checks") or group.get("http_checks") if isinstance(group, dict) else None
        for check in checks.values() if isinstance(checks, Mapping) else _listed(checks):
            if isinstance(check, dict):
                yield from _path(source, "fly.toml", check.get("path"))
    document = _load((source.text("app.yaml") or "")[:LIMIT])
    for key in ("liveness_check", "readiness_check"):
        check = document.get(key) if isinstance(document, dict) else None
        if isinstance(check, dict):
            yield from _path(source, "app.yaml", check.get("path"))
    document = _load((source.text(".do/app.yaml") or "")[:LIMIT])
    for service in _listed(document.get("services") if isinstance(document, dict) else None):
        check = service.get("health_check") if isinstance(service, dict) else None
        if isinstance(check, dict):
            yield from _path(source, ".do/app.yaml", check.get("http_path"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _path(source: Source, file: str, value: Any) -> Iterator[tuple[str, Evidence]]:
    if isinstance(value, str) and re.fullmatch(r"/[A-Za-z0-9_.~/%-]*", value):
        yield value, Evidence(file, source.line_of(file, value), "its health check asks for it")


def _kubernetes(source: Source) -> Iterator[tuple[str, Evidence]]:
    """Probes of the containers that are none of a service beside it; a liveness probe says more than others."""
    found: list[tuple[int, str, Evidence]] = []
    looked = 0
    for file in source.near(5):
        if not file.endswith((".yaml", ".yml")) or file.startswith(".github/") or OTHERS.search(file):
            continue
        text = (source.text(file) or "")[:LIMIT]
        if "httpGet" not in text:
            continue
        looked += 1
        if looked > FILES:
            break
        for document in _documents(text):
            for container in _containers(document):
                if OTHERS.search(str(container.get("image", ""))) or OTHERS.search(str(container.get("name", ""))):
                    continue
                for rank, kind in enumerate(("livenessProbe", "startupProbe", "readinessProbe")):
                    probe = container.get(kind)
                    asked = probe.get("httpGet") if isinstance(probe, dict) else None
                    path = asked.get("path") if isinstance(asked, dict) else None
                    if isinstance(path, str) and re.fullmatch(r"/[A-Za-z0-9_.~/%-]*", path):
                        found.append(
                            (rank, path, Evidence(file, source.line_of(file, path), f"its {kind} asks for it"))
                        )
    if not found:
        return
    best = min(rank for rank, _, _ in found)
    chosen = {path: evidence for rank, path, evidence in reversed(found) if rank == best}
    if len(chosen) == 1:  # with several, nothing says which of them is this program's
        yield from chosen.items()


def _documents(text: str) -> list[Any]:
    """The documents of a manifest; those of a chart are templates and no YAML: their probes' own lines are."""
    found: list[Any] = []
    for part in re.split(r"(?m)^---.*$", text):
        try:
            found.append(load_yaml(part))
        except BadYaml:
            found += [{"containers": [{match[1]: {"httpGet": {"path": match[2]}}}]} for match in PROBE.finditer(part)]
    return found


def _containers(node: Any, depth: int = 12) -> Iterator[Mapping[str, Any]]:
    if depth <= 0:
        return
    if isinstance(node, list):
        for one in node:
            yield from _containers(one, depth - 1)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key == "containers" and isinstance(value, list):
                yield from (one for one in value if isinstance(one, Mapping))
            else:
                yield from _containers(value, depth - 1)


def _load(text: str) -> Any:
    try:
        return load_yaml(text) if text else None
    except BadYaml:
        return None
