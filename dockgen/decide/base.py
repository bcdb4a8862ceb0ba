"""The base image: which public image, with the registry prefix that the person asked for."""

from __future__ import annotations

import re

from dockgen.errors import Usage
from dockgen.plan import Base, Decision

IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]*(\$\{PYTHON_VERSION\})?[A-Za-z0-9._/:@-]*")
"""An image reference as Docker reads it, bounded to characters that need no quoting."""


def image(name: str, registry: str | None) -> str:
    """A public image's name behind the registry prefix, where the person gave one and it is not of that registry."""
    if not registry or name.startswith(registry.split("/")[0] + "/"):
        return name
    return f"{registry.rstrip('/')}/{name}"


def choose_base(python: str, answer: str | None, registry: str | None) -> tuple[Base, Decision]:
    """Debian slim by default; any image by `--base`. Raises Usage for a text that names no image."""
    if answer in (None, "slim"):
        tag = "slim"
        name = "python"
        base = Base(image(f"{name}:${{PYTHON_VERSION}}-{tag}", registry), f"{name}:{python}-{tag}", python)
        origin = "default" if answer is None else "flag"
        return base, Decision("base", base.resolved, "Debian slim runs every manylinux wheel", origin)
    assert answer is not None
    if answer in ("alpine", "distroless"):
        raise Usage(f"--base {answer} is not supported yet", hint="Use slim, or name an image with a shell and apt.")
    if not IMAGE.fullmatch(answer):
        raise Usage(f"--base {answer!r} is not an image reference")
    return Base(answer, answer.replace("${PYTHON_VERSION}", python), python), Decision(
        "base", answer, "you named it", "flag"
    )
