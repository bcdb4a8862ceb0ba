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


UNKNOWN_OPTIONS = {"3.6": ("--no-control-socket", "--timeout-graceful-shutdown")}
"""Options of servers that no release for a Python has: gunicorn's of 25.1, and uvicorn's of 0.22 on Python 3.6."""


def for_python(chosen: ProcessChoice, python: str) -> ProcessChoice:
    """The choice with what it adds, and says of that, as far as this Python can have it, and without the options that
    no release for it has."""
    additions = installable(chosen.additions, python)
    warnings = list(chosen.warnings)
    for old, new in zip(chosen.additions, additions, strict=True):
        warnings = [replace(w, message=w.message.replace(old, new)) for w in warnings]
    minor = _minor(python)
    unknown = UNKNOWN_OPTIONS.get(minor, ("--no-control-socket",) if minor in table("frameworks")["older"] else ())
    processes = tuple(
        replace(p, command=tuple(w for w in p.command if not w.startswith(unknown))) for p in chosen.processes
    )
    return replace(chosen, processes=processes, additions=additions, warnings=tuple(warnings))


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _older(python: str) -> Mapping[str, str]:
    rows = table("frameworks")["older"].get(_minor(python), ())
    return {one.partition("==")[0]: one for one in rows}
