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
    return frozenset(service_of_image(image)[0] for image in images) - {""}


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
