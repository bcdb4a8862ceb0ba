"""Environments with packages that only conda's channels have: micromamba or pixi makes them in a stage of its own.

The environment is copied to a plain Debian, at the same place (its files hold their own path), without the tool
that made it: https://pixi.prefix.dev/latest/deployment/container/ shows that form for pixi.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockgen.decide.base import image
from dockgen.facts import Dependency, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Base, Decision, Install, Mount

CONDA_PREFIX = "/opt/env"
PIXI_PREFIX = "/app/.pixi/envs/"


def by_channel(facts: Facts) -> bool:
    """Whether the image has to be made of conda's packages."""
    return facts.manager.name in ("conda", "pixi") and bool(facts.manager.channel_only)


def channel_install(facts: Facts, additions: tuple[str, ...], registry: str | None) -> Install:
    """The environment as its lock file or manifest says, with `additions` from PyPI."""
    manager = facts.manager
    whole = dict(manager.export_hint).get("whole") == "true"
    mounts = () if whole else tuple(Mount(f, f) for f in manager.files)
    if manager.name == "pixi":
        environment = dict(manager.export_hint).get("environment", "")
        prefix, tool = PIXI_PREFIX + (environment or "default"), "pixi"
        create: tuple[str, ...] = ("pixi", "install", *(("--locked",) if manager.lock_file else ()))
        create += (f"--environment={environment}",) if environment else ()
    else:
        prefix, tool = CONDA_PREFIX, "micromamba"
        create = ("micromamba", "create", "--yes", "--prefix", prefix, "--file", manager.lock_file or manager.files[0])
    commands = [create]
    caches = ["pip"] if tool == "micromamba" and _pip_section(facts) else []
    if additions:
        caches.append("uv")
        commands.append(("uv", "pip", "install", "--python", f"{prefix}/bin/python", *additions))
    return Install(
        tool,
        tuple(commands),
        mounts,
        "the project" if whole else manager.lock_file or manager.files[0],
        uv_image=image(f"ghcr.io/astral-sh/uv:{table('tools')['uv']}", registry),
        prefix=prefix,
        image=image(_image(tool), registry),
        everything=whole,
        caches=tuple(caches),
    )


def _pip_section(facts: Facts) -> bool:
    return any(d.source != "conda" and not d.group for d in facts.dependencies)


def _image(tool: str) -> str:
    name = {"micromamba": "mambaorg/micromamba", "pixi": "ghcr.io/prefix-dev/pixi"}[tool]
    return f"{name}:{table('tools')[tool]}"


def channel_base(python: str, answer: str | None, registry: str | None) -> tuple[Base, Decision]:
    """The image that the environment is copied to."""
    name = f"debian:{table('tools')['debian']}"
    base = Base(image(name, registry), name, python)
    origin = "default" if answer is None else "flag"
    return base, Decision("base", name, "the environment brings its own Python, and needs Debian's C library", origin)


def channel_warnings(facts: Facts, answers: Mapping[str, Any]) -> tuple[Warning, ...]:
    """What the person should know of an image that conda's packages make."""
    warnings = []
    file = facts.manager.files[0]
    evidence = facts.manager.evidence[:1]
    named = any(c.evidence.file == file for c in facts.python)
    if answers.get("python"):
        message = f"--python says what to reckon with; the image gets the Python of {file}"
        warnings.append(Warning(message, evidence))
    elif not named and not facts.manager.lock_file:
        message = f"{file} names no Python version: the image gets the newest that its packages allow"
        warnings.append(Warning(message, evidence))
    if not facts.manager.lock_file:
        writes = "`pixi lock`" if facts.manager.name == "pixi" else "`conda-lock --platform linux-64`"
        message = f"there is no lock file: every build may install other releases; {writes} writes one"
        warnings.append(Warning(message, evidence))
    return tuple(warnings)


def without_channel(facts: Facts) -> tuple[tuple[Dependency, ...], frozenset[str]]:
    """(what Debian has to bring libraries for, the programs that the environment brings)"""
    provided = {d.name for d in facts.dependencies if d.source == "conda"} | set(facts.manager.channel_only)
    return tuple(d for d in facts.dependencies if d.source != "conda"), frozenset(provided)
