"""What the image adds to a project, in a release that installs on its Python: a server's newest one may want a newer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dockgen.decide.processes import ProcessChoice
from dockgen.knowledge import table


def installable(requirements: Iterable[str], python: str) -> tuple[str, ...]:
    """The pinned requirements, each in the newest release for this Python ("3.7")."""
    older = _older(python)
    return tuple(older.get(one.partition("==")[0], one) if "==" in one else one for one in requirements)


def for_python(chosen: ProcessChoice, python: str) -> ProcessChoice:
    """The choice with what it adds, and says of that, as far as this Python can have it."""
    additions = installable(chosen.additions, python)
    warnings = list(chosen.warnings)
    for old, new in zip(chosen.additions, additions, strict=True):
        warnings = [replace(w, message=w.message.replace(old, new)) for w in warnings]
    return replace(chosen, additions=additions, warnings=tuple(warnings))


def _older(python: str) -> Mapping[str, str]:
    minor = ".".join(python.split(".")[:2])
    rows = table("frameworks")["older"].get(minor, ())
    return {one.partition("==")[0]: one for one in rows}
