"""Packages that compute on a GPU: an image with CUDA where one needs it, and without --gpu none of it.

PyTorch's wheels bring their own CUDA: on an image that has CUDA, too, it would be there twice. What the package index
has is the build with CUDA; the one for processors alone is on the vendor's index. A lock file is honoured as it is,
and a warning says what it costs. knowledge/gpu.toml has the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dockgen.decide.install import VENV
from dockgen.facts import Dependency, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Decision, Install

GUIDE = "https://docs.astral.sh/uv/guides/integration/pytorch/"


def needs_cuda(facts: Facts) -> Dependency | None:
    """The first production dependency that loads a CUDA which no wheel brings."""
    names = table("gpu")["cuda"]
    for dependency in facts.dependencies:
        if not dependency.group and dependency.name in names and "and-cuda" not in dependency.extras:
            return dependency
    return None


def base_for(facts: Facts, answers: Mapping[str, Any]) -> tuple[str | None, str]:
    """(the --base that --gpu means, why); (the person's own, "") where they named one or want no GPU."""
    named = answers.get("base")
    if not answers.get("gpu") or named:
        return named, ""
    wanting = needs_cuda(facts)
    if wanting is None:
        return None, "; what computes on the GPU brings its own CUDA"
    return "cuda", f"; {wanting.name} loads CUDA libraries that no wheel brings"


def without_cuda(
    facts: Facts, answers: Mapping[str, Any], install: Install | None
) -> tuple[Install | None, tuple[Decision, ...], tuple[Warning, ...]]:
    """The install with PyTorch's wheels for processors, where the project leaves the choice and asks for no GPU; else
    a warning that says what its lock costs and how to change it."""
    row = table("gpu")["torch"]
    found = [d for d in facts.dependencies if not d.group and d.name in row["packages"] and d.source == "index"]
    chosen = [d for d in found if "+" in (d.version or d.specifier)]  # 2.9.1+cpu, 2.9.1+cu128: the project's own word
    direct = [d for d in found if d.direct]
    if install is None or not found or chosen or answers.get("gpu"):
        return install, (), ()
    evidence = tuple(e for d in found for e in d.evidence[:1])
    free = install.tool == "pip" and install.lock is None and not facts.manager.hashed
    if not free or not direct:
        where = facts.manager.lock_file or facts.manager.name
        message = (
            f"torch comes with CUDA ({where} has it from the package index): about {row['saved']} of downloads that "
            f"nothing uses without a GPU. {GUIDE} shows how to lock the CPU build; --gpu says that this is meant"
        )
        return install, (), (Warning(message, evidence),)
    wanted = tuple(dict.fromkeys(d.name + (f"=={d.version}" if d.version else d.specifier) for d in direct))
    pip = ("pip", "--python", f"{VENV}/bin/python", "install", "--no-compile", "--no-deps")
    step = (*pip, "--extra-index-url", row["cpu_index"], *wanted)
    at = next(n for n, command in enumerate(install.commands) if "venv" in command) + 1
    note = "PyTorch first, from its index of builds without CUDA; the rest comes from the usual one"
    changed = replace(
        install,
        commands=(*install.commands[:at], step, *install.commands[at:]),
        note="; ".join(text for text in (install.note, note) if text),
    )
    why = f"no GPU is asked for (--gpu): about {row['saved']} less to download than with CUDA"
    return changed, (Decision("gpu", "CPU builds of PyTorch", why, "default", evidence),), ()
