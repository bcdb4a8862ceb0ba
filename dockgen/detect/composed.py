"""What the project's own compose files run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import DockgenError
from dockgen.knowledge import table
from dockgen.source import Source

COMPOSE_FILE = re.compile(r"(docker-)?compose([._-][A-Za-z0-9_-]+)?\.ya?ml")


def compose_files(source: Source) -> tuple[str, ...]:
    return tuple(path for path in source.near(1) if COMPOSE_FILE.fullmatch(path.rpartition("/")[2]))


@lru_cache(maxsize=4)
def composed_services(source: Source) -> frozenset[str]:
    """The services whose images the compose files of the root run."""
    images = [image for path in compose_files(source) if "/" not in path for image, _ in compose_images(source, path)]
    ordered = {name for name, _, _ in platform_services(source)}
    return frozenset(service_of_image(image)[0] for image in images) - {""} | ordered


RENDER = {"redis": "redis", "keyvalue": "redis"}
"""Kinds of services of Render that are a data service (render.com/docs, "Blueprint YAML Reference")."""

ENGINES = {
    "PG": "postgres",
    "MYSQL": "mysql",
    "REDIS": "redis",
    "VALKEY": "redis",
    "MONGODB": "mongodb",
    "KAFKA": "kafka",
}
"""Engines of DigitalOcean's databases (docs.digitalocean.com, "App Specification")."""

ADDONS = {
    "heroku-postgresql": "postgres", "heroku-redis": "redis", "heroku-kafka": "kafka", "rediscloud": "redis",
    "cloudamqp": "rabbitmq", "jawsdb": "mysql", "cleardb": "mysql", "memcachier": "memcached", "memcachedcloud": "memcached",
    "mongolab": "mongodb", "bonsai": "elasticsearch",
}  # fmt: skip
"""Add-ons of Heroku (elements.heroku.com/addons)."""


@lru_cache(maxsize=4)
def platform_services(source: Source) -> tuple[tuple[str, str, str], ...]:
    """(service, file, what it says) of what the manifests of hosting platforms order beside the program: Render's
    blueprint, DigitalOcean's app specification, Heroku's app.json."""
    found: list[tuple[str, str, str]] = []
    blueprint = _mapping(source, "render.yaml")
    for one in _list(blueprint, "services"):
        if one.get("type") in RENDER:
            found.append((RENDER[one["type"]], "render.yaml", f"type: {one['type']}"))
    if _list(blueprint, "databases"):
        found.append(("postgres", "render.yaml", "databases:"))
    for one in _list(_mapping(source, ".do/app.yaml"), "databases"):
        if one.get("engine") in ENGINES:
            found.append((ENGINES[one["engine"]], ".do/app.yaml", f"engine: {one['engine']}"))
    try:
        addons = (source.json("app.json") or {}).get("addons")
    except (DockgenError, AttributeError):
        addons = None
    for one in addons if isinstance(addons, list) else ():
        plan = str(one.get("plan", "") if isinstance(one, dict) else one)
        if plan.partition(":")[0] in ADDONS:
            found.append((ADDONS[plan.partition(":")[0]], "app.json", plan))
    return tuple(dict.fromkeys(found))


def _mapping(source: Source, path: str) -> Any:
    try:
        return load_yaml((source.text(path) or "")[:200_000])
    except (DockgenError, BadYaml):
        return None


def _list(document: Any, key: str) -> list[dict[str, Any]]:
    held = document.get(key) if isinstance(document, dict) else None
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def compose_images(source: Source, path: str) -> list[tuple[str, int | None]]:
    """(image, line) of the services of a compose file; none where it cannot be read."""
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
    images = []
    for service in services.values():
        image = service.get("image") if isinstance(service, dict) else None
        if isinstance(image, str):
            line = next((n for n, text_line in enumerate(text.splitlines(), 1) if image in text_line), None)
            images.append((image, line))
    return images


def service_of_image(image: str) -> tuple[str, str]:
    """(service, variant) of an image reference, ("", "") for one that is not known."""
    repository = re.sub(r"\$\{[^}]*\}", "", image).split("@")[0]
    last = repository.rpartition("/")[2].split(":")[0].lower()
    for name, row in table("services")["services"].items():
        if last in row["images"] or (name == "mssql" and "mssql" in repository):
            return str(name), last if last in row.get("variants", {}) else ""
    return "", ""
