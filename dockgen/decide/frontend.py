"""The stage that builds a node front end."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from dockgen.decide.base import image
from dockgen.facts import Evidence, Facts, NodeFrontend, Warning
from dockgen.knowledge import table
from dockgen.plans import Decision, Frontend, Mount

INSTALL = {
    "npm": (("npm", "ci"), ("npm", "install")),
    "yarn": (("yarn", "install", "--frozen-lockfile"), ("yarn", "install")),
    "berry": (("yarn", "install", "--immutable"), ("yarn", "install")),
    "pnpm": (("pnpm", "install", "--frozen-lockfile"), ("pnpm", "install")),
    "bun": (("bun", "install", "--frozen-lockfile"), ("bun", "install")),
}
"""How each package manager installs: with its lock file, which must fit, and without."""

CACHES = {
    "npm": "/root/.npm",
    "yarn": "/usr/local/share/.cache/yarn",
    "berry": "/root/.yarn/berry/cache",
    "pnpm": "/root/.local/share/pnpm/store",
    "bun": "/root/.bun/install/cache",
}
"""Where each keeps what it downloaded, for root, from its documentation."""


def choose_frontend(
    facts: Facts, answers: Mapping[str, Any]
) -> tuple[Frontend | None, tuple[Decision, ...], tuple[Warning, ...]]:
    """The stage, None where the project has no front end of its own or `--without frontend` leaves it out."""
    node = facts.node
    if node is None or "frontend" in (answers.get("without") or ()):
        return None, (), ()
    warnings: list[Warning] = []
    reference, why, warning = _image(node, answers.get("registry"))
    if warning:
        warnings.append(warning)
    if node.lock_file is None:
        message = f"{node.evidence[0].file} has no lock file: every build may install other versions of the front end"
        warnings.append(Warning(message, node.evidence[:1]))
    peers = ("--legacy-peer-deps",) if node.loose_peers and node.manager == "npm" else ()
    hashing: tuple[str, ...] = ()
    if node.md4 and _major(reference) >= 17:
        hashing = ("env", "NODE_OPTIONS=--openssl-legacy-provider")
        message = (
            f"{node.md4.why}, whose hash Node 17 and later refuse: the build allows it; webpack 5 needs no such help"
        )
        warnings.append(Warning(message, (node.md4,)))
    folder = node.folder
    frontend = Frontend(
        image=reference,
        folder=folder,
        mounts=() if node.lifecycle else tuple(Mount(f, _beside(f, folder)) for f in node.files),
        cache=CACHES[node.manager],
        install=(*_tool(node), (*INSTALL[node.manager][0 if node.lock_file else 1], *peers)),
        build=tuple((*hashing, node.manager.replace("berry", "yarn"), "run", script) for script in node.scripts),
        context="." if node.outside or folder == "." else folder,
        outputs=node.outputs or (folder,),
        exclude=() if node.reads_python or (folder != "." and not node.outside) else ("**/*.py",),
        copy_first=node.lifecycle,
    )
    scripts = "; ".join(" ".join(words[len(hashing) :]) for words in frontend.build)
    decision = Decision("frontend", f"{scripts} in {reference}", why, "evidence", node.evidence)
    return frontend, (decision,), tuple(warnings)


def _major(reference: str) -> int:
    """The major release of node in an image's name, 0 for another image."""
    match = re.search(r"node:(\d+)", reference)
    return int(match[1]) if match else 0


def _beside(path: str, folder: str) -> str:
    return posixpath.relpath(path, folder)


def _tool(node: NodeFrontend) -> tuple[tuple[str, ...], ...]:
    """The package manager itself, where the image does not have it in the version that the project uses."""
    pins = table("tools")["node"]
    version = node.manager_version
    if node.manager == "pnpm":
        return (("npm", "install", "--global", f"pnpm@{version or pins['pnpm']}"),)
    if node.manager == "yarn":
        return (("npm", "install", "--global", "--force", f"yarn@{version or pins['yarn']}"),)
    if node.manager == "berry":  # packageManager or .yarnrc.yml says which one corepack starts
        return (("npm", "install", "--global", "--force", f"corepack@{pins['corepack']}"), ("corepack", "enable"))
    return ()


def _image(node: NodeFrontend, registry: str | None) -> tuple[str, str, Warning | None]:
    """(reference, why, warning): the newest long-term release that the project allows; its own pin, if it has one."""
    if node.manager == "bun":
        return image("oven/bun:1", registry), "bun builds it", None
    releases: dict[str, dict[str, str]] = table("node")["releases"]
    suffix = "" if node.native else "-slim"
    for text, evidence in node.versions:
        major = re.fullmatch(r"(\d+)(\.\d+){0,2}", text)
        if major:
            old = None if int(major[1]) >= int(min(releases, key=int)) else _ended(major[1], evidence)
            return image(f"node:{major[1]}{suffix}", registry), evidence.why, old
        allowed = _allowed(text, releases)
        if allowed:
            return image(f"node:{allowed}{suffix}", registry), evidence.why, None
        named = re.search(r"\d+", text)
        if named:
            return image(f"node:{named[0]}{suffix}", registry), evidence.why, _ended(named[0], evidence)
    newest = max(releases, key=int)
    return image(f"node:{newest}{suffix}", registry), "the newest long-term release of Node", None


def _ended(major: str, evidence: Evidence) -> Warning:
    return Warning(f"Node {major} gets no more security fixes: {evidence.why}", (evidence,))


def _allowed(text: str, releases: Mapping[str, Mapping[str, str]]) -> str | None:
    """The newest release in an npm range, None where none is or the text is no range."""
    from semantic_version import NpmSpec, Version

    try:
        wanted = NpmSpec(re.sub(r"([<>=~^])\s+", r"\1", text.strip()))
    except ValueError:
        return None
    fits = [major for major, row in releases.items() if Version(row["version"]) in wanted]
    return max(fits, key=int, default=None)
